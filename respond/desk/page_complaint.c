/*
 * page_complaint.c - one complaint: reading it, changing its draft, and every decision about it.
 *
 * All decisions go through queue_do(). A request that asks for approval (or submits) may carry another text than the
 * one that was shown: then that text is saved as the draft first, guarded by the hash of the text that was shown, and
 * the decision is bound to the hash of what was saved. When anything stops it, the page comes back with the sentence,
 * the newest text of the others, and what the person typed still in its box.
 */
#include <string.h>

#include "complaint_view.h"
#include "place.h"
#include "reply_view.h"
#include "route.h"
#include "typed.h"
#include "view.h"
#include "words.h"

/* Shown once after a redirect (done.h). Only words of this table, so that a link cannot put text on the page. */
static const struct {
	const char *word, *sentence;
} done_sentences[] = {
	{"draft", "Draft saved."},
	{"submit", "Submitted: somebody who may approve will read it."},
	{"approve", "Approved."},
	{"reject", "Rejected: the draft is dropped, your reason is kept."},
	{"changes", "Sent back: the author of the draft reads your note."},
	{"close", "Decided: no reply. The reason is kept."},
	{"withdraw", "Withdrawn: nothing was sent."},
	{"posted", "Marked as posted."},
	{"reopen", "Open again."},
	{"kept", "Marked as kept."},
	{"judge", "Kept: the complaint follows your judgement, and the rules can learn from it."},
	{"judge-anew", "Kept: the complaint follows your judgement, and the rules can learn from it. The draft was made "
		       "anew to fit it."},
	{"another", "Another wording."},
};

static enum err get_row(struct exchange *x, struct complaint_row *row_r, struct error *e_r)
{
	struct error error = {0};
	enum err err = store_complaint_get(x->desk->options.store, x->arena, x->id, row_r, &error);

	if (err == ERR_NOT_FOUND)
		return error_set(e_r, err, "There is no complaint %lld", (long long)x->id);
	return err ? error_set(e_r, err, "%s", error.text) : ERR_OK;
}

/* ---- the page ---- */

static void add_words(struct json_object *page, const char *name, const char *const *words, size_t count)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < count && words[i]; i++)
		json_object_array_add(list, json_object_new_string(words[i]));
	json_add(page, name, list);
}

/* Reasons for no reply are the company's own (policy), so that they can be counted; these of a draft are usual. */
static void add_reasons(const struct exchange *x, struct json_object *page)
{
	static const char *const reject_reasons[] = {
		"Sounds defensive", "Promises too much", "Misses the customer's own matter", "Too long", "Wrong facts",
	};
	const char *const *reasons = x->desk->options.settings->policy.reasons;

	add_words(page, "close_reasons", reasons, reasons ? SIZE_MAX : 0);
	json_add_bool(page, "has_close_reasons", reasons && reasons[0]);
	add_words(page, "reject_reasons", reject_reasons, ARRAY_LEN(reject_reasons));
}

/* "Judge otherwise" begins with what the complaint says now. */
static void add_judgement(const struct complaint_row *row, struct json_object *page)
{
	struct view_option classes[CLASS_COUNT], causes[CAUSE_COUNT];
	static const struct view_option urgencies[] = {{"0", "No hurry"}, {"1", "Soon"}, {"2", "Urgent"}};
	int urgency = row->urgency < 0 ? 0 : row->urgency > 2 ? 2 : row->urgency;

	for (int i = 0; i < CLASS_COUNT; i++)
		classes[i] = (struct view_option){class_name((enum class)i), class_label((enum class)i)};
	for (int i = 0; i < CAUSE_COUNT; i++)
		causes[i] = (struct view_option){cause_name((enum cause)i),
						 i == CAUSE_NONE ? "No cause" : cause_label((enum cause)i)};
	json_add(page, "judge_class", view_options(classes, CLASS_COUNT, class_name(row->class)));
	json_add(page, "judge_cause", view_options(causes, CAUSE_COUNT, cause_name(row->cause)));
	json_add(page, "judge_urgency", view_options(urgencies, ARRAY_LEN(urgencies), urgencies[urgency].value));
}

/* The buttons say what they do: whose turn it is depends on the ruling about the text on the page. */
static void add_buttons(const struct exchange *x, const struct complaint_row *row, struct json_object *check,
			struct json_object *page)
{
	bool two = json_flag(json_get(check, "ruling"), "two", false);
	bool submitted = row->state == STATE_SUBMITTED;
	bool other = submitted && row->submitted_by && strcmp(row->submitted_by, x->session.user.name) != 0;

	json_add_str(page, "submit_label", two ? "Submit for a second person" : "Submit for approval");
	json_add_str(page, "approve_label", other && two ? "Approve as second person" : "Approve");
	json_add_bool(page, "cannot_approve", json_str(check, "hindrance", NULL) != NULL);
	json_add_bool(page, "approve_override",
		      submitted && row->override_why && json_flag(check, "can_override", false));
	json_add_bool(page, "explain_override", !submitted && json_flag(check, "can_override", false) &&
							json_flag(check, "can_submit", false));
}

static void add_done(struct exchange *x, struct json_object *page)
{
	const char *word = done_take(x);

	for (size_t i = 0; word && i < ARRAY_LEN(done_sentences); i++) {
		if (strcmp(done_sentences[i].word, word) == 0)
			json_add_str(page, "done", done_sentences[i].sentence);
	}
}

/* Can a draft be written in this state? */
static bool has_box(const struct complaint_row *row)
{
	return row->state == STATE_OPEN || row->state == STATE_SUBMITTED;
}

/* Draft box: what was typed wins over what is stored, so that nothing a person wrote is lost. */
static void add_box(struct json_object *page, const struct complaint_row *row, const char *typed)
{
	const char *stored = row->draft_id ? row->draft : "";

	json_add_str(page, "box", typed ? typed : stored);
	json_add_str(page, "hash", row->draft_id ? row->draft_hash : "");
	json_add_bool(page, "typed", typed && strcmp(typed, stored) != 0);
}

/* No box for them (somebody has approved meanwhile): the words are shown to be copied. */
static void add_unsaved(const struct exchange *x, const char *typed)
{
	if (typed && json_flag(x->page, "typed", false) && !json_flag(json_get(x->view, "may"), "draft", false))
		json_add_str(x->page, "unsaved", typed);
}

static enum err show(struct exchange *x, const struct complaint_row *row, const char *typed, struct error *e_r)
{
	const struct queue queue = exchange_queue(x);
	struct json_object *page, *check = NULL;
	enum err err = complaint_full(x, row, &x->view, e_r);

	if (err || x->api)
		return err;
	page = view_page(x);
	json_add_str(page, "title", arena_printf(x->arena, "Complaint %lld", (long long)row->id));
	add_box(page, row, typed);
	add_unsaved(x, typed);
	add_reasons(x, page);
	add_judgement(row, page);
	if (row->promise_due_s)
		json_add_str(page, "promise_due", moment_text(x->arena, row->promise_due_s, x->now_s));
	place_add(x, row, page);
	add_done(x, page);
	json_add_bool(page, "can_reword", queue_can_reword(&queue, row));
	if (typed) {
		err = reply_check_view(x, row, typed, &check, e_r);
		if (err)
			return err;
		json_add(x->view, "check", check);
	}
	add_buttons(x, row, json_get(x->view, "check"), page);
	return ERR_OK;
}

/* The page again, with the sentence and everything typed; newer: somebody else's text, which was not there before. */
static enum err show_typed(struct exchange *x, const struct complaint_row *row, const struct typed *typed, bool newer,
			   const char *sentence, struct error *e_r)
{
	struct json_object *page = view_page(x);

	json_add_str(page, "problem", sentence_text(x->arena, sentence));
	json_add_str(page, "reason", typed->reason);
	json_add_str(page, "override_why", typed->override_why);
	json_add_bool(page, arena_printf(x->arena, "failed_%s", typed->action), true);
	if (typed->text && newer && row->draft_id && has_box(row) && strcmp(row->draft, typed->text) != 0) {
		json_add_str(page, "newer", row->draft);
		json_add_str(page, "newer_by", row->draft_by);
	}
	return show(x, row, typed->text, e_r);
}

/* A problem with what was asked. */
static enum err show_problem(struct exchange *x, enum err problem, const char *sentence, struct error *e_r)
{
	const struct typed typed = {.action = action_name((enum action)x->route->arg),
				    .text = x->route->arg == ACTION_POSTED ? NULL : exchange_text(x, "text"),
				    .reason = exchange_text(x, "reason"),
				    .override_why = exchange_text(x, "override_why")};
	struct complaint_row row;
	enum err err = get_row(x, &row, e_r);

	if (err)
		return err;
	x->status = exchange_status(problem);
	return show_typed(x, &row, &typed, problem == ERR_CONFLICT, sentence, e_r);
}

enum err complaint_restore(struct exchange *x, const struct typed *typed, const char *sentence, struct error *e_r)
{
	struct complaint_row row;
	bool newer;
	enum err err;

	x->id = typed->id;
	err = get_row(x, &row, e_r);
	if (err)
		return err;
	newer = strcmp(row.draft_hash ? row.draft_hash : "", typed->hash ? typed->hash : "") != 0;
	x->template = "complaint";
	return show_typed(x, &row, typed, newer, sentence, e_r);
}

enum err complaint_show(struct exchange *x, struct error *e_r)
{
	struct complaint_row row;
	enum err err = get_row(x, &row, e_r);

	return err ? err : show(x, &row, NULL, e_r);
}

/* ---- checking a text ---- */

enum err complaint_check(struct exchange *x, struct error *e_r)
{
	const char *text = exchange_text(x, "text");
	struct complaint_row row;
	enum err err = get_row(x, &row, e_r);

	if (err)
		return err;
	if (!text)
		return error_set(e_r, ERR_INVALID, "text is missing");
	if (x->api)
		return reply_check_view(x, &row, text, &x->view, e_r);
	json_add_bool(view_page(x), "checked", true);
	return show(x, &row, text, e_r);
}

/* ---- decisions ---- */

/* The text without blanks around it, as queue_do keeps it. */
static const char *trimmed(struct exchange *x, const char *text)
{
	size_t len;

	text += strspn(text, " \t\n");
	len = strlen(text);
	while (len > 0 && strchr(" \t\n", text[len - 1]))
		len--;
	return arena_strndup(x->arena, text, len);
}

/* A page that showed no draft must not overwrite one that somebody has written since. */
static enum err check_shown(const struct complaint_row *row, const char *hash, struct error *e_r)
{
	if (hash && !*hash && row->draft_id)
		return error_set(e_r, ERR_CONFLICT, "%s wrote a draft meanwhile: read it before you go on",
				 row->draft_by ? row->draft_by : "Somebody");
	return ERR_OK;
}

/* Saves the text when it differs from the stored draft; *hash_r: of the draft the decision is about. */
static enum err save_edited(struct exchange *x, struct action_args *args, const char *text, struct error *e_r)
{
	struct queue queue = exchange_queue(x);
	struct actor actor = exchange_actor(x);
	struct action_args draft = *args;
	struct complaint_row row;
	enum err err = get_row(x, &row, e_r);

	if (!err)
		err = check_shown(&row, args->hash, e_r);
	if (err)
		return err;
	draft.text = trimmed(x, text);
	if (!draft.text)
		return error_set(e_r, ERR_NOMEM, "memory exhausted");
	if (row.draft_id && strcmp(draft.text, row.draft) == 0)
		return ERR_OK; /* as shown: the caller's hash decides */
	err = queue_do(&queue, &actor, ACTION_DRAFT, &draft, e_r);
	if (!err)
		err = get_row(x, &row, e_r);
	if (!err && (!row.draft_hash || strcmp(row.draft, draft.text) != 0))
		err = error_set(e_r, ERR_CONFLICT, "%s changed the text in the same moment: read it before you go on",
				row.draft_by ? row.draft_by : "Somebody");
	if (!err)
		args->hash = row.draft_hash;
	return err;
}

/* The page lets people choose one of the policy's reasons and add a remark: "Reason: remark", counted to the colon. */
static const char *reason_of(struct exchange *x)
{
	const char *reason = exchange_text(x, "reason"), *choice = exchange_text(x, "choice");

	if (!choice || !*choice)
		return reason;
	if (!reason || reason[strspn(reason, " \t\n")] == '\0')
		return choice;
	return arena_printf(x->arena, "%s: %s", choice, reason);
}

static enum err decide(struct exchange *x, struct error *e_r)
{
	struct queue queue = exchange_queue(x);
	struct actor actor = exchange_actor(x);
	enum action action = (enum action)x->route->arg;
	const char *text = exchange_text(x, "text");
	struct action_args args = {.complaint_id = x->id,
				   .text = text,
				   .hash = exchange_field(x, "hash"),
				   .reason = reason_of(x),
				   .override_why = exchange_text(x, "override_why"),
				   .override = exchange_flag(x, "override")};
	struct complaint_row row;
	enum err err = get_row(x, &row, e_r);

	if (err)
		return err;
	if (action == ACTION_DRAFT)
		err = text ? check_shown(&row, args.hash, e_r) : error_set(e_r, ERR_INVALID, "text is missing");
	else if ((action == ACTION_APPROVE || action == ACTION_SUBMIT) && text &&
		 queue_allows(action, row.state, actor.role, false))
		err = save_edited(x, &args, text, e_r);
	return err ? err : queue_do(&queue, &actor, action, &args, e_r);
}

enum err complaint_act(struct exchange *x, struct error *e_r)
{
	struct complaint_row row;
	struct error error = {0};
	enum err err = decide(x, &error);

	if (!err && !x->api) {
		x->location = place_done(x, action_name((enum action)x->route->arg));
		return ERR_OK;
	}
	if (!err) {
		err = get_row(x, &row, e_r);
		return err ? err : show(x, &row, NULL, e_r);
	}
	if (!x->api && (err == ERR_CONFLICT || err == ERR_INVALID || err == ERR_FORBIDDEN))
		return show_problem(x, err, error.text, e_r);
	return error_set(e_r, err, "%s", error.text);
}

/* ---- another wording ---- */

enum err complaint_reword(struct exchange *x, struct error *e_r)
{
	struct queue queue = exchange_queue(x);
	struct actor actor = exchange_actor(x);
	struct error error = {0};
	enum err err = queue_reword(&queue, &actor, x->id, exchange_text(x, "text"), &error);

	if (!err && !x->api)
		x->location = place_done(x, "another");
	if (!err)
		return x->api ? complaint_show(x, e_r) : ERR_OK;
	if (!x->api && (err == ERR_INVALID || err == ERR_CONFLICT || err == ERR_FORBIDDEN))
		return show_problem(x, err, error.text, e_r);
	return error_set(e_r, err, "%s", error.text);
}
