/*
 * exchange.h - one web request and its answer, and the desk that serves it. For the files of this room only.
 *
 * A handler reads the request through the functions here, and leaves `view` (what the JSON API prints) and, for pages,
 * `page` (what only the page shows: labels, selected options, messages). It never writes to the network.
 */
#ifndef DESK_EXCHANGE_H
#define DESK_EXCHANGE_H

#include <json-c/json.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "buf.h"
#include "desk.h"
#include "done.h"
#include "form.h"
#include "jsonio.h"
#include "limiter.h"

#define BODY_MAX (64u << 10)       /* bytes of a posted form or JSON document */
#define ANSWER_MAX (16u << 20)     /* bytes of a rendered page */
#define EXCHANGE_ARENA (48u << 20) /* bytes a request may use while it is answered */
#define SECRET_TEXT_SIZE 65        /* 32 random bytes as hex, and NUL */

struct events;
struct pages;
struct route;

struct desk {
	struct desk_options options;
	struct MHD_Daemon *daemon;
	int port;
	pthread_mutex_t lock;        /* store, tone, offers, json, limiter: held while a request is answered */
	struct tone *tone;           /* NULL without tone rules */
	struct offer_reader *offers; /* NULL without offer rules */
	struct json_parser *json;
	struct limiter *limiter;
	struct pages *pages;
	struct events *events;
	struct done done;
	char url[256];         /* where people reach the desk, without a slash at the end */
	char no_password[128]; /* hash that no password has: checked for names that do not exist */
};

struct exchange {
	/* the request */
	struct desk *desk;
	struct MHD_Connection *connection;
	struct arena *arena;
	const char *method; /* "GET" also for HEAD */
	const char *target; /* as sent: path and query; NULL when it could not be kept */
	char *path;         /* raw, without query; NUL-terminated copy */
	struct form query, form;
	struct json_object *json; /* body of an API request */
	struct buf body;
	bool begun;
	bool too_big;
	size_t dropped; /* bytes of body thrown away after the cap */
	bool api;       /* below /api/ */
	const struct route *route;
	int64_t id;       /* of the path's :id, else 0 */
	const char *name; /* of the path's :name, else NULL */
	int64_t now_s;
	struct session_row session; /* valid when signed_in */
	const char *session_hash;
	bool signed_in;

	/* the answer */
	int status;                    /* 0: 200 */
	struct json_object *view;      /* NULL: none */
	struct json_object *page;      /* NULL for the API */
	const char *template;          /* another page than the route's; NULL: the route's */
	const char *location;          /* redirect (303) */
	const char *cookie;            /* Set-Cookie value */
	int retry_s;                   /* Retry-After; 0 none */
	struct MHD_Response *response; /* made by the handler itself: asset, stream */
};

/* Value of a header, or NULL. Borrowed from the connection. */
const char *exchange_header(const struct exchange *x, const char *name);
/* Field of the query string, or NULL. */
const char *exchange_query(const struct exchange *x, const char *name);
/* Field of the posted form or string member of the posted JSON object, or NULL. */
const char *exchange_field(const struct exchange *x, const char *name);
/* The same with CR LF and CR turned into LF (browsers send CR LF from a textarea), control characters removed. In the
 * arena. */
const char *exchange_text(struct exchange *x, const char *name);
/* Who acts: for queue_do. Only when signed in. */
struct actor exchange_actor(const struct exchange *x);
/* What decides, on the desk's store. */
struct queue exchange_queue(const struct exchange *x);
/* Member of the posted JSON object that is true, or field of the posted form that is "1". */
bool exchange_flag(const struct exchange *x, const char *name);
/* May the person of this request do what needs the role? false when not signed in. */
bool exchange_may(const struct exchange *x, enum role role);
/* HTTP status of an error code. */
int exchange_status(enum err err);

#endif
