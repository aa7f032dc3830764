/*
 * queue_beside.c - what people do beside single complaints: pausing all sending, saying that a promise was kept,
 * looking at a sample of what one person approved. Each is one urgent transaction with its audit row.
 */
#include "clock.h"
#include "respond/queue_private.h"

#define BESIDE_ARENA (16u << 20)
#define REVIEWS_MAX 1000

enum err role_check(const struct actor *actor, enum role role, const char *what, struct error *e_r)
{
	if (actor->role >= role)
		return ERR_OK;
	return error_set(e_r, ERR_FORBIDDEN, "%s is %s %s: to %s takes the role %s", actor->name,
			 actor->role == ROLE_VIEWER ? "a" : "an", role_name(actor->role), what, role_name(role));
}

enum err transaction_end(struct store *store, enum err err, struct error *e_r)
{
	if (err == ERR_OK)
		err = store_commit(store, e_r);
	if (err != ERR_OK)
		store_rollback(store);
	return err;
}

enum err queue_pause(struct queue *queue, const struct actor *actor, int64_t brand_id, bool on, struct error *e_r)
{
	enum err err = role_check(actor, on ? ROLE_AGENT : ROLE_APPROVER, on ? "pause sending" : "resume sending", e_r);

	if (err == ERR_OK)
		err = store_pause(queue->store, brand_id, on, actor->user_id, actor->name, clock_now_s(), e_r);
	return err;
}

static enum err promise_kept(struct queue *queue, const struct actor *actor, struct arena *arena, int64_t complaint_id,
			     struct error *e_r)
{
	int64_t now_s = clock_now_s();
	struct complaint_row row;
	enum err err = store_complaint_get(queue->store, arena, complaint_id, &row, e_r);

	if (err != ERR_OK)
		return err;
	if (row.promise_due_s == 0)
		return error_set(e_r, ERR_CONFLICT, "complaint %lld has no open promise (amends promise list)",
				 (long long)complaint_id);
	/* made in this very second, it is kept, too */
	err = store_promise_keep(queue->store, complaint_id, 0, now_s + 1, e_r);
	return err == ERR_OK ? store_audit_put(queue->store, complaint_id, actor->user_id, actor->name, "promise",
					       "kept", now_s, e_r)
			     : err;
}

enum err queue_promise_kept(struct queue *queue, const struct actor *actor, int64_t complaint_id, struct error *e_r)
{
	enum err err = role_check(actor, ROLE_AGENT, "mark a promise as kept", e_r);
	struct arena *arena;

	if (err != ERR_OK)
		return err;
	arena = arena_new(BESIDE_ARENA);
	if (arena == NULL)
		return error_set(e_r, ERR_NOMEM, "out of memory");
	err = store_begin(queue->store, STORE_URGENT, e_r);
	if (err == ERR_OK)
		err = transaction_end(queue->store, promise_kept(queue, actor, arena, complaint_id, e_r), e_r);
	arena_free(&arena);
	return err;
}

/* The complaint of a reply that waits to be looked at; 0: not found among the first (the store says what is wrong with
 * it). */
static enum err review_complaint(struct store *store, struct arena *arena, int64_t review_id, int64_t *complaint_id_r,
				 struct error *e_r)
{
	struct review_row *rows = NULL;
	size_t count = 0;
	enum err err = store_review_list(store, arena, false, REVIEWS_MAX, &rows, &count, e_r);

	*complaint_id_r = 0;
	for (size_t i = 0; err == ERR_OK && i < count; i++)
		if (rows[i].id == review_id)
			*complaint_id_r = rows[i].complaint_id;
	return err;
}

static enum err review_done(struct queue *queue, const struct actor *actor, struct arena *arena, int64_t review_id,
			    bool fine, const char *note, struct error *e_r)
{
	int64_t complaint_id = 0, now_s = clock_now_s();
	const char *detail;
	enum err err = ERR_OK;

	if (text_blank(note))
		note = NULL;
	else
		err = text_take(arena, note, QUEUE_REASON_MAX, "the note", &note, e_r);
	if (err == ERR_OK)
		err = review_complaint(queue->store, arena, review_id, &complaint_id, e_r);
	if (err == ERR_OK)
		err = store_review_done(queue->store, review_id, actor->user_id, actor->name, fine, note, now_s, e_r);
	if (err != ERR_OK)
		return err;
	detail = arena_printf(arena, "%s%s%s", fine ? "fine" : "not fine", note ? ": " : "", note ? note : "");
	return store_audit_put(queue->store, complaint_id, actor->user_id, actor->name, "review", detail, now_s, e_r);
}

enum err queue_review(struct queue *queue, const struct actor *actor, int64_t review_id, bool fine, const char *note,
		      struct error *e_r)
{
	enum err err = role_check(actor, ROLE_APPROVER, "review a reply", e_r);
	struct arena *arena;

	if (err != ERR_OK)
		return err;
	if (!fine && text_blank(note))
		return error_set(e_r, ERR_INVALID, "say what is not fine: whoever approved it learns from the note");
	arena = arena_new(BESIDE_ARENA);
	if (arena == NULL)
		return error_set(e_r, ERR_NOMEM, "out of memory");
	err = store_begin(queue->store, STORE_URGENT, e_r);
	if (err == ERR_OK)
		err = transaction_end(queue->store, review_done(queue, actor, arena, review_id, fine, note, e_r), e_r);
	arena_free(&arena);
	return err;
}
