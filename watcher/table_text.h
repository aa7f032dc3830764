/*
 * table_text.h - texts for tables on a terminal: cut to a width, one line, ages in words.
 */
#ifndef TABLE_TEXT_H
#define TABLE_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* Columns of the terminal on standard output; 160 when it is none. */
int table_width(void);
/* Prints text (valid UTF-8; NULL: nothing) in exactly `columns`, cut with "…" or filled with blanks; line breaks become
 * blanks, other control characters '?'. */
void table_cell(const char *text, int columns);
/* The same without filling, for the last column. */
void table_last(const char *text, int columns);
/* Prints text with `indent` blanks before each line, wrapped between words at the terminal's width (100 at most). */
void table_paragraph(const char *text, int indent);
/* "3m", "2h", "5d" since then. */
void table_age(int64_t then_s, int64_t now_s, char *out, size_t size);

#endif
