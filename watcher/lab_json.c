/*
 * lab_json.c - the rule lab's report for scripts: all of it, every rule and not only the extremes.
 *
 * Keys of the first day stay: posts, undecided, bad, intent, macro_f1, complaint, cause_accuracy, confusion. New ones
 * are added beside them: tasks, reliability, rules, errors, compare, bad_labels. A figure of nothing is null.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jsonio.h"
#include "watcher/lab.h"

/* Rounded to six digits: more are noise, and differ between machines. */
static void add_number(struct json_object *object, const char *key, double value)
{
	char digits[32];

	value = round(value * 1e6) / 1e6 + 0.0;
	snprintf(digits, sizeof(digits), "%.6g", value);
	if (strpbrk(digits, ".e") == NULL)
		snprintf(digits, sizeof(digits), "%.1f", value);
	json_add(object, key, json_object_new_double_s(value, digits));
}

static void add_interval(struct json_object *object, const char *key, struct interval in)
{
	struct json_object *pair = json_object_new_array();

	json_object_array_add(pair, json_object_new_double(round(in.low * 1e4) / 1e4));
	json_object_array_add(pair, json_object_new_double(round(in.high * 1e4) / 1e4));
	json_add(object, key, pair);
}

/* of: what the figure is of; of nothing there is none, and it is null. */
static void add_figure(struct json_object *object, const char *key, double value, size_t of)
{
	if (of > 0)
		add_number(object, key, value);
	else
		json_add_str(object, key, NULL);
}

static void add_interval_of(struct json_object *object, const char *key, struct interval in, size_t of)
{
	if (of > 0)
		add_interval(object, key, in);
	else
		json_add_str(object, key, NULL);
}

/* ---- tasks ---- */

static struct json_object *row_json(const struct lab_row *row)
{
	struct json_object *object = json_object_new_object();

	add_figure(object, "precision", row->precision, row->judged);
	add_figure(object, "recall", row->recall, row->labelled);
	add_figure(object, "f1", row->f1, row->labelled);
	json_add_int(object, "labelled", (int64_t)row->labelled);
	json_add_int(object, "judged", (int64_t)row->judged);
	json_add_int(object, "right", (int64_t)row->right);
	add_interval_of(object, "precision_95", row->precision_in, row->judged);
	add_interval_of(object, "recall_95", row->recall_in, row->labelled);
	add_interval_of(object, "f1_95", row->f1_in, row->labelled);
	json_add_bool(object, "counted", row->counted);
	return object;
}

static struct json_object *figures_json(const struct lab_task *task, const struct lab_figures *figures)
{
	struct json_object *object = json_object_new_object(), *classes = json_object_new_object(),
			   *confusion = json_object_new_object();

	json_add_int(object, "posts", (int64_t)figures->posts);
	add_number(object, "accuracy", figures->posts ? (double)figures->right / (double)figures->posts : 0);
	add_figure(object, "macro_f1", figures->macro_f1, (size_t)figures->counted);
	add_interval_of(object, "macro_f1_95", figures->macro_in, (size_t)figures->counted);
	for (int i = 0; i < figures->classes; i++) {
		struct json_object *row = json_object_new_object();

		for (int k = 0; k < figures->classes; k++)
			json_add_int(row, task->word(k), (int64_t)figures->confusion[i][k]);
		json_add(confusion, task->word(i), row);
		json_add(classes, task->word(i), row_json(&figures->rows[i]));
	}
	json_add(object, "classes", classes);
	json_add(object, "confusion", confusion);
	return object;
}

static enum err add_tasks(struct json_object *object, const struct lab *lab, const struct judge *judge,
			  struct error *e_r)
{
	struct json_object *tasks = json_object_new_object();
	const struct lab_task *task;

	json_add(object, "tasks", tasks);
	for (size_t i = 0; (task = lab_task_at(i)) != NULL; i++) {
		struct lab_figures figures;
		enum err err = lab_task_figure(task, lab, &judge->settings.thresholds, &figures, e_r);

		if (err != ERR_OK)
			return err;
		if (figures.posts > 0)
			json_add(tasks, task->name, figures_json(task, &figures));
	}
	return ERR_OK;
}

/* ---- as on the first day ---- */

static void add_six_classes(struct json_object *object, const struct lab *lab)
{
	static const char *const intents[] = {"problem", "vent", "not_complaint"};
	size_t counts[INTENT_COUNT][CLASS_COUNT] = {0};
	struct json_object *confusion = json_object_new_object();

	for (size_t i = 0; i < lab->count; i++)
		if (lab->posts[i].intent >= 0)
			counts[(int)lab->posts[i].intent][lab->posts[i].class]++;
	for (int i = 0; i < INTENT_COUNT; i++) {
		struct json_object *row = json_object_new_object();

		for (int class = 0; class < CLASS_COUNT; class ++)
			json_add_int(row, class_name((enum class) class), (int64_t)counts[i][class]);
		json_add(confusion, intents[i], row);
	}
	json_add(object, "confusion", confusion);
}

static void add_first_keys(struct json_object *object, const struct lab *lab)
{
	struct json_object *tasks = json_get(object, "tasks"), *intent = json_get(tasks, "intent");
	struct json_object *complaint = json_get(json_get(json_get(tasks, "complaint"), "classes"), "complaint");

	if (intent != NULL) {
		json_add(object, "intent", json_object_get(json_get(intent, "classes")));
		json_add(object, "macro_f1", json_object_get(json_get(intent, "macro_f1")));
		add_six_classes(object, lab);
	}
	if (complaint != NULL)
		json_add(object, "complaint", json_object_get(complaint));
	if (json_get(tasks, "cause") != NULL)
		json_add(object, "cause_accuracy", json_object_get(json_get(json_get(tasks, "cause"), "accuracy")));
}

/* ---- probabilities, rules ---- */

static void add_reliability(struct json_object *object, const char *key, const struct lab *lab, bool problem)
{
	struct json_object *child = json_object_new_object(), *bins = json_object_new_array();
	struct lab_reliability reliability;

	lab_reliability_of(lab, problem, &reliability);
	json_add_int(child, "posts", (int64_t)reliability.posts);
	add_figure(child, "calibration_error", lab_calibration_error(&reliability), reliability.posts);
	add_figure(child, "brier", lab_brier(&reliability), reliability.posts);
	for (int i = 0; i < LAB_BINS; i++) {
		struct json_object *bin = json_object_new_object();
		size_t posts = reliability.bins[i].posts;

		add_number(bin, "from", i / (double)LAB_BINS);
		json_add_int(bin, "posts", (int64_t)posts);
		add_figure(bin, "said", posts ? reliability.bins[i].said / (double)posts : 0, posts);
		add_figure(bin, "true", posts ? (double)reliability.bins[i].yes / (double)posts : 0, posts);
		json_object_array_add(bins, bin);
	}
	json_add(child, "bins", bins);
	json_add(object, key, child);
}

static struct json_object *worth_json(const struct lab_worth *worth, const struct lab_figures *figures)
{
	struct json_object *object = json_object_new_object();

	json_add_str(object, "rule", worth->rule->id);
	json_add_int(object, "fires", (int64_t)worth->fires);
	json_add_int(object, "right", (int64_t)worth->right);
	json_add_int(object, "wrong", (int64_t)worth->wrong);
	add_figure(object, "f1_without", worth->f1_without, (size_t)figures->counted);
	add_figure(object, "worth", figures->macro_f1 - worth->f1_without, (size_t)figures->counted);
	return object;
}

static enum err add_rules(struct json_object *object, const struct lab_report *report, struct error *e_r)
{
	struct lab_worth *worths = malloc((ruleset_count(report->judge->toolkit.rules) + 1) * sizeof(*worths));
	struct json_object *list = json_object_new_array();
	struct lab_worth wording;
	struct lab_figures figures;
	enum err err = worths ? lab_task_figure(report->task, report->lab, &report->judge->settings.thresholds, &figures, e_r)
			      : error_set(e_r, ERR_NOMEM, "out of memory");

	json_add(object, "rules", list);
	if (err == ERR_OK) {
		size_t count = lab_worths(report->task, report->lab, report->judge, &figures, worths);

		for (size_t i = 0; i < count; i++)
			json_object_array_add(list, worth_json(&worths[i], &figures));
		err = lab_wording_worth(report->task, report->lab, report->judge, &wording, e_r);
		if (err == ERR_OK && wording.fires > 0)
			json_object_array_add(list, worth_json(&wording, &figures));
	}
	free(worths);
	return err;
}

/* ---- posts ---- */

static struct json_object *post_json(const struct lab_task *task, const struct lab_post *post,
				     const struct judge *judge)
{
	struct json_object *object = json_object_new_object(), *hits = json_object_new_array();

	json_add_str(object, "file", post->file);
	json_add_int(object, "line", (int64_t)post->line);
	json_add_str(object, "id", post->id);
	json_add_str(object, "text", post->text);
	json_add_str(object, "labelled", task->word(task->truth(post)));
	json_add_str(object, "judged", task->word(task->judged(post, &judge->settings.thresholds)));
	add_number(object, "sure", lab_task_sure(task, post));
	for (uint32_t i = 0; i < post->hit_count; i++) {
		struct json_object *hit = json_object_new_object();
		uint32_t start = post->hits[i].start, end = post->hits[i].end;

		json_add_str(hit, "rule", lab_rule(judge, post->hits[i].rule)->id);
		json_add_int(hit, "start", start);
		json_add_int(hit, "end", end);
		json_add(hit, "text", json_object_new_string_len(post->text + start, (int)(end - start)));
		json_object_array_add(hits, hit);
	}
	json_add(object, "hits", hits);
	return object;
}

static enum err add_errors(struct json_object *object, const struct lab_report *report, struct error *e_r)
{
	const struct lab_post **wrong = malloc((report->errors + 1) * sizeof(*wrong));
	struct json_object *list = json_object_new_array();
	size_t all;

	json_add(object, "errors", list);
	if (wrong == NULL)
		return error_set(e_r, ERR_NOMEM, "out of memory");
	all = lab_worst(report->task, report->lab, &report->judge->settings.thresholds, wrong, report->errors);
	for (size_t i = 0; i < all && i < report->errors; i++)
		json_object_array_add(list, post_json(report->task, wrong[i], report->judge));
	json_add_int(object, "error_count", (int64_t)all);
	free(wrong);
	return ERR_OK;
}

/* ---- comparing ---- */

static struct json_object *change_json(struct lab_change change)
{
	struct json_object *object = json_object_new_object();

	json_add_int(object, "flips", (int64_t)change.flips);
	json_add_int(object, "better", (int64_t)change.better);
	json_add_int(object, "worse", (int64_t)change.worse);
	add_number(object, "p", change.p);
	return object;
}

/* Of one number before and now. */
static struct json_object *pair_json(double before, double now)
{
	struct json_object *object = json_object_new_object();

	add_number(object, "before", before);
	add_number(object, "now", now);
	return object;
}

static void add_reasons(struct json_object *flip, const struct lab_report *report, size_t index)
{
	enum { MAX = 100 };
	struct json_object *moved = json_object_new_object(), *list = json_object_new_array();
	struct lab_shift shifts[LAB_SHIFTS];
	struct lab_reweight weights[MAX];
	size_t count = lab_shifts(report, index, shifts);

	for (size_t i = 0; i < count; i++) {
		struct json_object *pair = pair_json(shifts[i].before, shifts[i].now);

		json_add_bool(pair, "crossed", shifts[i].crossed);
		json_add(moved, shifts[i].name, pair);
	}
	count = lab_reweights(report, index, weights, MAX);
	for (size_t i = 0; i < count; i++) {
		struct json_object *pair = pair_json(weights[i].before, weights[i].now);

		json_add_str(pair, "rule", weights[i].rule);
		json_add_str(pair, "score", dim_name(weights[i].dim));
		json_object_array_add(list, pair);
	}
	json_add(flip, "moved", moved);
	json_add(flip, "weights", list);
	json_add_bool(flip, "wording", lab_wording_differs(report, index));
}

static void add_flips(struct json_object *object, const struct lab_report *report)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < report->lab->count; i++) {
		const struct lab_post *old = &report->lab->posts[i], *new = &report->other->posts[i];
		int before = report->task->judged(old, &report->judge->settings.thresholds);
		int after = report->task->judged(new, &report->other_judge->settings.thresholds);
		struct json_object *flip;

		if (report->task->truth(old) < 0 || before == after)
			continue;
		flip = post_json(report->task, new, report->other_judge);
		json_add_str(flip, "before", report->task->word(before));
		add_reasons(flip, report, i);
		json_object_array_add(list, flip);
	}
	json_add(object, "flips", list);
}

static enum err add_comparison(struct json_object *object, const struct lab_report *report, struct error *e_r)
{
	struct json_object *child = json_object_new_object(), *changes = json_object_new_object();
	const struct lab_task *task;

	json_add(object, "compare", child);
	json_add_str(child, "with", report->other_name);
	json_add_str(child, "digest", ruleset_digest(report->other_judge->toolkit.rules));
	json_add(child, "changes", changes);
	for (size_t i = 0; (task = lab_task_at(i)) != NULL; i++)
		json_add(changes, task->name, change_json(lab_change_of(report, task)));
	add_flips(child, report);
	return add_tasks(child, report->other, report->other_judge, e_r);
}

enum err lab_print_json(const struct lab_report *report, struct error *e_r)
{
	CLEANUP(json) struct json_object *object = json_object_new_object();
	struct json_object *reliability = json_object_new_object();
	enum err err;

	json_add_int(object, "posts", (int64_t)report->lab->count);
	json_add_int(object, "undecided", (int64_t)report->lab->undecided);
	json_add_int(object, "bad", (int64_t)report->lab->bad);
	json_add_int(object, "bad_labels", (int64_t)report->lab->bad_labels);
	json_add_str(object, "digest", ruleset_digest(report->judge->toolkit.rules));
	json_add_str(object, "task", report->task->name);
	err = add_tasks(object, report->lab, report->judge, e_r);
	if (err == ERR_OK)
		add_first_keys(object, report->lab);
	json_add(object, "reliability", reliability);
	add_reliability(reliability, "complaint", report->lab, false);
	add_reliability(reliability, "problem", report->lab, true);
	if (err == ERR_OK)
		err = add_rules(object, report, e_r);
	if (err == ERR_OK)
		err = add_errors(object, report, e_r);
	if (err == ERR_OK && report->other != NULL)
		err = add_comparison(object, report, e_r);
	if (err == ERR_OK)
		puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	return err;
}
