/*
 * test_office.c - opening time, counted over nights, weekends, holidays and changes of clocks.
 *
 * Times are written as the people of the time zone would say them; 2026-09-21 is a Monday.
 */
#include "local_time.h"

#include "attr.h"
#include "office.h"

#define HOUR 3600
#define WEEKDAYS 0x1fu

static const char *const holidays[] = {"2026-12-24", "12-25", "01-01", NULL};
static const struct office nine_to_five = {.open_min = 540, .close_min = 1020, .days = WEEKDAYS, .holidays = holidays};
static const struct office always = {0};
static const struct office nights = {.open_min = 60, .close_min = 300, .days = 0x7f};
static const struct office saturdays = {.open_min = 600, .close_min = 840, .days = 0x20};
static const char *const every_day[] = {
	"2026-09-21",
	"2026-09-22",
	"2026-09-23",
	NULL,
};

static void is_at(int line, int64_t got_s, const char *want)
{
	char text[32];
	time_t time = (time_t)got_s;
	struct tm tm;

	if (got_s == at(want))
		return;
	assert_non_null(localtime_r(&time, &tm));
	assert_true(strftime(text, sizeof(text), "%F %R:%S", &tm) > 0);
	fail_msg("case of line %d: %s, not %s", line, text, want);
}

struct add_case {
	int line;
	const struct office *office;
	const char *from;
	int64_t seconds;
	const char *want;
};

static void run_adds(const struct add_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++)
		is_at(cases[i].line, office_add(cases[i].office, at(cases[i].from), cases[i].seconds), cases[i].want);
}

static void somebody_is_there_in_opening_hours_only(void **state)
{
	static const struct {
		int line;
		const struct office *office;
		const char *at;
		int open;
	} cases[] = {
		{__LINE__, &nine_to_five, "2026-09-21 09:00", 1}, {__LINE__, &nine_to_five, "2026-09-21 08:59", 0},
		{__LINE__, &nine_to_five, "2026-09-21 16:59", 1}, {__LINE__, &nine_to_five, "2026-09-21 17:00", 0},
		{__LINE__, &nine_to_five, "2026-09-25 12:00", 1}, {__LINE__, &nine_to_five, "2026-09-26 12:00", 0},
		{__LINE__, &nine_to_five, "2026-09-27 12:00", 0}, {__LINE__, &nine_to_five, "2026-12-24 12:00", 0},
		{__LINE__, &nine_to_five, "2027-12-24 12:00", 1}, {__LINE__, &nine_to_five, "2026-12-25 12:00", 0},
		{__LINE__, &nine_to_five, "2028-12-25 12:00", 0}, {__LINE__, &nine_to_five, "2027-01-01 12:00", 0},
		{__LINE__, &saturdays, "2026-09-26 10:00", 1},    {__LINE__, &saturdays, "2026-09-25 10:00", 0},
		{__LINE__, &always, "2026-12-25 03:00", 1},       {__LINE__, &nights, "2026-03-29 04:00", 1},
	};

	(void)state;
	zone(BERLIN);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (office_open(cases[i].office, at(cases[i].at)) != cases[i].open)
			fail_msg("case of line %d: %s", cases[i].line, cases[i].at);
}

static void opening_time_passes_over_nights_weekends_holidays_and_the_turn_of_the_year(void **state)
{
	static const struct add_case cases[] = {
		{__LINE__, &nine_to_five, "2026-09-21 10:00", HOUR, "2026-09-21 11:00"},
		{__LINE__, &nine_to_five, "2026-09-21 10:00", 0, "2026-09-21 10:00"},
		{__LINE__, &nine_to_five, "2026-09-21 03:00", 0, "2026-09-21 03:00"},
		{__LINE__, &nine_to_five, "2026-09-21 10:00", 7 * HOUR, "2026-09-21 17:00"},
		{__LINE__, &nine_to_five, "2026-09-21 10:00", 7 * HOUR + 60, "2026-09-22 09:01"},
		{__LINE__, &nine_to_five, "2026-09-21 10:00", 8 * HOUR, "2026-09-22 10:00"},
		{__LINE__, &nine_to_five, "2026-09-21 06:00", HOUR, "2026-09-21 10:00"},      /* before they open */
		{__LINE__, &nine_to_five, "2026-09-21 20:00", HOUR, "2026-09-22 10:00"},      /* closed now */
		{__LINE__, &nine_to_five, "2026-09-25 16:00", 2 * HOUR, "2026-09-28 10:00"},  /* a weekend */
		{__LINE__, &nine_to_five, "2026-09-26 12:00", HOUR, "2026-09-28 10:00"},      /* on one */
		{__LINE__, &nine_to_five, "2026-09-21 09:00", 40 * HOUR, "2026-09-25 17:00"}, /* a whole week */
		{__LINE__, &nine_to_five, "2026-09-21 09:00", 40 * HOUR + 60, "2026-09-28 09:01"},
		{__LINE__, &nine_to_five, "2026-12-23 16:00", 2 * HOUR,
		 "2026-12-28 10:00"}, /* two holidays, a weekend */
		{__LINE__, &nine_to_five, "2026-12-31 16:00", 2 * HOUR, "2027-01-04 10:00"}, /* the turn of the year */
		{__LINE__, &nine_to_five, "2027-12-31 16:00", 2 * HOUR, "2028-01-03 10:00"},
		{__LINE__, &nine_to_five, "2028-02-28 16:00", 2 * HOUR, "2028-02-29 10:00"}, /* a leap day */
		{__LINE__, &saturdays, "2026-09-26 13:00", 2 * HOUR, "2026-10-03 11:00"},
		{__LINE__, &always, "2026-12-24 20:00", 24 * HOUR, "2026-12-25 20:00"},
	};

	(void)state;
	zone(BERLIN);
	run_adds(cases, ARRAY_LEN(cases));
}

static void opening_time_is_counted_backwards_too(void **state)
{
	static const struct add_case cases[] = {
		{__LINE__, &nine_to_five, "2026-09-24 17:00", -8 * HOUR, "2026-09-24 09:00"},
		{__LINE__, &nine_to_five, "2026-09-24 17:00", -9 * HOUR, "2026-09-23 16:00"},
		{__LINE__, &nine_to_five, "2026-09-28 10:00", -2 * HOUR, "2026-09-25 16:00"},
		{__LINE__, &nine_to_five, "2026-09-27 10:00", -2 * HOUR, "2026-09-25 15:00"},
		{__LINE__, &nine_to_five, "2026-09-28 03:00", -2 * HOUR, "2026-09-25 15:00"},
		{__LINE__, &nine_to_five, "2026-09-28 20:00", -2 * HOUR, "2026-09-28 15:00"},
		{__LINE__, &nine_to_five, "2027-01-04 10:00", -2 * HOUR, "2026-12-31 16:00"},
		{__LINE__, &always, "2027-01-01 00:30", -HOUR, "2026-12-31 23:30"},
	};

	(void)state;
	zone(BERLIN);
	run_adds(cases, ARRAY_LEN(cases));
}

/* Berlin's clocks go forward on 2026-03-29 (2:00 to 3:00) and back on 2026-10-25 (3:00 to 2:00). */
static void a_change_of_clocks_makes_that_day_shorter_or_longer(void **state)
{
	static const struct add_case cases[] = {
		/* the offices of the day do not notice: nine o'clock stays nine o'clock */
		{__LINE__, &nine_to_five, "2026-03-27 16:00", 2 * HOUR, "2026-03-30 10:00"},
		{__LINE__, &nine_to_five, "2026-10-23 16:00", 2 * HOUR, "2026-10-26 10:00"},
		/* one to five: three hours long that night, five in autumn */
		{__LINE__, &nights, "2026-03-29 00:00", 3 * HOUR, "2026-03-29 05:00"},
		{__LINE__, &nights, "2026-03-29 00:00", 3 * HOUR + 60, "2026-03-30 01:01"},
		{__LINE__, &nights, "2026-10-25 00:00", 5 * HOUR, "2026-10-25 05:00"},
		{__LINE__, &nights, "2026-03-29 05:00", -3 * HOUR, "2026-03-29 01:00"},
		{__LINE__, &always, "2026-03-28 20:00", 24 * HOUR, "2026-03-29 21:00"},
	};

	(void)state;
	zone(BERLIN);
	run_adds(cases, ARRAY_LEN(cases));
	is_at(__LINE__, office_day_end(&nine_to_five, at("2026-03-28 12:00"), 0), "2026-03-30 17:00");
	is_at(__LINE__, office_day_end(&always, at("2026-03-29 12:00"), 0), "2026-03-30 00:00");
	is_at(__LINE__, office_day_end(&always, at("2026-10-24 23:59"), 1), "2026-10-26 00:00");
}

static void the_same_moment_is_another_hour_elsewhere(void **state)
{
	const int64_t noon_utc_s = 1789992000; /* Monday 2026-09-21 12:00 UTC */
	static const struct {
		const char *zone;
		int open;
	} cases[] = {{"UTC", 1},   {"EST5EDT,M3.2.0,M11.1.0", 0},     {"<-03>3", 1}, {"JST-9", 0}, {"<+0545>-5:45", 0},
		     {"EAT-3", 1}, {"NZST-12NZDT,M9.5.0,M4.1.0/3", 0}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		zone(cases[i].zone);
		if (office_open(&nine_to_five, noon_utc_s) != cases[i].open)
			fail_msg("%s", cases[i].zone);
	}
	zone("NZST-12NZDT,M9.5.0,M4.1.0/3"); /* its clocks go forward on 2026-09-27, in the southern spring */
	is_at(__LINE__, office_add(&nine_to_five, at("2026-09-25 16:00"), 2 * HOUR), "2026-09-28 10:00");
}

static void days_end_at_closing_time(void **state)
{
	static const struct {
		int line;
		const struct office *office;
		const char *from;
		int days;
		const char *want;
	} cases[] = {
		{__LINE__, &nine_to_five, "2026-09-21 10:00", 0, "2026-09-21 17:00"},
		{__LINE__, &nine_to_five, "2026-09-21 05:00", 0, "2026-09-21 17:00"},
		{__LINE__, &nine_to_five, "2026-09-21 17:00", 0, "2026-09-21 17:00"},
		{__LINE__, &nine_to_five, "2026-09-21 17:01", 0, "2026-09-22 17:00"}, /* closed already */
		{__LINE__, &nine_to_five, "2026-09-25 18:00", 0, "2026-09-28 17:00"},
		{__LINE__, &nine_to_five, "2026-09-26 18:00", 0, "2026-09-28 17:00"},
		{__LINE__, &nine_to_five, "2026-09-21 10:00", 1, "2026-09-22 17:00"},
		{__LINE__, &nine_to_five, "2026-09-24 10:00", 2, "2026-09-28 17:00"},
		{__LINE__, &nine_to_five, "2026-09-26 10:00", 2, "2026-09-30 17:00"},
		{__LINE__, &nine_to_five, "2026-12-23 10:00", 1, "2026-12-28 17:00"},
		{__LINE__, &nine_to_five, "2026-12-31 18:00", 0, "2027-01-04 17:00"},
		{__LINE__, &always, "2026-12-31 18:00", 0, "2027-01-01 00:00"},
		{__LINE__, &always, "2026-12-31 18:00", 2, "2027-01-03 00:00"},
	};

	(void)state;
	zone(BERLIN);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		is_at(cases[i].line, office_day_end(cases[i].office, at(cases[i].from), cases[i].days), cases[i].want);
}

static void the_last_closing_time_before_a_moment_is_found(void **state)
{
	(void)state;
	zone(BERLIN);
	is_at(__LINE__, office_last_end(&nine_to_five, at("2026-09-24 10:00"), at("2026-09-27 12:00")),
	      "2026-09-25 17:00");
	is_at(__LINE__, office_last_end(&nine_to_five, at("2026-09-24 10:00"), at("2026-09-25 17:00")),
	      "2026-09-25 17:00");
	is_at(__LINE__, office_last_end(&nine_to_five, at("2026-09-24 10:00"), at("2026-09-25 16:59")),
	      "2026-09-24 17:00");
	is_at(__LINE__, office_last_end(&always, at("2026-09-24 10:00"), at("2026-09-25 16:59")), "2026-09-25 16:59");
	assert_int_equal(office_last_end(&nine_to_five, at("2026-09-25 17:00"), at("2026-09-27 12:00")), 0);
	assert_int_equal(office_last_end(&nine_to_five, at("2026-09-26 10:00"), at("2026-09-27 12:00")), 0);
}

static void odd_offices_end(void **state)
{
	static const char *const all_year[] = {"09-21", NULL};
	struct office odd = {.open_min = 0, .close_min = 1440, .days = 1, .holidays = all_year};

	(void)state;
	zone("UTC");
	is_at(__LINE__, office_add(&odd, at("2026-09-20 12:00"), HOUR), "2026-09-28 01:00");
	is_at(__LINE__, office_day_end(&odd, at("2026-09-28 12:00"), 0), "2026-09-29 00:00");
	odd = (struct office){.open_min = 1020, .close_min = 540, .days = 0x7f, .holidays = every_day};
	is_at(__LINE__, office_add(&odd, at("2026-09-20 12:00"), HOUR),
	      "2026-09-20 13:00"); /* never open: taken for always */
	is_at(__LINE__, office_day_end(&odd, at("2026-09-20 12:00"), 0), "2026-09-21 00:00");
	assert_false(office_open(&odd, at("2026-09-20 12:00")));
	(void)office_add(&nine_to_five, INT64_MAX / 2, HOUR); /* no time of any calendar: no crash */
	(void)office_day_end(&nine_to_five, INT64_MIN / 2, 3);
}

/* There and back again: what was added can be taken away, from any moment of two years. */
static void adding_and_taking_away_agree(void **state)
{
	int64_t from_s;

	(void)state;
	zone(BERLIN);
	from_s = at("2026-01-02 09:00");
	for (int i = 0; i < 4000; i++) {
		int64_t seconds = 1 + (int64_t)i * 97 % (30 * HOUR);
		int64_t there_s = office_add(&nine_to_five, from_s, seconds);

		assert_true(there_s > from_s);
		if (office_open(&nine_to_five, from_s))
			assert_int_equal(office_add(&nine_to_five, there_s, -seconds), from_s);
		assert_true(office_day_end(&nine_to_five, there_s, 0) >= there_s);
		from_s += 15017;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(somebody_is_there_in_opening_hours_only),
		cmocka_unit_test(opening_time_passes_over_nights_weekends_holidays_and_the_turn_of_the_year),
		cmocka_unit_test(opening_time_is_counted_backwards_too),
		cmocka_unit_test(a_change_of_clocks_makes_that_day_shorter_or_longer),
		cmocka_unit_test(the_same_moment_is_another_hour_elsewhere),
		cmocka_unit_test(days_end_at_closing_time),
		cmocka_unit_test(the_last_closing_time_before_a_moment_is_found),
		cmocka_unit_test(odd_offices_end),
		cmocka_unit_test(adding_and_taking_away_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
