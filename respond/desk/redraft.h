/*
 * redraft.h - drafts that the desk has made anew: another wording, or what fits a person's judgement.
 */
#ifndef DESK_REDRAFT_H
#define DESK_REDRAFT_H

#include "exchange.h"

/* Is there nothing of a person's to be lost? What somebody wrote, or is asked to approve, stays. */
bool redraft_allowed(const struct exchange *x, const struct complaint_row *row);
/* Makes the draft of complaint x->id anew; other: than those it had. ERR_NOT_FOUND: no template fits; then the draft
 * stays. Inside a transaction. */
enum err redraft(struct exchange *x, bool other, struct error *e_r) MUST_CHECK;

#endif
