/*
 * word_index.c - see word_index.h: a hash table of words, and for each word the patterns that wait for it, as bits.
 *
 * A text has some twenty words and a rule set thousands of patterns, each of which names dozens of words. So a word is
 * looked up once for all of them. What it says of 64 patterns is one step with one number: their n-th word was seen if
 * the word before was seen to the left of it. Patterns of a rule stand side by side and name the same words, which is
 * why a word comes with few such steps.
 *
 * A word begins with a letter, digit or _ of ASCII that stands behind none, or anywhere with a byte beyond ASCII. The
 * table holds whole words (no letter, digit or _ of ASCII follows) and beginnings of words. A hash is carried from byte
 * to byte, and sets of bits tell what cannot be in the table.
 */
#include <stdlib.h>
#include <string.h>

#include "classify/word_index.h"

#define BLOOM_BITS 15
#define ITEMS_MAX (1u << 24)
#define AHEAD 8 /* guesses */

enum step_kind { STEP_THIRD, STEP_SECOND, STEP_SURE, STEP_FIRST, STEP_KINDS }; /* in this order in a word */

/* What a word means for up to 64 gates. */
struct step {
	uint64_t bits;
	uint32_t block;
	uint32_t use; /* first lists: of the first bit */
};

struct word {
	char text[LITERAL_MAX];
	unsigned char len;
	bool whole;
	uint32_t steps[STEP_KINDS + 1]; /* where the steps of each kind begin, and where the last ends */
};

/* Which of 64 gates have one, two, three lists. */
struct block {
	uint64_t lists[GATE_WORDS];
	uint64_t anchored;
};

struct word_index {
	struct word *words;
	size_t word_count;
	uint32_t *slots; /* 1 + index of a word; 0 none */
	unsigned shift;	 /* of a hash, to the number of its slot */
	struct step *steps;
	struct block *blocks;
	size_t block_count;
	size_t use_count; /* bits in steps of first lists */
	uint32_t *patterns; /* by gate */
	uint64_t bloom[1u << (BLOOM_BITS - 6)]; /* hashes of words */
	uint64_t starts[NORMAL_BYTES]; /* by first byte: the last bits of second bytes */
};

/* One gate's word. */
struct item {
	uint32_t word, gate;
	unsigned char kind; /* enum step_kind */
};

struct word_index_builder {
	struct word *words;
	size_t word_count, word_size;
	uint32_t *slots;
	unsigned shift;
	struct item *items;
	size_t item_count, item_size;
	struct block *blocks;
	size_t block_size;
	uint32_t *patterns;
	size_t gate_count, gate_size;
};

/* ---- words ------------------------------------------------------------------------------------------------------ */

enum kind { KIND_NONE, KIND_WORD, KIND_OPAQUE };

/* By byte: letters, digits and _ of ASCII; 2: NORMAL_OPAQUE. */
static const unsigned char kinds[NORMAL_BYTES] = {
	['0'] = 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
	['_'] = 1,
	['a'] = 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
	[NORMAL_OPAQUE] = 2,
};

static enum kind kind_of(unsigned char byte)
{
	return (enum kind)kinds[byte];
}

#define HASH_START 0x811C9DC5u

static uint32_t hash_byte(uint32_t hash, unsigned char byte)
{
	return (hash ^ byte) * 0x9E3779B1u;
}

/* Whole words have places of their own. */
static uint32_t hash_of(uint32_t hash, bool whole)
{
	hash = whole ? hash ^ 0x5BD1E995u : hash;
	return (hash ^ hash >> 15) * 0x85EBCA6Bu;
}

static uint32_t hash_text(const char *text, size_t len, bool whole)
{
	uint32_t hash = HASH_START;

	for (size_t i = 0; i < len; i++)
		hash = hash_byte(hash, (unsigned char)text[i]);
	return hash_of(hash, whole);
}

static const struct word *find(const struct word *words, const uint32_t *slots, unsigned shift, uint32_t hash,
			       const char *text, size_t len, bool whole)
{
	uint32_t mask = UINT32_MAX >> shift;

	for (uint32_t slot = hash >> shift; slots[slot]; slot = (slot + 1) & mask) {
		const struct word *word = &words[slots[slot] - 1];

		if (word->len == len && word->whole == whole && memcmp(word->text, text, len) == 0)
			return word;
	}
	return NULL;
}

/* ---- collecting ------------------------------------------------------------------------------------------------- */

struct word_index_builder *word_index_builder_new(void)
{
	struct word_index_builder *b = calloc(1, sizeof(struct word_index_builder));

	if (!b)
		return NULL;
	b->shift = 32 - 10;
	b->slots = calloc((size_t)1 << 10, sizeof *b->slots);
	if (!b->slots)
		word_index_builder_free(&b);
	return b;
}

void word_index_builder_free(struct word_index_builder **builder)
{
	if (!*builder)
		return;
	free((*builder)->words);
	free((*builder)->slots);
	free((*builder)->items);
	free((*builder)->blocks);
	free((*builder)->patterns);
	free(*builder);
	*builder = NULL;
}

static bool grow_now(void **items, size_t *size, size_t item)
{
	size_t wanted = *size ? *size * 2 : 256;
	void *grown;

	grown = realloc(*items, wanted * item);
	if (!grown)
		return false;
	memset((char *)grown + *size * item, 0, (wanted - *size) * item);
	*items = grown;
	*size = wanted;
	return true;
}

/* Room for one more. */
static inline bool grow(void **items, size_t count, size_t *size, size_t item)
{
	return count < *size || grow_now(items, size, item);
}

static void put_slot(uint32_t *slots, unsigned shift, uint32_t hash, uint32_t word)
{
	uint32_t mask = UINT32_MAX >> shift, slot = hash >> shift;

	while (slots[slot])
		slot = (slot + 1) & mask;
	slots[slot] = word + 1;
}

/* Twice as many slots. */
static bool grow_slots(struct word_index_builder *b)
{
	unsigned shift = b->shift - 1;
	uint32_t *slots = calloc((size_t)1 << (32 - shift), sizeof *slots);

	if (!slots)
		return false;
	for (size_t i = 0; i < b->word_count; i++)
		put_slot(slots, shift, hash_text(b->words[i].text, b->words[i].len, b->words[i].whole), (uint32_t)i);
	free(b->slots);
	b->slots = slots;
	b->shift = shift;
	return true;
}

static bool word_number(struct word_index_builder *b, const struct literal *literal, uint32_t *number_r)
{
	uint32_t hash = hash_text(literal->text, literal->len, literal->word_end);
	const struct word *known =
		find(b->words, b->slots, b->shift, hash, literal->text, literal->len, literal->word_end);
	void *words = b->words;
	struct word *word;

	if (known) {
		*number_r = (uint32_t)(known - b->words);
		return true;
	}
	if (b->word_count * 4 >= ((size_t)3 << (32 - b->shift)) / 2 && !grow_slots(b))
		return false;
	if (!grow(&words, b->word_count, &b->word_size, sizeof *b->words))
		return false;
	b->words = words;
	word = &b->words[b->word_count];
	memcpy(word->text, literal->text, literal->len);
	word->len = literal->len;
	word->whole = literal->word_end;
	put_slot(b->slots, b->shift, hash, (uint32_t)b->word_count);
	*number_r = (uint32_t)b->word_count++;
	return true;
}

static bool add_item(struct word_index_builder *b, const struct literal *literal, size_t list)
{
	struct item item = {.gate = (uint32_t)b->gate_count};
	void *items = b->items;

	if (b->item_count == ITEMS_MAX || !word_number(b, literal, &item.word) ||
	    !grow(&items, b->item_count, &b->item_size, sizeof *b->items))
		return false;
	item.kind = list == 2 ? STEP_THIRD : list == 1 ? STEP_SECOND : literal->sure ? STEP_SURE : STEP_FIRST;
	b->items = items;
	b->items[b->item_count++] = item;
	return true;
}

static bool add_gate(struct word_index_builder *b, uint32_t pattern, const struct gate *gate)
{
	uint64_t bit = (uint64_t)1 << b->gate_count % 64;
	void *blocks = b->blocks, *patterns = b->patterns;
	struct block *block;

	if (!grow(&blocks, b->gate_count / 64, &b->block_size, sizeof *b->blocks))
		return false;
	b->blocks = blocks;
	if (!grow(&patterns, b->gate_count, &b->gate_size, sizeof *b->patterns))
		return false;
	b->patterns = patterns;
	for (size_t list = 0; list < gate->count; list++)
		for (size_t i = 0; i < gate->words[list].count; i++)
			if (!add_item(b, &gate->words[list].items[i], list))
				return false;
	block = &b->blocks[b->gate_count / 64];
	block->lists[gate->count - 1] |= bit;
	if (gate->anchored)
		block->anchored |= bit;
	b->patterns[b->gate_count++] = pattern;
	return true;
}

bool word_index_add(struct word_index_builder *b, uint32_t pattern, const struct pattern_literals *literals)
{
	for (size_t i = 0; i < literals->gate_count; i++)
		if (!add_gate(b, pattern, &literals->gates[i]))
			return false;
	return true;
}

/* ---- building --------------------------------------------------------------------------------------------------- */

/* Items in order of their words, and of gates among those of a word; ends_r: by word, where its items end. */
static struct item *sort_items(const struct word_index_builder *b, uint32_t *ends)
{
	struct item *sorted = calloc(b->item_count + 1, sizeof *sorted);
	uint32_t sum = 0;

	if (!sorted)
		return NULL;
	for (size_t i = 0; i < b->item_count; i++)
		ends[b->items[i].word]++;
	for (size_t i = 0; i < b->word_count; i++) {
		uint32_t count = ends[i];

		ends[i] = sum;
		sum += count;
	}
	for (size_t i = 0; i < b->item_count; i++)
		sorted[ends[b->items[i].word]++] = b->items[i];
	return sorted;
}

/* The steps of one word, from its items; made: how many there are in all. */
static void lay_out_steps(struct word_index *index, struct word *word, const struct item *items, size_t count,
			  size_t *made)
{
	for (unsigned kind = 0; kind < STEP_KINDS; kind++) {
		struct step *step = NULL;

		word->steps[kind] = (uint32_t)*made;
		for (size_t i = 0; i < count; i++) {
			if (items[i].kind != kind)
				continue;
			if (!step || step->block != items[i].gate / 64) {
				step = &index->steps[(*made)++];
				*step = (struct step){.block = items[i].gate / 64, .use = (uint32_t)index->use_count};
			}
			step->bits |= (uint64_t)1 << items[i].gate % 64;
			index->use_count += kind >= STEP_SURE; /* too many if a gate has the word twice: no harm */
		}
	}
	word->steps[STEP_KINDS] = (uint32_t)*made;
}

static bool lay_out(struct word_index_builder *b, struct word_index *index)
{
	uint32_t *ends = calloc(b->word_count + 1, sizeof *ends), first = 0;
	struct item *items = ends ? sort_items(b, ends) : NULL;
	struct step *shrunk;
	size_t made = 0;
	bool ok;

	index->steps = calloc(b->item_count + 1, sizeof *index->steps);
	ok = items && index->steps;
	for (size_t i = 0; i < b->word_count && ok; i++) {
		struct word *word = &b->words[i];
		uint32_t hash = hash_text(word->text, word->len, word->whole);

		lay_out_steps(index, word, items + first, ends[i] - first, &made);
		first = ends[i];
		index->bloom[hash >> (32 - BLOOM_BITS) >> 6] |= (uint64_t)1 << (hash >> (32 - BLOOM_BITS) & 63);
		index->starts[(unsigned char)word->text[0]] |=
			word->len > 1 ? (uint64_t)1 << (word->text[1] & 63) : UINT64_MAX;
	}
	free(ends);
	free(items);
	shrunk = ok && made > 0 ? realloc(index->steps, made * sizeof *shrunk) : NULL;
	if (shrunk)
		index->steps = shrunk;
	return ok;
}

struct word_index *word_index_build(struct word_index_builder *b)
{
	struct word_index *index = calloc(1, sizeof *index);

	if (!index)
		return NULL;
	if (!lay_out(b, index)) {
		word_index_free(&index);
		return NULL;
	}
	index->words = b->words;
	index->word_count = b->word_count;
	index->slots = b->slots;
	index->shift = b->shift;
	index->blocks = b->blocks;
	index->block_count = (b->gate_count + 63) / 64;
	index->patterns = b->patterns;
	b->words = NULL;
	b->slots = NULL;
	b->blocks = NULL;
	b->patterns = NULL;
	b->word_count = b->gate_count = b->item_count = 0;
	return index;
}

void word_index_free(struct word_index **index)
{
	if (!*index)
		return;
	free((*index)->words);
	free((*index)->slots);
	free((*index)->steps);
	free((*index)->blocks);
	free((*index)->patterns);
	free(*index);
	*index = NULL;
}

size_t word_index_uses(const struct word_index *index)
{
	return index->use_count;
}

/* ---- scanning --------------------------------------------------------------------------------------------------- */

/* What was seen of 64 gates. */
struct word_seen {
	uint64_t lists[GATE_WORDS]; /* their first word; their second behind it; their third */
	uint64_t whole;		    /* all there is to see */
};

/* A part of the text that may be in the table. */
struct word_guess {
	uint32_t hash, at;
	unsigned char len;
	bool whole;
};

/* A word of the table in the text. */
struct word_found {
	uint32_t at, word;
};

void word_scan_done(struct word_scan *scan)
{
	free(scan->seen);
	free(scan->places);
	free(scan->words);
	free(scan->guesses);
	*scan = (struct word_scan){0};
}

static bool make_ready(struct word_scan *scan, const struct word_index *index)
{
	if (scan->seen_size < index->block_count) {
		struct word_seen *seen = realloc(scan->seen, index->block_count * sizeof *seen);

		if (!seen)
			return false;
		scan->seen = seen;
		scan->seen_size = index->block_count;
	}
	if (index->block_count > 0)
		memset(scan->seen, 0, index->block_count * sizeof *scan->seen);
	scan->place_count = scan->word_count = scan->guess_count = 0;
	return true;
}

/* Gates whose words before the n-th were seen and that wait for this one have seen it. */
static void note_steps(struct word_seen *seen, const struct step *step, const struct step *end, unsigned n)
{
	for (; step < end; step++) {
		uint64_t *lists = seen[step->block].lists;

		lists[n] |= lists[n - 1] & step->bits;
	}
}

/* Later lists first, so that a word is not behind itself. */
static bool note_word(const struct word_index *index, struct word_scan *scan, const struct word *word, size_t at)
{
	const struct step *steps = index->steps;
	void *words = scan->words;

	note_steps(scan->seen, &steps[word->steps[STEP_THIRD]], &steps[word->steps[STEP_SECOND]], 2);
	note_steps(scan->seen, &steps[word->steps[STEP_SECOND]], &steps[word->steps[STEP_SURE]], 1);
	for (uint32_t i = word->steps[STEP_SURE]; i < word->steps[STEP_KINDS]; i++)
		scan->seen[steps[i].block].lists[0] |= steps[i].bits;
	if (word->steps[STEP_SURE] == word->steps[STEP_KINDS])
		return true;
	if (!grow(&words, scan->word_count, &scan->word_size, sizeof *scan->words))
		return false;
	scan->words = words;
	scan->words[scan->word_count++] = (struct word_found){(uint32_t)at, (uint32_t)(word - index->words)};
	return true;
}

static bool note_guess(const struct word_index *index, struct word_scan *scan, uint32_t hash, size_t at, size_t len,
		       bool whole)
{
	uint32_t place = hash >> (32 - BLOOM_BITS);
	void *guesses = scan->guesses;

	if (!(index->bloom[place >> 6] >> (place & 63) & 1))
		return true;
	if (!grow(&guesses, scan->guess_count, &scan->guess_size, sizeof *scan->guesses))
		return false;
	scan->guesses = guesses;
	scan->guesses[scan->guess_count++] = (struct word_guess){hash, (uint32_t)at, (unsigned char)len, whole};
	__builtin_prefetch(&index->slots[hash >> index->shift]);
	return true;
}

/* Notes what the table may have of the word that begins at a byte, and of its beginnings. */
static bool guess(const struct word_index *index, struct word_scan *scan, const struct normal *normal, size_t at)
{
	const unsigned char *bytes = normal->bytes + at;
	size_t left = normal->len - at, most = left < LITERAL_MAX ? left : LITERAL_MAX;
	uint32_t hash = HASH_START;

	if (!(index->starts[bytes[0]] >> (left > 1 ? bytes[1] & 63 : 0) & 1))
		return true;
	for (size_t len = 1; len <= most && kind_of(bytes[len - 1]) != KIND_NONE; len++) {
		bool inside = len < left && kind_of(bytes[len]) == KIND_WORD;

		hash = hash_byte(hash, bytes[len - 1]);
		if (!note_guess(index, scan, hash_of(hash, false), at, len, false) ||
		    (!inside && !note_guess(index, scan, hash_of(hash, true), at, len, true)))
			return false;
	}
	return true;
}

/* All guesses, in order. The table is too large for the nearest caches, so a few are looked up ahead of time. */
static bool look_up(const struct word_index *index, struct word_scan *scan, const struct normal *normal)
{
	for (size_t i = 0; i < scan->guess_count; i++) {
		const struct word_guess *g = &scan->guesses[i];
		const struct word *word;

		if (i + AHEAD < scan->guess_count) {
			uint32_t slot = index->slots[scan->guesses[i + AHEAD].hash >> index->shift];

			if (slot)
				__builtin_prefetch(&index->words[slot - 1]);
		}
		if (i + AHEAD / 2 < scan->guess_count) {
			uint32_t slot = index->slots[scan->guesses[i + AHEAD / 2].hash >> index->shift];

			if (slot)
				__builtin_prefetch(&index->steps[index->words[slot - 1].steps[0]]);
		}
		word = find(index->words, index->slots, index->shift, g->hash, (const char *)normal->bytes + g->at, g->len,
			    g->whole);
		if (word && !note_word(index, scan, word, g->at))
			return false;
	}
	return true;
}

static bool add_places(const struct word_index *index, struct word_scan *scan, const struct word_found *found,
		       const struct step *step, uint64_t bits, bool sure)
{
	for (; bits; bits &= bits - 1) {
		unsigned bit = (unsigned)__builtin_ctzll(bits);
		void *places = scan->places;

		if (!grow(&places, scan->place_count, &scan->place_size, sizeof *scan->places))
			return false;
		scan->places = places;
		scan->places[scan->place_count++] = (struct word_place){
			.pattern = index->patterns[step->block * 64 + bit],
			.at = found->at,
			.use = step->use + (uint32_t)__builtin_popcountll(step->bits & (((uint64_t)1 << bit) - 1)),
			.len = index->words[found->word].len,
			.anchored = index->blocks[step->block].anchored >> bit & 1,
			.sure = sure,
		};
	}
	return true;
}

/* The words of the text once more: those that begin something of which all was seen. */
static bool collect_places(const struct word_index *index, struct word_scan *scan)
{
	for (size_t i = 0; i < index->block_count; i++) {
		struct word_seen *seen = &scan->seen[i];

		for (size_t k = 0; k < GATE_WORDS; k++)
			seen->whole |= seen->lists[k] & index->blocks[i].lists[k];
	}
	for (size_t i = 0; i < scan->word_count; i++) {
		const struct word_found *found = &scan->words[i];
		const struct word *word = &index->words[found->word];

		/* What is not sure goes before what is: that a word is a match may be true of one alternative only. */
		for (uint32_t k = word->steps[STEP_KINDS]; k-- > word->steps[STEP_SURE];) {
			const struct step *step = &index->steps[k];
			uint64_t bits = step->bits & scan->seen[step->block].whole;

			if (bits && !add_places(index, scan, found, step, bits, k < word->steps[STEP_FIRST]))
				return false;
		}
	}
	return true;
}

bool word_index_scan(const struct word_index *index, struct word_scan *scan, const struct normal *normal)
{
	enum kind before = KIND_NONE;

	if (!make_ready(scan, index))
		return false;
	for (size_t i = 0; i < normal->len; i++) {
		enum kind now = kind_of(normal->bytes[i]);

		if ((now == KIND_OPAQUE || (now == KIND_WORD && before != KIND_WORD)) &&
		    !guess(index, scan, normal, i))
			return false;
		before = now;
	}
	return look_up(index, scan, normal) && collect_places(index, scan);
}
