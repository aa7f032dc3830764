/*
 * import_jsonl.c - posts as JSON, one a line (README "Posts as JSON").
 */
#include <string.h>

#include "watcher/import.h"

static bool is_blank(const struct line *line)
{
	size_t i = 0;

	while (i < line->len && strchr(" \t\r", line->text[i]) != NULL)
		i++;
	return i == line->len && !line->too_long;
}

/* Windows programs begin a file with a byte order mark. */
static void skip_mark(struct line *line, uint64_t number)
{
	if (number == 1 && line->len >= 3 && memcmp(line->text, "\xef\xbb\xbf", 3) == 0) {
		line->text += 3;
		line->len -= 3;
	}
}

static enum err read_line(struct import *import, const struct line *line, uint64_t number, struct error *e_r)
{
	CLEANUP(json) struct json_object *record = NULL;
	struct error why = {0};
	enum err err;

	if (line->too_long) {
		error_set(&why, ERR_LIMIT, "the line is longer than %u bytes", POST_LINE_MAX);
		return import_bad(import, number, &why, e_r);
	}
	err = json_parse(import->parser, line->text, line->len, &record, &why);
	if (err == ERR_NOMEM)
		return error_set(e_r, err, "%s", why.text);
	if (err != ERR_OK)
		return import_bad(import, number, &why, e_r);
	return import_record(import, record, number, e_r);
}

enum err import_jsonl(struct import *import, int fd, struct error *e_r)
{
	struct lines lines;
	struct line line;
	enum err err = lines_open(&lines, fd, POST_LINE_MAX, e_r);
	int got = 1;

	lines.stop = import->stop;
	while (err == ERR_OK && !import_stopped(import) && (got = lines_next(&lines, &line, e_r)) > 0) {
		skip_mark(&line, lines.number);
		if (is_blank(&line))
			continue;
		err = read_line(import, &line, lines.number, e_r);
		progress_show(import->progress, lines.bytes, (uint64_t)import->count.read + import->post_count);
	}
	if (got < 0)
		err = error_prefix(e_r, "%s", import->file);
	if (err == ERR_OK)
		err = import_flush(import, e_r);
	import->progress->before += lines.bytes;
	lines_close(&lines);
	return err;
}
