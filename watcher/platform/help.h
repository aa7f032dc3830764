/*
 * help.h - what platforms share in reading answers and writing requests. Private to watcher/platform.
 */
#ifndef PLATFORM_HELP_H
#define PLATFORM_HELP_H

#include <json-c/json.h>

#include "buf.h"
#include "platform.h"

extern const struct platform platform_mastodon;
extern const struct platform platform_replay;

/* Moves a buffer's text into the arena and frees the buffer. ERR_NOMEM when the buffer failed or the arena is full. */
enum err help_take(struct arena *arena, struct buf *from, const char **text_r, struct error *e_r) MUST_CHECK;
/* The body as JSON; NULL when it is none (then *why_r is a sentence in arena). New reference. */
struct json_object *help_json(struct arena *arena, const struct http_response *response, const char **why_r);
/* A member as clean UTF-8 in arena: strings as they are, whole numbers as digits; NULL when missing, empty, of another
 * type or longer than max bytes. */
const char *help_str(struct arena *arena, struct json_object *object, const char *key, size_t max);
/* Primary subtag of a language tag, lower case ("en" of "en-GB"), or NULL when it is no tag or "und". */
const char *help_lang(struct arena *arena, const char *tag);
/* A handle without any '@' before it; NULL when nothing else is there. */
const char *help_handle(const char *handle);
/* Cuts text to POST_TEXT_MAX bytes at a character's border. */
const char *help_cut(struct arena *arena, const char *text);
/* Only http:// and https:// addresses without blanks are links; else NULL. */
const char *help_url(const char *url);
/*
 * UTC time before which the server wants no request: Retry-After (seconds or a date), or a reset header in ISO-8601
 * (corrected by the Date header when the two clocks differ); 0 when the answer does not say. Never more than a day
 * ahead: a server cannot switch a source off for good.
 */
int64_t help_retry_s(const struct http_response *response, const char *reset_header, int64_t now_s);
/* Value of a parameter in the Link header's URL of that rel, percent-decoded not at all; NULL when absent or odd. */
const char *help_link_param(struct arena *arena, const struct http_response *response, const char *rel,
			    const char *param);
/*
 * What a status that is not 2xx means for reading: 401/403 AUTH, 404/410 REFUSED, 429 WAIT, 5xx TEMPORARY (WAIT with
 * Retry-After), others REFUSED; with a sentence that quotes the server's own, cleaned. Sets outcome, why, retry_s.
 */
enum err help_status(struct arena *arena, const char *who, const struct http_response *response,
		     const char *reset_header, int64_t now_s, struct answer *answer_r, struct error *e_r) MUST_CHECK;

#endif
