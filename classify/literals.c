/*
 * literals.c - chooses literals for a pattern from its tree.
 *
 * A list of strings is grown along the tree: after any prefix of the pattern has been read, every match of that prefix
 * begins (as normalised text) with one of the strings. A string is *open* while it also ends where the prefix ends, so
 * that the next item may be appended; it is *closed* once something could not be listed (too many possibilities, too
 * long, an endless repetition). Closing is always allowed: it only promises less.
 *
 * The list grown from the first item gives the anchored lane its prefixes. Lists grown from later items, or inside
 * groups that every match goes through, are literals that every match contains: the best of them gates the pattern.
 *
 * A space in a normalised text stands for a whole run of white space. So "a space behind a space" adds nothing to a
 * string, and \s+ can stay open.
 */
#include <stdlib.h>
#include <string.h>

#include "classify/literals.h"
#include "classify/pattern_tree.h"

#define WORDS_MAX 400	   /* alternatives at the beginning of a list */
#define STRINGS_MAX 150	   /* strings in a list while they are still short */
#define STRINGS_SOFT 24	   /* ... and once all that are open have USEFUL bytes */
#define USEFUL 5	   /* bytes after which a longer literal is a nicety */
#define SET_MAX 12	   /* possible bytes of one character that are listed (\d has 11) */
#define LONG_LIST 24	   /* strings above which they are sorted to find those that others cover */
#define STEPS_MAX 100000   /* strings made in search of one list; a stranger pattern is done without */

/* Weights of a literal: how rare it is, roughly. */
#define SCORE_PREFIX_MIN 4  /* below: trying pcre2 at every occurrence costs more than one search */
#define SCORE_REQUIRED_MIN 6
#define SCORE_CEILING 20
#define SCORE_PREFIX_WEAK 8   /* below: a second literal is worth its search whoever asks */
#define SCORE_PREFIX_ALONE 16 /* a prefix as rare as this needs no second literal */

struct string {
	char text[LITERAL_MAX];
	unsigned char len;
	bool word_start, word_end, open;
};

struct list {
	struct string *items;
	size_t count, size;
};

struct reader {
	struct arena *arena;
	const struct list *known; /* prefixes: a list that only repeats them is not wanted; may be NULL */
	size_t steps; /* strings made for the current list */
	bool stopped; /* out of steps or memory: the current list is unusable */
};

/* ---- lists ------------------------------------------------------------------------------------------------------ */

static void list_add(struct reader *r, struct list *list, const struct string *string)
{
	if (r->stopped || ++r->steps > STEPS_MAX) {
		r->stopped = true;
		return;
	}
	if (list->count == list->size) {
		size_t size = list->size ? list->size * 2 : 8;
		struct string *items = arena_array(r->arena, size, sizeof *items);

		if (!items) {
			r->stopped = true;
			return;
		}
		if (list->count > 0)
			memcpy(items, list->items, list->count * sizeof *items);
		list->items = items;
		list->size = size;
	}
	list->items[list->count++] = *string;
}

static void list_add_all(struct reader *r, struct list *list, const struct list *more)
{
	for (size_t i = 0; i < more->count; i++)
		list_add(r, list, &more->items[i]);
}

static void list_close(struct list *list)
{
	for (size_t i = 0; i < list->count; i++)
		list->items[i].open = false;
}

static size_t open_count(const struct list *list)
{
	size_t count = 0;

	for (size_t i = 0; i < list->count; i++)
		count += list->items[i].open;
	return count;
}

/* How many strings a list may grow to: many while some open one is still short. */
static size_t list_limit(const struct list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].open && list->items[i].len < USEFUL)
			return STRINGS_MAX;
	return STRINGS_SOFT;
}

/* The list split in two: closed strings stay, open ones move to the result. */
static struct list take_open(struct reader *r, struct list *list)
{
	struct list open = {0};
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++) {
		if (list->items[i].open)
			list_add(r, &open, &list->items[i]);
		else
			list->items[kept++] = list->items[i];
	}
	list->count = kept;
	return open;
}

/* ---- appending one node ----------------------------------------------------------------------------------------- */

static void append(struct reader *r, struct list *list, const struct node *node);

static void append_bound(struct list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		struct string *s = &list->items[i];

		if (s->open && s->len == 0)
			s->word_start = true;
		else if (s->open)
			s->word_end = true;
	}
}

static void append_byte(struct reader *r, struct list *list, struct string s, unsigned byte)
{
	if (byte == ' ' && s.len > 0 && s.text[s.len - 1] == ' ') {
		s.word_end = false; /* the boundary may be anywhere in the run */
		list_add(r, list, &s);
		return;
	}
	if (s.len == LITERAL_MAX) {
		s.open = false;
		list_add(r, list, &s);
		return;
	}
	s.text[s.len++] = (char)byte;
	s.word_end = false;
	list_add(r, list, &s);
}

/* Appends a byte other than a space to every open string. */
static void append_in_place(struct list *list, unsigned byte)
{
	for (size_t i = 0; i < list->count; i++) {
		struct string *s = &list->items[i];

		if (s->open && s->len == LITERAL_MAX) {
			s->open = false;
		} else if (s->open) {
			s->text[s->len++] = (char)byte;
			s->word_end = false;
		}
	}
}

/* Closes long strings, then if need be all, so that `each` continuations of every open one fit. */
static void make_room(struct list *list, size_t each)
{
	size_t limit = list_limit(list), open = open_count(list);

	if (list->count - open + open * each <= limit)
		return;
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].len >= USEFUL)
			list->items[i].open = false;
	open = open_count(list);
	if (list->count - open + open * each > limit)
		list_close(list);
}

/* The bytes of a small set; how many. */
static size_t set_bytes(const struct node *node, unsigned char bytes[SET_MAX])
{
	size_t count = 0;

	for (unsigned word = 0; word < ARRAY_LEN(node->set); word++)
		for (uint64_t bits = node->set[word]; bits; bits &= bits - 1)
			bytes[count++] = (unsigned char)(word * 64 + (unsigned)__builtin_ctzll(bits));
	return count;
}

static void append_set(struct reader *r, struct list *list, const struct node *node)
{
	unsigned char bytes[SET_MAX];
	struct list open;
	size_t count;

	if (set_size(node) > SET_MAX) {
		list_close(list);
		return;
	}
	count = set_bytes(node, bytes);
	make_room(list, count);
	if (count == 1 && bytes[0] != ' ') { /* most of a pattern: letter after letter */
		append_in_place(list, bytes[0]);
		return;
	}
	open = take_open(r, list);
	for (size_t i = 0; i < open.count; i++)
		for (size_t k = 0; k < count; k++)
			append_byte(r, list, open.items[i], bytes[k]);
}

static void append_alternatives(struct reader *r, struct list *list, const struct node *node)
{
	struct list open, result = {0}, before = {0};
	size_t limit;

	make_room(list, 1);
	open = take_open(r, list);
	list_add_all(r, &before, &open);
	limit = open.count <= 2 ? WORDS_MAX : list_limit(&open) + open.count;
	for (const struct node *child = node->child; child; child = child->next) {
		struct list branch = {0};

		list_add_all(r, &branch, &open);
		append(r, &branch, child);
		list_add_all(r, &result, &branch);
		if (result.count > limit || r->stopped) { /* too many: say nothing about the group */
			list_close(&before);
			list_add_all(r, list, &before);
			return;
		}
	}
	list_add_all(r, list, &result);
}

static bool is_space(const struct node *node)
{
	return node->kind == NODE_SET && set_has(node, ' ') && set_size(node) == 1;
}

/* Behind `min` copies: none more, or one more, after which anything may follow unless that was the last. */
static void append_optional(struct reader *r, struct list *list, const struct node *child, bool endless)
{
	struct list more = {0}, open;
	bool spaces = is_space(child);

	make_room(list, 2);
	open = take_open(r, list);
	list_add_all(r, &more, &open);
	append(r, &more, child);
	if (more.count + open.count > list_limit(&open) + 1) {
		list_close(&open);
	} else {
		if (endless && !spaces) /* further spaces change nothing */
			list_close(&more);
		list_add_all(r, list, &more);
	}
	list_add_all(r, list, &open);
}

static void append_repeat(struct reader *r, struct list *list, const struct node *node)
{
	uint32_t done = 0;

	/* Each copy of a child that needs a character makes open strings longer, but spaces and empty children do not. */
	for (; done < node->min && done <= LITERAL_MAX && open_count(list) > 0; done++)
		append(r, list, node->child);
	if (done < node->min && !is_space(node->child)) {
		list_close(list);
		return;
	}
	if (node->max == node->min)
		return;
	append_optional(r, list, node->child, node->max - node->min > 1);
}

static void append(struct reader *r, struct list *list, const struct node *node)
{
	if (r->stopped || open_count(list) == 0)
		return;
	switch (node->kind) {
	case NODE_ZERO:
	case NODE_BEGIN:
		break;
	case NODE_BOUND:
		append_bound(list);
		break;
	case NODE_SET:
		append_set(r, list, node);
		break;
	case NODE_CAT:
		for (const struct node *child = node->child; child; child = child->next)
			append(r, list, child);
		break;
	case NODE_ALT:
		append_alternatives(r, list, node);
		break;
	case NODE_REP:
		append_repeat(r, list, node);
		break;
	}
}

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

/* Grown from `first` along its siblings. */
static struct list grow_from(struct reader *r, const struct node *first)
{
	struct list list = {0};

	list_add(r, &list, &(struct string){.open = true});
	for (const struct node *node = first; node; node = node->next)
		append(r, &list, node);
	return list;
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

static bool to_literals(struct arena *arena, const struct list *list, struct literal_set *set_r)
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
	}
	*set_r = (struct literal_set){items, list->count};
	return true;
}

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

static bool read_literals(struct arena *arena, const char *text, size_t len, bool narrow,
			  struct pattern_literals *literals_r)
{
	struct pattern_literals literals = {.lane = LANE_SLOW};
	struct node *tree = pattern_tree(arena, text, len, NULL);
	struct list prefix = {0}, required = {0};
	unsigned score;
	bool ok = true;

	if (tree)
		prefix = read_list(arena, grow_from, tree, NULL);
	score = list_score(&prefix);
	if (tree && score < (narrow ? SCORE_PREFIX_ALONE : SCORE_PREFIX_WEAK))
		required = read_list(arena, best_inside, tree, score >= SCORE_PREFIX_MIN ? &prefix : NULL);
	if (score >= SCORE_PREFIX_MIN) {
		literals.lane = LANE_ANCHORED;
		ok = to_literals(arena, &prefix, &literals.prefix);
		if (ok && list_score(&required) >= SCORE_REQUIRED_MIN)
			ok = to_literals(arena, &required, &literals.required);
	} else if (list_score(&required) >= SCORE_PREFIX_MIN) {
		literals.lane = LANE_GATED;
		ok = to_literals(arena, &required, &literals.required);
	}
	if (!ok || arena_failed(arena))
		return false;
	*literals_r = literals;
	return true;
}

bool pattern_literals_read(struct arena *arena, const char *text, size_t len, struct pattern_literals *literals_r)
{
	return read_literals(arena, text, len, true, literals_r);
}

bool pattern_literals_lead(struct arena *arena, const char *text, size_t len, struct pattern_literals *literals_r)
{
	return read_literals(arena, text, len, false, literals_r);
}
