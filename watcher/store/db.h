/*
 * db.h - inside watcher/store/ only: the connection, and how a statement is bound, stepped and read.
 *
 * One call of a statement is a struct cmd: cmd_start() takes the prepared statement, cmd_text()/cmd_int()... bind its
 * parameters in their order, cmd_run() or cmd_step() execute it, cmd_done() gives it back. Texts are not copied: they
 * must live until cmd_done(). A failure sticks to the cmd, so that only the last step needs a look.
 */
#ifndef STORE_DB_H
#define STORE_DB_H

#include <sqlite3.h>

#include "stmts.h"
#include "store.h"

#define STORE_BRANDS_CACHED 8
#define STORE_ROLLUPS_PENDING 64
#define STORE_TEXTS_PENDING 1024

/* Counts that wait for the end of the transaction, so that a page of posts of one day and class costs one UPDATE. */
struct rollup_cell {
	int64_t day, brand_id;
	char platform[32];
	enum class class;
	enum cause cause;
	int64_t posts, milli;
};

struct store {
	sqlite3 *db;
	char *path;
	sqlite3_stmt *stmts[STMT_COUNT];
	int lane_fd;
	int timeout_ms; /* how long a writer waits for another */
	bool writing;   /* between store_begin() and its end */
	enum store_lane lane;
	int64_t busy_since_ms; /* when the current wait began */
	int wal_pages;         /* in the write-ahead log after the last commit */
	int64_t brand_ids[STORE_BRANDS_CACHED];
	char *brand_names[STORE_BRANDS_CACHED];
	int brand_next;
	/* the post put last: its verdict follows, and need not read it again */
	int64_t last_post_id;
	struct rollup_cell last_post; /* day, brand_id, platform; posts 0: an own post, which rollups leave out */
	struct rollup_cell pending[STORE_ROLLUPS_PENDING];
	int pending_count;
	/* posts whose texts are to join the full-text index: see search.c */
	int64_t texts[STORE_TEXTS_PENDING];
	int text_count;
};

struct cmd {
	struct store *store;
	sqlite3_stmt *stmt;
	int at;       /* parameters bound */
	int rc;       /* first failure of a bind */
	enum err err; /* of the last step that failed */
};

/* The sentence for the connection's latest failure: "PATH: ... what to do". Returns the code. */
enum err db_error(sqlite3 *db, const char *path, struct error *e_r);

struct cmd cmd_start(struct store *store, enum stmt id);
void cmd_int(struct cmd *c, int64_t value);
void cmd_known(struct cmd *c, int64_t value, int64_t unknown); /* == unknown: NULL */
void cmd_real(struct cmd *c, double value);
void cmd_text(struct cmd *c, const char *text); /* NULL: NULL */
/* 1 a row, 0 the end, -1 failed (c->err, *e_r). */
int cmd_step(struct cmd *c, struct error *e_r);
void cmd_done(struct cmd *c);
/* Executes to the end and gives the statement back. */
enum err cmd_run(struct cmd *c, struct error *e_r) MUST_CHECK;
/* First column of the first row; ERR_NOT_FOUND without a sentence when there is none. */
enum err cmd_run_int(struct cmd *c, int64_t *value_r, struct error *e_r) MUST_CHECK;
/* Rows changed by the statement that ran last. */
int64_t cmd_changes(const struct store *store);

/* Reads a row's columns from left to right; texts are copied into the arena. */
struct row {
	sqlite3_stmt *stmt;
	struct arena *arena;
	int at;
	bool failed; /* memory */
};
struct row row_start(const struct cmd *c, struct arena *arena);
const char *row_text(struct row *r);               /* NULL: NULL */
int64_t row_int(struct row *r);                    /* NULL: 0 */
int64_t row_known(struct row *r, int64_t unknown); /* NULL: unknown */
double row_real(struct row *r);
/* The word of a column as it is, valid until the next step. NULL: "". */
const char *row_word(struct row *r);
enum err row_end(const struct row *r, struct error *e_r) MUST_CHECK; /* ERR_NOMEM when anything failed */

/* Binds are done; reads one row into its slot. */
typedef void row_reader(struct row *r, void *slot);
/* The first row, and gives the statement back. ERR_NOT_FOUND, without a sentence, when there is none. */
enum err cmd_one(struct cmd *c, struct arena *arena, row_reader *read, void *slot, struct error *e_r) MUST_CHECK;
/* All rows as one array of the arena (NULL and 0 when there are none), and gives the statement back. rows_r: the
 * address of a pointer to slots of `size` bytes. */
enum err cmd_list(struct cmd *c, struct arena *arena, size_t size, row_reader *read, void *rows_r, size_t *count_r,
		  struct error *e_r) MUST_CHECK;

/* A function that writes and may be called without a transaction makes an urgent one of its own. */
struct tx {
	struct store *store;
	bool own;
};
enum err tx_enter(struct store *store, struct tx *tx_r, struct error *e_r) MUST_CHECK;
/* err ERR_OK: commits an own transaction; else rolls it back and returns err. */
enum err tx_leave(struct tx *tx, enum err err, struct error *e_r) MUST_CHECK;
enum err tx_needed(const struct store *store, struct error *e_r) MUST_CHECK; /* ERR_INTERNAL without one */

/* brand.c */
void brand_forget(struct store *store);
/* -1: no such brand. name NULL: 0. */
enum err brand_find(struct store *store, const char *name, int64_t *brand_id_r, struct error *e_r) MUST_CHECK;

/* verdict.c */
enum err rollup_flush(struct store *store, struct error *e_r) MUST_CHECK;
/* Days since 1970 of a time, rounded down. */
int64_t rollup_day(int64_t time_s);
/* Takes a post's verdict out of the rollups, if it has one. Before the post is marked deleted. */
enum err verdict_withdraw(struct store *store, int64_t post_id, struct error *e_r) MUST_CHECK;

/* search.c: the full-text index of complaints' posts. */
enum err search_add(struct store *store, int64_t post_id, struct error *e_r) MUST_CHECK;
/* Before the text changes. */
enum err search_remove(struct store *store, int64_t post_id, struct error *e_r) MUST_CHECK;
enum err search_flush(struct store *store, struct error *e_r) MUST_CHECK;
/* What a person typed as an FTS5 query in the arena: "" when there is no word, NULL when memory is exhausted. */
const char *search_query(struct arena *arena, const char *words);

/* topic.c: the author spoke of the topic at said_s; how many did in the 24 hours before the latest, without and with
 * this one. */
enum err topic_touch(struct store *store, int64_t brand_id, const char *name, int64_t author_key, int64_t said_s,
		     int64_t *topic_id_r, int64_t *before_r, int64_t *reach_r, struct error *e_r) MUST_CHECK;
enum err topic_reach(struct store *store, int64_t topic_id, int64_t *reach_r, struct error *e_r) MUST_CHECK;
enum err topic_raise(struct store *store, int64_t topic_id, int points, struct error *e_r) MUST_CHECK;

/* draft.c: blanks the drafts for a deleted post, but those approved. *was_r: the current one was among them. */
enum err draft_forget(struct store *store, int64_t complaint_id, int64_t post_id, bool *was_r,
		      struct error *e_r) MUST_CHECK;

/* complaint.c: one of its posts was deleted (marked already). */
enum err complaint_post_gone(struct store *store, int64_t complaint_id, int64_t post_id, int64_t now_s,
			     struct error *e_r) MUST_CHECK;

/* complaint.c: a person says what it is. */
enum err complaint_judged(struct store *store, int64_t complaint_id, enum class class, enum cause cause, int urgency,
			  struct error *e_r) MUST_CHECK;

#endif
