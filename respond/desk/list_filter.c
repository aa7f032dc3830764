/*
 * list_filter.c - the filter of the queue: read strictly from an address, and written into one.
 *
 * Links are always put together from what was read and understood here, never copied from the request: whatever an
 * address says, what follows from it leads to a list of ours.
 */
#include "list_filter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "words.h"

#define LIMIT_DEFAULT 50
#define LIMIT_MAX 200
#define WORDS_MAX 200
#define BRAND_MAX 200

static const struct {
	const char *word, *label, *meaning;
} orders[ORDER_COUNT] = {
	[ORDER_PRIORITY] = {"priority", "Gravest first",
			    "Gravest first: by urgency, then severity, kind, audience and how many wrote of the like; "
			    "among equals, whoever came first."},
	[ORDER_NEWEST] = {"newest", "Newest post first", "Newest first: by when the customer wrote the latest post."},
	[ORDER_CHANGED] = {"changed", "Last change first",
			   "Last change first: by when a customer, a colleague or the program last did something."},
};

const char *order_word(enum complaint_order order)
{
	return orders[order].word;
}

const char *order_label(enum complaint_order order)
{
	return orders[order].label;
}

const char *order_meaning(enum complaint_order order)
{
	return orders[order].meaning;
}

/* ---- reading ---- */

static const char *query_or(const struct exchange *x, const char *name, const char *otherwise)
{
	const char *value = exchange_query(x, name);

	return value && *value ? value : otherwise;
}

static enum err read_enums(const struct exchange *x, struct list_filter *filter, struct error *e_r)
{
	enum complaint_state state;
	enum class class;
	enum cause cause;

	filter->state = query_or(x, "state", "open");
	filter->class = query_or(x, "class", "");
	filter->cause = query_or(x, "cause", "");
	filter->query.state = -1;
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

static enum err read_order(const struct exchange *x, struct complaint_query *query, struct error *e_r)
{
	const char *asked = query_or(x, "order", order_word(ORDER_PRIORITY));

	for (int i = 0; i < ORDER_COUNT; i++) {
		if (strcmp(orders[i].word, asked) == 0) {
			query->order = (enum complaint_order)i;
			return ERR_OK;
		}
	}
	return error_set(e_r, ERR_INVALID, "order: priority, newest or changed");
}

/* "KEY:ID" as complaint_list's next said. */
static enum err read_after(const struct exchange *x, struct list_filter *filter, struct error *e_r)
{
	const char *after = query_or(x, "after", NULL);
	long long key, id;
	char colon, rest;

	if (!after)
		return ERR_OK;
	if (strlen(after) > 40 || sscanf(after, "%lld%c%lld%c", &key, &colon, &id, &rest) != 3 || colon != ':' ||
	    id <= 0)
		return error_set(e_r, ERR_INVALID, "after: take it from the answer's next");
	filter->after = after;
	filter->query.after_key = key;
	filter->query.after_id = id;
	return ERR_OK;
}

static enum err read_limit(const struct exchange *x, struct complaint_query *query, struct error *e_r)
{
	const char *limit = query_or(x, "limit", NULL);
	char *end;
	long value;

	if (!limit)
		return ERR_OK;
	value = strtol(limit, &end, 10);
	if (*end || value < 1 || value > LIMIT_MAX)
		return error_set(e_r, ERR_INVALID, "limit: a number from 1 to %d", LIMIT_MAX);
	query->limit = (int)value;
	return ERR_OK;
}

struct list_filter list_filter_open(void)
{
	return (struct list_filter){.query = {.state = STATE_OPEN, .class = -1, .cause = -1, .limit = LIMIT_DEFAULT},
				    .state = "open",
				    .class = "",
				    .cause = ""};
}

enum err list_filter_read(const struct exchange *x, struct list_filter *filter_r, struct error *e_r)
{
	struct list_filter filter = list_filter_open();
	enum err err;

	filter.query.brand = query_or(x, "brand", NULL);
	filter.query.words = query_or(x, "q", NULL);
	if (filter.query.words && strlen(filter.query.words) > WORDS_MAX)
		return error_set(e_r, ERR_INVALID, "q: at most %d bytes of words", WORDS_MAX);
	if (filter.query.brand && strlen(filter.query.brand) > BRAND_MAX)
		return error_set(e_r, ERR_INVALID, "brand: at most %d bytes", BRAND_MAX);
	err = read_order(x, &filter.query, e_r);
	if (!err)
		err = read_enums(x, &filter, e_r);
	if (!err)
		err = read_after(x, &filter, e_r);
	if (!err)
		err = read_limit(x, &filter.query, e_r);
	if (!err)
		*filter_r = filter;
	return err;
}

bool list_filter_narrows(const struct list_filter *filter)
{
	return *filter->class || *filter->cause || filter->query.brand || filter->query.words;
}

/* ---- writing ---- */

void list_filter_put_field(struct buf *link, const char *name, const char *value)
{
	if (!value || !*value)
		return;
	buf_printf(link, "%c%s=", strchr(buf_text(link), '?') ? '&' : '?', name);
	form_encode(link, value);
}

void list_filter_put(struct buf *link, const struct list_filter *filter)
{
	enum complaint_order order = filter->query.order;

	list_filter_put_field(link, "state", strcmp(filter->state, "open") == 0 ? NULL : filter->state);
	list_filter_put_field(link, "class", filter->class);
	list_filter_put_field(link, "cause", filter->cause);
	list_filter_put_field(link, "brand", filter->query.brand);
	list_filter_put_field(link, "q", filter->query.words);
	list_filter_put_field(link, "order", order == ORDER_PRIORITY ? NULL : order_word(order));
}

static void say(struct buf *words, const char *value)
{
	if (words->len)
		buf_str(words, ", ");
	buf_str(words, value);
}

const char *list_filter_words(struct arena *arena, const struct list_filter *filter)
{
	const struct complaint_query *query = &filter->query;
	const char *text;
	struct buf words;

	buf_init(&words, LIST_LINK_MAX);
	if (query->state != STATE_OPEN)
		say(&words, query->state < 0 ? "all" : state_label((enum complaint_state)query->state));
	if (query->class >= 0)
		say(&words, class_label((enum class)query->class));
	if (query->cause >= 0)
		say(&words, cause_label((enum cause)query->cause));
	if (query->brand)
		say(&words, query->brand);
	if (query->words)
		say(&words, arena_printf(arena, "“%s”", query->words));
	text = words.failed ? "" : arena_strdup(arena, buf_text(&words));
	buf_done(&words);
	return text;
}
