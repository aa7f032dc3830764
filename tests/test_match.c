/*
 * test_match.c - matching: which hits and facts, in which order, and always the same as pcre2 alone.
 *
 * The last test runs the shipped rules and some made to be awkward over collected posts (AMENDS_SHARED or ../shared;
 * skipped without): one post in eight meets a part of the rules, each part in its turn, and now and then a post meets
 * them all. AMENDS_ALL_POSTS=1: every post meets all rules, which takes minutes.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "asset.h"
#include "jsonio.h"
#include "rules.h"
#include "utf8.h"

static struct ruleset *compile(const char *yaml)
{
	struct rules_builder *builder = rules_builder_new();
	struct ruleset *set = NULL;
	struct error e = {0};

	assert_non_null(builder);
	if (rules_add(builder, "test.yaml", yaml, strlen(yaml), false, &e) || rules_compile(builder, &set, &e))
		fail_msg("%s", e.text);
	rules_builder_free(&builder);
	return set;
}

static void assert_same(const struct matches *fast, const struct matches *plain, const char *text)
{
	if (fast->hit_count != plain->hit_count || fast->fact_count != plain->fact_count)
		fail_msg("%zu hits and %zu facts, but pcre2 alone finds %zu and %zu in: %s", fast->hit_count,
			 fast->fact_count, plain->hit_count, plain->fact_count, text);
	for (size_t i = 0; i < fast->hit_count; i++)
		if (fast->hits[i].rule != plain->hits[i].rule || fast->hits[i].start != plain->hits[i].start ||
		    fast->hits[i].end != plain->hits[i].end)
			fail_msg("rule %s at %zu-%zu, but pcre2 alone finds %s at %zu-%zu in: %s", fast->hits[i].rule->id,
				 fast->hits[i].start, fast->hits[i].end, plain->hits[i].rule->id, plain->hits[i].start,
				 plain->hits[i].end, text);
	for (size_t i = 0; i < fast->fact_count; i++) {
		assert_ptr_equal(fast->facts[i].rule, plain->facts[i].rule);
		assert_string_equal(fast->facts[i].name, plain->facts[i].name);
		assert_string_equal(fast->facts[i].value, plain->facts[i].value);
		assert_int_equal(fast->facts[i].start, plain->facts[i].start);
	}
}

/* Both ways, compared; the result lives in the arena. */
static struct matches match(const struct ruleset *set, struct arena *arena, const char *text, const char *lang,
			    const struct post *post)
{
	struct matcher *matcher = matcher_new(set);
	struct matches fast, plain;

	assert_non_null(matcher);
	assert_int_equal(matcher_run(matcher, arena, text, strlen(text), lang, post, &fast, NULL), ERR_OK);
	assert_int_equal(matcher_run_plain(matcher, arena, text, strlen(text), lang, post, &plain, NULL), ERR_OK);
	if (!fast.undecided && !plain.undecided)
		assert_same(&fast, &plain, text);
	matcher_free(&matcher);
	return fast;
}

/* wanted: "start-end start-end". */
static const struct {
	const char *pattern, *text, *wanted;
} cases[] = {
	{"\\brefund\\b", "Refund! a REFUND, refunds", "0-6 10-16"},
	{"i want", "I  \n\xC2\xA0 WANT, I WANT", "13-19"},
	{"i\\s+want", "I  \n\xC2\xA0 WANT", "0-11"},
	{"ask", "a\xC5\xBF\xE2\x84\xAA ASK", "0-6 7-10"},
	{"stra\xC3\x9F" "e", "STRA\xE1\xBA\x9E" "E strasse", "0-8"},
	{"i", "\xC4\xB0 \xC4\xB1 I", "6-7"},
	{"caf\xC3\xA9\\b", "CAF\xC3\x89 cafe\xCC\x81 caf\xC3\xA9s", "0-5"},
	{"\\bbox", "inbox \xC3\xA9" "box \xE2\x80\x8D" "box _box box", "15-18 24-27"},
	{"\\s+lost", "  \xE2\x80\xA8 lost", "0-10"},
	{"\\slost", "  \xE2\x80\xA8 lost", "5-10"},
	{" lost", " \tlost  lost", "7-12"},
	{"\\s{2}", "a   b    c", "1-3 5-7 7-9"},
	{"(?<=so )bad", "so bad bad", "3-6"},
	{"(?<!not )bad", "not bad, bad", "9-12"},
	{"bad(?= app)", "bad bad app", "4-7"},
	{"^late", "late\nlate", "0-4"},
	{"(?m)^late", "late\nlate", "0-4 5-9"},
	{"late$", "late\nlate\n", "5-9"},
	{"aba", "ababababa", "0-3 4-7"},
	{"1{2,3}", "1111111", "0-3 3-6"},
	{"7", "777777777777", "0-1 1-2 2-3 3-4 4-5 5-6 6-7 7-8"},
	{"\\w+ing late", "was running late, coming  late", "4-16"},
	{"[!?]{3,}", "what?!? no!! NO!!!!", "4-7 15-19"},
	{"[$\xE2\x82\xAC]\\s?\\d+", "$5 or \xE2\x82\xAC 17 or 3$", "0-2 6-12"},
	{"\xF0\x9F\x98\xA1+", "\xF0\x9F\x98\xA1\xF0\x9F\x98\xA1 \xF0\x9F\x98\xA0", "0-8 9-13"},
	{"\\d+", "\xD9\xA3\xD9\xA4 and 12", "0-4 9-11"},
	{"(?x) no \\s reply # really", "No\xE2\x80\x89reply", "0-10"},
	{"(?-i)NO", "no NO", "3-5"},
	{"lost.*?bag", "lost lost bag lost", "0-13"},
	{"(?:lost|lost my) bag", "I lost my bag", "2-13"},
	{"t.{0,3}t", "tot\xE2\x80\xA8tat t\nt", "0-3 6-11"},
	{"a\\R+b", "a\r\n\xE2\x80\xA9" "b", "0-7"},
	{"(?:^|\\s)ugh", "ugh ugh\xC2\xA0ugh", "0-3 3-7 7-12"},
	{"(a)b\\1", "aba abb", "0-3"},
	{"(?:ab)+c", "abababc", "0-7"},
	{"(?:ab){2,3}c", "ababababc", "2-9"},
	{"x\\s \\s+y", "x \t y x\t  \xC2\xA0y", "6-13"},
	{"(?:foo|bar)?baz", "foobaz barbarbaz", "0-6 10-16"},
	{"\\b(?:no|never)\\b.{0,9}\\breply", "no no reply, NEVER a reply", "0-11 13-26"},
	/* words: alternatives of one and several, gaps that may be nothing, neighbours beyond ASCII */
	{"\\b(?:foo\\s+bar|foo)\\b", "foo bar foo foo\xC3\xA9 \xC3\xA9" "foo", "0-7 8-11"},
	{"\\b(?:foo|foo\\s+bar)\\b", "foo bar", "0-3"},
	{"\\b(?:fo\\w*\\s+bar|foo)\\b", "foo, foo bar fob bar", "0-3 5-12 13-20"},
	{"\\b(?:been|was)[- ]?(?:\\w+\\s+)?charged\\b", "been charged wascharged was-charged been so charged",
	 "0-12 13-23 24-35 36-51"},
	{"\\bs[kt]\\b", "s\xE2\x84\xAA SK ask s\xE2\x84\xAA\xC3\xA9", "0-4 5-7"},
	{"\\b(?:my|our)\\s+(?:\\w+\\s+)?bag\\b", "bag my bag, our lost bag", "4-10 12-24"},
	{"\\b(?:one|foo)\\b|\\bbar\\b", "bar one \xE3\x80\x82" "foo", "0-3 4-7 11-14"},
	{"f\xC3\xBCr\\s+(?:mich|uns)\\b", "F\xC3\x9CR mich f\xC3\xBCr  unsre f\xC3\xBCr uns", "0-9 22-30"},
	{"nothing", "", ""},
};

static void a_pattern_finds_what_pcre2_finds_where_pcre2_finds_it(void **state)
{
	struct arena *arena = arena_new(1 << 20);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ruleset *set;
		struct matches found;
		char yaml[512], hits[256] = "";
		size_t len = 0;

		snprintf(yaml, sizeof yaml, "- id: r\n  match: |-\n    %s\n", cases[i].pattern);
		if (cases[i].pattern[0] == ' ')
			snprintf(yaml, sizeof yaml, "- id: r\n  match: '%s'\n", cases[i].pattern);
		set = compile(yaml);
		found = match(set, arena, cases[i].text, NULL, NULL);
		for (size_t k = 0; k < found.hit_count; k++)
			len += (size_t)snprintf(hits + len, sizeof hits - len, "%s%zu-%zu", k ? " " : "",
						found.hits[k].start, found.hits[k].end);
		if (strcmp(hits, cases[i].wanted) != 0)
			fail_msg("/%s/ in \"%s\": wanted %s, found %s", cases[i].pattern, cases[i].text, cases[i].wanted,
				 hits);
		ruleset_free(&set);
	}
	arena_free(&arena);
}

static void a_place_beyond_the_remembered_ones_is_tried_as_well(void **state)
{
	struct ruleset *set = compile("- id: r\n  match: 'ab\\d'\n- id: s\n  match: 'ab.*z'\n");
	struct arena *arena = arena_new(1 << 20);
	char text[4096];
	struct matches found;

	(void)state;
	for (size_t i = 0; i < 3000; i++)
		text[i] = "ab "[i % 3];
	strcpy(text + 3000, "\xC3\xA9 ab1 ab2");
	found = match(set, arena, text, NULL, NULL);
	assert_int_equal(found.hit_count, 2);
	assert_int_equal(found.hits[0].start, 3003);
	arena_free(&arena);
	ruleset_free(&set);
}

static void unless_is_asked_about_the_whole_text(void **state)
{
	struct ruleset *set = compile("- id: r\n  match: refund\n  unless: ['\\bthanks\\b', joke]\n");
	struct arena *arena = arena_new(1 << 20);

	(void)state;
	assert_int_equal(match(set, arena, "my refund, refund", NULL, NULL).hit_count, 2);
	assert_int_equal(match(set, arena, "thanks for my refund", NULL, NULL).hit_count, 0);
	assert_int_equal(match(set, arena, "my refund, what a JOKE", NULL, NULL).hit_count, 0);
	arena_free(&arena);
	ruleset_free(&set);
}

static void a_rule_counts_hits_of_all_its_patterns_once_and_eight_at_most(void **state)
{
	struct ruleset *set = compile("- id: r\n  match: ['ab', 'a[b]', 'b']\n");
	struct arena *arena = arena_new(1 << 20);
	struct matches found;

	(void)state;
	found = match(set, arena, "ab ab", NULL, NULL);
	assert_int_equal(found.hit_count, 4);
	assert_int_equal(found.hits[1].start, 1);
	found = match(set, arena, "ab ab ab ab ab ab ab ab ab ab", NULL, NULL);
	assert_int_equal(found.hit_count, RULES_HITS_PER_RULE);
	assert_int_equal(found.hits[RULES_HITS_PER_RULE - 1].start, 10); /* the first from the left */
	arena_free(&arena);
	ruleset_free(&set);
}

static void hits_come_by_start_then_end_then_id(void **state)
{
	struct ruleset *set = compile("- id: b\n  match: 'my bag'\n- id: a\n  match: 'my bag'\n- id: c\n  match: 'my'\n"
				      "- id: d\n  match: 'oh'\n");
	struct arena *arena = arena_new(1 << 20);
	struct matches found;

	(void)state;
	found = match(set, arena, "oh my bag", NULL, NULL);
	assert_int_equal(found.hit_count, 4);
	for (size_t i = 0; i < 4; i++)
		assert_string_equal(found.hits[i].rule->id, ((const char *const[]){"d", "c", "a", "b"})[i]);
	arena_free(&arena);
	ruleset_free(&set);
}

/* The ellipsis is read as three dots, all of which stand for it. */
static void places_in_one_character_of_the_text_are_one_place(void **state)
{
	struct ruleset *set = compile("- id: a\n  match: '(?<=[.])[.]'\n- id: b\n  match: '[.]{3}'\n"
				      "- id: c\n  match: '[.]'\n");
	struct arena *arena = arena_new(1 << 20);
	struct matches found;

	(void)state;
	found = match(set, arena, "oh\xE2\x80\xA6 well", NULL, NULL);
	assert_int_equal(found.hit_count, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_string_equal(found.hits[i].rule->id, ((const char *const[]){"a", "b", "c"})[i]);
		assert_int_equal(found.hits[i].start, 2);
		assert_int_equal(found.hits[i].end, 5);
	}
	arena_free(&arena);
	ruleset_free(&set);
}

static void rules_serve_their_language_only(void **state)
{
	struct ruleset *set = compile("- id: de\n  match: kaputt\n  lang: de\n- id: any\n  match: kaputt\n");
	struct arena *arena = arena_new(1 << 20);

	(void)state;
	assert_int_equal(match(set, arena, "kaputt", "de", NULL).hit_count, 2);
	assert_int_equal(match(set, arena, "kaputt", "en", NULL).hit_count, 1);
	assert_int_equal(match(set, arena, "kaputt", NULL, NULL).hit_count, 1);
	assert_true(ruleset_has_lang(set, "de"));
	assert_false(ruleset_has_lang(set, "en"));
	arena_free(&arena);
	ruleset_free(&set);
}

static void rules_can_read_other_fields(void **state)
{
	struct ruleset *set = compile("- id: angry\n  match: '[12]'\n  field: rating\n"
				      "- id: news\n  match: 'news'\n  unless: 'fake'\n  field: author\n"
				      "- id: store\n  match: '^(?<place>app_store)$'\n  field: platform\n");
	struct post post = {.platform = "app_store", .rating = 2, .author = {.handle = "a", .name = "City News"}};
	struct arena *arena = arena_new(1 << 20);
	struct matches found;

	(void)state;
	found = match(set, arena, "2 news app_store", "en", &post);
	assert_int_equal(found.hit_count, 3);
	assert_int_equal(found.hits[0].end, 0);
	assert_int_equal(found.fact_count, 1);
	assert_string_equal(found.facts[0].value, "app_store");
	post.author.handle = "fakenews";
	post.rating = 5;
	assert_int_equal(match(set, arena, "", "en", &post).hit_count, 1);
	assert_int_equal(match(set, arena, "2 news", "en", NULL).hit_count, 0);
	arena_free(&arena);
	ruleset_free(&set);
}

static void named_captures_become_facts_in_order(void **state)
{
	struct ruleset *set = compile("- id: a\n  match: '(?<thing>router|box) .*?(?<duration>\\d+ days)?'\n"
				      "- id: b\n  match: '(?:for )(?<duration>\\d+ days)'\n  unless: never\n"
				      "- id: c\n  match: ['(?<duration>\\d+ days)', 'for (?<duration>\\d+) days']\n");
	struct arena *arena = arena_new(1 << 20);
	struct matches found;

	(void)state;
	found = match(set, arena, "The Router is dead for 12 days", NULL, NULL);
	assert_int_equal(found.fact_count, 4);
	assert_string_equal(found.facts[0].name, "thing");
	assert_string_equal(found.facts[0].value, "Router");
	assert_int_equal(found.facts[0].start, 4);
	assert_string_equal(found.facts[1].value, "12");
	assert_string_equal(found.facts[2].value, "12 days");
	assert_int_equal(found.facts[2].end, 30);
	found = match(set, arena, "never: for 12 days", NULL, NULL);
	assert_int_equal(found.fact_count, 2); /* b does not stand, nor do its facts */
	arena_free(&arena);
	ruleset_free(&set);
}

/*
 * Patterns that would try some 2^30 ways: anchored, slow, in `unless`, and gated. (A look ahead, because without one it
 * is known that there is no match before pcre2 is asked.)
 */
static void a_limit_is_reported_and_never_read_as_no(void **state)
{
	static const char *const rules[] = {
		"- id: r\n  match: 'go (?:\\w+\\s?)+(?=[.!])'\n", "- id: r\n  match: '(?:\\w+\\s?)+[^\\w\\s]'\n",
		"- id: r\n  match: 'go'\n  unless: 'go (?:\\w+\\s?)+(?=[.!])'\n", "- id: r\n  match: '(?:\\w+\\s?)+[.!] never'\n",
	};
	static const char text[] = "so, go abababababababababababababababababababababababababababababab and on never";
	struct arena *arena = arena_new(1 << 20);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		struct ruleset *set = compile(rules[i]);
		struct matches found = match(set, arena, text, NULL, NULL);

		if (i == 3) { /* there is no ". never" or "! never": decided without asking pcre2 */
			assert_null(found.undecided);
			found = match(set, arena, "ababababababababababababababababababababababababab, what! never", NULL,
				      NULL);
		}
		if (!found.undecided || found.hit_count != (i == 1 || i == 2)) /* the earlier hit stays */
			fail_msg("%s: %s, %zu hits", rules[i], found.undecided ? "undecided" : "decided",
				 found.hit_count);
		assert_string_equal(found.undecided->id, "r");
		assert_string_equal(found.undecided_why, "match limit");
		ruleset_free(&set);
	}
	arena_free(&arena);
}

static void a_flood_of_places_to_try_is_given_up(void **state)
{
	struct ruleset *set = compile("- id: r\n  match: 'can you (?![a-z])'\n- id: s\n  match: '\\bend$'\n");
	struct matcher *matcher = matcher_new(set);
	struct arena *arena = arena_new(1 << 20);
	static char text[8 * 3000 + 4];
	struct matches found;

	(void)state;
	for (size_t i = 0; i < 3000; i++)
		memcpy(text + 8 * i, "can you ", 8);
	memcpy(text + sizeof text - 4, "end", 4);
	assert_int_equal(matcher_run(matcher, arena, text, 8 * 1900, "en", NULL, &found, NULL), ERR_OK);
	assert_null(found.undecided);
	assert_int_equal(matcher_run(matcher, arena, text, sizeof text - 1, "en", NULL, &found, NULL), ERR_OK);
	assert_string_equal(found.undecided->id, "r");
	assert_string_equal(found.undecided_why, "too many places to try");
	assert_int_equal(found.hit_count, 1); /* the other rule goes on */
	matcher_free(&matcher);
	ruleset_free(&set);
	arena_free(&arena);
}

/* ---- every collected post --------------------------------------------------------------------------------------- */

/* Our own, made to be awkward: every lane, gaps, classes, look-arounds, white space at both ends, short prefixes. */
static const char awkward[] =
	"- {id: zz_ask, match: '\\b(?:can|could|would) (?:you|u|anyone)\\b.{0,60}\\?'}\n"
	"- {id: zz_ing, match: '\\w+ing\\s+(?:me|us)\\b'}\n"
	"- {id: zz_money, match: '(?<amount>[$\xE2\x82\xAC\xC2\xA3]\\s?\\d+(?:[.,]\\d\\d)?)'}\n"
	"- {id: zz_shout, match: '(?-i)\\b[A-Z]{4,}\\b'}\n"
	"- {id: zz_marks, match: '[!?]{2,}'}\n"
	"- {id: zz_at, match: '(?:^|\\s)@\\w+'}\n"
	"- {id: zz_edge, match: '\\s+(?:not|no|never)\\s+'}\n"
	"- {id: zz_end, match: '\\bthanks?\\W*$'}\n"
	"- {id: zz_k, match: '(?:ok|thx|skip)[sk]?\\b'}\n"
	"- {id: zz_behind, match: '(?<!\\bnot )\\bgood\\b(?! luck)'}\n"
	"- {id: zz_url, match: 'https?://\\S+'}\n"
	"- {id: zz_num, match: '\\b\\d{1,3}\\s*(?:min|hour|day|week)s?\\b'}\n"
	"- {id: zz_uni, match: '[\xC3\xA0-\xC3\xBF]\\w*\\s'}\n"
	"- {id: zz_emoji, match: '[\\x{1F600}-\\x{1F64F}]+'}\n"
	"- {id: zz_quote, match: '(?:don|can|won|isn)[\\x27\\x{2019}]?t\\b', unless: 'sorry'}\n"
	"- {id: zz_double, match: '\\b(\\w+)\\s+\\1\\b'}\n"
	"- {id: zz_the, match: 'the\\s+[a-z]+\\s+(?:is|was)\\s'}\n"
	"- {id: zz_umlaut, match: 'f\xC3\xBCr|\xC3\x9C" "ber|stra\xC3\x9F" "e|m\xC3\xBCss'}\n"
	"- {id: zz_any, match: '\\b(?:so|very|too) .{1,12}? (?:and|but)\\b'}\n"
	"- {id: zz_nl, match: '(?m)^\\W*(?:re|rt)\\b'}\n"
	"- {id: zz_both, all: ['\\b(?:my|our)\\b', '\\b(?:still|again|never)\\b'], same_sentence: true}\n"
	"- {id: zz_close, near: {words: 4, patterns: ['\\b(?:you|they)\\b', 'n\\x27t\\b|\\bnot\\b', '\\w+']}}\n"
	"- {id: zz_slow_pair, all: ['\\b\\w{9,}\\b', '\\d\\d+']}\n"
	"- {id: zz_good, lang: en, match: '\\b(?:good|great|working|help)\\b', not_negated: true}\n"
	"- {id: zz_all_not, lang: en, all: ['\\w+ing\\b', 'service|flight', '[.!?]'], not_negated: true}\n"
	"- {id: zz_word, match: ':[a-z_]+:'}\n"
	"- {id: zz_first, match: '^\\w+'}\n";

enum {
	PARTS = 16,   /* of the shipped rules, by file; the last set has all */
	SAMPLE = 8,   /* every how manieth post is taken */
	WHOLE = 32,   /* every how manieth of those meets all rules */
};

struct tally {
	struct ruleset *sets[PARTS + 1];
	struct matcher *matchers[PARTS + 1];
	struct arena *arena;
	struct json_parser *parser;
	size_t compared, undecided, hits;
	bool all;
};

static struct matcher *matcher_for(struct tally *tally, size_t number)
{
	return tally->matchers[tally->all || number % WHOLE == 0 ? PARTS : number % PARTS];
}

static void compare_post(struct tally *tally, struct json_object *object)
{
	const char *text = json_str(object, "text", ""), *lang = json_str(object, "lang", "en");
	struct matcher *matcher = matcher_for(tally, tally->compared);
	struct matches fast, plain;

	if (!ruleset_has_lang(tally->sets[PARTS], lang))
		lang = "en"; /* texts of other scripts are as good a trial */
	arena_reset(tally->arena);
	if (matcher_run(matcher, tally->arena, text, strlen(text), lang, NULL, &fast, NULL) ||
	    matcher_run_plain(matcher, tally->arena, text, strlen(text), lang, NULL, &plain, NULL))
		fail_msg("no memory");
	tally->compared++;
	tally->hits += fast.hit_count;
	if (fast.undecided || plain.undecided)
		tally->undecided++;
	else
		assert_same(&fast, &plain, text);
}

static void compare_file(struct tally *tally, const char *path)
{
	FILE *file = fopen(path, "r");
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	assert_non_null(file);
	for (unsigned number = 0; (len = getline(&line, &size, file)) > 0; number++) {
		struct json_object *object;

		if (!tally->all && number % SAMPLE != 0)
			continue;
		if (json_parse(tally->parser, line, (size_t)len, &object, NULL))
			continue;
		compare_post(tally, object);
		json_object_put(object);
	}
	free(line);
	assert_int_equal(fclose(file), 0);
}

/* The shipped files of one part (PARTS: of all), and the awkward rules. */
static struct ruleset *shipped_and_awkward(size_t part)
{
	static const char *const folders[] = {"classify/rules/en/", "classify/rules/de/", "classify/rules/es/",
					      "classify/rules/fr/", "classify/rules/it/", "classify/rules/pt/"};
	struct rules_builder *builder = rules_builder_new();
	struct ruleset *set = NULL;
	struct error e = {0};
	size_t number = 0;

	for (size_t i = 0; i < ARRAY_LEN(folders); i++)
		for (const struct asset *a = asset_next(folders[i], NULL); a; a = asset_next(folders[i], a), number++)
			if ((part == PARTS || number % PARTS == part) &&
			    rules_add(builder, a->name, a->data, a->len, false, &e))
				fail_msg("%s", e.text);
	rules_trust(builder);
	if (rules_add(builder, "awkward.yaml", awkward, sizeof awkward - 1, false, &e) ||
	    rules_compile(builder, &set, &e))
		fail_msg("%s", e.text);
	rules_builder_free(&builder);
	return set;
}

static void tally_open(struct tally *tally)
{
	*tally = (struct tally){.arena = arena_new(8u << 20), .parser = json_parser_new(),
				.all = getenv("AMENDS_ALL_POSTS") != NULL};
	for (size_t i = tally->all ? PARTS : 0; i <= PARTS; i++) {
		tally->sets[i] = shipped_and_awkward(i);
		tally->matchers[i] = matcher_new(tally->sets[i]);
	}
}

static void tally_close(struct tally *tally)
{
	for (size_t i = 0; i <= PARTS; i++) {
		matcher_free(&tally->matchers[i]);
		ruleset_free(&tally->sets[i]);
	}
	json_parser_free(&tally->parser);
	arena_free(&tally->arena);
}

static void collected_posts_get_the_hits_that_pcre2_alone_finds(void **state)
{
	const char *shared = getenv("AMENDS_SHARED");
	struct tally tally;
	struct dirent **names;
	char folder[2048], path[4096];
	int count;

	(void)state;
	snprintf(folder, sizeof folder, "%s/data", shared ? shared : "../shared");
	count = scandir(folder, &names, NULL, alphasort);
	if (count < 0) {
		print_message("no collected posts at %s\n", folder);
		skip();
	}
	tally_open(&tally);
	for (int i = 0; i < count; i++) {
		const char *suffix = strrchr(names[i]->d_name, '.');

		snprintf(path, sizeof path, "%s/%s", folder, names[i]->d_name);
		if (suffix && strcmp(suffix, ".jsonl") == 0)
			compare_file(&tally, path);
		free(names[i]);
	}
	free(names);
	print_message("%zu rules over %zu posts%s: %zu hits, the same as pcre2 alone; %zu posts undecided\n",
		      ruleset_count(tally.sets[PARTS]), tally.compared, tally.all ? "" : " (a part of both)", tally.hits,
		      tally.undecided);
	assert_true(tally.compared == 0 || tally.hits > tally.compared / 2);
	assert_true(tally.undecided <= tally.compared / 1000);
	tally_close(&tally);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pattern_finds_what_pcre2_finds_where_pcre2_finds_it),
		cmocka_unit_test(a_place_beyond_the_remembered_ones_is_tried_as_well),
		cmocka_unit_test(unless_is_asked_about_the_whole_text),
		cmocka_unit_test(a_rule_counts_hits_of_all_its_patterns_once_and_eight_at_most),
		cmocka_unit_test(hits_come_by_start_then_end_then_id),
		cmocka_unit_test(places_in_one_character_of_the_text_are_one_place),
		cmocka_unit_test(rules_serve_their_language_only),
		cmocka_unit_test(rules_can_read_other_fields),
		cmocka_unit_test(named_captures_become_facts_in_order),
		cmocka_unit_test(a_limit_is_reported_and_never_read_as_no),
		cmocka_unit_test(a_flood_of_places_to_try_is_given_up),
		cmocka_unit_test(collected_posts_get_the_hits_that_pcre2_alone_finds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
