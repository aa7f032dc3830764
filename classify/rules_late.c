/*
 * rules_late.c - what a rule set makes when the first text needs it: a language's slice (prefilter, lanes), the pcre2
 * code of a pattern, and the program of its machines.
 *
 * A program that judges ten English posts need not compile the rules of six languages. Every pattern that reads the
 * text is given to the literal reader (literals.c): what it learns decides the lane, and the lane decides whether the
 * pattern is compiled PCRE2_ANCHORED (tried only where the prefilter points) or searching. Machine code is dearer than
 * all the rest, in time and in memory, and made when pcre2 has been asked about the pattern often enough (match_ask.c).
 *
 * Threads share a set. Whatever is made here is made under one lock and published by an atomic store; afterwards it is
 * only read, without the lock.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "classify/literals.h"
#include "classify/machine.h"
#include "classify/normal_pattern.h"
#include "classify/prefilter.h"
#include "classify/rules_impl.h"

/* Which fact a named capture may be (README, "Rules"). */
static const char *const fact_names[] = {"thing", "place", "amount", "date", "duration", "reference", "often", "name"};

struct late {
	pthread_mutex_t lock;
	_Atomic(struct slice *) slices[LANGS_MAX + 1]; /* by language, 0: texts of any other */
	size_t program_bytes;
	atomic_uint matchers;
};

atomic_uint *late_matchers(struct late *late)
{
	return &late->matchers;
}

struct late *late_new(void)
{
	struct late *late = calloc(1, sizeof *late);

	if (late)
		(void)pthread_mutex_init(&late->lock, NULL); /* cannot fail with default attributes */
	return late;
}

static void slice_free(struct slice *slice)
{
	if (!slice)
		return;
	prefilter_free(&slice->prefilter);
	free(slice->numbers);
	free(slice->first);
	free(slice->always);
	free(slice->gateless);
	free(slice->fields);
	free(slice);
}

void late_free(struct late **late)
{
	if (!*late)
		return;
	for (size_t i = 0; i <= LANGS_MAX; i++)
		slice_free((*late)->slices[i]);
	(void)pthread_mutex_destroy(&(*late)->lock);
	free(*late);
	*late = NULL;
}

/* ---- codes ------------------------------------------------------------------------------------------------------ */

static enum err no_memory(struct error *e_r)
{
	return error_set(e_r, ERR_NOMEM, "no memory to compile the rules");
}

static enum err complain(const struct ruleset *set, const struct pattern *pattern, const char *what, struct error *e_r)
{
	return error_set(e_r, ERR_INVALID, "%s:%d: rule %s: %s", pattern->source->file, pattern->source->line,
			 set->rules[pattern->rule].id, what);
}

static const char *fact_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(fact_names); i++)
		if (strcmp(name, fact_names[i]) == 0)
			return fact_names[i];
	return NULL;
}

static enum err read_captures(const struct ruleset *set, struct pattern *pattern, struct error *e_r)
{
	uint32_t count = 0, size = 0;
	struct capture *captures;
	PCRE2_SPTR table = NULL;

	(void)pcre2_pattern_info(pattern->code, PCRE2_INFO_NAMECOUNT, &count); /* cannot fail for these items */
	(void)pcre2_pattern_info(pattern->code, PCRE2_INFO_NAMEENTRYSIZE, &size);
	(void)pcre2_pattern_info(pattern->code, PCRE2_INFO_NAMETABLE, &table);
	if (count == 0 || pattern->unless)
		return ERR_OK;
	captures = arena_array(set->arena, count, sizeof *captures);
	if (!captures)
		return no_memory(e_r);
	for (uint32_t i = 0; i < count; i++) { /* an entry: two bytes of group number, then the name */
		const unsigned char *entry = table + (size_t)i * size;

		captures[i].group = (uint32_t)entry[0] << 8 | entry[1];
		captures[i].name = fact_name((const char *)entry + 2);
		if (!captures[i].name)
			return complain(set, pattern, "a named capture must be one of thing, place, amount, date, "
					"duration, reference, often, name", e_r);
	}
	pattern->captures = captures;
	pattern->capture_count = count;
	return ERR_OK;
}

/* Compiles source into pattern->code; sentences get file, line and rule. */
static enum err compile_code(const struct ruleset *set, struct pattern *pattern, struct error *e_r)
{
	uint32_t empty = 0;
	struct error why;
	enum err rc;

	if (pattern->code) /* a check that ran out of memory behind this */
		return ERR_OK;
	rc = pattern_compile(set, pattern->source->text, pattern->source->len,
			     pattern->lane == LANE_ANCHORED ? PCRE2_ANCHORED : 0, &pattern->code, &why);
	if (rc == ERR_INVALID)
		return complain(set, pattern, why.text, e_r);
	if (rc)
		return no_memory(e_r);
	(void)pcre2_pattern_info(pattern->code, PCRE2_INFO_MATCHEMPTY, &empty);
	if (empty)
		return complain(set, pattern, "this pattern can match nothing at all: let it need a character", e_r);
	return ERR_OK;
}

static enum err check_locked(const struct ruleset *set, struct pattern *pattern, struct error *e_r)
{
	const struct rule_parts *parts = &set->parts[pattern->rule];
	enum err rc;

	if (pattern->state != CODE_NONE)
		return ERR_OK;
	rc = compile_code(set, pattern, e_r);
	if (!rc)
		rc = read_captures(set, pattern, e_r);
	if (!rc && pattern->capture_count > 0 && pattern->composed && pattern != &set->patterns[parts->first])
		return complain(set, pattern, "named captures belong into the first pattern of all or near", e_r);
	if (!rc)
		atomic_store_explicit(&pattern->state, CODE_PLAIN, memory_order_release);
	return rc;
}

enum err pattern_check(const struct ruleset *set, struct pattern *pattern, struct error *e_r)
{
	enum err rc;

	(void)pthread_mutex_lock(&set->late->lock);
	rc = check_locked(set, pattern, e_r);
	(void)pthread_mutex_unlock(&set->late->lock);
	return rc;
}

/* A copy: another thread may be running the code. */
void pattern_hasten(const struct ruleset *set, struct pattern *pattern)
{
	(void)pthread_mutex_lock(&set->late->lock);
	if (pattern->state == CODE_PLAIN) {
		pattern->fast = pcre2_code_copy(pattern->code);
		if (pattern->fast != NULL && !pattern_jit(pattern->fast)) {
			pcre2_code_free(pattern->fast);
			pattern->fast = NULL;
		}
		atomic_store_explicit(&pattern->state, CODE_FAST, memory_order_release);
	}
	(void)pthread_mutex_unlock(&set->late->lock);
}

/* All programs of a set together: beyond that patterns are left to pcre2. */
#define PROGRAMS_MAX ((size_t)24 << 20)

const struct program *pattern_program(const struct ruleset *set, struct pattern *pattern)
{
	struct late *late = set->late;

	(void)pthread_mutex_lock(&late->lock);
	if (!pattern->programmed && late->program_bytes < PROGRAMS_MAX) {
		pattern->program = program_new(pattern->source);
		late->program_bytes += pattern->program ? program_bytes(pattern->program) : 0;
	}
	pattern->programmed = true;
	(void)pthread_mutex_unlock(&late->lock);
	return pattern->program;
}

/* ---- lanes ------------------------------------------------------------------------------------------------------ */

/*
 * The lane of a rule is its slowest pattern's. Where all patterns must be found it is the fastest one's: the rule is
 * asked only about texts in which the prefilter has seen every one that it can see.
 */
static void note_lane(const struct ruleset *set, size_t rule, bool first, enum rule_lane lane)
{
	bool composed = set->parts[rule].def->compose != COMPOSE_ANY;

	if (first || (composed ? lane < set->rules[rule].lane : lane > set->rules[rule].lane))
		set->rules[rule].lane = lane;
	set->parts[rule].gates += lane != LANE_SLOW;
}

/* A pattern on the text is given the spelling of the reading text. Done twice it does nothing more. */
static bool respell(const struct ruleset *set, struct pattern *pattern)
{
	const struct pattern_source *written = pattern->source;
	bool ok = true;
	struct buf out;

	buf_init(&out, 16 * RULE_PATTERN_MAX);
	if (pattern_for_reading(&out, written->text, written->len)) {
		struct pattern_source *source = out.failed ? NULL : arena_alloc(set->arena, sizeof *source);
		const char *text = source ? arena_strndup(set->arena, buf_text(&out), out.len) : NULL;

		ok = text != NULL;
		if (ok) {
			*source = (struct pattern_source){text, out.len, written->file, written->line};
			pattern->source = source;
		}
	}
	buf_done(&out);
	return ok;
}

/* Reads the pattern's literals into scratch, and with them its lane, if that was not known. */
static bool read_literals(const struct ruleset *set, struct arena *scratch, struct pattern *pattern,
			  struct pattern_literals *literals_r)
{
	arena_reset(scratch);
	if (!pattern->lane_known && !respell(set, pattern))
		return false;
	if (!pattern_literals_lead(scratch, pattern->source->text, pattern->source->len, literals_r))
		return false;
	if (pattern->lane_known)
		return true;
	/* An `unless` is asked about so rarely that only the table of words is worth its while. */
	pattern->lane = pattern->unless && literals_r->gate_count == 0 ? LANE_SLOW : literals_r->lane;
	pattern->lane_known = true;
	if (!pattern->unless)
		note_lane(set, pattern->rule, pattern == &set->patterns[set->parts[pattern->rule].first],
			  pattern->lane);
	return true;
}

/* Calls each with the patterns of a rule in order, those of `unless` behind the others. */
static bool each_pattern(const struct ruleset *set, size_t rule, bool (*each)(void *ctx, struct pattern *pattern),
			 void *ctx)
{
	const struct rule_parts *parts = &set->parts[rule];
	bool ok = true;

	for (size_t i = 0; i < parts->match_count && ok; i++)
		ok = each(ctx, &set->patterns[parts->first + i]);
	for (size_t i = 0; i < parts->unless_count && ok; i++)
		ok = each(ctx, &set->unless[parts->first_unless + i]);
	return ok;
}

struct lanes {
	const struct ruleset *set;
	struct arena *scratch;
};

static bool lane_of(void *ctx, struct pattern *pattern)
{
	struct lanes *lanes = ctx;
	struct pattern_literals literals;

	return pattern->lane_known || read_literals(lanes->set, lanes->scratch, pattern, &literals);
}

bool rule_lanes(const struct ruleset *set, size_t rule)
{
	struct lanes lanes = {set, arena_new(LITERALS_ARENA_MAX)};
	bool ok;

	if (!lanes.scratch)
		return false;
	(void)pthread_mutex_lock(&set->late->lock);
	ok = each_pattern(set, rule, lane_of, &lanes);
	(void)pthread_mutex_unlock(&set->late->lock);
	arena_free(&lanes.scratch);
	return ok;
}

/* ---- slices ----------------------------------------------------------------------------------------------------- */

struct slicing {
	const struct ruleset *set;
	struct slice *slice;
	struct prefilter_builder *builder;
	struct arena *scratch;
};

static bool add_pattern(void *ctx, struct pattern *pattern)
{
	struct slicing *s = ctx;
	struct slice *slice = s->slice;
	uint32_t number = (uint32_t)slice->pattern_count++;
	struct pattern_literals literals;
	/* Of a composed rule it counts first that all may be there, of `unless` nothing before the rule has a hit. */
	enum place_call call = pattern->unless ? NONE_TOLD : pattern->composed ? PLACES_ON_ASK : PLACES_TOLD;

	slice->numbers[number] = (uint32_t)(pattern - s->set->patterns);
	if (s->set->rules[pattern->rule].field != FIELD_TEXT)
		return true;
	if (!read_literals(s->set, s->scratch, pattern, &literals))
		return false;
	if (pattern->lane == LANE_SLOW && !pattern->composed && !pattern->unless)
		slice->always[slice->always_count++] = number;
	return pattern->lane == LANE_SLOW || prefilter_builder_add(s->builder, number, &literals, call);
}

static bool add_rules(struct slicing *s, uint16_t lang)
{
	const struct ruleset *set = s->set;
	struct slice *slice = s->slice;

	for (size_t i = 0; i < set->count; i++) {
		const struct rule_parts *parts = &set->parts[i];

		if (set->rules[i].disabled || (parts->lang != 0 && parts->lang != lang))
			continue;
		slice->first[i] = (uint32_t)slice->pattern_count;
		if (!each_pattern(set, i, add_pattern, s))
			return false;
		if (set->rules[i].field != FIELD_TEXT)
			slice->fields[slice->field_count++] = (uint32_t)i;
		else if (parts->def->compose != COMPOSE_ANY && parts->gates == 0)
			slice->gateless[slice->gateless_count++] = (uint32_t)i;
	}
	return true;
}

static struct slice *slice_new(const struct ruleset *set, uint16_t lang)
{
	const size_t patterns = set->pattern_count + set->unless_count + 1;
	struct slicing s = {.set = set, .slice = calloc(1, sizeof *s.slice), .builder = prefilter_builder_new(),
			    .scratch = arena_new(LITERALS_ARENA_MAX)};
	struct slice *slice = s.slice;
	bool ok = slice && s.builder && s.scratch;

	if (ok) {
		slice->numbers = calloc(patterns, sizeof *slice->numbers);
		slice->first = calloc(set->count + 1, sizeof *slice->first);
		slice->always = calloc(patterns, sizeof *slice->always);
		slice->gateless = calloc(set->count + 1, sizeof *slice->gateless);
		slice->fields = calloc(set->count + 1, sizeof *slice->fields);
		ok = slice->numbers && slice->first && slice->always && slice->gateless && slice->fields &&
		     add_rules(&s, lang) && prefilter_build(s.builder, slice->pattern_count, &slice->prefilter);
	}
	prefilter_builder_free(&s.builder);
	arena_free(&s.scratch);
	if (ok)
		return slice;
	slice_free(slice);
	return NULL;
}

const struct slice *slice_of(const struct ruleset *set, uint16_t lang)
{
	_Atomic(struct slice *) *place = &set->late->slices[lang];
	struct slice *slice = atomic_load_explicit(place, memory_order_acquire);

	if (slice)
		return slice;
	(void)pthread_mutex_lock(&set->late->lock);
	slice = *place;
	if (!slice) {
		slice = slice_new(set, lang);
		atomic_store_explicit(place, slice, memory_order_release);
	}
	(void)pthread_mutex_unlock(&set->late->lock);
	return slice;
}

/* ---- all of it -------------------------------------------------------------------------------------------------- */

enum err ruleset_complete(const struct ruleset *set, struct error *e_r)
{
	for (size_t i = 0; i < set->count; i++) {
		const struct rule_parts *parts = &set->parts[i];
		enum err rc = set->rules[i].disabled || rule_lanes(set, i) ? ERR_OK : no_memory(e_r);

		for (size_t k = 0; k < parts->match_count && !rc; k++)
			rc = pattern_check(set, &set->patterns[parts->first + k], e_r);
		for (size_t k = 0; k < parts->unless_count && !rc; k++)
			rc = pattern_check(set, &set->unless[parts->first_unless + k], e_r);
		if (rc)
			return rc;
	}
	return ERR_OK;
}
