/*
 * lab_labels.h - are the labels of a post such as can be measured? For those who read labelled posts.
 */
#ifndef LAB_LABELS_H
#define LAB_LABELS_H

#include <json-c/json.h>
#include <stdint.h>

#include "error.h"

/*
 * Adds to *bad how many labels say what none of their kind can say ("intent": "foo", "urgency": 7); the first ones of a
 * run are named on standard error by file, line and JSON pointer. Such a label counts as not said. labels NULL: none.
 * ERR_INVALID: `labels` is no object, and the line is bad.
 */
enum err labels_check(struct json_object *labels, const char *file, uint64_t line, size_t *bad,
		      struct error *e_r) MUST_CHECK;

#endif
