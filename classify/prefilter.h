/*
 * prefilter.h - finds, in one pass over a normalised text, where which pattern may begin.
 *
 * An Aho-Corasick automaton over the literals of all patterns. Immutable once built; each matcher has its own
 * struct prefilter_scan.
 */
#ifndef PREFILTER_H
#define PREFILTER_H

#include "classify/literals.h"
#include "classify/normalise.h"

struct prefilter;
struct prefilter_builder;

struct prefilter_builder *prefilter_builder_new(void); /* NULL: memory */
void prefilter_builder_free(struct prefilter_builder **builder);
/* Adds a pattern's literals. lang: 0 any, else only texts of that language (see ruleset_lang). false: memory. */
bool prefilter_builder_add(struct prefilter_builder *builder, uint32_t pattern, uint16_t lang,
			   const struct pattern_literals *literals) MUST_CHECK;
/* patterns: how many there are in the set (ids below it). false: memory. */
bool prefilter_build(struct prefilter_builder *builder, size_t patterns, struct prefilter **prefilter_r) MUST_CHECK;
void prefilter_free(struct prefilter **prefilter);

#endif
