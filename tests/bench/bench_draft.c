/*
 * bench_draft.c - how fast drafts are made and checked, the store apart, against the floor of printing one fixed reply.
 *
 *	bench_draft [POSTS]	default: all
 *
 * Posts are the collected ones when there are any (AMENDS_SHARED or ../shared), else a few of our own, again and again.
 * They are judged beforehand, in batches; what is measured is draft_make (choose, render, count) and tone_check. Each
 * post is drafted three ways: plainly for 500 characters; for 280, a second complaint with the next day known; for 300,
 * as one of many. Counted, with the goal 0: drafts that are too long or that the tone rules block. Figures are per
 * second of this process's own time.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "attr.h"
#include "jsonio.h"
#include "program.h"

#define BATCH 4000

static struct error e;
static const struct brand brand = {.name = "Acme", .signature = "Maya at Acme", .contact = "a direct message"};

struct judged {
	struct post post;
	struct verdict verdict;
};

struct way {
	const char *name;
	size_t limit;
	bool again;
	int reach;
	const char *by;
};

static const struct way ways[] = {
	{"plain, 500", 500, false, 1, NULL},
	{"again, by, 280", 280, true, 1, "Thursday"},
	{"many, by, 300", 300, false, 20, "Thursday"},
};

struct result {
	size_t posts, drafts, none, long_ones, blocked, warned;
	double draft_s, tone_s;
};

struct run {
	struct toolkit toolkit;
	struct classifier *classifier;
	struct tone *tone;
	struct json_parser *parser;
	struct arena *posts, *drafts;
	struct judged *batch;
	size_t count, total, max;
	struct result results[ARRAY_LEN(ways)];
};

static _Noreturn void die(const char *what)
{
	(void)fprintf(stderr, "bench_draft: %s: %s\n", what, e.text);
	exit(1);
}

static double cpu_s(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- measuring ---- */

static void tone_count(struct run *run, const struct judged *judged, const struct draft *draft, struct result *r)
{
	const struct tone_finding *findings;
	double start = cpu_s();
	size_t count;

	if (tone_check_class(run->tone, run->drafts, draft->text, strlen(draft->text), draft->lang,
			     judged->verdict.class, &findings, &count, &e) != ERR_OK)
		die("tone");
	r->tone_s += cpu_s() - start;
	for (size_t i = 0; i < count; i++) {
		if (findings[i].block || r->warned < 5)
			(void)printf("  %s by %s: %s\n", findings[i].block ? "blocked" : "warned", findings[i].rule,
				     draft->text);
		r->blocked += findings[i].block;
		r->warned += !findings[i].block;
	}
}

static void draft_one(struct run *run, const struct judged *judged, const struct way *way, struct result *r)
{
	struct draft_request request = {
		.post = &judged->post,
		.verdict = &judged->verdict,
		.brand = &brand,
		.mention = true,
		.seed = run->total,
		.length = {LENGTH_GRAPHEMES, way->limit, 23, 1},
		.again = way->again,
		.reach = way->reach,
		.by = way->by,
	};
	struct draft draft;
	double start = cpu_s();
	enum err err;

	arena_reset(run->drafts);
	err = draft_make(run->toolkit.templates, run->drafts, &request, &draft, &e);
	r->draft_s += cpu_s() - start;
	r->posts++;
	if (err != ERR_OK && err != ERR_NOT_FOUND)
		die("draft");
	r->none += err != ERR_OK;
	if (err != ERR_OK)
		return;
	r->drafts++;
	r->long_ones += draft.length > way->limit;
	tone_count(run, judged, &draft, r);
}

static void batch_measure(struct run *run)
{
	for (size_t w = 0; w < ARRAY_LEN(ways); w++) {
		for (size_t i = 0; i < run->count; i++)
			draft_one(run, &run->batch[i], &ways[w], &run->results[w]);
	}
	run->count = 0;
	arena_reset(run->posts);
}

/* ---- posts ---- */

static void post_take(struct run *run, const char *line, size_t len)
{
	struct json_object *object = NULL;
	struct judged *judged = &run->batch[run->count];

	if (json_parse(run->parser, line, len, &object, &e) != ERR_OK)
		return;
	if (post_from_json(run->posts, object, &judged->post, &e) == ERR_OK &&
	    classify_post(run->classifier, run->posts, &judged->post, &judged->verdict, &e) == ERR_OK) {
		run->count++;
		run->total++;
	}
	json_object_put(object);
	if (run->count == BATCH)
		batch_measure(run);
}

static void file_take(struct run *run, const char *path)
{
	FILE *file = fopen(path, "r");
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	while (file != NULL && run->total < run->max && (len = getline(&line, &size, file)) > 0)
		post_take(run, line, (size_t)len);
	free(line);
	if (file != NULL)
		(void)fclose(file);
}

static void shared_take(struct run *run)
{
	const char *shared = getenv("AMENDS_SHARED") != NULL ? getenv("AMENDS_SHARED") : "../shared";
	char path[4096];
	struct dirent *entry;
	DIR *dir;

	(void)snprintf(path, sizeof(path), "%s/data", shared);
	dir = opendir(path);
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		size_t n = strlen(entry->d_name);

		if (n < 7 || strcmp(entry->d_name + n - 6, ".jsonl") != 0)
			continue;
		(void)snprintf(path, sizeof(path), "%s/data/%s", shared, entry->d_name);
		file_take(run, path);
	}
	if (dir != NULL)
		(void)closedir(dir);
}

static void own_take(struct run *run)
{
	static const char *const own[] = {
		"My parcel has been stuck for two weeks and nobody answers",
		"The app crashes when I open it, please fix it",
		"I am locked out of my account",
		"You charged me twice, I want my money back",
		"Rude staff, never again",
		"Do you ship to Malta?",
		"Thank you, lovely people in the shop",
		"Waiting for three hours now, on hold again",
	};
	char line[500];

	for (size_t i = 0; i < 20000 && run->total < run->max; i++) {
		(void)snprintf(line, sizeof(line),
			       "{\"id\":\"%zu\",\"platform\":\"own\",\"lang\":\"en\",\"author\":{\"id\":\"%zu\","
			       "\"name\":\"Ada B\"},\"text\":\"%s\"}",
			       i, i, own[i % ARRAY_LEN(own)]);
		post_take(run, line, strlen(line));
	}
}

/* ---- the floor, and the end ---- */

static double floor_s(size_t count)
{
	double start = cpu_s();
	char text[500];
	size_t sum = 0;

	for (size_t i = 0; i < count; i++) {
		(void)snprintf(text, sizeof(text), "Hi %zu, we are sorry. Please write to us via %s. %s", i,
			       brand.contact, brand.signature);
		sum += strlen(text);
	}
	if (sum == 0)
		(void)printf("nothing printed\n");
	return cpu_s() - start;
}

static size_t report(const struct run *run)
{
	size_t exceptions = 0;

	for (size_t w = 0; w < ARRAY_LEN(ways); w++) {
		const struct result *r = &run->results[w];
		double floor = floor_s(r->posts);

		(void)printf("draft %s: %zu posts, %zu drafts, %zu without: %.0f drafts/s (goal 20000), %.0f times one "
			     "printf; tone %.0f/s\n",
			     ways[w].name, r->posts, r->drafts, r->none, (double)r->posts / r->draft_s,
			     r->draft_s / (floor > 0 ? floor : 1e-9),
			     (double)r->drafts / (r->tone_s > 0 ? r->tone_s : 1e-9));
		(void)printf("exceptions: blocked %zu, too long %zu (goal 0 of each); warned %zu\n", r->blocked,
			     r->long_ones, r->warned);
		exceptions += r->blocked + r->long_ones;
	}
	return exceptions;
}

int main(int argc, char **argv)
{
	struct run run = {.max = argc > 1 ? strtoul(argv[1], NULL, 10) : 10000000};
	size_t exceptions;

	if (toolkit_load_rules(NULL, &run.toolkit, &e) != ERR_OK)
		die("rules");
	run.classifier = classifier_new(run.toolkit.rules, &run.toolkit.scores, &thresholds_default);
	run.tone = tone_new(run.toolkit.tone_rules);
	run.parser = json_parser_new();
	run.posts = arena_new((size_t)1 << 30);
	run.drafts = arena_new(16u << 20);
	run.batch = calloc(BATCH, sizeof(*run.batch));
	if (!run.classifier || !run.tone || !run.parser || !run.posts || !run.drafts || !run.batch)
		die("memory");
	shared_take(&run);
	if (run.total == 0)
		own_take(&run);
	batch_measure(&run);
	exceptions = report(&run);
	free(run.batch);
	arena_free(&run.drafts);
	arena_free(&run.posts);
	json_parser_free(&run.parser);
	tone_free(&run.tone);
	classifier_free(&run.classifier);
	toolkit_free(&run.toolkit);
	return exceptions > 0;
}
