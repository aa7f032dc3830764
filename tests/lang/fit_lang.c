/*
 * fit_lang.c - fits classify/lang_table.c: what each piece of a word says about a text's language.
 *
 *	fit_lang [-k FOLD] WORDS FILE.jsonl[@N] ... > classify/lang_table.c
 *
 * FILE: posts with "text" and "lang", of which every Nth is read; with -k, posts whose number leaves FOLD when divided
 * by five are left out (to be judged on). WORDS: common words of each language, from which sentences are drawn: short
 * ones for languages of which posts are known, all there is for the others. Softmax regression over the pieces of
 * lang_pieces.c by stochastic gradients (AdaGrad, Duchi, Hazan and Singer 2011), a little L2; then the pieces that say
 * most are fitted again alone. A fixed seed: the same files give the same table. classify/README.md has the command.
 */
#include <json-c/json.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "classify/lang_impl.h"

enum {
	SLOTS = 1 << 20,     /* of the table of pieces while fitting */
	ROWS_MAX = 6000,     /* of the table that is written */
	PIECE_POSTS_MIN = 4, /* a piece of fewer posts says nothing */
	DRAWN = 1800,	     /* sentences of a language of which there are no posts */
	DRAWN_KNOWN = 4000,   /* and of one of which there are */
	ROUNDS = 10,
	LETTERS = 12,	     /* of a piece, with both '_' */
	WORDS_MAX = 512,     /* of a language */
};
#define RATE .25
#define RIDGE 2e-5
#define SCALE 16.0

struct piece {
	uint32_t hash, letters[LETTERS];
	size_t count;
	unsigned posts;
	int last; /* the last post it was in */
	double weight[LANG_COUNT], square[LANG_COUNT];
	double worth;
};

struct example {
	int lang;
	size_t from, count; /* of pieces */
};

struct fit {
	struct piece **slot; /* by hash */
	struct example *example;
	size_t example_count, example_size;
	struct piece **piece; /* of all examples */
	size_t piece_count, piece_size;
	double bias[LANG_COUNT];
	char *words[LANG_COUNT][WORDS_MAX]; /* common ones, the commonest first */
	size_t word_count[LANG_COUNT];
	uint64_t seed;
};

static const char *const codes[LANG_COUNT] = LANG_CODES;

static double draw(struct fit *fit)
{
	fit->seed = fit->seed * 6364136223846793005u + 1442695040888963407u;
	return (double)(fit->seed >> 11) / 9007199254740992.0;
}

static void *must(void *memory)
{
	if (!memory) {
		fputs("fit_lang: no memory\n", stderr);
		exit(2);
	}
	return memory;
}

/* ---- examples --------------------------------------------------------------------------------------------------- */

static void see_piece(void *ctx, uint32_t hash, const uint32_t *letters, size_t count)
{
	struct fit *fit = ctx;
	size_t at = hash >> 12;
	struct piece *piece;

	while (fit->slot[at] && fit->slot[at]->hash != hash)
		at = (at + 1) % SLOTS;
	if (!fit->slot[at]) {
		fit->slot[at] = must(calloc(1, sizeof *piece));
		fit->slot[at]->hash = hash;
		fit->slot[at]->last = -1;
		fit->slot[at]->count = count;
		memcpy(fit->slot[at]->letters, letters, count * sizeof *letters);
	}
	piece = fit->slot[at];
	if (piece->last != (int)fit->example_count) {
		piece->last = (int)fit->example_count;
		piece->posts++;
	}
	if (fit->piece_count == fit->piece_size) {
		fit->piece_size = fit->piece_size * 2 + 1024;
		fit->piece = must(realloc(fit->piece, fit->piece_size * sizeof(struct piece *)));
	}
	fit->piece[fit->piece_count++] = piece;
}

static void add_example(struct fit *fit, int lang, const char *text)
{
	struct lang_letters letters;
	size_t from = fit->piece_count;

	lang_pieces(text, strlen(text), &letters, see_piece, fit);
	if (fit->piece_count == from || letters.script[SCRIPT_LATIN] < 3)
		return;
	if (fit->example_count == fit->example_size) {
		fit->example_size = fit->example_size * 2 + 1024;
		fit->example = must(realloc(fit->example, fit->example_size * sizeof *fit->example));
	}
	fit->example[fit->example_count++] = (struct example){lang, from, fit->piece_count - from};
}

static int lang_number(const char *code)
{
	for (int i = 0; code && i < LANG_COUNT; i++)
		if (strcmp(code, codes[i]) == 0)
			return i;
	return -1;
}

static FILE *must_open(const char *name)
{
	FILE *file = fopen(name, "r");

	if (!file) {
		perror(name);
		exit(2);
	}
	return file;
}

static void read_words(struct fit *fit, const char *name)
{
	FILE *file = must_open(name);
	char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, file) > 0) {
		char *save = NULL, *word = strtok_r(line, ": \n", &save);
		int lang = lang_number(word);

		while (lang >= 0 && fit->word_count[lang] < WORDS_MAX && (word = strtok_r(NULL, " \n", &save)))
			fit->words[lang][fit->word_count[lang]++] = must(strdup(word));
	}
	free(line);
	fclose(file);
}

/* How many words of the text are among the language's common ones. */
static size_t count_common(const struct fit *fit, int lang, const char *text)
{
	static const char between[] = " .,!?;:\"()\n\t";
	char *copy = must(strdup(text)), *save = NULL;
	size_t found = 0;

	for (char *at = copy; *at; at++)
		*at = (char)(*at >= 'A' && *at <= 'Z' ? *at + 32 : *at);
	for (char *word = strtok_r(copy, between, &save); word; word = strtok_r(NULL, between, &save))
		for (size_t i = 0; i < fit->word_count[lang]; i++)
			if (strcmp(word, fit->words[lang][i]) == 0) {
				found++;
				break;
			}
	free(copy);
	return found;
}

/* A post that says one language and speaks another teaches nothing: many of Hindi are plain English. */
static bool is_mislabelled(const struct fit *fit, int lang, const char *text)
{
	return lang != LANG_EN && count_common(fit, LANG_EN, text) > count_common(fit, lang, text);
}

static void read_posts(struct fit *fit, char *name, int fold, bool *has)
{
	char *mark = strrchr(name, '@'), *line = NULL;
	long step = mark ? strtol(mark + 1, NULL, 10) : 1, number = 0;
	size_t size = 0;
	FILE *file;

	if (mark)
		*mark = '\0';
	file = must_open(name);
	for (; getline(&line, &size, file) > 0; number++) {
		struct json_object *post = json_tokener_parse(line), *text, *lang;
		int found;

		if (number % step == 0 && number % 5 != fold && json_object_object_get_ex(post, "text", &text) &&
		    json_object_object_get_ex(post, "lang", &lang) &&
		    (found = lang_number(json_object_get_string(lang))) >= 0 &&
		    !is_mislabelled(fit, found, json_object_get_string(text))) {
			add_example(fit, found, json_object_get_string(text));
			has[found] = true;
		}
		json_object_put(post);
	}
	free(line);
	fclose(file);
}

/* Sentences of two to eleven of a language's words; those before are likelier. */
static void draw_sentences(struct fit *fit, int lang, int sentences)
{
	for (int s = 0; s < sentences; s++) {
		char text[1024] = "";
		size_t len = 0;
		int left = 2 + (int)(draw(fit) * 10);

		while (left-- > 0) {
			double x = draw(fit);

			len += (size_t)snprintf(text + len, sizeof text - len, "%s ",
						fit->words[lang][(size_t)(x * x * (double)fit->word_count[lang])]);
		}
		add_example(fit, lang, text);
	}
}

/* ---- fitting ---------------------------------------------------------------------------------------------------- */

static void step_example(struct fit *fit, const struct example *example)
{
	double sum[LANG_COUNT], most = -1e9, all = 0;

	memcpy(sum, fit->bias, sizeof sum);
	for (size_t i = 0; i < example->count; i++)
		for (int k = 0; k < LANG_COUNT; k++)
			sum[k] += fit->piece[example->from + i]->weight[k];
	for (int k = 0; k < LANG_COUNT; k++)
		most = fmax(most, sum[k]);
	for (int k = 0; k < LANG_COUNT; k++)
		all += sum[k] = exp(sum[k] - most);
	for (int k = 0; k < LANG_COUNT; k++)
		sum[k] = sum[k] / all - (k == example->lang);
	for (size_t i = 0; i < example->count; i++) {
		struct piece *piece = fit->piece[example->from + i];

		if (piece->posts < PIECE_POSTS_MIN)
			continue;
		for (int k = 0; k < LANG_COUNT; k++) {
			double slope = sum[k] + RIDGE * piece->weight[k] * 100;

			piece->square[k] += slope * slope;
			piece->weight[k] -= RATE * slope / sqrt(piece->square[k] + 1);
		}
	}
	for (int k = 0; k < LANG_COUNT; k++)
		fit->bias[k] -= .002 * sum[k];
}

static void fit_all(struct fit *fit)
{
	for (size_t i = 0; i < SLOTS; i++)
		if (fit->slot[i]) {
			memset(fit->slot[i]->weight, 0, sizeof fit->slot[i]->weight);
			memset(fit->slot[i]->square, 0, sizeof fit->slot[i]->square);
		}
	memset(fit->bias, 0, sizeof fit->bias);
	for (int round = 0; round < ROUNDS; round++)
		for (size_t n = 0; n < fit->example_count; n++) {
			size_t pick = (size_t)(draw(fit) * (double)fit->example_count);

			step_example(fit, &fit->example[pick]);
		}
}

static int by_worth(const void *a, const void *b)
{
	double x = (*(struct piece *const *)a)->worth, y = (*(struct piece *const *)b)->worth;

	return x > y ? -1 : x < y ? 1 : (*(struct piece *const *)a)->hash < (*(struct piece *const *)b)->hash ? -1 : 1;
}

static int by_hash(const void *a, const void *b)
{
	uint32_t x = (*(struct piece *const *)a)->hash, y = (*(struct piece *const *)b)->hash;

	return x < y ? -1 : x > y;
}

/* The pieces that say most: spread of their weights, times how often. The others become too rare to count. */
static size_t choose(struct fit *fit, struct piece **rows)
{
	struct piece **all = must(calloc(SLOTS, sizeof(struct piece *)));
	size_t count = 0;

	for (size_t i = 0; i < SLOTS; i++) {
		struct piece *piece = fit->slot[i];

		if (!piece || piece->posts < PIECE_POSTS_MIN)
			continue;
		for (int k = 0; k < LANG_COUNT; k++)
			piece->worth = fmax(piece->worth, fabs(piece->weight[k]));
		piece->worth *= sqrt(sqrt(piece->posts));
		all[count++] = piece;
	}
	qsort(all, count, sizeof *all, by_worth);
	for (size_t i = ROWS_MAX; i < count; i++)
		all[i]->posts = 0;
	count = count < ROWS_MAX ? count : ROWS_MAX;
	memcpy(rows, all, count * sizeof *all);
	qsort(rows, count, sizeof *rows, by_hash);
	free(all);
	return count;
}

/* ---- the table -------------------------------------------------------------------------------------------------- */

static void print_letter(uint32_t c)
{
	if (c < 0x80)
		putchar((int)c);
	else if (c < 0x800)
		printf("%c%c", (int)(0xC0 | c >> 6), (int)(0x80 | (c & 63)));
	else
		printf("%c%c%c", (int)(0xE0 | c >> 12), (int)(0x80 | (c >> 6 & 63)), (int)(0x80 | (c & 63)));
}

static int rounded(double weight)
{
	return (int)lround(fmax(-127, fmin(127, weight * SCALE)));
}

static void print_rows(const struct fit *fit, struct piece **rows, size_t count)
{
	printf("const int16_t lang_bias[LANG_COUNT] = {");
	for (int k = 0; k < LANG_COUNT; k++)
		printf("%s%d", k ? ", " : "", rounded(fit->bias[k]));
	puts("};\n\nconst struct lang_row lang_rows[] = {");
	for (size_t i = 0; i < count; i++) {
		printf("\t{0x%08x, {", rows[i]->hash);
		for (int k = 0; k < LANG_COUNT; k++)
			printf("%s%d", k ? "," : "", rounded(rows[i]->weight[k]));
		printf("}}, /* ");
		for (size_t n = 0; n < rows[i]->count; n++)
			print_letter(rows[i]->letters[n]);
		puts(" */");
	}
	puts("};\n");
}

static void print_buckets(struct piece **rows, size_t count)
{
	size_t at = 0;

	printf("const uint16_t lang_bucket[(1 << LANG_BUCKET_BITS) + 1] = {");
	for (uint32_t b = 0; b <= 1u << LANG_BUCKET_BITS; b++) {
		while (at < count && rows[at]->hash >> (32 - LANG_BUCKET_BITS) < b)
			at++;
		printf("%s%zu,", b % 16 ? " " : "\n\t", at);
	}
	puts("\n};");
}

int main(int argc, char **argv)
{
	static struct piece *rows[ROWS_MAX];
	struct fit fit = {.slot = must(calloc(SLOTS, sizeof(struct piece *))), .seed = 1};
	bool has[LANG_COUNT] = {false};
	int at = 1, fold = -1;
	size_t count;

	if (argc > 2 && strcmp(argv[1], "-k") == 0) {
		fold = (int)strtol(argv[2], NULL, 10);
		at = 3;
	}
	if (at >= argc) {
		fputs("usage: fit_lang [-k FOLD] WORDS FILE.jsonl[@N] ... > classify/lang_table.c\n", stderr);
		return 2;
	}
	read_words(&fit, argv[at]);
	for (int i = at + 1; i < argc; i++)
		read_posts(&fit, argv[i], fold, has);
	for (int lang = 0; lang < LANG_COUNT; lang++)
		draw_sentences(&fit, lang, has[lang] ? DRAWN_KNOWN : DRAWN);
	fit_all(&fit);
	count = choose(&fit, rows);
	fit_all(&fit);
	printf("/*\n * lang_table.c - what pieces of words say about a text's language. Generated by tests/lang/fit_lang.c; "
	       "the columns\n * are LANG_CODES of lang_impl.h.\n */\n#include \"lang_impl.h\"\n\n");
	print_rows(&fit, rows, count);
	print_buckets(rows, count);
	fprintf(stderr, "%zu examples, %zu pieces kept\n", fit.example_count, count);
	return 0;
}
