/*
 * verdict_json.c - a verdict as JSON (DESIGN section 5, README "Posts as JSON").
 *
 * There is one description, verdict_to_buf(), which writes the text straight into a buffer: `amends classify` spends
 * most of its time on JSON otherwise. verdict_to_json() reads that text back, so that the two cannot differ.
 *
 * `facts` has one member per name: the first such fact in the text. With references masked, the characters of every
 * reference (an order or account number the customer wrote) but its last three become '*' in facts and hits alike.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "jsonio.h"
#include "rules.h"
#include "verdict.h"

#define REFERENCE_SHOWN 3 /* characters of a masked reference that stay readable */
#define NUMBER_DIGITS 8   /* of an account, a card, a telephone: as secret as a reference */
#define VERDICT_JSON_MAX ((size_t)64 << 20)

static bool is_reference(const struct fact *fact)
{
	return strcmp(fact->name, "reference") == 0;
}

static bool char_begins(unsigned char byte)
{
	return (byte & 0xC0) != 0x80;
}

/* Where the readable end of text[start..end) begins. */
static size_t shown_from(const char *text, size_t start, size_t end)
{
	size_t at = end, shown = 0;

	while (at > start && shown < REFERENCE_SHOWN)
		if (char_begins((unsigned char)text[--at]))
			shown++;
	return at > start ? at : end; /* too short to show any of it */
}

/* ---- JSON's own forms: each writes behind `at`, where the room is, and returns the place behind what it wrote ---- */

#define ESCAPE_MAX 6 /* bytes that one character of a string may become */
#define COUNT_MAX 20 /* digits of a number */
#define PUT(at, literal) put(at, literal, sizeof(literal) - 1)

static inline char *put(char *at, const char *bytes, size_t len)
{
	memcpy(at, bytes, len);
	return at + len;
}

static char *put_escape(char *at, unsigned char c)
{
	static const char hex[] = "0123456789abcdef", plain[] = "\b\t\n\f\r\"\\", letters[] = "btnfr\"\\";
	const char *found = c ? strchr(plain, c) : NULL;

	*at++ = '\\';
	if (found) {
		*at++ = letters[found - plain];
		return at;
	}
	at = PUT(at, "u00");
	*at++ = hex[c >> 4];
	*at++ = hex[c & 15];
	return at;
}

/* Valid UTF-8 as the inside of a string, the way json-c escapes it. */
static char *put_chars(char *at, const char *text, size_t len)
{
	const char *end = text + len;

	while (text < end) {
		if (end - text >= 8) {
			size_t plain = json_before(json_special(json_eight(text)));

			memcpy(at, text, 8); /* what is not plain among them is overwritten */
			at += plain;
			text += plain;
			if (plain == 8)
				continue;
		}
		if (json_plain(*text))
			*at++ = *text++;
		else
			at = put_escape(at, (unsigned char)*text++);
	}
	return at;
}

/* Would put_chars() escape nothing of it? */
static bool is_plain(const char *text, size_t len)
{
	uint64_t special = 0;
	size_t i = 0;

	for (; len - i >= 8; i += 8)
		special |= json_special(json_eight(text + i));
	while (i < len && json_plain(text[i]))
		i++;
	return special == 0 && i == len;
}

/* text may be NULL. Its length is the caller's, who made room by it. */
static char *put_string(char *at, const char *text, size_t len)
{
	if (!text)
		return PUT(at, "null");
	*at++ = '"';
	at = put_chars(at, text, len);
	*at++ = '"';
	return at;
}

static size_t length(const char *text)
{
	return text ? strlen(text) : 0;
}

static char *put_count(char *at, uint64_t count)
{
	if (count >= 10)
		at = put_count(at, count / 10);
	*at++ = (char)('0' + count % 10);
	return at;
}

/* From -1 to 1. Four digits are enough for a probability and the same on every machine; no -0, no trailing zeros. */
static char *put_score(char *at, double value)
{
	long parts = lround(value * 1e4);

	if (parts < 0)
		*at++ = '-';
	parts = labs(parts);
	*at++ = (char)('0' + parts / 10000);
	parts %= 10000;
	if (parts == 0)
		return at;
	*at++ = '.';
	for (; parts > 0; parts = parts % 1000 * 10)
		*at++ = (char)('0' + parts / 1000);
	return at;
}

/* ---- the verdict ---- */

static bool has_reference(const struct verdict *v)
{
	for (size_t i = 0; i < v->fact_count; i++)
		if (is_reference(&v->facts[i]))
			return true;
	return false;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/*
 * Behind the number that begins with the digit at `at`: digits, single blanks or hyphens between them; no more than make
 * a long one, so that a flood of digits costs no more than other text.
 */
static size_t number_end(const char *text, size_t at, unsigned *digits_r)
{
	for (*digits_r = 0; is_digit(text[at]) && *digits_r < NUMBER_DIGITS; at++) {
		++*digits_r;
		if ((text[at + 1] == ' ' || text[at + 1] == '-') && is_digit(text[at + 2]))
			at++;
	}
	return at;
}

static bool has_number(const char *text)
{
	unsigned digits;

	for (text += strcspn(text, "0123456789"); *text; text += strcspn(text, "0123456789")) {
		text += number_end(text, 0, &digits);
		if (digits >= NUMBER_DIGITS)
			return true;
	}
	return false;
}

/* A digit of a long number, but not of its end. */
static bool in_number(const char *text, size_t at)
{
	unsigned before = 0, behind;
	size_t start = at;

	if (!is_digit(text[at]))
		return false;
	for (; start > 0 && before < NUMBER_DIGITS; start--) {
		if (start > 1 && (text[start - 1] == ' ' || text[start - 1] == '-') && is_digit(text[start - 2]))
			continue;
		if (!is_digit(text[start - 1]))
			break;
		before++;
	}
	(void)number_end(text, at, &behind);
	return before + behind >= NUMBER_DIGITS && behind > REFERENCE_SHOWN;
}

static bool is_hidden(const struct verdict *v, const char *text, size_t at)
{
	if (in_number(text, at))
		return true;
	for (size_t i = 0; i < v->fact_count; i++)
		if (is_reference(&v->facts[i]) && at >= v->facts[i].start &&
		    at < shown_from(text, v->facts[i].start, v->facts[i].end))
			return true;
	return false;
}

/* The inside of a string; with mask, the characters of references are '*'. */
static char *put_slice(char *at, const struct verdict *v, const char *text, size_t start, size_t end, bool mask)
{
	if (!mask)
		return put_chars(at, text + start, end - start);
	for (size_t i = start; i < end; i++) {
		if (!is_hidden(v, text, i))
			at = put_chars(at, text + i, 1);
		else if (char_begins((unsigned char)text[i]))
			*at++ = '*';
	}
	return at;
}

static void write_hits(struct buf *out, const struct verdict *v, const char *text, bool mask)
{
	bool as_is = !mask && is_plain(text, length(text));

	for (size_t i = 0; i < v->hit_count; i++) {
		const struct hit *hit = &v->hits[i];
		size_t id_len = strlen(hit->rule->id);
		char *at = buf_reserve(out, 64 + id_len + 2 * COUNT_MAX + ESCAPE_MAX * (hit->end - hit->start));

		if (!at)
			return;
		if (i > 0)
			*at++ = ',';
		at = PUT(at, "{\"rule\":\"");
		at = put(at, hit->rule->id, id_len); /* [a-z0-9_]+ */
		at = PUT(at, "\",\"start\":");
		at = put_count(at, hit->start);
		at = PUT(at, ",\"end\":");
		at = put_count(at, hit->end);
		at = PUT(at, ",\"text\":\"");
		at = as_is ? put(at, text + hit->start, hit->end - hit->start)
			   : put_slice(at, v, text, hit->start, hit->end, mask);
		at = PUT(at, "\"}");
		buf_wrote(out, at);
	}
}

static bool first_of_name(const struct verdict *v, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (strcmp(v->facts[i].name, v->facts[index].name) == 0)
			return false;
	return true;
}

static void write_fact(struct buf *out, const struct fact *fact, bool mask)
{
	/* The fact alone, seen as its own text: masking then needs no offsets of the post. */
	const struct fact whole = {.name = fact->name, .start = 0, .end = strlen(fact->value)};
	const struct verdict alone = {.facts = &whole, .fact_count = 1};
	size_t name_len = strlen(fact->name);
	char *at = buf_reserve(out, 16 + ESCAPE_MAX * (name_len + whole.end));

	if (!at)
		return;
	at = put_string(at, fact->name, name_len);
	at = PUT(at, ":\"");
	at = put_slice(at, &alone, fact->value, 0, whole.end, mask && is_reference(fact));
	*at++ = '"';
	buf_wrote(out, at);
}

static void write_facts(struct buf *out, const struct verdict *v, bool mask)
{
	for (size_t i = 0; i < v->fact_count; i++) {
		if (!first_of_name(v, i))
			continue;
		if (i > 0)
			buf_char(out, ',');
		write_fact(out, &v->facts[i], mask);
	}
}

static void write_judgement(struct buf *out, const struct verdict *v)
{
	const char *class = class_name(v->class), *cause = cause_name(v->cause);
	size_t class_len = strlen(class), cause_len = strlen(cause), lang_len = length(v->lang);
	char *at = buf_reserve(out, 512 + class_len + cause_len + ESCAPE_MAX * lang_len);

	if (!at)
		return;
	at = PUT(at, "{\"class\":\"");
	at = put(at, class, class_len);
	at = PUT(at, "\",\"complaint\":");
	at = put_score(at, v->complaint);
	at = PUT(at, ",\"problem\":");
	at = put_score(at, v->problem);
	at = PUT(at, ",\"vent\":");
	at = put_score(at, v->vent);
	at = PUT(at, ",\"cause\":\"");
	at = put(at, cause, cause_len);
	at = PUT(at, "\",\"severity\":");
	at = put_count(at, (uint64_t)v->severity);
	at = PUT(at, ",\"urgency\":");
	at = put_count(at, (uint64_t)v->urgency);
	at = PUT(at, ",\"sentiment\":");
	at = put_score(at, v->sentiment);
	at = PUT(at, ",\"lang\":");
	at = put_string(at, v->lang, lang_len);
	at = PUT(at, ",\"facts\":{");
	buf_wrote(out, at);
}

/* From behind the hits on. */
static void write_rest(struct buf *out, const struct verdict *v)
{
	size_t rules_len = length(v->rules), why_len = length(v->undecided_why);
	char *at = buf_reserve(out, 96 + ESCAPE_MAX * (rules_len + why_len));

	if (!at)
		return;
	if (v->undecided) {
		at = PUT(at, "],\"undecided\":true,\"undecided_why\":");
		at = put_string(at, v->undecided_why, why_len);
	} else {
		at = PUT(at, "],\"undecided\":false");
	}
	at = PUT(at, ",\"rules\":");
	at = put_string(at, v->rules, rules_len);
	*at++ = '}';
	buf_wrote(out, at);
}

void verdict_to_buf(struct buf *out, const struct verdict *v, const char *text, bool mask_references)
{
	bool mask = mask_references && (has_reference(v) || has_number(text));

	write_judgement(out, v);
	write_facts(out, v, mask);
	buf_str(out, "},\"hits\":[");
	write_hits(out, v, text, mask);
	write_rest(out, v);
}

struct json_object *verdict_to_json(const struct verdict *v, const char *text, bool mask_references)
{
	struct json_parser *parser = json_parser_new();
	struct json_object *object = NULL;
	struct buf out;

	buf_init(&out, VERDICT_JSON_MAX);
	verdict_to_buf(&out, v, text, mask_references);
	if (!parser || out.failed || json_parse(parser, buf_text(&out), out.len, &object, NULL) != ERR_OK)
		object = NULL;
	json_parser_free(&parser);
	buf_done(&out);
	return object;
}
