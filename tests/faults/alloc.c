/*
 * alloc.c - the seam between our code and the C library's memory; see alloc.h.
 *
 * Every way of asking for memory goes through one counter. The counter is not for threads: fault loops run code of one
 * thread. Calls before main() (sanitizers, constructors) work, because nothing is armed then.
 */
#include "tests/faults/alloc.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/* A loop that never ends would be a test that never fails. */
#define FAULTS_MAX 200000

/* The only state here; a seam needs one place that all calls see. */
static struct {
	long nth, seen;
	enum alloc_mode mode;
	bool fired;
} seam;

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *s);
char *__wrap_strndup(const char *s, size_t len);

void alloc_fail(long nth, enum alloc_mode mode)
{
	seam.nth = nth;
	seam.mode = mode;
	seam.seen = 0;
	seam.fired = false;
}

long alloc_seen(void)
{
	return seam.seen;
}

bool alloc_fired(void)
{
	return seam.fired;
}

static bool must_fail(void)
{
	seam.seen++;
	if (seam.nth == 0 || seam.seen < seam.nth || (seam.seen > seam.nth && seam.mode == ALLOC_ONCE))
		return false;
	seam.fired = true;
	errno = ENOMEM;
	return true;
}

void *__wrap_malloc(size_t size)
{
	return must_fail() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return must_fail() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	return must_fail() ? NULL : __real_realloc(old, size);
}

char *__wrap_strndup(const char *s, size_t len)
{
	size_t n = strnlen(s, len);
	char *copy;

	if (must_fail())
		return NULL;
	copy = __real_malloc(n + 1);
	if (copy != NULL) {
		memcpy(copy, s, n);
		copy[n] = '\0';
	}
	return copy;
}

char *__wrap_strdup(const char *s)
{
	return __wrap_strndup(s, SIZE_MAX);
}

/* ---- pcre2: every context of ours is made from a general context, which gets its memory here ---- */

typedef void *pcre2_malloc_fn(PCRE2_SIZE size, void *data);
typedef void pcre2_free_fn(void *block, void *data);
pcre2_general_context *__real_pcre2_general_context_create_8(pcre2_malloc_fn *get, pcre2_free_fn *put, void *data)
	__attribute__((weak)); /* missing in programs linked without that --wrap */
pcre2_general_context *__wrap_pcre2_general_context_create_8(pcre2_malloc_fn *get, pcre2_free_fn *put, void *data);

static void *pcre2_get(PCRE2_SIZE size, void *data)
{
	(void)data;
	return must_fail() ? NULL : __real_malloc(size);
}

static void pcre2_put(void *block, void *data)
{
	(void)data;
	free(block);
}

pcre2_general_context *__wrap_pcre2_general_context_create_8(pcre2_malloc_fn *get, pcre2_free_fn *put, void *data)
{
	/* A context with memory functions of its own already goes through malloc above. */
	if (get == NULL) {
		get = pcre2_get;
		put = pcre2_put;
	}
	return __real_pcre2_general_context_create_8(get, put, data);
}

long alloc_fault_loop(int (*body)(void *ctx), void *ctx, enum alloc_mode mode)
{
	for (long nth = 1; nth <= FAULTS_MAX; nth++) {
		int failed;
		bool fired;

		alloc_fail(nth, mode);
		failed = body(ctx);
		fired = alloc_fired();
		alloc_fail(0, ALLOC_ONCE); /* cmocka needs memory too */
		if (!fired) {
			if (failed)
				fail_msg("the pass without a fault failed (after %ld faults)", nth - 1);
			return nth - 1;
		}
	}
	fail_msg("%d faults and no end", FAULTS_MAX);
	return FAULTS_MAX;
}
