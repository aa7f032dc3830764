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
 * first in the text whose cause is the verdict's, or else one of another cause that a second rule agrees with (then
 * with its cause: which of two causes weighs more is near chance where causes are not fitted). Where none does, a
 * complaint that nobody can be reached is "reachability:phone", by the thing the customer speaks of, in lower case,
 * singular, without article. Of other causes a thing says too little: of ten pairs of customers with "quality:app" or
 * the like one has the same problem, and better none is counted than a wrong one (classify/README.md).
 * *topic_r NULL: nothing that could be shared.
 */
enum err topic_of(struct arena *arena, const struct verdict *verdict, const char **topic_r,
		  struct error *e_r) MUST_CHECK;
/* Does the word (or phrase) stand in the text as a whole word, whatever the case? Both valid UTF-8. */
bool word_in_text(const char *text, const char *word);

#endif
