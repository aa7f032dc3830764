/*
 * test_fetch.c - the watching half end to end: a scripted server on loopback, real HTTP, real store and intake, a clock
 * that the test turns. Polling, trouble, restart, edits, deletions; replies delivered once, whatever happens.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "clock.h"
#include "fetch.h"
#include "log.h"
#include "loopback.h"
#include "outbox.h"
#include "program.h"
#include "queue.h"
#include "watcher/fetch_private.h"

#define START_S 1795291200 /* 2026-11-21T20:00:00Z */
#define TICK_MS 250        /* what the fake clock gains in a step */
#define COMPLAINT "My parcel never arrived, I want a refund and nobody answers my emails #acme"

/* ---- a Mastodon in a few lines ---- */

struct status {
	char text[300];
	bool gone, own;
	int parent;
	int64_t edited_s;
};

struct peer {
	struct loopback *server;
	pthread_mutex_t lock;
	struct status posts[200]; /* id: index + 1000 */
	int count;
	/* trouble, each for so many more requests of that kind */
	int fail_polls;
	enum { FAIL_500, FAIL_429, FAIL_401, FAIL_CUT, FAIL_HTML, FAIL_BIG, FAIL_SILENT } how;
	enum {
		REPLY_FINE,
		REPLY_STORE_THEN_500,
		REPLY_500,
		REPLY_SILENT,
		REPLY_STORE_THEN_SILENT,
		REPLY_401,
		REPLY_422,
		REPLY_429
	} reply_how;
	int reply_trouble;
	char keys[10][64];
	int key_count;
};

static void peer_status(struct peer *peer, int n, char *out, size_t size)
{
	const struct status *s = &peer->posts[n];
	char edited[CLOCK_TEXT_SIZE + 2] = "null", parent[40] = "null";

	if (s->edited_s) {
		edited[0] = '"';
		clock_format(s->edited_s, edited + 1);
		strcat(edited, "\"");
	}
	if (s->parent)
		snprintf(parent, sizeof(parent), "\"%d\"", s->parent);
	snprintf(
		out, size,
		"{\"id\":\"%d\",\"content\":\"<p>%s</p>\",\"visibility\":\"public\",\"language\":\"en\",\"created_at\":"
		"\"2026-11-21T19:%02d:00Z\",\"edited_at\":%s,\"in_reply_to_id\":%s,\"url\":\"https://social.example/@x/"
		"%d\","
		"\"account\":{\"id\":\"%d\",\"acct\":\"%s\",\"followers_count\":5}}",
		n + 1000, s->text, n % 60, edited, parent, n + 1000, s->own ? 77 : 500 + n,
		s->own ? "acme" : "ada@far.example");
}

static void peer_list(struct peer *peer, int fd, const char *headers, bool (*wanted)(const struct status *, int),
		      int arg, int min, const char *before, const char *after)
{
	char *body = calloc(1, 200000), one[1000];
	int chosen[40], n = 0;

	for (int i = min + 1; min >= 0 && i < peer->count && n < 40; i++) {
		if (!peer->posts[i].gone && wanted(&peer->posts[i], arg))
			chosen[n++] = i;
	}
	for (int i = 0; i < n / 2; i++) {
		int t = chosen[i];

		chosen[i] = chosen[n - 1 - i];
		chosen[n - 1 - i] = t;
	}
	for (int i = peer->count - 1; min < 0 && i >= 0 && n < 40; i--) {
		if (!peer->posts[i].gone && wanted(&peer->posts[i], arg))
			chosen[n++] = i;
	}
	strcpy(body, before);
	for (int i = 0; i < n; i++) {
		peer_status(peer, chosen[i], one, sizeof(one));
		strcat(body, i ? "," : "");
		strcat(body, one);
	}
	strcat(body, after);
	loopback_answer(fd, 200, headers, body);
	free(body);
}

static bool is_tagged(const struct status *s, int arg)
{
	(void)arg;
	return !s->own;
}
static bool is_answer_to(const struct status *s, int id)
{
	return s->parent == id;
}
static bool is_own(const struct status *s, int arg)
{
	(void)arg;
	return s->own;
}

static void peer_trouble(struct peer *peer, int fd)
{
	char reset[100] = "X-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: ", when[CLOCK_TEXT_SIZE];
	char big[] = "HTTP/1.1 200 OK\r\nContent-Length: 52428800\r\n\r\n[";
	char cut[] = "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n[{\"id\":\"1";

	clock_format(clock_now_s() + 120, when);
	strcat(strcat(reset, when), "\r\n");
	if (peer->how == FAIL_500)
		loopback_answer(fd, 500, "", "oops");
	else if (peer->how == FAIL_429)
		loopback_answer(fd, 429, reset, "{\"error\":\"Throttled\"}");
	else if (peer->how == FAIL_401)
		loopback_answer(fd, 401, "", "{\"error\":\"This method requires an authenticated user\"}");
	else if (peer->how == FAIL_CUT)
		(void)loopback_send(fd, cut, strlen(cut));
	else if (peer->how == FAIL_HTML)
		loopback_answer(fd, 200, "", "<html>maintenance</html>");
	else if (peer->how == FAIL_BIG)
		(void)loopback_send(fd, big, strlen(big));
}

/* Decodes the status field of the form. */
static void peer_take(struct peer *peer, const struct loopback_request *request)
{
	struct status *s = &peer->posts[peer->count++];
	const char *p = strstr(request->body, "status=") + 7;
	const char *parent = strstr(request->body, "in_reply_to_id=");
	char *out = s->text;
	unsigned byte;

	for (; *p && *p != '&' && out < s->text + sizeof(s->text) - 10; p++) {
		if (*p == '%' && sscanf(p + 1, "%2x", &byte) == 1) {
			*out++ = byte == '\n' ? ' ' : (char)byte;
			p += 2;
		} else {
			*out++ = *p;
		}
	}
	s->own = true;
	s->parent = parent ? atoi(parent + 15) : 0;
}

static void peer_reply(struct peer *peer, int fd, const struct loopback_request *request)
{
	char one[1000], key[64];
	int how = peer->reply_trouble > 0 ? (int)peer->reply_how : REPLY_FINE;

	peer->reply_trouble--;
	loopback_header(request, "Idempotency-Key", key, sizeof(key));
	if (peer->key_count < 10)
		strcpy(peer->keys[peer->key_count++], key);
	if (how == REPLY_FINE || how == REPLY_STORE_THEN_500 || how == REPLY_STORE_THEN_SILENT)
		peer_take(peer, request);
	if (how == REPLY_FINE) {
		peer_status(peer, peer->count - 1, one, sizeof(one));
		loopback_answer(fd, 200, "", one);
	} else if (how == REPLY_500 || how == REPLY_STORE_THEN_500) {
		loopback_answer(fd, 500, "", "oops");
	} else if (how == REPLY_401) {
		loopback_answer(fd, 401, "", "{\"error\":\"The access token is invalid\"}");
	} else if (how == REPLY_422) {
		loopback_answer(fd, 422, "", "{\"error\":\"Text ist zu lang\"}");
	} else if (how == REPLY_429) {
		loopback_answer(fd, 429, "Retry-After: 30\r\n", "{}");
	}
}

static void peer_one(struct peer *peer, int fd, const char *path)
{
	int id = atoi(path + strlen("/api/v1/statuses/")), n = id - 1000;
	char one[1000];

	if (n < 0 || n >= peer->count || peer->posts[n].gone) {
		loopback_answer(fd, 404, "", "{\"error\":\"Record not found\"}");
	} else if (strstr(path, "/context")) {
		peer_list(peer, fd, "", is_answer_to, id, -1, "{\"ancestors\":[],\"descendants\":[", "]}");
	} else {
		peer_status(peer, n, one, sizeof(one));
		loopback_answer(fd, 200, "", one);
	}
}

static void peer_serve(struct loopback *server, int fd, const struct loopback_request *request)
{
	struct peer *peer = server->ctx;
	const char *path = request->path, *min = strstr(path, "min_id=");

	pthread_mutex_lock(&peer->lock);
	if (strncmp(path, "/api/v1/timelines/tag/", 22) == 0 && peer->fail_polls > 0) {
		peer->fail_polls--;
		peer_trouble(peer, fd);
	} else if (strncmp(path, "/api/v1/timelines/tag/", 22) == 0) {
		peer_list(peer, fd, "", is_tagged, 0, min ? atoi(min + 7) - 1000 : -1, "[", "]");
	} else if (strcmp(path, "/api/v1/statuses") == 0 && strcmp(request->method, "POST") == 0) {
		peer_reply(peer, fd, request);
	} else if (strncmp(path, "/api/v1/statuses/", 17) == 0) {
		peer_one(peer, fd, path);
	} else if (strncmp(path, "/api/v1/accounts/77/statuses", 28) == 0) {
		peer_list(peer, fd, "", is_own, 0, -1, "[", "]");
	} else if (strcmp(path, "/api/v1/accounts/verify_credentials") == 0) {
		loopback_answer(fd, 200, "", "{\"id\":\"77\",\"acct\":\"acme\"}");
	} else if (strcmp(path, "/api/v2/instance") == 0) {
		loopback_answer(fd, 200, "", "{\"configuration\":{\"statuses\":{\"max_characters\":400}}}");
	} else {
		loopback_answer(fd, 404, "", "{}");
	}
	pthread_mutex_unlock(&peer->lock);
}

static struct peer *peer_new(void)
{
	struct peer *peer = calloc(1, sizeof(*peer));

	pthread_mutex_init(&peer->lock, NULL);
	peer->server = loopback_start(peer_serve, peer);
	return peer;
}

static void peer_free(struct peer *peer)
{
	loopback_stop(peer->server);
	pthread_mutex_destroy(&peer->lock);
	free(peer);
}

static int peer_post(struct peer *peer, const char *text)
{
	int n;

	pthread_mutex_lock(&peer->lock);
	n = peer->count++;
	snprintf(peer->posts[n].text, sizeof(peer->posts[n].text), "%s", text);
	pthread_mutex_unlock(&peer->lock);
	return n;
}

/* ---- the watching half ---- */

struct fixture {
	char dir[64], path[96];
	struct peer *peer, *other;
	struct arena *arena; /* settings and rows */
	struct settings settings;
	struct source_spec sources[2];
	struct store *store;
	struct intake *intake;
	struct fetch *fetch;
	struct error error;
	int64_t ms; /* of the fake clock, since the start */
};

#define must(call)                                                                                                     \
	do {                                                                                                           \
		if ((call) != ERR_OK)                                                                                  \
			fail_msg("%s: %s", #call, f->error.text);                                                      \
	} while (0)

static void clock_set(struct fixture *f)
{
	clock_fake(START_S + f->ms / 1000, 1000000 + f->ms);
}

static void fetch_start(struct fixture *f)
{
	must(fetch_new(f->intake, f->store, &f->settings, &f->fetch, &f->error));
}

static void restart(struct fixture *f)
{
	fetch_free(&f->fetch);
	fetch_start(f);
}

/* Rules and templates never change: loaded once. */
static struct toolkit toolkit;

static int load_toolkit(void **state)
{
	(void)state;
	return toolkit_load(NULL, &toolkit, NULL) == ERR_OK ? 0 : -1;
}

static int free_toolkit(void **state)
{
	(void)state;
	toolkit_free(&toolkit);
	return 0;
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct intake_options options;

	log_level_set(LOG_ERROR);
	strcpy(f->dir, "/tmp/amends-fetch-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->path, sizeof(f->path), "%s/amends.db", f->dir);
	f->arena = arena_new(64u << 20);
	f->peer = peer_new();
	f->other = peer_new();
	clock_set(f);
	must(settings_plain(f->arena, f->path, "Acme", &f->settings, &f->error));
	f->sources[0] = (struct source_spec){.key = "first",
					     .platform = "mastodon",
					     .brand = "Acme",
					     .hashtag = "acme",
					     .server = f->peer->server->base,
					     .token = "tok",
					     .every_s = 60};
	f->sources[1] = (struct source_spec){.key = "second",
					     .platform = "mastodon",
					     .brand = "Acme",
					     .hashtag = "acme",
					     .server = f->other->server->base,
					     .every_s = 60};
	f->settings.sources = f->sources;
	f->settings.source_count = 1;
	must(store_open(f->path, &f->store, &f->error));
	options = (struct intake_options){.store = f->store,
					  .settings = &f->settings,
					  .rules = toolkit.rules,
					  .scores = &toolkit.scores,
					  .tone_rules = toolkit.tone_rules,
					  .templates = toolkit.templates};
	f->intake = intake_new(&options, &f->error);
	assert_non_null(f->intake);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char command[200];

	fetch_free(&f->fetch);
	intake_free(&f->intake);
	store_close(&f->store);
	peer_free(f->peer);
	peer_free(f->other);
	arena_free(&f->arena);
	clock_fake(-1, -1);
	snprintf(command, sizeof(command), "rm -r %s", f->dir);
	assert_int_equal(system(command), 0);
	free(f);
	return 0;
}

/*
 * One step. The clock moves only while nothing is under way, so that a slow machine is not a slow server; then it
 * jumps. false when there was nothing to wait for.
 */
static bool step(struct fixture *f)
{
	bool busy = http_pending(f->fetch->http) > 0;

	if (!busy) {
		f->ms += TICK_MS;
		clock_set(f);
	}
	must(fetch_step(f->fetch, busy ? 20 : 0, -1, &f->error));
	return busy;
}

static void run_for(struct fixture *f, int64_t seconds)
{
	int64_t end = f->ms + seconds * 1000;

	while (f->ms < end || http_pending(f->fetch->http) > 0)
		(void)step(f);
}

/* Until the question is answered with yes, at most so many seconds of the fake clock. */
static bool run_until(struct fixture *f, bool (*yes)(struct fixture *f, int64_t arg), int64_t arg, int64_t seconds)
{
	int64_t end = f->ms + seconds * 1000, turn = 0;

	while (f->ms < end) {
		if ((step(f) || turn++ % 8 == 0) && yes(f, arg))
			return true;
	}
	return yes(f, arg);
}

static struct source_row row_of(struct fixture *f, const char *key)
{
	struct source_row *rows;
	size_t count;

	must(store_source_list(f->store, f->arena, &rows, &count, &f->error));
	for (size_t i = 0; i < count; i++) {
		if (strcmp(rows[i].key, key) == 0)
			return rows[i];
	}
	fail_msg("no row for source %s", key);
	return (struct source_row){0};
}

static bool has_posts(struct fixture *f, int64_t count)
{
	return row_of(f, "first").posts == count;
}
static bool other_has_posts(struct fixture *f, int64_t count)
{
	return row_of(f, "second").posts == count;
}
static bool polled_times(struct fixture *f, int64_t count)
{
	return (int64_t)loopback_count(f->peer->server, "/api/v1/timelines/") >= count;
}
static bool status_is_ok(struct fixture *f, int64_t arg)
{
	(void)arg;
	return strcmp(row_of(f, "first").status, "ok") == 0;
}
static bool status_is_not_ok(struct fixture *f, int64_t arg)
{
	(void)arg;
	return strcmp(row_of(f, "first").status, "ok") != 0 && strcmp(row_of(f, "first").status, "new") != 0;
}

static void posts_arrive_once_over_polls_and_restarts(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 50; i++)
		peer_post(f->peer, "nice weather #acme");
	fetch_start(f);
	assert_true(run_until(f, has_posts, 40, 10)); /* we begin with the newest page */
	assert_string_equal(row_of(f, "first").status, "ok");
	assert_string_equal(row_of(f, "first").account_id, "acme@127.0.0.1");
	for (int i = 0; i < 95; i++)
		peer_post(f->peer, "still nice weather #acme");
	assert_true(run_until(f, has_posts, 135, 90)); /* three pages forward */
	restart(f);
	peer_post(f->peer, "and rain #acme");
	assert_true(run_until(f, has_posts, 136, 90));
	run_for(f, 130);
	assert_true(has_posts(f, 136));
}

static void a_rate_limit_is_obeyed_to_the_second(void **state)
{
	struct fixture *f = *state;
	size_t before;

	peer_post(f->peer, "hello #acme");
	f->peer->fail_polls = 1;
	f->peer->how = FAIL_429;
	fetch_start(f);
	assert_true(run_until(f, status_is_not_ok, 0, 10));
	assert_string_equal(row_of(f, "first").status, "waiting");
	assert_non_null(strstr(row_of(f, "first").why, "429"));
	before = loopback_count(f->peer->server, "/");
	run_for(f, 110);
	assert_int_equal(loopback_count(f->peer->server, "/"), before); /* not one request of any kind */
	assert_true(run_until(f, has_posts, 1, 20));
	assert_string_equal(row_of(f, "first").status, "ok");
	assert_null(row_of(f, "first").why);
}

static void trouble_is_told_backed_off_and_got_over(void **state)
{
	struct fixture *f = *state;
	static const struct {
		int how;
		const char *status, *why;
	} cases[] = {
		{FAIL_500, "failing", "500"},          {FAIL_CUT, "failing", "127.0.0.1"},
		{FAIL_HTML, "failing", "not JSON"},    {FAIL_BIG, "failing", "larger"},
		{FAIL_SILENT, "failing", "127.0.0.1"}, {FAIL_401, "auth", "401"},
	};

	peer_post(f->peer, "hello #acme");
	fetch_start(f);
	assert_true(run_until(f, has_posts, 1, 10));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		f->peer->how = cases[i].how;
		f->peer->fail_polls = 3;
		assert_true(run_until(f, status_is_not_ok, 0, 400));
		assert_string_equal(row_of(f, "first").status, cases[i].status);
		if (!strstr(row_of(f, "first").why, cases[i].why))
			fail_msg("case %zu: %s", i, row_of(f, "first").why);
		assert_true(row_of(f, "first").failures >= 1);
		peer_post(f->peer, "after trouble #acme");
		assert_true(run_until(f, status_is_ok, 0, 3600));
		assert_true(run_until(f, has_posts, 2 + (int64_t)i, 90));
		assert_int_equal(row_of(f, "first").failures, 0);
	}
}

static void one_failing_source_holds_up_no_other(void **state)
{
	struct fixture *f = *state;

	f->settings.source_count = 2;
	f->peer->fail_polls = 1000;
	f->peer->how = FAIL_500;
	peer_post(f->other, "one #acme");
	fetch_start(f);
	assert_true(run_until(f, other_has_posts, 1, 10));
	peer_post(f->other, "two #acme");
	assert_true(run_until(f, other_has_posts, 2, 61 + 5));
	assert_string_equal(row_of(f, "first").status, "failing");
	assert_string_equal(row_of(f, "second").status, "ok");
	f->settings.source_count = 1;
	restart(f);
	assert_string_equal(row_of(f, "second").status, "off");
}

static void backing_off_grows_within_its_bounds(void **state)
{
	(void)state;
	assert_int_equal(fetch_backoff_ms(1, 0), 1000);
	assert_int_equal(fetch_backoff_ms(1, 1), 2000);
	assert_int_equal(fetch_backoff_ms(0, 1), 2000);
	assert_int_equal(fetch_backoff_ms(5, 0.5), 24000);
	assert_int_equal(fetch_backoff_ms(9, 1), 512000);
	assert_int_equal(fetch_backoff_ms(10, 1), 900000);
	assert_int_equal(fetch_backoff_ms(1000000, 0), 450000);
}

/* ---- complaints ---- */

static struct complaint_row *complaints(struct fixture *f, size_t *count_r)
{
	struct complaint_query query = {.state = -1, .class = -1, .cause = -1, .limit = 50};
	struct complaint_row *rows;

	must(store_complaint_list(f->store, f->arena, &query, &rows, count_r, &f->error));
	return rows;
}

static bool has_complaints(struct fixture *f, int64_t count)
{
	size_t n;

	(void)complaints(f, &n);
	return (int64_t)n == count;
}

static struct complaint_row complaint(struct fixture *f)
{
	size_t count;
	struct complaint_row *rows = complaints(f, &count);

	assert_int_equal(count, 1);
	return rows[0];
}

static bool state_is(struct fixture *f, int64_t state)
{
	return (int64_t)complaint(f).state == state;
}
static bool outbox_is(struct fixture *f, int64_t state)
{
	struct complaint_row row = complaint(f);

	return row.outbox_id && (int64_t)row.outbox_state == state;
}
static bool text_has(struct fixture *f, int64_t arg)
{
	return strstr(complaint(f).text, (const char *)(intptr_t)arg) != NULL;
}

/* A complaint has arrived; its number at the peer. */
static int arrive(struct fixture *f)
{
	int n = peer_post(f->peer, COMPLAINT);

	fetch_start(f);
	assert_true(run_until(f, has_complaints, 1, 20));
	return n;
}

/* A person writes and approves a reply. */
static void approve(struct fixture *f)
{
	struct queue queue = {.store = f->store, .settings = &f->settings};
	struct actor actor = {.user_id = 0, .name = "terminal:test", .role = ROLE_ADMIN};
	struct action_args args = {
		.complaint_id = complaint(f).id,
		.text = "@ada@far.example We are sorry & will find your parcel today. \xe2\x80\x93 Maya at Acme"};

	must(queue_do(&queue, &actor, ACTION_DRAFT, &args, &f->error));
	args.hash = complaint(f).draft_hash;
	must(queue_do(&queue, &actor, ACTION_APPROVE, &args, &f->error));
	assert_int_equal(complaint(f).state, STATE_APPROVED);
}

static int replies_at(struct peer *peer)
{
	int n = 0;

	pthread_mutex_lock(&peer->lock);
	for (int i = 0; i < peer->count; i++)
		n += peer->posts[i].own;
	pthread_mutex_unlock(&peer->lock);
	return n;
}

static void edits_and_deletions_reach_the_desk(void **state)
{
	struct fixture *f = *state;
	int n = arrive(f);

	pthread_mutex_lock(&f->peer->lock);
	snprintf(f->peer->posts[n].text, sizeof(f->peer->posts[n].text), "%s and it is broken too", COMPLAINT);
	f->peer->posts[n].edited_s = clock_now_s();
	pthread_mutex_unlock(&f->peer->lock);
	assert_true(run_until(f, text_has, (int64_t)(intptr_t) "broken too", 2000));
	pthread_mutex_lock(&f->peer->lock);
	f->peer->posts[n].gone = true;
	pthread_mutex_unlock(&f->peer->lock);
	assert_true(run_until(f, state_is, STATE_CLOSED, 4000));
}

static void an_approved_reply_is_delivered_once(void **state)
{
	struct fixture *f = *state;
	int n = arrive(f);

	approve(f);
	assert_int_equal(replies_at(f->peer), 0); /* it can still be withdrawn */
	assert_true(run_until(f, outbox_is, OUTBOX_SENT, 120));
	assert_int_equal(replies_at(f->peer), 1);
	assert_int_equal(f->peer->posts[f->peer->count - 1].parent, n + 1000);
	assert_int_equal(complaint(f).state, STATE_REPLIED);
	assert_string_equal(complaint(f).reply_url, "https://social.example/@x/1001");
	assert_int_equal(strlen(f->peer->keys[0]), 32);
	run_for(f, 200);
	assert_int_equal(replies_at(f->peer), 1);
	assert_true(has_complaints(f, 1)); /* our own post is no complaint */
}

static void a_reply_that_was_stored_unheard_is_found_not_repeated(void **state)
{
	struct fixture *f = *state;

	(void)arrive(f);
	f->peer->reply_trouble = 1;
	f->peer->reply_how = REPLY_STORE_THEN_500;
	approve(f);
	assert_true(run_until(f, outbox_is, OUTBOX_UNKNOWN, 120));
	assert_true(run_until(f, outbox_is, OUTBOX_SENT, 300));
	assert_int_equal(f->peer->key_count, 1);
	assert_int_equal(replies_at(f->peer), 1);
	assert_string_equal(complaint(f).reply_id, "1001");
}

static void a_reply_whose_answer_was_cut_off_is_found_not_repeated(void **state)
{
	struct fixture *f = *state;

	(void)arrive(f);
	f->peer->reply_trouble = 1;
	f->peer->reply_how = REPLY_STORE_THEN_SILENT;
	approve(f);
	assert_true(run_until(f, outbox_is, OUTBOX_UNKNOWN, 120));
	restart(f); /* also over a restart */
	assert_true(run_until(f, outbox_is, OUTBOX_SENT, 300));
	assert_int_equal(f->peer->key_count, 1);
	assert_int_equal(replies_at(f->peer), 1);
}

static void a_reply_that_never_arrived_is_sent_again_with_its_key(void **state)
{
	struct fixture *f = *state;

	(void)arrive(f);
	f->peer->reply_trouble = 1;
	f->peer->reply_how = REPLY_SILENT;
	approve(f);
	assert_true(run_until(f, outbox_is, OUTBOX_UNKNOWN, 120));
	assert_true(run_until(f, outbox_is, OUTBOX_SENT, 600));
	assert_int_equal(f->peer->key_count, 2);
	assert_string_equal(f->peer->keys[0], f->peer->keys[1]);
	assert_int_equal(replies_at(f->peer), 1);
}

static void a_row_left_sending_by_a_crash_is_read_back_first(void **state)
{
	struct fixture *f = *state;
	struct outbox_row row;

	(void)arrive(f);
	approve(f);
	fetch_free(&f->fetch);
	f->ms += 600000;
	clock_set(f);
	must(outbox_claim(f->store, f->arena, "mastodon", clock_now_s(), &row,
			  &f->error)); /* and then the power went */
	fetch_start(f);
	assert_true(outbox_is(f, OUTBOX_UNKNOWN));
	assert_true(run_until(f, outbox_is, OUTBOX_SENT, 600));
	assert_int_equal(replies_at(f->peer), 1);
	assert_true(loopback_count(f->peer->server, "/api/v1/statuses/1000/context") >= 1);
}

static void replies_to_gone_or_changed_posts_are_not_sent(void **state)
{
	struct fixture *f = *state;
	int n = arrive(f);

	approve(f);
	pthread_mutex_lock(&f->peer->lock);
	snprintf(f->peer->posts[n].text, sizeof(f->peer->posts[n].text),
		 "All is well, it never was lost, a refund came #acme");
	f->peer->posts[n].edited_s = clock_now_s() + 5;
	pthread_mutex_unlock(&f->peer->lock);
	assert_true(run_until(f, outbox_is, OUTBOX_FAILED, 120));
	assert_string_equal(complaint(f).outbox_why, "the post was changed after the approval");
	assert_int_equal(complaint(f).state, STATE_OPEN);
	assert_non_null(strstr(complaint(f).text, "All is well"));
	run_for(f, 10);
	approve(f);
	pthread_mutex_lock(&f->peer->lock);
	f->peer->posts[n].gone = true;
	pthread_mutex_unlock(&f->peer->lock);
	assert_true(run_until(f, state_is, STATE_CLOSED, 120));
	run_for(f, 120);
	assert_false(outbox_is(f, OUTBOX_SENT));
	assert_false(outbox_is(f, OUTBOX_SCHEDULED));
	assert_int_equal(f->peer->key_count, 0);
}

static void refusals_come_back_to_a_person_with_the_reason(void **state)
{
	struct fixture *f = *state;

	(void)arrive(f);
	f->peer->reply_trouble = 1;
	f->peer->reply_how = REPLY_422;
	approve(f);
	assert_true(run_until(f, outbox_is, OUTBOX_FAILED, 120));
	assert_non_null(strstr(complaint(f).outbox_why, "Text ist zu lang"));
	assert_int_equal(complaint(f).state, STATE_OPEN);
	f->peer->reply_trouble = 1;
	f->peer->reply_how = REPLY_401;
	approve(f);
	assert_true(run_until(f, outbox_is, OUTBOX_FAILED, 120));
	assert_non_null(strstr(complaint(f).outbox_why, "token"));
	f->peer->reply_trouble = 1;
	f->peer->reply_how = REPLY_429;
	approve(f);
	assert_true(run_until(f, outbox_is, OUTBOX_SENT, 300)); /* asked to wait: later */
	assert_int_equal(replies_at(f->peer), 1);
}

static void a_reply_without_its_source_or_token_says_so(void **state)
{
	struct fixture *f = *state;

	(void)arrive(f);
	approve(f);
	f->sources[0].token = NULL;
	restart(f);
	assert_true(run_until(f, outbox_is, OUTBOX_FAILED, 120));
	assert_non_null(strstr(complaint(f).outbox_why, "no token"));
	f->sources[0].token = "tok";
	approve(f);
	f->settings.sources = &f->sources[1];
	restart(f);
	assert_true(run_until(f, outbox_is, OUTBOX_FAILED, 120));
	assert_non_null(strstr(complaint(f).outbox_why, "not configured any more"));
	assert_int_equal(f->peer->key_count, 0);
}

static void a_server_that_is_down_gets_the_reply_later(void **state)
{
	struct fixture *f = *state;

	(void)arrive(f);
	approve(f);
	f->sources[0].server = "http://127.0.0.1:9"; /* nobody listens there; and the post is not its own */
	restart(f);
	run_for(f, 30);
	assert_int_equal(f->peer->key_count, 0);
	assert_int_equal(replies_at(f->peer), 0);
	assert_false(outbox_is(f, OUTBOX_SENT));
}

static void a_replay_goes_the_same_way(void **state)
{
	struct fixture *f = *state;
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/posts.jsonl", f->dir);
	file = fopen(path, "w");
	fprintf(file, "{\"id\":\"1\",\"platform\":\"replay\",\"text\":\"%s\",\"author\":\"ada\",\"lang\":\"en\"}\n",
		COMPLAINT);
	fprintf(file,
		"{\"id\":\"2\",\"platform\":\"replay\",\"text\":\"Lovely day\",\"author\":\"ben\",\"lang\":\"en\"}\n");
	assert_int_equal(fclose(file), 0);
	f->sources[0] = (struct source_spec){
		.key = "first", .platform = "replay", .brand = "Acme", .file = path, .every_s = 1, .over_s = 10};
	fetch_start(f);
	assert_true(run_until(f, has_posts, 1, 5));
	assert_true(run_until(f, has_posts, 2, 15));
	assert_true(has_complaints(f, 1));
	approve(f);
	assert_true(run_until(f, outbox_is, OUTBOX_SENT, 120));
	assert_int_equal(complaint(f).state, STATE_REPLIED);
}

static void a_quiet_source_is_polled_at_its_pace(void **state)
{
	struct fixture *f = *state;
	size_t polls;

	peer_post(f->peer, "hello #acme");
	fetch_start(f);
	assert_true(run_until(f, polled_times, 1, 10));
	run_for(f, 600);
	polls = loopback_count(f->peer->server, "/api/v1/timelines/");
	assert_in_range(polls, 10, 15); /* every minute, and twice the newest page again */
	assert_int_equal(loopback_count(f->peer->server, "/api/v2/instance"), 1);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(posts_arrive_once_over_polls_and_restarts),
		T(a_rate_limit_is_obeyed_to_the_second),
		T(trouble_is_told_backed_off_and_got_over),
		T(one_failing_source_holds_up_no_other),
		cmocka_unit_test(backing_off_grows_within_its_bounds),
		T(edits_and_deletions_reach_the_desk),
		T(an_approved_reply_is_delivered_once),
		T(a_reply_that_was_stored_unheard_is_found_not_repeated),
		T(a_reply_whose_answer_was_cut_off_is_found_not_repeated),
		T(a_reply_that_never_arrived_is_sent_again_with_its_key),
		T(a_row_left_sending_by_a_crash_is_read_back_first),
		T(replies_to_gone_or_changed_posts_are_not_sent),
		T(refusals_come_back_to_a_person_with_the_reason),
		T(a_reply_without_its_source_or_token_says_so),
		T(a_server_that_is_down_gets_the_reply_later),
		T(a_replay_goes_the_same_way),
		T(a_quiet_source_is_polled_at_its_pace),
	};

	return cmocka_run_group_tests(tests, load_toolkit, free_toolkit);
}
