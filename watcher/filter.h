/*
 * filter.h - `amends classify` line by line: one filter per thread, and the threads that keep the lines' order.
 */
#ifndef FILTER_H
#define FILTER_H

#include "watcher/judge.h"
#include "watcher/lines.h"

struct filter {
	const char *name; /* of the input, for messages; borrowed */
	struct json_parser *parser;
	struct arena *arena;
	struct classifier *classifier;
	bool references; /* as the judge's */
};

/* Memory and a classifier of its own over the judge's rules. ERR_NOMEM. filter_close in any case. */
enum err filter_open(struct filter *filter, const struct judge *judge, const char *name, struct error *e_r) MUST_CHECK;
void filter_close(struct filter *filter);
/*
 * Appends the line with its verdict and a newline to out; nothing for a blank line. false: the line is bad, and notes
 * has one more line that says why.
 */
bool filter_line(struct filter *filter, const struct line *line, uint64_t number, struct buf *out, struct buf *notes);

/* Writes notes to standard error, then text to standard output, and flushes. false: it could not be written; the first
 * time it says why, unless the reader went away. */
bool filter_write(const struct buf *notes, const struct buf *text);
/* All lines, to standard output, by this thread or by `jobs` others; what was bad to standard error. Both in the order
 * of the lines. Returns an exit code. */
int filter_alone(const struct judge *judge, const char *name, struct lines *lines);
int filter_parallel(const struct judge *judge, const char *name, struct lines *lines, int jobs);

#endif
