/*
 * policy.h - who may let a reply go, alone or with a second person. Pure: configuration, complaint and reply in, ruling
 * out. A person always approves; the policy says how many, and which.
 */
#ifndef POLICY_H
#define POLICY_H

#include <stdbool.h>

#include "arena.h"
#include "offer.h"
#include "office.h"
#include "store.h"

/* What a role may offer on its own: one line of `policy: latitude:`. */
struct latitude {
	enum role role; /* and every role above it */
	enum remedy remedy;
	double up_to;    /* amount; 0: none may be named */
	unsigned causes; /* bit 1 << enum cause; 0: any */
	int severity;    /* up to this; 0: any */
};

struct policy {
	int sample; /* one in so many replies that one person approved is looked at later; 0 none */
	struct {    /* two people approve from here on; 0 / false: never for this */
		int severity, urgency;
		int reach;            /* distinct authors */
		int64_t audience;     /* the author's followers */
		bool links, findings; /* findings: blocking ones, overridden */
		bool amounts;         /* of money that no latitude covers */
	} two;
	struct latitude *latitude;
	size_t latitude_count;
	const char *first_to;       /* whom urgent matters (urgency 2, safety) go to first: "the duty manager" */
	enum role first_role;       /* the least role that may draft and approve them */
	const char *const *reasons; /* for "deliberately no reply", offered at the desk; NULL-terminated */
	struct office office;
	int64_t promise_s;            /* opening time within which an answer is meant to come */
	int64_t buffer_s;             /* opening time added to what is said in public */
	const char *const *warn_only; /* tone rules or groups that only warn; NULL-terminated; NULL none */
	const char *const *block;     /* ... that block */
};

struct ruling {
	enum role role;       /* the least role of the person who approves (the second one, where two are asked for) */
	bool two;             /* two people: who submitted or wrote the draft cannot be the one who approves */
	bool override_needed; /* a blocking finding: approval must say so */
	const char *const *why; /* sentences, NULL-terminated: "severity 4: two people", in arena */
};

/*
 * What a reply offers must be within the latitude of somebody: ruling->role is the least role that may offer all of it.
 * What is in nobody's latitude, and what `two` names, takes two people, the second an approver at least. blocking: how
 * many blocking tone findings the text has. ERR_NOMEM only.
 */
enum err policy_rule(const struct policy *policy, struct arena *arena, const struct complaint_row *row,
		     const struct offers *offers, size_t blocking, struct ruling *ruling_r,
		     struct error *e_r) MUST_CHECK;
/* Must this complaint be seen by policy->first_role before anybody else acts? */
bool policy_first(const struct policy *policy, const struct complaint_row *row);
/* The sentence for somebody below that role: "urgent: this goes to the duty manager first (role approver)"; in arena;
 * NULL: no memory. */
const char *policy_first_why(const struct policy *policy, struct arena *arena, const struct complaint_row *row);
/* Does a tone finding block? By the policy's lists, else as the rule says (`block`). A rule named in a list goes before
 * its group; private data (group POLICY_PRIVATE) always blocks where its rule does. */
#define POLICY_PRIVATE "private"
bool policy_blocks(const struct policy *policy, const char *rule, const char *group, bool block);
/* Is this approval one of those looked at later? Decided by the approval's hash: nobody can choose. */
bool policy_sampled(const struct policy *policy, const char *hash);

#endif
