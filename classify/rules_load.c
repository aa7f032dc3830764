/*
 * rules_load.c - rule files (YAML) into rule definitions.
 *
 * One table says which keys a rule may have and which function reads each; an unknown key, a wrong type, a bad id or
 * a duplicate ends the load with "name:line: sentence". An overlay file (a brand's own rules) changes the keys it
 * gives of rules that are already there and may add new ones. Nothing is compiled here: see rules_compile.c.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "classify/compose.h"
#include "classify/rules_impl.h"
#include "utf8.h"
#include "yaml_tree.h"

/* What every reader of a key gets: where to store, what to store, how to complain. */
struct load {
	struct rules_builder *builder;
	const char *name; /* file, for sentences; lives in the builder's arena */
	bool overlay;
	bool lasting; /* the texts of the tree outlive the rules, and are known to be right */
	struct error *e_r;
};

struct rules_builder *rules_builder_new(void)
{
	struct rules_builder *builder = calloc(1, sizeof *builder);

	if (!builder)
		return NULL;
	builder->arena = arena_new(RULES_ARENA_MAX);
	builder->defs = calloc(RULES_MAX, sizeof *builder->defs);
	if (!builder->arena || !builder->defs)
		rules_builder_free(&builder);
	return builder;
}

void rules_builder_free(struct rules_builder **builder)
{
	if (!builder || !*builder)
		return;
	arena_free(&(*builder)->arena);
	free((*builder)->defs);
	free(*builder);
	*builder = NULL;
}

static enum err no_memory(struct load *load)
{
	return error_set(load->e_r, ERR_NOMEM, "%s: no memory for the rules", load->name);
}

/* "name:line: rule ID: key: what". id and key may be NULL. */
static enum err complain(struct load *load, int line, const char *id, const char *key, const char *what)
{
	return error_set(load->e_r, ERR_INVALID, "%s:%d: %s%s%s%s%s%s", load->name, line, id ? "rule " : "",
			 id ? id : "", id ? ": " : "", key ? key : "", key ? ": " : "", what);
}

void rules_trust(struct rules_builder *builder)
{
	for (size_t i = 0; i < builder->count; i++)
		builder->defs[i].trusted = true;
}

/* ---- ids -------------------------------------------------------------------------------------------------------- */

static uint32_t id_bucket(const char *id)
{
	uint32_t h = 2166136261u; /* FNV-1a: ids are short and come from people we trust */

	for (; *id; id++)
		h = (h ^ (unsigned char)*id) * 16777619u;
	return h % 8192;
}

static struct rule_def *id_find(const struct rules_builder *builder, const char *id)
{
	for (uint16_t at = builder->bucket[id_bucket(id)]; at; at = builder->next[at - 1])
		if (strcmp(builder->defs[at - 1].rule.id, id) == 0)
			return &builder->defs[at - 1];
	return NULL;
}

static void id_insert(struct rules_builder *builder, size_t index)
{
	uint16_t *bucket = &builder->bucket[id_bucket(builder->defs[index].rule.id)];

	builder->next[index] = *bucket;
	*bucket = (uint16_t)(index + 1);
}

static bool name_valid(const char *name, size_t max)
{
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");

	return len > 0 && len <= max && name[len] == '\0';
}

/* ---- readers of single keys ------------------------------------------------------------------------------------- */

/* A text without NUL bytes and not longer than max; copied into the builder's arena, unless it lasts. */
static enum err read_text(struct load *load, const char *id, const struct yaml_node *node, size_t max,
			  const char **text_r)
{
	const char *copy;

	if (node->kind != YAML_SCALAR)
		return complain(load, node->line, id, node->key, "must be a text");
	if (node->len == 0)
		return complain(load, node->line, id, node->key, "is empty");
	if (strlen(node->text) != node->len || !utf8_valid(node->text, node->len))
		return complain(load, node->line, id, node->key, "must be UTF-8 without NUL bytes");
	if (node->len > max)
		return complain(load, node->line, id, node->key, "is too long");
	copy = load->lasting ? node->text : arena_strndup(load->builder->arena, node->text, node->len);
	if (!copy)
		return no_memory(load);
	*text_r = copy;
	return ERR_OK;
}

static enum err read_pattern(struct load *load, const char *id, const char *key, const struct yaml_node *node,
			     struct pattern_source *source)
{
	struct yaml_node named = *node;
	const char *refused;
	enum err rc;

	named.key = key; /* an entry of a list has no key of its own */
	rc = read_text(load, id, &named, RULE_PATTERN_MAX, &source->text);
	if (rc)
		return rc;
	source->len = node->len;
	source->file = load->name;
	source->line = node->line;
	refused = load->lasting ? NULL : pattern_refused(source->text, source->len);
	if (refused)
		return complain(load, node->line, id, key, refused);
	return ERR_OK;
}

/* A pattern or a list of patterns. */
static enum err read_patterns(struct load *load, const char *id, const struct yaml_node *node,
			      struct pattern_source **list_r, size_t *count_r)
{
	const struct yaml_node *first = node->kind == YAML_LIST ? node->child : node;
	size_t count = node->kind == YAML_LIST ? node->count : 1, i = 0;
	struct pattern_source *list;

	if (node->kind == YAML_MAP)
		return complain(load, node->line, id, node->key, "must be a pattern or a list of patterns");
	if (count > RULE_PATTERNS_MAX)
		return complain(load, node->line, id, node->key, "has too many patterns (64 at most)");
	list = arena_array(load->builder->arena, count ? count : 1, sizeof *list);
	if (!list)
		return no_memory(load);
	for (const struct yaml_node *at = first; i < count; at = at->next, i++) {
		enum err rc = read_pattern(load, id, node->key, at, &list[i]);

		if (rc)
			return rc;
	}
	*list_r = list;
	*count_r = count;
	return ERR_OK;
}

static enum err read_match(struct load *load, struct rule_def *def, const struct yaml_node *node)
{
	if (node->kind == YAML_LIST && node->count == 0)
		return complain(load, node->line, def->rule.id, node->key, "has no pattern");
	def->compose = COMPOSE_ANY;
	return read_patterns(load, def->rule.id, node, &def->match, &def->match_count);
}

/* The patterns of `all` or `near`. */
static enum err read_composed(struct load *load, struct rule_def *def, const struct yaml_node *node,
			      enum compose compose)
{
	if (node->kind != YAML_LIST || node->count < 2)
		return complain(load, node->line, def->rule.id, node->key, "must be a list of two patterns or more");
	if (node->count > COMPOSED_MAX)
		return complain(load, node->line, def->rule.id, node->key, "has too many patterns (8 at most)");
	def->compose = compose;
	return read_patterns(load, def->rule.id, node, &def->match, &def->match_count);
}

static enum err read_all(struct load *load, struct rule_def *def, const struct yaml_node *node)
{
	return read_composed(load, def, node, COMPOSE_ALL);
}

static enum err read_near(struct load *load, struct rule_def *def, const struct yaml_node *node)
{
	const struct yaml_node *words, *patterns;
	char *end = NULL;
	long count = 0;

	if (node->kind != YAML_MAP)
		return complain(load, node->line, def->rule.id, "near", "must be {words: N, patterns: [...]}");
	for (const struct yaml_node *at = node->child; at; at = at->next)
		if (strcmp(at->key, "words") != 0 && strcmp(at->key, "patterns") != 0)
			return complain(load, at->key_line, def->rule.id, at->key,
					"unknown key (words and patterns are known)");
	words = yaml_tree_get(node, "words");
	patterns = yaml_tree_get(node, "patterns");
	if (!words || !patterns)
		return complain(load, node->line, def->rule.id, "near", "needs words and patterns");
	if (words->kind == YAML_SCALAR && strspn(words->text, "0123456789") == words->len && words->len > 0)
		count = strtol(words->text, &end, 10);
	if (!end || count > NEAR_WORDS_MAX)
		return complain(load, words->line, def->rule.id, "words", "must be a number from 0 to 50");
	def->near_words = (unsigned)count;
	return read_composed(load, def, patterns, COMPOSE_NEAR);
}

static enum err read_unless(struct load *load, struct rule_def *def, const struct yaml_node *node)
{
	return read_patterns(load, def->rule.id, node, &def->unless, &def->unless_count);
}

static enum err read_about(struct load *load, struct rule_def *def, const struct yaml_node *node)
{
	return read_text(load, def->rule.id, node, RULE_ABOUT_MAX, &def->rule.about);
}

static enum err read_suggest(struct load *load, struct rule_def *def, const struct yaml_node *node)
{
	return read_text(load, def->rule.id, node, RULE_ABOUT_MAX, &def->rule.suggest);
}

/* One of a list of words; returns its index. */
static enum err read_word(struct load *load, const char *id, const struct yaml_node *node, const char *const *words,
			  const char *what, size_t *index_r)
{
	for (size_t i = 0; node->kind == YAML_SCALAR && words[i]; i++)
		if (strcmp(node->text, words[i]) == 0) {
			*index_r = i;
			return ERR_OK;
		}
	return complain(load, node->line, id, node->key, what);
}

static enum err read_level(struct load *load, struct rule_def *def, const struct yaml_node *node)
{
	static const char *const words[] = {"warn", "block", NULL};
	size_t index;
	enum err rc = read_word(load, def->rule.id, node, words, "must be warn or block", &index);

	if (!rc)
		def->rule.level = words[index];
	return rc;
}

static enum err read_field(struct load *load, struct rule_def *def, const struct yaml_node *node)
{
	static const char *const words[] = {
		[FIELD_TEXT] = "text", [FIELD_AUTHOR] = "author", [FIELD_RATING] = "rating",
		[FIELD_PLATFORM] = "platform", NULL};
	size_t index;
	enum err rc = read_word(load, def->rule.id, node, words, "must be text, author, rating or platform", &index);

	if (!rc)
		def->rule.field = (enum rule_field)index;
	return rc;
}

static enum err read_lang(struct load *load, struct rule_def *def, const struct yaml_node *node)
{
	size_t len;

	if (node->kind != YAML_SCALAR)
		return complain(load, node->line, def->rule.id, node->key, "must be a language such as en");
	len = strspn(node->text, "abcdefghijklmnopqrstuvwxyz");
	if (len < 2 || len > 3 || len != node->len)
		return complain(load, node->line, def->rule.id, node->key,
				"must be two or three small letters, such as en");
	return read_text(load, def->rule.id, node, 8, &def->rule.lang);
}

static enum err read_cause(struct load *load, struct rule_def *def, const struct yaml_node *node)
{
	enum cause cause;

	if (node->kind != YAML_SCALAR || !cause_from_name(node->text, &cause))
		return complain(load, node->line, def->rule.id, node->key,
				"must be one of promise ordering access availability delivery quality expectation "
				"directions billing value remedy reachability staff safety other none");
	def->rule.cause = cause;
	return ERR_OK;
}

/* A word that the topics of all languages share. "none" takes away what an overlay found there. */
static enum err read_topic(struct load *load, struct rule_def *def, const struct yaml_node *node)
{
	const char *topic;
	enum err rc;

	if (node->kind != YAML_SCALAR || !name_valid(node->text, RULE_TOPIC_MAX))
		return complain(load, node->line, def->rule.id, node->key,
				"must be small letters, digits and _ (32 at most), or none");
	rc = read_text(load, def->rule.id, node, RULE_TOPIC_MAX, &topic);
	if (!rc)
		def->rule.topic = strcmp(topic, "none") == 0 ? NULL : topic;
	return rc;
}

static enum err read_truth(struct load *load, struct rule_def *def, const struct yaml_node *node, bool *truth_r)
{
	static const char *const words[] = {"false", "true", NULL};
	size_t index;
	enum err rc = read_word(load, def->rule.id, node, words, "must be true or false", &index);

	if (!rc)
		*truth_r = index == 1;
	return rc;
}

static enum err read_disabled(struct load *load, struct rule_def *def, const struct yaml_node *node)
{
	return read_truth(load, def, node, &def->rule.disabled);
}

static enum err read_same_sentence(struct load *load, struct rule_def *def, const struct yaml_node *node)
{
	return read_truth(load, def, node, &def->same_sentence);
}

static enum err read_not_negated(struct load *load, struct rule_def *def, const struct yaml_node *node)
{
	return read_truth(load, def, node, &def->not_negated);
}

static enum err read_weight(struct load *load, struct rule_def *def, const struct yaml_node *node, enum dim dim)
{
	char *end = NULL;
	double weight = 0;

	if (node->kind == YAML_SCALAR && strspn(node->text, "+-.0123456789eE") == node->len && node->len > 0)
		weight = strtod(node->text, &end);
	if (!end || *end != '\0' || !isfinite(weight) || fabs(weight) > RULE_WEIGHT_MAX)
		return complain(load, node->line, def->rule.id, node->key, "must be a number from -20 to 20");
	def->rule.weight[dim] = (float)weight;
	return ERR_OK;
}

/* ---- examples --------------------------------------------------------------------------------------------------- */

static enum err read_example_list(struct load *load, const char *id, const struct yaml_node *node,
				  const char *const **list_r)
{
	const char **list;
	size_t i = 0;

	if (node->kind != YAML_LIST)
		return complain(load, node->line, id, node->key, "must be a list of texts");
	if (node->count > RULE_EXAMPLES_MAX)
		return complain(load, node->line, id, node->key, "has too many examples (64 at most)");
	list = arena_array(load->builder->arena, node->count + 1, sizeof *list);
	if (!list)
		return no_memory(load);
	for (const struct yaml_node *at = node->child; at; at = at->next) {
		struct yaml_node named = *at;
		enum err rc;

		named.key = node->key;
		rc = read_text(load, id, &named, RULE_EXAMPLE_MAX, &list[i++]);
		if (rc)
			return rc;
	}
	*list_r = list;
	return ERR_OK;
}

static enum err read_examples(struct load *load, struct rule_def *def, const struct yaml_node *node)
{
	if (node->kind != YAML_MAP)
		return complain(load, node->line, def->rule.id, node->key, "must be {hit: [...], miss: [...]}");
	for (const struct yaml_node *at = node->child; at; at = at->next) {
		enum err rc;

		if (strcmp(at->key, "hit") == 0)
			rc = read_example_list(load, def->rule.id, at, &def->rule.hits_examples);
		else if (strcmp(at->key, "miss") == 0)
			rc = read_example_list(load, def->rule.id, at, &def->rule.miss_examples);
		else
			rc = complain(load, at->key_line, def->rule.id, at->key, "unknown key (hit and miss are known)");
		if (rc)
			return rc;
	}
	return ERR_OK;
}

/* ---- rules ------------------------------------------------------------------------------------------------------ */

static const struct {
	const char *key;
	enum err (*read)(struct load *load, struct rule_def *def, const struct yaml_node *node);
} keys[] = {
	{"about", read_about}, {"match", read_match}, {"unless", read_unless}, {"field", read_field},
	{"lang", read_lang}, {"cause", read_cause}, {"suggest", read_suggest}, {"level", read_level},
	{"examples", read_examples}, {"disabled", read_disabled}, {"all", read_all}, {"near", read_near},
	{"same_sentence", read_same_sentence}, {"not_negated", read_not_negated}, {"topic", read_topic},
};

static enum err read_key(struct load *load, struct rule_def *def, const struct yaml_node *node)
{
	enum dim dim;

	if (strcmp(node->key, "id") == 0)
		return ERR_OK; /* read before everything else */
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (strcmp(node->key, keys[i].key) == 0)
			return keys[i].read(load, def, node);
	if (dim_from_name(node->key, &dim))
		return read_weight(load, def, node, dim);
	return complain(load, node->key_line, def->rule.id, node->key, "unknown key");
}

/* Where a rule was defined or last changed. Each file's name is a string of its own: pointers tell files apart. */
static const char *latest_file(const struct rule_def *def)
{
	return def->rule.changes ? def->rule.changes->file : def->rule.file;
}

static int latest_line(const struct rule_def *def)
{
	return def->rule.changes ? def->rule.changes->line : def->rule.line;
}

static enum err note_change(struct load *load, struct rule_def *def, int line)
{
	struct rule_change *change = arena_array(load->builder->arena, 1, sizeof *change);

	if (!change)
		return no_memory(load);
	*change = (struct rule_change){.file = load->name, .line = line, .before = def->rule.changes};
	def->rule.changes = change;
	return ERR_OK;
}

/* The definition that `id` names: a new one, or in an overlay the one that is there. */
static enum err open_rule(struct load *load, const struct yaml_node *map, const char *group, struct rule_def **def_r)
{
	static const char *const none[] = {NULL};
	const struct yaml_node *id = yaml_tree_get(map, "id");
	struct rules_builder *builder = load->builder;
	struct rule_def *def;

	if (!id)
		return complain(load, map->line, NULL, NULL, "this rule has no id");
	if (id->kind != YAML_SCALAR || !name_valid(id->text, RULE_ID_MAX))
		return complain(load, id->line, NULL, "id", "must be small letters, digits and _ (64 at most)");
	def = id_find(builder, id->text);
	if (def && (!load->overlay || latest_file(def) == load->name))
		return error_set(load->e_r, ERR_INVALID, "%s:%d: rule %s: there is already one of that id (%s:%d)",
				 load->name, id->line, def->rule.id, latest_file(def), latest_line(def));
	if (!def) {
		if (builder->count == RULES_MAX)
			return complain(load, id->line, NULL, NULL, "too many rules (4096 at most)");
		def = &builder->defs[builder->count];
		*def = (struct rule_def){.rule = {.group = group, .file = load->name, .line = map->line,
						  .hits_examples = none, .miss_examples = none}};
		def->rule.id = arena_strdup(builder->arena, id->text);
		if (!def->rule.id)
			return no_memory(load);
	}
	*def_r = def;
	return ERR_OK;
}

/* Do the keys go together? `given` is what this file says of the rule, def all that is known now. */
static enum err check_keys(struct load *load, const struct yaml_node *given, struct rule_def *def)
{
	const char *id = def->rule.id;
	int ways = !!yaml_tree_get(given, "match") + !!yaml_tree_get(given, "all") + !!yaml_tree_get(given, "near");

	if (ways > 1)
		return complain(load, given->line, id, NULL, "has more than one of match, all and near");
	if (def->match_count == 0)
		return complain(load, given->line, id, NULL,
				load->overlay ? "has no match (and no rule of that id is there to be changed)"
					      : "has no match");
	if (def->same_sentence && def->compose == COMPOSE_ANY) {
		if (yaml_tree_get(given, "same_sentence"))
			return complain(load, given->line, id, "same_sentence", "goes with all or near");
		def->same_sentence = false; /* an overlay put `match` in place of `all` */
	}
	if ((def->compose != COMPOSE_ANY || def->not_negated) && def->rule.field != FIELD_TEXT)
		return complain(load, given->line, id, NULL, "all, near and not_negated read field: text only");
	if (def->not_negated && !negation_words(def->rule.lang))
		return complain(load, given->line, id, "not_negated",
				"needs a lang whose negation is known: en, de, es, fr, pt or it");
	if (def->rule.topic && def->rule.cause == CAUSE_NONE) {
		if (yaml_tree_get(given, "topic"))
			return complain(load, yaml_tree_get(given, "topic")->line, id, "topic", "needs a cause");
		def->rule.topic = NULL; /* an overlay took the cause away */
	}
	return ERR_OK;
}

static enum err read_rule(struct load *load, const struct yaml_node *map, const char *group)
{
	struct rules_builder *builder = load->builder;
	struct rule_def *def = NULL, changed;
	enum err rc;

	if (map->kind != YAML_MAP)
		return complain(load, map->line, NULL, NULL, "each entry must be a rule: a map that begins with id");
	rc = open_rule(load, map, group, &def);
	if (rc)
		return rc;
	changed = *def; /* a rule is taken over whole or not at all */
	for (const struct yaml_node *at = map->child; at; at = at->next) {
		rc = read_key(load, &changed, at);
		if (rc)
			return rc;
	}
	rc = check_keys(load, map, &changed);
	if (rc)
		return rc;
	changed.trusted = false;
	if (def != &builder->defs[builder->count]) {
		rc = note_change(load, &changed, map->line);
		if (rc)
			return rc;
	}
	*def = changed;
	if (def == &builder->defs[builder->count])
		id_insert(builder, builder->count++);
	return ERR_OK;
}

/* "classify/rules/en/billing.yaml" -> "billing" */
static const char *group_of(struct arena *arena, const char *name)
{
	const char *slash = strrchr(name, '/'), *base = slash ? slash + 1 : name;
	const char *dot = strrchr(base, '.');

	return arena_strndup(arena, base, dot && dot > base ? (size_t)(dot - base) : strlen(base));
}

static enum err add_tree(struct rules_builder *builder, const char *name, const struct yaml_node *root, bool overlay,
			 bool lasting, struct error *e_r)
{
	struct load load = {.builder = builder, .name = name, .overlay = overlay, .lasting = lasting, .e_r = e_r};
	const char *group, *copy;
	enum err rc = ERR_OK;

	if (!builder->arena) /* a compile took it */
		builder->arena = arena_new(RULES_ARENA_MAX);
	if (!builder->arena)
		return no_memory(&load);
	group = group_of(builder->arena, name);
	copy = arena_strdup(builder->arena, name);
	if (!group || !copy)
		return no_memory(&load);
	load.name = copy;
	if (root->kind == YAML_MAP && root->count == 0)
		return ERR_OK; /* an empty file has no rules */
	if (root->kind != YAML_LIST)
		return complain(&load, root->line, NULL, NULL, "must be a list of rules (\"- id: ...\")");
	for (const struct yaml_node *at = root->child; at && !rc; at = at->next)
		rc = read_rule(&load, at, group);
	return rc;
}

enum err rules_add_tree(struct rules_builder *builder, const char *name, const struct yaml_node *root, bool overlay,
			struct error *e_r)
{
	return add_tree(builder, name, root, overlay, true, e_r);
}

enum err rules_add(struct rules_builder *builder, const char *name, const char *text, size_t len, bool overlay,
		   struct error *e_r)
{
	struct arena *tree = arena_new(RULES_ARENA_MAX);
	struct yaml_node *root;
	enum err rc;

	if (!tree)
		return error_set(e_r, ERR_NOMEM, "%s: no memory for the rules", name);
	rc = yaml_tree_parse(tree, name, text, len, &root, e_r);
	if (!rc)
		rc = add_tree(builder, name, root, overlay, false, e_r);
	arena_free(&tree);
	return rc;
}
