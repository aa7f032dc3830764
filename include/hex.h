/*
 * hex.h - the value of a hexadecimal digit, for every reader of escapes (\x41, \u0041, %41).
 */
#ifndef HEX_H
#define HEX_H

/* 0..15, or -1 when c is no hexadecimal digit. */
static inline int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

#endif
