/*
 * log.c - one line per event on standard error (see include/log.h).
 */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "attr.h"
#include "clock.h"

static enum log_level log_most = LOG_INFO;
static const char *const names[] = {"error", "warn", "info", "debug"};

int log_level_from_name(const char *word, enum log_level *level_r)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (strcmp(names[i], word) == 0) {
			*level_r = (enum log_level)i;
			return 1;
		}
	}
	return 0;
}

void log_level_set(enum log_level most)
{
	log_most = most;
}

void log_line(enum log_level level, const char *area, const char *fmt, ...)
{
	char line[1200], when[CLOCK_TEXT_SIZE];
	va_list args;
	int used, more;

	if (level > log_most)
		return;
	clock_format(clock_now_s(), when);
	used = snprintf(line, sizeof(line) - 1, "%s %s %s ", when, names[level], area);
	va_start(args, fmt);
	more = vsnprintf(line + used, sizeof(line) - 1 - (size_t)used, fmt, args);
	va_end(args);
	if (more > 0)
		used += more;
	if (used > (int)sizeof(line) - 2)
		used = (int)sizeof(line) - 2;
	for (int i = 0; i < used; i++)
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = '?';
	line[used] = '\n';
	/* One write per line, so that lines of two processes do not mix. Nothing to do when stderr is gone. */
	if (write(STDERR_FILENO, line, (size_t)used + 1) < 0)
		return;
}
