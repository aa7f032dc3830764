/*
 * exchange.c - from a request that has arrived to its answer: guards, session, route, role, handler, errors.
 *
 * The order matters: nothing is read from the store before the Host header is known to be ours, and no handler runs
 * before role and origin are checked.
 */
#include <string.h>
#include <strings.h>

#include "log.h"
#include "guard.h"
#include "route.h"
#include "server.h"
#include "session.h"
#include "typed.h"
#include "utf8.h"
#include "view.h"
#include "words.h"

const char *exchange_header(const struct exchange *x, const char *name)
{
	return MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, name);
}

const char *exchange_query(const struct exchange *x, const char *name)
{
	return form_get(&x->query, name);
}

const char *exchange_field(const struct exchange *x, const char *name)
{
	if (x->json)
		return json_str(x->json, name, NULL);
	return form_get(&x->form, name);
}

const char *exchange_text(struct exchange *x, const char *name)
{
	const char *value = exchange_field(x, name);
	const char *text;
	struct buf clean;
	char *lines, *to;

	if (!value)
		return NULL;
	lines = to = arena_strdup(x->arena, value);
	if (!lines)
		return NULL;
	for (const char *from = lines; *from; from++) {
		if (*from == '\r' && from[1] == '\n')
			continue;
		*to++ = *from == '\r' ? '\n' : *from;
	}
	*to = '\0';
	buf_init(&clean, 2 * BODY_MAX);
	utf8_clean(&clean, lines, (size_t)(to - lines));
	text = clean.failed ? NULL : arena_strdup(x->arena, buf_text(&clean));
	buf_done(&clean);
	return text;
}

struct actor exchange_actor(const struct exchange *x)
{
	return (struct actor){
		.user_id = x->session.user.id, .name = x->session.user.name, .role = x->session.user.role};
}

struct queue exchange_queue(const struct exchange *x)
{
	return (struct queue){.store = x->desk->options.store,
			      .settings = x->desk->options.settings,
			      .tone = x->desk->tone,
			      .offers = x->desk->offers,
			      .templates = x->desk->options.templates,
			      .rules = x->desk->options.rules};
}

bool exchange_flag(const struct exchange *x, const char *name)
{
	const char *value;

	if (x->json)
		return json_flag(x->json, name, false);
	value = form_get(&x->form, name);
	return value && strcmp(value, "1") == 0;
}

bool exchange_may(const struct exchange *x, enum role role)
{
	return x->signed_in && x->session.user.role >= role;
}

int exchange_status(enum err err)
{
	switch (err) {
	case ERR_OK:
		return 200;
	case ERR_INVALID:
		return 400;
	case ERR_LIMIT:
		return 413;
	case ERR_NOT_FOUND:
		return 404;
	case ERR_CONFLICT:
		return 409;
	case ERR_FORBIDDEN:
		return 403;
	case ERR_RATE:
		return 429;
	case ERR_UNSUPPORTED:
		return 405;
	default:
		return 500;
	}
}

/* Code word of the API's error object; statuses that have no code of their own get one here. */
static const char *error_word(int status, enum err err)
{
	if (status == 401)
		return "unauthorized";
	if (status == 503)
		return "busy";
	return status == 500 ? "internal" : err_name(err);
}

static const char *error_title(int status)
{
	switch (status) {
	case 400:
		return "That did not work";
	case 403:
		return "Not allowed";
	case 404:
		return "Not found";
	case 405:
		return "Not possible here";
	case 409:
		return "Somebody was faster";
	case 413:
		return "Too large";
	case 429:
		return "Please wait a moment";
	default:
		return "Something went wrong";
	}
}

void exchange_fail(struct exchange *x, enum err err, const char *sentence)
{
	int status = x->status >= 400 ? x->status : exchange_status(err);

	json_object_put(x->view);
	x->view = json_object_new_object();
	x->status = status;
	x->location = NULL;
	if (status == 500) {
		log_line(LOG_ERROR, "desk", "%s %s: %s", x->method, x->path ? x->path : "?", sentence);
		sentence = "The program could not answer this; its log says why";
	}
	if (x->api) {
		struct json_object *error = json_object_new_object();

		json_add_str(error, "code", error_word(status, err));
		json_add_str(error, "message", sentence);
		json_add(x->view, "error", error);
		return;
	}
	x->template = "error";
	json_add_str(x->view, "message", sentence_text(x->arena, sentence));
	json_add_int(x->view, "status", status);
	json_add_str(view_page(x), "title", error_title(status));
}

/* Splits the request target; the path stays as sent (no route has an escaped character in it). */
static enum err read_target(struct exchange *x, struct error *e_r)
{
	const char *question;
	size_t len;

	if (!x->target || x->target[0] != '/')
		return error_set(e_r, ERR_INVALID, "The address of the request is not readable");
	len = strcspn(x->target, "?");
	question = x->target[len] ? x->target + len + 1 : "";
	x->path = arena_strndup(x->arena, x->target, len);
	if (!x->path)
		return error_set(e_r, ERR_NOMEM, "memory exhausted");
	x->api = strncmp(x->path, "/api/", 5) == 0;
	return form_parse(x->arena, question, strlen(question), &x->query, e_r);
}

static bool content_type_is(const struct exchange *x, const char *type)
{
	const char *value = exchange_header(x, "Content-Type");
	size_t len = strlen(type);

	return value && strncasecmp(value, type, len) == 0 &&
	       (value[len] == '\0' || value[len] == ';' || value[len] == ' ');
}

/* A NUL inside a JSON string would silently end the text for C. */
static enum err check_strings(struct json_object *object, struct error *e_r)
{
	json_object_object_foreach(object, key, value)
	{
		if (json_object_is_type(value, json_type_string) &&
		    strlen(json_object_get_string(value)) != (size_t)json_object_get_string_len(value))
			return error_set(e_r, ERR_INVALID, "/%s holds a NUL character", key);
	}
	return ERR_OK;
}

static enum err read_body(struct exchange *x, struct error *e_r)
{
	if (x->too_big)
		return error_set(e_r, ERR_LIMIT, "The request is larger than %u KiB", BODY_MAX >> 10);
	if (x->body.failed)
		return error_set(e_r, ERR_NOMEM, "memory exhausted");
	if (x->body.len == 0)
		return ERR_OK;
	if (!x->api && content_type_is(x, "application/x-www-form-urlencoded"))
		return form_parse(x->arena, x->body.data, x->body.len, &x->form, e_r);
	if (x->api && content_type_is(x, "application/json")) {
		enum err err = json_parse(x->desk->json, x->body.data, x->body.len, &x->json, e_r);

		if (!err && !json_object_is_type(x->json, json_type_object))
			err = error_set(e_r, ERR_INVALID, "The body must be a JSON object");
		return err ? err : check_strings(x->json, e_r);
	}
	x->status = 415;
	return error_set(e_r, ERR_INVALID, x->api ? "Send application/json" : "Send an ordinary form");
}

/* A person who is not signed in is led to the sign-in page and back; a program is told. */
static enum err ask_to_sign_in(struct exchange *x, struct error *e_r)
{
	struct typed typed;
	struct buf next;

	if (x->api || strcmp(x->path, "/events") == 0) {
		x->status = 401;
		return error_set(e_r, ERR_FORBIDDEN, "Sign in first");
	}
	if (typed_sent(x, &typed))
		return account_signin_again(x, &typed);
	buf_init(&next, 8192);
	buf_str(&next, "/signin");
	if (strcmp(x->method, "GET") == 0 && strcmp(x->target, "/") != 0) {
		buf_str(&next, "?next=");
		form_encode(&next, x->target);
	} else if (strncmp(x->path, "/complaints/", 12) == 0 && x->id > 0) {
		buf_printf(&next, "?next=/complaints/%lld", (long long)x->id);
	}
	x->location = arena_strdup(x->arena, next.failed ? "/signin" : buf_text(&next));
	buf_done(&next);
	return ERR_OK;
}

/*
 * A form of a page that an earlier session was given: signed in again in another window, for instance. Nothing is done,
 * but nothing of what was typed is lost either.
 */
static enum err refuse_change(struct exchange *x, const struct error *error, struct error *e_r)
{
	struct typed typed;

	if (!typed_sent(x, &typed) || !typed_own(&typed, x))
		return error_set(e_r, error->code, "%s", error->text);
	x->status = exchange_status(ERR_CONFLICT);
	return complaint_restore(x, &typed,
				 "You have signed in anew since this page was opened, so nothing was done: "
				 "what you typed is still here, not saved yet.",
				 e_r);
}

static enum err run_route(struct exchange *x, struct error *e_r)
{
	const struct route *route = x->route;
	struct error error = {0};
	enum err err;

	if (route->access == ACCESS_NOBODY)
		return error_set(e_r, ERR_FORBIDDEN, "Nobody may do this");
	if (route->access != ACCESS_PUBLIC && !x->signed_in)
		return ask_to_sign_in(x, e_r);
	if (route->access != ACCESS_PUBLIC && !exchange_may(x, (enum role)(route->access - ACCESS_VIEWER)))
		return error_set(e_r, ERR_FORBIDDEN, "Your role, %s, may not do this", role_name(x->session.user.role));
	err = guard_change(x, &error);
	return err ? refuse_change(x, &error, e_r) : route->handler(x, e_r);
}

static enum err answer(struct exchange *x, struct error *e_r)
{
	const char *allow = NULL;
	enum err err = read_target(x, e_r);

	if (!err)
		err = guard_host(x, e_r);
	if (!err)
		err = session_load(x, e_r);
	if (!err)
		err = route_find(x, &x->route, &allow, e_r);
	if (!err)
		err = read_body(x, e_r);
	return err ? err : run_route(x, e_r);
}

void exchange_answer(struct exchange *x)
{
	struct error error = {0};
	enum err err = answer(x, &error);

	if (err)
		exchange_fail(x, err, error.text);
	else if (arena_failed(x->arena))
		exchange_fail(x, ERR_NOMEM, "memory exhausted");
}
