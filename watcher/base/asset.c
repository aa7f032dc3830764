/*
 * asset.c - files built into the program (see include/asset.h). The table itself is assembled by the Makefile
 * from the files' names in the order of LC_ALL=C sort, so that a name is found by halving.
 */
#include "asset.h"

#include <string.h>
#include <xxhash.h>

extern const struct asset asset_table[];
extern const uint64_t asset_table_count;

/* Index of the first asset whose name is not before `name`. */
static size_t lower_bound(const char *name)
{
	size_t low = 0, high = asset_table_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(asset_table[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct asset *asset_find(const char *name)
{
	size_t at = lower_bound(name);

	return at < asset_table_count && strcmp(asset_table[at].name, name) == 0 ? &asset_table[at] : NULL;
}

const struct asset *asset_next(const char *prefix, const struct asset *last)
{
	size_t at = last == NULL ? lower_bound(prefix) : (size_t)(last - asset_table) + 1;

	return at < asset_table_count && strncmp(asset_table[at].name, prefix, strlen(prefix)) == 0 ? &asset_table[at]
												     : NULL;
}

uint64_t asset_hash(const struct asset *asset)
{
	return XXH3_64bits(asset->data, asset->len);
}
