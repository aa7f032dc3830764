/*
 * cmd_rules_explain.c - `amends rules explain ID`: what one rule means, and with a file of posts, what it hits there.
 */
#include <stdio.h>
#include <string.h>

#include "asset.h"
#include "file.h"
#include "jsonio.h"
#include "watcher/cmd_rules.h"
#include "watcher/lab.h"
#include "watcher/nearest.h"
#include "watcher/table_text.h"
#include "yaml_tree.h"

enum { HITS_SHOWN = 20 };

/* ---- as written ---- */

static const char *line_after(const char *at, const char *end)
{
	const char *newline = memchr(at, '\n', (size_t)(end - at));

	return newline ? newline + 1 : end;
}

/* A rule's lines: from the one it was defined at to the next that begins an entry of the list. */
static void print_source(const char *text, size_t len, int line)
{
	const char *at = text, *end = text + len;
	bool first = true;

	for (int i = 1; i < line && at < end; i++)
		at = line_after(at, end);
	for (; at < end && (first || *at != '-'); first = false) {
		const char *next = line_after(at, end);
		size_t used = strspn(at, " \t\r\n");

		if (at + used >= end || (at[used] == '#' && used == 0))
			break; /* the end, or a comment that belongs to what follows */
		if (used < (size_t)(next - at))
			printf("    %.*s", (int)(next - at), at);
		at = next;
	}
}

static void print_from(const char *file, int line)
{
	const struct asset *asset = asset_find(file);
	struct buf text;

	if (asset != NULL) {
		print_source(asset->data, asset->len, line);
		return;
	}
	buf_init(&text, YAML_SIZE_MAX);
	if (file_read(file, &text, NULL) == ERR_OK)
		print_source(buf_text(&text), text.len, line);
	buf_done(&text);
}

/* In the order in which they were laid over the rule: the last has the last word. */
static void print_changes(const struct rule_change *change)
{
	if (change == NULL)
		return;
	print_changes(change->before);
	printf("\nchanged in %s:%d\n", change->file, change->line);
	print_from(change->file, change->line);
}

static void print_written(const struct rule *rule)
{
	printf("\nas written in %s:%d\n", rule->file, rule->line);
	print_from(rule->file, rule->line);
	print_changes(rule->changes);
}

/* ---- in words ---- */

static const char *lane_words(enum rule_lane lane)
{
	return lane == LANE_ANCHORED ? "fast: tried only where one of its words stands"
	       : lane == LANE_GATED  ? "fast: searched only in texts with one of its words"
				     : "slow: searched in every text";
}

/* written: the same rule without fitted weights; NULL: it has none in any case. */
static void print_weight(const struct rule *rule, const struct rule *written, enum dim dim, const char *what)
{
	double weight = (double)rule->weight[dim], before = written != NULL ? (double)written->weight[dim] : weight;
	char fitted[60] = "";

	if (weight == 0 && before == 0)
		return;
	if (weight != before)
		(void)snprintf(fitted, sizeof(fitted), " (fitted; written %+.2f)", before);
	if (weight == 0)
		printf("  %-10s %+6.2f  says nothing of %s%s\n", dim_name(dim), weight, what, fitted);
	else
		printf("  %-10s %+6.2f  speaks %s %s%s\n", dim_name(dim), weight, weight > 0 ? "for" : "against", what,
		       fitted);
}

static void print_weights(const struct rule *rule, const struct rule *written)
{
	static const char *const words[DIM_COUNT] = {
		[DIM_COMPLAINT] = "a complaint", [DIM_PROBLEM] = "a problem rather than a vent",
		[DIM_VENT] = "frustration",      [DIM_QUESTION] = "a question",
		[DIM_PRAISE] = "praise",         [DIM_NOT_OURS] = "not ours",
		[DIM_URGENCY] = "urgency",       [DIM_SEVERITY] = "severity",
		[DIM_SENTIMENT] = "a good mood",
	};

	for (int dim = 0; dim < DIM_COUNT; dim++)
		print_weight(rule, written, (enum dim)dim, words[dim]);
	if (rule->cause != CAUSE_NONE)
		printf("  cause      %s\n", cause_name(rule->cause));
	if (rule->topic != NULL)
		printf("  topic      %s: customers whose posts it hits report the same\n", rule->topic);
}

static void print_examples(const char *title, const char *const *examples)
{
	for (size_t i = 0; examples != NULL && examples[i] != NULL; i++) {
		if (i == 0)
			puts(title);
		table_paragraph(examples[i], 2);
	}
}

/* What a rule for our own replies does there. */
static void print_level(const struct rule *rule)
{
	if (rule->level != NULL)
		printf("  level      %s: %s\n", rule->level,
		       strcmp(rule->level, "block") == 0 ? "a reply of ours that it hits has to be mended first"
							 : "who hands a reply in that it hits is warned");
	if (rule->suggest != NULL)
		printf("  instead    %s\n", rule->suggest);
}

static void print_rule(const struct rule *rule, const struct rule *written)
{
	printf("%s%s: %s\n\n", rule->id, rule->disabled ? " (disabled)" : "", rule->about ? rule->about : "");
	print_weights(rule, written);
	print_level(rule);
	printf("  language   %s\n  speed      %s\n", rule->lang ? rule->lang : "any", lane_words(rule->lane));
	print_written(rule);
	print_examples("\nhits", rule->hits_examples);
	print_examples("\ndoes not hit", rule->miss_examples);
}

/* ---- on posts ---- */

static const char *label_of(const struct lab_post *post)
{
	const struct lab_task *task = lab_task_at(0);

	for (size_t i = 0; task != NULL; task = lab_task_at(++i))
		if (task->truth(post) >= 0)
			return task->word(task->truth(post));
	return "";
}

static void print_hits(const struct lab *lab, uint32_t rule)
{
	size_t posts = 0;

	for (size_t i = 0; i < lab->count; i++) {
		const struct lab_post *post = &lab->posts[i];
		bool hits = false;

		for (uint32_t k = 0; k < post->hit_count; k++) {
			const struct lab_hit *hit = &post->hits[k];

			if (hit->rule != rule)
				continue;
			if (!hits && posts++ < HITS_SHOWN) {
				printf("\n%s:%llu  labelled %s, judged %s\n", post->file,
				       (unsigned long long)post->line, label_of(post), class_name(post->class));
				table_paragraph(post->text, 2);
			}
			hits = true;
			if (posts <= HITS_SHOWN && hit->end > hit->start)
				printf("  > \"%.*s\"\n", (int)(hit->end - hit->start), post->text + hit->start);
		}
	}
	printf("\n%zu of %zu labelled posts hit%s\n", posts, lab->count,
	       posts > HITS_SHOWN ? ", the first 20 shown" : "");
}

/* ---- the command ---- */

static const char *id_at(const void *ctx, size_t i)
{
	const struct ruleset *set = ctx;

	return i < ruleset_count(set) ? ruleset_at(set, i)->id : NULL;
}

static int no_such_rule(const char *command, const struct judge *judge, const char *id)
{
	const struct toolkit *toolkit = &judge->toolkit;
	const char *nearest = nearest_word(id, id_at, toolkit->rules);
	struct error error;

	if (nearest == NULL)
		nearest = nearest_word(id, id_at, toolkit->tone_rules);
	if (nearest == NULL)
		nearest = nearest_word(id, id_at, toolkit->offer_rules);
	error_set(&error, ERR_NOT_FOUND, "there is no rule \"%.64s\"%s%s (amends rules list)", id,
		  nearest ? ": did you mean " : "", nearest ? nearest : "");
	return command_fail(command, &error);
}

static int explain_on(const char *command, const struct judge *judge, const struct rule *rule, char **files, int count)
{
	struct lab lab = {0};
	struct error error = {0};
	int code = EXIT_DONE;

	for (int i = 0; i < count && code == EXIT_DONE; i++)
		if (lab_read(&lab, judge, files[i], &error) != ERR_OK)
			code = command_fail(command, &error);
	if (code == EXIT_DONE)
		print_hits(&lab, (uint32_t)(rule - ruleset_at(judge->toolkit.rules, 0)));
	lab_free(&lab);
	return code;
}

/* A rule that judges posts, with what it hits in the files. */
static int explain_judging(const char *command, const struct judge *judge, const char *rules_dir,
			   const struct rule *rule, char **files, int count)
{
	struct toolkit unfitted = {0};
	struct error error = {0};

	for (size_t i = 0; rules_dir == NULL && i < judge->settings.brand_count; i++)
		rules_dir = judge->settings.brands[i].rules_dir;
	if (toolkit_load_unfitted(rules_dir, &unfitted, &error) != ERR_OK)
		return command_fail(command, &error);
	print_rule(rule, ruleset_find(unfitted.rules, rule->id));
	toolkit_free(&unfitted);
	return count > 0 ? explain_on(command, judge, rule, files, count) : EXIT_DONE;
}

/* It reads our replies: posts have nothing to say about it. */
static int explain_ours(const char *command, const struct rule *rule, int count)
{
	if (count > 0)
		return command_usage(command, "%s reads our own replies, no posts: name it without a file", rule->id);
	print_rule(rule, NULL);
	return EXIT_DONE;
}

int rules_explain(int argc, char **argv)
{
	static const struct option options[] = {
		{"rules", required_argument, NULL, 'r'}, {"config", required_argument, NULL, 'c'}, {NULL, 0, NULL, 0}};
	const char *rules = NULL, *config = NULL;
	const struct rule *rule, *ours;
	struct judge judge;
	int option, code;

	while ((option = command_option(argc, argv, options, &code)) != -1) {
		if (option == OPTION_STOP)
			return code;
		rules = option == 'r' ? optarg : rules;
		config = option == 'c' ? optarg : config;
	}
	if (optind == argc)
		return command_usage(argv[0], "name a rule (amends rules list)");
	code = rules_open(argv[0], config, rules, &judge);
	if (code != EXIT_DONE)
		return code;
	rule = ruleset_find(judge.toolkit.rules, argv[optind]);
	ours = ruleset_find(judge.toolkit.tone_rules, argv[optind]);
	if (ours == NULL)
		ours = ruleset_find(judge.toolkit.offer_rules, argv[optind]);
	if (rule != NULL)
		code = explain_judging(argv[0], &judge, rules, rule, argv + optind + 1, argc - optind - 1);
	else if (ours != NULL)
		code = explain_ours(argv[0], ours, argc - optind - 1);
	else
		code = no_such_rule(argv[0], &judge, argv[optind]);
	judge_close(&judge);
	return code;
}
