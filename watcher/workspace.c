/*
 * workspace.c - what a command works on: its configuration and its store; and the lock that keeps two processes of a
 * kind from the same store.
 *
 * The lock is a POSIX record lock on STORE-run, one byte per kind: the kernel drops it however the process ends, and it
 * tells who holds it, so a stale file means nothing and no process id has to be trusted.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "program.h"

#define SETTINGS_ARENA_MAX ((size_t)64 << 20)
#define DEMO_MARK "demonstration" /* in the store's meta */

static enum err settings_find(struct arena *arena, const struct workspace_options *options, struct settings *settings_r,
			      struct error *e_r)
{
	enum err err;

	if (options->demo)
		return settings_demo(arena, options->store ? options->store : DEMO_STORE_NAME, settings_r, e_r);
	if (options->config != NULL || access(CONFIG_NAME, F_OK) == 0) {
		err = settings_load(arena, options->config ? options->config : CONFIG_NAME, options->flags, settings_r,
				    e_r);
		if (err == ERR_OK && options->store != NULL)
			settings_r->store = options->store;
		return err;
	}
	if (options->store != NULL || options->brand != NULL)
		return settings_plain(arena, options->store ? options->store : STORE_NAME, options->brand, settings_r,
				      e_r);
	if (access(STORE_NAME, F_OK) == 0) {
		fputs("no " CONFIG_NAME " here: using " STORE_NAME "\n", stderr);
		return settings_plain(arena, STORE_NAME, NULL, settings_r, e_r);
	}
	if (access(DEMO_STORE_NAME, F_OK) == 0) {
		fputs("no " CONFIG_NAME " here: using the demonstration, " DEMO_STORE_NAME "\n", stderr);
		return settings_demo(arena, DEMO_STORE_NAME, settings_r, e_r);
	}
	return error_set(e_r, ERR_NOT_FOUND,
			 "no " CONFIG_NAME " here: write one with `amends init`, or name one with --config");
}

enum err demo_store_open(const char *path, struct store **store_r, struct error *e_r)
{
	bool known = access(path, F_OK) == 0;
	struct arena *arena = arena_new(4096);
	struct store *store = NULL;
	const char *mark = NULL;
	enum err err = arena ? store_open(path, &store, e_r) : error_set(e_r, ERR_NOMEM, "out of memory");

	if (err == ERR_OK)
		err = known ? store_meta_get(store, arena, DEMO_MARK, &mark, e_r)
			    : store_meta_put(store, DEMO_MARK, "1", e_r);
	if (err == ERR_OK && known && mark == NULL)
		err = error_set(e_r, ERR_CONFLICT,
				"%s was not made by the demonstration: name another --store, or none", path);
	if (err != ERR_OK)
		store_close(&store);
	else
		*store_r = store;
	arena_free(&arena);
	return err;
}

/*
 * A store that somebody named and that is not there is a slip of the pen: `amends pause --store typo.db` must not say
 * that sending has stopped. The configuration's own may be new.
 */
enum err workspace_store_open(const struct workspace_options *options, struct workspace *workspace, struct error *e_r)
{
	const char *path = workspace->settings.store;

	if (options->store != NULL && !options->makes && access(path, F_OK) != 0)
		return error_set(e_r, ERR_NOT_FOUND,
				 "%s: there is no such store; amends import or amends run makes one", path);
	return options->demo && options->store != NULL ? demo_store_open(path, &workspace->store, e_r)
						       : store_open(path, &workspace->store, e_r);
}

int workspace_open(const char *command, const struct workspace_options *options, struct workspace *workspace_r)
{
	struct workspace workspace = {.arena = arena_new(SETTINGS_ARENA_MAX)};
	struct error error = {.code = ERR_NOMEM, .text = "out of memory"};
	enum err err = ERR_NOMEM;
	int code;

	if (workspace.arena != NULL)
		err = settings_find(workspace.arena, options, &workspace.settings, &error);
	if (err == ERR_INVALID) { /* "amends.yaml:12: ..." as editors and scripts like it */
		fprintf(stderr, "%s\n", error.text);
		workspace_close(&workspace);
		return EXIT_USAGE;
	}
	if (err == ERR_OK && !options->no_store)
		err = workspace_store_open(options, &workspace, &error);
	if (err == ERR_OK) {
		*workspace_r = workspace;
		return EXIT_DONE;
	}
	code = command_fail(command, &error);
	workspace_close(&workspace);
	return code;
}

void workspace_close(struct workspace *workspace)
{
	store_close(&workspace->store);
	arena_free(&workspace->arena);
}

/* ---- locks ---- */

static const char *kind_name(enum process_kind kind)
{
	static const char *const names[] = {
		[PROCESS_RUN] = "amends run", [PROCESS_WATCH] = "amends watch", [PROCESS_DESK] = "amends desk"};

	return names[kind];
}

static int lock_open(const char *store, int flags)
{
	char path[4096];

	if (snprintf(path, sizeof(path), "%s-run", store) >= (int)sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return open(path, flags | O_CLOEXEC, 0600);
}

static struct flock byte_of(enum process_kind kind)
{
	return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t)kind, .l_len = 1};
}

enum err process_lock(const char *store, enum process_kind kind, int *lock_r, struct error *e_r)
{
	int fd = lock_open(store, O_RDWR | O_CREAT);
	struct flock lock = byte_of(kind);

	if (fd < 0)
		return error_set(e_r, ERR_IO, "%s-run: cannot open the lock file: %s", store, strerror(errno));
	if (fcntl(fd, F_SETLK, &lock) == 0) {
		*lock_r = fd;
		return ERR_OK;
	}
	close(fd);
	return error_set(e_r, ERR_CONFLICT,
			 "%s is in use by another `%s` (process %ld): stop that one first, or use another store", store,
			 kind_name(kind), process_holder(store, kind));
}

long process_holder(const char *store, enum process_kind kind)
{
	int fd = lock_open(store, O_RDWR);
	struct flock lock = byte_of(kind);
	int asked;

	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	asked = fcntl(fd, F_GETLK, &lock);
	close(fd);
	if (asked != 0)
		return -1;
	return lock.l_type == F_UNLCK ? 0 : (long)lock.l_pid;
}
