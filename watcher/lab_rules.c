/*
 * lab_rules.c - what each rule is worth on labelled posts.
 *
 * A verdict's scores are sums, so a rule is left out by taking its weights away: the probabilities of complaint and
 * problem are turned back into sums, the rule's weight is subtracted, and the class is chosen again as verdict.c does.
 * Where that choice, with nothing left out, is not the verdict's own (an undecided post, say), the post is taken as
 * unchanged. Causes and urgency are not judged anew. A sentiment fitted by two scores is shifted by the rule's own
 * sentiment weight, which is near, not exact. The wording is left out by judging all posts again.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "watcher/lab.h"

static double logistic(double sum)
{
	return 1 / (1 + exp(-sum));
}

static double without(double said, double weight)
{
	double p = fmin(fmax(said, 1e-12), 1 - 1e-12);

	return logistic(log(p / (1 - p)) - weight);
}

/* As verdict.c chooses. */
static enum class choose(const struct lab_post *post, const struct thresholds *at) {
	double question = post->said_question, praise = post->said_praise;

	if (post->said_not_ours >= at->not_ours && post->said_not_ours > post->said_complaint &&
	    post->judged_cause != CAUSE_SAFETY)
		return CLASS_NOT_OURS;
	if (post->said_complaint >= at->complaint)
		return post->said_problem >= at->problem || post->judged_urgency == 2 ? CLASS_PROBLEM : CLASS_VENT;
	if (question >= at->question && (praise < at->praise || question >= praise))
		return CLASS_QUESTION;
	return praise >= at->praise ? CLASS_PRAISE : CLASS_OTHER;
}

static struct lab_post leave_out(const struct lab_post *post, const struct rule *rule, const struct thresholds *at)
{
	struct lab_post changed = *post;
	double mood = fmin(fmax(post->said_sentiment, -1 + 1e-12), 1 - 1e-12);

	if (choose(post, at) != post->class)
		return changed;
	changed.said_complaint = without(post->said_complaint, (double)rule->weight[DIM_COMPLAINT]);
	changed.said_problem = without(post->said_problem, (double)rule->weight[DIM_PROBLEM]);
	changed.said_sentiment = tanh(atanh(mood) - (double)rule->weight[DIM_SENTIMENT]);
	changed.said_question = without(post->said_question, (double)rule->weight[DIM_QUESTION]);
	changed.said_praise = without(post->said_praise, (double)rule->weight[DIM_PRAISE]);
	changed.said_not_ours = without(post->said_not_ours, (double)rule->weight[DIM_NOT_OURS]);
	changed.class = choose(&changed, at);
	return changed;
}

/* Does the label agree with what the rule speaks for? 1, 0, -1: the label cannot tell. */
static int agrees(const struct rule *rule, const struct lab_post *post)
{
	int complaint = post->intent >= 0 ? post->intent != INTENT_NOT : post->complaint;
	float weight = rule->weight[DIM_COMPLAINT], problem = rule->weight[DIM_PROBLEM];

	if (complaint >= 0 && weight != 0 && (fabsf(weight) >= fabsf(problem) || complaint == 0))
		return (weight > 0) == complaint;
	if (problem != 0 && post->intent >= 0 && post->intent != INTENT_NOT)
		return (problem > 0) == (post->intent == INTENT_PROBLEM);
	if (complaint >= 0 && weight != 0)
		return (weight > 0) == complaint;
	if (post->sentiment >= 0 && post->sentiment != 1 && rule->weight[DIM_SENTIMENT] != 0)
		return (rule->weight[DIM_SENTIMENT] > 0) == (post->sentiment == 2);
	if (post->off_topic >= 0 && rule->weight[DIM_NOT_OURS] != 0)
		return (rule->weight[DIM_NOT_OURS] > 0) == post->off_topic;
	return -1;
}

struct tally {
	size_t fires, right, wrong;
	size_t confusion[LAB_CLASSES_MAX][LAB_CLASSES_MAX]; /* without the rule */
};

static void tally_post(struct tally *tally, const struct lab_task *task, const struct lab_post *post, int truth,
		       const struct rule *rule, const struct thresholds *at)
{
	struct lab_post changed = leave_out(post, rule, at);
	int agreed = agrees(rule, post);

	tally->fires++;
	tally->right += agreed == 1;
	tally->wrong += agreed == 0;
	tally->confusion[truth][task->judged(post, at)]--;
	tally->confusion[truth][task->judged(&changed, at)]++;
}

static int by_worth(const void *a, const void *b)
{
	const struct lab_worth *x = a, *y = b;

	if (x->f1_without != y->f1_without)
		return x->f1_without < y->f1_without ? -1 : 1;
	return strcmp(x->rule->id, y->rule->id);
}

size_t lab_worths(const struct lab_task *task, const struct lab *lab, const struct judge *judge,
		  const struct lab_figures *figures, struct lab_worth *worth_r)
{
	const struct ruleset *set = judge->toolkit.rules;
	struct tally *tallies = malloc((ruleset_count(set) + 1) * sizeof(*tallies));
	size_t count = 0;

	if (tallies == NULL)
		return 0;
	for (size_t i = 0; i < ruleset_count(set); i++) {
		tallies[i] = (struct tally){0};
		memcpy(tallies[i].confusion, figures->confusion, sizeof(tallies[i].confusion));
	}
	for (size_t i = 0; i < lab->count; i++) {
		const struct lab_post *post = &lab->posts[i];
		int truth = task->truth(post);

		for (uint32_t k = 0; truth >= 0 && k < post->rule_count; k++)
			tally_post(&tallies[post->rules[k]], task, post, truth, ruleset_at(set, post->rules[k]),
				   &judge->settings.thresholds);
	}
	for (size_t i = 0; i < ruleset_count(set); i++)
		if (tallies[i].fires > 0)
			worth_r[count++] =
				(struct lab_worth){ruleset_at(set, i), tallies[i].fires, tallies[i].right,
						   tallies[i].wrong, lab_macro_f1(figures, tallies[i].confusion)};
	free(tallies);
	qsort(worth_r, count, sizeof(*worth_r), by_worth);
	return count;
}

/* Does the wording's vote, as a whole, move a post towards its label? 1, 0, -1: it does not move it, or none can tell. */
static int vote_agrees(const struct lab_post *with, const struct lab_post *without_it)
{
	int complaint = with->intent >= 0 ? with->intent != INTENT_NOT : with->complaint;
	double more = with->said_complaint - without_it->said_complaint;

	return complaint < 0 || fabs(more) < 1e-9 ? -1 : (more > 0) == complaint;
}

enum err lab_wording_worth(const struct lab_task *task, const struct lab *lab, const struct judge *judge,
			   struct lab_worth *worth_r, struct error *e_r)
{
	struct lab_worth worth = {.rule = &wording_rule};
	struct lab_figures figures;
	struct judge silent = *judge;
	struct lab again;
	enum err err;

	silent.toolkit.scores.silent = true;
	silent.classifier = judge_classifier(&silent);
	if (silent.classifier == NULL)
		return error_set(e_r, ERR_NOMEM, "out of memory");
	err = lab_judge_again(lab, &silent, &again, e_r);
	classifier_free(&silent.classifier);
	if (err != ERR_OK)
		return err;
	for (size_t i = 0; i < lab->count; i++) {
		int agreed = vote_agrees(&lab->posts[i], &again.posts[i]);

		if (task->truth(&lab->posts[i]) < 0)
			continue;
		worth.fires += lab->posts[i].said_complaint != again.posts[i].said_complaint ||
			       lab->posts[i].said_sentiment != again.posts[i].said_sentiment;
		worth.right += agreed == 1;
		worth.wrong += agreed == 0;
	}
	err = lab_task_figure(task, &again, &judge->settings.thresholds, &figures, e_r);
	lab_free(&again);
	if (err != ERR_OK)
		return err;
	worth.f1_without = figures.macro_f1;
	*worth_r = worth;
	return ERR_OK;
}
