/*
 * settings_table.c - every option of amends.yaml in one table, and the reading of one value (settings_help.c prints
 * it).
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
#define LATITUDE(field) offsetof(struct latitude, field)
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
	{SECTION_THRESHOLDS, "complaint", OPTION_NUMBER, TOP(thresholds.complaint), .otherwise = "0.2", .max = 1,
	 .help = "at least this: problem or vent"},
	{SECTION_THRESHOLDS, "problem", OPTION_NUMBER, TOP(thresholds.problem), .otherwise = "0.22", .max = 1,
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

	{SECTION_TOP, "policy", OPTION_MAP, .child = SECTION_POLICY, .help = "who may let a reply go"},
	{SECTION_POLICY, "sample", OPTION_INT, TOP(policy.sample), .otherwise = "10", .max = 1000,
	 .help = "one in so many replies that one person approved is looked at later; 0: none"},
	{SECTION_POLICY, "two", OPTION_MAP, .child = SECTION_TWO, .help = "what takes two people"},
	{SECTION_TWO, "severity", OPTION_INT, TOP(policy.two.severity), .otherwise = "4", .max = 4,
	 .help = "two people approve from this severity on; 0: never for that"},
	{SECTION_TWO, "urgency", OPTION_INT, TOP(policy.two.urgency), .otherwise = "2", .max = 2,
	 .help = "from this urgency on; 0: never for that"},
	{SECTION_TWO, "reach", OPTION_INT, TOP(policy.two.reach), .otherwise = "25", .max = 100000,
	 .help = "when so many customers report the same; 0: never for that"},
	{SECTION_TWO, "audience", OPTION_COUNT, TOP(policy.two.audience), .otherwise = "10000", .max = 1e9,
	 .help = "when the author has so many followers; 0: never for that"},
	{SECTION_TWO, "links", OPTION_BOOL, TOP(policy.two.links), .otherwise = "true",
	 .help = "when the reply has a link"},
	{SECTION_TWO, "amounts", OPTION_BOOL, TOP(policy.two.amounts), .otherwise = "true",
	 .help = "when the reply names an amount of money that no latitude covers"},
	{SECTION_TWO, "findings", OPTION_BOOL, TOP(policy.two.findings), .otherwise = "true",
	 .help = "when a blocking tone finding is overridden"},
	{SECTION_POLICY, "latitude", OPTION_LIST, .child = SECTION_LATITUDE, .help = "what a role may offer alone"},
	{SECTION_LATITUDE, "role", OPTION_ROLE, LATITUDE(role), .required = true,
	 .help = "this role, and every one above it, may offer"},
	{SECTION_LATITUDE, "remedy", OPTION_REMEDY, LATITUDE(remedy), .required = true,
	 .help = "apology, replacement, refund, discount, credit or call_back"},
	{SECTION_LATITUDE, "up_to", OPTION_NUMBER, LATITUDE(up_to), .otherwise = "0", .max = 1e6,
	 .help = "up to this amount; 0: no amount may be named"},
	{SECTION_LATITUDE, "causes", OPTION_CAUSES, LATITUDE(causes), .help = "for complaints of these causes only"},
	{SECTION_LATITUDE, "severity", OPTION_INT, LATITUDE(severity), .otherwise = "0", .max = 4,
	 .help = "up to this severity; 0: any"},
	{SECTION_POLICY, "first", OPTION_MAP, .child = SECTION_FIRST, .help = "who sees urgent matters first"},
	{SECTION_FIRST, "to", OPTION_TEXT, TOP(policy.first_to), .otherwise = "the duty manager",
	 .help = "whom urgent matters go to first; \"\": nobody in particular"},
	{SECTION_FIRST, "role", OPTION_ROLE, TOP(policy.first_role), .otherwise = "approver",
	 .help = "the least role that may draft, approve or close those"},
	{SECTION_POLICY, "reasons", OPTION_WORDS, TOP(policy.reasons),
	 .otherwise = "settled elsewhere, abuse, spam, nothing to add",
	 .help = "offered for \"deliberately no reply\""},
	{SECTION_POLICY, "hours", OPTION_MAP, .child = SECTION_HOURS, .help = "when people are at work"},
	{SECTION_HOURS, "open", OPTION_TIME, TOP(policy.office.open_min), .otherwise = "09:00",
	 .help = "people are there from, in the machine's time zone (TZ)"},
	{SECTION_HOURS, "close", OPTION_TIME, TOP(policy.office.close_min), .otherwise = "17:00",
	 .help = "until; at most 24:00"},
	{SECTION_HOURS, "days", OPTION_DAYS, TOP(policy.office.days), .otherwise = "mon, tue, wed, thu, fri",
	 .help = "on these days; []: always there"},
	{SECTION_HOURS, "holidays", OPTION_DATES, TOP(policy.office.holidays),
	 .help = "not on these: 2026-12-28, or every year 12-25"},
	{SECTION_POLICY, "promise", OPTION_MAP, .child = SECTION_PROMISE, .help = "when answers are promised"},
	{SECTION_PROMISE, "within", OPTION_SECONDS, TOP(policy.promise_s), .otherwise = "8h", .min = 60,
	 .max = 30 * DAY_S, .help = "opening time within which an answer is meant to come"},
	{SECTION_PROMISE, "buffer", OPTION_SECONDS, TOP(policy.buffer_s), .otherwise = "8h", .max = 30 * DAY_S,
	 .help = "opening time added to what is said in public"},
	{SECTION_POLICY, "warn_only", OPTION_WORDS, TOP(policy.warn_only),
	 .help = "tone rules or groups of them that only warn"},
	{SECTION_POLICY, "block", OPTION_WORDS, TOP(policy.block), .help = "... that block"},

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
	 .help = "folder of own reply templates, beside the shipped ones; one with a shipped one's id replaces it"},
	{SECTION_BRAND, "faq", OPTION_PATH, BRAND(faq), .help = "file of own answers to questions"},

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
	case OPTION_COUNT:
		return "a whole number";
	case OPTION_NUMBER:
		return "a number";
	case OPTION_SECONDS:
		return "a duration";
	case OPTION_FLAG:
	case OPTION_BOOL:
		return "true or false";
	case OPTION_ROLE:
		return "a role";
	case OPTION_REMEDY:
		return "a remedy";
	case OPTION_CAUSES:
		return "a list of causes";
	case OPTION_DAYS:
		return "a list of days";
	case OPTION_TIME:
		return "a time of day";
	case OPTION_DATES:
		return "a list of dates";
	case OPTION_MAP:
		return "a map";
	case OPTION_LIST:
		return "a list of maps";
	}
	return "a value";
}

/* ---- reading one value ---- */

static const char *type_hint(enum option_type type)
{
	switch (type) {
	case OPTION_SECONDS:
		return ", such as 30s, 5m, 1h or 2d";
	case OPTION_TIME:
		return ", such as \"09:00\"";
	case OPTION_ROLE:
		return " (agent, approver or admin)";
	case OPTION_REMEDY:
		return " (apology, replacement, refund, discount, credit, call_back)";
	default:
		return "";
	}
}

static enum err wrong_type(const struct option_reader *reader, const struct option_spec *option,
			   const struct yaml_node *node, struct error *e_r)
{
	const char *hint = type_hint(option->type);

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
	else if (option->type == OPTION_SECONDS || option->type == OPTION_COUNT)
		*(int64_t *)to = (int64_t)value;
	else
		*(double *)to = value;
	return ERR_OK;
}

static enum err read_flag(const struct option_reader *reader, const struct option_spec *option,
			  const struct yaml_node *node, void *to, struct error *e_r)
{
	bool yes = node->plain && (strcmp(node->text, "true") == 0 || strcmp(node->text, "yes") == 0);
	bool no = node->plain && (strcmp(node->text, "false") == 0 || strcmp(node->text, "no") == 0);

	if (!yes && !no)
		return wrong_type(reader, option, node, e_r);
	if (option->type == OPTION_BOOL)
		*(bool *)to = yes;
	else
		*(int *)to = yes;
	return ERR_OK;
}

/* A role or a remedy. Viewers neither offer nor approve anything. */
static enum err read_word(const struct option_reader *reader, const struct option_spec *option,
			  const struct yaml_node *node, void *to, struct error *e_r)
{
	enum remedy remedy;
	enum role role;

	if (option->type == OPTION_ROLE && role_from_name(node->text, &role) && role != ROLE_VIEWER)
		*(enum role *)to = role;
	else if (option->type == OPTION_REMEDY && remedy_from_name(node->text, &remedy))
		*(enum remedy *)to = remedy;
	else
		return wrong_type(reader, option, node, e_r);
	return ERR_OK;
}

static bool digits(const char *text, const char *shape)
{
	for (; *shape != '\0'; text++, shape++)
		if (*shape == '9' ? *text < '0' || *text > '9' : *text != *shape)
			return false;
	return *text == '\0';
}

static int two_digits(const char *text)
{
	return (text[0] - '0') * 10 + text[1] - '0';
}

static enum err read_time(const struct option_reader *reader, const struct option_spec *option,
			  const struct yaml_node *node, void *to, struct error *e_r)
{
	int minutes = digits(node->text, "99:99") && two_digits(node->text + 3) < 60
			      ? 60 * two_digits(node->text) + two_digits(node->text + 3)
			      : -1;

	if (minutes < 0 || minutes > 24 * 60)
		return wrong_type(reader, option, node, e_r);
	*(int *)to = minutes;
	return ERR_OK;
}

static bool date_ok(const char *text)
{
	static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	const char *month = digits(text, "9999-99-99") ? text + 5 : text;

	return digits(month, "99-99") && two_digits(month) >= 1 && two_digits(month) <= 12 &&
	       two_digits(month + 3) >= 1 && two_digits(month + 3) <= days[two_digits(month) - 1];
}

/* The bit of a cause or a day; 0: there is none such. */
static unsigned bit_of(enum option_type type, const char *word)
{
	static const char *const days[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
	enum cause cause;

	if (type == OPTION_CAUSES)
		return cause_from_name(word, &cause) ? 1u << cause : 0;
	for (size_t i = 0; i < ARRAY_LEN(days); i++)
		if (strcmp(days[i], word) == 0)
			return 1u << i;
	return 0;
}

/* A list of causes or days, or one. */
static enum err read_mask(const struct option_reader *reader, const struct option_spec *option,
			  const struct yaml_node *node, void *to, struct error *e_r)
{
	const struct yaml_node *item = node->kind == YAML_LIST ? node->child : node;
	size_t count = node->kind == YAML_LIST ? node->count : 1;
	unsigned mask = 0;

	for (size_t n = 0; n < count; n++, item = item->next) {
		unsigned bit = item->kind == YAML_SCALAR ? bit_of(option->type, item->text) : 0;

		if (item->kind != YAML_SCALAR)
			return wrong_type(reader, option, item, e_r);
		if (bit == 0)
			return error_set(e_r, ERR_INVALID, "%s:%d: %s: \"%.60s\" is no %s", reader->name, item->line,
					 option->key, item->text,
					 option->type == OPTION_DAYS ? "day (mon, tue, wed, thu, fri, sat, sun)"
								     : "cause (amends queue list --help)");
		mask |= bit;
	}
	*(unsigned *)to = mask;
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
		if (option->type == OPTION_DATES && !date_ok(words[n]))
			return error_set(e_r, ERR_INVALID,
					 "%s:%d: %s: \"%.60s\" is not a date, such as 2026-12-28 or 12-25",
					 reader->name, item->line, option->key, words[n]);
	}
	*(const char *const **)to = words;
	return ERR_OK;
}

static bool is_list(enum option_type type)
{
	return type == OPTION_WORDS || type == OPTION_HANDLES || type == OPTION_HASHTAGS || type == OPTION_CAUSES ||
	       type == OPTION_DAYS || type == OPTION_DATES;
}

enum err option_read(const struct option_reader *reader, const struct option_spec *option, const struct yaml_node *node,
		     void *base, struct error *e_r)
{
	void *to = (char *)base + option->offset;

	if (node->kind == YAML_MAP || (node->kind == YAML_LIST && !is_list(option->type)))
		return wrong_type(reader, option, node, e_r);
	switch (option->type) {
	case OPTION_WORDS:
	case OPTION_HANDLES:
	case OPTION_HASHTAGS:
	case OPTION_DATES:
		return read_words(reader, option, node, to, e_r);
	case OPTION_CAUSES:
	case OPTION_DAYS:
		return read_mask(reader, option, node, to, e_r);
	case OPTION_INT:
	case OPTION_COUNT:
	case OPTION_NUMBER:
	case OPTION_SECONDS:
		return read_number(reader, option, node, to, e_r);
	case OPTION_FLAG:
	case OPTION_BOOL:
		return read_flag(reader, option, node, to, e_r);
	case OPTION_ROLE:
	case OPTION_REMEDY:
		return read_word(reader, option, node, to, e_r);
	case OPTION_TIME:
		return read_time(reader, option, node, to, e_r);
	default:
		return text_value(reader, option, node, to, e_r);
	}
}

/* "a, b" as the list it would be in the file; NULL: no memory. */
static struct yaml_node *list_node(struct arena *arena, const char *text)
{
	struct yaml_node *list = arena_alloc(arena, sizeof(*list)), **to;

	if (list == NULL)
		return NULL;
	list->kind = YAML_LIST;
	to = &list->child;
	while (text != NULL && *text != '\0') {
		struct yaml_node *item = arena_alloc(arena, sizeof(*item));
		size_t len = strcspn(text, ",");

		if (item == NULL || (item->text = arena_strndup(arena, text, len)) == NULL)
			return NULL;
		item->len = len;
		item->plain = true;
		*to = item;
		to = &item->next;
		list->count++;
		text += len;
		text += strspn(text, ", ");
	}
	return list;
}

static enum err option_default(const struct option_reader *reader, const struct option_spec *option, void *base,
			       struct error *e_r)
{
	const char *text = option->otherwise;
	struct yaml_node scalar = {.kind = YAML_SCALAR, .text = text, .len = text ? strlen(text) : 0, .plain = true};
	const struct yaml_node *node = is_list(option->type) ? list_node(reader->arena, text) : &scalar;

	if (node == NULL)
		return no_memory(e_r);
	return text != NULL || is_list(option->type) ? option_read(reader, option, node, base, e_r) : ERR_OK;
}

enum err option_defaults(const struct option_reader *reader, enum section section, void *base, struct error *e_r)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < ARRAY_LEN(options) && err == ERR_OK; i++) {
		if (options[i].section != section)
			continue;
		if (options[i].type == OPTION_MAP)
			err = option_defaults(reader, options[i].child, base, e_r);
		else if (options[i].type != OPTION_LIST)
			err = option_default(reader, &options[i], base, e_r);
	}
	return err;
}
