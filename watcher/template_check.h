/*
 * template_check.h - looking at templates and answers before customers do: a made-up request to render them with, and
 * the check of files.
 */
#ifndef TEMPLATE_CHECK_H
#define TEMPLATE_CHECK_H

#include "draft.h"
#include "program.h"

struct sample_request { /* `request` points into the rest: do not copy */
	struct post post;
	struct verdict verdict;
	struct fact facts[6];
	struct brand brand;
	struct draft_request request;
};

/* A customer who gives every fact (with_facts) or none. lang: of the day of the next answer and the answer. */
void sample_request_make(struct sample_request *sample, const char *lang, const char *brand, bool with_facts);
/*
 * Checks a template (.txt) or answers (.yaml) file, or all of a folder: that it loads, that every wording renders with
 * all facts and with none, that the tone rules find nothing, that the rules and the language it names exist, that no
 * two have one id, that examples find their answers. Prints a line per finding, "name: ...", and at the end a count.
 * *errors_r: findings that are errors. ERR_IO, ERR_NOMEM.
 */
enum err template_files_check(const char *path, const struct toolkit *toolkit, size_t *errors_r,
			      struct error *e_r) MUST_CHECK;

#endif
