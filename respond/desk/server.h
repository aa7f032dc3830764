/*
 * server.h - between libmicrohttpd and the handlers.
 */
#ifndef DESK_SERVER_H
#define DESK_SERVER_H

#include "exchange.h"

/* Answers a request that has wholly arrived: fills the exchange's answer, never fails. Needs desk->lock. */
void exchange_answer(struct exchange *x);
/* Makes the answer "something is wrong": a page in the usual frame, or JSON below /api/. */
void exchange_fail(struct exchange *x, enum err err, const char *sentence);

#endif
