/*
 * test_store_promise.c - promises of replies, reviews of approvals, and the pause of all sending.
 */
#include "store_kit.h"

#define HOUR 3600
#define DAY 86400
#define MONDAY 1789948800 /* 2026-09-21T00:00:00Z, the Monday before NOW */

/* A complaint with a reply in the outbox. */
static int64_t replying(struct kit *kit, const char *id, int64_t *outbox_id_r)
{
	struct verdict verdict = kit_verdict(CLASS_PROBLEM, CAUSE_DELIVERY);
	struct post post = kit_post(id, id, "My parcel never came.");
	int64_t complaint_id = kit_file(kit, &post, &verdict, NULL, NULL), draft = 0;

	must(kit, store_draft_put(kit->store, complaint_id, "We answer by Thursday.", "hash", "t", NULL, "en", "amends",
				  NULL, NOW, &draft, &kit->e));
	must(kit, store_begin(kit->store, STORE_URGENT, &kit->e));
	must(kit, store_complaint_move(kit->store, complaint_id, ~0u, STATE_APPROVED, NULL, NULL, NOW, &kit->e));
	must(kit, store_outbox_put(kit->store, complaint_id, draft, OUTBOX_SCHEDULED, 0, "maya", NOW, NOW, outbox_id_r,
				   &kit->e));
	must(kit, store_commit(kit->store, &kit->e));
	return complaint_id;
}

static void send(struct kit *kit, int64_t outbox_id, enum outbox_state to)
{
	must(kit, store_outbox_move(kit->store, outbox_id, OUTBOX_SCHEDULED, to, NOW, NOW, 1, "9", NULL, NULL, &kit->e));
}

static void promise(struct kit *kit, int64_t complaint_id, int64_t outbox_id, int64_t aim_s, int64_t due_s)
{
	must(kit, store_begin(kit->store, STORE_URGENT, &kit->e));
	must(kit, store_promise_put(kit->store, complaint_id, outbox_id, "by Thursday", aim_s, due_s, NOW, &kit->e));
	must(kit, store_commit(kit->store, &kit->e));
}

/* A promise that was said in public; its complaint. */
static int64_t promised(struct kit *kit, const char *id, int64_t aim_s, int64_t due_s)
{
	int64_t outbox = 0, complaint_id = replying(kit, id, &outbox);

	promise(kit, complaint_id, outbox, aim_s, due_s);
	send(kit, outbox, OUTBOX_SENT);
	return complaint_id;
}

static void keep(struct kit *kit, int64_t complaint_id, int64_t outbox_id, int64_t at_s)
{
	must(kit, store_begin(kit->store, STORE_URGENT, &kit->e));
	must(kit, store_promise_keep(kit->store, complaint_id, outbox_id, at_s, &kit->e));
	must(kit, store_commit(kit->store, &kit->e));
}

static size_t list(struct kit *kit, int state, struct promise_row **rows_r)
{
	size_t count = 0;

	must(kit, store_promise_list(kit->store, kit->arena, state, 50, rows_r, &count, &kit->e));
	return count;
}

static size_t due(struct kit *kit, int64_t now_s, struct promise_row **rows_r)
{
	size_t count = 0;

	must(kit, store_promise_due(kit->store, kit->arena, now_s, 50, rows_r, &count, &kit->e));
	return count;
}

/* ---- promises ---- */

static void test_a_promise_counts_once_its_reply_is_sent(void **state)
{
	struct promise_row *rows = NULL;
	struct promise_week *weeks = NULL;
	int64_t outbox = 0, id, broken = 0;
	size_t count = 9;
	struct kit kit;

	(void)state;
	kit_open(&kit);
	id = replying(&kit, "1", &outbox);
	promise(&kit, id, outbox, NOW + HOUR, NOW + DAY);
	assert_int_equal(list(&kit, -1, &rows), 0);
	assert_int_equal(list(&kit, PROMISE_OPEN, &rows), 0);
	assert_int_equal(due(&kit, NOW + 9 * DAY, &rows), 0);
	assert_int_equal(kit_get(&kit, id).promise_due_s, 0);
	keep(&kit, id, 0, NOW + 9); /* nobody has heard it: there is nothing to keep */
	must(&kit, store_promise_break(kit.store, NOW + 9 * DAY, NOW + 9 * DAY, &broken, &kit.e));
	assert_int_equal(broken, 0);
	must(&kit, store_promise_weeks(kit.store, kit.arena, 5, &weeks, &count, &kit.e));
	assert_int_equal(count, 0);
	assert_null(weeks);
	send(&kit, outbox, OUTBOX_SENT);
	assert_int_equal(list(&kit, -1, &rows), 1);
	assert_int_equal(rows[0].complaint_id, id);
	assert_int_equal(rows[0].outbox_id, outbox);
	assert_string_equal(rows[0].words, "by Thursday");
	assert_string_equal(rows[0].brand, "Acme");
	assert_string_equal(rows[0].platform, "mastodon");
	assert_string_equal(rows[0].handle, "1");
	assert_string_equal(rows[0].by, "maya");
	assert_int_equal(rows[0].aim_s, NOW + HOUR);
	assert_int_equal(rows[0].due_s, NOW + DAY);
	assert_int_equal(rows[0].made_s, NOW);
	assert_int_equal(rows[0].ended_s, 0);
	assert_int_equal(rows[0].state, PROMISE_OPEN);
	assert_int_equal(rows[0].complaint_state, STATE_APPROVED);
	assert_false(rows[0].reminded);
	assert_int_equal(kit_get(&kit, id).promise_due_s, NOW + DAY);
	kit_whole(&kit);
	kit_close(&kit);
}

static void test_a_promise_of_a_reply_that_never_went_out_is_none(void **state)
{
	static const enum outbox_state ends[] = {OUTBOX_FAILED, OUTBOX_CANCELLED, OUTBOX_UNKNOWN, OUTBOX_HANDOFF};
	struct promise_row *rows = NULL;
	struct kit kit;
	char name[8];
	size_t i;

	(void)state;
	kit_open(&kit);
	for (i = 0; i < ARRAY_LEN(ends); i++) {
		int64_t outbox = 0, id;

		(void)snprintf(name, sizeof(name), "%zu", i);
		id = replying(&kit, name, &outbox);
		promise(&kit, id, outbox, NOW + HOUR, NOW + DAY);
		send(&kit, outbox, ends[i]);
		assert_int_equal(list(&kit, -1, &rows), i == 3 ? 1 : 0);
		if (ends[i] == OUTBOX_UNKNOWN) { /* found out later */
			must(&kit, store_outbox_move(kit.store, outbox, OUTBOX_UNKNOWN, OUTBOX_SENT, NOW, NOW, 1, "9",
						     NULL, NULL, &kit.e));
			assert_int_equal(list(&kit, -1, &rows), 1);
		}
	}
	kit_whole(&kit);
	kit_close(&kit);
}

static void test_a_promise_of_a_reply_that_is_sent_already_counts_at_once(void **state)
{
	struct promise_row *rows = NULL;
	int64_t outbox = 0, id, other = 0;
	struct kit kit;

	(void)state;
	kit_open(&kit);
	id = replying(&kit, "1", &outbox);
	send(&kit, outbox, OUTBOX_SENT);
	promise(&kit, id, outbox, NOW + HOUR, NOW + DAY);
	assert_int_equal(list(&kit, PROMISE_OPEN, &rows), 1);
	(void)replying(&kit, "2", &other);
	must_fail(&kit, ERR_INTERNAL, store_promise_put(kit.store, id, outbox, "w", NOW, NOW, NOW, &kit.e));
	must_fail(&kit, ERR_INTERNAL, store_promise_keep(kit.store, id, 0, NOW, &kit.e));
	must(&kit, store_begin(kit.store, STORE_URGENT, &kit.e));
	must_fail(&kit, ERR_NOT_FOUND, store_promise_put(kit.store, id, other, "w", NOW, NOW, NOW, &kit.e));
	must_fail(&kit, ERR_NOT_FOUND, store_promise_put(kit.store, id, 99, "w", NOW, NOW, NOW, &kit.e));
	store_rollback(kit.store);
	must_fail(&kit, ERR_NOT_FOUND, store_promise_reminded(kit.store, 99, &kit.e));
	kit_close(&kit);
}

static void test_a_promise_ends_as_early_in_time_or_late(void **state)
{
	static const struct {
		int64_t at_s;
		enum promise_state want;
	} cases[] = {
		{NOW + 1, PROMISE_KEPT_EARLY}, {NOW + HOUR - 1, PROMISE_KEPT_EARLY}, {NOW + HOUR, PROMISE_KEPT},
		{NOW + DAY, PROMISE_KEPT},     {NOW + DAY + 1, PROMISE_LATE},        {NOW, PROMISE_OPEN}, /* not later */
	};
	struct promise_row *rows = NULL;
	struct kit kit;
	char name[8];
	size_t i;

	(void)state;
	kit_open(&kit);
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		int64_t id;

		(void)snprintf(name, sizeof(name), "%zu", i);
		id = promised(&kit, name, NOW + HOUR, NOW + DAY);
		keep(&kit, id, 0, cases[i].at_s);
		assert_int_equal(list(&kit, -1, &rows), i + 1);
		assert_int_equal(rows[0].complaint_id, id); /* of equals the newer first */
		if (rows[0].state != cases[i].want)
			fail_msg("case %zu: %s", i, promise_state_name(rows[0].state));
		assert_int_equal(rows[0].ended_s, cases[i].want == PROMISE_OPEN ? 0 : cases[i].at_s);
		keep(&kit, id, 0, NOW + 9 * DAY); /* what has ended stays as it ended */
		assert_int_equal(list(&kit, -1, &rows), i + 1);
		assert_int_equal(rows[0].state, cases[i].want == PROMISE_OPEN ? PROMISE_LATE : cases[i].want);
	}
	kit_close(&kit);
}

static void test_the_next_reply_keeps_the_promise_and_may_make_another(void **state)
{
	struct promise_row *rows = NULL;
	int64_t first = 0, second = 0, draft = 0, id, other;
	struct kit kit;

	(void)state;
	kit_open(&kit);
	id = replying(&kit, "1", &first);
	promise(&kit, id, first, NOW + HOUR, NOW + DAY);
	send(&kit, first, OUTBOX_SENT);
	other = promised(&kit, "2", NOW + HOUR, NOW + DAY);
	must(&kit, store_draft_put(kit.store, id, "Still looking.", "h2", "t", NULL, "en", "maya", NULL, NOW, &draft,
				   &kit.e));
	must(&kit, store_begin(kit.store, STORE_URGENT, &kit.e));
	must(&kit, store_outbox_put(kit.store, id, draft, OUTBOX_SCHEDULED, 0, "ben", NOW, NOW, &second, &kit.e));
	must(&kit, store_promise_put(kit.store, id, second, "by Friday", NOW + 2 * DAY, NOW + 3 * DAY, NOW + 10, &kit.e));
	must(&kit, store_commit(kit.store, &kit.e));
	assert_int_equal(kit_get(&kit, id).promise_due_s, NOW + DAY);
	must(&kit, store_begin(kit.store, STORE_URGENT, &kit.e));
	must(&kit, store_outbox_move(kit.store, second, OUTBOX_SCHEDULED, OUTBOX_SENT, NOW, NOW, 1, NULL, NULL, NULL,
				     &kit.e));
	must(&kit, store_promise_keep(kit.store, id, second, NOW + 60, &kit.e));
	must(&kit, store_commit(kit.store, &kit.e));
	assert_int_equal(list(&kit, PROMISE_KEPT_EARLY, &rows), 1);
	assert_int_equal(rows[0].outbox_id, first);
	assert_int_equal(list(&kit, PROMISE_OPEN, &rows), 2); /* the other complaint's, and the new one */
	assert_int_equal(rows[0].complaint_id, other);
	assert_string_equal(rows[1].words, "by Friday");
	assert_string_equal(rows[1].by, "ben");
	assert_int_equal(kit_get(&kit, id).promise_due_s, NOW + 3 * DAY);
	kit_close(&kit);
}

static void test_promises_come_due_by_aim_once(void **state)
{
	struct promise_row *rows = NULL;
	int64_t late, soon;
	size_t count = 0;
	struct kit kit;

	(void)state;
	kit_open(&kit);
	late = promised(&kit, "1", NOW + 3 * HOUR, NOW + 4 * HOUR);
	soon = promised(&kit, "2", NOW + HOUR, NOW + 9 * HOUR);
	assert_int_equal(due(&kit, NOW + HOUR - 1, &rows), 0);
	assert_int_equal(due(&kit, NOW + HOUR, &rows), 1);
	assert_int_equal(rows[0].complaint_id, soon);
	assert_int_equal(due(&kit, NOW + 3 * HOUR, &rows), 2);
	assert_int_equal(rows[0].complaint_id, soon);
	must(&kit, store_promise_due(kit.store, kit.arena, NOW + 3 * HOUR, 1, &rows, &count, &kit.e));
	assert_int_equal(count, 1);
	must(&kit, store_promise_reminded(kit.store, rows[0].id, &kit.e));
	assert_int_equal(due(&kit, NOW + 3 * HOUR, &rows), 1);
	assert_int_equal(rows[0].complaint_id, late);
	keep(&kit, late, 0, NOW + HOUR);
	assert_int_equal(due(&kit, NOW + 3 * HOUR, &rows), 0);
	assert_int_equal(list(&kit, PROMISE_OPEN, &rows), 1); /* reminded of, and open still */
	assert_true(rows[0].reminded);
	kit_close(&kit);
}

static void test_overdue_promises_break_and_stay_broken(void **state)
{
	struct promise_row *rows = NULL;
	int64_t broken = 0, id;
	struct kit kit;

	(void)state;
	kit_open(&kit);
	id = promised(&kit, "1", NOW + HOUR, NOW + DAY);
	(void)promised(&kit, "2", NOW + HOUR, NOW + 2 * DAY);
	must(&kit, store_promise_break(kit.store, NOW + DAY, NOW + 8 * DAY, &broken, &kit.e));
	assert_int_equal(broken, 0); /* due at that very moment, not before */
	must(&kit, store_promise_break(kit.store, NOW + DAY + 1, NOW + 8 * DAY, &broken, &kit.e));
	assert_int_equal(broken, 1);
	keep(&kit, id, 0, NOW + 9 * DAY);
	assert_int_equal(list(&kit, PROMISE_BROKEN, &rows), 1);
	assert_int_equal(rows[0].complaint_id, id);
	assert_int_equal(rows[0].ended_s, NOW + 8 * DAY);
	assert_int_equal(kit_get(&kit, id).promise_due_s, 0);
	kit_close(&kit);
}

static void test_lists_of_promises_are_in_order_and_limited(void **state)
{
	struct promise_row *rows = NULL;
	size_t count = 0, i;
	int64_t broken = 0;
	struct kit kit;
	char name[8];

	(void)state;
	kit_open(&kit);
	for (i = 0; i < 6; i++) { /* due in 3, 4, 5, 0, 1, 2 days */
		(void)snprintf(name, sizeof(name), "%zu", i);
		(void)promised(&kit, name, NOW + 1, NOW + (int64_t)((i + 3) % 6) * DAY);
	}
	must(&kit, store_promise_list(kit.store, kit.arena, PROMISE_OPEN, 2, &rows, &count, &kit.e));
	assert_int_equal(count, 2);
	assert_int_equal(rows[0].due_s, NOW);
	assert_int_equal(rows[1].due_s, NOW + DAY);
	must(&kit, store_promise_list(kit.store, kit.arena, -1, 2, &rows, &count, &kit.e));
	assert_int_equal(rows[0].due_s, NOW + 5 * DAY);
	assert_int_equal(rows[1].due_s, NOW + 4 * DAY);
	must(&kit, store_promise_break(kit.store, NOW + 3 * DAY, NOW, &broken, &kit.e));
	assert_int_equal(broken, 3);
	must(&kit, store_promise_list(kit.store, kit.arena, PROMISE_BROKEN, 2, &rows, &count, &kit.e));
	assert_int_equal(rows[0].due_s, NOW + 2 * DAY);
	assert_int_equal(rows[1].due_s, NOW + DAY);
	must_fail(&kit, ERR_INVALID, store_promise_list(kit.store, kit.arena, -1, 0, &rows, &count, &kit.e));
	must_fail(&kit, ERR_INVALID,
		  store_promise_list(kit.store, kit.arena, PROMISE_STATE_COUNT, 1, &rows, &count, &kit.e));
	must_fail(&kit, ERR_INVALID, store_promise_due(kit.store, kit.arena, NOW, -1, &rows, &count, &kit.e));
	kit_close(&kit);
}

static void test_weeks_begin_on_monday(void **state)
{
	static const int64_t dues[] = {MONDAY - 1, MONDAY, MONDAY + 7 * DAY - 1, MONDAY + 7 * DAY, MONDAY - 30 * DAY};
	struct promise_week *weeks = NULL;
	int64_t id, broken = 0;
	size_t count = 0, i;
	struct kit kit;
	char name[8];

	(void)state;
	kit_open(&kit);
	for (i = 0; i < ARRAY_LEN(dues); i++) {
		(void)snprintf(name, sizeof(name), "%zu", i);
		id = promised(&kit, name, dues[i], dues[i]);
		if (i == 1)
			keep(&kit, id, 0, NOW + 1);
	}
	must(&kit, store_promise_break(kit.store, MONDAY - DAY, NOW, &broken, &kit.e));
	must(&kit, store_promise_weeks(kit.store, kit.arena, 9, &weeks, &count, &kit.e));
	assert_int_equal(count, 4);
	assert_int_equal(weeks[0].week_s, MONDAY + 7 * DAY);
	assert_int_equal(weeks[0].state[PROMISE_OPEN], 1);
	assert_int_equal(weeks[1].week_s, MONDAY);
	assert_int_equal(weeks[1].state[PROMISE_OPEN], 1);
	assert_int_equal(weeks[1].state[PROMISE_LATE], 1);
	assert_int_equal(weeks[2].week_s, MONDAY - 7 * DAY);
	assert_int_equal(weeks[2].state[PROMISE_OPEN], 1);
	assert_int_equal(weeks[3].week_s, MONDAY - 35 * DAY);
	assert_int_equal(weeks[3].state[PROMISE_BROKEN], 1);
	assert_int_equal(weeks[3].state[PROMISE_OPEN], 0);
	must(&kit, store_promise_weeks(kit.store, kit.arena, 2, &weeks, &count, &kit.e));
	assert_int_equal(count, 2);
	assert_int_equal(weeks[1].state[PROMISE_LATE], 1);
	must_fail(&kit, ERR_INVALID, store_promise_weeks(kit.store, kit.arena, 0, &weeks, &count, &kit.e));
	kit_close(&kit);
}

static void test_deleting_the_post_leaves_promise_and_review(void **state)
{
	struct promise_row *rows = NULL;
	struct review_row *reviews = NULL;
	int64_t sent = 0, waiting = 0, id, other;
	size_t count = 0;
	struct kit kit;

	(void)state;
	kit_open(&kit);
	id = replying(&kit, "1", &sent);
	other = replying(&kit, "2", &waiting);
	promise(&kit, id, sent, NOW + HOUR, NOW + DAY);
	promise(&kit, other, waiting, NOW + HOUR, NOW + DAY);
	must(&kit, store_begin(kit.store, STORE_URGENT, &kit.e));
	must(&kit, store_review_put(kit.store, sent, NOW, &kit.e));
	must(&kit, store_review_put(kit.store, waiting, NOW, &kit.e));
	must(&kit, store_commit(kit.store, &kit.e));
	send(&kit, sent, OUTBOX_SENT);
	must(&kit, store_begin(kit.store, STORE_BULK, &kit.e));
	must(&kit, store_post_delete(kit.store, kit.brand_id, "mastodon", "1", NOW, &kit.e));
	must(&kit, store_post_delete(kit.store, kit.brand_id, "mastodon", "2", NOW, &kit.e));
	must(&kit, store_commit(kit.store, &kit.e));
	assert_int_equal(list(&kit, -1, &rows), 1); /* the other's reply was withdrawn */
	assert_int_equal(rows[0].complaint_id, id);
	assert_int_equal(rows[0].complaint_state, STATE_CLOSED);
	must(&kit, store_review_list(kit.store, kit.arena, false, 9, &reviews, &count, &kit.e));
	assert_int_equal(count, 1);
	assert_int_equal(reviews[0].complaint_id, id);
	assert_string_equal(reviews[0].text, "We answer by Thursday.");
	kit_whole(&kit);
	kit_close(&kit);
}

/* ---- reviews ---- */

static void test_a_review_is_done_once_and_by_somebody_else(void **state)
{
	struct review_row *rows = NULL;
	int64_t maya = 0, ben = 0, first = 0, second = 0, draft = 0, id;
	size_t count = 0;
	struct kit kit;

	(void)state;
	kit_open(&kit);
	must(&kit, store_user_put(kit.store, "maya", "x", ROLE_APPROVER, NOW, &maya, &kit.e));
	must(&kit, store_user_put(kit.store, "ben", "x", ROLE_APPROVER, NOW, &ben, &kit.e));
	(void)replying(&kit, "1", &first); /* approved by "maya" at the terminal */
	id = replying(&kit, "2", &second);
	must(&kit, store_draft_put(kit.store, id, "Two", "h", "t", NULL, "en", "ben", NULL, NOW, &draft, &kit.e));
	must(&kit, store_outbox_move(kit.store, second, OUTBOX_SCHEDULED, OUTBOX_CANCELLED, NOW, 0, 0, NULL, NULL, NULL,
				     &kit.e));
	must_fail(&kit, ERR_INTERNAL, store_review_put(kit.store, first, NOW, &kit.e));
	must(&kit, store_begin(kit.store, STORE_URGENT, &kit.e));
	must(&kit, store_outbox_put(kit.store, id, draft, OUTBOX_SCHEDULED, ben, "ben", NOW, NOW, &second, &kit.e));
	must(&kit, store_review_put(kit.store, second, NOW + 1, &kit.e));
	must(&kit, store_review_put(kit.store, first, NOW, &kit.e));
	must(&kit, store_review_put(kit.store, first, NOW + 5, &kit.e)); /* twice is once */
	must_fail(&kit, ERR_NOT_FOUND, store_review_put(kit.store, 99, NOW, &kit.e));
	must(&kit, store_commit(kit.store, &kit.e));
	must(&kit, store_review_list(kit.store, kit.arena, false, 9, &rows, &count, &kit.e));
	assert_int_equal(count, 2);
	assert_int_equal(rows[0].at_s, NOW);
	assert_int_equal(rows[0].approver_id, 0);
	assert_string_equal(rows[0].approved_by, "maya");
	assert_string_equal(rows[0].handle, "1");
	assert_string_equal(rows[0].platform, "mastodon");
	assert_null(rows[0].reviewed_by);
	assert_string_equal(rows[1].text, "Two");
	assert_int_equal(rows[1].approver_id, ben);
	/* the same account, under whatever name; the same name, at the terminal or not */
	must_fail(&kit, ERR_FORBIDDEN, store_review_done(kit.store, rows[1].id, ben, "Benjamin", true, NULL, NOW, &kit.e));
	must_fail(&kit, ERR_FORBIDDEN, store_review_done(kit.store, rows[1].id, 0, "ben", true, NULL, NOW, &kit.e));
	must_fail(&kit, ERR_FORBIDDEN, store_review_done(kit.store, rows[0].id, maya, "maya", true, NULL, NOW, &kit.e));
	must_fail(&kit, ERR_NOT_FOUND, store_review_done(kit.store, 99, ben, "ben", true, NULL, NOW, &kit.e));
	must(&kit, store_review_done(kit.store, rows[0].id, ben, "ben", true, NULL, NOW + 7, &kit.e));
	must(&kit, store_review_done(kit.store, rows[1].id, maya, "maya", false, "too stiff", NOW + 8, &kit.e));
	must_fail(&kit, ERR_CONFLICT, store_review_done(kit.store, rows[1].id, 0, "terminal:root", true, NULL, NOW, &kit.e));
	must(&kit, store_review_list(kit.store, kit.arena, false, 9, &rows, &count, &kit.e));
	assert_int_equal(count, 0);
	must(&kit, store_review_list(kit.store, kit.arena, true, 9, &rows, &count, &kit.e));
	assert_int_equal(count, 2);
	assert_string_equal(rows[0].reviewed_by, "maya"); /* the latest first */
	assert_int_equal(rows[0].reviewed_s, NOW + 8);
	assert_false(rows[0].fine);
	assert_string_equal(rows[0].note, "too stiff");
	assert_true(rows[1].fine);
	assert_null(rows[1].note);
	must(&kit, store_review_list(kit.store, kit.arena, true, 1, &rows, &count, &kit.e));
	assert_int_equal(count, 1);
	must_fail(&kit, ERR_INVALID, store_review_list(kit.store, kit.arena, true, 0, &rows, &count, &kit.e));
	kit_whole(&kit);
	kit_close(&kit);
}

/* ---- pauses ---- */

static size_t pauses(struct kit *kit, struct pause_row **rows_r)
{
	size_t count = 0;

	must(kit, store_pause_list(kit->store, kit->arena, rows_r, &count, &kit->e));
	return count;
}

static void test_a_pause_is_set_once_and_written_down(void **state)
{
	struct pause_row *rows = NULL;
	struct kit kit;

	(void)state;
	kit_open(&kit);
	assert_int_equal(pauses(&kit, &rows), 0);
	must(&kit, store_pause(kit.store, kit.brand_id, false, 0, "maya", NOW, &kit.e)); /* nothing to resume */
	must(&kit, store_pause(kit.store, kit.brand_id, true, 0, "maya", NOW, &kit.e));
	must(&kit, store_pause(kit.store, kit.brand_id, true, 0, "ben", NOW + 1, &kit.e));
	must(&kit, store_pause(kit.store, 0, true, 0, "ben", NOW + 2, &kit.e));
	assert_int_equal(pauses(&kit, &rows), 2);
	assert_int_equal(rows[0].brand_id, 0);
	assert_null(rows[0].brand);
	assert_string_equal(rows[0].by, "ben");
	assert_int_equal(rows[1].brand_id, kit.brand_id);
	assert_string_equal(rows[1].brand, "Acme");
	assert_string_equal(rows[1].by, "maya");
	assert_int_equal(rows[1].at_s, NOW);
	must(&kit, store_pause(kit.store, 0, false, 0, "maya", NOW + 3, &kit.e));
	must(&kit, store_pause(kit.store, 0, false, 0, "maya", NOW + 3, &kit.e));
	assert_int_equal(pauses(&kit, &rows), 1);
	must_fail(&kit, ERR_NOT_FOUND, store_pause(kit.store, 99, true, 0, "maya", NOW, &kit.e));
	assert_int_equal(kit_sql(&kit, "SELECT count(*) FROM audit"), 3);
	assert_int_equal(kit_sql(&kit, "SELECT count(*) FROM audit WHERE id = 1 AND action = 'pause' AND by = 'maya'"
				       " AND detail = 'brand Acme' AND complaint_id IS NULL"),
			 1);
	assert_int_equal(kit_sql(&kit, "SELECT count(*) FROM audit WHERE id = 3 AND action = 'resume'"
				       " AND detail = 'all brands'"),
			 1);
	kit_close(&kit);
}

static void test_a_paused_brands_scheduled_replies_are_not_due(void **state)
{
	struct outbox_row row = {0};
	int64_t acme = 0, bolt = 0, unknown = 0, acme_complaint, bolt_id = 0, acme_id;
	struct kit kit;

	(void)state;
	kit_open(&kit);
	acme_id = kit.brand_id;
	acme_complaint = replying(&kit, "1", &acme);
	must(&kit, store_brand_put(kit.store, "Bolt", &bolt_id, &kit.e));
	kit.brand_id = bolt_id;
	(void)replying(&kit, "2", &bolt);
	must(&kit, store_outbox_due(kit.store, kit.arena, "mastodon", NOW, &row, &kit.e));
	assert_int_equal(row.id, acme);
	must(&kit, store_pause(kit.store, acme_id, true, 0, "maya", NOW, &kit.e));
	assert_true(kit_get(&kit, acme_complaint).paused);
	assert_false(kit_get(&kit, acme_complaint + 1).paused);
	must(&kit, store_outbox_due(kit.store, kit.arena, "mastodon", NOW, &row, &kit.e));
	assert_int_equal(row.id, bolt);
	must(&kit, store_pause(kit.store, 0, true, 0, "maya", NOW, &kit.e));
	must(&kit, store_pause(kit.store, acme_id, false, 0, "maya", NOW, &kit.e));
	assert_true(kit_get(&kit, acme_complaint).paused);
	must_fail(&kit, ERR_NOT_FOUND, store_outbox_due(kit.store, kit.arena, "mastodon", NOW, &row, &kit.e));
	/* reading back sends nothing: it goes on */
	kit.brand_id = acme_id;
	(void)replying(&kit, "3", &unknown);
	send(&kit, unknown, OUTBOX_UNKNOWN);
	must(&kit, store_outbox_due(kit.store, kit.arena, "mastodon", NOW, &row, &kit.e));
	assert_int_equal(row.id, unknown);
	must(&kit, store_pause(kit.store, 0, false, 0, "maya", NOW, &kit.e));
	must(&kit, store_outbox_due(kit.store, kit.arena, "mastodon", NOW, &row, &kit.e));
	assert_int_equal(row.id, acme);
	kit_close(&kit);
}

static void test_a_pause_holds_in_other_processes_with_its_commit(void **state)
{
	struct outbox_row row = {0};
	struct store *other = NULL;
	int64_t outbox = 0;
	struct kit kit;

	(void)state;
	kit_open(&kit);
	(void)replying(&kit, "1", &outbox);
	must(&kit, store_open(kit.path, &other, &kit.e));
	must(&kit, store_begin(other, STORE_URGENT, &kit.e));
	must(&kit, store_pause(other, 0, true, 0, "maya", NOW, &kit.e));
	must(&kit, store_outbox_due(kit.store, kit.arena, "mastodon", NOW, &row, &kit.e));
	must(&kit, store_commit(other, &kit.e));
	must_fail(&kit, ERR_NOT_FOUND, store_outbox_due(kit.store, kit.arena, "mastodon", NOW, &row, &kit.e));
	store_close(&other);
	kit_close(&kit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_promise_counts_once_its_reply_is_sent),
		cmocka_unit_test(test_a_promise_of_a_reply_that_never_went_out_is_none),
		cmocka_unit_test(test_a_promise_of_a_reply_that_is_sent_already_counts_at_once),
		cmocka_unit_test(test_a_promise_ends_as_early_in_time_or_late),
		cmocka_unit_test(test_the_next_reply_keeps_the_promise_and_may_make_another),
		cmocka_unit_test(test_promises_come_due_by_aim_once),
		cmocka_unit_test(test_overdue_promises_break_and_stay_broken),
		cmocka_unit_test(test_lists_of_promises_are_in_order_and_limited),
		cmocka_unit_test(test_weeks_begin_on_monday),
		cmocka_unit_test(test_deleting_the_post_leaves_promise_and_review),
		cmocka_unit_test(test_a_review_is_done_once_and_by_somebody_else),
		cmocka_unit_test(test_a_pause_is_set_once_and_written_down),
		cmocka_unit_test(test_a_paused_brands_scheduled_replies_are_not_due),
		cmocka_unit_test(test_a_pause_holds_in_other_processes_with_its_commit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
