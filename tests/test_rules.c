/*
 * test_rules.c - rule files: what they may say, what is refused and with which line, overlays, digest, checks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "asset.h"
#include "rules.h"

static enum err add(struct rules_builder *builder, const char *name, const char *yaml, bool overlay, struct error *e)
{
	return rules_add(builder, name, yaml, strlen(yaml), overlay, e);
}

/* base, then an overlay unless NULL. */
static struct ruleset *compile(const char *base, const char *overlay)
{
	struct rules_builder *builder = rules_builder_new();
	struct ruleset *set = NULL;
	struct error e = {0};

	assert_non_null(builder);
	if (add(builder, "base.yaml", base, false, &e) || (overlay && add(builder, "own.yaml", overlay, true, &e)) ||
	    rules_compile(builder, &set, &e))
		fail_msg("%s", e.text);
	rules_builder_free(&builder);
	return set;
}

static size_t hits(const struct ruleset *set, const char *text)
{
	struct matcher *matcher = matcher_new(set);
	struct arena *arena = arena_new(1 << 20);
	struct matches matches;
	size_t count;

	assert_int_equal(matcher_run(matcher, arena, text, strlen(text), "en", NULL, &matches, NULL), ERR_OK);
	count = matches.hit_count;
	arena_free(&arena);
	matcher_free(&matcher);
	return count;
}

static const char full[] =
	"- id: refund_asked\n"
	"  about: Asks for money back.\n"
	"  match:\n"
	"    - '\\b(?:want|need)\\s+my\\s+(?<thing>refund)\\b'\n"
	"    - 'money back'\n"
	"  unless: 'not want'\n"
	"  field: text\n"
	"  lang: en\n"
	"  cause: billing\n"
	"  topic: refund_missing\n"
	"  problem: 1.4\n"
	"  complaint: 1\n"
	"  sentiment: -.5\n"
	"  suggest: Say sorry.\n"
	"  level: warn\n"
	"  examples: {hit: [\"I want my refund\", \"MONEY BACK!\"], miss: [\"a refund\"]}\n"
	"  disabled: false\n";

static void a_rule_may_have_all_these_keys(void **state)
{
	struct ruleset *set = compile(full, NULL);
	const struct rule *rule = ruleset_find(set, "refund_asked");

	(void)state;
	assert_int_equal(ruleset_count(set), 1);
	assert_ptr_equal(rule, ruleset_at(set, 0));
	assert_null(ruleset_at(set, 1));
	assert_null(ruleset_find(set, "refund"));
	assert_string_equal(rule->about, "Asks for money back.");
	assert_string_equal(rule->group, "base");
	assert_string_equal(rule->lang, "en");
	assert_string_equal(rule->suggest, "Say sorry.");
	assert_string_equal(rule->level, "warn");
	assert_string_equal(rule->file, "base.yaml");
	assert_int_equal(rule->line, 1);
	assert_int_equal(rule->cause, CAUSE_BILLING);
	assert_string_equal(rule->topic, "refund_missing");
	assert_float_equal(rule->weight[DIM_PROBLEM], 1.4, 1e-6);
	assert_float_equal(rule->weight[DIM_SENTIMENT], -.5, 1e-6);
	assert_float_equal(rule->weight[DIM_VENT], 0, 0);
	assert_int_equal(rule->lane, LANE_ANCHORED);
	assert_string_equal(rule->hits_examples[1], "MONEY BACK!");
	assert_null(rule->hits_examples[2]);
	assert_null(rule->miss_examples[1]);
	assert_int_equal(ruleset_check(set, NULL, NULL), 0);
	ruleset_free(&set);
	assert_null(set);
	ruleset_free(&set);
}

static const struct {
	const char *yaml, *sentence;
} refused[] = {
	{"id: x\n", "t.yaml:1: must be a list of rules"},
	{"- x\n", "t.yaml:1: each entry must be a rule"},
	{"- match: x\n", "t.yaml:1: this rule has no id"},
	{"- id: Refund\n  match: x\n", "t.yaml:1: id: must be small letters"},
	{"- id: [a]\n  match: x\n", "t.yaml:1: id: must be small letters"},
	{"- id: a\n", "t.yaml:1: rule a: has no match"},
	{"- id: a\n  match: []\n", "t.yaml:2: rule a: match: has no pattern"},
	{"- id: a\n  match: {x: y}\n", "t.yaml:2: rule a: match: must be a pattern or a list"},
	{"- id: a\n  match:\n    - x\n    - [y]\n", "t.yaml:4: rule a: match: must be a text"},
	{"- id: a\n  match: ''\n", "t.yaml:2: rule a: match: is empty"},
	{"- id: a\n  match: x\n- id: a\n  match: y\n", "t.yaml:3: rule a: there is already one of that id (t.yaml:1)"},
	{"- id: a\n  match: x\n  wieght: 1\n", "t.yaml:3: rule a: wieght: unknown key"},
	{"- id: a\n  match: x\n  problem: much\n", "t.yaml:3: rule a: problem: must be a number"},
	{"- id: a\n  match: x\n  problem: 21\n", "t.yaml:3: rule a: problem: must be a number"},
	{"- id: a\n  match: x\n  problem: 0x10\n", "t.yaml:3: rule a: problem: must be a number"},
	{"- id: a\n  match: x\n  cause: money\n", "t.yaml:3: rule a: cause: must be one of promise"},
	{"- id: a\n  match: x\n  cause: access\n  topic: Login\n", "t.yaml:4: rule a: topic: must be small letters, digits"},
	{"- id: a\n  match: x\n  cause: access\n  topic: log in\n", "t.yaml:4: rule a: topic: must be small letters"},
	{"- id: a\n  match: x\n  cause: access\n  topic: ''\n", "t.yaml:4: rule a: topic: must be small letters"},
	{"- id: a\n  match: x\n  cause: access\n  topic: [login]\n", "t.yaml:4: rule a: topic: must be small letters"},
	{"- id: a\n  match: x\n  cause: access\n  topic: a23456789012345678901234567890123\n",
	 "t.yaml:4: rule a: topic: must be small letters"},
	{"- id: a\n  match: x\n  topic: login\n", "t.yaml:3: rule a: topic: needs a cause"},
	{"- id: a\n  match: x\n  field: body\n", "t.yaml:3: rule a: field: must be text, author, rating or platform"},
	{"- id: a\n  match: x\n  lang: English\n", "t.yaml:3: rule a: lang: must be two or three small letters"},
	{"- id: a\n  match: x\n  level: fatal\n", "t.yaml:3: rule a: level: must be warn or block"},
	{"- id: a\n  match: x\n  disabled: yes\n", "t.yaml:3: rule a: disabled: must be true or false"},
	{"- id: a\n  match: x\n  examples: [x]\n", "t.yaml:3: rule a: examples: must be {hit: [...], miss: [...]}"},
	{"- id: a\n  match: x\n  examples: {hits: [x]}\n", "t.yaml:3: rule a: hits: unknown key"},
	{"- id: a\n  match: x\n  examples: {hit: x}\n", "t.yaml:3: rule a: hit: must be a list of texts"},
	{"- id: a\n  match:\n    - fine\n    - '(x'\n", "t.yaml:4: rule a: missing closing parenthesis at byte 2"},
	{"- id: a\n  match: 'x{3,1}'\n", "t.yaml:2: rule a: numbers out of order in {} quantifier at byte 5"},
	{"- id: a\n  match: x\n  unless: '['\n", "t.yaml:3: rule a: missing terminating ]"},
	{"- id: a\n  match: 'x*'\n", "t.yaml:2: rule a: this pattern can match nothing at all"},
	{"- id: a\n  match: x\n  unless: '(?:no)?'\n", "t.yaml:3: rule a: this pattern can match nothing at all"},
	{"- id: a\n  match: '(?=x)'\n", "t.yaml:2: rule a: this pattern can match nothing at all"},
	{"- id: a\n  match: 'x\\Ky'\n", "t.yaml:2: rule a: match: \\K is not allowed"},
	{"- id: a\n  match: 'x\\Gy'\n", "t.yaml:2: rule a: match: \\G is not allowed"},
	{"- id: a\n  match: '\\Qx\\E'\n", "t.yaml:2: rule a: match: \\Q is not allowed"},
	{"- id: a\n  match: '(*LIMIT_MATCH=9)x'\n", "t.yaml:2: rule a: match: verbs"},
	{"- id: a\n  match: 'x(*ACCEPT)y'\n", "t.yaml:2: rule a: match: verbs"},
	{"- id: a\n  match: 'x(?C1)y'\n", "t.yaml:2: rule a: match: callouts"},
	{"- id: a\n  match: 'x\\Cy'\n", "t.yaml:2: rule a: using \\C is disabled"},
	{"- id: a\n  match: '(?<colour>red)'\n", "t.yaml:2: rule a: a named capture must be one of thing, place"},
	{"- id: a\n  match: \"x\\0y\"\n", "t.yaml:2: a NUL character is not allowed"},
	{"- id: a\n  match: x\n  match: y\n", "t.yaml:3: "},
	{"- id: a\n  match: *x\n", "t.yaml:2: "},
	{"- id: a\n  match: x\n   about: y\n", "t.yaml:3: "},
};

static void a_bad_file_is_refused_with_name_line_and_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		struct rules_builder *builder = rules_builder_new();
		struct ruleset *set = NULL;
		struct error e = {0};
		enum err rc = add(builder, "t.yaml", refused[i].yaml, false, &e);

		if (!rc)
			rc = rules_compile(builder, &set, &e);
		if (rc != ERR_INVALID || strncmp(e.text, refused[i].sentence, strlen(refused[i].sentence)) != 0)
			fail_msg("%s\nwanted: %s\ngot %s: %s", refused[i].yaml, refused[i].sentence, err_name(rc), e.text);
		assert_null(set);
		assert_null(strchr(e.text, '\n'));
		rules_builder_free(&builder);
		assert_null(builder);
	}
}

static void sizes_have_caps(void **state)
{
	struct rules_builder *builder = rules_builder_new();
	char *yaml = malloc(1 << 20);
	struct error e = {0};
	size_t len = 0;

	(void)state;
	assert_non_null(yaml);
	len = (size_t)sprintf(yaml, "- id: a\n  match: '");
	memset(yaml + len, 'x', 5000);
	strcpy(yaml + len + 5000, "'\n");
	assert_int_equal(add(builder, "t.yaml", yaml, false, &e), ERR_INVALID);
	assert_string_equal(e.text, "t.yaml:2: rule a: match: is too long");
	len = 0;
	for (int i = 0; i <= RULES_MAX; i++)
		len += (size_t)sprintf(yaml + len, "- {id: r%d, match: x%d}\n", i, i);
	assert_int_equal(rules_add(builder, "t.yaml", yaml, len, false, &e), ERR_INVALID);
	assert_string_equal(e.text, "t.yaml:4097: too many rules (4096 at most)");
	free(yaml);
	rules_builder_free(&builder);
}

static void an_empty_file_has_no_rules(void **state)
{
	struct ruleset *set = compile("# nothing yet\n", NULL);

	(void)state;
	assert_int_equal(ruleset_count(set), 0);
	assert_int_equal(hits(set, "anything"), 0);
	assert_int_equal(ruleset_check(set, NULL, NULL), 0);
	assert_int_equal(strlen(ruleset_digest(set)), 16);
	ruleset_free(&set);
}

static void an_overlay_changes_only_the_keys_it_gives(void **state)
{
	struct ruleset *set = compile(full, "- id: refund_asked\n  problem: 0.2\n- id: own_rule\n  match: zip\n");
	const struct rule *rule = ruleset_find(set, "refund_asked");

	(void)state;
	assert_int_equal(ruleset_count(set), 2);
	assert_float_equal(rule->weight[DIM_PROBLEM], .2, 1e-6);
	assert_float_equal(rule->weight[DIM_COMPLAINT], 1, 1e-6);
	assert_int_equal(rule->cause, CAUSE_BILLING);
	assert_string_equal(rule->group, "base");
	assert_string_equal(ruleset_find(set, "own_rule")->group, "own");
	assert_int_equal(hits(set, "money back, zip"), 2);
	ruleset_free(&set);

	set = compile(full, "- id: refund_asked\n  match: cash\n  unless: []\n");
	assert_int_equal(hits(set, "money back"), 0);
	assert_int_equal(hits(set, "not want my cash"), 1);
	ruleset_free(&set);

	set = compile(full, "- id: refund_asked\n  disabled: true\n");
	assert_int_equal(hits(set, "money back"), 0);
	assert_true(ruleset_find(set, "refund_asked")->disabled);
	assert_false(ruleset_has_lang(set, "en"));
	ruleset_free(&set);
}

static void an_overlay_may_change_the_topic_or_take_it_away(void **state)
{
	static const struct {
		const char *overlay, *topic;
	} cases[] = {
		{"- {id: refund_asked, problem: 2}\n", "refund_missing"},
		{"- {id: refund_asked, topic: a2345678901234567890123456789_32}\n", "a2345678901234567890123456789_32"},
		{"- {id: refund_asked, topic: none}\n", NULL},
		{"- {id: refund_asked, cause: value}\n", "refund_missing"},
		{"- {id: refund_asked, cause: none}\n", NULL}, /* a topic begins with its cause */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ruleset *set = compile(full, cases[i].overlay);
		const char *topic = ruleset_find(set, "refund_asked")->topic;

		if ((topic == NULL) != (cases[i].topic == NULL) || (topic && strcmp(topic, cases[i].topic) != 0))
			fail_msg("%sgave %s", cases[i].overlay, topic ? topic : "none");
		ruleset_free(&set);
	}
}

static void an_overlay_with_a_mistake_names_its_own_line(void **state)
{
	struct rules_builder *builder = rules_builder_new();
	struct ruleset *set = NULL;
	struct error e = {0};

	(void)state;
	assert_int_equal(add(builder, "base.yaml", full, false, &e), ERR_OK);
	assert_int_equal(add(builder, "own.yaml", "- id: nobody\n  problem: 1\n", true, &e), ERR_INVALID);
	assert_string_equal(e.text, "own.yaml:1: rule nobody: has no match (and no rule of that id is there to be changed)");
	assert_int_equal(add(builder, "own.yaml", "- id: refund_asked\n  topic: No Reply\n", true, &e), ERR_INVALID);
	assert_string_equal(e.text, "own.yaml:2: rule refund_asked: topic: must be small letters, digits and _ "
				    "(32 at most), or none");
	assert_int_equal(add(builder, "own.yaml", "- id: refund_asked\n  match:\n    - '('\n", true, &e), ERR_OK);
	assert_int_equal(rules_compile(builder, &set, &e), ERR_INVALID);
	assert_string_equal(e.text, "own.yaml:3: rule refund_asked: missing closing parenthesis at byte 1 of the pattern");
	rules_builder_free(&builder);
}

static void an_overlay_changes_a_rule_once_in_a_file_and_is_remembered(void **state)
{
	struct rules_builder *builder = rules_builder_new();
	struct ruleset *set = NULL;
	const struct rule_change *change;
	struct error e = {0};

	(void)state;
	assert_int_equal(add(builder, "base.yaml", full, false, &e), ERR_OK);
	assert_int_equal(add(builder, "own.yaml", "\n- id: refund_asked\n  problem: 1\n", true, &e), ERR_OK);
	assert_int_equal(add(builder, "b.yaml", "- id: refund_asked\n  complaint: 2\n- id: refund_asked\n  problem: 3\n",
			     true, &e), ERR_INVALID);
	assert_string_equal(e.text, "b.yaml:3: rule refund_asked: there is already one of that id (b.yaml:1)");
	assert_int_equal(add(builder, "c.yaml", "- id: new\n  match: x\n- id: new\n  problem: 3\n", true, &e),
			 ERR_INVALID);
	assert_string_equal(e.text, "c.yaml:3: rule new: there is already one of that id (c.yaml:1)");
	assert_int_equal(rules_compile(builder, &set, &e), ERR_OK);
	change = ruleset_find(set, "refund_asked")->changes;
	assert_string_equal(change->file, "b.yaml");
	assert_string_equal(change->before->file, "own.yaml");
	assert_int_equal(change->before->line, 2);
	assert_null(change->before->before);
	assert_null(ruleset_find(set, "new")->changes);
	ruleset_free(&set);
	rules_builder_free(&builder);
}

static void a_builder_can_be_filled_again(void **state)
{
	struct rules_builder *builder = rules_builder_new();
	struct ruleset *first = NULL, *second = NULL, *third = NULL;
	struct error e;

	(void)state;
	assert_int_equal(add(builder, "a.yaml", full, false, &e), ERR_OK);
	assert_int_equal(rules_compile(builder, &first, &e), ERR_OK);
	assert_int_equal(rules_compile(builder, &second, &e), ERR_OK);
	assert_int_equal(add(builder, "a.yaml", full, false, &e), ERR_OK);
	assert_int_equal(rules_compile(builder, &third, &e), ERR_OK);
	assert_int_equal(ruleset_count(second), 0);
	assert_string_equal(ruleset_digest(first), ruleset_digest(third));
	rules_builder_free(&builder);
	ruleset_free(&first);
	ruleset_free(&second);
	ruleset_free(&third);
}

static void assert_digest(const char *base, const char *overlay, const char *other_base, bool same)
{
	struct ruleset *a = compile(base, overlay), *b = compile(other_base, NULL);

	if ((strcmp(ruleset_digest(a), ruleset_digest(b)) == 0) != same)
		fail_msg("%s%s\nand\n%s\nshould have %s digest", base, overlay ? overlay : "", other_base,
			 same ? "the same" : "another");
	ruleset_free(&a);
	ruleset_free(&b);
}

static void the_digest_changes_with_everything_that_judges_and_nothing_else(void **state)
{
	static const char a[] = "- {id: a, match: x, problem: 1}\n", b[] = "- {id: b, match: y}\n";
	char ab[200], ba[200];

	(void)state;
	snprintf(ab, sizeof ab, "%s%s", a, b);
	snprintf(ba, sizeof ba, "# order does not matter\n%s%s", b, a);
	assert_digest(ab, NULL, ba, true);
	assert_digest(a, NULL, "- {id: a, match: x, problem: 1, about: Words for people., examples: {hit: [x]}}\n", true);
	assert_digest("- {id: a, match: x, cause: access}\n", "- {id: a, topic: login}\n",
		      "- {id: a, match: x, cause: access}\n", true);
	assert_digest(ab, "- {id: b, disabled: true}\n", a, true);
	assert_digest(a, "- {id: a, problem: 2}\n", "- {id: a, match: x, problem: 2}\n", true);
	assert_digest(a, NULL, ab, false);
	assert_digest(a, NULL, "- {id: a, match: x, problem: 1.1}\n", false);
	assert_digest(a, NULL, "- {id: a, match: x, vent: 1}\n", false);
	assert_digest(a, NULL, "- {id: a, match: x, problem: 1, lang: en}\n", false);
	assert_digest(a, NULL, "- {id: a, match: x, problem: 1, field: author}\n", false);
	assert_digest(a, NULL, "- {id: a, match: x, problem: 1, cause: value}\n", false);
	assert_digest(a, NULL, "- {id: a, match: x, problem: 1, unless: y}\n", false);
	assert_digest(a, NULL, "- {id: a, match: [x, y], problem: 1}\n", false);
	assert_digest("- {id: a, match: [xy, z]}\n", NULL, "- {id: a, match: [x, yz]}\n", false);
	assert_digest("- {id: a, match: x, unless: y}\n", NULL, "- {id: a, match: [x, y]}\n", false);
}

struct findings {
	size_t errors, remarks;
	char last[400];
};

static void note_finding(void *ctx, const struct rule *rule, bool is_error, const char *sentence)
{
	struct findings *findings = ctx;

	assert_non_null(rule);
	findings->errors += is_error;
	findings->remarks += !is_error;
	snprintf(findings->last, sizeof findings->last, "%s: %s", rule->id, sentence);
}

static void examples_are_tried_and_slow_patterns_named(void **state)
{
	static const struct {
		const char *yaml;
		size_t errors, remarks;
		const char *last;
	} cases[] = {
		{"- {id: a, about: A., match: box, examples: {hit: [box], miss: [fox]}}\n", 0, 0, ""},
		{"- {id: a, about: A., match: box, examples: {hit: [fox]}}\n", 1, 0, "a: does not hit its example: fox"},
		{"- {id: a, about: A., match: box, examples: {hit: [box], miss: [boxer]}}\n", 1, 0,
		 "a: hits what it must miss: boxer"},
		{"- {id: a, about: A., match: box}\n", 0, 1, "a: has no example that it hits"},
		{"- {id: a, match: box, examples: {hit: [box]}}\n", 0, 1,
		 "a: has no `about`: say in a sentence what it finds"},
		{"- {id: a, about: A., match: '\\w+', examples: {hit: [x]}}\n", 0, 1,
		 "a: slow: no words could be read from the pattern in line 1, so it is searched in every post"},
		{"- {id: a, about: A., match: '[12]', field: rating, examples: {hit: ['1'], miss: ['5', x]}}\n", 0, 0, ""},
		{"- {id: a, about: A., match: 'go (?:\\w+\\s?)+(?=[.!])', "
		 "examples: {hit: [go abababababababababababababababababababa]}}\n",
		 1, 0, "a: could not be decided: go abababababababababababababababababababa"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ruleset *set = compile(cases[i].yaml, NULL);
		struct findings findings = {0};

		assert_int_equal(ruleset_check(set, note_finding, &findings), cases[i].errors);
		assert_string_equal(findings.last, cases[i].last);
		assert_int_equal(findings.errors, cases[i].errors);
		assert_int_equal(findings.remarks, cases[i].remarks);
		ruleset_free(&set);
	}
}

/* The shipped English rules, from their files or from the trees that the build made of them. */
static struct ruleset *shipped(bool trees, struct arena *arena)
{
	const char *prefix = trees ? "tree/classify/rules/en/" : "classify/rules/en/";
	struct rules_builder *builder = rules_builder_new();
	struct ruleset *set = NULL;
	struct error e = {0};

	for (const struct asset *a = asset_next(prefix, NULL); a; a = asset_next(prefix, a)) {
		struct yaml_node *root;
		enum err err = trees ? yaml_tree_thaw(arena, a->name, a->data, a->len, &root, &e)
				     : rules_add(builder, a->name, a->data, a->len, false, &e);

		if (!err && trees)
			err = rules_add_tree(builder, a->name + strlen("tree/"), root, false, &e);
		if (err)
			fail_msg("%s", e.text);
	}
	rules_trust(builder);
	if (rules_compile(builder, &set, &e))
		fail_msg("%s", e.text);
	rules_builder_free(&builder);
	return set;
}

static void rules_of_trees_are_those_of_the_files(void **state)
{
	struct arena *arena = arena_new(64 << 20);
	struct ruleset *files = shipped(false, arena), *trees = shipped(true, arena);

	(void)state;
	arena_free(&arena); /* nodes need not last */
	assert_string_equal(ruleset_digest(files), ruleset_digest(trees));
	for (size_t i = 0; i < ruleset_count(files); i++) {
		const struct rule *a = ruleset_at(files, i), *b = ruleset_at(trees, i);

		assert_string_equal(a->id, b->id);
		assert_string_equal(a->about, b->about);
		assert_string_equal(a->file, b->file);
		assert_int_equal(a->line, b->line);
		assert_string_equal(a->hits_examples[0], b->hits_examples[0]);
		assert_string_equal(a->miss_examples[0], b->miss_examples[0]);
	}
	ruleset_free(&files);
	ruleset_free(&trees);
}

static void no_shipped_rule_has_an_error(void **state)
{
	struct rules_builder *builder = rules_builder_new();
	struct findings findings = {0};
	struct ruleset *set = NULL;
	struct error e = {0};

	(void)state;
	for (const struct asset *a = asset_next("classify/rules/en/", NULL); a; a = asset_next("classify/rules/en/", a))
		if (rules_add(builder, a->name, a->data, a->len, false, &e))
			fail_msg("%s", e.text);
	if (rules_compile(builder, &set, &e))
		fail_msg("%s", e.text);
	if (ruleset_check(set, note_finding, &findings) > 0)
		fail_msg("%s", findings.last);
	print_message("%zu shipped rules, %zu remarks\n", ruleset_count(set), findings.remarks);
	rules_builder_free(&builder);
	ruleset_free(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rule_may_have_all_these_keys),
		cmocka_unit_test(a_bad_file_is_refused_with_name_line_and_reason),
		cmocka_unit_test(sizes_have_caps),
		cmocka_unit_test(an_empty_file_has_no_rules),
		cmocka_unit_test(an_overlay_changes_only_the_keys_it_gives),
		cmocka_unit_test(an_overlay_may_change_the_topic_or_take_it_away),
		cmocka_unit_test(an_overlay_with_a_mistake_names_its_own_line),
		cmocka_unit_test(an_overlay_changes_a_rule_once_in_a_file_and_is_remembered),
		cmocka_unit_test(a_builder_can_be_filled_again),
		cmocka_unit_test(the_digest_changes_with_everything_that_judges_and_nothing_else),
		cmocka_unit_test(examples_are_tried_and_slow_patterns_named),
		cmocka_unit_test(rules_of_trees_are_those_of_the_files),
		cmocka_unit_test(no_shipped_rule_has_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
