/*
 * cmd_review.c - `amends review`: the sample of replies that one person let go, looked at by somebody else.
 */
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "watcher/errand.h"
#include "watcher/table_text.h"

enum { REVIEWS_MAX = 200 };

static struct json_object *review_json(const void *data)
{
	const struct review_row *row = data;
	struct json_object *object = json_object_new_object();

	if (object != NULL && json_add_int(object, "id", row->id) &&
	    json_add_int(object, "complaint", row->complaint_id) && errand_add_time(object, "approved_at", row->at_s) &&
	    json_add_str(object, "approved_by", row->approved_by) && json_add_str(object, "platform", row->platform) &&
	    json_add_str(object, "author", row->handle) && json_add_str(object, "text", row->text) &&
	    json_add_str(object, "reviewed_by", row->reviewed_by) &&
	    errand_add_time(object, "reviewed_at", row->reviewed_s) &&
	    (row->reviewed_by ? json_add_bool(object, "fine", row->fine) : json_add_str(object, "fine", NULL)) &&
	    json_add_str(object, "note", row->note))
		return object;
	json_object_put(object);
	return NULL;
}

static void reviews_print(const struct review_row *rows, size_t count)
{
	if (count == 0)
		puts("Nothing to look at.");
	for (size_t i = 0; i < count; i++) {
		const struct review_row *row = &rows[i];
		char when[CLOCK_TEXT_SIZE];

		clock_format(row->at_s, when);
		printf("%s%lld  complaint %lld, to %s on %s, approved by %s at %s\n", i ? "\n" : "", (long long)row->id,
		       (long long)row->complaint_id, row->handle ? row->handle : "?", row->platform, row->approved_by,
		       when);
		table_paragraph(row->text, 2);
		if (row->reviewed_by != NULL)
			printf("%s, says %s%s%s\n", row->fine ? "fine" : "not fine", row->reviewed_by,
			       row->note ? ": " : "", row->note ? row->note : "");
	}
}

static int review_list(int argc, char **argv)
{
	static const struct option list[] = {ERRAND_COMMON, {"done", no_argument, NULL, 'D'}, {NULL, 0, NULL, 0}};
	struct review_row *rows = NULL;
	struct errand_desk errand;
	struct error error = {0};
	size_t count = 0;
	enum err err;
	int code;

	if (!errand_begin(argc, argv, list, false, &errand, &code))
		return code;
	err = store_review_list(errand.workspace.store, errand.arena, errand.options.done, REVIEWS_MAX, &rows, &count,
				&error);
	if (err == ERR_OK && errand.options.json)
		err = errand_print(rows_to_json(rows, count, sizeof(*rows), review_json), &error);
	else if (err == ERR_OK)
		reviews_print(rows, count);
	return errand_finish(&errand, err, &error);
}

static int review_end(int argc, char **argv, bool fine)
{
	static const struct option list[] = {ERRAND_COMMON, {"note", required_argument, NULL, 'n'}, {NULL, 0, NULL, 0}};
	struct errand_desk errand;
	struct error error = {0};
	enum err err;
	int code;

	if (!errand_begin(argc, argv, list, true, &errand, &code))
		return code;
	err = queue_review(&errand.queue, &errand.actor, errand.options.id, fine, errand.options.note, &error);
	if (err == ERR_OK)
		printf("%lld: %s\n", (long long)errand.options.id, fine ? "fine" : "not fine");
	return errand_finish(&errand, err, &error);
}

static int review_fine(int argc, char **argv)
{
	return review_end(argc, argv, true);
}

static int review_not_fine(int argc, char **argv)
{
	return review_end(argc, argv, false);
}

static int run(int argc, char **argv)
{
	static const struct subcommand list[] = {
		{"list", review_list}, {"fine", review_fine}, {"not-fine", review_not_fine}};

	return subcommand_run("review", list, ARRAY_LEN(list), "list", argc, argv);
}

const struct command command_review = {
	.name = "review",
	.usage = "review [list | fine ID | not-fine ID --note TEXT]",
	.summary = "Look at a sample of the replies that one person approved",
	.help = "  list         those that wait, oldest first; --done: the latest looked at; --json\n"
		"  fine ID      [--note TEXT]\n"
		"  not-fine ID  --note TEXT, for whoever approved it to learn from\n\n"
		"Nobody reviews what they approved themselves. How many are sampled: `policy: sample:` in "
		"amends.yaml.\n\n"
		"example: amends review not-fine 3 --note \"Names no day.\"\n",
	.run = run,
};
