/*
 * lab_print.c - the rule lab's report for a person, at most 100 columns wide.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "watcher/lab.h"
#include "watcher/table_text.h"

enum { LABEL = 14, RULES_SHOWN = 12, BAR = 40 };

#define HITS_TEXT_MAX 4000

/* ---- one task ---- */

/* of: what it is a share of; nothing of nothing is a dash. */
static void print_share(double value, struct interval in, size_t of)
{
	if (of == 0)
		printf("  %-20s", "-");
	else
		printf("  %.3f (%.2f to %.2f)", value, in.low, in.high);
}

static void print_rows(const struct lab_task *task, const struct lab_figures *figures)
{
	printf("%-*s %8s %7s  %-20s  %-20s  %s\n", LABEL, "", "labelled", "judged", "precision", "recall", "F1");
	for (int i = 0; i < figures->classes; i++) {
		const struct lab_row *row = &figures->rows[i];

		if (row->labelled == 0 && row->judged == 0)
			continue;
		printf("%-*s %8zu %7zu", LABEL, task->word(i), row->labelled, row->judged);
		print_share(row->precision, row->precision_in, row->judged);
		print_share(row->recall, row->recall_in, row->labelled);
		print_share(row->f1, row->f1_in, row->labelled);
		putchar('\n');
	}
	printf("%-*s %8zu %7s %44s", LABEL, "macro F1", figures->posts, "", "");
	print_share(figures->macro_f1, figures->macro_in, (size_t)figures->counted);
	putchar('\n');
}

static bool row_is_empty(const struct lab_figures *figures, int class)
{
	return figures->rows[class].labelled == 0 && figures->rows[class].judged == 0;
}

static void print_confusion(const struct lab_task *task, const struct lab_figures *figures)
{
	bool wide = figures->classes > 6; /* causes: four letters and narrow columns, to stay within 100 */
	int column = wide ? 5 : 14, letters = wide ? 4 : 13;

	printf("\n%-*s", LABEL, "label \\ judged");
	for (int i = 0; i < figures->classes; i++)
		if (!row_is_empty(figures, i))
			printf("%*.*s", column, letters, task->word(i));
	putchar('\n');
	for (int i = 0; i < figures->classes; i++) {
		if (figures->rows[i].labelled == 0)
			continue;
		printf("%-*s", LABEL, task->word(i));
		for (int k = 0; k < figures->classes; k++)
			if (!row_is_empty(figures, k))
				printf("%*zu", column, figures->confusion[i][k]);
		putchar('\n');
	}
}

static enum err print_tasks(const struct lab_report *report, struct error *e_r)
{
	const struct lab_task *task;

	for (size_t i = 0; (task = lab_task_at(i)) != NULL; i++) {
		struct lab_figures figures;
		enum err err = lab_task_figure(task, report->lab, &report->judge->settings.thresholds, &figures, e_r);

		if (err != ERR_OK)
			return err;
		if (figures.posts == 0)
			continue;
		printf("\n%s: %s\n", task->name, task->about);
		print_rows(task, &figures);
		print_confusion(task, &figures);
	}
	return ERR_OK;
}

/* ---- probabilities ---- */

static void print_reliability(const char *what, const struct lab_reliability *reliability)
{
	if (reliability->posts == 0)
		return;
	printf("\nhow true the probability of %s is (mean error %.3f, Brier %.3f)\n", what,
	       lab_calibration_error(reliability), lab_brier(reliability));
	printf("%-*s %8s %7s   %s\n", LABEL, "said", "posts", "mean", "true");
	for (int i = 0; i < LAB_BINS; i++) {
		const struct lab_bin *bin = &reliability->bins[i];
		double share = bin->posts ? (double)bin->yes / (double)bin->posts : 0;
		char range[16];

		if (bin->posts == 0)
			continue;
		snprintf(range, sizeof(range), "%.1f to %.1f", i / (double)LAB_BINS, (i + 1) / (double)LAB_BINS);
		printf("%-*s %8zu   %.3f", LABEL, range, bin->posts, bin->said / (double)bin->posts);
		print_share(share, wilson(bin->yes, bin->posts), bin->posts);
		printf("  %.*s\n", (int)(share * BAR + .5), "########################################");
	}
}

/* ---- rules ---- */

static void print_worth(const struct lab_worth *worth, double f1)
{
	printf("%-36s %6zu %6zu %6zu      %.4f  %+.4f\n", worth->rule->id, worth->fires, worth->right, worth->wrong,
	       worth->f1_without, f1 - worth->f1_without);
}

static void print_worth_head(const char *title)
{
	printf("%-36s %6s %6s %6s  %10s  %7s\n", title, "fires", "right", "wrong", "F1 without", "worth");
}

static enum err print_worths(const struct lab_report *report, struct error *e_r)
{
	size_t rules = ruleset_count(report->judge->toolkit.rules), count, shown = 0;
	struct lab_worth *worths = malloc((rules + 1) * sizeof(*worths));
	struct lab_worth wording;
	struct lab_figures figures;
	enum err err = worths ? lab_task_figure(report->task, report->lab, &report->judge->settings.thresholds, &figures, e_r)
			      : error_set(e_r, ERR_NOMEM, "out of memory");

	if (err != ERR_OK) {
		free(worths);
		return err;
	}
	if (figures.counted == 0) {
		printf("\nwhat each rule is worth for %s: not measured, no class has %zu labelled posts\n",
		       report->task->name, report->task->at_least);
		free(worths);
		return ERR_OK;
	}
	count = lab_worths(report->task, report->lab, report->judge, &figures, worths);
	err = lab_wording_worth(report->task, report->lab, report->judge, &wording, e_r);
	if (err != ERR_OK) {
		free(worths);
		return err;
	}
	printf("\nwhat each rule is worth for %s: macro F1 with it (%.4f) less macro F1 without it\n",
	       report->task->name, figures.macro_f1);
	print_worth_head("most useful");
	for (size_t i = 0; i < count && i < RULES_SHOWN && worths[i].f1_without < figures.macro_f1; i++, shown++)
		print_worth(&worths[i], figures.macro_f1);
	print_worth_head("doing harm");
	for (size_t i = count; i > shown && count - i < RULES_SHOWN && worths[i - 1].f1_without > figures.macro_f1; i--)
		print_worth(&worths[i - 1], figures.macro_f1);
	if (wording.fires > 0) {
		print_worth_head("words and phrases together");
		print_worth(&wording, figures.macro_f1);
	}
	printf("%zu of %zu rules hit something; --json has them all\n", count, rules);
	free(worths);
	return ERR_OK;
}

/* ---- posts ---- */

static void put_hit(struct buf *out, const struct judge *judge, const struct lab_post *post, const struct lab_hit *hit)
{
	const struct rule *rule = lab_rule(judge, hit->rule);

	buf_printf(out, "%s%s", out->len ? "; " : "", rule->id);
	if (hit->end > hit->start)
		buf_printf(out, " \"%.*s\"", (int)(hit->end - hit->start), post->text + hit->start);
	for (int dim = 0; dim < DIM_COUNT; dim++)
		if (rule->weight[dim] != 0 &&
		    (dim == DIM_COMPLAINT || dim == DIM_PROBLEM || dim == DIM_VENT || dim == DIM_SENTIMENT))
			buf_printf(out, " %s %+.2g", dim_name((enum dim)dim), (double)rule->weight[dim]);
}

static bool hit_before(const struct lab_post *post, uint32_t index)
{
	for (uint32_t i = 0; i < index; i++)
		if (post->hits[i].rule == post->hits[index].rule && post->hits[i].rule != LAB_WORDING)
			return true;
	return false;
}

static void print_hits(const struct judge *judge, const struct lab_post *post)
{
	struct buf out;

	buf_init(&out, HITS_TEXT_MAX);
	for (uint32_t i = 0; i < post->hit_count; i++)
		if (!hit_before(post, i)) /* a rule counts once */
			put_hit(&out, judge, post, &post->hits[i]);
	table_paragraph(post->hit_count ? buf_text(&out) : "no rule hit", 6);
	buf_done(&out);
}

static void print_post(const struct lab_post *post)
{
	printf("   %s:%llu  %.40s\n", post->file, (unsigned long long)post->line, post->id);
	table_paragraph(post->text, 3);
}

static enum err print_errors(const struct lab_report *report, struct error *e_r)
{
	const struct lab_post **wrong = malloc((report->errors + 1) * sizeof(*wrong));
	size_t all;

	if (wrong == NULL)
		return error_set(e_r, ERR_NOMEM, "out of memory");
	all = lab_worst(report->task, report->lab, &report->judge->settings.thresholds, wrong, report->errors);
	printf("\nworst errors in %s: %zu of %zu, the surest first\n", report->task->name,
	       all < report->errors ? all : report->errors, all);
	for (size_t i = 0; i < all && i < report->errors; i++) {
		printf("\n%zu. labelled %s, judged %s (sure %.2f)\n", i + 1,
		       report->task->word(report->task->truth(wrong[i])),
		       report->task->word(report->task->judged(wrong[i], &report->judge->settings.thresholds)),
		       lab_task_sure(report->task, wrong[i]));
		print_post(wrong[i]);
		print_hits(report->judge, wrong[i]);
	}
	free(wrong);
	return ERR_OK;
}

/* ---- comparing ---- */

/* Macro F1 before and now and the difference, where it was measured. */
static void print_macros(const struct lab_figures *before, const struct lab_figures *after)
{
	if (before->counted == 0)
		printf(" %8s %8s  %7s", "-", "-", "-");
	else
		printf(" %8.4f %8.4f  %+.4f", before->macro_f1, after->macro_f1, after->macro_f1 - before->macro_f1);
}

static enum err print_change(const struct lab_report *report, const struct lab_task *task, struct error *e_r)
{
	struct lab_change change = lab_change_of(report, task);
	struct lab_figures before = {0}, after = {0};
	enum err err = lab_task_figure(task, report->lab, &report->judge->settings.thresholds, &before, e_r);

	if (err == ERR_OK)
		err = lab_task_figure(task, report->other, &report->other_judge->settings.thresholds, &after, e_r);
	if (err != ERR_OK || before.posts == 0)
		return err;
	printf("%-*s", LABEL, task->name);
	print_macros(&before, &after);
	printf(" %7zu %7zu %7zu   %.4f\n", change.flips, change.better, change.worse, change.p);
	return ERR_OK;
}

static bool has_rule(const struct ruleset *set, const struct lab_post *post, const char *id)
{
	for (uint32_t i = 0; i < post->rule_count; i++)
		if (strcmp(ruleset_at(set, post->rules[i])->id, id) == 0)
			return true;
	return false;
}

/* The rules that hit under one set and not under the other. */
static void print_only(const char *title, const struct ruleset *set, const struct lab_post *post,
		       const struct ruleset *other, const struct lab_post *other_post)
{
	bool any = false;

	for (uint32_t i = 0; i < post->rule_count; i++) {
		const char *id = ruleset_at(set, post->rules[i])->id;

		if (has_rule(other, other_post, id))
			continue;
		printf("%s %s", any ? "," : title, id);
		any = true;
	}
	if (any)
		putchar('\n');
}

/* Those that crossed their threshold decided; where none did, all that moved. */
static void print_shifts(const struct lab_report *report, size_t index)
{
	struct lab_shift shifts[LAB_SHIFTS];
	size_t count = lab_shifts(report, index, shifts);
	bool crossed = false, any = false;

	for (size_t i = 0; i < count; i++)
		crossed |= shifts[i].crossed;
	for (size_t i = 0; i < count; i++) {
		if (crossed && !shifts[i].crossed)
			continue;
		printf("%s %s %.2f before, %.2f now", any                   ? ";"
						      : crossed ? "      decided by"
								: "      moved:",
		       shifts[i].name, shifts[i].before, shifts[i].now);
		any = true;
	}
	if (any)
		putchar('\n');
}

static void print_reweights(const struct lab_report *report, size_t index)
{
	enum { SHOWN = 12 };
	struct lab_reweight weights[SHOWN];
	size_t count = lab_reweights(report, index, weights, SHOWN);

	for (size_t i = 0; i < count; i++)
		printf("%s %s %s %+.2f before, %+.2f now%s", i == 0 ? "      weighs otherwise:" : ";", weights[i].rule,
		       dim_name(weights[i].dim), weights[i].before, weights[i].now, i + 1 == count ? "\n" : "");
	if (lab_wording_differs(report, index))
		puts("      words and phrases have other weights");
}

static void print_flip(const struct lab_report *report, size_t index, int before, int after)
{
	const struct lab_post *old = &report->lab->posts[index], *new = &report->other->posts[index];
	const struct lab_task *task = report->task;
	int truth = task->truth(old);

	printf("\n%s: labelled %s, judged %s before, %s now\n",
	       after == truth    ? "better"
	       : before == truth ? "worse"
				 : "neither",
	       task->word(truth), task->word(before), task->word(after));
	print_post(old);
	print_shifts(report, index);
	print_reweights(report, index);
	print_only("      no longer hit:", report->judge->toolkit.rules, old, report->other_judge->toolkit.rules, new);
	print_only("      now hit:", report->other_judge->toolkit.rules, new, report->judge->toolkit.rules, old);
}

static void print_flips(const struct lab_report *report)
{
	size_t shown = 0;

	for (size_t i = 0; i < report->lab->count && shown < report->errors; i++) {
		int truth = report->task->truth(&report->lab->posts[i]);
		int before = report->task->judged(&report->lab->posts[i], &report->judge->settings.thresholds);
		int after = report->task->judged(&report->other->posts[i], &report->other_judge->settings.thresholds);

		if (truth < 0 || before == after)
			continue;
		print_flip(report, i, before, after);
		shown++;
	}
}

static enum err print_comparison(const struct lab_report *report, struct error *e_r)
{
	const struct lab_task *task;
	enum err err = ERR_OK;

	printf("\nwith %s instead (p: McNemar's test, how likely such a difference is by chance)\n",
	       report->other_name);
	printf("%-*s %8s %8s  %7s %7s %7s %7s   %s\n", LABEL, "macro F1", "before", "now", "change", "flips", "better",
	       "worse", "p");
	for (size_t i = 0; err == ERR_OK && (task = lab_task_at(i)) != NULL; i++)
		err = print_change(report, task, e_r);
	if (err == ERR_OK)
		print_flips(report);
	return err;
}

enum err lab_print(const struct lab_report *report, struct error *e_r)
{
	struct lab_reliability reliability;
	enum err err;

	printf("%zu posts judged, %zu undecided, %zu lines unreadable", report->lab->count, report->lab->undecided,
	       report->lab->bad);
	if (report->lab->bad_labels > 0)
		printf(", %zu labels left out", report->lab->bad_labels);
	putchar('\n');
	err = print_tasks(report, e_r);
	if (err != ERR_OK)
		return err;
	lab_reliability_of(report->lab, false, &reliability);
	print_reliability("a complaint", &reliability);
	lab_reliability_of(report->lab, true, &reliability);
	print_reliability("a problem, among complaints", &reliability);
	err = print_worths(report, e_r);
	if (err == ERR_OK && report->errors > 0 && report->other == NULL)
		err = print_errors(report, e_r);
	if (err == ERR_OK && report->other != NULL)
		err = print_comparison(report, e_r);
	return err;
}
