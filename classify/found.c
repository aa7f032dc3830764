/*
 * found.c - collects the matches of one run and brings them into the promised order.
 *
 * The prefilter finds matches pattern by pattern in an order of its own; plain matching goes rule by rule. Both end
 * here, and the same ordering, the same dropping of repeats and the same cap make their results comparable.
 */
#include <stdlib.h>
#include <string.h>

#include "classify/found.h"

bool found_init(struct found *found, size_t rules)
{
	*found = (struct found){.rules = rules, .met = calloc(rules + 1, sizeof *found->met)};
	return found->met != NULL;
}

void found_reset(struct found *found)
{
	found->hit_count = found->fact_count = 0;
	found->no_memory = false;
}

void found_done(struct found *found)
{
	free(found->met);
	free(found->hits);
	free(found->facts);
	*found = (struct found){0};
}

/* Room for one more; doubles. */
static bool grow(void **items, size_t count, size_t *size, size_t item)
{
	size_t wanted = *size ? *size * 2 : 64;
	void *grown;

	if (count < *size)
		return true;
	grown = realloc(*items, wanted * item);
	if (!grown)
		return false;
	*items = grown;
	*size = wanted;
	return true;
}

bool found_grow(struct found *found)
{
	void *items = found->hits;

	if (grow(&items, found->hit_count, &found->hit_size, sizeof *found->hits))
		found->hits = items;
	else
		found->no_memory = true;
	return !found->no_memory;
}

void found_fact(struct found *found, const struct found_fact *fact)
{
	void *items = found->facts;

	if (found->no_memory || !grow(&items, found->fact_count, &found->fact_size, sizeof *found->facts)) {
		found->no_memory = true;
		return;
	}
	found->facts = items;
	found->facts[found->fact_count++] = *fact;
}

static int compare(size_t a, size_t b)
{
	return a < b ? -1 : a > b;
}

static inline bool is_before(const struct found_hit *a, const struct found_hit *b)
{
	if (a->start != b->start)
		return a->start < b->start;
	return a->end != b->end ? a->end < b->end : a->rule < b->rule;
}

static int by_start(const void *a, const void *b)
{
	return is_before(a, b) ? -1 : is_before(b, a);
}

/* A post has a handful of hits, mostly in order already: insertion sort, with qsort for the crowd. */
static void sort_hits(struct found_hit *hits, size_t count)
{
	if (count > 48) {
		qsort(hits, count, sizeof *hits, by_start);
		return;
	}
	for (size_t i = 1; i < count; i++) {
		struct found_hit hit = hits[i];
		size_t at = i;

		for (; at > 0 && is_before(&hit, &hits[at - 1]); at--)
			hits[at] = hits[at - 1];
		if (at < i)
			hits[at] = hit;
	}
}

/* Of hits in order; the same place twice stands side by side. */
static void drop_repeats(struct found *found)
{
	size_t kept = 0;

	for (size_t i = 0; i < found->hit_count; i++)
		if (kept == 0 || is_before(&found->hits[kept - 1], &found->hits[i]))
			found->hits[kept++] = found->hits[i];
	found->hit_count = kept;
}

void found_settle(struct found *found, bool (*stands)(void *ctx, uint32_t rule), void *ctx)
{
	size_t kept = 0;

	sort_hits(found->hits, found->hit_count);
	drop_repeats(found);
	memset(found->met, 0, found->rules);
	for (size_t i = 0; i < found->hit_count; i++) {
		const struct found_hit *hit = &found->hits[i];
		unsigned char *met = &found->met[hit->rule];

		if (*met == 0 && !stands(ctx, hit->rule))
			*met = RULES_HITS_PER_RULE; /* no more of it */
		if (*met == RULES_HITS_PER_RULE)
			continue;
		++*met;
		found->hits[kept++] = *hit;
	}
	found->hit_count = kept;
}

static void place_facts(struct found *found, const struct reading *reading, const char *original)
{
	for (size_t i = 0; i < found->fact_count; i++) {
		struct found_fact *fact = &found->facts[i];

		if (fact->hit_end == 0)
			continue;
		reading_range(reading, fact->hit_start, fact->hit_end, &fact->hit_start, &fact->hit_end);
		reading_range(reading, fact->start, fact->end, &fact->start, &fact->end);
		fact->value = original + fact->start;
		fact->len = fact->end - fact->start;
	}
}

void found_place(struct found *found, const struct reading *reading, const char *original)
{
	for (size_t i = 0; i < found->hit_count; i++) {
		struct found_hit *hit = &found->hits[i];

		if (hit->end > 0)
			reading_range(reading, hit->start, hit->end, &hit->start, &hit->end);
	}
	place_facts(found, reading, original);
	if (reading->piece_count > 0) {
		sort_hits(found->hits, found->hit_count);
		drop_repeats(found);
	}
}

static bool has_hit(const struct found *found, const struct found_fact *fact)
{
	for (size_t i = 0; i < found->hit_count; i++)
		if (found->hits[i].rule == fact->rule && found->hits[i].start == fact->hit_start &&
		    found->hits[i].end == fact->hit_end)
			return true;
	return false;
}

static int fact_order(const struct found_fact *x, const struct found_fact *y)
{
	int order = compare(x->start, y->start);

	if (!order)
		order = strcmp(x->name, y->name);
	if (!order)
		order = compare(x->end, y->end);
	if (!order)
		order = compare(x->rule, y->rule);
	if (!order)
		order = compare(x->len, y->len);
	return order ? order : memcmp(x->value, y->value, x->len);
}

/* Drops facts of dropped hits and repeats, and orders the rest. */
static void order_facts(struct found *found)
{
	size_t kept = 0;

	for (size_t i = 0; i < found->fact_count; i++) {
		struct found_fact fact = found->facts[i];
		size_t at = kept;
		int order = 1;

		if (!has_hit(found, &fact))
			continue;
		while (at > 0 && (order = fact_order(&fact, &found->facts[at - 1])) < 0)
			at--;
		if (at > 0 && order == 0)
			continue; /* two patterns of a rule captured the same words */
		memmove(&found->facts[at + 1], &found->facts[at], (kept - at) * sizeof fact);
		found->facts[at] = fact;
		kept++;
	}
	found->fact_count = kept;
}

bool found_take(struct found *found, const struct ruleset *set, struct arena *arena, struct matches *matches_r)
{
	struct hit *hits = arena_array(arena, found->hit_count + 1, sizeof *hits);
	struct fact *facts;

	order_facts(found);
	facts = arena_array(arena, found->fact_count + 1, sizeof *facts);
	if (!hits || !facts)
		return false;
	for (size_t i = 0; i < found->hit_count; i++)
		hits[i] = (struct hit){.rule = &set->rules[found->hits[i].rule], .start = found->hits[i].start,
				       .end = found->hits[i].end};
	for (size_t i = 0; i < found->fact_count; i++) {
		const struct found_fact *fact = &found->facts[i];
		char *value = arena_strndup(arena, fact->value, fact->len);

		if (!value)
			return false;
		if (memchr(value, '&', fact->len))
			reading_decode_entities(value);
		facts[i] = (struct fact){.name = fact->name, .value = value, .start = fact->start, .end = fact->end,
					 .rule = &set->rules[fact->rule]};
	}
	matches_r->hits = hits;
	matches_r->hit_count = found->hit_count;
	matches_r->facts = facts;
	matches_r->fact_count = found->fact_count;
	return true;
}
