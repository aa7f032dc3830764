/*
 * form.h - query strings and posted forms (application/x-www-form-urlencoded), read strictly.
 */
#ifndef DESK_FORM_H
#define DESK_FORM_H

#include <stddef.h>

#include "arena.h"
#include "buf.h"
#include "error.h"

#define FORM_FIELDS_MAX 64

struct form_field {
	const char *name, *value; /* valid UTF-8 without NUL */
};

struct form {
	struct form_field *fields;
	size_t count;
};

/*
 * Splits at '&' and '=', turns '+' into a blank and decodes %XX. Everything lives in arena; empty pairs are dropped.
 * ERR_INVALID: a broken %XX, a NUL, or bytes that are not UTF-8 (the sentence names the field's number);
 * ERR_LIMIT: more than FORM_FIELDS_MAX fields; ERR_NOMEM.
 */
enum err form_parse(struct arena *arena, const char *text, size_t len, struct form *form_r,
		    struct error *e_r) MUST_CHECK;
/* Value of the first field of that name, or NULL. */
const char *form_get(const struct form *form, const char *name);
/* Appends s with everything but unreserved characters (RFC 3986) written as %XX: for building links. */
void form_encode(struct buf *out, const char *s);

#endif
