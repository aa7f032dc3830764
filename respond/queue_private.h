/*
 * queue_private.h - one action on one complaint while it runs. For the files of the queue only: queue.c has the law,
 * queue_text.c what is asked of texts, queue_approve.c submitting and approving, queue_beside.c what is done beside,
 * queue_anew.c drafts made anew.
 */
#ifndef QUEUE_PRIVATE_H
#define QUEUE_PRIVATE_H

#include "queue.h"

#define QUEUE_REASON_MAX 2000 /* bytes */
#define QUEUE_DRAFT_MAX (16u << 10)

struct change {
	struct queue *queue;
	const struct actor *actor;
	const struct action_args *args;
	const struct transition *transition;
	struct complaint_row row;
	struct arena *arena;
	int64_t now_s;
	const char *reason;   /* to be kept on the complaint; NULL clears it */
	const char *detail;   /* for the audit row */
	struct ruling ruling; /* approve: what the policy says */
	struct offers offers; /* approve: what the reply offers and promises */
	struct error *e_r;
};

typedef enum err change_fn(struct change *change);

/* ---- queue_text.c ---- */
bool text_blank(const char *text);
/* A person's words as they are kept: valid UTF-8, no control characters, lines ended by \n, no blanks around. */
enum err text_take(struct arena *arena, const char *text, size_t max, const char *what, const char **text_r,
		   struct error *e_r) MUST_CHECK;
/* Is the draft the one that was read? */
enum err hash_check(struct change *c) MUST_CHECK;
enum err length_check(struct change *c) MUST_CHECK;
enum err mention_check(struct change *c) MUST_CHECK;
/* The text's findings as JSON, in arena; NULL without a tone. */
enum err findings_json(struct change *c, const char *text, const char **json_r) MUST_CHECK;
/* ERR_INVALID with the first blocking finding that nobody may let pass, or that nobody overrides (excused: says why it
 * is let pass; told: what to do else). */
enum err findings_check(struct change *c, bool excused, const char *told) MUST_CHECK;

/* ---- queue_beside.c ---- */
/* ERR_FORBIDDEN: "ann is an agent: to WHAT takes the role approver". */
enum err role_check(const struct actor *actor, enum role role, const char *what, struct error *e_r) MUST_CHECK;
/* Ends what store_begin() began: commits when err is ERR_OK. */
enum err transaction_end(struct store *store, enum err err, struct error *e_r) MUST_CHECK;

/* ---- queue_approve.c ---- */
const struct policy *queue_policy(const struct queue *queue); /* never NULL */
const char *approve_hindrance(struct arena *arena, const struct actor *actor, const struct complaint_row *row,
			      const struct ruling *ruling);
/* Counts what became of the template behind the current draft, once per draft. */
enum err fate_count(struct change *c, enum draft_fate fate) MUST_CHECK;
/* The decision is taken back: fate_count() before it was made counted it, and nothing else stands in its place. */
enum err fate_uncount(struct change *c, enum draft_fate fate) MUST_CHECK;
/* What an approval of the current draft counts as. */
enum draft_fate fate_approved(const struct change *c);
change_fn submit_check, submit_apply, approve_check, approve_apply;

#endif
