/*
 * list_filter.h - which complaints a person wants to see, as the query of an address. For the files of this room only.
 */
#ifndef DESK_LIST_FILTER_H
#define DESK_LIST_FILTER_H

#include "buf.h"
#include "exchange.h"
#include "store.h"

#define LIST_LINK_MAX 8192 /* bytes of an address that carries a filter */

struct list_filter {
	struct complaint_query query;
	const char *state;         /* as asked: a state's word or "any" */
	const char *class, *cause; /* "" any */
	const char *after;         /* as asked: where the page begins; NULL: at the start */
};

/*
 * Reads state (open when missing, "any" for all), class, cause, brand, q (words), order, after and limit from the
 * request's query. What it keeps lives as long as the request. ERR_INVALID with a sentence.
 */
enum err list_filter_read(const struct exchange *x, struct list_filter *filter_r, struct error *e_r) MUST_CHECK;
/* Everything that is open, gravest first. */
struct list_filter list_filter_open(void);
/* Is anything but the state and the order asked for? */
bool list_filter_narrows(const struct list_filter *filter);
/* The filter of an address, without after: "" or "?state=..." is appended. Parts that are as usual are left out. */
void list_filter_put(struct buf *link, const struct list_filter *filter);
/* One more field of an address's query; nothing when there is no value. */
void list_filter_put_field(struct buf *link, const char *name, const char *value);
/* "To approve, problem, delivery, “kettle”": what a list shows, for a link to it. In the arena. */
const char *list_filter_words(struct arena *arena, const struct list_filter *filter);

const char *order_word(enum complaint_order order);
const char *order_label(enum complaint_order order);
const char *order_meaning(enum complaint_order order);

#endif
