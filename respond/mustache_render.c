/*
 * mustache_render.c - writes a compiled template with a view.
 *
 * The view is a json-c object. Names are looked up in the innermost context first, outwards; the parts behind the dot
 * of a dotted name only in what its first part found. False are: missing, null, false, "", 0 and an empty list; so
 * {{#note}}...{{/note}} is written when there is a note to write. A string, number or bool prints itself; an object or
 * a list prints nothing. Rendering is bounded: by the cap of the output buffer, by the depth of partials and by the
 * number of nodes visited, so no template, however it calls itself, hangs the program.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mustache_node.h"

/* One context per open section, in each of the partials open at a time, and the view. */
#define CONTEXTS_MAX ((MUSTACHE_DEPTH_MAX + 1) * (MUSTACHE_DEPTH_MAX + 1))
#define INDENT_MAX 512

struct render {
	const struct mustache *mustache;
	struct buf *out;
	struct json_object *contexts[CONTEXTS_MAX];
	size_t depth;
	unsigned partials; /* open at the moment */
	size_t steps;
	char indent[INDENT_MAX]; /* of all open partials together */
	size_t indent_len;
	struct error *e_r;
};

static enum err render_nodes(struct render *r, const struct unit *unit, size_t from, size_t to);

/* ---- looking up ---- */

static struct json_object *lookup(const struct render *r, const struct node *node)
{
	const char *part = node->text;
	struct json_object *value = NULL;
	size_t d = r->depth;
	bool found = false;

	if (node->parts == 0)
		return r->contexts[r->depth - 1];
	while (!found && d-- > 0) {
		if (json_object_is_type(r->contexts[d], json_type_object))
			found = json_object_object_get_ex(r->contexts[d], part, &value);
	}
	for (unsigned i = 1; i < node->parts; i++) {
		part += strlen(part) + 1;
		if (!json_object_is_type(value, json_type_object) || !json_object_object_get_ex(value, part, &value))
			return NULL;
	}
	return value;
}

static bool truthy(struct json_object *value)
{
	switch (json_object_get_type(value)) {
	case json_type_null:
		return false;
	case json_type_boolean:
		return json_object_get_boolean(value);
	case json_type_int:
		return json_object_get_int64(value) != 0;
	case json_type_double:
		return json_object_get_double(value) != 0.0;
	case json_type_string:
		return json_object_get_string_len(value) > 0;
	case json_type_array:
		return json_object_array_length(value) > 0;
	default:
		return true;
	}
}

/* ---- writing ---- */

static void write_escaped(struct buf *out, const char *s, size_t len)
{
	size_t from = 0;

	for (size_t i = 0; i < len; i++) {
		const char *entity;

		switch (s[i]) {
		case '&':
			entity = "&amp;";
			break;
		case '<':
			entity = "&lt;";
			break;
		case '>':
			entity = "&gt;";
			break;
		case '"':
			entity = "&quot;";
			break;
		case '\'':
			entity = "&#39;";
			break;
		default:
			continue;
		}
		buf_add(out, s + from, i - from);
		buf_str(out, entity);
		from = i + 1;
	}
	buf_add(out, s + from, len - from);
}

/* The shortest of the usual forms that reads back as the same number: 1.1, not 1.1000000000000001. */
static void write_double(struct buf *out, double value)
{
	char text[40];

	(void)snprintf(text, sizeof(text), "%.15g", value);
	if (strtod(text, NULL) != value)
		(void)snprintf(text, sizeof(text), "%.17g", value);
	buf_str(out, text);
}

static void write_value(struct render *r, struct json_object *value, bool escape)
{
	switch (json_object_get_type(value)) {
	case json_type_string:
		if (escape)
			write_escaped(r->out, json_object_get_string(value), (size_t)json_object_get_string_len(value));
		else
			buf_add(r->out, json_object_get_string(value), (size_t)json_object_get_string_len(value));
		break;
	case json_type_int:
		buf_printf(r->out, "%lld", (long long)json_object_get_int64(value));
		break;
	case json_type_double:
		write_double(r->out, json_object_get_double(value));
		break;
	case json_type_boolean:
		buf_str(r->out, json_object_get_boolean(value) ? "true" : "false");
		break;
	default:
		break;
	}
}

static void write_indent(struct render *r)
{
	if (r->indent_len > 0)
		buf_add(r->out, r->indent, r->indent_len);
}

/* Template text. Inside an indented partial every line of it begins with the indentation. */
static void write_text(struct render *r, const struct node *node)
{
	const char *at = node->text, *end = node->text + node->len, *newline;

	if (r->indent_len == 0) {
		buf_add(r->out, at, node->len);
		return;
	}
	while (at < end) {
		newline = memchr(at, '\n', (size_t)(end - at));
		newline = newline != NULL ? newline + 1 : end;
		buf_add(r->out, at, (size_t)(newline - at));
		at = newline;
		if (at < end)
			write_indent(r);
	}
}

/* ---- nodes ---- */

static enum err render_inside(struct render *r, const struct unit *unit, size_t index, struct json_object *context)
{
	enum err err;

	if (r->depth == CONTEXTS_MAX)
		return error_set(r->e_r, ERR_LIMIT, "%s: contexts nested too deep", unit->name);
	r->contexts[r->depth++] = context;
	err = render_nodes(r, unit, index + 1, unit->nodes[index].end);
	r->depth--;
	return err;
}

static enum err render_section(struct render *r, const struct unit *unit, size_t index)
{
	struct json_object *value = lookup(r, &unit->nodes[index]);
	enum err err = ERR_OK;

	if (unit->nodes[index].kind == NODE_INVERTED)
		return truthy(value) ? ERR_OK : render_nodes(r, unit, index + 1, unit->nodes[index].end);
	if (!truthy(value))
		return ERR_OK;
	if (!json_object_is_type(value, json_type_array))
		return render_inside(r, unit, index, value);
	for (size_t i = 0; err == ERR_OK && i < json_object_array_length(value); i++)
		err = render_inside(r, unit, index, json_object_array_get_idx(value, i));
	return err;
}

static enum err render_partial(struct render *r, const struct node *node)
{
	const struct unit *unit = &r->mustache->units[node->end];
	size_t indent_len = r->indent_len;
	enum err err;

	if (r->partials == MUSTACHE_DEPTH_MAX || indent_len + node->len > INDENT_MAX)
		return error_set(r->e_r, ERR_LIMIT, "partial {{>%s}}: nested more than %d deep", unit->name,
				 MUSTACHE_DEPTH_MAX);
	if (node->alone)
		memcpy(r->indent + indent_len, node->text, node->len);
	r->indent_len = node->alone ? indent_len + node->len : 0; /* in the middle of a line nothing is indented */
	r->partials++;
	err = render_nodes(r, unit, 0, unit->count);
	r->partials--;
	r->indent_len = indent_len;
	return err;
}

static enum err render_nodes(struct render *r, const struct unit *unit, size_t from, size_t to)
{
	enum err err = ERR_OK;

	for (size_t i = from; err == ERR_OK && i < to; i++) {
		const struct node *node = &unit->nodes[i];

		if (++r->steps > MUSTACHE_STEPS_MAX)
			return error_set(r->e_r, ERR_LIMIT, "%s: too much to render", r->mustache->units[0].name);
		if (node->line_start && node->kind <= NODE_TRUSTED)
			write_indent(r);
		switch (node->kind) {
		case NODE_TEXT:
			write_text(r, node);
			break;
		case NODE_VARIABLE:
		case NODE_TRUSTED:
			write_value(r, lookup(r, node),
				    node->kind == NODE_VARIABLE && r->mustache->mode == MUSTACHE_HTML);
			break;
		case NODE_PARTIAL:
			err = render_partial(r, node);
			break;
		case NODE_SECTION:
		case NODE_INVERTED:
			err = render_section(r, unit, i);
			i = node->end - 1;
			break;
		}
		if (r->out->failed)
			return error_set(r->e_r, r->out->too_big ? ERR_LIMIT : ERR_NOMEM, "%s: %s",
					 r->mustache->units[0].name,
					 r->out->too_big ? "result too large" : "out of memory");
	}
	return err;
}

enum err mustache_render(const struct mustache *mustache, struct json_object *view, struct buf *out, struct error *e_r)
{
	struct render r;

	/* The context stack is large and needs no clearing. */
	r.mustache = mustache;
	r.out = out;
	r.contexts[0] = view;
	r.depth = 1;
	r.partials = 0;
	r.steps = 0;
	r.indent_len = 0;
	r.e_r = e_r;
	return render_nodes(&r, &mustache->units[0], 0, mustache->units[0].count);
}
