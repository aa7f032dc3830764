/*
 * view.c - from a handler's view to the bytes of a page.
 *
 * layout.html is the frame; its partial {{> content}} is the page asked for, so each page is compiled once with the
 * frame around it. Everything a template prints is escaped by the engine; no name is trusted with raw output.
 */
#include "view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "asset.h"
#include "frame.h"
#include "mustache.h"

#define TEMPLATE_DIR "templates/desk/"

static const char *const page_names[] = {"queue",   "complaint", "promises", "reviews", "figures",
					 "sources", "sending",   "signin",   "first",   "error"};

struct pages {
	struct mustache *page[ARRAY_LEN(page_names)];
	char asset_dir[17];
};

/* The partial "content" is the page being compiled; any other name is a file beside it. */
static const char *partial_find(void *ctx, const char *name, size_t *len_r)
{
	char path[128];
	const char *file = strcmp(name, "content") == 0 ? ctx : name;
	const struct asset *asset;

	snprintf(path, sizeof(path), TEMPLATE_DIR "%s.html", file);
	asset = asset_find(path);
	if (!asset)
		return NULL;
	*len_r = asset->len;
	return asset->data;
}

static enum err page_compile(const char *name, struct mustache **page_r, struct error *e_r)
{
	char ctx[32];
	const struct asset *layout = asset_find(TEMPLATE_DIR "layout.html");
	const struct mustache_options options = {.mode = MUSTACHE_HTML, .partial = partial_find, .partial_ctx = ctx};

	snprintf(ctx, sizeof(ctx), "%s", name);
	if (!layout)
		return error_set(e_r, ERR_INTERNAL, "desk: layout.html is not built in");
	return mustache_compile(name, layout->data, layout->len, &options, page_r, e_r);
}

static void asset_dir_set(struct pages *pages)
{
	uint64_t sum = 0;

	for (const struct asset *a = asset_next(TEMPLATE_DIR, NULL); a; a = asset_next(TEMPLATE_DIR, a))
		sum = sum * 1099511628211u ^ asset_hash(a);
	snprintf(pages->asset_dir, sizeof(pages->asset_dir), "%016llx", (unsigned long long)sum);
}

enum err pages_new(struct pages **pages_r, struct error *e_r)
{
	struct pages *pages = calloc(1, sizeof(*pages));

	if (!pages)
		return error_set(e_r, ERR_NOMEM, "desk: memory exhausted");
	for (size_t i = 0; i < ARRAY_LEN(page_names); i++) {
		enum err err = page_compile(page_names[i], &pages->page[i], e_r);

		if (err) {
			pages_free(&pages);
			return err;
		}
	}
	asset_dir_set(pages);
	*pages_r = pages;
	return ERR_OK;
}

void pages_free(struct pages **pages)
{
	if (!pages || !*pages)
		return;
	for (size_t i = 0; i < ARRAY_LEN(page_names); i++)
		mustache_free(&(*pages)->page[i]);
	free(*pages);
	*pages = NULL;
}

const char *pages_asset_dir(const struct pages *pages)
{
	return pages->asset_dir;
}

struct json_object *view_page(struct exchange *x)
{
	if (!x->page)
		x->page = json_object_new_object();
	return x->page;
}

struct json_object *view_options(const struct view_option *options, size_t count, const char *selected)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < count; i++) {
		struct json_object *option = json_object_new_object();

		json_add_str(option, "value", options[i].value);
		json_add_str(option, "label", options[i].label);
		json_add_bool(option, "selected", strcmp(options[i].value, selected ? selected : "") == 0);
		json_object_array_add(list, option);
	}
	return list;
}

static void add_frame(struct exchange *x, const char *template)
{
	struct json_object *page = view_page(x);

	json_add_str(page, "assets", arena_printf(x->arena, "/assets/%s", pages_asset_dir(x->desk->pages)));
	json_add_bool(page, "demo", x->desk->options.settings->demo);
	json_add_bool(page, template, true); /* {{#page.queue}}: which entry of the menu is current */
	if (!x->signed_in)
		return;
	json_add_bool(page, "signed_in", true);
	json_add_str(page, "user", x->session.user.name);
	json_add_str(page, "role", role_name(x->session.user.role));
	json_add_str(page, "csrf", x->session.csrf);
	json_add_bool(page, "can_edit", exchange_may(x, ROLE_AGENT));
	frame_add(x, page);
}

enum err view_render(struct exchange *x, const char *template, struct buf *out, struct error *e_r)
{
	if (!x->view)
		x->view = json_object_new_object();
	add_frame(x, template);
	json_object_object_add(x->view, "page", json_object_get(x->page));
	for (size_t i = 0; i < ARRAY_LEN(page_names); i++) {
		if (strcmp(page_names[i], template) == 0)
			return mustache_render(x->desk->pages->page[i], x->view, out, e_r);
	}
	return error_set(e_r, ERR_INTERNAL, "desk: no page %s", template);
}
