/*
 * lang_impl.h - what identifies a language: the pieces of a text, and the table of what each says for which language.
 * Shared by lang.c, lang_pieces.c, the generated lang_table.c, and tests/lang/fit_lang.c, which generates it.
 */
#ifndef LANG_IMPL_H
#define LANG_IMPL_H

#include <stddef.h>
#include <stdint.h>

/* Languages told apart by words and letters, in the order of the table's columns. */
#define LANG_CODES                                                                                                     \
	{"en", "de", "es", "fr", "pt", "it", "hi", "nl", "pl", "tr", "sv", "da",                                       \
	 "no", "fi", "ro", "cs", "hu", "id", "tl", "vi", "ca", "hr"}
enum { LANG_COUNT = 22, LANG_EN = 0 };

/* A table row: what one piece says for each language, in sixteenths of a unit of log-odds. */
struct lang_row {
	uint32_t hash;
	int8_t weight[LANG_COUNT];
};
extern const struct lang_row lang_rows[]; /* by hash */
enum { LANG_BUCKET_BITS = 12 };
/* lang_rows[lang_bucket[b]] is the first whose hash's upper bits are b or more; one entry more than buckets. */
extern const uint16_t lang_bucket[(1 << LANG_BUCKET_BITS) + 1];
extern const int16_t lang_bias[LANG_COUNT];

/* Letters of a text by writing system, in the order of lang.c's table. */
enum lang_script {
	SCRIPT_LATIN, SCRIPT_GREEK, SCRIPT_CYRILLIC, SCRIPT_ARMENIAN, SCRIPT_HEBREW, SCRIPT_ARABIC, SCRIPT_DEVANAGARI,
	SCRIPT_BENGALI, SCRIPT_GURMUKHI, SCRIPT_GUJARATI, SCRIPT_ORIYA, SCRIPT_TAMIL, SCRIPT_TELUGU, SCRIPT_KANNADA,
	SCRIPT_MALAYALAM, SCRIPT_SINHALA, SCRIPT_THAI, SCRIPT_LAO, SCRIPT_BURMESE, SCRIPT_GEORGIAN, SCRIPT_ETHIOPIC,
	SCRIPT_KHMER, SCRIPT_HANGUL, SCRIPT_KANA, SCRIPT_HAN, SCRIPT_OTHER, SCRIPT_NONE, SCRIPT_COUNT = SCRIPT_NONE
};

struct lang_letters {
	unsigned script[SCRIPT_COUNT]; /* how many of each */
	unsigned persian, urdu;	       /* Arabic letters that only these need */
	unsigned ukrainian, bulgarian, serbian, russian; /* the same of Cyrillic */
};

/*
 * Reads the text: counts its letters, and calls see() with each piece of a Latin word ("_like_", "_li", "lik", "ike",
 * "ke_"; small letters, rows of a letter cut to two) and each of its letters beyond ASCII. Addresses, @names, entities
 * and digits are passed over.
 */
typedef void lang_see(void *ctx, uint32_t hash, const uint32_t *letters, size_t count);
void lang_pieces(const char *text, size_t len, struct lang_letters *letters, lang_see *see, void *ctx);

#endif
