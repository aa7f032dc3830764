/*
 * fuzz_normal.c - any text into its reading: valid UTF-8, not longer than promised, made up of pieces in order that
 * cover it without a gap, each of which leads to whole characters of the original, from left to right.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "classify/normal_pattern.h"
#include "classify/normal_text.h"
#include "utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int truth)
{
	if (!truth)
		abort();
}

static int character_begins(const char *text, size_t at, size_t len)
{
	return at == len || (text[at] & 0xC0) != 0x80;
}

static void check_pieces(const struct reading *r, size_t len)
{
	size_t from = r->skipped;

	for (size_t i = 0; i < r->piece_count; i++) {
		const struct reading_piece *p = &r->pieces[i];
		size_t end = i + 1 < r->piece_count ? p[1].at : r->len;

		must(i > 0 ? p->at > p[-1].at : p->at == 0);
		must(p->from >= from);
		from = p->to ? p->to : p->from + (end - p->at);
		must(from > p->from && from <= len);
	}
}

/* Every character of the reading by itself, and each with its right neighbour. */
static void check_ranges(const struct reading *r, const char *text, size_t len)
{
	size_t last_from = 0, last_to = 0, step;

	for (size_t at = 0; at < r->len; at += step) {
		size_t from, to, wide_from, wide_to;

		(void)utf8_decode(r->text + at, r->text + r->len, &step);
		reading_range(r, at, at + step, &from, &to);
		must(from < to && to <= len && from >= r->skipped);
		must(from >= last_from && to >= last_to);
		must(character_begins(text, from, len) && character_begins(text, to, len));
		reading_range(r, 0, at + step, &wide_from, &wide_to);
		must(wide_to == to && wide_from <= from);
		last_from = from;
		last_to = to;
	}
}

static void check_pattern(const char *text, size_t len)
{
	struct buf once, twice;

	buf_init(&once, 1 << 20);
	buf_init(&twice, 1 << 20);
	if (pattern_for_reading(&once, text, len)) {
		must(utf8_valid(buf_text(&once), once.len));
		must(!pattern_for_reading(&twice, buf_text(&once), once.len) || once.failed);
	}
	buf_done(&once);
	buf_done(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct reading reading; /* its memory serves the next text, as in a matcher */
	struct reading fresh = {0};
	const char *text = (const char *)data;
	char *copy;

	if (size > 4096 || !utf8_valid(text, size))
		return -1;
	must(reading_make(&reading, text, size) && reading_make(&fresh, text, size));
	must(reading.len == fresh.len && memcmp(reading.text, fresh.text, fresh.len) == 0);
	must(reading.len <= 5 * size && utf8_valid(reading.text, reading.len));
	check_pieces(&reading, size);
	check_ranges(&reading, text, size);
	reading_done(&fresh);
	copy = malloc(size + 1);
	must(copy != NULL);
	memcpy(copy, text, size);
	copy[size] = '\0';
	reading_decode_entities(copy);
	must(strlen(copy) <= size && utf8_valid(copy, strlen(copy)));
	check_pattern(copy, strlen(copy));
	free(copy);
	return 0;
}
