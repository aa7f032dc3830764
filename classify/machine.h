/*
 * machine.h - what a pattern can match, decided on the normalised text by a finite automaton.
 *
 * pcre2 stays the arbiter. A machine is built from the pattern's tree, which never stands for less than the pattern
 * matches; so where it says MACHINE_MISS no match begins, and pcre2 need not be asked. Where the tree stands for
 * exactly what pcre2 matches, and the text looked at is plain (ASCII, single spaces), it also knows where pcre2's match
 * ends.
 */
#ifndef MACHINE_H
#define MACHINE_H

#include <stdatomic.h>

#include "classify/normalise.h"
#include "classify/rules_impl.h"

enum machine_answer {
	MACHINE_MISS,  /* no match */
	MACHINE_MAYBE, /* ask pcre2 */
	MACHINE_HIT,   /* pcre2 would match from here to the job's end */
	MACHINE_UNASKED,
};

struct program; /* what a pattern can match; read only: machines of all threads share it */
struct machine; /* one thread's; its states are made as texts need them */
struct machine_pool; /* what all machines of a thread share */

/* NULL: the pattern is not understood, or too large, or there is no memory. */
struct program *program_new(const struct pattern_source *source);
void program_free(struct program **program);
size_t program_bytes(const struct program *program);

/* Bytes that all machines of a pool take, at most; those of a rule set's pools together share MACHINES_SHARED. */
#define MACHINES_MAX ((size_t)12 << 20)
#define MACHINES_SHARED ((size_t)24 << 20)

/* sharers: how many pools share, now and later; NULL: this one is alone. NULL is returned without memory. */
struct machine_pool *machine_pool_new(const atomic_uint *sharers);
void machine_pool_free(struct machine_pool **pool); /* its machines have been freed before */
/* NULL: none (program is NULL, the pool is full, no memory); then every answer is maybe. It runs the program as long as
 * it lives. */
struct machine *machine_new(struct machine_pool *pool, const struct program *program);
void machine_free(struct machine **machine);
/* The machine that begins anew at every byte: does a match begin at its place or behind it? NULL: no memory. */
struct machine *machine_floating(struct machine *machine);

/*
 * What is known about a machine behind a literal that many texts hold. Zeroed at first; of one machine and literal.
 * Symbols are machine_symbol's.
 */
struct machine_memo {
	/*
	 * Behind a byte that belongs to no word: symbols that end the run without a match when they stand behind the
	 * literal; and when they stand behind it and one of these others.
	 */
	uint64_t dies, dies_behind, others;
	uint16_t state[2]; /* where it stands: at the text's beginning, and behind a byte that belongs to no word */
	uint16_t refills;
	bool begins; /* at the text's beginning another may stand */
};

/* Does a match begin at this index of the normalised text? */
struct machine_job {
	struct machine *machine;   /* NULL: is not to be run; the answer stays */
	struct machine_memo *memo; /* of the literal of `len` bytes that stands there; NULL */
	size_t at, len;
	enum machine_answer answer; /* set by machine_run() */
	size_t end;		    /* MACHINE_HIT: of the match */
};

/* Is the answer MISS, by what the memo knows alone? */
bool machine_sees_death(const struct machine_memo *memo, const struct normal *normal, size_t at, size_t len);
void machine_run(struct machine_job *job, const struct normal *normal);
/*
 * At most MACHINE_JOBS jobs. They are run step by step by turns: each step waits for memory that
 * no cache is large enough for, and so they wait together.
 */
#define MACHINE_JOBS 64
void machine_run_all(struct machine_job *jobs, size_t count, const struct normal *normal);

#endif
