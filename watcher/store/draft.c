/*
 * draft.c - drafts: which text is a complaint's current one, all there were, and what became of those of a template.
 *
 * Drafts are only ever added, and blanked with a post that was deleted; complaint.draft_id names the current one.
 * Another text means that approval is asked for anew, so a new draft forgets who asked. A draft counts as made from its
 * template (draft.made) unless the current one, which it replaces, is of the same template and for the same post: then
 * a person changed it.
 */
#include <string.h>

#include "db.h"

/* ---- putting ---- */

static enum err draft_insert(struct store *store, int64_t complaint_id, const char *text, const char *hash,
			     const char *template, const char *why, const char *lang, const char *by,
			     const char *findings_json, int64_t now_s, int64_t *draft_id_r, struct error *e_r)
{
	struct cmd c = cmd_start(store, STMT_DRAFT_PUT);
	enum err err;

	cmd_int(&c, complaint_id);
	cmd_text(&c, text);
	cmd_text(&c, hash);
	cmd_text(&c, template);
	cmd_text(&c, why);
	cmd_text(&c, lang);
	cmd_text(&c, by);
	cmd_text(&c, findings_json);
	cmd_int(&c, now_s);
	err = cmd_run(&c, e_r);
	if (err == ERR_OK && cmd_changes(store) == 0)
		err = error_set(e_r, ERR_NOT_FOUND, "there is no complaint %lld", (long long)complaint_id);
	if (err == ERR_OK)
		*draft_id_r = sqlite3_last_insert_rowid(store->db);
	return err;
}

/* draft_id 0: none. */
static enum err draft_set(struct store *store, int64_t complaint_id, int64_t draft_id, struct error *e_r)
{
	struct cmd c = cmd_start(store, STMT_COMPLAINT_DRAFT);
	enum err err;

	cmd_int(&c, complaint_id);
	cmd_known(&c, draft_id, 0);
	err = cmd_run(&c, e_r);
	if (err == ERR_OK && cmd_changes(store) != 1)
		err = error_set(e_r, ERR_NOT_FOUND, "there is no complaint %lld", (long long)complaint_id);
	return err;
}

enum err store_draft_put(struct store *store, int64_t complaint_id, const char *text, const char *hash,
			 const char *template, const char *why, const char *lang, const char *by,
			 const char *findings_json, int64_t now_s, int64_t *draft_id_r, struct error *e_r)
{
	struct tx tx;
	int64_t id = 0;
	enum err err = tx_enter(store, &tx, e_r);

	if (err != ERR_OK)
		return err;
	err = draft_insert(store, complaint_id, text, hash, template, why, lang, by, findings_json, now_s, &id, e_r);
	if (err == ERR_OK)
		err = draft_set(store, complaint_id, id, e_r);
	err = tx_leave(&tx, err, e_r);
	if (err == ERR_OK)
		*draft_id_r = id;
	return err;
}

enum err store_draft_drop(struct store *store, int64_t complaint_id, struct error *e_r)
{
	enum err err = tx_needed(store, e_r);

	return err == ERR_OK ? draft_set(store, complaint_id, 0, e_r) : err;
}

enum err draft_forget(struct store *store, int64_t complaint_id, int64_t post_id, bool *was_r, struct error *e_r)
{
	struct cmd c = cmd_start(store, STMT_DRAFT_BLANK);
	enum err err;

	cmd_int(&c, complaint_id);
	cmd_int(&c, post_id);
	err = cmd_run(&c, e_r);
	if (err != ERR_OK)
		return err;
	c = cmd_start(store, STMT_DRAFT_UNSET);
	cmd_int(&c, complaint_id);
	err = cmd_run(&c, e_r);
	if (err == ERR_OK)
		*was_r = cmd_changes(store) > 0;
	return err;
}

/* ---- reading ---- */

static void draft_read(struct row *r, void *slot)
{
	struct draft_row *row = slot;

	row->id = row_int(r);
	row->post_id = row_int(r);
	row->at_s = row_int(r);
	row->text = row_text(r);
	row->hash = row_text(r);
	row->template = row_text(r);
	row->lang = row_text(r);
	row->by = row_text(r);
	row->approved_by = row_text(r);
	row->stands = row_int(r) != 0;
}

enum err store_draft_list(struct store *store, struct arena *arena, int64_t complaint_id, struct draft_row **rows_r,
			  size_t *count_r, struct error *e_r)
{
	struct cmd c = cmd_start(store, STMT_DRAFT_LIST);

	cmd_int(&c, complaint_id);
	return cmd_list(&c, arena, sizeof(**rows_r), draft_read, rows_r, count_r, e_r);
}

static void text_read(struct row *r, void *slot)
{
	*(const char **)slot = row_text(r);
}

enum err store_author_replies(struct store *store, struct arena *arena, int64_t brand_id, const char *platform,
			      const char *author_id, int limit, const char *const **texts_r, struct error *e_r)
{
	struct cmd c;
	const char **texts;
	void *rows = NULL;
	size_t count = 0;
	enum err err = ERR_OK;

	if (author_id && *author_id) {
		c = cmd_start(store, STMT_AUTHOR_REPLIES);
		cmd_int(&c, brand_id);
		cmd_text(&c, platform);
		cmd_text(&c, author_id);
		cmd_int(&c, limit);
		err = cmd_list(&c, arena, sizeof(const char *), text_read, &rows, &count, e_r);
	}
	if (err != ERR_OK)
		return err;
	texts = arena_array(arena, count + 1, sizeof(*texts));
	if (!texts)
		return error_set(e_r, ERR_NOMEM, "memory for reading the database is exhausted");
	if (count)
		memcpy(texts, rows, count * sizeof(*texts));
	*texts_r = texts;
	return ERR_OK;
}

/* ---- templates ---- */

static struct cmd fate_start(struct store *store, enum stmt stmt, const char *template, const char *lang,
			     enum draft_fate fate)
{
	struct cmd c = cmd_start(store, stmt);

	cmd_text(&c, template);
	cmd_text(&c, lang);
	cmd_text(&c, draft_fate_name(fate));
	return c;
}

enum err store_template_fate(struct store *store, const char *template, const char *lang, enum draft_fate fate,
			     int64_t now_s, struct error *e_r)
{
	struct cmd c;
	enum err err = tx_needed(store, e_r);

	if (err != ERR_OK || !template)
		return err;
	c = fate_start(store, STMT_TEMPLATE_FATE, template, lang, fate);
	cmd_int(&c, now_s);
	return cmd_run(&c, e_r);
}

enum err store_template_fate_back(struct store *store, const char *template, const char *lang, enum draft_fate fate,
				  struct error *e_r)
{
	struct cmd c;
	enum err err = tx_needed(store, e_r);

	if (err != ERR_OK || !template)
		return err;
	c = fate_start(store, STMT_TEMPLATE_FATE_BACK, template, lang, fate);
	return cmd_run(&c, e_r);
}

static void stat_read(struct row *r, void *slot)
{
	struct template_stat *row = slot;
	int i;

	row->template = row_text(r);
	row->lang = row_text(r);
	row->drafts = row_int(r);
	for (i = 0; i < (int)DRAFT_FATE_COUNT; i++) /* the statement's columns come from the same list */
		row->fate[i] = row_int(r);
}

enum err store_template_stats(struct store *store, struct arena *arena, struct template_stat **rows_r, size_t *count_r,
			      struct error *e_r)
{
	struct cmd c = cmd_start(store, STMT_TEMPLATE_STATS);

	return cmd_list(&c, arena, sizeof(**rows_r), stat_read, rows_r, count_r, e_r);
}
