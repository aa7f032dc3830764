/*
 * outbox.h - delivering approved replies: intent first, then send, then confirm.
 *
 * Pure decisions over the store; watcher/fetch.c does the network. The row of an approved reply goes
 * scheduled -> sending (committed before the first byte leaves) -> sent | failed | unknown. A row found in `sending` at
 * start (a crash) is `unknown`. `unknown` is settled by reading the thread back, never by sending again first.
 */
#ifndef OUTBOX_H
#define OUTBOX_H

#include "platform.h"
#include "store.h"

/* A second look is taken this long after an attempt whose end is not known, so that a slow server has finished. */
#define OUTBOX_SETTLE_S 45

/* At start of the process that sends: rows left in `sending` become `unknown`. *count_r: how many. */
enum err outbox_recover(struct store *store, int64_t now_s, size_t *count_r, struct error *e_r) MUST_CHECK;
/*
 * Claims the next due row of a platform for sending or read-back, in one urgent transaction: checks that the approval
 * is bound to exactly this text (approval_hash); ERR_NOT_FOUND when nothing is due. While sending is paused
 * (store_pause) scheduled rows wait, and unknown ones are still read back. row_r lives in arena; row_r->state tells
 * which: OUTBOX_SENDING (send it) or OUTBOX_UNKNOWN (read back).
 */
enum err outbox_claim(struct store *store, struct arena *arena, const char *platform, int64_t now_s,
		      struct outbox_row *row_r, struct error *e_r) MUST_CHECK;
/*
 * Writes down how it ended (answer->outcome), moving row and complaint in one transaction:
 * sent -> complaint replied, its earlier promises kept; refused with answer->by_hand -> hand-off, the approval stands;
 * otherwise refused, or auth -> failed, complaint open again, with the sentence; wait/temporary before
 * anything was sent -> scheduled later with growing pauses; unknown -> unknown. For a read-back: OK -> sent;
 * NOTHING -> scheduled again (same idempotency key); else unknown, looked at later.
 */
enum err outbox_settle(struct store *store, const struct outbox_row *row, const struct answer *answer, int64_t now_s,
		       struct error *e_r) MUST_CHECK;

#endif
