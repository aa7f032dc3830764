/*
 * test_compose.c - rules made of several patterns (all, near, same_sentence) and hits that a negation unmakes. Each
 * text is matched with the prefilter and by pcre2 alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rules.h"

static struct ruleset *compile(const char *yaml, const char *overlay)
{
	struct rules_builder *builder = rules_builder_new();
	struct ruleset *set = NULL;
	struct error e = {0};

	assert_non_null(builder);
	if (rules_add(builder, "t.yaml", yaml, strlen(yaml), false, &e) ||
	    (overlay && rules_add(builder, "own.yaml", overlay, strlen(overlay), true, &e)) ||
	    rules_compile(builder, &set, &e))
		fail_msg("%s", e.text);
	rules_builder_free(&builder);
	return set;
}

/* "start-end start-end" of all hits, both ways alike. */
static void find(const struct ruleset *set, const char *lang, const char *text, char *out, size_t size)
{
	struct matcher *matcher = matcher_new(set);
	struct arena *arena = arena_new(1 << 20);
	struct matches fast, plain;
	size_t len = 0;

	assert_int_equal(matcher_run(matcher, arena, text, strlen(text), lang, NULL, &fast, NULL), ERR_OK);
	assert_int_equal(matcher_run_plain(matcher, arena, text, strlen(text), lang, NULL, &plain, NULL), ERR_OK);
	assert_int_equal(fast.hit_count, plain.hit_count);
	assert_int_equal(fast.fact_count, plain.fact_count);
	out[0] = '\0';
	for (size_t i = 0; i < fast.hit_count; i++) {
		assert_int_equal(fast.hits[i].start, plain.hits[i].start);
		assert_int_equal(fast.hits[i].end, plain.hits[i].end);
		len += (size_t)snprintf(out + len, size - len, "%s%zu-%zu", i ? " " : "", fast.hits[i].start,
					fast.hits[i].end);
	}
	arena_free(&arena);
	matcher_free(&matcher);
}

#define ALL "all: ['refund', 'order \\d+']"
#define THREE "all: ['refund', '\\w+ing\\b', 'now']"
#define NEAR "near: {words: 2, patterns: ['late', 'bag|case']}"
#define SLOW "all: ['\\w{5}', '\\d+']"
#define NOT_EN "lang: en\n  match: 'working|good'\n  not_negated: true"

static const struct {
	const char *rule, *lang, *text, *wanted;
} cases[] = {
	{ALL, "en", "refund me for order 12, a refund", "0-6 26-32"},
	{ALL, "en", "order 12: refund", "10-16"},
	{ALL, "en", "refund me for my order", ""},
	{ALL, "en", "order 12", ""},
	{THREE, "en", "still waiting, refund me NOW", "15-21"},
	{THREE, "en", "still waiting, refund me", ""},
	{SLOW, "en", "my order 12", "3-8"},
	{SLOW, "en", "my order", ""},
	{ALL "\n  same_sentence: true", "en", "Refund order 1. No refund", "0-6"},
	{ALL "\n  same_sentence: true", "en", "Refund me! Order 1 is lost", ""},
	{ALL "\n  same_sentence: true", "en", "Refund me\norder 1", ""},
	{ALL "\n  same_sentence: true", "en", "Refund 2.50 for order 1", "0-6"},
	{ALL "\n  unless: thanks", "en", "refund order 1, thanks", ""},
	{NEAR, "en", "late bag", "0-4"},
	{NEAR, "en", "late is my bag", "0-4"},
	{NEAR, "en", "late is my other bag", ""},
	{NEAR, "en", "bag is - very - late", "16-20"},
	{NEAR, "en", "bag is not so late", ""},
	{NEAR, "en", "late one two three bag a case, late", "31-35"},
	{NEAR, "en", "suitcase a b latecomer", "13-17"},
	{NEAR "\n  same_sentence: true", "en", "late. bag", ""},
	{"near: {words: 0, patterns: ['so', 'so bad', 'bad']}", "en", "so bad", "0-2"},
	{"near: {words: 3, patterns: ['\xF0\x9F\x98\xA1', 'late']}", "en", "@shop soooo late \xF0\x9F\x98\xA1",
	 "17-21"},
	{NOT_EN, "en", "it is working", "6-13"},
	{NOT_EN, "en", "it is not working", ""},
	{NOT_EN, "en", "it isn\xE2\x80\x99t working", ""},
	{NOT_EN, "en", "NOT so very good, good", "18-22"},
	{NOT_EN, "en", "not that it is good", "15-19"},
	{NOT_EN, "en", "Not now. Good!", "9-13"},
	{NOT_EN, "en", "no? good", "4-8"},
	{NOT_EN, "en", "nothing good, note good", "8-12 19-23"},
	{NOT_EN, "en", "never good, without good", ""},
	{"lang: de\n  match: gut\n  not_negated: true", "de", "gut, gar nicht gut, keine gute Idee", "0-3"},
	{"lang: es\n  match: funciona\n  not_negated: true", "es", "no me funciona. Funciona", "16-24"},
	{"lang: fr\n  match: marche\n  not_negated: true", "fr",
	 "\xC3\xA7"
	 "a ne marche pas. L'ascenseur marche, n'a pas marche",
	 "31-37"},
	{"lang: pt\n  match: chegou\n  not_negated: true", "pt", "N\xC3\x83O chegou. chegou", "13-19"},
	{"lang: it\n  match: arriva\n  not_negated: true", "it", "non arriva mai, arriva", ""},
	{"lang: en\n  " ALL "\n  not_negated: true", "en", "no refund for order 1 and I want a refund", "35-41"},
};

static void patterns_are_put_together_as_documented(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ruleset *set;
		char yaml[600], hits[200];

		snprintf(yaml, sizeof yaml, "- id: r\n  %s\n", cases[i].rule);
		set = compile(yaml, NULL);
		find(set, cases[i].lang, cases[i].text, hits, sizeof hits);
		if (strcmp(hits, cases[i].wanted) != 0)
			fail_msg("%sin \"%s\": wanted %s, found %s", yaml, cases[i].text, cases[i].wanted, hits);
		ruleset_free(&set);
	}
}

static void facts_come_from_the_first_pattern_when_it_counts(void **state)
{
	struct ruleset *set = compile("- id: r\n  all: ['(?<thing>bag|case)', 'lost']\n  same_sentence: true\n", NULL);
	static const char text[] = "My bag is here. My case is lost.";
	struct matcher *matcher = matcher_new(set);
	struct arena *arena = arena_new(1 << 20);
	struct matches found;

	(void)state;
	assert_int_equal(matcher_run(matcher, arena, text, sizeof text - 1, "en", NULL, &found, NULL), ERR_OK);
	assert_int_equal(found.hit_count, 1);
	assert_int_equal(found.fact_count, 1);
	assert_string_equal(found.facts[0].value, "case");
	arena_free(&arena);
	matcher_free(&matcher);
	ruleset_free(&set);
}

static void one_gate_that_the_prefilter_knows_keeps_a_rule_out_of_the_slow_lane(void **state)
{
	static const struct {
		const char *yaml;
		enum rule_lane lane;
	} lanes[] = {
		{"- {id: r, all: ['\\w+', 'lost']}\n", LANE_ANCHORED},
		{"- {id: r, all: ['\\w+ing forever', '\\w+']}\n", LANE_GATED},
		{"- {id: r, all: ['\\w+', '\\d+']}\n", LANE_SLOW},
		{"- {id: r, match: ['\\w+', 'lost']}\n", LANE_SLOW},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lanes); i++) {
		struct ruleset *set = compile(lanes[i].yaml, NULL);

		assert_int_equal(ruleset_at(set, 0)->lane, lanes[i].lane);
		ruleset_free(&set);
	}
}

static void an_overlay_can_change_how_patterns_are_put_together(void **state)
{
	static const char base[] = "- {id: r, all: ['late', 'bag'], same_sentence: true}\n";
	static const struct {
		const char *overlay, *text, *wanted;
	} changes[] = {
		{"- {id: r, match: late}\n", "late. bag", "0-4"},
		{"- {id: r, same_sentence: false}\n", "late. bag", "0-4"},
		{"- {id: r, near: {words: 1, patterns: [late, bag]}}\n", "late a bag x y late a b bag", "0-4"},
		{"- {id: r, lang: en, not_negated: true}\n", "late bag, not late", "0-4"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
		struct ruleset *set = compile(base, changes[i].overlay), *alone = compile(base, NULL);
		char hits[200];

		find(set, "en", changes[i].text, hits, sizeof hits);
		assert_string_equal(hits, changes[i].wanted);
		assert_string_not_equal(ruleset_digest(set), ruleset_digest(alone));
		ruleset_free(&set);
		ruleset_free(&alone);
	}
}

static const struct {
	const char *yaml, *sentence;
} refused[] = {
	{"- {id: a, all: x}\n", "t.yaml:1: rule a: all: must be a list of two patterns or more"},
	{"- {id: a, all: [x]}\n", "t.yaml:1: rule a: all: must be a list of two patterns or more"},
	{"- {id: a, all: [a, b, c, d, e, f, g, h, i]}\n", "t.yaml:1: rule a: all: has too many patterns (8 at most)"},
	{"- {id: a, all: [x, '(']}\n", "t.yaml:1: rule a: missing closing parenthesis"},
	{"- {id: a, near: [x, y]}\n", "t.yaml:1: rule a: near: must be {words: N, patterns: [...]}"},
	{"- {id: a, near: {words: 3}}\n", "t.yaml:1: rule a: near: needs words and patterns"},
	{"- {id: a, near: {words: many, patterns: [x, y]}}\n",
	 "t.yaml:1: rule a: words: must be a number from 0 to 50"},
	{"- {id: a, near: {words: 51, patterns: [x, y]}}\n", "t.yaml:1: rule a: words: must be a number from 0 to 50"},
	{"- {id: a, near: {words: 99999999999999999999, patterns: [x, y]}}\n",
	 "t.yaml:1: rule a: words: must be a number"},
	{"- {id: a, near: {words: 1, pattern: [x, y]}}\n",
	 "t.yaml:1: rule a: pattern: unknown key (words and patterns"},
	{"- {id: a, match: x, all: [x, y]}\n", "t.yaml:1: rule a: has more than one of match, all and near"},
	{"- {id: a, match: x, same_sentence: true}\n", "t.yaml:1: rule a: same_sentence: goes with all or near"},
	{"- {id: a, match: x, not_negated: true}\n",
	 "t.yaml:1: rule a: not_negated: needs a lang whose negation is known"},
	{"- {id: a, match: x, not_negated: true, lang: fi}\n", "t.yaml:1: rule a: not_negated: needs a lang whose"},
	{"- {id: a, match: x, not_negated: maybe}\n", "t.yaml:1: rule a: not_negated: must be true or false"},
	{"- {id: a, all: [x, y], field: author}\n",
	 "t.yaml:1: rule a: all, near and not_negated read field: text only"},
	{"- {id: a, all: [x, '(?<thing>y)']}\n", "t.yaml:1: rule a: named captures belong into the first pattern"},
};

static void keys_that_do_not_go_together_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		struct rules_builder *builder = rules_builder_new();
		struct ruleset *set = NULL;
		struct error e = {0};
		enum err rc = rules_add(builder, "t.yaml", refused[i].yaml, strlen(refused[i].yaml), false, &e);

		if (!rc)
			rc = rules_compile(builder, &set, &e);
		if (rc != ERR_INVALID || strncmp(e.text, refused[i].sentence, strlen(refused[i].sentence)) != 0)
			fail_msg("%s\nwanted: %s\ngot %s: %s", refused[i].yaml, refused[i].sentence, err_name(rc),
				 e.text);
		assert_null(set);
		rules_builder_free(&builder);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns_are_put_together_as_documented),
		cmocka_unit_test(facts_come_from_the_first_pattern_when_it_counts),
		cmocka_unit_test(one_gate_that_the_prefilter_knows_keeps_a_rule_out_of_the_slow_lane),
		cmocka_unit_test(an_overlay_can_change_how_patterns_are_put_together),
		cmocka_unit_test(keys_that_do_not_go_together_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
