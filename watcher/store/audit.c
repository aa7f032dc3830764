/*
 * audit.c - who did what when, in rows that are only ever added (triggers of the schema refuse changes), each hashed
 * over the one before.
 *
 * CHAIN. A row's hash is the SHA-256 of: the hash of the row before it (64 zeros for the first), id, at_s,
 * complaint_id, user_id, by, action, detail. Each goes in behind its length (8 bytes, big end first); a number is 8
 * bytes itself, what is NULL has a length of all ones and no bytes. Ids have no gaps. meta keeps id and hash of the
 * newest row (audit_head), which is what the next row continues - not the newest row found, so that a tail cut off by
 * somebody with the file in hand leaves a hole, whatever is written afterwards. Who changes rows, hashes and head alike
 * is found out only by a head that was written down elsewhere (store_audit_check() tells it).
 *
 * Rows of database version 1 have no hash. They end with the id in meta (audit_base).
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db.h"

#define HASH_SIZE 65

static const char hash_of_none[HASH_SIZE] = "0000000000000000000000000000000000000000000000000000000000000000";

/* What is hashed. Texts may hold NULs when somebody else wrote them, so their lengths go along. */
struct link {
	const char *prev;
	size_t prev_len;
	int64_t id, at_s, complaint_id, user_id;
	bool has_complaint, has_user;
	const char *by, *action, *detail;
	size_t by_len, action_len, detail_len;
};

static void hash_bytes(crypto_hash_sha256_state *h, const void *bytes, uint64_t len)
{
	unsigned char size[8];
	size_t i;

	for (i = 0; i < sizeof(size); i++)
		size[i] = (unsigned char)((bytes ? len : UINT64_MAX) >> (56 - 8 * i));
	(void)crypto_hash_sha256_update(h, size, sizeof(size)); /* cannot fail */
	if (bytes)
		(void)crypto_hash_sha256_update(h, bytes, len);
}

static void hash_int(crypto_hash_sha256_state *h, bool known, int64_t value)
{
	unsigned char bytes[8];
	size_t i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)((uint64_t)value >> (56 - 8 * i));
	hash_bytes(h, known ? bytes : NULL, sizeof(bytes));
}

static void link_hash(const struct link *link, char hash[HASH_SIZE])
{
	unsigned char bytes[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_state h;

	(void)crypto_hash_sha256_init(&h);
	hash_bytes(&h, link->prev, link->prev_len);
	hash_int(&h, true, link->id);
	hash_int(&h, true, link->at_s);
	hash_int(&h, link->has_complaint, link->complaint_id);
	hash_int(&h, link->has_user, link->user_id);
	hash_bytes(&h, link->by, link->by_len);
	hash_bytes(&h, link->action, link->action_len);
	hash_bytes(&h, link->detail, link->detail_len);
	(void)crypto_hash_sha256_final(&h, bytes);
	(void)sodium_bin2hex(hash, HASH_SIZE, bytes, sizeof(bytes));
}

/* ---- the head ---- */

struct head {
	int64_t base;         /* the last row without a hash; 0: none */
	int64_t id;           /* the newest row by meta; base: none yet */
	char hash[HASH_SIZE]; /* its hash */
	int64_t last_id;      /* the newest row that is there */
};

/* "ID HASH". What is no such thing counts as none: writing goes on, and the check tells. */
static void head_parse(const char *text, struct head *head)
{
	char *end;
	long long id = strtoll(text, &end, 10);

	if (id < 1 || *end != ' ' || strlen(end + 1) != HASH_SIZE - 1)
		return;
	head->id = id;
	memcpy(head->hash, end + 1, HASH_SIZE);
}

/* Leaves the statement at its row: what it read of the database stays in sight. cmd_done() is the caller's. */
static enum err head_get(struct cmd *c, struct head *head_r, struct error *e_r)
{
	struct row r = row_start(c, NULL);
	const char *text;

	if (cmd_step(c, e_r) != 1)
		return c->err;
	*head_r = (struct head){0};
	text = row_word(&r);
	head_r->base = row_int(&r); /* a text of digits reads as its number */
	head_r->last_id = row_int(&r);
	head_r->id = head_r->base;
	memcpy(head_r->hash, hash_of_none, HASH_SIZE);
	head_parse(text, head_r);
	return row_end(&r, e_r);
}

static enum err head_put(struct store *store, int64_t id, const char *hash, struct error *e_r)
{
	struct cmd c = cmd_start(store, STMT_META_PUT);
	char text[HASH_SIZE + 24];

	(void)snprintf(text, sizeof(text), "%lld %s", (long long)id, hash);
	cmd_text(&c, "audit_head");
	cmd_text(&c, text);
	return cmd_run(&c, e_r);
}

/* ---- putting ---- */

static enum err link_put(struct store *store, const struct link *link, struct error *e_r)
{
	struct cmd c = cmd_start(store, STMT_AUDIT_PUT);
	char hash[HASH_SIZE];
	enum err err;

	link_hash(link, hash);
	cmd_int(&c, link->id);
	cmd_int(&c, link->at_s);
	cmd_known(&c, link->complaint_id, 0);
	cmd_known(&c, link->user_id, 0);
	cmd_text(&c, link->by);
	cmd_text(&c, link->action);
	cmd_text(&c, link->detail);
	cmd_text(&c, link->prev);
	cmd_text(&c, hash);
	err = cmd_run(&c, e_r);
	return err == ERR_OK ? head_put(store, link->id, hash, e_r) : err;
}

enum err store_audit_put(struct store *store, int64_t complaint_id, int64_t user_id, const char *by, const char *action,
			 const char *detail, int64_t now_s, struct error *e_r)
{
	struct link link = {.at_s = now_s,
			    .complaint_id = complaint_id,
			    .has_complaint = complaint_id != 0,
			    .user_id = user_id,
			    .has_user = user_id != 0,
			    .by = by,
			    .by_len = by ? strlen(by) : 0,
			    .action = action,
			    .action_len = action ? strlen(action) : 0,
			    .detail = detail,
			    .detail_len = detail ? strlen(detail) : 0};
	struct head head = {0};
	struct cmd c;
	struct tx tx;
	enum err err = tx_enter(store, &tx, e_r);

	if (err != ERR_OK)
		return err;
	c = cmd_start(store, STMT_AUDIT_HEAD);
	err = head_get(&c, &head, e_r);
	cmd_done(&c);
	link.id = (head.last_id > head.id ? head.last_id : head.id) + 1;
	link.prev = head.hash;
	link.prev_len = HASH_SIZE - 1;
	if (err == ERR_OK)
		err = link_put(store, &link, e_r);
	return tx_leave(&tx, err, e_r);
}

/* ---- checking ---- */

struct walk {
	struct audit_check check;
	int64_t base, next_id; /* next_id: of the next row with a hash */
	char last[HASH_SIZE];  /* hash of the one before it */
};

/* A column's bytes, valid until the next step. False: memory is exhausted. */
static bool column_bytes(sqlite3_stmt *stmt, int at, const char **text_r, size_t *len_r)
{
	*text_r = NULL;
	*len_r = 0;
	if (sqlite3_column_type(stmt, at) == SQLITE_NULL)
		return true;
	*text_r = (const char *)sqlite3_column_text(stmt, at);
	*len_r = (size_t)sqlite3_column_bytes(stmt, at);
	return *text_r != NULL;
}

/* In the order of AUDIT_ALL. */
static bool link_read(sqlite3_stmt *stmt, struct link *link, const char **hash_r, size_t *hash_len_r)
{
	*link = (struct link){.id = sqlite3_column_int64(stmt, 0),
			      .at_s = sqlite3_column_int64(stmt, 1),
			      .has_complaint = sqlite3_column_type(stmt, 2) != SQLITE_NULL,
			      .complaint_id = sqlite3_column_int64(stmt, 2),
			      .has_user = sqlite3_column_type(stmt, 3) != SQLITE_NULL,
			      .user_id = sqlite3_column_int64(stmt, 3)};
	return column_bytes(stmt, 4, &link->by, &link->by_len) &&
	       column_bytes(stmt, 5, &link->action, &link->action_len) &&
	       column_bytes(stmt, 6, &link->detail, &link->detail_len) &&
	       column_bytes(stmt, 7, &link->prev, &link->prev_len) && column_bytes(stmt, 8, hash_r, hash_len_r);
}

static bool hash_is(const char *want, const char *text, size_t len)
{
	return text && len == HASH_SIZE - 1 && memcmp(want, text, len) == 0;
}

/* The id of what does not fit, 0 when the row does. */
static int64_t walk_row(struct walk *w, const struct link *link, const char *hash, size_t hash_len)
{
	char right[HASH_SIZE];

	if (!hash && !link->prev && link->id >= 1 && link->id <= w->base) {
		w->check.unchained++;
		return 0;
	}
	if (link->id != w->next_id) /* rows before it are missing, or it stands where none should */
		return link->id > w->next_id ? w->next_id : link->id;
	link_hash(link, right);
	if (!hash_is(right, hash, hash_len) || !hash_is(w->last, link->prev, link->prev_len))
		return link->id;
	memcpy(w->last, right, HASH_SIZE);
	w->next_id++;
	return 0;
}

static enum err walk_all(struct store *store, struct walk *w, struct error *e_r)
{
	struct cmd c = cmd_start(store, STMT_AUDIT_ALL);
	enum err err = ERR_OK;
	struct link link;
	const char *hash;
	size_t len;
	int step;

	while (err == ERR_OK && (step = cmd_step(&c, e_r)) != 0) {
		if (step < 0) {
			err = c.err;
		} else if (!link_read(c.stmt, &link, &hash, &len)) {
			err = error_set(e_r, ERR_NOMEM, "memory for reading the database is exhausted");
		} else {
			w->check.rows++;
			if (w->check.bad_id == 0)
				w->check.bad_id = walk_row(w, &link, hash, len);
			if (hash && len < HASH_SIZE)
				memcpy(w->check.head, hash, len + 1);
		}
	}
	cmd_done(&c);
	return err;
}

enum err store_audit_check(struct store *store, struct audit_check *check_r, struct error *e_r)
{
	struct cmd c = cmd_start(store, STMT_AUDIT_HEAD);
	struct head head = {0};
	struct walk w = {0};
	enum err err = head_get(&c, &head, e_r);

	w.base = head.base;
	w.next_id = head.base + 1;
	memcpy(w.last, hash_of_none, HASH_SIZE);
	/* The head is still being read: head and rows are of one moment, also beside other writers. */
	if (err == ERR_OK)
		err = walk_all(store, &w, e_r);
	cmd_done(&c);
	if (err != ERR_OK)
		return err;
	if (w.check.bad_id == 0 && head.id != w.next_id - 1) /* the tail is missing, or was put on by somebody else */
		w.check.bad_id = head.id >= w.next_id ? w.next_id : head.id + 1;
	else if (w.check.bad_id == 0 && strcmp(w.last, head.hash) != 0)
		w.check.bad_id = head.id;
	*check_r = w.check;
	return ERR_OK;
}

/* ---- reading ---- */

static void audit_read(struct row *r, void *slot)
{
	struct audit_row *row = slot;

	row->id = row_int(r);
	row->at_s = row_int(r);
	row->complaint_id = row_int(r);
	row->by = row_text(r);
	row->action = row_text(r);
	row->detail = row_text(r);
}

enum err store_audit_list(struct store *store, struct arena *arena, int64_t complaint_id, struct audit_row **rows_r,
			  size_t *count_r, struct error *e_r)
{
	struct cmd c = cmd_start(store, STMT_AUDIT_LIST);

	cmd_int(&c, complaint_id);
	return cmd_list(&c, arena, sizeof(**rows_r), audit_read, rows_r, count_r, e_r);
}

static void reason_read(struct row *r, void *slot)
{
	struct reason_count *row = slot;

	row->reason = row_text(r);
	row->count = row_int(r);
}

enum err store_reason_counts(struct store *store, struct arena *arena, int64_t from_s, struct reason_count **rows_r,
			     size_t *count_r, struct error *e_r)
{
	struct cmd c = cmd_start(store, STMT_REASON_COUNTS);

	cmd_int(&c, from_s);
	return cmd_list(&c, arena, sizeof(**rows_r), reason_read, rows_r, count_r, e_r);
}
