/*
 * office.h - when people are at work: opening hours, days and holidays, in the machine's time zone (TZ). Pure.
 *
 * A day's opening time is counted in real seconds between its two wall-clock times: where a change of clocks falls
 * between them, that day is an hour shorter or longer. An office without days is never closed; its days end at
 * midnight. One that would be closed for ten years is taken for such.
 */
#ifndef OFFICE_H
#define OFFICE_H

#include <stddef.h>
#include <stdint.h>

struct office {
	int open_min, close_min;       /* minutes after midnight, open < close: 540, 1020; at most 1440 */
	unsigned days;		       /* bit 0 Monday ... bit 6 Sunday */
	const char *const *holidays;   /* "2026-12-25" or every year "12-25"; NULL-terminated; NULL none */
};

/* Is somebody there at that time? */
int office_open(const struct office *office, int64_t at_s);
/*
 * The time at which `seconds` of opening time have passed since from_s; 0: from_s. Negative: the time from which on
 * they had passed by from_s. Office without days: never closed.
 */
int64_t office_add(const struct office *office, int64_t from_s, int64_t seconds);
/* The end (closing time) of the opening day `days` opening days after the one of from_s; 0: today's, or the next day's
 * when closed already. (At closing time itself it is still today's.) */
int64_t office_day_end(const struct office *office, int64_t from_s, int days);
/* The latest closing time at or before at_s, but after from_s; 0: none. An office that never closes: at_s. */
int64_t office_last_end(const struct office *office, int64_t from_s, int64_t at_s);

#endif
