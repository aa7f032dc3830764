/*
 * yaml_plain.h - a quick reader of the plain kind of YAML that rules are written in; see yaml_plain.c.
 */
#ifndef YAML_PLAIN_H
#define YAML_PLAIN_H

#include "yaml_tree.h"

enum yaml_plain {
	YAML_PLAIN_READ,  /* *root_r is the tree that libyaml would have given */
	YAML_PLAIN_OTHER, /* not of the plain kind, right or wrong: ask libyaml */
	YAML_PLAIN_NOMEM,
};

/* text: valid UTF-8. The tree lives in the arena. */
enum yaml_plain yaml_plain_parse(struct arena *arena, const char *text, size_t len,
				 struct yaml_node **root_r) MUST_CHECK;

/* yaml_tree.c: the same as yaml_tree_parse(), always by libyaml, and without its first checks. */
enum err yaml_tree_read(struct arena *arena, const char *name, const char *text, size_t len,
			struct yaml_node **root_r, struct error *e_r) MUST_CHECK;

#endif
