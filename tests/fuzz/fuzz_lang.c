/*
 * fuzz_lang.c - any text has a language: a known code, the same every time, whatever blanks follow; and its pieces are
 * words of small letters with their ends marked.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "classify/lang_impl.h"
#include "lang.h"
#include "utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int truth)
{
	if (!truth)
		abort();
}

static void check_piece(void *ctx, uint32_t hash, const uint32_t *letters, size_t count)
{
	(void)ctx;
	(void)hash;
	must(count == 1 || (count >= 3 && count <= 12));
	must(count > 1 || letters[0] >= 0x80);
	must(count <= 3 || (letters[0] == '_' && letters[count - 1] == '_'));
	for (size_t i = 0; i < count; i++) {
		must(letters[i] < 'A' || letters[i] > 'Z');
		must(letters[i] >= 0x80 || letters[i] == '\'' || letters[i] == '_' ||
		     (letters[i] >= 'a' && letters[i] <= 'z'));
		must(letters[i] != '_' || i == 0 || i == count - 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t len = utf8_valid_prefix((const char *)data, size), letters = 0;
	struct lang_letters counted;
	char *text, *again;
	const char *lang;

	if (len > 16384)
		return -1;
	text = malloc(len + 1); /* exactly as long as the text: the sanitizer sees one byte too far */
	again = malloc(len + 3);
	must(text && again);
	memcpy(text, data, len);
	text = realloc(text, len ? len : 1);
	must(text != NULL);
	memcpy(again, data, len);
	memcpy(again + len, " \n", 3);
	lang = lang_identify(text, len);
	must(strlen(lang) == 2 || strcmp(lang, "und") == 0 || strcmp(lang, "mis") == 0);
	must(strcmp(lang_identify(again, len + 2), lang) == 0);
	lang_pieces(text, len, &counted, check_piece, NULL);
	for (size_t i = 0; i < SCRIPT_COUNT; i++)
		letters += counted.script[i];
	must(letters <= LANG_LETTERS_MAX);
	must(strcmp(lang, "und") == 0 || letters > 0);
	(void)lang_unnamed(again);
	free(text);
	free(again);
	return 0;
}
