/*
 * promise.h - what was promised in a reply that went out, until it is kept.
 *
 * A promise says one time in public (due) and means an earlier one (aim): the difference is the policy's buffer. At
 * aim time an unkept promise brings its complaint back into the queue, with a holding reply as draft. It is kept by the
 * next reply that goes out to the same complaint, or by a person who says so.
 */
#ifndef PROMISE_H
#define PROMISE_H

#include "draft.h"
#include "policy.h"
#include "store.h"

/* Seconds after due from which on an open promise counts as broken. */
#define PROMISE_BROKEN_S (7 * 86400)

/* When an answer promised now is meant to come (aim) and said to come (due; a closing time). */
void promise_times(const struct policy *policy, int64_t now_s, int64_t *aim_r, int64_t *due_r);
/* "Thursday", "Thursday 3 December" when more than six days away (never "today"); in the language of the template (en
 * de es fr it pt; another: English); in arena; NULL: no memory. */
const char *promise_day(struct arena *arena, const char *lang, int64_t now_s, int64_t due_s);
/* The day that a reply drafted now may name, draft_request.by: promise_day() of promise_times(). NULL: no memory. */
const char *promise_by(struct arena *arena, const struct policy *policy, const char *lang, int64_t now_s);
/*
 * Opens a promise for each vow of the approved reply (none: does nothing); it counts once the reply is sent. Inside
 * the approving transaction. Vows that fall due at the same time are one promise. A vow without a time says nothing
 * more where another names one; alone it falls due as promise_times() says. The aim of a stated time is the buffer
 * before it, but not before a quarter of the way is over.
 */
enum err promise_open(struct store *store, const struct policy *policy, int64_t complaint_id, int64_t outbox_id,
		      const char *text, const struct offers *offers, int64_t now_s, struct error *e_r) MUST_CHECK;
/*
 * Brings the complaints of promises whose aim has come back into the queue with a holding draft, each in one urgent
 * transaction; marks promises broken that are a week overdue. A complaint that is not in state replied stays as it is.
 * *count_r: how many came back. Call every minute or so.
 */
enum err promise_tick(struct store *store, const struct settings *settings, const struct templates *templates,
		      int64_t now_s, size_t *count_r, struct error *e_r) MUST_CHECK;

#endif
