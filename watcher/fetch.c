/*
 * fetch.c - the watching half: all sources in one loop, each at its own pace.
 *
 * A source says HELLO once, then polls: at once while the platform says there is more, else every `every_s`; after
 * trouble with growing pauses; after "slow down" not before the time the server named. Between polls the posts behind
 * open complaints are looked at again, one at a time, so that edits and deletions reach the desk. A page's posts and
 * the cursor behind them are stored in one transaction (intake.h): what was not stored is asked for again.
 *
 * Nothing here waits for one source: requests run side by side (http.h), and a source that does not answer holds up
 * itself alone. Trouble is written to the source's row in one sentence and logged when it changes.
 */
#include "fetch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "clock.h"
#include "log.h"
#include "program.h"
#include "watcher/fetch_private.h"

#define BACKOFF_MAX_S 900
#define AUTH_PAUSE_MS (10 * 60 * 1000) /* a person must act; look now and then whether they did */
#define HELLO_PAUSE_MS (10 * 60 * 1000)
#define RECHECK_MS (20 * 1000)      /* between two posts of a source looked at again */
#define RECHECK_IDLE_MS (60 * 1000) /* none was due */
#define RECHECK_TROUBLE_MS (5 * 60 * 1000)
#define RECHECK_AGE_S 900     /* the same post at most so often */
#define STATUS_MS (60 * 1000) /* a row is written at least so often, for "next at" on the desk */
#define IDLE_MAX_MS 1000

int64_t fetch_backoff_ms(int failures, double random)
{
	int64_t pause_s = BACKOFF_MAX_S;

	if (failures < 1)
		failures = 1;
	if (failures < 10 && (INT64_C(1) << failures) < BACKOFF_MAX_S)
		pause_s = INT64_C(1) << failures;
	return pause_s * 500 + (int64_t)((double)(pause_s * 500) * random);
}

/* 0..1. Sources that failed together must not come back together. */
static double random_part(void)
{
	uint32_t n = 0;

	if (getrandom(&n, sizeof(n), 0) != (ssize_t)sizeof(n))
		return 0.5;
	return (double)n / 4294967295.0;
}

/* ---- shared with fetch_send.c ---- */

void fetch_fail(struct fetch *fetch, const struct error *error)
{
	if (fetch->fatal.code == ERR_OK)
		fetch->fatal = *error;
}

void fetch_hold(struct source *source, int64_t retry_s)
{
	if (retry_s > source->hold_s)
		source->hold_s = retry_s;
}

enum err fetch_store(struct fetch *fetch, struct source *source, const struct post *posts, size_t count,
		     const char *cursor, struct error *e_r)
{
	struct intake_page page = {
		.posts = posts,
		.post_count = count,
		.brand = source->spec->brand,
		.source_id = source->id,
		.cursor = cursor,
		.own_account_id = source->account_id,
		.length = source->length,
	};
	struct intake_count counted = {0};
	enum err code = intake_page(fetch->intake, &page, clock_now_s(), &counted, e_r);

	if (code == ERR_IO || code == ERR_INTERNAL)
		fetch_fail(fetch, e_r);
	log_line(LOG_DEBUG, "fetch", "source %s: read=%lld new=%lld edited=%lld deleted=%lld complaints=%lld%s%s",
		 source->spec->key, (long long)counted.read, (long long)counted.new_posts, (long long)counted.edited,
		 (long long)counted.deleted, (long long)counted.complaints, code ? " failed: " : "",
		 code ? e_r->text : "");
	return code;
}

/* ---- the source's row ---- */

static void write_status(struct fetch *fetch, struct source *source, const char *status, const char *why)
{
	int64_t now_ms = clock_mono_ms(), next_s = clock_now_s() + (source->next_ms - now_ms) / 1000;
	bool changed = strcmp(source->status, status) != 0 || strcmp(source->why, why ? why : "") != 0;
	struct error error;
	enum err code;

	if (!changed && now_ms - source->status_ms < STATUS_MS)
		return;
	if (changed && (strcmp(status, "ok") != 0 || why || (source->status[0] && strcmp(source->status, "ok") != 0)))
		log_line(strcmp(status, "ok") == 0 ? LOG_INFO : LOG_WARN, "fetch", "source %s: %s%s%s",
			 source->spec->key, status, why ? ": " : "", why ? why : "");
	code = store_source_status(fetch->store, source->id, status, why, source->failures, next_s, source->account_id,
				   &error);
	if (code == ERR_IO)
		fetch_fail(fetch, &error);
	if (code != ERR_OK)
		return; /* written next time */
	(void)snprintf(source->status, sizeof(source->status), "%s", status);
	(void)snprintf(source->why, sizeof(source->why), "%s", why ? why : "");
	source->status_ms = now_ms;
}

/* ---- HELLO ---- */

static bool replace(char **old, const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		return false;
	free(*old);
	*old = copy;
	return true;
}

/* Kept with the source as well: the desk and the terminal, other processes, check replies by it. */
static void limits_learned(struct fetch *fetch, struct source *source, const struct length_rule *length)
{
	struct error error;

	source->length = *length;
	if (store_source_limits(fetch->store, source->id, length->limit, length->url_cost, &error) == ERR_IO)
		fetch_fail(fetch, &error);
}

static void on_hello(struct job *job, const struct answer *answer)
{
	struct source *source = job->source;
	struct fetch *fetch = job->fetch;

	if (answer->length.limit)
		limits_learned(fetch, source, &answer->length);
	if (answer->account_id)
		(void)replace(&source->account_id,
			      answer->account_id); /* without memory: the one known before, or none */
	if (answer->account_ref)
		(void)replace(&source->account_ref, answer->account_ref);
	fetch_hold(source, answer->retry_s);
	if (answer->more && answer->outcome != OUTCOME_WAIT) {
		job->errand.step += answer->more;
		job_run(job);
		return;
	}
	source->busy = false;
	source->greeted_once = true;
	source->greeted = answer->outcome == OUTCOME_OK || answer->outcome == OUTCOME_REFUSED;
	source->hello_ms = clock_mono_ms() + HELLO_PAUSE_MS;
	if (!source->greeted)
		log_line(LOG_WARN, "fetch", "source %s: limits and account not learned: %s", source->spec->key,
			 answer->why ? answer->why : "no reason given");
}

static void start_hello(struct fetch *fetch, struct source *source)
{
	struct job *job = job_new(fetch, source, on_hello);

	if (!job)
		return;
	job->errand = (struct errand){.kind = ERRAND_HELLO};
	source->busy = true;
	job_run(job);
}

/* ---- POLL ---- */

/* Trouble: when to try again, and what to say until then. */
static void poll_trouble(struct fetch *fetch, struct source *source, const struct answer *answer)
{
	int64_t now_ms = clock_mono_ms(), wait_ms;
	const char *why = answer->why ? answer->why : "no reason given";

	if (answer->outcome == OUTCOME_WAIT) {
		wait_ms = (answer->retry_s - clock_now_s()) * 1000;
		if (wait_ms < 1000)
			wait_ms = 1000;
		source->next_ms = now_ms + wait_ms + (int64_t)(random_part() * 500);
		write_status(fetch, source, "waiting", why);
		return;
	}
	source->failures++;
	if (answer->outcome == OUTCOME_AUTH) {
		source->next_ms = now_ms + AUTH_PAUSE_MS;
		write_status(fetch, source, "auth", why);
		return;
	}
	/* Refused: hardly better in two seconds, but a maintenance page or a captive portal goes away within minutes. */
	source->next_ms = now_ms + fetch_backoff_ms(source->failures + (answer->outcome == OUTCOME_REFUSED ? 3 : 0),
						    random_part());
	write_status(fetch, source, "failing", why);
}

static void poll_fine(struct fetch *fetch, struct source *source, const struct answer *answer)
{
	int64_t every_s = source->spec->every_s > 0 ? source->spec->every_s : source->platform->every_s;
	int64_t pause_ms = answer->more ? 0 : every_s * 1000;

	source->failures = 0;
	source->next_ms = clock_mono_ms() + pause_ms;
	write_status(fetch, source, "ok", answer->why);
}

static void on_poll(struct job *job, const struct answer *answer)
{
	struct fetch *fetch = job->fetch;
	struct source *source = job->source;
	struct answer trouble = {.outcome = OUTCOME_TEMPORARY};
	struct error error;

	source->busy = false;
	fetch_hold(source, answer->retry_s);
	if (answer->outcome != OUTCOME_OK) {
		poll_trouble(fetch, source, answer);
		return;
	}
	if ((answer->post_count > 0 || answer->cursor) &&
	    fetch_store(fetch, source, answer->posts, answer->post_count, answer->cursor, &error) != ERR_OK) {
		trouble.why = error.text;
		poll_trouble(fetch, source, &trouble);
		return;
	}
	if (answer->cursor && !replace(&source->cursor, answer->cursor)) {
		(void)error_set(&error, ERR_NOMEM, "fetch: out of memory");
		fetch_fail(fetch, &error); /* going on with the old cursor would ask for the same page for ever */
		return;
	}
	poll_fine(fetch, source, answer);
}

static void start_poll(struct fetch *fetch, struct source *source)
{
	struct job *job = job_new(fetch, source, on_poll);

	if (!job)
		return;
	job->errand = (struct errand){.kind = ERRAND_POLL, .cursor = arena_strdup(job->arena, source->cursor)};
	source->busy = true;
	job_run(job);
}

/* ---- RECHECK ---- */

static void on_recheck(struct job *job, const struct answer *answer)
{
	struct source *source = job->source;
	struct post gone = {.platform = source->platform->name, .id = job->errand.post_id, .deleted = 1};
	struct error error;
	enum err code = ERR_OK;

	source->checking = false;
	fetch_hold(source, answer->retry_s);
	source->recheck_ms = clock_mono_ms() + RECHECK_MS;
	if (answer->outcome == OUTCOME_NOTHING)
		code = fetch_store(job->fetch, source, &gone, 1, NULL, &error);
	else if (answer->outcome == OUTCOME_OK && answer->post_count > 0)
		code = fetch_store(job->fetch, source, answer->posts, answer->post_count, NULL, &error);
	else
		source->recheck_ms = clock_mono_ms() + RECHECK_TROUBLE_MS;
	if (code != ERR_OK) /* the next turn brings it again */
		log_line(LOG_WARN, "fetch", "source %s: a looked-at post was not stored: %s", source->spec->key,
			 error.text);
}

/* The id of one post to look at, or NULL. */
static const char *recheck_pick(struct job *job, struct error *e_r)
{
	struct fetch *fetch = job->fetch;
	int64_t now_s = clock_now_s();
	const char *const *ids = NULL;
	enum err code = store_begin(fetch->store, STORE_BULK, e_r);

	if (code == ERR_OK) {
		code = store_recheck_due(fetch->store, job->arena, job->source->id, now_s, now_s - RECHECK_AGE_S, 1,
					 &ids, e_r);
		if (code == ERR_OK)
			code = store_commit(fetch->store, e_r);
		if (code != ERR_OK)
			store_rollback(fetch->store);
	}
	if (code == ERR_IO || code == ERR_INTERNAL)
		fetch_fail(fetch, e_r);
	return code == ERR_OK ? ids[0] : NULL;
}

static void start_recheck(struct fetch *fetch, struct source *source)
{
	struct job *job = job_new(fetch, source, on_recheck);
	struct error error;
	const char *id;

	if (!job)
		return;
	id = recheck_pick(job, &error);
	if (!id) {
		source->recheck_ms = clock_mono_ms() + RECHECK_IDLE_MS;
		job_free(job);
		return;
	}
	job->errand = (struct errand){.kind = ERRAND_RECHECK, .post_id = id};
	source->checking = true;
	job_run(job);
}

/* ---- what is due ---- */

/* Starts what is due of a source; *next_ms becomes the earliest time something else will be. */
static void source_tick(struct fetch *fetch, struct source *source, int64_t now_ms, int64_t *next_ms)
{
	int64_t held_ms = source->hold_s > clock_now_s() ? now_ms + (source->hold_s - clock_now_s()) * 1000 : now_ms;
	int64_t poll_ms = source->next_ms > held_ms ? source->next_ms : held_ms;
	int64_t check_ms = source->recheck_ms > held_ms ? source->recheck_ms : held_ms;

	if (!source->busy) {
		if (!source->greeted && now_ms >= source->hello_ms && now_ms >= held_ms)
			start_hello(fetch, source);
		else if (now_ms >= poll_ms)
			start_poll(fetch, source);
		else if (poll_ms < *next_ms)
			*next_ms = poll_ms;
	}
	if (!source->checking && (source->platform->caps & CAP_RECHECK)) {
		if (now_ms >= check_ms)
			start_recheck(fetch, source);
		else if (check_ms < *next_ms)
			*next_ms = check_ms;
	}
}

enum err fetch_step(struct fetch *fetch, int timeout_ms, int wake_fd, struct error *e_r)
{
	int64_t now_ms = clock_mono_ms(), next_ms = now_ms + IDLE_MAX_MS;
	enum err code;

	send_tick(fetch, now_ms);
	for (size_t i = 0; i < fetch->source_count && fetch->fatal.code == ERR_OK; i++)
		source_tick(fetch, &fetch->sources[i], now_ms, &next_ms);
	if (jobs_deliver(fetch))
		timeout_ms = 0; /* what these answers brought may be due at once */
	if (fetch->send_ms < next_ms)
		next_ms = fetch->send_ms;
	if (next_ms - now_ms < timeout_ms)
		timeout_ms = next_ms > now_ms ? (int)(next_ms - now_ms) : 0;
	if (fetch->fatal.code == ERR_OK) {
		code = http_run(fetch->http, timeout_ms, wake_fd, e_r);
		if (code != ERR_OK)
			return code;
	}
	if (fetch->fatal.code != ERR_OK)
		return error_set(e_r, fetch->fatal.code, "%s", fetch->fatal.text);
	return ERR_OK;
}

/* ---- start and end ---- */

static enum err source_open(struct fetch *fetch, const struct source_spec *spec, struct source *source,
			    struct arena *arena, struct error *e_r)
{
	struct source_row row;
	int64_t brand_id;
	enum err code;

	source->spec = spec;
	source->platform = platform_find(spec->platform);
	if (!source->platform)
		return error_set(e_r, ERR_INVALID, "source %s: there is no platform \"%s\"", spec->key, spec->platform);
	code = store_brand_put(fetch->store, spec->brand, &brand_id, e_r);
	if (code == ERR_OK)
		code = store_source_put(fetch->store, spec->key, spec->platform, brand_id, clock_now_s(), &source->id,
					e_r);
	if (code == ERR_OK)
		code = store_source_get(fetch->store, arena, source->id, &row, e_r);
	if (code != ERR_OK)
		return error_prefix(e_r, "source %s", spec->key);
	source->started_s = row.started_s;
	source->failures = row.failures;
	if ((row.cursor && !replace(&source->cursor, row.cursor)) ||
	    (row.account_id && !replace(&source->account_id, row.account_id)))
		return error_set(e_r, ERR_NOMEM, "fetch: out of memory");
	source->greeted = source->greeted_once = (source->platform->caps & CAP_LOCAL) != 0;
	return ERR_OK;
}

/* Rows of sources that are no longer configured say so. */
static enum err sources_off(struct fetch *fetch, struct arena *arena, struct error *e_r)
{
	struct source_row *rows = NULL;
	size_t count = 0;
	enum err code = store_source_list(fetch->store, arena, &rows, &count, e_r);

	for (size_t i = 0; code == ERR_OK && i < count; i++) {
		bool configured = strcmp(rows[i].status, "off") == 0;

		for (size_t k = 0; !configured && k < fetch->source_count; k++)
			configured = fetch->sources[k].id == rows[i].id;
		if (!configured)
			code = store_source_status(fetch->store, rows[i].id, "off", "not configured any more", 0, 0,
						   NULL, e_r);
	}
	return code;
}

static enum err fetch_open(struct fetch *fetch, struct error *e_r)
{
	const struct settings *settings = fetch->settings;
	struct arena *arena = arena_new((size_t)16 << 20);
	size_t unknown = 0;
	enum err code;

	if (!arena)
		return error_set(e_r, ERR_NOMEM, "fetch: out of memory");
	code = http_open("amends/" PROGRAM_VERSION, &fetch->http, e_r);
	if (code == ERR_OK)
		code = outbox_recover(fetch->store, clock_now_s(), &unknown, e_r);
	if (code == ERR_OK && unknown > 0)
		log_line(LOG_WARN, "send", "%zu replies were under way when the program stopped: reading them back",
			 unknown);
	fetch->source_count = settings->source_count;
	for (size_t i = 0; code == ERR_OK && i < settings->source_count; i++)
		code = source_open(fetch, &settings->sources[i], &fetch->sources[i], arena, e_r);
	if (code == ERR_OK)
		code = sources_off(fetch, arena, e_r);
	arena_free(&arena);
	return code;
}

enum err fetch_new(struct intake *intake, struct store *store, const struct settings *settings, struct fetch **fetch_r,
		   struct error *e_r)
{
	struct fetch *fetch = calloc(1, sizeof(*fetch));
	enum err code;

	if (fetch)
		fetch->sources = calloc(settings->source_count + 1, sizeof(*fetch->sources));
	if (!fetch || !fetch->sources) {
		free(fetch);
		return error_set(e_r, ERR_NOMEM, "fetch: out of memory");
	}
	fetch->intake = intake;
	fetch->store = store;
	fetch->settings = settings;
	code = fetch_open(fetch, e_r);
	if (code == ERR_OK)
		*fetch_r = fetch;
	else
		fetch_free(&fetch);
	return code;
}

void fetch_free(struct fetch **fetch)
{
	if (!fetch || !*fetch)
		return;
	http_close(&(*fetch)->http);
	while ((*fetch)->jobs)
		job_free((*fetch)->jobs);
	for (size_t i = 0; i < (*fetch)->source_count; i++) {
		free((*fetch)->sources[i].cursor);
		free((*fetch)->sources[i].account_id);
		free((*fetch)->sources[i].account_ref);
	}
	free((*fetch)->sources);
	free(*fetch);
	*fetch = NULL;
}
