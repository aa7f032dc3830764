/*
 * rules_compile.c - rule definitions into a rule set: rules in order, patterns listed and checked, digest taken.
 *
 * A set is immutable once made (but for what rules_late.c makes on first use) and may be read by several matchers at
 * once. Patterns of trusted rules are only listed; the others are given to pcre2 at once, so that a mistake in a
 * brand's own file is told when it is loaded. Rules that an overlay disabled stay listed, but are not compiled.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "classify/compose.h"
#include "classify/machine.h"
#include "classify/rules_impl.h"

/* Raised when a change of the engine can change a verdict of the same rules. */
#define ENGINE_VERSION "amends rules 3"

struct compile {
	struct ruleset *set;
	struct error *e_r;
};

static enum err no_memory(struct error *e_r)
{
	return error_set(e_r, ERR_NOMEM, "no memory to compile the rules");
}

/* ---- one pattern ------------------------------------------------------------------------------------------------ */

enum err pattern_compile(const struct ruleset *set, const char *text, size_t len, uint32_t extra,
			 pcre2_code **code_r, struct error *e_r)
{
	const uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_CASELESS | PCRE2_NEVER_BACKSLASH_C | extra;
	PCRE2_UCHAR message[200];
	PCRE2_SIZE offset;
	pcre2_code *code;
	int number;

	code = pcre2_compile((PCRE2_SPTR)text, len, options, &number, &offset, set->compile);
	if (!code && number == PCRE2_ERROR_HEAP_FAILED)
		return no_memory(e_r);
	if (!code) {
		(void)pcre2_get_error_message(number, message, sizeof message); /* cut or unknown: still a text */
		return error_set(e_r, ERR_INVALID, "%s at byte %zu of the pattern", (char *)message, (size_t)offset);
	}
	*code_r = code;
	return ERR_OK;
}

/* Refused where memory may not be made executable: the interpreter then finds the same, slower. */
bool pattern_jit(pcre2_code *code)
{
	return pcre2_jit_compile(code, PCRE2_JIT_COMPLETE) == 0;
}

/* What its opening brackets tell of a pattern: how many groups it has at most, and whether some may have names. */
static uint32_t count_brackets(const struct pattern_source *source, bool *names_r)
{
	const char *at = source->text, *end = at + source->len;
	uint32_t count = 0;
	bool names = false;

	/* "(?<name>", "(?P<name>" or "(?'name'"; seeing one too many does no harm */
	for (; (at = memchr(at, '(', (size_t)(end - at))); at++, count++)
		if (end - at > 3 && at[1] == '?')
			names |= (at[2] == '<' && at[3] != '=' && at[3] != '!') || at[2] == 'P' || at[2] == '\'';
	*names_r = names;
	return count;
}

static void list_pattern(struct ruleset *set, struct pattern *pattern, const struct rule_def *def, size_t rule,
			 bool unless, const struct pattern_source *source)
{
	bool names;
	uint32_t brackets = count_brackets(source, &names);

	set->most_captures = brackets > set->most_captures ? brackets : set->most_captures;
	*pattern = (struct pattern){.lane = LANE_SLOW, .rule = (uint32_t)rule, .source = source, .unless = unless,
				    .names = !unless && names,
				    .lane_known = def->rule.field != FIELD_TEXT,
				    .composed = !unless && def->compose != COMPOSE_ANY,
				    .not_negated = !unless && def->not_negated};
}

/* What rules of a brand's own files are given at once: lanes, and pcre2's opinion. */
static enum err check_rule(struct compile *c, size_t index)
{
	const struct rule_parts *parts = &c->set->parts[index];
	enum err rc = rule_lanes(c->set, index) ? ERR_OK : no_memory(c->e_r);

	for (size_t i = 0; i < parts->match_count && !rc; i++)
		rc = pattern_check(c->set, &c->set->patterns[parts->first + i], c->e_r);
	for (size_t i = 0; i < parts->unless_count && !rc; i++)
		rc = pattern_check(c->set, &c->set->unless[parts->first_unless + i], c->e_r);
	return rc;
}

/* ---- rules ------------------------------------------------------------------------------------------------------ */

uint16_t ruleset_lang(const struct ruleset *set, const char *lang)
{
	for (size_t i = 0; lang && i < set->lang_count; i++)
		if (strcmp(set->langs[i], lang) == 0)
			return (uint16_t)(i + 1);
	return 0;
}

static enum err note_lang(struct compile *c, const struct rule_def *def, uint16_t *lang_r)
{
	struct ruleset *set = c->set;

	if (def->rule.lang && ruleset_lang(set, def->rule.lang) == 0) {
		if (set->lang_count == LANGS_MAX)
			return error_set(c->e_r, ERR_INVALID, "%s:%d: rule %s: too many languages (64 at most)",
					 def->rule.file, def->rule.line, def->rule.id);
		set->langs[set->lang_count++] = def->rule.lang;
	}
	*lang_r = ruleset_lang(set, def->rule.lang);
	return ERR_OK;
}

static enum err compile_rule(struct compile *c, struct rule_def *def, size_t index)
{
	struct ruleset *set = c->set;
	struct rule_parts *parts = &set->parts[index];
	enum err rc = ERR_OK;

	set->rules[index] = def->rule;
	set->rules[index].lane = LANE_ANCHORED;
	*parts = (struct rule_parts){.first = set->pattern_count, .first_unless = set->unless_count, .def = def};
	if (def->rule.disabled)
		return ERR_OK;
	rc = note_lang(c, def, &parts->lang);
	if (def->not_negated)
		parts->negations = negation_words(def->rule.lang);
	if (rc)
		return rc;
	for (size_t i = 0; i < def->match_count; i++)
		list_pattern(set, &set->patterns[set->pattern_count++], def, index, false, &def->match[i]);
	for (size_t i = 0; i < def->unless_count; i++)
		list_pattern(set, &set->unless[set->unless_count++], def, index, true, &def->unless[i]);
	parts->match_count = set->pattern_count - parts->first;
	parts->unless_count = set->unless_count - parts->first_unless;
	return def->trusted ? ERR_OK : check_rule(c, index);
}

/* ---- digest ----------------------------------------------------------------------------------------------------- */

/* Length first, so that no two different sequences of texts feed the same bytes. NULL differs from "". */
static void digest_text(XXH3_state_t *state, const char *text, size_t len)
{
	uint64_t size = text ? len + 1 : 0;

	(void)XXH3_64bits_update(state, &size, sizeof size); /* fails for a NULL state only */
	if (text)
		(void)XXH3_64bits_update(state, text, len);
}

static void digest_string(XXH3_state_t *state, const char *text)
{
	digest_text(state, text, text ? strlen(text) : 0);
}

static void digest_patterns(XXH3_state_t *state, const struct pattern_source *list, size_t count)
{
	(void)XXH3_64bits_update(state, &count, sizeof count);
	for (size_t i = 0; i < count; i++)
		digest_text(state, list[i].text, list[i].len);
}

static void digest_rule(XXH3_state_t *state, const struct rule_def *def)
{
	int numbers[] = {(int)def->rule.field, (int)def->rule.cause, (int)def->compose,
			 def->compose == COMPOSE_NEAR ? (int)def->near_words : 0, def->same_sentence, def->not_negated};

	digest_string(state, def->rule.id);
	digest_string(state, def->rule.lang);
	digest_string(state, def->rule.level);
	(void)XXH3_64bits_update(state, numbers, sizeof numbers);
	for (size_t i = 0; i < DIM_COUNT; i++) {
		float weight = def->rule.weight[i] + 0.0f; /* -0 is 0 */

		(void)XXH3_64bits_update(state, &weight, sizeof weight);
	}
	digest_patterns(state, def->match, def->match_count);
	digest_patterns(state, def->unless, def->unless_count);
}

/* In order of id and without disabled rules: two sets that judge alike have the same digest. */
static enum err take_digest(struct ruleset *set, struct error *e_r)
{
	XXH3_state_t *state = XXH3_createState();

	if (!state)
		return no_memory(e_r);
	(void)XXH3_64bits_reset(state);
	digest_string(state, ENGINE_VERSION);
	if (set->fitted)
		(void)XXH3_64bits_update(state, &set->fitted, sizeof set->fitted);
	for (size_t i = 0; i < set->count; i++)
		if (!set->rules[i].disabled)
			digest_rule(state, set->parts[i].def);
	snprintf(set->digest, sizeof set->digest, "%016llx", (unsigned long long)XXH3_64bits_digest(state));
	(void)XXH3_freeState(state);
	return ERR_OK;
}

/* ---- the whole set ---------------------------------------------------------------------------------------------- */

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct rule_def *)a)->rule.id, ((const struct rule_def *)b)->rule.id);
}

static enum err set_open(struct ruleset *set, const struct rules_builder *builder, struct rule_def **defs_r)
{
	size_t match = 0, unless = 0;
	struct rule_def *defs;

	defs = arena_array(set->arena, builder->count + 1, sizeof *defs);
	if (!defs)
		return ERR_NOMEM;
	if (builder->count > 0)
		memcpy(defs, builder->defs, builder->count * sizeof *defs);
	qsort(defs, builder->count, sizeof *defs, by_id);
	for (size_t i = 0; i < builder->count; i++) {
		match += defs[i].match_count;
		unless += defs[i].unless_count;
	}
	set->rules = arena_array(set->arena, builder->count + 1, sizeof *set->rules);
	set->parts = arena_array(set->arena, builder->count + 1, sizeof *set->parts);
	set->patterns = arena_array(set->arena, match + unless + 1, sizeof *set->patterns);
	set->unless = set->patterns ? set->patterns + match : NULL;
	set->late = late_new();
	set->general = pcre2_general_context_create(NULL, NULL, NULL);
	if (arena_failed(set->arena) || !set->general || !set->late)
		return ERR_NOMEM;
	set->compile = pcre2_compile_context_create(set->general);
	if (!set->compile)
		return ERR_NOMEM;
	(void)pcre2_set_newline(set->compile, PCRE2_NEWLINE_LF); /* fixed, whatever the library was built with */
	(void)pcre2_set_bsr(set->compile, PCRE2_BSR_UNICODE);
	*defs_r = defs;
	return ERR_OK;
}

static enum err set_build(struct compile *c, struct rule_def *defs, size_t count)
{
	enum err rc = ERR_OK;

	for (size_t i = 0; i < count && !rc; i++) {
		rc = compile_rule(c, &defs[i], i);
		c->set->count = i + 1;
	}
	if (rc)
		return rc;
	return take_digest(c->set, c->e_r);
}

enum err rules_compile(struct rules_builder *builder, struct ruleset **set_r, struct error *e_r)
{
	struct compile c = {.e_r = e_r};
	struct rule_def *defs;
	enum err rc = ERR_NOMEM;

	if (!builder->arena) /* nothing was added since the last compile */
		builder->arena = arena_new(RULES_ARENA_MAX);
	c.set = calloc(1, sizeof *c.set);
	if (!builder->arena || !c.set) {
		rc = no_memory(e_r);
		goto out;
	}
	c.set->arena = builder->arena;
	c.set->fitted = builder->fitted;
	rc = set_open(c.set, builder, &defs);
	rc = rc ? no_memory(e_r) : set_build(&c, defs, builder->count);
	if (rc) {
		c.set->arena = NULL; /* stays the builder's */
		goto out;
	}
	*set_r = c.set;
	c.set = NULL;
	builder->arena = NULL;
	builder->count = 0;
	builder->fitted = 0;
	memset(builder->bucket, 0, sizeof builder->bucket);
out:
	ruleset_free(&c.set);
	return rc;
}

static void pattern_free(struct pattern *pattern)
{
	pcre2_code_free(pattern->code);
	pcre2_code_free(pattern->fast);
	program_free(&pattern->program);
}

void ruleset_free(struct ruleset **set)
{
	struct ruleset *s;

	if (!set || !*set)
		return;
	s = *set;
	for (size_t i = 0; i < s->pattern_count; i++)
		pattern_free(&s->patterns[i]);
	for (size_t i = 0; i < s->unless_count; i++)
		pattern_free(&s->unless[i]);
	late_free(&s->late);
	pcre2_compile_context_free(s->compile);
	pcre2_general_context_free(s->general);
	arena_free(&s->arena);
	free(s);
	*set = NULL;
}

/* ---- looking at a set ------------------------------------------------------------------------------------------- */

size_t ruleset_count(const struct ruleset *set)
{
	return set->count;
}

const struct rule *ruleset_at(const struct ruleset *set, size_t index)
{
	return index < set->count ? &set->rules[index] : NULL;
}

static int id_against_rule(const void *id, const void *rule)
{
	return strcmp(id, ((const struct rule *)rule)->id);
}

const struct rule *ruleset_find(const struct ruleset *set, const char *id)
{
	return bsearch(id, set->rules, set->count, sizeof *set->rules, id_against_rule);
}

const char *ruleset_digest(const struct ruleset *set)
{
	return set->digest;
}

bool ruleset_has_lang(const struct ruleset *set, const char *lang)
{
	return ruleset_lang(set, lang) > 0;
}
