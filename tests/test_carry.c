/*
 * test_carry.c - the words of one language's weights put into another, by a list.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "watcher/fit_carry.h"

#define CAUSE_FIT(cause) (FITTED_CAUSES + CAUSE_##cause)

static const char weights_text[] = "weights en 2\n"
				   "bias complaint=-1\nbias problem=.5\nbias cause.delivery=-2\nbias cause.billing=-4\n"
				   "complaint=2 problem=1 cause.delivery=3\tbag\n"
				   "problem=3 cause.delivery=1 cause.billing=-.5\tluggage\n"
				   "negative=1\tawful\n";

static struct weights *english(void)
{
	struct weights *weights = NULL;
	struct error e = {0};

	if (weights_parse("en.txt", weights_text, sizeof(weights_text) - 1, &weights, &e))
		fail_msg("%s", e.text);
	return weights;
}

static const struct scores scores = {.bias = {[DIM_PROBLEM] = -.7}};

static void a_word_has_the_mean_of_what_it_stands_for(void **state)
{
	static const char list[] = "# a comment\n"
				   "\n"
				   "bag\tkoffer|Die TASCHE\n"
				   "luggage\tgepäck|koffer\n"
				   "awful\t-\n"
				   "nobody knows this\tkeine|ahnung\n"
				   "bag\tsoooo eine tasche"; /* no newline */
	struct weights *weights = english();
	struct carried *c = NULL;
	struct carried_piece *piece;
	struct error e = {0};

	(void)state;
	assert_int_equal(carry_over(weights, &scores, "de.tsv", list, sizeof(list) - 1, &c, &e), ERR_OK);
	weights_free(&weights); /* nothing of it is kept */
	assert_string_equal(c->from, "en");
	assert_int_equal(strlen(c->weights_digest), 16);
	assert_int_equal(strlen(c->list_digest), 16);
	assert_int_equal(c->count, 4);
	piece = carried_find(c, "koffer");
	assert_non_null(piece);
	assert_float_equal((double)piece->weight[FITTED_PROBLEM], 2, 1e-6);
	assert_float_equal((double)piece->weight[CAUSE_FIT(DELIVERY)], 2, 1e-6);
	assert_float_equal((double)piece->weight[CAUSE_FIT(BILLING)], -.25, 1e-6);
	piece = carried_find(c, "gepäck");
	assert_non_null(piece);
	assert_float_equal((double)piece->weight[FITTED_PROBLEM], 3, 1e-6);
	assert_non_null(carried_find(c, "die tasche"));	   /* as texts are read: small letters, */
	assert_non_null(carried_find(c, "soo eine tasche")); /* ... and rows of a letter short */
	assert_null(carried_find(c, "ahnung"));
	/* Whether a post complains, and its mood, are the language's own. */
	for (int score = 0; score < FITTED_COUNT; score++)
		assert_true(c->has[score] == (score == FITTED_PROBLEM || score == CAUSE_FIT(DELIVERY) ||
					      score == CAUSE_FIT(BILLING)));
	assert_float_equal(c->bias[FITTED_PROBLEM], -.7, 1e-6); /* that of the rules, */
	assert_true(c->bias[CAUSE_FIT(BILLING)] > -4 && c->bias[CAUSE_FIT(BILLING)] < c->bias[CAUSE_FIT(DELIVERY)]);
	carried_free(&c);
	assert_null(c);
	carried_free(&c);
}

static void a_wrong_list_is_refused_with_its_line(void **state)
{
	static const struct {
		const char *list, *want;
	} cases[] = {
		{"bag koffer\n", "de.tsv:1: a tab is missing"},
		{"# one\nbag\tkoffer|eine sehr alte tasche\n", "de.tsv:2: \"eine sehr alte tasche\": a piece has one to 3"},
		{"bag\tkoffer||tasche\n", "de.tsv:1: \"\": a piece has one to 3"},
		{"bag\t\n", "de.tsv:1: \"\": a piece has one to 3"},
		{"bag\t, -\n", "de.tsv:1: \", -\": a piece has one to 3"},
		{"nobody\tniemand\n", "de.tsv:1: none of its pieces"},
		{"", "de.tsv:0: none of its pieces"},
		{"bag\tko\xff" "ffer\n", "de.tsv:1: not UTF-8"},
	};
	struct weights *weights = english();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct carried *c = NULL;
		struct error e = {0};

		assert_int_equal(carry_over(weights, &scores, "de.tsv", cases[i].list, strlen(cases[i].list), &c, &e),
				 ERR_INVALID);
		if (strncmp(e.text, cases[i].want, strlen(cases[i].want)) != 0)
			fail_msg("%s, not %s", e.text, cases[i].want);
		assert_null(c);
	}
	weights_free(&weights);
}

static void a_list_has_a_size(void **state)
{
	static char list[CARRY_LIST_MAX + 1];
	struct weights *weights = english();
	struct carried *c = NULL;
	struct error e = {0};

	(void)state;
	memset(list, '\n', sizeof(list));
	assert_int_equal(carry_over(weights, &scores, "de.tsv", list, sizeof(list), &c, &e), ERR_LIMIT);
	assert_non_null(strstr(e.text, "de.tsv:1: larger than"));
	memcpy(list, "bag\tkoffer", 10);
	assert_int_equal(carry_over(weights, &scores, "de.tsv", list, sizeof(list) - 1, &c, &e), ERR_OK);
	assert_int_equal(c->count, 1);
	carried_free(&c);
	weights_free(&weights);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_word_has_the_mean_of_what_it_stands_for),
		cmocka_unit_test(a_wrong_list_is_refused_with_its_line),
		cmocka_unit_test(a_list_has_a_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
