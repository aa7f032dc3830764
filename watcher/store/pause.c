/*
 * pause.c - the pause of all sending, of one brand or of all.
 *
 * It is a row that STMT_OUTBOX_DUE looks for inside the very transaction that claims a reply, so with its commit no
 * process takes another one. What is on its way already is not called back.
 */
#include <stdio.h>
#include <string.h>

#include "db.h"
#include "utf8.h"

/* What the audit says is paused. */
static enum err pause_detail(struct store *store, int64_t brand_id, char *detail, size_t size, struct error *e_r)
{
	struct cmd c = cmd_start(store, STMT_BRAND_NAME);
	struct row r = row_start(&c, NULL);
	enum err err = ERR_OK;
	int step;

	if (brand_id == 0) {
		(void)snprintf(detail, size, "all brands");
		return ERR_OK;
	}
	cmd_int(&c, brand_id);
	step = cmd_step(&c, e_r);
	if (step == 1) {
		(void)snprintf(detail, size, "brand %s", row_word(&r));
		detail[utf8_valid_prefix(detail, strlen(detail))] = '\0'; /* a longer name was cut */
		err = row_end(&r, e_r);
	} else {
		err = step < 0 ? c.err : error_set(e_r, ERR_NOT_FOUND, "there is no brand %lld", (long long)brand_id);
	}
	cmd_done(&c);
	return err;
}

static enum err pause_set(struct store *store, int64_t brand_id, bool on, const char *by, int64_t now_s,
			  bool *changed_r, struct error *e_r)
{
	struct cmd c = cmd_start(store, on ? STMT_PAUSE_PUT : STMT_PAUSE_END);
	enum err err;

	cmd_int(&c, brand_id);
	if (on) {
		cmd_text(&c, by);
		cmd_int(&c, now_s);
	}
	err = cmd_run(&c, e_r);
	if (err == ERR_OK)
		*changed_r = cmd_changes(store) > 0;
	return err;
}

enum err store_pause(struct store *store, int64_t brand_id, bool on, int64_t user_id, const char *by, int64_t now_s,
		     struct error *e_r)
{
	char detail[200];
	bool changed = false;
	struct tx tx;
	enum err err = tx_enter(store, &tx, e_r);

	if (err != ERR_OK)
		return err;
	err = pause_detail(store, brand_id, detail, sizeof(detail), e_r);
	if (err == ERR_OK)
		err = pause_set(store, brand_id, on, by, now_s, &changed, e_r);
	if (err == ERR_OK && changed)
		err = store_audit_put(store, 0, user_id, by, on ? "pause" : "resume", detail, now_s, e_r);
	return tx_leave(&tx, err, e_r);
}

static void pause_read(struct row *r, void *slot)
{
	struct pause_row *row = slot;

	row->brand_id = row_int(r);
	row->brand = row_text(r);
	row->by = row_text(r);
	row->at_s = row_int(r);
}

enum err store_pause_list(struct store *store, struct arena *arena, struct pause_row **rows_r, size_t *count_r,
			  struct error *e_r)
{
	struct cmd c = cmd_start(store, STMT_PAUSE_LIST);

	return cmd_list(&c, arena, sizeof(**rows_r), pause_read, rows_r, count_r, e_r);
}
