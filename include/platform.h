/*
 * platform.h - one const struct per platform; platform_find() is the table. How to add one: watcher/platform/README.md.
 *
 * A platform is pure: it turns an errand into a request and an answer into posts. watcher/fetch.c does the
 * sending, timing, back-off and storing, the same for all. State between calls is the cursor: a short text that
 * only the platform understands and that is stored in the same transaction as the posts it stands for.
 */
#ifndef PLATFORM_H
#define PLATFORM_H

#include "arena.h"
#include "error.h"
#include "http.h"
#include "length.h"
#include "post.h"

enum cap {
	CAP_HASHTAG = 1 << 0,	/* can follow a hashtag */
	CAP_SEARCH = 1 << 1,	/* can search words */
	CAP_MENTIONS = 1 << 2,	/* can read mentions of the account */
	CAP_REPLY = 1 << 3,	/* can reply by API (with a token) */
	CAP_REPLY_MENTION = 1 << 4, /* the reply must contain @author to be noticed */
	CAP_RECHECK = 1 << 5,	/* can tell edits and deletions of a known post */
	CAP_LOCAL = 1 << 6,	/* answers itself (local()), no network */
};

/* What a source asks for, from the configuration (settings.h owns it). */
struct source_spec {
	const char *key;      /* unique name of the source: "mastodon.social/#acme" */
	const char *platform;
	const char *brand;
	const char *server;   /* base address, no trailing slash: "https://mastodon.social"; NULL when the platform has one */
	const char *hashtag;  /* exactly one of hashtag, search, mentions, file is set */
	const char *search;
	int mentions;	      /* 1 */
	const char *file;     /* replay: a .jsonl file, or NULL: the built-in demonstration */
	const char *token;    /* NULL none (the desk process never has one) */
	int has_token;	      /* 1: the configuration names a token; known to the desk too, which does not have it */
	int64_t every_s;      /* poll interval */
	int64_t over_s;	      /* replay: spread its posts over so many seconds */
	int page_size;	      /* 0: the platform's largest */
	int line;	      /* where in the configuration */
};

enum errand_kind {
	ERRAND_HELLO,	 /* learn limits and own account; once per start; optional for the platform */
	ERRAND_POLL,	 /* next page after the cursor */
	ERRAND_RECHECK,	 /* is this post still there, was it edited? */
	ERRAND_REPLY,	 /* deliver an approved reply */
	ERRAND_READBACK, /* did an earlier attempt to reply arrive? */
};

struct errand {
	enum errand_kind kind;
	int step;		/* HELLO and READBACK may take several requests: 0, then as answer.more says */
	const char *cursor;	/* POLL: as last stored, NULL at the first time */
	const char *post_id;	/* RECHECK, REPLY, READBACK: the customer's post */
	const char *author_handle; /* REPLY */
	const char *text;	/* REPLY, READBACK: the approved text */
	const char *lang;	/* REPLY: language of the text */
	const char *idempotency_key; /* REPLY */
	const char *account_id; /* READBACK: our own account as HELLO told, or NULL */
	const char *account_ref; /* READBACK: answer.account_ref of HELLO, or NULL */
	int64_t now_s;
	int64_t started_s;	/* CAP_LOCAL: when the source was first started */
};

enum outcome {
	OUTCOME_OK,
	OUTCOME_NOTHING,   /* READBACK: certainly not there. RECHECK: deleted */
	OUTCOME_WAIT,	   /* rate limited or overloaded: try again not before retry_s */
	OUTCOME_AUTH,	   /* token missing, expired or without permission: a person must act */
	OUTCOME_REFUSED,   /* this errand will never work (post locked, gone, blocked): say so, do not repeat */
	OUTCOME_TEMPORARY, /* 5xx, unreadable body: back off and try again */
	OUTCOME_UNKNOWN,   /* REPLY: it may or may not have arrived */
};

struct answer {
	enum outcome outcome;
	const char *why;	 /* one sentence for a person when outcome is not OK; with OK: a remark, or NULL */
	struct post *posts;	 /* POLL: new posts, oldest first; RECHECK: the one post */
	size_t post_count;
	const char *cursor;	 /* POLL: to store with these posts; NULL: unchanged */
	int more;		 /* POLL: ask again at once; HELLO, READBACK: go on with step + more */
	int64_t retry_s;	 /* UTC time before which no request may go out; 0 none (also set with OK when used up) */
	const char *reply_id;	 /* REPLY, READBACK found */
	const char *reply_url;
	int by_hand;		 /* REPLY, REFUSED: our account may not answer there; a person can, or can write privately */
	const char *account_id;	 /* HELLO: our account as post.author.id names it, so that our posts are no complaints */
	const char *account_ref; /* HELLO: what the server itself calls it, where that differs; for READBACK */
	const char *account_handle;
	struct length_rule length; /* HELLO: limit of this server; .limit 0: not told */
};

struct platform {
	const char *name;	 /* "mastodon" */
	const char *title;	 /* "Mastodon" */
	unsigned caps;		 /* enum cap */
	struct length_rule length; /* default */
	int64_t every_s;	 /* default poll interval */
	/* Writes the HTTP request for the errand; strings live in arena. ERR_UNSUPPORTED when it has none (such a step
	 * is skipped), ERR_FORBIDDEN without the token it takes, ERR_INVALID when the errand cannot be done as asked. */
	enum err (*request)(const struct source_spec *source, const struct errand *errand, struct arena *arena,
			    struct http_request *request_r, struct error *e_r);
	/* Reads the answer; never trusts it. What cannot be read is an outcome, not an error; ERR_NOMEM only. */
	enum err (*parse)(const struct source_spec *source, const struct errand *errand,
			  const struct http_response *response, struct arena *arena, struct answer *answer_r,
			  struct error *e_r);
	/* CAP_LOCAL instead of the two above. */
	enum err (*local)(const struct source_spec *source, const struct errand *errand, struct arena *arena,
			  struct answer *answer_r, struct error *e_r);
	/* Checks a source's keys against what the platform can do; sentence without file and line. */
	enum err (*check)(const struct source_spec *source, struct error *e_r);
};

const struct platform *platform_find(const char *name); /* NULL unknown */
const struct platform *platform_at(size_t index);	/* NULL at the end */

/* HTML fragment to plain text (libxml2, no network): <br> and <p> become newlines, entities decoded,
 * links keep their shown text or address; result cleaned by utf8_clean, in arena. */
enum err html_to_text(struct arena *arena, const char *html, size_t len, const char **text_r, struct error *e_r) MUST_CHECK;

#endif
