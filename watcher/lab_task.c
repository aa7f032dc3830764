/*
 * lab_task.c - what labelled posts can be asked. Each task is one entry of a table: which posts are in it, what the
 * label says, what the verdict says.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "watcher/lab.h"

#define MOOD (1.0 / 3) /* sentiment below minus this reads negative, above it positive */
#define CAUSE_POSTS_MIN 20

/* ---- what the verdict says ---- */

static int judged_intent(const struct lab_post *post, const struct thresholds *at)
{
	(void)at;
	return post->class == CLASS_PROBLEM ? INTENT_PROBLEM : post->class == CLASS_VENT ? INTENT_VENT : INTENT_NOT;
}

static int judged_problem(const struct lab_post *post, const struct thresholds *at)
{
	return post->said_problem >= at->problem ? INTENT_PROBLEM : INTENT_VENT;
}

static int judged_complaint(const struct lab_post *post, const struct thresholds *at)
{
	return judged_intent(post, at) != INTENT_NOT;
}

static int judged_sentiment(const struct lab_post *post, const struct thresholds *at)
{
	(void)at;
	return post->said_sentiment < -MOOD ? 0 : post->said_sentiment > MOOD ? 2 : 1;
}

static int judged_cause(const struct lab_post *post, const struct thresholds *at)
{
	(void)at;
	return (int)post->judged_cause;
}

static int judged_urgency(const struct lab_post *post, const struct thresholds *at)
{
	(void)at;
	return post->judged_urgency;
}

static int judged_off_topic(const struct lab_post *post, const struct thresholds *at)
{
	(void)at;
	return post->class == CLASS_NOT_OURS;
}

/* ---- what the label says ---- */

static bool complains(const struct lab_post *post)
{
	return post->intent == INTENT_PROBLEM || post->intent == INTENT_VENT;
}

static int truth_intent(const struct lab_post *post)
{
	return post->intent;
}

static int truth_problem(const struct lab_post *post)
{
	return complains(post) ? post->intent : -1;
}

static int truth_complaint(const struct lab_post *post)
{
	return post->complaint;
}

static int truth_sentiment(const struct lab_post *post)
{
	return post->sentiment;
}

static int truth_cause(const struct lab_post *post)
{
	return complains(post) && post->cause != CAUSE_NONE ? post->cause : -1;
}

static int truth_urgency(const struct lab_post *post)
{
	return complains(post) ? post->urgency : -1;
}

static int truth_off_topic(const struct lab_post *post)
{
	return post->off_topic;
}

/* ---- the table ---- */

static const char *intent_word(int class)
{
	static const char *const words[] = {"problem", "vent", "not_complaint"};

	return words[class];
}

static const char *complaint_word(int class)
{
	return class ? "complaint" : "none";
}

static const char *sentiment_word(int class)
{
	static const char *const words[] = {"negative", "neutral", "positive"};

	return words[class];
}

static const char *cause_word(int class)
{
	return cause_name((enum cause) class);
}

static const char *urgency_word(int class)
{
	static const char *const words[] = {"0 a day", "1 an hour", "2 now"};

	return words[class];
}

static const char *off_topic_word(int class)
{
	return class ? "not_ours" : "ours";
}

static const struct lab_task tasks[] = {
	{"intent", "problem, vent or no complaint", INTENT_COUNT, 1, intent_word, truth_intent, judged_intent},
	{"problem_vent", "problem or vent, among labelled complaints", 2, 1, intent_word, truth_problem,
	 judged_problem},
	{"complaint", "complaint or not", 2, 1, complaint_word, truth_complaint, judged_complaint},
	{"cause", "cause, among labelled complaints; macro over causes with 20 posts or more", CAUSE_COUNT,
	 CAUSE_POSTS_MIN, cause_word, truth_cause, judged_cause},
	{"urgency", "urgency, among labelled complaints", 3, 1, urgency_word, truth_urgency, judged_urgency},
	{"sentiment", "sentiment: negative below -1/3, positive above 1/3", 3, 1, sentiment_word, truth_sentiment,
	 judged_sentiment},
	{"off_topic", "about the brand or not ours", 2, 1, off_topic_word, truth_off_topic, judged_off_topic},
};

_Static_assert((int)CAUSE_COUNT <= (int)LAB_CLASSES_MAX, "a confusion matrix holds every cause");

const struct lab_task *lab_task_at(size_t index)
{
	return index < ARRAY_LEN(tasks) ? &tasks[index] : NULL;
}

const struct lab_task *lab_task_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(tasks); i++)
		if (strcmp(tasks[i].name, name) == 0)
			return &tasks[i];
	return NULL;
}

bool lab_task_labelled(const struct lab_task *task, const struct lab *lab)
{
	for (size_t i = 0; i < lab->count; i++)
		if (task->truth(&lab->posts[i]) >= 0)
			return true;
	return false;
}

const struct lab_task *lab_task_first(const struct lab *lab)
{
	for (size_t i = 0; i < ARRAY_LEN(tasks); i++)
		if (lab_task_labelled(&tasks[i], lab))
			return &tasks[i];
	return NULL;
}

enum err lab_task_figure(const struct lab_task *task, const struct lab *lab, const struct thresholds *at,
			 struct lab_figures *figures_r, struct error *e_r)
{
	struct lab_pair *pairs = malloc((lab->count + 1) * sizeof(*pairs));
	size_t count = 0;
	enum err err;

	if (pairs == NULL)
		return error_set(e_r, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < lab->count; i++) {
		const struct lab_post *post = &lab->posts[i];
		int truth = task->truth(post);

		if (truth >= 0)
			pairs[count++] = (struct lab_pair){(signed char)truth, (signed char)task->judged(post, at)};
	}
	err = lab_figure(pairs, count, task->classes, task->at_least, figures_r, e_r);
	free(pairs);
	return err;
}

/* ---- errors ---- */

double lab_task_sure(const struct lab_task *task, const struct lab_post *post)
{
	double complaint = post->said_complaint, problem = post->said_problem;

	if (task->truth == truth_sentiment)
		return fabs(post->said_sentiment);
	if (task->truth == truth_off_topic)
		return post->class == CLASS_NOT_OURS ? post->said_not_ours : 1 - post->said_not_ours;
	if (task->truth == truth_problem)
		return fmax(problem, 1 - problem);
	if (post->class == CLASS_PROBLEM)
		return task->truth == truth_complaint ? complaint : complaint * problem;
	if (post->class == CLASS_VENT)
		return task->truth == truth_complaint ? complaint : complaint * (1 - problem);
	return 1 - complaint;
}

size_t lab_worst(const struct lab_task *task, const struct lab *lab, const struct thresholds *at,
		 const struct lab_post **wrong_r, size_t max)
{
	size_t wrong = 0, kept = 0;

	for (size_t i = 0; i < lab->count; i++) {
		const struct lab_post *post = &lab->posts[i];
		int truth = task->truth(post);
		size_t place;

		if (truth < 0 || truth == task->judged(post, at))
			continue;
		wrong++;
		for (place = kept; place > 0; place--)
			if (lab_task_sure(task, wrong_r[place - 1]) >= lab_task_sure(task, post))
				break;
		if (place >= max)
			continue;
		kept += kept < max;
		memmove(wrong_r + place + 1, wrong_r + place, (kept - 1 - place) * sizeof(*wrong_r));
		wrong_r[place] = post;
	}
	return wrong;
}

/* ---- calibration ---- */

void lab_reliability_of(const struct lab *lab, bool problem, struct lab_reliability *reliability_r)
{
	*reliability_r = (struct lab_reliability){0};
	for (size_t i = 0; i < lab->count; i++) {
		const struct lab_post *post = &lab->posts[i];
		int complaint = post->intent >= 0 ? complains(post) : post->complaint;

		if (post->undecided)
			continue; /* says one half by decree */
		if (problem && complains(post))
			lab_reliability_add(reliability_r, post->said_problem, post->intent == INTENT_PROBLEM);
		else if (!problem && complaint >= 0)
			lab_reliability_add(reliability_r, post->said_complaint, complaint == 1);
	}
}

/* ---- two rule sets ---- */

struct lab_change lab_change_of(const struct lab_report *report, const struct lab_task *task)
{
	struct lab_change change = {0};

	for (size_t i = 0; i < report->lab->count; i++) {
		const struct lab_post *old = &report->lab->posts[i], *new = &report->other->posts[i];
		int truth = task->truth(old), before, after;

		if (truth < 0)
			continue;
		before = task->judged(old, &report->judge->settings.thresholds);
		after = task->judged(new, &report->other_judge->settings.thresholds);
		change.flips += before != after;
		change.better += before != truth && after == truth;
		change.worse += before == truth && after != truth;
	}
	change.p = mcnemar(change.better, change.worse);
	return change;
}
