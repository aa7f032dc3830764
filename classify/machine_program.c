/*
 * machine_program.c - a pattern's tree as a program for the automaton of machine.c: bytes sets, forks in pcre2's order
 * of preference, and assertions.
 */
#include <stdlib.h>
#include <string.h>

#include "classify/literals.h"
#include "classify/machine_impl.h"

#define PROGRAM_MAX 12000 /* instructions */
#define NO_INST UINT16_MAX
_Static_assert(PROGRAM_MAX < NO_INST, "an instruction's number has 16 bits");

/* ---- writing ---------------------------------------------------------------------------------------------------- */

#define BUCKETS 64

struct set {
	uint64_t bits[4];
	uint64_t symbols; /* those of which it holds a byte */
	size_t next;	  /* 1 + the next set of its bucket; 0 none */
};

struct writer {
	struct program *program;
	struct set *sets;
	size_t buckets[BUCKETS]; /* 1 + the newest set */
	size_t room, set_count, set_room;
	bool failed;
};

static uint32_t emit(struct writer *w, enum op op)
{
	struct program *p = w->program;

	if (w->failed || p->count == PROGRAM_MAX) {
		w->failed = true;
		return 0;
	}
	if (p->count == w->room) {
		size_t room = w->room ? 2 * w->room : 64;
		struct inst *insts = realloc(p->insts, room * sizeof *insts);

		if (!insts) {
			w->failed = true;
			return 0;
		}
		p->insts = insts;
		w->room = room;
	}
	p->insts[p->count] = (struct inst){.op = (unsigned char)op, .next = (uint16_t)(p->count + 1)};
	return (uint32_t)p->count++;
}

static size_t *bucket_of(struct writer *w, const uint64_t bits[4])
{
	uint64_t mixed = (bits[0] ^ bits[1] ^ bits[2] ^ bits[3]) * 0x9E3779B97F4A7C15u;

	return &w->buckets[mixed >> 58];
}

/* A new set. false: no memory. */
static bool add_set(struct writer *w, const uint64_t bits[4])
{
	size_t *bucket = bucket_of(w, bits);

	if (w->set_count == w->set_room) {
		size_t room = w->set_room ? 2 * w->set_room : 32;
		struct set *sets = realloc(w->sets, room * sizeof *sets);

		if (!sets)
			return false;
		w->sets = sets;
		w->set_room = room;
	}
	w->sets[w->set_count] = (struct set){.next = *bucket};
	memcpy(w->sets[w->set_count].bits, bits, sizeof w->sets->bits);
	*bucket = ++w->set_count;
	return true;
}

static void emit_set(struct writer *w, const struct node *node)
{
	uint32_t at = emit(w, OP_SET);
	size_t i = *bucket_of(w, node->set);

	while (i > 0 && memcmp(w->sets[i - 1].bits, node->set, sizeof node->set) != 0)
		i = w->sets[i - 1].next;
	if (i == 0) {
		if (!add_set(w, node->set)) {
			w->failed = true;
			return;
		}
		i = w->set_count;
	}
	if (!w->failed)
		w->program->insts[at].set = (uint16_t)(i - 1);
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
	inst = &w->program->insts[fork];
	inst->next = (uint16_t)(lazy ? skip : fork + 1);
	inst->other = (uint16_t)(lazy ? fork + 1 : skip);
}

/* White space alone? */
static bool is_space(const struct node *node)
{
	return node->kind == NODE_SET && set_size(node) == 1 && set_has(node, ' ');
}

static void write_repeat(struct writer *w, const struct node *node)
{
	uint32_t forks[64], count = 0, fork, max = node->max;

	if (nullable(node->child))
		w->program->exact = false; /* rounds that match nothing have rules of their own */
	if (is_space(node->child) && node->min <= 1 && max > 1)
		max = 1; /* a run of white space is one */
	for (uint32_t i = 0; i < node->min && !w->failed; i++)
		write_node(w, node->child);
	if (max == REP_ENDLESS) {
		fork = emit_choice(w);
		write_node(w, node->child);
		if (!w->failed) {
			uint32_t back = emit(w, OP_FORK); /* always back: both ways alike */

			if (!w->failed)
				w->program->insts[back].next = w->program->insts[back].other = (uint16_t)fork;
		}
		set_choice(w, fork, node->lazy, (uint32_t)w->program->count);
		return;
	}
	if (max - node->min > ARRAY_LEN(forks)) {
		w->failed = true;
		return;
	}
	for (uint32_t i = node->min; i < max && !w->failed; i++) {
		forks[count++] = emit_choice(w);
		write_node(w, node->child);
	}
	for (uint32_t i = 0; i < count; i++)
		set_choice(w, forks[i], node->lazy, (uint32_t)w->program->count);
}

static void write_alternatives(struct writer *w, const struct node *node)
{
	uint16_t before = NO_INST; /* the jump behind the last alternative written: a chain */

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
		w->program->insts[jump].next = before;
		before = (uint16_t)jump;
		set_choice(w, fork, false, (uint32_t)w->program->count);
	}
	while (!w->failed && before != NO_INST) {
		struct inst *jump = &w->program->insts[before];

		before = jump->next;
		jump->next = jump->other = (uint16_t)w->program->count;
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

/* ---- merging ---------------------------------------------------------------------------------------------------- */

/*
 * Instructions from which all is the same are one: the ends of alternatives, mostly ("flights?|trains?"). The lists of
 * the automaton's states are sets of instructions, so that fewer of them make fewer states: less to make, and less to
 * keep in the caches. Where the same stands in a list twice, the second is less preferred and would be cut anyhow.
 *
 * Read backwards, an instruction's successors have been merged already; but for loops, of which those over one set are
 * known by their set and the way out.
 */
struct merger {
	struct program *program;
	uint16_t *to;	 /* by instruction: which one stands for it */
	uint32_t *table; /* hash of what it is -> 1 + instruction; `mask` + 1 places */
	uint32_t mask;
};

/* Jumps and what was merged lead on to what is really there. */
static uint16_t resolve(const struct merger *m, uint16_t at)
{
	while (m->to[at] != at)
		at = m->to[at];
	return at;
}

/* A fork over a loop of a single set: what it is, with the set in place of the way in. */
static bool loop_key(const struct merger *m, uint32_t at, struct inst *key_r)
{
	const struct inst *inst = &m->program->insts[at];
	bool lazy = inst->op == OP_FORK && inst->other == at + 1;
	const struct inst *body = inst + 1;

	if (inst->op != OP_FORK || (inst->next != at + 1 && !lazy) || body->op != OP_SET || body->next != at)
		return false;
	*key_r = (struct inst){.op = lazy ? OP_LAZY_LOOP : OP_LOOP, .set = body->set};
	key_r->next = lazy ? inst->next : inst->other;
	return true;
}

static struct inst key_of(const struct merger *m, uint32_t at)
{
	struct inst key = m->program->insts[at];

	(void)loop_key(m, at, &key);
	return key;
}

/* The instruction that is the same as this one; itself when it is the first. */
static uint32_t find_same(struct merger *m, uint32_t at)
{
	struct inst key = key_of(m, at);
	uint64_t mixed = ((uint64_t)key.other << 24 | (uint64_t)key.next << 3 | key.op) * 0x9E3779B97F4A7C15u;
	uint32_t place = (uint32_t)(mixed >> 32) & m->mask;

	for (; m->table[place]; place = (place + 1) & m->mask) {
		struct inst other = key_of(m, m->table[place] - 1);

		if (key.op == other.op && key.next == other.next && key.other == other.other)
			return m->table[place] - 1;
	}
	m->table[place] = at + 1;
	return at;
}

static void merge_insts(struct merger *m)
{
	struct inst *insts = m->program->insts, key;

	for (uint32_t i = (uint32_t)m->program->count; i-- > 0;) {
		uint32_t same;

		insts[i].next = resolve(m, insts[i].next);
		if (insts[i].op == OP_FORK)
			insts[i].other = resolve(m, insts[i].other);
		if (insts[i].op == OP_FORK && insts[i].next == insts[i].other) {
			m->to[i] = insts[i].next;
			continue;
		}
		same = find_same(m, i);
		if (same != i && loop_key(m, i, &key))
			m->to[i + 1] = (uint16_t)(same + 1); /* the loop's body goes with it */
		m->to[i] = (uint16_t)same;
	}
}

/* Those that can be reached move together, in their order. */
static void pack_insts(struct merger *m)
{
	struct program *p = m->program;
	uint32_t *number = m->table, *stack = m->table + p->count; /* the table is not needed any more, and large enough */
	size_t count = 0, depth = 0;

	memset(number, 0, p->count * sizeof *number);
	p->start = resolve(m, 0);
	number[p->start] = 1;
	stack[depth++] = p->start;
	while (depth > 0) {
		struct inst *inst = &p->insts[stack[--depth]];
		uint16_t ways[2] = {inst->next = resolve(m, inst->next), 0};
		unsigned n = 1;

		if (inst->op == OP_FORK)
			inst->other = ways[n++] = resolve(m, inst->other);
		while (n-- > 0 && inst->op != OP_MATCH)
			if (!number[ways[n]]) {
				number[ways[n]] = 1;
				stack[depth++] = ways[n];
			}
	}
	for (size_t i = 0; i < p->count; i++)
		if (number[i])
			number[i] = (uint32_t)count++;
		else
			number[i] = UINT32_MAX;
	for (size_t i = 0; i < p->count; i++) {
		struct inst inst = p->insts[i];

		if (number[i] == UINT32_MAX)
			continue;
		inst.next = inst.op == OP_MATCH ? 0 : (uint16_t)number[inst.next];
		if (inst.op == OP_FORK)
			inst.other = (uint16_t)number[inst.other];
		p->insts[number[i]] = inst;
	}
	p->start = number[p->start];
	p->count = count;
}

static bool merge_program(struct program *p)
{
	struct merger m = {.program = p, .mask = 63};
	struct inst *insts;
	bool merged;

	while (m.mask < 2 * p->count)
		m.mask = 2 * m.mask + 1;
	m.to = malloc(p->count * sizeof *m.to);
	m.table = calloc(m.mask + 1, sizeof *m.table);
	merged = m.to && m.table;
	if (merged) {
		for (uint16_t i = 0; i < p->count; i++)
			m.to[i] = i;
		p->insts[p->count - 1].next = 0; /* the end leads nowhere */
		merge_insts(&m);
		pack_insts(&m);
		insts = realloc(p->insts, p->count * sizeof *insts);
		if (insts)
			p->insts = insts;
	}
	free(m.to);
	free(m.table);
	return merged;
}

/* ---- symbols ---------------------------------------------------------------------------------------------------- */

/*
 * abcdefghijklmnopqrstuvwxyz '0123456789_!?.,-:;#@/&"()$%+*=<> are 0 to 59; capitals never stand in a normalised text.
 */
const unsigned char machine_symbol[NORMAL_BYTES] = {
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

static uint64_t set_symbols(const struct set *set)
{
	uint64_t symbols = 0;

	for (unsigned word = 0; word < 2; word++)
		for (uint64_t bits = set->bits[word]; bits; bits &= bits - 1)
			symbols |= (uint64_t)1 << machine_symbol[word * 64 + (unsigned)__builtin_ctzll(bits)];
	if (set->bits[2] & 1)
		symbols |= (uint64_t)1 << SYMBOL_OPAQUE;
	if (set->bits[2] >> 1 || set->bits[3])
		symbols |= (uint64_t)1 << SYMBOL_SIGN;
	return symbols;
}

/* Splits the columns whose symbols are not all inside or all outside of the set. */
static void split_columns(struct program *p, uint64_t columns[SYMBOLS], uint64_t symbols)
{
	for (uint32_t i = 0, count = p->width; i < count && p->width < SYMBOLS; i++) {
		uint64_t inside = columns[i] & symbols;

		if (inside == 0 || inside == columns[i])
			continue;
		columns[i] &= ~symbols;
		columns[p->width++] = inside;
	}
}

static uint64_t columns_of(const struct program *p, uint64_t symbols)
{
	uint64_t columns = 0;

	for (; symbols; symbols &= symbols - 1)
		columns |= (uint64_t)1 << p->column[__builtin_ctzll(symbols)];
	return columns;
}

/*
 * Symbols that the program cannot tell apart share a column: rows are short, and more of them stay in the caches. From
 * then on the program tests columns.
 */
static bool choose_columns(struct program *p, struct set *sets, size_t set_count)
{
	uint64_t columns[SYMBOLS] = {UINT64_MAX};

	p->width = 1;
	for (unsigned symbol = SYMBOL_RARE; symbol <= SYMBOL_END; symbol++)
		split_columns(p, columns, (uint64_t)1 << symbol); /* from COLUMN_RARE to COLUMN_END */
	split_columns(p, columns, (uint64_t)1 << SYMBOL_SPACE);
	split_columns(p, columns, SYMBOLS_WORD);
	for (size_t i = 0; i < set_count; i++) {
		sets[i].symbols = set_symbols(&sets[i]);
		split_columns(p, columns, sets[i].symbols);
	}
	for (uint32_t i = 0; i < p->width; i++) {
		p->words |= (uint64_t)((columns[i] & SYMBOLS_WORD) != 0) << i;
		for (uint64_t bits = columns[i]; bits; bits &= bits - 1)
			p->column[__builtin_ctzll(bits)] = (unsigned char)i;
	}
	p->sets = calloc(set_count + 1, sizeof *p->sets);
	p->set_count = set_count;
	for (size_t i = 0; p->sets && i < set_count; i++)
		p->sets[i] = columns_of(p, sets[i].symbols);
	for (size_t i = 0; i < p->count; i++)
		p->begins |= p->insts[i].op == OP_BEGIN;
	return p->sets != NULL;
}

/* ---- all of it -------------------------------------------------------------------------------------------------- */

bool program_write(struct program *p, const struct node *tree, bool exact)
{
	struct writer w = {.program = p};

	*p = (struct program){.exact = exact};
	write_node(&w, tree);
	emit(&w, OP_MATCH);
	w.failed = w.failed || !merge_program(p) || !choose_columns(p, w.sets, w.set_count);
	free(w.sets);
	return !w.failed;
}

struct program *program_new(const struct pattern_source *source)
{
	struct arena *arena = arena_new(LITERALS_ARENA_MAX);
	struct program *program = calloc(1, sizeof *program);
	struct node *tree = NULL;
	bool exact;

	if (arena && program)
		tree = pattern_tree(arena, source->text, source->len, &exact);
	if (!tree || !program_write(program, tree, exact))
		program_free(&program);
	arena_free(&arena);
	return program;
}

void program_free(struct program **program)
{
	if (!*program)
		return;
	free((*program)->insts);
	free((*program)->sets);
	free(*program);
	*program = NULL;
}

size_t program_bytes(const struct program *program)
{
	return sizeof *program + program->count * sizeof *program->insts + program->set_count * sizeof *program->sets;
}
