/*
 * words.c - the program's values in plain words, for pages. One place, so that the same thing has the same name on
 * every screen; the API keeps the short words of verdict.h and store.h.
 */
#include "words.h"

#include <string.h>
#include <time.h>

#include "clock.h"

#define FAILURES_FOR_PERSON 5

const char *class_label(enum class value)
{
	static const char *const labels[CLASS_COUNT] = {
		[CLASS_PROBLEM] = "Problem", [CLASS_VENT] = "Vent",         [CLASS_QUESTION] = "Question",
		[CLASS_PRAISE] = "Praise",   [CLASS_NOT_OURS] = "Not ours", [CLASS_OTHER] = "Other",
	};

	return value < CLASS_COUNT ? labels[value] : "Other";
}

const char *class_meaning(enum class value)
{
	static const char *const meanings[CLASS_COUNT] = {
		[CLASS_PROBLEM] = "Something can still be put right.",
		[CLASS_VENT] = "Frustration is expressed; nothing is asked for.",
		[CLASS_QUESTION] = "A question that wants an answer.",
		[CLASS_PRAISE] = "Kind words.",
		[CLASS_NOT_OURS] = "About somebody else, or not for us.",
		[CLASS_OTHER] = "Neither complaint, question nor praise.",
	};

	return value < CLASS_COUNT ? meanings[value] : "";
}

const char *cause_label(enum cause value)
{
	static const char *const labels[CAUSE_COUNT] = {
		[CAUSE_NONE] = "",
		[CAUSE_PROMISE] = "Promise",
		[CAUSE_ORDERING] = "Ordering",
		[CAUSE_ACCESS] = "Access",
		[CAUSE_AVAILABILITY] = "Availability",
		[CAUSE_DELIVERY] = "Delivery",
		[CAUSE_QUALITY] = "Quality",
		[CAUSE_EXPECTATION] = "Expectation",
		[CAUSE_DIRECTIONS] = "Directions",
		[CAUSE_BILLING] = "Billing",
		[CAUSE_VALUE] = "Value",
		[CAUSE_REMEDY] = "Remedy",
		[CAUSE_REACHABILITY] = "Reachability",
		[CAUSE_STAFF] = "Staff",
		[CAUSE_SAFETY] = "Safety",
		[CAUSE_OTHER] = "Other cause",
	};

	return value < CAUSE_COUNT ? labels[value] : "";
}

const char *state_label(enum complaint_state state)
{
	static const char *const labels[STATE_COUNT] = {
		[STATE_OPEN] = "Open",       [STATE_SUBMITTED] = "To approve", [STATE_APPROVED] = "Approved",
		[STATE_REPLIED] = "Replied", [STATE_CLOSED] = "No reply",
	};

	return state < STATE_COUNT ? labels[state] : "";
}

const char *severity_label(int severity)
{
	static const char *const labels[] = {"minor", "annoying", "serious", "grave"};

	return severity >= 1 && severity <= 4 ? labels[severity - 1] : "minor";
}

const char *urgency_label(int urgency)
{
	static const char *const labels[] = {"no hurry", "soon", "urgent"};

	return urgency >= 0 && urgency <= 2 ? labels[urgency] : "no hurry";
}

const char *sentiment_label(double sentiment)
{
	if (sentiment < -1.0 / 3)
		return "negative";
	return sentiment > 1.0 / 3 ? "positive" : "neutral";
}

const char *reach_word(int authors)
{
	if (authors <= 1)
		return "one";
	return authors < 6 ? "few" : "many";
}

const char *platform_label(const char *name)
{
	const struct platform *platform = platform_find(name);

	return platform && platform->title ? platform->title : name;
}

const char *lang_label(struct arena *arena, const char *code)
{
	static const char *const names[][2] = {
		{"ar", "Arabic"},   {"bg", "Bulgarian"},    {"ca", "Catalan"},    {"cs", "Czech"},
		{"da", "Danish"},   {"de", "German"},       {"el", "Greek"},      {"en", "English"},
		{"es", "Spanish"},  {"et", "Estonian"},     {"eu", "Basque"},     {"fa", "Persian"},
		{"fi", "Finnish"},  {"fr", "French"},       {"he", "Hebrew"},     {"hi", "Hindi"},
		{"hr", "Croatian"}, {"hu", "Hungarian"},    {"id", "Indonesian"}, {"it", "Italian"},
		{"ja", "Japanese"}, {"ko", "Korean"},       {"lt", "Lithuanian"}, {"lv", "Latvian"},
		{"nl", "Dutch"},    {"no", "Norwegian"},    {"nb", "Norwegian"},  {"nn", "Norwegian"},
		{"pl", "Polish"},   {"pt", "Portuguese"},   {"ro", "Romanian"},   {"ru", "Russian"},
		{"sk", "Slovak"},   {"sl", "Slovene"},      {"sr", "Serbian"},    {"sv", "Swedish"},
		{"th", "Thai"},     {"tr", "Turkish"},      {"uk", "Ukrainian"},  {"vi", "Vietnamese"},
		{"zh", "Chinese"},  {"mis", "this script"},
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (strcmp(names[i][0], code) == 0)
			return names[i][1];
	}
	return arena_printf(arena, "this language (%s)", code);
}

const char *age_text(struct arena *arena, int64_t at_s, int64_t now_s)
{
	int64_t age_s = now_s - at_s;

	if (at_s == 0)
		return "";
	if (age_s < 60)
		return "just now";
	if (age_s < 3600)
		return arena_printf(arena, "%lld min ago", (long long)(age_s / 60));
	if (age_s < 2 * 86400)
		return arena_printf(arena, "%lld h ago", (long long)(age_s / 3600));
	return arena_printf(arena, "%lld days ago", (long long)(age_s / 86400));
}

const char *time_text(struct arena *arena, int64_t at_s)
{
	char text[CLOCK_TEXT_SIZE];

	if (at_s == 0)
		return NULL;
	clock_format(at_s, text);
	return arena_strdup(arena, text);
}

static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
				     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

const char *day_text(struct arena *arena, int64_t at_s)
{
	time_t at = (time_t)at_s;
	struct tm day;

	if (!gmtime_r(&at, &day))
		return NULL;
	return arena_printf(arena, "%d %s", day.tm_mday, months[day.tm_mon]);
}

const char *span_text(struct arena *arena, int64_t left_s)
{
	const char *before = left_s < 0 ? "" : "in ", *behind = left_s < 0 ? " overdue" : "";
	long long s = left_s < 0 ? -(long long)left_s : (long long)left_s;

	if (s < 5400)
		return arena_printf(arena, "%s%lld min%s", before, (s + 59) / 60, behind);
	if (s < 2 * 86400)
		return arena_printf(arena, "%s%lld h%s", before, s / 3600, behind);
	return arena_printf(arena, "%s%lld days%s", before, s / 86400, behind);
}

const char *moment_text(struct arena *arena, int64_t at_s, int64_t now_s)
{
	static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	time_t at = (time_t)at_s, now = (time_t)now_s;
	struct tm day, today;

	if (at_s == 0 || !localtime_r(&at, &day) || !localtime_r(&now, &today))
		return NULL;
	if (day.tm_year != today.tm_year)
		return arena_printf(arena, "%s %d %s %d, %02d:%02d", days[day.tm_wday], day.tm_mday, months[day.tm_mon],
				    day.tm_year + 1900, day.tm_hour, day.tm_min);
	return arena_printf(arena, "%s %d %s, %02d:%02d", days[day.tm_wday], day.tm_mday, months[day.tm_mon],
			    day.tm_hour, day.tm_min);
}

const char *remedy_label(enum remedy remedy)
{
	static const char *const labels[REMEDY_COUNT] = {
		[REMEDY_APOLOGY] = "an apology", [REMEDY_REPLACEMENT] = "a replacement",
		[REMEDY_REFUND] = "a refund",    [REMEDY_DISCOUNT] = "a discount",
		[REMEDY_CREDIT] = "a credit",    [REMEDY_CALL_BACK] = "a call back",
	};

	return remedy < REMEDY_COUNT ? labels[remedy] : "a remedy";
}

const char *sentence_text(struct arena *arena, const char *text)
{
	char *copy = arena_strdup(arena, text);

	if (copy && copy[0] >= 'a' && copy[0] <= 'z')
		copy[0] = (char)(copy[0] - 'a' + 'A');
	return copy;
}

const char *safe_url(const char *url)
{
	if (!url || (strncmp(url, "https://", 8) != 0 && strncmp(url, "http://", 7) != 0))
		return NULL;
	return url;
}

bool source_needs_person(const struct source_row *row)
{
	if (strcmp(row->status, "auth") == 0)
		return true;
	return strcmp(row->status, "failing") == 0 && row->failures >= FAILURES_FOR_PERSON;
}
