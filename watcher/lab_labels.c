/*
 * lab_labels.c - see lab_labels.h.
 */
#include "watcher/lab_labels.h"

#include <stdio.h>
#include <string.h>

#include "jsonio.h"
#include "verdict.h"

enum { NAMED_MAX = 20, VALUE_MAX = 60 };

#define CAUSE_WORD(name, word) word " "

/* Other keys are the file's own business. */
static const struct kind {
	const char *key;
	const char *words; /* a space behind each; NULL: a number */
	int64_t max;	   /* 0 to that */
} kinds[] = {
	{"intent", "problem vent not_complaint unclear ", 0},
	{"sentiment", "negative neutral positive ", 0},
	{"cause", CAUSES(CAUSE_WORD), 0},
	{"complaint", NULL, 1},
	{"urgency", NULL, 2},
	{"off_topic", NULL, 1},
};

static bool among(const char *words, const char *word)
{
	size_t len = strlen(word);

	for (; *words != '\0'; words += strcspn(words, " ") + 1)
		if (strcspn(words, " ") == len && memcmp(words, word, len) == 0)
			return true;
	return false;
}

static bool is_of(const struct kind *kind, struct json_object *value)
{
	if (kind->words != NULL)
		return json_object_is_type(value, json_type_string) &&
		       among(kind->words, json_object_get_string(value));
	return json_object_is_type(value, json_type_int) && json_object_get_int64(value) >= 0 &&
	       json_object_get_int64(value) <= kind->max;
}

static void name_label(const struct kind *kind, struct json_object *value, const char *file, uint64_t line)
{
	const char *text = json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN);
	bool brief = text != NULL && strlen(text) <= VALUE_MAX;

	fprintf(stderr, "%s:%llu: /labels/%s: %s is ", file, (unsigned long long)line, kind->key,
		brief ? text : "what stands there");
	if (kind->words != NULL)
		fprintf(stderr, "none of: %.*s (label left out)\n", (int)strlen(kind->words) - 1, kind->words);
	else
		fprintf(stderr, "no number from 0 to %d (label left out)\n", (int)kind->max);
}

enum err labels_check(struct json_object *labels, const char *file, uint64_t line, size_t *bad, struct error *e_r)
{
	if (labels == NULL)
		return ERR_OK;
	if (!json_object_is_type(labels, json_type_object))
		return error_set(e_r, ERR_INVALID, "/labels: not an object");
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		struct json_object *value = json_get(labels, kinds[i].key);

		if (value == NULL || is_of(&kinds[i], value))
			continue;
		++*bad;
		if (*bad <= NAMED_MAX)
			name_label(&kinds[i], value, file, line);
		else if (*bad == NAMED_MAX + 1)
			fputs("more labels such as these are counted, not named\n", stderr);
	}
	return ERR_OK;
}
