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
	uint32_t hash;	  /* of list and kind */
	unsigned char before; /* enum kind */
};

/* A step: state << 2, and marks, in 16 bits. 0: not known yet. */
#define STEP_ENDS 1u	/* a match ends before the byte */
#define STEP_DOUBTFUL 2u
#define STATE_DEAD 1u /* nothing can match any more; 0 is no state */

struct machine_pool {
	size_t bytes;	/* that its machines have taken */
	size_t room;	/* instructions of the largest of them */
	uint16_t *list; /* being made */
	size_t len;
	bool at_begin; /* the list is that of the text's beginning: nowhere else OP_BEGIN holds */
	uint32_t *seen_now, *seen_next; /* by instruction: number of the step that was there last */
	uint32_t step;
};

struct machine {
	uint16_t *steps; /* by state and column; this and what follows is read on each run */
	uint16_t starts[KIND_COUNT]; /* by the kind of byte before; 0 not made */
	uint16_t width;
	uint16_t refills;
	bool exact;
	bool full;   /* no more states until it forgets them, before the next text */
	bool stuck;  /* nor then */
	bool floats; /* begins anew at every byte */
	unsigned char column[SYMBOLS];
	struct machine *floating; /* the same program as machine_behind needs it, made on demand */
	struct machine_pool *pool;
	struct program own;
	const struct program *program; /* its own, or that of the machine whose floating twin it is */
	struct state *states;
	uint16_t *table; /* by hash, the next free place: states; 2 * state_room places */
	uint32_t state_count, state_room; /* room: a power of two */
	uint16_t *lists;
	size_t list_count, list_room;
};

/* ---- states ----------------------------------------------------------------------------------------------------- */

/* May the place take a byte of the symbol? */
static bool takes(const struct inst *inst, unsigned symbol)
{
	return inst->op == OP_SET && inst->symbols >> symbol & 1;
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
		pc = (uint32_t)inst->other;
	}
}

struct stepping {
	struct machine_pool *pool;
	const struct program *program;
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
	struct machine_pool *pool = s->pool;

	for (;;) {
		const struct inst *inst = &s->program->insts[pc];

		if (inst->op == OP_SET) {
			if (takes(inst, s->symbol))
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
			pc = (uint32_t)inst->other;
			continue;
		}
		pc = inst->next;
	}
}

/* Behind a space, what may match a space may match nothing. Did that add a place? */
static bool follow_spaces(struct machine_pool *pool, const struct program *program)
{
	size_t before = pool->len;

	for (size_t i = 0; i < pool->len; i++) {
		const struct inst *inst = &program->insts[pool->list[i]];

		if (takes(inst, machine_symbol[' ']))
			follow(pool, program, inst->next);
	}
	return pool->len > before;
}

/* What stands behind the end of a match is never looked at. */
static void cut_list(struct machine_pool *pool, const struct program *program)
{
	for (size_t i = 0; i < pool->len; i++)
		if (program->insts[pool->list[i]].op == OP_MATCH)
			pool->len = i + 1;
}

static bool grow(const struct machine *m, void **items, size_t count, size_t item)
{
	void *grown;

	if (m->pool->bytes + count * item > MACHINES_MAX)
		return false;
	grown = realloc(*items, count * item);
	if (!grown)
		return false;
	*items = grown;
	m->pool->bytes += count * item / 2; /* doubled: half of it is new */
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

static bool grow_states(struct machine *m)
{
	uint32_t room = m->state_room ? 2 * m->state_room : 8;
	void *states = m->states, *steps = m->steps, *table = m->table;

	if (!grow(m, &states, room, sizeof *m->states))
		return false;
	m->states = states;
	if (!grow(m, &steps, (size_t)room * m->width, sizeof *m->steps))
		return false;
	m->steps = steps;
	if (!grow(m, &table, 2 * room, sizeof *m->table))
		return false;
	m->table = table;
	m->state_room = room;
	memset(m->table, 0, 2 * room * sizeof *m->table);
	for (uint32_t i = STATE_DEAD + 1; i < m->state_count; i++)
		put_state(m, i);
	return true;
}

static bool make_room(struct machine *m)
{
	size_t len = m->pool->len;

	if (m->state_count == STATES_MAX || m->list_count + len > LISTS_MAX)
		return false;
	if (m->state_count >= m->state_room && !grow_states(m))
		return false;
	while (m->list_count + len > m->list_room) {
		size_t room = m->list_room ? 2 * m->list_room : 64;
		void *lists = m->lists;

		if (!grow(m, &lists, room, sizeof *m->lists))
			return false;
		m->lists = lists;
		m->list_room = room;
	}
	return true;
}

static uint32_t symbol_marks(unsigned symbol)
{
	return symbol >= SYMBOL_RARE && symbol < SYMBOL_END ? STEP_DOUBTFUL : 0;
}

/* What the list of a state says about the steps from it. */
struct outlook {
	bool asserts;	/* something in it asks for the byte before */
	uint64_t lives; /* symbols that are taken */
	bool ends;
};

static struct outlook list_outlook(const struct machine_pool *pool, const struct program *program)
{
	struct outlook outlook = {0};

	for (size_t i = 0; i < pool->len; i++) {
		const struct inst *inst = &program->insts[pool->list[i]];

		if (inst->op == OP_SET)
			outlook.lives |= inst->symbols;
		else if (inst->op == OP_MATCH)
			outlook.ends = true;
		else
			outlook.asserts = true;
	}
	return outlook;
}

/*
 * The steps from a new state are not known yet; but where nothing in its list takes a symbol and nothing waits, the
 * step is the end, and need not be made: most are.
 */
static void fill_row(struct machine *m, uint32_t number, const struct outlook *outlook)
{
	uint16_t *row = m->steps + (size_t)number * m->width;
	uint32_t dead = STATE_DEAD << 2 | (outlook->ends ? STEP_ENDS : 0);

	if (m->floats || outlook->asserts) {
		memset(row, 0, m->width * sizeof *row);
		return;
	}
	for (uint32_t column = 0; column < m->width; column++) {
		unsigned symbol = m->program->sample[column];

		row[column] = outlook->lives >> symbol & 1 ? 0 : (uint16_t)(dead | symbol_marks(symbol));
	}
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

/* The state for the list that was made; 0: no room. */
static uint32_t state_for(struct machine *m, enum kind before)
{
	const struct machine_pool *pool = m->pool;
	struct outlook outlook;
	uint32_t hash, number;

	if (pool->len == 0)
		return STATE_DEAD;
	outlook = list_outlook(pool, m->program);
	if (!outlook.asserts)
		before = KIND_OTHER; /* nobody asks */
	hash = (uint32_t)XXH3_64bits_withSeed(pool->list, pool->len * sizeof *pool->list, before);
	number = find_state(m, hash, before);
	if (number)
		return number;
	if (!make_room(m))
		return 0;
	number = m->state_count++;
	m->states[number] = (struct state){(uint32_t)m->list_count, (uint32_t)pool->len, hash, (unsigned char)before};
	memcpy(m->lists + m->list_count, pool->list, pool->len * sizeof *m->lists);
	m->list_count += pool->len;
	fill_row(m, number, &outlook);
	put_state(m, number);
	return number;
}

static void next_step(struct machine_pool *pool)
{
	if (++pool->step == 0) {
		memset(pool->seen_now, 0, pool->room * sizeof *pool->seen_now);
		memset(pool->seen_next, 0, pool->room * sizeof *pool->seen_next);
		pool->step = 1;
	}
	pool->len = 0;
}

/* Forgets all states: texts were too different. No run may be under way. */
static void refill(struct machine *m)
{
	m->full = false;
	if (++m->refills > REFILLS_MAX)
		m->stuck = true;
	m->state_count = STATE_DEAD + 1;
	m->list_count = 0;
	if (m->table)
		memset(m->table, 0, 2 * m->state_room * sizeof *m->table);
	memset(m->starts, 0, sizeof m->starts);
}

static uint32_t start_state(struct machine *m, enum kind before)
{
	struct machine_pool *pool = m->pool;

	if (m->starts[before])
		return m->starts[before];
	next_step(pool);
	pool->at_begin = before == KIND_BEGIN;
	follow(pool, m->program, m->program->start);
	pool->at_begin = false;
	cut_list(pool, m->program);
	m->starts[before] = (uint16_t)state_for(m, before);
	return m->starts[before];
}

/* Makes the step from a state over a symbol; 0: no room. */
static uint32_t make_step(struct machine *m, uint32_t number, uint32_t symbol)
{
	const struct state *from = &m->states[number];
	struct machine_pool *pool = m->pool;
	struct stepping s = {.pool = pool, .program = m->program, .before = from->before, .symbol = symbol,
			     .kind = KIND_OTHER};
	uint32_t marks = symbol_marks(symbol), target;

	if (symbol < SYMBOL_RARE)
		s.kind = machine_kind(machine_symbol_byte(symbol));
	else if (symbol == SYMBOL_OPAQUE || symbol == SYMBOL_SIGN)
		s.kind = KIND_UNSURE;
	next_step(pool);
	for (uint32_t i = 0; i < from->len; i++)
		if (walk(&s, m->lists[from->at + i])) {
			marks |= STEP_ENDS;
			break;
		}
	if (symbol == SYMBOL_END) {
		pool->len = 0;
	} else {
		if (m->floats)
			follow(pool, m->program, m->program->start);
		if (symbol == machine_symbol[' '] && follow_spaces(pool, m->program))
			marks |= STEP_DOUBTFUL;
		cut_list(pool, m->program);
	}
	target = state_for(m, s.kind);
	if (target == 0)
		return 0;
	return m->steps[(size_t)number * m->width + m->column[symbol]] = (uint16_t)(target << 2 | marks);
}

/* ---- making one ------------------------------------------------------------------------------------------------- */

struct machine_pool *machine_pool_new(void)
{
	return calloc(1, sizeof(struct machine_pool));
}

void machine_pool_free(struct machine_pool **pool)
{
	if (!*pool)
		return;
	free((*pool)->list);
	free((*pool)->seen_now);
	free((*pool)->seen_next);
	free(*pool);
	*pool = NULL;
}

/* Room for lists of a program. All machines share it, so that it stays in the nearest cache. */
static bool pool_grow(struct machine_pool *pool, size_t count)
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

static void machine_init(struct machine *m, struct machine_pool *pool, const struct program *program)
{
	m->pool = pool;
	m->program = program;
	m->state_count = STATE_DEAD + 1;
	m->exact = program->exact && !m->floats; /* of those that float it only counts whether they end */
	m->width = (uint16_t)program->width;
	memcpy(m->column, program->column, sizeof m->column);
	pool->bytes += sizeof *m;
}

struct machine *machine_new(struct machine_pool *pool, const struct pattern_source *source)
{
	struct arena *arena = arena_new(LITERALS_ARENA_MAX);
	struct machine *m = pool->bytes < MACHINES_MAX ? calloc(1, sizeof *m) : NULL;
	struct node *tree = NULL;
	bool exact, made = false;

	if (m && arena)
		tree = pattern_tree(arena, source->text, source->len, &exact);
	if (tree && program_write(&m->own, tree, exact) && pool_grow(pool, m->own.count)) {
		machine_init(m, pool, &m->own);
		pool->bytes += m->own.count * sizeof *m->own.insts;
		made = true;
	}
	arena_free(&arena);
	if (!made)
		machine_free(&m);
	return m;
}

void machine_free(struct machine **machine)
{
	struct machine *m = *machine;

	if (!m)
		return;
	machine_free(&m->floating);
	program_done(&m->own);
	free(m->states);
	free(m->table);
	free(m->steps);
	free(m->lists);
	free(m);
	*machine = NULL;
}

/* ---- running ---------------------------------------------------------------------------------------------------- */

/* A run under way. */
struct lane {
	struct machine *m;
	uint32_t state;
	uint32_t next; /* where its next step stands in m->steps: other runs of the machine may move these */
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

	lane->next = lane->state * m->width + m->column[symbol_at(normal, lane->i)];
	__builtin_prefetch(&m->steps[lane->next]);
}

static void lane_begin(struct lane *lane, struct machine_job *job, const struct normal *normal)
{
	struct machine *m = job->machine;
	enum kind before = job->at == 0 ? KIND_BEGIN : machine_kind(normal->bytes[job->at - 1]);
	uint16_t *known;

	if (m->full && !m->stuck)
		refill(m);
	known = remembered(m, job->memo, before);
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
	uint32_t step = m->steps[lane->next];

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
		m->full |= lane->i != lane->at + RUN_MAX;
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

		if (!jobs[i].machine)
			continue;
		lane_begin(lane, &jobs[i], normal);
		if (lane->state > STATE_DEAD) {
			lane_aim(lane, normal);
			running++;
		} else {
			jobs[i].answer = lane_answer(lane, normal);
		}
	}
	while (running > 0)
		for (size_t i = 0; i < running;) {
			struct lane *lane = &lanes[i];

			if (lane_step(lane, normal)) {
				i++;
				continue;
			}
			lane->job->answer = lane_answer(lane, normal);
			*lane = lanes[--running];
		}
}

struct machine *machine_floating(struct machine *m)
{
	if (m->floating)
		return m->floating;
	m->floating = calloc(1, sizeof *m->floating);
	if (m->floating) {
		m->floating->floats = true;
		machine_init(m->floating, m->pool, &m->own);
	}
	return m->floating;
}
