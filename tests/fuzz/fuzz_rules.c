/*
 * fuzz_rules.c - any bytes as a rule file and, behind a NUL byte, as an overlay: a rule set that keeps its promises
 * (ids in order and unique, finite weights, lanes, a digest that a second load repeats), or one error line that begins
 * with the file's name. The set is then tried on a short text.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "classify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int truth)
{
	if (!truth)
		abort();
}

static void check_error(enum err rc, const struct error *e)
{
	must(rc == ERR_INVALID || rc == ERR_LIMIT); /* the second: nested too deep */
	must(e->code == rc);
	must(strncmp(e->text, "base.yaml:", 10) == 0 || strncmp(e->text, "own.yaml:", 9) == 0);
	must(strchr(e->text, '\n') == NULL);
}

static struct ruleset *load(const char *base, size_t base_len, const char *own, size_t own_len)
{
	struct rules_builder *builder = rules_builder_new();
	struct ruleset *set = NULL;
	struct error e = {0};
	enum err rc;

	must(builder != NULL);
	rc = rules_add(builder, "base.yaml", base, base_len, false, &e);
	if (!rc)
		rc = rules_add(builder, "own.yaml", own, own_len, true, &e);
	if (!rc)
		rc = rules_compile(builder, &set, &e);
	if (rc)
		check_error(rc, &e);
	must((rc == ERR_OK) == (set != NULL));
	rules_builder_free(&builder);
	return set;
}

static void check_rule(const struct ruleset *set, size_t index)
{
	const struct rule *rule = ruleset_at(set, index);

	must(rule->id && rule->id[0] && rule->group && rule->file && rule->line >= 1);
	must(index == 0 || strcmp(ruleset_at(set, index - 1)->id, rule->id) < 0);
	must(ruleset_find(set, rule->id) == rule);
	must(rule->hits_examples && rule->miss_examples);
	must(rule->cause < CAUSE_COUNT && rule->lane <= LANE_SLOW);
	must(!rule->topic || (rule->topic[0] && strlen(rule->topic) <= 32 && rule->cause != CAUSE_NONE));
	for (int i = 0; i < DIM_COUNT; i++)
		must(isfinite(rule->weight[i]) && fabsf(rule->weight[i]) <= 20);
}

static void try_text(const struct ruleset *set, const char *text)
{
	const struct scores scores = {0};
	struct classifier *classifier = classifier_new(set, &scores, NULL);
	struct arena *arena = arena_new(4 << 20);
	struct post post = {.platform = "replay", .id = "1", .text = text, .rating = 3, .author = {.handle = "ada"}};
	struct verdict verdict;

	must(classifier != NULL && arena != NULL);
	must(classify_post(classifier, arena, &post, &verdict, NULL) == ERR_OK);
	must(verdict.severity >= 1 && verdict.severity <= 4 && verdict.urgency >= 0 && verdict.urgency <= 2);
	must(verdict.complaint >= 0 && verdict.complaint <= 1 && fabs(verdict.sentiment) <= 1);
	must(verdict.undecided == (verdict.undecided_why != NULL));
	for (size_t i = 0; i < verdict.hit_count; i++)
		must(verdict.hits[i].end <= strlen(text) && !verdict.hits[i].rule->disabled);
	classifier_free(&classifier);
	arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *base = (const char *)data, *own;
	struct ruleset *set, *again;
	size_t base_len;

	if (size > 8192)
		return -1;
	own = size ? memchr(base, 0, size) : NULL;
	base_len = own ? (size_t)(own - base) : size;
	own = own ? own + 1 : base + size;
	set = load(base, base_len, own, size - (size_t)(own - base));
	if (!set)
		return 0;
	for (size_t i = 0; i < ruleset_count(set); i++)
		check_rule(set, i);
	must(strlen(ruleset_digest(set)) == 16);
	again = load(base, base_len, own, size - (size_t)(own - base));
	must(again && strcmp(ruleset_digest(set), ruleset_digest(again)) == 0);
	try_text(set, "I  want my refund, order 12 is late! \xC5\xBF\xE2\x84\xAA \xC3\xA9 ...");
	(void)ruleset_check(set, NULL, NULL); /* any number of findings will do */
	ruleset_free(&set);
	ruleset_free(&again);
	return 0;
}
