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
#include "classify/machine.h"
#include "classify/pattern_tree.h"

#define PROGRAM_MAX 12000 /* instructions */
#define STATES_MAX 3000
#define LISTS_MAX (1u << 20) /* places in all lists of a machine */
#define REFILLS_MAX 20	     /* times that a machine may forget its states and begin again */
#define RUN_MAX 4000	     /* bytes looked at from one place; pcre2 has its own limit */

enum kind { KIND_BEGIN, KIND_OTHER, KIND_WORD, KIND_UNSURE, KIND_COUNT }; /* of the byte before */

enum op { OP_SET, OP_FORK, OP_BOUND, OP_BEGIN, OP_MATCH };

struct inst {
	enum op op;
	uint32_t next, other; /* OP_FORK: first choice, second */
	uint32_t set;	      /* OP_SET */
};

struct set {
	uint64_t bits[4];
	uint64_t symbols; /* those of which it holds a byte */
};

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

/*
 * 64 symbols: letters, digits and the common signs of ASCII; one for its other signs, one for all letters and one for
 * all signs beyond it; the text's end. Over the three in the middle every step is doubtful.
 */
enum { SYMBOL_RARE = 60, SYMBOL_OPAQUE, SYMBOL_SIGN, SYMBOL_END, SYMBOLS };

struct machine {
	uint16_t *steps; /* by state and column; this and what follows is read on each run */
	uint32_t width;	 /* columns: symbols that the program cannot tell apart share one */
	unsigned char column[SYMBOLS];
	uint32_t starts[KIND_COUNT]; /* by the kind of byte before; 0 not made */
	unsigned refills;
	bool exact;
	bool stuck;  /* no more states */
	bool floats; /* begins anew at every byte (machine_behind) */
	bool shared; /* program and sets are another's */
	struct machine *floating; /* the same program as machine_behind needs it, made on demand */
	struct inst *program;
	size_t count;
	struct set *sets;
	size_t set_count;
	struct state *states;
	uint32_t state_count, state_room;
	uint32_t *lists;
	size_t list_count, list_room;
	size_t *bytes; /* what all machines took */

	uint32_t *list; /* being made */
	size_t len;
	uint32_t *seen_now, *seen_next; /* by instruction: number of the step that was there last */
	uint32_t step;
	uint32_t buckets[BUCKETS];
};

/* ---- the program ------------------------------------------------------------------------------------------------ */

struct writer {
	struct machine *m;
	size_t room, set_room;
	bool failed, exact;
};

static uint32_t emit(struct writer *w, enum op op)
{
	struct machine *m = w->m;

	if (w->failed || m->count == PROGRAM_MAX) {
		w->failed = true;
		return 0;
	}
	if (m->count == w->room) {
		size_t room = w->room ? 2 * w->room : 64;
		struct inst *program = realloc(m->program, room * sizeof *program);

		if (!program) {
			w->failed = true;
			return 0;
		}
		m->program = program;
		w->room = room;
	}
	m->program[m->count] = (struct inst){.op = op, .next = (uint32_t)m->count + 1};
	return (uint32_t)m->count++;
}

static void emit_set(struct writer *w, const struct node *node)
{
	struct machine *m = w->m;
	uint32_t at = emit(w, OP_SET);
	size_t i = 0;

	while (i < m->set_count && memcmp(m->sets[i].bits, node->set, sizeof node->set) != 0)
		i++;
	if (i == m->set_count) {
		if (i == w->set_room) {
			size_t room = w->set_room ? 2 * w->set_room : 32;
			struct set *sets = realloc(m->sets, room * sizeof *sets);

			if (!sets) {
				w->failed = true;
				return;
			}
			m->sets = sets;
			w->set_room = room;
		}
		memcpy(m->sets[m->set_count++].bits, node->set, sizeof node->set);
	}
	if (!w->failed)
		m->program[at].set = (uint32_t)i;
}

static bool nullable(const struct node *node)
{
	switch (node->kind) {
	case NODE_SET:
		return false;
	case NODE_CAT:
		for (const struct node *child = node->child; child; child = child->next)
			if (!nullable(child))
				return false;
		return true;
	case NODE_ALT:
		for (const struct node *child = node->child; child; child = child->next)
			if (nullable(child))
				return true;
		return false;
	case NODE_REP:
		return node->min == 0 || nullable(node->child);
	default:
		return true;
	}
}

static void write_node(struct writer *w, const struct node *node);

/* A fork that leads on or, less preferred (more, when lazy), to where `skip` will be set. */
static uint32_t emit_choice(struct writer *w)
{
	return emit(w, OP_FORK);
}

static void set_choice(struct writer *w, uint32_t fork, bool lazy, uint32_t skip)
{
	struct inst *inst;

	if (w->failed)
		return;
	inst = &w->m->program[fork];
	inst->next = lazy ? skip : fork + 1;
	inst->other = lazy ? fork + 1 : skip;
}

static void write_repeat(struct writer *w, const struct node *node)
{
	uint32_t forks[64], count = 0, fork;

	if (nullable(node->child))
		w->exact = false; /* rounds that match nothing have rules of their own */
	for (uint32_t i = 0; i < node->min && !w->failed; i++)
		write_node(w, node->child);
	if (node->max == REP_ENDLESS) {
		fork = emit_choice(w);
		write_node(w, node->child);
		if (!w->failed) {
			uint32_t back = emit(w, OP_FORK); /* always back: both ways alike */

			if (!w->failed)
				w->m->program[back].next = w->m->program[back].other = fork;
		}
		set_choice(w, fork, node->lazy, (uint32_t)w->m->count);
		return;
	}
	if (node->max - node->min > ARRAY_LEN(forks)) {
		w->failed = true;
		return;
	}
	for (uint32_t i = node->min; i < node->max && !w->failed; i++) {
		forks[count++] = emit_choice(w);
		write_node(w, node->child);
	}
	for (uint32_t i = 0; i < count; i++)
		set_choice(w, forks[i], node->lazy, (uint32_t)w->m->count);
}

static void write_alternatives(struct writer *w, const struct node *node)
{
	uint32_t before = UINT32_MAX; /* the jump behind the last alternative written: a chain */

	for (const struct node *child = node->child; child && !w->failed; child = child->next) {
		uint32_t fork = 0, jump;

		if (child->next)
			fork = emit_choice(w);
		write_node(w, child);
		if (!child->next)
			break;
		jump = emit(w, OP_FORK);
		if (w->failed)
			return;
		w->m->program[jump].next = before;
		before = jump;
		set_choice(w, fork, false, (uint32_t)w->m->count);
	}
	while (!w->failed && before != UINT32_MAX) {
		struct inst *jump = &w->m->program[before];

		before = jump->next;
		jump->next = jump->other = (uint32_t)w->m->count;
	}
}

static void write_node(struct writer *w, const struct node *node)
{
	if (w->failed)
		return;
	switch (node->kind) {
	case NODE_SET:
		emit_set(w, node);
		break;
	case NODE_ZERO:
		break;
	case NODE_BOUND:
		emit(w, OP_BOUND);
		break;
	case NODE_BEGIN:
		emit(w, OP_BEGIN);
		break;
	case NODE_CAT:
		for (const struct node *child = node->child; child; child = child->next)
			write_node(w, child);
		break;
	case NODE_ALT:
		write_alternatives(w, node);
		break;
	case NODE_REP:
		write_repeat(w, node);
		break;
	}
}

/* ---- symbols ---------------------------------------------------------------------------------------------------- */

static enum kind kind_of(unsigned byte)
{
	if (byte >= 0x80)
		return KIND_UNSURE;
	return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '_' ? KIND_WORD : KIND_OTHER;
}

static const unsigned char common[] = "abcdefghijklmnopqrstuvwxyz '0123456789_!?.,-:;#@/&\"()$%+*=<>";
_Static_assert(sizeof common - 1 <= SYMBOL_RARE, "symbols");

/* The inverse of common[]; capitals never stand in a normalised text. */
static const unsigned char symbol_of[NORMAL_BYTES] = {
	60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60,
	60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60,
	26, 39, 50, 46, 53, 54, 49, 27, 51, 52, 56, 55, 42, 43, 41, 48,
	28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 44, 45, 58, 57, 59, 40,
	47, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60,
	60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 38,
	60, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
	15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 60, 60, 60, 60, 60,
	61, 62, 62, 62, 62, 62, 62, 62, 62, 62, 62, 62, 62, 62, 62, 62,
	62, 62, 62, 62, 62, 62, 62, 62, 62, 62, 62, 62, 62, 62, 62, 62,
	62, 62, 62, 62, 62, 62, 62, 62, 62, 62, 62, 62, 62, 62, 62, 62,
	62, 62, 62, 62, 62, 62, 62, 62, 62, 62, 62, 62, 62, 62, 62, 62,
	62, 62, 62, 62, 62, 62, 62, 62, 62, 62, 62, 62, 62, 62, 62, 62,
	62, 62, 62, 62, 62, 62, 62, 62, 62, 62, 62, 62, 62, 62, 62, 62,
	62, 62, 62, 62, 62, 62, 62, 62, 62, 62, 62, 62, 62, 62, 62, 62,
	62, 62, 62, 62, 62, 62, 62, 62, 62, 62, 62, 62, 62, 62, 62, 62,
};

/* May the set hold a byte of the symbol? */
static bool set_holds(const struct machine *m, uint32_t set, unsigned symbol)
{
	return m->sets[set].symbols >> symbol & 1;
}

static uint64_t set_symbols(const struct set *set)
{
	uint64_t symbols = 0;

	for (unsigned word = 0; word < 4; word++)
		for (uint64_t bits = set->bits[word]; bits; bits &= bits - 1)
			symbols |= (uint64_t)1 << symbol_of[word * 64 + (unsigned)__builtin_ctzll(bits)];
	return symbols;
}

/* Those of the symbols that are of a word. */
static uint64_t word_symbols(void)
{
	uint64_t symbols = 0;

	for (unsigned symbol = 0; symbol < sizeof common - 1; symbol++)
		symbols |= (uint64_t)(kind_of(common[symbol]) == KIND_WORD) << symbol;
	return symbols;
}

/* Splits the columns whose symbols are not all inside or all outside of the set. */
static void split_columns(struct machine *m, uint64_t columns[SYMBOLS], uint64_t symbols)
{
	for (uint32_t i = 0, count = m->width; i < count && m->width < SYMBOLS; i++) {
		uint64_t inside = columns[i] & symbols;

		if (inside == 0 || inside == columns[i])
			continue;
		columns[i] &= ~symbols;
		columns[m->width++] = inside;
	}
}

/* Symbols that the program cannot tell apart share a column: rows are short, and more of them stay in the caches. */
static void choose_columns(struct machine *m)
{
	uint64_t columns[SYMBOLS] = {UINT64_MAX};

	m->width = 1;
	for (unsigned symbol = SYMBOL_RARE; symbol <= SYMBOL_END; symbol++)
		split_columns(m, columns, (uint64_t)1 << symbol);
	split_columns(m, columns, (uint64_t)1 << symbol_of[' ']);
	split_columns(m, columns, word_symbols());
	for (uint32_t i = 0; i < m->set_count; i++) {
		m->sets[i].symbols = set_symbols(&m->sets[i]);
		split_columns(m, columns, m->sets[i].symbols);
	}
	for (uint32_t i = 0; i < m->width; i++)
		for (uint64_t bits = columns[i]; bits; bits &= bits - 1)
			m->column[__builtin_ctzll(bits)] = (unsigned char)i;
}

/* ---- states ----------------------------------------------------------------------------------------------------- */

/* Places that can be reached from pc without a byte go to the list; assertions wait in it. */
static void follow(struct machine *m, uint32_t pc)
{
	for (;;) {
		const struct inst *inst = &m->program[pc];

		if (m->seen_next[pc] == m->step)
			return;
		m->seen_next[pc] = m->step;
		if (inst->op != OP_FORK) {
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
		const struct inst *inst = &m->program[pc];

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
		const struct inst *inst = &m->program[m->list[i]];

		if (inst->op == OP_SET && set_holds(m, inst->set, symbol_of[' ']))
			follow(m, inst->next);
	}
	return m->len > before;
}

/* What stands behind the end of a match is never looked at. */
static void cut_list(struct machine *m)
{
	for (size_t i = 0; i < m->len; i++)
		if (m->program[m->list[i]].op == OP_MATCH)
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

/* The state for the list that was made; 0: no room. */
static uint32_t state_for(struct machine *m, enum kind before)
{
	uint32_t *bucket, number;

	if (m->len == 0)
		return STATE_DEAD;
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
		memset(m->seen_now, 0, m->count * sizeof *m->seen_now);
		memset(m->seen_next, 0, m->count * sizeof *m->seen_next);
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
	follow(m, 0);
	cut_list(m);
	m->starts[before] = state_for(m, before);
	return m->starts[before];
}

/* Makes the step from a state over a symbol; 0: no room. */
static uint32_t make_step(struct machine *m, uint32_t number, uint32_t symbol)
{
	struct stepping s = {.m = m, .before = m->states[number].before, .symbol = symbol, .kind = KIND_OTHER};
	uint32_t marks = symbol >= SYMBOL_RARE && symbol < SYMBOL_END ? STEP_DOUBTFUL : 0, target;

	if (symbol < sizeof common - 1)
		s.kind = kind_of(common[symbol]);
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
			follow(m, 0);
		if (symbol == symbol_of[' '] && follow_spaces(m))
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
	m->list = calloc(m->count + 1, sizeof *m->list);
	m->seen_now = calloc(m->count + 1, sizeof *m->seen_now);
	m->seen_next = calloc(m->count + 1, sizeof *m->seen_next);
	m->state_count = 2; /* 0 none, 1 dead */
	*m->bytes += m->count * (3 * sizeof(uint32_t) + sizeof(struct inst)) + sizeof *m;
	return m->list && m->seen_now && m->seen_next;
}

struct machine *machine_new(const struct pattern_source *source, size_t *bytes)
{
	struct arena *arena = arena_new(LITERALS_ARENA_MAX);
	struct machine *m = *bytes < MACHINES_MAX ? calloc(1, sizeof *m) : NULL;
	struct writer w = {.m = m};
	struct node *tree = NULL;

	if (m && arena)
		tree = pattern_tree(arena, source->text, source->len, &w.exact);
	if (tree) {
		m->bytes = bytes;
		write_node(&w, tree);
		emit(&w, OP_MATCH);
		m->exact = w.exact;
		if (!w.failed)
			choose_columns(m);
		if (w.failed || !make_scratch(m))
			tree = NULL;
	}
	arena_free(&arena);
	if (!tree)
		machine_free(&m);
	return m;
}

/* The same program begun at every byte. */
static struct machine *floating_new(struct machine *m)
{
	struct machine *twin = calloc(1, sizeof *twin);

	if (!twin)
		return NULL;
	*twin = (struct machine){.program = m->program, .count = m->count, .sets = m->sets, .set_count = m->set_count,
				 .shared = true, .floats = true, .bytes = m->bytes, .width = m->width};
	memcpy(twin->column, m->column, sizeof twin->column);
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
	if (!m->shared) {
		free(m->program);
		free(m->sets);
	}
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

/* What was seen on one run. */
struct run {
	bool found;
	bool doubtful;
	bool gave_up;
	size_t end, looked; /* where the match ends; behind the last byte that was looked at */
};

/* The memo's state for this kind of byte before; NULL: none is kept. */
static uint16_t *remembered(const struct machine *m, struct machine_memo *memo, enum kind before)
{
	if (!memo || (before != KIND_BEGIN && before != KIND_OTHER))
		return NULL;
	if (memo->refills != m->refills)
		*memo = (struct machine_memo){.refills = (uint16_t)m->refills};
	return &memo->state[before == KIND_OTHER];
}

static void run_from(struct machine *m, const struct normal *normal, size_t at, struct machine_memo *memo, size_t len,
		     struct run *run)
{
	enum kind before = at == 0 ? KIND_BEGIN : kind_of(normal->bytes[at - 1]);
	uint16_t *known = remembered(m, memo, before);
	uint32_t state;
	size_t limit = at + RUN_MAX, i = at, behind = at + len;

	if (known && *known && !m->stuck) {
		state = *known;
		i = behind;
		known = NULL;
	} else {
		state = m->stuck ? 0 : start_state(m, before);
	}
	run->doubtful = before == KIND_UNSURE;
	while (state > STATE_DEAD) {
		uint32_t symbol = i < normal->len ? symbol_of[normal->bytes[i]] : SYMBOL_END;
		uint32_t step = m->steps[(size_t)state * m->width + m->column[symbol]];

		if (step == 0)
			step = make_step(m, state, symbol);
		if (step == 0 || i == limit)
			break;
		if (step & STEP_ENDS) {
			run->found = true;
			run->end = i;
			if (!m->exact)
				return;
		}
		run->doubtful |= (step & STEP_DOUBTFUL) != 0;
		state = step >> 2;
		if (++i == behind && known && !run->found && !run->doubtful)
			*known = (uint16_t)state;
	}
	run->gave_up = state != STATE_DEAD;
	run->looked = i < normal->len ? i : normal->len;
	if (run->gave_up && i != limit && !m->stuck)
		(void)refill(m); /* the next text begins with new states */
}

enum machine_answer machine_at(struct machine *m, const struct normal *normal, size_t at, struct machine_memo *memo,
			       size_t len, size_t *end_r)
{
	struct run run = {0};

	if (!m)
		return MACHINE_MAYBE;
	run_from(m, normal, at, memo, len, &run);
	if (run.gave_up)
		return MACHINE_MAYBE;
	if (!run.found)
		return MACHINE_MISS;
	if (!m->exact || run.doubtful || run.end == at || normal->odd_space ||
	    normal->offset[run.looked] - normal->offset[at] != run.looked - at)
		return MACHINE_MAYBE;
	*end_r = run.end;
	return MACHINE_HIT;
}

enum machine_answer machine_behind(struct machine *m, const struct normal *normal, size_t at)
{
	struct run run = {0};

	if (m && !m->floating)
		m->floating = floating_new(m);
	if (!m || !m->floating)
		return MACHINE_MAYBE;
	run_from(m->floating, normal, at, NULL, 0, &run);
	return run.found || run.gave_up ? MACHINE_MAYBE : MACHINE_MISS;
}
