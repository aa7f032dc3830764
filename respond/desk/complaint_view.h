/*
 * complaint_view.h - complaints as views: the API's objects, with the words a page needs beside them.
 */
#ifndef DESK_COMPLAINT_VIEW_H
#define DESK_COMPLAINT_VIEW_H

#include "exchange.h"

/* One row of the queue: openapi.json's ComplaintBrief. */
struct json_object *complaint_brief(struct exchange *x, const struct complaint_row *row);
/* Everything about one complaint: openapi.json's Complaint; reads posts and audit from the store. */
enum err complaint_full(struct exchange *x, const struct complaint_row *row, struct json_object **view_r,
			struct error *e_r) MUST_CHECK;

#endif
