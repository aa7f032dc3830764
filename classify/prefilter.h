/*
 * prefilter.h - finds, in a pass or two over a normalised text, where which pattern may begin.
 *
 * Words are looked up in a table (word_index.h), other literals in another. Immutable once built; each matcher has a
 * struct prefilter_scan of its own.
 */
#ifndef PREFILTER_H
#define PREFILTER_H

#include "classify/literals.h"
#include "classify/normalise.h"
#include "classify/word_index.h"

#define PLACES_MAX                                                                                                     \
	2048 /* places of one pattern in one text that are remembered; the matcher gives up before the last */
#define NO_PLACE UINT32_MAX

struct prefilter;
struct prefilter_builder;

struct prefilter_builder *prefilter_builder_new(void); /* NULL: memory */
void prefilter_builder_free(struct prefilter_builder **builder);
/*
 * Adds a pattern's literals. call: if not PLACES_TOLD, the pattern's sighting is whole only when prefilter_scan_ask()
 * was called; then NONE_TOLD need not even be touched. false: memory.
 */
bool prefilter_builder_add(struct prefilter_builder *builder, uint32_t pattern,
			   const struct pattern_literals *literals, enum place_call call) MUST_CHECK;
/* patterns: how many there are in the set (ids below it). false: memory. */
bool prefilter_build(struct prefilter_builder *builder, size_t patterns, struct prefilter **prefilter_r) MUST_CHECK;
void prefilter_free(struct prefilter **prefilter);

/* What was seen of one pattern, in a quarter of a line of the cache. */
struct sighting {
	uint32_t first, last; /* its leftmost and rightmost place; NO_PLACE none */
	uint32_t required_last; /* 1 + where the rightmost required literal begins; 0 none seen */
	uint16_t count;
	bool touched;
	bool asked; /* prefilter_scan_ask() */
};

struct prefilter_scan {
	struct sighting *sightings; /* by pattern */
	uint32_t *touched;          /* patterns with a sighting, in order of the first */
	size_t touched_count;
	const struct place *places; /* of the last text; owned by words */
	struct word_scan words;
};

/* Room for prefilters of so many patterns. false: memory. */
bool prefilter_scan_init(struct prefilter_scan *scan, size_t patterns) MUST_CHECK;
void prefilter_scan_done(struct prefilter_scan *scan);
/* Forgets the last text and looks through this one. false: memory. */
bool prefilter_scan_run(struct prefilter_scan *scan, const struct prefilter *prefilter,
			const struct normal *normal) MUST_CHECK;
/* Makes what was seen of the pattern whole, if it is not. scan->places may move. false: memory. */
bool prefilter_scan_ask(struct prefilter_scan *scan, const struct prefilter *prefilter, uint32_t pattern) MUST_CHECK;
/* How many literals of patterns there are; one that two patterns share is counted twice. */
size_t prefilter_uses(const struct prefilter *prefilter);
/* Must every match of the pattern contain a literal that is looked for beside its prefixes? */
bool prefilter_requires(const struct prefilter *prefilter, uint32_t pattern);

#endif
