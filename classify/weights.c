/*
 * weights.c - lets the pieces of a weights file (weights.h) vote on a text.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "classify/weights_impl.h"

#define WORDS_KNOWN_MIN 2   /* the vote abstains on fewer known words, */
#define SHARE_KNOWN_MIN 0.2 /* or on a smaller part of the text's words than this */
#define EVIDENCE_MIN 0.15   /* a piece that moves no score by this much is not shown */

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

static void count_up(const struct voter *v, const struct weights *w, struct wording_vote *vote)
{
	double whole = of_tokens(v->wording.count);

	for (size_t i = 0; i < v->count; i++) {
		const struct seen *seen = &v->seen[i];
		double share = of_times(seen->times) * whole, strength;

		for (const struct cell *cell = w->cells + seen->piece->first, *end = cell + seen->piece->count;
		     cell < end; cell++)
			vote->sum[cell->score] += share * (double)cell->weight;
		vote->towards += share * fmax(0, (double)seen->piece->complaint);
		strength = share * (double)seen->piece->strength;
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

	if (!weights_whole(w)) {
		enum err rc = weights_complete(w, e_r);

		if (rc)
			return rc;
	}
	v->count = 0;
	if (!make_room(v, w) || !wording_read(&v->wording, text, len))
		return error_set(e_r, ERR_NOMEM, "no memory for the words of a text of %zu bytes", len);
	for (size_t i = 0; i < v->wording.count; i++)
		words += v->wording.tokens[i].word;
	while (w->runs ? wording_next(&v->wording, &gram) : wording_next_words(&v->wording, &gram)) {
		const struct piece *piece = piece_find(w, gram.hash);

		if (!piece)
			continue;
		known += gram.words == 1 && v->wording.tokens[gram.first].word;
		if (!note(v, w, piece, &gram))
			return error_set(e_r, ERR_NOMEM, "no memory for the words of a text of %zu bytes", len);
	}
	vote.abstains = known < WORDS_KNOWN_MIN || (double)known < SHARE_KNOWN_MIN * (double)words;
	if (!vote.abstains)
		count_up(v, w, &vote);
	*vote_r = vote;
	return ERR_OK;
}
