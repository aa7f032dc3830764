/*
 * weights.h - fitted weights of one language: of rules, and of words and phrases (the wording member). Pure.
 *
 * `amends rules fit` writes them, classify/rules/weights/LANG.txt holds the shipped ones. The format, a line each:
 *   # figures and where the weights come from
 *   weights en 2                              language, version of the format
 *   bias complaint=-0.81                      one for each score that was fitted
 *   rule refund_asked complaint=.4 problem=1.21 cause.billing=.8
 *   complaint=.52 cause.delivery=.1<TAB>still waiting     a piece's weights, a tab, the piece (see wording.h)
 * A score that a line leaves out is 0. A score without a bias was not fitted: the rules' own weights stand for it.
 */
#ifndef WEIGHTS_H
#define WEIGHTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules.h"
#include "wording.h"

#define WEIGHTS_SIZE_MAX (4u << 20) /* bytes of a file */
#define WEIGHTS_PIECES_MAX 100000
#define WEIGHTS_LANGS_MAX 16
#define WEIGHT_MAX 50 /* of a weight or bias, either sign: what is read, and so what may be written */
#define WEIGHTS_EVIDENCE_MAX 3 /* pieces shown of one text */

/*
 * What is fitted: whether a post complains; whether a complaint is a problem; the mood by two scores; whether a post
 * that does not complain is a question or praise; whether a post is about somebody else or nobody's matter; whether a
 * complaint is urgent (urgency 1 or 2); and one score for each cause of a complaint, the highest of which names it.
 */
#define FITTED(X) X(FITTED_COMPLAINT, "complaint") X(FITTED_PROBLEM, "problem") X(FITTED_NEGATIVE, "negative") \
	X(FITTED_POSITIVE, "positive") X(FITTED_QUESTION, "question") X(FITTED_PRAISE, "praise") \
	X(FITTED_NOT_OURS, "not_ours") X(FITTED_URGENT, "urgent")
#define FITTED_ENUM(name, word) name,
enum fitted { FITTED(FITTED_ENUM) FITTED_CAUSES, FITTED_COUNT = FITTED_CAUSES + CAUSE_COUNT };
#undef FITTED_ENUM
/* "problem", or "cause.billing" for FITTED_CAUSES + CAUSE_BILLING. */
const char *fitted_name(enum fitted value);

struct weights; /* of one language; immutable, may be shared by threads */

/* Errors begin "name:line: ". */
enum err weights_parse(const char *name, const char *text, size_t len, struct weights **weights_r,
		       struct error *e_r) MUST_CHECK;
/*
 * The same for a file that is known to be right (shipped, and tested), in which pieces stand behind everything else:
 * they are read when a text first asks for them. name and text must live as long as the weights.
 */
enum err weights_open(const char *name, const char *text, size_t len, struct weights **weights_r,
		      struct error *e_r) MUST_CHECK;
void weights_free(struct weights **weights);
const char *weights_lang(const struct weights *weights);
/* 16 hex digits over everything that can change a verdict. */
const char *weights_digest(const struct weights *weights);
bool weights_has(const struct weights *weights, enum fitted score);
double weights_bias(const struct weights *weights, enum fitted score);
/* Of weights_parse(). */
size_t weights_piece_count(const struct weights *weights);
/* Of weights_parse(): the weights of a piece as the file writes it; false: there is no such piece. */
bool weights_piece(const struct weights *weights, const char *piece, float weight_r[FITTED_COUNT]);
/* The fitted weights of a rule, FITTED_COUNT of them; NULL: none. */
const float *weights_rule(const struct weights *weights, const char *id);
/* Puts the fitted weights in place of the hand-written ones of this language's rules, before rules_compile(). */
void weights_apply(const struct weights *weights, struct rules_builder *builder);

/* One text's share in the scores. */
struct wording_vote {
	bool abstains; /* it knows too little of the text: sum is zero, no evidence */
	double sum[FITTED_COUNT];
	double towards; /* of the sum of complaint, what speaks for one: without what speaks against it */
	struct {
		uint32_t start, end; /* bytes of the text */
		double strength;     /* positive speaks for a complaint or problem */
	} evidence[WEIGHTS_EVIDENCE_MAX]; /* by start */
	size_t evidence_count;
};

struct voter; /* one thread's scratch memory */
struct voter *voter_new(void); /* NULL: memory */
void voter_free(struct voter **voter);
/* ERR_NOMEM only, if what weights_open() was given is right. */
enum err voter_ask(struct voter *voter, const struct weights *weights, const char *text, size_t len,
		   struct wording_vote *vote_r, struct error *e_r) MUST_CHECK;

/* How much a piece counts that stands `times` in a text of `tokens` tokens. */
double wording_share(size_t times, size_t tokens);

#endif
