/*
 * literals.h - what must stand in a text for a pattern to match, read from the pattern itself.
 *
 * Literals are byte strings of the normalised text (normalise.h). The reader promises less when it does not
 * understand a pattern, and never promises something wrong:
 *   anchored  every match begins with one of `prefix`
 *   gated     every match contains one of `required` (which also narrows the anchored lane, where it is not empty)
 *   slow      nothing is known
 *
 * Where a pattern is made of words, its gates say it all: for every match there is a gate of which a word of each list
 * stands in it, those of a list to the right of those of the list before. If the gate is anchored the match begins with
 * the first. Here `word_end` means that no letter, digit or _ of ASCII follows, and what has no `word_end` is a word's
 * beginning.
 */
#ifndef LITERALS_H
#define LITERALS_H

#include "classify/rules_impl.h"

#define LITERAL_MAX 12		  /* bytes of a literal; longer ones are cut */
#define LITERALS_ARENA_MAX (32u << 20)

struct literal {
	char text[LITERAL_MAX];
	unsigned char len;
	bool word_start; /* a match has \b before the literal's first byte */
	bool word_end;	 /* a match has \b behind the literal's last byte */
	bool sure;	 /* words: where this is a whole word of plain ASCII, the word is a match */
};

struct literal_set {
	struct literal *items;
	size_t count;
};

#define GATE_WORDS 3

struct gate {
	struct literal_set words[GATE_WORDS];
	size_t count; /* of lists */
	bool anchored;
};

struct pattern_literals {
	enum rule_lane lane;
	struct gate *gates;
	size_t gate_count; /* not 0: the two sets are empty */
	struct literal_set prefix;   /* LANE_ANCHORED */
	struct literal_set required; /* LANE_GATED; LANE_ANCHORED: may be empty (no further condition) */
};

/*
 * What the prefilter of a set wants: words if there are any; else the same, but `required` in the anchored lane only
 * where the prefixes are as weak as "my". It takes most of the time to find, and a pattern's machine (machine.h) is as
 * quick to say no elsewhere.
 */
bool pattern_literals_lead(struct arena *arena, const char *text, size_t len,
			   struct pattern_literals *literals_r) MUST_CHECK;
/* Literals live in arena. false: no memory (in the arena or otherwise). */
bool pattern_literals_read(struct arena *arena, const char *text, size_t len,
			   struct pattern_literals *literals_r) MUST_CHECK;

#endif
