/*
 * program.h - what the commands share: the table of commands, loading of rules and templates, exit codes.
 */
#ifndef PROGRAM_H
#define PROGRAM_H

#include "intake.h"

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

struct command {
	const char *name;
	const char *usage;   /* "import FILE..." */
	const char *summary; /* one line */
	const char *help;    /* options and examples, several lines */
	int (*run)(int argc, char **argv); /* argv[0] is the command's name; returns an exit code */
};
const struct command *command_find(const char *name);
const struct command *command_at(size_t index); /* NULL at the end */
/* One line on stderr, "amends import: ...", then the exit code for the error: 2 for ERR_INVALID usage, else 1. */
int command_fail(const char *command, const struct error *error);
int command_usage(const char *command, const char *fmt, ...) FORMAT(2, 3); /* prints, returns EXIT_USAGE */

/* Everything a process needs to judge and answer posts. */
struct toolkit {
	struct ruleset *rules, *tone_rules;
	struct templates *templates;
	struct scores scores;
};
/* Shipped assets plus the brand's own folders from settings (NULL: shipped only). */
enum err toolkit_load(const struct settings *settings, struct toolkit *toolkit_r, struct error *e_r) MUST_CHECK;
void toolkit_free(struct toolkit *toolkit);

#endif
