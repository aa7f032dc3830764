/*
 * test_yaml.c - the quick reader of plain YAML reads what libyaml reads, or leaves the text to it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "asset.h"
#include "error.h"
#include "tests/yaml_same.h"

static const char sample[] = "# a file of rules\n"
			     "\n"
			     "- id: late\n"
			     "  about: Comes late, or never (at all).\n"
			     "  match:\n"
			     "    - '\\b(?:it''s|is)\\s+late\\b'   \n"
			     "\n"
			     "    # between\n"
			     "    - \"too late: #5\"\n"
			     "  complaint: -0.5\n"
			     "  examples:\n"
			     "    hit:\n"
			     "      - ''\n"
			     "      - 'caf\xc3\xa9 \xe2\x98\x85\xef\xb8\x8f'\n"
			     "-   id: b\n"
			     "    near:\n"
			     "      words: 3";

static void what_is_plain_is_read_as_libyaml_reads_it(void **state)
{
	static const char *const texts[] = {
		sample, "a: b", "- a", "  a: b\n  c: d\n", "a: b # \n", "a:\n  - x\n\n\n", "a: b:c\n", "- a: b\n- c\n- - d\n",
		"a: 'b'\nc: \"d\"\n", "a: ''''\n", "- http://x.example/#y\n", "a: .5\nb: -.5\nc: -1\n", "a:   b   \n",
		"a: x - y, [z] {w}\n", "# no more\na: \xc2\xa0\n", "a: x\xe2\x80\xa7\n",
	};
	size_t taken = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		int answer = plain_is_same(texts[i], strlen(texts[i]));

		if (answer < 0)
			fail_msg("read otherwise: %s", texts[i]);
		taken += answer > 0;
	}
	assert_int_equal(taken, ARRAY_LEN(texts) - 3); /* a comment behind a value, - -, what begins as no word does */
}

static void every_cut_and_every_changed_byte_is_read_as_libyaml_reads_it(void **state)
{
	static const char odd[] = "\n \t-:#'\"[{|>&*!%@,?~x0\\\x85\xc2\xef";
	char text[sizeof(sample)];
	size_t taken = 0;

	(void)state;
	for (size_t len = 0; len < sizeof(sample); len++) {
		int answer = plain_is_same(sample, len);

		if (answer < 0)
			fail_msg("read otherwise when cut behind %zu bytes", len);
		taken += answer > 0;
	}
	assert_in_range(taken, 80, sizeof(sample));
	for (size_t at = 0; at < sizeof(sample) - 1; at++)
		for (size_t i = 0; i < sizeof(odd) - 4; i++) { /* ASCII: the text stays UTF-8 but for its own signs */
			memcpy(text, sample, sizeof(sample));
			if ((unsigned char)text[at] >= 0x80)
				continue;
			text[at] = odd[i];
			if (plain_is_same(text, sizeof(sample) - 1) < 0)
				fail_msg("read otherwise with 0x%02x at byte %zu", (unsigned char)odd[i], at);
		}
}

static void what_is_not_plain_is_left_to_libyaml(void **state)
{
	static const char *const texts[] = {
		"", "# nothing\n", "a", "'a': b\n", "a: 1\na: 2\n", "a: [1]\n", "a: {b: c}\n", "a: |\n  b\n", "a: >\n  b\n",
		"a:\n", "a:\nb: c\n", "a:\n- b\n", "a: b\n  c\n", "a: 'b\n  c'\n", "a: \"b\\n\"\n", "a: \"b\" c\n",
		"a: 'b' # c\n", "a: b: c\n", "a: b:\n", "a: &x b\n", "a: *x\n", "a: !x b\n", "a:\tb\n", "a: b\r\n",
		"---\na: b\n", "a: b\n...\n", "- a\n b: c\n", "- a\n  - b\n", "- \n", "-\n", "- a: b\n c: d\n", "a: b\n- c\n",
		"a: x\xc2\x85y\n", "a: x\xe2\x80\xa8y\n", "a: \xef\xbb\xbf\n", "\xef\xbb\xbf" "a: b\n", "a: \x7f\n", "a: \x01\n",
		"a: \xef\xbf\xbf\n", "a b: c\n", "a:b\n", "? a\n: b\n", "a: - b\n", "a: '\n", "a: \"\n", "a: 'x''\n",
	};
	struct arena *arena = arena_new(1 << 20);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct yaml_node *root = NULL;

		if (yaml_plain(arena, texts[i], strlen(texts[i]), &root) || root != NULL)
			fail_msg("taken: %s", texts[i]);
	}
	arena_free(&arena);
}

static void all_shipped_rules_are_plain(void **state)
{
	const struct asset *asset = NULL;
	size_t count = 0;

	(void)state;
	while ((asset = asset_next("classify/rules/", asset)) != NULL) {
		size_t len = strlen(asset->name);

		if (strcmp(asset->name + len - 5, ".yaml") != 0)
			continue;
		if (plain_is_same(asset->data, asset->len) != 1)
			fail_msg("%s is not, or is read otherwise", asset->name);
		count++;
	}
	assert_true(count > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_plain_is_read_as_libyaml_reads_it),
		cmocka_unit_test(every_cut_and_every_changed_byte_is_read_as_libyaml_reads_it),
		cmocka_unit_test(what_is_not_plain_is_left_to_libyaml),
		cmocka_unit_test(all_shipped_rules_are_plain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
