/*
 * literal_words.c - which words a pattern needs, and in which order.
 *
 * Most rules are made of words: "\b(?:no|never)\s+(?:\w+\s+){0,3}?(?:reply|answer)". Each place of the pattern at which
 * a word must begin gives a list of words (or beginnings of words) one of which stands there in every match. The words
 * of a later list stand to the right of those of an earlier one, if the pattern cannot be empty between the two. Where a
 * pattern begins with alternatives of several words, each has lists of its own.
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
#define GROWN_MAX 32	 /* lists of one pattern that are kept */
#define COMMON .05	 /* a list that so many words are in says little */
#define NODES_AT_ONCE 20

struct word_list {
	struct list list;
	unsigned behind; /* how many parts that cannot be empty stand before it */
	double common;	 /* roughly, which share of all words is one of them */
};

/* A list that has been grown from a node; gates share the ends of their sequences. */
struct grown {
	const struct node *node;
	bool outside, usable;
	struct list list;
	double common;
};

/* The work on one pattern. */
struct job {
	struct arena *arena;
	struct reader reader;
	struct gate *gates;
	size_t count, size;
	struct grown grown[GROWN_MAX];
	size_t grown_count;
	struct node *spare; /* nodes are allocated so many at a time, */
	size_t spare_count; /* ... and so many are left */
};

/* The work on one gate. */
struct search {
	struct job *job;
	struct word_list found[FOUND_MAX];
	size_t count;
	unsigned behind;
};

/* ---- where words can begin -------------------------------------------------------------------------------------- */

/* Letters have their marks; see pattern_tree.c. */
static bool is_letters(const struct node *node)
{
	return node->kind == NODE_SET && node->single;
}

static void mark_set(struct node *node)
{
	node->words = !set_has_other(node);
	node->outside[0] = node->outside[1] = !set_has_word(node);
}

static void mark_sequence(struct node *cat)
{
	bool empty = true, words = true, outside = false, begins = true;

	for (const struct node *child = cat->child; child; child = child->next) {
		empty &= child->empty;
		words &= child->words;
		outside = child->outside[outside];
		begins = child->outside[begins];
	}
	cat->empty = empty;
	cat->words = words;
	cat->outside[0] = outside;
	cat->outside[1] = begins;
}

static void mark_alternatives(struct node *alt)
{
	alt->empty = false;
	alt->words = alt->outside[0] = alt->outside[1] = true;
	for (const struct node *child = alt->child; child; child = child->next) {
		alt->empty |= child->empty;
		alt->words &= child->words;
		alt->outside[0] &= child->outside[0];
		alt->outside[1] &= child->outside[1];
	}
}

/* What the kind of a node other than a set and its children, which have their marks, say of it; see struct node. */
static void mark_one(struct node *node)
{
	const struct node *child = node->child;

	switch (node->kind) {
	case NODE_CAT:
		mark_sequence(node);
		break;
	case NODE_ALT:
		mark_alternatives(node);
		break;
	case NODE_REP:
		node->empty = child->empty || node->min == 0;
		node->words = child->words;
		node->outside[0] = node->min > 0 && child->outside[0] && child->outside[1];
		node->outside[1] = child->outside[1];
		break;
	default: /* a place between two characters */
		node->empty = true;
		node->words = node->kind == NODE_BOUND;
		node->outside[0] = node->kind == NODE_BEGIN;
		node->outside[1] = true;
		break;
	}
}

static void mark(struct node *node)
{
	for (struct node *child = node->child; child; child = child->next)
		if (!is_letters(child))
			mark(child);
	if (node->kind == NODE_SET)
		mark_set(node);
	else
		mark_one(node);
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

static struct grown grow(struct search *s, const struct node *node, bool outside)
{
	struct reader *r = &s->job->reader;
	struct grown grown = {.node = node, .outside = outside};

	r->steps = 0;
	r->useless = false;
	grown.list = list_grow(r, node, outside);
	grown.usable = !r->stopped && !r->useless && usable(&grown.list);
	grown.common = grown.usable ? commonness(&grown.list) : 0;
	return grown;
}

static bool take(struct search *s, const struct grown *grown)
{
	if (!grown->usable || s->count == FOUND_MAX)
		return false;
	s->found[s->count++] = (struct word_list){grown->list, s->behind, grown->common};
	return true;
}

/* The list grown from a part of a sequence, which may have been done for another gate. */
static void try_part(struct search *s, const struct node *part, bool outside)
{
	struct job *job = s->job;
	struct grown grown;

	for (size_t i = 0; i < job->grown_count; i++)
		if (job->grown[i].node == part && job->grown[i].outside == outside) {
			(void)take(s, &job->grown[i]);
			return;
		}
	grown = grow(s, part, outside);
	(void)take(s, &grown);
	if (!s->job->reader.stopped && job->grown_count < GROWN_MAX)
		job->grown[job->grown_count++] = grown;
}

/* Looks along a flat sequence. */
static void look_along(struct search *s, const struct node *cat)
{
	bool outside = false;

	for (const struct node *child = cat->child; child && !s->job->reader.stopped; child = child->next) {
		if (s->behind > 0 && (outside || (child->kind != NODE_SET && child->kind != NODE_REP)))
			try_part(s, child, outside);
		s->behind += !child->empty;
		outside = child->outside[outside];
	}
}

/* ---- the choice ------------------------------------------------------------------------------------------------- */

/* Do all parts of a sequence take bytes of words only? */
static bool all_words(const struct node *cat)
{
	for (const struct node *child = cat->child; child; child = child->next)
		if (!child->words)
			return false;
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

static struct node *node_new(struct job *job)
{
	if (job->spare_count == 0) {
		job->spare = arena_array(job->arena, NODES_AT_ONCE, sizeof *job->spare);
		if (!job->spare)
			return NULL;
		job->spare_count = NODES_AT_ONCE;
	}
	job->spare_count--;
	return job->spare++;
}

static struct node *copy_into(struct job *job, struct node *parent, const struct node *node)
{
	struct node *copy = node_new(job);

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
static struct node *flatten(struct job *job, struct node *flat, const struct node *cat)
{
	for (const struct node *child = cat->child; child; child = child->next)
		if (child->kind == NODE_CAT ? !flatten(job, flat, child) : !copy_into(job, flat, child))
			return NULL;
	return flat;
}

/*
 * The sequence with `instead` (NULL: nothing) in the place of its part `part`. What stands behind the part is not
 * copied: lists grown there are the same. NULL: memory.
 */
static struct node *with_branch(struct job *job, const struct node *cat, const struct node *part,
				const struct node *instead)
{
	struct node *whole = node_new(job);

	if (!whole)
		return NULL;
	whole->kind = NODE_CAT;
	for (const struct node *child = cat->child; child != part; child = child->next)
		if (!copy_into(job, whole, child))
			return NULL;
	if (instead && (instead->kind == NODE_CAT ? !flatten(job, whole, instead) : !copy_into(job, whole, instead)))
		return NULL;
	if (!part->next)
		return whole;
	if (whole->last)
		whole->last->next = part->next;
	else
		whole->child = part->next;
	whole->last = cat->last;
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

static bool read_gate(struct job *job, const struct node *tree, bool exact, struct gate *gate_r)
{
	struct search s;
	const struct word_list *chosen[GATE_WORDS];
	struct grown first;
	bool sure;

	s.job = job;
	job->reader.stopped = false;
	s.count = s.behind = 0;
	first = grow(&s, tree, false);
	gate_r->anchored = take(&s, &first);
	s.behind = gate_r->anchored ? 0 : 1; /* of words that begin no match any may be first */
	look_along(&s, tree);
	if (job->reader.stopped)
		return false;
	gate_r->count = choose(&s, gate_r->anchored, chosen);
	if (gate_r->count == 1 && has_opaque(&chosen[0]->list))
		return false;
	/* A match that begins with a word, takes nothing else and ends at a boundary is the whole word. */
	sure = gate_r->anchored && exact && all_words(tree) && tree->last && tree->last->kind == NODE_BOUND;
	for (size_t i = 0; i < gate_r->count; i++)
		if (!list_literals(job->arena, &chosen[i]->list, sure && i == 0, &gate_r->words[i]))
			return false;
	return gate_r->count > 0;
}

static bool grow_gates(struct job *job)
{
	size_t size = job->size ? 4 * job->size : 2;
	struct gate *gates = size <= GATES_MAX ? arena_array(job->arena, size, sizeof *gates) : NULL;

	if (!gates)
		return false;
	if (job->count > 0)
		memcpy(gates, job->gates, job->count * sizeof *gates);
	job->gates = gates;
	job->size = size;
	return true;
}

/* One more gate, if the tree has one that is anchored. */
static bool read_one(struct job *job, const struct node *tree, bool exact)
{
	if ((job->count == job->size && !grow_gates(job)) || !read_gate(job, tree, exact, &job->gates[job->count]) ||
	    !job->gates[job->count].anchored)
		return false;
	job->count++;
	return true;
}

static bool add_gates(struct job *job, const struct node *tree, bool exact, unsigned splits);

/* One gate for all alternatives of one word, one for each other. */
static bool read_branches(struct job *job, const struct node *tree, const struct node *alt, bool exact, unsigned splits)
{
	struct node *words = node_new(job), *whole;

	if (!words)
		return false;
	words->kind = NODE_ALT;
	for (const struct node *child = alt->child; child; child = child->next) {
		if (child->words) {
			if (!copy_into(job, words, child))
				return false;
			continue;
		}
		whole = with_branch(job, tree, alt, child);
		if (!whole || !add_gates(job, whole, false, splits))
			return false;
	}
	if (!words->child)
		return true;
	mark_one(words);
	whole = with_branch(job, tree, alt, words);
	return whole && read_one(job, whole, exact);
}

/* The first part that ends one word and lets another begin, or is nothing: then it is not known where words begin. */
static const struct node *optional_gap(const struct node *cat)
{
	bool outside = false;

	for (const struct node *child = cat->child; child; child = child->next) {
		if (child->kind == NODE_REP && child->min == 0 && !outside && child != cat->child &&
		    child->child->outside[0])
			return child;
		outside = child->outside[outside];
	}
	return NULL;
}

/* The gates of a flat sequence, appended; false: none that is anchored. */
static bool add_gates(struct job *job, const struct node *tree, bool exact, unsigned splits)
{
	const struct node *gap = splits > 0 ? optional_gap(tree) : NULL;
	const struct node *alt = first_alternatives(tree);
	size_t before = job->count;
	struct node filled, *with, *without;

	if (!gap) {
		if (alt && read_branches(job, tree, alt, exact, splits))
			return true;
		job->count = before;
		return read_one(job, tree, exact);
	}
	filled = *gap;
	filled.min = 1;
	mark_one(&filled);
	with = with_branch(job, tree, gap, &filled);
	without = with_branch(job, tree, gap, NULL);
	return with && without && add_gates(job, with, false, splits - 1) && add_gates(job, without, false, splits - 1);
}

size_t literal_words(struct arena *arena, struct node *tree, bool exact, struct gate **gates_r)
{
	struct node *flat;
	struct job job;

	job.arena = arena;
	job.reader = (struct reader){.arena = arena, .words = true};
	job.gates = NULL;
	job.count = job.size = job.grown_count = 0;
	job.spare = NULL;
	job.spare_count = 0;
	flat = node_new(&job);
	if (!flat || !grow_gates(&job))
		return 0;
	if (!is_letters(tree))
		mark(tree);
	flat->kind = NODE_CAT;
	if (tree->kind == NODE_CAT ? !flatten(&job, flat, tree) : !copy_into(&job, flat, tree))
		return 0;
	if (!add_gates(&job, flat, exact, SPLITS_MAX))
		job.count = read_gate(&job, flat, exact, &job.gates[0]);
	*gates_r = job.gates;
	return job.count;
}
