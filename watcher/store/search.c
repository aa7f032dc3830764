/*
 * search.c - the full-text index over the posts of complaints, and what a person may type to search it.
 *
 * FTS5 gathers the words of a transaction in memory and writes them once, at its end, unless a statement that may have
 * to be undone alone (a trigger, more than one row) comes between: then it writes what it has, and a page of a thousand
 * posts becomes a thousand small segments. (Measured: 101 us a complaint so, 15 us this way.) So texts wait in struct
 * store until the transaction commits, and join the index together, as its last writes.
 */
#include <string.h>

#include "db.h"

#define WORDS_MAX 16 /* words of a search that count */

/* Runs FTS_ADD or FTS_REMOVE on the post's text as it is now. */
static enum err search_write(struct store *store, enum stmt id, int64_t post_id, struct error *e_r)
{
	struct cmd post = cmd_start(store, STMT_POST_TEXT), fts = cmd_start(store, id);
	enum err err = ERR_OK;
	int step;

	cmd_int(&post, post_id);
	step = cmd_step(&post, e_r);
	if (step == 1) {
		cmd_int(&fts, post_id);
		cmd_text(&fts, (const char *)sqlite3_column_text(post.stmt, 0));
		err = cmd_run(&fts, e_r); /* the post's row stays current: its text is not copied */
	} else if (step < 0) {
		err = post.err;
	}
	cmd_done(&post);
	return err;
}

enum err search_flush(struct store *store, struct error *e_r)
{
	int i;

	for (i = 0; i < store->text_count; i++) {
		enum err err = search_write(store, STMT_FTS_ADD, store->texts[i], e_r);

		if (err != ERR_OK)
			return err; /* the transaction is lost: the caller rolls back, which forgets the texts */
	}
	store->text_count = 0;
	return ERR_OK;
}

enum err search_add(struct store *store, int64_t post_id, struct error *e_r)
{
	if (store->text_count == STORE_TEXTS_PENDING) {
		enum err err = search_flush(store, e_r);

		if (err != ERR_OK)
			return err;
	}
	store->texts[store->text_count++] = post_id;
	return ERR_OK;
}

enum err search_remove(struct store *store, int64_t post_id, struct error *e_r)
{
	enum err err = search_flush(store, e_r); /* it may be among those that wait */

	return err == ERR_OK ? search_write(store, STMT_FTS_REMOVE, post_id, e_r) : err;
}

/*
 * Each word becomes a quoted string, so that nothing in it is syntax; all must be there; the last may be the
 * beginning of a word.
 */
const char *search_query(struct arena *arena, const char *words)
{
	static const char blanks[] = " \t\r\n";
	size_t room = 2 * strlen(words) + 3 * WORDS_MAX + 2, out = 0, i, end;
	char *query = arena_alloc(arena, room);
	int count = 0;

	if (!query)
		return NULL;
	while (count < WORDS_MAX) {
		words += strspn(words, blanks);
		end = strcspn(words, blanks);
		if (!end)
			break;
		if (count++)
			query[out++] = ' ';
		query[out++] = '"';
		for (i = 0; i < end; i++) {
			if (words[i] == '"')
				query[out++] = '"';
			query[out++] = words[i];
		}
		query[out++] = '"';
		words += end;
	}
	if (count)
		query[out++] = '*';
	return query; /* the arena's memory is zeroed */
}
