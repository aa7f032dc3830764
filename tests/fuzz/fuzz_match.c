/*
 * fuzz_match.c - the promise of the rule engine: with the prefilter it finds exactly what pcre2 alone finds.
 *
 * The first byte chooses how the others are read. Odd: as choices of a small grammar that writes patterns and texts
 * from one alphabet, some texts to a set of patterns, so that they meet often (white space of all kinds, the letters
 * that fold across ASCII's border, combining marks, what reading changes), and puts patterns together. Even: literally,
 * patterns line by line, an empty line, then the text.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules.h"
#include "utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PATTERNS 4

static const char *const atoms[] = {
	"foo", "sk", "a", "b", "k", "s", "K", "S", " ", "  ", "\\s", "\\s+", "\\s*", "\\b", "\\w", "\\w+", "\\d", ".",
	"[ab]", "[^a]", "[s-t]", "[k]", "[\\s-]", "^", "$", "(?=a)", "(?<=s)", "(?<!k)", "(?!b)", "\\R", "\\h", "\\v",
	"\\x20", "\\xA0", "\\x{17f}", "\\x{212a}", "(?i)", "(?-i)", "(?x)", "(?m)", "(?s)", "\\1", "[[:alpha:]]", "\\pL",
	"\\p{Lu}", "\\.", "!", "\\S", "\\W", "\\D", "[\\d\\s]", "\\B", "(?#c)", "\\N", "\\X", "]", "[]a]", "[^]a]", "#",
	"-", "\xC5\xBF", "\xE2\x84\xAA", "\xC4\xB0", "\xC4\xB1", "i", "\xC3\x9F", "\xC3\xA9", "\xC3\x89", "e\xCC\x81",
	"\xC2\xA0", "\xE2\x80\xA8", "\xE2\x80\x8D", "[\xC3\xA0-\xC3\xBF]", "[a-\xC3\xBF]", "\\A", "\\z", "\\Z", "1", "_",
	"(?<=^|\\s)", "(?:^|\\s)", "\\t", "\\n", "(?R)", "(?(1)a|b)", "[a\\]b]", "x", "want", "a refund", "[a-c]",
	"\xE2\x82\xAC", "[$\xE2\x82\xAC\xC2\xA3]", "\xC2\xB5", "\xCE\xBC", "\xE2\x84\xA6", "\xCF\x89", "\xE2\x84\xAB",
	"\xC3\xA5", "[\xC2\xAA-\xC2\xBA]", "[\xE2\x84\xA4-\xE2\x84\xAF]", "\xF0\x9F\x98\xA1", "'", "\xE2\x80\x99",
	":angry:", "aa", "[a\xF0\x9F\x98\xA1\xF0\x9F\x91\x8D]", "&", "@", "not",
};
static const char *const words[] = {
	"foo", "FOO", "sk", "SK", "a", "b", "A", "s", "S", "k", "K", " ", "  ", "\t", "\n", "\r\n", "\r", "\v", "\f",
	"\xC2\xA0", "\xC2\x85", "\xE1\xA0\x8E", "\xE2\x80\xA8", "\xE2\x80\xA9", "\xE3\x80\x80", "\xE2\x80\x8B",
	"\xE2\x80\x8D", "\xC5\xBF", "\xE2\x84\xAA", "\xC4\xB0", "\xC4\xB1", "i", "I", "\xC3\x9F", "\xE1\xBA\x9E", "\xC3\xA9",
	"\xC3\x89", "e\xCC\x81", "1", "\xD9\xA3", "_", "-", "!", ".", "#", "]", "x", "\xF0\x9F\x98\x80", "want", "a refund",
	"A  REFUND", "\x1F", "\x1C", "c", "t",
	"\xE2\x82\xAC", "\xC2\xB5", "\xCE\xBC", "\xCE\x9C", "\xE2\x84\xA6", "\xCF\x89", "\xE2\x84\xAB", "\xC3\xA5",
	"\xC3\x85", "\xF0\x9F\x98\xA1", "\xC2\xB2", "'", "\xE2\x80\x99",
	"&amp;", "&#39;", "aaaa", "!!!!", "#FooBar", "@a ", "\xE2\x80\xA6", "\xF0\x9F\x91\x8D", ". ", " not ", "n't ", "no ",
};
static const char *const repeats[] = {
	"", "", "", "", "", "?", "*", "+", "{2}", "{1,2}", "{0,3}", "{2,}", "??", "*?", "+?", "?+", "++", "{0}", "{3,4}",
};

struct source {
	const uint8_t *data;
	size_t size;
};

static unsigned choose(struct source *source, unsigned many)
{
	if (source->size == 0)
		return 0;
	source->size--;
	return *source->data++ % many;
}

static void write_sequence(struct source *source, struct buf *out, int depth);

static void write_group(struct source *source, struct buf *out, int depth)
{
	static const char *const opens[] = {"(", "(?:", "(?>", "(?<thing>", "(?|", "(?=", "(?!", "(?<=", "(?i:", "(?x:"};

	buf_str(out, opens[choose(source, ARRAY_LEN(opens))]);
	write_sequence(source, out, depth + 1);
	for (unsigned more = choose(source, 4); more > 1; more--) {
		buf_char(out, '|');
		write_sequence(source, out, depth + 1);
	}
	buf_char(out, ')');
}

static void write_sequence(struct source *source, struct buf *out, int depth)
{
	for (unsigned items = choose(source, 5) + (depth == 0); items > 0; items--) {
		if (depth < 3 && choose(source, 4) == 0)
			write_group(source, out, depth);
		else
			buf_str(out, atoms[choose(source, ARRAY_LEN(atoms))]);
		buf_str(out, repeats[choose(source, ARRAY_LEN(repeats))]);
	}
}

/* A YAML scalar in double quotes. */
static void write_quoted(struct buf *yaml, const char *text, size_t len)
{
	buf_char(yaml, '"');
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c < 0x20 || c == 0x7F)
			buf_printf(yaml, "\\x%02x", c);
		else if (c == '"' || c == '\\')
			buf_printf(yaml, "\\%c", c);
		else
			buf_char(yaml, (char)c);
	}
	buf_char(yaml, '"');
}

struct text {
	const char *start;
	size_t len;
};

enum shape { SHAPE_MATCH, SHAPE_UNLESS, SHAPE_ALL, SHAPE_SENTENCE, SHAPE_NEAR, SHAPE_NOT, SHAPE_COUNT };

static void write_rule(struct buf *yaml, int number, enum shape shape, const struct text *first,
		       const struct text *second)
{
	static const char *const before[SHAPE_COUNT] = {"match: ", "match: ", "all: [", "all: [",
							"near: {words: 2, patterns: [", "match: "};
	static const char *const after[SHAPE_COUNT] = {"", "\n  unless: 'foo\\s+a'", "]", "]\n  same_sentence: true", "]}",
						       "\n  not_negated: true"};

	buf_printf(yaml, "- id: r%d\n%s  %s", number, shape == SHAPE_NOT ? "  lang: en\n" : "", before[shape]);
	write_quoted(yaml, first->start, first->len);
	if (shape == SHAPE_ALL || shape == SHAPE_SENTENCE || shape == SHAPE_NEAR) {
		buf_str(yaml, ", ");
		write_quoted(yaml, second->start, second->len);
	}
	buf_printf(yaml, "%s\n", after[shape]);
}

/* Adds one rule if it is any good. */
static void add_rule(struct rules_builder *builder, int number, enum shape shape, const struct text *first,
		     const struct text *second)
{
	struct rules_builder *alone = rules_builder_new();
	struct ruleset *set = NULL;
	struct buf yaml;

	buf_init(&yaml, 1 << 20);
	write_rule(&yaml, number, shape, first, second);
	/* Tried alone first: a bad pattern must not take the others with it. */
	if (!rules_add(alone, "fuzz.yaml", buf_text(&yaml), yaml.len, false, NULL) &&
	    !rules_compile(alone, &set, NULL) &&
	    rules_add(builder, "fuzz.yaml", buf_text(&yaml), yaml.len, false, NULL))
		abort();
	ruleset_free(&set);
	rules_builder_free(&alone);
	buf_done(&yaml);
}

static void compare(const struct matches *fast, const struct matches *plain)
{
	if (fast->undecided || plain->undecided)
		return; /* match.c says what is promised then */
	if (fast->hit_count != plain->hit_count || fast->fact_count != plain->fact_count)
		abort();
	for (size_t i = 0; i < fast->hit_count; i++)
		if (fast->hits[i].rule != plain->hits[i].rule || fast->hits[i].start != plain->hits[i].start ||
		    fast->hits[i].end != plain->hits[i].end)
			abort();
	for (size_t i = 0; i < fast->fact_count; i++)
		if (fast->facts[i].rule != plain->facts[i].rule || fast->facts[i].start != plain->facts[i].start ||
		    strcmp(fast->facts[i].value, plain->facts[i].value) != 0)
			abort();
}

/* What texts are matched with. */
struct both {
	struct ruleset *set;
	struct matcher *matcher;
	struct arena *arena;
};

static void both_open(struct both *both, struct rules_builder *builder)
{
	*both = (struct both){.arena = arena_new(16 << 20)};
	if (!both->arena || rules_compile(builder, &both->set, NULL))
		abort();
	both->matcher = matcher_new(both->set);
	if (!both->matcher)
		abort();
}

static void both_close(struct both *both)
{
	matcher_free(&both->matcher);
	ruleset_free(&both->set);
	arena_free(&both->arena);
}

static void show_hits(const char *way, const struct matches *matches)
{
	for (size_t i = 0; i < matches->hit_count; i++)
		fprintf(stderr, "%s %s lane %d %zu-%zu\n", way, matches->hits[i].rule->id,
			(int)matches->hits[i].rule->lane, matches->hits[i].start, matches->hits[i].end);
}

static void match_both(struct both *both, const char *text, size_t len)
{
	struct matches fast, plain;

	arena_reset(both->arena);
	if (matcher_run(both->matcher, both->arena, text, len, "en", NULL, &fast, NULL) ||
	    matcher_run_plain(both->matcher, both->arena, text, len, "en", NULL, &plain, NULL))
		abort();
	if (getenv("FUZZ_SHOW")) {
		show_hits("fast", &fast);
		show_hits("plain", &plain);
	}
	compare(&fast, &plain);
}

static void show(const char *what, const char *text, size_t len)
{
	if (getenv("FUZZ_SHOW"))
		fprintf(stderr, "%s <%.*s>\n", what, (int)len, text);
}

static void by_grammar(struct source source)
{
	struct rules_builder *builder = rules_builder_new();
	struct buf patterns[PATTERNS], text;
	struct text last = {"not", 3};
	struct both both;

	buf_init(&text, 1 << 16);
	for (int i = 0; i < PATTERNS; i++) {
		enum shape shape = (enum shape)choose(&source, SHAPE_COUNT);
		struct text now;

		buf_init(&patterns[i], 4096);
		write_sequence(&source, &patterns[i], 0);
		now = (struct text){buf_text(&patterns[i]), patterns[i].len};
		show("pattern", now.start, now.len);
		add_rule(builder, i, shape, &now, &last);
		last = now;
	}
	both_open(&both, builder);
	while (source.size > 0) {
		buf_reset(&text);
		for (unsigned left = 1 + choose(&source, 16); left > 0; left--)
			buf_str(&text, words[choose(&source, ARRAY_LEN(words))]);
		show("text", buf_text(&text), text.len);
		match_both(&both, buf_text(&text), text.len);
	}
	both_close(&both);
	for (int i = 0; i < PATTERNS; i++)
		buf_done(&patterns[i]);
	buf_done(&text);
	rules_builder_free(&builder);
}

static void literally(const char *data, size_t size)
{
	struct rules_builder *builder;
	const char *end = data + size;
	struct both both;

	if (!utf8_valid(data, size) || memchr(data, 0, size))
		return;
	builder = rules_builder_new();
	for (int i = 0; i < PATTERNS && data < end && *data != '\n'; i++) {
		const char *line = memchr(data, '\n', (size_t)(end - data));
		size_t len = line ? (size_t)(line - data) : (size_t)(end - data);

		add_rule(builder, i, SHAPE_MATCH, &(struct text){data, len}, NULL);
		data = line ? line + 1 : end;
	}
	data += data < end;
	both_open(&both, builder);
	match_both(&both, data, (size_t)(end - data));
	both_close(&both);
	rules_builder_free(&builder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0 || size > 2048)
		return -1;
	if (data[0] & 1)
		by_grammar((struct source){data + 1, size - 1});
	else
		literally((const char *)data + 1, size - 1);
	return 0;
}
