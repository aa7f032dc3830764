/*
 * verdict.c - from hits to a verdict.
 *
 * Each dimension is a sum: the bias plus the weights of the rules that hit, each rule once however often it hits.
 * complaint, problem, vent, question, praise and not_ours become probabilities by the logistic curve, and the class
 * follows by thresholds, in this order:
 *   not_ours   at its threshold, unless the cause is safety: a danger is looked at whoever is to blame
 *   problem    complaint and problem at their thresholds
 *   vent       complaint at its threshold
 *   question, praise   the likelier of the two that reaches its threshold
 *   other
 * Without rules for the post's language nothing was learned: undecided, complaint one half, class other.
 */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "classify.h"
#include "utf8.h"
#include "yaml_tree.h"

#define BIAS_MAX 20.0
#define BIAS_UNSAID -2.0 /* of a probability that scores.yaml leaves out: unlikely without evidence */
#define LANG_ASSUMED "en" /* of posts that do not say */

const struct thresholds thresholds_default = {
	.complaint = .5, .problem = .35, .question = .5, .praise = .5, .not_ours = .5,
};

struct classifier {
	const struct ruleset *set;
	struct matcher *matcher;
	struct scores scores;
	struct thresholds thresholds;
	bool any_lang; /* no rule names a language: they serve every one */
	uint32_t *seen; /* per rule: number of the last post it hit */
	uint32_t post; /* number of this post */
};

/* ---- scores.yaml ------------------------------------------------------------------------------------------------ */

enum err scores_parse(const char *name, const char *text, size_t len, struct scores *scores_r, struct error *e_r)
{
	struct arena *arena = arena_new(4u << 20);
	struct scores scores = {.bias = {[DIM_COMPLAINT] = BIAS_UNSAID, [DIM_PROBLEM] = BIAS_UNSAID,
		[DIM_VENT] = BIAS_UNSAID, [DIM_QUESTION] = BIAS_UNSAID, [DIM_PRAISE] = BIAS_UNSAID,
		[DIM_NOT_OURS] = BIAS_UNSAID}};
	struct yaml_node *root;
	enum err rc;

	if (!arena)
		return error_set(e_r, ERR_NOMEM, "%s: no memory for the scores", name);
	rc = yaml_tree_parse(arena, name, text, len, &root, e_r);
	if (rc)
		goto out;
	if (root->kind != YAML_MAP) {
		rc = error_set(e_r, ERR_INVALID, "%s:%d: must be a map of score to bias", name, root->line);
		goto out;
	}
	for (const struct yaml_node *at = root->child; at; at = at->next) {
		enum dim dim;
		char *end = NULL;
		double bias = 0;

		if (!dim_from_name(at->key, &dim)) {
			rc = error_set(e_r, ERR_INVALID, "%s:%d: %s: no such score", name, at->key_line, at->key);
			goto out;
		}
		if (at->kind == YAML_SCALAR && at->len > 0 && strspn(at->text, "+-.0123456789eE") == at->len)
			bias = strtod(at->text, &end);
		if (!end || *end != '\0' || !isfinite(bias) || fabs(bias) > BIAS_MAX) {
			rc = error_set(e_r, ERR_INVALID, "%s:%d: %s: must be a number from -20 to 20", name, at->line,
				       at->key);
			goto out;
		}
		scores.bias[dim] = bias;
	}
	*scores_r = scores;
out:
	arena_free(&arena);
	return rc;
}

/* ---- the classifier --------------------------------------------------------------------------------------------- */

struct classifier *classifier_new(const struct ruleset *set, const struct scores *scores,
				  const struct thresholds *thresholds)
{
	struct classifier *c = calloc(1, sizeof *c);

	if (!c)
		return NULL;
	c->set = set;
	c->scores = *scores;
	c->thresholds = thresholds ? *thresholds : thresholds_default;
	c->matcher = matcher_new(set);
	c->seen = calloc(ruleset_count(set) + 1, sizeof *c->seen);
	if (!c->matcher || !c->seen) {
		classifier_free(&c);
		return NULL;
	}
	c->any_lang = true;
	for (size_t i = 0; i < ruleset_count(set); i++)
		if (ruleset_at(set, i)->lang && !ruleset_at(set, i)->disabled)
			c->any_lang = false;
	return c;
}

void classifier_free(struct classifier **classifier)
{
	if (!classifier || !*classifier)
		return;
	matcher_free(&(*classifier)->matcher);
	free((*classifier)->seen);
	free(*classifier);
	*classifier = NULL;
}

struct sums {
	double dim[DIM_COUNT];
	double cause[CAUSE_COUNT];
};

static double positive(double weight)
{
	return weight > 0 ? weight : 0;
}

/* Adds every rule that hit, once. Weights are added in order of first hit: the same post gives the same bits. */
static void add_up(struct classifier *c, const struct matches *matches, struct sums *sums)
{
	if (++c->post == 0) { /* wrapped after four thousand million posts */
		memset(c->seen, 0, ruleset_count(c->set) * sizeof *c->seen);
		c->post = 1;
	}
	for (size_t i = 0; i < DIM_COUNT; i++)
		sums->dim[i] = c->scores.bias[i];
	for (size_t i = 0; i < matches->hit_count; i++) {
		const struct rule *rule = matches->hits[i].rule;
		uint32_t *seen = &c->seen[rule - ruleset_at(c->set, 0)];

		if (*seen == c->post)
			continue;
		*seen = c->post;
		for (size_t d = 0; d < DIM_COUNT; d++)
			sums->dim[d] += rule->weight[d];
		/* A rule that names a cause speaks for it, however little it weighs. */
		sums->cause[rule->cause] += 1e-3 + positive(rule->weight[DIM_COMPLAINT]) +
					    positive(rule->weight[DIM_PROBLEM]) + positive(rule->weight[DIM_VENT]);
	}
}

static enum cause strongest_cause(const struct sums *sums)
{
	enum cause best = CAUSE_NONE;
	double most = 0;

	for (int i = CAUSE_NONE + 1; i < CAUSE_COUNT; i++)
		if (sums->cause[i] > most) {
			most = sums->cause[i];
			best = (enum cause)i;
		}
	return best;
}

static double logistic(double sum)
{
	return 1.0 / (1.0 + exp(-sum));
}

static int clamp(double value, int low, int high)
{
	long rounded = lround(value);

	return rounded < low ? low : rounded > high ? high : (int)rounded;
}

static enum class choose_class(const struct thresholds *at, const struct sums *sums, const struct verdict *v)
{
	double question = logistic(sums->dim[DIM_QUESTION]), praise = logistic(sums->dim[DIM_PRAISE]);

	if (logistic(sums->dim[DIM_NOT_OURS]) >= at->not_ours && v->cause != CAUSE_SAFETY)
		return CLASS_NOT_OURS;
	if (v->complaint >= at->complaint)
		return v->problem >= at->problem ? CLASS_PROBLEM : CLASS_VENT;
	if (question >= at->question && (praise < at->praise || question >= praise))
		return CLASS_QUESTION;
	return praise >= at->praise ? CLASS_PRAISE : CLASS_OTHER;
}

static void judge(struct classifier *c, const struct matches *matches, struct verdict *v)
{
	struct sums sums = {0};

	add_up(c, matches, &sums);
	v->complaint = logistic(sums.dim[DIM_COMPLAINT]);
	v->problem = logistic(sums.dim[DIM_PROBLEM]);
	v->vent = logistic(sums.dim[DIM_VENT]);
	v->cause = strongest_cause(&sums);
	v->urgency = clamp(sums.dim[DIM_URGENCY], 0, 2);
	v->severity = clamp(1 + sums.dim[DIM_SEVERITY] + (v->urgency == 2), 1, 4);
	v->sentiment = tanh(sums.dim[DIM_SENTIMENT]);
	v->class = choose_class(&c->thresholds, &sums, v);
}

/* The primary subtag, small ("en" of "en-GB"); the assumed language when the post names none. In arena. */
static const char *post_lang(struct arena *arena, const struct post *post)
{
	size_t len = post->lang ? strcspn(post->lang, "-_") : 0;
	char *lang;

	if (len == 0 || strcmp(post->lang, "und") == 0)
		return LANG_ASSUMED;
	lang = arena_strndup(arena, post->lang, len);
	for (char *at = lang; at && *at; at++)
		*at = (char)tolower((unsigned char)*at);
	return lang;
}

static enum err undecide(struct arena *arena, struct verdict *v, const char *why, struct error *e_r)
{
	if (!why)
		return error_set(e_r, ERR_NOMEM, "no memory for a verdict (%zu bytes used)", arena_used(arena));
	v->undecided = true;
	v->undecided_why = why;
	return ERR_OK;
}

enum err classify_post(struct classifier *c, struct arena *arena, const struct post *post, struct verdict *verdict_r,
		       struct error *e_r)
{
	const char *text = post->text ? post->text : "";
	struct verdict v = {.rules = ruleset_digest(c->set)};
	struct matches matches;
	size_t len = strlen(text);
	enum err rc;

	if (!utf8_valid(text, len))
		return error_set(e_r, ERR_INVALID, "post %s: its text is not UTF-8 (byte %zu)",
				 post->id ? post->id : "without id", utf8_valid_prefix(text, len));
	v.lang = post_lang(arena, post);
	if (!v.lang)
		return error_set(e_r, ERR_NOMEM, "no memory for a verdict");
	rc = matcher_run(c->matcher, arena, text, len, v.lang, post, &matches, e_r);
	if (rc)
		return rc;
	v.hits = matches.hits;
	v.hit_count = matches.hit_count;
	v.facts = matches.facts;
	v.fact_count = matches.fact_count;
	judge(c, &matches, &v);
	if (matches.undecided)
		rc = undecide(arena, &v, arena_printf(arena, "rule %s: %s", matches.undecided->id,
						      matches.undecided_why), e_r);
	if (!rc && !c->any_lang && !ruleset_has_lang(c->set, v.lang)) {
		rc = undecide(arena, &v, arena_printf(arena, "no rules for language %s", v.lang), e_r);
		v.complaint = v.problem = v.vent = .5;
		v.class = CLASS_OTHER;
	}
	if (!rc)
		*verdict_r = v;
	return rc;
}
