/*
 * machine.c - see machine.h: a pattern's tree as a program, run as a lazily built automaton.
 *
 * The program has bytes sets, forks in pcre2's order of preference, and assertions. A state of the automaton is the
 * list of places in the program where a match may be, in order of preference, and the kind of the byte before: an
 * assertion (\b) can only be decided when the byte behind it is known, so it waits in the list. A step over a byte
 * walks the list; where it meets the program's end a match ends before that byte, and what is less preferred is cut.
 * The last such place is where pcre2's match ends. (Thompson 1968 and Pike's "leftmost-first" lists; nothing is new.)
 *
 * A run of white space is one space here. Behind a space, whatever may match a space may thus match nothing, being
 * satisfied by the same run. Where that adds a place the step is marked as doubtful: pcre2 decides.
 */
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "classify/literals.h"
#include "classify/machine_impl.h"

#define STATES_MAX 3000
#define LISTS_MAX (1u << 20) /* places in all lists of a machine */
#define REFILLS_MAX 20	     /* times that a machine may forget its states and begin again */
#define RUN_MAX 4000	     /* bytes looked at from one place; pcre2 has its own limit */

struct state {
	uint32_t at, len; /* its list in lists */
	uint32_t chain;	  /* next state of the same hash */
	unsigned char before; /* enum kind */
};

/* A step: state << 2, and marks, in 16 bits. 0: not known yet. */
#define STEP_ENDS 1u	/* a match ends before the byte */
#define STEP_DOUBTFUL 2u
#define STATE_DEAD 1u /* nothing can match any more; 0 is no state */
#define BUCKETS 256

struct machine {
	uint16_t *steps; /* by state and column; this and what follows is read on each run */
	uint16_t starts[KIND_COUNT]; /* by the kind of byte before; 0 not made */
	uint16_t width;
	uint16_t refills;
	bool exact;
	bool stuck;  /* no more states */
	bool floats; /* begins anew at every byte */
	unsigned char column[SYMBOLS];
	struct machine *floating; /* the same program as machine_behind needs it, made on demand */
	struct program own;
	const struct program *program; /* its own, or that of the machine whose floating twin it is */
	struct state *states;
	uint32_t state_count, state_room;
	uint32_t *lists;
	size_t list_count, list_room;
	size_t *bytes; /* what all machines took */

	uint32_t *list; /* being made */
	size_t len;
	bool at_begin; /* the list is that of the text's beginning: nowhere else OP_BEGIN holds */
	uint32_t *seen_now, *seen_next; /* by instruction: number of the step that was there last */
	uint32_t step;
	uint32_t buckets[BUCKETS];
};

/* ---- states ----------------------------------------------------------------------------------------------------- */

/* May the set hold a byte of the symbol? */
static bool set_holds(const struct machine *m, uint32_t set, unsigned symbol)
{
	return m->program->sets[set].symbols >> symbol & 1;
}

/* Places that can be reached from pc without a byte go to the list; assertions wait in it. */
static void follow(struct machine *m, uint32_t pc)
{
	for (;;) {
		const struct inst *inst = &m->program->insts[pc];

		if (m->seen_next[pc] == m->step)
			return;
		m->seen_next[pc] = m->step;
		if (inst->op != OP_FORK) {
			if (inst->op != OP_BEGIN || m->at_begin)
				m->list[m->len++] = pc;
			return;
		}
		if (inst->other != inst->next)
			follow(m, inst->next);
		pc = inst->other;
	}
}

struct stepping {
	struct machine *m;
	enum kind before, kind; /* of the bytes around the place */
	unsigned symbol;
};

static bool is_bound(const struct stepping *s)
{
	if (s->before == KIND_UNSURE || s->kind == KIND_UNSURE)
		return true; /* perhaps */
	return (s->before == KIND_WORD) != (s->kind == KIND_WORD);
}

/* Walks on from pc before the byte is taken. true: a match ends here, and nothing less preferred counts. */
static bool walk(const struct stepping *s, uint32_t pc)
{
	struct machine *m = s->m;

	for (;;) {
		const struct inst *inst = &m->program->insts[pc];

		if (m->seen_now[pc] == m->step)
			return false;
		m->seen_now[pc] = m->step;
		switch (inst->op) {
		case OP_MATCH:
			return true;
		case OP_SET:
			if (s->symbol != SYMBOL_END && set_holds(m, inst->set, s->symbol))
				follow(m, inst->next);
			return false;
		case OP_BOUND:
			if (!is_bound(s))
				return false;
			break;
		case OP_BEGIN:
			if (s->before != KIND_BEGIN)
				return false;
			break;
		case OP_FORK:
			if (inst->other != inst->next && walk(s, inst->next))
				return true;
			pc = inst->other;
			continue;
		}
		pc = inst->next;
	}
}

/* Behind a space, what may match a space may match nothing. Did that add a place? */
static bool follow_spaces(struct machine *m)
{
	size_t before = m->len;

	for (size_t i = 0; i < m->len; i++) {
		const struct inst *inst = &m->program->insts[m->list[i]];

		if (inst->op == OP_SET && set_holds(m, inst->set, machine_symbol[' ']))
			follow(m, inst->next);
	}
	return m->len > before;
}

/* What stands behind the end of a match is never looked at. */
static void cut_list(struct machine *m)
{
	for (size_t i = 0; i < m->len; i++)
		if (m->program->insts[m->list[i]].op == OP_MATCH)
			m->len = i + 1;
}

static bool grow(const struct machine *m, void **items, size_t count, size_t item)
{
	void *grown;

	if (*m->bytes + count * item > MACHINES_MAX)
		return false;
	grown = realloc(*items, count * item);
	if (!grown)
		return false;
	*items = grown;
	*m->bytes += count * item / 2; /* doubled: half of it is new */
	return true;
}

static bool make_room(struct machine *m)
{
	if (m->state_count == STATES_MAX || m->list_count + m->len > LISTS_MAX)
		return false;
	if (m->state_count >= m->state_room) {
		uint32_t room = m->state_room ? 2 * m->state_room : 8;
		void *states = m->states, *steps = m->steps;

		if (!grow(m, &states, room, sizeof *m->states))
			return false;
		m->states = states;
		if (!grow(m, &steps, (size_t)room * m->width, sizeof *m->steps))
			return false;
		m->steps = steps;
		m->state_room = room;
	}
	while (m->list_count + m->len > m->list_room) {
		size_t room = m->list_room ? 2 * m->list_room : 64;
		void *lists = m->lists;

		if (!grow(m, &lists, room, sizeof *m->lists))
			return false;
		m->lists = lists;
		m->list_room = room;
	}
	return true;
}

/* Does something in the list ask for the byte before? */
static bool has_assertion(const struct machine *m)
{
	for (size_t i = 0; i < m->len; i++)
		if (m->program->insts[m->list[i]].op == OP_BOUND || m->program->insts[m->list[i]].op == OP_BEGIN)
			return true;
	return false;
}

/* The state for the list that was made; 0: no room. */
static uint32_t state_for(struct machine *m, enum kind before)
{
	uint32_t *bucket, number;

	if (m->len == 0)
		return STATE_DEAD;
	if (!has_assertion(m))
		before = KIND_OTHER; /* nobody asks */
	bucket = &m->buckets[XXH3_64bits_withSeed(m->list, m->len * sizeof *m->list, before) % BUCKETS];
	for (number = *bucket; number; number = m->states[number].chain) {
		const struct state *state = &m->states[number];

		if (state->len == m->len && state->before == before &&
		    memcmp(m->lists + state->at, m->list, m->len * sizeof *m->list) == 0)
			return number;
	}
	if (!make_room(m))
		return 0;
	number = m->state_count++;
	m->states[number] = (struct state){(uint32_t)m->list_count, (uint32_t)m->len, *bucket, (unsigned char)before};
	memcpy(m->lists + m->list_count, m->list, m->len * sizeof *m->list);
	m->list_count += m->len;
	memset(m->steps + (size_t)number * m->width, 0, m->width * sizeof *m->steps);
	*bucket = number;
	return number;
}

static void next_step(struct machine *m)
{
	if (++m->step == 0) {
		memset(m->seen_now, 0, m->program->count * sizeof *m->seen_now);
		memset(m->seen_next, 0, m->program->count * sizeof *m->seen_next);
		m->step = 1;
	}
	m->len = 0;
}

/* Forgets all states: texts were too different. */
static bool refill(struct machine *m)
{
	if (++m->refills > REFILLS_MAX)
		m->stuck = true;
	m->state_count = 2;
	m->list_count = 0;
	memset(m->buckets, 0, sizeof m->buckets);
	memset(m->starts, 0, sizeof m->starts);
	return !m->stuck;
}

static uint32_t start_state(struct machine *m, enum kind before)
{
	if (m->starts[before])
		return m->starts[before];
	next_step(m);
	m->at_begin = before == KIND_BEGIN;
	follow(m, m->program->start);
	m->at_begin = false;
	cut_list(m);
	m->starts[before] = (uint16_t)state_for(m, before);
	return m->starts[before];
}

/* Makes the step from a state over a symbol; 0: no room. */
static uint32_t make_step(struct machine *m, uint32_t number, uint32_t symbol)
{
	struct stepping s = {.m = m, .before = m->states[number].before, .symbol = symbol, .kind = KIND_OTHER};
	uint32_t marks = symbol >= SYMBOL_RARE && symbol < SYMBOL_END ? STEP_DOUBTFUL : 0, target;

	if (symbol < SYMBOL_RARE)
		s.kind = machine_kind(machine_symbol_byte(symbol));
	else if (symbol == SYMBOL_OPAQUE || symbol == SYMBOL_SIGN)
		s.kind = KIND_UNSURE;
	next_step(m);
	for (uint32_t i = 0; i < m->states[number].len; i++)
		if (walk(&s, m->lists[m->states[number].at + i])) {
			marks |= STEP_ENDS;
			break;
		}
	if (symbol == SYMBOL_END) {
		m->len = 0;
	} else {
		if (m->floats)
			follow(m, m->program->start);
		if (symbol == machine_symbol[' '] && follow_spaces(m))
			marks |= STEP_DOUBTFUL;
		cut_list(m);
	}
	target = state_for(m, s.kind);
	if (target == 0)
		return 0;
	return m->steps[(size_t)number * m->width + m->column[symbol]] = (uint16_t)(target << 2 | marks);
}

/* ---- making one ------------------------------------------------------------------------------------------------- */

static bool make_scratch(struct machine *m)
{
	m->list = calloc(m->program->count + 1, sizeof *m->list);
	m->seen_now = calloc(m->program->count + 1, sizeof *m->seen_now);
	m->seen_next = calloc(m->program->count + 1, sizeof *m->seen_next);
	m->state_count = 2; /* 0 none, 1 dead */
	m->exact = m->program->exact && !m->floats; /* of those that float it only counts whether they end */
	m->width = (uint16_t)m->program->width;
	memcpy(m->column, m->program->column, sizeof m->column);
	*m->bytes += m->program->count * (3 * sizeof(uint32_t) + sizeof(struct inst)) + sizeof *m;
	return m->list && m->seen_now && m->seen_next;
}

struct machine *machine_new(const struct pattern_source *source, size_t *bytes)
{
	struct arena *arena = arena_new(LITERALS_ARENA_MAX);
	struct machine *m = *bytes < MACHINES_MAX ? calloc(1, sizeof *m) : NULL;
	struct node *tree = NULL;
	bool exact, made = false;

	if (m && arena)
		tree = pattern_tree(arena, source->text, source->len, &exact);
	if (tree) {
		m->bytes = bytes;
		m->program = &m->own;
		made = program_write(&m->own, tree, exact) && make_scratch(m);
	}
	arena_free(&arena);
	if (!made)
		machine_free(&m);
	return m;
}

/* The same program begun at every byte. */
static struct machine *floating_new(struct machine *m)
{
	struct machine *twin = calloc(1, sizeof *twin);

	if (!twin)
		return NULL;
	*twin = (struct machine){.program = &m->own, .floats = true, .bytes = m->bytes};
	if (!make_scratch(twin))
		machine_free(&twin);
	return twin;
}

void machine_free(struct machine **machine)
{
	struct machine *m = *machine;

	if (!m)
		return;
	machine_free(&m->floating);
	program_done(&m->own);
	free(m->states);
	free(m->steps);
	free(m->lists);
	free(m->list);
	free(m->seen_now);
	free(m->seen_next);
	free(m);
	*machine = NULL;
}

/* ---- running ---------------------------------------------------------------------------------------------------- */

/* A run under way. */
struct lane {
	struct machine *m;
	const uint16_t *next;
	uint32_t state;
	bool found;
	bool doubtful;
	size_t at, i; /* where it began; which byte comes next */
	size_t end;   /* of the match that was found */
	size_t behind;	 /* the literal; 0 when nothing is to be remembered there */
	uint16_t *known; /* where to remember the state behind it; NULL */
	struct machine_job *job;
};

static uint32_t symbol_at(const struct normal *normal, size_t at)
{
	return at < normal->len ? machine_symbol[normal->bytes[at]] : SYMBOL_END;
}

/* The memo's state for this kind of byte before; NULL: none is kept. */
static uint16_t *remembered(const struct machine *m, struct machine_memo *memo, enum kind before)
{
	if (!memo || (before != KIND_BEGIN && before != KIND_OTHER))
		return NULL;
	if (memo->refills != m->refills) {
		memo->state[0] = memo->state[1] = 0;
		memo->refills = (uint16_t)m->refills;
	}
	return &memo->state[before == KIND_OTHER];
}

/* Where the next step stands. */
static void lane_aim(struct lane *lane, const struct normal *normal)
{
	const struct machine *m = lane->m;

	lane->next = &m->steps[(size_t)lane->state * m->width + m->column[symbol_at(normal, lane->i)]];
}

static void lane_begin(struct lane *lane, struct machine_job *job, const struct normal *normal)
{
	struct machine *m = job->machine;
	enum kind before = job->at == 0 ? KIND_BEGIN : machine_kind(normal->bytes[job->at - 1]);
	uint16_t *known = remembered(m, job->memo, before);

	*lane = (struct lane){.m = m, .at = job->at, .i = job->at, .job = job, .doubtful = before == KIND_UNSURE};
	if (m->stuck)
		return;
	if (known && *known) {
		lane->state = *known;
		lane->i += job->len;
		return;
	}
	lane->state = start_state(m, before);
	lane->known = known;
	lane->behind = known ? job->at + job->len : 0;
}

/* One step. false: the run is over. */
static inline bool lane_step(struct lane *lane, const struct normal *normal)
{
	struct machine *m = lane->m;
	uint32_t step = *lane->next;

	if (step == 0)
		step = make_step(m, lane->state, symbol_at(normal, lane->i));
	if (step == 0 || lane->i == lane->at + RUN_MAX)
		return false;
	if (step & STEP_ENDS) {
		lane->found = true;
		lane->end = lane->i;
		if (!m->exact)
			return false;
	}
	lane->doubtful |= (step & STEP_DOUBTFUL) != 0;
	lane->state = step >> 2;
	if (++lane->i == lane->behind && !lane->found && !lane->doubtful)
		*lane->known = (uint16_t)lane->state;
	if (lane->state == STATE_DEAD)
		return false;
	lane_aim(lane, normal);
	return true;
}

/* What is certain to end a run behind the literal is remembered, so that no machine need be asked. */
static void remember_death(const struct lane *lane, const struct normal *normal)
{
	struct machine_memo *memo = lane->job->memo;
	size_t behind = lane->at + lane->job->len;
	unsigned column;

	if (!memo || lane->at == 0 || machine_kind(normal->bytes[lane->at - 1]) != KIND_OTHER || lane->i <= behind ||
	    lane->i > behind + 2 || (lane->i == behind + 2 && symbol_at(normal, behind) != machine_symbol[' ']))
		return;
	column = lane->m->column[symbol_at(normal, lane->i - 1)];
	for (unsigned symbol = 0; symbol < SYMBOLS; symbol++)
		if (lane->m->column[symbol] == column)
			memo->dies[lane->i - behind - 1] |= (uint64_t)1 << symbol;
}

static enum machine_answer lane_answer(const struct lane *lane, const struct normal *normal)
{
	struct machine *m = lane->m;
	size_t looked = lane->i < normal->len ? lane->i : normal->len;

	if (lane->found && !m->exact)
		return MACHINE_MAYBE;
	if (lane->state != STATE_DEAD) {
		if (!m->stuck && lane->i != lane->at + RUN_MAX)
			(void)refill(m); /* the next text begins with new states */
		return MACHINE_MAYBE;
	}
	if (!lane->found) {
		remember_death(lane, normal);
		return MACHINE_MISS;
	}
	if (lane->doubtful || lane->end == lane->at || normal->odd_space ||
	    normal->offset[looked] - normal->offset[lane->at] != looked - lane->at)
		return MACHINE_MAYBE;
	lane->job->end = lane->end;
	return MACHINE_HIT;
}

bool machine_sees_death(const struct machine_memo *memo, const struct normal *normal, size_t at, size_t len)
{
	size_t behind = at + len;

	if (memo->dies[0] >> symbol_at(normal, behind) & 1)
		return at > 0 && machine_kind(normal->bytes[at - 1]) == KIND_OTHER;
	return behind < normal->len && normal->bytes[behind] == ' ' &&
	       memo->dies[1] >> symbol_at(normal, behind + 1) & 1 && at > 0 &&
	       machine_kind(normal->bytes[at - 1]) == KIND_OTHER;
}

void machine_run(struct machine_job *job, const struct normal *normal)
{
	struct lane lane;

	lane_begin(&lane, job, normal);
	if (lane.state > STATE_DEAD) {
		lane_aim(&lane, normal);
		while (lane_step(&lane, normal))
			;
	}
	job->answer = lane_answer(&lane, normal);
}

void machine_run_all(struct machine_job *jobs, size_t count, const struct normal *normal)
{
	struct lane lanes[MACHINE_JOBS];
	size_t running = 0;

	for (size_t i = 0; i < count; i++) {
		struct lane *lane = &lanes[running];

		lane_begin(lane, &jobs[i], normal);
		if (lane->state > STATE_DEAD) {
			lane_aim(lane, normal);
			__builtin_prefetch(lane->next);
			running++;
		} else {
			jobs[i].answer = lane_answer(lane, normal);
		}
	}
	while (running > 0)
		for (size_t i = 0; i < running;) {
			struct lane *lane = &lanes[i];

			if (lane_step(lane, normal)) {
				__builtin_prefetch(lane->next);
				i++;
				continue;
			}
			lane->job->answer = lane_answer(lane, normal);
			*lane = lanes[--running];
		}
}

struct machine *machine_floating(struct machine *m)
{
	if (!m->floating)
		m->floating = floating_new(m);
	return m->floating;
}
