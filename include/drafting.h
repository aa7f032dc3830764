/*
 * drafting.h - reply drafts of complaints that the store knows: which texts must not come again, keeping a draft with
 * its hash and tone findings, and making one anew.
 */
#ifndef DRAFTING_H
#define DRAFTING_H

#include "draft.h"
#include "rules.h"
#include "settings.h"
#include "store.h"
#include "tone.h"

/* Whom a draft answers. */
struct drafting_past {
	int64_t brand_id, complaint_id; /* complaint_id 0: it has no past */
	const char *platform, *author_id; /* author_id NULL or "": not known */
	bool drafts; /* each draft that the complaint had counts as rejected */
};
/* What this author was told before (*told_r: is there any?), and what a person rejected here. NULL-terminated, in
 * arena. */
enum err drafting_avoid(struct store *store, struct arena *arena, const struct drafting_past *past,
			const char *const **texts_r, bool *told_r, struct error *e_r) MUST_CHECK;

struct drafting_text {
	int64_t complaint_id;
	const char *platform, *post_id; /* the post that it answers */
	enum class class;
	const char *text, *lang, *template, *why, *by;
};
/* Becomes the complaint's draft, with what the tone rules find in it (tone NULL: not looked at). */
enum err drafting_keep(struct store *store, struct arena *arena, struct tone *tone, const struct drafting_text *draft,
		       int64_t now_s, struct error *e_r) MUST_CHECK;

struct drafting {
	struct store *store;
	const struct settings *settings;
	const struct templates *templates;
	const struct ruleset *rules; /* to know the hits of the stored verdict; NULL: templates that ask for hits are left out */
	struct tone *tone;	     /* NULL: not looked at */
	struct arena *arena;
	int64_t now_s;
};
/* What the complaint is held for now, by the program or by the person who judged it: not its hits and facts. */
struct verdict drafting_verdict(const struct complaint_row *row);

struct drafting_wish {
	const struct verdict *as; /* class, cause, urgency, language: drafting_verdict(), perhaps changed */
	const char *stage;	  /* NULL an ordinary reply, "holding" (draft.h) */
	uint64_t salt;		  /* another one picks another of equal wordings */
	bool other; /* than each draft it had; when all wordings have been one, than the current one */
};
/*
 * The complaint's draft made anew: an answer to its latest post, by the facts and hits of that post's stored verdict.
 * ERR_NOT_FOUND: no template has such a wording, or the post is gone; then the draft stays as it is. Inside a
 * transaction.
 */
enum err drafting_anew(const struct drafting *how, const struct complaint_row *row, const struct drafting_wish *wish,
		       struct error *e_r) MUST_CHECK;

#endif
