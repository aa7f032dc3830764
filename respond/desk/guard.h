/*
 * guard.h - is this request meant for us, and does it come from our own page?
 */
#ifndef DESK_GUARD_H
#define DESK_GUARD_H

#include "exchange.h"

/*
 * The Host header names us: an IP address, localhost, the configured address or the host of desk.url. Refuses DNS
 * rebinding, where a foreign name is made to point at this machine. ERR_FORBIDDEN.
 */
enum err guard_host(const struct exchange *x, struct error *e_r) MUST_CHECK;
/* The changing request x->route->csrf asks for is proven to be ours. ERR_FORBIDDEN. */
enum err guard_change(const struct exchange *x, struct error *e_r) MUST_CHECK;
/* Does the browser prove that the request comes from our own page? No session is needed for that. */
bool guard_own_page(const struct exchange *x);
/* For tests: does the value of a Host header name the desk at this address and URL? */
bool guard_host_is_ours(const char *host, const char *address, const char *url);

#endif
