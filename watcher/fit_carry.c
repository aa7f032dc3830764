/*
 * fit_carry.c - see fit_carry.h.
 *
 * What several pieces were put as has the mean of their weights. To these the hand-written weights of the language's
 * rules are added. So the weights should come from a fit of words alone (`rules fit --no-rules`): beside rules, words
 * are fitted only what rules leave to them. Of danger rules alone speak: words found no case more, but raised eight
 * wrong alarms for every ten. Whether a post complains at all is not carried over: the translated posts of
 * classify/README.md ("Other languages") showed no gain.
 */
#include "watcher/fit_carry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "buf.h"
#include "utf8.h"

/*
 * Of biases: rules speak for causes and for urgency, hardly ever against, so words need not start from as far below.
 * (Of .3, .5, .7 and 1 the best on the 2,925 translated posts that rules were written from.)
 */
#define CARRY_CAUSE_BIAS .3
#define CARRY_URGENT_BIAS .5
#define TEXTS_MAX (16 * CARRY_LIST_MAX) /* more than a list makes */

/* One piece put as one text; sorted by text they become pieces. */
struct put {
	size_t text; /* where in reader.texts */
	float weight[FITTED_COUNT];
};

struct reader {
	const char *name;
	int line;
	const struct weights *weights;
	struct wording wording;
	struct buf texts; /* each closed by a NUL */
	struct put *puts;
	size_t count, room;
	struct error *e_r;
};

static enum err no_memory(struct error *e_r)
{
	return error_set(e_r, ERR_NOMEM, "out of memory");
}

/* The text as a piece, at the end of r->texts. */
static enum err add_text(struct reader *r, const char *text, size_t len)
{
	char piece[WORDING_PIECE_MAX];
	struct gram gram = {0};

	if (!wording_read(&r->wording, text, len))
		return no_memory(r->e_r);
	while (wording_next_words(&r->wording, &gram))
		if (gram.first == 0 && gram.words == r->wording.count && wording_write(&r->wording, &gram, piece)) {
			buf_add(&r->texts, piece, strlen(piece) + 1);
			return r->texts.failed ? no_memory(r->e_r) : ERR_OK;
		}
	return error_set(r->e_r, ERR_INVALID, "%s:%d: \"%.*s\": a piece has one to %d words of at most %d bytes",
			 r->name, r->line, (int)len, text, WORDING_WORDS, WORDING_PIECE_MAX - 1);
}

static enum err add_put(struct reader *r, const char *text, size_t len, const float weight[FITTED_COUNT])
{
	struct put put = {.text = r->texts.len};
	enum err err = add_text(r, text, len);

	if (err != ERR_OK)
		return err;
	if (r->count == r->room) {
		size_t room = 2 * r->room + 1024;
		struct put *puts = realloc(r->puts, room * sizeof(*puts));

		if (puts == NULL)
			return no_memory(r->e_r);
		r->puts = puts;
		r->room = room;
	}
	memcpy(put.weight, weight, sizeof(put.weight));
	put.weight[FITTED_CAUSES + CAUSE_SAFETY] = 0;
	r->puts[r->count++] = put;
	return ERR_OK;
}

static enum err read_variants(struct reader *r, const char *at, const char *end, const float weight[FITTED_COUNT])
{
	enum err err = ERR_OK;

	while (err == ERR_OK && at <= end) {
		const char *bar = memchr(at, '|', (size_t)(end - at));
		size_t len = (size_t)((bar ? bar : end) - at);

		err = add_put(r, at, len, weight);
		at += len + 1;
	}
	return err;
}

static enum err read_line(struct reader *r, const char *at, const char *end)
{
	const char *tab = memchr(at, '\t', (size_t)(end - at));
	char piece[WORDING_PIECE_MAX];
	float weight[FITTED_COUNT];

	if (at == end || *at == '#')
		return ERR_OK;
	if (tab == NULL)
		return error_set(r->e_r, ERR_INVALID, "%s:%d: a tab is missing between the piece and what it is put as",
				 r->name, r->line);
	if ((size_t)(tab - at) >= sizeof(piece) || (end - tab == 2 && tab[1] == '-'))
		return ERR_OK;
	memcpy(piece, at, (size_t)(tab - at));
	piece[tab - at] = '\0';
	return weights_piece(r->weights, piece, weight) ? read_variants(r, tab + 1, end, weight) : ERR_OK;
}

static enum err read_list(struct reader *r, const char *list, size_t len)
{
	const char *at = list, *end = list + len;
	enum err err = ERR_OK;

	while (err == ERR_OK && at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));

		r->line++;
		err = read_line(r, at, newline ? newline : end);
		at = newline ? newline + 1 : end;
	}
	if (err == ERR_OK && r->count == 0)
		err = error_set(r->e_r, ERR_INVALID, "%s:%d: none of its pieces is in the weights", r->name, r->line);
	return err;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(((const struct carried_piece *)a)->text, ((const struct carried_piece *)b)->text);
}

/* Pieces of the same text become one, with the mean of their weights. */
static void join(struct carried *c)
{
	size_t kept = 0;

	for (size_t from = 0, to; from < c->count; from = to) {
		struct carried_piece piece = c->pieces[from];

		for (to = from + 1; to < c->count && strcmp(c->pieces[to].text, piece.text) == 0; to++)
			for (int k = 0; k < FITTED_COUNT; k++)
				piece.weight[k] += c->pieces[to].weight[k];
		for (int k = 0; k < FITTED_COUNT; k++)
			piece.weight[k] /= (float)(to - from);
		c->pieces[kept++] = piece;
	}
	c->count = kept;
}

static enum err make_pieces(struct reader *r, struct carried *c)
{
	if (!buf_take(&r->texts, &c->texts, NULL))
		return no_memory(r->e_r);
	c->pieces = calloc(r->count, sizeof(*c->pieces));
	if (c->pieces == NULL)
		return no_memory(r->e_r);
	c->count = r->count;
	for (size_t i = 0; i < r->count; i++) {
		c->pieces[i].text = c->texts + r->puts[i].text;
		memcpy(c->pieces[i].weight, r->puts[i].weight, sizeof(r->puts[i].weight));
	}
	qsort(c->pieces, c->count, sizeof(*c->pieces), by_text);
	join(c);
	return ERR_OK;
}

static void take_biases(const struct weights *weights, const struct scores *scores, struct carried *c)
{
	memcpy(c->from, weights_lang(weights), sizeof(c->from) - 1);
	memcpy(c->weights_digest, weights_digest(weights), sizeof(c->weights_digest));
	for (int k = 0; k < FITTED_COUNT; k++)
		c->has[k] = (k == FITTED_PROBLEM || k == FITTED_URGENT || k >= FITTED_CAUSES) &&
			    weights_has(weights, (enum fitted)k);
	for (int k = FITTED_CAUSES; k < FITTED_COUNT; k++)
		c->bias[k] = CARRY_CAUSE_BIAS * weights_bias(weights, (enum fitted)k);
	c->bias[FITTED_URGENT] = CARRY_URGENT_BIAS * weights_bias(weights, FITTED_URGENT);
	c->bias[FITTED_PROBLEM] = scores->bias[DIM_PROBLEM];
}

static enum err carry_list(struct reader *r, const char *list, size_t len, struct carried *c)
{
	enum err err = read_list(r, list, len);

	if (err == ERR_OK)
		err = make_pieces(r, c);
	wording_done(&r->wording);
	buf_done(&r->texts);
	free(r->puts);
	return err;
}

enum err carry_over(const struct weights *weights, const struct scores *scores, const char *name, const char *list,
		    size_t len, struct carried **carried_r, struct error *e_r)
{
	struct reader r = {.name = name, .weights = weights, .e_r = e_r};
	struct carried *c;
	enum err err;

	if (len > CARRY_LIST_MAX)
		return error_set(e_r, ERR_LIMIT, "%s:1: larger than %zu bytes", name, CARRY_LIST_MAX);
	if (!utf8_valid(list, len) || memchr(list, '\0', len))
		return error_set(e_r, ERR_INVALID, "%s:1: not UTF-8 text", name);
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		return no_memory(e_r);
	take_biases(weights, scores, c);
	snprintf(c->list_digest, sizeof(c->list_digest), "%016llx", (unsigned long long)XXH3_64bits(list, len));
	buf_init(&r.texts, TEXTS_MAX);
	err = carry_list(&r, list, len, c);
	if (err != ERR_OK)
		carried_free(&c);
	else
		*carried_r = c;
	return err;
}

void carried_free(struct carried **carried)
{
	if (!carried || !*carried)
		return;
	free((*carried)->pieces);
	free((*carried)->texts);
	free(*carried);
	*carried = NULL;
}

struct carried_piece *carried_find(struct carried *c, const char *text)
{
	struct carried_piece key = {.text = text};

	return c->count ? bsearch(&key, c->pieces, c->count, sizeof(*c->pieces), by_text) : NULL;
}
