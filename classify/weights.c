/*
 * weights.c - lets the pieces of a weights file (weights.h) vote on a text.
 *
 * Every piece of the text is a guess, by its hash. Guesses are looked up many at once; those that the weights know are
 * noted, each piece once, with how often it stands there; in the end each noted piece adds its weights.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "classify/weights_impl.h"

#define GUESSES 256	    /* looked up at once */
#define TIMES 32	    /* how much a piece counts that often is remembered */
#define LISTS 256	    /* power of two */
#define WORDS_KNOWN_MIN 2   /* the vote abstains on fewer known words, */
#define SHARE_KNOWN_MIN 0.2 /* or on a smaller part of the text's words than this */
#define EVIDENCE_MIN 0.15   /* a piece that moves no score by this much is not shown */

/* Where a piece stands in the text. */
struct where {
	uint32_t first;	/* token */
	uint16_t words; /* tokens; 0: letters of token `first` */
	bool word;	/* one, not a sign or number */
};

/* A piece of the text that the weights may know. */
struct guess {
	uint64_t hash;
	struct where where;
};

/* A piece of the text that they do know. */
struct seen {
	const struct piece *piece;
	struct where where; /* for the first time */
	uint32_t times;
	uint32_t next; /* of its list: 1 + index in seen; 0: it is the last */
};

struct voter {
	struct wording wording;
	struct guess guesses[GUESSES + 1]; /* not looked up yet; one place more for one that the map does not know */
	size_t guess_count;
	struct seen *seen; /* different pieces of the text */
	size_t count, room;
	uint32_t lists[LISTS]; /* of seen, by place of piece: 1 + index; 0: none */
	size_t known;	       /* words of the text that are pieces */
	/* What these functions say; 0: not asked for yet. */
	double of_tokens[WORDING_TOKENS_MAX + 1], of_times[TIMES];
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

static bool make_seen_room(struct voter *v, size_t more)
{
	size_t room = 2 * (v->count + more);
	struct seen *seen;

	if (v->count + more <= v->room)
		return true;
	seen = realloc(v->seen, room * sizeof *seen);
	if (!seen)
		return false;
	v->seen = seen;
	v->room = room;
	return true;
}

static size_t list_of(const struct weights *w, const struct piece *piece)
{
	return (size_t)(piece - w->table) % LISTS;
}

static void note(struct voter *v, const struct weights *w, const struct piece *piece, struct where where)
{
	uint32_t *list = &v->lists[list_of(w, piece)];

	for (uint32_t at = *list; at > 0; at = v->seen[at - 1].next)
		if (v->seen[at - 1].piece == piece) {
			v->seen[at - 1].times++;
			return;
		}
	v->seen[v->count] = (struct seen){piece, where, 1, *list};
	*list = (uint32_t)++v->count;
}

static inline void prefetch_row(const struct row *row)
{
	__builtin_prefetch(row->weight);
	__builtin_prefetch(&row->weight[ROW_SIZE - 1]);
}

/*
 * Which guesses are right. The tables are larger than the processor's caches: each step asks the memory for what the
 * next will look at, of all guesses at once. false: no memory.
 */
static bool look_up(struct voter *v, const struct weights *w)
{
	size_t count = v->guess_count;

	v->guess_count = 0;
	if (!make_seen_room(v, count))
		return false;
	for (size_t i = 0; i < count; i++)
		__builtin_prefetch(&w->table[v->guesses[i].hash & (w->places - 1)]);
	for (size_t i = 0; i < count; i++) {
		const struct guess *guess = &v->guesses[i];
		const struct piece *piece = piece_place(w, guess->hash);

		if (!piece->filled)
			continue;
		if (piece_has_row(piece))
			prefetch_row(&w->rows[piece->row]);
		v->known += guess->where.word;
		note(v, w, piece, guess->where);
	}
	return true;
}

/* One more guess behind `count` others, unless the map knows better. No branch: the processor could not foretell it. */
static inline size_t guess(struct voter *v, const struct weights *w, size_t count, struct guess guess)
{
	v->guesses[count] = guess;
	return count + map_has(w, guess.hash);
}

static bool look_up_words(struct voter *v, const struct weights *w)
{
	const struct token *tokens = v->wording.tokens;
	uint32_t tokens_left = (uint32_t)v->wording.count;
	size_t count = 0;

	for (uint32_t first = 0; tokens_left > 0; first++, tokens_left--) {
		uint64_t hash = wording_join(0, tokens[first].hash);
		uint32_t most = tokens_left < WORDING_WORDS ? tokens_left : WORDING_WORDS;

		if (count + WORDING_WORDS > GUESSES) {
			v->guess_count = count;
			count = 0;
			if (!look_up(v, w))
				return false;
		}
		count = guess(v, w, count, (struct guess){hash, {first, 1, tokens[first].word}});
		for (uint32_t words = 2; words <= most; words++) {
			hash = wording_join(hash, tokens[first + words - 1].hash);
			count = guess(v, w, count, (struct guess){hash, {first, (uint16_t)words, false}});
		}
	}
	v->guess_count = count;
	return look_up(v, w);
}

static bool look_up_words_and_runs(struct voter *v, const struct weights *w)
{
	const struct token *tokens = v->wording.tokens;
	struct gram gram = {0};

	while (wording_next(&v->wording, &gram)) {
		struct where where = {gram.first, (uint16_t)gram.words, gram.words == 1 && tokens[gram.first].word};

		v->guess_count = guess(v, w, v->guess_count, (struct guess){gram.hash, where});
		if (v->guess_count == GUESSES && !look_up(v, w))
			return false;
	}
	return look_up(v, w);
}

static bool read_text(struct voter *v, const struct weights *w, const char *text, size_t len)
{
	v->count = v->guess_count = v->known = 0;
	memset(v->lists, 0, sizeof v->lists);
	return wording_read(&v->wording, text, len) &&
	       (w->runs ? look_up_words_and_runs(v, w) : look_up_words(v, w));
}

/* The strongest pieces for or against a complaint or problem, without overlaps, in order of place. */
static void add_evidence(struct wording_vote *vote, uint32_t start, uint32_t end, double strength)
{
	size_t place = vote->evidence_count, weakest = 0;

	for (size_t i = 0; i < vote->evidence_count; i++) {
		bool overlaps = start < vote->evidence[i].end && vote->evidence[i].start < end;

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
	vote->evidence[place].start = start;
	vote->evidence[place].end = end;
	vote->evidence[place].strength = strength;
}

static void sort_evidence(struct wording_vote *vote)
{
	for (size_t i = 1; i < vote->evidence_count; i++)
		for (size_t k = i; k > 0 && vote->evidence[k - 1].start > vote->evidence[k].start; k--) {
			struct wording_vote swap;

			swap.evidence[0] = vote->evidence[k];
			vote->evidence[k] = vote->evidence[k - 1];
			vote->evidence[k - 1] = swap.evidence[0];
		}
}

/* What a vote's sums are made in. */
struct sums {
	_Alignas(16) double of[ROW_SIZE];
	double towards;
};

static void count_piece(struct sums *sums, const struct weights *w, const struct piece *piece, double share)
{
	double complaint;

	if (piece_has_row(piece)) {
		const struct row *row = &w->rows[piece->row];

		for (size_t i = 0; i < ROW_SIZE; i++)
			sums->of[i] += share * (double)row->weight[i];
		complaint = (double)row->weight[FITTED_COMPLAINT];
	} else {
		for (size_t i = 0; i < PIECE_SCORES; i++)
			sums->of[piece->score[i]] += share * (double)piece->weight[i];
		complaint = piece->score[0] == FITTED_COMPLAINT ? (double)piece->weight[0] : 0;
	}
	if (complaint > 0)
		sums->towards += share * complaint;
}

static double remember(double *known, size_t at, double (*of)(size_t))
{
	if (known[at] == 0)
		known[at] = of(at);
	return known[at];
}

static void count_up(struct voter *v, const struct weights *w, struct wording_vote *vote)
{
	double whole = remember(v->of_tokens, v->wording.count, of_tokens);
	struct sums sums = {0};

	for (size_t i = 0; i < v->count; i++) {
		const struct seen *seen = &v->seen[i];
		double share = whole, strength;

		if (seen->times >= TIMES)
			share = of_times(seen->times) * whole;
		else if (seen->times > 1)
			share = remember(v->of_times, seen->times, of_times) * whole;
		strength = share * (double)seen->piece->strength;
		count_piece(&sums, w, seen->piece, share);
		if (fabs(strength) >= EVIDENCE_MIN && seen->where.words > 0) {
			const struct token *first = &v->wording.tokens[seen->where.first];

			add_evidence(vote, first->start, first[seen->where.words - 1].end, strength);
		}
	}
	memcpy(vote->sum, sums.of, sizeof vote->sum);
	vote->towards = sums.towards;
	sort_evidence(vote);
}

enum err voter_ask(struct voter *v, const struct weights *w, const char *text, size_t len,
		   struct wording_vote *vote_r, struct error *e_r)
{
	struct wording_vote vote = {0};
	size_t words = 0;
	enum err rc = weights_whole(w) ? ERR_OK : weights_complete(w, e_r);

	if (rc)
		return rc;
	if (!read_text(v, w, text, len))
		return error_set(e_r, ERR_NOMEM, "no memory for the words of a text of %zu bytes", len);
	for (size_t i = 0; i < v->wording.count; i++)
		words += v->wording.tokens[i].word;
	vote.abstains = v->known < WORDS_KNOWN_MIN || (double)v->known < SHARE_KNOWN_MIN * (double)words;
	if (!vote.abstains)
		count_up(v, w, &vote);
	*vote_r = vote;
	return ERR_OK;
}
