/*
 * redraft.c - see redraft.h. The making itself is drafting.c's.
 */
#include "redraft.h"

#include <string.h>

#include "drafting.h"

bool redraft_allowed(const struct exchange *x, const struct complaint_row *row)
{
	return x->desk->options.templates && row->state == STATE_OPEN && !row->post_deleted &&
	       (row->draft_id == 0 || (row->draft_by && strcmp(row->draft_by, QUEUE_PROGRAM) == 0));
}

enum err redraft(struct exchange *x, bool other, struct error *e_r)
{
	const struct drafting how = {.store = x->desk->options.store,
				     .settings = x->desk->options.settings,
				     .templates = x->desk->options.templates,
				     .rules = x->desk->options.rules,
				     .tone = x->desk->tone,
				     .arena = x->arena,
				     .now_s = x->now_s};
	struct complaint_row row;
	struct verdict verdict;
	enum err err = store_complaint_get(how.store, x->arena, x->id, &row, e_r);

	if (err)
		return err;
	verdict = drafting_verdict(&row);
	return drafting_anew(&how, &row,
			     &(struct drafting_wish){.as = &verdict, .salt = (uint64_t)row.draft_id, .other = other},
			     e_r);
}
