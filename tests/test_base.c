/*
 * test_base.c - the bottom room: arena, buf, error, clock, UTF-8, files, JSON and YAML readers.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "arena.h"
#include "asset.h"
#include "buf.h"
#include "clock.h"
#include "error.h"
#include "file.h"
#include "jsonio.h"
#include "utf8.h"
#include "yaml_tree.h"

static void an_arena_hands_out_aligned_zeroed_memory_up_to_its_cap(void **state)
{
	struct arena *arena = arena_new(100000);
	char *p;

	(void)state;
	assert_non_null(arena);
	for (size_t n = 0; n < 200; n += 7) {
		p = arena_alloc(arena, n);
		assert_non_null(p);
		assert_int_equal((uintptr_t)p % 16, 0);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xff, n);
	}
	assert_null(arena_alloc(arena, 100000));
	assert_true(arena_failed(arena));
	assert_null(arena_alloc(arena, 1)); /* sticky */
	arena_reset(arena);
	assert_false(arena_failed(arena));
	assert_int_equal(arena_used(arena), 0);
	p = arena_alloc(arena, 64);
	for (size_t i = 0; i < 64; i++)
		assert_int_equal(p[i], 0);
	assert_null(arena_array(arena, SIZE_MAX / 2, 3));
	assert_true(arena_failed(arena));
	arena_free(&arena);
	assert_null(arena);
	arena_free(&arena);
}

static void an_arena_copies_and_formats_strings(void **state)
{
	struct arena *arena = arena_new(1 << 20);

	(void)state;
	assert_string_equal(arena_strdup(arena, "abc"), "abc");
	assert_string_equal(arena_strndup(arena, "abc", 2), "ab");
	assert_null(arena_strdup(arena, NULL));
	assert_false(arena_failed(arena));
	assert_string_equal(arena_printf(arena, "%d-%s", 7, "x"), "7-x");
	arena_free(&arena);
}

static void a_buffer_fails_once_and_stays_failed(void **state)
{
	struct buf b;
	char *data;
	size_t len;

	(void)state;
	buf_init(&b, 10);
	assert_string_equal(buf_text(&b), "");
	buf_str(&b, "12345");
	buf_printf(&b, "%d", 678);
	buf_char(&b, '9');
	assert_string_equal(buf_text(&b), "123456789");
	buf_str(&b, "ab"); /* one too many: nothing of it is taken */
	assert_true(b.failed && b.too_big);
	assert_string_equal(buf_text(&b), "123456789");
	buf_char(&b, 'x');
	assert_false(buf_take(&b, &data, &len));
	buf_reset(&b);
	buf_str(&b, "0123456789");
	assert_true(buf_take(&b, &data, &len));
	assert_int_equal(len, 10);
	assert_string_equal(data, "0123456789");
	free(data);
	assert_true(buf_take(&b, &data, NULL));
	assert_string_equal(data, "");
	free(data);
	buf_done(&b);
}

static void a_buffer_lends_its_room(void **state)
{
	struct buf b;
	char *at;

	(void)state;
	buf_init(&b, 300);
	buf_str(&b, "ab");
	at = buf_reserve(&b, 298); /* to the cap */
	assert_non_null(at);
	memset(at, 'c', 298);
	buf_wrote(&b, at + 3);
	assert_string_equal(buf_text(&b), "abccc");
	assert_int_equal(b.len, 5);
	assert_null(buf_reserve(&b, 296));
	assert_true(b.failed && b.too_big);
	assert_null(buf_reserve(&b, 1));
	assert_string_equal(buf_text(&b), "abccc");
	buf_done(&b);
}

static void an_error_is_one_tame_line(void **state)
{
	struct error e;
	char big[2000];

	(void)state;
	assert_int_equal(error_set(&e, ERR_IO, "a\nb\x1b[31m %d", 5), ERR_IO);
	assert_string_equal(e.text, "a?b?[31m 5");
	assert_int_equal(error_prefix(&e, "%s:%d", "f", 3), ERR_IO);
	assert_string_equal(e.text, "f:3: a?b?[31m 5");
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	assert_int_equal(error_set(&e, ERR_LIMIT, "%s", big), ERR_LIMIT);
	assert_int_equal(strlen(e.text), sizeof(e.text) - 1);
	assert_int_equal(error_prefix(&e, "ctx"), ERR_LIMIT);
	assert_int_equal(strlen(e.text), sizeof(e.text) - 1);
	assert_memory_equal(e.text, "ctx: xxx", 8);
	assert_int_equal(error_set(NULL, ERR_IO, "x"), ERR_IO);
}

static void times_are_read_with_any_offset_and_written_in_utc(void **state)
{
	static const struct {
		const char *text, *utc; /* NULL: refused */
	} cases[] = {
		{"2026-11-21T20:00:00Z", "2026-11-21T20:00:00Z"},
		{"2026-11-21t20:00:00.123456z", "2026-11-21T20:00:00Z"},
		{"2026-11-21 20:00:00+02:00", "2026-11-21T18:00:00Z"},
		{"2026-01-01T00:30:00+0100", "2025-12-31T23:30:00Z"},
		{"2024-02-29T23:59:59-05:30", "2024-03-01T05:29:59Z"},
		{"1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z"},
		{"1900-03-01T00:00:00Z", "1900-03-01T00:00:00Z"},
		{"2026-02-29T00:00:00Z", NULL},
		{"2026-13-01T00:00:00Z", NULL},
		{"2026-01-01T24:00:00Z", NULL},
		{"2026-01-01T00:00:00", NULL},
		{"2026-01-01", NULL},
		{"2026-01-01T00:00:00Zx", NULL},
		{"2026-01-01T00:00:00+25:00", NULL},
		{"", NULL},
	};
	char out[CLOCK_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int64_t t = 77;
		int ok = clock_parse(cases[i].text, &t);

		assert_int_equal(ok, cases[i].utc != NULL);
		if (!ok) {
			assert_int_equal(t, 77);
			continue;
		}
		clock_format(t, out);
		assert_string_equal(out, cases[i].utc);
	}
	/* every day of four centuries comes back */
	for (int64_t day = -25567; day < 146097; day++) {
		int64_t t;

		clock_format(day * 86400 + 1, out);
		assert_int_equal(clock_parse(out, &t), 1);
		assert_int_equal(t, day * 86400 + 1);
	}
}

static void utf8_is_checked_strictly_and_cleaned(void **state)
{
	static const struct {
		const char *in, *clean;
		int valid;
	} cases[] = {
		{"plain ascii text of more than eight bytes", "plain ascii text of more than eight bytes", 1},
		{"gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80", "gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80", 1},
		{"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd", 0},		     /* overlong */
		{"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", 0}, /* surrogate */
		{"\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", 0},
		{"cut \xe2\x82", "cut \xef\xbf\xbd\xef\xbf\xbd", 0},
		{"a\x01\x1b[0m\nb\tc\x7f", "a[0m\nb\tc", 1},
		{"a\xc2\x85z", "az", 1}, /* C1 control */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct buf b;

		assert_int_equal(utf8_valid(cases[i].in, strlen(cases[i].in)), cases[i].valid);
		buf_init(&b, 1000);
		utf8_clean(&b, cases[i].in, strlen(cases[i].in));
		assert_string_equal(buf_text(&b), cases[i].clean);
		assert_true(utf8_valid(buf_text(&b), b.len));
		buf_done(&b);
	}
	assert_int_equal(utf8_valid_prefix("12345678abc\xff", 12), 11);
}

static void utf8_decodes_what_it_accepts(void **state)
{
	const char *s = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80";
	const uint32_t want[] = {'a', 0xe9, 0x20ac, 0x1f600};
	const char *p = s, *end = s + strlen(s);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		size_t len;

		assert_int_equal(utf8_decode(p, end, &len), want[i]);
		p += len;
	}
	assert_ptr_equal(p, end);
}

static void a_file_is_written_whole_and_a_secret_must_be_private(void **state)
{
	char dir[] = "/tmp/amends-test-XXXXXX", path[100], none[100];
	struct error e;
	struct buf b;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/secret", dir);
	snprintf(none, sizeof(none), "%s/none", dir);
	buf_init(&b, 100);
	assert_int_equal(file_write(path, "token-1\nrest\n", 13, 0600, &e), ERR_OK);
	assert_int_equal(file_read(path, &b, &e), ERR_OK);
	assert_string_equal(buf_text(&b), "token-1\nrest\n");
	buf_reset(&b);
	assert_int_equal(file_read_secret(path, &b, &e), ERR_OK);
	assert_string_equal(buf_text(&b), "token-1");
	assert_int_equal(chmod(path, 0640), 0);
	buf_reset(&b);
	assert_int_equal(file_read_secret(path, &b, &e), ERR_INVALID);
	assert_non_null(strstr(e.text, "chmod 600"));
	assert_string_equal(buf_text(&b), "");
	assert_int_equal(file_read(none, &b, &e), ERR_NOT_FOUND);
	assert_int_equal(file_read_secret(none, &b, &e), ERR_NOT_FOUND);
	assert_int_equal(file_read_secret(dir, &b, &e), ERR_INVALID);
	b.cap = 5;
	assert_int_equal(file_read(path, &b, &e), ERR_LIMIT);
	buf_done(&b);
	assert_int_equal(file_write("/nowhere/x", "", 0, 0600, &e), ERR_IO);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0); /* no temporary file was left behind */
}

static void json_is_strict_and_says_where_it_broke(void **state)
{
	static const struct {
		const char *text;
		int ok;
	} cases[] = {
		{"{\"a\": 1}", 1},
		{" [1, 2] \r\n", 1},
		{"12", 1},
		{"null", 1},
		{"{\"a\": 1} x", 0},
		{"{\"a\": 1", 0},
		{"{\"a\": 1,}", 0},
		{"", 0},
		{"{\"a\": \"\xff\"}", 0},
		{"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", 0},
	};
	static const char members[] = "{\"s\":\"x\",\"i\":3,\"d\":1.5,\"b\":true,\"n\":null}";
	struct json_parser *parser = json_parser_new();
	struct json_object *o = NULL;
	struct error e;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		enum err err;

		o = NULL;
		err = json_parse(parser, cases[i].text, strlen(cases[i].text), &o, &e);
		if ((err == ERR_OK) != cases[i].ok)
			fail_msg("%s: %s", cases[i].text, err_name(err));
		json_object_put(o);
	}
	assert_int_equal(json_parse(parser, members, strlen(members), &o, &e), ERR_OK);
	assert_string_equal(json_str(o, "s", "-"), "x");
	assert_string_equal(json_str(o, "i", "-"), "-");
	assert_int_equal(json_int(o, "i", 0), 3);
	assert_true(json_num(o, "d", 0) == 1.5 && json_num(o, "i", 0) == 3 && json_num(o, "s", 9) == 9);
	assert_true(json_flag(o, "b", false));
	assert_null(json_get(o, "n"));
	assert_null(json_get(NULL, "n"));
	json_object_put(o);
	json_parser_free(&parser);
	assert_null(parser);
}

static void yaml_becomes_a_tree_that_knows_its_lines(void **state)
{
	static const char text[] = "a: 1\nlist:\n  - x\n  - 'y: z'\nmap:\n  inner: \"q\"\n";
	struct arena *arena = arena_new(1 << 20);
	struct yaml_node *root;
	const struct yaml_node *n;
	struct error e;

	(void)state;
	assert_int_equal(yaml_tree_parse(arena, "t", text, sizeof(text) - 1, &root, &e), ERR_OK);
	assert_int_equal(root->count, 3);
	n = yaml_tree_get(root, "a");
	assert_string_equal(n->text, "1");
	assert_true(n->plain);
	n = yaml_tree_get(root, "list");
	assert_int_equal(n->key_line, 2);
	assert_int_equal(n->count, 2);
	assert_string_equal(n->child->next->text, "y: z");
	assert_false(n->child->next->plain);
	assert_int_equal(n->child->next->line, 4);
	n = yaml_tree_get(yaml_tree_get(root, "map"), "inner");
	assert_string_equal(n->text, "q");
	assert_int_equal(n->line, 6);
	assert_null(yaml_tree_get(root, "none"));
	assert_int_equal(yaml_tree_parse(arena, "t", "", 0, &root, &e), ERR_OK);
	assert_int_equal(root->count, 0);
	arena_free(&arena);
}

static void same_tree(const struct yaml_node *a, const struct yaml_node *b)
{
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->line, b->line);
	assert_int_equal(a->plain, b->plain);
	assert_int_equal(a->key_line, b->key_line);
	assert_int_equal(a->count, b->count);
	assert_int_equal(a->len, b->len);
	assert_true((a->key == NULL) == (b->key == NULL) && (a->text == NULL) == (b->text == NULL));
	if (a->key != NULL)
		assert_string_equal(a->key, b->key);
	if (a->text != NULL)
		assert_memory_equal(a->text, b->text, a->len + 1);
	a = a->child;
	for (b = b->child; a != NULL && b != NULL; a = a->next, b = b->next)
		same_tree(a, b);
	assert_true(a == NULL && b == NULL);
}

static void a_frozen_tree_thaws_to_the_same(void **state)
{
	static const char text[] = "a: 1\nlist:\n  - x\n  - 'y: z'\n  - []\nmap:\n  inner: \"q\"\n  none: ''\n";
	struct arena *arena = arena_new(1 << 20);
	struct yaml_node *root, *again = NULL;
	struct buf frozen;
	struct error e;

	(void)state;
	buf_init(&frozen, 1 << 20);
	assert_int_equal(yaml_tree_parse(arena, "t", text, sizeof(text) - 1, &root, &e), ERR_OK);
	yaml_tree_freeze(root, &frozen);
	assert_false(frozen.failed);
	for (size_t len = 0; len < frozen.len; len++) { /* what is cut is refused */
		assert_int_equal(yaml_tree_thaw(arena, "t", frozen.data, len, &again, &e), ERR_INVALID);
		assert_string_equal(e.text, "t: not a frozen tree");
	}
	assert_null(again);
	assert_int_equal(yaml_tree_thaw(arena, "t", frozen.data, frozen.len, &again, &e), ERR_OK);
	same_tree(root, again);
	buf_char(&frozen, '\0');
	assert_int_equal(yaml_tree_thaw(arena, "t", frozen.data, frozen.len, &again, &e), ERR_INVALID);
	buf_done(&frozen);
	arena_free(&arena);
}

static void carried_trees_are_those_of_the_files(void **state)
{
	const struct asset *tree = NULL;
	size_t count = 0;

	(void)state;
	for (; (tree = asset_next("tree/", tree)) != NULL; count++) {
		const struct asset *file = asset_find(tree->name + strlen("tree/"));
		struct arena *arena = arena_new(64 << 20);
		struct yaml_node *root, *again;

		assert_int_equal(yaml_tree_parse(arena, file->name, file->data, file->len, &root, NULL), ERR_OK);
		assert_int_equal(yaml_tree_thaw(arena, tree->name, tree->data, tree->len, &again, NULL), ERR_OK);
		same_tree(root, again);
		arena_free(&arena);
	}
	assert_true(count > 20);
}

static void bad_yaml_gets_one_line_with_its_place(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{"a: 1\na: 2\n", "t:2: key \"a\" stands here twice"},
		{"a: &x 1\nb: *x\n", "t:1: anchors"},
		{"a: !!int 1\n", "t:1: anchors"},
		{"a: [1, 2\n", "t:2: "},
		{"a: 1\n---\nb: 2\n", "t:2: a second document"},
		{"[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]", "t:1: nested deeper"},
		{"a: \"\xff\"\n", "t: not UTF-8 text at byte 4"},
		{"? [a]\n: 1\n", "t:1: a key must be"},
		{"a: \"x\\0y\"\n", "t:1: a NUL"},
	};
	struct arena *arena = arena_new(1 << 20);
	struct yaml_node *root = NULL;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct error e = {0};

		if (yaml_tree_parse(arena, "t", cases[i].text, strlen(cases[i].text), &root, &e) == ERR_OK)
			fail_msg("accepted: %s", cases[i].text);
		if (strncmp(e.text, cases[i].want, strlen(cases[i].want)) != 0)
			fail_msg("%s: got \"%s\"", cases[i].text, e.text);
		assert_null(root);
	}
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_arena_hands_out_aligned_zeroed_memory_up_to_its_cap),
		cmocka_unit_test(an_arena_copies_and_formats_strings),
		cmocka_unit_test(a_buffer_fails_once_and_stays_failed),
		cmocka_unit_test(a_buffer_lends_its_room),
		cmocka_unit_test(an_error_is_one_tame_line),
		cmocka_unit_test(times_are_read_with_any_offset_and_written_in_utc),
		cmocka_unit_test(utf8_is_checked_strictly_and_cleaned),
		cmocka_unit_test(utf8_decodes_what_it_accepts),
		cmocka_unit_test(a_file_is_written_whole_and_a_secret_must_be_private),
		cmocka_unit_test(json_is_strict_and_says_where_it_broke),
		cmocka_unit_test(yaml_becomes_a_tree_that_knows_its_lines),
		cmocka_unit_test(a_frozen_tree_thaws_to_the_same),
		cmocka_unit_test(carried_trees_are_those_of_the_files),
		cmocka_unit_test(bad_yaml_gets_one_line_with_its_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
