/*
 * fuzz_words.c - any bytes as a list of words put into another language: pieces in order, each one to three words and
 * found again, with finite weights; or one error line that begins with the file's name.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "watcher/fit_carry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int truth)
{
	if (!truth)
		abort();
}

static void check_piece(struct carried *carried, size_t i)
{
	struct carried_piece *piece = &carried->pieces[i];
	struct wording w = {0};

	must(i == 0 || strcmp(carried->pieces[i - 1].text, piece->text) < 0);
	must(carried_find(carried, piece->text) == piece);
	for (int score = 0; score < FITTED_COUNT; score++)
		must(isfinite(piece->weight[score]) && fabsf(piece->weight[score]) <= WEIGHT_MAX);
	must(wording_read(&w, piece->text, strlen(piece->text)));
	must(w.count >= 1 && w.count <= WORDING_WORDS);
	wording_done(&w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char text[] = "weights en 2\nbias problem=.5\nbias cause.delivery=-2\n"
				   "problem=1 cause.delivery=3\tbag\nproblem=-3 cause.delivery=.5\tlost luggage\n";
	static const struct scores scores = {.bias = {-1}};
	struct weights *weights = NULL;
	struct carried *carried = NULL;
	struct error e = {0};
	enum err rc;

	must(weights_parse("en.txt", text, sizeof(text) - 1, &weights, &e) == ERR_OK);
	rc = carry_over(weights, &scores, "de.tsv", (const char *)data, size, &carried, &e);
	weights_free(&weights);
	must((rc == ERR_OK) == (carried != NULL));
	if (rc)
		must(strncmp(e.text, "de.tsv:", 7) == 0 && strchr(e.text, '\n') == NULL);
	for (size_t i = 0; carried && i < carried->count; i++)
		check_piece(carried, i);
	carried_free(&carried);
	return 0;
}
