/*
 * test_fit.c - logistic regression against what it must satisfy at its optimum, and `amends rules fit` as a program.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "fit.h"
#include "weights.h"

#define ROWS 400
#define COLS 6

struct data {
	size_t at[ROWS + 1];
	uint32_t col[ROWS * COLS];
	float value[ROWS * COLS], weight[ROWS], ridge[COLS], low[COLS], high[COLS], score[ROWS];
	signed char label[ROWS];
	struct fit_rows rows;
	struct fit_task task;
};

static double next_random(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (double)(*seed >> 11) / 9007199254740992.0;
}

/* Labels drawn from known weights 2, -1, 0, 1, .5, 0 and bias -.3. */
static void draw(struct data *d)
{
	static const double truth[COLS] = {2, -1, 0, 1, .5, 0};
	uint64_t seed = 42;
	size_t cells = 0;

	for (size_t i = 0; i < ROWS; i++) {
		double z = -.3;

		d->at[i] = cells;
		for (uint32_t j = 0; j < COLS; j++)
			if (next_random(&seed) < .5) {
				d->col[cells] = j;
				d->value[cells] = 1;
				z += truth[j];
				cells++;
			}
		d->label[i] = next_random(&seed) < 1 / (1 + exp(-z));
		d->weight[i] = i % 3 ? 1 : 2;
	}
	d->at[ROWS] = cells;
	for (size_t j = 0; j < COLS; j++) {
		d->ridge[j] = 1;
		d->low[j] = -20;
		d->high[j] = 20;
	}
	d->rows = (struct fit_rows){ROWS, COLS, d->at, d->col, d->value};
	d->task = (struct fit_task){&d->rows, d->label, d->weight, d->ridge, d->low, d->high, NULL};
}

static double score_of(const struct data *d, size_t row, const float *w, double bias)
{
	for (size_t k = d->at[row]; k < d->at[row + 1]; k++)
		bias += (double)(w[d->col[k]] * d->value[k]);
	return bias;
}

/* The slope of what is minimised, along column j (COLS: the bias). */
static double slope(const struct data *d, const float *w, double bias, size_t j)
{
	double sum = j < COLS ? (double)(d->ridge[j] * w[j]) : 0;

	for (size_t i = 0; i < ROWS; i++) {
		double p = 1 / (1 + exp(-score_of(d, i, w, bias)));

		for (size_t k = d->at[i]; d->label[i] >= 0 && k < d->at[i + 1]; k++)
			if (d->col[k] == j)
				sum += (double)d->weight[i] * (p - d->label[i]);
		if (d->label[i] >= 0 && j == COLS)
			sum += (double)d->weight[i] * (p - d->label[i]);
	}
	return sum;
}

static void at_the_optimum_nothing_slopes(void **state)
{
	static struct data d;
	float w[COLS];
	double bias;
	struct error e;

	(void)state;
	draw(&d);
	assert_int_equal(fit_logistic(&d.task, w, &bias, &e), ERR_OK);
	for (size_t j = 0; j <= COLS; j++)
		if (fabs(slope(&d, w, bias, j)) > .3)
			fail_msg("column %zu slopes by %g", j, slope(&d, w, bias, j));
	assert_true(w[0] > 1.2f && w[0] < 2.8f && w[1] < -.4f && w[3] > .4f);
}

static void bounds_hold_and_the_rest_moves_around_them(void **state)
{
	static struct data d;
	float w[COLS];
	double bias;
	struct error e;

	(void)state;
	draw(&d);
	d.high[0] = 0;
	d.low[1] = 0;
	d.high[3] = .25f;
	assert_int_equal(fit_logistic(&d.task, w, &bias, &e), ERR_OK);
	assert_true(w[0] == 0 && w[1] == 0 && w[3] == .25f);
	assert_true(slope(&d, w, bias, 0) < 0 && slope(&d, w, bias, 1) > 0); /* they would go on */
	assert_true(fabs(slope(&d, w, bias, 4)) < .3 && fabs(slope(&d, w, bias, COLS)) < .3);
}

static void columns_and_rows_can_be_left_out(void **state)
{
	static struct data d, half;
	float w[COLS], again[COLS];
	double bias, bias_again;
	struct error e;

	(void)state;
	draw(&d);
	d.ridge[2] = 0;
	for (size_t i = 0; i < ROWS; i += 2)
		d.label[i] = -1;
	assert_int_equal(fit_logistic(&d.task, w, &bias, &e), ERR_OK);
	assert_true(w[2] == 0 && w[0] > .5f);
	draw(&half);
	half.ridge[2] = 0;
	for (size_t i = 0; i < ROWS; i += 2)
		half.weight[i] = 0;
	assert_int_equal(fit_logistic(&half.task, again, &bias_again, &e), ERR_OK);
	assert_memory_equal(w, again, sizeof w); /* either way of leaving out, and the same to the last bit */
	assert_true(bias == bias_again);
}

static void more_ridge_means_smaller_weights(void **state)
{
	static struct data d;
	float w[COLS], small[COLS];
	double bias;
	struct error e;

	(void)state;
	draw(&d);
	assert_int_equal(fit_logistic(&d.task, w, &bias, &e), ERR_OK);
	for (size_t j = 0; j < COLS; j++)
		d.ridge[j] = 100;
	assert_int_equal(fit_logistic(&d.task, small, &bias, &e), ERR_OK);
	assert_true(fabsf(small[0]) < fabsf(w[0]) / 1.5f && fabsf(small[3]) < fabsf(w[3]));
}

/* Little data, much faith: the weight stays near its prior; without faith the data have their way. */
static void a_weight_rests_at_its_prior(void **state)
{
	static struct data d;
	static const float prior[COLS] = {0, 0, 0, 0, 0, 3};
	float w[COLS], free_w[COLS];
	double bias;
	struct error e;

	(void)state;
	draw(&d);
	d.task.prior = prior;
	assert_int_equal(fit_logistic(&d.task, free_w, &bias, &e), ERR_OK);
	assert_true(free_w[5] < 1);
	d.ridge[5] = 1e4f;
	assert_int_equal(fit_logistic(&d.task, w, &bias, &e), ERR_OK);
	assert_true(w[5] > 2.8f && w[5] < 3);
	assert_true(fabs(slope(&d, w, bias, 0)) < .3);
}

static void no_rows_give_no_weights(void **state)
{
	static struct data d;
	float w[COLS];
	double bias = 7;
	struct error e;

	(void)state;
	draw(&d);
	memset(d.label, -1, sizeof d.label);
	assert_int_equal(fit_logistic(&d.task, w, &bias, &e), ERR_OK);
	for (size_t j = 0; j < COLS; j++)
		assert_true(w[j] == 0);
	assert_true(bias == 0);
}

static void scores_too_sure_of_themselves_are_calibrated(void **state)
{
	static struct data d;
	uint64_t seed = 7;
	double a, b;

	(void)state;
	draw(&d);
	for (size_t i = 0; i < ROWS; i++) {
		double z = 4 * next_random(&seed) - 2;

		d.score[i] = (float)(3 * z + 1); /* says three times what is so, and one more */
		d.label[i] = next_random(&seed) < 1 / (1 + exp(-z));
		d.weight[i] = 1;
	}
	fit_platt(ROWS, d.score, d.label, d.weight, &a, &b);
	assert_true(fabs(a - 1.0 / 3) < .1 && fabs(b + 1.0 / 3) < .3);
}

/* ---- the program ---- */

static char folder[] = "/tmp/amends-fit-XXXXXX";

/* Posts in which "broken" complains and "lovely" does not; every seventh says the opposite. */
static void write_posts_in(const char *path, const char *lang)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	for (int i = 0; i < 300; i++) {
		int bad = i % 2, label = i % 7 ? bad : !bad;

		fprintf(out,
			"{\"id\": \"p%d\", \"platform\": \"replay\", \"lang\": \"%s\", \"text\": \"%s thing of %c%c%c today\", "
			"\"labels\": {\"complaint\": %d, \"sentiment\": \"%s\"}}\n",
			i, lang, bad ? "my broken" : "a lovely", 'a' + i % 26, 'a' + i / 26 % 26, 'a' + i / 7 % 26, label,
			label ? "negative" : "positive");
	}
	fclose(out);
}

static void write_posts(const char *path)
{
	write_posts_in(path, "en");
}

static void write_text(const char *path, const char *text)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	fputs(text, out);
	fclose(out);
}

static int run_fit(const char *options, const char *out)
{
	const char *program = getenv("AMENDS_BIN");
	char command[600];
	FILE *pipe;
	int status;

	snprintf(command, sizeof command, "%s rules fit %s %s/posts.jsonl >%s 2>&1", program, options, folder, out);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	status = pclose(pipe);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/*
 * What readers say of the same posts, without text: of those with an even number that they are problems, of the others
 * vents; of one that it is unclear, and of one that is nowhere. A line with a text is a post of its own.
 */
static void write_readings(const char *path)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	for (int i = 0; i < 200; i++)
		fprintf(out, "{\"id\": \"p%d\", \"labels\": {\"intent\": \"%s\", \"cause\": \"billing\", \"urgency\": %d}}\n", i,
			i == 7 ? "unclear" : i % 2 ? "vent" : "problem", i % 3 == 0);
	fputs("{\"id\": \"nobody\", \"labels\": {\"intent\": \"vent\"}}\n"
	      "{\"id\": \"x\", \"platform\": \"replay\", \"text\": \"a text of its own\", \"labels\": {\"intent\": \"vent\"}}\n"
	      "{\"labels\": {}}\n"
	      "{\"id\": \"p1\"}\n"
	      "{\"id\": \"p2\", \"labels\": 5}\n"
	      "{\"id\": \"p299\", \"labels\": {\"intent\": \"foo\"}}\n", out);
	fclose(out);
}

static size_t read_file(const char *path, char *out, size_t size)
{
	FILE *in = fopen(path, "r");
	size_t len;

	assert_non_null(in);
	len = fread(out, 1, size - 1, in);
	out[len] = '\0';
	fclose(in);
	return len;
}

/* A new folder for a run of the program; the test is skipped where there is no program. */
static void folder_or_skip(void)
{
	if (!getenv("AMENDS_BIN") || access(getenv("AMENDS_BIN"), X_OK) != 0) {
		print_message("no program to run (AMENDS_BIN)\n");
		skip();
	}
	strcpy(folder, "/tmp/amends-fit-XXXXXX");
	assert_non_null(mkdtemp(folder));
}

static void readings_lend_labels_to_posts_by_id(void **state)
{
	static char log_text[20000], text[100000];
	char path[80], out[64], posts[80], options[300];
	struct weights *weights = NULL;
	struct error e = {0};
	size_t len;
	FILE *file;

	(void)state;
	folder_or_skip();
	snprintf(posts, sizeof posts, "%s/posts.jsonl", folder);
	write_posts(posts);
	file = fopen(posts, "a"); /* one that a file labels by intent: its reading is left out */
	fputs("{\"id\": \"p3\", \"platform\": \"replay\", \"lang\": \"en\", \"text\": \"another\", \"labels\": {\"intent\": "
	      "\"problem\"}}\n", file);
	fclose(file);
	snprintf(path, sizeof path, "%s/readings.jsonl", folder);
	write_readings(path);
	snprintf(out, sizeof out, "%s/log", folder);
	snprintf(options, sizeof options, "--out %s --readings %s@.5/0", folder, path);
	assert_int_equal(run_fit(options, out), 0);
	read_file(out, log_text, sizeof log_text);
	assert_non_null(strstr(log_text, "readings.jsonl:203: a reading has an id and labels (line skipped)"));
	assert_non_null(strstr(log_text, "readings.jsonl:204: a reading has an id and labels (line skipped)"));
	assert_non_null(strstr(log_text, "readings.jsonl:205: /labels: not an object (line skipped)"));
	assert_non_null(strstr(log_text, "readings.jsonl:206: /labels/intent: \"foo\" is none of: problem vent"));
	assert_non_null(strstr(log_text, "1 label was left out"));
	/* 198 of posts, one with a text */
	assert_non_null(strstr(log_text, "problem macro-F1, readings"));
	assert_non_null(strstr(log_text, "(199 posts)"));
	assert_non_null(strstr(log_text, "(3 lines skipped, 4 readings left out)"));
	unlink(path);
	snprintf(path, sizeof path, "%s/en.txt", folder);
	len = read_file(path, text, sizeof text);
	if (weights_parse("en.txt", text, len, &weights, &e))
		fail_msg("%s", e.text);
	assert_true(weights_has(weights, FITTED_PROBLEM) && weights_has(weights, FITTED_URGENT));
	assert_false(weights_has(weights, (enum fitted)(FITTED_CAUSES + CAUSE_BILLING))); /* nothing to tell it from */
	weights_free(&weights);
	assert_int_equal(run_fit("--readings /nowhere/readings.jsonl", out), 2);
	unlink(path);
	unlink(out);
	unlink(posts);
	rmdir(folder);
}

static void the_program_writes_weights_that_it_reads_again(void **state)
{
	static char first[100000], second[100000], log_text[20000];
	char path[64], out[64], options[200];
	struct weights *weights = NULL;
	struct error e = {0};
	size_t len;

	(void)state;
	if (!getenv("AMENDS_BIN") || access(getenv("AMENDS_BIN"), X_OK) != 0) {
		print_message("no program to run (AMENDS_BIN)\n");
		skip();
	}
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/posts.jsonl", folder);
	write_posts(path);
	snprintf(out, sizeof out, "%s/log", folder);
	snprintf(options, sizeof options, "--out %s", folder);
	assert_int_equal(run_fit(options, out), 0);
	read_file(out, log_text, sizeof log_text);
	assert_non_null(strstr(log_text, "complaint macro-F1, posts"));
	assert_non_null(strstr(log_text, "reliability"));
	/* Nobody is neutral there: the mean is of two moods. */
	assert_true(strtod(strstr(log_text, "sentiment macro-F1, posts") + 25, NULL) > .8);
	snprintf(path, sizeof path, "%s/en.txt", folder);
	len = read_file(path, first, sizeof first);
	if (weights_parse("en.txt", first, len, &weights, &e))
		fail_msg("%s", e.text);
	assert_true(weights_has(weights, FITTED_COMPLAINT) && !weights_has(weights, FITTED_PROBLEM));
	assert_true(weights_piece_count(weights) > 2);
	weights_free(&weights);
	assert_int_equal(run_fit(options, out), 0);
	assert_int_equal(read_file(path, second, sizeof second), len);
	assert_string_equal(first, second); /* the same data and seed: the same bytes */
	assert_int_equal(run_fit("--lang de", out), 2);
	read_file(out, log_text, sizeof log_text);
	assert_non_null(strstr(log_text, "too few labelled posts"));
	assert_int_equal(run_fit("--folds 1", out), 2);
	unlink(path);
	unlink(out);
	snprintf(path, sizeof path, "%s/posts.jsonl", folder);
	unlink(path);
	rmdir(folder);
}

/* "thanks" complains of nothing, a share price always: as sure as weights can be, and no surer. */
static void weights_of_posts_told_apart_with_ease_are_read_again(void **state)
{
	static char text[100000];
	char path[64], out[64], options[200];
	struct weights *weights = NULL;
	struct error e = {0};
	FILE *file;
	size_t len;

	(void)state;
	folder_or_skip();
	snprintf(path, sizeof path, "%s/posts.jsonl", folder);
	file = fopen(path, "w");
	for (int i = 0; i < 200; i++)
		fprintf(file,
			"{\"id\": \"p%d\", \"platform\": \"replay\", \"text\": \"%s w%c\", \"labels\": {\"complaint\": %d}}\n",
			i, i % 2 ? "thanks" : "the share price fell", 'a' + i % 26, i % 2);
	fclose(file);
	snprintf(out, sizeof out, "%s/log", folder);
	snprintf(options, sizeof options, "--pieces 0 --out %s", folder);
	assert_int_equal(run_fit(options, out), 0);
	unlink(path);
	unlink(out);
	snprintf(path, sizeof path, "%s/en.txt", folder);
	len = read_file(path, text, sizeof text);
	if (weights_parse("en.txt", text, len, &weights, &e))
		fail_msg("%s", e.text);
	assert_non_null(strstr(text, "rule share_price complaint=-50\n"));
	weights_free(&weights);
	unlink(path);
	rmdir(folder);
}

/* What English words say of problems, German ones say when a list puts them so; the mood is fitted to German posts. */
static void words_are_carried_into_another_language(void **state)
{
	static char text[200000], log_text[20000];
	static const char english[] = "weights en 2\nbias problem=.5\nbias cause.delivery=-2\n"
				      "problem=1 cause.delivery=3\tbag\nproblem=.3\tthing\n";
	char path[80], out[64], options[400];
	struct weights *weights = NULL;
	float weight[FITTED_COUNT];
	struct error e = {0};
	size_t len;

	(void)state;
	folder_or_skip();
	snprintf(path, sizeof path, "%s/posts.jsonl", folder);
	write_posts_in(path, "de");
	snprintf(path, sizeof path, "%s/from.txt", folder);
	write_text(path, english);
	snprintf(path, sizeof path, "%s/de.tsv", folder);
	write_text(path, "bag\tmy|koffer\nthing\tding\n");
	snprintf(out, sizeof out, "%s/log", folder);
	snprintf(options, sizeof options, "--lang de --out %s --carry %s/from.txt --words %s/de.tsv", folder, folder, folder);
	assert_int_equal(run_fit(options, out), 0);
	snprintf(path, sizeof path, "%s/de.txt", folder);
	len = read_file(path, text, sizeof text);
	assert_non_null(strstr(text, "\n# problem, urgency and causes carried over from en: weights "));
	/* What its writer says of a rule stands beside it. */
	assert_non_null(strstr(text, "\nrule de_bag_trouble "));
	assert_non_null(strstr(strstr(text, "\nrule de_bag_trouble "), " cause.delivery="));
	if (weights_parse("de.txt", text, len, &weights, &e))
		fail_msg("%s", e.text);
	assert_true(weights_has(weights, FITTED_PROBLEM) && weights_has(weights, FITTED_NEGATIVE));
	assert_true(weights_piece(weights, "koffer", weight));
	assert_float_equal((double)weight[FITTED_PROBLEM], 1, 1e-6);
	assert_float_equal((double)weight[CAUSE_DELIVERY + (int)FITTED_CAUSES], 3, 1e-6);
	assert_true(weights_piece(weights, "my", weight)); /* fitted and carried: one line */
	assert_true(weight[FITTED_NEGATIVE] != 0 && weight[FITTED_PROBLEM] != 0);
	assert_false(weights_piece(weights, "ding", weight)); /* says next to nothing */
	weights_free(&weights);
	snprintf(options, sizeof options, "--lang de --carry %s/from.txt", folder);
	assert_int_equal(run_fit(options, out), 2);
	read_file(out, log_text, sizeof log_text);
	assert_non_null(strstr(log_text, "--carry WEIGHTS and --words LIST go together"));
	for (const char *const *name = (const char *const[]){"posts.jsonl", "from.txt", "de.tsv", "de.txt", "log", NULL};
	     *name; name++) {
		snprintf(path, sizeof path, "%s/%s", folder, *name);
		unlink(path);
	}
	rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(at_the_optimum_nothing_slopes),
		cmocka_unit_test(bounds_hold_and_the_rest_moves_around_them),
		cmocka_unit_test(columns_and_rows_can_be_left_out),
		cmocka_unit_test(more_ridge_means_smaller_weights),
		cmocka_unit_test(a_weight_rests_at_its_prior),
		cmocka_unit_test(no_rows_give_no_weights),
		cmocka_unit_test(scores_too_sure_of_themselves_are_calibrated),
		cmocka_unit_test(the_program_writes_weights_that_it_reads_again),
		cmocka_unit_test(weights_of_posts_told_apart_with_ease_are_read_again),
		cmocka_unit_test(words_are_carried_into_another_language),
		cmocka_unit_test(readings_lend_labels_to_posts_by_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
