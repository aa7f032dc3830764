/*
 * desk_help.h - a desk on loopback with a store of made-up complaints, and a small HTTP client, for test_desk.c and
 * test_openapi.c. Everything is real: SQLite file, rules, classifier, queue, sockets; only the posts are invented here.
 */
#ifndef DESK_HELP_H
#define DESK_HELP_H

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

#include "asset.h"
#include "clock.h"
#include "desk.h"
#include "jsonio.h"
#include "log.h"
#include "verdict.h"

#define HELP_PASSWORD "seven quiet lanterns"
#define HELP_ANSWER_MAX (4u << 20)

static const char help_rules[] =
	"- id: request_where\n  about: Asks where something is.\n  match: '\\bwhere is my (?<thing>parcel|order)\\b'\n"
	"  cause: delivery\n  complaint: 3\n  problem: 3\n  urgency: 0.6\n  severity: 1\n"
	"- id: late_days\n  about: Has waited for days.\n  match: '\\b(?<duration>\\w+ (days|weeks)) late\\b'\n"
	"  cause: delivery\n  complaint: 2\n  problem: 1.5\n"
	"- id: parcel_late\n  about: A parcel is late.\n  match: '\\bmy parcel is \\w+ \\w+ late\\b'\n  cause: "
	"delivery\n  complaint: 1\n"
	"- id: charged_twice\n  about: Paid more than once.\n  match: '\\bcharged (me )?twice\\b'\n  cause: billing\n"
	"  complaint: 3\n  problem: 3\n  severity: 2\n  urgency: 1.5\n"
	"- id: never_again\n  about: Turns away for good.\n  match: '\\bnever again\\b'\n  complaint: 3\n  vent: 3\n  "
	"sentiment: -0.6\n"
	"- id: joke\n  about: Calls it a joke.\n  match: '\\bwhat a joke\\b'\n  complaint: 2\n  vent: 2.5\n  "
	"sentiment: -0.4\n"
	"- id: thanks\n  about: Says thank you.\n  match: '\\b(thank you|thanks)\\b'\n  praise: 3\n  complaint: -2\n  "
	"sentiment: 0.8\n"
	"- id: opening\n  about: Asks about opening times.\n  match: '\\bwhat time do you (open|close)\\b'\n  "
	"question: 3\n";

static const char help_tone[] =
	"- id: blaming_you\n  about: Puts it on the customer.\n  match: '\\byou should have\\b'\n  level: warn\n"
	"  suggest: Say what you will do now.\n"
	"- id: private_card\n  about: Asks for card details in public.\n  match: '\\bcard number\\b'\n  level: block\n"
	"  suggest: Ask for a private message.\n";

/* For questions and the like a person writes. */
static const char help_templates[] = "id: late\nclass: vent\nlang: en\n\nSorry about your {{thing}}: we see why.\n"
				     "---\nWe hear you about the {{thing}}.\n";
static const char help_templates_hit[] = "id: twice\nclass: vent\nlang: en\nhit: charged_twice\n\nTwice is once too "
					 "often.\n";

struct help_post {
	const char *id, *author, *name, *text, *draft;
};

static const struct help_post help_posts[] = {
	{"p1", "ada@example.social", "Ada Lane",
	 "@acme where is my parcel? My parcel is nine days late & nobody answers.",
	 "@ada@example.social We are sorry that your parcel is nine days late. We are tracing it now."},
	{"p2", "bo@example.social", "Bo <script>alert(1)</script>",
	 "You charged me twice for one kettle \xE2\x98\x95. <b>What a joke</b>.",
	 "@bo@example.social We are sorry: one of the two charges goes back today."},
	{"p3", "cy@example.social", NULL, "never again, acme. what a joke of a shop", NULL},
	{"p4", "di@example.social", "Di", "What time do you open on Sunday?",
	 "@di@example.social We open at ten on Sundays."},
};

struct help {
	char dir[64], path[96];
	struct arena *arena;
	struct store *store, *own; /* the desk's connection; the test's */
	struct settings settings;
	struct brand brand;
	struct source_spec source;
	struct ruleset *rules, *tone, *offers;
	struct templates *templates;
	struct classifier *classifier;
	struct desk *desk;
	int port;
	int64_t brand_id, source_id;
	char cookie[160]; /* of the signed-in person; "" none */
	char csrf[80];
};

struct help_answer {
	int status;
	char *raw;        /* free with help_done */
	const char *body; /* within raw */
	size_t body_len;
};

/* Fails the test with the sentence of an error. */
static inline void help_ok(enum err err, const struct error *e)
{
	if (err)
		fail_msg("%s: %s", err_name(err), e->text);
}

static inline struct ruleset *help_ruleset(const char *name, const char *yaml)
{
	struct rules_builder *builder = rules_builder_new();
	struct ruleset *set = NULL;
	struct error e = {0};

	assert_non_null(builder);
	help_ok(rules_add(builder, name, yaml, strlen(yaml), false, &e), &e);
	help_ok(rules_compile(builder, &set, &e), &e);
	rules_builder_free(&builder);
	return set;
}

/* The shipped rules that read our own replies. */
static inline struct ruleset *help_offers(void)
{
	struct rules_builder *builder = rules_builder_new();
	const struct asset *asset = NULL;
	struct ruleset *set = NULL;
	struct error e = {0};

	assert_non_null(builder);
	while ((asset = asset_next("classify/rules/offer/", asset)) != NULL)
		help_ok(rules_add(builder, asset->name, asset->data, asset->len, false, &e), &e);
	help_ok(rules_compile(builder, &set, &e), &e);
	rules_builder_free(&builder);
	return set;
}

/* ---- posts into the store ---- */

static inline int64_t help_file(struct help *h, const struct help_post *sample, int64_t at_s)
{
	struct post post = {
		.platform = "mastodon",
		.id = sample->id,
		.text = sample->text,
		.lang = "en",
		.url = arena_printf(h->arena, "https://example.social/@x/%s", sample->id),
		.thread = sample->id,
		.created_s = at_s,
		.likes = -1,
		.replies = -1,
		.shares = -1,
		.views = -1,
		.author = {.id = sample->author, .handle = sample->author, .name = sample->name, .followers = 120}};
	char hash[APPROVAL_HASH_SIZE];
	int64_t post_id, complaint_id, draft_id;
	enum complaint_fate complaint_fate;
	struct verdict verdict;
	struct json_object *json;
	enum post_fate fate;
	struct error e = {0};

	help_ok(store_begin(h->own, STORE_URGENT, &e), &e);
	help_ok(store_post_put(h->own, h->brand_id, h->source_id, &post, false, at_s, &post_id, &fate, &e), &e);
	help_ok(classify_post(h->classifier, h->arena, &post, &verdict, &e), &e);
	json = verdict_to_json(&verdict, post.text, false);
	help_ok(store_verdict_put(h->own, post_id, &verdict, json_object_to_json_string(json), &e), &e);
	help_ok(store_complaint_file(h->own, post_id, &verdict, verdict.cause ? cause_name(verdict.cause) : NULL, at_s,
				     &complaint_id, &complaint_fate, &e),
		&e);
	json_object_put(json);
	if (sample->draft) {
		approval_hash("mastodon", sample->id, sample->draft, hash);
		help_ok(store_draft_put(h->own, complaint_id, sample->draft, hash, "shipped/delivery",
					"problem, delivery; has: thing", "en", "amends", NULL, at_s, &draft_id, &e),
			&e);
	}
	help_ok(store_commit(h->own, &e), &e);
	return complaint_id;
}

/* ---- life ---- */

static inline void help_settings(struct help *h)
{
	static const char *const names[] = {"acme", NULL}, *const none[] = {NULL};
	static const char *const reasons[] = {"Nothing to put right", "Not about us", NULL};
	static struct latitude latitude[] = {{.role = ROLE_AGENT, .remedy = REMEDY_APOLOGY},
					     {.role = ROLE_APPROVER, .remedy = REMEDY_REFUND, .up_to = 50}};

	h->brand = (struct brand){.name = "Acme",
				  .names = names,
				  .handles = none,
				  .hashtags = none,
				  .exclude = none,
				  .signature = "",
				  .contact = "a direct message"};
	h->source = (struct source_spec){.key = "example.social/acme",
					 .platform = "mastodon",
					 .brand = "Acme",
					 .server = "https://example.social",
					 .search = "acme",
					 .token = "present"};
	h->settings = (struct settings){.store = h->path,
					.desk_address = "127.0.0.1",
					.undo_s = 10,
					.session_hours = 12,
					.import_page = 100,
					.thresholds = thresholds_default,
					.brands = &h->brand,
					.brand_count = 1,
					.sources = &h->source,
					.source_count = 1};
	/* every reply that one person let go is looked at later; minds are not made up by weekdays */
	h->settings.policy = (struct policy){.sample = 1,
					     .two = {.severity = 4, .findings = true},
					     .latitude = latitude,
					     .latitude_count = ARRAY_LEN(latitude),
					     .first_to = "the duty manager",
					     .first_role = ROLE_APPROVER,
					     .reasons = reasons,
					     .promise_s = 86400,
					     .buffer_s = 3600};
}

static inline struct desk_options help_options(const struct help *h)
{
	return (struct desk_options){.store = h->store,
				     .settings = &h->settings,
				     .rules = h->rules,
				     .tone_rules = h->tone,
				     .offer_rules = h->offers,
				     .templates = h->templates};
}

/* A desk with the sample complaints; nobody is signed in and no account exists. */
static inline void help_open_at(struct help *h, int port, int64_t now_s)
{
	static struct scores scores = {.bias = {[DIM_COMPLAINT] = -2,
						[DIM_PROBLEM] = -2,
						[DIM_VENT] = -2,
						[DIM_QUESTION] = -2,
						[DIM_PRAISE] = -2,
						[DIM_NOT_OURS] = -4}};
	struct desk_options options;
	struct error e = {0};

	memset(h, 0, sizeof(*h));
	snprintf(h->dir, sizeof(h->dir), "/tmp/desk-test-XXXXXX");
	assert_non_null(mkdtemp(h->dir));
	snprintf(h->path, sizeof(h->path), "%s/desk.db", h->dir);
	h->arena = arena_new(64u << 20);
	help_settings(h);
	h->settings.desk_port = port;
	h->rules = help_ruleset("own.yaml", help_rules);
	h->tone = help_ruleset("tone.yaml", help_tone);
	h->offers = help_offers();
	h->templates = templates_new();
	help_ok(templates_add(h->templates, "late.txt", help_templates, strlen(help_templates), &e), &e);
	help_ok(templates_add(h->templates, "twice.txt", help_templates_hit, strlen(help_templates_hit), &e), &e);
	h->classifier = classifier_new(h->rules, &scores, &thresholds_default);
	help_ok(store_open(h->path, &h->own, &e), &e);
	help_ok(store_open(h->path, &h->store, &e), &e);
	help_ok(store_brand_put(h->own, "Acme", &h->brand_id, &e), &e);
	help_ok(store_source_put(h->own, h->source.key, "mastodon", h->brand_id, now_s, &h->source_id, &e), &e);
	for (size_t i = 0; i < ARRAY_LEN(help_posts); i++)
		(void)help_file(h, &help_posts[i], now_s - 3600 + (int64_t)i * 60);
	options = help_options(h);
	help_ok(desk_start(&options, &h->desk, &h->port, &e), &e);
}

static inline void help_open(struct help *h)
{
	log_level_set(LOG_ERROR);
	help_open_at(h, 0, clock_now_s());
}

/* The desk again, with whatever the test changed in h->settings. */
static inline void help_restart(struct help *h)
{
	struct desk_options options = help_options(h);
	struct error e = {0};

	desk_stop(&h->desk);
	help_ok(desk_start(&options, &h->desk, &h->port, &e), &e);
}

static inline void help_close(struct help *h)
{
	char file[128];
	static const char *const suffixes[] = {"", "-wal", "-shm", "-lane", "-journal"};

	desk_stop(&h->desk);
	store_close(&h->store);
	store_close(&h->own);
	classifier_free(&h->classifier);
	ruleset_free(&h->rules);
	ruleset_free(&h->tone);
	ruleset_free(&h->offers);
	templates_free(&h->templates);
	arena_free(&h->arena);
	for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
		snprintf(file, sizeof(file), "%s%s", h->path, suffixes[i]);
		(void)unlink(file); /* not all exist */
	}
	(void)rmdir(h->dir);
}

/* ---- HTTP ---- */

static inline int help_connect(const struct help *h)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_port = htons((uint16_t)h->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct timeval patience = {.tv_sec = 20};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

static inline void help_write(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

		if (n <= 0)
			return; /* the other side may refuse the rest; the answer tells */
		data += n;
		len -= (size_t)n;
	}
}

/* Sends bytes as they are and reads until the other side closes. */
static inline struct help_answer help_raw(const struct help *h, const char *request, size_t len)
{
	struct help_answer answer = {.raw = malloc(HELP_ANSWER_MAX + 1)};
	size_t used = 0;
	int fd = help_connect(h);
	char *end;

	assert_non_null(answer.raw);
	help_write(fd, request, len);
	for (;;) {
		ssize_t n = recv(fd, answer.raw + used, HELP_ANSWER_MAX - used, 0);

		if (n <= 0)
			break;
		used += (size_t)n;
	}
	(void)close(fd);
	answer.raw[used] = '\0';
	if (sscanf(answer.raw, "HTTP/1.%*d %d", &answer.status) != 1)
		answer.status = 0;
	end = strstr(answer.raw, "\r\n\r\n");
	answer.body = end ? end + 4 : answer.raw + used;
	answer.body_len = used - (size_t)(answer.body - answer.raw);
	return answer;
}

static inline void help_done(struct help_answer *answer)
{
	free(answer->raw);
	answer->raw = NULL;
}

/* One request with the session's cookie. headers: extra lines, each ended by \r\n, or "". */
static inline struct help_answer help_send(const struct help *h, const char *method, const char *path,
					   const char *headers, const char *body)
{
	size_t size = strlen(path) + strlen(headers) + strlen(h->cookie) + 512 + (body ? strlen(body) : 0);
	char *request = malloc(size);
	struct help_answer answer;
	int len;

	assert_non_null(request);
	len = snprintf(
		request, size,
		"%s %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\n%s%s%s%sContent-Length: %zu\r\n\r\n%s",
		method, path, h->port, h->cookie[0] ? "Cookie: " : "", h->cookie, h->cookie[0] ? "\r\n" : "", headers,
		body ? strlen(body) : 0, body ? body : "");
	answer = help_raw(h, request, (size_t)len);
	free(request);
	return answer;
}

static inline struct help_answer help_get(const struct help *h, const char *path)
{
	return help_send(h, "GET", path, "", NULL);
}

static inline struct help_answer help_form(const struct help *h, const char *path, const char *form)
{
	return help_send(h, "POST", path, "Content-Type: application/x-www-form-urlencoded\r\n", form);
}

/* A form with the session's token before the given fields. */
static inline struct help_answer help_form_token(const struct help *h, const char *path, const char *fields)
{
	char form[8192];

	snprintf(form, sizeof(form), "csrf=%s&%s", h->csrf, fields);
	return help_form(h, path, form);
}

static inline struct help_answer help_api(const struct help *h, const char *method, const char *path, const char *json)
{
	char headers[256];

	snprintf(headers, sizeof(headers), "%sX-CSRF-Token: %s\r\n", json ? "Content-Type: application/json\r\n" : "",
		 h->csrf);
	return help_send(h, method, path, headers, json);
}

/* Value of an answer's header copied into out; "" when there is none. */
static inline void help_header(const struct help_answer *answer, const char *name, char *out, size_t size)
{
	char find[64];
	const char *at;

	snprintf(find, sizeof(find), "\r\n%s: ", name);
	at = strcasestr(answer->raw, find);
	out[0] = '\0';
	if (at && at < answer->body)
		snprintf(out, size, "%.*s", (int)strcspn(at + strlen(find), "\r"), at + strlen(find));
}

static inline struct json_object *help_json(const struct help_answer *answer)
{
	struct json_parser *parser = json_parser_new();
	struct json_object *object = NULL;
	struct error e = {0};
	size_t len = answer->body_len;

	while (len > 0 && answer->body[len - 1] == '\n')
		len--;
	help_ok(json_parse(parser, answer->body, len, &object, &e), &e);
	json_parser_free(&parser);
	return object;
}

/* ---- people ---- */

static inline void help_take_cookie(struct help *h, const struct help_answer *answer)
{
	char value[256];

	help_header(answer, "Set-Cookie", value, sizeof(value));
	assert_true(value[0] != '\0');
	snprintf(h->cookie, sizeof(h->cookie), "%.*s", (int)strcspn(value, ";"), value);
}

static inline void help_take_csrf(struct help *h)
{
	struct help_answer answer = help_get(h, "/api/v1/me");
	struct json_object *me = help_json(&answer);

	assert_int_equal(answer.status, 200);
	snprintf(h->csrf, sizeof(h->csrf), "%s", json_str(me, "csrf", ""));
	json_object_put(me);
	help_done(&answer);
}

/* Makes the first account, an administrator, by the printed link and stays signed in. */
static inline void help_first(struct help *h)
{
	char link[256], form[512];
	struct error e = {0};
	struct help_answer answer;

	assert_int_equal(desk_first_link(h->desk, link, sizeof(link), &e), 1);
	snprintf(form, sizeof(form), "token=%s&name=maya&password=seven+quiet+lanterns&again=seven+quiet+lanterns",
		 strstr(link, "token=") + 6);
	answer = help_form(h, "/first", form);
	assert_int_equal(answer.status, 303);
	help_take_cookie(h, &answer);
	help_done(&answer);
	help_take_csrf(h);
}

/* From now on the requests come from this person, who is made with the first one's password when new. */
static inline void help_be(struct help *h, const char *name, enum role role)
{
	struct user_row row;
	struct help_answer answer;
	struct error e = {0};
	int64_t id;
	char form[128];

	if (store_user_find(h->own, h->arena, name, &row, &e) != ERR_OK) {
		help_ok(store_user_find(h->own, h->arena, "maya", &row, &e), &e);
		help_ok(store_user_put(h->own, name, row.password_hash, role, clock_now_s(), &id, &e), &e);
	}
	snprintf(form, sizeof(form), "name=%s&password=seven+quiet+lanterns", name);
	h->cookie[0] = '\0';
	answer = help_form(h, "/signin", form);
	assert_int_equal(answer.status, 303);
	help_take_cookie(h, &answer);
	help_done(&answer);
	help_take_csrf(h);
}

#endif
