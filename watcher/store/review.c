/*
 * review.c - replies that one person let go, put aside for somebody else to look at later.
 *
 * The list holds references: what was said and who approved it stand in outbox and approval, which never change. A
 * reply that was withdrawn before it went out needs no second look and does not wait for one.
 */
#include <string.h>

#include "db.h"

/* Why nothing was put: no such reply, or it is on the list already. */
static enum err reply_known(struct store *store, int64_t outbox_id, struct error *e_r)
{
	struct cmd c = cmd_start(store, STMT_OUTBOX_STATE);
	int step;

	cmd_int(&c, outbox_id);
	step = cmd_step(&c, e_r);
	cmd_done(&c);
	if (step < 0)
		return c.err;
	return step == 1 ? ERR_OK
			 : error_set(e_r, ERR_NOT_FOUND, "there is no reply %lld", (long long)outbox_id);
}

enum err store_review_put(struct store *store, int64_t outbox_id, int64_t now_s, struct error *e_r)
{
	struct cmd c;
	enum err err = tx_needed(store, e_r);

	if (err != ERR_OK)
		return err;
	c = cmd_start(store, STMT_REVIEW_PUT);
	cmd_int(&c, outbox_id);
	cmd_int(&c, now_s);
	err = cmd_run(&c, e_r);
	return err == ERR_OK && cmd_changes(store) == 0 ? reply_known(store, outbox_id, e_r) : err;
}

/* In the order of SQL_REVIEW. */
static void review_read(struct row *r, void *slot)
{
	struct review_row *row = slot;

	row->id = row_int(r);
	row->complaint_id = row_int(r);
	row->at_s = row_int(r);
	row->approver_id = row_int(r);
	row->text = row_text(r);
	row->approved_by = row_text(r);
	row->handle = row_text(r);
	row->platform = row_text(r);
	row->reviewed_by = row_text(r);
	row->reviewed_s = row_int(r);
	row->fine = row_int(r) != 0;
	row->note = row_text(r);
}

enum err store_review_list(struct store *store, struct arena *arena, bool done, int limit, struct review_row **rows_r,
			   size_t *count_r, struct error *e_r)
{
	struct cmd c;

	if (limit < 1)
		return error_set(e_r, ERR_INVALID, "a list of reviews: a limit above 0");
	c = cmd_start(store, done ? STMT_REVIEW_DONE : STMT_REVIEW_WAITING);
	cmd_int(&c, limit);
	return cmd_list(&c, arena, sizeof(**rows_r), review_read, rows_r, count_r, e_r);
}

/* May this person do it? By account, or by name where one of the two was at the terminal. */
static enum err review_check(struct store *store, int64_t review_id, int64_t user_id, const char *by, struct error *e_r)
{
	struct cmd c = cmd_start(store, STMT_REVIEW_GET);
	struct row r = row_start(&c, NULL);
	const char *approver, *reviewer;
	enum err err = ERR_OK;
	int64_t approver_id;
	int step;

	cmd_int(&c, review_id);
	step = cmd_step(&c, e_r);
	if (step < 0) {
		err = c.err;
	} else if (step == 0) {
		err = error_set(e_r, ERR_NOT_FOUND, "there is no reply %lld to look at", (long long)review_id);
	} else {
		approver_id = row_int(&r);
		approver = row_word(&r);
		reviewer = row_word(&r);
		err = row_end(&r, e_r);
		if (err == ERR_OK && (strcmp(approver, by) == 0 || (user_id != 0 && user_id == approver_id)))
			err = error_set(e_r, ERR_FORBIDDEN, "%s approved this reply: somebody else looks at it", by);
		else if (err == ERR_OK && *reviewer)
			err = error_set(e_r, ERR_CONFLICT, "this reply was looked at meanwhile");
	}
	cmd_done(&c);
	return err;
}

enum err store_review_done(struct store *store, int64_t review_id, int64_t user_id, const char *by, bool fine,
			   const char *note, int64_t now_s, struct error *e_r)
{
	struct tx tx;
	struct cmd c;
	enum err err = tx_enter(store, &tx, e_r);

	if (err != ERR_OK)
		return err;
	err = review_check(store, review_id, user_id, by, e_r);
	if (err == ERR_OK) {
		c = cmd_start(store, STMT_REVIEW_END);
		cmd_int(&c, review_id);
		cmd_known(&c, user_id, 0);
		cmd_text(&c, by);
		cmd_int(&c, fine);
		cmd_text(&c, note);
		cmd_int(&c, now_s);
		err = cmd_run(&c, e_r);
	}
	return tx_leave(&tx, err, e_r);
}
