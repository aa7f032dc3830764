/*
 * test_words.c - the table of words against a search that knows nothing but the definition: words beside each other,
 * beginnings of words, whole words, lists in their order; with what the scan remembers from text to text and from
 * table to table.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "classify/word_index.h"

#define GATES 150 /* more than fit in two blocks */
#define WORDS_MAX 4 /* of a list */
#define PLACES 20000

struct table {
	struct gate gates[GATES];
	struct literal literals[GATES][GATE_WORDS][WORDS_MAX];
	struct word_index *index;
};

static uint64_t mix(uint64_t *seed)
{
	uint64_t n = *seed += 0x9E3779B97F4A7C15u;

	n = (n ^ (n >> 30)) * 0xBF58476D1CE4E5B9u;
	n = (n ^ (n >> 27)) * 0x94D049BB133111EBu;
	return n ^ (n >> 31);
}

static unsigned below(uint64_t *seed, unsigned n)
{
	return (unsigned)(mix(seed) % n);
}

/* ---- tables ----------------------------------------------------------------------------------------------------- */

/* Each pattern has two gates. */
static uint32_t pattern_of(size_t gate)
{
	return (uint32_t)gate / 2;
}

static enum place_call call_of(uint32_t pattern)
{
	static const enum place_call calls[] = {PLACES_TOLD, PLACES_TOLD, PLACES_ON_ASK, NONE_TOLD};

	return calls[pattern % 4];
}

/* Few letters, so that words are often beginnings of others; \x80 is NORMAL_OPAQUE. */
static void write_word(char *text, size_t len, uint64_t *seed)
{
	static const char letters[] = "aaaaaaab_0\x80z";

	for (size_t i = 0; i < len; i++)
		text[i] = letters[below(seed, sizeof letters - 1)];
}

static bool has(const struct literal_set *list, const struct literal *literal)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].len == literal->len && list->items[i].word_end == literal->word_end &&
		    memcmp(list->items[i].text, literal->text, literal->len) == 0)
			return true;
	return false;
}

static void make_gate(struct table *table, size_t number, uint64_t *seed)
{
	struct gate *gate = &table->gates[number];

	*gate = (struct gate){.count = 1 + below(seed, GATE_WORDS), .anchored = below(seed, 3)};
	for (size_t list = 0; list < gate->count; list++) {
		size_t wanted = 1 + below(seed, WORDS_MAX);

		gate->words[list].items = table->literals[number][list];
		for (size_t i = 0; i < wanted; i++) {
			struct literal *literal = &gate->words[list].items[gate->words[list].count];

			*literal = (struct literal){.word_end = below(seed, 2), .sure = below(seed, 2)};
			literal->len = (unsigned char)(1 + below(seed, below(seed, 4) ? 5 : LITERAL_MAX));
			write_word(literal->text, literal->len, seed);
			gate->words[list].count += !has(&gate->words[list], literal);
		}
	}
}

/* One list of one word as long as can be; all begin with the same eight bytes. */
static void make_long_gate(struct table *table, size_t number, uint64_t *seed)
{
	struct gate *gate = &table->gates[number];
	struct literal *literal = table->literals[number][0];

	*literal = (struct literal){.text = "undelive", .len = LITERAL_MAX, .word_end = below(seed, 2)};
	for (size_t i = 8; i < LITERAL_MAX; i++)
		literal->text[i] = (char)('a' + below(seed, 8));
	*gate = (struct gate){.count = 1, .anchored = true, .words = {{literal, 1}}};
}

static struct table *make_table(void (*make)(struct table *, size_t, uint64_t *), uint64_t *seed)
{
	struct word_index_builder *builder = word_index_builder_new();
	struct table *table = calloc(1, sizeof *table);

	assert_non_null(builder);
	assert_non_null(table);
	for (size_t i = 0; i < GATES; i++)
		make(table, i, seed);
	for (size_t i = 0; i < GATES; i += 2)
		assert_true(word_index_add(builder, pattern_of(i),
					   &(struct pattern_literals){.gates = &table->gates[i], .gate_count = 2},
					   call_of(pattern_of(i))));
	table->index = word_index_build(builder);
	assert_non_null(table->index);
	word_index_builder_free(&builder);
	return table;
}

static void free_table(struct table *table)
{
	word_index_free(&table->index);
	free(table);
}

/* ---- the plain search ------------------------------------------------------------------------------------------- */

static bool may_begin(const struct normal *normal, size_t at)
{
	return normal->bytes[at] == NORMAL_OPAQUE ||
	       (normal_word_byte(normal->bytes[at]) && (at == 0 || !normal_word_byte(normal->bytes[at - 1])));
}

static bool stands(const struct normal *normal, size_t at, const struct literal *literal)
{
	size_t end = at + literal->len;

	return end <= normal->len && memcmp(normal->bytes + at, literal->text, literal->len) == 0 &&
	       !(literal->word_end && end < normal->len && normal_word_byte(normal->bytes[end]));
}

/* The literal of the list that stands there with this length; NULL none. */
static const struct literal *stands_in(const struct normal *normal, size_t at, size_t len, bool whole,
				       const struct literal_set *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].len == len && list->items[i].word_end == whole &&
		    stands(normal, at, &list->items[i]))
			return &list->items[i];
	return NULL;
}

/* A gate's places, appended: words from left to right, shorter ones first, beginnings before whole words. */
static size_t plain_places(const struct gate *gate, uint32_t number, const struct normal *normal,
			   struct place *places, size_t count)
{
	size_t before = count, seen = 0;

	for (size_t at = 0; at < normal->len; at++)
		for (size_t len = 1; len <= LITERAL_MAX && may_begin(normal, at); len++)
			for (int whole = 0; whole < 2; whole++) {
				const struct literal *first = stands_in(normal, at, len, whole, &gate->words[0]);

				if (seen > 0 && seen < gate->count &&
				    stands_in(normal, at, len, whole, &gate->words[seen]))
					seen++;
				if (!first)
					continue;
				seen = seen ? seen : 1;
				assert_true(count < PLACES);
				places[count++] = (struct place){.pattern = number,
								      .at = (uint32_t)at,
								      .len = (unsigned char)len,
								      .anchored = gate->anchored,
								      .sure = first->sure};
			}
	return seen == gate->count ? count : before;
}

static int compare_places(const void *left, const void *right)
{
	const struct place *a = left, *b = right;

	if (a->pattern != b->pattern)
		return a->pattern < b->pattern ? -1 : 1;
	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	if (a->len != b->len)
		return a->len < b->len ? -1 : 1;
	if (a->sure != b->sure)
		return a->sure - b->sure;
	return a->anchored - b->anchored;
}

/* Patterns that are told without places are those that have some. */
static void check_told(const struct word_scan *scan, const struct place *places, size_t count)
{
	bool told[GATES] = {false}, wanted[GATES] = {false};

	for (size_t i = 0; i < scan->told_count; i++)
		told[scan->told[i]] = true;
	for (size_t i = 0; i < count; i++)
		wanted[places[i].pattern] = call_of(places[i].pattern) == PLACES_ON_ASK;
	assert_memory_equal(told, wanted, sizeof told);
}

/* The places of one text, asked for where they are not told. */
static void find_places(struct word_scan *scan, const struct table *table, const struct normal *normal)
{
	size_t from = 0;

	word_scan_reset(scan);
	assert_true(word_index_scan(table->index, scan, normal));
	for (size_t i = 0; i < scan->place_count; i++)
		assert_int_equal(call_of(scan->places[i].pattern), PLACES_TOLD);
	for (uint32_t pattern = 0; pattern < GATES; pattern++) { /* more than there are */
		for (size_t i = from + 1; i < scan->place_count; i++)
			assert_true(scan->places[i - 1].at <= scan->places[i].at);
		from = scan->place_count;
		assert_true(word_index_ask(table->index, scan, pattern));
	}
}

static size_t check_text(struct word_scan *scan, const struct table *table, const char *text, size_t len)
{
	static struct place wanted[PLACES];
	struct normal normal = {0};
	size_t count = 0;

	assert_true(normalise(&normal, text, len));
	for (size_t i = 0; i < GATES; i++)
		count = plain_places(&table->gates[i], pattern_of(i), &normal, wanted, count);
	find_places(scan, table, &normal);
	assert_int_equal(scan->place_count, count);
	check_told(scan, wanted, count);
	if (count > 0) {
		qsort(wanted, count, sizeof *wanted, compare_places);
		qsort(scan->places, count, sizeof *scan->places, compare_places);
	}
	for (size_t i = 0; i < count; i++) {
		if (compare_places(&wanted[i], &scan->places[i]) != 0)
			fail_msg("\"%.*s\": pattern %u at %u, but %u at %u was told", (int)len, text, wanted[i].pattern,
				 wanted[i].at, scan->places[i].pattern, scan->places[i].at);
		assert_true(scan->places[i].use < word_index_uses(table->index));
	}
	normal_done(&normal);
	return count;
}

/* ---- tests ------------------------------------------------------------------------------------------------------ */

/* Words as in tables, some longer, with what may stand between words: often nothing before a character beyond ASCII. */
static size_t write_text(char *text, size_t words, uint64_t *seed)
{
	static const char *const gaps[] = {" ", " ", " ", "-", ", ", "\xC3\xA9", " \xD0\xB6", "\xE2\x82\xAC", "", "  "};
	size_t len = 0;

	for (size_t i = 0; i < words; i++) {
		char word[16];
		size_t size = 1 + below(seed, below(seed, 4) ? 5 : sizeof word - 1);
		const char *gap = gaps[below(seed, sizeof gaps / sizeof *gaps)];

		write_word(word, size, seed);
		for (size_t k = 0; k < size; k++) {
			bool opaque = word[k] == (char)NORMAL_OPAQUE;

			memcpy(text + len, opaque ? "\xC3\xA9" : word + k, opaque ? 2 : 1);
			len += opaque ? 2 : 1;
		}
		memcpy(text + len, gap, strlen(gap));
		len += strlen(gap);
	}
	return len;
}

static void words_are_found_where_they_stand_whatever_was_asked_before(void **state)
{
	uint64_t seed = 7;
	struct table *tables[3];
	struct word_scan scan = {0};
	size_t found = 0;

	(void)state;
	for (size_t i = 0; i < 3; i++)
		tables[i] = make_table(make_gate, &seed);
	for (int round = 0; round < 1500; round++) {
		char text[4096];
		size_t len = write_text(text, below(&seed, 30), &seed);

		found += check_text(&scan, tables[below(&seed, 3)], text, len);
		if (round % 4 == 0) /* the same text by another's words */
			found += check_text(&scan, tables[below(&seed, 3)], text, len);
	}
	assert_true(found > 10000);
	word_scan_done(&scan);
	for (size_t i = 0; i < 3; i++)
		free_table(tables[i]);
}

/* More words than can be remembered, each once, and then those that all of them have displaced. */
static void a_flood_of_new_words_changes_no_answer(void **state)
{
	uint64_t seed = 11;
	struct table *table = make_table(make_gate, &seed);
	struct word_scan scan = {0};
	char text[4096];
	size_t len = write_text(text, 40, &seed), found = check_text(&scan, table, text, len);

	(void)state;
	for (unsigned round = 0; round < 40; round++) {
		struct normal normal = {0};
		char *flood = malloc(16 * 1000);
		size_t size = 0;

		assert_non_null(flood);
		for (unsigned i = 0; i < 1000; i++)
			size += (size_t)sprintf(flood + size, "aa%xz%u ", round * 1000 + i, i % 10);
		assert_true(normalise(&normal, flood, size));
		assert_true(word_index_scan(table->index, &scan, &normal));
		normal_done(&normal);
		free(flood);
		assert_int_equal(check_text(&scan, table, text, len), found);
	}
	assert_true(found > 0);
	word_scan_done(&scan);
	free_table(table);
}

static void long_words_that_begin_alike_are_told_apart(void **state)
{
	uint64_t seed = 17;
	struct table *table = make_table(make_long_gate, &seed);
	struct word_scan scan = {0};
	size_t found = 0;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		char text[400];
		size_t len = 0;

		for (int i = 0; i < 20; i++)
			len += (size_t)sprintf(text + len, "undelive%c%c%c%c%s", 'a' + below(&seed, 8),
					       'a' + below(&seed, 8), 'a' + below(&seed, 8), 'a' + below(&seed, 8),
					       below(&seed, 2) ? "x " : "-");
		found += check_text(&scan, table, text, len);
	}
	assert_true(found > 500);
	word_scan_done(&scan);
	free_table(table);
}

/* Every length around those at which eight, twelve and 64 bytes end. */
static void words_end_where_they_end(void **state)
{
	uint64_t seed = 13;
	struct table *table = make_table(make_gate, &seed);
	struct word_scan scan = {0};
	size_t found = 0;

	(void)state;
	for (size_t before = 0; before < 140; before++)
		for (size_t len = 1; len < 16; len++)
			for (int mark = 0; mark < 3; mark++) {
				char text[200];

				memset(text, '.', sizeof text);
				memset(text + before, 'a', len);
				if (mark > 0)
					text[before + len] = mark == 1 ? 'b' : '_';
				found += check_text(&scan, table, text, before + len + (size_t)(mark > 0));
				found += check_text(&scan, table, text, before + len + 3);
			}
	assert_true(found > 1000);
	word_scan_done(&scan);
	free_table(table);
}

static void a_table_without_words_says_nothing(void **state)
{
	struct word_index_builder *builder = word_index_builder_new();
	struct word_index *index;
	struct word_scan scan = {0};
	struct normal normal = {0};

	(void)state;
	assert_non_null(builder);
	index = word_index_build(builder);
	assert_non_null(index);
	assert_true(normalise(&normal, "no reply", 8));
	assert_true(word_index_scan(index, &scan, &normal));
	assert_int_equal(scan.place_count, 0);
	assert_true(normalise(&normal, "", 0));
	assert_true(word_index_scan(index, &scan, &normal));
	assert_int_equal(scan.place_count, 0);
	normal_done(&normal);
	word_scan_done(&scan);
	word_index_free(&index);
	word_index_builder_free(&builder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_found_where_they_stand_whatever_was_asked_before),
		cmocka_unit_test(a_flood_of_new_words_changes_no_answer),
		cmocka_unit_test(long_words_that_begin_alike_are_told_apart),
		cmocka_unit_test(words_end_where_they_end),
		cmocka_unit_test(a_table_without_words_says_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
