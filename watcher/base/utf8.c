/*
 * utf8.c - strict UTF-8 (see include/utf8.h). Byte ranges: RFC 3629 section 4 and Unicode table 3-7.
 */
#include "utf8.h"

#include <string.h>

#define HIGH_BITS UINT64_C(0x8080808080808080)

/* Length of the valid sequence at s, 0 when there is none. */
static size_t sequence(const unsigned char *s, size_t left)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t len;

	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		len = 2;
	else if (s[0] >= 0xe0 && s[0] <= 0xef)
		len = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		len = 4;
	else
		return 0;
	if (left < len)
		return 0;
	if (s[0] == 0xe0)
		low = 0xa0; /* overlong */
	else if (s[0] == 0xed)
		high = 0x9f; /* surrogates */
	else if (s[0] == 0xf0)
		low = 0x90; /* overlong */
	else if (s[0] == 0xf4)
		high = 0x8f; /* above U+10FFFF */
	if (s[1] < low || s[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

size_t utf8_valid_prefix(const char *s, size_t len)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t at = 0, n;

	while (at < len) {
		uint64_t words[4];

		/* Thirty-two ASCII bytes at a time: most text is. */
		while (len - at >= sizeof(words)) {
			memcpy(words, p + at, sizeof(words));
			if ((words[0] | words[1] | words[2] | words[3]) & HIGH_BITS)
				break;
			at += sizeof(words);
		}
		while (len - at >= sizeof(words[0])) {
			memcpy(words, p + at, sizeof(words[0]));
			if (words[0] & HIGH_BITS)
				break;
			at += sizeof(words[0]);
		}
		while (at < len && p[at] < 0x80)
			at++;
		if (at == len)
			break;
		n = sequence(p + at, len - at);
		if (n == 0)
			break;
		at += n;
	}
	return at;
}

bool utf8_valid(const char *s, size_t len)
{
	return utf8_valid_prefix(s, len) == len;
}

uint32_t utf8_decode(const char *s, const char *end, size_t *len_r)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t len = sequence(p, (size_t)(end - s));
	uint32_t code;

	if (len <= 1) {
		*len_r = 1;
		return len == 1 ? p[0] : 0xfffd;
	}
	code = p[0] & (0xffu >> (len + 1));
	for (size_t i = 1; i < len; i++)
		code = code << 6 | (p[i] & 0x3fu);
	*len_r = len;
	return code;
}

static bool shown(unsigned char c)
{
	return (c >= 0x20 && c != 0x7f) || c == '\n' || c == '\t';
}

void utf8_clean(struct buf *out, const char *s, size_t len)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t at = 0, from = 0, n;

	while (at < len) {
		n = sequence(p + at, len - at);
		/* C1 controls (U+0080..U+009F) go too: terminals obey some of them. */
		if (n > 1 && !(p[at] == 0xc2 && p[at + 1] < 0xa0)) {
			at += n;
			continue;
		}
		if (n == 1 && shown(p[at])) {
			at++;
			continue;
		}
		buf_add(out, s + from, at - from);
		if (n == 0)
			buf_str(out, "\xef\xbf\xbd");
		at += n == 0 ? 1 : n;
		from = at;
	}
	if (at > from)
		buf_add(out, s + from, at - from);
}
