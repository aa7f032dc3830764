/*
 * test_prefilter.c - what the prefilter takes for granted about Unicode, asked of pcre2 itself; and which literals are
 * read from which patterns.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unicase.h>

#include <cmocka.h>

#include "classify/literals.h"
#include "classify/pattern_tree.h"
#include "classify/prefilter.h"
#include "utf8.h"

#define LAST 0x10FFFFu

static size_t encode(uint32_t c, char out[4])
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xC0 | c >> 6);
		out[1] = (char)(0x80 | (c & 63));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xE0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 63));
		out[2] = (char)(0x80 | (c & 63));
		return 3;
	}
	out[0] = (char)(0xF0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 63));
	out[2] = (char)(0x80 | (c >> 6 & 63));
	out[3] = (char)(0x80 | (c & 63));
	return 4;
}

static bool is_character(uint32_t c)
{
	return c < 0xD800 || c > 0xDFFF;
}

static pcre2_code *compile(const char *pattern)
{
	int error;
	PCRE2_SIZE offset;
	pcre2_code *code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
					 PCRE2_UTF | PCRE2_UCP | PCRE2_CASELESS, &error, &offset, NULL);

	assert_non_null(code);
	(void)pcre2_jit_compile(code, PCRE2_JIT_COMPLETE); /* the interpreter would do */
	return code;
}

static bool matches(const pcre2_code *code, pcre2_match_data *data, uint32_t c)
{
	char text[4];
	size_t len = encode(c, text);

	return pcre2_match(code, (PCRE2_SPTR)text, len, 0, PCRE2_NO_UTF_CHECK, data, NULL) >= 0;
}

static void only_two_characters_equal_an_ascii_one_without_case(void **state)
{
	pcre2_code *code = compile("[\\x00-\\x7f]");
	pcre2_match_data *data = pcre2_match_data_create(1, NULL);
	unsigned found = 0;

	(void)state;
	for (uint32_t c = 0x80; c <= LAST; c++)
		if (is_character(c) && matches(code, data, c)) {
			found++;
			assert_true(c == 0x17F || c == 0x212A);
			assert_int_equal(normal_byte(c), c == 0x17F ? 's' : 'k');
		}
	assert_int_equal(found, 2);
	pcre2_match_data_free(data);
	pcre2_code_free(code);
}

static void white_space_is_what_pcre2_calls_white_space(void **state)
{
	pcre2_code *code = compile("\\s");
	pcre2_match_data *data = pcre2_match_data_create(1, NULL);
	unsigned found = 0;

	(void)state;
	for (uint32_t c = 0; c <= LAST; c++)
		if (is_character(c)) {
			bool space = matches(code, data, c);

			if (space != (normal_byte(c) == ' '))
				fail_msg("U+%04X: pcre2 %d, normalised %02x", c, space, normal_byte(c));
			found += space;
		}
	assert_true(found > 20);
	pcre2_match_data_free(data);
	pcre2_code_free(code);
}

/* Whatever a class matches must be in the set that the pattern reader sees in it; in ASCII nothing else, if exact. */
static void a_class_stands_for_all_its_characters(void **state)
{
	static const char *const classes[] = {
		"\\d", "\\w", "\\s", "\\h", "\\v", "\\D", "\\W", "\\S", "\\H", "\\V", ".", "[a-f]", "[^a]", "[[:alpha:]]",
		"\\pL", "\\p{Lu}", "[\xC2\xA1-\xC3\xBF]", "[a-\xC3\xBF]", "[\\d\\s]", "[\xE2\x84\xA0-\xE2\x84\xB0]",
		"[\\x{2000}-\\x{20ff}]", "[S-T]", "[^\\S]", "\\x{e9}", "\xC3\x9F", "[k\xC2\xB5]", "(?-i)[\xC5\xBF]",
		"[^a-f\\s]", "[^\\W]", "(?-i)[^a]", "[^ ]", "[^\\n]", "[^\\S\\d]", "[^\\d\\x{212a}]", "[^!-~]", "[^\t-@]",
	};
	struct arena *arena = arena_new(1 << 20);
	pcre2_match_data *data = pcre2_match_data_create(1, NULL);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(classes); i++) {
		pcre2_code *code = compile(classes[i]);
		bool exact = false;
		struct node *tree = pattern_tree(arena, classes[i], strlen(classes[i]), &exact);
		unsigned found = 0;

		assert_non_null(tree);
		for (uint32_t c = ' '; exact && c < 0x7F; c++)
			if (matches(code, data, c) != set_has(tree->last, normal_byte(c)))
				fail_msg("%s is not exact about U+%04X", classes[i], c);
		for (uint32_t c = 0; c <= 0x1FFFF; c++)
			if (is_character(c) && matches(code, data, c)) {
				found++;
				if (!set_has(tree->last, normal_byte(c)))
					fail_msg("%s matches U+%04X, which is not in its set", classes[i], c);
			}
		assert_true(found > 0);
		pcre2_code_free(code);
	}
	pcre2_match_data_free(data);
	arena_free(&arena);
}

/* Every character that can have relations among the cased ones, one after the other. */
static char *many_characters(size_t *len_r)
{
	char *text = malloc(4u << 17);
	size_t len = 0;

	assert_non_null(text);
	for (uint32_t c = 1; c <= 0x1FFFF; c++)
		if (is_character(c) && !(c >= 0x3400 && c < 0xA000) && !(c >= 0xAC00 && c < 0xF900) &&
		    !(c >= 0x12000 && c < 0x16800) && !(c >= 0x17000 && c < 0x1BC00))
			len += encode(c, text + len);
	*len_r = len;
	return text;
}

static void check_relations(uint32_t c, const char *text, size_t len, pcre2_match_data *data)
{
	char pattern[16];
	pcre2_code *code;
	size_t at = 0;
	unsigned found = 0;

	snprintf(pattern, sizeof pattern, "\\x{%x}", c);
	code = compile(pattern);
	while (pcre2_match(code, (PCRE2_SPTR)text, len, at, PCRE2_NO_UTF_CHECK, data, NULL) >= 0) {
		const PCRE2_SIZE *offsets = pcre2_get_ovector_pointer(data);
		ucs4_t other = 0;

		for (size_t i = offsets[0]; i < offsets[1]; i++) { /* a plain decoder */
			unsigned char byte = (unsigned char)text[i];

			other = i > offsets[0] ? other << 6 | (byte & 63)
				: byte < 0x80  ? byte
				: byte < 0xE0  ? byte & 31u
				: byte < 0xF0  ? byte & 15u
					       : byte & 7u;
		}
		if (normal_byte(other) != normal_byte(c))
			fail_msg("U+%04X equals U+%04X without case, but they normalise to %02x and %02x", c, other,
				 normal_byte(c), normal_byte(other));
		found++;
		at = offsets[1];
	}
	assert_true(found > 0);
	pcre2_code_free(code);
}

static void characters_that_differ_in_case_only_normalise_alike(void **state)
{
	pcre2_match_data *data = pcre2_match_data_create(1, NULL);
	size_t len;
	char *text = many_characters(&len);
	unsigned checked = 0;

	(void)state;
	for (uint32_t c = 1; c <= 0x1FFFF; c++) {
		bool cased = uc_toupper(c) != c || uc_tolower(c) != c || uc_totitle(c) != c;

		/* Signs are told apart by their bytes, so each is looked at; every eighth emoji will do. */
		if (!cased && !(normal_byte(c) >= NORMAL_SIGN && (c < 0x3000 || c % 8 == 0)))
			continue;
		check_relations(c, text, len, data);
		checked++;
	}
	assert_true(checked > 4000);
	free(text);
	pcre2_match_data_free(data);
}

static void a_text_is_normalised_with_its_offsets(void **state)
{
	static const char text[] = "A \xC2\xA0\t\xC5\xBF\xE2\x84\xAA \xC3\xA9Z";
	struct normal normal = {0};

	(void)state;
	assert_true(normalise(&normal, text, sizeof text - 1));
	assert_int_equal(normal.len, 7);
	assert_memory_equal(normal.bytes, "a sk \x80z", 7);
	for (size_t i = 0; i < 8; i++)
		assert_int_equal(normal.offset[i], ((const uint32_t[]){0, 1, 5, 7, 10, 11, 13, 14})[i]);
	assert_true(normalise(&normal, "", 0));
	assert_int_equal(normal.len, 0);
	assert_int_equal(normal.offset[0], 0);
	normal_done(&normal);
}

/* The same, character by character. */
static void check_normalised(const struct normal *normal, const char *text, size_t len)
{
	size_t out = 0, step;
	bool space = false, odd = false;

	for (size_t at = 0; at < len; at += step) {
		unsigned char byte = normal_byte(utf8_decode(text + at, text + len, &step));

		odd |= byte == ' ' && text[at] != ' ';
		if (byte != ' ' || !space) {
			assert_int_equal(normal->bytes[out], byte);
			assert_int_equal(normal->offset[out++], at);
		}
		space = byte == ' ';
	}
	assert_int_equal(normal->len, out);
	assert_int_equal(normal->offset[out], len);
	assert_int_equal(normal->odd_space, odd);
	for (size_t i = 0; i < NORMAL_PADDING; i++)
		assert_int_equal(normal->bytes[out + i], 0);
}

static uint64_t mix(uint64_t *seed)
{
	uint64_t n = *seed += 0x9E3779B97F4A7C15u;

	n = (n ^ (n >> 30)) * 0xBF58476D1CE4E5B9u;
	n = (n ^ (n >> 27)) * 0x94D049BB133111EBu;
	return n ^ (n >> 31);
}

static void eight_bytes_at_once_are_normalised_as_one_by_one_are(void **state)
{
	static const uint32_t others[] = {' ', ' ', ' ', '\t', '\r', 0x0E, 0x08, 0x1F, 0, 0x7F, '@', '[', '`', '{',
					  0x17F, 0x212A, 0xA0, 0xE9, 0x20AC, 0x1F600};
	struct normal normal = {0};
	uint64_t seed = 1;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		unsigned rare = 1 + (unsigned)(mix(&seed) % 20);
		char *text = malloc(40 * 4);
		size_t len = 0, wanted = mix(&seed) % 40;

		assert_non_null(text);
		for (size_t i = 0; i < wanted; i++)
			len += encode(mix(&seed) % rare ? (uint32_t)(mix(&seed) % 0x80)
							: others[mix(&seed) % ARRAY_LEN(others)], text + len);
		text = realloc(text, len ? len : 1); /* so that a byte too many is noticed */
		assert_non_null(text);
		assert_true(normalise(&normal, text, len));
		check_normalised(&normal, text, len);
		free(text);
	}
	normal_done(&normal);
}

/* prefix and required: literals joined by '|', in order of appearance; '<' and '>' mark word boundaries. */
static const struct {
	const char *pattern;
	enum rule_lane lane;
	const char *prefix, *required;
} readings[] = {
	{"refund", LANE_ANCHORED, "refund", ""},
	{"REFUND", LANE_ANCHORED, "refund", ""},
	{"\\bno\\s+reply\\b", LANE_ANCHORED, "<no reply>", ""},
	{"\\b(?:lost|missing) bag", LANE_ANCHORED, "<lost bag|<missing bag", ""},
	{"(?:a|an) box", LANE_ANCHORED, "a box|an box", ""},
	{"box(?:es)? lost", LANE_ANCHORED, "boxes lost|box lost", ""},
	{"gr[ae]y", LANE_ANCHORED, "gray|grey", ""},
	{"a{2,3}b", LANE_ANCHORED, "aaab|aab", ""},
	{"(?:ab)+c", LANE_ANCHORED, "abab|abc", ""},
	{"stra\xC3\x9F" "e", LANE_ANCHORED, "stra\x80" "e", ""},
	{"\xE2\x84\xAA" "ey", LANE_ANCHORED, "key", ""},
	{"o\\s*k go", LANE_ANCHORED, "o k go|ok go", ""},
	{"x\\s \\s+y", LANE_ANCHORED, "x y", ""},
	{"(?x) t h e # no\n m", LANE_ANCHORED, "them", ""},
	{"(?<=my )dog(?! food)", LANE_ANCHORED, "dog", ""},
	{"(?<thing>router)", LANE_ANCHORED, "router", ""},
	{"lost.*bag", LANE_ANCHORED, "lost", "bag"},
	{"\\w+ing forever", LANE_GATED, "", "ing forever"},
	{"[a-z]+ (?:days|weeks)", LANE_GATED, "", " days| weeks"},
	{".(?:foo|ba)r", LANE_GATED, "", "foor|bar"},
	{"\\w+", LANE_SLOW, "", ""},
	{"(?:foo|\\w+)", LANE_SLOW, "", ""},
	{"(a)\\1bcdef", LANE_SLOW, "", ""},
	{"(?(?=a)ab|cd)ef", LANE_SLOW, "", ""},
	{"\xE2\x82\xAC", LANE_ANCHORED, "\xEE", ""}, /* NORMAL_SIGN + 0x20AC % 127 */
};

static void join(const struct literal_set *set, char *out)
{
	size_t len = 0;

	for (size_t i = 0; i < set->count; i++)
		len += (size_t)sprintf(out + len, "%s%s%.*s%s", i ? "|" : "", set->items[i].word_start ? "<" : "",
				       set->items[i].len, set->items[i].text, set->items[i].word_end ? ">" : "");
	out[len] = '\0';
}

static void literals_are_read_from_patterns(void **state)
{
	struct arena *arena = arena_new(LITERALS_ARENA_MAX);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(readings); i++) {
		struct pattern_literals literals;
		char prefix[8192], required[8192];

		arena_reset(arena);
		assert_true(pattern_literals_read(arena, readings[i].pattern, strlen(readings[i].pattern), &literals));
		join(&literals.prefix, prefix);
		join(&literals.required, required);
		if (literals.lane != readings[i].lane || strcmp(prefix, readings[i].prefix) != 0 ||
		    strcmp(required, readings[i].required) != 0)
			fail_msg("%s: lane %d, prefix %s, required %s", readings[i].pattern, (int)literals.lane, prefix,
				 required);
	}
	arena_free(&arena);
}

static void a_monstrous_pattern_costs_little_and_gives_what_it_can(void **state)
{
	struct arena *arena = arena_new(LITERALS_ARENA_MAX);
	struct pattern_literals literals;
	char pattern[4096] = ""; /* 160 times 24 bytes fit */

	(void)state;
	for (int i = 0; i < 160; i++)
		strcat(pattern, "(?:a|b|c[de])?[xyz]{1,3}");
	assert_true(pattern_literals_read(arena, pattern, strlen(pattern), &literals));
	memset(pattern, '(', 2000);
	pattern[2000] = '\0';
	arena_reset(arena);
	assert_true(pattern_literals_read(arena, pattern, strlen(pattern), &literals));
	assert_int_equal(literals.lane, LANE_SLOW);
	arena_free(&arena);
}

/* ---- literals that are no words --------------------------------------------------------------------------------- */

#define PATTERNS 60
#define LITERALS 3 /* of each pattern and kind */

static void make_literals(struct literal *literals, uint64_t *seed)
{
	static const char letters[] = "aaab !\x80\xF0" "0z";

	for (size_t i = 0; i < LITERALS; i++) {
		literals[i] = (struct literal){.word_start = mix(seed) % 2, .word_end = mix(seed) % 2};
		literals[i].len = (unsigned char)(1 + mix(seed) % (mix(seed) % 2 ? 4 : LITERAL_MAX));
		for (size_t k = 0; k < literals[i].len; k++)
			literals[i].text[k] = letters[mix(seed) % (sizeof letters - 1)];
	}
}

/* Is one of the literals there? */
static bool stands(const struct normal *normal, size_t at, const struct literal *literals)
{
	for (size_t i = 0; i < LITERALS; i++) {
		const struct literal *literal = &literals[i];
		size_t end = at + literal->len;

		if (end <= normal->len && memcmp(normal->bytes + at, literal->text, literal->len) == 0 &&
		    !(literal->word_start && normal_word_byte((unsigned char)literal->text[0]) && at > 0 &&
		      normal_word_byte(normal->bytes[at - 1])) &&
		    !(literal->word_end && normal_word_byte((unsigned char)literal->text[literal->len - 1]) &&
		      end < normal->len && normal_word_byte(normal->bytes[end])))
			return true;
	}
	return false;
}

static size_t check_sightings(const struct prefilter_scan *scan, const struct normal *normal,
			      struct literal literals[2][PATTERNS][LITERALS])
{
	size_t found = 0;

	for (size_t i = 0; i < PATTERNS; i++) {
		uint32_t place = scan->sightings[i].first, required = 0;

		for (size_t at = 0; at < normal->len; at++) {
			if (stands(normal, at, literals[1][i]))
				required = (uint32_t)at + 1;
			if (!stands(normal, at, literals[0][i]))
				continue;
			assert_true(place != NO_PLACE);
			assert_int_equal(scan->places[place].at, at);
			place = scan->places[place].next;
			found++;
		}
		assert_true(place == NO_PLACE);
		assert_int_equal(scan->sightings[i].required_last, required);
	}
	return found;
}

static struct prefilter *make_prefilter(struct literal literals[2][PATTERNS][LITERALS], uint64_t *seed)
{
	struct prefilter_builder *builder = prefilter_builder_new();
	struct prefilter *prefilter = NULL;

	assert_non_null(builder);
	for (uint32_t i = 0; i < PATTERNS; i++) {
		make_literals(literals[0][i], seed);
		make_literals(literals[1][i], seed);
		assert_true(prefilter_builder_add(
			builder, i, &(struct pattern_literals){.prefix = {literals[0][i], LITERALS},
							       .required = {literals[1][i], LITERALS}},
			PLACES_TOLD));
	}
	assert_true(prefilter_build(builder, PATTERNS, &prefilter));
	prefilter_builder_free(&builder);
	return prefilter;
}

static void literals_are_seen_wherever_they_stand(void **state)
{
	static struct literal literals[2][PATTERNS][LITERALS];
	struct prefilter_scan scan;
	struct normal normal = {0};
	uint64_t seed = 3;
	size_t found = 0;

	(void)state;
	assert_true(prefilter_scan_init(&scan, PATTERNS));
	for (int set = 0; set < 40; set++) {
		struct prefilter *prefilter = make_prefilter(literals, &seed);

		for (int round = 0; round < 100; round++) {
			static const char *const bits[] = {"a", "a", "a", "b", " ", "!", "\xC3\xA9", "0", "z",
							   "\xF0\x9F\x98\xA2", "\xE2\x82\xAC"};
			char text[400];
			size_t len = 0;

			for (size_t i = mix(&seed) % 80; i > 0; i--) {
				const char *bit = bits[mix(&seed) % ARRAY_LEN(bits)];

				memcpy(text + len, bit, strlen(bit));
				len += strlen(bit);
			}
			assert_true(normalise(&normal, text, len));
			assert_true(prefilter_scan_run(&scan, prefilter, &normal));
			found += check_sightings(&scan, &normal, literals);
		}
		/* The next table may stand where this one stood. */
		prefilter_free(&prefilter);
		prefilter_scan_done(&scan);
		assert_true(prefilter_scan_init(&scan, PATTERNS));
	}
	assert_true(found > 100000);
	prefilter_scan_done(&scan);
	normal_done(&normal);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_two_characters_equal_an_ascii_one_without_case),
		cmocka_unit_test(white_space_is_what_pcre2_calls_white_space),
		cmocka_unit_test(a_class_stands_for_all_its_characters),
		cmocka_unit_test(characters_that_differ_in_case_only_normalise_alike),
		cmocka_unit_test(a_text_is_normalised_with_its_offsets),
		cmocka_unit_test(eight_bytes_at_once_are_normalised_as_one_by_one_are),
		cmocka_unit_test(literals_are_seen_wherever_they_stand),
		cmocka_unit_test(literals_are_read_from_patterns),
		cmocka_unit_test(a_monstrous_pattern_costs_little_and_gives_what_it_can),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
