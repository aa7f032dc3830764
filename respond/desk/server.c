/*
 * server.c - between libmicrohttpd and the handlers: one internal epoll thread, caps, headers, and the desk's life.
 *
 * A request is gathered whole (at most BODY_MAX bytes), answered under desk->lock, and sent. The lock is there because
 * desk_first_link() is called from the program's own thread; requests never compete for it.
 */
#include "server.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "events.h"
#include "log.h"
#include "route.h"
#include "session.h"
#include "view.h"

#define CONNECTIONS_MAX 512
#define CONNECTION_MEMORY (32u << 10) /* bytes of request line and headers, and MHD's own buffers */
#define IDLE_S 60
#define DROP_MAX (1u << 20) /* bytes of an oversized body swallowed so that the answer can be read */

#define CSP                                                                                                            \
	"default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "          \
	"form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

/* ---- life of an exchange ---- */

static void exchange_free(struct exchange *x)
{
	if (!x)
		return;
	json_object_put(x->json);
	json_object_put(x->view);
	json_object_put(x->page);
	buf_done(&x->body);
	arena_free(&x->arena);
	free(x);
}

/* libmicrohttpd hands over the raw request target once, before it is decoded. */
static void *on_target(void *cls, const char *uri, struct MHD_Connection *connection)
{
	struct exchange *x = calloc(1, sizeof(*x));

	if (!x)
		return NULL;
	x->desk = cls;
	x->connection = connection;
	x->arena = arena_new(EXCHANGE_ARENA);
	if (!x->arena) {
		free(x);
		return NULL;
	}
	x->target = arena_strdup(x->arena, uri);
	buf_init(&x->body, BODY_MAX);
	return x;
}

static void on_completed(void *cls, struct MHD_Connection *connection, void **req_cls,
			 enum MHD_RequestTerminationCode code)
{
	(void)cls;
	(void)connection;
	(void)code;
	exchange_free(*req_cls);
	*req_cls = NULL;
}

static void on_log(void *cls, const char *fmt, va_list args) FORMAT(2, 0);
static void on_log(void *cls, const char *fmt, va_list args)
{
	char text[256];

	(void)cls;
	vsnprintf(text, sizeof(text), fmt, args);
	text[strcspn(text, "\n")] = '\0';
	log_line(LOG_DEBUG, "desk", "%s", text);
}

/* ---- sending ---- */

static void add_header(struct MHD_Response *response, const char *name, const char *value)
{
	if (MHD_add_response_header(response, name, value) != MHD_YES)
		log_line(LOG_WARN, "desk", "header %s could not be added", name);
}

static void add_headers(struct exchange *x, struct MHD_Response *response)
{
	add_header(response, "Content-Security-Policy", CSP);
	add_header(response, "X-Content-Type-Options", "nosniff");
	add_header(response, "Referrer-Policy", "same-origin");
	add_header(response, "X-Frame-Options", "DENY");
	add_header(response, "Cross-Origin-Opener-Policy", "same-origin");
	add_header(response, "Cross-Origin-Resource-Policy", "same-origin");
	if (!MHD_get_response_header(response, "Cache-Control"))
		add_header(response, "Cache-Control", "no-store");
	if (x->cookie)
		add_header(response, "Set-Cookie", x->cookie);
	if (x->location)
		add_header(response, "Location", x->location);
	if (x->retry_s > 0)
		add_header(response, "Retry-After", arena_printf(x->arena, "%d", x->retry_s));
}

static struct MHD_Response *response_from(struct buf *body, const char *type)
{
	struct MHD_Response *response;
	char *data;
	size_t len;

	if (!buf_take(body, &data, &len))
		return NULL;
	response = MHD_create_response_from_buffer(len, data, MHD_RESPMEM_MUST_FREE);
	if (!response)
		free(data);
	else
		add_header(response, "Content-Type", type);
	return response;
}

static void print_json(struct exchange *x, struct buf *body)
{
	if (!x->view)
		return;
	buf_str(body, json_object_to_json_string_ext(x->view, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	buf_char(body, '\n');
}

/* The page of the answer; if that fails, the error page; if even that fails, one plain sentence. */
static const char *print_page(struct exchange *x, struct buf *body)
{
	const char *template = x->template ? x->template : x->route->template;
	struct error error = {0};

	if (view_render(x, template, body, &error) == ERR_OK && !body->failed)
		return "text/html; charset=utf-8";
	buf_reset(body);
	exchange_fail(x, ERR_INTERNAL, error.text[0] ? error.text : "the page is too large");
	x->status = 500;
	if (view_render(x, "error", body, &error) == ERR_OK && !body->failed)
		return "text/html; charset=utf-8";
	buf_reset(body);
	buf_str(body, "The program could not make this page; its log says why.\n");
	return "text/plain; charset=utf-8";
}

static struct MHD_Response *make_response(struct exchange *x)
{
	struct MHD_Response *response;
	const char *type = "application/json";
	struct buf body;

	if (x->response)
		return x->response;
	buf_init(&body, ANSWER_MAX);
	if (x->location)
		type = "text/plain; charset=utf-8";
	else if (x->template || (x->route && x->route->template))
		type = print_page(x, &body);
	else
		print_json(x, &body);
	if (body.len == 0)
		buf_str(&body, ""); /* buf_take wants memory even for nothing */
	response = response_from(&body, type);
	buf_done(&body);
	return response;
}

static enum MHD_Result send_answer(struct exchange *x)
{
	struct MHD_Response *response = make_response(x);
	enum MHD_Result result;
	int status = x->location ? 303 : x->status ? x->status : 200;

	if (!response)
		return MHD_NO;
	add_headers(x, response);
	log_line(LOG_DEBUG, "desk", "%s %s %d", x->method, x->path ? x->path : "?", status);
	result = MHD_queue_response(x->connection, (unsigned)status, response);
	MHD_destroy_response(response);
	x->response = NULL;
	return result;
}

static enum MHD_Result answer_and_send(struct exchange *x)
{
	enum MHD_Result result;

	x->now_s = clock_now_s();
	pthread_mutex_lock(&x->desk->lock);
	exchange_answer(x);
	result = send_answer(x);
	pthread_mutex_unlock(&x->desk->lock);
	return result;
}

/* ---- receiving ---- */

static enum MHD_Result begin(struct exchange *x, const char *method)
{
	const char *length = exchange_header(x, "Content-Length");

	x->begun = true;
	x->method = strcmp(method, "HEAD") == 0 ? "GET" : arena_strdup(x->arena, method);
	if (!x->method)
		return MHD_NO;
	if (length && (strlen(length) > 9 || strtoul(length, NULL, 10) > BODY_MAX)) {
		x->too_big = true; /* answered before the body is read; the connection closes */
		return answer_and_send(x);
	}
	return MHD_YES;
}

static enum MHD_Result gather(struct exchange *x, const char *data, size_t *size)
{
	size_t len = *size;

	*size = 0;
	if (!x->too_big)
		buf_add(&x->body, data, len);
	if (x->body.too_big)
		x->too_big = true;
	if (x->too_big)
		x->dropped += len;
	return x->dropped > DROP_MAX ? MHD_NO : MHD_YES;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
				  const char *version, const char *data, size_t *size, void **req_cls)
{
	struct exchange *x = *req_cls;

	(void)cls;
	(void)connection;
	(void)url;
	(void)version;
	if (!x)
		return MHD_NO;
	if (!x->begun)
		return begin(x, method);
	if (*size > 0)
		return gather(x, data, size);
	return answer_and_send(x);
}

/* ---- life of the desk ---- */

static enum err listen_on(struct desk *desk, const char *address, int port, struct error *e_r)
{
	struct addrinfo hints = {.ai_family = AF_UNSPEC,
				 .ai_socktype = SOCK_STREAM,
				 .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE};
	struct addrinfo *found;
	const union MHD_DaemonInfo *info;
	unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
	char service[8];

	snprintf(service, sizeof(service), "%d", port);
	if (getaddrinfo(address, service, &hints, &found) != 0)
		return error_set(e_r, ERR_INVALID,
				 "desk address %s is not an IP address (127.0.0.1 serves this machine only)", address);
	if (found->ai_family == AF_INET6)
		flags |= MHD_USE_IPv6;
	desk->daemon = MHD_start_daemon(
		flags, 0, NULL, NULL, on_request, desk, MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL,
		MHD_OPTION_URI_LOG_CALLBACK, on_target, desk, MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL,
		MHD_OPTION_SOCK_ADDR, found->ai_addr, MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY, MHD_OPTION_CONNECTION_TIMEOUT, IDLE_S,
		MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
	freeaddrinfo(found);
	if (!desk->daemon)
		return error_set(
			e_r, ERR_IO,
			"desk: cannot listen on %s port %d; is another amends running? (desk port in amends.yaml)",
			address, port);
	info = MHD_get_daemon_info(desk->daemon, MHD_DAEMON_INFO_BIND_PORT);
	desk->port = info ? info->port : port;
	return ERR_OK;
}

static void set_url(struct desk *desk)
{
	const struct settings *settings = desk->options.settings;
	const char *address = settings->desk_address ? settings->desk_address : "127.0.0.1";
	size_t len;

	if (settings->desk_url)
		snprintf(desk->url, sizeof(desk->url), "%s", settings->desk_url);
	else if (strcmp(address, "0.0.0.0") == 0 || strcmp(address, "::") == 0)
		snprintf(desk->url, sizeof(desk->url), "http://127.0.0.1:%d", desk->port);
	else
		snprintf(desk->url, sizeof(desk->url), strchr(address, ':') ? "http://[%s]:%d" : "http://%s:%d",
			 address, desk->port);
	for (len = strlen(desk->url); len > 0 && desk->url[len - 1] == '/'; len--)
		desk->url[len - 1] = '\0';
}

static enum err desk_prepare(struct desk *desk, struct error *e_r)
{
	enum err err;

	if (sodium_init() < 0)
		return error_set(e_r, ERR_INTERNAL, "libsodium cannot start");
	if (desk->options.tone_rules)
		desk->tone = tone_new(desk->options.tone_rules);
	if (desk->options.offer_rules)
		desk->offers = offer_reader_new(desk->options.offer_rules);
	desk->json = json_parser_new();
	desk->limiter = limiter_new();
	desk->events = events_new(desk);
	if (!desk->json || !desk->limiter || !desk->events || (desk->options.tone_rules && !desk->tone) ||
	    (desk->options.offer_rules && !desk->offers))
		return error_set(e_r, ERR_NOMEM, "desk: memory exhausted");
	err = pages_new(&desk->pages, e_r);
	return err ? err : password_hash("no account has this password", desk->no_password, e_r);
}

enum err desk_start(const struct desk_options *options, struct desk **desk_r, int *port_r, struct error *e_r)
{
	struct desk *desk = calloc(1, sizeof(*desk));
	const char *address = options->settings->desk_address;
	enum err err;

	if (!desk)
		return error_set(e_r, ERR_NOMEM, "desk: memory exhausted");
	desk->options = *options;
	pthread_mutex_init(&desk->lock, NULL);
	err = desk_prepare(desk, e_r);
	if (!err) {
		/* Held, so that no request is answered before port and URL are known. */
		pthread_mutex_lock(&desk->lock);
		err = listen_on(desk, address ? address : "127.0.0.1", options->settings->desk_port, e_r);
		if (!err)
			set_url(desk);
		pthread_mutex_unlock(&desk->lock);
	}
	if (err) {
		desk_stop(&desk);
		return err;
	}
	*desk_r = desk;
	*port_r = desk->port;
	return ERR_OK;
}

void desk_stop(struct desk **desk_p)
{
	struct desk *desk = desk_p ? *desk_p : NULL;

	if (!desk)
		return;
	if (desk->events)
		events_end(desk->events);
	if (desk->daemon)
		MHD_stop_daemon(desk->daemon);
	events_free(&desk->events);
	pages_free(&desk->pages);
	limiter_free(&desk->limiter);
	json_parser_free(&desk->json);
	tone_free(&desk->tone);
	offer_reader_free(&desk->offers);
	pthread_mutex_destroy(&desk->lock);
	free(desk);
	*desk_p = NULL;
}

void desk_tick(struct desk *desk)
{
	events_wake(desk->events);
}

int desk_first_link(struct desk *desk, char *out, size_t size, struct error *e_r)
{
	struct store *store = desk->options.store;
	struct arena *arena = arena_new(1u << 20);
	char token[SECRET_TEXT_SIZE], hash[SECRET_TEXT_SIZE];
	struct user_row *users;
	size_t count;
	int result = -1;

	if (!arena) {
		(void)error_set(e_r, ERR_NOMEM, "desk: memory exhausted"); /* -1 says it */
		return -1;
	}
	pthread_mutex_lock(&desk->lock);
	if (store_user_list(store, arena, &users, &count, e_r))
		goto out;
	if (count > 0) {
		result = 0;
		goto out;
	}
	secret_make(token);
	secret_hash(token, hash);
	if (store_meta_put(store, "first_token", hash, e_r))
		goto out;
	snprintf(out, size, "%s/first?token=%s", desk->url, token);
	result = 1;
out:
	pthread_mutex_unlock(&desk->lock);
	arena_free(&arena);
	return result;
}
