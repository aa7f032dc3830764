/*
 * test_lab.c - the statistics of the rule lab against numbers computed elsewhere or by hand, and the worth of rules on
 * posts made up for it.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "attr.h"
#include "watcher/lab.h"

static struct error e;

static void must_be_near(double got, double want, double by)
{
	if (!(fabs(got - want) <= by))
		fail_msg("%.6f, not %.6f", got, want);
}

/* ---- statistics ---- */

static void wilson_intervals_are_those_of_the_books(void **state)
{
	static const struct {
		size_t right, n;
		double low, high;
	} cases[] = {
		{0, 0, 0, 1},
		{0, 10, 0, .2775},
		{10, 10, .7225, 1},
		{5, 10, .2366, .7634},
		{81, 263, .2553, .3662}, /* Newcombe 1998, table I */
		{15, 148, .0624, .1605},
		{1, 29, .0061, .1718},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct interval in = wilson(cases[i].right, cases[i].n);

		must_be_near(in.low, cases[i].low, .0001);
		must_be_near(in.high, cases[i].high, .0001);
	}
}

static void mcnemar_is_exact_for_few_and_close_for_many(void **state)
{
	(void)state;
	must_be_near(mcnemar(0, 0), 1, 0);
	must_be_near(mcnemar(5, 5), 1, 0);
	must_be_near(mcnemar(0, 5), 2 / 32.0, 1e-9);
	must_be_near(mcnemar(1, 9), 2 * 11 / 1024.0, 1e-9);
	must_be_near(mcnemar(9, 1), mcnemar(1, 9), 0);
	must_be_near(mcnemar(540, 460), mcnemar(540, 461), .002); /* the two ways meet */
	assert_true(mcnemar(900, 600) < 1e-10);
}

/* labelled 0: 30 right, 10 taken for 1; labelled 1: 20 right, 5 taken for 0; labelled 2: one, missed. */
static size_t some_pairs(struct lab_pair *pairs)
{
	static const struct {
		signed char truth, judged;
		int times;
	} cells[] = {{0, 0, 30}, {0, 1, 10}, {1, 1, 20}, {1, 0, 5}, {2, 0, 1}};
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_LEN(cells); i++)
		for (int k = 0; k < cells[i].times; k++)
			pairs[count++] = (struct lab_pair){cells[i].truth, cells[i].judged};
	return count;
}

static void figures_of_a_task_are_counted_right(void **state)
{
	struct lab_pair pairs[100];
	struct lab_figures f;
	size_t count = some_pairs(pairs);

	(void)state;
	assert_int_equal(lab_figure(pairs, count, 3, 1, &f, &e), ERR_OK);
	assert_int_equal(f.posts, 66);
	assert_int_equal(f.right, 50);
	must_be_near(f.rows[0].precision, 30 / 36.0, 1e-12);
	must_be_near(f.rows[0].recall, 30 / 40.0, 1e-12);
	must_be_near(f.rows[0].f1, 60 / 76.0, 1e-12);
	must_be_near(f.rows[1].f1, 40 / 55.0, 1e-12);
	must_be_near(f.rows[2].f1, 0, 0);
	must_be_near(f.macro_f1, (60 / 76.0 + 40 / 55.0) / 3, 1e-12);
	assert_int_equal(f.confusion[2][0], 1);
	/* A class with too few posts stays out of the mean. */
	assert_int_equal(lab_figure(pairs, count, 3, 2, &f, &e), ERR_OK);
	assert_false(f.rows[2].counted);
	must_be_near(f.macro_f1, (60 / 76.0 + 40 / 55.0) / 2, 1e-12);
	assert_int_equal(f.counted, 2);
	assert_int_equal(lab_figure(pairs, 0, 3, 1, &f, &e), ERR_OK);
	must_be_near(f.macro_f1, 0, 0);
	assert_int_equal(f.counted, 0);
}

static void bootstrap_intervals_repeat_and_hold_the_figure(void **state)
{
	struct lab_pair pairs[100];
	struct lab_figures a, b;
	size_t count = some_pairs(pairs);

	(void)state;
	assert_int_equal(lab_figure(pairs, count, 3, 2, &a, &e), ERR_OK);
	assert_int_equal(lab_figure(pairs, count, 3, 2, &b, &e), ERR_OK);
	assert_memory_equal(&a.macro_in, &b.macro_in, sizeof(a.macro_in));
	for (int i = 0; i < 2; i++) {
		assert_true(a.rows[i].f1_in.low < a.rows[i].f1 && a.rows[i].f1 < a.rows[i].f1_in.high);
		must_be_near(a.rows[i].f1_in.high - a.rows[i].f1_in.low, .24, .10); /* some 2 * 1.96 * sd */
	}
	assert_true(a.macro_in.low < a.macro_f1 && a.macro_f1 < a.macro_in.high);
}

static void reliability_tells_said_from_true(void **state)
{
	struct lab_reliability r = {0};

	(void)state;
	lab_reliability_add(&r, .25, true);
	lab_reliability_add(&r, .25, false);
	lab_reliability_add(&r, 1, true);
	lab_reliability_add(&r, 0, false);
	assert_int_equal(r.bins[2].posts, 2);
	assert_int_equal(r.bins[9].yes, 1);
	must_be_near(lab_calibration_error(&r), .5 / 4, 1e-12);
	must_be_near(lab_brier(&r), (.5625 + .0625) / 4, 1e-12);
}

/* ---- rules ---- */

static const char rules_text[] = "- id: broken\n"
				 "  about: it is broken\n"
				 "  match: broken\n"
				 "  complaint: 3\n  problem: 3\n"
				 "- id: awful\n"
				 "  about: it is awful\n"
				 "  match: awful\n"
				 "  complaint: 3\n  vent: 3\n"
				 "- id: hello\n"
				 "  about: says hello\n"
				 "  match: hello\n"
				 "  complaint: 5\n"
				 "- id: fine\n"
				 "  about: it is fine\n"
				 "  match: fine\n"
				 "  praise: 4\n  complaint: -1\n";

static const char posts_text[] =
	"{\"id\":\"1\",\"platform\":\"x\",\"text\":\"broken again\",\"labels\":{\"intent\":\"problem\"}}\n"
	"{\"id\":\"2\",\"platform\":\"x\",\"text\":\"awful, broken\",\"labels\":{\"intent\":\"problem\"}}\n"
	"{\"id\":\"3\",\"platform\":\"x\",\"text\":\"awful\",\"labels\":{\"intent\":\"vent\"}}\n"
	"{\"id\":\"4\",\"platform\":\"x\",\"text\":\"hello\",\"labels\":{\"intent\":\"not_complaint\"}}\n"
	"{\"id\":\"5\",\"platform\":\"x\",\"text\":\"fine\",\"labels\":{\"intent\":\"not_complaint\"}}\n"
	"{\"id\":\"6\",\"platform\":\"x\",\"text\":\"what\",\"labels\":{\"intent\":\"unclear\"}}\n"
	"not JSON\n"
	"{\"id\":\"8\",\"platform\":\"x\",\"text\":\"fine\",\"labels\":5}\n"
	"{\"id\":\"9\",\"platform\":\"x\",\"text\":\"what\",\"labels\":{\"intent\":\"foo\",\"sentiment\":\"mad\","
	"\"complaint\":\"yes\",\"urgency\":7,\"cause\":\"foo\",\"off_topic\":true,\"reason\":\"own\"}}\n"
	"{\"id\":\"7\",\"platform\":\"x\",\"text\":\"no labels\"}\n";

struct room {
	struct judge judge;
	struct lab lab;
	char path[64];
};

static void room_open(struct room *room)
{
	struct rules_builder *builder = rules_builder_new();
	FILE *file;
	int saved, fd;

	*room = (struct room){.judge = {.settings = {.thresholds = thresholds_default}}};
	assert_int_equal(rules_add(builder, "lab.yaml", rules_text, strlen(rules_text), false, &e), ERR_OK);
	assert_int_equal(rules_compile(builder, &room->judge.toolkit.rules, &e), ERR_OK);
	assert_int_equal(scores_parse("none", "{}", 2, &room->judge.toolkit.scores, &e), ERR_OK);
	rules_builder_free(&builder);
	room->judge.classifier = judge_classifier(&room->judge);
	strcpy(room->path, "/tmp/amends-lab-XXXXXX");
	fd = mkstemp(room->path);
	file = fdopen(fd, "w");
	fputs(posts_text, file);
	fclose(file);
	fflush(stderr);
	saved = dup(STDERR_FILENO); /* what is said about bad lines is no news here */
	assert_non_null(freopen("/dev/null", "w", stderr));
	assert_int_equal(lab_read(&room->lab, &room->judge, room->path, &e), ERR_OK);
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
}

static void room_close(struct room *room)
{
	unlink(room->path);
	lab_free(&room->lab);
	judge_close(&room->judge);
}

static void posts_without_labels_and_bad_lines_are_left_out(void **state)
{
	struct room room;

	(void)state;
	room_open(&room);
	assert_int_equal(room.lab.count, 5);
	assert_int_equal(room.lab.bad, 3);
	assert_int_equal(room.lab.bad_labels, 6);
	assert_string_equal(lab_task_first(&room.lab)->name, "intent");
	assert_null(lab_task_find("weather"));
	room_close(&room);
}

static const struct lab_worth *worth_of(const struct lab_worth *worths, size_t count, const char *id)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(worths[i].rule->id, id) == 0)
			return &worths[i];
	fail_msg("no %s", id);
	return NULL;
}

static void a_rule_is_worth_what_f1_loses_without_it(void **state)
{
	const struct lab_task *task = lab_task_find("intent");
	const struct lab_worth *worth;
	struct lab_worth worths[8];
	struct lab_figures figures;
	struct room room;
	size_t count;

	(void)state;
	room_open(&room);
	assert_int_equal(lab_task_figure(task, &room.lab, &thresholds_default, &figures, &e), ERR_OK);
	/* "hello" is taken for a vent; all else is right. */
	assert_int_equal(figures.right, 4);
	count = lab_worths(task, &room.lab, &room.judge, &figures, worths);
	assert_int_equal(count, 4);
	worth = worth_of(worths, count, "hello");
	assert_int_equal(worth->fires, 1);
	assert_int_equal(worth->wrong, 1);
	must_be_near(worth->f1_without, 1, 1e-12);
	worth = worth_of(worths, count, "awful");
	assert_int_equal(worth->fires, 2);
	assert_int_equal(worth->right, 2);
	/* Without it: problem 2 of 2, vent none of one (and one wrong), not_complaint 1 of 2 and one too many. */
	must_be_near(worth->f1_without, (1 + 0 + .5) / 3, 1e-12);
	worth = worth_of(worths, count, "fine"); /* no complaint without it either */
	must_be_near(worth->f1_without, figures.macro_f1, 1e-12);
	assert_string_equal(worths[0].rule->id, "broken"); /* the most useful first */
	room_close(&room);
}

/* A wording that takes "broken again" for no complaint: without it the post is judged right. */
static void the_wording_is_worth_what_f1_loses_without_it(void **state)
{
	static const char text[] = "weights en 2\nbias complaint=-2\n\tbroken\n\tagain\ncomplaint=-20\tbroken again\n";
	const struct lab_task *task = lab_task_find("intent");
	struct weights *weights = NULL;
	struct lab_figures figures;
	struct lab_worth worth;
	struct room room;
	struct lab lab;

	(void)state;
	room_open(&room);
	assert_int_equal(lab_wording_worth(task, &room.lab, &room.judge, &worth, &e), ERR_OK);
	assert_int_equal(worth.fires, 0); /* there is none */
	assert_int_equal(weights_parse("en.txt", text, sizeof text - 1, &weights, &e), ERR_OK);
	room.judge.toolkit.scores.weights[0] = weights;
	room.judge.toolkit.scores.weights_count = 1;
	classifier_free(&room.judge.classifier);
	room.judge.classifier = judge_classifier(&room.judge);
	assert_int_equal(lab_judge_again(&room.lab, &room.judge, &lab, &e), ERR_OK);
	assert_int_equal(lab_task_figure(task, &lab, &thresholds_default, &figures, &e), ERR_OK);
	assert_int_equal(lab_wording_worth(task, &lab, &room.judge, &worth, &e), ERR_OK);
	assert_int_equal(worth.fires, 1);
	assert_int_equal(worth.right, 0);
	assert_int_equal(worth.wrong, 1);
	assert_true(worth.f1_without > figures.macro_f1 + .05);
	lab_free(&lab);
	room.judge.toolkit.scores.weights_count = 0;
	weights_free(&weights);
	room_close(&room);
}

static void the_surest_errors_come_first(void **state)
{
	const struct lab_task *task = lab_task_find("intent");
	const struct lab_post *wrong[4];
	struct room room;

	(void)state;
	room_open(&room);
	assert_int_equal(lab_worst(task, &room.lab, &thresholds_default, wrong, 3), 1);
	assert_string_equal(wrong[0]->text, "hello");
	for (size_t i = 0; i < room.lab.count; i++)
		room.lab.posts[i].intent = INTENT_NOT;
	assert_int_equal(lab_worst(task, &room.lab, &thresholds_default, wrong, 2), 4);
	assert_true(lab_task_sure(task, wrong[0]) >= lab_task_sure(task, wrong[1]));
	assert_string_equal(wrong[0]->text, "hello"); /* .95 complaint, .12 problem: a vent, .84 */
	assert_string_equal(wrong[1]->text, "awful, broken"); /* .98, .73: a problem, .72 */
	room_close(&room);
}

static void two_rule_sets_are_compared_post_by_post(void **state)
{
	struct lab_report report = {0};
	struct lab_change change;
	struct judge other;
	struct lab again;
	struct room room;

	(void)state;
	room_open(&room);
	other = room.judge; /* the same rules, but a complaint must be surer */
	other.settings.thresholds.complaint = .94;
	other.classifier = judge_classifier(&other);
	assert_int_equal(lab_judge_again(&room.lab, &other, &again, &e), ERR_OK);
	report = (struct lab_report){.lab = &room.lab, .judge = &room.judge, .other = &again, .other_judge = &other};
	change = lab_change_of(&report, lab_task_find("intent"));
	assert_int_equal(change.flips, 2); /* broken again; awful */
	assert_int_equal(change.worse, 2);
	assert_int_equal(change.better, 0);
	must_be_near(change.p, .5, 1e-9);
	lab_free(&again);
	classifier_free(&other.classifier);
	room_close(&room);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wilson_intervals_are_those_of_the_books),
		cmocka_unit_test(mcnemar_is_exact_for_few_and_close_for_many),
		cmocka_unit_test(figures_of_a_task_are_counted_right),
		cmocka_unit_test(bootstrap_intervals_repeat_and_hold_the_figure),
		cmocka_unit_test(reliability_tells_said_from_true),
		cmocka_unit_test(posts_without_labels_and_bad_lines_are_left_out),
		cmocka_unit_test(a_rule_is_worth_what_f1_loses_without_it),
		cmocka_unit_test(the_wording_is_worth_what_f1_loses_without_it),
		cmocka_unit_test(the_surest_errors_come_first),
		cmocka_unit_test(two_rule_sets_are_compared_post_by_post),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
