/*
 * rules.h - rule sets: loaded from YAML text, compiled once, then read-only and shared by all matchers.
 *
 * Format: DESIGN.md section 5 and classify/README.md. The same format serves the shipped rules, a brand's
 * own rules laid over them by id, and the tone rules that check our own drafts.
 * The rule engine is pure: texts in, hits out; no files, network, clock or database.
 */
#ifndef RULES_H
#define RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "error.h"
#include "post.h"
#include "verdict.h"
#include "yaml_tree.h"

#define RULES_MAX 4096
#define RULES_MATCH_LIMIT 10000 /* pcre2 match limit and depth limit per call */
#define RULES_HITS_PER_RULE 8	/* further matches of one rule in one text are not counted */

enum rule_field { FIELD_TEXT, FIELD_AUTHOR, FIELD_RATING, FIELD_PLATFORM };
enum rule_lane {
	LANE_ANCHORED, /* every match starts with one of a set of literals: pcre2 tried only there */
	LANE_GATED,    /* every match contains one of a set of literals: pcre2 searched only when one is seen */
	LANE_SLOW,     /* no literal could be read from the pattern: pcre2 searched on every post */
};

/* An overlay that changed a rule. */
struct rule_change {
	const char *file;
	int line;
	const struct rule_change *before; /* one that did so earlier; NULL */
};

struct rule {
	const char *id;	   /* [a-z0-9_]+, unique */
	const char *about; /* a sentence a reviewer reads */
	const char *group; /* the file it came from without suffix: "request", "billing" */
	const char *lang;  /* "en", or NULL: any language */
	const char *suggest; /* tone rules: what to write instead; NULL */
	const char *level; /* tone rules: "warn" or "block"; NULL */
	enum rule_field field;
	enum cause cause;  /* CAUSE_NONE when it says nothing about the cause */
	const char *topic; /* [a-z0-9_]+, the same in all languages: what those it hits share (watcher/topic.h); NULL */
	float weight[DIM_COUNT];
	float cause_weight; /* how much it says for its cause; 0: rule_cause_weight() of the weights above */
	enum cause cause_fitted; /* the cause it had when fitted weights were put in (weights.h); CAUSE_NONE: none were */
	const char *const *hits_examples; /* `examples: hit:` texts, NULL-terminated array (may be empty) */
	const char *const *miss_examples; /* `examples: miss:` */
	const char *file;  /* where it was defined */
	int line;
	const struct rule_change *changes; /* by overlays since, the last first; NULL: none */
	bool disabled;	   /* an overlay switched it off */
	enum rule_lane lane; /* the slowest lane among its patterns; for trusted rules see ruleset_complete() */
};

/* Its positive complaint, problem and vent weights together, and a little for naming a cause at all. */
float rule_cause_weight(const struct rule *rule);

struct ruleset;	       /* immutable after rules_compile() */
struct rules_builder;  /* collects files */

struct rules_builder *rules_builder_new(void); /* NULL: memory */
void rules_builder_free(struct rules_builder **builder);
/*
 * Adds one file's rules. `name` is used in errors and as group (base name without .yaml). overlay: ids already
 * present are changed (only the keys given) rather than refused; an id twice in one file is refused. ERR_INVALID:
 * "name:line: sentence".
 */
enum err rules_add(struct rules_builder *builder, const char *name, const char *text, size_t len, bool overlay,
		   struct error *e_r) MUST_CHECK;
/*
 * The same of a file that has been parsed and is known to be right (shipped, and tested): whether its patterns are
 * allowed is not asked. The texts to which the tree points must live as long as the rules; its nodes need not.
 */
enum err rules_add_tree(struct rules_builder *builder, const char *name, const struct yaml_node *root, bool overlay,
			struct error *e_r) MUST_CHECK;
/*
 * The rules added so far are known to be right (shipped, and tested by `make test`): their patterns are compiled when
 * a text of their language first needs them. Patterns of others are given to pcre2 by rules_compile().
 */
void rules_trust(struct rules_builder *builder);
/* Compiles (pcre2, UTF, UCP, caseless) and consumes the builder's content. Machine code and prefilters come later. */
enum err rules_compile(struct rules_builder *builder, struct ruleset **set_r, struct error *e_r) MUST_CHECK;
/* Compiles what still waits; from here on the `lane` of every rule is known. ERR_INVALID, ERR_NOMEM as above. */
enum err ruleset_complete(const struct ruleset *set, struct error *e_r) MUST_CHECK;
void ruleset_free(struct ruleset **set);

size_t ruleset_count(const struct ruleset *set);
const struct rule *ruleset_at(const struct ruleset *set, size_t index); /* by id */
const struct rule *ruleset_find(const struct ruleset *set, const char *id);
/* 16 hex digits over everything that can change a verdict (patterns, weights, order-independent). */
const char *ruleset_digest(const struct ruleset *set);
/* Is any enabled rule written for this language? */
bool ruleset_has_lang(const struct ruleset *set, const char *lang);
/*
 * Every rule hits each of its `hit` examples and none of its `miss` examples. Calls report(ctx, rule, sentence) per
 * finding (also: slow lane, no examples, empty `about`); returns the number of findings that are errors.
 */
size_t ruleset_check(const struct ruleset *set, void (*report)(void *ctx, const struct rule *rule, bool is_error,
							     const char *sentence), void *ctx);

/* One thread's scratch memory for matching: match data, JIT stack, normalised text. */
struct matcher;
struct matcher *matcher_new(const struct ruleset *set); /* NULL: memory */
void matcher_free(struct matcher **matcher);

struct matches {
	const struct hit *hits; /* in the arena */
	size_t hit_count;
	const struct fact *facts;
	size_t fact_count;
	const struct rule *undecided; /* NULL, or the first rule (by id) that reached a limit or failed */
	const char *undecided_why;    /* constant: "match limit", "memory for matching", ...; NULL unless undecided */
};
/*
 * All hits of all enabled rules whose lang is NULL or equals lang, on valid UTF-8 text. The text is made plain first
 * (classify/README.md, "The reading text"); offsets are of the text as given. Exactly what pcre2 alone would find in
 * the plain text: per pattern leftmost, non-overlapping, the first RULES_HITS_PER_RULE; what `all`, `near` and
 * `not_negated` leave of them; then per rule in order of start, without repeats, again the first RULES_HITS_PER_RULE.
 * `post` serves rules on other fields and may be NULL.
 * Hits are in order of start, then end, then rule id; facts in order of start, then name. Results live in arena.
 * ERR_NOMEM only; a limit reached is reported in matches_r, together with the hits that were found.
 */
enum err matcher_run(struct matcher *matcher, struct arena *arena, const char *text, size_t len, const char *lang,
		     const struct post *post, struct matches *matches_r, struct error *e_r) MUST_CHECK;
/* The same by plain pcre2 for every pattern: the arbiter that tests and fuzzers compare with. Slow. */
enum err matcher_run_plain(struct matcher *matcher, struct arena *arena, const char *text, size_t len,
			   const char *lang, const struct post *post, struct matches *matches_r,
			   struct error *e_r) MUST_CHECK;

#endif
