/*
 * source.c - brands, and the sources that are watched for them.
 *
 * Brands are few and asked for with every page, so their ids are remembered; a rollback forgets them, for it may have
 * undone a brand.
 */
#include <stdlib.h>
#include <string.h>

#include "db.h"

void brand_forget(struct store *store)
{
	int i;

	for (i = 0; i < STORE_BRANDS_CACHED; i++) {
		free(store->brand_names[i]);
		store->brand_names[i] = NULL;
	}
}

static void brand_remember(struct store *store, const char *name, int64_t id)
{
	int slot = store->brand_next++ % STORE_BRANDS_CACHED;

	free(store->brand_names[slot]);
	store->brand_names[slot] = strdup(name); /* NULL: not remembered */
	store->brand_ids[slot] = id;
}

static bool brand_cached(const struct store *store, const char *name, int64_t *id_r)
{
	int i;

	for (i = 0; i < STORE_BRANDS_CACHED; i++) {
		if (store->brand_names[i] && strcmp(store->brand_names[i], name) == 0) {
			*id_r = store->brand_ids[i];
			return true;
		}
	}
	return false;
}

enum err brand_find(struct store *store, const char *name, int64_t *brand_id_r, struct error *e_r)
{
	struct cmd c;
	enum err err = ERR_OK;
	int64_t id = 0;

	if (name && !brand_cached(store, name, &id)) {
		c = cmd_start(store, STMT_BRAND_FIND);
		cmd_text(&c, name);
		err = cmd_run_int(&c, &id, e_r);
		if (err == ERR_OK)
			brand_remember(store, name, id);
		if (err == ERR_NOT_FOUND) {
			id = -1;
			err = ERR_OK;
		}
	}
	if (err == ERR_OK)
		*brand_id_r = id;
	return err;
}

static enum err brand_insert(struct store *store, const char *name, int64_t *id_r, struct error *e_r)
{
	struct tx tx;
	struct cmd c;
	int64_t id = -1;
	enum err err = tx_enter(store, &tx, e_r);

	if (err != ERR_OK)
		return err;
	c = cmd_start(store, STMT_BRAND_PUT);
	cmd_text(&c, name);
	err = cmd_run(&c, e_r);
	if (err == ERR_OK)
		err = brand_find(store, name, &id, e_r); /* another process may have made it meanwhile */
	err = tx_leave(&tx, err, e_r);
	if (err == ERR_OK)
		*id_r = id;
	return err;
}

enum err store_brand_put(struct store *store, const char *name, int64_t *brand_id_r, struct error *e_r)
{
	int64_t id = -1;
	enum err err;

	if (!name || !*name)
		return error_set(e_r, ERR_INVALID, "a brand needs a name");
	err = brand_find(store, name, &id, e_r);
	if (err == ERR_OK && id < 0)
		err = brand_insert(store, name, &id, e_r);
	if (err == ERR_OK)
		*brand_id_r = id;
	return err;
}

enum err store_source_put(struct store *store, const char *key, const char *platform, int64_t brand_id, int64_t now_s,
			  int64_t *source_id_r, struct error *e_r)
{
	struct tx tx;
	struct cmd c;
	int64_t id = 0;
	enum err err = tx_enter(store, &tx, e_r);

	if (err != ERR_OK)
		return err;
	c = cmd_start(store, STMT_SOURCE_PUT);
	cmd_text(&c, key);
	cmd_text(&c, platform);
	cmd_int(&c, brand_id);
	cmd_int(&c, now_s);
	err = cmd_run_int(&c, &id, e_r);
	err = tx_leave(&tx, err, e_r);
	if (err == ERR_OK)
		*source_id_r = id;
	return err;
}

static void source_read(struct row *r, void *slot)
{
	struct source_row *row = slot;

	row->id = row_int(r);
	row->brand_id = row_int(r);
	row->key = row_text(r);
	row->platform = row_text(r);
	row->brand = row_text(r);
	row->cursor = row_text(r);
	row->status = row_text(r);
	row->why = row_text(r);
	row->account_id = row_text(r);
	row->started_s = row_int(r);
	row->last_ok_s = row_int(r);
	row->next_s = row_int(r);
	row->posts = row_int(r);
	row->failures = (int)row_int(r);
}

enum err store_source_get(struct store *store, struct arena *arena, int64_t source_id, struct source_row *row_r,
			  struct error *e_r)
{
	struct cmd c = cmd_start(store, STMT_SOURCE_GET);
	struct source_row row = {0};
	enum err err;

	cmd_int(&c, source_id);
	err = cmd_one(&c, arena, source_read, &row, e_r);
	if (err == ERR_NOT_FOUND)
		return error_set(e_r, err, "there is no source %lld", (long long)source_id);
	if (err == ERR_OK)
		*row_r = row;
	return err;
}

enum err store_source_list(struct store *store, struct arena *arena, struct source_row **rows_r, size_t *count_r,
			   struct error *e_r)
{
	struct cmd c = cmd_start(store, STMT_SOURCE_LIST);

	return cmd_list(&c, arena, sizeof(**rows_r), source_read, rows_r, count_r, e_r);
}

static enum err source_changed(const struct store *store, int64_t source_id, struct error *e_r)
{
	if (cmd_changes(store) == 1)
		return ERR_OK;
	return error_set(e_r, ERR_NOT_FOUND, "there is no source %lld", (long long)source_id);
}

enum err store_source_advance(struct store *store, int64_t source_id, const char *cursor, int64_t new_posts,
			      int64_t now_s, struct error *e_r)
{
	struct cmd c;
	enum err err = tx_needed(store, e_r);

	if (err != ERR_OK)
		return err;
	c = cmd_start(store, STMT_SOURCE_ADVANCE);
	cmd_int(&c, source_id);
	cmd_text(&c, cursor);
	cmd_int(&c, new_posts);
	cmd_int(&c, now_s);
	err = cmd_run(&c, e_r);
	return err == ERR_OK ? source_changed(store, source_id, e_r) : err;
}

enum err store_source_status(struct store *store, int64_t source_id, const char *status, const char *why, int failures,
			     int64_t next_s, const char *account_id, struct error *e_r)
{
	struct tx tx;
	struct cmd c;
	enum err err = tx_enter(store, &tx, e_r);

	if (err != ERR_OK)
		return err;
	c = cmd_start(store, STMT_SOURCE_STATUS);
	cmd_int(&c, source_id);
	cmd_text(&c, status);
	cmd_text(&c, why);
	cmd_int(&c, failures);
	cmd_int(&c, next_s);
	cmd_text(&c, account_id);
	err = cmd_run(&c, e_r);
	if (err == ERR_OK)
		err = source_changed(store, source_id, e_r);
	return tx_leave(&tx, err, e_r);
}

enum err store_source_limits(struct store *store, int64_t source_id, size_t length_limit, size_t url_cost,
			     struct error *e_r)
{
	struct tx tx;
	struct cmd c;
	enum err err = tx_enter(store, &tx, e_r);

	if (err != ERR_OK)
		return err;
	c = cmd_start(store, STMT_SOURCE_LIMITS);
	cmd_int(&c, source_id);
	cmd_int(&c, (int64_t)length_limit);
	cmd_int(&c, (int64_t)url_cost);
	err = cmd_run(&c, e_r);
	if (err == ERR_OK)
		err = source_changed(store, source_id, e_r);
	return tx_leave(&tx, err, e_r);
}
