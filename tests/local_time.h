/*
 * local_time.h - times as the people of a time zone would say them, for tests of when something falls due.
 */
#ifndef TESTS_LOCAL_TIME_H
#define TESTS_LOCAL_TIME_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

/* Written out, so that no time zone database is needed. */
#define BERLIN "CET-1CEST,M3.5.0,M10.5.0/3"

/* Puts the machine's clock into that zone. */
static inline void zone(const char *name)
{
	assert_int_equal(setenv("TZ", name, 1), 0);
	tzset();
}

/* "2026-09-21 17:30", on the machine's clock */
static inline int64_t at(const char *text)
{
	struct tm tm = {.tm_isdst = -1};

	if (sscanf(text, "%d-%d-%d %d:%d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour, &tm.tm_min) != 5)
		fail_msg("not a time: %s", text);
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	return (int64_t)mktime(&tm);
}

#endif
