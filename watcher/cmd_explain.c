/*
 * cmd_explain.c - `amends explain`: the verdict for one text in words, with each hit underlined in the text.
 *
 * The text is wrapped at 80 columns as terminals count them (wide characters take two, marks none); below each line
 * stands one line of carets per hit, with the rule's name behind it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uniwidth.h>

#include "jsonio.h"
#include "utf8.h"
#include "watcher/judge.h"

#define EXPLAIN_ARENA_MAX ((size_t)32 << 20)

enum { COLUMNS = 78, INDENT = 2 };

struct paint { /* escape sequences, "" without a terminal */
	const char *bold, *mark, *dim, *off;
};

static struct paint paint_for(FILE *out)
{
	bool color = isatty(fileno(out)) && getenv("NO_COLOR") == NULL;

	return color ? (struct paint){"\033[1m", "\033[31m", "\033[2m", "\033[0m"} : (struct paint){"", "", "", ""};
}

static int columns_of(const char *text, size_t len)
{
	int width = u8_width((const uint8_t *)text, len, "UTF-8");

	return width > 0 ? width : 0;
}

static void spaces(int n)
{
	printf("%*s", n, "");
}

/* Where the line that begins at `start` ends: at a newline, or at the last blank that still fits. */
static size_t line_end(const char *text, size_t len, size_t start)
{
	size_t blank = 0, at = start;
	int columns = 0;

	while (at < len && text[at] != '\n') {
		size_t size;
		int width;

		(void)utf8_decode(text + at, text + len, &size);
		width = columns_of(text + at, size);
		if (columns + width > COLUMNS)
			return blank > start ? blank : at;
		if (text[at] == ' ')
			blank = at;
		columns += width;
		at += size;
	}
	return at;
}

static void underline(const char *text, size_t start, size_t end, const struct hit *hit, const struct paint *paint)
{
	size_t from = hit->start > start ? hit->start : start, to = hit->end < end ? hit->end : end;
	int width = columns_of(text + from, to - from);

	spaces(INDENT + columns_of(text + start, from - start));
	fputs(paint->mark, stdout);
	for (int i = 0; i < (width ? width : 1); i++)
		putchar('^');
	printf("%s %s%s%s\n", paint->off, paint->dim, hit->rule->id, paint->off);
}

static void print_marked(const char *text, const struct verdict *verdict, const struct paint *paint)
{
	size_t len = strlen(text), start = 0;

	while (start < len) {
		size_t end = line_end(text, len, start);

		spaces(INDENT);
		printf("%.*s\n", (int)(end - start), text + start);
		for (size_t i = 0; i < verdict->hit_count; i++)
			if (verdict->hits[i].start < end && verdict->hits[i].end > start)
				underline(text, start, end, &verdict->hits[i], paint);
		start = end;
		while (start < len && (text[start] == ' ' || text[start] == '\n'))
			start++;
	}
}

static const char *class_words(enum class class)
{
	static const char *const words[] = {
		[CLASS_PROBLEM] = "a concrete matter that is still open",
		[CLASS_VENT] = "frustration, or a matter that is over; nothing is asked",
		[CLASS_QUESTION] = "a question that wants an answer",
		[CLASS_PRAISE] = "praise",
		[CLASS_NOT_OURS] = "about somebody else, or not for us",
		[CLASS_OTHER] = "none of the others",
	};

	return words[class];
}

static void print_verdict(const struct verdict *verdict, const struct paint *paint)
{
	static const char *const urgency[] = {"can wait a day", "answer within the hour", "critical: now"};
	const char *mood = verdict->sentiment < -1.0 / 3  ? "negative"
			   : verdict->sentiment > 1.0 / 3 ? "positive"
							  : "neutral";

	printf("%s%s%s: %s\n", paint->bold, class_name(verdict->class), paint->off, class_words(verdict->class));
	if (verdict->cause != CAUSE_NONE)
		printf("cause      %s\n", cause_name(verdict->cause));
	printf("certainty  complaint %.2f, problem %.2f, vent %.2f\n", verdict->complaint, verdict->problem,
	       verdict->vent);
	printf("urgency    %d of 2 (%s), severity %d of 4\n", verdict->urgency,
	       urgency[verdict->urgency < 0 || verdict->urgency > 2 ? 0 : verdict->urgency], verdict->severity);
	printf("sentiment  %+.2f (%s), language %s\n", verdict->sentiment, mood, verdict->lang);
	if (verdict->undecided)
		printf("undecided  %s: a person should look\n",
		       verdict->undecided_why ? verdict->undecided_why : "could not tell");
	for (size_t i = 0; i < verdict->fact_count; i++)
		printf("%s  %s: \"%s\"\n", i ? "         " : "facts    ", verdict->facts[i].name,
		       verdict->facts[i].value);
}

/* The wording has none of its own. */
static void print_weights(const struct rule *rule)
{
	const char *before = " (";

	for (int dim = 0; dim < DIM_COUNT; dim++)
		if (rule->weight[dim] != 0) {
			printf("%s%s %+.2g", before, dim_name((enum dim)dim), (double)rule->weight[dim]);
			before = ", ";
		}
	puts(*before == ',' ? ")" : "");
}

static void print_rules(const struct verdict *verdict, const struct paint *paint)
{
	for (size_t i = 0; i < verdict->hit_count; i++) {
		const struct rule *rule = verdict->hits[i].rule;
		bool seen = false;

		for (size_t k = 0; k < i; k++)
			seen |= verdict->hits[k].rule == rule;
		if (seen)
			continue;
		printf("%s%s%s: %s", paint->bold, rule->id, paint->off, rule->about ? rule->about : "");
		print_weights(rule);
	}
	if (verdict->hit_count == 0)
		puts("No rule hit.");
}

static int print_json(const struct verdict *verdict, const char *text, bool references)
{
	CLEANUP(json) struct json_object *object = json_object_new_object();

	if (!json_add_str(object, "text", text) || !json_add(object, "verdict", verdict_to_json(verdict, text, !references)))
		return EXIT_FAILED;
	puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	return EXIT_DONE;
}

/* The operands joined by blanks, or all of standard input. */
static enum err text_read(int count, char **words, struct buf *out, struct error *e_r)
{
	char block[4096];
	ssize_t got;

	for (int i = 0; i < count; i++) {
		buf_str(out, i ? " " : "");
		buf_str(out, words[i]);
	}
	while (count == 0 && !out->failed && (got = read(STDIN_FILENO, block, sizeof(block))) != 0) {
		if (got < 0 && errno != EINTR)
			return error_set(e_r, ERR_IO, "cannot read standard input: %s", strerror(errno));
		buf_add(out, block, got > 0 ? (size_t)got : 0);
	}
	while (out->len > 0 && !out->failed && (out->data[out->len - 1] == '\n' || out->data[out->len - 1] == ' '))
		out->data[--out->len] = '\0';
	if (out->failed)
		return error_set(e_r, ERR_LIMIT, "the text is longer than %u bytes", POST_TEXT_MAX);
	return out->len ? ERR_OK : error_set(e_r, ERR_INVALID, "give a text: amends explain \"TEXT\"");
}

static enum err explain(struct judge *judge, struct arena *arena, const char *lang, const struct buf *raw, bool json,
			int *code_r, struct error *e_r)
{
	struct paint paint = paint_for(stdout);
	struct post post = {.platform = "-",
			    .id = "-",
			    .lang = lang,
			    .author = {.id = "", .followers = -1},
			    .likes = -1,
			    .replies = -1,
			    .shares = -1,
			    .views = -1};
	struct verdict verdict;
	struct buf clean;
	enum err err;

	buf_init(&clean, (size_t)POST_TEXT_MAX * 3);
	utf8_clean(&clean, raw->data, raw->len);
	post.text = buf_text(&clean);
	err = classify_post(judge->classifier, arena, &post, &verdict, e_r);
	if (err == ERR_OK && json) {
		*code_r = print_json(&verdict, post.text, judge->references);
	} else if (err == ERR_OK) {
		print_verdict(&verdict, &paint);
		putchar('\n');
		print_marked(post.text, &verdict, &paint);
		putchar('\n');
		print_rules(&verdict, &paint);
		*code_r = EXIT_DONE;
	}
	buf_done(&clean);
	return err;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {{"json", no_argument, NULL, 'j'},
						{"rules", required_argument, NULL, 'r'},
						{"config", required_argument, NULL, 'c'},
						{"references", no_argument, NULL, 'R'},
						{"lang", required_argument, NULL, 'l'},
						{NULL, 0, NULL, 0}};
	const char *rules = NULL, *config = NULL, *lang = NULL;
	struct arena *arena = NULL;
	struct judge judge = {0};
	struct error error = {0};
	struct buf text;
	bool json = false, references = false;
	int option, code;

	while ((option = command_option(argc, argv, options, &code)) != -1) {
		if (option == OPTION_STOP)
			return code;
		json |= option == 'j';
		references |= option == 'R';
		rules = option == 'r' ? optarg : rules;
		config = option == 'c' ? optarg : config;
		lang = option == 'l' ? optarg : lang;
	}
	if (optind + 1 == argc && strcmp(argv[optind], "-") == 0)
		optind++;
	buf_init(&text, POST_TEXT_MAX);
	if (text_read(argc - optind, argv + optind, &text, &error) != ERR_OK) {
		code = command_fail("explain", &error);
	} else if ((code = judge_open("explain", config, rules, &judge)) == EXIT_DONE) {
		judge.references = references;
		arena = arena_new(EXPLAIN_ARENA_MAX);
		if (arena == NULL)
			error_set(&error, ERR_NOMEM, "out of memory");
		if (arena == NULL || explain(&judge, arena, lang, &text, json, &code, &error) != ERR_OK)
			code = command_fail("explain", &error);
		judge_close(&judge);
	}
	arena_free(&arena);
	buf_done(&text);
	return code;
}

const struct command command_explain = {
	.name = "explain",
	.usage = "explain \"TEXT\" [--json] [--lang en] [--rules DIR] [--config FILE]",
	.summary = "Say how one text is judged, and why",
	.help = "Prints the verdict in words, the text with each hit underlined, and what every rule that hit says.\n"
		"Without TEXT it reads standard input.\n\n"
		"  --json         one JSON object: text and verdict\n"
		"  --references   with --json: order and account numbers whole in the verdict, not masked\n"
		"  --lang LANG    the text's language; otherwise it is guessed\n"
		"  --rules DIR    own rules laid over the shipped ones\n"
		"  --config FILE  the rules and thresholds of this amends.yaml\n\n"
		"example: amends explain \"My parcel never arrived and nobody answers\"\n",
	.run = run,
};
