/*
 * place.h - from which list a complaint was opened, so that Back and Next lead through that one. For the files of this
 * room only.
 *
 * The list's filter stands in the complaint's address and in those of its forms, beside `at`, what the list sorted the
 * complaint by: it stays where it was in the list although approving, judging or closing it moves it.
 */
#ifndef DESK_PLACE_H
#define DESK_PLACE_H

#include "list_filter.h"

/* The complaint's address in this list. In the arena. */
const char *place_link(struct exchange *x, const struct list_filter *filter, const struct complaint_row *row);
/*
 * Of a complaint's page: back_href, back_words (which list, when not the usual one), next_href (absent: it was the
 * last), and place, the query that its forms add to their addresses.
 */
void place_add(struct exchange *x, const struct complaint_row *row, struct json_object *page);
/* Where to go after a form of complaint x->id: its page in the same list, which says once what was done. */
const char *place_done(struct exchange *x, const char *word);

#endif
