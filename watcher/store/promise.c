/*
 * promise.c - what was promised in replies, and whether it was kept.
 *
 * A promise is put with the approval of its reply, but nobody has heard it before that is sent: triggers of the schema
 * keep promise.sent, and nothing here looks at one that is not. It ends once: kept (by a later reply, or a person who
 * says so) or broken.
 */
#include "db.h"

enum err store_promise_put(struct store *store, int64_t complaint_id, int64_t outbox_id, const char *words,
			   int64_t aim_s, int64_t due_s, int64_t now_s, struct error *e_r)
{
	struct cmd c;
	enum err err = tx_needed(store, e_r);

	if (err != ERR_OK)
		return err;
	c = cmd_start(store, STMT_PROMISE_PUT);
	cmd_int(&c, complaint_id);
	cmd_int(&c, outbox_id);
	cmd_text(&c, words);
	cmd_int(&c, aim_s);
	cmd_int(&c, due_s);
	cmd_int(&c, now_s);
	err = cmd_run(&c, e_r);
	if (err == ERR_OK && cmd_changes(store) != 1)
		err = error_set(e_r, ERR_NOT_FOUND, "complaint %lld has no reply %lld", (long long)complaint_id,
				(long long)outbox_id);
	return err;
}

/* ---- reading ---- */

/* In the order of SQL_PROMISE. */
static void promise_read(struct row *r, void *slot)
{
	struct promise_row *row = slot;

	row->id = row_int(r);
	row->complaint_id = row_int(r);
	row->outbox_id = row_int(r);
	row->aim_s = row_int(r);
	row->due_s = row_int(r);
	row->made_s = row_int(r);
	row->ended_s = row_int(r);
	row->words = row_text(r);
	row->brand = row_text(r);
	row->platform = row_text(r);
	row->handle = row_text(r);
	row->by = row_text(r);
	(void)promise_state_from_name(row_word(r), &row->state); /* CHECKs keep other words out */
	(void)state_from_name(row_word(r), &row->complaint_state);
	row->reminded = row_int(r) != 0;
}

enum err store_promise_list(struct store *store, struct arena *arena, int state, int limit, struct promise_row **rows_r,
			    size_t *count_r, struct error *e_r)
{
	struct cmd c;

	if (limit < 1 || state >= (int)PROMISE_STATE_COUNT)
		return error_set(e_r, ERR_INVALID, "a list of promises: a limit above 0, a known state");
	if (state < 0)
		c = cmd_start(store, STMT_PROMISE_ANY);
	else
		c = cmd_start(store, state == PROMISE_OPEN ? STMT_PROMISE_OPEN : STMT_PROMISE_ENDED);
	cmd_int(&c, limit);
	if (state >= 0 && state != PROMISE_OPEN)
		cmd_text(&c, promise_state_name((enum promise_state)state));
	return cmd_list(&c, arena, sizeof(**rows_r), promise_read, rows_r, count_r, e_r);
}

enum err store_promise_due(struct store *store, struct arena *arena, int64_t now_s, int limit,
			   struct promise_row **rows_r, size_t *count_r, struct error *e_r)
{
	struct cmd c;

	if (limit < 1)
		return error_set(e_r, ERR_INVALID, "a list of promises: a limit above 0");
	c = cmd_start(store, STMT_PROMISE_DUE);
	cmd_int(&c, limit);
	cmd_int(&c, now_s);
	return cmd_list(&c, arena, sizeof(**rows_r), promise_read, rows_r, count_r, e_r);
}

/* Monday 00:00 UTC of the week; the 1st of January 1970 was a Thursday. */
static int64_t week_of(int64_t time_s)
{
	int64_t day = rollup_day(time_s) + 3;

	return (day - ((day % 7) + 7) % 7 - 3) * 86400;
}

enum err store_promise_weeks(struct store *store, struct arena *arena, int limit, struct promise_week **rows_r,
			     size_t *count_r, struct error *e_r)
{
	struct promise_week *weeks;
	enum promise_state state = PROMISE_OPEN;
	struct cmd c;
	size_t count = 0;
	enum err err = ERR_OK;
	int step;

	if (limit < 1 || limit > 1000)
		return error_set(e_r, ERR_INVALID, "weeks of promises: a limit of 1..1000");
	weeks = arena_array(arena, (size_t)limit, sizeof(*weeks));
	if (!weeks)
		return error_set(e_r, ERR_NOMEM, "memory for reading the database is exhausted");
	c = cmd_start(store, STMT_PROMISE_WEEKS);
	while ((step = cmd_step(&c, e_r)) == 1) { /* latest first: what is older than the last week is not read */
		struct row r = row_start(&c, NULL);
		int64_t week_s = week_of(row_int(&r));
		const char *word = row_word(&r);

		err = row_end(&r, e_r);
		if (err != ERR_OK)
			break;
		if (count == 0 || weeks[count - 1].week_s != week_s) {
			if (count == (size_t)limit)
				break;
			weeks[count++].week_s = week_s;
		}
		if (promise_state_from_name(word, &state)) /* a CHECK keeps other words out */
			weeks[count - 1].state[state]++;
	}
	cmd_done(&c);
	if (step < 0)
		err = c.err;
	if (err != ERR_OK)
		return err;
	*rows_r = count ? weeks : NULL;
	*count_r = count;
	return ERR_OK;
}

/* ---- ending ---- */

enum err store_promise_reminded(struct store *store, int64_t promise_id, struct error *e_r)
{
	struct tx tx;
	struct cmd c;
	enum err err = tx_enter(store, &tx, e_r);

	if (err != ERR_OK)
		return err;
	c = cmd_start(store, STMT_PROMISE_REMINDED);
	cmd_int(&c, promise_id);
	err = cmd_run(&c, e_r);
	if (err == ERR_OK && cmd_changes(store) != 1)
		err = error_set(e_r, ERR_NOT_FOUND, "there is no promise %lld", (long long)promise_id);
	return tx_leave(&tx, err, e_r);
}

enum err store_promise_keep(struct store *store, int64_t complaint_id, int64_t outbox_id, int64_t at_s,
			    struct error *e_r)
{
	struct cmd c;
	enum err err = tx_needed(store, e_r);

	if (err != ERR_OK)
		return err;
	c = cmd_start(store, STMT_PROMISE_KEEP);
	cmd_int(&c, complaint_id);
	cmd_int(&c, outbox_id);
	cmd_int(&c, at_s);
	return cmd_run(&c, e_r);
}

enum err store_promise_break(struct store *store, int64_t due_s, int64_t now_s, int64_t *count_r, struct error *e_r)
{
	struct tx tx;
	struct cmd c;
	int64_t count = 0;
	enum err err = tx_enter(store, &tx, e_r);

	if (err != ERR_OK)
		return err;
	c = cmd_start(store, STMT_PROMISE_BREAK);
	cmd_int(&c, due_s);
	cmd_int(&c, now_s);
	err = cmd_run(&c, e_r);
	count = cmd_changes(store);
	err = tx_leave(&tx, err, e_r);
	if (err == ERR_OK)
		*count_r = count;
	return err;
}
