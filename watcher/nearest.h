/*
 * nearest.h - "did you mean": the known word closest to a mistyped one.
 */
#ifndef NEAREST_H
#define NEAREST_H

#include <stddef.h>

/* Words for nearest_word(): the i-th one, NULL at the end. */
typedef const char *nearest_at_fn(const void *ctx, size_t i);

/* Single-character changes (insert, delete, replace, swap of neighbours) from a to b; words over 63 bytes: 99. */
size_t nearest_distance(const char *a, const char *b);
/* The closest of the words when it is at most a third of the word's length (at least 1, at most 3) away; else NULL. */
const char *nearest_word(const char *word, nearest_at_fn *at, const void *ctx);

#endif
