/*
 * lab.h - the rule lab: labelled posts, judged; what the labels can be asked; what each rule is worth.
 */
#ifndef LAB_H
#define LAB_H

#include <stdint.h>

#include "watcher/judge.h"
#include "watcher/lab_stat.h"

#define LAB_WORDING UINT32_MAX /* "rule" of a hit by the fitted words and phrases: wording_rule */

struct lab_hit {
	uint32_t rule; /* index in the rule set, or LAB_WORDING */
	uint32_t start, end;
};

/* A labelled post and its verdict; strings in the lab's arena. */
struct lab_post {
	const struct post *post; /* as far as rules look at it */
	const char *file, *id, *text;
	uint64_t line;
	/* labels; -1: not said */
	signed char intent;    /* enum lab_intent */
	signed char complaint; /* 0, 1 */
	signed char cause;     /* enum cause */
	signed char urgency;   /* 0..2 */
	signed char sentiment; /* 0 negative, 1 neutral, 2 positive */
	signed char off_topic; /* 0, 1: it is not about the brand */
	/* verdict */
	enum class class;
	enum cause judged_cause;
	int judged_urgency;
	double said_complaint, said_problem, said_sentiment;
	double said_question, said_praise, said_not_ours;
	bool undecided;
	const struct lab_hit *hits;
	uint32_t hit_count;
	const uint32_t *rules; /* each once */
	uint32_t rule_count;
};

enum lab_intent { INTENT_PROBLEM, INTENT_VENT, INTENT_NOT, INTENT_COUNT };

struct lab {
	struct arena *arena;
	struct lab_post *posts;
	size_t count, size;
	size_t bad, undecided;
	size_t bad_labels; /* left out: lab_labels.h */
};

/* Judges every labelled post of a .jsonl file ("-": standard input) and adds it. Bad lines and labels are named on standard
 * error and counted. lab_free in any case. */
enum err lab_read(struct lab *lab, const struct judge *judge, const char *path, struct error *e_r) MUST_CHECK;
/* The same posts judged by other rules; text and labels are shared with `lab`, which must outlive it. */
enum err lab_judge_again(const struct lab *lab, const struct judge *judge, struct lab *again_r,
			 struct error *e_r) MUST_CHECK;
void lab_free(struct lab *lab);
const struct rule *lab_rule(const struct judge *judge, uint32_t rule);

/* ---- tasks ---- */

struct lab_task {
	const char *name, *about;
	int classes;
	size_t at_least; /* labelled posts a class needs to count in macro F1 */
	const char *(*word)(int class);
	int (*truth)(const struct lab_post *post); /* -1: the post is not in this task */
	int (*judged)(const struct lab_post *post, const struct thresholds *at);
};

const struct lab_task *lab_task_at(size_t index); /* NULL at the end */
const struct lab_task *lab_task_find(const char *name);
/* Has any post a label for this task? */
bool lab_task_labelled(const struct lab_task *task, const struct lab *lab);
/* The first task that the labels allow; NULL: none. */
const struct lab_task *lab_task_first(const struct lab *lab);
/* ERR_NOMEM only. figures_r->posts 0: the labels do not allow it. */
enum err lab_task_figure(const struct lab_task *task, const struct lab *lab, const struct thresholds *at,
			 struct lab_figures *figures_r, struct error *e_r) MUST_CHECK;
/* How sure the verdict was of its answer to this task, 0..1. */
double lab_task_sure(const struct lab_task *task, const struct lab_post *post);
/* Of the complaint's probability (problem false) or, among labelled complaints, the problem's. */
void lab_reliability_of(const struct lab *lab, bool problem, struct lab_reliability *reliability_r);
/* Wrong posts of a task, the surest first: at most max into wrong_r; returns how many there are in all. */
size_t lab_worst(const struct lab_task *task, const struct lab *lab, const struct thresholds *at,
		 const struct lab_post **wrong_r, size_t max);

/* ---- rules ---- */

struct lab_worth {
	const struct rule *rule;
	size_t fires, right, wrong; /* posts of the task; right: the label agrees with what the rule speaks for */
	double f1_without;          /* macro F1 of the task when the rule says nothing */
};
/*
 * Of every rule that hit a post of the task: worth_r has ruleset_count() places; returns how many were filled, the most
 * useful first. The verdicts are added up anew without the rule's weights, nothing is matched again.
 */
size_t lab_worths(const struct lab_task *task, const struct lab *lab, const struct judge *judge,
		  const struct lab_figures *figures, struct lab_worth *worth_r);

/* The same of the wording: the posts judged again without it. ERR_NOMEM only. fires 0: it never spoke. */
enum err lab_wording_worth(const struct lab_task *task, const struct lab *lab, const struct judge *judge,
			   struct lab_worth *worth_r, struct error *e_r) MUST_CHECK;

/* ---- telling ---- */

struct lab_report {
	const struct lab *lab, *other; /* other: by the rules compared with; NULL */
	const struct judge *judge, *other_judge;
	const char *other_name;
	const struct lab_task *task; /* whose errors and rules are shown */
	size_t errors;               /* how many of them */
};
enum err lab_print(const struct lab_report *report, struct error *e_r) MUST_CHECK;
enum err lab_print_json(const struct lab_report *report, struct error *e_r) MUST_CHECK;

/* What changes in a task from lab to other. */
struct lab_change {
	size_t flips, better, worse; /* judged otherwise; now right; now wrong */
	double p;                    /* McNemar */
};
struct lab_change lab_change_of(const struct lab_report *report, const struct lab_task *task);

/* Why the post at this index is judged otherwise. Names are static or the rules'. */
enum { LAB_SHIFTS = 4 };
struct lab_shift {
	const char *name; /* "complaint", "problem", "not_ours", "sentiment" */
	double before, now;
	bool crossed; /* its threshold: on one side before, on the other now */
};
/* What the verdict says otherwise; how many. */
size_t lab_shifts(const struct lab_report *report, size_t index, struct lab_shift shift_r[LAB_SHIFTS]);
struct lab_reweight {
	const char *rule;
	enum dim dim;
	double before, now;
};
/* Weights that changed of rules that hit the post before and now; how many, at most max. */
size_t lab_reweights(const struct lab_report *report, size_t index, struct lab_reweight *reweight_r, size_t max);
/* Has the wording, which speaks here, other weights? */
bool lab_wording_differs(const struct lab_report *report, size_t index);

#endif
