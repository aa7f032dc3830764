/*
 * fetch_job.c - one errand: the platform writes the request, we send it, the platform reads the answer.
 *
 * Whatever goes wrong on the way becomes an answer with an outcome, so that those who wait for it have one thing to
 * look at. The one that matters most: a reply that may have left without our hearing of it is UNKNOWN, and only
 * a reply that certainly did not leave is TEMPORARY.
 */
#include "watcher/fetch_private.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"

#define JOB_MEMORY ((size_t)96 << 20) /* a page of 8 MiB, parsed, as posts and as text */

struct job *job_new(struct fetch *fetch, struct source *source,
		    void (*done)(struct job *job, const struct answer *answer))
{
	struct job *job = calloc(1, sizeof(*job));
	struct error error;

	if (job)
		job->arena = arena_new(JOB_MEMORY);
	if (!job || !job->arena) {
		free(job);
		(void)error_set(&error, ERR_NOMEM, "fetch: out of memory");
		fetch_fail(fetch, &error);
		return NULL;
	}
	job->fetch = fetch;
	job->source = source;
	job->done = done;
	job->next = fetch->jobs;
	if (job->next)
		job->next->prev = job;
	fetch->jobs = job;
	return job;
}

void job_free(struct job *job)
{
	if (job->prev)
		job->prev->next = job->next;
	else
		job->fetch->jobs = job->next;
	if (job->next)
		job->next->prev = job->prev;
	if (job->delivery)
		job->fetch->sending--;
	arena_free(&job->arena);
	free(job);
}

static void job_answer(struct job *job, const struct answer *answer)
{
	job->again = false;
	job->done(job, answer);
	if (!job->again)
		job_free(job);
}

/* What did not even get as far as an answer. */
static struct answer no_answer(struct job *job, enum outcome outcome, const char *why)
{
	const char *copy = arena_strdup(job->arena, why);

	return (struct answer){.outcome = outcome, .why = copy ? copy : "out of memory"};
}

static void job_later(struct job *job, struct answer answer)
{
	job->answer = answer;
	job->ready = true;
}

bool jobs_deliver(struct fetch *fetch)
{
	bool any = false;

	for (struct job *job = fetch->jobs; job;) {
		if (!job->ready) {
			job = job->next;
			continue;
		}
		any = true;
		job->ready = false;
		job_answer(job, &job->answer);
		job = fetch->jobs; /* the list has changed */
	}
	return any;
}

/* The platform could not write the request. */
static enum outcome outcome_of_request(enum errand_kind kind, enum err code)
{
	if (code == ERR_UNSUPPORTED)
		return kind == ERRAND_READBACK ? OUTCOME_UNKNOWN : kind == ERRAND_HELLO ? OUTCOME_OK : OUTCOME_REFUSED;
	if (code == ERR_FORBIDDEN)
		return OUTCOME_AUTH;
	return code == ERR_NOMEM ? OUTCOME_TEMPORARY : OUTCOME_REFUSED;
}

static enum outcome outcome_of_transfer(enum errand_kind kind, enum err code, bool sent)
{
	if (kind == ERRAND_REPLY && sent)
		return OUTCOME_UNKNOWN;
	return code == ERR_FORBIDDEN ? OUTCOME_REFUSED : OUTCOME_TEMPORARY;
}

static void on_done(void *ctx, enum err code, const struct http_response *response, bool sent,
		    const struct error *error)
{
	struct job *job = ctx;
	struct answer answer;
	struct error why;

	job->errand.now_s = clock_now_s();
	if (code != ERR_OK) {
		answer = no_answer(job, outcome_of_transfer(job->errand.kind, code, sent), error->text);
	} else {
		code = job->source->platform->parse(job->source->spec, &job->errand, response, job->arena, &answer,
						    &why);
		if (code != ERR_OK)
			answer = no_answer(job, outcome_of_transfer(job->errand.kind, code, true), why.text);
	}
	job_answer(job, &answer);
}

void job_run(struct job *job)
{
	const struct platform *platform = job->source->platform;
	struct http_request request;
	struct answer answer;
	struct error why;
	enum err code;

	job->again = true;
	job->errand.now_s = clock_now_s();
	job->errand.started_s = job->source->started_s;
	if (platform->caps & CAP_LOCAL) {
		code = platform->local(job->source->spec, &job->errand, job->arena, &answer, &why);
		if (code == ERR_OK)
			job_later(job, answer);
	} else {
		code = platform->request(job->source->spec, &job->errand, job->arena, &request, &why);
		if (code == ERR_OK)
			code = http_submit(job->fetch->http, &request, on_done, job, &why);
	}
	if (code != ERR_OK)
		job_later(job, no_answer(job, outcome_of_request(job->errand.kind, code), why.text));
}
