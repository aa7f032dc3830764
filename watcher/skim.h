/*
 * skim.h - reads a post from a plain JSON line without building objects. json-c stays the arbiter: whatever is not
 * plainly right here is left to it, so that answers and messages are always json-c's and post_from_json()'s.
 */
#ifndef SKIM_H
#define SKIM_H

#include <stdbool.h>

#include "post.h"

/*
 * True: the line is a JSON object without a "verdict", and *post_r is what post_from_json() would make of it, but for
 * platform and id, which may be missing ("-" then). Strings are in arena. False: ask json-c (*post_r untouched).
 */
bool skim_post(struct arena *arena, const char *line, size_t len, struct post *post_r);

#endif
