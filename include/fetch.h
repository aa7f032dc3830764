/*
 * fetch.h - the watching half: polls all sources, sends approved replies, in one loop with one HTTP client.
 */
#ifndef FETCH_H
#define FETCH_H

#include "intake.h"

struct fetch;

enum err fetch_new(struct intake *intake, struct store *store, const struct settings *settings, struct fetch **fetch_r,
		   struct error *e_r) MUST_CHECK;
void fetch_free(struct fetch **fetch);
/* Runs what is due and waits at most timeout_ms, or for a byte on wake_fd. An error here is fatal (store gone);
 * trouble with one source is written to its row, logged once, and backed off. */
enum err fetch_step(struct fetch *fetch, int timeout_ms, int wake_fd, struct error *e_r) MUST_CHECK;

/*
 * Pause before the next try after `failures` failures in a row: 2^failures seconds from 2, at most 15 minutes, with
 * "full jitter" between half and whole (AWS architecture blog, "Exponential backoff and jitter"). random: 0..1.
 */
int64_t fetch_backoff_ms(int failures, double random);

#endif
