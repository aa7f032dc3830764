/*
 * cmd_queue.c - `amends queue`: what the desk does, for the terminal and for scripts, through the same queue_do().
 *
 * Whoever may write the database file may do everything here; the audit row names the account of this machine.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "file.h"
#include "program.h"
#include "watcher/cmd_corrections.h"
#include "watcher/cmd_judge.h"
#include "watcher/errand.h"
#include "watcher/queue_print.h"

#define QUEUE_ARENA_MAX ((size_t)256 << 20)

enum { TEXT_MAX = 64 << 10, LIST_LIMIT = 50, LIST_LIMIT_MAX = 500 };

/* One command under way. */
struct errand_q {
	const char *name; /* "queue approve" */
	struct workspace workspace;
	struct arena *arena;
	bool json;
};

struct queue_options {
	const char *config, *store, *brand, *platform, *words, *state, *class, *cause;
	const char *text, *hash, *reason, *url, *override_why;
	int64_t id; /* 0: none given */
	int limit;
	bool json, newest, demo, override;
};

enum {
	OPT_CONFIG = 256,
	OPT_STORE,
	OPT_BRAND,
	OPT_PLATFORM,
	OPT_WORDS,
	OPT_STATE,
	OPT_CLASS,
	OPT_CAUSE,
	OPT_TEXT,
	OPT_HASH,
	OPT_REASON,
	OPT_URL,
	OPT_LIMIT,
	OPT_JSON,
	OPT_NEWEST,
	OPT_DEMO,
	OPT_OVERRIDE,
	OPT_OVERRIDE_WHY
};

static const struct option common_options[] = {
	{"config", required_argument, NULL, OPT_CONFIG},
	{"store", required_argument, NULL, OPT_STORE},
	{"brand", required_argument, NULL, OPT_BRAND},
	{"platform", required_argument, NULL, OPT_PLATFORM},
	{"search", required_argument, NULL, OPT_WORDS},
	{"state", required_argument, NULL, OPT_STATE},
	{"class", required_argument, NULL, OPT_CLASS},
	{"cause", required_argument, NULL, OPT_CAUSE},
	{"text", required_argument, NULL, OPT_TEXT},
	{"hash", required_argument, NULL, OPT_HASH},
	{"reason", required_argument, NULL, OPT_REASON},
	{"url", required_argument, NULL, OPT_URL},
	{"limit", required_argument, NULL, OPT_LIMIT},
	{"json", no_argument, NULL, OPT_JSON},
	{"newest", no_argument, NULL, OPT_NEWEST},
	{"demo", no_argument, NULL, OPT_DEMO},
	{"override", no_argument, NULL, OPT_OVERRIDE},
	{"override-why", required_argument, NULL, OPT_OVERRIDE_WHY},
	{NULL, 0, NULL, 0},
};

/* ---- options ---- */

static int number_read(const char *name, const char *what, const char *text, int64_t max, int64_t *number_r)
{
	char *end;
	long long number;

	errno = 0;
	number = strtoll(text, &end, 10);
	if (*text == '\0' || *end != '\0' || errno != 0 || number < 1 || number > max)
		return command_usage(name, "%s: \"%.30s\" is not a number from 1", what, text);
	*number_r = number;
	return EXIT_DONE;
}

static void option_text(struct queue_options *options, int option)
{
	const struct {
		int option;
		const char **to;
	} texts[] = {
		{OPT_CONFIG, &options->config},
		{OPT_STORE, &options->store},
		{OPT_BRAND, &options->brand},
		{OPT_PLATFORM, &options->platform},
		{OPT_WORDS, &options->words},
		{OPT_STATE, &options->state},
		{OPT_CLASS, &options->class},
		{OPT_CAUSE, &options->cause},
		{OPT_TEXT, &options->text},
		{OPT_HASH, &options->hash},
		{OPT_REASON, &options->reason},
		{OPT_URL, &options->url},
		{OPT_OVERRIDE_WHY, &options->override_why},
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (texts[i].option == option)
			*texts[i].to = optarg;
	options->json |= option == OPT_JSON;
	options->newest |= option == OPT_NEWEST;
	options->demo |= option == OPT_DEMO;
	options->override |= option == OPT_OVERRIDE;
}

/* EXIT_DONE: go on. OPTION_STOP: over, with *exit_r. */
static int options_read(int argc, char **argv, bool wants_id, struct queue_options *options, int *exit_r)
{
	int64_t limit = LIST_LIMIT;
	int option;

	while ((option = command_option(argc, argv, common_options, exit_r)) != -1) {
		if (option == OPTION_STOP)
			return OPTION_STOP;
		option_text(options, option);
		if (option == OPT_LIMIT &&
		    (*exit_r = number_read(argv[0], "--limit", optarg, LIST_LIMIT_MAX, &limit)) != EXIT_DONE)
			return OPTION_STOP;
	}
	options->limit = (int)limit;
	if (argc - optind != (wants_id ? 1 : 0)) {
		*exit_r = wants_id ? command_usage(argv[0], "name one complaint by its id (amends queue list)")
				   : command_usage(argv[0], "\"%.60s\" is not an option", argv[optind]);
		return OPTION_STOP;
	}
	if (wants_id && (*exit_r = number_read(argv[0], "id", argv[optind], INT64_MAX, &options->id)) != EXIT_DONE)
		return OPTION_STOP;
	return EXIT_DONE;
}

static int errand_open(const char *name, const struct queue_options *options, struct errand_q *errand)
{
	const struct workspace_options where = {
		.config = options->config, .store = options->store, .demo = options->demo};
	int code = workspace_open(name, &where, &errand->workspace);

	errand->name = name;
	errand->json = options->json;
	if (code != EXIT_DONE)
		return code;
	errand->arena = arena_new(QUEUE_ARENA_MAX);
	if (errand->arena != NULL)
		return EXIT_DONE;
	workspace_close(&errand->workspace);
	return EXIT_FAILED;
}

static void errand_close(struct errand_q *errand)
{
	arena_free(&errand->arena);
	workspace_close(&errand->workspace);
}

static int json_print(const struct errand_q *errand, struct json_object *object)
{
	struct error error = {0};

	return errand_print(object, &error) == ERR_OK ? EXIT_DONE : command_fail(errand->name, &error);
}

static struct json_object *row_json(const void *row)
{
	return complaint_to_json(row);
}

/* ---- list ---- */

static int query_fill(const char *name, const struct queue_options *options, struct complaint_query *query)
{
	enum complaint_state state;
	enum class class;
	enum cause cause;

	*query = (struct complaint_query){.brand = options->brand,
					  .platform = options->platform,
					  .state = STATE_OPEN,
					  .class = -1,
					  .cause = -1,
					  .words = options->words,
					  .order = options->newest ? ORDER_NEWEST : ORDER_PRIORITY,
					  .limit = options->limit};
	if (options->state != NULL && strcmp(options->state, "all") == 0)
		query->state = -1;
	else if (options->state != NULL && state_from_name(options->state, &state))
		query->state = (int)state;
	else if (options->state != NULL)
		return command_usage(name, "--state is open, submitted, approved, replied, closed or all");
	if (options->class != NULL && !class_from_name(options->class, &class))
		return command_usage(name, "--class is problem, vent, question, praise, not_ours or other");
	if (options->class != NULL)
		query->class = (int)class;
	if (options->cause != NULL && !cause_from_name(options->cause, &cause))
		return command_usage(name, "--cause: there is no cause \"%.40s\"", options->cause);
	if (options->cause != NULL)
		query->cause = (int)cause;
	return EXIT_DONE;
}

static int list_print(const struct errand_q *errand, const struct complaint_row *rows, size_t count)
{
	if (errand->json)
		return json_print(errand, rows_to_json(rows, count, sizeof(*rows), row_json));
	queue_print_table(rows, count, clock_now_s());
	return EXIT_DONE;
}

static int queue_list(int argc, char **argv)
{
	struct queue_options options = {0};
	struct complaint_query query;
	struct complaint_row *rows;
	struct errand_q errand = {0};
	struct error error = {0};
	size_t count;
	int code;

	if (options_read(argc, argv, false, &options, &code) == OPTION_STOP ||
	    (code = query_fill(argv[0], &options, &query)) != EXIT_DONE ||
	    (code = errand_open(argv[0], &options, &errand)) != EXIT_DONE)
		return code;
	if (store_complaint_list(errand.workspace.store, errand.arena, &query, &rows, &count, &error) != ERR_OK)
		code = command_fail(argv[0], &error);
	else
		code = list_print(&errand, rows, count);
	errand_close(&errand);
	return code;
}

/* ---- show ---- */

static enum err detail_get(struct errand_q *errand, int64_t id, struct complaint_detail *detail, struct error *e_r)
{
	struct store *store = errand->workspace.store;
	enum err err = store_complaint_get(store, errand->arena, id, &detail->row, e_r);

	if (err == ERR_NOT_FOUND)
		return error_set(e_r, err, "there is no complaint %lld", (long long)id);
	if (err == ERR_OK)
		err = store_complaint_posts(store, errand->arena, id, &detail->posts, &detail->post_count, e_r);
	if (err == ERR_OK)
		err = store_audit_list(store, errand->arena, id, &detail->audit, &detail->audit_count, e_r);
	return err;
}

static int detail_print(const struct errand_q *errand, const struct complaint_detail *detail)
{
	if (errand->json)
		return json_print(errand, detail_to_json(detail));
	queue_print_detail(detail, clock_now_s());
	return EXIT_DONE;
}

static int queue_show(int argc, char **argv)
{
	struct queue_options options = {0};
	struct complaint_detail detail = {0};
	struct errand_q errand = {0};
	struct error error = {0};
	int code;

	if (options_read(argc, argv, true, &options, &code) == OPTION_STOP ||
	    (code = errand_open(argv[0], &options, &errand)) != EXIT_DONE)
		return code;
	if (detail_get(&errand, options.id, &detail, &error) != ERR_OK)
		code = command_fail(argv[0], &error);
	else
		code = detail_print(&errand, &detail);
	errand_close(&errand);
	return code;
}

/* ---- a text from standard input, or from the person's editor ---- */

static enum err stdin_read(struct buf *out, struct error *e_r)
{
	char block[4096];
	ssize_t got;

	while ((got = read(STDIN_FILENO, block, sizeof(block))) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_set(e_r, ERR_IO, "cannot read standard input: %s", strerror(errno));
		buf_add(out, block, (size_t)got);
	}
	return out->failed ? error_set(e_r, ERR_LIMIT, "the text is longer than %d bytes", TEXT_MAX) : ERR_OK;
}

static enum err editor_run(const char *path, struct error *e_r)
{
	const char *editor = getenv("VISUAL") ? getenv("VISUAL") : getenv("EDITOR");
	char command[1000];
	int status = -1;
	pid_t pid;

	if (editor == NULL || *editor == '\0')
		editor = "vi";
	/* the variable may hold options ("code --wait"), so a shell takes it apart; the path is an argument of its own
	 */
	if (snprintf(command, sizeof(command), "exec %s \"$1\"", editor) >= (int)sizeof(command))
		return error_set(e_r, ERR_LIMIT, "EDITOR is too long");
	pid = fork();
	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", command, "sh", path, (char *)NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return error_set(e_r, ERR_IO, "%s failed: nothing was changed (or use --text)", editor);
	return ERR_OK;
}

static enum err editor_text(const char *before, struct buf *out, struct error *e_r)
{
	char path[] = "/tmp/amends-draft-XXXXXX";
	int fd = mkstemp(path); /* 0600 */
	size_t len = strlen(before);
	enum err err = ERR_OK;

	if (fd < 0)
		return error_set(e_r, ERR_IO, "%s: %s", path, strerror(errno));
	if (write(fd, before, len) != (ssize_t)len || write(fd, "\n", 1) != 1)
		err = error_set(e_r, ERR_IO, "%s: %s", path, strerror(errno));
	close(fd);
	if (err == ERR_OK)
		err = editor_run(path, e_r);
	if (err == ERR_OK)
		err = file_read(path, out, e_r);
	unlink(path);
	return err;
}

/* ---- actions ---- */

static void done_print(const struct complaint_row *row, enum action action, int undo_s)
{
	printf("%lld: %s", (long long)row->id, state_name(row->state));
	if (action == ACTION_APPROVE && row->outbox_state == OUTBOX_HANDOFF)
		printf("; %s takes no reply from here: post it yourself (%s), then `amends queue posted %lld`",
		       row->platform, row->post_url ? row->post_url : row->post_ext_id, (long long)row->id);
	else if (action == ACTION_APPROVE && undo_s > 0)
		printf("; leaves in %d s (amends queue withdraw %lld)", undo_s, (long long)row->id);
	putchar('\n');
}

/* Does it and prints how the complaint stands then. */
static int action_do(struct errand_q *errand, enum action action, const struct action_args *args)
{
	struct queue queue = {.store = errand->workspace.store, .settings = &errand->workspace.settings};
	struct complaint_detail detail = {0};
	struct toolkit toolkit = {0};
	struct error error = {0};
	struct actor actor;
	char name[100];
	enum err err = toolkit_load(&errand->workspace.settings, &toolkit, &error);

	terminal_actor(&actor, name, sizeof(name));
	if (err == ERR_OK)
		err = toolkit_load_offers(&errand->workspace.settings, &toolkit, &error);
	if (err == ERR_OK) {
		queue.tone = tone_new(toolkit.tone_rules);
		queue.offers = offer_reader_new(toolkit.offer_rules);
		err = queue.tone && queue.offers ? queue_do(&queue, &actor, action, args, &error)
						 : error_set(&error, ERR_NOMEM, "out of memory");
	}
	if (err == ERR_OK)
		err = detail_get(errand, args->complaint_id, &detail, &error);
	offer_reader_free(&queue.offers);
	tone_free(&queue.tone);
	toolkit_free(&toolkit);
	if (err != ERR_OK) {
		(void)command_fail(errand->name, &error);
		return EXIT_FAILED;
	}
	if (errand->json)
		return detail_print(errand, &detail);
	done_print(&detail.row, action, errand->workspace.settings.undo_s);
	return EXIT_DONE;
}

static enum err draft_text(struct errand_q *errand, const struct queue_options *options, struct buf *out,
			   struct error *e_r)
{
	struct complaint_detail detail = {0};
	enum err err;

	if (options->text != NULL && strcmp(options->text, "-") != 0) {
		buf_str(out, options->text);
		return ERR_OK;
	}
	if (options->text != NULL || !isatty(STDIN_FILENO))
		return stdin_read(out, e_r);
	err = detail_get(errand, options->id, &detail, e_r);
	return err == ERR_OK ? editor_text(detail.row.draft ? detail.row.draft : "", out, e_r) : err;
}

static int queue_draft(int argc, char **argv)
{
	struct queue_options options = {0};
	struct errand_q errand = {0};
	struct error error = {0};
	struct buf text;
	int code;

	if (options_read(argc, argv, true, &options, &code) == OPTION_STOP ||
	    (code = errand_open(argv[0], &options, &errand)) != EXIT_DONE)
		return code;
	buf_init(&text, TEXT_MAX);
	if (draft_text(&errand, &options, &text, &error) != ERR_OK) {
		code = command_fail(argv[0], &error);
	} else {
		const struct action_args args = {.complaint_id = options.id, .text = buf_text(&text)};

		code = action_do(&errand, ACTION_DRAFT, &args);
	}
	buf_done(&text);
	errand_close(&errand);
	return code;
}

/* Shows what would be sent and asks; 1 yes, 0 no. */
static int approval_ask(const struct complaint_detail *detail)
{
	char answer[16];

	queue_print_detail(detail, clock_now_s());
	printf("\nSend this reply? [y/N] ");
	fflush(stdout);
	return fgets(answer, sizeof(answer), stdin) != NULL && (answer[0] == 'y' || answer[0] == 'Y');
}

static int queue_approve(int argc, char **argv)
{
	struct queue_options options = {0};
	struct complaint_detail detail = {0};
	struct errand_q errand = {0};
	struct error error = {0};
	struct action_args args;
	int code;

	if (options_read(argc, argv, true, &options, &code) == OPTION_STOP)
		return code;
	if (options.hash == NULL && (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)))
		return command_usage(argv[0], "without a terminal, say which text was read: --hash HASH (draft_hash of "
					      "`amends queue show --json`)");
	if ((code = errand_open(argv[0], &options, &errand)) != EXIT_DONE)
		return code;
	args = (struct action_args){.complaint_id = options.id, .hash = options.hash, .override = options.override};
	if (options.hash == NULL) {
		if (detail_get(&errand, options.id, &detail, &error) != ERR_OK)
			code = command_fail(argv[0], &error);
		else if (!approval_ask(&detail)) {
			fputs("Nothing was sent.\n", stderr);
			code = EXIT_FAILED;
		}
		args.hash = detail.row.draft_hash; /* of the very text that was shown */
	}
	if (code == EXIT_DONE)
		code = action_do(&errand, ACTION_APPROVE, &args);
	errand_close(&errand);
	return code;
}

static int queue_submit(int argc, char **argv)
{
	struct queue_options options = {0};
	struct complaint_detail detail = {0};
	struct errand_q errand = {0};
	struct error error = {0};
	int code;

	if (options_read(argc, argv, true, &options, &code) == OPTION_STOP ||
	    (code = errand_open(argv[0], &options, &errand)) != EXIT_DONE)
		return code;
	if (detail_get(&errand, options.id, &detail, &error) != ERR_OK) {
		code = command_fail(argv[0], &error);
	} else {
		const struct action_args args = {.complaint_id = options.id,
						 .hash = options.hash ? options.hash : detail.row.draft_hash,
						 .override_why = options.override_why};

		code = action_do(&errand, ACTION_SUBMIT, &args);
	}
	errand_close(&errand);
	return code;
}

static int action_simple(int argc, char **argv, enum action action)
{
	struct queue_options options = {0};
	struct errand_q errand = {0};
	struct action_args args;
	int code;

	if (options_read(argc, argv, true, &options, &code) == OPTION_STOP)
		return code;
	if ((action == ACTION_REJECT || action == ACTION_ASK || action == ACTION_CLOSE) &&
	    (options.reason == NULL || *options.reason == '\0'))
		return command_usage(argv[0], "say why: --reason TEXT");
	if ((code = errand_open(argv[0], &options, &errand)) != EXIT_DONE)
		return code;
	args = (struct action_args){.complaint_id = options.id, .reason = options.reason, .text = options.url};
	code = action_do(&errand, action, &args);
	errand_close(&errand);
	return code;
}

static int queue_reject(int argc, char **argv)
{
	return action_simple(argc, argv, ACTION_REJECT);
}

static int queue_changes(int argc, char **argv)
{
	return action_simple(argc, argv, ACTION_ASK);
}

static int queue_close(int argc, char **argv)
{
	return action_simple(argc, argv, ACTION_CLOSE);
}

static int queue_withdraw(int argc, char **argv)
{
	return action_simple(argc, argv, ACTION_WITHDRAW);
}

static int queue_posted(int argc, char **argv)
{
	return action_simple(argc, argv, ACTION_POSTED);
}

static int queue_reopen(int argc, char **argv)
{
	return action_simple(argc, argv, ACTION_REOPEN);
}

/* ---- reasons ---- */

static int queue_reasons(int argc, char **argv)
{
	struct reason_count *rows = NULL;
	struct queue_options options = {0};
	struct errand_q errand = {0};
	struct error error = {0};
	size_t count = 0;
	int code;

	if (options_read(argc, argv, false, &options, &code) == OPTION_STOP ||
	    (code = errand_open(argv[0], &options, &errand)) != EXIT_DONE)
		return code;
	if (store_reason_counts(errand.workspace.store, errand.arena, 0, &rows, &count, &error) != ERR_OK ||
	    (errand.json && errand_print(reasons_to_json(rows, count), &error) != ERR_OK))
		code = command_fail(argv[0], &error);
	if (code == EXIT_DONE && !errand.json)
		queue_print_reasons(rows, count);
	errand_close(&errand);
	return code;
}

static int run(int argc, char **argv)
{
	static const struct subcommand list[] = {
		{"list", queue_list},     {"show", queue_show},       {"draft", queue_draft},
		{"submit", queue_submit}, {"approve", queue_approve}, {"changes", queue_changes},
		{"reject", queue_reject}, {"close", queue_close},     {"withdraw", queue_withdraw},
		{"posted", queue_posted}, {"reopen", queue_reopen},   {"reasons", queue_reasons},
		{"judge", queue_judge_command},	  {"another", queue_another_command},
		{"corrections", queue_corrections},
	};

	return subcommand_run("queue", list, ARRAY_LEN(list), "list", argc, argv);
}

const struct command command_queue = {
	.name = "queue",
	.usage = "queue [list | show ID | draft ID | submit ID | approve ID | changes ID | reject ID | close ID | ...]",
	.summary = "See, change, approve and close complaints from the terminal",
	.help = "  list         most pressing first; --newest: by the customer's latest post\n"
		"               --state open|submitted|approved|replied|closed|all (open otherwise)\n"
		"               --class C, --cause C, --brand B, --platform P, --search WORDS, --limit N\n"
		"               a ? behind the class: likelier something else, flagged so that no problem is missed\n"
		"  show ID      one complaint: its posts, the draft, and what was done\n"
		"  draft ID     change the reply: --text TEXT, --text - (standard input), or in $EDITOR\n"
		"  submit ID    ask for approval; --override-why TEXT: why a blocking tone finding is wrong here\n"
		"  approve ID   shows the text and asks; in scripts --hash HASH says which text was read; --override: "
		"yes,\n"
		"               the blocking finding is wrong, as the submitter says\n"
		"  changes ID   --reason TEXT: back to whoever submitted it, with the draft\n"
		"  reject ID    --reason TEXT: back, and the draft is dropped\n"
		"  close ID     --reason TEXT: deliberately no reply; \"spam: the third\" counts as \"spam\"\n"
		"  reasons      how often each reason was given\n"
		"  withdraw ID  takes an approval back while the reply has not left\n"
		"  posted ID    a reply posted by hand: [--url ADDRESS]\n"
		"  reopen ID    a closed one after all\n"
		"  judge ID     what the latest post is: --class C, --cause C, --urgency 0|1|2, --note TEXT; the "
		"complaint\n"
		"               follows, and so does a draft that nobody has changed\n"
		"  another ID   another wording of a draft that nobody has changed, or a first one\n"
		"  corrections  what people judged otherwise, as labelled posts for `amends rules fit` and `rules test`\n\n"
		"All of them: --json, --config FILE, --store FILE, --demo (the demonstration's store).\n\n"
		"example: amends queue approve 12 --hash $(amends queue show 12 --json | jq -r .draft_hash)\n",
	.run = run,
};
