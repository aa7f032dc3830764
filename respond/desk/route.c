/*
 * route.c - the one table of what the desk answers, and finding a request's row in it.
 *
 * Pages and API share handlers: the same view is rendered by a template or printed as JSON. A row without access or
 * csrf is closed, so forgetting a column cannot open anything. openapi.json describes the rows below /api/v1;
 * tests/test_openapi.c compares the two both ways.
 */
#include "route.h"

#include <string.h>

#define PAGE(method_, path_, access_, csrf_, handler_, template_)                                                      \
	{                                                                                                              \
		.method = method_, .path = path_, .access = access_, .csrf = csrf_, .handler = handler_,               \
		.template = template_                                                                                  \
	}
#define API(method_, path_, access_, csrf_, handler_)                                                                  \
	{                                                                                                              \
		.method = method_, .path = "/api/v1" path_, .access = access_, .csrf = csrf_, .handler = handler_      \
	}
/* An action of queue.h: a form's target and an API operation. */
#define ACTION(path_, access_, action_, template_)                                                                     \
	{                                                                                                              \
		.method = "POST", .path = path_, .access = access_, .csrf = CSRF_TOKEN, .handler = complaint_act,      \
		.template = template_, .arg = action_                                                                  \
	}
#define ACT(word_, access_, action_)                                                                                   \
	ACTION("/complaints/:id/" word_, access_, action_, "complaint"),                                               \
		ACTION("/api/v1/complaints/:id/" word_, access_, action_, NULL)

static const struct route routes[] = {
	PAGE("GET", "/", ACCESS_VIEWER, CSRF_READ, queue_list, "queue"),
	PAGE("GET", "/complaints/:id", ACCESS_VIEWER, CSRF_READ, complaint_show, "complaint"),
	PAGE("POST", "/complaints/:id/check", ACCESS_VIEWER, CSRF_TOKEN, complaint_check, "complaint"),
	PAGE("GET", "/sources", ACCESS_VIEWER, CSRF_READ, sources_list, "sources"),
	PAGE("GET", "/sending", ACCESS_VIEWER, CSRF_READ, pauses_list, "sending"),
	PAGE("POST", "/sending", ACCESS_AGENT, CSRF_TOKEN, pauses_change, "sending"),
	PAGE("GET", "/promises", ACCESS_VIEWER, CSRF_READ, promises_list, "promises"),
	PAGE("POST", "/complaints/:id/kept", ACCESS_AGENT, CSRF_TOKEN, promise_keep, "promises"),
	PAGE("GET", "/reviews", ACCESS_VIEWER, CSRF_READ, reviews_list, "reviews"),
	PAGE("POST", "/reviews/:id", ACCESS_APPROVER, CSRF_TOKEN, review_end, "reviews"),
	PAGE("GET", "/figures", ACCESS_VIEWER, CSRF_READ, figures_show, "figures"),
	PAGE("POST", "/complaints/:id/another", ACCESS_AGENT, CSRF_TOKEN, complaint_reword, "complaint"),
	PAGE("POST", "/complaints/:id/judge", ACCESS_AGENT, CSRF_TOKEN, complaint_judge, "complaint"),
	PAGE("GET", "/signin", ACCESS_PUBLIC, CSRF_READ, account_signin_form, "signin"),
	PAGE("POST", "/signin", ACCESS_PUBLIC, CSRF_ORIGIN, account_signin, "signin"),
	PAGE("POST", "/signout", ACCESS_VIEWER, CSRF_TOKEN, account_signout, "signin"),
	PAGE("GET", "/first", ACCESS_PUBLIC, CSRF_READ, account_first_form, "first"),
	PAGE("POST", "/first", ACCESS_PUBLIC, CSRF_ORIGIN, account_first, "first"),
	PAGE("GET", "/events", ACCESS_VIEWER, CSRF_READ, events_open, NULL),
	PAGE("GET", "/assets/:name/:name", ACCESS_PUBLIC, CSRF_READ, asset_send, NULL),

	API("GET", "/openapi.json", ACCESS_PUBLIC, CSRF_READ, openapi_send),
	API("GET", "/complaints", ACCESS_VIEWER, CSRF_READ, queue_list),
	API("GET", "/complaints/:id", ACCESS_VIEWER, CSRF_READ, complaint_show),
	API("POST", "/complaints/:id/check", ACCESS_VIEWER, CSRF_TOKEN, complaint_check),
	API("GET", "/counts", ACCESS_VIEWER, CSRF_READ, queue_counts),
	API("GET", "/sources", ACCESS_VIEWER, CSRF_READ, sources_list),
	API("GET", "/pauses", ACCESS_VIEWER, CSRF_READ, pauses_list),
	API("POST", "/pauses", ACCESS_AGENT, CSRF_TOKEN, pauses_change),
	API("GET", "/promises", ACCESS_VIEWER, CSRF_READ, promises_list),
	API("POST", "/complaints/:id/kept", ACCESS_AGENT, CSRF_TOKEN, promise_keep),
	API("GET", "/reviews", ACCESS_VIEWER, CSRF_READ, reviews_list),
	API("POST", "/reviews/:id", ACCESS_APPROVER, CSRF_TOKEN, review_end),
	API("GET", "/figures", ACCESS_VIEWER, CSRF_READ, figures_show),
	API("POST", "/complaints/:id/another", ACCESS_AGENT, CSRF_TOKEN, complaint_reword),
	API("POST", "/complaints/:id/judge", ACCESS_AGENT, CSRF_TOKEN, complaint_judge),
	API("GET", "/corrections", ACCESS_VIEWER, CSRF_READ, corrections_list),
	API("GET", "/me", ACCESS_VIEWER, CSRF_READ, account_me),
	API("POST", "/session", ACCESS_PUBLIC, CSRF_ORIGIN, account_signin),
	API("DELETE", "/session", ACCESS_VIEWER, CSRF_TOKEN, account_signout),

	ACT("draft", ACCESS_AGENT, ACTION_DRAFT),
	ACT("submit", ACCESS_AGENT, ACTION_SUBMIT),
	ACT("approve", ACCESS_AGENT, ACTION_APPROVE),
	ACT("changes", ACCESS_APPROVER, ACTION_ASK),
	ACT("reject", ACCESS_APPROVER, ACTION_REJECT),
	ACT("close", ACCESS_AGENT, ACTION_CLOSE),
	ACT("withdraw", ACCESS_AGENT, ACTION_WITHDRAW),
	ACT("posted", ACCESS_AGENT, ACTION_POSTED),
	ACT("reopen", ACCESS_AGENT, ACTION_REOPEN),
};

const struct route *route_at(size_t index)
{
	return index < ARRAY_LEN(routes) ? &routes[index] : NULL;
}

/* Up to 18 digits, so that it fits int64_t; no sign, no leading zero. */
static bool read_id(const char *text, size_t len, int64_t *id_r)
{
	int64_t id = 0;

	if (len == 0 || len > 18 || text[0] == '0')
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		id = id * 10 + (text[i] - '0');
	}
	*id_r = id;
	return true;
}

/* One segment of a pattern against one of a path; the last :name wins. */
static bool segment_matches(struct exchange *x, const char *pattern, size_t pattern_len, const char *text, size_t len)
{
	if (pattern_len == 3 && memcmp(pattern, ":id", 3) == 0)
		return read_id(text, len, &x->id);
	if (pattern_len == 5 && memcmp(pattern, ":name", 5) == 0) {
		x->name = arena_strndup(x->arena, text, len);
		return len > 0 && x->name;
	}
	return pattern_len == len && memcmp(pattern, text, len) == 0;
}

static bool path_matches(struct exchange *x, const char *pattern)
{
	const char *path = x->path;

	x->id = 0;
	x->name = NULL;
	for (;;) {
		size_t pattern_len = strcspn(pattern, "/");
		size_t len = strcspn(path, "/");

		if (!segment_matches(x, pattern, pattern_len, path, len))
			return false;
		pattern += pattern_len;
		path += len;
		if (*pattern == '\0' || *path == '\0')
			return *pattern == *path;
		pattern++;
		path++;
	}
}

enum err route_find(struct exchange *x, const struct route **route_r, const char **allow_r, struct error *e_r)
{
	const char *allow = NULL;

	for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
		const struct route *route = &routes[i];

		if (!path_matches(x, route->path))
			continue;
		if (strcmp(route->method, x->method) == 0) {
			*route_r = route;
			return ERR_OK;
		}
		allow = allow ? arena_printf(x->arena, "%s, %s", allow, route->method) : route->method;
	}
	if (!allow)
		return error_set(e_r, ERR_NOT_FOUND, "There is no such page");
	*allow_r = allow;
	return error_set(e_r, ERR_UNSUPPORTED, "%s is not possible here", x->method);
}
