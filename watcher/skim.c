/*
 * skim.c - see skim.h. json-c builds an object for every value of a line, which costs more than judging the post; a
 * filter over millions of lines needs a dozen of them.
 *
 * This is no second JSON parser to trust: it knows the strict grammar (RFC 8259) and the plain forms of the contract,
 * and gives up at anything else: a known key twice, an escape in a key, a control character, a lone surrogate, a value
 * of another type or out of range, deep nesting, long numbers. Then json-c reads the line and says what is wrong. Tests
 * compare the two on good lines, on every cut and on every changed byte of them.
 */
#include "watcher/skim.h"

#include <stdint.h>
#include <string.h>

#include "clock.h"
#include "jsonio.h"
#include "utf8.h"
#include "watcher/platform/help.h"
#include "hex.h"

enum {
	DEPTH_MAX = 8,
	NUMBER_MAX = 15,
	TEXT_LIMIT = 512 /* the least of post_json.c's caps; posts alone may be longer */
};

/* A place in the line; every reading function moves it and returns false to give up. */
struct skim {
	const char *at, *end;
	struct arena *arena;
};

/* A string of the line, still escaped. */
struct raw {
	const char *text;
	size_t len;
	bool escaped;
};

static inline void blanks(struct skim *s)
{
	while (s->at < s->end && (unsigned char)*s->at <= ' ' &&
	       (*s->at == ' ' || *s->at == '\t' || *s->at == '\r' || *s->at == '\n'))
		s->at++;
}

static inline bool take(struct skim *s, char c)
{
	if (s->at == s->end || *s->at != c)
		return false;
	s->at++;
	return true;
}

static bool take_word(struct skim *s, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(s->end - s->at) < len || memcmp(s->at, word, len) != 0)
		return false;
	s->at += len;
	return true;
}

/* ---- values ---- */

/* Four digits at `at`, within a string whose closing quote was found. */
static int32_t hex4(const char *at)
{
	int32_t code = 0;

	for (int i = 0; i < 4; i++) {
		int digit = hex_value(at[i]);

		if (digit < 0)
			return -1;
		code = code * 16 + digit;
	}
	return code;
}

static bool skip_escape(struct skim *s)
{
	if (s->end - s->at < 7) /* the longest, and a quote behind it */
		return false;
	if (s->at[1] == 'u' ? hex4(s->at + 2) < 0 : !memchr("\"\\/bfnrt", s->at[1], 8))
		return false;
	s->at += s->at[1] == 'u' ? 6 : 2;
	return true;
}

/* To the next quote, backslash or control character. */
static inline void skip_plain(struct skim *s)
{
	const char *at = s->at;

	while (s->end - at >= 8) {
		size_t plain = json_before(json_special(json_eight(at)));

		at += plain;
		if (plain < 8)
			goto out;
	}
	while (at < s->end && json_plain(*at))
		at++;
out:
	s->at = at;
}

static bool take_string(struct skim *s, struct raw *raw_r)
{
	struct raw raw = {0};

	if (!take(s, '"'))
		return false;
	raw.text = s->at;
	while (skip_plain(s), s->at < s->end && *s->at == '\\') {
		raw.escaped = true;
		if (!skip_escape(s))
			return false;
	}
	raw.len = (size_t)(s->at - raw.text);
	*raw_r = raw;
	return take(s, '"');
}

static size_t digits(struct skim *s)
{
	const char *from = s->at;

	while (s->at < s->end && *s->at >= '0' && *s->at <= '9')
		s->at++;
	return (size_t)(s->at - from);
}

/* Any number of ordinary length. whole_r may be NULL; otherwise only a whole number, without exponent, is accepted. */
static bool take_number(struct skim *s, int64_t *whole_r)
{
	const char *from = s->at;
	bool minus = take(s, '-'), zero = s->at < s->end && *s->at == '0';
	size_t count = digits(s);

	if (count == 0 || (zero && count > 1) || count > NUMBER_MAX)
		return false;
	if (whole_r != NULL) {
		int64_t value = 0;

		for (const char *d = from + minus; d < s->at; d++)
			value = value * 10 + (*d - '0');
		*whole_r = minus ? -value : value;
		return s->at < s->end && *s->at != '.' && *s->at != 'e' && *s->at != 'E' && !(minus && value == 0);
	}
	if (take(s, '.') && digits(s) == 0)
		return false;
	if (take(s, 'e') || take(s, 'E')) {
		if (!take(s, '+'))
			(void)take(s, '-');
		count = digits(s);
		if (count == 0 || count > 2)
			return false;
	}
	return s->at - from < 2 * NUMBER_MAX;
}

static bool skip_value(struct skim *s, int depth);

static bool skip_members(struct skim *s, char close, int depth)
{
	struct raw key;

	blanks(s);
	if (take(s, close))
		return true;
	do {
		blanks(s);
		if (close == '}') {
			if (!take_string(s, &key))
				return false;
			blanks(s);
			if (!take(s, ':'))
				return false;
		}
		if (!skip_value(s, depth + 1))
			return false;
		blanks(s);
	} while (take(s, ','));
	return take(s, close);
}

static bool skip_value(struct skim *s, int depth)
{
	struct raw raw;

	blanks(s);
	if (s->at == s->end || depth > DEPTH_MAX)
		return false;
	switch (*s->at) {
	case '"':
		return take_string(s, &raw);
	case '{':
		s->at++;
		return skip_members(s, '}', depth);
	case '[':
		s->at++;
		return skip_members(s, ']', depth);
	case 't':
		return take_word(s, "true");
	case 'f':
		return take_word(s, "false");
	case 'n':
		return take_word(s, "null");
	default:
		return take_number(s, NULL);
	}
}

/* ---- strings ---- */

static char *put_utf8(char *out, uint32_t code)
{
	if (code < 0x80) {
		*out++ = (char)code;
	} else if (code < 0x800) {
		*out++ = (char)(0xc0 | code >> 6);
		*out++ = (char)(0x80 | (code & 0x3f));
	} else if (code < 0x10000) {
		*out++ = (char)(0xe0 | code >> 12);
		*out++ = (char)(0x80 | (code >> 6 & 0x3f));
		*out++ = (char)(0x80 | (code & 0x3f));
	} else {
		*out++ = (char)(0xf0 | code >> 18);
		*out++ = (char)(0x80 | (code >> 12 & 0x3f));
		*out++ = (char)(0x80 | (code >> 6 & 0x3f));
		*out++ = (char)(0x80 | (code & 0x3f));
	}
	return out;
}

/* The character of \uXXXX at `at`, or of a pair of them; 0 when there is none that we take. */
static uint32_t unicode_escape(const char *at, const char *end, size_t *len_r)
{
	int32_t high = hex4(at + 2), low;

	*len_r = 6;
	if (high < 0xd800 || high > 0xdfff)
		return (uint32_t)high;
	if (high > 0xdbff || end - at < 12 || at[6] != '\\' || at[7] != 'u')
		return 0;
	low = hex4(at + 8);
	*len_r = 12;
	if (low < 0xdc00 || low > 0xdfff)
		return 0;
	return 0x10000 + ((uint32_t)(high - 0xd800) << 10) + (uint32_t)(low - 0xdc00);
}

/* The escapes resolved; NULL: one that we do not take. out has raw->len + 1 bytes. */
static char *unescape(const struct raw *raw, char *out)
{
	static const char letters[] = "\"\\/bfnrt", plain[] = "\"\\/\b\f\n\r\t";
	const char *at = raw->text, *end = raw->text + raw->len;
	size_t step;

	while (at < end) {
		const char *stop = memchr(at, '\\', (size_t)(end - at));
		size_t plain_len = (size_t)((stop ? stop : end) - at);

		memcpy(out, at, plain_len);
		out += plain_len;
		at += plain_len;
		if (at == end)
			break;
		if (at[1] != 'u') {
			*out++ = plain[strchr(letters, at[1]) - letters];
			at += 2;
		} else {
			uint32_t code = unicode_escape(at, end, &step);

			if (code == 0)
				return NULL;
			out = put_utf8(out, code);
			at += step;
		}
	}
	*out = '\0';
	return out;
}

/* Eight bytes without a control character, or the first byte of one of Latin 1. */
static inline bool all_clean(uint64_t eight)
{
	return (json_below(eight, 0x20) | json_equal(eight, 0x7f) | json_equal(eight, 0xc2)) == 0;
}

/* Would utf8_clean() leave it alone? Control characters (also those of Latin 1) it takes away. */
static bool is_clean(const char *text, size_t len, bool lines)
{
	for (size_t i = 0; i < len;) {
		unsigned char c = (unsigned char)text[i];

		if (len - i >= 8 && all_clean(json_eight(text + i))) {
			i += 8;
			continue;
		}
		if (c < 0x20 ? !lines || (c != '\n' && c != '\t') : c == 0x7f)
			return false;
		if (c == 0xc2 && (unsigned char)text[i + 1] < 0xa0)
			return false;
		i++;
	}
	return true;
}

/* A string value or null, clean, copied; *text_r untouched when null or empty, as when it is absent. */
static bool read_string(struct skim *s, size_t max, bool lines, const char **text_r)
{
	struct raw raw;
	char *copy, *end;

	if (take_word(s, "null"))
		return true;
	if (!take_string(s, &raw) || raw.len > max)
		return false;
	if (raw.len == 0)
		return true;
	copy = arena_alloc(s->arena, raw.len + 1);
	if (copy == NULL)
		return false;
	if (!raw.escaped) {
		memcpy(copy, raw.text, raw.len);
		end = copy + raw.len;
	} else {
		end = unescape(&raw, copy);
	}
	if (end == NULL || !is_clean(copy, (size_t)(end - copy), lines))
		return false;
	*text_r = copy;
	return true;
}

static bool read_time(struct skim *s, int64_t *time_s_r)
{
	const char *text = NULL;

	return read_string(s, TEXT_LIMIT, false, &text) && (text == NULL || clock_parse(text, time_s_r));
}

static bool read_whole(struct skim *s, int64_t min, int64_t max, int64_t *value_r)
{
	int64_t value;

	if (take_word(s, "null"))
		return true;
	if (!take_number(s, &value) || value < min || value > max)
		return false;
	*value_r = value;
	return true;
}

/* ---- the contract ---- */

#define COUNT_MAX INT64_C(1000000000000)

enum member_kind {
	MEMBER_POST, /* the text that is judged */
	MEMBER_TEXT,
	MEMBER_ID,
	MEMBER_TIME,
	MEMBER_COUNT,
	MEMBER_RATING,
	MEMBER_REFUSED,
	MEMBER_AUTHOR,
	MEMBER_METRICS,
};

/* Where a key of the contract goes. */
struct member {
	const char *key;
	enum member_kind kind;
	void *into;
};

static bool is_key(const struct raw *raw, const char *key)
{
	return *raw->text == *key && strncmp(raw->text, key, raw->len) == 0 && key[raw->len] == '\0';
}

/* Reads `"key": value` members up to the closing brace; others than the listed are skipped. `read` reads the listed. */
static bool read_members(struct skim *s, const struct member *members, size_t count,
			 bool (*read)(struct skim *s, const struct member *member))
{
	uint32_t seen = 0;
	struct raw key;

	blanks(s);
	if (take(s, '}'))
		return true;
	do {
		size_t i = 0;

		blanks(s);
		if (!take_string(s, &key) || key.escaped)
			return false;
		blanks(s);
		if (!take(s, ':'))
			return false;
		blanks(s);
		while (i < count && !is_key(&key, members[i].key))
			i++;
		if (i < count && (seen & 1u << i))
			return false;
		if (!(i < count ? read(s, &members[i]) : skip_value(s, 1)))
			return false;
		seen |= i < count ? 1u << i : 0;
		blanks(s);
	} while (take(s, ','));
	return take(s, '}');
}

static bool read_plain(struct skim *s, const struct member *member)
{
	switch (member->kind) {
	case MEMBER_TEXT:
		return read_string(s, TEXT_LIMIT, true, member->into);
	case MEMBER_ID:
		return read_string(s, TEXT_LIMIT, false, member->into);
	case MEMBER_TIME:
		return read_time(s, member->into);
	case MEMBER_COUNT:
		return read_whole(s, -1, COUNT_MAX, member->into);
	default:
		return false;
	}
}

static bool read_author(struct skim *s, struct author *author)
{
	const struct member members[] = {
		{"id", MEMBER_ID, &author->id},
		{"handle", MEMBER_TEXT, &author->handle},
		{"name", MEMBER_TEXT, &author->name},
		{"followers", MEMBER_COUNT, &author->followers},
	};

	if (take(s, '{'))
		return read_members(s, members, sizeof(members) / sizeof(members[0]), read_plain);
	return read_string(s, TEXT_LIMIT, true, &author->handle);
}

/* As post_from_json() does: a handle without its '@', and in place of a missing id, which has no control characters. */
static bool settle_author(struct author *author)
{
	author->handle = help_handle(author->handle);
	if (author->id[0] != '\0' || author->handle == NULL)
		return true;
	author->id = author->handle;
	return is_clean(author->id, strlen(author->id), false);
}

static bool read_metrics(struct skim *s, struct post *post)
{
	const struct member members[] = {
		{"likes", MEMBER_COUNT, &post->likes},
		{"replies", MEMBER_COUNT, &post->replies},
		{"shares", MEMBER_COUNT, &post->shares},
		{"views", MEMBER_COUNT, &post->views},
	};

	return take_word(s, "null") ||
	       (take(s, '{') && read_members(s, members, sizeof(members) / sizeof(members[0]), read_plain));
}

static bool read_rating(struct skim *s, int *rating_r)
{
	int64_t rating = 0;

	if (!read_whole(s, 1, 5, &rating))
		return false;
	*rating_r = (int)rating;
	return true;
}

static bool read_member(struct skim *s, const struct member *member)
{
	switch (member->kind) {
	case MEMBER_POST:
		return read_string(s, POST_TEXT_MAX, true, member->into);
	case MEMBER_RATING:
		return read_rating(s, member->into);
	case MEMBER_AUTHOR:
		return read_author(s, member->into);
	case MEMBER_METRICS:
		return read_metrics(s, member->into);
	case MEMBER_ID: /* an empty one is an error that json-c's way tells */
		return (s->end - s->at < 2 || memcmp(s->at, "\"\"", 2) != 0) && read_plain(s, member);
	default:
		return read_plain(s, member);
	}
}

bool skim_post(struct arena *arena, const char *line, size_t len, struct post *post_r)
{
	struct post post = {.platform = "-",
			    .id = "-",
			    .author = {.id = "", .followers = -1},
			    .likes = -1,
			    .replies = -1,
			    .shares = -1,
			    .views = -1};
	const char *lang = NULL;
	const struct member members[] = {
		{"text", MEMBER_POST, &post.text},
		{"id", MEMBER_ID, &post.id},
		{"platform", MEMBER_ID, &post.platform},
		{"lang", MEMBER_TEXT, &lang},
		{"created_at", MEMBER_TIME, &post.created_s},
		{"url", MEMBER_TEXT, &post.url},
		{"author", MEMBER_AUTHOR, &post.author},
		{"rating", MEMBER_RATING, &post.rating},
		{"in_reply_to", MEMBER_ID, &post.in_reply_to},
		{"thread", MEMBER_ID, &post.thread},
		{"brand", MEMBER_TEXT, &post.brand},
		{"metrics", MEMBER_METRICS, &post},
		{"edited_at", MEMBER_TIME, &post.edited_s},
		{"deleted", MEMBER_REFUSED, NULL},
		{"verdict", MEMBER_REFUSED, NULL},
	};
	struct skim s = {.at = line, .end = line + len, .arena = arena};

	if (!utf8_valid(line, len))
		return false;
	blanks(&s);
	if (!take(&s, '{') || !read_members(&s, members, sizeof(members) / sizeof(members[0]), read_member))
		return false;
	blanks(&s);
	if (s.at != s.end || post.text == NULL || (post.url != NULL && help_url(post.url) == NULL))
		return false;
	if (lang != NULL && strlen(lang) > 64)
		return false;
	post.lang = help_lang(arena, lang);
	if (!settle_author(&post.author) || arena_failed(arena))
		return false;
	*post_r = post;
	return true;
}
