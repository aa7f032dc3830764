/*
 * queue_anew.c - drafts made anew: after a person judged otherwise, or because another wording is wanted. What somebody
 * has written, or is asked to approve, is never replaced.
 */
#include <json-c/json.h>
#include <string.h>

#include "clock.h"
#include "drafting.h"
#include "jsonio.h"
#include "respond/queue_private.h"

#define ANEW_ARENA (16u << 20)

/* One complaint while its draft is looked at, inside a transaction. */
struct anew {
	struct queue *queue;
	const struct actor *actor;
	struct arena *arena;
	struct complaint_row row;
	int64_t now_s;
	struct error *e_r;
};

bool queue_can_reword(const struct queue *queue, const struct complaint_row *row)
{
	return queue->templates && row->state == STATE_OPEN && !row->post_deleted &&
	       (row->draft_id == 0 || (row->draft_by && strcmp(row->draft_by, QUEUE_PROGRAM) == 0));
}

static enum err make(struct anew *a, bool other)
{
	const struct drafting how = {.store = a->queue->store,
				     .settings = a->queue->settings,
				     .templates = a->queue->templates,
				     .rules = a->queue->rules,
				     .tone = a->queue->tone,
				     .arena = a->arena,
				     .now_s = a->now_s};
	const struct verdict verdict = drafting_verdict(&a->row);
	const struct drafting_wish wish = {.as = &verdict, .salt = (uint64_t)a->row.draft_id, .other = other};

	return drafting_anew(&how, &a->row, &wish, a->e_r);
}

static enum err row_get(struct anew *a, int64_t complaint_id)
{
	enum err err = store_complaint_get(a->queue->store, a->arena, complaint_id, &a->row, a->e_r);

	if (err == ERR_NOT_FOUND)
		return error_set(a->e_r, err, "there is no complaint %lld", (long long)complaint_id);
	return err;
}

static enum err begin(struct anew *a, const char *what)
{
	enum err err = role_check(a->actor, ROLE_AGENT, what, a->e_r);

	if (err != ERR_OK)
		return err;
	a->arena = arena_new(ANEW_ARENA);
	if (a->arena == NULL)
		return error_set(a->e_r, ERR_NOMEM, "out of memory");
	a->now_s = clock_now_s();
	err = store_begin(a->queue->store, STORE_URGENT, a->e_r);
	if (err != ERR_OK)
		arena_free(&a->arena);
	return err;
}

static enum err end(struct anew *a, enum err err)
{
	err = transaction_end(a->queue->store, err, a->e_r);
	arena_free(&a->arena);
	return err;
}

/* ---- judging ---------------------------------------------------------------------------------------------------- */

/* Who may not act on an urgent matter may not talk it down either, and so act on it. */
static enum err check_first(struct anew *a, const struct correction *word)
{
	const struct policy *policy = queue_policy(a->queue);
	struct complaint_row after = a->row;

	after.class = word->class;
	after.cause = word->cause;
	after.urgency = word->urgency;
	if (a->actor->role >= policy->first_role || !policy_first(policy, &a->row) || policy_first(policy, &after))
		return ERR_OK;
	return error_set(a->e_r, ERR_FORBIDDEN, "%s, who may judge it less urgent",
			 policy_first_why(policy, a->arena, &a->row));
}

/* What amends wrote for something else is of no use any more: where no template fits now, there is no draft. */
static enum err judge(struct anew *a, int64_t complaint_id, const struct correction *correction, bool *anew_r)
{
	struct correction word = *correction;
	enum err err = row_get(a, complaint_id);

	if (err != ERR_OK)
		return err;
	word.post_id = a->row.post_id;
	word.user_id = a->actor->user_id;
	word.by = a->actor->name;
	err = check_first(a, &word);
	if (err != ERR_OK)
		return err;
	*anew_r = queue_can_reword(a->queue, &a->row) &&
		  (a->row.class != word.class || a->row.cause != word.cause || a->row.urgency != word.urgency);
	err = store_correction_put(a->queue->store, &word, a->now_s, a->e_r);
	if (err != ERR_OK || !*anew_r)
		return err;
	err = row_get(a, complaint_id);
	if (err == ERR_OK)
		err = make(a, false);
	return err == ERR_NOT_FOUND ? store_draft_drop(a->queue->store, complaint_id, a->e_r) : err;
}

enum err queue_judge(struct queue *queue, const struct actor *actor, int64_t complaint_id,
		     const struct correction *correction, bool *anew_r, struct error *e_r)
{
	struct anew a = {.queue = queue, .actor = actor, .e_r = e_r};
	enum err err = begin(&a, "judge otherwise");

	return err == ERR_OK ? end(&a, judge(&a, complaint_id, correction, anew_r)) : err;
}

/* ---- another wording -------------------------------------------------------------------------------------------- */

/* Nothing that a person typed is replaced, saved or not. */
static enum err check_untouched(struct anew *a, const char *shown)
{
	const char *hindrance = queue_hindrance(a->queue, a->arena, a->actor, ACTION_DRAFT, &a->row, NULL);

	if (hindrance)
		return error_set(a->e_r, ERR_FORBIDDEN, "%s", hindrance);
	if (!queue_can_reword(a->queue, &a->row))
		return error_set(a->e_r, ERR_CONFLICT, "only a draft of an open complaint that nobody has changed can be "
				 "worded anew");
	if (shown && strcmp(shown, a->row.draft_id ? a->row.draft : "") != 0)
		return error_set(a->e_r, ERR_INVALID, "you changed the text: another wording would replace it. Save it, "
				 "or take your change back");
	return ERR_OK;
}

/* Who asked, for what text, and which one it replaces. */
static enum err record(struct anew *a, const char *before)
{
	CLEANUP(json) struct json_object *detail = json_object_new_object();

	if (detail == NULL || !json_add_str(detail, "hash", a->row.draft_hash) ||
	    !json_add_str(detail, "before", before))
		return error_set(a->e_r, ERR_NOMEM, "out of memory");
	return store_audit_put(a->queue->store, a->row.id, a->actor->user_id, a->actor->name, "another",
			       json_object_to_json_string_ext(detail, JSON_C_TO_STRING_PLAIN), a->now_s, a->e_r);
}

static enum err reword(struct anew *a, int64_t complaint_id, const char *shown)
{
	const char *before;
	enum err err = row_get(a, complaint_id);

	if (err == ERR_OK && shown)
		err = text_take(a->arena, shown, QUEUE_DRAFT_MAX, "the text", &shown, a->e_r);
	if (err == ERR_OK)
		err = check_untouched(a, shown);
	if (err != ERR_OK)
		return err;
	before = a->row.draft_id ? a->row.draft_hash : NULL;
	err = make(a, true);
	if (err == ERR_NOT_FOUND)
		return error_set(a->e_r, ERR_CONFLICT, "no template has another wording for this: write your own");
	if (err == ERR_OK)
		err = row_get(a, complaint_id);
	return err == ERR_OK ? record(a, before) : err;
}

enum err queue_reword(struct queue *queue, const struct actor *actor, int64_t complaint_id, const char *shown,
		      struct error *e_r)
{
	struct anew a = {.queue = queue, .actor = actor, .e_r = e_r};
	enum err err = begin(&a, "change a draft");

	return err == ERR_OK ? end(&a, reword(&a, complaint_id, shown)) : err;
}
