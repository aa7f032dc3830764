/*
 * word_index.c - see word_index.h: a hash table of words, and for each word the patterns that wait for it, as bits.
 *
 * A text has some twenty words and a rule set thousands of patterns, each of which names dozens of words. So a word is
 * looked up once for all of them. What it says of 64 patterns is one step with one number: their n-th word was seen if
 * the word before was seen to the left of it. Patterns that name the same words stand side by side, which is why a word
 * comes with few such steps.
 *
 * The table holds whole words (no letter, digit or _ of ASCII follows) and beginnings of words. A hash is carried from
 * byte to byte, and a set of bits tells what cannot be in the table. (word_scan.c remembers the answers.)
 */
#include <stdlib.h>
#include <string.h>

#include "classify/word_index_impl.h"

#define ITEMS_MAX (1u << 24)

/* One gate's word. */
struct item {
	uint32_t word, gate;
	unsigned char kind; /* enum step_kind */
};

/* A gate without its words. */
struct gate_note {
	uint32_t pattern;
	unsigned char lists, call; /* enum place_call */
	bool anchored;
};

struct word_index_builder {
	struct word *words;
	size_t word_count, word_size;
	uint32_t *slots;
	unsigned shift;
	struct item *items;
	size_t item_count, item_size;
	struct gate_note *gates;
	size_t gate_count, gate_size;
	size_t pattern_count; /* the greatest, and one */
};

/* ---- words ------------------------------------------------------------------------------------------------------ */

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
	free((*builder)->gates);
	free(*builder);
	*builder = NULL;
}

bool word_grow(void **items, size_t count, size_t *size, size_t item)
{
	size_t wanted = *size ? *size * 2 : 256;
	void *grown;

	while (wanted <= count)
		wanted *= 2;
	grown = realloc(*items, wanted * item);
	if (!grown)
		return false;
	memset((char *)grown + *size * item, 0, (wanted - *size) * item);
	*items = grown;
	*size = wanted;
	return true;
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
	if (!word_room(&words, b->word_count, &b->word_size, sizeof *b->words))
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
	    !word_room(&items, b->item_count, &b->item_size, sizeof *b->items))
		return false;
	item.kind = list == 2 ? STEP_THIRD : list == 1 ? STEP_SECOND : literal->sure ? STEP_SURE : STEP_FIRST;
	b->items = items;
	b->items[b->item_count++] = item;
	return true;
}

static bool add_gate(struct word_index_builder *b, uint32_t pattern, const struct gate *gate, enum place_call call)
{
	void *gates = b->gates;

	if (gate->count == 0)
		return true;
	if (!word_room(&gates, b->gate_count, &b->gate_size, sizeof *b->gates))
		return false;
	b->gates = gates;
	for (size_t list = 0; list < gate->count; list++)
		for (size_t i = 0; i < gate->words[list].count; i++)
			if (!add_item(b, &gate->words[list].items[i], list))
				return false;
	b->gates[b->gate_count++] =
		(struct gate_note){pattern, (unsigned char)gate->count, (unsigned char)call, gate->anchored};
	return true;
}

bool word_index_add(struct word_index_builder *b, uint32_t pattern, const struct pattern_literals *literals,
		    enum place_call call)
{
	if (b->pattern_count <= pattern)
		b->pattern_count = (size_t)pattern + 1;
	for (size_t i = 0; i < literals->gate_count; i++)
		if (!add_gate(b, pattern, &literals->gates[i], call))
			return false;
	return true;
}

/* ---- order of gates --------------------------------------------------------------------------------------------- */

#define KEY_WORDS 6

/* By which gates are sorted: how many lists they have, and the commonest words of these. */
struct gate_key {
	unsigned char lists;
	uint64_t words[KEY_WORDS]; /* the more often the word is met, the smaller; UINT64_MAX none */
	uint32_t gate;
	size_t from, to; /* its items */
};

static int compare_keys(const void *left, const void *right)
{
	const struct gate_key *a = left, *b = right;

	if (a->lists != b->lists)
		return a->lists < b->lists ? -1 : 1;
	for (size_t i = 0; i < KEY_WORDS; i++)
		if (a->words[i] != b->words[i])
			return a->words[i] < b->words[i] ? -1 : 1;
	return a->gate < b->gate ? -1 : a->gate > b->gate;
}

/* Keeps the smallest, in order. */
static void keep_word(uint64_t words[KEY_WORDS], uint64_t word)
{
	for (size_t i = 0; i < KEY_WORDS && word < words[KEY_WORDS - 1]; i++) {
		uint64_t other = words[i];

		if (word < other) {
			words[i] = word;
			word = other;
		}
	}
}

/*
 * A word in a list of that kind, before those that a text has more seldom, or few gates wait for. Short words are in
 * all texts. count: gates that have the word.
 */
static uint64_t word_key(const struct word *word, const struct item *item, uint32_t count)
{
	enum step_kind kind = item->kind == STEP_FIRST ? STEP_SURE : item->kind; /* they come together */

	return (uint64_t)(UINT32_MAX - count * 32 / (1u + word->len)) << 32 | (item->word << 2 | kind);
}

/* counts: by word, how many gates have it. */
static void make_keys(const struct word_index_builder *b, const uint32_t *counts, struct gate_key *keys)
{
	size_t at = 0;

	for (uint32_t gate = 0; gate < b->gate_count; gate++) {
		struct gate_key *key = &keys[gate];

		memset(key->words, 0xFF, sizeof key->words);
		key->gate = gate;
		key->lists = b->gates[gate].lists;
		key->from = at;
		for (; at < b->item_count && b->items[at].gate == gate; at++) {
			const struct item *item = &b->items[at];

			keep_word(key->words, word_key(&b->words[item->word], item, counts[item->word]));
		}
		key->to = at;
	}
}

/* Where the gate of a key goes that follows those before `gate`: a gate of other lists begins a block. */
static uint32_t place_gate(const struct gate_key *keys, size_t i, uint32_t gate)
{
	return i > 0 && keys[i - 1].lists != keys[i].lists ? (gate + 63) / 64 * 64 : gate;
}

/* Numbers the gates anew, in order of keys. */
static void apply_order(const struct word_index_builder *b, const struct gate_key *keys, struct item *items,
			struct word_index *index)
{
	uint32_t gate = 0;

	for (size_t i = 0; i < b->gate_count; i++, gate++) {
		const struct gate_note *note = &b->gates[keys[i].gate];
		struct block *block;

		gate = place_gate(keys, i, gate);
		block = &index->blocks[gate / 64];
		block->anchored |= (uint64_t)note->anchored << gate % 64;
		block->late |= (uint64_t)(note->call != PLACES_TOLD) << gate % 64;
		block->on_ask |= (uint64_t)(note->call == PLACES_ON_ASK) << gate % 64;
		index->patterns[gate] = note->pattern;
		index->blocks_end[note->lists] = gate / 64 + 1;
		for (size_t k = keys[i].from; k < keys[i].to; k++) {
			*items = b->items[k];
			(items++)->gate = gate;
		}
	}
	index->block_count = (gate + 63) / 64;
	for (size_t lists = 1; lists <= GATE_WORDS; lists++)
		if (index->blocks_end[lists] < index->blocks_end[lists - 1])
			index->blocks_end[lists] = index->blocks_end[lists - 1];
}

/*
 * Gates that wait for the same words shall stand side by side, so that a word comes with few steps. Those of a rule do
 * by nature; those of a language have a few words in common that many begin with ("i") or that come later ("not").
 */
static bool order_gates(struct word_index_builder *b, struct word_index *index)
{
	size_t most = b->gate_count / 64 + 1 + GATE_WORDS; /* blocks */
	uint32_t *counts = calloc(b->word_count + 1, sizeof *counts);
	struct gate_key *keys = calloc(b->gate_count + 1, sizeof *keys);
	struct item *items = calloc(b->item_count + 1, sizeof *items);
	bool ok;

	index->patterns = calloc(most * 64, sizeof *index->patterns);
	index->blocks = calloc(most, sizeof *index->blocks);
	ok = counts && keys && items && index->patterns && index->blocks;
	if (ok) {
		for (size_t i = 0; i < b->item_count; i++)
			counts[b->items[i].word]++;
		make_keys(b, counts, keys);
		qsort(keys, b->gate_count, sizeof *keys, compare_keys);
		apply_order(b, keys, items, index);
		free(b->items);
		b->items = items;
		b->item_size = b->item_count + 1;
	} else {
		free(items);
	}
	free(counts);
	free(keys);
	return ok;
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

/* The row of a block, and in it the place before its first list's. */
static uint32_t first_row(const struct word_index *index, uint32_t block)
{
	uint32_t lists = 1;

	while (block >= index->blocks_end[lists])
		lists++;
	return block * SEEN_ROW + GATE_WORDS - lists;
}

/* The steps of one word, from its items; made: how many there are in all. */
static void lay_out_steps(struct word_index *index, struct word_steps *meaning, const struct item *items, size_t count,
			  size_t *made)
{
	static const uint32_t behind[STEP_KINDS] = {[STEP_THIRD] = 2, [STEP_SECOND] = 1};

	for (unsigned kind = 0; kind < STEP_KINDS; kind++) {
		struct step *step = NULL;
		uint32_t block = 0;

		meaning->from[kind] = (uint32_t)*made;
		for (size_t i = 0; i < count; i++) {
			if (items[i].kind != kind)
				continue;
			if (!step || block != items[i].gate / 64) {
				block = items[i].gate / 64;
				step = &index->steps[(*made)++];
				*step = (struct step){.row = first_row(index, block) + behind[kind],
						      .use = (uint32_t)index->use_count};
			}
			step->bits |= (uint64_t)1 << items[i].gate % 64;
			index->use_count += kind >= STEP_SURE; /* too many if a gate has the word twice: no harm */
		}
	}
	meaning->from[STEP_KINDS] = (uint32_t)*made;
}

static void note_start(struct word_index *index, const struct word *word)
{
	struct word_start *start = &index->starts[(unsigned char)word->text[0]];
	uint64_t second = word->len > 1 ? (uint64_t)1 << (word->text[1] & 63) : UINT64_MAX;
	uint32_t hash = word_four_hash(word_four(word->text)); /* zeros behind a short one */

	start->all |= second;
	if (word->len < 4 && !word->whole)
		start->brief |= second;
	index->fours[hash >> 6] |= (uint64_t)1 << (hash & 63);
}

static bool lay_out(struct word_index_builder *b, struct word_index *index)
{
	uint32_t *ends = calloc(b->word_count + 1, sizeof *ends), first = 0;
	struct item *items = ends ? sort_items(b, ends) : NULL;
	struct step *shrunk;
	size_t made = 0;
	bool ok;

	index->steps = calloc(b->item_count + 1, sizeof *index->steps);
	index->meanings = calloc(b->word_count + 1, sizeof *index->meanings);
	ok = items && index->steps && index->meanings;
	for (size_t i = 0; i < b->word_count && ok; i++) {
		const struct word *word = &b->words[i];
		uint32_t hash = hash_text(word->text, word->len, word->whole);

		lay_out_steps(index, &index->meanings[i], items + first, ends[i] - first, &made);
		index->meanings[i].len = word->len;
		first = ends[i];
		index->bloom[hash >> (32 - BLOOM_BITS) >> 6] |= (uint64_t)1 << (hash >> (32 - BLOOM_BITS) & 63);
		note_start(index, word);
	}
	free(ends);
	free(items);
	shrunk = ok && made > 0 ? realloc(index->steps, made * sizeof *shrunk) : NULL;
	if (shrunk)
		index->steps = shrunk;
	return ok;
}

/* By pattern, the gates that are asked for. */
static bool lay_out_gates(const struct word_index_builder *b, struct word_index *index)
{
	uint32_t *from = calloc(b->pattern_count + 2, sizeof *from);

	index->gates = calloc(b->gate_count + 1, sizeof *index->gates);
	index->gates_from = from;
	index->pattern_count = b->pattern_count;
	if (!index->gates || !from)
		return false;
	for (size_t i = 0; i < b->gate_count; i++)
		from[b->gates[i].pattern + 2] += b->gates[i].call != PLACES_TOLD;
	for (size_t i = 2; i < b->pattern_count + 2; i++)
		from[i] += from[i - 1];
	for (uint32_t gate = 0; gate < index->block_count * 64; gate++)
		if (index->blocks[gate / 64].late >> gate % 64 & 1)
			index->gates[from[index->patterns[gate] + 1]++] = gate;
	return true;
}

struct word_index *word_index_build(struct word_index_builder *b)
{
	struct word_index *index = calloc(1, sizeof *index);
	struct word *words;

	if (!index)
		return NULL;
	if (!order_gates(b, index) || !lay_out(b, index) || !lay_out_gates(b, index)) {
		word_index_free(&index);
		return NULL;
	}
	words = realloc(b->words, (b->word_count + 1) * sizeof *words); /* its room was doubled as it grew */
	if (words)
		b->words = words;
	index->words = b->words;
	index->word_count = b->word_count;
	index->slots = b->slots;
	index->shift = b->shift;
	b->words = NULL;
	b->slots = NULL;
	b->word_count = b->gate_count = b->item_count = 0;
	return index;
}

void word_index_free(struct word_index **index)
{
	if (!*index)
		return;
	free((*index)->words);
	free((*index)->meanings);
	free((*index)->slots);
	free((*index)->steps);
	free((*index)->blocks);
	free((*index)->patterns);
	free((*index)->gates);
	free((*index)->gates_from);
	free(*index);
	*index = NULL;
}

size_t word_index_uses(const struct word_index *index)
{
	return index->use_count;
}

/* ---- asking ----------------------------------------------------------------------------------------------------- */

static size_t meet(const struct word_index *index, uint32_t hash, const char *text, size_t len, bool whole,
		   uint32_t *word_r)
{
	uint32_t place = hash >> (32 - BLOOM_BITS);
	const struct word *word;

	if (!(index->bloom[place >> 6] >> (place & 63) & 1))
		return 0;
	word = find(index->words, index->slots, index->shift, hash, text, len, whole);
	if (!word)
		return 0;
	*word_r = (uint32_t)(word - index->words);
	return 1;
}

size_t word_index_meet(const struct word_index *index, const unsigned char *bytes, size_t len, bool goes_on,
		       uint32_t words_r[MEET_MAX])
{
	const char *text = (const char *)bytes;
	uint32_t hash = HASH_START;
	size_t count = 0;

	for (size_t taken = 1; taken <= len; taken++) {
		bool inside = taken < len ? normal_word_byte(bytes[taken]) : goes_on;

		hash = hash_byte(hash, bytes[taken - 1]);
		count += meet(index, hash_of(hash, false), text, taken, false, words_r + count);
		if (!inside)
			count += meet(index, hash_of(hash, true), text, taken, true, words_r + count);
	}
	return count;
}
