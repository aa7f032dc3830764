/*
 * settings_table.c - every option of amends.yaml in one table, the reading of one value, and the printed help.
 *
 * A default is written as it would stand in the file and read by the same code, so it cannot disagree with the
 * limits. Adding an option is one line here and one field in settings.h.
 */
#include "watcher/settings_table.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "watcher/nearest.h"

#define TOP(field) offsetof(struct settings, field)
#define BRAND(field) offsetof(struct brand, field)
#define SOURCE(field) offsetof(struct source_entry, field)
#define DAY_S 86400.0

enum { TEXT_MAX = 1000, WORDS_MAX = 500 };

static const struct option_spec options[] = {
	{SECTION_TOP, "store", OPTION_PATH, TOP(store), .otherwise = "amends.db", .help = "the database file"},
	{SECTION_TOP, "desk", OPTION_MAP, .child = SECTION_DESK, .help = "the web desk"},
	{SECTION_DESK, "address", OPTION_TEXT, TOP(desk_address), .otherwise = "127.0.0.1",
	 .help = "IP address it listens on"},
	{SECTION_DESK, "port", OPTION_INT, TOP(desk_port), .otherwise = "8025", .max = 65535,
	 .help = "port it listens on; 0: any free one"},
	{SECTION_DESK, "url", OPTION_ADDRESS, TOP(desk_url),
	 .help = "address people use, when a proxy stands before it"},
	{SECTION_DESK, "undo", OPTION_INT, TOP(undo_s), .otherwise = "30", .max = 3600,
	 .help = "seconds an approved reply waits, so that it can be withdrawn"},
	{SECTION_DESK, "session_hours", OPTION_INT, TOP(session_hours), .otherwise = "12", .min = 1, .max = 720,
	 .help = "hours until a person must log in again"},
	{SECTION_TOP, "classify", OPTION_MAP, .child = SECTION_CLASSIFY, .help = "how posts are judged"},
	{SECTION_CLASSIFY, "thresholds", OPTION_MAP, .child = SECTION_THRESHOLDS,
	 .help = "from which probability a post is of a class"},
	{SECTION_THRESHOLDS, "complaint", OPTION_NUMBER, TOP(thresholds.complaint), .otherwise = "0.4", .max = 1,
	 .help = "at least this: problem or vent"},
	{SECTION_THRESHOLDS, "problem", OPTION_NUMBER, TOP(thresholds.problem), .otherwise = "0.38", .max = 1,
	 .help = "at least this among complaints: problem, else vent"},
	{SECTION_THRESHOLDS, "question", OPTION_NUMBER, TOP(thresholds.question), .otherwise = "0.5", .max = 1,
	 .help = "at least this: question"},
	{SECTION_THRESHOLDS, "praise", OPTION_NUMBER, TOP(thresholds.praise), .otherwise = "0.5", .max = 1,
	 .help = "at least this: praise"},
	{SECTION_THRESHOLDS, "not_ours", OPTION_NUMBER, TOP(thresholds.not_ours), .otherwise = "0.5", .max = 1,
	 .help = "at least this: not ours"},
	{SECTION_TOP, "import", OPTION_MAP, .child = SECTION_IMPORT, .help = "reading files of posts"},
	{SECTION_IMPORT, "page", OPTION_INT, TOP(import_page), .otherwise = "1000", .min = 1, .max = 10000,
	 .help = "posts stored together in one transaction"},

	{SECTION_TOP, "brands", OPTION_LIST, .required = true, .child = SECTION_BRAND,
	 .help = "whose complaints to watch"},
	{SECTION_BRAND, "name", OPTION_TEXT, BRAND(name), .required = true, .help = "how the brand is called"},
	{SECTION_BRAND, "names", OPTION_WORDS, BRAND(names), .help = "words that mean the brand"},
	{SECTION_BRAND, "handles", OPTION_HANDLES, BRAND(handles),
	 .help = "its own accounts: their posts are no complaints"},
	{SECTION_BRAND, "hashtags", OPTION_HASHTAGS, BRAND(hashtags), .help = "its hashtags"},
	{SECTION_BRAND, "exclude", OPTION_WORDS, BRAND(exclude), .help = "a post with one of these words is not ours"},
	{SECTION_BRAND, "signature", OPTION_TEXT, BRAND(signature), .otherwise = "",
	 .help = "how replies are signed: \"Maya at Acme\""},
	{SECTION_BRAND, "contact", OPTION_TEXT, BRAND(contact), .otherwise = "a direct message",
	 .help = "the private way that replies offer"},
	{SECTION_BRAND, "rules", OPTION_PATH, BRAND(rules_dir),
	 .help = "folder of own rules, laid over the shipped ones"},
	{SECTION_BRAND, "templates", OPTION_PATH, BRAND(templates_dir),
	 .help = "folder of own reply templates, before the shipped ones"},

	{SECTION_TOP, "sources", OPTION_LIST, .child = SECTION_SOURCE, .help = "where to look for posts"},
	{SECTION_SOURCE, "platform", OPTION_TEXT, SOURCE(spec.platform), .required = true,
	 .help = "mastodon, ... (see watcher/platform/README.md)"},
	{SECTION_SOURCE, "name", OPTION_TEXT, SOURCE(spec.key), .help = "unique name; made from server and query"},
	{SECTION_SOURCE, "brand", OPTION_TEXT, SOURCE(spec.brand),
	 .help = "a brand's name; the only one when there is one"},
	{SECTION_SOURCE, "server", OPTION_ADDRESS, SOURCE(spec.server), .help = "https://mastodon.social"},
	{SECTION_SOURCE, "hashtag", OPTION_HASHTAG, SOURCE(spec.hashtag),
	 .help = "follow this hashtag (needs no token)"},
	{SECTION_SOURCE, "search", OPTION_TEXT, SOURCE(spec.search), .help = "or: search these words"},
	{SECTION_SOURCE, "mentions", OPTION_FLAG, SOURCE(spec.mentions), .otherwise = "false",
	 .help = "or: mentions of the token's account"},
	{SECTION_SOURCE, "file", OPTION_PATH, SOURCE(spec.file), .help = "or: replay this .jsonl file of posts"},
	{SECTION_SOURCE, "over", OPTION_SECONDS, SOURCE(spec.over_s), .otherwise = "60s", .min = 0, .max = 30 * DAY_S,
	 .help = "replay: spread its posts over this time"},
	{SECTION_SOURCE, "every", OPTION_SECONDS, SOURCE(spec.every_s), .min = 1, .max = DAY_S,
	 .help = "time between two looks; the platform's default"},
	{SECTION_SOURCE, "page_size", OPTION_INT, SOURCE(spec.page_size), .otherwise = "0", .max = 1000,
	 .help = "posts asked for at once; 0: as many as the platform gives"},
	{SECTION_SOURCE, "token_env", OPTION_TEXT, SOURCE(token_env),
	 .help = "environment variable that holds the token"},
	{SECTION_SOURCE, "token_file", OPTION_PATH, SOURCE(token_file),
	 .help = "or: file with the token, readable by its owner alone"},
};

const struct option_spec *option_at(size_t i)
{
	return i < ARRAY_LEN(options) ? &options[i] : NULL;
}

const struct option_spec *option_find(enum section section, const char *key)
{
	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (options[i].section == section && strcmp(options[i].key, key) == 0)
			return &options[i];
	return NULL;
}

static const char *key_at(const void *ctx, size_t i)
{
	const enum section *section = ctx;

	for (size_t k = 0; k < ARRAY_LEN(options); k++)
		if (options[k].section == *section && i-- == 0)
			return options[k].key;
	return NULL;
}

const char *option_nearest(enum section section, const char *key)
{
	return nearest_word(key, key_at, &section);
}

const char *option_type_name(enum option_type type)
{
	switch (type) {
	case OPTION_TEXT:
		return "a text";
	case OPTION_WORDS:
	case OPTION_HANDLES:
	case OPTION_HASHTAGS:
		return "a list of texts";
	case OPTION_HASHTAG:
		return "a hashtag";
	case OPTION_PATH:
		return "a path";
	case OPTION_ADDRESS:
		return "a web address";
	case OPTION_INT:
		return "a whole number";
	case OPTION_NUMBER:
		return "a number";
	case OPTION_SECONDS:
		return "a duration";
	case OPTION_FLAG:
		return "true or false";
	case OPTION_MAP:
		return "a map";
	case OPTION_LIST:
		return "a list of maps";
	}
	return "a value";
}

/* ---- reading one value ---- */

static enum err wrong_type(const struct option_reader *reader, const struct option_spec *option,
			   const struct yaml_node *node, struct error *e_r)
{
	const char *hint = option->type == OPTION_SECONDS ? ", such as 30s, 5m, 1h or 2d" : "";

	if (node->kind == YAML_SCALAR)
		return error_set(e_r, ERR_INVALID, "%s:%d: %s: \"%.60s\" is not %s%s", reader->name, node->line,
				 option->key, node->text, option_type_name(option->type), hint);
	return error_set(e_r, ERR_INVALID, "%s:%d: %s: expected %s%s, not a %s", reader->name, node->line, option->key,
			 option_type_name(option->type), hint, node->kind == YAML_LIST ? "list" : "map");
}

static enum err no_memory(struct error *e_r)
{
	return error_set(e_r, ERR_NOMEM, "configuration: out of memory, or far too large");
}

/* The number at the start of the text and what follows it. */
static bool number_read(const char *text, double *value_r, const char **rest_r)
{
	char *rest;
	double value;

	if (!((text[0] >= '0' && text[0] <= '9') || text[0] == '.' || text[0] == '-' || text[0] == '+'))
		return false; /* no "inf", "nan", blanks */
	if (strpbrk(text, "xXpP") != NULL)
		return false; /* no hexadecimal */
	errno = 0;
	value = strtod(text, &rest);
	if (rest == text || errno != 0 || !isfinite(value))
		return false;
	*value_r = value;
	*rest_r = rest;
	return true;
}

static bool duration_read(const char *text, double *seconds_r)
{
	static const struct {
		const char *unit;
		double seconds;
	} units[] = {{"", 1}, {"s", 1}, {"m", 60}, {"min", 60}, {"h", 3600}, {"d", DAY_S}};
	double value;
	const char *rest;

	if (!number_read(text, &value, &rest))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(units); i++)
		if (strcmp(rest, units[i].unit) == 0) {
			*seconds_r = value * units[i].seconds;
			return true;
		}
	return false;
}

static enum err read_number(const struct option_reader *reader, const struct option_spec *option,
			    const struct yaml_node *node, void *to, struct error *e_r)
{
	double value;
	const char *rest = "";
	bool ok = option->type == OPTION_SECONDS /* "30s" may be quoted, 8025 may not */
			  ? duration_read(node->text, &value)
			  : node->plain && number_read(node->text, &value, &rest) && *rest == '\0';

	if (!ok || (option->type != OPTION_NUMBER && value != floor(value)))
		return wrong_type(reader, option, node, e_r);
	if ((option->min != 0 || option->max != 0) && (value < option->min || value > option->max)) {
		const char *unit = option->type == OPTION_SECONDS ? " seconds" : "";

		return error_set(e_r, ERR_INVALID, "%s:%d: %s: %s is out of range: %.12g to %.12g%s", reader->name,
				 node->line, option->key, node->text, option->min, option->max, unit);
	}
	if (option->type == OPTION_INT)
		*(int *)to = (int)value;
	else if (option->type == OPTION_SECONDS)
		*(int64_t *)to = (int64_t)value;
	else
		*(double *)to = value;
	return ERR_OK;
}

static enum err read_flag(const struct option_reader *reader, const struct option_spec *option,
			  const struct yaml_node *node, void *to, struct error *e_r)
{
	if (node->plain && (strcmp(node->text, "true") == 0 || strcmp(node->text, "yes") == 0))
		*(int *)to = 1;
	else if (node->plain && (strcmp(node->text, "false") == 0 || strcmp(node->text, "no") == 0))
		*(int *)to = 0;
	else
		return wrong_type(reader, option, node, e_r);
	return ERR_OK;
}

/* A text without what its type drops ('@', '#', trailing '/'), in the arena. */
static enum err text_value(const struct option_reader *reader, const struct option_spec *option,
			   const struct yaml_node *node, const char **text_r, struct error *e_r)
{
	const char *text = node->text;
	size_t len = node->len;
	char *copy;

	if (len > TEXT_MAX || strlen(text) != len || strpbrk(text, "\r\n") != NULL)
		return error_set(e_r, ERR_INVALID, "%s:%d: %s: expected one line of at most %d bytes", reader->name,
				 node->line, option->key, TEXT_MAX);
	if ((option->type == OPTION_HANDLES && text[0] == '@') ||
	    ((option->type == OPTION_HASHTAGS || option->type == OPTION_HASHTAG) && text[0] == '#'))
		text++, len--;
	if (option->type == OPTION_ADDRESS) {
		bool http = strncmp(text, "http://", 7) == 0 && text[7] != '\0';

		if ((!http && strncmp(text, "https://", 8) != 0) || strlen(text) < 9 ||
		    strpbrk(text, " \t\"<>") != NULL)
			return error_set(e_r, ERR_INVALID, "%s:%d: %s: \"%.60s\" is not a web address (https://...)",
					 reader->name, node->line, option->key, text);
		while (len > 0 && text[len - 1] == '/')
			len--;
	}
	if (len == 0 && (option->required || option->type != OPTION_TEXT))
		return error_set(e_r, ERR_INVALID, "%s:%d: %s is empty: give %s, or leave the line out", reader->name,
				 node->line, option->key, option_type_name(option->type));
	copy = option->type == OPTION_PATH && text[0] != '/' ? arena_printf(reader->arena, "%s%s", reader->dir, text)
							     : arena_strndup(reader->arena, text, len);
	if (copy == NULL)
		return no_memory(e_r);
	*text_r = copy;
	return ERR_OK;
}

static enum err read_words(const struct option_reader *reader, const struct option_spec *option,
			   const struct yaml_node *node, void *to, struct error *e_r)
{
	const struct yaml_node *item = node->kind == YAML_LIST ? node->child : node;
	size_t count = node->kind == YAML_LIST ? node->count : 1, n = 0;
	const char **words;

	if (count > WORDS_MAX)
		return error_set(e_r, ERR_INVALID, "%s:%d: %s: at most %d entries, not %zu", reader->name, node->line,
				 option->key, WORDS_MAX, count);
	words = arena_array(reader->arena, count + 1, sizeof(*words));
	if (words == NULL)
		return no_memory(e_r);
	for (; n < count; n++, item = item->next) {
		enum err err;

		if (item->kind != YAML_SCALAR)
			return wrong_type(reader, option, item, e_r);
		if (item->len == 0)
			return error_set(e_r, ERR_INVALID, "%s:%d: %s: an entry is empty", reader->name, item->line,
					 option->key);
		err = text_value(reader, option, item, &words[n], e_r);
		if (err != ERR_OK)
			return err;
	}
	*(const char *const **)to = words;
	return ERR_OK;
}

enum err option_read(const struct option_reader *reader, const struct option_spec *option, const struct yaml_node *node,
		     void *base, struct error *e_r)
{
	void *to = (char *)base + option->offset;
	bool words = option->type == OPTION_WORDS || option->type == OPTION_HANDLES || option->type == OPTION_HASHTAGS;

	if (node->kind == YAML_MAP || (node->kind == YAML_LIST && !words))
		return wrong_type(reader, option, node, e_r);
	switch (option->type) {
	case OPTION_WORDS:
	case OPTION_HANDLES:
	case OPTION_HASHTAGS:
		return read_words(reader, option, node, to, e_r);
	case OPTION_INT:
	case OPTION_NUMBER:
	case OPTION_SECONDS:
		return read_number(reader, option, node, to, e_r);
	case OPTION_FLAG:
		return read_flag(reader, option, node, to, e_r);
	default:
		return text_value(reader, option, node, to, e_r);
	}
}

enum err option_defaults(const struct option_reader *reader, enum section section, void *base, struct error *e_r)
{
	static const char *const no_words[] = {NULL};
	enum err err = ERR_OK;

	for (size_t i = 0; i < ARRAY_LEN(options) && err == ERR_OK; i++) {
		const struct option_spec *option = &options[i];
		const char *text = option->otherwise;
		struct yaml_node node = {
			.kind = YAML_SCALAR, .text = text, .len = text ? strlen(text) : 0, .plain = true};

		if (option->section != section)
			continue;
		if (option->type == OPTION_MAP)
			err = option_defaults(reader, option->child, base, e_r);
		else if (option->type == OPTION_WORDS || option->type == OPTION_HANDLES ||
			 option->type == OPTION_HASHTAGS)
			*(const char *const **)((char *)base + option->offset) = no_words;
		else if (text != NULL)
			err = option_read(reader, option, &node, base, e_r);
	}
	return err;
}

/* ---- help ---- */

static void limits_text(const struct option_spec *option, char *out, size_t size)
{
	if (option->min == 0 && option->max == 0)
		snprintf(out, size, "-");
	else if (option->type == OPTION_SECONDS)
		snprintf(out, size, "%.0fs-%.0fd", option->min, option->max / DAY_S);
	else
		snprintf(out, size, "%.12g-%.12g", option->min, option->max);
}

static const char *section_prefix(enum section section)
{
	static const char *const prefixes[] = {
		[SECTION_TOP] = "",
		[SECTION_DESK] = "desk.",
		[SECTION_CLASSIFY] = "classify.",
		[SECTION_THRESHOLDS] = "classify.thresholds.",
		[SECTION_IMPORT] = "import.",
		[SECTION_BRAND] = "brands[].",
		[SECTION_SOURCE] = "sources[].",
	};

	return prefixes[section];
}

void settings_help(FILE *out)
{
	fprintf(out, "%-29s %-16s %-17s %-9s %s\n", "option", "value", "default", "limits", "meaning");
	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		const struct option_spec *option = &options[i];
		const char *otherwise = option->required ? "(required)" : option->otherwise ? option->otherwise : "-";
		char name[64], limits[48];

		if (option->type == OPTION_MAP || option->type == OPTION_LIST)
			continue;
		snprintf(name, sizeof(name), "%s%s", section_prefix(option->section), option->key);
		limits_text(option, limits, sizeof(limits));
		fprintf(out, "%-29s %-16s %-17s %-9s %s\n", name, option_type_name(option->type),
			*otherwise ? otherwise : "\"\"", limits, option->help);
	}
}
