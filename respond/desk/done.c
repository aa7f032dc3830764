/*
 * done.c - "Approved.", said once: not again when the page is loaded anew or come back to.
 *
 * The address after a change is PAGE?done=WORD.NUMBER. The number is remembered here until the page is asked for, and
 * never taken twice; so no link of another site can say either that something was done. It is lost with a restart of
 * the desk: then the page merely does not say it.
 */
#include "done.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "exchange.h"

const char *done_link(struct exchange *x, const char *path, const char *word)
{
	struct done *done = &x->desk->done;
	uint64_t number;

	do {
		randombytes_buf(&number, sizeof(number));
	} while (number == 0);
	done->waiting[done->next] = number;
	done->next = (done->next + 1) % DONE_KEPT;
	return arena_printf(x->arena, "%s%cdone=%s.%016llx", path, strchr(path, '?') ? '&' : '?', word,
			    (unsigned long long)number);
}

const char *done_take(struct exchange *x)
{
	struct done *done = &x->desk->done;
	const char *asked = exchange_query(x, "done"), *dot = asked ? strchr(asked, '.') : NULL;
	uint64_t number = dot ? strtoull(dot + 1, NULL, 16) : 0;

	for (size_t i = 0; number && i < DONE_KEPT; i++) {
		if (done->waiting[i] != number)
			continue;
		done->waiting[i] = 0;
		return arena_strndup(x->arena, asked, (size_t)(dot - asked));
	}
	return NULL;
}
