/*
 * template.c - loads reply templates: a header of "key: value" lines, a blank line, variants separated by "---".
 *
 * A template that loads can be rendered: unknown keys, classes, causes, facts and variables are refused here with file
 * and line. For each variant it is worked out once what it needs, so that choosing one is a comparison of bits.
 */
#include "template.h"

#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "jsonio.h"

#define TEMPLATE_BYTES_MAX (64u << 10)
#define VARIANTS_MAX 32
#define TEMPLATES_MAX 4096
#define WORDS_MAX 32

static const char *const view_names[VIEW_COUNT + 1] = {
#define FACT_WORD(name, word) [name] = word,
	FACT_KINDS(FACT_WORD)
#undef FACT_WORD
		[VIEW_NAME] = "name",
	[VIEW_AGAIN] = "again",
	[VIEW_GIVEN] = "given",
	[VIEW_BY] = "by",
	[VIEW_ANSWER] = "answer",
	[VIEW_MANY] = "many",
	[VIEW_BRAND] = "brand",
	[VIEW_SIGNATURE] = "signature",
	[VIEW_CONTACT] = "contact",
	NULL,
};

const char *view_name(unsigned name)
{
	return view_names[name];
}

/* ---- the set ---- */

struct templates *templates_new(void)
{
	return calloc(1, sizeof(struct templates));
}

static void words_free(char **words)
{
	for (size_t i = 0; words != NULL && words[i] != NULL; i++)
		free(words[i]);
	free(words);
}

static void template_done(struct template *t)
{
	for (size_t i = 0; i < t->variant_count; i++)
		mustache_free(&t->variants[i].mustache);
	free(t->variants);
	free(t->id);
	free(t->file);
	free(t->lang);
	free(t->stage);
	words_free(t->hits);
	words_free(t->words);
	memset(t, 0, sizeof(*t));
}

void templates_free(struct templates **templates)
{
	if (templates == NULL || *templates == NULL)
		return;
	for (size_t i = 0; i < (*templates)->count; i++)
		template_done(&(*templates)->list[i]);
	free((*templates)->list);
	free(*templates);
	*templates = NULL;
}

size_t templates_count(const struct templates *templates)
{
	return templates->count;
}

/* ---- reading ---- */

struct reader {
	const char *name;
	const char *at, *end;
	int line; /* of what `at` begins */
	struct error *e_r;
};

static enum err fail(const struct reader *r, int line, const char *sentence, const char *word, size_t len)
{
	return error_set(r->e_r, ERR_INVALID, "%s:%d: %s%s%.*s%s", r->name, line, sentence, len > 0 ? " \"" : "",
			 (int)(len < 60 ? len : 60), word, len > 0 ? "\"" : "");
}

/* The next line without its end; false at the end of the file. */
static bool line_next(struct reader *r, const char **line_r, size_t *len_r)
{
	const char *newline;

	if (r->at >= r->end)
		return false;
	newline = memchr(r->at, '\n', (size_t)(r->end - r->at));
	*line_r = r->at;
	*len_r = (size_t)((newline != NULL ? newline : r->end) - r->at);
	if (*len_r > 0 && r->at[*len_r - 1] == '\r')
		--*len_r;
	r->at = newline != NULL ? newline + 1 : r->end;
	r->line++;
	return true;
}

static void trim(const char **s, size_t *len)
{
	while (*len > 0 && (**s == ' ' || **s == '\t')) {
		++*s;
		--*len;
	}
	while (*len > 0 && ((*s)[*len - 1] == ' ' || (*s)[*len - 1] == '\t'))
		--*len;
}

static bool is_word(const char *s, size_t len, const char *word)
{
	return strlen(word) == len && memcmp(s, word, len) == 0;
}

/* ---- header values ---- */

enum list_kind { LIST_CLASS, LIST_CAUSE, LIST_FACT };

static bool list_word(enum list_kind kind, const char *word, unsigned *mask)
{
	enum class class;
	enum cause cause;

	switch (kind) {
	case LIST_CLASS:
		if (class_from_name(word, &class) != 1)
			return false;
		*mask |= 1u << class;
		return true;
	case LIST_CAUSE:
		if (cause_from_name(word, &cause) != 1)
			return false;
		*mask |= 1u << cause;
		return true;
	default:
		/* All that is not known in every case. */
		for (unsigned i = 0; i < VIEW_BRAND; i++) {
			if (strcmp(view_names[i], word) != 0)
				continue;
			*mask |= VIEW_BIT(i);
			return true;
		}
		return false;
	}
}

/* "delivery, access" or "any". */
static enum err list_read(struct reader *r, enum list_kind kind, const char *what, const char *s, size_t len,
			  unsigned *mask)
{
	const char *end = s + len;

	if (kind == LIST_CAUSE && is_word(s, len, "any")) {
		*mask = 0;
		return ERR_OK;
	}
	while (s < end) {
		const char *comma = memchr(s, ',', (size_t)(end - s));
		const char *word = s;
		size_t n = (size_t)((comma != NULL ? comma : end) - s);
		char copy[32];

		s = comma != NULL ? comma + 1 : end;
		trim(&word, &n);
		if (n == 0 || n >= sizeof(copy))
			return fail(r, r->line, what, word, n);
		memcpy(copy, word, n);
		copy[n] = '\0';
		if (!list_word(kind, copy, mask))
			return fail(r, r->line, what, word, n);
	}
	return ERR_OK;
}

/* "refund_asked, stop_it": words as they are, at most 32. */
static enum err words_read(struct reader *r, char ***words_r, const char *s, size_t len)
{
	const char *end = s + len;
	char **words;
	size_t count = 0;

	if (*words_r != NULL)
		return fail(r, r->line, "given twice:", s, len);
	words = calloc(WORDS_MAX + 1, sizeof(*words));
	*words_r = words;
	while (words != NULL && s < end) {
		const char *comma = memchr(s, ',', (size_t)(end - s));
		const char *word = s;
		size_t n = (size_t)((comma != NULL ? comma : end) - s);

		s = comma != NULL ? comma + 1 : end;
		trim(&word, &n);
		if (n == 0 || n > 64 || count == WORDS_MAX)
			return fail(r, r->line, "up to 32 words with commas are wanted, not", word, n);
		words[count] = strndup(word, n);
		if (words[count++] == NULL)
			return error_set(r->e_r, ERR_NOMEM, "%s: out of memory", r->name);
	}
	return words != NULL ? ERR_OK : error_set(r->e_r, ERR_NOMEM, "%s: out of memory", r->name);
}

static bool id_valid(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (!((s[i] >= 'a' && s[i] <= 'z') || (s[i] >= '0' && s[i] <= '9') || s[i] == '_'))
			return false;
	}
	return len > 0 && len <= 64;
}

static enum err text_set(struct reader *r, char **to, const char *s, size_t len)
{
	if (*to != NULL)
		return fail(r, r->line, "given twice:", s, len);
	*to = strndup(s, len);
	return *to != NULL ? ERR_OK : error_set(r->e_r, ERR_NOMEM, "%s: out of memory", r->name);
}

/* Keys with a few values of their own. */
static enum err header_option(struct reader *r, struct template *t, const char *key, size_t key_len, const char *s,
			      size_t len)
{
	if (is_word(key, key_len, "urgent")) {
		if (!is_word(s, len, "yes") && !is_word(s, len, "no"))
			return fail(r, r->line, "urgent is yes or no, not", s, len);
		t->urgent = is_word(s, len, "yes");
		return ERR_OK;
	}
	if (is_word(key, key_len, "reach")) {
		if (!is_word(s, len, "many") && !is_word(s, len, "any"))
			return fail(r, r->line, "reach is many or any, not", s, len);
		t->many = is_word(s, len, "many");
		return ERR_OK;
	}
	if (is_word(key, key_len, "sure")) {
		if (!is_word(s, len, "no") && !is_word(s, len, "any"))
			return fail(r, r->line, "sure is no or any, not", s, len);
		t->unsure = is_word(s, len, "no");
		return ERR_OK;
	}
	if (is_word(key, key_len, "severity")) {
		if (len != 1 || s[0] < '1' || s[0] > '4')
			return fail(r, r->line, "a severity is 1 to 4, not", s, len);
		t->severity = s[0] - '0';
		return ERR_OK;
	}
	if (is_word(key, key_len, "prefer")) {
		if (len != 1 || s[0] < '0' || s[0] > '9')
			return fail(r, r->line, "prefer is 0 to 9, not", s, len);
		t->prefer = (unsigned)(s[0] - '0');
		return ERR_OK;
	}
	if (is_word(key, key_len, "stage"))
		return is_word(s, len, "holding") ? text_set(r, &t->stage, s, len)
						  : fail(r, r->line, "the stage there is is holding, not", s, len);
	return fail(r, r->line,
		    "unknown header key (id, class, cause, lang, when, hit, words, severity, reach, stage, prefer, "
		    "sure, urgent):",
		    key, key_len);
}

static enum err header_value(struct reader *r, struct template *t, const char *key, size_t key_len, const char *s,
			     size_t len)
{
	if (is_word(key, key_len, "id"))
		return id_valid(s, len) ? text_set(r, &t->id, s, len)
					: fail(r, r->line, "an id has small letters, digits and _ only, not", s, len);
	if (is_word(key, key_len, "lang")) {
		if (len < 2 || len > 8)
			return fail(r, r->line, "a language is a short code like en, not", s, len);
		return text_set(r, &t->lang, s, len);
	}
	if (is_word(key, key_len, "class"))
		return list_read(r, LIST_CLASS, "no such class:", s, len, &t->classes);
	if (is_word(key, key_len, "cause"))
		return list_read(r, LIST_CAUSE, "no such cause:", s, len, &t->causes);
	if (is_word(key, key_len, "when"))
		return list_read(r, LIST_FACT, "no such fact:", s, len, &t->when);
	if (is_word(key, key_len, "hit"))
		return words_read(r, &t->hits, s, len);
	if (is_word(key, key_len, "words"))
		return words_read(r, &t->words, s, len);
	return header_option(r, t, key, key_len, s, len);
}

static enum err header_read(struct reader *r, struct template *t)
{
	const char *line, *colon, *value;
	size_t len, key_len, value_len;
	enum err err;

	while (line_next(r, &line, &len)) {
		trim(&line, &len);
		if (len == 0)
			break;
		if (line[0] == '#')
			continue;
		colon = memchr(line, ':', len);
		if (colon == NULL)
			return fail(r, r->line, "expected \"key: value\", found", line, len);
		key_len = (size_t)(colon - line);
		value = colon + 1;
		value_len = len - key_len - 1;
		trim(&line, &key_len);
		trim(&value, &value_len);
		if (value_len == 0)
			return fail(r, r->line, "no value for", line, key_len);
		err = header_value(r, t, line, key_len, value, value_len);
		if (err != ERR_OK)
			return err;
	}
	if (t->id == NULL || t->lang == NULL || t->classes == 0)
		return fail(r, r->line, "the header lacks",
			    t->id == NULL     ? "id"
			    : t->lang == NULL ? "lang"
					      : "class",
			    t->id == NULL     ? 2
			    : t->lang == NULL ? 4
					      : 5);
	if (t->words != NULL && t->hits == NULL)
		return fail(r, r->line, "words says which words of a hit count, so it needs", "hit", 3);
	return ERR_OK;
}

/* ---- variants ---- */

static void name_bit(void *ctx, const char *name)
{
	unsigned *mask = ctx;

	for (unsigned i = 0; i < VIEW_COUNT; i++) {
		if (strcmp(view_names[i], name) == 0)
			*mask |= VIEW_BIT(i);
	}
}

static bool all_blank(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (s[i] != ' ' && s[i] != '\t' && s[i] != '\r' && s[i] != '\n')
			return false;
	}
	return true;
}

static enum err variant_add(struct reader *r, struct template *t, const char *text, size_t len, int line)
{
	const struct mustache_options options = {.mode = MUSTACHE_TEXT, .known = view_names};
	struct variant variant = {0}, *variants;
	struct buf padded;
	enum err err;

	if (all_blank(text, len))
		return fail(r, line, "empty variant", "", 0);
	if (t->variant_count == VARIANTS_MAX)
		return fail(r, line, "more than 32 variants", "", 0);
	/* Newlines in front make the compiler's line numbers those of the file; rendering trims them. */
	buf_init(&padded, TEMPLATE_BYTES_MAX * 2);
	for (int i = 1; i < line; i++)
		buf_char(&padded, '\n');
	buf_add(&padded, text, len);
	if (padded.failed)
		err = error_set(r->e_r, ERR_NOMEM, "%s: out of memory", r->name);
	else
		err = mustache_compile(r->name, padded.data, padded.len, &options, &variant.mustache, r->e_r);
	buf_done(&padded);
	if (err != ERR_OK)
		return err;
	mustache_names(variant.mustache, name_bit, &variant.uses);
	mustache_needs(variant.mustache, name_bit, &variant.needs);
	variants = realloc(t->variants, (t->variant_count + 1) * sizeof(*variants));
	if (variants == NULL) {
		mustache_free(&variant.mustache);
		return error_set(r->e_r, ERR_NOMEM, "%s: out of memory", r->name);
	}
	t->variants = variants;
	t->variants[t->variant_count++] = variant;
	return ERR_OK;
}

static enum err variants_read(struct reader *r, struct template *t)
{
	const char *from = r->at, *line;
	int from_line = r->line + 1;
	size_t len;
	enum err err;

	while (line_next(r, &line, &len)) {
		if (!is_word(line, len, "---"))
			continue;
		err = variant_add(r, t, from, (size_t)(line - from), from_line);
		if (err != ERR_OK)
			return err;
		from = r->at;
		from_line = r->line + 1;
	}
	return variant_add(r, t, from, (size_t)(r->end - from), from_line);
}

/* ---- adding ---- */

static struct template *slot_for(struct templates *templates, const char *id)
{
	for (size_t i = 0; i < templates->count; i++) {
		if (strcmp(templates->list[i].id, id) == 0) {
			template_done(&templates->list[i]);
			return &templates->list[i];
		}
	}
	if (templates->count == templates->size) {
		size_t size = templates->size > 0 ? templates->size * 2 : 32;
		struct template *list = realloc(templates->list, size * sizeof(*list));

		if (list == NULL)
			return NULL;
		templates->list = list;
		templates->size = size;
	}
	return &templates->list[templates->count++];
}

enum err templates_add(struct templates *templates, const char *name, const char *text, size_t len, struct error *e_r)
{
	struct reader r = {.name = name, .at = text, .end = text + len, .e_r = e_r};
	struct template t = {0}, *slot;
	enum err err;

	if (len > TEMPLATE_BYTES_MAX)
		return error_set(e_r, ERR_INVALID, "%s: larger than 64 KiB", name);
	if (templates->count == TEMPLATES_MAX)
		return error_set(e_r, ERR_LIMIT, "%s: more than %d templates", name, TEMPLATES_MAX);
	err = header_read(&r, &t);
	if (err == ERR_OK)
		err = variants_read(&r, &t);
	if (err == ERR_OK) {
		t.file = strdup(name);
		slot = t.file != NULL ? slot_for(templates, t.id) : NULL;
		if (slot != NULL) {
			*slot = t;
			return ERR_OK;
		}
		err = error_set(e_r, ERR_NOMEM, "%s: out of memory", name);
	}
	template_done(&t);
	return err;
}

/* ---- showing ---- */

static void list_show(struct buf *out, unsigned mask, size_t count, const char *(*word)(unsigned), const char *none)
{
	buf_reset(out);
	for (unsigned i = 0; i < count; i++) {
		if ((mask & (1u << i)) != 0)
			buf_printf(out, "%s%s", out->len > 0 ? ", " : "", word(i));
	}
	if (out->len == 0)
		buf_str(out, none);
}

static const char *class_word(unsigned i)
{
	return class_name((enum class)i);
}

static const char *cause_word(unsigned i)
{
	return cause_name((enum cause)i);
}

static bool words_to_json(struct json_object *object, const char *key, char **words)
{
	struct json_object *list;

	if (words == NULL)
		return true;
	list = json_object_new_array();
	for (size_t i = 0; list != NULL && words[i] != NULL; i++) {
		struct json_object *word = json_object_new_string(words[i]);

		if (word == NULL || json_object_array_add(list, word) != 0) {
			json_object_put(word);
			json_object_put(list);
			return false;
		}
	}
	return json_add(object, key, list);
}

/* Only the keys that the template has. */
static bool conditions_to_json(struct json_object *object, const struct template *t)
{
	return (t->stage == NULL || json_add_str(object, "stage", t->stage)) &&
	       (!t->many || json_add_str(object, "reach", "many")) &&
	       (!t->unsure || json_add_str(object, "sure", "no")) &&
	       (t->severity == 0 || json_add_int(object, "severity", t->severity)) &&
	       (t->prefer == 0 || json_add_int(object, "prefer", (int64_t)t->prefer)) &&
	       words_to_json(object, "hit", t->hits) && words_to_json(object, "words", t->words);
}

static struct json_object *template_to_json(const struct template *t)
{
	struct json_object *object = json_object_new_object();
	struct buf words;
	bool ok = object != NULL;

	buf_init(&words, 2000);
	ok = ok && json_add_str(object, "id", t->id);
	list_show(&words, t->classes, CLASS_COUNT, class_word, "");
	ok = ok && json_add_str(object, "class", buf_text(&words));
	list_show(&words, t->causes, CAUSE_COUNT, cause_word, "any");
	ok = ok && json_add_str(object, "cause", buf_text(&words)) && json_add_str(object, "lang", t->lang);
	list_show(&words, t->when, VIEW_COUNT, view_name, "");
	ok = ok && json_add_str(object, "when", buf_text(&words)) && json_add_bool(object, "urgent", t->urgent) &&
	     json_add_int(object, "variants", (int64_t)t->variant_count) && json_add_str(object, "file", t->file) &&
	     conditions_to_json(object, t);
	ok = ok && !words.failed;
	buf_done(&words);
	if (!ok) {
		json_object_put(object);
		return NULL;
	}
	return object;
}

struct json_object *templates_to_json(const struct templates *templates)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; list != NULL && i < templates->count; i++) {
		struct json_object *object = template_to_json(&templates->list[i]);

		if (object == NULL || json_object_array_add(list, object) != 0) {
			json_object_put(object);
			json_object_put(list);
			return NULL;
		}
	}
	return list;
}
