/*
 * fuzz_slow.c - looks for texts that cost far more than their length: the input, repeated to 32 KiB, and once behind
 * and before itself, is matched with all shipped rules. A text that takes more than RATIO_MAX times as long as an
 * ordinary one of its length, each measured beside it as the best of several, is a find. FUZZ_SHOW=1 prints every
 * ratio.
 *
 * First byte: the language, and whether the repeated text ends in signs that patterns look ahead for.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "asset.h"
#include "rules.h"
#include "utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TEXT_BYTES 32768
#define UNIT_MAX 256
#define RATIO_MAX 20
#define TRIES 4 /* a slow first try is measured again: others use the machine */

static const char ordinary[] =
	"I have been waiting for two weeks and nobody answers my emails. The parcel was due on Monday, it is still not "
	"here, "
	"and your driver left no card. Please tell me where it is or give me my money back. We ordered it for a "
	"birthday, "
	"so that is that. Anyway, the weather is fine and the garden looks lovely this year; the roses are out and the "
	"neighbours came over for tea. ";
static const char *const langs[] = {"en", "de", "es", "fr", "pt", "it"};
static const char tail[] = " ? ! . # @a 1 ing forever";

struct lab {
	struct ruleset *set;
	struct matcher *matcher;
	struct arena *arena;
	char text[TEXT_BYTES + 1], usual[TEXT_BYTES + 1];
};

static void must(int truth)
{
	if (!truth)
		abort();
}

static void fill(char *text, const char *unit, size_t len)
{
	size_t at = 0;

	for (; at + len <= TEXT_BYTES; at += len)
		memcpy(text + at, unit, len);
	memset(text + at, ' ', TEXT_BYTES - at);
}

static struct lab *lab_open(void)
{
	struct rules_builder *builder = rules_builder_new();
	struct lab *lab = calloc(1, sizeof *lab);

	must(builder && lab);
	for (const struct asset *a = asset_next("classify/rules/", NULL); a; a = asset_next("classify/rules/", a))
		if (strlen(a->name) > 19 && a->name[17] == '/' && strstr(a->name, ".yaml"))
			must(rules_add(builder, a->name, a->data, a->len, false, NULL) == ERR_OK);
	must(rules_compile(builder, &lab->set, NULL) == ERR_OK);
	rules_builder_free(&builder);
	lab->matcher = matcher_new(lab->set);
	lab->arena = arena_new(64u << 20);
	must(lab->matcher && lab->arena);
	fill(lab->usual, ordinary, sizeof ordinary - 1);
	return lab;
}

static double cpu_s(struct lab *lab, const char *text, const char *lang)
{
	struct timespec from, to;
	struct matches found;

	arena_reset(lab->arena);
	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
	must(matcher_run(lab->matcher, lab->arena, text, TEXT_BYTES, lang, NULL, &found, NULL) == ERR_OK);
	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
	return (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct lab *lab; /* opened once: loading the rules takes longer than a text */
	static double usual_s = 1e9;
	const char *unit = (const char *)data + 1, *lang;
	double best = 1e9, ratio;

	if (size < 2 || size > UNIT_MAX || !utf8_valid(unit, size - 1) || memchr(unit, 0, size - 1))
		return -1;
	if (!lab)
		lab = lab_open();
	lang = langs[data[0] / 2 % ARRAY_LEN(langs)];
	fill(lab->text, unit, size - 1);
	if (data[0] & 1)
		memcpy(lab->text + TEXT_BYTES - (sizeof tail - 1), tail, sizeof tail - 1);
	if (!utf8_valid(lab->text, TEXT_BYTES))
		return -1;
	for (int i = 0; i < TRIES && (i == 0 || best / usual_s > RATIO_MAX / 2); i++) {
		double spent = cpu_s(lab, lab->text, lang), beside = cpu_s(lab, lab->usual, "en");

		best = spent < best ? spent : best;
		usual_s = beside < usual_s ? beside : usual_s;
	}
	ratio = best / usual_s;
	if (getenv("FUZZ_SHOW") || ratio > RATIO_MAX)
		fprintf(stderr, "%.1f times as slow as ordinary text (%s): <%.*s>\n", ratio, lang, (int)size - 1, unit);
	must(ratio <= RATIO_MAX);
	return ratio > 2 ? 0 : -1; /* keep what is slow at all */
}
