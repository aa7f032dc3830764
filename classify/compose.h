/*
 * compose.h - what `near`, `same_sentence` and `not_negated` mean, measured on the reading text.
 *
 * A word is a run of letters, digits, _ and '; a sentence ends at . ! ? before white space and at a line's end. Both
 * are coarse on purpose: they must be predictable for who writes a rule, not right for who parses a language.
 */
#ifndef COMPOSE_H
#define COMPOSE_H

#include <stdbool.h>
#include <stddef.h>

#define NEGATION_REACH 3 /* words before a hit in which a negation word unmakes it */

struct span {
	size_t start, end; /* start < end */
};

/* Are there at most `words` words between the two, in either order? Spans that overlap have none between them. */
bool spans_near(const char *text, struct span a, struct span b, unsigned words);
/* Does no sentence end between the two? */
bool spans_in_sentence(const char *text, size_t len, struct span a, struct span b);

/* The negation words of a language ("en"), NULL when none are known. Constant. */
const char *const *negation_words(const char *lang);
/* Does one of the words stand within NEGATION_REACH words before `at`, in the same sentence? */
bool is_negated(const char *text, size_t at, const char *const *words);

#endif
