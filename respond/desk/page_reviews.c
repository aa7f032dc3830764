/*
 * page_reviews.c - the sample of replies that one person let go, looked at afterwards by somebody else.
 */
#include <string.h>

#include "route.h"
#include "view.h"
#include "words.h"

#define WAITING_MAX 100
#define DONE_MAX 20

static struct json_object *review_view(struct exchange *x, const struct review_row *row)
{
	struct json_object *view = json_object_new_object();
	bool own = strcmp(row->approved_by, x->session.user.name) == 0 || row->approver_id == x->session.user.id;

	json_add_int(view, "id", row->id);
	json_add_int(view, "complaint", row->complaint_id);
	json_add_str(view, "platform", row->platform);
	json_add_str(view, "handle", row->handle);
	json_add_str(view, "text", row->text);
	json_add_str(view, "approved_by", row->approved_by);
	json_add_str(view, "approved_at", time_text(x->arena, row->at_s));
	json_add_bool(view, "own", own);
	json_add_str(view, "reviewed_by", row->reviewed_by);
	json_add_str(view, "reviewed_at", time_text(x->arena, row->reviewed_s));
	json_add(view, "fine", row->reviewed_by ? json_object_new_boolean(row->fine) : NULL);
	json_add_str(view, "note", row->note);
	if (x->api)
		return view;
	json_add_str(view, "platform_label", platform_label(row->platform));
	json_add_str(view, "approved_age", age_text(x->arena, row->at_s, x->now_s));
	json_add_str(view, "reviewed_age", age_text(x->arena, row->reviewed_s, x->now_s));
	json_add_bool(view, "may", exchange_may(x, ROLE_APPROVER) && !own);
	json_add_bool(view, "is_fine", row->reviewed_by && row->fine);
	return view;
}

static enum err add_list(struct exchange *x, const char *name, bool done, int limit, struct error *e_r)
{
	struct json_object *list = json_object_new_array();
	struct review_row *rows;
	size_t count;
	enum err err;

	json_add(x->view, name, list);
	err = store_review_list(x->desk->options.store, x->arena, done, limit, &rows, &count, e_r);
	for (size_t i = 0; !err && i < count; i++)
		json_object_array_add(list, review_view(x, &rows[i]));
	if (!err && !x->api)
		json_add_bool(view_page(x), done ? "has_done" : "has_waiting", count > 0);
	return err;
}

enum err reviews_list(struct exchange *x, struct error *e_r)
{
	const char *done = x->api ? NULL : done_take(x);
	enum err err;

	x->view = json_object_new_object();
	if (!x->api) {
		json_add_str(view_page(x), "title", "Reviews");
		json_add_bool(view_page(x), "sampled", x->desk->options.settings->policy.sample > 1);
		json_add_str(view_page(x), "sample",
			     arena_printf(x->arena, "%d", x->desk->options.settings->policy.sample));
		if (done && strcmp(done, "reviewed") == 0)
			json_add_str(view_page(x), "done_sentence", "Kept: whoever approved it can read it here.");
	}
	err = add_list(x, "waiting", false, WAITING_MAX, e_r);
	return err ? err : add_list(x, "done", true, DONE_MAX, e_r);
}

/* A problem with what was asked: the list again, with the sentence and the note that was typed. */
static enum err review_problem(struct exchange *x, enum err problem, const char *sentence, struct error *e_r)
{
	struct json_object *page = view_page(x), *list;
	enum err err;

	x->status = exchange_status(problem);
	json_add_str(page, "problem", sentence_text(x->arena, sentence));
	err = reviews_list(x, e_r);
	list = err ? NULL : json_get(x->view, "waiting");
	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		struct json_object *view = json_object_array_get_idx(list, i);

		if (json_int(view, "id", 0) == x->id)
			json_add_str(view, "typed", exchange_text(x, "note"));
	}
	return err;
}

enum err review_end(struct exchange *x, struct error *e_r)
{
	struct queue queue = exchange_queue(x);
	struct actor actor = exchange_actor(x);
	struct error error = {0};
	enum err err;

	if (x->json ? !json_get(x->json, "fine") : !exchange_field(x, "fine"))
		return error_set(e_r, ERR_INVALID, "fine is missing: true or false");
	err = queue_review(&queue, &actor, x->id, exchange_flag(x, "fine"), exchange_text(x, "note"), &error);
	if (err == ERR_OK && x->api)
		return reviews_list(x, e_r);
	if (err == ERR_OK) {
		x->location = done_link(x, "/reviews", "reviewed");
		return ERR_OK;
	}
	if (!x->api && (err == ERR_CONFLICT || err == ERR_INVALID || err == ERR_FORBIDDEN))
		return review_problem(x, err, error.text, e_r);
	return error_set(e_r, err, "%s", error.text);
}
