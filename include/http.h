/*
 * http.h - HTTP(S) client for all sources in one loop (the only user of libcurl's multi interface).
 *
 * Safety: TLS verified; redirects at most 3, https to https only (http to http only when the request's own
 * address is private, as in tests); a name that resolves to a private, loopback or link-local address is refused
 * unless the request allows it; body and decompressed body capped; connect and total time-outs.
 */
#ifndef HTTP_H
#define HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

struct http; /* one per process; not thread-safe */

struct http_request {
	const char *method;	   /* "GET" "POST" ... */
	const char *url;
	const char *const *headers; /* "Name: value", NULL-terminated; NULL none */
	const char *body;	   /* NULL none */
	size_t body_len;
	size_t body_max;	   /* cap on the decompressed answer; 0: 8 MiB */
	int64_t timeout_ms;	   /* whole transfer; 0: 30,000 */
	bool allow_private;	   /* the source itself is on a private address */
};

struct http_response {
	long status;		   /* 100..599 */
	const char *body;	   /* body_len bytes, then NUL; borrowed until the callback returns */
	size_t body_len;
	const struct http_header { const char *name; const char *value; } *headers; /* names lower-cased */
	size_t header_count;
};

/* Called once per accepted request from http_run(): code ERR_OK and a response (any status), or ERR_NETWORK /
 * ERR_LIMIT with response NULL. The callback may submit further requests. */
typedef void http_done_fn(void *ctx, enum err code, const struct http_response *response, const struct error *error);

enum err http_open(const char *user_agent, struct http **http_r, struct error *e_r) MUST_CHECK;
void http_close(struct http **http); /* running transfers end without callback */
/* Copies all it needs. `fn` is not called when this fails. */
enum err http_submit(struct http *http, const struct http_request *request, http_done_fn *fn, void *ctx,
		     struct error *e_r) MUST_CHECK;
/* Waits at most timeout_ms for network or for a byte on wake_fd (-1: none), then calls back what is done. */
enum err http_run(struct http *http, int timeout_ms, int wake_fd, struct error *e_r) MUST_CHECK;
size_t http_pending(const struct http *http);
/* Value of a header (lower-case name) or NULL. */
const char *http_header(const struct http_response *response, const char *name);
/* Percent-encodes for a query or a path segment into buf. */
struct buf;
void http_escape(struct buf *out, const char *text);

#endif
