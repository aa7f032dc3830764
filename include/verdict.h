/*
 * verdict.h - what the classifier says about one post, with its evidence.
 */
#ifndef VERDICT_H
#define VERDICT_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

/* name in C, word in SQL / API / on screen */
#define CLASSES(X)                                                                                                     \
	X(CLASS_PROBLEM, "problem") /* a concrete, still open matter the brand can act on */                           \
	X(CLASS_VENT, "vent")	    /* frustration or a closed matter; nothing asked */                                \
	X(CLASS_QUESTION, "question") /* neutral question, needs an answer */                                          \
	X(CLASS_PRAISE, "praise")                                                                                      \
	X(CLASS_NOT_OURS, "not_ours") /* about somebody else, or not for us */                                         \
	X(CLASS_OTHER, "other")
#define CAUSES(X)                                                                                                      \
	X(CAUSE_NONE, "none")                                                                                          \
	X(CAUSE_PROMISE, "promise") X(CAUSE_ORDERING, "ordering") X(CAUSE_ACCESS, "access")                            \
	X(CAUSE_AVAILABILITY, "availability") X(CAUSE_DELIVERY, "delivery") X(CAUSE_QUALITY, "quality")                \
	X(CAUSE_EXPECTATION, "expectation") X(CAUSE_DIRECTIONS, "directions") X(CAUSE_BILLING, "billing")              \
	X(CAUSE_VALUE, "value") X(CAUSE_REMEDY, "remedy") X(CAUSE_REACHABILITY, "reachability")                        \
	X(CAUSE_STAFF, "staff") X(CAUSE_SAFETY, "safety") X(CAUSE_OTHER, "other")
/* Scores that rules add to. The first six become probabilities by a logistic curve; the rest are sums, clamped. */
#define DIMS(X)                                                                                                        \
	X(DIM_COMPLAINT, "complaint") X(DIM_PROBLEM, "problem") X(DIM_VENT, "vent") X(DIM_QUESTION, "question")        \
	X(DIM_PRAISE, "praise") X(DIM_NOT_OURS, "not_ours") X(DIM_URGENCY, "urgency") X(DIM_SEVERITY, "severity")      \
	X(DIM_SENTIMENT, "sentiment")

/* What is less likely a complaint than this is flagged so that no problem is missed, and said to be unsure. */
#define COMPLAINT_UNSURE_BELOW .5

#define VERDICT_ENUM(name, word) name,
enum class { CLASSES(VERDICT_ENUM) CLASS_COUNT };
enum cause { CAUSES(VERDICT_ENUM) CAUSE_COUNT };
enum dim { DIMS(VERDICT_ENUM) DIM_COUNT };
#undef VERDICT_ENUM

/* Word of a value, never NULL; and back: 1 found, 0 no such word (out untouched). */
const char *class_name(enum class value);
int class_from_name(const char *word, enum class *value_r);
const char *cause_name(enum cause value);
int cause_from_name(const char *word, enum cause *value_r);
const char *dim_name(enum dim value);
int dim_from_name(const char *word, enum dim *value_r);

struct rule; /* rules.h */

struct hit {
	const struct rule *rule; /* owned by the rule set */
	size_t start, end;	 /* bytes of the original text, start < end; 0,0 for a hit on another field */
};

struct fact {
	const char *name; /* "thing" "place" "amount" "date" "duration" "reference" "often": names of captures */
	const char *value; /* the words as written */
	size_t start, end; /* bytes of the original text */
	const struct rule *rule;
};

struct verdict {
	enum class class;
	double complaint, problem, vent; /* probabilities, 0..1 */
	double question, praise, not_ours; /* the same of what else a post may be; not in the JSON */
	enum cause cause;
	int severity;	  /* 1..4 */
	int urgency;	  /* 0..2 */
	double sentiment; /* -1..1 */
	const char *lang; /* "en", ... ; "und" when not known */
	const struct hit *hits; /* by start, then rule id */
	size_t hit_count;
	const struct fact *facts;
	size_t fact_count;
	bool undecided;		 /* could not tell: a limit was reached, or no rules for this language */
	const char *undecided_why; /* "rule request_fix: match limit", NULL unless undecided */
	const char *rules;	 /* digest of the rule set, 16 hex digits */
};

/*
 * The verdict as the JSON of README "Posts as JSON"; `text` is the post's text the offsets refer to.
 * New reference, NULL when memory is exhausted. With mask_references, facts named "reference" and numbers of eight
 * digits or more (accounts, cards, telephones) show only their last three characters.
 */
struct json_object *verdict_to_json(const struct verdict *verdict, const char *text, bool mask_references);
/* The same JSON, appended to a buffer as compact text: much faster. Look at out->failed. */
void verdict_to_buf(struct buf *out, const struct verdict *verdict, const char *text, bool mask_references);

#endif
