/*
 * bench_match.c - how fast the rule engine loads and matches, against the floor of merely reading the text.
 *
 *	bench_match [POSTS]	default 40000
 *
 * Rules are made up here the way people write them: a few words in several forms, a gap, an object; each from a
 * vocabulary large enough that 800 of them differ. Texts are the collected posts when there are any (AMENDS_SHARED or
 * ../shared), else sentences from the same vocabulary. Figures are per second of this process's own time, because
 * others may use the machine; the floor adds up one table entry per byte of the same texts.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "jsonio.h"
#include "rules.h"
#include "utf8.h"

#define TEXTS_MAX 200000
#define ROUND_S 0.7 /* how long each figure is measured */

static struct error e;

struct texts {
	char **text;
	size_t *len;
	size_t count;
};

static _Noreturn void die(const char *what)
{
	(void)fprintf(stderr, "bench_match: %s: %s\n", what, e.text);
	exit(1);
}

static double cpu_s(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static uint64_t mix(uint64_t n)
{
	n = (n ^ (n >> 30)) * 0xBF58476D1CE4E5B9u;
	n = (n ^ (n >> 27)) * 0x94D049BB133111EBu;
	return n ^ (n >> 31);
}

/* ---- rules ------------------------------------------------------------------------------------------------------ */

static const char *const verbs[] = {
	"want", "need", "get", "got", "have", "had", "love", "hate", "fix", "help", "wait", "try", "tried", "demand",
	"lost", "cancelled", "charged", "ordered", "returned", "waiting", "called", "emailed",
	"broke", "paid", "refused", "missed", "delayed", "promised", "booked", "delivered", "stopped", "crashed", "locked",
	"reset", "shipped", "damaged", "ignored", "blocked", "billed", "leaked", "stranded", "overcharged", "hung",
};
static const char *const objects[] = {
	"app", "service", "time", "day", "phone", "people", "way", "thing", "guys", "team", "customer", "refund", "parcel",
	"flight", "order", "account", "password", "invoice", "luggage", "ticket", "router", "card",
	"package", "driver", "update", "battery", "screen", "booking", "delivery", "replacement", "voucher",
	"charger", "payment", "subscription", "contract", "letter", "manager", "seat", "meal", "signal",
};
static const char *const moods[] = {
	"awful", "terrible", "useless", "rude", "shocking", "disgusting", "pathetic", "horrible", "ridiculous", "appalling",
	"unacceptable", "hopeless", "dreadful", "joke", "disgrace", "nightmare",
};

static const char *pick(const char *const *words, size_t count, uint64_t *seed)
{
	*seed = mix(*seed + 0x9E3779B97F4A7C15u);
	return words[*seed % count];
}

#define PICK(words) pick(words, ARRAY_LEN(words), &seed)

static void write_rule(struct buf *yaml, unsigned number)
{
	uint64_t seed = number * 7919u + 1;
	const char *v1 = PICK(verbs), *v2 = PICK(verbs), *o1 = PICK(objects), *o2 = PICK(objects), *m1 = PICK(moods),
		   *m2 = PICK(moods);

	buf_printf(yaml, "- id: rule_%u\n  about: made up\n  complaint: 0.5\n  match: '", number);
	switch (number % 5) {
	case 0:
		buf_printf(yaml, "\\b(?:%s|%s)\\s+(?:(?:a|my|the|to|it)\\s+)?(?:%s|%s)?", v1, v2, o1, o2);
		break;
	case 1:
		buf_printf(yaml, "\\b%s\\s+(?:is|was|are)\\s+(?:so\\s+|very\\s+)?(?:%s|%s)\\b", o1, m1, m2);
		break;
	case 2:
		buf_printf(yaml, "\\b(?:never|not|n[o''\\x{2019}]t)\\s+%s\\b.{0,40}\\b%s", v1, o1);
		break;
	case 3:
		buf_printf(yaml, "\\b%s\\s+%ss?\\s+(?<duration>\\d+\\s+(?:days|hours))", v1, o2);
		break;
	default:
		buf_printf(yaml, "\\b(?:my|the|your|this|of)\\s+(?:new\\s+|last\\s+|%s\\s+)?(?<thing>%s|%s)s?\\b", m1, o1, o2);
		break;
	}
	buf_str(yaml, "'\n");
	if (number % 7 == 0)
		buf_printf(yaml, "  unless: 'thank(?:s|\\s+you)'\n");
}

/* The first text of a language makes its prefilter. */
static void first_text(const struct ruleset *set)
{
	struct matcher *matcher = matcher_new(set);
	struct arena *arena = arena_new(1u << 20);
	struct matches matches;

	if (!matcher || !arena || matcher_run(matcher, arena, "x", 1, "en", NULL, &matches, &e))
		die("memory");
	matcher_free(&matcher);
	arena_free(&arena);
}

/* Loads several times and tells the best: the first time pays for the memory, others for neighbours on the machine. */
static struct ruleset *load(unsigned count, double *load_s)
{
	struct ruleset *set = NULL;
	struct buf yaml;

	buf_init(&yaml, 4u << 20);
	for (unsigned i = 0; i < count; i++)
		write_rule(&yaml, i);
	*load_s = 1e9;
	for (int round = 0; round < 5; round++) {
		double start = cpu_s(), spent;
		struct rules_builder *builder = rules_builder_new();

		ruleset_free(&set);
		if (!builder || rules_add(builder, "bench.yaml", buf_text(&yaml), yaml.len, false, &e) ||
		    rules_compile(builder, &set, &e))
			die("rules");
		rules_builder_free(&builder);
		first_text(set);
		spent = cpu_s() - start;
		if (spent < *load_s)
			*load_s = spent;
	}
	buf_done(&yaml);
	return set;
}

/* ---- texts ------------------------------------------------------------------------------------------------------ */

static void add_text(struct texts *texts, const char *text)
{
	if (texts->count == TEXTS_MAX || !utf8_valid(text, strlen(text)))
		return;
	texts->text[texts->count] = strdup(text);
	if (!texts->text[texts->count])
		die("memory");
	texts->len[texts->count++] = strlen(text);
}

static void read_file(struct texts *texts, const char *path, size_t most)
{
	FILE *file = fopen(path, "r");
	char *line = NULL;
	size_t size = 0, read = 0;

	while (file && read++ < most && getline(&line, &size, file) > 0) {
		struct json_object *object = json_tokener_parse(line);

		add_text(texts, json_str(object, "text", ""));
		json_object_put(object);
	}
	free(line);
	if (file)
		(void)fclose(file);
}

static void read_shared(struct texts *texts, size_t most)
{
	const char *shared = getenv("AMENDS_SHARED");
	char path[4096];
	struct dirent **names;
	int count;

	snprintf(path, sizeof path, "%s/data", shared ? shared : "../shared");
	count = scandir(path, &names, NULL, alphasort);
	for (int i = 0; i < count; i++) {
		const char *suffix = strrchr(names[i]->d_name, '.');

		if (suffix && strcmp(suffix, ".jsonl") == 0) {
			snprintf(path, sizeof path, "%s/data/%s", shared ? shared : "../shared", names[i]->d_name);
			read_file(texts, path, most / 16 + 1);
		}
		free(names[i]);
	}
	if (count >= 0)
		free(names);
}

static void make_texts(struct texts *texts, size_t most)
{
	static const char *const links[] = {"and", "the", "my", "is", "so", "with", "again", "for", "to", "I", "you"};
	char text[400];

	for (uint64_t n = 0, seed = 1; n < most; n++) {
		size_t len = 0;

		for (unsigned word = 0; word < 24; word++)
			len += (size_t)snprintf(text + len, sizeof text - len, "%s ",
						word % 4 == 1	? PICK(verbs)
						: word % 4 == 3 ? (n % 2 ? PICK(objects) : PICK(moods))
								: PICK(links));
		add_text(texts, text);
	}
}

/* ---- measuring -------------------------------------------------------------------------------------------------- */

static double floor_rate(const struct texts *texts)
{
	static uint32_t table[256];
	volatile uint32_t sink = 0;
	size_t done = 0;
	double start = cpu_s(), spent;

	for (unsigned i = 0; i < 256; i++)
		table[i] = i * 2654435761u;
	do {
		for (size_t i = 0; i < texts->count; i++, done++) {
			uint32_t sum = 0;

			for (size_t k = 0; k < texts->len[i]; k++)
				sum = table[(unsigned char)texts->text[i][k] ^ (sum & 0xFF)];
			sink = sink + sum;
		}
		spent = cpu_s() - start;
	} while (spent < ROUND_S);
	return (double)done / spent;
}

typedef enum err run_function(struct matcher *, struct arena *, const char *, size_t, const char *, const struct post *,
			      struct matches *, struct error *);

static double match_rate(const struct ruleset *set, const struct texts *texts, run_function *run, double *hits_r)
{
	struct matcher *matcher = matcher_new(set);
	struct arena *arena = arena_new(16u << 20);
	size_t done = 0, hits = 0;
	double start, spent = 0;

	if (!matcher || !arena)
		die("memory");
	start = cpu_s();
	while (spent < ROUND_S) {
		for (size_t i = 0; i < 200; i++, done++) {
			const size_t at = done % texts->count;
			struct matches matches;

			arena_reset(arena);
			if (run(matcher, arena, texts->text[at], texts->len[at], "en", NULL, &matches, &e))
				die("match");
			hits += matches.hit_count;
		}
		spent = cpu_s() - start;
	}
	*hits_r = (double)hits / (double)done;
	matcher_free(&matcher);
	arena_free(&arena);
	return (double)done / spent;
}

int main(int argc, char **argv)
{
	static const unsigned counts[] = {50, 200, 800};
	size_t most = argc > 1 ? strtoul(argv[1], NULL, 10) : 40000;
	struct texts texts = {calloc(TEXTS_MAX, sizeof(char *)), calloc(TEXTS_MAX, sizeof(size_t)), 0};
	const char *origin = "collected posts";
	double lowest;
	size_t bytes = 0;

	if (!texts.text || !texts.len)
		die("memory");
	read_shared(&texts, most);
	if (texts.count == 0) {
		origin = "made-up posts";
		make_texts(&texts, most < TEXTS_MAX ? most : TEXTS_MAX);
	}
	for (size_t i = 0; i < texts.count; i++)
		bytes += texts.len[i];
	lowest = floor_rate(&texts);
	printf("%zu %s, %.0f bytes on average; reading alone: %.0f posts/s\n", texts.count, origin,
	       (double)bytes / (double)texts.count, lowest);
	printf("rules   load ms   posts/s  of reading   hits/post   plain pcre2 posts/s   times plain\n");
	for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
		double load_s, hits, rate, plain, plain_hits;
		struct ruleset *set = load(counts[i], &load_s);

		rate = match_rate(set, &texts, matcher_run, &hits);
		plain = match_rate(set, &texts, matcher_run_plain, &plain_hits);
		printf("%5u %9.1f %9.0f %10.1f%% %11.3f %21.0f %12.0fx\n", counts[i], load_s * 1e3, rate,
		       100 * rate / lowest, hits, plain, rate / plain);
		ruleset_free(&set);
	}
	for (size_t i = 0; i < texts.count; i++)
		free(texts.text[i]);
	free(texts.text);
	free(texts.len);
	return 0;
}
