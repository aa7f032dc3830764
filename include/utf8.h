/*
 * utf8.h - strict UTF-8 (RFC 3629: no surrogates, no overlong forms, nothing above U+10FFFF).
 */
#ifndef UTF8_H
#define UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

/* Bytes of the longest valid prefix; == len when all is valid. NUL bytes count as valid. */
size_t utf8_valid_prefix(const char *s, size_t len);
bool utf8_valid(const char *s, size_t len);
/* Decodes the code point at s (valid UTF-8, s < end); its length in bytes goes to *len_r. */
uint32_t utf8_decode(const char *s, const char *end, size_t *len_r);
/* Appends s with every invalid byte replaced by U+FFFD and control characters other than \n and \t
 * (NUL included) removed: what may be stored and shown. */
void utf8_clean(struct buf *out, const char *s, size_t len);

#endif
