/*
 * test_desk.c - the web desk: its parsers and guards by themselves, and the whole over real HTTP on loopback.
 */
#include <sqlite3.h>

#include "desk_help.h"
#include "respond/desk/evidence.h"
#include "respond/desk/events.h"
#include "respond/desk/form.h"
#include "respond/desk/guard.h"
#include "respond/desk/limiter.h"
#include "respond/desk/route.h"
#include "utf8.h"

#define WITH_DESK(test) cmocka_unit_test_setup_teardown(test, desk_up, desk_down)

static int desk_up(void **state)
{
	struct help *h = calloc(1, sizeof(*h));

	assert_non_null(h);
	help_open(h);
	*state = h;
	return 0;
}

static int desk_down(void **state)
{
	help_close(*state);
	free(*state);
	return 0;
}

/* Sends, compares the status, and says whether the answer holds the words. */
static bool answer_has(struct help_answer answer, int status, const char *words)
{
	bool has = strstr(answer.body, words) != NULL;

	if (answer.status != status)
		fail_msg("status %d instead of %d: %.300s", answer.status, status, answer.body);
	help_done(&answer);
	return has;
}

static void draft_hash(const struct help *h, int64_t id, char out[APPROVAL_HASH_SIZE])
{
	struct complaint_row row;
	struct error e = {0};

	help_ok(store_complaint_get(h->own, h->arena, id, &row, &e), &e);
	snprintf(out, APPROVAL_HASH_SIZE, "%s", row.draft_hash ? row.draft_hash : "");
}

/* The complaint of the sample post. */
static struct complaint_row complaint_of(const struct help *h, const char *post_id)
{
	struct complaint_query query = {.state = -1, .class = -1, .cause = -1, .limit = 100};
	struct complaint_row *rows;
	struct error e = {0};
	size_t count;

	help_ok(store_complaint_list(h->own, h->arena, &query, &rows, &count, &e), &e);
	for (size_t i = 0; i < count; i++) {
		if (strcmp(rows[i].post_ext_id, post_id) == 0)
			return rows[i];
	}
	fail_msg("no complaint of post %s", post_id);
	return (struct complaint_row){0};
}

static const char *path_of(const struct help *h, int64_t id, const char *rest)
{
	return arena_printf(h->arena, "/complaints/%lld%s", (long long)id, rest);
}

/* Where a form leads. */
static const char *led_to(struct help *h, const char *path, const char *form)
{
	struct help_answer answer = help_form_token(h, path, form);
	char location[400];

	if (answer.status != 303)
		fail_msg("%s: status %d: %.300s", path, answer.status, answer.body);
	help_header(&answer, "Location", location, sizeof(location));
	help_done(&answer);
	return arena_strdup(h->arena, location);
}

/* An attribute's value with & as it was. */
static const char *unescaped(struct help *h, const char *value)
{
	char *text = arena_strdup(h->arena, value), *to = text;

	for (const char *from = text; *from; from++) {
		*to++ = *from;
		if (strncmp(from, "&amp;", 5) == 0)
			from += 4;
	}
	*to = '\0';
	return text;
}

/* What stands on a page between the first `before` and the next quote; "" when it is not there. */
static const char *page_part(struct help *h, const char *path, const char *before)
{
	struct help_answer answer = help_get(h, path);
	const char *at = strstr(answer.body, before), *text = "";

	if (at)
		text = arena_strndup(h->arena, at + strlen(before), strcspn(at + strlen(before), "\""));
	help_done(&answer);
	return unescaped(h, text);
}

/* ---- forms ---- */

static void forms_are_decoded_strictly(void **state)
{
	static const struct {
		const char *text;
		enum err err;
		const char *name, *value;
	} cases[] = {
		{"a=1&b=2", ERR_OK, "b", "2"},
		{"a=x+y%20z", ERR_OK, "a", "x y z"},
		{"a=%C3%A9", ERR_OK, "a", "\xC3\xA9"},
		{"a=1&a=2", ERR_OK, "a", "1"},
		{"a", ERR_OK, "a", ""},
		{"=v", ERR_OK, "", "v"},
		{"&&a=1&&", ERR_OK, "a", "1"},
		{"", ERR_OK, "a", NULL},
		{"a=b=c", ERR_OK, "a", "b=c"},
		{"a=%4", ERR_INVALID, NULL, NULL},
		{"a=%", ERR_INVALID, NULL, NULL},
		{"a=%zz", ERR_INVALID, NULL, NULL},
		{"a=%00", ERR_INVALID, NULL, NULL},
		{"a=%FF", ERR_INVALID, NULL, NULL},
		{"a=%C3", ERR_INVALID, NULL, NULL},
		{"%ED%A0%80=1", ERR_INVALID, NULL, NULL},
	};
	struct arena *arena = arena_new(1u << 20);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct form form = {0};
		enum err err = form_parse(arena, cases[i].text, strlen(cases[i].text), &form, NULL);
		const char *value = err ? NULL : form_get(&form, cases[i].name);

		if (err != cases[i].err)
			fail_msg("%s: %s", cases[i].text, err_name(err));
		if (!err && (!value || !cases[i].value ? value != cases[i].value : strcmp(value, cases[i].value) != 0))
			fail_msg("%s: %s", cases[i].text, value ? value : "(none)");
	}
	arena_free(&arena);
}

static void a_form_with_too_many_fields_is_refused(void **state)
{
	char text[2 * FORM_FIELDS_MAX + 8] = "";
	struct arena *arena = arena_new(1u << 20);
	struct form form;

	(void)state;
	for (int i = 0; i < FORM_FIELDS_MAX; i++)
		strcat(text, i ? "&a" : "a");
	assert_int_equal(form_parse(arena, text, strlen(text), &form, NULL), ERR_OK);
	assert_int_equal(form.count, FORM_FIELDS_MAX);
	strcat(text, "&a");
	assert_int_equal(form_parse(arena, text, strlen(text), &form, NULL), ERR_LIMIT);
	arena_free(&arena);
}

static void encoding_and_decoding_give_the_text_again(void **state)
{
	static const char text[] = "caf\xC3\xA9 & tea = 100 % \"'<>/?#\n\xF0\x9F\x98\x80";
	struct arena *arena = arena_new(1u << 20);
	struct form form = {0};
	struct buf buf;

	(void)state;
	buf_init(&buf, 4096);
	buf_str(&buf, "q=");
	form_encode(&buf, text);
	assert_int_equal(form_parse(arena, buf.data, buf.len, &form, NULL), ERR_OK);
	assert_string_equal(form_get(&form, "q"), text);
	buf_done(&buf);
	arena_free(&arena);
}

/* ---- guards ---- */

static void only_names_of_our_own_are_served(void **state)
{
	static const struct {
		const char *host, *address, *url;
		bool ours;
	} cases[] = {
		{"127.0.0.1:8025", "127.0.0.1", NULL, true},
		{"localhost:8025", "127.0.0.1", NULL, true},
		{"LOCALHOST", "127.0.0.1", NULL, true},
		{"[::1]:8025", "::1", NULL, true},
		{"192.168.1.5:8025", "0.0.0.0", NULL, true},
		{"desk.acme.example", "127.0.0.1", "https://desk.acme.example", true},
		{"Desk.Acme.Example:443", "127.0.0.1", "https://desk.acme.example/", true},
		{"evil.example:8025", "127.0.0.1", NULL, false},
		{"evil.example", "127.0.0.1", "https://desk.acme.example", false},
		{"localhost.evil.example", "127.0.0.1", NULL, false},
		{"127.0.0.1.evil.example", "127.0.0.1", NULL, false},
		{"[::1", "::1", NULL, false},
		{"[evil.example]", "::1", NULL, false},
		{"", "127.0.0.1", NULL, false},
		{NULL, "127.0.0.1", NULL, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		if (guard_host_is_ours(cases[i].host, cases[i].address, cases[i].url) != cases[i].ours)
			fail_msg("%s", cases[i].host ? cases[i].host : "(none)");
	}
}

static void guessing_passwords_gets_slower_and_slower(void **state)
{
	struct limiter *limiter = limiter_new();
	int64_t now_ms = 1000000;

	(void)state;
	for (int i = 0; i < 5; i++) {
		assert_int_equal(limiter_wait_s(limiter, "ada", now_ms), 0);
		limiter_failed(limiter, "ada", now_ms);
	}
	assert_int_equal(limiter_wait_s(limiter, "ada", now_ms), 1);
	assert_int_equal(limiter_wait_s(limiter, "bo", now_ms), 0);
	limiter_failed(limiter, "ada", now_ms);
	assert_int_equal(limiter_wait_s(limiter, "ada", now_ms), 2);
	for (int i = 0; i < 20; i++)
		limiter_failed(limiter, "ada", now_ms);
	assert_int_equal(limiter_wait_s(limiter, "ada", now_ms), 60);
	assert_int_equal(limiter_wait_s(limiter, "ada", now_ms + 60000), 0);
	limiter_failed(limiter, "ada", now_ms + 16 * 60000);
	assert_int_equal(limiter_wait_s(limiter, "ada", now_ms + 16 * 60000), 0);
	limiter_succeeded(limiter, "ada");
	limiter_free(&limiter);
	assert_null(limiter);
}

static void all_names_together_have_an_allowance(void **state)
{
	struct limiter *limiter = limiter_new();
	int64_t now_ms = 1000000;
	int made = 0;

	(void)state;
	while (limiter_wait_s(limiter, "anybody", now_ms) == 0 && made < 1000) {
		limiter_attempt(limiter, now_ms);
		made++;
	}
	assert_int_equal(made, 20);
	assert_int_equal(limiter_wait_s(limiter, "anybody", now_ms + 1001), 0);
	limiter_free(&limiter);
}

static void every_row_of_the_route_table_is_closed_or_guarded(void **state)
{
	const struct route *route;

	(void)state;
	for (size_t i = 0; (route = route_at(i)) != NULL; i++) {
		bool changes = strcmp(route->method, "GET") != 0;

		assert_non_null(route->handler);
		assert_int_not_equal(route->access, ACCESS_NOBODY);
		assert_int_not_equal(route->csrf, CSRF_REFUSED);
		if (changes && route->csrf == CSRF_READ)
			fail_msg("%s %s changes without a guard", route->method, route->path);
		if (changes && route->access != ACCESS_PUBLIC)
			assert_int_equal(route->csrf, CSRF_TOKEN);
	}
	assert_true(route == NULL);
}

/* ---- evidence ---- */

static void marked_pieces_join_to_the_text_again(void **state)
{
	static const struct {
		const char *hits, *shape; /* '[' piece with rules ']' */
	} cases[] = {
		{"[]", "caf\xC3\xA9 is cold"},
		{"[{\"rule\":\"a\",\"start\":0,\"end\":5}]", "[caf\xC3\xA9:a] is cold"},
		{"[{\"rule\":\"a\",\"start\":0,\"end\":8},{\"rule\":\"b\",\"start\":6,\"end\":13}]",
		 "[caf\xC3\xA9 :a][is:a b][ cold:b]"},
		{"[{\"rule\":\"a\",\"start\":6,\"end\":8},{\"rule\":\"a\",\"start\":6,\"end\":8}]",
		 "caf\xC3\xA9 [is:a] cold"},
		{"[{\"rule\":\"a\",\"start\":0,\"end\":4}]", "[caf:a]\xC3\xA9 is cold"}, /* inside a character */
		{"[{\"rule\":\"a\",\"start\":9,\"end\":900}]", "caf\xC3\xA9 is [cold:a]"},
		{"[{\"rule\":\"a\",\"start\":-5,\"end\":3}]", "caf\xC3\xA9 is cold"},
		{"[{\"rule\":\"a\",\"start\":7,\"end\":3}]", "caf\xC3\xA9 is cold"},
		{"[{\"start\":0,\"end\":3},7,null]", "caf\xC3\xA9 is cold"},
		{"7", "caf\xC3\xA9 is cold"},
	};
	static const char text[] = "caf\xC3\xA9 is cold";
	struct arena *arena = arena_new(1u << 20);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct json_object *verdict = json_object_new_object(), *list;
		struct buf shape;

		json_object_object_add(verdict, "hits", json_tokener_parse(cases[i].hits));
		list = evidence_segments(arena, text, verdict, NULL, false);
		buf_init(&shape, 4096);
		for (size_t n = 0; n < json_object_array_length(list); n++) {
			struct json_object *piece = json_object_array_get_idx(list, n);
			struct json_object *rules = json_get(piece, "rules");

			buf_printf(&shape, "%s%s", json_flag(piece, "mark", false) ? "[" : "",
				   json_str(piece, "text", ""));
			for (size_t r = 0; r < json_object_array_length(rules); r++)
				buf_printf(&shape, "%c%s", r ? ' ' : ':',
					   json_object_get_string(json_object_array_get_idx(rules, r)));
			buf_str(&shape, json_flag(piece, "mark", false) ? "]" : "");
			assert_true(utf8_valid(json_str(piece, "text", ""), strlen(json_str(piece, "text", ""))));
		}
		assert_string_equal(buf_text(&shape), cases[i].shape);
		buf_done(&shape);
		json_object_put(list);
		json_object_put(verdict);
	}
	arena_free(&arena);
}

/* ---- first start, signing in and out ---- */

static void the_first_link_makes_one_account_and_then_never_again(void **state)
{
	struct help *h = *state;
	char link[256], again[256], form[400];
	struct error e = {0};
	const char *path;

	assert_int_equal(desk_first_link(h->desk, link, sizeof(link), &e), 1);
	path = strstr(link, "/first");
	assert_true(answer_has(help_get(h, path), 200, "Make the first account"));
	snprintf(form, sizeof(form), "%s&name=maya&password=short&again=short", strstr(link, "token="));
	assert_true(answer_has(help_form(h, "/first", form), 400, "at least 10"));
	snprintf(form, sizeof(form), "%s&name=maya&password=long+enough+one&again=long+enough+two",
		 strstr(link, "token="));
	assert_true(answer_has(help_form(h, "/first", form), 400, "differ"));
	assert_true(
		answer_has(help_form(h, "/first", "token=00&name=eve&password=long+enough+one&again=long+enough+one"),
			   403, "not the newest"));
	help_first(h);
	assert_true(answer_has(help_get(h, path), 403, "used already"));
	assert_int_equal(desk_first_link(h->desk, again, sizeof(again), &e), 0);
}

static void the_token_is_stored_hashed_only(void **state)
{
	struct help *h = *state;
	char link[256];
	const char *kept;
	struct error e = {0};

	assert_int_equal(desk_first_link(h->desk, link, sizeof(link), &e), 1);
	help_ok(store_meta_get(h->own, h->arena, "first_token", &kept, &e), &e);
	assert_non_null(kept);
	assert_null(strstr(link, kept));
	help_first(h);
	help_ok(store_meta_get(h->own, h->arena, "first_token", &kept, &e), &e);
	assert_null(kept);
}

static void signing_in_gives_a_strict_cookie_and_signing_out_ends_it(void **state)
{
	struct help *h = *state;
	struct help_answer answer;
	char cookie[256], location[256];

	help_first(h);
	assert_false(answer_has(help_form_token(h, "/signout", ""), 303, "x"));
	assert_true(answer_has(help_get(h, "/api/v1/me"), 401, "unauthorized"));
	h->cookie[0] = '\0';
	answer = help_form(h, "/signin", "name=Maya&password=seven+quiet+lanterns&next=%2Fsources");
	assert_int_equal(answer.status, 303);
	help_header(&answer, "Set-Cookie", cookie, sizeof(cookie));
	help_header(&answer, "Location", location, sizeof(location));
	assert_non_null(strstr(cookie, "; HttpOnly"));
	assert_non_null(strstr(cookie, "; SameSite=Lax"));
	assert_non_null(strstr(cookie, "; Path=/"));
	assert_null(strstr(cookie, "Secure"));
	assert_string_equal(location, "/sources");
	help_take_cookie(h, &answer);
	help_done(&answer);
	assert_true(answer_has(help_get(h, "/sources"), 200, "example.social/acme"));
}

static void behind_tls_the_cookie_is_secure_and_the_public_name_is_ours(void **state)
{
	struct help *h = *state;
	struct help_answer answer;
	char cookie[256], request[512];
	int len;

	help_first(h);
	h->cookie[0] = '\0';
	h->settings.desk_url = "https://desk.acme.example/";
	help_restart(h);
	len = snprintf(request, sizeof(request),
		       "POST /signin HTTP/1.1\r\nHost: desk.acme.example\r\nOrigin: "
		       "https://desk.acme.example\r\nConnection: close\r\n"
		       "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 39\r\n\r\n"
		       "name=maya&password=seven+quiet+lanterns");
	answer = help_raw(h, request, (size_t)len);
	assert_int_equal(answer.status, 303);
	help_header(&answer, "Set-Cookie", cookie, sizeof(cookie));
	assert_non_null(strstr(cookie, "; Secure"));
	help_done(&answer);
}

static void two_desks_cannot_share_a_port(void **state)
{
	struct help *h = *state;
	struct desk_options options = {.store = h->store, .settings = &h->settings};
	struct desk *second = NULL;
	struct error e = {0};
	int port = -7;

	h->settings.desk_port = h->port;
	assert_int_equal(desk_start(&options, &second, &port, &e), ERR_IO);
	assert_null(second);
	assert_int_equal(port, -7);
	assert_non_null(strstr(e.text, "another amends running"));
	h->settings.desk_address = "not an address";
	assert_int_equal(desk_start(&options, &second, &port, &e), ERR_INVALID);
	assert_non_null(strstr(e.text, "not an IP address"));
}

static void signing_in_never_leads_to_another_site(void **state)
{
	static const char *const nexts[] = {"%2F%2Fevil.example", "https%3A%2F%2Fevil.example", "%2F%5Cevil.example",
					    "evil"};
	struct help *h = *state;

	help_first(h);
	h->cookie[0] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(nexts); i++) {
		char form[256], location[256];
		struct help_answer answer;

		snprintf(form, sizeof(form), "name=maya&password=seven+quiet+lanterns&next=%s", nexts[i]);
		answer = help_form(h, "/signin", form);
		help_header(&answer, "Location", location, sizeof(location));
		assert_string_equal(location, "/");
		help_done(&answer);
	}
}

/* A form sent by our own page, as browsers say so. */
static struct help_answer own_form(struct help *h, const char *path, const char *form)
{
	const char *headers = arena_printf(h->arena,
					   "Origin: http://127.0.0.1:%d\r\nContent-Type: "
					   "application/x-www-form-urlencoded\r\n",
					   h->port);

	return help_send(h, "POST", path, headers, form);
}

#define TYPED_FIELDS "typed_id=%lld&typed_action=draft&typed_by=maya&typed_hash=%s&typed_text=My+%%3Cown%%3E+words"

static void what_was_typed_comes_back_behind_the_sign_in(void **state)
{
	struct help *h = *state;
	struct complaint_row row = complaint_of(h, "p1");
	const char *typed = arena_printf(h->arena, TYPED_FIELDS, (long long)row.id, row.draft_hash);
	struct help_answer answer;

	help_first(h);
	h->cookie[0] = '\0';
	answer = own_form(h, path_of(h, row.id, "/approve"),
			  arena_printf(h->arena, "csrf=old&by=maya&hash=%s&text=My+%%3Cown%%3E+words", row.draft_hash));
	assert_int_equal(answer.status, 401);
	assert_non_null(strstr(answer.body, "Sign in as <strong>maya</strong>"));
	assert_non_null(strstr(answer.body, "name=\"typed_text\" value=\"My &lt;own&gt; words\""));
	help_done(&answer);
	assert_true(answer_has(own_form(h, "/signin", arena_printf(h->arena, "name=maya&password=wrong+horse&%s", typed)),
			       403, "value=\"My &lt;own&gt; words\""));
	answer = own_form(h, "/signin", arena_printf(h->arena, "name=maya&password=seven+quiet+lanterns&%s", typed));
	assert_int_equal(answer.status, 200);
	assert_non_null(strstr(answer.body, "My &lt;own&gt; words</textarea>"));
	assert_non_null(strstr(answer.body, "not saved yet"));
	help_done(&answer);
	assert_int_equal(complaint_of(h, "p1").state, STATE_OPEN);
	assert_string_equal(complaint_of(h, "p1").draft, row.draft);
}

static void what_was_typed_is_shown_to_nobody_else_and_taken_from_no_other_site(void **state)
{
	struct help *h = *state;
	struct complaint_row row = complaint_of(h, "p1");
	const char *typed = arena_printf(h->arena, TYPED_FIELDS, (long long)row.id, row.draft_hash);
	const char *sent = arena_printf(h->arena, "csrf=old&by=maya&hash=%s&text=Mine", row.draft_hash);
	struct help_answer answer;
	char location[256];

	help_first(h);
	help_be(h, "ann", ROLE_AGENT);
	h->cookie[0] = '\0';
	answer = own_form(h, "/signin", arena_printf(h->arena, "name=ann&password=seven+quiet+lanterns&%s", typed));
	assert_int_equal(answer.status, 303);
	help_done(&answer);
	answer = help_form(h, path_of(h, row.id, "/draft"), sent);
	help_header(&answer, "Location", location, sizeof(location));
	assert_string_equal(location, arena_printf(h->arena, "/signin?next=/complaints/%lld", (long long)row.id));
	help_done(&answer);
	answer = help_form(h, "/signin", arena_printf(h->arena, "name=maya&password=seven+quiet+lanterns&%s", typed));
	assert_int_equal(answer.status, 303);
	help_done(&answer);
}

static void a_page_of_an_earlier_session_loses_nothing_that_was_typed(void **state)
{
	struct help *h = *state;
	struct complaint_row row = complaint_of(h, "p1");
	const char *sent = arena_printf(h->arena, "csrf=old&by=maya&hash=%s&text=Mine+alone", row.draft_hash);

	help_first(h);
	assert_true(answer_has(own_form(h, path_of(h, row.id, "/draft"), sent), 409, "Mine alone</textarea>"));
	assert_true(answer_has(help_form(h, path_of(h, row.id, "/draft"), sent), 403, "too old"));
	help_be(h, "ann", ROLE_AGENT);
	assert_false(answer_has(own_form(h, path_of(h, row.id, "/draft"), sent), 403, "Mine alone"));
	assert_string_equal(complaint_of(h, "p1").draft, row.draft);
}

static void wrong_name_and_wrong_password_look_the_same_and_are_slowed_down(void **state)
{
	struct help *h = *state;
	struct help_answer answer;
	char wait[16];

	clock_fake(clock_now_s(), 1000000); /* checking a password takes a second of its own on a busy machine */
	help_first(h);
	h->cookie[0] = '\0';
	assert_true(answer_has(help_form(h, "/signin", "name=maya&password=wrong+horse"), 403,
			       "Name or password is not right"));
	assert_true(answer_has(help_form(h, "/signin", "name=nobody&password=wrong+horse"), 403,
			       "Name or password is not right"));
	for (int i = 0; i < 4; i++)
		(void)answer_has(help_form(h, "/signin", "name=maya&password=wrong+horse"), 403, "");
	answer = help_form(h, "/signin", "name=maya&password=seven+quiet+lanterns");
	assert_int_equal(answer.status, 429);
	help_header(&answer, "Retry-After", wait, sizeof(wait));
	assert_string_equal(wait, "1");
	help_done(&answer);
	clock_fake(clock_now_s(), 1001000);
	assert_true(answer_has(help_form(h, "/signin", "name=maya&password=seven+quiet+lanterns"), 303, ""));
	clock_fake(-1, -1);
}

static void nothing_is_served_to_strangers(void **state)
{
	struct help *h = *state;
	const struct route *route;

	help_first(h);
	h->cookie[0] = '\0';
	for (size_t i = 0; (route = route_at(i)) != NULL; i++) {
		char path[128];
		const char *id = strstr(route->path, ":id");
		struct help_answer answer;

		if (route->access == ACCESS_PUBLIC)
			continue;
		if (id)
			snprintf(path, sizeof(path), "%.*s1%s", (int)(id - route->path), route->path, id + 3);
		else
			snprintf(path, sizeof(path), "%s", route->path);
		answer = help_send(h, route->method, path, "", NULL);
		if (strncmp(path, "/api/", 5) == 0 || strcmp(path, "/events") == 0)
			assert_int_equal(answer.status, 401);
		else
			assert_int_equal(answer.status, 303);
		assert_null(strstr(answer.body, "parcel"));
		help_done(&answer);
	}
}

static void a_viewer_reads_but_decides_nothing(void **state)
{
	struct help *h = *state;
	int64_t id = complaint_of(h, "p1").id;
	char hash[APPROVAL_HASH_SIZE];

	help_first(h);
	help_be(h, "vic", ROLE_VIEWER);
	assert_true(answer_has(help_get(h, path_of(h, id, "")), 200, "nine days late"));
	assert_false(answer_has(help_get(h, path_of(h, id, "")), 200, "<textarea"));
	draft_hash(h, id, hash);
	assert_true(answer_has(help_form_token(h, path_of(h, id, "/approve"), arena_printf(h->arena, "hash=%s", hash)),
			       403, "role, viewer"));
	assert_int_equal(complaint_of(h, "p1").state, STATE_OPEN);
}

/* ---- pages ---- */

static void every_page_carries_the_strict_headers(void **state)
{
	static const char *const paths[] = {"/", "/signin", "/sources", "/nothing", "/api/v1/me", "/api/v1/none"};
	struct help *h = *state;

	help_first(h);
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		struct help_answer answer = help_get(h, paths[i]);
		char value[400];

		help_header(&answer, "Content-Security-Policy", value, sizeof(value));
		assert_non_null(strstr(value, "default-src 'none'"));
		assert_non_null(strstr(value, "script-src 'self'"));
		assert_null(strstr(value, "unsafe"));
		help_header(&answer, "X-Content-Type-Options", value, sizeof(value));
		assert_string_equal(value, "nosniff");
		help_header(&answer, "Referrer-Policy", value, sizeof(value));
		assert_string_equal(value, "same-origin");
		assert_null(strstr(answer.body, "<script>"));
		assert_null(strstr(answer.body, " style="));
		assert_null(strstr(answer.body, " onclick"));
		help_done(&answer);
	}
}

static void words_of_customers_are_always_escaped(void **state)
{
	struct help *h = *state;
	struct help_answer answer;
	char path[64];

	help_first(h);
	answer = help_get(h, "/");
	assert_null(strstr(answer.body, "<script>alert"));
	assert_non_null(strstr(answer.body, "Bo &lt;script&gt;alert(1)&lt;/script&gt;"));
	help_done(&answer);
	snprintf(path, sizeof(path), "/complaints/%lld", (long long)complaint_of(h, "p2").id);
	answer = help_get(h, path);
	assert_null(strstr(answer.body, "<b>"));
	assert_non_null(strstr(answer.body, "&lt;b&gt;<mark>"));
	help_done(&answer);
	answer = help_get(h, "/?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E");
	assert_int_equal(answer.status, 200);
	assert_null(strstr(answer.body, "<script>alert"));
	help_done(&answer);
}

static void evidence_is_marked_and_explained(void **state)
{
	struct help *h = *state;
	struct help_answer answer;

	help_first(h);
	answer = help_get(h, path_of(h, complaint_of(h, "p1").id, ""));
	assert_int_equal(answer.status, 200);
	assert_non_null(strstr(answer.body, "<mark><a href=\"#why-request_where\""));
	assert_non_null(strstr(answer.body, ">where is my parcel</a></mark>"));
	assert_non_null(strstr(answer.body, "id=\"why-request_where\""));
	assert_non_null(strstr(answer.body, "Asks where something is."));
	assert_non_null(strstr(answer.body, "problem +3.0"));
	/* overlapping rules: the piece names both */
	assert_non_null(strstr(answer.body, "data-rules=\"parcel_late late_days\""));
	help_done(&answer);
}

static void only_web_addresses_become_links(void **state)
{
	struct help *h = *state;
	struct post post = {.platform = "mastodon",
			    .id = "js",
			    .text = "where is my order",
			    .lang = "en",
			    .thread = "js",
			    .url = "javascript:alert(1)",
			    .created_s = clock_now_s(),
			    .likes = -1,
			    .replies = -1,
			    .shares = -1,
			    .views = -1,
			    .author = {.id = "x", .handle = "x", .followers = -1}};
	struct verdict verdict;
	enum post_fate fate;
	enum complaint_fate complaint_fate;
	struct error e = {0};
	int64_t post_id, id;

	help_first(h);
	help_ok(store_begin(h->own, STORE_URGENT, &e), &e);
	help_ok(store_post_put(h->own, h->brand_id, h->source_id, &post, false, clock_now_s(), &post_id, &fate, &e),
		&e);
	help_ok(classify_post(h->classifier, h->arena, &post, &verdict, &e), &e);
	help_ok(store_verdict_put(h->own, post_id, &verdict, "{}", &e), &e);
	help_ok(store_complaint_file(h->own, post_id, &verdict, NULL, clock_now_s(), &id, &complaint_fate, &e), &e);
	help_ok(store_commit(h->own, &e), &e);
	assert_false(answer_has(help_get(h, path_of(h, id, "")), 200, "javascript:"));
}

static void the_queue_filters_and_pages_by_keyset(void **state)
{
	struct help *h = *state;
	struct json_object *first, *second;
	struct help_answer answer;

	help_first(h);
	assert_true(answer_has(help_get(h, "/?class=question"), 200, "What time do you open"));
	assert_false(answer_has(help_get(h, "/?class=question"), 200, "charged me twice"));
	assert_true(answer_has(help_get(h, "/?q=kettle"), 200, "charged me twice"));
	assert_false(answer_has(help_get(h, "/?q=kettle"), 200, "What time do you open"));
	assert_true(answer_has(help_get(h, "/?state=closed"), 200, "Nothing was left without a reply"));
	assert_true(answer_has(help_get(h, "/?cause=safety"), 200, "Nothing matches this filter"));
	assert_true(answer_has(help_get(h, "/?state=wrong"), 400, "no state"));
	assert_true(answer_has(help_get(h, "/api/v1/complaints?limit=0"), 400, "limit"));
	assert_true(answer_has(help_get(h, "/api/v1/complaints?after=1;2"), 400, "after"));
	answer = help_get(h, "/api/v1/complaints?limit=3");
	first = help_json(&answer);
	help_done(&answer);
	assert_int_equal(json_object_array_length(json_get(first, "complaints")), 3);
	assert_non_null(json_str(first, "next", NULL));
	answer =
		help_get(h, arena_printf(h->arena, "/api/v1/complaints?limit=3&after=%s", json_str(first, "next", "")));
	second = help_json(&answer);
	help_done(&answer);
	assert_int_equal(json_object_array_length(json_get(second, "complaints")), (int)ARRAY_LEN(help_posts) - 3);
	assert_null(json_str(second, "next", NULL));
	json_object_put(first);
	json_object_put(second);
}

static const char *const lists[] = {"", "order=newest", "order=changed", "state=any", "state=any&order=changed",
				    "class=problem&q=a", "brand=Acme&state=any&order=newest"};

/* A post of an age with this verdict, filed; the complaint's id. */
static int64_t post_filed(struct help *h, const char *id, int64_t age_s, const struct verdict *verdict, const char *json)
{
	struct post post = {.platform = "mastodon",
			    .id = id,
			    .text = "\xE6\xB3\xA8\xE6\x96\x87\xE3\x81\x97\xE3\x81\x9F",
			    .thread = id,
			    .created_s = clock_now_s() - age_s,
			    .likes = -1,
			    .replies = -1,
			    .shares = -1,
			    .views = -1,
			    .author = {.id = id, .handle = id, .followers = -1}};
	enum post_fate fate;
	enum complaint_fate complaint_fate;
	struct error e = {0};
	int64_t post_id, complaint_id;

	help_ok(store_begin(h->own, STORE_URGENT, &e), &e);
	help_ok(store_post_put(h->own, h->brand_id, h->source_id, &post, false, clock_now_s(), &post_id, &fate, &e),
		&e);
	help_ok(store_verdict_put(h->own, post_id, verdict, json, &e), &e);
	help_ok(store_complaint_file(h->own, post_id, verdict, NULL, clock_now_s(), &complaint_id, &complaint_fate, &e),
		&e);
	help_ok(store_commit(h->own, &e), &e);
	return complaint_id;
}

/* One clear statement; nothing beside it that only a judgement could know. */
static void a_post_in_a_language_without_rules_is_said_to_be_not_judged(void **state)
{
	static const char json[] = "{\"undecided\":true,\"undecided_why\":\"no rules for language ja\"}";
	static const char *const judged[] = {"Neither complaint",   "No rule hit",     "The text names no", "class=\"scores\"",
					     "No template fitted", "Judge otherwise", "Could not tell",    "<strong>Other<"};
	struct verdict verdict = {.class = CLASS_OTHER, .severity = 1, .complaint = .5, .problem = .5, .vent = .5,
				  .lang = "ja", .undecided = true, .rules = "r"};
	struct help *h = *state;
	struct help_answer answer;
	const char *path;

	help_first(h);
	path = path_of(h, post_filed(h, "ja1", 60, &verdict, json), "");
	assert_true(answer_has(help_get(h, path), 200, "<strong>Not judged</strong>: there are no rules for Japanese."));
	answer = help_get(h, path);
	for (size_t i = 0; i < ARRAY_LEN(judged); i++)
		if (strstr(answer.body, judged[i]))
			fail_msg("says \"%s\"", judged[i]);
	help_done(&answer);
	assert_true(answer_has(help_get(h, "/"), 200, "</span>Not judged</span>"));
	answer = help_get(h, led_to(h, arena_printf(h->arena, "%s/judge", path), "class=vent&cause=quality&urgency=0"));
	assert_non_null(strstr(answer.body, "<strong>Vent</strong>"));
	assert_null(strstr(answer.body, "<strong>Not judged"));
	help_done(&answer);
	verdict.class = CLASS_PROBLEM;
	path = path_of(h, post_filed(h, "ja2", 60, &verdict, "{\"undecided_why\":\"rule x: match limit\"}"), "");
	assert_true(answer_has(help_get(h, path), 200, "Judged in part only: rule x: match limit."));
}

/* Newest first is by what the customer wrote, and its age is what the row tells. */
static void the_queue_tells_when_the_customer_wrote(void **state)
{
	struct verdict verdict = {.class = CLASS_PROBLEM, .severity = 1, .complaint = 1, .problem = 1, .rules = "r"};
	struct help *h = *state;
	int64_t old;

	help_first(h);
	old = post_filed(h, "old", 3 * 86400 + 5, &verdict, "{}"); /* what came last was written first */
	assert_true(answer_has(help_get(h, "/"), 200, ">3 days ago</time>"));
	assert_false(strncmp(page_part(h, "/?order=newest", "class=\"row-link\" href=\""), path_of(h, old, "?"),
			     strlen(path_of(h, old, "?"))) == 0);
	(void)led_to(h, path_of(h, old, "/submit"), "hash=&text=We+look+into+it.");
	assert_true(strncmp(page_part(h, "/?order=changed&state=any", "class=\"row-link\" href=\""),
			    path_of(h, old, "?"), strlen(path_of(h, old, "?"))) == 0);
	assert_true(answer_has(help_get(h, "/?order=newest"), 200, "Newest first: by when the customer wrote"));
}

/* While sending is paused nothing says that something is being sent. */
static void an_approved_reply_is_said_to_wait_while_sending_is_paused(void **state)
{
	struct help *h = *state;
	struct complaint_row row = complaint_of(h, "p1");
	const char *path = path_of(h, row.id, "");

	help_first(h);
	(void)led_to(h, path_of(h, row.id, "/approve"), arena_printf(h->arena, "hash=%s", row.draft_hash));
	assert_true(answer_has(help_get(h, path), 200, "<span class=\"state state-approved\">Scheduled</span>"));
	assert_false(answer_has(help_get(h, "/?state=approved"), 200, "Waits"));
	(void)led_to(h, "/sending", "brand=&paused=1");
	assert_true(answer_has(help_get(h, "/?state=approved"), 200, ">Waits: sending is paused"));
	assert_false(answer_has(help_get(h, "/?state=approved"), 200, ">Sending</span>"));
	assert_true(answer_has(help_get(h, path), 200, "it leaves when sending goes on"));
	assert_false(answer_has(help_get(h, path), 200, "data-countdown"));
	assert_false(answer_has(help_get(h, path), 200, ">Sending</span>"));
	assert_false(answer_has(help_get(h, "/sending"), 200, ">Sending</span>"));
	(void)led_to(h, "/sending", "brand=&paused=0");
	assert_true(answer_has(help_get(h, path), 200, "data-countdown"));
}

/* The address that leads back from a complaint of lists[i]. */
static const char *list_back(struct help *h, size_t i, long long id)
{
	static const char *const written[] = {"", "?order=newest", "?order=changed", "?state=any", "?state=any&order=changed",
					      "?class=problem&q=a", "?state=any&brand=Acme&order=newest"};

	return arena_printf(h->arena, "/%s#c%lld", written[i], id);
}

/* Where Next leads from a complaint's page; "": it was the last. */
static const char *next_of(struct help *h, const char *path)
{
	struct help_answer answer = help_get(h, path);
	const char *end = strstr(answer.body, "\" id=\"next\""), *from = end;
	const char *text = "";

	while (from && from[-1] != '"')
		from--;
	if (from)
		text = arena_strndup(h->arena, from, (size_t)(end - from));
	help_done(&answer);
	return unescaped(h, text);
}

/* Every complaint of a list leads to the next of the same list, and back to the list. */
static void next_and_back_lead_through_the_list_that_was_left(void **state)
{
	struct help *h = *state;

	help_first(h);
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		const char *list = arena_printf(h->arena, "/%s%s", *lists[i] ? "?" : "", lists[i]);
		const char *api = arena_printf(h->arena, "/api/v1/complaints?%s", lists[i]);
		const char *path = page_part(h, list, "class=\"row-link\" href=\"");
		struct help_answer answer = help_get(h, api);
		struct json_object *view = help_json(&answer), *rows = json_get(view, "complaints");

		help_done(&answer);
		assert_true(json_object_array_length(rows) > 0);
		for (size_t row = 0; row < json_object_array_length(rows); row++) {
			long long id = json_int(json_object_array_get_idx(rows, row), "id", 0);

			if (strncmp(path, path_of(h, id, ""), strlen(path_of(h, id, ""))) != 0)
				fail_msg("list %s, row %zu: %s instead of %lld", list, row, path, id);
			assert_string_equal(page_part(h, path, "<div class=\"crumbs\">\n<a href=\""),
					    list_back(h, i, id));
			path = next_of(h, path);
		}
		assert_string_equal(path, "");
		json_object_put(view);
	}
}

/* Deciding about a complaint takes it out of the list, or to another place; the way on is the same. */
static void a_decision_keeps_the_place_in_the_list(void **state)
{
	struct help *h = *state;
	const char *path, *next, *decided;
	int64_t id;

	help_first(h);
	for (size_t i = 0; i < 5; i++) {
		path = page_part(h, arena_printf(h->arena, "/%s%s", *lists[i] ? "?" : "", lists[i]),
				 "class=\"row-link\" href=\"");
		next = next_of(h, path);
		id = strtoll(path + strlen("/complaints/"), NULL, 10);
		decided = led_to(h,
				 arena_printf(h->arena, "/complaints/%lld/close%s", (long long)id,
					      path + strcspn(path, "?")),
				 "reason=spam");
		assert_true(answer_has(help_get(h, decided), 200, "Decided: no reply"));
		if (strcmp(next_of(h, decided), next) != 0)
			fail_msg("list %s: %s instead of %s", lists[i], next_of(h, decided), next);
		(void)led_to(h, path_of(h, id, "/reopen"), "");
	}
}

static void an_address_that_names_no_list_leads_to_the_queue(void **state)
{
	static const char *const bad[] = {"?state=//evil.example", "?order=%2F%2Fevil.example", "?after=%2F%2Fevil.example",
					  "?at=-1&class=evil.example", "?at=99999999999999999999&cause=evil.example"};
	struct help *h = *state;
	struct complaint_row row = complaint_of(h, "p1");

	help_first(h);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_false(answer_has(help_get(h, path_of(h, row.id, bad[i])), 200, "evil.example"));
		assert_string_equal(page_part(h, path_of(h, row.id, bad[i]), "<div class=\"crumbs\">\n<a href=\""),
				    arena_printf(h->arena, "/#c%lld", (long long)row.id));
	}
}

static void what_was_done_is_said_once(void **state)
{
	struct help *h = *state;
	struct complaint_row row = complaint_of(h, "p1");
	const char *closed;

	help_first(h);
	closed = led_to(h, path_of(h, row.id, "/close"), "reason=spam");
	assert_true(answer_has(help_get(h, closed), 200, "Decided: no reply. The reason is kept."));
	assert_false(answer_has(help_get(h, closed), 200, "Decided: no reply. The reason is kept."));
	assert_false(answer_has(help_get(h, path_of(h, row.id, "?done=reopen")), 200, "Open again."));
	closed = led_to(h, "/sending", "brand=&paused=1");
	assert_true(answer_has(help_get(h, closed), 200, "What was approved waits"));
	assert_false(answer_has(help_get(h, closed), 200, "What was approved waits"));
}

/* The list behind a link (up to its quote) of a page has so many rows. */
static void check_number(struct help *h, const char *page, const char *link, int64_t promised)
{
	const char *path = unescaped(h, arena_strndup(h->arena, link, strcspn(link, "\"")));
	struct help_answer answer = help_get(h, path);
	int64_t rows = 0;

	assert_int_equal(answer.status, 200);
	for (const char *at = answer.body; (at = strstr(at, "class=\"row-link\"")); at++)
		rows++;
	if (rows != promised)
		fail_msg("%s: the link to %s promises %lld and shows %lld", page, path, (long long)promised,
			 (long long)rows);
	help_done(&answer);
}

/* What a state's or class's number promises, its list shows. */
static void each_number_of_the_queue_is_what_a_click_on_it_shows(void **state)
{
	static const char *const filters[] = {"/", "/?q=a", "/?state=any&q=what", "/?class=problem", "/?state=closed",
					      "/?cause=billing&state=any", "/?q=nowhere&class=vent", "/?brand=Nobody"};
	struct help *h = *state;

	help_first(h);
	(void)led_to(h, path_of(h, complaint_of(h, "p1").id, "/close"), "reason=spam");
	for (size_t i = 0; i < ARRAY_LEN(filters); i++) {
		struct help_answer answer = help_get(h, filters[i]);
		int links = 0;

		assert_int_equal(answer.status, 200);
		for (const char *at = strstr(answer.body, "id=\"live-counts\""), *end = strstr(answer.body, "</div>\n<form");
		     (at = strstr(at, "href=\"")) && at < end; at++, links++)
			check_number(h, filters[i], at + 6, strtoll(strstr(at, "\"count\">") + 8, NULL, 10));
		assert_int_equal(links, STATE_COUNT + CLASS_COUNT + 2);
		help_done(&answer);
	}
}

/* ---- decisions ---- */

static void approving_binds_to_the_text_that_was_read(void **state)
{
	struct help *h = *state;
	struct complaint_row row = complaint_of(h, "p1");

	help_first(h);
	assert_true(
		answer_has(help_form_token(h, path_of(h, row.id, "/approve"), "hash=00"), 409, "text of complaint"));
	assert_int_equal(complaint_of(h, "p1").state, STATE_OPEN);
	(void)answer_has(
		help_form_token(h, path_of(h, row.id, "/approve"), arena_printf(h->arena, "hash=%s", row.draft_hash)),
		303, "");
	row = complaint_of(h, "p1");
	assert_int_equal(row.state, STATE_APPROVED);
	assert_int_equal(row.outbox_state, OUTBOX_SCHEDULED);
	assert_true(answer_has(help_get(h, path_of(h, row.id, "")), 200, "it can be withdrawn"));
	(void)answer_has(help_form_token(h, path_of(h, row.id, "/withdraw"), ""), 303, "");
	assert_int_equal(complaint_of(h, "p1").state, STATE_OPEN);
}

static void an_edited_text_is_saved_and_approved_in_one_request(void **state)
{
	struct help *h = *state;
	struct complaint_row row = complaint_of(h, "p1");
	char hash[APPROVAL_HASH_SIZE];

	help_first(h);
	(void)answer_has(help_form_token(h, path_of(h, row.id, "/approve"),
					 arena_printf(h->arena, "hash=%s&text=%%40ada+Sorry.%%0D%%0AIt+is+traced+now.",
						      row.draft_hash)),
			 303, "");
	row = complaint_of(h, "p1");
	assert_int_equal(row.state, STATE_APPROVED);
	assert_string_equal(row.draft, "@ada Sorry.\nIt is traced now.");
	assert_string_equal(row.draft_by, "maya");
	approval_hash("mastodon", "p1", row.draft, hash);
	assert_string_equal(row.draft_hash, hash);
}

static void a_conflict_loses_nothing_that_was_typed(void **state)
{
	struct help *h = *state;
	struct complaint_row row = complaint_of(h, "p1");
	struct help_answer answer;

	help_first(h);
	(void)answer_has(
		help_form_token(h, path_of(h, row.id, "/draft"),
				arena_printf(h->arena, "hash=%s&text=The+colleague%%27s+text", row.draft_hash)),
		303, "");
	answer = help_form_token(h, path_of(h, row.id, "/approve"),
				 arena_printf(h->arena, "hash=%s&text=My+own+%%3Ctext%%3E", row.draft_hash));
	assert_int_equal(answer.status, 409);
	assert_non_null(strstr(answer.body, "role=\"alert\""));
	assert_non_null(strstr(answer.body, "My own &lt;text&gt;</textarea>"));
	assert_non_null(strstr(answer.body, "The colleague&#39;s text"));
	help_done(&answer);
	row = complaint_of(h, "p1");
	assert_int_equal(row.state, STATE_OPEN);
	assert_string_equal(row.draft, "The colleague's text");
}

static void a_page_without_a_draft_does_not_overwrite_one_written_since(void **state)
{
	struct help *h = *state;
	struct complaint_row row = complaint_of(h, "p3");

	help_first(h);
	assert_int_equal(row.draft_id, 0);
	(void)answer_has(help_form_token(h, path_of(h, row.id, "/draft"), "hash=&text=First"), 303, "");
	assert_true(answer_has(help_form_token(h, path_of(h, row.id, "/draft"), "hash=&text=Second"), 409,
			       "Second</textarea>"));
	assert_string_equal(complaint_of(h, "p3").draft, "First");
}

static void submit_reject_close_and_reopen_need_their_reasons(void **state)
{
	struct help *h = *state;
	struct complaint_row row = complaint_of(h, "p4");

	help_first(h);
	(void)answer_has(
		help_form_token(h, path_of(h, row.id, "/submit"), arena_printf(h->arena, "hash=%s", row.draft_hash)),
		303, "");
	assert_int_equal(complaint_of(h, "p4").state, STATE_SUBMITTED);
	assert_true(answer_has(help_form_token(h, path_of(h, row.id, "/reject"), "reason=+"), 400, "reason"));
	(void)answer_has(help_form_token(h, path_of(h, row.id, "/reject"), "reason=Too+cold"), 303, "");
	assert_true(answer_has(help_get(h, path_of(h, row.id, "")), 200, "Too cold"));
	(void)answer_has(help_form_token(h, path_of(h, row.id, "/close"), "reason=Answered+by+phone"), 303, "");
	assert_true(answer_has(help_get(h, path_of(h, row.id, "")), 200, "Deliberately: Answered by phone"));
	(void)answer_has(help_form_token(h, path_of(h, row.id, "/reopen"), ""), 303, "");
	assert_int_equal(complaint_of(h, "p4").state, STATE_OPEN);
}

static void a_blocking_tone_finding_stops_approval_and_keeps_the_text(void **state)
{
	struct help *h = *state;
	struct complaint_row row = complaint_of(h, "p1");
	struct help_answer answer;

	help_first(h);
	answer = help_form_token(h, path_of(h, row.id, "/approve"),
				 arena_printf(h->arena, "hash=%s&text=Please+post+your+card+number", row.draft_hash));
	assert_int_equal(answer.status, 400);
	assert_non_null(strstr(answer.body, "Please post your card number</textarea>"));
	assert_non_null(strstr(answer.body, "Ask for a private message."));
	help_done(&answer);
	assert_int_equal(complaint_of(h, "p1").state, STATE_OPEN);
}

/* ---- the policy: who may let it go ---- */

/* p1 as grave as the policy's line for two people. */
static struct complaint_row grave_one(struct help *h)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(h->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "UPDATE complaint SET severity = 4 WHERE id = 1", NULL, NULL, NULL),
			 SQLITE_OK);
	(void)sqlite3_close(db);
	return complaint_of(h, "p1");
}

static void an_agent_approves_alone_within_the_latitude(void **state)
{
	struct help *h = *state;
	struct complaint_row row = complaint_of(h, "p1");
	const char *form = arena_printf(h->arena, "hash=%s", row.draft_hash);

	help_first(h);
	help_be(h, "ann", ROLE_AGENT);
	assert_true(answer_has(help_get(h, path_of(h, row.id, "")), 200, "One person may approve this alone."));
	assert_true(answer_has(help_form_token(h, path_of(h, row.id, "/approve"), form), 303, ""));
	row = complaint_of(h, "p1");
	assert_int_equal(row.state, STATE_APPROVED);
}

static void what_asks_for_two_people_says_why_and_takes_two(void **state)
{
	struct help *h = *state;
	struct complaint_row row = grave_one(h);
	const char *form = arena_printf(h->arena, "hash=%s", row.draft_hash);
	struct help_answer answer;

	help_first(h);
	answer = help_get(h, path_of(h, row.id, ""));
	assert_non_null(strstr(answer.body, "Severity 4: two people"));
	assert_non_null(strstr(answer.body, "Submit for a second person"));
	assert_non_null(strstr(answer.body, "then an approver other than maya approves"));
	assert_non_null(strstr(answer.body, "/approve\" hidden>"));
	help_done(&answer);
	assert_true(answer_has(help_form_token(h, path_of(h, row.id, "/approve"), form), 403, "other than maya"));
	assert_true(answer_has(help_form_token(h, path_of(h, row.id, "/submit"), form), 303, ""));
	assert_true(answer_has(help_get(h, path_of(h, row.id, "")), 200, "maya asks for approval"));
	assert_true(answer_has(help_form_token(h, path_of(h, row.id, "/approve"), form), 403, "other than maya"));
	help_be(h, "ben", ROLE_APPROVER);
	assert_true(answer_has(help_get(h, path_of(h, row.id, "")), 200, ">Approve as second person</button>"));
	assert_true(answer_has(help_form_token(h, path_of(h, row.id, "/approve"), form), 303, ""));
	assert_int_equal(complaint_of(h, "p1").state, STATE_APPROVED);
}

static void whoever_edits_becomes_the_author_and_cannot_be_the_second(void **state)
{
	struct help *h = *state;
	struct complaint_row row = grave_one(h);
	struct help_answer answer;

	help_first(h);
	(void)answer_has(
		help_form_token(h, path_of(h, row.id, "/submit"), arena_printf(h->arena, "hash=%s", row.draft_hash)),
		303, "");
	help_be(h, "ben", ROLE_APPROVER);
	answer = help_form_token(
		h, path_of(h, row.id, "/approve"),
		arena_printf(h->arena, "hash=%s&text=%%40ada%%40example.social+We+trace+it.", row.draft_hash));
	assert_int_equal(answer.status, 403);
	assert_non_null(strstr(answer.body, "ben wrote this draft"));
	help_done(&answer);
	answer = help_get(h, path_of(h, row.id, ""));
	assert_non_null(strstr(answer.body, "Changed by ben, from the draft by amends"));
	assert_non_null(strstr(answer.body, "<del>"));
	assert_non_null(strstr(answer.body, "<ins>"));
	help_done(&answer);
	help_be(h, "maya", ROLE_ADMIN);
	answer = help_get(h, path_of(h, row.id, "")); /* she submitted it: not the second person either */
	assert_non_null(strstr(answer.body, "other than maya"));
	help_done(&answer);
}

static void asking_for_changes_keeps_the_draft_and_rejecting_drops_it(void **state)
{
	struct help *h = *state;
	struct complaint_row row = complaint_of(h, "p1");
	const char *form = arena_printf(h->arena, "hash=%s", row.draft_hash);

	help_first(h);
	(void)answer_has(help_form_token(h, path_of(h, row.id, "/submit"), form), 303, "");
	assert_true(
		answer_has(help_form_token(h, path_of(h, row.id, "/changes"), "reason="), 400, "A reason is needed"));
	assert_true(answer_has(help_form_token(h, path_of(h, row.id, "/changes"), "reason=Name+the+day"), 303, ""));
	row = complaint_of(h, "p1");
	assert_int_equal(row.state, STATE_OPEN);
	assert_string_equal(row.reason, "Name the day");
	assert_true(row.draft_id != 0);
	assert_true(answer_has(help_get(h, path_of(h, row.id, "")), 200,
			       "!</span> <strong>maya</strong> asked for changes <time"));
	(void)answer_has(help_form_token(h, path_of(h, row.id, "/submit"), form), 303, "");
	(void)answer_has(help_form_token(h, path_of(h, row.id, "/reject"), "reason=Start+anew"), 303, "");
	assert_int_equal(complaint_of(h, "p1").draft_id, 0);
}

static void a_blocking_finding_is_overridden_by_two_with_a_reason(void **state)
{
	struct help *h = *state;
	struct complaint_row row = complaint_of(h, "p1");
	const char *path = path_of(h, row.id, "");

	h->settings.policy.block = (const char *const[]){"blaming", NULL};
	help_first(h);
	assert_true(answer_has(
		help_form_token(h, path_of(h, row.id, "/submit"),
				arena_printf(h->arena, "hash=%s&text=%%40ada%%40example.social+you+should+have",
					     row.draft_hash)),
		400, "Why is the finding wrong here?"));
	row = complaint_of(h, "p1");
	assert_true(answer_has(
		help_form_token(h, path_of(h, row.id, "/submit"),
				arena_printf(h->arena, "hash=%s&override_why=Her+own+words", row.draft_hash)),
		303, ""));
	help_be(h, "ben", ROLE_APPROVER);
	assert_true(answer_has(help_get(h, path), 200, "Her own words"));
	assert_true(answer_has(help_get(h, path), 200, "name=\"override\" value=\"1\""));
	assert_true(answer_has(
		help_form_token(h, path_of(h, row.id, "/approve"), arena_printf(h->arena, "hash=%s", row.draft_hash)),
		400, "override"));
	assert_true(answer_has(help_form_token(h, path_of(h, row.id, "/approve"),
					       arena_printf(h->arena, "hash=%s&override=1", row.draft_hash)),
			       303, ""));
	assert_int_equal(complaint_of(h, "p1").state, STATE_APPROVED);
	h->settings.policy.block = NULL;
}

static void what_a_reply_offers_and_promises_is_said_before_it_is_approved(void **state)
{
	struct help *h = *state;
	struct complaint_row row = complaint_of(h, "p1");
	struct help_answer answer;
	struct json_object *check, *says;

	help_first(h);
	answer = help_api(
		h, "POST", arena_printf(h->arena, "/api/v1/complaints/%lld/check", (long long)row.id),
		"{\"text\":\"We are sorry. We will refund you 20 euros, and we will get back to you by tomorrow.\"}");
	check = help_json(&answer);
	says = json_get(check, "says");
	assert_non_null(says);
	assert_non_null(strstr(json_object_to_json_string(says), "Offers a refund of 20"));
	assert_non_null(strstr(json_object_to_json_string(says), "Promises an answer by "));
	assert_true(json_flag(json_object_array_get_idx(json_get(check, "promises"), 0), "stated", false));
	assert_string_equal(json_str(json_get(check, "ruling"), "role", ""), "approver");
	json_object_put(check);
	help_done(&answer);
}

static void closing_takes_one_of_the_policys_reasons_and_a_remark(void **state)
{
	struct help *h = *state;
	struct complaint_row row = complaint_of(h, "p3");
	struct reason_count *rows;
	struct error e = {0};
	size_t count;

	help_first(h);
	assert_true(answer_has(help_get(h, path_of(h, row.id, "")), 200, "<option>Not about us</option>"));
	(void)answer_has(
		help_form_token(h, path_of(h, row.id, "/close"), "choice=Not+about+us&reason=It+is+another+Acme"), 303,
		"");
	assert_string_equal(complaint_of(h, "p3").reason, "Not about us: It is another Acme");
	help_ok(store_reason_counts(h->own, h->arena, 0, &rows, &count, &e), &e);
	assert_int_equal(count, 1);
	assert_string_equal(rows[0].reason, "Not about us");
}

static void checking_works_without_scripts_and_changes_nothing(void **state)
{
	struct help *h = *state;
	struct complaint_row row = complaint_of(h, "p1");
	struct help_answer answer;

	help_first(h);
	answer = help_form_token(h, path_of(h, row.id, "/check"), "text=you+should+have+called");
	assert_int_equal(answer.status, 200);
	assert_non_null(strstr(answer.body, "Say what you will do now."));
	assert_non_null(strstr(answer.body, "you should have called</textarea>"));
	help_done(&answer);
	assert_string_equal(complaint_of(h, "p1").draft, row.draft);
}

static void the_length_is_counted_as_approval_counts_it(void **state)
{
	struct help *h = *state;
	struct complaint_row row = complaint_of(h, "p1");
	struct help_answer answer;
	struct json_object *check;
	struct error e = {0};

	help_first(h);
	help_ok(store_begin(h->own, STORE_URGENT, &e), &e);
	help_ok(store_source_limits(h->own, h->source_id, 40, 23, &e), &e);
	help_ok(store_commit(h->own, &e), &e);
	answer = help_api(h, "POST", arena_printf(h->arena, "/api/v1/complaints/%lld/check", (long long)row.id),
			  "{\"text\":\"@ada@example.social https://acme.example/a/very/long/address\"}");
	check = help_json(&answer);
	assert_int_equal(json_int(check, "limit", 0), 40);
	assert_int_equal(json_int(check, "length", 0),
			 4 + 1 + 23); /* "@ada", blank, an address as the server counts it */
	assert_false(json_flag(check, "too_long", true));
	json_object_put(check);
	help_done(&answer);
	assert_true(answer_has(
		help_form_token(h, path_of(h, row.id, "/approve"), arena_printf(h->arena, "hash=%s", row.draft_hash)),
		400, "too long for Mastodon ("));
}

/* It says by how much, and shows no button that the server would refuse. */
static void what_is_too_long_is_offered_to_nobody(void **state)
{
	struct help *h = *state;
	struct complaint_row row = complaint_of(h, "p1");
	struct help_answer answer;
	struct error e = {0};

	help_first(h);
	help_ok(store_begin(h->own, STORE_URGENT, &e), &e);
	help_ok(store_source_limits(h->own, h->source_id, 40, 23, &e), &e);
	help_ok(store_commit(h->own, &e), &e);
	answer = help_form_token(h, path_of(h, row.id, "/check"),
				 "text=%40ada+Sorry%2C+it+is+on+its+way+and+will+be+there+soon.");
	assert_int_equal(answer.status, 200);
	assert_non_null(strstr(answer.body, "52 of 40 characters: 12 too long<"));
	assert_non_null(strstr(answer.body, "The reply is 12 characters too long for Mastodon (52 of 40): shorten it.<"));
	assert_non_null(strstr(answer.body, "/approve\" hidden>"));
	assert_non_null(strstr(answer.body, "/submit\" hidden>"));
	help_done(&answer);
	answer = help_form_token(h, path_of(h, row.id, "/check"), "text=Sorry%2C+it+is+on+its+way.");
	assert_null(strstr(answer.body, "/approve\" hidden>"));
	assert_null(strstr(answer.body, "/submit\" hidden>"));
	assert_non_null(strstr(answer.body, "Does not name @ada"));
	help_done(&answer);
}

static void a_hand_off_is_copied_posted_and_marked(void **state)
{
	struct help *h = *state;
	struct complaint_row row = complaint_of(h, "p1");

	h->source.token = NULL; /* no token: a person must post */
	help_first(h);
	(void)answer_has(
		help_form_token(h, path_of(h, row.id, "/approve"), arena_printf(h->arena, "hash=%s", row.draft_hash)),
		303, "");
	assert_int_equal(complaint_of(h, "p1").outbox_state, OUTBOX_HANDOFF);
	assert_true(answer_has(help_get(h, path_of(h, row.id, "")), 200, "Mark as posted"));
	(void)answer_has(
		help_form_token(h, path_of(h, row.id, "/posted"), "text=https%3A%2F%2Fexample.social%2F%40us%2F9"), 303,
		"");
	row = complaint_of(h, "p1");
	assert_int_equal(row.state, STATE_REPLIED);
	assert_string_equal(row.reply_url, "https://example.social/@us/9");
}

/* ---- promises, reviews, the switch, judging ---- */

/* p1's reply goes out as by hand, with these words; let go by maya. */
static void reply_posted(struct help *h, const char *text)
{
	struct complaint_row row = complaint_of(h, "p1");

	h->source.token = NULL;
	assert_true(answer_has(help_form_token(h, path_of(h, row.id, "/approve"),
					       arena_printf(h->arena, "hash=%s&text=%s", row.draft_hash, text)),
			       303, ""));
	assert_true(answer_has(help_form_token(h, path_of(h, row.id, "/posted"), "text="), 303, ""));
}

static void a_promise_is_listed_by_its_time_until_it_is_kept(void **state)
{
	struct help *h = *state;
	int64_t now_s = clock_now_s();
	const char *path;

	help_first(h);
	assert_true(answer_has(help_get(h, "/promises"), 200, "No promise is open."));
	reply_posted(h, "We+will+get+back+to+you+by+tomorrow.");
	path = path_of(h, complaint_of(h, "p1").id, "");
	assert_true(answer_has(help_get(h, "/promises"), 200, "by tomorrow</q>"));
	assert_false(answer_has(help_get(h, "/promises"), 200, "overdue"));
	assert_true(answer_has(help_get(h, path), 200, "An answer by "));
	clock_fake(now_s + 4 * 86400, 4 * 86400000ll);
	help_be(h, "ann", ROLE_AGENT); /* the session is over by then */
	assert_true(answer_has(help_get(h, "/promises"), 200, "One promise is overdue."));
	assert_true(answer_has(help_form_token(h, path_of(h, complaint_of(h, "p1").id, "/kept"), "from=complaint"), 303,
			       "")); /* late, but kept */
	assert_true(answer_has(help_get(h, "/promises"), 200, "data-label=\"Late\" class=\"number\">1<"));
	assert_true(answer_has(help_form_token(h, path_of(h, complaint_of(h, "p1").id, "/kept"), "a=1"), 409,
			       "no longer open"));
	help_be(h, "vic", ROLE_VIEWER);
	assert_true(
		answer_has(help_form_token(h, path_of(h, complaint_of(h, "p1").id, "/kept"), "a=1"), 403, "viewer"));
	clock_fake(-1, -1);
}

/* Marks a sample post deleted, as a look at the platform does. */
static void post_gone(struct help *h, const char *post_id)
{
	struct error e = {0};

	help_ok(store_begin(h->own, STORE_BULK, &e), &e);
	help_ok(store_post_delete(h->own, h->brand_id, "mastodon", post_id, clock_now_s(), &e), &e);
	help_ok(store_commit(h->own, &e), &e);
}

static void a_deleted_post_is_told_of_and_takes_no_reply(void **state)
{
	struct help *h = *state;
	int64_t id = complaint_of(h, "p1").id;
	const char *page;
	char hash[APPROVAL_HASH_SIZE];

	help_first(h);
	page = path_of(h, id, "");
	assert_false(answer_has(help_get(h, page), 200, "There is no post left"));
	post_gone(h, "p1");
	assert_true(answer_has(help_get(h, page), 200, "Closed by amends: deleted by its author"));
	assert_true(answer_has(help_form_token(h, path_of(h, id, "/reopen"), ""), 303, ""));
	assert_true(answer_has(help_get(h, page), 200, "There is no post left to reply to"));
	assert_false(answer_has(help_get(h, page), 200, "No template fitted"));
	assert_false(answer_has(help_get(h, page), 200, "No rule hit"));
	assert_true(answer_has(help_form_token(h, path_of(h, id, "/draft"), "text=We+are+sorry."), 303, ""));
	draft_hash(h, id, hash);
	assert_true(answer_has(help_form_token(h, path_of(h, id, "/submit"), arena_printf(h->arena, "hash=%s", hash)),
			       409, "unless its author writes again"));
	assert_true(answer_has(help_form_token(h, path_of(h, id, "/approve"),
					       arena_printf(h->arena, "hash=%s&text=We+are+sorry.", hash)),
			       409, "unless its author writes again"));
	assert_true(answer_has(help_form_token(h, path_of(h, id, "/close"), "reason=gone"), 303, ""));
	assert_true(answer_has(help_get(h, page), 200, "Deliberately: gone"));
}

static void nobody_reviews_what_they_approved(void **state)
{
	struct help *h = *state;

	help_first(h);
	reply_posted(h, "We+are+sorry.+It+is+traced+now.");
	assert_true(answer_has(help_get(h, "/reviews"), 200, "You approved it: somebody else looks at it."));
	assert_true(answer_has(help_form_token(h, "/reviews/1", "fine=1"), 403, "somebody else looks at it"));
	help_be(h, "ann", ROLE_AGENT);
	assert_true(answer_has(help_form_token(h, "/reviews/1", "fine=1"), 403, "agent"));
	help_be(h, "ben", ROLE_APPROVER);
	assert_true(answer_has(help_form_token(h, "/reviews/1", "note=x"), 400, "Fine is missing"));
	assert_true(answer_has(help_form_token(h, "/reviews/1", "fine=0&note=+"), 400, "Say what is not fine"));
	assert_true(answer_has(help_form_token(h, "/reviews/1", "fine=0&note=No+day"), 303, ""));
	assert_true(answer_has(help_get(h, "/reviews"), 200, "<q>No day</q>"));
	assert_true(answer_has(help_form_token(h, "/reviews/1", "fine=1"), 409, "looked at"));
}

static void a_pause_is_told_on_every_page_and_takes_an_approver_to_end(void **state)
{
	static const char *const pages[] = {"/",        "/complaints/1", "/promises", "/reviews",
					    "/figures", "/sources",      "/sending",  "/nothing"};
	struct help *h = *state;

	help_first(h);
	help_be(h, "ann", ROLE_AGENT);
	assert_true(answer_has(help_form_token(h, "/sending", "brand=Nobody&paused=1"), 400, "no brand"));
	assert_true(answer_has(help_form_token(h, "/sending", "brand="), 400, "Paused is missing"));
	assert_true(answer_has(help_form_token(h, "/sending", "brand=&paused=1"), 303, ""));
	for (size_t i = 0; i < ARRAY_LEN(pages); i++) {
		struct help_answer answer = help_get(h, pages[i]);

		if (!strstr(answer.body, "Sending is paused for all brands, by ann since "))
			fail_msg("%s does not tell it", pages[i]);
		help_done(&answer);
	}
	assert_true(answer_has(help_form_token(h, "/sending", "brand=&paused=0"), 403, "resume sending"));
	help_be(h, "ben", ROLE_APPROVER);
	assert_true(answer_has(help_form_token(h, "/sending", "brand=&paused=0"), 303, ""));
	assert_false(answer_has(help_get(h, "/"), 200, "is paused"));
	h->cookie[0] = '\0';
	assert_false(answer_has(help_get(h, "/signin"), 200, "is paused"));
}

static void judging_otherwise_is_kept_and_followed(void **state)
{
	struct help *h = *state;
	struct complaint_row row = complaint_of(h, "p3");
	struct correction_row *rows;
	struct error e = {0};
	size_t count;

	help_first(h);
	assert_true(answer_has(help_form_token(h, path_of(h, row.id, "/judge"), "class=vent&cause=none&urgency=3"), 400,
			       "Urgency: 0, 1 or 2"));
	assert_true(answer_has(help_form_token(h, path_of(h, row.id, "/judge"), "class=bad&cause=none&urgency=1"), 400,
			       "Class: "));
	assert_true(answer_has(help_form_token(h, path_of(h, row.id, "/judge"),
					       "class=problem&cause=staff&urgency=2&note=She+was+sent+away"),
			       303, ""));
	row = complaint_of(h, "p3");
	assert_int_equal(row.class, CLASS_PROBLEM);
	assert_int_equal(row.cause, CAUSE_STAFF);
	assert_int_equal(row.urgency, 2);
	help_ok(store_correction_list(h->own, h->arena, 0, 10, &rows, &count, &e), &e);
	assert_int_equal(count, 1);
	assert_string_equal(rows[0].by, "maya");
	assert_string_equal(rows[0].note, "She was sent away");
	assert_true(answer_has(help_get(h, path_of(h, row.id, "")), 200, "judged otherwise"));
	help_be(h, "vic", ROLE_VIEWER);
	assert_true(answer_has(help_form_token(h, path_of(h, row.id, "/judge"), "class=vent&cause=none&urgency=1"), 403,
			       "viewer"));
	assert_false(answer_has(help_get(h, path_of(h, row.id, "")), 200, "Judge otherwise"));
}

static void a_judgement_makes_the_draft_anew_that_nobody_changed(void **state)
{
	struct help *h = *state;
	struct complaint_row row = complaint_of(h, "p1");
	const char *judge = path_of(h, row.id, "/judge"), *hers = "hash=&text=I+look+into+it+myself.";

	help_first(h);
	assert_true(answer_has(help_get(h, led_to(h, judge, "class=vent&cause=delivery&urgency=0")), 200,
			       "The draft was made anew"));
	row = complaint_of(h, "p1");
	assert_non_null(strstr(row.draft, " parcel")); /* the fact of the stored verdict */
	assert_string_equal(row.draft_by, QUEUE_PROGRAM);
	assert_string_equal(row.findings_json, "[]");
	/* the same again changes nothing; a class without a template leaves no draft that is wrong */
	assert_true(answer_has(help_form_token(h, judge, "class=vent&cause=delivery&urgency=0"), 303, ""));
	assert_int_equal(complaint_of(h, "p1").draft_id, row.draft_id);
	assert_true(answer_has(help_form_token(h, judge, "class=praise&cause=none&urgency=0"), 303, ""));
	assert_int_equal(complaint_of(h, "p1").draft_id, 0);
	/* what a person wrote stays */
	assert_true(answer_has(help_form_token(h, path_of(h, row.id, "/draft"), hers), 303, ""));
	assert_true(answer_has(help_form_token(h, judge, "class=vent&cause=delivery&urgency=0"), 303, ""));
	assert_string_equal(complaint_of(h, "p1").draft, "I look into it myself.");
	/* with the hits of the stored verdict */
	row = complaint_of(h, "p2");
	assert_true(answer_has(help_form_token(h, path_of(h, row.id, "/judge"), "class=vent&cause=billing&urgency=0"),
			       303, ""));
	assert_string_equal(complaint_of(h, "p2").draft, "@bo@example.social Twice is once too often.");
}

static void a_draft_that_nobody_changed_can_be_worded_anew(void **state)
{
	static const char *const wordings[] = {"@ada@example.social Sorry about your parcel: we see why.",
					       "@ada@example.social We hear you about the parcel."};
	struct help *h = *state;
	struct complaint_row row = complaint_of(h, "p1");
	const char *another = path_of(h, row.id, "/another"), *page = path_of(h, row.id, "");
	const char *first;

	help_first(h);
	assert_true(answer_has(help_form_token(h, another, ""), 409, "No template has another wording"));
	assert_string_equal(complaint_of(h, "p1").draft, row.draft);
	assert_true(answer_has(help_form_token(h, path_of(h, row.id, "/judge"),
					       "class=vent&cause=delivery&urgency=0"),
			       303, ""));
	first = complaint_of(h, "p1").draft;
	assert_true(strcmp(first, wordings[0]) == 0 || strcmp(first, wordings[1]) == 0);
	for (int i = 0; i < 3; i++) { /* there are two: by turns */
		const char *before = complaint_of(h, "p1").draft;

		assert_true(answer_has(help_get(h, page), 200, "Another wording"));
		assert_true(answer_has(help_form_token(h, another, ""), 303, ""));
		row = complaint_of(h, "p1");
		assert_string_not_equal(row.draft, before);
		assert_true(strcmp(row.draft, wordings[0]) == 0 || strcmp(row.draft, wordings[1]) == 0);
	}
	assert_true(answer_has(help_get(h, page), 200, "<strong>maya</strong> asked for another wording"));
	/* what is typed is not lost, nor what is saved */
	assert_true(answer_has(help_form_token(h, another, "text=We+are+looking."), 400, "We are looking.</textarea>"));
	assert_string_equal(complaint_of(h, "p1").draft, row.draft);
	assert_true(answer_has(help_form_token(h, path_of(h, row.id, "/draft"), "text=We+are+looking."), 303, ""));
	assert_false(answer_has(help_get(h, page), 200, "Another wording"));
	assert_true(answer_has(help_form_token(h, another, ""), 409, "nobody has changed"));
	/* where there is none, a first one */
	row = complaint_of(h, "p3");
	assert_true(answer_has(help_get(h, path_of(h, row.id, "")), 200, "Suggest a draft"));
	help_be(h, "vic", ROLE_VIEWER);
	assert_true(answer_has(help_form_token(h, another, ""), 403, "viewer"));
	/* who may not draft may not have it drafted */
	help_be(h, "ann", ROLE_AGENT);
	assert_true(answer_has(help_form_token(h, path_of(h, row.id, "/judge"), "class=vent&cause=safety&urgency=2"), 303,
			       ""));
	assert_true(answer_has(help_form_token(h, path_of(h, row.id, "/another"), ""), 403, "the duty manager"));
	assert_true(answer_has(help_get(h, path_of(h, row.id, "")), 200, "the duty manager")); /* why there is no box */
	/* nor may it be talked down by whom the policy keeps from it */
	assert_true(answer_has(help_form_token(h, path_of(h, row.id, "/judge"), "class=vent&cause=staff&urgency=0"), 403,
			       "who may judge it less urgent"));
	help_be(h, "ben", ROLE_APPROVER);
	assert_true(answer_has(help_form_token(h, path_of(h, row.id, "/judge"), "class=vent&cause=staff&urgency=0"), 303,
			       ""));
}

static void what_is_likelier_no_complaint_is_said_to_be_so(void **state)
{
	static const struct help_post doubtful = {"p9", "ed@example.social", "Ed", "my parcel is a bit late", NULL};
	struct help *h = *state;
	const char *page;

	help_first(h);
	assert_false(answer_has(help_get(h, "/"), 200, ">maybe none<"));
	page = path_of(h, help_file(h, &doubtful, clock_now_s()), "");
	assert_true(answer_has(help_get(h, "/"), 200, ">maybe none<"));
	assert_true(answer_has(help_get(h, page), 200, "Less likely a complaint than not"));
	assert_true(answer_has(help_get(h, page), 200, ">a problem<"));
	assert_true(answer_has(help_form_token(h, arena_printf(h->arena, "%s/judge", page),
					       "class=vent&cause=delivery&urgency=0"),
			       303, ""));
	assert_false(answer_has(help_get(h, page), 200, "Less likely a complaint than not"));
	assert_true(answer_has(help_get(h, page), 200, "So judged by a person"));
	assert_false(answer_has(help_get(h, page), 200, ">a problem<")); /* the guess counts no longer */
	assert_false(answer_has(help_get(h, "/"), 200, ">maybe none<"));
}

static void figures_count_reasons_and_templates(void **state)
{
	struct help *h = *state;
	struct help_answer answer;

	help_first(h);
	(void)answer_has(help_form_token(h, path_of(h, complaint_of(h, "p3").id, "/close"), "choice=Not+about+us"), 303,
			 "");
	answer = help_get(h, "/figures?days=7");
	assert_int_equal(answer.status, 200);
	assert_non_null(
		strstr(answer.body, "<th scope=\"row\">Not about us</th><td data-label=\"Times\" class=\"number\">1<"));
	assert_non_null(strstr(answer.body, "<code>shipped/delivery</code>"));
	help_done(&answer);
	assert_true(answer_has(help_get(h, "/figures?days=0"), 400, "Days: "));
}

/* ---- forgery and broken requests ---- */

static void changes_from_other_sites_are_refused(void **state)
{
	static const struct {
		const char *headers;
		bool token, done;
	} cases[] = {
		{"", true, true},
		{"", false, false},
		{"Origin: http://evil.example\r\n", true, false},
		{"Origin: null\r\n", true, false},
		{"Sec-Fetch-Site: cross-site\r\n", true, false},
		{"Sec-Fetch-Site: same-site\r\n", true, false},
		{"Sec-Fetch-Site: same-origin\r\n", true, true},
		{"Sec-Fetch-Site: same-origin\r\n", false, false},
	};
	struct help *h = *state;
	int64_t id = complaint_of(h, "p3").id;

	help_first(h);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char headers[256], form[256];
		struct help_answer answer;

		snprintf(headers, sizeof(headers), "%sContent-Type: application/x-www-form-urlencoded\r\n",
			 cases[i].headers);
		snprintf(form, sizeof(form), "csrf=%s&text=text+%zu", cases[i].token ? h->csrf : "", i);
		answer = help_send(h, "POST", path_of(h, id, "/draft"), headers, form);
		if ((answer.status == 303) != cases[i].done)
			fail_msg("case %zu: %d", i, answer.status);
		help_done(&answer);
	}
}

static void the_api_takes_changes_with_token_or_own_origin_only(void **state)
{
	struct help *h = *state;
	const char *path = arena_printf(h->arena, "/api/v1/complaints/%lld/draft", (long long)complaint_of(h, "p3").id);
	const char *json = "Content-Type: application/json\r\n", *body = "{\"text\":\"hello\"}";
	const char *own = arena_printf(h->arena, "%sOrigin: http://127.0.0.1:%d\r\n", json, h->port);
	const char *foreign =
		arena_printf(h->arena, "%sOrigin: http://evil.example\r\nX-CSRF-Token: %s\r\n", json, h->csrf);

	help_first(h);
	assert_true(answer_has(help_send(h, "POST", path, json, body), 403, "X-CSRF-Token"));
	assert_true(answer_has(help_send(h, "POST", path, foreign, body), 403, "another site"));
	assert_true(answer_has(help_send(h, "POST", path, own, body), 200, "\"text\":\"hello\""));
	assert_true(answer_has(help_api(h, "POST", path, body), 200, "\"text\":\"hello\""));
	assert_true(
		answer_has(help_send(h, "POST", path, "Content-Type: text/plain\r\n", body), 415, "application/json"));
	assert_true(answer_has(help_api(h, "POST", path, "{\"text\":"), 400, "\"code\":\"invalid\""));
	assert_true(answer_has(help_api(h, "POST", path, "[1]"), 400, "object"));
	assert_true(answer_has(help_api(h, "POST", path, "{\"text\":\"a\\u0000b\"}"), 400, "NUL"));
}

static void foreign_host_names_are_refused(void **state)
{
	struct help *h = *state;
	static const char request[] = "GET /signin HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n";

	assert_true(answer_has(help_raw(h, request, sizeof(request) - 1), 403, "not the desk"));
}

static void broken_requests_get_one_clear_sentence_or_a_closed_door(void **state)
{
	static const struct {
		const char *request;
		int status; /* 0: any refusal */
	} cases[] = {
		{"GET / HTTP/1.1\r\nConnection: close\r\n\r\n", 0},
		{"GET /../etc/passwd HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 404},
		{"GET /assets/x/..%2f..%2fdesk.h HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 404},
		{"GET /assets/x/layout.html HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 404},
		{"GET /?q=%ff HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 400},
		{"GET /complaints/99999999999999999999 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 404},
		{"GET /complaints/-1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 404},
		{"GET /complaints/1/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 404},
		{"DELETE / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 405},
		{"BREW /signin HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 405},
		{"GET http://localhost/signin HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 400},
		{"POST /signin HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999999\r\nConnection: close\r\n\r\n",
		 413},
		{"POST /signin HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\nContent-Length: "
		 "3\r\nConnection: close\r\n\r\n"
		 "<a>",
		 415},
		{"nonsense\r\n\r\n", 0},
	};
	struct help *h = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		size_t len = strlen(cases[i].request);
		struct help_answer answer;

		answer = help_raw(h, cases[i].request, len);
		if (cases[i].status ? answer.status != cases[i].status : answer.status != 0 && answer.status < 400)
			fail_msg("case %zu: %d\n%.200s", i, answer.status, answer.raw);
		help_done(&answer);
	}
	assert_true(answer_has(help_get(h, "/signin"), 200, "Sign in"));
}

static void a_body_above_the_cap_is_refused_also_without_a_length(void **state)
{
	struct help *h = *state;
	static const char head[] =
		"POST /signin HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
		"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
	size_t size = sizeof(head) + 20 * (4096 + 16);
	char *request = malloc(size), *to = request;

	assert_non_null(request);
	to += sprintf(to, "%s", head);
	for (int i = 0; i < 20; i++) { /* 80 KiB */
		to += sprintf(to, "1000\r\n");
		memset(to, 'a', 4096);
		to += 4096;
		to += sprintf(to, "\r\n");
	}
	to += sprintf(to, "0\r\n\r\n");
	assert_true(answer_has(help_raw(h, request, (size_t)(to - request)), 413, "larger than 64 KiB"));
	free(request);
}

static void huge_headers_are_refused(void **state)
{
	struct help *h = *state;
	size_t size = 200000;
	char *request = malloc(size);
	struct help_answer answer;
	int len = sprintf(request, "GET /signin HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Long: ");

	memset(request + len, 'a', size - (size_t)len - 5);
	memcpy(request + size - 5, "\r\n\r\n", 5);
	answer = help_raw(h, request, size - 1);
	assert_true(answer.status == 0 || answer.status == 431 || answer.status == 413);
	help_done(&answer);
	free(request);
}

/* ---- assets ---- */

static void assets_are_kept_for_long_and_answer_not_modified(void **state)
{
	struct help *h = *state;
	struct help_answer answer = help_get(h, "/signin");
	char path[128], tag[64], cache[64], headers[128];
	const char *href = strstr(answer.body, "/assets/");

	assert_non_null(href);
	snprintf(path, sizeof(path), "%.*s/desk.css", (int)(strcspn(href + 8, "/") + 8), href);
	help_done(&answer);
	answer = help_get(h, path);
	assert_int_equal(answer.status, 200);
	help_header(&answer, "ETag", tag, sizeof(tag));
	help_header(&answer, "Cache-Control", cache, sizeof(cache));
	assert_non_null(strstr(cache, "immutable"));
	help_done(&answer);
	snprintf(headers, sizeof(headers), "If-None-Match: %s\r\n", tag);
	answer = help_send(h, "GET", path, headers, NULL);
	assert_int_equal(answer.status, 304);
	assert_int_equal(answer.body_len, 0);
	help_done(&answer);
	answer = help_get(h, "/assets/0000000000000000/desk.css");
	help_header(&answer, "Cache-Control", cache, sizeof(cache));
	assert_string_equal(cache, "no-cache");
	help_done(&answer);
}

/* ---- live updates ---- */

/* Opens a stream and reads until `words` arrived; the socket. */
static int stream_open(const struct help *h, int *status_r)
{
	char request[512], answer[2048];
	int fd = help_connect(h);
	ssize_t n;

	snprintf(request, sizeof(request), "GET /events HTTP/1.1\r\nHost: localhost\r\nCookie: %s\r\n\r\n", h->cookie);
	help_write(fd, request, strlen(request));
	n = recv(fd, answer, sizeof(answer) - 1, 0);
	assert_true(n > 0);
	answer[n] = '\0';
	assert_int_equal(sscanf(answer, "HTTP/1.1 %d", status_r), 1);
	return fd;
}

static bool stream_says(struct help *h, int fd, const char *words, int tries)
{
	char all[8192];
	size_t used = 0;
	struct timeval short_wait = {.tv_usec = 100000};

	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &short_wait, sizeof(short_wait)), 0);
	for (int i = 0; i < tries && used < sizeof(all) - 1; i++) {
		ssize_t n;

		desk_tick(h->desk);
		n = recv(fd, all + used, sizeof(all) - 1 - used, 0);
		if (n == 0)
			return false;
		used += n > 0 ? (size_t)n : 0;
		all[used] = '\0';
		if (strstr(all, words))
			return true;
	}
	return false;
}

static void a_change_by_another_process_reaches_open_pages(void **state)
{
	struct help *h = *state;
	struct help_post late = {"p9", "eve@example.social", "Eve", "where is my order", NULL};
	int status, fd;

	help_first(h);
	fd = stream_open(h, &status);
	assert_int_equal(status, 200);
	assert_false(stream_says(h, fd, "event: change", 5));
	(void)help_file(h, &late, clock_now_s());
	assert_true(stream_says(h, fd, "event: change", 100));
	(void)close(fd);
}

static void a_quiet_stream_beats_and_the_desk_stops_with_streams_open(void **state)
{
	struct help *h = *state;
	int status, fd;

	help_first(h);
	clock_fake(clock_now_s(), 1000000);
	fd = stream_open(h, &status);
	assert_false(stream_says(h, fd, ": still here", 5));
	clock_fake(clock_now_s(), 1016000);
	assert_true(stream_says(h, fd, ": still here", 100));
	clock_fake(-1, -1);
	desk_stop(&h->desk); /* must neither hang nor crash with the stream open */
	assert_null(h->desk);
	(void)close(fd);
}

static void streams_are_limited(void **state)
{
	struct help *h = *state;
	int fds[EVENTS_STREAMS_MAX + 1], status;

	help_first(h);
	for (int i = 0; i < EVENTS_STREAMS_MAX; i++) {
		fds[i] = stream_open(h, &status);
		assert_int_equal(status, 200);
	}
	fds[EVENTS_STREAMS_MAX] = stream_open(h, &status);
	assert_int_equal(status, 503);
	for (int i = 0; i <= EVENTS_STREAMS_MAX; i++)
		(void)close(fds[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms_are_decoded_strictly),
		cmocka_unit_test(a_form_with_too_many_fields_is_refused),
		cmocka_unit_test(encoding_and_decoding_give_the_text_again),
		cmocka_unit_test(only_names_of_our_own_are_served),
		cmocka_unit_test(guessing_passwords_gets_slower_and_slower),
		cmocka_unit_test(all_names_together_have_an_allowance),
		cmocka_unit_test(every_row_of_the_route_table_is_closed_or_guarded),
		cmocka_unit_test(marked_pieces_join_to_the_text_again),
		WITH_DESK(the_first_link_makes_one_account_and_then_never_again),
		WITH_DESK(the_token_is_stored_hashed_only),
		WITH_DESK(signing_in_gives_a_strict_cookie_and_signing_out_ends_it),
		WITH_DESK(behind_tls_the_cookie_is_secure_and_the_public_name_is_ours),
		WITH_DESK(two_desks_cannot_share_a_port),
		WITH_DESK(signing_in_never_leads_to_another_site),
		WITH_DESK(what_was_typed_comes_back_behind_the_sign_in),
		WITH_DESK(what_was_typed_is_shown_to_nobody_else_and_taken_from_no_other_site),
		WITH_DESK(a_page_of_an_earlier_session_loses_nothing_that_was_typed),
		WITH_DESK(wrong_name_and_wrong_password_look_the_same_and_are_slowed_down),
		WITH_DESK(nothing_is_served_to_strangers),
		WITH_DESK(a_viewer_reads_but_decides_nothing),
		WITH_DESK(every_page_carries_the_strict_headers),
		WITH_DESK(words_of_customers_are_always_escaped),
		WITH_DESK(evidence_is_marked_and_explained),
		WITH_DESK(only_web_addresses_become_links),
		WITH_DESK(the_queue_filters_and_pages_by_keyset),
		WITH_DESK(a_post_in_a_language_without_rules_is_said_to_be_not_judged),
		WITH_DESK(the_queue_tells_when_the_customer_wrote),
		WITH_DESK(an_approved_reply_is_said_to_wait_while_sending_is_paused),
		WITH_DESK(next_and_back_lead_through_the_list_that_was_left),
		WITH_DESK(a_decision_keeps_the_place_in_the_list),
		WITH_DESK(an_address_that_names_no_list_leads_to_the_queue),
		WITH_DESK(what_was_done_is_said_once),
		WITH_DESK(each_number_of_the_queue_is_what_a_click_on_it_shows),
		WITH_DESK(approving_binds_to_the_text_that_was_read),
		WITH_DESK(an_edited_text_is_saved_and_approved_in_one_request),
		WITH_DESK(a_conflict_loses_nothing_that_was_typed),
		WITH_DESK(a_page_without_a_draft_does_not_overwrite_one_written_since),
		WITH_DESK(submit_reject_close_and_reopen_need_their_reasons),
		WITH_DESK(a_blocking_tone_finding_stops_approval_and_keeps_the_text),
		WITH_DESK(an_agent_approves_alone_within_the_latitude),
		WITH_DESK(what_asks_for_two_people_says_why_and_takes_two),
		WITH_DESK(whoever_edits_becomes_the_author_and_cannot_be_the_second),
		WITH_DESK(asking_for_changes_keeps_the_draft_and_rejecting_drops_it),
		WITH_DESK(a_blocking_finding_is_overridden_by_two_with_a_reason),
		WITH_DESK(what_a_reply_offers_and_promises_is_said_before_it_is_approved),
		WITH_DESK(closing_takes_one_of_the_policys_reasons_and_a_remark),
		WITH_DESK(checking_works_without_scripts_and_changes_nothing),
		WITH_DESK(the_length_is_counted_as_approval_counts_it),
		WITH_DESK(what_is_too_long_is_offered_to_nobody),
		WITH_DESK(a_hand_off_is_copied_posted_and_marked),
		WITH_DESK(a_promise_is_listed_by_its_time_until_it_is_kept),
		WITH_DESK(a_deleted_post_is_told_of_and_takes_no_reply),
		WITH_DESK(what_is_likelier_no_complaint_is_said_to_be_so),
		WITH_DESK(nobody_reviews_what_they_approved),
		WITH_DESK(a_pause_is_told_on_every_page_and_takes_an_approver_to_end),
		WITH_DESK(judging_otherwise_is_kept_and_followed),
		WITH_DESK(a_judgement_makes_the_draft_anew_that_nobody_changed),
		WITH_DESK(a_draft_that_nobody_changed_can_be_worded_anew),
		WITH_DESK(figures_count_reasons_and_templates),
		WITH_DESK(changes_from_other_sites_are_refused),
		WITH_DESK(the_api_takes_changes_with_token_or_own_origin_only),
		WITH_DESK(foreign_host_names_are_refused),
		WITH_DESK(broken_requests_get_one_clear_sentence_or_a_closed_door),
		WITH_DESK(a_body_above_the_cap_is_refused_also_without_a_length),
		WITH_DESK(huge_headers_are_refused),
		WITH_DESK(assets_are_kept_for_long_and_answer_not_modified),
		WITH_DESK(a_change_by_another_process_reaches_open_pages),
		WITH_DESK(a_quiet_stream_beats_and_the_desk_stops_with_streams_open),
		WITH_DESK(streams_are_limited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
