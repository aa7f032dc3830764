/*
 * verdict_json.c - a verdict as JSON (DESIGN section 5, README "Posts as JSON").
 *
 * `facts` has one member per name: the first such fact in the text. With references masked, the characters of every
 * reference (an order or account number the customer wrote) but its last three become '*' in facts and hits alike.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jsonio.h"
#include "rules.h"
#include "verdict.h"

#define REFERENCE_SHOWN 3 /* characters of a masked reference that stay readable */

static bool is_reference(const struct fact *fact)
{
	return strcmp(fact->name, "reference") == 0;
}

static bool char_begins(unsigned char byte)
{
	return (byte & 0xC0) != 0x80;
}

/* Where the readable end of text[start..end) begins. */
static size_t shown_from(const char *text, size_t start, size_t end)
{
	size_t at = end, shown = 0;

	while (at > start && shown < REFERENCE_SHOWN)
		if (char_begins((unsigned char)text[--at]))
			shown++;
	return at > start ? at : end; /* too short to show any of it */
}

/* A copy of text[start..end) in which the bytes of masked references are '*', one per character. NULL: memory. */
static char *masked_copy(const struct verdict *v, const char *text, size_t start, size_t end)
{
	char *copy = malloc(end - start + 1);
	size_t len = 0;

	if (!copy)
		return NULL;
	for (size_t at = start; at < end; at++) {
		bool hidden = false;

		for (size_t i = 0; i < v->fact_count; i++)
			if (is_reference(&v->facts[i]) && at >= v->facts[i].start &&
			    at < shown_from(text, v->facts[i].start, v->facts[i].end))
				hidden = true;
		if (!hidden)
			copy[len++] = text[at];
		else if (char_begins((unsigned char)text[at]))
			copy[len++] = '*';
	}
	copy[len] = '\0';
	return copy;
}

static bool add_slice(struct json_object *object, const char *key, const struct verdict *v, const char *text,
		      size_t start, size_t end, bool mask)
{
	struct json_object *slice;
	char *copy;

	if (!mask) {
		slice = json_object_new_string_len(text + start, (int)(end - start));
		return json_add(object, key, slice);
	}
	copy = masked_copy(v, text, start, end);
	if (!copy)
		return false;
	slice = json_object_new_string(copy);
	free(copy);
	return json_add(object, key, slice);
}

static bool add_hits(struct json_object *object, const struct verdict *v, const char *text, bool mask)
{
	struct json_object *list = json_object_new_array();

	if (!json_add(object, "hits", list))
		return false;
	for (size_t i = 0; i < v->hit_count; i++) {
		const struct hit *hit = &v->hits[i];
		struct json_object *entry = json_object_new_object();

		if (!entry || json_object_array_add(list, entry) != 0) {
			json_object_put(entry);
			return false;
		}
		if (!json_add_str(entry, "rule", hit->rule->id) || !json_add_int(entry, "start", (int64_t)hit->start) ||
		    !json_add_int(entry, "end", (int64_t)hit->end) ||
		    !add_slice(entry, "text", v, text, hit->start, hit->end, mask))
			return false;
	}
	return true;
}

static bool first_of_name(const struct verdict *v, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (strcmp(v->facts[i].name, v->facts[index].name) == 0)
			return false;
	return true;
}

static bool add_facts(struct json_object *object, const struct verdict *v, bool mask)
{
	struct json_object *facts = json_object_new_object();

	if (!json_add(object, "facts", facts))
		return false;
	for (size_t i = 0; i < v->fact_count; i++) {
		const struct fact *fact = &v->facts[i];
		/* The fact alone, seen as its own text: masking then needs no offsets of the post. */
		const struct fact whole = {.name = fact->name, .start = 0, .end = strlen(fact->value)};
		const struct verdict alone = {.facts = &whole, .fact_count = 1};

		if (first_of_name(v, i) && !add_slice(facts, fact->name, &alone, fact->value, 0, whole.end, mask))
			return false;
	}
	return true;
}

/* Four digits are enough for a probability and the same on every machine. */
static bool add_score(struct json_object *object, const char *key, double value)
{
	char digits[32];

	value = round(value * 1e4) / 1e4 + 0.0; /* no -0 */
	snprintf(digits, sizeof digits, "%.6g", value);
	return json_add(object, key, json_object_new_double_s(value, digits));
}

struct json_object *verdict_to_json(const struct verdict *v, const char *text, bool mask_references)
{
	struct json_object *object = json_object_new_object();

	if (!object)
		return NULL;
	if (json_add_str(object, "class", class_name(v->class)) && add_score(object, "complaint", v->complaint) &&
	    add_score(object, "problem", v->problem) && add_score(object, "vent", v->vent) &&
	    json_add_str(object, "cause", cause_name(v->cause)) && json_add_int(object, "severity", v->severity) &&
	    json_add_int(object, "urgency", v->urgency) && add_score(object, "sentiment", v->sentiment) &&
	    json_add_str(object, "lang", v->lang) && add_facts(object, v, mask_references) &&
	    add_hits(object, v, text, mask_references) && json_add_bool(object, "undecided", v->undecided) &&
	    (!v->undecided || json_add_str(object, "undecided_why", v->undecided_why)) &&
	    json_add_str(object, "rules", v->rules))
		return object;
	json_object_put(object);
	return NULL;
}
