/*
 * normalise.h - a text as the prefilter sees it.
 *
 * One byte per character, so that literals can be compared without knowing Unicode, and folded so that every text in
 * which a caseless pcre2 pattern could find a literal has the literal's normalised bytes:
 *   ASCII              itself, letters small
 *   a run of \s        one space (\s as pcre2 understands it with PCRE2_UCP)
 *   U+017F, U+212A     's', 'k': the only characters beyond ASCII that equal an ASCII letter without case
 *                      (tests/test_prefilter.c asks pcre2 about every code point)
 *   signs and emoji    one of the bytes from NORMAL_SIGN on; these characters have no case, so that any byte will do
 *   everything else    NORMAL_OPAQUE
 */
#ifndef NORMALISE_H
#define NORMALISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NORMAL_OPAQUE 0x80
#define NORMAL_SIGN 0x81 /* to 0xFF */
#define NORMAL_BYTES 0x100
#define NORMAL_PADDING 16 /* so that many bytes can be read at once, wherever one begins */
#define NORMAL_TEXT_MAX (1u << 24) /* bytes of a text; offsets are 32 bits */

struct normal {
	unsigned char *bytes; /* NORMAL_PADDING zeros behind the last */
	uint32_t *offset; /* of each byte's first character in the text; offset[len] is the text's length */
	size_t len;
	size_t size; /* room in bytes and offset */
	bool odd_space; /* some white space is another character than a space */
};

/* Valid UTF-8 of at most NORMAL_TEXT_MAX bytes. Memory is kept from text to text. false: no memory. */
bool normalise(struct normal *normal, const char *text, size_t len);
void normal_done(struct normal *normal);
/* The byte for one character; ' ' for white space. */
unsigned char normal_byte(uint32_t character);

/* A letter, digit or _ of ASCII: between two of them there is no boundary, whatever stands around. */
static inline bool normal_word_byte(unsigned char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '_';
}

#endif
