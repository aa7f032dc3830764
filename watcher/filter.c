/*
 * filter.c - a post's line in, the same line with its verdict out (see filter.h).
 *
 * A line goes out byte for byte as it came in, with the verdict put before its closing brace; only a line that already
 * has a verdict is written anew. Most lines are read by skim.c, the rest by json-c. Output waits in a large buffer, but
 * never while input is awaited, so that the filter also works in a live pipe.
 */
#include "watcher/filter.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "jsonio.h"
#include "watcher/skim.h"

#define LINE_ARENA_MAX ((size_t)16 << 20)
#define OUT_MAX ((size_t)64 << 20)

enum { OUT_FULL = 256 << 10 };

enum err filter_open(struct filter *filter, const struct judge *judge, const char *name, struct error *e_r)
{
	*filter = (struct filter){.name = name, .parser = json_parser_new(), .arena = arena_new(LINE_ARENA_MAX)};
	filter->classifier = judge_classifier(judge);
	filter->references = judge->references;
	if (filter->parser == NULL || filter->arena == NULL || filter->classifier == NULL)
		return error_set(e_r, ERR_NOMEM, "out of memory");
	return ERR_OK;
}

void filter_close(struct filter *filter)
{
	classifier_free(&filter->classifier);
	arena_free(&filter->arena);
	json_parser_free(&filter->parser);
}

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

/* The line's text without its closing brace and without any "verdict", ready for one more member. */
static void put_open(const struct line *line, struct json_object *object, struct buf *out)
{
	const char *text = line->text;
	size_t len = line->len;

	if (object != NULL && json_object_object_get_ex(object, "verdict", NULL)) {
		json_object_object_del(object, "verdict");
		text = json_object_to_json_string_length(object,
							 JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &len);
	}
	while (text[len - 1] != '}')
		len--; /* ends: the line is a JSON object */
	buf_add(out, text, len - 1);
}

static enum err judge_line(struct filter *filter, const struct line *line, struct buf *out, struct error *e_r)
{
	CLEANUP(json) struct json_object *object = NULL;
	struct verdict verdict;
	struct post post;
	enum err err = ERR_OK;

	if (line->too_long)
		return error_set(e_r, ERR_LIMIT, "line is longer than %u bytes", POST_LINE_MAX);
	arena_reset(filter->arena);
	if (!skim_post(filter->arena, line->text, line->len, &post)) {
		arena_reset(filter->arena);
		err = json_parse(filter->parser, line->text, line->len, &object, e_r);
		if (err == ERR_OK && !json_object_is_type(object, json_type_object))
			err = error_set(e_r, ERR_INVALID, "not a JSON object");
		if (err == ERR_OK)
			err = post_of(filter, object, &post, e_r);
	}
	if (err == ERR_OK)
		err = classify_post(filter->classifier, filter->arena, &post, &verdict, e_r);
	if (err != ERR_OK)
		return err;
	put_open(line, object, out);
	buf_str(out, ",\"verdict\":");
	verdict_to_buf(out, &verdict, post.text, !filter->references);
	buf_str(out, "}\n");
	return out->failed ? error_set(e_r, ERR_NOMEM, "out of memory") : ERR_OK;
}

static bool is_blank(const struct line *line)
{
	size_t i = 0;

	while (i < line->len && (line->text[i] == ' ' || line->text[i] == '\t' || line->text[i] == '\r'))
		i++;
	return i == line->len && !line->too_long;
}

bool filter_line(struct filter *filter, const struct line *line, uint64_t number, struct buf *out, struct buf *notes)
{
	struct error error = {0};
	size_t before = out->len;

	if (is_blank(line) || judge_line(filter, line, out, &error) == ERR_OK)
		return true;
	out->len = before; /* half a line, or none */
	out->failed = out->too_big = false;
	if (out->data != NULL)
		out->data[before] = '\0';
	buf_printf(notes, "%s:%llu: %s (line skipped)\n", filter->name, (unsigned long long)number, error.text);
	return false;
}

bool filter_write(const struct buf *notes, const struct buf *text)
{
	bool before = ferror(stdout) != 0;

	(void)fwrite(buf_text(notes), 1, notes->len, stderr);
	if (!before && (fwrite(buf_text(text), 1, text->len, stdout) != text->len || fflush(stdout) != 0) && errno != EPIPE)
		fprintf(stderr, "amends classify: cannot write to standard output: %s\n", strerror(errno));
	return !ferror(stdout);
}

/* ---- one thread ---- */

struct output {
	struct buf text, notes;
};

static void flush(void *ctx)
{
	struct output *output = ctx;

	(void)filter_write(&output->notes, &output->text); /* a failure stays visible to ferror */
	buf_reset(&output->text);
	buf_reset(&output->notes);
}

static int all_lines(struct filter *filter, struct lines *lines, struct output *output)
{
	struct error error = {0};
	struct line line;
	int got = 1, code = EXIT_DONE;

	while (!ferror(stdout) && (got = lines_next(lines, &line, &error)) > 0) {
		if (!filter_line(filter, &line, lines->number, &output->text, &output->notes))
			code = EXIT_FAILED;
		if (output->text.len > OUT_FULL || output->notes.len > 0)
			flush(output);
	}
	flush(output);
	if (ferror(stdout))
		return EXIT_FAILED;
	if (got < 0) {
		error_prefix(&error, "%s", filter->name);
		return command_fail("classify", &error);
	}
	return code;
}

int filter_alone(const struct judge *judge, const char *name, struct lines *lines)
{
	struct output output;
	struct filter filter;
	struct error error;
	int code;

	buf_init(&output.text, OUT_MAX);
	buf_init(&output.notes, OUT_MAX);
	lines->before_wait = flush;
	lines->ctx = &output;
	if (filter_open(&filter, judge, name, &error) != ERR_OK)
		code = command_fail("classify", &error);
	else
		code = all_lines(&filter, lines, &output);
	filter_close(&filter);
	buf_done(&output.text);
	buf_done(&output.notes);
	return code;
}
