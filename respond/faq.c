/*
 * faq.c - the brand's own answers: a YAML list of entries with a rule's keys and an answer.
 *
 * The rules are made by the rule engine itself: every entry is written out again as a rule in YAML's flow style, on the
 * line where it stood, so that whatever the engine objects to is named with the file's own line.
 */
#include "faq.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "attr.h"
#include "buf.h"
#include "jsonio.h"
#include "yaml_tree.h"

#define FAQ_BYTES_MAX (1u << 20)
#define FAQ_ARENA_MAX (16u << 20)

struct faq {
	struct arena *arena; /* of the entries */
	struct faq_entry *entries;
	size_t count;
	struct ruleset *rules;
	struct matcher *matcher;
};

struct loader {
	struct faq *faq;
	const char *name;
	struct buf rules; /* the rules as YAML */
	int line;         /* of `rules` */
	struct error *e_r;
};

/* ---- an entry as a rule ---- */

static struct json_object *node_to_json(const struct yaml_node *node)
{
	struct json_object *out;

	if (node->kind == YAML_SCALAR)
		return json_object_new_string_len(node->text, (int)node->len);
	out = node->kind == YAML_LIST ? json_object_new_array() : json_object_new_object();
	for (const struct yaml_node *child = node->child; out != NULL && child != NULL; child = child->next) {
		struct json_object *value = node_to_json(child);

		if (value == NULL || (node->kind == YAML_LIST ? json_object_array_add(out, value)
							      : json_object_object_add(out, child->key, value)) != 0) {
			json_object_put(value);
			json_object_put(out);
			return NULL;
		}
	}
	return out;
}

/* `examples: [...]` is short for `examples: {hit: [...]}`. */
static struct json_object *examples_to_json(const struct yaml_node *node)
{
	struct json_object *list = node_to_json(node), *map;

	if (list == NULL || node->kind == YAML_MAP)
		return list;
	map = json_object_new_object();
	if (map == NULL || json_object_object_add(map, "hit", list) != 0) {
		json_object_put(list);
		json_object_put(map);
		return NULL;
	}
	return map;
}

/* A rule has to say something about the post; this one says that it is a question. */
static struct json_object *entry_to_rule(const struct yaml_node *entry, const char *lang)
{
	struct json_object *rule = json_object_new_object();
	bool ok = rule != NULL && json_add_str(rule, "lang", lang) &&
		  json_object_object_add(rule, "question", json_object_new_double(1)) == 0;

	for (const struct yaml_node *key = entry->child; ok && key != NULL; key = key->next) {
		struct json_object *value;

		if (strcmp(key->key, "answer") == 0 || strcmp(key->key, "lang") == 0)
			continue;
		value = strcmp(key->key, "examples") == 0 ? examples_to_json(key) : node_to_json(key);
		ok = value != NULL && json_object_object_add(rule, key->key, value) == 0;
		if (!ok)
			json_object_put(value);
	}
	if (!ok) {
		json_object_put(rule);
		return NULL;
	}
	return rule;
}

/* ---- entries ---- */

static enum err fail(const struct loader *l, int line, const char *sentence, const char *word)
{
	return error_set(l->e_r, ERR_INVALID, "%s:%d: %s%s%.60s%s", l->name, line, sentence, *word ? " \"" : "", word,
			 *word ? "\"" : "");
}

/* One line, single blanks. */
static const char *answer_tidy(struct arena *arena, const struct yaml_node *node)
{
	char *out = arena_strdup(arena, node->text);
	size_t n = 0;

	for (size_t i = 0; out != NULL && out[i] != '\0'; i++) {
		bool blank = strchr(" \t\r\n", out[i]) != NULL;

		if (blank && (n == 0 || out[n - 1] == ' '))
			continue;
		out[n++] = blank ? ' ' : out[i];
	}
	if (out != NULL) {
		n -= n > 0 && out[n - 1] == ' ';
		out[n] = '\0';
	}
	return out;
}

static enum err keys_check(const struct loader *l, const struct yaml_node *entry)
{
	static const char *const known[] = {"id", "about", "lang", "match", "unless", "examples", "answer"};

	for (const struct yaml_node *key = entry->child; key != NULL; key = key->next) {
		size_t i = 0;

		while (i < ARRAY_LEN(known) && strcmp(known[i], key->key) != 0)
			i++;
		if (i == ARRAY_LEN(known))
			return fail(l, key->key_line,
				    "unknown key (id, about, lang, match, unless, answer, examples):", key->key);
		if (i != 3 && i != 4 && i != 5 && (key->kind != YAML_SCALAR || key->len == 0))
			return fail(l, key->line, "a text is wanted for", key->key);
	}
	return ERR_OK;
}

static enum err entry_read(struct loader *l, const struct yaml_node *node, struct faq_entry *entry)
{
	const struct yaml_node *id, *about, *lang, *answer;
	enum err err;

	if (node->kind != YAML_MAP)
		return fail(l, node->line, "an entry is a map of id, match and answer", "");
	err = keys_check(l, node);
	if (err != ERR_OK)
		return err;
	id = yaml_tree_get(node, "id");
	about = yaml_tree_get(node, "about");
	lang = yaml_tree_get(node, "lang");
	answer = yaml_tree_get(node, "answer");
	if (id == NULL || answer == NULL || yaml_tree_get(node, "match") == NULL)
		return fail(l, node->line, "the entry lacks", id == NULL ? "id" : answer == NULL ? "answer" : "match");
	*entry = (struct faq_entry){.id = arena_strdup(l->faq->arena, id->text),
				    .about = about != NULL ? arena_strdup(l->faq->arena, about->text) : "",
				    .lang = lang != NULL ? arena_strdup(l->faq->arena, lang->text) : "en",
				    .answer = answer_tidy(l->faq->arena, answer),
				    .line = node->line};
	if (entry->id == NULL || entry->about == NULL || entry->lang == NULL || entry->answer == NULL)
		return error_set(l->e_r, ERR_NOMEM, "out of memory");
	if (entry->answer[0] == '\0' || strlen(entry->answer) > FAQ_ANSWER_MAX)
		return fail(l, answer->line, "an answer has up to 1000 bytes of text", "");
	if (strstr(entry->answer, "{{") != NULL)
		return fail(l, answer->line, "an answer is put in as it is and has no variables:", "{{");
	return ERR_OK;
}

static enum err entry_add(struct loader *l, const struct yaml_node *node)
{
	struct faq_entry *entry = &l->faq->entries[l->faq->count];
	struct json_object *rule;
	enum err err = entry_read(l, node, entry);

	if (err != ERR_OK)
		return err;
	rule = entry_to_rule(node, entry->lang);
	if (rule == NULL)
		return error_set(l->e_r, ERR_NOMEM, "out of memory");
	for (; l->line < node->line; l->line++)
		buf_char(&l->rules, '\n');
	buf_printf(&l->rules, "- %s",
		   json_object_to_json_string_ext(rule, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(rule);
	l->faq->count++;
	return l->rules.failed ? error_set(l->e_r, ERR_NOMEM, "out of memory") : ERR_OK;
}

static enum err rules_make(struct loader *l)
{
	struct rules_builder *builder = rules_builder_new();
	enum err err;

	if (builder == NULL)
		return error_set(l->e_r, ERR_NOMEM, "out of memory");
	buf_char(&l->rules, '\n');
	err = l->rules.failed ? error_set(l->e_r, ERR_NOMEM, "out of memory")
			      : rules_add(builder, l->name, l->rules.data, l->rules.len, false, l->e_r);
	if (err == ERR_OK)
		err = rules_compile(builder, &l->faq->rules, l->e_r);
	rules_builder_free(&builder);
	if (err != ERR_OK)
		return err;
	l->faq->matcher = matcher_new(l->faq->rules);
	return l->faq->matcher != NULL ? ERR_OK : error_set(l->e_r, ERR_NOMEM, "out of memory");
}

static enum err entries_load(struct loader *l, const struct yaml_node *root)
{
	enum err err = ERR_OK;

	if (root->kind == YAML_MAP && root->count == 0)
		return ERR_OK; /* an empty file: no answers */
	if (root->kind != YAML_LIST)
		return fail(l, root->line, "a list of entries is wanted", "");
	if (root->count > FAQ_ENTRIES_MAX)
		return fail(l, root->line, "more than 1000 entries", "");
	l->faq->entries = arena_array(l->faq->arena, root->count, sizeof(*l->faq->entries));
	if (l->faq->entries == NULL)
		return error_set(l->e_r, ERR_NOMEM, "out of memory");
	for (const struct yaml_node *node = root->child; err == ERR_OK && node != NULL; node = node->next)
		err = entry_add(l, node);
	return err == ERR_OK && l->faq->count > 0 ? rules_make(l) : err;
}

enum err faq_load(const char *text, size_t len, const char *name, struct faq **faq_r, struct error *e_r)
{
	struct loader l = {.faq = calloc(1, sizeof(struct faq)), .name = name, .line = 1, .e_r = e_r};
	struct arena *scratch = arena_new(FAQ_ARENA_MAX);
	struct yaml_node *root;
	enum err err;

	buf_init(&l.rules, FAQ_ARENA_MAX);
	if (l.faq != NULL)
		l.faq->arena = arena_new(FAQ_ARENA_MAX);
	if (l.faq == NULL || l.faq->arena == NULL || scratch == NULL)
		err = error_set(e_r, ERR_NOMEM, "out of memory");
	else if (len > FAQ_BYTES_MAX)
		err = error_set(e_r, ERR_INVALID, "%s: larger than 1 MiB", name);
	else
		err = yaml_tree_parse(scratch, name, text, len, &root, e_r);
	if (err == ERR_OK)
		err = entries_load(&l, root);
	if (err == ERR_OK)
		*faq_r = l.faq;
	else
		faq_free(&l.faq);
	buf_done(&l.rules);
	arena_free(&scratch);
	return err;
}

void faq_free(struct faq **faq)
{
	if (faq == NULL || *faq == NULL)
		return;
	matcher_free(&(*faq)->matcher);
	ruleset_free(&(*faq)->rules);
	arena_free(&(*faq)->arena);
	free(*faq);
	*faq = NULL;
}

size_t faq_count(const struct faq *faq)
{
	return faq->count;
}

const struct faq_entry *faq_at(const struct faq *faq, size_t index)
{
	return index < faq->count ? &faq->entries[index] : NULL;
}

/* ---- finding ---- */

/* How many bytes of the text an entry's patterns hit. */
static size_t entry_bytes(const struct faq_entry *entry, const struct matches *matches)
{
	size_t bytes = 0;

	for (size_t i = 0; i < matches->hit_count; i++) {
		if (strcmp(matches->hits[i].rule->id, entry->id) == 0)
			bytes += matches->hits[i].end - matches->hits[i].start;
	}
	return bytes;
}

const struct faq_entry *faq_find(struct faq *faq, struct arena *arena, const char *text, const char *lang)
{
	const struct faq_entry *best = NULL;
	struct matches matches;
	size_t most = 0;

	if (faq == NULL || faq->matcher == NULL ||
	    matcher_run(faq->matcher, arena, text, strlen(text), lang != NULL ? lang : "en", NULL, &matches, NULL) !=
		    ERR_OK ||
	    matches.undecided != NULL)
		return NULL;
	for (size_t i = 0; matches.hit_count > 0 && i < faq->count; i++) {
		size_t bytes = entry_bytes(&faq->entries[i], &matches);

		if (bytes > most) {
			most = bytes;
			best = &faq->entries[i];
		}
	}
	return best;
}

/* ---- checking ---- */

size_t faq_check(struct faq *faq, struct arena *arena,
		 void (*report)(void *ctx, const struct faq_entry *entry, const char *sentence), void *ctx)
{
	size_t errors = 0;

	for (size_t i = 0; i < faq->count; i++) {
		const struct faq_entry *entry = &faq->entries[i];
		const struct rule *rule = ruleset_find(faq->rules, entry->id);
		bool none = rule == NULL || rule->hits_examples == NULL || rule->hits_examples[0] == NULL;

		if (none)
			report(ctx, entry, "no examples: give two questions that it answers");
		for (size_t k = 0; !none && rule->hits_examples[k] != NULL; k++) {
			const char *text = rule->hits_examples[k];
			const struct faq_entry *found = faq_find(faq, arena, text, entry->lang);

			if (found == entry)
				continue;
			errors++;
			report(ctx, entry,
			       arena_printf(arena, "\"%.80s\" finds %s", text, found ? found->id : "nothing"));
		}
		for (size_t k = 0; rule != NULL && rule->miss_examples && rule->miss_examples[k] != NULL; k++) {
			if (faq_find(faq, arena, rule->miss_examples[k], entry->lang) != entry)
				continue;
			errors++;
			report(ctx, entry, arena_printf(arena, "\"%.80s\" should not find it", rule->miss_examples[k]));
		}
	}
	return errors;
}
