/*
 * page_queue.c - the queue: what needs a person, gravest first, with filters, counts and keyset paging.
 *
 * GET / and GET /api/v1/complaints take the same query: state (open when missing, "any" for all), class, cause, brand,
 * q (words), order (priority | newest | changed), after (opaque, from `next`), limit.
 */
#include <string.h>

#include "complaint_view.h"
#include "list_filter.h"
#include "place.h"
#include "route.h"
#include "view.h"
#include "words.h"

/* ---- links that keep the filter ---- */

/* The queue's address with this filter; state and class: another one than the filter's; NULL keeps it, "" drops it. */
static const char *queue_link(struct exchange *x, const struct list_filter *filter, const char *state,
			      const char *class, const char *after)
{
	struct list_filter other = *filter;
	const char *text;
	struct buf link;

	buf_init(&link, LIST_LINK_MAX);
	buf_char(&link, '/');
	if (state)
		other.state = state;
	if (class)
		other.class = class;
	list_filter_put(&link, &other);
	list_filter_put_field(&link, "after", after);
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
	json_add_str(tab, "count", arena_printf(arena, "%lld", (long long)count)); /* "0" is shown too */
	json_add_str(tab, "href", href);
	json_add_bool(tab, "dot", strcmp(word, "any") != 0);
	json_add_bool(tab, "current", current);
	json_object_array_add(tabs, tab);
}

/* How many complaints a list of this state and class shows (-1: any), everything else of the filter as it is. */
static int64_t counted(const struct complaint_counts *counts, int state, int class)
{
	int64_t sum = 0;

	for (int s = 0; s < STATE_COUNT; s++)
		for (int c = 0; c < CLASS_COUNT; c++)
			if ((state < 0 || state == s) && (class < 0 || class == c))
				sum += counts->both[s][c];
	return sum;
}

static void add_states(struct exchange *x, const struct list_filter *filter, const struct complaint_counts *counts,
		       struct json_object *page)
{
	struct json_object *tabs = json_object_new_array();
	int class = filter->query.class;

	json_add(page, "states", tabs);
	for (int s = 0; s < STATE_COUNT; s++) {
		const char *word = state_name((enum complaint_state)s);

		add_tab(x->arena, tabs, state_label((enum complaint_state)s), word, counted(counts, s, class),
			queue_link(x, filter, word, NULL, NULL), filter->query.state == s);
	}
	add_tab(x->arena, tabs, "All", "any", counted(counts, -1, class), queue_link(x, filter, "any", NULL, NULL),
		filter->query.state < 0);
}

static void add_classes(struct exchange *x, const struct list_filter *filter, const struct complaint_counts *counts,
			struct json_object *page)
{
	struct json_object *chips = json_object_new_array();
	int state = filter->query.state;

	json_add(page, "classes", chips);
	add_tab(x->arena, chips, "Any class", "any", counted(counts, state, -1), queue_link(x, filter, NULL, "", NULL),
		filter->query.class < 0);
	for (int c = 0; c < CLASS_COUNT; c++) {
		const char *word = class_name((enum class)c);

		add_tab(x->arena, chips, class_label((enum class)c), word, counted(counts, state, c),
			queue_link(x, filter, NULL, word, NULL), filter->query.class == c);
	}
}

/* The number beside each state and class is what a click on it shows: the rest of the filter stays in force. */
static enum err add_counts(struct exchange *x, const struct list_filter *filter, struct json_object *page,
			   struct error *e_r)
{
	struct complaint_counts counts;
	enum err err = store_complaint_counts_of(x->desk->options.store, x->arena, &filter->query, &counts, e_r);

	if (err)
		return err;
	add_states(x, filter, &counts, page);
	add_classes(x, filter, &counts, page);
	return ERR_OK;
}

static void add_orders(const struct list_filter *filter, struct json_object *page)
{
	enum complaint_order order = filter->query.order;
	struct view_option options[ORDER_COUNT];

	for (int i = 0; i < ORDER_COUNT; i++)
		options[i] =
			(struct view_option){order_word((enum complaint_order)i), order_label((enum complaint_order)i)};
	json_add(page, "order_options", view_options(options, ORDER_COUNT, order_word(order)));
	json_add_str(page, "order_meaning", order_meaning(order));
}

static void add_brands(struct exchange *x, const struct list_filter *filter, struct json_object *page)
{
	const struct settings *settings = x->desk->options.settings;
	size_t count = settings->brand_count + 1;
	struct view_option *brands = arena_array(x->arena, count, sizeof(*brands));

	if (!brands || settings->brand_count < 2)
		return;
	brands[0] = (struct view_option){"", "Any brand"};
	for (size_t i = 0; i < settings->brand_count; i++)
		brands[i + 1] = (struct view_option){settings->brands[i].name, settings->brands[i].name};
	json_add(page, "brand_options", view_options(brands, count, filter->query.brand));
	json_add_bool(page, "many_brands", true);
}

static void add_selects(struct exchange *x, const struct list_filter *filter, struct json_object *page)
{
	struct view_option causes[CAUSE_COUNT] = {{"", "Any cause"}};

	for (int i = 1; i < CAUSE_COUNT; i++) /* without CAUSE_NONE */
		causes[i] = (struct view_option){cause_name((enum cause)i), cause_label((enum cause)i)};
	json_add(page, "cause_options", view_options(causes, CAUSE_COUNT, filter->cause));
	add_orders(filter, page);
	add_brands(x, filter, page);
}

/* Why the list is empty, and what to do: a calm sentence instead of an empty table. */
static void add_empty(const struct list_filter *filter, struct json_object *page)
{
	bool filtered = list_filter_narrows(filter);
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
}

static enum err page_queue(struct exchange *x, const struct list_filter *filter, size_t count, const char *next,
			   struct error *e_r)
{
	struct json_object *page = view_page(x);
	struct list_filter none = list_filter_open(); /* but in the same state and order */

	none.state = filter->state;
	none.query.order = filter->query.order;
	json_add_str(page, "title", "Queue");
	json_add_str(page, "words", filter->query.words);
	json_add_str(page, "state", filter->state);
	json_add_bool(page, "not_open", strcmp(filter->state, "open") != 0);
	json_add_str(page, "class", filter->class);
	json_add_str(page, "reset", queue_link(x, &none, NULL, NULL, NULL));
	json_add_bool(page, "filtered", list_filter_narrows(filter));
	if (next)
		json_add_str(page, "next_href", queue_link(x, filter, NULL, NULL, next));
	if (filter->query.after_id)
		json_add_str(page, "first_href", queue_link(x, filter, NULL, NULL, NULL));
	if (count == 0)
		add_empty(filter, page);
	add_selects(x, filter, page);
	return add_counts(x, filter, page, e_r);
}

static void page_row(struct exchange *x, const struct list_filter *filter, const struct complaint_row *row,
		     struct json_object *view)
{
	bool waits = row->state == STATE_OPEN && filter->query.order != ORDER_CHANGED;

	json_add_str(view, "href", place_link(x, filter, row));
	json_add_bool(view, "changed", !waits); /* of what was decided people want to know when */
}

/* ---- handlers ---- */

enum err queue_list(struct exchange *x, struct error *e_r)
{
	struct complaint_row *rows;
	struct json_object *list;
	const char *next = NULL;
	struct list_filter filter;
	size_t count;
	int limit;
	enum err err = list_filter_read(x, &filter, e_r);

	if (err)
		return err;
	limit = filter.query.limit++; /* one more tells whether there is a next page */
	err = store_complaint_list(x->desk->options.store, x->arena, &filter.query, &rows, &count, e_r);
	if (err)
		return err;
	if (count > (size_t)limit) {
		const struct complaint_row *last = &rows[limit - 1];

		count = (size_t)limit;
		next = arena_printf(x->arena, "%lld:%lld", (long long)complaint_order_key(last, filter.query.order),
				    (long long)last->id);
	}
	x->view = json_object_new_object();
	list = json_object_new_array();
	for (size_t i = 0; i < count; i++) {
		struct json_object *view = complaint_brief(x, &rows[i]);

		if (!x->api)
			page_row(x, &filter, &rows[i], view);
		json_object_array_add(list, view);
	}
	json_add(x->view, "complaints", list);
	json_add_str(x->view, "next", next);
	return x->api ? ERR_OK : page_queue(x, &filter, count, next, e_r);
}

enum err queue_counts(struct exchange *x, struct error *e_r)
{
	struct json_object *states = json_object_new_object(), *classes = json_object_new_object();
	const char *asked = exchange_query(x, "brand"), *brand = asked && *asked ? asked : NULL;
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
