/*
 * word_index.h - finds, in one pass over the words of a normalised text, which patterns may match and where.
 *
 * A pattern here has up to GATE_WORDS lists of words (struct pattern_literals). It is told when a text holds a word of
 * each, in this order; with the places of the first list's words. Immutable once built.
 */
#ifndef WORD_INDEX_H
#define WORD_INDEX_H

#include "classify/literals.h"
#include "classify/normalise.h"

struct word_index;
struct word_index_builder;

/* What is told of a pattern whose lists are all in the text. */
enum place_call {
	PLACES_TOLD,   /* that it is, and where it may match */
	PLACES_ON_ASK, /* that it is; where, when word_index_ask() wants to know */
	NONE_TOLD,     /* likewise where, and no more */
};

struct word_index_builder *word_index_builder_new(void); /* NULL: memory */
void word_index_builder_free(struct word_index_builder **builder);
/* false: memory. */
bool word_index_add(struct word_index_builder *builder, uint32_t pattern,
		    const struct pattern_literals *literals, enum place_call call) MUST_CHECK;
struct word_index *word_index_build(struct word_index_builder *builder); /* NULL: memory */
void word_index_free(struct word_index **index);

size_t word_index_uses(const struct word_index *index);

/* A place of a pattern whose lists are all in the text: an index into the normalised text. */
struct place {
	uint32_t at;  /* where the word begins */
	uint32_t use; /* number of the pattern's word, below word_index_uses(); see prefilter_uses() as well */
	uint32_t next; /* for the prefilter: index of the pattern's next place to the right */
	uint32_t pattern;
	unsigned char len; /* of the word, or what is known of its beginning */
	bool anchored; /* else: only that it is there counts */
	bool sure;     /* a word that is a match if it is plain; see struct literal */
};

/* Memory of one thread, kept from text to text. The tables it is used with must live as long. */
struct word_scan {
	struct place *places;
	size_t place_count, place_size;
	uint64_t *seen; /* rows, one of each block */
	size_t seen_size; /* blocks */
	struct word_token *tokens;
	size_t token_count, token_size;
	struct word_found *words; /* of the table in the text, from left to right */
	size_t word_count, word_size;
	struct word_hit *hits; /* what they begin of which all was seen */
	size_t hit_count, hit_size;
	struct word_late *late; /* those whose places are made when they are asked for */
	size_t late_count, late_size;
	uint64_t *asked; /* by block: gates of the pattern that is asked for; else 0 */
	uint32_t *told; /* patterns of the last text that are PLACES_ON_ASK; one may be there twice */
	size_t told_count, told_size;
	struct word_memory *memory;
	const struct word_index **tables; /* those that it remembers something of */
	size_t table_count, table_size, table_last;
};

/* Forgets the places of the last text. */
void word_scan_reset(struct word_scan *scan);
/* One more place, for the caller to write. NULL: memory. */
struct place *word_scan_place(struct word_scan *scan);
/* Adds the places of one text, in order of `at`, of patterns that are PLACES_TOLD. false: memory. */
bool word_index_scan(const struct word_index *index, struct word_scan *scan, const struct normal *normal) MUST_CHECK;
/* Adds those of another pattern in the text that was scanned last, likewise; none of a PLACES_TOLD one. */
bool word_index_ask(const struct word_index *index, struct word_scan *scan, uint32_t pattern) MUST_CHECK;
void word_scan_done(struct word_scan *scan);

#endif
