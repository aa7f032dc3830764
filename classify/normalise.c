/*
 * normalise.c - see normalise.h. This runs on every post, so eight bytes at once while they are ASCII with single
 * spaces; else one table look-up per ASCII byte.
 */
#include <stdlib.h>
#include <string.h>

#include "classify/eight.h"
#include "classify/normalise.h"
#include "utf8.h"

/* Spaces become one, odd ones (tabs, new lines) with a mark; letters become small. */
#define ODD 0x100u
#define TEN(n) n, n + 1, n + 2, n + 3, n + 4, n + 5, n + 6, n + 7, n + 8, n + 9
static const uint16_t ascii[0x80] = {
	0, 1, 2, 3, 4, 5, 6, 7, 8,
	' ' | ODD, ' ' | ODD, ' ' | ODD, ' ' | ODD, ' ' | ODD,
	TEN(14), 24, 25, 26, 27, 28, 29, 30, 31,
	' ', TEN(33), TEN(43), TEN(53), 63, '@',
	TEN('a'), TEN('k'), 'u', 'v', 'w', 'x', 'y', 'z',
	'[', '\\', ']', '^', '_', '`',
	TEN('a'), TEN('k'), 'u', 'v', 'w', 'x', 'y', 'z',
	'{', '|', '}', '~', 127,
};

static bool wide_space(uint32_t c)
{
	return c == 0x85 || c == 0xA0 || c == 0x1680 || c == 0x180E || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 ||
	       c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

/*
 * Currency, punctuation, arrows, symbols, emoji: blocks in which nothing has another case outside of them, but for the
 * micro, ohm and angstrom signs. (Numbers and letters in these blocks do no harm.)
 */
static bool sign(uint32_t c)
{
	return (c >= 0xA1 && c <= 0xBF && c != 0xB5) || (c >= 0x2010 && c <= 0x2125) || (c >= 0x2190 && c <= 0x245F) ||
	       (c >= 0x2500 && c <= 0x2BFF) || (c >= 0x1F000 && c <= 0x1FAFF);
}

unsigned char normal_byte(uint32_t c)
{
	if (c < 0x80)
		return (unsigned char)ascii[c];
	if (c == 0x17F)
		return 's';
	if (c == 0x212A)
		return 'k';
	if (wide_space(c))
		return ' ';
	return sign(c) ? (unsigned char)(NORMAL_SIGN + c % (NORMAL_BYTES - NORMAL_SIGN)) : NORMAL_OPAQUE;
}

static bool make_room(struct normal *n, size_t size)
{
	unsigned char *bytes;
	uint32_t *offset;

	if (size <= n->size)
		return true;
	bytes = realloc(n->bytes, size + NORMAL_PADDING);
	if (!bytes)
		return false;
	n->bytes = bytes;
	offset = realloc(n->offset, size * sizeof *offset);
	if (!offset)
		return false;
	n->offset = offset;
	n->size = size;
	return true;
}

/* ---- the pass --------------------------------------------------------------------------------------------------- */

struct pass {
	const char *text;
	size_t len, at; /* of the text; bytes up to `at` are done */
	size_t out;	/* bytes made */
	bool space;	/* the last was one */
	unsigned odd;	/* ODD if any white space was */
};

/*
 * The next eight bytes at once. false: something among them is not ASCII, or white space that is not a single space;
 * nothing was done.
 */
static inline bool take_eight(struct normal *n, struct pass *p)
{
	const char *text = p->text + p->at;
	uint64_t bytes, spaces;

	memcpy(&bytes, text, sizeof bytes);
	if (bytes & EIGHT(0x80u))
		return false;
	spaces = eight_between(bytes, ' ', ' ');
	/* Neighbours are neighbours at whichever end of the number the first byte is. */
	if ((spaces & spaces << 8) || (p->space && text[0] == ' ') || eight_between(bytes, '\t', '\r'))
		return false;
	bytes |= eight_between(bytes, 'A', 'Z') >> 2;
	memcpy(n->bytes + p->out, &bytes, sizeof bytes);
	for (uint32_t i = 0; i < 8; i++)
		n->offset[p->out + i] = (uint32_t)p->at + i;
	p->space = text[7] == ' ';
	p->out += 8;
	p->at += 8;
	return true;
}

static inline void take_one(struct normal *n, struct pass *p)
{
	unsigned char first = (unsigned char)p->text[p->at];
	size_t step = 1;
	unsigned value;
	bool again = p->space;

	if (first < 0x80) {
		value = ascii[first];
	} else {
		value = normal_byte(utf8_decode(p->text + p->at, p->text + p->len, &step));
		value |= value == ' ' ? ODD : 0;
	}
	p->odd |= value & ODD;
	p->space = (unsigned char)value == ' ';
	n->bytes[p->out] = (unsigned char)value;
	n->offset[p->out] = (uint32_t)p->at;
	p->out += !(p->space && again);
	p->at += step;
}

bool normalise(struct normal *n, const char *text, size_t len)
{
	struct pass p = {.text = text, .len = len};

	if (!make_room(n, len + 1))
		return false;
	while (p.at < len) {
		size_t end = len - p.at > 8 ? p.at + 8 : len;

		if (len - p.at >= 8 && take_eight(n, &p))
			continue;
		while (p.at < end)
			take_one(n, &p);
	}
	memset(n->bytes + p.out, 0, NORMAL_PADDING);
	n->odd_space = p.odd != 0;
	n->offset[p.out] = (uint32_t)len;
	n->len = p.out;
	return true;
}

void normal_done(struct normal *n)
{
	free(n->bytes);
	free(n->offset);
	*n = (struct normal){0};
}
