/*
 * queue.h - what people do with complaints: the one table of states and transitions, each a guarded UPDATE plus an
 * audit row in one transaction. Desk, API and `amends queue` all call these and nothing else.
 */
#ifndef QUEUE_H
#define QUEUE_H

#include "draft.h"
#include "offer.h"
#include "policy.h"
#include "store.h"
#include "tone.h"

/*
 * open      needs a person; has a draft where a template fitted
 * submitted an agent asks for approval
 * approved  bound to a text; scheduled in the outbox (or waiting for hand-off)
 * replied   delivered, or marked as posted
 * closed    deliberately no reply, with a reason
 * A new post by the author moves replied and closed back to open.
 */
#define ACTIONS(X)                                                                                                     \
	X(ACTION_DRAFT, "draft")       /* change the draft's text: open, submitted (re-opens nothing but the hash) */  \
	X(ACTION_SUBMIT, "submit")     /* open -> submitted */                                                         \
	X(ACTION_APPROVE, "approve")   /* open, submitted -> approved; needs the hash of the text that was read; what  \
					* the policy asks for two people is approved from submitted only */            \
	X(ACTION_REJECT, "reject")     /* submitted -> open, with a reason; the draft is dropped */                    \
	X(ACTION_ASK, "changes")       /* submitted -> open, with a note; the draft stays, to be changed */            \
	X(ACTION_CLOSE, "close")       /* open, submitted -> closed, with a reason ("deliberately no reply") */        \
	X(ACTION_WITHDRAW, "withdraw") /* approved -> open, while the outbox row is still scheduled or a hand-off */   \
	X(ACTION_POSTED, "posted")     /* approved hand-off -> replied, with the reply's address if known */           \
	X(ACTION_REOPEN, "reopen")     /* closed -> open */

#define ACTION_ENUM(name, word) name,
enum action { ACTIONS(ACTION_ENUM) ACTION_COUNT };
#undef ACTION_ENUM
const char *action_name(enum action action);

/* What a flagged complaint is more likely than what it is called, by thresholds that let few problems pass. */
enum doubt {
	DOUBT_NONE,
	DOUBT_COMPLAINT, /* likelier no complaint */
	DOUBT_PROBLEM	 /* called a problem, likelier a vent */
};
enum doubt queue_doubt(const struct complaint_row *row);

struct actor {
	int64_t user_id;  /* 0: the program itself or the local terminal */
	const char *name; /* on the audit row: "maya", "terminal:root", "amends" */
	enum role role;
};

struct queue {
	struct store *store;
	const struct settings *settings;
	struct tone *tone;           /* may be NULL: no findings */
	struct offer_reader *offers; /* may be NULL: remedies, amounts, links and promises are not seen */
	const struct templates *templates; /* may be NULL: no draft is made anew */
	const struct ruleset *rules; /* may be NULL: then templates that ask for a rule's hit are left out */
};

struct action_args {
	int64_t complaint_id;
	const char *text;         /* DRAFT: the new text; POSTED: the reply's address or NULL */
	const char *hash;         /* APPROVE, SUBMIT: hash of the draft text that was read (hex SHA-256);
				   * DRAFT: of the text the change started from, ERR_CONFLICT when it is no longer
				   * current; NULL: any */
	const char *reason;       /* REJECT, ASK, CLOSE: not empty */
	const char *override_why; /* SUBMIT: why a blocking finding is wrong here; NULL: there is none */
	bool override; /* APPROVE: yes, the blocking findings are wrong here, for the reason the submitter gave */
};

#define QUEUE_PROGRAM "amends" /* who made drafts that nobody has changed */

/* Is the action possible in this state for this role, whatever the policy says of this complaint? (see queue_hindrance)
 */
bool queue_allows(enum action action, enum complaint_state state, enum role role, bool handoff);
/*
 * Does it, in one urgent transaction with its audit row. ERR_CONFLICT: state or text changed meanwhile (the sentence
 * says what it is now); ERR_FORBIDDEN: role or policy, with what to do; ERR_INVALID: reason or text missing, too long
 * for the platform, a blocking tone finding that nobody overrides. Approving schedules the outbox row (now + undo_s),
 * or marks a hand-off where the platform cannot reply.
 */
enum err queue_do(struct queue *queue, const struct actor *actor, enum action action, const struct action_args *args,
		  struct error *e_r) MUST_CHECK;

/* ---- what the policy says, for buttons and their reasons ---- */

/* The tone of a text with the levels that the policy gives (policy_blocks): for the live check, too. No findings
 * without queue->tone. In arena. */
enum err queue_findings(const struct queue *queue, struct arena *arena, const struct complaint_row *row,
			const char *text, const struct tone_finding **findings_r, size_t *count_r,
			struct error *e_r) MUST_CHECK;
/* The ruling on the complaint's current draft, or on `text` when that is not NULL (what stands in the box). */
enum err queue_ruling(const struct queue *queue, struct arena *arena, const struct complaint_row *row, const char *text,
		      struct ruling *ruling_r, struct error *e_r) MUST_CHECK;
/*
 * Why this person cannot do that now, in a sentence with what to do instead; NULL: nothing is in the way (the text
 * itself may still be: too long, changed meanwhile). Looks at state, role and ruling. In arena. ruling: needed for
 * APPROVE, else NULL.
 */
const char *queue_hindrance(const struct queue *queue, struct arena *arena, const struct actor *actor,
			    enum action action, const struct complaint_row *row, const struct ruling *ruling);

/* ---- drafts made anew; each one urgent transaction ---- */

/* Is the complaint open, and is there nothing of a person's to be lost: no draft, or one that amends made? */
bool queue_can_reword(const struct queue *queue, const struct complaint_row *row);
/*
 * A person says what the complaint's latest post is (correction: class, cause, urgency, note). Its draft is made anew, if
 * queue_can_reword() and something has changed (*anew_r); where no template fits then, there is none. ERR_NOT_FOUND,
 * ERR_INVALID; ERR_FORBIDDEN, also to whom the policy does not let act on it when it would be urgent no more.
 */
enum err queue_judge(struct queue *queue, const struct actor *actor, int64_t complaint_id,
		     const struct correction *correction, bool *anew_r, struct error *e_r) MUST_CHECK;
/*
 * Another wording of the draft, or a first one. shown: what stands before the person; NULL: the draft. ERR_INVALID: it
 * has been changed; ERR_CONFLICT: not queue_can_reword(), or no template has another; ERR_FORBIDDEN; ERR_NOT_FOUND.
 */
enum err queue_reword(struct queue *queue, const struct actor *actor, int64_t complaint_id, const char *shown,
		      struct error *e_r) MUST_CHECK;

/* ---- what people do beside complaints; each one urgent transaction with its audit row ---- */

/* Pauses all sending of a brand (0: of all), or lets it go on. Anybody who may answer can stop it; an approver starts
 * it. */
enum err queue_pause(struct queue *queue, const struct actor *actor, int64_t brand_id, bool on,
		     struct error *e_r) MUST_CHECK;
/* A person says that what was promised in a complaint has been done. ERR_CONFLICT: no promise of it is open. */
enum err queue_promise_kept(struct queue *queue, const struct actor *actor, int64_t complaint_id,
			    struct error *e_r) MUST_CHECK;
/* A reply of the sample was looked at, by an approver who did not approve it. Not fine needs a note. */
enum err queue_review(struct queue *queue, const struct actor *actor, int64_t review_id, bool fine, const char *note,
		      struct error *e_r) MUST_CHECK;

/*
 * How long the text is as the complaint's platform counts, by the server's own limit where it told one. *rule_r: the
 * rule used, .limit 0 when there is none.
 */
size_t queue_length(const struct complaint_row *row, const char *text, struct length_rule *rule_r);
/* Why nobody can let this text go, whatever the policy says: too long, and by how much. In arena; NULL: it fits. */
const char *queue_length_hindrance(struct arena *arena, const struct complaint_row *row, const char *text);
/* It does not name whom it answers, where the platform would then notify nobody. In arena; NULL: it does, or need not. */
const char *queue_mention_hindrance(struct arena *arena, const struct complaint_row *row, const char *text);

/* Hex SHA-256 (libsodium) over target platform, post id and text, with lengths: what an approval is bound to. */
#define APPROVAL_HASH_SIZE 65
void approval_hash(const char *platform, const char *post_id, const char *text, char out[APPROVAL_HASH_SIZE]);

#endif
