/*
 * test_answers.c - the files of own answers as intake asks them: each brand its own, and a wrong file is named.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "file.h"
#include "watcher/answers.h"

static void each_brand_answers_from_its_own_file(void **state)
{
	static const char text[] = "- id: hours\n  match: '\\bopen\\b'\n  answer: From nine to six.\n";
	static const char wrong[] = "- id: hours\n  answer: From nine to six.\n";
	char dir[] = "/tmp/amends-answers-XXXXXX", path[200];
	struct brand brands[] = {{.name = "Acme", .faq = path}, {.name = "Apex"}};
	struct settings settings = {.brands = brands, .brand_count = 2};
	struct arena *arena = arena_new(1u << 20);
	struct answers *answers = NULL;
	struct error e = {0};

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/faq.yaml", dir);
	assert_int_equal(answers_load(&settings, &answers, &e), ERR_NOT_FOUND);
	assert_non_null(strstr(e.text, "faq.yaml"));
	assert_int_equal(file_write(path, text, strlen(text), 0644, &e), ERR_OK);
	assert_int_equal(answers_load(&settings, &answers, &e), ERR_OK);
	assert_string_equal(answers_find(answers, &brands[0], arena, "Are you open?", "en"), "From nine to six.");
	assert_null(answers_find(answers, &brands[0], arena, "Are you open?", "de"));
	assert_null(answers_find(answers, &brands[0], arena, "Are you closed?", "en"));
	assert_null(answers_find(answers, &brands[1], arena, "Are you open?", "en"));
	assert_null(answers_find(answers, NULL, arena, "Are you open?", "en"));
	answers_free(&answers);
	answers_free(&answers);
	assert_int_equal(file_write(path, wrong, strlen(wrong), 0644, &e), ERR_OK);
	assert_int_equal(answers_load(&settings, &answers, &e), ERR_INVALID);
	assert_non_null(strstr(e.text, "faq.yaml:1: the entry lacks \"match\""));
	assert_null(answers);
	(void)unlink(path);
	(void)rmdir(dir);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(each_brand_answers_from_its_own_file)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
