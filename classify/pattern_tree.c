/*
 * pattern_tree.c - reads the subset of pcre2's syntax that rules are written in; single characters and classes of them
 * are read by pattern_class.c.
 *
 * pcre2 has accepted the pattern or will refuse it later, so this parser need not find mistakes: where something looks
 * odd it gives up, which costs speed and nothing else. It errs on one side only: a node may stand for more strings
 * than pcre2 would match, never for fewer. Case is ignored throughout, even behind (?-i), as in the normalised text.
 */
#include <string.h>

#include "classify/pattern_tree_impl.h"
#include "utf8.h"

#define NESTING_MAX 60
#define NODES_AT_ONCE 20

static struct node *parse_alternatives(struct parser *p);

/* ---- nodes ------------------------------------------------------------------------------------------------------ */

struct node *parser_give_up(struct parser *p)
{
	p->failed = true;
	return NULL;
}

struct node *parser_node(struct parser *p, enum node_kind kind)
{
	struct node *node;

	if (p->spare_count == 0) {
		p->spare = arena_array(p->arena, NODES_AT_ONCE, sizeof *p->spare);
		if (!p->spare)
			return parser_give_up(p);
		p->spare_count = NODES_AT_ONCE;
	}
	node = p->spare++;
	p->spare_count--;
	node->kind = kind;
	return node;
}

static void node_add(struct node *parent, struct node *child)
{
	if (parent->last)
		parent->last->next = child;
	else
		parent->child = child;
	parent->last = child;
}

struct node *parser_char(struct parser *p, uint32_t c)
{
	struct node *node = parser_node(p, NODE_SET);

	if (!node)
		return NULL;
	node->single = true;
	node->byte = c >= 'a' && c <= 'z' ? (unsigned char)c : normal_byte(c);
	node->words = node->byte >= NORMAL_OPAQUE || normal_word_byte(node->byte);
	node->outside[0] = node->outside[1] = !normal_word_byte(node->byte);
	node->run = (const char *)&node->byte;
	node->run_len = 1;
	set_add(node, node->byte);
	p->inexact |= node->byte == ' ' && c != ' ';
	return node;
}

struct node *parser_any(struct parser *p)
{
	struct node *node = parser_node(p, NODE_SET);

	if (node)
		set_add_range(node, 0, NORMAL_BYTES - 1);
	return node;
}

struct node *parser_repeat(struct parser *p, struct node *child, uint32_t min, uint32_t max)
{
	struct node *node = parser_node(p, NODE_REP);

	if (!node || !child)
		return parser_give_up(p);
	node->min = min;
	node->max = max;
	node_add(node, child);
	return node;
}

bool parser_skip(struct parser *p, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(p->end - p->at) < len || memcmp(p->at, word, len) != 0)
		return false;
	p->at += len;
	return true;
}

/* ---- groups ----------------------------------------------------------------------------------------------------- */

/* Content up to and with the closing bracket. Option settings end with the group. */
static struct node *group_content(struct parser *p)
{
	bool extended = p->extended;
	struct node *node;

	if (++p->depth > NESTING_MAX)
		return parser_give_up(p);
	node = parse_alternatives(p);
	if (p->failed || p->at == p->end || *p->at != ')')
		return parser_give_up(p);
	p->at++;
	p->depth--;
	p->extended = extended;
	return node;
}

/* "(?imsx-imsx)" or "(?imsx-imsx:...)", p->at behind the question mark. */
static struct node *parse_options(struct parser *p)
{
	bool extended = p->extended, outer = p->extended, on = true;
	struct node *node;

	p->inexact = p->cased = true;
	for (; p->at < p->end && strchr("imsxnJU-", *p->at) && *p->at; p->at++) {
		p->lines |= *p->at == 'm';
		if (*p->at == '-')
			on = false;
		if (*p->at == 'x')
			extended = on;
		if (*p->at == 'x' && p->end - p->at > 1 && p->at[1] == 'x')
			return parser_give_up(p); /* (?xx) changes classes too */
	}
	if (p->at == p->end || (*p->at != ')' && *p->at != ':'))
		return parser_give_up(p);
	p->extended = extended;
	if (*p->at++ == ')')
		return parser_node(p, NODE_ZERO);
	node = group_content(p);
	p->extended = outer;
	return node;
}

static bool skip_name(struct parser *p, char close)
{
	while (p->at < p->end && *p->at != close) {
		char c = *p->at++;

		if (c != '_' && !(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z'))
			return false;
	}
	return p->at < p->end && *p->at++ == close;
}

/* Behind "(". */
static struct node *parse_group(struct parser *p)
{
	if (p->at < p->end && *p->at == '*')
		return parser_give_up(p);
	if (!parser_skip(p, "?"))
		return group_content(p);
	if (parser_skip(p, ":") || parser_skip(p, "|"))
		return group_content(p);
	p->inexact |= p->at < p->end && strchr(">=!", *p->at);
	p->inexact |= p->end - p->at > 1 && *p->at == '<' && strchr("=!", p->at[1]);
	if (parser_skip(p, ">"))
		return group_content(p);
	if (parser_skip(p, "=") || parser_skip(p, "!") || parser_skip(p, "<=") || parser_skip(p, "<!"))
		return group_content(p) ? parser_node(p, NODE_ZERO) : NULL;
	if (parser_skip(p, "<") || parser_skip(p, "P<"))
		return skip_name(p, '>') ? group_content(p) : parser_give_up(p);
	if (parser_skip(p, "'"))
		return skip_name(p, '\'') ? group_content(p) : parser_give_up(p);
	return parse_options(p);
}

/* ---- sequences -------------------------------------------------------------------------------------------------- */

/* Comments, and with (?x) white space: they may stand before an item and before its quantifier. */
static void skip_comments(struct parser *p)
{
	while (p->at < p->end && !p->failed) {
		if (p->end - p->at >= 3 && memcmp(p->at, "(?#", 3) == 0) {
			p->at = memchr(p->at, ')', (size_t)(p->end - p->at));
			if (!p->at) {
				p->at = p->end;
				(void)parser_give_up(p);
				return;
			}
			p->at++;
		} else if (p->extended && (*p->at == ' ' || (*p->at >= '\t' && *p->at <= '\r'))) {
			p->at++;
		} else if (p->extended && *p->at == '#') {
			const char *line_end = memchr(p->at, '\n', (size_t)(p->end - p->at));

			p->at = line_end ? line_end + 1 : p->end;
		} else if (p->extended && (unsigned char)*p->at >= 0x80) {
			(void)parser_give_up(p); /* might be white space to pcre2 */
		} else {
			return;
		}
	}
}

static void skip_ignored(struct parser *p)
{
	if (p->extended || (p->end - p->at > 2 && p->at[0] == '(' && p->at[1] == '?' && p->at[2] == '#'))
		skip_comments(p);
}

static bool read_number(struct parser *p, uint32_t *n_r)
{
	uint32_t n = 0;
	int digits = 0;

	for (; p->at < p->end && *p->at >= '0' && *p->at <= '9' && digits < 5; digits++)
		n = n * 10 + (uint32_t)(*p->at++ - '0');
	if (digits == 0 || n > 65535)
		return false;
	*n_r = n;
	return true;
}

/* Is there a quantifier? 1 read, 0 none, -1 gives up. */
static int read_quantifier(struct parser *p, uint32_t *min_r, uint32_t *max_r)
{
	char c = p->at < p->end ? *p->at : '\0';

	if (c == '*' || c == '+' || c == '?') {
		p->at++;
		*min_r = c == '+';
		*max_r = c == '?' ? 1 : REP_ENDLESS;
		return 1;
	}
	if (c != '{')
		return 0;
	p->at++;
	if (!read_number(p, min_r))
		return -1; /* a plain brace, or a form that versions of pcre2 read differently */
	*max_r = *min_r;
	if (parser_skip(p, ",")) {
		*max_r = REP_ENDLESS;
		if (p->at < p->end && *p->at != '}' && !read_number(p, max_r))
			return -1;
	}
	return parser_skip(p, "}") && *max_r >= *min_r ? 1 : -1;
}

static struct node *parse_atom(struct parser *p)
{
	char c = *p->at;
	size_t step;
	uint32_t character;

	switch (c) {
	case '\\':
		p->at++;
		return parse_escape(p);
	case '[':
		p->at++;
		return parse_class(p);
	case '(':
		p->at++;
		return parse_group(p);
	case '.':
		p->at++;
		return parser_any(p);
	case '^':
		p->at++;
		return parser_node(p, p->lines ? NODE_ZERO : NODE_BEGIN);
	case '$':
		p->at++;
		p->inexact = true;
		return parser_node(p, NODE_ZERO);
	case '*':
	case '+':
	case '?':
	case '{':
		return parser_give_up(p);
	default:
		if ((unsigned char)c < 0x80) {
			p->at++;
			return parser_char(p, (uint32_t)c);
		}
		character = utf8_decode(p->at, p->end, &step);
		p->at += step;
		return parser_char(p, character);
	}
}

static struct node *parse_item(struct parser *p)
{
	struct node *node = parse_atom(p);
	uint32_t min, max;
	bool lazy = false;
	int found;

	if (p->failed)
		return NULL;
	skip_ignored(p);
	found = read_quantifier(p, &min, &max);
	if (found == 0)
		return node;
	if (found < 0)
		return parser_give_up(p);
	skip_ignored(p);
	if (p->at < p->end && (*p->at == '?' || *p->at == '+')) { /* other choices among the same strings, or fewer */
		lazy = *p->at == '?';
		p->inexact |= !lazy;
		p->at++;
	}
	node = parser_repeat(p, node, min, max);
	if (node)
		node->lazy = lazy;
	return node;
}

/* May a character say how often the one before it is to come, now or behind a comment? */
static bool may_repeat(char c)
{
	return c == '*' || c == '+' || c == '?' || c == '{' || c == '(';
}

static bool add_letters(struct parser *p, struct node *cat, const char *letters, size_t len)
{
	for (size_t i = 0; i < len; i += p->runs ? len : 1) {
		struct node *node = parser_char(p, (uint32_t)letters[i]);

		if (!node)
			return false;
		if (p->runs) {
			node->run = letters;
			node->run_len = (uint32_t)len;
		}
		node_add(cat, node);
	}
	return true;
}

/* Most of a pattern: small letters up to one behind which a quantifier (or a comment) may stand. */
static bool parse_letters(struct parser *p, struct node *cat)
{
	const char *from = p->at, *stop = from;

	while (stop < p->end && *stop >= 'a' && *stop <= 'z')
		stop++;
	stop -= stop > from && (stop == p->end || may_repeat(*stop));
	p->at = stop;
	return add_letters(p, cat, from, (size_t)(stop - from));
}

static struct node *parse_sequence(struct parser *p)
{
	struct node *cat = parser_node(p, NODE_CAT);

	for (;;) {
		struct node *item;

		if (cat && !p->extended && !parse_letters(p, cat))
			return NULL;
		skip_ignored(p);
		if (p->failed)
			return NULL;
		if (p->at == p->end || *p->at == '|' || *p->at == ')')
			return cat;
		item = parse_item(p);
		if (p->failed || !item)
			return parser_give_up(p);
		node_add(cat, item);
	}
}

static struct node *parse_alternatives(struct parser *p)
{
	struct node *first = parse_sequence(p), *alt;

	if (p->failed || p->at == p->end || *p->at != '|')
		return first;
	alt = parser_node(p, NODE_ALT);
	if (!alt)
		return NULL;
	node_add(alt, first);
	while (p->at < p->end && *p->at == '|') {
		struct node *more;

		p->at++;
		more = parse_sequence(p);
		if (p->failed)
			return NULL;
		node_add(alt, more);
	}
	return alt;
}

static struct node *tree_of(struct parser p, bool *exact_r)
{
	struct node *tree = parse_alternatives(&p);

	if (p.failed || p.at != p.end)
		return NULL;
	if (exact_r)
		*exact_r = !p.inexact;
	return tree;
}

struct node *pattern_tree(struct arena *arena, const char *text, size_t len, bool *exact_r)
{
	return tree_of((struct parser){.arena = arena, .at = text, .end = text + len}, exact_r);
}

struct node *pattern_tree_of_runs(struct arena *arena, const char *text, size_t len, bool *exact_r)
{
	return tree_of((struct parser){.arena = arena, .at = text, .end = text + len, .runs = true}, exact_r);
}
