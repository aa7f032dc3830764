/*
 * mustache_node.h - what the template compiler hands to the renderer; known to these two files only.
 *
 * A template is a list of units (itself, then each partial once), a unit a flat array of nodes in the order of
 * the text. A section is followed by its inside and knows the node behind it, so no tree of pointers is needed.
 */
#ifndef RESPOND_MUSTACHE_NODE_H
#define RESPOND_MUSTACHE_NODE_H

#include <stdbool.h>
#include <stddef.h>

#include "mustache.h"

#define MUSTACHE_DEPTH_MAX 16         /* sections in one unit; partials in each other */
#define MUSTACHE_SIZE_MAX (1u << 20)  /* bytes of one unit's text */
#define MUSTACHE_UNITS_MAX 256        /* partials of one template */
#define MUSTACHE_NAME_MAX 96          /* bytes of a name */
#define MUSTACHE_STEPS_MAX (4u << 20) /* nodes one rendering may visit: stops partials that multiply each other */

enum node_kind { NODE_TEXT, NODE_VARIABLE, NODE_TRUSTED, NODE_SECTION, NODE_INVERTED, NODE_PARTIAL };

struct node {
	enum node_kind kind;
	bool line_start;  /* stands at the start of a line of its template: an indented partial indents here */
	bool alone;       /* partial: has its line for itself, its lines are indented as the tag was */
	unsigned parts;   /* of a name: so many NUL-terminated strings one behind the other in text; 0: "." */
	const char *text; /* text; name; a partial's indentation. Points into the unit's copy */
	size_t len;
	size_t end; /* section: index of the first node behind it; partial: index of its unit */
};

struct unit {
	char *name; /* for errors, and to find a partial again */
	char *text; /* our copy; names in it are cut apart by NULs */
	size_t len;
	struct node *nodes;
	size_t count, size;
};

struct mustache {
	enum mustache_mode mode;
	struct unit *units; /* [0] is the template itself */
	size_t count, size;
};

#endif
