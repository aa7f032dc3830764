/*
 * literal_list.h - lists of strings grown along a pattern's tree; see literal_list.c.
 */
#ifndef LITERAL_LIST_H
#define LITERAL_LIST_H

#include "classify/literals.h"
#include "classify/pattern_tree.h"

#define WORDS_MAX 400 /* alternatives at the beginning of a list */

struct string {
	char text[LITERAL_MAX];
	unsigned char len;
	bool word_start, word_end, open;
};

struct list {
	struct string *items;
	size_t count, size;
};

struct reader {
	struct arena *arena;
	struct string *spare; /* strings are allocated so many at a time, */
	size_t spare_count;   /* ... and so many are left */
	const struct list *known; /* prefixes: a list that only repeats them is not wanted; may be NULL */
	size_t steps; /* strings made for the current list */
	bool words;   /* only the first word of each string is wanted; see literal_words.c */
	bool stopped; /* out of steps or memory: the current list is unusable */
	bool useless; /* of words: some string of the list is no word's beginning, and grows no longer */
};

void list_add_all(struct reader *r, struct list *list, const struct list *more);
/* The list as literals in the arena; sure: its strings that are whole words are matches. false: memory. */
bool list_literals(struct arena *arena, const struct list *list, bool sure, struct literal_set *set_r);
/* Grown from `first` along its siblings; word_start: a word can begin there. */
struct list list_grow(struct reader *r, const struct node *first, bool word_start);

#endif
