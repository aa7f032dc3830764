/*
 * rules_impl.h - what the files of the rule engine share and nobody else sees.
 *
 * A rule travels: YAML text -> struct rule_def (rules_load.c) -> struct ruleset (rules_compile.c), which owns the
 * pcre2 codes and the prefilter; struct matcher (match.c) only reads it.
 */
#ifndef RULES_IMPL_H
#define RULES_IMPL_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "rules.h"

#define RULE_ID_MAX 64
#define RULE_ABOUT_MAX 600
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

/* One compiled pattern. */
struct pattern {
	pcre2_code *code;      /* PCRE2_ANCHORED in the anchored lane, else searching */
	bool jit;	       /* code has machine code; else pcre2's interpreter runs it */
	bool composed;	       /* its rule has `all` or `near` */
	bool not_negated;      /* its rule has `not_negated` */
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
	struct pattern *unless;
	size_t unless_count;
	const char *langs[64]; /* languages named by enabled rules */
	size_t lang_count;
	struct prefilter *prefilter; /* over the text patterns in the anchored and gated lanes */
	char digest[17];
};

#define LANGS_MAX 64

/*
 * Compiles one pattern for pcre2: UTF, UCP, caseless, no \C, JIT when the system lets us. extra: 0 or PCRE2_ANCHORED.
 * ERR_INVALID carries pcre2's message and the offset ("byte 12: missing closing parenthesis"), ERR_NOMEM.
 */
enum err pattern_compile(const struct ruleset *set, const char *text, size_t len, uint32_t extra,
			 pcre2_code **code_r, bool *jit_r, struct error *e_r) MUST_CHECK;

/* Why this pattern is refused whatever pcre2 thinks of it (\K, verbs, ...): a constant sentence, or NULL. */
const char *pattern_refused(const char *text, size_t len);

/* 0: the language is not among the set's; else 1 + index. lang may be NULL: 0. */
uint16_t ruleset_lang(const struct ruleset *set, const char *lang);

#endif
