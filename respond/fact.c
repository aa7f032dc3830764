/*
 * fact.c - which of a customer's own words may be repeated in a public reply, and how.
 *
 * A reply that names the matter ("your parcel") is read by a person; one that names it wrongly is read by everybody. So
 * this file drops whatever it is not sure of: a template without the fact is always there. Nothing private is let
 * through (numbers of more than four digits, addresses, handles), nothing insulting, nothing that would be untrue by
 * the time the reply is read ("yesterday").
 */
#include "fact.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unicase.h>
#include <unictype.h>

#include "attr.h"
#include "utf8.h"

#define FACT_CHARS_MAX 40
#define FACT_BYTES_MAX 120
#define FACT_WORDS_MAX 5
#define FACT_DIGITS_MAX 4
#define NEAR_BYTES 40 /* how far around a fact its meaning is looked for */
#define NAME_CHARS_MIN 2
#define NAME_CHARS_MAX 20

#define FACT_WORD(name, word) word,
static const char *const kind_names[] = {FACT_KINDS(FACT_WORD)};
#undef FACT_WORD

int fact_kind_from_name(const char *word, enum fact_kind *kind_r)
{
	for (size_t i = 0; i < ARRAY_LEN(kind_names); i++) {
		if (strcmp(kind_names[i], word) == 0) {
			*kind_r = (enum fact_kind)i;
			return 1;
		}
	}
	return 0;
}

/* ---- words that decide; lists end with NULL ---- */

/* In front of the matter itself: "my parcel" is "parcel" after our own "your". */
static const char *const leading[] = {
	"my",  "our", "the",  "a",   "an",   "this",  "that",   "these",  "those",   "your",    "their",  "his",
	"her", "its", "some", "any", "mein", "meine", "meinen", "meinem", "meiner",  "unser",   "unsere", "der",
	"die", "das", "den",  "dem", "ein",  "eine",  "einen",  "ihr",    "ihre",    "eure",    "mi",     "mis",
	"el",  "la",  "los",  "las", "un",   "una",   "su",     "sus",    "nuestro", "nuestra", "this",   NULL};
static const char *const leading_date[] = {"on",   "since", "from",    "last", "this",  "next",   "by", "am",
					   "seit", "vom",   "letzten", "el",   "desde", "pasado", NULL};
static const char *const leading_duration[] = {"for",   "over", "about", "almost",  "nearly", "around",
					       "after", "the",  "last",  "past",    "seit",   "fast",
					       "desde", "hace", "casi",  "another", NULL};
static const char *const leading_place[] = {"in", "at", "from", "to", "near", "bei", "en", "de", NULL};

/* Says nothing, or cannot be owned. */
static const char *const vague[] = {
	"it", "this", "that", "them", "they", "you", "us", "me", "one", "stuff", "thing", "things", "something",
	"anything", "nothing", "everything", "someone", "anyone", "nobody", "people", "company", "shit", "time",
	"times", "money", "life", "day", "days", "way", "lot", "mind", "business", "problem", "issue", "question",
	"complaint", "help", "fault", "joke", "service", "customer", "customers", "support", "staff", "team", "fan",
	"friend", "wife", "husband", "kids", "family",
	/* the brand's rather than the customer's: "your website" would be odd */
	"website", "site", "checkout", "queue", "packaging", "machine", "ticket machine", "card reader", "lift",
	"toilet", "app", "apps", "game", "games", "device", "devices", "product", "products", "update", "feature",
	"lounge", "screen", "keyboard",
	/* not to be named in public, or as a doubt ("your claim") */
	"password", "passwords", "pin", "code", "claim", "claims", "query", "queries",
	"enquiry", "inquiry", "request", "progress", "box", "card", "credit card", "bank account", "policy",
	"song", "video", "channel", "size", "sound", "picture", "color", "colour", "number", "page", "es", "das",
	"alles", "nichts", "etwas", "geld", "zeit", "leben", "problem", "algo", "nada", "todo", "dinero", "tiempo",
	"vida", "problema", NULL};

/* How many, at the start of a duration. */
static const char *const numbers[] = {
	"a",     "an",     "one",    "two",     "three", "four",    "five",   "six",    "seven", "eight", "nine",
	"ten",   "eleven", "twelve", "several", "half",  "ein",     "eine",   "zwei",   "drei",  "vier",  "fünf",
	"sechs", "sieben", "acht",   "neun",    "zehn",  "mehrere", "un",     "una",    "dos",   "tres",  "cuatro",
	"cinco", "seis",   "siete",  "ocho",    "nueve", "diez",    "varios", "varias", NULL};

static const char *const units[] = {"min*",    "hour*",   "hr*",    "day*",   "week*", "month*", "year*",
				    "stunde*", "tag*",    "woche*", "monat*", "jahr*", "hora*",  "día*",
				    "dia*",    "semana*", "mes*",   "año*",   NULL};

/* True when it was written, not when it is read. */
static const char *const relative[] = {"today",   "yesterday", "tomorrow", "tonight", "now",   "morning", "afternoon",
				       "evening", "night",     "week",     "weekend", "month", "year",    "ago",
				       "heute",   "gestern",   "morgen",   "jetzt",   "abend", "woche",   "monat",
				       "jahr",    "hoy",       "ayer",     "anoche",  "ahora", "semana",  "mes",
				       "año",     "mañana",    NULL};

/* Whole words, or stems marked with '*': never repeated. */
static const char *const insulting[] = {
	"fuck*",       "shit*",    "bullshit*", "crap*",     "damn*",    "ass",       "arse*",      "asshole*",
	"bastard*",    "bitch*",   "bloody",    "cunt*",     "dick*",    "idiot*",    "moron*",     "stupid*",
	"dumb*",       "scam*",    "thie*",     "crook*",    "liar*",    "lying",     "lies",       "fraud*",
	"trash*",      "garbage",  "rubbish",   "worst",     "terrible", "horrible",  "awful",      "useless",
	"pathetic",    "disgust*", "joke*",     "clown*",    "suck*",    "hell",      "wtf",        "ridiculous*",
	"incompeten*", "rip",      "ripoff",    "piss*",     "cheat*",   "steal*",    "stole*",     "nazi*",
	"racist*",     "retard*",  "scheiss*",  "scheiß*",   "mist*",    "dreck*",    "arsch*",     "betrug*",
	"betrüg*",     "abzock*",  "saftladen", "mierda*",   "puta*",    "puto*",     "estafa*",    "ladron*",
	"ladrón*",     "basura*",  "asco*",     "asqueros*", "inútil*",  "so-called", "overpriced", "broken",
	"faulty",      "damaged",  "defective", "kaputt*",   "defekt*",  "roto",      "rota",       NULL};

/* First words of display names that are not first names. */
static const char *const not_names[] = {
	"the",        "team",         "official",     "news",    "info",      "support",  "admin",    "help",
	"real",       "not",          "angry",        "just",    "mr",        "mrs",      "ms",       "miss",
	"dr",         "sir",          "lady",         "dad",     "mum",       "mom",      "big",      "little",
	"old",        "new",          "my",           "your",    "our",       "we",       "me",       "user",
	"customer",   "anon",         "anonymous",    "unknown", "nobody",    "someone",  "somebody", "no",
	"yes",        "hello",        "hi",           "hey",     "stop",      "free",     "save",     "justice",
	"crypto",     "team",         "club",         "radio",   "city",      "fc",       "shop",     "store",
	"daily",      "live",         "best",         "bad",     "good",      "very",     "still",    "never",
	"always",     "ex",           "former",       "only",    "one",       "two",      "black",    "white",
	"red",        "blue",         "green",        "happy",   "sad",       "mad",      "tired",    "grumpy",
	"crazy",      "super",        "king",         "queen",   "prince",    "princess", "captain",  "doctor",
	"professor",  "father",       "mother",       "lord",    "saint",     "night",    "day",      "moon",
	"sun",        "star",         "space",        "cat",     "dog",       "cats",     "dogs",     "coffee",
	"beer",       "wine",         "game",         "gamer",   "gaming",    "music",    "book",     "books",
	"art",        "tech",         "code",         "data",    "train",     "bus",      "bike",     "travel",
	"frustrated", "annoyed",      "disappointed", "unhappy", "concerned", "der",      "die",      "das",
	"herr",       "frau",         "ein",          "eine",    "el",        "la",       "los",      "las",
	"don",        "doña",         "señor",        "señora",  "un",        "una",      "account",  "page",
	"bot",        "test",         "random",       "some",    "every",     "all",      "an",       "it",
	"its",        "this",         "that",         "what",    "who",       "why",      "how",      "proud",
	"retired",    "professional", "legal",        "digital", "social",    "media",    "press",    "editor",
	"writer",     "fan",          "fans",         "united",  "local",     "global",   "world",    "north",
	"south",      "east",         "west",         "deleted", "former",    "guest",    "member",   "dona",
	"seu",        "sr",           "sra",          "senhor",  "senhora",   "doutor",   "doutora",  "cliente",
	"loja",       "oficial",      "meu",          "minha",   "uma",       "os",       "as",       "mãe",
	"pai",        "não",          "anônimo",      "signor",  "signora",   "dott",     "avv",      "prof",
	"utente",     "anonimo",      "anonima",      "negozio", "ufficiale", "mamma",    "papà",     "nonna",
	"nonno",      "il",           "gli",          "uno",     "non",       "sono",     "le",
	"les",        "des",          "du",           "une",     "mon",       "ma",       "mes",      "notre",
	"allez",      "vive",         "petit",        "petite",  "grand",     "grande",   "gros",     "grosse",
	"papa",       "maman",        "mamie",        "papy",    "belle",     "beau",     "roi",      "reine",
	"monsieur",   "madame",       "jamais",       "toujours", "merci",    "bonjour",  "salut",    "vieux",
	"oma",        "opa",          "mutti",        "vati",    "kleine",    "kleiner",  "große",    "großer",
	"alte",       "alter",        "nie",          "immer",   "mein",      "meine",    "unser",    "guten",
	"hallo",      "danke",        "keine",        "kein",    "wütende",   "wütender", "amor",     "vamos",
	"arriba",     "viva",         "dios",         "rey",     "reina",     "mamá",     "abuela",   "abuelo",
	"hola",       "gracias",      "nunca",        "siempre", "mi",        "tu",       "todo",     "toda",
	"soy",        "solo",         "forza",        "ciao",    "grazie",    "mai",      "sempre",   "mio",
	"amore",        "re",           "regina",  "bello",    "babbo",    "piccola",
	"piccolo",    "fora",         "mamãe",        "papai",   "vovó",      "vovô",     "rei",      "rainha",
	"olá",        "obrigado",     "obrigada",     "sempre",  "força",     "deus",     "dio",      "gott",
	"dieu",       "god",          NULL};

static bool listed(const char *const *list, const char *word, size_t len)
{
	for (; *list != NULL; list++) {
		size_t n = strlen(*list);

		if (n > 0 && (*list)[n - 1] == '*' && len >= n - 1 && strncasecmp(*list, word, n - 1) == 0)
			return true;
		if (n == len && strncasecmp(*list, word, len) == 0)
			return true;
	}
	return false;
}

static size_t word_length(const char *s)
{
	return strcspn(s, " ");
}

static bool any_word(const char *const *list, const char *s)
{
	for (; *s != '\0'; s += strspn(s, " ")) {
		size_t n = word_length(s);

		if (listed(list, s, n))
			return true;
		s += n;
	}
	return false;
}

/* A thing in front of one of these is something else: "the phone number", "a flight attendant", "the phone case". */
static const char *const compound[] = {
	"number", "numbers", "call",   "calls", "line",       "lines",  "support",  "service", "services",   "store",
	"stores", "company", "page",   "site",  "website",    "app",    "agent*",   "staff",   "crew*",      "desk",
	"status", "details", "info",   "fee",   "fees",       "charge", "charges",  "cost",    "costs",      "price*",
	"policy", "address", "driver", "guy",   "attendant*", "person", "people",   "shop",    "department", "team",
	"card",   "manager", "lady",   "man",   "operator",   "owner",  "industry", "market",  "case",       "cases",
	"cover",  "covers",  "holder", "charger*", NULL};
/* In front of a thing: it is named because it is not the matter. */
static const char *const cleared[] = {"not a problem with", "no problem with", "no problems with", "not an issue with",
				      "no issue with",      "no issues with",  "nothing wrong with", "not the fault of",
				      "it is not",          "it isn't",        "it's not",           NULL};
/* Where something happens rather than what: "it fails on my phone", "it fails in my car". */
static const char *const carrier[] = {"phone*", "iphone*", "ipad*", "tablet*",  "laptop*", "computer*", "pc",
				      "mac",    "macbook", "tv",    "console*", "xbox",    "browser*",  "car",     "room",
				      NULL};

/* ---- what characters may be in it ---- */

/* Copies value with single blanks and without punctuation around. false: something in it must not be repeated. */
static bool value_clean(const char *value, char out[FACT_BYTES_MAX + 1])
{
	const char *end = value + strlen(value);
	size_t n = 0, chars = 0, digits = 0, words = 1, step;

	for (const char *at = value; at < end; at += step) {
		uint32_t c = utf8_decode(at, end, &step);

		if (c == ' ' || c == '\t' || c == '\n' || c == 0xa0) {
			if (n > 0 && out[n - 1] != ' ') {
				out[n++] = ' ';
				words++;
			}
			continue;
		}
		digits += c >= '0' && c <= '9';
		/* '@', '#', "//", brackets, quotes, currency, emoji: all not for us; a '.' inside a word is an address.
		 */
		if (!uc_is_alpha(c) && !(c >= '0' && c <= '9') && c != 0x2019 &&
		    (c >= 0x80 || strchr("-'.&/:", (int)c) == NULL))
			return false;
		if (c == '.' && at + 1 < end && at[1] != ' ' && !(at[1] >= '0' && at[1] <= '9'))
			return false;
		if ((c == ':' || c == '/') && at + 1 < end && (at[1] == '/' || at[1] == ':'))
			return false;
		if (n + step + 1 > FACT_BYTES_MAX || ++chars > FACT_CHARS_MAX)
			return false;
		memcpy(out + n, at, step);
		n += step;
	}
	while (n > 0 && strchr(" .-/:'&", out[n - 1]) != NULL) {
		words -= out[n - 1] == ' ';
		n--;
	}
	out[n] = '\0';
	return chars >= 2 && digits <= FACT_DIGITS_MAX && words <= FACT_WORDS_MAX;
}

/* ---- case ---- */

static bool sentence_start(const char *text, size_t at)
{
	if (text == NULL)
		return false;
	while (at > 0 && strchr(" \t\n\"'", text[at - 1]) != NULL)
		at--;
	return at == 0 || strchr(".!?:-", text[at - 1]) != NULL;
}

static bool upper_all(const char *s)
{
	const char *end = s + strlen(s);
	size_t letters = 0, step;

	for (; s < end; s += step) {
		uint32_t c = utf8_decode(s, end, &step);

		if (uc_is_lower(c))
			return false;
		letters += uc_is_upper(c);
	}
	return letters > 3; /* "TV", "ATM", "WIFI" apart: short ones are written so */
}

static bool upper_first(const char *s)
{
	size_t step;

	return *s != '\0' && uc_is_upper(utf8_decode(s, s + strlen(s), &step));
}

/* Is the second letter lower case, so that the capital is only the sentence's? ("Parcel", not "TV", "iPhone") */
static bool capital_only(const char *s)
{
	const char *end = s + strlen(s);
	size_t step;

	if (!upper_first(s))
		return false;
	(void)utf8_decode(s, end, &step);
	return s + step < end && uc_is_lower(utf8_decode(s + step, end, &step));
}

static const char *lower_some(struct arena *arena, const char *s, size_t bytes)
{
	size_t len = 0;
	uint8_t *lower = u8_tolower((const uint8_t *)s, bytes, NULL, NULL, NULL, &len);
	char *out = NULL;

	if (lower != NULL)
		out = arena_printf(arena, "%.*s%s", (int)len, (const char *)lower, s + bytes);
	free(lower);
	return out;
}

static const char *value_case(struct arena *arena, const char *s, bool starts, const char *lang)
{
	bool german = strcmp(lang, "de") == 0;
	size_t first;

	(void)utf8_decode(s, s + strlen(s), &first);
	if (upper_all(s)) {
		size_t keep = german ? first : 0;
		const char *rest = lower_some(arena, s + keep, strlen(s + keep));

		return rest != NULL ? arena_printf(arena, "%.*s%s", (int)keep, s, rest) : NULL;
	}
	/* German nouns keep their capital; elsewhere one at the start of a sentence means nothing. */
	if (!german && starts && capital_only(s))
		return lower_some(arena, s, first);
	return arena_strdup(arena, s);
}

/* "last MONDAY", "3rd of march": weekdays and months have capitals. */
static const char *date_case(struct arena *arena, const char *s)
{
	char *out = arena_strdup(arena, s);

	for (char *at = out; at != NULL && *at != '\0';) {
		size_t n = word_length(at);

		for (size_t i = 0; i < n; i++)
			at[i] = (char)tolower((unsigned char)at[i]);
		if (n > 2)
			*at = (char)toupper((unsigned char)*at);
		at += n;
		at += strspn(at, " ");
	}
	return out;
}

/* ---- facts ---- */

static const char *skip_leading(const char *s, const char *const *list)
{
	while (*s != '\0' && s[word_length(s)] == ' ' && listed(list, s, word_length(s))) {
		s += word_length(s);
		s += strspn(s, " ");
	}
	return s;
}

static bool is_brand(const char *s, const struct brand *brand)
{
	if (brand == NULL)
		return false;
	if (brand->name != NULL && strcasecmp(s, brand->name) == 0)
		return true;
	for (size_t i = 0; brand->names != NULL && brand->names[i] != NULL; i++) {
		if (strcasecmp(s, brand->names[i]) == 0)
			return true;
	}
	for (size_t i = 0; brand->handles != NULL && brand->handles[i] != NULL; i++) {
		if (strcasecmp(s, brand->handles[i]) == 0)
			return true;
	}
	return false;
}

static const char *kind_strip(enum fact_kind kind, const char *s)
{
	switch (kind) {
	case FACT_DATE:
		return skip_leading(s, leading_date);
	case FACT_DURATION:
		return skip_leading(s, leading_duration);
	case FACT_PLACE:
		return skip_leading(skip_leading(s, leading_place), leading);
	case FACT_THING:
		return skip_leading(s, leading);
	default:
		return s;
	}
}

/* "three weeks", "2 hours": what "... is a long time" can be said of. Not "1.75 hour", not "week two". */
static bool duration_fits(const char *s)
{
	size_t len = word_length(s), digits = strspn(s, "0123456789");

	return s[len] == ' ' && ((digits > 0 && digits == len) || listed(numbers, s, len)) && any_word(units, s);
}

/* "8 hrs" is written "8 hours" in a reply. */
static const char *duration_words(struct arena *arena, const char *s)
{
	static const struct {
		const char *brief, *whole;
	} words[] = {{"hr", "hour"},      {"hrs", "hours"}, {"min", "minutes"},
		     {"mins", "minutes"}, {"wk", "week"},   {"wks", "weeks"}};
	const char *last = strrchr(s, ' ');

	for (size_t i = 0; last != NULL && i < ARRAY_LEN(words); i++) {
		if (strcasecmp(last + 1, words[i].brief) == 0)
			return arena_printf(arena, "%.*s %s", (int)(last - s), s, words[i].whole);
	}
	return s;
}

/* "twice", "three times": what can follow "having to ask". */
static bool often_fits(const char *s)
{
	size_t len = strlen(s);

	return strcasecmp(s, "twice") == 0 || strcasecmp(s, "again and again") == 0 ||
	       (len > 6 && strcasecmp(s + len - 6, " times") == 0 && strncasecmp(s, "how", 3) != 0) ||
	       strcasecmp(s, "repeatedly") == 0;
}

/* Is one of the stems within reach of the fact in the post? Without the post: no. */
static bool near_stem(const char *const *stems, const char *text, const struct fact *fact)
{
	size_t len = text != NULL ? strlen(text) : 0, from, to;

	if (text == NULL || fact->end > len || fact->start > fact->end)
		return false;
	from = fact->start > NEAR_BYTES ? fact->start - NEAR_BYTES : 0;
	to = len - fact->end > NEAR_BYTES ? fact->end + NEAR_BYTES : len;
	for (; *stems != NULL; stems++) {
		size_t n = strlen(*stems);

		for (size_t i = from; i + n <= to; i++) {
			if (strncasecmp(text + i, *stems, n) == 0)
				return true;
		}
	}
	return false;
}

/* "the phone's home screen" is about the screen; "the parcel's been lost" about the parcel. */
static bool owns_what_follows(const char *after)
{
	static const char *const owning[] = {"'s ", "\xe2\x80\x99s "};
	static const char *const verbs[] = {"been",  "gone", "not",  "now",     "still", "late",  "lost",   "stuck",
					    "broke*", "dead", "just", "already", "never", "always", "a",     "here",
					    "missing", NULL};

	for (size_t i = 0; i < ARRAY_LEN(owning); i++) {
		size_t n = strlen(owning[i]);

		if (strncmp(after, owning[i], n) == 0)
			return !listed(verbs, after + n, strcspn(after + n, " .,;:!?\n"));
	}
	return false;
}

/* Somebody else's words: it says "the item cannot be shown". */
static bool is_quoted(const char *text, const struct fact *fact)
{
	unsigned quotes = 0, curly = 0;

	for (size_t i = 0; i < fact->start; i++) {
		quotes += text[i] == '"';
		curly += strncmp(text + i, "\xe2\x80\x9c", 3) == 0;
		curly -= curly > 0 && strncmp(text + i, "\xe2\x80\x9d", 3) == 0;
	}
	return (quotes % 2 == 1 && strchr(text + fact->end, '"') != NULL) ||
	       (curly > 0 && strstr(text + fact->end, "\xe2\x80\x9d") != NULL);
}

/* "It is not a problem with my wifi": what directly leads up to the thing says that it is fine. */
static bool is_cleared(const char *text, const struct fact *fact)
{
	static const char *const own[] = {" my ", " our ", " the ", " ", NULL};

	for (size_t i = 0; cleared[i] != NULL; i++) {
		for (size_t k = 0; own[k] != NULL; k++) {
			size_t n = strlen(cleared[i]), m = strlen(own[k]);

			if (fact->start >= n + m && strncasecmp(text + fact->start - m, own[k], m) == 0 &&
			    strncasecmp(text + fact->start - m - n, cleared[i], n) == 0)
				return true;
		}
	}
	return false;
}

/* Is the thing only a part of what is meant? */
static bool thing_is_whole(const char *s, const char *text, const struct fact *fact)
{
	size_t len = text != NULL ? strlen(text) : 0, at;

	if (text == NULL || fact->end > len || fact->start > fact->end)
		return true;
	if (owns_what_follows(text + fact->end) || is_quoted(text, fact) || is_cleared(text, fact))
		return false;
	if (text[fact->end] == ' ' &&
	    listed(compound, text + fact->end + 1, strcspn(text + fact->end + 1, " .,;:!?'\n")))
		return false;
	if (!any_word(carrier, s))
		return true;
	/* "on my phone": the word before the owner. */
	at = fact->start;
	for (unsigned words = 0; words < 3 && at > 0; words++) {
		size_t end;

		while (at > 0 && text[at - 1] == ' ')
			at--;
		for (end = at; at > 0 && isalpha((unsigned char)text[at - 1]);)
			at--;
		if (end - at == 2 && (strncasecmp(text + at, "on", 2) == 0 || strncasecmp(text + at, "in", 2) == 0))
			return false;
	}
	return true;
}

/* The number it begins with; 0 when that is a word. */
static int number_at(const char *s)
{
	int number = 0;

	for (; *s >= '0' && *s <= '9' && number < 1000; s++)
		number = number * 10 + (*s - '0');
	return number;
}

/* "waited two weeks" is about waiting; "customer for two years", "in two weeks", "5 minutes" are not. */
static bool duration_means_wait(const char *s, const char *text, const struct fact *fact)
{
	static const char *const wait[] = {"wait",      "hold",        "delay",         "late",    "stuck",
					   "queu",      "sitting",     "without",       "still",   "no reply",
					   "no answer", "no response", "heard nothing", "chasing", NULL};
	static const char *const other[] = {"customer", " ago", "every", "within", "only", "member", "at least", NULL};
	static const char *const years[] = {"year*", "yr*", NULL};
	static const char *const minutes[] = {"min*", NULL};

	if (any_word(years, s) || (any_word(minutes, s) && number_at(s) < 20))
		return false;
	return near_stem(wait, text, fact) && !near_stem(other, text, fact);
}

/* "called three times" is about asking; "twice the price" is not. */
static bool often_means_asking(const char *text, const struct fact *fact)
{
	static const char *const asking[] = {"call",     "ask",   "mail",   "wrote", "writ",   "contact",
					     "phoned",   "phoning", "rang",  "messag", "tried", "report", "chas",
					     "complain", "spoke", "told",   NULL};

	return near_stem(asking, text, fact);
}

static bool kind_fits(enum fact_kind kind, const char *s, const char *text, const struct fact *fact)
{
	switch (kind) {
	case FACT_DATE:
		return !any_word(relative, s);
	case FACT_PLACE:
		return upper_first(s); /* "Leeds", not "home" */
	case FACT_THING:
		return !listed(vague, s, strlen(s)) && thing_is_whole(s, text, fact);
	case FACT_DURATION:
		return duration_fits(s) && duration_means_wait(s, text, fact);
	case FACT_OFTEN:
		return often_fits(s) && often_means_asking(text, fact);
	default:
		return true;
	}
}

const char *fact_take(struct arena *arena, enum fact_kind kind, const struct fact *fact, const char *text,
		      const char *lang, const struct brand *brand)
{
	char clean[FACT_BYTES_MAX + 1];
	const char *s;
	bool starts;

	if (fact->value == NULL || !value_clean(fact->value, clean))
		return NULL;
	s = kind_strip(kind, clean);
	/* Of "My parcel" only "My" began the sentence. */
	starts = s == clean && sentence_start(text, fact->start);
	if (*s == '\0' || s[1] == '\0' || any_word(insulting, s) || is_brand(s, brand) ||
	    !kind_fits(kind, s, text, fact))
		return NULL;
	if (kind == FACT_DATE)
		return date_case(arena, s);
	if (kind == FACT_PLACE)
		return arena_strdup(arena, s);
	if (kind == FACT_DURATION && (lang == NULL || strcmp(lang, "en") == 0))
		s = duration_words(arena, s);
	return s != NULL ? value_case(arena, s, starts, lang != NULL ? lang : "en") : NULL;
}

/* ---- names ---- */

const char *fact_first_name(struct arena *arena, const char *display_name, const struct brand *brand)
{
	size_t len, chars = 0, step;
	bool lower = false;

	if (display_name == NULL)
		return NULL;
	display_name += strspn(display_name, " \t");
	len = strcspn(display_name, " \t,");
	for (const char *at = display_name; at < display_name + len; at += step) {
		uint32_t c = utf8_decode(at, display_name + len, &step);

		if (!uc_is_alpha(c) || (chars > 0 && uc_is_upper(c) && !lower))
			return NULL;
		lower = lower || uc_is_lower(c);
		chars++;
	}
	if (chars < NAME_CHARS_MIN || chars > NAME_CHARS_MAX || !lower || !capital_only(display_name) ||
	    listed(not_names, display_name, len) || listed(insulting, display_name, len))
		return NULL;
	display_name = arena_strndup(arena, display_name, len);
	return display_name != NULL && !is_brand(display_name, brand) ? display_name : NULL;
}
