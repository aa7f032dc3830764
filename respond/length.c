/*
 * length.c - how long a text is, as each platform counts it.
 *
 * The text is cut into stretches that count by their characters and addresses that count a fixed number. Where in doubt
 * a text is counted rather too long than too short: a reply that is cut off or refused is worse than a few unused
 * characters.
 *
 * X (LENGTH_WEIGHTED) follows the configuration published with twitter-text, version 3: after NFC, code points of
 * 0..4351, 8192..8205, 8208..8223 and 8242..8247 weigh 1, all others 2; an emoji sequence weighs 2 as a whole;
 * an address weighs 23, also one without "https://" ("acme.com").
 */
#include "length.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unictype.h>
#include <unigbrk.h>
#include <uninorm.h>

#include "attr.h"
#include "utf8.h"

/* Longest emoji sequence in Unicode's own list: ten code points. More is counted one by one. */
#define EMOJI_POINTS_MAX 10
#define STRETCH_LOCAL 1024

/* ---- one stretch without addresses ---- */

static bool all_ascii(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		/* CR LF is one grapheme: left to the long way */
		if ((unsigned char)s[i] >= 0x80 || s[i] == '\r')
			return false;
	}
	return true;
}

static size_t count_codepoints(const char *s, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += ((unsigned char)s[i] & 0xc0) != 0x80;
	return n;
}

/* Marks the first byte of each grapheme in *breaks_r (local, or malloc'ed when it does not fit). NULL: no memory. */
static char *grapheme_breaks(const char *s, size_t len, char local[STRETCH_LOCAL])
{
	char *breaks = len <= STRETCH_LOCAL ? local : malloc(len);

	if (breaks != NULL)
		u8_grapheme_breaks((const uint8_t *)s, len, breaks);
	return breaks;
}

static size_t count_graphemes(const char *s, size_t len)
{
	char local[STRETCH_LOCAL], *breaks = grapheme_breaks(s, len, local);
	size_t n = 0;

	if (breaks == NULL)
		return count_codepoints(s, len); /* never fewer than graphemes */
	for (size_t i = 0; i < len; i++)
		n += breaks[i] != 0;
	if (breaks != local)
		free(breaks);
	return n;
}

static size_t weight(uint32_t c)
{
	static const struct {
		uint32_t from, to;
	} light[] = {
		{0, 4351},
		{8192, 8205},
		{8208, 8223},
		{8242, 8247},
	};

	for (size_t i = 0; i < ARRAY_LEN(light); i++) {
		if (c >= light[i].from && c <= light[i].to)
			return 1;
	}
	return 2;
}

static bool regional(uint32_t c)
{
	return c >= 0x1f1e6 && c <= 0x1f1ff;
}

static bool cluster_emoji(const uint32_t *c, size_t n)
{
	if (n == 0 || n > EMOJI_POINTS_MAX)
		return false;
	if (regional(c[0]))
		return n == 2 && regional(c[1]);
	if (n == 3 && c[1] == 0xfe0f && c[2] == 0x20e3)
		return (c[0] >= '0' && c[0] <= '9') || c[0] == '#' || c[0] == '*';
	if (c[0] < 0x80 || !uc_is_property_emoji(c[0]))
		return false;
	/* Everything behind the first has to belong to an emoji, else it weighs for itself. */
	for (size_t i = 1; i < n; i++) {
		if (c[i] != 0xfe0f && c[i] != 0x200d && !uc_is_property_emoji(c[i]) &&
		    (c[i] < 0xe0020 || c[i] > 0xe007f))
			return false;
	}
	return uc_is_property_emoji_presentation(c[0]) || n > 1;
}

static size_t cluster_weight(const char *s, size_t len)
{
	const char *end = s + len;
	uint32_t points[EMOJI_POINTS_MAX + 1];
	size_t n = 0, sum = 0, step;

	for (const char *at = s; at < end; at += step) {
		uint32_t c = utf8_decode(at, end, &step);

		if (n <= EMOJI_POINTS_MAX)
			points[n++] = c;
		sum += weight(c);
	}
	return cluster_emoji(points, n) ? 2 : sum;
}

static size_t count_weighted(const char *s, size_t len)
{
	char local[STRETCH_LOCAL], *breaks = grapheme_breaks(s, len, local);
	size_t n = 0, from = 0;

	if (breaks == NULL)
		return 2 * count_codepoints(s, len);
	for (size_t i = 1; i <= len; i++) {
		if (i == len || breaks[i] != 0) {
			n += cluster_weight(s + from, i - from);
			from = i;
		}
	}
	if (breaks != local)
		free(breaks);
	return n;
}

static size_t count_stretch(enum length_unit unit, const char *s, size_t len)
{
	if (len == 0 || unit == LENGTH_BYTES || all_ascii(s, len))
		return len;
	if (unit == LENGTH_CODEPOINTS)
		return count_codepoints(s, len);
	return unit == LENGTH_GRAPHEMES ? count_graphemes(s, len) : count_weighted(s, len);
}

/* ---- addresses and mentions ---- */

static bool word_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
	       (unsigned char)c >= 0x80;
}

/* Bytes of the address with scheme at s, 0 when there is none. */
static size_t url_length(const char *s, size_t len)
{
	size_t scheme = 0, n;

	if (len > 8 && strncasecmp(s, "https://", 8) == 0)
		scheme = 8;
	else if (len > 7 && strncasecmp(s, "http://", 7) == 0)
		scheme = 7;
	if (scheme == 0)
		return 0;
	for (n = scheme; n < len && (unsigned char)s[n] > ' ' && strchr("<>\"\\^`{|}", s[n]) == NULL; n++)
		continue;
	while (n > scheme && strchr(".,;:!?'*)]", s[n - 1]) != NULL)
		n--;
	return n > scheme ? n : 0;
}

static bool host_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

/* Endings that X makes a link of without a scheme. Not all there are: those one meets. */
static bool domain_known(const char *label, size_t len)
{
	static const char *const endings[] = {
		"com",    "net",  "org", "info", "biz", "edu", "gov", "app", "dev", "shop", "store",
		"online", "site", "xyz", "io",   "co",  "me",  "tv",  "eu",  "uk",  "de",   "at",
		"ch",     "fr",   "es",  "it",   "nl",  "be",  "pl",  "pt",  "ie",  "us",   "ca",
		"au",     "nz",   "in",  "jp",   "br",  "mx",  "se",  "no",  "dk",  "fi",
	};

	for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
		if (strlen(endings[i]) == len && strncasecmp(endings[i], label, len) == 0)
			return true;
	}
	return false;
}

/* Bytes of a bare domain with its path ("acme.com/help"), 0 when there is none. */
static size_t domain_length(const char *s, size_t len)
{
	size_t n = 0, label = 0, dots = 0;

	while (n < len && host_byte(s[n])) {
		if (s[n] == '.') {
			label = n + 1;
			dots++;
		}
		n++;
	}
	while (n > 0 && (s[n - 1] == '.' || s[n - 1] == '-')) { /* the full stop of a sentence */
		n--;
		if (s[n] == '.') {
			dots--;
			for (label = n; label > 0 && s[label - 1] != '.'; label--)
				continue;
		}
	}
	if (dots == 0 || s[0] == '.' || !domain_known(s + label, n - label) || (n < len && s[n] == '@'))
		return 0;
	if (n < len && s[n] == '/') {
		while (n < len && (unsigned char)s[n] > ' ')
			n++;
		while (strchr(".,;:!?'*)]", s[n - 1]) != NULL)
			n--;
	}
	return n;
}

/* At "@user@host": bytes of "@user", and of the whole in *all_r. 0 when it is no such mention. */
static size_t mention_length(const char *s, size_t len, size_t *all_r)
{
	size_t n = 1, local;

	if (s[0] != '@')
		return 0;
	while (n < len && (word_byte(s[n]) || s[n] == '.' || s[n] == '-') && (unsigned char)s[n] < 0x80)
		n++;
	if (n == 1 || n + 1 >= len || s[n] != '@' || !word_byte(s[n + 1]))
		return 0;
	local = n++;
	while (n < len && host_byte(s[n]))
		n++;
	while (n > local && !word_byte(s[n - 1]))
		n--;
	*all_r = n;
	return local;
}

static size_t count_all(const struct length_rule *rule, const char *text, size_t len)
{
	size_t total = 0, from = 0, i = 0;

	while (i < len) {
		bool edge = i == 0 || !word_byte(text[i - 1]);
		size_t skip = 0, local = 0;

		if (edge && rule->url_cost > 0 && (text[i] == 'h' || text[i] == 'H'))
			skip = url_length(text + i, len - i);
		if (edge && skip == 0 && rule->url_cost > 0 && rule->unit == LENGTH_WEIGHTED && host_byte(text[i]) &&
		    (i == 0 || strchr("@/.-", text[i - 1]) == NULL))
			skip = domain_length(text + i, len - i);
		if (skip > 0)
			total += count_stretch(rule->unit, text + from, i - from) + rule->url_cost;
		else if (edge && rule->mention_local && (i == 0 || text[i - 1] != '/') &&
			 (local = mention_length(text + i, len - i, &skip)) > 0)
			total += count_stretch(rule->unit, text + from, i + local - from);
		if (skip > 0) {
			i += skip;
			from = i;
		} else {
			i++;
		}
	}
	return total + count_stretch(rule->unit, text + from, len - from);
}

size_t length_count(const struct length_rule *rule, const char *text, size_t len)
{
	uint8_t *nfc = NULL;
	size_t nfc_len = 0, n;

	if (rule->unit == LENGTH_WEIGHTED && !all_ascii(text, len))
		nfc = u8_normalize(UNINORM_NFC, (const uint8_t *)text, len, NULL, &nfc_len);
	if (nfc != NULL)
		n = count_all(rule, (const char *)nfc, nfc_len);
	else
		n = count_all(rule, text, len); /* without memory for NFC: never shorter by much, mostly longer */
	free(nfc);
	return n;
}
