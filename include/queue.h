/*
 * queue.h - what people do with complaints: the one table of states and transitions, each a guarded UPDATE plus an
 * audit row in one transaction. Desk, API and `amends queue` all call these and nothing else.
 */
#ifndef QUEUE_H
#define QUEUE_H

#include "draft.h"
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
	X(ACTION_APPROVE, "approve")   /* open, submitted -> approved; needs the hash of the text that was read */     \
	X(ACTION_REJECT, "reject")     /* submitted -> open, with a reason */                                          \
	X(ACTION_CLOSE, "close")       /* open, submitted -> closed, with a reason ("deliberately no reply") */        \
	X(ACTION_WITHDRAW, "withdraw") /* approved -> open, while the outbox row is still scheduled or a hand-off */   \
	X(ACTION_POSTED, "posted")     /* approved hand-off -> replied, with the reply's address if known */           \
	X(ACTION_REOPEN, "reopen")     /* closed -> open */

#define ACTION_ENUM(name, word) name,
enum action { ACTIONS(ACTION_ENUM) ACTION_COUNT };
#undef ACTION_ENUM
const char *action_name(enum action action);

struct actor {
	int64_t user_id; /* 0: the program itself or the local terminal */
	const char *name; /* on the audit row: "maya", "terminal:root", "amends" */
	enum role role;
};

struct queue {
	struct store *store;
	const struct settings *settings;
	struct tone *tone; /* may be NULL: no findings */
};

struct action_args {
	int64_t complaint_id;
	const char *text;   /* DRAFT: the new text; POSTED: the reply's address or NULL */
	const char *hash;   /* APPROVE, SUBMIT: hash of the draft text that was read (hex SHA-256);
			     * DRAFT: of the text the change started from, ERR_CONFLICT when it is no longer current; NULL: any */
	const char *reason; /* REJECT, CLOSE: not empty */
};

/* Is the action possible in this state for this role? (for buttons) */
bool queue_allows(enum action action, enum complaint_state state, enum role role, bool handoff);
/*
 * Does it, in one urgent transaction with its audit row. ERR_CONFLICT: state or text changed meanwhile (the sentence
 * says what it is now); ERR_FORBIDDEN: role; ERR_INVALID: reason or text missing, too long for the platform,
 * a blocking tone finding. Approving schedules the outbox row (now + undo_s), or marks a hand-off where the platform
 * cannot reply.
 */
enum err queue_do(struct queue *queue, const struct actor *actor, enum action action, const struct action_args *args,
		  struct error *e_r) MUST_CHECK;

/*
 * How long the text is as the complaint's platform counts, by the server's own limit where it told one. *rule_r: the
 * rule used, .limit 0 when there is none.
 */
size_t queue_length(const struct complaint_row *row, const char *text, struct length_rule *rule_r);

/* Hex SHA-256 (libsodium) over target platform, post id and text, with lengths: what an approval is bound to. */
#define APPROVAL_HASH_SIZE 65
void approval_hash(const char *platform, const char *post_id, const char *text, char out[APPROVAL_HASH_SIZE]);

#endif
