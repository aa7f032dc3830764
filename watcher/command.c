/*
 * command.c - the table of commands and what they share: errors, options, subcommands.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "program.h"
#include "watcher/nearest.h"

/* In the order a new user meets them. */
static const struct command *const commands[] = {
	&command_init,	  &command_run,	    &command_watch,  &command_desk,   &command_reload,	&command_import,
	&command_classify, &command_explain, &command_rules,  &command_queue,  &command_pause,	&command_resume,
	&command_promise,  &command_review,  &command_source, &command_template, &command_user, &command_doctor,
};

const struct command *command_at(size_t index)
{
	return index < ARRAY_LEN(commands) ? commands[index] : NULL;
}

const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

void command_help(const struct command *command, FILE *out)
{
	fprintf(out, "usage: amends %s\n\n%s.\n\n%s", command->usage, command->summary, command->help);
}

int command_fail(const char *command, const struct error *error)
{
	fprintf(stderr, "amends %s: %s\n", command, error->text);
	return error->code == ERR_INVALID ? EXIT_USAGE : EXIT_FAILED;
}

int command_usage(const char *command, const char *fmt, ...)
{
	va_list args;

	fprintf(stderr, "amends %s: ", command);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fprintf(stderr, " (amends %.*s --help)\n", (int)strcspn(command, " "), command);
	return EXIT_USAGE;
}

static const char *option_name_at(const void *ctx, size_t i)
{
	const struct option *options = ctx;

	return options[i].name; /* the closing entry's is NULL */
}

static int option_wrong(const char *command, char **argv, const struct option *options, int what)
{
	const char *word = optind > 0 ? argv[optind - 1] : "";
	char name[64];
	const char *nearest;

	if (strncmp(word, "--", 2) != 0 && what != ':')
		return command_usage(command, "unknown option -%c", optopt);
	if (what == ':')
		return command_usage(command, "%.60s needs a value", word);
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(word + 2, "="), word + 2);
	for (size_t i = 0; options[i].name != NULL; i++)
		if (strcmp(options[i].name, name) == 0)
			return command_usage(command, "--%s takes no value", name);
	nearest = nearest_word(name, option_name_at, options);
	if (nearest != NULL)
		return command_usage(command, "unknown option --%s: did you mean --%s?", name, nearest);
	return command_usage(command, "unknown or ambiguous option --%s", name);
}

/* Of all options only --jobs has a short form, as in make and xargs. */
static const char *short_options(const struct option *options)
{
	for (; options->name != NULL; options++)
		if (strcmp(options->name, "jobs") == 0)
			return ":j:";
	return ":";
}

int command_option(int argc, char **argv, const struct option *options, int *exit_r)
{
	const struct command *command = command_find(argv[0]);
	int found;

	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--help") == 0 && command != NULL) {
			command_help(command, stdout);
			*exit_r = EXIT_DONE;
			return OPTION_STOP;
		}
	opterr = 0;
	found = getopt_long(argc, argv, short_options(options), options, NULL);
	if (found == '?' || found == ':') {
		*exit_r = option_wrong(argv[0], argv, options, found);
		return OPTION_STOP;
	}
	return found;
}

int subcommand_run(const char *command, const struct subcommand *list, size_t count, const char *otherwise, int argc,
		   char **argv)
{
	bool named = argc > 1 && argv[1][0] != '-';
	const char *word = named ? argv[1] : otherwise;
	char known[200] = "", full[64]; /* full: lives while the subcommand runs */
	size_t used = 0;

	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--help") == 0) {
			command_help(command_find(command), stdout);
			return EXIT_DONE;
		}
	for (size_t i = 0; word != NULL && i < count; i++) {
		if (strcmp(list[i].name, word) != 0)
			continue;
		argc -= named ? 1 : 0;
		argv += named ? 1 : 0;
		snprintf(full, sizeof(full), "%s %s", command, word);
		argv[0] = full; /* what errors begin with */
		return list[i].run(argc, argv);
	}
	for (size_t i = 0; i < count && used < sizeof(known); i++)
		used += (size_t)snprintf(known + used, sizeof(known) - used, "%s%s", i ? ", " : "", list[i].name);
	if (word == NULL)
		return command_usage(command, "say which: %s", known);
	return command_usage(command, "unknown \"%.40s\": one of %s", word, known);
}
