/*
 * jsonio.h - the few helpers around json-c (https://json-c.github.io) that everybody needs.
 *
 * json-c 0.16 mishandles exhausted memory (drops keys, may crash), so size and depth are capped
 * before parsing and required fields are checked after it.
 */
#ifndef JSONIO_H
#define JSONIO_H

#include <endian.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "attr.h"
#include "error.h"

#define JSON_DEPTH_MAX 32

/* For CLEANUP(json): drops one reference. */
static inline void json_cleanup(struct json_object **object)
{
	json_object_put(*object);
}

/*
 * Eight bytes at once. A mark is the highest bit of a byte's place, the first byte's lowest. The first mark is right; one
 * behind it may be wrong (subtracting borrows), so ask again from there.
 */
#define JSON_EIGHT(byte) (UINT64_C(0x0101010101010101) * (byte))

static inline uint64_t json_eight(const char *at)
{
	uint64_t eight;

	memcpy(&eight, at, sizeof(eight));
	return le64toh(eight);
}

/* Marks bytes smaller than `limit`, 128 at most. */
static inline uint64_t json_below(uint64_t eight, unsigned char limit)
{
	return (eight - JSON_EIGHT(limit)) & ~eight & JSON_EIGHT(0x80);
}

static inline uint64_t json_equal(uint64_t eight, unsigned char byte)
{
	return json_below(eight ^ JSON_EIGHT(byte), 1);
}

/*
 * Marks what does not stand in a string as it is: control characters, quotes and backslashes. With one bit turned over a
 * quote stands behind the control characters, which stay among themselves.
 */
static inline uint64_t json_special(uint64_t eight)
{
	return json_below(eight ^ JSON_EIGHT('"' ^ 0x20), 0x21) | json_equal(eight, '\\');
}

/* How many bytes are before the first mark. */
static inline size_t json_before(uint64_t marks)
{
	return marks ? (size_t)__builtin_ctzll(marks) / 8 : sizeof(marks);
}

/* Does this one stand in a string as it is? */
static inline bool json_plain(char c)
{
	return (unsigned char)c >= 0x20 && c != '"' && c != '\\';
}

/* A parser that can be used again and again (a fifth of a post's cost; LIMITS: reuse it). */
struct json_parser;
struct json_parser *json_parser_new(void); /* NULL: memory exhausted */
void json_parser_free(struct json_parser **parser);
/* JSON as json-c's strict mode reads it (it still takes single-quoted keys), valid UTF-8, the whole input one value.
 * *object_r: new reference, the caller puts it. ERR_INVALID says what and at which byte. */
enum err json_parse(struct json_parser *parser, const char *text, size_t len, struct json_object **object_r,
		    struct error *e_r) MUST_CHECK;

/* Members of an object; the default when object is no object, the key is missing, null or of another type. Borrowed. */
const char *json_str(struct json_object *object, const char *key, const char *otherwise);
int64_t json_int(struct json_object *object, const char *key, int64_t otherwise);
double json_num(struct json_object *object, const char *key, double otherwise);
bool json_flag(struct json_object *object, const char *key, bool otherwise);
struct json_object *json_get(struct json_object *object, const char *key); /* NULL when missing or null */

/* Adds members; a NULL string adds null. Returns false when memory is exhausted (the child is freed). */
bool json_add(struct json_object *object, const char *key, struct json_object *child);
bool json_add_str(struct json_object *object, const char *key, const char *value);
bool json_add_int(struct json_object *object, const char *key, int64_t value);
bool json_add_num(struct json_object *object, const char *key, double value);
bool json_add_bool(struct json_object *object, const char *key, bool value);

#endif
