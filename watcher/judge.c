/*
 * judge.c - opens what judges posts, without a store.
 */
#include "watcher/judge.h"

#include <stdio.h>

#define SETTINGS_ARENA_MAX ((size_t)64 << 20)

static enum err load(const char *config, const char *rules_dir, struct judge *judge, struct error *e_r)
{
	struct settings settings = {.thresholds = thresholds_default};
	enum err err = ERR_OK;

	judge->settings_arena = arena_new(SETTINGS_ARENA_MAX);
	if (judge->settings_arena == NULL)
		return error_set(e_r, ERR_NOMEM, "out of memory");
	if (config != NULL)
		err = settings_load(judge->settings_arena, config, 0, &settings, e_r);
	if (err == ERR_OK && rules_dir != NULL)
		err = toolkit_load_rules(rules_dir, &judge->toolkit, e_r);
	else if (err == ERR_OK)
		err = toolkit_load(&settings, &judge->toolkit, e_r);
	if (err != ERR_OK)
		return err;
	judge->classifier = classifier_new(judge->toolkit.rules, &judge->toolkit.scores, &settings.thresholds);
	return judge->classifier ? ERR_OK : error_set(e_r, ERR_NOMEM, "out of memory");
}

int judge_open(const char *command, const char *config, const char *rules_dir, struct judge *judge_r)
{
	struct judge judge = {0};
	struct error error = {0};
	enum err err = load(config, rules_dir, &judge, &error);

	if (err == ERR_OK) {
		*judge_r = judge;
		return EXIT_DONE;
	}
	judge_close(&judge);
	if (err != ERR_INVALID)
		return command_fail(command, &error);
	fprintf(stderr, "%s\n", error.text); /* begins with file and line */
	return EXIT_USAGE;
}

void judge_close(struct judge *judge)
{
	classifier_free(&judge->classifier);
	toolkit_free(&judge->toolkit);
	arena_free(&judge->settings_arena);
}
