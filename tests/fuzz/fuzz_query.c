/*
 * fuzz_query.c - any bytes as a query string or posted form: the parser refuses or gives valid UTF-8 fields, and what
 * it gives survives being encoded into a link and parsed again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "buf.h"
#include "respond/desk/form.h"
#include "utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int truth)
{
	if (!truth)
		abort();
}

static void encode(const struct form *form, struct buf *out)
{
	for (size_t i = 0; i < form->count; i++) {
		if (i > 0)
			buf_char(out, '&');
		form_encode(out, form->fields[i].name);
		buf_char(out, '=');
		form_encode(out, form->fields[i].value);
	}
}

static void compare(const struct form *a, const struct form *b)
{
	must(a->count == b->count);
	for (size_t i = 0; i < a->count; i++) {
		must(strcmp(a->fields[i].name, b->fields[i].name) == 0);
		must(strcmp(a->fields[i].value, b->fields[i].value) == 0);
		must(form_get(b, a->fields[i].name) != NULL);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(1u << 20);
	struct form form = {0}, again = {0};
	struct buf link;

	must(arena != NULL);
	buf_init(&link, 1u << 20);
	if (size <= 65536 && form_parse(arena, (const char *)data, size, &form, NULL) == ERR_OK) {
		must(form.count <= FORM_FIELDS_MAX);
		for (size_t i = 0; i < form.count; i++) {
			must(utf8_valid(form.fields[i].name, strlen(form.fields[i].name)));
			must(utf8_valid(form.fields[i].value, strlen(form.fields[i].value)));
		}
		encode(&form, &link);
		must(!link.failed);
		must(form_parse(arena, buf_text(&link), link.len, &again, NULL) == ERR_OK);
		compare(&form, &again);
	}
	buf_done(&link);
	arena_free(&arena);
	return 0;
}
