/*
 * cmd_rules_test.c - `amends rules test`: the rule lab on files of labelled posts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "watcher/cmd_rules.h"
#include "watcher/lab.h"

enum { ERRORS_SHOWN = 10, ERRORS_MAX = 10000 };

struct wish {
	const char *rules, *config, *compare, *task;
	bool json;
	size_t errors;
};

static int number_read(const char *command, const char *text, size_t *number_r)
{
	char *end;
	long number = strtol(text, &end, 10);

	if (*text == '\0' || *end != '\0' || number < 0 || number > ERRORS_MAX)
		return command_usage(command, "--errors is a number from 0 to %d", ERRORS_MAX);
	*number_r = (size_t)number;
	return EXIT_DONE;
}

static int task_usage(const char *command, const char *word)
{
	char known[200] = "";
	size_t used = 0;

	for (size_t i = 0; lab_task_at(i) != NULL && used < sizeof(known); i++)
		used += (size_t)snprintf(known + used, sizeof(known) - used, "%s%s", i ? ", " : "",
					 lab_task_at(i)->name);
	return command_usage(command, "--task %.40s: one of %s", word, known);
}

/* EXIT_DONE, or the command is over (*over_r) with this code. */
static int wish_read(int argc, char **argv, struct wish *wish, bool *over_r)
{
	static const struct option options[] = {
		{"json", no_argument, NULL, 'j'},
		{"rules", required_argument, NULL, 'r'},
		{"config", required_argument, NULL, 'c'},
		{"compare", required_argument, NULL, 'o'},
		{"errors", required_argument, NULL, 'e'},
		{"task", required_argument, NULL, 't'},
		{NULL, 0, NULL, 0},
	};
	int option, code = EXIT_DONE;

	*over_r = true;
	while ((option = command_option(argc, argv, options, &code)) != -1) {
		if (option == OPTION_STOP)
			return code;
		wish->json |= option == 'j';
		wish->rules = option == 'r' ? optarg : wish->rules;
		wish->config = option == 'c' ? optarg : wish->config;
		wish->compare = option == 'o' ? optarg : wish->compare;
		wish->task = option == 't' ? optarg : wish->task;
		if (option == 'e' && (code = number_read(argv[0], optarg, &wish->errors)) != EXIT_DONE)
			return code;
	}
	if (optind == argc)
		return command_usage(argv[0], "name a file of labelled posts (JSON lines)");
	if (wish->task != NULL && lab_task_find(wish->task) == NULL)
		return task_usage(argv[0], wish->task);
	*over_r = false;
	return EXIT_DONE;
}

static int tell(const char *command, struct lab_report *report, const struct wish *wish)
{
	struct error error = {0};

	report->errors = wish->errors;
	report->task = wish->task ? lab_task_find(wish->task) : lab_task_first(report->lab);
	if (report->task == NULL) {
		fprintf(stderr, "amends %s: no post with labels that can be measured (intent, complaint, sentiment, off_topic)\n",
			command);
		return EXIT_FAILED;
	}
	if (!lab_task_labelled(report->task, report->lab)) {
		fprintf(stderr, "amends %s: --task %s: no post has a label for it (%s)\n", command, report->task->name,
			report->task->about);
		return EXIT_FAILED;
	}
	if ((wish->json ? lab_print_json : lab_print)(report, &error) != ERR_OK)
		return command_fail(command, &error);
	return EXIT_DONE;
}

static int compare(const char *command, struct lab_report *report, const struct wish *wish)
{
	struct error error = {0};
	struct judge judge;
	struct lab other;
	int code = judge_open(command, wish->config, wish->compare, &judge);

	if (code != EXIT_DONE)
		return code;
	if (lab_judge_again(report->lab, &judge, &other, &error) != ERR_OK) {
		code = command_fail(command, &error);
	} else {
		report->other = &other;
		report->other_judge = &judge;
		report->other_name = wish->compare;
		code = tell(command, report, wish);
		lab_free(&other);
	}
	judge_close(&judge);
	return code;
}

int rules_test(int argc, char **argv)
{
	struct wish wish = {.errors = ERRORS_SHOWN};
	struct error error = {0};
	struct lab lab = {0};
	struct judge judge;
	struct lab_report report = {.lab = &lab, .judge = &judge};
	bool over;
	int code = wish_read(argc, argv, &wish, &over);

	if (over || (code = judge_open(argv[0], wish.config, wish.rules, &judge)) != EXIT_DONE)
		return code;
	for (int i = optind; i < argc && code == EXIT_DONE; i++)
		if (lab_read(&lab, &judge, argv[i], &error) != ERR_OK)
			code = command_fail(argv[0], &error);
	if (code == EXIT_DONE)
		code = wish.compare ? compare(argv[0], &report, &wish) : tell(argv[0], &report, &wish);
	lab_free(&lab);
	judge_close(&judge);
	return code;
}
