/*
 * cmd_template.c - `amends template`: the reply templates, shipped and own.
 */
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

#include "clock.h"
#include "file.h"
#include "platform.h"
#include "promise.h"
#include "watcher/answers.h"
#include "watcher/errand.h"
#include "watcher/judge.h"
#include "watcher/template_check.h"

#define POST_FILE_MAX ((size_t)POST_LINE_MAX)

struct template_options {
	const char *config, *store, *platform, *brand, *post, *text;
	bool json;
};

/* true: over, with *exit_r. */
static bool options_read(int argc, char **argv, struct template_options *options, int *exit_r)
{
	static const struct option list[] = {{"config", required_argument, NULL, 'c'},
					     {"platform", required_argument, NULL, 'p'},
					     {"brand", required_argument, NULL, 'b'},
					     {"post", required_argument, NULL, 'f'},
					     {"store", required_argument, NULL, 's'},
					     {"json", no_argument, NULL, 'j'},
					     {NULL, 0, NULL, 0}};
	int option;

	while ((option = command_option(argc, argv, list, exit_r)) != -1) {
		if (option == OPTION_STOP)
			return true;
		options->config = option == 'c' ? optarg : options->config;
		options->platform = option == 'p' ? optarg : options->platform;
		options->brand = option == 'b' ? optarg : options->brand;
		options->post = option == 'f' ? optarg : options->post;
		options->store = option == 's' ? optarg : options->store;
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
	code = judge_open_whole(argv[0], options.config, NULL, &judge);
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

/* ---- check ---- */

/* The brands' answers load as well: whoever runs `check --config` wants to know that all of it starts. */
static int config_check(const char *command, const struct judge *judge, bool tell)
{
	struct answers *answers = NULL;
	struct error error = {0};
	enum err err = answers_load(&judge->settings, &answers, &error);

	if (err == ERR_INVALID)
		fprintf(stderr, "%s\n", error.text); /* begins with file and line */
	else if (err != ERR_OK)
		(void)command_fail(command, &error);
	if (err != ERR_OK)
		return EXIT_FAILED;
	if (tell && answers_count(answers) > 0)
		printf("%zu templates, answers of our own: %zu; no error\n", templates_count(judge->toolkit.templates),
		       answers_count(answers));
	else if (tell)
		printf("%zu templates, no error\n", templates_count(judge->toolkit.templates));
	answers_free(&answers);
	return EXIT_DONE;
}

/* Without a path loading is the check: an unknown variable or header key is an error with file and line. */
static int template_check(int argc, char **argv)
{
	struct template_options options = {0};
	struct error error = {0};
	struct judge judge;
	size_t errors = 0;
	int code;

	if (options_read(argc, argv, &options, &code))
		return code;
	if (judge_open_whole(argv[0], options.config, NULL, &judge) != EXIT_DONE)
		return EXIT_FAILED;
	code = config_check(argv[0], &judge, options.text == NULL);
	if (code == EXIT_DONE && options.text != NULL &&
	    template_files_check(options.text, &judge.toolkit, &errors, &error) != ERR_OK)
		code = command_fail(argv[0], &error);
	judge_close(&judge);
	return errors > 0 ? EXIT_FAILED : code;
}

/* ---- preview ---- */

static enum err post_read(struct arena *arena, const struct template_options *options, const char *platform,
			  struct post *post_r, struct error *e_r)
{
	struct json_object *object = NULL;
	struct json_parser *parser = NULL;
	struct buf text;
	enum err err;

	if (options->post == NULL) {
		*post_r = (struct post){.platform = platform,
					.id = "preview",
					.text = options->text,
					.author = {.id = "ada", .handle = "ada", .name = "Ada", .followers = -1},
					.likes = -1,
					.replies = -1,
					.shares = -1,
					.views = -1};
		return ERR_OK;
	}
	buf_init(&text, POST_FILE_MAX);
	err = file_read(options->post, &text, e_r);
	parser = json_parser_new();
	if (err == ERR_OK && parser == NULL)
		err = error_set(e_r, ERR_NOMEM, "out of memory");
	if (err == ERR_OK)
		err = json_parse(parser, buf_text(&text), strcspn(buf_text(&text), "\n"), &object, e_r);
	if (err == ERR_OK)
		err = post_from_json(arena, object, post_r, e_r);
	if (err != ERR_OK)
		error_prefix(e_r, "%s", options->post);
	json_object_put(object);
	json_parser_free(&parser);
	buf_done(&text);
	return err;
}

static enum err wordings_print(const struct judge *judge, struct arena *arena, const struct draft_request *request,
			       const char *id, const struct platform *platform, struct error *e_r)
{
	const char *const *texts = NULL;
	size_t count = 0;
	enum err err = draft_wordings(judge->toolkit.templates, arena, request, id, &texts, &count, e_r);

	for (size_t i = 0; err == ERR_OK && i < count; i++) {
		size_t length = length_count(&platform->length, texts[i], strlen(texts[i]));

		printf("%s%s\n(%zu of %zu on %s)\n", i > 0 ? "\n" : "", texts[i], length, platform->length.limit,
		       platform->name);
	}
	if (err == ERR_OK && count == 0)
		puts("no wording can do with the facts there are");
	return err;
}

/* The draft that would be made, and why. */
static enum err draft_print(const struct judge *judge, struct arena *arena, const struct draft_request *request,
			    const struct platform *platform, struct error *e_r)
{
	const struct verdict *verdict = request->verdict;
	struct draft draft;
	enum err err = draft_make(judge->toolkit.templates, arena, request, &draft, e_r);

	if (err == ERR_OK)
		printf("%s, %s: template %s (%s), length %zu of %zu on %s\n\n%s\n", class_name(verdict->class),
		       cause_name(verdict->cause), draft.template, draft.why ? draft.why : "", draft.length,
		       platform->length.limit, platform->name, draft.text);
	return err;
}

/* The language of the template of that id; NULL: there is none. */
static const char *template_lang(struct json_object *list, const char *id)
{
	for (size_t i = 0; list != NULL && i < json_object_array_length(list); i++) {
		struct json_object *one = json_object_array_get_idx(list, i);

		if (strcmp(json_str(one, "id", ""), id) == 0)
			return json_str(one, "lang", "en");
	}
	return NULL;
}

/* The configuration's brand of that name, or its first, speaks with its own signature, private way and answers. */
static const struct brand *brand_own(const struct settings *settings, const char *name)
{
	for (size_t i = 0; i < settings->brand_count; i++)
		if (name == NULL || strcmp(settings->brands[i].name, name) == 0)
			return &settings->brands[i];
	return NULL;
}

/* As watcher/intake.c does: another id of the post, another of equal wordings. */
static uint64_t seed_of(const struct post *post)
{
	const char *author = post->author.id ? post->author.id : "";

	return XXH3_64bits_withSeed(post->id, strlen(post->id), XXH3_64bits(author, strlen(author)));
}

/* What the draft may say beside the post, as intake gives it: the answer to a question, when we write again. */
static enum err surroundings(const struct judge *judge, struct arena *arena, const struct brand *brand,
			     struct answers *answers, struct draft_request *request, struct error *e_r)
{
	const char *lang = draft_lang(request->post, request->verdict);

	request->seed = seed_of(request->post);
	if (brand == NULL)
		return ERR_OK;
	if (request->verdict->class == CLASS_QUESTION)
		request->answer = answers_find(answers, brand, arena, request->post->text, lang);
	if (request->verdict->class != CLASS_PROBLEM)
		return ERR_OK;
	request->by = promise_by(arena, &judge->settings.policy, lang, clock_now_s());
	return request->by != NULL ? ERR_OK : error_set(e_r, ERR_NOMEM, "out of memory");
}

static enum err preview(struct judge *judge, struct arena *arena, const struct template_options *options,
			const struct platform *platform, struct error *e_r)
{
	CLEANUP(json) struct json_object *list = templates_to_json(judge->toolkit.templates);
	const char *lang = options->text != NULL ? template_lang(list, options->text) : NULL;
	const struct brand *brand = brand_own(&judge->settings, options->brand);
	struct answers *answers = NULL;
	struct sample_request sample;
	struct verdict verdict;
	struct post post;
	enum err err;

	sample_request_make(&sample, lang != NULL ? lang : "en", options->brand, true);
	if (brand != NULL)
		sample.brand = *brand;
	if (lang != NULL && options->post == NULL)
		return wordings_print(judge, arena, &sample.request, options->text, platform, e_r);
	err = post_read(arena, options, platform->name, &post, e_r);
	if (err == ERR_OK && options->platform == NULL && platform_find(post.platform) != NULL)
		platform = platform_find(post.platform);
	if (err == ERR_OK)
		err = classify_post(judge->classifier, arena, &post, &verdict, e_r);
	if (err != ERR_OK)
		return err;
	sample.request = (struct draft_request){.post = &post,
						.verdict = &verdict,
						.brand = &sample.brand,
						.length = platform->length,
						.mention = (platform->caps & CAP_REPLY_MENTION) != 0};
	err = answers_load(&judge->settings, &answers, e_r);
	if (err == ERR_OK)
		err = surroundings(judge, arena, brand, answers, &sample.request, e_r);
	if (err == ERR_OK)
		err = lang != NULL ? wordings_print(judge, arena, &sample.request, options->text, platform, e_r)
				   : draft_print(judge, arena, &sample.request, platform, e_r);
	answers_free(&answers);
	return err;
}

static int template_preview(int argc, char **argv)
{
	struct template_options options = {0};
	const struct platform *platform;
	struct error error = {0};
	struct arena *arena;
	struct judge judge;
	int code;

	if (options_read(argc, argv, &options, &code))
		return code;
	platform = platform_find(options.platform != NULL ? options.platform : "mastodon");
	if (options.text == NULL && options.post == NULL)
		return command_usage(argv[0], "give a template's id, a customer's text or --post FILE");
	if (platform == NULL)
		return command_usage(argv[0], "there is no platform \"%.40s\"", options.platform);
	code = judge_open_whole(argv[0], options.config, NULL, &judge);
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

/* ---- stats ---- */

static struct json_object *stat_json(const void *data)
{
	const struct template_stat *row = data;
	struct json_object *object = json_object_new_object();
	bool ok = object != NULL && json_add_str(object, "template", row->template) &&
		  json_add_str(object, "lang", row->lang) && json_add_int(object, "drafts", row->drafts);

	for (unsigned fate = 0; ok && fate < DRAFT_FATE_COUNT; fate++)
		ok = json_add_int(object, draft_fate_name((enum draft_fate)fate), row->fate[fate]);
	if (ok)
		return object;
	json_object_put(object);
	return NULL;
}

static void stats_print(const struct template_stat *rows, size_t count)
{
	printf("%-28s %-4s %7s %9s %7s %9s %7s  %s\n", "template", "", "drafts", "approved", "edited", "rejected",
	       "closed", "as it was");
	for (size_t i = 0; i < count; i++) {
		const int64_t *fate = rows[i].fate;
		int64_t decided = fate[FATE_APPROVED] + fate[FATE_EDITED] + fate[FATE_REJECTED];

		printf("%-28s %-4s %7lld %9lld %7lld %9lld %7lld", rows[i].template, rows[i].lang,
		       (long long)rows[i].drafts, (long long)fate[FATE_APPROVED], (long long)fate[FATE_EDITED],
		       (long long)fate[FATE_REJECTED], (long long)fate[FATE_CLOSED]);
		if (decided > 0)
			printf("  %3lld %%", (long long)(fate[FATE_APPROVED] * 100 / decided));
		putchar('\n');
	}
	if (count == 0)
		puts("no draft was made from a template yet");
}

static int template_stats(int argc, char **argv)
{
	struct template_options options = {0};
	struct workspace_options where = {0};
	struct template_stat *rows = NULL;
	struct workspace workspace;
	struct error error = {0};
	size_t count = 0;
	int code;

	if (options_read(argc, argv, &options, &code))
		return code;
	where.config = options.config;
	where.store = options.store;
	code = workspace_open(argv[0], &where, &workspace);
	if (code != EXIT_DONE)
		return code;
	if (store_template_stats(workspace.store, workspace.arena, &rows, &count, &error) != ERR_OK ||
	    (options.json &&
	     errand_print(rows_to_json(rows, count, sizeof(*rows), stat_json), &error) != ERR_OK))
		code = command_fail(argv[0], &error);
	else if (!options.json)
		stats_print(rows, count);
	workspace_close(&workspace);
	return code;
}

static int run(int argc, char **argv)
{
	static const struct subcommand list[] = {{"list", template_list},
						 {"check", template_check},
						 {"preview", template_preview},
						 {"stats", template_stats}};

	return subcommand_run("template", list, ARRAY_LEN(list), "list", argc, argv);
}

const struct command command_template = {
	.name = "template",
	.usage = "template [list | check [FILE|FOLDER] | preview ID|TEXT | stats] [--config FILE]",
	.summary = "The reply templates: list, check, try one out, see what became of their drafts",
	.help = "  list             id, class, cause, language, file; --json\n"
		"  check            loads all of them; a wrong one is named by file and line, exit code 1;\n"
		"                   --config FILE: with the templates and answers of its brands\n"
		"  check FILE       a template (.txt) or answers (.yaml), or a folder of them: also every wording read "
		"with\n"
		"                   the tone rules, every example of an answer tried, and whether the rules and the "
		"language\n"
		"                   that it names are there (with own rules: --config FILE) and each id is there once\n"
		"  preview ID       every wording of a template with made-up facts; --post FILE: with those of a post "
		"(JSON)\n"
		"  preview TEXT     the draft for a customer's text, or for --post FILE; --platform P, --brand NAME;\n"
		"                   --config FILE: signed by its brand, with that brand's answers to questions\n"
		"  stats            of each template: drafts, approved as they were, edited, rejected, closed without "
		"a\n"
		"                   reply; --store FILE, --json\n\n"
		"How to write one: templates/README.md.\n",
	.run = run,
};
