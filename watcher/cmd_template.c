/*
 * cmd_template.c - `amends template`: the reply templates, shipped and own.
 */
#include <stdio.h>
#include <string.h>

#include "jsonio.h"
#include "platform.h"
#include "watcher/judge.h"

struct template_options {
	const char *config, *platform, *brand, *text;
	bool json;
};

/* true: over, with *exit_r. */
static bool options_read(int argc, char **argv, struct template_options *options, int *exit_r)
{
	static const struct option list[] = {{"config", required_argument, NULL, 'c'},
					     {"platform", required_argument, NULL, 'p'},
					     {"brand", required_argument, NULL, 'b'},
					     {"json", no_argument, NULL, 'j'},
					     {NULL, 0, NULL, 0}};
	int option;

	while ((option = command_option(argc, argv, list, exit_r)) != -1) {
		if (option == OPTION_STOP)
			return true;
		options->config = option == 'c' ? optarg : options->config;
		options->platform = option == 'p' ? optarg : options->platform;
		options->brand = option == 'b' ? optarg : options->brand;
		options->json |= option == 'j';
	}
	options->text = optind < argc ? argv[optind] : NULL;
	if (argc - optind > 1) {
		*exit_r = command_usage(argv[0], "\"%.60s\" is one word too many", argv[optind + 1]);
		return true;
	}
	return false;
}

static void list_print(struct json_object *list)
{
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *one = json_object_array_get_idx(list, i);

		printf("%-28s %-9s %-13s %-4s %s\n", json_str(one, "id", ""), json_str(one, "class", "any"),
		       json_str(one, "cause", "any"), json_str(one, "lang", ""), json_str(one, "file", ""));
	}
}

static int template_list(int argc, char **argv)
{
	CLEANUP(json) struct json_object *list = NULL;
	struct template_options options = {0};
	struct judge judge;
	int code;

	if (options_read(argc, argv, &options, &code))
		return code;
	code = judge_open(argv[0], options.config, NULL, &judge);
	if (code != EXIT_DONE)
		return code;
	list = templates_to_json(judge.toolkit.templates);
	if (list == NULL)
		code = EXIT_FAILED;
	else if (options.json)
		puts(json_object_to_json_string_ext(list, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	else
		list_print(list);
	judge_close(&judge);
	return code;
}

/* Loading is the check: an unknown variable or header key is an error with file and line. */
static int template_check(int argc, char **argv)
{
	struct template_options options = {0};
	struct judge judge;
	int code;

	if (options_read(argc, argv, &options, &code))
		return code;
	if (judge_open(argv[0], options.config, NULL, &judge) != EXIT_DONE)
		return EXIT_FAILED;
	printf("%zu templates, no error\n", templates_count(judge.toolkit.templates));
	judge_close(&judge);
	return EXIT_DONE;
}

static enum err preview(struct judge *judge, struct arena *arena, const struct template_options *options,
			const struct platform *platform, struct error *e_r)
{
	static const char *const none[] = {NULL};
	const struct brand brand = {.name = options->brand ? options->brand : "Acme",
				    .names = none,
				    .handles = none,
				    .hashtags = none,
				    .exclude = none,
				    .signature = "Maya",
				    .contact = "a direct message"};
	const struct post post = {.platform = platform->name,
				  .id = "preview",
				  .text = options->text,
				  .author = {.id = "ada", .handle = "ada", .name = "Ada", .followers = -1},
				  .likes = -1,
				  .replies = -1,
				  .shares = -1,
				  .views = -1};
	struct verdict verdict;
	struct draft draft;
	enum err err = classify_post(judge->classifier, arena, &post, &verdict, e_r);
	const struct draft_request request = {.post = &post,
					      .verdict = &verdict,
					      .brand = &brand,
					      .length = platform->length,
					      .mention = (platform->caps & CAP_REPLY_MENTION) != 0};

	if (err == ERR_OK)
		err = draft_make(judge->toolkit.templates, arena, &request, &draft, e_r);
	if (err == ERR_OK)
		printf("%s, %s: template %s (%s), length %zu of %zu on %s\n\n%s\n", class_name(verdict.class),
		       cause_name(verdict.cause), draft.template, draft.why ? draft.why : "", draft.length,
		       platform->length.limit, platform->name, draft.text);
	return err;
}

static int template_preview(int argc, char **argv)
{
	struct template_options options = {.platform = "mastodon"};
	const struct platform *platform;
	struct error error = {0};
	struct arena *arena;
	struct judge judge;
	int code;

	if (options_read(argc, argv, &options, &code))
		return code;
	platform = platform_find(options.platform);
	if (options.text == NULL)
		return command_usage(argv[0], "give a customer's text");
	if (platform == NULL)
		return command_usage(argv[0], "there is no platform \"%.40s\"", options.platform);
	code = judge_open(argv[0], options.config, NULL, &judge);
	if (code != EXIT_DONE)
		return code;
	arena = arena_new((size_t)32 << 20);
	if (arena == NULL)
		error_set(&error, ERR_NOMEM, "out of memory");
	if (arena == NULL || preview(&judge, arena, &options, platform, &error) != ERR_OK)
		code = command_fail(argv[0], &error);
	arena_free(&arena);
	judge_close(&judge);
	return code;
}

static int run(int argc, char **argv)
{
	static const struct subcommand list[] = {
		{"list", template_list}, {"check", template_check}, {"preview", template_preview}};

	return subcommand_run("template", list, ARRAY_LEN(list), "list", argc, argv);
}

const struct command command_template = {
	.name = "template",
	.usage = "template [list | check | preview TEXT] [--config FILE]",
	.summary = "The reply templates: list, check, try one out",
	.help = "  list           id, class, cause, language, file; --json\n"
		"  check          loads all of them; a wrong one is named by file and line, exit code 1\n"
		"  preview TEXT   the draft for a customer's text; --platform P, --brand NAME\n\n"
		"How to write one: templates/README.md.\n",
	.run = run,
};
