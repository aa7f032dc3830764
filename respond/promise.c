/*
 * promise.c - what was promised in a reply that went out, until it is kept.
 *
 * Say Thursday, mean Wednesday: the time said in public is the one meant plus the policy's buffer, rounded up to the
 * end of that working day. At the time meant the complaint comes back into the queue by itself, so that somebody can
 * still answer, or at least say where things stand, before the promise is broken.
 */
#include "promise.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "drafting.h"
#include "queue.h"
#include "respond/when.h"
#include "utf8.h"

#define ARENA_MAX ((size_t)16 << 20)
#define WORDS_MAX 300   /* bytes kept of what was promised */
#define TICK_MAX 500    /* promises looked at in one tick */

/* ---- times ---- */

void promise_times(const struct policy *policy, int64_t now_s, int64_t *aim_r, int64_t *due_r)
{
	const struct office *office = &policy->office;
	int64_t aim_s = office_add(office, now_s, policy->promise_s);

	*aim_r = aim_s;
	*due_r = office_day_end(office, office_add(office, aim_s, policy->buffer_s), 0);
}

/* Days since some day long ago, of a local calendar date. */
static int64_t day_number(const struct tm *tm)
{
	struct tm date = {.tm_year = tm->tm_year, .tm_mon = tm->tm_mon, .tm_mday = tm->tm_mday};

	return (int64_t)timegm(&date) / 86400;
}

static const char *date_text(struct arena *arena, const char *lang, const char *weekday, const struct tm *date)
{
	const char *month = when_month(lang, date->tm_mon);

	if (strcmp(lang, "de") == 0)
		return arena_printf(arena, "%s, %d. %s", weekday, date->tm_mday, month);
	if (strcmp(lang, "es") == 0)
		return arena_printf(arena, "%s %d de %s", weekday, date->tm_mday, month);
	if (strcmp(lang, "fr") == 0)
		return arena_printf(arena, "%s %d%s %s", weekday, date->tm_mday, date->tm_mday == 1 ? "er" : "", month);
	if (strcmp(lang, "it") == 0)
		return arena_printf(arena, "%s %d%s %s", weekday, date->tm_mday, date->tm_mday == 1 ? "º" : "", month);
	if (strcmp(lang, "pt") == 0)
		return arena_printf(arena, "%s, %d%s de %s", weekday, date->tm_mday, date->tm_mday == 1 ? "º" : "",
				    month);
	return arena_printf(arena, "%s %d %s", weekday, date->tm_mday, month);
}

const char *promise_day(struct arena *arena, const char *lang, int64_t now_s, int64_t due_s)
{
	/* a day that ends at midnight is still that day */
	time_t now = (time_t)now_s, due = (time_t)due_s - 1;
	struct tm today, day;
	const char *weekday;

	lang = lang != NULL ? lang : "en";
	if (localtime_r(&now, &today) == NULL || localtime_r(&due, &day) == NULL)
		return arena_strdup(arena, "");
	weekday = when_weekday(lang, (day.tm_wday + 6) % 7);
	if (day_number(&day) - day_number(&today) > 6)
		return date_text(arena, lang, weekday, &day);
	return arena_strdup(arena, weekday);
}

const char *promise_by(struct arena *arena, const struct policy *policy, const char *lang, int64_t now_s)
{
	int64_t aim_s, due_s;

	promise_times(policy, now_s, &aim_s, &due_s);
	return promise_day(arena, lang, now_s, due_s);
}

/* ---- opening ---- */

static void vow_times(const struct policy *policy, const struct vow *vow, int64_t now_s, int64_t *aim_r, int64_t *due_r)
{
	int64_t aim_s, earliest_s = now_s + (vow->due_s - now_s) / 4;

	if (vow->due_s == 0) {
		promise_times(policy, now_s, aim_r, due_r);
		return;
	}
	aim_s = office_add(&policy->office, vow->due_s, -policy->buffer_s);
	*aim_r = vow->due_s <= now_s ? vow->due_s : aim_s > earliest_s ? aim_s : earliest_s;
	*due_r = vow->due_s;
}

/* Is there a vow that says the same or more: with the same time before it, or with any time where it has none? */
static bool vow_is_said(const struct offers *offers, size_t index)
{
	int64_t due_s = offers->vows[index].due_s;

	for (size_t i = 0; i < offers->vow_count; i++) {
		if (i < index && offers->vows[i].due_s == due_s)
			return true;
		if (due_s == 0 && offers->vows[i].due_s != 0)
			return true;
	}
	return false;
}

static void words_of(const char *text, const struct vow *vow, char words[WORDS_MAX + 1])
{
	size_t len = vow->end - vow->start;

	len = utf8_valid_prefix(text + vow->start, len < WORDS_MAX ? len : WORDS_MAX);
	memcpy(words, text + vow->start, len);
	words[len] = '\0';
}

enum err promise_open(struct store *store, const struct policy *policy, int64_t complaint_id, int64_t outbox_id,
		      const char *text, const struct offers *offers, int64_t now_s, struct error *e_r)
{
	char words[WORDS_MAX + 1];
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < offers->vow_count; i++) {
		int64_t aim_s, due_s;

		if (vow_is_said(offers, i))
			continue;
		vow_times(policy, &offers->vows[i], now_s, &aim_s, &due_s);
		words_of(text, &offers->vows[i], words);
		err = store_promise_put(store, complaint_id, outbox_id, words, aim_s, due_s, now_s, e_r);
	}
	return err;
}

/* ---- the holding draft ---- */

/* One promise whose aim has come. */
struct due {
	struct store *store;
	const struct settings *settings;
	const struct templates *templates;
	struct arena *arena;
	struct promise_row promise;
	struct complaint_row row;
	int64_t now_s;
	struct error *e_r;
};

/*
 * What the draft is made for. A person has spoken to this customer already, so that urgency no longer asks for a first
 * holding line; and who was promised an answer gets one, whatever the class.
 */
static struct verdict verdict_again(const struct complaint_row *row)
{
	struct verdict verdict = drafting_verdict(row);

	verdict.class = row->class == CLASS_OTHER ? CLASS_PROBLEM : row->class;
	verdict.cause = row->cause == CAUSE_SAFETY ? CAUSE_OTHER : row->cause;
	verdict.complaint = 0; /* not weighed again */
	verdict.urgency = 0;
	return verdict;
}

/* In the place of the reply that was sent; where no template fits there is none: it must not be sent twice. */
static enum err draft_holding(struct due *due)
{
	const struct drafting how = {.store = due->store,
				     .settings = due->settings,
				     .templates = due->templates,
				     .arena = due->arena,
				     .now_s = due->now_s};
	struct verdict verdict = verdict_again(&due->row);
	const struct drafting_wish wish = {.as = &verdict, .stage = "holding", .salt = (uint64_t)due->promise.id};
	enum err err = drafting_anew(&how, &due->row, &wish, due->e_r);

	return err == ERR_NOT_FOUND ? store_draft_drop(due->store, due->row.id, due->e_r) : err;
}

/* ---- the tick ---- */

static enum err bring_back(struct due *due)
{
	const char *day = promise_day(due->arena, "en", due->now_s, due->promise.due_s), *detail;
	enum err err;

	detail = arena_printf(due->arena, "an answer was promised by %s: \"%s\"", day != NULL ? day : "then",
			      due->promise.words);
	if (detail == NULL)
		return error_set(due->e_r, ERR_NOMEM, "out of memory");
	err = store_complaint_move(due->store, due->row.id, 1u << STATE_REPLIED, STATE_OPEN, NULL, NULL, due->now_s,
				   due->e_r);
	if (err == ERR_OK)
		err = draft_holding(due);
	return err == ERR_OK ? store_audit_put(due->store, due->row.id, 0, QUEUE_PROGRAM, "reopen", detail, due->now_s,
					       due->e_r)
			     : err;
}

/* The next promise, inside a transaction. *more_r false: there was none. */
static enum err remind_next(struct due *due, bool *more_r, bool *back_r)
{
	struct promise_row *rows = NULL;
	size_t count = 0;
	enum err err = store_promise_due(due->store, due->arena, due->now_s, 1, &rows, &count, due->e_r);

	*more_r = count > 0;
	if (err != ERR_OK || count == 0)
		return err;
	due->promise = rows[0];
	err = store_complaint_get(due->store, due->arena, due->promise.complaint_id, &due->row, due->e_r);
	*back_r = err == ERR_OK && due->row.state == STATE_REPLIED;
	if (*back_r)
		err = bring_back(due);
	return err == ERR_OK ? store_promise_reminded(due->store, due->promise.id, due->e_r) : err;
}

static enum err remind(struct due *due, bool *more_r, bool *back_r)
{
	enum err err = store_begin(due->store, STORE_URGENT, due->e_r);

	if (err != ERR_OK)
		return err;
	err = remind_next(due, more_r, back_r);
	if (err == ERR_OK)
		err = store_commit(due->store, due->e_r);
	if (err != ERR_OK)
		store_rollback(due->store);
	return err;
}

/* Most of the time nothing is due, and nobody needs to wait for a look. */
static enum err is_any_due(struct due *due, bool *any_r)
{
	struct promise_row *rows = NULL;
	size_t count = 0;
	enum err err = store_promise_due(due->store, due->arena, due->now_s, 1, &rows, &count, due->e_r);

	*any_r = count > 0;
	return err;
}

enum err promise_tick(struct store *store, const struct settings *settings, const struct templates *templates,
		      int64_t now_s, size_t *count_r, struct error *e_r)
{
	struct due due = {.store = store,
			  .settings = settings,
			  .templates = templates,
			  .arena = arena_new(ARENA_MAX),
			  .now_s = now_s,
			  .e_r = e_r};
	int64_t broken;
	size_t count = 0;
	bool more = false;
	enum err err;

	if (due.arena == NULL)
		return error_set(e_r, ERR_NOMEM, "out of memory");
	err = is_any_due(&due, &more);
	for (int i = 0; err == ERR_OK && more && i < TICK_MAX; i++) {
		bool back = false;

		arena_reset(due.arena);
		err = remind(&due, &more, &back);
		count += err == ERR_OK && back;
	}
	if (err == ERR_OK)
		err = store_promise_break(store, now_s - PROMISE_BROKEN_S, now_s, &broken, e_r);
	if (err == ERR_OK)
		*count_r = count;
	arena_free(&due.arena);
	return err;
}
