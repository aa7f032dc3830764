/*
 * machine_states.c - the states of a machine and the steps between them, made when a text first needs them.
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

#include "classify/machine_impl.h"

#define STATES_MAX 3000
#define LISTS_MAX (1u << 20) /* places in all lists of a machine */
#define REFILLS_MAX 20	     /* times that a machine may forget its states and begin again */

/* ---- lists ------------------------------------------------------------------------------------------------------ */

/* May the place take a byte of the column? */
static inline bool takes(const struct program *program, const struct inst *inst, unsigned column)
{
	return inst->op == OP_SET && program->sets[inst->set] >> column & 1;
}

/* Places that can be reached from pc without a byte go to the list; assertions wait in it. */
static void follow(struct machine_pool *pool, const struct program *program, uint32_t pc)
{
	for (;;) {
		const struct inst *inst = &program->insts[pc];

		if (pool->seen_next[pc] == pool->step)
			return;
		pool->seen_next[pc] = pool->step;
		if (inst->op != OP_FORK) {
			if (inst->op != OP_BEGIN || pool->at_begin)
				pool->list[pool->len++] = (uint16_t)pc;
			return;
		}
		if (inst->other != inst->next)
			follow(pool, program, inst->next);
		pc = inst->other;
	}
}

struct stepping {
	struct machine_pool *pool;
	const struct program *program;
	enum kind before, kind; /* of the bytes around the place */
	unsigned column;
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
	struct machine_pool *pool = s->pool;

	for (;;) {
		const struct inst *inst = &s->program->insts[pc];

		if (inst->op == OP_SET) {
			if (takes(s->program, inst, s->column))
				follow(pool, s->program, inst->next);
			return false;
		}
		if (pool->seen_now[pc] == pool->step)
			return false;
		pool->seen_now[pc] = pool->step;
		switch (inst->op) {
		case OP_MATCH:
			return true;
		case OP_BOUND:
			if (!is_bound(s))
				return false;
			break;
		case OP_BEGIN:
			if (s->before != KIND_BEGIN)
				return false;
			break;
		default: /* OP_FORK */
			if (inst->other != inst->next && walk(s, inst->next))
				return true;
			pc = inst->other;
			continue;
		}
		pc = inst->next;
	}
}

/* Walks on from all places of a list, most of which only ask for the byte. true: a match ends here. */
static bool walk_list(const struct stepping *s, const uint16_t *list, uint32_t len)
{
	for (uint32_t i = 0; i < len; i++) {
		const struct inst *inst = &s->program->insts[list[i]];

		if (inst->op != OP_SET) {
			if (walk(s, list[i]))
				return true;
		} else if (takes(s->program, inst, s->column)) {
			follow(s->pool, s->program, inst->next);
		}
	}
	return false;
}

/* Behind a space, what may match a space may match nothing. Did that add a place? */
static bool follow_spaces(struct machine_pool *pool, const struct program *program)
{
	size_t before = pool->len;

	for (size_t i = 0; i < pool->len; i++) {
		const struct inst *inst = &program->insts[pool->list[i]];

		if (takes(program, inst, COLUMN_SPACE))
			follow(pool, program, inst->next);
	}
	return pool->len > before;
}

/* What a list says about the steps from its state. */
struct outlook {
	bool asserts;	/* something in it asks for the byte before */
	bool ends;
	uint64_t lives; /* columns that are taken */
	uint64_t hash;
};

/* Looks at the list, and cuts it: what stands behind the end of a match is never looked at. */
static struct outlook survey_list(struct machine_pool *pool, const struct program *program)
{
	struct outlook outlook = {.hash = pool->len};

	for (size_t i = 0; i < pool->len; i++) {
		const struct inst *inst = &program->insts[pool->list[i]];

		outlook.hash = (outlook.hash ^ pool->list[i]) * 0x9E3779B97F4A7C15u;
		if (inst->op == OP_SET) {
			outlook.lives |= program->sets[inst->set];
		} else if (inst->op == OP_MATCH) {
			outlook.ends = true;
			pool->len = i + 1;
		} else {
			outlook.asserts = true;
		}
	}
	return outlook;
}

static void next_list(struct machine_pool *pool)
{
	if (++pool->step == 0) {
		memset(pool->seen_now, 0, pool->room * sizeof *pool->seen_now);
		memset(pool->seen_next, 0, pool->room * sizeof *pool->seen_next);
		pool->step = 1;
	}
	pool->len = 0;
}

/* All machines share it, so that it stays in the nearest cache. */
bool machine_pool_grow(struct machine_pool *pool, size_t count)
{
	size_t room = pool->room ? pool->room : 512;
	uint16_t *list;
	uint32_t *now, *next;

	if (count <= pool->room)
		return true;
	while (room < count)
		room *= 2;
	list = calloc(room, sizeof *list);
	now = calloc(room, sizeof *now);
	next = calloc(room, sizeof *next);
	if (!list || !now || !next) {
		free(list);
		free(now);
		free(next);
		return false;
	}
	free(pool->list);
	free(pool->seen_now);
	free(pool->seen_next);
	pool->list = list;
	pool->seen_now = now;
	pool->seen_next = next;
	pool->room = room;
	return true;
}

/* ---- states ----------------------------------------------------------------------------------------------------- */

/* From so many items to so many. */
static bool grow(const struct machine *m, void **items, size_t before, size_t count, size_t item)
{
	void *grown;

	if (!machine_pool_has(m->pool, count * item))
		return false;
	grown = realloc(*items, count * item);
	if (!grown)
		return false;
	*items = grown;
	m->pool->bytes += (count - before) * item;
	return true;
}

/* Puts the state where its hash will look for it. */
static void put_state(struct machine *m, uint32_t number)
{
	uint32_t mask = 2 * m->state_room - 1, at = m->states[number].hash & mask;

	while (m->table[at])
		at = (at + 1) & mask;
	m->table[at] = (uint16_t)number;
}

static size_t row_bytes(const struct machine *m, uint32_t room)
{
	return (room * m->units * ROW_UNIT * sizeof *m->steps + LINE_BYTES - 1) & ~(LINE_BYTES - 1);
}

/* Rows of 64 bytes, as most are, are each in a line of the cache. */
static bool grow_rows(struct machine *m, uint32_t room)
{
	size_t row = m->units * ROW_UNIT * sizeof *m->steps, before = row_bytes(m, m->state_room);
	size_t bytes = row_bytes(m, room);
	uint16_t *steps = machine_pool_has(m->pool, bytes) ? aligned_alloc(LINE_BYTES, bytes) : NULL;

	if (!steps)
		return false;
	if (m->steps)
		memcpy(steps, m->steps, m->state_count * row);
	free(m->steps);
	m->steps = steps;
	m->pool->bytes += bytes - before;
	return true;
}

static bool grow_states(struct machine *m)
{
	uint32_t room = m->state_room ? 2 * m->state_room : 8;
	void *states = m->states, *table = m->table;

	if (!grow(m, &states, m->state_room, room, sizeof *m->states))
		return false;
	m->states = states;
	if (!grow_rows(m, room))
		return false;
	if (!grow(m, &table, 2 * m->state_room, 2 * room, sizeof *m->table))
		return false;
	m->table = table;
	m->state_room = room;
	memset(m->table, 0, 2 * room * sizeof *m->table);
	for (uint32_t i = STATE_FIRST; i < m->state_count; i++)
		put_state(m, i);
	return true;
}

static bool make_room(struct machine *m)
{
	size_t len = m->pool->len;

	if (m->state_count >= STATES_MAX || m->state_count * m->units > STEP_STATE || m->list_count + len > LISTS_MAX)
		return false;
	if (m->state_count >= m->state_room && !grow_states(m))
		return false;
	while (m->list_count + len > m->list_room) {
		size_t room = m->list_room ? 2 * m->list_room : 64;
		void *lists = m->lists;

		if (!grow(m, &lists, m->list_room, room, sizeof *m->lists))
			return false;
		m->lists = lists;
		m->list_room = room;
	}
	return true;
}

/*
 * The steps from a new state are not known yet; but where nothing in its list takes a column and nothing waits, the
 * step is the end, and need not be made: most are.
 */
static void fill_row(struct machine *m, uint32_t number, const struct outlook *outlook)
{
	uint16_t *row = machine_place(m, number * m->units, 0);
	const uint64_t dead = (outlook->ends ? STEP_DEAD | STEP_ENDS : STEP_DEAD) * (uint64_t)0x0001000100010001;

	if (m->floats || outlook->asserts) {
		memset(row, 0, m->units * ROW_UNIT * sizeof *row);
		return;
	}
	for (unsigned column = 0; column < m->units * ROW_UNIT; column += 4)
		memcpy(row + column, &dead, sizeof dead); /* four at once */
	for (unsigned column = COLUMN_RARE; column <= COLUMN_SIGN; column++)
		row[column] |= STEP_DOUBTFUL;
	for (uint64_t lives = outlook->lives; lives; lives &= lives - 1)
		row[__builtin_ctzll(lives)] = 0;
}

/* The state that was made for such a list; 0: none was. */
static uint32_t find_state(const struct machine *m, uint32_t hash, enum kind before)
{
	const struct machine_pool *pool = m->pool;
	uint32_t mask = 2 * m->state_room - 1, number;

	if (m->state_room == 0)
		return 0;
	for (uint32_t at = hash & mask; (number = m->table[at]); at = (at + 1) & mask) {
		const struct state *state = &m->states[number];

		if (state->hash == hash && state->len == pool->len && state->before == before &&
		    memcmp(m->lists + state->at, pool->list, pool->len * sizeof *m->lists) == 0)
			return number;
	}
	return 0;
}

/* The step to the state for the list that was made; 0: no room. */
static uint32_t state_for(struct machine *m, enum kind before)
{
	struct machine_pool *pool = m->pool;
	struct outlook outlook;
	uint32_t hash, number;

	if (pool->len == 0)
		return STEP_DEAD;
	outlook = survey_list(pool, m->program);
	if (!outlook.asserts)
		before = KIND_OTHER; /* nobody asks */
	hash = (uint32_t)((outlook.hash + before) * 0x9E3779B97F4A7C15u >> 32);
	number = find_state(m, hash, before);
	if (number)
		return number * m->units;
	if (!make_room(m))
		return 0;
	number = m->state_count++;
	m->states[number] = (struct state){(uint32_t)m->list_count, (uint32_t)pool->len, hash, (unsigned char)before};
	memcpy(m->lists + m->list_count, pool->list, pool->len * sizeof *m->lists);
	m->list_count += pool->len;
	fill_row(m, number, &outlook);
	put_state(m, number);
	return number * m->units;
}

void machine_forget(struct machine *m)
{
	m->full = false;
	if (++m->refills > REFILLS_MAX)
		m->stuck = true;
	m->state_count = STATE_FIRST;
	m->list_count = 0;
	if (m->table)
		memset(m->table, 0, 2 * m->state_room * sizeof *m->table);
	memset(m->starts, 0, sizeof m->starts);
}

uint32_t machine_start(struct machine *m, enum kind before)
{
	struct machine_pool *pool = m->pool;

	if (m->starts[before])
		return m->starts[before];
	next_list(pool);
	pool->at_begin = before == KIND_BEGIN;
	follow(pool, m->program, m->program->start);
	pool->at_begin = false;
	m->starts[before] = (uint16_t)state_for(m, before);
	return m->starts[before];
}

static enum kind column_kind(const struct program *program, unsigned column)
{
	if (column == COLUMN_OPAQUE || column == COLUMN_SIGN)
		return KIND_UNSURE;
	return program->words >> column & 1 ? KIND_WORD : KIND_OTHER;
}

uint32_t machine_step(struct machine *m, uint32_t from, unsigned column)
{
	const struct state *state = &m->states[(from & STEP_STATE) / m->units];
	struct stepping s = {m->pool, m->program, state->before, column_kind(m->program, column), column};
	uint32_t marks = column - COLUMN_RARE < 3 ? STEP_DOUBTFUL : 0, target;

	next_list(s.pool);
	if (walk_list(&s, m->lists + state->at, state->len))
		marks |= STEP_ENDS;
	if (column == COLUMN_END) {
		s.pool->len = 0;
	} else {
		if (m->floats)
			follow(s.pool, m->program, m->program->start);
		if (column == COLUMN_SPACE && follow_spaces(s.pool, m->program))
			marks |= STEP_DOUBTFUL;
	}
	target = state_for(m, s.kind);
	if (target == 0)
		return 0;
	return *machine_place(m, from, column) = (uint16_t)(target | marks);
}

void machine_states_done(struct machine *m)
{
	free(m->states);
	free(m->table);
	free(m->steps);
	free(m->lists);
}
