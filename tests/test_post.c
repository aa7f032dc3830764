/*
 * test_post.c - the contract "post as JSON": what is read, what is refused and with which words, what is written.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "jsonio.h"
#include "platform.h"
#include "post.h"

struct fixture {
	struct arena *arena;
	struct json_parser *parser;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->arena = arena_new(4u << 20);
	f->parser = json_parser_new();
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	arena_free(&f->arena);
	json_parser_free(&f->parser);
	free(f);
	return 0;
}

static enum err read_post(struct fixture *f, const char *json, struct post *post, struct error *error)
{
	struct json_object *object = NULL;
	enum err code;

	if (json_parse(f->parser, json, strlen(json), &object, error) != ERR_OK)
		fail_msg("the test's own JSON is wrong: %s: %s", json, error->text);
	code = post_from_json(f->arena, object, post, error);
	json_object_put(object);
	return code;
}

static void a_full_post_is_read_key_by_key(void **state)
{
	struct post p;
	struct error error;

	assert_int_equal(read_post(*state,
				   "{\"id\":\"a1\",\"platform\":\"x\",\"text\":\"Hello &amp; "
				   "bye\",\"lang\":\"en-GB\",\"created_at\":"
				   "\"2026-11-21T20:00:00+01:00\",\"edited_at\":\"2026-11-21T20:30:00Z\",\"url\":"
				   "\"https://x.example/a1\","
				   "\"author\":{\"id\":7,\"handle\":\"@ada\",\"name\":\"Ada\",\"followers\":12},\"in_"
				   "reply_to\":\"a0\","
				   "\"thread\":\"t\",\"rating\":4,\"metrics\":{\"likes\":1,\"replies\":2,\"shares\":3,"
				   "\"views\":4},"
				   "\"brand\":\"Acme\",\"labels\":{\"complaint\":1},\"verdict\":{},\"unknown\":[1]}",
				   &p, &error),
			 ERR_OK);
	assert_string_equal(p.id, "a1");
	assert_string_equal(p.platform, "x");
	assert_string_equal(p.text, "Hello &amp; bye"); /* not decoded: it is what was posted */
	assert_string_equal(p.lang, "en");
	assert_int_equal(p.created_s, 1795287600);
	assert_int_equal(p.edited_s, 1795293000);
	assert_string_equal(p.url, "https://x.example/a1");
	assert_string_equal(p.author.id, "7");
	assert_string_equal(p.author.handle, "ada");
	assert_string_equal(p.author.name, "Ada");
	assert_int_equal(p.author.followers, 12);
	assert_string_equal(p.in_reply_to, "a0");
	assert_string_equal(p.thread, "t");
	assert_int_equal(p.rating, 4);
	assert_int_equal(p.likes, 1);
	assert_int_equal(p.replies, 2);
	assert_int_equal(p.shares, 3);
	assert_int_equal(p.views, 4);
	assert_string_equal(p.brand, "Acme");
	assert_int_equal(p.deleted, 0);
}

static void what_a_post_does_not_say_is_not_known(void **state)
{
	struct post p;
	struct error error;

	assert_int_equal(
		read_post(*state,
			  "{\"id\":12345678901234567,\"platform\":\"x\",\"text\":\"\",\"lang\":null,\"url\":\"\","
			  "\"author\":null,\"rating\":null,\"metrics\":null,\"created_at\":\"\"}",
			  &p, &error),
		ERR_OK);
	assert_string_equal(p.id, "12345678901234567");
	assert_string_equal(p.text, "");
	assert_null(p.lang);
	assert_null(p.url);
	assert_null(p.in_reply_to);
	assert_null(p.thread);
	assert_null(p.brand);
	assert_string_equal(p.author.id, "");
	assert_null(p.author.handle);
	assert_int_equal(p.author.followers, -1);
	assert_int_equal(p.created_s, 0);
	assert_int_equal(p.rating, 0);
	assert_int_equal(p.likes, -1);
	assert_int_equal(p.views, -1);
}

static void an_author_may_be_a_name(void **state)
{
	struct post p;
	struct error error;

	assert_int_equal(
		read_post(*state, "{\"id\":\"1\",\"platform\":\"x\",\"text\":\"t\",\"author\":\"@ada\"}", &p, &error),
		ERR_OK);
	assert_string_equal(p.author.id, "ada");
	assert_string_equal(p.author.handle, "ada");
	assert_int_equal(read_post(*state,
				   "{\"id\":\"1\",\"platform\":\"x\",\"text\":\"t\",\"author\":{\"name\":\"A\"}}", &p,
				   &error),
			 ERR_OK);
	assert_string_equal(p.author.id, "");
	assert_string_equal(p.author.name, "A");
}

static void texts_are_cleaned(void **state)
{
	struct post p;
	struct error error;

	assert_int_equal(read_post(*state, "{\"id\":\"1\",\"platform\":\"x\",\"text\":\"a\\u0000b\\u001bc\\td\\ne\"}",
				   &p, &error),
			 ERR_OK);
	assert_string_equal(p.text, "abc\td\ne");
}

static void wrong_posts_are_refused_with_the_place(void **state)
{
#define OK_START "{\"id\":\"1\",\"platform\":\"x\",\"text\":\"t\","
	static const struct {
		const char *json, *error;
	} wrong[] = {
		{"[]", "not a JSON object"},
		{"\"text\"", "not a JSON object"},
		{"{}", "/id: missing"},
		{"{\"id\":\"\",\"platform\":\"x\",\"text\":\"t\"}", "/id: missing"},
		{"{\"id\":true,\"platform\":\"x\",\"text\":\"t\"}", "/id: not a string"},
		{"{\"id\":\"a\\nb\",\"platform\":\"x\",\"text\":\"t\"}", "/id: has a control character"},
		{"{\"id\":\"a\\u0000b\",\"platform\":\"x\",\"text\":\"t\"}", "/id: has a control character"},
		{"{\"id\":\"a\",\"platform\":\"x\",\"text\":\"t\",\"author\":\"a\\tb\"}", "/author: has a control character"},
		{"{\"id\":\"a\",\"platform\":\"x\",\"text\":\"t\",\"author\":{\"handle\":\"a\\nb\"}}",
		 "/author/handle: has a control character"},
		{"{\"id\":\"1\",\"text\":\"t\"}", "/platform: missing"},
		{"{\"id\":\"1\",\"platform\":\"x\"}", "/text: missing"},
		{"{\"id\":\"1\",\"platform\":\"x\",\"text\":null}", "/text: missing"},
		{"{\"id\":\"1\",\"platform\":\"x\",\"text\":5}", "/text: not a string"},
		{OK_START "\"lang\":5}", "/lang: not a string"},
		{OK_START "\"url\":\"javascript:alert(1)\"}", "/url: not an http:// or https:// address"},
		{OK_START "\"url\":\"https://x/\\\" onclick=\"}", "/url: not an http:// or https:// address"},
		{OK_START "\"created_at\":\"yesterday\"}",
		 "/created_at: not an RFC 3339 time such as 2026-11-21T20:00:00Z"},
		{OK_START "\"created_at\":1795287600}", "/created_at: not a string"},
		{OK_START "\"author\":5}", "/author: neither a string nor an object"},
		{OK_START "\"author\":{\"followers\":\"many\"}}", "/author/followers: not a number"},
		{OK_START "\"author\":{\"followers\":1.5}}", "/author/followers: not a whole number"},
		{OK_START "\"author\":{\"id\":[]}}", "/author/id: not a string"},
		{OK_START "\"rating\":6}", "/rating: not between 1 and 5"},
		{OK_START "\"rating\":0}", "/rating: not between 1 and 5"},
		{OK_START "\"rating\":\"5\"}", "/rating: not a number"},
		{OK_START "\"metrics\":[]}", "/metrics: not an object"},
		{OK_START "\"metrics\":{\"likes\":-5}}", "/metrics/likes: not between -1 and 1000000000000"},
		{OK_START "\"metrics\":{\"views\":1e300}}", "/metrics/views: not between -1 and 1000000000000"},
		{OK_START "\"in_reply_to\":{}}", "/in_reply_to: not a string"},
		{OK_START "\"brand\":1}", "/brand: not a string"},
	};

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		struct post p = {.rating = 77};
		struct error error;

		if (read_post(*state, wrong[i].json, &p, &error) != ERR_INVALID)
			fail_msg("%s: taken", wrong[i].json);
		if (strcmp(error.text, wrong[i].error) != 0)
			fail_msg("%s: \"%s\", want \"%s\"", wrong[i].json, error.text, wrong[i].error);
		assert_int_equal(p.rating, 77); /* untouched */
	}
}

static void a_text_over_the_cap_is_a_limit_error(void **state)
{
	char *json = malloc(POST_TEXT_MAX + 200);
	struct post p;
	struct error error;
	int n = sprintf(json, OK_START "\"lang\":\"e\",\"text\":\"");

	memset(json + n, 'x', POST_TEXT_MAX);
	strcpy(json + n + POST_TEXT_MAX, "\"}");
	assert_int_equal(read_post(*state, json, &p, &error), ERR_OK);
	assert_int_equal(strlen(p.text), POST_TEXT_MAX);
	strcpy(json + n + POST_TEXT_MAX, "x\"}");
	assert_int_equal(read_post(*state, json, &p, &error), ERR_LIMIT);
	assert_string_equal(error.text, "/text: longer than 65536 bytes");
	free(json);
}

static void bad_bytes_count_as_the_three_they_become(void **state)
{
	char json[1024] = "{\"id\":\"a1\",\"text\":\"x\",\"platform\":\"p", *at = json + strlen(json);
	struct post p;
	struct error error;

	for (int i = 0; i < 100; i++, at += 2)
		memcpy(at, "\xC0\xBB", 2);
	strcpy(at, "\"}");
	assert_int_equal(read_post(*state, json, &p, &error), ERR_LIMIT);
	assert_string_equal(error.text, "/platform: longer than 512 bytes");
}

static void a_post_written_and_read_again_is_the_same(void **state)
{
	static const char *const posts[] = {
		"{\"id\":\"a1\",\"platform\":\"x\",\"text\":\"Hello\",\"lang\":\"en\",\"created_at\":\"2026-11-21T20:"
		"00:00Z\","
		"\"edited_at\":\"2026-11-21T21:00:00Z\",\"url\":\"https://x.example/"
		"a1\",\"author\":{\"id\":\"7\",\"handle\":"
		"\"ada\",\"name\":\"Ada\",\"followers\":12},\"in_reply_to\":\"a0\",\"thread\":\"t\",\"rating\":4,"
		"\"metrics\":"
		"{\"likes\":1,\"replies\":2,\"shares\":3,\"views\":4},\"brand\":\"Acme\"}",
		"{\"id\":\"a1\",\"platform\":\"x\",\"text\":\"\"}",
		"{\"id\":\"a1\",\"platform\":\"x\",\"text\":\"t\",\"metrics\":{\"likes\":0}}",
		"{\"id\":\"a1\",\"platform\":\"x\",\"deleted\":true}",
	};
	struct post p;
	struct error error;

	for (size_t i = 0; i < ARRAY_LEN(posts); i++) {
		struct json_object *object;

		assert_int_equal(read_post(*state, posts[i], &p, &error), ERR_OK);
		object = post_to_json(&p);
		assert_non_null(object);
		assert_string_equal(
			json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE),
			posts[i]);
		json_object_put(object);
	}
}

static void a_full_arena_is_no_memory_not_half_a_post(void **state)
{
	const char *json =
		"{\"id\":\"a1\",\"platform\":\"x\",\"text\":\"a text that is longer than that\",\"author\":\"ada\"}";
	struct fixture *f = *state;
	struct json_object *object = NULL;
	struct error error;
	bool fitted = false;

	assert_int_equal(json_parse(f->parser, json, strlen(json), &object, &error), ERR_OK);
	for (size_t cap = 1; cap < 1000; cap += 8) {
		struct arena *arena = arena_new(cap);
		struct post p = {.rating = 77};
		enum err code = post_from_json(arena, object, &p, &error);

		if (code == ERR_OK) {
			fitted = true;
			assert_string_equal(p.author.handle, "ada");
		} else {
			assert_int_equal(code, ERR_NOMEM);
			assert_int_equal(p.rating, 77);
		}
		arena_free(&arena);
	}
	assert_true(fitted);
	json_object_put(object);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(a_full_post_is_read_key_by_key),
		T(what_a_post_does_not_say_is_not_known),
		T(an_author_may_be_a_name),
		T(texts_are_cleaned),
		T(wrong_posts_are_refused_with_the_place),
		T(a_text_over_the_cap_is_a_limit_error),
		T(bad_bytes_count_as_the_three_they_become),
		T(a_post_written_and_read_again_is_the_same),
		T(a_full_arena_is_no_memory_not_half_a_post),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
