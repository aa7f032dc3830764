/*
 * draft_private.h - one draft in the making, between draft.c (which template, which wording) and draft_render.c (what
 * it reads like).
 */
#ifndef RESPOND_DRAFT_PRIVATE_H
#define RESPOND_DRAFT_PRIVATE_H

#include "template.h"

struct work {
	const struct templates *templates;
	const struct draft_request *request;
	struct arena *arena;
	const char *lang;
	unsigned have; /* VIEW_BITs that are known */
	bool urgent;
	uint64_t hits; /* a bit for each rule that hit, by its id's hash: most templates are ruled out by it */
	struct json_object *view;
	const char *prefix; /* "@handle " or "" */
	struct buf out;
	struct error *e_r;
};

/* Sets view and have from the request. ERR_NOMEM only. */
enum err draft_view(struct work *w) MUST_CHECK;
/* One wording with the view, prefix in front, tidied; in arena, with its length as the platform counts. */
enum err draft_render(struct work *w, const struct variant *variant, const char **text_r, size_t *length_r) MUST_CHECK;

#endif
