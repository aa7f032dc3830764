/*
 * errand.h - what the small commands around the queue share: options, workspace, and who acts at a terminal.
 */
#ifndef ERRAND_H
#define ERRAND_H

#include "jsonio.h"
#include "program.h"
#include "queue.h"

/* As typed; the letter is the `val` of its option. */
struct errand_options {
	const char *config, *store;         /* c, s */
	const char *brand, *state, *note;   /* b, t, n */
	const char *class, *cause, *urgency; /* k, u, h */
	bool json, demo, done, audit, list; /* j, d, D, a, l */
	int64_t id;                         /* the operand; 0 none */
};

#define ERRAND_COMMON                                                                                                  \
	{"config", required_argument, NULL, 'c'}, {"store", required_argument, NULL, 's'},                             \
		{"demo", no_argument, NULL, 'd'},                                                                      \
	{                                                                                                              \
		"json", no_argument, NULL, 'j'                                                                         \
	}

struct errand_desk {
	const char *name; /* "promise keep" */
	struct errand_options options;
	struct workspace workspace;
	struct arena *arena;
	struct queue queue; /* store and settings */
	struct actor actor;
	char actor_name[100];
};

/* Reads options, and an id where one is wanted. false: over, with *exit_r. */
bool errand_read(int argc, char **argv, const struct option *list, bool wants_id, struct errand_options *options,
		 int *exit_r);
/* The same, and opens the workspace. */
bool errand_begin(int argc, char **argv, const struct option *list, bool wants_id, struct errand_desk *errand,
		  int *exit_r);
/* Closes all; prints the error when err is not ERR_OK. Returns the exit code. */
int errand_finish(struct errand_desk *errand, enum err err, const struct error *error);
/* Prints and releases; ERR_NOMEM when it is NULL. */
enum err errand_print(struct json_object *object, struct error *e_r) MUST_CHECK;
/* A row as an object: a new reference; NULL when memory is exhausted. */
typedef struct json_object *row_to_json(const void *row);
/* `count` rows of `size` bytes each as an array of such objects: likewise. */
struct json_object *rows_to_json(const void *rows, size_t count, size_t size, row_to_json *to_json);
/* "2026-11-21T20:00:00Z" under that key; null for 0. */
bool errand_add_time(struct json_object *object, const char *key, int64_t time_s);
/* The account of this machine, who may write the database file and so may do everything. */
void terminal_actor(struct actor *actor, char *name, size_t size);

#endif
