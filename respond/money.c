/*
 * money.c - sums of money and percentages in a text.
 *
 * A number is money when a currency stands right before or behind it: $20, 20 EUR, £1,234.50, 1.234,50 €, US$ 5, ten
 * euros. Which of , and . divides thousands is read from the number itself: the last one followed by one or two figures
 * is the decimal sign; one followed by three figures divides thousands.
 */
#include "respond/money.h"

#include <string.h>
#include <strings.h>

#include "attr.h"

#define DIGITS_MAX 15

static const char *const signs[] = {"$", "€", "£", "¥", "₹", "₺", "₩", "₽", "zł", "Kč"};
/* Whole words; plural and all. "pound" is money: nobody is offered a weight. */
static const char *const words[] = {
	"usd",   "eur",    "gbp",    "chf",   "cad",    "aud",     "nzd",   "sek",   "nok",    "dkk",
	"pln",   "czk",    "jpy",    "inr",   "brl",    "mxn",     "euro",  "euros", "dollar", "dollars",
	"pound", "pounds", "quid",   "franc", "francs", "franken", "peso",  "pesos", "dólar",  "dólares",
	"reais", "libra",  "libras", "livre", "livres", "pfund",   "bucks", "yen",   "kr",
};
static const struct {
	const char *word;
	double value;
} spelled[] = {
	{"five", 5},       {"ten", 10},    {"fifteen", 15},   {"twenty", 20}, {"twenty-five", 25}, {"thirty", 30},
	{"forty", 40},     {"fifty", 50},  {"hundred", 100},  {"zehn", 10},   {"zwanzig", 20},     {"fünfzig", 50},
	{"diez", 10},      {"veinte", 20}, {"cincuenta", 50}, {"cien", 100},  {"dix", 10},         {"vingt", 20},
	{"cinquante", 50}, {"cent", 100},  {"dez", 10},       {"vinte", 20},  {"cinquenta", 50},   {"cem", 100},
	{"dieci", 10},     {"venti", 20},  {"cinquanta", 50}, {"cento", 100},
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0xc3;
}

/* Length of the white space at s: blanks, no-break spaces, at most two. */
static size_t space_at(const char *s, size_t len)
{
	size_t used = 0;

	for (int i = 0; i < 2 && used < len; i++) {
		if (s[used] == ' ' || s[used] == '-')
			used++;
		else if (len - used >= 2 && memcmp(s + used, "\xc2\xa0", 2) == 0)
			used += 2;
		else if (len - used >= 3 && memcmp(s + used, "\xe2\x80\xaf", 3) == 0)
			used += 3;
		else
			break;
	}
	return used;
}

/* ---- numbers ---- */

/* A divider between two groups of figures: 1, 2 or 3 bytes; 0 none. */
static size_t divider_at(const char *s, size_t len)
{
	if (len > 1 && strchr(",.' ", s[0]) != NULL && s[0] != '\0' && is_digit(s[1]))
		return 1;
	if (len > 2 && memcmp(s, "\xc2\xa0", 2) == 0 && is_digit(s[2]))
		return 2;
	if (len > 3 && (memcmp(s, "\xe2\x80\xaf", 3) == 0 || memcmp(s, "\xe2\x80\x99", 3) == 0) && is_digit(s[3]))
		return 3;
	return 0;
}

static size_t digits_at(const char *s, size_t len)
{
	size_t used = 0;

	while (used < len && is_digit(s[used]))
		used++;
	return used;
}

/* Length of the number at s (which begins with a figure); 0: too long for a sum. */
static size_t number_at(const char *s, size_t len, double *value_r)
{
	size_t used = digits_at(s, len), figures = used, divider;
	double value = 0, part = .1;

	for (size_t i = 0; i < used; i++)
		value = value * 10 + (s[i] - '0');
	while ((divider = divider_at(s + used, len - used)) > 0) {
		size_t group = digits_at(s + used + divider, len - used - divider);

		if (group == 3 && figures <= DIGITS_MAX) {
			for (size_t i = 0; i < 3; i++)
				value = value * 10 + (s[used + divider + i] - '0');
		} else if (group <= 2 && (s[used] == ',' || s[used] == '.')) {
			for (size_t i = 0; i < group; i++, part /= 10)
				value += part * (s[used + divider + i] - '0');
			used += divider + group;
			break;
		} else {
			break;
		}
		used += divider + group;
		figures += group;
	}
	if (figures > DIGITS_MAX)
		return 0;
	/* "10,- €" */
	if (used + 1 < len && (s[used] == ',' || s[used] == '.') && s[used + 1] == '-')
		used += 2;
	*value_r = value;
	return used;
}

/* ---- currencies ---- */

static bool word_is(const char *s, size_t len, const char *word)
{
	size_t size = strlen(word);

	return len >= size && strncasecmp(s, word, size) == 0 && (len == size || !is_letter(s[size]));
}

/* Length of the currency that begins at s; 0 none. */
static size_t currency_at(const char *s, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(signs); i++) {
		size_t size = strlen(signs[i]);

		if (len >= size && memcmp(s, signs[i], size) == 0)
			return size;
	}
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (word_is(s, len, words[i]))
			return strlen(words[i]);
	if (word_is(s, len, "us$") || word_is(s, len, "au$") || word_is(s, len, "ca$"))
		return 3;
	return 0;
}

/* Length of the currency that ends right before text[at], spaces included, the longest ("US$", not "$"); 0 none. */
static size_t currency_before(const char *text, size_t at)
{
	size_t longest = 0;

	for (size_t back = 1; back <= 10 && back <= at; back++) {
		const char *s = text + at - back;
		size_t size = currency_at(s, back);

		/* a word must be whole: "feur 10" is none */
		if (size == 0 || size + space_at(s + size, back - size) != back ||
		    (is_letter(*s) && back < at && is_letter(s[-1])))
			continue;
		longest = back;
	}
	return longest;
}

static size_t percent_at(const char *s, size_t len)
{
	if (len > 0 && *s == '%')
		return 1;
	if (word_is(s, len, "percent") || word_is(s, len, "prozent"))
		return 7;
	if (word_is(s, len, "por cento") || word_is(s, len, "per cento"))
		return 9;
	return word_is(s, len, "per cent") ? 8 : 0;
}

/* ---- both ---- */

/* What follows the number that ends at text[end]. */
static bool unit_behind(const char *text, size_t len, struct money *money)
{
	size_t space = space_at(text + money->end, len - money->end), from = money->end + space, size;

	size = percent_at(text + from, len - from);
	money->percent = size > 0;
	if (size == 0)
		size = currency_at(text + from, len - from);
	if (size > 0)
		money->end = from + size;
	return size > 0;
}

static size_t spelled_at(const char *text, size_t len, size_t at, double *value_r)
{
	if (!is_letter(text[at]) || (at > 0 && is_letter(text[at - 1])))
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(spelled); i++) {
		if (!word_is(text + at, len - at, spelled[i].word))
			continue;
		*value_r = spelled[i].value;
		return strlen(spelled[i].word);
	}
	return 0;
}

/* A number in figures or in a word at text[at], with its currency. */
static bool money_at(const char *text, size_t len, size_t at, size_t from, struct money *money)
{
	bool figures = is_digit(text[at]);
	size_t used =
		figures ? number_at(text + at, len - at, &money->value) : spelled_at(text, len, at, &money->value);
	size_t before;

	if (used == 0)
		return false;
	money->start = at;
	money->end = at + used;
	money->percent = false;
	before = figures ? currency_before(text, at) : 0;
	if (before > 0 && at - before >= from) {
		money->start = at - before;
		return true;
	}
	return unit_behind(text, len, money);
}

bool money_next(const char *text, size_t len, size_t *at, struct money *money_r)
{
	size_t from = *at;

	for (size_t i = from; i < len; i++) {
		struct money money;

		/* inside a word or a longer number: "A10", "1234567890123456" */
		if (is_digit(text[i]) && i > from && (is_digit(text[i - 1]) || text[i - 1] == '_'))
			continue;
		if (!is_digit(text[i]) && !is_letter(text[i]))
			continue;
		if (money_at(text, len, i, from, &money)) {
			*money_r = money;
			*at = money.end;
			return true;
		}
	}
	*at = len;
	return false;
}
