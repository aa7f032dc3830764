/*
 * yaml_frozen.c - trees as bytes, and back (see include/yaml_tree.h).
 *
 * The number of nodes, then the nodes, each before its children: one byte of kind and flags, its line, for an entry of
 * a map the key's line and the key, then the text or the number of children. Numbers are LEB128 (seven bits a byte, the
 * lowest first, the top bit says that more follow); texts are a number of bytes, the bytes, and a NUL, so that a tree
 * can point at them where they lie.
 */
#include <limits.h>
#include <string.h>

#include "yaml_tree.h"

enum { KIND_BITS = 3, PLAIN_BIT = 4, KEY_BIT = 8 };

/* ---- tree to bytes ---------------------------------------------------------------------------------------------- */

static void put_number(struct buf *out, size_t number)
{
	for (; number >= 0x80; number >>= 7)
		buf_char(out, (char)(number | 0x80));
	buf_char(out, (char)number);
}

static void put_text(struct buf *out, const char *text, size_t len)
{
	put_number(out, len);
	buf_add(out, text, len);
	buf_char(out, '\0');
}

static size_t count_nodes(const struct yaml_node *node)
{
	size_t count = 1;

	for (const struct yaml_node *child = node->child; child != NULL; child = child->next)
		count += count_nodes(child);
	return count;
}

static void put_node(struct buf *out, const struct yaml_node *node)
{
	buf_char(out, (char)(node->kind | (node->plain ? PLAIN_BIT : 0) | (node->key != NULL ? KEY_BIT : 0)));
	put_number(out, (size_t)node->line);
	if (node->key != NULL) {
		put_number(out, (size_t)node->key_line);
		put_text(out, node->key, strlen(node->key));
	}
	if (node->kind == YAML_SCALAR) {
		put_text(out, node->text, node->len);
		return;
	}
	put_number(out, node->count);
	for (const struct yaml_node *child = node->child; child != NULL; child = child->next)
		put_node(out, child);
}

void yaml_tree_freeze(const struct yaml_node *root, struct buf *out)
{
	put_number(out, count_nodes(root));
	put_node(out, root);
}

/* ---- bytes to tree ---------------------------------------------------------------------------------------------- */

struct thaw {
	const unsigned char *at, *end;
	struct yaml_node *free; /* the next node to hand out, before last */
	const struct yaml_node *last;
};

static bool take_number(struct thaw *t, size_t *number_r)
{
	size_t number = 0;

	for (unsigned shift = 0; t->at < t->end && shift < 28; shift += 7) {
		unsigned char byte = *t->at++;

		number |= (size_t)(byte & 0x7f) << shift;
		if (byte < 0x80) {
			*number_r = number;
			return true;
		}
	}
	return false;
}

static bool take_line(struct thaw *t, int *line_r)
{
	size_t number;

	if (!take_number(t, &number) || number > INT_MAX)
		return false;
	*line_r = (int)number;
	return true;
}

static bool take_text(struct thaw *t, const char **text_r, size_t *len_r)
{
	if (!take_number(t, len_r) || (size_t)(t->end - t->at) <= *len_r || t->at[*len_r] != '\0')
		return false;
	*text_r = (const char *)t->at;
	t->at += *len_r + 1;
	return true;
}

static struct yaml_node *take_node(struct thaw *t, int depth, bool keyed);

static bool take_children(struct thaw *t, int depth, struct yaml_node *node)
{
	struct yaml_node **tail = &node->child;

	if (!take_number(t, &node->count))
		return false;
	for (size_t i = 0; i < node->count; i++) {
		*tail = take_node(t, depth + 1, node->kind == YAML_MAP);
		if (*tail == NULL)
			return false;
		tail = &(*tail)->next;
	}
	return true;
}

/* keyed: it is an entry of a map. NULL: these bytes are no tree. */
static struct yaml_node *take_node(struct thaw *t, int depth, bool keyed)
{
	struct yaml_node *node = t->free;
	unsigned char head;
	size_t key_len;

	if (t->at == t->end || node == t->last || depth > YAML_DEPTH_MAX)
		return NULL;
	t->free++;
	head = *t->at++;
	if ((head & KIND_BITS) > YAML_MAP || ((head & KEY_BIT) != 0) != keyed)
		return NULL;
	node->kind = (enum yaml_kind)(head & KIND_BITS);
	node->plain = (head & PLAIN_BIT) != 0;
	if (!take_line(t, &node->line))
		return NULL;
	if (keyed && (!take_line(t, &node->key_line) || !take_text(t, &node->key, &key_len)))
		return NULL;
	if (!(node->kind == YAML_SCALAR ? take_text(t, &node->text, &node->len) : take_children(t, depth, node)))
		return NULL;
	return node;
}

enum err yaml_tree_thaw(struct arena *arena, const char *name, const char *data, size_t len,
			struct yaml_node **root_r, struct error *e_r)
{
	struct thaw t = {.at = (const unsigned char *)data, .end = (const unsigned char *)data + len};
	struct yaml_node *root;
	size_t count;

	if (!take_number(&t, &count) || count > len)
		return error_set(e_r, ERR_INVALID, "%s: not a frozen tree", name);
	t.free = arena_array(arena, count, sizeof *t.free);
	if (t.free == NULL)
		return error_set(e_r, ERR_NOMEM, "%s: out of memory", name);
	t.last = t.free + count;
	root = take_node(&t, 0, false);
	if (root == NULL || t.at != t.end || t.free != t.last)
		return error_set(e_r, ERR_INVALID, "%s: not a frozen tree", name);
	*root_r = root;
	return ERR_OK;
}
