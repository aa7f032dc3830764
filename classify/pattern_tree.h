/*
 * pattern_tree.h - a pcre2 pattern as a tree, coarse enough to read literals from and never finer than the truth.
 *
 * A tree stands for a set of normalised strings that contains what the pattern can match: look-arounds and anchors
 * match nothing ("zero"), a class is the set of bytes its characters may normalise to. What the parser does not know
 * for sure (back references, recursion, conditions, \Q, ...) gives no tree.
 */
#ifndef PATTERN_TREE_H
#define PATTERN_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "classify/normalise.h"

enum node_kind {
	NODE_SET,   /* exactly one character; or a run of letters, where asked for */
	NODE_ZERO,  /* matches the empty string, if at all */
	NODE_BOUND, /* \b */
	NODE_BEGIN, /* the text's beginning */
	NODE_CAT,   /* children one after the other */
	NODE_ALT,   /* one of the children, which are sequences */
	NODE_REP,   /* the child, min to max times */
};

#define REP_ENDLESS UINT32_MAX

struct node {
	enum node_kind kind;
	bool lazy;	    /* NODE_REP: as few as possible first */
	bool single;	    /* NODE_SET: known to have one byte only, */
	unsigned char byte; /* ... this */
	uint64_t set[4]; /* NODE_SET: bit per normalised byte */
	union {
		struct {
			uint32_t min, max; /* NODE_REP */
		};
		const char *run; /* NODE_SET, single: the letters, of which `byte` is the first, */
	};
	struct node *child, *last; /* first and last child */
	struct node *next;
	/* What literal_words.c notes down, of letters the parser: */
	bool empty;	 /* it can match nothing */
	bool words;	 /* all bytes that it takes are of words */
	bool outside[2]; /* [is the byte before it certainly none of a word?]: is the byte before its end? */
	uint32_t run_len; /* ... so many */
};

/*
 * NULL when the pattern was not understood or the arena is exhausted (arena_failed tells). len: valid UTF-8.
 * *exact_r (may be NULL): in a text of ASCII whose only white space are single spaces, the tree stands for exactly what
 * pcre2 matches, and its alternatives and repetitions are tried in the order in which they stand.
 */
struct node *pattern_tree(struct arena *arena, const char *text, size_t len, bool *exact_r);
/* The same with runs of letters, smaller and sooner made. It points into the text. */
struct node *pattern_tree_of_runs(struct arena *arena, const char *text, size_t len, bool *exact_r);

static inline bool set_has(const struct node *node, unsigned byte)
{
	return node->set[byte / 64] >> (byte % 64) & 1;
}

/* Bytes that normal_word_byte() takes for letters, digits and _. */
#define SET_WORD_0 ((uint64_t)0x03FF000000000000u)
#define SET_WORD_1 ((uint64_t)0x07FFFFFE80000000u)

static inline bool set_has_word(const struct node *node)
{
	return (node->set[0] & SET_WORD_0) != 0 || (node->set[1] & SET_WORD_1) != 0;
}

/* Has it a byte of ASCII that belongs to no word? */
static inline bool set_has_other(const struct node *node)
{
	return (node->set[0] & ~SET_WORD_0) != 0 || (node->set[1] & ~SET_WORD_1) != 0;
}

/* How many bytes the set has. */
static inline unsigned set_size(const struct node *node)
{
	return (unsigned)(__builtin_popcountll(node->set[0]) + __builtin_popcountll(node->set[1]) +
			  __builtin_popcountll(node->set[2]) + __builtin_popcountll(node->set[3]));
}

#endif
