/*
 * weights.c - reads a weights file (weights.h) and lets its pieces vote on a text.
 *
 * Pieces live in an open-addressing table by hash. Before it stands a map of bits, small enough for the processor's
 * nearest cache: most words of a text are in no piece, and the map says so at the cost of one look.
 */
#include "weights.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "classify/rules_impl.h"
#include "utf8.h"

#define MAP_BITS (1u << 19)
#define WEIGHT_MAX 50.0
#define WORDS_KNOWN_MIN 2   /* the vote abstains on fewer known words, */
#define SHARE_KNOWN_MIN 0.2 /* or on a smaller part of the text's words than this */
#define EVIDENCE_MIN 0.15   /* a piece that moves no score by this much is not shown */
#define LANG_SIZE 16

struct piece {
	uint64_t hash;
	float weight[FITTED_COUNT];
};

struct rule_weights {
	const char *id;
	float weight[FITTED_COUNT];
};

struct weights {
	char lang[LANG_SIZE], digest[17];
	struct arena *arena;
	bool has[FITTED_COUNT];
	double bias[FITTED_COUNT];
	struct rule_weights *rules; /* by id */
	size_t rule_count;
	struct piece *pieces;
	size_t piece_count;
	bool runs; /* some piece is a run of letters */
	uint64_t *map;
	uint32_t *slot; /* 1 + index of a piece; 0 empty */
	size_t slots; /* power of two */
};

#define FITTED_WORD(name, word) word,
static const char *const names[] = {FITTED(FITTED_WORD)};

const char *fitted_name(enum fitted value)
{
	return value < FITTED_COUNT ? names[value] : "?";
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

struct reading {
	struct weights *w;
	const char *name;
	int line;
	size_t rule_room, piece_room;
	struct error *e_r;
};

static enum err complain(const struct reading *r, const char *what)
{
	return error_set(r->e_r, ERR_INVALID, "%s:%d: %s", r->name, r->line, what);
}

static enum err no_memory(const struct reading *r)
{
	return error_set(r->e_r, ERR_NOMEM, "%s: no memory for the weights", r->name);
}

/* A word of the line, NUL-terminated in place; NULL when the line is over. */
static char *next_word(char **at)
{
	char *word = *at + strspn(*at, " "), *end;

	if (*word == '\0')
		return NULL;
	end = word + strcspn(word, " ");
	*at = *end ? end + 1 : end;
	*end = '\0';
	return word;
}

/*
 * A number of at most 15 digits and no exponent, as strtod() reads it: both parts of the quotient are exact, so that it
 * is rounded once. false: leave it to strtod(). (A file has a hundred thousand numbers, and every start reads them.)
 */
static bool read_plain_number(const char *word, double *number_r)
{
	static const double powers[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
	const char *at = word + (*word == '-');
	uint64_t digits = 0;
	unsigned count = 0, behind = 0;
	bool dot = false;

	for (; (*at >= '0' && *at <= '9') || (*at == '.' && !dot); at++) {
		if (*at == '.') {
			dot = true;
			continue;
		}
		digits = digits * 10 + (uint64_t)(*at - '0');
		behind += dot;
		if (++count > 15)
			return false;
	}
	if (count == 0 || *at != '\0')
		return false;
	*number_r = (double)digits / powers[behind];
	if (*word == '-')
		*number_r = -*number_r;
	return fabs(*number_r) <= WEIGHT_MAX;
}

static bool read_number(const char *word, double *number_r)
{
	char *end = NULL;
	double number;

	if (word && read_plain_number(word, number_r))
		return true;
	if (!word || strspn(word, "+-.0123456789e") != strlen(word))
		return false;
	number = strtod(word, &end);
	if (end == word || *end != '\0' || !isfinite(number) || fabs(number) > WEIGHT_MAX)
		return false;
	*number_r = number;
	return true;
}

static enum err read_weights(const struct reading *r, char **at, float weight[FITTED_COUNT])
{
	for (int i = 0; i < FITTED_COUNT; i++) {
		double number;

		if (!read_number(next_word(at), &number))
			return complain(r, "four weights (complaint problem negative positive) from -50 to 50 are wanted");
		weight[i] = (float)number;
	}
	return ERR_OK;
}

static enum err read_head(struct reading *r, char *at)
{
	const char *lang = next_word(&at), *version = next_word(&at);

	if (r->w->lang[0])
		return complain(r, "a second line `weights`");
	if (!lang || strlen(lang) >= LANG_SIZE || strspn(lang, "abcdefghijklmnopqrstuvwxyz") != strlen(lang))
		return complain(r, "`weights` wants a language of small letters, such as en");
	if (!version || strcmp(version, "1") != 0)
		return complain(r, "this program reads version 1 of weights files");
	memcpy(r->w->lang, lang, strlen(lang) + 1);
	return ERR_OK;
}

static enum err read_bias(struct reading *r, char *at)
{
	const char *word = next_word(&at);
	double bias;

	for (int i = 0; word && i < FITTED_COUNT; i++)
		if (strcmp(word, names[i]) == 0) {
			if (!read_number(next_word(&at), &bias))
				return complain(r, "a bias is a number from -50 to 50");
			r->w->bias[i] = bias;
			r->w->has[i] = true;
			return ERR_OK;
		}
	return complain(r, "`bias` wants complaint, problem, negative or positive");
}

static enum err read_rule(struct reading *r, char *at)
{
	const char *id = next_word(&at);
	struct weights *w = r->w;

	if (!id || strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(id))
		return complain(r, "`rule` wants the id of a rule");
	if (w->rule_count == RULES_MAX)
		return complain(r, "too many rules (4096 at most)");
	if (w->rule_count == r->rule_room) {
		size_t room = r->rule_room ? 2 * r->rule_room : 256;
		struct rule_weights *rules = realloc(w->rules, room * sizeof *rules);

		if (!rules)
			return no_memory(r);
		w->rules = rules;
		r->rule_room = room;
	}
	w->rules[w->rule_count].id = arena_strdup(w->arena, id);
	if (!w->rules[w->rule_count].id)
		return no_memory(r);
	return read_weights(r, &at, w->rules[w->rule_count++].weight);
}

static enum err read_piece(struct reading *r, char *at)
{
	struct weights *w = r->w;
	struct piece piece = {0};
	enum err rc = read_weights(r, &at, piece.weight);

	if (rc)
		return rc;
	if (*at == '\0' || strlen(at) >= WORDING_PIECE_MAX)
		return complain(r, "a piece of 1 to 95 bytes is wanted behind its weights");
	if (w->piece_count == WEIGHTS_PIECES_MAX)
		return complain(r, "too many pieces (100000 at most)");
	if (w->piece_count == r->piece_room) {
		size_t room = r->piece_room ? 2 * r->piece_room : 4096;
		struct piece *pieces = realloc(w->pieces, room * sizeof *pieces);

		if (!pieces)
			return no_memory(r);
		w->pieces = pieces;
		r->piece_room = room;
	}
	piece.hash = wording_hash(at);
	w->runs |= at[0] == '~';
	w->pieces[w->piece_count++] = piece;
	return ERR_OK;
}

static enum err read_line(struct reading *r, char *line)
{
	static const struct {
		const char *word;
		enum err (*read)(struct reading *r, char *at);
	} kinds[] = {{"weights ", read_head}, {"bias ", read_bias}, {"rule ", read_rule}};

	if (line[0] == '\0' || line[0] == '#')
		return ERR_OK;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (strncmp(line, kinds[i].word, strlen(kinds[i].word)) == 0) {
			if (i > 0 && !r->w->lang[0])
				return complain(r, "the first line that says anything must be `weights LANG 1`");
			return kinds[i].read(r, line + strlen(kinds[i].word));
		}
	if (!r->w->lang[0])
		return complain(r, "the first line that says anything must be `weights LANG 1`");
	if (!strchr("+-.0123456789", line[0]))
		return complain(r, "begins with none of: # weights bias rule, a number");
	return read_piece(r, line);
}

static uint32_t map_bit(uint64_t hash)
{
	return (uint32_t)(hash >> 45); /* the upper 19 bits */
}

static const struct piece *find(const struct weights *w, uint64_t hash)
{
	uint32_t bit = map_bit(hash);

	if (!(w->map[bit / 64] >> bit % 64 & 1))
		return NULL;
	for (size_t at = hash & (w->slots - 1); w->slot[at]; at = (at + 1) & (w->slots - 1))
		if (w->pieces[w->slot[at] - 1].hash == hash)
			return &w->pieces[w->slot[at] - 1];
	return NULL;
}

static enum err make_table(const struct reading *r)
{
	struct weights *w = r->w;

	for (w->slots = 64; w->slots < 2 * w->piece_count;)
		w->slots *= 2;
	w->map = calloc(MAP_BITS / 64, sizeof *w->map);
	w->slot = calloc(w->slots, sizeof *w->slot);
	if (!w->map || !w->slot)
		return no_memory(r);
	for (size_t i = 0; i < w->piece_count; i++) {
		uint64_t hash = w->pieces[i].hash;
		size_t at = hash & (w->slots - 1);

		if (find(w, hash))
			return error_set(r->e_r, ERR_INVALID, "%s:0: piece %zu stands there twice", r->name, i + 1);
		while (w->slot[at])
			at = (at + 1) & (w->slots - 1);
		w->slot[at] = (uint32_t)i + 1;
		w->map[map_bit(hash) / 64] |= (uint64_t)1 << map_bit(hash) % 64;
	}
	return ERR_OK;
}

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct rule_weights *)a)->id, ((const struct rule_weights *)b)->id);
}

static enum err finish(struct reading *r)
{
	struct weights *w = r->w;

	if (!w->lang[0])
		return complain(r, "no line `weights LANG 1`");
	if (w->rule_count > 1)
		qsort(w->rules, w->rule_count, sizeof *w->rules, by_id);
	for (size_t i = 1; i < w->rule_count; i++)
		if (strcmp(w->rules[i - 1].id, w->rules[i].id) == 0)
			return error_set(r->e_r, ERR_INVALID, "%s:0: rule %s stands there twice", r->name,
					 w->rules[i].id);
	return make_table(r);
}

enum err weights_parse(const char *name, const char *text, size_t len, struct weights **weights_r, struct error *e_r)
{
	struct reading r = {.name = name, .e_r = e_r};
	char line[512];
	enum err rc = ERR_OK;

	if (len > WEIGHTS_SIZE_MAX)
		return error_set(e_r, ERR_INVALID, "%s:1: larger than %u bytes", name, WEIGHTS_SIZE_MAX);
	if (!utf8_valid(text, len))
		return error_set(e_r, ERR_INVALID, "%s:1: not UTF-8", name);
	r.w = calloc(1, sizeof *r.w);
	if (!r.w || !(r.w->arena = arena_new(WEIGHTS_SIZE_MAX)))
		rc = no_memory(&r);
	for (size_t at = 0, size; !rc && at < len; at += size + 1) {
		const char *end = memchr(text + at, '\n', len - at);

		size = end ? (size_t)(end - (text + at)) : len - at;
		r.line++;
		if (size >= sizeof line || memchr(text + at, '\0', size)) {
			rc = complain(&r, "a line is at most 511 bytes, without NUL");
			break;
		}
		memcpy(line, text + at, size);
		line[size] = '\0';
		rc = read_line(&r, line);
	}
	rc = rc ? rc : finish(&r);
	if (rc) {
		weights_free(&r.w);
		return rc;
	}
	snprintf(r.w->digest, sizeof r.w->digest, "%016llx", (unsigned long long)XXH3_64bits(text, len));
	*weights_r = r.w;
	return ERR_OK;
}

void weights_free(struct weights **weights)
{
	if (!weights || !*weights)
		return;
	arena_free(&(*weights)->arena);
	free((*weights)->rules);
	free((*weights)->pieces);
	free((*weights)->map);
	free((*weights)->slot);
	free(*weights);
	*weights = NULL;
}

const char *weights_lang(const struct weights *w)
{
	return w->lang;
}

const char *weights_digest(const struct weights *w)
{
	return w->digest;
}

bool weights_has(const struct weights *w, enum fitted score)
{
	return w->has[score];
}

double weights_bias(const struct weights *w, enum fitted score)
{
	return w->bias[score];
}

size_t weights_piece_count(const struct weights *w)
{
	return w->piece_count;
}

const float *weights_rule(const struct weights *w, const char *id)
{
	const struct rule_weights key = {.id = id}, *found = NULL;

	if (w->rule_count > 0)
		found = bsearch(&key, w->rules, w->rule_count, sizeof *w->rules, by_id);
	return found ? found->weight : NULL;
}

void weights_apply(const struct weights *w, struct rules_builder *builder)
{
	builder->fitted = builder->fitted * 31 + strtoull(w->digest, NULL, 16);
	for (size_t i = 0; i < builder->count; i++) {
		struct rule *rule = &builder->defs[i].rule;
		const float *fitted = rule->lang && strcmp(rule->lang, w->lang) == 0 ? weights_rule(w, rule->id) : NULL;

		if (!fitted)
			continue;
		/* A cause is told by how much the rule's writer thinks it says, not by what else a post holds. */
		rule->cause_weight = rule_cause_weight(rule);
		builder->fitted += XXH3_64bits_withSeed(rule->id, strlen(rule->id),
							(uint64_t)lround(1e4 * (double)rule->cause_weight));
		if (w->has[FITTED_COMPLAINT])
			rule->weight[DIM_COMPLAINT] = fitted[FITTED_COMPLAINT];
		if (w->has[FITTED_PROBLEM])
			rule->weight[DIM_PROBLEM] = fitted[FITTED_PROBLEM];
		if (w->has[FITTED_POSITIVE] && w->has[FITTED_NEGATIVE])
			rule->weight[DIM_SENTIMENT] = (fitted[FITTED_POSITIVE] - fitted[FITTED_NEGATIVE]) / 2;
	}
}

/* ---- voting ----------------------------------------------------------------------------------------------------- */

struct seen {
	const struct piece *piece;
	uint32_t start, end, times;
	bool words;
};

struct voter {
	struct wording wording;
	struct seen *seen; /* different pieces of the text */
	size_t count, room;
	uint32_t *last; /* by slot of piece: 1 + index in seen of this text's, checked against seen */
	size_t last_room;
};

struct voter *voter_new(void)
{
	return calloc(1, sizeof(struct voter));
}

void voter_free(struct voter **voter)
{
	if (!voter || !*voter)
		return;
	wording_done(&(*voter)->wording);
	free((*voter)->seen);
	free((*voter)->last);
	free(*voter);
	*voter = NULL;
}

/* Sublinear: a word that stands there four times says little more than one that stands there once. */
static double of_times(size_t times)
{
	return times == 1 ? 1.0 : 1.0 + log((double)times);
}

/* A word of a long text says less than one of a short one, but by less than the texts' lengths. */
static double of_tokens(size_t tokens)
{
	return pow((double)tokens + 4.0, -.35);
}

double wording_share(size_t times, size_t tokens)
{
	return of_times(times) * of_tokens(tokens);
}

static bool note(struct voter *v, const struct weights *w, const struct piece *piece, const struct gram *gram)
{
	size_t index = (size_t)(piece - w->pieces);
	uint32_t *last = &v->last[index];

	if (*last > 0 && *last <= v->count && v->seen[*last - 1].piece == piece) {
		v->seen[*last - 1].times++;
		return true;
	}
	if (v->count == v->room) {
		size_t room = v->room ? 2 * v->room : 256;
		struct seen *seen = realloc(v->seen, room * sizeof *seen);

		if (!seen)
			return false;
		v->seen = seen;
		v->room = room;
	}
	v->seen[v->count++] = (struct seen){piece, gram->start, gram->end, 1, gram->words > 0};
	*last = (uint32_t)v->count;
	return true;
}

static bool make_room(struct voter *v, const struct weights *w)
{
	uint32_t *last;

	if (w->piece_count <= v->last_room)
		return true;
	last = realloc(v->last, w->piece_count * sizeof *last);
	if (!last)
		return false;
	memset(last + v->last_room, 0, (w->piece_count - v->last_room) * sizeof *last);
	v->last = last;
	v->last_room = w->piece_count;
	return true;
}

/* The strongest pieces for or against a complaint or problem, without overlaps, in order of place. */
static void add_evidence(struct wording_vote *vote, const struct seen *seen, double strength)
{
	size_t place = vote->evidence_count, weakest = 0;

	for (size_t i = 0; i < vote->evidence_count; i++) {
		bool overlaps = seen->start < vote->evidence[i].end && vote->evidence[i].start < seen->end;

		if (overlaps && fabs(vote->evidence[i].strength) >= fabs(strength))
			return;
		if (overlaps) {
			place = i;
			goto put;
		}
		if (fabs(vote->evidence[i].strength) < fabs(vote->evidence[weakest].strength))
			weakest = i;
	}
	if (place == WEIGHTS_EVIDENCE_MAX) {
		if (fabs(vote->evidence[weakest].strength) >= fabs(strength))
			return;
		place = weakest;
	} else {
		vote->evidence_count++;
	}
put:
	vote->evidence[place].start = seen->start;
	vote->evidence[place].end = seen->end;
	vote->evidence[place].strength = strength;
}

static void sort_evidence(struct wording_vote *vote)
{
	for (size_t i = 1; i < vote->evidence_count; i++)
		for (size_t k = i; k > 0 && vote->evidence[k - 1].start > vote->evidence[k].start; k--) {
			struct wording_vote swap = *vote;

			vote->evidence[k] = swap.evidence[k - 1];
			vote->evidence[k - 1] = swap.evidence[k];
		}
}

static void count_up(const struct voter *v, struct wording_vote *vote)
{
	double whole = of_tokens(v->wording.count);

	for (size_t i = 0; i < v->count; i++) {
		const struct seen *seen = &v->seen[i];
		double share = of_times(seen->times) * whole, strength;

		for (int score = 0; score < FITTED_COUNT; score++)
			vote->sum[score] += share * (double)seen->piece->weight[score];
		strength = share * ((double)seen->piece->weight[FITTED_COMPLAINT] +
				    (double)seen->piece->weight[FITTED_PROBLEM]);
		if (seen->words && fabs(strength) >= EVIDENCE_MIN)
			add_evidence(vote, seen, strength);
	}
	sort_evidence(vote);
}

enum err voter_ask(struct voter *v, const struct weights *w, const char *text, size_t len,
		   struct wording_vote *vote_r, struct error *e_r)
{
	struct wording_vote vote = {0};
	struct gram gram = {0};
	size_t known = 0, words = 0;

	v->count = 0;
	if (!make_room(v, w) || !wording_read(&v->wording, text, len))
		return error_set(e_r, ERR_NOMEM, "no memory for the words of a text of %zu bytes", len);
	for (size_t i = 0; i < v->wording.count; i++)
		words += v->wording.tokens[i].word;
	while (w->runs ? wording_next(&v->wording, &gram) : wording_next_words(&v->wording, &gram)) {
		const struct piece *piece = find(w, gram.hash);

		if (!piece)
			continue;
		known += gram.words == 1 && v->wording.tokens[gram.first].word;
		if (!note(v, w, piece, &gram))
			return error_set(e_r, ERR_NOMEM, "no memory for the words of a text of %zu bytes", len);
	}
	vote.abstains = known < WORDS_KNOWN_MIN || (double)known < SHARE_KNOWN_MIN * (double)words;
	if (!vote.abstains)
		count_up(v, &vote);
	*vote_r = vote;
	return ERR_OK;
}
