/*
 * test_length.c - how each platform counts: our own cases, after the platforms' public documents.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "attr.h"
#include "length.h"

static const struct length_rule points = {.unit = LENGTH_CODEPOINTS};
static const struct length_rule bytes = {.unit = LENGTH_BYTES};
static const struct length_rule graphemes = {.unit = LENGTH_GRAPHEMES};
static const struct length_rule mastodon = {.unit = LENGTH_GRAPHEMES, .url_cost = 23, .mention_local = 1};
static const struct length_rule x = {.unit = LENGTH_WEIGHTED, .url_cost = 23};

#define FAMILY "\U0001F468\u200D\U0001F469\u200D\U0001F467\u200D\U0001F466"
#define LINK40 "https://acme.example/help/with/a/parcel1" /* 40 bytes */

static const struct length_case {
	const char *what;
	const struct length_rule *rule;
	const char *text;
	size_t want;
} cases[] = {
	{"nothing", &x, "", 0},
	{"plain words, code points", &points, "hello you", 9},
	{"plain words, weighted", &x, "hello you", 9},
	{"umlauts, code points", &points, "Größe", 5},
	{"umlauts, bytes", &bytes, "Größe", 7},
	{"umlauts, graphemes", &graphemes, "Größe", 5},
	{"combining accent, code points", &points, "e\u0301", 2},
	{"combining accent, graphemes", &graphemes, "e\u0301", 1},
	{"combining accent, weighted: NFC first", &x, "e\u0301", 1},
	{"family emoji, code points", &points, FAMILY, 7},
	{"family emoji, graphemes", &graphemes, FAMILY, 1},
	{"family emoji, weighted: two as a whole", &x, FAMILY, 2},
	{"flag, graphemes", &graphemes, "\U0001F1E9\U0001F1EA", 1},
	{"flag, weighted", &x, "\U0001F1E9\U0001F1EA", 2},
	{"two flags, graphemes", &graphemes, "\U0001F1E9\U0001F1EA\U0001F1EB\U0001F1F7", 2},
	{"flag of Wales, weighted", &x, "\U0001F3F4\U000E0067\U000E0062\U000E0077\U000E006C\U000E0073\U000E007F", 2},
	{"skin tone, weighted", &x, "\U0001F44D\U0001F3FD", 2},
	{"heart with variation selector, weighted", &x, "\u2764\uFE0F", 2},
	{"keycap, weighted", &x, "1\uFE0F\u20E3", 2},
	{"plain digit, weighted", &x, "1", 1},
	{"Japanese, weighted: two each", &x, "日本語", 6},
	{"Japanese, graphemes", &graphemes, "日本語", 3},
	{"Cyrillic and Arabic, weighted: one each", &x, "мир سلام", 8},
	{"last light code point, 4351", &x, "\u10FF", 1},
	{"first heavy one, 4352", &x, "\u1100", 2},
	{"zero-width joiner and dashes, 8192..8205, 8208..8223", &x, "\u2000\u2013\u2019", 3},
	{"8206 is heavy, as is the ellipsis 8230", &x, "a\u200E\u2026", 5},
	{"primes 8242..8247, then 8248", &x, "\u2032\u2037\u2038", 4},
	{"CR LF is one grapheme", &graphemes, "a\r\nb", 3},
	{"address as written", &points, LINK40, 40},
	{"address, Mastodon: 23", &mastodon, LINK40, 23},
	{"address, X: 23", &x, LINK40, 23},
	{"address within words", &x, "see " LINK40 ", please", 4 + 23 + 8},
	{"address in brackets, full stop stays outside", &mastodon, "(http://a.example/b).", 1 + 23 + 2},
	{"short address counts more than it is long", &mastodon, "http://a.b", 23},
	{"two addresses", &mastodon, "http://a.b http://c.d", 47},
	{"upper-case scheme", &mastodon, "HTTPS://ACME.EXAMPLE/A/LONG/ONE/INDEED/1", 23},
	{"scheme without address", &mastodon, "http:// x", 9},
	{"no address inside a word", &mastodon, "xhttp://a.b", 11},
	{"bare domain, X: 23", &x, "acme.com", 23},
	{"bare domain with path and full stop, X", &x, "see acme.co.uk/help.", 4 + 23 + 1},
	{"sentence without a domain, X", &x, "Done.Thanks", 11},
	{"e-mail is no address, X", &x, "care@acme.com", 13},
	{"bare domain, Mastodon: as written", &mastodon, "acme.com", 8},
	{"mention with server, Mastodon: local part", &mastodon, "@ada@example.social hi", 7},
	{"mention in the middle", &mastodon, "hi @ada@example.social, thanks", 2 + 1 + 4 + 8},
	{"mention without server", &mastodon, "@ada hi", 7},
	{"e-mail is no mention", &mastodon, "ada@example.social", 18},
	{"mention with server where it counts in full", &graphemes, "@ada@example.social", 19},
	{"lone at signs", &mastodon, "@ @@ a@ @b@", 11},
};

static void every_platform_counts_as_its_documents_say(void **state)
{
	size_t bad = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		size_t got = length_count(cases[i].rule, cases[i].text, strlen(cases[i].text));

		if (got != cases[i].want) {
			print_error("%s: got %zu, want %zu\n", cases[i].what, got, cases[i].want);
			bad++;
		}
	}
	assert_int_equal(bad, 0);
}

static void a_long_text_counts_like_the_sum_of_its_parts(void **state)
{
	const char part[] = "Größe e\u0301 " FAMILY " \U0001F1E9\U0001F1EA. ";
	const size_t times = 400, len = sizeof(part) - 1;
	const struct length_rule *const rules[] = {&points, &bytes, &graphemes, &x};
	char *text = malloc(times * len);

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < times; i++)
		memcpy(text + i * len, part, len);
	for (size_t i = 0; i < ARRAY_LEN(rules); i++)
		assert_int_equal(length_count(rules[i], text, times * len), times * length_count(rules[i], part, len));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_platform_counts_as_its_documents_say),
		cmocka_unit_test(a_long_text_counts_like_the_sum_of_its_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
