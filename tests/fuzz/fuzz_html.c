/*
 * fuzz_html.c - any bytes as an HTML fragment: the text is valid UTF-8 without control characters, not longer than what
 * the input can stand for, without blanks at its ends, and the same when asked again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "platform.h"
#include "utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int truth)
{
	if (!truth)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new((size_t)64 << 20);
	const char *text = NULL, *again = NULL;
	size_t len;

	if (size > 1 << 16)
		size = 1 << 16;
	must(html_to_text(arena, (const char *)data, size, &text, NULL) == ERR_OK);
	len = strlen(text);
	must(utf8_valid(text, len));
	must(len <= 8 * size);
	for (size_t i = 0; i < len; i++)
		must((unsigned char)text[i] >= ' ' || text[i] == '\n' || text[i] == '\t');
	must(html_to_text(arena, (const char *)data, size, &again, NULL) == ERR_OK);
	must(strcmp(text, again) == 0);
	arena_free(&arena);
	return 0;
}
