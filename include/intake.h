/*
 * intake.h - what happens to a page of posts, wherever it came from (fetch, import, replay): classify, store, open
 * complaints, draft, advance the cursor; all in one transaction.
 */
#ifndef INTAKE_H
#define INTAKE_H

#include "classify.h"
#include "draft.h"
#include "settings.h"
#include "store.h"
#include "tone.h"

struct intake;

struct intake_options {
	struct store *store;
	const struct settings *settings;
	const struct ruleset *rules;
	const struct scores *scores;
	const struct ruleset *tone_rules;
	const struct templates *templates;
};

struct intake_page {
	const struct post *posts;
	size_t post_count;
	const char *brand;	  /* where a post names none */
	int64_t source_id;	  /* 0: import */
	const char *cursor;	  /* NULL: unchanged */
	const char *own_account_id; /* posts of this author are ours: stored, never complaints */
	struct length_rule length; /* of the source's server; .limit 0: the platform's default */
};

struct intake_count {
	int64_t read, new_posts, known, edited, deleted, complaints;
};

struct intake *intake_new(const struct intake_options *options, struct error *e_r);
void intake_free(struct intake **intake);
/* Adds to *count only after the commit. On error nothing of the page is stored. */
enum err intake_page(struct intake *intake, const struct intake_page *page, int64_t now_s, struct intake_count *count,
		     struct error *e_r) MUST_CHECK;

#endif
