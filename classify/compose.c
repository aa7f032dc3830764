/*
 * compose.c - see compose.h. Every look around a hit has a bound in bytes, so that no text makes it slow.
 */
#include <string.h>

#include "attr.h"
#include "classify/compose.h"

#define WORD_BYTES 40     /* more of them on average are no words */
#define SENTENCE_MAX 2000 /* bytes between two places that may be of one sentence */
#define NEGATION_MAX 24   /* bytes of a negation word, at most */

static bool is_word(char c)
{
	unsigned char u = (unsigned char)c;

	return (u >= '0' && u <= '9') || ((u | 0x20) >= 'a' && (u | 0x20) <= 'z') || u == '_' || u == '\'' || u >= 0x80;
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Does a sentence end at byte `at`? */
static bool sentence_ends(const char *text, size_t at, size_t len)
{
	char c = text[at];

	return c == '\n' || ((c == '.' || c == '!' || c == '?') && (at + 1 == len || is_space(text[at + 1])));
}

/* Swaps them if needed so that a begins first. */
static void in_order(struct span *a, struct span *b)
{
	struct span first = *b;

	if (a->start <= b->start)
		return;
	*b = *a;
	*a = first;
}

bool spans_near(const char *text, struct span a, struct span b, unsigned words)
{
	bool inside = true, counts = false; /* in a word; one that began between the two */
	unsigned count = 0;

	in_order(&a, &b);
	if (b.start <= a.end)
		return true;
	if (b.start - a.end > (size_t)(words + 1) * WORD_BYTES)
		return false;
	inside = is_word(text[a.end - 1]);
	for (size_t at = a.end; at < b.start; at++) {
		bool word = is_word(text[at]);

		if (word && !inside)
			counts = true;
		else if (!word && counts) {
			count++;
			counts = false;
		}
		inside = word;
	}
	return count <= words; /* a word that reaches b is a part of it */
}

bool spans_in_sentence(const char *text, size_t len, struct span a, struct span b)
{
	in_order(&a, &b);
	if (b.start <= a.end)
		return true;
	if (b.start - a.end > SENTENCE_MAX)
		return false;
	for (size_t at = a.end - 1; at < b.start; at++)
		if (sentence_ends(text, at, len))
			return false;
	return true;
}

/* ---- negation --------------------------------------------------------------------------------------------------- */

/* '*' stands for any letters, at one end of a word. */
static const char *const english[] = {"not",   "never", "no",    "without", "cannot", "*n't",    "dont", "doesnt",
				      "didnt", "isnt",  "wasnt", "wont",    "cant",   "couldnt", NULL};
static const char *const german[] = {"nicht", "kein*", "nie", "niemals", "ohne", NULL};
static const char *const spanish[] = {"no", "nunca", "sin", "jam\xC3\xA1s", "ni", NULL};
static const char *const french[] = {"ne", "n'*", "pas", "jamais", "sans", NULL};
static const char *const portuguese[] = {"n\xC3\xA3o", "nao", "nunca", "sem", "jamais", NULL};
static const char *const italian[] = {"non", "mai", "senza", NULL};

static const struct {
	const char *lang;
	const char *const *words;
} languages[] = {
	{"en", english}, {"de", german}, {"es", spanish}, {"fr", french}, {"pt", portuguese}, {"it", italian},
};

const char *const *negation_words(const char *lang)
{
	for (size_t i = 0; lang && i < ARRAY_LEN(languages); i++)
		if (strcmp(languages[i].lang, lang) == 0)
			return languages[i].words;
	return NULL;
}

/* A word in small letters; of those beyond ASCII only the first of Latin's, which the lists hold. */
static void fold_word(const char *word, size_t len, char *out)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)word[i];
		bool wide = i > 0 && (unsigned char)word[i - 1] == 0xC3 && c >= 0x80 && c <= 0x9E && c != 0x97;

		out[i] = (char)(wide || (c >= 'A' && c <= 'Z') ? c + 0x20 : c);
	}
	out[len] = '\0';
}

/* word: NUL-terminated, without any '*'. */
static bool word_is(const char *word, size_t len, const char *pattern)
{
	size_t at = 0;

	if (pattern[0] == '*') {
		size_t end = strlen(pattern + 1);

		return len >= end && memcmp(word + len - end, pattern + 1, end) == 0;
	}
	while (word[at] != '\0' && word[at] == pattern[at])
		at++;
	return pattern[at] == '*' || pattern[at] == word[at];
}

static bool is_negation(const char *text, size_t len, const char *const *words)
{
	char word[NEGATION_MAX + 1];

	if (len > NEGATION_MAX)
		return false;
	fold_word(text, len, word);
	for (; *words; words++)
		if (word_is(word, len, *words))
			return true;
	return false;
}

bool is_negated(const char *text, size_t at, const char *const *words)
{
	size_t first = at > (NEGATION_REACH + 1) * WORD_BYTES ? at - (NEGATION_REACH + 1) * WORD_BYTES : 0;

	while (at > first && is_word(text[at]) && is_word(text[at - 1])) /* the beginning of the word that was hit */
		at--;
	for (int n = 0; n < NEGATION_REACH; n++) {
		size_t end;

		while (at > first && !is_word(text[at - 1])) {
			at--;
			if (sentence_ends(text, at, at + 2)) /* what follows is known: at least the hit */
				return false;
		}
		end = at;
		while (at > first && is_word(text[at - 1]))
			at--;
		if (end == at)
			return false;
		if (is_negation(text + at, end - at, words))
			return true;
	}
	return false;
}
