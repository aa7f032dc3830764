/*
 * program.h - what the commands share: the table of commands, their options, loading of configuration, rules and
 * templates, exit codes.
 */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <getopt.h>

#include "intake.h"

#define PROGRAM_VERSION "0.1.0"

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

struct command {
	const char *name;
	const char *usage;   /* "import FILE..." */
	const char *summary; /* one line */
	const char *help;    /* options and examples, several lines */
	int (*run)(int argc, char **argv); /* argv[0] is the command's name; returns an exit code */
};
/* One per cmd_*.c; listed in command.c. */
extern const struct command command_init, command_run, command_watch, command_desk, command_reload, command_import,
	command_classify, command_explain, command_rules, command_queue, command_pause, command_resume, command_promise,
	command_review, command_source, command_template, command_user, command_doctor;

const struct command *command_find(const char *name);
const struct command *command_at(size_t index); /* NULL at the end */
void command_help(const struct command *command, FILE *out);
/* One line on stderr, "amends import: ...", then the exit code for the error: 2 for ERR_INVALID usage, else 1. */
int command_fail(const char *command, const struct error *error);
int command_usage(const char *command, const char *fmt, ...) FORMAT(2, 3); /* prints, returns EXIT_USAGE */

/*
 * getopt_long for a command: the next option's `val`, -1 at the end (optind: the first operand). OPTION_STOP when the
 * command is over: --help was printed, or a wrong option named on stderr; then return *exit_r.
 */
enum { OPTION_STOP = -2 };
int command_option(int argc, char **argv, const struct option *options, int *exit_r);

/* "amends queue show": a command of several, chosen by its first operand. */
struct subcommand {
	const char *name;
	int (*run)(int argc, char **argv); /* argv[0] is "queue show" */
};
/* Runs the one named by argv[1] (`otherwise` when there is none); count entries. */
int subcommand_run(const char *command, const struct subcommand *list, size_t count, const char *otherwise, int argc,
		   char **argv);

/* Everything a process needs to judge and answer posts. */
struct toolkit {
	struct ruleset *rules, *tone_rules;
	struct ruleset *offer_rules; /* NULL until toolkit_load_offers() */
	struct templates *templates;
	struct weights *weights[WEIGHTS_LANGS_MAX]; /* fitted, one of a language; scores points to them */
	struct scores scores;
};
/* Shipped assets plus the brand's own folders from settings (NULL: shipped only). */
enum err toolkit_load(const struct settings *settings, struct toolkit *toolkit_r, struct error *e_r) MUST_CHECK;
/*
 * The same for those who only judge posts: where brands have no folders of their own, tone_rules holds no rule and
 * templates no template.
 */
enum err toolkit_load_judging(const struct settings *settings, struct toolkit *toolkit_r, struct error *e_r) MUST_CHECK;
/* Shipped rules with the files of one folder over them; templates as shipped. dir NULL: shipped only. */
enum err toolkit_load_rules(const char *dir, struct toolkit *toolkit_r, struct error *e_r) MUST_CHECK;
/* The same without fitted weights: the rules as they are written, for fitting. */
enum err toolkit_load_unfitted(const char *dir, struct toolkit *toolkit_r, struct error *e_r) MUST_CHECK;
/* The brands' own folder of rules: toolkit_load() sees to it that all name the same. NULL: they have none, or settings
 * is NULL. */
const char *toolkit_rules_dir(const struct settings *settings);
/* Adds what reads our own replies (offer.h), for those who approve them: shipped, then offer/ in the brand's own folder. */
enum err toolkit_load_offers(const struct settings *settings, struct toolkit *toolkit, struct error *e_r) MUST_CHECK;
/* Tells, a sentence each, what in a brand's own folder of rules is not read, and that no rule is. NULL: nothing. */
void toolkit_remarks(const char *rules_dir, void (*tell)(void *ctx, const char *sentence), void *ctx);
void toolkit_free(struct toolkit *toolkit);

/* ---- configuration and store of a command ---- */

#define CONFIG_NAME "amends.yaml" /* looked for in the working directory */
#define STORE_NAME "amends.db"
#define DEMO_STORE_NAME "amends-demo.db"

struct workspace_options {
	const char *config; /* --config; NULL: amends.yaml when it is here */
	const char *store;  /* --store, over the configuration's; NULL: the configuration's */
	const char *brand;  /* without a configuration: the brand to make up; NULL: there must be one */
	bool demo;	    /* --demo: the demonstration on `store` */
	bool no_store;	    /* do not open the store */
	bool makes;	    /* a store that --store names and that is not there is made; otherwise that is an error */
	unsigned flags;	    /* SETTINGS_SECRETS */
};

struct workspace {
	struct arena *arena; /* holds the settings */
	struct settings settings;
	struct store *store; /* NULL with no_store */
};

/* Prints what is wrong (one line) and returns the exit code; EXIT_DONE when the workspace is open. */
int workspace_open(const char *command, const struct workspace_options *options, struct workspace *workspace_r);
/* Opens the store afterwards, as the options say (no_store). */
enum err workspace_store_open(const struct workspace_options *options, struct workspace *workspace,
			      struct error *e_r) MUST_CHECK;
void workspace_close(struct workspace *workspace);
/* The store of a demonstration: a new one, which is marked as such, or one that has the mark; ERR_CONFLICT: it has none. */
enum err demo_store_open(const char *path, struct store **store_r, struct error *e_r) MUST_CHECK;

/* ---- one process of a kind per store: the lock file STORE-run ---- */

enum process_kind { PROCESS_RUN, PROCESS_WATCH, PROCESS_DESK };
/* Locks; *lock_r is a descriptor to keep open (closing it, or the end of the process, unlocks). ERR_CONFLICT names the
 * process that has it. */
enum err process_lock(const char *store, enum process_kind kind, int *lock_r, struct error *e_r) MUST_CHECK;
/* Process id of the holder, 0 none, -1 could not tell. */
long process_holder(const char *store, enum process_kind kind);

#endif
