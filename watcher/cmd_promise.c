/*
 * cmd_promise.c - `amends promise`: what sent replies promised, and when that falls due.
 */
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "watcher/errand.h"
#include "watcher/table_text.h"

enum { PROMISES_MAX = 500 };

static struct json_object *promise_json(const void *data)
{
	const struct promise_row *row = data;
	struct json_object *object = json_object_new_object();

	if (object != NULL && json_add_int(object, "id", row->id) &&
	    json_add_int(object, "complaint", row->complaint_id) &&
	    json_add_str(object, "state", promise_state_name(row->state)) &&
	    json_add_str(object, "words", row->words) && json_add_str(object, "brand", row->brand) &&
	    json_add_str(object, "platform", row->platform) && json_add_str(object, "author", row->handle) &&
	    json_add_str(object, "by", row->by) && errand_add_time(object, "made_at", row->made_s) &&
	    errand_add_time(object, "aim_at", row->aim_s) && errand_add_time(object, "due_at", row->due_s) &&
	    errand_add_time(object, "ended_at", row->ended_s) && json_add_bool(object, "reminded", row->reminded) &&
	    json_add_str(object, "complaint_state", state_name(row->complaint_state)))
		return object;
	json_object_put(object);
	return NULL;
}

static void promises_print(const struct promise_row *rows, size_t count)
{
	if (count == 0) {
		puts("No promise.");
		return;
	}
	printf("%-10s %-17s %-11s %-20s %s\n", "complaint", "due (UTC)", "state", "customer", "promised");
	for (size_t i = 0; i < count; i++) {
		char due[CLOCK_TEXT_SIZE];

		clock_format(rows[i].due_s, due);
		due[10] = ' ';
		printf("%-10lld %-17.16s %-11s ", (long long)rows[i].complaint_id, due,
		       promise_state_name(rows[i].state));
		table_cell(rows[i].handle ? rows[i].handle : "?", 20);
		putchar(' ');
		table_last(rows[i].words, table_width() - 62 > 20 ? table_width() - 62 : 20);
		putchar('\n');
	}
}

static int promise_list(int argc, char **argv)
{
	static const struct option list[] = {
		ERRAND_COMMON, {"state", required_argument, NULL, 't'}, {NULL, 0, NULL, 0}};
	enum promise_state state = PROMISE_OPEN;
	struct promise_row *rows = NULL;
	struct errand_desk errand;
	struct error error = {0};
	size_t count = 0;
	const char *word;
	enum err err;
	int code;

	if (!errand_begin(argc, argv, list, false, &errand, &code))
		return code;
	word = errand.options.state;
	if (word != NULL && strcmp(word, "all") != 0 && !promise_state_from_name(word, &state))
		err = error_set(&error, ERR_INVALID, "--state is open, kept_early, kept, late, broken or all");
	else
		err = store_promise_list(errand.workspace.store, errand.arena,
					 word != NULL && strcmp(word, "all") == 0 ? -1 : (int)state, PROMISES_MAX,
					 &rows, &count, &error);
	if (err == ERR_OK && errand.options.json)
		err = errand_print(rows_to_json(rows, count, sizeof(*rows), promise_json), &error);
	else if (err == ERR_OK)
		promises_print(rows, count);
	return errand_finish(&errand, err, &error);
}

static int promise_keep(int argc, char **argv)
{
	static const struct option list[] = {ERRAND_COMMON, {NULL, 0, NULL, 0}};
	struct errand_desk errand;
	struct error error = {0};
	enum err err;
	int code;

	if (!errand_begin(argc, argv, list, true, &errand, &code))
		return code;
	err = queue_promise_kept(&errand.queue, &errand.actor, errand.options.id, &error);
	if (err == ERR_OK)
		printf("%lld: its promises are kept\n", (long long)errand.options.id);
	return errand_finish(&errand, err, &error);
}

static int run(int argc, char **argv)
{
	static const struct subcommand list[] = {{"list", promise_list}, {"keep", promise_keep}};

	return subcommand_run("promise", list, ARRAY_LEN(list), "list", argc, argv);
}

const struct command command_promise = {
	.name = "promise",
	.usage = "promise [list | keep COMPLAINT]",
	.summary = "What sent replies promised, and when it falls due",
	.help = "  list      open promises, the next due first; --state open|kept_early|kept|late|broken|all, --json\n"
		"  keep ID   what was promised in this complaint has been done, outside of a reply\n\n"
		"A promise is also kept by the next reply that goes out to the same complaint.\n\n"
		"example: amends promise keep 12\n",
	.run = run,
};
