/*
 * lab_stat.c - see lab_stat.h.
 *
 * Wilson 1927 for shares, because half of our classes have few posts and its interval stays inside 0 to 1. F1 is no
 * share of anything, so its interval comes from the bootstrap (Efron 1979): the posts are drawn again with replacement,
 * and the middle 95 % of the F1s is the interval. McNemar 1947 for two rule sets on the same posts.
 */
#include "watcher/lab_stat.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define Z95 1.959963984540054
#define SEED UINT64_C(0x2026112100000003)

enum { SAMPLES = 1000, EXACT_MAX = 1000 };

struct interval wilson(size_t right, size_t n)
{
	double share, middle, half, z2 = Z95 * Z95;

	if (n == 0)
		return (struct interval){0, 1};
	share = (double)right / (double)n;
	middle = (share + z2 / (2 * (double)n)) / (1 + z2 / (double)n);
	half = Z95 / (1 + z2 / (double)n) * sqrt(share * (1 - share) / (double)n + z2 / (4 * (double)n * (double)n));
	return (struct interval){fmax(0, middle - half), fmin(1, middle + half)};
}

double mcnemar(size_t b, size_t c)
{
	size_t n = b + c, less = b < c ? b : c;
	double sum = 0;

	if (n == 0)
		return 1;
	if (n > EXACT_MAX) {
		double chi = (fabs((double)b - (double)c) - 1) / sqrt((double)n);

		return erfc(fmax(chi, 0) / sqrt(2));
	}
	for (size_t k = 0; k <= less; k++)
		sum += exp(lgamma((double)n + 1) - lgamma((double)k + 1) - lgamma((double)(n - k) + 1) -
			   (double)n * log(2));
	return fmin(1, 2 * sum);
}

/* ---- one confusion matrix ---- */

static double share(size_t part, size_t whole)
{
	return whole ? (double)part / (double)whole : 0;
}

/* 2PR / (P + R), without the detour. */
static double f1_of(size_t right, size_t judged, size_t labelled)
{
	return share(2 * right, judged + labelled);
}

static void count_row(const size_t confusion[LAB_CLASSES_MAX][LAB_CLASSES_MAX], int classes, int class,
		      struct lab_row *row)
{
	row->labelled = row->judged = 0;
	row->right = confusion[class][class];
	for (int i = 0; i < classes; i++) {
		row->labelled += confusion[class][i];
		row->judged += confusion[i][class];
	}
}

double lab_macro_f1(const struct lab_figures *figures, size_t confusion[LAB_CLASSES_MAX][LAB_CLASSES_MAX])
{
	double sum = 0;
	int counted = 0;

	for (int i = 0; i < figures->classes; i++) {
		struct lab_row row;

		if (!figures->rows[i].counted)
			continue;
		count_row((const size_t(*)[LAB_CLASSES_MAX])confusion, figures->classes, i, &row);
		sum += f1_of(row.right, row.judged, row.labelled);
		counted++;
	}
	return counted ? sum / counted : 0;
}

/* ---- bootstrap ---- */

/* splitmix64 (Steele, Lea, Flood 2014). */
static uint64_t draw(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static struct interval middle_95(double *values)
{
	qsort(values, SAMPLES, sizeof(*values), by_size);
	return (struct interval){values[SAMPLES / 40], values[SAMPLES - 1 - SAMPLES / 40]};
}

static enum err bootstrap(const struct lab_pair *pairs, size_t count, struct lab_figures *figures, struct error *e_r)
{
	double *values = malloc(sizeof(*values) * SAMPLES * (LAB_CLASSES_MAX + 1));
	size_t confusion[LAB_CLASSES_MAX][LAB_CLASSES_MAX];
	uint64_t state = SEED;
	double *macro;

	if (values == NULL)
		return error_set(e_r, ERR_NOMEM, "out of memory");
	macro = values + (size_t)SAMPLES * LAB_CLASSES_MAX;
	for (int sample = 0; sample < SAMPLES; sample++) {
		memset(confusion, 0, sizeof(confusion));
		for (size_t i = 0; i < count; i++) {
			const struct lab_pair *pair = &pairs[(size_t)(((draw(&state) >> 32) * count) >> 32)];

			confusion[pair->truth][pair->judged]++;
		}
		for (int class = 0; class < figures->classes; class ++) {
			struct lab_row row;

			count_row((const size_t(*)[LAB_CLASSES_MAX])confusion, figures->classes, class, &row);
			values[(size_t) class * SAMPLES + (size_t)sample] = f1_of(row.right, row.judged, row.labelled);
		}
		macro[sample] = lab_macro_f1(figures, confusion);
	}
	for (int class = 0; class < figures->classes; class ++)
		figures->rows[class].f1_in = middle_95(values + (size_t) class * SAMPLES);
	figures->macro_in = middle_95(macro);
	free(values);
	return ERR_OK;
}

enum err lab_figure(const struct lab_pair *pairs, size_t count, int classes, size_t at_least,
		    struct lab_figures *figures_r, struct error *e_r)
{
	struct lab_figures f = {.posts = count, .classes = classes};
	enum err err = ERR_OK;

	for (size_t i = 0; i < count; i++) {
		f.confusion[pairs[i].truth][pairs[i].judged]++;
		f.right += pairs[i].truth == pairs[i].judged;
	}
	for (int i = 0; i < classes; i++) {
		struct lab_row *row = &f.rows[i];

		count_row((const size_t(*)[LAB_CLASSES_MAX])f.confusion, classes, i, row);
		row->counted = row->labelled > 0 && row->labelled >= at_least;
		f.counted += row->counted;
		row->precision = share(row->right, row->judged);
		row->recall = share(row->right, row->labelled);
		row->f1 = f1_of(row->right, row->judged, row->labelled);
		row->precision_in = wilson(row->right, row->judged);
		row->recall_in = wilson(row->right, row->labelled);
	}
	f.macro_f1 = lab_macro_f1(&f, f.confusion);
	if (count > 0)
		err = bootstrap(pairs, count, &f, e_r);
	if (err == ERR_OK)
		*figures_r = f;
	return err;
}

/* ---- calibration ---- */

void lab_reliability_add(struct lab_reliability *reliability, double said, bool yes)
{
	int bin = (int)(said * LAB_BINS);
	struct lab_bin *into = &reliability->bins[bin < 0 ? 0 : bin >= LAB_BINS ? LAB_BINS - 1 : bin];

	into->posts++;
	into->yes += yes;
	into->said += said;
	reliability->posts++;
	reliability->squares += (said - yes) * (said - yes);
}

double lab_calibration_error(const struct lab_reliability *reliability)
{
	double sum = 0;

	for (int i = 0; i < LAB_BINS; i++)
		sum += fabs(reliability->bins[i].said - (double)reliability->bins[i].yes);
	return reliability->posts ? sum / (double)reliability->posts : 0;
}

double lab_brier(const struct lab_reliability *reliability)
{
	return reliability->posts ? reliability->squares / (double)reliability->posts : 0;
}
