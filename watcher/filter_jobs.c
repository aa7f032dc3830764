/*
 * filter_jobs.c - `amends classify -j N`: the calling thread reads lines into chunks, N threads judge chunks, one
 * writes them in the order of reading. The chunks go round a ring, so memory is bounded however fast the input comes
 * and however slow the output goes. While input is awaited, what was read is already on its way to the output.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "watcher/filter.h"

#define CHUNK_MAX ((size_t)64 << 20)

enum { CHUNK_LINES = 512, CHUNK_FULL = 128 << 10 };

struct piece {
	size_t at, len; /* in the chunk's input */
	uint64_t number;
	bool too_long;
};

struct chunk {
	struct piece pieces[CHUNK_LINES];
	size_t count;
	struct buf in, out, notes;
	bool judged, bad;
};

struct pool {
	const struct judge *judge;
	const char *name;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct chunk *ring;
	size_t size;
	/* How many chunks were read, begun and written, ever: written <= begun <= filled <= written + size. */
	uint64_t filled, begun, written;
	bool over;   /* no more chunks will be filled */
	bool broken; /* nobody reads the output, or memory is exhausted: stop */
	bool bad;    /* a line was bad */
};

static struct chunk *chunk_at(struct pool *pool, uint64_t number)
{
	return &pool->ring[number % pool->size];
}

/* ---- judging ---- */

static void judge_chunk(struct filter *filter, struct chunk *chunk)
{
	for (size_t i = 0; i < chunk->count; i++) {
		const struct piece *piece = &chunk->pieces[i];
		struct line line = {buf_text(&chunk->in) + piece->at, piece->len, piece->too_long};

		if (!filter_line(filter, &line, piece->number, &chunk->out, &chunk->notes))
			chunk->bad = true;
	}
}

static void *judge_run(void *ctx)
{
	struct pool *pool = ctx;
	struct filter filter;
	bool ready = filter_open(&filter, pool->judge, pool->name, NULL) == ERR_OK;

	(void)pthread_mutex_lock(&pool->lock);
	pool->broken |= !ready;
	for (;;) {
		struct chunk *chunk;

		while (pool->begun == pool->filled && !pool->over)
			(void)pthread_cond_wait(&pool->changed, &pool->lock);
		if (pool->begun == pool->filled)
			break;
		chunk = chunk_at(pool, pool->begun++);
		(void)pthread_mutex_unlock(&pool->lock);
		if (ready)
			judge_chunk(&filter, chunk);
		(void)pthread_mutex_lock(&pool->lock);
		chunk->judged = true;
		(void)pthread_cond_broadcast(&pool->changed);
	}
	(void)pthread_mutex_unlock(&pool->lock);
	filter_close(&filter);
	return NULL;
}

/* ---- writing ---- */

static void *write_run(void *ctx)
{
	struct pool *pool = ctx;

	(void)pthread_mutex_lock(&pool->lock);
	for (;;) {
		struct chunk *chunk = chunk_at(pool, pool->written);
		bool broken;

		while (pool->written == pool->filled ? !pool->over : !chunk->judged)
			(void)pthread_cond_wait(&pool->changed, &pool->lock);
		if (pool->written == pool->filled)
			break;
		broken = pool->broken;
		(void)pthread_mutex_unlock(&pool->lock);
		if (!broken)
			broken = !filter_write(&chunk->notes, &chunk->out);
		(void)pthread_mutex_lock(&pool->lock);
		pool->broken |= broken;
		pool->bad |= chunk->bad;
		pool->written++;
		(void)pthread_cond_broadcast(&pool->changed);
	}
	(void)pthread_mutex_unlock(&pool->lock);
	return NULL;
}

/* ---- reading ---- */

/* The chunk to fill next, emptied; waits until the writer is done with it. NULL: stop. */
static struct chunk *chunk_free(struct pool *pool)
{
	struct chunk *chunk;
	bool broken;

	(void)pthread_mutex_lock(&pool->lock);
	while (pool->filled - pool->written == pool->size && !pool->broken)
		(void)pthread_cond_wait(&pool->changed, &pool->lock);
	broken = pool->broken;
	chunk = chunk_at(pool, pool->filled);
	(void)pthread_mutex_unlock(&pool->lock);
	if (broken)
		return NULL;
	if (chunk->judged) {
		buf_reset(&chunk->in);
		buf_reset(&chunk->out);
		buf_reset(&chunk->notes);
		chunk->count = 0;
		chunk->judged = chunk->bad = false;
	}
	return chunk;
}

/* Hands over what was read so far. Also lines_next's before_wait. */
static void chunk_send(void *ctx)
{
	struct pool *pool = ctx;

	(void)pthread_mutex_lock(&pool->lock);
	/* Only a chunk that the writer is done with can have been begun by this thread. */
	if (pool->filled - pool->written < pool->size && !chunk_at(pool, pool->filled)->judged &&
	    chunk_at(pool, pool->filled)->count > 0) {
		pool->filled++;
		(void)pthread_cond_broadcast(&pool->changed);
	}
	(void)pthread_mutex_unlock(&pool->lock);
}

static void chunk_add(struct chunk *chunk, const struct line *line, uint64_t number)
{
	chunk->pieces[chunk->count++] = (struct piece){chunk->in.len, line->len, number, line->too_long};
	buf_add(&chunk->in, line->text, line->len);
}

static int read_lines(struct pool *pool, struct lines *lines, struct error *e_r)
{
	struct line line;
	int got;

	while ((got = lines_next(lines, &line, e_r)) > 0) {
		struct chunk *chunk = chunk_free(pool);

		if (chunk == NULL)
			return 0;
		chunk_add(chunk, &line, lines->number);
		if (chunk->in.failed) {
			error_set(e_r, ERR_NOMEM, "out of memory");
			return -1;
		}
		if (chunk->count == CHUNK_LINES || chunk->in.len > CHUNK_FULL)
			chunk_send(pool);
	}
	chunk_send(pool);
	return got;
}

/* ---- together ---- */

static bool pool_open(struct pool *pool, const struct judge *judge, const char *name, int jobs)
{
	*pool = (struct pool){.judge = judge, .name = name, .size = 2 * (size_t)jobs + 2};
	pool->ring = calloc(pool->size, sizeof(*pool->ring));
	for (size_t i = 0; pool->ring != NULL && i < pool->size; i++) {
		buf_init(&pool->ring[i].in, CHUNK_MAX);
		buf_init(&pool->ring[i].out, CHUNK_MAX);
		buf_init(&pool->ring[i].notes, CHUNK_MAX);
	}
	(void)pthread_mutex_init(&pool->lock, NULL);
	(void)pthread_cond_init(&pool->changed, NULL);
	return pool->ring != NULL;
}

static void pool_close(struct pool *pool)
{
	for (size_t i = 0; pool->ring != NULL && i < pool->size; i++) {
		buf_done(&pool->ring[i].in);
		buf_done(&pool->ring[i].out);
		buf_done(&pool->ring[i].notes);
	}
	free(pool->ring);
	(void)pthread_cond_destroy(&pool->changed);
	(void)pthread_mutex_destroy(&pool->lock);
}

static void pool_end(struct pool *pool, bool broken)
{
	(void)pthread_mutex_lock(&pool->lock);
	pool->over = true;
	pool->broken |= broken;
	(void)pthread_cond_broadcast(&pool->changed);
	(void)pthread_mutex_unlock(&pool->lock);
}

/* Starts the writer and the judges, reads, and waits for all of them. As lines_next: 0 the end, -1 failed. */
static int pool_run(struct pool *pool, struct lines *lines, int jobs, struct error *e_r)
{
	pthread_t *threads = calloc((size_t)jobs + 1, sizeof(*threads));
	int started = 0, got = -1;

	while (threads != NULL && started <= jobs &&
	       pthread_create(&threads[started], NULL, started == 0 ? write_run : judge_run, pool) == 0)
		started++;
	if (started == jobs + 1)
		got = read_lines(pool, lines, e_r);
	else
		error_set(e_r, ERR_NOMEM, "cannot start %d threads", jobs + 1);
	pool_end(pool, started < 2); /* with a judge at least, what was read is still written */
	for (int i = 0; i < started; i++)
		(void)pthread_join(threads[i], NULL);
	free(threads);
	return got;
}

int filter_parallel(const struct judge *judge, const char *name, struct lines *lines, int jobs)
{
	struct error error = {.code = ERR_NOMEM, .text = "out of memory"};
	struct pool pool;
	int got = -1, code;

	if (pool_open(&pool, judge, name, jobs)) {
		lines->before_wait = chunk_send;
		lines->ctx = &pool;
		got = pool_run(&pool, lines, jobs, &error);
	}
	if (got < 0) {
		error_prefix(&error, "%s", name);
		code = command_fail("classify", &error);
	} else {
		code = pool.bad || pool.broken ? EXIT_FAILED : EXIT_DONE;
	}
	pool_close(&pool);
	return code;
}
