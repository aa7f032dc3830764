/*
 * cmd_import.c - `amends import`: files, folders and standard input into the store.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "program.h"
#include "watcher/import.h"

#define NAME "import"

enum format { FORMAT_BY_NAME, FORMAT_JSONL, FORMAT_CSV };

/* One file to read; a folder stands for its files. */
struct item {
	char *path; /* "-": standard input */
	enum format format;
	uint64_t size;
};

struct items {
	struct item *list;
	size_t count, room;
};

struct import_options {
	const char *config, *store, *brand, *platform, *map;
	enum format format;
	bool strict;
};

static volatile sig_atomic_t stop_asked; /* the one global: a signal handler can reach nothing else */

static void on_signal(int number)
{
	(void)number;
	stop_asked = 1;
}

static void signals_catch(void)
{
	struct sigaction action = {.sa_handler = on_signal};

	sigaction(SIGINT, &action, NULL); /* no SA_RESTART: a read that waits must end */
	sigaction(SIGTERM, &action, NULL);
}

/* ---- which files ---- */

static enum format format_of(const char *path)
{
	const char *dot = strrchr(path, '.');

	if (dot != NULL && (strcasecmp(dot, ".jsonl") == 0 || strcasecmp(dot, ".ndjson") == 0))
		return FORMAT_JSONL;
	return dot != NULL && strcasecmp(dot, ".csv") == 0 ? FORMAT_CSV : FORMAT_BY_NAME;
}

static enum err items_add(struct items *items, const char *path, enum format format, uint64_t size, struct error *e_r)
{
	if (items->count == items->room) {
		size_t room = items->room ? items->room * 2 : 16;
		struct item *list = realloc(items->list, room * sizeof(*list));

		if (list == NULL)
			return error_set(e_r, ERR_NOMEM, "out of memory");
		items->list = list;
		items->room = room;
	}
	items->list[items->count] = (struct item){.path = strdup(path), .format = format, .size = size};
	if (items->list[items->count].path == NULL)
		return error_set(e_r, ERR_NOMEM, "out of memory");
	items->count++;
	return ERR_OK;
}

static void items_free(struct items *items)
{
	for (size_t i = 0; i < items->count; i++)
		free(items->list[i].path);
	free(items->list);
}

static int entry_is_posts(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && format_of(entry->d_name) != FORMAT_BY_NAME;
}

static enum err folder_add(struct items *items, const char *dir, struct error *e_r)
{
	struct dirent **entries = NULL;
	int count = scandir(dir, &entries, entry_is_posts, alphasort);
	enum err err = ERR_OK;

	if (count < 0)
		return error_set(e_r, ERR_IO, "%s: %s", dir, strerror(errno));
	if (count == 0)
		err = error_set(e_r, ERR_INVALID, "%s: no .jsonl or .csv file in this folder", dir);
	for (int i = 0; i < count; i++) {
		char path[4096];
		struct stat info;

		if (err == ERR_OK &&
		    snprintf(path, sizeof(path), "%s/%s", dir, entries[i]->d_name) >= (int)sizeof(path))
			err = error_set(e_r, ERR_LIMIT, "%s: the path is too long", dir);
		if (err == ERR_OK && stat(path, &info) == 0 && S_ISREG(info.st_mode))
			err = items_add(items, path, format_of(path), (uint64_t)info.st_size, e_r);
		free(entries[i]);
	}
	free(entries);
	return err;
}

static enum err operand_add(struct items *items, const char *path, enum format format, struct error *e_r)
{
	struct stat info;

	if (strcmp(path, "-") == 0)
		return items_add(items, path, format ? format : FORMAT_JSONL, 0, e_r);
	if (stat(path, &info) != 0)
		return error_set(e_r, ERR_IO, "%s: %s", path, strerror(errno));
	if (S_ISDIR(info.st_mode))
		return folder_add(items, path, e_r);
	if (format == FORMAT_BY_NAME)
		format = format_of(path);
	if (format == FORMAT_BY_NAME)
		return error_set(e_r, ERR_INVALID, "%s: neither .jsonl nor .csv: say --format jsonl or --format csv",
				 path);
	return items_add(items, path, format, (uint64_t)info.st_size, e_r);
}

/* ---- reading ---- */

static enum err read_item(struct import *import, const struct item *item, struct error *e_r)
{
	bool standard = strcmp(item->path, "-") == 0;
	int fd = standard ? STDIN_FILENO : open(item->path, O_RDONLY | O_CLOEXEC);
	enum err err;

	if (fd < 0)
		return error_set(e_r, ERR_IO, "%s: %s", item->path, strerror(errno));
	import->file = standard ? "standard input" : item->path;
	import->progress->name = strrchr(import->file, '/') ? strrchr(import->file, '/') + 1 : import->file;
	err = item->format == FORMAT_CSV ? import_csv(import, fd, e_r) : import_jsonl(import, fd, e_r);
	if (!standard)
		close(fd);
	return err;
}

static uint64_t items_size(const struct items *items)
{
	uint64_t total = 0;

	for (size_t i = 0; i < items->count; i++) {
		if (items->list[i].size == 0 && strcmp(items->list[i].path, "-") == 0)
			return 0; /* a pipe: not known */
		total += items->list[i].size;
	}
	return total;
}

static void summary_print(const struct import *import)
{
	const struct intake_count *count = &import->count;

	printf("read %llu new %lld known %lld bad %llu\n", (unsigned long long)count->read + import->bad,
	       (long long)count->new_posts, (long long)(count->known + count->edited + count->deleted),
	       (unsigned long long)import->bad);
}

static int read_items(struct import *import, const struct items *items)
{
	struct progress progress;
	struct error error = {0};
	enum err err = ERR_OK;

	progress_start(&progress, items_size(items));
	import->progress = &progress;
	signals_catch();
	for (size_t i = 0; err == ERR_OK && !stop_asked && i < items->count; i++)
		err = read_item(import, &items->list[i], &error);
	progress_clear(&progress);
	import->progress = NULL; /* it ends here */
	if (err != ERR_OK)
		(void)command_fail(NAME, &error);
	else if (stop_asked)
		fputs("amends import: stopped; the same command again reads the rest\n", stderr);
	summary_print(import);
	return err == ERR_OK && !stop_asked ? EXIT_DONE : EXIT_FAILED;
}

/* ---- putting it together ---- */

static enum err take_page(void *ctx, const struct intake_page *page, struct intake_count *count, struct error *e_r)
{
	return intake_page(ctx, page, clock_now_s(), count, e_r);
}

static enum err import_open(struct import *import, const struct workspace *workspace, const struct toolkit *toolkit,
			    struct error *e_r)
{
	const struct intake_options options = {
		.store = workspace->store,
		.settings = &workspace->settings,
		.rules = toolkit->rules,
		.scores = &toolkit->scores,
		.tone_rules = toolkit->tone_rules,
		.templates = toolkit->templates,
	};

	import->post_max = (size_t)workspace->settings.import_page;
	import->posts = calloc(import->post_max, sizeof(*import->posts));
	import->arena = arena_new(IMPORT_ARENA_MAX);
	import->parser = json_parser_new();
	if (import->posts == NULL || import->arena == NULL || import->parser == NULL)
		return error_set(e_r, ERR_NOMEM, "out of memory");
	import->take = take_page;
	import->take_ctx = intake_new(&options, e_r);
	return import->take_ctx ? ERR_OK : ERR_NOMEM;
}

static void import_close(struct import *import)
{
	struct intake *intake = import->take_ctx;

	intake_free(&intake);
	json_parser_free(&import->parser);
	arena_free(&import->arena);
	free(import->posts);
}

static int brand_choose(const struct import_options *options, const struct settings *settings, const char **brand_r)
{
	const char *wanted = options->brand;

	if (wanted == NULL && settings->brand_count == 1)
		wanted = settings->brands[0].name;
	if (wanted == NULL)
		return command_usage(NAME, "there are several brands: say which with --brand NAME");
	if (settings_brand(settings, wanted) == NULL) {
		fprintf(stderr, "amends " NAME ": no brand \"%.60s\" in %s\n", wanted,
			settings->path ? settings->path : CONFIG_NAME);
		return EXIT_USAGE;
	}
	*brand_r = wanted;
	return EXIT_DONE;
}

static int import_items(const struct import_options *options, const struct items *items)
{
	bool bare = options->config == NULL && access(CONFIG_NAME, F_OK) != 0;
	const char *made_up = options->brand ? options->brand : "My brand";
	const struct workspace_options where = {
		.config = options->config, .store = options->store, .brand = bare ? made_up : NULL, .makes = true};
	struct import import = {.strict = options->strict,
				.stop = &stop_asked,
				.map = options->map,
				.platform = options->platform ? options->platform : "import"};
	struct workspace workspace = {0};
	struct toolkit toolkit = {0};
	struct error error = {0};
	int code = workspace_open(NAME, &where, &workspace);

	if (code != EXIT_DONE)
		return code;
	if (bare)
		fprintf(stderr, "no " CONFIG_NAME " here: storing under the brand \"%s\" in %s\n", made_up,
			workspace.settings.store);
	code = brand_choose(options, &workspace.settings, &import.brand);
	if (code == EXIT_DONE) {
		if (toolkit_load(&workspace.settings, &toolkit, &error) != ERR_OK ||
		    import_open(&import, &workspace, &toolkit, &error) != ERR_OK)
			code = command_fail(NAME, &error);
		else
			code = read_items(&import, items);
	}
	import_close(&import);
	toolkit_free(&toolkit);
	workspace_close(&workspace);
	return code;
}

static int option_take(struct import_options *options, int option)
{
	switch (option) {
	case 'c':
		options->config = optarg;
		break;
	case 's':
		options->store = optarg;
		break;
	case 'b':
		options->brand = optarg;
		break;
	case 'p':
		options->platform = optarg;
		break;
	case 'm':
		options->map = optarg;
		break;
	case 'S':
		options->strict = true;
		break;
	case 'f':
		if (strcmp(optarg, "jsonl") != 0 && strcmp(optarg, "csv") != 0)
			return command_usage(NAME, "--format is jsonl or csv, not \"%.40s\"", optarg);
		options->format = strcmp(optarg, "csv") == 0 ? FORMAT_CSV : FORMAT_JSONL;
		break;
	default:
		break;
	}
	return EXIT_DONE;
}

static int run(int argc, char **argv)
{
	static const struct option list[] = {
		{"config", required_argument, NULL, 'c'}, {"store", required_argument, NULL, 's'},
		{"brand", required_argument, NULL, 'b'},  {"platform", required_argument, NULL, 'p'},
		{"map", required_argument, NULL, 'm'},    {"format", required_argument, NULL, 'f'},
		{"strict", no_argument, NULL, 'S'},       {NULL, 0, NULL, 0}};
	struct import_options options = {0};
	struct items items = {0};
	struct error error = {0};
	enum err err = ERR_OK;
	int option, code = EXIT_DONE;

	while ((option = command_option(argc, argv, list, &code)) != -1) {
		if (option == OPTION_STOP || (code = option_take(&options, option)) != EXIT_DONE)
			return code;
	}
	if (optind == argc)
		return command_usage(NAME, "name a file, a folder, or - for standard input");
	for (int i = optind; i < argc && err == ERR_OK; i++)
		err = operand_add(&items, argv[i], options.format, &error);
	code = err == ERR_OK ? import_items(&options, &items) : command_fail(NAME, &error);
	items_free(&items);
	return code;
}

const struct command command_import = {
	.name = NAME,
	.usage = "import FILE... [--brand NAME] [--map FIELD=COLUMN,...] [--format jsonl|csv] [--strict]",
	.summary = "Read posts from .jsonl and .csv files, a folder, or standard input (-)",
	.help = "The same file twice adds nothing. A bad line is named and skipped. Ends with one line on standard\n"
		"output: read N new N known N bad N.\n\n"
		"  --brand NAME     whose posts these are (not needed with one brand)\n"
		"  --map F=COL,...  CSV: which column holds id, platform, text, lang, created_at, url, author, "
		"author_id,\n"
		"                   followers, rating, ... Columns with these names are found without it\n"
		"  --platform NAME  where a post names none; \"import\" otherwise\n"
		"  --format FORMAT  jsonl or csv, for names that do not tell and for standard input\n"
		"  --strict         stop at the first bad line, with exit code 1; nothing of its page is stored\n"
		"  --config FILE    instead of ./amends.yaml\n"
		"  --store FILE     instead of the configuration's store\n\n"
		"example: amends import --map text=Comment,author=Who reviews.csv\n",
	.run = run,
};
