/*
 * test_yaml.c - the quick reader of plain YAML gives the trees that libyaml gives, or leaves the text to it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arena.h"
#include "asset.h"
#include "utf8.h"
#include "watcher/base/yaml_plain.h"

#define ARENA_MAX ((size_t)16 << 20)
#define CHANGED_TEXTS 40000

static bool same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool same_tree(const struct yaml_node *a, const struct yaml_node *b)
{
	if (a->kind != b->kind || a->line != b->line || a->plain != b->plain || a->len != b->len || a->count != b->count ||
	    a->key_line != b->key_line || !same_text(a->key, b->key) || !same_text(a->text, b->text))
		return false;
	for (a = a->child, b = b->child; a != NULL && b != NULL; a = a->next, b = b->next)
		if (!same_tree(a, b))
			return false;
	return a == b; /* both have ended */
}

/* Was it read? Then libyaml must read the same. */
static bool reads_alike(const char *text, size_t len)
{
	struct arena *quick = arena_new(ARENA_MAX), *slow = arena_new(ARENA_MAX);
	struct yaml_node *a = NULL, *b = NULL;
	struct error e = {0};
	char *exact = malloc(len + 1); /* so that the address sanitizer sees a byte too many */
	bool read;

	assert_non_null(exact);
	memcpy(exact, text, len);
	read = yaml_plain_parse(quick, exact, len, &a) == YAML_PLAIN_READ;
	free(exact);
	if (read && yaml_tree_read(slow, "t", text, len, &b, &e) != ERR_OK)
		fail_msg("read, but libyaml says %s of:\n%.*s", e.text, (int)len, text);
	if (read && !same_tree(a, b))
		fail_msg("another tree than libyaml's of:\n%.*s", (int)len, text);
	arena_free(&quick);
	arena_free(&slow);
	return read;
}

static void plain_yaml_is_read(void **state)
{
	static const char *const texts[] = {
		"- a",
		"a: b",
		"# first\n\n- id: x\n  # between\n  match:\n    - 'it''s'\n    - ''\n  unless: '\\bno: # \\b'\n\n- id: y\n",
		"a:\n  b:\n    c: 1.5\n  d: -2\ne: x  \n",
		"   \n  - 'a' \n  - b\n",
		"- a: 1\n  b: 2\n-   c: 3\n    d: 4\n",
		"a: http://x#y, [z] \"w\"\n",
		"a: x\xC3\xA9\xE2\x82\xAC\n",
		"- 'a'''\n- ''''\n#end",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (!reads_alike(texts[i], strlen(texts[i])))
			fail_msg("left to libyaml:\n%s", texts[i]);
}

static void other_yaml_and_mistakes_are_left_to_libyaml(void **state)
{
	static const char *const texts[] = {
		"", "\n# nothing\n", "word", "'word'", "[a]", "{a: b}", "a: [b]", "a: {b: c}", "a: \"b\"", "a: |\n  b\n",
		"a: >\n  b\n", "a: &b c", "a: *b", "a: !b c", "a:", "a:\nb: c", "a:\n- b", "- - b", "-", "- ", "-a",
		"a: b # c", "a: 'b' # c", "a: 'b", "a: 'b\n  c'", "a: 'b' c", "a: b\n  c", "a: b\n  c: d", "a: b: c", "a: b:",
		"a: 'b'\n   'c'", "a: b\na: c", "A: b", "'a': b", "? a\n: b", "--- a", "a: b\n---\nc: d", "a: b\n...\n",
		"%YAML 1.1\n---\na: b", "\ta: b", "a:\tb", "a: b\r\n", "\357\273\277a: b", "a: \xE2\x80\xA8", "a: \xC2\x85",
		"a: b\x7F", "a: b\xEF\xBF\xBF", "a:\n    b: c\n  d: e", "- a\n b", "- a: b\n c: d", "- a: b\n   c: d", "a: b\n- c",
		"- a\nb: c",
		"a: -", "a: - b", "a: ?", "a: @b", "a: `b", "a: %b", "a: #b", "a: ,b",
		"a: \xC3\xA9", "a :b",
		"a:\n - b:\n    - c:\n       - d:\n          - e:\n             - f:\n                - g\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (reads_alike(texts[i], strlen(texts[i])))
			fail_msg("read:\n%s", texts[i]);
}

static bool is_yaml(const struct asset *asset)
{
	const char *dot = strrchr(asset->name, '.');

	return dot != NULL && strcmp(dot, ".yaml") == 0;
}

static void shipped_rules_are_read_as_libyaml_reads_them(void **state)
{
	const struct asset *asset = NULL;
	size_t count = 0, left = 0;

	(void)state;
	while ((asset = asset_next("classify/rules/", asset)) != NULL)
		if (is_yaml(asset)) {
			count++;
			left += !reads_alike(asset->data, asset->len);
		}
	print_message("%zu files, %zu of them left to libyaml\n", count, left);
	assert_true(count > 100 && left * 20 < count);
}

/* A number from 0 to below `below`; the same in every run. */
static size_t chance(uint64_t *seed, size_t below)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (size_t)(*seed >> 33) % below;
}

/* One to four pieces put in, or bytes taken out. */
static size_t change(uint64_t *seed, char *text, size_t len, size_t room)
{
	static const char *const pieces[] = {
		"\n", " ", "  ", "'", "''", ":", ": ", "- ", "-", "#", " #", "\"", "[", "]", "{", "}", ",", "\t", "a", "1", "?",
		"&", "*", "!", "|", ">", "%", "@", "---", "...", "\n\n", "a: b\n", "- a\n", "\n  ", "\r", "\xC3\xA9",
		"\xE2\x80\xA8", "\\", "+1", ".", "\x01",
	};

	for (size_t times = 1 + chance(seed, 4); times > 0; times--) {
		const char *piece = pieces[chance(seed, ARRAY_LEN(pieces))];
		size_t at = chance(seed, len + 1), size = strlen(piece), out = chance(seed, 3);

		out = chance(seed, 2) ? 0 : out < len - at ? out : len - at;
		if (len + size > room)
			continue;
		memmove(text + at + size, text + at + out, len - at - out);
		memcpy(text + at, piece, size);
		len += size - out;
	}
	return len;
}

static void changed_texts_are_read_as_libyaml_reads_them_or_left_to_it(void **state)
{
	static const char base[] = "# head\n- id: late_parcel\n  about: Says it's late, 2 days.\n"
				   "  match:\n    - '\\blate\\b'\n    - 'can''t'\n  near:\n    words: 3\n    patterns:\n      - 'a'\n      - b\n  lang: en\n\n"
				   "- id: y\n  problem: -1.5\n  examples:\n    hit:\n      - 'X: y'\n";
	uint64_t seed = 1;
	size_t read = 0;

	(void)state;
	for (int i = 0; i < CHANGED_TEXTS; i++) {
		char text[1000];
		size_t len = sizeof(base) - 1;

		memcpy(text, base, len);
		len = change(&seed, text, len, sizeof(text));
		if (utf8_valid(text, len))
			read += reads_alike(text, len);
	}
	print_message("%zu of %d were read\n", read, CHANGED_TEXTS);
	assert_true(read > CHANGED_TEXTS / 20 && read < CHANGED_TEXTS * 19 / 20);
}

static void exhausted_memory_is_told(void **state)
{
	struct yaml_node *root = NULL;
	struct error e = {0};

	(void)state;
	for (size_t cap = 0; cap < 8000; cap += 16) {
		struct arena *arena = arena_new(cap);
		enum err err = yaml_tree_parse(arena, "t", "- a: b\n- c: d\n", 14, &root, &e);

		assert_true(err == ERR_OK || err == ERR_NOMEM);
		assert_true((err == ERR_OK) == !arena_failed(arena));
		arena_free(&arena);
	}
	assert_non_null(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_yaml_is_read),
		cmocka_unit_test(other_yaml_and_mistakes_are_left_to_libyaml),
		cmocka_unit_test(shipped_rules_are_read_as_libyaml_reads_them),
		cmocka_unit_test(changed_texts_are_read_as_libyaml_reads_them_or_left_to_it),
		cmocka_unit_test(exhausted_memory_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
