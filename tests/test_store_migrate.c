/*
 * test_store_migrate.c - from one version of the database to the next, or not at all.
 */
#include "store_kit.h"

#include <pthread.h>

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
	assert_int_equal(kit_exec(&kit, "CREATE TABLE of_the_future (x TEXT); PRAGMA user_version = 3"), SQLITE_OK);
	must_fail(&kit, ERR_UNSUPPORTED, store_open(kit.path, &store, &kit.e));
	assert_null(store);
	assert_non_null(strstr(kit.e.text, "made by a newer amends"));
	assert_int_equal(kit_sql(&kit, "PRAGMA user_version"), 3);
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
		cmocka_unit_test(test_processes_that_start_together_make_one_database),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
