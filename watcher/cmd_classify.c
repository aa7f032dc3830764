/*
 * cmd_classify.c - `amends classify`: posts as JSON lines in, the same lines out with `verdict` added (filter.c).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "watcher/filter.h"

enum { JOBS_MAX = 64 };

struct options {
	const char *rules, *config, *name; /* name: of the input */
	bool no_rules, references;
	int jobs;
	int fd;
};

static int jobs_read(const char *text, int *jobs_r)
{
	char *end;
	long jobs = strtol(text, &end, 10);

	if (*text == '\0' || *end != '\0' || jobs < 1 || jobs > JOBS_MAX)
		return command_usage("classify", "-j is a number of threads from 1 to %d", JOBS_MAX);
	*jobs_r = (int)jobs;
	return EXIT_DONE;
}

/* EXIT_DONE, or the command is over (*over_r) with this exit code. */
static int options_read(int argc, char **argv, struct options *o, bool *over_r)
{
	static const struct option options[] = {{"rules", required_argument, NULL, 'r'},
						{"config", required_argument, NULL, 'c'},
						{"no-rules", no_argument, NULL, 'n'},
						{"jobs", required_argument, NULL, 'j'},
						{"references", no_argument, NULL, 'R'},
						{"json", no_argument, NULL, 'J'}, /* it is JSON anyhow */
						{NULL, 0, NULL, 0}};
	int option, code = EXIT_DONE;

	*over_r = true;
	while ((option = command_option(argc, argv, options, &code)) != -1) {
		if (option == OPTION_STOP)
			return code;
		o->rules = option == 'r' ? optarg : o->rules;
		o->config = option == 'c' ? optarg : o->config;
		o->no_rules |= option == 'n';
		o->references |= option == 'R';
		if (option == 'j' && (code = jobs_read(optarg, &o->jobs)) != EXIT_DONE)
			return code;
	}
	if (argc - optind > 1)
		return command_usage("classify", "one file at a time, or standard input");
	if (o->no_rules && o->rules != NULL)
		return command_usage("classify", "--no-rules and --rules exclude each other");
	*over_r = false;
	if (optind < argc && strcmp(argv[optind], "-") != 0)
		o->name = argv[optind];
	return EXIT_DONE;
}

static int classify(const struct options *o)
{
	struct error error = {0};
	struct judge judge;
	struct lines lines;
	int code = o->no_rules ? judge_open_empty("classify", o->config, &judge)
			       : judge_open_rules("classify", o->config, o->rules, &judge);

	if (code != EXIT_DONE)
		return code;
	judge.references = o->references;
	if (lines_open(&lines, o->fd, POST_LINE_MAX, &error) != ERR_OK)
		code = command_fail("classify", &error);
	else if (o->jobs > 1)
		code = filter_parallel(&judge, o->name, &lines, o->jobs);
	else
		code = filter_alone(&judge, o->name, &lines);
	lines_close(&lines);
	judge_close(&judge);
	return code;
}

static int run(int argc, char **argv)
{
	struct options o = {.jobs = 1, .fd = STDIN_FILENO};
	bool over;
	int code = options_read(argc, argv, &o, &over);

	if (over)
		return code;
	if (o.name != NULL && (o.fd = open(o.name, O_RDONLY | O_CLOEXEC)) < 0) {
		fprintf(stderr, "amends classify: %s: %s\n", o.name, strerror(errno));
		return EXIT_FAILED;
	}
	o.name = o.name ? o.name : "standard input";
	code = classify(&o);
	if (o.fd != STDIN_FILENO)
		close(o.fd);
	return code;
}

const struct command command_classify = {
	.name = "classify",
	.usage = "classify [FILE] [-j N] [--rules DIR] [--config FILE]",
	.summary = "Add a verdict to posts, one JSON object a line",
	.help = "Reads FILE or standard input and writes each post to standard output, in order, with the key\n"
		"\"verdict\" added. Needs no database. A bad line is named on standard error and skipped; the exit\n"
		"code is then 1. Only \"text\" is needed.\n\n"
		"  -j, --jobs N   judge with N threads; the output is the same, in the same order\n"
		"  --rules DIR    own rules laid over the shipped ones\n"
		"  --references   show order and account numbers in the verdict whole, not their last three\n"
		"                 characters alone\n"
		"  --no-rules     judge by no rule at all: what reading and writing alone cost\n"
		"  --config FILE  the rules and thresholds of this amends.yaml\n\n"
		"example: amends classify posts.jsonl | jq -r '[.verdict.class, .text] | @tsv'\n",
	.run = run,
};
