/*
 * jsonio.c - helpers around json-c (see include/jsonio.h).
 */
#include "jsonio.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

struct json_parser {
	struct json_tokener *tokener;
};

struct json_parser *json_parser_new(void)
{
	struct json_parser *parser = calloc(1, sizeof(*parser));

	if (parser == NULL)
		return NULL;
	parser->tokener = json_tokener_new_ex(JSON_DEPTH_MAX);
	if (parser->tokener == NULL) {
		free(parser);
		return NULL;
	}
	json_tokener_set_flags(parser->tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	return parser;
}

void json_parser_free(struct json_parser **parser)
{
	if (parser == NULL || *parser == NULL)
		return;
	json_tokener_free((*parser)->tokener);
	free(*parser);
	*parser = NULL;
}

enum err json_parse(struct json_parser *parser, const char *text, size_t len, struct json_object **object_r,
		    struct error *e_r)
{
	struct json_tokener *tokener = parser->tokener;
	struct json_object *object;
	enum json_tokener_error state;
	size_t end;

	if (len > INT_MAX - 1)
		return error_set(e_r, ERR_LIMIT, "JSON of %zu bytes is too large", len);
	json_tokener_reset(tokener);
	object = json_tokener_parse_ex(tokener, text, (int)len);
	state = json_tokener_get_error(tokener);
	/* A number at the very end stays open until something follows it. */
	if (state == json_tokener_continue && object == NULL) {
		object = json_tokener_parse_ex(tokener, "", 1);
		state = json_tokener_get_error(tokener);
		if (state == json_tokener_success) {
			*object_r = object;
			return ERR_OK;
		}
		json_object_put(object);
		return error_set(e_r, ERR_INVALID, "JSON ends in the middle (byte %zu)", len);
	}
	end = json_tokener_get_parse_end(tokener);
	if (state != json_tokener_success) {
		json_object_put(object);
		return error_set(e_r, ERR_INVALID, "not JSON at byte %zu: %s", end, json_tokener_error_desc(state));
	}
	while (end < len && strchr(" \t\r\n", text[end]) != NULL && text[end] != '\0')
		end++;
	if (end < len) {
		json_object_put(object);
		return error_set(e_r, ERR_INVALID, "not JSON at byte %zu: something follows the value", end);
	}
	*object_r = object;
	return ERR_OK;
}

struct json_object *json_get(struct json_object *object, const char *key)
{
	struct json_object *child = NULL;

	if (!json_object_is_type(object, json_type_object) || !json_object_object_get_ex(object, key, &child))
		return NULL;
	return child;
}

const char *json_str(struct json_object *object, const char *key, const char *otherwise)
{
	struct json_object *child = json_get(object, key);

	return json_object_is_type(child, json_type_string) ? json_object_get_string(child) : otherwise;
}

int64_t json_int(struct json_object *object, const char *key, int64_t otherwise)
{
	struct json_object *child = json_get(object, key);

	return json_object_is_type(child, json_type_int) ? json_object_get_int64(child) : otherwise;
}

double json_num(struct json_object *object, const char *key, double otherwise)
{
	struct json_object *child = json_get(object, key);

	return json_object_is_type(child, json_type_int) || json_object_is_type(child, json_type_double)
		       ? json_object_get_double(child)
		       : otherwise;
}

bool json_flag(struct json_object *object, const char *key, bool otherwise)
{
	struct json_object *child = json_get(object, key);

	return json_object_is_type(child, json_type_boolean) ? json_object_get_boolean(child) : otherwise;
}

bool json_add(struct json_object *object, const char *key, struct json_object *child)
{
	if (json_object_object_add(object, key, child) == 0)
		return true;
	json_object_put(child);
	return false;
}

bool json_add_str(struct json_object *object, const char *key, const char *value)
{
	struct json_object *child = NULL;

	if (value != NULL) {
		child = json_object_new_string(value);
		if (child == NULL)
			return false;
	}
	return json_add(object, key, child);
}

bool json_add_int(struct json_object *object, const char *key, int64_t value)
{
	struct json_object *child = json_object_new_int64(value);

	return child != NULL && json_add(object, key, child);
}

bool json_add_num(struct json_object *object, const char *key, double value)
{
	struct json_object *child = json_object_new_double(value);

	return child != NULL && json_add(object, key, child);
}

bool json_add_bool(struct json_object *object, const char *key, bool value)
{
	struct json_object *child = json_object_new_boolean(value);

	return child != NULL && json_add(object, key, child);
}
