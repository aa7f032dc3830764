/*
 * page_queue.c - the queue: what needs a person, gravest first, with filters, counts and keyset paging.
 *
 * GET / and GET /api/v1/complaints take the same query: state (open when missing, "any" for all), class, cause, brand,
 * q (words), order (priority | newest), after (opaque, from `next`), limit.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "complaint_view.h"
#include "route.h"
#include "view.h"
#include "words.h"

#define LIMIT_DEFAULT 50
#define LIMIT_MAX 200
#define WORDS_MAX 200

struct filter {
	struct complaint_query query;
	const char *state;         /* as asked: a state's word or "any" */
	const char *class, *cause; /* "" any */
};

/* ---- reading the query ---- */

static const char *query_or(const struct exchange *x, const char *name, const char *otherwise)
{
	const char *value = exchange_query(x, name);

	return value && *value ? value : otherwise;
}

static enum err read_enums(const struct exchange *x, struct filter *filter, struct error *e_r)
{
	enum complaint_state state;
	enum class class;
	enum cause cause;

	filter->state = query_or(x, "state", "open");
	filter->class = query_or(x, "class", "");
	filter->cause = query_or(x, "cause", "");
	if (strcmp(filter->state, "any") != 0) {
		if (!state_from_name(filter->state, &state))
			return error_set(e_r, ERR_INVALID, "state: there is no state \"%.40s\"", filter->state);
		filter->query.state = (int)state;
	}
	if (*filter->class) {
		if (!class_from_name(filter->class, &class))
			return error_set(e_r, ERR_INVALID, "class: there is no class \"%.40s\"", filter->class);
		filter->query.class = (int)class;
	}
	if (*filter->cause) {
		if (!cause_from_name(filter->cause, &cause))
			return error_set(e_r, ERR_INVALID, "cause: there is no cause \"%.40s\"", filter->cause);
		filter->query.cause = (int)cause;
	}
	return ERR_OK;
}

/* "KEY:ID" as complaint_list's next said. */
static enum err read_after(const struct exchange *x, struct complaint_query *query, struct error *e_r)
{
	const char *after = query_or(x, "after", NULL);
	long long key, id;
	char colon, rest;

	if (!after)
		return ERR_OK;
	if (strlen(after) > 40 || sscanf(after, "%lld%c%lld%c", &key, &colon, &id, &rest) != 3 || colon != ':' ||
	    id <= 0)
		return error_set(e_r, ERR_INVALID, "after: take it from the answer's next");
	query->after_key = key;
	query->after_id = id;
	return ERR_OK;
}

static enum err read_limit(const struct exchange *x, struct complaint_query *query, struct error *e_r)
{
	const char *limit = query_or(x, "limit", NULL);
	char *end;
	long value;

	query->limit = LIMIT_DEFAULT;
	if (!limit)
		return ERR_OK;
	value = strtol(limit, &end, 10);
	if (*end || value < 1 || value > LIMIT_MAX)
		return error_set(e_r, ERR_INVALID, "limit: a number from 1 to %d", LIMIT_MAX);
	query->limit = (int)value;
	return ERR_OK;
}

static enum err read_filter(const struct exchange *x, struct filter *filter, struct error *e_r)
{
	const char *order = query_or(x, "order", "priority");
	enum err err;

	*filter = (struct filter){.query = {.state = -1, .class = -1, .cause = -1}};
	filter->query.brand = query_or(x, "brand", NULL);
	filter->query.words = query_or(x, "q", NULL);
	filter->query.order = strcmp(order, "newest") == 0 ? ORDER_NEWEST : ORDER_PRIORITY;
	if (filter->query.order == ORDER_PRIORITY && strcmp(order, "priority") != 0)
		return error_set(e_r, ERR_INVALID, "order: priority or newest");
	if (filter->query.words && strlen(filter->query.words) > WORDS_MAX)
		return error_set(e_r, ERR_INVALID, "q: at most %d bytes of words", WORDS_MAX);
	err = read_enums(x, filter, e_r);
	if (!err)
		err = read_after(x, &filter->query, e_r);
	return err ? err : read_limit(x, &filter->query, e_r);
}

/* ---- links that keep the filter ---- */

static void link_add(struct buf *link, const char *name, const char *value)
{
	if (!value || !*value)
		return;
	buf_printf(link, "%c%s=", strchr(buf_text(link), '?') ? '&' : '?', name);
	form_encode(link, value);
}

/* The queue's address with this filter; NULL keeps a part, "" drops it. */
static const char *queue_link(struct exchange *x, const struct filter *filter, const char *state, const char *class,
			      const char *after)
{
	struct buf link;
	const char *text;

	buf_init(&link, 8192);
	buf_char(&link, '/');
	if (!state)
		state = filter->state;
	link_add(&link, "state", strcmp(state, "open") == 0 ? NULL : state);
	link_add(&link, "class", class ? class : filter->class);
	link_add(&link, "cause", filter->cause);
	link_add(&link, "brand", filter->query.brand);
	link_add(&link, "q", filter->query.words);
	link_add(&link, "order", filter->query.order == ORDER_NEWEST ? "newest" : NULL);
	link_add(&link, "after", after);
	text = link.failed ? "/" : arena_strdup(x->arena, buf_text(&link));
	buf_done(&link);
	return text;
}

/* ---- what only the page shows ---- */

static void add_tab(struct arena *arena, struct json_object *tabs, const char *label, const char *word, int64_t count,
		    const char *href, bool current)
{
	struct json_object *tab = json_object_new_object();

	json_add_str(tab, "label", label);
	json_add_str(tab, "word", word);
	if (count >= 0)
		json_add_str(tab, "count", arena_printf(arena, "%lld", (long long)count)); /* "0" is shown too */
	json_add_str(tab, "href", href);
	json_add_bool(tab, "current", current);
	json_object_array_add(tabs, tab);
}

static enum err add_counts(struct exchange *x, const struct filter *filter, struct json_object *page, struct error *e_r)
{
	struct json_object *states = json_object_new_array(), *classes = json_object_new_array();
	struct complaint_counts counts;
	enum err err = store_complaint_counts(x->desk->options.store, filter->query.brand, &counts, e_r);

	json_add(page, "states", states);
	json_add(page, "classes", classes);
	if (err)
		return err;
	for (int s = 0; s < STATE_COUNT; s++) {
		const char *word = state_name((enum complaint_state)s);

		add_tab(x->arena, states, state_label((enum complaint_state)s), word, counts.state[s],
			queue_link(x, filter, word, NULL, NULL), strcmp(word, filter->state) == 0);
	}
	add_tab(x->arena, states, "All", "any", -1, queue_link(x, filter, "any", NULL, NULL),
		strcmp(filter->state, "any") == 0);
	for (int c = 0; c < CLASS_COUNT; c++) {
		const char *word = class_name((enum class)c);
		bool current = strcmp(word, filter->class) == 0;

		add_tab(x->arena, classes, class_label((enum class)c), word, counts.open_class[c],
			queue_link(x, filter, "open", current ? "" : word, NULL), current);
	}
	return ERR_OK;
}

static void add_selects(struct exchange *x, const struct filter *filter, struct json_object *page)
{
	struct view_option classes[CLASS_COUNT + 1] = {{"", "Any class"}};
	struct view_option causes[CAUSE_COUNT + 1] = {{"", "Any cause"}};
	static const struct view_option orders[] = {{"priority", "Gravest first"}, {"newest", "Newest first"}};
	const struct settings *settings = x->desk->options.settings;
	size_t brand_count = settings->brand_count + 1;
	struct view_option *brands = arena_array(x->arena, brand_count, sizeof(*brands));

	for (int i = 0; i < CLASS_COUNT; i++)
		classes[i + 1] = (struct view_option){class_name((enum class)i), class_label((enum class)i)};
	for (int i = 1; i < CAUSE_COUNT; i++) /* without CAUSE_NONE */
		causes[i] = (struct view_option){cause_name((enum cause)i), cause_label((enum cause)i)};
	json_add(page, "class_options", view_options(classes, CLASS_COUNT + 1, filter->class));
	json_add(page, "cause_options", view_options(causes, CAUSE_COUNT, filter->cause));
	json_add(page, "order_options",
		 view_options(orders, ARRAY_LEN(orders), filter->query.order == ORDER_NEWEST ? "newest" : "priority"));
	if (!brands || settings->brand_count < 2)
		return;
	brands[0] = (struct view_option){"", "Any brand"};
	for (size_t i = 0; i < settings->brand_count; i++)
		brands[i + 1] = (struct view_option){settings->brands[i].name, settings->brands[i].name};
	json_add(page, "brand_options", view_options(brands, brand_count, filter->query.brand));
	json_add_bool(page, "many_brands", true);
}

/* Why the list is empty, and what to do: a calm sentence instead of an empty table. */
static void add_empty(const struct filter *filter, struct json_object *page)
{
	bool filtered = *filter->class || *filter->cause || filter->query.brand || filter->query.words;
	const char *text = "Nothing here.", *hint = NULL;

	if (filtered) {
		text = "Nothing matches this filter.";
		hint = "Take a word away or choose another class.";
	} else if (filter->query.after_id) {
		text = "That was all.";
	} else if (strcmp(filter->state, "open") == 0) {
		text = "All clear: nobody is waiting for you.";
		hint = "New complaints appear here by themselves.";
	} else if (strcmp(filter->state, "submitted") == 0) {
		text = "No draft waits for approval.";
	} else if (strcmp(filter->state, "approved") == 0) {
		text = "No reply is on its way.";
	} else if (strcmp(filter->state, "replied") == 0) {
		text = "No reply was delivered yet.";
	} else if (strcmp(filter->state, "closed") == 0) {
		text = "Nothing was left without a reply on purpose.";
	}
	json_add_str(page, "empty", text);
	json_add_str(page, "empty_hint", hint);
	json_add_bool(page, "filtered", filtered);
}

static enum err page_queue(struct exchange *x, const struct filter *filter, size_t count, const char *next,
			   struct error *e_r)
{
	struct json_object *page = view_page(x);

	json_add_str(page, "title", "Queue");
	json_add_str(page, "words", filter->query.words);
	json_add_str(page, "state", filter->state);
	json_add_bool(page, "not_open", strcmp(filter->state, "open") != 0);
	json_add_str(
		page, "reset",
		queue_link(x, &(struct filter){.state = filter->state, .class = "", .cause = ""}, NULL, NULL, NULL));
	if (*filter->class || *filter->cause || filter->query.brand || filter->query.words)
		json_add_bool(page, "filtered", true);
	if (next)
		json_add_str(page, "next_href", queue_link(x, filter, NULL, NULL, next));
	if (filter->query.after_id)
		json_add_str(page, "first_href", queue_link(x, filter, NULL, NULL, NULL));
	if (count == 0)
		add_empty(filter, page);
	add_selects(x, filter, page);
	return add_counts(x, filter, page, e_r);
}

/* ---- handlers ---- */

enum err queue_list(struct exchange *x, struct error *e_r)
{
	struct complaint_row *rows;
	struct json_object *list;
	const char *next = NULL;
	struct filter filter;
	size_t count;
	int limit;
	enum err err = read_filter(x, &filter, e_r);

	if (err)
		return err;
	limit = filter.query.limit++; /* one more tells whether there is a next page */
	err = store_complaint_list(x->desk->options.store, x->arena, &filter.query, &rows, &count, e_r);
	if (err)
		return err;
	if (count > (size_t)limit) {
		const struct complaint_row *last = &rows[limit - 1];

		count = (size_t)limit;
		next = arena_printf(x->arena, "%lld:%lld",
				    (long long)complaint_order_key(last, filter.query.order),
				    (long long)last->id);
	}
	x->view = json_object_new_object();
	list = json_object_new_array();
	for (size_t i = 0; i < count; i++)
		json_object_array_add(list, complaint_brief(x, &rows[i]));
	json_add(x->view, "complaints", list);
	json_add_str(x->view, "next", next);
	return x->api ? ERR_OK : page_queue(x, &filter, count, next, e_r);
}

enum err queue_counts(struct exchange *x, struct error *e_r)
{
	struct json_object *states = json_object_new_object(), *classes = json_object_new_object();
	const char *brand = query_or(x, "brand", NULL);
	struct complaint_counts counts;
	enum err err = store_complaint_counts(x->desk->options.store, brand, &counts, e_r);

	x->view = json_object_new_object();
	json_add_str(x->view, "brand", brand);
	json_add(x->view, "states", states);
	json_add(x->view, "open_classes", classes);
	if (err)
		return err;
	for (int s = 0; s < STATE_COUNT; s++)
		json_add_int(states, state_name((enum complaint_state)s), counts.state[s]);
	for (int c = 0; c < CLASS_COUNT; c++)
		json_add_int(classes, class_name((enum class)c), counts.open_class[c]);
	return ERR_OK;
}
