/*
 * frame.c - what stands around every page: what needs a person now, what is paused, and how much waits where.
 *
 * The page itself matters more than its frame: what cannot be read for it is left out.
 */
#include "frame.h"

#include <string.h>

#include "words.h"

#define COUNT_MAX 100 /* above: "99+" */

/* Sources that wait for a person: shown on every page, because nothing arrives until somebody acts. */
static void add_alerts(struct exchange *x, struct json_object *page)
{
	const struct source_row *first = NULL;
	struct source_row *rows;
	size_t count, needing = 0;

	if (store_source_list(x->desk->options.store, x->arena, &rows, &count, NULL))
		return;
	for (size_t i = 0; i < count; i++) {
		if (source_needs_person(&rows[i]) && needing++ == 0)
			first = &rows[i];
	}
	if (needing == 1 && strcmp(first->status, "auth") == 0)
		json_add_str(page, "alert",
			     arena_printf(x->arena,
					  "The token for %s is no longer accepted: nothing arrives from there, and no "
					  "reply leaves for it, until there is a new one. Other sources go on.",
					  first->key));
	else if (needing == 1)
		json_add_str(page, "alert",
			     arena_printf(x->arena,
					  "Source %s needs a person: nothing arrives from there until somebody acts.",
					  first->key));
	else if (needing > 1)
		json_add_str(page, "alert",
			     arena_printf(x->arena,
					  "%zu sources need a person: nothing arrives from there until somebody acts.",
					  needing));
}

static void add_pauses(struct exchange *x, struct json_object *page)
{
	struct json_object *list;
	struct pause_row *rows;
	size_t count;

	if (store_pause_list(x->desk->options.store, x->arena, &rows, &count, NULL) || count == 0)
		return;
	list = json_object_new_array();
	for (size_t i = 0; i < count; i++)
		json_object_array_add(list, json_object_new_string(arena_printf(
						    x->arena, "Sending is paused for %s, by %s since %s.",
						    rows[i].brand ? rows[i].brand : "all brands", rows[i].by,
						    moment_text(x->arena, rows[i].at_s, x->now_s))));
	json_add(page, "pauses", list);
	json_add_bool(page, "is_paused", true);
}

static void add_count(struct exchange *x, struct json_object *page, const char *name, int64_t count)
{
	if (count <= 0)
		return;
	json_add_str(page, name, count >= COUNT_MAX ? "99+" : arena_printf(x->arena, "%lld", (long long)count));
}

static void add_promise_count(struct exchange *x, struct json_object *page)
{
	struct promise_row *rows;
	size_t count;

	if (store_promise_list(x->desk->options.store, x->arena, PROMISE_OPEN, COUNT_MAX, &rows, &count, NULL))
		return;
	add_count(x, page, "promise_count", (int64_t)count);
	json_add_bool(page, "promise_overdue", count > 0 && rows[0].due_s < x->now_s); /* the first is due first */
}

static void add_counts(struct exchange *x, struct json_object *page)
{
	struct complaint_counts counts;
	struct review_row *reviews;
	size_t count;

	if (store_complaint_counts(x->desk->options.store, NULL, &counts, NULL) == ERR_OK)
		add_count(x, page, "queue_count", counts.state[STATE_OPEN] + counts.state[STATE_SUBMITTED]);
	add_promise_count(x, page);
	if (store_review_list(x->desk->options.store, x->arena, false, COUNT_MAX, &reviews, &count, NULL) == ERR_OK)
		add_count(x, page, "review_count", (int64_t)count);
}

void frame_add(struct exchange *x, struct json_object *page)
{
	add_alerts(x, page);
	add_pauses(x, page);
	add_counts(x, page);
}
