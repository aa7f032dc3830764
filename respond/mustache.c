/*
 * mustache.c - compiles Mustache templates.
 *
 * One pass over the text: everything up to the next "{{" is text, then comes one tag. Tags other than variables that
 * stand alone on their line take the whole line with them, as the specification asks. Partials are not compiled into
 * their place but once each, into units of their own, by a work list: so a partial may contain itself, and the
 * compiler never recurses. All that can be wrong with a template is said here, at load, with file and line: unknown
 * names, unclosed sections, raw output of a name nobody declared trusted. Rendering can then only run out of room.
 */
#include <stdlib.h>
#include <string.h>

#include "mustache_node.h"
#include "utf8.h"

struct tag {
	char sigil;        /* '#' '^' '/' '>' '!' '&', '{' or 0 for a plain variable */
	size_t start, end; /* the whole tag, braces included */
	char *name;        /* trimmed; in the unit's copy */
	size_t name_len;
};

struct parse {
	struct mustache *mustache;
	const struct mustache_options *options;
	size_t unit;    /* index of the unit being compiled */
	size_t pos;     /* first byte not yet handled */
	size_t counted; /* bytes whose newlines are in `line` */
	int line;
	size_t open[MUSTACHE_DEPTH_MAX]; /* nodes of the sections not closed yet */
	int open_line[MUSTACHE_DEPTH_MAX];
	size_t depth;
	struct error *e_r;
};

/* ---- errors ---- */

static void parse_count_lines(struct parse *p, size_t upto)
{
	const char *text = p->mustache->units[p->unit].text;
	const char *at;

	while (p->counted < upto && (at = memchr(text + p->counted, '\n', upto - p->counted)) != NULL) {
		p->line++;
		p->counted = (size_t)(at - text) + 1;
	}
	p->counted = upto > p->counted ? upto : p->counted;
}

static enum err parse_fail(struct parse *p, int line, const char *sentence, const char *name, size_t name_len)
{
	char shown[MUSTACHE_NAME_MAX + 1];
	size_t n = name_len < MUSTACHE_NAME_MAX ? name_len : MUSTACHE_NAME_MAX;

	/* A name may already be cut into its parts: the dots come back for the reader. */
	for (size_t i = 0; i < n; i++)
		shown[i] = name[i] == '\0' ? '.' : name[i];
	shown[n] = '\0';
	return error_set(p->e_r, ERR_INVALID, "%s:%d: %s%s%s%s", p->mustache->units[p->unit].name, line, sentence,
			 name_len > 0 ? " {{" : "", shown, name_len > 0 ? "}}" : "");
}

static enum err parse_fail_tag(struct parse *p, const char *sentence, const struct tag *tag)
{
	return parse_fail(p, p->line, sentence, tag->name, tag->name_len);
}

/* ---- units and nodes ---- */

static enum err unit_add(struct mustache *m, const char *name, const char *text, size_t len, struct error *e_r)
{
	struct unit *unit;

	if (len > MUSTACHE_SIZE_MAX)
		return error_set(e_r, ERR_INVALID, "%s:1: larger than 1 MiB", name);
	if (!utf8_valid(text, len))
		return error_set(e_r, ERR_INVALID, "%s: not UTF-8 (byte %zu)", name, utf8_valid_prefix(text, len));
	if (m->count == MUSTACHE_UNITS_MAX)
		return error_set(e_r, ERR_INVALID, "%s:1: more than %d partials", name, MUSTACHE_UNITS_MAX);
	if (m->count == m->size) {
		size_t size = m->size > 0 ? m->size * 2 : 4;
		struct unit *units = realloc(m->units, size * sizeof(*units));

		if (units == NULL)
			return error_set(e_r, ERR_NOMEM, "%s: out of memory", name);
		m->units = units;
		m->size = size;
	}
	unit = &m->units[m->count];
	memset(unit, 0, sizeof(*unit));
	unit->name = strdup(name);
	unit->text = malloc(len + 1);
	m->count++; /* from here on mustache_free() takes care of it */
	if (unit->name == NULL || unit->text == NULL)
		return error_set(e_r, ERR_NOMEM, "%s: out of memory", name);
	if (len > 0)
		memcpy(unit->text, text, len);
	unit->text[len] = '\0';
	unit->len = len;
	return ERR_OK;
}

static enum err node_add(struct parse *p, enum node_kind kind, size_t at, const char *text, size_t len,
			 struct node **node_r)
{
	struct unit *unit = &p->mustache->units[p->unit];
	struct node *node;

	if (unit->count == unit->size) {
		size_t size = unit->size > 0 ? unit->size * 2 : 16;
		struct node *nodes = realloc(unit->nodes, size * sizeof(*nodes));

		if (nodes == NULL)
			return error_set(p->e_r, ERR_NOMEM, "%s: out of memory", unit->name);
		unit->nodes = nodes;
		unit->size = size;
	}
	node = &unit->nodes[unit->count++];
	*node = (struct node){.kind = kind, .text = text, .len = len};
	node->line_start = at == 0 || unit->text[at - 1] == '\n';
	*node_r = node;
	return ERR_OK;
}

static enum err text_add(struct parse *p, size_t from, size_t to)
{
	struct node *node;

	if (from >= to)
		return ERR_OK;
	return node_add(p, NODE_TEXT, from, p->mustache->units[p->unit].text + from, to - from, &node);
}

/* ---- names ---- */

static bool name_char(char c, bool partial)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
	       c == '.' || (partial && c == '/');
}

static enum err name_check(struct parse *p, const struct tag *tag)
{
	bool partial = tag->sigil == '>';

	if (tag->name_len == 0)
		return parse_fail(p, p->line, "tag without a name", NULL, 0);
	if (tag->name_len > MUSTACHE_NAME_MAX)
		return parse_fail_tag(p, "name longer than 96 bytes", tag);
	for (size_t i = 0; i < tag->name_len; i++) {
		if (!name_char(tag->name[i], partial))
			return parse_fail(p, p->line, "not a name this engine knows (letters, digits, _ - .)", NULL, 0);
	}
	if (partial || (tag->name_len == 1 && tag->name[0] == '.'))
		return ERR_OK;
	for (size_t i = 0; i < tag->name_len; i++) {
		if (tag->name[i] == '.' && (i == 0 || i + 1 == tag->name_len || tag->name[i - 1] == '.'))
			return parse_fail_tag(p, "empty part in name", tag);
	}
	return ERR_OK;
}

/* Cuts "a.b" into "a\0b\0"; returns the number of parts, 0 for ".". The byte behind the name belongs to the tag. */
static unsigned name_split(char *name, size_t len)
{
	unsigned parts = 1;

	name[len] = '\0';
	if (len == 1 && name[0] == '.')
		return 0;
	for (size_t i = 0; i < len; i++) {
		if (name[i] == '.') {
			name[i] = '\0';
			parts++;
		}
	}
	return parts;
}

static bool name_listed(const char *const *list, const char *name)
{
	for (; *list != NULL; list++) {
		if (strcmp(*list, name) == 0)
			return true;
	}
	return false;
}

static bool name_trusted(const struct parse *p, const struct tag *tag)
{
	const char *const *list = p->options->trusted;

	for (; list != NULL && *list != NULL; list++) {
		if (strlen(*list) == tag->name_len && memcmp(*list, tag->name, tag->name_len) == 0)
			return true;
	}
	return false;
}

/* ---- tags ---- */

/* Reads the tag at `start` (which has "{{"). */
static enum err tag_read(struct parse *p, size_t start, struct tag *tag_r)
{
	struct unit *unit = &p->mustache->units[p->unit];
	size_t from = start + 2, to;
	const char *closing = "}}", *found;
	char sigil = from < unit->len ? unit->text[from] : '\0';

	if (sigil != '\0' && strchr("#^/>!&{=<$", sigil) != NULL)
		from++;
	else
		sigil = '\0';
	if (sigil == '{')
		closing = "}}}";
	found = memmem(unit->text + from, unit->len - from, closing, strlen(closing));
	if (found == NULL)
		return parse_fail(p, p->line, "\"{{\" is never closed", NULL, 0);
	to = (size_t)(found - unit->text);
	tag_r->sigil = sigil;
	tag_r->start = start;
	tag_r->end = to + strlen(closing);
	while (from < to && strchr(" \t\r\n", unit->text[from]) != NULL && unit->text[from] != '\0')
		from++;
	while (to > from && strchr(" \t\r\n", unit->text[to - 1]) != NULL && unit->text[to - 1] != '\0')
		to--;
	tag_r->name = unit->text + from;
	tag_r->name_len = to - from;
	if (sigil == '=')
		return parse_fail(p, p->line, "changing the delimiters is not supported", NULL, 0);
	if (sigil == '<' || sigil == '$')
		return parse_fail(p, p->line, "template inheritance is not supported", NULL, 0);
	return sigil == '!' ? ERR_OK : name_check(p, tag_r);
}

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Does the tag stand alone on its line(s)? Then *from_r .. *to_r is what goes with it, the newline included. */
static bool tag_standalone(const struct unit *unit, const struct tag *tag, size_t *from_r, size_t *to_r)
{
	size_t from = tag->start, to = tag->end;

	if (tag->sigil == '\0' || tag->sigil == '&' || tag->sigil == '{')
		return false;
	while (from > 0 && blank(unit->text[from - 1]))
		from--;
	if (from > 0 && unit->text[from - 1] != '\n')
		return false;
	while (to < unit->len && blank(unit->text[to]))
		to++;
	if (to + 1 < unit->len && unit->text[to] == '\r' && unit->text[to + 1] == '\n')
		to++;
	if (to < unit->len && unit->text[to] != '\n')
		return false;
	*from_r = from;
	*to_r = to < unit->len ? to + 1 : to;
	return true;
}

static enum err variable_add(struct parse *p, const struct tag *tag)
{
	bool raw = tag->sigil != '\0';
	struct node *node;
	enum err err;

	if (raw && !name_trusted(p, tag))
		return parse_fail_tag(p, "unescaped output of a name that is not declared trusted:", tag);
	err = node_add(p, raw ? NODE_TRUSTED : NODE_VARIABLE, tag->start, tag->name, tag->name_len, &node);
	if (err != ERR_OK)
		return err;
	node->parts = name_split(tag->name, tag->name_len);
	if (node->parts > 0 && p->options->known != NULL && !name_listed(p->options->known, tag->name))
		return parse_fail_tag(p, "unknown variable", tag);
	return ERR_OK;
}

static enum err section_open(struct parse *p, const struct tag *tag)
{
	struct node *node;
	enum err err;

	if (p->depth == MUSTACHE_DEPTH_MAX)
		return parse_fail_tag(p, "sections nested more than 16 deep at", tag);
	err = node_add(p, tag->sigil == '#' ? NODE_SECTION : NODE_INVERTED, tag->start, tag->name, tag->name_len,
		       &node);
	if (err != ERR_OK)
		return err;
	node->parts = name_split(tag->name, tag->name_len);
	if (node->parts > 0 && p->options->known != NULL && !name_listed(p->options->known, tag->name))
		return parse_fail_tag(p, "unknown variable", tag);
	p->open[p->depth] = p->mustache->units[p->unit].count - 1;
	p->open_line[p->depth] = p->line;
	p->depth++;
	return ERR_OK;
}

static enum err section_close(struct parse *p, const struct tag *tag)
{
	struct unit *unit = &p->mustache->units[p->unit];
	struct node *node;

	if (p->depth == 0)
		return parse_fail_tag(p, "closes a section that is not open:", tag);
	node = &unit->nodes[p->open[p->depth - 1]];
	(void)name_split(tag->name, tag->name_len); /* so that both are cut the same way */
	if (node->len != tag->name_len || memcmp(node->text, tag->name, tag->name_len) != 0)
		return parse_fail_tag(p, "closes another section than the one open:", tag);
	node->end = unit->count;
	p->depth--;
	return ERR_OK;
}

/* Finds the partial's unit, or adds it to the work list. */
static enum err partial_add(struct parse *p, const struct tag *tag, bool alone, size_t indent_from)
{
	struct mustache *m = p->mustache;
	char name[MUSTACHE_NAME_MAX + 1];
	const char *text;
	size_t len = 0, i;
	struct node *node;
	enum err err;

	memcpy(name, tag->name, tag->name_len);
	name[tag->name_len] = '\0';
	for (i = 1; i < m->count && strcmp(m->units[i].name, name) != 0; i++)
		continue;
	if (i == m->count) {
		text = p->options->partial != NULL ? p->options->partial(p->options->partial_ctx, name, &len) : NULL;
		if (text == NULL)
			return parse_fail_tag(p, "no such partial:", tag);
		err = unit_add(m, name, text, len, p->e_r);
		if (err != ERR_OK)
			return err;
	}
	/* A partial alone on its line takes the blanks before it as indentation of each of its own lines. */
	err = node_add(p, NODE_PARTIAL, tag->start, m->units[p->unit].text + indent_from,
		       alone ? tag->start - indent_from : 0, &node);
	if (err != ERR_OK)
		return err;
	node->end = i;
	node->alone = alone;
	return ERR_OK;
}

/* ---- the pass ---- */

/* A tag that writes nothing itself begins a line: an empty text is left where an indented partial has to indent. */
static enum err line_start_keep(struct parse *p, const struct tag *tag)
{
	const char *text = p->mustache->units[p->unit].text;
	struct node *node;

	if (tag->sigil == '\0' || strchr("#^/>!", tag->sigil) == NULL)
		return ERR_OK;
	if (tag->start > 0 && text[tag->start - 1] != '\n')
		return ERR_OK;
	return node_add(p, NODE_TEXT, tag->start, text + tag->start, 0, &node);
}

/* Text up to the tag at `start`, then the tag. */
static enum err tag_compile(struct parse *p, size_t start)
{
	struct tag tag = {0};
	size_t from = start, to;
	bool alone;
	enum err err;

	parse_count_lines(p, start);
	err = tag_read(p, start, &tag);
	if (err != ERR_OK)
		return err;
	to = tag.end;
	alone = tag_standalone(&p->mustache->units[p->unit], &tag, &from, &to);
	err = text_add(p, p->pos, from);
	if (err != ERR_OK)
		return err;
	p->pos = to;
	if (!alone)
		err = line_start_keep(p, &tag);
	if (err != ERR_OK)
		return err;
	switch (tag.sigil) {
	case '!':
		return ERR_OK;
	case '#':
	case '^':
		return section_open(p, &tag);
	case '/':
		return section_close(p, &tag);
	case '>':
		return partial_add(p, &tag, alone, from);
	default:
		return variable_add(p, &tag);
	}
}

static enum err unit_compile(struct parse *p)
{
	const char *found;
	enum err err;

	for (;;) {
		const struct unit *unit = &p->mustache->units[p->unit];

		found = memmem(unit->text + p->pos, unit->len - p->pos, "{{", 2);
		if (found == NULL)
			break;
		err = tag_compile(p, (size_t)(found - unit->text));
		if (err != ERR_OK)
			return err;
	}
	if (p->depth > 0) {
		const struct unit *unit = &p->mustache->units[p->unit];
		const struct node *node = &unit->nodes[p->open[p->depth - 1]];

		return parse_fail(p, p->open_line[p->depth - 1], "section is never closed:", node->text, node->len);
	}
	return text_add(p, p->pos, p->mustache->units[p->unit].len);
}

enum err mustache_compile(const char *name, const char *text, size_t len, const struct mustache_options *options,
			  struct mustache **mustache_r, struct error *e_r)
{
	struct mustache *m = calloc(1, sizeof(*m));
	enum err err;

	if (m == NULL)
		return error_set(e_r, ERR_NOMEM, "%s: out of memory", name);
	m->mode = options->mode;
	err = unit_add(m, name, text, len, e_r);
	for (size_t i = 0; err == ERR_OK && i < m->count; i++) {
		struct parse p = {.mustache = m, .options = options, .unit = i, .line = 1, .e_r = e_r};

		err = unit_compile(&p);
	}
	if (err != ERR_OK) {
		mustache_free(&m);
		return err;
	}
	*mustache_r = m;
	return ERR_OK;
}

void mustache_free(struct mustache **mustache)
{
	if (mustache == NULL || *mustache == NULL)
		return;
	for (size_t i = 0; i < (*mustache)->count; i++) {
		struct unit *unit = &(*mustache)->units[i];

		free(unit->name);
		free(unit->text);
		free(unit->nodes);
	}
	free((*mustache)->units);
	free(*mustache);
	*mustache = NULL;
}

/* ---- names used ---- */

static void node_name(const struct node *node, void (*fn)(void *ctx, const char *name), void *ctx)
{
	char name[MUSTACHE_NAME_MAX + 1];

	if (node->parts == 0)
		return;
	for (size_t i = 0; i < node->len; i++)
		name[i] = node->text[i] == '\0' ? '.' : node->text[i];
	name[node->len] = '\0';
	fn(ctx, name);
}

void mustache_names(const struct mustache *mustache, void (*fn)(void *ctx, const char *name), void *ctx)
{
	for (size_t u = 0; u < mustache->count; u++) {
		for (size_t i = 0; i < mustache->units[u].count; i++) {
			const struct node *node = &mustache->units[u].nodes[i];

			if (node->kind != NODE_TEXT && node->kind != NODE_PARTIAL)
				node_name(node, fn, ctx);
		}
	}
}

void mustache_needs(const struct mustache *mustache, void (*fn)(void *ctx, const char *name), void *ctx)
{
	bool wanted[MUSTACHE_UNITS_MAX] = {true}; /* the template, and partials outside sections of wanted units */
	bool changed = true, done[MUSTACHE_UNITS_MAX] = {false};

	while (changed) {
		changed = false;
		for (size_t u = 0; u < mustache->count; u++) {
			const struct unit *unit = &mustache->units[u];

			if (!wanted[u] || done[u])
				continue;
			done[u] = changed = true;
			for (size_t i = 0; i < unit->count; i++) {
				const struct node *node = &unit->nodes[i];

				if (node->kind == NODE_VARIABLE || node->kind == NODE_TRUSTED)
					node_name(node, fn, ctx);
				else if (node->kind == NODE_PARTIAL)
					wanted[node->end] = true;
				else if (node->kind != NODE_TEXT)
					i = node->end - 1; /* over its inside */
			}
		}
	}
}
