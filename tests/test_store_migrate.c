/*
 * test_store_migrate.c - from one version of the database to the next, or not at all.
 */
#include "store_kit.h"

#include <pthread.h>
#include <sodium.h>

#include "watcher/store/migrate.h"

#define FIRST                                                                                                          \
	"CREATE TABLE a (x INTEGER) STRICT; INSERT INTO a VALUES (1);"                                                 \
	"PRAGMA application_id = 1634559332; PRAGMA user_version = 1;"

static const char *const three[] = {
	FIRST,
	"ALTER TABLE a ADD COLUMN y TEXT; UPDATE a SET y = 'new'; PRAGMA user_version = 2;",
	"CREATE TABLE b (z INTEGER) STRICT; INSERT INTO b SELECT x FROM a; PRAGMA user_version = 3;",
};
/* The second step works, the third fails half way. */
static const char *const broken[] = {
	FIRST,
	"ALTER TABLE a ADD COLUMN y TEXT; UPDATE a SET y = 'new'; PRAGMA user_version = 2;",
	"CREATE TABLE b (z INTEGER) STRICT; INSERT INTO nowhere VALUES (1); PRAGMA user_version = 3;",
};

static enum err migrate(struct kit *kit, const char *const *texts, int count)
{
	sqlite3 *db = NULL;
	enum err err;

	assert_int_equal(sqlite3_open(kit->path, &db), SQLITE_OK);
	err = migrate_run(db, kit->path, texts, count, &kit->e);
	assert_int_equal(sqlite3_get_autocommit(db), 1); /* no transaction is left open */
	(void)sqlite3_close(db);
	return err;
}

static void test_missing_steps_are_run_from_every_version(void **state)
{
	int from;

	(void)state;
	for (from = 0; from <= 3; from++) {
		struct kit kit;

		kit_folder(&kit);
		if (from)
			must(&kit, migrate(&kit, three, from));
		must(&kit, migrate(&kit, three, 3));
		must(&kit, migrate(&kit, three, 3)); /* and once is enough */
		assert_int_equal(kit_sql(&kit, "PRAGMA user_version"), 3);
		assert_int_equal(kit_sql(&kit, "SELECT count(*) FROM a, b WHERE y = 'new' AND z = 1"), 1);
		kit_close(&kit);
	}
}

static void test_a_step_that_fails_undoes_all_that_ran_with_it(void **state)
{
	int from;

	(void)state;
	for (from = 0; from <= 2; from++) {
		struct kit kit;

		kit_folder(&kit);
		if (from)
			must(&kit, migrate(&kit, broken, from));
		must_fail(&kit, ERR_IO, migrate(&kit, broken, 3));
		assert_non_null(strstr(kit.e.text, "to version 3"));
		assert_int_equal(kit_sql(&kit, "PRAGMA user_version"), from);
		assert_int_equal(kit_sql(&kit, "SELECT count(*) FROM sqlite_schema"), from ? 1 : 0);
		assert_int_equal(kit_sql(&kit, "SELECT count(*) FROM pragma_table_info('a')"), from);
		must(&kit, migrate(&kit, three, 3)); /* the mended program goes on from there */
		kit_close(&kit);
	}
}

static void test_a_database_of_a_newer_program_is_refused_in_one_line(void **state)
{
	struct store *store = NULL;
	struct kit kit;

	(void)state;
	kit_open(&kit);
	store_close(&kit.store);
	assert_int_equal(kit_exec(&kit, "CREATE TABLE of_the_future (x TEXT); PRAGMA user_version = 9999"), SQLITE_OK);
	must_fail(&kit, ERR_UNSUPPORTED, store_open(kit.path, &store, &kit.e));
	assert_null(store);
	assert_non_null(strstr(kit.e.text, "made by a newer amends"));
	assert_int_equal(kit_sql(&kit, "PRAGMA user_version"), 9999);
	kit_close(&kit);
}

static void test_the_newest_version_is_the_number_of_texts(void **state)
{
	struct kit kit;

	(void)state;
	kit_open(&kit);
	assert_int_equal(kit_sql(&kit, "PRAGMA user_version"), migrate_count);
	assert_int_equal(kit_sql(&kit, "PRAGMA application_id"), MIGRATE_APPLICATION_ID);
	kit_close(&kit);
}

static void test_opening_again_keeps_everything(void **state)
{
	struct verdict verdict = kit_verdict(CLASS_PROBLEM, CAUSE_DELIVERY);
	struct post post = kit_post("1", "ada", "My parcel never came.");
	int64_t id;
	struct kit kit;

	(void)state;
	kit_open(&kit);
	id = kit_file(&kit, &post, &verdict, "delivery:parcel", NULL);
	store_close(&kit.store);
	must(&kit, store_open(kit.path, &kit.store, &kit.e));
	assert_string_equal(kit_get(&kit, id).text, "My parcel never came.");
	kit_whole(&kit);
	kit_close(&kit);
}

/* ---- from version 1 ---- */

/* One of each kind, as the first version of the program wrote them. */
#define ROWS_OF_1                                                                                                      \
	"PRAGMA foreign_keys = ON;"                                                                                    \
	"INSERT INTO meta VALUES ('first_token', 'x'), ('sending_paused', '1');"                                       \
	"INSERT INTO brand VALUES (1, 'Acme');"                                                                        \
	"INSERT INTO source (id, key, platform, brand_id, started_s) VALUES (1, 'm/#acme', 'mastodon', 1, 5);"         \
	"INSERT INTO author VALUES (1, 'mastodon', 'ada', 'ada', NULL, 7);"                                            \
	"INSERT INTO post (id, brand_id, source_id, author_id, platform, ext_id, thread, fetched_s, text)"             \
	" VALUES (1, 1, 1, 1, 'mastodon', '1', '1', 1789999000, 'My parcel never came.');"                             \
	"INSERT INTO verdict VALUES (1, 'problem', 'delivery', 2, 0, .9, .8, .1, -.5, 'en', 0, 'r', '{}');"            \
	"INSERT INTO rollup VALUES (20717, 1, 'mastodon', 'problem', 'delivery', 1, -500);"                            \
	"INSERT INTO complaint (id, brand_id, platform, author_id, thread, class, cause, severity, urgency, problem,"  \
	" vent, sentiment, undecided, reach_points, audience, priority, state, opened_s, updated_s, post_id)"          \
	" VALUES (1, 1, 'mastodon', 1, '1', 'problem', 'delivery', 2, 0, .8, .1, -.5, 0, 0, 7, 418, 'approved', 6, 7, 1);" \
	"UPDATE post SET complaint_id = 1, filed = 1;"                                                                 \
	"INSERT INTO complaint_fts (rowid, text) VALUES (1, 'My parcel never came.');"                                 \
	"INSERT INTO draft (id, complaint_id, post_id, text, hash, template, lang, by, at_s) VALUES"                   \
	" (1, 1, 1, 'Sorry', 'h1', 'parcel', 'en', 'amends', 8), (2, 1, 1, 'Sorry!', 'h2', 'parcel', 'en', 'ben', 9)," \
	" (3, 1, 1, 'Pardon', 'h3', 'parcel', 'fr', 'amends', 9), (4, 1, 1, 'By hand', 'h4', NULL, NULL, 'ben', 9);"   \
	"INSERT INTO approval VALUES (1, 1, 2, 'h2', NULL, 'maya', 10);"                                               \
	"INSERT INTO outbox (id, complaint_id, post_id, draft_id, approval_id, source_id, platform, post_ext_id, text,"\
	" text_hash, idempotency_key, state, not_before_s, created_s) VALUES (1, 1, 1, 2, 1, 1, 'mastodon', '1',"      \
	" 'Sorry!', 'h2', '0123456789abcdef0123456789abcdef', 'scheduled', 10, 10);"                                   \
	"UPDATE complaint SET draft_id = 2, outbox_id = 1;"                                                            \
	"INSERT INTO audit (at_s, complaint_id, by, action, detail) VALUES (9, 1, 'ben', 'draft', NULL),"              \
	" (10, 1, 'maya', 'approve', 'h2'), (11, 2, 'ben', 'close', 'spam: obvious');"

/* All that was there, but for what became something else. */
#define ALL_OF_1                                                                                                       \
	"SELECT (SELECT count(*) FROM post WHERE text = 'My parcel never came.') + (SELECT count(*) FROM complaint"    \
	" WHERE state = 'approved' AND priority = 418) * 10 + (SELECT count(*) FROM draft) * 100"                      \
	" + (SELECT count(*) FROM outbox WHERE state = 'scheduled') * 1000 + (SELECT count(*) FROM approval) * 10000"  \
	" + (SELECT count(*) FROM audit) * 100000 + (SELECT count(*) FROM meta WHERE key = 'first_token') * 1000000"

static void test_a_database_of_version_1_keeps_its_rows_and_works_on(void **state)
{
	struct template_stat *stats = NULL;
	struct reason_count *reasons = NULL;
	struct draft_row *drafts = NULL;
	struct pause_row *pauses = NULL;
	struct audit_check check;
	struct outbox_row outbox;
	struct complaint_row row;
	size_t count = 0;
	struct kit kit;

	(void)state;
	kit_version_1(&kit);
	assert_int_equal(kit_exec(&kit, ROWS_OF_1), SQLITE_OK);
	assert_int_equal(kit_sql(&kit, ALL_OF_1), 1311411);
	must(&kit, store_open(kit.path, &kit.store, &kit.e));
	assert_int_equal(kit_sql(&kit, "PRAGMA user_version"), migrate_count);
	assert_int_equal(kit_sql(&kit, ALL_OF_1), 1311411);
	kit_whole(&kit);
	row = kit_get(&kit, 1);
	assert_string_equal(row.draft, "Sorry!");
	assert_null(row.submitted_by);
	assert_true(row.paused); /* the setting became a row */
	assert_int_equal(row.said_s, 1789999000); /* its post's */
	must(&kit, store_pause_list(kit.store, kit.arena, &pauses, &count, &kit.e));
	assert_int_equal(count, 1);
	assert_int_equal(pauses[0].brand_id, 0);
	assert_true(pauses[0].at_s > 1600000000);
	assert_int_equal(kit_sql(&kit, "SELECT count(*) FROM meta WHERE key = 'sending_paused'"), 0);
	must_fail(&kit, ERR_NOT_FOUND, store_outbox_due(kit.store, kit.arena, "mastodon", NOW, &outbox, &kit.e));
	must(&kit, store_pause(kit.store, 0, false, 0, "maya", NOW, &kit.e));
	must(&kit, store_outbox_due(kit.store, kit.arena, "mastodon", NOW, &outbox, &kit.e));
	must(&kit, store_draft_list(kit.store, kit.arena, 1, &drafts, &count, &kit.e));
	assert_int_equal(count, 4);
	assert_string_equal(drafts[1].approved_by, "maya");
	must(&kit, store_template_stats(kit.store, kit.arena, &stats, &count, &kit.e));
	assert_int_equal(count, 2);
	assert_int_equal(stats[0].drafts, 1); /* en: ben's is a change of it */
	assert_string_equal(stats[1].lang, "fr");
	must(&kit, store_reason_counts(kit.store, kit.arena, 0, &reasons, &count, &kit.e));
	assert_int_equal(count, 1);
	assert_string_equal(reasons[0].reason, "spam");
	must(&kit, store_audit_check(kit.store, &check, &kit.e));
	assert_int_equal(check.rows, 4);
	assert_int_equal(check.unchained, 3);
	assert_int_equal(check.bad_id, 0);
	must(&kit, store_begin(kit.store, STORE_URGENT, &kit.e));
	must(&kit, store_promise_put(kit.store, 1, 1, "by Thursday", NOW, NOW + 1, NOW, &kit.e));
	must(&kit, store_review_put(kit.store, 1, NOW, &kit.e));
	must(&kit, store_commit(kit.store, &kit.e));
	kit_whole(&kit);
	kit_close(&kit);
}

static void test_sending_that_was_not_paused_is_not_paused(void **state)
{
	static const char *const settings[] = {
		"SELECT 1",
		"INSERT INTO meta VALUES ('sending_paused', '0')",
		"INSERT INTO meta VALUES ('sending_paused', '')",
	};
	struct kit kit;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(settings); i++) {
		kit_version_1(&kit);
		assert_int_equal(kit_exec(&kit, settings[i]), SQLITE_OK);
		must(&kit, store_open(kit.path, &kit.store, &kit.e));
		assert_int_equal(kit_sql(&kit, "SELECT (SELECT count(*) FROM pause)"
					       " + (SELECT count(*) FROM meta WHERE key = 'sending_paused')"),
				 0);
		kit_close(&kit);
	}
}

static void test_old_and_new_databases_have_the_same_schema(void **state)
{
	sqlite3 *db = NULL;
	struct kit kit, old;
	char sql[300];

	(void)state;
	kit_open(&kit);
	kit_version_1(&old);
	assert_int_equal(kit_exec(&old, ROWS_OF_1), SQLITE_OK);
	must(&old, store_open(old.path, &old.store, &old.e));
	assert_int_equal(sqlite3_open(kit.path, &db), SQLITE_OK);
	(void)snprintf(sql, sizeof(sql), "ATTACH '%s' AS old", old.path);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_true(kit_ask(db, "SELECT count(*) FROM main.sqlite_schema") > 40);
	assert_int_equal(kit_ask(db, "SELECT count(*) FROM main.sqlite_schema a LEFT JOIN old.sqlite_schema b"
				     " ON b.name = a.name AND b.sql IS a.sql WHERE b.name IS NULL"),
			 0);
	assert_int_equal(kit_ask(db, "SELECT (SELECT count(*) FROM main.sqlite_schema)"
				     " - (SELECT count(*) FROM old.sqlite_schema)"),
			 0);
	(void)sqlite3_close(db);
	kit_close(&kit);
	kit_close(&old);
}

/* Who changes an enum's words changes the CHECKs of these texts: databases that are out there would not follow. */
static void test_a_shipped_text_is_never_edited(void **state)
{
	static const char *const shipped[] = {
		"27f9df489baca9928863d073bf6cfb9bb098ed08394aaf0481bdd9d26fdc0bad",
		"ae4f4f40380305558abbe8010be8eb85e2986d29262f908fac04443e839ace30",
		"964cdcb437b329e0e0a1c2f82396a13a0ab8f3a59f4aa032a4760ae7967a1bea",
		"b6b785a96b81fd65742fcbc164b3c6c329a48e76a167b4c31caff0cbf5810f2c",
	};
	size_t i;

	(void)state;
	assert_int_equal(ARRAY_LEN(shipped), migrate_count); /* a new text is written down here, too */
	for (i = 0; i < ARRAY_LEN(shipped); i++) {
		unsigned char hash[crypto_hash_sha256_BYTES];
		char hex[2 * sizeof(hash) + 1];

		(void)crypto_hash_sha256(hash, (const unsigned char *)migrate_texts[i], strlen(migrate_texts[i]));
		assert_string_equal(sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash)), shipped[i]);
	}
}

static void *opener(void *context)
{
	struct store *store = NULL;
	enum err err = store_open(context, &store, NULL);

	store_close(&store);
	return err == ERR_OK ? context : NULL;
}

static void test_processes_that_start_together_make_one_database(void **state)
{
	pthread_t threads[4];
	struct kit kit;
	size_t i;

	(void)state;
	kit_folder(&kit);
	for (i = 0; i < ARRAY_LEN(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, opener, kit.path), 0);
	for (i = 0; i < ARRAY_LEN(threads); i++) {
		void *result = NULL;

		assert_int_equal(pthread_join(threads[i], &result), 0);
		assert_non_null(result);
	}
	assert_int_equal(kit_sql(&kit, "PRAGMA user_version"), migrate_count);
	kit_close(&kit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_missing_steps_are_run_from_every_version),
		cmocka_unit_test(test_a_step_that_fails_undoes_all_that_ran_with_it),
		cmocka_unit_test(test_a_database_of_a_newer_program_is_refused_in_one_line),
		cmocka_unit_test(test_the_newest_version_is_the_number_of_texts),
		cmocka_unit_test(test_opening_again_keeps_everything),
		cmocka_unit_test(test_a_database_of_version_1_keeps_its_rows_and_works_on),
		cmocka_unit_test(test_sending_that_was_not_paused_is_not_paused),
		cmocka_unit_test(test_old_and_new_databases_have_the_same_schema),
		cmocka_unit_test(test_a_shipped_text_is_never_edited),
		cmocka_unit_test(test_processes_that_start_together_make_one_database),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
