/*
 * arena.h - memory for one unit of work (a fetched page, a web request, an import batch), freed whole.
 *
 * An arena has a hard cap in bytes. Failure is sticky: after one allocation failed (cap or malloc),
 * arena_failed() is true until arena_reset(). Every function here that returns a pointer returns
 * NULL on failure; memory is zeroed and aligned to 16 bytes, and lives until reset or free.
 */
#ifndef ARENA_H
#define ARENA_H

#include <stdbool.h>
#include <stddef.h>

#include "attr.h"

struct arena;

/* cap: most bytes ever handed out between two resets. NULL when memory is exhausted. */
struct arena *arena_new(size_t cap);
void arena_free(struct arena **arena); /* accepts NULL and *arena == NULL; sets *arena = NULL */
/* Forgets all allocations, keeps the first block for reuse, clears the failure mark. */
void arena_reset(struct arena *arena);
bool arena_failed(const struct arena *arena);
size_t arena_used(const struct arena *arena);

void *arena_alloc(struct arena *arena, size_t size);
/* n * size, checked for overflow. */
void *arena_array(struct arena *arena, size_t n, size_t size);
char *arena_strdup(struct arena *arena, const char *s); /* s may be NULL: returns NULL, no failure */
char *arena_strndup(struct arena *arena, const char *s, size_t len);
char *arena_printf(struct arena *arena, const char *fmt, ...) FORMAT(2, 3);

#endif
