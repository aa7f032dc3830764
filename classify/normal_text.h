/*
 * normal_text.h - the reading text: a post as pcre2 sees it, with the way back to the bytes that were posted.
 *
 * People write one thing in many spellings (it&#39;s, it’s, IT'S; soooo; #WorstServiceEver). Rules should not have to
 * list them, so a text is first made plain; README.md of this folder lists what changes and why. Every byte of the
 * reading text stands for bytes of the original, and what is shown to people is always the original.
 */
#ifndef NORMAL_TEXT_H
#define NORMAL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longer texts are read as they are (a post has 64 KiB at most); a reading is at most 5 times as long as its text. */
#define READING_TEXT_MAX (16u << 20)
#define EMOJI_WORD_MAX 16 /* bytes of ":heart:" and its like, the NUL included */

/* A stretch of the reading text. */
struct reading_piece {
	uint32_t at;   /* where it begins in the reading text; it ends where the next begins */
	uint32_t from; /* where it begins in the original */
	uint32_t to;   /* 0: copied byte by byte; else it stands, as a whole, for the original's bytes up to here */
};

struct reading {
	const char *text; /* valid UTF-8 as the original; points into the original when that is all it takes */
	size_t len;
	size_t skipped; /* bytes of leading @names, left out; without pieces: text is the original from here on */
	const struct reading_piece *pieces;
	size_t piece_count; /* 0: nothing was changed behind the leading names */

	/* what follows is memory, kept from text to text */
	char *bytes;
	size_t size;
	struct reading_piece *piece_room;
	size_t piece_size;
};

/*
 * Reads valid UTF-8. The result lives until the next call or reading_done(), and no longer than the text. Start with
 * a zeroed struct. false: no memory. A text without anything to change costs one look at each byte.
 */
bool reading_make(struct reading *reading, const char *text, size_t len);
void reading_done(struct reading *reading);

/*
 * The bytes of the original behind [start, end) of the reading text, start < end: whole sequences, never a part of an
 * entity, an emoji or a character.
 */
void reading_range(const struct reading *reading, size_t start, size_t end, size_t *from_r, size_t *to_r);

/* Decodes the entities of a text in place; it can only become shorter. What a person would see, otherwise unchanged. */
void reading_decode_entities(char *text);

/* The word for an emoji (":angry:"), NULL when it has none. */
const char *emoji_word(uint32_t character);

#endif
