/*
 * test_replay.c - posts from a file arrive over time, once each, and never as another platform's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "platform.h"

#define START_S 1795291200

struct fixture {
	const struct platform *platform;
	char dir[64], path[96];
	struct source_spec source;
	char *cursor;
	struct arena *arena;
	struct answer answer;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->platform = platform_find("replay");
	strcpy(f->dir, "/tmp/amends-replay-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->path, sizeof(f->path), "%s/posts.jsonl", f->dir);
	f->source =
		(struct source_spec){.key = "r", .platform = "replay", .brand = "Acme", .file = f->path, .over_s = 60};
	f->arena = arena_new(16u << 20);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	arena_free(&f->arena);
	(void)unlink(f->path);
	assert_int_equal(rmdir(f->dir), 0);
	free(f->cursor);
	free(f);
	return 0;
}

static void write_file(struct fixture *f, const char *text)
{
	assert_int_equal(file_write(f->path, text, strlen(text), 0600, NULL), ERR_OK);
}

/* One poll `after_s` seconds after the start; how many posts came. */
static size_t poll_at(struct fixture *f, int64_t after_s)
{
	struct errand errand = {
		.kind = ERRAND_POLL, .cursor = f->cursor, .now_s = START_S + after_s, .started_s = START_S};
	char *next;

	arena_reset(f->arena);
	assert_int_equal(f->platform->local(&f->source, &errand, f->arena, &f->answer, NULL), ERR_OK);
	if (f->answer.cursor) {
		next = strdup(f->answer.cursor);
		free(f->cursor);
		f->cursor = next;
	}
	return f->answer.post_count;
}

#define LINE(id, more) "{\"id\":\"" id "\",\"platform\":\"replay\",\"text\":\"t" id "\"" more "}\n"

static void posts_arrive_at_their_part_of_the_time(void **state)
{
	struct fixture *f = *state;

	write_file(f, LINE("1", ",\"at\":0") LINE("2", ",\"at\":0.5,\"created_at\":\"2020-01-01T00:00:00Z\"")
			      LINE("3", ",\"at\":0.5") LINE("4", ",\"at\":1"));
	assert_int_equal(poll_at(f, 0), 1);
	assert_string_equal(f->answer.posts[0].id, "1");
	assert_int_equal(f->answer.posts[0].created_s, START_S);
	assert_int_equal(poll_at(f, 29), 0);
	assert_null(f->answer.cursor);
	assert_int_equal(poll_at(f, 30), 2);
	assert_string_equal(f->answer.posts[0].id, "2");
	assert_int_equal(f->answer.posts[0].created_s, 1577836800);
	assert_int_equal(f->answer.posts[1].created_s, START_S + 30);
	assert_int_equal(poll_at(f, 60), 1);
	assert_int_equal(poll_at(f, 1000), 0);
}

static void lines_without_a_time_are_spread_evenly(void **state)
{
	struct fixture *f = *state;

	write_file(f, LINE("1", "") LINE("2", "") LINE("3", "") LINE("4", ""));
	assert_int_equal(poll_at(f, 0), 1);
	assert_int_equal(poll_at(f, 19), 0);
	assert_int_equal(poll_at(f, 20), 1);
	assert_int_equal(poll_at(f, 59), 1);
	assert_int_equal(poll_at(f, 60), 1);
}

static void a_long_file_comes_in_pages(void **state)
{
	struct fixture *f = *state;
	char *text = calloc(1, 200000), *p = text;
	size_t total = 0;
	int pages = 0;

	for (int i = 0; i < 120; i++)
		p += sprintf(p, "{\"id\":\"%d\",\"platform\":\"replay\",\"text\":\"t\"}%s", i, i < 119 ? "\n" : "");
	write_file(f, text);
	free(text);
	f->source.over_s = 0;
	do {
		total += poll_at(f, 0);
		pages++;
	} while (f->answer.more);
	assert_int_equal(total, 120);
	assert_int_equal(pages, 3);
	assert_int_equal(poll_at(f, 5), 0);
}

static void bad_lines_are_skipped_and_named(void **state)
{
	struct fixture *f = *state;

	f->source.over_s = 0;
	write_file(f, "\n" LINE("1", "") "not json\n" LINE("2", "") "{\"id\":\"3\",\"platform\":\"x\"}\n   \n" LINE(
			      "4", ""));
	assert_int_equal(poll_at(f, 0), 3);
	assert_int_equal(f->answer.outcome, OUTCOME_OK);
	assert_non_null(strstr(f->answer.why, "posts.jsonl:5: /text: missing: line skipped, 2 of 7 so far"));
	for (int i = 0; i < 2; i++) { /* it is still so when nothing new is there */
		assert_int_equal(poll_at(f, 1), 0);
		assert_non_null(strstr(f->answer.why, "posts.jsonl:5: /text: missing: line skipped, 2 of 7 so far"));
	}
	write_file(f, "\n" LINE("1", "") "not json\n" LINE("2", "") "{\"id\":\"3\",\"platform\":\"x\",\"text\":\"t\"}\n");
	assert_int_equal(poll_at(f, 2), 0);
	assert_null(f->answer.why);
}

static void everything_becomes_a_replay(void **state)
{
	struct fixture *f = *state;

	f->source.over_s = 0;
	write_file(f,
		   "{\"id\":\"9\",\"platform\":\"mastodon\",\"text\":\"t\",\"in_reply_to\":\"8\",\"thread\":\"7\"}\n");
	assert_int_equal(poll_at(f, 0), 1);
	assert_string_equal(f->answer.posts[0].platform, "replay");
	assert_string_equal(f->answer.posts[0].id, "mastodon:9");
	assert_string_equal(f->answer.posts[0].in_reply_to, "mastodon:8");
	assert_string_equal(f->answer.posts[0].thread, "mastodon:7");
}

static void a_missing_file_and_odd_cursors_do_no_harm(void **state)
{
	struct fixture *f = *state;
	static const char *const odd[] = {"r1 999999 7", "r1 -5 3", "r1", "x", "r1 3 -9", "", "r1 5 1 -1 0 0", "r1 5 1 3 99 0"};

	assert_int_equal(poll_at(f, 0), 0);
	assert_int_equal(f->answer.outcome, OUTCOME_REFUSED);
	assert_non_null(strstr(f->answer.why, "posts.jsonl"));
	write_file(f, LINE("1", ""));
	for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
		free(f->cursor);
		f->cursor = strdup(odd[i]);
		(void)poll_at(f, 0);
		assert_int_equal(f->answer.outcome, OUTCOME_OK);
	}
}

static void the_demonstration_is_whole_and_in_order(void **state)
{
	struct fixture *f = *state;
	size_t total = 0;

	write_file(f, ""); /* for teardown */
	f->source.file = NULL;
	for (int s = 0; s <= 60; s++) {
		do {
			total += poll_at(f, s);
			assert_null(f->answer.why); /* no bad line */
			assert_int_equal(f->answer.outcome, OUTCOME_OK);
		} while (f->answer.more);
		if (s == 30)
			assert_in_range(total, 30, 130); /* spread, not all at once */
	}
	assert_in_range(total, 100, 400);
	assert_int_equal(poll_at(f, 100), 0);
}

static void a_reply_is_delivered_to_nobody(void **state)
{
	struct fixture *f = *state;
	struct errand errand = {.kind = ERRAND_REPLY, .post_id = "1", .text = "Sorry"};
	struct answer answer;

	write_file(f, "");
	assert_int_equal(f->platform->local(&f->source, &errand, f->arena, &answer, NULL), ERR_OK);
	assert_int_equal(answer.outcome, OUTCOME_OK);
	assert_string_equal(answer.reply_id, "reply-to-1");
	assert_null(answer.reply_url);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(posts_arrive_at_their_part_of_the_time),
		T(lines_without_a_time_are_spread_evenly),
		T(a_long_file_comes_in_pages),
		T(bad_lines_are_skipped_and_named),
		T(everything_becomes_a_replay),
		T(a_missing_file_and_odd_cursors_do_no_harm),
		T(the_demonstration_is_whole_and_in_order),
		T(a_reply_is_delivered_to_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
