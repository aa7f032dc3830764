/*
 * drafting.c - see include/drafting.h: intake drafts for new posts, a promise that falls due and a person who judges
 * otherwise for complaints that the store has known for long.
 */
#include "drafting.h"

#include <string.h>
#include <xxhash.h>

#include "jsonio.h"
#include "platform.h"
#include "promise.h"
#include "queue.h"

enum {
	AVOID_REPLIES = 5, /* earlier replies to an author that a new draft must not repeat */
	AVOID_DRAFTS = 20, /* ... and drafts of the complaint that were rejected */
	FACTS_MAX = 16,
	HITS_MAX = 256,
};

static enum err no_memory(struct error *e_r)
{
	return error_set(e_r, ERR_NOMEM, "out of memory");
}

/* ---- what must not come again ----------------------------------------------------------------------------------- */

/* Was it the complaint's draft when that was done? Of drafts of one second all may have been. */
static bool draft_stood_at(const struct draft_row *rows, size_t count, size_t at, int64_t then_s)
{
	return rows[at].at_s <= then_s && (at + 1 == count || rows[at + 1].at_s >= then_s);
}

/* Adds the texts that a person rejected, or all, the newest first. */
static enum err avoid_drafts(struct store *store, struct arena *arena, const struct drafting_past *past,
			     const char **texts, size_t *used, struct error *e_r)
{
	struct draft_row *drafts = NULL;
	struct audit_row *acts = NULL;
	size_t draft_count = 0, act_count = 0, most = *used + AVOID_DRAFTS;
	enum err err = store_draft_list(store, arena, past->complaint_id, &drafts, &draft_count, e_r);

	for (size_t k = draft_count; past->drafts && k-- > 0 && *used < most;)
		texts[(*used)++] = drafts[k].text;
	if (err == ERR_OK && draft_count > 0 && !past->drafts)
		err = store_audit_list(store, arena, past->complaint_id, &acts, &act_count, e_r);
	for (size_t i = act_count; err == ERR_OK && i-- > 0;) {
		if (strcmp(acts[i].action, action_name(ACTION_REJECT)) != 0)
			continue;
		for (size_t k = 0; k < draft_count && *used < most; k++)
			if (draft_stood_at(drafts, draft_count, k, acts[i].at_s))
				texts[(*used)++] = drafts[k].text;
	}
	return err;
}

enum err drafting_avoid(struct store *store, struct arena *arena, const struct drafting_past *past,
			const char *const **texts_r, bool *told_r, struct error *e_r)
{
	const char **texts = arena_array(arena, AVOID_REPLIES + AVOID_DRAFTS + 1, sizeof(*texts));
	const char *const *replies = NULL;
	size_t used = 0;
	enum err err = texts ? ERR_OK : no_memory(e_r);

	if (err == ERR_OK && past->author_id != NULL && *past->author_id != '\0')
		err = store_author_replies(store, arena, past->brand_id, past->platform, past->author_id, AVOID_REPLIES,
					   &replies, e_r);
	for (; err == ERR_OK && replies != NULL && *replies != NULL; replies++)
		texts[used++] = *replies;
	*told_r = used > 0;
	if (err == ERR_OK && past->complaint_id != 0)
		err = avoid_drafts(store, arena, past, texts, &used, e_r);
	*texts_r = texts;
	return err;
}

/* ---- keeping one ------------------------------------------------------------------------------------------------ */

/* NULL findings: nobody has looked. */
static enum err tone_findings(struct tone *tone, struct arena *arena, const struct drafting_text *draft,
			      struct json_object **json_r, struct error *e_r)
{
	const struct tone_finding *findings;
	size_t count;
	enum err err;

	*json_r = NULL;
	if (tone == NULL)
		return ERR_OK;
	err = tone_check_class(tone, arena, draft->text, strlen(draft->text), draft->lang, draft->class, &findings,
			       &count, e_r);
	if (err != ERR_OK)
		return err;
	*json_r = tone_to_json(findings, count, draft->text);
	return *json_r != NULL ? ERR_OK : no_memory(e_r);
}

enum err drafting_keep(struct store *store, struct arena *arena, struct tone *tone, const struct drafting_text *draft,
		       int64_t now_s, struct error *e_r)
{
	CLEANUP(json) struct json_object *json = NULL;
	char hash[APPROVAL_HASH_SIZE];
	int64_t draft_id;
	enum err err = tone_findings(tone, arena, draft, &json, e_r);

	if (err != ERR_OK)
		return err;
	approval_hash(draft->platform, draft->post_id, draft->text, hash);
	return store_draft_put(store, draft->complaint_id, draft->text, hash, draft->template, draft->why, draft->lang,
			       draft->by, json ? json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN) : NULL,
			       now_s, &draft_id, e_r);
}

/* ---- the stored verdict ----------------------------------------------------------------------------------------- */

struct verdict drafting_verdict(const struct complaint_row *row)
{
	struct verdict verdict = {.class = row->class,
				  .complaint = row->complaint,
				  .problem = row->problem,
				  .vent = row->vent,
				  .cause = row->cause,
				  .severity = row->severity,
				  .urgency = row->urgency,
				  .sentiment = row->sentiment,
				  .lang = row->draft_lang != NULL ? row->draft_lang : row->lang};

	verdict.lang = verdict.lang != NULL ? verdict.lang : "en";
	return verdict;
}

/* The facts of a stored verdict, found again in the post. */
static enum err facts_read(const struct drafting *how, const struct post_row *post, struct json_object *members,
			   struct verdict *verdict, struct error *e_r)
{
	static const struct rule stored = {.id = "stored", .about = "from the stored verdict"};
	struct fact *facts = arena_array(how->arena, FACTS_MAX, sizeof(*facts));

	if (facts == NULL)
		return no_memory(e_r);
	verdict->facts = facts;
	if (!json_object_is_type(members, json_type_object))
		return ERR_OK; /* then the draft names none */
	json_object_object_foreach(members, name, value)
	{
		const char *words = json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
		const char *at = words != NULL && words[0] != '\0' ? strstr(post->post.text, words) : NULL;
		struct fact *fact = &facts[verdict->fact_count];

		if (at == NULL || verdict->fact_count == FACTS_MAX)
			continue;
		*fact = (struct fact){.name = arena_strdup(how->arena, name),
				      .value = arena_strdup(how->arena, words),
				      .start = (size_t)(at - post->post.text),
				      .end = (size_t)(at - post->post.text) + strlen(words),
				      .rule = &stored};
		if (fact->name == NULL || fact->value == NULL)
			return no_memory(e_r);
		verdict->fact_count++;
	}
	return ERR_OK;
}

/* Its hits of rules that are still there. */
static enum err hits_read(const struct drafting *how, const struct post_row *post, struct json_object *list,
			  struct verdict *verdict, struct error *e_r)
{
	struct hit *hits = arena_array(how->arena, HITS_MAX, sizeof(*hits));
	size_t count = json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
	int64_t len = (int64_t)strlen(post->post.text);

	if (hits == NULL)
		return no_memory(e_r);
	verdict->hits = hits;
	for (size_t i = 0; i < count && how->rules != NULL && verdict->hit_count < HITS_MAX; i++) {
		struct json_object *entry = json_object_array_get_idx(list, i);
		const char *id = json_str(entry, "rule", NULL);
		const struct rule *rule = id != NULL ? ruleset_find(how->rules, id) : NULL;
		int64_t start = json_int(entry, "start", -1), end = json_int(entry, "end", -1);

		if (rule != NULL && start >= 0 && start <= end && end <= len)
			hits[verdict->hit_count++] = (struct hit){rule, (size_t)start, (size_t)end};
	}
	return ERR_OK;
}

static enum err stored_read(const struct drafting *how, const struct post_row *post, struct verdict *verdict,
			    struct error *e_r)
{
	CLEANUP(json) struct json_object *json = post->verdict_json ? json_tokener_parse(post->verdict_json) : NULL;
	enum err err = facts_read(how, post, json_get(json, "facts"), verdict, e_r);

	return err == ERR_OK ? hits_read(how, post, json_get(json, "hits"), verdict, e_r) : err;
}

/* ---- anew ------------------------------------------------------------------------------------------------------- */

/* The latest post that its author has not deleted; NULL: none. */
static const struct post_row *latest_post(const struct post_row *posts, size_t count, const struct complaint_row *row)
{
	for (size_t i = 0; i < count; i++)
		if (posts[i].id == row->post_id && !posts[i].deleted)
			return &posts[i];
	return NULL;
}

static enum err request_make(const struct drafting *how, const struct complaint_row *row, const struct post_row *post,
			     const struct drafting_wish *wish, const struct verdict *verdict,
			     struct draft_request *request_r, struct error *e_r)
{
	const struct drafting_past past = {.brand_id = row->brand_id,
					   .complaint_id = row->id,
					   .platform = row->platform,
					   .author_id = row->author.id,
					   .drafts = wish->other};
	const struct platform *platform = platform_find(row->platform);
	bool told = false;
	enum err err;

	*request_r = (struct draft_request){
		.post = &post->post,
		.verdict = verdict,
		.brand = settings_brand(how->settings, row->brand), /* NULL: known no longer; then nobody signs */
		.mention = platform != NULL && (platform->caps & CAP_REPLY_MENTION),
		.seed = XXH3_64bits_withSeed(post->post.id, strlen(post->post.id), wish->salt),
		.reach = row->topic != NULL ? row->reach : 0,
		.stage = wish->stage,
	};
	(void)queue_length(row, "", &request_r->length);
	if (wish->stage != NULL || verdict->class == CLASS_PROBLEM) {
		request_r->by = promise_by(how->arena, &how->settings->policy, verdict->lang, how->now_s);
		if (request_r->by == NULL)
			return no_memory(e_r);
	}
	err = drafting_avoid(how->store, how->arena, &past, &request_r->avoid, &told, e_r);
	request_r->again = wish->stage == NULL && (told || row->posts > 1);
	return err;
}

/* When every wording has been a draft, the current one alone must not come again. */
static enum err make(const struct drafting *how, const struct complaint_row *row, const struct drafting_wish *wish,
		     struct draft_request *request, struct draft *draft_r, struct error *e_r)
{
	const char *const current[] = {row->draft_id ? row->draft : NULL, NULL};
	enum err err = draft_make(how->templates, how->arena, request, draft_r, e_r);

	if (err == ERR_NOT_FOUND && wish->other) {
		request->avoid = current;
		err = draft_make(how->templates, how->arena, request, draft_r, e_r);
	}
	return err == ERR_LIMIT ? error_set(e_r, ERR_NOT_FOUND, "no template is short enough") : err;
}

enum err drafting_anew(const struct drafting *how, const struct complaint_row *row, const struct drafting_wish *wish,
		       struct error *e_r)
{
	struct verdict verdict = *wish->as;
	const struct post_row *post = NULL;
	struct post_row *posts = NULL;
	struct draft_request request;
	struct draft draft;
	size_t count = 0;
	enum err err = store_complaint_posts(how->store, how->arena, row->id, &posts, &count, e_r);

	if (err == ERR_OK && (post = latest_post(posts, count, row)) == NULL)
		return error_set(e_r, ERR_NOT_FOUND, "the post is gone");
	if (err == ERR_OK)
		err = stored_read(how, post, &verdict, e_r);
	if (err == ERR_OK)
		err = request_make(how, row, post, wish, &verdict, &request, e_r);
	if (err == ERR_OK)
		err = make(how, row, wish, &request, &draft, e_r);
	if (err != ERR_OK)
		return err;
	return drafting_keep(how->store, how->arena, how->tone,
			     &(struct drafting_text){.complaint_id = row->id,
						     .platform = post->post.platform,
						     .post_id = post->post.id,
						     .class = verdict.class,
						     .text = draft.text,
						     .lang = draft.lang,
						     .template = draft.template,
						     .why = draft.why,
						     .by = QUEUE_PROGRAM},
			     how->now_s, e_r);
}
