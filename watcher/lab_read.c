/*
 * lab_read.c - reads labelled posts, judges each once, and keeps what the measuring needs.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "jsonio.h"
#include "watcher/lab.h"
#include "watcher/lab_labels.h"
#include "watcher/lines.h"

#define LINE_ARENA_MAX ((size_t)16 << 20)
#define LAB_ARENA_MAX ((size_t)1 << 30)

/* ---- labels ---- */

static signed char word_of(const char *word, const char *const *words, int count)
{
	for (int i = 0; word != NULL && i < count; i++)
		if (strcmp(word, words[i]) == 0)
			return (signed char)i;
	return -1;
}

static signed char number_of(struct json_object *labels, const char *key, int64_t max)
{
	int64_t value = json_int(labels, key, -1);

	return (signed char)(value >= 0 && value <= max ? value : -1);
}

/* false: none of the labels says anything that we could measure. */
static bool labels_read(struct json_object *labels, struct lab_post *post)
{
	static const char *const intents[] = {"problem", "vent", "not_complaint"};
	static const char *const moods[] = {"negative", "neutral", "positive"};
	enum cause cause;

	post->intent = word_of(json_str(labels, "intent", NULL), intents, INTENT_COUNT);
	post->sentiment = word_of(json_str(labels, "sentiment", NULL), moods, 3);
	post->complaint = number_of(labels, "complaint", 1);
	post->urgency = number_of(labels, "urgency", 2);
	post->off_topic = number_of(labels, "off_topic", 1);
	post->cause = -1;
	if (cause_from_name(json_str(labels, "cause", ""), &cause))
		post->cause = (signed char)cause;
	return post->intent >= 0 || post->sentiment >= 0 || post->complaint >= 0 || post->off_topic >= 0;
}

/* ---- verdict ---- */

static bool known(const uint32_t *rules, uint32_t count, uint32_t rule)
{
	for (uint32_t i = 0; i < count; i++)
		if (rules[i] == rule)
			return true;
	return false;
}

static enum err keep_hits(struct lab *lab, const struct judge *judge, const struct verdict *verdict,
			  struct lab_post *post, struct error *e_r)
{
	const struct ruleset *set = judge->toolkit.rules;
	struct lab_hit *hits = arena_array(lab->arena, verdict->hit_count, sizeof(*hits));
	uint32_t *rules = arena_array(lab->arena, verdict->hit_count, sizeof(*rules));

	if (hits == NULL || rules == NULL)
		return error_set(e_r, ERR_NOMEM, "the file has more posts than memory takes");
	post->rule_count = 0;
	for (size_t i = 0; i < verdict->hit_count; i++) {
		const struct hit *hit = &verdict->hits[i];
		bool wording = hit->rule == &wording_rule;
		uint32_t rule = wording ? LAB_WORDING : (uint32_t)(hit->rule - ruleset_at(set, 0));

		hits[i] = (struct lab_hit){rule, (uint32_t)hit->start, (uint32_t)hit->end};
		if (wording || known(rules, post->rule_count, rule))
			continue;
		rules[post->rule_count++] = rule;
	}
	post->hits = hits;
	post->hit_count = (uint32_t)verdict->hit_count;
	post->rules = rules;
	return ERR_OK;
}

/* work: for this post alone; what stays goes to the lab's arena. */
static enum err judge_into(struct lab *lab, const struct judge *judge, struct arena *work, const struct post *post,
			   struct lab_post *into, struct error *e_r)
{
	struct verdict verdict;
	enum err err = classify_post(judge->classifier, work, post, &verdict, e_r);

	if (err != ERR_OK)
		return err;
	into->class = verdict.class;
	into->judged_cause = verdict.cause;
	into->judged_urgency = verdict.urgency;
	into->said_complaint = verdict.complaint;
	into->said_problem = verdict.problem;
	into->said_sentiment = verdict.sentiment;
	into->said_question = verdict.question;
	into->said_praise = verdict.praise;
	into->said_not_ours = verdict.not_ours;
	into->undecided = verdict.undecided;
	lab->undecided += verdict.undecided;
	return keep_hits(lab, judge, &verdict, into, e_r);
}

/* ---- posts ---- */

static struct lab_post *next_place(struct lab *lab, struct error *e_r)
{
	size_t size = lab->size ? lab->size * 2 : 1024;
	struct lab_post *posts;

	if (lab->count < lab->size)
		return &lab->posts[lab->count];
	posts = realloc(lab->posts, size * sizeof(*posts));
	if (posts == NULL) {
		error_set(e_r, ERR_NOMEM, "the file has more posts than memory takes");
		return NULL;
	}
	lab->posts = posts;
	lab->size = size;
	return &lab->posts[lab->count];
}

struct reading {
	struct lab *lab;
	const struct judge *judge;
	struct json_parser *parser;
	struct arena *work;
	struct lines lines;
	const char *file;
	bool fatal; /* the error is not the line's */
};

/* The copy that stays; what rules on other fields look at goes too. */
static bool post_keep(struct arena *arena, const struct post *post, struct lab_post *into)
{
	struct post *copy = arena_alloc(arena, sizeof(*copy));

	into->id = arena_strdup(arena, post->id);
	into->text = arena_strdup(arena, post->text);
	if (copy == NULL || into->id == NULL || into->text == NULL)
		return false;
	*copy = (struct post){
		.platform = arena_strdup(arena, post->platform),
		.id = into->id,
		.text = into->text,
		.lang = arena_strdup(arena, post->lang),
		.rating = post->rating,
		.author = {.id = "",
			   .handle = arena_strdup(arena, post->author.handle),
			   .name = arena_strdup(arena, post->author.name),
			   .followers = post->author.followers},
		.created_s = post->created_s,
	};
	into->post = copy;
	return !arena_failed(arena);
}

static enum err read_line(struct reading *reading, const struct line *line, struct error *e_r)
{
	CLEANUP(json) struct json_object *object = NULL;
	struct lab *lab = reading->lab;
	struct lab_post *into;
	struct post post;
	enum err err;

	if (line->too_long)
		return error_set(e_r, ERR_LIMIT, "line is longer than %u bytes", POST_LINE_MAX);
	arena_reset(reading->work);
	err = json_parse(reading->parser, line->text, line->len, &object, e_r);
	if (err == ERR_OK && json_get(object, "labels") == NULL)
		err = error_set(e_r, ERR_INVALID, "no labels");
	if (err == ERR_OK)
		err = post_from_json(reading->work, object, &post, e_r);
	if (err == ERR_OK && post.deleted)
		err = error_set(e_r, ERR_INVALID, "a deleted post");
	if (err == ERR_OK)
		err = labels_check(json_get(object, "labels"), reading->file, reading->lines.number, &lab->bad_labels,
				   e_r);
	if (err != ERR_OK)
		return err;
	into = next_place(lab, e_r);
	reading->fatal = into == NULL;
	if (into == NULL)
		return ERR_NOMEM;
	*into = (struct lab_post){.file = reading->file, .line = reading->lines.number};
	if (!labels_read(json_get(object, "labels"), into))
		return ERR_OK; /* "unclear", say: nothing to measure */
	reading->fatal = true;
	if (!post_keep(lab->arena, &post, into))
		return error_set(e_r, ERR_NOMEM, "the file has more posts than memory takes");
	err = judge_into(lab, reading->judge, reading->work, &post, into, e_r);
	lab->count += err == ERR_OK;
	return err;
}

static enum err read_all(struct reading *reading, struct error *e_r)
{
	struct line line;
	int got;

	while ((got = lines_next(&reading->lines, &line, e_r)) > 0) {
		reading->fatal = false;
		if (read_line(reading, &line, e_r) == ERR_OK)
			continue;
		if (reading->fatal)
			return e_r->code;
		reading->lab->bad++;
		fprintf(stderr, "%s:%llu: %s (line skipped)\n", reading->file,
			(unsigned long long)reading->lines.number, e_r->text);
	}
	return got < 0 ? e_r->code : ERR_OK;
}

enum err lab_read(struct lab *lab, const struct judge *judge, const char *path, struct error *e_r)
{
	struct reading reading = {.lab = lab, .judge = judge, .file = path};
	int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	enum err err;

	if (fd < 0)
		return error_set(e_r, ERR_IO, "%s: %s", path, strerror(errno));
	if (lab->arena == NULL)
		lab->arena = arena_new(LAB_ARENA_MAX);
	reading.parser = json_parser_new();
	reading.work = arena_new(LINE_ARENA_MAX);
	if (lab->arena == NULL || reading.parser == NULL || reading.work == NULL)
		err = error_set(e_r, ERR_NOMEM, "out of memory");
	else
		err = lines_open(&reading.lines, fd, POST_LINE_MAX, e_r);
	if (err == ERR_OK)
		err = read_all(&reading, e_r);
	lines_close(&reading.lines);
	arena_free(&reading.work);
	json_parser_free(&reading.parser);
	if (fd != STDIN_FILENO)
		close(fd);
	return err;
}

enum err lab_judge_again(const struct lab *lab, const struct judge *judge, struct lab *again_r, struct error *e_r)
{
	struct lab again = {.arena = arena_new(LAB_ARENA_MAX),
			    .bad = lab->bad,
			    .bad_labels = lab->bad_labels,
			    .count = lab->count};
	struct arena *work = arena_new(LINE_ARENA_MAX);
	enum err err = ERR_OK;

	again.posts = malloc((lab->count + 1) * sizeof(*again.posts));
	if (again.arena == NULL || again.posts == NULL || work == NULL)
		err = error_set(e_r, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < lab->count && err == ERR_OK; i++) {
		arena_reset(work);
		again.posts[i] = lab->posts[i];
		err = judge_into(&again, judge, work, again.posts[i].post, &again.posts[i], e_r);
	}
	arena_free(&work);
	if (err == ERR_OK)
		*again_r = again;
	else
		lab_free(&again);
	return err;
}

const struct rule *lab_rule(const struct judge *judge, uint32_t rule)
{
	return rule == LAB_WORDING ? &wording_rule : ruleset_at(judge->toolkit.rules, rule);
}

void lab_free(struct lab *lab)
{
	arena_free(&lab->arena);
	free(lab->posts);
	*lab = (struct lab){0};
}
