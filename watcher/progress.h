/*
 * progress.h - one line on a terminal's standard error: how far, how fast, how long still. Silent elsewhere.
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	bool shown;       /* standard error is a terminal */
	const char *name; /* of the file in hand */
	uint64_t total;   /* bytes of all files; 0: not known */
	uint64_t before;  /* bytes of the files that are done */
	int64_t started_ms, drawn_ms;
};

void progress_start(struct progress *progress, uint64_t total);
/* bytes: of the file in hand; posts: in all. Draws ten times a second at most. */
void progress_show(struct progress *progress, uint64_t bytes, uint64_t posts);
/* Clears the line, so that something else can be printed. */
void progress_clear(struct progress *progress);

#endif
