/*
 * log.h - one line per event on standard error: `time level area message key=value ...`.
 *
 * Library folders (store, platform, classify, respond) return errors and log nothing; the program's
 * top level (loop, desk server, commands) logs once. Secrets and customers' texts are never logged.
 */
#ifndef LOG_H
#define LOG_H

#include "attr.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* "error" "warn" "info" "debug": 1 and *level_r; else 0. */
int log_level_from_name(const char *word, enum log_level *level_r);
void log_level_set(enum log_level most); /* default LOG_INFO */
void log_line(enum log_level level, const char *area, const char *fmt, ...) FORMAT(3, 4);

#endif
