/*
 * mustache.h - the logic-less template engine of replies and of the desk's pages.
 *
 * The public Mustache specification (github.com/mustache/spec): comments, interpolation, sections, inverted
 * sections, partials, standalone lines and dotted names; no lambdas, no set-delimiter, no inheritance.
 * Views are json-c objects: the same object that the JSON API prints. Two modes: MUSTACHE_HTML escapes
 * & < > " ' in {{name}}; MUSTACHE_TEXT never escapes. {{{name}}} and {{&name}} are refused at load unless
 * the caller allows that very name as trusted. False for a section: missing, null, false, "", 0, an empty list.
 */
#ifndef MUSTACHE_H
#define MUSTACHE_H

#include <json-c/json.h>
#include <stddef.h>

#include "buf.h"
#include "error.h"

enum mustache_mode { MUSTACHE_HTML, MUSTACHE_TEXT };

struct mustache; /* compiled, immutable */

/* Finds a partial's text by name (NULL: none; an error at load). */
typedef const char *mustache_partial_fn(void *ctx, const char *name, size_t *len_r);

struct mustache_options {
	enum mustache_mode mode;
	/* NULL-terminated names that may be used; NULL: any. A dotted name is checked by its first part. */
	const char *const *known;
	const char *const *trusted; /* names allowed in {{{ }}}; NULL: none */
	mustache_partial_fn *partial;
	void *partial_ctx;
};

/* ERR_INVALID: "name:line: unknown variable {{x}}", unclosed section, too deep (16), too large (1 MiB). Copies text. */
enum err mustache_compile(const char *name, const char *text, size_t len, const struct mustache_options *options,
			  struct mustache **mustache_r, struct error *e_r) MUST_CHECK;
void mustache_free(struct mustache **mustache);
/* Appends the rendering to out; ERR_LIMIT when out's cap is reached. */
enum err mustache_render(const struct mustache *mustache, struct json_object *view, struct buf *out,
			 struct error *e_r) MUST_CHECK;
/* Calls fn for every variable and section name used (partials included). */
void mustache_names(const struct mustache *mustache, void (*fn)(void *ctx, const char *name), void *ctx);
/* The same for variables written outside any section: what a view must have for the text to be whole. */
void mustache_needs(const struct mustache *mustache, void (*fn)(void *ctx, const char *name), void *ctx);

#endif
