/*
 * events.c - live updates: one server-sent event `change` with the store's stamp whenever something was committed.
 *
 * The store's connection belongs to the server's thread, so the waking thread (desk_tick) reads nothing: it only
 * resumes the suspended streams, and each looks at the stamp when libmicrohttpd asks it for bytes. The first stream
 * asked after a wake reads the stamp for all. A stream with nothing to say for HEARTBEAT_MS sends a comment, so that
 * proxies keep it open and dead peers are noticed.
 */
#include "events.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "route.h"

#define HEARTBEAT_MS 15000
#define RETRY_MS 3000 /* browsers wait this long before they connect again */

struct stream {
	struct events *events;
	struct MHD_Connection *connection;
	struct stream *prev, *next;
	bool suspended;
	bool opened; /* the first line was sent */
	int64_t stamp;
	int64_t spoke_ms;
};

struct events {
	struct desk *desk;
	pthread_mutex_t lock; /* the list and `suspended`; never held while the store is read */
	struct stream *streams;
	int count;
	bool ending;
	unsigned wake;      /* counts events_wake */
	unsigned read_wake; /* value of wake when the stamp was read */
	int64_t stamp;      /* server's thread only */
};

struct events *events_new(struct desk *desk)
{
	struct events *events = calloc(1, sizeof(*events));

	if (!events)
		return NULL;
	events->desk = desk;
	events->wake = 1;
	pthread_mutex_init(&events->lock, NULL);
	return events;
}

void events_free(struct events **events)
{
	if (!events || !*events)
		return;
	pthread_mutex_destroy(&(*events)->lock);
	free(*events);
	*events = NULL;
}

static void wake_all(struct events *events)
{
	events->wake++;
	for (struct stream *s = events->streams; s; s = s->next) {
		if (s->suspended) {
			s->suspended = false;
			MHD_resume_connection(s->connection);
		}
	}
}

void events_wake(struct events *events)
{
	pthread_mutex_lock(&events->lock);
	wake_all(events);
	pthread_mutex_unlock(&events->lock);
}

void events_end(struct events *events)
{
	pthread_mutex_lock(&events->lock);
	events->ending = true;
	wake_all(events);
	pthread_mutex_unlock(&events->lock);
}

/* The store's stamp, read once per wake. A store that cannot be read now is as good as unchanged. */
static int64_t stamp_now(struct events *events)
{
	struct desk *desk = events->desk;
	unsigned wake;

	pthread_mutex_lock(&events->lock);
	wake = events->wake;
	pthread_mutex_unlock(&events->lock);
	if (wake != events->read_wake) {
		int64_t stamp;

		pthread_mutex_lock(&desk->lock);
		if (store_stamp(desk->options.store, &stamp, NULL) == ERR_OK)
			events->stamp = stamp;
		pthread_mutex_unlock(&desk->lock);
		events->read_wake = wake;
	}
	return events->stamp;
}

/* What the stream has to say now; 0: nothing. */
static int stream_text(struct stream *stream, char *out, size_t size)
{
	int64_t stamp = stamp_now(stream->events);
	int64_t now_ms = clock_mono_ms();
	int len = 0;

	if (!stream->opened)
		len = snprintf(out, size, "retry: %d\n\n", RETRY_MS);
	else if (stamp != stream->stamp)
		len = snprintf(out, size, "event: change\ndata: %lld\n\n", (long long)stamp);
	else if (now_ms - stream->spoke_ms >= HEARTBEAT_MS)
		len = snprintf(out, size, ": still here\n\n");
	if (len > 0) {
		stream->opened = true;
		stream->stamp = stamp;
		stream->spoke_ms = now_ms;
	}
	return len;
}

static ssize_t stream_read(void *cls, uint64_t pos, char *out, size_t max)
{
	struct stream *stream = cls;
	struct events *events = stream->events;
	char text[96];
	int len;

	(void)pos;
	len = stream_text(stream, text, sizeof(text));
	pthread_mutex_lock(&events->lock);
	if (events->ending) {
		pthread_mutex_unlock(&events->lock);
		return MHD_CONTENT_READER_END_OF_STREAM;
	}
	if (len == 0) {
		stream->suspended = true;
		MHD_suspend_connection(stream->connection);
	}
	pthread_mutex_unlock(&events->lock);
	if ((size_t)len > max)
		return MHD_CONTENT_READER_END_WITH_ERROR; /* cannot be: the block size is far larger */
	memcpy(out, text, (size_t)len);
	return len;
}

static void stream_free(void *cls)
{
	struct stream *stream = cls;
	struct events *events = stream->events;

	pthread_mutex_lock(&events->lock);
	if (stream->prev)
		stream->prev->next = stream->next;
	else
		events->streams = stream->next;
	if (stream->next)
		stream->next->prev = stream->prev;
	events->count--;
	pthread_mutex_unlock(&events->lock);
	free(stream);
}

static struct stream *stream_new(struct events *events, struct MHD_Connection *connection)
{
	struct stream *stream = NULL;

	pthread_mutex_lock(&events->lock);
	if (events->count < EVENTS_STREAMS_MAX && !events->ending)
		stream = calloc(1, sizeof(*stream));
	if (stream) {
		stream->events = events;
		stream->connection = connection;
		stream->next = events->streams;
		if (stream->next)
			stream->next->prev = stream;
		events->streams = stream;
		events->count++;
	}
	pthread_mutex_unlock(&events->lock);
	return stream;
}

enum err events_open(struct exchange *x, struct error *e_r)
{
	struct stream *stream = stream_new(x->desk->events, x->connection);

	if (!stream) {
		x->status = 503;
		x->retry_s = 30;
		return error_set(e_r, ERR_LIMIT,
				 "Too many pages are open for live updates; this one will not update itself");
	}
	x->response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 1024, stream_read, stream, stream_free);
	if (!x->response) {
		stream_free(stream);
		return error_set(e_r, ERR_NOMEM, "memory exhausted");
	}
	(void)MHD_add_response_header(x->response, "Content-Type",
				      "text/event-stream"); /* a header less does no harm */
	(void)MHD_add_response_header(x->response, "X-Accel-Buffering", "no");
	return ERR_OK;
}
