/*
 * yaml_tree.c - a YAML document as a tree with lines (see include/yaml_tree.h).
 *
 * libyaml's events are turned into nodes by one recursive descent whose depth is capped before each step down.
 * The event structure belongs to the caller of each step and is deleted there: one owner, one delete.
 */
#include "yaml_tree.h"

#include <string.h>
#include <yaml.h>

#include "utf8.h"

struct reader {
	struct arena *arena;
	const char *name;
	yaml_parser_t parser;
	struct error *e_r;
};

static int line_of(const yaml_mark_t *mark)
{
	return (int)mark->line + 1;
}

static enum err fail_nomem(const struct reader *r)
{
	return error_set(r->e_r, ERR_NOMEM, "%s: out of memory", r->name);
}

static enum err next_event(struct reader *r, yaml_event_t *event_r)
{
	const yaml_parser_t *p = &r->parser;

	if (yaml_parser_parse(&r->parser, event_r))
		return ERR_OK;
	if (p->error == YAML_MEMORY_ERROR)
		return fail_nomem(r);
	if (p->error == YAML_READER_ERROR)
		return error_set(r->e_r, ERR_INVALID, "%s: not UTF-8 text at byte %zu (%s)", r->name, p->problem_offset,
				 p->problem != NULL ? p->problem : "unreadable");
	return error_set(r->e_r, ERR_INVALID, "%s:%d: %s", r->name, line_of(&p->problem_mark),
			 p->problem != NULL ? p->problem : "not YAML");
}

static enum err read_value(struct reader *r, const yaml_event_t *event, int depth, struct yaml_node **node_r);

static enum err read_scalar(struct reader *r, const yaml_event_t *event, struct yaml_node *node)
{
	const char *text = (const char *)event->data.scalar.value;
	size_t len = event->data.scalar.length;

	if (memchr(text, '\0', len) != NULL)
		return error_set(r->e_r, ERR_INVALID, "%s:%d: a NUL character is not allowed", r->name, node->line);
	node->kind = YAML_SCALAR;
	node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	node->text = arena_strndup(r->arena, text, len);
	node->len = len;
	return node->text != NULL ? ERR_OK : fail_nomem(r);
}

static enum err read_list(struct reader *r, int depth, struct yaml_node *list)
{
	struct yaml_node **tail = &list->child;
	yaml_event_t event;
	enum err err = ERR_OK;
	bool done = false;

	list->kind = YAML_LIST;
	while (err == ERR_OK && !done) {
		err = next_event(r, &event);
		if (err != ERR_OK)
			break;
		done = event.type == YAML_SEQUENCE_END_EVENT;
		if (!done) {
			err = read_value(r, &event, depth + 1, tail);
			if (err == ERR_OK) {
				tail = &(*tail)->next;
				list->count++;
			}
		}
		yaml_event_delete(&event);
	}
	return err;
}

static enum err read_entry(struct reader *r, const yaml_event_t *key, int depth, const struct yaml_node *map,
			   struct yaml_node **node_r)
{
	int line = line_of(&key->start_mark);
	yaml_event_t event;
	enum err err;
	char *text;

	if (key->type != YAML_SCALAR_EVENT)
		return error_set(r->e_r, ERR_INVALID, "%s:%d: a key must be a plain word", r->name, line);
	text = arena_strndup(r->arena, (const char *)key->data.scalar.value, key->data.scalar.length);
	if (text == NULL)
		return fail_nomem(r);
	if (yaml_tree_get(map, text) != NULL)
		return error_set(r->e_r, ERR_INVALID, "%s:%d: key \"%s\" stands here twice", r->name, line, text);
	err = next_event(r, &event);
	if (err != ERR_OK)
		return err;
	err = read_value(r, &event, depth + 1, node_r);
	yaml_event_delete(&event);
	if (err == ERR_OK) {
		(*node_r)->key = text;
		(*node_r)->key_line = line;
	}
	return err;
}

static enum err read_map(struct reader *r, int depth, struct yaml_node *map)
{
	struct yaml_node **tail = &map->child;
	yaml_event_t event;
	enum err err = ERR_OK;
	bool done = false;

	map->kind = YAML_MAP;
	while (err == ERR_OK && !done) {
		struct yaml_node *entry = NULL;

		err = next_event(r, &event);
		if (err != ERR_OK)
			break;
		done = event.type == YAML_MAPPING_END_EVENT;
		if (!done)
			err = read_entry(r, &event, depth, map, &entry);
		yaml_event_delete(&event);
		if (err == ERR_OK && !done) {
			*tail = entry;
			tail = &entry->next;
			map->count++;
		}
	}
	return err;
}

static bool tagged_or_anchored(const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return event->data.scalar.anchor != NULL || event->data.scalar.tag != NULL;
	case YAML_SEQUENCE_START_EVENT:
		return event->data.sequence_start.anchor != NULL || event->data.sequence_start.tag != NULL;
	case YAML_MAPPING_START_EVENT:
		return event->data.mapping_start.anchor != NULL || event->data.mapping_start.tag != NULL;
	default:
		return event->type == YAML_ALIAS_EVENT;
	}
}

static enum err read_value(struct reader *r, const yaml_event_t *event, int depth, struct yaml_node **node_r)
{
	struct yaml_node *node;
	enum err err;

	if (tagged_or_anchored(event))
		return error_set(r->e_r, ERR_INVALID, "%s:%d: anchors (&), aliases (*) and tags (!) are not supported; "
				 "quote the text if it begins with one", r->name, line_of(&event->start_mark));
	if (depth > YAML_DEPTH_MAX)
		return error_set(r->e_r, ERR_LIMIT, "%s:%d: nested deeper than %d levels", r->name,
				 line_of(&event->start_mark), YAML_DEPTH_MAX);
	node = arena_alloc(r->arena, sizeof(*node));
	if (node == NULL)
		return fail_nomem(r);
	node->line = line_of(&event->start_mark);
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		err = read_scalar(r, event, node);
		break;
	case YAML_SEQUENCE_START_EVENT:
		err = read_list(r, depth, node);
		break;
	case YAML_MAPPING_START_EVENT:
		err = read_map(r, depth, node);
		break;
	default:
		err = error_set(r->e_r, ERR_INVALID, "%s:%d: a value is missing", r->name, node->line);
		break;
	}
	if (err == ERR_OK)
		*node_r = node;
	return err;
}

/* Reads up to the first event that is neither the stream's nor the document's start. */
static enum err skip_start(struct reader *r, yaml_event_t *event_r)
{
	enum err err;

	for (;;) {
		err = next_event(r, event_r);
		if (err != ERR_OK)
			return err;
		if (event_r->type != YAML_STREAM_START_EVENT && event_r->type != YAML_DOCUMENT_START_EVENT)
			return ERR_OK;
		yaml_event_delete(event_r);
	}
}

static enum err expect_end(struct reader *r)
{
	yaml_event_t event;
	enum err err;
	int line;

	for (;;) {
		yaml_event_type_t type;

		err = next_event(r, &event);
		if (err != ERR_OK)
			return err;
		type = event.type;
		line = line_of(&event.start_mark);
		yaml_event_delete(&event);
		if (type == YAML_STREAM_END_EVENT)
			return ERR_OK;
		if (type != YAML_DOCUMENT_END_EVENT)
			return error_set(r->e_r, ERR_INVALID, "%s:%d: a second document (---) is not supported", r->name,
					 line);
	}
}

static enum err read_document(struct reader *r, struct yaml_node **root_r)
{
	struct yaml_node *root = NULL;
	yaml_event_t event;
	enum err err;

	err = skip_start(r, &event);
	if (err != ERR_OK)
		return err;
	if (event.type == YAML_STREAM_END_EVENT || event.type == YAML_DOCUMENT_END_EVENT) {
		yaml_event_delete(&event);
		root = arena_alloc(r->arena, sizeof(*root));
		if (root == NULL)
			return fail_nomem(r);
		root->kind = YAML_MAP;
		root->line = 1;
		*root_r = root;
		return ERR_OK;
	}
	err = read_value(r, &event, 0, &root);
	yaml_event_delete(&event);
	if (err == ERR_OK)
		err = expect_end(r);
	if (err == ERR_OK)
		*root_r = root;
	return err;
}

enum err yaml_tree_parse(struct arena *arena, const char *name, const char *text, size_t len,
			 struct yaml_node **root_r, struct error *e_r)
{
	struct reader r = {.arena = arena, .name = name, .e_r = e_r};
	enum err err;

	if (len > YAML_SIZE_MAX)
		return error_set(e_r, ERR_LIMIT, "%s: larger than %u bytes", name, YAML_SIZE_MAX);
	if (!utf8_valid(text, len))
		return error_set(e_r, ERR_INVALID, "%s: not UTF-8 text at byte %zu", name, utf8_valid_prefix(text, len));
	if (!yaml_parser_initialize(&r.parser))
		return fail_nomem(&r);
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)text, len);
	err = read_document(&r, root_r);
	yaml_parser_delete(&r.parser);
	return err;
}

const struct yaml_node *yaml_tree_get(const struct yaml_node *map, const char *key)
{
	if (map == NULL || map->kind != YAML_MAP)
		return NULL;
	for (const struct yaml_node *entry = map->child; entry != NULL; entry = entry->next)
		if (strcmp(entry->key, key) == 0)
			return entry;
	return NULL;
}
