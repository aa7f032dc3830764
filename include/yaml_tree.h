/*
 * yaml_tree.h - a YAML document as a tree that remembers the line of everything (libyaml underneath).
 *
 * Used by the configuration and by rules, so that every complaint about them can begin "file:line:". Trees of the
 * shipped rules are made when the program is built and carried as bytes: to read YAML was a third of a start.
 * No anchors, aliases or tags (they make bombs and surprises): ERR_INVALID with the line.
 */
#ifndef YAML_TREE_H
#define YAML_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "buf.h"
#include "error.h"

enum yaml_kind { YAML_SCALAR, YAML_LIST, YAML_MAP };

struct yaml_node {
	enum yaml_kind kind;
	int line;		  /* 1-based line where the value starts */
	const char *key;	  /* in a map: this entry's key; NULL otherwise */
	int key_line;		  /* line of the key */
	const char *text;	  /* scalar: its value, NUL-terminated valid UTF-8 */
	size_t len;
	bool plain;		  /* scalar: unquoted (so `true`, `12`, `null` are not strings) */
	struct yaml_node *child;  /* list, map: first entry */
	struct yaml_node *next;	  /* next entry of the same parent */
	size_t count;		  /* list, map: entries */
};

#define YAML_SIZE_MAX (4u << 20)
#define YAML_DEPTH_MAX 16

/* Parses one document (an empty one gives an empty map). `name` begins error sentences ("amends.yaml:12: ...").
 * The tree lives in the arena. Duplicate keys are an error. */
enum err yaml_tree_parse(struct arena *arena, const char *name, const char *text, size_t len,
			 struct yaml_node **root_r, struct error *e_r) MUST_CHECK;
/* Appends the tree as bytes (watcher/base/yaml_frozen.c); look at out->failed afterwards. */
void yaml_tree_freeze(const struct yaml_node *root, struct buf *out);
/* The tree that was frozen. Nodes live in the arena and point into data, which must live as long. ERR_INVALID for bytes
 * that yaml_tree_freeze() cannot have written, ERR_NOMEM. */
enum err yaml_tree_thaw(struct arena *arena, const char *name, const char *data, size_t len,
			struct yaml_node **root_r, struct error *e_r) MUST_CHECK;
/* Entry of a map, or NULL. */
const struct yaml_node *yaml_tree_get(const struct yaml_node *map, const char *key);

#endif
