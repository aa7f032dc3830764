/*
 * tone.c - reads a reply draft with the tone rules, before a customer does.
 *
 * The rule engine is the one that reads posts. The group of a finding is its rule's id up to the first '_'
 * ("defensive_no_one_else" is `defensive`). A rule that could not be decided (match limit) is a finding too: what could
 * not be checked must not look like what was found to be fine.
 */
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "attr.h"
#include "jsonio.h"
#include "tone.h"

struct tone {
	struct matcher *matcher;
};

struct tone *tone_new(const struct ruleset *tone_rules)
{
	struct tone *tone = calloc(1, sizeof(*tone));

	if (tone == NULL)
		return NULL;
	tone->matcher = matcher_new(tone_rules);
	if (tone->matcher == NULL)
		tone_free(&tone);
	return tone;
}

void tone_free(struct tone **tone)
{
	if (tone == NULL || *tone == NULL)
		return;
	matcher_free(&(*tone)->matcher);
	free(*tone);
	*tone = NULL;
}

static bool finding_make(struct arena *arena, const struct rule *rule, struct tone_finding *finding)
{
	finding->rule = rule->id;
	finding->group = arena_strndup(arena, rule->id, strcspn(rule->id, "_"));
	finding->about = rule->about;
	finding->suggest = rule->suggest;
	finding->block = rule->level != NULL && strcmp(rule->level, "block") == 0;
	return finding->group != NULL;
}

/* Where a rule of the group "unfit" holds: the second word of its id. */
#define UNFIT "unfit_"
#define EVERY_CLASS ((1u << CLASS_COUNT) - 1)

static unsigned rule_classes(const struct rule *rule)
{
	static const struct {
		const char *word;
		unsigned classes;
	} places[] = {
		{"complaint_", 1u << CLASS_PROBLEM | 1u << CLASS_VENT},
		{"problem_", 1u << CLASS_PROBLEM},
		{"vent_", 1u << CLASS_VENT},
		{"praise_", 1u << CLASS_PRAISE},
		{"question_", 1u << CLASS_QUESTION},
		{"notours_", 1u << CLASS_NOT_OURS},
	};

	if (strncmp(rule->id, UNFIT, strlen(UNFIT)) != 0)
		return EVERY_CLASS;
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		if (strncmp(rule->id + strlen(UNFIT), places[i].word, strlen(places[i].word)) == 0)
			return places[i].classes;
	}
	return EVERY_CLASS;
}

/* class CLASS_COUNT: not known; then nothing is unfit for it. */
static bool rule_asked(const struct rule *rule, enum class class)
{
	unsigned classes = rule_classes(rule);

	return classes == EVERY_CLASS || (class < CLASS_COUNT && (classes & (1u << class)) != 0);
}

enum err tone_check(struct tone *tone, struct arena *arena, const char *text, size_t len, const char *lang,
		    const struct tone_finding **findings_r, size_t *count_r, struct error *e_r)
{
	return tone_check_class(tone, arena, text, len, lang, CLASS_COUNT, findings_r, count_r, e_r);
}

enum err tone_check_class(struct tone *tone, struct arena *arena, const char *text, size_t len, const char *lang,
			  enum class class, const struct tone_finding **findings_r, size_t *count_r, struct error *e_r)
{
	struct matches matches;
	struct tone_finding *findings;
	size_t count = 0;
	enum err err;

	err = matcher_run(tone->matcher, arena, text, len, lang != NULL ? lang : "en", NULL, &matches, e_r);
	if (err != ERR_OK)
		return err;
	findings = arena_array(arena, matches.hit_count + 1, sizeof(*findings));
	if (findings == NULL)
		return error_set(e_r, ERR_NOMEM, "out of memory");
	if (matches.undecided != NULL) {
		if (!finding_make(arena, matches.undecided, &findings[count]))
			return error_set(e_r, ERR_NOMEM, "out of memory");
		findings[count++].about = "could not be checked: the text is too involved; write it more simply";
	}
	for (size_t i = 0; i < matches.hit_count; i++) {
		if (!rule_asked(matches.hits[i].rule, class))
			continue;
		if (!finding_make(arena, matches.hits[i].rule, &findings[count]))
			return error_set(e_r, ERR_NOMEM, "out of memory");
		findings[count].start = matches.hits[i].start;
		findings[count].end = matches.hits[i].end;
		count++;
	}
	*findings_r = findings;
	*count_r = count;
	return ERR_OK;
}

static struct json_object *finding_to_json(const struct tone_finding *finding, const char *text)
{
	struct json_object *object = json_object_new_object();
	struct json_object *words =
		json_object_new_string_len(text + finding->start, (int)(finding->end - finding->start));
	bool ok;

	if (object == NULL) {
		json_object_put(words);
		return NULL;
	}
	ok = json_add(object, "text", words);
	ok = ok && json_add_str(object, "rule", finding->rule) && json_add_str(object, "group", finding->group) &&
	     json_add_str(object, "level", finding->block ? "block" : "warn") &&
	     json_add_str(object, "about", finding->about) && json_add_str(object, "suggest", finding->suggest) &&
	     json_add_int(object, "start", (int64_t)finding->start) &&
	     json_add_int(object, "end", (int64_t)finding->end);
	if (!ok) {
		json_object_put(object);
		return NULL;
	}
	return object;
}

struct json_object *tone_to_json(const struct tone_finding *findings, size_t count, const char *text)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; list != NULL && i < count; i++) {
		struct json_object *object = finding_to_json(&findings[i], text);

		if (object == NULL || json_object_array_add(list, object) != 0) {
			json_object_put(object);
			json_object_put(list);
			return NULL;
		}
	}
	return list;
}
