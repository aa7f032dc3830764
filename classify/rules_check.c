/*
 * rules_check.c - what a reviewer of rules wants to be told: examples that do not behave, and rules that cost much.
 *
 * Errors: an example that misses its rule, or hits one it must not, or that could not be decided, or memory.
 * Remarks: no examples, no `about`, and patterns in the slow lane.
 */
#include <stdio.h>
#include <string.h>

#include "classify/rules_impl.h"

#define EXAMPLE_SHOWN 80 /* bytes of an example in a sentence */

struct check {
	const struct ruleset *set;
	struct matcher *matcher;
	struct arena *arena;
	void (*report)(void *ctx, const struct rule *rule, bool is_error, const char *sentence);
	void *ctx;
	size_t errors;
};

static void say(struct check *c, const struct rule *rule, bool is_error, const char *sentence)
{
	c->errors += is_error;
	if (c->report)
		c->report(c->ctx, rule, is_error, sentence);
}

/* "what: example" with a long example cut between characters. */
static void say_example(struct check *c, const struct rule *rule, const char *what, const char *example)
{
	char sentence[EXAMPLE_SHOWN + 128];
	size_t len = strlen(example);
	bool cut = len > EXAMPLE_SHOWN;

	if (cut)
		for (len = EXAMPLE_SHOWN; ((unsigned char)example[len] & 0xC0) == 0x80; len--)
			;
	snprintf(sentence, sizeof sentence, "%s: %.*s%s", what, (int)len, example, cut ? "..." : "");
	say(c, rule, true, sentence);
}

static bool rule_among(const struct matches *matches, const struct rule *rule)
{
	for (size_t i = 0; i < matches->hit_count; i++)
		if (matches->hits[i].rule == rule)
			return true;
	return false;
}

/* An example stands for the field that the rule reads. */
static void check_example(struct check *c, const struct rule *rule, const char *example, bool must_hit)
{
	struct post post = {.platform = example, .author = {.handle = example},
			    .rating = example[0] >= '1' && example[0] <= '5' && !example[1] ? example[0] - '0' : 0};
	struct matches matches;

	arena_reset(c->arena);
	if (matcher_run(c->matcher, c->arena, example, strlen(example), rule->lang, &post, &matches, NULL)) {
		say(c, rule, true, "no memory to try the examples");
		return;
	}
	if (matches.undecided == rule)
		say_example(c, rule, "could not be decided", example);
	else if (must_hit && !rule_among(&matches, rule))
		say_example(c, rule, "does not hit its example", example);
	else if (!must_hit && rule_among(&matches, rule))
		say_example(c, rule, "hits what it must miss", example);
}

static void check_lanes(struct check *c, size_t index)
{
	const struct rule_parts *parts = &c->set->parts[index];
	char sentence[200];

	for (size_t i = 0; i < parts->match_count; i++) {
		const struct pattern *pattern = &c->set->patterns[parts->first + i];

		if (pattern->lane != LANE_SLOW || c->set->rules[index].lane != LANE_SLOW ||
		    c->set->rules[index].field != FIELD_TEXT)
			continue;
		snprintf(sentence, sizeof sentence, "slow: no words could be read from the pattern in line %d, so it is "
			 "searched in every post", pattern->source->line);
		say(c, &c->set->rules[index], false, sentence);
	}
}

static void check_rule(struct check *c, size_t index)
{
	const struct rule *rule = &c->set->rules[index];

	if (!rule->about)
		say(c, rule, false, "has no `about`: say in a sentence what it finds");
	if (!rule->hits_examples[0])
		say(c, rule, false, "has no example that it hits");
	if (rule->disabled)
		return;
	check_lanes(c, index);
	for (size_t i = 0; rule->hits_examples[i]; i++)
		check_example(c, rule, rule->hits_examples[i], true);
	for (size_t i = 0; rule->miss_examples[i]; i++)
		check_example(c, rule, rule->miss_examples[i], false);
}

size_t ruleset_check(const struct ruleset *set,
		     void (*report)(void *ctx, const struct rule *rule, bool is_error, const char *sentence), void *ctx)
{
	struct check c = {.set = set, .report = report, .ctx = ctx, .matcher = matcher_new(set),
			  .arena = arena_new(16u << 20)};

	if (c.matcher && c.arena)
		for (size_t i = 0; i < set->count; i++)
			check_rule(&c, i);
	else if (set->count > 0)
		say(&c, &set->rules[0], true, "no memory to check the rules");
	matcher_free(&c.matcher);
	arena_free(&c.arena);
	return c.errors;
}
