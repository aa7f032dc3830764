/*
 * test_store_outbox.c - drafts, approvals and replies on their way.
 */
#include "store_kit.h"

static const struct post parcel = {.platform = "mastodon",
				   .id = "1",
				   .text = "My parcel never came.",
				   .lang = "en",
				   .author = {.id = "9", .handle = "ada@m.example", .followers = -1},
				   .created_s = NOW - 60,
				   .likes = -1,
				   .replies = -1,
				   .shares = -1,
				   .views = -1};

/* A complaint with a draft. */
static int64_t drafted(struct kit *kit, const char *id, int64_t *draft_id_r)
{
	struct verdict verdict = kit_verdict(CLASS_PROBLEM, CAUSE_DELIVERY);
	struct post post = parcel;
	int64_t complaint_id;

	post.id = id;
	complaint_id = kit_file(kit, &post, &verdict, NULL, NULL);
	must(kit, store_draft_put(kit->store, complaint_id, "Sorry about your parcel.", "hash-1", "t", NULL, "en",
				  "amends", NULL, NOW, draft_id_r, &kit->e));
	return complaint_id;
}

static enum err put(struct kit *kit, int64_t complaint_id, int64_t draft_id, enum outbox_state state,
		    int64_t not_before_s, int64_t *id_r)
{
	enum err err;

	must(kit, store_begin(kit->store, STORE_URGENT, &kit->e));
	err = store_outbox_put(kit->store, complaint_id, draft_id, state, 0, "maya", not_before_s, NOW, id_r, &kit->e);
	if (err != ERR_OK) {
		store_rollback(kit->store);
		return err;
	}
	return store_commit(kit->store, &kit->e);
}

static void test_an_outbox_row_is_a_copy_of_what_was_approved(void **state)
{
	struct outbox_row row = {0};
	struct complaint_row complaint;
	int64_t complaint_id, draft = 0, later = 0, id = 0;
	struct kit kit;

	(void)state;
	kit_open(&kit);
	complaint_id = drafted(&kit, "1", &draft);
	must(&kit, put(&kit, complaint_id, draft, OUTBOX_SCHEDULED, NOW + 30, &id));
	/* what happens to the draft and the author afterwards changes nothing */
	must(&kit, store_draft_put(kit.store, complaint_id, "Other", "hash-2", "t", NULL, "de", "maya", NULL, NOW,
				   &later, &kit.e));
	must(&kit, store_outbox_get(kit.store, kit.arena, id, &row, &kit.e));
	assert_int_equal(row.complaint_id, complaint_id);
	assert_string_equal(row.platform, "mastodon");
	assert_string_equal(row.source_key, "m/#acme");
	assert_string_equal(row.post_ext_id, "1");
	assert_string_equal(row.author_handle, "ada@m.example");
	assert_string_equal(row.text, "Sorry about your parcel.");
	assert_string_equal(row.text_hash, "hash-1");
	assert_string_equal(row.approved_hash, "hash-1");
	assert_string_equal(row.approved_by, "maya");
	assert_string_equal(row.lang, "en");
	assert_int_equal(row.state, OUTBOX_SCHEDULED);
	assert_int_equal(row.not_before_s, NOW + 30);
	assert_int_equal(row.attempts, 0);
	assert_int_equal(row.attempted_s, 0);
	assert_int_equal(strlen(row.idempotency_key), 32);
	assert_int_equal(strspn(row.idempotency_key, "0123456789abcdef"), 32);
	complaint = kit_get(&kit, complaint_id);
	assert_int_equal(complaint.outbox_id, id);
	assert_int_equal(complaint.outbox_state, OUTBOX_SCHEDULED);
	assert_int_equal(complaint.not_before_s, NOW + 30);
	must_fail(&kit, ERR_NOT_FOUND, store_outbox_get(kit.store, kit.arena, 99, &row, &kit.e));
	assert_int_equal(kit_exec(&kit, "UPDATE approval SET by = 'x'"), SQLITE_CONSTRAINT);
	assert_int_equal(kit_exec(&kit, "DELETE FROM approval"), SQLITE_CONSTRAINT);
	kit_whole(&kit);
	kit_close(&kit);
}

static void test_a_post_of_an_import_has_no_source_to_reply_from(void **state)
{
	struct outbox_row row = {.source_key = "x"};
	int64_t complaint_id, draft = 0, id = 0;
	struct kit kit;

	(void)state;
	kit_open(&kit);
	kit.source_id = 0;
	complaint_id = drafted(&kit, "1", &draft);
	must(&kit, put(&kit, complaint_id, draft, OUTBOX_HANDOFF, NOW, &id));
	must(&kit, store_outbox_get(kit.store, kit.arena, id, &row, &kit.e));
	assert_null(row.source_key);
	kit_close(&kit);
}

static void test_only_what_was_read_can_be_approved(void **state)
{
	struct verdict verdict = kit_verdict(CLASS_PROBLEM, CAUSE_DELIVERY);
	struct post more = parcel;
	int64_t complaint_id, draft = 0, newer = 0, other = 0, id = 7;
	struct kit kit;

	(void)state;
	kit_open(&kit);
	complaint_id = drafted(&kit, "1", &draft);
	(void)drafted(&kit, "2", &other);
	must_fail(&kit, ERR_CONFLICT, put(&kit, complaint_id, other, OUTBOX_SCHEDULED, NOW, &id)); /* another's draft */
	must_fail(&kit, ERR_NOT_FOUND, put(&kit, 99, draft, OUTBOX_SCHEDULED, NOW, &id));
	must_fail(&kit, ERR_INTERNAL, put(&kit, complaint_id, draft, OUTBOX_SENT, NOW, &id));
	more.id = "3";
	more.thread = "1";
	more.text = "Ah, it is here now, thank you!";
	(void)kit_file(&kit, &more, &verdict, NULL, NULL);
	must_fail(&kit, ERR_CONFLICT,
		  put(&kit, complaint_id, draft, OUTBOX_SCHEDULED, NOW, &id)); /* the author wrote again */
	assert_non_null(strstr(kit.e.text, "wrote again"));
	must(&kit, store_draft_put(kit.store, complaint_id, "Glad!", "h2", "t", NULL, "en", "maya", NULL, NOW, &newer,
				   &kit.e));
	must_fail(&kit, ERR_CONFLICT, put(&kit, complaint_id, draft, OUTBOX_SCHEDULED, NOW, &id)); /* the old draft */
	assert_int_equal(id, 7);                                                                   /* untouched */
	must(&kit, put(&kit, complaint_id, newer, OUTBOX_SCHEDULED, NOW, &id));
	assert_int_equal(kit_sql(&kit, "SELECT count(*) FROM approval"), 1);
	kit_close(&kit);
}

static void test_a_complaint_has_one_reply_on_its_way(void **state)
{
	static const enum outbox_state live[] = {OUTBOX_SCHEDULED, OUTBOX_SENDING, OUTBOX_UNKNOWN, OUTBOX_HANDOFF};
	static const enum outbox_state over[] = {OUTBOX_SENT, OUTBOX_FAILED, OUTBOX_CANCELLED};
	int64_t complaint_id, draft = 0, id = 0, again = 0;
	enum outbox_state now_in = OUTBOX_SCHEDULED;
	struct kit kit;
	size_t i;

	(void)state;
	kit_open(&kit);
	complaint_id = drafted(&kit, "1", &draft);
	must(&kit, put(&kit, complaint_id, draft, OUTBOX_SCHEDULED, NOW, &id));
	for (i = 0; i < ARRAY_LEN(live); i++) {
		must(&kit, store_outbox_move(kit.store, id, now_in, live[i], NOW, 0, 0, NULL, NULL, NULL, &kit.e));
		now_in = live[i];
		must_fail(&kit, ERR_CONFLICT, put(&kit, complaint_id, draft, OUTBOX_SCHEDULED, NOW, &again));
		assert_non_null(strstr(kit.e.text, "already has a reply"));
	}
	for (i = 0; i < ARRAY_LEN(over); i++) {
		must(&kit, store_outbox_move(kit.store, id, now_in, over[i], NOW, 0, 0, NULL, NULL, NULL, &kit.e));
		must(&kit, put(&kit, complaint_id, draft, OUTBOX_SCHEDULED, NOW, &again));
		assert_int_not_equal(id, again);
		id = again;
		now_in = OUTBOX_SCHEDULED;
	}
	assert_int_equal(kit_sql(&kit, "SELECT count(DISTINCT idempotency_key) FROM outbox"), 4);
	kit_close(&kit);
}

static void test_the_row_that_is_due_first_is_taken(void **state)
{
	struct outbox_row row = {0};
	int64_t draft = 0, complaint[3], id[3] = {0}, *ids = NULL;
	size_t count = 0, i;
	char name[24];
	struct kit kit;

	(void)state;
	kit_open(&kit);
	must_fail(&kit, ERR_NOT_FOUND, store_outbox_due(kit.store, kit.arena, "mastodon", NOW + 99, &row, &kit.e));
	for (i = 0; i < 3; i++) {
		(void)snprintf(name, sizeof(name), "%zu", i);
		complaint[i] = drafted(&kit, name, &draft);
		must(&kit, put(&kit, complaint[i], draft, i == 2 ? OUTBOX_HANDOFF : OUTBOX_SCHEDULED,
			       NOW + 30 - (int64_t)i * 10, &id[i]));
	}
	must_fail(&kit, ERR_NOT_FOUND, store_outbox_due(kit.store, kit.arena, "mastodon", NOW + 19, &row, &kit.e));
	must_fail(&kit, ERR_NOT_FOUND, store_outbox_due(kit.store, kit.arena, "reddit", NOW + 99, &row, &kit.e));
	must(&kit, store_outbox_due(kit.store, kit.arena, "mastodon", NOW + 20, &row, &kit.e));
	assert_int_equal(row.id, id[1]);
	must(&kit, store_outbox_move(kit.store, id[1], OUTBOX_SCHEDULED, OUTBOX_SENDING, NOW, NOW, 1, NULL, NULL, NULL,
				     &kit.e));
	must_fail(&kit, ERR_NOT_FOUND, store_outbox_due(kit.store, kit.arena, "mastodon", NOW + 20, &row, &kit.e));
	must(&kit, store_outbox_in(kit.store, kit.arena, OUTBOX_SENDING, &ids, &count, &kit.e));
	assert_int_equal(count, 1);
	assert_int_equal(ids[0], id[1]);
	must(&kit, store_outbox_move(kit.store, id[1], OUTBOX_SENDING, OUTBOX_UNKNOWN, NOW + 25, NOW, 1, NULL, NULL,
				     "cut off", &kit.e));
	must(&kit, store_outbox_due(kit.store, kit.arena, "mastodon", NOW + 40, &row, &kit.e));
	assert_int_equal(row.id, id[1]); /* unknown ones are looked at again too */
	assert_int_equal(row.state, OUTBOX_UNKNOWN);
	kit_close(&kit);
}

static void test_outbox_moves_are_guarded_and_keep_what_was_learned(void **state)
{
	struct outbox_row row = {0};
	int64_t complaint_id, draft = 0, id = 0;
	struct complaint_row complaint;
	struct kit kit;

	(void)state;
	kit_open(&kit);
	complaint_id = drafted(&kit, "1", &draft);
	must(&kit, put(&kit, complaint_id, draft, OUTBOX_SCHEDULED, NOW, &id));
	must(&kit, store_outbox_move(kit.store, id, OUTBOX_SCHEDULED, OUTBOX_SENDING, NOW, NOW + 1, 1, NULL, NULL, NULL,
				     &kit.e));
	must_fail(&kit, ERR_CONFLICT,
		  store_outbox_move(kit.store, id, OUTBOX_SCHEDULED, OUTBOX_CANCELLED, NOW, 0, 0, NULL, NULL,
				    "withdrawn", &kit.e));
	assert_non_null(strstr(kit.e.text, "is sending by now"));
	must_fail(&kit, ERR_NOT_FOUND,
		  store_outbox_move(kit.store, 99, OUTBOX_SCHEDULED, OUTBOX_SENDING, NOW, 0, 0, NULL, NULL, NULL,
				    &kit.e));
	must(&kit, store_outbox_move(kit.store, id, OUTBOX_SENDING, OUTBOX_SENT, NOW, NOW + 1, 1, "77",
				     "https://m.example/77", NULL, &kit.e));
	must(&kit, store_outbox_get(kit.store, kit.arena, id, &row, &kit.e));
	assert_string_equal(row.reply_id, "77");
	assert_int_equal(row.attempted_s, NOW + 1);
	assert_int_equal(row.attempts, 1);
	complaint = kit_get(&kit, complaint_id);
	assert_string_equal(complaint.reply_url, "https://m.example/77");
	assert_string_equal(complaint.reply_id, "77");
	kit_close(&kit);
}

static void test_deleting_the_post_withdraws_the_reply_that_has_not_gone_out(void **state)
{
	static const struct {
		enum outbox_state from;
		enum outbox_state want;
	} cases[] = {
		{OUTBOX_SCHEDULED, OUTBOX_CANCELLED}, {OUTBOX_HANDOFF, OUTBOX_CANCELLED},
		{OUTBOX_SENDING, OUTBOX_SENDING},     {OUTBOX_UNKNOWN, OUTBOX_UNKNOWN},
		{OUTBOX_SENT, OUTBOX_SENT},
	};
	struct kit kit;
	char name[24];
	size_t i;

	(void)state;
	kit_open(&kit);
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		struct complaint_row row;
		int64_t complaint_id, draft = 0, id = 0;

		(void)snprintf(name, sizeof(name), "%zu", i);
		complaint_id = drafted(&kit, name, &draft);
		must(&kit, put(&kit, complaint_id, draft, OUTBOX_SCHEDULED, NOW, &id));
		must(&kit, store_outbox_move(kit.store, id, OUTBOX_SCHEDULED, cases[i].from, NOW, 0, 0, NULL, NULL,
					     NULL, &kit.e));
		must(&kit, store_begin(kit.store, STORE_BULK, &kit.e));
		must(&kit, store_complaint_move(kit.store, complaint_id, ~0u, STATE_APPROVED, NULL, NULL, NOW, &kit.e));
		must(&kit, store_post_delete(kit.store, kit.brand_id, "mastodon", name, NOW, &kit.e));
		must(&kit, store_commit(kit.store, &kit.e));
		row = kit_get(&kit, complaint_id);
		assert_int_equal(row.outbox_state, cases[i].want);
		assert_int_equal(row.state, STATE_CLOSED);
		must_fail(&kit, ERR_CONFLICT, put(&kit, complaint_id, draft, OUTBOX_SCHEDULED, NOW, &id));
	}
	kit_whole(&kit);
	kit_close(&kit);
}

static void test_an_approved_reply_to_one_of_several_posts_comes_back_when_that_is_deleted(void **state)
{
	struct verdict verdict = kit_verdict(CLASS_PROBLEM, CAUSE_DELIVERY);
	struct post more = parcel;
	struct complaint_row row;
	int64_t complaint_id, draft = 0, id = 0;
	struct kit kit;

	(void)state;
	kit_open(&kit);
	(void)drafted(&kit, "1", &draft);
	more.id = "2";
	more.thread = "1";
	complaint_id = kit_file(&kit, &more, &verdict, NULL, NULL);
	must(&kit, store_draft_put(kit.store, complaint_id, "Sorry", "h", "t", NULL, "en", "maya", NULL, NOW, &draft,
				   &kit.e));
	must(&kit, put(&kit, complaint_id, draft, OUTBOX_SCHEDULED, NOW, &id));
	must(&kit, store_begin(kit.store, STORE_BULK, &kit.e));
	must(&kit, store_complaint_move(kit.store, complaint_id, ~0u, STATE_APPROVED, NULL, NULL, NOW, &kit.e));
	must(&kit, store_post_delete(kit.store, kit.brand_id, "mastodon", "2", NOW, &kit.e));
	must(&kit, store_commit(kit.store, &kit.e));
	row = kit_get(&kit, complaint_id);
	assert_int_equal(row.state, STATE_OPEN);
	assert_int_equal(row.outbox_state, OUTBOX_CANCELLED);
	assert_string_equal(row.post_ext_id, "1");
	assert_non_null(row.reason);
	kit_close(&kit);
}

static void test_an_authors_replies_are_those_that_were_approved(void **state)
{
	const char *const *texts = NULL;
	int64_t draft = 0, id = 0, complaint_id;
	struct kit kit;

	(void)state;
	kit_open(&kit);
	complaint_id = drafted(&kit, "1", &draft);
	must(&kit, put(&kit, complaint_id, draft, OUTBOX_SCHEDULED, NOW, &id));
	complaint_id = drafted(&kit, "2", &draft); /* a draft nobody approved */
	complaint_id = drafted(&kit, "3", &draft);
	must(&kit, store_draft_put(kit.store, complaint_id, "Second", "h", "t", NULL, "en", "maya", NULL, NOW, &draft,
				   &kit.e));
	must(&kit, put(&kit, complaint_id, draft, OUTBOX_SCHEDULED, NOW, &id));
	must(&kit, store_author_replies(kit.store, kit.arena, kit.brand_id, "mastodon", "9", 5, &texts, &kit.e));
	assert_string_equal(texts[0], "Second"); /* newest first */
	assert_string_equal(texts[1], "Sorry about your parcel.");
	assert_null(texts[2]);
	must(&kit, store_author_replies(kit.store, kit.arena, kit.brand_id, "mastodon", "9", 1, &texts, &kit.e));
	assert_null(texts[1]);
	must(&kit,
	     store_outbox_move(kit.store, id, OUTBOX_SCHEDULED, OUTBOX_CANCELLED, NOW, 0, 0, NULL, NULL, NULL, &kit.e));
	must(&kit, store_author_replies(kit.store, kit.arena, kit.brand_id, "mastodon", "9", 5, &texts, &kit.e));
	assert_string_equal(texts[0], "Sorry about your parcel.");
	must(&kit, store_author_replies(kit.store, kit.arena, kit.brand_id, "mastodon", "", 5, &texts, &kit.e));
	assert_null(texts[0]);
	must(&kit, store_author_replies(kit.store, kit.arena, kit.brand_id + 1, "mastodon", "9", 5, &texts, &kit.e));
	assert_null(texts[0]);
	kit_close(&kit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_outbox_row_is_a_copy_of_what_was_approved),
		cmocka_unit_test(test_a_post_of_an_import_has_no_source_to_reply_from),
		cmocka_unit_test(test_only_what_was_read_can_be_approved),
		cmocka_unit_test(test_a_complaint_has_one_reply_on_its_way),
		cmocka_unit_test(test_the_row_that_is_due_first_is_taken),
		cmocka_unit_test(test_outbox_moves_are_guarded_and_keep_what_was_learned),
		cmocka_unit_test(test_deleting_the_post_withdraws_the_reply_that_has_not_gone_out),
		cmocka_unit_test(test_an_approved_reply_to_one_of_several_posts_comes_back_when_that_is_deleted),
		cmocka_unit_test(test_an_authors_replies_are_those_that_were_approved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
