/*
 * table.c - the table of platforms. A new one is one line here (README.md).
 */
#include "watcher/platform/help.h"

#include <string.h>

static const struct platform *const platforms[] = {
	&platform_mastodon,
	&platform_replay,
};

const struct platform *platform_find(const char *name)
{
	for (size_t i = 0; name && i < ARRAY_LEN(platforms); i++) {
		if (strcmp(platforms[i]->name, name) == 0)
			return platforms[i];
	}
	return NULL;
}

const struct platform *platform_at(size_t index)
{
	return index < ARRAY_LEN(platforms) ? platforms[index] : NULL;
}
