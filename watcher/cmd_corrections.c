/*
 * cmd_corrections.c - `amends queue corrections`: what people judged otherwise, as labelled posts, one JSON object
 * a line, so that `amends rules fit` and `amends rules test` read them as they are.
 */
#include "watcher/cmd_corrections.h"

#include <stdio.h>

#include "jsonio.h"
#include "watcher/errand.h"

enum { PAGE_ROWS = 200 };

/* The words of labelled posts: problem, vent, or not a complaint, for the reason that the class names. */
static bool labels_add(struct json_object *labels, const struct correction_row *row)
{
	bool complaint = row->class == CLASS_PROBLEM || row->class == CLASS_VENT;

	if (!json_add_str(labels, "intent", complaint ? class_name(row->class) : "not_complaint") ||
	    !json_add_str(labels, "cause", cause_name(row->cause)) || !json_add_int(labels, "urgency", row->urgency))
		return false;
	return complaint || json_add_str(labels, "reason", class_name(row->class));
}

static enum err correction_print(const struct correction_row *row, struct error *e_r)
{
	CLEANUP(json) struct json_object *object = json_object_new_object();
	struct json_object *labels = json_object_new_object();

	if (object == NULL || labels == NULL || !json_add_str(object, "id", row->post_ext_id) ||
	    !json_add_str(object, "platform", row->platform) || !json_add_str(object, "text", row->text) ||
	    !json_add_str(object, "lang", row->lang) || !labels_add(labels, row)) {
		json_object_put(labels);
		return error_set(e_r, ERR_NOMEM, "out of memory");
	}
	if (!json_add(object, "labels", labels))
		return error_set(e_r, ERR_NOMEM, "out of memory");
	puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	return ERR_OK;
}

static enum err corrections_print(struct errand_desk *errand, struct error *e_r)
{
	struct correction_row *rows = NULL;
	int64_t after_id = 0;
	size_t count = 0;
	enum err err;

	do {
		arena_reset(errand->arena);
		err = store_correction_list(errand->workspace.store, errand->arena, after_id, PAGE_ROWS, &rows, &count,
					    e_r);
		for (size_t i = 0; err == ERR_OK && i < count; i++) {
			err = correction_print(&rows[i], e_r);
			after_id = rows[i].id;
		}
	} while (err == ERR_OK && count == PAGE_ROWS);
	return err;
}

int queue_corrections(int argc, char **argv)
{
	static const struct option list[] = {ERRAND_COMMON, {NULL, 0, NULL, 0}};
	struct errand_desk errand;
	struct error error = {0};
	int code;

	if (!errand_begin(argc, argv, list, false, &errand, &code))
		return code;
	return errand_finish(&errand, corrections_print(&errand, &error), &error);
}
