/*
 * lines.c - reads a stream in blocks and gives out its lines where they lie. A line longer than the cap is skipped
 * block by block, so that a file without any newline costs no memory.
 */
#include "watcher/lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 256 << 10 };

enum err lines_open(struct lines *lines, int fd, size_t line_max, struct error *e_r)
{
	*lines = (struct lines){.fd = fd, .line_max = line_max, .data = malloc(line_max + 2 + BLOCK)};
	return lines->data ? ERR_OK : error_set(e_r, ERR_NOMEM, "out of memory");
}

void lines_close(struct lines *lines)
{
	free(lines->data);
	lines->data = NULL;
}

/* 1 something was read, 0 end of input, -1 failed. */
static int fill(struct lines *lines, struct error *e_r)
{
	ssize_t got = 0;

	if (lines->start > 0) {
		memmove(lines->data, lines->data + lines->start, lines->end - lines->start);
		lines->end -= lines->start;
		lines->start = 0;
	}
	if (lines->before_wait != NULL)
		lines->before_wait(lines->ctx);
	do {
		if (lines->stop != NULL && *lines->stop)
			got = 0;
		else
			got = read(lines->fd, lines->data + lines->end, BLOCK);
	} while (got < 0 && errno == EINTR);
	if (got < 0) {
		error_set(e_r, ERR_IO, "cannot read: %s", strerror(errno));
		return -1;
	}
	lines->end += (size_t)got;
	lines->bytes += (uint64_t)got;
	lines->over = got == 0;
	return got > 0;
}

static int give(struct lines *lines, size_t len, size_t skip, struct line *line_r)
{
	const char *text = lines->data + lines->start;

	lines->start += skip;
	lines->searched = 0;
	lines->number++;
	if (len > 0 && text[len - 1] == '\r')
		len--;
	*line_r = (struct line){.text = text, .len = len, .too_long = len > lines->line_max};
	if (line_r->too_long)
		line_r->len = 0;
	return 1;
}

/* The rest of a line that is too long, up to and with its newline. */
static int skip_line(struct lines *lines, struct line *line_r, struct error *e_r)
{
	for (;;) {
		char *newline = memchr(lines->data + lines->start, '\n', lines->end - lines->start);

		if (newline != NULL) {
			lines->start = (size_t)(newline - lines->data) + 1;
			break;
		}
		lines->start = lines->end = 0;
		if (lines->over)
			break;
		if (fill(lines, e_r) < 0)
			return -1;
	}
	lines->searched = 0;
	lines->number++;
	*line_r = (struct line){.text = "", .too_long = true};
	return 1;
}

int lines_next(struct lines *lines, struct line *line_r, struct error *e_r)
{
	for (;;) {
		size_t held = lines->end - lines->start;
		char *from = lines->data + lines->start;
		char *newline = memchr(from + lines->searched, '\n', held - lines->searched);

		if (newline != NULL)
			return give(lines, (size_t)(newline - from), (size_t)(newline - from) + 1, line_r);
		lines->searched = held;
		if (held > lines->line_max + 1)
			return skip_line(lines, line_r, e_r);
		if (lines->over)
			return held > 0 ? give(lines, held, held, line_r) : 0;
		if (fill(lines, e_r) < 0)
			return -1;
	}
}
