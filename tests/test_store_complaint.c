/*
 * test_store_complaint.c - filing posts under complaints, priority and reach, the queue and its plans, search, moves.
 */
#include "store_kit.h"

#include "watcher/store/db.h"

static struct complaint_query any(void)
{
	return (struct complaint_query){.state = -1, .class = -1, .cause = -1, .limit = 50};
}

static size_t list(struct kit *kit, const struct complaint_query *query, struct complaint_row **rows_r)
{
	size_t count = 0;

	must(kit, store_complaint_list(kit->store, kit->arena, query, rows_r, &count, &kit->e));
	return count;
}

static void move(struct kit *kit, int64_t id, enum complaint_state to)
{
	must(kit, store_begin(kit->store, STORE_URGENT, &kit->e));
	must(kit,
	     store_complaint_move(kit->store, id, ~0u, to, NULL, to == STATE_CLOSED ? "no reply" : NULL, NOW, &kit->e));
	must(kit, store_commit(kit->store, &kit->e));
}

/* ---- filing ---- */

static void test_one_authors_posts_in_one_thread_are_one_complaint(void **state)
{
	struct verdict verdict = kit_verdict(CLASS_PROBLEM, CAUSE_DELIVERY);
	struct post first = kit_post("1", "ada", "My parcel never came."),
		    again = kit_post("2", "ada", "Still nothing!");
	struct post other = kit_post("3", "ben", "Mine neither."), apart = kit_post("4", "ada", "Another matter.");
	enum complaint_fate fate;
	struct complaint_row row;
	struct post_row *posts = NULL;
	size_t count = 0;
	int64_t id;
	struct kit kit;

	(void)state;
	kit_open(&kit);
	again.thread = other.thread = "1";
	again.created_s = NOW - 30;
	id = kit_file(&kit, &first, &verdict, NULL, &fate);
	assert_int_equal(fate, COMPLAINT_NEW);
	assert_int_equal(kit_file(&kit, &again, &verdict, NULL, &fate), id);
	assert_int_equal(fate, COMPLAINT_MORE);
	assert_int_not_equal(kit_file(&kit, &other, &verdict, NULL, &fate), id);
	assert_int_equal(fate, COMPLAINT_NEW);
	assert_int_not_equal(kit_file(&kit, &apart, &verdict, NULL, &fate), id);
	row = kit_get(&kit, id);
	assert_int_equal(row.posts, 2);
	assert_string_equal(row.post_ext_id, "2"); /* the one a reply answers */
	assert_string_equal(row.text, "Still nothing!");
	assert_string_equal(row.author.id, "ada");
	must(&kit, store_complaint_posts(kit.store, kit.arena, id, &posts, &count, &kit.e));
	assert_int_equal(count, 2);
	assert_string_equal(posts[0].post.id, "1"); /* oldest first */
	kit_whole(&kit);
	kit_close(&kit);
}

static void test_an_older_post_that_comes_late_is_not_the_latest(void **state)
{
	struct verdict verdict = kit_verdict(CLASS_PROBLEM, CAUSE_DELIVERY);
	struct post newer = kit_post("2", "ada", "Still nothing!"), older = kit_post("1", "ada", "Where is it?");
	struct complaint_row row;
	int64_t id;
	struct kit kit;

	(void)state;
	kit_open(&kit);
	newer.thread = "1";
	older.created_s = NOW - 7200;
	id = kit_file(&kit, &newer, &verdict, NULL, NULL);
	assert_int_equal(kit_file(&kit, &older, &verdict, NULL, NULL), id);
	row = kit_get(&kit, id);
	assert_string_equal(row.post_ext_id, "2");
	assert_int_equal(row.posts, 2);
	kit_close(&kit);
}

static void test_posts_that_name_nobody_are_complaints_of_their_own(void **state)
{
	struct verdict verdict = kit_verdict(CLASS_VENT, CAUSE_VALUE);
	struct post first = kit_post("1", "", "Too dear."), second = kit_post("2", NULL, "Far too dear.");
	enum complaint_fate fate;
	struct complaint_row row;
	int64_t a, b;
	struct kit kit;

	(void)state;
	kit_open(&kit);
	first.thread = second.thread = "t";
	a = kit_file(&kit, &first, &verdict, "value:", &fate);
	b = kit_file(&kit, &second, &verdict, "value:", &fate);
	assert_int_not_equal(a, b);
	assert_int_equal(kit_file(&kit, &second, &verdict, "value:", &fate), b); /* the same post stays where it is */
	assert_int_equal(fate, COMPLAINT_MORE);
	row = kit_get(&kit, b);
	assert_int_equal(row.posts, 1);
	assert_int_equal(row.reach, 2); /* two people, as far as one can tell */
	assert_string_equal(row.author.id, "");
	assert_null(row.author.handle);
	assert_int_equal(row.author.followers, -1);
	kit_close(&kit);
}

static void test_a_complaint_is_as_grave_as_its_gravest_post(void **state)
{
	static const struct {
		enum class class;
		enum cause cause;
		int severity, urgency;
		enum class want_class;
		enum cause want_cause;
		int want_severity, want_urgency;
	} cases[] = {
		{CLASS_VENT, CAUSE_STAFF, 2, 0, CLASS_VENT, CAUSE_STAFF, 2, 0},
		{CLASS_PROBLEM, CAUSE_BILLING, 1, 0, CLASS_PROBLEM, CAUSE_BILLING, 2, 0},
		{CLASS_PRAISE, CAUSE_NONE, 1, 0, CLASS_PROBLEM, CAUSE_BILLING, 2, 0},
		{CLASS_PROBLEM, CAUSE_SAFETY, 4, 2, CLASS_PROBLEM, CAUSE_SAFETY, 4, 2},
		{CLASS_VENT, CAUSE_VALUE, 4, 1, CLASS_PROBLEM, CAUSE_SAFETY, 4, 2},
		{CLASS_PROBLEM, CAUSE_NONE, 4, 1, CLASS_PROBLEM, CAUSE_SAFETY, 4, 2},
	};
	struct kit kit;
	char id[24];
	size_t i;

	(void)state;
	kit_open(&kit);
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		struct verdict verdict = kit_verdict(cases[i].class, cases[i].cause);
		struct post post = kit_post(id, "ada", "text");
		struct complaint_row row;

		(void)snprintf(id, sizeof(id), "%zu", i);
		post.thread = "t";
		verdict.severity = cases[i].severity;
		verdict.urgency = cases[i].urgency;
		verdict.undecided = i == 2;
		row = kit_get(&kit, kit_file(&kit, &post, &verdict, NULL, NULL));
		assert_int_equal(row.class, cases[i].want_class);
		assert_int_equal(row.cause, cases[i].want_cause);
		assert_int_equal(row.severity, cases[i].want_severity);
		assert_int_equal(row.urgency, cases[i].want_urgency);
		assert_int_equal(row.undecided, i >= 2); /* what could not be judged stays said */
	}
	kit_whole(&kit);
	kit_close(&kit);
}

static void test_news_reopens_what_was_done_and_repetition_does_not(void **state)
{
	static const enum complaint_state done[] = {STATE_REPLIED, STATE_CLOSED};
	struct verdict verdict = kit_verdict(CLASS_PROBLEM, CAUSE_DELIVERY);
	struct kit kit;
	size_t i;

	(void)state;
	kit_open(&kit);
	for (i = 0; i < ARRAY_LEN(done); i++) {
		struct post post = kit_post(i ? "b1" : "a1", i ? "ben" : "ada", "My parcel never came.");
		enum complaint_fate fate;
		struct complaint_row row;
		int64_t id = kit_file(&kit, &post, &verdict, NULL, NULL), draft = 0;

		must(&kit, store_draft_put(kit.store, id, "Sorry", "h", "t", NULL, "en", "amends", NULL, NOW, &draft,
					   &kit.e));
		move(&kit, id, done[i]);
		(void)kit_file(&kit, &post, &verdict, NULL, &fate); /* the same page again */
		assert_int_equal(fate, COMPLAINT_MORE);
		assert_int_equal(kit_get(&kit, id).state, done[i]);
		post.text = "My parcel never came, nor did an answer."; /* an edit is news */
		(void)kit_file(&kit, &post, &verdict, NULL, &fate);
		assert_int_equal(fate, COMPLAINT_REOPENED);
		row = kit_get(&kit, id);
		assert_int_equal(row.state, STATE_OPEN);
		assert_int_equal(row.draft_id, 0); /* the old draft answers the old words */
		assert_null(row.reason);
		move(&kit, id, done[i]);
		post.thread = post.id;
		post.id = i ? "b2" : "a2";
		(void)kit_file(&kit, &post, &verdict, NULL, &fate);
		assert_int_equal(fate, COMPLAINT_REOPENED);
	}
	assert_int_equal(kit_sql(&kit, "SELECT count(*) FROM audit WHERE action = 'reopen' AND by = 'amends'"), 4);
	kit_whole(&kit);
	kit_close(&kit);
}

static void test_deleting_the_latest_post_leaves_the_one_before(void **state)
{
	struct verdict verdict = kit_verdict(CLASS_PROBLEM, CAUSE_DELIVERY);
	struct post first = kit_post("1", "ada", "My parcel never came."),
		    again = kit_post("2", "ada", "Still nothing!");
	struct complaint_row row;
	int64_t id;
	struct kit kit;

	(void)state;
	kit_open(&kit);
	again.thread = "1";
	id = kit_file(&kit, &first, &verdict, NULL, NULL);
	(void)kit_file(&kit, &again, &verdict, NULL, NULL);
	must(&kit, store_begin(kit.store, STORE_BULK, &kit.e));
	must(&kit, store_post_delete(kit.store, kit.brand_id, "mastodon", "2", NOW, &kit.e));
	must(&kit, store_commit(kit.store, &kit.e));
	row = kit_get(&kit, id);
	assert_int_equal(row.state, STATE_OPEN);
	assert_int_equal(row.posts, 1);
	assert_string_equal(row.post_ext_id, "1");
	kit_whole(&kit);
	kit_close(&kit);
}

/* ---- priority and reach ---- */

static int priority_of(struct kit *kit, const char *id, int urgency, int severity, enum class class, int64_t followers)
{
	struct verdict verdict = kit_verdict(class, CAUSE_OTHER);
	struct post post = kit_post(id, id, "text");

	verdict.urgency = urgency;
	verdict.severity = severity;
	post.author.followers = followers;
	return kit_get(kit, kit_file(kit, &post, &verdict, NULL, NULL)).priority;
}

static void test_priority_puts_the_graver_first(void **state)
{
	/* Each has a larger priority than the next. */
	static const struct {
		int urgency, severity;
		enum class class;
		int64_t followers;
	} cases[] = {
		{2, 1, CLASS_OTHER, -1},    {1, 4, CLASS_PROBLEM, 5000000},
		{1, 1, CLASS_OTHER, 0},     {0, 4, CLASS_PROBLEM, 5000000000},
		{0, 4, CLASS_PROBLEM, 100}, {0, 4, CLASS_PROBLEM, -1},
		{0, 4, CLASS_VENT, -1},     {0, 4, CLASS_QUESTION, -1},
		{0, 4, CLASS_NOT_OURS, -1}, {0, 4, CLASS_PRAISE, -1},
		{0, 4, CLASS_OTHER, -1},    {0, 3, CLASS_OTHER, -1},
	};
	struct complaint_query query = any();
	struct complaint_row *rows = NULL;
	struct kit kit;
	char id[24];
	int last = 1 << 30, priority;
	size_t i;

	(void)state;
	kit_open(&kit);
	for (i = ARRAY_LEN(cases); i-- > 0;) {
		(void)snprintf(id, sizeof(id), "%zu", i);
		(void)priority_of(&kit, id, cases[i].urgency, cases[i].severity, cases[i].class, cases[i].followers);
	}
	assert_int_equal(list(&kit, &query, &rows), ARRAY_LEN(cases));
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		(void)snprintf(id, sizeof(id), "%zu", i);
		priority = rows[i].priority;
		if (strcmp(rows[i].post_ext_id, id) != 0 || priority >= last)
			fail_msg("place %zu: case %s, priority %d after %d", i, rows[i].post_ext_id, priority, last);
		last = priority;
	}
	kit_close(&kit);
}

static int64_t said(struct kit *kit, const char *id, const char *author, int64_t said_s, const char *topic)
{
	struct verdict verdict = kit_verdict(CLASS_PROBLEM, CAUSE_DELIVERY);
	struct post post = kit_post(id, author, "text");

	post.created_s = said_s;
	return kit_file(kit, &post, &verdict, topic, NULL);
}

static void test_reach_counts_people_once_and_only_within_a_day(void **state)
{
	static const struct {
		const char *id, *author;
		int64_t hours_ago;
		const char *topic;
		int want;
	} cases[] = {
		{"1", "ada", 60, "delivery:parcel", 1},
		{"2", "ada", 59, "delivery:parcel", 1}, /* the same person */
		{"3", "ben", 58, "delivery:parcel", 2},
		{"4", "cid", 50, "billing:invoice", 1}, /* another matter */
		{"5", "dan", 30, "delivery:parcel", 1}, /* a day later */
		{"6", "ben", 29, "delivery:parcel", 2},
		{"7", "ada", 56, "delivery:parcel", 2}, /* said long before, comes late: of the latest day two */
		{"8", "eve", 7, "delivery:parcel", 3},  /* 30 hours ago is within 24 of 7 hours ago: dan and ben */
		{"9", "eve", 5, "delivery:parcel", 1},  /* now they are not: only eve */
	};
	struct kit kit;
	size_t i;

	(void)state;
	kit_open(&kit);
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		int64_t id = said(&kit, cases[i].id, cases[i].author, NOW - 3600 * cases[i].hours_ago, cases[i].topic);
		struct complaint_row row = kit_get(&kit, id);

		assert_string_equal(row.topic, cases[i].topic);
		if (row.reach != cases[i].want)
			fail_msg("case %zu: reach %d, not %d", i, row.reach, cases[i].want);
	}
	kit_close(&kit);
}

static void test_reach_agrees_with_counting_every_complaint(void **state)
{
	/* Random people at random hours, in order of time: the kept count equals a count over all rows. */
	unsigned seed = 7;
	char id[16], author[16], sql[400];
	struct kit kit;
	int i;

	(void)state;
	kit_open(&kit);
	for (i = 0; i < 300; i++) {
		int64_t said_s, row;

		seed = seed * 1103515245 + 12345;
		(void)snprintf(id, sizeof(id), "%d", i);
		(void)snprintf(author, sizeof(author), "a%u", (seed >> 16) % 25);
		said_s = NOW - 3600 * (int64_t)(600 - i * 2) + (seed >> 8) % 3600;
		row = said(&kit, id, author, said_s, "delivery:parcel");
		(void)snprintf(sql, sizeof(sql),
			       "SELECT count(DISTINCT author_id) FROM post WHERE created_s / 3600 > %lld - 24"
			       " AND created_s / 3600 <= %lld",
			       (long long)(said_s / 3600), (long long)(said_s / 3600));
		assert_int_equal(kit_get(&kit, row).reach, kit_sql(&kit, sql));
	}
	kit_close(&kit);
}

static void test_earlier_complaints_rise_when_their_matter_spreads(void **state)
{
	static const char *const authors[] = {"a", "b", "c", "d", "e", "f"};
	static const int rise[] = {0, 60, 60, 60, 150, 150};
	int64_t first = 0, closed = 0;
	int base = 0, closed_priority = 0;
	struct complaint_row row;
	struct kit kit;
	size_t i;

	(void)state;
	kit_open(&kit);
	for (i = 0; i < ARRAY_LEN(authors); i++) {
		int64_t id = said(&kit, authors[i], authors[i], NOW - 3600, "quality:crash");

		if (i == 0) {
			first = id;
			base = kit_get(&kit, id).priority;
		}
		assert_int_equal(kit_get(&kit, first).priority, base + rise[i]);
		assert_int_equal(kit_get(&kit, id).priority, base + rise[i]);
		if (i == 2) { /* what is done with stays where it was */
			closed = id;
			move(&kit, closed, STATE_CLOSED);
			closed_priority = kit_get(&kit, closed).priority;
		}
		if (i > 2) {
			row = kit_get(&kit, closed);
			assert_int_equal(row.priority, closed_priority);
			assert_int_equal(row.reach, (int)i + 1); /* the matter's, whoever asks */
		}
	}
	kit_close(&kit);
}

/* ---- the queue ---- */

/* 40 complaints of two brands, of all classes, in all states. */
static void fill(struct kit *kit)
{
	int64_t acme = kit->brand_id, bolt = 0, id;
	char name[16], text[64];
	int i;

	must(kit, store_brand_put(kit->store, "Bolt", &bolt, &kit->e));
	for (i = 0; i < 40; i++) {
		struct verdict verdict =
			kit_verdict((enum class)(i % CLASS_COUNT), i % 2 ? CAUSE_DELIVERY : CAUSE_BILLING);
		struct post post = kit_post(name, name, text);

		(void)snprintf(name, sizeof(name), "p%02d", i);
		(void)snprintf(text, sizeof(text), "Parcel number%d is la\xcc\x81te, \"really\" late", i);
		verdict.urgency = i % 3;
		kit->brand_id = i % 4 == 0 ? bolt : acme;
		id = kit_file(kit, &post, &verdict, NULL, NULL);
		if (i % 8 > 3)
			move(kit, id, (enum complaint_state)(i % 8 - 3));
	}
	kit->brand_id = acme;
}

/* Reads all pages of a query; checks the order, and that no row comes twice; returns how many came. */
static size_t pages(struct kit *kit, struct complaint_query query, int limit)
{
	bool seen[64] = {false};
	size_t count, all = 0, i;
	int64_t last = INT64_MAX;

	query.limit = limit;
	do {
		struct complaint_row *rows = NULL;

		count = list(kit, &query, &rows);
		for (i = 0; i < count; i++) {
			int64_t key = complaint_order_key(&rows[i], query.order);

			assert_true(key <= last);
			assert_true(rows[i].id < 64);
			assert_false(seen[rows[i].id]);
			seen[rows[i].id] = true;
			last = key;
			query.after_key = key;
			query.after_id = rows[i].id;
		}
		all += count;
	} while (count == (size_t)limit);
	return all;
}

static void test_every_filter_and_order_pages_through_the_same_rows(void **state)
{
	struct kit kit;
	int class, cause, st, brand, words, platform;

	(void)state;
	kit_open(&kit);
	fill(&kit);
	for (st = -1; st < (int)STATE_COUNT; st++)
		for (class = -1; class < (int)CLASS_COUNT; class += 3)
			for (cause = -1; cause < 3; cause++)
				for (brand = 0; brand < 8 * ORDER_COUNT; brand++) {
					struct complaint_query query = any();
					char sql[700];
					int64_t want;

					words = brand & 2, platform = brand & 4;
					query.state = st;
					query.class = class;
					query.cause = cause < 0    ? -1
						      : cause == 0 ? CAUSE_DELIVERY
						      : cause == 1 ? CAUSE_BILLING
								   : CAUSE_STAFF;
					query.brand = cause == 1 ? "Bolt" : NULL;
					query.platform = platform ? "mastodon" : NULL;
					query.words = words ? "late PARCEL number1" : NULL;
					query.order = (enum complaint_order)(brand % ORDER_COUNT);
					(void)snprintf(sql, sizeof(sql),
						       "SELECT count(*) FROM complaint c JOIN brand b ON b.id = "
						       "c.brand_id JOIN post p"
						       " ON p.id = c.post_id WHERE (%d < 0 OR c.state = '%s') AND (%d "
						       "< 0 OR c.class = '%s')"
						       " AND (%d < 0 OR c.cause = '%s') AND (%d = 0 OR b.name = 'Bolt')"
						       " AND (%d = 0 OR p.text LIKE '%%number1%%')",
						       st, state_name((enum complaint_state)(st < 0 ? 0 : st)), class,
						       class_name((enum class)(class < 0 ? 0 : class)), query.cause,
						       cause_name((enum cause)(query.cause < 0 ? 0 : query.cause)),
						       cause == 1, words != 0);
					want = kit_sql(&kit, sql);
					if (pages(&kit, query, 3) != (size_t)want ||
					    pages(&kit, query, 50) != (size_t)want)
						fail_msg("state %d class %d cause %d variant %d: not %lld rows", st,
							 class, cause, brand, (long long)want);
				}
	kit_close(&kit);
}

/* When its latest post was written, not when somebody last did something about it. */
static void test_newest_is_the_customers_latest_post(void **state)
{
	struct verdict verdict = kit_verdict(CLASS_PROBLEM, CAUSE_DELIVERY);
	static const struct {
		const char *id, *author;
		int64_t created_s; /* 0: not told, as fetched */
	} posts[] = {{"1", "ada", NOW - 9000}, {"2", "bo", NOW - 5000}, {"3", "cy", NOW - 7000}, {"4", "di", NOW + 9000}};
	struct complaint_query query = any();
	struct complaint_row *rows = NULL;
	struct post late;
	struct kit kit;
	int64_t ids[4];
	size_t i;

	(void)state;
	kit_open(&kit);
	for (i = 0; i < ARRAY_LEN(posts); i++) {
		struct post post = kit_post(posts[i].id, posts[i].author, "My parcel never came.");

		post.created_s = posts[i].created_s;
		ids[i] = kit_file(&kit, &post, &verdict, NULL, NULL);
	}
	move(&kit, ids[0], STATE_SUBMITTED);
	query.order = ORDER_NEWEST;
	assert_int_equal(list(&kit, &query, &rows), 4);
	assert_true(rows[0].id == ids[3] && rows[1].id == ids[1] && rows[2].id == ids[2] && rows[3].id == ids[0]);
	assert_true(rows[0].said_s < NOW + 9000); /* a clock that runs ahead: when it was fetched */
	assert_int_equal(rows[1].said_s, NOW - 5000);
	late = kit_post("5", "cy", "Still nothing.");
	late.thread = "3";
	late.created_s = NOW - 100;
	assert_int_equal(kit_file(&kit, &late, &verdict, NULL, NULL), ids[2]);
	assert_int_equal(list(&kit, &query, &rows), 4);
	assert_int_equal(rows[1].id, ids[2]);
	kit_whole(&kit);
	kit_close(&kit);
}

static void test_rows_that_come_in_between_pages_repeat_nothing(void **state)
{
	struct complaint_query query = any();
	struct complaint_row *first = NULL, *second = NULL;
	struct kit kit;
	size_t i, j, n;

	(void)state;
	kit_open(&kit);
	fill(&kit);
	query.limit = 10;
	assert_int_equal(list(&kit, &query, &first), 10);
	(void)priority_of(&kit, "new", 2, 4, CLASS_PROBLEM, 1000);
	query.after_key = first[9].priority;
	query.after_id = first[9].id;
	n = list(&kit, &query, &second);
	for (i = 0; i < 10; i++)
		for (j = 0; j < n; j++)
			assert_int_not_equal(first[i].id, second[j].id);
	kit_close(&kit);
}

static void test_bad_queries_are_refused(void **state)
{
	struct complaint_query query;
	struct complaint_row *rows = NULL;
	char words[500];
	size_t count = 0;
	struct kit kit;
	int i;

	(void)state;
	kit_open(&kit);
	memset(words, 'x', sizeof(words) - 1);
	words[sizeof(words) - 1] = '\0';
	for (i = 0; i < 6; i++) {
		query = any();
		query.limit = i == 0 ? 0 : i == 1 ? 501 : 5;
		query.state = i == 2 ? STATE_COUNT : -1;
		query.class = i == 3 ? CLASS_COUNT : -1;
		query.cause = i == 4 ? CAUSE_COUNT : -1;
		query.words = i == 5 ? words : NULL;
		must_fail(&kit, ERR_INVALID, store_complaint_list(kit.store, kit.arena, &query, &rows, &count, &kit.e));
	}
	query = any();
	query.brand = "Nobody";
	assert_int_equal(list(&kit, &query, &rows), 0);
	kit_close(&kit);
}

/* ---- search ---- */

static void test_whatever_is_typed_searches_and_never_fails(void **state)
{
	static const struct {
		const char *words;
		size_t want;
	} cases[] = {
		{"parcel", 40},
		{"PARCEL", 40},
		{"parc", 40},
		{"parc late", 0},
		{"late", 40},
		{"l\xc3\xa1te", 40},
		{"number7", 1},
		{"number3", 11},
		{"number3 ", 11},
		{"\"really\"", 40},
		{"really late", 40},
		{"nothing", 0},
		{"parcel nothing", 0},
		{"", 40},
		{"   \t\n", 40},
		{"AND", 0},
		{"parcel OR nothing", 0},
		{"NOT parcel", 0},
		{"text:parcel", 0},
		{"{text}", 0},
		{"a* b* (", 0},
		{"\"", 0},
		{"\"\"\"", 0},
		{"'; DROP TABLE post; --", 0},
		{"^parcel", 40},
		{"NEAR(parcel late)", 0},
		{"-", 0},
		{"number1 -", 1},
		{"\xff\xfe", 0},
	};
	struct complaint_query query = any();
	struct complaint_row *rows = NULL;
	struct kit kit;
	size_t i, count, bad = 0;

	(void)state;
	kit_open(&kit);
	fill(&kit);
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		query.words = cases[i].words;
		count = list(&kit, &query, &rows);
		if (count != cases[i].want) {
			print_message("\"%s\": %zu rows, not %zu\n", cases[i].words, count, cases[i].want);
			bad++;
		}
	}
	assert_int_equal(bad, 0);
	kit_close(&kit);
}

static void test_a_search_sees_what_its_own_transaction_filed(void **state)
{
	struct complaint_query query = any();
	struct verdict verdict = kit_verdict(CLASS_PROBLEM, CAUSE_DELIVERY);
	struct post post = kit_post("1", "ada", "My zebra never came.");
	struct complaint_row *rows = NULL;
	enum complaint_fate fate;
	int64_t post_id = 0, id = 0;
	struct kit kit;

	(void)state;
	kit_open(&kit);
	query.words = "zebra";
	must(&kit, store_begin(kit.store, STORE_BULK, &kit.e));
	(void)kit_put(&kit, &post, &post_id);
	must(&kit, store_complaint_file(kit.store, post_id, &verdict, NULL, NOW, &id, &fate, &kit.e));
	assert_int_equal(list(&kit, &query, &rows), 1);
	post.text = "My giraffe never came."; /* edited within the same page */
	assert_int_equal(kit_put(&kit, &post, &post_id), POST_EDITED);
	assert_int_equal(list(&kit, &query, &rows), 0);
	store_rollback(kit.store);
	query.words = "giraffe";
	assert_int_equal(list(&kit, &query, &rows), 0);
	kit_whole(&kit);
	kit_close(&kit);
}

/* ---- plans ---- */

/* The plan of a statement as one text. */
static void plan_of(struct kit *kit, enum stmt id, char *out, size_t size)
{
	const char *sql = sqlite3_sql(kit->store->stmts[id]);
	char *text = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", sql);
	sqlite3_stmt *stmt = NULL;
	size_t len = 0;

	assert_non_null(text);
	assert_int_equal(sqlite3_prepare_v2(kit->store->db, text, -1, &stmt, NULL), SQLITE_OK);
	out[0] = '\0';
	while (sqlite3_step(stmt) == SQLITE_ROW && len < size)
		len += (size_t)snprintf(out + len, size - len, "%s\n", (const char *)sqlite3_column_text(stmt, 3));
	(void)sqlite3_finalize(stmt);
	sqlite3_free(text);
}

static void test_lists_read_in_the_order_of_an_index(void **state)
{
	static const struct {
		enum stmt id;
		const char *index;
		bool sorts;
	} cases[] = {
		{STMT_LIST_OPEN, "c USING INDEX complaint_queue (priority<?)", false},
		{STMT_LIST_SUBMITTED, "c USING INDEX complaint_queue (priority<?)", false},
		{STMT_LIST_APPROVED, "c USING INDEX complaint_done (state=? AND priority<?)", false},
		{STMT_LIST_REPLIED, "c USING INDEX complaint_done (state=? AND priority<?)", false},
		{STMT_LIST_CLOSED, "c USING INDEX complaint_done (state=? AND priority<?)", false},
		{STMT_LIST_NEWEST, "c USING INDEX complaint_said", false},
		{STMT_LIST_CHANGED, "c USING INDEX complaint_recent", false},
		{STMT_LIST_ANY, "MERGE (UNION ALL)", true},     /* sorts the page it has, 500 rows at most */
		{STMT_LIST_WORDS, "VIRTUAL TABLE INDEX", true}, /* sorts what the words found */
		{STMT_COMPLAINT_COUNTS_WORDS, "VIRTUAL TABLE INDEX", true}, /* groups what the words found */
		{STMT_OUTBOX_DUE, "o USING INDEX outbox_due", false},
		{STMT_OUTBOX_IN, "outbox USING COVERING INDEX outbox_state", false},
		{STMT_RECHECK_DUE, "post USING INDEX post_recheck", false},
		{STMT_TOPIC_RAISE, "complaint USING INDEX complaint_topic", false},
		{STMT_AUDIT_LIST, "audit USING INDEX audit_complaint", false},
		{STMT_POST_FIND, "post USING INDEX sqlite_autoindex_post_1", false},
		{STMT_DRAFT_PUT, "SEARCH c USING INTEGER PRIMARY KEY", false},
		{STMT_TEMPLATE_STATS, "draft USING COVERING INDEX draft_made", true}, /* sorts the templates */
		{STMT_DRAFT_LIST, "d USING INDEX draft_complaint", false},
		{STMT_PROMISE_OPEN, "m USING INDEX promise_state (state=?)", false},
		{STMT_PROMISE_ENDED, "m USING INDEX promise_state (state=?)", false},
		{STMT_PROMISE_ANY, "m USING INDEX promise_due", false},
		{STMT_PROMISE_DUE, "m USING INDEX promise_aim (state=? AND aim_s<?)", false},
		{STMT_PROMISE_KEEP, "promise USING INDEX promise_open (complaint_id=?)", false},
		{STMT_PROMISE_BREAK, "promise USING INDEX promise_state (state=? AND due_s<?)", false},
		{STMT_PROMISE_WEEKS, "promise USING COVERING INDEX promise_due", false},
		{STMT_REVIEW_WAITING, "r USING INDEX review_waiting", false},
		{STMT_REVIEW_DONE, "r USING INDEX review_done", false},
		{STMT_COMPLAINT_GET, "m USING INDEX promise_open (complaint_id=?)", false},
		{STMT_REASON_COUNTS, "a USING INDEX audit_close (at_s>?)", true}, /* groups */
		{STMT_AUDIT_ALL, "SCAN audit", false},
	};
	char plan[4000];
	struct kit kit;
	size_t i;

	(void)state;
	kit_open(&kit);
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		plan_of(&kit, cases[i].id, plan, sizeof(plan));
		if (!strstr(plan, cases[i].index) || (!cases[i].sorts && strstr(plan, "TEMP B-TREE")))
			fail_msg("statement %d is not read by \"%s\":\n%s", (int)cases[i].id, cases[i].index, plan);
	}
	kit_close(&kit);
}

static void test_no_page_statement_scans_a_table(void **state)
{
	static const enum stmt cases[] = {
		STMT_AUTHOR_FIND,     STMT_AUTHOR_UPDATE,  STMT_POST_FIND,       STMT_POST_EDIT,
		STMT_VERDICT_GET,     STMT_VERDICT_UPDATE, STMT_FILE_POST,       STMT_COMPLAINT_FACTS,
		STMT_COMPLAINT_MERGE, STMT_POST_FILED,     STMT_TOPIC_FIND,      STMT_TOPIC_AUTHOR_FIND,
		STMT_TOPIC_HOUR_SUM,  STMT_COMPLAINT_GET,  STMT_COMPLAINT_POSTS, STMT_COMPLAINT_MOVE,
		STMT_AUTHOR_REPLIES,  STMT_OUTBOX_MOVE,    STMT_OUTBOX_GET,      STMT_SESSION_FIND,
		STMT_PROMISE_REMINDED, STMT_REVIEW_GET,    STMT_REVIEW_END,
		STMT_AUDIT_LIST,      STMT_OUTBOX_DUE,     STMT_DRAFT_LIST,
	};
	char plan[4000];
	struct kit kit;
	size_t i;

	(void)state;
	kit_open(&kit);
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		plan_of(&kit, cases[i], plan, sizeof(plan));
		if (strstr(plan, "SCAN"))
			fail_msg("statement %d scans:\n%s", (int)cases[i], plan);
	}
	kit_close(&kit);
}

/* ---- counts and moves ---- */

/* Beside a filter stands how many rows it lets through. */
static void test_counts_of_a_filter_are_what_its_list_shows(void **state)
{
	static const char *const words[] = {NULL, "number1", "late PARCEL", "nowhere", "  "};
	struct kit kit;
	int variant, st, class;

	(void)state;
	kit_open(&kit);
	fill(&kit);
	for (variant = 0; variant < 4 * (int)ARRAY_LEN(words); variant++) {
		struct complaint_query query = any();
		struct complaint_counts counts;
		struct complaint_row *rows = NULL;

		query.brand = variant & 1 ? "Bolt" : NULL;
		query.cause = variant & 2 ? CAUSE_BILLING : -1;
		query.words = words[variant / 4];
		query.limit = 500;
		must(&kit, store_complaint_counts_of(kit.store, kit.arena, &query, &counts, &kit.e));
		for (st = 0; st < (int)STATE_COUNT; st++)
			for (class = 0; class < (int)CLASS_COUNT; class++) {
				query.state = st;
				query.class = class;
				if ((int64_t)list(&kit, &query, &rows) != counts.both[st][class])
					fail_msg("variant %d state %d class %d: not %lld", variant, st, class,
						 (long long)counts.both[st][class]);
			}
	}
	kit_close(&kit);
}

static void test_counts_agree_with_the_rows(void **state)
{
	struct complaint_counts counts;
	const char *const brands[] = {NULL, "Acme", "Bolt", "Nobody"};
	char sql[300];
	struct kit kit;
	size_t i;
	int k;

	(void)state;
	kit_open(&kit);
	fill(&kit);
	for (i = 0; i < ARRAY_LEN(brands); i++) {
		must(&kit, store_complaint_counts(kit.store, brands[i], &counts, &kit.e));
		for (k = 0; k < (int)STATE_COUNT; k++) {
			(void)snprintf(sql, sizeof(sql),
				       "SELECT count(*) FROM complaint c JOIN brand b ON b.id = c.brand_id"
				       " WHERE state = '%s' AND (%d OR b.name = '%s')",
				       state_name((enum complaint_state)k), brands[i] == NULL,
				       brands[i] ? brands[i] : "");
			assert_int_equal(counts.state[k], kit_sql(&kit, sql));
		}
		for (k = 0; k < (int)CLASS_COUNT; k++) {
			(void)snprintf(sql, sizeof(sql),
				       "SELECT count(*) FROM complaint c JOIN brand b ON b.id = c.brand_id"
				       " WHERE state = 'open' AND class = '%s' AND (%d OR b.name = '%s')",
				       class_name((enum class)k), brands[i] == NULL, brands[i] ? brands[i] : "");
			assert_int_equal(counts.open_class[k], kit_sql(&kit, sql));
		}
	}
	kit_close(&kit);
}

static void test_moves_are_guarded_by_state_and_text(void **state)
{
	struct verdict verdict = kit_verdict(CLASS_PROBLEM, CAUSE_DELIVERY);
	struct post post = kit_post("1", "ada", "My parcel never came.");
	const unsigned open = 1u << STATE_OPEN;
	struct complaint_row row;
	int64_t id, draft = 0;
	struct kit kit;

	(void)state;
	kit_open(&kit);
	id = kit_file(&kit, &post, &verdict, NULL, NULL);
	must(&kit,
	     store_draft_put(kit.store, id, "Sorry", "hash-1", "t1", "why", "en", "maya", "[]", NOW, &draft, &kit.e));
	must(&kit, store_begin(kit.store, STORE_URGENT, &kit.e));
	must_fail(&kit, ERR_CONFLICT,
		  store_complaint_move(kit.store, id, open, STATE_APPROVED, "hash-0", NULL, NOW, &kit.e));
	assert_non_null(strstr(kit.e.text, "changed meanwhile"));
	must(&kit, store_complaint_move(kit.store, id, open, STATE_SUBMITTED, "hash-1", NULL, NOW + 1, &kit.e));
	must_fail(&kit, ERR_CONFLICT, store_complaint_move(kit.store, id, open, STATE_CLOSED, NULL, "x", NOW, &kit.e));
	assert_non_null(strstr(kit.e.text, "is submitted by now"));
	must_fail(&kit, ERR_NOT_FOUND, store_complaint_move(kit.store, 99, open, STATE_CLOSED, NULL, "x", NOW, &kit.e));
	must(&kit,
	     store_complaint_move(kit.store, id, 1u << STATE_SUBMITTED, STATE_OPEN, NULL, "too long", NOW + 2, &kit.e));
	must(&kit, store_commit(kit.store, &kit.e));
	row = kit_get(&kit, id);
	assert_int_equal(row.state, STATE_OPEN);
	assert_string_equal(row.reason, "too long");
	assert_int_equal(row.updated_s, NOW + 2);
	assert_int_equal(row.draft_id, draft);
	assert_string_equal(row.draft, "Sorry");
	assert_string_equal(row.draft_hash, "hash-1");
	assert_string_equal(row.draft_template, "t1");
	assert_string_equal(row.draft_why, "why");
	assert_string_equal(row.draft_lang, "en");
	assert_string_equal(row.draft_by, "maya");
	assert_string_equal(row.findings_json, "[]");
	must_fail(&kit, ERR_NOT_FOUND, store_complaint_get(kit.store, kit.arena, 99, &row, &kit.e));
	kit_close(&kit);
}

static void test_no_other_word_gets_into_a_state(void **state)
{
	struct verdict verdict = kit_verdict(CLASS_PROBLEM, CAUSE_DELIVERY);
	struct post post = kit_post("1", "ada", "My parcel never came.");
	char sql[100];
	struct kit kit;
	int i;

	(void)state;
	kit_open(&kit);
	(void)kit_file(&kit, &post, &verdict, NULL, NULL);
	assert_int_equal(kit_exec(&kit, "UPDATE complaint SET state = 'lost'"), SQLITE_CONSTRAINT);
	assert_int_equal(kit_exec(&kit, "UPDATE complaint SET class = 'rant'"), SQLITE_CONSTRAINT);
	assert_int_equal(kit_exec(&kit, "UPDATE complaint SET cause = 'magic'"), SQLITE_CONSTRAINT);
	assert_int_equal(kit_exec(&kit, "UPDATE verdict SET class = 'rant'"), SQLITE_CONSTRAINT);
	for (i = 0; i < (int)STATE_COUNT; i++) {
		(void)snprintf(sql, sizeof(sql), "UPDATE complaint SET state = '%s'",
			       state_name((enum complaint_state)i));
		assert_int_equal(kit_exec(&kit, sql), SQLITE_OK);
	}
	for (i = 0; i < (int)CAUSE_COUNT; i++) {
		(void)snprintf(sql, sizeof(sql), "UPDATE complaint SET cause = '%s'", cause_name((enum cause)i));
		assert_int_equal(kit_exec(&kit, sql), SQLITE_OK);
	}
	kit_close(&kit);
}

/* ---- looking after posts ---- */

static size_t due(struct kit *kit, int64_t now_s, int64_t before_s, int limit, const char *const **ids_r)
{
	size_t count = 0;

	must(kit, store_begin(kit->store, STORE_BULK, &kit->e));
	must(kit, store_recheck_due(kit->store, kit->arena, kit->source_id, now_s, before_s, limit, ids_r, &kit->e));
	must(kit, store_commit(kit->store, &kit->e));
	while ((*ids_r)[count])
		count++;
	return count;
}

static void test_posts_that_wait_for_an_answer_are_rechecked_in_turn(void **state)
{
	struct verdict verdict = kit_verdict(CLASS_PROBLEM, CAUSE_DELIVERY);
	const char *const *ids = NULL;
	int64_t closed = 0;
	struct kit kit;
	char id[24];
	int i;

	(void)state;
	kit_open(&kit);
	for (i = 0; i < 5; i++) {
		struct post post = kit_post(id, id, "My parcel never came.");

		(void)snprintf(id, sizeof(id), "%d", i);
		closed = kit_file(&kit, &post, &verdict, NULL, NULL);
	}
	move(&kit, closed, STATE_CLOSED);
	assert_int_equal(due(&kit, NOW + 10, NOW + 10, 3, &ids), 3);
	assert_string_equal(ids[0], "0");
	assert_int_equal(due(&kit, NOW + 20, NOW + 5, 3, &ids), 1); /* the fourth; the fifth is closed */
	assert_string_equal(ids[0], "3");
	assert_int_equal(due(&kit, NOW + 30, NOW + 5, 3, &ids), 0);
	assert_int_equal(due(&kit, NOW + 30, NOW + 15, 9, &ids), 3); /* again, a while later */
	move(&kit, closed, STATE_OPEN);
	assert_int_equal(due(&kit, NOW + 40, NOW + 5, 9, &ids), 1);
	assert_string_equal(ids[0], "4");
	/* After a fortnight they are let go. */
	assert_int_equal(due(&kit, NOW + 15 * 86400, NOW + 15 * 86400, 2, &ids), 0);
	assert_int_equal(kit_sql(&kit, "SELECT count(*) FROM post WHERE rechecked_s IS NOT NULL"), 0);
	kit_close(&kit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_authors_posts_in_one_thread_are_one_complaint),
		cmocka_unit_test(test_an_older_post_that_comes_late_is_not_the_latest),
		cmocka_unit_test(test_posts_that_name_nobody_are_complaints_of_their_own),
		cmocka_unit_test(test_a_complaint_is_as_grave_as_its_gravest_post),
		cmocka_unit_test(test_news_reopens_what_was_done_and_repetition_does_not),
		cmocka_unit_test(test_deleting_the_latest_post_leaves_the_one_before),
		cmocka_unit_test(test_priority_puts_the_graver_first),
		cmocka_unit_test(test_reach_counts_people_once_and_only_within_a_day),
		cmocka_unit_test(test_reach_agrees_with_counting_every_complaint),
		cmocka_unit_test(test_earlier_complaints_rise_when_their_matter_spreads),
		cmocka_unit_test(test_every_filter_and_order_pages_through_the_same_rows),
		cmocka_unit_test(test_newest_is_the_customers_latest_post),
		cmocka_unit_test(test_rows_that_come_in_between_pages_repeat_nothing),
		cmocka_unit_test(test_bad_queries_are_refused),
		cmocka_unit_test(test_whatever_is_typed_searches_and_never_fails),
		cmocka_unit_test(test_a_search_sees_what_its_own_transaction_filed),
		cmocka_unit_test(test_lists_read_in_the_order_of_an_index),
		cmocka_unit_test(test_no_page_statement_scans_a_table),
		cmocka_unit_test(test_counts_agree_with_the_rows),
		cmocka_unit_test(test_counts_of_a_filter_are_what_its_list_shows),
		cmocka_unit_test(test_moves_are_guarded_by_state_and_text),
		cmocka_unit_test(test_no_other_word_gets_into_a_state),
		cmocka_unit_test(test_posts_that_wait_for_an_answer_are_rechecked_in_turn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
