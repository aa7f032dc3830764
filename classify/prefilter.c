/*
 * prefilter.c - collects what patterns begin with or need: words for the table of words (word_index.c), all other
 * literals for a table of their own.
 *
 * The literals of that table begin with rare signs, or stand anywhere in words. Few places of a text have the first
 * three bytes of any; at those the table tells which, by the first four, or by all that shorter ones have.
 */
#include <stdlib.h>
#include <string.h>

#include "classify/prefilter_impl.h"

#define LITERALS_MAX (1u << 24)

/* While building: literals one by one. */
struct entry {
	char text[LITERAL_MAX];
	unsigned char len;
	uint32_t number; /* in order of arrival */
	struct use use;
};

struct prefilter_builder {
	struct word_index_builder *words;
	struct entry *entries;
	size_t count, size;
};

/* ---- collecting ------------------------------------------------------------------------------------------------- */

struct prefilter_builder *prefilter_builder_new(void)
{
	struct prefilter_builder *b = calloc(1, sizeof *b);

	if (!b)
		return NULL;
	b->words = word_index_builder_new();
	if (!b->words)
		prefilter_builder_free(&b);
	return b;
}

void prefilter_builder_free(struct prefilter_builder **builder)
{
	if (!*builder)
		return;
	word_index_builder_free(&(*builder)->words);
	free((*builder)->entries);
	free(*builder);
	*builder = NULL;
}

/* Only between two word bytes can it be said for sure that there is no boundary. */
static bool add_entry(struct prefilter_builder *b, const struct literal *literal, struct use use)
{
	struct entry *entry;

	if (b->count == b->size) {
		size_t size = b->size ? b->size * 2 : 1024;
		struct entry *entries = size <= LITERALS_MAX ? realloc(b->entries, size * sizeof *entries) : NULL;

		if (!entries)
			return false;
		b->entries = entries;
		b->size = size;
	}
	use.word_start = literal->word_start && normal_word_byte((unsigned char)literal->text[0]);
	use.word_end = literal->word_end && normal_word_byte((unsigned char)literal->text[literal->len - 1]);
	entry = &b->entries[b->count];
	*entry = (struct entry){.len = literal->len, .number = (uint32_t)b->count, .use = use};
	memcpy(entry->text, literal->text, literal->len);
	b->count++;
	return true;
}

bool prefilter_builder_add(struct prefilter_builder *b, uint32_t pattern, const struct pattern_literals *literals,
			   enum place_call call)
{
	struct use use = {.pattern = pattern};

	if (literals->gate_count > 0)
		return word_index_add(b->words, pattern, literals, call);
	for (size_t i = 0; i < literals->prefix.count; i++)
		if (!add_entry(b, &literals->prefix.items[i], use))
			return false;
	use.required = true;
	for (size_t i = 0; i < literals->required.count; i++)
		if (!add_entry(b, &literals->required.items[i], use))
			return false;
	return true;
}

/* ---- order ------------------------------------------------------------------------------------------------------ */

static int compare_text(const struct entry *a, const struct entry *b)
{
	int order = memcmp(a->text, b->text, LITERAL_MAX);

	return order ? order : a->len - b->len;
}

static int compare_entries(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;
	int order = compare_text(a, b);

	return order ? order : (a->number > b->number) - (a->number < b->number);
}

/* ---- groups ----------------------------------------------------------------------------------------------------- */

/* By place and group: what the bytes at home there weigh together. */
struct weights {
	uint32_t sums[GROUP_BYTES][GROUPS];
	uint32_t all;
};

/* Roughly, how often a byte is met. */
static uint32_t weight(unsigned char byte)
{
	if (byte == ' ')
		return 16;
	if (memchr("aehinorst", byte, 9))
		return 8;
	return byte >= 'a' && byte <= 'z' ? 3 : 1;
}

/* What they weigh with the literal's byte, or all if it has none there. */
static uint32_t weight_with(const struct prefilter *to, const struct weights *weights, size_t k, unsigned group,
			    const struct known *literal)
{
	unsigned char byte = (unsigned char)literal->text[k];

	if (k >= literal->len)
		return weights->all;
	return weights->sums[k][group] + (to->groups[k][byte] >> group & 1 ? 0 : weight(byte));
}

/* The group that lets the fewest more places of texts pass when it takes the literal. */
static unsigned best_group(const struct prefilter *to, const struct weights *weights, const struct known *literal)
{
	uint64_t least = UINT64_MAX;
	unsigned best = 0;

	for (unsigned group = 0; group < GROUPS; group++) {
		uint64_t before = 1, after = 1;

		for (size_t k = 0; k < GROUP_BYTES; k++) {
			before *= weights->sums[k][group];
			after *= weight_with(to, weights, k, group, literal);
		}
		if (after - before < least) {
			least = after - before;
			best = group;
		}
	}
	return best;
}

static void note_beginning(struct prefilter *to, struct weights *weights, const struct known *literal)
{
	unsigned group = best_group(to, weights, literal);

	for (size_t k = 0; k < GROUP_BYTES; k++) {
		weights->sums[k][group] = weight_with(to, weights, k, group, literal);
		if (k < literal->len)
			to->groups[k][(unsigned char)literal->text[k]] |= (uint64_t)1 << group;
		for (unsigned byte = 0; k >= literal->len && byte < NORMAL_BYTES; byte++)
			to->groups[k][byte] |= (uint64_t)1 << group;
	}
}

/* Few places of a text shall have bytes of literals of one group. */
static void lay_out_groups(struct prefilter *to)
{
	struct weights weights = {.all = 0};

	for (unsigned byte = 0; byte < NORMAL_BYTES; byte++)
		weights.all += weight((unsigned char)byte);
	for (size_t i = 0; i < to->literal_count; i++) {
		const struct known *literal = &to->literals[i];

		to->lengths[(unsigned char)literal->text[0]] |=
			(unsigned char)(1u << (literal->len < FOUR ? literal->len : FOUR));
		if (i == 0 || literal->len < GROUP_BYTES || literal[-1].len < GROUP_BYTES ||
		    memcmp(literal[-1].text, literal->text, GROUP_BYTES) != 0)
			note_beginning(to, &weights, literal);
	}
}

/* ---- building --------------------------------------------------------------------------------------------------- */

/* Literals with their uses, from sorted entries. */
static bool lay_out_literals(const struct prefilter_builder *b, struct prefilter *to)
{
	to->literals = calloc(b->count + 1, sizeof *to->literals);
	to->uses = calloc(b->count + 1, sizeof *to->uses);
	if (!to->literals || !to->uses)
		return false;
	for (size_t i = 0; i < b->count; i++) {
		const struct entry *entry = &b->entries[i];
		struct known *literal = &to->literals[to->literal_count];

		to->uses[i] = entry->use;
		to->requires[entry->use.pattern] |= entry->use.required;
		if (i > 0 && compare_text(entry - 1, entry) == 0)
			continue;
		memcpy(literal->text, entry->text, LITERAL_MAX);
		literal->len = entry->len;
		literal->use = (uint32_t)i;
		to->literal_count++;
	}
	to->literals[to->literal_count].use = (uint32_t)b->count;
	to->use_count = b->count;
	return true;
}

static bool lay_out_slots(struct prefilter *to)
{
	unsigned bits = 4;
	uint32_t mask;

	while ((size_t)1 << bits < 2 * to->literal_count)
		bits++;
	to->shift = 32 - bits;
	to->slots = calloc((size_t)1 << bits, sizeof *to->slots);
	if (!to->slots)
		return false;
	mask = UINT32_MAX >> to->shift;
	for (size_t i = 0; i < to->literal_count; i++) {
		uint32_t four = four_bytes(to->literals[i].text), hash = prefilter_hash(four), slot = hash >> to->shift;

		if (i > 0 && four_bytes(to->literals[i - 1].text) == four)
			continue;
		hash >>= 32 - HINT_BITS;
		to->hints[hash >> 6] |= (uint64_t)1 << (hash & 63);
		while (to->slots[slot])
			slot = (slot + 1) & mask;
		to->slots[slot] = (uint32_t)i + 1;
	}
	return true;
}

bool prefilter_build(struct prefilter_builder *builder, size_t patterns, struct prefilter **prefilter_r)
{
	struct prefilter *to = calloc(1, sizeof *to);

	if (!to)
		return false;
	if (builder->count > 0)
		qsort(builder->entries, builder->count, sizeof *builder->entries, compare_entries);
	to->words = word_index_build(builder->words);
	to->requires = calloc(patterns + 1, sizeof *to->requires);
	if (!to->words || !to->requires || !lay_out_literals(builder, to) || !lay_out_slots(to)) {
		prefilter_free(&to);
		return false;
	}
	lay_out_groups(to);
	*prefilter_r = to;
	return true;
}

void prefilter_free(struct prefilter **prefilter)
{
	if (!*prefilter)
		return;
	free((*prefilter)->literals);
	free((*prefilter)->slots);
	free((*prefilter)->uses);
	free((*prefilter)->requires);
	word_index_free(&(*prefilter)->words);
	free(*prefilter);
	*prefilter = NULL;
}

bool prefilter_requires(const struct prefilter *prefilter, uint32_t pattern)
{
	return prefilter->requires[pattern];
}

size_t prefilter_uses(const struct prefilter *prefilter)
{
	return prefilter->use_count + word_index_uses(prefilter->words);
}
