/*
 * fit.h - regularised logistic regression on sparse rows. Pure; no randomness.
 *
 * Minimises  sum over rows of weight * log(1 + exp(-y z))  +  sum over columns of ridge / 2 * (w - prior)^2,
 * where z = bias + row . w,
 * each w within [low, high]. One column at a time, Newton step inside a trust region (Zhang and Oles 2001; Genkin,
 * Lewis and Madigan 2007, "Large-scale Bayesian logistic regression", algorithm CLG), which keeps bounds at no cost.
 */
#ifndef FIT_H
#define FIT_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"

/* Rows of a sparse matrix: row i has cells at[i] to at[i + 1]. */
struct fit_rows {
	size_t rows, cols;
	const size_t *at;
	const uint32_t *col;
	const float *value;
};

struct fit_task {
	const struct fit_rows *rows;
	const signed char *label; /* per row: 1, 0; -1 left out */
	const float *weight;	  /* per row; 0 left out */
	const float *ridge;	  /* per column; 0: the column is not used */
	const float *low, *high;  /* per column */
	const float *prior;	  /* per column: where its weight rests without data; NULL: all at 0 */
};

/* w_r: rows->cols numbers, *bias_r; both untouched on failure. ERR_NOMEM only. */
enum err fit_logistic(const struct fit_task *task, float *w_r, double *bias_r, struct error *e_r) MUST_CHECK;
/* Platt 1999: a and b so that 1 / (1 + exp(-(a score + b))) is calibrated. Rows of weight 0 are left out. */
void fit_platt(size_t count, const float *score, const signed char *label, const float *weight, double *a_r,
	       double *b_r);

#endif
