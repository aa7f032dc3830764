/*
 * fit_figures.c - see fit_figures.h.
 */
#include "watcher/fit_figures.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define BINS 10
#define OFFSET_STEP .1
#define OFFSET_STEPS 10
#define CAUSE_ROUNDS 4
#define CAUSE_POSTS_MIN 20
#define ELSEWHERE_WORTH .3f /* of a label that says only that a post is about something else */

static double logistic(double sum)
{
	return 1.0 / (1.0 + exp(-sum));
}

/* Is the post nobody's matter here? News, jokes and advertising are not, unless somebody complains. */
static int not_ours(const struct fit_labels *l)
{
	if (l->elsewhere == 1)
		return 1;
	if (l->kind == KIND_NEWS || l->kind == KIND_OFF_TOPIC || l->kind == KIND_SPAM)
		return 1;
	return l->kind >= 0 || l->problem >= 0 ? 0 : -1;
}

int fit_label(const struct fit_posts *posts, size_t index, enum fitted score)
{
	const struct fit_labels *l = &posts->posts[index].label;

	switch (score) {
	case FITTED_COMPLAINT:
		return l->complaint;
	case FITTED_PROBLEM:
		return l->problem;
	case FITTED_NEGATIVE:
		return l->mood < 0 ? -1 : l->mood == MOOD_NEGATIVE;
	case FITTED_POSITIVE:
		return l->mood < 0 ? -1 : l->mood == MOOD_POSITIVE;
	case FITTED_QUESTION:
		return l->kind < 0 ? -1 : l->kind == KIND_QUESTION;
	case FITTED_PRAISE:
		return l->kind < 0 ? -1 : l->kind == KIND_PRAISE;
	case FITTED_NOT_OURS:
		return not_ours(l);
	case FITTED_URGENT:
		return l->urgency < 0 ? -1 : l->urgency > 0;
	default:
		return l->cause < 0 ? -1 : l->cause == (int)score - (int)FITTED_CAUSES;
	}
}

float fit_worth(const struct fit_posts *posts, size_t index, enum fitted score)
{
	const struct fit_post *post = &posts->posts[index];
	const struct fit_file *file = &posts->files[post->file];

	if (score == FITTED_NEGATIVE || score == FITTED_POSITIVE)
		return file->mood;
	if (score == FITTED_NOT_OURS && post->label.elsewhere == 1)
		return ELSEWHERE_WORTH;
	return file->complaint * (post->label.unsure && score <= FITTED_PROBLEM ? .5f : 1.0f);
}

/* ---- counting ---- */

struct confusion {
	size_t n[3][3]; /* labelled, judged */
	int classes;
};

static size_t labelled(const struct confusion *c, int class)
{
	return c->n[class][0] + c->n[class][1] + c->n[class][2];
}

static size_t judged(const struct confusion *c, int class)
{
	return c->n[0][class] + c->n[1][class] + c->n[2][class];
}

static double ratio(size_t part, size_t whole)
{
	return whole ? (double)part / (double)whole : 0;
}

static double f1_sum(const struct confusion *c)
{
	double sum = 0;

	for (int i = 0; i < c->classes; i++)
		sum += ratio(2 * c->n[i][i], labelled(c, i) + judged(c, i));
	return sum;
}

/* Over the classes that have labelled posts, as `rules test` counts: the F1 of others is 0 whatever is judged. */
static double macro_f1(const struct confusion *c)
{
	int counted = 0;

	for (int i = 0; i < c->classes; i++)
		counted += labelled(c, i) > 0;
	return counted ? f1_sum(c) / counted : 0;
}

static size_t total(const struct confusion *c)
{
	return labelled(c, 0) + labelled(c, 1) + labelled(c, 2);
}

static void add(struct figures *figures, size_t posts, double value, const char *fmt, const char *name)
{
	struct figure *figure = &figures->list[figures->count];

	if (figures->count == FIGURES_MAX || posts == 0)
		return;
	snprintf(figure->name, sizeof(figure->name), "%s %s", fmt, name);
	figure->value = value;
	figure->posts = posts;
	figures->count++;
}

/* ---- complaint, problem ---- */

/* Are they one source, as appreviews_gplay and appreviews_maalej are? */
static bool same_source(const struct fit_file *a, const struct fit_file *b)
{
	size_t len = strcspn(a->name, "_");

	return strcspn(b->name, "_") == len && memcmp(a->name, b->name, len) == 0;
}

/* The posts of a file; whole: of every file of its source. */
static struct confusion two_classes(const struct fit_posts *posts, const struct fit_scores *scores, enum fitted score,
				    size_t file, bool whole, double threshold)
{
	struct confusion c = {.classes = 2};

	for (size_t i = 0; i < posts->count; i++) {
		size_t of = posts->posts[i].file;
		bool counts = of == file || (whole && same_source(&posts->files[of], &posts->files[file]));
		int label = counts ? fit_label(posts, i, score) : -1;

		if (label >= 0)
			c.n[label][logistic((double)scores->sum[score][i]) >= threshold]++;
	}
	return c;
}

static void two_figures_of(const struct fit_posts *posts, const struct fit_scores *scores, enum fitted score,
			   size_t file, bool whole, double default_at, struct figures *figures)
{
	struct confusion c = two_classes(posts, scores, score, file, whole, .5);
	const char *of = posts->files[file].name;
	int len = (int)(whole ? strcspn(of, "_") : strlen(of));
	double best = 0, at = .5;
	char name[112];

	for (double t = .05; t < .96; t += .05) {
		struct confusion other = two_classes(posts, scores, score, file, whole, t);

		if (macro_f1(&other) > best) {
			best = macro_f1(&other);
			at = t;
		}
	}
	snprintf(name, sizeof(name), "macro-F1, %.*s", len, of);
	add(figures, total(&c), macro_f1(&c), fitted_name(score), name);
	snprintf(name, sizeof(name), "macro-F1, %.*s, at its best threshold %.2f", len, of, at);
	add(figures, total(&c), best, fitted_name(score), name);
	c = two_classes(posts, scores, score, file, whole, default_at);
	snprintf(name, sizeof(name), "macro-F1, %.*s, at the default threshold %.2f", len, of, default_at);
	add(figures, total(&c), macro_f1(&c), fitted_name(score), name);
}

/* Is it the second file of its source that has such labels? Then the source has figures of its own. */
static bool source_complete(const struct fit_posts *posts, const struct fit_scores *scores, enum fitted score,
			    size_t file)
{
	size_t before = 0;
	struct confusion own = two_classes(posts, scores, score, file, false, .5);

	for (size_t i = 0; i < file; i++) {
		struct confusion c = two_classes(posts, scores, score, i, false, .5);

		before += same_source(&posts->files[i], &posts->files[file]) && total(&c) > 0;
	}
	return total(&own) > 0 && before == 1;
}

/* default_at: of the shipped configuration. */
static void two_figures(const struct fit_posts *posts, const struct fit_scores *scores, enum fitted score,
			double default_at, struct figures *figures)
{
	for (size_t file = 0; file < posts->file_count; file++) {
		two_figures_of(posts, scores, score, file, false, default_at, figures);
		if (source_complete(posts, scores, score, file))
			two_figures_of(posts, scores, score, file, true, default_at, figures);
	}
}

/* Readings teach; what is reached is judged by the posts of the other files. */
static bool judging(const struct fit_posts *posts, size_t index)
{
	return !posts->files[posts->posts[index].file].readings;
}

/* ---- the class: problem, vent, no complaint ---- */

static struct confusion class_confusion(const struct fit_posts *posts, const struct fit_scores *scores,
					double complaint, double problem)
{
	struct confusion c = {.classes = INTENT_COUNT};

	for (size_t i = 0; i < posts->count; i++) {
		int label = judging(posts, i) ? posts->posts[i].label.intent : -1;
		bool complains = logistic((double)scores->sum[FITTED_COMPLAINT][i]) >= complaint;
		bool open = logistic((double)scores->sum[FITTED_PROBLEM][i]) >= problem;

		if (label >= 0)
			c.n[label][!complains ? INTENT_NOT : open ? INTENT_PROBLEM : INTENT_VENT]++;
	}
	return c;
}

/* The thresholds with the best macro-F1 among those that find at least this part of the problems. */
static void best_thresholds(const struct fit_posts *posts, const struct fit_scores *scores, double recall,
			    const char *where, struct figures *figures)
{
	struct confusion best = {.classes = INTENT_COUNT};
	double at[2] = {0, 0};
	char name[96];

	for (double t = .02; t < .9; t += .02)
		for (double p = .02; p < .9; p += .02) {
			struct confusion c = class_confusion(posts, scores, t, p);

			if (ratio(c.n[1][1], labelled(&c, 1)) >= recall && macro_f1(&c) > macro_f1(&best)) {
				best = c;
				at[0] = t;
				at[1] = p;
			}
		}
	snprintf(name, sizeof(name), "macro-F1 %s", where);
	add(figures, total(&best), macro_f1(&best), "class", name);
	snprintf(name, sizeof(name), "precision of vents among complaints %s", where);
	add(figures, best.n[0][0] + best.n[1][0], ratio(best.n[0][0], best.n[0][0] + best.n[1][0]), "class", name);
	snprintf(name, sizeof(name), "threshold for complaint %s", where);
	add(figures, total(&best), at[0], "class", name);
	snprintf(name, sizeof(name), "threshold for problem %s", where);
	add(figures, total(&best), at[1], "class", name);
}

static void class_figures(const struct fit_posts *posts, const struct fit_scores *scores,
			  const struct thresholds *thresholds, struct figures *figures)
{
	struct confusion c = class_confusion(posts, scores, thresholds->complaint, thresholds->problem);
	size_t vents = c.n[INTENT_VENT][INTENT_VENT] + c.n[INTENT_PROBLEM][INTENT_VENT];
	struct confusion two;

	add(figures, total(&c), macro_f1(&c), "class", "macro-F1 of problem, vent, no complaint at the thresholds");
	add(figures, labelled(&c, INTENT_PROBLEM), ratio(c.n[1][1], labelled(&c, INTENT_PROBLEM)), "class",
	    "recall of problems at the thresholds");
	add(figures, vents, ratio(c.n[0][0], vents), "class", "precision of vents among complaints at the thresholds");
	best_thresholds(posts, scores, 0, "at the best thresholds", figures);
	best_thresholds(posts, scores, .95, "where 95 of 100 problems are found", figures);
	for (double p = .9; p > .01; p -= .01) { /* the highest that keeps nearly all problems */
		two = class_confusion(posts, scores, 0, p);
		if (ratio(two.n[1][1], labelled(&two, 1)) < .95)
			continue;
		vents = two.n[0][0] + two.n[1][0];
		add(figures, vents, p, "problem", "highest threshold with recall .95");
		add(figures, vents, ratio(two.n[0][0], vents), "problem", "precision of vents there");
		add(figures, vents, ratio(two.n[0][0], labelled(&two, 0)), "problem", "recall of vents there");
		break;
	}
}

/* ---- mood ---- */

static enum mood mood_of(double negative, double positive)
{
	double n = logistic(negative), p = logistic(positive), neutral = fmax(0, 1 - n - p);

	return n >= neutral && n >= p ? MOOD_NEGATIVE : p >= neutral ? MOOD_POSITIVE : MOOD_NEUTRAL;
}

static struct confusion mood_confusion(const struct fit_posts *posts, const struct fit_scores *scores, size_t file,
				       const double offset[2])
{
	struct confusion c = {.classes = MOOD_COUNT};

	for (size_t i = 0; i < posts->count; i++)
		if (posts->posts[i].file == file && posts->posts[i].label.mood >= 0)
			c.n[(int)posts->posts[i].label.mood]
			   [mood_of((double)scores->sum[FITTED_NEGATIVE][i] + offset[0],
				    (double)scores->sum[FITTED_POSITIVE][i] + offset[1])]++;
	return c;
}

void mood_offsets(const struct fit_posts *posts, const struct fit_scores *scores, double offset_r[2])
{
	double best = 0;

	offset_r[0] = offset_r[1] = 0;
	for (int n = -OFFSET_STEPS; n <= OFFSET_STEPS; n++)
		for (int p = -OFFSET_STEPS; p <= OFFSET_STEPS; p++) {
			double offset[2] = {n * OFFSET_STEP, p * OFFSET_STEP}, sum = 0;

			for (size_t file = 0; file < posts->file_count; file++) {
				struct confusion c = mood_confusion(posts, scores, file, offset);

				sum += (double)posts->files[file].mood * f1_sum(&c) / c.classes;
			}
			if (sum > best + 1e-9) {
				best = sum;
				offset_r[0] = offset[0];
				offset_r[1] = offset[1];
			}
		}
}

static void mood_figures(const struct fit_posts *posts, const struct fit_scores *scores, struct figures *figures)
{
	static const double none[2];
	char name[96];

	for (size_t file = 0; file < posts->file_count; file++) {
		struct confusion c = mood_confusion(posts, scores, file, none);

		snprintf(name, sizeof(name), "macro-F1, %s", posts->files[file].name);
		add(figures, total(&c), macro_f1(&c), "sentiment", name);
	}
}

/* ---- causes ---- */

struct causes {
	size_t right[CAUSE_COUNT], labelled[CAUSE_COUNT], judged[CAUSE_COUNT], all;
};

static int cause_of(const struct fit_scores *scores, size_t post, const double offset[CAUSE_COUNT])
{
	int best = -1;
	double most = 0;

	for (int i = CAUSE_NONE + 1; i < CAUSE_COUNT; i++) {
		enum fitted score = (enum fitted)(FITTED_CAUSES + i);
		double sum = scores->has[score] ? (double)scores->sum[score][post] + offset[i] : 0;

		if (scores->has[score] && (best < 0 || sum > most)) {
			best = i;
			most = sum;
		}
	}
	return best;
}

/* file: those of one, or `all`: every labelled post. */
static struct causes cause_counts(const struct fit_posts *posts, const struct fit_scores *scores, size_t file, bool all,
				  const double offset[CAUSE_COUNT])
{
	struct causes c = {{0}, {0}, {0}, 0};

	for (size_t i = 0; i < posts->count; i++) {
		int label = posts->posts[i].label.cause, judged;

		if (label < 0 || (!all && posts->posts[i].file != file))
			continue;
		judged = cause_of(scores, i, offset);
		c.all++;
		c.labelled[label]++;
		if (judged >= 0)
			c.judged[judged]++;
		c.right[label] += judged == label;
	}
	return c;
}

static bool cause_measured(const struct causes *c)
{
	for (int i = 0; i < CAUSE_COUNT; i++)
		if (c->labelled[i] >= CAUSE_POSTS_MIN)
			return true;
	return false;
}

static double cause_f1(const struct causes *c)
{
	double sum = 0;
	int counted = 0;

	for (int i = 0; i < CAUSE_COUNT; i++)
		if (c->labelled[i] >= CAUSE_POSTS_MIN) {
			sum += ratio(2 * c->right[i], c->labelled[i] + c->judged[i]);
			counted++;
		}
	return counted ? sum / counted : 0;
}

void cause_offsets(const struct fit_posts *posts, const struct fit_scores *scores, double offset_r[CAUSE_COUNT])
{
	struct causes c;
	double best;

	for (int i = 0; i < CAUSE_COUNT; i++)
		offset_r[i] = 0;
	c = cause_counts(posts, scores, 0, true, offset_r);
	best = cause_f1(&c);
	for (int round = 0; round < CAUSE_ROUNDS; round++)
		for (int i = CAUSE_NONE + 1; i < CAUSE_COUNT; i++) {
			double from = offset_r[i], to = from;

			for (int step = -3; step <= 3; step++) {
				offset_r[i] = from + .2 * step;
				c = cause_counts(posts, scores, 0, true, offset_r);
				if (cause_f1(&c) > best + 1e-4) {
					best = cause_f1(&c);
					to = offset_r[i];
				}
			}
			offset_r[i] = to;
		}
}

static void cause_figures(const struct fit_posts *posts, const struct fit_scores *scores, struct figures *figures)
{
	static const double none[CAUSE_COUNT];
	char name[96];

	for (size_t file = 0; file < posts->file_count; file++) {
		struct causes c = cause_counts(posts, scores, file, false, none);
		size_t right = 0;

		for (int i = 0; i < CAUSE_COUNT; i++)
			right += c.right[i];
		snprintf(name, sizeof(name), "macro-F1, %s", posts->files[file].name);
		if (cause_measured(&c))
			add(figures, c.all, cause_f1(&c), "cause", name);
		snprintf(name, sizeof(name), "accuracy, %s", posts->files[file].name);
		add(figures, c.all, ratio(right, c.all), "cause", name);
		for (int i = 0; i < CAUSE_COUNT; i++) {
			if (c.labelled[i] < CAUSE_POSTS_MIN)
				continue;
			snprintf(name, sizeof(name), "F1 of %s, %s", cause_name((enum cause)i),
				 posts->files[file].name);
			add(figures, c.labelled[i], ratio(2 * c.right[i], c.labelled[i] + c.judged[i]), "cause", name);
		}
	}
}

/* ---- the smaller scores ---- */

/* Of one score at a threshold over all files: 0 right yes, 1 judged yes, 2 labelled yes, 3 posts. */
static void yes_counts(const struct fit_posts *posts, const struct fit_scores *scores, enum fitted score, double at,
		       size_t n[4])
{
	n[0] = n[1] = n[2] = n[3] = 0;
	for (size_t i = 0; i < posts->count; i++) {
		int label = fit_label(posts, i, score);
		bool yes = (double)scores->sum[score][i] >= at;

		if (label < 0)
			continue;
		n[0] += yes && label;
		n[1] += yes;
		n[2] += label == 1;
		n[3]++;
	}
}

double urgent_offset(const struct fit_posts *posts, const struct fit_scores *scores)
{
	double best = 0, at = 0;

	for (double t = -2; t < 2; t += .05) {
		size_t n[4];

		yes_counts(posts, scores, FITTED_URGENT, t, n);
		if (ratio(2 * n[0], n[1] + n[2]) > best) {
			best = ratio(2 * n[0], n[1] + n[2]);
			at = t;
		}
	}
	return -at;
}

static void small_figures(const struct fit_posts *posts, const struct fit_scores *scores, struct figures *figures)
{
	size_t swallowed = 0, complaints = 0;

	for (int score = FITTED_QUESTION; score <= FITTED_URGENT; score++) {
		size_t n[4];

		if (!scores->has[score])
			continue;
		yes_counts(posts, scores, (enum fitted)score, 0, n);
		add(figures, n[3], ratio(2 * n[0], n[1] + n[2]), fitted_name((enum fitted)score), "F1");
		add(figures, n[1], ratio(n[0], n[1]), fitted_name((enum fitted)score), "precision");
	}
	for (size_t i = 0; scores->has[FITTED_NOT_OURS] && i < posts->count; i++)
		if (posts->posts[i].label.problem >= 0) {
			complaints++;
			swallowed += scores->sum[FITTED_NOT_OURS][i] >= 0 &&
				     scores->sum[FITTED_NOT_OURS][i] > scores->sum[FITTED_COMPLAINT][i];
		}
	add(figures, complaints, ratio(swallowed, complaints), "not_ours", "part of complaints it takes");
}

/* ---- reliability ---- */

static void reliability(const struct fit_posts *posts, const struct fit_scores *scores, enum fitted score,
			struct figures *figures)
{
	struct {
		size_t posts;
		double said, was, worth;
	} bins[BINS] = {{0}};
	char name[96];

	for (size_t i = 0; i < posts->count; i++) {
		int label = fit_label(posts, i, score), bin;
		double p = logistic((double)scores->sum[score][i]), worth = (double)fit_worth(posts, i, score);

		if (label < 0)
			continue;
		bin = p >= 1 ? BINS - 1 : (int)(p * BINS);
		bins[bin].posts++;
		bins[bin].said += p * worth;
		bins[bin].was += label * worth;
		bins[bin].worth += worth;
	}
	for (int i = 0; i < BINS; i++) {
		if (bins[i].posts == 0)
			continue;
		snprintf(name, sizeof(name), "reliability: said %.2f, true", bins[i].said / bins[i].worth);
		add(figures, bins[i].posts, bins[i].was / bins[i].worth, fitted_name(score), name);
	}
}

void figures_make(const struct fit_posts *posts, const struct fit_scores *scores, const struct thresholds *thresholds,
		  struct figures *figures)
{
	figures->count = 0;
	for (int score = FITTED_COMPLAINT; score <= FITTED_PROBLEM; score++)
		if (scores->has[score])
			two_figures(posts, scores, (enum fitted)score,
				    score == FITTED_PROBLEM ? thresholds->problem : thresholds->complaint, figures);
	if (scores->has[FITTED_COMPLAINT] && scores->has[FITTED_PROBLEM])
		class_figures(posts, scores, thresholds, figures);
	if (scores->has[FITTED_NEGATIVE] && scores->has[FITTED_POSITIVE])
		mood_figures(posts, scores, figures);
	if (scores->has[FITTED_CAUSES + CAUSE_QUALITY])
		cause_figures(posts, scores, figures);
	small_figures(posts, scores, figures);
	for (int score = FITTED_COMPLAINT; score <= FITTED_PROBLEM; score++)
		if (scores->has[score])
			reliability(posts, scores, (enum fitted)score, figures);
}
