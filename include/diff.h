/*
 * diff.h - what a person changed in a text, word by word, for people to read. Pure.
 */
#ifndef DIFF_H
#define DIFF_H

#include <stddef.h>

#include "arena.h"
#include "error.h"

enum diff_op { DIFF_SAME, DIFF_DEL /* only in the text before */, DIFF_INS /* only in the text after */ };

struct diff_part {
	enum diff_op op;
	const char *text; /* NUL-terminated, in arena */
};

/*
 * The parts in reading order; what went stands before what came in its place. SAME and DEL in a row are `before`,
 * SAME and INS are `after`, to the byte. Words are not cut, nor characters; what stays by chance between larger
 * changes counts as changed. Two texts that differ in more than some thousand words each are shown as one replaced
 * by the other. Equal texts: one part, or none when empty. ERR_NOMEM only.
 */
enum err diff_words(struct arena *arena, const char *before, const char *after, const struct diff_part **parts_r,
		    size_t *count_r, struct error *e_r) MUST_CHECK;

#endif
