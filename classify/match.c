/*
 * match.c - runs a rule set over one text.
 *
 * pcre2 is the arbiter: what matcher_run() reports is what pcre2 says, and matcher_run_plain() asks it for every
 * pattern without any help, for tests to compare. matcher_run() only spares calls:
 *   anchored lane  pcre2 is asked at the places the prefilter names, from left to right. Every true match begins at
 *                  one of them, so the first that matches is the leftmost match.
 *   gated lane     pcre2 searches the text if the prefilter saw one of the pattern's literals.
 *   slow lane      pcre2 searches every text.
 * A pattern's next match is looked for behind its last one; `unless` patterns are asked only about rules that hit.
 *
 * Limits. pcre2 counts its match limit for each starting place. When a call ends with a limit, the rule is named in
 * matches.undecided and its earlier hits stay. Plain matching may reach a limit at a starting place that the anchored
 * lane never tries; then only the plain run is undecided, and rightly so: the prefilter knows that no match begins
 * there. The opposite cannot turn a hit into silence either, as each run that reaches a limit says so. The anchored
 * lane gives up as well after TRIES_MAX places: a post has a few, tens of kilobytes of "can you can you" have
 * thousands, each with its own long look ahead. (The prefilter may have forgotten a place that begins up to LITERAL_MAX
 * bytes before the last it remembers; the matcher has given up by then.)
 */
#include <stdlib.h>
#include <string.h>

#include "classify/compose.h"
#include "classify/found.h"
#include "classify/machine.h"
#include "classify/normal_text.h"
#include "classify/prefilter.h"
#include "classify/rules_impl.h"
#include "utf8.h"

#define JIT_STACK_START (32u << 10)
#define JIT_STACK_MAX (1u << 20)
#define HEAP_LIMIT_KIB 4096 /* pcre2's interpreter */
#define TRIES_MAX                                                                                                      \
	(PLACES_MAX - 2 * LITERAL_MAX) /* places of one pattern in one text that are tried; see prefilter.h            \
					*/

#define QUEUED_PLACES 3 /* of one pattern; few have more */

struct plain_code {
	pcre2_code *code;
	bool jit;
};

/* The matches of one pattern of a composed rule. */
struct spans {
	struct span at[RULES_HITS_PER_RULE];
	size_t count;
};

/* What is asked first about a pattern that was sighted, in a quarter of a line of the cache. */
struct seat {
	struct machine *machine; /* NULL: ask machine_of() */
	uint32_t index;		 /* in set->patterns */
	unsigned char lane;	 /* enum rule_lane */
	bool composed, unless;
	bool requires; /* prefilter_requires() */
};

/* What a matcher knows of a language. */
struct known {
	struct machine_memo *memos; /* by use of a literal of its prefilter; NULL: no text has come */
	struct seat *seats;	    /* by number of a pattern in its slice */
};

/* A pattern whose machine is to be run together with others. */
struct queued {
	uint32_t number; /* in the slice */
	uint32_t first, count; /* its jobs */
};

struct matcher {
	const struct ruleset *set;
	pcre2_match_data *data;
	pcre2_match_context *context;
	pcre2_jit_stack *stack;
	struct machine **machines; /* by pattern, made when first needed */
	bool *machined;		   /* was it tried? */
	struct known known[LANGS_MAX + 1]; /* by language */
	struct machine_pool *pool; /* what they share */
	struct plain_code *plain; /* searching twins of anchored patterns, compiled when matcher_run_plain needs them */
	struct reading reading;
	struct normal normal;
	struct prefilter_scan scan;
	const struct slice *slice; /* of this text's language */
	const struct known *here;  /* likewise */
	struct machine_job jobs[MACHINE_JOBS]; /* of patterns whose machines are to be run together */
	size_t job_count;
	struct queued queued[MACHINE_JOBS]; /* these patterns */
	size_t queued_count;
	uint32_t *open;   /* by composed rule: gates that are open in this text */
	uint32_t *opened; /* rules with an open gate */
	size_t opened_count;
	uint32_t *ready; /* composed rules whose gates are all open */
	size_t ready_count;
	int wanted;	    /* matches of one pattern, RULES_HITS_PER_RULE or one */
	struct spans *sink; /* where matches go instead of into found; NULL */
	bool plain_run;     /* pcre2 alone */
	struct found found;
	uint32_t undecided; /* index of the first rule that could not be decided; UINT32_MAX none */
	const char *undecided_why;
	bool no_memory;
};

/* What is matched now. */
struct subject {
	const char *original;
	const char *text; /* its reading: valid UTF-8 */
	size_t len;
	const char *lang;
	uint16_t lang_id;
	const struct post *post; /* may be NULL */
};

/* No pattern has more groups than opening brackets. */
static uint32_t most_captures(const struct ruleset *set)
{
	uint32_t most = 0;

	for (size_t i = 0; i < set->pattern_count + set->unless_count; i++) {
		const struct pattern_source *source =
			(i < set->pattern_count ? &set->patterns[i] : &set->unless[i - set->pattern_count])->source;
		uint32_t count = 0;

		for (size_t k = 0; k < source->len; k++)
			count += source->text[k] == '(';
		if (count > most)
			most = count;
	}
	return most;
}

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
	m->data = pcre2_match_data_create(most_captures(set) + 1, set->general);
	m->context = pcre2_match_context_create(set->general);
	m->stack = has_jit ? pcre2_jit_stack_create(JIT_STACK_START, JIT_STACK_MAX, set->general) : NULL;
	m->plain = calloc(pattern_places(set) + 1, sizeof *m->plain);
	m->machines = calloc(pattern_places(set) + 1, sizeof(*m->machines));
	m->pool = machine_pool_new();
	m->machined = calloc(pattern_places(set) + 1, sizeof *m->machined);
	m->open = calloc(set->count + 1, sizeof *m->open);
	m->opened = calloc(set->count + 1, sizeof *m->opened);
	m->ready = calloc(set->count + 1, sizeof *m->ready);
	if (!m->data || !m->context || !m->plain || (has_jit && !m->stack) || !m->open || !m->opened ||
	    !m->pool || !m->machines || !m->machined || !m->ready ||
	    !prefilter_scan_init(&m->scan, pattern_places(set))) {
		matcher_free(&m);
		return NULL;
	}
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
	for (size_t i = 0; m->plain && i < pattern_places(m->set); i++)
		pcre2_code_free(m->plain[i].code);
	free(m->plain);
	for (size_t i = 0; m->machines && i < pattern_places(m->set); i++)
		machine_free(&m->machines[i]);
	machine_pool_free(&m->pool);
	free(m->machines);
	free(m->machined);
	for (size_t i = 0; i <= LANGS_MAX; i++) {
		free(m->known[i].memos);
		free(m->known[i].seats);
	}
	free(m->open);
	free(m->opened);
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

/* ---- asking pcre2 ----------------------------------------------------------------------------------------------- */

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

static void undecided(struct matcher *m, uint32_t rule, const char *why)
{
	if (m->undecided <= rule)
		return;
	m->undecided = rule;
	m->undecided_why = why;
}

/*
 * One call of pcre2 from `at` on: 1 matched (m->data has the offsets), 0 not, -1 could not tell (noted).
 * The text is valid UTF-8 and `at` a character's first byte, so pcre2 need not look again.
 */
static int ask_code(struct matcher *m, const pcre2_code *code, bool jit, uint32_t rule, const char *text, size_t len,
		    size_t at)
{
	int rc;

	if (jit)
		rc = pcre2_jit_match(code, (PCRE2_SPTR)text, len, at, 0, m->data, m->context);
	else
		rc = pcre2_match(code, (PCRE2_SPTR)text, len, at, PCRE2_NO_UTF_CHECK, m->data, m->context);
	if (rc == PCRE2_ERROR_NOMATCH)
		return 0;
	if (rc == PCRE2_ERROR_NOMEMORY)
		m->no_memory = true;
	if (rc < 0) {
		undecided(m, rule, limit_name(rc));
		return -1;
	}
	if (pcre2_get_ovector_pointer(m->data)[1] <= at) { /* no such pattern passes the compiler */
		undecided(m, rule, "matched nothing at all");
		return -1;
	}
	return 1;
}

/* The same with the pattern's own code, which may have to be made first. */
static int ask(struct matcher *m, struct pattern *pattern, const char *text, size_t len, size_t at)
{
	if (!pattern_is_ready(pattern)) {
		enum err rc = pattern_prepare(m->set, pattern);

		if (rc == ERR_NOMEM)
			m->no_memory = true;
		if (rc) {
			undecided(m, pattern->rule, "its pattern is refused");
			return -1;
		}
	}
	return ask_code(m, pattern->code, pattern->jit, pattern->rule, text, len, at);
}

/* The pattern's code that searches: its own, or for an anchored one a twin compiled on first use. -1: could not. */
static int ask_plain(struct matcher *m, struct pattern *pattern, const char *text, size_t len, size_t at)
{
	struct plain_code *twin = &m->plain[pattern - m->set->patterns];

	if (pattern->lane != LANE_ANCHORED)
		return ask(m, pattern, text, len, at);
	if (!twin->code) {
		if (pattern_compile(m->set, pattern->source->text, pattern->source->len, 0, &twin->code, NULL)) {
			m->no_memory = true; /* pcre2 accepted it once */
			return -1;
		}
		twin->jit = pattern_jit(twin->code);
	}
	return ask_code(m, twin->code, twin->jit, pattern->rule, text, len, at);
}

static void note_span(struct matcher *m, const struct pattern *pattern, const char *text, size_t start, size_t end)
{
	if (m->sink)
		m->sink->at[m->sink->count++] = (struct span){start, end};
	else if (!pattern->not_negated || !is_negated(text, start, m->set->parts[pattern->rule].negations))
		found_hit(&m->found, pattern->rule, start, end);
}

/*
 * Notes the match in m->data. inside: offsets are of the text that the hits refer to. Returns where it ends. The
 * facts of a match that comes to nothing are noted as well; found.c drops what has no hit.
 */
static size_t note(struct matcher *m, const struct pattern *pattern, const char *text, bool inside)
{
	const PCRE2_SIZE *ovector = pcre2_get_ovector_pointer(m->data);
	size_t start = inside ? ovector[0] : 0, end = inside ? ovector[1] : 0;

	note_span(m, pattern, text, start, end);
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

/* Notes the pattern's matches from left to right, each asked for behind the last. */
static void search(struct matcher *m, struct pattern *pattern, const struct subject *s)
{
	size_t at = 0;

	for (int n = 0; n < m->wanted && at < s->len; n++) {
		int rc = m->plain_run ? ask_plain(m, pattern, s->text, s->len, at)
				      : ask(m, pattern, s->text, s->len, at);

		if (rc != 1)
			return;
		at = note(m, pattern, s->text, true);
	}
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
			int found = ask(m, &patterns[i], text, strlen(text), 0);

			if (found == 1 && note_it)
				(void)note(m, &patterns[i], text, false); /* where it ends is of no use here */
			if (found == 1)
				return 1;
			if (found < 0)
				result = -1;
		}
	return result;
}

/* ---- one run ---------------------------------------------------------------------------------------------------- */

/* The n-th pattern of a rule over the text, up to RULES_HITS_PER_RULE matches noted: alone, or by the prefilter. */
typedef void try_function(struct matcher *m, uint32_t rule, size_t n, const struct subject *s);

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

/* A rule with `all` or `near`: its patterns in order, as long as each is found. */
static void run_composed(struct matcher *m, uint32_t rule, const struct subject *s, try_function *try)
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

static bool found_plain(struct matcher *m, uint32_t rule, size_t n, const struct subject *s)
{
	struct pattern *unless = &m->set->unless[m->set->parts[rule].first_unless + n];

	return ask_plain(m, unless, s->text, s->len, 0) == 1;
}

static bool found_filtered(struct matcher *m, uint32_t rule, size_t n, const struct subject *s);

/* Does the rule stand, or is one of its `unless` patterns found? When that cannot be told, it stands (undecided). */
static bool rule_stands(void *ctx, uint32_t rule)
{
	const struct keep *keep = ctx;
	struct matcher *m = keep->m;
	const struct rule_parts *parts = &m->set->parts[rule];
	enum rule_field field = m->set->rules[rule].field;

	if (field != FIELD_TEXT)
		return field_search(m, &m->set->unless[parts->first_unless], parts->unless_count, field, keep->s->post,
				    false) != 1;
	for (size_t i = 0; i < parts->unless_count; i++)
		if ((m->plain_run ? found_plain : found_filtered)(m, rule, i, keep->s))
			return false;
	return true;
}

static enum err finish(struct matcher *m, struct arena *arena, const struct subject *s, struct matches *matches_r,
		       struct error *e_r)
{
	struct keep keep = {m, s};
	struct matches matches = {0};

	found_order(&m->found);
	found_drop(&m->found, rule_stands, &keep);
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

		known.seats[i] = (struct seat){.index = slice->numbers[i], .lane = (unsigned char)pattern->lane,
					       .composed = pattern->composed, .unless = pattern->unless,
					       .requires = prefilter_requires(slice->prefilter, i)};
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
	search(m, &m->set->patterns[m->set->parts[rule].first + n], s);
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
			run_composed(m, (uint32_t)rule, &s, try_plain);
		else
			for (size_t i = 0; i < parts->match_count; i++)
				try_plain(m, (uint32_t)rule, i, &s);
	}
	rc = finish(m, arena, &s, matches_r, e_r);
	m->plain_run = false;
	return rc;
}

/* ---- with the prefilter ----------------------------------------------------------------------------------------- */

/* The byte of the text at which the normalised index begins, and behind the last character it stands for. */
static size_t text_from(const struct matcher *m, size_t index)
{
	return m->normal.offset[index];
}

/* The pattern's machine; NULL: it has none. number: in the slice. */
static struct machine *machine_of(struct matcher *m, uint32_t number)
{
	struct seat *seat = &m->here->seats[number];

	if (seat->machine)
		return seat->machine;
	if (!m->machined[seat->index]) {
		m->machined[seat->index] = true;
		m->machines[seat->index] = machine_new(m->pool, m->set->patterns[seat->index].source);
	}
	return seat->machine = m->machines[seat->index];
}

static struct pattern *pattern_of(struct matcher *m, uint32_t number)
{
	return &m->set->patterns[m->here->seats[number].index];
}

/* Where the whole word at this place ends, when it is plain: pcre2 sees what stands in the normalised text. 0: no. */
static size_t plain_word_end(const struct normal *normal, size_t at)
{
	size_t end = at;

	if (at > 0 && normal->bytes[at - 1] >= NORMAL_OPAQUE)
		return 0;
	while (end < normal->len && normal_word_byte(normal->bytes[end]))
		end++;
	if (end < normal->len && normal->bytes[end] >= NORMAL_OPAQUE)
		return 0;
	return normal->offset[end] - normal->offset[at] == end - at ? end : 0;
}

/* What the machine, or the place alone, says about a place. */
static enum machine_answer ask_machine(struct matcher *m, uint32_t number, const struct place *place, size_t *end_r)
{
	struct machine_job job = {.memo = &m->here->memos[place->use], .at = place->at, .len = place->len};
	size_t end = place->sure ? plain_word_end(&m->normal, place->at) : 0;

	if (end > 0) {
		*end_r = end;
		return MACHINE_HIT;
	}
	if (machine_sees_death(job.memo, &m->normal, job.at, job.len))
		return MACHINE_MISS;
	job.machine = machine_of(m, number);
	if (!job.machine)
		return MACHINE_MAYBE;
	machine_run(&job, &m->normal);
	*end_r = job.end;
	return job.answer;
}

/*
 * Tries an anchored pattern at one place: at each character the normalised byte stands for (a run of white space has
 * many), not before *at. 1 matched and noted, 0 not, -1 could not tell. *at moves behind what was tried. asked: what
 * the machine says, when it was asked.
 */
static int try_place(struct matcher *m, uint32_t number, const struct subject *s, const struct place *place,
		     const struct machine_job *asked, size_t *at)
{
	struct pattern *pattern = pattern_of(m, number);
	size_t index = place->at;
	size_t end = text_from(m, index + 1), step;
	size_t from = text_from(m, index), stop = asked ? asked->end : 0;
	enum machine_answer answer = asked ? asked->answer : MACHINE_UNASKED;

	if (end <= *at)
		return 0;
	if (answer == MACHINE_UNASKED)
		answer = ask_machine(m, number, place, &stop);
	switch (answer) {
	case MACHINE_MISS:
		return 0;
	case MACHINE_HIT:
		if (from < *at || pattern->names)
			break;
		*at = text_from(m, stop);
		note_span(m, pattern, s->text, from, *at);
		return 1;
	default: /* MACHINE_MAYBE */
		break;
	}
	if (from < *at)
		from = *at;
	for (; from < end; from += step) {
		int rc = ask(m, pattern, s->text, s->len, from);

		if (rc == 1)
			*at = note(m, pattern, s->text, true);
		if (rc != 0)
			return rc;
		(void)utf8_decode(s->text + from, s->text + end, &step);
	}
	if (*at < end)
		*at = end;
	return 0;
}

/* Places from here on are not tried: a match that begins behind the last required literal cannot hold it. */
static uint32_t places_end(const struct matcher *m, uint32_t number)
{
	return m->here->seats[number].requires ? m->scan.sightings[number].required_last : (uint32_t)m->normal.len;
}

/* The anchored lane: the pattern's places from left to right. asked: what the machine says about the first ones. */
static void try_places(struct matcher *m, uint32_t number, const struct machine_job *asked, size_t asked_count,
		       const struct subject *s)
{
	uint32_t last = places_end(m, number);
	uint32_t next = m->scan.sightings[number].first;
	size_t at = 0;
	int hits = 0;

	for (size_t tries = 0; hits < m->wanted; tries++) {
		const struct place *place;
		int rc;

		if (next == NO_PLACE)
			return;
		place = &m->scan.places[next];
		next = place->next;
		if (place->at >= last)
			return;
		if (tries == TRIES_MAX) {
			undecided(m, pattern_of(m, number)->rule, "too many places to try");
			return;
		}
		/* No second match begins in the same run of white space: no prefix is white space alone. */
		rc = try_place(m, number, s, place, tries < asked_count ? &asked[tries] : NULL, &at);
		if (rc < 0)
			return;
		hits += rc;
	}
}

/* Does the gated pattern's machine say that there is nothing in the text? */
static bool sees_nothing(struct matcher *m, uint32_t number)
{
	struct machine *machine = machine_of(m, number);
	struct machine_job job = {.machine = machine ? machine_floating(machine) : NULL};

	if (!job.machine)
		return false;
	machine_run(&job, &m->normal);
	return job.answer == MACHINE_MISS;
}

/* The gated lane: as long as a required literal stands at or behind the place where the search goes on. */
static void search_gated(struct matcher *m, uint32_t number, const struct subject *s)
{
	uint32_t last = m->scan.sightings[number].required_last;
	size_t at = 0;

	for (int n = 0; n < m->wanted && at < text_from(m, last); n++) {
		if (ask(m, pattern_of(m, number), s->text, s->len, at) != 1)
			return;
		at = note(m, pattern_of(m, number), s->text, true);
	}
}

/* number: in the slice. */
static void try_number(struct matcher *m, uint32_t number, const struct subject *s)
{
	const struct seat *seat = &m->here->seats[number];

	if (!prefilter_scan_ask(&m->scan, m->slice->prefilter, number))
		m->no_memory = true;
	if (seat->lane == LANE_ANCHORED)
		try_places(m, number, NULL, 0, s);
	else if (seat->lane == LANE_SLOW)
		search(m, pattern_of(m, number), s);
	else if (m->scan.sightings[number].required_last > 0 && !sees_nothing(m, number))
		search_gated(m, number, s);
}

static void try_filtered(struct matcher *m, uint32_t rule, size_t n, const struct subject *s)
{
	try_number(m, m->slice->first[rule] + (uint32_t)n, s);
}

/* Is the n-th `unless` of the rule found in the text? */
static bool found_filtered(struct matcher *m, uint32_t rule, size_t n, const struct subject *s)
{
	uint32_t number = m->slice->first[rule] + (uint32_t)(m->set->parts[rule].match_count + n);
	struct spans spans = {.count = 0};

	m->sink = &spans;
	m->wanted = 1;
	try_number(m, number, s);
	m->wanted = RULES_HITS_PER_RULE;
	m->sink = NULL;
	return spans.count > 0;
}

/* One more pattern of a composed rule may be in the text. */
static void open_gate(struct matcher *m, uint32_t rule)
{
	if (m->open[rule]++ == 0)
		m->opened[m->opened_count++] = rule;
	if (m->open[rule] == m->set->parts[rule].gates)
		m->ready[m->ready_count++] = rule;
}

/* Runs the machines of the patterns that were queued, and tries these with what they say. */
static void try_queued(struct matcher *m, const struct subject *s)
{
	machine_run_all(m->jobs, m->job_count, &m->normal);
	for (size_t i = 0; i < m->queued_count; i++) {
		const struct queued *queued = &m->queued[i];
		const struct machine_job *jobs = &m->jobs[queued->first];

		if (m->here->seats[queued->number].lane == LANE_ANCHORED)
			try_places(m, queued->number, jobs, queued->count, s);
		else if (jobs->answer != MACHINE_MISS)
			search_gated(m, queued->number, s);
	}
	m->queued_count = m->job_count = 0;
}

/*
 * Jobs for the first places of an anchored pattern, behind those that are there. How many; 0: no match begins at any of
 * its places.
 */
static size_t make_jobs(struct matcher *m, uint32_t number)
{
	uint32_t last = places_end(m, number), next = m->scan.sightings[number].first;
	struct machine_job *jobs = &m->jobs[m->job_count];
	size_t count = 0;
	bool open = false;

	while (next != NO_PLACE && m->scan.places[next].at < last) {
		const struct place *place = &m->scan.places[next];
		struct machine_job *job = &jobs[count];

		if (count == QUEUED_PLACES)
			return count;
		*job = (struct machine_job){.memo = &m->here->memos[place->use], .at = place->at, .len = place->len,
					    .answer = MACHINE_UNASKED};
		if (machine_sees_death(job->memo, &m->normal, job->at, job->len))
			job->answer = MACHINE_MISS;
		else if (!place->sure)
			job->machine = machine_of(m, number);
		open |= job->answer == MACHINE_UNASKED;
		next = place->next;
		count++;
	}
	return open ? count : 0;
}

/* Queues an anchored or gated pattern that was sighted, to be tried when its machine has been run with others. */
static void queue_sighted(struct matcher *m, uint32_t number, const struct subject *s)
{
	struct machine *machine;
	size_t count = 1;

	if (m->job_count + QUEUED_PLACES > MACHINE_JOBS)
		try_queued(m, s);
	if (m->here->seats[number].lane == LANE_ANCHORED) {
		count = make_jobs(m, number);
	} else if (m->scan.sightings[number].required_last == 0) {
		count = 0;
	} else {
		machine = machine_of(m, number);
		m->jobs[m->job_count] = (struct machine_job){.machine = machine ? machine_floating(machine) : NULL,
							     .answer = MACHINE_UNASKED};
	}
	if (count == 0)
		return;
	m->queued[m->queued_count++] = (struct queued){number, (uint32_t)m->job_count, (uint32_t)count};
	m->job_count += count;
}

/* A pattern was sighted: it is tried, now or soon, or one more gate of its rule is open. */
static void meet(struct matcher *m, uint32_t number, const struct subject *s)
{
	const struct seat *seat = &m->here->seats[number];

	if (seat->composed)
		open_gate(m, m->set->patterns[seat->index].rule);
	else if (seat->unless)
		return;
	else if (seat->lane == LANE_SLOW)
		try_number(m, number, s);
	else
		queue_sighted(m, number, s);
}

static bool run_prefiltered(struct matcher *m, const struct subject *s)
{
	const struct ruleset *set = m->set;
	const struct slice *slice = m->slice;

	if (!normalise(&m->normal, s->text, s->len) || !prefilter_scan_run(&m->scan, slice->prefilter, &m->normal))
		return false;
	m->ready_count = 0;
	for (size_t i = 0; i < m->scan.touched_count; i++)
		meet(m, m->scan.touched[i], s);
	try_queued(m, s);
	for (size_t i = 0; i < m->opened_count; i++)
		m->open[m->opened[i]] = 0;
	m->opened_count = 0;
	for (size_t i = 0; i < slice->gateless_count; i++)
		run_composed(m, slice->gateless[i], s, try_filtered);
	for (size_t i = 0; i < m->ready_count; i++)
		run_composed(m, m->ready[i], s, try_filtered);
	for (size_t i = 0; i < slice->always_count; i++)
		search(m, &set->patterns[slice->numbers[slice->always[i]]], s);
	return true;
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
	if (!run_prefiltered(m, &s))
		return error_set(e_r, ERR_NOMEM, "no memory to match a text of %zu bytes", len);
	for (size_t i = 0; i < m->slice->field_count; i++) {
		uint32_t rule = m->slice->fields[i];
		const struct rule_parts *parts = &m->set->parts[rule];

		(void)field_search(m, &m->set->patterns[parts->first], parts->match_count, m->set->rules[rule].field,
				   post, true); /* hits and doubts are noted in m */
	}
	return finish(m, arena, &s, matches_r, e_r);
}
