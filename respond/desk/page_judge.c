/*
 * page_judge.c - "judge otherwise": a person says what a post is, and the complaint follows, and with it the draft that
 * nobody has changed. Corrections are labels from which the rules learn (`amends queue corrections | amends rules fit`).
 */
#include <stdlib.h>
#include <string.h>

#include "complaint_view.h"
#include "place.h"
#include "route.h"
#include "words.h"

#define NOTE_MAX 500
#define LIST_DEFAULT 100
#define LIST_MAX 500

/* "1" or 1 */
static bool read_number(const struct exchange *x, const char *name, int64_t max, int64_t *number_r)
{
	const char *text;
	char *end;
	long long value;

	if (x->json && json_object_is_type(json_get(x->json, name), json_type_int)) {
		value = json_int(x->json, name, -1);
	} else {
		text = exchange_field(x, name);
		if (!text || !*text)
			return false;
		value = strtoll(text, &end, 10);
		if (*end)
			return false;
	}
	if (value < 0 || value > max)
		return false;
	*number_r = value;
	return true;
}

static enum err read_correction(struct exchange *x, struct correction *correction, struct error *e_r)
{
	const char *class = exchange_field(x, "class"), *cause = exchange_field(x, "cause");
	const char *note = exchange_text(x, "note");
	int64_t urgency;

	if (!class || !class_from_name(class, &correction->class))
		return error_set(e_r, ERR_INVALID, "class: problem, vent, question, praise, not_ours or other");
	if (!cause || !cause_from_name(cause, &correction->cause))
		return error_set(e_r, ERR_INVALID, "cause: one of the causes, or none");
	if (!read_number(x, "urgency", 2, &urgency))
		return error_set(e_r, ERR_INVALID, "urgency: 0, 1 or 2");
	if (note && strlen(note) > NOTE_MAX)
		return error_set(e_r, ERR_INVALID, "the remark is longer than %d bytes: shorten it", NOTE_MAX);
	correction->urgency = (int)urgency;
	correction->note = note && note[strspn(note, " \t\n")] ? note : NULL;
	return ERR_OK;
}

enum err complaint_judge(struct exchange *x, struct error *e_r)
{
	struct queue queue = exchange_queue(x);
	struct actor actor = exchange_actor(x);
	struct correction correction = {0};
	struct complaint_row row;
	bool anew = false;
	enum err err = store_complaint_get(queue.store, x->arena, x->id, &row, e_r);

	if (err == ERR_NOT_FOUND)
		return error_set(e_r, err, "There is no complaint %lld", (long long)x->id);
	if (!err)
		err = read_correction(x, &correction, e_r);
	if (!err)
		err = queue_judge(&queue, &actor, x->id, &correction, &anew, e_r);
	if (err || x->api)
		return err ? err : complaint_show(x, e_r);
	x->location = place_done(x, anew ? "judge-anew" : "judge");
	return ERR_OK;
}

enum err corrections_list(struct exchange *x, struct error *e_r)
{
	struct json_object *list = json_object_new_array();
	const char *after = exchange_query(x, "after"), *limit = exchange_query(x, "limit");
	long long after_id = after ? strtoll(after, NULL, 10) : 0;
	long max = limit ? strtol(limit, NULL, 10) : LIST_DEFAULT;
	struct correction_row *rows;
	size_t count;
	enum err err;

	x->view = json_object_new_object();
	json_add(x->view, "corrections", list);
	if (after_id < 0 || max < 1 || max > LIST_MAX)
		return error_set(e_r, ERR_INVALID, "after: an id of the answer before; limit: 1 to %d", LIST_MAX);
	err = store_correction_list(x->desk->options.store, x->arena, after_id, (int)max, &rows, &count, e_r);
	for (size_t i = 0; !err && i < count; i++) {
		struct json_object *view = json_object_new_object();

		json_add_int(view, "id", rows[i].id);
		json_add_int(view, "complaint", rows[i].complaint_id);
		json_add_str(view, "platform", rows[i].platform);
		json_add_str(view, "post", rows[i].post_ext_id);
		json_add_str(view, "text", rows[i].text);
		json_add_str(view, "lang", rows[i].lang);
		json_add_str(view, "class", class_name(rows[i].class));
		json_add_str(view, "cause", cause_name(rows[i].cause));
		json_add_int(view, "urgency", rows[i].urgency);
		json_add_str(view, "note", rows[i].note);
		json_add_str(view, "by", rows[i].by);
		json_add_str(view, "at", time_text(x->arena, rows[i].at_s));
		json_object_array_add(list, view);
	}
	return err;
}
