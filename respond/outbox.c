/*
 * outbox.c - delivering approved replies: intent first, then send, then confirm.
 *
 * The one danger is a reply said twice in public; the other, one that silently never goes out. So the row of a reply is
 * moved to `sending`, and that is committed, before the first byte may leave (outbox_claim); whatever happens
 * afterwards, a row in `sending` means "bytes may have left". Found there at start, or after an answer that tells
 * nothing, it becomes `unknown`, and unknown is settled by reading the thread back, never by sending again first. Only
 * a read-back that certainly found nothing makes it `scheduled` again, with the same idempotency key.
 *
 *   scheduled --claim--> sending --sent--> sent (complaint replied)
 *       ^                  |  |---refused, auth--> failed (complaint open again, with the sentence)
 *       |                  |  |---not by us, here--> handoff (a person can still post it, or write privately)
 *       |                  |  '---wait, temporary (nothing was said)--> scheduled, later
 *       |                  '---not known, crash--> unknown --read back: found--> sent
 *       '------------------------------------------ ' certainly not there
 *
 * While sending is paused (for a brand, for all) scheduled rows wait; what may be out there is still read back.
 */
#include "outbox.h"

#include <stdio.h>
#include <string.h>

#include "queue.h"

#define BY "amends"
#define TRIES_MAX 10 /* temporary failures, then a person must look */
#define PAUSE_MAX_S 3600
#define UNKNOWN_MAX_S 86400 /* not found out for so long: a person must look at the thread */
#define CORRUPT_MAX 64      /* rows set aside in one claim because approval and text differ */

/* Growing pause after so many attempts: 30 s, 1 min, 2 min ... 1 h. */
static int64_t pause_s(int attempts)
{
	int64_t pause = 30;

	for (int i = 1; i < attempts && pause < PAUSE_MAX_S; i++)
		pause *= 2;
	return pause < PAUSE_MAX_S ? pause : PAUSE_MAX_S;
}

static const char *sentence(const struct answer *answer, const char *otherwise)
{
	return answer->why != NULL && answer->why[0] != '\0' ? answer->why : otherwise;
}

/* ---- endings; each inside the caller's transaction ---- */

/* The complaint follows its reply, unless it has gone elsewhere meanwhile (its post was deleted, say): then it stays.
 */
static enum err complaint_follow(struct store *store, const struct outbox_row *row, enum complaint_state to,
				 const char *reason, int64_t now_s, struct error *e_r)
{
	enum err err =
		store_complaint_move(store, row->complaint_id, 1u << STATE_APPROVED, to, NULL, reason, now_s, e_r);

	return err == ERR_CONFLICT ? ERR_OK : err;
}

/* It is out: on record, and earlier promises to this customer are kept by it. */
static enum err said(struct store *store, const struct outbox_row *row, const struct answer *answer, int64_t now_s,
		     struct error *e_r)
{
	enum err err = store_audit_put(store, row->complaint_id, 0, BY, "sent",
				       answer->reply_url != NULL ? answer->reply_url : answer->reply_id, now_s, e_r);

	return err == ERR_OK ? store_promise_keep(store, row->complaint_id, row->id, now_s, e_r) : err;
}

static enum err end_sent(struct store *store, const struct outbox_row *row, const struct answer *answer, int64_t now_s,
			 struct error *e_r)
{
	enum err err;

	err = store_outbox_move(store, row->id, row->state, OUTBOX_SENT, row->not_before_s, row->attempted_s,
				row->attempts, answer->reply_id, answer->reply_url, NULL, e_r);
	if (err == ERR_OK)
		err = complaint_follow(store, row, STATE_REPLIED, NULL, now_s, e_r);
	if (err == ERR_OK)
		err = said(store, row, answer, now_s, e_r);
	return err;
}

/* The program may not post it there, but what was approved still stands: a person posts it, or writes privately. */
static enum err end_handoff(struct store *store, const struct outbox_row *row, const char *why, int64_t now_s,
			    struct error *e_r)
{
	enum err err;

	err = store_outbox_move(store, row->id, row->state, OUTBOX_HANDOFF, row->not_before_s, row->attempted_s,
				row->attempts, NULL, NULL, why, e_r);
	if (err == ERR_OK)
		err = store_audit_put(store, row->complaint_id, 0, BY, "handoff", why, now_s, e_r);
	return err;
}

static enum err end_failed(struct store *store, const struct outbox_row *row, const char *why, int64_t now_s,
			   struct error *e_r)
{
	enum err err;

	err = store_outbox_move(store, row->id, row->state, OUTBOX_FAILED, row->not_before_s, row->attempted_s,
				row->attempts, NULL, NULL, why, e_r);
	if (err == ERR_OK)
		err = complaint_follow(store, row, STATE_OPEN, why, now_s, e_r);
	if (err == ERR_OK)
		err = store_audit_put(store, row->complaint_id, 0, BY, "failed", why, now_s, e_r);
	return err;
}

/* Nothing was said in public: another try, not before at_s. */
static enum err end_again(struct store *store, const struct outbox_row *row, const char *why, int64_t at_s,
			  struct error *e_r)
{
	return store_outbox_move(store, row->id, row->state, OUTBOX_SCHEDULED, at_s, row->attempted_s, row->attempts,
				 NULL, NULL, why, e_r);
}

static enum err end_unknown(struct store *store, const struct outbox_row *row, const char *why, int64_t at_s,
			    int64_t now_s, struct error *e_r)
{
	enum err err;

	err = store_outbox_move(store, row->id, row->state, OUTBOX_UNKNOWN, at_s, row->attempted_s, row->attempts, NULL,
				NULL, why, e_r);
	/* Looked at again and again, it is written down once. */
	if (err == ERR_OK && row->state == OUTBOX_SENDING)
		err = store_audit_put(store, row->complaint_id, 0, BY, "unknown", why, now_s, e_r);
	return err;
}

/* ---- recover ---- */

static enum err recover_all(struct store *store, struct arena *arena, int64_t now_s, size_t *count_r, struct error *e_r)
{
	struct outbox_row row;
	int64_t *ids = NULL;
	size_t count = 0;
	enum err err;

	err = store_outbox_in(store, arena, OUTBOX_SENDING, &ids, &count, e_r);
	for (size_t i = 0; err == ERR_OK && i < count; i++) {
		err = store_outbox_get(store, arena, ids[i], &row, e_r);
		if (err == ERR_OK)
			err = end_unknown(store, &row, "the program stopped while it was being sent",
					  now_s + OUTBOX_SETTLE_S, now_s, e_r);
	}
	if (err == ERR_OK)
		*count_r = count;
	return err;
}

enum err outbox_recover(struct store *store, int64_t now_s, size_t *count_r, struct error *e_r)
{
	struct arena *arena = arena_new(64u << 20);
	size_t count = 0;
	enum err err;

	if (arena == NULL)
		return error_set(e_r, ERR_NOMEM, "out of memory");
	err = store_begin(store, STORE_URGENT, e_r);
	if (err == ERR_OK) {
		err = recover_all(store, arena, now_s, &count, e_r);
		if (err == ERR_OK)
			err = store_commit(store, e_r);
		if (err != ERR_OK)
			store_rollback(store);
	}
	if (err == ERR_OK)
		*count_r = count;
	arena_free(&arena);
	return err;
}

/* ---- claim ---- */

/* Is the approval bound to exactly this text for exactly this post? */
static bool approved_exactly(const struct outbox_row *row)
{
	char hash[APPROVAL_HASH_SIZE];

	if (row->text == NULL || row->approved_hash == NULL)
		return false;
	approval_hash(row->platform, row->post_ext_id, row->text, hash);
	return strcmp(hash, row->approved_hash) == 0;
}

static enum err claim_next(struct store *store, struct arena *arena, const char *platform, int64_t now_s,
			   struct outbox_row *row, struct error *e_r)
{
	struct complaint_row complaint;
	enum err err;

	for (int i = 0; i < CORRUPT_MAX; i++) {
		const char *wrong = NULL;

		err = store_outbox_due(store, arena, platform, now_s, row, e_r);
		if (err != ERR_OK)
			return err;
		if (row->state == OUTBOX_UNKNOWN)
			return ERR_OK; /* to be read back: nothing is sent */
		err = store_complaint_get(store, arena, row->complaint_id, &complaint, e_r);
		if (err != ERR_OK)
			return err;
		if (!approved_exactly(row))
			wrong = "approval does not match the text";
		else if (complaint.state != STATE_APPROVED)
			wrong = "the complaint is not approved any more";
		if (wrong == NULL)
			break;
		/* A complaint that has gone elsewhere stays there; only an approved one is opened again. */
		if (complaint.state == STATE_APPROVED)
			err = end_failed(store, row, wrong, now_s, e_r);
		else
			err = store_outbox_move(store, row->id, row->state, OUTBOX_CANCELLED, row->not_before_s,
						row->attempted_s, row->attempts, NULL, NULL, wrong, e_r);
		if (err != ERR_OK)
			return err;
		row->id = 0;
	}
	if (row->id == 0)
		return error_set(e_r, ERR_NOT_FOUND, "nothing to send");
	err = store_outbox_move(store, row->id, OUTBOX_SCHEDULED, OUTBOX_SENDING, row->not_before_s, now_s,
				row->attempts + 1, NULL, NULL, NULL, e_r);
	if (err != ERR_OK)
		return err;
	row->state = OUTBOX_SENDING;
	row->attempted_s = now_s;
	row->attempts++;
	return ERR_OK;
}

enum err outbox_claim(struct store *store, struct arena *arena, const char *platform, int64_t now_s,
		      struct outbox_row *row_r, struct error *e_r)
{
	struct outbox_row row = {0};
	enum err err, commit;

	/* Most of the time nothing is due: that is found out without the writer's lock. What is paused is not due. */
	err = store_outbox_due(store, arena, platform, now_s, &row, e_r);
	if (err != ERR_OK)
		return err;
	err = store_begin(store, STORE_URGENT, e_r);
	if (err != ERR_OK)
		return err;
	err = claim_next(store, arena, platform, now_s, &row, e_r);
	/* NOT_FOUND may have set rows aside that must not be sent: that is kept. */
	if (err != ERR_OK && err != ERR_NOT_FOUND) {
		store_rollback(store);
		return err;
	}
	commit = store_commit(store, e_r);
	if (commit != ERR_OK) {
		store_rollback(store);
		return commit;
	}
	if (err == ERR_OK)
		*row_r = row;
	return err;
}

/* ---- settle ---- */

static enum err settle_attempt(struct store *store, const struct outbox_row *row, const struct answer *answer,
			       int64_t now_s, struct error *e_r)
{
	int64_t again_s = now_s + pause_s(row->attempts);
	char why[700];

	if (answer->retry_s > again_s)
		again_s = answer->retry_s;
	switch (answer->outcome) {
	case OUTCOME_OK:
		return end_sent(store, row, answer, now_s, e_r);
	case OUTCOME_WAIT:
		/* Being asked to wait is no failure: it is not counted against the reply, except to pause longer. */
		if (row->attempts >= 4 * TRIES_MAX)
			return end_failed(store, row, sentence(answer, "the platform asks to wait, again and again"),
					  now_s, e_r);
		return end_again(store, row, sentence(answer, "the platform asks to wait"), again_s, e_r);
	case OUTCOME_TEMPORARY:
		if (row->attempts < TRIES_MAX)
			return end_again(store, row, sentence(answer, "the platform could not take it"), again_s, e_r);
		(void)snprintf(why, sizeof(why), "not delivered after %d attempts: %s", row->attempts,
			       sentence(answer, "the platform could not take it"));
		return end_failed(store, row, why, now_s, e_r);
	case OUTCOME_AUTH:
		return end_failed(store, row, sentence(answer, "the platform does not accept our token"), now_s, e_r);
	case OUTCOME_REFUSED:
	case OUTCOME_NOTHING:
		if (answer->by_hand)
			return end_handoff(store, row, sentence(answer, "the platform does not let us answer there"),
					   now_s, e_r);
		return end_failed(store, row, sentence(answer, "the platform refused the reply"), now_s, e_r);
	case OUTCOME_UNKNOWN:
		break;
	}
	return end_unknown(store, row, sentence(answer, "no answer: it may or may not have arrived"),
			   now_s + OUTBOX_SETTLE_S, now_s, e_r);
}

static enum err settle_readback(struct store *store, const struct outbox_row *row, const struct answer *answer,
				int64_t now_s, struct error *e_r)
{
	int64_t age_s = now_s - row->attempted_s, pause = age_s / 2;
	char why[700];
	int64_t again_s;

	/* Looked at often at first, then more and more seldom. */
	if (pause < OUTBOX_SETTLE_S)
		pause = OUTBOX_SETTLE_S;
	again_s = now_s + (pause < PAUSE_MAX_S ? pause : PAUSE_MAX_S);
	if (answer->retry_s > again_s)
		again_s = answer->retry_s;
	if (answer->outcome == OUTCOME_OK)
		return end_sent(store, row, answer, now_s, e_r);
	if (answer->outcome == OUTCOME_NOTHING) {
		if (row->attempts >= TRIES_MAX) {
			(void)snprintf(why, sizeof(why), "not delivered after %d attempts: %s", row->attempts,
				       row->why != NULL ? row->why : "it never arrived");
			return end_failed(store, row, why, now_s, e_r);
		}
		return end_again(store, row, "it did not arrive: sent again", now_s, e_r);
	}
	if (age_s > UNKNOWN_MAX_S) {
		(void)snprintf(why, sizeof(why),
			       "it may or may not have been posted; look at the thread before replying again (%s)",
			       sentence(answer, "it could not be read back"));
		return end_failed(store, row, why, now_s, e_r);
	}
	/* Not found out: a person sees it as unknown and can look; we look again, too. */
	return end_unknown(store, row, sentence(answer, "could not be read back yet"), again_s, now_s, e_r);
}

/* The row was moved by somebody else meanwhile (its post was deleted, say). What was delivered is still put on record.
 */
static enum err settle_elsewhere(struct store *store, const struct outbox_row *row, const struct answer *answer,
				 int64_t now_s, struct error *e_r)
{
	if (answer->outcome != OUTCOME_OK)
		return ERR_OK;
	return said(store, row, answer, now_s, e_r);
}

enum err outbox_settle(struct store *store, const struct outbox_row *row, const struct answer *answer, int64_t now_s,
		       struct error *e_r)
{
	enum err err;

	if (row->state != OUTBOX_SENDING && row->state != OUTBOX_UNKNOWN)
		return error_set(e_r, ERR_INTERNAL, "outbox row %lld was not claimed", (long long)row->id);
	err = store_begin(store, STORE_URGENT, e_r);
	if (err != ERR_OK)
		return err;
	if (row->state == OUTBOX_SENDING)
		err = settle_attempt(store, row, answer, now_s, e_r);
	else
		err = settle_readback(store, row, answer, now_s, e_r);
	if (err == ERR_CONFLICT)
		err = settle_elsewhere(store, row, answer, now_s, e_r);
	if (err == ERR_OK)
		err = store_commit(store, e_r);
	if (err != ERR_OK)
		store_rollback(store);
	return err;
}
