/*
 * test_skim.c - the quick reader against json-c and post_from_json(): whatever it accepts, they must accept, with the
 * same post; and the plain forms of the contract it must accept, or it would be of no use.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "jsonio.h"
#include "watcher/skim.h"

struct room {
	struct arena *quick, *slow;
	struct json_parser *parser;
};

static int room_open(void **state)
{
	struct room *room = calloc(1, sizeof(*room));

	room->quick = arena_new((size_t)16 << 20);
	room->slow = arena_new((size_t)16 << 20);
	room->parser = json_parser_new();
	*state = room;
	return 0;
}

static int room_close(void **state)
{
	struct room *room = *state;

	arena_free(&room->quick);
	arena_free(&room->slow);
	json_parser_free(&room->parser);
	free(room);
	return 0;
}

/* What `amends classify` makes of a line by json-c: platform and id may be missing. */
static bool read_slowly(struct room *room, const char *line, size_t len, struct post *post_r)
{
	CLEANUP(json) struct json_object *object = NULL;

	if (json_parse(room->parser, line, len, &object, NULL) != ERR_OK ||
	    !json_object_is_type(object, json_type_object))
		return false;
	assert_false(json_object_object_get_ex(object, "verdict", NULL));
	if (!json_get(object, "platform"))
		json_add_str(object, "platform", "-");
	if (!json_get(object, "id"))
		json_add_str(object, "id", "-");
	return post_from_json(room->slow, object, post_r, NULL) == ERR_OK;
}

static void same_text(const char *line, const char *a, const char *b)
{
	if ((a == NULL) != (b == NULL) || (a != NULL && strcmp(a, b) != 0))
		fail_msg("%s: \"%s\" and \"%s\"", line, a ? a : "NULL", b ? b : "NULL");
}

static void same_post(const char *line, const struct post *a, const struct post *b)
{
	same_text(line, a->platform, b->platform);
	same_text(line, a->id, b->id);
	same_text(line, a->text, b->text);
	same_text(line, a->lang, b->lang);
	same_text(line, a->url, b->url);
	same_text(line, a->in_reply_to, b->in_reply_to);
	same_text(line, a->thread, b->thread);
	same_text(line, a->brand, b->brand);
	same_text(line, a->author.id, b->author.id);
	same_text(line, a->author.handle, b->author.handle);
	same_text(line, a->author.name, b->author.name);
	if (a->author.followers != b->author.followers || a->created_s != b->created_s || a->edited_s != b->edited_s ||
	    a->rating != b->rating || a->likes != b->likes || a->replies != b->replies || a->shares != b->shares ||
	    a->views != b->views || a->deleted != b->deleted)
		fail_msg("%s: numbers differ", line);
}

/* Was it taken? Then both ways agree. */
static bool agree(struct room *room, const char *line, size_t len)
{
	struct post quick, slow;
	char *exact = malloc(len ? len : 1); /* so that a sanitizer sees one byte too many */
	bool taken;

	memcpy(exact, line, len);
	arena_reset(room->quick);
	arena_reset(room->slow);
	taken = skim_post(room->quick, exact, len, &quick);
	free(exact);
	if (!taken)
		return false;
	if (!read_slowly(room, line, len, &slow))
		fail_msg("json-c refuses %.*s", (int)len, line);
	same_post(line, &quick, &slow);
	return true;
}

static const char *const plain[] = {
	"{\"text\":\"My parcel never arrived\"}",
	" { \"text\" : \"a\" , \"n\" : [ 1 , -2.5e+3 , { } , [ ] , true , false , null , \"\\u00e9\\\\\" ] } ",
	"{\"id\":\"1\",\"platform\":\"x\",\"text\":\"caf\\u00e9 \\ud83d\\ude00 \\\"q\\\" \\/ "
	"\\n\\t\",\"lang\":\"en-GB\","
	"\"created_at\":\"2026-11-21T20:00:00Z\",\"url\":\"https://example.org/1\",\"rating\":2,\"brand\":\"Acme\","
	"\"author\":{\"id\":\"a1\",\"handle\":\"@ada\",\"name\":\"Ada \\u00c9\",\"followers\":12,\"x\":[{}]},"
	"\"in_reply_to\":\"0\",\"thread\":\"0\",\"metrics\":{\"likes\":1,\"replies\":0,\"shares\":-1,\"views\":99},"
	"\"edited_at\":null,\"labels\":{\"intent\":\"vent\",\"complaint\":1,\"conf\":0.5}}",
	"{\"text\":\"été 日本 😀\",\"author\":\"@ada\",\"id\":null,\"lang\":\"\",\"metrics\":null,\"stars\":1}",
	"{\"text\":\"a\",\"author\":\"@\",\"lang\":\"english\",\"created_at\":\"2026-11-21 20:00:00+0100\"}",
	"{\"text\":\"a\",\"author\":{\"handle\":\"ada\",\"id\":\"\"},\"rating\":null}",
	"{\"text\":\"a\",\"author\":\"@@ada\"}",
	"{\"text\":\"a\",\"author\":{\"id\":\"7\",\"handle\":\"a\\tda\"}}",
	"{\"text\":\"a\",\"author\":{},\"x\":1e99,\"y\":-0.0,\"z\":-0,\"metrics\":{}}\r",
};

static void plain_lines_are_read_like_json_c_reads_them(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(plain); i++)
		if (!agree(*state, plain[i], strlen(plain[i])))
			fail_msg("left to json-c: %s", plain[i]);
}

static void odd_lines_are_left_to_json_c(void **state)
{
	static const char *const odd[] = {
		"",
		"{}",
		"[]",
		"null",
		"{\"id\":\"1\"}",
		"{\"text\":7}",
		"{\"text\":null}",
		"{\"text\":\"\"}",
		"{\"text\":\"a\",\"verdict\":{}}",
		"{\"text\":\"a\",\"deleted\":true}",
		"{\"text\":\"a\",\"text\":\"b\"}",
		"{\"te\\u0078t\":\"a\"}",
		"{\"text\":\"a\",\"verdic\\u0074\":1}",
		"{\"text\":\"\\u0000\"}",
		"{\"text\":\"\\ud83d\"}",
		"{\"text\":\"\\ude00\\ud83d\"}",
		"{\"text\":\"\\ud83dxx\\ude00\"}",
		"{\"text\":\"a\\u0007\"}",
		"{\"text\":\"a\\u007f\"}",
		"{\"text\":\"a\\u0085\"}",
		"{\"text\":\"a\xc2\x85\"}",
		"{\"text\":\"a\xff\"}",
		"{\"text\":\"a\tb\"}",
		"{\"text\":\"a\\x\"}",
		"{\"text\":\"a\\u00g0\"}",
		"{'text':\"a\"}",
		"{\"text\":\"a\",}",
		"{\"text\":\"a\"} x",
		"{\"text\":\"a\"",
		"{\"text\":\"a\\\"}",
		"{\"text\":\"a\",\"rating\":6}",
		"{\"text\":\"a\",\"rating\":4.0}",
		"{\"text\":\"a\",\"rating\":\"4\"}",
		"{\"text\":\"a\",\"id\":7}",
		"{\"text\":\"a\",\"id\":\"\"}",
		"{\"text\":\"a\",\"platform\":\"\"}",
		"{\"text\":\"a\",\"id\":\"a\\nb\"}",
		"{\"text\":\"a\",\"url\":\"javascript:alert(1)\"}",
		"{\"text\":\"a\",\"created_at\":\"yesterday\"}",
		"{\"text\":\"a\",\"author\":7}",
		"{\"text\":\"a\",\"author\":\"a\\tda\"}",
		"{\"text\":\"a\",\"author\":{\"handle\":\"a\\nda\"}}",
		"{\"text\":\"a\",\"author\":{\"followers\":1.5}}",
		"{\"text\":\"a\",\"metrics\":[]}",
		"{\"text\":\"a\",\"metrics\":{\"likes\":-2}}",
		"{\"text\":\"a\",\"n\":01}",
		"{\"text\":\"a\",\"n\":.5}",
		"{\"text\":\"a\",\"n\":1.}",
		"{\"text\":\"a\",\"n\":NaN}",
		"{\"text\":\"a\",\"n\":123456789012345678}",
		"{\"text\":\"a\",\"n\":[[[[[[[[[[1]]]]]]]]]]}",
		"{\"text\":\"a\",\"n\":tru}",
		"{\"text\":\"a\" \"n\":1}",
	};
	struct room *room = *state;

	for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
		struct post post;

		arena_reset(room->quick);
		if (skim_post(room->quick, odd[i], strlen(odd[i]), &post))
			fail_msg("taken: %s", odd[i]);
	}
}

static void every_cut_and_every_changed_byte_is_read_alike_or_left(void **state)
{
	static const char others[] = "\"\\{}[]:,0-9.eEu/ \t\n\x01\x7f\x80\xc2\xe2\xf0ntf'1";
	size_t taken = 0;
	char line[1200];

	for (size_t i = 0; i < ARRAY_LEN(plain); i++) {
		size_t len = strlen(plain[i]);

		for (size_t cut = 0; cut < len; cut++)
			(void)agree(*state, memcpy(line, plain[i], len + 1), cut);
		for (size_t at = 0; at < len; at++)
			for (size_t other = 0; other < sizeof(others) - 1; other++) {
				memcpy(line, plain[i], len + 1);
				line[at] = others[other];
				taken += agree(*state, line, len);
			}
	}
	assert_true(taken > 1000); /* the check is no empty one */
}

/* Real files when there are any: nearly all lines must go the quick way. */
static void lines_of_the_collected_posts_are_read_alike(void **state)
{
	const char *shared = getenv("AMENDS_SHARED");
	char path[4096], *line = NULL;
	size_t size = 0, lines = 0, taken = 0;
	ssize_t len;
	FILE *file;

	snprintf(path, sizeof(path), "%s/data/intent.jsonl", shared ? shared : "../shared");
	file = fopen(path, "r");
	if (file == NULL) {
		print_message("no %s: skipped\n", path);
		skip();
	}
	while ((len = getline(&line, &size, file)) > 0) {
		lines++;
		taken += agree(*state, line, (size_t)len);
	}
	free(line);
	fclose(file);
	assert_true(lines > 0);
	if (taken * 100 < lines * 95)
		fail_msg("only %zu of %zu lines went the quick way", taken, lines);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(plain_lines_are_read_like_json_c_reads_them, room_open, room_close),
		cmocka_unit_test_setup_teardown(odd_lines_are_left_to_json_c, room_open, room_close),
		cmocka_unit_test_setup_teardown(every_cut_and_every_changed_byte_is_read_alike_or_left, room_open,
						room_close),
		cmocka_unit_test_setup_teardown(lines_of_the_collected_posts_are_read_alike, room_open, room_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
