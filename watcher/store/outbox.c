/*
 * outbox.c - approvals, and the replies on their way.
 *
 * An outbox row is a copy: text, hash, language and target are fixed when a person approved them, and nothing that
 * happens to the draft afterwards changes what is sent. A partial unique index allows one live row a complaint.
 */
#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "db.h"

#define RECHECK_MAX_AGE_S (14 * 86400)

/* ---- putting ---- */

/* 32 hex digits that nobody can guess. */
static enum err key_make(char key[33], struct error *e_r)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char bytes[16];
	size_t i;

	while (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes)) {
		if (errno != EINTR)
			return error_set(e_r, ERR_IO, "no random numbers: %s", strerror(errno));
	}
	for (i = 0; i < sizeof(bytes); i++) {
		key[2 * i] = digits[bytes[i] >> 4];
		key[2 * i + 1] = digits[bytes[i] & 15];
	}
	key[32] = '\0';
	return ERR_OK;
}

/* Is the draft the current one, and written for what is now the latest post? */
static enum err outbox_check(struct store *store, int64_t complaint_id, int64_t draft_id, struct error *e_r)
{
	struct cmd c = cmd_start(store, STMT_OUTBOX_FACTS);
	struct row r = row_start(&c, NULL);
	int64_t current = 0, latest = 0, deleted = 0;
	int step;

	cmd_int(&c, complaint_id);
	step = cmd_step(&c, e_r);
	if (step == 1) {
		current = row_int(&r);
		latest = row_int(&r);
		deleted = row_int(&r);
	}
	cmd_done(&c);
	if (step < 0)
		return c.err;
	if (step == 0)
		return error_set(e_r, ERR_NOT_FOUND, "there is no complaint %lld", (long long)complaint_id);
	if (current != draft_id)
		return error_set(e_r, ERR_CONFLICT, "the draft of complaint %lld was changed meanwhile",
				 (long long)complaint_id);
	if (deleted)
		return error_set(e_r, ERR_CONFLICT,
				 "the post of complaint %lld was deleted: close it, unless its author writes again",
				 (long long)complaint_id);
	if (!latest)
		return error_set(
			e_r, ERR_CONFLICT,
			"the author of complaint %lld wrote again since this draft: read it and save the draft anew",
			(long long)complaint_id);
	return ERR_OK;
}

static enum err approval_put(struct store *store, int64_t draft_id, int64_t user_id, const char *by, int64_t now_s,
			     int64_t *approval_id_r, struct error *e_r)
{
	struct cmd c = cmd_start(store, STMT_APPROVAL_PUT);
	enum err err;

	cmd_int(&c, draft_id);
	cmd_known(&c, user_id, 0);
	cmd_text(&c, by);
	cmd_int(&c, now_s);
	err = cmd_run(&c, e_r);
	if (err == ERR_OK)
		*approval_id_r = sqlite3_last_insert_rowid(store->db);
	return err;
}

static enum err outbox_insert(struct store *store, int64_t complaint_id, int64_t draft_id, int64_t approval_id,
			      enum outbox_state state, int64_t not_before_s, int64_t now_s, int64_t *outbox_id_r,
			      struct error *e_r)
{
	struct cmd c;
	char key[33];
	int64_t id;
	enum err err = key_make(key, e_r);

	if (err != ERR_OK)
		return err;
	c = cmd_start(store, STMT_OUTBOX_PUT);
	cmd_int(&c, draft_id);
	cmd_int(&c, approval_id);
	cmd_text(&c, key);
	cmd_text(&c, outbox_state_name(state));
	cmd_int(&c, not_before_s);
	cmd_int(&c, now_s);
	err = cmd_run(&c, e_r);
	if (err != ERR_OK)
		return sqlite3_extended_errcode(store->db) == SQLITE_CONSTRAINT_UNIQUE
			       ? error_set(e_r, ERR_CONFLICT, "complaint %lld already has a reply on its way",
					   (long long)complaint_id)
			       : err;
	id = sqlite3_last_insert_rowid(store->db);
	c = cmd_start(store, STMT_COMPLAINT_OUTBOX);
	cmd_int(&c, complaint_id);
	cmd_int(&c, id);
	err = cmd_run(&c, e_r);
	if (err == ERR_OK)
		*outbox_id_r = id;
	return err;
}

enum err store_outbox_put(struct store *store, int64_t complaint_id, int64_t draft_id, enum outbox_state state,
			  int64_t user_id, const char *by, int64_t not_before_s, int64_t now_s, int64_t *outbox_id_r,
			  struct error *e_r)
{
	int64_t approval_id = 0;
	enum err err = tx_needed(store, e_r);

	if (err == ERR_OK && state != OUTBOX_SCHEDULED && state != OUTBOX_HANDOFF)
		err = error_set(e_r, ERR_INTERNAL, "a new outbox row cannot be %s", outbox_state_name(state));
	if (err == ERR_OK)
		err = outbox_check(store, complaint_id, draft_id, e_r);
	if (err == ERR_OK)
		err = approval_put(store, draft_id, user_id, by, now_s, &approval_id, e_r);
	if (err == ERR_OK)
		err = outbox_insert(store, complaint_id, draft_id, approval_id, state, not_before_s, now_s, outbox_id_r,
				    e_r);
	return err;
}

/* ---- reading ---- */

/* In the order of SQL_OUTBOX. */
static void outbox_read(struct row *r, void *slot)
{
	struct outbox_row *row = slot;

	row->id = row_int(r);
	row->complaint_id = row_int(r);
	row->post_id = row_int(r);
	row->platform = row_text(r);
	row->source_key = row_text(r);
	row->post_ext_id = row_text(r);
	row->author_handle = row_text(r);
	row->text = row_text(r);
	row->text_hash = row_text(r);
	row->lang = row_text(r);
	row->idempotency_key = row_text(r);
	(void)outbox_state_from_name(row_word(r), &row->state); /* a CHECK keeps other words out */
	row->not_before_s = row_int(r);
	row->attempted_s = row_int(r);
	row->attempts = (int)row_int(r);
	row->reply_id = row_text(r);
	row->reply_url = row_text(r);
	row->why = row_text(r);
	row->approved_hash = row_text(r);
	row->approved_by = row_text(r);
}

enum err store_outbox_due(struct store *store, struct arena *arena, const char *platform, int64_t now_s,
			  struct outbox_row *row_r, struct error *e_r)
{
	struct cmd c = cmd_start(store, STMT_OUTBOX_DUE);
	struct outbox_row row = {0};
	enum err err;

	cmd_text(&c, platform);
	cmd_int(&c, now_s);
	err = cmd_one(&c, arena, outbox_read, &row, e_r);
	if (err == ERR_NOT_FOUND)
		return error_set(e_r, err, "nothing is due on %s", platform);
	if (err == ERR_OK)
		*row_r = row;
	return err;
}

enum err store_outbox_get(struct store *store, struct arena *arena, int64_t outbox_id, struct outbox_row *row_r,
			  struct error *e_r)
{
	struct cmd c = cmd_start(store, STMT_OUTBOX_GET);
	struct outbox_row row = {0};
	enum err err;

	cmd_int(&c, outbox_id);
	err = cmd_one(&c, arena, outbox_read, &row, e_r);
	if (err == ERR_NOT_FOUND)
		return error_set(e_r, err, "there is no reply %lld", (long long)outbox_id);
	if (err == ERR_OK)
		*row_r = row;
	return err;
}

static void id_read(struct row *r, void *slot)
{
	*(int64_t *)slot = row_int(r);
}

enum err store_outbox_in(struct store *store, struct arena *arena, enum outbox_state state, int64_t **ids_r,
			 size_t *count_r, struct error *e_r)
{
	struct cmd c = cmd_start(store, STMT_OUTBOX_IN);

	cmd_text(&c, outbox_state_name(state));
	return cmd_list(&c, arena, sizeof(int64_t), id_read, ids_r, count_r, e_r);
}

/* ---- moving ---- */

/* Why a guarded change hit no row. */
static enum err outbox_conflict(struct store *store, int64_t outbox_id, struct error *e_r)
{
	struct cmd c = cmd_start(store, STMT_OUTBOX_STATE);
	struct row r = row_start(&c, NULL);
	enum err err;
	int step;

	cmd_int(&c, outbox_id);
	step = cmd_step(&c, e_r);
	if (step < 0)
		err = c.err;
	else if (step == 0)
		err = error_set(e_r, ERR_NOT_FOUND, "there is no reply %lld", (long long)outbox_id);
	else
		err = error_set(e_r, ERR_CONFLICT, "reply %lld is %s by now", (long long)outbox_id, row_word(&r));
	cmd_done(&c);
	return err;
}

enum err store_outbox_move(struct store *store, int64_t outbox_id, enum outbox_state from, enum outbox_state to,
			   int64_t not_before_s, int64_t attempted_s, int attempts, const char *reply_id,
			   const char *reply_url, const char *why, struct error *e_r)
{
	struct tx tx;
	struct cmd c;
	enum err err = tx_enter(store, &tx, e_r);

	if (err != ERR_OK)
		return err;
	c = cmd_start(store, STMT_OUTBOX_MOVE);
	cmd_int(&c, outbox_id);
	cmd_text(&c, outbox_state_name(from));
	cmd_text(&c, outbox_state_name(to));
	cmd_int(&c, not_before_s);
	cmd_int(&c, attempted_s);
	cmd_int(&c, attempts);
	cmd_text(&c, reply_id);
	cmd_text(&c, reply_url);
	cmd_text(&c, why);
	err = cmd_run(&c, e_r);
	if (err == ERR_OK && cmd_changes(store) != 1)
		err = outbox_conflict(store, outbox_id, e_r);
	return tx_leave(&tx, err, e_r);
}

/* ---- looking after posts that wait for an answer ---- */

struct due {
	int64_t id, fetched_s;
	const char *ext_id;
};

static void due_read(struct row *r, void *slot)
{
	struct due *due = slot;

	due->id = row_int(r);
	due->ext_id = row_text(r);
	due->fetched_s = row_int(r);
}

static enum err recheck_mark(struct store *store, const struct due *due, bool stop, int64_t now_s, struct error *e_r)
{
	struct cmd c = cmd_start(store, STMT_RECHECK_MARK);

	cmd_int(&c, due->id);
	cmd_known(&c, stop ? -1 : now_s, -1);
	return cmd_run(&c, e_r);
}

enum err store_recheck_due(struct store *store, struct arena *arena, int64_t source_id, int64_t now_s, int64_t before_s,
			   int limit, const char *const **ext_ids_r, struct error *e_r)
{
	const char **ext_ids;
	struct due *dues;
	void *rows;
	size_t count = 0, found = 0, i;
	struct cmd c;
	enum err err = tx_needed(store, e_r);

	if (err != ERR_OK)
		return err;
	ext_ids = arena_array(arena, (size_t)limit + 1, sizeof(*ext_ids));
	if (!ext_ids)
		return error_set(e_r, ERR_NOMEM, "memory for reading the database is exhausted");
	do { /* again only when some were too old: they are let go, and leave room for others */
		c = cmd_start(store, STMT_RECHECK_DUE);
		cmd_int(&c, source_id);
		cmd_int(&c, before_s < now_s ? before_s : now_s); /* one that was just marked is not due again */
		cmd_int(&c, limit - (int64_t)found);
		err = cmd_list(&c, arena, sizeof(*dues), due_read, &rows, &count, e_r);
		dues = err == ERR_OK ? rows : NULL;
		for (i = 0; err == ERR_OK && i < count; i++) {
			bool stop = dues[i].fetched_s < now_s - RECHECK_MAX_AGE_S;

			err = recheck_mark(store, &dues[i], stop, now_s, e_r);
			if (!stop)
				ext_ids[found++] = dues[i].ext_id;
		}
	} while (err == ERR_OK && count > 0 && found < (size_t)limit);
	if (err == ERR_OK)
		*ext_ids_r = ext_ids;
	return err;
}
