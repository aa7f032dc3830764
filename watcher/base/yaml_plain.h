/*
 * yaml_plain.h - the plain form of YAML that files of rules have, read quickly; see yaml_plain.c.
 */
#ifndef YAML_PLAIN_H
#define YAML_PLAIN_H

#include "yaml_tree.h"

/* Reads what yaml_tree_parse() would, or gives up: false, *root_r untouched, the arena holds odds and ends. Valid UTF-8. */
bool yaml_plain(struct arena *arena, const char *text, size_t len, struct yaml_node **root_r);

#endif
