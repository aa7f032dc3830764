/*
 * migrate.c - from whatever version a database has to the newest, or not at all.
 *
 * The version is read again inside the transaction: two processes that start together would otherwise both see an
 * empty file, and the second would run the texts once more.
 */
#include "migrate.h"

#include <stdint.h>

#include "db.h"
#include "stmts.h"

static int pragma_int(sqlite3 *db, const char *sql, int64_t *value_r)
{
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);

	if (rc == SQLITE_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		*value_r = sqlite3_column_int64(stmt, 0);
		rc = SQLITE_OK;
	}
	(void)sqlite3_finalize(stmt); /* repeats the step's result */
	return rc;
}

enum err migrate_check(sqlite3 *db, const char *path, int count, struct error *e_r)
{
	int64_t id = 0, version = 0, tables = 0;

	if (pragma_int(db, SQL_APPLICATION_ID, &id) != SQLITE_OK ||
	    pragma_int(db, SQL_USER_VERSION, &version) != SQLITE_OK ||
	    pragma_int(db, SQL_TABLE_COUNT, &tables) != SQLITE_OK)
		return db_error(db, path, e_r);
	if (id != MIGRATE_APPLICATION_ID && (id != 0 || version != 0 || tables != 0))
		return error_set(e_r, ERR_INVALID, "%s: a database of another program; give amends a file of its own",
				 path);
	if (version > count)
		return error_set(e_r, ERR_UNSUPPORTED,
				 "%s: made by a newer amends (version %lld of the database, this program knows %d); "
				 "install that one, or restore a backup",
				 path, (long long)version, count);
	return ERR_OK;
}

enum err migrate_run(sqlite3 *db, const char *path, const char *const *texts, int count, struct error *e_r)
{
	enum err err;
	int64_t version = 0;

	err = migrate_check(db, path, count, e_r);
	if (err != ERR_OK)
		return err;
	if (pragma_int(db, SQL_USER_VERSION, &version) != SQLITE_OK)
		return db_error(db, path, e_r);
	if (version == count)
		return ERR_OK;
	if (sqlite3_exec(db, SQL_BEGIN, NULL, NULL, NULL) != SQLITE_OK)
		return db_error(db, path, e_r);
	if (pragma_int(db, SQL_USER_VERSION, &version) != SQLITE_OK)
		goto failed;
	for (; version < count; version++) {
		if (sqlite3_exec(db, texts[version], NULL, NULL, NULL) != SQLITE_OK)
			goto failed;
	}
	if (sqlite3_exec(db, SQL_COMMIT, NULL, NULL, NULL) != SQLITE_OK)
		goto failed;
	return ERR_OK;

failed:
	err = db_error(db, path, e_r);
	(void)sqlite3_exec(db, SQL_ROLLBACK, NULL, NULL, NULL); /* SQLite may have rolled back already */
	(void)error_prefix(e_r, "bringing the database to version %lld", (long long)version + 1);
	return err;
}
