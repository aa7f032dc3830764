/*
 * answers.c - loads the file of own answers that each brand names, and asks the right one.
 */
#include "watcher/answers.h"

#include <stdlib.h>

#include "buf.h"
#include "file.h"

#define FAQ_FILE_MAX (1u << 20)

struct answers {
	const struct settings *settings;
	struct faq **faqs; /* one per brand, in the settings' order; NULL: it has none */
};

static enum err one_load(const char *path, struct faq **faq_r, struct error *e_r)
{
	struct buf text;
	enum err err;

	buf_init(&text, FAQ_FILE_MAX);
	err = file_read(path, &text, e_r);
	if (err == ERR_OK)
		err = faq_load(buf_text(&text), text.len, path, faq_r, e_r);
	buf_done(&text);
	return err;
}

enum err answers_load(const struct settings *settings, struct answers **answers_r, struct error *e_r)
{
	struct answers *answers = calloc(1, sizeof(*answers));
	enum err err = ERR_OK;

	if (answers != NULL) {
		answers->settings = settings;
		answers->faqs = calloc(settings->brand_count + 1, sizeof(*answers->faqs));
	}
	if (answers == NULL || answers->faqs == NULL) {
		free(answers);
		return error_set(e_r, ERR_NOMEM, "out of memory");
	}
	for (size_t i = 0; err == ERR_OK && i < settings->brand_count; i++) {
		if (settings->brands[i].faq != NULL)
			err = one_load(settings->brands[i].faq, &answers->faqs[i], e_r);
	}
	if (err != ERR_OK)
		answers_free(&answers);
	else
		*answers_r = answers;
	return err;
}

void answers_free(struct answers **answers)
{
	if (*answers == NULL)
		return;
	for (size_t i = 0; i < (*answers)->settings->brand_count; i++)
		faq_free(&(*answers)->faqs[i]);
	free((*answers)->faqs);
	free(*answers);
	*answers = NULL;
}

size_t answers_count(const struct answers *answers)
{
	size_t count = 0;

	for (size_t i = 0; i < answers->settings->brand_count; i++)
		count += answers->faqs[i] != NULL ? faq_count(answers->faqs[i]) : 0;
	return count;
}

const char *answers_find(struct answers *answers, const struct brand *brand, struct arena *arena, const char *text,
			 const char *lang)
{
	const struct faq_entry *entry = NULL;

	for (size_t i = 0; brand != NULL && i < answers->settings->brand_count; i++) {
		if (&answers->settings->brands[i] == brand)
			entry = faq_find(answers->faqs[i], arena, text, lang);
	}
	return entry != NULL ? entry->answer : NULL;
}
