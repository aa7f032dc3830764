/*
 * normal_pattern.c - see normal_pattern.h.
 *
 *	it’s          it's
 *	😡+           (?::angry:)+
 *	[😡😠🌷!]     (?::angry:|[🌷!])
 *	[’–]          ['\-]
 *
 * A class that is negated or holds a range, an escape or a POSIX class next to an emoji is left as it is: there an
 * emoji without a word may be meant, and the others then find nothing.
 */
#include <stdint.h>
#include <string.h>

#include "classify/normal_pattern.h"
#include "classify/normal_text.h"
#include "utf8.h"

#define CLASS_WORDS_MAX 64

/* How a character is written in a pattern, inside or outside of a class; NULL: as it is. "" : not at all. */
static const char *spelling(uint32_t c, bool in_class)
{
	switch (c) {
	case 0x2018:
	case 0x2019:
	case 0x201A:
	case 0x201B:
	case 0xB4:
	case 0x2BC:
	case 0x2032:
		return "'";
	case 0x201C:
	case 0x201D:
	case 0x201E:
	case 0x201F:
	case 0xAB:
	case 0xBB:
	case 0x2033:
		return "\"";
	case 0x2010:
	case 0x2011:
	case 0x2012:
	case 0x2013:
	case 0x2014:
	case 0x2015:
	case 0x2212:
		return "\\-";
	case 0x2026:
		return in_class ? "." : "(?:\\.\\.\\.)";
	case 0xA0:
	case 0x202F:
		return "\\x20";
	case 0xFE0F:
	case 0x200B:
	case 0x200D:
	case 0xFEFF: /* variation and joining of emoji; nothing to see */
		return "";
	default:
		return c >= 0x1F3FB && c <= 0x1F3FF ? "" : NULL; /* skin */
	}
}

/* The byte behind the class's ']', 0 when it does not end. at: behind the '['. */
static size_t class_end(const char *text, size_t at, size_t len)
{
	at += at < len && text[at] == '^';
	at += at < len && text[at] == ']'; /* as the first it is one of the class */
	for (; at < len; at++) {
		if (text[at] == '\\')
			at++;
		else if (text[at] == '[' && at + 1 < len && text[at + 1] == ':')
			while (at + 1 < len && !(text[at] == ':' && text[at + 1] == ']'))
				at++;
		else if (text[at] == ']')
			return at + 1;
	}
	return 0;
}

/* Characters with nothing special between them: no range, escape, negation or nested bracket. */
static bool class_is_simple(const char *text, size_t len)
{
	return len > 0 && text[0] != '^' && text[0] != ']' && !memchr(text, '\\', len) && !memchr(text, '[', len) &&
	       (!memchr(text, '-', len) || text[len - 1] == '-' || text[0] == '-');
}

static bool word_among(const char *const *words, size_t count, const char *word)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(words[i], word) == 0)
			return true;
	return false;
}

/* A simple class: emoji with words become alternatives beside the class of all others. text: between the brackets. */
static void write_simple(struct buf *out, const char *text, size_t len)
{
	const char *words[CLASS_WORDS_MAX];
	size_t count = 0, step;
	struct buf rest;

	buf_init(&rest, 4 * len + 16); /* what is written is never longer than what was read */
	for (size_t at = 0; at < len; at += step) {
		uint32_t c = utf8_decode(text + at, text + len, &step);
		const char *word = emoji_word(c), *as = spelling(c, true);

		if (!word && as)
			buf_str(&rest, as);
		else if (!word)
			buf_add(&rest, text + at, step);
		else if (count < CLASS_WORDS_MAX && !word_among(words, count, word))
			words[count++] = word;
	}
	if (count > 0)
		buf_str(out, "(?:");
	for (size_t i = 0; i < count; i++)
		buf_printf(out, "%s%s", i ? "|" : "", words[i]);
	if (rest.len > 0 || count == 0)
		buf_printf(out, "%s[%s]", count ? "|" : "", buf_text(&rest));
	if (count > 0)
		buf_char(out, ')');
	out->failed |= rest.failed;
	buf_done(&rest);
}

/* Any other class: quotes and the like in their plain spelling, unless they are an end of a range. */
static void write_class(struct buf *out, const char *text, size_t len)
{
	size_t step;

	for (size_t at = 0; at < len; at += step) {
		uint32_t c = utf8_decode(text + at, text + len, &step);
		const char *as = spelling(c, true);
		bool range = (at > 0 && text[at - 1] == '-') || (at + step < len && text[at + step] == '-');

		if (as && !range)
			buf_str(out, as);
		else
			buf_add(out, text + at, step);
	}
}

/* Characters of ASCII up to the next bracket or backslash have only their own spelling. */
static size_t as_they_are(const char *text, const char *end)
{
	const char *at = text;

	while (at < end && (unsigned char)*at < 0x80 && *at != '\\' && *at != '[')
		at++;
	return (size_t)(at - text);
}

static void write_outside(struct buf *out, const char *text, const char *end, size_t *step)
{
	const char *word, *as;
	uint32_t c;

	*step = as_they_are(text, end);
	if (*step > 0) {
		buf_add(out, text, *step);
		return;
	}
	c = utf8_decode(text, end, step);
	word = emoji_word(c);
	as = spelling(c, false);
	if (word)
		buf_printf(out, "(?:%s)", word);
	else if (as)
		buf_str(out, as);
	else
		buf_add(out, text, *step);
}

/* May there be a character with another spelling? All of them begin with these bytes; accented letters do not. */
static bool may_differ(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char byte = (unsigned char)text[i];

		if (byte >= 0xE0 || byte == 0xC2 || byte == 0xCA)
			return true;
	}
	return false;
}

bool pattern_for_reading(struct buf *out, const char *text, size_t len)
{
	size_t step, start = out->len, end;

	if (!may_differ(text, len))
		return false;
	for (size_t at = 0; at < len; at += step) {
		step = 1;
		if (text[at] == '\\' && at + 1 < len) {
			(void)utf8_decode(text + at + 1, text + len, &step);
			buf_add(out, text + at, ++step);
		} else if (text[at] == '[' && (end = class_end(text, at + 1, len)) > 0) {
			step = end - at;
			if (class_is_simple(text + at + 1, step - 2))
				write_simple(out, text + at + 1, step - 2);
			else
				write_class(out, text + at, step);
		} else {
			write_outside(out, text + at, text + len, &step);
		}
	}
	return out->len - start != len || memcmp(buf_text(out) + start, text, len) != 0;
}
