/*
 * fetch_private.h - what the files of the watching half share.
 *
 * fetch.c	the sources: what is due, polling, status rows, rechecks
 * fetch_job.c	one errand: ask the platform for a request, send it (or ask a local platform), read the answer
 * fetch_send.c	the outbox: check the post, send the reply, read back
 */
#ifndef FETCH_PRIVATE_H
#define FETCH_PRIVATE_H

#include "fetch.h"
#include "http.h"
#include "outbox.h"

/* A configured source, as it runs. Times `_ms` are monotonic. */
struct source {
	const struct source_spec *spec;
	const struct platform *platform;
	int64_t id; /* of its row */
	int64_t started_s;
	char *cursor;                          /* as stored; NULL never polled */
	char *account_id, *account_ref;        /* as HELLO told; NULL not known */
	struct length_rule length;             /* .limit 0: not told */
	bool busy;                             /* a HELLO or POLL is under way */
	bool checking;                         /* a RECHECK is under way */
	bool greeted;                          /* HELLO is done, or this platform has none */
	bool greeted_once;                     /* ... or was tried, at least */
	int64_t hello_ms, next_ms, recheck_ms; /* not before */
	int64_t hold_s;                        /* UTC: the server wants no request before; 0 none */
	int failures;                          /* polls in a row */
	char status[16];                       /* as last written to its row, with when and why */
	char why[600];
	int64_t status_ms;
};

struct fetch {
	struct intake *intake;
	struct store *store;
	const struct settings *settings;
	struct http *http;
	struct source *sources;
	size_t source_count;
	struct job *jobs;   /* under way */
	size_t sending;     /* of them deliveries */
	int64_t send_ms;    /* next look into the outbox */
	struct error fatal; /* code ERR_OK: none */
};

/* One errand under way, from start to answer. Freed after `done`, unless that started it again. */
struct job {
	struct job *next, *prev;
	struct fetch *fetch;
	struct source *source; /* NULL only in a delivery whose source is gone */
	struct arena *arena;   /* all of it, request and answer */
	struct errand errand;
	void (*done)(struct job *job, const struct answer *answer);
	bool again; /* job_run() was called from done: keep it */
	bool ready; /* `answer` came without the network: jobs_deliver() hands it over */
	struct answer answer;
	/* deliveries only */
	bool delivery;
	struct outbox_row row;
	struct answer *unsettled; /* not yet written down: tried again */
};

/* NULL when memory is exhausted (then fetch->fatal is set). */
struct job *job_new(struct fetch *fetch, struct source *source,
		    void (*done)(struct job *job, const struct answer *answer));
void job_free(struct job *job);
/* Runs job->errand; `done` is called later, from jobs_deliver() or from http_run(). */
void job_run(struct job *job);
/* Hands over the answers that needed no network; false when there were none. */
bool jobs_deliver(struct fetch *fetch);

/* Remembers an error that ends fetch_step(); the first one counts. */
void fetch_fail(struct fetch *fetch, const struct error *error);
/* A page to the store, in one transaction; an error that ends everything is remembered, too. */
enum err fetch_store(struct fetch *fetch, struct source *source, const struct post *posts, size_t count,
		     const char *cursor, struct error *e_r);
/* The server asked for peace: nothing of this source goes out before. */
void fetch_hold(struct source *source, int64_t retry_s);

/* Looks into the outbox when it is time; sends and reads back what is due. */
void send_tick(struct fetch *fetch, int64_t now_ms);

#endif
