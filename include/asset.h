/*
 * asset.h - files built into the program with .incbin: shipped rules, templates, the desk's pages,
 * styles and scripts, the demonstration's posts. The Makefile lists them; names are repository paths
 * ("classify/rules/en/request.yaml", "templates/desk/queue.html").
 */
#ifndef ASSET_H
#define ASSET_H

#include <stddef.h>
#include <stdint.h>

struct asset {
	const char *name;
	const char *data; /* len bytes, then a NUL */
	size_t len;
};

/* NULL when there is none of that name. */
const struct asset *asset_find(const char *name);
/* All assets whose name begins with prefix, in order of name: pass NULL first, then the last one. NULL at the end. */
const struct asset *asset_next(const char *prefix, const struct asset *last);
/* Content hash (XXH3 64), for ETag and digests. */
uint64_t asset_hash(const struct asset *asset);

#endif
