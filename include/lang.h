/*
 * lang.h - which language a text is written in, for posts whose platform does not say. Pure; allocates nothing.
 */
#ifndef LANG_H
#define LANG_H

#include <stdbool.h>
#include <stddef.h>

/* Does a platform's language tag name no language? NULL, "", "und", "mul", "zxx", "art", and the q.. tags of local use. */
bool lang_unnamed(const char *tag);

/*
 * The language of valid UTF-8 text as a constant two-letter code. "und": nothing in it tells (no letters, or only names,
 * addresses and the like). "mis": letters, but of a script that is not known here. Text in Latin letters that may as
 * well be English is "en". Looks at the beginning only (LANG_LETTERS_MAX letters): no text takes long.
 */
#define LANG_LETTERS_MAX 400
const char *lang_identify(const char *text, size_t len);

#endif
