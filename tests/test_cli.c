/*
 * test_cli.c - the real program, as a person or a script meets it. AMENDS_BIN names it (default build/release/amends).
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "attr.h"
#include "clock.h"
#include "file.h"
#include "jsonio.h"

enum { OUTPUT_MAX = 1 << 20, PATIENCE_MS = 60000 };

/* A folder of its own, and what the last command said. */
struct room {
	char dir[64];
	char out[OUTPUT_MAX], err[OUTPUT_MAX];
	int code; /* exit code, or -signal */
};

static char binary[4096];

static int group_open(void **state)
{
	const char *path = getenv("AMENDS_BIN");

	(void)state;
	if (realpath(path ? path : "build/release/amends", binary) != NULL)
		return 0;
	print_error("%s: %s (make build)\n", path ? path : "build/release/amends", strerror(errno));
	return -1;
}

static int room_open(void **state)
{
	struct room *room = calloc(1, sizeof(*room));

	strcpy(room->dir, "/tmp/amends-cli-XXXXXX");
	assert_non_null(mkdtemp(room->dir));
	*state = room;
	return 0;
}

static void spawn_wait(const char *const *argv)
{
	pid_t pid = fork();

	if (pid == 0) {
		execvp(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
}

static int room_close(void **state)
{
	struct room *room = *state;
	const char *const argv[] = {"rm", "-rf", room->dir, NULL};

	spawn_wait(argv);
	free(room);
	return 0;
}

static void put(struct room *room, const char *name, const char *text)
{
	char path[200];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", room->dir, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static int mkdir_in(struct room *room, const char *name)
{
	char path[200];

	snprintf(path, sizeof(path), "%s/%s", room->dir, name);
	return mkdir(path, 0755);
}

static bool exists(const struct room *room, const char *name)
{
	char path[200];

	snprintf(path, sizeof(path), "%s/%s", room->dir, name);
	return access(path, F_OK) == 0;
}

/* ---- running it ---- */

static pid_t start(struct room *room, const char *const *args, int in, int out, int err)
{
	pid_t pid = fork();

	if (pid == 0) {
		const char *argv[24] = {"amends"};

		for (size_t i = 0; args[i] != NULL; i++)
			argv[i + 1] = args[i];
		if (chdir(room->dir) != 0 || (in >= 0 && dup2(in, 0) < 0) || (out >= 0 && dup2(out, 1) < 0) ||
		    (err >= 0 && dup2(err, 2) < 0))
			_exit(126);
		for (int fd = 3; fd < 64; fd++)
			close(fd);
		if (in == -2)
			close(0);
		if (out == -2)
			close(1);
		execv(binary, (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	assert_true(pid > 0);
	return pid;
}

static int ended(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static int temporary(const char *text)
{
	FILE *file = tmpfile();
	int fd = dup(fileno(file));

	fputs(text, file);
	fclose(file);
	lseek(fd, 0, SEEK_SET);
	return fd;
}

static void slurp(int fd, char *out)
{
	ssize_t got;
	size_t used = 0;

	lseek(fd, 0, SEEK_SET);
	while (used < OUTPUT_MAX - 1 && (got = read(fd, out + used, OUTPUT_MAX - 1 - used)) > 0)
		used += (size_t)got;
	out[used] = '\0';
	close(fd);
}

/* Runs to the end with the input; no sanitizer may have spoken. */
static int run_input(struct room *room, const char *input, const char *const *args)
{
	int in = temporary(input), out = temporary(""), err = temporary("");

	room->code = ended(start(room, args, in, out, err));
	close(in);
	slurp(out, room->out);
	slurp(err, room->err);
	assert_null(strstr(room->err, "Sanitizer"));
	assert_null(strstr(room->err, "runtime error"));
	return room->code;
}

#define ARGS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define RUN(room, ...) run_input(room, "", ARGS(__VA_ARGS__))

#define must_exit(room, want, ...)                                                                                     \
	do {                                                                                                           \
		if (RUN(room, __VA_ARGS__) != (want))                                                                  \
			fail_msg("%s: exit %d, not %d: %s", #__VA_ARGS__, (room)->code, want, (room)->err);            \
	} while (0)

static void must_say(const char *where, const char *words)
{
	if (strstr(where, words) == NULL)
		fail_msg("\"%s\" is not in: %s", words, where);
}

static int line_count(const char *text)
{
	int lines = 0;

	for (; *text; text++)
		lines += *text == '\n';
	return lines;
}

/* One value of the JSON that was printed, by pointer; a copy. */
static char *value_at(const struct room *room, const char *pointer)
{
	struct json_object *object = json_tokener_parse(room->out), *value = NULL;
	char *copy;

	assert_non_null(object);
	if (json_pointer_get(object, pointer, &value) != 0)
		fail_msg("no %s in %s", pointer, room->out);
	copy = strdup(value ? json_object_get_string(value) : "null");
	json_object_put(object);
	return copy;
}

static void must_be(const struct room *room, const char *pointer, const char *want)
{
	char *value = value_at(room, pointer);

	assert_string_equal(value, want);
	free(value);
}

/* ---- help, usage, streams ---- */

static void help_is_there_for_everything(void **state)
{
	static const char *const commands[] = {"init",     "run",     "watch",  "desk",    "reload", "import",
					       "classify", "explain", "rules",  "queue",   "source", "template",
					       "user",     "pause",   "resume", "promise", "review", "doctor"};
	struct room *room = *state;

	must_exit(room, 0, "--help");
	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		must_exit(room, 0, "--help");
		must_say(room->out, commands[i]);
		must_exit(room, 0, commands[i], "--help");
		must_say(room->out, "usage: amends ");
		assert_string_equal(room->err, "");
	}
	must_exit(room, 0, "queue", "show", "--help");
	must_exit(room, 0, "--version");
	must_exit(room, 0, "--help-config");
	must_say(room->out, "desk.port");
}

/* Does the README's table of commands have a row, or a part of one, that begins with this word? */
static bool in_table(const char *readme, const char *name)
{
	const char *at = strstr(readme, "| command | what it does |"), *end = at ? strstr(at, "\n\n") : NULL;
	char word[40];
	size_t len = (size_t)snprintf(word, sizeof(word), "`%s", name);

	assert_non_null(end);
	while ((at = strstr(at + 1, word)) != NULL && at < end)
		if ((at[-1] == ' ' && (at[-2] == '|' || at[-2] == ',')) && strchr(" `", at[len]) != NULL)
			return true;
	return false;
}

static void every_command_of_the_help_is_in_the_readme(void **state)
{
	struct room *room = *state;
	struct buf readme;
	struct error error;
	size_t commands = 0;

	buf_init(&readme, 1 << 20);
	assert_int_equal(file_read("README.md", &readme, &error), ERR_OK);
	must_exit(room, 0, "--help");
	for (char *line = room->out; (line = strstr(line, "\n  ")) != NULL; line++) {
		char name[24];

		if (sscanf(line, "\n  %20[a-z]", name) != 1)
			continue;
		commands++;
		if (!in_table(buf_text(&readme), name))
			fail_msg("README.md's table of commands lacks `%s`", name);
	}
	assert_true(commands > 15);
	buf_done(&readme);
}

static void wrong_usage_is_one_line_and_exit_2(void **state)
{
	const struct {
		const char *const *args;
		const char *words;
	} cases[] = {
		{ARGS("imprt"), "did you mean \"import\""},
		{ARGS("--frobnicate"), "unknown option"},
		{ARGS("run", "--confg", "x"), "did you mean --config"},
		{ARGS("run", "--port", "99999"), "--port"},
		{ARGS("run", "surplus"), "surplus"},
		{ARGS("run", "--config"), "needs a value"},
		{ARGS("run", "--demo=yes"), "takes no value"},
		{ARGS("classify", "-x"), "unknown option -x"},
		{ARGS("classify", "a", "b"), "one file"},
		{ARGS("classify", "-j", "0"), "from 1 to"},
		{ARGS("classify", "-j"), "needs a value"},
		{ARGS("import"), "name a file"},
		{ARGS("import", "--format", "xml", "-"), "jsonl or csv"},
		{ARGS("rules"), "check, list, test, explain"},
		{ARGS("rules", "chek"), "check"},
		{ARGS("queue", "aprove"), "approve"},
		{ARGS("queue", "show"), "by its id"},
		{ARGS("queue", "show", "abc"), "not a number"},
		{ARGS("queue", "list", "--state", "odd"), "--state is open"},
		{ARGS("queue", "close", "1"), "--reason"},
		{ARGS("queue", "changes", "1"), "--reason"},
		{ARGS("pause", "surplus"), "surplus"},
		{ARGS("promise", "keep"), "by its id"},
		{ARGS("promise", "keep", "x"), "not a number"},
		{ARGS("review", "finne", "1"), "fine"},
		{ARGS("doctor", "--audits"), "did you mean --audit"},
		{ARGS("queue", "approve", "1"), "--hash"},
		{ARGS("init"), "--brand"},
		{ARGS("user", "add"), "name one account"},
		{ARGS("explain"), "give a text"},
	};
	struct room *room = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		if (run_input(room, "", cases[i].args) != 2)
			fail_msg("%s: exit %d: %s", cases[i].args[0], room->code, room->err);
		must_say(room->err, cases[i].words);
		assert_int_equal(line_count(room->err), 1);
		assert_string_equal(room->out, "");
	}
	assert_int_equal(run_input(room, "", (const char *const[]){NULL}), 2);
}

static void a_reader_that_goes_away_is_exit_1_not_a_signal(void **state)
{
	struct room *room = *state;
	int pipe_fds[2], full = open("/dev/full", O_WRONLY), in = temporary("{\"text\":\"a\"}\n");

	assert_int_equal(pipe(pipe_fds), 0);
	close(pipe_fds[0]);
	assert_int_equal(ended(start(room, ARGS("rules", "list"), in, pipe_fds[1], -1)), 1);
	close(pipe_fds[1]);
	assert_int_equal(ended(start(room, ARGS("classify"), in, full, open("/dev/null", O_WRONLY))), 1);
	lseek(in, 0, SEEK_SET);
	assert_int_equal(ended(start(room, ARGS("classify", "-j2"), in, full, open("/dev/null", O_WRONLY))), 1);
	close(full);
	close(in);
}

static void closed_standard_streams_are_errors_not_accidents(void **state)
{
	struct room *room = *state;
	int quiet = open("/dev/null", O_WRONLY);

	assert_int_equal(ended(start(room, ARGS("--help"), -1, -2, quiet)), 1);
	assert_int_equal(ended(start(room, ARGS("classify"), -2, quiet, quiet)), 1);
	close(quiet);
}

/* ---- judging ---- */

static void classify_gives_every_line_back_as_it_was_with_a_verdict(void **state)
{
	struct room *room = *state;

	assert_int_equal(run_input(room,
				   "{\"id\":\"1\",\"platform\":\"x\",  \"text\":\"My parcel never arrived, please "
				   "help\",\"n\":1.50}\n"
				   "nonsense\n\n{\"text\":\"\\u00e9t\\u00e9\",\"verdict\":7}\n{\"id\":\"3\"}",
				   ARGS("classify")),
			 1); /* a line was bad */
	assert_int_equal(line_count(room->out), 2);
	assert_int_equal(strncmp(room->out,
				 "{\"id\":\"1\",\"platform\":\"x\",  \"text\":\"My parcel never arrived, please help\","
				 "\"n\":1.50,\"verdict\":{\"class\":\"problem\"",
				 100),
			 0);
	must_say(room->out, "{\"text\":\"été\",\"verdict\":{\"class\":");
	must_say(room->err, "standard input:2: ");
	must_say(room->err, "standard input:5: /text");
	assert_int_equal(line_count(room->err), 2);
	assert_false(exists(room, "amends.db"));
	assert_int_equal(run_input(room, "", ARGS("classify")), 0);
	must_exit(room, 1, "classify", "missing.jsonl");
	must_say(room->err, "missing.jsonl");
}

/* Some thousand lines of every sort, so that several chunks are on their way at once. */
static char *many_lines(void)
{
	static const char *const kinds[] = {
		"{\"text\":\"My parcel never arrived, please help\",\"n\":%d}\n",
		"{\"text\":\"Worst company ever \\ud83d\\ude21\",\"n\":%d, \"x\":[1,2]}\n",
		"not JSON %d\n",
		"\n",
		"{\"verdict\":7,\"text\":\"I love it\",\"n\":%d}\n",
		"{\"text\":\"Where is my refund of $20?\",\"author\":\"ada%d\"}\n",
	};
	enum { COUNT = 1500, LONGEST = 120 };
	char *text = malloc((size_t)COUNT * LONGEST);
	size_t used = 0;

	for (int i = 0; i < COUNT; i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		used += (size_t)snprintf(text + used, LONGEST, kinds[(size_t)i * 7 / 5 % ARRAY_LEN(kinds)], i);
#pragma GCC diagnostic pop
	}
	return text;
}

static void classify_by_many_threads_gives_the_same_as_by_one(void **state)
{
	struct room *room = *state;
	char *input = many_lines(), *out, *err;

	assert_int_equal(run_input(room, input, ARGS("classify")), 1);
	assert_true(line_count(room->out) > 900 && line_count(room->err) > 200);
	out = strdup(room->out);
	err = strdup(room->err);
	for (size_t i = 0; i < 3; i++) {
		static const char *const jobs[] = {"-j2", "-j7", "--jobs=1"};

		assert_int_equal(run_input(room, input, ARGS("classify", jobs[i])), 1);
		assert_string_equal(room->out, out);
		assert_string_equal(room->err, err);
	}
	assert_int_equal(run_input(room, "", ARGS("classify", "-j", "2")), 0);
	assert_string_equal(room->out, "");
	free(out);
	free(err);
	free(input);
}

static void references_are_masked_unless_asked_for(void **state)
{
	struct room *room = *state;
	const char *post = "{\"text\":\"where is my order 12345678?\"}\n";

	assert_int_equal(run_input(room, post, ARGS("classify")), 0);
	assert_non_null(strstr(room->out, "\"reference\":\"*****678\""));
	assert_int_equal(run_input(room, post, ARGS("classify", "--references")), 0);
	assert_non_null(strstr(room->out, "\"reference\":\"12345678\""));
}

static void classify_without_rules_finds_nothing(void **state)
{
	struct room *room = *state;

	assert_int_equal(run_input(room, "{\"text\":\"My parcel never arrived\"}\n", ARGS("classify", "--no-rules")),
			 0);
	must_be(room, "/verdict/class", "other");
	must_be(room, "/verdict/hits", "[ ]");
	must_exit(room, 2, "classify", "--no-rules", "--rules", ".");
}

static void answers_at_once(struct room *room, const char *const *args)
{
	static const char post[] = "{\"text\":\"My parcel never arrived\"}\n";
	int in[2], out[2];
	struct pollfd answer;
	pid_t pid;

	assert_int_equal(pipe(in) | pipe(out), 0);
	pid = start(room, args, in[0], out[1], -1);
	close(in[0]);
	close(out[1]);
	assert_int_equal(write(in[1], post, sizeof(post) - 1), (ssize_t)sizeof(post) - 1);
	answer = (struct pollfd){.fd = out[0], .events = POLLIN};
	assert_int_equal(poll(&answer, 1, PATIENCE_MS), 1);
	assert_true(answer.revents & POLLIN);
	close(in[1]);
	assert_int_equal(ended(pid), 0);
	close(out[0]);
}

static void classify_answers_while_its_input_stays_open(void **state)
{
	answers_at_once(*state, ARGS("classify"));
	answers_at_once(*state, ARGS("classify", "-j", "2"));
}

static void explain_underlines_the_very_words(void **state)
{
	struct room *room = *state;

	must_exit(room, 0, "explain", "Ω日本 my parcel never arrived");
	must_say(room->out, "problem");
	/* two blanks, then Ω is one column and 日本 are four */
	must_say(room->out, "  Ω日本 my parcel never arrived\n");
	must_say(room->out, "\n                  ^^^^^^^^^^^^^ ");
	must_say(room->out, "\nnot_arrived: Something ordered or expected has not arrived. (complaint +");
	assert_null(strchr(room->out, '\033'));
	must_exit(room, 0, "explain", "--json", "my parcel never arrived");
	must_be(room, "/verdict/class", "problem");
	must_be(room, "/text", "my parcel never arrived");
	assert_int_equal(run_input(room, "from\x1b[31m standard input\n", ARGS("explain", "-")), 0);
	assert_null(strchr(room->out, '\033')); /* nobody's text reaches the terminal as a command */
}

static void rules_are_checked_listed_and_measured(void **state)
{
	struct room *room = *state;

	must_exit(room, 0, "rules", "check");
	must_say(room->out, " 0 errors");
	must_exit(room, 0, "rules", "list", "--json");
	must_say(room->out, "\"topic\":\"login\"");
	must_exit(room, 0, "rules", "explain", "cannot_log_in");
	must_say(room->out, "topic      login");
	must_say(room->out, "cannot_log_in: Logging in, resetting a password or reaching an account fails");
	must_say(room->out, "\n      examples:\n");
	put(room, "bad.yaml", "- id: broken\n  about: x\n  match: '('\n");
	must_exit(room, 1, "rules", "check", ".");
	must_say(room->err, "bad.yaml:");
	must_exit(room, 2, "classify", "--rules", ".");
	put(room, "gold.jsonl",
	    "{\"id\":\"1\",\"platform\":\"x\",\"text\":\"My parcel never arrived, please help\",\"labels\":"
	    "{\"complaint\":1,\"intent\":\"problem\",\"cause\":\"delivery\"}}\n"
	    "{\"id\":\"2\",\"platform\":\"x\",\"text\":\"I love this coffee, thank you!\",\"labels\":"
	    "{\"complaint\":0,\"intent\":\"not_complaint\"}}\n");
	must_exit(room, 0, "rules", "test", "gold.jsonl", "--json");
	must_be(room, "/posts", "2");
	must_be(room, "/intent/problem/f1", "1.0");
	must_be(room, "/confusion/problem/problem", "1");
	must_be(room, "/tasks/complaint/posts", "2");
	must_be(room, "/tasks/intent/classes/problem/recall_95/1", "1.0");
	must_be(room, "/error_count", "0");
	put(room, "other.jsonl",
	    "{\"id\":\"1\",\"platform\":\"x\",\"text\":\"We are hiring! Apply now: http://jobs.example/7 #jobs\","
	    "\"labels\":{\"off_topic\":1}}\n"
	    "{\"id\":\"2\",\"platform\":\"x\",\"text\":\"My parcel never arrived, please help\",\"labels\":"
	    "{\"off_topic\":0}}\n");
	must_exit(room, 0, "rules", "test", "other.jsonl", "--json");
	must_be(room, "/tasks/off_topic/classes/not_ours/f1", "1.0");
	must_exit(room, 0, "rules", "test", "gold.jsonl", "gold.jsonl", "--task", "complaint", "--errors", "2");
	must_say(room->out, "4 posts judged");
	must_exit(room, 2, "rules", "test", "gold.jsonl", "--task", "weather");
	must_say(room->err, "problem_vent");
	must_exit(room, 2, "rules", "test", "gold.jsonl", "--errors", "many");
	put(room, "none.jsonl", "{\"id\":\"1\",\"platform\":\"x\",\"text\":\"a\"}\n");
	must_exit(room, 1, "rules", "test", "none.jsonl");
}

static void other_rules_are_compared_and_one_is_explained(void **state)
{
	struct room *room = *state;

	put(room, "gold.jsonl",
	    "{\"id\":\"1\",\"platform\":\"x\",\"text\":\"The zorbulator hums\",\"labels\":{\"intent\":\"problem\"}}\n"
	    "{\"id\":\"2\",\"platform\":\"x\",\"text\":\"Zorbulators are fun\",\"labels\":{\"intent\":"
	    "\"not_complaint\"}}\n");
	assert_int_equal(mkdir_in(room, "own"), 0);
	put(room, "own/zorb.yaml",
	    "- id: zorb_hums\n  about: the zorbulator makes a noise\n  match: zorbulator hums\n"
	    "  complaint: 9\n  problem: 9\n  examples: {hit: [My zorbulator hums, zorbulator hums], miss: [hums]}\n"
	    "- id: other_rule\n  about: another\n  match: qqq\n");
	must_exit(room, 0, "rules", "test", "gold.jsonl", "--compare", "own");
	must_say(room->out, "better: labelled problem");
	must_say(room->out, "now hit: zorb_hums");
	must_exit(room, 0, "rules", "test", "gold.jsonl", "--compare", "own", "--json");
	must_be(room, "/compare/changes/intent/better", "1");
	must_be(room, "/compare/changes/intent/worse", "0");
	must_be(room, "/compare/changes/intent/p", "1.0");
	must_be(room, "/compare/flips/0/before", "not_complaint");
	must_be(room, "/compare/flips/0/judged", "problem");
	must_exit(room, 2, "rules", "test", "gold.jsonl", "--compare", "nowhere");
	must_exit(room, 0, "rules", "explain", "zorb_hums", "gold.jsonl", "--rules", "own");
	must_say(room->out, "zorb_hums: the zorbulator makes a noise");
	must_say(room->out, "own/zorb.yaml:1");
	must_say(room->out, "match: zorbulator hums");
	must_say(room->out, "> \"zorbulator hums\"");
	must_say(room->out, "1 of 2 labelled posts hit");
	assert_null(strstr(room->out, "other_rule"));
	must_exit(room, 1, "rules", "explain", "zorb_hum", "--rules", "own");
	must_say(room->err, "did you mean zorb_hums");
	must_exit(room, 2, "rules", "explain");
}

static void what_was_not_measured_reads_so(void **state)
{
	struct room *room = *state;

	put(room, "gold.jsonl",
	    "{\"id\":\"1\",\"platform\":\"x\",\"text\":\"My parcel never arrived, please help\",\"labels\":"
	    "{\"intent\":\"problem\",\"cause\":\"delivery\"}}\n");
	must_exit(room, 0, "rules", "test", "gold.jsonl", "--task", "cause");
	assert_null(strstr(room->out, "0.000 (0.00 to 0.00)"));
	must_say(room->out, "worth for cause: not measured, no class has 20 labelled posts");
	must_exit(room, 0, "rules", "test", "gold.jsonl", "--json");
	must_be(room, "/tasks/cause/macro_f1", "null");
	must_be(room, "/tasks/cause/macro_f1_95", "null");
	must_be(room, "/tasks/intent/macro_f1", "1.0");
	must_be(room, "/tasks/intent/classes/vent/f1", "null");
	must_exit(room, 1, "rules", "test", "gold.jsonl", "--task", "off_topic");
	must_say(room->err, "--task off_topic: no post has a label for it");
	assert_string_equal(room->out, "");
}

static void mistyped_labels_are_named_and_counted(void **state)
{
	struct room *room = *state;

	put(room, "gold.jsonl",
	    "{\"id\":\"1\",\"platform\":\"x\",\"text\":\"My parcel never arrived\",\"labels\":{\"intent\":\"problem\","
	    "\"cause\":\"delivry\"}}\n"
	    "{\"id\":\"2\",\"platform\":\"x\",\"text\":\"a\",\"labels\":{\"intent\":\"foo\",\"urgency\":7}}\n"
	    "{\"id\":\"3\",\"platform\":\"x\",\"text\":\"a\",\"labels\":5}\n"
	    "{\"id\":\"4\",\"platform\":\"x\",\"text\":\"a\",\"labels\":{\"intent\":\"unclear\",\"cause\":null}}\n");
	must_exit(room, 0, "rules", "test", "gold.jsonl");
	must_say(room->out, "1 posts judged, 0 undecided, 1 lines unreadable, 3 labels left out\n");
	must_say(room->err, "gold.jsonl:1: /labels/cause: \"delivry\" is none of: none promise ");
	must_say(room->err, "gold.jsonl:2: /labels/intent: \"foo\" is none of: problem vent not_complaint unclear (");
	must_say(room->err, "gold.jsonl:2: /labels/urgency: 7 is no number from 0 to 2 (label left out)\n");
	must_say(room->err, "gold.jsonl:3: /labels: not an object (line skipped)\n");
	assert_int_equal(line_count(room->err), 4);
	must_exit(room, 0, "rules", "test", "gold.jsonl", "--json");
	must_be(room, "/bad_labels", "3");
}

static void a_flip_names_what_decided_it(void **state)
{
	struct room *room = *state;

	put(room, "gold.jsonl",
	    "{\"id\":\"1\",\"platform\":\"x\",\"text\":\"The zorbulator hums\",\"labels\":{\"intent\":\"problem\"}}\n");
	assert_int_equal(mkdir_in(room, "own") | mkdir_in(room, "new"), 0);
	put(room, "own/zorb.yaml",
	    "- id: zorb_hums\n  about: the zorbulator makes a noise\n  match: zorbulator hums\n"
	    "  complaint: 9\n  problem: 9\n");
	put(room, "new/zorb.yaml",
	    "- id: zorb_hums\n  about: the zorbulator makes a noise\n  match: zorbulator hums\n"
	    "  complaint: -9\n  problem: 9\n");
	must_exit(room, 0, "rules", "test", "gold.jsonl", "--rules", "own", "--compare", "new");
	must_say(room->out, "worse: labelled problem, judged problem before, not_complaint now\n");
	must_say(room->out, "\n      decided by complaint 1.00 before, 0.00 now\n"
			    "      weighs otherwise: zorb_hums complaint +9.00 before, -9.00 now\n");
	must_exit(room, 0, "rules", "test", "gold.jsonl", "--rules", "own", "--compare", "new", "--json");
	must_be(room, "/compare/flips/0/moved/complaint/crossed", "true");
	must_be(room, "/compare/flips/0/weights/0/rule", "zorb_hums");
	must_be(room, "/compare/flips/0/weights/0/score", "complaint");
	must_be(room, "/compare/flips/0/weights/0/now", "-9.0");
	must_be(room, "/compare/flips/0/wording", "false");
}

/* ---- init ---- */

static void init_writes_a_file_that_loads_and_never_over_another(void **state)
{
	struct room *room = *state;

	must_exit(room, 0, "init", "--brand", "A \"quoted\" \\ Brand", "--keyword", "key: word", "--handle", "@acme",
		  "--hashtag", "#acme", "--hashtag", "acme2", "--exclude", "- dash", "--signature", "Maya # at Acme");
	assert_true(exists(room, "amends.yaml"));
	must_exit(room, 0, "source", "list"); /* loads it */
	must_exit(room, 1, "init", "--brand", "Other");
	must_say(room->err, "--force");
	must_exit(room, 0, "init", "--brand", "Другой Бренд", "--force");
	must_exit(room, 0, "source", "list");
	must_exit(room, 0, "init", "--brand", "Third", "--dir", "sub");
	assert_true(exists(room, "sub/amends.yaml"));
	must_exit(room, 2, "init", "--brand", "two\nlines", "--force");
	must_exit(room, 2, "init", "--brand", "!!!", "--force"); /* no hashtag can be made of it */
	must_exit(room, 2, "init", "--brand", "x", "--hashtag", "two words", "--force");
	must_exit(room, 2, "init", "--brand", "x", "--server", "https://a b", "--force");
}

/* ---- import and the queue ---- */

#define POST                                                                                                           \
	"{\"id\":\"1\",\"platform\":\"mastodon\",\"lang\":\"en\",\"author\":\"ada\",\"text\":\"My parcel never "       \
	"arrived, please help\"}\n"

static void import_without_a_configuration_says_where_it_puts_things(void **state)
{
	struct room *room = *state;

	put(room, "a.jsonl", POST);
	must_exit(room, 0, "import", "a.jsonl");
	assert_string_equal(room->out, "read 1 new 1 known 0 bad 0\n");
	must_say(room->err, "My brand");
	must_exit(room, 0, "import", "a.jsonl", "--brand", "Acme", "--store", "other.db");
	assert_true(exists(room, "other.db"));
	must_exit(room, 0, "queue", "list", "--json");
	must_be(room, "/0/brand", "My brand");
	must_exit(room, 1, "import", "missing.jsonl");
	assert_int_equal(line_count(room->err), 1);
	put(room, "notes.txt", "x");
	must_exit(room, 2, "import", "notes.txt");
	must_say(room->err, "--format");
}

static void strict_import_stops_with_nothing_of_the_page(void **state)
{
	struct room *room = *state;

	put(room, "a.jsonl", POST "nonsense\n");
	must_exit(room, 1, "import", "--strict", "a.jsonl");
	assert_string_equal(room->out, "read 1 new 0 known 0 bad 1\n");
	must_say(room->err, "a.jsonl:2: ");
	must_exit(room, 0, "queue", "list", "--json");
	assert_null(strchr(room->out, '{'));
}

static void import_wants_a_brand_of_the_configuration(void **state)
{
	struct room *room = *state;

	put(room, "amends.yaml", "brands: [{name: Acme}, {name: Beta}]\n");
	put(room, "a.jsonl", POST);
	must_exit(room, 2, "import", "a.jsonl");
	must_say(room->err, "--brand");
	must_exit(room, 2, "import", "a.jsonl", "--brand", "Gamma");
	must_exit(room, 0, "import", "a.jsonl", "--brand", "Beta");
}

/* Imports one complaint on a platform that takes replies. */
static void one_complaint(struct room *room)
{
	put(room, "amends.yaml", "desk: {undo: 60}\nbrands: [{name: Acme, signature: Maya}]\n");
	put(room, "a.jsonl", POST);
	must_exit(room, 0, "import", "a.jsonl");
}

static void a_deleted_post_is_no_missing_template(void **state)
{
	struct room *room = *state;

	put(room, "amends.yaml", "brands: [{name: Acme}]\n");
	put(room, "a.jsonl",
	    POST "{\"id\":\"2\",\"platform\":\"mastodon\",\"author\":\"ada\",\"in_reply_to\":\"1\","
		 "\"text\":\"Still no parcel, please help me\"}\n");
	must_exit(room, 0, "import", "a.jsonl");
	put(room, "b.jsonl", "{\"id\":\"2\",\"platform\":\"mastodon\",\"deleted\":true}\n");
	must_exit(room, 0, "import", "b.jsonl");
	must_exit(room, 0, "queue", "show", "1");
	must_say(room->out, "it went with the deleted post");
	put(room, "c.jsonl", "{\"id\":\"1\",\"platform\":\"mastodon\",\"deleted\":true}\n");
	must_exit(room, 0, "import", "c.jsonl");
	must_exit(room, 0, "queue", "show", "1");
	assert_null(strstr(room->out, "No draft"));
	must_exit(room, 0, "queue", "reopen", "1");
	must_exit(room, 0, "queue", "show", "1");
	must_say(room->out, "there is no post left to reply to");
}

static void the_queue_is_worked_from_scripts(void **state)
{
	struct room *room = *state;
	char *hash;

	one_complaint(room);
	must_exit(room, 0, "queue", "show", "1", "--json");
	must_be(room, "/state", "open");
	must_be(room, "/class", "problem");
	must_be(room, "/posts", "1");
	must_be(room, "/history/0/verdict/class", "problem");
	hash = value_at(room, "/draft_hash");
	must_exit(room, 0, "queue", "draft", "1", "--text",
		  "@ada We are looking for your parcel and will write here by Friday.");
	must_exit(room, 1, "queue", "approve", "1", "--hash", hash); /* the text changed since */
	free(hash);
	must_exit(room, 0, "queue", "show", "1", "--json");
	hash = value_at(room, "/draft_hash");
	must_exit(room, 0, "queue", "submit", "1");
	must_exit(room, 0, "queue", "changes", "1", "--reason", "say which parcel");
	must_exit(room, 0, "queue", "show", "1");
	must_say(room->out, ", in the place of template ");
	assert_null(strstr(room->out, "why this one")); /* it told of a text that is gone */
	must_exit(room, 0, "queue", "approve", "1", "--hash", hash, "--json");
	must_be(room, "/state", "approved");
	must_exit(room, 0, "queue", "withdraw", "1");
	must_exit(room, 0, "queue", "close", "1", "--reason", "settled by phone");
	assert_string_equal(room->out, "1: closed\n");
	must_exit(room, 0, "queue", "reopen", "1");
	must_exit(room, 1, "queue", "withdraw", "1");
	must_exit(room, 1, "queue", "show", "99");
	must_say(room->err, "no complaint 99");
	assert_int_equal(
		run_input(room, "@ada Text from a pipe, by Friday.\n", ARGS("queue", "draft", "1", "--text", "-")), 0);
	must_exit(room, 0, "queue", "show", "1");
	must_say(room->out, "Text from a pipe");
	must_say(room->out, "terminal:");
	free(hash);
}

static void complaints_are_judged_and_worded_anew_from_scripts(void **state)
{
	struct room *room = *state;
	char *first, *second;

	one_complaint(room);
	must_exit(room, 0, "queue", "judge", "1", "--class", "vent", "--cause", "staff", "--urgency", "0",
		  "--note", "only cross", "--json");
	must_be(room, "/class", "vent");
	must_be(room, "/cause", "staff");
	first = value_at(room, "/draft");
	must_exit(room, 0, "queue", "another", "1", "--json");
	second = value_at(room, "/draft");
	assert_string_not_equal(first, second);
	must_exit(room, 0, "queue", "judge", "1", "--urgency", "0"); /* nothing new: the draft stays */
	assert_string_equal(room->out, "1: vent, staff, urgency 0\n");
	must_exit(room, 0, "queue", "corrections");
	must_say(room->out, "\"labels\":{\"intent\":\"vent\",\"cause\":\"staff\",\"urgency\":0}");
	must_exit(room, 0, "queue", "draft", "1", "--text", "We are looking into it.");
	must_exit(room, 1, "queue", "another", "1");
	must_say(room->err, "nobody has changed");
	must_exit(room, 2, "queue", "judge", "1");
	must_say(room->err, "--class, --cause or --urgency");
	must_exit(room, 2, "queue", "judge", "1", "--class", "angry");
	must_exit(room, 1, "queue", "judge", "99", "--class", "vent");
	must_say(room->err, "no complaint 99");
	free(first);
	free(second);
}

/* Changes the draft, and tells the hash of the new one. */
static char *drafted(struct room *room, const char *text)
{
	must_exit(room, 0, "queue", "draft", "1", "--text", text, "--json");
	return value_at(room, "/draft_hash");
}

static void what_takes_two_people_is_not_approved_by_one(void **state)
{
	struct room *room = *state;
	char *hash;

	one_complaint(room);
	hash = drafted(room, "@ada We will refund you 80 euros today.");
	must_exit(room, 1, "queue", "approve", "1", "--hash", hash);
	must_say(room->err, "two people; submit it, then an approver other than terminal:");
	assert_int_equal(line_count(room->err), 1);
	must_exit(room, 0, "queue", "submit", "1");
	must_exit(room, 1, "queue", "approve", "1", "--hash", hash);
	must_say(room->err, "wrote this draft");
	must_exit(room, 0, "queue", "show", "1");
	must_say(room->out, "submitted by terminal:");
	must_exit(room, 0, "queue", "reject", "1", "--reason", "too much");
	must_exit(room, 0, "queue", "show", "1", "--json");
	must_be(room, "/draft", "null");
	free(hash);
	hash = drafted(room, "@ada That is your fault.");
	must_exit(room, 1, "queue", "submit", "1");
	must_say(room->err, "stops approval");
	must_exit(room, 0, "queue", "submit", "1", "--override-why", "a quotation", "--json");
	must_be(room, "/override_why", "a quotation");
	must_exit(room, 1, "queue", "approve", "1", "--hash", hash);
	must_say(room->err, "(a quotation)");
	must_exit(room, 1, "queue", "approve", "1", "--hash", hash, "--override"); /* by the same person */
	must_exit(room, 0, "queue", "close", "1", "--reason", "spam: the third");
	must_exit(room, 0, "queue", "reasons", "--json");
	must_be(room, "/0/reason", "spam");
	must_be(room, "/0/count", "1");
	free(hash);
}

static void promises_reviews_and_pauses_are_kept_from_the_terminal(void **state)
{
	struct room *room = *state;
	char *hash;

	one_complaint(room);
	put(room, "amends.yaml", "desk: {undo: 60}\nbrands: [{name: Acme, signature: Maya}]\npolicy: {sample: 1}\n");
	hash = drafted(room, "@ada We are looking for your parcel. We will write to you by Friday.");
	must_exit(room, 0, "queue", "approve", "1", "--hash", hash);
	free(hash);
	must_exit(room, 0, "promise", "list", "--json");
	assert_null(strchr(room->out, '{')); /* not said yet */
	must_exit(room, 0, "queue", "posted", "1");
	must_exit(room, 0, "promise", "list", "--json");
	must_be(room, "/0/complaint", "1");
	must_be(room, "/0/state", "open");
	must_exit(room, 0, "promise");
	must_say(room->out, "by Friday");
	must_exit(room, 0, "promise", "keep", "1");
	must_exit(room, 1, "promise", "keep", "1");
	must_say(room->err, "no open promise");
	must_exit(room, 0, "promise", "list", "--state", "kept_early", "--json");
	must_be(room, "/0/complaint", "1");
	must_exit(room, 2, "promise", "list", "--state", "odd");
	must_exit(room, 0, "review", "list", "--json");
	must_be(room, "/0/id", "1");
	must_exit(room, 1, "review", "fine", "1"); /* approved it */
	must_exit(room, 2, "review", "not-fine", "1");
	must_say(room->err, "say what is not fine");
	must_exit(room, 0, "pause", "--brand", "Acme", "--json");
	must_be(room, "/0/brand", "Acme");
	must_exit(room, 0, "pause");
	must_say(room->out, "all brands");
	must_exit(room, 0, "queue", "show", "1", "--json");
	must_be(room, "/paused", "true");
	must_exit(room, 0, "resume");
	must_say(room->out, "paused for Acme");
	must_exit(room, 0, "resume", "--brand", "Acme");
	must_say(room->out, "Sending goes on.");
	must_exit(room, 2, "pause", "--brand", "Acne");
	must_say(room->err, "no brand \"Acne\"");
}

static void a_store_that_is_not_there_is_not_made_by_looking(void **state)
{
	const struct {
		const char *const *args;
	} cases[] = {
		{ARGS("pause", "--store", "typo.db")},
		{ARGS("resume", "--store", "typo.db")},
		{ARGS("queue", "--store", "typo.db")},
		{ARGS("queue", "close", "1", "--reason", "spam", "--store", "typo.db")},
		{ARGS("promise", "--store", "typo.db")},
		{ARGS("review", "--store", "typo.db")},
		{ARGS("source", "--store", "typo.db")},
		{ARGS("user", "list", "--store", "typo.db")},
		{ARGS("user", "disable", "maya", "--store", "typo.db")},
		{ARGS("template", "stats", "--store", "typo.db")},
		{ARGS("doctor", "--store", "typo.db")},
		{ARGS("doctor", "--audit", "--store", "typo.db")},
	};
	struct room *room = *state;

	for (size_t with = 0; with < 2; with++) {
		for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
			if (run_input(room, "", cases[i].args) != 1)
				fail_msg("%s: exit %d: %s", cases[i].args[0], room->code, room->err);
			must_say(strcmp(cases[i].args[0], "doctor") == 0 ? room->out : room->err,
				 "typo.db: there is no such store; amends import or amends run makes one\n");
			assert_false(exists(room, "typo.db"));
		}
		put(room, "amends.yaml", "brands: [{name: Acme}]\n");
	}
	must_exit(room, 0, "queue"); /* the configuration's own may be new */
	assert_int_equal(run_input(room, "correct horse battery\n",
				   ARGS("user", "add", "maya", "--role", "admin", "--password-stdin", "--store", "new.db")),
			 0);
	must_exit(room, 0, "pause", "--store", "new.db");
}

/* Something behind the program's back: one statement, in the room's store. */
static void sql(const struct room *room, const char *statement)
{
	char path[200];
	const char *const argv[] = {"sqlite3", path, statement, NULL};

	snprintf(path, sizeof(path), "%s/amends.db", room->dir);
	spawn_wait(argv);
}

static void the_doctor_tells_what_is_wrong(void **state)
{
	struct room *room = *state;

	one_complaint(room);
	must_exit(room, 0, "queue", "close", "1", "--reason", "settled");
	must_exit(room, 0, "doctor", "--audit");
	must_say(room->out, "1 row fits, 0 of them older than the chain; newest hash ");
	must_exit(room, 0, "doctor");
	must_say(room->out, ": 1 brand, 0 sources");
	must_say(room->out, "amends.db is whole; 0 complaints wait for a person");
	must_exit(room, 0, "queue", "reopen", "1");
	must_exit(room, 0, "doctor");
	must_say(room->out, "amends.db is whole; 1 complaint waits for a person");
	assert_null(strstr(room->out, "WRONG"));
	must_exit(room, 0, "doctor", "--audit");
	must_say(room->out, "2 rows fit, 0 of them older than the chain; newest hash ");
	sql(room, "DROP TRIGGER audit_keep; UPDATE audit SET detail = 'spam' WHERE action = 'close'");
	must_exit(room, 1, "doctor", "--audit", "--json");
	must_be(room, "/0/ok", "false");
	must_say(room->out, "2 rows; row 1 does not fit");
	put(room, "amends.yaml", "brands: [{name: Acme}]\npolicy: {warn_only: [clod]}\n");
	must_exit(room, 1, "doctor");
	must_say(room->out, "no tone rule and no group is called \"clod\"");
	put(room, "amends.yaml", "brands: [{name: Acme}, {name: Beta}]\npolicy: {sample: 0}\n");
	must_exit(room, 0, "doctor");
	must_say(room->out, ": 2 brands, 0 sources");
	must_say(room->out, "lines of latitude, none sampled");
	put(room, "amends.yaml", "brands: [{name: Acme}]\npolicy: {smaple: 3}\n");
	must_exit(room, 2, "doctor");
	must_say(room->err, "amends.yaml:2: unknown option \"smaple\": did you mean \"sample\"?");
	must_exit(room, 1, "doctor", "--store", "/nowhere/at/all.db", "--demo");
	must_say(room->out, "WRONG");
}

static void accounts_are_made_and_changed(void **state)
{
	static const char password[] = "correct horse battery\n";
	struct room *room = *state;

	put(room, "amends.yaml", "brands: [{name: Acme}]\n");
	must_exit(room, 0, "user");
	must_say(room->out, "No account yet");
	assert_int_equal(run_input(room, password, ARGS("user", "add", "maya", "--role", "admin", "--password-stdin")),
			 0);
	assert_int_equal(run_input(room, password, ARGS("user", "add", "maya", "--role", "admin", "--password-stdin")),
			 1);
	assert_int_equal(run_input(room, "short\n", ARGS("user", "add", "bo", "--role", "agent", "--password-stdin")),
			 2);
	assert_int_equal(run_input(room, password, ARGS("user", "add", "bo", "--role", "king", "--password-stdin")), 2);
	assert_int_equal(run_input(room, "", ARGS("user", "add", "bo", "--role", "agent")),
			 2); /* no terminal to ask on */
	must_exit(room, 0, "user", "role", "maya", "--role", "viewer");
	must_exit(room, 0, "user", "disable", "maya");
	must_exit(room, 0, "user", "list", "--json");
	must_be(room, "/0/role", "viewer");
	must_be(room, "/0/disabled", "true");
	must_exit(room, 0, "user", "disable", "maya", "--enable");
	assert_int_equal(
		run_input(room, "another good password\n", ARGS("user", "password", "maya", "--password-stdin")), 0);
	must_exit(room, 1, "user", "disable", "nobody");
}

static void templates_are_listed_checked_and_tried(void **state)
{
	struct room *room = *state;

	must_exit(room, 0, "template", "list");
	must_exit(room, 0, "template", "check");
	must_exit(room, 0, "template", "preview", "My parcel never arrived, please help");
	must_say(room->out, "problem, delivery");
	put(room, "own.yaml", "brands:\n  - {name: Zorb, signature: Jo at Zorb, contact: care@zorb.example}\n");
	must_exit(room, 0, "template", "preview", "--config", "own.yaml", "My parcel never arrived, please help");
	must_say(room->out, "care@zorb.example");
	must_say(room->out, "\xe2\x80\x93 Jo at Zorb");
}

static void missing_and_broken_answers_are_told_before_the_start(void **state)
{
	struct room *room = *state;

	put(room, "amends.yaml", "brands: [{name: Acme, faq: faq.yaml}]\n");
	must_exit(room, 1, "doctor");
	must_say(room->out, "faq.yaml: cannot open: No such file");
	must_exit(room, 1, "template", "check", "--config", "amends.yaml");
	must_say(room->err, "faq.yaml: cannot open: No such file");
	put(room, "faq.yaml", "- id: hours\n  answer: From nine to six.\n");
	must_exit(room, 1, "doctor");
	must_say(room->out, "faq.yaml:1: the entry lacks \"match\"");
	must_exit(room, 1, "template", "check", "--config", "amends.yaml");
	must_say(room->err, "faq.yaml:1: the entry lacks \"match\"");
	put(room, "faq.yaml", "- id: hours\n  match: '\\bopen\\b'\n  answer: From nine to six.\n");
	must_exit(room, 0, "doctor");
	must_say(room->out, "1 answer of our own");
	must_exit(room, 0, "template", "check", "--config", "amends.yaml");
	must_say(room->out, "answers of our own: 1; no error");
}

static void own_rules_that_are_not_read_are_told(void **state)
{
	static const char rule[] = "- id: zorb_hums\n  about: it hums\n  lang: de\n  match: zorbulator\n"
				   "  complaint: 9\n  examples: {hit: [zorbulator]}\n";
	struct room *room = *state;

	assert_int_equal(mkdir_in(room, "own"), 0);
	must_exit(room, 0, "rules", "check", "own");
	must_say(room->out, "note: own: no file of rules is in this folder");
	put(room, "own/x.yml", rule);
	put(room, "own/README.md", "What these are.\n");
	assert_int_equal(mkdir_in(room, "own/backup"), 0);
	put(room, "own/backup/old.yaml", rule);
	must_exit(room, 0, "rules", "check", "own");
	must_say(room->out, "note: own/x.yml: not read: the name must end in .yaml\n");
	must_say(room->out, "note: own/backup: not read: the folders");
	must_say(room->out, "no file of rules");
	assert_null(strstr(room->out, "README"));
	assert_int_equal(mkdir_in(room, "own/de"), 0);
	assert_int_equal(mkdir_in(room, "own/weights"), 0);
	put(room, "own/de/x.yaml", rule);
	put(room, "own/weights/de.yaml", rule);
	must_exit(room, 0, "rules", "check", "own/");
	must_say(room->out, "note: own/weights/de.yaml: not read: the name must end in .txt");
	assert_null(strstr(room->out, "no file of rules"));
	must_exit(room, 0, "rules", "explain", "zorb_hums", "--rules", "own/");
	must_say(room->out, "own/de/x.yaml:1");
	put(room, "amends.yaml", "brands: [{name: Acme, rules: own}]\n");
	must_exit(room, 0, "doctor");
	must_say(room->out, "note   rules          own/x.yml: not read");
	put(room, "own/de/x.yaml", "- id: zorb_hums\n");
	must_exit(room, 1, "doctor");
	must_say(room->out, "own/de/x.yaml:1: ");
}

static void a_preview_is_the_draft_that_import_makes(void **state)
{
	static const char post[] = "{\"id\":\"77\",\"platform\":\"mastodon\",\"text\":\"Hello, when do you open on "
				   "Saturdays?\",\"author\":{\"id\":\"9\",\"handle\":\"bo\"}}\n";
	struct room *room = *state;
	char *draft;

	put(room, "amends.yaml", "brands: [{name: Acme, faq: faq.yaml}]\n");
	put(room, "faq.yaml", "- id: hours\n  match: '\\bwhen\\b.*\\bopen\\b'\n  answer: We open at half past six.\n");
	put(room, "post.jsonl", post);
	must_exit(room, 0, "template", "preview", "When do you open?", "--config", "amends.yaml");
	must_say(room->out, "We open at half past six.");
	must_exit(room, 0, "template", "preview", "When do you open?");
	assert_null(strstr(room->out, "half past six"));
	must_exit(room, 0, "import", "post.jsonl");
	must_exit(room, 0, "queue", "show", "1", "--json");
	draft = value_at(room, "/draft");
	must_say(draft, "We open at half past six.");
	must_exit(room, 0, "template", "preview", "--post", "post.jsonl", "--config", "amends.yaml");
	must_say(room->out, draft);
	free(draft);
}

static void a_template_that_nobody_would_get_is_told(void **state)
{
	static const char head[] = "class: problem\nlang: en\n";
	static const char body[] = "\nWe are sorry{{#thing}} about your {{thing}}{{/thing}}, whatever. {{signature}}\n";
	struct room *room = *state;
	char text[600];

	assert_int_equal(mkdir_in(room, "own"), 0);
	must_exit(room, 0, "template", "check", "own");
	must_say(room->out, "own: warning: no file in this folder ends in .txt or .yaml");
	put(room, "own/empty.txt", "\n");
	must_exit(room, 1, "template", "check", "own");
	must_say(room->out, "own/empty.txt:1: error: the file is empty");
	(void)snprintf(text, sizeof(text), "id: a\n%shit: refund_askd\n%s", head, body);
	put(room, "own/a.txt", text);
	put(room, "own/empty.txt", text);
	must_exit(room, 1, "template", "check", "own");
	must_say(room->out, "own/a.txt:4: error: hit: there is no rule \"refund_askd\": did you mean refund_asked");
	must_say(room->out, "own/empty.txt:1: error: id: \"a\" is that of own/a.txt, too");
	must_say(room->out, "2 files, 3 errors, ");
	(void)snprintf(text, sizeof(text), "id: b\nclass: problem\nlang: EN\n%s", body);
	put(room, "b.txt", text);
	must_exit(room, 1, "template", "check", "b.txt");
	must_say(room->out, "b.txt:3: error: lang: \"EN\" is not two or three small letters");
	(void)snprintf(text, sizeof(text), "id: b\nclass: problem\nlang: eg\n%s", body);
	put(room, "b.txt", text);
	must_exit(room, 0, "template", "check", "b.txt");
	must_say(room->out, "b.txt:3: warning: lang: there are no rules for \"eg\"");
	/* with facts and without, and twice over, it is one finding */
	put(room, "c.txt",
	    "id: c\nclass: problem\nlang: en\n\nCall 0800 123 4567.\n---\nCall 0800 123 4567!\n---\nSorry.\n");
	must_exit(room, 0, "template", "check", "c.txt");
	must_say(room->out, "1 files, 0 errors, 1 warnings");
}

static void a_rule_is_explained_as_it_is_in_force(void **state)
{
	struct room *room = *state;

	assert_int_equal(mkdir_in(room, "own"), 0);
	put(room, "own/x.yaml", "# ours\n\n- id: refund_asked\n  complaint: 7\n");
	must_exit(room, 0, "rules", "explain", "refund_asked", "--rules", "own");
	must_say(room->out, "as written in classify/rules/en/");
	must_say(room->out, "\nchanged in own/x.yaml:3\n    - id: refund_asked\n      complaint: 7\n");
	must_say(room->out, "+7.00  speaks for a complaint\n");
	must_say(room->out, " (fitted; written +");
	put(room, "amends.yaml", "brands: [{name: Acme, rules: own}]\n");
	must_exit(room, 0, "rules", "explain", "refund_asked", "--config", "amends.yaml");
	must_say(room->out, "+7.00  speaks for a complaint\n");
	must_exit(room, 0, "rules", "explain", "refund_asked");
	assert_null(strstr(room->out, "changed in"));
	must_exit(room, 0, "rules", "explain", "private_phone");
	must_say(room->out, "private_phone: Shows a customer's telephone number.");
	must_say(room->out, "level      block: ");
	must_say(room->out, "instead    Take the number out.");
	must_exit(room, 1, "rules", "explain", "private_fone");
	must_say(room->err, "did you mean private_phone");
	put(room, "own/x.yaml", "- id: refund_asked\n  complaint: 7\n- id: refund_asked\n  problem: 7\n");
	must_exit(room, 1, "rules", "check", "own");
	must_say(room->err, "own/x.yaml:3: rule refund_asked: there is already one of that id (own/x.yaml:1)");
}

/* ---- the processes ---- */

/* The program started with its output in a file; waits until `words` stand in it. */
static pid_t start_until(struct room *room, const char *const *args, const char *words)
{
	int64_t end_ms = clock_mono_ms() + PATIENCE_MS;
	int out = temporary(""), in = open("/dev/null", O_RDONLY);
	pid_t pid = start(room, args, in, out, out);

	close(in);
	for (;;) {
		ssize_t got = pread(out, room->out, OUTPUT_MAX - 1, 0);
		const struct timespec pause = {.tv_nsec = 20000000};

		room->out[got > 0 ? got : 0] = '\0';
		if (strstr(room->out, words) != NULL)
			break;
		if (waitpid(pid, NULL, WNOHANG) == pid || clock_mono_ms() > end_ms)
			fail_msg("\"%s\" did not come: %s", words, room->out);
		nanosleep(&pause, NULL);
	}
	close(out);
	return pid;
}

static int stop(pid_t pid)
{
	kill(pid, SIGTERM);
	return ended(pid);
}

static void the_demonstration_starts_stops_and_keeps_others_out(void **state)
{
	struct room *room = *state;
	pid_t pid = start_until(room, ARGS("run", "--port", "0"), "/first?token=");

	must_say(room->out, "demonstration");
	must_exit(room, 1, "run", "--port", "0");
	must_say(room->err, "in use by another `amends run`");
	must_exit(room, 1, "watch", "--demo");
	must_say(room->err, "another `amends watch`");
	assert_int_equal(stop(pid), 0);
	must_exit(room, 0, "queue", "list");
}

static void what_was_imported_is_what_runs_and_no_demonstration_empties_it(void **state)
{
	struct room *room = *state;
	pid_t pid;

	put(room, "a.jsonl", POST);
	must_exit(room, 0, "import", "a.jsonl");
	pid = start_until(room, ARGS("run", "--port", "0"), "/first?token=");
	assert_int_equal(stop(pid), 0);
	assert_false(exists(room, "amends-demo.db"));
	pid = start_until(room, ARGS("run", "--port", "0", "--store", "amends.db"), "/first?token=");
	assert_int_equal(stop(pid), 0);
	must_exit(room, 1, "run", "--port", "0", "--demo", "--store", "amends.db");
	must_say(room->err, "amends.db was not made by the demonstration");
	must_exit(room, 1, "watch", "--demo", "--store", "amends.db");
	must_say(room->err, "amends.db was not made by the demonstration");
	must_exit(room, 1, "desk", "--port", "0", "--demo", "--store", "amends.db");
	must_say(room->err, "amends.db was not made by the demonstration");
	put(room, "notes.txt", "not a database, and longer than nothing");
	must_exit(room, 2, "run", "--port", "0", "--demo", "--store", "notes.txt");
	assert_true(exists(room, "notes.txt"));
	must_exit(room, 0, "queue", "list", "--json");
	must_be(room, "/0/author/handle", "ada");
	for (int i = 0; i < 2; i++) { /* its own it may begin anew */
		pid = start_until(room, ARGS("run", "--port", "0", "--demo", "--store", "shown.db"), "/first?token=");
		must_say(room->out, "demonstration");
		assert_int_equal(stop(pid), 0);
	}
}

static void wrong_configurations_stop_the_start_before_anything_is_made(void **state)
{
	struct room *room = *state;

	put(room, "amends.yaml", "brands: [{name: Acme, rules: nowhere}]\n");
	assert_int_not_equal(RUN(room, "run"), 0);
	must_say(room->err, "nowhere");
	put(room, "amends.yaml", "desk: {prot: 1}\nbrands: [{name: Acme}]\n");
	must_exit(room, 2, "run");
	assert_int_equal(strncmp(room->err, "amends.yaml:1: ", 15), 0);
	assert_int_equal(line_count(room->err), 1);
	assert_false(exists(room, "amends.db"));
}

static void a_source_whose_lines_are_thrown_away_is_in_trouble(void **state)
{
	struct room *room = *state;
	pid_t pid;

	put(room, "posts.jsonl", "{\"id\":\"1\",\"text\":\"a\"}\n{\"id\":\"2\",\"text\":\"b\"}\n");
	put(room, "amends.yaml",
	    "desk: {port: 0}\nbrands: [{name: Acme}]\nsources:\n  - {platform: replay, file: posts.jsonl, over: 0}\n");
	must_exit(room, 0, "source");
	must_say(room->out, "not polled yet\n");
	must_exit(room, 0, "source", "--json");
	must_be(room, "/0/status", "new");
	must_be(room, "/0/brand", "Acme");
	must_be(room, "/0/id", "null");
	must_exit(room, 0, "doctor");
	must_say(room->out, "not polled yet");
	pid = start_until(room, ARGS("run"), "line skipped");
	assert_int_equal(stop(pid), 0);
	must_exit(room, 0, "source", "--json");
	must_be(room, "/0/posts", "0");
	must_say(room->out, "posts.jsonl:2: /platform: missing: line skipped, 2 of 2 so far");
	must_exit(room, 1, "doctor");
	must_say(room->out, "WRONG  source");
	must_say(room->out, "posts.jsonl:2: /platform: missing: line skipped, 2 of 2 so far");
}

/* The process ids of a process's children. */
static int children_of(pid_t pid, pid_t *out, int max)
{
	char path[64], text[200] = "";
	char *rest = text;
	int count = 0, fd;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid, (int)pid);
	fd = open(path, O_RDONLY);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
		return 0;
	close(fd);
	while (count < max && *rest >= '0')
		out[count++] = (pid_t)strtol(rest, &rest, 10), rest += *rest == ' ';
	return count;
}

static bool in_file(const char *path, const char *words)
{
	char text[65536];
	int fd = open(path, O_RDONLY);
	ssize_t got = fd >= 0 ? read(fd, text, sizeof(text)) : 0;

	if (fd >= 0)
		close(fd);
	return got > 0 && memmem(text, (size_t)got, words, strlen(words)) != NULL;
}

static void the_desk_process_does_not_have_the_tokens(void **state)
{
	struct room *room = *state;
	pid_t pid, children[4];
	int count, with = 0, without = 0;

	put(room, "amends.yaml",
	    "desk: {port: 0}\nbrands: [{name: Acme}]\nsources:\n  - platform: mastodon\n"
	    "    server: http://127.0.0.1:9\n    hashtag: acme\n    token_env: AMENDS_CLI_TOKEN\n");
	setenv("AMENDS_CLI_TOKEN", "very-secret-token", 1);
	pid = start_until(room, ARGS("run"), "The desk is at");
	unsetenv("AMENDS_CLI_TOKEN");
	count = children_of(pid, children, 4);
	for (int i = 0; i < count; i++) {
		char path[64];

		snprintf(path, sizeof(path), "/proc/%d/environ", (int)children[i]);
		with += in_file(path, "very-secret-token");
		without += !in_file(path, "very-secret-token");
	}
	assert_int_equal(stop(pid), 0);
	assert_int_equal(with, 1);
	assert_int_equal(without, 1);
}

static void a_half_that_crashes_is_started_again(void **state)
{
	struct room *room = *state;
	pid_t pid = start_until(room, ARGS("run", "--port", "0"), "/first?token="), children[4], now[4];
	int64_t end_ms = clock_mono_ms() + PATIENCE_MS;
	int count = children_of(pid, children, 4);

	assert_int_equal(count, 2);
	kill(children[0], SIGKILL);
	for (;;) {
		const struct timespec pause = {.tv_nsec = 20000000};

		count = children_of(pid, now, 4);
		if (count == 2 && now[0] != children[0] && now[1] != children[0])
			break;
		assert_true(clock_mono_ms() < end_ms);
		nanosleep(&pause, NULL);
	}
	assert_int_equal(stop(pid), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, room_open, room_close)
	const struct CMUnitTest tests[] = {
		TEST(help_is_there_for_everything),
		TEST(every_command_of_the_help_is_in_the_readme),
		TEST(wrong_usage_is_one_line_and_exit_2),
		TEST(a_reader_that_goes_away_is_exit_1_not_a_signal),
		TEST(closed_standard_streams_are_errors_not_accidents),
		TEST(classify_gives_every_line_back_as_it_was_with_a_verdict),
		TEST(classify_answers_while_its_input_stays_open),
		TEST(classify_by_many_threads_gives_the_same_as_by_one),
		TEST(references_are_masked_unless_asked_for),
		TEST(classify_without_rules_finds_nothing),
		TEST(explain_underlines_the_very_words),
		TEST(rules_are_checked_listed_and_measured),
		TEST(other_rules_are_compared_and_one_is_explained),
		TEST(init_writes_a_file_that_loads_and_never_over_another),
		TEST(import_without_a_configuration_says_where_it_puts_things),
		TEST(strict_import_stops_with_nothing_of_the_page),
		TEST(import_wants_a_brand_of_the_configuration),
		TEST(a_deleted_post_is_no_missing_template),
		TEST(the_queue_is_worked_from_scripts),
		TEST(complaints_are_judged_and_worded_anew_from_scripts),
		TEST(what_takes_two_people_is_not_approved_by_one),
		TEST(promises_reviews_and_pauses_are_kept_from_the_terminal),
		TEST(the_doctor_tells_what_is_wrong),
		TEST(accounts_are_made_and_changed),
		TEST(templates_are_listed_checked_and_tried),
		TEST(the_demonstration_starts_stops_and_keeps_others_out),
		TEST(what_was_imported_is_what_runs_and_no_demonstration_empties_it),
		TEST(wrong_configurations_stop_the_start_before_anything_is_made),
		TEST(the_desk_process_does_not_have_the_tokens),
		TEST(a_half_that_crashes_is_started_again),
		TEST(missing_and_broken_answers_are_told_before_the_start),
		TEST(own_rules_that_are_not_read_are_told),
		TEST(a_preview_is_the_draft_that_import_makes),
		TEST(a_template_that_nobody_would_get_is_told),
		TEST(a_rule_is_explained_as_it_is_in_force),
		TEST(what_was_not_measured_reads_so),
		TEST(mistyped_labels_are_named_and_counted),
		TEST(a_flip_names_what_decided_it),
		TEST(a_store_that_is_not_there_is_not_made_by_looking),
		TEST(a_source_whose_lines_are_thrown_away_is_in_trouble),
	};

	return cmocka_run_group_tests(tests, group_open, NULL);
}
