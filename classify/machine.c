/*
 * machine.c - see machine.h: a pattern's program (machine_program.c), run as an automaton whose states are made when
 * they are needed (machine_states.c).
 *
 * There are far more states than the nearer caches have room for, and their rows are spread. What a run costs is the
 * waiting for them; so runs go step by step by turns, what is read on each stands together, and of a literal that
 * many texts hold it is remembered what behind it needs no run.
 */
#include <stdlib.h>
#include <string.h>

#include "classify/machine_impl.h"

#define RUN_MAX 4000 /* bytes looked at from one place; pcre2 has its own limit */
#define LOSS_MAX 4   /* symbols that a memo forgets for another to be among its others */

/* ---- making one ------------------------------------------------------------------------------------------------- */

struct machine_pool *machine_pool_new(const atomic_uint *sharers)
{
	struct machine_pool *pool = calloc(1, sizeof *pool);

	if (pool)
		pool->sharers = sharers;
	return pool;
}

/* Of many threads each has less: what all take is what counts. */
bool machine_pool_has(const struct machine_pool *pool, size_t bytes)
{
	size_t sharers = pool->sharers ? atomic_load_explicit(pool->sharers, memory_order_relaxed) : 1;
	size_t share = MACHINES_SHARED / (sharers ? sharers : 1);

	return pool->bytes + bytes <= (share < MACHINES_MAX ? share : MACHINES_MAX);
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

static struct machine *machine_alloc(void)
{
	struct machine *m = aligned_alloc(LINE_BYTES, (sizeof *m + LINE_BYTES - 1) / LINE_BYTES * LINE_BYTES);

	if (m)
		memset(m, 0, sizeof *m);
	return m;
}

static void machine_init(struct machine *m, struct machine_pool *pool, const struct program *program)
{
	m->pool = pool;
	m->program = program;
	m->state_count = STATE_FIRST;
	/* of those that float it only counts whether they end */
	m->halt = program->exact && !m->floats ? 0 : STEP_ENDS;
	m->at_begin = program->begins ? KIND_BEGIN : KIND_OTHER;
	m->units = (unsigned char)((program->width + ROW_UNIT - 1) / ROW_UNIT);
	memcpy(m->column, program->column, sizeof m->column);
	pool->bytes += sizeof *m;
}

struct machine *machine_new(struct machine_pool *pool, const struct program *program)
{
	struct machine *m = NULL;

	if (program && machine_pool_has(pool, sizeof *m) && machine_pool_grow(pool, program->count))
		m = machine_alloc();
	if (m)
		machine_init(m, pool, program);
	return m;
}

void machine_free(struct machine **machine)
{
	struct machine *m = *machine;

	if (!m)
		return;
	machine_free(&m->floating);
	machine_states_done(m);
	free(m);
	*machine = NULL;
}

struct machine *machine_floating(struct machine *m)
{
	if (m->floating)
		return m->floating;
	m->floating = machine_alloc();
	if (m->floating) {
		m->floating->floats = true;
		machine_init(m->floating, m->pool, m->program);
	}
	return m->floating;
}

/* ---- memos ------------------------------------------------------------------------------------------------------ */

static unsigned symbol_at(const struct normal *normal, size_t at)
{
	return at < normal->len ? machine_symbol[normal->bytes[at]] : SYMBOL_END;
}

/* Of the byte before a place behind the text's beginning. */
static enum kind kind_before(const struct normal *normal, size_t at)
{
	return symbol_kind(machine_symbol[normal->bytes[at - 1]]);
}

/* The memo's step to the state behind the literal, for this kind of byte before it; NULL: none is kept. */
static uint16_t *remembered(const struct machine *m, struct machine_memo *memo, enum kind before)
{
	if (!memo || (before != KIND_BEGIN && before != KIND_OTHER))
		return NULL;
	if (memo->refills != m->refills) {
		memo->state[0] = memo->state[1] = 0;
		memo->refills = m->refills;
	}
	return &memo->state[before == KIND_OTHER];
}

/* The symbols that are known to end a run without a match from the state whose row this is. */
static uint64_t dead_symbols(const struct machine *m, const uint16_t *row)
{
	uint64_t dead = 0;

	for (unsigned symbol = 0; symbol < SYMBOLS; symbol++)
		dead |= (uint64_t)((row[m->column[symbol]] & ~STEP_DOUBTFUL) == STEP_DEAD) << symbol;
	return dead;
}

/* The symbols that share the symbol's column. */
static uint64_t like_symbols(const struct machine *m, unsigned like)
{
	uint64_t symbols = 0;

	for (unsigned symbol = 0; symbol < SYMBOLS; symbol++)
		symbols |= (uint64_t)(m->column[symbol] == m->column[like]) << symbol;
	return symbols;
}

/*
 * What is certain to end a run behind the literal is remembered, so that no machine need be asked. row: of the state
 * that died over the byte at i.
 */
static void remember_death(const struct machine_job *job, const struct normal *normal, enum kind before, size_t i,
			   const uint16_t *row)
{
	const struct machine *m = job->machine;
	struct machine_memo *memo = job->memo;
	size_t behind = job->at + job->len;
	uint64_t dead;

	if (!memo || before != KIND_OTHER || i > behind + 1)
		return;
	memo->begins = m->at_begin != KIND_OTHER;
	if (i < behind) {
		memo->dies = UINT64_MAX;
		return;
	}
	if (i > behind && memo->others >> symbol_at(normal, behind) & 1)
		return;
	dead = dead_symbols(m, row);
	if (i == behind) {
		memo->dies |= dead;
	} else if (memo->others == 0 || __builtin_popcountll(memo->dies_behind & ~dead) <= LOSS_MAX) {
		memo->dies_behind = memo->others ? memo->dies_behind & dead : dead;
		memo->others |= like_symbols(m, symbol_at(normal, behind));
	}
}

bool machine_sees_death(const struct machine_memo *memo, const struct normal *normal, size_t at, size_t len)
{
	size_t behind = at + len;
	unsigned symbol = symbol_at(normal, behind);

	if (!(memo->dies >> symbol & 1) &&
	    !(memo->others >> symbol & 1 && memo->dies_behind >> symbol_at(normal, behind + 1) & 1))
		return false;
	return at > 0 ? kind_before(normal, at) == KIND_OTHER : !memo->begins;
}

/* ---- running ---------------------------------------------------------------------------------------------------- */

/* A run under way. */
struct run {
	struct machine *m;
	const unsigned char *byte; /* that comes next; at the text's end a zero */
	uint32_t next;	/* where the step over it stands in m->steps, which other runs of the machine may move */
	uint32_t state; /* when it is over: STEP_DEAD, or 0 when there was no room for the next, or any other */
	uint32_t from;	/* the state before that; 0: it never was in any */
	uint32_t marks; /* of all steps */
	const unsigned char *end; /* of the match that was found last */
	struct machine_job *job;
};

/* Ahead of the step over the next byte. */
static inline void run_aim(struct run *run, uint32_t state)
{
	run->next = state * ROW_UNIT + run->m->column[machine_symbol[*run->byte]];
}

/* Is there more to a step than the next state? */
static inline bool is_special(uint32_t step)
{
	return step - STATE_FIRST >= STEP_ENDS - STATE_FIRST;
}

/*
 * What a special step does. The text's end looks like a byte over which all steps are doubtful, so that nobody else
 * need ask for it. The next state; 0: the run is over.
 */
static uint32_t run_special(struct run *run, const struct normal *normal)
{
	struct machine *m = run->m;
	unsigned column = m->column[machine_symbol[*run->byte]];
	uint32_t step;

	if (run->byte == normal->bytes + normal->len) {
		run->next += COLUMN_END - COLUMN_RARE;
		column = COLUMN_END;
	}
	step = m->steps[run->next];
	run->from = (run->next - column) / ROW_UNIT;
	if (step == 0)
		step = machine_step(m, run->from, column);
	if (step & STEP_ENDS)
		run->end = run->byte;
	run->marks |= step & ~STEP_STATE;
	run->state = step & STEP_STATE;
	return run->marks & m->halt || run->state == STEP_DEAD ? 0 : run->state;
}

/* Steps until the run is over or at `stop`. */
static void run_alone(struct run *run, const struct normal *normal, const unsigned char *stop)
{
	while (run->byte != stop) {
		uint32_t step = run->m->steps[run->next];

		if (is_special(step)) {
			step = run_special(run, normal);
			if (step == 0)
				return;
		}
		run->byte++;
		run->state = step;
		run_aim(run, step);
	}
}

static enum kind job_before(const struct machine_job *job, const struct normal *normal)
{
	return job->at == 0 ? job->machine->at_begin : kind_before(normal, job->at);
}

/* Up to the end of the literal, which may be known. false: the run is over. */
static bool run_begin(struct run *run, struct machine_job *job, const struct normal *normal)
{
	struct machine *m = job->machine;
	enum kind before = job_before(job, normal);
	const unsigned char *behind;
	uint16_t *known;

	*run = (struct run){.m = m, .byte = normal->bytes + job->at, .job = job,
			    .marks = before == KIND_UNSURE ? STEP_DOUBTFUL : 0};
	if (m->stuck)
		return false;
	known = remembered(m, job->memo, before);
	if (known && *known) {
		run->byte += job->len;
		run->state = *known;
		run_aim(run, run->state);
		return run->state != STEP_DEAD;
	}
	run->state = machine_start(m, before);
	if (run->state <= STEP_DEAD)
		return false;
	run_aim(run, run->state);
	if (!known)
		return true;
	behind = run->byte + job->len;
	run_alone(run, normal, behind);
	if (run->byte != behind)
		return false;
	if (run->marks == 0)
		*known = (uint16_t)run->state;
	return true;
}

static enum machine_answer run_answer(const struct run *run, const struct normal *normal)
{
	struct machine *m = run->m;
	struct machine_job *job = run->job;
	size_t looked = (size_t)(run->byte - normal->bytes), end;

	if (run->marks & m->halt)
		return MACHINE_MAYBE;
	if (run->state != STEP_DEAD) {
		m->full |= run->state == 0;
		return MACHINE_MAYBE;
	}
	if (!(run->marks & STEP_ENDS)) {
		if (run->from > 0)
			remember_death(job, normal, job_before(job, normal), looked, machine_place(m, run->from, 0));
		return MACHINE_MISS;
	}
	if (looked < normal->len)
		looked++;
	end = (size_t)(run->end - normal->bytes);
	if (run->marks & STEP_DOUBTFUL || end == job->at || normal->odd_space ||
	    normal->offset[looked] - normal->offset[job->at] != looked - job->at)
		return MACHINE_MAYBE;
	job->end = end;
	return MACHINE_HIT;
}

static void run_end(struct run *run, const struct normal *normal)
{
	size_t left = normal->len - run->job->at;

	run_alone(run, normal, normal->bytes + run->job->at + (left < RUN_MAX ? left + 1 : RUN_MAX));
	run->job->answer = run_answer(run, normal);
}

/* Before any run of the machine is under way. */
static void make_ready(struct machine *m)
{
	if (m->full && !m->stuck)
		machine_forget(m);
}

void machine_run(struct machine_job *job, const struct normal *normal)
{
	struct run run;

	make_ready(job->machine);
	if (run_begin(&run, job, normal))
		run_end(&run, normal);
	else
		job->answer = run_answer(&run, normal);
}

/* One step of each by turns, until one is left. How many are left. */
static size_t run_together(struct run *runs, size_t count, const struct normal *normal)
{
	while (count > 1)
		for (size_t i = 0; i < count;) {
			struct run *run = &runs[i];
			uint32_t step = run->m->steps[run->next];

			if (is_special(step)) {
				step = run_special(run, normal);
				if (step == 0) {
					run->job->answer = run_answer(run, normal);
					*run = runs[--count];
					continue;
				}
			}
			run->byte++;
			run_aim(run, step);
			__builtin_prefetch(&run->m->steps[run->next]);
			i++;
		}
	return count;
}

void machine_run_all(struct machine_job *jobs, size_t count, const struct normal *normal)
{
	struct run runs[MACHINE_JOBS];
	size_t running = 0;

	for (size_t i = 0; i < count; i++)
		if (jobs[i].machine)
			make_ready(jobs[i].machine);
	for (size_t i = 0; i < count; i++) {
		struct run *run = &runs[running];

		if (!jobs[i].machine)
			continue;
		if (run_begin(run, &jobs[i], normal)) {
			__builtin_prefetch(&run->m->steps[run->next]);
			running++;
		} else {
			jobs[i].answer = run_answer(run, normal);
		}
	}
	if (normal->len < RUN_MAX)
		running = run_together(runs, running, normal);
	for (size_t i = 0; i < running; i++)
		run_end(&runs[i], normal);
}
