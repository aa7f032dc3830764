/*
 * main.c - `amends COMMAND ...`: finds the command and runs it.
 *
 * Exit codes: 0 done, 1 failed, 2 wrong usage. Standard streams may be closed or broken: a closed one is replaced by
 * one on which reading or writing fails (so that no database ever becomes "standard output"), and a reader who went
 * away ends the program with 1 instead of a signal.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "program.h"
#include "watcher/nearest.h"

static void help_print(FILE *out)
{
	fputs("amends watches public posts about a brand, tells who vents from who has a problem, and drafts "
	      "replies.\n\n"
	      "usage: amends COMMAND [OPTION]...\n\n",
	      out);
	for (size_t i = 0; command_at(i) != NULL; i++)
		fprintf(out, "  %-10s %s\n", command_at(i)->name, command_at(i)->summary);
	fputs("\n  --help         this text; `amends COMMAND --help` tells more about one\n"
	      "  --help-config  the options of amends.yaml\n"
	      "  --version      the version\n\n"
	      "AMENDS_LOG=debug in the environment: more on standard error (error, warn, info, debug).\n"
	      "Start with `amends run` (a demonstration when there is no amends.yaml here) or `amends init`.\n",
	      out);
}

static const char *command_name_at(const void *ctx, size_t i)
{
	(void)ctx;
	return command_at(i) ? command_at(i)->name : NULL;
}

static int unknown_command(const char *word)
{
	const char *nearest = nearest_word(word, command_name_at, NULL);

	if (nearest != NULL)
		fprintf(stderr, "amends: unknown command \"%.60s\": did you mean \"%s\"? (amends --help lists them)\n",
			word, nearest);
	else
		fprintf(stderr, "amends: unknown %s \"%.60s\" (amends --help lists them)\n",
			word[0] == '-' ? "option" : "command", word);
	return EXIT_USAGE;
}

static int run(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : NULL;
	const struct command *command;

	if (word == NULL) {
		help_print(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
		help_print(stdout);
		return EXIT_DONE;
	}
	if (strcmp(word, "help") == 0 && argc > 2 && (command = command_find(argv[2])) != NULL) {
		command_help(command, stdout);
		return EXIT_DONE;
	}
	if (strcmp(word, "help") == 0) {
		help_print(stdout);
		return EXIT_DONE;
	}
	if (strcmp(word, "--help-config") == 0) {
		settings_help(stdout);
		return EXIT_DONE;
	}
	if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0) {
		puts("amends " PROGRAM_VERSION);
		return EXIT_DONE;
	}
	command = command_find(word);
	return command ? command->run(argc - 1, argv + 1) : unknown_command(word);
}

/* A closed 0, 1 or 2 would be given to the next file opened. Opened the wrong way round, use of it is an error. */
static void standard_streams_keep(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF)
			continue;
		if (open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : fd == STDOUT_FILENO ? O_RDONLY : O_RDWR) != fd)
			exit(EXIT_FAILED);
	}
}

/* AMENDS_LOG=debug: how much is told on standard error. `amends run --debug` sets it for both halves. */
static int log_level_read(void)
{
	const char *word = getenv("AMENDS_LOG");
	enum log_level level;

	if (word == NULL || *word == '\0')
		return EXIT_DONE;
	if (!log_level_from_name(word, &level)) {
		fprintf(stderr, "amends: AMENDS_LOG=%.40s: one of error, warn, info, debug\n", word);
		return EXIT_USAGE;
	}
	log_level_set(level);
	return EXIT_DONE;
}

int main(int argc, char **argv)
{
	int code;

	standard_streams_keep();
	signal(SIGPIPE, SIG_IGN);
	code = log_level_read();
	if (code == EXIT_DONE)
		code = run(argc, argv);
	errno = 0;
	if (fflush(stdout) != 0 || ferror(stdout)) {
		if (errno != EPIPE && errno != 0)
			fprintf(stderr, "amends: cannot write to standard output: %s\n", strerror(errno));
		if (code == EXIT_DONE)
			code = EXIT_FAILED;
	}
	return code;
}
