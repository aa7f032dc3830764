/*
 * normal_text.c - makes the reading text (see normal_text.h; README.md lists what changes).
 *
 * Most of a text stays as it is. next_change() runs over it sixteen bytes at a time and stops only where something
 * might have to change; what lies between is copied whole, and only once there is a first change to copy for. Each
 * handler below looks at one such place and returns how many bytes of the original are dealt with, replaced or not.
 * A handler looks ahead only over what it then consumes (entities: a dozen bytes), so the work grows with the length
 * of the text whatever stands in it.
 */
#include <stdlib.h>
#include <string.h>

#include "classify/normal_entity.h"
#include "classify/normal_text.h"
#include "utf8.h"

#define MARKS_KEPT 3    /* of "!!!!!!" and other repeated signs */
#define LETTERS_KEPT 2  /* of "soooo" */
#define LETTERS_ALONE 3 /* of "kkkkk" */

struct maker {
	struct reading *r;
	const char *text;
	size_t len;
	size_t done; /* bytes of the original that the pieces so far stand for */
	bool no_memory;
};

/* ---- pieces ----------------------------------------------------------------------------------------------------- */

static bool reserve(struct maker *m, size_t bytes)
{
	struct reading *r = m->r;
	size_t wanted = r->len + bytes;

	if (wanted > r->size) {
		size_t size = wanted * 2 > 512 ? wanted * 2 : 512;
		char *grown = realloc(r->bytes, size);

		if (!grown)
			return false;
		r->bytes = grown;
		r->size = size;
	}
	if (r->piece_count + 2 > r->piece_size) {
		size_t size = r->piece_size ? r->piece_size * 2 : 32;
		struct reading_piece *grown = realloc(r->piece_room, size * sizeof *grown);

		if (!grown)
			return false;
		r->piece_room = grown;
		r->piece_size = size;
	}
	return true;
}

static void add_piece(struct maker *m, const char *bytes, size_t len, size_t from, size_t to)
{
	struct reading *r = m->r;

	r->piece_room[r->piece_count++] = (struct reading_piece){(uint32_t)r->len, (uint32_t)from, (uint32_t)to};
	memcpy(r->bytes + r->len, bytes, len);
	r->len += len;
}

/* [from, to) of the original becomes `with` (len 0: nothing); what lies before and is not yet dealt with stays. */
static void replace(struct maker *m, size_t from, size_t to, const char *with, size_t len)
{
	size_t before = from - m->done;

	if (m->no_memory || !reserve(m, before + len)) {
		m->no_memory = true;
		return;
	}
	if (before > 0)
		add_piece(m, m->text + m->done, before, m->done, 0);
	if (len > 0)
		add_piece(m, with, len, from, to);
	m->done = to;
}

/* ---- characters ------------------------------------------------------------------------------------------------- */

static bool is_lower(unsigned char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_upper(unsigned char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool is_letter(unsigned char c)
{
	return is_lower(c | 0x20);
}

static bool is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

static bool is_name(unsigned char c)
{
	return is_letter(c) || is_digit(c) || c == '_';
}

/* Marks that nobody sees: joiners, direction, variation and skin selectors, tags. */
static bool is_invisible(uint32_t c)
{
	return c == 0xAD || c == 0x34F || c == 0x61C || c == 0x180E || (c >= 0x200B && c <= 0x200F) ||
	       (c >= 0x202A && c <= 0x202E) || (c >= 0x2060 && c <= 0x2069) || (c >= 0xFE00 && c <= 0xFE0F) ||
	       c == 0xFEFF || (c >= 0x1F3FB && c <= 0x1F3FF) || (c >= 0xE0000 && c <= 0xE01EF);
}

/* Latin, Greek and Cyrillic letters beyond ASCII: of these, as of ASCII's, a long row is read as two. */
static bool is_wide_letter(uint32_t c)
{
	return (c >= 0xC0 && c <= 0x24F && c != 0xD7 && c != 0xF7) || (c >= 0x370 && c <= 0x52F);
}

/* The plain spelling of a character that has one; NULL for all others. room: at least 2 bytes. */
static const char *plain_spelling(uint32_t c, char *room)
{
	room[1] = '\0';
	if (c >= 0xFF01 && c <= 0xFF5E) { /* full-width ASCII */
		room[0] = (char)(c - 0xFF00 + 0x20);
		return room;
	}
	switch (c) {
	case 0xB4:
	case 0x2BC:
	case 0x2018:
	case 0x2019:
	case 0x201A:
	case 0x201B:
	case 0x2032:
	case 0x2039:
	case 0x203A:
		return "'";
	case 0xAB:
	case 0xBB:
	case 0x201C:
	case 0x201D:
	case 0x201E:
	case 0x201F:
	case 0x2033:
		return "\"";
	case 0x2010:
	case 0x2011:
	case 0x2012:
	case 0x2013:
	case 0x2014:
	case 0x2015:
	case 0x2212:
		return "-";
	case 0x2026:
		return "...";
	case 0x203C:
		return "!!";
	case 0x2047:
		return "??";
	case 0x2048:
		return "?!";
	case 0x2049:
		return "!?";
	case 0x85:
	case 0x2028:
	case 0x2029:
		return "\n";
	case 0xA0:
	case 0x1680:
	case 0x202F:
	case 0x205F:
	case 0x3000:
		return " ";
	default:
		return c >= 0x2000 && c <= 0x200A ? " " : emoji_word(c);
	}
}

/* ---- places where something may change ------------------------------------------------------------------------------
 */

static unsigned char folded(char c)
{
	return (unsigned char)c | 0x20;
}

/* Three alike in a row, letters or signs. Digits stay: 1000 is not 100. */
static bool row_begins(const char *text, size_t at, size_t len)
{
	unsigned char c = (unsigned char)text[at];

	return len - at >= 3 && folded(text[at]) == folded(text[at + 1]) && folded(text[at]) == folded(text[at + 2]) &&
	       c > ' ' && !is_digit(c);
}

static bool may_change(const char *text, size_t at, size_t len)
{
	unsigned char c = (unsigned char)text[at];

	return c >= 0x80 || c == '&' || c == '#' || c == '@' || (c == ':' && at + 1 < len && text[at + 1] == '/') ||
	       row_begins(text, at, len);
}

typedef unsigned char block __attribute__((vector_size(16)));

#define BLOCK 16
#define ALL(byte) ((block){0} + (unsigned char)(byte))

/* Could may_change() be true for one of the sixteen bytes here? Looks at two more bytes. Says yes rather too often. */
static bool block_may_change(const char *text)
{
	block a, b, c, hit;
	uint64_t half[2];

	memcpy(&a, text, BLOCK);
	memcpy(&b, text + 1, BLOCK);
	memcpy(&c, text + 2, BLOCK);
	hit = (block)(a >= ALL(0x80)) | (block)(a == ALL('&')) | (block)(a == ALL('#')) | (block)(a == ALL('@')) |
	      ((block)(a == ALL(':')) & (block)(b == ALL('/'))) |
	      ((block)((a | 0x20) == (b | 0x20)) & (block)((a | 0x20) == (c | 0x20)));
	memcpy(half, &hit, sizeof half);
	return (half[0] | half[1]) != 0;
}

static size_t next_change(const char *text, size_t at, size_t len)
{
	while (len - at >= BLOCK + 2) {
		if (block_may_change(text + at))
			for (size_t i = 0; i < BLOCK; i++)
				if (may_change(text, at + i, len))
					return at + i;
		at += BLOCK;
	}
	while (at < len && !may_change(text, at, len))
		at++;
	return at;
}

/* ---- one kind of place after the other ------------------------------------------------------------------------------
 */

/*
 * Keeps the first of a row of alike characters and makes the next `kept - 1` stand for the whole rest, so that a hit
 * on "soo" covers all of "soooo". step: bytes of one; row: of all.
 */
static size_t shorten(struct maker *m, size_t at, size_t step, size_t row, size_t kept)
{
	size_t copied = (kept - 1) * step;

	if (row > kept * step)
		replace(m, at + copied, at + row, m->text + at + copied, step);
	return row;
}

/* "soooo", "!!!!!!". A word that is one letter only (AAA, www, kkkkk) means something by it and keeps three. */
static size_t read_row(struct maker *m, size_t at)
{
	const char *text = m->text;
	size_t end = at + 1;
	bool alone;

	if (!is_letter((unsigned char)text[at])) {
		while (end < m->len && text[end] == text[at])
			end++;
		return shorten(m, at, 1, end - at, MARKS_KEPT);
	}
	while (end < m->len && folded(text[end]) == folded(text[at]))
		end++;
	if (end < m->len && is_digit((unsigned char)text[end]))
		return end - at; /* AAA123 is a number of something */
	alone = (at == 0 || !is_name((unsigned char)text[at - 1])) &&
		(end == m->len || !is_name((unsigned char)text[end]));
	return shorten(m, at, 1, end - at, alone ? LETTERS_ALONE : LETTERS_KEPT);
}

/* "&amp;" and its like, then the same as if the character had been written itself. */
static size_t read_entity(struct maker *m, size_t at)
{
	uint32_t c;
	size_t used = entity_decode(m->text + at, m->len - at, &c);
	const char *spelling;
	char room[4];

	if (used == 0)
		return 1;
	if (is_invisible(c)) {
		replace(m, at, at + used, "", 0);
		return used;
	}
	spelling = plain_spelling(c, room);
	if (spelling)
		replace(m, at, at + used, spelling, strlen(spelling));
	else
		replace(m, at, at + used, room, entity_encode(c, room));
	return used;
}

/* Behind which letters of a hashtag does a new word begin? "WorstServiceEVER", "USAirways", but not "iPhone". */
static bool word_begins(const char *tag, size_t at, size_t len, size_t word)
{
	unsigned char before = (unsigned char)tag[at - 1], c = (unsigned char)tag[at];
	bool small_follows = at + 1 < len && is_lower((unsigned char)tag[at + 1]);

	if (!is_upper(c))
		return false;
	if (is_lower(before) || is_digit(before))
		return at - word > 1;
	return is_upper(before) && small_follows && (at - word > 1 || before == 'I' || before == 'A');
}

/* "#WorstServiceEver" is read "#Worst Service Ever", "#so_late" "#so late"; without a hint the tag stays. */
static size_t read_hashtag(struct maker *m, size_t at)
{
	const char *text = m->text;
	size_t word = at + 1, end = word;
	bool split = false;

	if (at > 0 && (is_name((unsigned char)text[at - 1]) || text[at - 1] == '/' || text[at - 1] == '&'))
		return 1;
	while (end < m->len && is_name((unsigned char)text[end]))
		end++;
	for (size_t i = at + 2; i < end; i++) {
		char with[2] = {' ', text[i]};

		if (text[i] == '_' && i > word) {
			replace(m, i, i + 1, " ", 1);
			word = i + 1;
			split = true;
		} else if (word_begins(text, i, end, word)) {
			replace(m, i, i + 1, with, 2); /* with its letter: no piece stands for no bytes */
			word = i;
			split = true;
		}
	}
	return split ? end - at : 1;
}

/* "@ada", "@ada@social.example", "@ada.social.example" from the sign on; 0: no name. */
static size_t name_len(const char *text, size_t len)
{
	size_t end = 1, dots = 0, plain;

	while (end < len && is_name((unsigned char)text[end]))
		end++;
	plain = end;
	if (end == 1)
		return 0;
	if (end + 1 < len && text[end] == '@' && is_name((unsigned char)text[end + 1])) {
		dots = 1;
		end++;
	}
	while (end < len &&
	       (is_name((unsigned char)text[end]) ||
		((text[end] == '.' || text[end] == '-') && end + 1 < len && is_name((unsigned char)text[end + 1]))))
		dots += text[end++] == '.';
	return dots >= 2 ? end : plain; /* "@shop.Thanks" is a name and a word */
}

/* "@Corriere" is no courier: "@_Corriere" holds no such word. An e-mail address stays as it is. */
static size_t read_name(struct maker *m, size_t at)
{
	static const char mark[] = "@_";
	size_t len = name_len(m->text + at, m->len - at);

	if (len == 0)
		return 1;
	if (m->text[at + 1] != '_' && (at == 0 || !is_name((unsigned char)m->text[at - 1])))
		replace(m, at, at + 1, mark, sizeof mark - 1);
	return len;
}

/* An address stays as it is: letters in it mean what they are. */
static size_t skip_address(const struct maker *m, size_t at)
{
	size_t end = at + 1;

	if (m->len - at < 3 || m->text[at + 2] != '/')
		return 1;
	while (end < m->len && (unsigned char)m->text[end] > ' ' && (unsigned char)m->text[end] < 0x80)
		end++;
	return end - at;
}

/* Skin, variation selectors, joiners with the sign of a gender: part of the emoji before them. */
static size_t emoji_tail(const struct maker *m, size_t at)
{
	const char *text = m->text, *end = text + m->len;
	size_t start = at, step;

	while (at < m->len && (unsigned char)text[at] >= 0x80) {
		uint32_t c = utf8_decode(text + at, end, &step);
		bool joins = c == 0x200D;

		if (!is_invisible(c))
			break;
		at += step;
		if (!joins || at == m->len)
			continue;
		c = utf8_decode(text + at, end, &step);
		if (c == 0x2640 || c == 0x2642)
			at += step;
	}
	return at - start;
}

/* How many bytes of the same character follow each other from `at` on; step: of one. */
static size_t row_of(const struct maker *m, size_t at, size_t step)
{
	size_t end = at + step;

	while (m->len - end >= step && memcmp(m->text + at, m->text + end, step) == 0)
		end += step;
	return end - at;
}

/* An emoji becomes its word; of a row of the same three, the last of which stands for the rest. */
static size_t read_emoji(struct maker *m, size_t at, size_t step, const char *word)
{
	size_t used = 0;
	int count = 0;

	do {
		size_t one = step + emoji_tail(m, at + used + step);

		if (count++ < MARKS_KEPT)
			replace(m, at + used, at + used + one, word, strlen(word));
		used += one;
	} while (m->len - at - used >= step && memcmp(m->text + at, m->text + at + used, step) == 0);
	if (!m->no_memory && m->done < at + used) {
		m->r->piece_room[m->r->piece_count - 1].to = (uint32_t)(at + used);
		m->done = at + used;
	}
	return used;
}

static size_t read_wide(struct maker *m, size_t at)
{
	const char *spelling;
	size_t step, row;
	uint32_t c = utf8_decode(m->text + at, m->text + m->len, &step);
	char room[4];

	if (is_invisible(c)) {
		row = row_of(m, at, step);
		replace(m, at, at + row, "", 0);
		return row;
	}
	spelling = plain_spelling(c, room);
	if (spelling && spelling[0] == ':' && spelling[1])
		return read_emoji(m, at, step, spelling);
	row = row_of(m, at, step);
	if (spelling) {
		size_t kept = row / step < MARKS_KEPT ? row / step : MARKS_KEPT;

		for (size_t i = 0; i < kept; i++)
			replace(m, at + i * step, i + 1 == kept ? at + row : at + (i + 1) * step, spelling,
				strlen(spelling));
		return row;
	}
	return shorten(m, at, step, row, is_wide_letter(c) && row > 2 * step ? LETTERS_KEPT : MARKS_KEPT);
}

static size_t read_place(struct maker *m, size_t at)
{
	unsigned char c = (unsigned char)m->text[at];

	if (c >= 0x80)
		return read_wide(m, at);
	if (row_begins(m->text, at, m->len))
		return read_row(m, at);
	switch (c) {
	case '&':
		return read_entity(m, at);
	case '#':
		return read_hashtag(m, at);
	case '@':
		return read_name(m, at);
	default:
		return skip_address(m, at);
	}
}

/* ---- names in front --------------------------------------------------------------------------------------------- */

/*
 * Bytes of the names a reply begins with, and of white space and the dot or comma between; the customer's words
 * begin behind. A name that goes on ("@shop's") is a word of the sentence.
 */
static size_t leading_names(const char *text, size_t len)
{
	size_t at = 0, skipped = 0, name;

	for (;;) {
		while (at < len && (text[at] == ' ' || text[at] == '\n' || text[at] == '\t' || text[at] == '\r' ||
				    text[at] == '.' || text[at] == ','))
			at++;
		if (at == len || text[at] != '@')
			return skipped;
		name = name_len(text + at, len - at);
		at += name;
		if (name == 0 || (at < len && !strchr(" \n\t\r.,:;!?", text[at])))
			return skipped;
		while (at < len && strchr(" \n\t\r,:;", text[at]) && text[at])
			at++;
		skipped = at;
	}
}

/* ---- the whole text --------------------------------------------------------------------------------------------- */

bool reading_make(struct reading *r, const char *text, size_t len)
{
	struct maker m = {.r = r, .text = text, .len = len};
	size_t at;

	r->text = text;
	r->len = len;
	r->skipped = r->piece_count = 0;
	r->pieces = NULL;
	if (len > READING_TEXT_MAX)
		return true;
	at = r->skipped = m.done = leading_names(text, len);
	r->len = 0;
	while ((at = next_change(text, at, len)) < len)
		at += read_place(&m, at);
	if (r->piece_count == 0 && m.done == r->skipped) {
		r->text = text + r->skipped;
		r->len = len - r->skipped;
		return !m.no_memory;
	}
	replace(&m, len, len, "", 0); /* what is left */
	r->text = r->len > 0 ? r->bytes : text;
	r->pieces = r->piece_room;
	return !m.no_memory;
}

void reading_done(struct reading *r)
{
	free(r->bytes);
	free(r->piece_room);
	*r = (struct reading){0};
}

/* The piece that holds byte `at` of the reading text. */
static const struct reading_piece *piece_at(const struct reading *r, size_t at)
{
	size_t low = 0, high = r->piece_count;

	while (high - low > 1) {
		size_t middle = (low + high) / 2;

		if (r->pieces[middle].at <= at)
			low = middle;
		else
			high = middle;
	}
	return &r->pieces[low];
}

void reading_range(const struct reading *r, size_t start, size_t end, size_t *from_r, size_t *to_r)
{
	const struct reading_piece *first, *last;

	if (r->piece_count == 0) {
		*from_r = start + r->skipped;
		*to_r = end + r->skipped;
		return;
	}
	first = piece_at(r, start);
	last = piece_at(r, end - 1);
	*from_r = first->to ? first->from : first->from + (start - first->at);
	*to_r = last->to ? last->to : last->from + (end - last->at);
}
