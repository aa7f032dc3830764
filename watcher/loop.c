/*
 * loop.c - the process that fetches and sends, and the one that serves people.
 *
 * The configuration is re-read on SIGHUP: everything made from it is made anew beside the old, and takes its place only
 * when all of it is good; else the old keeps running and one line says why.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "clock.h"
#include "desk.h"
#include "fetch.h"
#include "log.h"
#include "promise.h"
#include "watcher/loop.h"
#include "watcher/signals.h"

#define SETTINGS_ARENA_MAX ((size_t)64 << 20)

enum { TICK_MS = 500, STEP_MS = 1000, PROMISES_MS = 60000 };

/* What is made from the configuration. */
struct outfit {
	struct arena *arena;
	struct settings settings;
	struct toolkit toolkit;
	struct intake *intake; /* watch only, as is fetch */
	struct fetch *fetch;
};

static void outfit_free(struct outfit *outfit)
{
	fetch_free(&outfit->fetch);
	intake_free(&outfit->intake);
	toolkit_free(&outfit->toolkit);
	arena_free(&outfit->arena);
}

/* The desk must not have what only the watching half needs. */
static void secrets_forget(const struct settings *settings)
{
	for (size_t i = 0; settings->secret_env[i] != NULL; i++)
		unsetenv(settings->secret_env[i]);
}

static enum err settings_again(const struct loop_options *options, unsigned flags, struct outfit *outfit,
			       struct error *e_r)
{
	enum err err;

	outfit->arena = arena_new(SETTINGS_ARENA_MAX);
	if (outfit->arena == NULL)
		return error_set(e_r, ERR_NOMEM, "out of memory");
	if (options->demo)
		return settings_demo(outfit->arena, options->store ? options->store : DEMO_STORE_NAME,
				     &outfit->settings, e_r);
	err = settings_load(outfit->arena, options->config ? options->config : CONFIG_NAME, flags, &outfit->settings,
			    e_r);
	if (err == ERR_OK && options->store != NULL)
		outfit->settings.store = options->store;
	return err;
}

/* ---- watch ---- */

static enum err watch_outfit(struct outfit *outfit, struct store *store, struct error *e_r)
{
	struct intake_options options = {.store = store, .settings = &outfit->settings};
	enum err err = toolkit_load(&outfit->settings, &outfit->toolkit, e_r);

	if (err != ERR_OK)
		return err;
	options.rules = outfit->toolkit.rules;
	options.scores = &outfit->toolkit.scores;
	options.tone_rules = outfit->toolkit.tone_rules;
	options.templates = outfit->toolkit.templates;
	outfit->intake = intake_new(&options, e_r);
	return outfit->intake ? fetch_new(outfit->intake, store, &outfit->settings, &outfit->fetch, e_r) : ERR_NOMEM;
}

/* The outfit is on the heap: intake and fetch keep pointers into it. */
static void watch_reload(const struct loop_options *options, struct store *store, struct outfit **outfit)
{
	struct outfit *next = calloc(1, sizeof(*next));
	struct error error = {.code = ERR_NOMEM, .text = "out of memory"};
	enum err err = next ? settings_again(options, SETTINGS_SECRETS, next, &error) : ERR_NOMEM;

	if (err == ERR_OK && strcmp(next->settings.store, (*outfit)->settings.store) != 0)
		err = error_set(&error, ERR_INVALID, "the store cannot change while running: restart");
	if (err == ERR_OK)
		err = watch_outfit(next, store, &error);
	if (err == ERR_OK) {
		struct outfit *old = *outfit;

		*outfit = next;
		next = old;
		log_line(LOG_INFO, "watch", "configuration read again: sources=%zu", (*outfit)->settings.source_count);
	} else {
		log_line(LOG_ERROR, "watch", "%s; the old configuration keeps running", error.text);
	}
	if (next != NULL)
		outfit_free(next);
	free(next);
}

/* Once a minute: what was promised and is due comes back into the queue. A failure (disk full, say) ends nothing: the
 * promises are still there in a minute. */
static void watch_promises(struct store *store, const struct outfit *outfit, int64_t *next_ms)
{
	struct error error = {0};
	size_t count = 0;

	if (clock_mono_ms() < *next_ms)
		return;
	*next_ms = clock_mono_ms() + PROMISES_MS;
	if (promise_tick(store, &outfit->settings, outfit->toolkit.templates, clock_now_s(), &count, &error) != ERR_OK)
		log_line(LOG_ERROR, "watch", "promises: %s", error.text);
	else if (count > 0)
		log_line(LOG_INFO, "watch", "promises: due=%zu", count);
}

static int watch_loop(const struct loop_options *options, struct store *store, struct outfit **outfit)
{
	struct signals signals;
	int64_t promises_ms = 0;
	struct error error = {0};
	enum err err = signals_open(&signals, false, &error);

	if (err != ERR_OK)
		return command_fail("watch", &error);
	log_line(LOG_INFO, "watch", "started: sources=%zu store=%s", (*outfit)->settings.source_count,
		 (*outfit)->settings.store);
	while (err == ERR_OK && !signals.stop) {
		err = fetch_step((*outfit)->fetch, STEP_MS, signals.fd, &error);
		signals_take(&signals);
		if (err == ERR_OK && !signals.stop)
			watch_promises(store, *outfit, &promises_ms);
		if (err == ERR_OK && signals.reload)
			watch_reload(options, store, outfit);
		signals.reload = false;
	}
	signals_close(&signals);
	if (err != ERR_OK) {
		log_line(LOG_ERROR, "watch", "%s", error.text);
		return EXIT_FAILED;
	}
	log_line(LOG_INFO, "watch", "stopped");
	return EXIT_DONE;
}

int watch_main(const struct loop_options *options)
{
	const struct workspace_options where = {
		.config = options->config, .store = options->store, .demo = options->demo, .flags = SETTINGS_SECRETS,
		.makes = true};
	struct workspace workspace = {0};
	struct outfit *outfit = calloc(1, sizeof(*outfit));
	struct error error = {.code = ERR_NOMEM, .text = "out of memory"};
	int lock, code = workspace_open("watch", &where, &workspace);
	enum err err = outfit ? ERR_OK : ERR_NOMEM;

	prctl(PR_SET_NAME, "amends watch"); /* what ps and top show */
	if (code != EXIT_DONE) {
		free(outfit);
		return code;
	}
	if (err == ERR_OK)
		err = process_lock(workspace.settings.store, PROCESS_WATCH, &lock, &error);
	if (err == ERR_OK) {
		outfit->settings = workspace.settings; /* whose arena the workspace keeps */
		err = watch_outfit(outfit, workspace.store, &error);
	}
	code = err == ERR_OK ? watch_loop(options, workspace.store, &outfit) : command_fail("watch", &error);
	if (outfit != NULL)
		outfit_free(outfit);
	free(outfit);
	workspace_close(&workspace); /* the lock goes with the process */
	return code;
}

/* ---- desk ---- */

struct counter {
	struct store *store;
	struct outfit *outfit;
	struct desk *desk;
};

static enum err counter_start(struct counter *counter, int port, struct error *e_r)
{
	struct outfit *outfit = counter->outfit;
	const struct desk_options options = {
		.store = counter->store,
		.settings = &outfit->settings,
		.rules = outfit->toolkit.rules,
		.tone_rules = outfit->toolkit.tone_rules,
		.offer_rules = outfit->toolkit.offer_rules,
		.templates = outfit->toolkit.templates,
	};
	int bound;
	enum err err;

	if (port >= 0)
		outfit->settings.desk_port = port;
	err = desk_start(&options, &counter->desk, &bound, e_r);
	if (err == ERR_OK)
		outfit->settings.desk_port = bound;
	return err;
}

/* Somebody who only wants to look should not have to find a free port first. */
static enum err counter_open(struct counter *counter, const struct loop_options *options, struct error *e_r)
{
	enum err err = counter_start(counter, options->port, e_r);

	if (err == ERR_OK || !counter->outfit->settings.demo || options->port >= 0)
		return err;
	log_line(LOG_WARN, "desk", "%s; the demonstration takes another port", e_r->text);
	return counter_start(counter, 0, e_r);
}

static void address_print(const struct counter *counter)
{
	const struct settings *settings = &counter->outfit->settings;
	const char *address = settings->desk_address;
	const char *shown = strcmp(address, "0.0.0.0") == 0 || strcmp(address, "::") == 0 ? "127.0.0.1" : address;
	char link[1000];
	struct error error = {0};
	int first;

	if (settings->desk_url != NULL)
		printf("The desk is at %s/\n", settings->desk_url);
	else
		printf("The desk is at http://%s%s%s:%d/\n", strchr(shown, ':') ? "[" : "", shown,
		       strchr(shown, ':') ? "]" : "", settings->desk_port);
	first = desk_first_link(counter->desk, link, sizeof(link), &error);
	if (first > 0)
		printf("There is no account yet. Open this link to make the first one:\n  %s\n", link);
	else if (first < 0)
		log_line(LOG_ERROR, "desk", "%s", error.text);
	fflush(stdout);
}

/* The port can only be bound once, so the old desk stops before the new one starts, and comes back if that fails. */
static void counter_swap(struct counter *counter, struct outfit **next, int port)
{
	struct outfit *old = counter->outfit;
	struct error error = {0};

	desk_stop(&counter->desk);
	counter->outfit = *next;
	if (counter_start(counter, port, &error) == ERR_OK) {
		*next = old;
		log_line(LOG_INFO, "desk", "configuration read again");
		return;
	}
	log_line(LOG_ERROR, "desk", "%s; the old configuration keeps running", error.text);
	counter->outfit = old;
	if (counter_start(counter, -1, &error) != ERR_OK)
		log_line(LOG_ERROR, "desk", "%s", error.text); /* desk NULL: the loop ends */
}

static void counter_reload(const struct loop_options *options, struct counter *counter)
{
	struct outfit *next = calloc(1, sizeof(*next));
	struct error error = {.code = ERR_NOMEM, .text = "out of memory"};
	enum err err = next ? settings_again(options, 0, next, &error) : ERR_NOMEM;
	/* an unchanged "any free port" keeps the one that people have open */
	int port = options->port;

	if (err == ERR_OK)
		err = toolkit_load(&next->settings, &next->toolkit, &error);
	if (err == ERR_OK)
		err = toolkit_load_offers(&next->settings, &next->toolkit, &error);
	if (err == ERR_OK) {
		secrets_forget(&next->settings);
		if (port <= 0 && next->settings.desk_port == 0)
			port = counter->outfit->settings.desk_port;
		counter_swap(counter, &next, port);
	} else {
		log_line(LOG_ERROR, "desk", "%s; the old configuration keeps running", error.text);
	}
	if (next != NULL)
		outfit_free(next);
	free(next);
}

static int counter_loop(const struct loop_options *options, struct counter *counter, struct signals *signals)
{
	address_print(counter);
	while (!signals->stop && counter->desk != NULL) {
		signals_wait(signals, TICK_MS);
		if (signals->reload && !signals->stop)
			counter_reload(options, counter);
		signals->reload = false;
		if (counter->desk != NULL)
			desk_tick(counter->desk);
	}
	return counter->desk != NULL ? EXIT_DONE : EXIT_FAILED;
}

int desk_main(const struct loop_options *options)
{
	const struct workspace_options where = {
		.config = options->config, .store = options->store, .demo = options->demo, .makes = true};
	struct workspace workspace = {0};
	struct counter counter = {.outfit = calloc(1, sizeof(struct outfit))};
	struct signals signals = {.fd = -1};
	struct error error = {.code = ERR_NOMEM, .text = "out of memory"};
	int lock, code = workspace_open("desk", &where, &workspace);
	enum err err = counter.outfit ? ERR_OK : ERR_NOMEM;

	prctl(PR_SET_NAME, "amends desk");
	if (code != EXIT_DONE) {
		free(counter.outfit);
		return code;
	}
	secrets_forget(&workspace.settings);
	counter.store = workspace.store;
	if (err == ERR_OK)
		err = process_lock(workspace.settings.store, PROCESS_DESK, &lock, &error);
	if (err == ERR_OK) {
		counter.outfit->settings = workspace.settings;
		err = toolkit_load(&workspace.settings, &counter.outfit->toolkit, &error);
	}
	if (err == ERR_OK)
		err = toolkit_load_offers(&workspace.settings, &counter.outfit->toolkit, &error);
	if (err == ERR_OK)
		err = signals_open(&signals, false, &error); /* before the server's thread, which inherits the mask */
	if (err == ERR_OK)
		err = counter_open(&counter, options, &error);
	code = err == ERR_OK ? counter_loop(options, &counter, &signals) : command_fail("desk", &error);
	desk_stop(&counter.desk);
	if (counter.outfit != NULL)
		outfit_free(counter.outfit);
	free(counter.outfit);
	workspace_close(&workspace);
	return code;
}
