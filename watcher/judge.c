/*
 * judge.c - opens what judges posts, without a store.
 */
#include "watcher/judge.h"

#include <stdio.h>

#define SETTINGS_ARENA_MAX ((size_t)64 << 20)

/* No rules, no templates: every post gets the same verdict: nothing is likely without evidence. */
static enum err load_nothing(struct toolkit *toolkit, struct error *e_r)
{
	struct rules_builder *builder = rules_builder_new();
	enum err err = builder ? ERR_OK : error_set(e_r, ERR_NOMEM, "out of memory");

	if (err == ERR_OK)
		err = scores_parse("no rules", "{}", 2, &toolkit->scores, e_r);
	if (err == ERR_OK)
		err = rules_compile(builder, &toolkit->rules, e_r);
	rules_builder_free(&builder);
	return err;
}

/* What is opened; each more than the one before. */
enum parts { PARTS_NONE, PARTS_RULES, PARTS_CLASSIFIER, PARTS_ALL };

static enum err load(const char *config, const char *rules_dir, enum parts parts, struct judge *judge,
		     struct error *e_r)
{
	enum err err = ERR_OK;

	judge->settings = (struct settings){.thresholds = thresholds_default};
	judge->settings_arena = arena_new(SETTINGS_ARENA_MAX);
	if (judge->settings_arena == NULL)
		return error_set(e_r, ERR_NOMEM, "out of memory");
	if (config != NULL)
		err = settings_load(judge->settings_arena, config, 0, &judge->settings, e_r);
	if (err != ERR_OK)
		return err;
	if (parts == PARTS_NONE)
		err = load_nothing(&judge->toolkit, e_r);
	else if (rules_dir != NULL)
		err = toolkit_load_rules(rules_dir, &judge->toolkit, e_r);
	else if (parts == PARTS_ALL)
		err = toolkit_load(&judge->settings, &judge->toolkit, e_r);
	else
		err = toolkit_load_judging(&judge->settings, &judge->toolkit, e_r);
	if (err != ERR_OK)
		return err;
	if (parts < PARTS_CLASSIFIER)
		return ERR_OK;
	judge->classifier = judge_classifier(judge);
	return judge->classifier ? ERR_OK : error_set(e_r, ERR_NOMEM, "out of memory");
}

static int open_by(const char *command, const char *config, const char *rules_dir, enum parts parts,
		   struct judge *judge_r)
{
	struct judge judge = {0};
	struct error error = {0};
	enum err err = load(config, rules_dir, parts, &judge, &error);

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

int judge_open(const char *command, const char *config, const char *rules_dir, struct judge *judge_r)
{
	return open_by(command, config, rules_dir, PARTS_CLASSIFIER, judge_r);
}

int judge_open_rules(const char *command, const char *config, const char *rules_dir, struct judge *judge_r)
{
	return open_by(command, config, rules_dir, PARTS_RULES, judge_r);
}

int judge_open_whole(const char *command, const char *config, const char *rules_dir, struct judge *judge_r)
{
	return open_by(command, config, rules_dir, PARTS_ALL, judge_r);
}

int judge_open_empty(const char *command, const char *config, struct judge *judge_r)
{
	return open_by(command, config, NULL, PARTS_NONE, judge_r);
}

int judge_complete(const char *command, struct judge *judge)
{
	struct error error = {0};
	enum err err = ruleset_complete(judge->toolkit.rules, &error);

	if (err == ERR_OK && judge->toolkit.tone_rules)
		err = ruleset_complete(judge->toolkit.tone_rules, &error);
	if (err == ERR_OK && judge->toolkit.offer_rules)
		err = ruleset_complete(judge->toolkit.offer_rules, &error);
	if (err == ERR_OK)
		return EXIT_DONE;
	judge_close(judge);
	if (err != ERR_INVALID)
		return command_fail(command, &error);
	fprintf(stderr, "%s\n", error.text); /* begins with file and line */
	return EXIT_USAGE;
}

struct classifier *judge_classifier(const struct judge *judge)
{
	return classifier_new(judge->toolkit.rules, &judge->toolkit.scores, &judge->settings.thresholds);
}

void judge_close(struct judge *judge)
{
	classifier_free(&judge->classifier);
	toolkit_free(&judge->toolkit);
	arena_free(&judge->settings_arena);
}
