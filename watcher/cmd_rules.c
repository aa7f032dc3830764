/*
 * cmd_rules.c - `amends rules`: validate, list, and measure rules.
 */
#include <stdio.h>
#include <string.h>

#include "jsonio.h"
#include "watcher/cmd_rules.h"
#include "watcher/cmd_rules_fit.h"
#include "watcher/judge.h"

static const char *lane_name(enum rule_lane lane)
{
	return lane == LANE_ANCHORED ? "anchored" : lane == LANE_GATED ? "gated" : "slow";
}

/* ---- check ---- */

struct check_count {
	size_t errors, notes;
};

static void report_finding(void *ctx, const struct rule *rule, bool is_error, const char *sentence)
{
	struct check_count *count = ctx;

	printf("%s:%d: %s%s: %s\n", rule->file, rule->line, is_error ? "" : "note: ", rule->id, sentence);
	if (is_error)
		count->errors++;
	else
		count->notes++;
}

static void report_remark(void *ctx, const char *sentence)
{
	struct check_count *count = ctx;

	printf("note: %s\n", sentence);
	count->notes++;
}

static size_t slow_rules(const struct ruleset *set)
{
	size_t slow = 0;

	for (size_t i = 0; i < ruleset_count(set); i++)
		if (ruleset_at(set, i)->lane == LANE_SLOW && !ruleset_at(set, i)->disabled)
			slow++;
	return slow;
}

int rules_open(const char *command, const char *config, const char *dir, struct judge *judge)
{
	struct brand brand = {.rules_dir = dir};
	const struct settings made_up = {.brands = &brand, .brand_count = 1};
	struct error error = {0};
	int code = judge_open_whole(command, config, dir, judge);

	if (code != EXIT_DONE)
		return code;
	switch (toolkit_load_offers(dir != NULL ? &made_up : &judge->settings, &judge->toolkit, &error)) {
	case ERR_OK:
		return judge_complete(command, judge);
	case ERR_INVALID:
		fprintf(stderr, "%s\n", error.text); /* begins with file and line */
		code = EXIT_USAGE;
		break;
	default:
		code = command_fail(command, &error);
	}
	judge_close(judge);
	return code;
}

static int rules_check(int argc, char **argv)
{
	static const struct option options[] = {{NULL, 0, NULL, 0}};
	struct check_count count = {0};
	struct judge judge;
	int code;

	if (command_option(argc, argv, options, &code) == OPTION_STOP)
		return code;
	if (argc - optind > 1)
		return command_usage(argv[0], "one folder at a time");
	if (rules_open(argv[0], NULL, optind < argc ? argv[optind] : NULL, &judge) != EXIT_DONE)
		return EXIT_FAILED; /* the rules are what is wrong, not the usage */
	toolkit_remarks(optind < argc ? argv[optind] : NULL, report_remark, &count);
	(void)ruleset_check(judge.toolkit.rules, report_finding, &count); /* counted by the report */
	(void)ruleset_check(judge.toolkit.tone_rules, report_finding, &count);
	(void)ruleset_check(judge.toolkit.offer_rules, report_finding, &count);
	printf("%zu rules, %zu tone rules, %zu offer rules, %zu in the slow lane, digest %s: %zu %s\n",
	       ruleset_count(judge.toolkit.rules), ruleset_count(judge.toolkit.tone_rules),
	       ruleset_count(judge.toolkit.offer_rules), slow_rules(judge.toolkit.rules),
	       ruleset_digest(judge.toolkit.rules), count.errors, count.errors == 1 ? "error" : "errors");
	judge_close(&judge);
	return count.errors ? EXIT_FAILED : EXIT_DONE;
}

/* ---- list ---- */

static struct json_object *weights_json(const struct rule *rule)
{
	struct json_object *weights = json_object_new_object();

	for (int dim = 0; dim < DIM_COUNT; dim++) {
		char text[32]; /* 1.6, not 1.6000000238418579 */

		if (rule->weight[dim] == 0)
			continue;
		snprintf(text, sizeof(text), "%.4g", (double)rule->weight[dim]);
		json_add(weights, dim_name((enum dim)dim), json_object_new_double_s((double)rule->weight[dim], text));
	}
	return weights;
}

static void list_json(const struct rule *rule)
{
	CLEANUP(json) struct json_object *object = json_object_new_object();

	json_add_str(object, "id", rule->id);
	json_add_str(object, "about", rule->about);
	json_add_str(object, "group", rule->group);
	json_add_str(object, "lang", rule->lang);
	json_add_str(object, "cause", cause_name(rule->cause));
	json_add_str(object, "topic", rule->topic);
	json_add_str(object, "lane", lane_name(rule->lane));
	json_add_bool(object, "disabled", rule->disabled);
	json_add(object, "weights", weights_json(rule));
	json_add_str(object, "file", rule->file);
	json_add_int(object, "line", rule->line);
	puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
}

static void list_text(const struct rule *rule)
{
	printf("%-28s %-4s %-13s %-9s %s%s\n", rule->id, rule->lang ? rule->lang : "any",
	       rule->cause == CAUSE_NONE ? "-" : cause_name(rule->cause), lane_name(rule->lane),
	       rule->about ? rule->about : "", rule->disabled ? " (disabled)" : "");
}

static int rules_list(int argc, char **argv)
{
	static const struct option options[] = {
		{"json", no_argument, NULL, 'j'}, {"tone", no_argument, NULL, 't'}, {"offer", no_argument, NULL, 'o'},
		{NULL, 0, NULL, 0}};
	bool json = false;
	int which = 0;
	const struct ruleset *set;
	struct judge judge;
	int option, code;

	while ((option = command_option(argc, argv, options, &code)) != -1) {
		if (option == OPTION_STOP)
			return code;
		json |= option == 'j';
		which = option == 'j' ? which : option;
	}
	if (argc - optind > 1)
		return command_usage(argv[0], "one folder at a time");
	code = rules_open(argv[0], NULL, optind < argc ? argv[optind] : NULL, &judge);
	if (code != EXIT_DONE)
		return code;
	set = which == 't' ? judge.toolkit.tone_rules : which == 'o' ? judge.toolkit.offer_rules : judge.toolkit.rules;
	for (size_t i = 0; i < ruleset_count(set); i++)
		(json ? list_json : list_text)(ruleset_at(set, i));
	judge_close(&judge);
	return EXIT_DONE;
}

static int run(int argc, char **argv)
{
	static const struct subcommand list[] = {
		{"check", rules_check},
		{"list", rules_list},
		{"test", rules_test},
		{"explain", rules_explain},
		{"fit", rules_fit},
	};

	return subcommand_run("rules", list, ARRAY_LEN(list), NULL, argc, argv);
}

const struct command command_rules = {
	.name = "rules",
	.usage = "rules check [DIR] | list [DIR] | test FILE... | explain ID [FILE...] | fit FILE... [--out DIR]",
	.summary = "Check, list and measure the rules",
	.help = "  check [DIR]  every rule hits its own examples and misses the others; names rules that no literal\n"
		"               makes fast. DIR: own rules laid over the shipped ones; what of it is not read is said.\n"
		"               Exit code 1 on errors\n"
		"  list [DIR]   one rule a line; --json: one object a line; --tone: the rules for our own replies;\n"
		"               --offer: those that read what a reply offers and promises\n"
		"  test FILE... measures the rules on labelled posts (JSON lines with `labels`): precision, recall, F1\n"
		"               with 95 % intervals for every task that the labels allow, confusion, how far the\n"
		"               probabilities can be believed, what each rule is worth, and the worst errors\n"
		"       --task NAME    whose errors and rules: intent problem_vent complaint cause urgency sentiment\n"
		"                      off_topic (default: the first that the labels allow)\n"
		"       --errors N     how many errors (default 10)\n"
		"       --rules DIR    own rules laid over the shipped ones; --config FILE: those of an amends.yaml\n"
		"       --compare DIR  the same posts by other rules: what changes, and which posts flip\n"
		"       --json         all of it for scripts\n"
		"  explain ID [FILE...]  what a rule means, as written and as changed by own rules, its weights and\n"
		"               examples; with labelled posts, its hits. Also rules of our tone and of what we offer.\n"
		"               --rules DIR, --config FILE\n"
		"  fit FILE...  weights of rules and words from labelled posts, with figures by cross-validation.\n"
		"               FILE@2: its labels count twice; FILE@2/.5: those of sentiment half. --out DIR: writes\n"
		"               DIR/en.txt, which serves in the folder weights/ of own rules. --lang en, --folds 5,\n"
		"               --seed 1, --ridge 1, --pieces 5000 (words and phrases a score), --min-posts 4 (that\n"
		"               hold them), --runs (letters of words as well), --no-rules (words alone), --rules DIR,\n"
		"               --json. --carry WEIGHTS --words LIST: problem, urgency and causes from another\n"
		"               language's weights, whose words the list puts into this one (`piece`, a tab, `so|or so`)\n",
	.run = run,
};
