/*
 * import.h - posts from files into the store, page by page (cmd_import.c; readers in import_jsonl.c and import_csv.c).
 */
#ifndef IMPORT_H
#define IMPORT_H

#include <json-c/json.h>
#include <signal.h>

#include "intake.h"
#include "jsonio.h"
#include "watcher/lines.h"
#include "watcher/progress.h"

#define IMPORT_ARENA_MAX ((size_t)128 << 20)
#define IMPORT_PAGE_BYTES ((size_t)24 << 20) /* a page is also full when its posts hold this much */

/* Stores a page whole or not at all, adding to *count. */
typedef enum err import_take_fn(void *ctx, const struct intake_page *page, struct intake_count *count,
				struct error *e_r);

struct import {
	import_take_fn *take; /* where full pages go */
	void *take_ctx;
	const char *brand;    /* where a post names none */
	const char *platform; /* the same */
	const char *map;      /* --map: "text=Comment,id=Nr"; NULL none */
	bool strict;
	const volatile sig_atomic_t *stop;
	struct arena *arena; /* holds the page's posts */
	struct post *posts;
	size_t post_count, post_max;
	struct json_parser *parser;
	struct progress *progress;
	const char *file; /* being read, as messages name it */
	struct intake_count count;
	uint64_t bad;
};

/* One record of the file. A wrong one is reported as FILE:LINE and skipped; ERR_INVALID only with strict. */
enum err import_record(struct import *import, struct json_object *record, uint64_t line, struct error *e_r) MUST_CHECK;
/* Reports a line that is no record: ERR_OK, or ERR_INVALID with strict. */
enum err import_bad(struct import *import, uint64_t line, const struct error *why, struct error *e_r) MUST_CHECK;
/* Stores the page begun. */
enum err import_flush(struct import *import, struct error *e_r) MUST_CHECK;
/* A signal asked to end, and nothing is half read. */
bool import_stopped(const struct import *import);

enum err import_jsonl(struct import *import, int fd, struct error *e_r) MUST_CHECK;
enum err import_csv(struct import *import, int fd, struct error *e_r) MUST_CHECK;

#endif
