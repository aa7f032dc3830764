/*
 * rules_impl.h - what the files of the rule engine share and nobody else sees.
 *
 * A rule travels: YAML text -> struct rule_def (rules_load.c) -> struct ruleset (rules_compile.c), which owns the
 * pcre2 codes and the prefilters; struct matcher (match_impl.h) only reads it. Codes and prefilters are made when the
 * first text needs them (rules_late.c).
 */
#ifndef RULES_IMPL_H
#define RULES_IMPL_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdatomic.h>

#include "rules.h"

#define RULE_ID_MAX 64
#define RULE_ABOUT_MAX 600
#define RULE_TOPIC_MAX 32
#define RULE_PATTERN_MAX 4096  /* bytes of one pattern */
#define RULE_PATTERNS_MAX 64   /* patterns in one `match` or `unless` */
#define RULE_EXAMPLES_MAX 64
#define RULE_EXAMPLE_MAX 2000  /* bytes */
#define RULE_WEIGHT_MAX 20.0   /* largest weight, either sign */
#define RULES_ARENA_MAX (64u << 20) /* bytes of all rules' texts together */

#define COMPOSED_MAX 8	/* patterns in one `all` or `near` */
#define NEAR_WORDS_MAX 50

/* How a rule's patterns make a hit. */
enum compose {
	COMPOSE_ANY,  /* `match`: each match of any of them */
	COMPOSE_ALL,  /* `all`: a match of the first, when every other is found */
	COMPOSE_NEAR, /* `near`: a match of the first, when every other is found near it */
};

/* A pattern as written, and where. */
struct pattern_source {
	const char *text;
	size_t len;
	const char *file;
	int line;
};

struct rule_def {
	struct rule rule; /* what others see */
	struct pattern_source *match; /* of `match`, `all` or `near` */
	size_t match_count;
	enum compose compose;
	unsigned near_words; /* most words between the two */
	bool same_sentence;  /* the others in the sentence of the first */
	bool not_negated;    /* no negation word shortly before a hit */
	struct pattern_source *unless;
	size_t unless_count;
	bool trusted; /* shipped and tested: its patterns are compiled when a text first needs them */
};

struct rules_builder {
	struct arena *arena;   /* all texts and arrays */
	struct rule_def *defs; /* RULES_MAX places */
	size_t count;
	uint16_t bucket[8192]; /* hash of id -> 1 + index of the newest def with it; 0 none */
	uint16_t next[RULES_MAX]; /* next in the bucket, same coding */
	uint64_t fitted; /* digests of the weights files that were applied; 0 none */
};

/* A named capture of a pattern: which fact, which group. */
struct capture {
	const char *name; /* constant */
	uint32_t group;
};

/* How far a pattern is: late.c moves it on, under the set's lock. */
enum code_state {
	CODE_NONE,  /* only the source is there */
	CODE_PLAIN, /* pcre2 has accepted it; captures are read; may be asked, by pcre2's interpreter */
	CODE_FAST,  /* with machine code where the system allows it */
};

struct program;

struct pattern {
	pcre2_code *code;      /* PCRE2_ANCHORED in the anchored lane, else searching; pcre2's interpreter runs it */
	pcre2_code *fast;      /* CODE_FAST: a copy with machine code; NULL: there is none */
	_Atomic unsigned char state; /* enum code_state */
	bool programmed;       /* program is what it will be (NULL: there is none); both under the lock */
	struct program *program;
	bool composed;	       /* its rule has `all` or `near` */
	bool not_negated;      /* its rule has `not_negated` */
	bool unless;	       /* it unmakes hits of its rule */
	bool names;	       /* may have named captures: only pcre2 can tell what they hold */
	bool lane_known;       /* lane is what the literals say (always so on other fields) */
	enum rule_lane lane;
	uint32_t rule;	       /* index in the set */
	const struct pattern_source *source;
	const struct capture *captures;
	size_t capture_count;
};

/* What belongs to a rule but not to its readers. */
struct rule_parts {
	size_t first;	     /* index of its first pattern; match_count of them */
	size_t match_count;
	size_t first_unless; /* index in set->unless; unless_count of them */
	size_t unless_count;
	uint16_t lang;	     /* 0 any, else 1 + index in set->langs */
	size_t gates;	     /* composed rules: how many of the patterns the prefilter must have seen */
	const char *const *negations; /* NULL: hits count, negated or not */
	struct rule_def *def;
};

struct prefilter;

/*
 * What texts of one language meet: its rules and those of every language. Patterns are numbered anew, rule by rule, a
 * rule's `unless` behind its `match`, so that a language's own patterns lie close together.
 */
struct slice {
	struct prefilter *prefilter; /* over its patterns that read the text */
	uint32_t *numbers; /* by pattern here: its index in set->patterns */
	size_t pattern_count;
	uint32_t *first; /* by rule: the number here of its first pattern */
	uint32_t *always; /* patterns (by number here) of the slow lane, none of composed rules or `unless` */
	size_t always_count;
	uint32_t *gateless; /* composed rules all of whose patterns are slow */
	size_t gateless_count;
	uint32_t *fields; /* rules on other fields */
	size_t field_count;
};

struct late; /* what is made when it is first needed: slices, and the lock for all of it */

struct ruleset {
	struct arena *arena; /* texts, arrays; taken over from the builder */
	uint64_t fitted; /* as in the builder */
	pcre2_general_context *general;
	pcre2_compile_context *compile;
	struct rule *rules; /* by id */
	struct rule_parts *parts;
	size_t count;
	struct pattern *patterns; /* of enabled rules, grouped by rule, rules in order */
	size_t pattern_count;
	struct pattern *unless; /* behind them in the same array */
	size_t unless_count;
	const char *langs[64]; /* languages named by enabled rules */
	size_t lang_count;
	uint32_t most_captures; /* no pattern has more groups than this */
	struct late *late;
	char digest[17];
};

#define LANGS_MAX 64

/*
 * Compiles one pattern for pcre2: UTF, UCP, caseless, no \C. extra: 0 or PCRE2_ANCHORED.
 * ERR_INVALID carries pcre2's message and the offset ("byte 12: missing closing parenthesis"), ERR_NOMEM.
 */
enum err pattern_compile(const struct ruleset *set, const char *text, size_t len, uint32_t extra,
			 pcre2_code **code_r, struct error *e_r) MUST_CHECK;
/* Machine code for it, when the system lets us. */
bool pattern_jit(pcre2_code *code);

/* ---- rules_late.c ---- */

struct late *late_new(void); /* NULL: memory */
void late_free(struct late **late);
atomic_uint *late_matchers(struct late *late); /* how many matchers the set has now */
/* Is the pattern one that pcre2 accepts and rules may use? Compiles it when that was not done. Errors name file and line. */
enum err pattern_check(const struct ruleset *set, struct pattern *pattern, struct error *e_r) MUST_CHECK;
/* Makes machine code for a CODE_PLAIN pattern, where the system lets us. */
void pattern_hasten(const struct ruleset *set, struct pattern *pattern);
/* What its machines run (machine.h); NULL: there is none. */
const struct program *pattern_program(const struct ruleset *set, struct pattern *pattern);
/* The lane of each of a rule's patterns, and the rule's. false: memory. */
bool rule_lanes(const struct ruleset *set, size_t rule) MUST_CHECK;
/* What texts of a language (see ruleset_lang) meet; it lives as long as the set. NULL: memory. */
const struct slice *slice_of(const struct ruleset *set, uint16_t lang);

/* Any number of threads may ask at once; the first to need a pattern compiles it. */
static inline enum code_state pattern_state(const struct pattern *pattern)
{
	return atomic_load_explicit(&pattern->state, memory_order_acquire);
}

/* Why this pattern is refused whatever pcre2 thinks of it (\K, verbs, ...): a constant sentence, or NULL. */
const char *pattern_refused(const char *text, size_t len);

/* 0: the language is not among the set's; else 1 + index. lang may be NULL: 0. */
uint16_t ruleset_lang(const struct ruleset *set, const char *lang);

#endif
