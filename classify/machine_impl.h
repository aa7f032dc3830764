/*
 * machine_impl.h - what the files of the machines share.
 *
 * machine_program.c writes a pattern's tree as a program, machine_states.c makes states of it as texts need them,
 * machine.c runs.
 */
#ifndef MACHINE_IMPL_H
#define MACHINE_IMPL_H

#include "classify/machine.h"
#include "classify/pattern_tree.h"

enum kind { KIND_BEGIN, KIND_OTHER, KIND_WORD, KIND_UNSURE, KIND_COUNT }; /* of the byte before */

enum op {
	OP_SET,
	OP_FORK,
	OP_BOUND,
	OP_BEGIN,
	OP_MATCH,
	OP_LOOP, /* these two in no program: keys of merge_program() */
	OP_LAZY_LOOP,
};

/* Six bytes: the programs of six languages are half a million of them, and a program has under 65,536. */
struct inst {
	uint16_t next; /* OP_FORK: first choice */
	union {
		uint16_t other; /* OP_FORK: second choice */
		uint16_t set;	/* OP_SET: which of the program's */
	};
	unsigned char op; /* enum op */
};

/*
 * 64 symbols: letters, digits and the common signs of ASCII; one for its other signs, one for all letters and one for
 * all signs beyond it; the text's end. Over the three in the middle every step is doubtful.
 */
enum { SYMBOL_SPACE = 26, SYMBOL_RARE = 60, SYMBOL_OPAQUE, SYMBOL_SIGN, SYMBOL_END, SYMBOLS };
#define SYMBOLS_WORD ((uint64_t)0x7FF << 28 | (((uint64_t)1 << 26) - 1)) /* digits and _; letters */

extern const unsigned char machine_symbol[NORMAL_BYTES];

static inline enum kind symbol_kind(unsigned symbol)
{
	if (symbol == SYMBOL_OPAQUE || symbol == SYMBOL_SIGN)
		return KIND_UNSURE;
	return SYMBOLS_WORD >> symbol & 1 ? KIND_WORD : KIND_OTHER;
}

/* Symbols that a program cannot tell apart share a column. These have their own in each. */
enum { COLUMN_RARE = 1, COLUMN_OPAQUE, COLUMN_SIGN, COLUMN_END, COLUMN_SPACE };

struct program {
	struct inst *insts;
	size_t count, set_count;
	uint64_t *sets; /* of each the columns of the symbols of which it holds a byte */
	uint32_t start; /* where it begins */
	bool exact; /* its end is where pcre2's match ends, in plain text */
	bool begins; /* it has OP_BEGIN */
	uint32_t width; /* columns */
	uint64_t words; /* columns whose symbols are of words */
	unsigned char column[SYMBOLS]; /* by symbol */
};

/* The program of a pattern's tree. false: too large, or no memory; its insts and sets are to be freed in any case. */
bool program_write(struct program *program, const struct node *tree, bool exact) MUST_CHECK;

struct machine_pool {
	size_t bytes;	/* that its machines have taken */
	const atomic_uint *sharers;
	size_t room;	/* instructions of the largest of them */
	uint16_t *list; /* being made */
	size_t len;
	bool at_begin; /* the list is that of the text's beginning: nowhere else OP_BEGIN holds */
	uint32_t *seen_now, *seen_next; /* by instruction: number of the step that was there last */
	uint32_t step;
};

/*
 * A step, in 16 bits: the next state, by where its row begins, in units of so many columns; and marks.
 * 0: not known yet.
 */
#define ROW_UNIT 8u
#define STEP_STATE 0x3FFFu
#define STEP_ENDS 0x4000u     /* a match ends before the byte */
#define STEP_DOUBTFUL 0x8000u
#define STEP_DEAD 1u	      /* without its marks: nothing can match any more */
#define STATE_FIRST 2u	      /* so that no row begins where STEP_DEAD says */
#define LINE_BYTES ((size_t)64) /* of the cache */

struct state {
	uint32_t at, len; /* its list in lists */
	uint32_t hash;	  /* of list and kind */
	unsigned char before; /* enum kind */
};

/* What is read on each run stands in the first line of the cache, with the columns of letters and spaces. */
struct machine {
	uint16_t *steps; /* by row and column */
	uint16_t refills;
	uint16_t halt; /* marks that end a run: STEP_ENDS, when where is of no use */
	unsigned char units; /* of a row */
	unsigned char at_begin; /* enum kind: what the text's beginning is for it */
	bool full;   /* no more states until it forgets them, before the next text */
	bool stuck;  /* nor then */
	bool floats; /* begins anew at every byte */
	unsigned char column[SYMBOLS];
	uint16_t starts[KIND_COUNT]; /* by the kind of byte before, as a step; 0 not made */
	struct machine *floating; /* its twin, made on demand */
	struct machine_pool *pool;
	const struct program *program;
	struct state *states;
	uint16_t *table; /* by hash, the next free place: states; 2 * state_room places */
	uint32_t state_count, state_room; /* room: a power of two */
	uint16_t *lists;
	size_t list_count, list_room;
};

/* Where the step from a state over a column stands. */
static inline uint16_t *machine_place(const struct machine *m, uint32_t from, unsigned column)
{
	return m->steps + (size_t)(from & STEP_STATE) * ROW_UNIT + column;
}

/* May its machines take so many bytes more? */
bool machine_pool_has(const struct machine_pool *pool, size_t bytes);
/* Room for lists of a program of so many instructions. false: no memory. */
bool machine_pool_grow(struct machine_pool *pool, size_t count) MUST_CHECK;
/* The state in which runs begin, as a step; 0: no room. */
uint32_t machine_start(struct machine *m, enum kind before);
/* Makes the step from the state of another over a column; 0: no room. */
uint32_t machine_step(struct machine *m, uint32_t from, unsigned column);
/* Forgets all states: texts were too different. No run may be under way. */
void machine_forget(struct machine *m);
void machine_states_done(struct machine *m);

#endif
