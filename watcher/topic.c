/*
 * topic.c - see topic.h. Letters are compared by libunistring's simple lower-case mapping, code point by code point.
 */
#include "watcher/topic.h"

#include <string.h>
#include <unicase.h>
#include <unictype.h>
#include <unistr.h>

#include "rules.h"
#include "utf8.h"

enum { THING_MAX = 60 }; /* bytes */

static uint32_t lower_at(const char *s, const char *end, size_t *len_r)
{
	return uc_tolower(utf8_decode(s, end, len_r));
}

/* Is the word at s, letter by letter? Sets where it ends. */
static bool word_here(const char *s, const char *end, const char *word, const char **after_r)
{
	const char *word_end = word + strlen(word);

	while (word < word_end) {
		size_t len, word_len;

		if (s >= end || lower_at(s, end, &len) != lower_at(word, word_end, &word_len))
			return false;
		s += len;
		word += word_len;
	}
	*after_r = s;
	return true;
}

bool word_in_text(const char *text, const char *word)
{
	const char *end = text + strlen(text);
	bool inside = false; /* the character before is part of a word */

	for (const char *s = text; s < end;) {
		size_t len;
		uint32_t letter = utf8_decode(s, end, &len);
		const char *after;

		if (!inside && word_here(s, end, word, &after)) {
			size_t after_len;

			if (after == end || !uc_is_alnum(utf8_decode(after, end, &after_len)))
				return true;
		}
		inside = uc_is_alnum(letter);
		s += len;
	}
	return false;
}

/* ---- topics ---- */

static const char *fact_value(const struct verdict *verdict, const char *name)
{
	for (size_t i = 0; i < verdict->fact_count; i++)
		if (strcmp(verdict->facts[i].name, name) == 0)
			return verdict->facts[i].value;
	return NULL;
}

/* Lower case, blanks to single spaces; cut at THING_MAX. */
static size_t thing_lower(const char *value, char *out)
{
	const char *end = value + strlen(value);
	size_t used = 0;

	for (const char *s = value; s < end;) {
		size_t len;
		uint32_t letter = lower_at(s, end, &len);
		int wrote;

		s += len;
		if (uc_is_property_white_space(letter)) {
			if (used > 0 && out[used - 1] != ' ' && used < THING_MAX)
				out[used++] = ' ';
			continue;
		}
		wrote = u8_uctomb((uint8_t *)out + used, letter, (int)(THING_MAX - used));
		if (wrote <= 0)
			break;
		used += (size_t)wrote;
	}
	while (used > 0 && out[used - 1] == ' ')
		used--;
	out[used] = '\0';
	return used;
}

static const char *without_article(const char *thing)
{
	static const char *const articles[] = {"the ",   "my ",   "a ",    "an ",    "your ", "our ",
					       "their ", "this ", "that ", "meine ", "mein ", "die ",
					       "der ",   "das ",  "mi ",   "el ",    "la ",   "los "};

	for (size_t i = 0; i < ARRAY_LEN(articles); i++)
		if (strncmp(thing, articles[i], strlen(articles[i])) == 0)
			return thing + strlen(articles[i]);
	return thing;
}

/* "parcels" -> "parcel", "glass" stays. */
static void singular(char *thing)
{
	size_t len = strlen(thing);

	if (len > 3 && thing[len - 1] == 's' && strchr("siu'", thing[len - 2]) == NULL)
		thing[len - 1] = '\0';
}

/* "parcel" for "My Parcels" in out (THING_MAX + 1 bytes); NULL: no thing was captured, or only blanks. */
static const char *thing_plain(const struct verdict *verdict, char *out)
{
	const char *value = fact_value(verdict, "thing");

	if (value == NULL || thing_lower(value, out) == 0)
		return NULL;
	singular(out);
	return without_article(out);
}

/* By what one reaches somebody: "phone", "hotline desk". An order that they cannot ask about is theirs alone. */
static bool is_channel(const char *thing)
{
	static const char *const channels[] = {
		"phone",   "telephone", "landline", "line",      "hotline",  "helpline", "call",        "number",
		"chat",    "livechat",  "bot",      "chatbot",   "robot",    "email",    "e-mail",      "mail",
		"inbox",   "message",   "dm",       "form",      "desk",     "helpdesk", "switchboard", "reception",
		"office",  "counter",   "branch",   "centre",    "center",   "telefon",  "leitung",     "nummer",
		"büro",    "filiale",   "schalter", "nachricht", "formular", "teléfono", "telefono",    "línea",
		"linea",   "número",    "numero",   "correo",    "mensaje",  "oficina",  "formulario",  "téléphone",
		"ligne",   "numéro",    "courriel", "bureau",    "agence",   "guichet",  "formulaire",  "messaggio",
		"ufficio", "sportello", "modulo",   "telefone",  "linha",    "mensagem", "escritório",  "agência",
		"balcão",  "formulário"};

	for (size_t i = 0; i < ARRAY_LEN(channels); i++)
		if (word_in_text(thing, channels[i]))
			return true;
	return false;
}

/* Does another rule that hit say the same of the same cause? One alone may be a word in passing. */
static bool is_seconded(const struct verdict *verdict, const struct rule *rule)
{
	for (size_t i = 0; i < verdict->hit_count; i++) {
		const struct rule *other = verdict->hits[i].rule;

		if (other != rule && other->topic != NULL && other->cause == rule->cause &&
		    strcmp(other->topic, rule->topic) == 0)
			return true;
	}
	return false;
}

/* The rule that says the topic; NULL: none does. */
static const struct rule *topic_rule(const struct verdict *verdict)
{
	const struct rule *seconded = NULL;

	for (size_t i = 0; i < verdict->hit_count; i++) {
		const struct rule *rule = verdict->hits[i].rule;

		if (rule->topic == NULL)
			continue;
		if (rule->cause == verdict->cause)
			return rule;
		if (seconded == NULL && is_seconded(verdict, rule))
			seconded = rule;
	}
	return seconded;
}

enum err topic_of(struct arena *arena, const struct verdict *verdict, const char **topic_r, struct error *e_r)
{
	const struct rule *rule = topic_rule(verdict);
	char plain[THING_MAX + 1];
	const char *what = NULL, *topic;

	if (rule != NULL)
		what = rule->topic;
	else if (verdict->cause == CAUSE_REACHABILITY)
		what = thing_plain(verdict, plain);
	if (rule == NULL && what != NULL && !is_channel(what))
		what = NULL;
	if (verdict->cause == CAUSE_NONE || what == NULL) {
		*topic_r = NULL;
		return ERR_OK;
	}
	topic = arena_printf(arena, "%s:%s", cause_name(rule ? rule->cause : verdict->cause), what);
	if (topic == NULL)
		return error_set(e_r, ERR_NOMEM, "out of memory");
	*topic_r = topic;
	return ERR_OK;
}
