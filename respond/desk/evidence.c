/*
 * evidence.c - where in the text the rules hit, as pieces a template can print.
 *
 * The template escapes each piece, so marking never meets the raw text: the handler cuts at byte offsets, the page puts
 * <mark> around pieces. Overlapping hits simply make more cuts.
 */
#include "evidence.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "jsonio.h"

#define SPANS_MAX 512
#define WEIGHT_TELLING 0.2 /* smaller ones are left out of the page */

struct span {
	size_t start, end;
	const char *rule;
};

/* The nearest offset at or before `at` where a character begins. */
static size_t character_start(const char *text, size_t len, size_t at)
{
	if (at >= len)
		return len;
	while (at > 0 && ((unsigned char)text[at] & 0xC0) == 0x80)
		at--;
	return at;
}

static size_t read_spans(const char *text, struct json_object *verdict, struct span spans[SPANS_MAX])
{
	struct json_object *hits = json_get(verdict, "hits");
	size_t len = strlen(text), count = 0;
	size_t hit_count = json_object_is_type(hits, json_type_array) ? json_object_array_length(hits) : 0;

	for (size_t i = 0; i < hit_count && count < SPANS_MAX; i++) {
		struct json_object *hit = json_object_array_get_idx(hits, i);
		int64_t start = json_int(hit, "start", -1), end = json_int(hit, "end", -1);
		const char *rule = json_str(hit, "rule", NULL);

		if (!rule || start < 0 || end < start)
			continue;
		spans[count].start = character_start(text, len, (size_t)start);
		spans[count].end = character_start(text, len, (size_t)end);
		spans[count++].rule = rule;
	}
	return count;
}

static int compare_cuts(const void *a, const void *b)
{
	size_t x = *(const size_t *)a, y = *(const size_t *)b;

	return x < y ? -1 : x > y;
}

static const char *about_of(const struct ruleset *rules, const char *id)
{
	const struct rule *rule = rules ? ruleset_find(rules, id) : NULL;

	return rule && rule->about && rule->about[0] ? rule->about : NULL;
}

/* How much a weight says about the class. "Not not ours" says nothing a reader waits for. */
static double strength_of(enum dim dim, double weight)
{
	if (dim >= DIM_URGENCY || (dim == DIM_NOT_OURS && weight < 0))
		return 0;
	return dim == DIM_COMPLAINT || dim == DIM_PROBLEM || dim == DIM_VENT ? fabs(weight) : fabs(weight) / 4;
}

/* How much a rule says about the class, from its weights; 0 when it is not known. Below EVIDENCE_WEAK: a hint. */
static double strength_by_id(const struct ruleset *rules, const char *id)
{
	const struct rule *rule = rules ? ruleset_find(rules, id) : NULL;
	double sum = 0;

	for (int dim = 0; rule && dim < DIM_COUNT; dim++)
		sum += strength_of((enum dim)dim, (double)rule->weight[dim]);
	return sum;
}

static bool list_has(struct json_object *list, const char *text)
{
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		if (strcmp(json_object_get_string(json_object_array_get_idx(list, i)), text) == 0)
			return true;
	}
	return false;
}

static void add_page_words(struct arena *arena, struct json_object *segment, struct json_object *ids,
			   const struct ruleset *rules)
{
	const char *names = "", *abouts = "";
	double strongest = 0;

	for (size_t i = 0; i < json_object_array_length(ids); i++) {
		const char *id = json_object_get_string(json_object_array_get_idx(ids, i));
		const char *about = about_of(rules, id);

		if (strength_by_id(rules, id) > strongest)
			strongest = strength_by_id(rules, id);
		names = arena_printf(arena, "%s%s%s", names ? names : "", i ? " " : "", id);
		abouts = arena_printf(arena, "%s%s%s", abouts ? abouts : "", i ? "; " : "", about ? about : id);
	}
	json_add_str(segment, "first", json_object_get_string(json_object_array_get_idx(ids, 0)));
	json_add_str(segment, "names", names);
	json_add_str(segment, "about", abouts);
	json_add_bool(segment, "weak", strongest < EVIDENCE_WEAK);
}

static struct json_object *make_segment(struct arena *arena, const char *text, size_t start, size_t end,
					const struct span *spans, size_t span_count, const struct ruleset *rules,
					bool page)
{
	struct json_object *segment = json_object_new_object();
	struct json_object *ids = json_object_new_array();

	for (size_t i = 0; i < span_count; i++) {
		if (spans[i].start <= start && spans[i].end >= end && !list_has(ids, spans[i].rule))
			json_object_array_add(ids, json_object_new_string(spans[i].rule));
	}
	json_add(segment, "text", json_object_new_string_len(text + start, (int)(end - start)));
	json_add_bool(segment, "mark", json_object_array_length(ids) > 0);
	if (page && json_object_array_length(ids) > 0)
		add_page_words(arena, segment, ids, rules);
	json_add(segment, "rules", ids);
	return segment;
}

struct json_object *evidence_segments(struct arena *arena, const char *text, struct json_object *verdict,
				      const struct ruleset *rules, bool page)
{
	struct json_object *list = json_object_new_array();
	struct span *spans = arena_array(arena, SPANS_MAX, sizeof(*spans));
	size_t *cuts = arena_array(arena, 2 * SPANS_MAX + 2, sizeof(*cuts));
	size_t span_count, cut_count = 0;

	if (!spans || !cuts)
		return list; /* the arena's failure is seen by exchange_answer */
	span_count = read_spans(text, verdict, spans);
	cuts[cut_count++] = 0;
	for (size_t i = 0; i < span_count; i++) {
		cuts[cut_count++] = spans[i].start;
		cuts[cut_count++] = spans[i].end;
	}
	cuts[cut_count++] = strlen(text);
	qsort(cuts, cut_count, sizeof(*cuts), compare_cuts);
	for (size_t i = 1; i < cut_count; i++) {
		if (cuts[i] > cuts[i - 1])
			json_object_array_add(
				list, make_segment(arena, text, cuts[i - 1], cuts[i], spans, span_count, rules, page));
	}
	return list;
}

static struct json_object *weights_of(struct arena *arena, const struct rule *rule, bool page)
{
	struct json_object *list = json_object_new_array();

	for (int dim = 0; rule && dim < DIM_COUNT; dim++) {
		double weight = (double)rule->weight[dim];
		struct json_object *entry;

		if (weight == 0.0)
			continue;
		entry = json_object_new_object();
		json_add_str(entry, "score", dim_name((enum dim)dim));
		json_add_num(entry, "weight", (double)(long)(weight * 100.0 + (weight < 0 ? -0.5 : 0.5)) / 100.0);
		if (page) {
			json_add_str(entry, "signed", arena_printf(arena, "%+.1f", weight));
			json_add_bool(entry, "telling", fabs(weight) >= WEIGHT_TELLING);
		}
		json_object_array_add(list, entry);
	}
	return list;
}

/* The entry of a rule in the list, made when new. */
static struct json_object *entry_of(struct arena *arena, struct json_object *list, const char *id,
				    const struct ruleset *rules, bool page)
{
	struct json_object *entry;

	for (size_t i = 0; i < json_object_array_length(list); i++) {
		entry = json_object_array_get_idx(list, i);
		if (strcmp(json_str(entry, "rule", ""), id) == 0)
			return entry;
	}
	entry = json_object_new_object();
	json_add_str(entry, "rule", id);
	json_add_str(entry, "about", about_of(rules, id));
	json_add_int(entry, "count", 0);
	json_add(entry, "weights", weights_of(arena, rules ? ruleset_find(rules, id) : NULL, page));
	json_object_array_add(list, entry);
	return entry;
}

void evidence_rules(struct arena *arena, struct json_object *list, const char *text, struct json_object *verdict,
		    const struct ruleset *rules, bool page)
{
	struct span *spans = arena_array(arena, SPANS_MAX, sizeof(*spans));
	size_t count = spans ? read_spans(text, verdict, spans) : 0;

	for (size_t i = 0; i < count; i++) {
		struct json_object *entry = entry_of(arena, list, spans[i].rule, rules, page);
		int64_t seen = json_int(entry, "count", 0);
		size_t len = spans[i].end - spans[i].start;

		if (seen == 0)
			json_add(entry, "words",
				 len ? json_object_new_string_len(text + spans[i].start, (int)len) : NULL);
		json_add_int(entry, "count", seen + 1);
		if (page && seen == 1)
			json_add_bool(entry, "several", true);
	}
}

static double strength_of_entry(struct json_object *entry)
{
	struct json_object *weights = json_get(entry, "weights");
	double sum = 0;

	for (size_t i = 0; weights && i < json_object_array_length(weights); i++) {
		struct json_object *weight = json_object_array_get_idx(weights, i);
		enum dim dim;

		if (dim_from_name(json_str(weight, "score", ""), &dim))
			sum += strength_of(dim, json_num(weight, "weight", 0));
	}
	return sum;
}

/* json_object_array_sort compares pointers to array entries. Equal strength: by id, so that the order is always the
 * same. */
static int compare_entries(const void *a, const void *b)
{
	struct json_object *x = *(struct json_object *const *)a, *y = *(struct json_object *const *)b;
	double strength_x = strength_of_entry(x), strength_y = strength_of_entry(y);

	if (strength_x < strength_y || strength_x > strength_y)
		return strength_x < strength_y ? 1 : -1;
	return strcmp(json_str(x, "rule", ""), json_str(y, "rule", ""));
}

void evidence_sort(struct json_object *list)
{
	json_object_array_sort(list, compare_entries);
}
