/*
 * queue_print.h - complaints for `amends queue`: as a table, in full, as JSON.
 */
#ifndef QUEUE_PRINT_H
#define QUEUE_PRINT_H

#include <json-c/json.h>

#include "queue.h"

/* A complaint and all that belongs to it, in an arena. */
struct complaint_detail {
	struct complaint_row row;
	struct post_row *posts;
	size_t post_count;
	struct audit_row *audit;
	size_t audit_count;
};

void queue_print_table(const struct complaint_row *rows, size_t count, int64_t now_s);
void queue_print_detail(const struct complaint_detail *detail, int64_t now_s);
/* Why complaints were closed without a reply, and how often. */
void queue_print_reasons(const struct reason_count *rows, size_t count);
/* New references; NULL when memory is exhausted. */
struct json_object *complaint_to_json(const struct complaint_row *row);
struct json_object *detail_to_json(const struct complaint_detail *detail);
struct json_object *reasons_to_json(const struct reason_count *rows, size_t count);

#endif
