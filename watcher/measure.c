/*
 * measure.c - `amends rules test`: precision, recall and F1 against the labels of posts.
 *
 * Two questions, each counted where the post has the label: `labels.intent` (problem, vent or not_complaint; unclear is
 * left out) against the class, and `labels.complaint` (0, 1) against "problem or vent". Causes are compared on the
 * posts whose intent is problem or vent.
 */
#include "watcher/measure.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "jsonio.h"
#include "watcher/lines.h"

#define LINE_ARENA_MAX ((size_t)16 << 20)

enum intent { INTENT_PROBLEM, INTENT_VENT, INTENT_NOT, INTENT_COUNT };

struct tally {
	size_t posts, bad, undecided;
	size_t confusion[INTENT_COUNT][CLASS_COUNT];
	size_t complaint[2][2]; /* label, judged */
	size_t causes, causes_right;
};

struct ratio {
	double precision, recall, f1;
};

static const char *const intent_names[] = {"problem", "vent", "not_complaint"};

static enum intent intent_of(enum class class)
{
	return class == CLASS_PROBLEM ? INTENT_PROBLEM : class == CLASS_VENT ? INTENT_VENT : INTENT_NOT;
}

static int intent_from_label(const char *word, enum intent *intent_r)
{
	for (int i = 0; i < INTENT_COUNT; i++)
		if (strcmp(word, intent_names[i]) == 0) {
			*intent_r = (enum intent)i;
			return 1;
		}
	return 0;
}

static void count_post(struct tally *tally, struct json_object *labels, const struct verdict *verdict)
{
	const char *cause = json_str(labels, "cause", NULL);
	int64_t complaint = json_int(labels, "complaint", -1);
	enum cause wanted;
	enum intent intent;

	tally->posts++;
	tally->undecided += verdict->undecided;
	if (complaint == 0 || complaint == 1)
		tally->complaint[complaint][intent_of(verdict->class) != INTENT_NOT]++;
	if (!intent_from_label(json_str(labels, "intent", ""), &intent))
		return;
	tally->confusion[intent][verdict->class]++;
	if (intent != INTENT_NOT && cause != NULL && cause_from_name(cause, &wanted)) {
		tally->causes++;
		tally->causes_right += wanted == verdict->cause;
	}
}

static double share(size_t part, size_t whole)
{
	return whole ? (double)part / (double)whole : 0;
}

static struct ratio ratio_of(size_t right, size_t judged, size_t labelled)
{
	struct ratio r = {share(right, judged), share(right, labelled), 0};

	r.f1 = r.precision + r.recall > 0 ? 2 * r.precision * r.recall / (r.precision + r.recall) : 0;
	return r;
}

static struct ratio intent_ratio(const struct tally *tally, enum intent intent)
{
	size_t right = 0, judged = 0, labelled = 0;

	for (int i = 0; i < INTENT_COUNT; i++)
		for (int class = 0; class < CLASS_COUNT; class ++) {
			size_t n = tally->confusion[i][class];
			bool as = intent_of((enum class) class) == intent;

			labelled += (enum intent)i == intent ? n : 0;
			judged += as ? n : 0;
			right += as && (enum intent)i == intent ? n : 0;
		}
	return ratio_of(right, judged, labelled);
}

static struct ratio complaint_ratio(const struct tally *tally)
{
	return ratio_of(tally->complaint[1][1], tally->complaint[0][1] + tally->complaint[1][1],
			tally->complaint[1][0] + tally->complaint[1][1]);
}

static double macro_f1(const struct tally *tally)
{
	double sum = 0;

	for (int i = 0; i < INTENT_COUNT; i++)
		sum += intent_ratio(tally, (enum intent)i).f1;
	return sum / INTENT_COUNT;
}

static void print_row(const char *name, struct ratio r)
{
	printf("%-14s %9.3f %9.3f %9.3f\n", name, r.precision, r.recall, r.f1);
}

static void print_text(const struct tally *tally)
{
	printf("%zu posts judged, %zu undecided, %zu lines unreadable\n\n", tally->posts, tally->undecided, tally->bad);
	printf("%-14s %9s %9s %9s\n", "", "precision", "recall", "F1");
	for (int i = 0; i < INTENT_COUNT; i++)
		print_row(intent_names[i], intent_ratio(tally, (enum intent)i));
	printf("%-14s %29.3f\n", "macro F1", macro_f1(tally));
	print_row("complaint 0/1", complaint_ratio(tally));
	printf("%-14s %29.3f of %zu\n\nlabelled as     judged as\n%-14s", "cause right",
	       share(tally->causes_right, tally->causes), tally->causes, "");
	for (int class = 0; class < CLASS_COUNT; class ++)
		printf(" %9s", class_name((enum class) class));
	putchar('\n');
	for (int i = 0; i < INTENT_COUNT; i++) {
		printf("%-14s", intent_names[i]);
		for (int class = 0; class < CLASS_COUNT; class ++)
			printf(" %9zu", tally->confusion[i][class]);
		putchar('\n');
	}
}

static struct json_object *ratio_json(struct ratio r)
{
	struct json_object *object = json_object_new_object();

	json_add_num(object, "precision", r.precision);
	json_add_num(object, "recall", r.recall);
	json_add_num(object, "f1", r.f1);
	return object;
}

static void print_json(const struct tally *tally)
{
	CLEANUP(json) struct json_object *object = json_object_new_object();
	struct json_object *intent = json_object_new_object(), *confusion = json_object_new_object();

	json_add_int(object, "posts", (int64_t)tally->posts);
	json_add_int(object, "undecided", (int64_t)tally->undecided);
	json_add_int(object, "bad", (int64_t)tally->bad);
	for (int i = 0; i < INTENT_COUNT; i++) {
		struct json_object *row = json_object_new_object();

		json_add(intent, intent_names[i], ratio_json(intent_ratio(tally, (enum intent)i)));
		for (int class = 0; class < CLASS_COUNT; class ++)
			json_add_int(row, class_name((enum class) class), (int64_t)tally->confusion[i][class]);
		json_add(confusion, intent_names[i], row);
	}
	json_add(object, "intent", intent);
	json_add_num(object, "macro_f1", macro_f1(tally));
	json_add(object, "complaint", ratio_json(complaint_ratio(tally)));
	json_add_num(object, "cause_accuracy", share(tally->causes_right, tally->causes));
	json_add(object, "confusion", confusion);
	puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY));
}

/* ---- reading ---- */

struct reading {
	struct judge *judge;
	struct json_parser *parser;
	struct arena *arena;
	struct lines lines;
	struct tally tally;
};

static enum err read_line(struct reading *reading, const struct line *line, struct error *e_r)
{
	CLEANUP(json) struct json_object *object = NULL;
	struct json_object *labels;
	struct verdict verdict;
	struct post post;
	enum err err;

	if (line->too_long)
		return error_set(e_r, ERR_LIMIT, "line is longer than %u bytes", POST_LINE_MAX);
	arena_reset(reading->arena);
	err = json_parse(reading->parser, line->text, line->len, &object, e_r);
	if (err != ERR_OK)
		return err;
	labels = json_get(object, "labels");
	if (labels == NULL)
		return error_set(e_r, ERR_INVALID, "no labels");
	err = post_from_json(reading->arena, object, &post, e_r);
	if (err == ERR_OK)
		err = classify_post(reading->judge->classifier, reading->arena, &post, &verdict, e_r);
	if (err == ERR_OK)
		count_post(&reading->tally, labels, &verdict);
	return err;
}

static int read_all(struct reading *reading, const char *path, struct error *e_r)
{
	struct line line;
	int got;

	while ((got = lines_next(&reading->lines, &line, e_r)) > 0) {
		if (read_line(reading, &line, e_r) == ERR_OK)
			continue;
		reading->tally.bad++;
		fprintf(stderr, "%s:%llu: %s (line skipped)\n", path, (unsigned long long)reading->lines.number,
			e_r->text);
	}
	return got;
}

int measure_file(const char *command, struct judge *judge, const char *path, bool json)
{
	struct reading reading = {.judge = judge, .parser = json_parser_new(), .arena = arena_new(LINE_ARENA_MAX)};
	struct error error = {.code = ERR_NOMEM, .text = "out of memory"};
	int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC), code = EXIT_FAILED;

	if (fd < 0)
		error_set(&error, ERR_IO, "%s: %s", path, strerror(errno));
	if (fd < 0 || reading.parser == NULL || reading.arena == NULL ||
	    lines_open(&reading.lines, fd, POST_LINE_MAX, &error) != ERR_OK || read_all(&reading, path, &error) < 0)
		code = command_fail(command, &error);
	else if (reading.tally.posts == 0)
		fprintf(stderr, "amends %s: %s: no post with labels\n", command, path);
	else {
		(json ? print_json : print_text)(&reading.tally);
		code = EXIT_DONE;
	}
	lines_close(&reading.lines);
	arena_free(&reading.arena);
	json_parser_free(&reading.parser);
	if (fd > STDIN_FILENO)
		close(fd);
	return code;
}
