/*
 * match_places.c - with the prefilter: which patterns are asked about, and at which places.
 *
 * Most patterns are nowhere in a text; the prefilter names those that may be. Before pcre2 is asked, a pattern's
 * machine looks at each place, and often spares the call. Patterns that were sighted wait in a queue, so that their
 * machines run together (machine.h says why).
 *   anchored lane  pcre2 is asked at the places the prefilter names, from left to right. Every true match begins at
 *                  one of them, so the first that matches is the leftmost match.
 *   gated lane     pcre2 searches the text if the prefilter saw one of the pattern's literals.
 *   slow lane      pcre2 searches every text.
 *
 * Limits. The anchored lane gives up after TRIES_MAX places, and the rule is undecided: a post has a few, tens of
 * kilobytes of "can you can you" have thousands, each with its own long look ahead. (The prefilter may have forgotten
 * a place that begins up to LITERAL_MAX bytes before the last it remembers; the matcher has given up by then.)
 */
#include <string.h>

#include "classify/match_impl.h"
#include "utf8.h"

#define TRIES_MAX                                                                                                      \
	(PLACES_MAX - 2 * LITERAL_MAX) /* places of one pattern in one text that are tried; see prefilter.h            \
					*/

#define QUEUED_PLACES 3 /* of one pattern where a match may begin; few have more */

/* The byte of the text at which the normalised index begins, and behind the last character it stands for. */
static size_t text_from(const struct matcher *m, size_t index)
{
	return m->normal.offset[index];
}

static inline struct pattern *pattern_of(const struct matcher *m, const struct seat *seat)
{
	return &m->set->patterns[seat->index];
}

/* The pattern's machine, for the first time; NULL: it has none. */
static struct machine *make_machine(struct matcher *m, struct seat *seat)
{
	if (!m->machined[seat->index]) {
		m->machined[seat->index] = true;
		m->machines[seat->index] = machine_new(m->pool, pattern_program(m->set, pattern_of(m, seat)));
	}
	seat->machined = true;
	return seat->machine = m->machines[seat->index];
}

static inline struct machine *machine_of(struct matcher *m, struct seat *seat)
{
	return seat->machined ? seat->machine : make_machine(m, seat);
}

/* Is the word at this place plain? Then pcre2 sees there what stands in the normalised text. */
static inline bool is_plain(const struct normal *normal, size_t at, size_t end)
{
	return (at == 0 || normal->bytes[at - 1] < NORMAL_OPAQUE) && normal->bytes[end] < NORMAL_OPAQUE &&
	       normal->offset[end] - normal->offset[at] == end - at;
}

/* What a place says without its machine: a hit, a miss, or the machine to run (none: maybe). */
static inline void look_at(struct matcher *m, struct seat *seat, const struct place *place, struct machine_job *job)
{
	struct machine_memo *memo = &m->here->memos[place->use];
	size_t at = place->at, end = at + place->len;

	*job = (struct machine_job){.memo = memo, .at = at, .len = place->len, .answer = MACHINE_MAYBE};
	if (place->sure && is_plain(&m->normal, at, end)) {
		job->answer = MACHINE_HIT;
		job->end = end;
	} else if (machine_sees_death(memo, &m->normal, at, place->len)) {
		job->answer = MACHINE_MISS;
	} else {
		job->machine = machine_of(m, seat);
		__builtin_prefetch(job->machine);
	}
}

/*
 * Asks pcre2 about an anchored pattern at one place: at each character the normalised byte stands for (a run of white
 * space has many), not before *at. 1 matched and noted, 0 not, -1 could not tell. *at moves behind what was tried.
 */
static int ask_place(struct matcher *m, const struct seat *seat, const struct subject *s, size_t index, size_t *at)
{
	struct pattern *pattern = pattern_of(m, seat);
	size_t from = text_from(m, index), end = text_from(m, index + 1), step;

	if (from < *at)
		from = *at;
	for (; from < end; from += step) {
		int rc = match_ask(m, pattern, s->text, s->len, from);

		if (rc == 1)
			*at = match_note(m, pattern, s->text, true);
		if (rc != 0)
			return rc;
		(void)utf8_decode(s->text + from, s->text + end, &step);
	}
	if (*at < end)
		*at = end;
	return 0;
}

/* The same where the machine has been asked: it spares pcre2 most calls. */
static inline int try_place(struct matcher *m, const struct seat *seat, const struct subject *s,
			    const struct machine_job *job, size_t *at)
{
	size_t from = text_from(m, job->at);

	if (job->answer == MACHINE_MISS || text_from(m, job->at + 1) <= *at)
		return 0;
	if (job->answer == MACHINE_MAYBE || from < *at || seat->names)
		return ask_place(m, seat, s, job->at, at);
	*at = text_from(m, job->end);
	match_note_span(m, seat->rule, seat->not_negated, s->text, from, *at);
	return 1;
}

/* Places from here on are not tried: a match that begins behind the last required literal cannot hold it. */
static inline uint32_t places_end(const struct matcher *m, uint32_t number)
{
	return m->here->seats[number].requires ? m->scan.sightings[number].required_last : (uint32_t)m->normal.len;
}

/* Places that are not in jobs. at: where the last match ended; hits: how many there were. */
static void try_others(struct matcher *m, const struct queued *queued, const struct subject *s, size_t at, int hits)
{
	struct seat *seat = &m->here->seats[queued->number];
	uint32_t last = places_end(m, queued->number), next = queued->next, tries = queued->tries;
	int rc = 0;

	for (; next != NO_PLACE && hits < m->wanted && rc >= 0; tries++) {
		const struct place *place = &m->scan.places[next];
		struct machine_job job;

		next = place->next;
		if (place->at >= last)
			return;
		if (tries == TRIES_MAX) {
			match_undecided(m, seat->rule, "too many places to try");
			return;
		}
		if (text_from(m, place->at + 1) <= at)
			continue;
		look_at(m, seat, place, &job);
		if (job.machine)
			machine_run(&job, &m->normal);
		hits += rc = try_place(m, seat, s, &job, &at);
	}
}

/*
 * The anchored lane: the pattern's places from left to right, those of its jobs first. No second match begins in the
 * same run of white space, as no prefix is white space alone.
 */
static void try_places(struct matcher *m, const struct queued *queued, const struct subject *s)
{
	struct seat *seat = &m->here->seats[queued->number];
	const struct machine_job *job = &m->jobs[queued->first], *end = job + queued->count;
	size_t at = 0;
	int hits = 0, rc = 0;

	for (; job < end && hits < m->wanted && rc >= 0; job++)
		hits += rc = try_place(m, seat, s, job, &at);
	if (queued->next != NO_PLACE && hits < m->wanted && rc >= 0)
		try_others(m, queued, s, at, hits);
}

/* Does the gated pattern's machine say that there is nothing in the text? */
static bool sees_nothing(struct matcher *m, struct seat *seat)
{
	struct machine *machine = machine_of(m, seat);
	struct machine_job job = {.machine = machine ? machine_floating(machine) : NULL};

	if (!job.machine)
		return false;
	machine_run(&job, &m->normal);
	return job.answer == MACHINE_MISS;
}

/* The gated lane: as long as a required literal stands at or behind the place where the search goes on. */
static void search_gated(struct matcher *m, uint32_t number, const struct subject *s)
{
	struct pattern *pattern = pattern_of(m, &m->here->seats[number]);
	uint32_t last = m->scan.sightings[number].required_last;
	size_t at = 0;

	for (int n = 0; n < m->wanted && at < text_from(m, last); n++) {
		if (match_ask(m, pattern, s->text, s->len, at) != 1)
			return;
		at = match_note(m, pattern, s->text, true);
	}
}

/* A pattern all of whose sighting is known. number: in the slice. */
static void try_seen(struct matcher *m, uint32_t number, const struct subject *s)
{
	struct seat *seat = &m->here->seats[number];
	const struct sighting *seen = &m->scan.sightings[number];

	if (seat->lane == LANE_ANCHORED) {
		try_others(m, &(struct queued){.number = number, .next = seen->first}, s, 0, 0);
		return;
	}
	if ((seat->lane == LANE_GATED && seen->required_last == 0) || sees_nothing(m, seat))
		return;
	if (seat->lane == LANE_GATED)
		search_gated(m, number, s);
	else
		match_search(m, pattern_of(m, seat), s);
}

/* May the pattern be in the text? Asks for what the prefilter has not told of it. */
static bool may_be(struct matcher *m, uint32_t number)
{
	if (!prefilter_scan_ask(&m->scan, m->slice->prefilter, number)) {
		m->no_memory = true; /* and where its places are is not known */
		return false;
	}
	return m->scan.sightings[number].touched || m->here->seats[number].lane == LANE_SLOW;
}

static void try_filtered(struct matcher *m, uint32_t rule, size_t n, const struct subject *s)
{
	uint32_t number = m->slice->first[rule] + (uint32_t)n;

	if (may_be(m, number))
		try_seen(m, number, s);
}

/* Is it found in the text, once? */
static bool is_found(struct matcher *m, uint32_t number, const struct subject *s)
{
	struct spans spans;

	spans.count = 0;
	m->sink = &spans;
	m->wanted = 1;
	try_seen(m, number, s);
	m->wanted = RULES_HITS_PER_RULE;
	m->sink = NULL;
	return spans.count > 0;
}

bool match_unless(struct matcher *m, uint32_t rule, const struct subject *s)
{
	const struct rule_parts *parts = &m->set->parts[rule];
	uint32_t first = m->slice->first[rule] + (uint32_t)parts->match_count;

	for (uint32_t i = 0; i < parts->unless_count; i++)
		if (may_be(m, first + i) && is_found(m, first + i, s))
			return true;
	return false;
}

/* Runs the machines of the patterns that were queued, and tries these with what they say. */
static void try_queued(struct matcher *m, const struct subject *s)
{
	machine_run_all(m->jobs, m->job_count, &m->normal);
	for (size_t i = 0; i < m->queued_count; i++) {
		const struct queued *queued = &m->queued[i];

		if (queued->count == 1 && queued->next == NO_PLACE && m->jobs[queued->first].answer == MACHINE_MISS)
			continue; /* half of them */
		if (m->here->seats[queued->number].lane == LANE_ANCHORED)
			try_places(m, queued, s);
		else
			search_gated(m, queued->number, s);
	}
	m->queued_count = m->job_count = 0;
}

/* Queues an anchored pattern with jobs for the first places where a match may begin, if there are any. */
static inline void queue_anchored(struct matcher *m, uint32_t number, struct seat *seat)
{
	const struct place *places = m->scan.places;
	uint32_t last = places_end(m, number), next = m->scan.sightings[number].first, tries = 0;
	struct machine_job *jobs = &m->jobs[m->job_count];
	size_t count = 0;

	for (; next != NO_PLACE && count < QUEUED_PLACES; tries++) {
		const struct place *place = &places[next];

		next = place->next;
		if (place->at >= last) {
			next = NO_PLACE;
			break;
		}
		look_at(m, seat, place, &jobs[count]);
		count += jobs[count].answer != MACHINE_MISS;
	}
	if (count == 0)
		return;
	m->queued[m->queued_count++] = (struct queued){number, (uint32_t)m->job_count, (uint32_t)count, next, tries};
	m->job_count += count;
}

static void queue_gated(struct matcher *m, uint32_t number, struct seat *seat)
{
	struct machine *machine;

	if (m->scan.sightings[number].required_last == 0)
		return;
	machine = machine_of(m, seat);
	m->queued[m->queued_count++] = (struct queued){number, (uint32_t)m->job_count, 1, NO_PLACE, 0};
	m->jobs[m->job_count++] = (struct machine_job){.machine = machine ? machine_floating(machine) : NULL,
						       .answer = MACHINE_MAYBE};
}

/* A pattern was sighted: it is tried soon, or one more gate of its rule is open. */
static inline void meet(struct matcher *m, uint32_t number, const struct subject *s)
{
	struct seat *seat = &m->here->seats[number];

	if (seat->composed) {
		if (++m->open[seat->rule] == seat->gates)
			m->ready[m->ready_count++] = seat->rule;
	} else if (!seat->unless) {
		if (m->job_count + QUEUED_PLACES > MACHINE_JOBS)
			try_queued(m, s);
		if (seat->lane == LANE_ANCHORED)
			queue_anchored(m, number, seat);
		else
			queue_gated(m, number, seat);
	}
}

/* Asks the memory for what meet() will look at: it is too much to stay near. */
static inline void expect_sighted(const struct matcher *m)
{
	const struct place *places = m->scan.words.places;
	const struct machine_memo *memos = m->here->memos;
	const struct seat *seats = m->here->seats;

	for (size_t i = 0, count = m->scan.touched_count; i < count; i++)
		__builtin_prefetch(&seats[m->scan.touched[i]]);
	for (size_t i = 0, count = m->scan.words.place_count; i < count; i++)
		__builtin_prefetch(&memos[places[i].use]);
}

bool match_prefiltered(struct matcher *m, const struct subject *s)
{
	const struct ruleset *set = m->set;
	const struct slice *slice = m->slice;

	if (!normalise(&m->normal, s->text, s->len) || !prefilter_scan_run(&m->scan, slice->prefilter, &m->normal))
		return false;
	m->ready_count = 0;
	memset(m->open, 0, set->count);
	expect_sighted(m);
	for (size_t i = 0; i < m->scan.touched_count; i++)
		meet(m, m->scan.touched[i], s);
	try_queued(m, s);
	for (size_t i = 0; i < slice->gateless_count; i++)
		match_composed(m, slice->gateless[i], s, try_filtered);
	for (size_t i = 0; i < m->ready_count; i++)
		match_composed(m, m->ready[i], s, try_filtered);
	for (size_t i = 0; i < slice->always_count; i++)
		match_search(m, &set->patterns[slice->numbers[slice->always[i]]], s);
	return true;
}
