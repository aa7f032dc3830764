/*
 * buf.c - a growing byte buffer with a hard cap and sticky failure (see include/buf.h).
 */
#include "buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIZE_FIRST 256u

void buf_init(struct buf *b, size_t cap)
{
	*b = (struct buf){.cap = cap < SIZE_MAX / 2 ? cap : SIZE_MAX / 2};
}

void buf_done(struct buf *b)
{
	free(b->data);
	buf_init(b, b->cap);
}

void buf_reset(struct buf *b)
{
	b->len = 0;
	b->failed = b->too_big = false;
	if (b->data != NULL)
		b->data[0] = '\0';
}

/* Room for `more` further bytes and the closing NUL. */
static bool buf_room(struct buf *b, size_t more)
{
	size_t need, size;
	char *data;

	if (b->failed)
		return false;
	if (more > b->cap - b->len) {
		b->failed = b->too_big = true;
		return false;
	}
	need = b->len + more + 1;
	if (need <= b->size)
		return true;
	size = b->size < SIZE_FIRST ? SIZE_FIRST : b->size * 2;
	if (size > b->cap + 1)
		size = b->cap + 1;
	if (size < need)
		size = need;
	data = realloc(b->data, size);
	if (data == NULL) {
		b->failed = true;
		return false;
	}
	b->data = data;
	b->size = size;
	return true;
}

void buf_add(struct buf *b, const void *data, size_t len)
{
	if (!buf_room(b, len))
		return;
	if (len > 0)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void buf_str(struct buf *b, const char *s)
{
	if (s != NULL)
		buf_add(b, s, strlen(s));
}

void buf_char(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (len < 0) {
		b->failed = true;
		return;
	}
	if (!buf_room(b, (size_t)len))
		return;
	va_start(args, fmt);
	(void)vsnprintf(b->data + b->len, (size_t)len + 1, fmt, args);
	va_end(args);
	b->len += (size_t)len;
}

char *buf_reserve(struct buf *b, size_t most)
{
	return buf_room(b, most) ? b->data + b->len : NULL;
}

void buf_wrote(struct buf *b, char *end)
{
	b->len = (size_t)(end - b->data);
	*end = '\0';
}

const char *buf_text(const struct buf *b)
{
	return b->data != NULL ? b->data : "";
}

bool buf_take(struct buf *b, char **data_r, size_t *len_r)
{
	/* An empty buffer still hands over a string that can be freed. */
	if (b->failed || !buf_room(b, 0))
		return false;
	b->data[b->len] = '\0';
	*data_r = b->data;
	if (len_r != NULL)
		*len_r = b->len;
	b->data = NULL;
	b->len = b->size = 0;
	return true;
}
