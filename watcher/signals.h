/*
 * signals.h - the signals of a process that stays, read as data (signalfd): no handlers, no globals.
 */
#ifndef SIGNALS_H
#define SIGNALS_H

#include <stdbool.h>

#include "error.h"

struct signals {
	int fd;                   /* readable when a signal waits; for poll and http_run */
	bool stop, reload, child; /* seen since they were last cleared by the caller */
};

/* Blocks SIGTERM, SIGINT, SIGHUP (and SIGCHLD) in this thread and those it starts. */
enum err signals_open(struct signals *signals, bool children, struct error *e_r) MUST_CHECK;
void signals_close(struct signals *signals);
/* Takes what waits; does not block. */
void signals_take(struct signals *signals);
/* Waits at most timeout_ms for a signal, then takes it. */
void signals_wait(struct signals *signals, int timeout_ms);
/* In a forked child, before exec: signals as a new program expects them. */
void signals_reset(void);

#endif
