/*
 * cmd_rules_fit.c - `amends rules fit`: weights of rules and words from labelled posts.
 *
 * For each score (complaint, problem, negative, positive) one logistic regression over the rules that hit and the
 * words and phrases of the text together (fit.h). Together, so that neither is fitted to what the other has learned
 * from the same post: there are no scores of one inside the other that would have to be kept out of fold.
 *   rules    on the side of zero that their hand-written weight is on, either side when it is zero; without posts they
 *            rest at a part of the hand-written weight, so that a rule that few posts meet keeps what its writer meant
 *   pieces   their penalty falls with how unequally the labels use them (the log-count ratio of Wang and Manning 2012,
 *            "Baselines and bigrams"); after a first fit only the weightiest stay, and these are fitted again
 * Every figure comes from cross-validation: each post is judged by weights that have not seen it or its twins. The same
 * judgements give the calibration (Platt), which is put into the weights themselves.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "file.h"
#include "jsonio.h"
#include "watcher/cmd_rules_fit.h"
#include "watcher/fit_carry.h"
#include "watcher/fit_write.h"

#define LABELS_MIN 40 /* posts of either label that a score needs to be fitted */
#define LABELS_FEW 400 /* with fewer of the rarer label, complaint and problem keep no more pieces than it has posts */
#define KIND_LABELS_MIN 300 /* question, praise, not_ours: few tweets of all kinds say little of a brand's posts */
#define CAUSE_LABELS_MIN 20 /* a cause fewer */
#define CAUSED_MIN 400 /* but of all causes together more */
#define WEIGHT_BOUND 20.0f
#define COUNT_RATIO_MIN .05

struct options {
	const char *rules_dir, *out_dir, *lang;
	const char *carry, *words; /* weights of another language and the list that puts its words into this one */
	char *readings[FIT_FILES_MAX];
	size_t reading_count;
	unsigned folds, pieces, min_posts;
	uint64_t seed;
	double ridge;
	bool json, runs, no_rules;
};

struct fitting {
	struct options options;
	struct toolkit toolkit;
	struct fit_posts posts;
	struct fit_scores scores; /* out of fold, calibrated */
	struct carried *carried;  /* from another language; NULL: nothing */
	float *w[FITTED_COUNT];
	double bias[FITTED_COUNT];
	/* scratch, per post and per column */
	signed char *label;
	float *worth, *ridge, *low, *high, *prior;
	struct figures figures;
};

/* ---- one fit ---- */

/*
 * How a score is fitted. part, firm: how much of a hand-written weight is taken for granted, and how firmly (problem or
 * vent: few posts, much reading). ridge: of pieces, times the option's. pieces: how many stay, part of the option's.
 * balance: 1 makes both labels weigh the same in all, 0 leaves them as they are.
 */
struct way {
	float part, firm, ridge, pieces, balance;
};

static struct way way_of(enum fitted score)
{
	static const struct way ways[] = {
		[FITTED_COMPLAINT] = {.7f, 5, 2, 1, 0},	    [FITTED_PROBLEM] = {.8f, 6, 2, 1, 0},
		[FITTED_NEGATIVE] = {.7f, 5, 4, 2, 0},	    [FITTED_POSITIVE] = {.7f, 5, 4, 2, 0},
		[FITTED_QUESTION] = {.4f, 3, 1, .3f, 0},   [FITTED_PRAISE] = {.4f, 3, 1, .3f, 0},
		[FITTED_NOT_OURS] = {.4f, 3, 2.5f, .4f, 0}, [FITTED_URGENT] = {1, 3, 2, .3f, 0},
		[FITTED_CAUSES] = {1.2f, 6, 2, .3f, .3f},
	};

	return ways[score < FITTED_CAUSES ? score : FITTED_CAUSES];
}

/* A column's penalty and bounds. Rules of other languages, or of all, keep their hand-written weights. */
static void set_rule_columns(struct fitting *f, enum fitted score)
{
	struct way way = way_of(score);

	for (size_t j = 0; j < f->posts.rule_columns; j++) {
		const struct rule *rule = ruleset_at(f->toolkit.rules, j);
		float hand = fit_rule_weight(rule, score);

		f->ridge[j] = !f->options.no_rules && fit_rule_of(rule, f->options.lang) ? way.firm : 0;
		f->prior[j] = f->ridge[j] > 0 ? hand * way.part : 0;
		f->low[j] = hand > 0 ? 0 : -WEIGHT_BOUND;
		f->high[j] = hand < 0 ? 0 : WEIGHT_BOUND;
	}
}

static bool set_piece_columns(struct fitting *f, enum fitted score)
{
	const struct fit_rows *rows = &f->posts.rows;
	double *count = calloc(2 * rows->cols + 2, sizeof(*count)), whole[2] = {1, 1};
	double ridge = f->options.ridge * (double)way_of(score).ridge;

	if (count == NULL)
		return false;
	for (size_t i = 0; i < rows->rows; i++)
		for (size_t k = rows->at[i]; f->label[i] >= 0 && k < rows->at[i + 1]; k++)
			if (rows->col[k] >= f->posts.rule_columns) {
				count[2 * rows->col[k] + (size_t)f->label[i]] += (double)f->worth[i];
				whole[(int)f->label[i]] += (double)f->worth[i];
			}
	for (size_t j = f->posts.rule_columns; j < rows->cols; j++) {
		double no = (count[2 * j] + 1) / whole[0], yes = (count[2 * j + 1] + 1) / whole[1];
		double scale = fmax(fabs(log(yes / no)), COUNT_RATIO_MIN);
		bool used = f->posts.piece[j - f->posts.rule_columns] && count[2 * j] + count[2 * j + 1] > 0;

		f->ridge[j] = used ? (float)(ridge / (scale * scale)) : 0;
		f->prior[j] = 0;
		f->low[j] = -WEIGHT_BOUND;
		f->high[j] = WEIGHT_BOUND;
	}
	free(count);
	return true;
}

static int descending(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return x < y ? 1 : x > y ? -1 : 0;
}

/* How many pieces a score may keep. Where few posts complain, words would tell what those are about: rules say most. */
static size_t pieces_kept(const struct fitting *f, enum fitted score)
{
	size_t keep = (size_t)((float)f->options.pieces * way_of(score).pieces), labels[2] = {0, 0}, rarer;

	for (size_t i = 0; i < f->posts.count; i++)
		if (f->label[i] >= 0)
			labels[(int)f->label[i]]++;
	rarer = labels[0] < labels[1] ? labels[0] : labels[1];
	return score <= FITTED_PROBLEM && rarer < LABELS_FEW && rarer < keep ? rarer : keep;
}

/* Takes all pieces but the weightiest out of the next fit. */
static bool keep_weightiest(struct fitting *f, enum fitted score, const float *w)
{
	size_t first = f->posts.rule_columns, count = f->posts.piece_count;
	float *weight = calloc(count + 1, sizeof(*weight)), *sorted = calloc(count + 1, sizeof(*sorted)), least;
	size_t keep = pieces_kept(f, score);
	bool ok = weight && sorted;

	for (size_t i = 0; ok && i < count; i++)
		sorted[i] = weight[i] = fabsf(w[first + i]) * sqrtf((float)f->posts.df[first + i]);
	if (ok && count > keep) {
		qsort(sorted, count, sizeof(*sorted), descending);
		least = sorted[keep];
		for (size_t i = 0; i < count; i++)
			if (weight[i] <= least)
				f->ridge[first + i] = 0;
	}
	free(weight);
	free(sorted);
	return ok;
}

/* Labels that are rare weigh more, so that neither is left out for want of posts. */
static void balance_labels(struct fitting *f, double balance)
{
	double whole[2] = {0, 0};

	for (size_t i = 0; i < f->posts.count; i++)
		if (f->label[i] >= 0)
			whole[(int)f->label[i]] += (double)f->worth[i];
	if (whole[0] <= 0 || whole[1] <= 0)
		return;
	for (size_t i = 0; i < f->posts.count; i++)
		if (f->label[i] == 1)
			f->worth[i] *= (float)pow(whole[0] / whole[1], balance);
}

static void set_labels(struct fitting *f, enum fitted score, unsigned without)
{
	for (size_t i = 0; i < f->posts.count; i++) {
		f->label[i] = (signed char)(f->posts.posts[i].fold == without ? -1 : fit_label(&f->posts, i, score));
		f->worth[i] = fit_worth(&f->posts, i, score);
	}
}

/* Fits one score on all posts but those of fold `without` (folds: all). */
static enum err fit_score(struct fitting *f, enum fitted score, unsigned without, struct error *e_r)
{
	struct fit_task task = {&f->posts.rows, f->label, f->worth, f->ridge, f->low, f->high, f->prior};
	enum err err;

	set_labels(f, score, without);
	balance_labels(f, (double)way_of(score).balance);
	set_rule_columns(f, score);
	if (!set_piece_columns(f, score))
		return error_set(e_r, ERR_NOMEM, "out of memory");
	err = fit_logistic(&task, f->w[score], &f->bias[score], e_r);
	if (err != ERR_OK)
		return err;
	if (!keep_weightiest(f, score, f->w[score]))
		return error_set(e_r, ERR_NOMEM, "out of memory");
	return fit_logistic(&task, f->w[score], &f->bias[score], e_r);
}

static double sum_of(const struct fitting *f, size_t row, const float *w, double bias)
{
	const struct fit_rows *rows = &f->posts.rows;

	for (size_t k = rows->at[row]; k < rows->at[row + 1]; k++)
		bias += (double)w[rows->col[k]] * (double)rows->value[k];
	return bias;
}

/* ---- folds, calibration, all posts ---- */

/* Which scores there are posts enough for. */
static void find_scores(struct fitting *f)
{
	size_t caused = 0;

	for (size_t i = 0; i < f->posts.count; i++)
		caused += f->posts.posts[i].label.cause >= 0;
	for (int score = 0; score < FITTED_COUNT; score++) {
		bool kind = score >= FITTED_QUESTION && score <= FITTED_NOT_OURS;
		size_t labels[2] = {0, 0}, least = kind ? KIND_LABELS_MIN : LABELS_MIN;

		for (size_t i = 0; i < f->posts.count; i++) {
			int label = fit_label(&f->posts, i, (enum fitted)score);

			if (label >= 0)
				labels[label]++;
		}
		if (score >= FITTED_CAUSES)
			least = CAUSE_LABELS_MIN;
		f->scores.has[score] = labels[0] >= least && labels[1] >= least &&
				       (score < FITTED_CAUSES || caused >= CAUSED_MIN);
	}
}

/* Fits every score on all posts but those of the fold. */
static enum err fit_scores(struct fitting *f, unsigned without, struct error *e_r)
{
	enum err err = ERR_OK;

	for (int score = 0; score < FITTED_COUNT && err == ERR_OK; score++)
		if (f->scores.has[score])
			err = fit_score(f, (enum fitted)score, without, e_r);
	return err;
}

static enum err cross_validate(struct fitting *f, struct error *e_r)
{
	enum err err = ERR_OK;

	for (unsigned fold = 0; fold < f->options.folds && err == ERR_OK; fold++) {
		err = fit_scores(f, fold, e_r);
		for (int score = 0; err == ERR_OK && score < FITTED_COUNT; score++)
			for (size_t i = 0; f->scores.has[score] && i < f->posts.count; i++)
				if (f->posts.posts[i].fold == fold)
					f->scores.sum[score][i] = (float)sum_of(f, i, f->w[score], f->bias[score]);
	}
	return err;
}

/* Makes sums of a score true probabilities (Platt): in the judgements of the folds and in the weights. */
static void calibrate(struct fitting *f, enum fitted score)
{
	double a, b;

	set_labels(f, score, f->options.folds);
	fit_platt(f->posts.count, f->scores.sum[score], f->label, f->worth, &a, &b);
	for (size_t i = 0; i < f->posts.count; i++)
		f->scores.sum[score][i] = (float)(a * (double)f->scores.sum[score][i] + b);
	for (size_t j = 0; j < f->posts.rows.cols; j++)
		f->w[score][j] *= (float)a;
	f->bias[score] = a * f->bias[score] + b;
}

static void shift(struct fitting *f, enum fitted score, double offset)
{
	f->bias[score] += offset;
	for (size_t i = 0; i < f->posts.count; i++)
		f->scores.sum[score][i] += (float)offset;
}

/* Scores that are compared with each other, or with one half, are shifted to where F1 is best. */
static void shift_scores(struct fitting *f)
{
	double mood[2], cause[CAUSE_COUNT];

	if (f->scores.has[FITTED_NEGATIVE] && f->scores.has[FITTED_POSITIVE]) {
		mood_offsets(&f->posts, &f->scores, mood);
		shift(f, FITTED_NEGATIVE, mood[0]);
		shift(f, FITTED_POSITIVE, mood[1]);
	}
	if (f->scores.has[FITTED_URGENT])
		shift(f, FITTED_URGENT, urgent_offset(&f->posts, &f->scores));
	cause_offsets(&f->posts, &f->scores, cause);
	for (int i = 0; i < CAUSE_COUNT; i++)
		if (f->scores.has[FITTED_CAUSES + i])
			shift(f, (enum fitted)(FITTED_CAUSES + i), cause[i]);
}

static enum err make_all(struct fitting *f, struct error *e_r)
{
	size_t cols = f->posts.rows.cols + 1, rows = f->posts.count + 1;
	bool ok = true;
	enum err err = ERR_OK;

	f->label = calloc(rows, sizeof(*f->label));
	f->worth = calloc(rows, sizeof(*f->worth));
	f->ridge = calloc(cols, sizeof(*f->ridge));
	f->low = calloc(cols, sizeof(*f->low));
	f->high = calloc(cols, sizeof(*f->high));
	f->prior = calloc(cols, sizeof(*f->prior));
	ok = f->label && f->worth && f->ridge && f->low && f->high && f->prior;
	for (int score = 0; score < FITTED_COUNT; score++) {
		f->w[score] = calloc(cols, sizeof(float));
		f->scores.sum[score] = calloc(rows, sizeof(float));
		ok = ok && f->w[score] && f->scores.sum[score];
	}
	if (!ok)
		return error_set(e_r, ERR_NOMEM, "out of memory");
	find_scores(f);
	err = cross_validate(f, e_r);
	if (err == ERR_OK)
		err = fit_scores(f, f->options.folds, e_r);
	for (int score = 0; score < FITTED_COUNT && err == ERR_OK; score++)
		if (f->scores.has[score])
			calibrate(f, (enum fitted)score);
	if (err == ERR_OK)
		shift_scores(f);
	return err;
}

static void fitting_done(struct fitting *f)
{
	free(f->label);
	free(f->worth);
	free(f->ridge);
	free(f->low);
	free(f->high);
	free(f->prior);
	for (int score = 0; score < FITTED_COUNT; score++) {
		free(f->w[score]);
		free(f->scores.sum[score]);
	}
	carried_free(&f->carried);
	fit_posts_done(&f->posts);
	toolkit_free(&f->toolkit);
}

/* ---- the figures ---- */

static void print_figures(const struct fitting *f)
{
	CLEANUP(json) struct json_object *object = json_object_new_object();

	for (size_t i = 0; i < f->figures.count; i++) {
		const struct figure *figure = &f->figures.list[i];

		if (f->options.json)
			json_add_num(object, figure->name, round(figure->value * 1e4) / 1e4);
		else
			printf("%-72s %6.3f  (%zu posts)\n", figure->name, figure->value, figure->posts);
	}
	if (f->options.json)
		puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	else
		printf("%zu posts (%zu lines skipped, %zu readings left out), %zu pieces looked at, data %016llx\n",
		       f->posts.count, f->posts.skipped, f->posts.readings_left, f->posts.piece_count,
		       (unsigned long long)f->posts.digest);
	if (f->posts.bad_labels > 0)
		fprintf(stderr, "%zu %s left out: none of its kind\n", f->posts.bad_labels,
			f->posts.bad_labels == 1 ? "label was" : "labels were");
}

/* ---- the command ---- */

static bool number_from(const char *text, double low, double high, double *number_r)
{
	char *end = NULL;
	double number = strtod(text, &end);

	if (end == text || *end != '\0' || !(number >= low && number <= high))
		return false;
	*number_r = number;
	return true;
}

static int set_option(const char *command, int option, char *value, struct options *o)
{
	double number = 0;

	switch (option) {
	case 'r':
		o->rules_dir = value;
		return EXIT_DONE;
	case 'o':
		o->out_dir = value;
		return EXIT_DONE;
	case 'l':
		o->lang = value;
		return strlen(value) == 2 ? EXIT_DONE : command_usage(command, "--lang wants two letters, such as en");
	case 'R':
		if (o->reading_count == FIT_FILES_MAX)
			return command_usage(command, "--readings: %d files at most", FIT_FILES_MAX);
		o->readings[o->reading_count++] = value;
		return EXIT_DONE;
	case 'f':
		if (!number_from(value, 2, 50, &number))
			return command_usage(command, "--folds wants a number from 2 to 50");
		o->folds = (unsigned)number;
		return EXIT_DONE;
	case 's':
		if (!number_from(value, 0, 4294967295.0, &number))
			return command_usage(command, "--seed wants a number from 0 to 4294967295");
		o->seed = (uint64_t)number;
		return EXIT_DONE;
	case 'p':
		if (!number_from(value, 0, 20000, &number))
			return command_usage(command, "--pieces wants a number from 0 to 20000");
		o->pieces = (unsigned)number;
		return EXIT_DONE;
	case 'm':
		if (!number_from(value, 1, 1000, &number))
			return command_usage(command, "--min-posts wants a number from 1 to 1000");
		o->min_posts = (unsigned)number;
		return EXIT_DONE;
	case 'g':
		return number_from(value, .001, 1000, &o->ridge)
			       ? EXIT_DONE
			       : command_usage(command, "--ridge wants a number from .001 to 1000");
	case 'c':
		o->carry = value;
		return EXIT_DONE;
	case 'w':
		o->words = value;
		return EXIT_DONE;
	default:
		o->json |= option == 'j';
		o->runs |= option == 'n';
		o->no_rules |= option == 'N';
		return EXIT_DONE;
	}
}

static enum err carry_from(const struct fitting *f, const char *weights_text, size_t len, const struct buf *list,
			   struct carried **carried_r, struct error *e_r)
{
	struct weights *weights = NULL;
	enum err err = weights_parse(f->options.carry, weights_text, len, &weights, e_r);

	if (err == ERR_OK)
		err = carry_over(weights, &f->toolkit.scores, f->options.words, buf_text(list), list->len, carried_r, e_r);
	weights_free(&weights);
	return err;
}

static enum err carry(struct fitting *f, struct error *e_r)
{
	struct buf weights, list;
	enum err err;

	buf_init(&weights, WEIGHTS_SIZE_MAX);
	buf_init(&list, CARRY_LIST_MAX);
	err = file_read(f->options.carry, &weights, e_r);
	if (err == ERR_OK)
		err = file_read(f->options.words, &list, e_r);
	if (err == ERR_OK)
		err = carry_from(f, buf_text(&weights), weights.len, &list, &f->carried, e_r);
	for (int score = 0; err == ERR_OK && score < FITTED_COUNT; score++)
		if (f->scores.has[score] && f->carried->has[score])
			err = error_set(e_r, ERR_INVALID,
					"--carry: posts enough of language %s are labelled to fit %s: leave it out",
					f->options.lang, fitted_name((enum fitted)score));
	buf_done(&weights);
	buf_done(&list);
	return err;
}

static enum err write_weights(const struct fitting *f, struct error *e_r)
{
	const struct options *o = &f->options;
	struct fit_written written = {
		.posts = &f->posts, .rules = f->toolkit.rules, .scores = &f->scores, .w = f->w, .bias = f->bias,
		.figures = &f->figures, .carried = f->carried, .lang = o->lang};

	snprintf(written.how, sizeof(written.how), "folds %u, seed %llu, ridge %.3g, pieces %u in %u posts%s%s", o->folds,
		 (unsigned long long)o->seed, o->ridge, o->pieces, o->min_posts,
		 o->runs ? ", with runs of letters" : "", o->no_rules ? ", words alone" : "");
	return fit_write(&written, o->out_dir, e_r);
}

static enum err fit_files(struct fitting *f, int count, char **paths, struct error *e_r)
{
	const struct options *o = &f->options;
	struct fit_read how = {
		.lang = o->lang, .folds = o->folds, .seed = o->seed, .df_min = o->min_posts, .runs = o->runs};
	enum err err = toolkit_load_unfitted(o->rules_dir, &f->toolkit, e_r);

	for (int i = 0; i < count && err == ERR_OK; i++)
		err = fit_file_from(paths[i], &f->posts.files[f->posts.file_count++], e_r);
	for (size_t i = 0; i < o->reading_count && err == ERR_OK; i++) {
		struct fit_file *file = &f->posts.files[f->posts.file_count++];

		err = fit_file_from(o->readings[i], file, e_r);
		file->readings = true;
	}
	how.rules = f->toolkit.rules;
	if (err == ERR_OK)
		err = fit_posts_read(&f->posts, &how, e_r);
	if (err == ERR_OK)
		err = make_all(f, e_r);
	if (err == ERR_OK && !f->scores.has[FITTED_COMPLAINT] && !f->scores.has[FITTED_NEGATIVE])
		err = error_set(e_r, ERR_INVALID,
				"too few labelled posts of language %s: at least %d of either label are needed", o->lang,
				LABELS_MIN);
	if (err == ERR_OK && o->carry)
		err = carry(f, e_r);
	if (err != ERR_OK)
		return err;
	figures_make(&f->posts, &f->scores, &thresholds_default, &f->figures);
	print_figures(f);
	return o->out_dir ? write_weights(f, e_r) : ERR_OK;
}

int rules_fit(int argc, char **argv)
{
	static const struct option options[] = {
		{"rules", required_argument, NULL, 'r'}, {"out", required_argument, NULL, 'o'},
		{"lang", required_argument, NULL, 'l'},	 {"folds", required_argument, NULL, 'f'},
		{"seed", required_argument, NULL, 's'},	 {"pieces", required_argument, NULL, 'p'},
		{"ridge", required_argument, NULL, 'g'}, {"min-posts", required_argument, NULL, 'm'},
		{"json", no_argument, NULL, 'j'},	 {"runs", no_argument, NULL, 'n'},
		{"readings", required_argument, NULL, 'R'},
		{"carry", required_argument, NULL, 'c'}, {"words", required_argument, NULL, 'w'},
		{"no-rules", no_argument, NULL, 'N'},
		{NULL, 0, NULL, 0}};
	struct fitting *f = calloc(1, sizeof(*f));
	struct error error = {.code = ERR_NOMEM, .text = "out of memory"};
	int option, code = EXIT_DONE;

	if (f == NULL)
		return command_fail(argv[0], &error);
	f->options = (struct options){.lang = "en", .folds = 5, .seed = 1, .pieces = 5000, .min_posts = 4, .ridge = 1};
	while (code == EXIT_DONE && (option = command_option(argc, argv, options, &code)) != -1) {
		if (option == OPTION_STOP) {
			free(f);
			return code;
		}
		code = set_option(argv[0], option, optarg, &f->options);
	}
	if (code == EXIT_DONE && (argc - optind < 1 || argc - optind + (int)f->options.reading_count > FIT_FILES_MAX))
		code = command_usage(argv[0], "name 1 to %d files of labelled posts (JSON lines)", FIT_FILES_MAX);
	if (code == EXIT_DONE && !f->options.carry != !f->options.words)
		code = command_usage(argv[0], "--carry WEIGHTS and --words LIST go together");
	if (code == EXIT_DONE && fit_files(f, argc - optind, argv + optind, &error) != ERR_OK)
		code = command_fail(argv[0], &error);
	fitting_done(f);
	free(f);
	return code;
}
