/*
 * verdict.c - verdicts, and the rollups (day, brand, platform, class, cause) that they are counted into.
 *
 * Counting while storing is what lets a trend over ten million posts be read in 2 ms instead of 5 s (LIMITS 1c). The
 * posts of one page mostly fall into a few cells, so the counts are gathered in memory (struct store, pending) and
 * written when the transaction commits, when the cells are used up, and before anybody reads them. A rollback drops
 * them with the rest.
 *
 * Our own posts and deleted ones are not counted.
 */
#include <math.h>
#include <string.h>

#include "db.h"

int64_t rollup_day(int64_t time_s)
{
	return time_s >= 0 ? time_s / 86400 : -((-time_s + 86399) / 86400);
}

static int64_t milli(double sentiment)
{
	return isfinite(sentiment) ? llround(sentiment * 1000) : 0;
}

static bool cell_same(const struct rollup_cell *a, const struct rollup_cell *b)
{
	return a->day == b->day && a->class == b->class && a->cause == b->cause && a->brand_id == b->brand_id &&
	       strcmp(a->platform, b->platform) == 0;
}

static enum err rollup_write(struct store *store, const struct rollup_cell *cell, const char *platform,
			     struct error *e_r)
{
	struct cmd c = cmd_start(store, STMT_ROLLUP_ADD);

	cmd_int(&c, cell->day);
	cmd_int(&c, cell->brand_id);
	cmd_text(&c, platform);
	cmd_text(&c, class_name(cell->class));
	cmd_text(&c, cause_name(cell->cause));
	cmd_int(&c, cell->posts);
	cmd_int(&c, cell->milli);
	return cmd_run(&c, e_r);
}

enum err rollup_flush(struct store *store, struct error *e_r)
{
	int i;

	for (i = 0; i < store->pending_count; i++) {
		enum err err = rollup_write(store, &store->pending[i], store->pending[i].platform, e_r);

		if (err != ERR_OK)
			return err; /* the transaction is lost: the caller rolls back, which drops the cells */
	}
	store->pending_count = 0;
	return ERR_OK;
}

static MUST_CHECK enum err rollup_add(struct store *store, const struct rollup_cell *cell, struct error *e_r)
{
	int i;

	for (i = 0; i < store->pending_count; i++) {
		if (cell_same(&store->pending[i], cell)) {
			store->pending[i].posts += cell->posts;
			store->pending[i].milli += cell->milli;
			return ERR_OK;
		}
	}
	if (store->pending_count == STORE_ROLLUPS_PENDING) {
		enum err err = rollup_flush(store, e_r);

		if (err != ERR_OK)
			return err;
	}
	store->pending[store->pending_count++] = *cell;
	return ERR_OK;
}

/* Adds (sign 1) or takes back (-1) one post of a class and cause. */
static enum err rollup_post(struct store *store, int64_t post_id, enum class class, enum cause cause, double sentiment,
			    int sign, struct error *e_r)
{
	struct rollup_cell cell = store->last_post;
	const char *platform;
	struct cmd c;
	enum err err = ERR_OK;
	int step;

	cell.class = class;
	cell.cause = cause;
	cell.posts = sign;
	cell.milli = sign * milli(sentiment);
	if (post_id == store->last_post_id)
		return store->last_post.posts ? rollup_add(store, &cell, e_r) : ERR_OK;
	c = cmd_start(store, STMT_POST_ROLLUP);
	cmd_int(&c, post_id);
	step = cmd_step(&c, e_r);
	if (step == 1) {
		cell.brand_id = sqlite3_column_int64(c.stmt, 0);
		platform = (const char *)sqlite3_column_text(c.stmt, 1);
		cell.day = rollup_day(sqlite3_column_int64(c.stmt, 2));
		if (platform && strlen(platform) < sizeof(cell.platform)) {
			memcpy(cell.platform, platform, strlen(platform) + 1);
			err = rollup_add(store, &cell, e_r);
		} else {
			err = platform ? rollup_write(store, &cell, platform, e_r)
				       : error_set(e_r, ERR_NOMEM, "memory is exhausted");
		}
	}
	cmd_done(&c);
	return step < 0 ? c.err : err;
}

/* The class, cause and sentiment that the post was counted under. ERR_NOT_FOUND. */
static enum err verdict_get(struct store *store, int64_t post_id, struct verdict *verdict_r, struct error *e_r)
{
	struct cmd c = cmd_start(store, STMT_VERDICT_GET);
	struct row r = row_start(&c, NULL);
	struct verdict verdict = {.class = CLASS_OTHER};
	int step;

	cmd_int(&c, post_id);
	step = cmd_step(&c, e_r);
	if (step == 1) {
		(void)class_from_name(row_word(&r), &verdict.class); /* a CHECK keeps other words out */
		(void)cause_from_name(row_word(&r), &verdict.cause);
		verdict.sentiment = row_real(&r);
		*verdict_r = verdict;
	}
	cmd_done(&c);
	return step == 1 ? ERR_OK : step == 0 ? ERR_NOT_FOUND : c.err;
}

enum err verdict_withdraw(struct store *store, int64_t post_id, struct error *e_r)
{
	struct verdict old = {.class = CLASS_OTHER};
	enum err err = verdict_get(store, post_id, &old, e_r);

	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	return err == ERR_OK ? rollup_post(store, post_id, old.class, old.cause, old.sentiment, -1, e_r) : err;
}

static enum err verdict_save(struct store *store, enum stmt id, int64_t post_id, const struct verdict *verdict,
			      const char *json, struct error *e_r)
{
	struct cmd c = cmd_start(store, id);

	cmd_int(&c, post_id);
	cmd_text(&c, class_name(verdict->class));
	cmd_text(&c, cause_name(verdict->cause));
	cmd_int(&c, verdict->severity);
	cmd_int(&c, verdict->urgency);
	cmd_real(&c, verdict->complaint);
	cmd_real(&c, verdict->problem);
	cmd_real(&c, verdict->vent);
	cmd_real(&c, verdict->sentiment);
	cmd_text(&c, verdict->lang);
	cmd_int(&c, verdict->undecided);
	cmd_text(&c, verdict->rules);
	cmd_text(&c, json);
	return cmd_run(&c, e_r);
}

enum err store_verdict_put(struct store *store, int64_t post_id, const struct verdict *verdict, const char *json,
			   struct error *e_r)
{
	enum err err = tx_needed(store, e_r);

	if (err == ERR_OK)
		err = verdict_save(store, STMT_VERDICT_PUT, post_id, verdict, json, e_r);
	if (err == ERR_OK && cmd_changes(store) == 0) { /* there is one: takes its place */
		err = verdict_withdraw(store, post_id, e_r);
		if (err == ERR_OK)
			err = verdict_save(store, STMT_VERDICT_UPDATE, post_id, verdict, json, e_r);
	}
	if (err == ERR_OK)
		err = rollup_post(store, post_id, verdict->class, verdict->cause, verdict->sentiment, 1, e_r);
	return err;
}

static void rollup_read(struct row *r, void *slot)
{
	struct rollup_row *row = slot;
	double sum;

	row->day = row_int(r);
	row->brand = row_text(r);
	row->platform = row_text(r);
	(void)class_from_name(row_word(r), &row->class); /* written by class_name() */
	(void)cause_from_name(row_word(r), &row->cause);
	row->posts = row_int(r);
	sum = row_real(r);
	row->sentiment = row->posts ? sum / 1000 / (double)row->posts : 0;
}

enum err store_rollup_list(struct store *store, struct arena *arena, const char *brand, int64_t from, int64_t to,
			   struct rollup_row **rows_r, size_t *count_r, struct error *e_r)
{
	struct cmd c;
	enum err err = rollup_flush(store, e_r);

	if (err != ERR_OK)
		return err;
	c = cmd_start(store, STMT_ROLLUP_LIST);
	cmd_int(&c, from);
	cmd_int(&c, to);
	cmd_text(&c, brand);
	return cmd_list(&c, arena, sizeof(**rows_r), rollup_read, rows_r, count_r, e_r);
}
