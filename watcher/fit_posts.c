/*
 * fit_posts.c - see fit_posts.h.
 *
 * Two posts that say the same but for names, links, digits and signs get the same fold, so that no fold is judged by
 * weights that have seen its twin; the same post in two files is one post to the folds.
 */
#include "watcher/fit_posts.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include "jsonio.h"
#include "watcher/lab_labels.h"
#include "watcher/lines.h"

#define LINE_ARENA_MAX ((size_t)16 << 20)
#define SAME_LETTERS 200 /* posts whose first letters are the same count as the same */
#define PIECES_SEEN_MAX ((size_t)1 << 23)

enum err fit_file_from(char *spec, struct fit_file *file_r, struct error *e_r)
{
	char *at = strrchr(spec, '@'), *end = NULL;
	const char *slash = strrchr(spec, '/'), *base, *dot;
	struct fit_file file = {.complaint = 1, .mood = 1};

	if (at && at > spec && strspn(at + 1, "0123456789./") == strlen(at + 1)) {
		*at = '\0';
		file.complaint = file.mood = strtof(at + 1, &end);
		if (*end == '/')
			file.mood = strtof(end + 1, &end);
		if (end == at + 1 || *end != '\0' || !(file.complaint <= 100) || !(file.mood <= 100))
			return error_set(e_r, ERR_INVALID, "%s@%s: a weight is a number from 0 to 100", spec, at + 1);
		slash = strrchr(spec, '/');
	}
	base = slash ? slash + 1 : spec;
	dot = strrchr(base, '.');
	file.path = spec;
	snprintf(file.name, sizeof(file.name), "%.*s", dot && dot > base ? (int)(dot - base) : (int)strlen(base), base);
	*file_r = file;
	return ERR_OK;
}

/* ---- one post ---- */

struct reader {
	struct fit_posts *posts;
	const struct fit_read *how;
	struct matcher *matcher;
	struct json_parser *parser;
	struct arena *arena;
	XXH3_state_t *digest;
	struct lines lines;
};

static uint16_t fold_of(const struct fit_read *how, const char *text)
{
	unsigned char letters[SAME_LETTERS];
	size_t len = 0;

	for (const char *at = text; *at && len < SAME_LETTERS; at++) {
		unsigned char c = (unsigned char)*at;

		if (c == '@' || strncmp(at, "http", 4) == 0) {
			at += strcspn(at, " \n") - 1;
			continue;
		}
		if (c >= 'A' && c <= 'Z')
			c = (unsigned char)(c - 'A' + 'a');
		if ((c >= 'a' && c <= 'z') || c >= 0x80)
			letters[len++] = c;
	}
	return (uint16_t)(XXH3_64bits_withSeed(letters, len, how->seed) % how->folds);
}

/* Index of the word among `count` words; -1: none of them. */
static int word_index(const char *word, const char *const *words, int count)
{
	for (int i = 0; word && i < count; i++)
		if (strcmp(word, words[i]) == 0)
			return i;
	return -1;
}

/* The first word of the reason that says what a post is which complains of nothing. */
static signed char kind_of(const char *reason)
{
	static const struct {
		const char *word;
		enum kind kind;
	} kinds[] = {{"question", KIND_QUESTION}, {"praise", KIND_PRAISE},     {"thank", KIND_PRAISE},
		     {"happy", KIND_PRAISE},	  {"resolved", KIND_PRAISE},   {"news", KIND_NEWS},
		     {"offtopic", KIND_OFF_TOPIC}, {"joke", KIND_OFF_TOPIC},   {"politics", KIND_OFF_TOPIC},
		     {"spam", KIND_SPAM},	  {"giveaway", KIND_SPAM},     {"promo", KIND_SPAM},
		     {"neutral", KIND_NEUTRAL}};
	const char *first = NULL;
	int found = -1;

	for (size_t i = 0; reason && i < ARRAY_LEN(kinds); i++) {
		const char *at = strstr(reason, kinds[i].word);

		if (at && (!first || at < first || kinds[found].kind == KIND_NEUTRAL)) {
			first = at;
			found = (int)i;
		}
	}
	return found < 0 ? -1 : (signed char)kinds[found].kind;
}

static signed char number_of(struct json_object *labels, const char *key, int64_t max)
{
	int64_t number = json_int(labels, key, -1);

	return (signed char)(number >= 0 && number <= max ? number : -1);
}

static struct fit_labels read_labels(struct json_object *labels, const struct fit_file *file)
{
	static const char *const intents[] = {"vent", "problem", "not_complaint"};
	static const char *const moods[] = {"negative", "neutral", "positive"};
	const char *intent = json_str(labels, "intent", NULL), *reason = json_str(labels, "reason", NULL);
	struct fit_labels l = {.cause = -1, .urgency = -1, .kind = -1};
	enum cause cause;

	l.intent = (signed char)word_index(intent, intents, INTENT_COUNT);
	l.mood = (signed char)word_index(json_str(labels, "sentiment", NULL), moods, MOOD_COUNT);
	l.problem = l.intent == INTENT_NOT ? -1 : l.intent;
	l.complaint = intent ? (signed char)(l.intent < 0 ? -1 : l.intent != INTENT_NOT)
			     : number_of(labels, "complaint", 1);
	l.elsewhere = number_of(labels, "off_topic", 1);
	l.unsure = json_int(labels, "intent_conf", 1) == 0;
	if (l.problem >= 0) {
		l.urgency = number_of(labels, "urgency", 2);
		if (cause_from_name(json_str(labels, "cause", ""), &cause) && cause != CAUSE_NONE)
			l.cause = (signed char)cause;
	} else if (l.intent == INTENT_NOT) {
		l.kind = kind_of(reason ? reason : json_str(labels, "intent_reason", NULL));
	}
	if (file->complaint <= 0)
		l.complaint = l.problem = l.intent = l.cause = l.urgency = l.kind = -1;
	if (file->mood <= 0)
		l.mood = -1;
	return l;
}

static bool says_nothing(const struct fit_labels *l)
{
	return l->complaint < 0 && l->mood < 0 && l->elsewhere != 1;
}

static enum err match_rules(struct reader *r, const struct post *post, struct fit_post *out, struct error *e_r)
{
	const struct rule *first = ruleset_at(r->how->rules, 0);
	struct matches matches;
	enum err err;

	err = matcher_run(r->matcher, r->arena, post->text, strlen(post->text), r->how->lang, post, &matches, e_r);
	if (err != ERR_OK)
		return err;
	out->rules = calloc(matches.hit_count + 1, sizeof(*out->rules));
	if (out->rules == NULL)
		return error_set(e_r, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < matches.hit_count; i++) {
		uint32_t rule = (uint32_t)(matches.hits[i].rule - first);
		bool seen = false;

		for (uint32_t k = 0; k < out->rule_count; k++)
			seen |= out->rules[k] == rule;
		if (!seen)
			out->rules[out->rule_count++] = rule;
	}
	return ERR_OK;
}

static bool make_room(struct fit_posts *posts)
{
	size_t room = posts->room ? 2 * posts->room : 4096;
	struct fit_post *more;

	if (posts->count < posts->room)
		return true;
	more = realloc(posts->posts, room * sizeof(*more));
	if (more == NULL)
		return false;
	posts->posts = more;
	posts->room = room;
	return true;
}

static int by_reading_id(const void *a, const void *b)
{
	const struct fit_reading *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static struct fit_reading *reading_of(const struct fit_posts *posts, uint64_t id)
{
	struct fit_reading key = {.id = id};

	return posts->reading_count ? bsearch(&key, posts->readings, posts->reading_count, sizeof(key), by_reading_id)
				    : NULL;
}

/* Adds a post, which owns what is in `out`; the digest learns of it. */
static enum err add_post(struct reader *r, const char *id, struct fit_post *out, struct error *e_r)
{
	struct fit_posts *posts = r->posts;
	const struct fit_labels *l = &out->label;
	const signed char labels[] = {l->complaint, l->problem, l->mood, l->intent,
				      l->cause,	    l->urgency, l->kind, l->elsewhere, l->unsure};

	if (posts->count == FIT_POSTS_MAX || !make_room(posts))
		return error_set(e_r, ERR_NOMEM, "out of memory");
	(void)XXH3_64bits_update(r->digest, id, strlen(id) + 1); /* fails for a NULL state only */
	(void)XXH3_64bits_update(r->digest, labels, sizeof(labels));
	posts->posts[posts->count++] = *out;
	*out = (struct fit_post){0};
	return ERR_OK;
}

/* The same post once more, with the labels of its reading. */
static enum err add_reading(struct reader *r, const char *id, const struct fit_post *post, struct fit_reading *reading,
			    struct error *e_r)
{
	struct fit_post out = {.file = reading->file, .fold = post->fold, .id = post->id, .label = reading->label};
	enum err err = ERR_OK;

	out.text = strdup(post->text);
	out.rules = calloc(post->rule_count + 1, sizeof(*out.rules));
	if (out.text == NULL || out.rules == NULL) {
		err = error_set(e_r, ERR_NOMEM, "out of memory");
	} else {
		out.rule_count = post->rule_count;
		memcpy(out.rules, post->rules, post->rule_count * sizeof(*out.rules));
		err = add_post(r, id, &out, e_r);
		reading->joined = err == ERR_OK;
	}
	free(out.text);
	free(out.rules);
	return err;
}

static enum err take_post(struct reader *r, uint16_t file, struct json_object *object, struct error *e_r)
{
	struct fit_post out = {.file = file};
	struct fit_posts *posts = r->posts;
	struct fit_reading *reading;
	struct post post;
	enum err err = post_from_json(r->arena, object, &post, e_r);

	if (err != ERR_OK)
		return err;
	out.label = read_labels(json_get(object, "labels"), &posts->files[file]);
	out.id = XXH3_64bits(post.id, strlen(post.id));
	reading = reading_of(posts, out.id);
	if (reading && (reading->joined || says_nothing(&reading->label)))
		reading = NULL;
	if (strncmp(post.lang ? post.lang : "en", r->how->lang, strlen(r->how->lang)) != 0 ||
	    (says_nothing(&out.label) && !reading))
		return ERR_OK;
	out.fold = fold_of(r->how, post.text);
	err = match_rules(r, &post, &out, e_r);
	out.text = err == ERR_OK ? strdup(post.text) : NULL;
	if (err == ERR_OK && out.text == NULL)
		err = error_set(e_r, ERR_NOMEM, "out of memory");
	if (err == ERR_OK && reading)
		err = add_reading(r, post.id, &out, reading, e_r);
	if (err == ERR_OK && !says_nothing(&out.label))
		err = add_post(r, post.id, &out, e_r);
	free(out.rules);
	free(out.text);
	return err;
}

/* A line of a file of readings: an id and labels; one that has a text is a post of its own. */
static enum err take_reading(struct reader *r, uint16_t file, struct json_object *object, struct error *e_r)
{
	struct fit_posts *posts = r->posts;
	const char *id = json_str(object, "id", NULL);
	struct json_object *labels = json_get(object, "labels");

	if (json_get(object, "text") != NULL)
		return take_post(r, file, object, e_r);
	if (id == NULL || id[0] == '\0' || labels == NULL)
		return error_set(e_r, ERR_INVALID, "a reading has an id and labels");
	if (posts->reading_count == posts->reading_room) {
		size_t room = posts->reading_room ? 2 * posts->reading_room : 1024;
		struct fit_reading *more = realloc(posts->readings, room * sizeof(*more));

		if (more == NULL)
			return error_set(e_r, ERR_NOMEM, "out of memory");
		posts->readings = more;
		posts->reading_room = room;
	}
	posts->readings[posts->reading_count++] = (struct fit_reading){
		.id = XXH3_64bits(id, strlen(id)), .file = file, .label = read_labels(labels, &posts->files[file])};
	return ERR_OK;
}

/* ---- files ---- */

static enum err read_line(struct reader *r, uint16_t file, const struct line *line, struct error *e_r)
{
	CLEANUP(json) struct json_object *object = NULL;
	enum err err;

	if (line->too_long)
		return error_set(e_r, ERR_LIMIT, "line is longer than %u bytes", POST_LINE_MAX);
	arena_reset(r->arena);
	err = json_parse(r->parser, line->text, line->len, &object, e_r);
	if (err == ERR_OK)
		err = labels_check(json_get(object, "labels"), r->posts->files[file].path, r->lines.number,
				   &r->posts->bad_labels, e_r);
	if (err != ERR_OK)
		return err;
	return (r->posts->files[file].readings ? take_reading : take_post)(r, file, object, e_r);
}

static enum err read_file(struct reader *r, uint16_t file, struct error *e_r)
{
	const char *path = r->posts->files[file].path;
	int fd = open(path, O_RDONLY | O_CLOEXEC), got = 0;
	struct line line;
	enum err err;

	if (fd < 0)
		return error_set(e_r, ERR_INVALID, "%s: %s", path, strerror(errno));
	err = lines_open(&r->lines, fd, POST_LINE_MAX, e_r);
	while (err == ERR_OK && (got = lines_next(&r->lines, &line, e_r)) > 0) {
		err = read_line(r, file, &line, e_r);
		if (err == ERR_OK || err == ERR_NOMEM)
			continue;
		r->posts->skipped++;
		fprintf(stderr, "%s:%llu: %s (line skipped)\n", path, (unsigned long long)r->lines.number, e_r->text);
		err = ERR_OK;
	}
	if (err == ERR_OK && got < 0)
		err = e_r->code;
	lines_close(&r->lines);
	close(fd);
	return err;
}

/* Readings first, so that they are known when their posts come. */
static enum err read_files(struct reader *r, struct error *e_r)
{
	struct fit_posts *posts = r->posts;
	enum err err = ERR_OK;

	for (int readings = 1; readings >= 0; readings--) {
		for (size_t i = 0; i < posts->file_count && err == ERR_OK; i++)
			if (posts->files[i].readings == readings)
				err = read_file(r, (uint16_t)i, e_r);
		if (readings && posts->reading_count > 0)
			qsort(posts->readings, posts->reading_count, sizeof(*posts->readings), by_reading_id);
	}
	return err;
}

/* A reading of a post whose intent one of the files tells is left out: that file is the judge. */
static void leave_known_readings(struct fit_posts *posts)
{
	for (size_t i = 0; i < posts->count; i++) {
		const struct fit_post *post = &posts->posts[i];
		struct fit_reading *reading;

		if (posts->files[post->file].readings || post->label.intent < 0)
			continue;
		reading = reading_of(posts, post->id);
		if (reading)
			reading->joined = false;
	}
	for (size_t i = 0; i < posts->count; i++) {
		struct fit_post *post = &posts->posts[i];
		const struct fit_reading *reading = NULL;

		if (posts->files[post->file].readings)
			reading = reading_of(posts, post->id);
		if (reading && !reading->joined)
			post->label = (struct fit_labels){-1, -1, -1, -1, -1, -1, -1, -1, false};
	}
	for (size_t i = 0; i < posts->reading_count; i++)
		posts->readings_left += !posts->readings[i].joined;
}

/* ---- rows ---- */

struct vocabulary {
	uint64_t *hash; /* 0: empty */
	uint32_t *df, *last, *column; /* column: 1 + column, 0 left out */
	size_t size, used;
	struct wording wording;
	float *times; /* per column, of the post at hand */
	uint32_t *touched;
};

static void vocabulary_done(struct vocabulary *v)
{
	free(v->hash);
	free(v->df);
	free(v->last);
	free(v->column);
	free(v->times);
	free(v->touched);
	wording_done(&v->wording);
}

static size_t place_of(const struct vocabulary *v, uint64_t hash)
{
	size_t at = hash & (v->size - 1);

	while (v->hash[at] != 0 && v->hash[at] != hash)
		at = (at + 1) & (v->size - 1);
	return at;
}

static bool next_gram(const struct vocabulary *v, bool runs, struct gram *gram)
{
	return runs ? wording_next(&v->wording, gram) : wording_next_words(&v->wording, gram);
}

/* In how many posts each piece stands. Beyond PIECES_SEEN_MAX different ones, new ones are left out. */
static bool count_pieces(struct fit_posts *posts, const struct fit_read *how, struct vocabulary *v)
{
	v->size = PIECES_SEEN_MAX;
	v->hash = calloc(v->size, sizeof(*v->hash));
	v->df = calloc(v->size, sizeof(*v->df));
	v->last = calloc(v->size, sizeof(*v->last));
	v->column = calloc(v->size, sizeof(*v->column));
	if (!v->hash || !v->df || !v->last || !v->column)
		return false;
	for (size_t i = 0; i < posts->count; i++) {
		struct gram gram = {0};

		if (!wording_read(&v->wording, posts->posts[i].text, strlen(posts->posts[i].text)))
			return false;
		while (next_gram(v, how->runs, &gram)) {
			size_t at = place_of(v, gram.hash);

			if (v->hash[at] == 0 && v->used > v->size / 2)
				continue;
			v->used += v->hash[at] == 0;
			v->hash[at] = gram.hash;
			v->df[at] += v->last[at] != i + 1;
			v->last[at] = (uint32_t)i + 1;
		}
	}
	for (size_t at = 0; at < v->size; at++)
		if (v->hash[at] != 0 && v->df[at] >= how->df_min)
			v->column[at] = (uint32_t)(posts->rule_columns + ++posts->piece_count);
	return true;
}

static size_t note_pieces(struct fit_posts *posts, const struct fit_read *how, struct vocabulary *v)
{
	char written[WORDING_PIECE_MAX];
	struct gram gram = {0};
	size_t touched = 0;

	while (next_gram(v, how->runs, &gram)) {
		uint32_t column = v->column[place_of(v, gram.hash)];

		if (column == 0)
			continue;
		column--;
		if (v->times[column] == 0)
			v->touched[touched++] = column;
		v->times[column]++;
		if (!posts->piece[column - posts->rule_columns] && wording_write(&v->wording, &gram, written))
			posts->piece[column - posts->rule_columns] = strdup(written); /* NULL: the piece is not used */
	}
	return touched;
}

static bool make_rows(struct fit_posts *posts, const struct fit_read *how, struct vocabulary *v)
{
	size_t cols = posts->rule_columns + posts->piece_count, cells = 0, room = 0;

	posts->at = calloc(posts->count + 1, sizeof(*posts->at));
	posts->piece = calloc(posts->piece_count + 1, sizeof(*posts->piece));
	posts->df = calloc(cols + 1, sizeof(*posts->df));
	v->times = calloc(cols + 1, sizeof(*v->times));
	v->touched = calloc(cols + 1, sizeof(*v->touched));
	if (!posts->at || !posts->piece || !posts->df || !v->times || !v->touched)
		return false;
	for (size_t i = 0; i < posts->count; i++) {
		const struct fit_post *post = &posts->posts[i];
		size_t touched;

		if (!wording_read(&v->wording, post->text, strlen(post->text)))
			return false;
		touched = note_pieces(posts, how, v);
		if (cells + touched + post->rule_count > room) {
			room = 2 * room + touched + post->rule_count + ((size_t)1 << 20);
			posts->col = reallocarray(posts->col, room, sizeof(*posts->col));
			posts->value = reallocarray(posts->value, room, sizeof(*posts->value));
			if (!posts->col || !posts->value)
				return false;
		}
		for (size_t k = 0; k < post->rule_count; k++, cells++) {
			posts->col[cells] = post->rules[k];
			posts->value[cells] = 1;
		}
		for (size_t k = 0; k < touched; k++, cells++) {
			uint32_t column = v->touched[k];

			posts->col[cells] = column;
			posts->value[cells] = (float)wording_share((size_t)v->times[column], v->wording.count);
			v->times[column] = 0;
		}
		posts->at[i + 1] = cells;
	}
	for (size_t i = 0; i < cells; i++)
		posts->df[posts->col[i]]++;
	posts->rows = (struct fit_rows){posts->count, cols, posts->at, posts->col, posts->value};
	return true;
}

enum err fit_posts_read(struct fit_posts *posts, const struct fit_read *how, struct error *e_r)
{
	struct reader r = {.posts = posts, .how = how, .matcher = matcher_new(how->rules),
			   .parser = json_parser_new(), .arena = arena_new(LINE_ARENA_MAX), .digest = XXH3_createState()};
	struct vocabulary vocabulary = {0};
	enum err err = ERR_OK;

	posts->rule_columns = ruleset_count(how->rules);
	if (!r.matcher || !r.parser || !r.arena || !r.digest)
		err = error_set(e_r, ERR_NOMEM, "out of memory");
	else
		(void)XXH3_64bits_reset(r.digest);
	if (err == ERR_OK)
		err = read_files(&r, e_r);
	if (err == ERR_OK) {
		leave_known_readings(posts);
		posts->digest = XXH3_64bits_digest(r.digest);
		if (!count_pieces(posts, how, &vocabulary) || !make_rows(posts, how, &vocabulary))
			err = error_set(e_r, ERR_NOMEM, "out of memory");
	}
	vocabulary_done(&vocabulary);
	(void)XXH3_freeState(r.digest);
	arena_free(&r.arena);
	json_parser_free(&r.parser);
	matcher_free(&r.matcher);
	return err;
}

void fit_posts_done(struct fit_posts *posts)
{
	for (size_t i = 0; i < posts->count; i++) {
		free(posts->posts[i].text);
		free(posts->posts[i].rules);
	}
	for (size_t i = 0; posts->piece && i < posts->piece_count; i++)
		free(posts->piece[i]);
	free(posts->posts);
	free(posts->readings);
	free(posts->piece);
	free(posts->df);
	free(posts->at);
	free(posts->col);
	free(posts->value);
	*posts = (struct fit_posts){0};
}
