/*
 * post.h - a public post, the same whatever the platform.
 *
 * Strings are NUL-terminated valid UTF-8 that somebody's arena owns; NULL means "not known".
 */
#ifndef POST_H
#define POST_H

#include <json-c/json.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "error.h"

#define POST_TEXT_MAX (64u << 10)  /* bytes of text kept; longer texts are ERR_LIMIT in import, cut by platforms */
#define POST_LINE_MAX (1u << 20)   /* bytes of one JSON line */

struct author {
	const char *id;	      /* the platform's id; falls back to handle; "" when the post names nobody */
	const char *handle;   /* as one would mention it, without '@' ("ada@example.social") */
	const char *name;     /* display name */
	int64_t followers;    /* -1 unknown */
};

struct post {
	const char *platform; /* required: "mastodon", "replay", ... */
	const char *id;	      /* required: unique within platform; opaque, often not a number */
	const char *text;     /* required: plain text, entities decoded where the platform sends HTML */
	const char *lang;     /* BCP 47 primary subtag ("en"), or NULL */
	const char *url;
	const char *in_reply_to; /* id of the post it answers */
	const char *thread;   /* id of the conversation's first post where known, else in_reply_to, else id */
	const char *brand;    /* brand name the post was found for, or NULL: the source's */
	struct author author;
	int64_t created_s;    /* UTC seconds; 0 unknown */
	int64_t edited_s;     /* 0 never */
	int rating;	      /* 1..5 stars, 0 none */
	int64_t likes, replies, shares, views; /* -1 unknown */
	int deleted;	      /* 1: the platform says it is gone; then only platform and id are set */
};

/*
 * Reads the JSON contract of one post (README "Posts as JSON"): an object already parsed.
 * Copies everything into arena. ERR_INVALID names the key by JSON pointer ("/author/followers: not a number").
 * Unknown keys are ignored. `text` is cleaned (utf8_clean) but not decoded: entities stay as posted.
 */
enum err post_from_json(struct arena *arena, struct json_object *object, struct post *post_r,
			struct error *e_r) MUST_CHECK;
/* The contract's object for a post (without verdict); new reference, NULL when memory is exhausted. */
struct json_object *post_to_json(const struct post *post);

#endif
