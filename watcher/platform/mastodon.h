/*
 * mastodon.h - what the files of the Mastodon platform share. Private to watcher/platform.
 *
 * mastodon.c		requests, and answers other than pages
 * mastodon_status.c	a status of the API to a post
 * mastodon_cursor.c	how pages follow each other, on servers that page forward and on those that do not
 */
#ifndef PLATFORM_MASTODON_H
#define PLATFORM_MASTODON_H

#include <json-c/json.h>

#include "platform.h"

#define MASTODON_ID_MAX 128 /* bytes of an id; they are opaque: numbers here, "AkQ3..." there */
#define MASTODON_KNOWN 3    /* newest ids remembered: one of them may be deleted before the next poll */

/* Where a source stands. Stored as JSON; strings live in arena. */
enum cursor_mode {
	CURSOR_NEW,     /* the server's min_id is not proven yet */
	CURSOR_VERIFY,  /* a page came that cannot be told: forward, or just the newest? The next answer tells */
	CURSOR_FORWARD, /* min_id pages forward: nothing can be missed */
	CURSOR_BACK,    /* min_id is ignored: read the newest page, walk back by max_id to what is known */
	CURSOR_WALK,    /* in such a walk */
	CURSOR_START,   /* the first look showed nothing: all that comes is new, `known` is empty */
	CURSOR_MODES
};

struct cursor_ids {
	const char *id[MASTODON_KNOWN]; /* newest first */
	size_t count;
	const char *min; /* what to send as min_id: the Link header's value, else the newest id; percent-encoded */
};

struct cursor {
	enum cursor_mode mode;
	struct cursor_ids known; /* everything up to these is stored */
	struct cursor_ids top;   /* VERIFY, WALK: the newest seen since; become `known` when the gap is closed */
	const char *max;         /* VERIFY, WALK: oldest id seen since */
	int left;                /* WALK: pages until we give up */
	int64_t look_s;          /* when the newest page was last read (see mastodon_cursor.c) */
};

/* One page of entries (statuses or notifications), newest first. */
struct page {
	const char *const *ids;
	size_t count;
	const char *link_min; /* min_id of the Link header's rel="prev"; NULL none */
	int64_t now_s;
};

/* 1 read, 0 text is NULL or not ours (then start afresh: repeats do no harm). */
int cursor_read(struct arena *arena, const char *text, struct cursor *cursor_r);
enum err cursor_write(struct arena *arena, const struct cursor *cursor, const char **text_r,
		      struct error *e_r) MUST_CHECK;
/* The query parameter for the next page, "min_id=..." or "max_id=..." or NULL: the newest. cursor NULL: first time. */
const char *cursor_param(struct arena *arena, const struct cursor *cursor, int64_t now_s);
/* What a page means: *next_r is where we stand then (*changed_r: whether that is to be stored). Returns more: 0, 1. */
int cursor_advance(struct arena *arena, const struct cursor *cursor, bool search, const struct page *page,
		   struct cursor *next_r, bool *changed_r);

/*
 * Ids mean something on their own server only, so that a post is "example.social/1170..." to the rest of the program,
 * and an account is its full name in lower case, "ada@far.example", which is the same seen from any server.
 */
struct mastodon_server {
	const char *host; /* "example.social": in names of local users, and in sentences */
	const char *site; /* with the port where there is one: in post ids */
};
enum err mastodon_server_of(const struct source_spec *source, struct arena *arena, struct mastodon_server *server_r,
			    struct error *e_r) MUST_CHECK;
/* The server's own id of a post, or NULL when the post belongs to another server. Borrowed from post_id. */
const char *mastodon_local_id(const struct mastodon_server *server, const char *post_id);
/* Full name of an account object ("acct"), or NULL; id_r: the same in lower case. */
const char *mastodon_account(struct arena *arena, struct json_object *account, const struct mastodon_server *server,
			     const char **id_r);

/* Fills *post_r: 1; 0: not for us (boost, private, no id); -1: memory (e_r set). */
int mastodon_status(struct arena *arena, struct json_object *status, const struct mastodon_server *server,
		    struct post *post_r, struct error *e_r);
/* Is this status the reply we sent? By text, folded so that neither mark-up nor short mentions matter. -1: memory. */
int mastodon_is_reply(struct arena *arena, struct json_object *status, const struct mastodon_server *server,
		      const struct errand *errand);

#endif
