/*
 * length.h - how long a text is, as each platform counts it.
 */
#ifndef LENGTH_H
#define LENGTH_H

#include <stddef.h>

enum length_unit {
	LENGTH_CODEPOINTS, /* Unicode code points */
	LENGTH_GRAPHEMES,  /* extended grapheme clusters, UAX 29 (libunistring) */
	LENGTH_WEIGHTED,   /* X: twitter-text v3 ranges, CJK and emoji 2 */
	LENGTH_BYTES,	   /* UTF-8 bytes */
};

struct length_rule {
	enum length_unit unit;
	size_t limit;	   /* 0: none */
	size_t url_cost;   /* every http(s) URL counts as this; 0: as written */
	int mention_local; /* 1: "@user@host" counts as "@user" (Mastodon) */
};

/* Length of valid UTF-8 text by the rule. */
size_t length_count(const struct length_rule *rule, const char *text, size_t len);

#endif
