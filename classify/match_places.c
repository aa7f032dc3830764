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
#include "classify/match_impl.h"
#include "utf8.h"

#define TRIES_MAX                                                                                                      \
	(PLACES_MAX - 2 * LITERAL_MAX) /* places of one pattern in one text that are tried; see prefilter.h            \
					*/

#define QUEUED_PLACES 3 /* of one pattern; few have more */

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
		match_note_span(m, pattern, s->text, from, *at);
		return 1;
	default: /* MACHINE_MAYBE */
		break;
	}
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
			match_undecided(m, pattern_of(m, number)->rule, "too many places to try");
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
		if (match_ask(m, pattern_of(m, number), s->text, s->len, at) != 1)
			return;
		at = match_note(m, pattern_of(m, number), s->text, true);
	}
}

/* number: in the slice. */
static void try_number(struct matcher *m, uint32_t number, const struct subject *s)
{
	const struct seat *seat = &m->here->seats[number];

	if (!prefilter_scan_ask(&m->scan, m->slice->prefilter, number)) {
		m->no_memory = true; /* and where its places are is not known */
		return;
	}
	if (seat->lane == LANE_ANCHORED)
		try_places(m, number, NULL, 0, s);
	else if (seat->lane == LANE_SLOW)
		match_search(m, pattern_of(m, number), s);
	else if (m->scan.sightings[number].required_last > 0 && !sees_nothing(m, number))
		search_gated(m, number, s);
}

static void try_filtered(struct matcher *m, uint32_t rule, size_t n, const struct subject *s)
{
	try_number(m, m->slice->first[rule] + (uint32_t)n, s);
}

bool match_found(struct matcher *m, uint32_t rule, size_t n, const struct subject *s)
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

bool match_prefiltered(struct matcher *m, const struct subject *s)
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
		match_composed(m, slice->gateless[i], s, try_filtered);
	for (size_t i = 0; i < m->ready_count; i++)
		match_composed(m, m->ready[i], s, try_filtered);
	for (size_t i = 0; i < slice->always_count; i++)
		match_search(m, &set->patterns[slice->numbers[slice->always[i]]], s);
	return true;
}
