/*
 * fit_write.c - see fit_write.h.
 */
#include "watcher/fit_write.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "buf.h"
#include "file.h"

#define WEIGHT_FILE_MAX ((size_t)4 << 20)
#define WEIGHT_SMALL 5e-3 /* written as 0 */
#define CARRIED_SMALL .7  /* ... of a piece that is carried over: many of its weights are small, and most are noise */
#define SAFETY_TIMES 2

bool fit_rule_of(const struct rule *rule, const char *lang)
{
	return rule->lang && strcmp(rule->lang, lang) == 0;
}

float fit_rule_weight(const struct rule *rule, enum fitted score)
{
	static const struct {
		enum dim dim;
		float times;
	} from[] = {
		[FITTED_COMPLAINT] = {DIM_COMPLAINT, 1}, [FITTED_PROBLEM] = {DIM_PROBLEM, 1},
		[FITTED_NEGATIVE] = {DIM_SENTIMENT, -1}, [FITTED_POSITIVE] = {DIM_SENTIMENT, 1},
		[FITTED_QUESTION] = {DIM_QUESTION, 1},	 [FITTED_PRAISE] = {DIM_PRAISE, 1},
		[FITTED_NOT_OURS] = {DIM_NOT_OURS, 1},	 [FITTED_URGENT] = {DIM_URGENCY, 2},
	};

	if (score >= FITTED_CAUSES)
		return (int)rule->cause == (int)score - (int)FITTED_CAUSES ? rule_cause_weight(rule) : 0;
	return rule->weight[from[score].dim] * from[score].times;
}

static bool carries(const struct fit_written *f, int score)
{
	return f->carried && f->carried->has[score];
}

/* Posts that are told apart with ease make weights beyond what is read again: nothing is surer than the largest. */
static double within_reach(double weight)
{
	return fmin(fmax(weight, -WEIGHT_MAX), WEIGHT_MAX);
}

/* A line of weights, in order of the scores. */
struct line {
	struct buf *out;
	bool any; /* a space is due */
};

/* "score=weight" without needless zeros. */
static void write_weight(struct line *line, int score, double weight)
{
	char number[32];
	int len = snprintf(number, sizeof(number), "%.*f", fabs(weight) < .1 ? 3 : 2, weight);
	char *digits = number + (number[0] == '-');

	while (len > 1 && number[len - 1] == '0')
		number[--len] = '\0';
	if (number[len - 1] == '.')
		number[--len] = '\0';
	if (digits[0] == '0' && digits[1] == '.')
		memmove(digits, digits + 1, strlen(digits));
	buf_printf(line->out, "%s%s=%s", line->any ? " " : "", fitted_name((enum fitted)score), number);
	line->any = true;
}

/* column: of the posts, NULL none; carried: what another language says instead of what was not fitted, NULL nothing. */
static void write_weights(const struct fit_written *f, struct line *line, const size_t *column, const float *carried,
			  double carried_small)
{
	for (int score = 0; score < FITTED_COUNT; score++) {
		bool own = f->scores->has[score];
		double weight = 0;

		if (own && column)
			weight = (double)f->w[score][*column];
		else if (!own && carries(f, score) && carried)
			weight = (double)carried[score];
		if (fabs(weight) >= (own ? WEIGHT_SMALL : carried_small))
			write_weight(line, score, within_reach(weight));
	}
}

/* Of danger rules alone speak, no words (fit_carry.c): where one does, the words for other causes are not to drown it. */
static float rule_beside_words(const struct rule *rule, enum fitted score)
{
	return fit_rule_weight(rule, score) * (score == FITTED_CAUSES + CAUSE_SAFETY ? SAFETY_TIMES : 1);
}

static void write_rule(const struct fit_written *f, size_t column, struct buf *out)
{
	const struct rule *rule = ruleset_at(f->rules, column);
	struct line line = {out, true};
	float written[FITTED_COUNT];

	for (int score = 0; score < FITTED_COUNT; score++)
		written[score] = rule_beside_words(rule, (enum fitted)score);
	buf_printf(out, "rule %s", rule->id);
	write_weights(f, &line, &column, written, WEIGHT_SMALL); /* a rule that says nothing stands there all the same */
	buf_str(out, "\n");
}

static void write_piece(const struct fit_written *f, const char *text, const size_t *column, struct buf *out)
{
	struct carried_piece *piece = f->carried ? carried_find(f->carried, text) : NULL;
	struct line line = {out, false};

	if (piece)
		piece->written = true;
	write_weights(f, &line, column, piece ? piece->weight : NULL, CARRIED_SMALL);
	if (line.any)
		buf_printf(out, "\t%s\n", text);
}

static void write_columns(const struct fit_written *f, struct buf *out)
{
	for (size_t j = 0; j < f->posts->rule_columns; j++)
		if (fit_rule_of(ruleset_at(f->rules, j), f->lang))
			write_rule(f, j, out);
	for (size_t j = f->posts->rule_columns; j < f->posts->rows.cols; j++)
		if (f->posts->piece[j - f->posts->rule_columns])
			write_piece(f, f->posts->piece[j - f->posts->rule_columns], &j, out);
	for (size_t i = 0; f->carried && i < f->carried->count; i++)
		if (!f->carried->pieces[i].written)
			write_piece(f, f->carried->pieces[i].text, NULL, out);
}

static void write_head(const struct fit_written *f, struct buf *out)
{
	buf_printf(out, "# Fitted by `amends rules fit`; do not edit, fit again (classify/README.md, \"Weights\").\n"
			"# posts %zu, data %016llx, rules %s, %s\n# files",
		   f->posts->count, (unsigned long long)f->posts->digest, ruleset_digest(f->rules), f->how);
	for (size_t i = 0; i < f->posts->file_count; i++) {
		const struct fit_file *file = &f->posts->files[i];

		buf_printf(out, " %s@%.3g/%.3g", file->name, (double)file->complaint, (double)file->mood);
	}
	buf_str(out, "\n");
	if (f->carried)
		buf_printf(out, "# problem, urgency and causes carried over from %s: weights %s, list %s\n", f->carried->from,
			   f->carried->weights_digest, f->carried->list_digest);
	buf_str(out, "# figures on posts that the weights judging them had not seen:\n");
	for (size_t i = 0; i < f->figures->count; i++)
		buf_printf(out, "#   %-70s %6.3f  (%zu posts)\n", f->figures->list[i].name, f->figures->list[i].value,
			   f->figures->list[i].posts);
}

static void write_biases(const struct fit_written *f, struct buf *out)
{
	for (int score = 0; score < FITTED_COUNT; score++)
		if (f->scores->has[score] || carries(f, score))
			buf_printf(out, "bias %s=%.3f\n", fitted_name((enum fitted)score),
				   within_reach(f->scores->has[score] ? f->bias[score] : f->carried->bias[score]));
}

enum err fit_write(const struct fit_written *f, const char *dir, struct error *e_r)
{
	char path[4096];
	struct buf out;
	enum err err;

	if (snprintf(path, sizeof(path), "%s/%s.txt", dir, f->lang) >= (int)sizeof(path))
		return error_set(e_r, ERR_LIMIT, "%s: the path is too long", dir);
	buf_init(&out, WEIGHT_FILE_MAX);
	write_head(f, &out);
	buf_printf(&out, "weights %s 2\n", f->lang);
	write_biases(f, &out);
	write_columns(f, &out);
	if (out.failed)
		err = error_set(e_r, ERR_LIMIT, "%s: larger than %zu bytes: ask for fewer pieces", path, WEIGHT_FILE_MAX);
	else
		err = file_write(path, out.data, out.len, 0644, e_r);
	if (err == ERR_OK)
		fprintf(stderr, "wrote %s (%zu bytes)\n", path, out.len);
	buf_done(&out);
	return err;
}
