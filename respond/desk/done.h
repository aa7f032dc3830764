/*
 * done.h - what was just done, said once on the page that follows. For the files of this room only.
 */
#ifndef DESK_DONE_H
#define DESK_DONE_H

#include <stdint.h>

#define DONE_KEPT 64 /* more at a time than people press buttons in the same moment */

struct exchange;

/* Redirects that nobody has followed yet, the oldest overwritten first; 0: none. Zeroed at start. */
struct done {
	uint64_t waiting[DONE_KEPT];
	unsigned next;
};

/* path (which may have a query) with done=WORD added, good for one look. In the arena; NULL: memory exhausted. */
const char *done_link(struct exchange *x, const char *path, const char *word);
/* The word of the request's address when nobody has looked at it before; NULL otherwise. */
const char *done_take(struct exchange *x);

#endif
