/*
 * match_impl.h - what the files of the matcher share and nobody else sees.
 *
 * match.c leads a text through a matcher; match_places.c says what to ask about it, match_ask.c asks and notes.
 */
#ifndef MATCH_IMPL_H
#define MATCH_IMPL_H

#include <limits.h>

#include "classify/compose.h"
#include "classify/found.h"
#include "classify/machine.h"
#include "classify/normal_text.h"
#include "classify/prefilter.h"
#include "classify/rules_impl.h"

struct plain_code {
	pcre2_code *code;
	bool jit;
};

/* The matches of one pattern of a composed rule. */
struct spans {
	struct span at[RULES_HITS_PER_RULE];
	size_t count;
};

/* What is asked first about a pattern that was sighted, in a quarter of a line of the cache. */
struct seat {
	struct machine *machine; /* NULL: none, or not machined */
	uint32_t index;		 /* in set->patterns */
	uint16_t rule;
	unsigned char gates; /* of its rule, if that is composed */
	unsigned char lane : 2; /* enum rule_lane */
	bool machined : 1; /* was its machine made? */
	bool requires : 1; /* prefilter_requires() */
	bool composed : 1, unless : 1, names : 1, not_negated : 1; /* as in struct pattern */
};
_Static_assert(sizeof(struct seat) == 16 && RULES_MAX <= UINT16_MAX && COMPOSED_MAX <= UCHAR_MAX, "four seats a line");

/* What a matcher knows of a language. */
struct known {
	struct machine_memo *memos; /* by use of a literal of its prefilter; NULL: no text has come */
	struct seat *seats;	    /* by number of a pattern in its slice */
};

/* A pattern whose machine is to be run together with others. */
struct queued {
	uint32_t number; /* in the slice */
	uint32_t first, count; /* its jobs: places where it may match */
	uint32_t next;  /* the place behind those that were looked at; NO_PLACE: all were */
	uint32_t tries; /* how many were */
};

struct matcher {
	const struct ruleset *set;
	pcre2_match_data *data;
	pcre2_match_context *context;
	pcre2_jit_stack *stack;
	struct machine **machines; /* by pattern, made when first needed */
	bool *machined;		   /* was it tried? */
	unsigned char *asked;	   /* by pattern: how often pcre2's interpreter was */
	struct known known[LANGS_MAX + 1]; /* by language */
	struct machine_pool *pool; /* what they share */
	struct plain_code *plain; /* searching twins of anchored patterns, compiled when matcher_run_plain needs them */
	struct reading reading;
	struct normal normal;
	struct prefilter_scan scan;
	const struct slice *slice; /* of this text's language */
	const struct known *here;  /* likewise */
	struct machine_job jobs[MACHINE_JOBS]; /* of patterns whose machines are to be run together */
	size_t job_count;
	struct queued queued[MACHINE_JOBS]; /* these patterns */
	size_t queued_count;
	unsigned char *doubt; /* by rule: 1 + the field that its `unless` read; 0: it has none */
	unsigned char *open; /* by composed rule: gates that are open in this text */
	uint32_t *ready; /* composed rules whose gates are all open */
	size_t ready_count;
	int wanted;	    /* matches of one pattern, RULES_HITS_PER_RULE or one */
	struct spans *sink; /* where matches go instead of into found; NULL */
	bool plain_run;     /* pcre2 alone */
	struct found found;
	uint32_t undecided; /* index of the first rule that could not be decided; UINT32_MAX none */
	const char *undecided_why;
	bool no_memory;
};

/* What is matched now. */
struct subject {
	const char *original;
	const char *text; /* its reading: valid UTF-8 */
	size_t len;
	const char *lang;
	uint16_t lang_id;
	const struct post *post; /* may be NULL */
};

/* ---- match_ask.c ---- */

/* The rule could not be decided, and why (constant); the first such rule is kept. */
void match_undecided(struct matcher *m, uint32_t rule, const char *why);
/* One call of pcre2 from `at` on: 1 matched (m->data has the offsets), 0 not, -1 could not tell (noted). */
int match_ask(struct matcher *m, struct pattern *pattern, const char *text, size_t len, size_t at);
/* The same with code that searches, whatever the pattern's lane. */
int match_ask_plain(struct matcher *m, struct pattern *pattern, const char *text, size_t len, size_t at);
/* Notes a match of a rule, unless it must not be negated and is. */
void match_note_span(struct matcher *m, uint32_t rule, bool not_negated, const char *text, size_t start, size_t end);
/* Notes the match in m->data; returns where it ends. inside: offsets are of the text that the hits refer to. */
size_t match_note(struct matcher *m, const struct pattern *pattern, const char *text, bool inside);
/* Notes the pattern's matches from left to right, each asked for behind the last. */
void match_search(struct matcher *m, struct pattern *pattern, const struct subject *s);

/* ---- match_places.c ---- */

/* Is an `unless` of the rule found in the text? */
bool match_unless(struct matcher *m, uint32_t rule, const struct subject *s);
/* Notes what the rules on the text find in it, with the prefilter's help. false: memory. */
bool match_prefiltered(struct matcher *m, const struct subject *s) MUST_CHECK;

/* ---- match.c ---- */

/* The n-th pattern of a rule over the text, up to RULES_HITS_PER_RULE matches noted: alone, or by the prefilter. */
typedef void try_function(struct matcher *m, uint32_t rule, size_t n, const struct subject *s);
/* A rule with `all` or `near`: its patterns in order, as long as each is found. */
void match_composed(struct matcher *m, uint32_t rule, const struct subject *s, try_function *try);

#endif
