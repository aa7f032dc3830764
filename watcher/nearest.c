/*
 * nearest.c - finds the known word closest to a mistyped command, option or name.
 *
 * Optimal string alignment distance with three rows; words here are short, so nothing cleverer is needed.
 */
#include "watcher/nearest.h"

#include <string.h>

enum { WORD_MAX = 63 };

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t nearest_distance(const char *a, const char *b)
{
	size_t rows[3][WORD_MAX + 1];
	size_t a_len = strlen(a), b_len = strlen(b);

	if (a_len > WORD_MAX || b_len > WORD_MAX)
		return 99;
	for (size_t j = 0; j <= b_len; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t *row = rows[i % 3];
		const size_t *above = rows[(i + 2) % 3], *two_above = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			size_t cost = a[i - 1] == b[j - 1] ? 0 : 1;

			row[j] = least(least(above[j] + 1, row[j - 1] + 1), above[j - 1] + cost);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = least(row[j], two_above[j - 2] + 1);
		}
	}
	return rows[a_len % 3][b_len];
}

const char *nearest_word(const char *word, nearest_at_fn *at, const void *ctx)
{
	size_t allowed = strlen(word) / 3;
	size_t best = 99;
	const char *found = NULL;

	allowed = allowed < 1 ? 1 : allowed > 3 ? 3 : allowed;
	for (size_t i = 0; at(ctx, i) != NULL; i++) {
		size_t distance = nearest_distance(word, at(ctx, i));

		if (distance < best) {
			best = distance;
			found = at(ctx, i);
		}
	}
	return best <= allowed ? found : NULL;
}
