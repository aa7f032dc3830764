/*
 * enum.c - the words of classes, causes and score dimensions (verdict.h), from the lists that define them.
 */
#include <string.h>

#include "verdict.h"
#include "attr.h"

#define WORD(name, word) [name] = word,
static const char *const class_words[] = {CLASSES(WORD)};
static const char *const cause_words[] = {CAUSES(WORD)};
static const char *const dim_words[] = {DIMS(WORD)};
#undef WORD

/* Values come from our own code, yet a stored row may be newer than the program: never read past the table. */
static const char *word_of(const char *const *words, size_t count, size_t value)
{
	return value < count ? words[value] : "unknown";
}

static int find_word(const char *const *words, size_t count, const char *word, size_t *index_r)
{
	for (size_t i = 0; word && i < count; i++)
		if (strcmp(words[i], word) == 0) {
			*index_r = i;
			return 1;
		}
	return 0;
}

const char *class_name(enum class value)
{
	return word_of(class_words, ARRAY_LEN(class_words), (size_t)value);
}

int class_from_name(const char *word, enum class *value_r)
{
	size_t index;

	if (!find_word(class_words, ARRAY_LEN(class_words), word, &index))
		return 0;
	*value_r = (enum class)index;
	return 1;
}

const char *cause_name(enum cause value)
{
	return word_of(cause_words, ARRAY_LEN(cause_words), (size_t)value);
}

int cause_from_name(const char *word, enum cause *value_r)
{
	size_t index;

	if (!find_word(cause_words, ARRAY_LEN(cause_words), word, &index))
		return 0;
	*value_r = (enum cause)index;
	return 1;
}

const char *dim_name(enum dim value)
{
	return word_of(dim_words, ARRAY_LEN(dim_words), (size_t)value);
}

int dim_from_name(const char *word, enum dim *value_r)
{
	size_t index;

	if (!find_word(dim_words, ARRAY_LEN(dim_words), word, &index))
		return 0;
	*value_r = (enum dim)index;
	return 1;
}
