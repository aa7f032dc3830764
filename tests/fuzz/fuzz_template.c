/*
 * fuzz_template.c - template files and Mustache with hostile input: a JSON view, a line "===", then the text.
 *
 * What compiles must render within its bounds, in both modes, with valid UTF-8; what is loaded as a reply template must
 * make drafts that fit. Without the line all of it is the text, and the view is a fixed one.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "draft.h"
#include "jsonio.h"
#include "utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *self(void *ctx, const char *name, size_t *len_r)
{
	const struct buf *text = ctx;

	if (strcmp(name, "self") != 0)
		return NULL;
	*len_r = text->len;
	return buf_text(text);
}

static void ignore(void *ctx, const char *name)
{
	size_t *names = ctx;

	*names += strlen(name);
}

static void render(struct buf *text, struct json_object *view, enum mustache_mode mode)
{
	static const char *const trusted[] = {"raw", ".", NULL};
	const struct mustache_options options = {
		.mode = mode, .trusted = trusted, .partial = self, .partial_ctx = text};
	struct mustache *mustache = NULL;
	struct error error;
	struct buf out;
	size_t names = 0;
	enum err err;

	if (mustache_compile("fuzz", buf_text(text), text->len, &options, &mustache, &error) != ERR_OK)
		return;
	buf_init(&out, 1 << 16);
	err = mustache_render(mustache, view, &out, &error);
	if ((err != ERR_OK && err != ERR_LIMIT) || out.len > 1 << 16)
		abort();
	if (err == ERR_OK && !utf8_valid(buf_text(&out), out.len))
		abort();
	mustache_names(mustache, ignore, &names);
	mustache_needs(mustache, ignore, &names);
	buf_done(&out);
	mustache_free(&mustache);
}

static void draft(const struct buf *text)
{
	static const struct fact facts[] = {{"thing", "Parcel", 0, 6, NULL}, {"often", "twice", 7, 12, NULL}};
	static const struct brand brand = {.name = "Acme", .signature = "Maya", .contact = "a direct message"};
	struct post post = {.platform = "p", .id = "1", .text = "Parcel twice", .author = {"a", "ada", "Ada B", -1}};
	struct verdict verdict = {.class = CLASS_VENT, .lang = "en", .facts = facts, .fact_count = 2};
	struct draft_request request = {.post = &post,
					.verdict = &verdict,
					.brand = &brand,
					.mention = true,
					.length = {LENGTH_WEIGHTED, 280, 23, 0}};
	struct templates *set = templates_new();
	struct arena *arena = arena_new(1 << 20);
	struct draft made;
	struct error error;

	if (set == NULL || arena == NULL)
		abort();
	if (templates_add(set, "fuzz.txt", buf_text(text), text->len, &error) == ERR_OK) {
		json_object_put(templates_to_json(set));
		for (int class = 0; class < CLASS_COUNT; class ++) {
			verdict.class = (enum class) class;
			if (draft_make(set, arena, &request, &made, &error) == ERR_OK && made.length > 280)
				abort();
		}
	}
	arena_free(&arena);
	templates_free(&set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char fixed[] =
		"{\"a\":true,\"l\":[1,[2,\"x\"],{\"a\":null}],\"o\":{\"b\":{\"c\":\"<&>\"}},\"raw\":\"<i>\",\"n\":1.5}";
	const uint8_t *line = memmem(data, size, "\n===\n", 5);
	struct json_parser *parser = json_parser_new();
	struct json_object *view = NULL;
	struct error error;
	struct buf text;

	if (parser == NULL)
		abort();
	buf_init(&text, 1 << 20);
	if (line != NULL) {
		if (json_parse(parser, (const char *)data, (size_t)(line - data), &view, &error) != ERR_OK)
			view = NULL;
		buf_add(&text, line + 5, size - (size_t)(line - data) - 5);
	} else {
		if (json_parse(parser, fixed, strlen(fixed), &view, &error) != ERR_OK)
			abort();
		buf_add(&text, data, size);
	}
	render(&text, view, MUSTACHE_HTML);
	render(&text, view, MUSTACHE_TEXT);
	draft(&text);
	json_object_put(view);
	json_parser_free(&parser);
	buf_done(&text);
	return 0;
}
