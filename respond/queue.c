/*
 * queue.c - what people do with complaints.
 *
 * `transitions` is the whole law: which action leads from where to where, who may do it, and what it asks for.
 * queue_do() reads the complaint inside an urgent transaction, holds the action against its row of the table, does the
 * guarded UPDATE, the action's own effect, and the audit row; then it commits, or nothing happened. The UPDATE names
 * the states it may leave and the hash of the text that was read, so two people at two desks cannot both win.
 */
#include <json-c/json.h>
#include <string.h>

#include "clock.h"
#include "jsonio.h"
#include "respond/queue_private.h"

#define ADDRESS_BYTES_MAX 2000
#define CHANGE_ARENA (8u << 20)

static change_fn draft_check, draft_apply, reason_check, reject_apply, close_apply, withdraw_check, withdraw_apply,
	reopen_apply, posted_check, posted_apply;

#define IN(state) (1u << (state))

static const struct transition {
	const char *name;
	const char *cannot;       /* "it cannot be ..." */
	unsigned from;            /* IN(...) of the states it may leave */
	int to;                   /* enum complaint_state, or -1: stays where it is */
	enum role role;           /* the least one that may, whatever the policy says */
	bool handoff_only;        /* only while a person is to post the reply by hand */
	bool first;               /* urgent matters: only from the policy's first role on */
	bool bound;               /* to the hash of the text that was read */
	change_fn *check, *apply; /* before and after the guarded UPDATE; NULL nothing */
} transitions[ACTION_COUNT] = {
	[ACTION_DRAFT] = {.name = "draft",
			  .cannot = "redrafted",
			  .from = IN(STATE_OPEN) | IN(STATE_SUBMITTED),
			  .to = -1,
			  .role = ROLE_AGENT,
			  .first = true,
			  .check = draft_check,
			  .apply = draft_apply},
	[ACTION_SUBMIT] = {.name = "submit",
			   .cannot = "submitted",
			   .from = IN(STATE_OPEN),
			   .to = STATE_SUBMITTED,
			   .role = ROLE_AGENT,
			   .first = true,
			   .bound = true,
			   .check = submit_check,
			   .apply = submit_apply},
	[ACTION_APPROVE] = {.name = "approve",
			    .cannot = "approved",
			    .from = IN(STATE_OPEN) | IN(STATE_SUBMITTED),
			    .to = STATE_APPROVED,
			    .role = ROLE_AGENT,
			    .first = true,
			    .bound = true,
			    .check = approve_check,
			    .apply = approve_apply},
	[ACTION_REJECT] = {.name = "reject",
			   .cannot = "rejected",
			   .from = IN(STATE_SUBMITTED),
			   .to = STATE_OPEN,
			   .role = ROLE_APPROVER,
			   .check = reason_check,
			   .apply = reject_apply},
	[ACTION_ASK] = {.name = "changes",
			.cannot = "sent back for changes",
			.from = IN(STATE_SUBMITTED),
			.to = STATE_OPEN,
			.role = ROLE_APPROVER,
			.check = reason_check},
	[ACTION_CLOSE] = {.name = "close",
			  .cannot = "closed",
			  .from = IN(STATE_OPEN) | IN(STATE_SUBMITTED),
			  .to = STATE_CLOSED,
			  .role = ROLE_AGENT,
			  .first = true,
			  .check = reason_check,
			  .apply = close_apply},
	[ACTION_WITHDRAW] = {.name = "withdraw",
			     .cannot = "withdrawn",
			     .from = IN(STATE_APPROVED),
			     .to = STATE_OPEN,
			     .role = ROLE_AGENT,
			     .check = withdraw_check,
			     .apply = withdraw_apply},
	[ACTION_POSTED] = {.name = "posted",
			   .cannot = "marked as posted",
			   .from = IN(STATE_APPROVED),
			   .to = STATE_REPLIED,
			   .role = ROLE_AGENT,
			   .handoff_only = true,
			   .check = posted_check,
			   .apply = posted_apply},
	[ACTION_REOPEN] = {.name = "reopen",
			   .cannot = "reopened",
			   .from = IN(STATE_CLOSED),
			   .to = STATE_OPEN,
			   .role = ROLE_AGENT,
			   .apply = reopen_apply},
};

const char *action_name(enum action action)
{
	return transitions[action].name;
}

enum doubt queue_doubt(const struct complaint_row *row)
{
	bool flagged = row->class == CLASS_PROBLEM || row->class == CLASS_VENT, judged = row->complaint == 1;

	if (!flagged || judged || row->undecided || row->complaint <= 0)
		return DOUBT_NONE;
	if (row->complaint < COMPLAINT_UNSURE_BELOW)
		return DOUBT_COMPLAINT;
	return row->class == CLASS_PROBLEM && row->problem < .5 && row->urgency < 2 ? DOUBT_PROBLEM : DOUBT_NONE;
}

bool queue_allows(enum action action, enum complaint_state state, enum role role, bool handoff)
{
	const struct transition *transition = &transitions[action];

	return role >= transition->role && (transition->from & IN(state)) != 0 &&
	       (!transition->handoff_only || handoff);
}

/* ---- who may ---- */

/* A hindrance stays one, even if there is no memory left to say it. */
static const char *sentence(const char *text)
{
	return text != NULL ? text : "out of memory";
}

static const char *role_hindrance(struct arena *arena, const struct actor *actor, const struct transition *t)
{
	if (actor->role >= t->role)
		return NULL;
	if (t == &transitions[ACTION_ASK])
		return sentence(arena_printf(arena, "%s is %s %s: to ask for changes takes the role %s", actor->name,
					     actor->role == ROLE_VIEWER ? "a" : "an", role_name(actor->role),
					     role_name(t->role)));
	return sentence(arena_printf(arena, "%s is %s %s: to %s a complaint takes the role %s", actor->name,
				     actor->role == ROLE_VIEWER ? "a" : "an", role_name(actor->role), t->name,
				     role_name(t->role)));
}

static const char *state_hindrance(struct arena *arena, const struct complaint_row *row, const struct transition *t)
{
	if ((t->from & IN(row->state)) != 0)
		return NULL;
	return sentence(arena_printf(arena, "complaint %lld is %s now: it cannot be %s; reload and look again",
				     (long long)row->id, state_name(row->state), t->cannot));
}

/* A reply that is on its way, or delivered by the program itself. */
static const char *reply_hindrance(struct arena *arena, const struct complaint_row *row, enum action action)
{
	bool handoff = row->outbox_id != 0 && row->outbox_state == OUTBOX_HANDOFF;
	bool scheduled = row->outbox_id != 0 && row->outbox_state == OUTBOX_SCHEDULED;

	if (action == ACTION_POSTED && !handoff)
		return sentence(arena_printf(arena,
					     "the reply of complaint %lld is not waiting for a person to post it",
					     (long long)row->id));
	if (action == ACTION_WITHDRAW && !handoff && !scheduled)
		return sentence(arena_printf(
			arena, "the reply of complaint %lld is %s: too late to withdraw it", (long long)row->id,
			row->outbox_id != 0 ? outbox_state_name(row->outbox_state) : "not in the outbox"));
	return NULL;
}

/* Urgent matters go to somebody before anybody else acts. */
static const char *first_hindrance(const struct policy *policy, struct arena *arena, const struct actor *actor,
				   const struct complaint_row *row, const struct transition *t)
{
	if (!t->first || actor->role >= policy->first_role || !policy_first(policy, row))
		return NULL;
	return sentence(policy_first_why(policy, arena, row));
}

const char *queue_hindrance(const struct queue *queue, struct arena *arena, const struct actor *actor,
			    enum action action, const struct complaint_row *row, const struct ruling *ruling)
{
	const struct transition *t = &transitions[action];
	const char *why = role_hindrance(arena, actor, t);

	if (why == NULL)
		why = state_hindrance(arena, row, t);
	if (why == NULL)
		why = reply_hindrance(arena, row, action);
	if (why == NULL)
		why = first_hindrance(queue_policy(queue), arena, actor, row, t);
	if (why == NULL && action == ACTION_APPROVE && ruling != NULL)
		why = approve_hindrance(arena, actor, row, ruling);
	return why;
}

/* ---- draft ---- */

static enum err draft_check(struct change *c)
{
	if (text_blank(c->args->text))
		return error_set(c->e_r, ERR_INVALID,
				 "the draft is empty: write a reply, or close the complaint with a reason");
	/* Whoever says which text they started from does not overwrite a colleague's newer one. */
	if (!text_blank(c->args->hash) && c->row.draft_id != 0) {
		enum err err = hash_check(c);

		if (err != ERR_OK)
			return err;
	}
	c->reason = c->row.reason;
	return ERR_OK;
}

/* For the record: the new text's hash, and that of the text it was made from. */
static enum err edit_detail(struct change *c, const char *hash)
{
	CLEANUP(json) struct json_object *object = json_object_new_object();

	if (object != NULL && json_add_str(object, "hash", hash) && json_add_str(object, "before", c->row.draft_hash))
		c->detail = arena_strdup(c->arena, json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN));
	return c->detail != NULL ? ERR_OK : error_set(c->e_r, ERR_NOMEM, "out of memory");
}

static enum err draft_apply(struct change *c)
{
	char hash[APPROVAL_HASH_SIZE];
	const char *text, *findings, *by = c->actor->name;
	int64_t draft_id;
	enum err err;

	err = text_take(c->arena, c->args->text, QUEUE_DRAFT_MAX, "the draft", &text, c->e_r);
	if (err == ERR_OK)
		err = findings_json(c, text, &findings);
	if (err != ERR_OK)
		return err;
	/* Saved as it was (for a newer post, say), it is still the work of whoever wrote it. */
	if (c->row.draft_id != 0 && c->row.draft_by != NULL && strcmp(text, c->row.draft) == 0)
		by = c->row.draft_by;
	approval_hash(c->row.platform, c->row.post_ext_id, text, hash);
	err = store_draft_put(c->queue->store, c->row.id, text, hash, c->row.draft_template, c->row.draft_why,
			      c->row.draft_lang != NULL ? c->row.draft_lang : c->row.lang, by, findings, c->now_s,
			      &draft_id, c->e_r);
	/* It is still submitted by whom it was. But a finding was held for wrong in the text as it was, not in another.
	 */
	if (err == ERR_OK && c->row.state == STATE_SUBMITTED && c->row.submitted_by != NULL)
		err = store_complaint_submitted(c->queue->store, c->row.id, c->row.submitted_by,
						strcmp(hash, c->row.draft_hash) == 0 ? c->row.override_why : NULL,
						c->e_r);
	return err == ERR_OK ? edit_detail(c, hash) : err;
}

/* ---- reject, ask for changes, close ---- */

static enum err reason_check(struct change *c)
{
	enum err err;

	if (text_blank(c->args->reason))
		return error_set(c->e_r, ERR_INVALID, "a reason is needed: it is kept and counted");
	err = text_take(c->arena, c->args->reason, QUEUE_REASON_MAX, "the reason", &c->reason, c->e_r);
	c->detail = c->reason;
	return err;
}

static enum err reject_apply(struct change *c)
{
	enum err err = fate_count(c, FATE_REJECTED);

	if (err == ERR_OK && c->row.draft_id != 0)
		err = store_draft_drop(c->queue->store, c->row.id, c->e_r);
	return err;
}

static enum err close_apply(struct change *c)
{
	return fate_count(c, FATE_CLOSED);
}

/* What a person decided is taken back; what the program closed by itself was never counted. */
static enum err reopen_apply(struct change *c)
{
	struct audit_row *rows = NULL;
	size_t count = 0;
	enum err err = store_audit_list(c->queue->store, c->arena, c->row.id, &rows, &count, c->e_r);

	while (err == ERR_OK && count-- > 0)
		if (strcmp(rows[count].action, action_name(ACTION_CLOSE)) == 0)
			return strcmp(rows[count].by, QUEUE_PROGRAM) == 0 ? ERR_OK : fate_uncount(c, FATE_CLOSED);
	return err;
}

/* ---- withdraw, posted ---- */

static enum err withdraw_check(struct change *c)
{
	const char *why = reply_hindrance(c->arena, &c->row, ACTION_WITHDRAW);

	return why != NULL ? error_set(c->e_r, ERR_CONFLICT, "%s", why) : ERR_OK;
}

static enum err withdraw_apply(struct change *c)
{
	enum err err = store_outbox_move(c->queue->store, c->row.outbox_id, c->row.outbox_state, OUTBOX_CANCELLED,
					 c->now_s, 0, 0, NULL, NULL, NULL, c->e_r);

	return err == ERR_OK ? fate_uncount(c, fate_approved(c)) : err;
}

static enum err posted_check(struct change *c)
{
	const char *address = NULL, *why = reply_hindrance(c->arena, &c->row, ACTION_POSTED);
	enum err err;

	if (why != NULL)
		return error_set(c->e_r, ERR_CONFLICT, "%s", why);
	if (text_blank(c->args->text))
		return ERR_OK;
	err = text_take(c->arena, c->args->text, ADDRESS_BYTES_MAX, "the reply's address", &address, c->e_r);
	if (err != ERR_OK)
		return err;
	if ((strncmp(address, "https://", 8) != 0 && strncmp(address, "http://", 7) != 0) ||
	    strpbrk(address, " \t\n\"<>") != NULL)
		return error_set(c->e_r, ERR_INVALID,
				 "the reply's address must begin with https:// (or leave it empty)");
	c->detail = address;
	return ERR_OK;
}

static enum err posted_apply(struct change *c)
{
	enum err err = store_outbox_move(c->queue->store, c->row.outbox_id, OUTBOX_HANDOFF, OUTBOX_SENT, c->now_s,
					 c->now_s, 0, NULL, c->detail, NULL, c->e_r);

	return err == ERR_OK ? store_promise_keep(c->queue->store, c->row.id, c->row.outbox_id, c->now_s, c->e_r) : err;
}

/* ---- the one way in ---- */

static enum err change_run(struct change *c)
{
	const struct transition *t = c->transition;
	struct store *store = c->queue->store;
	const char *why;
	enum err err;

	err = store_complaint_get(store, c->arena, c->args->complaint_id, &c->row, c->e_r);
	if (err != ERR_OK)
		return err;
	why = state_hindrance(c->arena, &c->row, t);
	if (why != NULL)
		return error_set(c->e_r, ERR_CONFLICT, "%s", why);
	why = first_hindrance(queue_policy(c->queue), c->arena, c->actor, &c->row, t);
	if (why != NULL)
		return error_set(c->e_r, ERR_FORBIDDEN, "%s", why);
	err = t->check != NULL ? t->check(c) : ERR_OK;
	if (err != ERR_OK)
		return err;
	err = store_complaint_move(store, c->row.id, IN(c->row.state),
				   t->to >= 0 ? (enum complaint_state)t->to : c->row.state,
				   t->bound ? c->row.draft_hash : NULL, c->reason, c->now_s, c->e_r);
	if (err == ERR_OK && t->apply != NULL)
		err = t->apply(c);
	if (err != ERR_OK)
		return err;
	return store_audit_put(store, c->row.id, c->actor->user_id, c->actor->name, t->name, c->detail, c->now_s,
			       c->e_r);
}

enum err queue_do(struct queue *queue, const struct actor *actor, enum action action, const struct action_args *args,
		  struct error *e_r)
{
	struct change c = {
		.queue = queue,
		.actor = actor,
		.args = args,
		.transition = &transitions[action],
		.now_s = clock_now_s(),
		.e_r = e_r,
	};
	const char *why;
	enum err err;

	c.arena = arena_new(CHANGE_ARENA);
	if (c.arena == NULL)
		return error_set(e_r, ERR_NOMEM, "out of memory");
	why = role_hindrance(c.arena, actor, c.transition);
	err = why != NULL ? error_set(e_r, ERR_FORBIDDEN, "%s", why) : store_begin(queue->store, STORE_URGENT, e_r);
	if (err != ERR_OK)
		goto out;
	err = change_run(&c);
	if (err == ERR_OK)
		err = store_commit(queue->store, e_r);
	if (err != ERR_OK)
		store_rollback(queue->store);
out:
	arena_free(&c.arena);
	return err;
}
