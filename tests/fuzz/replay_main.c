/*
 * replay_main.c - runs a fuzz target over kept inputs, without a fuzzer: every file named, and every file in the
 * folders named. Each is first run by itself and then cut short at several lengths, so that a corpus of good inputs
 * also yields bad ones. Part of `make test`, under the sanitizers.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define INPUT_MAX (8u << 20)
#define CUTS 16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A copy of exactly `size` bytes, so that the sanitizer sees one byte too far. */
static int run_one(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size > 0 ? size : 1);

	if (copy == NULL)
		return -1;
	if (size > 0)
		memcpy(copy, data, size);
	(void)LLVMFuzzerTestOneInput(copy, size); /* its result only tells libFuzzer what to keep */
	free(copy);
	return 0;
}

static int run_cuts(const uint8_t *data, size_t size)
{
	int failed = run_one(data, size);

	for (size_t cut = 0; cut < CUTS && cut < size && failed == 0; cut++)
		failed = run_one(data, size * cut / CUTS);
	return failed;
}

static int replay_file(const char *path, long *runs)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data = malloc(INPUT_MAX);
	int failed = -1;
	size_t size;

	if (f == NULL || data == NULL) {
		fprintf(stderr, "replay: %s: cannot be read\n", path);
		goto out;
	}
	size = fread(data, 1, INPUT_MAX, f);
	if (ferror(f) || !feof(f)) {
		fprintf(stderr, "replay: %s: cannot be read, or larger than %u bytes\n", path, INPUT_MAX);
		goto out;
	}
	failed = run_cuts(data, size);
	(*runs)++;
out:
	free(data);
	if (f != NULL)
		(void)fclose(f); /* was only read */
	return failed;
}

static int replay_folder(const char *path, long *runs)
{
	struct dirent **entries;
	int count = scandir(path, &entries, NULL, alphasort), failed = 0;

	if (count < 0)
		return -1;
	for (int i = 0; i < count; i++) {
		char file[4096];

		if (entries[i]->d_name[0] != '.' && failed == 0) {
			(void)snprintf(file, sizeof(file), "%s/%s", path, entries[i]->d_name);
			failed = replay_file(file, runs);
		}
		free(entries[i]);
	}
	free(entries);
	return failed;
}

int main(int argc, char **argv)
{
	long runs = 0;
	int failed = run_one((const uint8_t *)"", 0);

	for (int i = 1; i < argc && failed == 0; i++) {
		struct stat st;

		failed = stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode) ? replay_folder(argv[i], &runs)
									: replay_file(argv[i], &runs);
	}
	printf("%s: %ld inputs%s\n", strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0], runs,
	       failed ? ", stopped by an error" : "");
	return failed ? 1 : 0;
}
