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

/* ---- JSON's own forms ---- */

#define ADD(out, literal) buf_add(out, literal, sizeof(literal) - 1)

static bool needs_escape(unsigned char c)
{
	return c < 0x20 || c == '"' || c == '\\';
}

static void write_escape(struct buf *out, unsigned char c)
{
	static const char hex[] = "0123456789abcdef", plain[] = "\b\t\n\f\r\"\\", letters[] = "btnfr\"\\";
	const char *found = c ? strchr(plain, c) : NULL;
	char code[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};

	if (found)
		code[1] = letters[found - plain];
	buf_add(out, code, found ? 2 : sizeof code);
}

/* Valid UTF-8 as the inside of a string, the way json-c escapes it. */
static void write_chars(struct buf *out, const char *text, size_t len)
{
	size_t from = 0;

	for (size_t at = 0; at < len; at++) {
		if (!needs_escape((unsigned char)text[at]))
			continue;
		buf_add(out, text + from, at - from);
		write_escape(out, (unsigned char)text[at]);
		from = at + 1;
	}
	buf_add(out, text + from, len - from);
}

static void write_string(struct buf *out, const char *text)
{
	if (!text) {
		ADD(out, "null");
		return;
	}
	buf_char(out, '"');
	write_chars(out, text, strlen(text));
	buf_char(out, '"');
}

static void write_count(struct buf *out, uint64_t count)
{
	char digits[20];
	size_t at = sizeof digits;

	do
		digits[--at] = (char)('0' + count % 10);
	while (count /= 10);
	buf_add(out, digits + at, sizeof digits - at);
}

/* From -1 to 1. Four digits are enough for a probability and the same on every machine; no -0, no trailing zeros. */
static void write_score(struct buf *out, double value)
{
	long parts = lround(value * 1e4);
	char digits[4];
	size_t len = sizeof digits;

	if (parts < 0)
		buf_char(out, '-');
	parts = labs(parts);
	write_count(out, (uint64_t)parts / 10000);
	parts %= 10000;
	if (parts == 0)
		return;
	for (size_t i = sizeof digits; i-- > 0; parts /= 10)
		digits[i] = (char)('0' + parts % 10);
	while (digits[len - 1] == '0')
		len--;
	buf_char(out, '.');
	buf_add(out, digits, len);
}

/* ---- the verdict ---- */

static bool is_hidden(const struct verdict *v, const char *text, size_t at)
{
	for (size_t i = 0; i < v->fact_count; i++)
		if (is_reference(&v->facts[i]) && at >= v->facts[i].start &&
		    at < shown_from(text, v->facts[i].start, v->facts[i].end))
			return true;
	return false;
}

/* text[start..end) as a string; with mask, the characters of references are '*'. */
static void write_slice(struct buf *out, const struct verdict *v, const char *text, size_t start, size_t end, bool mask)
{
	buf_char(out, '"');
	if (!mask)
		write_chars(out, text + start, end - start);
	for (size_t at = start; mask && at < end; at++) {
		if (!is_hidden(v, text, at))
			write_chars(out, text + at, 1);
		else if (char_begins((unsigned char)text[at]))
			buf_char(out, '*');
	}
	buf_char(out, '"');
}

static void write_hits(struct buf *out, const struct verdict *v, const char *text, bool mask)
{
	for (size_t i = 0; i < v->hit_count; i++) {
		const struct hit *hit = &v->hits[i];

		buf_str(out, i ? ",{\"rule\":" : "{\"rule\":");
		write_string(out, hit->rule->id);
		ADD(out, ",\"start\":");
		write_count(out, hit->start);
		ADD(out, ",\"end\":");
		write_count(out, hit->end);
		ADD(out, ",\"text\":");
		write_slice(out, v, text, hit->start, hit->end, mask);
		buf_char(out, '}');
	}
}

static bool first_of_name(const struct verdict *v, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (strcmp(v->facts[i].name, v->facts[index].name) == 0)
			return false;
	return true;
}

static void write_facts(struct buf *out, const struct verdict *v, bool mask)
{
	bool any = false;

	for (size_t i = 0; i < v->fact_count; i++) {
		const struct fact *fact = &v->facts[i];
		/* The fact alone, seen as its own text: masking then needs no offsets of the post. */
		const struct fact whole = {.name = fact->name, .start = 0, .end = strlen(fact->value)};
		const struct verdict alone = {.facts = &whole, .fact_count = 1};

		if (!first_of_name(v, i))
			continue;
		if (any)
			buf_char(out, ',');
		any = true;
		write_string(out, fact->name);
		buf_char(out, ':');
		write_slice(out, &alone, fact->value, 0, whole.end, mask);
	}
}

static void write_judgement(struct buf *out, const struct verdict *v)
{
	ADD(out, "{\"class\":");
	write_string(out, class_name(v->class));
	ADD(out, ",\"complaint\":");
	write_score(out, v->complaint);
	ADD(out, ",\"problem\":");
	write_score(out, v->problem);
	ADD(out, ",\"vent\":");
	write_score(out, v->vent);
	ADD(out, ",\"cause\":");
	write_string(out, cause_name(v->cause));
	ADD(out, ",\"severity\":");
	write_count(out, (uint64_t)v->severity);
	ADD(out, ",\"urgency\":");
	write_count(out, (uint64_t)v->urgency);
	ADD(out, ",\"sentiment\":");
	write_score(out, v->sentiment);
	ADD(out, ",\"lang\":");
	write_string(out, v->lang);
}

void verdict_to_buf(struct buf *out, const struct verdict *v, const char *text, bool mask_references)
{
	write_judgement(out, v);
	ADD(out, ",\"facts\":{");
	write_facts(out, v, mask_references);
	ADD(out, "},\"hits\":[");
	write_hits(out, v, text, mask_references);
	buf_str(out, v->undecided ? "],\"undecided\":true" : "],\"undecided\":false");
	if (v->undecided) {
		ADD(out, ",\"undecided_why\":");
		write_string(out, v->undecided_why);
	}
	ADD(out, ",\"rules\":");
	write_string(out, v->rules);
	buf_char(out, '}');
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
