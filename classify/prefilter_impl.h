/*
 * prefilter_impl.h - the prefilter as prefilter.c makes it and prefilter_scan.c reads it.
 */
#ifndef PREFILTER_IMPL_H
#define PREFILTER_IMPL_H

#include <string.h>

#include "classify/prefilter.h"

#define GROUPS 64
#define GROUP_BYTES 3
#define HINT_BITS 14

/* What a literal means for a pattern. */
struct use {
	uint32_t pattern;
	bool required;	 /* else: the pattern may begin where the literal begins */
	bool word_start; /* no letter, digit or _ of ASCII may stand before it */
	bool word_end;	 /* nor behind it */
};

struct known {
	char text[LITERAL_MAX]; /* zeros behind the last byte */
	unsigned char len;
	uint32_t use; /* its first; those of the next literal follow */
};

/* Literals in order of their bytes, so that those with the same first four bytes (zeros behind) are neighbours. */
struct prefilter {
	/*
	 * By byte, for the first three bytes: in which groups of literals it is at home. Short literals of a group are
	 * content with any byte behind them.
	 */
	uint64_t groups[GROUP_BYTES][NORMAL_BYTES];
	unsigned char lengths[NORMAL_BYTES]; /* by first byte: bits of the lengths that literals have, up to FOUR */
	uint64_t hints[1u << (HINT_BITS - 6)]; /* hashes of literals' first four bytes, zeros behind shorter ones */
	struct known *literals; /* and one behind the last, of no length */
	size_t literal_count;
	uint32_t *slots; /* 1 + index of the first literal with the same first four bytes; 0 none */
	unsigned shift;	 /* of prefilter_hash(), to the number of a slot */
	struct use *uses;
	size_t use_count;
	bool *requires; /* by pattern */
	struct word_index *words; /* patterns that are made of words */
};

#define FOUR 4 /* bytes by which literals are looked up; shorter ones by all they have */

static inline uint32_t four_bytes(const void *bytes)
{
	uint32_t four;

	memcpy(&four, bytes, sizeof four);
	return four;
}

static inline uint32_t prefilter_hash(uint32_t four)
{
	return (four ^ four >> 15) * 0x85EBCA6Bu;
}

#endif
