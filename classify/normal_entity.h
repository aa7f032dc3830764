/*
 * normal_entity.h - the HTML entities that stand in posts: those of XML, the spaces, and numbers.
 */
#ifndef NORMAL_ENTITY_H
#define NORMAL_ENTITY_H

#include <stddef.h>
#include <stdint.h>

/*
 * The entity at the start of text: its bytes, and the character it stands for. 0: none, or one that stands for no
 * character that a text may have (NUL, control characters, surrogates).
 */
size_t entity_decode(const char *text, size_t len, uint32_t *character_r);
/* The character's UTF-8, up to 4 bytes, never more than its entity; returns how many. */
size_t entity_encode(uint32_t character, char *out);

#endif
