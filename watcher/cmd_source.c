/*
 * cmd_source.c - `amends source list`: where posts come from, and how that goes.
 */
#include <stdio.h>

#include "clock.h"
#include "watcher/errand.h"
#include "watcher/table_text.h"

static struct json_object *source_json(const void *data)
{
	const struct source_row *row = data;
	struct json_object *object = json_object_new_object();

	if (object != NULL && json_add_int(object, "id", row->id) && json_add_str(object, "key", row->key) &&
	    json_add_str(object, "platform", row->platform) && json_add_str(object, "brand", row->brand) &&
	    json_add_str(object, "status", row->status) && json_add_str(object, "why", row->why) &&
	    json_add_int(object, "posts", row->posts) && json_add_int(object, "failures", row->failures) &&
	    errand_add_time(object, "last_ok_at", row->last_ok_s))
		return object;
	json_object_put(object);
	return NULL;
}

static void source_print(const struct source_row *row, int64_t now_s)
{
	char age[16] = "never";

	if (row->last_ok_s != 0)
		table_age(row->last_ok_s, now_s, age, sizeof(age));
	table_cell(row->key, 39);
	putchar(' ');
	table_cell(row->brand, 19);
	printf(" %-9s%8lld  %-7s", row->status ? row->status : "", (long long)row->posts, age);
	table_last(row->why, table_width() - 86 > 20 ? table_width() - 86 : 20);
	putchar('\n');
}

static void sources_print(const struct source_row *rows, size_t count)
{
	if (count == 0)
		puts("No source was polled yet: start `amends run`.");
	else
		printf("%-39s %-19s %-9s%8s  %-7s%s\n", "source", "brand", "status", "posts", "last", "trouble");
	for (size_t i = 0; i < count; i++)
		source_print(&rows[i], clock_now_s());
}

static int source_list(int argc, char **argv)
{
	static const struct option list[] = {ERRAND_COMMON, {NULL, 0, NULL, 0}};
	struct source_row *rows = NULL;
	struct errand_desk errand;
	struct error error = {0};
	size_t count = 0;
	enum err err;
	int code;

	if (!errand_begin(argc, argv, list, false, &errand, &code))
		return code;
	err = store_source_list(errand.workspace.store, errand.arena, &rows, &count, &error);
	if (err == ERR_OK && errand.options.json)
		err = errand_print(rows_to_json(rows, count, sizeof(*rows), source_json), &error);
	else if (err == ERR_OK)
		sources_print(rows, count);
	return errand_finish(&errand, err, &error);
}

static int run(int argc, char **argv)
{
	static const struct subcommand list[] = {{"list", source_list}};

	return subcommand_run("source", list, ARRAY_LEN(list), "list", argc, argv);
}

const struct command command_source = {
	.name = "source",
	.usage = "source [list] [--json]",
	.summary = "Where posts come from, and how that goes",
	.help = "  list     each source with its state, posts stored, and trouble\n"
		"  --json   for scripts\n\n"
		"Sources are added in amends.yaml; then `amends reload`.\n",
	.run = run,
};
