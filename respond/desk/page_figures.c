/*
 * page_figures.c - figures to learn from: why replies were left out, and what became of each template's drafts.
 */
#include <stdlib.h>
#include <string.h>

#include "route.h"
#include "view.h"
#include "words.h"

#define DAYS_DEFAULT 90
#define DAYS_MAX 3660

static enum err read_days(const struct exchange *x, long *days_r, struct error *e_r)
{
	const char *text = exchange_query(x, "days");
	char *end;
	long days;

	*days_r = DAYS_DEFAULT;
	if (!text || !*text)
		return ERR_OK;
	days = strtol(text, &end, 10);
	if (*end || days < 1 || days > DAYS_MAX)
		return error_set(e_r, ERR_INVALID, "days: a number from 1 to %d", DAYS_MAX);
	*days_r = days;
	return ERR_OK;
}

static enum err add_reasons(struct exchange *x, long days, struct error *e_r)
{
	struct json_object *list = json_object_new_array();
	struct reason_count *rows;
	size_t count;
	enum err err;

	json_add(x->view, "reasons", list);
	err = store_reason_counts(x->desk->options.store, x->arena, x->now_s - days * 86400, &rows, &count, e_r);
	for (size_t i = 0; !err && i < count; i++) {
		struct json_object *view = json_object_new_object();

		json_add_str(view, "reason", rows[i].reason);
		json_add_int(view, "count", rows[i].count);
		if (!x->api) /* the first is the most frequent */
			json_add_str(
				view, "width",
				arena_printf(x->arena, "%.1f", 100.0 * (double)rows[i].count / (double)rows[0].count));
		json_object_array_add(list, view);
	}
	if (!err && !x->api)
		json_add_bool(view_page(x), "has_reasons", count > 0);
	return err;
}

static int by_drafts(const void *a, const void *b)
{
	const struct template_stat *first = a, *second = b;

	if (first->drafts != second->drafts)
		return first->drafts > second->drafts ? -1 : 1;
	return strcmp(first->template, second->template);
}

static enum err add_templates(struct exchange *x, struct error *e_r)
{
	struct json_object *list = json_object_new_array();
	struct template_stat *rows;
	size_t count;
	enum err err;

	json_add(x->view, "templates", list);
	err = store_template_stats(x->desk->options.store, x->arena, &rows, &count, e_r);
	if (err)
		return err;
	if (count > 1)
		qsort(rows, count, sizeof(*rows), by_drafts);
	for (size_t i = 0; i < count; i++) {
		int64_t used = rows[i].fate[FATE_APPROVED] + rows[i].fate[FATE_EDITED] + rows[i].fate[FATE_REJECTED];
		struct json_object *view = json_object_new_object();

		json_add_str(view, "template", rows[i].template);
		json_add_str(view, "lang", rows[i].lang);
		json_add_int(view, "drafts", rows[i].drafts);
		for (int f = 0; f < DRAFT_FATE_COUNT; f++)
			json_add_int(view, draft_fate_name((enum draft_fate)f), rows[i].fate[f]);
		if (!x->api && used > 0)
			json_add_str(view, "share",
				     arena_printf(x->arena, "%.0f %%",
						  100.0 * (double)rows[i].fate[FATE_APPROVED] / (double)used));
		json_object_array_add(list, view);
	}
	if (!x->api)
		json_add_bool(view_page(x), "has_templates", count > 0);
	return ERR_OK;
}

enum err figures_show(struct exchange *x, struct error *e_r)
{
	static const struct view_option spans[] = {
		{"7", "7 days"}, {"30", "30 days"}, {"90", "90 days"}, {"365", "a year"}};
	long days;
	enum err err = read_days(x, &days, e_r);

	if (err)
		return err;
	x->view = json_object_new_object();
	json_add_int(x->view, "days", days);
	if (!x->api) {
		json_add_str(view_page(x), "title", "Figures");
		json_add(view_page(x), "days_options",
			 view_options(spans, ARRAY_LEN(spans), arena_printf(x->arena, "%ld", days)));
	}
	err = add_reasons(x, days, e_r);
	return err ? err : add_templates(x, e_r);
}
