/*
 * match.c - runs a rule set over one text.
 *
 * pcre2 is the arbiter: what matcher_run() reports is what pcre2 says, and matcher_run_plain() asks it for every
 * pattern without any help, for tests to compare. matcher_run() only spares calls (match_places.c says how). A
 * pattern's next match is looked for behind its last one; `unless` patterns are asked only about rules that hit.
 * match_ask.c says what becomes of a rule when pcre2 reaches a limit.
 */
#include <stdlib.h>
#include <string.h>

#include "classify/match_impl.h"

#define JIT_STACK_START (32u << 10)
#define JIT_STACK_MAX (1u << 20)
#define HEAP_LIMIT_KIB 4096 /* pcre2's interpreter */

static bool is_composed(const struct ruleset *set, uint32_t rule)
{
	return set->parts[rule].def->compose != COMPOSE_ANY;
}

/* How many places set->patterns has up to the end of the last `unless`. */
static size_t pattern_places(const struct ruleset *set)
{
	return (size_t)(set->unless - set->patterns) + set->unless_count;
}

struct matcher *matcher_new(const struct ruleset *set)
{
	struct matcher *m = calloc(1, sizeof *m);
	uint32_t has_jit = 0;

	if (!m)
		return NULL;
	m->set = set;
	m->wanted = RULES_HITS_PER_RULE;
	(void)pcre2_config(PCRE2_CONFIG_JIT, &has_jit); /* cannot fail for this item */
	m->data = pcre2_match_data_create(set->most_captures + 1, set->general);
	m->context = pcre2_match_context_create(set->general);
	m->stack = has_jit ? pcre2_jit_stack_create(JIT_STACK_START, JIT_STACK_MAX, set->general) : NULL;
	m->plain = calloc(pattern_places(set) + 1, sizeof *m->plain);
	m->machines = calloc(pattern_places(set) + 1, sizeof(*m->machines));
	m->pool = machine_pool_new(late_matchers(set->late));
	atomic_fetch_add(late_matchers(set->late), 1);
	m->machined = calloc(pattern_places(set) + 1, sizeof *m->machined);
	m->asked = calloc(pattern_places(set) + 1, sizeof *m->asked);
	m->doubt = calloc(set->count + 1, sizeof *m->doubt);
	m->open = calloc(set->count + 1, sizeof *m->open);
	m->ready = calloc(set->count + 1, sizeof *m->ready);
	if (!m->data || !m->context || !m->plain || (has_jit && !m->stack) || !m->open || !m->doubt ||
	    !m->pool || !m->machines || !m->machined || !m->asked || !m->ready ||
	    !found_init(&m->found, set->count) || !prefilter_scan_init(&m->scan, pattern_places(set))) {
		matcher_free(&m);
		return NULL;
	}
	for (size_t i = 0; i < set->count; i++)
		m->doubt[i] = set->parts[i].unless_count > 0 ? (unsigned char)(1 + set->rules[i].field) : 0;
	if (m->stack)
		pcre2_jit_stack_assign(m->context, NULL, m->stack);
	(void)pcre2_set_match_limit(m->context, RULES_MATCH_LIMIT);
	(void)pcre2_set_depth_limit(m->context, RULES_MATCH_LIMIT);
	(void)pcre2_set_heap_limit(m->context, HEAP_LIMIT_KIB);
	return m;
}

void matcher_free(struct matcher **matcher)
{
	struct matcher *m;

	if (!matcher || !*matcher)
		return;
	m = *matcher;
	atomic_fetch_sub(late_matchers(m->set->late), 1);
	for (size_t i = 0; m->plain && i < pattern_places(m->set); i++)
		pcre2_code_free(m->plain[i].code);
	free(m->plain);
	for (size_t i = 0; m->machines && i < pattern_places(m->set); i++)
		machine_free(&m->machines[i]);
	machine_pool_free(&m->pool);
	free(m->machines);
	free(m->machined);
	free(m->asked);
	for (size_t i = 0; i <= LANGS_MAX; i++) {
		free(m->known[i].memos);
		free(m->known[i].seats);
	}
	free(m->doubt);
	free(m->open);
	free(m->ready);
	reading_done(&m->reading);
	normal_done(&m->normal);
	prefilter_scan_done(&m->scan);
	found_done(&m->found);
	pcre2_match_data_free(m->data);
	pcre2_match_context_free(m->context);
	pcre2_jit_stack_free(m->stack);
	free(m);
	*matcher = NULL;
}

/* ---- other fields ----------------------------------------------------------------------------------------------- */

/* The n-th text of a field, NULL when there are no more. It lives as long as the post. */
static const char *field_text(const struct post *post, enum rule_field field, int n)
{
	static const char *const stars[] = {"1", "2", "3", "4", "5"};

	if (!post)
		return NULL;
	if (field == FIELD_AUTHOR && n < 2) {
		const char *text = n == 0 ? post->author.handle : post->author.name;

		return text ? text : "";
	}
	if (field == FIELD_PLATFORM && n == 0)
		return post->platform;
	if (field == FIELD_RATING && n == 0 && post->rating >= 1 && post->rating <= 5)
		return stars[post->rating - 1];
	return NULL;
}

/* Is one of the patterns found in any text of the field? note_it: then note it as a hit. 1, 0, -1. */
static int field_search(struct matcher *m, struct pattern *patterns, size_t count, enum rule_field field,
			const struct post *post, bool note_it)
{
	const char *text;
	int result = 0;

	for (int n = 0; (text = field_text(post, field, n)); n++)
		for (size_t i = 0; i < count; i++) {
			int found = match_ask(m, &patterns[i], text, strlen(text), 0);

			if (found == 1 && note_it)
				(void)match_note(m, &patterns[i], text, false); /* where it ends is of no use here */
			if (found == 1)
				return 1;
			if (found < 0)
				result = -1;
		}
	return result;
}

/* ---- one run ---------------------------------------------------------------------------------------------------- */

/* Does a match of the first pattern count, given those of the others? */
static bool span_stands(const struct rule_def *def, const struct subject *s, struct span first,
			const struct spans *spans, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		bool found = false;

		for (size_t k = 0; k < spans[i].count && !found; k++)
			found = (def->compose != COMPOSE_NEAR ||
				 spans_near(s->text, first, spans[i].at[k], def->near_words)) &&
				(!def->same_sentence || spans_in_sentence(s->text, s->len, first, spans[i].at[k]));
		if (!found)
			return false;
	}
	return true;
}

void match_composed(struct matcher *m, uint32_t rule, const struct subject *s, try_function *try)
{
	const struct rule_parts *parts = &m->set->parts[rule];
	struct spans spans[COMPOSED_MAX];

	spans[0].count = 0; /* a composed rule has patterns, but a checker cannot know */
	for (size_t i = 0; i < parts->match_count; i++) {
		spans[i].count = 0;
		m->sink = &spans[i];
		try(m, rule, i, s);
		m->sink = NULL;
		if (spans[i].count == 0)
			return;
	}
	for (size_t i = 0; i < spans[0].count; i++) {
		struct span at = spans[0].at[i];

		if (span_stands(parts->def, s, at, spans, parts->match_count) &&
		    !(parts->negations && is_negated(s->text, at.start, parts->negations)))
			found_hit(&m->found, rule, at.start, at.end);
	}
}

static bool lang_fits(const struct ruleset *set, uint32_t rule, uint16_t lang_id)
{
	return set->parts[rule].lang == 0 || set->parts[rule].lang == lang_id;
}

struct keep {
	struct matcher *m;
	const struct subject *s;
};

static bool unless_plain(struct matcher *m, uint32_t rule, const struct subject *s)
{
	const struct rule_parts *parts = &m->set->parts[rule];

	for (size_t i = 0; i < parts->unless_count; i++)
		if (match_ask_plain(m, &m->set->unless[parts->first_unless + i], s->text, s->len, 0) == 1)
			return true;
	return false;
}

/* Does the rule stand, or is one of its `unless` patterns found? When that cannot be told, it stands (undecided). */
static bool rule_stands(void *ctx, uint32_t rule)
{
	const struct keep *keep = ctx;
	struct matcher *m = keep->m;
	const struct rule_parts *parts;
	unsigned doubt = m->doubt[rule];

	if (doubt == 0)
		return true;
	if (doubt == 1 + FIELD_TEXT)
		return !(m->plain_run ? unless_plain : match_unless)(m, rule, keep->s);
	parts = &m->set->parts[rule];
	return field_search(m, &m->set->unless[parts->first_unless], parts->unless_count, (enum rule_field)(doubt - 1),
			    keep->s->post, false) != 1;
}

static enum err finish(struct matcher *m, struct arena *arena, const struct subject *s, struct matches *matches_r,
		       struct error *e_r)
{
	struct keep keep = {m, s};
	struct matches matches = {0};

	found_settle(&m->found, rule_stands, &keep);
	if (s->text != s->original)
		found_place(&m->found, &m->reading, s->original);
	if (m->found.no_memory || m->no_memory || !found_take(&m->found, m->set, arena, &matches))
		return error_set(e_r, ERR_NOMEM, "no memory for the hits of a text");
	if (m->undecided != UINT32_MAX) {
		matches.undecided = &m->set->rules[m->undecided];
		matches.undecided_why = m->undecided_why;
	}
	*matches_r = matches;
	return ERR_OK;
}

static bool know_slice(const struct ruleset *set, const struct slice *slice, struct known *known_r)
{
	struct known known = {calloc(prefilter_uses(slice->prefilter) + 1, sizeof *known.memos),
			      calloc(slice->pattern_count + 1, sizeof *known.seats)};

	if (!known.memos || !known.seats) {
		free(known.memos);
		free(known.seats);
		return false;
	}
	for (uint32_t i = 0; i < slice->pattern_count; i++) {
		const struct pattern *pattern = &set->patterns[slice->numbers[i]];

		known.seats[i] = (struct seat){.index = slice->numbers[i], .rule = (uint16_t)pattern->rule,
					       .gates = (unsigned char)set->parts[pattern->rule].gates,
					       .lane = pattern->lane & 3u, .names = pattern->names,
					       .requires = prefilter_requires(slice->prefilter, i),
					       .composed = pattern->composed, .unless = pattern->unless,
					       .not_negated = pattern->not_negated};
	}
	*known_r = known;
	return true;
}

static enum err begin(struct matcher *m, const char *text, size_t len, const char *lang, const struct post *post,
		      struct subject *subject_r, struct error *e_r)
{
	found_reset(&m->found);
	m->undecided = UINT32_MAX;
	m->undecided_why = NULL;
	m->no_memory = false;
	text = len ? text : "";
	if (!reading_make(&m->reading, text, len))
		return error_set(e_r, ERR_NOMEM, "no memory to read a text of %zu bytes", len);
	*subject_r = (struct subject){text, m->reading.text, m->reading.len, lang, ruleset_lang(m->set, lang), post};
	m->slice = slice_of(m->set, subject_r->lang_id);
	m->here = &m->known[subject_r->lang_id];
	if (!m->slice || (!m->here->memos && !know_slice(m->set, m->slice, &m->known[subject_r->lang_id])))
		return error_set(e_r, ERR_NOMEM, "no memory for the rules of a language");
	return ERR_OK;
}

static void try_plain(struct matcher *m, uint32_t rule, size_t n, const struct subject *s)
{
	match_search(m, &m->set->patterns[m->set->parts[rule].first + n], s);
}

enum err matcher_run_plain(struct matcher *m, struct arena *arena, const char *text, size_t len, const char *lang,
			   const struct post *post, struct matches *matches_r, struct error *e_r)
{
	struct subject s;
	enum err rc = begin(m, text, len, lang, post, &s, e_r);

	if (rc)
		return rc;
	m->plain_run = true;
	for (size_t rule = 0; rule < m->set->count; rule++) {
		const struct rule_parts *parts = &m->set->parts[rule];
		struct pattern *patterns = &m->set->patterns[parts->first];

		if (!lang_fits(m->set, (uint32_t)rule, s.lang_id))
			continue;
		if (m->set->rules[rule].field != FIELD_TEXT)
			(void)field_search(m, patterns, parts->match_count, m->set->rules[rule].field, post, true);
		else if (is_composed(m->set, (uint32_t)rule) && parts->match_count > 0)
			match_composed(m, (uint32_t)rule, &s, try_plain);
		else
			for (size_t i = 0; i < parts->match_count; i++)
				try_plain(m, (uint32_t)rule, i, &s);
	}
	rc = finish(m, arena, &s, matches_r, e_r);
	m->plain_run = false;
	return rc;
}

enum err matcher_run(struct matcher *m, struct arena *arena, const char *text, size_t len, const char *lang,
		     const struct post *post, struct matches *matches_r, struct error *e_r)
{
	struct subject s;
	enum err rc = begin(m, text, len, lang, post, &s, e_r);

	if (rc)
		return rc;
	if (s.len > NORMAL_TEXT_MAX) /* far above any post: right before fast */
		return matcher_run_plain(m, arena, text, len, lang, post, matches_r, e_r);
	if (!match_prefiltered(m, &s))
		return error_set(e_r, ERR_NOMEM, "no memory to match a text of %zu bytes", len);
	for (size_t i = 0; i < m->slice->field_count; i++) {
		uint32_t rule = m->slice->fields[i];
		const struct rule_parts *parts = &m->set->parts[rule];

		(void)field_search(m, &m->set->patterns[parts->first], parts->match_count, m->set->rules[rule].field,
				   post, true); /* hits and doubts are noted in m */
	}
	return finish(m, arena, &s, matches_r, e_r);
}
