/*
 * fit_write.h - fitted weights as a file (weights.h).
 */
#ifndef FIT_WRITE_H
#define FIT_WRITE_H

#include "watcher/fit_carry.h"
#include "watcher/fit_figures.h"

struct fit_written {
	const struct fit_posts *posts;
	const struct ruleset *rules; /* as they are written; the first columns of the posts */
	const struct fit_scores *scores;
	float *const *w; /* of each score, per column */
	const double *bias;
	const struct figures *figures;
	struct carried *carried; /* what another language gives besides; NULL: nothing */
	const char *lang;
	char how[160]; /* how it was fitted, for whoever reads the file */
};

/* Is the rule the language's own? (Rules of every language keep their hand-written weights.) */
bool fit_rule_of(const struct rule *rule, const char *lang);
/* What its writer says of a rule for this score. */
float fit_rule_weight(const struct rule *rule, enum fitted score);
/* Writes dir/LANG.txt, and says so on standard error. */
enum err fit_write(const struct fit_written *what, const char *dir, struct error *e_r) MUST_CHECK;

#endif
