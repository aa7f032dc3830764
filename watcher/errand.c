/*
 * errand.c - see errand.h.
 */
#include "watcher/errand.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"

#define ERRAND_ARENA_MAX ((size_t)64 << 20)

void terminal_actor(struct actor *actor, char *name, size_t size)
{
	const struct passwd *user = getpwuid(getuid());

	snprintf(name, size, "terminal:%s", user ? user->pw_name : "?");
	*actor = (struct actor){.name = name, .role = ROLE_ADMIN};
}

static void option_take(struct errand_options *options, int option)
{
	const char **text = option == 'c'   ? &options->config
			    : option == 's' ? &options->store
			    : option == 'b' ? &options->brand
			    : option == 't' ? &options->state
			    : option == 'n' ? &options->note
			    : option == 'k' ? &options->class
			    : option == 'u' ? &options->cause
			    : option == 'h' ? &options->urgency
					    : NULL;

	if (text != NULL)
		*text = optarg;
	options->json |= option == 'j';
	options->demo |= option == 'd';
	options->done |= option == 'D';
	options->audit |= option == 'a';
	options->list |= option == 'l';
}

static int id_read(const char *name, const char *text, int64_t *id_r)
{
	char *end;
	long long id;

	errno = 0;
	id = strtoll(text, &end, 10);
	if (*text == '\0' || *end != '\0' || errno != 0 || id < 1)
		return command_usage(name, "id: \"%.30s\" is not a number from 1", text);
	*id_r = id;
	return EXIT_DONE;
}

bool errand_read(int argc, char **argv, const struct option *list, bool wants_id, struct errand_options *options,
		 int *exit_r)
{
	int option;

	*options = (struct errand_options){0};
	while ((option = command_option(argc, argv, list, exit_r)) != -1) {
		if (option == OPTION_STOP)
			return false;
		option_take(options, option);
	}
	if (argc - optind != (wants_id ? 1 : 0)) {
		*exit_r = wants_id ? command_usage(argv[0], "name one by its id (list shows them)")
				   : command_usage(argv[0], "\"%.60s\" is not an option", argv[optind]);
		return false;
	}
	return !wants_id || (*exit_r = id_read(argv[0], argv[optind], &options->id)) == EXIT_DONE;
}

bool errand_begin(int argc, char **argv, const struct option *list, bool wants_id, struct errand_desk *errand,
		  int *exit_r)
{
	struct workspace_options where;

	*errand = (struct errand_desk){.name = argv[0]};
	if (!errand_read(argc, argv, list, wants_id, &errand->options, exit_r))
		return false;
	where = (struct workspace_options){
		.config = errand->options.config, .store = errand->options.store, .demo = errand->options.demo};
	*exit_r = workspace_open(argv[0], &where, &errand->workspace);
	if (*exit_r != EXIT_DONE)
		return false;
	errand->arena = arena_new(ERRAND_ARENA_MAX);
	errand->queue = (struct queue){.store = errand->workspace.store, .settings = &errand->workspace.settings};
	terminal_actor(&errand->actor, errand->actor_name, sizeof(errand->actor_name));
	if (errand->arena != NULL)
		return true;
	workspace_close(&errand->workspace);
	*exit_r = EXIT_FAILED;
	return false;
}

int errand_finish(struct errand_desk *errand, enum err err, const struct error *error)
{
	int code = err == ERR_OK ? EXIT_DONE : command_fail(errand->name, error);

	arena_free(&errand->arena);
	workspace_close(&errand->workspace);
	return code;
}

enum err errand_print(struct json_object *object, struct error *e_r)
{
	if (object == NULL)
		return error_set(e_r, ERR_NOMEM, "out of memory");
	puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(object);
	return ERR_OK;
}

struct json_object *rows_to_json(const void *rows, size_t count, size_t size, row_to_json *to_json)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; list != NULL && i < count; i++) {
		struct json_object *row = to_json((const char *)rows + i * size);

		if (row == NULL || json_object_array_add(list, row) != 0) {
			json_object_put(row);
			json_object_put(list);
			return NULL;
		}
	}
	return list;
}

bool errand_add_time(struct json_object *object, const char *key, int64_t time_s)
{
	char text[CLOCK_TEXT_SIZE];

	if (time_s == 0)
		return json_add_str(object, key, NULL);
	clock_format(time_s, text);
	return json_add_str(object, key, text);
}
