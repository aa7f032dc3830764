/*
 * form.c - query strings and posted forms, read strictly.
 *
 * Strict, because what is guessed at here ends up in searches and drafts: a broken escape, a NUL or a byte that is no
 * UTF-8 refuses the whole request instead of being repaired silently.
 */
#include "form.h"

#include <string.h>

#include "utf8.h"
#include "hex.h"

/* Decodes len bytes into out (which has room for len + 1). 1 done, 0 broken. */
static int decode(const char *text, size_t len, char *out)
{
	size_t used = 0;

	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (c == '+') {
			c = ' ';
		} else if (c == '%') {
			int high = len - i > 2 ? hex_value(text[i + 1]) : -1;
			int low = len - i > 2 ? hex_value(text[i + 2]) : -1;

			if (high < 0 || low < 0)
				return 0;
			c = (char)(high << 4 | low);
			i += 2;
		}
		if (c == '\0')
			return 0;
		out[used++] = c;
	}
	out[used] = '\0';
	return utf8_valid(out, used);
}

static size_t fields_in(const char *text, size_t len)
{
	size_t count = 1;

	for (size_t i = 0; i < len; i++)
		count += text[i] == '&';
	return count;
}

static enum err field_add(struct arena *arena, const char *text, size_t len, struct form *form, struct error *e_r)
{
	const char *equals = memchr(text, '=', len);
	size_t name_len = equals ? (size_t)(equals - text) : len;
	size_t value_len = equals ? len - name_len - 1 : 0;
	char *name = arena_alloc(arena, name_len + 1);
	char *value = arena_alloc(arena, value_len + 1);

	if (!name || !value)
		return error_set(e_r, ERR_NOMEM, "form: memory exhausted");
	if (!decode(text, name_len, name) || !decode(equals ? equals + 1 : "", value_len, value))
		return error_set(e_r, ERR_INVALID, "form field %zu is not properly encoded UTF-8", form->count + 1);
	form->fields[form->count++] = (struct form_field){.name = name, .value = value};
	return ERR_OK;
}

enum err form_parse(struct arena *arena, const char *text, size_t len, struct form *form_r, struct error *e_r)
{
	struct form form = {0};
	size_t most = fields_in(text, len);

	if (most > FORM_FIELDS_MAX)
		return error_set(e_r, ERR_LIMIT, "form: more than %d fields", FORM_FIELDS_MAX);
	form.fields = arena_array(arena, most, sizeof(*form.fields));
	if (!form.fields)
		return error_set(e_r, ERR_NOMEM, "form: memory exhausted");
	for (size_t at = 0; at < len;) {
		const char *end = memchr(text + at, '&', len - at);
		size_t field_len = end ? (size_t)(end - text) - at : len - at;

		if (field_len > 0) {
			enum err err = field_add(arena, text + at, field_len, &form, e_r);

			if (err)
				return err;
		}
		at += field_len + 1;
	}
	*form_r = form;
	return ERR_OK;
}

const char *form_get(const struct form *form, const char *name)
{
	for (size_t i = 0; i < form->count; i++) {
		if (strcmp(form->fields[i].name, name) == 0)
			return form->fields[i].value;
	}
	return NULL;
}

void form_encode(struct buf *out, const char *s)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

	for (; s && *s; s++) {
		if (strchr(plain, *s))
			buf_char(out, *s);
		else
			buf_printf(out, "%%%02X", (unsigned)(unsigned char)*s);
	}
}
