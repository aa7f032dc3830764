/*
 * prefilter_scan.c - see prefilter.h: one text. Places of patterns are kept as lists, each from left to right.
 */
#include <stdlib.h>
#include <string.h>

#include "classify/prefilter_impl.h"

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
	word_scan_done(&scan->words);
	*scan = (struct prefilter_scan){0};
}

/* ---- what is seen of a pattern ---------------------------------------------------------------------------------- */

/* Puts the place with this index at the end of its pattern's list, unless the last begins there as well. */
static inline void link_place(struct place *places, struct sighting *seen, uint32_t index)
{
	uint32_t before = seen->last;

	if ((before != NO_PLACE && places[before].at == places[index].at) || seen->count == PLACES_MAX)
		return;
	seen->count++;
	seen->last = index;
	places[index].next = NO_PLACE;
	if (before == NO_PLACE)
		seen->first = index;
	else
		places[before].next = index;
}

static inline struct sighting *touch(struct prefilter_scan *scan, uint32_t pattern)
{
	struct sighting *seen = &scan->sightings[pattern];

	if (!seen->touched) {
		seen->touched = true;
		scan->touched[scan->touched_count++] = pattern;
	}
	return seen;
}

static inline void require(struct sighting *seen, size_t start)
{
	if (seen->required_last < start + 1)
		seen->required_last = (uint32_t)start + 1;
}

/* ---- literals --------------------------------------------------------------------------------------------------- */

/* What a literal that stands there means. */
static bool sight(struct prefilter_scan *scan, const struct prefilter *prefilter, const struct normal *normal,
		  const struct known *literal, uint32_t at)
{
	size_t end = at + literal->len;
	bool inside = at > 0 && normal_word_byte(normal->bytes[at - 1]);
	bool goes_on = end < normal->len && normal_word_byte(normal->bytes[end]);

	for (uint32_t number = literal->use; number < literal[1].use; number++) {
		const struct use *use = &prefilter->uses[number];
		struct sighting *seen;
		struct place *place;

		if ((use->word_start && inside) || (use->word_end && goes_on))
			continue;
		seen = touch(scan, use->pattern);
		if (use->required) {
			require(seen, at);
			continue;
		}
		place = word_scan_place(&scan->words);
		if (!place)
			return false;
		*place = (struct place){.at = at, .use = number, .len = literal->len};
		link_place(scan->words.places, seen, (uint32_t)(place - scan->words.places));
	}
	return true;
}

/* Do the bytes behind the first FOUR stand there as well? */
static inline bool goes_on_as(const unsigned char *text, const struct known *literal)
{
	static const unsigned char ones[LITERAL_MAX - FOUR + sizeof(uint64_t)] = {0xFF, 0xFF, 0xFF, 0xFF,
										  0xFF, 0xFF, 0xFF, 0xFF};
	uint64_t wanted, there, mask;

	_Static_assert(LITERAL_MAX - FOUR == sizeof wanted, "all of a literal is compared");
	memcpy(&wanted, literal->text + FOUR, sizeof wanted);
	memcpy(&there, text + FOUR, sizeof there); /* something is behind the last */
	memcpy(&mask, ones + LITERAL_MAX - (literal->len > FOUR ? literal->len : FOUR), sizeof mask);
	return ((wanted ^ there) & mask) == 0;
}

/* The literals that begin with these first bytes of a place: those of fewer than four bytes, or all others. */
static bool sight_all(struct prefilter_scan *scan, const struct prefilter *prefilter, const struct normal *normal,
		      uint32_t at, uint32_t four, size_t bytes)
{
	const unsigned char *text = normal->bytes + at;
	size_t left = normal->len - at;
	uint32_t mask = UINT32_MAX >> prefilter->shift, slot;
	const struct known *literal;

	for (slot = prefilter_hash(four) >> prefilter->shift;; slot = (slot + 1) & mask) {
		if (!prefilter->slots[slot])
			return true;
		literal = &prefilter->literals[prefilter->slots[slot] - 1];
		if (four_bytes(literal->text) == four)
			break;
	}
	for (; literal->len > 0 && four_bytes(literal->text) == four; literal++)
		if ((bytes < FOUR ? literal->len == bytes : literal->len >= FOUR) && literal->len <= left &&
		    goes_on_as(text, literal) && !sight(scan, prefilter, normal, literal, at))
			return false;
	return true;
}

/* Literals of any length at a place that has the first bytes of some of one group. */
static bool look_at(struct prefilter_scan *scan, const struct prefilter *prefilter, const struct normal *normal,
		    uint32_t at)
{
	static const unsigned char ones[FOUR][FOUR] = {
		{0xFF}, {0xFF, 0xFF}, {0xFF, 0xFF, 0xFF}, {0xFF, 0xFF, 0xFF, 0xFF}};
	uint32_t four = four_bytes(normal->bytes + at); /* something is behind the last */
	unsigned lengths = prefilter->lengths[normal->bytes[at]];

	for (size_t n = 1; n <= FOUR; n++) {
		uint32_t begin = four & four_bytes(ones[n - 1]), hash = prefilter_hash(begin) >> (32 - HINT_BITS);

		if (prefilter->hints[hash >> 6] >> (hash & 63) & lengths >> n & 1 &&
		    !sight_all(scan, prefilter, normal, at, begin, n))
			return false;
	}
	return true;
}

/* Literals that are not made of words. */
static bool scan_literals(struct prefilter_scan *scan, const struct prefilter *prefilter, const struct normal *normal)
{
	const unsigned char *bytes = normal->bytes; /* something is behind the last */
	uint32_t places[256], at = 0;

	while (at < normal->len) {
		size_t left = normal->len - at, count = 0;
		uint32_t end = at + (uint32_t)(left < ARRAY_LEN(places) ? left : ARRAY_LEN(places));

		/* No branch in this loop: which places are some cannot be foretold. */
		for (; at < end; at++) {
			places[count] = at;
			count += (prefilter->groups[0][bytes[at]] & prefilter->groups[1][bytes[at + 1]] &
				  prefilter->groups[2][bytes[at + 2]]) != 0;
		}
		for (size_t i = 0; i < count; i++)
			if (!look_at(scan, prefilter, normal, places[i]))
				return false;
	}
	return true;
}

/* ---- all -------------------------------------------------------------------------------------------------------- */

/* Takes the places from this index on, which the table of words has made. */
static void take_places(struct prefilter_scan *scan, const struct prefilter *prefilter, size_t first)
{
	struct place *places = scan->words.places;

	for (size_t i = first; i < scan->words.place_count; i++) {
		struct sighting *seen = touch(scan, places[i].pattern);

		if (!places[i].anchored) {
			require(seen, places[i].at);
			continue;
		}
		places[i].use += (uint32_t)prefilter->use_count;
		link_place(places, seen, (uint32_t)i);
	}
	scan->places = places;
}

/* Patterns that are made of words. */
static bool scan_words(struct prefilter_scan *scan, const struct prefilter *prefilter, const struct normal *normal)
{
	size_t first = scan->words.place_count;

	if (!word_index_scan(prefilter->words, &scan->words, normal))
		return false;
	take_places(scan, prefilter, first);
	for (size_t i = 0; i < scan->words.told_count; i++)
		(void)touch(scan, scan->words.told[i]); /* what was seen of it can wait */
	return true;
}

bool prefilter_scan_ask(struct prefilter_scan *scan, const struct prefilter *prefilter, uint32_t pattern)
{
	size_t first = scan->words.place_count;

	if (scan->sightings[pattern].asked)
		return true;
	if (!word_index_ask(prefilter->words, &scan->words, pattern))
		return false;
	if (scan->words.place_count > first) {
		take_places(scan, prefilter, first);
		scan->sightings[pattern].asked = true;
	}
	return true;
}

bool prefilter_scan_run(struct prefilter_scan *scan, const struct prefilter *prefilter, const struct normal *normal)
{
	for (size_t i = 0; i < scan->touched_count; i++)
		scan->sightings[scan->touched[i]] = nothing_seen;
	scan->touched_count = 0;
	word_scan_reset(&scan->words);
	return (prefilter->use_count == 0 || scan_literals(scan, prefilter, normal)) &&
	       scan_words(scan, prefilter, normal);
}
