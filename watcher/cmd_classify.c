/*
 * cmd_classify.c - `amends classify`: posts as JSON lines in, the same lines out with `verdict` added.
 *
 * A line goes out byte for byte as it came in, with the verdict put before its closing brace; only a line that already
 * has a verdict is written anew. Output waits in a large buffer, but never while input is awaited, so that the filter
 * also works in a live pipe.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "jsonio.h"
#include "watcher/judge.h"
#include "watcher/lines.h"

#define LINE_ARENA_MAX ((size_t)16 << 20)

enum { OUT_BUFFER = 256 << 10 };

struct filter {
	struct judge judge;
	struct json_parser *parser;
	struct arena *arena;
	struct lines lines;
	const char *name; /* of the input, for messages */
};

/* A text alone is enough to be judged: platform and id are made up for the parser and not written out. */
static enum err post_of(struct filter *filter, struct json_object *object, struct post *post_r, struct error *e_r)
{
	bool has_platform = json_get(object, "platform") != NULL, has_id = json_get(object, "id") != NULL;
	enum err err;

	if ((!has_platform && !json_add_str(object, "platform", "-")) || (!has_id && !json_add_str(object, "id", "-")))
		return error_set(e_r, ERR_NOMEM, "out of memory");
	err = post_from_json(filter->arena, object, post_r, e_r);
	if (!has_platform)
		json_object_object_del(object, "platform");
	if (!has_id)
		json_object_object_del(object, "id");
	return err;
}

static void write_line(const struct line *line, struct json_object *object, struct json_object *verdict)
{
	const int plain = JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE;
	size_t len = line->len;

	if (json_object_object_get_ex(object, "verdict", NULL)) {
		json_object_object_add(object, "verdict", json_object_get(verdict));
		fputs(json_object_to_json_string_ext(object, plain), stdout);
	} else {
		while (line->text[len - 1] != '}')
			len--; /* ends: the line is a JSON object */
		fwrite(line->text, 1, len - 1, stdout);
		fputs(",\"verdict\":", stdout);
		fputs(json_object_to_json_string_ext(verdict, plain), stdout);
		putchar('}');
	}
	putchar('\n');
}

static enum err filter_line(struct filter *filter, const struct line *line, struct error *e_r)
{
	CLEANUP(json) struct json_object *object = NULL;
	CLEANUP(json) struct json_object *json = NULL;
	struct verdict verdict;
	struct post post;
	enum err err;

	if (line->too_long)
		return error_set(e_r, ERR_LIMIT, "line is longer than %u bytes", POST_LINE_MAX);
	arena_reset(filter->arena);
	err = json_parse(filter->parser, line->text, line->len, &object, e_r);
	if (err == ERR_OK && !json_object_is_type(object, json_type_object))
		err = error_set(e_r, ERR_INVALID, "not a JSON object");
	if (err == ERR_OK)
		err = post_of(filter, object, &post, e_r);
	if (err == ERR_OK)
		err = classify_post(filter->judge.classifier, filter->arena, &post, &verdict, e_r);
	if (err != ERR_OK)
		return err;
	json = verdict_to_json(&verdict, post.text, false);
	if (json == NULL)
		return error_set(e_r, ERR_NOMEM, "out of memory");
	write_line(line, object, json);
	return ERR_OK;
}

static bool is_blank(const struct line *line)
{
	for (size_t i = 0; i < line->len; i++)
		if (strchr(" \t\r", line->text[i]) == NULL)
			return false;
	return !line->too_long;
}

static int filter_all(struct filter *filter)
{
	struct error error = {0};
	struct line line;
	int got, code = EXIT_DONE;

	while ((got = lines_next(&filter->lines, &line, &error)) > 0) {
		if (is_blank(&line))
			continue;
		if (filter_line(filter, &line, &error) != ERR_OK) {
			fprintf(stderr, "%s:%llu: %s (line skipped)\n", filter->name,
				(unsigned long long)filter->lines.number, error.text);
			code = EXIT_FAILED;
		}
		if (ferror(stdout))
			return EXIT_FAILED; /* the reader went away; main says so where it matters */
	}
	if (got < 0) {
		error_prefix(&error, "%s", filter->name);
		return command_fail("classify", &error);
	}
	return code;
}

static void flush_output(void *ctx)
{
	(void)ctx;
	(void)fflush(stdout); /* a failure stays visible to ferror */
}

static int filter_fd(struct filter *filter, int fd)
{
	struct error error = {0};
	int code;

	filter->parser = json_parser_new();
	filter->arena = arena_new(LINE_ARENA_MAX);
	if (filter->parser == NULL || filter->arena == NULL)
		code = command_fail("classify", (error_set(&error, ERR_NOMEM, "out of memory"), &error));
	else if (lines_open(&filter->lines, fd, POST_LINE_MAX, &error) != ERR_OK)
		code = command_fail("classify", &error);
	else {
		filter->lines.before_wait = flush_output;
		code = filter_all(filter);
	}
	lines_close(&filter->lines);
	arena_free(&filter->arena);
	json_parser_free(&filter->parser);
	return code;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {{"rules", required_argument, NULL, 'r'},
						{"config", required_argument, NULL, 'c'},
						{"json", no_argument, NULL, 'j'}, /* it is JSON anyhow */
						{NULL, 0, NULL, 0}};
	struct filter filter = {.name = "standard input"};
	const char *rules = NULL, *config = NULL;
	int option, code, fd = STDIN_FILENO;

	while ((option = command_option(argc, argv, options, &code)) != -1) {
		if (option == OPTION_STOP)
			return code;
		if (option == 'r')
			rules = optarg;
		else if (option == 'c')
			config = optarg;
	}
	if (argc - optind > 1)
		return command_usage("classify", "one file at a time, or standard input");
	if (optind < argc && strcmp(argv[optind], "-") != 0) {
		filter.name = argv[optind];
		fd = open(filter.name, O_RDONLY | O_CLOEXEC);
		if (fd < 0) {
			fprintf(stderr, "amends classify: %s: %s\n", filter.name, strerror(errno));
			return EXIT_FAILED;
		}
	}
	setvbuf(stdout, NULL, _IOFBF, OUT_BUFFER);
	code = judge_open("classify", config, rules, &filter.judge);
	if (code == EXIT_DONE) {
		code = filter_fd(&filter, fd);
		judge_close(&filter.judge);
	}
	if (fd != STDIN_FILENO)
		close(fd);
	return code;
}

const struct command command_classify = {
	.name = "classify",
	.usage = "classify [FILE] [--rules DIR] [--config FILE]",
	.summary = "Add a verdict to posts, one JSON object a line",
	.help = "Reads FILE or standard input and writes each post to standard output, in order, with the key\n"
		"\"verdict\" added. Needs no database. A bad line is named on standard error and skipped; the exit\n"
		"code is then 1. Only \"text\" is needed.\n\n"
		"  --rules DIR    own rules laid over the shipped ones\n"
		"  --config FILE  the rules and thresholds of this amends.yaml\n\n"
		"example: amends classify posts.jsonl | jq -r '[.verdict.class, .text] | @tsv'\n",
	.run = run,
};
