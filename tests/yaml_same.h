/*
 * yaml_same.h - is a text that yaml_plain() reads the same tree to libyaml? Shared by test_yaml.c and fuzz_yaml.c.
 */
#ifndef YAML_SAME_H
#define YAML_SAME_H

#include <string.h>

#include "buf.h"
#include "watcher/base/yaml_plain.h"

static bool same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool same_node(const struct yaml_node *a, const struct yaml_node *b)
{
	const struct yaml_node *x = a->child, *y = b->child;

	if (a->kind != b->kind || a->line != b->line || !same_text(a->key, b->key) || a->key_line != b->key_line ||
	    a->len != b->len || !same_text(a->text, b->text) || a->plain != b->plain || a->count != b->count)
		return false;
	while (x != NULL && y != NULL && same_node(x, y)) {
		x = x->next;
		y = y->next;
	}
	return x == NULL && y == NULL;
}

/* 1 the plain reader takes it and both read the same, 0 it gives up, -1 they differ. */
static int plain_is_same(const char *text, size_t len)
{
	struct arena *arena = arena_new(64u << 20);
	struct yaml_node *plain = NULL, *whole = NULL;
	struct buf again;
	struct error e;
	int answer = 0;

	buf_init(&again, YAML_SIZE_MAX);
	buf_add(&again, text, len);
	buf_str(&again, "\n#\t\n"); /* a comment at which the plain reader gives up */
	if (yaml_plain(arena, text, len, &plain))
		answer = yaml_tree_parse(arena, "t", buf_text(&again), again.len, &whole, &e) == ERR_OK &&
					 same_node(plain, whole) ? 1 : -1;
	buf_done(&again);
	arena_free(&arena);
	return answer;
}

#endif
