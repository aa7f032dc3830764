/*
 * table_text.c - see table_text.h. Widths as terminals count them, by libunistring.
 */
#include "watcher/table_text.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <uniwidth.h>

#include "utf8.h"

int table_width(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
		return size.ws_col;
	return 160;
}

/* Prints as much as fits and returns the columns used. *end_r: all was printed. */
static int print_fitting(const char *text, int columns, bool *end_r)
{
	const char *end = text + strlen(text);
	int used = 0;

	while (text < end) {
		size_t len;
		uint32_t letter = utf8_decode(text, end, &len);
		int width = uc_width(letter, "UTF-8");

		if (letter < 0x20 || letter == 0x7f) {
			putchar(letter == '\n' || letter == '\t' ? ' ' : '?');
			width = 1;
		} else {
			if (used + (width > 0 ? width : 0) > columns)
				break;
			fwrite(text, 1, len, stdout);
		}
		used += width > 0 ? width : 0;
		text += len;
		if (used >= columns)
			break;
	}
	*end_r = text == end;
	return used;
}

static int width_of(const char *text)
{
	int width = u8_strwidth((const uint8_t *)text, "UTF-8");

	return width > 0 ? width : 0;
}

static int print_cut(const char *text, int columns)
{
	bool end;
	int used;

	if (text == NULL || columns <= 0)
		return 0;
	if (width_of(text) <= columns)
		return print_fitting(text, columns, &end);
	used = print_fitting(text, columns - 1, &end);
	fputs("\xe2\x80\xa6", stdout); /* … */
	return used + 1;
}

void table_cell(const char *text, int columns)
{
	int used = print_cut(text, columns);

	printf("%*s", columns > used ? columns - used : 0, "");
}

void table_last(const char *text, int columns)
{
	(void)print_cut(text, columns);
}

/* Bytes of the line that begins here: up to a line break, or to the last blank that fits. */
static size_t line_fitting(const char *text, int columns)
{
	const char *end = text + strlen(text), *at = text, *blank = NULL;
	int used = 0;

	while (at < end && *at != '\n') {
		size_t len;
		int width = uc_width(utf8_decode(at, end, &len), "UTF-8");

		used += width > 0 ? width : 0;
		if (used > columns)
			return (size_t)((blank ? blank : at) - text);
		if (*at == ' ')
			blank = at;
		at += len;
	}
	return (size_t)(at - text);
}

void table_paragraph(const char *text, int indent)
{
	int columns = table_width() > 100 ? 100 : table_width();

	for (const char *s = text ? text : ""; *s != '\0';) {
		size_t len = line_fitting(s, columns - indent);

		printf("%*s", indent, "");
		for (size_t i = 0; i < len; i++)
			putchar((unsigned char)s[i] < 0x20 || s[i] == 0x7f ? '?' : s[i]);
		putchar('\n');
		s += len;
		while (*s == ' ')
			s++;
		if (*s == '\n')
			s++;
	}
}

void table_age(int64_t then_s, int64_t now_s, char *out, size_t size)
{
	long long s = now_s > then_s ? (long long)(now_s - then_s) : 0;

	if (s < 60)
		snprintf(out, size, "%llds", s);
	else if (s < 3600)
		snprintf(out, size, "%lldm", s / 60);
	else if (s < 2 * 86400)
		snprintf(out, size, "%lldh", s / 3600);
	else
		snprintf(out, size, "%lldd", s / 86400);
}
