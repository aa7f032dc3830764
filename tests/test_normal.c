/*
 * test_normal.c - the reading text: what becomes of a post before rules see it, and the way back to its bytes.
 *
 * That nothing here can be slow is looked at in tests/fuzz/fuzz_slow.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "classify/normal_entity.h"
#include "classify/normal_pattern.h"
#include "classify/normal_text.h"
#include "rules.h"
#include "utf8.h"

static const struct {
	const char *posted, *read;
} readings[] = {
	{"", ""},
	{"My parcel is late, order 1000234 (twice)...", "My parcel is late, order 1000234 (twice)..."},
	/* entities */
	{"R&amp;D &lt;3 &quot;hi&quot; it&#39;s &apos;s", "R&D <3 \"hi\" it's 's"},
	{"a&nbsp;b &#8217; &#x2019; &#128545;", "a b ' ' :angry:"},
	{"AT&T &amp &bogus; &#0; &#xD800; &#99999999; &;", "AT&T &amp &bogus; &#0; &#xD800; &#99999999; &;"},
	{"&amp;amp;", "&amp;"},
	/* spellings of one character */
	{"don\xE2\x80\x99t \xE2\x80\x9Cgreat\xE2\x80\x9D \xE2\x80\x98x\xE2\x80\x99", "don't \"great\" 'x'"},
	{"no \xE2\x80\x93 not \xE2\x80\x94 never\xE2\x80\xA6", "no - not - never..."},
	{"a\xC2\xA0"
	 "b\xE2\x80\xAF"
	 "c\xE3\x80\x80"
	 "d",
	 "a b c d"},
	{"re\xE2\x80\x8B"
	 "fund\xEF\xBB\xBF \xC2\xAD!",
	 "refund !"},
	{"\xEF\xBC\xB2\xEF\xBD\x85\xEF\xBD\x84 \xEF\xBC\x91", "Red 1"},
	{"gr\xC3\xBC\xC3\x9F \xE4\xBD\xA0\xE5\xA5\xBD \xD9\xA3",
	 "gr\xC3\xBC\xC3\x9F \xE4\xBD\xA0\xE5\xA5\xBD \xD9\xA3"},
	/* long rows */
	{"soooo baddd, cool, SOOoO", "soo badd, cool, SOO"},
	{"n\xC3\xA3\xC3\xA3\xC3\xA3\xC3\xA3o", "n\xC3\xA3\xC3\xA3o"},
	{"why???????? no!!! ..... ))))", "why??? no!!! ... )))"},
	{"10000 AAA www.shop.example AAA1234 iii", "10000 AAA www.shop.example AAA1234 iii"},
	{"kkkkkkk aa", "kkk aa"},
	/* addresses are left alone, names are no words */
	{"see https://x.example/aaaa#TopDeal&amp;b @coool_Shopp and me@foooo.example",
	 "see https://x.example/aaaa#TopDeal&amp;b @_coool_Shopp and me@foooo.example"},
	{"at @ada@social.example, @Courier_ and .@x @_y", "at @_ada@social.example, @_Courier_ and .@_x @_y"},
	{"http://x.example/\xE2\x80\x99", "http://x.example/'"},
	/* hashtags */
	{"so #WorstServiceEver #worstservice #FAIL", "so #Worst Service Ever #worstservice #FAIL"},
	{"#USAirways #iPhoneFail #IHateThis #never_again #Fail2Day",
	 "#US Airways #iPhone Fail #I Hate This #never again #Fail2 Day"},
	{"a#NotTag x/#NotTag #", "a#NotTag x/#NotTag #"},
	/* emoji */
	{"late\xF0\x9F\x98\xA1!", "late:angry:!"},
	{"\xF0\x9F\x91\x8D\xF0\x9F\x8F\xBD \xE2\x9D\xA4\xEF\xB8\x8F", ":thumbs_up: :heart:"},
	{"\xF0\x9F\xA4\xB7\xF0\x9F\x8F\xBB\xE2\x80\x8D\xE2\x99\x80\xEF\xB8\x8F ok", ":shrug: ok"},
	{"\xF0\x9F\x98\xA1\xF0\x9F\x98\xA1\xF0\x9F\x98\xA1\xF0\x9F\x98\xA1\xF0\x9F\x98\xA1", ":angry::angry::angry:"},
	{"\xF0\x9F\xA6\x83 \xF0\x9F\x87\xAB\xF0\x9F\x87\xB7", "\xF0\x9F\xA6\x83 \xF0\x9F\x87\xAB\xF0\x9F\x87\xB7"},
	/* names in front */
	{"@shop my bag", "my bag"},
	{".@shop @ada_b, @x: my bag @shop", "my bag @_shop"},
	{"@ada@social.example @jay.sky.example\nhi", "hi"},
	{"@shop.Thanks for nothing", ".Thanks for nothing"},
	{"@shop!!! answer", "!!! answer"},
	{"@shop's service is bad", "@_shop's service is bad"},
	{"@shop @ada's bag", "@_ada's bag"},
	{"@shop", ""},
	{"@ shop ... @", "@ shop ... @"},
	{"thanks @shop", "thanks @_shop"},
	{"@shop it\xE2\x80\x99s #SoLate", "it's #So Late"},
};

static void a_text_is_read_as_documented(void **state)
{
	struct reading r = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(readings); i++) {
		assert_true(reading_make(&r, readings[i].posted, strlen(readings[i].posted)));
		if (r.len != strlen(readings[i].read) || memcmp(r.text, readings[i].read, r.len) != 0)
			fail_msg("\"%s\"\nis read \"%.*s\"\nand not \"%s\"", readings[i].posted, (int)r.len, r.text,
				 readings[i].read);
		assert_true(utf8_valid(r.text, r.len));
	}
	reading_done(&r);
}

static void a_text_without_anything_to_change_is_not_copied(void **state)
{
	static const char *const texts[] = {"My parcel is late: order 1000 is lost #again, thanks me@shop...",
					    "@shop my bag is lost"};
	struct reading r = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		assert_true(reading_make(&r, texts[i], strlen(texts[i])));
		assert_ptr_equal(r.text, texts[i] + r.skipped);
		assert_null(r.bytes);
	}
	reading_done(&r);
}

/* read: a word of the reading text; posted: what is then shown. */
static const struct {
	const char *text, *read, *posted;
} ways_back[] = {
	{"it&#39;s late", "it's", "it&#39;s"},
	{"it&#39;s late", "'", "&#39;"},
	{"it&#39;s late", "late", "late"},
	{"a soooo bad day", "soo", "soooo"},
	{"a soooo bad day", "bad", "bad"},
	{"what!!!!!! now", "!!!", "!!!!!!"},
	{"#WorstServiceEver", "Service", "Service"},
	{"#WorstServiceEver", "Worst Service", "WorstService"},
	{"re\xE2\x80\x8B\xE2\x80\x8B"
	 "fund",
	 "refund",
	 "re\xE2\x80\x8B\xE2\x80\x8B"
	 "fund"},
	{"re\xE2\x80\x8B"
	 "fund",
	 "re", "re"},
	{"re\xE2\x80\x8B"
	 "fund",
	 "fund", "fund"},
	{"x \xF0\x9F\x91\x8D\xF0\x9F\x8F\xBD y", ":thumbs_up:", "\xF0\x9F\x91\x8D\xF0\x9F\x8F\xBD"},
	{"x \xF0\x9F\x91\x8D\xF0\x9F\x8F\xBD y", "up", "\xF0\x9F\x91\x8D\xF0\x9F\x8F\xBD"},
	{"@shop @ada my bag", "my", "my"},
	{"@shop @ada my b\xC3\xA4\xC3\xA4\xC3\xA4g", "b\xC3\xA4\xC3\xA4g", "b\xC3\xA4\xC3\xA4\xC3\xA4g"},
	{"wait\xE2\x80\xA6 no", "..", "\xE2\x80\xA6"},
};

static void a_place_in_the_reading_leads_back_to_whole_sequences_of_the_original(void **state)
{
	struct reading r = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ways_back); i++) {
		const char *found;
		size_t from, to;

		assert_true(reading_make(&r, ways_back[i].text, strlen(ways_back[i].text)));
		found = memmem(r.text, r.len, ways_back[i].read, strlen(ways_back[i].read));
		assert_non_null(found);
		reading_range(&r, (size_t)(found - r.text), (size_t)(found - r.text) + strlen(ways_back[i].read), &from,
			      &to);
		if (to - from != strlen(ways_back[i].posted) ||
		    memcmp(ways_back[i].text + from, ways_back[i].posted, to - from) != 0)
			fail_msg("\"%s\" in \"%s\" leads to \"%.*s\"", ways_back[i].read, ways_back[i].text,
				 (int)(to - from), ways_back[i].text + from);
	}
	reading_done(&r);
}

static void a_texts_memory_serves_the_next(void **state)
{
	char *large = malloc(70000);
	struct reading r = {0};

	(void)state;
	assert_non_null(large);
	for (size_t i = 0; i < 70000; i += 7)
		memcpy(large + i, "\xE2\x80\x99\xF0\x9F\x98\xA1", 7);
	assert_true(reading_make(&r, large, 70000));
	assert_int_equal(r.len, 10000 * 8);
	assert_int_equal(r.piece_count, 20000);
	assert_true(reading_make(&r, "plain", 5));
	assert_int_equal(r.len, 5);
	assert_int_equal(r.piece_count, 0);
	reading_done(&r);
	free(large);
}

static void entities_are_decoded_in_place(void **state)
{
	char text[] = "Tom &amp; Ann&#8217;s &lt;b&gt; &nope; &";

	(void)state;
	reading_decode_entities(text);
	assert_string_equal(text, "Tom & Ann\xE2\x80\x99s <b> &nope; &");
}

static void the_emoji_words_are_in_order_and_plain(void **state)
{
	unsigned found = 0;

	(void)state;
	for (uint32_t c = 0; c < 0x20000; c++) {
		const char *word = emoji_word(c);
		size_t len = word ? strlen(word) : 0;

		if (!word)
			continue;
		found++;
		assert_true(c > 0x2000 && len >= 4 && len < EMOJI_WORD_MAX && word[0] == ':' && word[len - 1] == ':');
		assert_int_equal(strspn(word + 1, "abcdefghijklmnopqrstuvwxyz_"), len - 2);
	}
	assert_true(found >= 150); /* binary search misses what is out of order */
}

static const struct {
	const char *written, *used; /* NULL: as written */
} patterns[] = {
	{"\\bit['\xE2\x80\x99]s\\b", "\\bit['']s\\b"},
	{"don\xE2\x80\x99t", "don't"},
	{"c\xC2\xB4\xC3\xA8", "c'\xC3\xA8"},
	{"don\xCA\xBCt", "don't"},
	{"\xC2\xABsi\xC2\xBB", "\"si\""},
	{"a\xC2\xA0" "b", "a\\x20b"},
	{"plain [a-z]+", NULL},
	{"[\xC3\xA0-\xC3\xBF]\\w*", NULL},
	{"\xF0\x9F\x98\xA1+", "(?::angry:)+"},
	{"\xE2\x9D\xA4\xEF\xB8\x8F", "(?::heart:)"},
	{"[\xF0\x9F\x98\xA1\xF0\x9F\x98\xA0]", "(?::angry:)"},
	{"[\xF0\x9F\x98\xA1\xF0\x9F\xA6\x83!]{2}", "(?::angry:|[\xF0\x9F\xA6\x83!]){2}"},
	{"[\xE2\x80\x93-]", "[\\--]"},
	{"[^\xE2\x80\x99\xF0\x9F\x98\xA1]", "[^'\xF0\x9F\x98\xA1]"},
	{"[\\s\xE2\x80\x9C:]", "[\\s\":]"},
	{"wait\xE2\x80\xA6+", "wait(?:\\.\\.\\.)+"},
	{"a\\[\xE2\x80\x99]", "a\\[']"},
	{"[]\xE2\x80\x99]", "[]']"},
	{"[\xE2\x80\x99", "['"},
	{"[\xE2\x80\x98-\xE2\x80\x9F]", NULL},
};

static void patterns_are_written_as_people_post(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(patterns); i++) {
		struct buf out;
		bool changed;

		buf_init(&out, 1 << 16);
		changed = pattern_for_reading(&out, patterns[i].written, strlen(patterns[i].written));
		if (changed != (patterns[i].used != NULL) || (changed && strcmp(buf_text(&out), patterns[i].used) != 0))
			fail_msg("%s becomes %s", patterns[i].written, buf_text(&out));
		buf_done(&out);
	}
}

/* Rules, posts, and what the one hit covers. */
static const struct {
	const char *match, *text, *covered;
} hits[] = {
	{"(?<thing>can't log in)", "I can\xE2\x80\x99t log in", "can\xE2\x80\x99t log in"},
	{"can\xE2\x80\x99t", "I can&#39;t", "can&#39;t"},
	{"^late", "@shop @ada late", "late"},
	{"#worst service", "so #WorstService!", "#WorstService"},
	{"soo+ rude", "sooooooo  rude, soooo rude", "soooo rude"},
	{":angry:", "why \xF0\x9F\x98\xA1", "\xF0\x9F\x98\xA1"},
	{"\xF0\x9F\x98\xA0", "why \xF0\x9F\x98\xA1", "\xF0\x9F\x98\xA1"},
};

static void hits_and_facts_are_places_of_the_original(void **state)
{
	struct arena *arena = arena_new(1 << 20);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(hits); i++) {
		struct rules_builder *builder = rules_builder_new();
		struct ruleset *set = NULL;
		struct matcher *matcher;
		struct matches found;
		struct error e = {0};
		char yaml[300];
		size_t len;

		snprintf(yaml, sizeof yaml, "- id: r\n  match: \"%s\"\n", hits[i].match);
		if (rules_add(builder, "t.yaml", yaml, strlen(yaml), false, &e) || rules_compile(builder, &set, &e))
			fail_msg("%s", e.text);
		matcher = matcher_new(set);
		assert_int_equal(
			matcher_run(matcher, arena, hits[i].text, strlen(hits[i].text), "en", NULL, &found, NULL),
			ERR_OK);
		assert_int_equal(found.hit_count, 1);
		len = found.hits[0].end - found.hits[0].start;
		if (len != strlen(hits[i].covered) ||
		    memcmp(hits[i].text + found.hits[0].start, hits[i].covered, len) != 0)
			fail_msg("%s covers \"%.*s\"", hits[i].match, (int)len, hits[i].text + found.hits[0].start);
		if (found.fact_count > 0)
			assert_string_equal(found.facts[0].value, hits[i].covered);
		matcher_free(&matcher);
		ruleset_free(&set);
		rules_builder_free(&builder);
	}
	arena_free(&arena);
}

static void a_facts_value_is_the_original_without_entities(void **state)
{
	static const char yaml[] = "- id: r\n  match: 'my (?<thing>\\w+ & \\w+)'\n",
			  text[] = "@shop my cuppp &amp; saucer";
	struct rules_builder *builder = rules_builder_new();
	struct arena *arena = arena_new(1 << 20);
	struct ruleset *set = NULL;
	struct matcher *matcher;
	struct matches found;

	(void)state;
	assert_int_equal(rules_add(builder, "t.yaml", yaml, sizeof yaml - 1, false, NULL), ERR_OK);
	assert_int_equal(rules_compile(builder, &set, NULL), ERR_OK);
	matcher = matcher_new(set);
	assert_int_equal(matcher_run(matcher, arena, text, sizeof text - 1, "en", NULL, &found, NULL), ERR_OK);
	assert_int_equal(found.fact_count, 1);
	assert_string_equal(found.facts[0].value, "cuppp & saucer");
	assert_int_equal(found.facts[0].start, 9);
	assert_int_equal(found.facts[0].end, sizeof text - 1);
	matcher_free(&matcher);
	ruleset_free(&set);
	rules_builder_free(&builder);
	arena_free(&arena);
}

static double now_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* Printed, not judged: the machine is not ours alone. */
static void what_reading_costs_is_told(void **state)
{
	static const struct {
		const char *what, *text;
	} posts[] = {
		{"plain", "I have been waiting for two hours on the phone and nobody answers, my order 12345 is still "
			  "not here and I want my money back today, this is the worst service I have ever had"},
		{"leading names",
		 "@shop @ada I have been waiting for two hours on the phone and nobody answers, my order "
		 "12345 is still not here and I want my money back today, this is the worst service"},
		{"changed",
		 "@shop I\xE2\x80\x99ve been waiting for 2 hours &amp; nobody answers, my order is stilllll not here "
		 "\xF0\x9F\x98\xA1\xF0\x9F\x98\xA1 I want my money back today \xE2\x80\x93 #WorstServiceEver!!!!!"},
	};
	struct reading r = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(posts); i++) {
		size_t len = strlen(posts[i].text);
		double start = now_us();

		for (int n = 0; n < 20000; n++)
			assert_true(reading_make(&r, posts[i].text, len));
		print_message("reading %s (%zu bytes): %.3f microseconds\n", posts[i].what, len,
			      (now_us() - start) / 20000);
	}
	reading_done(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_is_read_as_documented),
		cmocka_unit_test(a_text_without_anything_to_change_is_not_copied),
		cmocka_unit_test(a_place_in_the_reading_leads_back_to_whole_sequences_of_the_original),
		cmocka_unit_test(a_texts_memory_serves_the_next),
		cmocka_unit_test(entities_are_decoded_in_place),
		cmocka_unit_test(the_emoji_words_are_in_order_and_plain),
		cmocka_unit_test(patterns_are_written_as_people_post),
		cmocka_unit_test(hits_and_facts_are_places_of_the_original),
		cmocka_unit_test(a_facts_value_is_the_original_without_entities),
		cmocka_unit_test(what_reading_costs_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
