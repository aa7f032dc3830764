/*
 * clock.c - time, and RFC 3339 in both directions (see include/clock.h).
 *
 * Dates by day count over the proleptic Gregorian calendar (H. Hinnant, "chrono-Compatible Low-Level Date
 * Algorithms", days_from_civil and civil_from_days): no time zone of the machine is involved.
 */
#include "clock.h"

#include <ctype.h>
#include <stdio.h>
#include <time.h>

static int64_t fake_now_s = -1, fake_mono_ms = -1;

void clock_fake(int64_t now_s, int64_t mono_ms)
{
	fake_now_s = now_s;
	fake_mono_ms = mono_ms;
}

int64_t clock_now_s(void)
{
	return fake_now_s >= 0 ? fake_now_s : (int64_t)time(NULL);
}

int64_t clock_mono_ms(void)
{
	struct timespec ts;

	if (fake_mono_ms >= 0)
		return fake_mono_ms;
	(void)clock_gettime(CLOCK_MONOTONIC, &ts); /* cannot fail: valid clock, valid pointer */
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int64_t days_from_civil(int64_t year, int month, int day)
{
	int64_t era, year_of_era, day_of_year, day_of_era;

	year -= month <= 2;
	era = (year >= 0 ? year : year - 399) / 400;
	year_of_era = year - era * 400;
	day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
	return era * 146097 + day_of_era - 719468;
}

static void civil_from_days(int64_t days, int *year_r, int *month_r, int *day_r)
{
	int64_t era, day_of_era, year_of_era, day_of_year, shifted;

	days += 719468;
	era = (days >= 0 ? days : days - 146096) / 146097;
	day_of_era = days - era * 146097;
	year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	shifted = (5 * day_of_year + 2) / 153;
	*day_r = (int)(day_of_year - (153 * shifted + 2) / 5 + 1);
	*month_r = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
	*year_r = (int)(year_of_era + era * 400 + (*month_r <= 2));
}

void clock_format(int64_t time_s, char out[CLOCK_TEXT_SIZE])
{
	const int64_t first = -62167219200, last = 253402300799; /* 0000-01-01 and 9999-12-31T23:59:59 */
	int64_t days, rest;
	int year, month, day;

	if (time_s < first)
		time_s = first;
	if (time_s > last)
		time_s = last;
	days = time_s / 86400;
	rest = time_s % 86400;
	if (rest < 0) {
		rest += 86400;
		days--;
	}
	civil_from_days(days, &year, &month, &day);
	/* The remainders only tell the compiler what the clamp above guarantees. */
	(void)snprintf(out, CLOCK_TEXT_SIZE, "%04u-%02u-%02uT%02u:%02u:%02uZ", (unsigned)year % 10000u,
		       (unsigned)month % 100u, (unsigned)day % 100u, (unsigned)(rest / 3600) % 100u,
		       (unsigned)(rest / 60 % 60), (unsigned)(rest % 60));
}

/* Exactly n digits at *p; moves *p. */
static int digits(const char **p, int n, int *value_r)
{
	int value = 0;

	for (int i = 0; i < n; i++) {
		if (!isdigit((unsigned char)(*p)[i]))
			return 0;
		value = value * 10 + ((*p)[i] - '0');
	}
	*p += n;
	*value_r = value;
	return 1;
}

static int literal(const char **p, char c)
{
	if (**p != c)
		return 0;
	(*p)++;
	return 1;
}

static int parse_offset(const char **p, int *offset_s_r)
{
	int sign, hours, minutes = 0;

	if (**p == 'Z' || **p == 'z') {
		(*p)++;
		*offset_s_r = 0;
		return 1;
	}
	if (**p != '+' && **p != '-')
		return 0;
	sign = **p == '-' ? -1 : 1;
	(*p)++;
	if (!digits(p, 2, &hours))
		return 0;
	if (**p == ':')
		(*p)++;
	if (**p != '\0' && !digits(p, 2, &minutes))
		return 0;
	if (hours > 23 || minutes > 59)
		return 0;
	*offset_s_r = sign * (hours * 3600 + minutes * 60);
	return 1;
}

static int days_in_month(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

int clock_parse(const char *text, int64_t *time_s_r)
{
	int year, month, day, hour, minute, second, offset_s;
	const char *p = text;

	if (!digits(&p, 4, &year) || !literal(&p, '-') || !digits(&p, 2, &month) || !literal(&p, '-') ||
	    !digits(&p, 2, &day))
		return 0;
	if (*p != 'T' && *p != 't' && *p != ' ')
		return 0;
	p++;
	if (!digits(&p, 2, &hour) || !literal(&p, ':') || !digits(&p, 2, &minute) || !literal(&p, ':') ||
	    !digits(&p, 2, &second))
		return 0;
	if (*p == '.' || *p == ',')
		do
			p++;
		while (isdigit((unsigned char)*p));
	if (!parse_offset(&p, &offset_s) || *p != '\0')
		return 0;
	if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month) || hour > 23 || minute > 59 ||
	    second > 60)
		return 0;
	*time_s_r = days_from_civil(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - offset_s;
	return 1;
}
