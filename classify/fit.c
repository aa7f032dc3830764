/*
 * fit.c - see fit.h.
 *
 * The rows are turned into columns once. Each row's probability is kept up to date, so that a column's gradient and
 * curvature are one walk down its cells. A pass visits all columns; passes end when nothing moves any more.
 */
#include "fit.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define PASSES_MAX 60
#define MOVE_SMALL 2e-3 /* of a weight: a pass in which no weight moved further is the last */
#define REACH_START 1.0 /* a weight's first trust region */

struct columns {
	size_t *at;
	uint32_t *row;
	float *value;
	double *score, *p, *reach;
	float *w;
};

static double logistic(double z)
{
	return 1.0 / (1.0 + exp(-z));
}

static bool used(const struct fit_task *task, size_t row)
{
	return task->label[row] >= 0 && task->weight[row] > 0;
}

static void columns_done(struct columns *c)
{
	free(c->at);
	free(c->row);
	free(c->value);
	free(c->score);
	free(c->p);
	free(c->reach);
	free(c->w);
}

static bool columns_make(const struct fit_task *task, struct columns *c)
{
	const struct fit_rows *rows = task->rows;
	size_t cells = 0, *next;

	c->at = calloc(rows->cols + 2, sizeof *c->at);
	c->score = calloc(rows->rows + 1, sizeof *c->score);
	c->p = calloc(rows->rows + 1, sizeof *c->p);
	c->reach = calloc(rows->cols + 1, sizeof *c->reach);
	c->w = calloc(rows->cols + 1, sizeof *c->w);
	if (!c->at || !c->score || !c->p || !c->reach || !c->w)
		return false;
	next = c->at + 1;
	for (size_t i = 0; i < rows->rows; i++)
		for (size_t k = rows->at[i]; used(task, i) && k < rows->at[i + 1]; k++)
			if (task->ridge[rows->col[k]] > 0) {
				next[rows->col[k] + 1]++;
				cells++;
			}
	for (size_t j = 1; j <= rows->cols; j++)
		c->at[j + 1] += c->at[j];
	c->row = calloc(cells + 1, sizeof *c->row);
	c->value = calloc(cells + 1, sizeof *c->value);
	if (!c->row || !c->value)
		return false;
	for (size_t i = 0; i < rows->rows; i++)
		for (size_t k = rows->at[i]; used(task, i) && k < rows->at[i + 1]; k++)
			if (task->ridge[rows->col[k]] > 0) {
				size_t place = next[rows->col[k]]++;

				c->row[place] = (uint32_t)i;
				c->value[place] = rows->value[k];
			}
	return true; /* next moved each start to the next one's: at[j] .. at[j + 1] is column j again */
}

static void start_scores(const struct fit_task *task, struct columns *c)
{
	for (size_t j = 0; j < task->rows->cols; j++)
		for (size_t k = c->at[j]; k < c->at[j + 1]; k++)
			c->score[c->row[k]] += (double)c->w[j] * (double)c->value[k];
	for (size_t i = 0; i < task->rows->rows; i++)
		c->p[i] = logistic(c->score[i]);
}

/* The bias by Newton steps; how far it went. */
static double move_bias(const struct fit_task *task, struct columns *c, double *bias)
{
	double gradient = 0, curve = 1e-9, step;

	for (size_t i = 0; i < task->rows->rows; i++)
		if (used(task, i)) {
			gradient += (double)task->weight[i] * (c->p[i] - task->label[i]);
			curve += (double)task->weight[i] * c->p[i] * (1 - c->p[i]);
		}
	step = fmax(-2, fmin(2, -gradient / curve));
	for (size_t i = 0; i < task->rows->rows; i++)
		if (used(task, i)) {
			c->score[i] += step;
			c->p[i] = logistic(c->score[i]);
		}
	*bias += step;
	return fabs(step);
}

static double move_weight(const struct fit_task *task, struct columns *c, size_t j)
{
	double ridge = (double)task->ridge[j], was = (double)c->w[j], curve = ridge, step, to;
	double gradient = ridge * (was - (task->prior ? (double)task->prior[j] : 0));

	for (size_t k = c->at[j]; k < c->at[j + 1]; k++) {
		size_t i = c->row[k];
		double x = (double)c->value[k], part = (double)task->weight[i] * x;

		gradient += part * (c->p[i] - task->label[i]);
		curve += part * x * fmax(c->p[i] * (1 - c->p[i]), 1e-3);
	}
	step = fmax(-c->reach[j], fmin(c->reach[j], -gradient / curve));
	to = fmax((double)task->low[j], fmin((double)task->high[j], was + step));
	c->w[j] = (float)to;
	step = (double)c->w[j] - was;
	c->reach[j] = fmax(2 * fabs(step), c->reach[j] / 2);
	if (step == 0)
		return 0;
	for (size_t k = c->at[j]; k < c->at[j + 1]; k++) {
		size_t i = c->row[k];

		c->score[i] += step * (double)c->value[k];
		c->p[i] = logistic(c->score[i]);
	}
	return fabs(step);
}

enum err fit_logistic(const struct fit_task *task, float *w_r, double *bias_r, struct error *e_r)
{
	struct columns c = {0};
	double bias = 0;

	if (!columns_make(task, &c)) {
		columns_done(&c);
		return error_set(e_r, ERR_NOMEM, "no memory to fit weights");
	}
	for (size_t j = 0; j < task->rows->cols; j++) {
		c.reach[j] = REACH_START;
		if (task->prior && task->ridge[j] > 0)
			c.w[j] = fmaxf(task->low[j], fminf(task->high[j], task->prior[j]));
	}
	start_scores(task, &c);
	for (int pass = 0; pass < PASSES_MAX; pass++) {
		double moved = 0;

		for (int i = 0; i < (pass ? 2 : 6); i++)
			moved = fmax(moved, move_bias(task, &c, &bias));
		for (size_t j = 0; j < task->rows->cols; j++)
			/* A weight that rested is looked at again every fourth pass. */
			if (c.at[j] < c.at[j + 1] && (c.reach[j] > MOVE_SMALL / 4 || pass % 4 == 0))
				moved = fmax(moved, move_weight(task, &c, j));
		if (moved < MOVE_SMALL)
			break;
	}
	memcpy(w_r, c.w, task->rows->cols * sizeof *w_r);
	*bias_r = bias;
	columns_done(&c);
	return ERR_OK;
}

void fit_platt(size_t count, const float *score, const signed char *label, const float *weight, double *a_r,
	       double *b_r)
{
	double a = 1, b = 0;

	for (int round = 0; round < 50; round++) {
		double ga = 0, gb = 0, haa = 1e-6, hab = 0, hbb = 1e-6, det;

		for (size_t i = 0; i < count; i++) {
			double s = (double)score[i], c = (double)weight[i], p;

			if (label[i] < 0 || c <= 0)
				continue;
			p = logistic(a * s + b);
			ga += c * (p - label[i]) * s;
			gb += c * (p - label[i]);
			haa += c * p * (1 - p) * s * s;
			hab += c * p * (1 - p) * s;
			hbb += c * p * (1 - p);
		}
		det = haa * hbb - hab * hab;
		if (det < 1e-12)
			break;
		a -= fmax(-1, fmin(1, (hbb * ga - hab * gb) / det));
		b -= fmax(-1, fmin(1, (haa * gb - hab * ga) / det));
	}
	*a_r = a;
	*b_r = b;
}
