/*
 * supervise.c - `amends run`: starts the watching half and the desk as two processes of the same program, starts again
 * what crashed, and passes on the signals.
 *
 * The desk is started without the environment variables that hold tokens. A half that fails within seconds of its first
 * start (port in use, bad rules) ends the program with its message instead of trying for ever.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "watcher/loop.h"
#include "watcher/signals.h"

enum {
	HALVES = 2,
	EARLY_MS = 5000,    /* a failure before this, at the first start, is final */
	HEALTHY_MS = 60000, /* after this the pauses begin anew */
	PAUSE_MAX_MS = 60000,
	STOP_MS = 15000, /* then a half that does not end is killed */
};

struct half {
	const char *command; /* "watch", "desk" */
	bool secrets;
	pid_t pid;                    /* 0: not running */
	int64_t started_ms, again_ms; /* again_ms: when to start it again */
	int failures;                 /* in a row */
	bool proved;                  /* it has run for a while */
};

struct supervisor {
	const struct loop_options *options;
	struct settings *settings;
	struct half halves[HALVES];
	struct signals signals;
	bool stopping;
	int64_t stop_ms; /* when stopping began */
	int code;
};

/* ---- starting ---- */

static void child_exec(const struct supervisor *supervisor, const struct half *half)
{
	const struct loop_options *options = supervisor->options;
	char port[16];
	const char *argv[10];
	int n = 0;

	argv[n++] = "amends";
	argv[n++] = half->command;
	if (options->demo)
		argv[n++] = "--demo";
	if (options->config != NULL) {
		argv[n++] = "--config";
		argv[n++] = options->config;
	}
	if (options->store != NULL) {
		argv[n++] = "--store";
		argv[n++] = options->store;
	}
	if (options->port >= 0 && !half->secrets) {
		snprintf(port, sizeof(port), "%d", options->port);
		argv[n++] = "--port";
		argv[n++] = port;
	}
	argv[n] = NULL;
	execv("/proc/self/exe", (char *const *)(const void *)argv);
	fprintf(stderr, "amends run: cannot start `amends %s`: %s\n", half->command, strerror(errno));
	_exit(EXIT_FAILED);
}

static void half_start(struct supervisor *supervisor, struct half *half)
{
	pid_t parent = getpid(), pid = fork();

	half->again_ms = 0;
	half->started_ms = clock_mono_ms();
	if (pid < 0) {
		log_line(LOG_ERROR, "run", "cannot start `amends %s`: %s", half->command, strerror(errno));
		half->again_ms = half->started_ms + PAUSE_MAX_MS;
		return;
	}
	if (pid > 0) {
		half->pid = pid;
		return;
	}
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(EXIT_FAILED); /* the parent went away meanwhile */
	signals_reset();
	if (!half->secrets)
		for (size_t i = 0; supervisor->settings->secret_env[i] != NULL; i++)
			unsetenv(supervisor->settings->secret_env[i]);
	child_exec(supervisor, half);
}

/* ---- ends ---- */

static void stop_begin(struct supervisor *supervisor, int code)
{
	if (supervisor->stopping)
		return;
	supervisor->stopping = true;
	supervisor->stop_ms = clock_mono_ms();
	supervisor->code = code;
	for (int i = 0; i < HALVES; i++)
		if (supervisor->halves[i].pid > 0)
			kill(supervisor->halves[i].pid, SIGTERM);
}

static void half_ended(struct supervisor *supervisor, struct half *half, int status)
{
	int64_t now_ms = clock_mono_ms(), pause_ms = 1000;
	bool crashed = WIFSIGNALED(status);

	half->pid = 0;
	if (supervisor->stopping)
		return;
	if (!half->proved && !crashed && now_ms - half->started_ms < EARLY_MS) { /* it has said why */
		stop_begin(supervisor, WEXITSTATUS(status) ? WEXITSTATUS(status) : EXIT_FAILED);
		return;
	}
	half->failures = now_ms - half->started_ms > HEALTHY_MS ? 1 : half->failures + 1;
	for (int i = 1; i < half->failures && pause_ms < PAUSE_MAX_MS; i++)
		pause_ms *= 2;
	half->again_ms = now_ms + (pause_ms > PAUSE_MAX_MS ? PAUSE_MAX_MS : pause_ms);
	half->proved = true;
	log_line(LOG_ERROR, "run", "`amends %s` ended (%s %d): starting it again in %lld s", half->command,
		 crashed ? "signal" : "exit code", crashed ? WTERMSIG(status) : WEXITSTATUS(status),
		 (long long)(pause_ms / 1000));
}

static void children_reap(struct supervisor *supervisor)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (int i = 0; i < HALVES; i++)
			if (supervisor->halves[i].pid == pid)
				half_ended(supervisor, &supervisor->halves[i], status);
}

/* ---- SIGHUP ---- */

/* Says once, here, what is wrong with a new file, instead of once in each half. */
static bool config_is_good(const struct supervisor *supervisor)
{
	struct arena *arena = arena_new((size_t)64 << 20);
	const struct loop_options *options = supervisor->options;
	struct error error = {.code = ERR_NOMEM, .text = "out of memory"};
	struct toolkit toolkit = {0};
	struct settings settings;
	bool good = false;

	if (options->demo)
		error_set(&error, ERR_INVALID, "the demonstration has no configuration to read again");
	else if (arena != NULL && settings_load(arena, options->config ? options->config : CONFIG_NAME,
						SETTINGS_SECRETS, &settings, &error) == ERR_OK)
		good = toolkit_load(&settings, &toolkit, &error) == ERR_OK;
	if (!good)
		log_line(LOG_ERROR, "run", "%s; the old configuration keeps running", error.text);
	toolkit_free(&toolkit);
	arena_free(&arena);
	return good;
}

static void reload(struct supervisor *supervisor)
{
	if (!config_is_good(supervisor))
		return;
	for (int i = 0; i < HALVES; i++)
		if (supervisor->halves[i].pid > 0)
			kill(supervisor->halves[i].pid, SIGHUP);
}

/* ---- the loop ---- */

static int next_timeout_ms(const struct supervisor *supervisor)
{
	int64_t now_ms = clock_mono_ms(), least_ms = supervisor->stopping ? 500 : 60000;

	for (int i = 0; i < HALVES; i++) {
		const struct half *half = &supervisor->halves[i];

		if (half->pid == 0 && half->again_ms > 0 && half->again_ms - now_ms < least_ms)
			least_ms = half->again_ms - now_ms;
	}
	return least_ms < 0 ? 0 : (int)least_ms;
}

static bool any_running(const struct supervisor *supervisor)
{
	return supervisor->halves[0].pid > 0 || supervisor->halves[1].pid > 0;
}

static void tend(struct supervisor *supervisor)
{
	int64_t now_ms = clock_mono_ms();

	for (int i = 0; i < HALVES; i++) {
		struct half *half = &supervisor->halves[i];

		if (half->pid > 0 && now_ms - half->started_ms > EARLY_MS)
			half->proved = true;
		if (supervisor->stopping && half->pid > 0 && now_ms - supervisor->stop_ms > STOP_MS)
			kill(half->pid, SIGKILL);
		if (!supervisor->stopping && half->pid == 0 && half->again_ms <= now_ms)
			half_start(supervisor, half);
	}
}

static int supervise(struct supervisor *supervisor)
{
	struct error error = {0};

	if (signals_open(&supervisor->signals, true, &error) != ERR_OK)
		return command_fail("run", &error);
	do {
		tend(supervisor);
		signals_wait(&supervisor->signals, next_timeout_ms(supervisor));
		if (supervisor->signals.stop)
			stop_begin(supervisor, EXIT_DONE);
		if (supervisor->signals.reload && !supervisor->stopping)
			reload(supervisor);
		children_reap(supervisor);
		supervisor->signals.stop = supervisor->signals.reload = supervisor->signals.child = false;
	} while (!supervisor->stopping || any_running(supervisor));
	signals_close(&supervisor->signals);
	return supervisor->code;
}

/* The demonstration empties its store at every start: never one that somebody named and it did not make. */
static enum err demo_check(const char *path, struct error *e_r)
{
	struct store *store = NULL;
	enum err err = access(path, F_OK) == 0 ? demo_store_open(path, &store, e_r) : ERR_OK;

	store_close(&store);
	return err;
}

/* The lock file stays: we hold it. */
static enum err demo_clear(const char *store, struct error *e_r)
{
	static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
	char path[4096];

	for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
		snprintf(path, sizeof(path), "%s%s", store, suffixes[i]);
		if (unlink(path) != 0 && errno != ENOENT)
			return error_set(e_r, ERR_IO, "%s: cannot begin the demonstration anew: %s", path,
					 strerror(errno));
	}
	return ERR_OK;
}

/* Configuration, rules and store are tried before anything starts, so that what is wrong is said once. */
static int prepare(const struct loop_options *options, struct workspace *workspace, int *lock_r)
{
	const struct workspace_options where = {.config = options->config,
						.store = options->store,
						.demo = options->demo,
						.flags = SETTINGS_SECRETS,
						.no_store = true};
	struct toolkit toolkit = {0};
	struct error error = {0};
	int code = workspace_open("run", &where, workspace);
	const char *store = workspace->settings.store;
	enum err err;

	if (code != EXIT_DONE)
		return code;
	err = toolkit_load(&workspace->settings, &toolkit, &error);
	toolkit_free(&toolkit);
	if (err == ERR_OK)
		err = process_lock(store, PROCESS_RUN, lock_r, &error);
	if (err == ERR_OK && options->demo && options->store != NULL)
		err = demo_check(store, &error);
	if (err == ERR_OK && options->demo)
		err = demo_clear(store, &error);
	if (err == ERR_OK) /* made or migrated by one process, not by two at once */
		err = options->demo ? demo_store_open(store, &workspace->store, &error)
				    : store_open(store, &workspace->store, &error);
	store_close(&workspace->store);
	return err == ERR_OK ? EXIT_DONE : command_fail("run", &error);
}

int run_main(const struct loop_options *options)
{
	struct workspace workspace = {0};
	struct supervisor supervisor = {
		.options = options,
		.settings = &workspace.settings,
		.halves = {{.command = "watch", .secrets = true}, {.command = "desk"}},
	};
	int lock = -1, code = prepare(options, &workspace, &lock);

	if (code == EXIT_DONE && options->demo)
		printf("This is the demonstration: posts about an invented brand arrive over a minute (%s).\n"
		       "Your own brand: stop this with Ctrl-C, then `amends init`.\n",
		       workspace.settings.store);
	fflush(stdout);
	if (code == EXIT_DONE)
		code = supervise(&supervisor);
	if (lock >= 0)
		close(lock);
	workspace_close(&workspace);
	return code;
}
