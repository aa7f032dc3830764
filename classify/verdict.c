/*
 * verdict.c - from hits to a verdict.
 *
 * Each dimension is a sum: the bias plus the weights of the rules that hit, each rule once however often it hits, plus
 * what the language's fitted wording says (weights.h). Fitted besides are the mood, as two scores, negative and
 * positive; the causes, of which the highest wins; and whether a complaint is urgent.
 * complaint, problem, vent, question, praise and not_ours become probabilities by the logistic curve (vent, where a
 * problem is fitted, is the rest of complaint: complaint without problem), and the class follows by thresholds, in this
 * order:
 *   not_ours   at its threshold, unless a complaint is likelier, or the cause is safety: a danger is looked at whoever
 *              is to blame
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
#include "lang.h"
#include "utf8.h"
#include "yaml_tree.h"

#define BIAS_MAX 20.0
#define BIAS_UNSAID -2.0 /* of a probability that scores.yaml leaves out: unlikely without evidence */
#define SIGN_MIN .3 /* of the likely complaints for which less speaks, nine in ten are none (labelled posts) */
#define LANG_ASSUMED "en" /* of posts that do not say, and whose text does not tell */

/*
 * The point at which 96 of 100 problems come out as problems, by cross-validation on the labelled intents: 95 are
 * wanted, and the rules' writers had read many of these posts. Best without that condition are .36 and .68; for tweets
 * and reviews of all kinds complaint is best between .5 and .6 (classify/README.md, "Weights").
 */
const struct thresholds thresholds_default = {
	.complaint = .20, .problem = .22, .question = .5, .praise = .5, .not_ours = .5,
};

const struct rule wording_rule = {
	.id = "wording",
	.about = "Words and phrases that complaints hold more often, or less often, than other posts.",
	.group = "wording",
	.hits_examples = (const char *const[]){NULL},
	.miss_examples = (const char *const[]){NULL},
	.file = "weights",
};

/*
 * What a rule adds, all in one row: its written weights, those of the fitted scores, the urgency of a rule that the
 * fitted weights do not know (its writer's), and what it says for a complaint, if it does.
 */
#define ROW_OF(type)                                                                                                   \
	union {                                                                                                        \
		_Alignas(16) type all[DIM_COUNT + FITTED_COUNT + 3];                                                   \
		struct {                                                                                               \
			type dim[DIM_COUNT], fitted[FITTED_COUNT], own_urgency, towards, none;                         \
		};                                                                                                     \
	}

struct row {
	ROW_OF(float);
	float cause_weight; /* the written one */
	enum cause cause;
	bool made;
};

/* A language's fitted weights, bound to the rule set. */
struct fitted_lang {
	const struct weights *weights;
	bool has[FITTED_COUNT];
	double bias[FITTED_COUNT];
	struct row *rows; /* by rule; made when it first hits */
};

struct classifier {
	const struct ruleset *set;
	struct matcher *matcher;
	struct voter *voter;
	struct fitted_lang fitted[WEIGHTS_LANGS_MAX];
	size_t fitted_count;
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

/* ---- fitted weights --------------------------------------------------------------------------------------------- */

float rule_cause_weight(const struct rule *rule)
{
	float sum = 1e-3f; /* a rule that names a cause speaks for it, however little it weighs */

	if (rule->cause_weight > 0)
		return rule->cause_weight;
	for (int dim = DIM_COMPLAINT; dim <= DIM_VENT; dim++)
		sum += rule->weight[dim] > 0 ? rule->weight[dim] : 0;
	return sum;
}

/* A rule that has no fitted weights, or that a brand's own file changed since, speaks by the weights it has. */
static void share_of(const struct weights *weights, const struct rule *rule, struct row *row)
{
	bool here = rule->lang && strcmp(rule->lang, weights_lang(weights)) == 0;
	const float *fitted = here ? weights_rule(weights, rule->id) : NULL;
	float written = rule->weight[DIM_SENTIMENT];

	if (fitted)
		memcpy(row->fitted, fitted, sizeof row->fitted);
	else
		row->own_urgency = rule->weight[DIM_URGENCY];
	if (!fitted || written != (fitted[FITTED_POSITIVE] - fitted[FITTED_NEGATIVE]) / 2) {
		row->fitted[FITTED_NEGATIVE] = -written;
		row->fitted[FITTED_POSITIVE] = written;
	}
	if (!fitted || rule->cause != rule->cause_fitted) {
		memset(row->fitted + FITTED_CAUSES, 0, CAUSE_COUNT * sizeof *row->fitted);
		row->fitted[FITTED_CAUSES + rule->cause] = rule_cause_weight(rule);
	}
}

/* weights: NULL when nothing was fitted for the language. */
static struct row make_row(const struct weights *weights, const struct rule *rule)
{
	struct row row = {.cause = rule->cause, .cause_weight = rule_cause_weight(rule), .made = true};

	memcpy(row.dim, rule->weight, sizeof row.dim);
	row.towards = rule->weight[DIM_COMPLAINT] > 0 ? rule->weight[DIM_COMPLAINT] : 0;
	if (weights)
		share_of(weights, rule, &row);
	return row;
}

static bool bind_fitted(struct classifier *c, const struct scores *scores)
{
	c->voter = voter_new();
	for (size_t i = 0; i < scores->weights_count; i++) {
		struct fitted_lang *fitted = &c->fitted[c->fitted_count];

		fitted->weights = scores->weights[i];
		fitted->rows = calloc(ruleset_count(c->set) + 1, sizeof *fitted->rows);
		if (!fitted->rows)
			return false;
		c->fitted_count++;
		for (int k = 0; k < FITTED_COUNT; k++) {
			fitted->has[k] = weights_has(fitted->weights, (enum fitted)k);
			fitted->bias[k] = weights_bias(fitted->weights, (enum fitted)k);
		}
	}
	return c->voter != NULL;
}

static const struct fitted_lang *fitted_for(const struct classifier *c, const char *lang)
{
	for (size_t i = 0; i < c->fitted_count; i++)
		if (strcmp(weights_lang(c->fitted[i].weights), lang) == 0)
			return &c->fitted[i];
	return NULL;
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
	if (!c->matcher || !c->seen || !bind_fitted(c, scores)) {
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
	voter_free(&(*classifier)->voter);
	for (size_t i = 0; i < (*classifier)->fitted_count; i++)
		free((*classifier)->fitted[i].rows);
	free((*classifier)->seen);
	free(*classifier);
	*classifier = NULL;
}

struct sums {
	ROW_OF(double);
	double cause[CAUSE_COUNT]; /* by the written weights */
};
_Static_assert(sizeof((struct sums){0}.all) / sizeof(double) == sizeof((struct row){0}.all) / sizeof(float),
	       "a place for each");

static inline void add_row(const struct row *row, struct sums *sums)
{
	for (size_t i = 0; i < ARRAY_LEN(row->all); i++)
		sums->all[i] += (double)row->all[i];
	sums->cause[row->cause] += (double)row->cause_weight;
}

/* Asks the memory for what add_up() and the writer of verdicts will look at: it comes while the wording is read. */
static void expect_hits(const struct classifier *c, const struct matches *matches, const struct fitted_lang *fitted)
{
	const struct rule *first = ruleset_at(c->set, 0);

	for (size_t i = 0; i < matches->hit_count; i++) {
		const struct rule *rule = matches->hits[i].rule;

		__builtin_prefetch(rule->id);
		if (fitted) {
			const char *row = (const char *)&fitted->rows[rule - first];

			for (size_t k = 0; k < sizeof *fitted->rows; k += 64)
				__builtin_prefetch(row + k);
		}
	}
}

/* Adds every rule that hit, once. Weights are added in order of first hit: the same post gives the same bits. */
static void add_up(struct classifier *c, const struct matches *matches, const struct fitted_lang *fitted,
		   struct sums *sums)
{
	const struct rule *first = ruleset_at(c->set, 0);

	if (++c->post == 0) { /* wrapped after four thousand million posts */
		memset(c->seen, 0, ruleset_count(c->set) * sizeof *c->seen);
		c->post = 1;
	}
	for (size_t i = 0; i < DIM_COUNT; i++)
		sums->dim[i] = c->scores.bias[i];
	for (size_t i = 0; i < matches->hit_count; i++) {
		const struct rule *rule = matches->hits[i].rule;
		size_t number = (size_t)(rule - first);
		struct row own;

		if (c->seen[number] == c->post)
			continue;
		c->seen[number] = c->post;
		if (fitted && fitted->rows[number].made) {
			add_row(&fitted->rows[number], sums);
			continue;
		}
		own = make_row(fitted ? fitted->weights : NULL, rule);
		add_row(&own, sums);
		if (fitted)
			fitted->rows[number] = own;
	}
}

/* Fitted biases stand instead of scores.yaml's; the wording adds what it knows. */
static void add_fitted(const struct classifier *c, const struct fitted_lang *fitted, const struct wording_vote *vote,
		       struct sums *sums)
{
	static const struct {
		enum fitted score;
		enum dim dim;
	} same[] = {{FITTED_COMPLAINT, DIM_COMPLAINT}, {FITTED_PROBLEM, DIM_PROBLEM}, {FITTED_QUESTION, DIM_QUESTION},
		    {FITTED_PRAISE, DIM_PRAISE},       {FITTED_NOT_OURS, DIM_NOT_OURS}};

	for (size_t i = 0; i < ARRAY_LEN(same); i++)
		if (fitted->has[same[i].score])
			sums->dim[same[i].dim] += fitted->bias[same[i].score] - c->scores.bias[same[i].dim] +
						  vote->sum[same[i].score];
	for (int i = 0; i < FITTED_COUNT; i++)
		sums->fitted[i] += fitted->bias[i] + vote->sum[i];
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

/* The likeliest of the fitted causes; CAUSE_NONE: none is fitted. */
static enum cause fitted_cause(const struct fitted_lang *fitted, const struct sums *sums)
{
	enum cause best = CAUSE_NONE;

	for (int i = CAUSE_NONE + 1; i < CAUSE_COUNT; i++)
		if (fitted->has[FITTED_CAUSES + i] &&
		    (best == CAUSE_NONE || sums->fitted[FITTED_CAUSES + i] > sums->fitted[FITTED_CAUSES + (int)best]))
			best = (enum cause)i;
	return best;
}

static double logistic(double sum)
{
	return 1.0 / (1.0 + exp(-sum));
}

/*
 * The mood from two fitted scores: the likeliest of negative, neutral and positive, on its own side of a third, and the
 * further out the surer. (.34: a third stays a third when it is written with four digits.)
 */
static double sentiment_of(const struct sums *sums)
{
	double negative = logistic(sums->fitted[FITTED_NEGATIVE]), positive = logistic(sums->fitted[FITTED_POSITIVE]);
	double neutral = fmax(0, 1 - negative - positive);

	if (negative >= neutral && negative >= positive)
		return -.34 - .66 * (negative - fmax(neutral, positive));
	if (positive >= neutral)
		return .34 + .66 * (positive - fmax(neutral, negative));
	return fmax(-.33, fmin(.33, positive - negative));
}

static int clamp(double value, int low, int high)
{
	long rounded = lround(value);

	return rounded < low ? low : rounded > high ? high : (int)rounded;
}

/* A complaint needs a sign of one: a rule, or words that complaints hold. What only lacks signs against it is none,
 * however low the threshold. */
static bool shows_sign(const struct fitted_lang *fitted, const struct wording_vote *vote, const struct sums *sums)
{
	return !fitted || !fitted->has[FITTED_COMPLAINT] || vote->towards + sums->towards > SIGN_MIN;
}

/* A doubtful complaint that is likelier praise: nobody apologises to a customer who thanks. (Not so a question: who asks
 * about their own case wants to be helped, and is.) */
static bool likelier_praise(const struct thresholds *at, const struct verdict *v)
{
	return v->complaint < .5 && v->urgency < 2 && v->praise >= at->praise && v->praise > v->complaint;
}

static enum class choose_class(const struct thresholds *at, const struct verdict *v, bool sign)
{
	if (v->not_ours >= at->not_ours && v->not_ours > v->complaint && v->cause != CAUSE_SAFETY)
		return CLASS_NOT_OURS;
	if (sign && v->complaint >= at->complaint && !likelier_praise(at, v))
		return v->problem >= at->problem || v->urgency == 2 ? CLASS_PROBLEM : CLASS_VENT;
	/* Somebody hurt, discriminated against or calling a lawyer is not left lying for want of other words: half the
	 * threshold is enough. (Less would bring in every sports injury.) */
	if (v->urgency == 2 && v->severity >= 3 && 2 * v->complaint >= at->complaint)
		return CLASS_PROBLEM;
	if (v->question >= at->question && (v->praise < at->praise || v->question >= v->praise))
		return CLASS_QUESTION;
	return v->praise >= at->praise ? CLASS_PRAISE : CLASS_OTHER;
}

/* 2 is what rules say and nothing else; whether it is urgent at all, the fitted score says, or a brand's own rule. */
static int urgency_of(const struct fitted_lang *fitted, const struct sums *sums)
{
	int written = clamp(sums->dim[DIM_URGENCY], 0, 2), own = clamp(sums->own_urgency, 0, 2);

	if (!fitted || !fitted->has[FITTED_URGENT] || written == 2)
		return written;
	return own > 0 || sums->fitted[FITTED_URGENT] >= 0 ? 1 : 0;
}

static void judge(struct classifier *c, const struct matches *matches, const struct fitted_lang *fitted,
		  const struct wording_vote *vote, struct verdict *v)
{
	enum cause cause = CAUSE_NONE;
	struct sums sums = {0};
	bool sign;

	add_up(c, matches, fitted, &sums);
	if (fitted)
		add_fitted(c, fitted, vote, &sums);
	v->complaint = logistic(sums.dim[DIM_COMPLAINT]);
	v->problem = logistic(sums.dim[DIM_PROBLEM]);
	v->vent = fitted && fitted->has[FITTED_PROBLEM] ? v->complaint * (1 - v->problem)
							: logistic(sums.dim[DIM_VENT]);
	v->question = logistic(sums.dim[DIM_QUESTION]);
	v->praise = logistic(sums.dim[DIM_PRAISE]);
	v->not_ours = logistic(sums.dim[DIM_NOT_OURS]);
	v->cause = strongest_cause(&sums);
	v->urgency = urgency_of(fitted, &sums);
	v->severity = clamp(1 + sums.dim[DIM_SEVERITY] + (v->urgency == 2), 1, 4);
	v->sentiment = fitted && fitted->has[FITTED_NEGATIVE] && fitted->has[FITTED_POSITIVE]
			       ? sentiment_of(&sums)
			       : tanh(sums.dim[DIM_SENTIMENT]);
	sign = shows_sign(fitted, vote, &sums);
	v->class = choose_class(&c->thresholds, v, sign);
	/* What a rule says a post speaks of, praise too; of what may be a complaint all its words say the cause. */
	if (fitted && sign && 2 * v->complaint >= c->thresholds.complaint)
		cause = fitted_cause(fitted, &sums);
	if (cause != CAUSE_NONE)
		v->cause = cause;
}

/* The primary subtag, small ("en" of "en-GB"); what the text seems to be in when the post names none. In arena. */
static const char *post_lang(struct arena *arena, const struct post *post, const char *text, size_t len)
{
	const char *found;
	char *lang;

	if (lang_unnamed(post->lang)) {
		found = lang_identify(text, len);
		return strcmp(found, "und") == 0 ? LANG_ASSUMED : found;
	}
	lang = arena_strndup(arena, post->lang, strcspn(post->lang, "-_"));
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

/* The wording's strongest pieces among the hits of rules, in order of start; behind a rule that starts there too. */
static bool add_wording(struct arena *arena, const struct wording_vote *vote, struct verdict *v)
{
	struct hit *hits;
	size_t from = 0, out = 0;

	if (vote->evidence_count == 0)
		return true;
	hits = arena_array(arena, v->hit_count + vote->evidence_count, sizeof *hits);
	if (!hits)
		return false;
	for (size_t i = 0; i < vote->evidence_count; i++) {
		while (from < v->hit_count && v->hits[from].start <= vote->evidence[i].start)
			hits[out++] = v->hits[from++];
		hits[out++] = (struct hit){&wording_rule, vote->evidence[i].start, vote->evidence[i].end};
	}
	while (from < v->hit_count)
		hits[out++] = v->hits[from++];
	v->hits = hits;
	v->hit_count = out;
	return true;
}

enum err classify_post(struct classifier *c, struct arena *arena, const struct post *post, struct verdict *verdict_r,
		       struct error *e_r)
{
	const char *text = post->text ? post->text : "";
	struct verdict v = {.rules = ruleset_digest(c->set)};
	struct wording_vote vote = {0};
	const struct fitted_lang *fitted;
	struct matches matches;
	size_t len = strlen(text);
	enum err rc;

	if (!utf8_valid(text, len))
		return error_set(e_r, ERR_INVALID, "post %s: its text is not UTF-8 (byte %zu)",
				 post->id ? post->id : "without id", utf8_valid_prefix(text, len));
	v.lang = post_lang(arena, post, text, len);
	if (!v.lang)
		return error_set(e_r, ERR_NOMEM, "no memory for a verdict");
	rc = matcher_run(c->matcher, arena, text, len, v.lang, post, &matches, e_r);
	if (rc)
		return rc;
	v.hits = matches.hits;
	v.hit_count = matches.hit_count;
	v.facts = matches.facts;
	v.fact_count = matches.fact_count;
	fitted = fitted_for(c, v.lang);
	expect_hits(c, &matches, fitted);
	if (fitted && !c->scores.silent)
		rc = voter_ask(c->voter, fitted->weights, text, len, &vote, e_r);
	if (rc)
		return rc;
	judge(c, &matches, fitted, &vote, &v);
	if (!add_wording(arena, &vote, &v))
		return error_set(e_r, ERR_NOMEM, "no memory for a verdict");
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
