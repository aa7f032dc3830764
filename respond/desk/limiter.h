/*
 * limiter.h - slows down guessing of passwords: per name and for all names together, in memory.
 */
#ifndef DESK_LIMITER_H
#define DESK_LIMITER_H

#include <stdint.h>

struct limiter;

struct limiter *limiter_new(void); /* NULL: memory */
void limiter_free(struct limiter **limiter);
/* Seconds to wait before the next attempt for this name may be looked at; 0: now. Counts nothing. */
int limiter_wait_s(const struct limiter *limiter, const char *name, int64_t now_ms);
/* An attempt is made (it costs 65 ms of Argon2id): takes one from the common allowance. */
void limiter_attempt(struct limiter *limiter, int64_t now_ms);
void limiter_failed(struct limiter *limiter, const char *name, int64_t now_ms);
void limiter_succeeded(struct limiter *limiter, const char *name);

#endif
