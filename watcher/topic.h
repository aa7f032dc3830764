/*
 * topic.h - what makes two complaints the same problem; and words in a text.
 */
#ifndef TOPIC_H
#define TOPIC_H

#include "arena.h"
#include "error.h"
#include "verdict.h"

/*
 * "access:login" where rules that hit name a matter (`topic: login`), whatever words and language the customer has: the
 * first in the text whose cause is the verdict's, or else one of another cause that a second rule agrees with (then with
 * its cause: which of two causes weighs more is near chance where causes are not fitted). Where none does,
 * "delivery:parcel": the cause and the thing the customer speaks of, or else the place, in lower case, singular, without
 * article. The cause alone says too little: in a day's posts of a whole trade hundreds are "quality".
 * *topic_r NULL: nothing that could be shared.
 */
enum err topic_of(struct arena *arena, const struct verdict *verdict, const char **topic_r,
		  struct error *e_r) MUST_CHECK;
/* Does the word (or phrase) stand in the text as a whole word, whatever the case? Both valid UTF-8. */
bool word_in_text(const char *text, const char *word);

#endif
