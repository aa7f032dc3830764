/*
 * open.c - opening and closing the store, and its transactions.
 *
 * Opening refuses what is not ours before it writes a byte, migrates, and prepares every statement.
 *
 * Checkpoints: SQLite would copy the write-ahead log back inside whichever commit passes 1,000 pages, also an
 * approval's. Here bulk transactions do it, after their commit; an urgent one does so only when the log has grown to
 * WAL_PAGES_URGENT, which happens only where nothing is fetched.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "db.h"
#include "lane.h"
#include "migrate.h"

#define TIMEOUT_MS 10000
#define WAL_PAGES_BULK 4000 /* 16 MB */
#define WAL_PAGES_URGENT 16000

struct stmt_text {
	const char *name, *sql;
};

#define STMT_TEXT(name, sql) {#name, sql},
static const struct stmt_text stmt_texts[] = {STMTS(STMT_TEXT)};
#undef STMT_TEXT

static int64_t mono_ms(void)
{
	struct timespec now;

	/* Not clock_mono_ms(): a test's fake clock must not keep a writer waiting for ever. */
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* SQLite asks again and again while another holds the lock: 1 try once more, 0 give up. */
static int on_busy(void *context, int count)
{
	struct store *store = context;
	int64_t now_ms = mono_ms();
	struct timespec pause = {.tv_nsec = 1000000};

	if (count == 0)
		store->busy_since_ms = now_ms;
	if (now_ms - store->busy_since_ms >= store->timeout_ms)
		return 0;
	if (!store->writing || store->lane == STORE_BULK)
		pause.tv_nsec *= count < 4 ? 2 : 10;
	(void)nanosleep(&pause, NULL); /* cut short by a signal: tries sooner */
	return 1;
}

static int on_wal(void *context, sqlite3 *db, const char *schema, int pages)
{
	struct store *store = context;

	(void)db;
	(void)schema;
	store->wal_pages = pages;
	return SQLITE_OK;
}

static enum err configure(struct store *store, struct error *e_r)
{
	(void)sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_db_config(store->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	(void)sqlite3_db_config(store->db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
	if (sqlite3_db_readonly(store->db, "main") == 1)
		return error_set(e_r, ERR_IO, "%s: cannot be written: check the file's owner and permissions",
				 store->path);
	if (sqlite3_exec(store->db, SQL_SETUP, NULL, NULL, NULL) != SQLITE_OK)
		return db_error(store->db, store->path, e_r);
	(void)sqlite3_wal_hook(store->db, on_wal, store); /* in the place of the automatic checkpoint */
	return ERR_OK;
}

static enum err prepare_all(struct store *store, struct error *e_r)
{
	int i;

	for (i = 0; i < STMT_COUNT; i++) {
		if (sqlite3_prepare_v3(store->db, stmt_texts[i].sql, -1, SQLITE_PREPARE_PERSISTENT, &store->stmts[i],
				       NULL) != SQLITE_OK) {
			enum err err = db_error(store->db, store->path, e_r);

			(void)error_prefix(e_r, "statement %s", stmt_texts[i].name);
			return err;
		}
	}
	return ERR_OK;
}

enum err store_open(const char *path, struct store **store_r, struct error *e_r)
{
	const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
	struct store *store = calloc(1, sizeof(*store));
	enum err err = ERR_NOMEM;
	/* What is said about complaints is nobody's but the owner's: also the log and the lane beside the file. */
	mode_t mask = umask(077);

	if (!store || !(store->path = strdup(path))) {
		(void)error_set(e_r, ERR_NOMEM, "%s: memory is exhausted", path);
		goto out;
	}
	store->lane_fd = -1;
	store->timeout_ms = TIMEOUT_MS;
	if (sqlite3_open_v2(path, &store->db, flags, NULL) != SQLITE_OK) {
		err = db_error(store->db, path, e_r);
		goto out;
	}
	(void)sqlite3_extended_result_codes(store->db, 1);
	/* Before the first look: after a crash another process may be busy recovering the log. */
	(void)sqlite3_busy_handler(store->db, on_busy, store);
	err = migrate_check(store->db, path, migrate_count, e_r);
	if (err == ERR_OK)
		err = configure(store, e_r);
	if (err == ERR_OK)
		err = migrate_run(store->db, path, migrate_texts, migrate_count, e_r);
	if (err == ERR_OK)
		err = lane_open(path, &store->lane_fd, e_r);
	if (err == ERR_OK)
		err = prepare_all(store, e_r);
out:
	(void)umask(mask);
	if (err == ERR_OK)
		*store_r = store;
	else
		store_close(&store);
	return err;
}

void store_close(struct store **store_p)
{
	struct store *store = *store_p;
	int i;

	if (!store)
		return;
	if (store->db && store->stmts[STMT_ROLLBACK])
		store_rollback(store);
	for (i = 0; i < STMT_COUNT; i++)
		(void)sqlite3_finalize(store->stmts[i]);
	(void)sqlite3_close(store->db);
	if (store->path && store->lane_fd >= 0)
		(void)close(store->lane_fd);
	brand_forget(store);
	free(store->path);
	free(store);
	*store_p = NULL;
}

enum err store_begin(struct store *store, enum store_lane lane, struct error *e_r)
{
	struct cmd c;
	enum err err;

	if (store->writing)
		return error_set(e_r, ERR_INTERNAL, "store_begin inside a transaction");
	err = lane == STORE_URGENT ? lane_hold(store->lane_fd, store->timeout_ms, e_r)
				   : lane_pass(store->lane_fd, store->timeout_ms, e_r);
	if (err != ERR_OK)
		return err;
	store->writing = true; /* the busy handler polls by lane */
	store->lane = lane;
	c = cmd_start(store, STMT_BEGIN);
	err = cmd_run(&c, e_r);
	if (err != ERR_OK) {
		store->writing = false;
		if (lane == STORE_URGENT)
			lane_release(store->lane_fd);
	}
	return err;
}

/* After the end of a transaction, however it ended. */
static void leave(struct store *store)
{
	store->writing = false;
	store->pending_count = 0;
	store->text_count = 0;
	store->last_post_id = 0;
	if (store->lane == STORE_URGENT)
		lane_release(store->lane_fd);
}

static void checkpoint(struct store *store)
{
	int limit = store->lane == STORE_URGENT ? WAL_PAGES_URGENT : WAL_PAGES_BULK;

	if (store->wal_pages < limit)
		return;
	/* What a reader still needs stays in the log and is tried again after the next commit. */
	(void)sqlite3_wal_checkpoint_v2(store->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
}

enum err store_commit(struct store *store, struct error *e_r)
{
	struct cmd c;
	enum err err;

	err = tx_needed(store, e_r);
	if (err == ERR_OK)
		err = rollup_flush(store, e_r);
	if (err == ERR_OK)
		err = search_flush(store, e_r);
	if (err == ERR_OK) {
		c = cmd_start(store, STMT_COMMIT);
		err = cmd_run(&c, e_r);
	}
	if (err != ERR_OK) {
		store_rollback(store);
		return err;
	}
	leave(store);
	checkpoint(store);
	return ERR_OK;
}

void store_rollback(struct store *store)
{
	struct cmd c;

	if (!store->writing)
		return;
	if (!sqlite3_get_autocommit(store->db)) { /* a full disk makes SQLite roll back by itself */
		c = cmd_start(store, STMT_ROLLBACK);
		if (cmd_run(&c, NULL) != ERR_OK)
			(void)0; /* nothing is left to do: an open transaction is undone when the file is closed */
	}
	brand_forget(store);
	leave(store);
}

enum err store_stamp(struct store *store, int64_t *stamp_r, struct error *e_r)
{
	/*
	 * data_version changes when another connection commits, and never by our own commits; our own changes are
	 * counted by total_changes, which also counts what was rolled back: the number may change for nothing, but
	 * never stays.
	 */
	struct cmd c = cmd_start(store, STMT_DATA_VERSION);
	int64_t version = 0;
	enum err err = cmd_run_int(&c, &version, e_r);

	if (err != ERR_OK)
		return err;
	*stamp_r = (version << 32) | (sqlite3_total_changes64(store->db) & 0xffffffff);
	return ERR_OK;
}

/* ---- transactions of functions that may be called without one ---- */

enum err tx_enter(struct store *store, struct tx *tx_r, struct error *e_r)
{
	bool own = !store->writing;
	enum err err = own ? store_begin(store, STORE_URGENT, e_r) : tx_needed(store, e_r);

	if (err == ERR_OK)
		*tx_r = (struct tx){.store = store, .own = own};
	return err;
}

enum err tx_leave(struct tx *tx, enum err err, struct error *e_r)
{
	if (!tx->own)
		return err;
	if (err == ERR_OK)
		return store_commit(tx->store, e_r);
	store_rollback(tx->store);
	return err;
}

enum err tx_needed(const struct store *store, struct error *e_r)
{
	if (!store->writing)
		return error_set(e_r, ERR_INTERNAL, "a change of the store outside of store_begin()");
	/* Exhausted memory or a failing disk make SQLite undo the transaction: what follows must not be stored alone. */
	if (sqlite3_get_autocommit(store->db))
		return error_set(e_r, ERR_IO, "%s: the transaction was undone by an earlier failure", store->path);
	return ERR_OK;
}
