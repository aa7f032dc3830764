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
#include <string.h>

#include <cmocka.h>

#include "asset.h"
#include "draft.h"
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

static const struct asset *shipped_rules(void)
{
	const struct asset *asset = asset_find("classify/rules/tone/en.yaml");

	if (asset == NULL) {
		print_message("classify/rules/tone/en.yaml is not there\n");
		skip();
	}
	return asset;
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
	const struct asset *asset = shipped_rules();
	struct bench bench;
	size_t missed = 0;

	(void)state;
	bench_open(&bench, asset->name, asset->data, asset->len);
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
			    json_add_bool(view, "again", true));
}

static size_t objections(struct bench *bench, const struct template *t, struct json_object *view)
{
	const struct tone_finding *findings = NULL;
	size_t count = 0, total = 0;
	struct buf out;

	buf_init(&out, 1 << 16);
	for (size_t k = 0; k < t->variant_count; k++) {
		buf_reset(&out);
		assert_int_equal(mustache_render(t->variants[k].mustache, view, &out, NULL), ERR_OK);
		assert_int_equal(
			tone_check(bench->tone, bench->arena, out.data, out.len, "en", &findings, &count, NULL),
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
	const struct asset *asset = shipped_rules(), *file = NULL;
	struct templates *set = templates_new();
	struct json_object *bare = json_object_new_object(), *full = json_object_new_object();
	struct bench bench;
	struct error e;
	size_t total = 0;

	(void)state;
	bench_open(&bench, asset->name, asset->data, asset->len);
	while ((file = asset_next("templates/en/", file)) != NULL) {
		if (templates_add(set, file->name, file->data, file->len, &e) != ERR_OK)
			fail_msg("%s", e.text);
	}
	view_fill(bare, false);
	view_fill(full, true);
	for (size_t i = 0; i < set->count; i++)
		total += objections(&bench, &set->list[i], bare) + objections(&bench, &set->list[i], full);
	assert_true(set->count >= 24);
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
		cmocka_unit_test(faulty_replies_are_found_out),
		cmocka_unit_test(no_shipped_template_is_objected_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
