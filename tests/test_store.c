/*
 * test_store.c - opening, transactions, sources, posts, verdicts, rollups, audit, accounts and settings.
 */
#include "store_kit.h"

#include <pthread.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "watcher/store/db.h"

static void begin(struct kit *kit)
{
	must(kit, store_begin(kit->store, STORE_BULK, &kit->e));
}

static void commit(struct kit *kit)
{
	must(kit, store_commit(kit->store, &kit->e));
}

/* ---- the file ---- */

static void test_files_are_the_owners_alone(void **state)
{
	static const char *const ends[] = {"", "-wal", "-shm", "-lane"};
	struct stat st;
	struct kit kit;
	char name[128];
	mode_t mask = umask(0);
	size_t i;

	(void)state;
	kit_open(&kit);
	for (i = 0; i < ARRAY_LEN(ends); i++) {
		(void)snprintf(name, sizeof(name), "%s%s", kit.path, ends[i]);
		assert_int_equal(stat(name, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0600);
	}
	assert_int_equal(umask(mask), 0); /* store_open put it back */
	kit_close(&kit);
}

static void test_the_connection_is_set_up_for_safety(void **state)
{
	static const struct {
		const char *sql;
		int64_t want;
	} cases[] = {
		{"PRAGMA synchronous", 2},
		{"PRAGMA foreign_keys", 1},
		{"PRAGMA trusted_schema", 0},
		{"PRAGMA application_id", 1634559332},
		{"PRAGMA user_version", 4},
		{"SELECT count(*) FROM pragma_journal_mode WHERE journal_mode = 'wal'", 1},
		/* every table of ours is STRICT */
		{"SELECT count(*) FROM pragma_table_list WHERE type = 'table' AND schema = 'main' AND strict = 0"
		 " AND name NOT LIKE 'sqlite_%'",
		 0},
	};
	struct kit kit;
	size_t i;

	(void)state;
	kit_open(&kit);
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		sqlite3_stmt *stmt = NULL;

		assert_int_equal(sqlite3_prepare_v2(kit.store->db, cases[i].sql, -1, &stmt, NULL), SQLITE_OK);
		assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
		if (sqlite3_column_int64(stmt, 0) != cases[i].want)
			fail_msg("%s: %lld", cases[i].sql, (long long)sqlite3_column_int64(stmt, 0));
		(void)sqlite3_finalize(stmt);
	}
	kit_close(&kit);
}

static void file_write_text(const char *path, const char *text, size_t len)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static void open_fails(struct kit *kit, enum err code, const char *says)
{
	struct store *store = NULL;

	must_fail(kit, code, store_open(kit->path, &store, &kit->e));
	assert_null(store);
	if (!strstr(kit->e.text, says) || !strstr(kit->e.text, kit->path))
		fail_msg("\"%s\" does not say \"%s\" and the path", kit->e.text, says);
}

static void test_what_is_no_database_is_refused_and_left_alone(void **state)
{
	static const char text[] =
		"Dear diary, this is not a database, and it is long enough to be looked at as if it were "
		"one, which takes a hundred bytes.";
	struct kit kit;
	struct stat st;

	(void)state;
	kit_folder(&kit);
	file_write_text(kit.path, text, sizeof(text));
	open_fails(&kit, ERR_INVALID, "not a database");
	assert_int_equal(stat(kit.path, &st), 0);
	assert_int_equal(st.st_size, sizeof(text));
	kit_close(&kit);
}

static void test_another_programs_database_is_refused_and_left_alone(void **state)
{
	struct kit kit;

	(void)state;
	kit_folder(&kit);
	assert_int_equal(kit_exec(&kit, "CREATE TABLE birds (name TEXT)"), SQLITE_OK);
	open_fails(&kit, ERR_INVALID, "another program");
	assert_int_equal(kit_sql(&kit, "SELECT count(*) FROM sqlite_schema"), 1);
	kit_close(&kit);
}

static void test_a_missing_folder_is_named(void **state)
{
	struct kit kit;

	(void)state;
	kit_folder(&kit);
	(void)snprintf(kit.path, sizeof(kit.path), "%s/none/amends.db", kit.dir);
	open_fails(&kit, ERR_IO, "folder exists");
	kit_close(&kit);
}

static void test_a_damaged_file_is_one_line(void **state)
{
	struct complaint_query query = {.state = -1, .class = -1, .cause = -1, .limit = 10};
	struct complaint_row *rows = NULL;
	struct kit kit;
	char junk[8192];
	size_t count = 0;
	struct verdict verdict = kit_verdict(CLASS_PROBLEM, CAUSE_DELIVERY);
	struct post post = kit_post("1", "ada", "My parcel never came.");
	FILE *f;
	enum err err;

	(void)state;
	kit_open(&kit);
	(void)kit_file(&kit, &post, &verdict, NULL, NULL);
	store_close(&kit.store); /* the log is copied back */
	memset(junk, 0x5a, sizeof(junk));
	f = fopen(kit.path, "r+b");
	assert_non_null(f);
	assert_int_equal(fseek(f, 4096, SEEK_SET), 0); /* page 1, the schema, stays */
	for (count = 0; count < 40; count++)
		assert_int_equal(fwrite(junk, 1, sizeof(junk), f), sizeof(junk));
	assert_int_equal(fclose(f), 0);
	err = store_open(kit.path, &kit.store, &kit.e);
	if (err == ERR_OK)
		err = store_complaint_list(kit.store, kit.arena, &query, &rows, &count, &kit.e);
	assert_int_equal(err, ERR_IO);
	assert_non_null(strstr(kit.e.text, "damaged: restore a backup"));
	kit_close(&kit);
}

static void test_a_full_disk_is_one_line_and_undoes_the_page(void **state)
{
	struct kit kit;
	struct post post = kit_post("1", "ada", "x");
	char *text = calloc(1, 60001);
	int64_t post_id = 0;
	enum post_fate fate = POST_NEW;
	enum err err = ERR_OK;
	char id[16];
	int i;

	(void)state;
	assert_non_null(text);
	memset(text, 'x', 60000);
	post.text = text;
	kit_open(&kit);
	assert_int_equal(sqlite3_exec(kit.store->db, "PRAGMA max_page_count = 200", NULL, NULL, NULL), SQLITE_OK);
	begin(&kit);
	for (i = 0; i < 100 && err == ERR_OK; i++) {
		(void)snprintf(id, sizeof(id), "%d", i);
		post.id = id;
		err = store_post_put(kit.store, kit.brand_id, 0, &post, false, NOW, &post_id, &fate, &kit.e);
	}
	assert_int_equal(err, ERR_IO);
	assert_non_null(strstr(kit.e.text, "the disk is full"));
	/* SQLite undid the transaction by itself: nothing more may slip in behind it, to be stored alone. */
	must_fail(&kit, ERR_IO, store_audit_put(kit.store, 1, 0, "maya", "approve", NULL, NOW, &kit.e));
	must_fail(&kit, ERR_IO, store_commit(kit.store, &kit.e));
	store_rollback(kit.store);
	assert_int_equal(kit_sql(&kit, "SELECT (SELECT count(*) FROM post) + (SELECT count(*) FROM audit)"), 0);
	kit_whole(&kit);
	free(text);
	kit_close(&kit);
}

/* ---- transactions ---- */

static void test_a_rollback_leaves_nothing(void **state)
{
	struct post post = kit_post("1", "ada", "My parcel never came.");
	struct verdict verdict = kit_verdict(CLASS_PROBLEM, CAUSE_DELIVERY);
	struct rollup_row *rows = NULL;
	int64_t post_id = 0, brand_id = 0, again = 0;
	size_t count = 9;
	struct kit kit;

	(void)state;
	kit_open(&kit);
	begin(&kit);
	must(&kit, store_brand_put(kit.store, "Bolt", &brand_id, &kit.e));
	(void)kit_put(&kit, &post, &post_id);
	must(&kit, store_verdict_put(kit.store, post_id, &verdict, "{}", &kit.e));
	store_rollback(kit.store);
	store_rollback(kit.store); /* nothing to undo: does nothing */
	must(&kit, store_rollup_list(kit.store, kit.arena, NULL, 0, 99999, &rows, &count, &kit.e));
	assert_int_equal(count, 0);
	assert_int_equal(kit_sql(&kit, "SELECT (SELECT count(*) FROM post) + (SELECT count(*) FROM rollup)"), 0);
	/* the brand's id was remembered, and must be forgotten */
	must(&kit, store_brand_put(kit.store, "Bolt", &again, &kit.e));
	assert_int_equal(kit_sql(&kit, "SELECT id FROM brand WHERE name = 'Bolt'"), again);
	kit_close(&kit);
}

static void test_page_functions_refuse_to_work_without_a_transaction(void **state)
{
	struct post post = kit_post("1", "ada", "Hello");
	struct verdict verdict = kit_verdict(CLASS_VENT, CAUSE_NONE);
	int64_t id = 0;
	enum post_fate fate;
	enum complaint_fate cfate;
	struct kit kit;

	(void)state;
	kit_open(&kit);
	must_fail(&kit, ERR_INTERNAL, store_post_put(kit.store, 1, 0, &post, false, NOW, &id, &fate, &kit.e));
	must_fail(&kit, ERR_INTERNAL, store_verdict_put(kit.store, 1, &verdict, "{}", &kit.e));
	must_fail(&kit, ERR_INTERNAL, store_complaint_file(kit.store, 1, &verdict, NULL, NOW, &id, &cfate, &kit.e));
	must_fail(&kit, ERR_INTERNAL, store_commit(kit.store, &kit.e));
	begin(&kit);
	must_fail(&kit, ERR_INTERNAL, store_begin(kit.store, STORE_URGENT, &kit.e));
	commit(&kit);
	kit_close(&kit);
}

static void test_the_stamp_changes_with_every_commit_of_anybody(void **state)
{
	struct store *other = NULL;
	int64_t a = 0, b = 0, c = 0, d = 0;
	struct kit kit;

	(void)state;
	kit_open(&kit);
	must(&kit, store_open(kit.path, &other, &kit.e));
	must(&kit, store_stamp(kit.store, &a, &kit.e));
	must(&kit, store_stamp(kit.store, &b, &kit.e));
	assert_int_equal(a, b);
	must(&kit, store_meta_put(kit.store, "k", "v", &kit.e)); /* our own */
	must(&kit, store_stamp(kit.store, &c, &kit.e));
	assert_int_not_equal(b, c);
	must(&kit, store_meta_put(other, "k", "w", &kit.e)); /* another's */
	must(&kit, store_stamp(kit.store, &d, &kit.e));
	assert_int_not_equal(c, d);
	store_close(&other);
	kit_close(&kit);
}

/* ---- lanes ---- */

static int64_t mono_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

struct urgent {
	const char *path;
	int fd; /* a byte when it is about to begin */
	int64_t took_us;
	enum err err;
};

static void *urgent_run(void *context)
{
	struct urgent *u = context;
	struct store *store = NULL;
	int64_t start_us;

	u->err = store_open(u->path, &store, NULL);
	if (u->err == ERR_OK) {
		start_us = mono_us();
		if (write(u->fd, "!", 1) == 1)
			u->err = store_meta_put(store, "urgent", "1", NULL);
		u->took_us = mono_us() - start_us;
	}
	store_close(&store);
	return NULL;
}

static void test_an_urgent_writer_waits_for_one_bulk_transaction_only(void **state)
{
	const char *value = NULL;
	struct urgent urgent = {0};
	struct kit kit;
	pthread_t thread;
	int fds[2], rounds;
	char byte;

	(void)state;
	kit_open(&kit);
	assert_int_equal(pipe(fds), 0);
	urgent = (struct urgent){.path = kit.path, .fd = fds[1], .err = ERR_INTERNAL};
	begin(&kit);
	must(&kit, store_meta_put(kit.store, "bulk", "0", &kit.e));
	assert_int_equal(pthread_create(&thread, NULL, urgent_run, &urgent), 0);
	assert_int_equal(read(fds[0], &byte, 1), 1);
	usleep(20000); /* it stands at the door now: the lock it takes cannot be seen from here in another way */
	commit(&kit);
	/* The very next bulk transaction finds it done. */
	for (rounds = 0; rounds < 1; rounds++) {
		begin(&kit);
		must(&kit, store_meta_get(kit.store, kit.arena, "urgent", &value, &kit.e));
		commit(&kit);
	}
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(urgent.err, ERR_OK);
	assert_non_null(value);
	(void)close(fds[0]);
	(void)close(fds[1]);
	kit_close(&kit);
}

static void test_a_writer_who_waits_too_long_is_told_so(void **state)
{
	static const enum store_lane lanes[] = {STORE_BULK, STORE_URGENT};
	struct store *other = NULL;
	struct kit kit;
	size_t i, j;

	(void)state;
	kit_open(&kit);
	must(&kit, store_open(kit.path, &other, &kit.e));
	other->timeout_ms = 30;
	for (i = 0; i < ARRAY_LEN(lanes); i++) {
		for (j = 0; j < ARRAY_LEN(lanes); j++) {
			must(&kit, store_begin(kit.store, lanes[i], &kit.e));
			must_fail(&kit, ERR_CONFLICT, store_begin(other, lanes[j], &kit.e));
			commit(&kit);
			must(&kit, store_begin(other, lanes[j], &kit.e)); /* and finds the way free afterwards */
			must(&kit, store_commit(other, &kit.e));
		}
	}
	store_close(&other);
	kit_close(&kit);
}

static void test_the_lane_is_free_again_when_its_holder_dies(void **state)
{
	struct kit kit;
	int status = 0;
	pid_t pid;

	(void)state;
	kit_open(&kit);
	store_close(&kit.store);
	pid = fork();
	if (pid == 0) {
		if (store_open(kit.path, &kit.store, NULL) != ERR_OK ||
		    store_begin(kit.store, STORE_URGENT, NULL) != ERR_OK)
			_exit(1);
		_exit(0); /* holding everything */
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	must(&kit, store_open(kit.path, &kit.store, &kit.e));
	kit.store->timeout_ms = 500;
	must(&kit, store_meta_put(kit.store, "k", "v", &kit.e));
	kit_close(&kit);
}

/* ---- brands, sources ---- */

static void test_brands_and_sources_are_made_once(void **state)
{
	struct source_row row = {0}, *rows = NULL;
	int64_t id = 0, other = 0;
	size_t count = 0;
	struct kit kit;

	(void)state;
	kit_open(&kit);
	must(&kit, store_brand_put(kit.store, "Acme", &id, &kit.e));
	assert_int_equal(id, kit.brand_id);
	must(&kit, store_brand_put(kit.store, "Bolt", &other, &kit.e));
	assert_int_not_equal(id, other);
	must_fail(&kit, ERR_INVALID, store_brand_put(kit.store, "", &id, &kit.e));
	must(&kit, store_source_put(kit.store, "m/#acme", "mastodon", other, NOW + 5, &id, &kit.e));
	assert_int_equal(id, kit.source_id);
	must(&kit, store_source_get(kit.store, kit.arena, id, &row, &kit.e));
	assert_string_equal(row.brand, "Bolt"); /* the configuration moved it */
	assert_int_equal(row.started_s, NOW);   /* but it began when it began */
	assert_string_equal(row.status, "new");
	assert_null(row.cursor);
	must(&kit, store_source_list(kit.store, kit.arena, &rows, &count, &kit.e));
	assert_int_equal(count, 1);
	assert_string_equal(rows[0].key, "m/#acme");
	must_fail(&kit, ERR_NOT_FOUND, store_source_get(kit.store, kit.arena, 99, &row, &kit.e));
	kit_close(&kit);
}

static void test_a_source_remembers_where_it_is_and_how_it_fares(void **state)
{
	struct source_row row = {0};
	struct kit kit;

	(void)state;
	kit_open(&kit);
	begin(&kit);
	must(&kit, store_source_advance(kit.store, kit.source_id, "min=7", 3, NOW, &kit.e));
	must(&kit, store_source_advance(kit.store, kit.source_id, NULL, 2, NOW + 1, &kit.e));
	must_fail(&kit, ERR_NOT_FOUND, store_source_advance(kit.store, 99, "x", 0, NOW, &kit.e));
	commit(&kit);
	must(&kit,
	     store_source_status(kit.store, kit.source_id, "waiting", "asked to wait", 2, NOW + 60, "42", &kit.e));
	must(&kit, store_source_status(kit.store, kit.source_id, "failing", "no answer", 3, NOW + 90, NULL, &kit.e));
	must(&kit, store_source_get(kit.store, kit.arena, kit.source_id, &row, &kit.e));
	assert_string_equal(row.cursor, "min=7");
	assert_string_equal(row.status, "failing");
	assert_string_equal(row.why, "no answer");
	assert_string_equal(row.account_id, "42");
	assert_int_equal(row.posts, 5);
	assert_int_equal(row.last_ok_s, NOW + 1);
	assert_int_equal(row.next_s, NOW + 90);
	assert_int_equal(row.failures, 3);
	must_fail(&kit, ERR_CONFLICT, store_source_status(kit.store, kit.source_id, "merry", NULL, 0, 0, NULL, &kit.e));
	kit_close(&kit);
}

/* ---- posts ---- */

static void test_the_same_post_twice_adds_nothing(void **state)
{
	struct post post = kit_post("1", "ada", "My parcel never came.");
	int64_t first = 0, second = 0, third = 0;
	struct kit kit;

	(void)state;
	kit_open(&kit);
	begin(&kit);
	assert_int_equal(kit_put(&kit, &post, &first), POST_NEW);
	assert_int_equal(kit_put(&kit, &post, &second), POST_KNOWN);
	assert_int_equal(first, second);
	post.platform = "reddit"; /* ids are unique within a platform only */
	assert_int_equal(kit_put(&kit, &post, &third), POST_NEW);
	commit(&kit);
	assert_int_equal(kit_sql(&kit, "SELECT count(*) FROM post"), 2);
	kit_close(&kit);
}

static void test_an_edited_post_gets_its_new_text_and_numbers(void **state)
{
	struct post post = kit_post("1", "ada", "My parcel never came.");
	struct verdict verdict = kit_verdict(CLASS_PROBLEM, CAUSE_DELIVERY);
	struct post_row *rows = NULL;
	int64_t complaint_id, post_id = 0;
	size_t count = 0;
	struct kit kit;

	(void)state;
	kit_open(&kit);
	complaint_id = kit_file(&kit, &post, &verdict, NULL, NULL);
	begin(&kit);
	post.likes = 7;
	assert_int_equal(kit_put(&kit, &post, &post_id), POST_KNOWN);
	post.text = "It came, two weeks late.";
	post.edited_s = NOW - 5;
	post.likes = -1; /* not told: kept */
	assert_int_equal(kit_put(&kit, &post, &post_id), POST_EDITED);
	assert_int_equal(kit_put(&kit, &post, &post_id), POST_KNOWN);
	commit(&kit);
	must(&kit, store_complaint_posts(kit.store, kit.arena, complaint_id, &rows, &count, &kit.e));
	assert_int_equal(count, 1);
	assert_string_equal(rows[0].post.text, "It came, two weeks late.");
	assert_int_equal(rows[0].post.edited_s, NOW - 5);
	assert_int_equal(rows[0].post.likes, 7);
	kit_whole(&kit); /* with the full-text index */
	kit_close(&kit);
}

static void test_posts_come_back_as_they_were_put(void **state)
{
	struct post post = {.platform = "mastodon",
			    .id = "a/b:7",
			    .text = "caf\xc3\xa9 \xf0\x9f\x98\xa1",
			    .lang = "fr",
			    .url = "https://m.example/7",
			    .in_reply_to = "6",
			    .thread = "5",
			    .brand = "Acme",
			    .author = {.id = "9", .handle = "ada@m.example", .name = "Ada", .followers = 120},
			    .created_s = NOW - 100,
			    .edited_s = NOW - 50,
			    .rating = 2,
			    .likes = 1,
			    .replies = 0,
			    .shares = 3,
			    .views = 4};
	struct verdict verdict = kit_verdict(CLASS_VENT, CAUSE_VALUE);
	struct post_row *rows = NULL;
	struct kit kit;
	size_t count = 0;

	(void)state;
	kit_open(&kit);
	must(&kit, store_complaint_posts(kit.store, kit.arena, kit_file(&kit, &post, &verdict, NULL, NULL), &rows,
					 &count, &kit.e));
	assert_int_equal(count, 1);
	assert_string_equal(rows[0].post.platform, post.platform);
	assert_string_equal(rows[0].post.id, post.id);
	assert_string_equal(rows[0].post.text, post.text);
	assert_string_equal(rows[0].post.lang, post.lang);
	assert_string_equal(rows[0].post.url, post.url);
	assert_string_equal(rows[0].post.in_reply_to, post.in_reply_to);
	assert_string_equal(rows[0].post.thread, post.thread);
	assert_string_equal(rows[0].post.brand, post.brand);
	assert_string_equal(rows[0].post.author.id, post.author.id);
	assert_string_equal(rows[0].post.author.handle, post.author.handle);
	assert_string_equal(rows[0].post.author.name, post.author.name);
	assert_int_equal(rows[0].post.author.followers, 120);
	assert_int_equal(rows[0].post.created_s, post.created_s);
	assert_int_equal(rows[0].post.edited_s, post.edited_s);
	assert_int_equal(rows[0].post.rating, 2);
	assert_int_equal(rows[0].post.likes, 1);
	assert_int_equal(rows[0].post.replies, 0);
	assert_int_equal(rows[0].post.shares, 3);
	assert_int_equal(rows[0].post.views, 4);
	assert_string_equal(rows[0].verdict_json, "{\"hits\":[]}");
	assert_int_equal(rows[0].fetched_s, NOW);
	assert_false(rows[0].own || rows[0].deleted);
	kit_close(&kit);
}

static void test_an_author_row_keeps_what_is_not_told_again(void **state)
{
	struct post post = kit_post("1", "ada", "one");
	int64_t id = 0;
	struct kit kit;

	(void)state;
	kit_open(&kit);
	begin(&kit);
	post.author.name = "Ada";
	post.author.followers = 10;
	(void)kit_put(&kit, &post, &id);
	post.id = "2";
	post.author.name = NULL;
	post.author.followers = -1;
	(void)kit_put(&kit, &post, &id);
	post.id = "3";
	post.author.followers = 11;
	(void)kit_put(&kit, &post, &id);
	post.id = "4"; /* by the handle where there is no id */
	post.author.id = NULL;
	(void)kit_put(&kit, &post, &id);
	commit(&kit);
	assert_int_equal(kit_sql(&kit, "SELECT count(*) FROM author"), 1);
	assert_int_equal(kit_sql(&kit, "SELECT count(*) FROM author WHERE name = 'Ada' AND followers = 11"), 1);
	kit_close(&kit);
}

static void test_threads_follow_replies(void **state)
{
	static const struct {
		const char *id, *thread, *in_reply_to, *want;
	} cases[] = {
		{"1", NULL, NULL, "1"},     {"2", NULL, "1", "1"},        {"3", NULL, "2", "1"},
		{"4", NULL, "unseen", "4"}, {"5", "given", "1", "given"},
	};
	char sql[128];
	int64_t id = 0;
	struct kit kit;
	size_t i;

	(void)state;
	kit_open(&kit);
	begin(&kit);
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		struct post post = kit_post(cases[i].id, "ada", "text");

		post.thread = cases[i].thread;
		post.in_reply_to = cases[i].in_reply_to;
		(void)kit_put(&kit, &post, &id);
	}
	commit(&kit);
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		(void)snprintf(sql, sizeof(sql), "SELECT thread = '%s' FROM post WHERE ext_id = '%s'", cases[i].want,
			       cases[i].id);
		if (kit_sql(&kit, sql) != 1)
			fail_msg("post %s is not in thread %s", cases[i].id, cases[i].want);
	}
	kit_close(&kit);
}

static void test_bad_posts_are_refused(void **state)
{
	static const struct post cases[] = {
		{.id = "1", .text = "x"},       {.platform = "", .id = "1", .text = "x"},
		{.platform = "m", .text = "x"}, {.platform = "m", .id = "", .text = "x"},
		{.platform = "m", .id = "1"},
	};
	enum post_fate fate;
	struct kit kit;
	int64_t id = 0;
	size_t i;

	(void)state;
	kit_open(&kit);
	begin(&kit);
	for (i = 0; i < ARRAY_LEN(cases); i++)
		must_fail(&kit, ERR_INVALID,
			  store_post_put(kit.store, kit.brand_id, 0, &cases[i], false, NOW, &id, &fate, &kit.e));
	commit(&kit);
	kit_close(&kit);
}

static void test_a_deleted_post_loses_its_words_everywhere(void **state)
{
	struct complaint_query query = {.state = -1, .class = -1, .cause = -1, .limit = 10, .words = "parcel"};
	struct post post = kit_post("1", "ada", "My parcel never came.");
	struct verdict verdict = kit_verdict(CLASS_PROBLEM, CAUSE_DELIVERY);
	struct complaint_row row, *found = NULL;
	struct post_row *rows = NULL;
	int64_t complaint_id, post_id = 0;
	size_t count = 0;
	struct kit kit;

	(void)state;
	kit_open(&kit);
	complaint_id = kit_file(&kit, &post, &verdict, NULL, NULL);
	begin(&kit);
	must(&kit, store_post_delete(kit.store, kit.brand_id, "mastodon", "1", NOW + 9, &kit.e));
	must(&kit, store_post_delete(kit.store, kit.brand_id, "mastodon", "1", NOW + 9, &kit.e)); /* again: nothing */
	must_fail(&kit, ERR_NOT_FOUND, store_post_delete(kit.store, kit.brand_id, "mastodon", "2", NOW, &kit.e));
	assert_int_equal(kit_put(&kit, &post, &post_id), POST_KNOWN); /* a late page does not bring it back */
	commit(&kit);
	must(&kit, store_complaint_posts(kit.store, kit.arena, complaint_id, &rows, &count, &kit.e));
	assert_int_equal(count, 1);
	assert_string_equal(rows[0].post.text, "");
	assert_true(rows[0].deleted);
	assert_null(rows[0].verdict_json);
	row = kit_get(&kit, complaint_id);
	assert_int_equal(row.state, STATE_CLOSED);
	assert_string_equal(row.reason, "deleted by its author");
	assert_true(row.post_deleted);
	must(&kit, store_complaint_list(kit.store, kit.arena, &query, &found, &count, &kit.e));
	assert_int_equal(count, 0);
	assert_int_equal(kit_sql(&kit, "SELECT sum(posts) FROM rollup"), 0);
	assert_int_equal(kit_sql(&kit, "SELECT count(*) FROM audit WHERE action = 'close'"), 1);
	kit_whole(&kit);
	kit_close(&kit);
}

/* ---- rollups ---- */

static void test_rollups_count_what_is_stored_and_follow_changes(void **state)
{
	struct verdict problem = kit_verdict(CLASS_PROBLEM, CAUSE_DELIVERY),
		       vent = kit_verdict(CLASS_VENT, CAUSE_VALUE);
	struct rollup_row *rows = NULL;
	int64_t ids[3] = {0}, own = 0;
	enum post_fate fate;
	size_t count = 0, i;
	struct kit kit;
	char id[24];

	(void)state;
	kit_open(&kit);
	begin(&kit);
	for (i = 0; i < 3; i++) {
		struct post post = kit_post(id, "ada", "text");

		(void)snprintf(id, sizeof(id), "%zu", i);
		post.created_s = i == 2 ? 0 : 86400 * 5 + 10; /* unknown: the day it was fetched */
		(void)kit_put(&kit, &post, &ids[i]);
		problem.sentiment = i == 0 ? -.25 : -.75;
		must(&kit, store_verdict_put(kit.store, ids[i], &problem, "{}", &kit.e));
	}
	{
		struct post ours = kit_post("own", "us", "We are sorry.");

		must(&kit, store_post_put(kit.store, kit.brand_id, 0, &ours, true, NOW, &own, &fate, &kit.e));
		must(&kit, store_verdict_put(kit.store, own, &vent, "{}", &kit.e)); /* ours are not counted */
	}
	/* read inside the transaction too */
	must(&kit, store_rollup_list(kit.store, kit.arena, "Acme", 5, 5, &rows, &count, &kit.e));
	assert_int_equal(count, 1);
	assert_int_equal(rows[0].posts, 2);
	commit(&kit);
	must(&kit, store_rollup_list(kit.store, kit.arena, NULL, 0, NOW / 86400, &rows, &count, &kit.e));
	assert_int_equal(count, 2);
	assert_int_equal(rows[0].day, 5);
	assert_int_equal(rows[0].posts, 2);
	assert_true(rows[0].sentiment > -.501 && rows[0].sentiment < -.499);
	assert_string_equal(rows[0].brand, "Acme");
	assert_string_equal(rows[0].platform, "mastodon");
	assert_int_equal(rows[0].class, CLASS_PROBLEM);
	assert_int_equal(rows[0].cause, CAUSE_DELIVERY);
	assert_int_equal(rows[1].day, NOW / 86400);

	begin(&kit);
	must(&kit, store_verdict_put(kit.store, ids[0], &vent, "{}", &kit.e)); /* judged anew */
	must(&kit, store_post_delete(kit.store, kit.brand_id, "mastodon", "2", NOW, &kit.e));
	commit(&kit);
	must(&kit, store_rollup_list(kit.store, kit.arena, NULL, 0, NOW / 86400, &rows, &count, &kit.e));
	assert_int_equal(count, 2);
	assert_int_equal(rows[0].class + rows[1].class, CLASS_PROBLEM + CLASS_VENT);
	assert_int_equal(rows[0].day + rows[1].day, 10);
	must(&kit, store_rollup_list(kit.store, kit.arena, "Bolt", 0, 99999, &rows, &count, &kit.e));
	assert_int_equal(count, 0);
	kit_whole(&kit);
	kit_close(&kit);
}

static void test_more_rollup_cells_than_are_held_in_memory_are_all_counted(void **state)
{
	struct verdict verdict = kit_verdict(CLASS_PROBLEM, CAUSE_DELIVERY);
	char id[16], platform[64] = "a-platform-whose-name-is-longer-than-the-cell-remembers";
	int64_t post_id = 0;
	struct kit kit;
	int i;

	(void)state;
	kit_open(&kit);
	begin(&kit);
	for (i = 0; i < 3 * STORE_ROLLUPS_PENDING; i++) {
		struct post post = kit_post(id, "ada", "text");

		(void)snprintf(id, sizeof(id), "%d", i);
		post.created_s = 86400 * (int64_t)(i + 1);
		if (i % 7 == 0)
			post.platform = platform;
		(void)kit_put(&kit, &post, &post_id);
		must(&kit, store_verdict_put(kit.store, post_id, &verdict, "{}", &kit.e));
	}
	commit(&kit);
	assert_int_equal(kit_sql(&kit, "SELECT sum(posts) FROM rollup"), 3 * STORE_ROLLUPS_PENDING);
	assert_int_equal(kit_sql(&kit, "SELECT count(*) FROM rollup"), 3 * STORE_ROLLUPS_PENDING);
	kit_whole(&kit);
	kit_close(&kit);
}

/* ---- audit, settings, accounts ---- */

static void test_audit_rows_can_only_be_added(void **state)
{
	struct audit_row *rows = NULL;
	size_t count = 0;
	struct kit kit;

	(void)state;
	kit_open(&kit);
	must(&kit, store_audit_put(kit.store, 7, 0, "maya", "approve", NULL, NOW, &kit.e));
	must(&kit, store_audit_put(kit.store, 8, 0, "maya", "approve", NULL, NOW, &kit.e));
	must(&kit, store_audit_put(kit.store, 7, 0, "terminal:root", "withdraw", "a typo", NOW + 1, &kit.e));
	must(&kit, store_audit_list(kit.store, kit.arena, 7, &rows, &count, &kit.e));
	assert_int_equal(count, 2);
	assert_string_equal(rows[0].by, "maya");
	assert_null(rows[0].detail);
	assert_string_equal(rows[1].action, "withdraw");
	assert_string_equal(rows[1].detail, "a typo");
	assert_int_equal(rows[1].at_s, NOW + 1);
	assert_int_equal(kit_exec(&kit, "UPDATE audit SET by = 'nobody'"), SQLITE_CONSTRAINT);
	assert_int_equal(kit_exec(&kit, "DELETE FROM audit"), SQLITE_CONSTRAINT);
	assert_int_equal(kit_sql(&kit, "SELECT count(*) FROM audit WHERE by <> 'nobody'"), 3);
	kit_close(&kit);
}

static void test_settings_are_put_read_and_removed(void **state)
{
	const char *value = "before";
	struct kit kit;

	(void)state;
	kit_open(&kit);
	must(&kit, store_meta_get(kit.store, kit.arena, "k", &value, &kit.e));
	assert_null(value);
	must(&kit, store_meta_put(kit.store, "k", "one", &kit.e));
	must(&kit, store_meta_put(kit.store, "k", "two", &kit.e));
	must(&kit, store_meta_get(kit.store, kit.arena, "k", &value, &kit.e));
	assert_string_equal(value, "two");
	must(&kit, store_meta_put(kit.store, "k", NULL, &kit.e));
	must(&kit, store_meta_get(kit.store, kit.arena, "k", &value, &kit.e));
	assert_null(value);
	kit_close(&kit);
}

static void test_accounts_and_sessions(void **state)
{
	struct user_row user = {0}, *users = NULL;
	struct session_row session = {0};
	int64_t maya = 0, zoe = 0, twice = 0;
	size_t count = 0;
	struct kit kit;

	(void)state;
	kit_open(&kit);
	must(&kit, store_user_put(kit.store, "zoe", "hash-z", ROLE_AGENT, NOW, &zoe, &kit.e));
	must(&kit, store_user_put(kit.store, "maya", "hash-m", ROLE_APPROVER, NOW, &maya, &kit.e));
	must_fail(&kit, ERR_CONFLICT, store_user_put(kit.store, "maya", "x", ROLE_ADMIN, NOW, &twice, &kit.e));
	must(&kit, store_user_list(kit.store, kit.arena, &users, &count, &kit.e));
	assert_int_equal(count, 2);
	assert_string_equal(users[0].name, "maya");
	assert_int_equal(users[0].role, ROLE_APPROVER);
	must_fail(&kit, ERR_NOT_FOUND, store_user_find(kit.store, kit.arena, "ida", &user, &kit.e));
	must(&kit, store_session_put(kit.store, "t1", maya, "csrf", NOW + 100, NOW, &kit.e));
	must(&kit, store_session_put(kit.store, "t2", zoe, "csrf2", NOW + 100, NOW, &kit.e));
	must(&kit, store_session_find(kit.store, kit.arena, "t1", NOW, &session, &kit.e));
	assert_string_equal(session.user.name, "maya");
	assert_string_equal(session.csrf, "csrf");
	assert_int_equal(session.expires_s, NOW + 100);
	must_fail(&kit, ERR_NOT_FOUND, store_session_find(kit.store, kit.arena, "t1", NOW + 100, &session, &kit.e));
	must_fail(&kit, ERR_NOT_FOUND, store_session_find(kit.store, kit.arena, "none", NOW, &session, &kit.e));
	must(&kit, store_user_update(kit.store, maya, NULL, ROLE_ADMIN, true, &kit.e)); /* ends sessions */
	must_fail(&kit, ERR_NOT_FOUND, store_session_find(kit.store, kit.arena, "t1", NOW, &session, &kit.e));
	must(&kit, store_user_find(kit.store, kit.arena, "maya", &user, &kit.e));
	assert_string_equal(user.password_hash, "hash-m");
	assert_int_equal(user.role, ROLE_ADMIN);
	assert_true(user.disabled);
	must(&kit, store_session_put(kit.store, "t3", maya, "c", NOW + 100, NOW, &kit.e));
	must_fail(&kit, ERR_NOT_FOUND,
		  store_session_find(kit.store, kit.arena, "t3", NOW, &session, &kit.e)); /* disabled */
	assert_int_equal(kit_sql(&kit, "SELECT count(*) FROM session"), 2);
	/* The others are over by then. */
	must(&kit, store_session_put(kit.store, "t4", zoe, "c", NOW + 300, NOW + 100, &kit.e));
	assert_int_equal(kit_sql(&kit, "SELECT count(*) FROM session"), 1);
	must(&kit, store_session_find(kit.store, kit.arena, "t4", NOW + 100, &session, &kit.e));
	must(&kit, store_session_put(kit.store, "t2", zoe, "csrf2", NOW + 100, NOW, &kit.e));
	must(&kit, store_session_end(kit.store, "t2", &kit.e));
	must_fail(&kit, ERR_NOT_FOUND, store_session_find(kit.store, kit.arena, "t2", NOW, &session, &kit.e));
	must_fail(&kit, ERR_NOT_FOUND, store_user_update(kit.store, 99, NULL, ROLE_ADMIN, false, &kit.e));
	kit_close(&kit);
}

static void test_an_arena_that_is_too_small_is_an_error_and_no_crash(void **state)
{
	struct post post = kit_post("1", "ada", "My parcel never came, and nobody answers.");
	struct verdict verdict = kit_verdict(CLASS_PROBLEM, CAUSE_DELIVERY);
	struct complaint_row row = {.id = 77};
	int64_t complaint_id;
	struct arena *small;
	struct kit kit;
	size_t cap, failed = 0;

	(void)state;
	kit_open(&kit);
	complaint_id = kit_file(&kit, &post, &verdict, "delivery:parcel", NULL);
	for (cap = 0; row.id == 77; cap += 8) {
		enum err err;

		small = arena_new(cap);
		assert_non_null(small);
		err = store_complaint_get(kit.store, small, complaint_id, &row, &kit.e);
		if (err != ERR_OK) {
			assert_int_equal(err, ERR_NOMEM);
			assert_int_equal(row.id, 77); /* untouched */
			failed++;
		}
		arena_free(&small);
	}
	assert_true(failed > 3);
	assert_int_equal(row.id, complaint_id);
	kit_close(&kit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files_are_the_owners_alone),
		cmocka_unit_test(test_the_connection_is_set_up_for_safety),
		cmocka_unit_test(test_what_is_no_database_is_refused_and_left_alone),
		cmocka_unit_test(test_another_programs_database_is_refused_and_left_alone),
		cmocka_unit_test(test_a_missing_folder_is_named),
		cmocka_unit_test(test_a_damaged_file_is_one_line),
		cmocka_unit_test(test_a_full_disk_is_one_line_and_undoes_the_page),
		cmocka_unit_test(test_a_rollback_leaves_nothing),
		cmocka_unit_test(test_page_functions_refuse_to_work_without_a_transaction),
		cmocka_unit_test(test_the_stamp_changes_with_every_commit_of_anybody),
		cmocka_unit_test(test_an_urgent_writer_waits_for_one_bulk_transaction_only),
		cmocka_unit_test(test_a_writer_who_waits_too_long_is_told_so),
		cmocka_unit_test(test_the_lane_is_free_again_when_its_holder_dies),
		cmocka_unit_test(test_brands_and_sources_are_made_once),
		cmocka_unit_test(test_a_source_remembers_where_it_is_and_how_it_fares),
		cmocka_unit_test(test_the_same_post_twice_adds_nothing),
		cmocka_unit_test(test_an_edited_post_gets_its_new_text_and_numbers),
		cmocka_unit_test(test_posts_come_back_as_they_were_put),
		cmocka_unit_test(test_an_author_row_keeps_what_is_not_told_again),
		cmocka_unit_test(test_threads_follow_replies),
		cmocka_unit_test(test_bad_posts_are_refused),
		cmocka_unit_test(test_a_deleted_post_loses_its_words_everywhere),
		cmocka_unit_test(test_rollups_count_what_is_stored_and_follow_changes),
		cmocka_unit_test(test_more_rollup_cells_than_are_held_in_memory_are_all_counted),
		cmocka_unit_test(test_audit_rows_can_only_be_added),
		cmocka_unit_test(test_settings_are_put_read_and_removed),
		cmocka_unit_test(test_accounts_and_sessions),
		cmocka_unit_test(test_an_arena_that_is_too_small_is_an_error_and_no_crash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
