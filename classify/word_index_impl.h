/*
 * word_index_impl.h - the table of words as word_index.c makes it and word_scan.c reads it.
 */
#ifndef WORD_INDEX_IMPL_H
#define WORD_INDEX_IMPL_H

#include <string.h>

#include "classify/word_index.h"

#define BLOOM_BITS 17
#define FOURS_BITS 14
#define MEET_MAX (2 * LITERAL_MAX) /* words of the table that begin at one place */

enum step_kind { STEP_THIRD, STEP_SECOND, STEP_SURE, STEP_FIRST, STEP_KINDS }; /* in this order in a word */

/*
 * What was seen of 64 gates, in a row of numbers: all ones; of which gates the first list's word; the second's behind
 * it; the third's. All gates of a block have as many lists, and the last number is of their last list: rows of fewer
 * lists begin with more ones.
 */
#define SEEN_ROW (1 + GATE_WORDS)

/* What a word means for up to 64 gates: what is seen of them here and has these bits is seen one number on as well. */
struct step {
	uint64_t bits;
	uint32_t row; /* number of this place in the rows, in those of block number row / SEEN_ROW */
	uint32_t use; /* first lists: of the first bit */
};

struct word {
	char text[LITERAL_MAX];
	unsigned char len;
	bool whole;
};

/* What a word means in all. */
struct word_steps {
	uint32_t from[STEP_KINDS + 1]; /* where the steps of each kind begin, and where the last ends */
	uint32_t len;		       /* of the word */
};

/* Which of 64 gates are anchored, and which are of patterns that are not PLACES_TOLD, or PLACES_ON_ASK. */
struct block {
	uint64_t anchored, late, on_ask;
};

/* The last bits of second bytes: of all words, and of beginnings of words that have less than four. */
struct word_start {
	uint64_t all, brief;
};

struct word_index {
	struct word *words;
	struct word_steps *meanings; /* by word */
	size_t word_count;
	uint32_t *slots; /* 1 + index of a word; 0 none */
	unsigned shift;	 /* of a hash, to the number of its slot */
	struct step *steps;
	struct block *blocks;
	size_t block_count;
	size_t blocks_end[GATE_WORDS + 1]; /* behind those whose gates have up to so many lists */
	size_t use_count; /* bits in steps of first lists */
	uint32_t *patterns; /* by gate */
	uint32_t *gates;    /* of patterns that are not PLACES_TOLD, in order of these */
	uint32_t *gates_from; /* by pattern, where its gates begin; and one behind the last */
	size_t pattern_count;
	uint64_t bloom[1u << (BLOOM_BITS - 6)]; /* hashes of words */
	struct word_start starts[NORMAL_BYTES]; /* by first byte */
	uint64_t fours[1u << (FOURS_BITS - 6)]; /* hashes of the first four bytes, zeros behind shorter words */
};

static inline uint32_t word_four(const void *bytes)
{
	uint32_t four;

	memcpy(&four, bytes, sizeof four);
	return four;
}

static inline uint32_t word_four_hash(uint32_t four)
{
	return four * 0x9E3779B1u >> (32 - FOURS_BITS);
}

/* May a word of the table begin as a text's word does, which begins with these two bytes and with these four? */
static inline bool word_may_be(const struct word_index *index, const unsigned char *two, uint32_t four)
{
	const struct word_start *start = &index->starts[two[0]];
	uint32_t hash = word_four_hash(four);
	uint64_t known = index->fours[hash >> 6] >> (hash & 63);

	/* Behind a whole short word may be a character beyond ASCII. */
	known |= start->brief >> (two[1] & 63) | ((four & 0x80808080u) != 0);
	return start->all >> (two[1] & 63) & known & 1;
}

/*
 * The words of the table that begin where a text has these bytes (LITERAL_MAX at most), none of which stands outside
 * of words. goes_on: a letter, digit or _ of ASCII follows them. Returns how many.
 */
size_t word_index_meet(const struct word_index *index, const unsigned char *bytes, size_t len, bool goes_on,
		       uint32_t words_r[MEET_MAX]);

/* Room for one more than `count`, zeroed if new. false: memory. */
bool word_grow(void **items, size_t count, size_t *size, size_t item);

static inline bool word_room(void **items, size_t count, size_t *size, size_t item)
{
	return count < *size || word_grow(items, count, size, item);
}

#endif
