/*
 * post.c - storing posts: new, known, edited, deleted.
 *
 * A new post is the common case, so the insert comes first and only its conflict leads to a look at what is there.
 * An author's row is written only when something about it is new. A post that its author deleted stays deleted: a
 * page that was read before the deletion must not bring the words back.
 */
#include <string.h>

#include "db.h"

struct known {
	int64_t id, complaint_id;
	bool deleted, same_text, same_metrics;
};

static bool same(const char *a, const char *b)
{
	return (!a && !b) || (a && b && strcmp(a, b) == 0);
}

/* Who wrote it, within the platform; NULL when the post names nobody. */
static const char *author_key(const struct author *author)
{
	if (author->id && *author->id)
		return author->id;
	return author->handle && *author->handle ? author->handle : NULL;
}

static enum err author_write(struct store *store, enum stmt id, int64_t author_id, const char *platform,
			     const char *key, const struct author *author, struct error *e_r)
{
	struct cmd c = cmd_start(store, id);

	if (id == STMT_AUTHOR_PUT) {
		cmd_text(&c, platform);
		cmd_text(&c, key);
	} else {
		cmd_int(&c, author_id);
	}
	cmd_text(&c, author->handle);
	cmd_text(&c, author->name);
	cmd_known(&c, author->followers < 0 ? -1 : author->followers, -1);
	return cmd_run(&c, e_r);
}

/* Something is told that the row does not say already; what is not told is kept. */
static bool author_differs(sqlite3_stmt *row, const struct author *author)
{
	return (author->handle && !same(author->handle, (const char *)sqlite3_column_text(row, 1))) ||
	       (author->name && !same(author->name, (const char *)sqlite3_column_text(row, 2))) ||
	       (author->followers >= 0 &&
		(sqlite3_column_type(row, 3) == SQLITE_NULL || author->followers != sqlite3_column_int64(row, 3)));
}

/* 0 for a post that names nobody. */
static enum err author_put(struct store *store, const char *platform, const struct author *author, int64_t *author_id_r,
			   struct error *e_r)
{
	const char *key = author_key(author);
	struct cmd c;
	int64_t id = 0;
	bool differs = false;
	enum err err;
	int step;

	if (!key) {
		*author_id_r = 0;
		return ERR_OK;
	}
	c = cmd_start(store, STMT_AUTHOR_FIND);
	cmd_text(&c, platform);
	cmd_text(&c, key);
	step = cmd_step(&c, e_r);
	if (step == 1) {
		id = sqlite3_column_int64(c.stmt, 0);
		differs = author_differs(c.stmt, author);
	}
	cmd_done(&c);
	if (step < 0)
		return c.err;
	err = ERR_OK;
	if (step == 0) {
		err = author_write(store, STMT_AUTHOR_PUT, 0, platform, key, author, e_r);
		id = sqlite3_last_insert_rowid(store->db);
	} else if (differs) {
		err = author_write(store, STMT_AUTHOR_UPDATE, id, platform, key, author, e_r);
	}
	if (err == ERR_OK)
		*author_id_r = id;
	return err;
}

/* ---- known posts ---- */

static bool metric_same(sqlite3_stmt *row, int column, int64_t value)
{
	return value < 0 ||
	       (sqlite3_column_type(row, column) != SQLITE_NULL && sqlite3_column_int64(row, column) == value);
}

static enum err known_find(struct store *store, int64_t brand_id, const char *platform, const char *ext_id,
			   const struct post *post, struct known *known_r, struct error *e_r)
{
	struct cmd c = cmd_start(store, STMT_POST_FIND);
	int step;

	cmd_text(&c, platform);
	cmd_text(&c, ext_id);
	cmd_int(&c, brand_id);
	step = cmd_step(&c, e_r);
	if (step == 1) {
		*known_r = (struct known){.id = sqlite3_column_int64(c.stmt, 0),
					  .complaint_id = sqlite3_column_int64(c.stmt, 2),
					  .deleted = sqlite3_column_int(c.stmt, 3) != 0};
		if (post) {
			known_r->same_text = same(post->text, (const char *)sqlite3_column_text(c.stmt, 4));
			known_r->same_metrics =
				(!post->edited_s || metric_same(c.stmt, 5, post->edited_s)) &&
				metric_same(c.stmt, 6, post->likes) && metric_same(c.stmt, 7, post->replies) &&
				metric_same(c.stmt, 8, post->shares) && metric_same(c.stmt, 9, post->views);
		}
	}
	cmd_done(&c);
	return step == 1 ? ERR_OK : step == 0 ? ERR_NOT_FOUND : c.err;
}

static enum err post_edit(struct store *store, const struct known *known, const struct post *post, int64_t now_s,
			  struct error *e_r)
{
	struct cmd c;
	enum err err = known->complaint_id ? search_remove(store, known->id, e_r) : ERR_OK;

	if (err != ERR_OK)
		return err;
	c = cmd_start(store, STMT_POST_EDIT);
	cmd_int(&c, known->id);
	cmd_text(&c, post->text);
	cmd_text(&c, post->lang);
	cmd_int(&c, post->edited_s ? post->edited_s : now_s);
	err = cmd_run(&c, e_r);
	return err == ERR_OK && known->complaint_id ? search_add(store, known->id, e_r) : err;
}

static enum err post_metrics(struct store *store, const struct known *known, const struct post *post, struct error *e_r)
{
	struct cmd c = cmd_start(store, STMT_POST_METRICS);

	cmd_int(&c, known->id);
	cmd_known(&c, post->edited_s, 0);
	cmd_known(&c, post->likes < 0 ? -1 : post->likes, -1);
	cmd_known(&c, post->replies < 0 ? -1 : post->replies, -1);
	cmd_known(&c, post->shares < 0 ? -1 : post->shares, -1);
	cmd_known(&c, post->views < 0 ? -1 : post->views, -1);
	return cmd_run(&c, e_r);
}

static enum err post_again(struct store *store, int64_t brand_id, const struct post *post, int64_t now_s,
			   int64_t *post_id_r, enum post_fate *fate_r, struct error *e_r)
{
	struct known known;
	enum err err = known_find(store, brand_id, post->platform, post->id, post, &known, e_r);
	bool edited;

	if (err == ERR_NOT_FOUND)
		return error_set(e_r, ERR_INTERNAL, "post %s/%s is there and is not", post->platform, post->id);
	if (err != ERR_OK)
		return err;
	edited = !known.deleted && !known.same_text;
	if (!known.deleted && !known.same_metrics)
		err = post_metrics(store, &known, post, e_r);
	if (err == ERR_OK && edited)
		err = post_edit(store, &known, post, now_s, e_r);
	if (err != ERR_OK)
		return err;
	*post_id_r = known.id;
	*fate_r = edited ? POST_EDITED : POST_KNOWN;
	return ERR_OK;
}

/* ---- new posts ---- */

/* Inserts it; *new_r false when it is there already. thread: as resolved. */
static enum err post_insert(struct store *store, int64_t brand_id, int64_t source_id, int64_t author_id,
			    const char *thread, const struct post *post, bool own, int64_t now_s, bool *new_r,
			    struct error *e_r)
{
	struct cmd c = cmd_start(store, STMT_POST_PUT);
	enum err err;

	cmd_int(&c, brand_id);
	cmd_known(&c, source_id, 0);
	cmd_known(&c, author_id, 0);
	cmd_text(&c, post->platform);
	cmd_text(&c, post->id);
	cmd_text(&c, thread);
	cmd_text(&c, post->in_reply_to);
	cmd_text(&c, post->text);
	cmd_text(&c, post->lang);
	cmd_text(&c, post->url);
	/* A clock that runs ahead must not make a post the latest of its topic for years. */
	cmd_known(&c, post->created_s > now_s ? now_s : post->created_s, 0);
	cmd_known(&c, post->edited_s, 0);
	cmd_int(&c, now_s);
	cmd_known(&c, post->rating < 1 || post->rating > 5 ? 0 : post->rating, 0);
	cmd_known(&c, post->likes < 0 ? -1 : post->likes, -1);
	cmd_known(&c, post->replies < 0 ? -1 : post->replies, -1);
	cmd_known(&c, post->shares < 0 ? -1 : post->shares, -1);
	cmd_known(&c, post->views < 0 ? -1 : post->views, -1);
	cmd_int(&c, own);
	err = cmd_run(&c, e_r);
	if (err == ERR_OK)
		*new_r = cmd_changes(store) == 1;
	return err;
}

/* Inserts it into the thread of the post it answers, if we have that one; else it begins a thread. */
static enum err post_insert_reply(struct store *store, int64_t brand_id, int64_t source_id, int64_t author_id,
				  const struct post *post, bool own, int64_t now_s, bool *new_r, struct error *e_r)
{
	struct cmd c = cmd_start(store, STMT_POST_FIND);
	const char *thread = post->id;
	enum err err;
	int step;

	cmd_text(&c, post->platform);
	cmd_text(&c, post->in_reply_to);
	cmd_int(&c, brand_id);
	step = cmd_step(&c, e_r);
	if (step == 1) {
		thread = (const char *)sqlite3_column_text(c.stmt, 1);
		step = thread ? 1 : -1;
		c.err = ERR_NOMEM; /* the only way a column that is NOT NULL reads as NULL */
	}
	/* The row stays current while its thread is copied into the new one. */
	err = step < 0 ? c.err
		       : post_insert(store, brand_id, source_id, author_id, thread, post, own, now_s, new_r, e_r);
	cmd_done(&c);
	return err;
}

static void remember_last(struct store *store, int64_t post_id, int64_t brand_id, const struct post *post, bool own,
			  int64_t now_s)
{
	int64_t said_s = post->created_s && post->created_s < now_s ? post->created_s : now_s;

	store->last_post_id = 0;
	if (strlen(post->platform) >= sizeof(store->last_post.platform))
		return; /* rare, and only slower */
	store->last_post = (struct rollup_cell){.day = rollup_day(said_s), .brand_id = brand_id, .posts = own ? 0 : 1};
	memcpy(store->last_post.platform, post->platform, strlen(post->platform) + 1);
	store->last_post_id = post_id;
}

enum err store_post_put(struct store *store, int64_t brand_id, int64_t source_id, const struct post *post, bool own,
			int64_t now_s, int64_t *post_id_r, enum post_fate *fate_r, struct error *e_r)
{
	int64_t author_id = 0;
	bool new_post = false;
	enum err err = tx_needed(store, e_r);

	if (err != ERR_OK)
		return err;
	if (!post->platform || !*post->platform || !post->id || !*post->id || !post->text)
		return error_set(e_r, ERR_INVALID, "a post needs platform, id and text");
	err = author_put(store, post->platform, &post->author, &author_id, e_r);
	if (err != ERR_OK)
		return err;
	if (!post->thread && post->in_reply_to)
		err = post_insert_reply(store, brand_id, source_id, author_id, post, own, now_s, &new_post, e_r);
	else
		err = post_insert(store, brand_id, source_id, author_id, post->thread ? post->thread : post->id, post,
				  own, now_s, &new_post, e_r);
	if (err != ERR_OK)
		return err;
	if (!new_post)
		return post_again(store, brand_id, post, now_s, post_id_r, fate_r, e_r);
	*post_id_r = sqlite3_last_insert_rowid(store->db);
	*fate_r = POST_NEW;
	remember_last(store, *post_id_r, brand_id, post, own, now_s);
	return ERR_OK;
}

/* ---- deletion ---- */

static enum err post_blank(struct store *store, int64_t post_id, struct error *e_r)
{
	struct cmd c = cmd_start(store, STMT_VERDICT_BLANK); /* its hits quote the text */
	enum err err;

	cmd_int(&c, post_id);
	err = cmd_run(&c, e_r);
	if (err != ERR_OK)
		return err;
	c = cmd_start(store, STMT_POST_BLANK);
	cmd_int(&c, post_id);
	return cmd_run(&c, e_r);
}

enum err store_post_delete(struct store *store, int64_t brand_id, const char *platform, const char *ext_id,
			   int64_t now_s, struct error *e_r)
{
	struct known known;
	enum err err = tx_needed(store, e_r);

	if (err == ERR_OK)
		err = known_find(store, brand_id, platform, ext_id, NULL, &known, e_r);
	if (err == ERR_NOT_FOUND)
		return error_set(e_r, err, "post %s/%s was never stored", platform, ext_id);
	if (err != ERR_OK || known.deleted)
		return err;
	store->last_post_id = 0;
	err = verdict_withdraw(store, known.id, e_r);
	if (err == ERR_OK && known.complaint_id)
		err = search_remove(store, known.id, e_r);
	if (err == ERR_OK)
		err = post_blank(store, known.id, e_r);
	if (err == ERR_OK && known.complaint_id) /* every post of a complaint is in the index, if only with no word */
		err = search_add(store, known.id, e_r);
	if (err == ERR_OK && known.complaint_id)
		err = complaint_post_gone(store, known.complaint_id, known.id, now_s, e_r);
	return err;
}
