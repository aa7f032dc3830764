/*
 * pattern_class.c - what stands in a pattern for one character: escapes and classes; see pattern_tree.c.
 */
#include <string.h>

#include "classify/pattern_tree_impl.h"
#include "hex.h"
#include "utf8.h"

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
		return parser_give_up(p);
	for (size_t i = 0; i < ARRAY_LEN(set->set); i++)
		set->set[i] = i < NORMAL_OPAQUE / 64 ? ~set->set[i] : ~(uint64_t)0;
	return set;
}

struct node *parse_escape(struct parser *p)
{
	struct node *set;
	uint32_t character;
	char c;

	if (p->at == p->end)
		return parser_give_up(p);
	c = *p->at++;
	if (c == 'b')
		return parser_node(p, NODE_BOUND);
	if (c == 'A')
		return parser_node(p, NODE_BEGIN);
	p->inexact |= c == 'B' || c == 'z' || c == 'Z' || c == 'R';
	if (c == 'B' || c == 'z' || c == 'Z')
		return parser_node(p, NODE_ZERO);
	if (c == 'R') /* a line break: one character, or CR LF */
		return parser_repeat(p, parser_char(p, '\n'), 1, 2);
	set = parser_node(p, NODE_SET);
	if (!set)
		return NULL;
	if (c == 'D' || c == 'W' || c == 'S')
		return node_not(p, set, (char)(c - 'A' + 'a'));
	if (escape_class(p, c, set))
		return set;
	if (!escape_char(p, c, &character))
		return parser_give_up(p);
	return parser_char(p, character);
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
	if (!parser_skip(p, "[:"))
		return false;
	(void)parser_skip(p, "^"); /* either form */
	while (p->at < p->end && *p->at >= 'a' && *p->at <= 'z')
		p->at++;
	return parser_skip(p, ":]");
}

/* Behind "[". Negated classes and those with [:names:] stand for every character. */
struct node *parse_class(struct parser *p)
{
	struct node *set = parser_node(p, NODE_SET);
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
			return parser_give_up(p);
		if (*p->at == ']' && !first)
			break;
		if (*p->at == '[' && p->end - p->at > 1 && strchr(":.=", p->at[1])) {
			if (!skip_posix_name(p))
				return parser_give_up(p);
			all = true;
			continue;
		}
		if (!class_item(p, set, &low, &single))
			return parser_give_up(p);
		if (!single)
			continue;
		high = low;
		if (p->end - p->at > 1 && *p->at == '-' && p->at[1] != ']') {
			p->at++;
			if (*p->at == '[' || !class_item(p, set, &high, &single) || !single || high < low)
				return parser_give_up(p);
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
	return negated || all ? parser_any(p) : set;
}
