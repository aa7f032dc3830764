/*
 * page_sources.c - where posts come from, and whether they do.
 */
#include <string.h>

#include "route.h"
#include "view.h"
#include "words.h"

static const char *status_label(const struct source_row *row)
{
	static const char *const words[][2] = {
		{"new", "Not polled yet"}, {"ok", "Working"},          {"waiting", "Waiting"},
		{"failing", "Failing"},    {"auth", "Needs a person"}, {"off", "Off"},
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (strcmp(words[i][0], row->status) == 0)
			return words[i][1];
	}
	return row->status;
}

/* What a person has to do; NULL: nothing. */
static const char *source_todo(const struct source_row *row)
{
	if (strcmp(row->status, "auth") == 0)
		return "Make a new token there and put it where amends.yaml names it (token_env or token_file), then "
		       "restart amends. The other sources go on meanwhile.";
	return source_needs_person(row) ? "It is tried again by itself; if it stays so, look at the server and at "
					  "this source in amends.yaml."
					: NULL;
}

static struct json_object *source_view(struct exchange *x, const struct source_row *row)
{
	struct json_object *view = json_object_new_object();

	json_add_str(view, "key", row->key);
	json_add_str(view, "platform", row->platform);
	json_add_str(view, "brand", row->brand);
	json_add_str(view, "status", row->status);
	json_add_str(view, "why", row->why);
	json_add_bool(view, "needs_person", source_needs_person(row));
	json_add_str(view, "todo", source_todo(row));
	json_add_str(view, "started_at", time_text(x->arena, row->started_s));
	json_add_str(view, "last_ok_at", time_text(x->arena, row->last_ok_s));
	json_add_str(view, "next_at", time_text(x->arena, row->next_s));
	json_add_int(view, "posts", row->posts);
	json_add_int(view, "failures", row->failures);
	if (x->api)
		return view;
	json_add_str(view, "platform_label", platform_label(row->platform));
	json_add_str(view, "status_label", status_label(row));
	json_add_str(view, "failures_text",
		     row->failures == 1 ? "1 failure" : arena_printf(x->arena, "%d failures", row->failures));
	json_add_str(view, "last_ok_age", age_text(x->arena, row->last_ok_s, x->now_s));
	return view;
}

enum err sources_list(struct exchange *x, struct error *e_r)
{
	struct json_object *list = json_object_new_array();
	struct source_row *rows;
	size_t count;
	enum err err = store_source_list(x->desk->options.store, x->arena, &rows, &count, e_r);

	x->view = json_object_new_object();
	json_add(x->view, "sources", list);
	if (err)
		return err;
	for (size_t i = 0; i < count; i++)
		json_object_array_add(list, source_view(x, &rows[i]));
	if (!x->api) {
		json_add_str(view_page(x), "title", "Sources");
		json_add_bool(view_page(x), "none", count == 0);
	}
	return ERR_OK;
}
