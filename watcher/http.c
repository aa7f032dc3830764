/*
 * http.c - HTTP(S) client for all sources in one loop, over libcurl's multi interface (see http.h for its promises).
 *
 * A transfer is one easy handle plus what we collect of its answer. libcurl calls us back in four places: before it
 * opens a socket and again before it sends over any connection, new or reused (is that address allowed?), for each
 * header and for each piece of decoded body (is it still within the caps?). Everything is finished, and the caller
 * called back, outside libcurl, in http_run().
 */
#include "http.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "buf.h"
#include "log.h"
#include "watcher/http_address.h"

#define REDIRECTS_MAX 3
#define BODY_MAX_DEFAULT ((size_t)8 << 20)
#define TIMEOUT_DEFAULT_MS 30000
#define CONNECT_TIMEOUT_MS 10000
#define HEAD_MAX (64u << 10) /* bytes of names and values kept */
#define HEADERS_MAX 200
#define LOW_SPEED_BYTES 64 /* a second, over LOW_SPEED_S: slower is as good as dead */
#define LOW_SPEED_S 15

struct transfer {
	struct transfer *next, *prev;
	struct http *http;
	CURL *easy;
	struct curl_slist *headers;
	char *host;      /* of the request's own URL, lower case */
	struct buf body; /* decoded */
	struct buf head; /* name NUL value NUL ... of the last answer in a chain of redirects */
	size_t head_count;
	bool allow_private;
	bool sent; /* a request may have left */
	bool head_too_big;
	char refused[64]; /* the address that was not allowed; "" none */
	char why[CURL_ERROR_SIZE];
	http_done_fn *fn;
	void *ctx;
};

struct http {
	CURLM *multi;
	char *user_agent;
	struct transfer *first;
	size_t pending;
};

/* ---- is this address allowed? ---- */

/* The host of a URL, lower case; NULL when it has none. free() it. */
static char *url_host(const char *url, bool *no_memory_r)
{
	CURLU *u = curl_url();
	char *part = NULL, *host = NULL;
	CURLUcode code = u ? curl_url_set(u, CURLUPART_URL, url, 0) : CURLUE_OUT_OF_MEMORY;

	if (code == CURLUE_OK)
		code = curl_url_get(u, CURLUPART_HOST, &part, 0);
	if (code == CURLUE_OK) {
		host = strdup(part);
		for (char *p = host; p && *p; p++) {
			if (*p >= 'A' && *p <= 'Z')
				*p = (char)(*p + 32);
		}
	}
	*no_memory_r = code == CURLUE_OUT_OF_MEMORY || (code == CURLUE_OK && !host);
	curl_free(part);
	curl_url_cleanup(u);
	return host;
}

/* Private addresses are for the request's own host alone, and only when the request says so. */
static bool transfer_may_go_private(const struct transfer *t)
{
	char *url = NULL, *host;
	bool same, no_memory;

	if (!t->allow_private)
		return false;
	if (curl_easy_getinfo(t->easy, CURLINFO_EFFECTIVE_URL, &url) != CURLE_OK || !url)
		return false;
	host = url_host(url, &no_memory); /* without memory: not the same, so refused */
	same = host && strcmp(host, t->host) == 0;
	free(host);
	return same;
}

static curl_socket_t on_open_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct transfer *t = ctx;

	(void)purpose;
	if (address_private(&address->addr) && !transfer_may_go_private(t)) {
		(void)strncpy(t->refused, "a private address", sizeof(t->refused) - 1); /* it fits */
		return CURL_SOCKET_BAD;
	}
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* Just before a request goes out, also over a connection that was opened for another transfer. */
static int on_before_request(void *ctx, char *remote_ip, char *local_ip, int remote_port, int local_port)
{
	struct transfer *t = ctx;
	bool known, private;

	(void)local_ip;
	(void)remote_port;
	(void)local_port;
	private = address_text_private(remote_ip, &known);
	if ((private || !known) && !transfer_may_go_private(t)) {
		(void)strncpy(t->refused, "a private address", sizeof(t->refused) - 1);
		return CURL_PREREQFUNC_ABORT;
	}
	t->sent = true;
	return CURL_PREREQFUNC_OK;
}

/* ---- what comes back ---- */

static size_t on_body(char *data, size_t size, size_t count, void *ctx)
{
	struct transfer *t = ctx;

	buf_add(&t->body, data, size * count);
	return t->body.failed ? 0 : size * count;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* One header line. A status line begins a new answer (redirect, 1xx): the headers before it are forgotten. */
static size_t on_header(char *line, size_t size, size_t count, void *ctx)
{
	struct transfer *t = ctx;
	size_t len = size * count, value;
	const char *colon = memchr(line, ':', len);

	if (len >= 5 && memcmp(line, "HTTP/", 5) == 0) {
		buf_reset(&t->head);
		t->head_count = 0;
		return len;
	}
	if (!colon || colon == line || memchr(line, '\0', len))
		return len; /* the empty line at the end, or nothing we can use */
	for (const char *p = line; p < colon; p++)
		buf_char(&t->head, *p >= 'A' && *p <= 'Z' ? (char)(*p + 32) : *p);
	buf_char(&t->head, '\0');
	value = (size_t)(colon - line) + 1;
	while (value < len && is_blank(line[value]))
		value++;
	while (len > value && is_blank(line[len - 1]))
		len--;
	buf_add(&t->head, line + value, len - value);
	buf_char(&t->head, '\0');
	if (++t->head_count > HEADERS_MAX || t->head.failed) {
		t->head_too_big = true;
		return 0;
	}
	return size * count;
}

/* ---- life of a transfer ---- */

static void transfer_free(struct transfer *t)
{
	struct http *http = t->http;

	if (t->prev)
		t->prev->next = t->next;
	else if (http->first == t)
		http->first = t->next;
	if (t->next)
		t->next->prev = t->prev;
	if (t->easy) {
		(void)curl_multi_remove_handle(http->multi, t->easy); /* harmless when it was not added */
		curl_easy_cleanup(t->easy);
	}
	curl_slist_free_all(t->headers);
	buf_done(&t->body);
	buf_done(&t->head);
	free(t->host);
	free(t);
}

/* A header with a line break inside would be two headers. */
static enum err headers_copy(struct transfer *t, const char *const *headers, struct error *e_r)
{
	struct curl_slist *more = curl_slist_append(NULL, "Expect:"); /* no "100-continue" pause before a body */

	if (!more)
		return error_set(e_r, ERR_NOMEM, "http: out of memory");
	t->headers = more;
	for (; headers && *headers; headers++) {
		if (strpbrk(*headers, "\r\n") || !strchr(*headers, ':'))
			return error_set(e_r, ERR_INVALID,
					 "a request header is not one line \"Name: value\": "
					 "look for a line break in the token");
		more = curl_slist_append(t->headers, *headers);
		if (!more)
			return error_set(e_r, ERR_NOMEM, "http: out of memory");
		t->headers = more;
	}
	return ERR_OK;
}

#define SET(option, value) (ok = ok && curl_easy_setopt(t->easy, option, value) == CURLE_OK)

static bool transfer_set_safety(struct transfer *t, const struct http_request *request, bool get)
{
	bool ok = true, plain = strncasecmp(request->url, "http:", 5) == 0;

	SET(CURLOPT_PROTOCOLS_STR, plain ? "http" : "https");
	SET(CURLOPT_REDIR_PROTOCOLS_STR, plain ? "http,https" : "https");
	SET(CURLOPT_FOLLOWLOCATION, get ? 1L : 0L);
	SET(CURLOPT_MAXREDIRS, (long)REDIRECTS_MAX);
	SET(CURLOPT_UNRESTRICTED_AUTH, 0L);
	SET(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	SET(CURLOPT_PROXY, ""); /* also not from the environment: the check of addresses would see the proxy's */
	SET(CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
	SET(CURLOPT_OPENSOCKETDATA, t);
	SET(CURLOPT_PREREQFUNCTION, on_before_request);
	SET(CURLOPT_PREREQDATA, t);
	SET(CURLOPT_FRESH_CONNECT, get ? 0L : 1L);
	return ok;
}

static bool transfer_set_limits(struct transfer *t, const struct http_request *request)
{
	int64_t timeout_ms = request->timeout_ms > 0 ? request->timeout_ms : TIMEOUT_DEFAULT_MS;
	bool ok = true;

	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_TIMEOUT_MS, (long)timeout_ms);
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)(timeout_ms < CONNECT_TIMEOUT_MS ? timeout_ms : CONNECT_TIMEOUT_MS));
	SET(CURLOPT_LOW_SPEED_LIMIT, (long)LOW_SPEED_BYTES);
	SET(CURLOPT_LOW_SPEED_TIME, (long)LOW_SPEED_S);
	SET(CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)t->body.cap);
	SET(CURLOPT_ACCEPT_ENCODING, "gzip, deflate, br");
	return ok;
}

static bool transfer_set_request(struct transfer *t, const struct http_request *request, bool get)
{
	bool ok = true;

	SET(CURLOPT_URL, request->url);
	SET(CURLOPT_PRIVATE, t);
	SET(CURLOPT_ERRORBUFFER, t->why);
	SET(CURLOPT_USERAGENT, t->http->user_agent);
	SET(CURLOPT_HTTPHEADER, t->headers);
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_WRITEDATA, t);
	SET(CURLOPT_HEADERFUNCTION, on_header);
	SET(CURLOPT_HEADERDATA, t);
	if (get)
		return ok;
	SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)(request->body ? request->body_len : 0));
	SET(CURLOPT_COPYPOSTFIELDS, request->body ? request->body : "");
	SET(CURLOPT_CUSTOMREQUEST, request->method);
	return ok;
}

#undef SET

static enum err request_check(const struct http_request *request, struct error *e_r)
{
	bool plain = strncasecmp(request->url, "http://", 7) == 0;

	if (!plain && strncasecmp(request->url, "https://", 8) != 0)
		return error_set(e_r, ERR_INVALID, "%s: not an https:// address", request->url);
	if (plain && !request->allow_private)
		return error_set(e_r, ERR_INVALID, "%s: http:// is for private addresses only: write https://",
				 request->url);
	return ERR_OK;
}

enum err http_submit(struct http *http, const struct http_request *request, http_done_fn *fn, void *ctx,
		     struct error *e_r)
{
	bool get = strcmp(request->method, "GET") == 0, no_memory;
	struct transfer *t;
	enum err code = request_check(request, e_r);

	if (code != ERR_OK)
		return code;
	t = calloc(1, sizeof(*t));
	if (!t)
		return error_set(e_r, ERR_NOMEM, "http: out of memory");
	t->http = http;
	t->fn = fn;
	t->ctx = ctx;
	t->allow_private = request->allow_private;
	buf_init(&t->body, request->body_max ? request->body_max : BODY_MAX_DEFAULT);
	buf_init(&t->head, HEAD_MAX);
	t->host = url_host(request->url, &no_memory);
	if (!t->host) {
		code = no_memory ? error_set(e_r, ERR_NOMEM, "http: out of memory")
				 : error_set(e_r, ERR_INVALID, "%s: not a usable address", request->url);
		goto fail;
	}
	code = headers_copy(t, request->headers, e_r);
	if (code != ERR_OK)
		goto fail;
	t->easy = curl_easy_init();
	if (!t->easy || !transfer_set_safety(t, request, get) || !transfer_set_limits(t, request) ||
	    !transfer_set_request(t, request, get) || curl_multi_add_handle(http->multi, t->easy) != CURLM_OK) {
		code = error_set(e_r, ERR_NOMEM, "http: the request could not be set up");
		goto fail;
	}
	t->next = http->first;
	if (t->next)
		t->next->prev = t;
	http->first = t;
	http->pending++;
	return ERR_OK;
fail:
	transfer_free(t);
	return code;
}

/* ---- the end of a transfer ---- */

/* Bodies and headers come from strangers: what they break is a sentence, never more. */
static enum err transfer_error(const struct transfer *t, CURLcode result, struct error *e_r)
{
	long status = 0;

	(void)curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	if (t->refused[0])
		return error_set(e_r, ERR_FORBIDDEN, "%s leads to %s, which is not allowed", t->host, t->refused);
	if (t->body.too_big || result == CURLE_FILESIZE_EXCEEDED)
		return error_set(e_r, ERR_LIMIT, "%s: the answer is larger than %zu bytes", t->host, t->body.cap);
	if (t->head_too_big)
		return error_set(e_r, ERR_LIMIT, "%s: the answer has more than %d headers or %u bytes of them", t->host,
				 HEADERS_MAX, HEAD_MAX);
	if (t->body.failed || result == CURLE_OUT_OF_MEMORY)
		return error_set(e_r, ERR_NOMEM, "%s: out of memory", t->host);
	if (result == CURLE_TOO_MANY_REDIRECTS)
		return error_set(e_r, ERR_FORBIDDEN, "%s: more than %d redirects", t->host, REDIRECTS_MAX);
	if (result == CURLE_UNSUPPORTED_PROTOCOL &&
	    status / 100 == 3) /* without a redirect: an answer that is no HTTP */
		return error_set(e_r, ERR_FORBIDDEN, "%s: redirected to something that is not https://", t->host);
	return error_set(e_r, ERR_NETWORK, "%s: %s", t->host, t->why[0] ? t->why : curl_easy_strerror(result));
}

static void response_headers(const struct transfer *t, struct http_header *list)
{
	const char *p = buf_text(&t->head);

	for (size_t i = 0; i < t->head_count; i++) {
		list[i].name = p;
		p += strlen(p) + 1;
		list[i].value = p;
		p += strlen(p) + 1;
	}
}

/* Without the query: there a platform may want a key. */
static void transfer_log(const struct transfer *t, CURLcode result)
{
	char *url = NULL;
	long status = 0;
	double seconds = 0;

	(void)curl_easy_getinfo(t->easy, CURLINFO_EFFECTIVE_URL, &url);
	(void)curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	(void)curl_easy_getinfo(t->easy, CURLINFO_TOTAL_TIME, &seconds);
	log_line(LOG_DEBUG, "http", "%.*s status=%ld bytes=%zu ms=%.0f%s%s", url ? (int)strcspn(url, "?") : 1,
		 url ? url : "-", status, t->body.len, seconds * 1000, result != CURLE_OK ? ": " : "",
		 result != CURLE_OK ? curl_easy_strerror(result) : "");
}

static void transfer_finish(struct transfer *t, CURLcode result)
{
	struct http_header headers[HEADERS_MAX];
	struct http_response response = {.headers = headers, .header_count = t->head_count};
	struct error error;

	transfer_log(t, result);
	(void)curl_multi_remove_handle(t->http->multi, t->easy);
	t->http->pending--;
	if (result == CURLE_OK && !t->head_too_big && !t->body.failed) {
		(void)curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &response.status);
		response.body = buf_text(&t->body);
		response.body_len = t->body.len;
		response_headers(t, headers);
		t->fn(t->ctx, ERR_OK, &response, true, NULL);
	} else {
		t->fn(t->ctx, transfer_error(t, result, &error), NULL, t->sent, &error);
	}
	transfer_free(t);
}

/* Calls back all that are done; true when there was one. */
static bool finish_done(struct http *http)
{
	bool any = false;
	CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(http->multi, &left)) != NULL) {
		CURLcode result = msg->data.result;
		char *t = NULL;

		if (msg->msg != CURLMSG_DONE)
			continue;
		(void)curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &t);
		transfer_finish((struct transfer *)(void *)t, result);
		any = true;
	}
	return any;
}

/* ---- the client ---- */

enum err http_open(const char *user_agent, struct http **http_r, struct error *e_r)
{
	struct http *http;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return error_set(e_r, ERR_INTERNAL, "http: libcurl does not start");
	http = calloc(1, sizeof(*http));
	if (http) {
		http->multi = curl_multi_init();
		http->user_agent = strdup(user_agent);
	}
	if (!http || !http->multi || !http->user_agent) {
		if (http)
			http_close(&http);
		else
			curl_global_cleanup();
		return error_set(e_r, ERR_NOMEM, "http: out of memory");
	}
	/* Several sources on one server share a few connections; different servers never wait for each other. */
	(void)curl_multi_setopt(http->multi, CURLMOPT_MAX_HOST_CONNECTIONS, 6L);
	*http_r = http;
	return ERR_OK;
}

void http_close(struct http **http)
{
	if (!http || !*http)
		return;
	while ((*http)->first)
		transfer_free((*http)->first);
	if ((*http)->multi)
		(void)curl_multi_cleanup((*http)->multi);
	free((*http)->user_agent);
	free(*http);
	*http = NULL;
	curl_global_cleanup();
}

enum err http_run(struct http *http, int timeout_ms, int wake_fd, struct error *e_r)
{
	struct curl_waitfd wake = {.fd = wake_fd, .events = CURL_WAIT_POLLIN};
	CURLMcode result;
	int running;

	result = curl_multi_perform(http->multi, &running);
	if (result == CURLM_OK && !finish_done(http)) {
		result = curl_multi_poll(http->multi, &wake, wake_fd >= 0 ? 1 : 0, timeout_ms < 0 ? 0 : timeout_ms,
					 NULL);
		if (result == CURLM_OK)
			result = curl_multi_perform(http->multi, &running);
		if (result == CURLM_OK)
			(void)finish_done(http);
	}
	if (result != CURLM_OK)
		return error_set(e_r, ERR_INTERNAL, "http: %s", curl_multi_strerror(result));
	return ERR_OK;
}

size_t http_pending(const struct http *http)
{
	return http->pending;
}

/* ---- small helpers ---- */

const char *http_header(const struct http_response *response, const char *name)
{
	for (size_t i = 0; i < response->header_count; i++) {
		if (strcmp(response->headers[i].name, name) == 0)
			return response->headers[i].value;
	}
	return NULL;
}

int http_date(const char *text, int64_t *time_s_r)
{
	time_t t = curl_getdate(text, NULL);

	if (t == (time_t)-1)
		return 0;
	*time_s_r = (int64_t)t;
	return 1;
}

int http_url_host(const char *url, struct buf *out)
{
	bool no_memory;
	char *host;

	if (strncasecmp(url, "http://", 7) != 0 && strncasecmp(url, "https://", 8) != 0)
		return 0;
	host = url_host(url, &no_memory);
	if (!host)
		return no_memory ? -1 : 0;
	buf_str(out, host);
	free(host);
	return out->failed && !out->too_big ? -1 : 1;
}

bool http_url_private(const char *url)
{
	bool known, private, no_memory;
	char *host = url_host(url, &no_memory), *name = host;
	size_t len;

	if (!host)
		return false;
	len = strlen(host);
	if (host[0] == '[' && len > 1 && host[len - 1] == ']') {
		host[len - 1] = '\0';
		name = host + 1;
	}
	private = address_text_private(name, &known);
	if (!known)
	private = address_name_private(name);
	free(host);
	return private;
}

void http_escape(struct buf *out, const char *text)
{
	static const char hex[] = "0123456789ABCDEF";

	for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
		bool plain = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') ||
			     strchr("-._~", *p);

		if (plain) {
			buf_char(out, (char)*p);
		} else {
			buf_char(out, '%');
			buf_char(out, hex[*p >> 4]);
			buf_char(out, hex[*p & 15]);
		}
	}
}
