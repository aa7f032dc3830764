/*
 * complaint_view.c - complaints as views.
 *
 * The keys are the API's contract (openapi.json, checked by tests/test_openapi.c). For a page the same objects get
 * more keys: labels, ages, what to show; they are added in page_... functions only, so that the API stays small.
 */
#include "complaint_view.h"

#include <string.h>

#include "evidence.h"
#include "reply_view.h"
#include "words.h"

#define EXCERPT_BYTES 240
#define EVIDENCE_SHOWN 6

/* The beginning of the text, cut at a character and, where one is near, at a blank. */
static const char *excerpt(struct arena *arena, const char *text)
{
	size_t len = text ? strlen(text) : 0, cut = EXCERPT_BYTES;

	if (len <= EXCERPT_BYTES)
		return text ? text : "";
	while (((unsigned char)text[cut] & 0xC0) == 0x80)
		cut--;
	for (size_t back = cut; back > cut - 24; back--) {
		if (text[back] == ' ') {
			cut = back;
			break;
		}
	}
	return arena_printf(arena, "%.*s…", (int)cut, text);
}

static struct json_object *author_view(const struct author *author)
{
	struct json_object *view = json_object_new_object();

	json_add_str(view, "handle", author->handle);
	json_add_str(view, "name", author->name);
	json_add(view, "followers", author->followers >= 0 ? json_object_new_int64(author->followers) : NULL);
	return view;
}

static struct json_object *reach_view(int authors)
{
	struct json_object *view = json_object_new_object();

	json_add_str(view, "word", reach_word(authors));
	json_add_int(view, "authors", authors > 0 ? authors : 1);
	return view;
}

static double rounded(double value)
{
	return (double)(long)(value * 1000.0 + (value < 0 ? -0.5 : 0.5)) / 1000.0;
}

/* ---- words for pages ---- */

static const char *who(struct arena *arena, const struct author *author)
{
	if (author->name && author->name[0])
		return author->name;
	if (author->handle && author->handle[0])
		return arena_printf(arena, "@%s", author->handle);
	return "Somebody";
}

/* Nobody knows yet what it is: no rule could be asked, and the class is no judgement. */
static bool not_judged(const struct complaint_row *row)
{
	return row->undecided && row->class == CLASS_OTHER;
}

/* An approved reply that is not out yet: what it waits for. */
static const char *state_words(const struct complaint_row *row)
{
	static const char *const words[OUTBOX_STATE_COUNT] = {
		[OUTBOX_SCHEDULED] = "Scheduled",
		[OUTBOX_SENDING] = "Sending",
		[OUTBOX_UNKNOWN] = "Not sure it arrived",
		[OUTBOX_HANDOFF] = "To post by hand",
	};

	if (row->state != STATE_APPROVED || !row->outbox_id || !words[row->outbox_state])
		return state_label(row->state);
	if (row->paused && row->outbox_state == OUTBOX_SCHEDULED)
		return "Waits: sending is paused";
	return words[row->outbox_state];
}

static void page_brief(struct exchange *x, struct json_object *view, const struct complaint_row *row)
{
	enum doubt doubt = queue_doubt(row);

	json_add_str(view, "who", who(x->arena, &row->author));
	json_add_bool(view, "has_name", row->author.name && row->author.name[0]);
	json_add_str(view, "platform_label", platform_label(row->platform));
	json_add_bool(view, "not_judged", not_judged(row));
	json_add_bool(view, "partly_judged", row->undecided && !not_judged(row));
	json_add_str(view, "class_label", not_judged(row) ? "Not judged" : class_label(row->class));
	json_add_str(view, "cause_label", cause_label(row->cause));
	json_add_str(view, "state_label", state_words(row));
	json_add_str(view, "severity_label", severity_label(row->severity));
	json_add_str(view, "urgency_label", urgency_label(row->urgency));
	json_add_bool(view, "is_urgent", row->urgency > 1);
	json_add_bool(view, "is_severe", row->severity > 2);
	json_add_str(view, "sentiment_label", sentiment_label(row->sentiment));
	json_add_bool(view, "maybe_none", doubt == DOUBT_COMPLAINT);
	json_add_bool(view, "maybe_vent", doubt == DOUBT_PROBLEM);
	json_add_bool(view, "is_spread", row->reach > 1);
	json_add_bool(view, "several_posts", row->posts > 1);
	json_add_bool(view, "is_open", row->state == STATE_OPEN);
	json_add_bool(view, "has_draft", row->draft_id != 0);
	json_add_str(view, "age", age_text(x->arena, row->said_s, x->now_s));
	json_add_str(view, "changed_age", age_text(x->arena, row->updated_s, x->now_s));
	json_add_str(view, "opened_age", age_text(x->arena, row->opened_s, x->now_s));
}

struct json_object *complaint_brief(struct exchange *x, const struct complaint_row *row)
{
	struct json_object *view = json_object_new_object();

	json_add_int(view, "id", row->id);
	json_add_str(view, "brand", row->brand);
	json_add_str(view, "platform", row->platform);
	json_add(view, "author", author_view(&row->author));
	json_add_str(view, "class", class_name(row->class));
	json_add_str(view, "cause", cause_name(row->cause));
	json_add_int(view, "severity", row->severity);
	json_add_int(view, "urgency", row->urgency);
	json_add_num(view, "sentiment", rounded(row->sentiment));
	json_add_num(view, "complaint", rounded(row->complaint));
	json_add_num(view, "problem", rounded(row->problem));
	json_add_num(view, "vent", rounded(row->vent));
	json_add_bool(view, "undecided", row->undecided);
	json_add(view, "reach", reach_view(row->reach));
	json_add_int(view, "priority", row->priority);
	json_add_str(view, "state", state_name(row->state));
	json_add_str(view, "outbox_state", row->outbox_id ? outbox_state_name(row->outbox_state) : NULL);
	json_add_int(view, "post_count", row->posts);
	json_add_str(view, "excerpt", excerpt(x->arena, row->text));
	json_add_str(view, "opened_at", time_text(x->arena, row->opened_s));
	json_add_str(view, "posted_at", time_text(x->arena, row->said_s));
	json_add_str(view, "updated_at", time_text(x->arena, row->updated_s));
	if (!x->api)
		page_brief(x, view, row);
	return view;
}

/* ---- posts and evidence ---- */

static struct json_object *parse_verdict(struct exchange *x, const char *json)
{
	struct json_object *verdict = NULL;

	if (!json || json_parse(x->desk->json, json, strlen(json), &verdict, NULL))
		return NULL; /* a verdict that cannot be read shows no evidence; the scores are in the row */
	return verdict;
}

static struct json_object *post_view(struct exchange *x, const struct post_row *row, struct json_object *verdict)
{
	struct json_object *view = json_object_new_object();
	const struct post *post = &row->post;
	int64_t at_s = post->created_s ? post->created_s : row->fetched_s;

	json_add_str(view, "id", post->id);
	json_add_str(view, "url", safe_url(post->url));
	json_add(view, "author", author_view(&post->author));
	json_add_str(view, "text", post->text ? post->text : "");
	json_add_str(view, "created_at", time_text(x->arena, at_s));
	json_add_str(view, "edited_at", time_text(x->arena, post->edited_s));
	json_add_bool(view, "own", row->own);
	json_add_bool(view, "deleted", row->deleted);
	json_add_str(view, "class", json_str(verdict, "class", NULL));
	json_add(view, "segments",
		 evidence_segments(x->arena, post->text ? post->text : "", verdict, x->desk->options.rules, !x->api));
	if (x->api)
		return view;
	json_add_str(view, "who", who(x->arena, &post->author));
	json_add_str(view, "age", age_text(x->arena, at_s, x->now_s));
	return view;
}

/* facts is {"thing": "parcel"} or {"thing": ["parcel", ...]}: flattened to [{"name", "value"}]. */
static void add_facts(struct json_object *list, struct json_object *verdict)
{
	struct json_object *facts = json_get(verdict, "facts");

	if (!json_object_is_type(facts, json_type_object))
		return;
	json_object_object_foreach(facts, name, value)
	{
		size_t count = json_object_is_type(value, json_type_array) ? json_object_array_length(value) : 1;

		for (size_t i = 0; i < count; i++) {
			struct json_object *one = json_object_is_type(value, json_type_array)
							  ? json_object_array_get_idx(value, i)
							  : value;
			struct json_object *fact;

			if (!json_object_is_type(one, json_type_string))
				continue;
			fact = json_object_new_object();
			json_add_str(fact, "name", name);
			json_add_str(fact, "value", json_object_get_string(one));
			json_object_array_add(list, fact);
		}
	}
}

/* Why no verdict was possible, for people; NULL: it is not known. */
static const char *undecided_words(struct arena *arena, const char *why)
{
	static const char no_rules[] = "no rules for language ";

	if (why && strncmp(why, no_rules, strlen(no_rules)) == 0)
		return arena_printf(arena, "there are no rules for %s", lang_label(arena, why + strlen(no_rules)));
	return why;
}

/* The strongest signs are shown, the others folded away. */
static void page_evidence(struct exchange *x, struct json_object *view, struct json_object *evidence)
{
	struct json_object *top = json_object_new_array(), *rest = json_object_new_array();
	size_t count = json_object_array_length(evidence);

	for (size_t i = 0; i < count; i++)
		json_object_array_add(i < EVIDENCE_SHOWN ? top : rest,
				      json_object_get(json_object_array_get_idx(evidence, i)));
	json_add(view, "evidence_top", top);
	json_add(view, "evidence_rest", rest);
	if (count > EVIDENCE_SHOWN)
		json_add_str(view, "evidence_more",
			     arena_printf(x->arena,
					  count == EVIDENCE_SHOWN + 1 ? "%zu weaker sign" : "%zu weaker signs",
					  count - EVIDENCE_SHOWN));
}

static enum err add_posts(struct exchange *x, const struct complaint_row *row, struct json_object *view,
			  struct error *e_r)
{
	struct json_object *posts = json_object_new_array(), *evidence = json_object_new_array();
	struct json_object *facts = json_object_new_array();
	const char *why = NULL;
	bool deleted = false;
	struct post_row *rows;
	size_t count;
	enum err err;

	json_add(view, "posts", posts);
	json_add(view, "evidence", evidence);
	json_add(view, "facts", facts);
	err = store_complaint_posts(x->desk->options.store, x->arena, row->id, &rows, &count, e_r);
	if (err)
		return err;
	for (size_t i = 0; i < count; i++) {
		struct json_object *verdict = parse_verdict(x, rows[i].verdict_json);

		json_object_array_add(posts, post_view(x, &rows[i], verdict));
		deleted |= rows[i].deleted;
		evidence_rules(x->arena, evidence, rows[i].post.text ? rows[i].post.text : "", verdict,
			       x->desk->options.rules, !x->api);
		add_facts(facts, verdict);
		if (json_str(verdict, "undecided_why", NULL))
			why = arena_strdup(x->arena, json_str(verdict, "undecided_why", NULL));
		json_object_put(verdict);
	}
	evidence_sort(evidence);
	if (!x->api) {
		page_evidence(x, view, evidence);
		json_add_str(view, "no_draft",
			     row->post_deleted ? ""
			     : deleted         ? "The draft went with the deleted post: write the reply yourself."
			     : not_judged(row) ? "No draft is made for what was not judged: write the reply yourself."
					       : "No template fitted: write the reply yourself.");
		json_add_str(view, "undecided_words", undecided_words(x->arena, why));
	}
	json_add_str(view, "undecided_why", why);
	return ERR_OK;
}

/* ---- draft, outbox, audit ---- */

static void page_outbox(struct exchange *x, struct json_object *view, const struct complaint_row *row)
{
	int64_t left_s = row->not_before_s - x->now_s;
	static const char *const flags[OUTBOX_STATE_COUNT] = {
		[OUTBOX_SCHEDULED] = "scheduled", [OUTBOX_SENDING] = "sending", [OUTBOX_SENT] = "sent",
		[OUTBOX_UNKNOWN] = "unknown",     [OUTBOX_FAILED] = "failed",   [OUTBOX_CANCELLED] = "cancelled",
		[OUTBOX_HANDOFF] = "handoff",
	};

	json_add_bool(view, flags[row->outbox_state], true);
	json_add_bool(view, "waits", row->paused && row->outbox_state == OUTBOX_SCHEDULED);
	if (row->outbox_state == OUTBOX_SCHEDULED)
		json_add_str(view, "in_s", arena_printf(x->arena, "%lld", (long long)(left_s > 0 ? left_s : 0)));
}

static struct json_object *outbox_view(struct exchange *x, const struct complaint_row *row)
{
	struct json_object *view;

	if (!row->outbox_id)
		return NULL;
	view = json_object_new_object();
	json_add_str(view, "state", outbox_state_name(row->outbox_state));
	json_add_str(view, "not_before", time_text(x->arena, row->not_before_s));
	json_add_str(view, "reply_url", safe_url(row->reply_url));
	json_add_str(view, "reply_id", row->reply_id);
	json_add_str(view, "why", row->outbox_why);
	if (!x->api)
		page_outbox(x, view, row);
	return view;
}

/* Why an action that fits the state is not this person's to do now; *fits_r: whether it fits at all. */
static const char *action_hindrance(struct exchange *x, const struct complaint_row *row, const struct ruling *ruling,
				    enum action action, bool *fits_r)
{
	const struct queue queue = exchange_queue(x);
	const struct actor actor = exchange_actor(x);
	bool handoff = row->outbox_id && row->outbox_state == OUTBOX_HANDOFF;

	*fits_r = queue_allows(action, row->state, ROLE_ADMIN, handoff);
	if (action == ACTION_WITHDRAW)
		*fits_r = *fits_r && (handoff || (row->outbox_id && row->outbox_state == OUTBOX_SCHEDULED));
	return queue_hindrance(&queue, x->arena, &actor, action, row, ruling);
}

/* The page keeps approval within reach while the text may still become one that this person may approve. */
static void page_may(struct exchange *x, const struct complaint_row *row, struct json_object *may)
{
	bool fits;
	const char *why = action_hindrance(x, row, NULL, ACTION_APPROVE, &fits);

	json_add_bool(may, "approve", fits && !why);
}

static enum err add_actions(struct exchange *x, struct json_object *view, const struct complaint_row *row,
			    struct error *e_r)
{
	struct json_object *list = json_object_new_array(), *hindrances = json_object_new_array();
	struct json_object *may = json_object_new_object();
	const struct queue queue = exchange_queue(x);
	struct ruling ruling;
	enum err err = queue_ruling(&queue, x->arena, row, NULL, &ruling, e_r);

	json_add(view, "actions", list);
	json_add(view, "hindrances", hindrances);
	for (int action = 0; !err && action < ACTION_COUNT; action++) {
		const char *name = action_name((enum action)action), *why;
		struct json_object *one;
		bool fits;

		why = action_hindrance(x, row, &ruling, (enum action)action, &fits);
		if (fits && !why) {
			json_object_array_add(list, json_object_new_string(name));
			json_add_bool(may, name, true);
		} else if (fits) {
			one = json_object_new_object();
			json_add_str(one, "action", name);
			json_add_str(one, "why", why);
			json_object_array_add(hindrances, one);
			if (!x->api && action == ACTION_DRAFT)
				json_add_str(view, "draft_hindrance", why);
		}
	}
	page_may(x, row, may);
	if (x->api)
		json_object_put(may);
	else
		json_add(view, "may", may);
	return err;
}

static const char *audit_sentence(const char *action)
{
	static const struct {
		const char *action, *words;
	} known[] = {
		{"draft", "changed the draft"},
		{"another", "asked for another wording"},
		{"submit", "asked for approval"},
		{"approve", "approved the reply"},
		{"reject", "rejected the draft"},
		{"changes", "asked for changes"},
		{"close", "decided: no reply"},
		{"withdraw", "withdrew the approved reply"},
		{"posted", "posted the reply by hand"},
		{"reopen", "opened it again"},
		{"sent", "delivered the reply"},
		{"failed", "could not deliver the reply"},
		{"promise", "looked after the promise"},
		{"review", "looked at the reply afterwards"},
		{"judge", "judged otherwise"},
	};

	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		if (strcmp(known[i].action, action) == 0)
			return known[i].words;
	}
	return action;
}

/* Hashes and JSON say nothing to a reader; words do. */
static const char *audit_words(const char *detail)
{
	if (!detail || detail[0] == '{' || detail[0] == '[')
		return NULL;
	if (strlen(detail) == APPROVAL_HASH_SIZE - 1 && strspn(detail, "0123456789abcdef") == APPROVAL_HASH_SIZE - 1)
		return NULL;
	return detail;
}

/* Who said what stands as the complaint's reason, and when; nobody in particular where the program did. */
static void page_reason(struct exchange *x, const struct complaint_row *row, const struct audit_row *rows, size_t count,
			struct json_object *view)
{
	while (row->reason && count-- > 0) {
		const struct audit_row *said = &rows[count];

		if (!said->detail || strcmp(said->detail, row->reason) != 0)
			continue;
		if (strcmp(said->by, QUEUE_PROGRAM) == 0)
			return;
		json_add_str(view, "reason_by", said->by);
		json_add_str(view, "reason_words", audit_sentence(said->action));
		json_add_str(view, "reason_at", time_text(x->arena, said->at_s));
		json_add_str(view, "reason_age", age_text(x->arena, said->at_s, x->now_s));
		return;
	}
}

static enum err add_audit(struct exchange *x, const struct complaint_row *row, struct json_object *view,
			  struct error *e_r)
{
	struct json_object *list = json_object_new_array();
	bool by_itself = false; /* the program closed it, not a person */
	struct audit_row *rows;
	size_t count;
	enum err err;

	json_add(view, "audit", list);
	err = store_audit_list(x->desk->options.store, x->arena, row->id, &rows, &count, e_r);
	if (err)
		return err;
	for (size_t i = 0; i < count; i++) {
		struct json_object *entry = json_object_new_object();

		json_add_str(entry, "at", time_text(x->arena, rows[i].at_s));
		json_add_str(entry, "by", rows[i].by);
		json_add_str(entry, "action", rows[i].action);
		json_add_str(entry, "detail", rows[i].detail);
		if (!x->api) {
			json_add_str(entry, "words", audit_sentence(rows[i].action));
			json_add_str(entry, "note", audit_words(rows[i].detail));
			json_add_str(entry, "age", age_text(x->arena, rows[i].at_s, x->now_s));
		}
		json_object_array_add(list, entry);
		if (strcmp(rows[i].action, "close") == 0)
			by_itself = strcmp(rows[i].by, "amends") == 0;
	}
	if (x->api)
		return ERR_OK;
	json_add_str(view, "closed_how", by_itself ? "Closed by amends" : "Deliberately");
	page_reason(x, row, rows, count, view);
	return ERR_OK;
}

/* ---- the whole ---- */

/* Never quite 0 or 100: it is a guess, however good. */
static const char *percent(struct arena *arena, double probability)
{
	double value = probability * 100.0;

	return arena_printf(arena, "%.0f", value < 1 ? 1 : value > 99 ? 99 : value);
}

static void page_full(struct exchange *x, struct json_object *view, const struct complaint_row *row)
{
	const char *word = reach_word(row->reach);
	double problem =
		row->complaint * row->problem; /* the two parts add up to the complaint that they are parts of */

	json_add_str(view, "class_meaning", class_meaning(row->class));
	json_add_bool(view, "by_person", row->complaint == 1);
	json_add_str(view, "complaint_percent", percent(x->arena, row->complaint));
	json_add_str(view, "problem_percent", percent(x->arena, problem));
	json_add_str(view, "vent_percent", percent(x->arena, row->complaint - problem));
	if (row->topic == NULL)
		json_add_str(view, "reach_sentence",
			     "Others are not counted: no rule names a matter that they may share.");
	else if (strcmp(word, "one") == 0)
		json_add_str(view, "reach_sentence", "Nobody else has written of the like in the last 24 hours.");
	else
		json_add_str(view, "reach_sentence",
			     arena_printf(x->arena, "%d customers have written of the like within 24 hours: %s",
					  row->reach,
					  strcmp(word, "few") == 0 ? "a few."
								   : "many. Is it one matter? Then think of a fix for "
								     "all, and of a public notice."));
	json_add_bool(view, "is_closed", row->state == STATE_CLOSED);
	json_add_bool(view, "post_deleted", row->post_deleted);
	json_add_bool(view, "is_submitted", row->state == STATE_SUBMITTED);
	json_add_bool(view, "will_wait", row->paused && (row->state == STATE_OPEN || row->state == STATE_SUBMITTED));
}

enum err complaint_full(struct exchange *x, const struct complaint_row *row, struct json_object **view_r,
			struct error *e_r)
{
	struct json_object *view = complaint_brief(x, row), *check = NULL;
	enum err err;

	json_add_str(view, "topic", row->topic);
	json_add_str(view, "reason", row->reason);
	json_add_str(view, "lang", row->lang);
	json_add_str(view, "url", safe_url(row->post_url));
	json_add_str(view, "submitted_by", row->submitted_by);
	json_add_str(view, "override_why", row->override_why);
	json_add_bool(view, "paused", row->paused);
	json_add_str(view, "promise_due_at", time_text(x->arena, row->promise_due_s));
	json_add(view, "outbox", outbox_view(x, row));
	err = reply_add_text(x, row, view, e_r);
	if (!err)
		err = add_actions(x, view, row, e_r);
	if (!err)
		err = reply_check_view(x, row, row->draft ? row->draft : "", &check, e_r);
	if (!err) {
		json_add(view, "check", check);
		err = add_posts(x, row, view, e_r);
	}
	if (!err)
		err = add_audit(x, row, view, e_r);
	if (err) {
		json_object_put(view);
		return err;
	}
	if (!x->api)
		page_full(x, view, row);
	*view_r = view;
	return ERR_OK;
}
