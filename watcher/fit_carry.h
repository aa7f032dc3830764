/*
 * fit_carry.h - problem or vent, the cause and whether it is urgent, for a language in which too few complaints are
 * labelled: the weights of another language's words, carried over by a list that puts these words into it.
 *
 * The list is text, a line for each word or phrase of the other language: the piece as its weights file has it, a tab,
 * and what customers say for it, one to three words each, with | between (- : nothing). Lines that begin with # are
 * comments.
 *   luggage<TAB>gepäck|koffer|reisegepäck
 */
#ifndef FIT_CARRY_H
#define FIT_CARRY_H

#include "classify.h"
#include "weights.h"

#define CARRY_LIST_MAX ((size_t)1 << 20) /* bytes of a list */

struct carried_piece {
	const char *text; /* as weights files write it */
	float weight[FITTED_COUNT];
	bool written; /* the caller's */
};

struct carried {
	char from[3];		/* the language they come from */
	char weights_digest[17], list_digest[17];
	bool has[FITTED_COUNT]; /* problem, urgent and the causes, as far as they were fitted there */
	double bias[FITTED_COUNT];
	struct carried_piece *pieces; /* by text */
	size_t count;
	char *texts; /* what they point into */
};

/*
 * weights: of the other language, from weights_parse(). scores: of the hand-written rules, which go on judging. list:
 * len bytes; errors begin "name:line: ". *carried_r is the caller's: carried_free(). Pure.
 */
enum err carry_over(const struct weights *weights, const struct scores *scores, const char *name, const char *list,
		    size_t len, struct carried **carried_r, struct error *e_r) MUST_CHECK;
void carried_free(struct carried **carried);
/* NULL: there is no such piece. */
struct carried_piece *carried_find(struct carried *carried, const char *text);

#endif
