/*
 * reply_view.c - a reply as views.
 *
 * The check answers what somebody wants to know while writing: does it fit, how does it sound, what does it commit the
 * company to, and who may let it go. All of it comes from the functions that approval itself uses (queue.h), so that
 * nothing is promised here that approval then refuses. Texts that people changed are shown with their differences.
 */
#include "reply_view.h"

#include <string.h>

#include "diff.h"
#include "promise.h"
#include "words.h"

static bool blank(const char *text)
{
	return text[strspn(text, " \t\n")] == '\0';
}

/* ---- the text's way ---- */

static struct json_object *parts_view(const struct diff_part *parts, size_t count, bool page)
{
	static const char *const words[] = {[DIFF_SAME] = "same", [DIFF_DEL] = "del", [DIFF_INS] = "ins"};
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < count; i++) {
		struct json_object *part = json_object_new_object();

		json_add_str(part, "op", words[parts[i].op]);
		json_add_str(part, "text", parts[i].text);
		if (page) {
			json_add_bool(part, "is_del", parts[i].op == DIFF_DEL);
			json_add_bool(part, "is_ins", parts[i].op == DIFF_INS);
		}
		json_object_array_add(list, part);
	}
	return list;
}

static enum err changes_view(struct exchange *x, const struct draft_row *from, const struct draft_row *to,
			     struct json_object **view_r, struct error *e_r)
{
	const struct diff_part *parts = NULL;
	size_t count = 0;
	enum err err = diff_words(x->arena, from->text, to->text, &parts, &count, e_r);

	if (err)
		return err;
	*view_r = json_object_new_object();
	json_add_str(*view_r, "from", from->by);
	json_add_str(*view_r, "to", to->by);
	json_add(*view_r, "parts", parts_view(parts, count, !x->api));
	return ERR_OK;
}

/* Nobody's change: another wording of the program's own has nothing to do with the one before. */
static bool is_programs(const struct draft_row *row)
{
	return row->by && strcmp(row->by, QUEUE_PROGRAM) == 0;
}

static enum err version_view(struct exchange *x, const struct draft_row *row, const struct draft_row *before,
			     struct json_object *list, struct error *e_r)
{
	struct json_object *view = json_object_new_object(), *changes = NULL;
	enum err err = ERR_OK;

	json_object_array_add(list, view);
	json_add_str(view, "by", row->by);
	json_add_str(view, "at", time_text(x->arena, row->at_s));
	json_add_str(view, "text", row->text);
	json_add_str(view, "template", row->template);
	json_add_str(view, "approved_by", row->approved_by);
	if (before && !is_programs(row) && strcmp(before->text, row->text) != 0)
		err = changes_view(x, before, row, &changes, e_r);
	json_add(view, "changes", changes);
	if (!x->api)
		json_add_str(view, "age", age_text(x->arena, row->at_s, x->now_s));
	return err;
}

static struct json_object *draft_view(const struct complaint_row *row)
{
	struct json_object *view;

	if (!row->draft_id)
		return NULL;
	view = json_object_new_object();
	json_add_str(view, "text", row->draft);
	json_add_str(view, "hash", row->draft_hash);
	json_add_str(view, "template", row->draft_template);
	/* it tells why a template was taken, and nothing of what a person made of it */
	json_add_str(view, "why", row->draft_by && strcmp(row->draft_by, QUEUE_PROGRAM) == 0 ? row->draft_why : NULL);
	json_add_str(view, "lang", row->draft_lang);
	json_add_str(view, "by", row->draft_by);
	return view;
}

/* What people made of the program's own draft: of the latest one before the text that stands now. */
static enum err add_changes(struct exchange *x, const struct complaint_row *row, const struct draft_row *rows,
			    size_t count, struct json_object *view, struct error *e_r)
{
	const struct draft_row *made = NULL, *now = NULL;
	struct json_object *changes = NULL;
	enum err err = ERR_OK;

	for (size_t i = 0; i < count && !now; i++) {
		if (rows[i].id == row->draft_id)
			now = &rows[i];
		else if (is_programs(&rows[i]))
			made = &rows[i];
	}
	if (now && made && !is_programs(now) && strcmp(now->text, made->text) != 0)
		err = changes_view(x, made, now, &changes, e_r);
	json_add(view, "changes", changes);
	return err;
}

enum err reply_add_text(struct exchange *x, const struct complaint_row *row, struct json_object *view,
			struct error *e_r)
{
	struct json_object *list = json_object_new_array();
	struct draft_row *rows;
	size_t count;
	enum err err;

	json_add(view, "draft", draft_view(row));
	json_add(view, "versions", list);
	err = store_draft_list(x->desk->options.store, x->arena, row->id, &rows, &count, e_r);
	for (size_t i = 0; !err && i < count; i++)
		err = version_view(x, &rows[i], i > 0 ? &rows[i - 1] : NULL, list, e_r);
	if (!err && !x->api)
		json_add_bool(view, "has_versions", count > 1);
	return err ? err : add_changes(x, row, rows, count, view, e_r);
}

/* ---- length and tone ---- */

static const char *unit_word(enum length_unit unit)
{
	switch (unit) {
	case LENGTH_GRAPHEMES:
		return "graphemes";
	case LENGTH_WEIGHTED:
		return "weighted";
	case LENGTH_BYTES:
		return "bytes";
	default:
		return "characters";
	}
}

/* A reader counts characters, whatever the platform calls them. */
static const char *unit_label(enum length_unit unit)
{
	if (unit == LENGTH_BYTES)
		return "bytes";
	return unit == LENGTH_WEIGHTED ? "characters (wide ones count twice)" : "characters";
}

static void add_length(const struct exchange *x, const struct complaint_row *row, const char *text,
		       struct json_object *view)
{
	struct length_rule rule = {0};
	size_t length = queue_length(row, text, &rule);

	json_add_int(view, "length", (int64_t)length);
	json_add(view, "limit", rule.limit ? json_object_new_int64((int64_t)rule.limit) : NULL);
	json_add_str(view, "unit", unit_word(rule.unit));
	json_add_str(view, "unit_label", unit_label(rule.unit));
	json_add_bool(view, "too_long", rule.limit && length > rule.limit);
	if (!x->api && rule.limit && length > rule.limit)
		json_add_int(view, "over", (int64_t)(length - rule.limit));
}

/* What the findings mean for approval. */
struct tone_sum {
	size_t blocking, private;
};

static enum err add_findings(struct exchange *x, const struct complaint_row *row, const char *text,
			     struct json_object *view, struct tone_sum *sum, struct error *e_r)
{
	const struct queue queue = exchange_queue(x);
	const struct tone_finding *findings = NULL;
	struct json_object *list;
	size_t count = 0;
	enum err err = queue_findings(&queue, x->arena, row, text, &findings, &count, e_r);

	if (err)
		return err;
	list = tone_to_json(findings, count, text);
	for (size_t i = 0; i < count; i++) {
		sum->blocking += findings[i].block;
		sum->private += findings[i].block && strcmp(findings[i].group, POLICY_PRIVATE) == 0;
		if (!x->api && list)
			json_add_bool(json_object_array_get_idx(list, i), "blocks", findings[i].block);
	}
	json_add_bool(view, "blocked", sum->blocking > 0);
	json_add_bool(view, "can_override", sum->blocking > 0 && sum->private == 0);
	json_add(view, "findings", list);
	return ERR_OK;
}

/* ---- what it offers and promises ---- */

/* Each sentence once, however often the reply has the words. */
static void say(struct json_object *says, const char *sentence)
{
	for (size_t i = 0; sentence && i < json_object_array_length(says); i++)
		if (strcmp(json_object_get_string(json_object_array_get_idx(says, i)), sentence) == 0)
			return;
	if (sentence)
		json_object_array_add(says, json_object_new_string(sentence));
}

static const char *words_of(struct exchange *x, const char *text, size_t start, size_t end)
{
	return arena_strndup(x->arena, text + start, end - start);
}

static struct json_object *offers_view(struct exchange *x, const char *text, const struct offers *offers,
				       struct json_object *says)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < offers->offer_count; i++) {
		const struct offer *offer = &offers->offers[i];
		const char *words = words_of(x, text, offer->start, offer->end);
		struct json_object *view = json_object_new_object();

		json_add_str(view, "remedy", remedy_name(offer->remedy));
		json_add(view, "amount", offer->amount > 0 ? json_object_new_double(offer->amount) : NULL);
		json_add_str(view, "sum", offer->sum);
		json_add_str(view, "text", words);
		json_object_array_add(list, view);
		if (offer->remedy == REMEDY_APOLOGY)
			continue; /* most replies do, and nobody would read the sentence */
		if (offer->amount > 0)
			say(says, arena_printf(x->arena, "Offers %s of %s: “%s”", remedy_label(offer->remedy),
					       offer->sum, words));
		else
			say(says, arena_printf(x->arena, "Offers %s: “%s”", remedy_label(offer->remedy), words));
	}
	return list;
}

/* Vows without a time say nothing more where another names one; alone they fall due as the policy says (promise.h). */
static struct json_object *promises_view(struct exchange *x, const char *text, const struct offers *offers,
					 struct json_object *says)
{
	const struct policy *policy = &x->desk->options.settings->policy;
	struct json_object *list = json_object_new_array();
	bool stated = false;
	int64_t aim_s, due_s;

	for (size_t i = 0; i < offers->vow_count; i++)
		stated = stated || offers->vows[i].due_s != 0;
	promise_times(policy, x->now_s, &aim_s, &due_s);
	for (size_t i = 0; i < offers->vow_count; i++) {
		const struct vow *vow = &offers->vows[i];
		const char *words = words_of(x, text, vow->start, vow->end);
		struct json_object *view;

		if (stated && vow->due_s == 0)
			continue;
		view = json_object_new_object();
		json_add_str(view, "text", words);
		json_add_str(view, "due_at", time_text(x->arena, vow->due_s ? vow->due_s : due_s));
		json_add_bool(view, "stated", vow->due_s != 0);
		json_object_array_add(list, view);
		if (vow->due_s)
			say(says, arena_printf(x->arena, "Promises an answer by %s: “%s”",
					       moment_text(x->arena, vow->due_s, x->now_s), words));
		else
			say(says, arena_printf(x->arena, "Promises an answer, no day named, so by %s: “%s”",
					       moment_text(x->arena, due_s, x->now_s), words));
	}
	return list;
}

static enum err add_offers(struct exchange *x, const struct complaint_row *row, const char *text,
			   struct json_object *view, struct error *e_r)
{
	const struct settings *settings = x->desk->options.settings;
	struct json_object *says = json_object_new_array();
	struct offers offers = {0};
	enum err err = ERR_OK;

	json_add(view, "says", says);
	if (x->desk->offers)
		err = offers_read(x->desk->offers, x->arena, text, strlen(text),
				  row->draft_lang ? row->draft_lang : row->lang, x->now_s, &settings->policy.office,
				  &offers, e_r);
	if (err)
		return err;
	json_add(view, "offers", offers_view(x, text, &offers, says));
	json_add(view, "promises", promises_view(x, text, &offers, says));
	if (!blank(text) && queue_mention_hindrance(x->arena, row, text))
		say(says, arena_printf(x->arena, "Does not name @%s: %s would notify nobody.", row->author.handle,
				       platform_label(row->platform)));
	if (offers.links)
		say(says, offers.links == 1 ? "Has a link." : arena_printf(x->arena, "Has %zu links.", offers.links));
	if (offers.undecided)
		say(says, "Could not be read to the end: there may be more in it.");
	if (!x->api)
		json_add_bool(view, "says_something", json_object_array_length(says) > 0);
	return ERR_OK;
}

/* ---- who may let it go ---- */

static const char *approver_words(enum role role)
{
	return role >= ROLE_ADMIN ? "an admin" : role == ROLE_APPROVER ? "an approver" : "whoever answers";
}

static const char *ruling_summary(struct exchange *x, const struct ruling *ruling)
{
	if (ruling->two)
		return arena_printf(x->arena, "Two people: one submits it, then %s other than the author approves.",
				    approver_words(ruling->role));
	if (ruling->role > ROLE_AGENT)
		return arena_printf(x->arena, "One person may approve this: %s.", approver_words(ruling->role));
	return "One person may approve this alone.";
}

static struct json_object *ruling_view(struct exchange *x, const struct ruling *ruling)
{
	struct json_object *view = json_object_new_object(), *why = json_object_new_array();

	json_add_str(view, "role", role_name(ruling->role));
	json_add_bool(view, "two", ruling->two);
	json_add_bool(view, "override_needed", ruling->override_needed);
	json_add_str(view, "summary", ruling_summary(x, ruling));
	json_add(view, "why", why);
	for (size_t i = 0; ruling->why && ruling->why[i]; i++)
		json_object_array_add(why, json_object_new_string(sentence_text(x->arena, ruling->why[i])));
	return view;
}

/* The ruling's sentences stand above already: what is left says what to do. */
static const char *without_whys(const struct ruling *ruling, const char *sentence)
{
	for (size_t i = 0; sentence && ruling->why && ruling->why[i]; i++) {
		size_t len = strlen(ruling->why[i]);

		if (strncmp(sentence, ruling->why[i], len) == 0 && strncmp(sentence + len, "; ", 2) == 0)
			sentence += len + 2;
	}
	return sentence;
}

/* Why the text can go to nobody, whoever asks; NULL: it can. */
static const char *text_hindrance(struct exchange *x, const struct complaint_row *row, const char *text,
				  const struct tone_sum *sum)
{
	const char *why = queue_length_hindrance(x->arena, row, text);

	if (row->post_deleted)
		return "There is no post left to reply to: its author deleted it. Close this without a reply, unless "
		       "they write again.";
	if (blank(text))
		return "There is no reply yet.";
	if (why)
		return arena_printf(x->arena, "%s.", sentence_text(x->arena, why));
	return sum->private > 0 ? "It holds private data: change it first." : NULL;
}

/* Why this person cannot approve this text now; NULL: they can. An edit makes the editor the author. */
static const char *hindrance(struct exchange *x, const struct complaint_row *row, const char *text,
			     const struct ruling *ruling, const struct tone_sum *sum)
{
	const struct queue queue = exchange_queue(x);
	const struct actor actor = exchange_actor(x);
	struct complaint_row edited = *row;
	bool changed = !row->draft || strcmp(row->draft, text) != 0;
	const char *why;

	if (changed)
		edited.draft_by = actor.name;
	why = queue_hindrance(&queue, x->arena, &actor, ACTION_APPROVE, &edited, NULL);
	if (!why && text_hindrance(x, row, text, sum))
		return text_hindrance(x, row, text, sum);
	if (!why)
		why = queue_hindrance(&queue, x->arena, &actor, ACTION_APPROVE, &edited, ruling);
	if (why)
		return arena_printf(x->arena, "You cannot approve it now: %s.", without_whys(ruling, why));
	if (sum->blocking > 0 && (row->state != STATE_SUBMITTED || !row->override_why || changed))
		return "A finding stops approval: change the words, or submit it with the reason why it is wrong here.";
	return NULL;
}

enum err reply_check_view(struct exchange *x, const struct complaint_row *row, const char *text,
			  struct json_object **view_r, struct error *e_r)
{
	const struct queue queue = exchange_queue(x);
	struct json_object *view = json_object_new_object();
	struct tone_sum sum = {0};
	struct ruling ruling;
	enum err err;

	add_length(x, row, text, view);
	err = add_findings(x, row, text, view, &sum, e_r);
	if (!err)
		err = add_offers(x, row, text, view, e_r);
	if (!err)
		err = queue_ruling(&queue, x->arena, row, text, &ruling, e_r);
	if (err) {
		json_object_put(view);
		return err;
	}
	json_add(view, "ruling", ruling_view(x, &ruling));
	json_add_bool(view, "can_submit", text_hindrance(x, row, text, &sum) == NULL);
	json_add_str(view, "hindrance", hindrance(x, row, text, &ruling, &sum));
	*view_r = view;
	return ERR_OK;
}
