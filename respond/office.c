/*
 * office.c - when people are at work.
 *
 * All of it walks over calendar days. A day is known by its noon, which every time zone has, and its opening and
 * closing time are asked of mktime() for that date: so a change of clocks needs no special case, and nothing here ever
 * adds 86,400 seconds to find tomorrow.
 */
#include "office.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define DAYS_SEARCHED 3660 /* closed for ten years: taken for an office without days */

struct day {
	struct tm noon;
	int64_t open_s, close_s; /* open_s == close_s: closed all day */
};

static int64_t local_s(const struct tm *date, int minutes)
{
	struct tm tm = {.tm_year = date->tm_year,
			.tm_mon = date->tm_mon,
			.tm_mday = date->tm_mday,
			.tm_hour = minutes / 60,
			.tm_min = minutes % 60,
			.tm_isdst = -1};

	return (int64_t)mktime(&tm);
}

static bool is_holiday(const struct office *office, const struct tm *date)
{
	char text[40];

	(void)snprintf(text, sizeof(text), "%04d-%02d-%02d", date->tm_year + 1900, date->tm_mon + 1, date->tm_mday);
	for (size_t i = 0; office->holidays != NULL && office->holidays[i] != NULL; i++)
		if (strcmp(office->holidays[i], text) == 0 || strcmp(office->holidays[i], text + 5) == 0)
			return true;
	return false;
}

static void day_fill(const struct office *office, struct day *day)
{
	int monday_first = (day->noon.tm_wday + 6) % 7;

	if (office->days == 0) {
		day->open_s = local_s(&day->noon, 0);
		day->close_s = local_s(&day->noon, 24 * 60);
		return;
	}
	day->open_s = local_s(&day->noon, office->open_min);
	day->close_s = local_s(&day->noon, office->close_min);
	if ((office->days >> monday_first & 1) == 0 || is_holiday(office, &day->noon) || day->close_s < day->open_s)
		day->close_s = day->open_s;
}

/* The day of at_s; false: no time of this calendar. */
static bool day_of(const struct office *office, int64_t at_s, struct day *day_r)
{
	time_t at = (time_t)at_s;
	struct tm tm;

	if (localtime_r(&at, &tm) == NULL)
		return false;
	tm.tm_hour = 12;
	tm.tm_min = tm.tm_sec = 0;
	tm.tm_isdst = -1;
	(void)mktime(&tm);
	day_r->noon = tm;
	day_fill(office, day_r);
	return true;
}

static void day_move(const struct office *office, struct day *day, int by)
{
	day->noon.tm_mday += by;
	day->noon.tm_hour = 12;
	day->noon.tm_isdst = -1;
	(void)mktime(&day->noon);
	day_fill(office, day);
}

static bool is_open_day(const struct day *day)
{
	return day->close_s > day->open_s;
}

int office_open(const struct office *office, int64_t at_s)
{
	struct day day;

	if (office->days == 0)
		return 1;
	return day_of(office, at_s, &day) && at_s >= day.open_s && at_s < day.close_s;
}

static int64_t add_forward(const struct office *office, struct day *day, int64_t from_s, int64_t seconds)
{
	int64_t left = seconds;

	for (int closed = 0; closed < DAYS_SEARCHED; day_move(office, day, 1)) {
		int64_t start_s = from_s > day->open_s ? from_s : day->open_s;

		closed = is_open_day(day) ? 0 : closed + 1;
		if (start_s >= day->close_s)
			continue;
		if (left <= day->close_s - start_s)
			return start_s + left;
		left -= day->close_s - start_s;
	}
	return from_s + seconds;
}

static int64_t add_backward(const struct office *office, struct day *day, int64_t from_s, int64_t seconds)
{
	int64_t left = seconds;

	for (int closed = 0; closed < DAYS_SEARCHED; day_move(office, day, -1)) {
		int64_t end_s = from_s < day->close_s ? from_s : day->close_s;

		closed = is_open_day(day) ? 0 : closed + 1;
		if (end_s <= day->open_s)
			continue;
		if (left <= end_s - day->open_s)
			return end_s - left;
		left -= end_s - day->open_s;
	}
	return from_s - seconds;
}

int64_t office_add(const struct office *office, int64_t from_s, int64_t seconds)
{
	struct day day;

	if (seconds == 0 || office->days == 0 || !day_of(office, from_s, &day))
		return from_s + seconds;
	return seconds > 0 ? add_forward(office, &day, from_s, seconds) : add_backward(office, &day, from_s, -seconds);
}

int64_t office_day_end(const struct office *office, int64_t from_s, int days)
{
	const struct office always = {0};
	struct day day;

	if (!day_of(office, from_s, &day))
		return from_s;
	for (int closed = 0; closed < DAYS_SEARCHED; day_move(office, &day, 1)) {
		closed = is_open_day(&day) ? 0 : closed + 1;
		if (is_open_day(&day) && from_s <= day.close_s && days-- <= 0)
			return day.close_s;
	}
	return office->days == 0 ? from_s : office_day_end(&always, from_s, days);
}

int64_t office_last_end(const struct office *office, int64_t from_s, int64_t at_s)
{
	struct day day;

	if (office->days == 0)
		return at_s;
	if (!day_of(office, at_s, &day))
		return 0;
	for (int i = 0; i < DAYS_SEARCHED && day.close_s > from_s; i++, day_move(office, &day, -1))
		if (is_open_day(&day) && day.close_s <= at_s)
			return day.close_s;
	return 0;
}
