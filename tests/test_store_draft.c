/*
 * test_store_draft.c - drafts of a complaint, who asked for approval, and what became of templates' drafts.
 */
#include "store_kit.h"

static int64_t complaint(struct kit *kit, const char *id)
{
	struct verdict verdict = kit_verdict(CLASS_PROBLEM, CAUSE_DELIVERY);
	struct post post = kit_post(id, id, "My parcel never came.");

	return kit_file(kit, &post, &verdict, NULL, NULL);
}

static int64_t draft(struct kit *kit, int64_t complaint_id, const char *text, const char *template, const char *lang,
		     const char *by)
{
	int64_t id = 0;

	must(kit, store_draft_put(kit->store, complaint_id, text, "hash", template, NULL, lang, by, NULL, NOW, &id,
				  &kit->e));
	return id;
}

static void move(struct kit *kit, int64_t id, enum complaint_state to)
{
	must(kit, store_begin(kit->store, STORE_URGENT, &kit->e));
	must(kit, store_complaint_move(kit->store, id, ~0u, to, NULL, NULL, NOW, &kit->e));
	must(kit, store_commit(kit->store, &kit->e));
}

static void submitted(struct kit *kit, int64_t id, const char *by, const char *why)
{
	must(kit, store_begin(kit->store, STORE_URGENT, &kit->e));
	must(kit, store_complaint_submitted(kit->store, id, by, why, &kit->e));
	must(kit, store_commit(kit->store, &kit->e));
}

/* ---- drafts ---- */

static void test_all_drafts_are_kept_and_listed(void **state)
{
	struct draft_row *rows = NULL;
	int64_t id, second, outbox = 0;
	size_t count = 9;
	struct kit kit;

	(void)state;
	kit_open(&kit);
	id = complaint(&kit, "1");
	must(&kit, store_draft_list(kit.store, kit.arena, id, &rows, &count, &kit.e));
	assert_int_equal(count, 0);
	(void)draft(&kit, id, "One", "t", "en", "amends");
	(void)draft(&kit, complaint(&kit, "2"), "Another's", "t", "en", "amends");
	second = draft(&kit, id, "Two", "t", "en", "ben");
	must(&kit, store_begin(kit.store, STORE_URGENT, &kit.e));
	must(&kit, store_outbox_put(kit.store, id, second, OUTBOX_SCHEDULED, 0, "maya", NOW, NOW, &outbox, &kit.e));
	must(&kit, store_commit(kit.store, &kit.e));
	(void)draft(&kit, id, "Three", NULL, NULL, "ben");
	must(&kit, store_draft_list(kit.store, kit.arena, id, &rows, &count, &kit.e));
	assert_int_equal(count, 3);
	assert_string_equal(rows[0].text, "One");
	assert_string_equal(rows[0].hash, "hash");
	assert_string_equal(rows[0].template, "t");
	assert_string_equal(rows[0].lang, "en");
	assert_string_equal(rows[0].by, "amends");
	assert_int_equal(rows[0].at_s, NOW);
	assert_int_equal(rows[0].post_id, kit_get(&kit, id).post_id);
	assert_null(rows[0].approved_by);
	assert_int_equal(rows[1].id, second);
	assert_string_equal(rows[1].by, "ben");
	assert_string_equal(rows[1].approved_by, "maya");
	assert_null(rows[2].template);
	assert_null(rows[2].lang);
	kit_close(&kit);
}

static void test_a_dropped_draft_is_not_current_but_stays(void **state)
{
	struct complaint_row row;
	struct draft_row *rows = NULL;
	size_t count = 0;
	int64_t id;
	struct kit kit;

	(void)state;
	kit_open(&kit);
	id = complaint(&kit, "1");
	(void)draft(&kit, id, "One", "t", "en", "amends");
	move(&kit, id, STATE_SUBMITTED);
	submitted(&kit, id, "ben", "why");
	must_fail(&kit, ERR_INTERNAL, store_draft_drop(kit.store, id, &kit.e));
	must(&kit, store_begin(kit.store, STORE_URGENT, &kit.e));
	must_fail(&kit, ERR_NOT_FOUND, store_draft_drop(kit.store, 99, &kit.e));
	must(&kit, store_draft_drop(kit.store, id, &kit.e));
	must(&kit, store_draft_drop(kit.store, id, &kit.e)); /* twice changes nothing */
	must(&kit, store_commit(kit.store, &kit.e));
	row = kit_get(&kit, id);
	assert_int_equal(row.draft_id, 0);
	assert_null(row.draft);
	assert_null(row.submitted_by);
	must(&kit, store_draft_list(kit.store, kit.arena, id, &rows, &count, &kit.e));
	assert_int_equal(count, 1);
	kit_close(&kit);
}

/* Two posts of one author; each of them has a draft of the program's and one of a person's. */
static int64_t quoting(struct kit *kit)
{
	struct verdict verdict = kit_verdict(CLASS_PROBLEM, CAUSE_DELIVERY);
	struct post more = kit_post("2", "1", "My sofa never came either.");
	int64_t id = complaint(kit, "1");

	(void)draft(kit, id, "Sorry about your parcel", "t", "en", "amends");
	(void)draft(kit, id, "So sorry about the parcel", "t", "en", "ben");
	more.thread = "1";
	assert_int_equal(kit_file(kit, &more, &verdict, NULL, NULL), id);
	(void)draft(kit, id, "Sorry about your sofa", "t", "en", "amends");
	(void)draft(kit, id, "So sorry about the sofa", "t", "en", "ben");
	return id;
}

static void post_gone(struct kit *kit, const char *ext_id)
{
	must(kit, store_begin(kit->store, STORE_BULK, &kit->e));
	must(kit, store_post_delete(kit->store, kit->brand_id, "mastodon", ext_id, NOW, &kit->e));
	must(kit, store_commit(kit->store, &kit->e));
}

static void test_drafts_of_a_deleted_post_lose_their_words(void **state)
{
	static const struct {
		const char *deleted;
		enum complaint_state from, to;
		const char *kept, *draft; /* draft NULL: none is current any more */
	} cases[] = {
		{"2", STATE_OPEN, STATE_OPEN, "parcel", NULL},
		{"2", STATE_SUBMITTED, STATE_OPEN, "parcel", NULL},
		{"1", STATE_OPEN, STATE_OPEN, "sofa", "So sorry about the sofa"},
		{"1", STATE_SUBMITTED, STATE_SUBMITTED, "sofa", "So sorry about the sofa"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct complaint_row row;
		struct draft_row *rows = NULL;
		size_t count = 0;
		int64_t id;
		struct kit kit;

		kit_open(&kit);
		id = quoting(&kit);
		if (cases[i].from == STATE_SUBMITTED) {
			move(&kit, id, STATE_SUBMITTED);
			submitted(&kit, id, "ben", NULL);
		}
		post_gone(&kit, cases[i].deleted);
		row = kit_get(&kit, id);
		assert_int_equal(row.state, cases[i].to);
		assert_int_equal(row.draft_id != 0, cases[i].draft != NULL);
		if (cases[i].draft != NULL)
			assert_string_equal(row.draft, cases[i].draft);
		assert_int_equal(row.submitted_by != NULL, cases[i].to == STATE_SUBMITTED);
		must(&kit, store_draft_list(kit.store, kit.arena, id, &rows, &count, &kit.e));
		assert_int_equal(count, 2);
		assert_non_null(strstr(rows[0].text, cases[i].kept));
		assert_non_null(strstr(rows[1].text, cases[i].kept));
		assert_int_equal(kit_sql(&kit, "SELECT count(*) FROM draft WHERE text = '' AND findings IS NULL"), 2);
		kit_whole(&kit);
		kit_close(&kit);
	}
}

static void test_what_was_approved_is_kept_when_its_post_is_deleted(void **state)
{
	struct draft_row *rows = NULL;
	int64_t id, outbox = 0;
	size_t count = 0;
	struct kit kit;

	(void)state;
	kit_open(&kit);
	id = quoting(&kit);
	must(&kit, store_begin(kit.store, STORE_URGENT, &kit.e));
	must(&kit, store_outbox_put(kit.store, id, kit_get(&kit, id).draft_id, OUTBOX_SCHEDULED, 0, "maya", NOW, NOW,
				    &outbox, &kit.e));
	must(&kit, store_commit(kit.store, &kit.e));
	post_gone(&kit, "2");
	must(&kit, store_draft_list(kit.store, kit.arena, id, &rows, &count, &kit.e));
	assert_int_equal(count, 3); /* but not the program's for that post */
	assert_string_equal(rows[2].text, "So sorry about the sofa");
	assert_string_equal(rows[2].approved_by, "maya");
	kit_close(&kit);
}

/* ---- who asked for approval ---- */

static void test_who_asked_is_known_until_it_is_decided(void **state)
{
	static const struct {
		enum complaint_state to;
		bool kept;
	} cases[] = {
		{STATE_OPEN, false},    {STATE_SUBMITTED, true}, {STATE_APPROVED, true},
		{STATE_REPLIED, false}, {STATE_CLOSED, false},
	};
	struct kit kit;
	char name[8];
	size_t i;

	(void)state;
	kit_open(&kit);
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		struct complaint_row row;
		int64_t id;

		(void)snprintf(name, sizeof(name), "%zu", i);
		id = complaint(&kit, name);
		(void)draft(&kit, id, "One", "t", "en", "amends");
		submitted(&kit, id, "ben", "a quotation");
		move(&kit, id, STATE_SUBMITTED); /* in either order */
		submitted(&kit, id, "ben", "a quotation");
		row = kit_get(&kit, id);
		assert_string_equal(row.submitted_by, "ben");
		assert_string_equal(row.override_why, "a quotation");
		move(&kit, id, cases[i].to);
		row = kit_get(&kit, id);
		if ((row.submitted_by != NULL) != cases[i].kept || (row.override_why != NULL) != cases[i].kept)
			fail_msg("moved to %s: %s", state_name(cases[i].to), row.submitted_by ? "kept" : "cleared");
		submitted(&kit, id, "ben", "a quotation");
		(void)draft(&kit, id, "Two", "t", "en", "maya"); /* another text is asked for anew */
		row = kit_get(&kit, id);
		assert_null(row.submitted_by);
		assert_null(row.override_why);
	}
	kit_close(&kit);
}

static void test_asking_is_taken_back_and_guarded(void **state)
{
	struct verdict verdict = kit_verdict(CLASS_PROBLEM, CAUSE_DELIVERY);
	struct post post = kit_post("1", "1", "My parcel never came, again.");
	struct complaint_row row;
	int64_t id;
	struct kit kit;

	(void)state;
	kit_open(&kit);
	id = complaint(&kit, "1");
	must_fail(&kit, ERR_INTERNAL, store_complaint_submitted(kit.store, id, "ben", NULL, &kit.e));
	must(&kit, store_begin(kit.store, STORE_URGENT, &kit.e));
	must_fail(&kit, ERR_NOT_FOUND, store_complaint_submitted(kit.store, 99, "ben", NULL, &kit.e));
	store_rollback(kit.store);
	submitted(&kit, id, "ben", NULL);
	row = kit_get(&kit, id);
	assert_string_equal(row.submitted_by, "ben");
	assert_null(row.override_why);
	submitted(&kit, id, NULL, "without a name there is no reason either");
	row = kit_get(&kit, id);
	assert_null(row.submitted_by);
	assert_null(row.override_why);
	/* an edit re-opens what was replied to, and nobody asks for approval then */
	move(&kit, id, STATE_REPLIED);
	submitted(&kit, id, "ben", "why");
	(void)kit_file(&kit, &post, &verdict, NULL, NULL);
	row = kit_get(&kit, id);
	assert_int_equal(row.state, STATE_OPEN);
	assert_null(row.submitted_by);
	kit_close(&kit);
}

/* ---- templates ---- */

static void fate(struct kit *kit, const char *template, const char *lang, enum draft_fate what)
{
	must(kit, store_begin(kit->store, STORE_URGENT, &kit->e));
	must(kit, store_template_fate(kit->store, template, lang, what, NOW, &kit->e));
	must(kit, store_commit(kit->store, &kit->e));
}

static void fate_back(struct kit *kit, const char *template, const char *lang, enum draft_fate what)
{
	must(kit, store_begin(kit->store, STORE_URGENT, &kit->e));
	must(kit, store_template_fate_back(kit->store, template, lang, what, &kit->e));
	must(kit, store_commit(kit->store, &kit->e));
}

static void test_what_became_of_templates_is_counted(void **state)
{
	struct template_stat *rows = NULL;
	size_t count = 9;
	struct kit kit;
	int i;

	(void)state;
	kit_open(&kit);
	must(&kit, store_template_stats(kit.store, kit.arena, &rows, &count, &kit.e));
	assert_int_equal(count, 0);
	must_fail(&kit, ERR_INTERNAL, store_template_fate(kit.store, "t", "en", FATE_CLOSED, NOW, &kit.e));
	for (i = 0; i < (int)DRAFT_FATE_COUNT; i++) {
		int n;

		for (n = 0; n <= i; n++)
			fate(&kit, "parcel", "en", (enum draft_fate)i);
	}
	fate(&kit, "parcel", "de", FATE_REJECTED);
	fate(&kit, "bill", NULL, FATE_APPROVED);
	fate(&kit, "bill", NULL, FATE_APPROVED);
	fate_back(&kit, "bill", NULL, FATE_APPROVED); /* one stands */
	fate_back(&kit, "bill", NULL, FATE_CLOSED);   /* nothing to take back */
	fate(&kit, NULL, "en", FATE_APPROVED);        /* of no template: nothing to count */
	must(&kit, store_template_stats(kit.store, kit.arena, &rows, &count, &kit.e));
	assert_int_equal(count, 3);
	assert_string_equal(rows[0].template, "bill");
	assert_string_equal(rows[0].lang, "");
	assert_int_equal(rows[0].fate[FATE_APPROVED], 1);
	assert_int_equal(rows[0].drafts, 0);
	assert_string_equal(rows[1].template, "parcel");
	assert_string_equal(rows[1].lang, "de");
	assert_int_equal(rows[1].fate[FATE_REJECTED], 1);
	assert_string_equal(rows[2].lang, "en");
	for (i = 0; i < (int)DRAFT_FATE_COUNT; i++)
		assert_int_equal(rows[2].fate[i], i + 1);
	kit_close(&kit);
}

static int64_t made(struct kit *kit, const char *template, const char *lang)
{
	struct template_stat *rows = NULL;
	size_t count = 0, i;

	must(kit, store_template_stats(kit->store, kit->arena, &rows, &count, &kit->e));
	for (i = 0; i < count; i++)
		if (strcmp(rows[i].template, template) == 0 && strcmp(rows[i].lang, lang) == 0)
			return rows[i].drafts;
	return 0;
}

static void test_a_change_by_a_person_is_no_new_draft_of_the_template(void **state)
{
	struct verdict verdict = kit_verdict(CLASS_PROBLEM, CAUSE_DELIVERY);
	struct post again = kit_post("2", "1", "Still nothing!");
	int64_t id;
	struct kit kit;

	(void)state;
	kit_open(&kit);
	id = complaint(&kit, "1");
	(void)draft(&kit, id, "One", "parcel", "en", "amends");
	(void)draft(&kit, id, "One, changed", "parcel", "en", "ben");
	(void)draft(&kit, id, "One, changed again", "parcel", "en", "maya");
	assert_int_equal(made(&kit, "parcel", "en"), 1);
	(void)draft(&kit, id, "Eins", "parcel", "de", "amends");
	(void)draft(&kit, id, "Bill", "bill", "de", "amends");
	(void)draft(&kit, id, "One", "parcel", "en", "amends"); /* after another one: made anew */
	assert_int_equal(made(&kit, "parcel", "en"), 2);
	assert_int_equal(made(&kit, "parcel", "de"), 1);
	assert_int_equal(made(&kit, "bill", "de"), 1);
	again.thread = "1";
	assert_int_equal(kit_file(&kit, &again, &verdict, NULL, NULL), id);
	(void)draft(&kit, id, "For the second post", "parcel", "en", "amends");
	assert_int_equal(made(&kit, "parcel", "en"), 3);
	(void)draft(&kit, id, "By hand", NULL, "en", "ben");
	(void)draft(&kit, complaint(&kit, "3"), "Elsewhere", "parcel", NULL, "amends");
	assert_int_equal(made(&kit, "parcel", "en"), 3);
	assert_int_equal(made(&kit, "parcel", ""), 1);
	kit_close(&kit);
}

/* ---- words ---- */

static void test_words_of_states_are_read_back(void **state)
{
	enum promise_state found = PROMISE_LATE;
	int i;

	(void)state;
	for (i = 0; i < (int)PROMISE_STATE_COUNT; i++) {
		assert_int_equal(promise_state_from_name(promise_state_name((enum promise_state)i), &found), 1);
		assert_int_equal(found, i);
	}
	assert_int_equal(promise_state_from_name("forgotten", &found), 0);
	assert_int_equal(promise_state_from_name(NULL, &found), 0);
	assert_int_equal(found, PROMISE_STATE_COUNT - 1);
	assert_string_equal(promise_state_name(PROMISE_STATE_COUNT), "?");
	assert_string_equal(draft_fate_name(FATE_EDITED), "edited");
	assert_string_equal(draft_fate_name(DRAFT_FATE_COUNT), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_drafts_are_kept_and_listed),
		cmocka_unit_test(test_a_dropped_draft_is_not_current_but_stays),
		cmocka_unit_test(test_drafts_of_a_deleted_post_lose_their_words),
		cmocka_unit_test(test_what_was_approved_is_kept_when_its_post_is_deleted),
		cmocka_unit_test(test_who_asked_is_known_until_it_is_decided),
		cmocka_unit_test(test_asking_is_taken_back_and_guarded),
		cmocka_unit_test(test_what_became_of_templates_is_counted),
		cmocka_unit_test(test_a_change_by_a_person_is_no_new_draft_of_the_template),
		cmocka_unit_test(test_words_of_states_are_read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
