/*
 * pattern_tree_impl.h - what the files that read a pattern (pattern_tree.c) and what stands in it for one character
 * (pattern_class.c) share.
 */
#ifndef PATTERN_TREE_IMPL_H
#define PATTERN_TREE_IMPL_H

#include "classify/pattern_tree.h"

struct parser {
	struct arena *arena;
	struct node *spare; /* nodes are allocated so many at a time, */
	size_t spare_count; /* ... and so many are left */
	const char *at, *end;
	bool runs;     /* are asked for */
	bool extended; /* (?x): white space and #-comments of the pattern do not count */
	bool cased;    /* (?-i) may have been seen */
	bool lines;    /* (?m) was seen: ^ stands at more places than the beginning */
	bool inexact;  /* something was read of which the tree knows less than pcre2 */
	bool failed;
	int depth;
};

/* NULL: the pattern is not understood, or there is no memory. */
struct node *parser_give_up(struct parser *p);
struct node *parser_node(struct parser *p, enum node_kind kind);
struct node *parser_char(struct parser *p, uint32_t c);
struct node *parser_any(struct parser *p);
struct node *parser_repeat(struct parser *p, struct node *child, uint32_t min, uint32_t max);
/* Does the word stand here? Then it is behind p->at. */
bool parser_skip(struct parser *p, const char *word);

/* Behind the backslash, behind "[". */
struct node *parse_escape(struct parser *p);
struct node *parse_class(struct parser *p);

static inline void set_add(struct node *node, unsigned byte)
{
	node->set[byte / 64] |= (uint64_t)1 << (byte % 64);
}

static inline void set_add_range(struct node *node, unsigned low, unsigned high)
{
	for (unsigned word = low / 64; word <= high / 64; word++) {
		unsigned from = word == low / 64 ? low % 64 : 0, to = word == high / 64 ? high % 64 : 63;

		node->set[word] |= ~(uint64_t)0 >> (63 - (to - from)) << from;
	}
}

#endif
