/*
 * found.h - what one run of a matcher has found so far, and how it becomes hits and facts.
 */
#ifndef FOUND_H
#define FOUND_H

#include "classify/normal_text.h"
#include "classify/rules_impl.h"

/* A match of one pattern, start < end. Both zero: a match in another field than the text. */
struct found_hit {
	uint32_t rule;
	size_t start, end;
};

struct found_fact {
	uint32_t rule;
	size_t hit_start, hit_end; /* of the match it belongs to */
	const char *name;	   /* constant */
	const char *value;	   /* `len` bytes in the matched text */
	size_t len;
	size_t start, end;
};

/* Grows as needed and keeps its memory from run to run. */
struct found {
	size_t rules; /* of the set */
	unsigned char *met; /* by rule: hits that were kept */
	struct found_hit *hits;
	size_t hit_count, hit_size;
	struct found_fact *facts;
	size_t fact_count, fact_size;
	bool no_memory; /* sticky until found_reset */
};

bool found_init(struct found *found, size_t rules) MUST_CHECK; /* false: memory */
void found_reset(struct found *found);
void found_done(struct found *found);
/* Room for one more hit; else no_memory. */
bool found_grow(struct found *found);

static inline void found_hit(struct found *found, uint32_t rule, size_t start, size_t end)
{
	if (found->hit_count < found->hit_size || found_grow(found))
		found->hits[found->hit_count++] = (struct found_hit){rule, start, end};
}

void found_fact(struct found *found, const struct found_fact *fact);
/*
 * Orders by start, end, rule; drops repeats, all hits of rules that do not stand, and what is above
 * RULES_HITS_PER_RULE per rule. stands() is asked once about each rule.
 */
void found_settle(struct found *found, bool (*stands)(void *ctx, uint32_t rule), void *ctx);
/*
 * Hits and facts in the text, found in its reading, become places in the original, and facts' values its words.
 * Hits stay in order, and those that turn out to be the same place become one.
 */
void found_place(struct found *found, const struct reading *reading, const char *original);
/* Copies what is left into the arena, in the order that rules.h promises. false: memory. */
bool found_take(struct found *found, const struct ruleset *set, struct arena *arena,
		struct matches *matches_r) MUST_CHECK;

#endif
