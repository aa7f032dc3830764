/*
 * guard.c - is this request meant for us, and does it come from our own page?
 *
 * Three fences, each enough alone against the common attack: the session cookie is SameSite=Lax; Sec-Fetch-Site and
 * Origin, which browsers set and pages cannot forge, must name our own origin; and a form carries the session's
 * token. A program using the API without a browser sends X-CSRF-Token (GET /api/v1/me tells it).
 */
#include "guard.h"

#include <arpa/inet.h>
#include <sodium.h>
#include <string.h>
#include <strings.h>

#include "route.h"

#define HOST_MAX 255

/* The host part of "host", "host:port" or "[address]:port", without brackets. false: malformed. */
static bool host_part(const char *authority, char out[HOST_MAX + 1])
{
	size_t len;

	if (*authority == '[') {
		const char *close = strchr(++authority, ']');

		if (!close || (close[1] != '\0' && close[1] != ':'))
			return false;
		len = (size_t)(close - authority);
	} else {
		len = strcspn(authority, ":/");
	}
	if (len == 0 || len > HOST_MAX)
		return false;
	memcpy(out, authority, len);
	out[len] = '\0';
	return true;
}

/* Behind "http://" or "https://", or NULL. */
static const char *after_scheme(const char *url)
{
	if (url && strncmp(url, "http://", 7) == 0)
		return url + 7;
	if (url && strncmp(url, "https://", 8) == 0)
		return url + 8;
	return NULL;
}

bool guard_host_is_ours(const char *host, const char *address, const char *url)
{
	char name[HOST_MAX + 1], own[HOST_MAX + 1];
	unsigned char ignored[sizeof(struct in6_addr)];
	const char *own_authority = after_scheme(url);

	if (!host || !host_part(host, name))
		return false;
	if (inet_pton(AF_INET, name, ignored) == 1 || inet_pton(AF_INET6, name, ignored) == 1)
		return true; /* nobody can make an address point elsewhere */
	if (strcasecmp(name, "localhost") == 0 || (address && strcasecmp(name, address) == 0))
		return true;
	return own_authority && host_part(own_authority, own) && strcasecmp(name, own) == 0;
}

enum err guard_host(const struct exchange *x, struct error *e_r)
{
	const struct settings *settings = x->desk->options.settings;

	if (guard_host_is_ours(exchange_header(x, "Host"), settings->desk_address, settings->desk_url))
		return ERR_OK;
	return error_set(e_r, ERR_FORBIDDEN,
			 "This name is not the desk's; add it as desk url in amends.yaml, or use the address itself");
}

/* -1 the browser said nothing, 0 foreign, 1 our own page. */
static int origin_is_ours(const struct exchange *x)
{
	const char *site = exchange_header(x, "Sec-Fetch-Site");
	const char *origin = exchange_header(x, "Origin");
	const char *host = exchange_header(x, "Host");
	const char *own = after_scheme(x->desk->options.settings->desk_url);
	const char *authority = after_scheme(origin);

	if (site && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0)
		return 0;
	if (!origin)
		return site ? 1 : -1;
	if (!authority || !host)
		return 0;
	if (strcasecmp(authority, host) == 0)
		return 1;
	return own && strncasecmp(authority, own, strlen(authority)) == 0 && own[strcspn(own, "/")] == '\0' &&
	       strlen(own) == strlen(authority);
}

bool guard_own_page(const struct exchange *x)
{
	return origin_is_ours(x) == 1;
}

static bool token_matches(const struct exchange *x, const char *token)
{
	const char *own = x->session.csrf;

	return x->signed_in && token && own && *own && strlen(token) == strlen(own) &&
	       sodium_memcmp(token, own, strlen(own)) == 0;
}

enum err guard_change(const struct exchange *x, struct error *e_r)
{
	enum csrf csrf = x->route->csrf;
	int origin = origin_is_ours(x);

	if (csrf == CSRF_READ)
		return ERR_OK;
	if (csrf == CSRF_REFUSED || origin == 0)
		return error_set(e_r, ERR_FORBIDDEN, "This request came from another site, so nothing was changed");
	if (csrf == CSRF_ORIGIN)
		return ERR_OK;
	if (token_matches(x, exchange_header(x, "X-CSRF-Token")))
		return ERR_OK;
	if (x->api ? origin == 1 : token_matches(x, exchange_field(x, "csrf")))
		return ERR_OK;
	if (x->api)
		return error_set(e_r, ERR_FORBIDDEN, "Send X-CSRF-Token (GET /api/v1/me tells it) with every change");
	return error_set(e_r, ERR_FORBIDDEN,
			 "This form is too old: nothing was changed; go back, reload and try again");
}
