/*
 * queue_text.c - what is asked of a reply's text before it goes on: is it the one that was read, does it fit, does it
 * name whom it answers, what does the tone say.
 *
 * Tone findings are asked for anew each time: those stored with a draft may come from older rules or another policy.
 */
#include <ctype.h>
#include <json-c/json.h>
#include <string.h>
#include <strings.h>

#include "jsonio.h"
#include "platform.h"
#include "respond/queue_private.h"
#include "utf8.h"

#define SHOWN_MAX 80 /* bytes of a finding's words in a sentence */

bool text_blank(const char *text)
{
	return text == NULL || text[strspn(text, " \t\r\n")] == '\0';
}

enum err text_take(struct arena *arena, const char *text, size_t max, const char *what, const char **text_r,
		   struct error *e_r)
{
	enum err err = ERR_OK;
	struct buf clean;
	const char *from;
	size_t len;
	char *copy;

	if (strlen(text) > max)
		return error_set(e_r, ERR_INVALID, "%s longer than %zu bytes: shorten it", what, max);
	if (!utf8_valid(text, strlen(text)))
		return error_set(e_r, ERR_INVALID, "%s is not valid UTF-8", what);
	buf_init(&clean, 4 * max + 4);
	utf8_clean(&clean, text, strlen(text)); /* drops \r with the other control characters */
	from = buf_text(&clean);
	from += strspn(from, " \t\n");
	len = strlen(from);
	while (len > 0 && strchr(" \t\n", from[len - 1]) != NULL)
		len--;
	copy = arena_strndup(arena, from, len);
	if (copy == NULL || clean.failed)
		err = error_set(e_r, ERR_NOMEM, "out of memory");
	else
		*text_r = copy;
	buf_done(&clean);
	return err;
}

enum err hash_check(struct change *c)
{
	if (c->row.draft_id == 0)
		return error_set(c->e_r, ERR_INVALID, "complaint %lld has no draft: write one first",
				 (long long)c->row.id);
	if (text_blank(c->args->hash))
		return error_set(c->e_r, ERR_INVALID, "the hash of the text that was read is missing");
	if (c->row.draft_hash == NULL || strcmp(c->args->hash, c->row.draft_hash) != 0)
		return error_set(c->e_r, ERR_CONFLICT,
				 "the text of complaint %lld changed meanwhile (by %s): read it again before you go on",
				 (long long)c->row.id, c->row.draft_by != NULL ? c->row.draft_by : "somebody");
	return ERR_OK;
}

/* ---- length, name ---- */

size_t queue_length(const struct complaint_row *row, const char *text, struct length_rule *rule_r)
{
	const struct platform *platform = platform_find(row->platform);
	struct length_rule rule = platform != NULL ? platform->length : (struct length_rule){0};

	if (row->length_limit != 0)
		rule.limit = row->length_limit;
	if (row->url_cost != 0)
		rule.url_cost = row->url_cost;
	*rule_r = rule;
	return length_count(&rule, text, strlen(text));
}

static const char *platform_title(const struct complaint_row *row)
{
	const struct platform *platform = platform_find(row->platform);

	return platform != NULL && platform->title != NULL ? platform->title : row->platform;
}

const char *queue_length_hindrance(struct arena *arena, const struct complaint_row *row, const char *text)
{
	struct length_rule rule;
	size_t length = queue_length(row, text, &rule), over = length > rule.limit ? length - rule.limit : 0;
	const char *unit = rule.unit == LENGTH_BYTES ? "byte" : "character", *sentence;

	if (rule.limit == 0 || over == 0)
		return NULL;
	sentence = arena_printf(arena, "the reply is %zu %s%s too long for %s (%zu of %zu): shorten it", over, unit,
				over == 1 ? "" : "s", platform_title(row), length, rule.limit);
	return sentence != NULL ? sentence : "out of memory";
}

enum err length_check(struct change *c)
{
	const char *why = queue_length_hindrance(c->arena, &c->row, c->row.draft);

	return why != NULL ? error_set(c->e_r, ERR_INVALID, "%s", why) : ERR_OK;
}

/*
 * Does the text name the author: "@handle", or without the server, as one may among people of one server? Handles are
 * compared as people write them, in any case. The platform itself, which knows the servers, looks again before sending.
 */
static bool mentions(const char *text, const char *handle)
{
	size_t len = strcspn(handle, "@");

	for (const char *at = strchr(text, '@'); at != NULL; at = strchr(at + 1, '@'))
		if (strncasecmp(at + 1, handle, len) == 0 && !isalnum((unsigned char)at[1 + len]) && at[1 + len] != '_')
			return true;
	return false;
}

/* What is approved is what is sent, to the letter: so nothing puts the name in front later. */
const char *queue_mention_hindrance(struct arena *arena, const struct complaint_row *row, const char *text)
{
	const struct platform *platform = platform_find(row->platform);
	const char *handle = row->author.handle, *sentence;

	if (platform == NULL || (platform->caps & CAP_REPLY_MENTION) == 0 || handle == NULL || handle[0] == '\0' ||
	    mentions(text, handle))
		return NULL;
	sentence = arena_printf(arena, "the reply does not name @%s, so %s would notify nobody: put it in", handle,
				platform->title);
	return sentence != NULL ? sentence : "out of memory";
}

enum err mention_check(struct change *c)
{
	const char *why = queue_mention_hindrance(c->arena, &c->row, c->row.draft);

	return why != NULL ? error_set(c->e_r, ERR_INVALID, "%s", why) : ERR_OK;
}

/* ---- tone ---- */

enum err queue_findings(const struct queue *queue, struct arena *arena, const struct complaint_row *row,
			const char *text, const struct tone_finding **findings_r, size_t *count_r, struct error *e_r)
{
	const char *lang = row->draft_lang != NULL ? row->draft_lang : row->lang;
	const struct tone_finding *found = NULL;
	struct tone_finding *ours;
	size_t count = 0;
	enum err err = ERR_OK;

	if (queue->tone != NULL)
		err = tone_check_class(queue->tone, arena, text, strlen(text), lang, row->class, &found, &count, e_r);
	if (err != ERR_OK)
		return err;
	ours = arena_array(arena, count + 1, sizeof(*ours));
	if (ours == NULL)
		return error_set(e_r, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < count; i++) {
		ours[i] = found[i];
		ours[i].block = policy_blocks(queue_policy(queue), found[i].rule, found[i].group, found[i].block);
	}
	*findings_r = ours;
	*count_r = count;
	return ERR_OK;
}

enum err findings_json(struct change *c, const char *text, const char **json_r)
{
	const struct tone_finding *findings = NULL;
	struct json_object *list;
	const char *json = NULL;
	size_t count = 0;
	enum err err;

	if (c->queue->tone == NULL) {
		*json_r = NULL;
		return ERR_OK;
	}
	err = queue_findings(c->queue, c->arena, &c->row, text, &findings, &count, c->e_r);
	if (err != ERR_OK)
		return err;
	list = tone_to_json(findings, count, text);
	if (list != NULL)
		json = arena_strdup(c->arena, json_object_to_json_string_ext(list, JSON_C_TO_STRING_PLAIN));
	json_object_put(list);
	if (json == NULL)
		return error_set(c->e_r, ERR_NOMEM, "out of memory");
	*json_r = json;
	return ERR_OK;
}

/* Without the stop at its end: the sentence goes on. */
static int unstopped(const char *text)
{
	size_t len = strlen(text);

	return (int)(len > 0 && text[len - 1] == '.' ? len - 1 : len);
}

/* "words" stops approval. What is wrong. What to write instead. What to do else. */
static enum err finding_says(struct change *c, const struct tone_finding *f, const char *told)
{
	size_t shown = f->end - f->start < SHOWN_MAX ? f->end - f->start : SHOWN_MAX;
	const char *about = f->about != NULL ? f->about : "not fit for a public reply";
	const char *suggest = f->suggest != NULL ? f->suggest : "";

	return error_set(c->e_r, ERR_INVALID, "“%.*s” stops approval: %.*s. %.*s%s%s",
			 (int)utf8_valid_prefix(c->row.draft + f->start, shown), c->row.draft + f->start,
			 unstopped(about), about, unstopped(suggest), suggest, *suggest ? ". " : "", told);
}

enum err findings_check(struct change *c, bool excused, const char *told)
{
	const struct tone_finding *findings = NULL;
	size_t count = 0;
	enum err err = queue_findings(c->queue, c->arena, &c->row, c->row.draft, &findings, &count, c->e_r);

	for (size_t i = 0; err == ERR_OK && i < count; i++) {
		if (!findings[i].block)
			continue;
		if (strcmp(findings[i].group, POLICY_PRIVATE) == 0)
			err = finding_says(c, &findings[i], "Change it: private data is never let pass.");
		else if (!excused)
			err = finding_says(c, &findings[i], told);
	}
	return err;
}
