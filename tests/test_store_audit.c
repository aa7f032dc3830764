/*
 * test_store_audit.c - the chain of audit rows: what is written fits, and whatever somebody with the file in hand does
 * to it is found, with the first row that does not fit.
 */
#include "store_kit.h"

#include <pthread.h>

/* What somebody must do first who wants to change rows. */
#define UNGUARD "DROP TRIGGER audit_keep; DROP TRIGGER audit_stay;"

static struct audit_check check(struct kit *kit)
{
	struct audit_check found = {.bad_id = -1};

	must(kit, store_audit_check(kit->store, &found, &kit->e));
	return found;
}

static void put(struct kit *kit, int64_t complaint_id, const char *action, const char *detail)
{
	must(kit, store_audit_put(kit->store, complaint_id, 0, "maya", action, detail, NOW, &kit->e));
}

/* Seven rows, all alike but for what is in them. */
static void fill(struct kit *kit)
{
	int64_t user = 0;

	must(kit, store_user_put(kit->store, "maya", "x", ROLE_APPROVER, NOW, &user, &kit->e));
	put(kit, 1, "draft", NULL);
	put(kit, 1, "submit", "");
	must(kit, store_audit_put(kit->store, 1, user, "maya", "approve", "hash", NOW + 1, &kit->e));
	put(kit, 0, "config", "{\"a\":1}");
	put(kit, 2, "close", "spam: obvious");
	put(kit, 1, "draft", NULL);
	put(kit, 9223372036854775807, "draft", NULL);
}

static void test_an_empty_audit_fits(void **state)
{
	struct audit_check found;
	struct kit kit;

	(void)state;
	kit_open(&kit);
	found = check(&kit);
	assert_int_equal(found.rows, 0);
	assert_int_equal(found.unchained, 0);
	assert_int_equal(found.bad_id, 0);
	assert_string_equal(found.head, "");
	kit_close(&kit);
}

static void test_each_row_is_hashed_over_the_one_before(void **state)
{
	struct audit_check found;
	struct kit kit;
	char sql[200];

	(void)state;
	kit_open(&kit);
	fill(&kit);
	found = check(&kit);
	assert_int_equal(found.rows, 7);
	assert_int_equal(found.unchained, 0);
	assert_int_equal(found.bad_id, 0);
	assert_int_equal(strlen(found.head), 64);
	(void)snprintf(sql, sizeof(sql), "SELECT count(*) FROM audit WHERE id = 7 AND hash = '%s'", found.head);
	assert_int_equal(kit_sql(&kit, sql), 1);
	assert_int_equal(kit_sql(&kit, "SELECT count(DISTINCT hash) FROM audit"), 7);
	assert_int_equal(
		kit_sql(&kit, "SELECT count(*) FROM audit a JOIN audit b ON b.id = a.id + 1 AND b.prev = a.hash"), 6);
	kit_whole(&kit);
	kit_close(&kit);
}

/* Worked out by other means (python's hashlib) from the rule that audit.c states. */
static void test_the_hash_is_the_one_that_is_documented(void **state)
{
	int64_t user = 0;
	struct kit kit;

	(void)state;
	kit_open(&kit);
	must(&kit, store_user_put(kit.store, "maya", "x", ROLE_APPROVER, NOW, &user, &kit.e));
	assert_int_equal(user, 1);
	put(&kit, 7, "close", NULL);
	assert_string_equal(check(&kit).head, "6e20a33decf0c280d846caa60e5da2a893e1f15981df214c3b0f1055c36f45ec");
	must(&kit, store_audit_put(kit.store, 0, user, "maya", "caf\xc3\xa9", "", NOW + 1, &kit.e));
	assert_string_equal(check(&kit).head, "f131b6abf72de6c4d150d6fffc0326294c392328c4abab4f3590e7ba0f40f587");
	kit_close(&kit);
}

static void test_whatever_is_done_to_a_row_is_found(void **state)
{
	static const struct {
		const char *what, *sql;
		int64_t want;
	} cases[] = {
		{"who", "UPDATE audit SET by = 'ben' WHERE id = 3", 3},
		{"who, by a letter more", "UPDATE audit SET by = 'mayaa' WHERE id = 3", 3},
		{"who, behind a NUL", "UPDATE audit SET by = 'maya' || char(0) || 'x' WHERE id = 3", 3},
		{"a letter moved to the next column", "UPDATE audit SET by = 'may', action = 'aapprove' WHERE id = 3", 3},
		{"which person", "UPDATE audit SET user_id = NULL WHERE id = 3", 3},
		{"when", "UPDATE audit SET at_s = at_s + 1 WHERE id = 4", 4},
		{"what", "UPDATE audit SET action = 'reject' WHERE id = 1", 1},
		{"which complaint", "UPDATE audit SET complaint_id = 3 WHERE id = 5", 5},
		{"no complaint for one", "UPDATE audit SET complaint_id = NULL WHERE id = 5", 5},
		{"complaint 0 for none", "UPDATE audit SET complaint_id = 0 WHERE id = 4", 4},
		{"the largest number", "UPDATE audit SET complaint_id = -9223372036854775808 WHERE id = 7", 7},
		{"details", "UPDATE audit SET detail = 'spam' WHERE id = 5", 5},
		{"no detail for an empty one", "UPDATE audit SET detail = NULL WHERE id = 2", 2},
		{"an empty detail for none", "UPDATE audit SET detail = '' WHERE id = 6", 6},
		{"the hash", "UPDATE audit SET hash = replace(hash, substr(hash, 1, 1), 'x') WHERE id = 7", 7},
		{"a short hash", "UPDATE audit SET hash = 'abc' WHERE id = 2", 2},
		{"no hash", "UPDATE audit SET hash = NULL WHERE id = 2", 2},
		{"as if of version 1", "UPDATE audit SET hash = NULL, prev = NULL WHERE id <= 2", 1},
		{"all as if of version 1", "UPDATE audit SET hash = NULL, prev = NULL", 1},
		{"and the base with them",
		 "UPDATE audit SET hash = NULL, prev = NULL WHERE id <= 2;"
		 "UPDATE meta SET value = '2' WHERE key = 'audit_base'",
		 3},
		{"another's hash", "UPDATE audit SET hash = (SELECT hash FROM audit WHERE id = 1) WHERE id = 2", 2},
		{"the link", "UPDATE audit SET prev = (SELECT hash FROM audit WHERE id = 1) WHERE id = 4", 4},
		{"no link", "UPDATE audit SET prev = NULL WHERE id = 1", 1},
		{"the first row away", "DELETE FROM audit WHERE id = 1", 1},
		{"a middle row away", "DELETE FROM audit WHERE id = 4", 4},
		{"a middle row away, the rest closed up",
		 "DELETE FROM audit WHERE id = 4; UPDATE audit SET id = id - 1 WHERE id > 4", 4},
		{"the tail cut off", "DELETE FROM audit WHERE id > 5", 6},
		{"the last row away", "DELETE FROM audit WHERE id = 7", 7},
		{"all away", "DELETE FROM audit", 1},
		{"all away, and the head", "DELETE FROM audit; DELETE FROM meta WHERE key = 'audit_base'", 1},
		{"two rows swapped",
		 "UPDATE audit SET id = -1 WHERE id = 3; UPDATE audit SET id = 3 WHERE id = 5;"
		 "UPDATE audit SET id = 5 WHERE id = -1",
		 3},
		{"two actions swapped",
		 "UPDATE audit SET action = iif(id = 2, 'approve', 'submit') WHERE id IN (2, 3)", 2},
		{"a row put on", "INSERT INTO audit (at_s, by, action) VALUES (1, 'maya', 'approve')", 8},
		{"a copy put on",
		 "INSERT INTO audit (at_s, complaint_id, by, action, prev, hash)"
		 " SELECT at_s, complaint_id, by, action, prev, hash FROM audit WHERE id = 7",
		 8},
		{"a row put before all", "INSERT INTO audit (id, at_s, by, action) VALUES (-5, 1, 'maya', 'approve')", -5},
		{"the head away", "DELETE FROM meta WHERE key = 'audit_head'", 1},
		{"a head of nonsense", "UPDATE meta SET value = 'seven' WHERE key = 'audit_head'", 1},
		{"an older head",
		 "UPDATE meta SET value = (SELECT '5 ' || hash FROM audit WHERE id = 5) WHERE key = 'audit_head'", 6},
		{"another hash in the head",
		 "UPDATE meta SET value = (SELECT '7 ' || hash FROM audit WHERE id = 5) WHERE key = 'audit_head'", 7},
	};
	size_t i, bad = 0;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		struct audit_check found;
		struct kit kit;

		kit_open(&kit);
		fill(&kit);
		assert_int_equal(kit_exec(&kit, UNGUARD), SQLITE_OK);
		if (kit_exec(&kit, cases[i].sql) != SQLITE_OK)
			fail_msg("%s: the statement itself failed", cases[i].what);
		found = check(&kit);
		if (found.bad_id != cases[i].want) {
			print_message("%s: found at %lld, not %lld\n", cases[i].what, (long long)found.bad_id,
				      (long long)cases[i].want);
			bad++;
		}
		kit_close(&kit);
	}
	assert_int_equal(bad, 0);
}

static void test_what_is_written_after_a_cut_does_not_hide_it(void **state)
{
	struct audit_check found;
	struct kit kit;

	(void)state;
	kit_open(&kit);
	fill(&kit);
	assert_int_equal(kit_exec(&kit, UNGUARD "DELETE FROM audit WHERE id > 5"), SQLITE_OK);
	put(&kit, 1, "approve", NULL);
	assert_int_equal(kit_sql(&kit, "SELECT max(id) FROM audit"), 8); /* the ids that are gone stay gone */
	found = check(&kit);
	assert_int_equal(found.rows, 6);
	assert_int_equal(found.bad_id, 6);
	/* a row that was put on does not stop those who write, nor does nonsense in the place of the head */
	assert_int_equal(kit_exec(&kit, "INSERT INTO audit (id, at_s, by, action) VALUES (9, 1, 'ben', 'x');"
					"UPDATE meta SET value = 'x' WHERE key = 'audit_head'"),
			 SQLITE_OK);
	put(&kit, 1, "approve", NULL);
	assert_int_equal(kit_sql(&kit, "SELECT max(id) FROM audit"), 10);
	assert_int_equal(check(&kit).bad_id, 6);
	kit_close(&kit);
}

static void test_rows_of_version_1_are_counted_and_stay_as_they_were(void **state)
{
	struct audit_check found;
	struct kit kit;

	(void)state;
	kit_version_1(&kit);
	assert_int_equal(kit_exec(&kit, "INSERT INTO audit (at_s, by, action) VALUES (1, 'maya', 'a'), (2, 'ben', 'b')"),
			 SQLITE_OK);
	must(&kit, store_open(kit.path, &kit.store, &kit.e));
	found = check(&kit);
	assert_int_equal(found.rows, 2);
	assert_int_equal(found.unchained, 2);
	assert_int_equal(found.bad_id, 0);
	assert_string_equal(found.head, "");
	put(&kit, 1, "approve", NULL);
	put(&kit, 1, "withdraw", NULL);
	found = check(&kit);
	assert_int_equal(found.rows, 4);
	assert_int_equal(found.unchained, 2);
	assert_int_equal(found.bad_id, 0);
	assert_int_equal(kit_sql(&kit, "SELECT count(*) FROM audit WHERE id <= 2 AND hash IS NULL AND prev IS NULL"), 2);
	/* one more of that kind, later, is none */
	assert_int_equal(kit_exec(&kit, "INSERT INTO audit (at_s, by, action) VALUES (2, 'ben', 'b')"), SQLITE_OK);
	assert_int_equal(check(&kit).bad_id, 5);
	kit_close(&kit);
}

static void test_rows_that_the_store_writes_by_itself_are_in_the_chain(void **state)
{
	struct verdict verdict = kit_verdict(CLASS_PROBLEM, CAUSE_DELIVERY);
	struct post post = kit_post("1", "ada", "My parcel never came.");
	int64_t id;
	struct kit kit;

	(void)state;
	kit_open(&kit);
	id = kit_file(&kit, &post, &verdict, NULL, NULL);
	must(&kit, store_begin(kit.store, STORE_URGENT, &kit.e));
	must(&kit, store_complaint_move(kit.store, id, ~0u, STATE_CLOSED, NULL, "spam", NOW, &kit.e));
	must(&kit, store_commit(kit.store, &kit.e));
	post.text = "My parcel never came, nor did an answer.";
	(void)kit_file(&kit, &post, &verdict, NULL, NULL); /* "reopen" */
	must(&kit, store_pause(kit.store, kit.brand_id, true, 0, "maya", NOW, &kit.e));
	must(&kit, store_begin(kit.store, STORE_BULK, &kit.e));
	must(&kit, store_post_delete(kit.store, kit.brand_id, "mastodon", "1", NOW, &kit.e)); /* "close" */
	must(&kit, store_commit(kit.store, &kit.e));
	assert_int_equal(kit_sql(&kit, "SELECT count(*) FROM audit WHERE action IN ('reopen', 'pause', 'close')"), 3);
	assert_int_equal(check(&kit).bad_id, 0);
	assert_int_equal(check(&kit).rows, 3);
	kit_close(&kit);
}

static void test_what_was_rolled_back_leaves_no_hole(void **state)
{
	struct kit kit;

	(void)state;
	kit_open(&kit);
	put(&kit, 1, "draft", NULL);
	must(&kit, store_begin(kit.store, STORE_URGENT, &kit.e));
	put(&kit, 1, "approve", NULL);
	put(&kit, 1, "approve", NULL);
	store_rollback(kit.store);
	put(&kit, 1, "close", "spam");
	assert_int_equal(check(&kit).bad_id, 0);
	assert_int_equal(check(&kit).rows, 2);
	kit_close(&kit);
}

#define WRITERS 3
#define ROWS_EACH 60

struct writer {
	const char *path;
	bool failed;
};

static void *write_rows(void *context)
{
	struct writer *w = context;
	struct store *store = NULL;
	int i;

	w->failed = store_open(w->path, &store, NULL) != ERR_OK;
	for (i = 0; i < ROWS_EACH && !w->failed; i++)
		w->failed = store_audit_put(store, i, 0, "maya", "approve", NULL, NOW, NULL) != ERR_OK;
	store_close(&store);
	return NULL;
}

static void test_writers_beside_each_other_make_one_chain(void **state)
{
	struct writer writers[WRITERS];
	pthread_t threads[WRITERS];
	struct audit_check found;
	struct kit kit;
	size_t i;

	(void)state;
	kit_open(&kit);
	for (i = 0; i < WRITERS; i++) {
		writers[i] = (struct writer){.path = kit.path};
		assert_int_equal(pthread_create(&threads[i], NULL, write_rows, &writers[i]), 0);
	}
	do { /* looked at while it grows, it always fits */
		found = check(&kit);
		assert_int_equal(found.bad_id, 0);
	} while (found.rows < WRITERS * ROWS_EACH && !writers[0].failed && !writers[1].failed && !writers[2].failed);
	for (i = 0; i < WRITERS; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_false(writers[i].failed);
	}
	assert_int_equal(check(&kit).rows, WRITERS * ROWS_EACH);
	assert_int_equal(check(&kit).bad_id, 0);
	kit_close(&kit);
}

static void test_reasons_are_counted_up_to_the_remark(void **state)
{
	static const struct {
		const char *action, *by, *detail;
		int64_t at_s, complaint_id; /* 0: the first */
	} rows[] = {
		{"close", "maya", "spam", NOW, 0},
		{"close", "maya", "not ours: wrong company", NOW, 0},
		{"close", "ben", "not ours", NOW + 5, 0},
		{"close", "ben", "not ours: again: and again", NOW + 6, 0},
		{"close", "ben", ": a remark alone", NOW, 0},
		{"close", "ben", "answered by phone:no blank, no remark", NOW, 0},
		{"close", "ben", NULL, NOW, 0},
		{"close", "amends", "deleted by its author", NOW, 0},
		{"reject", "ben", "spam", NOW, 0},
		{"close", "ben", "abuse", NOW, 2},
		{"reopen", "amends", "the author wrote again", NOW, 2}, /* it stood until then */
		{"close", "ben", "abuse: hasty", NOW, 3},
		{"reopen", "maya", NULL, NOW, 3}, /* taken back */
		{"close", "ben", "spam", NOW - 1, 0}, /* too long ago */
	};
	struct reason_count *found = NULL;
	size_t count = 0, i;
	struct kit kit;

	(void)state;
	kit_open(&kit);
	must(&kit, store_reason_counts(kit.store, kit.arena, 0, &found, &count, &kit.e));
	assert_int_equal(count, 0);
	assert_null(found);
	for (i = 0; i < ARRAY_LEN(rows); i++)
		must(&kit, store_audit_put(kit.store, rows[i].complaint_id + 1, 0, rows[i].by, rows[i].action, rows[i].detail, rows[i].at_s,
					   &kit.e));
	must(&kit, store_reason_counts(kit.store, kit.arena, NOW, &found, &count, &kit.e));
	assert_int_equal(count, 5);
	assert_string_equal(found[0].reason, "not ours");
	assert_int_equal(found[0].count, 3);
	assert_string_equal(found[1].reason, ": a remark alone");
	assert_string_equal(found[2].reason, "abuse");
	assert_int_equal(found[2].count, 1);
	assert_string_equal(found[3].reason, "answered by phone:no blank, no remark");
	assert_string_equal(found[4].reason, "spam");
	assert_int_equal(found[4].count, 1);
	must(&kit, store_reason_counts(kit.store, kit.arena, NOW - 1, &found, &count, &kit.e));
	assert_string_equal(found[1].reason, "spam");
	assert_int_equal(found[1].count, 2);
	kit_close(&kit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_empty_audit_fits),
		cmocka_unit_test(test_each_row_is_hashed_over_the_one_before),
		cmocka_unit_test(test_the_hash_is_the_one_that_is_documented),
		cmocka_unit_test(test_whatever_is_done_to_a_row_is_found),
		cmocka_unit_test(test_what_is_written_after_a_cut_does_not_hide_it),
		cmocka_unit_test(test_rows_of_version_1_are_counted_and_stay_as_they_were),
		cmocka_unit_test(test_rows_that_the_store_writes_by_itself_are_in_the_chain),
		cmocka_unit_test(test_what_was_rolled_back_leaves_no_hole),
		cmocka_unit_test(test_writers_beside_each_other_make_one_chain),
		cmocka_unit_test(test_reasons_are_counted_up_to_the_remark),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
