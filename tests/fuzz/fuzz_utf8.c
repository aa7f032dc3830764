/*
 * fuzz_utf8.c - any bytes through the UTF-8 checks, with a second opinion: GNU libunistring must agree about what is
 * valid and how it decodes, and cleaned text must be valid, free of control characters, and unchanged by cleaning
 * again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistr.h>

#include "buf.h"
#include "utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int truth)
{
	if (!truth)
		abort();
}

static void check_prefix(const char *s, size_t size)
{
	const uint8_t *bad = u8_check((const uint8_t *)s, size);
	size_t prefix = utf8_valid_prefix(s, size);

	must(prefix <= size);
	must(utf8_valid(s, size) == (bad == NULL));
	must(prefix == (bad == NULL ? size : (size_t)(bad - (const uint8_t *)s)));
	for (size_t i = 0; i < prefix;) {
		size_t len = 0;
		ucs4_t theirs;
		uint32_t ours = utf8_decode(s + i, s + prefix, &len);

		must((int)len == u8_mbtouc(&theirs, (const uint8_t *)s + i, prefix - i));
		must(ours == theirs);
		i += len;
	}
}

static void check_clean(const char *s, size_t size)
{
	struct buf once, twice;

	buf_init(&once, 4 * size + 16);
	buf_init(&twice, 4 * size + 16);
	utf8_clean(&once, s, size);
	must(!once.failed && utf8_valid(buf_text(&once), once.len));
	for (size_t i = 0; i < once.len; i++)
		must((unsigned char)once.data[i] >= 0x20 || once.data[i] == '\n' || once.data[i] == '\t');
	utf8_clean(&twice, buf_text(&once), once.len);
	must(once.len == twice.len && memcmp(buf_text(&once), buf_text(&twice), once.len) == 0);
	buf_done(&once);
	buf_done(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 4096)
		return -1;
	check_prefix((const char *)data, size);
	check_clean((const char *)data, size);
	return 0;
}
