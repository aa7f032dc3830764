/*
 * queue_approve.c - asking for approval and giving it.
 *
 * An approval is bound to the text that was read (its hash), for the post it answers. Who may give it is the policy's
 * ruling (policy.c) on this complaint and this text, asked for inside the transaction. With it go, or nothing does: the
 * outbox row, the promises the reply makes, what became of the template, and, for replies that one person let go, the
 * place on the list of those looked at later.
 */
#include <json-c/json.h>
#include <string.h>

#include "clock.h"
#include "jsonio.h"
#include "platform.h"
#include "promise.h"
#include "respond/queue_private.h"

const struct policy *queue_policy(const struct queue *queue)
{
	static const struct policy none = {0};

	return queue->settings != NULL ? &queue->settings->policy : &none;
}

/* ---- the ruling ---- */

static enum err offers_of(const struct queue *queue, struct arena *arena, const struct complaint_row *row,
			  const char *text, struct offers *offers_r, struct error *e_r)
{
	const char *lang = row->draft_lang != NULL ? row->draft_lang : row->lang;

	if (queue->offers == NULL) {
		*offers_r = (struct offers){0};
		return ERR_OK;
	}
	return offers_read(queue->offers, arena, text, strlen(text), lang, clock_now_s(), &queue_policy(queue)->office,
			   offers_r, e_r);
}

static enum err rule(const struct queue *queue, struct arena *arena, const struct complaint_row *row, const char *text,
		     struct offers *offers, struct ruling *ruling_r, struct error *e_r)
{
	const struct tone_finding *findings = NULL;
	size_t count = 0, blocking = 0;
	enum err err = queue_findings(queue, arena, row, text, &findings, &count, e_r);

	for (size_t i = 0; err == ERR_OK && i < count; i++)
		blocking += findings[i].block;
	if (err == ERR_OK)
		err = offers_of(queue, arena, row, text, offers, e_r);
	if (err == ERR_OK)
		err = policy_rule(queue_policy(queue), arena, row, offers, blocking, ruling_r, e_r);
	return err;
}

enum err queue_ruling(const struct queue *queue, struct arena *arena, const struct complaint_row *row, const char *text,
		      struct ruling *ruling_r, struct error *e_r)
{
	struct offers offers = {0};

	if (text == NULL)
		text = row->draft != NULL ? row->draft : "";
	return rule(queue, arena, row, text, &offers, ruling_r, e_r);
}

/* The ruling's sentences in one. */
static const char *why_all(struct arena *arena, const struct ruling *ruling)
{
	const char *all = "";

	for (size_t i = 0; ruling->why != NULL && ruling->why[i] != NULL && all != NULL; i++)
		all = arena_printf(arena, "%s%s; ", all, ruling->why[i]);
	return all != NULL ? all : "";
}

static const char *approver(const struct ruling *ruling)
{
	return ruling->role >= ROLE_ADMIN ? "an admin" : ruling->role == ROLE_APPROVER ? "an approver" : "an agent";
}

const char *approve_hindrance(struct arena *arena, const struct actor *actor, const struct complaint_row *row,
			      const struct ruling *ruling)
{
	bool submitted = row->state == STATE_SUBMITTED;
	bool asked = submitted && row->submitted_by != NULL && strcmp(row->submitted_by, actor->name) == 0;
	bool wrote = row->draft_by != NULL && strcmp(row->draft_by, actor->name) == 0;
	const char *sentence = NULL;

	if (ruling->two && !submitted)
		sentence = arena_printf(arena, "%ssubmit it, then %s other than %s approves", why_all(arena, ruling),
					approver(ruling), actor->name);
	else if (ruling->two && row->submitted_by == NULL) /* the program wrote a new draft meanwhile */
		sentence =
			arena_printf(arena,
				     "%snobody has submitted it as it is now: send it back for changes, then submit it "
				     "again",
				     why_all(arena, ruling));
	else if (ruling->two && (asked || wrote))
		sentence = arena_printf(arena, "%s%s %s, so %s other than %s approves", why_all(arena, ruling),
					actor->name, wrote ? "wrote this draft" : "submitted it", approver(ruling),
					actor->name);
	else if (actor->role < ruling->role)
		sentence = arena_printf(arena, "%s%s%s approves", why_all(arena, ruling),
					submitted ? "it is submitted: " : "submit it, then ", approver(ruling));
	else
		return NULL;
	return sentence != NULL ? sentence : "out of memory";
}

/* ---- submit ---- */

/* A complaint whose posts are all gone has nobody to answer. */
static enum err post_check(struct change *c)
{
	return c->row.post_deleted ? error_set(c->e_r, ERR_CONFLICT,
					       "the post of complaint %lld was deleted: close it, unless its author "
					       "writes again",
					       (long long)c->row.id)
				   : ERR_OK;
}

#define TOLD_SUBMIT "Change it, or submit it with the reason why this is wrong here."

enum err submit_check(struct change *c)
{
	enum err err = post_check(c);

	c->detail = c->row.draft_hash;
	if (err == ERR_OK)
		err = hash_check(c);
	if (err == ERR_OK)
		err = length_check(c);
	return err == ERR_OK ? findings_check(c, !text_blank(c->args->override_why), TOLD_SUBMIT) : err;
}

/* A hash alone, or with the reason why a finding was overridden. */
static enum err detail_make(struct change *c, const char *override_why, const char *asked_by)
{
	CLEANUP(json) struct json_object *object = json_object_new_object();

	if (override_why == NULL)
		return ERR_OK;
	if (object == NULL || !json_add_str(object, "hash", c->row.draft_hash) ||
	    !json_add_str(object, "override", override_why) ||
	    (asked_by != NULL && !json_add_str(object, "asked_by", asked_by)))
		return error_set(c->e_r, ERR_NOMEM, "out of memory");
	c->detail = arena_strdup(c->arena, json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN));
	return c->detail != NULL ? ERR_OK : error_set(c->e_r, ERR_NOMEM, "out of memory");
}

enum err submit_apply(struct change *c)
{
	const char *why = NULL;
	enum err err = ERR_OK;

	if (!text_blank(c->args->override_why))
		err = text_take(c->arena, c->args->override_why, QUEUE_REASON_MAX, "the reason", &why, c->e_r);
	if (err == ERR_OK)
		err = detail_make(c, why, NULL);
	return err == ERR_OK ? store_complaint_submitted(c->queue->store, c->row.id, c->actor->name, why, c->e_r) : err;
}

/* ---- approve ---- */

/* Blocking findings pass when the submitter said why they are wrong here, and the approver says the same. */
static enum err override_check(struct change *c)
{
	const char *told = TOLD_SUBMIT;
	bool asked = c->row.state == STATE_SUBMITTED && c->row.override_why != NULL;

	if (asked && !c->args->override)
		told = arena_printf(
			c->arena, "%s holds that for wrong here (%.200s): approve it with override if you agree.",
			c->row.submitted_by != NULL ? c->row.submitted_by : "somebody", c->row.override_why);
	if (told == NULL)
		return error_set(c->e_r, ERR_NOMEM, "out of memory");
	return findings_check(c, asked && c->args->override, told);
}

enum err approve_check(struct change *c)
{
	char hash[APPROVAL_HASH_SIZE];
	const char *hindrance;
	enum err err = hash_check(c);

	if (err != ERR_OK)
		return err;
	/* The draft was hashed for the post it answered; by now the customer may have written another one. */
	approval_hash(c->row.platform, c->row.post_ext_id, c->row.draft, hash);
	if (strcmp(hash, c->row.draft_hash) != 0)
		return error_set(c->e_r, ERR_CONFLICT,
				 "the customer has written again since this draft of complaint %lld: read it and save "
				 "the draft anew",
				 (long long)c->row.id);
	if (text_blank(c->row.draft))
		return error_set(c->e_r, ERR_INVALID, "the draft is empty: write a reply first");
	c->detail = c->row.draft_hash;
	err = length_check(c);
	if (err == ERR_OK)
		err = override_check(c);
	if (err == ERR_OK)
		err = rule(c->queue, c->arena, &c->row, c->row.draft, &c->offers, &c->ruling, c->e_r);
	if (err != ERR_OK)
		return err;
	hindrance = approve_hindrance(c->arena, c->actor, &c->row, &c->ruling);
	if (hindrance != NULL)
		return error_set(c->e_r, ERR_FORBIDDEN, "%s", hindrance);
	return c->ruling.override_needed ? detail_make(c, c->row.override_why, c->row.submitted_by) : ERR_OK;
}

/* Can the program itself deliver it: a source of ours, on a platform that takes replies, with a token? */
static bool deliverable(const struct settings *settings, const char *platform_name, const char *source_key)
{
	const struct platform *platform = platform_find(platform_name);

	if (platform == NULL || (platform->caps & CAP_REPLY) == 0 || source_key == NULL || settings == NULL)
		return false;
	for (size_t i = 0; i < settings->source_count; i++) {
		const struct source_spec *source = &settings->sources[i];

		if (strcmp(source->key, source_key) == 0 && strcmp(source->platform, platform_name) == 0)
			return (platform->caps & CAP_LOCAL) != 0 || source->has_token || source->token != NULL;
	}
	return false;
}

/* The outbox row, from the draft: what will go out is exactly what was approved, or nothing is. */
static enum err outbox_make(struct change *c, struct outbox_row *row)
{
	struct store *store = c->queue->store;
	int64_t outbox_id, not_before_s = c->now_s + (c->queue->settings != NULL ? c->queue->settings->undo_s : 0);
	enum err err;

	err = store_outbox_put(store, c->row.id, c->row.draft_id, OUTBOX_SCHEDULED, c->actor->user_id, c->actor->name,
			       not_before_s, c->now_s, &outbox_id, c->e_r);
	if (err == ERR_OK)
		err = store_outbox_get(store, c->arena, outbox_id, row, c->e_r);
	if (err != ERR_OK)
		return err;
	if (strcmp(row->text, c->row.draft) != 0 || row->post_id != c->row.post_id)
		return error_set(c->e_r, ERR_INTERNAL,
				 "the outbox row of complaint %lld does not hold the approved text",
				 (long long)c->row.id);
	if (deliverable(c->queue->settings, c->row.platform, row->source_key))
		return mention_check(c);
	return store_outbox_move(store, outbox_id, OUTBOX_SCHEDULED, OUTBOX_HANDOFF, c->now_s, 0, 0, NULL, NULL, NULL,
				 c->e_r);
}

/* 1: the current draft is of a template, and no approval of it stands; 0: else; -1: could not tell, error set. */
static int fate_open(struct change *c)
{
	struct draft_row *rows = NULL;
	size_t count = 0;

	if (c->row.draft_id == 0 || c->row.draft_template == NULL)
		return 0;
	if (store_draft_list(c->queue->store, c->arena, c->row.id, &rows, &count, c->e_r) != ERR_OK)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (rows[i].id == c->row.draft_id && rows[i].stands)
			return 0;
	return 1;
}

enum err fate_count(struct change *c, enum draft_fate fate)
{
	int open = fate_open(c); /* not delivered, and approved again: it was counted the first time */

	if (open < 0)
		return c->e_r->code;
	return open ? store_template_fate(c->queue->store, c->row.draft_template, c->row.draft_lang, fate, c->now_s,
					  c->e_r)
		    : ERR_OK;
}

enum err fate_uncount(struct change *c, enum draft_fate fate)
{
	int open = fate_open(c);

	if (open < 0)
		return c->e_r->code;
	return open ? store_template_fate_back(c->queue->store, c->row.draft_template, c->row.draft_lang, fate, c->e_r)
		    : ERR_OK;
}

static bool by_program(const struct complaint_row *row)
{
	return row->draft_by != NULL && strcmp(row->draft_by, QUEUE_PROGRAM) == 0;
}

enum draft_fate fate_approved(const struct change *c)
{
	return by_program(&c->row) ? FATE_APPROVED : FATE_EDITED;
}

/* Did nobody else have a hand in it: neither asked for it nor wrote it? */
static bool alone(const struct change *c)
{
	const char *me = c->actor->name, *asked = c->row.state == STATE_SUBMITTED ? c->row.submitted_by : NULL;

	return (asked == NULL || strcmp(asked, me) == 0) &&
	       (by_program(&c->row) || c->row.draft_by == NULL || strcmp(c->row.draft_by, me) == 0);
}

enum err approve_apply(struct change *c)
{
	const struct policy *policy = queue_policy(c->queue);
	struct store *store = c->queue->store;
	struct outbox_row row;
	enum err err = fate_count(c, fate_approved(c)); /* before the approval is there */

	if (err == ERR_OK)
		err = outbox_make(c, &row);
	if (err == ERR_OK)
		err = promise_open(store, policy, c->row.id, row.id, c->row.draft, &c->offers, c->now_s, c->e_r);
	if (err == ERR_OK && alone(c) && policy_sampled(policy, c->row.draft_hash))
		err = store_review_put(store, row.id, c->now_s, c->e_r);
	return err;
}
