/*
 * test_store_correction.c - what people judged otherwise: kept, listed as labels, and followed by the complaint.
 */
#include "store_kit.h"

static int64_t post_of(struct kit *kit, int64_t complaint_id)
{
	struct complaint_row row;

	must(kit, store_complaint_get(kit->store, kit->arena, complaint_id, &row, &kit->e));
	return row.post_id;
}

static int64_t filed(struct kit *kit, const char *id, const char *text, enum class class)
{
	struct verdict verdict = kit_verdict(class, CAUSE_DELIVERY);
	struct post post = kit_post(id, id, text);

	return kit_file(kit, &post, &verdict, NULL, NULL);
}

static void put(struct kit *kit, int64_t post_id, const char *by, enum class class, enum cause cause, int urgency,
		const char *note)
{
	const struct correction correction = {
		.post_id = post_id, .by = by, .class = class, .cause = cause, .urgency = urgency, .note = note};

	must(kit, store_correction_put(kit->store, &correction, NOW, &kit->e));
}

static size_t list(struct kit *kit, int64_t after_id, int limit, struct correction_row **rows_r)
{
	size_t count = 0;

	must(kit, store_correction_list(kit->store, kit->arena, after_id, limit, rows_r, &count, &kit->e));
	return count;
}

static void test_a_correction_is_listed_with_its_post(void **state)
{
	struct correction_row *rows;
	struct kit kit;
	int64_t first, second;

	(void)state;
	kit_open(&kit);
	first = filed(&kit, "p1", "What a day.", CLASS_PROBLEM);
	second = filed(&kit, "p2", "Where is it?", CLASS_QUESTION);
	assert_int_equal(list(&kit, 0, 10, &rows), 0);
	put(&kit, post_of(&kit, first), "ann", CLASS_VENT, CAUSE_STAFF, 1, "Only letting off steam");
	put(&kit, post_of(&kit, second), "ben", CLASS_PROBLEM, CAUSE_DELIVERY, 2, NULL);
	assert_int_equal(list(&kit, 0, 10, &rows), 2);
	assert_string_equal(rows[0].post_ext_id, "p1");
	assert_string_equal(rows[0].text, "What a day.");
	assert_string_equal(rows[0].by, "ann");
	assert_string_equal(rows[0].note, "Only letting off steam");
	assert_int_equal(rows[0].class, CLASS_VENT);
	assert_int_equal(rows[0].cause, CAUSE_STAFF);
	assert_int_equal(rows[0].urgency, 1);
	assert_int_equal(rows[0].complaint_id, first);
	assert_int_equal(rows[0].at_s, NOW);
	assert_null(rows[1].note);
	assert_int_equal(list(&kit, 0, 1, &rows), 1);
	assert_int_equal(list(&kit, rows[0].id, 10, &rows), 1);
	assert_string_equal(rows[0].post_ext_id, "p2");
	kit_close(&kit);
}

static void test_the_complaint_follows_and_moves_in_the_queue(void **state)
{
	struct complaint_counts counts;
	struct complaint_row row;
	struct kit kit;
	int64_t id, before;

	(void)state;
	kit_open(&kit);
	id = filed(&kit, "p1", "What a day.", CLASS_VENT);
	must(&kit, store_complaint_get(kit.store, kit.arena, id, &row, &kit.e));
	before = row.priority;
	put(&kit, row.post_id, "ann", CLASS_PROBLEM, CAUSE_SAFETY, row.urgency + 1, NULL);
	must(&kit, store_complaint_get(kit.store, kit.arena, id, &row, &kit.e));
	assert_int_equal(row.class, CLASS_PROBLEM);
	assert_int_equal(row.cause, CAUSE_SAFETY);
	assert_false(row.undecided);
	assert_int_equal(row.priority, before + 1000 + 200 - 120);
	must(&kit, store_complaint_counts(kit.store, NULL, &counts, &kit.e));
	assert_int_equal(counts.open_class[CLASS_PROBLEM], 1);
	assert_int_equal(counts.open_class[CLASS_VENT], 0);
	put(&kit, row.post_id, "ann", CLASS_VENT, CAUSE_DELIVERY, row.urgency - 1, NULL); /* and back */
	must(&kit, store_complaint_get(kit.store, kit.arena, id, &row, &kit.e));
	assert_int_equal(row.priority, before);
	kit_close(&kit);
}

static void test_a_complaint_is_as_likely_as_its_likeliest_post_and_a_persons_word_is_certain(void **state)
{
	struct verdict likely = kit_verdict(CLASS_PROBLEM, CAUSE_DELIVERY), less = likely;
	struct post first = kit_post("p1", "ada", "Where is it?"), second = kit_post("p2", "ada", "Hm.");
	struct complaint_row row;
	struct kit kit;
	int64_t id;

	(void)state;
	kit_open(&kit);
	likely.complaint = .4;
	less.complaint = .3;
	first.thread = second.thread = "t";
	id = kit_file(&kit, &first, &likely, NULL, NULL);
	assert_int_equal(kit_file(&kit, &second, &less, NULL, NULL), id);
	must(&kit, store_complaint_get(kit.store, kit.arena, id, &row, &kit.e));
	assert_true(row.complaint == .4);
	put(&kit, row.post_id, "ann", CLASS_VENT, CAUSE_DELIVERY, 0, NULL);
	must(&kit, store_complaint_get(kit.store, kit.arena, id, &row, &kit.e));
	assert_true(row.complaint == 1);
	kit_close(&kit);
}

static void test_the_latest_word_counts_and_the_audit_keeps_all(void **state)
{
	struct correction_row *rows;
	struct audit_row *audit;
	struct audit_check check;
	struct kit kit;
	int64_t id, post_id;
	size_t count = 0;

	(void)state;
	kit_open(&kit);
	id = filed(&kit, "p1", "What a day.", CLASS_PROBLEM);
	post_id = post_of(&kit, id);
	put(&kit, post_id, "ann", CLASS_VENT, CAUSE_STAFF, 1, "first");
	put(&kit, post_id, "ben", CLASS_PRAISE, CAUSE_NONE, 0, NULL);
	assert_int_equal(list(&kit, 0, 10, &rows), 1);
	assert_string_equal(rows[0].by, "ben");
	assert_null(rows[0].note);
	must(&kit, store_audit_list(kit.store, kit.arena, id, &audit, &count, &kit.e));
	assert_int_equal(count, 2);
	assert_string_equal(audit[0].action, "judge");
	assert_string_equal(audit[0].detail, "vent, staff, urgency 1: first");
	assert_string_equal(audit[1].detail, "praise, none, urgency 0");
	must(&kit, store_audit_check(kit.store, &check, &kit.e));
	assert_int_equal(check.bad_id, 0);
	kit_close(&kit);
}

static void test_what_is_not_there_cannot_be_judged(void **state)
{
	struct correction correction = {.post_id = 99, .by = "ann", .class = CLASS_VENT, .cause = CAUSE_NONE};
	struct correction_row *rows;
	struct kit kit;
	size_t count;
	int64_t id;

	(void)state;
	kit_open(&kit);
	must_fail(&kit, ERR_NOT_FOUND, store_correction_put(kit.store, &correction, NOW, &kit.e));
	id = filed(&kit, "p1", "What a day.", CLASS_PROBLEM);
	correction.post_id = post_of(&kit, id);
	correction.urgency = 3;
	must_fail(&kit, ERR_INVALID, store_correction_put(kit.store, &correction, NOW, &kit.e));
	must_fail(&kit, ERR_INVALID, store_correction_list(kit.store, kit.arena, 0, 0, &rows, &count, &kit.e));
	kit_close(&kit);
}

static void test_a_deleted_post_is_no_label(void **state)
{
	struct correction_row *rows;
	struct kit kit;
	int64_t id;

	(void)state;
	kit_open(&kit);
	id = filed(&kit, "p1", "What a day.", CLASS_PROBLEM);
	put(&kit, post_of(&kit, id), "ann", CLASS_VENT, CAUSE_NONE, 0, NULL);
	must(&kit, store_begin(kit.store, STORE_URGENT, &kit.e));
	must(&kit, store_post_delete(kit.store, kit.brand_id, "mastodon", "p1", NOW, &kit.e));
	must(&kit, store_commit(kit.store, &kit.e));
	assert_int_equal(list(&kit, 0, 10, &rows), 0);
	kit_close(&kit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_correction_is_listed_with_its_post),
		cmocka_unit_test(test_the_complaint_follows_and_moves_in_the_queue),
		cmocka_unit_test(test_a_complaint_is_as_likely_as_its_likeliest_post_and_a_persons_word_is_certain),
		cmocka_unit_test(test_the_latest_word_counts_and_the_audit_keeps_all),
		cmocka_unit_test(test_what_is_not_there_cannot_be_judged),
		cmocka_unit_test(test_a_deleted_post_is_no_label),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
