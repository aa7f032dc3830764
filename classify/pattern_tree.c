/*
 * pattern_tree.c - reads the subset of pcre2's syntax that rules are written in.
 *
 * pcre2 has accepted the pattern or will refuse it later, so this parser need not find mistakes: where something looks
 * odd it gives up, which costs speed and nothing else. It errs on one side only: a node may stand for more strings
 * than pcre2 would match, never for fewer. Case is ignored throughout, even behind (?-i), as in the normalised text.
 */
#include <string.h>

#include "classify/pattern_tree.h"
#include "utf8.h"
#include "hex.h"

#define NESTING_MAX 60
#define NODES_AT_ONCE 20

struct parser {
	struct arena *arena;
	struct node *spare; /* nodes are allocated so many at a time, */
	size_t spare_count; /* ... and so many are left */
	const char *at, *end;
	bool runs;     /* are asked for */
	bool extended; /* (?x): white space and #-comments of the pattern do not count */
	bool cased;    /* (?-i) may have been seen */
	bool lines;    /* (?m) was seen: ^ stands at more places than the beginning */
	bool inexact;  /* something was read of which the tree knows less than pcre2 */
	bool failed;
	int depth;
};

static struct node *parse_alternatives(struct parser *p);

/* ---- nodes ------------------------------------------------------------------------------------------------------ */

static struct node *give_up(struct parser *p)
{
	p->failed = true;
	return NULL;
}

static struct node *node_new(struct parser *p, enum node_kind kind)
{
	struct node *node;

	if (p->spare_count == 0) {
		p->spare = arena_array(p->arena, NODES_AT_ONCE, sizeof *p->spare);
		if (!p->spare)
			return give_up(p);
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

static void set_add(struct node *node, unsigned byte)
{
	node->set[byte / 64] |= (uint64_t)1 << (byte % 64);
}

static void set_add_range(struct node *node, unsigned low, unsigned high)
{
	for (unsigned word = low / 64; word <= high / 64; word++) {
		unsigned from = word == low / 64 ? low % 64 : 0, to = word == high / 64 ? high % 64 : 63;

		node->set[word] |= ~(uint64_t)0 >> (63 - (to - from)) << from;
	}
}

static struct node *node_char(struct parser *p, uint32_t c)
{
	struct node *node = node_new(p, NODE_SET);

	if (!node)
		return NULL;
	node->single = true;
	node->byte = c >= 'a' && c <= 'z' ? (unsigned char)c : normal_byte(c);
	node->words = node->byte >= NORMAL_OPAQUE || normal_word_byte(node->byte);
	node->outside[0] = node->outside[1] = !normal_word_byte(node->byte);
	set_add(node, node->byte);
	p->inexact |= node->byte == ' ' && c != ' ';
	return node;
}

static struct node *node_any(struct parser *p)
{
	struct node *node = node_new(p, NODE_SET);

	if (node)
		set_add_range(node, 0, NORMAL_BYTES - 1);
	return node;
}

static struct node *node_repeat(struct parser *p, struct node *child, uint32_t min, uint32_t max)
{
	struct node *node = node_new(p, NODE_REP);

	if (!node || !child)
		return give_up(p);
	node->min = min;
	node->max = max;
	node_add(node, child);
	return node;
}

static bool skip(struct parser *p, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(p->end - p->at) < len || memcmp(p->at, word, len) != 0)
		return false;
	p->at += len;
	return true;
}

/* ---- escapes ---------------------------------------------------------------------------------------------------- */

/* Behind "\x": hh or {h...}. */
static bool read_hex(struct parser *p, uint32_t *c_r)
{
	bool braces = p->at < p->end && *p->at == '{';
	uint32_t c = 0;
	int digits = 0;

	p->at += braces;
	for (; p->at < p->end && hex_value(*p->at) >= 0 && digits < (braces ? 6 : 2); digits++)
		c = c * 16 + (uint32_t)hex_value(*p->at++);
	if (digits == 0 || c > 0x10FFFF)
		return false;
	if (braces && (p->at == p->end || *p->at++ != '}'))
		return false;
	*c_r = c;
	return true;
}

/* The character that an escape stands for, `c` being behind the backslash and p->at behind c. false: not known. */
static bool escape_char(struct parser *p, char c, uint32_t *c_r)
{
	static const char names[] = "tnrfae", values[] = "\t\n\r\f\a\033";
	const char *name = c ? strchr(names, c) : NULL;

	if (name) {
		*c_r = (unsigned char)values[name - names];
		return true;
	}
	if (c == 'x')
		return read_hex(p, c_r);
	if ((unsigned char)c >= 0x80 || c < ' ' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	    (c >= 'A' && c <= 'Z'))
		return false;
	*c_r = (unsigned char)c;
	return true;
}

/* Adds what \d \w \s and their like may normalise to. false: no such class. p->at is behind c. */
static bool escape_class(struct parser *p, char c, struct node *set)
{
	switch (c) {
	case 'd':
		set_add_range(set, '0', '9');
		set_add(set, NORMAL_OPAQUE);
		return true;
	case 'w':
		set_add_range(set, 'a', 'z');
		set_add_range(set, '0', '9');
		set_add(set, '_');
		set_add_range(set, NORMAL_OPAQUE, NORMAL_BYTES - 1);
		return true;
	case 'v':
		p->inexact = true;
		set_add(set, ' ');
		return true;
	case 's':
	case 'h':
		set_add(set, ' ');
		return true;
	case 'D':
	case 'W':
	case 'S':
	case 'H':
	case 'V':
		p->inexact = true;
		set_add_range(set, 0, NORMAL_BYTES - 1);
		return true;
	case 'p':
	case 'P':
		p->inexact = true;
		if (p->at == p->end)
			return false;
		if (*p->at == '{')
			p->at = memchr(p->at, '}', (size_t)(p->end - p->at));
		if (!p->at) {
			p->at = p->end;
			return false;
		}
		p->at++;
		set_add_range(set, 0, NORMAL_BYTES - 1);
		return true;
	default:
		return false;
	}
}

/* All of ASCII that is not of the class, and all that may or may not be. No other character is read as one of \s. */
static struct node *node_not(struct parser *p, struct node *set, char class)
{
	if (!escape_class(p, class, set))
		return give_up(p);
	for (size_t i = 0; i < ARRAY_LEN(set->set); i++)
		set->set[i] = i < NORMAL_OPAQUE / 64 ? ~set->set[i] : ~(uint64_t)0;
	return set;
}

static struct node *parse_escape(struct parser *p)
{
	struct node *set;
	uint32_t character;
	char c;

	if (p->at == p->end)
		return give_up(p);
	c = *p->at++;
	if (c == 'b')
		return node_new(p, NODE_BOUND);
	if (c == 'A')
		return node_new(p, NODE_BEGIN);
	p->inexact |= c == 'B' || c == 'z' || c == 'Z' || c == 'R';
	if (c == 'B' || c == 'z' || c == 'Z')
		return node_new(p, NODE_ZERO);
	if (c == 'R') /* a line break: one character, or CR LF */
		return node_repeat(p, node_char(p, '\n'), 1, 2);
	set = node_new(p, NODE_SET);
	if (!set)
		return NULL;
	if (c == 'D' || c == 'W' || c == 'S')
		return node_not(p, set, (char)(c - 'A' + 'a'));
	if (escape_class(p, c, set))
		return set;
	if (!escape_char(p, c, &character))
		return give_up(p);
	return node_char(p, character);
}

/* ---- classes ---------------------------------------------------------------------------------------------------- */

#define RANGE_LISTED 64 /* characters of a range beyond ASCII that are looked at one by one */

/* What the characters low..high may normalise to. */
static void class_add_range(struct parser *p, struct node *set, uint32_t low, uint32_t high)
{
	for (uint32_t c = low; c <= high && (c < 0x80 || high - low < RANGE_LISTED); c++) {
		set_add(set, normal_byte(c));
		p->inexact |= normal_byte(c) == ' ' && c != ' ';
	}
	if (high >= 0x80 && high - low >= RANGE_LISTED) { /* may hold any of these; which does not matter */
		set_add_range(set, NORMAL_OPAQUE, NORMAL_BYTES - 1);
		set_add(set, ' ');
		set_add(set, 's');
		set_add(set, 'k');
		p->inexact = true;
	}
}

/* One character of a class or a class escape (added to set; *single_r false). false: not understood. */
static bool class_item(struct parser *p, struct node *set, uint32_t *c_r, bool *single_r)
{
	size_t step;

	*single_r = true;
	if (p->at == p->end)
		return false;
	if (*p->at != '\\') {
		*c_r = utf8_decode(p->at, p->end, &step);
		p->at += step;
		return true;
	}
	if (++p->at == p->end)
		return false;
	if (*p->at == 'b') { /* a backspace here */
		p->at++;
		*c_r = '\b';
		return true;
	}
	if (escape_class(p, *p->at++, set)) {
		*single_r = false;
		return true;
	}
	return !p->failed && escape_char(p, p->at[-1], c_r);
}

/* "[:alpha:]" or "[:^alpha:]"; anything else that begins like it is not worth the doubt. */
static bool skip_posix_name(struct parser *p)
{
	if (!skip(p, "[:"))
		return false;
	(void)skip(p, "^"); /* either form */
	while (p->at < p->end && *p->at >= 'a' && *p->at <= 'z')
		p->at++;
	return skip(p, ":]");
}

/* Behind "[". Negated classes and those with [:names:] stand for every character. */
static struct node *parse_class(struct parser *p)
{
	struct node *set = node_new(p, NODE_SET);
	bool negated, all = false, first = true, doubt = p->inexact;
	bool blank = false; /* white space is named one by one, not by \s */

	if (!set)
		return NULL;
	p->inexact = false; /* of this class, for now */
	negated = p->at < p->end && *p->at == '^';
	p->at += negated;
	for (;; first = false) {
		uint32_t low, high;
		bool single;

		if (p->at == p->end)
			return give_up(p);
		if (*p->at == ']' && !first)
			break;
		if (*p->at == '[' && p->end - p->at > 1 && strchr(":.=", p->at[1])) {
			if (!skip_posix_name(p))
				return give_up(p);
			all = true;
			continue;
		}
		if (!class_item(p, set, &low, &single))
			return give_up(p);
		if (!single)
			continue;
		high = low;
		if (p->end - p->at > 1 && *p->at == '-' && p->at[1] != ']') {
			p->at++;
			if (*p->at == '[' || !class_item(p, set, &high, &single) || !single || high < low)
				return give_up(p);
		}
		class_add_range(p, set, low, high);
		blank |= low <= ' ' && high >= '\t';
	}
	p->at++;
	if (negated && !all && !p->inexact && !blank && !p->cased) {
		p->inexact = doubt;
		for (size_t i = 0; i < ARRAY_LEN(set->set); i++)
			set->set[i] = i < NORMAL_OPAQUE / 64 ? ~set->set[i] : ~(uint64_t)0;
		return set;
	}
	p->inexact |= doubt || negated || all;
	return negated || all ? node_any(p) : set;
}

/* ---- groups ----------------------------------------------------------------------------------------------------- */

/* Content up to and with the closing bracket. Option settings end with the group. */
static struct node *group_content(struct parser *p)
{
	bool extended = p->extended;
	struct node *node;

	if (++p->depth > NESTING_MAX)
		return give_up(p);
	node = parse_alternatives(p);
	if (p->failed || p->at == p->end || *p->at != ')')
		return give_up(p);
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
			return give_up(p); /* (?xx) changes classes too */
	}
	if (p->at == p->end || (*p->at != ')' && *p->at != ':'))
		return give_up(p);
	p->extended = extended;
	if (*p->at++ == ')')
		return node_new(p, NODE_ZERO);
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
		return give_up(p);
	if (!skip(p, "?"))
		return group_content(p);
	if (skip(p, ":") || skip(p, "|"))
		return group_content(p);
	p->inexact |= p->at < p->end && strchr(">=!", *p->at);
	p->inexact |= p->end - p->at > 1 && *p->at == '<' && strchr("=!", p->at[1]);
	if (skip(p, ">"))
		return group_content(p);
	if (skip(p, "=") || skip(p, "!") || skip(p, "<=") || skip(p, "<!"))
		return group_content(p) ? node_new(p, NODE_ZERO) : NULL;
	if (skip(p, "<") || skip(p, "P<"))
		return skip_name(p, '>') ? group_content(p) : give_up(p);
	if (skip(p, "'"))
		return skip_name(p, '\'') ? group_content(p) : give_up(p);
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
				(void)give_up(p);
				return;
			}
			p->at++;
		} else if (p->extended && (*p->at == ' ' || (*p->at >= '\t' && *p->at <= '\r'))) {
			p->at++;
		} else if (p->extended && *p->at == '#') {
			const char *line_end = memchr(p->at, '\n', (size_t)(p->end - p->at));

			p->at = line_end ? line_end + 1 : p->end;
		} else if (p->extended && (unsigned char)*p->at >= 0x80) {
			(void)give_up(p); /* might be white space to pcre2 */
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
	if (skip(p, ",")) {
		*max_r = REP_ENDLESS;
		if (p->at < p->end && *p->at != '}' && !read_number(p, max_r))
			return -1;
	}
	return skip(p, "}") && *max_r >= *min_r ? 1 : -1;
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
		return node_any(p);
	case '^':
		p->at++;
		return node_new(p, p->lines ? NODE_ZERO : NODE_BEGIN);
	case '$':
		p->at++;
		p->inexact = true;
		return node_new(p, NODE_ZERO);
	case '*':
	case '+':
	case '?':
	case '{':
		return give_up(p);
	default:
		if ((unsigned char)c < 0x80) {
			p->at++;
			return node_char(p, (uint32_t)c);
		}
		character = utf8_decode(p->at, p->end, &step);
		p->at += step;
		return node_char(p, character);
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
		return give_up(p);
	skip_ignored(p);
	if (p->at < p->end && (*p->at == '?' || *p->at == '+')) { /* other choices among the same strings, or fewer */
		lazy = *p->at == '?';
		p->inexact |= !lazy;
		p->at++;
	}
	node = node_repeat(p, node, min, max);
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
		struct node *node = node_char(p, (uint32_t)letters[i]);

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
	struct node *cat = node_new(p, NODE_CAT);

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
			return give_up(p);
		node_add(cat, item);
	}
}

static struct node *parse_alternatives(struct parser *p)
{
	struct node *first = parse_sequence(p), *alt;

	if (p->failed || p->at == p->end || *p->at != '|')
		return first;
	alt = node_new(p, NODE_ALT);
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
