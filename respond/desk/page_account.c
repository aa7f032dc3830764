/*
 * page_account.c - the first account, signing in and out, and who one is.
 */
#include <sodium.h>
#include <string.h>

#include "clock.h"
#include "log.h"
#include "route.h"
#include "session.h"
#include "typed.h"
#include "view.h"

/* ---- signing in ---- */

/* A path of our own to go on to: "/..." but not "//host" and no backslash. */
static const char *next_path(const char *next)
{
	if (!next || next[0] != '/' || next[1] == '/' || strpbrk(next, "\\\r\n") || strlen(next) > 2000)
		return "/";
	return next;
}

static int accounts_exist(struct exchange *x)
{
	struct user_row *rows;
	size_t count;

	if (store_user_list(x->desk->options.store, x->arena, &rows, &count, NULL))
		return 1; /* cannot tell: the sign-in form is the safe answer */
	return count > 0;
}

static void signin_page(struct exchange *x, const char *next, const char *name, const char *problem)
{
	struct json_object *page = view_page(x);

	json_add_str(page, "title", "Sign in");
	json_add_str(page, "next", next);
	json_add_str(page, "name", name);
	json_add_str(page, "problem", problem);
	json_add_bool(page, "no_accounts", !accounts_exist(x));
	json_add_bool(page, "signed_out", exchange_query(x, "out") != NULL);
}

/* The sign-in page in the middle of work: it carries what was typed, and begins with who typed it. */
enum err account_signin_again(struct exchange *x, const struct typed *typed)
{
	signin_page(x, arena_printf(x->arena, "/complaints/%lld", (long long)typed->id), typed->by, NULL);
	typed_carry(typed, view_page(x));
	x->template = "signin";
	x->status = 401;
	return ERR_OK;
}

/* Behind the sign-in: on to where somebody came from, or back to what they had typed. */
static enum err go_on(struct exchange *x, struct error *e_r)
{
	struct typed typed;

	if (typed_carried(x, &typed) && typed_own(&typed, x) &&
	    complaint_restore(x, &typed,
			      "You had been signed out, so nothing was done: what you typed is back here, "
			      "not saved yet.",
			      e_r) == ERR_OK)
		return ERR_OK;
	x->location = next_path(exchange_field(x, "next"));
	return ERR_OK;
}

enum err account_signin_form(struct exchange *x, struct error *e_r)
{
	(void)e_r;
	if (x->signed_in) {
		x->location = next_path(exchange_query(x, "next"));
		return ERR_OK;
	}
	signin_page(x, exchange_query(x, "next"), NULL, NULL);
	return ERR_OK;
}

/* Finds the account of name and password. ERR_FORBIDDEN says nothing about which of the two was wrong. */
static enum err verify(struct exchange *x, const char *name, const char *password, struct user_row *user_r,
		       struct error *e_r)
{
	struct limiter *limiter = x->desk->limiter;
	int64_t now_ms = clock_mono_ms();
	struct error error = {0};
	enum err err;
	bool right;

	x->retry_s = limiter_wait_s(limiter, name, now_ms);
	if (x->retry_s > 0)
		return error_set(e_r, ERR_RATE, "Too many attempts: try again in %d seconds", x->retry_s);
	limiter_attempt(limiter, now_ms);
	err = store_user_find(x->desk->options.store, x->arena, name, user_r, &error);
	if (err && err != ERR_NOT_FOUND)
		return error_set(e_r, err, "%s", error.text);
	right = password_check(x->desk, err ? NULL : user_r->password_hash, password);
	if (right && !user_r->disabled) {
		limiter_succeeded(limiter, name);
		return ERR_OK;
	}
	limiter_failed(limiter, name, now_ms);
	log_line(LOG_WARN, "desk", "sign-in failed");
	return error_set(e_r, ERR_FORBIDDEN, "Name or password is not right");
}

static enum err signin(struct exchange *x, const char *name, struct error *e_r)
{
	const char *password = exchange_field(x, "password");
	struct user_row user = {0};
	enum err err;

	if (!name || !*name || !password || !*password)
		return error_set(e_r, ERR_INVALID, "Name and password are both needed");
	if (strlen(name) > ACCOUNT_NAME_MAX || strlen(password) > PASSWORD_MAX)
		return error_set(e_r, ERR_FORBIDDEN, "Name or password is not right");
	err = verify(x, name, password, &user, e_r);
	return err ? err : session_start(x, &user, e_r);
}

/* Names are kept in small letters; people type them as they like. */
static const char *typed_name(struct exchange *x)
{
	const char *typed = exchange_field(x, "name");
	char *name = arena_strdup(x->arena, typed ? typed + strspn(typed, " ") : "");

	for (char *c = name; c && *c; c++) {
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	}
	if (name)
		name[strcspn(name, " ")] = '\0';
	return name;
}

enum err account_signin(struct exchange *x, struct error *e_r)
{
	const char *name = typed_name(x);
	struct error error = {0};
	struct typed typed;
	enum err err = signin(x, name, &error);

	if (x->api && err == ERR_FORBIDDEN)
		x->status = 401;
	if (x->api)
		return err ? error_set(e_r, err, "%s", error.text) : account_me(x, e_r);
	if (!err)
		return go_on(x, e_r);
	if (err != ERR_FORBIDDEN && err != ERR_INVALID && err != ERR_RATE)
		return error_set(e_r, err, "%s", error.text);
	x->status = exchange_status(err);
	signin_page(x, exchange_field(x, "next"), name, error.text);
	if (typed_carried(x, &typed))
		typed_carry(&typed, view_page(x));
	return ERR_OK;
}

enum err account_signout(struct exchange *x, struct error *e_r)
{
	enum err err = session_end(x, e_r);

	if (err)
		return err;
	if (x->api)
		x->status = 204;
	else
		x->location = "/signin?out=1";
	return ERR_OK;
}

enum err account_me(struct exchange *x, struct error *e_r)
{
	char expires[CLOCK_TEXT_SIZE];

	(void)e_r;
	clock_format(x->session.expires_s, expires);
	x->view = json_object_new_object();
	json_add_str(x->view, "name", x->session.user.name);
	json_add_str(x->view, "role", role_name(x->session.user.role));
	json_add_str(x->view, "csrf", x->session.csrf);
	json_add_str(x->view, "expires_at", expires);
	return ERR_OK;
}

/* ---- the first account ---- */

/* The one-time token is right and no account exists yet. */
static enum err check_token(struct exchange *x, const char *token, struct error *e_r)
{
	char hash[SECRET_TEXT_SIZE];
	const char *kept;
	struct user_row *rows;
	size_t count;
	enum err err = store_user_list(x->desk->options.store, x->arena, &rows, &count, e_r);

	if (!err)
		err = store_meta_get(x->desk->options.store, x->arena, "first_token", &kept, e_r);
	if (err)
		return err;
	secret_hash(token ? token : "", hash);
	if (count == 0 && kept && strlen(kept) == strlen(hash) && sodium_memcmp(kept, hash, strlen(hash)) == 0)
		return ERR_OK;
	return error_set(e_r, ERR_FORBIDDEN,
			 count ? "This link was used already: sign in, or ask an administrator for an account"
			       : "This link is not the newest: take the one the program printed last");
}

static void first_page(struct exchange *x, const char *token, const char *name, const char *problem)
{
	struct json_object *page = view_page(x);

	json_add_str(page, "title", "Welcome");
	json_add_str(page, "token", token);
	json_add_str(page, "name", name);
	json_add_str(page, "problem", problem);
	json_add_int(page, "password_min", PASSWORD_MIN);
}

enum err account_first_form(struct exchange *x, struct error *e_r)
{
	const char *token = exchange_query(x, "token");
	enum err err = check_token(x, token, e_r);

	if (!err)
		first_page(x, token, NULL, NULL);
	return err;
}

/* Account and removal of the token in one transaction: the link works once. */
static enum err make_account(struct exchange *x, const char *name, const char *password, struct user_row *user,
			     struct error *e_r)
{
	struct store *store = x->desk->options.store;
	char hash[128];
	enum err err = password_hash(password, hash, e_r);

	if (!err)
		err = store_begin(store, STORE_URGENT, e_r);
	if (err)
		return err;
	err = check_token(x, exchange_field(x, "token"), e_r);
	if (!err)
		err = store_user_put(store, name, hash, ROLE_ADMIN, x->now_s, &user->id, e_r);
	if (!err)
		err = store_meta_put(store, "first_token", NULL, e_r);
	if (!err)
		err = store_audit_put(store, 0, user->id, name, "first account", NULL, x->now_s, e_r);
	if (!err)
		err = store_commit(store, e_r);
	if (err)
		store_rollback(store);
	user->name = name;
	user->role = ROLE_ADMIN;
	return err;
}

enum err account_first(struct exchange *x, struct error *e_r)
{
	const char *name = typed_name(x), *password = exchange_field(x, "password");
	const char *again = exchange_field(x, "again");
	struct user_row user = {0};
	struct error error = {0};
	enum err err = check_token(x, exchange_field(x, "token"), e_r);

	if (err)
		return err;
	err = account_check(name, password, &error);
	if (!err && (!again || strcmp(again, password) != 0))
		err = error_set(&error, ERR_INVALID, "The two passwords differ");
	if (err) {
		x->status = exchange_status(err);
		first_page(x, exchange_field(x, "token"), name, error.text);
		return ERR_OK;
	}
	err = make_account(x, name, password, &user, e_r);
	if (!err)
		err = session_start(x, &user, e_r);
	if (!err)
		x->location = "/";
	return err;
}
