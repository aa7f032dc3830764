/*
 * normal_pattern.h - patterns are written with the characters people post; this makes them fit the reading text.
 */
#ifndef NORMAL_PATTERN_H
#define NORMAL_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

/*
 * Appends the pattern with every character that never stands in a reading text replaced by what stands there instead:
 * curly quotes, dashes and emoji that have a word, in simple classes as well. false: nothing had to be replaced, and
 * what was appended, if anything, is the same. len: valid UTF-8.
 */
bool pattern_for_reading(struct buf *out, const char *text, size_t len);

#endif
