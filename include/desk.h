/*
 * desk.h - the web desk and JSON API (libmicrohttpd), served from the store alone.
 */
#ifndef DESK_H
#define DESK_H

#include "queue.h"

struct desk;

struct desk_options {
	struct store *store; /* the desk's own connection; used by the server's one thread only */
	const struct settings *settings;
	const struct ruleset *rules;	  /* to show what a rule means; may be NULL */
	const struct ruleset *tone_rules;
	const struct ruleset *offer_rules; /* what replies offer and promise; NULL: approvals open no promises */
	const struct templates *templates;
};

/* Binds and starts serving on its own thread. *port_r: the port bound. */
enum err desk_start(const struct desk_options *options, struct desk **desk_r, int *port_r, struct error *e_r) MUST_CHECK;
void desk_stop(struct desk **desk);
/* Call every half second or so: wakes live-update streams when the store changed. */
void desk_tick(struct desk *desk);
/*
 * When no account exists yet: writes the first-start link (with a one-time token, stored hashed) into out.
 * 1 written, 0 accounts exist, -1 error.
 */
int desk_first_link(struct desk *desk, char *out, size_t size, struct error *e_r);

#endif
