/*
 * cmd_source.c - `amends source list`: where posts come from, and how that goes.
 */
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "jsonio.h"
#include "program.h"
#include "watcher/table_text.h"

static struct json_object *source_json(const struct source_row *row)
{
	struct json_object *object = json_object_new_object();
	char when[CLOCK_TEXT_SIZE];

	clock_format(row->last_ok_s, when);
	json_add_int(object, "id", row->id);
	json_add_str(object, "key", row->key);
	json_add_str(object, "platform", row->platform);
	json_add_str(object, "brand", row->brand);
	json_add_str(object, "status", row->status);
	json_add_str(object, "why", row->why);
	json_add_int(object, "posts", row->posts);
	json_add_int(object, "failures", row->failures);
	json_add_str(object, "last_ok_at", row->last_ok_s ? when : NULL);
	return object;
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

static int list_print(const struct source_row *rows, size_t count, bool json)
{
	CLEANUP(json) struct json_object *list = NULL;

	if (json) {
		list = json_object_new_array();
		for (size_t i = 0; i < count; i++)
			json_object_array_add(list, source_json(&rows[i]));
		puts(json_object_to_json_string_ext(list, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
		return EXIT_DONE;
	}
	if (count == 0)
		puts("No source was polled yet: start `amends run`.");
	else
		printf("%-39s %-19s %-9s%8s  %-7s%s\n", "source", "brand", "status", "posts", "last", "trouble");
	for (size_t i = 0; i < count; i++)
		source_print(&rows[i], clock_now_s());
	return EXIT_DONE;
}

static int source_list(int argc, char **argv)
{
	static const struct option options[] = {{"config", required_argument, NULL, 'c'},
						{"store", required_argument, NULL, 's'},
						{"demo", no_argument, NULL, 'd'},
						{"json", no_argument, NULL, 'j'},
						{NULL, 0, NULL, 0}};
	struct workspace_options where = {0};
	struct workspace workspace;
	struct source_row *rows;
	struct error error = {0};
	bool json = false;
	size_t count;
	int option, code;

	while ((option = command_option(argc, argv, options, &code)) != -1) {
		if (option == OPTION_STOP)
			return code;
		where.config = option == 'c' ? optarg : where.config;
		where.store = option == 's' ? optarg : where.store;
		where.demo |= option == 'd';
		json |= option == 'j';
	}
	code = workspace_open(argv[0], &where, &workspace);
	if (code != EXIT_DONE)
		return code;
	if (store_source_list(workspace.store, workspace.arena, &rows, &count, &error) != ERR_OK)
		code = command_fail(argv[0], &error);
	else
		code = list_print(rows, count, json);
	workspace_close(&workspace);
	return code;
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
