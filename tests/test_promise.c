/*
 * test_promise.c - what a reply promises, from the approval to the holding draft and the reply that keeps it.
 *
 * NOW is Monday 2026-09-21, 16:13:20 in Berlin; the office is open from nine to five, Monday to Friday.
 */
#include "local_time.h"
#include "store_kit.h"

#include "asset.h"
#include "attr.h"
#include "clock.h"
#include "outbox.h"
#include "promise.h"
#include "queue.h"

#define HOUR 3600
#define DAY 86400

static const char *const holidays[] = {"12-25", "01-01", NULL};
static struct latitude latitude[] = {{.role = ROLE_AGENT, .remedy = REMEDY_APOLOGY}};
static const struct policy policy = {
	.office = {.open_min = 540, .close_min = 1020, .days = 0x1f, .holidays = holidays},
	.promise_s = 8 * HOUR,
	.buffer_s = 8 * HOUR,
	.latitude = latitude,
	.latitude_count = ARRAY_LEN(latitude),
};
static const struct policy always = {.promise_s = 24 * HOUR, .buffer_s = 12 * HOUR};
static const char *const none[] = {NULL};
static struct brand brands[] = {{.name = "Acme",
				 .names = none,
				 .handles = none,
				 .hashtags = none,
				 .exclude = none,
				 .signature = "Maya at Acme",
				 .contact = "care@acme.example"}};
static const struct actor maya = {1, "maya", ROLE_ADMIN};

/* Rules and templates as shipped, for all tests. */
static struct ruleset *offer_rules;
static struct templates *templates;

struct desk {
	struct kit kit;
	struct source_spec source;
	struct settings settings;
	struct offer_reader *reader;
	struct queue queue;
};

static int shipped_open(void **state)
{
	struct rules_builder *builder = rules_builder_new();
	const struct asset *asset = NULL;
	struct error e = {0};

	(void)state;
	zone(BERLIN);
	while ((asset = asset_next("classify/rules/offer/", asset)) != NULL)
		if (rules_add(builder, asset->name, asset->data, asset->len, false, &e) != ERR_OK)
			fail_msg("%s", e.text);
	if (rules_compile(builder, &offer_rules, &e) != ERR_OK)
		fail_msg("%s", e.text);
	rules_builder_free(&builder);
	templates = templates_new();
	while ((asset = asset_next("templates/", asset)) != NULL)
		if (strstr(asset->name, ".txt") != NULL &&
		    templates_add(templates, asset->name, asset->data, asset->len, &e) != ERR_OK)
			fail_msg("%s", e.text);
	return 0;
}

static int shipped_close(void **state)
{
	(void)state;
	ruleset_free(&offer_rules);
	templates_free(&templates);
	return 0;
}

static void desk_open(struct desk *desk)
{
	int64_t id = 0;

	memset(desk, 0, sizeof(*desk));
	clock_fake(NOW, 0);
	kit_open(&desk->kit);
	must(&desk->kit, store_user_put(desk->kit.store, maya.name, "x", maya.role, NOW, &id, &desk->kit.e));
	desk->source = (struct source_spec){.key = "m/#acme", .platform = "mastodon", .brand = "Acme", .has_token = 1};
	desk->settings = (struct settings){
		.sources = &desk->source, .source_count = 1, .brands = brands, .brand_count = 1, .policy = policy};
	desk->reader = offer_reader_new(offer_rules);
	assert_non_null(desk->reader);
	desk->queue = (struct queue){.store = desk->kit.store, .settings = &desk->settings, .offers = desk->reader};
}

static void desk_close(struct desk *desk)
{
	offer_reader_free(&desk->reader);
	kit_whole(&desk->kit);
	kit_close(&desk->kit);
	clock_fake(-1, -1);
}

static int64_t complain_in(struct desk *desk, const char *id, enum class class, const char *lang)
{
	struct verdict verdict = kit_verdict(class, CAUSE_DELIVERY);
	struct post post = kit_post(id, id, "My parcel never came.");
	struct complaint_row row;

	post.lang = lang;
	post.thread = id;
	verdict.lang = lang;
	row = kit_get(&desk->kit, kit_file(&desk->kit, &post, &verdict, NULL, NULL));
	return row.id;
}

static int64_t complain(struct desk *desk, const char *id)
{
	return complain_in(desk, id, CLASS_PROBLEM, "en");
}

/* A person writes and approves it at that time. */
static void approve(struct desk *desk, int64_t complaint_id, const char *text, int64_t now_s)
{
	struct action_args args = {.complaint_id = complaint_id, .text = text};

	clock_fake(now_s, 0);
	must(&desk->kit, queue_do(&desk->queue, &maya, ACTION_DRAFT, &args, &desk->kit.e));
	args = (struct action_args){.complaint_id = complaint_id, .hash = kit_get(&desk->kit, complaint_id).draft_hash};
	must(&desk->kit, queue_do(&desk->queue, &maya, ACTION_APPROVE, &args, &desk->kit.e));
}

static void send(struct desk *desk, int64_t now_s)
{
	struct answer answer = {.outcome = OUTCOME_OK, .reply_id = "r"};
	struct outbox_row row;

	must(&desk->kit, outbox_claim(desk->kit.store, desk->kit.arena, "mastodon", now_s, &row, &desk->kit.e));
	must(&desk->kit, outbox_settle(desk->kit.store, &row, &answer, now_s, &desk->kit.e));
}

/* A reply that promises something, out at NOW. */
static int64_t promised(struct desk *desk, const char *id, const char *text)
{
	int64_t complaint_id = complain(desk, id);
	char with_name[400];

	(void)snprintf(with_name, sizeof(with_name), "@%s %s", id, text);
	approve(desk, complaint_id, with_name, NOW);
	send(desk, NOW);
	assert_int_equal(kit_get(&desk->kit, complaint_id).state, STATE_REPLIED);
	return complaint_id;
}

static size_t tick(struct desk *desk, int64_t now_s)
{
	size_t count = 99;

	must(&desk->kit, promise_tick(desk->kit.store, &desk->settings, templates, now_s, &count, &desk->kit.e));
	return count;
}

static size_t list(struct desk *desk, int state, struct promise_row **rows_r)
{
	size_t count = 0;

	must(&desk->kit, store_promise_list(desk->kit.store, desk->kit.arena, state, 50, rows_r, &count, &desk->kit.e));
	return count;
}

/* ---- times ---- */

static void what_is_said_is_later_than_what_is_meant(void **state)
{
	static const struct {
		int line;
		const struct policy *policy;
		const char *now, *aim, *due;
	} cases[] = {
		{__LINE__, &policy, "2026-09-21 10:00", "2026-09-22 10:00", "2026-09-23 17:00"},
		{__LINE__, &policy, "2026-09-21 09:00", "2026-09-21 17:00", "2026-09-22 17:00"},
		{__LINE__, &policy, "2026-09-21 22:00", "2026-09-22 17:00", "2026-09-23 17:00"},
		{__LINE__, &policy, "2026-09-24 10:00", "2026-09-25 10:00", "2026-09-28 17:00"}, /* a weekend */
		{__LINE__, &policy, "2026-09-26 12:00", "2026-09-28 17:00", "2026-09-29 17:00"},
		{__LINE__, &policy, "2026-12-23 10:00", "2026-12-24 10:00", "2026-12-28 17:00"}, /* a holiday */
		{__LINE__, &policy, "2026-12-30 10:00", "2026-12-31 10:00", "2027-01-04 17:00"}, /* the new year */
		{__LINE__, &policy, "2026-10-23 10:00", "2026-10-26 10:00", "2026-10-27 17:00"}, /* clocks change */
		{__LINE__, &always, "2026-09-21 10:00", "2026-09-22 10:00", "2026-09-23 00:00"},
		{__LINE__, &always, "2026-09-21 13:00", "2026-09-22 13:00", "2026-09-24 00:00"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int64_t aim_s = 0, due_s = 0;

		promise_times(cases[i].policy, at(cases[i].now), &aim_s, &due_s);
		if (aim_s != at(cases[i].aim) || due_s != at(cases[i].due))
			fail_msg("case of line %d: %g h and %g h off", cases[i].line,
				 (double)(aim_s - at(cases[i].aim)) / HOUR, (double)(due_s - at(cases[i].due)) / HOUR);
	}
}

static void days_are_named_in_the_language_of_the_reply(void **state)
{
	static const struct {
		const char *lang, *now, *due, *want;
	} cases[] = {
		{"en", "2026-09-21 10:00", "2026-09-24 17:00", "Thursday"},
		{"en", "2026-09-24 10:00", "2026-09-24 17:00", "Thursday"}, /* never "today" */
		{"en", "2026-09-23 23:59", "2026-09-24 17:00", "Thursday"}, /* ... or "tomorrow" */
		{"en", "2026-09-21 10:00", "2026-09-27 17:00", "Sunday"},
		{"en", "2026-09-21 10:00", "2026-09-28 09:00", "Monday 28 September"},
		{"en", "2026-09-21 10:00", "2026-09-25 00:00", "Thursday"}, /* the midnight that ends it */
		{"en", "2026-12-30 10:00", "2027-01-04 17:00", "Monday"},
		{"en", "2026-12-21 10:00", "2027-01-04 17:00", "Monday 4 January"},
		{NULL, "2026-09-21 10:00", "2026-09-24 17:00", "Thursday"},
		{"nl", "2026-09-21 10:00", "2026-09-24 17:00", "Thursday"},
		{"de", "2026-09-21 10:00", "2026-09-23 17:00", "Mittwoch"},
		{"de", "2026-11-21 10:00", "2026-12-03 17:00", "Donnerstag, 3. Dezember"},
		{"es", "2026-09-21 10:00", "2026-09-23 17:00", "mi\u00e9rcoles"},
		{"es", "2026-11-21 10:00", "2026-12-03 17:00", "jueves 3 de diciembre"},
		{"fr", "2026-09-21 10:00", "2026-09-23 17:00", "mercredi"},
		{"fr", "2026-11-21 10:00", "2026-12-01 17:00", "mardi 1er d\u00e9cembre"},
		{"it", "2026-09-21 10:00", "2026-09-24 17:00", "gioved\u00ec"},
		{"it", "2026-11-21 10:00", "2026-12-01 17:00", "marted\u00ec 1\u00ba dicembre"},
		{"pt", "2026-09-21 10:00", "2026-09-24 17:00", "quinta-feira"},
		{"pt", "2026-11-21 10:00", "2026-12-01 17:00", "ter\u00e7a-feira, 1\u00ba de dezembro"},
		{"pt", "2026-11-21 10:00", "2026-12-05 17:00", "s\u00e1bado, 5 de dezembro"},
	};
	struct arena *arena = arena_new(1u << 20);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(promise_day(arena, cases[i].lang, at(cases[i].now), at(cases[i].due)),
				    cases[i].want);
	assert_string_equal(promise_by(arena, &policy, "de", at("2026-09-21 10:00")), "Mittwoch");
	arena_free(&arena);
}

/* What our drafts say is read back as the time it was made from, at any hour of a year, in every language. */
static void the_day_a_draft_names_is_the_day_that_is_read(void **state)
{
	static const struct {
		const char *lang, *before, *after;
	} forms[] = {
		{"en", "We will get back to you by ", "."},
		{"de", "Wir melden uns bis ", " bei Ihnen."},
		{"es", "Le responderemos antes del ", "."},
		{"fr", "Nous reviendrons vers vous avant ", "."},
		{"it", "Le scriveremo entro ", "."},
		{"pt", "Escrevemos até ", ", mesmo que nem tudo esteja resolvido."},
	};
	struct policy far = policy;
	const struct policy *const policies[] = {&policy, &always, &far};
	struct offer_reader *reader = offer_reader_new(offer_rules);
	struct arena *arena = arena_new(16u << 20);
	int64_t now_s = at("2026-09-21 07:10");

	(void)state;
	far.buffer_s = 60 * HOUR; /* more than six days away */
	for (int i = 0; i < 600; i++, now_s += 14 * HOUR + 1234) {
		const struct policy *p = policies[i % ARRAY_LEN(policies)];
		const char *lang = forms[i % ARRAY_LEN(forms)].lang, *text;
		struct offers offers;
		struct error e;
		int64_t aim_s, due_s;

		arena_reset(arena);
		promise_times(p, now_s, &aim_s, &due_s);
		assert_true(now_s < aim_s && aim_s < due_s);
		text = arena_printf(arena, "%s%s%s", forms[i % ARRAY_LEN(forms)].before,
				    promise_by(arena, p, lang, now_s), forms[i % ARRAY_LEN(forms)].after);
		assert_int_equal(offers_read(reader, arena, text, strlen(text), lang, now_s, &p->office, &offers, &e),
				 ERR_OK);
		if (offers.vow_count != 1 || offers.vows[0].due_s != due_s)
			fail_msg("%d: %s: %zu vows, %g h off", i, text, offers.vow_count,
				 offers.vow_count ? (double)(offers.vows[0].due_s - due_s) / HOUR : 0.);
	}
	offer_reader_free(&reader);
	arena_free(&arena);
}

/* ---- opening ---- */

static void each_stated_time_of_an_approved_reply_is_a_promise(void **state)
{
	static const struct {
		int line;
		const char *text, *aim[2], *due[2]; /* "" the time of approval */
	} cases[] = {
		{__LINE__, "@ada We will get back to you by Thursday.", {"2026-09-24 09:00"}, {"2026-09-24 17:00"}},
		/* eight hours of opening time before 17:00 tomorrow is 9:00; a quarter of the way is earlier */
		{__LINE__, "@ada You will hear from us tomorrow.", {"2026-09-22 09:00"}, {"2026-09-22 17:00"}},
		{__LINE__, "@ada We will be in touch shortly.", {"2026-09-22 16:13"}, {"2026-09-23 17:00"}},
		{__LINE__,
		 "@ada We will look into it today. We will be in touch by Friday.",
		 {"", "2026-09-25 09:00"},
		 {"2026-09-21 17:00", "2026-09-25 17:00"}},
		/* one time, said twice; and one without a time beside it */
		{__LINE__,
		 "@ada We will reply by Friday. Really: you will hear from us by Friday.",
		 {"2026-09-25 09:00"},
		 {"2026-09-25 17:00"}},
		{__LINE__,
		 "@ada We will look into it. You will hear from us by Friday.",
		 {"2026-09-25 09:00"},
		 {"2026-09-25 17:00"}},
		{__LINE__,
		 "@ada We will look into it. We will be in touch soon.",
		 {"2026-09-22 16:13"},
		 {"2026-09-23 17:00"}},
		{__LINE__, "@ada We are sorry about the parcel.", {NULL}, {NULL}},
		{__LINE__, "@ada We cannot promise an answer by Friday.", {NULL}, {NULL}},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct promise_row *rows = NULL;
		struct desk desk;
		size_t count, want = 0;

		desk_open(&desk);
		approve(&desk, complain(&desk, "ada"), cases[i].text, NOW);
		assert_int_equal(list(&desk, -1, &rows), 0); /* nobody has heard it yet */
		send(&desk, NOW);
		count = list(&desk, PROMISE_OPEN, &rows);
		while (want < 2 && cases[i].due[want] != NULL)
			want++;
		if (count != want)
			fail_msg("line %d: %zu promises", cases[i].line, count);
		for (size_t k = 0; k < count; k++) {
			int64_t aim_s = cases[i].aim[k][0] != '\0' ? at(cases[i].aim[k])
								   : NOW + (at(cases[i].due[k]) - NOW) / 4;

			if (rows[k].aim_s / 60 != aim_s / 60 || rows[k].due_s != at(cases[i].due[k]))
				fail_msg("line %d: %zu: \"%s\": %g h and %g h off", cases[i].line, k, rows[k].words,
					 (double)(rows[k].aim_s - aim_s) / HOUR,
					 (double)(rows[k].due_s - at(cases[i].due[k])) / HOUR);
			assert_non_null(strstr(cases[i].text, rows[k].words));
			assert_string_equal(rows[k].by, "maya");
		}
		desk_close(&desk);
	}
}

static void words_of_a_promise_are_cut_between_characters(void **state)
{
	struct promise_row *rows = NULL;
	struct vow vow = {.rule = "vow"};
	const struct offers offers = {.vows = &vow, .vow_count = 1};
	char text[1000];
	struct desk desk;

	(void)state;
	desk_open(&desk);
	for (size_t i = 0; i + 2 < sizeof(text); i += 2)
		memcpy(text + i, "\xc3\xa9", 3);
	vow.start = 1; /* a byte short of a character: none is split at the end either */
	vow.start = 2;
	vow.end = strlen(text);
	approve(&desk, complain(&desk, "ada"), "@ada Thank you.", NOW);
	must(&desk.kit, store_begin(desk.kit.store, STORE_URGENT, &desk.kit.e));
	must(&desk.kit, promise_open(desk.kit.store, &policy, 1, kit_get(&desk.kit, 1).outbox_id, text, &offers, NOW,
				     &desk.kit.e));
	must(&desk.kit, store_commit(desk.kit.store, &desk.kit.e));
	send(&desk, NOW);
	assert_int_equal(list(&desk, -1, &rows), 1);
	assert_int_equal(strlen(rows[0].words), 300);
	must_fail(&desk.kit, ERR_INTERNAL,
		  promise_open(desk.kit.store, &policy, 1, 1, text, &offers, NOW, &desk.kit.e)); /* no transaction */
	desk_close(&desk);
}

/* ---- the tick ---- */

static void at_its_aim_a_promise_brings_the_complaint_back_with_a_holding_draft(void **state)
{
	struct audit_row *audit = NULL;
	struct complaint_row row;
	struct desk desk;
	size_t count = 0;
	int64_t id;

	(void)state;
	desk_open(&desk);
	id = promised(&desk, "ada", "We will get back to you by Thursday.");
	assert_int_equal(tick(&desk, at("2026-09-24 08:59")), 0);
	assert_int_equal(kit_get(&desk.kit, id).state, STATE_REPLIED);
	assert_int_equal(tick(&desk, at("2026-09-24 09:00")), 1);
	row = kit_get(&desk.kit, id);
	assert_int_equal(row.state, STATE_OPEN);
	assert_string_equal(row.draft_by, "amends");
	assert_non_null(strstr(row.draft_template, "holding"));
	assert_non_null(strstr(row.draft, "@ada"));
	assert_null(strstr(row.draft, "Thursday"));
	assert_int_equal(row.promise_due_s, at("2026-09-24 17:00"));
	must(&desk.kit, store_audit_list(desk.kit.store, desk.kit.arena, id, &audit, &count, &desk.kit.e));
	assert_true(count > 0);
	assert_string_equal(audit[count - 1].action, "reopen");
	assert_string_equal(audit[count - 1].by, "amends");
	assert_string_equal(audit[count - 1].detail,
			    "an answer was promised by Thursday: \"We will get back to you by Thursday\"");
	/* once */
	assert_int_equal(tick(&desk, at("2026-09-24 09:01")), 0);
	assert_int_equal(tick(&desk, at("2026-09-24 16:00")), 0);
	desk_close(&desk);
}

static void the_next_reply_keeps_the_promise_and_its_own_begins(void **state)
{
	static const struct {
		const char *sent;
		enum promise_state state;
	} cases[] = {
		{"2026-09-23 10:00", PROMISE_KEPT_EARLY},
		{"2026-09-24 12:00", PROMISE_KEPT},
		{"2026-09-24 18:00", PROMISE_LATE},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct promise_row *rows = NULL;
		int64_t sent_s = at(cases[i].sent), id;
		struct action_args args = {0};
		struct desk desk;

		desk_open(&desk);
		id = promised(&desk, "ada", "We will get back to you by Thursday.");
		if (sent_s < at("2026-09-24 09:00")) {
			/* somebody has the answer before: the author wrote again */
			struct verdict verdict = kit_verdict(CLASS_PROBLEM, CAUSE_DELIVERY);
			struct post post = kit_post("p2", "ada", "Well?");

			post.thread = "ada";
			assert_int_equal(kit_file(&desk.kit, &post, &verdict, NULL, NULL), id);
			approve(&desk, id, "@ada It has arrived at the depot.", sent_s);
		} else {
			/* the holding draft goes out as it is */
			assert_int_equal(tick(&desk, at("2026-09-24 09:00")), 1);
			clock_fake(sent_s, 0);
			args = (struct action_args){.complaint_id = id, .hash = kit_get(&desk.kit, id).draft_hash};
			must(&desk.kit, queue_do(&desk.queue, &maya, ACTION_APPROVE, &args, &desk.kit.e));
		}
		send(&desk, sent_s);
		assert_int_equal(list(&desk, (int)cases[i].state, &rows), 1);
		assert_int_equal(rows[0].due_s, at("2026-09-24 17:00"));
		desk_close(&desk);
	}
}

static void complaints_that_are_open_or_closed_are_only_reminded_of(void **state)
{
	static const enum complaint_state states[] = {STATE_OPEN, STATE_SUBMITTED, STATE_APPROVED, STATE_CLOSED};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(states); i++) {
		struct promise_row *rows = NULL;
		struct complaint_row before;
		struct desk desk;
		int64_t id;

		desk_open(&desk);
		id = promised(&desk, "ada", "We will get back to you by Thursday.");
		must(&desk.kit, store_begin(desk.kit.store, STORE_URGENT, &desk.kit.e));
		must(&desk.kit, store_complaint_move(desk.kit.store, id, ~0u, states[i], NULL, NULL, NOW, &desk.kit.e));
		must(&desk.kit, store_commit(desk.kit.store, &desk.kit.e));
		before = kit_get(&desk.kit, id);
		assert_int_equal(tick(&desk, at("2026-09-24 09:00")), 0);
		assert_int_equal(kit_get(&desk.kit, id).state, states[i]);
		assert_int_equal(kit_get(&desk.kit, id).draft_id, before.draft_id);
		assert_int_equal(list(&desk, PROMISE_OPEN, &rows), 1);
		assert_true(rows[0].reminded);
		desk_close(&desk);
	}
}

static void two_promises_bring_one_complaint_back_once(void **state)
{
	struct promise_row *rows = NULL;
	struct desk desk;

	(void)state;
	desk_open(&desk);
	(void)promised(&desk, "ada", "We will look into it by Wednesday. You will hear from us by Thursday.");
	(void)promised(&desk, "ben", "You will hear from us by Thursday.");
	(void)promised(&desk, "cem", "Thank you for telling us.");
	assert_int_equal(list(&desk, PROMISE_OPEN, &rows), 3);
	assert_int_equal(tick(&desk, at("2026-09-24 10:00")), 2);
	assert_int_equal(list(&desk, PROMISE_OPEN, &rows), 3);
	assert_true(rows[0].reminded && rows[1].reminded && rows[2].reminded);
	desk_close(&desk);
}

static void a_week_after_it_was_due_a_promise_is_broken(void **state)
{
	struct promise_row *rows = NULL;
	struct desk desk;

	(void)state;
	desk_open(&desk);
	(void)promised(&desk, "ada", "We will get back to you by Thursday.");
	(void)tick(&desk, at("2026-10-01 17:00"));
	assert_int_equal(list(&desk, PROMISE_BROKEN, &rows), 0);
	(void)tick(&desk, at("2026-10-01 17:01"));
	assert_int_equal(list(&desk, PROMISE_BROKEN, &rows), 1);
	assert_int_equal(list(&desk, PROMISE_OPEN, &rows), 0);
	desk_close(&desk);
}

static void where_no_holding_wording_fits_the_sent_reply_is_no_draft_again(void **state)
{
	struct templates *empty = templates_new();
	struct desk desk;
	size_t count = 0;
	int64_t id;

	(void)state;
	desk_open(&desk);
	id = promised(&desk, "ada", "We will get back to you by Thursday.");
	desk.settings.brand_count = 0; /* and the brand left the configuration */
	must(&desk.kit,
	     promise_tick(desk.kit.store, &desk.settings, empty, at("2026-09-24 09:00"), &count, &desk.kit.e));
	assert_int_equal(count, 1);
	assert_int_equal(kit_get(&desk.kit, id).state, STATE_OPEN);
	assert_int_equal(kit_get(&desk.kit, id).draft_id, 0);
	desk_close(&desk);
	templates_free(&empty);
}

static void every_class_and_language_with_templates_gets_a_holding_draft(void **state)
{
	static const struct {
		enum class class;
		const char *lang, *text;
	} cases[] = {
		{CLASS_VENT, "en", "@x You will hear from us tomorrow."},
		{CLASS_QUESTION, "en", "@x You will hear from us tomorrow."},
		{CLASS_OTHER, "en", "@x You will hear from us tomorrow."},
		{CLASS_PROBLEM, "de", "@x Sie hören morgen von uns."},
		{CLASS_PROBLEM, "es", "@x Le responderemos mañana."},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct complaint_row row;
		struct desk desk;
		int64_t id;

		desk_open(&desk);
		brands[0].signature = "";
		id = complain_in(&desk, "x", cases[i].class, cases[i].lang);
		approve(&desk, id, cases[i].text, NOW);
		send(&desk, NOW);
		assert_int_equal(tick(&desk, at("2026-09-22 12:00")), 1);
		row = kit_get(&desk.kit, id);
		if (row.draft_id == 0 || strstr(row.draft_template, "holding") == NULL)
			fail_msg("%s, %s: no holding draft", class_name(cases[i].class), cases[i].lang);
		assert_string_equal(row.draft_lang, cases[i].lang);
		brands[0].signature = "Maya at Acme";
		desk_close(&desk);
	}
}

static void a_tick_with_nothing_to_do_changes_nothing(void **state)
{
	int64_t before = 0, after = 1;
	struct desk desk;

	(void)state;
	desk_open(&desk);
	(void)promised(&desk, "ada", "We will get back to you by Thursday.");
	must(&desk.kit, store_stamp(desk.kit.store, &before, &desk.kit.e));
	assert_int_equal(tick(&desk, NOW + 60), 0);
	must(&desk.kit, store_stamp(desk.kit.store, &after, &desk.kit.e));
	assert_int_equal(before, after);
	desk_close(&desk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_said_is_later_than_what_is_meant),
		cmocka_unit_test(days_are_named_in_the_language_of_the_reply),
		cmocka_unit_test(the_day_a_draft_names_is_the_day_that_is_read),
		cmocka_unit_test(each_stated_time_of_an_approved_reply_is_a_promise),
		cmocka_unit_test(words_of_a_promise_are_cut_between_characters),
		cmocka_unit_test(at_its_aim_a_promise_brings_the_complaint_back_with_a_holding_draft),
		cmocka_unit_test(the_next_reply_keeps_the_promise_and_its_own_begins),
		cmocka_unit_test(complaints_that_are_open_or_closed_are_only_reminded_of),
		cmocka_unit_test(two_promises_bring_one_complaint_back_once),
		cmocka_unit_test(a_week_after_it_was_due_a_promise_is_broken),
		cmocka_unit_test(where_no_holding_wording_fits_the_sent_reply_is_no_draft_again),
		cmocka_unit_test(every_class_and_language_with_templates_gets_a_holding_draft),
		cmocka_unit_test(a_tick_with_nothing_to_do_changes_nothing),
	};

	return cmocka_run_group_tests(tests, shipped_open, shipped_close);
}
