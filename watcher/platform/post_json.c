/*
 * post_json.c - the contract "post as JSON": reading it (import, replay, classify) and writing it.
 *
 * Errors name the key by JSON pointer, so that a person can mend the file: "/author/followers: not a whole number".
 * Optional keys that are null or "" are as good as absent.
 */
#include "post.h"

#include <math.h>
#include <string.h>

#include "buf.h"
#include "clock.h"
#include "jsonio.h"
#include "utf8.h"
#include "watcher/platform/help.h"

#define ID_MAX 512
#define NAME_MAX_BYTES 1024
#define URL_MAX 4096

/* One reading: where we are ("" or "/author"), and where strings and errors go. */
struct reader {
	struct arena *arena;
	struct json_object *object;
	const char *at;
	struct error *e_r;
};

static struct json_object *reader_get(const struct reader *reader, const char *key)
{
	struct json_object *value = json_get(reader->object, key);

	if (json_object_is_type(value, json_type_string) && json_object_get_string_len(value) == 0)
		return NULL;
	return value;
}

static enum err reader_clean(const struct reader *reader, const char *key, const char *text, size_t len, size_t max,
			     const char **text_r)
{
	struct buf buf;
	const char *copy;
	size_t cleaned;

	if (len > max)
		return error_set(reader->e_r, ERR_LIMIT, "%s/%s: longer than %zu bytes", reader->at, key, max);
	buf_init(&buf, 3 * len + 1);
	utf8_clean(&buf, text, len);
	cleaned = buf.len;
	if (help_take(reader->arena, &buf, &copy, reader->e_r) != ERR_OK)
		return error_set(reader->e_r, ERR_NOMEM, "%s/%s: out of memory", reader->at, key);
	if (cleaned > max) /* a bad byte becomes three: what we write we must be able to read */
		return error_set(reader->e_r, ERR_LIMIT, "%s/%s: longer than %zu bytes", reader->at, key, max);
	if (cleaned > 0)
		*text_r = copy;
	return ERR_OK;
}

/* A string; untouched when absent, or when nothing of it can be shown. */
static enum err read_text(const struct reader *reader, const char *key, size_t max, const char **text_r)
{
	struct json_object *value = reader_get(reader, key);

	if (!value)
		return ERR_OK;
	if (!json_object_is_type(value, json_type_string))
		return error_set(reader->e_r, ERR_INVALID, "%s/%s: not a string", reader->at, key);
	return reader_clean(reader, key, json_object_get_string(value), (size_t)json_object_get_string_len(value), max,
			    text_r);
}

/* Text that is to be an id: no control characters, and no longer than ids are. */
static enum err take_id(const struct reader *reader, const char *key, const char *id, size_t len, const char **id_r)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char byte = (unsigned char)id[i];

		if (byte < ' ' || byte == 0x7f)
			return error_set(reader->e_r, ERR_INVALID, "%s/%s: has a control character", reader->at, key);
	}
	return reader_clean(reader, key, id, len, ID_MAX, id_r);
}

/* An id: a string, or a whole number (many exports have those); untouched when absent. */
static enum err read_id(const struct reader *reader, const char *key, const char **id_r)
{
	struct json_object *value = reader_get(reader, key);
	bool string = json_object_is_type(value, json_type_string);
	const char *id;

	if (!value)
		return ERR_OK;
	if (!string && !json_object_is_type(value, json_type_int))
		return error_set(reader->e_r, ERR_INVALID, "%s/%s: not a string", reader->at, key);
	id = json_object_get_string(value);
	return take_id(reader, key, id, string ? (size_t)json_object_get_string_len(value) : strlen(id), id_r);
}

/* A whole number from min to max; untouched when absent. 4.0 is whole. */
static enum err read_int(const struct reader *reader, const char *key, int64_t min, int64_t max, int64_t *value_r)
{
	struct json_object *value = reader_get(reader, key);
	double d;

	if (!value)
		return ERR_OK;
	if (!json_object_is_type(value, json_type_int) && !json_object_is_type(value, json_type_double))
		return error_set(reader->e_r, ERR_INVALID, "%s/%s: not a number", reader->at, key);
	d = json_object_get_double(value);
	if (!isfinite(d) || d != floor(d))
		return error_set(reader->e_r, ERR_INVALID, "%s/%s: not a whole number", reader->at, key);
	if (d < (double)min || d > (double)max)
		return error_set(reader->e_r, ERR_INVALID, "%s/%s: not between %lld and %lld", reader->at, key,
				 (long long)min, (long long)max);
	*value_r = json_object_is_type(value, json_type_int) ? json_object_get_int64(value) : (int64_t)d;
	return ERR_OK;
}

static enum err read_time(const struct reader *reader, const char *key, int64_t *time_s_r)
{
	struct json_object *value = reader_get(reader, key);

	if (!value)
		return ERR_OK;
	if (!json_object_is_type(value, json_type_string))
		return error_set(reader->e_r, ERR_INVALID, "%s/%s: not a string", reader->at, key);
	if (!clock_parse(json_object_get_string(value), time_s_r))
		return error_set(reader->e_r, ERR_INVALID, "%s/%s: not an RFC 3339 time such as 2026-11-21T20:00:00Z",
				 reader->at, key);
	return ERR_OK;
}

/* ---- the parts of a post ---- */

#define COUNT_MAX INT64_C(1000000000000)

static enum err read_author(const struct reader *post, struct author *author)
{
	struct json_object *value = reader_get(post, "author");
	struct reader reader = {.arena = post->arena, .object = value, .at = "/author", .e_r = post->e_r};
	enum err code = ERR_OK;

	author->id = "";
	author->followers = -1;
	if (!value)
		return ERR_OK;
	if (json_object_is_type(value, json_type_string)) {
		code = read_text(post, "author", NAME_MAX_BYTES, &author->handle);
	} else if (json_object_is_type(value, json_type_object)) {
		if (code == ERR_OK)
			code = read_id(&reader, "id", &author->id);
		if (code == ERR_OK)
			code = read_text(&reader, "handle", NAME_MAX_BYTES, &author->handle);
		if (code == ERR_OK)
			code = read_text(&reader, "name", NAME_MAX_BYTES, &author->name);
		if (code == ERR_OK)
			code = read_int(&reader, "followers", -1, COUNT_MAX, &author->followers);
	} else {
		code = error_set(post->e_r, ERR_INVALID, "/author: neither a string nor an object");
	}
	if (code != ERR_OK)
		return code;
	author->handle = help_handle(author->handle);
	if (author->id[0] || !author->handle)
		return ERR_OK;
	if (json_object_is_type(value, json_type_string))
		return take_id(post, "author", author->handle, strlen(author->handle), &author->id);
	return take_id(&reader, "handle", author->handle, strlen(author->handle), &author->id);
}

static enum err read_metrics(const struct reader *post, struct post *p)
{
	struct json_object *value = reader_get(post, "metrics");
	struct reader reader = {.arena = post->arena, .object = value, .at = "/metrics", .e_r = post->e_r};
	enum err code;

	p->likes = p->replies = p->shares = p->views = -1;
	if (!value)
		return ERR_OK;
	if (!json_object_is_type(value, json_type_object))
		return error_set(post->e_r, ERR_INVALID, "/metrics: not an object");
	code = read_int(&reader, "likes", -1, COUNT_MAX, &p->likes);
	if (code == ERR_OK)
		code = read_int(&reader, "replies", -1, COUNT_MAX, &p->replies);
	if (code == ERR_OK)
		code = read_int(&reader, "shares", -1, COUNT_MAX, &p->shares);
	if (code == ERR_OK)
		code = read_int(&reader, "views", -1, COUNT_MAX, &p->views);
	return code;
}

static enum err read_required(const struct reader *reader, struct post *p)
{
	struct json_object *text = json_get(reader->object, "text");
	enum err code = read_id(reader, "id", &p->id);

	if (code == ERR_OK)
		code = read_id(reader, "platform", &p->platform);
	if (code != ERR_OK)
		return code;
	if (!p->id || !p->id[0])
		return error_set(reader->e_r, ERR_INVALID, "/id: missing");
	if (!p->platform || !p->platform[0])
		return error_set(reader->e_r, ERR_INVALID, "/platform: missing");
	if (p->deleted)
		return ERR_OK;
	if (!text)
		return error_set(reader->e_r, ERR_INVALID, "/text: missing");
	if (!json_object_is_type(text, json_type_string))
		return error_set(reader->e_r, ERR_INVALID, "/text: not a string");
	p->text = "";
	return reader_clean(reader, "text", json_object_get_string(text), (size_t)json_object_get_string_len(text),
			    POST_TEXT_MAX, &p->text);
}

static enum err read_optional(const struct reader *reader, struct post *p)
{
	const char *lang = NULL, *url = NULL;
	int64_t rating = 0;
	enum err code = read_text(reader, "lang", 64, &lang);

	if (code == ERR_OK)
		code = read_text(reader, "url", URL_MAX, &url);
	if (code == ERR_OK)
		code = read_id(reader, "in_reply_to", &p->in_reply_to);
	if (code == ERR_OK)
		code = read_id(reader, "thread", &p->thread);
	if (code == ERR_OK)
		code = read_text(reader, "brand", NAME_MAX_BYTES, &p->brand);
	if (code == ERR_OK)
		code = read_time(reader, "created_at", &p->created_s);
	if (code == ERR_OK)
		code = read_time(reader, "edited_at", &p->edited_s);
	if (code == ERR_OK)
		code = read_int(reader, "rating", 1, 5, &rating);
	if (code != ERR_OK)
		return code;
	p->url = help_url(url);
	if (url && !p->url) /* it becomes a link on the desk: javascript: and its kin stay out */
		return error_set(reader->e_r, ERR_INVALID, "/url: not an http:// or https:// address");
	p->lang = help_lang(reader->arena, lang);
	p->rating = (int)rating;
	return ERR_OK;
}

enum err post_from_json(struct arena *arena, struct json_object *object, struct post *post_r, struct error *e_r)
{
	struct reader reader = {.arena = arena, .object = object, .at = "", .e_r = e_r};
	struct post post = {0};
	enum err code;

	if (!json_object_is_type(object, json_type_object))
		return error_set(e_r, ERR_INVALID, "not a JSON object");
	post.deleted = json_flag(object, "deleted", false);
	code = read_required(&reader, &post);
	if (code == ERR_OK)
		code = read_optional(&reader, &post);
	if (code == ERR_OK)
		code = read_author(&reader, &post.author);
	if (code == ERR_OK)
		code = read_metrics(&reader, &post);
	if (code == ERR_OK && arena_failed(arena))
		code = error_set(e_r, ERR_NOMEM, "post: out of memory");
	if (code == ERR_OK)
		*post_r = post;
	return code;
}

/* ---- writing ---- */

static bool put_str(struct json_object *object, const char *key, const char *value)
{
	return !value || json_add_str(object, key, value);
}

static bool put_time(struct json_object *object, const char *key, int64_t time_s)
{
	char text[CLOCK_TEXT_SIZE];

	if (time_s == 0)
		return true;
	clock_format(time_s, text);
	return json_add_str(object, key, text);
}

static bool put_count(struct json_object *object, const char *key, int64_t count)
{
	return count < 0 || json_add_int(object, key, count);
}

static bool put_author(struct json_object *object, const struct author *author)
{
	struct json_object *child;
	bool ok;

	if ((!author->id || !author->id[0]) && !author->handle && !author->name)
		return true;
	child = json_object_new_object();
	ok = child && (!author->id || !author->id[0] || json_add_str(child, "id", author->id)) &&
	     put_str(child, "handle", author->handle) && put_str(child, "name", author->name) &&
	     put_count(child, "followers", author->followers);
	if (!ok) {
		json_object_put(child);
		return false;
	}
	return json_add(object, "author", child);
}

static bool put_metrics(struct json_object *object, const struct post *post)
{
	struct json_object *child;
	bool ok;

	if (post->likes < 0 && post->replies < 0 && post->shares < 0 && post->views < 0)
		return true;
	child = json_object_new_object();
	ok = child && put_count(child, "likes", post->likes) && put_count(child, "replies", post->replies) &&
	     put_count(child, "shares", post->shares) && put_count(child, "views", post->views);
	if (!ok) {
		json_object_put(child);
		return false;
	}
	return json_add(object, "metrics", child);
}

struct json_object *post_to_json(const struct post *post)
{
	struct json_object *object = json_object_new_object();
	bool ok = object && put_str(object, "id", post->id) && put_str(object, "platform", post->platform) &&
		  put_str(object, "text", post->text) && put_str(object, "lang", post->lang) &&
		  put_time(object, "created_at", post->created_s) && put_time(object, "edited_at", post->edited_s) &&
		  put_str(object, "url", post->url) && put_author(object, &post->author) &&
		  put_str(object, "in_reply_to", post->in_reply_to) && put_str(object, "thread", post->thread) &&
		  (post->rating == 0 || json_add_int(object, "rating", post->rating)) && put_metrics(object, post) &&
		  put_str(object, "brand", post->brand) && (!post->deleted || json_add_bool(object, "deleted", true));

	if (!ok) {
		json_object_put(object);
		return NULL;
	}
	return object;
}
