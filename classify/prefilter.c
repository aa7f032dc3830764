/*
 * prefilter.c - Aho-Corasick over normalised text, for what the table of words (word_index.c) does not know.
 *
 * The automaton is a table: a row per state, a column per class of bytes (bytes in no literal share class 0), the
 * entry being where the next state's row begins, so that one look-up and one addition lead from byte to byte. The
 * highest bit of an entry says that literals end in that state; the row's last column then tells which.
 *
 * A letter that begins a word is another symbol than the same letter inside one. Most literals begin with a word, so
 * that most letters of a text lead back to the first state, whose row is always near.
 */
#include <stdlib.h>
#include <string.h>

#include "classify/prefilter.h"

#define ENDS 0x80000000u /* mark of an entry: literals end there */
#define NO_USE UINT32_MAX
#define STATES_MAX (1u << 21)

/* What a literal means for a pattern. */
struct use {
	uint32_t pattern;
	unsigned char len;
	bool required; /* else: the pattern may begin where the literal begins */
	bool word_end; /* no letter, digit or _ of ASCII may stand behind it */
};

struct prefilter {
	uint64_t pairs[256];	/* by byte: the last bits of bytes that stand behind it in a literal's beginning */
	uint16_t class[2][256]; /* [1]: behind a letter, digit or _ of ASCII */
	uint32_t *table;
	uint32_t *uses_at; /* by list: index of its first use; uses_at[list + 1] is the end */
	struct use *uses;
	size_t use_count;
	bool *requires; /* by pattern */
	struct word_index *words; /* patterns that are made of words */
	uint32_t width; /* columns of a row */
};

/* While building: literals one by one. */
struct entry {
	char text[LITERAL_MAX];
	struct use use;
	bool inside;   /* the first byte stands inside a word */
	uint32_t next; /* next entry ending in the same state */
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

static bool push_entry(struct prefilter_builder *b, const struct entry *entry)
{
	if (b->count == b->size) {
		size_t size = b->size ? b->size * 2 : 1024;
		struct entry *entries = realloc(b->entries, size * sizeof *entries);

		if (!entries)
			return false;
		b->entries = entries;
		b->size = size;
	}
	b->entries[b->count++] = *entry;
	return true;
}

/* Only between two word bytes can it be said for sure that there is no boundary. */
static bool add_entry(struct prefilter_builder *b, const struct literal *literal, struct use use)
{
	struct entry entry = {.use = use};

	memcpy(entry.text, literal->text, literal->len);
	entry.use.len = literal->len;
	entry.use.word_end = literal->word_end && normal_word_byte((unsigned char)literal->text[literal->len - 1]);
	if (!push_entry(b, &entry))
		return false;
	entry.inside = true;
	return literal->word_start || !normal_word_byte((unsigned char)literal->text[0]) || push_entry(b, &entry);
}

bool prefilter_builder_add(struct prefilter_builder *b, uint32_t pattern, const struct pattern_literals *literals)
{
	struct use use = {.pattern = pattern};

	if (literals->gate_count > 0)
		return word_index_add(b->words, pattern, literals);
	for (size_t i = 0; i < literals->prefix.count; i++)
		if (!add_entry(b, &literals->prefix.items[i], use))
			return false;
	use.required = true;
	for (size_t i = 0; i < literals->required.count; i++)
		if (!add_entry(b, &literals->required.items[i], use))
			return false;
	return true;
}

/* ---- building --------------------------------------------------------------------------------------------------- */

/* The automaton while it is made: states are numbers, a row's entries are numbers of states. */
struct build {
	struct prefilter_builder *from;
	struct prefilter *to;
	uint32_t *table; /* states * width */
	uint32_t states, room;
	uint32_t *fail;  /* by state: the longest other state that ends alike */
	uint32_t *ends;  /* by state: first entry ending here, NO_USE */
	uint32_t *order; /* states by depth */
};

/* Which of the two classes of its k-th byte the literal means. */
static unsigned variant(const struct entry *entry, size_t k)
{
	if (!normal_word_byte((unsigned char)entry->text[k]))
		return 0;
	return k == 0 ? entry->inside : normal_word_byte((unsigned char)entry->text[k - 1]);
}

static void choose_classes(struct build *b)
{
	unsigned next = 1;

	for (size_t i = 0; i < b->from->count; i++) {
		const struct entry *entry = &b->from->entries[i];

		for (size_t k = 0; k < entry->use.len; k++) {
			uint16_t *class = &b->to->class[variant(entry, k)][(unsigned char)entry->text[k]];

			if (*class == 0)
				*class = (uint16_t)next++;
		}
	}
	for (unsigned byte = 0; byte < 256; byte++)
		if (!normal_word_byte((unsigned char)byte))
			b->to->class[1][byte] = b->to->class[0][byte];
	b->to->width = next + 1; /* and the column of literals */
}

static bool add_state(struct build *b, uint32_t *state_r)
{
	if (b->states == b->room) {
		uint32_t room = b->room ? b->room * 2 : 1024;
		uint32_t *table, *ends;

		if (room > STATES_MAX)
			return false;
		table = realloc(b->table, (size_t)room * b->to->width * sizeof *table);
		if (!table)
			return false;
		b->table = table;
		ends = realloc(b->ends, (size_t)room * sizeof *ends);
		if (!ends)
			return false;
		b->ends = ends;
		b->room = room;
	}
	memset(b->table + (size_t)b->states * b->to->width, 0, b->to->width * sizeof *b->table);
	b->ends[b->states] = NO_USE;
	*state_r = b->states++;
	return true;
}

/* With which two bytes literals begin. */
static void note_pair(struct prefilter *to, const struct entry *entry)
{
	const unsigned char *text = (const unsigned char *)entry->text;

	to->pairs[text[0]] |= entry->use.len > 1 ? (uint64_t)1 << (text[1] & 63) : UINT64_MAX;
}

/* The trie; state 0 is its root, so a 0 entry means "no child". */
static bool add_literals(struct build *b)
{
	uint32_t state;

	if (!add_state(b, &state))
		return false;
	for (size_t i = 0; i < b->from->count; i++) {
		struct entry *entry = &b->from->entries[i];

		note_pair(b->to, entry);
		state = 0;
		for (size_t k = 0; k < entry->use.len; k++) {
			size_t place = (size_t)state * b->to->width +
				       b->to->class[variant(entry, k)][(unsigned char)entry->text[k]];
			uint32_t child = b->table[place];

			if (child == 0 && !add_state(b, &child))
				return false;
			b->table[place] = child;
			state = child;
		}
		entry->next = b->ends[state];
		b->ends[state] = (uint32_t)i;
	}
	return true;
}

/* Breadth first: a state's failure state is shallower, so its row is complete when it is copied from. */
static bool add_failures(struct build *b)
{
	uint32_t width = b->to->width, done = 0, known = 1;

	b->fail = calloc(b->states, sizeof *b->fail);
	b->order = calloc(b->states, sizeof *b->order);
	if (!b->fail || !b->order)
		return false;
	while (done < known) {
		uint32_t state = b->order[done++];
		uint32_t *row = b->table + (size_t)state * width;
		const uint32_t *other = b->table + (size_t)b->fail[state] * width;

		for (uint32_t class = 0; class + 1 < width; class ++) {
			if (row[class] == 0) {
				row[class] = state == 0 ? 0 : other[class];
				continue;
			}
			b->fail[row[class]] = state == 0 ? 0 : other[class];
			b->order[known++] = row[class];
		}
	}
	return true;
}

/* How many literals end in a state, its failure states included; their list at `uses` when not NULL. */
static size_t collect_uses(const struct build *b, uint32_t state, struct use *uses)
{
	size_t count = 0;

	for (;; state = b->fail[state]) {
		for (uint32_t i = b->ends[state]; i != NO_USE; i = b->from->entries[i].next) {
			if (uses)
				uses[count] = b->from->entries[i].use;
			count++;
		}
		if (state == 0)
			return count;
	}
}

/* Lists of uses for the states that have any; the number of a state's list goes into its last column. */
static bool lay_out_uses(struct build *b)
{
	size_t lists = 0, total = 0;
	struct prefilter *to = b->to;

	for (uint32_t state = 0; state < b->states; state++) {
		size_t count = collect_uses(b, state, NULL);

		b->table[(size_t)state * to->width + to->width - 1] = count ? (uint32_t)lists : NO_USE;
		lists += count > 0;
		total += count;
	}
	to->uses_at = calloc(lists + 1, sizeof *to->uses_at);
	to->uses = calloc(total + 1, sizeof *to->uses);
	if (!to->uses_at || !to->uses || total > UINT32_MAX)
		return false;
	to->use_count = total;
	lists = total = 0;
	for (uint32_t state = 0; state < b->states; state++) {
		size_t count = collect_uses(b, state, to->uses + total);

		if (count == 0)
			continue;
		total += count;
		to->uses_at[++lists] = (uint32_t)total;
	}
	return true;
}

/* Entries become row offsets with the ENDS mark. */
static void lay_out_table(struct build *b)
{
	uint32_t width = b->to->width;

	for (uint32_t state = 0; state < b->states; state++) {
		uint32_t *row = b->table + (size_t)state * width;

		for (uint32_t class = 0; class + 1 < width; class ++) {
			uint32_t target = row[class];
			bool ends = b->table[(size_t)target * width + width - 1] != NO_USE;

			row[class] = target * width | (ends ? ENDS : 0);
		}
	}
	b->to->table = b->table;
	b->table = NULL;
}

bool prefilter_build(struct prefilter_builder *builder, size_t patterns, struct prefilter **prefilter_r)
{
	struct build b = {.from = builder};
	bool ok = false;

	b.to = calloc(1, sizeof *b.to);
	if (!b.to)
		return false;
	b.to->words = word_index_build(builder->words);
	b.to->requires = calloc(patterns + 1, sizeof *b.to->requires);
	if (!b.to->requires || !b.to->words)
		goto out;
	for (size_t i = 0; i < builder->count; i++)
		if (builder->entries[i].use.required)
			b.to->requires[builder->entries[i].use.pattern] = true;
	choose_classes(&b);
	if (!add_literals(&b) || (uint64_t)b.states * b.to->width >= ENDS || !add_failures(&b) || !lay_out_uses(&b))
		goto out;
	lay_out_table(&b);
	*prefilter_r = b.to;
	b.to = NULL;
	ok = true;
out:
	free(b.table);
	free(b.ends);
	free(b.fail);
	free(b.order);
	prefilter_free(&b.to);
	return ok;
}

void prefilter_free(struct prefilter **prefilter)
{
	if (!*prefilter)
		return;
	free((*prefilter)->table);
	free((*prefilter)->uses_at);
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

/* ---- scanning --------------------------------------------------------------------------------------------------- */

static const struct sighting nothing_seen = {.first = NO_PLACE, .last = NO_PLACE};

bool prefilter_scan_init(struct prefilter_scan *scan, size_t patterns)
{
	*scan = (struct prefilter_scan){0};
	scan->sightings = calloc(patterns + 1, sizeof *scan->sightings);
	scan->touched = calloc(patterns + 1, sizeof *scan->touched);
	if (!scan->sightings || !scan->touched) {
		prefilter_scan_done(scan);
		return false;
	}
	for (size_t i = 0; i < patterns; i++)
		scan->sightings[i] = nothing_seen;
	return true;
}

void prefilter_scan_done(struct prefilter_scan *scan)
{
	free(scan->sightings);
	free(scan->touched);
	free(scan->places);
	word_scan_done(&scan->words);
	*scan = (struct prefilter_scan){0};
}

static bool add_place(struct prefilter_scan *scan, struct sighting *seen, struct place place)
{
	uint32_t before = seen->last, index = (uint32_t)scan->place_count, at = place.at;

	if (before != NO_PLACE && scan->places[before].at == at)
		return true;
	if (seen->count == PLACES_MAX)
		return true;
	if (scan->place_count == scan->place_size) {
		size_t size = scan->place_size ? scan->place_size * 2 : 1024;
		struct place *places = realloc(scan->places, size * sizeof *places);

		if (!places)
			return false;
		scan->places = places;
		scan->place_size = size;
	}
	scan->place_count++;
	seen->count++;
	place.next = NO_PLACE;
	scan->places[index] = place;
	if (before == NO_PLACE) {
		seen->first = seen->last = index;
	} else if (scan->places[before].at < at) {
		scan->places[before].next = index;
		seen->last = index;
	} else { /* a longer literal ended later but began earlier: rare */
		uint32_t *link = &seen->first;

		while (scan->places[*link].at < at)
			link = &scan->places[*link].next;
		scan->places[index].next = *link;
		*link = index;
	}
	return true;
}

static struct sighting *touch(struct prefilter_scan *scan, uint32_t pattern)
{
	struct sighting *seen = &scan->sightings[pattern];

	if (!seen->touched) {
		seen->touched = true;
		scan->touched[scan->touched_count++] = pattern;
	}
	return seen;
}

static void require(struct sighting *seen, size_t start)
{
	if (seen->required_last < start + 1)
		seen->required_last = (uint32_t)start + 1;
}

/* A literal ends before `end`. */
static bool sight(struct prefilter_scan *scan, const struct use *uses, uint32_t number, const struct normal *normal,
		  size_t end)
{
	const struct use *use = &uses[number];
	size_t start = end - use->len;
	struct sighting *seen;

	if (use->word_end && end < normal->len && normal_word_byte(normal->bytes[end]))
		return true;
	seen = touch(scan, use->pattern);
	if (!use->required)
		return add_place(scan, seen, (struct place){.at = (uint32_t)start, .use = number, .len = use->len});
	require(seen, start);
	return true;
}

/* Patterns that are made of words. */
static bool scan_words(struct prefilter_scan *scan, const struct prefilter *prefilter, const struct normal *normal)
{
	if (!word_index_scan(prefilter->words, &scan->words, normal))
		return false;
	for (size_t i = 0; i < scan->words.place_count; i++) {
		const struct word_place *place = &scan->words.places[i];
		struct sighting *seen = touch(scan, place->pattern);

		if (!place->anchored)
			require(seen, place->at);
		else if (!add_place(scan, seen,
				    (struct place){.at = place->at,
						   .use = (uint32_t)prefilter->use_count + place->use,
						   .len = place->len,
						   .sure = place->sure}))
			return false;
	}
	return true;
}

/* The first place from `at` on at which a literal may begin, or the end. */
static inline size_t next_beginning(const struct prefilter *prefilter, const struct normal *normal, size_t at)
{
	const unsigned char *bytes = normal->bytes; /* something is behind the last */

	while (at < normal->len && !(prefilter->pairs[bytes[at]] >> (bytes[at + 1] & 63) & 1))
		at++;
	return at;
}

/* Literals that are not made of words. */
static bool scan_literals(struct prefilter_scan *scan, const struct prefilter *prefilter, const struct normal *normal)
{
	const uint32_t *table = prefilter->table;
	uint32_t row = 0;

	for (size_t i = 0; i < normal->len; i++) {
		uint32_t entry, list;
		bool inside;

		if (row == 0) {
			i = next_beginning(prefilter, normal, i);
			if (i == normal->len)
				return true;
		}
		inside = i > 0 && normal_word_byte(normal->bytes[i - 1]);
		entry = table[row + prefilter->class[inside][normal->bytes[i]]];
		row = entry & ~ENDS;
		if (!(entry & ENDS))
			continue;
		list = table[row + prefilter->width - 1];
		for (uint32_t u = prefilter->uses_at[list]; u < prefilter->uses_at[list + 1]; u++)
			if (!sight(scan, prefilter->uses, u, normal, i + 1))
				return false;
	}
	return true;
}

bool prefilter_scan_run(struct prefilter_scan *scan, const struct prefilter *prefilter, const struct normal *normal)
{
	for (size_t i = 0; i < scan->touched_count; i++)
		scan->sightings[scan->touched[i]] = nothing_seen;
	scan->touched_count = scan->place_count = 0;
	return (prefilter->use_count == 0 || scan_literals(scan, prefilter, normal)) &&
	       scan_words(scan, prefilter, normal);
}
