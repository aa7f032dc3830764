/*
 * http.h - HTTP(S) client for all sources in one loop (the only user of libcurl's multi interface).
 *
 * Safety: TLS verified; redirects at most 3, https to https only (http to http only when the request's own
 * address is private, as in tests), for GET alone: any other method gets the 3xx as its answer; a name that resolves to
 * a private, loopback or link-local address is refused unless the request allows it, and then for the request's own
 * host alone, so that no redirect leads anywhere else inside; checked on the address at connect time, so that DNS
 * cannot lie; Authorization does not follow to another host; body and decompressed body capped; connect and total
 * time-outs. Anything but GET goes over a fresh connection: libcurl silently repeats a request on a reused one that was
 * closed.
 */
#ifndef HTTP_H
#define HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

struct http; /* one per process; not thread-safe */

struct http_request {
	const char *method; /* "GET" "POST" ... */
	const char *url;
	const char *const *headers; /* "Name: value", NULL-terminated; NULL none */
	const char *body;           /* NULL none */
	size_t body_len;
	size_t body_max;    /* cap on the decompressed answer; 0: 8 MiB */
	int64_t timeout_ms; /* whole transfer; 0: 30,000 */
	bool allow_private; /* the source itself is on a private address (see http_url_private) */
};

struct http_response {
	long status;      /* 100..599 */
	const char *body; /* body_len bytes, then NUL; borrowed until the callback returns */
	size_t body_len;
	const struct http_header {
		const char *name;
		const char *value;
	} * headers; /* names lower-cased */
	size_t header_count;
};

/*
 * Called once per accepted request from http_run(): code ERR_OK and a response (any status), or response NULL and
 * ERR_NETWORK (no complete answer), ERR_LIMIT (body or headers too large), ERR_FORBIDDEN (address or redirect not
 * allowed), ERR_NOMEM. sent: bytes of the request may have left; false means that the other side knows nothing of it
 * (refused, no such name, TLS failed). The callback may submit further requests.
 */
typedef void http_done_fn(void *ctx, enum err code, const struct http_response *response, bool sent,
			  const struct error *error);

enum err http_open(const char *user_agent, struct http **http_r, struct error *e_r) MUST_CHECK;
void http_close(struct http **http); /* running transfers end without callback */
/* Copies all it needs. `fn` is not called when this fails. ERR_INVALID: the URL or a header cannot be sent (http://
 * without allow_private, a user name in the URL, a line break in a header). */
enum err http_submit(struct http *http, const struct http_request *request, http_done_fn *fn, void *ctx,
		     struct error *e_r) MUST_CHECK;
/* Waits at most timeout_ms for network or for a byte on wake_fd (-1: none), then calls back what is done. */
enum err http_run(struct http *http, int timeout_ms, int wake_fd, struct error *e_r) MUST_CHECK;
size_t http_pending(const struct http *http);
/* Value of a header (lower-case name) or NULL. */
const char *http_header(const struct http_response *response, const char *name);
/* 1 and *time_s_r set when text is a date as HTTP headers have them ("Sat, 21 Nov 2026 20:00:00 GMT"), else 0. */
int http_date(const char *text, int64_t *time_s_r);
/* Is the host of this address, as written, private: a loopback, private or link-local IP address, localhost, or a name
 * under .localhost .local .internal .home.arpa? Asks no name server. */
bool http_url_private(const char *url);
/* Host of a URL without port ("example.social"), appended to out: 1; 0 it is no http(s) URL; -1 out of memory. */
struct buf;
int http_url_host(const char *url, struct buf *out);
/* Percent-encodes for a query or a path segment into buf. */
void http_escape(struct buf *out, const char *text);

#endif
