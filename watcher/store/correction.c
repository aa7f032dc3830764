/*
 * correction.c - what reviewers judged otherwise than the program: a post's class, cause and urgency as a person
 * sees them.
 *
 * One row a post, the latest word about it; the audit keeps the earlier ones. The verdict stays as the program gave
 * it, so that the two can be compared and rules fitted to the difference; the complaint follows the person.
 */
#include <stdio.h>

#include "db.h"

/* The post's complaint. */
static enum err post_complaint(struct store *store, int64_t post_id, int64_t *complaint_id_r, struct error *e_r)
{
	struct cmd c = cmd_start(store, STMT_CORRECTION_POST);
	enum err err;

	cmd_int(&c, post_id);
	err = cmd_run_int(&c, complaint_id_r, e_r);
	if (err == ERR_NOT_FOUND)
		return error_set(e_r, err, "there is no post %lld of a complaint (or it was deleted)",
				 (long long)post_id);
	return err;
}

static enum err correction_write(struct store *store, const struct correction *correction, int64_t now_s,
				 struct error *e_r)
{
	struct cmd c = cmd_start(store, STMT_CORRECTION_PUT);

	cmd_int(&c, correction->post_id);
	cmd_known(&c, correction->user_id, 0);
	cmd_text(&c, correction->by);
	cmd_text(&c, class_name(correction->class));
	cmd_text(&c, cause_name(correction->cause));
	cmd_int(&c, correction->urgency);
	cmd_text(&c, correction->note);
	cmd_int(&c, now_s);
	return cmd_run(&c, e_r);
}

static enum err correction_note(struct store *store, const struct correction *correction, int64_t complaint_id,
				int64_t now_s, struct error *e_r)
{
	char detail[2200];

	(void)snprintf(detail, sizeof(detail), "%s, %s, urgency %d%s%s", class_name(correction->class),
		       cause_name(correction->cause), correction->urgency, correction->note ? ": " : "",
		       correction->note ? correction->note : "");
	return store_audit_put(store, complaint_id, correction->user_id, correction->by, "judge", detail, now_s, e_r);
}

enum err store_correction_put(struct store *store, const struct correction *correction, int64_t now_s,
			      struct error *e_r)
{
	int64_t complaint_id = 0;
	struct tx tx;
	enum err err;

	if (correction->urgency < 0 || correction->urgency > 2)
		return error_set(e_r, ERR_INVALID, "urgency: 0, 1 or 2");
	err = tx_enter(store, &tx, e_r);
	if (err != ERR_OK)
		return err;
	err = post_complaint(store, correction->post_id, &complaint_id, e_r);
	if (err == ERR_OK)
		err = correction_write(store, correction, now_s, e_r);
	if (err == ERR_OK)
		err = complaint_judged(store, complaint_id, correction->class, correction->cause, correction->urgency,
				       e_r);
	if (err == ERR_OK)
		err = correction_note(store, correction, complaint_id, now_s, e_r);
	return tx_leave(&tx, err, e_r);
}

static void correction_read(struct row *r, void *slot)
{
	struct correction_row *row = slot;

	row->id = row_int(r);
	row->complaint_id = row_int(r);
	row->at_s = row_int(r);
	row->by = row_text(r);
	(void)class_from_name(row_word(r), &row->class); /* CHECKs keep other words out */
	(void)cause_from_name(row_word(r), &row->cause);
	row->urgency = (int)row_int(r);
	row->note = row_text(r);
	row->platform = row_text(r);
	row->post_ext_id = row_text(r);
	row->text = row_text(r);
	row->lang = row_text(r);
}

enum err store_correction_list(struct store *store, struct arena *arena, int64_t after_id, int limit,
			       struct correction_row **rows_r, size_t *count_r, struct error *e_r)
{
	struct cmd c;

	if (limit < 1)
		return error_set(e_r, ERR_INVALID, "a list of corrections: a limit above 0");
	c = cmd_start(store, STMT_CORRECTION_LIST);
	cmd_int(&c, after_id);
	cmd_int(&c, limit);
	return cmd_list(&c, arena, sizeof(**rows_r), correction_read, rows_r, count_r, e_r);
}
