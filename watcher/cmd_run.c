/*
 * cmd_run.c - `amends run`, its halves `watch` and `desk`, and `reload`.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "program.h"
#include "watcher/loop.h"

static int port_read(const char *command, const char *text, int *port_r)
{
	char *end;
	long port = strtol(text, &end, 10);

	if (*text == '\0' || *end != '\0' || port < 0 || port > 65535)
		return command_usage(command, "--port: \"%.20s\" is not a number from 0 to 65535", text);
	*port_r = (int)port;
	return EXIT_DONE;
}

/* 0: go on; else *exit_r says how it ended. */
static int options_read(int argc, char **argv, struct loop_options *options_r, int *exit_r)
{
	static const struct option list[] = {{"config", required_argument, NULL, 'c'},
					     {"store", required_argument, NULL, 's'},
					     {"port", required_argument, NULL, 'p'},
					     {"demo", no_argument, NULL, 'd'},
					     {"debug", no_argument, NULL, 'v'},
					     {NULL, 0, NULL, 0}};
	struct loop_options options = {.port = -1};
	int option;

	while ((option = command_option(argc, argv, list, exit_r)) != -1) {
		if (option == OPTION_STOP)
			return 1;
		if (option == 'p' && (*exit_r = port_read(argv[0], optarg, &options.port)) != EXIT_DONE)
			return 1;
		options.config = option == 'c' ? optarg : options.config;
		options.store = option == 's' ? optarg : options.store;
		options.demo |= option == 'd';
		if (option == 'v') {
			log_level_set(LOG_DEBUG);
			setenv("AMENDS_LOG", "debug", 1); /* for the halves that `run` starts */
		}
	}
	if (optind < argc) {
		*exit_r = command_usage(argv[0], "\"%.60s\" is not an option", argv[optind]);
		return 1;
	}
	*options_r = options;
	return 0;
}

/* Without a configuration: the store that was named, or the one that `amends import` made here, as with every other
 * command; the demonstration only where there is none. */
static void store_choose(struct loop_options *options)
{
	if (options->demo || options->config != NULL || access(CONFIG_NAME, F_OK) == 0)
		return;
	if (options->store == NULL && access(STORE_NAME, F_OK) != 0) {
		options->demo = true;
		return;
	}
	options->store = options->store ? options->store : STORE_NAME;
	fprintf(stderr,
		"no " CONFIG_NAME " here: using %s, which no source feeds (`amends init` adds one; --demo: the "
		"demonstration)\n",
		options->store);
}

static int run(int argc, char **argv)
{
	struct loop_options options;
	int code;

	if (options_read(argc, argv, &options, &code))
		return code;
	store_choose(&options);
	return run_main(&options);
}

static int watch(int argc, char **argv)
{
	struct loop_options options;
	int code;

	return options_read(argc, argv, &options, &code) ? code : watch_main(&options);
}

static int desk(int argc, char **argv)
{
	struct loop_options options;
	int code;

	return options_read(argc, argv, &options, &code) ? code : desk_main(&options);
}

#define COMMON_HELP                                                                                                    \
	"  --config FILE  instead of ./amends.yaml\n"                                                                  \
	"  --store FILE   instead of the configuration's store\n"                                                      \
	"  --debug        tells of every request on standard error, as AMENDS_LOG=debug does\n"

const struct command command_run = {
	.name = "run",
	.usage = "run [--config FILE] [--port N] [--demo]",
	.summary = "Fetch, classify, draft, send, and serve the desk, until stopped",
	.help = "With neither an amends.yaml nor an amends.db here it runs a demonstration on amends-demo.db, begun\n"
		"anew at every start.\n"
		"SIGHUP (or `amends reload`) reads the configuration again; Ctrl-C stops.\n\n" COMMON_HELP
		"  --port N       the desk's port; 0: any free one\n"
		"  --demo         the demonstration, even if there is an amends.yaml\n",
	.run = run,
};

const struct command command_watch = {
	.name = "watch",
	.usage = "watch [--config FILE]",
	.summary = "One half of `run`: fetch and send",
	.help = COMMON_HELP,
	.run = watch,
};

const struct command command_desk = {
	.name = "desk",
	.usage = "desk [--config FILE] [--port N]",
	.summary = "The other half: serve the desk (needs no tokens)",
	.help = COMMON_HELP "  --port N       the desk's port; 0: any free one\n",
	.run = desk,
};

/* ---- reload ---- */

static int signal_holders(const char *store)
{
	static const enum process_kind kinds[] = {PROCESS_RUN, PROCESS_WATCH, PROCESS_DESK};
	int sent = 0;

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		long pid = process_holder(store, kinds[i]);

		if (pid <= 0)
			continue;
		if (kill((pid_t)pid, SIGHUP) != 0) {
			fprintf(stderr, "amends reload: process %ld: %s\n", pid, strerror(errno));
			return EXIT_FAILED;
		}
		sent++;
		if (kinds[i] == PROCESS_RUN)
			break; /* it passes the signal on */
	}
	if (sent == 0)
		fprintf(stderr, "amends reload: no amends runs on %s\n", store);
	return sent ? EXIT_DONE : EXIT_FAILED;
}

/* The running program judges the file for itself; here it is read to tell the person who asked. */
static int reload_all(const char *config, const char *store)
{
	struct arena *arena = arena_new((size_t)64 << 20);
	struct error error = {.code = ERR_NOMEM, .text = "out of memory"};
	struct settings settings = {0};
	enum err err = ERR_NOMEM;
	int code;

	if (arena != NULL)
		err = settings_load(arena, config, 0, &settings, &error);
	if (err != ERR_OK)
		fprintf(stderr, "%s\n", error.text);
	if (err != ERR_OK && err != ERR_INVALID) { /* no file at all */
		arena_free(&arena);
		return EXIT_FAILED;
	}
	if (store == NULL)
		store = err == ERR_OK ? settings.store : settings_store(arena, config);
	code = store ? signal_holders(store) : EXIT_FAILED;
	arena_free(&arena);
	return err == ERR_INVALID ? EXIT_USAGE : code;
}

static int reload(int argc, char **argv)
{
	struct loop_options options;
	int code;

	if (options_read(argc, argv, &options, &code))
		return code;
	return reload_all(options.config ? options.config : CONFIG_NAME, options.store);
}

const struct command command_reload = {
	.name = "reload",
	.usage = "reload [--config FILE]",
	.summary = "Have the running amends read its configuration again",
	.help = "A wrong file is named by line; the running program then keeps its old configuration.\n\n" COMMON_HELP,
	.run = reload,
};
