/*
 * error.c - one sentence about what went wrong (see include/error.h).
 */
#include "error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Control characters would let a hostile post forge log lines or terminal sequences. */
static void error_tame(char *text)
{
	for (unsigned char *p = (unsigned char *)text; *p != '\0'; p++)
		if (*p < 0x20 || *p == 0x7f)
			*p = '?';
}

enum err error_set(struct error *e_r, enum err code, const char *fmt, ...)
{
	char text[ERROR_TEXT_SIZE];
	va_list args;

	if (e_r == NULL)
		return code;
	/* Through a buffer of its own: an argument may be the text that is replaced. */
	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	error_tame(text);
	e_r->code = code;
	memcpy(e_r->text, text, sizeof(text));
	return code;
}

enum err error_prefix(struct error *e_r, const char *fmt, ...)
{
	char text[ERROR_TEXT_SIZE], whole[2 * ERROR_TEXT_SIZE + 2] = "";
	va_list args;

	if (e_r == NULL)
		return ERR_INTERNAL;
	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	(void)snprintf(whole, sizeof(whole), "%s: %s", text, e_r->text);
	memcpy(text, whole, sizeof(text) - 1); /* cut at the field's size */
	text[sizeof(text) - 1] = '\0';
	error_tame(text);
	memcpy(e_r->text, text, sizeof(text));
	return e_r->code;
}

const char *err_name(enum err code)
{
	switch (code) {
	case ERR_OK:
		return "ok";
	case ERR_NOMEM:
		return "no_memory";
	case ERR_INVALID:
		return "invalid";
	case ERR_LIMIT:
		return "limit";
	case ERR_NOT_FOUND:
		return "not_found";
	case ERR_CONFLICT:
		return "conflict";
	case ERR_FORBIDDEN:
		return "forbidden";
	case ERR_IO:
		return "io";
	case ERR_NETWORK:
		return "network";
	case ERR_RATE:
		return "rate";
	case ERR_UNSUPPORTED:
		return "unsupported";
	case ERR_INTERNAL:
		return "internal";
	}
	return "internal";
}
