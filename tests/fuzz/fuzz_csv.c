/*
 * fuzz_csv.c - any bytes as a CSV file: every record is either a complete post or counted as bad, and one header error
 * at most. The first byte chooses the page size and whether there is a --map.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "utf8.h"
#include "watcher/import.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PAGE_MAX = 16 };

static void must(int truth)
{
	if (!truth)
		abort();
}

static enum err take(void *ctx, const struct intake_page *page, struct intake_count *count, struct error *e_r)
{
	(void)ctx;
	(void)e_r;
	must(page->post_count > 0 && page->post_count <= PAGE_MAX);
	for (size_t i = 0; i < page->post_count; i++) {
		const struct post *post = &page->posts[i];

		must(post->id && *post->id && post->platform && *post->platform && post->text);
		must(strlen(post->text) <= POST_TEXT_MAX && utf8_valid(post->text, strlen(post->text)));
		must(post->rating >= 0 && post->rating <= 5);
	}
	count->read += (int64_t)page->post_count;
	return ERR_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static FILE *quiet;
	FILE *loud = stderr;
	struct post posts[PAGE_MAX];
	struct progress progress = {0};
	struct error error = {0};
	struct import import = {.take = take,
				.posts = posts,
				.brand = "Acme",
				.platform = "import",
				.file = "f",
				.progress = &progress,
				.arena = arena_new(IMPORT_ARENA_MAX),
				.parser = json_parser_new()};
	int fd = memfd_create("posts.csv", MFD_CLOEXEC);
	enum err err;

	must(import.arena && import.parser && fd >= 0 &&
	     (size < 2 || write(fd, data + 1, size - 1) == (ssize_t)size - 1));
	lseek(fd, 0, SEEK_SET);
	if (size == 0)
		data = (const uint8_t *)"";
	import.post_max = 1 + data[0] % PAGE_MAX;
	import.map = data[0] & 0x80 ? "text=b,id=a" : NULL;
	import.strict = data[0] & 0x40;
	if (quiet == NULL)
		quiet = fopen("/dev/null", "w");
	must(quiet != NULL);
	stderr = quiet; /* bad lines are reported there, millions of them */
	err = import_csv(&import, fd, &error);
	stderr = loud;
	if (err != ERR_OK)
		must(error.text[0] != '\0' && strchr(error.text, '\n') == NULL);
	must(import.post_count == 0 || error.code != ERR_OK);
	close(fd);
	arena_free(&import.arena);
	json_parser_free(&import.parser);
	return 0;
}
