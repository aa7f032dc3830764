/*
 * test_html.c - HTML fragments to plain text, as the fediverse sends them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "platform.h"
#include "utf8.h"

static const struct {
	const char *html, *text;
} cases[] = {
	{"", ""},
	{"plain", "plain"},
	{"<p>one</p>", "one"},
	{"<p>one</p><p>two</p>", "one\n\ntwo"},
	{"<p>one<br>two<br />three</p>", "one\ntwo\nthree"},
	{"<p>one<br><br><br><br><br>two</p>", "one\n\ntwo"},
	{"one<br>two", "one\ntwo"},
	{"  <p>  much \n\t blank  </p>\n  ", "much blank"},
	{"<p>one </p> <p> two</p>", "one\n\ntwo"},
	{"a<b>b</b>c <i>d</i> e", "abc d e"},
	{"<div>one</div><div>two</div>", "one\ntwo"},
	{"<ul><li>milk</li><li>eggs</li></ul>", "milk\neggs"},
	{"<blockquote><p>said</p></blockquote><p>answer</p>", "said\n\nanswer"},
	{"<pre>a  b\n c</pre>", "a b\nc"},
	{"fish &amp; chips &lt;3 &quot;x&quot; &#39;y&#39; &euro;5 &#x1F600;", "fish & chips <3 \"x\" 'y' \xe2\x82\xac"
									       "5 \xf0\x9f\x98\x80"},
	{"&amp;lt;b&amp;gt;", "&lt;b&gt;"}, /* decoded once */
	{"caf\xc3\xa9 \xe2\x80\x93 na\xc3\xafve", "caf\xc3\xa9 \xe2\x80\x93 na\xc3\xafve"},
	/* a mention and a hashtag as Mastodon writes them */
	{"<p><span class=\"h-card\" translate=\"no\"><a href=\"https://far.example/@ada\" class=\"u-url "
	 "mention\">@<span>ada"
	 "</span></a></span> my <a href=\"https://x.example/tags/acme\" class=\"mention hashtag\" "
	 "rel=\"tag\">#<span>acme</span>"
	 "</a> order</p>",
	 "@ada my #acme order"},
	/* a long address in three spans */
	{"<a href=\"https://shop.example/very/long/path\"><span class=\"invisible\">https://</span><span "
	 "class=\"ellipsis\">"
	 "shop.example/very</span><span class=\"invisible\">/long/path</span></a>",
	 "https://shop.example/very/long/path"},
	{"see <a href=\"https://shop.example/x\">our shop</a>!", "see our shop!"},
	{"see <a href=\"https://shop.example/x\"></a>!", "see https://shop.example/x!"},
	{"see <a href=\"javascript:alert(1)\"></a>!", "see !"},
	{"nice <img src=\"x\" alt=\":blobcat:\"> day", "nice :blobcat: day"},
	{"a<script>alert('x')</script>b<style>p{}</style>c", "abc"},
	{"<head><title>t</title></head><body>b</body>", "b"},
	{"a <!-- comment --> b", "a b"},
	{"<p>not closed", "not closed"},
	{"</p></div>only ends</b>", "only ends"},
	{"1 < 2 and 3 > 2", "1 < 2 and 3 > 2"},
	{"a&#0;b&#1;c&#127;d", "abcd"},
	{"<?php evil ?>x", "x"},
	{"<meta charset=\"iso-8859-1\">caf\xc3\xa9", "caf\xc3\xa9"},
	{"x<svg><text>y</text></svg>", "xy"},
};

static void fragments_become_the_text_a_reader_sees(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena *arena = arena_new(1 << 20);
		const char *text = NULL;

		assert_int_equal(html_to_text(arena, cases[i].html, strlen(cases[i].html), &text, NULL), ERR_OK);
		if (strcmp(text, cases[i].text) != 0)
			fail_msg("%s: got \"%s\", want \"%s\"", cases[i].html, text, cases[i].text);
		arena_free(&arena);
	}
}

static void invalid_bytes_and_controls_never_come_through(void **state)
{
	const char html[] = "a\xff\xfe"
			    "b\0c\x1b[31m \xc3\x28 \xed\xa0\x80 z";
	struct arena *arena = arena_new(1 << 20);
	const char *text = NULL;

	(void)state;
	assert_int_equal(html_to_text(arena, html, sizeof(html) - 1, &text, NULL), ERR_OK);
	assert_true(utf8_valid(text, strlen(text)));
	assert_null(strchr(text, '\x1b'));
	assert_non_null(strchr(text, 'z'));
	assert_non_null(strstr(text, "bc["));
	arena_free(&arena);
}

static void deep_and_large_input_ends_soon(void **state)
{
	size_t len = 4u << 20;
	char *html = malloc(len);
	struct arena *arena = arena_new(16u << 20);
	const char *text = NULL;

	(void)state;
	for (size_t i = 0; i + 4 <= len; i += 4)
		memcpy(html + i, "<ul>", 4);
	assert_int_equal(html_to_text(arena, html, len, &text, NULL), ERR_OK);
	assert_string_equal(text, "");
	for (size_t i = 0; i + 7 <= len; i += 7)
		memcpy(html + i, "<i></b>", 7);
	assert_int_equal(html_to_text(arena, html, len, &text, NULL), ERR_OK);
	assert_string_equal(text, "");
	memset(html, 'x', len);
	assert_int_equal(html_to_text(arena, html, len, &text, NULL), ERR_OK);
	assert_int_equal(strlen(text), 128u << 10); /* what is looked at */
	arena_free(&arena);
	free(html);
}

static void a_full_arena_is_reported_and_nothing_is_returned(void **state)
{
	struct arena *arena = arena_new(16);
	const char *text = "before", *html = "<p>more than sixteen bytes of text</p>";

	(void)state;
	assert_int_equal(html_to_text(arena, html, strlen(html), &text, NULL), ERR_NOMEM);
	assert_string_equal(text, "before");
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fragments_become_the_text_a_reader_sees),
		cmocka_unit_test(invalid_bytes_and_controls_never_come_through),
		cmocka_unit_test(deep_and_large_input_ends_soon),
		cmocka_unit_test(a_full_arena_is_reported_and_nothing_is_returned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
