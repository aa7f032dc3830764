/*
 * page_asset.c - styles, scripts and icons built into the program, and the API's description.
 *
 * Their addresses hold a hash over all of them (/assets/HASH/desk.css), so browsers may keep them for a year; an
 * address with an older hash still answers, uncached, for pages that were open while the program was replaced.
 */
#include <stdio.h>
#include <string.h>

#include "asset.h"
#include "route.h"
#include "view.h"

static const struct asset_type {
	const char *suffix, *type;
} asset_types[] = {
	{".css", "text/css; charset=utf-8"},
	{".js", "text/javascript; charset=utf-8"},
	{".svg", "image/svg+xml"},
};

static const char *type_of(const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < ARRAY_LEN(asset_types); i++) {
		size_t suffix_len = strlen(asset_types[i].suffix);

		if (len > suffix_len && strcmp(name + len - suffix_len, asset_types[i].suffix) == 0)
			return asset_types[i].type;
	}
	return NULL;
}

static enum err send_asset(struct exchange *x, const struct asset *asset, const char *type, const char *cache,
			   struct error *e_r)
{
	const char *known = exchange_header(x, "If-None-Match");
	char tag[20];

	snprintf(tag, sizeof(tag), "\"%016llx\"", (unsigned long long)asset_hash(asset));
	if (known && strstr(known, tag)) {
		x->status = 304;
		x->response = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
	} else {
		/* libmicrohttpd does not write to persistent memory; its type is only not const */
		x->response = MHD_create_response_from_buffer(asset->len, (void *)(uintptr_t)asset->data,
							      MHD_RESPMEM_PERSISTENT);
	}
	if (!x->response || MHD_add_response_header(x->response, "ETag", tag) != MHD_YES ||
	    MHD_add_response_header(x->response, "Content-Type", type) != MHD_YES ||
	    MHD_add_response_header(x->response, "Cache-Control", cache) != MHD_YES)
		return error_set(e_r, ERR_NOMEM, "memory exhausted");
	return ERR_OK;
}

enum err asset_send(struct exchange *x, struct error *e_r)
{
	const char *dir = pages_asset_dir(x->desk->pages);
	const char *type = type_of(x->name);
	bool current = strncmp(x->path + strlen("/assets/"), dir, strlen(dir)) == 0;
	const struct asset *asset = type ? asset_find(arena_printf(x->arena, "templates/desk/%s", x->name)) : NULL;

	if (!asset)
		return error_set(e_r, ERR_NOT_FOUND, "There is no such file");
	return send_asset(x, asset, type, current ? "public, max-age=31536000, immutable" : "no-cache", e_r);
}

enum err openapi_send(struct exchange *x, struct error *e_r)
{
	const struct asset *asset = asset_find("respond/desk/openapi.json");

	if (!asset)
		return error_set(e_r, ERR_INTERNAL, "openapi.json is not built in");
	return send_asset(x, asset, "application/json", "no-cache", e_r);
}
