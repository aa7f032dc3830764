/*
 * lines.h - lines of a stream of any length, in bounded memory.
 */
#ifndef LINES_H
#define LINES_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

struct lines {
	int fd;
	char *data;        /* room for one longest line and a block */
	size_t start, end; /* bytes read and not yet given out */
	size_t searched;   /* of those, how many are known to hold no newline */
	size_t line_max;
	uint64_t number;                /* of the line given out last, 1-based */
	uint64_t bytes;                 /* read so far */
	bool over;                      /* end of input seen */
	void (*before_wait)(void *ctx); /* called before each read; NULL none */
	void *ctx;
	const volatile sig_atomic_t *stop; /* set by a signal: ends the input before the next read; NULL none */
};

struct line {
	const char *text; /* len bytes, no newline, no carriage return before it; valid until the next call */
	size_t len;
	bool too_long; /* longer than line_max: text holds nothing, the line was skipped */
};

/* Takes no ownership of fd. ERR_NOMEM. */
enum err lines_open(struct lines *lines, int fd, size_t line_max, struct error *e_r) MUST_CHECK;
void lines_close(struct lines *lines);
/* 1 a line, 0 end of input, -1 reading failed (*e_r says why). */
int lines_next(struct lines *lines, struct line *line_r, struct error *e_r);

#endif
