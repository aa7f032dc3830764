/*
 * queue.c - what people do with complaints.
 *
 * `transitions` is the whole law: which action leads from where to where, who may do it, and what it asks for.
 * queue_do() reads the complaint inside an urgent transaction, holds the action against its row of the table, does the
 * guarded UPDATE, the action's own effect, and the audit row; then it commits, or nothing happened. The UPDATE names
 * the states it may leave and the hash of the text that was read, so two people at two desks cannot both win.
 */
#include <ctype.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "jsonio.h"
#include "platform.h"
#include "queue.h"
#include "utf8.h"

#define DRAFT_BYTES_MAX (16u << 10)
#define REASON_BYTES_MAX 2000
#define ADDRESS_BYTES_MAX 2000
#define CHANGE_ARENA (8u << 20)

/* Everything one action needs while it runs. */
struct change {
	struct queue *queue;
	const struct actor *actor;
	const struct action_args *args;
	const struct transition *transition;
	struct complaint_row row;
	struct arena *arena;
	int64_t now_s;
	const char *reason; /* to be kept on the complaint; NULL clears it */
	const char *detail; /* for the audit row */
	struct error *e_r;
};

typedef enum err change_fn(struct change *change);

static change_fn draft_check, draft_apply, submit_check, approve_check, approve_apply, reason_check, withdraw_check,
	withdraw_apply, posted_check, posted_apply;

#define IN(state) (1u << (state))

static const struct transition {
	const char *name;
	const char *cannot;       /* "it cannot be ..." */
	unsigned from;            /* IN(...) of the states it may leave */
	int to;                   /* enum complaint_state, or -1: stays where it is */
	enum role role;           /* the least one that may */
	bool handoff_only;        /* only while a person is to post the reply by hand */
	change_fn *check, *apply; /* before and after the guarded UPDATE; NULL nothing */
} transitions[ACTION_COUNT] = {
	[ACTION_DRAFT] = {"draft", "redrafted", IN(STATE_OPEN) | IN(STATE_SUBMITTED), -1, ROLE_AGENT, false,
			  draft_check, draft_apply},
	[ACTION_SUBMIT] = {"submit", "submitted", IN(STATE_OPEN), STATE_SUBMITTED, ROLE_AGENT, false, submit_check,
			   NULL},
	[ACTION_APPROVE] = {"approve", "approved", IN(STATE_OPEN) | IN(STATE_SUBMITTED), STATE_APPROVED, ROLE_APPROVER,
			    false, approve_check, approve_apply},
	[ACTION_REJECT] = {"reject", "rejected", IN(STATE_SUBMITTED), STATE_OPEN, ROLE_APPROVER, false, reason_check,
			   NULL},
	[ACTION_CLOSE] = {"close", "closed", IN(STATE_OPEN) | IN(STATE_SUBMITTED), STATE_CLOSED, ROLE_AGENT, false,
			  reason_check, NULL},
	[ACTION_WITHDRAW] = {"withdraw", "withdrawn", IN(STATE_APPROVED), STATE_OPEN, ROLE_AGENT, false,
			     withdraw_check, withdraw_apply},
	[ACTION_POSTED] = {"posted", "marked as posted", IN(STATE_APPROVED), STATE_REPLIED, ROLE_AGENT, true,
			   posted_check, posted_apply},
	[ACTION_REOPEN] = {"reopen", "reopened", IN(STATE_CLOSED), STATE_OPEN, ROLE_AGENT, false, NULL, NULL},
};

const char *action_name(enum action action)
{
	return transitions[action].name;
}

bool queue_allows(enum action action, enum complaint_state state, enum role role, bool handoff)
{
	const struct transition *transition = &transitions[action];

	return role >= transition->role && (transition->from & IN(state)) != 0 &&
	       (!transition->handoff_only || handoff);
}

/* ---- small checks ---- */

static bool text_blank(const char *text)
{
	return text == NULL || text[strspn(text, " \t\r\n")] == '\0';
}

static enum err conflict(struct change *c)
{
	return error_set(c->e_r, ERR_CONFLICT, "complaint %lld is %s now: it cannot be %s; reload and look again",
			 (long long)c->row.id, state_name(c->row.state), c->transition->cannot);
}

/* A person's words as they are kept: valid UTF-8, no control characters, lines ended by \n, no blanks around. */
static enum err text_take(struct change *c, const char *text, size_t max, const char *what, const char **text_r)
{
	enum err err = ERR_OK;
	struct buf clean;
	const char *from;
	size_t len;
	char *copy;

	if (strlen(text) > max)
		return error_set(c->e_r, ERR_INVALID, "%s longer than %zu bytes: shorten it", what, max);
	if (!utf8_valid(text, strlen(text)))
		return error_set(c->e_r, ERR_INVALID, "%s is not valid UTF-8", what);
	buf_init(&clean, 4 * max + 4);
	utf8_clean(&clean, text, strlen(text)); /* drops \r with the other control characters */
	from = buf_text(&clean);
	from += strspn(from, " \t\n");
	len = strlen(from);
	while (len > 0 && strchr(" \t\n", from[len - 1]) != NULL)
		len--;
	copy = arena_strndup(c->arena, from, len);
	if (copy == NULL || clean.failed)
		err = error_set(c->e_r, ERR_NOMEM, "out of memory");
	else
		*text_r = copy;
	buf_done(&clean);
	return err;
}

static enum err hash_check(struct change *c)
{
	if (c->row.draft_id == 0)
		return error_set(c->e_r, ERR_INVALID, "complaint %lld has no draft: write one first",
				 (long long)c->row.id);
	if (text_blank(c->args->hash))
		return error_set(c->e_r, ERR_INVALID, "the hash of the text that was read is missing");
	if (c->row.draft_hash == NULL || strcmp(c->args->hash, c->row.draft_hash) != 0)
		return error_set(c->e_r, ERR_CONFLICT,
				 "the text of complaint %lld changed meanwhile (by %s): read it again before you go on",
				 (long long)c->row.id, c->row.draft_by != NULL ? c->row.draft_by : "somebody");
	return ERR_OK;
}

/*
 * Does the text name the author: "@handle", or without the server, as one may among people of one server? Handles are
 * compared as people write them, in any case. The platform itself, which knows the servers, looks again before sending.
 */
static bool mentions(const char *text, const char *handle)
{
	size_t len = strcspn(handle, "@");

	for (const char *at = strchr(text, '@'); at != NULL; at = strchr(at + 1, '@'))
		if (strncasecmp(at + 1, handle, len) == 0 && !isalnum((unsigned char)at[1 + len]) && at[1 + len] != '_')
			return true;
	return false;
}

size_t queue_length(const struct complaint_row *row, const char *text, struct length_rule *rule_r)
{
	const struct platform *platform = platform_find(row->platform);
	struct length_rule rule = platform != NULL ? platform->length : (struct length_rule){0};

	if (row->length_limit != 0)
		rule.limit = row->length_limit;
	if (row->url_cost != 0)
		rule.url_cost = row->url_cost;
	*rule_r = rule;
	return length_count(&rule, text, strlen(text));
}

static enum err length_check(struct change *c)
{
	const struct platform *platform = platform_find(c->row.platform);
	struct length_rule rule;
	size_t length = queue_length(&c->row, c->row.draft, &rule);

	if (rule.limit != 0 && length > rule.limit)
		return error_set(c->e_r, ERR_INVALID,
				 "the reply is %zu long as %s counts, the limit is %zu: shorten it", length,
				 platform != NULL ? platform->title : c->row.platform, rule.limit);
	return ERR_OK;
}

/* What is approved is what is sent, to the letter: so nothing puts the name in front later. */
static enum err mention_check(struct change *c)
{
	const struct platform *platform = platform_find(c->row.platform);
	const char *handle = c->row.author.handle;

	if (platform == NULL || (platform->caps & CAP_REPLY_MENTION) == 0 || handle == NULL || handle[0] == '\0' ||
	    mentions(c->row.draft, handle))
		return ERR_OK;
	return error_set(c->e_r, ERR_INVALID, "the reply does not name @%s, so %s would notify nobody: put it in", handle,
			 platform->title);
}

/* ---- draft ---- */

static enum err draft_findings(struct change *c, const char *text, const char **json_r)
{
	const char *lang = c->row.draft_lang != NULL ? c->row.draft_lang : c->row.lang;
	const struct tone_finding *findings = NULL;
	struct json_object *list;
	size_t count = 0;
	enum err err;

	if (c->queue->tone == NULL) {
		*json_r = NULL;
		return ERR_OK;
	}
	err = tone_check(c->queue->tone, c->arena, text, strlen(text), lang, &findings, &count, c->e_r);
	if (err != ERR_OK)
		return err;
	list = tone_to_json(findings, count, text);
	*json_r = list != NULL ? arena_strdup(c->arena, json_object_to_json_string_ext(list, JSON_C_TO_STRING_PLAIN))
			       : NULL;
	json_object_put(list);
	return *json_r != NULL ? ERR_OK : error_set(c->e_r, ERR_NOMEM, "out of memory");
}

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

static enum err draft_apply(struct change *c)
{
	char hash[APPROVAL_HASH_SIZE];
	const char *text, *findings;
	int64_t draft_id;
	enum err err;

	err = text_take(c, c->args->text, DRAFT_BYTES_MAX, "the draft", &text);
	if (err == ERR_OK)
		err = draft_findings(c, text, &findings);
	if (err != ERR_OK)
		return err;
	approval_hash(c->row.platform, c->row.post_ext_id, text, hash);
	c->detail = arena_strdup(c->arena, hash);
	return store_draft_put(c->queue->store, c->row.id, text, hash, c->row.draft_template, c->row.draft_why,
			       c->row.draft_lang != NULL ? c->row.draft_lang : c->row.lang, c->actor->name, findings,
			       c->now_s, &draft_id, c->e_r);
}

/* ---- submit, approve ---- */

static enum err submit_check(struct change *c)
{
	enum err err = hash_check(c);

	c->detail = c->row.draft_hash;
	return err == ERR_OK ? length_check(c) : err;
}

/* The tone of the very text, checked now: findings stored with the draft may come from older rules. */
static enum err tone_blocks(struct change *c)
{
	const char *lang = c->row.draft_lang != NULL ? c->row.draft_lang : c->row.lang;
	const struct tone_finding *findings = NULL;
	size_t count = 0;
	enum err err;

	if (c->queue->tone == NULL)
		return ERR_OK;
	err = tone_check(c->queue->tone, c->arena, c->row.draft, strlen(c->row.draft), lang, &findings, &count, c->e_r);
	for (size_t i = 0; err == ERR_OK && i < count; i++) {
		const struct tone_finding *f = &findings[i];
		size_t shown = f->end - f->start < 80 ? f->end - f->start : 80;

		if (f->block)
			return error_set(c->e_r, ERR_INVALID, "\"%.*s\": %s%s%s (%s); change the draft first",
					 (int)utf8_valid_prefix(c->row.draft + f->start, shown),
					 c->row.draft + f->start,
					 f->about != NULL ? f->about : "not fit for a public reply",
					 f->suggest != NULL ? "; " : "", f->suggest != NULL ? f->suggest : "", f->rule);
	}
	return err;
}

static enum err approve_check(struct change *c)
{
	char hash[APPROVAL_HASH_SIZE];
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
	return err == ERR_OK ? tone_blocks(c) : err;
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

static enum err approve_apply(struct change *c)
{
	struct store *store = c->queue->store;
	int64_t outbox_id, not_before_s = c->now_s + (c->queue->settings != NULL ? c->queue->settings->undo_s : 0);
	struct outbox_row row;
	enum err err;

	err = store_outbox_put(store, c->row.id, c->row.draft_id, OUTBOX_SCHEDULED, c->actor->user_id, c->actor->name,
			       not_before_s, c->now_s, &outbox_id, c->e_r);
	if (err == ERR_OK)
		err = store_outbox_get(store, c->arena, outbox_id, &row, c->e_r);
	if (err != ERR_OK)
		return err;
	/* The store made the row from the draft: what will go out is exactly what was approved, or nothing is. */
	if (strcmp(row.text, c->row.draft) != 0 || row.post_id != c->row.post_id)
		return error_set(c->e_r, ERR_INTERNAL,
				 "the outbox row of complaint %lld does not hold the approved text",
				 (long long)c->row.id);
	if (deliverable(c->queue->settings, c->row.platform, row.source_key))
		return mention_check(c);
	return store_outbox_move(store, outbox_id, OUTBOX_SCHEDULED, OUTBOX_HANDOFF, c->now_s, 0, 0, NULL, NULL, NULL,
				 c->e_r);
}

/* ---- reject, close ---- */

static enum err reason_check(struct change *c)
{
	enum err err;

	if (text_blank(c->args->reason))
		return error_set(c->e_r, ERR_INVALID, "a reason is needed: it is kept and counted");
	err = text_take(c, c->args->reason, REASON_BYTES_MAX, "the reason", &c->reason);
	c->detail = c->reason;
	return err;
}

/* ---- withdraw, posted ---- */

static enum err withdraw_check(struct change *c)
{
	if (c->row.outbox_id == 0 || (c->row.outbox_state != OUTBOX_SCHEDULED && c->row.outbox_state != OUTBOX_HANDOFF))
		return error_set(c->e_r, ERR_CONFLICT, "the reply of complaint %lld is %s: too late to withdraw it",
				 (long long)c->row.id,
				 c->row.outbox_id != 0 ? outbox_state_name(c->row.outbox_state) : "not in the outbox");
	return ERR_OK;
}

static enum err withdraw_apply(struct change *c)
{
	return store_outbox_move(c->queue->store, c->row.outbox_id, c->row.outbox_state, OUTBOX_CANCELLED, c->now_s, 0,
				 0, NULL, NULL, NULL, c->e_r);
}

static enum err posted_check(struct change *c)
{
	const char *address = NULL;
	enum err err;

	if (c->row.outbox_id == 0 || c->row.outbox_state != OUTBOX_HANDOFF)
		return error_set(c->e_r, ERR_CONFLICT,
				 "the reply of complaint %lld is not waiting for a person to post it",
				 (long long)c->row.id);
	if (text_blank(c->args->text))
		return ERR_OK;
	err = text_take(c, c->args->text, ADDRESS_BYTES_MAX, "the reply's address", &address);
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
	return store_outbox_move(c->queue->store, c->row.outbox_id, OUTBOX_HANDOFF, OUTBOX_SENT, c->now_s, c->now_s, 0,
				 NULL, c->detail, NULL, c->e_r);
}

/* ---- the one way in ---- */

static enum err change_run(struct change *c)
{
	const struct transition *t = c->transition;
	struct store *store = c->queue->store;
	const char *guard;
	enum err err;

	err = store_complaint_get(store, c->arena, c->args->complaint_id, &c->row, c->e_r);
	if (err != ERR_OK)
		return err;
	if ((t->from & IN(c->row.state)) == 0)
		return conflict(c);
	err = t->check != NULL ? t->check(c) : ERR_OK;
	if (err != ERR_OK)
		return err;
	guard = t->check == submit_check || t->check == approve_check ? c->row.draft_hash : NULL;
	err = store_complaint_move(store, c->row.id, IN(c->row.state),
				   t->to >= 0 ? (enum complaint_state)t->to : c->row.state, guard, c->reason, c->now_s,
				   c->e_r);
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
	enum err err;

	if (actor->role < c.transition->role)
		return error_set(e_r, ERR_FORBIDDEN, "%s is %s %s: to %s a complaint takes the role %s", actor->name,
				 actor->role == ROLE_VIEWER ? "a" : "an", role_name(actor->role), c.transition->name,
				 role_name(c.transition->role));
	c.arena = arena_new(CHANGE_ARENA);
	if (c.arena == NULL)
		return error_set(e_r, ERR_NOMEM, "out of memory");
	err = store_begin(queue->store, STORE_URGENT, e_r);
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
