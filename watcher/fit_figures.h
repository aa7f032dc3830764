/*
 * fit_figures.h - what cross-validation says about fitted scores: figures, reliability, thresholds.
 */
#ifndef FIT_FIGURES_H
#define FIT_FIGURES_H

#include "watcher/fit_posts.h"
#include "weights.h"

#define FIGURES_MAX 400

/* Scores of posts by weights that have not seen them: sums, before the logistic curve. */
struct fit_scores {
	bool has[FITTED_COUNT];
	float *sum[FITTED_COUNT]; /* per post */
};

struct figure {
	char name[96]; /* "complaint intent macro-F1" */
	double value;
	size_t posts;
};

struct figures {
	struct figure list[FIGURES_MAX];
	size_t count;
};

/* What `score` is asked of a post: 1, 0, -1 not labelled; and what that label is worth. */
int fit_label(const struct fit_posts *posts, size_t index, enum fitted score);
float fit_worth(const struct fit_posts *posts, size_t index, enum fitted score);
/* Two numbers to add to the sums negative and positive, so that the mean macro-F1 of mood over the files is best. */
void mood_offsets(const struct fit_posts *posts, const struct fit_scores *scores, double offset_r[2]);
/* What to add to the sums of the causes, so that their macro-F1 is best; 0 for those that are not fitted. */
void cause_offsets(const struct fit_posts *posts, const struct fit_scores *scores, double offset_r[CAUSE_COUNT]);
/* What to add to the sum of urgency, so that F1 at one half is best. */
double urgent_offset(const struct fit_posts *posts, const struct fit_scores *scores);
void figures_make(const struct fit_posts *posts, const struct fit_scores *scores, const struct thresholds *thresholds,
		  struct figures *figures);

#endif
