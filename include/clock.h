/*
 * clock.h - time: UTC seconds for what is stored, monotonic milliseconds for timers.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* Seconds since 1970-01-01T00:00:00Z. */
int64_t clock_now_s(void);
/* Milliseconds on a clock that never goes back. */
int64_t clock_mono_ms(void);
/* Tests: from now on clock_now_s() answers now_s and clock_mono_ms() mono_ms; (-1, -1) ends it. */
void clock_fake(int64_t now_s, int64_t mono_ms);

#define CLOCK_TEXT_SIZE 21 /* "2026-11-21T20:00:00Z" and NUL */
/* Writes RFC 3339 UTC into out. Years 0000..9999. */
void clock_format(int64_t time_s, char out[CLOCK_TEXT_SIZE]);
/* RFC 3339 with Z or any offset (also "+0000" without colon, a blank for T, fractions: cut).
 * 1 and *time_s_r set, or 0 when the text is no such time (untouched). */
int clock_parse(const char *text, int64_t *time_s_r);

#endif
