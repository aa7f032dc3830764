/*
 * word_scan.c - see word_index.h: the words of a text, and what the table says of each.
 *
 * A word begins with a letter, digit or _ of ASCII that stands behind none, or anywhere with a byte beyond ASCII. What
 * the table says of it depends on its first LITERAL_MAX bytes and on whether a letter, digit or _ follows them, and
 * texts say the same few words over and over. So each thread remembers what it was told, exactly, in half of what its
 * second cache holds: the answers of all languages together, each with the number of the table that gave it.
 */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "classify/eight.h"
#include "classify/word_index_impl.h"

#define SET_BITS 13
#define WAYS 2
#define ANSWER_MAX 4 /* words that an answer has room for; the rare longer ones are asked for anew */

/* A word of the table in the text. */
struct word_found {
	uint32_t at, word;
};

/* It begins something of which all was seen. */
struct word_hit {
	uint32_t step, found;
};

/* Likewise, and its places are made when they are asked for. */
struct word_late {
	uint64_t bits; /* gates */
	uint32_t block, step, found;
};

/* All that the answer depends on. */
struct token_key {
	uint64_t head; /* the first eight bytes, zeros behind the last; never 0 */
	uint32_t tail; /* the other four */
	uint32_t asked; /* 2 * number of the table, and 1 if the word goes on */
};

struct word_token {
	struct token_key key;
	uint32_t at, set;
};

struct answer {
	struct token_key key;
	uint32_t words[ANSWER_MAX]; /* 1 + index; 0 behind the last */
};

struct word_memory {
	_Alignas(64) struct answer sets[1u << SET_BITS][WAYS];
};

void word_scan_done(struct word_scan *scan)
{
	free(scan->seen);
	free(scan->places);
	free(scan->words);
	free(scan->hits);
	free(scan->late);
	free(scan->asked);
	free(scan->told);
	free(scan->tokens);
	free(scan->memory);
	free(scan->tables);
	*scan = (struct word_scan){0};
}

void word_scan_reset(struct word_scan *scan)
{
	scan->place_count = 0;
}

struct place *word_scan_place(struct word_scan *scan)
{
	void *places = scan->places;

	if (!word_room(&places, scan->place_count, &scan->place_size, sizeof *scan->places))
		return NULL;
	scan->places = places;
	return &scan->places[scan->place_count++];
}

/* The number by which the table is remembered, from 1 on. 0: memory. */
static uint32_t table_number(struct word_scan *scan, const struct word_index *index)
{
	void *tables = scan->tables;
	size_t i = scan->table_last;

	if (i < scan->table_count && scan->tables[i] == index)
		return (uint32_t)i + 1;
	for (i = 0; i < scan->table_count && scan->tables[i] != index; i++)
		;
	if (i == scan->table_count) {
		if (!word_room(&tables, scan->table_count, &scan->table_size, sizeof *scan->tables))
			return 0;
		scan->tables = tables;
		scan->tables[scan->table_count++] = index;
	}
	scan->table_last = i;
	return (uint32_t)i + 1;
}

/* Nothing is seen of the gates of these blocks, which have so many lists. */
static void clear_rows(uint64_t *seen, size_t block, size_t end, unsigned lists)
{
	uint64_t second = lists < 3 ? UINT64_MAX : 0, third = lists < 2 ? UINT64_MAX : 0;

	_Static_assert(SEEN_ROW == 4, "these are all of them");
	for (; block < end; block++) {
		uint64_t *row = &seen[block * SEEN_ROW];

		row[0] = UINT64_MAX;
		row[1] = second;
		row[2] = third;
		row[3] = 0;
	}
}

static bool make_ready(struct word_scan *scan, const struct word_index *index)
{
	if (!scan->memory) {
		scan->memory = aligned_alloc(_Alignof(struct word_memory), sizeof *scan->memory);
		if (!scan->memory)
			return false;
		memset(scan->memory, 0, sizeof *scan->memory);
	}
	if (scan->seen_size < index->block_count) {
		uint64_t *seen = realloc(scan->seen, index->block_count * SEEN_ROW * sizeof *seen);
		uint64_t *asked = calloc(index->block_count, sizeof *asked);

		if (seen)
			scan->seen = seen;
		if (!seen || !asked) {
			free(asked);
			return false;
		}
		free(scan->asked);
		scan->asked = asked;
		scan->seen_size = index->block_count;
	}
	for (unsigned lists = 1; lists <= GATE_WORDS; lists++)
		clear_rows(scan->seen, index->blocks_end[lists - 1], index->blocks_end[lists], lists);
	scan->word_count = scan->token_count = 0;
	return true;
}

/* ---- where words begin ------------------------------------------------------------------------------------------ */

/* Of 64 bytes, the first in the lowest bit: letters, digits and _ of ASCII; NORMAL_OPAQUE. */
struct kinds {
	uint64_t word, opaque;
};

/* The highest bits of eight bytes, side by side. */
static inline uint64_t gather(uint64_t highest)
{
	return (highest >> 7) * 0x0102040810204080u >> 56;
}

static inline struct kinds kinds_at(const struct normal *normal, size_t at)
{
	struct kinds kinds = {0};

	for (unsigned i = 0; i < 64 && at + i < normal->len; i += 8) {
		uint64_t bytes, low, ascii;

		memcpy(&bytes, normal->bytes + at + i, sizeof bytes); /* behind the last are zeros */
		bytes = le64toh(bytes);
		low = bytes & EIGHT(0x7Fu);
		ascii = eight_between(low, 'a', 'z') | eight_between(low, '0', '9') | eight_between(low, '_', '_');
		kinds.word |= gather(ascii & ~bytes) << i;
		kinds.opaque |= gather(bytes & ~(low + EIGHT(0x7Fu)) & EIGHT(0x80u)) << i;
	}
	return kinds;
}

/* 0xFF for each byte of a token, which begins LITERAL_MAX - len bytes behind the start, and zeros. */
static const unsigned char ones[2 * LITERAL_MAX] = {
	0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
};

static inline struct word_token token_at(const unsigned char *bytes, size_t len, uint32_t table, uint32_t at)
{
	const unsigned char *mask = ones + LITERAL_MAX - len;
	bool goes_on = len == LITERAL_MAX && normal_word_byte(bytes[len]);
	struct word_token token = {.at = at};
	uint64_t head_mask, hash;
	uint32_t tail_mask;

	memcpy(&token.key.head, bytes, sizeof token.key.head);
	memcpy(&token.key.tail, bytes + sizeof token.key.head, sizeof token.key.tail);
	memcpy(&head_mask, mask, sizeof head_mask);
	memcpy(&tail_mask, mask + sizeof head_mask, sizeof tail_mask);
	token.key.head &= head_mask;
	token.key.tail &= tail_mask;
	token.key.asked = 2 * table + goes_on;
	hash = token.key.head * 0x9E3779B97F4A7C15u ^
	       ((uint64_t)token.key.asked << 32 | token.key.tail) * 0xC2B2AE3D27D4EB4Fu;
	token.set = (uint32_t)(hash >> (64 - SET_BITS));
	return token;
}

/* Notes the words that begin in 64 bytes, but for those that begin as none of the table does. */
static void take_tokens(const struct word_index *index, struct word_scan *scan, const struct normal *normal,
			size_t base, uint64_t starts, uint64_t inside, uint64_t inside_next, uint32_t table)
{
	size_t count = scan->token_count;

	/* No branch in this loop: which words the table may have cannot be foretold. */
	for (; starts; starts &= starts - 1) {
		unsigned bit = (unsigned)__builtin_ctzll(starts);
		const unsigned char *bytes = normal->bytes + base + bit;
		uint64_t run = inside >> bit | inside_next << 1 << (63 - bit);
		struct word_token *token = &scan->tokens[count];

		*token = token_at(bytes, (size_t)__builtin_ctzll(~run | 1u << LITERAL_MAX), table,
				  (uint32_t)(base + bit));
		__builtin_prefetch(scan->memory->sets[token->set]);
		count += word_may_be(index, bytes, word_four(&token->key.head));
	}
	scan->token_count = count;
}

static bool find_tokens(const struct word_index *index, struct word_scan *scan, const struct normal *normal,
			uint32_t table)
{
	struct kinds now = kinds_at(normal, 0), next;
	uint64_t before = 0;

	for (size_t base = 0; base < normal->len; base += 64, now = next) {
		void *tokens = scan->tokens;

		next = kinds_at(normal, base + 64);
		if (!word_room(&tokens, scan->token_count + 63, &scan->token_size, sizeof *scan->tokens))
			return false;
		scan->tokens = tokens;
		take_tokens(index, scan, normal, base, (now.word & ~(now.word << 1 | before)) | now.opaque,
			    now.word | now.opaque, next.word | next.opaque, table);
		before = now.word >> 63;
	}
	return true;
}

/* ---- what the table says ---------------------------------------------------------------------------------------- */

/* A token begins with a word of the table. There is room. */
static inline void find_word(const struct word_index *index, struct word_scan *scan, uint32_t word, uint32_t at)
{
	__builtin_prefetch(&index->meanings[word]);
	scan->words[scan->word_count++] = (struct word_found){at, word};
}

static inline bool same_key(const struct token_key *a, const struct token_key *b)
{
	return !((a->head ^ b->head) | (a->tail ^ b->tail) | (a->asked ^ b->asked));
}

/* Asks the table, and remembers what it says. */
static void ask_table(const struct word_index *index, struct word_scan *scan, const struct normal *normal,
		      const struct word_token *token)
{
	const unsigned char *bytes = normal->bytes + token->at;
	struct answer *set = scan->memory->sets[token->set], answer = {.key = token->key};
	uint32_t words[MEET_MAX];
	unsigned char text[LITERAL_MAX];
	size_t count, len = 0;

	memcpy(text, &token->key.head, sizeof token->key.head);
	memcpy(text + sizeof token->key.head, &token->key.tail, sizeof token->key.tail);
	while (len < LITERAL_MAX && text[len])
		len++;
	count = word_index_meet(index, bytes, len, token->key.asked & 1, words);
	for (size_t i = 0; i < count; i++) {
		if (i < ANSWER_MAX)
			answer.words[i] = words[i] + 1;
		find_word(index, scan, words[i], token->at);
	}
	if (count <= ANSWER_MAX) {
		memmove(set + 1, set, (WAYS - 1) * sizeof *set);
		set[0] = answer;
	}
}

static bool look_up(const struct word_index *index, struct word_scan *scan, const struct normal *normal)
{
	for (size_t i = 0; i < scan->token_count; i++) {
		const struct word_token *token = &scan->tokens[i];
		const struct answer *answer = scan->memory->sets[token->set];
		void *words = scan->words;

		if (!word_room(&words, scan->word_count + MEET_MAX, &scan->word_size, sizeof *scan->words))
			return false;
		scan->words = words;
		answer += !same_key(&answer->key, &token->key);
		if (!same_key(&answer->key, &token->key)) {
			ask_table(index, scan, normal, token);
			continue;
		}
		for (size_t k = 0; k < ANSWER_MAX && answer->words[k]; k++)
			find_word(index, scan, answer->words[k] - 1, token->at);
	}
	return true;
}

static inline void note_step(uint64_t *seen, uint64_t bits)
{
	seen[1] |= seen[0] & bits;
}

/* Notes what each word means for the gates. */
static void note_words(const struct word_index *index, struct word_scan *scan)
{
	const struct step *steps = index->steps;
	const struct word_steps *meanings = index->meanings;
	const struct word_found *words = scan->words;
	size_t count = scan->word_count;
	uint64_t *seen = scan->seen;

	for (size_t i = 0; i < count; i++) {
		const struct step *first = &steps[meanings[words[i].word].from[0]];

		__builtin_prefetch(first);
		__builtin_prefetch(first + 4);
	}
	for (size_t i = 0; i < count; i++) {
		const uint32_t *from = meanings[words[i].word].from;

		/* Later lists come first, so that a word is not behind itself. */
		for (const struct step *step = &steps[from[0]], *last = &steps[from[STEP_KINDS]]; step < last; step++)
			note_step(&seen[step->row], step->bits);
	}
}

/* ---- places ----------------------------------------------------------------------------------------------------- */

/* The compiler's own is a call on machines that may lack the instruction. */
static inline uint32_t count_bits(uint64_t bits)
{
	bits -= bits >> 1 & EIGHT(0x55u);
	bits = (bits & EIGHT(0x33u)) + (bits >> 2 & EIGHT(0x33u));
	return (uint32_t)(((bits + (bits >> 4)) & EIGHT(0x0Fu)) * EIGHT(1u) >> 56);
}

/* The places of a word's step for some of its gates. */
static bool add_places(const struct word_index *index, struct word_scan *scan, uint32_t number, uint32_t found,
		       uint64_t bits)
{
	const struct step *step = &index->steps[number];
	const struct word_steps *meaning = &index->meanings[scan->words[found].word];
	const uint32_t *patterns = &index->patterns[step->row / SEEN_ROW * 64];
	uint64_t anchored = index->blocks[step->row / SEEN_ROW].anchored, all = step->bits;
	uint32_t at = scan->words[found].at, use = step->use;
	unsigned char len = (unsigned char)meaning->len;
	bool sure = number < meaning->from[STEP_FIRST];
	void *places = scan->places;
	struct place *place;

	if (!word_room(&places, scan->place_count + 63, &scan->place_size, sizeof *scan->places))
		return false;
	scan->places = places;
	for (place = &scan->places[scan->place_count]; bits; bits &= bits - 1, place++) {
		unsigned bit = (unsigned)__builtin_ctzll(bits);

		place->at = at;
		place->use = use + count_bits(all & (((uint64_t)1 << bit) - 1));
		place->pattern = patterns[bit];
		place->len = len;
		place->anchored = anchored >> bit & 1;
		place->sure = sure;
	}
	scan->place_count = (size_t)(place - scan->places);
	return true;
}

/* Tells the patterns of a block's gates. */
static bool tell(const struct word_index *index, struct word_scan *scan, uint32_t block, uint64_t bits)
{
	void *room = scan->told;
	uint32_t *told;

	if (!word_room(&room, scan->told_count + 63, &scan->told_size, sizeof *scan->told))
		return false;
	scan->told = room;
	for (told = &scan->told[scan->told_count]; bits; bits &= bits - 1)
		*told++ = index->patterns[block * 64 + (unsigned)__builtin_ctzll(bits)];
	scan->told_count = (size_t)(told - scan->told);
	return true;
}

/* Where the row of a place has of which gates all is seen. */
static inline size_t whole_place(size_t row)
{
	return row | (SEEN_ROW - 1);
}

/* The words of the text once more: those that begin something of which all was seen. */
static bool find_hits(const struct word_index *index, struct word_scan *scan)
{
	const struct word_steps *meanings = index->meanings;
	const struct step *steps = index->steps;
	const uint64_t *seen = scan->seen;
	size_t count = 0;

	for (uint32_t i = 0; i < scan->word_count; i++) {
		const uint32_t *from = meanings[scan->words[i].word].from;
		uint32_t first = from[STEP_SURE], k = from[STEP_KINDS];
		void *room = scan->hits;
		struct word_hit *hits;

		if (!word_room(&room, count + k - first, &scan->hit_size, sizeof *hits))
			return false;
		scan->hits = hits = room;
		/*
		 * What is not sure goes before what is: that a word is a match may be true of one alternative only.
		 * No branch in this loop: of what all was seen cannot be foretold.
		 */
		while (k-- > first) {
			hits[count] = (struct word_hit){k, i};
			count += (steps[k].bits & seen[whole_place(steps[k].row)]) != 0;
		}
	}
	scan->hit_count = count;
	return true;
}

/* Places where they are told; for the others, what there is to know when they are asked for. */
static bool take_hits(const struct word_index *index, struct word_scan *scan)
{
	void *room = scan->late;
	struct word_late *late;

	if (!word_room(&room, scan->hit_count, &scan->late_size, sizeof *scan->late))
		return false;
	scan->late = late = room;
	scan->told_count = 0;
	for (size_t i = 0; i < scan->hit_count; i++) {
		struct word_hit hit = scan->hits[i];
		const struct step *step = &index->steps[hit.step];
		uint32_t number = step->row / SEEN_ROW;
		const struct block *block = &index->blocks[number];
		uint64_t bits = step->bits & scan->seen[whole_place(step->row)];

		*late = (struct word_late){bits & block->late, number, hit.step, hit.found};
		late += (bits & block->late) != 0;
		if ((bits & block->on_ask) && !tell(index, scan, number, bits & block->on_ask))
			return false;
		if ((bits & ~block->late) && !add_places(index, scan, hit.step, hit.found, bits & ~block->late))
			return false;
	}
	scan->late_count = (size_t)(late - scan->late);
	return true;
}

bool word_index_scan(const struct word_index *index, struct word_scan *scan, const struct normal *normal)
{
	uint32_t table = table_number(scan, index);

	if (!table || !make_ready(scan, index) || !find_tokens(index, scan, normal, table) ||
	    !look_up(index, scan, normal))
		return false;
	note_words(index, scan);
	return find_hits(index, scan) && take_hits(index, scan);
}

/* The words that begin something of the gates in scan->asked. */
static bool ask_words(const struct word_index *index, struct word_scan *scan)
{
	for (const struct word_late *late = scan->late, *end = late + scan->late_count; late < end; late++) {
		uint64_t bits = late->bits & scan->asked[late->block];

		if (bits && !add_places(index, scan, late->step, late->found, bits))
			return false;
	}
	return true;
}

bool word_index_ask(const struct word_index *index, struct word_scan *scan, uint32_t pattern)
{
	uint64_t any = 0;
	bool ok;

	if (pattern >= index->pattern_count)
		return true;
	for (uint32_t i = index->gates_from[pattern]; i < index->gates_from[pattern + 1]; i++) {
		uint32_t gate = index->gates[i];
		uint64_t bit = scan->seen[whole_place(gate / 64 * SEEN_ROW)] & (uint64_t)1 << gate % 64;

		scan->asked[gate / 64] |= bit;
		any |= bit;
	}
	if (!any)
		return true;
	ok = ask_words(index, scan);
	for (uint32_t i = index->gates_from[pattern]; i < index->gates_from[pattern + 1]; i++)
		scan->asked[index->gates[i] / 64] = 0;
	return ok;
}
