/*
 * weights_impl.h - fitted weights as they lie in memory: what the file that reads them (weights_read.c) and the file
 * that votes with them (weights.c) share and nobody else sees.
 *
 * Pieces live in an open-addressing table by hash. Most have weights of few scores, which stand in the table itself: a
 * piece is half a line of the processor's cache. The others, the words of which every text is made, have a row of
 * weights, one for each score, elsewhere. Before the table stands a map of bits, small: most words of a text are in no
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

#define MAP_BITS (1u << 18)
#define LANG_SIZE 16

#define ROW_SIZE ((FITTED_COUNT + 3u) & ~3u) /* so that they are counted four at a time */

struct row {
	_Alignas(16) float weight[ROW_SIZE];
};

#define PIECE_SCORES 3

struct piece {
	uint64_t hash;
	float strength; /* for a complaint and for a problem together: how much of evidence it is */
	uint8_t filled; /* 0: an empty place of the table; else 1 + how many scores it has weights of */
	uint8_t score[PIECE_SCORES]; /* these, if they are not more: in order, */
	float weight[PIECE_SCORES];  /* ... 0 behind the last */
	uint32_t row; /* if they are: where in weights.rows */
};
_Static_assert(sizeof(struct piece) == 32, "two pieces a line of the cache");

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
	void *table_memory;
	struct piece *table; /* in it, on a line of the cache */
	size_t places; /* of the table; power of two */
	size_t piece_count;
	struct row *rows; /* of pieces with more than PIECE_SCORES */
	size_t row_count;
	bool runs; /* some piece is a run of letters */
	uint64_t *map;
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
	return (uint32_t)(hash >> 46); /* the upper 18 bits */
}

static inline uint64_t *map_word(const struct weights *w, uint64_t hash)
{
	return &w->map[map_bit(hash) / 64];
}

static inline bool piece_has_row(const struct piece *piece)
{
	return piece->filled > 1 + PIECE_SCORES;
}

/* May there be such a piece? */
static inline bool map_has(const struct weights *w, uint64_t hash)
{
	return *map_word(w, hash) >> map_bit(hash) % 64 & 1;
}

/* Where the piece of this hash stands, or else would stand. */
static inline struct piece *piece_place(const struct weights *w, uint64_t hash)
{
	size_t at = hash & (w->places - 1);

	while (w->table[at].filled && w->table[at].hash != hash)
		at = (at + 1) & (w->places - 1);
	return &w->table[at];
}

#endif
