/*
 * bench_classify.c - `amends classify` from end to end, JSON in and JSON out, against the same program without rules.
 *
 *	bench_classify [FILE]	default: the collected posts (AMENDS_SHARED or ../shared), 16,000 lines of them at most
 *
 * Runs filter_alone() on the file with the shipped rules and with none, by turns, and compares the processor time of
 * this process: others may use the machine. Output goes to /dev/null.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "watcher/filter.h"

enum { ROUNDS = 3, LINES_MAX = 16000 };

static double cpu_s(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The first lines of the file in a temporary one; how many. */
static size_t sample(const char *path, FILE *out)
{
	FILE *file = fopen(path, "r");
	char *line = NULL;
	size_t size = 0, lines = 0;

	while (file != NULL && lines < LINES_MAX && getline(&line, &size, file) > 0) {
		fputs(line, out);
		lines++;
	}
	free(line);
	if (file != NULL)
		fclose(file);
	fflush(out);
	return lines;
}

static double run_once(const struct judge *judge, int fd)
{
	struct lines lines;
	struct error error;
	double began = cpu_s();

	(void)lseek(fd, 0, SEEK_SET);
	if (lines_open(&lines, fd, POST_LINE_MAX, &error) != ERR_OK ||
	    filter_alone(judge, "bench", &lines) != EXIT_DONE)
		exit(1);
	lines_close(&lines);
	return cpu_s() - began;
}

int main(int argc, char **argv)
{
	const char *shared = getenv("AMENDS_SHARED");
	struct judge full, empty;
	double best_full = 1e9, best_empty = 1e9, loading = cpu_s();
	char path[4096];
	FILE *file = tmpfile();
	size_t count;

	snprintf(path, sizeof(path), "%s/data/airline.jsonl", shared ? shared : "../shared");
	count = file ? sample(argc > 1 ? argv[1] : path, file) : 0;
	if (count == 0) {
		printf("bench_classify: no posts in %s: skipped\n", argc > 1 ? argv[1] : path);
		return 0;
	}
	loading = cpu_s();
	if (judge_open("bench", NULL, NULL, &full) != EXIT_DONE)
		return 1;
	loading = cpu_s() - loading;
	if (judge_open_empty("bench", NULL, &empty) != EXIT_DONE || freopen("/dev/null", "w", stdout) == NULL)
		return 1;
	for (int i = 0; i < ROUNDS; i++) {
		double a = run_once(&full, fileno(file)), b = run_once(&empty, fileno(file));

		best_full = a < best_full ? a : best_full;
		best_empty = b < best_empty ? b : best_empty;
	}
	fprintf(stderr,
		"classify %zu posts: %.0f/s with %zu rules, %.0f/s without (ratio %.2f, wanted .60); loading %.0f ms\n",
		count, (double)count / best_full, ruleset_count(full.toolkit.rules), (double)count / best_empty,
		best_empty / best_full, loading * 1e3);
	judge_close(&full);
	judge_close(&empty);
	fclose(file);
	return 0;
}
