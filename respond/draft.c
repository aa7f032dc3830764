/*
 * draft.c - from a complaint's post and verdict to a reply draft.
 *
 * Templates are ranked: those written for the very cause and for facts that are known come before general ones.
 * Of the best rank all wordings are rendered; out go those that need a fact nobody gave, that this author has been sent
 * before, or that do not fit the platform. Of what is left those that name most of the customer's own matter stay, of
 * these the longer ones, and among equals a number made from author and post decides: so drafts differ between
 * customers, and the same post always gets the same draft. When nothing is left the next rank is tried; when no rank is
 * left a person writes.
 */
#include "draft.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "draft_private.h"
#include "jsonio.h"

#define TEXT_BYTES_MAX (64u << 10)
#define SAME_WORDS_MAX 160 /* words looked at when two texts are compared */
#define SAME_PERCENT 75    /* so many words in common: the same wording */
#define LONGEST_PERCENT 60 /* at least so long, compared with the longest that fits: equally fitting */

struct choice {
	const struct template *template;
	const struct variant *variant;
	const char *text;
	size_t length;
	unsigned says;  /* VIEW_BITs of what it mentions and is known */
	unsigned facts; /* how many facts are among it */
};

/* ---- the same wording twice ---- */

/* Hashes of a text's words, without the handle it is addressed to. */
static size_t words_of(const char *text, uint32_t words[SAME_WORDS_MAX])
{
	size_t n = 0;

	if (*text == '@')
		text += strcspn(text, " \n");
	while (*text != '\0' && n < SAME_WORDS_MAX) {
		uint32_t hash = 2166136261u;
		size_t len = 0;

		for (; isalnum((unsigned char)*text) || (unsigned char)*text >= 0x80 || *text == '\''; text++, len++)
			hash = (hash ^ (uint32_t)tolower((unsigned char)*text)) * 16777619u;
		if (len > 0)
			words[n++] = hash;
		else
			text++;
	}
	return n;
}

/* Facts may differ and it would still be read as the same letter: three quarters of the words in common is the same. */
static bool wording_same(const char *a, const char *b)
{
	uint32_t in_a[SAME_WORDS_MAX], in_b[SAME_WORDS_MAX];
	size_t count_a = words_of(a, in_a), count_b = words_of(b, in_b), common = 0;
	size_t shorter = count_a < count_b ? count_a : count_b;

	for (size_t i = 0; i < count_a; i++) {
		for (size_t k = 0; k < count_b; k++) {
			if (in_a[i] != 0 && in_a[i] == in_b[k]) {
				common++;
				in_b[k] = 0; /* each word once */
				break;
			}
		}
	}
	return common * 100 >= shorter * SAME_PERCENT;
}

static bool said_before(const struct draft_request *request, const char *text)
{
	for (size_t i = 0; request->avoid != NULL && request->avoid[i] != NULL; i++) {
		if (wording_same(request->avoid[i], text))
			return true;
	}
	return false;
}

/* ---- choosing ---- */

/*
 * What weighs how much when several templates apply. Larger ones decide before smaller ones: an answer is an answer;
 * what was asked for tells more than the cause, and the cause more than how many report something alike or how often.
 * "Others say so, too" is about others: whoever writes wants to hear of their own matter, and a topic is too coarse to
 * know that it is the same. Of two templates for the cause the one that says it comes first.
 */
enum {
	RANK_ANSWER = 512,
	RANK_UNSURE = 256, /* what may be no complaint is not told what went wrong with it */
	RANK_HIT = 64,
	RANK_CAUSE = 32,
	RANK_AGAIN = 20, /* below the cause: its wordings say "again" as well, and more about the matter */
	RANK_MANY = 16,
	RANK_SEVERITY = 8,
};

static uint64_t id_bit(const char *id)
{
	uint32_t hash = 2166136261u;

	for (; *id != '\0'; id++)
		hash = (hash ^ (unsigned char)*id) * 16777619u;
	return 1ull << (hash >> 26);
}

/* Has the part of the post that a rule hit one of the words? Without words: yes. */
static bool hit_has_word(const struct work *w, const struct template *t, const struct hit *hit)
{
	const char *text = w->request->post->text;

	for (size_t i = 0; t->words != NULL && t->words[i] != NULL; i++) {
		size_t n = strlen(t->words[i]);

		for (size_t at = hit->start; at + n <= hit->end; at++) {
			if (strncasecmp(text + at, t->words[i], n) == 0)
				return true;
		}
	}
	return t->words == NULL;
}

/* The hit for which a template applies; NULL: none of its rules hit. */
static const struct hit *template_hit(const struct work *w, const struct template *t)
{
	const struct verdict *verdict = w->request->verdict;

	for (size_t k = 0; t->hits[k] != NULL; k++) {
		if ((w->hits & id_bit(t->hits[k])) == 0)
			continue;
		for (size_t i = 0; i < verdict->hit_count; i++) {
			if (strcmp(verdict->hits[i].rule->id, t->hits[k]) == 0 && hit_has_word(w, t, &verdict->hits[i]))
				return &verdict->hits[i];
		}
	}
	return NULL;
}

static bool stage_same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* For what its rules hit. Of several urgent matters the gravest is answered; named words tell more than the rule alone.
 */
static unsigned hit_rank(const struct work *w, const struct template *t, const struct hit *hit)
{
	unsigned rank = RANK_HIT + (t->words != NULL ? 1 : 0);
	float urgency = hit->rule->weight[DIM_URGENCY];

	if (w->urgent && urgency > 0)
		rank += (unsigned)((urgency < 3 ? urgency : 3) * 8);
	return rank;
}

/* As likely as not no complaint: an apology for something in particular would be odd. 0: nobody weighed it. */
static bool verdict_unsure(const struct verdict *verdict)
{
	return verdict->complaint > 0 && verdict->complaint < COMPLAINT_UNSURE_BELOW;
}

/* Rank of a template for this verdict; 0: does not apply. */
static unsigned template_rank(const struct work *w, const struct template *t)
{
	const struct verdict *verdict = w->request->verdict;
	const struct hit *hit;
	unsigned facts = t->when & ~VIEW_BIT(VIEW_AGAIN) & ~VIEW_BIT(VIEW_ANSWER);

	if (t->urgent != w->urgent || (t->classes & (1u << verdict->class)) == 0 || strcmp(t->lang, w->lang) != 0 ||
	    (t->when & ~w->have) != 0 || verdict->severity < t->severity || (t->unsure && !verdict_unsure(verdict)) ||
	    (t->many && w->request->reach < DRAFT_REACH_MANY) || !stage_same(t->stage, w->request->stage))
		return 0;
	if (t->causes != 0 && (t->causes & (1u << verdict->cause)) == 0)
		return 0;
	hit = t->hits != NULL ? template_hit(w, t) : NULL;
	if (t->hits != NULL && hit == NULL)
		return 0;
	return 1 + (t->causes != 0 ? RANK_CAUSE : 0) + (hit != NULL ? hit_rank(w, t, hit) : 0) +
	       (t->many ? RANK_MANY : 0) + (t->unsure ? RANK_UNSURE : 0) + (t->severity > 0 ? RANK_SEVERITY : 0) +
	       ((t->when & VIEW_BIT(VIEW_AGAIN)) != 0 ? RANK_AGAIN : 0) +
	       ((t->when & VIEW_BIT(VIEW_ANSWER)) != 0 ? RANK_ANSWER : 0) + t->prefer +
	       (unsigned)__builtin_popcount(facts);
}

static enum err template_choices(struct work *w, const struct template *t, struct choice *choices, size_t *count)
{
	const struct draft_request *request = w->request;

	for (size_t i = 0; i < t->variant_count; i++) {
		const struct variant *variant = &t->variants[i];
		struct choice *choice = &choices[*count];
		enum err err;

		if ((variant->needs & ~w->have) != 0)
			continue;
		err = draft_render(w, variant, &choice->text, &choice->length);
		if (err != ERR_OK)
			return err;
		if ((request->length.limit > 0 && choice->length > request->length.limit) ||
		    said_before(request, choice->text))
			continue;
		choice->template = t;
		choice->variant = variant;
		choice->says = variant->uses & w->have;
		choice->facts = (unsigned)__builtin_popcount(choice->says & VIEW_FACTS);
		++*count;
	}
	return ERR_OK;
}

/* splitmix64's finish: neighbouring seeds give unrelated choices. */
static uint64_t scramble(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

/* Only those that say it, if any does. */
static size_t choices_saying(enum view_name what, struct choice *choices, size_t count)
{
	size_t left = 0;

	for (size_t i = 0; i < count; i++) {
		if (choices[i].says & VIEW_BIT(what))
			choices[left++] = choices[i];
	}
	return left > 0 ? left : count;
}

static const struct choice *choice_pick(struct choice *choices, size_t count, uint64_t seed)
{
	unsigned facts = 0;
	size_t longest = 0, left = 0;

	/* Where all cannot be said at once: the day, then that they wrote before. */
	count = choices_saying(VIEW_BY, choices, count);
	count = choices_saying(VIEW_AGAIN, choices, count);
	count = choices_saying(VIEW_MANY, choices, count);
	for (size_t i = 0; i < count; i++)
		facts = choices[i].facts > facts ? choices[i].facts : facts;
	/* One fact is needed where there is one; the last of several is not worth always the same wording. */
	facts -= facts > 1;
	for (size_t i = 0; i < count; i++) {
		if (choices[i].facts >= facts && choices[i].length > longest)
			longest = choices[i].length;
	}
	for (size_t i = 0; i < count; i++) {
		if (choices[i].facts >= facts && choices[i].length * 100 >= longest * LONGEST_PERCENT)
			choices[left++] = choices[i];
	}
	return &choices[scramble(seed) % left];
}

/* "; names: parcel, two weeks": what of the customer's own words the draft says. */
static void why_facts(const struct work *w, const struct choice *choice, struct buf *why)
{
	const char *separator = "; names: ";

	for (unsigned i = 0; i <= VIEW_NAME; i++) {
		if ((choice->says & VIEW_BIT(i)) == 0)
			continue;
		buf_printf(why, "%s%s", separator, json_str(w->view, view_name(i), ""));
		separator = ", ";
	}
}

/* "; because: Asks for money back": what in the post chose this template. */
static void why_hit(const struct work *w, const struct choice *choice, struct buf *why)
{
	const struct hit *hit = choice->template->hits != NULL ? template_hit(w, choice->template) : NULL;
	const char *about = hit != NULL ? hit->rule->about : NULL;

	if (about != NULL)
		buf_printf(why, "; the post: %.*s", (int)strcspn(about, "."), about);
}

static const char *why_text(const struct work *w, const struct choice *choice, size_t fitting)
{
	const struct draft_request *request = w->request;
	struct buf why;
	const char *text;

	buf_init(&why, 1000);
	buf_str(&why, class_name(request->verdict->class));
	if (choice->template->causes != 0)
		buf_printf(&why, ", %s", cause_name(request->verdict->cause));
	why_hit(w, choice, &why);
	if (choice->template->severity > 0)
		buf_str(&why, "; grave");
	if (choice->template->unsure)
		buf_str(&why, "; may be no complaint: a careful wording");
	if (choice->template->many || (choice->says & VIEW_BIT(VIEW_MANY)) != 0)
		buf_printf(&why, "; %d customers wrote of the like", request->reach);
	why_facts(w, choice, &why);
	if (w->urgent)
		buf_str(&why, "; urgent: a holding line, a person answers first");
	if (choice->template->stage != NULL)
		buf_str(&why, "; an answer was promised and is not there yet");
	if (((choice->says | choice->template->when) & VIEW_BIT(VIEW_AGAIN)) != 0)
		buf_str(&why, "; wrote before");
	if ((choice->says & VIEW_BIT(VIEW_ANSWER)) != 0)
		buf_str(&why, "; from the brand's own answers");
	if (choice->says & VIEW_BIT(VIEW_BY))
		buf_printf(&why, "; promises word by %s", request->by);
	buf_printf(&why, "; one of %zu wordings", fitting);
	text = why.failed ? NULL : arena_strdup(w->arena, buf_text(&why));
	buf_done(&why);
	return text;
}

static enum err no_choice(const struct work *w, size_t variants)
{
	const struct draft_request *request = w->request;

	return error_set(w->e_r, ERR_NOT_FOUND, "no template for %s%s%s, %s, language %s%s: write the reply by hand",
			 w->urgent ? "an urgent " : "", class_name(request->verdict->class),
			 request->avoid != NULL && request->avoid[0] != NULL ? " not sent to this author yet" : "",
			 cause_name(request->verdict->cause), w->lang, variants > 0 ? " that fits" : "");
}

/* All wordings of the best rank left that may be used; the rank is struck out. *best_r: 0 when no rank is left. */
static enum err rank_choices(struct work *w, unsigned *ranks, struct choice *choices, size_t *count_r, unsigned *best_r)
{
	const struct templates *set = w->templates;
	unsigned best = 0;
	size_t count = 0;
	enum err err = ERR_OK;

	for (size_t i = 0; i < set->count; i++)
		best = ranks[i] > best ? ranks[i] : best;
	for (size_t i = 0; err == ERR_OK && best > 0 && i < set->count; i++) {
		if (ranks[i] != best)
			continue;
		ranks[i] = 0;
		err = template_choices(w, &set->list[i], choices, &count);
	}
	if (err == ERR_OK) {
		*count_r = count;
		*best_r = best;
	}
	return err;
}

static enum err choose(struct work *w, struct draft *draft_r)
{
	const struct templates *set = w->templates;
	unsigned *ranks = arena_array(w->arena, set->count + 1, sizeof(*ranks)), best = 1;
	struct choice *choices = NULL;
	const struct choice *picked;
	size_t variants = 0, count = 0;
	enum err err;

	for (size_t i = 0; ranks != NULL && i < set->count; i++) {
		ranks[i] = template_rank(w, &set->list[i]);
		variants += ranks[i] > 0 ? set->list[i].variant_count : 0;
	}
	choices = arena_array(w->arena, variants + 1, sizeof(*choices));
	if (ranks == NULL || choices == NULL)
		return error_set(w->e_r, ERR_NOMEM, "out of memory");
	while (best > 0 && count == 0) {
		err = rank_choices(w, ranks, choices, &count, &best);
		if (err != ERR_OK)
			return err;
	}
	if (count == 0)
		return no_choice(w, variants);
	picked = choice_pick(choices, count, w->request->seed);
	*draft_r = (struct draft){.text = picked->text,
				  .template = picked->template->id,
				  .lang = picked->template->lang,
				  .length = picked->length,
				  .why = why_text(w, picked, count)};
	return draft_r->why != NULL ? ERR_OK : error_set(w->e_r, ERR_NOMEM, "out of memory");
}

const char *draft_lang(const struct post *post, const struct verdict *verdict)
{
	const char *lang = verdict->lang;

	if (lang == NULL || strcmp(lang, "und") == 0)
		lang = post->lang;
	return lang != NULL && lang[0] != '\0' && strcmp(lang, "und") != 0 ? lang : "en";
}

enum err draft_make(const struct templates *templates, struct arena *arena, const struct draft_request *request,
		    struct draft *draft_r, struct error *e_r)
{
	const struct verdict *verdict = request->verdict;
	struct work w = {.templates = templates,
			 .request = request,
			 .arena = arena,
			 .lang = draft_lang(request->post, request->verdict),
			 .e_r = e_r};
	const char *handle = request->post->author.handle;
	struct draft draft;
	enum err err;

	if (verdict->class == CLASS_OTHER)
		return error_set(e_r, ERR_NOT_FOUND, "nothing to reply to: class other");
	/* Danger, a lawyer, the press, somebody in distress: a person speaks first. */
	w.urgent = verdict->urgency >= 2 || verdict->cause == CAUSE_SAFETY;
	for (size_t i = 0; i < verdict->hit_count; i++)
		w.hits |= id_bit(verdict->hits[i].rule->id);
	w.prefix = "";
	if (request->mention && handle != NULL && handle[0] != '\0')
		w.prefix = arena_printf(arena, "@%s ", handle);
	if (w.prefix == NULL)
		return error_set(e_r, ERR_NOMEM, "out of memory");
	buf_init(&w.out, TEXT_BYTES_MAX);
	err = draft_view(&w);
	if (err == ERR_OK)
		err = choose(&w, &draft);
	if (err == ERR_OK)
		*draft_r = draft;
	json_object_put(w.view);
	buf_done(&w.out);
	return err;
}

enum err draft_wordings(const struct templates *templates, struct arena *arena, const struct draft_request *request,
			const char *id, const char *const **texts_r, size_t *count_r, struct error *e_r)
{
	struct work w = {.templates = templates, .request = request, .arena = arena, .prefix = "", .e_r = e_r};
	const struct template *t = NULL;
	const char **texts = NULL;
	size_t count = 0, length;
	enum err err;

	for (size_t i = 0; i < templates->count && t == NULL; i++)
		t = strcmp(templates->list[i].id, id) == 0 ? &templates->list[i] : NULL;
	if (t == NULL)
		return error_set(e_r, ERR_NOT_FOUND, "there is no template %.60s", id);
	w.lang = t->lang;
	buf_init(&w.out, TEXT_BYTES_MAX);
	err = draft_view(&w);
	texts = arena_array(arena, t->variant_count + 1, sizeof(*texts));
	if (err == ERR_OK && texts == NULL)
		err = error_set(e_r, ERR_NOMEM, "out of memory");
	for (size_t i = 0; err == ERR_OK && i < t->variant_count; i++) {
		if ((t->variants[i].needs & ~w.have) == 0)
			err = draft_render(&w, &t->variants[i], &texts[count++], &length);
	}
	if (err == ERR_OK) {
		*texts_r = texts;
		*count_r = count;
	}
	json_object_put(w.view);
	buf_done(&w.out);
	return err;
}
