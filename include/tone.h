/*
 * tone.h - checks a reply draft with the same rule engine: defensive, blaming, denying, amplifying, over-promising,
 * cold, familiar, private data, selling, unfit for the class. The rules are classify/rules/tone/LANG.yaml with `level:
 * warn|block` and `suggest`.
 */
#ifndef TONE_H
#define TONE_H

#include "rules.h"

struct tone_finding {
	const char *rule, *about, *suggest; /* borrowed from the rule set */
	const char *group;                  /* the rule's id up to the first underscore; in arena */
	bool block;
	size_t start, end; /* bytes of the draft */
};

struct tone; /* one per thread; borrows the rule set */
struct tone *tone_new(const struct ruleset *tone_rules);
void tone_free(struct tone **tone);
/* Findings in order of start, in arena. lang NULL: "en". ERR_NOMEM only. */
enum err tone_check(struct tone *tone, struct arena *arena, const char *text, size_t len, const char *lang,
		    const struct tone_finding **findings_r, size_t *count_r, struct error *e_r) MUST_CHECK;
/*
 * The same for an answer to a post of this class. Rules of the group "unfit" say in their id where they hold and are
 * asked here alone: unfit_complaint_... (problem and vent), unfit_vent_..., unfit_praise_..., unfit_question_...,
 * unfit_notours_...
 */
enum err tone_check_class(struct tone *tone, struct arena *arena, const char *text, size_t len, const char *lang,
			  enum class class, const struct tone_finding **findings_r, size_t *count_r,
			  struct error *e_r) MUST_CHECK;
/* [{"rule","group","level","about","suggest","start","end","text"}]; new reference. */
struct json_object *tone_to_json(const struct tone_finding *findings, size_t count, const char *text);

#endif
