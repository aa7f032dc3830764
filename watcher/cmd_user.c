/*
 * cmd_user.c - `amends user`: accounts of the desk.
 */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "clock.h"
#include "respond/desk/session.h"
#include "watcher/errand.h"

struct user_options {
	const char *config, *store, *role;
	bool from_stdin, json, enable;
};

/* ---- passwords ---- */

static enum err line_read(char *out, size_t size, struct error *e_r)
{
	if (fgets(out, (int)size, stdin) == NULL)
		return error_set(e_r, ERR_INVALID, "no password was given");
	if (strchr(out, '\n') == NULL && strlen(out) == size - 1)
		return error_set(e_r, ERR_INVALID, "the password is longer than %d bytes", PASSWORD_MAX);
	out[strcspn(out, "\r\n")] = '\0';
	return ERR_OK;
}

static enum err prompt_read(const char *question, char *out, size_t size, struct error *e_r)
{
	struct termios before, quiet;
	enum err err;

	if (tcgetattr(STDIN_FILENO, &before) != 0)
		return error_set(e_r, ERR_INVALID, "no terminal to ask on: use --password-stdin");
	quiet = before;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	fputs(question, stderr);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	err = line_read(out, size, e_r);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	fputc('\n', stderr);
	return err;
}

static enum err password_read(const struct user_options *options, char *out, size_t size, struct error *e_r)
{
	char again[PASSWORD_MAX + 2];
	enum err err;

	if (options->from_stdin)
		return line_read(out, size, e_r);
	err = prompt_read("Password: ", out, size, e_r);
	if (err == ERR_OK)
		err = prompt_read("The same again: ", again, sizeof(again), e_r);
	if (err == ERR_OK && strcmp(out, again) != 0)
		err = error_set(e_r, ERR_INVALID, "the two passwords differ");
	explicit_bzero(again, sizeof(again));
	return err;
}

/* Asks for a password that is good enough for the account and hashes it. */
static enum err hash_read(const struct user_options *options, const char *name, char hash[128], struct error *e_r)
{
	char password[PASSWORD_MAX + 2];
	enum err err;

	if (sodium_init() < 0)
		return error_set(e_r, ERR_INTERNAL, "libsodium cannot start");
	err = password_read(options, password, sizeof(password), e_r);
	if (err == ERR_OK)
		err = account_check(name, password, e_r);
	if (err == ERR_OK)
		err = password_hash(password, hash, e_r);
	explicit_bzero(password, sizeof(password));
	return err;
}

/* ---- the commands ---- */

struct user_errand {
	struct workspace workspace;
	struct arena *arena;
	struct user_options options;
	const char *user; /* the operand */
};

/* EXIT_DONE: go on; else over. *over_r tells which. makes: the store may be new. */
static int errand_open(int argc, char **argv, bool wants_user, bool makes, struct user_errand *errand, bool *over_r)
{
	static const struct option list[] = {
		{"config", required_argument, NULL, 'c'}, {"store", required_argument, NULL, 's'},
		{"role", required_argument, NULL, 'r'},   {"password-stdin", no_argument, NULL, 'p'},
		{"enable", no_argument, NULL, 'e'},       {"demo", no_argument, NULL, 'd'},
		{"json", no_argument, NULL, 'j'},         {NULL, 0, NULL, 0}};
	struct workspace_options where = {.makes = makes};
	int option, code = EXIT_DONE;

	*over_r = true;
	while ((option = command_option(argc, argv, list, &code)) != -1) {
		if (option == OPTION_STOP)
			return code;
		errand->options.config = option == 'c' ? optarg : errand->options.config;
		errand->options.store = option == 's' ? optarg : errand->options.store;
		errand->options.role = option == 'r' ? optarg : errand->options.role;
		errand->options.from_stdin |= option == 'p';
		errand->options.enable |= option == 'e';
		errand->options.json |= option == 'j';
		where.demo |= option == 'd';
	}
	if (argc - optind != (wants_user ? 1 : 0))
		return wants_user ? command_usage(argv[0], "name one account")
				  : command_usage(argv[0], "takes no name");
	errand->user = wants_user ? argv[optind] : NULL;
	where.config = errand->options.config;
	where.store = errand->options.store;
	code = workspace_open(argv[0], &where, &errand->workspace);
	if (code != EXIT_DONE)
		return code;
	errand->arena = arena_new((size_t)16 << 20);
	*over_r = errand->arena == NULL;
	return errand->arena ? EXIT_DONE : EXIT_FAILED;
}

static int errand_end(const char *name, struct user_errand *errand, enum err err, const struct error *error)
{
	int code = err == ERR_OK ? EXIT_DONE : command_fail(name, error);

	arena_free(&errand->arena);
	workspace_close(&errand->workspace);
	return code;
}

static enum err role_read(const char *text, enum role *role_r, struct error *e_r)
{
	if (text != NULL && role_from_name(text, role_r))
		return ERR_OK;
	return error_set(e_r, ERR_INVALID, "say --role viewer, agent, approver or admin");
}

static enum err user_find(struct user_errand *errand, struct user_row *user, struct error *e_r)
{
	enum err err = store_user_find(errand->workspace.store, errand->arena, errand->user, user, e_r);

	return err == ERR_NOT_FOUND
		       ? error_set(e_r, err, "there is no account \"%.60s\" (amends user list)", errand->user)
		       : err;
}

static int user_add(int argc, char **argv)
{
	struct user_errand errand = {0};
	struct error error = {0};
	enum role role = ROLE_VIEWER;
	char hash[128];
	int64_t id;
	bool over;
	int code = errand_open(argc, argv, true, true, &errand, &over);
	enum err err;

	if (over) {
		workspace_close(&errand.workspace);
		return code;
	}
	err = role_read(errand.options.role, &role, &error);
	if (err == ERR_OK)
		err = hash_read(&errand.options, errand.user, hash, &error);
	if (err == ERR_OK)
		err = store_user_put(errand.workspace.store, errand.user, hash, role, clock_now_s(), &id, &error);
	if (err == ERR_OK)
		printf("%s may now sign in as %s\n", errand.user, role_name(role));
	return errand_end(argv[0], &errand, err, &error);
}

static struct json_object *user_json(const void *data)
{
	const struct user_row *row = data;
	struct json_object *object = json_object_new_object();

	if (object != NULL && json_add_str(object, "name", row->name) &&
	    json_add_str(object, "role", role_name(row->role)) && json_add_bool(object, "disabled", row->disabled))
		return object;
	json_object_put(object);
	return NULL;
}

static void users_print(const struct user_row *users, size_t count)
{
	if (count == 0)
		puts("No account yet: `amends user add NAME --role admin`, or the link that `amends run` prints.");
	for (size_t i = 0; i < count; i++)
		printf("%-30s %-10s%s\n", users[i].name, role_name(users[i].role),
		       users[i].disabled ? "disabled" : "");
}

static int user_list(int argc, char **argv)
{
	struct user_errand errand = {0};
	struct error error = {0};
	struct user_row *users;
	size_t count;
	bool over;
	int code = errand_open(argc, argv, false, false, &errand, &over);
	enum err err;

	if (over) {
		workspace_close(&errand.workspace);
		return code;
	}
	err = store_user_list(errand.workspace.store, errand.arena, &users, &count, &error);
	if (err == ERR_OK && errand.options.json)
		err = errand_print(rows_to_json(users, count, sizeof(*users), user_json), &error);
	else if (err == ERR_OK)
		users_print(users, count);
	return errand_end(argv[0], &errand, err, &error);
}

enum change { CHANGE_DISABLED, CHANGE_ROLE, CHANGE_PASSWORD };

static enum err change_apply(struct user_errand *errand, enum change change, struct user_row *user, struct error *e_r)
{
	char hash[128];
	enum err err = ERR_OK;

	if (change == CHANGE_DISABLED)
		user->disabled = !errand->options.enable;
	else if (change == CHANGE_ROLE)
		err = role_read(errand->options.role, &user->role, e_r);
	else
		err = hash_read(&errand->options, errand->user, hash, e_r);
	if (err != ERR_OK)
		return err;
	err = store_user_update(errand->workspace.store, user->id, change == CHANGE_PASSWORD ? hash : NULL, user->role,
				user->disabled, e_r);
	if (err == ERR_OK)
		printf("%s: %s%s; signed out everywhere\n", user->name, role_name(user->role),
		       user->disabled ? ", disabled" : "");
	return err;
}

static int user_change(int argc, char **argv, enum change change)
{
	struct user_errand errand = {0};
	struct error error = {0};
	struct user_row user;
	bool over;
	int code = errand_open(argc, argv, true, false, &errand, &over);
	enum err err;

	if (over) {
		workspace_close(&errand.workspace);
		return code;
	}
	err = user_find(&errand, &user, &error);
	if (err == ERR_OK)
		err = change_apply(&errand, change, &user, &error);
	return errand_end(argv[0], &errand, err, &error);
}

static int user_disable(int argc, char **argv)
{
	return user_change(argc, argv, CHANGE_DISABLED);
}

static int user_role(int argc, char **argv)
{
	return user_change(argc, argv, CHANGE_ROLE);
}

static int user_password(int argc, char **argv)
{
	return user_change(argc, argv, CHANGE_PASSWORD);
}

static int run(int argc, char **argv)
{
	static const struct subcommand list[] = {{"add", user_add},
						 {"list", user_list},
						 {"disable", user_disable},
						 {"role", user_role},
						 {"password", user_password}};

	return subcommand_run("user", list, ARRAY_LEN(list), "list", argc, argv);
}

const struct command command_user = {
	.name = "user",
	.usage = "user [list | add NAME --role ROLE | role NAME --role ROLE | password NAME | disable NAME]",
	.summary = "Accounts of the desk",
	.help = "Roles: viewer (reads), agent (drafts, submits, closes), approver (approves), admin (accounts).\n"
		"Each may do all that the ones before it may. A changed account is signed out everywhere.\n\n"
		"  add NAME       asks for the password; --password-stdin reads it from standard input\n"
		"  disable NAME   [--enable]\n"
		"  --json         list for scripts\n",
	.run = run,
};
