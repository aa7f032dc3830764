/*
 * test_import.c - lines, JSON lines and CSV: what is read, what is reported with its line, and what it may cost.
 *
 * The readers run without a store: a page goes to a list in memory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "watcher/import.h"

enum { KEEP = 64 };

/* What came out of a reader. */
struct room {
	struct import import;
	struct progress progress;
	char *texts[KEEP], *ids[KEEP], *authors[KEEP], *platforms[KEEP];
	size_t count, pages;
	bool refuse;     /* the store fails */
	char said[8000]; /* on standard error */
	struct error error;
};

static enum err keep_page(void *ctx, const struct intake_page *page, struct intake_count *count, struct error *e_r)
{
	struct room *room = ctx;

	if (room->refuse)
		return error_set(e_r, ERR_IO, "disk full");
	for (size_t i = 0; i < page->post_count && room->count < KEEP; i++, room->count++) {
		const struct post *post = &page->posts[i];

		room->texts[room->count] = strdup(post->text ? post->text : "");
		room->ids[room->count] = strdup(post->id);
		room->authors[room->count] = strdup(post->author.handle ? post->author.handle : "");
		room->platforms[room->count] = strdup(post->platform);
	}
	room->pages++;
	count->read += (int64_t)page->post_count;
	count->new_posts += (int64_t)page->post_count;
	return ERR_OK;
}

static int room_open(void **state)
{
	struct room *room = calloc(1, sizeof(*room));

	room->import = (struct import){.take = keep_page,
				       .take_ctx = room,
				       .brand = "Acme",
				       .platform = "import",
				       .arena = arena_new(IMPORT_ARENA_MAX),
				       .posts = calloc(8, sizeof(struct post)),
				       .post_max = 8,
				       .parser = json_parser_new(),
				       .progress = &room->progress,
				       .file = "posts"};
	*state = room;
	return 0;
}

static void forget(struct room *room)
{
	for (size_t i = 0; i < room->count; i++) {
		free(room->texts[i]);
		free(room->ids[i]);
		free(room->authors[i]);
		free(room->platforms[i]);
	}
	room->count = room->pages = 0;
	room->import.bad = 0;
	room->import.post_count = 0;
	room->import.count = (struct intake_count){0};
	arena_reset(room->import.arena);
}

static int room_close(void **state)
{
	struct room *room = *state;

	forget(room);
	arena_free(&room->import.arena);
	free(room->import.posts);
	json_parser_free(&room->import.parser);
	free(room);
	return 0;
}

static int file_of(const char *text, size_t len)
{
	int fd = memfd_create("posts", MFD_CLOEXEC);

	assert_int_equal(write(fd, text, len), (ssize_t)len);
	lseek(fd, 0, SEEK_SET);
	return fd;
}

typedef enum err reader_fn(struct import *import, int fd, struct error *e_r);

/* Runs a reader with standard error caught. */
static enum err read_bytes(struct room *room, reader_fn *reader, const char *text, size_t len)
{
	int fd = file_of(text, len), said = memfd_create("stderr", MFD_CLOEXEC), before = dup(STDERR_FILENO);
	ssize_t got;
	enum err err;

	forget(room);
	fflush(stderr);
	dup2(said, STDERR_FILENO);
	err = reader(&room->import, fd, &room->error);
	fflush(stderr);
	dup2(before, STDERR_FILENO);
	lseek(said, 0, SEEK_SET);
	got = read(said, room->said, sizeof(room->said) - 1);
	room->said[got > 0 ? got : 0] = '\0';
	close(before);
	close(said);
	close(fd);
	return err;
}

static void must_read(struct room *room, reader_fn *reader, const char *text)
{
	if (read_bytes(room, reader, text, strlen(text)) != ERR_OK)
		fail_msg("%s", room->error.text);
}

/* ---- lines ---- */

static void lines_of_every_kind_come_out_whole(void **state)
{
	static const char text[] = "one\ntwo\r\n\n\nlonger than ten bytes\nlast";
	static const char *const want[] = {"one", "two", "", "", NULL, "last"};
	struct error error;
	struct lines lines;
	struct line line;
	int fd = file_of(text, strlen(text));

	(void)state;
	assert_int_equal(lines_open(&lines, fd, 10, &error), ERR_OK);
	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		assert_int_equal(lines_next(&lines, &line, &error), 1);
		assert_int_equal(lines.number, i + 1);
		assert_int_equal(line.too_long, want[i] == NULL);
		if (want[i] != NULL) {
			assert_int_equal(line.len, strlen(want[i]));
			assert_memory_equal(line.text, want[i], line.len);
		}
	}
	assert_int_equal(lines_next(&lines, &line, &error), 0);
	lines_close(&lines);
	close(fd);
}

static void a_line_without_end_is_skipped_in_bounded_memory(void **state)
{
	const size_t size = (size_t)5 << 20;
	char *text = malloc(size);
	struct error error;
	struct lines lines;
	struct line line;
	int fd;

	(void)state;
	memset(text, 'x', size);
	memcpy(text + size - 7, "\nafter\n", 7);
	fd = file_of(text, size);
	assert_int_equal(lines_open(&lines, fd, 1000, &error), ERR_OK);
	assert_int_equal(lines_next(&lines, &line, &error), 1);
	assert_true(line.too_long);
	assert_int_equal(lines_next(&lines, &line, &error), 1);
	assert_int_equal(line.len, 5);
	assert_memory_equal(line.text, "after", 5);
	assert_int_equal(lines.number, 2);
	assert_int_equal(lines_next(&lines, &line, &error), 0);
	lines_close(&lines);
	close(fd);
	free(text);
}

static void lines_at_the_cap_are_lines_and_one_byte_more_is_not(void **state)
{
	struct error error;

	(void)state;
	for (size_t len = 8; len <= 13; len++)
		for (int newline = 0; newline < 2; newline++) {
			char text[32];
			struct lines lines;
			struct line line;
			int fd;

			memset(text, 'y', len);
			text[len] = '\n';
			fd = file_of(text, len + (size_t)newline);
			assert_int_equal(lines_open(&lines, fd, 10, &error), ERR_OK);
			assert_int_equal(lines_next(&lines, &line, &error), 1);
			assert_int_equal(line.too_long, len > 10);
			assert_int_equal(line.len, len > 10 ? 0 : len);
			assert_int_equal(lines_next(&lines, &line, &error), 0);
			lines_close(&lines);
			close(fd);
		}
}

/* ---- JSON lines ---- */

static void json_lines_become_posts_page_by_page(void **state)
{
	struct room *room = *state;
	char text[4000] = "\xef\xbb\xbf";
	size_t used = 3;

	for (int i = 0; i < 20; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 "{\"id\":\"%d\",\"platform\":\"forum\",\"text\":\"t%d\"}\r\n%s", i, i,
					 i % 3 ? "" : "\n");
	must_read(room, import_jsonl, text);
	assert_int_equal(room->count, 20);
	assert_int_equal(room->pages, 3); /* 8, 8, 4 */
	assert_string_equal(room->texts[19], "t19");
	assert_string_equal(room->said, "");
}

static void a_post_without_id_gets_one_that_its_words_and_author_make(void **state)
{
	struct room *room = *state;

	must_read(room, import_jsonl,
		  "{\"text\":\"a\"}\n{\"text\":\"a\"}\n{\"text\":\"b\"}\n{\"text\":\"a\",\"author\":\"bo\"}\n"
		  "{\"text\":\"a\",\"platform\":\"forum\"}\n{\"id\":\"\",\"text\":\"a\",\"platform\":\"forum\"}\n");
	assert_int_equal(room->count + room->import.bad, 6);
	assert_string_equal(room->ids[0], room->ids[1]);
	assert_string_not_equal(room->ids[0], room->ids[2]);
	assert_string_not_equal(room->ids[0], room->ids[3]);
	assert_string_not_equal(room->ids[0], room->ids[4]);
	assert_string_equal(room->platforms[0], "import");
	assert_int_equal(strlen(room->ids[0]), 33);
}

static void a_bad_line_is_named_and_skipped_and_strict_stops_there(void **state)
{
	static const char text[] =
		"{\"text\":\"a\"}\n\nnonsense\n{\"text\":\"b\"}\n[1]\n{\"id\":\"x\"}\n{\"text\":\"c\"}\n";
	struct room *room = *state;

	must_read(room, import_jsonl, text);
	assert_int_equal(room->count, 3);
	assert_int_equal(room->import.bad, 3);
	assert_non_null(strstr(room->said, "posts:3: "));
	assert_non_null(strstr(room->said, "posts:5: not a JSON object"));
	assert_non_null(strstr(room->said, "posts:6: /text"));
	room->import.strict = true;
	assert_int_equal(read_bytes(room, import_jsonl, text, strlen(text)), ERR_INVALID);
	assert_non_null(strstr(room->error.text, "posts:3: "));
	assert_int_equal(room->pages, 0); /* nothing of the page was stored */
}

static void a_store_that_fails_stops_the_import(void **state)
{
	struct room *room = *state;

	room->refuse = true;
	assert_int_equal(read_bytes(room, import_jsonl, "{\"text\":\"a\"}\n", 13), ERR_IO);
	assert_int_equal(room->import.count.read, 0);
	assert_int_equal(read_bytes(room, import_csv, "text\na\n", 7), ERR_IO);
}

static void a_signal_ends_the_reading_with_what_was_read(void **state)
{
	struct room *room = *state;
	volatile sig_atomic_t stop = 1;

	room->import.stop = &stop;
	must_read(room, import_jsonl, "{\"text\":\"a\"}\n");
	assert_int_equal(room->count, 0);
	must_read(room, import_csv, "text\na\n");
	assert_int_equal(room->count, 0);
}

/* ---- CSV ---- */

static const struct {
	const char *name, *csv, *map;
	const char *texts; /* joined by '|' */
	uint64_t bad;
	const char *said;
} tables[] = {
	{"plain", "id,platform,text,author\n1,forum,hello,ada\n2,forum,bye,bo\n", NULL, "hello|bye", 0, NULL},
	{"quotes, commas, line breaks", "id,text\n1,\"a, \"\"b\"\"\nc\"\n2,d\n", NULL, "a, \"b\"\nc|d", 0, NULL},
	{"other headings, any case", "Nr,Comment,USER\n1,hello,@ada\n", NULL, "hello", 0, NULL},
	{"map over headings", "text,Words\nno,yes\n", "text=Words", "yes", 0, NULL},
	{"semicolons", "id;text\n1;a,b\n", NULL, "a,b", 0, NULL},
	{"tabs", "id\ttext\n1\ta\n", NULL, "a", 0, NULL},
	{"byte order mark and CRLF", "\xef\xbb\xbftext,id\r\na,1\r\n\r\nb,2\r\n", NULL, "a|b", 0, NULL},
	{"no newline at the end", "text\na\nb", NULL, "a|b", 0, NULL},
	{"short rows", "text,lang,author\na\nb,en\n", NULL, "a|b", 0, NULL},
	{"too many cells", "text,lang\na,en,x\nb,en\n", NULL, "b", 1, "posts:2: 3 fields instead of 2"},
	{"row after a row of two lines", "text,rating\n\"a\nb\",3\nc,nine\nd,1\n", NULL, "a\nb|d", 1,
	 "posts:4: /rating"},
	{"no text", "text,id\n,1\nb,2\n", NULL, "b", 1, "posts:2: /text"},
	{"bytes that are no text", "text\n\xff\xfe\nb\n", NULL, "b", 1, "posts:2: not UTF-8"},
	{"numbers", "text,followers,likes,rating\na,12,3,5\nb,1.5,1,1\n", NULL, "a", 1, "posts:3: "},
	{"a quote never closed", "text,author\na,bo\n\"late, bob\nb,bo\nc,bo\n", NULL, "a", 1,
	 "posts:3: a quote is opened here and never closed: lost up to line 5 (skipped)"},
	{"a quote never closed in the last row", "text,author\na,bo\nb,\"bo", NULL, "a", 1,
	 "posts:3: a quote is opened here and never closed (skipped)"},
	{"a quote opened on a row's second line", "text,author\n\"a\nb\",\"bo\nc,bo\n", NULL, "", 1,
	 "posts:3: a quote is opened here and never closed: lost up to line 4"},
	{"a quote that the next row's would close", "text,author\na,bo\n\"late, bob\n\"b\",\"bo\"\nc,\"ada\"\n", NULL,
	 "a|b|c", 1, "posts:3: a quote is opened here and never closed (skipped)"},
	{"quotes within a line", "text,author\nsay \"a\",bo\n\"say \"b\" again\",bo\n", NULL,
	 "say \"a\"|say \"b\" again", 0, NULL},
	{"a line behind blank ones", "text,lang\n\n\na,en,x\nb,en\n", NULL, "b", 1, "posts:4: 3 fields"},
	{"header alone", "text,id\n", NULL, "", 0, NULL},
	{"empty", "", NULL, "", 0, NULL},
};

static void tables_of_every_kind_become_posts(void **state)
{
	struct room *room = *state;

	for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
		char texts[500] = "";
		size_t used = 0;

		room->import.map = tables[i].map;
		if (read_bytes(room, import_csv, tables[i].csv, strlen(tables[i].csv)) != ERR_OK)
			fail_msg("%s: %s", tables[i].name, room->error.text);
		for (size_t k = 0; k < room->count; k++)
			used += (size_t)snprintf(texts + used, sizeof(texts) - used, "%s%s", k ? "|" : "",
						 room->texts[k]);
		if (strcmp(texts, tables[i].texts) != 0)
			fail_msg("%s: read \"%s\"", tables[i].name, texts);
		if (room->import.bad != tables[i].bad || (tables[i].said && strstr(room->said, tables[i].said) == NULL))
			fail_msg("%s: %d bad: %s", tables[i].name, (int)room->import.bad, room->said);
	}
}

static void a_table_that_cannot_be_read_says_what_to_do(void **state)
{
	static const struct {
		const char *csv, *map, *words;
	} cases[] = {
		{"Nr,Words\n1,a\n", NULL, "--map text=COLUMN (columns: Nr, Words)"},
		{"Nr,Words\n1,a\n", "text=Wrods", "no column \"Wrods\""},
		{"Nr,Words\n1,a\n", "txt=Words", "FIELD=COLUMN"},
		{"Nr,Words\n1,a\n", "text", "FIELD=COLUMN"},
		{"t\xe4xt,id\n1,a\n", NULL, "not UTF-8"},
		{"\n\n", NULL, "no header row"},
	};
	struct room *room = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		room->import.map = cases[i].map;
		assert_int_equal(read_bytes(room, import_csv, cases[i].csv, strlen(cases[i].csv)), ERR_INVALID);
		if (strstr(room->error.text, cases[i].words) == NULL)
			fail_msg("%s", room->error.text);
	}
}

static void a_quote_that_is_never_closed_costs_a_row_not_the_file(void **state)
{
	const size_t size = (size_t)POST_LINE_MAX + (600 << 10);
	struct room *room = *state;
	char *text = malloc(size + 100);
	size_t used = (size_t)sprintf(text, "text\nbefore\n\"open");

	for (; used < size; used++)
		text[used] = used % 1000 == 999 ? '\n' : 'z';
	used += (size_t)sprintf(text + used, "\nafter\n");
	assert_int_equal(read_bytes(room, import_csv, text, used), ERR_OK);
	assert_string_equal(room->texts[0], "before");
	assert_non_null(strstr(room->said, "posts:3: "));
	assert_non_null(strstr(room->said, "never closed"));
	assert_int_equal(room->import.bad, 1);
	assert_true(room->import.count.read > 10); /* the lines behind it are rows again */
	free(text);
}

static void strict_stops_at_a_quote_that_is_never_closed(void **state)
{
	static const char text[] = "text,author\na,bo\n\"late, bob\nb,bo\n";
	struct room *room = *state;

	room->import.strict = true;
	assert_int_equal(read_bytes(room, import_csv, text, strlen(text)), ERR_INVALID);
	assert_string_equal(room->error.text,
			    "posts:3: a quote is opened here and never closed: lost up to line 4");
	assert_int_equal(room->pages, 0);
}

static void metrics_and_authors_of_a_table_arrive(void **state)
{
	struct room *room = *state;

	must_read(room, import_csv, "text,author,author_id,followers,platform,id\na,@ada,77,1200,forum,x-1\n");
	assert_string_equal(room->authors[0], "ada");
	assert_string_equal(room->platforms[0], "forum");
	assert_string_equal(room->ids[0], "x-1");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, room_open, room_close)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_of_every_kind_come_out_whole),
		cmocka_unit_test(a_line_without_end_is_skipped_in_bounded_memory),
		cmocka_unit_test(lines_at_the_cap_are_lines_and_one_byte_more_is_not),
		TEST(json_lines_become_posts_page_by_page),
		TEST(a_post_without_id_gets_one_that_its_words_and_author_make),
		TEST(a_bad_line_is_named_and_skipped_and_strict_stops_there),
		TEST(a_store_that_fails_stops_the_import),
		TEST(a_signal_ends_the_reading_with_what_was_read),
		TEST(tables_of_every_kind_become_posts),
		TEST(a_table_that_cannot_be_read_says_what_to_do),
		TEST(a_quote_that_is_never_closed_costs_a_row_not_the_file),
		TEST(strict_stops_at_a_quote_that_is_never_closed),
		TEST(metrics_and_authors_of_a_table_arrive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
