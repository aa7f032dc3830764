/*
 * import_csv.c - posts from a CSV file with a header row (libcsv reads the format).
 *
 * Columns are found by the names of the contract ("id", "text", "author", ...), by a few names that exports use for
 * them, or by --map. The file goes to libcsv one physical line at a time, so that a row is known by the line it begins
 * on. A quote that is never closed would make one cell of all that follows, without a word. Three things tell it: the
 * row grows past POST_LINE_MAX; on a later line of a row the next quoted cell begins, a quote where none may stand; the
 * file ends inside the quote. Such a row is reported and dropped; reading goes on behind it, so no file can take more
 * memory than that.
 */
#include <csv.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "utf8.h"
#include "watcher/import.h"

enum { COLUMNS_MAX = 512, NO_COLUMN = -1 };
enum { BETWEEN_ROWS = 0 }; /* of csv_parser.pstate, which csv.h gives no name */

enum field_kind { FIELD_WORDS, FIELD_COUNT, FIELD_AUTHOR_WORDS, FIELD_AUTHOR_COUNT, FIELD_METRIC };

static const struct field {
	const char *name;
	enum field_kind kind;
	const char *key;     /* in the record, the author or the metrics */
	const char *also[6]; /* other headings for it */
} fields[] = {
	{"id", FIELD_WORDS, "id", {"tweet_id", "post_id", "review_id", "status_id"}},
	{"platform", FIELD_WORDS, "platform", {"source", "channel"}},
	{"text", FIELD_WORDS, "text", {"content", "body", "message", "comment", "review", "tweet"}},
	{"lang", FIELD_WORDS, "lang", {"language"}},
	{"created_at", FIELD_WORDS, "created_at", {NULL}},
	{"url", FIELD_WORDS, "url", {"link"}},
	{"in_reply_to", FIELD_WORDS, "in_reply_to", {NULL}},
	{"thread", FIELD_WORDS, "thread", {"conversation_id"}},
	{"brand", FIELD_WORDS, "brand", {NULL}},
	{"rating", FIELD_COUNT, "rating", {"stars"}},
	{"author", FIELD_AUTHOR_WORDS, "handle", {"handle", "user", "username", "screen_name"}},
	{"author_id", FIELD_AUTHOR_WORDS, "id", {"user_id"}},
	{"author_name", FIELD_AUTHOR_WORDS, "name", {NULL}},
	{"followers", FIELD_AUTHOR_COUNT, "followers", {NULL}},
	{"likes", FIELD_METRIC, "likes", {NULL}},
	{"replies", FIELD_METRIC, "replies", {NULL}},
	{"shares", FIELD_METRIC, "shares", {"retweets", "reposts"}},
	{"views", FIELD_METRIC, "views", {NULL}},
};

struct cell {
	size_t start, len;
};

struct csv_reader {
	struct import *import;
	struct csv_parser parser;
	struct buf row; /* all cells of the row in hand */
	struct cell cells[COLUMNS_MAX];
	size_t cell_count;
	bool too_many;
	int column[ARRAY_LEN(fields)]; /* of each field, or NO_COLUMN */
	size_t column_count;
	bool has_header;
	uint64_t line, row_line, cell_line; /* the one being read; where the row, and the cell in hand, begin */
	bool mid_line;                      /* a part of the line being read was fed already */
	bool skip;                          /* drop the rest of this physical line */
	enum err err;
	struct error error;
};

static const char *cell_text(const struct csv_reader *reader, size_t column, size_t *len_r)
{
	const struct cell *cell = &reader->cells[column];

	*len_r = cell->len;
	return buf_text(&reader->row) + cell->start;
}

static bool cell_is(const struct csv_reader *reader, size_t column, const char *name, size_t name_len)
{
	size_t len;
	const char *text = cell_text(reader, column, &len);

	return len == name_len && strncasecmp(text, name, len) == 0;
}

static int column_named(const struct csv_reader *reader, const char *name, size_t len)
{
	for (size_t i = 0; i < reader->cell_count; i++)
		if (cell_is(reader, i, name, len))
			return (int)i;
	return NO_COLUMN;
}

/* ---- header ---- */

static void columns_by_name(struct csv_reader *reader)
{
	for (size_t f = 0; f < ARRAY_LEN(fields); f++) {
		reader->column[f] = column_named(reader, fields[f].name, strlen(fields[f].name));
		for (size_t i = 0; reader->column[f] == NO_COLUMN && i < ARRAY_LEN(fields[f].also) && fields[f].also[i];
		     i++)
			reader->column[f] = column_named(reader, fields[f].also[i], strlen(fields[f].also[i]));
	}
}

static const struct field *field_named(const char *name, size_t len)
{
	for (size_t f = 0; f < ARRAY_LEN(fields); f++)
		if (strlen(fields[f].name) == len && strncmp(fields[f].name, name, len) == 0)
			return &fields[f];
	return NULL;
}

/* --map text=Comment,id=Nr: over what the headings say. */
static enum err columns_by_map(struct csv_reader *reader)
{
	const char *entry = reader->import->map;

	while (entry != NULL && *entry != '\0') {
		size_t len = strcspn(entry, ","), name_len = strcspn(entry, "=,");
		const struct field *field = field_named(entry, name_len);
		int column;

		if (field == NULL || name_len >= len)
			return error_set(&reader->error, ERR_INVALID,
					 "--map: \"%.*s\" is not FIELD=COLUMN with a field such as text, "
					 "id, author, created_at",
					 (int)len, entry);
		column = column_named(reader, entry + name_len + 1, len - name_len - 1);
		if (column == NO_COLUMN)
			return error_set(&reader->error, ERR_INVALID, "%s:1: --map: there is no column \"%.*s\"",
					 reader->import->file, (int)(len - name_len - 1), entry + name_len + 1);
		reader->column[field - fields] = column;
		entry += len + (entry[len] == ',');
	}
	return ERR_OK;
}

static enum err no_text_column(struct csv_reader *reader)
{
	char known[300] = "";
	size_t used = 0;

	for (size_t i = 0; i < reader->cell_count && used + 60 < sizeof(known); i++) {
		size_t len;
		const char *text = cell_text(reader, i, &len);

		used += (size_t)snprintf(known + used, sizeof(known) - used, "%s%.*s", i ? ", " : "",
					 len > 40 ? 40 : (int)len, text);
	}
	return error_set(&reader->error, ERR_INVALID,
			 "%s:1: which column has the text? Say --map text=COLUMN (columns: %s)", reader->import->file,
			 known);
}

static enum err take_header(struct csv_reader *reader)
{
	enum err err;

	reader->has_header = true;
	reader->column_count = reader->cell_count;
	if (!utf8_valid(reader->row.data, reader->row.len))
		return error_set(&reader->error, ERR_INVALID,
				 "%s:1: not UTF-8: convert the file first (iconv -t UTF-8)", reader->import->file);
	columns_by_name(reader);
	err = columns_by_map(reader);
	if (err == ERR_OK && reader->column[field_named("text", 4) - fields] == NO_COLUMN)
		err = no_text_column(reader);
	return err;
}

/* ---- a row ---- */

/* A cell that holds a whole number becomes one; anything else stays a text, which the contract then refuses by name. */
static struct json_object *number_or_text(const char *text, size_t len)
{
	char digits[24], *end;
	long long number;

	if (len == 0 || len >= sizeof(digits))
		return json_object_new_string_len(text, (int)len);
	memcpy(digits, text, len);
	digits[len] = '\0';
	errno = 0;
	number = strtoll(digits, &end, 10);
	if (errno != 0 || *end != '\0')
		return json_object_new_string_len(text, (int)len);
	return json_object_new_int64(number);
}

static struct json_object *child_of(struct json_object *record, const char *key)
{
	struct json_object *child = json_get(record, key);

	if (child == NULL) {
		child = json_object_new_object();
		if (!json_add(record, key, child))
			return NULL;
	}
	return child;
}

static bool put_field(struct json_object *record, const struct field *field, const char *text, size_t len)
{
	bool words = field->kind == FIELD_WORDS || field->kind == FIELD_AUTHOR_WORDS;
	struct json_object *in = record;

	if (field->kind == FIELD_AUTHOR_WORDS || field->kind == FIELD_AUTHOR_COUNT)
		in = child_of(record, "author");
	else if (field->kind == FIELD_METRIC)
		in = child_of(record, "metrics");
	return in &&
	       json_add(in, field->key, words ? json_object_new_string_len(text, (int)len) : number_or_text(text, len));
}

static struct json_object *row_record(const struct csv_reader *reader)
{
	struct json_object *record = json_object_new_object();

	for (size_t f = 0; record != NULL && f < ARRAY_LEN(fields); f++) {
		int column = reader->column[f];
		size_t len;
		const char *text;

		if (column == NO_COLUMN || (size_t)column >= reader->cell_count)
			continue;
		text = cell_text(reader, (size_t)column, &len);
		if (len > 0 && !put_field(record, &fields[f], text, len)) {
			json_object_put(record);
			record = NULL;
		}
	}
	return record;
}

static enum err take_row(struct csv_reader *reader)
{
	CLEANUP(json) struct json_object *record = NULL;
	struct error why = {0};

	if (reader->too_many || reader->cell_count > reader->column_count)
		error_set(&why, ERR_INVALID, "%s%zu fields instead of %zu: a comma or quote too many?",
			  reader->too_many ? "more than " : "", reader->cell_count, reader->column_count);
	else if (reader->row.failed)
		error_set(&why, ERR_LIMIT, "the row is longer than %u bytes", POST_LINE_MAX);
	else if (!utf8_valid(reader->row.data, reader->row.len))
		error_set(&why, ERR_INVALID, "not UTF-8");
	if (why.code != ERR_OK)
		return import_bad(reader->import, reader->row_line, &why, &reader->error);
	record = row_record(reader);
	if (record == NULL)
		return error_set(&reader->error, ERR_NOMEM, "out of memory");
	return import_record(reader->import, record, reader->row_line, &reader->error);
}

static void row_begin(struct csv_reader *reader)
{
	buf_reset(&reader->row);
	reader->cell_count = 0;
	reader->too_many = false;
}

static void on_cell(void *data, size_t len, void *ctx)
{
	struct csv_reader *reader = ctx;

	if (reader->cell_count == COLUMNS_MAX) {
		reader->too_many = true;
		return;
	}
	reader->cells[reader->cell_count++] = (struct cell){reader->row.len, len};
	buf_add(&reader->row, data, len);
	reader->cell_line = reader->line;
}

static void on_row(int newline, void *ctx)
{
	struct csv_reader *reader = ctx;
	bool blank = reader->cell_count == 0 || (reader->cell_count == 1 && reader->row.len == 0);

	(void)newline;
	if (reader->err == ERR_OK && !blank && !import_stopped(reader->import))
		reader->err = reader->has_header ? take_row(reader) : take_header(reader);
	row_begin(reader);
	reader->row_line = reader->cell_line = reader->line + 1;
}

/* ---- the file ---- */

static enum err parser_begin(struct csv_reader *reader, unsigned char delimiter)
{
	if (csv_init(&reader->parser, 0) != 0)
		return error_set(&reader->error, ERR_NOMEM, "out of memory");
	csv_set_delim(&reader->parser, delimiter);
	return ERR_OK;
}

/* A row that never ends: reported, dropped, and the parser begins anew. */
static enum err row_abandon(struct csv_reader *reader, uint64_t line, const struct error *why)
{
	unsigned char delimiter = csv_get_delim(&reader->parser);
	enum err err = import_bad(reader->import, line, why, &reader->error);

	csv_free(&reader->parser);
	row_begin(reader);
	return err == ERR_OK ? parser_begin(reader, delimiter) : err;
}

/* `last`: of the lines that went into the quote. */
static enum err quote_abandon(struct csv_reader *reader, uint64_t last)
{
	struct error why = {0};

	if (last > reader->cell_line)
		error_set(&why, ERR_INVALID, "a quote is opened here and never closed: lost up to line %llu",
			  (unsigned long long)last);
	else
		error_set(&why, ERR_INVALID, "a quote is opened here and never closed");
	return row_abandon(reader, reader->cell_line, &why);
}

static enum err row_too_long(struct csv_reader *reader)
{
	struct error why = {0};

	error_set(&why, ERR_LIMIT, "the row is longer than %u bytes: is a quote never closed?", POST_LINE_MAX);
	reader->skip = true;
	return row_abandon(reader, reader->row_line, &why);
}

/*
 * On the later lines of a row libcsv is strict: there, a quote inside a cell is nearly always the beginning of another
 * row's. That line is then read again as a row of its own, if it is still at hand.
 */
static enum err parse(struct csv_reader *reader, const char *text, size_t len)
{
	bool later = reader->row_line < reader->line;

	csv_set_opts(&reader->parser, later ? CSV_STRICT : 0);
	if (csv_parse(&reader->parser, text, len, on_cell, on_row, reader) == len)
		return reader->err;
	if (csv_error(&reader->parser) != CSV_EPARSE)
		return error_set(&reader->error, ERR_NOMEM, "%s:%llu: %s", reader->import->file,
				 (unsigned long long)reader->line, csv_strerror(csv_error(&reader->parser)));
	reader->err = quote_abandon(reader, reader->line - !reader->mid_line);
	reader->row_line = reader->cell_line = reader->line;
	reader->skip = reader->mid_line;
	return reader->err != ERR_OK || reader->skip ? reader->err : parse(reader, text, len);
}

/* Part of one physical line: all of it, or what fitted into the block. */
static enum err feed(struct csv_reader *reader, const char *text, size_t len)
{
	bool ends = text[len - 1] == '\n';

	if (!reader->skip)
		reader->err = parse(reader, text, len);
	if (reader->err == ERR_OK && reader->row.len + reader->parser.entry_pos > POST_LINE_MAX && !reader->skip)
		reader->err = row_too_long(reader);
	reader->mid_line = !ends;
	if (ends) {
		if (reader->skip || reader->parser.pstate == BETWEEN_ROWS) /* a blank line is no row */
			reader->row_line = reader->cell_line = reader->line + 1;
		reader->skip = false;
		reader->line++;
	}
	return reader->err;
}

/* The last row may lack its line's end, not its quote. Where a signal ended the reading, it is half a row. */
static enum err finish(struct csv_reader *reader)
{
	if (reader->import->stop != NULL && *reader->import->stop)
		return ERR_OK;
	csv_set_opts(&reader->parser, CSV_STRICT | CSV_STRICT_FINI); /* the second is nothing without the first */
	if (csv_fini(&reader->parser, on_cell, on_row, reader) != 0 && csv_error(&reader->parser) == CSV_EPARSE)
		return quote_abandon(reader, reader->mid_line ? reader->line : reader->line - 1);
	return reader->err;
}

/* Semicolons and tabs are what spreadsheets write where the comma is the decimal sign. */
static unsigned char delimiter_of(const char *text, size_t len)
{
	const char *end = memchr(text, '\n', len);
	size_t count[3] = {0};

	for (const char *s = text; s < (end ? end : text + len); s++) {
		count[0] += *s == ',';
		count[1] += *s == ';';
		count[2] += *s == '\t';
	}
	if (count[1] > count[0] && count[1] >= count[2])
		return (unsigned char)';';
	return count[2] > count[0] ? CSV_TAB : CSV_COMMA;
}

static enum err read_blocks(struct csv_reader *reader, int fd, char *block, size_t size, uint64_t *bytes)
{
	enum err err = ERR_OK;
	ssize_t got;

	while (err == ERR_OK && !import_stopped(reader->import)) {
		size_t at = 0;

		got = reader->import->stop != NULL && *reader->import->stop ? 0 : read(fd, block, size);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_set(&reader->error, ERR_IO, "%s: %s", reader->import->file, strerror(errno));
		if (got == 0)
			break;
		if (*bytes == 0) {
			csv_set_delim(&reader->parser, delimiter_of(block, (size_t)got));
			at = got >= 3 && memcmp(block, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
		}
		*bytes += (uint64_t)got;
		while (err == ERR_OK && at < (size_t)got) {
			const char *newline = memchr(block + at, '\n', (size_t)got - at);
			size_t len = newline ? (size_t)(newline - block) + 1 - at : (size_t)got - at;

			err = feed(reader, block + at, len);
			at += len;
		}
		progress_show(reader->import->progress, *bytes,
			      (uint64_t)reader->import->count.read + reader->import->post_count);
	}
	return err;
}

enum err import_csv(struct import *import, int fd, struct error *e_r)
{
	enum { BLOCK = 128 << 10 };
	struct csv_reader *reader = calloc(1, sizeof(*reader));
	char *block = malloc(BLOCK);
	uint64_t bytes = 0;
	enum err err;

	if (reader == NULL || block == NULL || csv_init(&reader->parser, 0) != 0) {
		free(reader);
		free(block);
		return error_set(e_r, ERR_NOMEM, "out of memory");
	}
	reader->import = import;
	reader->line = reader->row_line = reader->cell_line = 1;
	buf_init(&reader->row, POST_LINE_MAX);
	err = read_blocks(reader, fd, block, BLOCK, &bytes);
	if (err == ERR_OK)
		err = finish(reader);
	if (err == ERR_OK && !reader->has_header)
		err = bytes == 0 ? ERR_OK : error_set(&reader->error, ERR_INVALID, "%s:1: no header row", import->file);
	if (err == ERR_OK)
		err = import_flush(import, &reader->error);
	if (err != ERR_OK && e_r != NULL)
		*e_r = reader->error;
	import->progress->before += bytes;
	csv_free(&reader->parser);
	buf_done(&reader->row);
	free(reader);
	free(block);
	return err;
}
