/*
 * fuzz_post.c - any bytes as a line of the post contract: refused with a sentence, or a post whose required parts are
 * there and which, written and read again, is the same.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "jsonio.h"
#include "post.h"
#include "utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int truth)
{
	if (!truth)
		abort();
}

/* NULL when refused. */
static char *read_and_write(struct json_parser *parser, const char *text, size_t len)
{
	struct arena *arena = arena_new((size_t)32 << 20);
	struct json_object *object = NULL, *out;
	struct error error = {0};
	struct post post;
	char *written = NULL;

	if (json_parse(parser, text, len, &object, &error) == ERR_OK &&
	    post_from_json(arena, object, &post, &error) == ERR_OK) {
		must(post.id && post.id[0] && post.platform && post.platform[0] && post.author.id);
		must(post.deleted || (post.text && utf8_valid(post.text, strlen(post.text))));
		out = post_to_json(&post);
		must(out != NULL);
		written = strdup(json_object_to_json_string_ext(out, JSON_C_TO_STRING_PLAIN));
		json_object_put(out);
	} else {
		must(error.code != ERR_OK && error.text[0]);
	}
	json_object_put(object);
	arena_free(&arena);
	return written;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json_parser *parser = json_parser_new();
	char *first = read_and_write(parser, (const char *)data, size), *second;

	if (first) {
		second = read_and_write(parser, first, strlen(first));
		must(second && strcmp(first, second) == 0);
		free(second);
		free(first);
	}
	json_parser_free(&parser);
	return 0;
}
