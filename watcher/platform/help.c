/*
 * help.c - what platforms share in reading answers and writing requests.
 *
 * Answers come from strangers' servers. Nothing here trusts a length, a type or a time in them.
 */
#include "watcher/platform/help.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "clock.h"
#include "jsonio.h"
#include "utf8.h"

#define RETRY_MAX_S 86400
#define QUOTE_MAX 160 /* bytes of the server's own error sentence that we repeat */

enum err help_take(struct arena *arena, struct buf *from, const char **text_r, struct error *e_r)
{
	char *text = from->failed ? NULL : arena_strndup(arena, buf_text(from), from->len);
	bool too_big = from->too_big;

	buf_done(from);
	if (!text)
		return error_set(e_r, ERR_NOMEM, too_big ? "text is too long" : "out of memory");
	*text_r = text;
	return ERR_OK;
}

static const char *clean(struct arena *arena, const char *text, size_t len)
{
	struct buf buf;
	const char *copy = NULL;

	buf_init(&buf, len * 3 + 1); /* one bad byte becomes U+FFFD: three */
	utf8_clean(&buf, text, len);
	if (help_take(arena, &buf, &copy, NULL) != ERR_OK)
		return NULL;
	return copy;
}

struct json_object *help_json(struct arena *arena, const struct http_response *response, const char **why_r)
{
	struct json_parser *parser = json_parser_new();
	struct json_object *object = NULL;
	struct error error;
	const char *cleaned;

	if (!parser) {
		*why_r = "out of memory";
		return NULL;
	}
	if (json_parse(parser, response->body, response->body_len, &object, &error) != ERR_OK) {
		/* Some servers cut a text in the middle of a character: mend that, once, rather than lose the page. */
		cleaned = utf8_valid(response->body, response->body_len)
				  ? NULL
				  : clean(arena, response->body, response->body_len);
		if (!cleaned || json_parse(parser, cleaned, strlen(cleaned), &object, &error) != ERR_OK) {
			object = NULL;
			*why_r = arena_printf(arena, "the answer is not JSON (%s)", error.text);
		}
	}
	json_parser_free(&parser);
	return object;
}

const char *help_str(struct arena *arena, struct json_object *object, const char *key, size_t max)
{
	struct json_object *value = json_get(object, key);
	size_t len;

	if (!value)
		return NULL;
	if (json_object_is_type(value, json_type_int))
		return arena_strdup(arena, json_object_get_string(value));
	if (!json_object_is_type(value, json_type_string))
		return NULL;
	len = (size_t)json_object_get_string_len(value);
	if (len == 0 || len > max)
		return NULL;
	return clean(arena, json_object_get_string(value), len);
}

const char *help_lang(struct arena *arena, const char *tag)
{
	char word[9];
	size_t n = 0;

	if (!tag)
		return NULL;
	for (; tag[n] && tag[n] != '-' && tag[n] != '_'; n++) {
		char c = tag[n];

		if (n == 8)
			return NULL;
		if (c >= 'A' && c <= 'Z')
			c = (char)(c + 32);
		if (c < 'a' || c > 'z')
			return NULL;
		word[n] = c;
	}
	word[n] = '\0';
	if (n < 2 || n > 3 || strcmp(word, "und") == 0 || strcmp(word, "mul") == 0 || strcmp(word, "zxx") == 0)
		return NULL;
	return arena_strdup(arena, word);
}

const char *help_handle(const char *handle)
{
	while (handle && *handle == '@') /* all of them: what we write reads the same again */
		handle++;
	return handle && *handle ? handle : NULL;
}

const char *help_cut(struct arena *arena, const char *text)
{
	size_t len = strlen(text);

	if (len <= POST_TEXT_MAX)
		return text;
	return arena_strndup(arena, text, utf8_valid_prefix(text, POST_TEXT_MAX));
}

const char *help_url(const char *url)
{
	if (!url || (strncasecmp(url, "https://", 8) != 0 && strncasecmp(url, "http://", 7) != 0))
		return NULL;
	for (const unsigned char *p = (const unsigned char *)url; *p; p++) {
		if (*p <= ' ' || *p == '"' || *p == '<' || *p == '>' || *p == 0x7f)
			return NULL;
	}
	return url;
}

/* ---- when to come back ---- */

static int64_t retry_clamp(int64_t at_s, int64_t now_s)
{
	if (at_s <= now_s)
		return now_s + 1;
	return at_s > now_s + RETRY_MAX_S ? now_s + RETRY_MAX_S : at_s;
}

int64_t help_retry_s(const struct http_response *response, const char *reset_header, int64_t now_s)
{
	const char *after = http_header(response, "retry-after");
	const char *reset = reset_header ? http_header(response, reset_header) : NULL;
	const char *date = http_header(response, "date");
	int64_t at_s, server_s = now_s;

	if (date)
		(void)http_date(date, &server_s); /* without it our own clock has to do */
	if (after && *after >= '0' && *after <= '9' && strspn(after, "0123456789.") == strlen(after))
		return strlen(after) > 9 ? now_s + RETRY_MAX_S : retry_clamp(now_s + (int64_t)atof(after) + 1, now_s);
	if (after && http_date(after, &at_s))
		return retry_clamp(now_s + (at_s - server_s) + 1, now_s);
	if (reset && clock_parse(reset, &at_s))
		return retry_clamp(now_s + (at_s - server_s) + 1, now_s);
	return 0;
}

/* ---- Link: <https://host/path?min_id=1>; rel="prev", <...>; rel="next" (RFC 8288, as far as servers use it) ---- */

/* The URL of that rel: *start_r, *len_r; false when there is none. */
static bool link_find(const char *header, const char *rel, const char **start_r, size_t *len_r)
{
	size_t rel_len = strlen(rel);

	while ((header = strchr(header, '<')) != NULL) {
		const char *end = strchr(header, '>'), *next, *r;

		if (!end)
			return false;
		next = strchr(end, '<');
		r = strstr(end, "rel=");
		if (r && (!next || r < next)) {
			r += 4;
			r += *r == '"';
			if (strncmp(r, rel, rel_len) == 0 && strchr("\",; ", r[rel_len])) {
				*start_r = header + 1;
				*len_r = (size_t)(end - header) - 1;
				return true;
			}
		}
		header = end;
	}
	return false;
}

const char *help_link_param(struct arena *arena, const struct http_response *response, const char *rel,
			    const char *param)
{
	const char *header = http_header(response, "link"), *url, *p, *end;
	size_t len, n = strlen(param);

	if (!header || !link_find(header, rel, &url, &len))
		return NULL;
	end = url + len;
	p = memchr(url, '?', len);
	while (p && p < end) {
		p++;
		if ((size_t)(end - p) > n && strncmp(p, param, n) == 0 && p[n] == '=') {
			const char *value = p + n + 1;
			size_t value_len = 0;

			while (value + value_len < end && value[value_len] != '&' && value[value_len] != '#')
				value_len++;
			if (value_len == 0 || value_len > 128)
				return NULL;
			for (size_t i = 0; i < value_len; i++) {
				if ((unsigned char)value[i] <= ' ' || (unsigned char)value[i] >= 0x7f)
					return NULL;
			}
			return arena_strndup(arena, value, value_len);
		}
		p = memchr(p, '&', (size_t)(end - p));
	}
	return NULL;
}

/* ---- what a status means ---- */

/* The server's own sentence, quoted: " (\"...\")", or "". */
static const char *server_words(struct arena *arena, const struct http_response *response)
{
	const char *ignored, *words, *quoted = "";
	struct json_object *object;

	if (response->body_len == 0 || response->body_len > 65536)
		return "";
	object = help_json(arena, response, &ignored);
	words = json_object_is_type(object, json_type_object) ? help_str(arena, object, "error", 4096) : NULL;
	if (words)
		quoted = arena_printf(arena, " (it says: \"%.*s\")",
				      (int)utf8_valid_prefix(words, strnlen(words, QUOTE_MAX)), words);
	json_object_put(object);
	return quoted ? quoted : "";
}

enum err help_status(struct arena *arena, const char *who, const struct http_response *response,
		     const char *reset_header, int64_t now_s, struct answer *answer_r, struct error *e_r)
{
	const char *words = server_words(arena, response);
	int64_t retry_s = help_retry_s(response, reset_header, now_s);
	long status = response->status;

	answer_r->retry_s = 0;
	if (status == 429) {
		answer_r->outcome = OUTCOME_WAIT;
		answer_r->retry_s = retry_s ? retry_s : now_s + 60;
		answer_r->why = arena_printf(arena, "%s asks to slow down (429)", who);
	} else if (status == 401 || status == 403) {
		answer_r->outcome = OUTCOME_AUTH;
		answer_r->why =
			arena_printf(arena, "%s does not accept our token, or wants one (%ld)%s", who, status, words);
	} else if (status == 404 || status == 410) {
		answer_r->outcome = OUTCOME_REFUSED;
		answer_r->why = arena_printf(arena, "%s has no such thing (%ld)%s", who, status, words);
	} else if (status >= 500) {
		answer_r->outcome = http_header(response, "retry-after") && retry_s ? OUTCOME_WAIT : OUTCOME_TEMPORARY;
		answer_r->retry_s = answer_r->outcome == OUTCOME_WAIT ? retry_s : 0;
		answer_r->why = arena_printf(arena, "%s is in trouble (%ld)%s", who, status, words);
	} else {
		answer_r->outcome = OUTCOME_REFUSED;
		answer_r->why = arena_printf(arena, "%s refuses (%ld)%s", who, status, words);
	}
	return answer_r->why ? ERR_OK : error_set(e_r, ERR_NOMEM, "%s: out of memory", who);
}
