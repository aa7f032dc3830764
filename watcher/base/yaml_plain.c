/*
 * yaml_plain.c - a quick reader of the plain kind of YAML that rules are written in.
 *
 * Every start of the program reads a megabyte of rules, and libyaml needs a quarter of the time until the first verdict
 * for it. Nearly all of it is lists and maps by indentation, a value a line:
 *
 *	# comments have lines of their own
 *	- id: parcel_late
 *	  match:
 *	    - 'it''s late'
 *	  problem: 1.5
 *
 * This reads exactly that. Whatever is anything else, be it a mistake or a part of YAML that is not among the above,
 * ends the reading: libyaml then has the whole text, and the last word. So this file never complains, and what it
 * accepts must give the very tree that libyaml gives (tests/test_yaml.c compares them).
 *
 * The text is copied into the arena once; values are cut out of the copy in place.
 */
#include "watcher/base/yaml_plain.h"

#include <string.h>

#define DEPTH_MAX 8 /* less than YAML_DEPTH_MAX */
#define KEY_MAX 64  /* bytes; libyaml's keys may have 1024 */
#define NODES_AT_ONCE 64

struct plain {
	struct arena *arena;
	char *at, *end; /* at: the first character of a line's content, or behind what was read of it */
	long column;	/* of that character; -1: no line is left */
	int line;
	struct yaml_node *spare;
	size_t spare_count;
	enum yaml_plain result; /* YAML_PLAIN_READ so far, or why not */
};

static struct yaml_node *give_up(struct plain *p)
{
	if (p->result == YAML_PLAIN_READ)
		p->result = YAML_PLAIN_OTHER;
	return NULL;
}

static struct yaml_node *node_new(struct plain *p, enum yaml_kind kind)
{
	struct yaml_node *node;

	if (p->spare_count == 0) {
		p->spare = arena_array(p->arena, NODES_AT_ONCE, sizeof(*p->spare));
		if (p->spare == NULL) {
			p->result = YAML_PLAIN_NOMEM;
			return NULL;
		}
		p->spare_count = NODES_AT_ONCE;
	}
	node = p->spare++;
	p->spare_count--;
	node->kind = kind;
	node->line = p->line;
	return node;
}

/* ---- characters and lines ---- */

#define BLOCK 64

/* Is there, in so many bytes, one that is not printable ASCII or the end of a line? Without a branch: for the compiler. */
static bool block_has_other(const unsigned char *text)
{
	unsigned char other = 0;

	for (size_t i = 0; i < BLOCK; i++)
		other |= (unsigned char)((text[i] < 0x20) & (text[i] != '\n')) | (unsigned char)(text[i] > 0x7E);
	return other != 0;
}

/* Characters that libyaml refuses or takes for the end of a line, and tabs. */
static bool has_odd(const unsigned char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c;

		while (i % BLOCK == 0 && len - i >= BLOCK && !block_has_other(text + i))
			i += BLOCK;
		if (i == len)
			break;
		c = text[i];
		if (c >= 0x20 && c < 0x7F)
			continue;
		if ((c < 0x20 && c != '\n') || c == 0x7F || (c == 0xC2 && text[i + 1] < 0xA0))
			return true;
		if (c == 0xE2 && text[i + 1] == 0x80 && (text[i + 2] == 0xA8 || text[i + 2] == 0xA9))
			return true;
		if (c == 0xEF && (text[i + 1] == 0xBB || text[i + 1] == 0xBF))
			return true;
	}
	return false;
}

/* From the end of a line to the content of the next that has any. */
static void next_content(struct plain *p)
{
	while (p->at < p->end) {
		char *start = ++p->at;

		p->line++;
		while (p->at < p->end && *p->at == ' ')
			p->at++;
		p->column = p->at - start;
		if (p->at < p->end && *p->at != '\n' && *p->at != '#')
			return;
		if (p->at < p->end && *p->at == '#')
			p->at = memchr(p->at, '\n', (size_t)(p->end - p->at));
		if (p->at == NULL)
			break;
	}
	p->at = p->end;
	p->column = -1;
}

static void skip_spaces(struct plain *p)
{
	char *start = p->at;

	while (p->at < p->end && *p->at == ' ')
		p->at++;
	p->column += p->at - start;
}

static bool at_line_end(const struct plain *p)
{
	return p->at == p->end || *p->at == '\n';
}

/* ---- values of one line ---- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Behind the opening quote. */
static void read_quoted(struct plain *p, struct yaml_node *node)
{
	char *out = p->at, *from = p->at, *quote;

	node->text = p->at;
	for (;; from = quote + 2) {
		char *line_end = memchr(from, '\n', (size_t)(p->end - from));

		quote = memchr(from, '\'', (size_t)((line_end != NULL ? line_end : p->end) - from));
		if (quote == NULL) {
			(void)give_up(p);
			return;
		}
		if (out != from)
			memmove(out, from, (size_t)(quote - from));
		out += quote - from;
		if (quote + 1 == p->end || quote[1] != '\'')
			break;
		*out++ = '\'';
	}
	node->len = (size_t)(out - node->text);
	*out = '\0';
	p->at = quote + 1;
}

static void read_unquoted(struct plain *p, struct yaml_node *node)
{
	char *start = p->at, *end;

	node->plain = true;
	node->text = start;
	for (; !at_line_end(p); p->at++)
		if ((*p->at == ':' && (p->at + 1 == p->end || p->at[1] == ' ' || p->at[1] == '\n')) ||
		    (*p->at == '#' && p->at[-1] == ' ')) {
			(void)give_up(p);
			return;
		}
	for (end = p->at; end[-1] == ' ';)
		end--;
	node->len = (size_t)(end - start);
}

/* A value, up to the content of the next line, which must stand no further in than `column`. */
static struct yaml_node *read_scalar(struct plain *p, long column)
{
	struct yaml_node *node = node_new(p, YAML_SCALAR);
	char first = *p->at, *over;

	if (node == NULL)
		return NULL;
	if (first == '\'') {
		p->at++;
		read_quoted(p, node);
	} else if (is_letter(first) || is_digit(first) ||
		   ((first == '-' || first == '+' || first == '.') && p->at + 1 < p->end && is_digit(p->at[1]))) {
		read_unquoted(p, node);
	} else {
		return give_up(p);
	}
	if (p->result != YAML_PLAIN_READ)
		return NULL;
	skip_spaces(p);
	if (!at_line_end(p))
		return give_up(p);
	over = (char *)node->text + node->len; /* in our copy; the line's end may stand there */
	next_content(p);
	*over = '\0';
	return p->column > column ? give_up(p) : node;
}

/* ---- lists and maps ---- */

static struct yaml_node *read_map(struct plain *p, int depth);

/* The ':' behind a key that begins here; NULL: none does. */
static char *key_end(const struct plain *p)
{
	char *at = p->at;

	while (at < p->end && ((*at >= 'a' && *at <= 'z') || *at == '_' || (is_digit(*at) && at > p->at)))
		at++;
	if (at == p->at || at == p->end || *at != ':' || at - p->at > KEY_MAX)
		return NULL;
	return at + 1 == p->end || at[1] == ' ' || at[1] == '\n' ? at : NULL;
}

static bool at_dash(const struct plain *p)
{
	return p->end - p->at > 2 && p->at[0] == '-' && p->at[1] == ' ';
}

static struct yaml_node *read_list(struct plain *p, int depth)
{
	struct yaml_node *list = node_new(p, YAML_LIST), **tail;
	long column = p->column;

	if (list == NULL || depth > DEPTH_MAX)
		return give_up(p);
	for (tail = &list->child; p->column == column; tail = &(*tail)->next, list->count++) {
		if (!at_dash(p))
			return give_up(p);
		p->at++;
		p->column++;
		skip_spaces(p);
		if (at_line_end(p))
			return give_up(p);
		*tail = key_end(p) != NULL ? read_map(p, depth + 1) : read_scalar(p, column);
		if (*tail == NULL)
			return NULL;
	}
	return p->column > column ? give_up(p) : list;
}

/* What stands behind a key's colon. */
static struct yaml_node *read_entry(struct plain *p, long column, int depth)
{
	skip_spaces(p);
	if (!at_line_end(p))
		return read_scalar(p, column);
	next_content(p);
	if (p->column <= column)
		return give_up(p);
	return at_dash(p) ? read_list(p, depth + 1) : read_map(p, depth + 1);
}

static struct yaml_node *read_map(struct plain *p, int depth)
{
	struct yaml_node *map = node_new(p, YAML_MAP), **tail;
	long column = p->column;

	if (map == NULL || depth > DEPTH_MAX)
		return give_up(p);
	for (tail = &map->child; p->column == column; tail = &(*tail)->next, map->count++) {
		char *key = p->at, *colon = key_end(p);
		int line = p->line;
		struct yaml_node *node;

		if (colon == NULL)
			return give_up(p);
		*colon = '\0';
		if (yaml_tree_get(map, key) != NULL)
			return give_up(p);
		p->at = colon + 1;
		node = read_entry(p, column, depth);
		if (node == NULL)
			return NULL;
		node->key = key;
		node->key_line = line;
		*tail = node;
	}
	return p->column > column ? give_up(p) : map;
}

enum yaml_plain yaml_plain_parse(struct arena *arena, const char *text, size_t len, struct yaml_node **root_r)
{
	struct plain p = {.arena = arena, .result = YAML_PLAIN_READ};
	struct yaml_node *root = NULL;
	char *copy;

	if (has_odd((const unsigned char *)text, len))
		return YAML_PLAIN_OTHER;
	copy = arena_alloc(arena, len + 2);
	if (copy == NULL)
		return YAML_PLAIN_NOMEM;
	copy[0] = '\n'; /* so that the first line begins as all others do */
	memcpy(copy + 1, text, len);
	p.at = copy;
	p.end = copy + 1 + len;
	next_content(&p);
	if (p.column >= 0)
		root = at_dash(&p) ? read_list(&p, 0) : read_map(&p, 0);
	if (p.result == YAML_PLAIN_READ && (root == NULL || p.column >= 0))
		(void)give_up(&p);
	if (p.result == YAML_PLAIN_READ)
		*root_r = root;
	return p.result;
}
