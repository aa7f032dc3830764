/*
 * money.h - sums of money and percentages in a text.
 */
#ifndef RESPOND_MONEY_H
#define RESPOND_MONEY_H

#include <stdbool.h>
#include <stddef.h>

struct money {
	size_t start, end; /* bytes of the text, the currency's sign or word included */
	double value;	   /* 1234.5 for 1,234.50 and 1.234,50 */
	bool percent;	   /* "20 %": no money, but what a discount is measured in */
};

/* The next one at or behind *at, which moves behind it; false: none is left. Any bytes. */
bool money_next(const char *text, size_t len, size_t *at, struct money *money_r);

#endif
