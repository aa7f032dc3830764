/*
 * queue_print.c - see queue_print.h. The keys of the JSON are a contract with scripts: they only grow.
 */
#include "watcher/queue_print.h"

#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "watcher/errand.h"
#include "watcher/table_text.h"

/* ---- table ---- */

static const char *author_name(const struct author *author)
{
	if (author->handle != NULL && *author->handle != '\0')
		return author->handle;
	if (author->name != NULL && *author->name != '\0')
		return author->name;
	return author->id && *author->id ? author->id : "somebody";
}

void queue_print_table(const struct complaint_row *rows, size_t count, int64_t now_s)
{
	int text_width = table_width() - 6 - 10 - 13 - 4 - 6 - 6 - 17 - 10;

	if (count == 0) {
		puts("Nothing here.");
		return;
	}
	printf("%-6s%-10s%-13s%-4s%-6s%-6s%-17s%-10s%s\n", "id", "class", "cause", "urg", "reach", "age", "author",
	       "state", "text");
	for (size_t i = 0; i < count; i++) {
		const struct complaint_row *row = &rows[i];
		char age[16], id[24], class[16];

		table_age(row->said_s, now_s, age, sizeof(age));
		snprintf(id, sizeof(id), "%lld", (long long)row->id);
		printf("%-5s ", id);
		snprintf(class, sizeof(class), "%s%s", row->undecided ? "undecided" : class_name(row->class),
			 queue_doubt(row) ? "?" : "");
		printf("%-10s%-13s%-4d%-6d%-6s", class,
		       row->cause == CAUSE_NONE ? "-" : cause_name(row->cause), row->urgency, row->reach, age);
		table_cell(author_name(&row->author), 16);
		printf(" %-10s", state_name(row->state));
		table_last(row->text, text_width > 20 ? text_width : 20);
		putchar('\n');
	}
}

/* ---- in full ---- */

static void print_posts(const struct complaint_detail *detail)
{
	for (size_t i = 0; i < detail->post_count; i++) {
		const struct post_row *row = &detail->posts[i];
		char when[CLOCK_TEXT_SIZE];

		clock_format(row->post.created_s ? row->post.created_s : row->fetched_s, when);
		printf("\n%s  %s%s%s\n", when, row->post.url ? row->post.url : row->post.id,
		       row->post.edited_s ? "  (edited)" : "", row->deleted ? "  (deleted by its author)" : "");
		if (!row->deleted)
			table_paragraph(row->post.text, 2);
	}
}

static const char *no_draft(const struct complaint_detail *detail)
{
	if (detail->row.post_deleted)
		return "\nNo draft: there is no post left to reply to. Close it, unless its author writes again.";
	for (size_t i = 0; i < detail->post_count; i++)
		if (detail->posts[i].deleted)
			return "\nNo draft: it went with the deleted post. Write one with `amends queue draft`.";
	for (size_t i = detail->audit_count; i-- > 0;)
		if (strcmp(detail->audit[i].action ? detail->audit[i].action : "", action_name(ACTION_REJECT)) == 0)
			return "\nNo draft: it was rejected. `amends queue another` has other words, or write one with "
			       "`amends queue draft`.";
	return "\nNo draft: no template fits. Write one with `amends queue draft`.";
}

static void print_draft(const struct complaint_detail *detail)
{
	const struct complaint_row *row = &detail->row;
	bool own = row->draft_by != NULL && strcmp(row->draft_by, QUEUE_PROGRAM) == 0;

	if (row->draft_id == 0) {
		if (!row->post_deleted || row->state != STATE_CLOSED)
			puts(no_draft(detail));
		return;
	}
	printf("\ndraft by %s%s%s\n", row->draft_by ? row->draft_by : "?",
	       !row->draft_template ? "" : own ? ", template " : ", in the place of template ",
	       row->draft_template ? row->draft_template : "");
	table_paragraph(row->draft, 2);
	if (own && row->draft_why != NULL)
		printf("why this one: %s\n", row->draft_why);
	printf("hash: %s\n", row->draft_hash ? row->draft_hash : "");
}

static void print_audit(const struct complaint_detail *detail)
{
	for (size_t i = 0; i < detail->audit_count; i++) {
		const struct audit_row *row = &detail->audit[i];
		char when[CLOCK_TEXT_SIZE];

		clock_format(row->at_s, when);
		printf("%s%s  %s %s%s", i ? "" : "\n", when, row->by ? row->by : "?", row->action ? row->action : "",
		       row->detail ? ": " : "");
		table_last(row->detail, 200);
		putchar('\n');
	}
}

void queue_print_detail(const struct complaint_detail *detail, int64_t now_s)
{
	static const char *const doubts[] = {
		[DOUBT_NONE] = "", [DOUBT_COMPLAINT] = ", maybe none", [DOUBT_PROBLEM] = ", maybe a vent"};
	const struct complaint_row *row = &detail->row;
	char age[16];

	table_age(row->opened_s, now_s, age, sizeof(age));
	printf("%lld  %s, %s%s  (%s, since %s)\n", (long long)row->id, class_name(row->class), cause_name(row->cause),
	       row->undecided ? ", undecided" : doubts[queue_doubt(row)], state_name(row->state), age);
	printf("by %s", author_name(&row->author));
	if (row->author.followers >= 0)
		printf(" (%lld followers)", (long long)row->author.followers);
	printf(" on %s for %s\n", row->platform, row->brand);
	printf("urgency %d of 2, severity %d of 4, reach %d, priority %d\n", row->urgency, row->severity, row->reach,
	       row->priority);
	if (row->reason != NULL)
		printf("reason: %s\n", row->reason);
	if (row->submitted_by != NULL)
		printf("submitted by %s%s%s\n", row->submitted_by,
		       row->override_why ? ", who holds a finding for wrong: " : "",
		       row->override_why ? row->override_why : "");
	if (row->paused)
		puts("sending is paused: nothing leaves (amends resume)");
	if (row->promise_due_s != 0) {
		char when[CLOCK_TEXT_SIZE];

		clock_format(row->promise_due_s, when);
		printf("an answer is promised by %s\n", when);
	}
	if (row->outbox_id != 0)
		printf("reply: %s%s%s%s%s\n", outbox_state_name(row->outbox_state), row->reply_url ? " " : "",
		       row->reply_url ? row->reply_url : "", row->outbox_why ? ": " : "",
		       row->outbox_why ? row->outbox_why : "");
	print_posts(detail);
	print_draft(detail);
	print_audit(detail);
}

void queue_print_reasons(const struct reason_count *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		printf("%6lld  %s\n", (long long)rows[i].count, rows[i].reason);
	if (count == 0)
		puts("No complaint was closed without a reply yet.");
}

/* ---- JSON ---- */

static bool add_author(struct json_object *object, const struct author *author)
{
	struct json_object *child = json_object_new_object();

	return child && json_add_str(child, "id", author->id) && json_add_str(child, "handle", author->handle) &&
	       json_add_str(child, "name", author->name) && json_add_int(child, "followers", author->followers) &&
	       json_add(object, "author", child);
}

static bool add_parsed(struct json_object *object, const char *key, const char *json)
{
	struct json_object *value = json ? json_tokener_parse(json) : NULL;

	return json_object_object_add(object, key, value) == 0;
}

static bool add_draft(struct json_object *object, const struct complaint_row *row)
{
	return json_add_str(object, "draft", row->draft) && json_add_str(object, "draft_hash", row->draft_hash) &&
	       json_add_str(object, "draft_template", row->draft_template) &&
	       json_add_str(object, "draft_why", row->draft_why) &&
	       json_add_str(object, "draft_lang", row->draft_lang) && json_add_str(object, "draft_by", row->draft_by) &&
	       add_parsed(object, "findings", row->findings_json);
}

static bool add_reply(struct json_object *object, const struct complaint_row *row)
{
	const char *state = row->outbox_id ? outbox_state_name(row->outbox_state) : NULL;

	return json_add_str(object, "reply_state", state) && json_add_str(object, "reply_url", row->reply_url) &&
	       json_add_str(object, "reply_id", row->reply_id) && json_add_str(object, "reply_why", row->outbox_why);
}

static bool add_policy(struct json_object *object, const struct complaint_row *row)
{
	return json_add_str(object, "submitted_by", row->submitted_by) &&
	       json_add_str(object, "override_why", row->override_why) &&
	       json_add_bool(object, "paused", row->paused) &&
	       errand_add_time(object, "promise_due_at", row->promise_due_s);
}

struct json_object *complaint_to_json(const struct complaint_row *row)
{
	struct json_object *object = json_object_new_object();
	bool ok = object && json_add_int(object, "id", row->id) &&
		  json_add_str(object, "state", state_name(row->state)) &&
		  json_add_str(object, "class", class_name(row->class)) &&
		  json_add_str(object, "cause", cause_name(row->cause)) &&
		  json_add_bool(object, "undecided", row->undecided) &&
		  json_add_int(object, "severity", row->severity) && json_add_int(object, "urgency", row->urgency) &&
		  json_add_num(object, "complaint", row->complaint) &&
		  json_add_num(object, "problem", row->problem) && json_add_num(object, "vent", row->vent) &&
		  json_add_num(object, "sentiment", row->sentiment) &&
		  json_add_int(object, "priority", row->priority) && json_add_str(object, "topic", row->topic) &&
		  json_add_int(object, "reach", row->reach) && json_add_str(object, "brand", row->brand) &&
		  json_add_str(object, "platform", row->platform) && add_author(object, &row->author) &&
		  json_add_str(object, "thread", row->thread) && json_add_int(object, "posts", row->posts) &&
		  json_add_str(object, "post_id", row->post_ext_id) && json_add_str(object, "url", row->post_url) &&
		  json_add_str(object, "text", row->text) && json_add_str(object, "lang", row->lang) &&
		  json_add_str(object, "reason", row->reason) && errand_add_time(object, "opened_at", row->opened_s) &&
		  errand_add_time(object, "updated_at", row->updated_s) && add_draft(object, row) &&
		  add_reply(object, row) && add_policy(object, row);

	if (!ok) {
		json_object_put(object);
		return NULL;
	}
	return object;
}

static struct json_object *post_json(const void *data)
{
	const struct post_row *row = data;
	struct json_object *object = post_to_json(&row->post);

	if (object != NULL && add_parsed(object, "verdict", row->verdict_json))
		return object;
	json_object_put(object);
	return NULL;
}

static struct json_object *audit_json(const void *data)
{
	const struct audit_row *row = data;
	struct json_object *object = json_object_new_object();

	if (object != NULL && errand_add_time(object, "at", row->at_s) && json_add_str(object, "by", row->by) &&
	    json_add_str(object, "action", row->action) && json_add_str(object, "detail", row->detail))
		return object;
	json_object_put(object);
	return NULL;
}

static bool add_rows(struct json_object *object, const char *key, const void *rows, size_t count, size_t size,
		     row_to_json *to_json)
{
	struct json_object *list = rows_to_json(rows, count, size, to_json);

	return list != NULL && json_add(object, key, list);
}

struct json_object *detail_to_json(const struct complaint_detail *detail)
{
	struct json_object *object = complaint_to_json(&detail->row);

	if (object != NULL &&
	    add_rows(object, "history", detail->posts, detail->post_count, sizeof(*detail->posts), post_json) &&
	    add_rows(object, "audit", detail->audit, detail->audit_count, sizeof(*detail->audit), audit_json))
		return object;
	json_object_put(object);
	return NULL;
}

static struct json_object *reason_json(const void *data)
{
	const struct reason_count *row = data;
	struct json_object *object = json_object_new_object();

	if (object != NULL && json_add_str(object, "reason", row->reason) && json_add_int(object, "count", row->count))
		return object;
	json_object_put(object);
	return NULL;
}

struct json_object *reasons_to_json(const struct reason_count *rows, size_t count)
{
	return rows_to_json(rows, count, sizeof(*rows), reason_json);
}
