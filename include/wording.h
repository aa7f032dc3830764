/*
 * wording.h - the words of a text, as the fitted member of the classifier sees them. Pure.
 *
 * A text becomes tokens, tokens become pieces ("grams"): one, two or three words in a row, and inside longer words
 * runs of letters. A piece is known by a 64-bit hash of its written form; the written form is what the weights files
 * of classify/rules/weights/ hold:
 *   no reply       words, small letters, one space between
 *   ~less_         a run of letters of one word; _ is the word's edge, ~ marks the kind
 * Special words: "@" a name, "http" a link, "0" a number, "!" "?" "!!" "??" "?!" "..." as they are, ":)" ":(" smileys
 * by mood, an emoji itself. Letters thrice or more in a row count twice; '&amp;' and its kin are decoded.
 */
#ifndef WORDING_H
#define WORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WORDING_TOKENS_MAX 1000 /* of a text; what follows is not read */
#define WORDING_WORDS 3		/* longest piece in words */
#define WORDING_RUN_MIN 4	/* letters of a run, word edges counted */
#define WORDING_RUN_MAX 5
#define WORDING_PIECE_MAX 96	/* bytes of a written piece */

struct token {
	uint64_t hash;
	uint32_t start, end;   /* bytes of the text */
	uint32_t folded, size; /* its written form in wording.folded */
	bool word;	       /* letters, not a sign or number */
};

/* One text's tokens; memory is kept from text to text. */
struct wording {
	struct token *tokens;
	size_t count;
	char *folded; /* written forms, one after the other, each between two '_' */
	size_t len, size;
};

struct gram {
	uint64_t hash;
	uint32_t start, end; /* bytes of the text */
	uint32_t first, words; /* tokens; words 0: a run of letters inside token `first` */
	uint32_t folded, size; /* runs: where in wording.folded */
};

/* Valid UTF-8. false: no memory. */
bool wording_read(struct wording *wording, const char *text, size_t len);
void wording_done(struct wording *wording);
/* The pieces of a text, each time it occurs: the next one into *gram (zeroed before the first call); false: no more. */
bool wording_next(const struct wording *wording, struct gram *gram);
/* The same without runs of letters. */
bool wording_next_words(const struct wording *wording, struct gram *gram);
/* The written form of a piece, NUL-terminated, into out; false: too long. */
bool wording_write(const struct wording *wording, const struct gram *gram, char out[WORDING_PIECE_MAX]);
/* The hash of a piece of words (0: none yet) and one more word, by that word's hash. */
static inline uint64_t wording_join(uint64_t hash, uint64_t word)
{
	hash = (hash + word) * 0x9E3779B97F4A7C15u;
	return hash ^ hash >> 29;
}
/* The hash of a written form of `len` bytes. */
uint64_t wording_hash(const char *piece, size_t len);

#endif
