/*
 * session.c - who is signed in.
 *
 * The cookie holds 32 random bytes; the store only their SHA-256, so that a copied database opens no session. Secrets
 * of full entropy need no slow hash; passwords get Argon2id.
 */
#include "session.h"

#include <sodium.h>
#include <string.h>

#define COOKIE "amends_session"

void secret_make(char out[SECRET_TEXT_SIZE])
{
	unsigned char bytes[32];

	randombytes_buf(bytes, sizeof(bytes));
	sodium_bin2hex(out, SECRET_TEXT_SIZE, bytes, sizeof(bytes));
	sodium_memzero(bytes, sizeof(bytes));
}

void secret_hash(const char *secret, char out[SECRET_TEXT_SIZE])
{
	unsigned char digest[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(digest, (const unsigned char *)secret, strlen(secret));
	sodium_bin2hex(out, SECRET_TEXT_SIZE, digest, sizeof(digest));
}

/* The cookie's value when it has the right form: 64 hex digits. */
static const char *cookie_value(const struct exchange *x)
{
	const char *value = MHD_lookup_connection_value(x->connection, MHD_COOKIE_KIND, COOKIE);

	if (!value || strlen(value) != SECRET_TEXT_SIZE - 1 ||
	    strspn(value, "0123456789abcdef") != SECRET_TEXT_SIZE - 1)
		return NULL;
	return value;
}

enum err session_load(struct exchange *x, struct error *e_r)
{
	char hash[SECRET_TEXT_SIZE];
	const char *value = cookie_value(x);
	struct error error = {0};
	enum err err;

	if (!value)
		return ERR_OK;
	secret_hash(value, hash);
	err = store_session_find(x->desk->options.store, x->arena, hash, x->now_s, &x->session, &error);
	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	if (err)
		return error_set(e_r, err, "%s", error.text);
	x->session_hash = arena_strdup(x->arena, hash);
	x->signed_in = !x->session.user.disabled && x->session_hash;
	return ERR_OK;
}

static const char *cookie_text(struct exchange *x, const char *value, int64_t max_age_s)
{
	bool tls = strncmp(x->desk->url, "https://", 8) == 0;

	return arena_printf(x->arena, COOKIE "=%s; Path=/; HttpOnly; SameSite=Lax; Max-Age=%lld%s", value,
			    (long long)max_age_s, tls ? "; Secure" : "");
}

enum err session_start(struct exchange *x, const struct user_row *user, struct error *e_r)
{
	char secret[SECRET_TEXT_SIZE], hash[SECRET_TEXT_SIZE], csrf[SECRET_TEXT_SIZE];
	int64_t hours = x->desk->options.settings->session_hours;
	int64_t expires_s = x->now_s + (hours > 0 ? hours : 12) * 3600;
	enum err err;

	secret_make(secret);
	secret_make(csrf);
	secret_hash(secret, hash);
	err = store_session_put(x->desk->options.store, hash, user->id, csrf, expires_s, x->now_s, e_r);
	if (err)
		return err;
	x->cookie = cookie_text(x, secret, expires_s - x->now_s);
	x->session = (struct session_row){.user = *user, .csrf = arena_strdup(x->arena, csrf), .expires_s = expires_s};
	x->session_hash = arena_strdup(x->arena, hash);
	x->signed_in = true;
	sodium_memzero(secret, sizeof(secret));
	return x->cookie ? ERR_OK : error_set(e_r, ERR_NOMEM, "session: memory exhausted");
}

enum err session_end(struct exchange *x, struct error *e_r)
{
	enum err err = ERR_OK;

	if (x->session_hash)
		err = store_session_end(x->desk->options.store, x->session_hash, e_r);
	if (err)
		return err;
	x->signed_in = false;
	x->cookie = cookie_text(x, "", 0);
	return ERR_OK;
}

enum err password_hash(const char *password, char out[128], struct error *e_r)
{
	_Static_assert(crypto_pwhash_STRBYTES == 128, "size of a password hash");

	if (crypto_pwhash_str(out, password, strlen(password), crypto_pwhash_OPSLIMIT_INTERACTIVE,
			      crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0)
		return error_set(e_r, ERR_NOMEM, "password: not enough memory for Argon2id (64 MiB)");
	return ERR_OK;
}

int password_check(const struct desk *desk, const char *hash, const char *password)
{
	const char *against = hash ? hash : desk->no_password;

	return crypto_pwhash_str_verify(against, password, strlen(password)) == 0 && hash;
}

enum err account_check(const char *name, const char *password, struct error *e_r)
{
	size_t name_len = name ? strlen(name) : 0;
	size_t password_len = password ? strlen(password) : 0;

	if (name_len < 2 || name_len > ACCOUNT_NAME_MAX)
		return error_set(e_r, ERR_INVALID, "A name has 2 to %d characters", ACCOUNT_NAME_MAX);
	if (strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-") != name_len)
		return error_set(e_r, ERR_INVALID, "A name is made of a-z, 0-9, dot, dash and underscore");
	if (password_len < PASSWORD_MIN || password_len > PASSWORD_MAX)
		return error_set(e_r, ERR_INVALID, "A password has at least %d characters, at most %d bytes",
				 PASSWORD_MIN, PASSWORD_MAX);
	return ERR_OK;
}
