/*
 * view.h - from a handler's view to the bytes of a page: templates, the frame around every page, asset addresses.
 */
#ifndef DESK_VIEW_H
#define DESK_VIEW_H

#include "exchange.h"

struct pages; /* the desk's compiled page templates; immutable */

/* Compiles templates/desk/NAME.html of every page inside templates/desk/layout.html. */
enum err pages_new(struct pages **pages_r, struct error *e_r) MUST_CHECK;
void pages_free(struct pages **pages);
/* Folder name under /assets/: changes when any of the desk's assets does. */
const char *pages_asset_dir(const struct pages *pages);
/* Adds what the frame shows (who, notices, paths) as "page" to the view and renders it. */
enum err view_render(struct exchange *x, const char *template, struct buf *out, struct error *e_r) MUST_CHECK;
/* x->page, made at the first call. */
struct json_object *view_page(struct exchange *x);
/* [{value, label, selected}] for a <select>; "" selects the first. */
struct view_option {
	const char *value, *label;
};
struct json_object *view_options(const struct view_option *options, size_t count, const char *selected);

#endif
