/*
 * file.h - whole small files, read and written safely.
 */
#ifndef FILE_H
#define FILE_H

#include <stddef.h>

#include "buf.h"
#include "error.h"

/* Appends the file's bytes to out (whose cap is the size limit: ERR_LIMIT names the file). */
enum err file_read(const char *path, struct buf *out, struct error *e_r) MUST_CHECK;
/* Writes a temporary file beside path with the given mode, syncs, renames over path, syncs the folder. */
enum err file_write(const char *path, const void *data, size_t len, unsigned mode, struct error *e_r) MUST_CHECK;
/* A secret: first line of a regular file owned by this user (or root) and not readable by group or others.
 * The line is appended to out without its newline. Errors say which condition failed and how to mend it. */
enum err file_read_secret(const char *path, struct buf *out, struct error *e_r) MUST_CHECK;

#endif
