/*
 * mastodon.c - Mastodon and servers that speak its API (Pleroma, Akkoma, GoToSocial, ...).
 *
 * Reads hashtag timelines (no token needed), search and mentions (token); replies with POST /api/v1/statuses. Errors
 * are told by status, never by text, which is in the server's or the account's language. Ids are opaque. Paging is in
 * mastodon_cursor.c, statuses in mastodon_status.c.
 */
#include "watcher/platform/mastodon.h"

#include <string.h>
#include <strings.h>

#include "buf.h"
#include "jsonio.h"
#include "watcher/platform/help.h"

#define RESET_HEADER "x-ratelimit-reset"
#define PAGE_DEFAULT 40 /* the most that timelines and search give */
#define URL_CAP 8192
#define FORM_CAP (256u << 10)
#define BODY_MAX ((size_t)8 << 20)
#define ENTRIES_MAX 200 /* of a page; more than twice what any server gives is no page */

enum { HELLO_V2, HELLO_V1, HELLO_ACCOUNT };
enum { READBACK_THREAD, READBACK_ACCOUNT };

static enum err no_memory(struct error *e_r)
{
	return error_set(e_r, ERR_NOMEM, "mastodon: out of memory");
}

/* ---- requests ---- */

static void add_escaped(struct buf *url, const char *before, const char *text)
{
	buf_str(url, before);
	http_escape(url, text);
}

static int page_size(const struct source_spec *source)
{
	return source->page_size > 0 && source->page_size < PAGE_DEFAULT ? source->page_size : PAGE_DEFAULT;
}

static const char *hashtag(const struct source_spec *source)
{
	return source->hashtag[0] == '#' ? source->hashtag + 1 : source->hashtag;
}

static enum err url_poll(const struct source_spec *source, const struct errand *errand, struct arena *arena,
			 struct buf *url, struct error *e_r)
{
	struct cursor cursor;
	int known = cursor_read(arena, errand->cursor, &cursor);
	const char *param = cursor_param(arena, known ? &cursor : NULL, errand->now_s);

	if (!source->hashtag && !source->token)
		return error_set(e_r, ERR_FORBIDDEN, "%s need a token: set token_env or token_file",
				 source->search ? "searches" : "mentions");
	if (source->hashtag) {
		add_escaped(url, "/api/v1/timelines/tag/", hashtag(source));
		buf_str(url, "?");
	} else if (source->search) {
		add_escaped(url, "/api/v2/search?type=statuses&q=", source->search);
		buf_str(url, "&");
	} else {
		buf_str(url, "/api/v1/notifications?types[]=mention&");
	}
	buf_printf(url, "limit=%d", page_size(source));
	if (param)
		buf_printf(url, "&%s", param);
	return ERR_OK;
}

static enum err url_hello(const struct source_spec *source, const struct errand *errand, struct buf *url,
			  struct error *e_r)
{
	if (errand->step == HELLO_ACCOUNT && !source->token)
		return error_set(e_r, ERR_UNSUPPORTED, "no token, no account");
	buf_str(url, errand->step == HELLO_V2   ? "/api/v2/instance"
		     : errand->step == HELLO_V1 ? "/api/v1/instance"
						: "/api/v1/accounts/verify_credentials");
	return ERR_OK;
}

static enum err other_server(struct error *e_r)
{
	return error_set(e_r, ERR_INVALID, "the post is on another server than its source");
}

static enum err url_post(const struct mastodon_server *server, const struct errand *errand, struct buf *url,
			 struct error *e_r)
{
	const char *id = mastodon_local_id(server, errand->post_id);

	if (!id)
		return other_server(e_r);
	add_escaped(url, "/api/v1/statuses/", id);
	return ERR_OK;
}

static enum err url_readback(const struct mastodon_server *server, const struct errand *errand, struct buf *url,
			     struct error *e_r)
{
	if (errand->step == READBACK_THREAD) {
		enum err code = url_post(server, errand, url, e_r);

		if (code != ERR_OK)
			return code;
		buf_str(url, "/context");
		return ERR_OK;
	}
	if (!errand->account_ref)
		return error_set(e_r, ERR_UNSUPPORTED, "our account is not known");
	add_escaped(url, "/api/v1/accounts/", errand->account_ref);
	buf_str(url, "/statuses?limit=40&exclude_reblogs=true");
	return ERR_OK;
}

/* Without the author's name in the text Mastodon notifies nobody: such a reply is not sent. */
static bool mentions_author(const struct mastodon_server *server, const struct errand *errand, struct arena *arena)
{
	const char *handle = errand->author_handle, *at, *mention;

	if (!handle || !handle[0])
		return true; /* nobody to name */
	mention = arena_printf(arena, "@%s", handle);
	if (!mention || strcasestr(errand->text, mention))
		return true;
	at = strchr(handle, '@');
	if (!at || strcasecmp(at + 1, server->host) != 0)
		return false;
	mention = arena_printf(arena, "@%.*s", (int)(at - handle), handle); /* local users may be named without host */
	return !mention || strcasestr(errand->text, mention);
}

static enum err request_reply(const struct mastodon_server *server, const struct errand *errand, struct arena *arena,
			      struct http_request *request, struct error *e_r)
{
	const char *lang = help_lang(arena, errand->lang), *id = mastodon_local_id(server, errand->post_id);
	struct buf form;
	const char *body;
	enum err code;

	if (!id)
		return other_server(e_r);
	if (!mentions_author(server, errand, arena))
		return error_set(e_r, ERR_INVALID, "the reply does not name @%s, so nobody would be notified",
				 errand->author_handle);
	buf_init(&form, FORM_CAP);
	add_escaped(&form, "status=", errand->text);
	add_escaped(&form, "&in_reply_to_id=", id);
	buf_str(&form, "&visibility=public");
	if (lang)
		add_escaped(&form, "&language=", lang);
	code = help_take(arena, &form, &body, e_r);
	if (code != ERR_OK)
		return code;
	request->method = "POST";
	request->body = body;
	request->body_len = strlen(body);
	return ERR_OK;
}

static enum err request_headers(const struct source_spec *source, const struct errand *errand, struct arena *arena,
				struct http_request *request, struct error *e_r)
{
	const char **headers = arena_array(arena, 5, sizeof(*headers));
	size_t n = 0;

	if (!headers)
		return no_memory(e_r);
	headers[n++] = "Accept: application/json";
	if (source->token)
		headers[n++] = arena_printf(arena, "Authorization: Bearer %s", source->token);
	if (errand->kind == ERRAND_REPLY) {
		headers[n++] = "Content-Type: application/x-www-form-urlencoded";
		headers[n++] = arena_printf(arena, "Idempotency-Key: %s", errand->idempotency_key);
	}
	request->headers = headers;
	return arena_failed(arena) ? no_memory(e_r) : ERR_OK;
}

static enum err mastodon_request(const struct source_spec *source, const struct errand *errand, struct arena *arena,
				 struct http_request *request_r, struct error *e_r)
{
	struct http_request request = {.method = "GET", .body_max = BODY_MAX};
	struct mastodon_server server;
	struct buf url;
	enum err code;

	if ((errand->kind == ERRAND_REPLY || errand->kind == ERRAND_READBACK) && !source->token)
		return error_set(e_r, ERR_FORBIDDEN, "replies need a token: set token_env or token_file");
	code = mastodon_server_of(source, arena, &server, e_r);
	if (code != ERR_OK)
		return code;
	buf_init(&url, URL_CAP);
	buf_str(&url, source->server);
	if (errand->kind == ERRAND_POLL)
		code = url_poll(source, errand, arena, &url, e_r);
	else if (errand->kind == ERRAND_HELLO)
		code = url_hello(source, errand, &url, e_r);
	else if (errand->kind == ERRAND_READBACK)
		code = url_readback(&server, errand, &url, e_r);
	else if (errand->kind == ERRAND_RECHECK)
		code = url_post(&server, errand, &url, e_r);
	else
		buf_str(&url, "/api/v1/statuses");
	if (code != ERR_OK) {
		buf_done(&url);
		return code;
	}
	code = help_take(arena, &url, &request.url, e_r);
	if (code == ERR_OK && errand->kind == ERRAND_REPLY)
		code = request_reply(&server, errand, arena, &request, e_r);
	if (code == ERR_OK)
		code = request_headers(source, errand, arena, &request, e_r);
	if (code == ERR_OK) {
		request.allow_private = http_url_private(source->server);
		*request_r = request;
	}
	return code;
}

/* ---- answers: a page ---- */

/* The list of a page: timelines and notifications are one, search has it inside. NULL: something else came. Borrowed.
 */
static struct json_object *page_list(const struct source_spec *source, struct json_object *body)
{
	struct json_object *list = source->search ? json_get(body, "statuses") : body;

	return json_object_is_type(list, json_type_array) ? list : NULL;
}

/* Posts of the page into answer, oldest first. */
static enum err page_posts(const struct source_spec *source, const struct mastodon_server *server,
			   struct json_object *list, struct arena *arena, struct answer *answer, struct error *e_r)
{
	size_t n = json_object_array_length(list);

	answer->posts = arena_array(arena, n + 1, sizeof(*answer->posts));
	if (!answer->posts)
		return no_memory(e_r);
	while (n-- > 0) {
		struct json_object *entry = json_object_array_get_idx(list, n);
		struct json_object *status = source->mentions ? json_get(entry, "status") : entry;
		int got = mastodon_status(arena, status, server, &answer->posts[answer->post_count], e_r);

		if (got < 0)
			return ERR_NOMEM;
		answer->post_count += (size_t)got;
	}
	return ERR_OK;
}

static enum err page_cursor(const struct source_spec *source, const struct errand *errand, struct json_object *list,
			    const struct http_response *response, struct arena *arena, struct answer *answer,
			    struct error *e_r)
{
	size_t n = json_object_array_length(list);
	const char **ids = arena_array(arena, n + 1, sizeof(*ids));
	struct page page = {.ids = ids, .now_s = errand->now_s};
	struct cursor cursor, next;
	int known = cursor_read(arena, errand->cursor, &cursor);
	bool changed;

	if (!ids)
		return no_memory(e_r);
	for (size_t i = 0; i < n; i++) {
		ids[page.count] = help_str(arena, json_object_array_get_idx(list, i), "id", MASTODON_ID_MAX);
		page.count += ids[page.count] != NULL;
	}
	page.link_min = help_link_param(arena, response, "prev", "min_id");
	answer->more = cursor_advance(arena, known ? &cursor : NULL, source->search != NULL, &page, &next, &changed);
	if (arena_failed(arena))
		return no_memory(e_r);
	return changed ? cursor_write(arena, &next, &answer->cursor, e_r) : ERR_OK;
}

/* The budget is used up although this answer came: come back when it is renewed. */
static int64_t used_up(const struct http_response *response, int64_t now_s)
{
	const char *left = http_header(response, "x-ratelimit-remaining");
	const char *limit = http_header(response, "x-ratelimit-limit");

	if (!left || strcmp(left, "0") != 0 || (limit && strcmp(limit, "0") == 0))
		return 0;
	return help_retry_s(response, RESET_HEADER, now_s);
}

static enum err parse_poll(const struct source_spec *source, const struct mastodon_server *server,
			   const struct errand *errand, const struct http_response *response, struct json_object *body,
			   struct arena *arena, struct answer *answer, struct error *e_r)
{
	struct json_object *list = page_list(source, body);
	enum err code;

	if (!list || json_object_array_length(list) > ENTRIES_MAX) {
		answer->outcome = OUTCOME_TEMPORARY;
		answer->why = arena_printf(arena, "%s sent something that is not a list of posts", server->host);
		return ERR_OK;
	}
	code = page_posts(source, server, list, arena, answer, e_r);
	if (code == ERR_OK)
		code = page_cursor(source, errand, list, response, arena, answer, e_r);
	return code;
}

/* ---- answers: one post, our account, a reply ---- */

static enum err parse_recheck(const struct mastodon_server *server, struct json_object *body, struct arena *arena,
			      struct answer *answer, struct error *e_r)
{
	int got;

	answer->posts = arena_array(arena, 1, sizeof(*answer->posts));
	if (!answer->posts)
		return no_memory(e_r);
	got = mastodon_status(arena, body, server, answer->posts, e_r);
	if (got < 0)
		return ERR_NOMEM;
	answer->post_count = (size_t)got;
	if (got == 0 && json_str(body, "id", NULL)) {
		answer->outcome = OUTCOME_NOTHING; /* there, but no longer public: as good as deleted for us */
	} else if (got == 0) {
		answer->outcome = OUTCOME_TEMPORARY;
		answer->why = "the server sent something that is not a post";
	}
	return ERR_OK;
}

static size_t limit_of(struct json_object *object, const char *key)
{
	int64_t limit = json_int(object, key, 0);

	return limit > 0 && limit <= 1000000 ? (size_t)limit : 0;
}

static void parse_instance(const struct source_spec *source, const struct errand *errand, struct json_object *body,
			   struct answer *answer)
{
	struct json_object *statuses = json_get(json_get(body, "configuration"), "statuses");
	size_t url_cost = limit_of(statuses, "characters_reserved_per_url");
	size_t limit = limit_of(statuses, "max_characters");

	if (!limit)
		limit = limit_of(body, "max_toot_chars"); /* Pleroma and its kin */
	if (limit) {
		answer->length = platform_mastodon.length;
		answer->length.limit = limit;
		/* Pleroma counts an address as it is written, and says so by not naming a cost */
		answer->length.url_cost = url_cost ? url_cost : (json_get(body, "max_toot_chars") ? 0 : 23);
	}
	if (!limit && errand->step == HELLO_V2)
		answer->more = HELLO_V1 - HELLO_V2;
	else if (source->token)
		answer->more = HELLO_ACCOUNT - errand->step;
}

static void parse_account(struct json_object *body, const struct mastodon_server *server, struct arena *arena,
			  struct answer *answer)
{
	answer->account_handle = mastodon_account(arena, body, server, &answer->account_id);
	answer->account_ref = help_str(arena, body, "id", MASTODON_ID_MAX);
	if (!answer->account_handle) {
		answer->outcome = OUTCOME_TEMPORARY;
		answer->why = "the server did not say which account the token is for";
	}
}

static void take_reply(struct arena *arena, struct json_object *status, struct answer *answer)
{
	answer->outcome = OUTCOME_OK;
	answer->reply_id = help_str(arena, status, "id", MASTODON_ID_MAX);
	answer->reply_url = help_url(help_str(arena, status, "url", 4096));
	if (!answer->reply_url)
		answer->reply_url = help_url(help_str(arena, status, "uri", 4096));
}

/* Looks for our reply in a list of statuses. What cannot be read is never "not there". */
static enum err parse_readback(const struct mastodon_server *server, const struct errand *errand,
			       struct json_object *body, struct arena *arena, struct answer *answer, struct error *e_r)
{
	struct json_object *list = errand->step == READBACK_THREAD ? json_get(body, "descendants") : body;

	answer->outcome = OUTCOME_TEMPORARY;
	answer->why = "the server sent something that is not a list of replies";
	if (!json_object_is_type(list, json_type_array))
		return ERR_OK;
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *status = json_object_array_get_idx(list, i);
		int same = mastodon_is_reply(arena, status, server, errand);

		if (same < 0)
			return no_memory(e_r);
		if (same) {
			take_reply(arena, status, answer);
			answer->why = NULL;
			return ERR_OK;
		}
	}
	answer->outcome = OUTCOME_NOTHING;
	answer->why = "the reply is not there";
	if (errand->step == READBACK_THREAD && errand->account_ref)
		answer->more = READBACK_ACCOUNT - READBACK_THREAD;
	return ERR_OK;
}

/* ---- answers that are not 2xx ---- */

static bool is_unanswered_reply(long status)
{
	/* 408 and 409: the server may be about to store it, or have stored it under this Idempotency-Key */
	return status >= 500 || status == 408 || status == 409;
}

static enum err parse_failure(const struct source_spec *source, const struct mastodon_server *server,
			      const struct errand *errand, const struct http_response *response, struct arena *arena,
			      struct answer *answer, struct error *e_r)
{
	long status = response->status;
	enum err code = help_status(arena, server->host, response, RESET_HEADER, errand->now_s, answer, e_r);

	if (code != ERR_OK)
		return code;
	if (errand->kind == ERRAND_REPLY && is_unanswered_reply(status)) {
		answer->outcome = OUTCOME_UNKNOWN;
	} else if (errand->kind == ERRAND_REPLY && (status == 403 || status == 404 || status == 410)) {
		/* the post was there a moment ago: locked, its author blocked us, or lets only some people answer */
		answer->outcome = OUTCOME_REFUSED;
		answer->by_hand = 1;
		answer->why = arena_printf(arena,
					   "%s does not let our account answer this post (%ld): post it by hand, or "
					   "write privately%s",
					   server->host, status,
					   status == 403 ? "; if that goes for every post, the token may not write" : "");
	} else if (errand->kind == ERRAND_RECHECK && (status == 404 || status == 410)) {
		answer->outcome = OUTCOME_NOTHING;
		answer->why = "the post is gone";
	} else if (errand->kind == ERRAND_READBACK && errand->step == READBACK_THREAD &&
		   (status == 404 || status == 410)) {
		answer->outcome = OUTCOME_NOTHING;
		answer->why = "the post is gone, and no reply to it is there";
		if (errand->account_ref)
			answer->more = READBACK_ACCOUNT - READBACK_THREAD;
	} else if (errand->kind == ERRAND_HELLO && answer->outcome != OUTCOME_WAIT && errand->step != HELLO_ACCOUNT) {
		/* no instance document: the next one, then our account; the default limit has to do */
		if (errand->step == HELLO_V2 || source->token)
			answer->more = 1;
	}
	return ERR_OK;
}

/* A 2xx without a body we can read. */
static void parse_nothing(const struct source_spec *source, const struct mastodon_server *server,
			  const struct errand *errand, struct arena *arena, struct answer *answer)
{
	answer->outcome = errand->kind == ERRAND_REPLY ? OUTCOME_UNKNOWN : OUTCOME_TEMPORARY;
	answer->why = arena_printf(arena, "%s: %s", server->host, answer->why ? answer->why : "an empty answer");
	if (errand->kind == ERRAND_HELLO && (errand->step == HELLO_V2 || (errand->step == HELLO_V1 && source->token)))
		answer->more = 1;
}

static enum err parse_body(const struct source_spec *source, const struct mastodon_server *server,
			   const struct errand *errand, const struct http_response *response, struct json_object *body,
			   struct arena *arena, struct answer *answer, struct error *e_r)
{
	switch (errand->kind) {
	case ERRAND_POLL:
		return parse_poll(source, server, errand, response, body, arena, answer, e_r);
	case ERRAND_RECHECK:
		return parse_recheck(server, body, arena, answer, e_r);
	case ERRAND_READBACK:
		return parse_readback(server, errand, body, arena, answer, e_r);
	case ERRAND_REPLY:
		take_reply(arena, body, answer);
		if (!answer->reply_id) {
			answer->outcome = OUTCOME_UNKNOWN;
			answer->why = "the server accepted the reply but did not say where it is";
		}
		return ERR_OK;
	case ERRAND_HELLO:
		if (errand->step == HELLO_ACCOUNT)
			parse_account(body, server, arena, answer);
		else
			parse_instance(source, errand, body, answer);
		return ERR_OK;
	}
	return ERR_OK;
}

static enum err mastodon_parse(const struct source_spec *source, const struct errand *errand,
			       const struct http_response *response, struct arena *arena, struct answer *answer_r,
			       struct error *e_r)
{
	struct answer answer = {.outcome = OUTCOME_OK};
	struct mastodon_server server;
	struct json_object *body;
	enum err code = mastodon_server_of(source, arena, &server, e_r);

	if (code != ERR_OK)
		return code;
	if (response->status < 200 || response->status > 299) {
		code = parse_failure(source, &server, errand, response, arena, &answer, e_r);
	} else {
		answer.retry_s = used_up(response, errand->now_s);
		body = help_json(arena, response, &answer.why);
		if (body)
			code = parse_body(source, &server, errand, response, body, arena, &answer, e_r);
		else
			parse_nothing(source, &server, errand, arena, &answer);
		json_object_put(body);
	}
	if (code == ERR_OK && arena_failed(arena))
		code = no_memory(e_r);
	if (code == ERR_OK)
		*answer_r = answer;
	return code;
}

/* ---- configuration ---- */

static enum err mastodon_check(const struct source_spec *source, struct error *e_r)
{
	int asked = (source->hashtag != NULL) + (source->search != NULL) + (source->mentions != 0);
	const char *server = source->server;
	struct buf host;
	int known;
	bool ok;

	if (source->file || asked != 1)
		return error_set(e_r, ERR_INVALID, "a mastodon source follows one of hashtag, search, mentions");
	if (!server)
		return error_set(e_r, ERR_INVALID, "a mastodon source needs a server, such as https://mastodon.social");
	buf_init(&host, 512);
	known = http_url_host(server, &host);
	ok = known == 1 && !host.failed && !strchr(server + 8, '?') && !strchr(server, '@');
	buf_done(&host);
	if (known < 0)
		return error_set(e_r, ERR_NOMEM, "out of memory");
	if (!ok || server[strlen(server) - 1] == '/')
		return error_set(e_r, ERR_INVALID, "server %s is not a base address such as https://mastodon.social",
				 server);
	if (strncasecmp(server, "http:", 5) == 0 && !http_url_private(server))
		return error_set(e_r, ERR_INVALID, "server %s: http:// is for private addresses only: write https://",
				 server);
	if (source->hashtag && (!hashtag(source)[0] || strpbrk(hashtag(source), " \t/#?&")))
		return error_set(e_r, ERR_INVALID, "hashtag \"%s\" is not one word", source->hashtag);
	if (source->search && !source->search[0])
		return error_set(e_r, ERR_INVALID, "search is empty");
	return ERR_OK;
}

const struct platform platform_mastodon = {
	.name = "mastodon",
	.title = "Mastodon",
	.caps = CAP_HASHTAG | CAP_SEARCH | CAP_MENTIONS | CAP_REPLY | CAP_REPLY_MENTION | CAP_RECHECK,
	.length = {.unit = LENGTH_GRAPHEMES, .limit = 500, .url_cost = 23, .mention_local = 1},
	.every_s = 60,
	.request = mastodon_request,
	.parse = mastodon_parse,
	.check = mastodon_check,
};
