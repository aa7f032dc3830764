/*
 * db.c - binding, stepping and reading statements, and SQLite's failures as sentences for a person.
 */
#include "db.h"

#include <string.h>

struct advice {
	int rc; /* primary result code */
	enum err err;
	const char *text; /* NULL: SQLite's own */
};

static const struct advice advices[] = {
	{SQLITE_NOMEM, ERR_NOMEM, "memory is exhausted"},
	{SQLITE_BUSY, ERR_CONFLICT, "another writer kept the database locked; try again"},
	{SQLITE_LOCKED, ERR_CONFLICT, "another writer kept the database locked; try again"},
	{SQLITE_FULL, ERR_IO, "the disk is full: make room and try again; nothing of this step was stored"},
	{SQLITE_READONLY, ERR_IO, "cannot be written: check the file's and its folder's owner and permissions"},
	{SQLITE_CANTOPEN, ERR_IO, "cannot be opened: check that the folder exists and may be written"},
	{SQLITE_NOTADB, ERR_INVALID, "is not a database of amends; give another path"},
	{SQLITE_CORRUPT, ERR_IO, "the database file is damaged: restore a backup"},
	{SQLITE_TOOBIG, ERR_LIMIT, "a text is too long to be stored"},
	{SQLITE_PERM, ERR_IO, "may not be opened: check the file's owner and permissions"},
	{SQLITE_AUTH, ERR_IO, "may not be opened: check the file's owner and permissions"},
	{SQLITE_IOERR, ERR_IO, "reading or writing the disk failed"},
	{SQLITE_CONSTRAINT, ERR_CONFLICT, "the database refused a value"},
};

enum err db_error(sqlite3 *db, const char *path, struct error *e_r)
{
	int rc = db ? sqlite3_errcode(db) : SQLITE_NOMEM;
	const char *said = db ? sqlite3_errmsg(db) : "out of memory";
	size_t i;

	for (i = 0; i < ARRAY_LEN(advices); i++) {
		if ((rc & 0xff) == advices[i].rc)
			return error_set(e_r, advices[i].err, "%s: %s (%s)", path, advices[i].text, said);
	}
	return error_set(e_r, (rc & 0xff) == SQLITE_OK ? ERR_INTERNAL : ERR_IO, "%s: %s", path, said);
}

/* ---- binding and stepping ---- */

struct cmd cmd_start(struct store *store, enum stmt id)
{
	return (struct cmd){.store = store, .stmt = store->stmts[id]};
}

static void cmd_bound(struct cmd *c, int rc)
{
	if (c->rc == SQLITE_OK)
		c->rc = rc;
}

void cmd_int(struct cmd *c, int64_t value)
{
	cmd_bound(c, sqlite3_bind_int64(c->stmt, ++c->at, value));
}

void cmd_known(struct cmd *c, int64_t value, int64_t unknown)
{
	c->at++;
	cmd_bound(c, value == unknown ? sqlite3_bind_null(c->stmt, c->at) : sqlite3_bind_int64(c->stmt, c->at, value));
}

void cmd_real(struct cmd *c, double value)
{
	cmd_bound(c, sqlite3_bind_double(c->stmt, ++c->at, value));
}

void cmd_text(struct cmd *c, const char *text)
{
	c->at++;
	cmd_bound(c, text ? sqlite3_bind_text(c->stmt, c->at, text, -1, SQLITE_STATIC)
			  : sqlite3_bind_null(c->stmt, c->at));
}

int cmd_step(struct cmd *c, struct error *e_r)
{
	int rc = c->rc;

	if (rc == SQLITE_OK) {
		rc = sqlite3_step(c->stmt);
		if (rc == SQLITE_ROW)
			return 1;
		if (rc == SQLITE_DONE)
			return 0;
	}
	c->err = db_error(c->store->db, c->store->path, e_r);
	return -1;
}

void cmd_done(struct cmd *c)
{
	/* Both repeat or have no result of their own: a failed step was reported when it failed. */
	(void)sqlite3_reset(c->stmt);
	(void)sqlite3_clear_bindings(c->stmt);
}

enum err cmd_run(struct cmd *c, struct error *e_r)
{
	int step;

	while ((step = cmd_step(c, e_r)) == 1)
		;
	cmd_done(c);
	return step == 0 ? ERR_OK : c->err;
}

enum err cmd_run_int(struct cmd *c, int64_t *value_r, struct error *e_r)
{
	enum err err;
	int64_t value = 0;
	int step = cmd_step(c, e_r);

	if (step == 1) {
		value = sqlite3_column_int64(c->stmt, 0);
		step = cmd_step(c, e_r); /* to the end: what RETURNING returns is complete only then */
		err = step < 0 ? c->err : ERR_OK;
	} else {
		err = step < 0 ? c->err : ERR_NOT_FOUND;
	}
	cmd_done(c);
	if (err == ERR_OK)
		*value_r = value;
	return err;
}

int64_t cmd_changes(const struct store *store)
{
	return sqlite3_changes64(store->db);
}

/* ---- reading ---- */

struct row row_start(const struct cmd *c, struct arena *arena)
{
	return (struct row){.stmt = c->stmt, .arena = arena};
}

const char *row_text(struct row *r)
{
	const unsigned char *text;
	char *copy;
	int at = r->at++;

	if (sqlite3_column_type(r->stmt, at) == SQLITE_NULL)
		return NULL;
	text = sqlite3_column_text(r->stmt, at);
	copy = text ? arena_strndup(r->arena, (const char *)text, (size_t)sqlite3_column_bytes(r->stmt, at)) : NULL;
	if (!copy)
		r->failed = true;
	return copy;
}

int64_t row_int(struct row *r)
{
	return sqlite3_column_int64(r->stmt, r->at++);
}

int64_t row_known(struct row *r, int64_t unknown)
{
	int at = r->at++;

	return sqlite3_column_type(r->stmt, at) == SQLITE_NULL ? unknown : sqlite3_column_int64(r->stmt, at);
}

double row_real(struct row *r)
{
	return sqlite3_column_double(r->stmt, r->at++);
}

const char *row_word(struct row *r)
{
	const unsigned char *text = sqlite3_column_text(r->stmt, r->at);

	if (!text && sqlite3_column_type(r->stmt, r->at) != SQLITE_NULL)
		r->failed = true;
	r->at++;
	return text ? (const char *)text : "";
}

enum err row_end(const struct row *r, struct error *e_r)
{
	return r->failed ? error_set(e_r, ERR_NOMEM, "memory for reading the database is exhausted") : ERR_OK;
}

enum err cmd_one(struct cmd *c, struct arena *arena, row_reader *read, void *slot, struct error *e_r)
{
	struct row r = row_start(c, arena);
	enum err err = ERR_NOT_FOUND;
	int step = cmd_step(c, e_r);

	if (step < 0) {
		err = c->err;
	} else if (step == 1) {
		read(&r, slot);
		err = row_end(&r, e_r);
	}
	cmd_done(c);
	return err;
}

/* Room for one more element of an array of the arena; NULL when memory is exhausted. */
static void *array_grow(struct arena *arena, void *rows, size_t count, size_t *room, size_t size)
{
	size_t wanted = *room ? *room * 2 : 16;
	void *larger;

	if (count < *room)
		return rows;
	larger = arena_array(arena, wanted, size);
	if (!larger)
		return NULL;
	if (count)
		memcpy(larger, rows, count * size);
	*room = wanted;
	return larger;
}

enum err cmd_list(struct cmd *c, struct arena *arena, size_t size, row_reader *read, void *rows_r, size_t *count_r,
		  struct error *e_r)
{
	void *rows = NULL, *larger;
	size_t count = 0, room = 0;
	enum err err = ERR_OK;
	int step;

	while (err == ERR_OK && (step = cmd_step(c, e_r)) != 0) {
		struct row r = row_start(c, arena);

		if (step < 0) {
			err = c->err;
			break;
		}
		larger = array_grow(arena, rows, count, &room, size);
		if (larger) {
			rows = larger;
			read(&r, (char *)rows + size * count++);
		}
		r.failed = r.failed || !larger;
		err = row_end(&r, e_r);
	}
	cmd_done(c);
	if (err != ERR_OK)
		return err;
	memcpy(rows_r, &rows, sizeof(rows));
	*count_r = count;
	return ERR_OK;
}
