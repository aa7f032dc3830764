/*
 * classify.h - from a post, a rule set and fitted weights to a verdict. Pure.
 *
 * Each probability is 1 / (1 + exp(-(bias + sum of weights of the rules that hit))), every rule counted once;
 * the class follows by thresholds. The biases stand beside the rules in classify/rules/scores.yaml.
 */
#ifndef CLASSIFY_H
#define CLASSIFY_H

#include "rules.h"
#include "weights.h"

struct thresholds {
	double complaint; /* at least this: problem or vent (default .2) */
	double problem;	  /* at least this, among complaints: problem, else vent (default .22: missing one costs more) */
	double question;  /* default .5 */
	double praise;	  /* default .5 */
	double not_ours;  /* default .5 */
};

struct scores {
	double bias[DIM_COUNT];
	/* Fitted weights, at most one of a language; they were weights_apply()ed to the rule set, and outlive classifiers. */
	const struct weights *weights[WEIGHTS_LANGS_MAX];
	size_t weights_count;
	bool silent; /* the wording says nothing: the rule lab asks what it is worth */
};

/* The pseudo rule under whose id ("wording") the strongest words and phrases stand among a verdict's hits. */
extern const struct rule wording_rule;

struct classifier; /* borrows the rule set; one per thread */

extern const struct thresholds thresholds_default;
/* Reads classify/rules/scores.yaml: a map of dimension to bias. */
enum err scores_parse(const char *name, const char *text, size_t len, struct scores *scores_r,
		      struct error *e_r) MUST_CHECK;

struct classifier *classifier_new(const struct ruleset *set, const struct scores *scores,
				  const struct thresholds *thresholds); /* NULL: memory */
void classifier_free(struct classifier **classifier);
/* The verdict lives in arena and borrows from post and rule set. Errors: ERR_NOMEM, ERR_INVALID (text not UTF-8). */
enum err classify_post(struct classifier *classifier, struct arena *arena, const struct post *post,
		       struct verdict *verdict_r, struct error *e_r) MUST_CHECK;

#endif
