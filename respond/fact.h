/*
 * fact.h - which of a customer's own words may be repeated in a public reply, and how.
 */
#ifndef RESPOND_FACT_H
#define RESPOND_FACT_H

#include "settings.h"
#include "verdict.h"

/* What a template may say of the customer's matter. References and amounts are not among it: they stay private. */
#define FACT_KINDS(X)                                                                                                  \
	X(FACT_THING, "thing")                                                                                         \
	X(FACT_PLACE, "place") X(FACT_DATE, "date") X(FACT_DURATION, "duration") X(FACT_OFTEN, "often")
#define FACT_ENUM(name, word) name,
enum fact_kind { FACT_KINDS(FACT_ENUM) FACT_KIND_COUNT };
#undef FACT_ENUM
int fact_kind_from_name(const char *word, enum fact_kind *kind_r); /* 1 found, 0 not */

/*
 * The fact's words made fit for the inside of our sentence ("My PARCEL" -> "parcel"), in arena; NULL when they had
 * better not be repeated: private (digits, addresses), insulting, vague, relative in time, too long; or when memory is
 * exhausted. text: the post, to see whether the words began a sentence; NULL unknown. lang: of the post.
 */
const char *fact_take(struct arena *arena, enum fact_kind kind, const struct fact *fact, const char *text,
		      const char *lang, const struct brand *brand);
/* First name to greet somebody by, in arena; NULL when the display name does not look like a person's. */
const char *fact_first_name(struct arena *arena, const char *display_name, const struct brand *brand);

#endif
