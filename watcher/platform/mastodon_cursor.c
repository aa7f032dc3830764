/*
 * mastodon_cursor.c - how pages follow each other, so that nothing between two polls is missed.
 *
 * Mastodon's min_id returns the page immediately after an id, so that a client that was away for a week reads forward
 * page by page until an empty one: CURSOR_FORWARD. Some compatible servers ignore min_id and always send their newest
 * page. Ids are opaque (they cannot be compared), so that the difference shows only in what comes back:
 *
 *   - the page contains an id that we know: min_id, which excludes it, was ignored -> CURSOR_BACK;
 *   - a page of strangers: forward, or the newest of a busy tag? Ask again from its top (CURSOR_VERIFY). A server that
 *     honours min_id sends what follows, or nothing; one that ignores it sends that same top again. In that case the
 *     gap below the first page is walked (CURSOR_WALK) by max_id down to what is known, at most WALK_PAGES pages.
 *
 * A timeline that shows nothing at the first look starts in CURSOR_START: whatever comes then is walked to its
 * beginning.
 *
 * All of this state is in the cursor, which is stored with the posts of each page: a crash in the middle of a walk
 * continues the walk. Several newest ids are remembered, since any of them may be deleted meanwhile.
 *
 * Search has no paging forward anywhere (its min_id means "newest above"): it starts in CURSOR_BACK.
 *
 * A post from another server is filed under the time it was written, not the time it arrived, so that a late one sorts
 * below the cursor and paging forward never shows it. Every LOOK_S the newest page is therefore read as well. Repeats
 * do no harm: the store knows them.
 */
#include "watcher/platform/mastodon.h"

#include <string.h>

#include "buf.h"
#include "clock.h"
#include "jsonio.h"
#include "watcher/platform/help.h"

#define CURSOR_VERSION 1
#define CURSOR_MAX 4096
#define WALK_PAGES 25
#define WALK_PAGES_SEARCH 5
#define LOOK_S 300

static const char *const mode_names[CURSOR_MODES] = {"new", "verify", "forward", "back", "walk", "start"};

/* ---- stored form ---- */

static bool ids_read(struct arena *arena, struct json_object *object, const char *key, struct cursor_ids *ids)
{
	struct json_object *child = json_get(object, key), *list = json_get(child, "ids");

	if (!json_object_is_type(list, json_type_array))
		return false;
	for (size_t i = 0; i < json_object_array_length(list) && ids->count < MASTODON_KNOWN; i++) {
		struct json_object *id = json_object_array_get_idx(list, i);

		if (json_object_is_type(id, json_type_string))
			ids->id[ids->count++] = arena_strdup(arena, json_object_get_string(id));
	}
	ids->min = arena_strdup(arena, json_str(child, "min", NULL));
	return ids->count > 0 && ids->min;
}

int cursor_read(struct arena *arena, const char *text, struct cursor *cursor_r)
{
	struct json_parser *parser = text && strlen(text) <= CURSOR_MAX ? json_parser_new() : NULL;
	struct json_object *object = NULL;
	struct cursor cursor = {0};
	const char *mode;
	int ok = 0;

	if (!parser || json_parse(parser, text, strlen(text), &object, NULL) != ERR_OK)
		goto out;
	mode = json_str(object, "mode", "");
	while (cursor.mode < CURSOR_MODES && strcmp(mode_names[cursor.mode], mode) != 0)
		cursor.mode++;
	if (json_int(object, "v", 0) != CURSOR_VERSION || cursor.mode == CURSOR_MODES ||
	    (!ids_read(arena, object, "known", &cursor.known) && cursor.mode != CURSOR_START &&
	     cursor.mode != CURSOR_WALK))
		goto out;
	cursor.max = arena_strdup(arena, json_str(object, "max", NULL));
	cursor.left = (int)json_int(object, "left", 0);
	cursor.look_s = json_int(object, "look", 0);
	if ((cursor.mode == CURSOR_VERIFY || cursor.mode == CURSOR_WALK) &&
	    (!cursor.max || !ids_read(arena, object, "top", &cursor.top)))
		goto out;
	ok = !arena_failed(arena);
	if (ok)
		*cursor_r = cursor;
out:
	json_object_put(object);
	json_parser_free(&parser);
	return ok;
}

static bool ids_write(struct json_object *object, const char *key, const struct cursor_ids *ids)
{
	struct json_object *child = json_object_new_object(), *list = json_object_new_array();
	bool ok = child && list;

	for (size_t i = 0; ok && i < ids->count; i++)
		ok = json_object_array_add(list, json_object_new_string(ids->id[i])) == 0;
	if (!ok) {
		json_object_put(list);
		json_object_put(child);
		return false;
	}
	if (!json_add(child, "ids", list) || !json_add_str(child, "min", ids->min)) {
		json_object_put(child);
		return false;
	}
	return json_add(object, key, child);
}

enum err cursor_write(struct arena *arena, const struct cursor *cursor, const char **text_r, struct error *e_r)
{
	struct json_object *object = json_object_new_object();
	bool ok = object && json_add_int(object, "v", CURSOR_VERSION) &&
		  json_add_str(object, "mode", mode_names[cursor->mode]) &&
		  ids_write(object, "known", &cursor->known) && json_add_int(object, "look", cursor->look_s);
	const char *text = NULL;

	if (ok && (cursor->mode == CURSOR_VERIFY || cursor->mode == CURSOR_WALK))
		ok = ids_write(object, "top", &cursor->top) && json_add_str(object, "max", cursor->max) &&
		     json_add_int(object, "left", cursor->left);
	if (ok)
		text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
	text = arena_strdup(arena, text);
	json_object_put(object);
	if (!text)
		return error_set(e_r, ERR_NOMEM, "mastodon: out of memory");
	*text_r = text;
	return ERR_OK;
}

/* ---- asking ---- */

static bool looks(const struct cursor *cursor, int64_t now_s)
{
	return cursor->mode == CURSOR_FORWARD && (now_s - cursor->look_s >= LOOK_S || now_s < cursor->look_s);
}

static const char *escaped(struct arena *arena, const char *id)
{
	struct buf buf;
	const char *text = NULL;

	buf_init(&buf, 3 * MASTODON_ID_MAX + 1);
	http_escape(&buf, id);
	if (help_take(arena, &buf, &text, NULL) != ERR_OK)
		return NULL;
	return text;
}

const char *cursor_param(struct arena *arena, const struct cursor *cursor, int64_t now_s)
{
	if (!cursor || cursor->mode == CURSOR_BACK || cursor->mode == CURSOR_START || looks(cursor, now_s))
		return NULL;
	if (cursor->mode == CURSOR_WALK)
		return arena_printf(arena, "max_id=%s", escaped(arena, cursor->max));
	return arena_printf(arena, "min_id=%s", cursor->mode == CURSOR_VERIFY ? cursor->top.min : cursor->known.min);
}

/* ---- understanding what came ---- */

static struct cursor_ids page_ids(struct arena *arena, const struct page *page)
{
	struct cursor_ids ids = {0};

	while (ids.count < MASTODON_KNOWN && ids.count < page->count) {
		ids.id[ids.count] = page->ids[ids.count];
		ids.count++;
	}
	ids.min = page->link_min ? page->link_min : escaped(arena, ids.id[0]);
	return ids;
}

static bool page_has(const struct page *page, const struct cursor_ids *ids)
{
	for (size_t i = 0; i < page->count; i++) {
		for (size_t k = 0; k < ids->count; k++) {
			if (strcmp(page->ids[i], ids->id[k]) == 0)
				return true;
		}
	}
	return false;
}

static int settle(struct cursor *next, enum cursor_mode mode, struct cursor_ids known, int more)
{
	*next = (struct cursor){.mode = mode, .known = known, .look_s = next->look_s};
	return more;
}

/* The gap between the page just read and what is known is to be read backwards from `max`. */
static int walk_from(struct cursor *next, struct cursor_ids top, const char *max, int pages)
{
	next->mode = CURSOR_WALK;
	next->top = top;
	next->max = max;
	next->left = pages;
	return 1;
}

static int advance_forward(const struct cursor *cursor, struct cursor_ids ids, const struct page *page,
			   struct cursor *next)
{
	if (page_has(page, &cursor->known))
		return settle(next, CURSOR_BACK, ids,
			      0); /* it reaches down to what we know: nothing between is missing */
	if (cursor->mode == CURSOR_FORWARD)
		return settle(next, CURSOR_FORWARD, ids, 1);
	next->mode = CURSOR_VERIFY;
	next->top = ids;
	next->max = page->ids[page->count - 1];
	return 1;
}

static int advance_verify(const struct cursor *cursor, struct cursor_ids ids, const struct page *page,
			  struct cursor *next)
{
	if (page->count == 0)
		return settle(next, CURSOR_FORWARD, cursor->top, 0);
	if (page_has(page, &cursor->known))
		return settle(next, CURSOR_BACK, ids, 0);
	if (page_has(page, &cursor->top))
		return walk_from(next, ids, cursor->max, WALK_PAGES);
	return settle(next, CURSOR_FORWARD, ids, 1);
}

static int advance_back(const struct cursor *cursor, struct cursor_ids ids, const struct page *page, bool search,
			struct cursor *next)
{
	if (page_has(page, &cursor->known))
		return settle(next, CURSOR_BACK, ids, 0);
	return walk_from(next, ids, page->ids[page->count - 1], search ? WALK_PAGES_SEARCH : WALK_PAGES);
}

static int advance_walk(const struct cursor *cursor, const struct page *page, bool search, struct cursor *next)
{
	/* after a start from nothing it is not known yet whether the server pages forward */
	enum cursor_mode after = cursor->known.count == 0 && !search ? CURSOR_NEW : CURSOR_BACK;
	struct cursor_ids asked = {.id = {cursor->max}, .count = 1};
	bool ignored = page_has(page, &asked); /* max_id excludes it */

	if (page->count == 0 || ignored || page_has(page, &cursor->known) || cursor->left <= 1)
		return settle(next, after, cursor->top, 0);
	next->max = page->ids[page->count - 1];
	next->left = cursor->left - 1;
	return 1;
}

int cursor_advance(struct arena *arena, const struct cursor *cursor, bool search, const struct page *page,
		   struct cursor *next_r, bool *changed_r)
{
	struct cursor_ids ids = {0};

	if (page->count > 0)
		ids = page_ids(arena, page);
	*changed_r = page->count > 0 || !cursor;
	if (!cursor) {
		*next_r = (struct cursor){.look_s = page->now_s};
		return settle(next_r, page->count == 0 ? CURSOR_START : search ? CURSOR_BACK : CURSOR_NEW, ids, 0);
	}
	*next_r = *cursor;
	if (looks(cursor, page->now_s)) {
		next_r->look_s = page->now_s;
		*changed_r = true;
		return 1; /* and now forward */
	}
	if (cursor->mode == CURSOR_VERIFY || cursor->mode == CURSOR_WALK)
		*changed_r = true;
	else if (page->count == 0)
		return 0;
	switch (cursor->mode) {
	case CURSOR_VERIFY:
		return advance_verify(cursor, ids, page, next_r);
	case CURSOR_WALK:
		return advance_walk(cursor, page, search, next_r);
	case CURSOR_BACK:
	case CURSOR_START:
		return advance_back(cursor, ids, page, search, next_r);
	default:
		return advance_forward(cursor, ids, page, next_r);
	}
}
