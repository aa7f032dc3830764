/*
 * route.h - the one table of what the desk answers: method, path, who may, handler, page, and how a change is guarded.
 */
#ifndef DESK_ROUTE_H
#define DESK_ROUTE_H

#include "exchange.h"

/* What a route asks of the person. 0 is "nobody": a row that names no access is closed. */
enum access { ACCESS_NOBODY, ACCESS_PUBLIC, ACCESS_VIEWER, ACCESS_AGENT, ACCESS_APPROVER, ACCESS_ADMIN };

/* How a changing request proves that it comes from our own page. 0 refuses every change. */
enum csrf {
	CSRF_REFUSED,
	CSRF_READ,   /* GET: changes nothing */
	CSRF_ORIGIN, /* no session yet: Origin or Sec-Fetch-Site must not be foreign */
	CSRF_TOKEN,  /* the same, and the session's token (or, for JSON, a proven own origin) */
};

typedef enum err handler_fn(struct exchange *x, struct error *e_r);

struct route {
	const char *method; /* "GET" serves HEAD too */
	const char *path;   /* segments; ":id" is a number, ":name" any text */
	enum access access;
	enum csrf csrf;
	handler_fn *handler;
	const char *template; /* page that renders the view; NULL: the view is printed as JSON */
	int arg;              /* for handlers of several routes: enum action */
};

/* NULL at the end. */
const struct route *route_at(size_t index);
/*
 * Finds the route of x->method and x->path and sets x->id and x->name. ERR_NOT_FOUND: no such path;
 * ERR_UNSUPPORTED: the path exists for other methods, which go to *allow_r ("GET, POST", in the arena).
 */
enum err route_find(struct exchange *x, const struct route **route_r, const char **allow_r,
		    struct error *e_r) MUST_CHECK;

/* Handlers, by file. */
struct typed;

handler_fn queue_list, queue_counts;                       /* page_queue.c */
handler_fn complaint_show, complaint_act, complaint_check, complaint_reword; /* page_complaint.c */
handler_fn account_signin_form, account_signin, account_signout, account_first_form, account_first,
	account_me;                           /* page_account.c */
/* The sign-in page, carrying what was typed. */
enum err account_signin_again(struct exchange *x, const struct typed *typed) MUST_CHECK;
/* The complaint's page with what was typed in its place, and the sentence that says why it is not saved. ERR_NOT_FOUND. */
enum err complaint_restore(struct exchange *x, const struct typed *typed, const char *sentence,
			   struct error *e_r) MUST_CHECK; /* page_complaint.c */
handler_fn sources_list;                      /* page_sources.c */
handler_fn pauses_list, pauses_change;        /* page_sending.c */
handler_fn promises_list, promise_keep;       /* page_promises.c */
handler_fn reviews_list, review_end;          /* page_reviews.c */
handler_fn figures_show;                      /* page_figures.c */
handler_fn complaint_judge, corrections_list; /* page_judge.c */
handler_fn asset_send, openapi_send;          /* page_asset.c */
handler_fn events_open;                       /* events.c */

#endif
