/*
 * policy.c - who may let a reply go, alone or with a second person.
 *
 * Two questions, asked one after the other. What does the reply offer, and whose latitude covers it? That gives the
 * least role. Is there something about the complaint, the author or the text for which the company wants two people?
 * That gives the second one. Each answer leaves a sentence, so that nobody meets a closed button without its reason.
 * A person always approves; nothing here ever lets a reply go.
 */
#include "policy.h"

#include <stdlib.h>
#include <string.h>

#include "buf.h"

#define WHY_MAX 40 /* sentences of one ruling */
#define SAMPLE_DIGITS 8

/* A ruling in the making. */
struct rule_maker {
	const struct policy *policy;
	struct arena *arena;
	const struct complaint_row *row;
	struct ruling *ruling;
	const char **why;
	size_t why_count;
};

static void why_add(struct rule_maker *m, const char *sentence)
{
	for (size_t i = 0; i < m->why_count; i++)
		if (sentence != NULL && strcmp(m->why[i], sentence) == 0)
			return;
	if (sentence != NULL && m->why_count < WHY_MAX)
		m->why[m->why_count++] = sentence;
}

static void two_people(struct rule_maker *m, const char *sentence)
{
	m->ruling->two = true;
	if (m->ruling->role < ROLE_APPROVER)
		m->ruling->role = ROLE_APPROVER;
	why_add(m, sentence);
}

/* ---- latitude ---- */

/* Is this line of the table about that remedy in this complaint? */
static bool about(const struct latitude *line, enum remedy remedy, const struct complaint_row *row)
{
	return line->remedy == remedy && (line->causes == 0 || (line->causes & 1u << row->cause) != 0) &&
	       (line->severity == 0 || row->severity <= line->severity);
}

/* The least role that may offer it alone; ROLE_COUNT: nobody may. */
static enum role offer_role(const struct policy *policy, const struct offer *offer, const struct complaint_row *row)
{
	enum role least = ROLE_COUNT;

	for (size_t i = 0; i < policy->latitude_count; i++) {
		const struct latitude *line = &policy->latitude[i];

		if (about(line, offer->remedy, row) && offer->amount <= line->up_to && line->role < least)
			least = line->role;
	}
	return least;
}

/* The highest role that the table names for a remedy: beyond what even that one may offer, it is still theirs to agree.
 */
static enum role remedy_role(const struct policy *policy, enum remedy remedy)
{
	enum role highest = ROLE_APPROVER;

	for (size_t i = 0; i < policy->latitude_count; i++)
		if (policy->latitude[i].remedy == remedy && policy->latitude[i].role > highest)
			highest = policy->latitude[i].role;
	return highest;
}

static const char *remedy_words(enum remedy remedy)
{
	switch (remedy) {
	case REMEDY_APOLOGY:
		return "an apology";
	case REMEDY_CALL_BACK:
		return "a call back";
	case REMEDY_REPLACEMENT:
		return "a replacement";
	case REMEDY_REFUND:
		return "a refund";
	case REMEDY_DISCOUNT:
		return "a discount";
	case REMEDY_CREDIT:
		return "a credit";
	case REMEDY_COUNT:
		break;
	}
	return "this";
}

/* As the reply has it: a number alone says nothing of the currency. */
static const char *sum_words(struct arena *arena, double amount, const char *sum)
{
	if (sum == NULL)
		sum = arena_printf(arena, "%.10g", amount);
	return sum != NULL ? sum : "";
}

static const char *offer_words(struct arena *arena, const struct offer *offer)
{
	if (offer->amount <= 0)
		return remedy_words(offer->remedy);
	return arena_printf(arena, "%s of %s", remedy_words(offer->remedy),
			    sum_words(arena, offer->amount, offer->sum));
}

static const char *role_words(enum role role)
{
	return role == ROLE_APPROVER ? "an approver" : role == ROLE_ADMIN ? "an admin" : "an agent";
}

/* *covered: the largest amount that stood beside an offer within somebody's latitude. */
static void rule_offer(struct rule_maker *m, const struct offer *offer, double *covered)
{
	enum role role = offer_role(m->policy, offer, m->row);
	const char *words = offer_words(m->arena, offer);

	if (words == NULL)
		return; /* the arena has failed: policy_rule says so */
	if (role == ROLE_COUNT) {
		two_people(m, arena_printf(m->arena, "%s is in nobody's latitude here: two people", words));
		role = remedy_role(m->policy, offer->remedy);
		if (role > m->ruling->role)
			m->ruling->role = role;
		return;
	}
	if (offer->amount > *covered)
		*covered = offer->amount;
	if (role <= ROLE_AGENT)
		return;
	if (role > m->ruling->role)
		m->ruling->role = role;
	why_add(m, arena_printf(m->arena, "%s: %s may offer that", words, role_words(role)));
}

static void rule_offers(struct rule_maker *m, const struct offers *offers)
{
	double covered = 0;

	for (size_t i = 0; i < offers->offer_count; i++)
		rule_offer(m, &offers->offers[i], &covered);
	if (m->policy->two.amounts && offers->amount > covered)
		two_people(m, arena_printf(m->arena, "the reply names an amount (%s): two people",
					   sum_words(m->arena, offers->amount, offers->sum)));
	if (m->policy->two.links && offers->links > 0)
		two_people(m, "the reply has a link: two people");
	if (offers->undecided)
		two_people(m, "what the reply offers could not be read whole: two people");
}

/* ---- two people ---- */

static void rule_complaint(struct rule_maker *m)
{
	const struct policy *policy = m->policy;
	const struct complaint_row *row = m->row;

	if (policy->two.severity > 0 && row->severity >= policy->two.severity)
		two_people(m, arena_printf(m->arena, "severity %d: two people", row->severity));
	if (policy->two.urgency > 0 && row->urgency >= policy->two.urgency)
		two_people(m, arena_printf(m->arena, "urgency %d: two people", row->urgency));
	if (policy->two.reach > 0 && row->reach >= policy->two.reach)
		two_people(m, arena_printf(m->arena, "%d customers have written of the like: two people", row->reach));
	if (policy->two.audience > 0 && row->author.followers >= policy->two.audience)
		two_people(m, arena_printf(m->arena, "the author has %lld followers: two people",
					   (long long)row->author.followers));
}

static void rule_findings(struct rule_maker *m, size_t blocking)
{
	if (blocking == 0)
		return;
	m->ruling->override_needed = true;
	why_add(m, blocking == 1 ? "a blocking finding has to be overridden"
				 : arena_printf(m->arena, "%zu blocking findings have to be overridden", blocking));
	if (m->policy->two.findings)
		two_people(m, "an overridden finding: two people");
}

enum err policy_rule(const struct policy *policy, struct arena *arena, const struct complaint_row *row,
		     const struct offers *offers, size_t blocking, struct ruling *ruling_r, struct error *e_r)
{
	struct ruling ruling = {.role = ROLE_AGENT};
	struct rule_maker m = {.policy = policy, .arena = arena, .row = row, .ruling = &ruling};

	m.why = arena_array(arena, WHY_MAX + 1, sizeof(*m.why));
	if (m.why == NULL)
		return error_set(e_r, ERR_NOMEM, "out of memory");
	if (policy_first(policy, row)) {
		if (policy->first_role > ruling.role)
			ruling.role = policy->first_role;
		why_add(&m, policy_first_why(policy, arena, row));
	}
	rule_complaint(&m);
	if (offers != NULL)
		rule_offers(&m, offers);
	rule_findings(&m, blocking);
	if (arena_failed(arena))
		return error_set(e_r, ERR_NOMEM, "out of memory");
	ruling.why = m.why;
	*ruling_r = ruling;
	return ERR_OK;
}

/* ---- urgent matters ---- */

bool policy_first(const struct policy *policy, const struct complaint_row *row)
{
	return policy->first_to != NULL && policy->first_to[0] != '\0' &&
	       (row->urgency >= 2 || row->cause == CAUSE_SAFETY);
}

const char *policy_first_why(const struct policy *policy, struct arena *arena, const struct complaint_row *row)
{
	return arena_printf(arena, "%s: this goes to %s first (%s)", row->cause == CAUSE_SAFETY ? "safety" : "urgent",
			    policy->first_to, role_words(policy->first_role));
}

/* ---- findings, samples ---- */

static bool listed(const char *const *words, const char *word)
{
	for (; words != NULL && word != NULL && *words != NULL; words++)
		if (strcmp(*words, word) == 0)
			return true;
	return false;
}

bool policy_blocks(const struct policy *policy, const char *rule, const char *group, bool block)
{
	if (group != NULL && strcmp(group, POLICY_PRIVATE) == 0)
		return block || listed(policy->block, rule) || listed(policy->block, group);
	if (listed(policy->block, rule))
		return true;
	if (listed(policy->warn_only, rule))
		return false;
	if (listed(policy->block, group))
		return true;
	return block && !listed(policy->warn_only, group);
}

/* The hash is as good as random, and nobody can choose it without choosing another text. */
bool policy_sampled(const struct policy *policy, const char *hash)
{
	char digits[SAMPLE_DIGITS + 1] = "";

	if (policy->sample <= 0 || hash == NULL || strlen(hash) < SAMPLE_DIGITS)
		return false;
	memcpy(digits, hash, SAMPLE_DIGITS);
	return strtoul(digits, NULL, 16) % (unsigned long)policy->sample == 0;
}
