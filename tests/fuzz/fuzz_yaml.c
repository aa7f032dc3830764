/*
 * fuzz_yaml.c - any bytes as a YAML document: a tree that keeps its promises (counts, lines, unique keys, depth, valid
 * UTF-8) and freezes to bytes that thaw to the same, or one error line that begins with the file's name. The same bytes
 * as a frozen tree: one that freezes again, or an error.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"
#include "yaml_tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int truth)
{
	if (!truth)
		abort();
}

static void check_entry(const struct yaml_node *parent, const struct yaml_node *node)
{
	must((node->key != NULL) == (parent->kind == YAML_MAP));
	if (node->key == NULL)
		return;
	must(node->key_line >= 1);
	must(yaml_tree_get(parent, node->key) == node); /* the first of its name: so there is no second */
}

static void check_node(const struct yaml_node *node, int depth)
{
	size_t count = 0;

	must(depth <= YAML_DEPTH_MAX);
	must(node->line >= 1);
	if (node->kind == YAML_SCALAR) {
		must(node->text != NULL && strlen(node->text) == node->len && utf8_valid(node->text, node->len));
		must(node->child == NULL);
		return;
	}
	for (const struct yaml_node *child = node->child; child != NULL; child = child->next) {
		check_entry(node, child);
		check_node(child, depth + 1);
		count++;
	}
	must(count == node->count);
}

/* To bytes, back, and to bytes again. */
static void check_frozen(struct arena *arena, const struct yaml_node *root)
{
	struct yaml_node *again;
	struct buf first, second;

	buf_init(&first, 1 << 20);
	buf_init(&second, 1 << 20);
	yaml_tree_freeze(root, &first);
	must(!first.failed);
	must(yaml_tree_thaw(arena, "fuzz.yaml", first.data, first.len, &again, NULL) == ERR_OK);
	yaml_tree_freeze(again, &second);
	must(second.len == first.len && memcmp(first.data, second.data, first.len) == 0);
	buf_done(&first);
	buf_done(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct yaml_node *root = NULL;
	struct arena *arena;
	struct error e = {0};
	enum err err;

	if (size > 16384)
		return -1;
	arena = arena_new(16 << 20);
	if (arena == NULL)
		return -1;
	err = yaml_tree_parse(arena, "fuzz.yaml", (const char *)data, size, &root, &e);
	if (err == ERR_OK) {
		must(root != NULL);
		check_node(root, 0);
		check_frozen(arena, root);
	} else {
		must(root == NULL && e.code == err);
		must(strncmp(e.text, "fuzz.yaml:", 10) == 0 && strchr(e.text, '\n') == NULL);
		must(utf8_valid(e.text, strlen(e.text)));
	}
	if (yaml_tree_thaw(arena, "fuzz.yaml", (const char *)data, size, &root, NULL) == ERR_OK)
		check_frozen(arena, root);
	arena_free(&arena);
	return 0;
}
