/*
 * machine.h - what a pattern can match, decided on the normalised text by a finite automaton.
 *
 * pcre2 stays the arbiter. A machine is built from the pattern's tree, which never stands for less than the pattern
 * matches; so where it says MACHINE_MISS no match begins, and pcre2 need not be asked. Where the tree stands for
 * exactly what pcre2 matches, and the text looked at is plain (ASCII, single spaces), it also knows where pcre2's match
 * ends.
 */
#ifndef MACHINE_H
#define MACHINE_H

#include "classify/normalise.h"
#include "classify/rules_impl.h"

enum machine_answer {
	MACHINE_MISS,  /* no match */
	MACHINE_MAYBE, /* ask pcre2 */
	MACHINE_HIT,   /* pcre2 would match from here to *end_r */
};

struct machine; /* one thread's; its states are made as texts need them */

/* Bytes that all machines of a matcher have taken; above MACHINES_MAX no more are made. */
#define MACHINES_MAX ((size_t)24 << 20)

/* NULL: none for this pattern (not understood, too large, no memory); then every answer is maybe. */
struct machine *machine_new(const struct pattern_source *source, size_t *bytes);
void machine_free(struct machine **machine);
/* Where a machine stands behind a literal that many texts hold. Zeroed at first; of one machine and literal. */
struct machine_memo {
	uint16_t state[2]; /* at the text's beginning, and behind a byte that belongs to no word */
	uint16_t refills;
};

/*
 * Does a match begin at this index of the normalised text? memo: what is known about the literal of `len` bytes that
 * stands there; NULL nothing.
 */
enum machine_answer machine_at(struct machine *machine, const struct normal *normal, size_t at,
			       struct machine_memo *memo, size_t len, size_t *end_r);
/* Does a match begin here or behind it? MISS or MAYBE. */
enum machine_answer machine_behind(struct machine *machine, const struct normal *normal, size_t at);

#endif
