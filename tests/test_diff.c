/*
 * test_diff.c - the difference of two texts: as people read it, and always the two texts themselves.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "attr.h"
#include "buf.h"
#include "diff.h"
#include "utf8.h"

/* "we [-said-]{+say+} so" */
static const char *shown(struct arena *arena, const char *before, const char *after)
{
	static const char *const open[] = {"", "[-", "{+"}, *const close[] = {"", "-]", "+}"};
	const struct diff_part *parts = NULL;
	struct error e = {0};
	struct buf out, olds, news;
	const char *text;
	size_t count = 0;

	assert_int_equal(diff_words(arena, before, after, &parts, &count, &e), ERR_OK);
	buf_init(&out, 1 << 20);
	buf_init(&olds, 1 << 20);
	buf_init(&news, 1 << 20);
	buf_str(&olds, "");
	buf_str(&news, "");
	for (size_t i = 0; i < count; i++) {
		assert_true(utf8_valid(parts[i].text, strlen(parts[i].text)));
		assert_true(parts[i].text[0] != '\0');
		buf_printf(&out, "%s%s%s", open[parts[i].op], parts[i].text, close[parts[i].op]);
		if (parts[i].op != DIFF_INS)
			buf_str(&olds, parts[i].text);
		if (parts[i].op != DIFF_DEL)
			buf_str(&news, parts[i].text);
	}
	assert_string_equal(buf_text(&olds), before);
	assert_string_equal(buf_text(&news), after);
	text = arena_strdup(arena, buf_text(&out));
	buf_done(&out);
	buf_done(&olds);
	buf_done(&news);
	return text;
}

static void changes_are_shown_by_the_word(void **state)
{
	static const struct {
		const char *before, *after, *shown;
	} cases[] = {
		{"", "", ""},
		{"as it was", "as it was", "as it was"},
		{"", "new words", "{+new words+}"},
		{"old words", "", "[-old words-]"},
		{"We are sorry that it is late.", "We are sorry that it is so late.",
		 "We are sorry that it is {+so +}late."},
		{"We are sorry.", "I am sorry.", "[-We are-]{+I am+} sorry."},
		{"one two three four", "one four", "one [-two three -]four"},
		{"Tom will call.", "Ann will call!", "[-Tom-]{+Ann+} will call[-.-]{+!+}"},
		{"It's @ada, here", "It's @bob, here", "It's [-@ada-]{+@bob+}, here"},
		{"caf\xC3\xA9 zu", "cafe zu", "[-caf\xC3\xA9-]{+cafe+} zu"},
		{"\xE8\xBF\x9F\xE5\x88\xB0\xE4\xBA\x86", "\xE8\xBF\x9F\xE4\xBA\x86",
		 "\xE8\xBF\x9F[-\xE5\x88\xB0-]\xE4\xBA\x86"},
		{"a\nb", "a\n\nb", "a[-\n-]{+\n\n+}b"},
		/* "we", "it" and a comma stay by chance only */
		{"Sorry. Send us a message; we will trace it, and if it is lost we say so. Maya",
		 "Sorry. As we told you, it was not our fault. Maya",
		 "Sorry. [-Send us a message; we will trace it, and if it is lost we say so-]{+As we told you, it was "
		 "not "
		 "our fault+}. Maya"},
		{"We trace your parcel today and write.", "We find your parcel tonight and call.",
		 "We [-trace-]{+find+} your parcel [-today and write-]{+tonight and call+}."},
	};
	struct arena *arena = arena_new(64u << 20);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(shown(arena, cases[i].before, cases[i].after), cases[i].shown);
	arena_free(&arena);
}

/* Texts of few different words, so that there are many ways to pair them. */
static void random_text(unsigned *seed, char *out, size_t words)
{
	static const char *const list[] = {"we ", "are ", "\xC3\xA4 ",        ", ",   "late",
					   " ",   "\n",   "\xF0\x9F\x98\x80", "it's "};

	*out = '\0';
	for (size_t i = 0; i < words; i++) {
		*seed = *seed * 1103515245u + 12345u;
		strcat(out, list[*seed / 65536 % ARRAY_LEN(list)]);
	}
}

static void both_texts_can_always_be_read_from_it(void **state)
{
	unsigned seed = 7;
	char before[512], after[512];

	(void)state;
	for (int i = 0; i < 5000; i++) {
		struct arena *arena = arena_new(8u << 20);

		random_text(&seed, before, seed / 65536 % 40);
		random_text(&seed, after, seed / 65536 % 40);
		(void)shown(arena, before, after); /* compares them */
		arena_free(&arena);
	}
}

static void long_texts_cost_no_more_than_a_table_of_a_million(void **state)
{
	size_t size = 60000;
	char *before = malloc(size + 1), *after = malloc(size + 1);
	struct arena *arena = arena_new(32u << 20);

	(void)state;
	assert_non_null(before);
	assert_non_null(after);
	for (size_t i = 0; i < size; i++) {
		before[i] = i % 3 == 2 ? ' ' : (char)('a' + i % 17);
		after[i] = i % 3 == 2 ? ' ' : (char)('a' + i % 13);
	}
	before[size] = after[size] = '\0';
	(void)shown(arena, before, after);
	arena_free(&arena);
	free(before);
	free(after);
}

static void memory_that_runs_out_is_an_ordinary_error(void **state)
{
	const struct diff_part *parts;
	struct error e = {0};
	size_t count;

	(void)state;
	for (size_t cap = 1024; cap < 9000; cap += 512) {
		struct arena *arena = arena_new(cap);
		enum err err;

		if (!arena)
			continue;
		err = diff_words(arena, "a b c d e f g h i j k l m n o p q r s t u v w x y z a b c d e f g",
				 "b a d c f e h g j i l k n m p o r q t s v u x w z y b a d c f e h", &parts, &count,
				 &e);
		assert_true(err == ERR_OK || err == ERR_NOMEM);
		arena_free(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(changes_are_shown_by_the_word),
		cmocka_unit_test(both_texts_can_always_be_read_from_it),
		cmocka_unit_test(long_texts_cost_no_more_than_a_table_of_a_million),
		cmocka_unit_test(memory_that_runs_out_is_an_ordinary_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
