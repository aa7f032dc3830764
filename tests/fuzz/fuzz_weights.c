/*
 * fuzz_weights.c - any bytes as a weights file and, behind a NUL byte, a text it votes on: weights that keep their
 * promises, or one error line that begins with the file's name. Every piece of a text is found again by its written
 * form, and evidence lies inside the text, in order, without overlaps.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"
#include "weights.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int truth)
{
	if (!truth)
		abort();
}

static void check_pieces(const char *text, size_t len)
{
	struct wording w = {0};
	struct gram gram = {0};
	char written[WORDING_PIECE_MAX];

	must(wording_read(&w, text, len));
	must(w.count <= WORDING_TOKENS_MAX);
	while (wording_next(&w, &gram)) {
		must(gram.start < gram.end && gram.end <= len);
		must((gram.words > 0) == (gram.size == 0));
		if (wording_write(&w, &gram, written)) {
			must(utf8_valid(written, strlen(written)));
			must(wording_hash(written, strlen(written)) == gram.hash);
		}
	}
	wording_done(&w);
}

static void check_vote(const struct weights *weights, const char *text, size_t len)
{
	struct voter *voter = voter_new();
	struct wording_vote first, again;
	size_t end = 0;

	must(voter != NULL);
	must(voter_ask(voter, weights, text, len, &first, NULL) == ERR_OK);
	must(voter_ask(voter, weights, text, len, &again, NULL) == ERR_OK);
	for (int i = 0; i < FITTED_COUNT; i++)
		must(isfinite(first.sum[i]) && first.sum[i] == again.sum[i] && !(first.abstains && first.sum[i] != 0));
	must(first.evidence_count <= WEIGHTS_EVIDENCE_MAX && first.evidence_count == again.evidence_count);
	for (size_t i = 0; i < first.evidence_count; i++) {
		must(first.evidence[i].start >= end && first.evidence[i].start < first.evidence[i].end);
		end = first.evidence[i].end;
		must(end <= len);
		must(utf8_valid(text + first.evidence[i].start, end - first.evidence[i].start));
	}
	voter_free(&voter);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *nul = memchr(data, '\0', size);
	size_t len = nul ? (size_t)(nul - data) : size, text_len = nul ? size - len - 1 : 0;
	const char *text = nul ? (const char *)nul + 1 : "";
	struct weights *weights = NULL;
	struct error e = {0};
	enum err rc = weights_parse("en.txt", (const char *)data, len, &weights, &e);

	must((rc == ERR_OK) == (weights != NULL));
	if (rc)
		must(rc == ERR_INVALID && strncmp(e.text, "en.txt:", 7) == 0 && strchr(e.text, '\n') == NULL);
	if (!utf8_valid(text, text_len))
		text_len = utf8_valid_prefix(text, text_len);
	check_pieces(text, text_len);
	if (weights)
		check_vote(weights, text, text_len);
	weights_free(&weights);
	return 0;
}
