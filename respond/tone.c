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

enum err tone_check(struct tone *tone, struct arena *arena, const char *text, size_t len, const char *lang,
		    const struct tone_finding **findings_r, size_t *count_r, struct error *e_r)
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
