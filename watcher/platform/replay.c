/*
 * replay.c - posts from a file (or the built-in demonstration) that arrive over a while, as if live.
 *
 * Each line of the file is a post of the JSON contract, plus "at": 0.0 to 1.0, the part of the source's `over_s` after
 * which it arrives; lines are sorted by it. Lines without are spread evenly. Everything becomes platform "replay",
 * whatever the line says, so that no reply can ever go to a real customer because of a replay; a reply is "delivered"
 * to nobody, at once, so that the demonstration shows the whole way.
 *
 * Cursor: "r1 BYTE LINE", where the next unread line begins; and " BAD BYTE LINE" when lines were bad: how many, and
 * where the last of them begins. What is wrong with it is said at every poll, as long as it is.
 */
#include "watcher/platform/help.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "asset.h"
#include "file.h"
#include "jsonio.h"

#define DEMO_ASSET "watcher/platform/demo.jsonl"
#define FILE_MAX_BYTES ((size_t)16 << 20) /* a replay is for demonstrations and tests; `amends import` takes any size  \
					   */
#define PAGE_MAX 50

/* The file while one errand is answered. */
struct tape {
	const char *name, *text;
	size_t len;
	struct buf buf; /* holds it unless it is an asset */
	int64_t lines;  /* in all */
};

static enum err tape_open(const struct source_spec *source, struct tape *tape, struct error *e_r)
{
	const struct asset *asset;
	enum err code = ERR_OK;

	*tape = (struct tape){.name = source->file ? source->file : "the demonstration"};
	buf_init(&tape->buf, FILE_MAX_BYTES);
	if (source->file) {
		code = file_read(source->file, &tape->buf, e_r);
		tape->text = buf_text(&tape->buf);
		tape->len = tape->buf.len;
	} else if ((asset = asset_find(DEMO_ASSET)) != NULL) {
		tape->text = asset->data;
		tape->len = asset->len;
	} else {
		code = error_set(e_r, ERR_NOT_FOUND, "this build has no demonstration");
	}
	if (code != ERR_OK) {
		buf_done(&tape->buf);
		return code;
	}
	for (const char *p = tape->text; (p = memchr(p, '\n', tape->len - (size_t)(p - tape->text))) != NULL; p++)
		tape->lines++;
	if (tape->len > 0 && tape->text[tape->len - 1] != '\n')
		tape->lines++;
	return ERR_OK;
}

/* A line, by where it begins and how many are before it. */
struct place {
	size_t byte;
	int64_t line;
};

/* How far the file was read. */
struct head {
	struct place next, last_bad;
	int64_t bad; /* lines */
};

static void cursor_parse(const char *cursor, const struct tape *tape, struct head *head_r)
{
	uint64_t byte = 0, bad_byte = 0;
	int64_t line = 0, bad = 0, bad_line = 0;
	int got = 0;

	*head_r = (struct head){0};
	if (cursor)
		got = sscanf(cursor, "r1 %" SCNu64 " %" SCNd64 " %" SCNd64 " %" SCNu64 " %" SCNd64, &byte, &line, &bad,
			     &bad_byte, &bad_line);
	if (got < 2 || line < 0)
		return;
	head_r->next = (struct place){byte > tape->len ? tape->len : (size_t)byte, line};
	if (got < 5 || bad < 1 || bad_line < 0 || bad_byte >= head_r->next.byte)
		return;
	head_r->bad = bad;
	head_r->last_bad = (struct place){(size_t)bad_byte, bad_line};
}

static const char *cursor_write(struct arena *arena, const struct head *head)
{
	if (head->bad == 0)
		return arena_printf(arena, "r1 %zu %" PRId64, head->next.byte, head->next.line);
	return arena_printf(arena, "r1 %zu %" PRId64 " %" PRId64 " %zu %" PRId64, head->next.byte, head->next.line,
			    head->bad, head->last_bad.byte, head->last_bad.line);
}

/* Without its newline. */
static size_t line_len(const struct tape *tape, size_t byte)
{
	const char *end = memchr(tape->text + byte, '\n', tape->len - byte);

	return (end ? (size_t)(end - tape->text) : tape->len) - byte;
}

/* Ids of other platforms are told apart, since all become one. */
static enum err as_replay(struct arena *arena, struct post *post, struct error *e_r)
{
	if (strcmp(post->platform, "replay") != 0) {
		post->id = arena_printf(arena, "%s:%s", post->platform, post->id);
		if (post->in_reply_to)
			post->in_reply_to = arena_printf(arena, "%s:%s", post->platform, post->in_reply_to);
		if (post->thread)
			post->thread = arena_printf(arena, "%s:%s", post->platform, post->thread);
	}
	post->platform = "replay";
	return arena_failed(arena) ? error_set(e_r, ERR_NOMEM, "replay: out of memory") : ERR_OK;
}

/* When a line arrives, in UTC seconds. */
static double arrival(const struct source_spec *source, const struct errand *errand, const struct tape *tape,
		      struct json_object *object, int64_t line)
{
	double even = tape->lines > 1 ? (double)line / (double)(tape->lines - 1) : 0;
	double at = json_num(object, "at", even);

	if (!(at >= 0)) /* also not a number */
		at = 0;
	return (double)errand->started_s + (at > 1 ? 1 : at) * (double)source->over_s;
}

enum line_fate { LINE_POST, LINE_LATER, LINE_BAD, LINE_NOMEM };

static enum line_fate read_line(const struct source_spec *source, const struct errand *errand, const struct tape *tape,
				struct json_parser *parser, struct place place, struct arena *arena, struct post *post,
				struct error *e_r)
{
	size_t len = line_len(tape, place.byte);
	struct json_object *object = NULL;
	enum line_fate fate = LINE_BAD;
	enum err code;
	double due;

	if (len > POST_LINE_MAX) {
		(void)error_set(e_r, ERR_LIMIT, "longer than %u bytes", POST_LINE_MAX);
		return LINE_BAD;
	}
	code = json_parse(parser, tape->text + place.byte, len, &object, e_r);
	if (code == ERR_OK) {
		due = arrival(source, errand, tape, object, place.line);
		if (due > (double)errand->now_s) {
			fate = LINE_LATER;
			goto out;
		}
		code = post_from_json(arena, object, post, e_r);
		if (code == ERR_OK && post->created_s == 0)
			post->created_s = (int64_t)due;
	}
	if (code == ERR_OK)
		code = as_replay(arena, post, e_r);
	fate = code == ERR_OK ? LINE_POST : code == ERR_NOMEM ? LINE_NOMEM : LINE_BAD;
out:
	json_object_put(object);
	return fate;
}

/* Reads due lines from head->next on; bad ones are skipped and counted. */
static enum err read_due(const struct source_spec *source, const struct errand *errand, const struct tape *tape,
			 struct json_parser *parser, struct arena *arena, struct head *head, struct answer *answer,
			 struct error *e_r)
{
	while (head->next.byte < tape->len) {
		struct place place = head->next;
		size_t len = line_len(tape, place.byte);
		bool empty = strspn(tape->text + place.byte, " \t\r") >= len;
		enum line_fate fate = LINE_BAD;
		struct error error;

		if (answer->post_count == PAGE_MAX) {
			answer->more = 1;
			return ERR_OK;
		}
		if (!empty)
			fate = read_line(source, errand, tape, parser, place, arena, &answer->posts[answer->post_count],
					 &error);
		if (fate == LINE_LATER)
			return ERR_OK;
		if (fate == LINE_NOMEM)
			return error_set(e_r, ERR_NOMEM, "%s:%" PRId64 ": %s", tape->name, place.line + 1, error.text);
		if (fate == LINE_POST) {
			answer->post_count++;
		} else if (!empty) {
			head->bad++;
			head->last_bad = place;
		}
		head->next.byte += len + (place.byte + len < tape->len);
		head->next.line++;
	}
	return ERR_OK;
}

/* What is wrong with the last bad line, also when an earlier poll met it; nothing if the file was mended since. */
static const char *bad_line_why(const struct source_spec *source, const struct errand *errand, const struct tape *tape,
				struct json_parser *parser, struct arena *arena, const struct head *head)
{
	struct error error;
	struct post post;

	if (head->bad == 0 ||
	    read_line(source, errand, tape, parser, head->last_bad, arena, &post, &error) != LINE_BAD)
		return NULL;
	return arena_printf(arena, "%s:%" PRId64 ": %s: line skipped, %" PRId64 " of %" PRId64 " so far", tape->name,
			    head->last_bad.line + 1, error.text, head->bad, head->next.line);
}

static enum err poll_tape(const struct source_spec *source, const struct errand *errand, struct arena *arena,
			  struct answer *answer, struct error *e_r)
{
	struct json_parser *parser = NULL;
	struct tape tape;
	struct error error;
	struct head head;
	size_t from;
	enum err code = tape_open(source, &tape, &error);

	if (code != ERR_OK) {
		answer->outcome = code == ERR_NOMEM ? OUTCOME_TEMPORARY : OUTCOME_REFUSED;
		answer->why = arena_strdup(arena, error.text);
		return answer->why ? ERR_OK : error_set(e_r, ERR_NOMEM, "replay: out of memory");
	}
	cursor_parse(errand->cursor, &tape, &head);
	from = head.next.byte;
	parser = json_parser_new();
	answer->posts = arena_array(arena, PAGE_MAX, sizeof(*answer->posts));
	if (!parser || !answer->posts)
		code = error_set(e_r, ERR_NOMEM, "replay: out of memory");
	else
		code = read_due(source, errand, &tape, parser, arena, &head, answer, e_r);
	if (code == ERR_OK && head.next.byte != from)
		answer->cursor = cursor_write(arena, &head);
	if (code == ERR_OK)
		answer->why = bad_line_why(source, errand, &tape, parser, arena, &head);
	json_parser_free(&parser);
	buf_done(&tape.buf);
	return code;
}

static enum err replay_local(const struct source_spec *source, const struct errand *errand, struct arena *arena,
			     struct answer *answer_r, struct error *e_r)
{
	struct answer answer = {.outcome = OUTCOME_OK};
	enum err code = ERR_OK;

	switch (errand->kind) {
	case ERRAND_POLL:
		code = poll_tape(source, errand, arena, &answer, e_r);
		break;
	case ERRAND_REPLY:
	case ERRAND_READBACK: /* a reply to nobody has always arrived */
		answer.reply_id = arena_printf(arena, "reply-to-%s", errand->post_id);
		break;
	case ERRAND_HELLO:
	case ERRAND_RECHECK:
		return error_set(e_r, ERR_UNSUPPORTED, "replay has nothing to say to that");
	}
	if (code == ERR_OK && arena_failed(arena))
		code = error_set(e_r, ERR_NOMEM, "replay: out of memory");
	if (code == ERR_OK)
		*answer_r = answer;
	return code;
}

static enum err replay_check(const struct source_spec *source, struct error *e_r)
{
	if (source->hashtag || source->search || source->mentions || source->server)
		return error_set(e_r, ERR_INVALID, "a replay source takes file and over, nothing else");
	if (source->over_s < 0)
		return error_set(e_r, ERR_INVALID, "over is negative");
	return ERR_OK;
}

const struct platform platform_replay = {
	.name = "replay",
	.title = "Replay",
	.caps = CAP_LOCAL | CAP_REPLY,
	.length = {.unit = LENGTH_CODEPOINTS, .limit = 500},
	.every_s = 1,
	.local = replay_local,
	.check = replay_check,
};
