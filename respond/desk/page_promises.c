/*
 * page_promises.c - what was promised in public: open promises, the earliest first, and how earlier ones ended, by
 * week.
 */
#include <string.h>

#include "place.h"
#include "route.h"
#include "view.h"
#include "words.h"

#define OPEN_MAX 200
#define WEEKS_MAX 13
#define BAR_WIDTH 100

/* Words of the API beside the labels and colours of the page, in the order of the bars. */
static const struct {
	enum promise_state state;
	const char *label;
} endings[] = {
	{PROMISE_KEPT_EARLY, "Kept early"},
	{PROMISE_KEPT, "Kept"},
	{PROMISE_LATE, "Late"},
	{PROMISE_BROKEN, "Broken"},
};

/* ---- the open ones ---- */

static struct json_object *promise_view(struct exchange *x, const struct promise_row *row)
{
	struct json_object *view = json_object_new_object();

	json_add_int(view, "id", row->id);
	json_add_int(view, "complaint", row->complaint_id);
	json_add_str(view, "brand", row->brand);
	json_add_str(view, "platform", row->platform);
	json_add_str(view, "handle", row->handle);
	json_add_str(view, "words", row->words);
	json_add_str(view, "by", row->by);
	json_add_str(view, "made_at", time_text(x->arena, row->made_s));
	json_add_str(view, "aim_at", time_text(x->arena, row->aim_s));
	json_add_str(view, "due_at", time_text(x->arena, row->due_s));
	json_add_bool(view, "overdue", row->due_s < x->now_s);
	json_add_str(view, "complaint_state", state_name(row->complaint_state));
	if (x->api)
		return view;
	json_add_str(view, "platform_label", platform_label(row->platform));
	json_add_str(view, "due", moment_text(x->arena, row->due_s, x->now_s));
	json_add_str(view, "made_age", age_text(x->arena, row->made_s, x->now_s));
	json_add_str(view, "left", span_text(x->arena, row->due_s - x->now_s));
	json_add_bool(view, "near", row->due_s >= x->now_s && row->aim_s < x->now_s);
	json_add_str(view, "state_label", state_label(row->complaint_state));
	return view;
}

static enum err add_open(struct exchange *x, struct error *e_r)
{
	struct json_object *list = json_object_new_array();
	struct promise_row *rows;
	size_t count, overdue = 0;
	enum err err;

	json_add(x->view, "open", list);
	err = store_promise_list(x->desk->options.store, x->arena, PROMISE_OPEN, OPEN_MAX, &rows, &count, e_r);
	if (err)
		return err;
	for (size_t i = 0; i < count; i++) {
		overdue += rows[i].due_s < x->now_s;
		json_object_array_add(list, promise_view(x, &rows[i]));
	}
	if (!x->api) {
		json_add_bool(view_page(x), "none", count == 0);
		if (overdue > 0)
			json_add_str(view_page(x), "overdue",
				     overdue == 1 ? "One promise is overdue."
						  : arena_printf(x->arena, "%zu promises are overdue.", overdue));
	}
	return ERR_OK;
}

/* ---- how they ended ---- */

/* A stacked bar of the week, drawn by the server: positions in hundredths of the widest week. */
static struct json_object *bars_view(struct exchange *x, const struct promise_week *week, int64_t widest)
{
	struct json_object *list = json_object_new_array();
	int64_t before = 0;

	for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
		int64_t count = week->state[endings[i].state];
		struct json_object *bar;

		if (count == 0 || widest == 0)
			continue;
		bar = json_object_new_object();
		json_add_str(bar, "word", promise_state_name(endings[i].state));
		json_add_str(bar, "x", arena_printf(x->arena, "%.2f", (double)before * BAR_WIDTH / (double)widest));
		json_add_str(bar, "width", arena_printf(x->arena, "%.2f", (double)count * BAR_WIDTH / (double)widest));
		json_object_array_add(list, bar);
		before += count;
	}
	return list;
}

static struct json_object *week_view(struct exchange *x, const struct promise_week *week, int64_t widest)
{
	struct json_object *view = json_object_new_object();

	json_add_str(view, "week", time_text(x->arena, week->week_s));
	for (int s = 0; s < PROMISE_STATE_COUNT; s++)
		json_add_int(view, promise_state_name((enum promise_state)s), week->state[s]);
	if (!x->api) {
		json_add_str(view, "label", day_text(x->arena, week->week_s));
		json_add(view, "bars", bars_view(x, week, widest));
	}
	return view;
}

static enum err add_weeks(struct exchange *x, struct error *e_r)
{
	struct json_object *list = json_object_new_array();
	struct promise_week *rows;
	int64_t widest = 0;
	size_t count;
	enum err err;

	json_add(x->view, "weeks", list);
	err = store_promise_weeks(x->desk->options.store, x->arena, WEEKS_MAX, &rows, &count, e_r);
	if (err)
		return err;
	for (size_t i = 0; i < count; i++) {
		int64_t all = 0;

		for (size_t k = 0; k < ARRAY_LEN(endings); k++)
			all += rows[i].state[endings[k].state];
		widest = all > widest ? all : widest;
	}
	for (size_t i = 0; i < count; i++)
		json_object_array_add(list, week_view(x, &rows[i], widest));
	if (!x->api)
		json_add_bool(view_page(x), "has_weeks", count > 0);
	return ERR_OK;
}

/* ---- handlers ---- */

enum err promises_list(struct exchange *x, struct error *e_r)
{
	const char *done = x->api ? NULL : done_take(x);
	enum err err;

	x->view = json_object_new_object();
	if (!x->api) {
		json_add_str(view_page(x), "title", "Promises");
		if (done && strcmp(done, "kept") == 0)
			json_add_str(view_page(x), "done", "Marked as kept.");
	}
	err = add_open(x, e_r);
	return err ? err : add_weeks(x, e_r);
}

enum err promise_keep(struct exchange *x, struct error *e_r)
{
	struct queue queue = exchange_queue(x);
	struct actor actor = exchange_actor(x);
	const char *from = exchange_field(x, "from");
	struct error error = {0};
	enum err err = queue_promise_kept(&queue, &actor, x->id, &error);

	if (err == ERR_OK && x->api)
		return promises_list(x, e_r);
	if (err == ERR_OK) {
		x->location = from && strcmp(from, "complaint") == 0 ? place_done(x, "kept")
								     : done_link(x, "/promises", "kept");
		return ERR_OK;
	}
	if (x->api || err != ERR_CONFLICT)
		return error_set(e_r, err, "%s", error.text);
	x->status = exchange_status(err);
	json_add_str(view_page(x), "problem",
		     "That promise is no longer open: somebody was faster, or a reply kept it");
	return promises_list(x, e_r);
}
