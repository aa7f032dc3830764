/*
 * freeze.c - a tool of the build: reads a YAML file and writes its tree as bytes to standard output, so that amends
 * need not read YAML each time it starts (yaml_tree.h). A mistake in a shipped file ends the build with its line.
 */
#include <stdio.h>

#include "arena.h"
#include "buf.h"
#include "file.h"
#include "yaml_tree.h"

#define TREE_ARENA_MAX (256u << 20)

static enum err freeze(const char *path, struct buf *text, struct arena *arena, struct buf *out, struct error *e_r)
{
	struct yaml_node *root;
	enum err err = file_read(path, text, e_r);

	if (err == ERR_OK)
		err = yaml_tree_parse(arena, path, buf_text(text), text->len, &root, e_r);
	if (err != ERR_OK)
		return err;
	yaml_tree_freeze(root, out);
	return out->failed ? error_set(e_r, ERR_NOMEM, "%s: out of memory", path) : ERR_OK;
}

int main(int argc, char **argv)
{
	struct arena *arena = arena_new(TREE_ARENA_MAX);
	struct error error = {0};
	struct buf text, out;
	enum err err = ERR_INVALID;

	buf_init(&text, YAML_SIZE_MAX);
	buf_init(&out, TREE_ARENA_MAX);
	if (argc != 2 || arena == NULL)
		fputs("usage: freeze FILE.yaml >TREE\n", stderr);
	else if ((err = freeze(argv[1], &text, arena, &out, &error)) != ERR_OK)
		fprintf(stderr, "%s\n", error.text);
	else if (fwrite(out.data, 1, out.len, stdout) != out.len || fflush(stdout) != 0) {
		perror("freeze: standard output");
		err = ERR_IO;
	}
	buf_done(&text);
	buf_done(&out);
	arena_free(&arena);
	return err == ERR_OK ? 0 : 1;
}
