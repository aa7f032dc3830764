/*
 * literals.c - chooses literals for a pattern from its tree.
 *
 * The list grown from the first item (literal_list.c) gives the anchored lane its prefixes. Lists grown from later
 * items, or inside groups that every match goes through, are literals that every match contains: the best of them gates
 * the pattern. Where words can do all that (literal_words.c), nothing else is looked for.
 */
#include <stdlib.h>
#include <string.h>

#include "classify/literal_list.h"
#include "classify/literal_words.h"

#define LONG_LIST 24	   /* strings above which they are sorted to find those that others cover */

/* Weights of a literal: how rare it is, roughly. */
#define SCORE_PREFIX_MIN 4  /* below: trying pcre2 at every occurrence costs more than one search */
#define SCORE_REQUIRED_MIN 6
#define SCORE_CEILING 20
#define SCORE_PREFIX_WEAK 8   /* below: a second literal is worth its search whoever asks */
#define SCORE_PREFIX_ALONE 16 /* a prefix as rare as this needs no second literal */

/* ---- judging lists ---------------------------------------------------------------------------------------------- */

static unsigned string_score(const struct string *s)
{
	unsigned score = 0;

	for (size_t i = 0; i < s->len; i++) {
		unsigned char c = (unsigned char)s->text[i];

		if (c == ' ' || c == NORMAL_OPAQUE)
			score += 1;
		else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			score += 2;
		else
			score += c >= NORMAL_SIGN ? 4 : 3;
	}
	return score + (s->word_start && s->len > 0);
}

static unsigned list_score(const struct list *list)
{
	unsigned lowest = list->count ? UINT32_MAX : 0;

	for (size_t i = 0; i < list->count; i++) {
		unsigned score = string_score(&list->items[i]);

		if (score < lowest)
			lowest = score;
	}
	return lowest;
}

/* Wherever t occurs s does, at the same place, under no harder a condition. */
static bool covers(const struct string *s, const struct string *t)
{
	if (s->len > t->len || memcmp(s->text, t->text, s->len) != 0)
		return false;
	if (s->word_start && !t->word_start)
		return false;
	return !s->word_end || (s->len == t->len && t->word_end);
}

/* The first four bytes of a string as a number, and which of its bits are text: tells most strings apart at once. */
static uint32_t string_head(const struct string *s, uint32_t *mask_r)
{
	static const unsigned char masks[5][4] = {{0}, {0xFF}, {0xFF, 0xFF}, {0xFF, 0xFF, 0xFF}, {0xFF, 0xFF, 0xFF, 0xFF}};
	uint32_t head;

	memcpy(&head, s->text, sizeof head);
	memcpy(mask_r, masks[s->len < 4 ? s->len : 4], sizeof *mask_r);
	return head;
}

/* By text, the shorter first; then by how much a string promises: what may cover another stands before it. */
static int by_text(const void *a, const void *b)
{
	const struct string *s = a, *t = b;
	int order = memcmp(s->text, t->text, s->len < t->len ? s->len : t->len);

	if (!order)
		order = (int)s->len - (int)t->len;
	if (!order)
		order = (s->word_start + s->word_end) - (t->word_start + t->word_end);
	return order;
}

/* The same for long lists, which it puts in order: a string can be covered by one that its own begins with. */
static void list_prune_long(struct list *list)
{
	size_t above[LITERAL_MAX * 4 + 4], depth = 0, kept = 0; /* kept strings that the current one begins with */

	qsort(list->items, list->count, sizeof *list->items, by_text);
	for (size_t i = 0; i < list->count; i++) {
		struct string t = list->items[i];
		bool covered = false;

		while (depth > 0 && (list->items[above[depth - 1]].len > t.len ||
				     memcmp(list->items[above[depth - 1]].text, t.text,
					    list->items[above[depth - 1]].len) != 0))
			depth--;
		for (size_t k = 0; k < depth && !covered; k++)
			covered = covers(&list->items[above[k]], &t);
		if (covered)
			continue;
		if (depth < ARRAY_LEN(above)) /* four kinds of each length: never more */
			above[depth++] = kept;
		list->items[kept++] = t;
	}
	list->count = kept;
}

/* Drops strings that others cover. */
static void list_prune(struct list *list)
{
	size_t kept = 0;

	if (list->count > LONG_LIST) {
		list_prune_long(list);
		return;
	}
	for (size_t i = 0; i < list->count; i++) {
		const struct string *t = &list->items[i];
		uint32_t mask, head = string_head(t, &mask);
		bool covered = false;

		for (size_t j = 0; j < list->count && !covered; j++) {
			const struct string *s = &list->items[j];

			if (j == i || ((string_head(s, &mask) ^ head) & mask) != 0)
				continue;
			covered = covers(s, t) && (j < i || !covers(t, s));
		}
		list->items[i].open = !covered; /* from here on: kept */
	}
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].open)
			list->items[kept++] = list->items[i];
	list->count = kept;
}

static bool contains(const struct string *s, const struct string *part)
{
	return memmem(s->text, s->len, part->text, part->len) != NULL;
}

/* Is every string of the list part of some known one? */
static bool list_known(const struct list *known, const struct list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		size_t k = 0;

		while (k < known->count && !contains(&known->items[k], &list->items[i]))
			k++;
		if (k == known->count)
			return false;
	}
	return true;
}

/*
 * The better of two lists: the rarer one; at equal rarity the shorter. Above some rarity only the number counts. A list
 * that says no more than the prefixes is no better than none.
 */
static void keep_better(const struct reader *r, struct list *best, unsigned *best_score, struct list *list)
{
	unsigned score = list_score(list);

	if (score > SCORE_CEILING)
		score = SCORE_CEILING;
	if (score < *best_score || score == 0)
		return;
	list_prune(list);
	if (score == *best_score && list->count >= best->count)
		return;
	if (r->known && list_known(r->known, list))
		return;
	*best = *list;
	*best_score = score;
}

/* ---- lists that every match contains ---------------------------------------------------------------------------- */

static struct list grow_from(struct reader *r, const struct node *first)
{
	return list_grow(r, first, false);
}

static struct list best_inside(struct reader *r, const struct node *node);

static struct list best_in_sequence(struct reader *r, const struct node *cat)
{
	struct list best = {0};
	unsigned score = 0;
	bool in_literal = false; /* behind a single byte: the list from there is the worse half of one we have */

	for (const struct node *child = cat->child; child && !r->stopped; child = child->next) {
		struct list list;

		if (!in_literal) {
			list = grow_from(r, child);
			keep_better(r, &best, &score, &list);
		}
		in_literal = child->kind == NODE_SET && set_size(child) == 1;
		if (child->kind == NODE_SET)
			continue;
		list = best_inside(r, child);
		keep_better(r, &best, &score, &list);
	}
	return best;
}

/* The best list inside a node that every match goes through; empty when there is none. */
static struct list best_inside(struct reader *r, const struct node *node)
{
	struct list best = {0};

	if (r->stopped)
		return best;
	switch (node->kind) {
	case NODE_CAT:
		return best_in_sequence(r, node);
	case NODE_REP:
		return node->min > 0 ? best_inside(r, node->child) : best;
	case NODE_ALT:
		for (const struct node *child = node->child; child; child = child->next) {
			struct list branch = best_inside(r, child);

			if (list_score(&branch) == 0 || best.count + branch.count > WORDS_MAX)
				return (struct list){0};
			list_add_all(r, &best, &branch);
		}
		return best;
	default:
		return best;
	}
}

/* ---- the choice ------------------------------------------------------------------------------------------------- */

/* A list by one of the two ways, pruned; empty when it took too long. */
static struct list read_list(struct arena *arena, struct list (*way)(struct reader *r, const struct node *node),
			     const struct node *tree, const struct list *known)
{
	struct reader r = {.arena = arena, .known = known};
	struct list list = way(&r, tree);

	if (r.stopped)
		return (struct list){0};
	list_prune(&list);
	return list;
}

/*
 * Literals of any kind. narrow: a second list unless the first is very rare; gated: only prefixes are better than what
 * is known. false: memory.
 */
static bool read_any(struct arena *arena, const struct node *tree, bool narrow, bool gated,
		     struct pattern_literals *literals)
{
	struct list prefix, required = {0};
	unsigned score;
	bool ok = true;

	prefix = read_list(arena, grow_from, tree, NULL);
	score = list_score(&prefix);
	if (gated && score < SCORE_PREFIX_MIN)
		return true;
	if (score < (narrow ? SCORE_PREFIX_ALONE : SCORE_PREFIX_WEAK))
		required = read_list(arena, best_inside, tree, score >= SCORE_PREFIX_MIN ? &prefix : NULL);
	if (score >= SCORE_PREFIX_MIN) {
		literals->lane = LANE_ANCHORED;
		ok = list_literals(arena, &prefix, false, &literals->prefix);
		if (ok && list_score(&required) >= SCORE_REQUIRED_MIN)
			ok = list_literals(arena, &required, false, &literals->required);
	} else if (list_score(&required) >= SCORE_PREFIX_MIN) {
		literals->lane = LANE_GATED;
		ok = list_literals(arena, &required, false, &literals->required);
	}
	return ok;
}

bool pattern_literals_read(struct arena *arena, const char *text, size_t len, struct pattern_literals *literals_r)
{
	struct pattern_literals literals = {.lane = LANE_SLOW};
	struct node *tree = pattern_tree_of_runs(arena, text, len, NULL);

	if ((tree && !read_any(arena, tree, true, false, &literals)) || arena_failed(arena))
		return false;
	*literals_r = literals;
	return true;
}

bool pattern_literals_lead(struct arena *arena, const char *text, size_t len, struct pattern_literals *literals_r)
{
	struct pattern_literals literals = {.lane = LANE_SLOW}, words = {.lane = LANE_GATED};
	bool exact;
	struct node *tree = pattern_tree_of_runs(arena, text, len, &exact);

	if (tree)
		words.gate_count = literal_words(arena, tree, exact, &words.gates);
	if (words.gate_count > 0 && words.gates[0].anchored)
		words.lane = LANE_ANCHORED;
	else if (tree && !read_any(arena, tree, false, words.gate_count > 0, &literals))
		return false;
	if (arena_failed(arena))
		return false;
	*literals_r = words.gate_count > 0 && literals.lane != LANE_ANCHORED ? words : literals;
	return true;
}
