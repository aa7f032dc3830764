/*
 * limiter.c - slows down guessing of passwords.
 *
 * Per name: the first LIMITER_FREE failures cost nothing, each further one doubles the pause up to a minute (not more,
 * so that nobody can lock a colleague out for long). For all names together: an allowance of LIMITER_BURST attempts
 * that refills by one a second, because every attempt keeps the desk's one thread busy with Argon2id. Names are
 * remembered by hash in a small table whose oldest entry gives way; a restart forgets everything.
 */
#include "limiter.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "attr.h"

#define LIMITER_NAMES 256
#define LIMITER_FREE 5
#define LIMITER_PAUSE_MAX_S 60
#define LIMITER_BURST 20
#define LIMITER_FORGET_MS (15 * 60 * 1000)

struct limiter_name {
	uint64_t hash; /* 0: free */
	int failures;
	int64_t last_ms;
};

struct limiter {
	struct limiter_name names[LIMITER_NAMES];
	double allowance; /* attempts left for everybody */
	int64_t filled_ms;
};

struct limiter *limiter_new(void)
{
	struct limiter *limiter = calloc(1, sizeof(*limiter));

	if (limiter)
		limiter->allowance = LIMITER_BURST;
	return limiter;
}

void limiter_free(struct limiter **limiter)
{
	if (!limiter)
		return;
	free(*limiter);
	*limiter = NULL;
}

static uint64_t name_hash(const char *name)
{
	uint64_t hash = XXH3_64bits(name, strlen(name));

	return hash ? hash : 1;
}

static const struct limiter_name *name_find(const struct limiter *limiter, uint64_t hash)
{
	for (size_t i = 0; i < LIMITER_NAMES; i++) {
		if (limiter->names[i].hash == hash)
			return &limiter->names[i];
	}
	return NULL;
}

static double allowance_now(const struct limiter *limiter, int64_t now_ms)
{
	double filled = limiter->allowance + (double)(now_ms - limiter->filled_ms) / 1000.0;

	if (limiter->filled_ms == 0)
		return LIMITER_BURST;
	return filled > LIMITER_BURST ? LIMITER_BURST : filled;
}

static int64_t pause_ms(int failures)
{
	int over = failures - LIMITER_FREE;

	if (over < 0)
		return 0;
	return (over >= 6 ? LIMITER_PAUSE_MAX_S : 1 << over) * (int64_t)1000;
}

int limiter_wait_s(const struct limiter *limiter, const char *name, int64_t now_ms)
{
	const struct limiter_name *known = name_find(limiter, name_hash(name));
	int64_t wait_ms = 0;

	if (known)
		wait_ms = known->last_ms + pause_ms(known->failures) - now_ms;
	if (allowance_now(limiter, now_ms) < 1.0 && wait_ms < 1000)
		wait_ms = 1000;
	return wait_ms > 0 ? (int)((wait_ms + 999) / 1000) : 0;
}

void limiter_attempt(struct limiter *limiter, int64_t now_ms)
{
	limiter->allowance = allowance_now(limiter, now_ms) - 1.0;
	limiter->filled_ms = now_ms ? now_ms : 1;
}

/* The name's entry, or a free one, or the one that failed longest ago. */
static struct limiter_name *name_place(struct limiter *limiter, uint64_t hash)
{
	struct limiter_name *place = &limiter->names[0];

	for (size_t i = 0; i < LIMITER_NAMES; i++) {
		struct limiter_name *entry = &limiter->names[i];

		if (entry->hash == hash)
			return entry;
		if (place->hash != 0 && (entry->hash == 0 || entry->last_ms < place->last_ms))
			place = entry;
	}
	*place = (struct limiter_name){.hash = hash};
	return place;
}

void limiter_failed(struct limiter *limiter, const char *name, int64_t now_ms)
{
	struct limiter_name *entry = name_place(limiter, name_hash(name));

	if (now_ms - entry->last_ms > LIMITER_FORGET_MS)
		entry->failures = 0;
	entry->failures++;
	entry->last_ms = now_ms;
}

void limiter_succeeded(struct limiter *limiter, const char *name)
{
	uint64_t hash = name_hash(name);

	for (size_t i = 0; i < LIMITER_NAMES; i++) {
		if (limiter->names[i].hash == hash)
			limiter->names[i] = (struct limiter_name){0};
	}
}
