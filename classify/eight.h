/*
 * eight.h - eight characters of a text in one number, and what can be said of each of them at once.
 */
#ifndef EIGHT_H
#define EIGHT_H

#include <stdint.h>

/* The byte, eight times. */
#define EIGHT(byte) ((byte) * (uint64_t)0x0101010101010101)

/* The highest bit of each byte that is not below `least`, which is 1 to 128; no byte has that bit set before. */
static inline uint64_t eight_from(uint64_t bytes, unsigned least)
{
	return (bytes + EIGHT(0x80u - least)) & EIGHT(0x80u);
}

/* The highest bit of each byte from `first` to `last`; likewise. */
static inline uint64_t eight_between(uint64_t bytes, unsigned first, unsigned last)
{
	return eight_from(bytes, first) ^ eight_from(bytes, last + 1);
}

#endif
