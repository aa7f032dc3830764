/*
 * error.h - one way to say what went wrong.
 *
 * A function that can fail returns `enum err`, takes `struct error *e_r` as its last argument, and
 * leaves its out-parameters (suffix `_r`) untouched on failure. `e_r` then holds the code and one
 * sentence for a person: what, where (file:line, JSON pointer, platform: page), what to do.
 * `e_r` may be NULL. Questions ("does this match?") are tri-state ints: 1 yes, 0 no, -1 could not tell.
 */
#ifndef ERROR_H
#define ERROR_H

#include "attr.h"

enum err {
	ERR_OK = 0,
	ERR_NOMEM,	 /* memory or an arena's cap is exhausted */
	ERR_INVALID,	 /* input from outside is wrong: the sentence says where */
	ERR_LIMIT,	 /* a documented cap was reached (size, depth, match limit) */
	ERR_NOT_FOUND,	 /* no such row, file, route */
	ERR_CONFLICT,	 /* somebody else was first: reload and look again */
	ERR_FORBIDDEN,	 /* role, policy or platform does not allow it */
	ERR_IO,		 /* file or database input/output failed */
	ERR_NETWORK,	 /* no complete answer from the other side (may be tried again) */
	ERR_RATE,	 /* the other side asks to wait */
	ERR_UNSUPPORTED, /* this platform or build cannot do that */
	ERR_INTERNAL,	 /* a bug of ours or of a library */
};

#define ERROR_TEXT_SIZE 600

struct error {
	enum err code;
	char text[ERROR_TEXT_SIZE]; /* NUL-terminated UTF-8, one line, no trailing full stop needed */
};

/* Sets code and sentence when e_r is not NULL (cut at its size). Returns `code`, so that
 * `return error_set(e_r, ERR_IO, "...")` is the idiom. Control characters become '?'. */
enum err error_set(struct error *e_r, enum err code, const char *fmt, ...) FORMAT(3, 4);

/* Puts "context: " before the sentence already there; returns the code it holds. */
enum err error_prefix(struct error *e_r, const char *fmt, ...) FORMAT(2, 3);

/* Short lower-case name of a code: "invalid", "conflict", ... Never NULL. */
const char *err_name(enum err code);

#endif
