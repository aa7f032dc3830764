/*
 * import.c - records of a file gather into a page; a full page goes through intake in one transaction. Memory is that
 * of one page, whatever the file's size.
 */
#include "watcher/import.h"

#include <stdio.h>
#include <string.h>
#include <xxhash.h>

bool import_stopped(const struct import *import)
{
	return import->stop != NULL && *import->stop && import->post_count == 0;
}

enum err import_bad(struct import *import, uint64_t line, const struct error *why, struct error *e_r)
{
	import->bad++;
	progress_clear(import->progress);
	if (import->strict)
		return error_set(e_r, ERR_INVALID, "%s:%llu: %s", import->file, (unsigned long long)line, why->text);
	fprintf(stderr, "%s:%llu: %s (skipped)\n", import->file, (unsigned long long)line, why->text);
	return ERR_OK;
}

/* Many exports have no id: the same words by the same author on the same platform are then the same post. */
static bool id_make(struct json_object *record)
{
	struct json_object *author = json_get(record, "author");
	const char *who = author ? json_object_to_json_string_ext(author, JSON_C_TO_STRING_PLAIN) : "";
	const char *parts[] = {json_str(record, "platform", ""), json_str(record, "text", ""), who};
	XXH128_hash_t hash = {0};
	char id[40];

	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		hash = XXH3_128bits_withSeed(parts[i], strlen(parts[i]), hash.low64 ^ hash.high64);
	snprintf(id, sizeof(id), "h%016llx%016llx", (unsigned long long)hash.high64, (unsigned long long)hash.low64);
	return json_add_str(record, "id", id);
}

static enum err complete(const struct import *import, struct json_object *record, struct error *e_r)
{
	if (!json_object_is_type(record, json_type_object))
		return error_set(e_r, ERR_INVALID, "not a JSON object");
	if (json_get(record, "platform") == NULL && !json_add_str(record, "platform", import->platform))
		return error_set(e_r, ERR_NOMEM, "out of memory");
	if (json_get(record, "id") == NULL && json_get(record, "text") != NULL && !id_make(record))
		return error_set(e_r, ERR_NOMEM, "out of memory");
	return ERR_OK;
}

enum err import_record(struct import *import, struct json_object *record, uint64_t line, struct error *e_r)
{
	struct error why = {0};
	enum err err = complete(import, record, &why);

	if (err == ERR_OK)
		err = post_from_json(import->arena, record, &import->posts[import->post_count], &why);
	if (err == ERR_NOMEM)
		return error_set(e_r, err, "%s:%llu: %s", import->file, (unsigned long long)line, why.text);
	if (err != ERR_OK)
		return import_bad(import, line, &why, e_r);
	import->post_count++;
	if (import->post_count == import->post_max || arena_used(import->arena) > IMPORT_PAGE_BYTES)
		return import_flush(import, e_r);
	return ERR_OK;
}

enum err import_flush(struct import *import, struct error *e_r)
{
	struct intake_page page = {.posts = import->posts, .post_count = import->post_count, .brand = import->brand};
	enum err err = ERR_OK;

	if (import->post_count > 0)
		err = import->take(import->take_ctx, &page, &import->count, e_r);
	import->post_count = 0;
	arena_reset(import->arena);
	return err;
}
