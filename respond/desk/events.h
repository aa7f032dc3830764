/*
 * events.h - the open live-update streams (server-sent events).
 */
#ifndef DESK_EVENTS_H
#define DESK_EVENTS_H

#include "exchange.h"

#define EVENTS_STREAMS_MAX 64

struct events;

struct events *events_new(struct desk *desk); /* NULL: memory */
void events_free(struct events **events);     /* after the daemon has stopped */
/* Wakes every stream, so that it looks whether something changed. Any thread. */
void events_wake(struct events *events);
/* From now on every stream ends; wakes them all. */
void events_end(struct events *events);

#endif
