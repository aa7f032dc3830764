/*
 * offer.h - what a reply of ours offers and promises, read by rules (classify/rules/offer/LANG.yaml): remedies with
 * their amounts, links, and promises with the time by which they fall due.
 *
 * What a rule finds is told by the beginning of its id:
 *   offer_REMEDY...  the remedy is offered: offer_refund, offer_call_back_ring
 *   vow_             something is promised: "we will get back to you"
 *   when_            a time, in a capture `date` or `duration`: "by (?<date>Thursday)"; it belongs to the vow it stands
 *                    beside; those of when_on... only right behind it: "on Monday" is often when things went wrong
 *   deny_            denies what follows up to the end of the clause: "we cannot promise"; deny_all... what stands
 *                    before it, too: "eine Erstattung ist leider nicht"
 *   cond_            makes the vows of its clause that name no day, and those without a time in the sentences beside,
 *                    hang on what the customer does first: "send us your number and we will ..."
 *   skip_            its own words are neither offer nor vow: "refund policy"
 *   turn_            a new clause begins: "but"; turn_and... ends only what deny_ denies: "..., and we will"
 *   link_            a web address
 */
#ifndef OFFER_H
#define OFFER_H

#include "office.h"
#include "rules.h"

#define REMEDIES(X)                                                                                                    \
	X(REMEDY_APOLOGY, "apology") X(REMEDY_REPLACEMENT, "replacement") X(REMEDY_REFUND, "refund")                       \
	X(REMEDY_DISCOUNT, "discount") X(REMEDY_CREDIT, "credit") X(REMEDY_CALL_BACK, "call_back")
#define REMEDY_ENUM(name, word) name,
enum remedy { REMEDIES(REMEDY_ENUM) REMEDY_COUNT };
#undef REMEDY_ENUM
const char *remedy_name(enum remedy remedy);
int remedy_from_name(const char *word, enum remedy *remedy_r);

struct offer { /* one of a remedy and sentence */
	enum remedy remedy;
	size_t start, end;    /* bytes of the reply */
	double amount;	      /* of money named beside it; of a discount also percent; 0 none */
	const char *sum;      /* the same as the reply has it: "€40", "20 %"; in arena; NULL none */
	const char *rule;     /* borrowed */
};

struct vow { /* something promised; words of one sentence with one time are one vow */
	size_t start, end;
	int64_t due_s;	      /* the end of what was said ("by Thursday": Thursday's closing); 0: no time was said */
	const char *rule;
};

struct offers {
	const struct offer *offers;
	size_t offer_count;
	const struct vow *vows;
	size_t vow_count;
	size_t links;
	double amount;	      /* the largest amount of money anywhere in the reply; 0 none */
	const char *sum;      /* the same as the reply has it; in arena; NULL none */
	bool undecided;	      /* a rule reached a limit: there may be more than was found */
};

struct offer_reader; /* one per thread; borrows the rule set */
struct offer_reader *offer_reader_new(const struct ruleset *offer_rules);
void offer_reader_free(struct offer_reader **reader);
/*
 * Everything in arena. lang NULL: "en". now_s: what "tomorrow" and "by Thursday" count from. A language without rules
 * of its own shows links and amounts only. ERR_NOMEM only.
 */
enum err offers_read(struct offer_reader *reader, struct arena *arena, const char *text, size_t len, const char *lang,
		     int64_t now_s, const struct office *office, struct offers *offers_r, struct error *e_r) MUST_CHECK;

#endif
