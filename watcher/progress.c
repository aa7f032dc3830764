/*
 * progress.c - the progress line of `amends import`.
 */
#include "watcher/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"

enum { BAR = 24, DRAW_MS = 100 };

void progress_start(struct progress *progress, uint64_t total)
{
	const char *term = getenv("TERM");

	*progress = (struct progress){.total = total, .started_ms = clock_mono_ms(), .name = ""};
	progress->shown = isatty(STDERR_FILENO) && (term == NULL || strcmp(term, "dumb") != 0);
}

static void draw_bar(double part)
{
	int full = (int)(part * BAR);

	fputs("  [", stderr);
	for (int i = 0; i < BAR; i++)
		fputc(i < full ? '=' : i == full ? '>' : ' ', stderr);
	fprintf(stderr, "] %3.0f %%", part * 100);
}

void progress_show(struct progress *progress, uint64_t bytes, uint64_t posts)
{
	int64_t now_ms = clock_mono_ms();
	double seconds = (double)(now_ms - progress->started_ms) / 1000;
	uint64_t done = progress->before + bytes;
	double part = progress->total ? (double)done / (double)progress->total : 0;

	if (!progress->shown || now_ms - progress->drawn_ms < DRAW_MS)
		return;
	progress->drawn_ms = now_ms;
	fprintf(stderr, "\r\033[K%.28s", progress->name);
	if (progress->total != 0)
		draw_bar(part > 1 ? 1 : part);
	fprintf(stderr, "  %llu posts", (unsigned long long)posts);
	if (seconds > 0.5) {
		fprintf(stderr, "  %.0f/s", (double)posts / seconds);
		if (part > 0.01 && part <= 1) {
			long left = (long)(seconds / part * (1 - part) + 0.5);

			fprintf(stderr, "  %ld:%02ld left", left / 60, left % 60);
		}
	}
	fflush(stderr);
}

void progress_clear(struct progress *progress)
{
	if (progress->shown && progress->drawn_ms != 0)
		fputs("\r\033[K", stderr);
	progress->drawn_ms = 0;
}
