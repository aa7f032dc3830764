/*
 * migrate.h - brings a database to the newest version; see schema.c for the texts.
 */
#ifndef STORE_MIGRATE_H
#define STORE_MIGRATE_H

#include <sqlite3.h>

#include "error.h"

#define MIGRATE_APPLICATION_ID 1634559332 /* "amed": what file(1) and we know our databases by */

extern const char *const migrate_texts[];
extern const int migrate_count;

/*
 * Refuses what is not ours (ERR_INVALID) and what is newer than `count` texts (ERR_UNSUPPORTED), before anything is
 * written. Then runs the missing texts in one BEGIN IMMEDIATE: all or none. `path` is for the sentences.
 */
enum err migrate_check(sqlite3 *db, const char *path, int count, struct error *e_r) MUST_CHECK;
enum err migrate_run(sqlite3 *db, const char *path, const char *const *texts, int count, struct error *e_r) MUST_CHECK;

#endif
