/*
 * draft.h - from a complaint's post and verdict to a reply draft, by templates. Pure.
 *
 * A template file: header lines "key: value" (id, class, cause, lang, when, ...), a blank line, then one or more
 * variants in Mustache syntax separated by lines of "---". Format: templates/README.md. A draft names the customer's
 * own matter through facts, is signed, fits the platform's length, and never contains private data.
 */
#ifndef DRAFT_H
#define DRAFT_H

#include "classify.h"
#include "length.h"
#include "mustache.h"
#include "settings.h"

struct templates; /* a loaded set; immutable after templates_load... */

struct templates *templates_new(void);
void templates_free(struct templates **templates);
/* Adds one template file; later files with the same id replace earlier ones (a brand's own over the shipped).
 * ERR_INVALID "name:line: ...": unknown header key, class, cause or variable, empty variant. */
enum err templates_add(struct templates *templates, const char *name, const char *text, size_t len,
		       struct error *e_r) MUST_CHECK;
size_t templates_count(const struct templates *templates);
/* {"id","class","cause","lang","when","urgent","variants","file"} of each, as an array; new reference. */
struct json_object *templates_to_json(const struct templates *templates);

#define DRAFT_REACH_MANY 5 /* authors: a matter of many */

struct draft_request {
	const struct post *post;
	const struct verdict *verdict;
	const struct brand *brand;
	struct length_rule length; /* .limit 0: platform has none */
	bool mention;              /* begin with @handle, counted in the length */
	uint64_t seed; /* picks among equal variants: hash of author and post, so that drafts vary but repeat exactly */
	const char *const *avoid; /* texts already sent to this author, NULL-terminated; NULL none */
	bool again;               /* the author complained before: acknowledge it */
	int reach;         /* distinct authors who report the same; from DRAFT_REACH_MANY on it is said where it fits */
	const char *stage; /* NULL: an ordinary reply; "holding": an answer was promised, say where we stand */
	const char *by;    /* the public day of the next answer, {{by}}: "Thursday"; NULL: not known */
	const char *answer; /* the brand's own answer to a question (faq.h), {{answer}}; NULL: none */
};

struct draft {
	const char *text;     /* in arena */
	const char *template; /* its id */
	const char *lang;
	const char *why; /* why this one, for a person: "problem, delivery; names: parcel; one of 6 wordings" */
	size_t length;   /* as the platform counts */
};

/* The language a draft for this post is written in: the verdict's, else the post's, else English. */
const char *draft_lang(const struct post *post, const struct verdict *verdict);
/*
 * ERR_NOT_FOUND: no template fits (class other, a language without templates, all wordings sent before). A language
 * that is not known ("und") is taken for English. Urgency 2 and cause safety are answered by `urgent: yes` templates
 * alone.
 */
enum err draft_make(const struct templates *templates, struct arena *arena, const struct draft_request *request,
		    struct draft *draft_r, struct error *e_r) MUST_CHECK;

/*
 * Every wording of one template that needs nothing the request does not give, whatever the verdict's class and the
 * length; without mention. For looking at a template and checking it. ERR_NOT_FOUND: no template of that id.
 */
enum err draft_wordings(const struct templates *templates, struct arena *arena, const struct draft_request *request,
			const char *id, const char *const **texts_r, size_t *count_r, struct error *e_r) MUST_CHECK;

#endif
