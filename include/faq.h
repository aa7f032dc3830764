/*
 * faq.h - a brand's own answers to questions that come again and again: one YAML file, found by the rule engine.
 *
 * An entry has rules' keys (id, about, lang, match, unless, examples) and an answer. Format: templates/README.md. What
 * the file does not say nobody makes up: where no entry matches the question waits for a person.
 */
#ifndef FAQ_H
#define FAQ_H

#include "arena.h"
#include "rules.h"

#define FAQ_ENTRIES_MAX 1000
#define FAQ_ANSWER_MAX 1000 /* bytes */

struct faq_entry {
	const char *id, *about, *lang;
	const char *answer; /* one line, as it is put into the draft */
	int line;           /* of the file */
};

struct faq; /* one per thread */

/* ERR_INVALID "name:line: ...": unknown key, no answer, wrong pattern, an id given twice. */
enum err faq_load(const char *text, size_t len, const char *name, struct faq **faq_r, struct error *e_r) MUST_CHECK;
void faq_free(struct faq **faq);
size_t faq_count(const struct faq *faq);
const struct faq_entry *faq_at(const struct faq *faq, size_t index); /* in the file's order; NULL at the end */
/*
 * The entry that says most about a post in this language: the one whose patterns hit most of its words, of equals the
 * first. NULL: none, or it could not be told (memory, match limit): then a person answers.
 */
const struct faq_entry *faq_find(struct faq *faq, struct arena *arena, const char *text, const char *lang);
/* Every example finds its own entry, every `miss` does not. Calls report per finding; returns how many are errors. */
size_t faq_check(struct faq *faq, struct arena *arena,
		 void (*report)(void *ctx, const struct faq_entry *entry, const char *sentence), void *ctx);

#endif
