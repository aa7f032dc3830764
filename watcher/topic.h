/*
 * topic.h - what makes two complaints the same problem; and words in a text.
 */
#ifndef TOPIC_H
#define TOPIC_H

#include "arena.h"
#include "error.h"
#include "verdict.h"

/*
 * "delivery:parcel": the cause and the thing the customer speaks of, or else the place, in lower case, singular,
 * without article. The cause alone says too little: in a day's posts of a whole trade hundreds "cannot log in" somewhere.
 * *topic_r NULL: nothing that could be shared.
 */
enum err topic_of(struct arena *arena, const struct verdict *verdict, const char **topic_r,
		  struct error *e_r) MUST_CHECK;
/* Does the word (or phrase) stand in the text as a whole word, whatever the case? Both valid UTF-8. */
bool word_in_text(const char *text, const char *word);

#endif
