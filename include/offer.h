/*
 * offer.h - what a reply of ours offers and promises, read by rules (classify/rules/offer/LANG.yaml): remedies with their
 * amounts, links, and promises with the time by which they fall due.
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

struct offer {
	enum remedy remedy;
	size_t start, end;    /* bytes of the reply */
	double amount;	      /* named beside it; 0 none */
	const char *rule;     /* borrowed */
};

struct vow { /* something promised */
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
};

struct offer_reader; /* one per thread; borrows the rule set */
struct offer_reader *offer_reader_new(const struct ruleset *offer_rules);
void offer_reader_free(struct offer_reader **reader);
/* Everything in arena. lang NULL: "en". now_s: what "tomorrow" and "by Thursday" count from. ERR_NOMEM only. */
enum err offers_read(struct offer_reader *reader, struct arena *arena, const char *text, size_t len, const char *lang,
		     int64_t now_s, const struct office *office, struct offers *offers_r, struct error *e_r) MUST_CHECK;

#endif
