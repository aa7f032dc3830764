/*
 * wording.c - see wording.h. One pass over the bytes, ASCII by table, hashes made on the way: this runs on every post.
 */
#include "wording.h"

#include <stdlib.h>
#include <string.h>

#include "utf8.h"

#define HASH_START 0xcbf29ce484222325u

/* KIND_MARK: a gap that read_mark() must look at; of ASCII alone. */
enum kind { KIND_GAP, KIND_LETTER, KIND_DIGIT, KIND_SIGN, KIND_MARK };

/* ---- hashes ----------------------------------------------------------------------------------------------------- */

static inline uint64_t hash_byte(uint64_t hash, unsigned char byte)
{
	return (hash ^ byte) * 0x100000001b3u; /* FNV-1a */
}

static uint64_t hash_bytes(const char *bytes, size_t len)
{
	uint64_t hash = HASH_START;

	for (size_t i = 0; i < len; i++)
		hash = hash_byte(hash, (unsigned char)bytes[i]);
	return hash;
}

uint64_t wording_hash(const char *piece, size_t len)
{
	uint64_t hash = 0, word = HASH_START;

	if (len > 0 && piece[0] == '~')
		return wording_join(1, hash_bytes(piece + 1, len - 1));
	for (size_t i = 0; i < len; i++) {
		if (piece[i] != ' ') {
			word = hash_byte(word, (unsigned char)piece[i]);
			continue;
		}
		hash = wording_join(hash, word);
		word = HASH_START;
	}
	return len > 0 && piece[len - 1] != ' ' ? wording_join(hash, word) : hash;
}

/* ---- characters ------------------------------------------------------------------------------------------------- */

static const unsigned char ascii_kind[128] = {
	['a' ... 'z'] = KIND_LETTER, ['A' ... 'Z'] = KIND_LETTER, ['0' ... '9'] = KIND_DIGIT,
	['!'] = KIND_SIGN, ['?'] = KIND_SIGN,
	['@'] = KIND_MARK, ['&'] = KIND_MARK, ['.'] = KIND_MARK,
	[':'] = KIND_MARK, [';'] = KIND_MARK, ['='] = KIND_MARK,
};

/* Small letters of Latin-1, Latin Extended-A, Greek and Cyrillic; others have no case that matters here. */
static uint32_t fold_wide(uint32_t c)
{
	if ((c >= 0xC0 && c <= 0xDE && c != 0xD7) || (c >= 0x391 && c <= 0x3A9) || (c >= 0x410 && c <= 0x42F))
		return c + 32;
	if ((c >= 0x100 && c <= 0x137) || (c >= 0x14A && c <= 0x177))
		return c | 1;
	if (c >= 0x400 && c <= 0x40F)
		return c + 80;
	return c == 0x2019 || c == 0x2018 || c == 0xB4 ? '\'' : c;
}

static inline uint32_t fold(uint32_t c)
{
	if (c >= 0x80)
		return fold_wide(c);
	return c >= 'A' && c <= 'Z' ? c + 32 : c == '`' ? '\'' : c;
}

static enum kind kind_of_wide(uint32_t c)
{
	if (c < 0xC0 || c == 0xD7 || c == 0xF7)
		return c == 0xAA || c == 0xB5 || c == 0xBA ? KIND_LETTER : KIND_GAP;
	if (c == 0x200D || (c >= 0xFE00 && c <= 0xFE0F) || (c >= 0x1F3FB && c <= 0x1F3FF))
		return KIND_GAP; /* joiners and shades of emoji */
	if ((c >= 0x2190 && c <= 0x2BFF) || (c >= 0x1F000 && c <= 0x1FAFF))
		return KIND_SIGN;
	return (c >= 0x2000 && c <= 0x20CF) || (c >= 0x3000 && c <= 0x303F) || c >= 0xE000 ? KIND_GAP : KIND_LETTER;
}

static inline enum kind kind_of(uint32_t c)
{
	return c < 0x80 ? (enum kind)ascii_kind[c] : kind_of_wide(c);
}

/* The character at text[at], at < len, and its bytes. */
static inline uint32_t char_at(const char *text, size_t len, size_t at, size_t *step_r)
{
	unsigned char byte = (unsigned char)text[at];

	*step_r = 1;
	return byte < 0x80 ? byte : utf8_decode(text + at, text + len, step_r);
}

/* ---- tokens ----------------------------------------------------------------------------------------------------- */

static void put(struct wording *w, uint32_t c)
{
	if (c < 0x80) {
		w->folded[w->len++] = (char)c;
	} else if (c < 0x800) {
		w->folded[w->len++] = (char)(0xC0 | c >> 6);
		w->folded[w->len++] = (char)(0x80 | (c & 0x3F));
	} else if (c < 0x10000) {
		w->folded[w->len++] = (char)(0xE0 | c >> 12);
		w->folded[w->len++] = (char)(0x80 | (c >> 6 & 0x3F));
		w->folded[w->len++] = (char)(0x80 | (c & 0x3F));
	} else {
		w->folded[w->len++] = (char)(0xF0 | c >> 18);
		w->folded[w->len++] = (char)(0x80 | (c >> 12 & 0x3F));
		w->folded[w->len++] = (char)(0x80 | (c >> 6 & 0x3F));
		w->folded[w->len++] = (char)(0x80 | (c & 0x3F));
	}
}

static struct token *token_open(struct wording *w, size_t start)
{
	struct token *token = &w->tokens[w->count];

	w->folded[w->len++] = '_';
	*token = (struct token){.start = (uint32_t)start, .folded = (uint32_t)w->len};
	return token;
}

/* `hash` is that of the bytes put since token_open(). */
static void token_close_hashed(struct wording *w, struct token *token, size_t end, uint64_t hash)
{
	token->end = (uint32_t)end;
	token->size = (uint32_t)(w->len - token->folded);
	token->hash = hash;
	w->folded[w->len++] = '_';
	w->count++;
}

static void token_close(struct wording *w, struct token *token, size_t end)
{
	token_close_hashed(w, token, end, hash_bytes(w->folded + token->folded, w->len - token->folded));
}

static void token_fixed(struct wording *w, const char *form, size_t start, size_t end)
{
	struct token *token = token_open(w, start);

	for (; *form; form++)
		w->folded[w->len++] = *form;
	token_close(w, token, end);
}

/* Is the apostrophe before `at` inside a word? */
static bool letter_at(const char *text, size_t len, size_t at)
{
	size_t step;

	return at < len && kind_of(char_at(text, len, at, &step)) == KIND_LETTER;
}

/* A word while it is read: the hash so far, and the two letters before. */
struct word {
	uint64_t hash;
	uint32_t last, before;
};

/* ASCII letters from `at` on, which most words are made of. Returns where they end. */
static size_t read_ascii(struct wording *w, struct word *word, const char *text, size_t len, size_t at)
{
	struct word so_far = *word;
	char *out = w->folded + w->len;

	for (; at < len; at++) {
		unsigned char letter = (unsigned char)text[at] | 0x20;

		if (letter < 'a' || letter > 'z')
			break;
		if (letter != so_far.last || letter != so_far.before) {
			*out++ = (char)letter;
			so_far.hash = hash_byte(so_far.hash, letter);
		}
		so_far.before = so_far.last;
		so_far.last = letter;
	}
	w->len = (size_t)(out - w->folded);
	*word = so_far;
	return at;
}

/* Another letter, or an apostrophe between letters. Returns where it ends; `at` when it is neither. */
static size_t read_letter(struct wording *w, struct word *word, const char *text, size_t len, size_t at)
{
	size_t step, from = w->len;
	uint32_t c = fold(char_at(text, len, at, &step));

	if (kind_of(c) != KIND_LETTER && (c != '\'' || !letter_at(text, len, at + step)))
		return at;
	if (c != word->last || c != word->before)
		put(w, c);
	for (; from < w->len; from++)
		word->hash = hash_byte(word->hash, (unsigned char)w->folded[from]);
	word->before = word->last;
	word->last = c;
	return at + step;
}

/* Letters, with apostrophes between them. Returns where it ends. */
static size_t read_word(struct wording *w, const char *text, size_t len, size_t at)
{
	struct token *token = token_open(w, at);
	struct word word = {.hash = HASH_START};
	size_t from;

	token->word = true;
	do {
		from = read_ascii(w, &word, text, len, at);
		at = from < len ? read_letter(w, &word, text, len, from) : from;
	} while (at > from);
	token_close_hashed(w, token, at, word.hash);
	return at;
}

/* A link, to the next space. */
static size_t read_link(struct wording *w, const char *text, size_t len, size_t at)
{
	size_t start = at;

	while (at < len && (unsigned char)text[at] > ' ')
		at++;
	token_fixed(w, "http", start, at);
	return at;
}

static size_t read_number(struct wording *w, const char *text, size_t len, size_t at)
{
	size_t start = at;

	while (at < len && ((text[at] >= '0' && text[at] <= '9') ||
			    ((text[at] == '.' || text[at] == ',' || text[at] == ':') && at + 1 < len &&
			     text[at + 1] >= '0' && text[at + 1] <= '9')))
		at++;
	token_fixed(w, "0", start, at);
	return at;
}

static size_t read_signs(struct wording *w, const char *text, size_t len, size_t at)
{
	size_t start = at, asks = 0, calls = 0;

	for (; at < len && (text[at] == '!' || text[at] == '?'); at++)
		*(text[at] == '?' ? &asks : &calls) += 1;
	token_fixed(w, asks && calls ? "?!" : asks ? (asks > 1 ? "??" : "?") : calls > 1 ? "!!" : "!", start, at);
	return at;
}

/* The bytes of an entity at `&` and the character it means; 0: none. */
static size_t entity(const char *text, size_t len, char *c_r)
{
	static const struct {
		const char *name;
		char c;
	} known[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&#39;", '\''}};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		size_t size = strlen(known[i].name);

		if (len >= size && memcmp(text, known[i].name, size) == 0) {
			*c_r = known[i].c;
			return size;
		}
	}
	return 0;
}

/* Bytes of a smiley at `at`: eyes, perhaps a nose, a mouth. Its mood goes to *form_r. 0: none. */
static size_t smiley(const char *text, size_t len, size_t at, const char **form_r)
{
	size_t mouth = at + 1;

	if (!strchr(":;=", text[at]))
		return 0;
	if (mouth < len && (text[mouth] == '-' || text[mouth] == '\''))
		mouth++;
	if (mouth >= len || text[mouth] == '\0')
		return 0;
	if (strchr(")]D", text[mouth]))
		*form_r = ":)";
	else if (strchr("([", text[mouth]) || (strchr("/|\\", text[mouth]) && (mouth + 1 == len || text[mouth + 1] == ' ')))
		*form_r = ":(";
	else
		return 0;
	return mouth + 1 - at;
}

static bool is_link(const char *text, size_t len, size_t at)
{
	return (text[at] == 'h' || text[at] == 'w') && len - at >= 4 &&
	       (memcmp(text + at, "http", 4) == 0 || memcmp(text + at, "www.", 4) == 0);
}

/* Behind the letters, digits and '_' of a name. */
static size_t name_end(const char *text, size_t len, size_t at)
{
	size_t step;

	for (; at < len; at += step) {
		uint32_t c = char_at(text, len, at, &step);

		if (c != '_' && kind_of(c) != KIND_LETTER && kind_of(c) != KIND_DIGIT)
			break;
	}
	return at;
}

/* Names, entities, dots, smileys. Returns where it ends. */
static size_t read_mark(struct wording *w, const char *text, size_t len, size_t at)
{
	const char *form = NULL;
	size_t size;
	char c;

	switch (text[at]) {
	case '@':
		size = name_end(text, len, at + 1);
		token_fixed(w, "@", at, size);
		return size;
	case '&':
		size = entity(text + at, len - at, &c);
		return at + (size ? size : 1);
	case '.':
		for (size = at; size < len && text[size] == '.';)
			size++;
		if (size - at > 1)
			token_fixed(w, "...", at, size);
		return size;
	case ':':
	case ';':
	case '=':
		size = smiley(text, len, at, &form);
		if (size)
			token_fixed(w, form, at, at + size);
		return at + (size ? size : 1);
	default:
		return at + 1;
	}
}

static size_t read_wide(struct wording *w, const char *text, size_t len, size_t at)
{
	size_t step;
	uint32_t c = utf8_decode(text + at, text + len, &step);
	struct token *token;

	if (c == 0x2026) {
		token_fixed(w, "...", at, at + step);
	} else if (kind_of(c) == KIND_SIGN) {
		token = token_open(w, at);
		put(w, c);
		token_close(w, token, at + step);
	}
	return at + step;
}

static bool make_room(struct wording *w, size_t len)
{
	size_t size = 3 * len + 64; /* a byte may become "_0_" */
	char *folded;

	if (!w->tokens)
		w->tokens = calloc(WORDING_TOKENS_MAX, sizeof *w->tokens);
	if (size > w->size) {
		folded = realloc(w->folded, size);
		if (!folded)
			return false;
		w->folded = folded;
		w->size = size;
	}
	return w->tokens != NULL;
}

bool wording_read(struct wording *w, const char *text, size_t len)
{
	size_t at = 0, step;

	w->count = 0;
	w->len = 0;
	if (!make_room(w, len))
		return false;
	while (at < len && w->count < WORDING_TOKENS_MAX) {
		switch (kind_of(char_at(text, len, at, &step))) {
		case KIND_LETTER:
			at = is_link(text, len, at) ? read_link(w, text, len, at) : read_word(w, text, len, at);
			break;
		case KIND_DIGIT:
			at = read_number(w, text, len, at);
			break;
		case KIND_MARK:
			at = read_mark(w, text, len, at);
			break;
		case KIND_SIGN:
			at = step == 1 ? read_signs(w, text, len, at) : read_wide(w, text, len, at);
			break;
		case KIND_GAP:
			at = step == 1 ? at + 1 : read_wide(w, text, len, at);
			break;
		}
	}
	return true;
}

void wording_done(struct wording *w)
{
	free(w->tokens);
	free(w->folded);
	*w = (struct wording){0};
}

/* ---- pieces ----------------------------------------------------------------------------------------------------- */

static bool in_character(const struct wording *w, size_t at)
{
	return ((unsigned char)w->folded[at] & 0xC0) == 0x80;
}

/* The next run of letters of the token, after the one in *gram. */
static bool next_run(const struct wording *w, struct gram *gram)
{
	const struct token *token = &w->tokens[gram->first];
	uint32_t from = token->folded - 1, end = token->folded + token->size + 1; /* with both edges */
	uint32_t at = gram->size ? gram->folded : from, letters, stop;

	if (gram->size) { /* one letter more, or from the next letter on */
		letters = 0;
		for (uint32_t i = at; i < at + gram->size; i++)
			letters += !in_character(w, i);
		stop = at + gram->size;
		if (letters < WORDING_RUN_MAX && stop < end) {
			do
				stop++;
			while (stop < end && in_character(w, stop));
			goto found;
		}
		do
			at++;
		while (at < end && in_character(w, at));
	}
	for (stop = at, letters = 0; stop < end && letters < WORDING_RUN_MIN; letters++) {
		do
			stop++;
		while (stop < end && in_character(w, stop));
	}
	if (letters < WORDING_RUN_MIN)
		return false;
found:
	gram->folded = at;
	gram->size = stop - at;
	gram->hash = wording_join(1, hash_bytes(w->folded + at, gram->size));
	return true;
}

/* One word more behind those in *gram. */
static bool longer(const struct wording *w, struct gram *gram)
{
	const struct token *token = &w->tokens[gram->first + gram->words];

	if (gram->words == WORDING_WORDS || gram->first + gram->words >= w->count)
		return false;
	gram->hash = wording_join(gram->words ? gram->hash : 0, token->hash);
	if (gram->words == 0)
		gram->start = token->start;
	gram->end = token->end;
	gram->words++;
	return true;
}

bool wording_next_words(const struct wording *w, struct gram *gram)
{
	if (longer(w, gram))
		return true;
	*gram = (struct gram){.first = gram->first + 1};
	return gram->first < w->count && longer(w, gram);
}

bool wording_next(const struct wording *w, struct gram *gram)
{
	for (;;) {
		if (gram->first >= w->count)
			return false;
		if (gram->size == 0 && longer(w, gram))
			return true;
		gram->words = 0;
		if (w->tokens[gram->first].word && next_run(w, gram)) {
			gram->start = w->tokens[gram->first].start;
			gram->end = w->tokens[gram->first].end;
			return true;
		}
		*gram = (struct gram){.first = gram->first + 1};
	}
}

bool wording_write(const struct wording *w, const struct gram *gram, char out[WORDING_PIECE_MAX])
{
	size_t len = 0;

	if (gram->size) {
		if (gram->size + 2 > WORDING_PIECE_MAX)
			return false;
		out[0] = '~';
		memcpy(out + 1, w->folded + gram->folded, gram->size);
		out[gram->size + 1] = '\0';
		return true;
	}
	for (uint32_t i = 0; i < gram->words; i++) {
		const struct token *token = &w->tokens[gram->first + i];

		if (len + token->size + 2 > WORDING_PIECE_MAX)
			return false;
		if (i)
			out[len++] = ' ';
		memcpy(out + len, w->folded + token->folded, token->size);
		len += token->size;
	}
	out[len] = '\0';
	return true;
}
