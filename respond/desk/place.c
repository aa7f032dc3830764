/*
 * place.c - the way back to a list, and on to its next complaint. See place.h.
 */
#include "place.h"

#include <stdlib.h>
#include <string.h>

#include "done.h"
#include "view.h"

/* As the address says; a filter that is not understood is no list. */
static struct list_filter place_filter(const struct exchange *x)
{
	struct list_filter filter;

	return list_filter_read(x, &filter, NULL) ? list_filter_open() : filter;
}

/* What the list sorted this complaint by, 0 or more; -1: the address does not say. */
static int64_t place_key(const struct exchange *x)
{
	const char *at = exchange_query(x, "at");
	size_t len = at ? strlen(at) : 0;

	return len > 0 && len <= 18 && strspn(at, "0123456789") == len ? strtoll(at, NULL, 10) : -1;
}

/* The query of a complaint's address in the list. */
static const char *place_query(struct exchange *x, const struct list_filter *filter, int64_t key)
{
	const char *text;
	struct buf link;

	buf_init(&link, LIST_LINK_MAX);
	list_filter_put(&link, filter);
	list_filter_put_field(&link, "after", filter->after);
	if (key >= 0)
		list_filter_put_field(&link, "at", arena_printf(x->arena, "%lld", (long long)key));
	text = link.failed ? "" : arena_strdup(x->arena, buf_text(&link));
	buf_done(&link);
	return text;
}

const char *place_link(struct exchange *x, const struct list_filter *filter, const struct complaint_row *row)
{
	return arena_printf(x->arena, "/complaints/%lld%s", (long long)row->id,
			    place_query(x, filter, complaint_order_key(row, filter->query.order)));
}

/* The row that comes after this one in the list: what a person turns to next, without a detour. */
static void add_next(struct exchange *x, const struct list_filter *filter, int64_t key, const struct complaint_row *row,
		     struct json_object *page)
{
	struct complaint_query query = filter->query;
	struct complaint_row *rows;
	size_t count;

	query.after_id = row->id;
	query.after_key = key;
	query.limit = 2; /* it may have sunk and come itself */
	if (store_complaint_list(x->desk->options.store, x->arena, &query, &rows, &count, NULL))
		return; /* a comfort only */
	for (size_t i = 0; i < count; i++) {
		if (rows[i].id == row->id)
			continue;
		json_add_str(page, "next_href", place_link(x, filter, &rows[i]));
		return;
	}
}

/* Back to the page of the list that it was on, and on that to its row. */
static void add_back(struct exchange *x, const struct list_filter *filter, const struct complaint_row *row,
		     struct json_object *page)
{
	const char *words = list_filter_words(x->arena, filter);

	json_add_str(page, "back_href",
		     arena_printf(x->arena, "/%s#c%lld", place_query(x, filter, -1), (long long)row->id));
	if (*words)
		json_add_str(page, "back_words", words);
}

void place_add(struct exchange *x, const struct complaint_row *row, struct json_object *page)
{
	struct list_filter filter = place_filter(x);
	int64_t key = place_key(x);

	json_add_str(page, "place", place_query(x, &filter, key));
	add_back(x, &filter, row, page);
	add_next(x, &filter, key < 0 ? complaint_order_key(row, filter.query.order) : key, row, page);
}

const char *place_done(struct exchange *x, const char *word)
{
	struct list_filter filter = place_filter(x);
	const char *path =
		arena_printf(x->arena, "/complaints/%lld%s", (long long)x->id, place_query(x, &filter, place_key(x)));

	return path ? done_link(x, path, word) : NULL;
}
