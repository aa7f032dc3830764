/*
 * weights_impl.h - fitted weights as they lie in memory: what the file that reads them (weights_read.c) and the file
 * that votes with them (weights.c) share and nobody else sees.
 *
 * A piece has weights of few scores: they stand in a list of their own. Pieces live in an open-addressing table by
 * hash. Before it stands a map of bits, small enough for the processor's nearest cache: most words of a text are in no
 * piece, and the map says so at the cost of one look.
 *
 * Of a file that is built in the pieces are read when the first text asks for them: under the lock, once, published by
 * an atomic store; afterwards they are only read, without the lock.
 */
#ifndef WEIGHTS_IMPL_H
#define WEIGHTS_IMPL_H

#include <pthread.h>
#include <stdatomic.h>

#include "weights.h"

#define MAP_BITS (1u << 19)
#define LANG_SIZE 16

struct cell {
	uint32_t score;
	float weight;
};

struct piece {
	uint64_t hash;
	uint32_t first, count; /* its cells */
	float complaint;
	float strength;	       /* for a complaint and for a problem together: how much of evidence it is */
};

struct rule_weights {
	const char *id;
	float weight[FITTED_COUNT];
};

struct weights {
	char lang[LANG_SIZE], digest[17];
	struct arena *arena;
	bool has[FITTED_COUNT];
	double bias[FITTED_COUNT];
	struct rule_weights *rules; /* by id */
	size_t rule_count;
	atomic_bool whole; /* the pieces are there; else they still stand in: */
	pthread_mutex_t lock;
	const char *name, *rest; /* the caller's */
	size_t rest_len;
	int rest_line; /* of the file, before rest */
	struct piece *pieces;
	size_t piece_count;
	struct cell *cells; /* of pieces */
	size_t cell_count;
	bool runs; /* some piece is a run of letters */
	uint64_t *map;
	uint32_t *slot; /* 1 + index of a piece; 0 empty */
	size_t slots; /* power of two */
};

/* Reads what is left of the file. ERR_NOMEM: may be asked again. */
enum err weights_complete(const struct weights *w, struct error *e_r) MUST_CHECK;

/* May pieces be looked for? If not: weights_complete(). */
static inline bool weights_whole(const struct weights *w)
{
	return atomic_load_explicit(&w->whole, memory_order_acquire);
}

static inline uint32_t map_bit(uint64_t hash)
{
	return (uint32_t)(hash >> 45); /* the upper 19 bits */
}

static inline uint64_t *map_word(const struct weights *w, uint64_t hash)
{
	return &w->map[map_bit(hash) / 64];
}

/* May there be such a piece? */
static inline bool map_has(const struct weights *w, uint64_t hash)
{
	return *map_word(w, hash) >> map_bit(hash) % 64 & 1;
}

/* Where piece_find() begins to look. */
static inline const uint32_t *slot_first(const struct weights *w, uint64_t hash)
{
	return &w->slot[hash & (w->slots - 1)];
}

/* Of a hash that map_has(), or not. */
static inline const struct piece *piece_find(const struct weights *w, uint64_t hash)
{
	for (size_t at = hash & (w->slots - 1); w->slot[at]; at = (at + 1) & (w->slots - 1))
		if (w->pieces[w->slot[at] - 1].hash == hash)
			return &w->pieces[w->slot[at] - 1];
	return NULL;
}

#endif
