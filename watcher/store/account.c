/*
 * account.c - who may use the desk, and their sessions. Names and hashes only: a password or a cookie's value never
 * comes here.
 */
#include "db.h"

static void user_read(struct row *r, void *slot)
{
	struct user_row *row = slot;

	row->id = row_int(r);
	row->name = row_text(r);
	row->password_hash = row_text(r);
	(void)role_from_name(row_word(r), &row->role); /* a CHECK keeps other words out */
	row->disabled = row_int(r) != 0;
}

enum err store_user_put(struct store *store, const char *name, const char *password_hash, enum role role, int64_t now_s,
			int64_t *user_id_r, struct error *e_r)
{
	struct tx tx;
	struct cmd c;
	int64_t id;
	enum err err = tx_enter(store, &tx, e_r);

	if (err != ERR_OK)
		return err;
	c = cmd_start(store, STMT_USER_PUT);
	cmd_text(&c, name);
	cmd_text(&c, password_hash);
	cmd_text(&c, role_name(role));
	cmd_int(&c, now_s);
	err = cmd_run(&c, e_r);
	id = sqlite3_last_insert_rowid(store->db);
	if (err == ERR_OK && cmd_changes(store) == 0)
		err = error_set(e_r, ERR_CONFLICT, "there is an account named %s already", name);
	err = tx_leave(&tx, err, e_r);
	if (err == ERR_OK)
		*user_id_r = id;
	return err;
}

enum err store_user_find(struct store *store, struct arena *arena, const char *name, struct user_row *row_r,
			 struct error *e_r)
{
	struct cmd c = cmd_start(store, STMT_USER_FIND);
	struct user_row row = {0};
	enum err err;

	cmd_text(&c, name);
	err = cmd_one(&c, arena, user_read, &row, e_r);
	if (err == ERR_NOT_FOUND)
		return error_set(e_r, err, "there is no account named %s", name);
	if (err == ERR_OK)
		*row_r = row;
	return err;
}

enum err store_user_list(struct store *store, struct arena *arena, struct user_row **rows_r, size_t *count_r,
			 struct error *e_r)
{
	struct cmd c = cmd_start(store, STMT_USER_LIST);

	return cmd_list(&c, arena, sizeof(**rows_r), user_read, rows_r, count_r, e_r);
}

enum err store_user_update(struct store *store, int64_t user_id, const char *password_hash, enum role role,
			   bool disabled, struct error *e_r)
{
	struct tx tx;
	struct cmd c;
	enum err err = tx_enter(store, &tx, e_r);

	if (err != ERR_OK)
		return err;
	c = cmd_start(store, STMT_USER_UPDATE);
	cmd_int(&c, user_id);
	cmd_text(&c, password_hash);
	cmd_text(&c, role_name(role));
	cmd_int(&c, disabled);
	err = cmd_run(&c, e_r);
	if (err == ERR_OK && cmd_changes(store) != 1)
		err = error_set(e_r, ERR_NOT_FOUND, "there is no account %lld", (long long)user_id);
	if (err == ERR_OK) {
		c = cmd_start(store, STMT_USER_SESSIONS_END);
		cmd_int(&c, user_id);
		err = cmd_run(&c, e_r);
	}
	return tx_leave(&tx, err, e_r);
}

enum err store_session_put(struct store *store, const char *token_hash, int64_t user_id, const char *csrf,
			   int64_t expires_s, int64_t now_s, struct error *e_r)
{
	struct tx tx;
	struct cmd c;
	enum err err = tx_enter(store, &tx, e_r);

	if (err != ERR_OK)
		return err;
	c = cmd_start(store, STMT_SESSION_SWEEP);
	cmd_int(&c, now_s);
	err = cmd_run(&c, e_r);
	if (err != ERR_OK)
		return tx_leave(&tx, err, e_r);
	c = cmd_start(store, STMT_SESSION_PUT);
	cmd_text(&c, token_hash);
	cmd_int(&c, user_id);
	cmd_text(&c, csrf);
	cmd_int(&c, expires_s);
	return tx_leave(&tx, cmd_run(&c, e_r), e_r);
}

static void session_read(struct row *r, void *slot)
{
	struct session_row *row = slot;

	user_read(r, &row->user);
	row->csrf = row_text(r);
	row->expires_s = row_int(r);
}

enum err store_session_find(struct store *store, struct arena *arena, const char *token_hash, int64_t now_s,
			    struct session_row *row_r, struct error *e_r)
{
	struct cmd c = cmd_start(store, STMT_SESSION_FIND);
	struct session_row row = {0};
	enum err err;

	cmd_text(&c, token_hash);
	cmd_int(&c, now_s);
	err = cmd_one(&c, arena, session_read, &row, e_r);
	if (err == ERR_NOT_FOUND)
		return error_set(e_r, err, "the session has ended: log in again");
	if (err == ERR_OK)
		*row_r = row;
	return err;
}

enum err store_session_end(struct store *store, const char *token_hash, struct error *e_r)
{
	struct tx tx;
	struct cmd c;
	enum err err = tx_enter(store, &tx, e_r);

	if (err != ERR_OK)
		return err;
	c = cmd_start(store, STMT_SESSION_END);
	cmd_text(&c, token_hash);
	return tx_leave(&tx, cmd_run(&c, e_r), e_r);
}
