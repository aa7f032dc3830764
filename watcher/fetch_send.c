/*
 * fetch_send.c - the outbox: approved replies on their way to the customer.
 *
 * A claimed row is `sending` in the store before anything leaves (respond/outbox.c). First the customer's post is
 * looked at once more: a reply to a post that is gone or was changed after the approval is not sent. A row that is
 * `unknown` is read back. How it ended is written down; when the store is busy just then, that is tried again, since
 * forgetting it would mean asking the platform anew.
 */
#include "watcher/fetch_private.h"

#include <string.h>

#include "clock.h"
#include "log.h"

#define LOOK_MS 500   /* between two looks into the outbox */
#define SENDING_MAX 8 /* replies under way at a time */

/* ---- how it ended ---- */

/* The store was busy, or the row is no longer ours (another process found it and calls it unknown)? */
static bool still_ours(struct job *job)
{
	struct outbox_row row;

	return store_outbox_get(job->fetch->store, job->arena, job->row.id, &row, NULL) != ERR_OK ||
	       row.state == job->row.state;
}

/* true: written down (or given up for good); false: try again later. */
static bool settle(struct job *job, const struct answer *answer)
{
	struct error error;
	enum err code = outbox_settle(job->fetch->store, &job->row, answer, clock_now_s(), &error);

	if (code == ERR_OK) {
		if (answer->outcome != OUTCOME_OK)
			log_line(LOG_WARN, "send", "reply not delivered row=%lld: %s", (long long)job->row.id,
				 answer->why ? answer->why : "no reason given");
		return true;
	}
	if (code != ERR_CONFLICT)
		fetch_fail(job->fetch, &error);
	return code != ERR_CONFLICT || !still_ours(job);
}

/* Keeps the job until its end is written down. The answer's strings are in the job's arena. */
static void finish(struct job *job, const struct answer *answer)
{
	if (job->source && answer->retry_s)
		fetch_hold(job->source, answer->retry_s);
	if (settle(job, answer))
		return;
	job->unsettled = arena_alloc(job->arena, sizeof(*answer));
	if (!job->unsettled)
		return; /* it stays `sending` and is read back after the next start */
	*job->unsettled = *answer;
	job->again = true;
}

static void finish_with(struct job *job, enum outcome outcome, const char *why)
{
	struct answer answer = {.outcome = outcome, .why = why};

	finish(job, &answer);
}

static void settle_again(struct fetch *fetch)
{
	for (struct job *job = fetch->jobs, *next; job; job = next) {
		next = job->next;
		if (job->unsettled && settle(job, job->unsettled))
			job_free(job);
	}
}

/* ---- the way of one reply ---- */

static void on_reply(struct job *job, const struct answer *answer)
{
	finish(job, answer);
}

static void on_readback(struct job *job, const struct answer *answer)
{
	if (answer->more && answer->outcome != OUTCOME_OK) {
		job->errand.step += answer->more;
		job_run(job);
		return;
	}
	finish(job, answer);
}

static void send_reply(struct job *job)
{
	job->errand.kind = ERRAND_REPLY;
	job->errand.step = 0;
	job->done = on_reply;
	job_run(job);
}

/* When the text was approved; 0 when that cannot be found. */
static enum err approved_at(struct job *job, int64_t *at_s, struct error *e_r)
{
	struct audit_row *rows = NULL;
	size_t count = 0;
	enum err code = store_audit_list(job->fetch->store, job->arena, job->row.complaint_id, &rows, &count, e_r);

	*at_s = 0;
	for (size_t i = 0; code == ERR_OK && i < count; i++) {
		if (strcmp(rows[i].action, "approve") == 0 && rows[i].at_s > *at_s)
			*at_s = rows[i].at_s;
	}
	return code;
}

/* Is the post as the approver saw it? By its text in the store, and by the time of its last edit. -1: store (e_r). */
static int post_changed(struct job *job, const struct post *post, struct error *e_r)
{
	struct post_row *rows = NULL;
	size_t count = 0;
	int64_t at_s;

	if (store_complaint_posts(job->fetch->store, job->arena, job->row.complaint_id, &rows, &count, e_r) != ERR_OK ||
	    approved_at(job, &at_s, e_r) != ERR_OK)
		return -1;
	if (at_s > 0 && post->edited_s > at_s)
		return 1;
	for (size_t i = 0; i < count; i++) {
		if (rows[i].id == job->row.post_id)
			return strcmp(rows[i].post.text ? rows[i].post.text : "", post->text) != 0;
	}
	return 1; /* it does not even belong to the complaint any more */
}

static void on_target_there(struct job *job, const struct answer *answer)
{
	struct error error;
	int changed = post_changed(job, &answer->posts[0], &error);

	if (changed < 0) {
		finish_with(job, OUTCOME_TEMPORARY, "the store could not be read");
		if (error.code != ERR_CONFLICT)
			fetch_fail(job->fetch, &error);
	} else if (changed) {
		/* first the complaint becomes open again, then the new text comes in, with a new draft */
		finish_with(job, OUTCOME_REFUSED, "the post was changed after the approval");
		(void)!fetch_store(job->fetch, job->source, answer->posts, 1, NULL,
				   &error); /* a later recheck sees it too */
	} else {
		send_reply(job);
	}
}

static void on_target(struct job *job, const struct answer *answer)
{
	struct post gone = {.platform = job->row.platform, .id = job->row.post_ext_id, .deleted = 1};
	struct error error;

	if (answer->outcome == OUTCOME_OK && answer->post_count == 1) {
		on_target_there(job, answer);
	} else if (answer->outcome == OUTCOME_NOTHING) {
		finish_with(job, OUTCOME_REFUSED, "the post is gone");
		(void)!fetch_store(job->fetch, job->source, &gone, 1, NULL, &error); /* a later recheck sees it too */
	} else if (answer->outcome == OUTCOME_OK) {
		finish_with(job, OUTCOME_TEMPORARY, "the post could not be looked at");
	} else {
		finish(job, answer);
	}
}

/* ---- claiming ---- */

static struct source *find_source(struct fetch *fetch, const struct outbox_row *row)
{
	for (size_t i = 0; row->source_key && i < fetch->source_count; i++) {
		if (strcmp(fetch->sources[i].spec->key, row->source_key) == 0 &&
		    strcmp(fetch->sources[i].platform->name, row->platform) == 0)
			return &fetch->sources[i];
	}
	return NULL;
}

static bool under_way(const struct fetch *fetch, const struct job *but, int64_t row_id)
{
	for (const struct job *job = fetch->jobs; job; job = job->next) {
		if (job != but && job->delivery && job->row.id == row_id)
			return true;
	}
	return false;
}

/* Why this row cannot go out through its source; NULL when it can. */
static const char *cannot_send(const struct job *job)
{
	const struct source *source = job->source;

	if (!source)
		return arena_printf(job->arena, "its source %s is not configured any more",
				    job->row.source_key ? job->row.source_key : "(none)");
	if (!(source->platform->caps & CAP_LOCAL) && !source->spec->token)
		return arena_printf(job->arena, "source %s has no token: set token_env or token_file",
				    source->spec->key);
	return NULL;
}

static void start_delivery(struct job *job)
{
	struct source *source = job->source;
	const struct outbox_row *row = &job->row;
	const char *why = cannot_send(job);
	struct answer wait = {.outcome = OUTCOME_WAIT, .why = "the server asked to slow down"};

	job->again = false;
	if (why) {
		finish_with(job, OUTCOME_AUTH, why);
		return;
	}
	if (source->hold_s > clock_now_s()) {
		wait.retry_s = source->hold_s;
		finish(job, &wait);
		return;
	}
	job->errand = (struct errand){
		.post_id = row->post_ext_id,
		.author_handle = row->author_handle,
		.text = row->text,
		.lang = row->lang,
		.idempotency_key = row->idempotency_key,
		.account_id = arena_strdup(job->arena, source->account_id),
		.account_ref = arena_strdup(job->arena, source->account_ref),
	};
	if (row->state == OUTBOX_UNKNOWN) {
		job->errand.kind = ERRAND_READBACK;
		job->done = on_readback;
		job_run(job);
	} else if (source->platform->caps & CAP_RECHECK) {
		job->errand.kind = ERRAND_RECHECK;
		job->done = on_target;
		job_run(job);
	} else {
		send_reply(job);
	}
}

/* A read-back needs to know our account: it waits until HELLO was tried. */
static bool must_wait(const struct job *job)
{
	return job->row.state == OUTBOX_UNKNOWN && job->source && !job->source->greeted_once;
}

/* Claims and starts one row of the platform; false when there is none (more) for now. */
static bool send_one(struct fetch *fetch, const struct platform *platform)
{
	struct job *job = job_new(fetch, NULL, on_reply);
	struct error error;
	enum err code;

	if (!job)
		return false;
	code = outbox_claim(fetch->store, job->arena, platform->name, clock_now_s(), &job->row, &error);
	if (code == ERR_OK) {
		job->source = find_source(fetch, &job->row);
		/* one that is being read back is still due: until that is over, those behind it wait */
		if (!under_way(fetch, job, job->row.id) && !must_wait(job)) {
			job->delivery = true;
			fetch->sending++;
			start_delivery(job);
			if (!job->again)
				job_free(job);
			return true;
		}
	} else if (code != ERR_NOT_FOUND && code != ERR_CONFLICT) {
		fetch_fail(fetch, &error);
	}
	job_free(job);
	return false;
}

void send_tick(struct fetch *fetch, int64_t now_ms)
{
	const struct platform *platform;

	if (now_ms < fetch->send_ms)
		return;
	fetch->send_ms = now_ms + LOOK_MS;
	settle_again(fetch);
	for (size_t i = 0; (platform = platform_at(i)) != NULL; i++) {
		if (!(platform->caps & CAP_REPLY))
			continue;
		while (fetch->fatal.code == ERR_OK && fetch->sending < SENDING_MAX && send_one(fetch, platform))
			;
	}
}
