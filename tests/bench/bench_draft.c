/*
 * bench_draft.c - how fast drafts are made and checked, the store apart, against the floor of printing one fixed reply.
 *
 *	bench_draft [POSTS]	default 20000
 *
 * Posts are the collected ones when there are any (AMENDS_SHARED or ../shared), else a few of our own, again and again.
 * They are judged beforehand; what is measured is draft_make (choose, render, count) and tone_check. Also counted, with
 *the goal 0: drafts that are too long or that the tone rules block. Figures are per second of this process's own time.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "asset.h"
#include "draft.h"
#include "jsonio.h"
#include "tone.h"

#define POSTS_MAX 200000

static struct error e;

struct judged {
	struct post post;
	struct verdict verdict;
};

struct tools {
	struct ruleset *rules, *tone_rules;
	struct scores scores;
	struct templates *templates;
	struct classifier *classifier;
	struct tone *tone;
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

static struct ruleset *rules_of(const char *prefix)
{
	struct rules_builder *builder = rules_builder_new();
	const struct asset *asset = NULL;
	struct ruleset *set = NULL;

	while ((asset = asset_next(prefix, asset)) != NULL) {
		if (rules_add(builder, asset->name, asset->data, asset->len, false, &e) != ERR_OK)
			die(asset->name);
	}
	if (rules_compile(builder, &set, &e) != ERR_OK)
		die(prefix);
	rules_builder_free(&builder);
	return set;
}

static void tools_load(struct tools *t)
{
	const struct asset *asset = asset_find("classify/rules/scores.yaml");

	t->rules = rules_of("classify/rules/en/");
	t->tone_rules = rules_of("classify/rules/tone/");
	if (asset == NULL || scores_parse(asset->name, asset->data, asset->len, &t->scores, &e) != ERR_OK)
		die("scores");
	t->templates = templates_new();
	asset = NULL;
	while ((asset = asset_next("templates/", asset)) != NULL) {
		if (strstr(asset->name, ".txt") != NULL &&
		    templates_add(t->templates, asset->name, asset->data, asset->len, &e) != ERR_OK)
			die("templates");
	}
	t->classifier = classifier_new(t->rules, &t->scores, &thresholds_default);
	t->tone = tone_new(t->tone_rules);
	if (t->classifier == NULL || t->tone == NULL)
		die("memory");
}

static void tools_free(struct tools *t)
{
	tone_free(&t->tone);
	classifier_free(&t->classifier);
	templates_free(&t->templates);
	ruleset_free(&t->rules);
	ruleset_free(&t->tone_rules);
}

/* ---- posts ---- */

static bool judge(struct tools *t, struct arena *arena, struct json_parser *parser, const char *line, size_t len,
		  struct judged *judged)
{
	struct json_object *object = NULL;
	bool ok;

	if (json_parse(parser, line, len, &object, &e) != ERR_OK)
		return false;
	ok = post_from_json(arena, object, &judged->post, &e) == ERR_OK &&
	     classify_post(t->classifier, arena, &judged->post, &judged->verdict, &e) == ERR_OK;
	json_object_put(object);
	return ok;
}

static size_t judge_file(struct tools *t, struct arena *arena, struct json_parser *parser, const char *path,
			 struct judged *list, size_t max)
{
	FILE *file = fopen(path, "r");
	char *line = NULL;
	size_t size = 0, count = 0;
	ssize_t len;

	while (file != NULL && count < max && (len = getline(&line, &size, file)) > 0)
		count += judge(t, arena, parser, line, (size_t)len, &list[count]);
	free(line);
	if (file != NULL)
		(void)fclose(file);
	return count;
}

static size_t judge_shared(struct tools *t, struct arena *arena, struct json_parser *parser, struct judged *list,
			   size_t max)
{
	const char *shared = getenv("AMENDS_SHARED") != NULL ? getenv("AMENDS_SHARED") : "../shared";
	size_t count = 0;
	char path[4096];
	struct dirent *entry;
	DIR *dir;

	(void)snprintf(path, sizeof(path), "%s/data", shared);
	dir = opendir(path);
	while (dir != NULL && count < max && (entry = readdir(dir)) != NULL) {
		size_t n = strlen(entry->d_name);

		if (n < 7 || strcmp(entry->d_name + n - 6, ".jsonl") != 0)
			continue;
		(void)snprintf(path, sizeof(path), "%s/data/%s", shared, entry->d_name);
		count += judge_file(t, arena, parser, path, list + count, max - count);
	}
	if (dir != NULL)
		(void)closedir(dir);
	return count;
}

static size_t judge_own(struct tools *t, struct arena *arena, struct json_parser *parser, struct judged *list,
			size_t max)
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

	for (size_t i = 0; i < max; i++) {
		(void)snprintf(line, sizeof(line),
			       "{\"id\":\"%zu\",\"platform\":\"own\",\"lang\":\"en\",\"author\":{\"id\":\"%zu\","
			       "\"name\":\"Ada B\"},\"text\":\"%s\"}",
			       i, i, own[i % ARRAY_LEN(own)]);
		if (!judge(t, arena, parser, line, strlen(line), &list[i]))
			die("own posts");
	}
	return max;
}

/* ---- measuring ---- */

static const struct brand brand = {.name = "Acme", .signature = "Maya at Acme", .contact = "a direct message"};

struct result {
	size_t drafts, none, long_ones, blocked, warned;
	double draft_s, tone_s;
};

static void tone_count(struct tools *t, struct arena *arena, const struct draft *draft, struct result *r)
{
	const struct tone_finding *findings;
	double start = cpu_s();
	size_t count;

	if (tone_check(t->tone, arena, draft->text, strlen(draft->text), draft->lang, &findings, &count, &e) != ERR_OK)
		die("tone");
	r->tone_s += cpu_s() - start;
	for (size_t i = 0; i < count; i++) {
		if (findings[i].block)
			(void)printf("  blocked by %s: %s\n", findings[i].rule, draft->text);
		r->blocked += findings[i].block;
		r->warned += !findings[i].block;
	}
}

static void measure(struct tools *t, const struct judged *list, size_t count, size_t limit, struct result *r)
{
	struct arena *arena = arena_new(16u << 20);

	memset(r, 0, sizeof(*r));
	for (size_t i = 0; i < count; i++) {
		struct draft_request request = {
			.post = &list[i].post,
			.verdict = &list[i].verdict,
			.brand = &brand,
			.mention = true,
			.seed = i,
			.length = {LENGTH_GRAPHEMES, limit, 23, 1},
		};
		struct draft draft;
		double start = cpu_s();
		enum err err;

		arena_reset(arena);
		err = draft_make(t->templates, arena, &request, &draft, &e);
		r->draft_s += cpu_s() - start;
		if (err != ERR_OK && err != ERR_NOT_FOUND)
			die("draft");
		r->none += err != ERR_OK;
		if (err != ERR_OK)
			continue;
		r->drafts++;
		r->long_ones += draft.length > limit;
		tone_count(t, arena, &draft, r);
	}
	arena_free(&arena);
}

static double floor_s(const struct judged *list, size_t count)
{
	double start = cpu_s();
	char text[500];
	size_t sum = 0;

	for (size_t i = 0; i < count; i++) {
		(void)snprintf(text, sizeof(text), "Hi %s, we are sorry. Please write to us via %s. %s",
			       list[i].post.author.id, brand.contact, brand.signature);
		sum += strlen(text);
	}
	if (sum == 0)
		(void)printf("nothing printed\n");
	return cpu_s() - start;
}

int main(int argc, char **argv)
{
	size_t max = argc > 1 ? strtoul(argv[1], NULL, 10) : 20000, count;
	struct arena *arena = arena_new((size_t)2 << 30);
	struct json_parser *parser = json_parser_new();
	struct judged *list;
	struct tools tools;
	struct result r;
	double floor;

	max = max < 1 ? 1 : max > POSTS_MAX ? POSTS_MAX : max;
	list = calloc(max, sizeof(*list));
	if (arena == NULL || parser == NULL || list == NULL)
		die("memory");
	tools_load(&tools);
	count = judge_shared(&tools, arena, parser, list, max);
	if (count == 0)
		count = judge_own(&tools, arena, parser, list, max);
	measure(&tools, list, count, 500, &r);
	floor = floor_s(list, count);
	(void)printf("draft: %zu posts, %zu drafts, %zu without: %.0f drafts/s (goal 20000), %.1f times one printf\n",
		     count, r.drafts, r.none, (double)count / r.draft_s, r.draft_s / (floor > 0 ? floor : 1e-9));
	(void)printf("tone: %.0f drafts/s; blocked %zu, too long %zu (goal 0 of each), warned %zu\n",
		     (double)r.drafts / (r.tone_s > 0 ? r.tone_s : 1e-9), r.blocked, r.long_ones, r.warned);
	tools_free(&tools);
	json_parser_free(&parser);
	arena_free(&arena);
	free(list);
	return r.blocked + r.long_ones > 0;
}
