/*
 * weights_read.c - reads a weights file (weights.h).
 *
 * A program that judges one post waits for this first, so reading is made for speed: no line is copied, numbers are
 * plain decimals read digit by digit; and of the files that are built in, one for each language, only what changes
 * rules is read at once (weights_impl.h).
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "classify/rules_impl.h"
#include "classify/weights_impl.h"
#include "utf8.h"

#define NAME_SLOTS 128

#define FITTED_WORD(name, word) {word, sizeof word - 1},
_Static_assert((int)FITTED_COUNT <= 32, "read_piece() keeps a bit for each score");
#define CAUSE_WORD(name, word) {"cause." word, sizeof "cause." word - 1},
static const struct {
	const char *text;
	size_t len;
} names[] = {FITTED(FITTED_WORD) CAUSES(CAUSE_WORD)};

const char *fitted_name(enum fitted value)
{
	return value < FITTED_COUNT ? names[value].text : "?";
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

struct reading {
	struct weights *w;
	const char *name;
	int line;
	bool late; /* all but pieces has been read */
	uint8_t named[NAME_SLOTS]; /* by name_slot(): a score whose name it may be */
	size_t rule_room, row_room;
	struct error *e_r;
};

/* What is left of a line. */
struct span {
	const char *at, *end;
};

static enum err complain(const struct reading *r, const char *what)
{
	return error_set(r->e_r, ERR_INVALID, "%s:%d: %s", r->name, r->line, what);
}

static enum err no_memory(const struct reading *r)
{
	return error_set(r->e_r, ERR_NOMEM, "%s: no memory for the weights", r->name);
}

/* The next word, up to a space; empty when the line is over. */
static struct span next_word(struct span *line)
{
	struct span word = *line;

	while (word.at < word.end && *word.at == ' ')
		word.at++;
	line->at = memchr(word.at, ' ', (size_t)(word.end - word.at));
	line->at = line->at ? line->at : line->end;
	word.end = line->at;
	return word;
}

static bool is_word(struct span word, const char *what)
{
	size_t len = strlen(what);

	return (size_t)(word.end - word.at) == len && memcmp(word.at, what, len) == 0;
}

static bool only(struct span word, const char *chars)
{
	for (const char *at = word.at; at < word.end; at++)
		if (*at == '\0' || !strchr(chars, *at))
			return false;
	return word.at < word.end;
}

/* A decimal such as -1.25 or .5; nine digits are more than a float holds. */
static bool read_number(struct span word, double *number_r)
{
	static const double tenth[] = {1, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9};
	const char *at = word.at;
	bool minus = at < word.end && *at == '-', point = false;
	uint32_t number = 0, digits = 0, behind = 0;

	for (at += minus; at < word.end; at++) {
		if (*at == '.' && !point) {
			point = true;
			continue;
		}
		if (*at < '0' || *at > '9' || ++digits > 9)
			return false;
		number = 10 * number + (uint32_t)(*at - '0');
		behind += point;
	}
	if (digits == 0 || number * tenth[behind] > WEIGHT_MAX)
		return false;
	*number_r = minus ? -(number * tenth[behind]) : number * tenth[behind];
	return true;
}

/* Tells most names apart; len is not 0. */
static size_t name_slot(const char *text, size_t len)
{
	return (5 * len + 3 * (unsigned char)text[len - 1] + (unsigned char)text[len / 2]) % NAME_SLOTS;
}

static void list_names(struct reading *r)
{
	for (size_t i = 0; i < FITTED_COUNT; i++)
		r->named[name_slot(names[i].text, names[i].len)] = (uint8_t)i;
}

/* FITTED_COUNT: there is none. */
static enum fitted score_named(const struct reading *r, const char *text, size_t len)
{
	size_t guess = len > 0 ? r->named[name_slot(text, len)] : 0;

	if (names[guess].len == len && memcmp(names[guess].text, text, len) == 0)
		return (enum fitted)guess;
	for (size_t i = 0; i < FITTED_COUNT; i++)
		if (names[i].len == len && memcmp(names[i].text, text, len) == 0)
			return (enum fitted)i;
	return FITTED_COUNT;
}

/* score=weight; which score, or FITTED_COUNT with the sentence told. */
static enum fitted read_weight(const struct reading *r, struct span word, double *weight_r)
{
	const char *equals = memchr(word.at, '=', (size_t)(word.end - word.at));
	enum fitted score;

	if (!equals) {
		(void)complain(r, "weights are written score=weight, such as complaint=.5");
		return FITTED_COUNT;
	}
	score = score_named(r, word.at, (size_t)(equals - word.at));
	if (score == FITTED_COUNT) {
		(void)complain(r, "no such score (complaint problem negative positive question praise not_ours urgent, or "
				  "cause.billing and its like)");
		return FITTED_COUNT;
	}
	if (!read_number((struct span){equals + 1, word.end}, weight_r)) {
		(void)error_set(r->e_r, ERR_INVALID, "%s:%d: a weight is a plain decimal number from -%d to %d", r->name,
				r->line, WEIGHT_MAX, WEIGHT_MAX);
		return FITTED_COUNT;
	}
	return score;
}

static enum err read_head(struct reading *r, struct span line)
{
	struct span lang = next_word(&line), version = next_word(&line);

	if (r->w->lang[0])
		return complain(r, "a second line `weights`");
	if (lang.end - lang.at >= LANG_SIZE || !only(lang, "abcdefghijklmnopqrstuvwxyz"))
		return complain(r, "`weights` wants a language of small letters, such as en");
	if (!is_word(version, "2"))
		return complain(r, "this program reads version 2 of weights files: fit them anew (amends rules fit)");
	memcpy(r->w->lang, lang.at, (size_t)(lang.end - lang.at));
	return ERR_OK;
}

static enum err read_bias(struct reading *r, struct span line)
{
	double bias;
	enum fitted score = read_weight(r, next_word(&line), &bias);

	if (score == FITTED_COUNT)
		return ERR_INVALID;
	if (next_word(&line).at < line.end)
		return complain(r, "one bias a line");
	r->w->bias[score] = bias;
	r->w->has[score] = true;
	return ERR_OK;
}

static enum err read_rule(struct reading *r, struct span line)
{
	struct span id = next_word(&line), word;
	struct weights *w = r->w;
	struct rule_weights *rule;

	if (!only(id, "abcdefghijklmnopqrstuvwxyz0123456789_"))
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
	rule = &w->rules[w->rule_count];
	*rule = (struct rule_weights){.id = arena_strndup(w->arena, id.at, (size_t)(id.end - id.at))};
	if (!rule->id)
		return no_memory(r);
	w->rule_count++;
	for (word = next_word(&line); word.at < word.end; word = next_word(&line)) {
		double weight;
		enum fitted score = read_weight(r, word, &weight);

		if (score == FITTED_COUNT)
			return ERR_INVALID;
		rule->weight[score] = (float)weight;
	}
	return ERR_OK;
}

/* Room for one more row. */
static bool row_room(struct reading *r)
{
	struct weights *w = r->w;

	if (w->row_count == r->row_room) {
		size_t room = r->row_room ? 2 * r->row_room : 1024;
		struct row *rows = realloc(w->rows, room * sizeof *rows);

		if (!rows)
			return false;
		w->rows = rows;
		r->row_room = room;
	}
	return true;
}

/* Puts the weights of the `count` scores in `seen`, a bit for each, into the piece. false: no memory. */
static bool put_weights(struct reading *r, struct piece *piece, const struct row *row, uint32_t seen, size_t count)
{
	struct weights *w = r->w;

	piece->strength = row->weight[FITTED_COMPLAINT] + row->weight[FITTED_PROBLEM];
	piece->filled = (uint8_t)(1 + count);
	if (!piece_has_row(piece)) {
		for (size_t i = 0; i < count; i++, seen &= seen - 1) {
			piece->score[i] = (uint8_t)__builtin_ctz(seen);
			piece->weight[i] = row->weight[piece->score[i]];
		}
		return true;
	}
	if (!row_room(r))
		return false;
	piece->row = (uint32_t)w->row_count++;
	w->rows[piece->row] = *row;
	return true;
}

static enum err read_piece(struct reading *r, struct span line)
{
	const char *tab = memchr(line.at, '\t', (size_t)(line.end - line.at));
	struct span left = {line.at, tab}, word;
	struct weights *w = r->w;
	struct row row = {0};
	struct piece *place;
	uint32_t seen = 0;
	size_t count = 0;
	uint64_t hash;

	if (!tab || tab + 1 == line.end || line.end - tab > WORDING_PIECE_MAX)
		return complain(r, "neither begins with # weights bias rule nor is it weights, a tab and a piece of 1 to "
				   "95 bytes");
	if (w->piece_count == WEIGHTS_PIECES_MAX)
		return complain(r, "too many pieces (100000 at most)");
	hash = wording_hash(tab + 1, (size_t)(line.end - tab - 1));
	__builtin_prefetch(&w->table[hash & (w->places - 1)]); /* it is there when the weights have been read */
	for (word = next_word(&left); word.at < word.end; word = next_word(&left), count++) {
		double weight;
		enum fitted score = read_weight(r, word, &weight);

		if (score == FITTED_COUNT)
			return ERR_INVALID;
		if (seen >> score & 1)
			return complain(r, "a score stands there twice");
		seen |= 1u << score;
		row.weight[score] = (float)weight;
	}
	w->runs |= tab[1] == '~';
	place = piece_place(w, hash);
	if (place->filled)
		return error_set(r->e_r, ERR_INVALID, "%s:0: piece %zu stands there twice", r->name,
				 w->piece_count + 1);
	place->hash = hash;
	if (!put_weights(r, place, &row, seen, count))
		return no_memory(r);
	w->piece_count++;
	*map_word(w, hash) |= (uint64_t)1 << map_bit(hash) % 64;
	return ERR_OK;
}

static const struct {
	const char *word;
	size_t len;
	enum err (*read)(struct reading *r, struct span line);
} kinds[] = {{"weights ", 8, read_head}, {"bias ", 5, read_bias}, {"rule ", 5, read_rule}};

/* Which of the kinds of line it is; their number: none of them. */
static size_t kind_of(struct span line)
{
	size_t len = (size_t)(line.end - line.at), i = 0;

	while (i < ARRAY_LEN(kinds) && (len < kinds[i].len || line.at[0] != kinds[i].word[0] ||
					memcmp(line.at, kinds[i].word, kinds[i].len) != 0))
		i++;
	return i;
}

static bool says_nothing(struct span line)
{
	return line.at == line.end || line.at[0] == '#';
}

static bool is_piece(const struct reading *r, struct span line)
{
	return r->w->lang[0] && !says_nothing(line) && kind_of(line) == ARRAY_LEN(kinds);
}

static enum err read_line(struct reading *r, struct span line)
{
	size_t kind;

	if (says_nothing(line))
		return ERR_OK;
	kind = kind_of(line);
	if (kind > 0 && !r->w->lang[0])
		return complain(r, "the first line that says anything must be `weights LANG 2`");
	if (kind == ARRAY_LEN(kinds))
		return read_piece(r, line);
	if (r->late)
		return complain(r, "stands behind the pieces");
	return kinds[kind].read(r, (struct span){line.at + kinds[kind].len, line.end});
}

/* The table, empty, for as many pieces as the text has lines: four fifths full at most. (Most words that are no piece never
 * get there: the map knows.) */
static enum err make_table(const struct reading *r, const char *text, const char *over)
{
	struct weights *w = r->w;
	size_t lines = 1;

	while (lines < WEIGHTS_PIECES_MAX && text < over && (text = memchr(text, '\n', (size_t)(over - text)))) {
		lines++;
		text++;
	}
	for (w->places = 64; 4 * w->places < 5 * lines;)
		w->places *= 2;
	w->map = calloc(MAP_BITS / 64, sizeof *w->map);
	w->table_memory = calloc(w->places + 1, sizeof *w->table);
	if (!w->map || !w->table_memory)
		return no_memory(r);
	w->table = (struct piece *)(((uintptr_t)w->table_memory + sizeof *w->table - 1) & ~(sizeof *w->table - 1));
	return ERR_OK;
}

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct rule_weights *)a)->id, ((const struct rule_weights *)b)->id);
}

static enum err finish_rules(struct reading *r)
{
	struct weights *w = r->w;

	if (!w->lang[0])
		return complain(r, "no line `weights LANG 2`");
	if (w->rule_count > 1)
		qsort(w->rules, w->rule_count, sizeof *w->rules, by_id);
	for (size_t i = 1; i < w->rule_count; i++)
		if (strcmp(w->rules[i - 1].id, w->rules[i].id) == 0)
			return error_set(r->e_r, ERR_INVALID, "%s:0: rule %s stands there twice", r->name,
					 w->rules[i].id);
	return ERR_OK;
}

/* Reads lines up to the end, or up to the first piece. *at_r: where it stopped. */
static enum err read_lines(struct reading *r, const char **at_r, const char *over, bool pieces)
{
	enum err rc = ERR_OK;

	for (const char *at = *at_r, *end; !rc && at < over; *at_r = at = end + (end < over)) {
		struct span line;

		end = memchr(at, '\n', (size_t)(over - at));
		end = end ? end : over;
		line = (struct span){at, end};
		if (!pieces && is_piece(r, line))
			return ERR_OK;
		r->line++;
		rc = read_line(r, line);
	}
	return rc;
}

static void drop_pieces(struct weights *w)
{
	free(w->table_memory);
	free(w->rows);
	free(w->map);
	w->table_memory = NULL;
	w->table = NULL;
	w->rows = NULL;
	w->map = NULL;
	w->piece_count = w->row_count = 0;
}

/* What still stands in `rest`. */
static enum err read_rest(struct weights *w, struct error *e_r)
{
	struct reading r = {.w = w, .name = w->name, .line = w->rest_line, .late = true, .e_r = e_r};
	const char *at = w->rest;
	enum err rc;

	list_names(&r);
	rc = make_table(&r, at, at + w->rest_len);
	rc = rc ? rc : read_lines(&r, &at, at + w->rest_len, true);
	if (rc)
		drop_pieces(w);
	return rc;
}

enum err weights_complete(const struct weights *weights, struct error *e_r)
{
	struct weights *w = (struct weights *)weights; /* none is made const: see weights_new() */
	enum err rc = ERR_OK;

	(void)pthread_mutex_lock(&w->lock);
	if (!w->whole)
		rc = read_rest(w, e_r);
	if (!rc)
		atomic_store_explicit(&w->whole, true, memory_order_release);
	(void)pthread_mutex_unlock(&w->lock);
	return rc;
}

static struct weights *weights_new(void)
{
	struct weights *w = calloc(1, sizeof *w);

	if (!w)
		return NULL;
	(void)pthread_mutex_init(&w->lock, NULL); /* cannot fail with default attributes */
	w->arena = arena_new(WEIGHTS_SIZE_MAX);
	if (!w->arena)
		weights_free(&w);
	return w;
}

/* late: pieces are left for weights_complete(). */
static enum err weights_read(const char *name, const char *text, size_t len, bool late, struct weights **weights_r,
			     struct error *e_r)
{
	struct reading r = {.w = weights_new(), .name = name, .e_r = e_r};
	const char *at = text;
	enum err rc;

	if (!r.w)
		return no_memory(&r);
	list_names(&r);
	rc = late ? ERR_OK : make_table(&r, text, text + len);
	rc = rc ? rc : read_lines(&r, &at, text + len, !late);
	rc = rc ? rc : finish_rules(&r);
	if (rc) {
		weights_free(&r.w);
		return rc;
	}
	r.w->whole = !late;
	r.w->name = name;
	r.w->rest = at;
	r.w->rest_len = (size_t)(text + len - at);
	r.w->rest_line = r.line;
	snprintf(r.w->digest, sizeof r.w->digest, "%016llx", (unsigned long long)XXH3_64bits(text, len));
	*weights_r = r.w;
	return ERR_OK;
}

enum err weights_parse(const char *name, const char *text, size_t len, struct weights **weights_r, struct error *e_r)
{
	if (len > WEIGHTS_SIZE_MAX)
		return error_set(e_r, ERR_INVALID, "%s:1: larger than %u bytes", name, WEIGHTS_SIZE_MAX);
	if (!utf8_valid(text, len))
		return error_set(e_r, ERR_INVALID, "%s:1: not UTF-8", name);
	return weights_read(name, text, len, false, weights_r, e_r);
}

enum err weights_open(const char *name, const char *text, size_t len, struct weights **weights_r, struct error *e_r)
{
	return weights_read(name, text, len, true, weights_r, e_r);
}

void weights_free(struct weights **weights)
{
	if (!weights || !*weights)
		return;
	arena_free(&(*weights)->arena);
	free((*weights)->rules);
	drop_pieces(*weights);
	(void)pthread_mutex_destroy(&(*weights)->lock);
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

bool weights_piece(const struct weights *w, const char *text, float weight_r[FITTED_COUNT])
{
	const struct piece *piece = w->piece_count ? piece_place(w, wording_hash(text, strlen(text))) : NULL;

	if (!piece || !piece->filled)
		return false;
	if (piece_has_row(piece)) {
		memcpy(weight_r, w->rows[piece->row].weight, FITTED_COUNT * sizeof *weight_r);
		return true;
	}
	memset(weight_r, 0, FITTED_COUNT * sizeof *weight_r);
	for (int i = 0; i + 1 < piece->filled; i++)
		weight_r[piece->score[i]] = piece->weight[i];
	return true;
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
	static const struct {
		enum fitted score;
		enum dim dim;
	} same[] = {{FITTED_COMPLAINT, DIM_COMPLAINT}, {FITTED_PROBLEM, DIM_PROBLEM}, {FITTED_QUESTION, DIM_QUESTION},
		    {FITTED_PRAISE, DIM_PRAISE},       {FITTED_NOT_OURS, DIM_NOT_OURS}};

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
		rule->cause_fitted = rule->cause;
		for (size_t k = 0; k < ARRAY_LEN(same); k++)
			if (w->has[same[k].score])
				rule->weight[same[k].dim] = fitted[same[k].score];
		if (w->has[FITTED_POSITIVE] && w->has[FITTED_NEGATIVE])
			rule->weight[DIM_SENTIMENT] = (fitted[FITTED_POSITIVE] - fitted[FITTED_NEGATIVE]) / 2;
	}
}
