/*
 * alloc.h - memory that runs out on order: the Nth allocation of our own code fails.
 *
 * The linker puts alloc.c between our code and the C library (the Makefile links test_faults_* with --wrap=malloc,
 * calloc, realloc, strdup, strndup and pcre2_general_context_create_8). Libraries loaded at run time keep their own
 * malloc, except pcre2, whose general context is given ours.
 */
#ifndef FAULTS_ALLOC_H
#define FAULTS_ALLOC_H

#include <stdbool.h>

enum alloc_mode {
	ALLOC_ONCE,   /* the nth allocation fails, later ones work: memory was short for a moment */
	ALLOC_ONWARD, /* the nth and all after it fail */
};

/* From now on; nth 0: none fails. Also sets the counts below back to nothing. */
void alloc_fail(long nth, enum alloc_mode mode);
long alloc_seen(void);  /* allocations since alloc_fail() */
bool alloc_fired(void); /* has one failed since? */

/*
 * Runs body(ctx) with the 1st, 2nd, ... allocation failing until a pass fires no fault. body returns 0 when its work
 * succeeded and 1 when it failed cleanly (it checks for itself that nothing was left half done, and frees all).
 * The pass without a fault must succeed. Returns how many faults fired; asserts (cmocka) on the rest.
 */
long alloc_fault_loop(int (*body)(void *ctx), void *ctx, enum alloc_mode mode);

#endif
