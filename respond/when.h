/*
 * when.h - words of time in a reply of ours ("by Thursday", "in zwei Werktagen"), as the moment they are over.
 */
#ifndef RESPOND_WHEN_H
#define RESPOND_WHEN_H

#include <stdbool.h>
#include <stddef.h>

#include "office.h"

enum when_kind {
	WHEN_DATE,     /* "Thursday", "3 December", "the end of the week", "5 pm tomorrow" */
	WHEN_DURATION, /* "two working days", "the next 24 hours" */
};

/*
 * The end of what the words say, seen from now_s; 0 when they say no time, or one that is past. Languages en de es
 * fr it pt (another is read as English).
 *
 * A day ends when the office closes; one on which it is closed ends with the last closing time before (nobody could
 * keep the promise later), or at midnight when that is past. A span of hours that ends outside the opening hours is
 * treated alike; a time of day that was named is taken as it is.
 */
int64_t when_ends(enum when_kind kind, const char *words, size_t len, const char *lang, int64_t now_s,
		  const struct office *office);

/* Names for promises and for reading them; index 0: Monday, January. Another language: English. */
const char *when_weekday(const char *lang, int index);
const char *when_month(const char *lang, int index);
/* Does a month's name stand at s? ("3. Dezember" is no end of a sentence.) */
bool when_is_month(const char *lang, const char *s, size_t len);

#endif
