/*
 * arena.c - memory for one unit of work (see include/arena.h).
 *
 * A chain of blocks; allocation moves a mark in the newest. Blocks double from 4 KiB to 256 KiB, so that a small page
 * costs little and a large one few mallocs. Reset keeps the largest block: the next unit of work mostly fits there.
 */
#include "arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALIGN 16u
#define BLOCK_MIN (4u << 10)
#define BLOCK_MAX (256u << 10)

struct block {
	struct block *older;
	size_t size, used;
	_Alignas(ALIGN) char data[];
};

struct arena {
	struct block *newest;
	size_t cap, used;
	bool failed;
};

struct arena *arena_new(size_t cap)
{
	struct arena *arena = calloc(1, sizeof(*arena));

	if (arena != NULL)
		arena->cap = cap;
	return arena;
}

static void blocks_free(struct block *block)
{
	while (block != NULL) {
		struct block *older = block->older;

		free(block);
		block = older;
	}
}

void arena_free(struct arena **arena)
{
	if (arena == NULL || *arena == NULL)
		return;
	blocks_free((*arena)->newest);
	free(*arena);
	*arena = NULL;
}

void arena_reset(struct arena *arena)
{
	struct block *keep = arena->newest;

	if (keep != NULL) {
		blocks_free(keep->older);
		keep->older = NULL;
		/* One huge request must not hold its memory for ever. */
		if (keep->size > 4 * BLOCK_MAX) {
			free(keep);
			keep = NULL;
		} else {
			keep->used = 0;
		}
	}
	arena->newest = keep;
	arena->used = 0;
	arena->failed = false;
}

bool arena_failed(const struct arena *arena)
{
	return arena->failed;
}

size_t arena_used(const struct arena *arena)
{
	return arena->used;
}

static struct block *block_new(struct arena *arena, size_t need)
{
	size_t size = arena->newest != NULL ? arena->newest->size * 2 : BLOCK_MIN;
	struct block *block;

	if (size > BLOCK_MAX)
		size = BLOCK_MAX;
	if (size < need)
		size = need;
	block = malloc(sizeof(*block) + size);
	if (block == NULL)
		return NULL;
	block->older = arena->newest;
	block->size = size;
	block->used = 0;
	arena->newest = block;
	return block;
}

/* `size` bytes with whatever stands there. */
static inline void *take(struct arena *arena, size_t size)
{
	struct block *block = arena->newest;
	size_t need;
	void *p;

	if (arena->failed || size > arena->cap - arena->used || size > SIZE_MAX - ALIGN) {
		arena->failed = true;
		return NULL;
	}
	need = size == 0 ? ALIGN : (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	if (block == NULL || block->size - block->used < need)
		block = block_new(arena, need);
	if (block == NULL) {
		arena->failed = true;
		return NULL;
	}
	p = block->data + block->used;
	block->used += need;
	arena->used = need > arena->cap - arena->used ? arena->cap : arena->used + need;
	return p;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	void *p = take(arena, size);

	return p != NULL ? memset(p, 0, size) : NULL;
}

void *arena_array(struct arena *arena, size_t n, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(n, size, &total)) {
		arena->failed = true;
		return NULL;
	}
	return arena_alloc(arena, total);
}

char *arena_strndup(struct arena *arena, const char *s, size_t len)
{
	char *copy;

	if (len == SIZE_MAX) {
		arena->failed = true;
		return NULL;
	}
	copy = take(arena, len + 1);
	if (copy == NULL)
		return NULL;
	if (len > 0)
		memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

char *arena_strdup(struct arena *arena, const char *s)
{
	return s == NULL ? NULL : arena_strndup(arena, s, strlen(s));
}

char *arena_printf(struct arena *arena, const char *fmt, ...)
{
	va_list args;
	char *text;
	int len;

	va_start(args, fmt);
	len = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (len < 0) {
		arena->failed = true;
		return NULL;
	}
	text = arena_alloc(arena, (size_t)len + 1);
	if (text == NULL)
		return NULL;
	va_start(args, fmt);
	(void)vsnprintf(text, (size_t)len + 1, fmt, args);
	va_end(args);
	return text;
}
