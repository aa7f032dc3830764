/*
 * test_mastodon.c - the Mastodon platform: requests it writes, answers it reads, and that its paging misses nothing
 * whatever the server does with min_id.
 *
 * Fixtures are hand-written in the shapes of real answers; each has a golden file of what is to come out. With
 * GOLDEN_WRITE=1 in the environment the golden files are written instead of compared: look at the difference.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "clock.h"
#include "file.h"
#include "jsonio.h"
#include "platform.h"
#include "utf8.h"

#define NOW_S 1795291200 /* 2026-11-21T20:00:00Z */
#define POST_ID "social.example/118000000000000045"
#define REPLY                                                                                                          \
	"@Ada@far.example We are sorry about the lid & will call you today.\n\nMaya at Acme, "                         \
	"https://acme.example/help/lids-and-kettles"

static const struct source_spec tag_source = {
	.key = "t", .platform = "mastodon", .brand = "Acme", .server = "https://social.example", .hashtag = "#acme"};
static const struct source_spec search_source = {.key = "s",
						 .platform = "mastodon",
						 .brand = "Acme",
						 .server = "https://social.example",
						 .search = "acme kettle",
						 .token = "tok"};
static const struct source_spec mentions_source = {.key = "m",
						   .platform = "mastodon",
						   .brand = "Acme",
						   .server = "https://social.example",
						   .mentions = 1,
						   .token = "tok"};

struct fixture {
	const struct platform *platform;
	struct arena *arena;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->platform = platform_find("mastodon");
	assert_non_null(f->platform);
	f->arena = arena_new(64u << 20);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	arena_free(&f->arena);
	free(f);
	return 0;
}

/* ---- requests ---- */

static struct http_request request_of(struct fixture *f, const struct source_spec *source, struct errand errand)
{
	struct http_request request;
	struct error error;

	errand.now_s = NOW_S;
	if (f->platform->request(source, &errand, f->arena, &request, &error) != ERR_OK)
		fail_msg("%s", error.text);
	return request;
}

static bool has_header(const struct http_request *request, const char *line)
{
	for (const char *const *h = request->headers; *h; h++) {
		if (strcmp(*h, line) == 0)
			return true;
	}
	return false;
}

static void polls_ask_for_what_the_source_follows(void **state)
{
	struct http_request r = request_of(*state, &tag_source, (struct errand){.kind = ERRAND_POLL});

	assert_string_equal(r.method, "GET");
	assert_string_equal(r.url, "https://social.example/api/v1/timelines/tag/acme?limit=40");
	assert_false(has_header(&r, "Authorization: Bearer tok"));
	assert_false(r.allow_private);
	r = request_of(*state, &search_source, (struct errand){.kind = ERRAND_POLL});
	assert_string_equal(r.url, "https://social.example/api/v2/search?type=statuses&q=acme%20kettle&limit=40");
	assert_true(has_header(&r, "Authorization: Bearer tok"));
	r = request_of(*state, &mentions_source, (struct errand){.kind = ERRAND_POLL});
	assert_string_equal(r.url, "https://social.example/api/v1/notifications?types[]=mention&limit=40");
}

static void without_a_token_search_and_replies_are_not_asked(void **state)
{
	struct fixture *f = *state;
	struct source_spec source = search_source;
	struct errand poll = {.kind = ERRAND_POLL}, reply = {.kind = ERRAND_REPLY, .post_id = "1", .text = "x"};
	struct http_request request;
	struct error error;

	source.token = NULL;
	assert_int_equal(f->platform->request(&source, &poll, f->arena, &request, &error), ERR_FORBIDDEN);
	assert_non_null(strstr(error.text, "token"));
	assert_int_equal(f->platform->request(&tag_source, &reply, f->arena, &request, &error), ERR_FORBIDDEN);
	assert_int_equal(f->platform->request(&tag_source, &(struct errand){.kind = ERRAND_HELLO, .step = 2}, f->arena,
					      &request, &error),
			 ERR_UNSUPPORTED);
}

static void a_private_server_is_allowed_when_the_source_names_it(void **state)
{
	struct source_spec source = tag_source;
	struct http_request r;

	source.server = "http://127.0.0.1:8403";
	r = request_of(*state, &source, (struct errand){.kind = ERRAND_POLL});
	assert_true(r.allow_private);
	assert_string_equal(r.url, "http://127.0.0.1:8403/api/v1/timelines/tag/acme?limit=40");
}

static struct errand reply_errand(void)
{
	return (struct errand){.kind = ERRAND_REPLY,
			       .post_id = POST_ID,
			       .author_handle = "Ada@far.example",
			       .text = REPLY,
			       .lang = "en",
			       .idempotency_key = "k123"};
}

static void a_reply_is_a_form_with_its_key(void **state)
{
	struct http_request r = request_of(*state, &mentions_source, reply_errand());

	assert_string_equal(r.method, "POST");
	assert_string_equal(r.url, "https://social.example/api/v1/statuses");
	assert_true(has_header(&r, "Idempotency-Key: k123"));
	assert_true(has_header(&r, "Authorization: Bearer tok"));
	assert_true(has_header(&r, "Content-Type: application/x-www-form-urlencoded"));
	assert_string_equal(
		r.body, "status=%40Ada%40far.example%20We%20are%20sorry%20about%20the%20lid%20%26%20will%20call%20you"
			"%20today.%0A%0AMaya%20at%20Acme%2C%20https%3A%2F%2Facme.example%2Fhelp%2Flids-and-kettles"
			"&in_reply_to_id=118000000000000045&visibility=public&language=en");
	assert_int_equal(r.body_len, strlen(r.body));
}

static void a_reply_that_names_nobody_or_goes_elsewhere_is_refused(void **state)
{
	struct fixture *f = *state;
	struct errand errand = reply_errand();
	struct http_request request;
	struct error error;

	errand.text = "We are sorry";
	assert_int_equal(f->platform->request(&mentions_source, &errand, f->arena, &request, &error), ERR_INVALID);
	assert_non_null(strstr(error.text, "@Ada@far.example"));
	errand.text = "@ada We are sorry"; /* somebody else: a user of our own server */
	assert_int_equal(f->platform->request(&mentions_source, &errand, f->arena, &request, &error), ERR_INVALID);
	errand.author_handle = "ada@social.example";
	assert_int_equal(f->platform->request(&mentions_source, &errand, f->arena, &request, &error), ERR_OK);
	errand.post_id = "other.example/1";
	assert_int_equal(f->platform->request(&mentions_source, &errand, f->arena, &request, &error), ERR_INVALID);
	assert_non_null(strstr(error.text, "another server"));
}

/* ---- answers against golden files ---- */

struct golden {
	const char *name, *body; /* body: fixture's file */
	long status;
	const struct source_spec *source;
	enum errand_kind kind;
	int step;
	struct http_header headers[4];
};

static const struct golden goldens[] = {
	{"tag_page",
	 "tag_page.json",
	 200,
	 &tag_source,
	 ERRAND_POLL,
	 0,
	 {{"link",
	   "<https://social.example/api/v1/timelines/tag/acme?max_id=118000000000000039>; rel=\"next\", "
	   "<https://social.example/api/v1/timelines/tag/acme?limit=40&min_id=118000000000000045>; rel=\"prev\""}}},
	{"tag_page_spent",
	 "tag_page.json",
	 200,
	 &tag_source,
	 ERRAND_POLL,
	 0,
	 {{"x-ratelimit-remaining", "0"},
	  {"x-ratelimit-limit", "300"},
	  {"x-ratelimit-reset", "2026-11-21T20:05:00.070144Z"}}},
	{"tag_empty", "tag_empty.json", 200, &tag_source, ERRAND_POLL, 0, {{0}}},
	{"search_page", "search_page.json", 200, &search_source, ERRAND_POLL, 0, {{0}}},
	{"mentions_page", "mentions_page.json", 200, &mentions_source, ERRAND_POLL, 0, {{0}}},
	{"pleroma_page", "pleroma_page.json", 200, &tag_source, ERRAND_POLL, 0, {{0}}},
	{"odd_page", "odd_page.json", 200, &tag_source, ERRAND_POLL, 0, {{0}}},
	{"poll_not_a_list", "error_404.json", 200, &tag_source, ERRAND_POLL, 0, {{0}}},
	{"poll_not_json", "not_json.html", 200, &tag_source, ERRAND_POLL, 0, {{0}}},
	{"poll_401", "error_404.json", 401, &tag_source, ERRAND_POLL, 0, {{0}}},
	{"poll_404", "error_404.json", 404, &tag_source, ERRAND_POLL, 0, {{0}}},
	{"poll_429_reset",
	 "error_404.json",
	 429,
	 &tag_source,
	 ERRAND_POLL,
	 0,
	 {{"x-ratelimit-reset", "2026-11-21T20:04:00.070144Z"}, {"date", "Sat, 21 Nov 2026 20:00:10 GMT"}}},
	{"poll_429_after", "error_404.json", 429, &tag_source, ERRAND_POLL, 0, {{"retry-after", "30"}}},
	{"poll_429_date",
	 "error_404.json",
	 429,
	 &tag_source,
	 ERRAND_POLL,
	 0,
	 {{"retry-after", "Sat, 21 Nov 2026 20:02:00 GMT"}}},
	{"poll_429_bare", "error_404.json", 429, &tag_source, ERRAND_POLL, 0, {{0}}},
	{"poll_429_absurd", "error_404.json", 429, &tag_source, ERRAND_POLL, 0, {{"retry-after", "99999999999999"}}},
	{"poll_500", "not_json.html", 500, &tag_source, ERRAND_POLL, 0, {{0}}},
	{"poll_503_after", "not_json.html", 503, &tag_source, ERRAND_POLL, 0, {{"retry-after", "120"}}},
	{"poll_301", "tag_empty.json", 301, &tag_source, ERRAND_POLL, 0, {{0}}},
	{"hello_v2", "instance_v2.json", 200, &tag_source, ERRAND_HELLO, 0, {{0}}},
	{"hello_v2_token", "instance_v2.json", 200, &mentions_source, ERRAND_HELLO, 0, {{0}}},
	{"hello_v2_none", "error_404.json", 404, &mentions_source, ERRAND_HELLO, 0, {{0}}},
	{"hello_v1_pleroma", "instance_v1_pleroma.json", 200, &mentions_source, ERRAND_HELLO, 1, {{0}}},
	{"hello_v1_bare", "instance_bare.json", 200, &tag_source, ERRAND_HELLO, 1, {{0}}},
	{"hello_account", "credentials.json", 200, &mentions_source, ERRAND_HELLO, 2, {{0}}},
	{"hello_account_401", "error_404.json", 401, &mentions_source, ERRAND_HELLO, 2, {{0}}},
	{"recheck", "status.json", 200, &tag_source, ERRAND_RECHECK, 0, {{0}}},
	{"recheck_private", "status_private.json", 200, &tag_source, ERRAND_RECHECK, 0, {{0}}},
	{"recheck_404", "error_404.json", 404, &tag_source, ERRAND_RECHECK, 0, {{0}}},
	{"recheck_odd", "tag_empty.json", 200, &tag_source, ERRAND_RECHECK, 0, {{0}}},
	{"reply", "reply.json", 200, &mentions_source, ERRAND_REPLY, 0, {{0}}},
	{"reply_cut", "not_json.html", 200, &mentions_source, ERRAND_REPLY, 0, {{0}}},
	{"reply_no_id", "error_404.json", 200, &mentions_source, ERRAND_REPLY, 0, {{0}}},
	{"reply_401", "error_404.json", 401, &mentions_source, ERRAND_REPLY, 0, {{0}}},
	{"reply_403", "error_404.json", 403, &mentions_source, ERRAND_REPLY, 0, {{0}}},
	{"reply_404", "error_404.json", 404, &mentions_source, ERRAND_REPLY, 0, {{0}}},
	{"reply_422", "error_422.json", 422, &mentions_source, ERRAND_REPLY, 0, {{0}}},
	{"reply_429", "error_404.json", 429, &mentions_source, ERRAND_REPLY, 0, {{"retry-after", "30"}}},
	{"reply_500", "not_json.html", 500, &mentions_source, ERRAND_REPLY, 0, {{0}}},
	{"reply_503_after", "not_json.html", 503, &mentions_source, ERRAND_REPLY, 0, {{"retry-after", "30"}}},
	{"reply_302", "tag_empty.json", 302, &mentions_source, ERRAND_REPLY, 0, {{0}}},
	{"readback_found", "context_with_reply.json", 200, &mentions_source, ERRAND_READBACK, 0, {{0}}},
	{"readback_not_in_thread", "context_without_reply.json", 200, &mentions_source, ERRAND_READBACK, 0, {{0}}},
	{"readback_thread_gone", "error_404.json", 404, &mentions_source, ERRAND_READBACK, 0, {{0}}},
	{"readback_thread_500", "not_json.html", 500, &mentions_source, ERRAND_READBACK, 0, {{0}}},
	{"readback_account", "account_statuses.json", 200, &mentions_source, ERRAND_READBACK, 1, {{0}}},
	{"readback_account_none", "account_statuses_none.json", 200, &mentions_source, ERRAND_READBACK, 1, {{0}}},
	{"readback_account_404", "error_404.json", 404, &mentions_source, ERRAND_READBACK, 1, {{0}}},
	{"readback_account_odd", "error_404.json", 200, &mentions_source, ERRAND_READBACK, 1, {{0}}},
};

static const char *outcome_name(enum outcome outcome)
{
	static const char *const names[] = {"ok", "nothing", "wait", "auth", "refused", "temporary", "unknown"};

	return names[outcome];
}

static void print_answer(const struct answer *a, struct buf *out)
{
	buf_printf(out, "outcome %s\n", outcome_name(a->outcome));
	if (a->why)
		buf_printf(out, "why %s\n", a->why);
	if (a->by_hand)
		buf_str(out, "by hand\n");
	if (a->more)
		buf_printf(out, "more %d\n", a->more);
	if (a->retry_s)
		buf_printf(out, "retry in %lld s\n", (long long)(a->retry_s - NOW_S));
	if (a->cursor)
		buf_printf(out, "cursor %s\n", a->cursor);
	if (a->length.limit)
		buf_printf(out, "length unit %d limit %zu url %zu local %d\n", a->length.unit, a->length.limit,
			   a->length.url_cost, a->length.mention_local);
	if (a->account_id || a->account_ref)
		buf_printf(out, "account %s ref %s handle %s\n", a->account_id, a->account_ref, a->account_handle);
	if (a->reply_id)
		buf_printf(out, "reply %s %s\n", a->reply_id, a->reply_url ? a->reply_url : "-");
	for (size_t i = 0; i < a->post_count; i++) {
		struct json_object *object = post_to_json(&a->posts[i]);

		buf_printf(out, "%s\n",
			   json_object_to_json_string_ext(object,
							  JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
		json_object_put(object);
	}
}

static struct errand golden_errand(const struct golden *g)
{
	struct errand errand = reply_errand();

	errand.kind = g->kind;
	errand.step = g->step;
	errand.now_s = NOW_S;
	errand.account_id = "acme@social.example";
	errand.account_ref = "77";
	return errand;
}

static void run_golden(struct fixture *f, const struct golden *g, struct buf *out)
{
	struct errand errand = golden_errand(g);
	struct http_response response = {.status = g->status, .headers = g->headers};
	struct answer answer;
	struct error error;
	struct buf body;
	char path[300];

	buf_init(&body, 1 << 20);
	snprintf(path, sizeof(path), "tests/fixtures/mastodon/%s", g->body);
	if (file_read(path, &body, &error) != ERR_OK)
		fail_msg("%s", error.text);
	response.body = buf_text(&body);
	response.body_len = body.len;
	while (response.header_count < 4 && g->headers[response.header_count].name)
		response.header_count++;
	if (f->platform->parse(g->source, &errand, &response, f->arena, &answer, &error) != ERR_OK)
		fail_msg("%s: %s", g->name, error.text);
	print_answer(&answer, out);
	buf_done(&body);
}

static void answers_are_read_as_the_golden_files_say(void **state)
{
	bool writing = getenv("GOLDEN_WRITE") != NULL;
	int wrong = 0;

	for (size_t i = 0; i < ARRAY_LEN(goldens); i++) {
		struct buf got, want;
		struct error error;
		char path[300];

		buf_init(&got, 1 << 20);
		buf_init(&want, 1 << 20);
		run_golden(*state, &goldens[i], &got);
		snprintf(path, sizeof(path), "tests/golden/mastodon/%s.want", goldens[i].name);
		if (writing)
			assert_int_equal(file_write(path, buf_text(&got), got.len, 0644, NULL), ERR_OK);
		if (file_read(path, &want, &error) != ERR_OK)
			fail_msg("%s", error.text);
		if (strcmp(buf_text(&got), buf_text(&want)) != 0) {
			print_error("%s: got\n%s\nwant\n%s\n", path, buf_text(&got), buf_text(&want));
			wrong++;
		}
		buf_done(&got);
		buf_done(&want);
	}
	assert_int_equal(wrong, 0);
}

static void a_page_with_bad_utf8_is_cleaned_not_lost(void **state)
{
	struct fixture *f = *state;
	const char body[] =
		"[{\"id\":\"1\",\"content\":\"<p>caf\xe9 is closed</p>\",\"account\":{\"acct\":\"a\xff@b.example\"}}]";
	struct http_response response = {.status = 200, .body = body, .body_len = sizeof(body) - 1};
	struct errand errand = {.kind = ERRAND_POLL, .now_s = NOW_S};
	struct answer answer;

	assert_int_equal(f->platform->parse(&tag_source, &errand, &response, f->arena, &answer, NULL), ERR_OK);
	assert_int_equal(answer.outcome, OUTCOME_OK);
	assert_int_equal(answer.post_count, 1);
	assert_string_equal(answer.posts[0].text, "caf\xef\xbf\xbd is closed");
	assert_true(utf8_valid(answer.posts[0].author.handle, strlen(answer.posts[0].author.handle)));
}

static void a_very_long_post_is_cut_at_a_character(void **state)
{
	struct fixture *f = *state;
	struct http_response response = {.status = 200};
	struct errand errand = {.kind = ERRAND_POLL, .now_s = NOW_S};
	struct answer answer;
	struct buf body;

	buf_init(&body, 1 << 20);
	buf_str(&body, "[{\"id\":\"1\",\"account\":{\"acct\":\"a\"},\"content\":\"x");
	for (int i = 0; i < 50000; i++)
		buf_str(&body, "\xc3\xa9");
	buf_str(&body, "\"}]");
	response.body = buf_text(&body);
	response.body_len = body.len;
	assert_int_equal(f->platform->parse(&tag_source, &errand, &response, f->arena, &answer, NULL), ERR_OK);
	assert_int_equal(strlen(answer.posts[0].text), POST_TEXT_MAX - 1);
	assert_true(utf8_valid(answer.posts[0].text, strlen(answer.posts[0].text)));
	buf_done(&body);
}

/* ---- paging: a server in memory ---- */

enum flavour { HONOURS, HONOURS_WITH_LINK, INCLUSIVE, IGNORES_MIN, IGNORES_BOTH, FLAVOURS };
static const char *const flavour_names[] = {"honours", "honours, with Link", "inclusive", "ignores min_id",
					    "ignores both"};

#define POSTS_MAX 4000
struct server {
	enum flavour flavour;
	bool flakes;
	int count, page; /* posts 0..count-1 exist; page: the most it gives */
	bool gone[POSTS_MAX];
	int seen[POSTS_MAX];
	int requests;
};

static void id_of(const struct server *s, int n, char out[32])
{
	/* numbers of different lengths, and texts that do not sort by value: nobody may compare them */
	if (s->flakes)
		snprintf(out, 32, "Ak%cz%d-", 'Z' - n % 26, n);
	else
		snprintf(out, 32, "%d", 7 + n * 13);
}

/* Number of the post an URL parameter names; otherwise when absent. */
static int param(const struct server *s, const char *url, const char *name, int otherwise)
{
	const char *at = strstr(url, name);
	char id[32], want[32];

	if (!at)
		return otherwise;
	snprintf(want, sizeof(want), "%.*s", (int)strcspn(at + strlen(name), "&"), at + strlen(name));
	for (int n = 0; n < s->count; n++) {
		id_of(s, n, id);
		if (strcmp(id, want) == 0)
			return n;
	}
	fail_msg("%s: unknown id", url);
	return 0;
}

/* The page for an URL, newest first. */
static void serve_page(struct server *s, const char *url, struct buf *body, char link[200])
{
	int min = param(s, url, "min_id=", -1), max = param(s, url, "max_id=", s->count), chosen[100], n = 0;
	char id[32];

	s->requests++;
	if (s->flavour >= IGNORES_MIN)
		min = -1;
	if (s->flavour == IGNORES_BOTH)
		max = s->count;
	if (s->flavour == INCLUSIVE && min >= 0)
		min--;
	if (min >= 0 || (s->flavour == INCLUSIVE && strstr(url, "min_id="))) {
		for (int i = min + 1; i < max && n < s->page; i++) {
			if (!s->gone[i])
				chosen[n++] = i;
		}
		for (int i = 0; i < n / 2; i++) {
			int t = chosen[i];

			chosen[i] = chosen[n - 1 - i];
			chosen[n - 1 - i] = t;
		}
	} else {
		for (int i = max - 1; i >= 0 && n < s->page; i--) {
			if (!s->gone[i])
				chosen[n++] = i;
		}
	}
	buf_str(body, "[");
	for (int i = 0; i < n; i++) {
		id_of(s, chosen[i], id);
		buf_printf(body, "%s{\"id\":\"%s\",\"content\":\"%d\",\"account\":{\"acct\":\"a\"}}", i ? "," : "", id,
			   chosen[i]);
	}
	buf_str(body, "]");
	link[0] = '\0';
	if (s->flavour == HONOURS_WITH_LINK && n > 0) {
		id_of(s, chosen[0], id);
		snprintf(link, 200, "<https://social.example/x?min_id=%s>; rel=\"prev\"", id);
	}
}

/* One poll with all that follows at once; the cursor goes on in *cursor (malloc'ed). */
static void poll_all(struct server *s, const struct source_spec *source, char **cursor, int64_t now_s)
{
	const struct platform *platform = platform_find("mastodon");

	for (int turn = 0;; turn++) {
		struct arena *arena = arena_new(8u << 20);
		struct errand errand = {.kind = ERRAND_POLL, .cursor = *cursor, .now_s = now_s};
		struct http_header header = {"link", NULL};
		struct http_response response = {.status = 200, .headers = &header};
		struct http_request request;
		struct answer answer;
		char link[200];
		struct buf body;
		int more;

		assert_true(turn < 200); /* it must come to an end */
		buf_init(&body, 1 << 20);
		assert_int_equal(platform->request(source, &errand, arena, &request, NULL), ERR_OK);
		serve_page(s, request.url, &body, link);
		if (source->search) {
			struct buf list = body;

			buf_init(&body, 1 << 20);
			buf_printf(&body, "{\"statuses\":%s}", buf_text(&list));
			buf_done(&list);
		}
		header.value = link;
		response.header_count = link[0] ? 1 : 0;
		response.body = buf_text(&body);
		response.body_len = body.len;
		assert_int_equal(platform->parse(source, &errand, &response, arena, &answer, NULL), ERR_OK);
		assert_int_equal(answer.outcome, OUTCOME_OK);
		for (size_t i = 0; i < answer.post_count; i++) {
			s->seen[atoi(answer.posts[i].text)]++;
			if (i > 0) /* oldest first */
				assert_true(atoi(answer.posts[i - 1].text) < atoi(answer.posts[i].text));
		}
		if (answer.cursor) {
			assert_true(strlen(answer.cursor) < 1000);
			free(*cursor);
			*cursor = strdup(answer.cursor);
		}
		more = answer.more;
		buf_done(&body);
		arena_free(&arena);
		if (!more)
			return;
	}
}

static unsigned next_random(unsigned *seed)
{
	*seed = *seed * 1103515245u + 12345u;
	return *seed >> 16;
}

/* Bursts of every size between polls, some posts deleted again; nothing that stayed may be missed. */
static void paging_case(enum flavour flavour, bool flakes, const struct source_spec *source, unsigned seed)
{
	struct server *s = calloc(1, sizeof(*s));
	static const int bursts[] = {0, 1, 2, 3, 19, 20, 21, 39, 40, 41, 100, 333};
	char *cursor = NULL;
	int start = 30 + (int)(next_random(&seed) % 30), from;

	s->flavour = flavour;
	s->flakes = flakes;
	s->page = seed % 2 ? 20 : 40;
	s->count = start;
	poll_all(s, source, &cursor, NOW_S - 60);
	for (int round = 0; round < 14; round++) {
		int grown = s->count + bursts[next_random(&seed) % ARRAY_LEN(bursts)];

		/* a server that ignores everything shows its newest page alone: more than that between two polls is
		 * lost */
		if (flavour == IGNORES_BOTH && grown - s->count > s->page)
			grown = s->count + s->page - 4;
		if (grown >= POSTS_MAX)
			break;
		s->count = grown;
		for (int i = 0; i < 2; i++) { /* often among the newest, which the cursor remembers */
			int n = s->count - 1 - (int)(next_random(&seed) % 6);

			if (n > start)
				s->gone[n] = true;
		}
		poll_all(s, source, &cursor, NOW_S + round * 60);
	}
	from = start - (s->page < start ? s->page : start); /* the first page is where we begin */
	for (int i = from; i < s->count; i++) {
		if (!s->gone[i] && !s->seen[i])
			fail_msg("%s%s%s, seed %u: post %d of %d was missed", flavour_names[flavour],
				 flakes ? ", flakes" : "", source->search ? ", search" : "", seed, i, s->count);
	}
	free(cursor);
	free(s);
}

static void nothing_is_missed_whatever_a_server_does_with_min_id(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= 40; seed++) {
		for (int flavour = 0; flavour < FLAVOURS; flavour++) {
			paging_case((enum flavour)flavour, seed % 3 == 0, &tag_source, seed * 7919);
		}
	}
}

static void what_comes_after_a_silent_start_is_taken_whole(void **state)
{
	(void)state;
	for (int flavour = 0; flavour < FLAVOURS; flavour++) {
		for (int search = 0; search < 2; search++) {
			struct server *s = calloc(1, sizeof(*s));
			const struct source_spec *source = search ? &search_source : &tag_source;
			char *cursor = NULL;

			s->flavour = (enum flavour)flavour;
			s->page = 20;
			poll_all(s, source, &cursor, NOW_S);
			poll_all(s, source, &cursor, NOW_S + 60);
			s->count = flavour == IGNORES_BOTH ? 20 : 95;
			poll_all(s, source, &cursor, NOW_S + 120);
			s->count += 15;
			poll_all(s, source, &cursor, NOW_S + 180);
			for (int i = 0; i < s->count; i++) {
				if (!s->seen[i])
					fail_msg("%s%s: post %d was missed", flavour_names[flavour],
						 search ? ", search" : "", i);
			}
			free(cursor);
			free(s);
		}
	}
}

static void a_search_walks_back_to_what_it_knows(void **state)
{
	struct server *s = calloc(1, sizeof(*s));
	char *cursor = NULL;

	(void)state;
	s->flavour = IGNORES_MIN;
	s->page = 40;
	s->count = 100;
	poll_all(s, &search_source, &cursor, NOW_S);
	assert_int_equal(s->requests, 1);
	s->count = 250;
	poll_all(s, &search_source, &cursor, NOW_S + 60);
	for (int i = 60; i < 250; i++)
		assert_true(s->seen[i]);
	s->requests = 0;
	poll_all(s, &search_source, &cursor, NOW_S + 120); /* nothing new: one request */
	assert_int_equal(s->requests, 1);
	free(cursor);
	free(s);
}

static void quiet_polls_are_one_request_and_late_posts_are_found(void **state)
{
	struct server *s = calloc(1, sizeof(*s));
	char *cursor = NULL;

	(void)state;
	s->flavour = HONOURS;
	s->page = 40;
	s->count = 60;
	s->gone[55] = true; /* not there yet: it arrives late, with an id from before */
	poll_all(s, &tag_source, &cursor, NOW_S);
	s->count = 70;
	poll_all(s, &tag_source, &cursor, NOW_S + 60);
	s->requests = 0;
	poll_all(s, &tag_source, &cursor, NOW_S + 120);
	assert_int_equal(s->requests, 1);
	s->gone[55] = false;
	poll_all(s, &tag_source, &cursor, NOW_S + 180);
	assert_int_equal(s->seen[55], 0);
	poll_all(s, &tag_source, &cursor, NOW_S + 600);
	assert_int_equal(s->seen[55], 1);
	free(cursor);
	free(s);
}

static void a_broken_cursor_means_starting_afresh(void **state)
{
	static const char *const broken[] = {
		"",
		"nonsense",
		"{}",
		"[]",
		"{\"v\":2,\"mode\":\"forward\",\"known\":{\"ids\":[\"1\"],\"min\":\"1\"}}",
		"{\"v\":1,\"mode\":\"forward\",\"known\":{\"ids\":[],\"min\":\"1\"}}",
		"{\"v\":1,\"mode\":\"walk\",\"known\":{\"ids\":[\"1\"],\"min\":\"1\"}}",
		"{\"v\":1,\"mode\":\"sideways\",\"known\":{\"ids\":[\"1\"],\"min\":\"1\"}}",
	};

	for (size_t i = 0; i < ARRAY_LEN(broken); i++) {
		struct http_request r =
			request_of(*state, &tag_source, (struct errand){.kind = ERRAND_POLL, .cursor = broken[i]});

		assert_string_equal(r.url, "https://social.example/api/v1/timelines/tag/acme?limit=40");
	}
}

/* ---- configuration ---- */

static void sources_are_checked(void **state)
{
	struct fixture *f = *state;
	static const struct {
		struct source_spec source;
		const char *error; /* NULL: fine */
	} cases[] = {
		{{.server = "https://mastodon.social", .hashtag = "acme"}, NULL},
		{{.server = "https://mastodon.social:8443", .search = "acme"}, NULL},
		{{.server = "http://127.0.0.1:3000", .mentions = 1}, NULL},
		{{.server = "https://mastodon.social"}, "one of hashtag, search, mentions"},
		{{.server = "https://mastodon.social", .hashtag = "a", .search = "b"}, "one of hashtag"},
		{{.server = "https://mastodon.social", .file = "a"}, "one of hashtag"},
		{{.hashtag = "a"}, "needs a server"},
		{{.server = "mastodon.social", .hashtag = "a"}, "not a base address"},
		{{.server = "https://mastodon.social/", .hashtag = "a"}, "not a base address"},
		{{.server = "https://user@mastodon.social", .hashtag = "a"}, "not a base address"},
		{{.server = "ftp://mastodon.social", .hashtag = "a"}, "not a base address"},
		{{.server = "http://mastodon.social", .hashtag = "a"}, "write https://"},
		{{.server = "https://mastodon.social", .hashtag = "#"}, "not one word"},
		{{.server = "https://mastodon.social", .hashtag = "two words"}, "not one word"},
		{{.server = "https://mastodon.social", .search = ""}, "empty"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct error error = {0};
		enum err code = f->platform->check(&cases[i].source, &error);

		if ((code == ERR_OK) != !cases[i].error || (cases[i].error && !strstr(error.text, cases[i].error)))
			fail_msg("case %zu: %s", i, error.text);
	}
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(polls_ask_for_what_the_source_follows),
		T(without_a_token_search_and_replies_are_not_asked),
		T(a_private_server_is_allowed_when_the_source_names_it),
		T(a_reply_is_a_form_with_its_key),
		T(a_reply_that_names_nobody_or_goes_elsewhere_is_refused),
		T(answers_are_read_as_the_golden_files_say),
		T(a_page_with_bad_utf8_is_cleaned_not_lost),
		T(a_very_long_post_is_cut_at_a_character),
		T(nothing_is_missed_whatever_a_server_does_with_min_id),
		T(what_comes_after_a_silent_start_is_taken_whole),
		T(a_search_walks_back_to_what_it_knows),
		T(quiet_polls_are_one_request_and_late_posts_are_found),
		T(a_broken_cursor_means_starting_afresh),
		T(sources_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
