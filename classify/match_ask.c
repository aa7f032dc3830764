/*
 * match_ask.c - asks pcre2 about one pattern, and notes what it says.
 *
 * All matching by pcre2 is done here, with or without the prefilter's help, so that each call ends in one of three
 * answers and none is lost: a limit that was reached must never read as "no match".
 *
 * Limits. pcre2 counts its match limit for each starting place. When a call ends with a limit, the rule is named in
 * matches.undecided and its earlier hits stay. Plain matching may reach a limit at a starting place that the anchored
 * lane never tries; then only the plain run is undecided, and rightly so: the prefilter knows that no match begins
 * there. The opposite cannot turn a hit into silence either, as each run that reaches a limit says so.
 */
#include "classify/match_impl.h"

#define ASKED_OFTEN 250

static const char *limit_name(int rc)
{
	switch (rc) {
	case PCRE2_ERROR_MATCHLIMIT:
		return "match limit";
	case PCRE2_ERROR_DEPTHLIMIT:
		return "depth limit";
	case PCRE2_ERROR_HEAPLIMIT:
		return "memory limit for matching";
	case PCRE2_ERROR_JIT_STACKLIMIT:
		return "stack limit for matching";
	default:
		return "matching failed";
	}
}

void match_undecided(struct matcher *m, uint32_t rule, const char *why)
{
	if (m->undecided <= rule)
		return;
	m->undecided = rule;
	m->undecided_why = why;
}

/* pcre2's own answer. The text is valid UTF-8 and `at` a character's first byte, so it need not look again. */
static int run(struct matcher *m, const pcre2_code *code, bool jit, const char *text, size_t len, size_t at)
{
	if (jit)
		return pcre2_jit_match(code, (PCRE2_SPTR)text, len, at, 0, m->data, m->context);
	return pcre2_match(code, (PCRE2_SPTR)text, len, at, PCRE2_NO_UTF_CHECK, m->data, m->context);
}

/* What it means: 1 matched (m->data has the offsets), 0 not, -1 could not tell (noted). */
static int answer(struct matcher *m, int rc, uint32_t rule, size_t at)
{
	if (rc == PCRE2_ERROR_NOMATCH)
		return 0;
	if (rc == PCRE2_ERROR_NOMEMORY)
		m->no_memory = true;
	if (rc < 0) {
		match_undecided(m, rule, limit_name(rc));
		return -1;
	}
	if (pcre2_get_ovector_pointer(m->data)[1] <= at) { /* no such pattern passes the compiler */
		match_undecided(m, rule, "matched nothing at all");
		return -1;
	}
	return 1;
}

/* The pattern's code, made if need be. false: it cannot be (noted). */
static bool make_ready(struct matcher *m, struct pattern *pattern)
{
	enum err rc = pattern_state(pattern) == CODE_NONE ? pattern_check(m->set, pattern, NULL) : ERR_OK;

	if (rc == ERR_NOMEM)
		m->no_memory = true;
	if (rc)
		match_undecided(m, pattern->rule, "its pattern is refused");
	return !rc;
}

/*
 * Most patterns are asked about a few times in a life: pcre2's interpreter answers. Those asked often are given machine
 * code, which costs some hundred answers. A limit is reached by machine code last, so it has the last word.
 */
int match_ask(struct matcher *m, struct pattern *pattern, const char *text, size_t len, size_t at)
{
	unsigned char *asked = &m->asked[pattern - m->set->patterns];

	if (!make_ready(m, pattern))
		return -1;
	if (pattern_state(pattern) == CODE_PLAIN && *asked < ASKED_OFTEN) {
		int rc = run(m, pattern->code, false, text, len, at);

		++*asked;
		if (rc >= PCRE2_ERROR_NOMATCH)
			return answer(m, rc, pattern->rule, at);
	}
	if (pattern_state(pattern) == CODE_PLAIN)
		pattern_hasten(m->set, pattern);
	return answer(m, run(m, pattern->fast ? pattern->fast : pattern->code, pattern->fast != NULL, text, len, at),
		      pattern->rule, at);
}

/* The pattern's code that searches: its own, or for an anchored one a twin compiled on first use. -1: could not. */
int match_ask_plain(struct matcher *m, struct pattern *pattern, const char *text, size_t len, size_t at)
{
	struct plain_code *twin = &m->plain[pattern - m->set->patterns];

	if (pattern->lane != LANE_ANCHORED)
		return match_ask(m, pattern, text, len, at);
	if (!twin->code) {
		if (pattern_compile(m->set, pattern->source->text, pattern->source->len, 0, &twin->code, NULL)) {
			m->no_memory = true; /* pcre2 accepted it once */
			return -1;
		}
		twin->jit = pattern_jit(twin->code);
	}
	return answer(m, run(m, twin->code, twin->jit, text, len, at), pattern->rule, at);
}

void match_note_span(struct matcher *m, uint32_t rule, bool not_negated, const char *text, size_t start, size_t end)
{
	if (m->sink)
		m->sink->at[m->sink->count++] = (struct span){start, end};
	else if (!not_negated || !is_negated(text, start, m->set->parts[rule].negations))
		found_hit(&m->found, rule, start, end);
}

/* The facts of a match that comes to nothing are noted as well; found.c drops what has no hit. */
size_t match_note(struct matcher *m, const struct pattern *pattern, const char *text, bool inside)
{
	const PCRE2_SIZE *ovector = pcre2_get_ovector_pointer(m->data);
	size_t start = inside ? ovector[0] : 0, end = inside ? ovector[1] : 0;

	match_note_span(m, pattern->rule, pattern->not_negated, text, start, end);
	for (size_t i = 0; i < pattern->capture_count; i++) {
		PCRE2_SIZE from = ovector[2 * pattern->captures[i].group];
		PCRE2_SIZE to = ovector[2 * pattern->captures[i].group + 1];

		if (from == PCRE2_UNSET || to <= from)
			continue;
		found_fact(&m->found, &(struct found_fact){.rule = pattern->rule,
							   .hit_start = start,
							   .hit_end = end,
							   .name = pattern->captures[i].name,
							   .value = text + from,
							   .len = to - from,
							   .start = inside ? from : 0,
							   .end = inside ? to : 0});
	}
	return ovector[1];
}

void match_search(struct matcher *m, struct pattern *pattern, const struct subject *s)
{
	size_t at = 0;

	for (int n = 0; n < m->wanted && at < s->len; n++) {
		int rc = m->plain_run ? match_ask_plain(m, pattern, s->text, s->len, at)
				      : match_ask(m, pattern, s->text, s->len, at);

		if (rc != 1)
			return;
		at = match_note(m, pattern, s->text, true);
	}
}
