/*
 * topic.c - how many distinct people spoke of one matter within a day: one, a few, or many.
 *
 * Counting distinct authors of the last 24 hours for each complaint would read all of them; during an outage that is
 * every complaint of the day, for every complaint. Instead each author of a topic is kept once, under the hour in
 * which they last spoke of it (topic_author), and how many are under each hour is kept too (topic_hour). An author
 * who speaks again moves from one hour to another; the count is the sum of at most 24 small rows. It is exact but for
 * the hour: the window is the 24 clock hours that end with the latest.
 *
 * Posts that come late, or from an old file, count in the window of the latest one; they never move it back.
 */
#include "db.h"

#define WINDOW_H 24

struct topic {
	int64_t id, latest_h, reach;
};

static enum err topic_find(struct store *store, int64_t brand_id, const char *name, int64_t hour, struct topic *topic_r,
			   struct error *e_r)
{
	struct cmd c = cmd_start(store, STMT_TOPIC_FIND);
	enum err err;
	int step;

	cmd_int(&c, brand_id);
	cmd_text(&c, name);
	step = cmd_step(&c, e_r);
	if (step == 1)
		*topic_r = (struct topic){.id = sqlite3_column_int64(c.stmt, 0),
					  .latest_h = sqlite3_column_int64(c.stmt, 1),
					  .reach = sqlite3_column_int64(c.stmt, 2)};
	cmd_done(&c);
	if (step != 0)
		return step == 1 ? ERR_OK : c.err;
	c = cmd_start(store, STMT_TOPIC_PUT);
	cmd_int(&c, brand_id);
	cmd_text(&c, name);
	cmd_int(&c, hour);
	err = cmd_run(&c, e_r);
	if (err == ERR_OK)
		*topic_r = (struct topic){.id = sqlite3_last_insert_rowid(store->db), .latest_h = hour};
	return err;
}

static enum err hour_add(struct store *store, int64_t topic_id, int64_t hour, int authors, struct error *e_r)
{
	struct cmd c = cmd_start(store, STMT_TOPIC_HOUR_ADD);

	cmd_int(&c, topic_id);
	cmd_int(&c, hour);
	cmd_int(&c, authors);
	return cmd_run(&c, e_r);
}

/* Puts the author under the hour, out of the earlier one. *moved_r false: was there, or later, already. */
static enum err author_move(struct store *store, int64_t topic_id, int64_t author_key, int64_t hour, bool *moved_r,
			    struct error *e_r)
{
	struct cmd c = cmd_start(store, STMT_TOPIC_AUTHOR_FIND);
	int64_t last_h = 0;
	enum err err;
	bool known;

	cmd_int(&c, topic_id);
	cmd_int(&c, author_key);
	err = cmd_run_int(&c, &last_h, e_r);
	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	known = err == ERR_OK;
	*moved_r = !known || last_h < hour;
	if (!*moved_r)
		return ERR_OK;
	c = cmd_start(store, STMT_TOPIC_AUTHOR_PUT);
	cmd_int(&c, topic_id);
	cmd_int(&c, author_key);
	cmd_int(&c, hour);
	err = cmd_run(&c, e_r);
	if (err == ERR_OK && known)
		err = hour_add(store, topic_id, last_h, -1, e_r);
	return err == ERR_OK ? hour_add(store, topic_id, hour, 1, e_r) : err;
}

static enum err topic_count(struct store *store, struct topic *topic, struct error *e_r)
{
	struct cmd c = cmd_start(store, STMT_TOPIC_HOUR_SUM);
	enum err err;

	cmd_int(&c, topic->id);
	cmd_int(&c, topic->latest_h - WINDOW_H);
	cmd_int(&c, topic->latest_h);
	err = cmd_run_int(&c, &topic->reach, e_r);
	if (err != ERR_OK)
		return err;
	c = cmd_start(store, STMT_TOPIC_UPDATE);
	cmd_int(&c, topic->id);
	cmd_int(&c, topic->latest_h);
	cmd_int(&c, topic->reach);
	return cmd_run(&c, e_r);
}

enum err topic_touch(struct store *store, int64_t brand_id, const char *name, int64_t author_key, int64_t said_s,
		     int64_t *topic_id_r, int64_t *before_r, int64_t *reach_r, struct error *e_r)
{
	int64_t hour = said_s / 3600;
	struct topic topic = {0};
	int64_t before;
	bool moved = false;
	enum err err = topic_find(store, brand_id, name, hour, &topic, e_r);

	if (err == ERR_OK)
		err = author_move(store, topic.id, author_key, hour, &moved, e_r);
	before = topic.reach;
	if (err == ERR_OK && moved) {
		if (hour > topic.latest_h)
			topic.latest_h = hour;
		err = topic_count(store, &topic, e_r);
	}
	if (err != ERR_OK)
		return err;
	*topic_id_r = topic.id;
	*before_r = before;
	*reach_r = topic.reach;
	return ERR_OK;
}

enum err topic_reach(struct store *store, int64_t topic_id, int64_t *reach_r, struct error *e_r)
{
	struct cmd c = cmd_start(store, STMT_TOPIC_GET);
	enum err err;

	cmd_int(&c, topic_id);
	err = cmd_run_int(&c, reach_r, e_r);
	return err == ERR_NOT_FOUND ? error_set(e_r, ERR_INTERNAL, "topic %lld is gone", (long long)topic_id) : err;
}

enum err topic_raise(struct store *store, int64_t topic_id, int points, struct error *e_r)
{
	struct cmd c = cmd_start(store, STMT_TOPIC_RAISE);

	cmd_int(&c, topic_id);
	cmd_int(&c, points);
	return cmd_run(&c, e_r);
}
