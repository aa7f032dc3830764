/*
 * buf.h - a growing byte buffer with a hard cap and sticky failure.
 *
 * Append freely and look once, at buf_take() or buf->failed: after a failure (cap reached, memory
 * exhausted) further appends do nothing. Always NUL-terminated behind len when data is not NULL.
 */
#ifndef BUF_H
#define BUF_H

#include <stdbool.h>
#include <stddef.h>

#include "attr.h"

struct buf {
	char *data;
	size_t len;  /* bytes used, without the closing NUL */
	size_t size; /* bytes allocated */
	size_t cap;  /* most bytes of content ever held */
	bool failed;
	bool too_big; /* the failure was the cap */
};

void buf_init(struct buf *b, size_t cap); /* allocates nothing */
void buf_done(struct buf *b);		  /* frees; b may be reused after buf_init */
void buf_reset(struct buf *b);		  /* empty again, keeps memory, clears failure */
void buf_add(struct buf *b, const void *data, size_t len);
void buf_str(struct buf *b, const char *s); /* s may be NULL: nothing */
void buf_char(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...) FORMAT(2, 3);
/* For writers that are called often: room for `most` further bytes, to be written in place; NULL when the buffer has
 * failed, also when so many would not fit under the cap. buf_wrote() adds those up to `end`. */
char *buf_reserve(struct buf *b, size_t most) MUST_CHECK;
void buf_wrote(struct buf *b, char *end);
/* The content as a C string, "" when empty. Valid until the next change. */
const char *buf_text(const struct buf *b);
/* Moves the content out: *data_r is malloc'ed and NUL-terminated, free() it. false (and nothing
 * moved) when the buffer has failed. len_r may be NULL. */
bool buf_take(struct buf *b, char **data_r, size_t *len_r) MUST_CHECK;

#endif
