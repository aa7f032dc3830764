/*
 * store.h - everything that is kept. The only module that knows SQL and the database engine.
 *
 * One connection per struct store; not thread-safe. Several processes may open the same file: every write happens in a
 * transaction begun by store_begin() in one of two lanes. Urgent ones (a person waits) go before bulk ones (ingest),
 * also across processes: a bulk transaction does not start while an urgent one waits (a lock on PATH-lane), so
 * an urgent one waits for one bulk page at most.
 * Returned strings live in the caller's arena; arrays of no rows are NULL and 0. Unless said otherwise functions work
 * inside or outside a transaction (a write outside makes an urgent one of its own) and fail with ERR_IO (disk full,
 * not writable, damaged: the sentence says which and what to do), ERR_NOMEM, ERR_CONFLICT (locked for more than 10 s),
 * ERR_NOT_FOUND. Those marked "inside a transaction" are ERR_INTERNAL without one. After a failure inside a transaction
 * the caller rolls back: part of the function's work may have been done.
 */
#ifndef STORE_H
#define STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "error.h"
#include "post.h"
#include "verdict.h"

#define STATES(X)                                                                                                      \
	X(STATE_OPEN, "open") X(STATE_SUBMITTED, "submitted") X(STATE_APPROVED, "approved")                            \
	X(STATE_REPLIED, "replied") X(STATE_CLOSED, "closed")
#define OUTBOX_STATES(X)                                                                                               \
	X(OUTBOX_SCHEDULED, "scheduled") X(OUTBOX_SENDING, "sending") X(OUTBOX_SENT, "sent")                           \
	X(OUTBOX_UNKNOWN, "unknown") X(OUTBOX_FAILED, "failed") X(OUTBOX_CANCELLED, "cancelled")                       \
	X(OUTBOX_HANDOFF, "handoff") /* a person posts it */
#define PROMISE_STATES(X)                                                                                              \
	X(PROMISE_OPEN, "open") X(PROMISE_KEPT_EARLY, "kept_early") /* before its aim */                               \
	X(PROMISE_KEPT, "kept") /* before it was due */ X(PROMISE_LATE, "late") X(PROMISE_BROKEN, "broken")
#define DRAFT_FATES(X) /* what became of a template's draft */                                                         \
	X(FATE_APPROVED, "approved") /* as it was */ X(FATE_EDITED, "edited") /* approved after a person changed it */ \
	X(FATE_REJECTED, "rejected") X(FATE_CLOSED, "closed") /* no reply at all */
#define ROLES(X) X(ROLE_VIEWER, "viewer") X(ROLE_AGENT, "agent") X(ROLE_APPROVER, "approver") X(ROLE_ADMIN, "admin")
#define STORE_ENUM(name, word) name,
enum complaint_state { STATES(STORE_ENUM) STATE_COUNT };
enum outbox_state { OUTBOX_STATES(STORE_ENUM) OUTBOX_STATE_COUNT };
enum promise_state { PROMISE_STATES(STORE_ENUM) PROMISE_STATE_COUNT };
enum draft_fate { DRAFT_FATES(STORE_ENUM) DRAFT_FATE_COUNT };
enum role { ROLES(STORE_ENUM) ROLE_COUNT }; /* each may do all that the ones before it may */
#undef STORE_ENUM
const char *state_name(enum complaint_state state);
int state_from_name(const char *word, enum complaint_state *state_r);
const char *outbox_state_name(enum outbox_state state);
int outbox_state_from_name(const char *word, enum outbox_state *state_r);
const char *promise_state_name(enum promise_state state);
int promise_state_from_name(const char *word, enum promise_state *state_r);
const char *draft_fate_name(enum draft_fate fate);
const char *role_name(enum role role);
int role_from_name(const char *word, enum role *role_r);

/* ---- connection and transactions ---- */
struct store;
enum store_lane { STORE_BULK, STORE_URGENT };

/*
 * Creates the file (mode 0600, as -wal, -shm and -lane beside it) and migrates it when needed. "Newer than this
 * program" is ERR_UNSUPPORTED, another program's file ERR_INVALID; neither is touched. Sets the process's umask for a
 * moment.
 */
enum err store_open(const char *path, struct store **store_r, struct error *e_r) MUST_CHECK;
void store_close(struct store **store);
enum err store_begin(struct store *store, enum store_lane lane, struct error *e_r) MUST_CHECK;
/* On failure nothing of the transaction is stored, and it is over. */
enum err store_commit(struct store *store, struct error *e_r) MUST_CHECK;
void store_rollback(struct store *store); /* nothing to undo: does nothing */
/* A number that differs whenever any process committed a change since. */
enum err store_stamp(struct store *store, int64_t *stamp_r, struct error *e_r) MUST_CHECK;

/* Reads the whole file. *fault_r: what is wrong with it, in arena; NULL: it is whole. */
enum err store_integrity(struct store *store, struct arena *arena, const char **fault_r, struct error *e_r) MUST_CHECK;

/* ---- brands, sources ---- */
enum err store_brand_put(struct store *store, const char *name, int64_t *brand_id_r, struct error *e_r) MUST_CHECK;

struct source_row {
	int64_t id, brand_id;
	const char *key, *platform, *brand;
	const char *cursor;	/* NULL: never polled */
	const char *status;	/* "new" "ok" "waiting" "failing" "auth" "off" */
	const char *why;	/* sentence when not ok; NULL */
	const char *account_id; /* our account there, from HELLO; NULL */
	int64_t started_s, last_ok_s, next_s; /* 0 never */
	int64_t posts;		/* stored from it */
	int failures;		/* in a row */
};
/* Makes the row when the key is new (started_s is then now_s); else platform and brand become these. */
enum err store_source_put(struct store *store, const char *key, const char *platform, int64_t brand_id, int64_t now_s,
			  int64_t *source_id_r, struct error *e_r) MUST_CHECK;
enum err store_source_get(struct store *store, struct arena *arena, int64_t source_id, struct source_row *row_r,
			  struct error *e_r) MUST_CHECK;
enum err store_source_list(struct store *store, struct arena *arena, struct source_row **rows_r, size_t *count_r,
			   struct error *e_r) MUST_CHECK;
/* Inside a transaction. cursor NULL: unchanged. Adds new_posts, sets last_ok_s; the status is store_source_status's. */
enum err store_source_advance(struct store *store, int64_t source_id, const char *cursor, int64_t new_posts,
			      int64_t now_s, struct error *e_r) MUST_CHECK;
/* account_id NULL: unchanged. */
enum err store_source_status(struct store *store, int64_t source_id, const char *status, const char *why, int failures,
			     int64_t next_s, const char *account_id, struct error *e_r) MUST_CHECK;
/* How long a reply there may be, as the server told (HELLO), in the platform's unit; url_cost: what a URL counts as. */
enum err store_source_limits(struct store *store, int64_t source_id, size_t length_limit, size_t url_cost,
			     struct error *e_r) MUST_CHECK;

/* ---- posts and verdicts (inside a transaction) ---- */
enum post_fate { POST_NEW, POST_KNOWN, POST_EDITED /* known, and its text changed */ };
/*
 * thread and author are resolved: post->thread, else the thread of in_reply_to when stored, else the post's own id;
 * author.id, else the handle; a post that names nobody is nobody's but its own. brand_id and source_id (0: import) as
 * put.
 * A known post takes new numbers and what its author now tells about themselves; one that was deleted stays as it is.
 * A time of creation in the future is taken as now_s. ERR_INVALID without platform, id and text.
 */
enum err store_post_put(struct store *store, int64_t brand_id, int64_t source_id, const struct post *post, bool own,
			int64_t now_s, int64_t *post_id_r, enum post_fate *fate_r, struct error *e_r) MUST_CHECK;
/*
 * Marks it deleted, blanks its text and its verdict's JSON (which quotes it), takes it out of search and rollups;
 * blanks its drafts that nobody approved, which quote it, too: they are in no list any more and no complaint's current
 * one. A reply to it that has not gone out is cancelled. The complaint goes on with its other posts (an approved one
 * whose reply was cancelled and a submitted one whose draft was blanked: open again); with none left it is closed,
 * "deleted by its author". Both write an audit row by "amends" ("close", "reopen"). Twice does nothing. ERR_NOT_FOUND
 * when it was never stored.
 */
enum err store_post_delete(struct store *store, int64_t brand_id, const char *platform, const char *ext_id,
			   int64_t now_s, struct error *e_r) MUST_CHECK;
/* Replaces an earlier verdict; keeps the rollups right. json: verdict_to_json's text. */
enum err store_verdict_put(struct store *store, int64_t post_id, const struct verdict *verdict, const char *json,
			   struct error *e_r) MUST_CHECK;

struct post_row {
	int64_t id;
	struct post post;
	bool own, deleted;
	const char *verdict_json; /* NULL: none */
	int64_t fetched_s;
};

/* ---- complaints ---- */
enum complaint_fate { COMPLAINT_NEW, COMPLAINT_MORE /* one more post of a known one */, COMPLAINT_REOPENED };
/*
 * Files a stored post under the complaint of (brand, platform, author, thread), making or re-opening it. Class, cause,
 * severity and urgency become the gravest seen; priority is urgency, severity, class, audience (see complaint.c).
 * topic: what makes problems the same ("delivery:parcel_missing"), NULL none; reach counts distinct authors per topic
 * in 24 h.
 * A replied or closed complaint is re-opened by a post that is new to it or was edited since it was filed, with an
 * audit row ("reopen", by "amends") and without its old draft; filing the same post again changes nothing. Inside a
 * transaction.
 */
enum err store_complaint_file(struct store *store, int64_t post_id, const struct verdict *verdict, const char *topic,
			      int64_t now_s, int64_t *complaint_id_r, enum complaint_fate *fate_r,
			      struct error *e_r) MUST_CHECK;

struct complaint_row {
	int64_t id, brand_id;
	const char *brand, *platform, *thread;
	struct author author;
	enum class class;
	enum cause cause;
	int severity, urgency;
	double complaint; /* the highest of its posts; 1 where a person judged one of them, 0 where nobody did */
	double problem, vent, sentiment;
	bool undecided;
	int priority;		/* larger first */
	const char *topic;	/* NULL none */
	int reach;		/* distinct authors with this topic in the 24 h before the latest of them */
	enum complaint_state state;
	const char *reason;	/* why closed or rejected, or why sending failed; NULL */
	int64_t opened_s, updated_s;
	int64_t said_s;		/* when the latest post was written */
	int posts;
	int64_t post_id;	/* the latest post, the one a reply answers */
	const char *post_ext_id, *post_url;
	const char *text;	/* the latest post's */
	const char *lang;
	bool post_deleted;	/* the latest, and so all of them: there is nothing to reply to */
	/* the current draft */
	int64_t draft_id;	/* 0: none */
	const char *draft, *draft_hash, *draft_template, *draft_why, *draft_lang, *draft_by;
	const char *findings_json; /* tone; NULL */
	/* the current outbox row, 0 none */
	int64_t outbox_id;
	enum outbox_state outbox_state;
	const char *reply_url, *reply_id;
	const char *outbox_why;
	int64_t not_before_s;
	size_t length_limit, url_cost; /* as the server of the latest post told; 0: not told, the platform's apply */
	/* who asked for approval of the current draft (submitted only) */
	const char *submitted_by; /* NULL: nobody */
	const char *override_why; /* why the submitter holds a blocking finding for wrong; NULL */
	bool paused;		  /* sending is paused, for its brand or for all */
	int64_t promise_due_s;	  /* the earliest open promise that was sent; 0 none */
};

enum complaint_order {
	ORDER_PRIORITY, /* larger first, among equals the older id */
	ORDER_NEWEST,   /* the customer's latest post first: said_s */
	ORDER_CHANGED,  /* what changed last first: updated_s */
	ORDER_COUNT
};
struct complaint_query {
	const char *brand, *platform; /* NULL: any */
	int state;		/* enum complaint_state, or -1: any */
	int class;		/* enum class, or -1 */
	int cause;		/* enum cause, or -1 */
	const char *words; /* full-text search over complaints' texts, as typed: all words in one post, the last may
			    * be a beginning; at most 400 bytes; NULL or blanks: none */
	enum complaint_order order;
	/* keyset: continue after this row of the same order; after_id 0: from the start */
	int64_t after_id, after_key; /* after_key: that row's complaint_order_key() */
	int limit;		/* 1..500 */
};
/* What a row is sorted by: the larger, the earlier it comes. */
int64_t complaint_order_key(const struct complaint_row *row, enum complaint_order order);
enum err store_complaint_list(struct store *store, struct arena *arena, const struct complaint_query *query,
			      struct complaint_row **rows_r, size_t *count_r, struct error *e_r) MUST_CHECK;
enum err store_complaint_get(struct store *store, struct arena *arena, int64_t complaint_id,
			     struct complaint_row *row_r, struct error *e_r) MUST_CHECK;
/* All its posts, oldest first. */
enum err store_complaint_posts(struct store *store, struct arena *arena, int64_t complaint_id, struct post_row **rows_r,
			       size_t *count_r, struct error *e_r) MUST_CHECK;
/* How many complaints of a brand (NULL: all) are in each state and class. */
struct complaint_counts {
	int64_t state[STATE_COUNT], open_class[CLASS_COUNT];
	int64_t both[STATE_COUNT][CLASS_COUNT];
};
enum err store_complaint_counts(struct store *store, const char *brand, struct complaint_counts *counts_r,
				struct error *e_r) MUST_CHECK;
/* The same of those that the query's brand, cause and words let through, whatever state and class it names. */
enum err store_complaint_counts_of(struct store *store, struct arena *arena, const struct complaint_query *query,
				   struct complaint_counts *counts_r, struct error *e_r) MUST_CHECK;
/* UPDATE ... WHERE id AND state IN from_mask (bit 1 << state) AND (draft_hash IS NULL OR current draft has it).
 * ERR_CONFLICT when that hit no row. Inside a transaction. reason NULL: cleared. */
enum err store_complaint_move(struct store *store, int64_t complaint_id, unsigned from_mask, enum complaint_state to,
			      const char *draft_hash, const char *reason, int64_t now_s, struct error *e_r) MUST_CHECK;

/* Who asks for approval, and why a blocking finding is held for wrong (NULL: none is); by NULL clears both. Inside a
 * transaction. */
enum err store_complaint_submitted(struct store *store, int64_t complaint_id, const char *by, const char *override_why,
				   struct error *e_r) MUST_CHECK;
/* How often each reason was given for closing without a reply since from_s (audit rows "close"), most frequent first. A
 * reason is counted up to its first ": ", so that a remark may follow. What "amends" closed by itself is left out, and
 * what a person opened again. */
struct reason_count { const char *reason; int64_t count; };
enum err store_reason_counts(struct store *store, struct arena *arena, int64_t from_s, struct reason_count **rows_r,
			     size_t *count_r, struct error *e_r) MUST_CHECK;

/* ---- drafts, replies ---- */
/* All drafts of a complaint but those of deleted posts, oldest first: who wrote what, for the difference of two. */
struct draft_row {
	int64_t id, post_id, at_s;
	const char *text, *hash, *template, *lang, *by;
	const char *approved_by; /* NULL: not approved */
	bool stands;             /* an approval of it was not taken back before it was sent */
};
enum err store_draft_list(struct store *store, struct arena *arena, int64_t complaint_id, struct draft_row **rows_r,
			  size_t *count_r, struct error *e_r) MUST_CHECK;
/* The complaint has no current draft any more (the row stays). Inside a transaction. */
enum err store_draft_drop(struct store *store, int64_t complaint_id, struct error *e_r) MUST_CHECK;
/* What became of a template's draft (template NULL: of none, nothing is counted). Inside a transaction. */
enum err store_template_fate(struct store *store, const char *template, const char *lang, enum draft_fate fate,
			     int64_t now_s, struct error *e_r) MUST_CHECK;
/* A decision that was counted is taken back. Inside a transaction. */
enum err store_template_fate_back(struct store *store, const char *template, const char *lang, enum draft_fate fate,
				  struct error *e_r) MUST_CHECK;
struct template_stat { const char *template, *lang; int64_t drafts; int64_t fate[DRAFT_FATE_COUNT]; };
/* By template and lang ("": none); drafts: how many were ever made from it, a person's changes of one not counted. */
enum err store_template_stats(struct store *store, struct arena *arena, struct template_stat **rows_r, size_t *count_r,
			      struct error *e_r) MUST_CHECK;
/* Becomes the current draft. hash: approval_hash of the text for the complaint's latest post. */
enum err store_draft_put(struct store *store, int64_t complaint_id, const char *text, const char *hash,
			 const char *template, const char *why, const char *lang, const char *by,
			 const char *findings_json, int64_t now_s, int64_t *draft_id_r, struct error *e_r) MUST_CHECK;
/* Texts already approved for this author (newest first, at most limit), NULL-terminated. */
enum err store_author_replies(struct store *store, struct arena *arena, int64_t brand_id, const char *platform,
			      const char *author_id, int limit, const char *const **texts_r,
			      struct error *e_r) MUST_CHECK;

struct outbox_row {
	int64_t id, complaint_id, post_id;
	const char *platform, *source_key; /* the source whose account replies; NULL: none */
	const char *post_ext_id, *author_handle, *text, *text_hash, *lang, *idempotency_key;
	enum outbox_state state;
	int64_t not_before_s, attempted_s; /* attempted_s: last time bytes may have left; 0 never */
	int attempts;
	const char *reply_id, *reply_url, *why;
	const char *approved_hash, *approved_by; /* of the approval it stands for */
};
/*
 * Approval and outbox row together, inside the approving transaction; state SCHEDULED or HANDOFF. Copies text, hash and
 * language of the draft, and the target from the post it was written for. The idempotency key is made here (random, 32
 * hex digits) and never changes. The complaint's state is the caller's to move. ERR_CONFLICT: draft_id is not the
 * current draft; the author wrote again since it was put (save it anew for the new post); the post was deleted; a reply
 * is on its way.
 */
enum err store_outbox_put(struct store *store, int64_t complaint_id, int64_t draft_id, enum outbox_state state,
			  int64_t user_id, const char *by, int64_t not_before_s, int64_t now_s, int64_t *outbox_id_r,
			  struct error *e_r) MUST_CHECK;
/* The due row (scheduled or unknown, not_before_s <= now_s) of the platform with the earliest not_before_s; scheduled
 * rows of brands whose sending is paused are passed over. ERR_NOT_FOUND. */
enum err store_outbox_due(struct store *store, struct arena *arena, const char *platform, int64_t now_s,
			  struct outbox_row *row_r, struct error *e_r) MUST_CHECK;
enum err store_outbox_get(struct store *store, struct arena *arena, int64_t outbox_id, struct outbox_row *row_r,
			  struct error *e_r) MUST_CHECK;
/* Guarded: from one state to another, with what was learned (NULL keeps). ERR_CONFLICT: the row is not in `from`. */
enum err store_outbox_move(struct store *store, int64_t outbox_id, enum outbox_state from, enum outbox_state to,
			   int64_t not_before_s, int64_t attempted_s, int attempts, const char *reply_id,
			   const char *reply_url, const char *why, struct error *e_r) MUST_CHECK;
/* Ids of all rows in a state, oldest first. */
enum err store_outbox_in(struct store *store, struct arena *arena, enum outbox_state state, int64_t **ids_r,
			 size_t *count_r, struct error *e_r) MUST_CHECK;
/* Posts of a source behind open, submitted and approved complaints, fetched at most 14 days ago and not rechecked
 * since before_s: least recently rechecked first; marks them rechecked. NULL-terminated. Inside a transaction. */
enum err store_recheck_due(struct store *store, struct arena *arena, int64_t source_id, int64_t now_s, int64_t before_s,
			   int limit, const char *const **ext_ids_r, struct error *e_r) MUST_CHECK;

/* ---- replies that one person let go, looked at later (a sample) ---- */
struct review_row {
	int64_t id, complaint_id, at_s, approver_id;
	const char *text, *approved_by, *handle, *platform;
	const char *reviewed_by; /* NULL: not yet */
	int64_t reviewed_s;
	bool fine;
	const char *note;
};
/* Puts the outbox row's approval on the list; twice changes nothing. Inside a transaction. */
enum err store_review_put(struct store *store, int64_t outbox_id, int64_t now_s, struct error *e_r) MUST_CHECK;
/* done false: those that wait (of replies not withdrawn), oldest first; true: the latest done. At most limit. */
enum err store_review_list(struct store *store, struct arena *arena, bool done, int limit, struct review_row **rows_r,
			   size_t *count_r, struct error *e_r) MUST_CHECK;
/* ERR_CONFLICT: done already. ERR_FORBIDDEN: who approved it cannot review it. */
enum err store_review_done(struct store *store, int64_t review_id, int64_t user_id, const char *by, bool fine,
			   const char *note, int64_t now_s, struct error *e_r) MUST_CHECK;

/* ---- what reviewers judged otherwise: labels for fitting and testing rules ---- */
struct correction {
	int64_t post_id, user_id; /* user_id 0: at the terminal */
	const char *by;
	enum class class;
	enum cause cause;
	int urgency;
	const char *note; /* NULL: none; at most 2000 bytes */
};
/* The latest word about a post counts; its complaint takes class, cause and urgency (and is undecided no more). The
 * verdict stays. Writes an audit row "judge". ERR_NOT_FOUND: no post of a complaint, or a deleted one. ERR_INVALID:
 * urgency. */
enum err store_correction_put(struct store *store, const struct correction *correction, int64_t now_s,
			      struct error *e_r) MUST_CHECK;
struct correction_row {
	int64_t id, complaint_id, at_s;
	const char *by, *note, *platform, *post_ext_id, *text, *lang;
	enum class class;
	enum cause cause;
	int urgency;
};
/* Of posts that still have their text, by id, after after_id (0: from the start); at most limit. */
enum err store_correction_list(struct store *store, struct arena *arena, int64_t after_id, int limit,
			       struct correction_row **rows_r, size_t *count_r, struct error *e_r) MUST_CHECK;

/* ---- promises ---- */
struct promise_row {
	int64_t id, complaint_id, outbox_id, aim_s, due_s, made_s, ended_s;
	const char *words, *brand, *platform, *handle, *by; /* words: what was promised, as said; by: who approved it */
	enum promise_state state;
	enum complaint_state complaint_state;
	bool reminded;
};
/* Of a reply on its way; it counts once that is sent, and never if it is not. Inside a transaction. */
enum err store_promise_put(struct store *store, int64_t complaint_id, int64_t outbox_id, const char *words,
			   int64_t aim_s, int64_t due_s, int64_t now_s, struct error *e_r) MUST_CHECK;
/* Of sent replies; state -1: any. PROMISE_OPEN: what is due first comes first; else what was due last. At most
 * limit. */
enum err store_promise_list(struct store *store, struct arena *arena, int state, int limit, struct promise_row **rows_r,
			    size_t *count_r, struct error *e_r) MUST_CHECK;
/* Open, sent, not reminded of, aim_s <= now_s; by aim_s, at most limit. */
enum err store_promise_due(struct store *store, struct arena *arena, int64_t now_s, int limit,
			   struct promise_row **rows_r, size_t *count_r, struct error *e_r) MUST_CHECK;
enum err store_promise_reminded(struct store *store, int64_t promise_id, struct error *e_r) MUST_CHECK;
/*
 * Ends the open promises of a complaint that were made before at_s: kept early, kept or late by aim and due. Called
 * when a later reply is sent (outbox_id: that reply, whose own promises stay open; 0: a person says so). Inside a
 * transaction.
 */
enum err store_promise_keep(struct store *store, int64_t complaint_id, int64_t outbox_id, int64_t at_s,
			    struct error *e_r) MUST_CHECK;
/* Open ones due before due_s become broken. *count_r: how many. */
enum err store_promise_break(struct store *store, int64_t due_s, int64_t now_s, int64_t *count_r,
			     struct error *e_r) MUST_CHECK;
/* Per week of due_s (Monday 00:00 UTC) that has any, newest first, at most limit (1..1000) weeks. */
struct promise_week { int64_t week_s; int64_t state[PROMISE_STATE_COUNT]; };
enum err store_promise_weeks(struct store *store, struct arena *arena, int limit, struct promise_week **rows_r,
			     size_t *count_r, struct error *e_r) MUST_CHECK;

/* ---- the pause of all sending, in force in every process with the commit ---- */
struct pause_row { int64_t brand_id; /* 0: all */ const char *brand, *by; int64_t at_s; };
/* brand_id 0: all. Writes an audit row "pause" / "resume". Twice changes nothing. */
enum err store_pause(struct store *store, int64_t brand_id, bool on, int64_t user_id, const char *by, int64_t now_s,
		     struct error *e_r) MUST_CHECK;
enum err store_pause_list(struct store *store, struct arena *arena, struct pause_row **rows_r, size_t *count_r,
			  struct error *e_r) MUST_CHECK;

/* ---- audit (append-only, each row hashed over the one before) ---- */
/*
 * Walks the whole chain. *check_r: rows seen, the newest row's hash (to be kept elsewhere; "": no row has one), and the
 * first row that does not fit or is missing (0: all fit). Rows older than the chain (database version 1) are counted,
 * not checked. Needs no memory that grows with the rows.
 */
struct audit_check { int64_t rows, unchained, bad_id; char head[65]; };
enum err store_audit_check(struct store *store, struct audit_check *check_r, struct error *e_r) MUST_CHECK;
struct audit_row {
	int64_t id, at_s, complaint_id;
	const char *by, *action, *detail; /* detail: free text or JSON; may be NULL */
};
enum err store_audit_put(struct store *store, int64_t complaint_id, int64_t user_id, const char *by, const char *action,
			 const char *detail, int64_t now_s, struct error *e_r) MUST_CHECK;
enum err store_audit_list(struct store *store, struct arena *arena, int64_t complaint_id, struct audit_row **rows_r,
			  size_t *count_r, struct error *e_r) MUST_CHECK;

/* ---- rollups ---- */
struct rollup_row {
	int64_t day; /* days since 1970-01-01 UTC, of created_s (fetched when unknown) */
	const char *brand, *platform;
	enum class class;
	enum cause cause;
	int64_t posts;
	double sentiment; /* mean */
};
/* brand NULL: all. Days from..to inclusive, by day. */
enum err store_rollup_list(struct store *store, struct arena *arena, const char *brand, int64_t from, int64_t to,
			   struct rollup_row **rows_r, size_t *count_r, struct error *e_r) MUST_CHECK;

/* ---- accounts and sessions ---- */
struct user_row {
	int64_t id;
	const char *name, *password_hash;
	enum role role;
	bool disabled;
};
enum err store_user_put(struct store *store, const char *name, const char *password_hash, enum role role, int64_t now_s,
			int64_t *user_id_r, struct error *e_r) MUST_CHECK; /* ERR_CONFLICT: name taken */
enum err store_user_find(struct store *store, struct arena *arena, const char *name, struct user_row *row_r,
			 struct error *e_r) MUST_CHECK;
enum err store_user_list(struct store *store, struct arena *arena, struct user_row **rows_r, size_t *count_r,
			 struct error *e_r) MUST_CHECK;
enum err store_user_update(struct store *store, int64_t user_id, const char *password_hash /* NULL keeps */,
			   enum role role, bool disabled, struct error *e_r) MUST_CHECK; /* also ends its sessions */
struct session_row {
	struct user_row user;
	const char *csrf;
	int64_t expires_s;
};
/* token_hash: hex hash of the cookie's value; the value itself is never stored. Removes every session that is over. */
enum err store_session_put(struct store *store, const char *token_hash, int64_t user_id, const char *csrf,
			   int64_t expires_s, int64_t now_s, struct error *e_r) MUST_CHECK;
enum err store_session_find(struct store *store, struct arena *arena, const char *token_hash, int64_t now_s,
			    struct session_row *row_r, struct error *e_r) MUST_CHECK;
enum err store_session_end(struct store *store, const char *token_hash, struct error *e_r) MUST_CHECK;

/* ---- small settings kept with the data: "first_token", ... ("audit_...": the audit's own) ---- */
enum err store_meta_get(struct store *store, struct arena *arena, const char *key, const char **value_r /* NULL none */,
			struct error *e_r) MUST_CHECK;
enum err store_meta_put(struct store *store, const char *key, const char *value /* NULL removes */,
			struct error *e_r) MUST_CHECK;

#endif
