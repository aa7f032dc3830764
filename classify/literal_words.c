/*
 * literal_words.c - which words a pattern needs, and in which order.
 *
 * Most rules are made of words: "\b(?:no|never)\s+(?:\w+\s+){0,3}?(?:reply|answer)". Each place of the pattern at which
 * a word must begin gives a list of words (or beginnings of words) one of which stands there in every match. The words
 * of a later list stand to the right of those of an earlier one, if the pattern cannot be empty between the two. Where a pattern begins with
 * alternatives of several words, each has lists of its own.
 *
 * A word is what word_index.c takes for one. It can only begin where the byte before is no letter, digit or _ of ASCII:
 * behind \b, behind a part of the pattern that ends in such a byte, or at the text's beginning. A byte beyond ASCII can
 * begin a word wherever it stands.
 */
#include <string.h>

#include "classify/literal_words.h"

#define FOUND_MAX 24	 /* lists of one pattern that are compared */
#define RARE_ENOUGH .004 /* words of a text among which one of the list's is found: no further list is worth its search */
#define GATES_MAX 128	 /* of one pattern */
#define SPLITS_MAX 3	 /* gaps that may be empty or not: each doubles the gates */
#define COMMON .05	 /* a list that so many words are in says little */

struct word_list {
	struct list list;
	unsigned behind; /* how many parts that cannot be empty stand before it */
	double common;	 /* roughly, which share of all words is one of them */
};

struct gates {
	struct gate *items;
	size_t count, size;
};

struct search {
	struct reader reader;
	struct word_list found[FOUND_MAX];
	size_t count;
	unsigned behind;
};

/* ---- where words can begin -------------------------------------------------------------------------------------- */

/* Is the byte before the place behind the node certainly none of a word, if that holds (or not) before the node? */
static bool ends_outside(const struct node *node, bool outside)
{
	bool all = true;

	switch (node->kind) {
	case NODE_SET:
		return !set_has_word(node);
	case NODE_BEGIN:
		return true;
	case NODE_CAT:
		for (const struct node *child = node->child; child; child = child->next)
			outside = ends_outside(child, outside);
		return outside;
	case NODE_ALT:
		for (const struct node *child = node->child; child; child = child->next)
			all &= ends_outside(child, outside);
		return all;
	case NODE_REP:
		all = ends_outside(node->child, outside);
		all = all && ends_outside(node->child, all);
		return all && (node->min > 0 || outside);
	default:
		return outside;
	}
}

static bool can_be_empty(const struct node *node)
{
	switch (node->kind) {
	case NODE_SET:
		return false;
	case NODE_CAT:
		for (const struct node *child = node->child; child; child = child->next)
			if (!can_be_empty(child))
				return false;
		return true;
	case NODE_ALT:
		for (const struct node *child = node->child; child; child = child->next)
			if (can_be_empty(child))
				return true;
		return false;
	case NODE_REP:
		return node->min == 0 || can_be_empty(node->child);
	default:
		return true;
	}
}

/* ---- lists ------------------------------------------------------------------------------------------------------ */

static bool usable(const struct list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct string *s = &list->items[i];

		if (s->len == 0)
			return false;
		if ((unsigned char)s->text[0] < NORMAL_OPAQUE && (!s->word_start || !normal_word_byte((unsigned char)s->text[0])))
			return false;
		if ((unsigned char)s->text[0] > NORMAL_OPAQUE)
			return false;
	}
	return list->count > 0;
}

/* A guess: short words are common. */
static double commonness(const struct list *list)
{
	static const double by_length[] = {1, .04, .02, .01, .003, .001, .0006, .0004};
	double sum = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct string *s = &list->items[i];
		double one = by_length[s->len < ARRAY_LEN(by_length) ? s->len : ARRAY_LEN(by_length) - 1];

		sum += s->word_end ? one : 2 * one;
	}
	return sum;
}

static bool try_list(struct search *s, const struct node *node, bool outside)
{
	struct word_list found = {.behind = s->behind};

	s->reader.steps = 0;
	found.list = list_grow(&s->reader, node, outside);
	if (s->reader.stopped || !usable(&found.list) || s->count == FOUND_MAX)
		return false;
	found.common = commonness(&found.list);
	s->found[s->count++] = found;
	return true;
}

/* Looks along a sequence, and into the sequences in it that every match goes through. */
static void look_along(struct search *s, const struct node *cat, bool outside)
{
	for (const struct node *child = cat->child; child && !s->reader.stopped; child = child->next) {
		if (child->kind == NODE_CAT)
			look_along(s, child, outside);
		else if (s->behind > 0 && (outside || (child->kind != NODE_SET && child->kind != NODE_REP)))
			(void)try_list(s, child, outside);
		s->behind += child->kind != NODE_CAT && !can_be_empty(child);
		outside = ends_outside(child, outside);
	}
}

/* ---- the choice ------------------------------------------------------------------------------------------------- */

/* Are all bytes that the node takes of words? */
static bool all_words(const struct node *node)
{
	if (node->kind == NODE_BEGIN || node->kind == NODE_ZERO)
		return false;
	if (node->kind == NODE_SET)
		return !set_has_other(node);
	for (const struct node *child = node->child; child; child = child->next)
		if (!all_words(child))
			return false;
	return true;
}

static bool to_literals(struct arena *arena, const struct list *list, bool sure, struct literal_set *set_r)
{
	struct literal *items = arena_array(arena, list->count + 1, sizeof *items);

	if (!items)
		return false;
	for (size_t i = 0; i < list->count; i++) {
		const struct string *s = &list->items[i];

		memcpy(items[i].text, s->text, s->len);
		items[i].len = s->len;
		items[i].word_start = s->word_start;
		items[i].word_end = s->word_end;
		items[i].sure = sure && s->open && s->word_end;
		for (size_t k = 0; k < s->len; k++)
			items[i].sure &= normal_word_byte((unsigned char)s->text[k]);
	}
	*set_r = (struct literal_set){items, list->count};
	return true;
}

/* The rarest list of those that stand between two others; NULL none. */
static const struct word_list *rarest(const struct search *s, unsigned low, unsigned high, const struct word_list *not)
{
	const struct word_list *best = NULL;

	for (size_t i = 0; i < s->count; i++) {
		const struct word_list *list = &s->found[i];

		if (list->behind >= low && list->behind < high && list != not && (!not || list->behind != not->behind) &&
		    (!best || list->common < best->common))
			best = list;
	}
	return best;
}

static size_t choose(struct search *s, bool anchored, const struct word_list *chosen[GATE_WORDS])
{
	const struct word_list *one, *two;
	size_t count = 0;

	if (anchored)
		chosen[count++] = &s->found[0];
	one = rarest(s, anchored, UINT32_MAX, NULL);
	two = one ? rarest(s, anchored, UINT32_MAX, one) : NULL;
	if (two && one->common < RARE_ENOUGH && two->common > COMMON)
		two = NULL;
	if (one && two && two->behind < one->behind)
		chosen[count++] = two;
	if (one)
		chosen[count++] = one;
	if (one && two && two->behind > one->behind)
		chosen[count++] = two;
	return count;
}

/* ---- alternatives ----------------------------------------------------------------------------------------------- */

static struct node *copy_into(struct arena *arena, struct node *parent, const struct node *node)
{
	struct node *copy = arena_alloc(arena, sizeof *copy);

	if (!copy)
		return NULL;
	*copy = *node;
	copy->next = NULL;
	if (parent->last)
		parent->last->next = copy;
	else
		parent->child = copy;
	parent->last = copy;
	return copy;
}

/* Copies of the sequence's parts, those of nested sequences among them, at the end of `flat`. NULL: memory. */
static struct node *flatten(struct arena *arena, struct node *flat, const struct node *cat)
{
	for (const struct node *child = cat->child; child; child = child->next)
		if (child->kind == NODE_CAT ? !flatten(arena, flat, child) : !copy_into(arena, flat, child))
			return NULL;
	return flat;
}

/* The sequence with `instead` (NULL: nothing) in the place of its part `part`. NULL: memory. */
static struct node *with_branch(struct arena *arena, const struct node *cat, const struct node *part,
				const struct node *instead)
{
	struct node *whole = arena_alloc(arena, sizeof *whole);

	if (!whole)
		return NULL;
	whole->kind = NODE_CAT;
	for (const struct node *child = cat->child; child; child = child->next) {
		const struct node *copied = child == part ? instead : child;

		if (!copied)
			continue;
		if (copied->kind == NODE_CAT ? !flatten(arena, whole, copied) : !copy_into(arena, whole, copied))
			return NULL;
	}
	return whole;
}

/* The alternatives with which every match begins; NULL none. */
static const struct node *first_alternatives(const struct node *cat)
{
	for (const struct node *child = cat->child; child; child = child->next) {
		if (child->kind == NODE_ALT)
			return child;
		if (child->kind != NODE_BOUND && child->kind != NODE_ZERO)
			return NULL;
	}
	return NULL;
}

/* Has the list a character beyond ASCII alone (\d has)? Whole scripts are full of them. */
static bool has_opaque(const struct list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if ((unsigned char)list->items[i].text[list->items[i].len - 1] == NORMAL_OPAQUE &&
		    (unsigned char)list->items[i].text[0] == NORMAL_OPAQUE)
			return true;
	return false;
}

static bool read_gate(struct arena *arena, const struct node *tree, bool exact, struct gate *gate_r)
{
	struct search s = {.reader = {.arena = arena, .words = true}};
	const struct word_list *chosen[GATE_WORDS];
	bool sure;

	gate_r->anchored = try_list(&s, tree, false);
	if (tree->kind == NODE_CAT) {
		s.behind = gate_r->anchored ? 0 : 1; /* of words that begin no match any may be first */
		look_along(&s, tree, false);
	}
	if (s.reader.stopped)
		return false;
	gate_r->count = choose(&s, gate_r->anchored, chosen);
	if (gate_r->count == 1 && has_opaque(&chosen[0]->list))
		return false;
	/* A match that begins with a word, takes nothing else and ends at a boundary is the whole word. */
	sure = gate_r->anchored && exact && all_words(tree) && tree->last && tree->last->kind == NODE_BOUND;
	for (size_t i = 0; i < gate_r->count; i++)
		if (!to_literals(arena, &chosen[i]->list, sure && i == 0, &gate_r->words[i]))
			return false;
	return gate_r->count > 0;
}

static bool grow_gates(struct arena *arena, struct gates *gates)
{
	size_t size = gates->size ? 4 * gates->size : 2;
	struct gate *items = size <= GATES_MAX ? arena_array(arena, size, sizeof *items) : NULL;

	if (!items)
		return false;
	if (gates->count > 0)
		memcpy(items, gates->items, gates->count * sizeof *items);
	gates->items = items;
	gates->size = size;
	return true;
}

/* One more gate, if the tree has one that is anchored. */
static bool read_one(struct arena *arena, const struct node *tree, bool exact, struct gates *gates)
{
	if ((gates->count == gates->size && !grow_gates(arena, gates)) || !read_gate(arena, tree, exact, &gates->items[gates->count]) ||
	    !gates->items[gates->count].anchored)
		return false;
	gates->count++;
	return true;
}

static bool add_gates(struct arena *arena, const struct node *tree, bool exact, unsigned splits, struct gates *gates);

/* One gate for all alternatives of one word, one for each other. */
static bool read_branches(struct arena *arena, const struct node *tree, const struct node *alt, bool exact,
			  unsigned splits, struct gates *gates)
{
	struct node *words = arena_alloc(arena, sizeof *words), *whole;

	if (!words)
		return false;
	words->kind = NODE_ALT;
	for (const struct node *child = alt->child; child; child = child->next) {
		if (all_words(child)) {
			if (!copy_into(arena, words, child))
				return false;
			continue;
		}
		whole = with_branch(arena, tree, alt, child);
		if (!whole || !add_gates(arena, whole, false, splits, gates))
			return false;
	}
	if (!words->child)
		return true;
	whole = with_branch(arena, tree, alt, words);
	return whole && read_one(arena, whole, exact, gates);
}

/* The first part that ends one word and lets another begin, or is nothing: then it is not known where words begin. */
static const struct node *optional_gap(const struct node *cat)
{
	bool outside = false;

	for (const struct node *child = cat->child; child; child = child->next) {
		if (child->kind == NODE_REP && child->min == 0 && !outside && child != cat->child &&
		    ends_outside(child->child, false))
			return child;
		outside = ends_outside(child, outside);
	}
	return NULL;
}

/* The gates of a flat sequence, appended; false: none that is anchored. */
static bool add_gates(struct arena *arena, const struct node *tree, bool exact, unsigned splits, struct gates *gates)
{
	const struct node *gap = splits > 0 ? optional_gap(tree) : NULL;
	const struct node *alt = first_alternatives(tree);
	size_t before = gates->count;
	struct node filled, *with, *without;

	if (!gap) {
		if (alt && read_branches(arena, tree, alt, exact, splits, gates))
			return true;
		gates->count = before;
		return read_one(arena, tree, exact, gates);
	}
	filled = *gap;
	filled.min = 1;
	with = with_branch(arena, tree, gap, &filled);
	without = with_branch(arena, tree, gap, NULL);
	return with && without && add_gates(arena, with, false, splits - 1, gates) &&
	       add_gates(arena, without, false, splits - 1, gates);
}

size_t literal_words(struct arena *arena, const struct node *tree, bool exact, struct gate **gates_r)
{
	struct node *flat = arena_alloc(arena, sizeof *flat);
	struct gates gates = {0};

	if (!flat || !grow_gates(arena, &gates))
		return 0;
	flat->kind = NODE_CAT;
	if (tree->kind == NODE_CAT ? !flatten(arena, flat, tree) : !copy_into(arena, flat, tree))
		return 0;
	if (!add_gates(arena, flat, exact, SPLITS_MAX, &gates))
		gates.count = read_gate(arena, flat, exact, &gates.items[0]);
	*gates_r = gates.items;
	return gates.count;
}
