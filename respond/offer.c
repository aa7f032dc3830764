/*
 * offer.c - what a reply of ours offers and promises.
 *
 * The rule engine finds words; what they are is told by the beginning of the rule's id (see offer.h). Here they are put
 * together: an offer or vow counts unless it is denied, merely asked about, or hangs on what the customer does first; a
 * vow takes the time that stands beside it in its sentence. All of it happens sentence by sentence, so that what is
 * said about last week does not become a promise.
 */
#include "offer.h"

#include <stdlib.h>
#include <string.h>

#include "attr.h"
#include "respond/money.h"
#include "respond/when.h"

#define WHEN_FAR 80   /* bytes between a vow and its time, at most */
#define WHEN_NEAR 24  /* ... behind it, for times of rules when_on: "call you back later today" */
#define WHEN_RIGHT 3  /* ... and before it: "on Monday, we will" */
#define WHEN_AHEAD 24 /* ... and for a time that stands before its vow: "by Thursday our team will" */

#define REMEDY_WORD(name, word) word,
static const char *const remedy_words[] = {REMEDIES(REMEDY_WORD)};
#undef REMEDY_WORD

const char *remedy_name(enum remedy remedy)
{
	return remedy_words[remedy];
}

int remedy_from_name(const char *word, enum remedy *remedy_r)
{
	for (size_t i = 0; i < ARRAY_LEN(remedy_words); i++) {
		if (strcmp(remedy_words[i], word) == 0) {
			*remedy_r = (enum remedy)i;
			return 1;
		}
	}
	return 0;
}

struct offer_reader {
	struct matcher *matcher;
};

struct offer_reader *offer_reader_new(const struct ruleset *offer_rules)
{
	struct offer_reader *reader = calloc(1, sizeof(*reader));

	if (reader == NULL)
		return NULL;
	reader->matcher = matcher_new(offer_rules);
	if (reader->matcher == NULL)
		offer_reader_free(&reader);
	return reader;
}

void offer_reader_free(struct offer_reader **reader)
{
	if (reader == NULL || *reader == NULL)
		return;
	matcher_free(&(*reader)->matcher);
	free(*reader);
	*reader = NULL;
}

/* ---- a reading ---- */

struct span {
	size_t start, end;
};

struct time_found {
	size_t start, end;
	int64_t due_s;
	bool right; /* counts only right behind a vow */
	bool date;  /* a day or hour, not a span of time */
};

/* A vow on its way. */
struct sworn {
	struct vow vow;
	size_t sentence;
	const struct time_found *time; /* NULL: none was said */
	bool waits;                    /* for something the customer does first */
};

struct reading {
	const char *text;
	size_t len;
	const char *lang;
	int64_t now_s;
	const struct office *office;
	struct matches matches;
	struct span *sentences; /* one after the other, all of the text */
	size_t sentence_count;
	struct time_found *times;
	size_t time_count;
	struct sworn *sworn;
	size_t sworn_count;
	struct offer *offers;
	size_t offer_count;
};

static bool is_kind(const struct hit *hit, const char *kind)
{
	return strncmp(hit->rule->id, kind, strlen(kind)) == 0;
}

/* ---- sentences ---- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Is the full stop at text[at] within a sentence: "3. Dezember", "5 p.m. today"? */
static bool stop_within(const struct reading *r, size_t at)
{
	size_t next = at + 1;

	while (next < r->len && is_blank(r->text[next]))
		next++;
	if (next >= r->len)
		return false;
	if (r->text[next] >= 'a' && r->text[next] <= 'z')
		return true;
	return at > 0 && r->text[at - 1] >= '0' && r->text[at - 1] <= '9' &&
	       when_is_month(r->lang, r->text + next, r->len - next);
}

static bool sentence_ends(const struct reading *r, size_t at)
{
	char c = r->text[at];

	if (c == '\n')
		return true;
	if (c != '.' && c != '!' && c != '?')
		return false;
	if (at + 1 < r->len && !is_blank(r->text[at + 1]))
		return false;
	return c != '.' || !stop_within(r, at);
}

static bool sentences_find(struct reading *r, struct arena *arena)
{
	size_t count = 1, from = 0;

	for (size_t i = 0; i < r->len; i++)
		count += sentence_ends(r, i);
	r->sentences = arena_array(arena, count, sizeof(*r->sentences));
	if (r->sentences == NULL)
		return false;
	for (size_t i = 0; i < r->len; i++) {
		if (!sentence_ends(r, i))
			continue;
		r->sentences[r->sentence_count++] = (struct span){from, i + 1};
		from = i + 1;
	}
	r->sentences[r->sentence_count++] = (struct span){from, r->len};
	return true;
}

static size_t sentence_of(const struct reading *r, size_t at)
{
	size_t i = 0;

	while (i + 1 < r->sentence_count && at >= r->sentences[i].end)
		i++;
	return i;
}

/* The part of its sentence in which text[at] stands: from one "but" to the next; with joints, also from "and we". */
static struct span clause_of(const struct reading *r, size_t at, bool joints)
{
	struct span clause = r->sentences[sentence_of(r, at)];

	for (size_t i = 0; i < r->matches.hit_count; i++) {
		const struct hit *hit = &r->matches.hits[i];

		if (!is_kind(hit, "turn_") || (!joints && is_kind(hit, "turn_and")))
			continue;
		if (hit->start <= at && hit->start > clause.start)
			clause.start = hit->start;
		else if (hit->start > at && hit->start < clause.end)
			clause.end = hit->start;
	}
	return clause;
}

/* ---- what does not count ---- */

static bool is_skipped(const struct reading *r, size_t start, size_t end)
{
	for (size_t i = 0; i < r->matches.hit_count; i++) {
		const struct hit *hit = &r->matches.hits[i];

		if (is_kind(hit, "skip_") && hit->start < end && hit->end > start)
			return true;
	}
	return false;
}

static bool is_denied(const struct reading *r, const struct hit *hit)
{
	struct span clause = clause_of(r, hit->start, true);

	for (size_t i = 0; i < r->matches.hit_count; i++) {
		const struct hit *other = &r->matches.hits[i];

		if (is_kind(other, "deny_") && other->start >= clause.start && other->start < clause.end &&
		    (other->start < hit->end || is_kind(other, "deny_all")))
			return true;
	}
	return is_skipped(r, hit->start, hit->end);
}

static bool has_condition(const struct reading *r, struct span span)
{
	for (size_t i = 0; i < r->matches.hit_count; i++) {
		const struct hit *hit = &r->matches.hits[i];

		if (is_kind(hit, "cond_") && hit->start >= span.start && hit->start < span.end)
			return true;
	}
	return false;
}

static bool is_question(const struct reading *r, size_t sentence)
{
	size_t end = r->sentences[sentence].end;

	while (end > r->sentences[sentence].start && is_blank(r->text[end - 1]))
		end--;
	return end > 0 && r->text[end - 1] == '?';
}

/* ---- times ---- */

static bool times_find(struct reading *r, struct arena *arena)
{
	r->times = arena_array(arena, r->matches.fact_count + 1, sizeof(*r->times));
	for (size_t i = 0; r->times != NULL && i < r->matches.fact_count; i++) {
		const struct fact *fact = &r->matches.facts[i];
		bool date = strcmp(fact->name, "date") == 0;
		struct time_found *time = &r->times[r->time_count];

		if ((!date && strcmp(fact->name, "duration") != 0) || strncmp(fact->rule->id, "when_", 5) != 0 ||
		    is_skipped(r, fact->start, fact->end))
			continue;
		time->start = fact->start;
		time->end = fact->end;
		time->date = date;
		time->right = strncmp(fact->rule->id, "when_on", 7) == 0;
		time->due_s = when_ends(date ? WHEN_DATE : WHEN_DURATION, fact->value, strlen(fact->value), r->lang,
					r->now_s, r->office);
		r->time_count += time->due_s != 0;
	}
	return r->times != NULL;
}

/* How far the time stands from the vow, in bytes; -1: too far, or in another sentence. */
static long time_distance(const struct reading *r, const struct time_found *time, const struct sworn *sworn)
{
	size_t far;

	if (sentence_of(r, time->start) != sworn->sentence)
		return -1;
	if (time->start >= sworn->vow.start && time->end <= sworn->vow.end)
		return 0;
	if (time->start >= sworn->vow.start) {
		far = time->start > sworn->vow.end ? time->start - sworn->vow.end : 0;
		return far <= (time->right ? WHEN_NEAR : WHEN_FAR) ? (long)far : -1;
	}
	far = sworn->vow.start > time->end ? sworn->vow.start - time->end : 0;
	return far <= (time->right ? WHEN_RIGHT : WHEN_AHEAD) ? (long)far + 1 : -1;
}

/* Of the times that begin in from..before: what stands between two vows belongs to the first. */
static const struct time_found *time_for(const struct reading *r, const struct sworn *sworn, size_t from, size_t before)
{
	const struct time_found *best = NULL;
	long best_far = 0;

	for (size_t i = 0; i < r->time_count; i++) {
		const struct time_found *time = &r->times[i];
		long far = time_distance(r, time, sworn);

		if (far < 0 || time->start < from || time->start >= before)
			continue;
		/* of several readings of the same words the longest: "5 pm" and "5 pm tomorrow" */
		if (best == NULL || far < best_far ||
		    (time->start <= best->start && time->end > best->end && time->start < best->end)) {
			best = time;
			best_far = far;
		}
	}
	return best;
}

/* ---- vows ---- */

static bool vow_counts(const struct reading *r, const struct hit *hit)
{
	size_t sentence = sentence_of(r, hit->start);

	return !is_denied(r, hit) && !is_question(r, sentence);
}

/* Overlapping words are one vow. */
static bool vows_find(struct reading *r, struct arena *arena)
{
	r->sworn = arena_array(arena, r->matches.hit_count + 1, sizeof(*r->sworn));
	for (size_t i = 0; r->sworn != NULL && i < r->matches.hit_count; i++) {
		const struct hit *hit = &r->matches.hits[i];
		struct sworn *last = r->sworn_count > 0 ? &r->sworn[r->sworn_count - 1] : NULL;

		if (!is_kind(hit, "vow_") || !vow_counts(r, hit))
			continue;
		if (last != NULL && hit->start < last->vow.end) {
			last->vow.end = hit->end > last->vow.end ? hit->end : last->vow.end;
			continue;
		}
		r->sworn[r->sworn_count++] = (struct sworn){
			.vow = {.start = hit->start, .end = hit->end, .rule = hit->rule->id},
			.sentence = sentence_of(r, hit->start),
			.waits = has_condition(r, clause_of(r, hit->start, false)),
		};
	}
	return r->sworn != NULL;
}

static void vows_time(struct reading *r)
{
	for (size_t i = 0; i < r->sworn_count; i++) {
		struct sworn *sworn = &r->sworn[i];
		bool follows = i > 0 && sworn[-1].sentence == sworn->sentence;
		bool goes_on = i + 1 < r->sworn_count && sworn[1].sentence == sworn->sentence;

		sworn->time = time_for(r, sworn, follows ? sworn->vow.start : 0, goes_on ? sworn[1].vow.start : r->len);
	}
}

/* "We will look into it and get back to you by Thursday": of one sentence, one that tells no time joins its neighbour.
 */
static bool sworn_joins(const struct sworn *one, const struct sworn *other)
{
	return one->sentence == other->sentence &&
	       (one->time == NULL || other->time == NULL || one->time->due_s == other->time->due_s);
}

/*
 * "Send us the number. We will look into it then." Or the other way round. Such a promise begins with what the customer
 * does; but where a day is named in public, people go by the day.
 */
static bool sworn_waits(const struct reading *r, const struct sworn *sworn)
{
	size_t at = sworn->sentence;

	if (sworn->time == NULL && ((at > 0 && has_condition(r, r->sentences[at - 1])) ||
				    (at + 1 < r->sentence_count && has_condition(r, r->sentences[at + 1]))))
		return true;
	return sworn->waits && (sworn->time == NULL || !sworn->time->date);
}

static enum err vows_put(struct reading *r, struct arena *arena, struct offers *offers, struct error *e_r)
{
	struct vow *vows = arena_array(arena, r->sworn_count + 1, sizeof(*vows));
	struct sworn *last = NULL;
	size_t count = 0;

	if (vows == NULL)
		return error_set(e_r, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < r->sworn_count; i++) {
		struct sworn *sworn = &r->sworn[i];

		if (sworn_waits(r, sworn))
			continue;
		if (last != NULL && sworn_joins(last, sworn)) {
			last->vow.end = sworn->vow.end;
			last->time = last->time != NULL ? last->time : sworn->time;
		} else {
			last = sworn;
			count++;
		}
		vows[count - 1] = last->vow;
		if (last->time == NULL)
			continue;
		vows[count - 1].due_s = last->time->due_s;
		if (last->time->start < last->vow.start)
			vows[count - 1].start = last->time->start;
		if (last->time->end > last->vow.end)
			vows[count - 1].end = last->time->end;
	}
	offers->vows = count > 0 ? vows : NULL;
	offers->vow_count = count;
	return ERR_OK;
}

/* ---- offers ---- */

/* "offer_call_back_ring" -> call_back */
static int remedy_of(const struct rule *rule, enum remedy *remedy_r)
{
	const char *word = rule->id + strlen("offer_");

	for (size_t i = 0; i < ARRAY_LEN(remedy_words); i++) {
		size_t len = strlen(remedy_words[i]);

		if (strncmp(word, remedy_words[i], len) == 0 && (word[len] == '\0' || word[len] == '_')) {
			*remedy_r = (enum remedy)i;
			return 1;
		}
	}
	return 0;
}

static struct offer *offer_same(struct reading *r, enum remedy remedy, size_t sentence)
{
	for (size_t i = 0; i < r->offer_count; i++)
		if (r->offers[i].remedy == remedy && sentence_of(r, r->offers[i].start) == sentence)
			return &r->offers[i];
	return NULL;
}

static bool offers_find(struct reading *r, struct arena *arena)
{
	r->offers = arena_array(arena, r->matches.hit_count + 1, sizeof(*r->offers));
	for (size_t i = 0; r->offers != NULL && i < r->matches.hit_count; i++) {
		const struct hit *hit = &r->matches.hits[i];
		struct offer *same;
		enum remedy remedy;

		if (!is_kind(hit, "offer_") || !remedy_of(hit->rule, &remedy) || is_denied(r, hit))
			continue;
		same = offer_same(r, remedy, sentence_of(r, hit->start));
		if (same != NULL)
			same->end = hit->end > same->end ? hit->end : same->end;
		else
			r->offers[r->offer_count++] = (struct offer){
				.remedy = remedy, .start = hit->start, .end = hit->end, .rule = hit->rule->id};
	}
	return r->offers != NULL;
}

static size_t gap(const struct offer *offer, const struct money *money)
{
	if (money->start > offer->end)
		return money->start - offer->end;
	return offer->start > money->end ? offer->start - money->end : 0;
}

/* The sum goes to the nearest remedy of its sentence that can be counted in it. */
static void money_give(struct reading *r, const struct money *money, const char *sum)
{
	size_t sentence = sentence_of(r, money->start);
	struct offer *nearest = NULL;

	for (size_t i = 0; i < r->offer_count; i++) {
		struct offer *offer = &r->offers[i];

		if (sentence_of(r, offer->start) != sentence || offer->remedy == REMEDY_APOLOGY ||
		    offer->remedy == REMEDY_CALL_BACK || (money->percent && offer->remedy != REMEDY_DISCOUNT))
			continue;
		if (nearest == NULL || gap(offer, money) < gap(nearest, money))
			nearest = offer;
	}
	if (nearest == NULL || money->value <= nearest->amount)
		return;
	nearest->amount = money->value;
	nearest->sum = sum;
}

/* false: no memory left. */
static bool amounts_find(struct reading *r, struct arena *arena, struct offers *offers)
{
	struct money money;
	size_t at = 0;

	while (money_next(r->text, r->len, &at, &money)) {
		const char *sum = arena_strndup(arena, r->text + money.start, money.end - money.start);

		if (sum == NULL)
			return false;
		money_give(r, &money, sum);
		if (money.percent || money.value <= offers->amount)
			continue;
		offers->amount = money.value;
		offers->sum = sum;
	}
	return true;
}

static size_t links_count(const struct reading *r)
{
	size_t count = 0, end = 0;

	for (size_t i = 0; i < r->matches.hit_count; i++) {
		const struct hit *hit = &r->matches.hits[i];

		if (!is_kind(hit, "link_"))
			continue;
		count += hit->start >= end;
		end = hit->end > end ? hit->end : end;
	}
	return count;
}

enum err offers_read(struct offer_reader *reader, struct arena *arena, const char *text, size_t len, const char *lang,
		     int64_t now_s, const struct office *office, struct offers *offers_r, struct error *e_r)
{
	struct reading r = {
		.text = text, .len = len, .lang = lang != NULL ? lang : "en", .now_s = now_s, .office = office};
	struct offers offers = {0};
	enum err err = matcher_run(reader->matcher, arena, text, len, r.lang, NULL, &r.matches, e_r);

	if (err != ERR_OK)
		return err;
	if (!sentences_find(&r, arena) || !times_find(&r, arena) || !vows_find(&r, arena) || !offers_find(&r, arena))
		return error_set(e_r, ERR_NOMEM, "out of memory");
	vows_time(&r);
	err = vows_put(&r, arena, &offers, e_r);
	if (err != ERR_OK)
		return err;
	if (!amounts_find(&r, arena, &offers))
		return error_set(e_r, ERR_NOMEM, "out of memory");
	offers.offers = r.offer_count > 0 ? r.offers : NULL;
	offers.offer_count = r.offer_count;
	offers.links = links_count(&r);
	offers.undecided = r.matches.undecided != NULL;
	*offers_r = offers;
	return ERR_OK;
}
