/*
 * lab_stat.h - the statistics of the rule lab. Pure: counts in, numbers out, the same on every run.
 */
#ifndef LAB_STAT_H
#define LAB_STAT_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"

enum { LAB_CLASSES_MAX = 16, LAB_BINS = 10 };

struct interval { /* 95 % */
	double low, high;
};

/* One post in one task: what it is labelled, what it is judged to be. */
struct lab_pair {
	signed char truth, judged; /* 0 .. classes - 1 */
};

struct lab_row { /* one class */
	size_t labelled, judged, right;
	double precision, recall, f1; /* 0 where there is nothing to divide by */
	struct interval precision_in, recall_in, f1_in;
	bool counted; /* in macro F1: it has enough labelled posts */
};

struct lab_figures {
	size_t posts, right;
	int classes;
	size_t confusion[LAB_CLASSES_MAX][LAB_CLASSES_MAX]; /* labelled, judged */
	struct lab_row rows[LAB_CLASSES_MAX];
	int counted; /* classes in macro F1; 0: none has enough labelled posts, and macro F1 was not measured */
	double macro_f1;
	struct interval macro_in;
};

/* Wilson's score interval for right of n; 0 to 1 for n = 0. */
struct interval wilson(size_t right, size_t n);
/* Two-sided p of McNemar's test: b posts only the first has right, c only the second. Exact (binomial) up to 1000. */
double mcnemar(size_t b, size_t c);
/*
 * Everything about one task. Macro F1 is over classes with at least `at_least` labelled posts (at least one). Intervals
 * of F1 by 1,000 bootstrap samples of the posts, from a fixed seed. ERR_NOMEM only.
 */
enum err lab_figure(const struct lab_pair *pairs, size_t count, int classes, size_t at_least,
		    struct lab_figures *figures_r, struct error *e_r) MUST_CHECK;
/* Macro F1 of a confusion matrix alone, over the classes that figures counts; 0 where it counts none. */
double lab_macro_f1(const struct lab_figures *figures, size_t confusion[LAB_CLASSES_MAX][LAB_CLASSES_MAX]);

/* How far a probability can be believed: posts by what was said, against what was true. */
struct lab_bin {
	size_t posts, yes;
	double said; /* sum of the probabilities */
};
struct lab_reliability {
	size_t posts;
	struct lab_bin bins[LAB_BINS];
	double squares; /* sum of (said - true)^2 */
};
void lab_reliability_add(struct lab_reliability *reliability, double said, bool yes);
/* Mean distance between said and true over the posts (expected calibration error), and the mean square. */
double lab_calibration_error(const struct lab_reliability *reliability);
double lab_brier(const struct lab_reliability *reliability);

#endif
