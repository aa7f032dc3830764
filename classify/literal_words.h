/*
 * literal_words.h - which words must stand in a text, and in which order, for a pattern to match.
 */
#ifndef LITERAL_WORDS_H
#define LITERAL_WORDS_H

#include "classify/literal_list.h"

/*
 * Finds the pattern's gates (see struct pattern_literals); they live in the arena. All are anchored, or there is one
 * that is not. 0: words do not help, or memory. What struct node keeps for it is noted down in the tree.
 */
size_t literal_words(struct arena *arena, struct node *tree, bool exact, struct gate **gates_r);

#endif
