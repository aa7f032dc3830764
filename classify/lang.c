/*
 * lang.c - which language a text is in: by its writing system, and among those of Latin letters by words and trigrams.
 *
 * Each piece of a Latin text (lang_pieces.c) that the table knows adds its weights, one for each language; the language
 * with the highest sum is it, unless English is as likely for all that is said: a post that names no language is read
 * as English. The table was fitted by tests/lang/fit_lang.c (softmax regression); README.md says how well it does.
 */
#include "lang.h"

#include <stdint.h>
#include <string.h>

#include "lang_impl.h"

/* By how many sixteenths another language must be likelier than English: more if it was learned from word lists only. */
enum { SURE_BY = 12, SURE_BY_WORDS = 32, LEARNED = 6 };

static const char *const codes[LANG_COUNT] = LANG_CODES;

bool lang_unnamed(const char *tag)
{
	static const char none[][4] = {"und", "mul", "mis", "zxx", "art"};
	size_t len = tag ? strcspn(tag, "-_") : 0;

	if (len == 0 || (len == 3 && (tag[0] | 32) == 'q' && (tag[1] | 32) <= 't')) /* qaa to qtz are of local use */
		return true;
	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		if (len == 3 && (tag[0] | 32) == none[i][0] && (tag[1] | 32) == none[i][1] && (tag[2] | 32) == none[i][2])
			return true;
	return false;
}

/* ---- Latin letters ---------------------------------------------------------------------------------------------- */

struct tally {
	int sum[LANG_COUNT];
	unsigned known; /* pieces that the table holds */
};

static void tally_piece(void *ctx, uint32_t hash, const uint32_t *letters, size_t count)
{
	struct tally *tally = ctx;
	uint32_t bucket = hash >> (32 - LANG_BUCKET_BITS);

	(void)letters;
	(void)count;
	for (unsigned i = lang_bucket[bucket]; i < lang_bucket[bucket + 1]; i++) {
		if (lang_rows[i].hash != hash)
			continue;
		tally->known++;
		for (size_t k = 0; k < LANG_COUNT; k++)
			tally->sum[k] += lang_rows[i].weight[k];
		return;
	}
}

static const char *latin_language(const struct tally *tally)
{
	size_t best = LANG_EN;
	int sure_by;

	if (tally->known == 0)
		return "und";
	for (size_t k = 0; k < LANG_COUNT; k++)
		if (tally->sum[k] + lang_bias[k] > tally->sum[best] + lang_bias[best])
			best = k;
	sure_by = best < LEARNED ? SURE_BY : SURE_BY_WORDS;
	if (tally->sum[best] + lang_bias[best] < tally->sum[LANG_EN] + lang_bias[LANG_EN] + sure_by)
		best = LANG_EN;
	return codes[best];
}

/* ---- other writing systems -------------------------------------------------------------------------------------- */

static const char *arabic_language(const struct lang_letters *letters)
{
	if (letters->urdu * 20 > letters->script[SCRIPT_ARABIC])
		return "ur";
	return letters->persian * 20 > letters->script[SCRIPT_ARABIC] ? "fa" : "ar";
}

static const char *cyrillic_language(const struct lang_letters *letters)
{
	if (letters->ukrainian > letters->russian)
		return "uk";
	if (letters->serbian > 0)
		return "sr";
	return letters->bulgarian > letters->russian ? "bg" : "ru";
}

static const char *script_language(enum lang_script script, const struct lang_letters *letters)
{
	static const char *const only[SCRIPT_COUNT] = {
		[SCRIPT_GREEK] = "el",	   [SCRIPT_ARMENIAN] = "hy",  [SCRIPT_HEBREW] = "he",	 [SCRIPT_DEVANAGARI] = "hi",
		[SCRIPT_BENGALI] = "bn",   [SCRIPT_GURMUKHI] = "pa",  [SCRIPT_GUJARATI] = "gu",	 [SCRIPT_ORIYA] = "or",
		[SCRIPT_TAMIL] = "ta",	   [SCRIPT_TELUGU] = "te",    [SCRIPT_KANNADA] = "kn",	 [SCRIPT_MALAYALAM] = "ml",
		[SCRIPT_SINHALA] = "si",   [SCRIPT_THAI] = "th",      [SCRIPT_LAO] = "lo",	 [SCRIPT_BURMESE] = "my",
		[SCRIPT_GEORGIAN] = "ka",  [SCRIPT_ETHIOPIC] = "am",  [SCRIPT_KHMER] = "km",	 [SCRIPT_HANGUL] = "ko",
		[SCRIPT_KANA] = "ja",	   [SCRIPT_OTHER] = "mis",
	};

	switch (script) {
	case SCRIPT_ARABIC:
		return arabic_language(letters);
	case SCRIPT_CYRILLIC:
		return cyrillic_language(letters);
	case SCRIPT_HAN: /* Japanese is seldom written without a syllable */
		return letters->script[SCRIPT_KANA] * 10 > letters->script[SCRIPT_HAN] ? "ja" : "zh";
	default:
		return only[script];
	}
}

/*
 * The writing system of most letters other than Latin, if it outweighs the Latin ones: names of products are Latin in
 * all languages, and a letter of these stands for more than one of ours.
 */
static enum lang_script main_script(const struct lang_letters *letters)
{
	enum lang_script most = SCRIPT_GREEK;
	unsigned weight;

	for (int i = SCRIPT_GREEK; i < SCRIPT_COUNT; i++)
		if (letters->script[i] > letters->script[most])
			most = (enum lang_script)i;
	weight = most == SCRIPT_HAN || most == SCRIPT_KANA || most == SCRIPT_HANGUL ? 4 : 2;
	return letters->script[most] * weight > letters->script[SCRIPT_LATIN] ? most : SCRIPT_LATIN;
}

const char *lang_identify(const char *text, size_t len)
{
	struct lang_letters letters;
	struct tally tally = {0};
	enum lang_script script;

	lang_pieces(text, len, &letters, tally_piece, &tally);
	script = main_script(&letters);
	return script == SCRIPT_LATIN ? latin_language(&tally) : script_language(script, &letters);
}
