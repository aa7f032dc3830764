/*
 * loop.h - the two processes that stay, and the one that starts them.
 */
#ifndef LOOP_H
#define LOOP_H

#include "program.h"

struct loop_options {
	const char *config; /* NULL: amends.yaml here */
	const char *store;  /* NULL: the configuration's */
	int port;           /* -1: the configuration's */
	bool demo;
};

/* Each runs until SIGTERM or SIGINT and returns an exit code. SIGHUP reads the configuration again. */
int watch_main(const struct loop_options *options); /* fetch and send; has the tokens */
int desk_main(const struct loop_options *options);  /* serve people; has none */
int run_main(const struct loop_options *options);   /* start both, and start again what crashed */

#endif
