/*
 * store_kit.h - what the tests of the store share: a store in a folder of its own, posts and verdicts to put in, and a
 * look at the file behind the store's back.
 */
#ifndef TESTS_STORE_KIT_H
#define TESTS_STORE_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "store.h"
#include "watcher/store/migrate.h"

#define NOW 1790000000 /* 2026-09-21T14:13:20Z; a whole number of neither days nor hours */

struct kit {
	char dir[64], path[96];
	struct store *store;
	struct arena *arena;
	struct error e;
	int64_t brand_id, source_id;
};

/* The call succeeds, or the test fails with the sentence. */
#define must(kit, call)                                                                                                \
	do {                                                                                                           \
		if ((call) != ERR_OK)                                                                                  \
			fail_msg("%s: %s", #call, (kit)->e.text);                                                      \
	} while (0)
/* The call fails with that code and a sentence of one line. */
#define must_fail(kit, want, call)                                                                                     \
	do {                                                                                                           \
		enum err must_err = (call);                                                                            \
		if (must_err != (want))                                                                                \
			fail_msg("%s: %s, not %s", #call, err_name(must_err), err_name(want));                         \
		assert_int_equal((kit)->e.code, (want));                                                               \
		assert_true((kit)->e.text[0] != '\0');                                                                 \
		assert_null(strchr((kit)->e.text, '\n'));                                                              \
	} while (0)

static inline void kit_folder(struct kit *kit)
{
	*kit = (struct kit){.arena = arena_new(64u << 20)};
	/* In memory where there is such a folder: the fault loops sync thousands of times. */
	(void)snprintf(kit->dir, sizeof(kit->dir), "%s/amends-store-XXXXXX",
		       access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	assert_non_null(kit->arena);
	assert_non_null(mkdtemp(kit->dir));
	(void)snprintf(kit->path, sizeof(kit->path), "%s/amends.db", kit->dir);
}

static inline void kit_open(struct kit *kit)
{
	kit_folder(kit);
	must(kit, store_open(kit->path, &kit->store, &kit->e));
	must(kit, store_brand_put(kit->store, "Acme", &kit->brand_id, &kit->e));
	must(kit, store_source_put(kit->store, "m/#acme", "mastodon", kit->brand_id, NOW, &kit->source_id, &kit->e));
}

/* An empty database as the first version of the program made it; open it to bring it up to date. */
static inline void kit_version_1(struct kit *kit)
{
	sqlite3 *db = NULL;

	kit_folder(kit);
	assert_int_equal(sqlite3_open(kit->path, &db), SQLITE_OK);
	must(kit, migrate_run(db, kit->path, migrate_texts, 1, &kit->e));
	(void)sqlite3_close(db);
}

static inline void kit_close(struct kit *kit)
{
	static const char *const ends[] = {"", "-wal", "-shm", "-lane", "-journal"};
	char name[128];
	size_t i;

	store_close(&kit->store);
	arena_free(&kit->arena);
	for (i = 0; i < ARRAY_LEN(ends); i++) {
		(void)snprintf(name, sizeof(name), "%s%s", kit->path, ends[i]);
		(void)unlink(name);
	}
	assert_int_equal(rmdir(kit->dir), 0);
}

static inline struct post kit_post(const char *id, const char *author, const char *text)
{
	return (struct post){.platform = "mastodon",
			     .id = id,
			     .text = text,
			     .lang = "en",
			     .created_s = NOW - 60,
			     .author = {.id = author, .handle = author, .followers = -1},
			     .likes = -1,
			     .replies = -1,
			     .shares = -1,
			     .views = -1};
}

static inline struct verdict kit_verdict(enum class class, enum cause cause)
{
	return (struct verdict){.class = class,
				.cause = cause,
				.complaint = .9,
				.problem = .8,
				.vent = .1,
				.severity = 2,
				.urgency = 0,
				.sentiment = -.5,
				.lang = "en",
				.rules = "0123456789abcdef"};
}

/* Stores it within the transaction that is open. */
static inline enum post_fate kit_put(struct kit *kit, const struct post *post, int64_t *post_id_r)
{
	enum post_fate fate = POST_NEW;

	must(kit,
	     store_post_put(kit->store, kit->brand_id, kit->source_id, post, false, NOW, post_id_r, &fate, &kit->e));
	return fate;
}

/* Post, verdict and complaint in one bulk transaction; the complaint's id. */
static inline int64_t kit_file(struct kit *kit, const struct post *post, const struct verdict *verdict,
			       const char *topic, enum complaint_fate *fate_r)
{
	enum complaint_fate fate = COMPLAINT_NEW;
	int64_t post_id = 0, complaint_id = 0;

	must(kit, store_begin(kit->store, STORE_BULK, &kit->e));
	(void)kit_put(kit, post, &post_id);
	must(kit, store_verdict_put(kit->store, post_id, verdict, "{\"hits\":[]}", &kit->e));
	must(kit, store_complaint_file(kit->store, post_id, verdict, topic, NOW, &complaint_id, &fate, &kit->e));
	must(kit, store_commit(kit->store, &kit->e));
	if (fate_r)
		*fate_r = fate;
	return complaint_id;
}

static inline struct complaint_row kit_get(struct kit *kit, int64_t complaint_id)
{
	struct complaint_row row = {0};

	must(kit, store_complaint_get(kit->store, kit->arena, complaint_id, &row, &kit->e));
	return row;
}

static inline int64_t kit_ask(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *stmt = NULL;
	int64_t value;

	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	value = sqlite3_column_int64(stmt, 0);
	(void)sqlite3_finalize(stmt);
	return value;
}

/* The first column of the first row, read from the file by a connection of its own. */
static inline int64_t kit_sql(const struct kit *kit, const char *sql)
{
	sqlite3 *db = NULL;
	int64_t value;

	assert_int_equal(sqlite3_open_v2(kit->path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	value = kit_ask(db, sql);
	(void)sqlite3_close(db);
	return value;
}

/* Executes, and tells SQLite's result code. */
static inline int kit_exec(const struct kit *kit, const char *sql)
{
	sqlite3 *db = NULL;
	int rc;

	assert_int_equal(sqlite3_open_v2(kit->path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL), SQLITE_OK);
	rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
	(void)sqlite3_close(db);
	return rc;
}

/* The file is whole, and its sums agree with its rows; asked by a connection that the caller keeps. */
static inline void kit_whole_by(sqlite3 *db)
{
	assert_int_equal(kit_ask(db, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"), 0);
	assert_int_equal(kit_ask(db, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
	assert_int_equal(kit_ask(db,
				 "SELECT coalesce((SELECT sum(posts) FROM rollup), 0) - (SELECT count(*) FROM verdict v"
				 " JOIN post p ON p.id = v.post_id WHERE p.own = 0 AND p.deleted = 0)"),
			 0);
	assert_int_equal(kit_ask(db, "SELECT coalesce((SELECT sum(n) FROM complaint_count), 0)"
				     " - (SELECT count(*) FROM complaint)"),
			 0);
	assert_int_equal(kit_ask(db, "SELECT count(*) FROM (SELECT brand_id, state, class, cause, count(*) AS n FROM"
				     " complaint GROUP BY 1, 2, 3, 4) c LEFT JOIN complaint_count k USING (brand_id,"
				     " state, class, cause) WHERE k.n IS NOT c.n"),
			 0);
	assert_int_equal(kit_ask(db, "SELECT count(*) FROM complaint c JOIN post p ON p.id = c.post_id"
				     " WHERE c.said_s <> min(coalesce(p.created_s, p.fetched_s), p.fetched_s)"),
			 0);
	assert_int_equal(kit_ask(db, "SELECT count(*) FROM promise p LEFT JOIN outbox o ON o.id = p.outbox_id"
				     " WHERE p.sent <> (o.state = 'sent')"),
			 0);
	assert_int_equal(kit_ask(db, "SELECT count(*) FROM audit WHERE hash IS NOT NULL AND prev <> coalesce("
				     "(SELECT hash FROM audit b WHERE b.id = audit.id - 1), printf('%064d', 0))"),
			 0);
	assert_int_equal(kit_ask(db, "SELECT count(*) FROM (SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1)"
				     " WHERE hash IS NOT NULL AND id || ' ' || hash"
				     " IS NOT (SELECT value FROM meta WHERE key = 'audit_head')"),
			 0);
	/* Compares the full-text index with the texts it indexes. */
	assert_int_equal(sqlite3_exec(db,
				      "INSERT INTO complaint_fts (complaint_fts, rank) VALUES ('integrity-check', 1)",
				      NULL, NULL, NULL),
			 SQLITE_OK);
}

static inline void kit_whole(const struct kit *kit)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open_v2(kit->path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	kit_whole_by(db);
	(void)sqlite3_close(db);
}

#endif
