/*
 * normalise.c - see normalise.h. One pass, one table look-up per ASCII byte: this runs on every post.
 */
#include <stdlib.h>

#include "classify/normalise.h"
#include "utf8.h"

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
	if (c >= 'A' && c <= 'Z')
		return (unsigned char)(c - 'A' + 'a');
	if (c == ' ' || (c >= '\t' && c <= '\r'))
		return ' ';
	if (c < 0x80)
		return (unsigned char)c;
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
	bytes = realloc(n->bytes, size);
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

bool normalise(struct normal *n, const char *text, size_t len)
{
	size_t out = 0, step;
	bool space = false;

	if (!make_room(n, len + 1))
		return false;
	n->odd_space = false;
	for (size_t at = 0; at < len; at += step) {
		unsigned char c = (unsigned char)text[at], byte;

		step = 1;
		byte = normal_byte(c < 0x80 ? c : utf8_decode(text + at, text + len, &step));
		if (byte == ' ') {
			n->odd_space |= c != ' ';
			if (space)
				continue;
		}
		space = byte == ' ';
		n->bytes[out] = byte;
		n->offset[out++] = (uint32_t)at;
	}
	n->offset[out] = (uint32_t)len;
	n->len = out;
	return true;
}

void normal_done(struct normal *n)
{
	free(n->bytes);
	free(n->offset);
	*n = (struct normal){0};
}
