/*
 * lab_flip.c - why a post is judged otherwise by the rules compared with: which probability moved, and which rules that
 * hit before and now weigh otherwise.
 */
#include <math.h>
#include <string.h>

#include "watcher/lab.h"

#define MOVED_MIN .005  /* less does not show in two digits */
#define WEIGHT_MIN .005f

struct score {
	const char *name;
	double before, now, at_before, at_now; /* said; from where on it counts as a yes */
};

static bool tells(const struct score *score, struct lab_shift *shift_r)
{
	*shift_r = (struct lab_shift){.name = score->name,
				      .before = score->before,
				      .now = score->now,
				      .crossed = (score->before >= score->at_before) != (score->now >= score->at_now)};
	return shift_r->crossed || fabs(score->before - score->now) >= MOVED_MIN;
}

size_t lab_shifts(const struct lab_report *report, size_t index, struct lab_shift shift_r[LAB_SHIFTS])
{
	const struct lab_post *old = &report->lab->posts[index], *new = &report->other->posts[index];
	const struct thresholds *before = &report->judge->settings.thresholds;
	const struct thresholds *now = &report->other_judge->settings.thresholds;
	const struct score scores[LAB_SHIFTS] = {
		{"complaint", old->said_complaint, new->said_complaint, before->complaint, now->complaint},
		{"problem", old->said_problem, new->said_problem, before->problem, now->problem},
		{"not_ours", old->said_not_ours, new->said_not_ours, before->not_ours, now->not_ours},
		{"sentiment", old->said_sentiment, new->said_sentiment, 2, 2}, /* has no threshold: never crossed */
	};
	size_t count = 0;

	for (size_t i = 0; i < LAB_SHIFTS; i++)
		count += tells(&scores[i], &shift_r[count]);
	return count;
}

static const struct rule *rule_that_hit(const struct ruleset *set, const struct lab_post *post, const char *id)
{
	for (uint32_t i = 0; i < post->rule_count; i++)
		if (strcmp(ruleset_at(set, post->rules[i])->id, id) == 0)
			return ruleset_at(set, post->rules[i]);
	return NULL;
}

size_t lab_reweights(const struct lab_report *report, size_t index, struct lab_reweight *reweight_r, size_t max)
{
	const struct ruleset *set = report->judge->toolkit.rules, *other = report->other_judge->toolkit.rules;
	const struct lab_post *old = &report->lab->posts[index], *new = &report->other->posts[index];
	size_t count = 0;

	for (uint32_t i = 0; i < old->rule_count; i++) {
		const struct rule *rule = ruleset_at(set, old->rules[i]), *now = rule_that_hit(other, new, rule->id);

		for (int dim = 0; now != NULL && dim < DIM_COUNT && count < max; dim++)
			if (fabsf(rule->weight[dim] - now->weight[dim]) >= WEIGHT_MIN)
				reweight_r[count++] = (struct lab_reweight){rule->id, (enum dim)dim,
									    (double)rule->weight[dim],
									    (double)now->weight[dim]};
	}
	return count;
}

static bool worded(const struct lab_post *post)
{
	for (uint32_t i = 0; i < post->hit_count; i++)
		if (post->hits[i].rule == LAB_WORDING)
			return true;
	return false;
}

bool lab_wording_differs(const struct lab_report *report, size_t index)
{
	const struct scores *before = &report->judge->toolkit.scores, *now = &report->other_judge->toolkit.scores;

	if (!worded(&report->lab->posts[index]) && !worded(&report->other->posts[index]))
		return false;
	if (before->weights_count != now->weights_count)
		return true;
	for (size_t i = 0; i < now->weights_count; i++)
		if (strcmp(weights_digest(before->weights[i]), weights_digest(now->weights[i])) != 0)
			return true;
	return false;
}
