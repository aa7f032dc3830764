/*
 * diff.c - what a person changed in a text, word by word.
 *
 * Both texts are cut into words, blanks and signs. What they have in common at both ends is set aside, and the
 * longest common sequence of the rest is found by the plain table: replies are short, and a table of a million
 * cells is filled in a few milliseconds. Above that the middle counts as replaced. What little stays between larger
 * changes is counted to them: "our team" against "a colleague" reads better as one change than as two with a blank
 * between.
 */
#include "diff.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define CELLS_MAX (1u << 20)

struct word {
	const char *text;
	size_t len;
};

struct words {
	struct word *list;
	size_t count;
};

enum kind { KIND_BLANK, KIND_LETTER, KIND_SIGN };

static bool blank(unsigned char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Scripts that write without blanks are compared by character: their first bytes are these (and those of emoji). */
static bool alone(unsigned char c)
{
	return (c >= 0xE3 && c <= 0xED) || c >= 0xF0;
}

static enum kind kind_of(unsigned char c)
{
	if (blank(c))
		return KIND_BLANK;
	if (c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '\'' ||
	    c == '@' || c == '#')
		return alone(c) ? KIND_SIGN : KIND_LETTER;
	return KIND_SIGN;
}

/* Bytes of the word, blank or sign that begins here. */
static size_t word_length(const char *text)
{
	enum kind kind = kind_of((unsigned char)*text);
	size_t len = 1;

	if (kind == KIND_SIGN) {
		while (((unsigned char)text[len] & 0xC0) == 0x80)
			len++;
		return len;
	}
	while (text[len] && kind_of((unsigned char)text[len]) == kind)
		len++;
	return len;
}

static bool words_split(struct arena *arena, const char *text, struct words *words)
{
	size_t count = 0;

	for (const char *at = text; *at; at += word_length(at))
		count++;
	words->list = arena_array(arena, count + 1, sizeof(*words->list));
	if (!words->list)
		return false;
	words->count = 0;
	for (const char *at = text; *at;) {
		size_t len = word_length(at);

		words->list[words->count++] = (struct word){at, len};
		at += len;
	}
	return true;
}

static bool same(const struct word *a, const struct word *b)
{
	return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

/* ---- which words of `before` stay: partner[i] is the word of `after` + 1, 0 none ---- */

struct pairing {
	const struct words *before, *after;
	size_t *partner;
};

/* The table of the middle: cell (i, j) is the length of the longest common sequence of what follows i and j. */
static bool pair_middle(struct arena *arena, struct pairing *p, size_t head, size_t rows, size_t cols)
{
	const struct word *a = p->before->list + head, *b = p->after->list + head;
	uint16_t *cells;
	size_t i, j;

	if (rows == 0 || cols == 0 || (rows + 1) * (cols + 1) > CELLS_MAX)
		return true;
	cells = arena_array(arena, (rows + 1) * (cols + 1), sizeof(*cells));
	if (!cells)
		return false;
	memset(cells, 0, (rows + 1) * (cols + 1) * sizeof(*cells));
#define CELL(i, j) cells[(i) * (cols + 1) + (j)]
	for (i = rows; i-- > 0;)
		for (j = cols; j-- > 0;)
			CELL(i, j) = same(&a[i], &b[j])                 ? (uint16_t)(CELL(i + 1, j + 1) + 1)
				     : CELL(i + 1, j) >= CELL(i, j + 1) ? CELL(i + 1, j)
									: CELL(i, j + 1);
	for (i = j = 0; i < rows && j < cols;) {
		if (same(&a[i], &b[j])) {
			p->partner[head + i++] = head + j++ + 1;
		} else if (CELL(i + 1, j) >= CELL(i, j + 1)) {
			i++;
		} else {
			j++;
		}
	}
#undef CELL
	return true;
}

static bool pair_words(struct arena *arena, struct pairing *p)
{
	size_t n = p->before->count, m = p->after->count, head = 0, tail = 0;

	p->partner = arena_array(arena, n + 1, sizeof(*p->partner));
	if (!p->partner)
		return false;
	memset(p->partner, 0, (n + 1) * sizeof(*p->partner));
	while (head < n && head < m && same(&p->before->list[head], &p->after->list[head])) {
		p->partner[head] = head + 1;
		head++;
	}
	while (tail < n - head && tail < m - head &&
	       same(&p->before->list[n - 1 - tail], &p->after->list[m - 1 - tail])) {
		p->partner[n - 1 - tail] = m - tail;
		tail++;
	}
	return pair_middle(arena, p, head, n - head - tail, m - head - tail);
}

/* How many words from `i` on stay side by side in both texts. */
static size_t run_length(const struct pairing *p, size_t i)
{
	size_t len = 0;

	while (i + len < p->before->count && p->partner[i + len] != 0 &&
	       (len == 0 || p->partner[i + len] == p->partner[i + len - 1] + 1))
		len++;
	return len;
}

static size_t bytes(const struct words *words, size_t from, size_t to)
{
	return from < to ? (size_t)(words->list[to - 1].text + words->list[to - 1].len - words->list[from].text) : 0;
}

/* Bytes of the larger side of the change between two runs: before[a..b], after[c..d]. */
static size_t gap_size(const struct pairing *p, size_t a, size_t b, size_t c, size_t d)
{
	size_t del = bytes(p->before, a, b), ins = bytes(p->after, c, d);

	return del > ins ? del : ins;
}

/* Where the next run begins in `before`, or its end. */
static size_t run_next(const struct pairing *p, size_t i)
{
	while (i < p->before->count && p->partner[i] == 0)
		i++;
	return i;
}

/*
 * What stays between two changes that are larger than itself stays by chance: a sentence written anew has its "we" and
 * "it" again, and reads better as one change. Blanks never stay alone. The beginning and the end are never changed.
 */
static void drop_small_runs(struct pairing *p)
{
	size_t n = p->before->count, end = 0, partner_end = 0; /* of the last run that stays */

	for (size_t i = run_next(p, 0); i < n;) {
		size_t len = run_length(p, i), from = p->partner[i] - 1, next = run_next(p, i + len), letters = 0;
		size_t next_from = next < n ? p->partner[next] - 1 : p->after->count;
		size_t size = bytes(p->before, i, i + len);
		bool inside = (i > 0 || from > 0) && (i + len < n || from + len < p->after->count);

		for (size_t k = i; k < i + len; k++)
			letters += kind_of((unsigned char)*p->before->list[k].text) != KIND_BLANK;
		if (inside && (letters == 0 || (size <= gap_size(p, end, i, partner_end, from) &&
						size <= gap_size(p, i + len, next, from + len, next_from)))) {
			memset(&p->partner[i], 0, len * sizeof(*p->partner));
		} else {
			end = i + len;
			partner_end = from + len;
		}
		i = next;
	}
}

/* ---- parts ---- */

struct parts {
	struct arena *arena;
	struct diff_part *list;
	size_t count;
	bool failed;
};

/* The words from..to of a text, which lie side by side in it. */
static void part_add(struct parts *parts, enum diff_op op, const struct words *words, size_t from, size_t to)
{
	const char *start, *end, *text;

	if (from >= to)
		return;
	start = words->list[from].text;
	end = words->list[to - 1].text + words->list[to - 1].len;
	text = arena_strndup(parts->arena, start, (size_t)(end - start));
	parts->failed = parts->failed || !text;
	parts->list[parts->count++] = (struct diff_part){op, text};
}

static void parts_make(struct parts *parts, const struct pairing *p)
{
	size_t i = 0, j = 0, n = p->before->count;

	while (i < n || j < p->after->count) {
		size_t del = i, ins;

		while (del < n && p->partner[del] == 0)
			del++;
		ins = del < n ? p->partner[del] - 1 : p->after->count;
		part_add(parts, DIFF_DEL, p->before, i, del);
		part_add(parts, DIFF_INS, p->after, j, ins);
		i = del;
		j = ins;
		if (i < n) {
			size_t len = run_length(p, i);

			part_add(parts, DIFF_SAME, p->before, i, i + len);
			i += len;
			j += len;
		}
	}
}

enum err diff_words(struct arena *arena, const char *before, const char *after, const struct diff_part **parts_r,
		    size_t *count_r, struct error *e_r)
{
	struct words a, b;
	struct pairing p = {.before = &a, .after = &b};
	struct parts parts = {.arena = arena};

	if (!words_split(arena, before, &a) || !words_split(arena, after, &b) || !pair_words(arena, &p))
		return error_set(e_r, ERR_NOMEM, "out of memory");
	drop_small_runs(&p);
	parts.list = arena_array(arena, a.count + b.count + 1, sizeof(*parts.list));
	if (!parts.list)
		return error_set(e_r, ERR_NOMEM, "out of memory");
	parts_make(&parts, &p);
	if (parts.failed)
		return error_set(e_r, ERR_NOMEM, "out of memory");
	*parts_r = parts.list;
	*count_r = parts.count;
	return ERR_OK;
}
