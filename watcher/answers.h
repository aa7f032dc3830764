/*
 * answers.h - the brands' own answers to questions (`faq:` in the configuration), as intake asks them.
 */
#ifndef ANSWERS_H
#define ANSWERS_H

#include "faq.h"
#include "settings.h"

struct answers; /* one per thread */

/* Reads every brand's file. Errors (ERR_INVALID, ERR_NOT_FOUND, ERR_IO) name the file. */
enum err answers_load(const struct settings *settings, struct answers **answers_r, struct error *e_r) MUST_CHECK;
void answers_free(struct answers **answers);
/* Of all brands together. */
size_t answers_count(const struct answers *answers);
/* The answer of this brand to a question, or NULL: a person answers. Borrowed from answers. */
const char *answers_find(struct answers *answers, const struct brand *brand, struct arena *arena, const char *text,
			 const char *lang);

#endif
