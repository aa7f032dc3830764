/*
 * machine_impl.h - what machine.c and machine_program.c share.
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

struct inst {
	enum op op;
	uint32_t next; /* OP_FORK: first choice */
	union {
		uint64_t other;	  /* OP_FORK: second choice */
		uint64_t set;	  /* OP_SET, while the program is written: which */
		uint64_t symbols; /* OP_SET, then: those of which the set holds a byte */
	};
};

/*
 * 64 symbols: letters, digits and the common signs of ASCII; one for its other signs, one for all letters and one for
 * all signs beyond it; the text's end. Over the three in the middle every step is doubtful.
 */
enum { SYMBOL_RARE = 60, SYMBOL_OPAQUE, SYMBOL_SIGN, SYMBOL_END, SYMBOLS };

extern const unsigned char machine_symbol[NORMAL_BYTES];
/* A byte of the symbol, below SYMBOL_RARE. */
unsigned machine_symbol_byte(unsigned symbol);
enum kind machine_kind(unsigned byte);

struct program {
	struct inst *insts;
	size_t count;
	uint32_t start; /* where it begins */
	bool exact; /* its end is where pcre2's match ends, in plain text */
	uint32_t width; /* columns: symbols that the program cannot tell apart share one */
	unsigned char column[SYMBOLS]; /* by symbol */
	unsigned char sample[SYMBOLS]; /* by column: one of its symbols */
};

/* The program of a pattern's tree. false: too large, or no memory; program_done() in any case. */
bool program_write(struct program *program, const struct node *tree, bool exact) MUST_CHECK;
void program_done(struct program *program);

#endif
