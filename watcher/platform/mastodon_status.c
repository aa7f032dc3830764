/*
 * mastodon_status.c - a status of Mastodon's API to a post.
 *
 * Only what everybody may read: public and unlisted. A direct mention is a private message; answered in public it would
 * be exposed, so it is never taken in. Boosts are skipped: the original counts.
 */
#include "watcher/platform/mastodon.h"

#include <string.h>
#include <strings.h>

#include "buf.h"
#include "clock.h"
#include "jsonio.h"
#include "watcher/platform/help.h"

#define NAME_BYTES 1024
#define URL_BYTES 4096
#define WARNING_BYTES 8192

static bool is_public(struct json_object *status)
{
	const char *visibility = json_str(status, "visibility", "public"); /* some servers' search leaves it out */

	return strcmp(visibility, "public") == 0 || strcmp(visibility, "unlisted") == 0;
}

static int64_t count_of(struct json_object *object, const char *key)
{
	int64_t count = json_int(object, key, -1);

	return count < 0 ? -1 : count;
}

static int64_t time_of(struct json_object *status, const char *key)
{
	const char *text = json_str(status, key, NULL);
	int64_t time_s = 0;

	if (text)
		(void)clock_parse(text, &time_s); /* not a time: not known */
	return time_s;
}

/* ---- names ---- */

enum err mastodon_server_of(const struct source_spec *source, struct arena *arena, struct mastodon_server *server_r,
			    struct error *e_r)
{
	const char *site = source->server ? strstr(source->server, "://") : NULL;
	struct mastodon_server server;
	struct buf host;
	enum err code;
	int known;

	if (!site)
		return error_set(e_r, ERR_INVALID, "a mastodon source needs a server, such as https://mastodon.social");
	server.site = site + 3;
	buf_init(&host, 512);
	known = http_url_host(source->server, &host);
	if (known != 1) {
		buf_done(&host);
		if (known < 0)
			return error_set(e_r, ERR_NOMEM, "out of memory");
		return error_set(e_r, ERR_INVALID, "server %s is not a base address", source->server);
	}
	code = help_take(arena, &host, &server.host, e_r);
	if (code == ERR_OK)
		*server_r = server;
	return code;
}

const char *mastodon_local_id(const struct mastodon_server *server, const char *post_id)
{
	size_t len = strlen(server->site);

	if (strncmp(post_id, server->site, len) == 0 && post_id[len] == '/' && post_id[len + 1])
		return post_id + len + 1;
	return strchr(post_id, '/') ? NULL : post_id;
}

const char *mastodon_account(struct arena *arena, struct json_object *account, const struct mastodon_server *server,
			     const char **id_r)
{
	const char *acct = help_str(arena, account, "acct", NAME_BYTES);
	char *id;

	if (acct && acct[0] == '@')
		acct++;
	if (!acct || !acct[0])
		return NULL;
	if (!strchr(acct, '@'))
		acct = arena_printf(arena, "%s@%s", acct, server->host);
	id = arena_strdup(arena, acct);
	for (char *p = id; p && *p; p++) {
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p + 32);
	}
	*id_r = id;
	return acct;
}

static const char *global_id(struct arena *arena, const struct mastodon_server *server, const char *id)
{
	return id ? arena_printf(arena, "%s/%s", server->site, id) : NULL;
}

static void read_author(struct arena *arena, struct json_object *status, const struct mastodon_server *server,
			struct author *author)
{
	struct json_object *account = json_get(status, "account");

	author->id = "";
	author->handle = mastodon_account(arena, account, server, &author->id);
	author->name = help_str(arena, account, "display_name", NAME_BYTES);
	author->followers = count_of(account, "followers_count");
}

/* Content warning, blank line, content. -1: memory. */
static int read_text(struct arena *arena, struct json_object *status, const char **text_r, struct error *e_r)
{
	struct json_object *content = json_get(status, "content");
	const char *warning = help_str(arena, status, "spoiler_text", WARNING_BYTES);
	const char *text = "";

	if (json_object_is_type(content, json_type_string) &&
	    html_to_text(arena, json_object_get_string(content), (size_t)json_object_get_string_len(content), &text,
			 e_r) != ERR_OK)
		return -1;
	if (warning && text[0])
		text = arena_printf(arena, "%s\n\n%s", warning, text);
	else if (warning)
		text = warning;
	text = text ? help_cut(arena, text) : NULL;
	if (!text) {
		(void)error_set(e_r, ERR_NOMEM, "mastodon: out of memory");
		return -1;
	}
	*text_r = text;
	return 0;
}

int mastodon_status(struct arena *arena, struct json_object *status, const struct mastodon_server *server,
		    struct post *post_r, struct error *e_r)
{
	struct post post = {.platform = "mastodon", .views = -1};

	post.id = global_id(arena, server, help_str(arena, status, "id", MASTODON_ID_MAX));
	if (!post.id || json_get(status, "reblog") || !is_public(status))
		return 0;
	if (read_text(arena, status, &post.text, e_r) < 0)
		return -1;
	read_author(arena, status, server, &post.author);
	post.lang = help_lang(arena, json_str(status, "language", NULL));
	post.url = help_url(help_str(arena, status, "url", URL_BYTES));
	if (!post.url)
		post.url = help_url(help_str(arena, status, "uri", URL_BYTES));
	post.in_reply_to = global_id(arena, server, help_str(arena, status, "in_reply_to_id", MASTODON_ID_MAX));
	post.created_s = time_of(status, "created_at");
	post.edited_s = time_of(status, "edited_at");
	post.likes = count_of(status, "favourites_count");
	post.replies = count_of(status, "replies_count");
	post.shares = count_of(status, "reblogs_count");
	if (arena_failed(arena)) {
		(void)error_set(e_r, ERR_NOMEM, "mastodon: out of memory");
		return -1;
	}
	*post_r = post;
	return 1;
}

/* ---- is this our reply? ---- */

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
	       c == '-';
}

/*
 * Letters and digits alone, lower case, "@user@host" as "user": a server shows mentions without host, and may turn
 * quotes, dashes and blanks into others.
 */
static void fold(struct buf *out, const char *text)
{
	for (const char *p = text; *p; p++) {
		const char *end = p + 1;

		if (*p == '@' && is_name_char(*end)) {
			while (is_name_char(*end)) {
				if (*end >= 'A' && *end <= 'Z')
					buf_char(out, (char)(*end + 32));
				else if (*end != '_' && *end != '.' && *end != '-')
					buf_char(out, *end);
				end++;
			}
			if (*end == '@' && is_name_char(end[1])) {
				end++;
				while (is_name_char(*end))
					end++;
			}
			p = end - 1;
		} else if ((*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9') || (*p & 0x80)) {
			buf_char(out, *p);
		} else if (*p >= 'A' && *p <= 'Z') {
			buf_char(out, (char)(*p + 32));
		}
	}
}

int mastodon_is_reply(struct arena *arena, struct json_object *status, const struct mastodon_server *server,
		      const struct errand *errand)
{
	struct json_object *content = json_get(status, "content");
	const char *parent = help_str(arena, status, "in_reply_to_id", MASTODON_ID_MAX);
	const char *post_id = mastodon_local_id(server, errand->post_id);
	const char *account = NULL, *text;
	struct buf ours, theirs;
	int same;

	/* a server forgets the parent when the customer deleted it: then our account and the text have to do */
	if (parent ? !post_id || strcmp(parent, post_id) != 0 : !errand->account_id)
		return 0;
	(void)mastodon_account(arena, json_get(status, "account"), server, &account); /* nobody: not us */
	if (errand->account_id && (!account || strcmp(account, errand->account_id) != 0))
		return 0;
	if (!json_object_is_type(content, json_type_string))
		return 0;
	if (html_to_text(arena, json_object_get_string(content), (size_t)json_object_get_string_len(content), &text,
			 NULL) != ERR_OK)
		return -1;
	buf_init(&ours, POST_TEXT_MAX);
	buf_init(&theirs, 4 * POST_TEXT_MAX);
	fold(&ours, errand->text);
	fold(&theirs, text);
	same = ours.failed || theirs.failed ? -1 : strcmp(buf_text(&ours), buf_text(&theirs)) == 0;
	buf_done(&ours);
	buf_done(&theirs);
	return same;
}
