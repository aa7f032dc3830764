/*
 * bench_slow.c - what hostile texts cost against an ordinary text of the same length: 64 KiB of one letter, floods of
 * zero-width characters, emoji and names, words that many patterns begin with, openings without an end.
 *
 *	bench_slow [LANG]	default en
 *
 * All shipped rules, this process's own time, best of three. The aim is 20 times at most; the program says which texts
 * miss it and exits with 1. "named" is the rule on which the matcher gave up, if it did.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "asset.h"
#include "rules.h"

#define TEXT_BYTES 65536
#define RATIO_MAX 20

static const char ordinary[] =
	"I have been waiting for two weeks and nobody answers my emails. The parcel was due on Monday, it is still not "
	"here, "
	"and your driver left no card. Please tell me where it is or give me my money back. We ordered it for a "
	"birthday, "
	"so that is that. Anyway, the weather is fine and the garden looks lovely this year; the roses are out and the "
	"neighbours came over for tea. ";

static const struct {
	const char *what, *unit;
} floods[] = {
	{"one letter", "a"},
	{"one capital", "A"},
	{"two letters", "ab"},
	{"words of one letter", "a "},
	{"round brackets", "("},
	{"square brackets", "[]"},
	{"exclamation", "!"},
	{"question and exclamation", "?!"},
	{"dots", ". "},
	{"digits", "1"},
	{"digits and dots", "1.2,"},
	{"spaces", " "},
	{"line ends", "\n"},
	{"zero width", "\xE2\x80\x8B"},
	{"letters and zero width", "a\xE2\x80\x8B"},
	{"joiners", "\xE2\x80\x8D\xEF\xB8\x8F"},
	{"combining marks", "e\xCC\x81\xCC\x80"},
	{"one emoji", "\xF0\x9F\x98\xA1"},
	{"two emoji", "\xF0\x9F\x98\xA1\xF0\x9F\x91\x8D"},
	{"emoji with skin", "\xF0\x9F\x91\x8D\xF0\x9F\x8F\xBD"},
	{"emoji joined", "\xF0\x9F\xA4\xB7\xE2\x80\x8D\xE2\x99\x80\xEF\xB8\x8F"},
	{"hearts", "\xE2\x9D\xA4"},
	{"names", "@a "},
	{"names in a row", "@a@b"},
	{"dotted names", "@a.b.c "},
	{"hashtags", "#AbCd"},
	{"hashtags apart", "#AbCd "},
	{"one hashtag", "AbCd"},
	{"ampersands", "&"},
	{"entities", "&amp;"},
	{"half entities", "&#12345"},
	{"curly quotes", "\xE2\x80\x99"},
	{"curly and letters", "a\xE2\x80\x99"},
	{"addresses", "https://a.b/c "},
	{"slashes", "://"},
	{"quotes", "\""},
	{"hyphens", "a-"},
	{"underscores", "a_"},
	{"accents", "\xC3\xA9"},
	{"cyrillic", "\xD0\xB0\xD0\xB1 "},
	{"han", "\xE4\xBD\xA0\xE5\xA5\xBD"},
	{"the same word", "refund "},
	{"questions", "how "},
	{"why", "why is "},
	{"my", "my "},
	{"not", "not "},
	{"i", "i "},
	{"i am", "i am "},
	{"still", "still "},
	{"no", "no "},
	{"the", "the "},
	{"you", "you are "},
	{"thanks", "thanks "},
	{"great job", "great job "},
	{"never again", "never "},
	{"to", "to be "},
	{"customer service", "customer service "},
	{"is it", "is it "},
	{"can you", "can you "},
	{"hours", "2 hours "},
	{"order", "order "},
	{"flight", "flight "},
	{"been waiting", "been waiting "},
	{"was", "it was "},
	{"rt", "RT @a "},
	{"nicht", "nicht "},
	{"wann", "wann "},
	{"no funciona", "cuando "},
	{"pas", "pas "},
};

static struct error e;

static _Noreturn void die(const char *what)
{
	(void)fprintf(stderr, "bench_slow: %s: %s\n", what, e.text);
	exit(2);
}

static double cpu_s(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct ruleset *shipped(void)
{
	struct rules_builder *builder = rules_builder_new();
	struct ruleset *set;

	if (!builder)
		die("memory");
	for (const struct asset *a = asset_next("classify/rules/", NULL); a; a = asset_next("classify/rules/", a))
		if (strlen(a->name) > 19 && a->name[17] == '/' && strcmp(a->name + strlen(a->name) - 5, ".yaml") == 0 &&
		    rules_add(builder, a->name, a->data, a->len, false, &e))
			die("rules");
	if (rules_compile(builder, &set, &e))
		die("rules");
	rules_builder_free(&builder);
	return set;
}

static void fill(char *text, const char *unit)
{
	size_t len = strlen(unit), at = 0;

	for (; at + len <= TEXT_BYTES; at += len)
		memcpy(text + at, unit, len);
	memset(text + at, ' ', TEXT_BYTES - at);
}

static double best_of_three(struct matcher *matcher, struct arena *arena, const char *text, const char *lang,
			    const char **named_r)
{
	double best = 1e9;

	for (int round = 0; round < 3; round++) {
		double start = cpu_s(), spent;
		struct matches found;

		arena_reset(arena);
		if (matcher_run(matcher, arena, text, TEXT_BYTES, lang, NULL, &found, &e))
			die("match");
		spent = cpu_s() - start;
		best = spent < best ? spent : best;
		*named_r = found.undecided ? found.undecided->id : "";
	}
	return best;
}

int main(int argc, char **argv)
{
	const char *lang = argc > 1 ? argv[1] : "en", *named;
	struct ruleset *set = shipped();
	struct matcher *matcher = matcher_new(set);
	struct arena *arena = arena_new(16u << 20);
	char *text = malloc(TEXT_BYTES);
	unsigned missed = 0;
	double usual, worst = 0;

	if (!matcher || !arena || !text)
		die("memory");
	fill(text, ordinary);
	usual = best_of_three(matcher, arena, text, lang, &named);
	printf("%zu rules, %s, 64 KiB of ordinary text: %.2f ms\n", ruleset_count(set), lang, usual * 1e3);
	for (size_t i = 0; i < ARRAY_LEN(floods); i++) {
		double ratio;

		fill(text, floods[i].unit);
		ratio = best_of_three(matcher, arena, text, lang, &named) / usual;
		if (ratio > 1 || *named)
			printf("%-28s %6.1f times%s%s%s\n", floods[i].what, ratio,
			       ratio > RATIO_MAX ? "  TOO SLOW" : "", *named ? "  undecided: " : "", named);
		missed += ratio > RATIO_MAX;
		worst = ratio > worst ? ratio : worst;
	}
	printf("%zu kinds of flood, the worst %.1f times as slow (1.0 and less are not listed)\n", ARRAY_LEN(floods),
	       worst);
	free(text);
	arena_free(&arena);
	matcher_free(&matcher);
	ruleset_free(&set);
	return missed ? 1 : 0;
}
