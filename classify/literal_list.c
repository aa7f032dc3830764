/*
 * literal_list.c - with which strings the matches of a pattern's part can begin.
 *
 * A list of strings is grown along the tree: after any prefix of the pattern has been read, every match of that prefix
 * begins (as normalised text) with one of the strings. A string is *open* while it also ends where the prefix ends, so
 * that the next item may be appended; it is *closed* once something could not be listed (too many possibilities, too
 * long, an endless repetition). Closing is always allowed: it only promises less.
 *
 * A space in a normalised text stands for a whole run of white space. So "a space behind a space" adds nothing to a
 * string, and \s+ can stay open.
 *
 * Where only words are wanted (literal_words.c) a string is closed behind its first word, which is then known to end.
 */
#include <assert.h>
#include <string.h>

#include "classify/literal_list.h"

#define STRINGS_MAX 150	 /* strings in a list while they are still short */
#define STRINGS_SOFT 24	 /* ... and once all that are open have USEFUL bytes */
#define USEFUL 5	 /* bytes after which a longer literal is a nicety */
#define SET_MAX 12	 /* possible bytes of one character that are listed (\d has 11) */
#define STRINGS_AT_ONCE 120
#define STEPS_MAX 100000 /* strings made in search of one list; a stranger pattern is done without */

/* ---- lists ------------------------------------------------------------------------------------------------------ */

/* Room for `size` strings, of which the list has its own; where it stands at the end of the spare ones, there. */
static struct string *strings_new(struct reader *r, const struct list *list, size_t size)
{
	struct string *items = list->items;

	if (items && items + list->size == r->spare && size - list->size <= r->spare_count) {
		r->spare += size - list->size;
		r->spare_count -= size - list->size;
		return items;
	}
	if (size > STRINGS_AT_ONCE / 2) {
		items = arena_array(r->arena, size, sizeof *items);
	} else {
		if (size > r->spare_count) {
			r->spare = arena_array(r->arena, STRINGS_AT_ONCE, sizeof *items);
			r->spare_count = r->spare ? STRINGS_AT_ONCE : 0;
		}
		items = r->spare;
		if (items) {
			r->spare += size;
			r->spare_count -= size;
		}
	}
	if (items && list->count > 0)
		memcpy(items, list->items, list->count * sizeof *items);
	return items;
}

static bool list_longer(struct reader *r, struct list *list, size_t more)
{
	size_t size = list->size ? list->size : 4;
	struct string *items = NULL;

	while (size < list->count + more || size == list->size)
		size *= 2;
	if (!r->stopped && r->steps <= STEPS_MAX)
		items = strings_new(r, list, size);
	if (!items) {
		r->stopped = true;
		return false;
	}
	list->items = items;
	list->size = size;
	return true;
}

/* Room for so many more; counts them. */
static inline bool list_room(struct reader *r, struct list *list, size_t more)
{
	r->steps += more;
	if (list->count + more <= list->size && !r->stopped && r->steps <= STEPS_MAX)
		return true;
	return list_longer(r, list, more);
}

static void list_add(struct reader *r, struct list *list, const struct string *string)
{
	if (list_room(r, list, 1))
		list->items[list->count++] = *string;
}

void list_add_all(struct reader *r, struct list *list, const struct list *more)
{
	if (more->count == 1)
		list_add(r, list, &more->items[0]);
	if (more->count <= 1 || !list_room(r, list, more->count))
		return;
	memcpy(list->items + list->count, more->items, more->count * sizeof *more->items);
	list->count += more->count;
}

/* The same, but `more` is not needed any longer. */
static void list_take_all(struct reader *r, struct list *list, const struct list *more)
{
	if (list->count == 0)
		*list = *more;
	else
		list_add_all(r, list, more);
}

bool list_literals(struct arena *arena, const struct list *list, bool sure, struct literal_set *set_r)
{
	struct literal *items = arena_array(arena, list->count + 1, sizeof *items);

	if (!items)
		return false;
	for (size_t i = 0; i < list->count; i++) {
		const struct string *s = &list->items[i];

		memcpy(items[i].text, s->text, LITERAL_MAX);
		items[i].len = s->len;
		items[i].word_start = s->word_start;
		items[i].word_end = s->word_end;
		items[i].sure = sure && s->open && s->word_end;
		for (size_t k = 0; items[i].sure && k < s->len; k++)
			items[i].sure = normal_word_byte((unsigned char)s->text[k]);
	}
	*set_r = (struct literal_set){items, list->count};
	return true;
}

/* Where only words are wanted, a list of which one string stays empty says nothing: it need not be grown any longer. */
static void string_close(struct reader *r, struct string *s)
{
	s->open = false;
	r->useless |= r->words && s->len == 0;
}

static void list_close(struct reader *r, struct list *list)
{
	for (size_t i = 0; i < list->count; i++)
		string_close(r, &list->items[i]);
}

static size_t open_count(const struct list *list)
{
	size_t count = 0;

	for (size_t i = 0; i < list->count; i++)
		count += list->items[i].open;
	return count;
}

static bool has_open(const struct list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].open)
			return true;
	return false;
}

/* How many strings a list may grow to: many while some open one is still short. */
static size_t list_limit(const struct reader *r, const struct list *list)
{
	if (r->words)
		return WORDS_MAX;
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

	if (open_count(list) == list->count) {
		open = *list;
		*list = (struct list){0};
		return open;
	}
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
static void append_siblings(struct reader *r, struct list *list, const struct node *node);

/* Where only words are wanted the mark must be true of the byte that follows. */
static void append_bound(const struct reader *r, struct list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		struct string *s = &list->items[i];

		if (s->open && s->len == 0)
			s->word_start = true;
		else if (s->open)
			s->word_end = !r->words || normal_word_byte((unsigned char)s->text[s->len - 1]);
	}
}

/* Does no byte of it belong to a word? */
static bool ends_word(const struct node *node)
{
	return !set_has_word(node) && !set_has(node, NORMAL_OPAQUE);
}

/* All strings have their word. */
static void close_words(struct reader *r, struct list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		list->items[i].word_end |= list->items[i].open;
		string_close(r, &list->items[i]);
	}
}

/* Can a word begin with this byte, the string's first? */
static bool begins_word(const struct string *s, unsigned char byte)
{
	return byte == NORMAL_OPAQUE || (s->word_start && normal_word_byte(byte));
}

static void append_byte(struct reader *r, struct list *list, struct string s, unsigned byte)
{
	if (r->words && byte != NORMAL_OPAQUE && !normal_word_byte((unsigned char)byte)) {
		s.word_end = true;
		string_close(r, &s);
		list_add(r, list, &s);
		return;
	}
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
	r->useless |= r->words && s.len == 0 && !begins_word(&s, (unsigned char)byte);
	s.text[s.len++] = (char)byte;
	s.word_end = false;
	list_add(r, list, &s);
}

/* Appends bytes other than a space to every open string; more than LITERAL_MAX are as good as one more. */
static void append_in_place(struct reader *r, struct list *list, const char *text, size_t len)
{
	for (size_t i = 0; i < list->count; i++) {
		struct string *s = &list->items[i];
		size_t room = (size_t)LITERAL_MAX - s->len, taken = len < room ? len : room;

		if (!s->open)
			continue;
		r->useless |= r->words && s->len == 0 && !begins_word(s, (unsigned char)text[0]);
		memcpy(s->text + s->len, text, taken);
		s->len = (unsigned char)(s->len + taken);
		s->word_end &= taken == 0;
		s->open = len <= room;
	}
}

/* Closes long strings, then if need be all, so that `each` continuations of every open one fit. */
static void make_room(struct reader *r, struct list *list, size_t each)
{
	size_t limit = list_limit(r, list), open = open_count(list);

	if (list->count - open + open * each <= limit)
		return;
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].len >= USEFUL)
			list->items[i].open = false;
	open = open_count(list);
	if (list->count - open + open * each > limit)
		list_close(r, list);
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

static bool only_byte(const struct node *node, unsigned char *byte_r)
{
	unsigned found = ARRAY_LEN(node->set);

	if (node->single) {
		*byte_r = node->byte;
		return true;
	}
	for (unsigned word = 0; word < ARRAY_LEN(node->set); word++) {
		if (node->set[word] == 0)
			continue;
		if (found < ARRAY_LEN(node->set) || (node->set[word] & (node->set[word] - 1)) != 0)
			return false;
		found = word;
	}
	if (found == ARRAY_LEN(node->set))
		return false;
	*byte_r = (unsigned char)(found * 64 + (unsigned)__builtin_ctzll(node->set[found]));
	return true;
}

/* Letter after letter, where making room may close strings. */
static void append_letters(struct reader *r, struct list *list, const struct node *node)
{
	for (uint32_t i = 0; i < node->run_len; i++) {
		make_room(r, list, 1);
		append_in_place(r, list, node->run + i, 1);
	}
}

static void append_set(struct reader *r, struct list *list, const struct node *node)
{
	unsigned char bytes[SET_MAX];
	struct list open;
	size_t count;

	if (r->words && ends_word(node)) {
		close_words(r, list);
		return;
	}
	if (node->single && node->byte != ' ') {
		append_letters(r, list, node);
		return;
	}
	if (only_byte(node, &bytes[0]) && bytes[0] != ' ') {
		make_room(r, list, 1);
		append_in_place(r, list, (const char *)bytes, 1);
		return;
	}
	if (set_size(node) > SET_MAX) {
		list_close(r, list);
		return;
	}
	count = set_bytes(node, bytes);
	make_room(r, list, count);
	open = take_open(r, list);
	for (size_t i = 0; i < open.count; i++)
		for (size_t k = 0; k < count; k++)
			append_byte(r, list, open.items[i], bytes[k]);
}

/* Is it a single byte, or a run of them, by which a string becomes longer? */
static bool is_plain(const struct reader *r, const struct node *node)
{
	return node->kind == NODE_SET && node->single && node->byte != ' ' &&
	       (!r->words || (node->words && node->byte <= NORMAL_OPAQUE));
}

/* The letters, digits and signs that stand one by one, from the node on. Says which node is behind them. */
static const struct node *append_run(struct reader *r, struct list *list, const struct node *node)
{
	for (; node && is_plain(r, node); node = node->next)
		append_in_place(r, list, node->run, node->run_len);
	return node;
}

/*
 * Appends what makes no more strings of those that are there: letters, of which most of a pattern is made, and what
 * stands between characters. Says which node is behind; NULL: none, or all strings are closed.
 */
static const struct node *append_plain(struct reader *r, struct list *list, const struct node *node)
{
	if (list->count > (r->words ? (size_t)WORDS_MAX : (size_t)STRINGS_SOFT)) /* make_room() has something to do */
		return node;
	while ((node = append_run(r, list, node))) {
		if (node->kind == NODE_BOUND) {
			append_bound(r, list);
		} else if (node->kind == NODE_SET && r->words && ends_word(node)) {
			close_words(r, list);
			return NULL;
		} else if (node->kind != NODE_ZERO && node->kind != NODE_BEGIN) {
			return node;
		}
		node = node->next;
	}
	return NULL;
}

/* One of several alternatives, which are sequences, appended to the strings from `from` on. */
static void append_branch(struct reader *r, struct list *list, size_t from, const struct node *node)
{
	struct list tail, branch = {0};
	const struct node *rest;

	if (from == list->count) /* none is open, or no memory */
		return;
	assert(node->kind == NODE_CAT);
	tail = (struct list){.items = list->items + from, .count = list->count - from};
	rest = append_plain(r, &tail, node->child);
	if (!rest)
		return;
	list_add_all(r, &branch, &tail);
	list->count = from;
	append_siblings(r, &branch, rest);
	list_add_all(r, list, &branch);
}

static void append_alternatives(struct reader *r, struct list *list, const struct node *node)
{
	struct list open, result = {0};
	size_t limit;

	make_room(r, list, 1);
	open = take_open(r, list);
	limit = open.count <= 2 ? WORDS_MAX : list_limit(r, &open) + open.count;
	for (const struct node *child = node->child; child; child = child->next) {
		size_t from = result.count;

		list_add_all(r, &result, &open);
		append_branch(r, &result, from, child);
		if (result.count > limit || r->stopped || r->useless) { /* too many: say nothing about the group */
			list_close(r, &open);
			list_take_all(r, list, &open);
			return;
		}
	}
	list_take_all(r, list, &result);
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

	make_room(r, list, 2);
	open = take_open(r, list);
	list_add_all(r, &more, &open);
	append(r, &more, child);
	if (more.count + open.count > list_limit(r, &open) + 1) {
		list_close(r, &open);
	} else {
		if (endless && !spaces) /* further spaces change nothing */
			list_close(r, &more);
		list_take_all(r, list, &more);
	}
	list_take_all(r, list, &open);
}

static void append_repeat(struct reader *r, struct list *list, const struct node *node)
{
	uint32_t done = 0;

	/* Each copy of a child that needs a character makes open strings longer, but spaces and empty children do not. */
	for (; done < node->min && done <= LITERAL_MAX && has_open(list); done++)
		append(r, list, node->child);
	if (done < node->min && !is_space(node->child)) {
		list_close(r, list);
		return;
	}
	if (node->max == node->min)
		return;
	append_optional(r, list, node->child, node->max - node->min > 1);
}

/* The node and those behind it, as long as there is a string to append to. */
static void append_siblings(struct reader *r, struct list *list, const struct node *node)
{
	while ((node = append_plain(r, list, node)) && !r->stopped && !r->useless && has_open(list)) {
		append(r, list, node);
		node = node->next;
	}
}

static void append(struct reader *r, struct list *list, const struct node *node)
{
	if (r->stopped || r->useless || !has_open(list))
		return;
	switch (node->kind) {
	case NODE_ZERO:
	case NODE_BEGIN:
		break;
	case NODE_BOUND:
		append_bound(r, list);
		break;
	case NODE_SET:
		append_set(r, list, node);
		break;
	case NODE_CAT:
		append_siblings(r, list, node->child);
		break;
	case NODE_ALT:
		append_alternatives(r, list, node);
		break;
	case NODE_REP:
		append_repeat(r, list, node);
		break;
	}
}

struct list list_grow(struct reader *r, const struct node *first, bool word_start)
{
	struct list list = {0};

	list_add(r, &list, &(struct string){.open = true, .word_start = word_start});
	append_siblings(r, &list, first);
	return list;
}
