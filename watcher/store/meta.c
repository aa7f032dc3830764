/*
 * meta.c - small settings that belong to the data, by name.
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
