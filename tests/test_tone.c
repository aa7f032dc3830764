/*
 * test_tone.c - reading our own drafts before a customer does.
 *
 * The first tests use a few rules of their own; the last ones the shipped tone rules and the shipped templates, which
 * must go together: what the program drafts by itself, it must not object to.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "asset.h"
#include "attr.h"
#include "draft.h"
#include "file.h"
#include "jsonio.h"
#include "respond/template.h"
#include "tone.h"

struct bench {
	struct ruleset *rules;
	struct tone *tone;
	struct arena *arena;
};

static void bench_open(struct bench *bench, const char *name, const char *yaml, size_t len)
{
	struct rules_builder *builder = rules_builder_new();
	struct error e;

	assert_non_null(builder);
	if (rules_add(builder, name, yaml, len, false, &e) != ERR_OK ||
	    rules_compile(builder, &bench->rules, &e) != ERR_OK)
		fail_msg("%s", e.text);
	rules_builder_free(&builder);
	bench->tone = tone_new(bench->rules);
	bench->arena = arena_new(16u << 20);
	assert_true(bench->tone != NULL && bench->arena != NULL);
}

static void bench_close(struct bench *bench)
{
	tone_free(&bench->tone);
	tone_free(&bench->tone);
	ruleset_free(&bench->rules);
	arena_free(&bench->arena);
}

static const char few[] =
	"- id: blaming_your_fault\n  about: Blames the customer.\n  match: '\\byour\\s+fault\\b'\n  level: block\n"
	"  suggest: Say what we can do.\n  lang: en\n"
	"- id: cold\n  about: Sounds like a form.\n  match: '\\bdear\\s+customer\\b'\n  level: warn\n  lang: en\n"
	"- id: private_digits\n  about: A long number.\n  match: '\\d{6,}'\n  level: block\n";

static void findings_come_in_order_with_group_and_level(void **state)
{
	static const char text[] = "Dear customer, order 1234567: that is your fault.";
	const struct tone_finding *findings = NULL;
	struct json_object *json;
	struct bench bench;
	size_t count = 0;

	(void)state;
	bench_open(&bench, "tone/en.yaml", few, strlen(few));
	assert_int_equal(tone_check(bench.tone, bench.arena, text, strlen(text), "en", &findings, &count, NULL),
			 ERR_OK);
	assert_int_equal(count, 3);
	assert_string_equal(findings[0].rule, "cold");
	assert_string_equal(findings[0].group, "cold");
	assert_false(findings[0].block);
	assert_string_equal(findings[1].group, "private");
	assert_true(findings[1].block);
	assert_string_equal(findings[2].group, "blaming");
	assert_string_equal(findings[2].suggest, "Say what we can do.");
	assert_memory_equal(text + findings[2].start, "your fault", findings[2].end - findings[2].start);
	json = tone_to_json(findings + 1, 2, text);
	assert_string_equal(
		json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN),
		"[{\"text\":\"1234567\",\"rule\":\"private_digits\",\"group\":\"private\",\"level\":\"block\","
		"\"about\":\"A long number.\",\"suggest\":null,\"start\":21,\"end\":28},"
		"{\"text\":\"your fault\",\"rule\":\"blaming_your_fault\",\"group\":\"blaming\",\"level\":\"block\","
		"\"about\":\"Blames the customer.\",\"suggest\":\"Say what we can do.\",\"start\":38,\"end\":48}]");
	json_object_put(json);
	bench_close(&bench);
}

static void rules_of_another_language_are_silent_those_of_none_are_not(void **state)
{
	static const char text[] = "your fault 1234567";
	const struct tone_finding *findings = NULL;
	struct bench bench;
	size_t count = 0;

	(void)state;
	bench_open(&bench, "tone/en.yaml", few, strlen(few));
	assert_int_equal(tone_check(bench.tone, bench.arena, text, strlen(text), "de", &findings, &count, NULL),
			 ERR_OK);
	assert_int_equal(count, 1);
	assert_string_equal(findings[0].rule, "private_digits");
	assert_int_equal(tone_check(bench.tone, bench.arena, text, strlen(text), NULL, &findings, &count, NULL),
			 ERR_OK);
	assert_int_equal(count, 2); /* without a language: English */
	assert_int_equal(tone_check(bench.tone, bench.arena, "", 0, "en", &findings, &count, NULL), ERR_OK);
	assert_int_equal(count, 0);
	bench_close(&bench);
}

static void what_could_not_be_checked_is_a_finding(void **state)
{
	/* a pattern that runs into the match limit on this text */
	static const char slow[] = "- id: slow_one\n  about: Slow.\n  match: '\\b(?:(?:[ab]+)+)+$'\n  level: block\n";
	const struct tone_finding *findings = NULL;
	struct bench bench;
	char text[400];
	size_t count = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = "ab"[i % 2];
	text[sizeof(text) - 1] = 'c';
	bench_open(&bench, "tone/en.yaml", slow, strlen(slow));
	assert_int_equal(tone_check(bench.tone, bench.arena, text, sizeof(text), "en", &findings, &count, NULL),
			 ERR_OK);
	assert_int_equal(count, 1);
	assert_string_equal(findings[0].rule, "slow_one");
	assert_true(findings[0].block);
	assert_non_null(strstr(findings[0].about, "could not be checked"));
	bench_close(&bench);
}

/* ---- the shipped rules ---- */

static void bench_open_shipped(struct bench *bench)
{
	struct rules_builder *builder = rules_builder_new();
	const struct asset *asset = NULL;
	struct error e;

	assert_non_null(builder);
	while ((asset = asset_next("classify/rules/tone/", asset)) != NULL) {
		if (rules_add(builder, asset->name, asset->data, asset->len, false, &e) != ERR_OK)
			fail_msg("%s", e.text);
	}
	if (rules_compile(builder, &bench->rules, &e) != ERR_OK)
		fail_msg("%s", e.text);
	rules_builder_free(&builder);
	bench->tone = tone_new(bench->rules);
	bench->arena = arena_new(64u << 20);
	assert_true(bench->tone != NULL && bench->arena != NULL);
}

static void rule_report(void *ctx, const struct rule *rule, bool is_error, const char *sentence)
{
	(void)ctx;
	if (is_error)
		print_error("%s:%d: %s: %s\n", rule->file, rule->line, rule->id, sentence);
}

static void every_rule_hits_its_examples_and_says_what_to_write_instead(void **state)
{
	static const char *const groups[] = {"defensive",  "blaming",       "denying", "arguing",
					     "amplifying", "overpromising", "cold",    "familiar",
					     "private",    "selling",       "told",    "unfit"};
	static const char *const langs[] = {"de", "es", "fr", "it", "pt"};
	size_t english = 0, others[ARRAY_LEN(langs)] = {0};
	struct bench bench;

	(void)state;
	bench_open_shipped(&bench);
	assert_int_equal(ruleset_check(bench.rules, rule_report, NULL), 0);
	for (size_t i = 0; i < ruleset_count(bench.rules); i++) {
		const struct rule *rule = ruleset_at(bench.rules, i);
		size_t examples = 0, g = 0;

		while (g < ARRAY_LEN(groups) && strncmp(rule->id, groups[g], strlen(groups[g])) != 0)
			g++;
		while (rule->hits_examples[examples] != NULL)
			examples++;
		if (g == ARRAY_LEN(groups) || examples < 2 || rule->miss_examples[0] == NULL || rule->suggest == NULL ||
		    rule->about == NULL || rule->level == NULL)
			fail_msg("%s: group, two hits, a miss, suggest, about, level", rule->id);
		english += rule->lang != NULL && strcmp(rule->lang, "en") == 0;
		for (size_t k = 0; k < ARRAY_LEN(langs); k++)
			others[k] += rule->lang != NULL && strcmp(rule->lang, langs[k]) == 0;
	}
	assert_in_range(english, 80, 1000);
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		assert_in_range(others[i], 20, 1000);
	bench_close(&bench);
}

/* ---- sentences with what a careful colleague would object to ---- */

#define SENTENCES "tests/golden/tone/sentences.txt"
#define GROUPS_MAX 8
/* What was reached when this was written, rounded down. */
#define PRECISION_MIN 0.99
#define RECALL_MIN 0.99

struct figures {
	size_t sentences, faulty, right, wrong, missed;
};

static bool group_in(const char *list, const char *group)
{
	size_t n = strlen(group);

	for (const char *at = list; (at = strstr(at, group)) != NULL; at += n) {
		if ((at == list || at[-1] == ',') && (at[n] == ',' || at[n] == '\0'))
			return true;
	}
	return false;
}

static size_t groups_of(struct bench *bench, const char *lang, enum class class, const char *text, const char **groups)
{
	const struct tone_finding *findings = NULL;
	size_t count = 0, found = 0;

	assert_int_equal(
		tone_check_class(bench->tone, bench->arena, text, strlen(text), lang, class, &findings, &count, NULL),
		ERR_OK);
	for (size_t i = 0; i < count && found < GROUPS_MAX; i++) {
		size_t k = 0;

		while (k < found && strcmp(groups[k], findings[i].group) != 0)
			k++;
		if (k == found)
			groups[found++] = findings[i].group;
	}
	return found;
}

/* "en problem cold,unfit | We are ..." */
static void sentence_try(struct bench *bench, int line, char *row, struct figures *f)
{
	char lang[4], word[16], want[80];
	const char *groups[GROUPS_MAX], *text = strstr(row, " | ");
	enum class class = CLASS_COUNT;
	size_t found, right = 0, wanted = 0;

	if (text == NULL || sscanf(row, "%3s %15s %79s", lang, word, want) != 3 ||
	    (strcmp(word, "-") != 0 && class_from_name(word, &class) != 1))
		fail_msg("%s:%d: language, class, groups | sentence", SENTENCES, line);
	text += 3;
	f->sentences++;
	if (strcmp(want, "ok") == 0)
		want[0] = '\0';
	for (const char *at = want; *at != '\0'; at++)
		wanted += at == want || *at == ',';
	f->faulty += wanted > 0;
	found = groups_of(bench, lang, class, text, groups);
	for (size_t i = 0; i < found; i++) {
		bool is_right = group_in(want, groups[i]);

		right += is_right;
		if (!is_right)
			print_message("%s:%d: found %s in: %s\n", SENTENCES, line, groups[i], text);
	}
	if (right < wanted)
		print_message("%s:%d: %s not found in: %s\n", SENTENCES, line, want, text);
	f->right += right;
	f->wrong += found - right;
	f->missed += wanted - right;
}

static void sentences_are_judged_as_a_careful_colleague_would(void **state)
{
	struct figures f = {0};
	struct bench bench;
	struct buf file;
	char *rest = NULL;
	double precision, recall;
	int line = 0;

	(void)state;
	buf_init(&file, 1 << 20);
	assert_int_equal(file_read(SENTENCES, &file, NULL), ERR_OK);
	bench_open_shipped(&bench);
	for (char *row = file.data; row != NULL && *row != '\0'; row = rest) {
		char *end = strchr(row, '\n');

		line++;
		rest = end != NULL ? end + 1 : NULL;
		if (end != NULL)
			*end = '\0';
		if (*row != '#' && *row != '\0')
			sentence_try(&bench, line, row, &f);
	}
	precision = (double)f.right / (double)(f.right + f.wrong);
	recall = (double)f.right / (double)(f.right + f.missed);
	print_message("%zu sentences, %zu faulty: precision %.3f, recall %.3f\n", f.sentences, f.faulty, precision,
		      recall);
	assert_in_range(f.sentences, 300, 100000);
	assert_true(f.faulty * 5 >= f.sentences * 2 && f.faulty * 5 <= f.sentences * 3);
	assert_true(precision >= PRECISION_MIN);
	assert_true(recall >= RECALL_MIN);
	buf_done(&file);
	bench_close(&bench);
}

static void some_things_are_unfit_only_for_a_class(void **state)
{
	static const struct {
		enum class class;
		const char *text;
		bool unfit;
	} cases[] = {
		{CLASS_PROBLEM, "Thank you for your kind words.", true},
		{CLASS_VENT, "Thank you for your kind words.", true},
		{CLASS_PRAISE, "Thank you for your kind words.", false},
		{CLASS_COUNT, "Thank you for your kind words.", false},
		{CLASS_PRAISE, "We are sorry to hear that.", true},
		{CLASS_PROBLEM, "We are sorry to hear that.", false},
		{CLASS_VENT, "Please send us your order number via direct message.", true},
		{CLASS_PROBLEM, "Please send us your order number via direct message.", false},
	};
	struct bench bench;

	(void)state;
	bench_open_shipped(&bench);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *groups[GROUPS_MAX];
		size_t found = groups_of(&bench, "en", cases[i].class, cases[i].text, groups);

		if (found != (cases[i].unfit ? 1u : 0u) || (found > 0 && strcmp(groups[0], "unfit") != 0))
			fail_msg("%zu: %zu findings in: %s", i, found, cases[i].text);
	}
	bench_close(&bench);
}

/* A reply of each kind of fault, of our own writing; and what the finding's group must be. */
static void faulty_replies_are_found_out(void **state)
{
	static const struct {
		const char *group, *text;
	} faulty[] = {
		{"defensive", "Our records show that it was delivered."},
		{"blaming", "You should have read the instructions."},
		{"denying", "That is simply not true."},
		{"cold", "We apologise for any inconvenience."},
		{"cold", "We are sorry you feel that way."},
		{"overpromising", "We guarantee that it will never happen again."},
		{"private", "Please post your order number here."},
		{"selling", "Have you seen our premium plan? Upgrade now!"},
	};
	struct bench bench;
	size_t missed = 0;

	(void)state;
	bench_open_shipped(&bench);
	for (size_t i = 0; i < ARRAY_LEN(faulty); i++) {
		const struct tone_finding *findings = NULL;
		size_t count = 0, k = 0;

		assert_int_equal(tone_check(bench.tone, bench.arena, faulty[i].text, strlen(faulty[i].text), "en",
					    &findings, &count, NULL),
				 ERR_OK);
		while (k < count && strcmp(findings[k].group, faulty[i].group) != 0)
			k++;
		if (k == count) {
			print_error("%s not found in: %s\n", faulty[i].group, faulty[i].text);
			missed++;
		}
	}
	assert_int_equal(missed, 0);
	bench_close(&bench);
}

static void view_fill(struct json_object *view, bool facts)
{
	assert_true(json_add_str(view, "signature", "\xe2\x80\x93 Maya at Acme") &&
		    json_add_str(view, "brand", "Acme") && json_add_str(view, "contact", "direct message"));
	if (facts)
		assert_true(json_add_str(view, "name", "Ada") && json_add_str(view, "thing", "parcel") &&
			    json_add_str(view, "place", "Camden store") && json_add_str(view, "date", "Monday") &&
			    json_add_str(view, "duration", "two weeks") && json_add_str(view, "often", "three times") &&
			    json_add_str(view, "by", "Thursday") && json_add_bool(view, "given", true) &&
			    json_add_bool(view, "again", true) &&
			    json_add_str(view, "answer", "The shop opens at nine."));
}

static size_t objections(struct bench *bench, const struct template *t, struct json_object *view, enum class class)
{
	const struct tone_finding *findings = NULL;
	size_t count = 0, total = 0;
	struct buf out;

	buf_init(&out, 1 << 16);
	for (size_t k = 0; k < t->variant_count; k++) {
		buf_reset(&out);
		assert_int_equal(mustache_render(t->variants[k].mustache, view, &out, NULL), ERR_OK);
		assert_int_equal(tone_check_class(bench->tone, bench->arena, out.data, out.len, t->lang, class,
						  &findings, &count, NULL),
				 ERR_OK);
		for (size_t i = 0; i < count; i++)
			print_error("%s, variant %zu: %s: %.*s\n", t->id, k + 1, findings[i].rule,
				    (int)(findings[i].end - findings[i].start), out.data + findings[i].start);
		total += count;
	}
	buf_done(&out);
	return total;
}

static void no_shipped_template_is_objected_to(void **state)
{
	const struct asset *file = NULL;
	struct templates *set = templates_new();
	struct json_object *bare = json_object_new_object(), *full = json_object_new_object();
	struct bench bench;
	struct error e;
	size_t total = 0;

	(void)state;
	bench_open_shipped(&bench);
	while ((file = asset_next("templates/", file)) != NULL) {
		if (strstr(file->name, ".txt") != NULL &&
		    templates_add(set, file->name, file->data, file->len, &e) != ERR_OK)
			fail_msg("%s", e.text);
	}
	view_fill(bare, false);
	view_fill(full, true);
	for (size_t i = 0; i < set->count; i++) {
		for (unsigned class = 0; class < CLASS_COUNT; class ++) {
			if ((set->list[i].classes & (1u << class)) == 0)
				continue;
			total += objections(&bench, &set->list[i], bare, (enum class) class) +
				 objections(&bench, &set->list[i], full, (enum class) class);
		}
		arena_reset(bench.arena);
	}
	assert_true(set->count >= 100);
	assert_int_equal(total, 0);
	json_object_put(bare);
	json_object_put(full);
	templates_free(&set);
	bench_close(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(findings_come_in_order_with_group_and_level),
		cmocka_unit_test(rules_of_another_language_are_silent_those_of_none_are_not),
		cmocka_unit_test(what_could_not_be_checked_is_a_finding),
		cmocka_unit_test(every_rule_hits_its_examples_and_says_what_to_write_instead),
		cmocka_unit_test(sentences_are_judged_as_a_careful_colleague_would),
		cmocka_unit_test(some_things_are_unfit_only_for_a_class),
		cmocka_unit_test(faulty_replies_are_found_out),
		cmocka_unit_test(no_shipped_template_is_objected_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
