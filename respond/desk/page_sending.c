/*
 * page_sending.c - the switch that stops all sending, for one brand or for all, in every process at once.
 *
 * Whoever may answer can stop it; letting it go on takes an approver (queue_pause). Every page says so while it is off.
 */
#include <string.h>

#include "route.h"
#include "view.h"
#include "words.h"

static const struct pause_row *pause_find(const struct pause_row *rows, size_t count, const char *brand)
{
	for (size_t i = 0; i < count; i++) {
		bool all = rows[i].brand_id == 0;

		if (brand ? !all && rows[i].brand && strcmp(rows[i].brand, brand) == 0 : all)
			return &rows[i];
	}
	return NULL;
}

/* One switch of the page: brand NULL is all of them; all_off: that one stops this brand too. */
static void switch_add(struct exchange *x, struct json_object *list, const char *brand, const struct pause_row *pause,
		       bool all_off)
{
	struct json_object *view = json_object_new_object();

	json_add_str(view, "label", brand ? brand : "All brands");
	json_add_str(view, "brand", brand ? brand : "");
	json_add_bool(view, "off", pause != NULL);
	json_add_bool(view, "waits", !pause && all_off);
	if (pause) {
		json_add_str(view, "by", pause->by);
		json_add_str(view, "since", moment_text(x->arena, pause->at_s, x->now_s));
	}
	json_add_bool(view, "may", exchange_may(x, pause ? ROLE_APPROVER : ROLE_AGENT));
	json_object_array_add(list, view);
}

static void page_sending(struct exchange *x, const struct pause_row *rows, size_t count)
{
	const struct settings *settings = x->desk->options.settings;
	struct json_object *page = view_page(x), *list = json_object_new_array();
	const struct pause_row *all = pause_find(rows, count, NULL);
	const char *done = done_take(x);
	size_t waiting = 0;
	int64_t *ids;

	json_add_str(page, "title", "Sending");
	json_add(page, "switches", list);
	switch_add(x, list, NULL, all, false);
	for (size_t i = 0; settings->brand_count > 1 && i < settings->brand_count; i++)
		switch_add(x, list, settings->brands[i].name, pause_find(rows, count, settings->brands[i].name), all);
	if (store_outbox_in(x->desk->options.store, x->arena, OUTBOX_SCHEDULED, &ids, &waiting, NULL) == ERR_OK)
		json_add_str(page, "waiting",
			     waiting == 0   ? "No approved reply waits to be sent."
			     : waiting == 1 ? "One approved reply waits to be sent."
					    : arena_printf(x->arena, "%zu approved replies wait to be sent.", waiting));
	if (done && strcmp(done, "paused") == 0)
		json_add_str(page, "done", "Sending is paused. What was approved waits; nothing is lost.");
	else if (done && strcmp(done, "resumed") == 0)
		json_add_str(page, "done", "Sending goes on.");
}

enum err pauses_list(struct exchange *x, struct error *e_r)
{
	struct json_object *list = json_object_new_array();
	struct pause_row *rows;
	size_t count;
	enum err err = store_pause_list(x->desk->options.store, x->arena, &rows, &count, e_r);

	x->view = json_object_new_object();
	json_add(x->view, "pauses", list);
	if (err)
		return err;
	for (size_t i = 0; i < count; i++) {
		struct json_object *view = json_object_new_object();

		json_add_str(view, "brand", rows[i].brand);
		json_add_str(view, "by", rows[i].by);
		json_add_str(view, "at", time_text(x->arena, rows[i].at_s));
		json_object_array_add(list, view);
	}
	if (!x->api)
		page_sending(x, rows, count);
	return ERR_OK;
}

/* The store's number of a brand of the configuration; none: 0, all. */
static enum err brand_take(struct exchange *x, int64_t *brand_id_r, struct error *e_r)
{
	const char *brand = exchange_field(x, "brand");

	if (!brand || !*brand) {
		*brand_id_r = 0;
		return ERR_OK;
	}
	if (!settings_brand(x->desk->options.settings, brand))
		return error_set(e_r, ERR_INVALID, "brand: there is no brand \"%.60s\"", brand);
	return store_brand_put(x->desk->options.store, brand, brand_id_r, e_r);
}

enum err pauses_change(struct exchange *x, struct error *e_r)
{
	struct queue queue = exchange_queue(x);
	struct actor actor = exchange_actor(x);
	bool on = exchange_flag(x, "paused");
	int64_t brand_id;
	enum err err;

	if (x->json ? !json_get(x->json, "paused") : !exchange_field(x, "paused"))
		return error_set(e_r, ERR_INVALID, "paused is missing: true stops sending, false lets it go on");
	err = brand_take(x, &brand_id, e_r);
	if (!err)
		err = queue_pause(&queue, &actor, brand_id, on, e_r);
	if (err)
		return err;
	if (x->api)
		return pauses_list(x, e_r);
	x->location = done_link(x, "/sending", on ? "paused" : "resumed");
	return ERR_OK;
}
