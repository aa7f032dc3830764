/*
 * cmd_pause.c - `amends pause` and `amends resume`: all sending stops, in every process, with the commit; and goes on.
 */
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "watcher/errand.h"

static const struct option pause_options[] = {
	ERRAND_COMMON, {"brand", required_argument, NULL, 'b'}, {"list", no_argument, NULL, 'l'}, {NULL, 0, NULL, 0}};

/* The brand's id, 0 for all of them. */
static enum err brand_find(struct errand_desk *errand, int64_t *brand_id_r, struct error *e_r)
{
	const char *name = errand->options.brand;

	*brand_id_r = 0;
	if (name == NULL)
		return ERR_OK;
	if (settings_brand(&errand->workspace.settings, name) == NULL)
		return error_set(e_r, ERR_INVALID, "there is no brand \"%.60s\" in the configuration", name);
	return store_brand_put(errand->workspace.store, name, brand_id_r, e_r);
}

static struct json_object *pause_json(const void *data)
{
	const struct pause_row *row = data;
	struct json_object *object = json_object_new_object();

	if (object != NULL && json_add_str(object, "brand", row->brand) && json_add_str(object, "by", row->by) &&
	    errand_add_time(object, "at", row->at_s))
		return object;
	json_object_put(object);
	return NULL;
}

static enum err pauses_print(struct errand_desk *errand, struct error *e_r)
{
	struct pause_row *rows = NULL;
	size_t count = 0;
	enum err err = store_pause_list(errand->workspace.store, errand->arena, &rows, &count, e_r);

	if (err != ERR_OK)
		return err;
	if (errand->options.json)
		return errand_print(rows_to_json(rows, count, sizeof(*rows), pause_json), e_r);
	if (count == 0)
		puts("Sending goes on.");
	for (size_t i = 0; i < count; i++) {
		char when[CLOCK_TEXT_SIZE];

		clock_format(rows[i].at_s, when);
		printf("Sending is paused for %s, by %s since %s. Approved replies wait (amends resume).\n",
		       rows[i].brand ? rows[i].brand : "all brands", rows[i].by, when);
	}
	return ERR_OK;
}

static int pause_run(int argc, char **argv, bool on)
{
	struct errand_desk errand;
	struct error error = {0};
	int64_t brand_id = 0;
	enum err err = ERR_OK;
	int code;

	if (!errand_begin(argc, argv, pause_options, false, &errand, &code))
		return code;
	if (!errand.options.list) {
		err = brand_find(&errand, &brand_id, &error);
		if (err == ERR_OK)
			err = queue_pause(&errand.queue, &errand.actor, brand_id, on, &error);
	}
	if (err == ERR_OK)
		err = pauses_print(&errand, &error);
	return errand_finish(&errand, err, &error);
}

static int run_pause(int argc, char **argv)
{
	return pause_run(argc, argv, true);
}

static int run_resume(int argc, char **argv)
{
	return pause_run(argc, argv, false);
}

#define PAUSE_HELP                                                                                                     \
	"  --brand B      of this brand only; otherwise of all. A brand's own pause stays when that of all ends\n"     \
	"  --list         changes nothing, tells what is paused\n"                                                     \
	"  --json         for scripts\n"

const struct command command_pause = {
	.name = "pause",
	.usage = "pause [--brand B] [--list]",
	.summary = "Stop all sending at once; approved replies wait",
	.help = "In force in every running process as soon as it returns: no further reply begins to leave. What may\n"
		"already have left is still looked for at the platform.\n\n" PAUSE_HELP
		"\nexample: amends pause --brand Acme\n",
	.run = run_pause,
};

const struct command command_resume = {
	.name = "resume",
	.usage = "resume [--brand B] [--list]",
	.summary = "Let sending go on after a pause",
	.help = PAUSE_HELP "\nexample: amends resume --brand Acme\n",
	.run = run_resume,
};
