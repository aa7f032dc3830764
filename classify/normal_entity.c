/*
 * normal_entity.c - see normal_entity.h. An entity needs its semicolon: "AT&TNT" and "R&amp" are as they were typed.
 */
#include <stdbool.h>
#include <string.h>

#include "attr.h"
#include "classify/normal_entity.h"
#include "classify/normal_text.h"

#define ENTITY_MAX 10 /* bytes behind the "&" of the longest: "#x10FFFF;", or as many digits */

static const struct {
	const char *name; /* with semicolon */
	uint32_t character;
} names[] = {
	{"amp;", '&'},       {"lt;", '<'},       {"gt;", '>'},       {"quot;", '"'},     {"apos;", '\''},
	{"nbsp;", 0xA0},     {"AMP;", '&'},      {"LT;", '<'},       {"GT;", '>'},       {"QUOT;", '"'},
	{"hellip;", 0x2026}, {"euro;", 0x20AC},  {"rsquo;", 0x2019}, {"lsquo;", 0x2018}, {"rdquo;", 0x201D},
	{"ldquo;", 0x201C},  {"ndash;", 0x2013}, {"mdash;", 0x2014}, {"pound;", 0xA3},
};

static int digit_value(char c, bool hex)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return hex && c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "#8217;" or "#x2019;" */
static size_t decode_number(const char *text, size_t len, uint32_t *character_r)
{
	bool hex = len > 1 && (text[1] | 0x20) == 'x';
	size_t at = hex ? 2 : 1, first = at;
	uint32_t c = 0;
	int digit;

	for (; at < len && at < ENTITY_MAX && (digit = digit_value(text[at], hex)) >= 0; at++)
		c = c * (hex ? 16 : 10) + (uint32_t)digit; /* eight digits at most: no overflow */
	if (at == first || at == len || text[at] != ';' || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF) ||
	    (c < ' ' && c != '\t' && c != '\n') || (c >= 0x7F && c < 0xA0))
		return 0;
	*character_r = c;
	return at + 1;
}

size_t entity_decode(const char *text, size_t len, uint32_t *character_r)
{
	size_t used;

	if (len < 4)
		return 0;
	text++;
	len--;
	if (text[0] == '#') {
		used = decode_number(text, len, character_r);
		return used ? used + 1 : 0;
	}
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		size_t size = strlen(names[i].name);

		if (size <= len && memcmp(text, names[i].name, size) == 0) {
			*character_r = names[i].character;
			return size + 1;
		}
	}
	return 0;
}

size_t entity_encode(uint32_t c, char *out)
{
	size_t len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	if (len == 1) {
		out[0] = (char)c;
		return 1;
	}
	out[0] = (char)((len == 2 ? 0xC0 : len == 3 ? 0xE0 : 0xF0) | c >> 6 * (len - 1));
	for (size_t i = 1; i < len; i++)
		out[i] = (char)(0x80 | (c >> 6 * (len - 1 - i) & 0x3F));
	return len;
}

void reading_decode_entities(char *text)
{
	size_t left = strlen(text), used;
	char *out = text;
	uint32_t c;

	for (; left > 0; text += used, left -= used) {
		used = *text == '&' ? entity_decode(text, left, &c) : 0;
		if (used > 0)
			out += entity_encode(c, out);
		else
			*out++ = text[(used = 1) - 1];
	}
	*out = '\0';
}
