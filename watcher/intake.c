/*
 * intake.c - a page of posts, from wherever it came, becomes verdicts, complaints and drafts, in one transaction with
 * the source's cursor: a crash at any moment loses nothing and repeats nothing.
 *
 * Memory: one arena, emptied after every post; the posts themselves belong to the caller.
 */
#include "intake.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "drafting.h"
#include "platform.h"
#include "promise.h"
#include "queue.h"
#include "watcher/answers.h"
#include "watcher/topic.h"

#define POST_ARENA_MAX ((size_t)32 << 20)

struct intake {
	struct intake_options options;
	struct classifier *classifier;
	struct tone *tone;
	struct answers *answers;
	struct arena *arena; /* of the post in hand */
	struct buf json;     /* its verdict */
};

/* One post on its way. */
struct passage {
	const struct intake_page *page;
	const struct post *post;
	const struct brand *brand; /* NULL: the configuration does not know it */
	const char *brand_name;
	int64_t brand_id, post_id, complaint_id;
	struct verdict verdict;
	bool has_topic; /* others may report the same */
	bool first;     /* the complaint's first post: it has no past */
	int64_t now_s;
};

struct intake *intake_new(const struct intake_options *options, struct error *e_r)
{
	struct intake *intake = calloc(1, sizeof(*intake));

	if (intake != NULL) {
		intake->options = *options;
		buf_init(&intake->json, POST_ARENA_MAX);
		intake->arena = arena_new(POST_ARENA_MAX);
		intake->classifier = classifier_new(options->rules, options->scores, &options->settings->thresholds);
		intake->tone = tone_new(options->tone_rules);
	}
	if (intake == NULL || !intake->arena || !intake->classifier || !intake->tone) {
		intake_free(&intake);
		(void)error_set(e_r, ERR_NOMEM, "out of memory"); /* NULL says it */
	} else if (answers_load(options->settings, &intake->answers, e_r) != ERR_OK) {
		intake_free(&intake);
	}
	return intake;
}

void intake_free(struct intake **intake)
{
	if (*intake == NULL)
		return;
	classifier_free(&(*intake)->classifier);
	tone_free(&(*intake)->tone);
	answers_free(&(*intake)->answers);
	arena_free(&(*intake)->arena);
	buf_done(&(*intake)->json);
	free(*intake);
	*intake = NULL;
}

/* ---- whose post is it ---- */

/* "acme" means acme on any server, "acme@example.social" only that one. */
static bool handle_is(const char *handle, const char *own)
{
	size_t len = strlen(own);

	if (strncasecmp(handle, own, len) != 0)
		return false;
	return handle[len] == '\0' || (handle[len] == '@' && strchr(own, '@') == NULL);
}

static bool is_own(const struct passage *passage)
{
	const struct author *author = &passage->post->author;
	const char *account = passage->page->own_account_id;

	if (account != NULL && author->id != NULL && strcmp(author->id, account) == 0)
		return true;
	for (size_t i = 0; passage->brand && author->handle && passage->brand->handles[i] != NULL; i++)
		if (handle_is(author->handle, passage->brand->handles[i]))
			return true;
	return false;
}

static bool is_excluded(const struct brand *brand, const char *text)
{
	for (size_t i = 0; brand != NULL && brand->exclude[i] != NULL; i++)
		if (word_in_text(text, brand->exclude[i]))
			return true;
	return false;
}

/* ---- draft ---- */

/* Where the configuration does not know the brand, its name is all there is to sign with. */
static struct brand brand_unknown(const char *name)
{
	static const char *const none[] = {NULL};

	return (struct brand){.name = name,
			      .names = none,
			      .handles = none,
			      .hashtags = none,
			      .exclude = none,
			      .signature = "",
			      .contact = "a direct message"};
}

static struct length_rule length_for(const struct passage *passage, const struct platform *platform)
{
	if (passage->page->length.limit != 0)
		return passage->page->length;
	return platform ? platform->length : (struct length_rule){.unit = LENGTH_CODEPOINTS};
}

static uint64_t seed_of(const struct post *post)
{
	const char *author = post->author.id ? post->author.id : "";

	return XXH3_64bits_withSeed(post->id, strlen(post->id), XXH3_64bits(author, strlen(author)));
}

static enum err draft_store(struct intake *intake, const struct passage *passage, const char *text, const char *lang,
			    const char *template, const char *why, const char *by, struct error *e_r)
{
	const struct drafting_text draft = {.complaint_id = passage->complaint_id,
					    .platform = passage->post->platform,
					    .post_id = passage->post->id,
					    .class = passage->verdict.class,
					    .text = text,
					    .lang = lang,
					    .template = template,
					    .why = why,
					    .by = by};

	return drafting_keep(intake->options.store, intake->arena, intake->tone, &draft, passage->now_s, e_r);
}

/* What the draft may say beside the post: the brand's own answer, how many report the same, when we write again. */
static enum err draft_surroundings(struct intake *intake, const struct passage *passage, struct draft_request *request,
				   struct error *e_r)
{
	const char *lang = draft_lang(passage->post, &passage->verdict);
	struct complaint_row row;
	enum err err;

	if (passage->verdict.class == CLASS_QUESTION)
		request->answer =
			answers_find(intake->answers, passage->brand, intake->arena, passage->post->text, lang);
	if (passage->verdict.class == CLASS_PROBLEM) {
		request->by = promise_by(intake->arena, &intake->options.settings->policy, lang, passage->now_s);
		if (request->by == NULL)
			return error_set(e_r, ERR_NOMEM, "out of memory");
	}
	if (!passage->has_topic)
		return ERR_OK;
	err = store_complaint_get(intake->options.store, intake->arena, passage->complaint_id, &row, e_r);
	if (err == ERR_OK)
		request->reach = row.reach;
	return err;
}

static enum err draft_new(struct intake *intake, const struct passage *passage, bool again, struct error *e_r)
{
	const struct platform *platform = platform_find(passage->post->platform);
	struct brand unknown = brand_unknown(passage->brand_name);
	struct draft_request request = {
		.post = passage->post,
		.verdict = &passage->verdict,
		.brand = passage->brand ? passage->brand : &unknown,
		.length = length_for(passage, platform),
		.mention = platform != NULL && (platform->caps & CAP_REPLY_MENTION),
		.seed = seed_of(passage->post),
	};
	const struct drafting_past past = {.brand_id = passage->brand_id,
					   .complaint_id = passage->first ? 0 : passage->complaint_id,
					   .platform = passage->post->platform,
					   .author_id = passage->post->author.id};
	struct draft draft;
	bool told = false;
	enum err err = drafting_avoid(intake->options.store, intake->arena, &past, &request.avoid, &told, e_r);

	if (err == ERR_OK)
		err = draft_surroundings(intake, passage, &request, e_r);
	if (err != ERR_OK)
		return err;
	request.again = again || told;
	err = draft_make(intake->options.templates, intake->arena, &request, &draft, e_r);
	if (err == ERR_NOT_FOUND || err == ERR_LIMIT)
		return ERR_OK; /* no template fits: a person writes */
	if (err != ERR_OK)
		return err;
	return draft_store(intake, passage, draft.text, draft.lang, draft.template, draft.why, QUEUE_PROGRAM, e_r);
}

/*
 * One more post of a known matter: the reply will answer that one, so the approval must be bound to it. Our own draft
 * is made anew; what a person wrote stays, under a new hash, so that nobody approves without having seen the new post.
 */
static enum err draft_renew(struct intake *intake, const struct passage *passage, struct error *e_r)
{
	struct complaint_row row;
	enum err err = store_complaint_get(intake->options.store, intake->arena, passage->complaint_id, &row, e_r);

	if (err != ERR_OK || (row.state != STATE_OPEN && row.state != STATE_SUBMITTED))
		return err;
	if (row.draft_id == 0 || row.draft_by == NULL || strcmp(row.draft_by, QUEUE_PROGRAM) == 0)
		return draft_new(intake, passage, row.posts > 1, e_r);
	return draft_store(intake, passage, row.draft, row.draft_lang, row.draft_template, row.draft_why, row.draft_by,
			   e_r);
}

/* ---- one post ---- */

static bool opens_complaint(const struct verdict *verdict)
{
	return verdict->class == CLASS_PROBLEM || verdict->class == CLASS_VENT || verdict->class == CLASS_QUESTION ||
	       verdict->undecided;
}

static enum err judge_post(struct intake *intake, struct passage *passage, struct error *e_r)
{
	enum err err = classify_post(intake->classifier, intake->arena, passage->post, &passage->verdict, e_r);

	if (err != ERR_OK)
		return err;
	if (is_excluded(passage->brand, passage->post->text)) {
		passage->verdict.class = CLASS_NOT_OURS;
		passage->verdict.cause = CAUSE_NONE;
		passage->verdict.undecided = false;
		passage->verdict.undecided_why = NULL;
	}
	buf_reset(&intake->json);
	verdict_to_buf(&intake->json, &passage->verdict, passage->post->text, false);
	if (intake->json.failed)
		return error_set(e_r, ERR_NOMEM, "out of memory");
	return store_verdict_put(intake->options.store, passage->post_id, &passage->verdict, buf_text(&intake->json),
				 e_r);
}

static enum err file_complaint(struct intake *intake, struct passage *passage, struct intake_count *count,
			       struct error *e_r)
{
	enum complaint_fate fate;
	const char *topic = NULL;
	enum err err = topic_of(intake->arena, &passage->verdict, &topic, e_r);

	if (err == ERR_OK)
		err = store_complaint_file(intake->options.store, passage->post_id, &passage->verdict, topic,
					   passage->now_s, &passage->complaint_id, &fate, e_r);
	if (err != ERR_OK)
		return err;
	passage->has_topic = topic != NULL;
	passage->first = fate == COMPLAINT_NEW;
	if (fate == COMPLAINT_MORE)
		return draft_renew(intake, passage, e_r);
	count->complaints += fate == COMPLAINT_NEW;
	return draft_new(intake, passage, fate == COMPLAINT_REOPENED, e_r);
}

static enum err take_deleted(struct intake *intake, const struct passage *passage, struct intake_count *count,
			     struct error *e_r)
{
	enum err err = store_post_delete(intake->options.store, passage->brand_id, passage->post->platform,
					 passage->post->id, passage->now_s, e_r);

	if (err == ERR_OK)
		count->deleted++;
	return err == ERR_NOT_FOUND ? ERR_OK : err; /* never stored: nothing to forget */
}

static enum err take_post(struct intake *intake, struct passage *passage, struct intake_count *count, struct error *e_r)
{
	bool own = is_own(passage);
	enum post_fate fate;
	enum err err;

	count->read++;
	if (passage->post->deleted)
		return take_deleted(intake, passage, count, e_r);
	err = store_post_put(intake->options.store, passage->brand_id, passage->page->source_id, passage->post, own,
			     passage->now_s, &passage->post_id, &fate, e_r);
	if (err != ERR_OK)
		return err;
	if (fate == POST_KNOWN) {
		count->known++;
		return ERR_OK;
	}
	if (fate == POST_EDITED)
		count->edited++;
	else
		count->new_posts++;
	if (own)
		return ERR_OK;
	err = judge_post(intake, passage, e_r);
	if (err != ERR_OK || !opens_complaint(&passage->verdict))
		return err;
	return file_complaint(intake, passage, count, e_r);
}

/* ---- a page ---- */

static enum err brand_of(struct intake *intake, struct passage *passage, struct error *e_r)
{
	const char *name = passage->post->brand ? passage->post->brand : passage->page->brand;

	if (passage->brand_name != NULL && strcmp(passage->brand_name, name) == 0)
		return ERR_OK; /* as the post before */
	passage->brand_name = name;
	passage->brand = settings_brand(intake->options.settings, name);
	return store_brand_put(intake->options.store, name, &passage->brand_id, e_r);
}

static enum err take_page(struct intake *intake, const struct intake_page *page, int64_t now_s,
			  struct intake_count *count, struct error *e_r)
{
	struct passage passage = {.page = page, .now_s = now_s};
	enum err err = ERR_OK;

	for (size_t i = 0; i < page->post_count && err == ERR_OK; i++) {
		arena_reset(intake->arena);
		passage.post = &page->posts[i];
		err = brand_of(intake, &passage, e_r);
		if (err == ERR_OK)
			err = take_post(intake, &passage, count, e_r);
	}
	if (err == ERR_OK && page->source_id != 0)
		err = store_source_advance(intake->options.store, page->source_id, page->cursor, count->new_posts,
					   now_s, e_r);
	return err;
}

enum err intake_page(struct intake *intake, const struct intake_page *page, int64_t now_s, struct intake_count *count,
		     struct error *e_r)
{
	struct store *store = intake->options.store;
	struct intake_count now = {0};
	enum err err = store_begin(store, STORE_BULK, e_r);

	if (err != ERR_OK)
		return err;
	err = take_page(intake, page, now_s, &now, e_r);
	if (err == ERR_OK)
		err = store_commit(store, e_r);
	if (err != ERR_OK) {
		store_rollback(store);
		return err;
	}
	count->read += now.read;
	count->new_posts += now.new_posts;
	count->known += now.known;
	count->edited += now.edited;
	count->deleted += now.deleted;
	count->complaints += now.complaints;
	return ERR_OK;
}
