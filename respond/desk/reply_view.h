/*
 * reply_view.h - a reply as views: its check (length, tone, what it offers and promises, who may let it go) and how its
 * text came about.
 */
#ifndef DESK_REPLY_VIEW_H
#define DESK_REPLY_VIEW_H

#include "exchange.h"

/* Everything about a text meant as the complaint's reply, for the person of this request: openapi.json's Check. */
enum err reply_check_view(struct exchange *x, const struct complaint_row *row, const char *text,
			  struct json_object **view_r, struct error *e_r) MUST_CHECK;
/* Adds "draft", "versions" and "changes" to a complaint's view. */
enum err reply_add_text(struct exchange *x, const struct complaint_row *row, struct json_object *view,
			struct error *e_r) MUST_CHECK;

#endif
