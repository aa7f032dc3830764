/*
 * meta.c - small settings that belong to the data, by name; and the audit, which is only ever added to
 * (triggers of the schema refuse changes).
 */
#include "db.h"

static void text_read(struct row *r, void *slot)
{
	*(const char **)slot = row_text(r);
}

enum err store_meta_get(struct store *store, struct arena *arena, const char *key, const char **value_r,
			struct error *e_r)
{
	struct cmd c = cmd_start(store, STMT_META_GET);
	const char *value = NULL;
	enum err err;

	cmd_text(&c, key);
	err = cmd_one(&c, arena, text_read, &value, e_r);
	if (err == ERR_OK || err == ERR_NOT_FOUND)
		*value_r = value;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err store_meta_put(struct store *store, const char *key, const char *value, struct error *e_r)
{
	struct cmd c;
	struct tx tx;
	enum err err = tx_enter(store, &tx, e_r);

	if (err != ERR_OK)
		return err;
	c = cmd_start(store, value ? STMT_META_PUT : STMT_META_DELETE);
	cmd_text(&c, key);
	if (value)
		cmd_text(&c, value);
	return tx_leave(&tx, cmd_run(&c, e_r), e_r);
}

enum err store_audit_put(struct store *store, int64_t complaint_id, int64_t user_id, const char *by, const char *action,
			 const char *detail, int64_t now_s, struct error *e_r)
{
	struct cmd c;
	struct tx tx;
	enum err err = tx_enter(store, &tx, e_r);

	if (err != ERR_OK)
		return err;
	c = cmd_start(store, STMT_AUDIT_PUT);
	cmd_int(&c, now_s);
	cmd_known(&c, complaint_id, 0);
	cmd_known(&c, user_id, 0);
	cmd_text(&c, by);
	cmd_text(&c, action);
	cmd_text(&c, detail);
	return tx_leave(&tx, cmd_run(&c, e_r), e_r);
}

static void audit_read(struct row *r, void *slot)
{
	struct audit_row *row = slot;

	row->id = row_int(r);
	row->at_s = row_int(r);
	row->complaint_id = row_int(r);
	row->by = row_text(r);
	row->action = row_text(r);
	row->detail = row_text(r);
}

enum err store_audit_list(struct store *store, struct arena *arena, int64_t complaint_id, struct audit_row **rows_r,
			  size_t *count_r, struct error *e_r)
{
	struct cmd c = cmd_start(store, STMT_AUDIT_LIST);
	void *rows;
	enum err err;

	cmd_int(&c, complaint_id);
	err = cmd_list(&c, arena, sizeof(**rows_r), audit_read, &rows, count_r, e_r);
	if (err == ERR_OK)
		*rows_r = rows;
	return err;
}
