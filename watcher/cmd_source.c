/*
 * cmd_source.c - `amends source list`: where posts come from, and how that goes.
 */
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "platform.h"
#include "watcher/errand.h"
#include "watcher/table_text.h"

#define NOT_POLLED "not polled yet"

static bool is_among(const struct source_row *rows, size_t count, const char *key)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(rows[i].key, key) == 0)
			return true;
	return false;
}

/* The rows of the store, then the configured sources that have none; in the arena. */
static enum err sources_all(struct errand_desk *errand, struct source_row **rows_r, size_t *count_r, struct error *e_r)
{
	const struct settings *settings = &errand->workspace.settings;
	struct source_row *stored = NULL, *rows;
	size_t count = 0, all;
	enum err err = store_source_list(errand->workspace.store, errand->arena, &stored, &count, e_r);

	if (err != ERR_OK)
		return err;
	rows = arena_array(errand->arena, count + settings->source_count + 1, sizeof(*rows));
	if (rows == NULL)
		return error_set(e_r, ERR_NOMEM, "out of memory");
	for (all = 0; all < count; all++) {
		rows[all] = stored[all];
		if (rows[all].why == NULL && rows[all].status != NULL && strcmp(rows[all].status, "new") == 0)
			rows[all].why = NOT_POLLED;
	}
	for (size_t i = 0; i < settings->source_count; i++) {
		const struct source_spec *spec = &settings->sources[i];

		if (!is_among(stored, count, spec->key))
			rows[all++] = (struct source_row){.key = spec->key,
							  .platform = spec->platform,
							  .brand = spec->brand,
							  .status = "new",
							  .why = NOT_POLLED};
	}
	*rows_r = rows;
	*count_r = all;
	return ERR_OK;
}

/* No id: the store does not know it yet. */
static bool add_id(struct json_object *object, int64_t id)
{
	return id != 0 ? json_add_int(object, "id", id) : json_add_str(object, "id", NULL);
}

static struct json_object *source_json(const void *data)
{
	const struct source_row *row = data;
	struct json_object *object = json_object_new_object();

	if (object != NULL && add_id(object, row->id) && json_add_str(object, "key", row->key) &&
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
		puts("No source yet: add one under `sources` in amends.yaml (amends --help-config).");
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
	err = sources_all(&errand, &rows, &count, &error);
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
