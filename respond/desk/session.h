/*
 * session.h - who is signed in: cookies, passwords, the first account's token.
 */
#ifndef DESK_SESSION_H
#define DESK_SESSION_H

#include "exchange.h"

#define PASSWORD_MIN 10
#define PASSWORD_MAX 200
#define ACCOUNT_NAME_MAX 40

/* Reads the cookie and the session behind it; leaves signed_in false when there is none. ERR_IO only. */
enum err session_load(struct exchange *x, struct error *e_r) MUST_CHECK;
/* Starts a session for the account and sets the cookie. */
enum err session_start(struct exchange *x, const struct user_row *user, struct error *e_r) MUST_CHECK;
/* Ends the request's session and clears the cookie. */
enum err session_end(struct exchange *x, struct error *e_r) MUST_CHECK;

/* Argon2id, interactive limits. out: crypto_pwhash_STRBYTES (128). ERR_NOMEM. */
enum err password_hash(const char *password, char out[128], struct error *e_r) MUST_CHECK;
/* 1 right, 0 wrong. hash NULL: no such account; takes as long and answers 0. */
int password_check(const struct desk *desk, const char *hash, const char *password);
/* ERR_INVALID with a sentence for the person. The name may hold a-z, 0-9, '.', '_' and '-'. */
enum err account_check(const char *name, const char *password, struct error *e_r) MUST_CHECK;

/* 32 random bytes as hex. */
void secret_make(char out[SECRET_TEXT_SIZE]);
/* What is stored instead of a secret: SHA-256 of it as hex. */
void secret_hash(const char *secret, char out[SECRET_TEXT_SIZE]);

#endif
