/*
 * yaml_plain.c - see yaml_plain.h. A program that judges one post reads a megabyte of rules first, and libyaml, made
 * for all that YAML is, takes a hundred instructions for each byte.
 *
 * This is no second YAML parser to trust: it knows lists and maps by indentation, and values of one line each, and
 * gives up at anything else: flow style, blocks of text, values of several lines, tabs, keys that are no plain words, a
 * key twice, and everything that is wrong. Then libyaml reads the file and says what is. Tests compare the two on the
 * shipped files, on every cut of one and in a fuzzer.
 */
#include "watcher/base/yaml_plain.h"

#include <string.h>

#include "jsonio.h"

enum {
	PLAIN_MAX = 256 << 10, /* bytes; what giving up may leave in the arena is bounded by it */
	DEPTH_MAX = 8,
	KEY_MAX = 64
};

/* A place in the text; every reading function moves it and returns false to give up. */
struct plain {
	struct arena *arena;
	const char *start; /* of the line */
	const char *at, *end;
	int line;
	bool over; /* no further line says anything */
};

/* ---- characters ---- */

/* Is the byte at `at` no part of a character that YAML refuses, or breaks a line at (but for the line feed)? */
static bool is_ordinary(const char *at, const char *end)
{
	const unsigned char *byte = (const unsigned char *)at;

	if (*byte < 0x80)
		return (*byte >= 0x20 && *byte != 0x7f) || *byte == '\n';
	if (*byte == 0xc2) /* control characters of Latin 1, a line break among them */
		return byte[1] >= 0xa0;
	if (end - at < 3)
		return true;
	if (*byte == 0xe2) /* separators of lines and of paragraphs */
		return byte[1] != 0x80 || (byte[2] != 0xa8 && byte[2] != 0xa9);
	/* the mark of byte order, and what is no character */
	return *byte != 0xef || ((byte[1] != 0xbb || byte[2] != 0xbf) && (byte[1] != 0xbf || byte[2] < 0xbe));
}

static bool all_ordinary(const char *at, const char *end)
{
	for (; at < end; at++) {
		while (end - at >= 8) {
			uint64_t eight = json_eight(at);
			size_t plain = json_before(json_below(eight, 0x20) | json_equal(eight, 0x7f) |
						   (eight & JSON_EIGHT(0x80)));

			at += plain;
			if (plain < 8)
				break;
		}
		if (at < end && !is_ordinary(at, end))
			return false;
	}
	return true;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* ---- lines ---- */

static int column(const struct plain *p)
{
	return (int)(p->at - p->start);
}

static void skip_spaces(struct plain *p)
{
	while (p->at < p->end && *p->at == ' ')
		p->at++;
}

static bool at_line_end(const struct plain *p)
{
	return p->at == p->end || *p->at == '\n';
}

/* From a line's beginning to the first line that says something. */
static void find_line(struct plain *p)
{
	for (;; p->line++, p->at++) {
		p->start = p->at;
		skip_spaces(p);
		if (p->at < p->end && *p->at == '#') {
			p->at = memchr(p->at, '\n', (size_t)(p->end - p->at));
			p->at = p->at ? p->at : p->end;
		}
		p->over = p->at == p->end;
		if (p->over || *p->at != '\n')
			return;
	}
}

/* From a line's end. */
static void next_line(struct plain *p)
{
	p->over = p->at == p->end;
	if (p->over)
		return;
	p->at++;
	p->line++;
	find_line(p);
}

/* ---- values of one line ---- */

static bool keep(struct plain *p, struct yaml_node *node, const char *text, size_t len)
{
	node->text = arena_strndup(p->arena, text, len);
	node->len = len;
	return node->text != NULL;
}

/* 'It''s', p->at behind the first quote; a quote that is doubled is one of the text. */
static bool read_quoted(struct plain *p, const char *stop, struct yaml_node *node)
{
	char *out = arena_alloc(p->arena, (size_t)(stop - p->at) + 1);

	node->text = out;
	while (out) {
		const char *quote = memchr(p->at, '\'', (size_t)(stop - p->at));
		size_t len;

		if (!quote)
			return false;
		len = (size_t)(quote - p->at);
		memcpy(out, p->at, len);
		out += len;
		p->at = quote + 1;
		if (p->at == stop || *p->at != '\'')
			break;
		*out++ = *p->at++;
	}
	node->len = (size_t)(out - node->text);
	return out && p->at == stop;
}

/* Without escapes. */
static bool read_double_quoted(struct plain *p, const char *stop, struct yaml_node *node)
{
	const char *quote = memchr(p->at, '"', (size_t)(stop - p->at));

	return quote && quote + 1 == stop && !memchr(p->at, '\\', (size_t)(stop - p->at)) &&
	       keep(p, node, p->at, (size_t)(quote - p->at));
}

static bool read_bare(struct plain *p, const char *stop, struct yaml_node *node)
{
	const char *first = p->at + (*p->at == '-');

	if (first == stop || (!is_letter(*first) && !is_digit(*first) && *first != '.'))
		return false;
	for (const char *at = p->at; at < stop; at++)
		if ((*at == ':' && (at + 1 == stop || at[1] == ' ')) || (*at == '#' && at[-1] == ' '))
			return false;
	node->plain = true;
	return keep(p, node, p->at, (size_t)(stop - p->at));
}

/* Up to the line's end, and on to the next. */
static bool read_scalar(struct plain *p, struct yaml_node *node)
{
	const char *line_end = memchr(p->at, '\n', (size_t)(p->end - p->at)), *stop;
	bool ok;

	line_end = line_end ? line_end : p->end;
	for (stop = line_end; stop[-1] == ' ';) /* ends: there is a value */
		stop--;
	node->kind = YAML_SCALAR;
	node->line = p->line;
	if (*p->at == '\'' || *p->at == '"')
		ok = *p->at++ == '\'' ? read_quoted(p, stop, node) : read_double_quoted(p, stop, node);
	else
		ok = read_bare(p, stop, node);
	p->at = line_end;
	next_line(p);
	return ok;
}

/* ---- lists and maps ---- */

static bool read_map(struct plain *p, int depth, struct yaml_node *map);
static bool read_list(struct plain *p, int depth, struct yaml_node *list);

static bool is_item(const struct plain *p)
{
	return *p->at == '-' && p->end - p->at > 1 && p->at[1] == ' ';
}

/* The bytes of the key at p->at, a colon and the end of a word behind them; 0: there is none. */
static size_t key_len(const struct plain *p)
{
	size_t left = (size_t)(p->end - p->at), len = 0;

	while (len < left && len <= KEY_MAX && (is_letter(p->at[len]) || is_digit(p->at[len]) || p->at[len] == '_'))
		len++;
	if (len == left || len > KEY_MAX || p->at[len] != ':' || !is_letter(*p->at))
		return 0;
	return len + 1 == left || p->at[len + 1] == ' ' || p->at[len + 1] == '\n' ? len : 0;
}

/* Both stand on lines of their own. */
static bool read_block(struct plain *p, int depth, struct yaml_node *node)
{
	return is_item(p) ? read_list(p, depth, node) : read_map(p, depth, node);
}

/* Does the next entry of a block stand here? 1 yes, 0 the block is over, -1 gives up. */
static int more_at(const struct plain *p, int col)
{
	if (p->over || column(p) < col)
		return 0;
	return column(p) == col ? 1 : -1;
}

static bool read_list(struct plain *p, int depth, struct yaml_node *list)
{
	struct yaml_node **tail = &list->child;
	int col = column(p), more = 1;

	list->kind = YAML_LIST;
	list->line = p->line;
	for (; more > 0; more = more_at(p, col)) {
		struct yaml_node *node = arena_alloc(p->arena, sizeof(*node));

		if (node == NULL || !is_item(p) || depth == DEPTH_MAX)
			return false;
		p->at++;
		skip_spaces(p);
		if (at_line_end(p) || !(key_len(p) ? read_map(p, depth + 1, node) : read_scalar(p, node)))
			return false;
		*tail = node;
		tail = &node->next;
		list->count++;
	}
	return more == 0;
}

static bool read_entry(struct plain *p, int depth, const struct yaml_node *map, struct yaml_node *node)
{
	size_t len = key_len(p);
	int col = column(p);

	node->key = len ? arena_strndup(p->arena, p->at, len) : NULL;
	if (node->key == NULL || yaml_tree_get(map, node->key) != NULL)
		return false;
	node->key_line = p->line;
	p->at += len + 1;
	skip_spaces(p);
	if (!at_line_end(p))
		return read_scalar(p, node);
	next_line(p);
	return !p->over && column(p) > col && read_block(p, depth + 1, node);
}

static bool read_map(struct plain *p, int depth, struct yaml_node *map)
{
	struct yaml_node **tail = &map->child;
	int col = column(p), more = 1;

	map->kind = YAML_MAP;
	map->line = p->line;
	for (; more > 0; more = more_at(p, col)) {
		struct yaml_node *node = arena_alloc(p->arena, sizeof(*node));

		if (node == NULL || depth == DEPTH_MAX || !read_entry(p, depth, map, node))
			return false;
		*tail = node;
		tail = &node->next;
		map->count++;
	}
	return more == 0;
}

bool yaml_plain(struct arena *arena, const char *text, size_t len, struct yaml_node **root_r)
{
	struct plain p = {.arena = arena, .at = text, .end = text + len, .line = 1};
	struct yaml_node *root;

	if (len > PLAIN_MAX || !all_ordinary(text, text + len))
		return false;
	find_line(&p);
	if (p.over)
		return false;
	root = arena_alloc(arena, sizeof(*root));
	if (root == NULL || !read_block(&p, 0, root) || !p.over)
		return false;
	*root_r = root;
	return true;
}
