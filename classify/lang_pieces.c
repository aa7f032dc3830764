/*
 * lang_pieces.c - a text as the letters and pieces of words by which its language is told.
 *
 * A Latin word gives itself, if it is short, its trigrams, with '_' for its ends, and its letters beyond ASCII; an
 * apostrophe between letters belongs to it ("l'eau", "don't"). MasterChef is two words, so that the words of a hashtag
 * are words. What says nothing about the language is passed over: addresses, @names, entities, digits, "RT".
 */
#include <stdbool.h>
#include <string.h>

#include "lang.h"
#include "lang_impl.h"
#include "utf8.h"

enum {
	WORD_MAX = 24,	  /* letters of a word that are looked at */
	WHOLE_MAX = 10,	  /* longer words are no piece of their own */
	BYTES_MAX = 8192, /* of a text; with few letters in it, nothing will be told by more */
};

struct reader {
	const char *at, *end;
	struct lang_letters *letters;
	unsigned seen; /* letters so far */
	lang_see *see;
	void *ctx;
	uint32_t word[WORD_MAX + 2]; /* '_', letters, room for '_' */
	size_t count;		     /* with the first '_'; 1: no word yet */
	bool small_before;	     /* the last letter was a small one */
	bool digits;		     /* a digit stands in this run of letters and digits: a model, a code */
};

/* ---- letters ---------------------------------------------------------------------------------------------------- */

static enum lang_script script_of(uint32_t c)
{
	static const struct {
		uint32_t first, last;
		enum lang_script script;
	} ranges[] = {
		{0xAA, 0xAA, SCRIPT_LATIN},	   {0xBA, 0xBA, SCRIPT_LATIN},	      {0xC0, 0xD6, SCRIPT_LATIN},
		{0xD8, 0xF6, SCRIPT_LATIN},	   {0xF8, 0x24F, SCRIPT_LATIN},	      {0x250, 0x2FF, SCRIPT_NONE},
		{0x300, 0x36F, SCRIPT_NONE},	   {0x370, 0x3FF, SCRIPT_GREEK},      {0x400, 0x52F, SCRIPT_CYRILLIC},
		{0x531, 0x58F, SCRIPT_ARMENIAN},   {0x591, 0x5F4, SCRIPT_HEBREW},     {0x620, 0x65F, SCRIPT_ARABIC},
		{0x66E, 0x6D3, SCRIPT_ARABIC},	   {0x750, 0x77F, SCRIPT_ARABIC},     {0x900, 0x963, SCRIPT_DEVANAGARI},
		{0x980, 0x9FF, SCRIPT_BENGALI},	   {0xA00, 0xA7F, SCRIPT_GURMUKHI},   {0xA80, 0xAFF, SCRIPT_GUJARATI},
		{0xB00, 0xB7F, SCRIPT_ORIYA},	   {0xB80, 0xBFF, SCRIPT_TAMIL},      {0xC00, 0xC7F, SCRIPT_TELUGU},
		{0xC80, 0xCFF, SCRIPT_KANNADA},	   {0xD00, 0xD7F, SCRIPT_MALAYALAM},  {0xD80, 0xDFF, SCRIPT_SINHALA},
		{0xE01, 0xE7F, SCRIPT_THAI},	   {0xE80, 0xEFF, SCRIPT_LAO},	      {0x1000, 0x109F, SCRIPT_BURMESE},
		{0x10A0, 0x10FF, SCRIPT_GEORGIAN}, {0x1100, 0x11FF, SCRIPT_HANGUL},   {0x1200, 0x139F, SCRIPT_ETHIOPIC},
		{0x13A0, 0x177F, SCRIPT_OTHER},	   {0x1780, 0x17FF, SCRIPT_KHMER},    {0x1800, 0x1CFF, SCRIPT_OTHER},
		{0x1E00, 0x1EFF, SCRIPT_LATIN},	   {0x1F00, 0x1FFF, SCRIPT_GREEK},    {0x3041, 0x30FF, SCRIPT_KANA},
		{0x3131, 0x318E, SCRIPT_HANGUL},   {0x3400, 0x4DBF, SCRIPT_HAN},      {0x4E00, 0x9FFF, SCRIPT_HAN},
		{0xA000, 0xABFF, SCRIPT_OTHER},	   {0xAC00, 0xD7A3, SCRIPT_HANGUL},   {0xF900, 0xFAFF, SCRIPT_HAN},
		{0xFB50, 0xFDFF, SCRIPT_ARABIC},   {0xFE70, 0xFEFC, SCRIPT_ARABIC},   {0xFF66, 0xFF9D, SCRIPT_KANA},
		{0x20000, 0x3FFFF, SCRIPT_HAN},
	};
	size_t low = 0, high = sizeof ranges / sizeof *ranges;

	if (c < 0x80)
		return (c | 32) >= 'a' && (c | 32) <= 'z' ? SCRIPT_LATIN : SCRIPT_NONE;
	while (low < high) {
		size_t middle = (low + high) / 2;

		if (c > ranges[middle].last)
			low = middle + 1;
		else
			high = middle;
	}
	return low < sizeof ranges / sizeof *ranges && c >= ranges[low].first ? ranges[low].script : SCRIPT_NONE;
}

/* The small letter of a Latin one. */
static uint32_t latin_small(uint32_t c)
{
	if (c < 0x80)
		return c | 32;
	if (c >= 0xC0 && c <= 0xDE)
		return c + 32;
	if (c == 0x130) /* the dotted capital */
		return 'i';
	if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E))
		return c + (c & 1);
	if ((c >= 0x100 && c <= 0x177) || (c >= 0x1A0 && c <= 0x1A5) || (c >= 0x1DE && c <= 0x233) || c >= 0x1E00)
		return c | 1;
	return c == 0x1AF ? 0x1B0 : c;
}

/* Letters that tell languages of one script apart. */
static void tell_letter(struct lang_letters *letters, uint32_t c)
{
	switch (c) {
	case 0x67E: case 0x686: case 0x698: case 0x6AF: case 0x6CC: case 0x6A9:
		letters->persian++; /* Urdu has them too */
		break;
	case 0x679: case 0x688: case 0x691: case 0x6BA: case 0x6BE: case 0x6C1: case 0x6D2:
		letters->urdu++;
		break;
	case 0x456: case 0x406: case 0x457: case 0x407: case 0x454: case 0x404: case 0x491: case 0x490:
		letters->ukrainian++;
		break;
	case 0x44A: case 0x42A:
		letters->bulgarian++; /* the hard sign: a vowel there, rare in Russian */
		break;
	case 0x452: case 0x458: case 0x459: case 0x45A: case 0x45B: case 0x45F:
		letters->serbian++;
		break;
	case 0x44B: case 0x42B: case 0x44D: case 0x42D: case 0x451:
		letters->russian++;
		break;
	default:
		break;
	}
}

/* ---- words ------------------------------------------------------------------------------------------------------ */

static uint32_t piece_hash(const uint32_t *letters, size_t count)
{
	uint32_t hash = 2166136261u; /* FNV-1a over letters, then spread to the upper bits */

	for (size_t i = 0; i < count; i++)
		hash = (hash ^ letters[i]) * 16777619u;
	hash ^= hash >> 15;
	return hash * 2654435761u;
}

static void word_end(struct reader *r)
{
	size_t count = r->count;

	r->count = 1;
	r->small_before = false;
	if (count > 1 && r->word[count - 1] == '\'')
		count--;
	if (count <= 1 || r->digits || (count == 3 && r->word[1] == 'r' && r->word[2] == 't')) /* RT says nothing */
		return;
	r->word[count++] = '_';
	if (count > 3 && count <= WHOLE_MAX + 2)
		r->see(r->ctx, piece_hash(r->word, count), r->word, count);
	for (size_t i = 0; i + 3 <= count; i++)
		r->see(r->ctx, piece_hash(r->word + i, 3), r->word + i, 3);
	for (size_t i = 1; i + 1 < count; i++) /* there is no ã in Spanish */
		if (r->word[i] >= 0x80)
			r->see(r->ctx, piece_hash(r->word + i, 1), r->word + i, 1);
}

static void word_break(struct reader *r, bool digit)
{
	r->digits = r->digits || digit;
	word_end(r);
	r->digits = digit;
}

static void word_letter(struct reader *r, uint32_t c)
{
	uint32_t small = latin_small(c);

	if (small != c && r->small_before)
		word_end(r);
	r->small_before = small == c;
	if (r->count > 2 && r->word[r->count - 1] == small && r->word[r->count - 2] == small)
		return;
	if (r->count <= WORD_MAX)
		r->word[r->count++] = small;
}

/* ---- what is no word -------------------------------------------------------------------------------------------- */

static bool begins(const struct reader *r, const char *with)
{
	size_t len = strlen(with);

	return (size_t)(r->end - r->at) >= len && memcmp(r->at, with, len) == 0;
}

static bool is_name_byte(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.' ||
	       c == '-' || c == '@';
}

/* Passes over an address, a name or an entity that begins here; false: none does. */
static bool pass_over(struct reader *r)
{
	const char *at = r->at + 1;

	switch (*r->at) {
	case '@':
		while (at < r->end && is_name_byte(*at))
			at++;
		break;
	case 'h': case 'w':
		if (!begins(r, "http://") && !begins(r, "https://") && !begins(r, "www."))
			return false;
		while (at < r->end && (unsigned char)*at > ' ')
			at++;
		break;
	case '&':
		while (at < r->end && at - r->at < 9 && (is_name_byte(*at) || *at == '#'))
			at++;
		if (at == r->end || *at != ';')
			return false;
		break;
	default:
		return false;
	}
	r->at = at;
	return true;
}

/* The apostrophe, straight or curly, between two letters of a word. */
static bool is_apostrophe(uint32_t c)
{
	return c == '\'' || c == 0x2019 || c == 0x2BC;
}

void lang_pieces(const char *text, size_t len, struct lang_letters *letters, lang_see *see, void *ctx)
{
	struct reader r = {.at = text, .end = text + len, .letters = letters, .see = see, .ctx = ctx, .word = {'_'},
			   .count = 1};
	const char *stop = text + (len < BYTES_MAX ? len : BYTES_MAX);

	*letters = (struct lang_letters){0};
	while (r.at < stop && r.seen < LANG_LETTERS_MAX) {
		enum lang_script script;
		size_t step;
		uint32_t c;

		if (r.count == 1 && pass_over(&r))
			continue;
		c = utf8_decode(r.at, r.end, &step);
		r.at += step;
		script = script_of(c);
		if (script == SCRIPT_LATIN)
			word_letter(&r, c);
		else if (r.count > 1 && r.count <= WORD_MAX && is_apostrophe(c))
			r.word[r.count++] = '\'';
		else if (c < 0x300 || c > 0x36F) /* accents written apart belong to their letter */
			word_break(&r, c >= '0' && c <= '9');
		if (script == SCRIPT_NONE)
			continue;
		letters->script[script]++;
		r.seen++;
		if (script == SCRIPT_ARABIC || script == SCRIPT_CYRILLIC)
			tell_letter(letters, c);
	}
	word_end(&r);
}
