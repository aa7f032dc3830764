/*
 * when.c - words of time in a reply of ours, as the moment they are over.
 *
 * The rules (classify/rules/offer/) find the words; here they are read one by one into what they say (a weekday, a
 * number, "end", "week") and then put together, in whatever order they came. So there is one grammar for all languages,
 * and a language is a list of words. What cannot be put together says no time: then the policy's own time holds.
 */
#include "respond/when.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "attr.h"

enum { NUMBERS_MAX = 4, WORD_MAX = 24 };

enum unit { UNIT_NONE, UNIT_MINUTE, UNIT_HOUR, UNIT_DAY, UNIT_WEEK, UNIT_FORTNIGHT, UNIT_MONTH };

enum sense {
	SENSE_NUMBER,
	SENSE_UNIT,
	SENSE_WORKING,  /* "working days" */
	SENSE_WORKDAY,  /* the same in one word */
	SENSE_DAY,      /* 0 today, 1 tomorrow, 2 the day after */
	SENSE_SAME_DAY, /* Italian "in giornata": today, or the day named beside it */
	SENSE_AFTER,    /* "the day after tomorrow" */
	SENSE_NEXT,
	SENSE_END,
	SENSE_HALF,
	SENSE_MORNING, /* its end is noon */
	SENSE_EVENING,
	SENSE_AFTERNOON,
	SENSE_OCLOCK,
	SENSE_AM,
	SENSE_PM,
	SENSE_MORGEN, /* German "morgen", Spanish "mañana": tomorrow, and behind a day the morning */
};

struct word {
	const char *lang; /* NULL: all */
	const char *word;
	enum sense sense;
	int value;
};

static const struct word words[] = {
	{"en", "a", SENSE_NUMBER, 1},
	{"en", "an", SENSE_NUMBER, 1},
	{"en", "one", SENSE_NUMBER, 1},
	{"en", "two", SENSE_NUMBER, 2},
	{"en", "couple", SENSE_NUMBER, 2},
	{"en", "three", SENSE_NUMBER, 3},
	{"en", "few", SENSE_NUMBER, 3},
	{"en", "four", SENSE_NUMBER, 4},
	{"en", "five", SENSE_NUMBER, 5},
	{"en", "six", SENSE_NUMBER, 6},
	{"en", "seven", SENSE_NUMBER, 7},
	{"en", "eight", SENSE_NUMBER, 8},
	{"en", "ten", SENSE_NUMBER, 10},
	{"en", "twelve", SENSE_NUMBER, 12},
	{"en", "fourteen", SENSE_NUMBER, 14},
	{"en", "twenty-four", SENSE_NUMBER, 24},
	{"en", "minute", SENSE_UNIT, UNIT_MINUTE},
	{"en", "minutes", SENSE_UNIT, UNIT_MINUTE},
	{"en", "hour", SENSE_UNIT, UNIT_HOUR},
	{"en", "hours", SENSE_UNIT, UNIT_HOUR},
	{"en", "hrs", SENSE_UNIT, UNIT_HOUR},
	{"en", "h", SENSE_UNIT, UNIT_HOUR},
	{"en", "day", SENSE_UNIT, UNIT_DAY},
	{"en", "days", SENSE_UNIT, UNIT_DAY},
	{"en", "week", SENSE_UNIT, UNIT_WEEK},
	{"en", "weeks", SENSE_UNIT, UNIT_WEEK},
	{"en", "fortnight", SENSE_UNIT, UNIT_FORTNIGHT},
	{"en", "month", SENSE_UNIT, UNIT_MONTH},
	{"en", "months", SENSE_UNIT, UNIT_MONTH},
	{"en", "working", SENSE_WORKING, 0},
	{"en", "business", SENSE_WORKING, 0},
	{"en", "today", SENSE_DAY, 0},
	{"en", "eod", SENSE_DAY, 0},
	{"en", "cob", SENSE_DAY, 0},
	{"en", "tomorrow", SENSE_DAY, 1},
	{"en", "tonight", SENSE_EVENING, 0},
	{"en", "after", SENSE_AFTER, 0},
	{"en", "next", SENSE_NEXT, 0},
	{"en", "end", SENSE_END, 0},
	{"en", "close", SENSE_END, 0},
	{"en", "half", SENSE_HALF, 0},
	{"en", "morning", SENSE_MORNING, 0},
	{"en", "noon", SENSE_MORNING, 0},
	{"en", "midday", SENSE_MORNING, 0},
	{"en", "lunchtime", SENSE_MORNING, 0},
	{"en", "afternoon", SENSE_AFTERNOON, 0},
	{"en", "evening", SENSE_EVENING, 0},
	{"en", "o", SENSE_OCLOCK, 0}, /* o'clock */
	{NULL, "am", SENSE_AM, 0},
	{NULL, "pm", SENSE_PM, 0},

	{"de", "ein", SENSE_NUMBER, 1},
	{"de", "eine", SENSE_NUMBER, 1},
	{"de", "einem", SENSE_NUMBER, 1},
	{"de", "einen", SENSE_NUMBER, 1},
	{"de", "einer", SENSE_NUMBER, 1},
	{"de", "eines", SENSE_NUMBER, 1},
	{"de", "zwei", SENSE_NUMBER, 2},
	{"de", "zweier", SENSE_NUMBER, 2},
	{"de", "drei", SENSE_NUMBER, 3},
	{"de", "paar", SENSE_NUMBER, 3},
	{"de", "wenigen", SENSE_NUMBER, 3},
	{"de", "vier", SENSE_NUMBER, 4},
	{"de", "fünf", SENSE_NUMBER, 5},
	{"de", "sechs", SENSE_NUMBER, 6},
	{"de", "sieben", SENSE_NUMBER, 7},
	{"de", "acht", SENSE_NUMBER, 8},
	{"de", "zehn", SENSE_NUMBER, 10},
	{"de", "zwölf", SENSE_NUMBER, 12},
	{"de", "vierzehn", SENSE_NUMBER, 14},
	{"de", "minute", SENSE_UNIT, UNIT_MINUTE},
	{"de", "minuten", SENSE_UNIT, UNIT_MINUTE},
	{"de", "stunde", SENSE_UNIT, UNIT_HOUR},
	{"de", "stunden", SENSE_UNIT, UNIT_HOUR},
	{"de", "h", SENSE_UNIT, UNIT_HOUR},
	{"de", "tag", SENSE_UNIT, UNIT_DAY},
	{"de", "tages", SENSE_UNIT, UNIT_DAY},
	{"de", "tage", SENSE_UNIT, UNIT_DAY},
	{"de", "tagen", SENSE_UNIT, UNIT_DAY},
	{"de", "werktag", SENSE_WORKDAY, UNIT_DAY},
	{"de", "werktage", SENSE_WORKDAY, UNIT_DAY},
	{"de", "werktagen", SENSE_WORKDAY, UNIT_DAY},
	{"de", "arbeitstag", SENSE_WORKDAY, UNIT_DAY},
	{"de", "arbeitstage", SENSE_WORKDAY, UNIT_DAY},
	{"de", "arbeitstagen", SENSE_WORKDAY, UNIT_DAY},
	{"de", "woche", SENSE_UNIT, UNIT_WEEK},
	{"de", "wochen", SENSE_UNIT, UNIT_WEEK},
	{"de", "monat", SENSE_UNIT, UNIT_MONTH},
	{"de", "monats", SENSE_UNIT, UNIT_MONTH},
	{"de", "monate", SENSE_UNIT, UNIT_MONTH},
	{"de", "monaten", SENSE_UNIT, UNIT_MONTH},
	{"de", "heute", SENSE_DAY, 0},
	{"de", "morgen", SENSE_MORGEN, 0},
	{"de", "übermorgen", SENSE_DAY, 2},
	{"de", "nächste", SENSE_NEXT, 0},
	{"de", "nächsten", SENSE_NEXT, 0},
	{"de", "nächster", SENSE_NEXT, 0},
	{"de", "kommende", SENSE_NEXT, 0},
	{"de", "kommenden", SENSE_NEXT, 0},
	{"de", "kommender", SENSE_NEXT, 0},
	{"de", "ende", SENSE_END, 0},
	{"de", "wochenende", SENSE_UNIT, UNIT_WEEK},
	{"de", "halben", SENSE_HALF, 0},
	{"de", "halbe", SENSE_HALF, 0},
	{"de", "vormittag", SENSE_MORNING, 0},
	{"de", "mittag", SENSE_MORNING, 0},
	{"de", "nachmittag", SENSE_AFTERNOON, 0},
	{"de", "abend", SENSE_EVENING, 0},
	{"de", "uhr", SENSE_OCLOCK, 0},

	{"es", "un", SENSE_NUMBER, 1},
	{"es", "una", SENSE_NUMBER, 1},
	{"es", "dos", SENSE_NUMBER, 2},
	{"es", "par", SENSE_NUMBER, 2},
	{"es", "tres", SENSE_NUMBER, 3},
	{"es", "pocos", SENSE_NUMBER, 3},
	{"es", "pocas", SENSE_NUMBER, 3},
	{"es", "unos", SENSE_NUMBER, 3},
	{"es", "unas", SENSE_NUMBER, 3},
	{"es", "cuatro", SENSE_NUMBER, 4},
	{"es", "cinco", SENSE_NUMBER, 5},
	{"es", "siete", SENSE_NUMBER, 7},
	{"es", "ocho", SENSE_NUMBER, 8},
	{"es", "diez", SENSE_NUMBER, 10},
	{"es", "quince", SENSE_NUMBER, 15},
	{"es", "minuto", SENSE_UNIT, UNIT_MINUTE},
	{"es", "minutos", SENSE_UNIT, UNIT_MINUTE},
	{"es", "hora", SENSE_UNIT, UNIT_HOUR},
	{"es", "horas", SENSE_UNIT, UNIT_HOUR},
	{"es", "h", SENSE_UNIT, UNIT_HOUR},
	{"es", "día", SENSE_UNIT, UNIT_DAY},
	{"es", "días", SENSE_UNIT, UNIT_DAY},
	{"es", "dia", SENSE_UNIT, UNIT_DAY},
	{"es", "dias", SENSE_UNIT, UNIT_DAY},
	{"es", "hábil", SENSE_WORKING, 0},
	{"es", "hábiles", SENSE_WORKING, 0},
	{"es", "laborable", SENSE_WORKING, 0},
	{"es", "laborables", SENSE_WORKING, 0},
	{"es", "semana", SENSE_UNIT, UNIT_WEEK},
	{"es", "semanas", SENSE_UNIT, UNIT_WEEK},
	{"es", "mes", SENSE_UNIT, UNIT_MONTH},
	{"es", "meses", SENSE_UNIT, UNIT_MONTH},
	{"es", "hoy", SENSE_DAY, 0},
	{"es", "mañana", SENSE_MORGEN, 0},
	{"es", "pasado", SENSE_AFTER, 0},
	{"es", "próximo", SENSE_NEXT, 0},
	{"es", "próxima", SENSE_NEXT, 0},
	{"es", "próximos", SENSE_NEXT, 0},
	{"es", "próximas", SENSE_NEXT, 0},
	{"es", "viene", SENSE_NEXT, 0},
	{"es", "fin", SENSE_END, 0},
	{"es", "final", SENSE_END, 0},
	{"es", "finales", SENSE_END, 0},
	{"es", "media", SENSE_HALF, 0},
	{"es", "mediodía", SENSE_MORNING, 0},
	{"es", "tarde", SENSE_AFTERNOON, 0},
	{"es", "noche", SENSE_EVENING, 0},

	{"fr", "un", SENSE_NUMBER, 1},
	{"fr", "une", SENSE_NUMBER, 1},
	{"fr", "deux", SENSE_NUMBER, 2},
	{"fr", "trois", SENSE_NUMBER, 3},
	{"fr", "quelques", SENSE_NUMBER, 3},
	{"fr", "quatre", SENSE_NUMBER, 4},
	{"fr", "cinq", SENSE_NUMBER, 5},
	{"fr", "six", SENSE_NUMBER, 6},
	{"fr", "sept", SENSE_NUMBER, 7},
	{"fr", "huit", SENSE_NUMBER, 8},
	{"fr", "dix", SENSE_NUMBER, 10},
	{"fr", "quinze", SENSE_NUMBER, 15},
	{"fr", "minute", SENSE_UNIT, UNIT_MINUTE},
	{"fr", "minutes", SENSE_UNIT, UNIT_MINUTE},
	{"fr", "heure", SENSE_UNIT, UNIT_HOUR},
	{"fr", "heures", SENSE_UNIT, UNIT_HOUR},
	{"fr", "h", SENSE_UNIT, UNIT_HOUR},
	{"fr", "jour", SENSE_UNIT, UNIT_DAY},
	{"fr", "jours", SENSE_UNIT, UNIT_DAY},
	{"fr", "journée", SENSE_UNIT, UNIT_DAY},
	{"fr", "ouvré", SENSE_WORKING, 0},
	{"fr", "ouvrés", SENSE_WORKING, 0},
	{"fr", "ouvrable", SENSE_WORKING, 0},
	{"fr", "ouvrables", SENSE_WORKING, 0},
	{"fr", "semaine", SENSE_UNIT, UNIT_WEEK},
	{"fr", "semaines", SENSE_UNIT, UNIT_WEEK},
	{"fr", "mois", SENSE_UNIT, UNIT_MONTH},
	{"fr", "aujourd", SENSE_DAY, 0}, /* aujourd'hui */
	{"fr", "demain", SENSE_DAY, 1},
	{"fr", "après", SENSE_AFTER, 0},
	{"fr", "prochain", SENSE_NEXT, 0},
	{"fr", "prochaine", SENSE_NEXT, 0},
	{"fr", "prochains", SENSE_NEXT, 0},
	{"fr", "prochaines", SENSE_NEXT, 0},
	{"fr", "fin", SENSE_END, 0},
	{"fr", "demi", SENSE_HALF, 0},
	{"fr", "matin", SENSE_MORNING, 0},
	{"fr", "midi", SENSE_MORNING, 0},
	{"fr", "soir", SENSE_EVENING, 0},
	{"fr", "soirée", SENSE_EVENING, 0},

	{"it", "un", SENSE_NUMBER, 1},
	{"it", "uno", SENSE_NUMBER, 1},
	{"it", "una", SENSE_NUMBER, 1},
	{"it", "due", SENSE_NUMBER, 2},
	{"it", "paio", SENSE_NUMBER, 2},
	{"it", "tre", SENSE_NUMBER, 3},
	{"it", "qualche", SENSE_NUMBER, 3},
	{"it", "pochi", SENSE_NUMBER, 3},
	{"it", "poche", SENSE_NUMBER, 3},
	{"it", "quattro", SENSE_NUMBER, 4},
	{"it", "cinque", SENSE_NUMBER, 5},
	{"it", "sei", SENSE_NUMBER, 6},
	{"it", "sette", SENSE_NUMBER, 7},
	{"it", "otto", SENSE_NUMBER, 8},
	{"it", "dieci", SENSE_NUMBER, 10},
	{"it", "dodici", SENSE_NUMBER, 12},
	{"it", "quindici", SENSE_NUMBER, 15},
	{"it", "ventiquattro", SENSE_NUMBER, 24},
	{"it", "quarantotto", SENSE_NUMBER, 48},
	{"it", "minuto", SENSE_UNIT, UNIT_MINUTE},
	{"it", "minuti", SENSE_UNIT, UNIT_MINUTE},
	{"it", "ora", SENSE_UNIT, UNIT_HOUR},
	{"it", "ore", SENSE_UNIT, UNIT_HOUR},
	{"it", "h", SENSE_UNIT, UNIT_HOUR},
	{"it", "giorno", SENSE_UNIT, UNIT_DAY},
	{"it", "giorni", SENSE_UNIT, UNIT_DAY},
	{"it", "giornata", SENSE_SAME_DAY, 0},
	{"it", "settimana", SENSE_UNIT, UNIT_WEEK},
	{"it", "settimane", SENSE_UNIT, UNIT_WEEK},
	{"it", "mese", SENSE_UNIT, UNIT_MONTH},
	{"it", "mesi", SENSE_UNIT, UNIT_MONTH},
	{"it", "lavorativo", SENSE_WORKING, 0},
	{"it", "lavorativi", SENSE_WORKING, 0},
	{"it", "feriale", SENSE_WORKING, 0},
	{"it", "feriali", SENSE_WORKING, 0},
	{"it", "oggi", SENSE_DAY, 0},
	{"it", "domani", SENSE_DAY, 1},
	{"it", "dopodomani", SENSE_DAY, 2},
	{"it", "prossimo", SENSE_NEXT, 0},
	{"it", "prossima", SENSE_NEXT, 0},
	{"it", "prossimi", SENSE_NEXT, 0},
	{"it", "prossime", SENSE_NEXT, 0},
	{"it", "viene", SENSE_NEXT, 0},
	{"it", "fine", SENSE_END, 0},
	{"it", "mezzo", SENSE_HALF, 0},
	{"it", "mezza", SENSE_HALF, 0},
	{"it", "mezz", SENSE_HALF, 0}, /* mezz'ora */
	{"it", "mattina", SENSE_MORNING, 0},
	{"it", "mattino", SENSE_MORNING, 0},
	{"it", "mattinata", SENSE_MORNING, 0},
	{"it", "mezzogiorno", SENSE_MORNING, 0},
	{"it", "pomeriggio", SENSE_AFTERNOON, 0},
	{"it", "sera", SENSE_EVENING, 0},
	{"it", "serata", SENSE_EVENING, 0},
	{"it", "stasera", SENSE_EVENING, 0},

	{"pt", "um", SENSE_NUMBER, 1},
	{"pt", "uma", SENSE_NUMBER, 1},
	{"pt", "dois", SENSE_NUMBER, 2},
	{"pt", "duas", SENSE_NUMBER, 2},
	{"pt", "par", SENSE_NUMBER, 2},
	{"pt", "três", SENSE_NUMBER, 3},
	{"pt", "alguns", SENSE_NUMBER, 3},
	{"pt", "algumas", SENSE_NUMBER, 3},
	{"pt", "poucos", SENSE_NUMBER, 3},
	{"pt", "poucas", SENSE_NUMBER, 3},
	{"pt", "quatro", SENSE_NUMBER, 4},
	{"pt", "cinco", SENSE_NUMBER, 5},
	{"pt", "seis", SENSE_NUMBER, 6},
	{"pt", "sete", SENSE_NUMBER, 7},
	{"pt", "oito", SENSE_NUMBER, 8},
	{"pt", "dez", SENSE_NUMBER, 10},
	{"pt", "doze", SENSE_NUMBER, 12},
	{"pt", "quinze", SENSE_NUMBER, 15},
	{"pt", "minuto", SENSE_UNIT, UNIT_MINUTE},
	{"pt", "minutos", SENSE_UNIT, UNIT_MINUTE},
	{"pt", "hora", SENSE_UNIT, UNIT_HOUR},
	{"pt", "horas", SENSE_UNIT, UNIT_HOUR},
	{"pt", "h", SENSE_UNIT, UNIT_HOUR},
	{"pt", "dia", SENSE_UNIT, UNIT_DAY},
	{"pt", "dias", SENSE_UNIT, UNIT_DAY},
	{"pt", "semana", SENSE_UNIT, UNIT_WEEK},
	{"pt", "semanas", SENSE_UNIT, UNIT_WEEK},
	{"pt", "quinzena", SENSE_UNIT, UNIT_FORTNIGHT},
	{"pt", "mês", SENSE_UNIT, UNIT_MONTH},
	{"pt", "meses", SENSE_UNIT, UNIT_MONTH},
	{"pt", "útil", SENSE_WORKING, 0},
	{"pt", "úteis", SENSE_WORKING, 0},
	{"pt", "expediente", SENSE_WORKING, 0},
	{"pt", "hoje", SENSE_DAY, 0},
	{"pt", "amanhã", SENSE_DAY, 1},
	{"pt", "depois", SENSE_AFTER, 0},
	{"pt", "próximo", SENSE_NEXT, 0},
	{"pt", "próxima", SENSE_NEXT, 0},
	{"pt", "próximos", SENSE_NEXT, 0},
	{"pt", "próximas", SENSE_NEXT, 0},
	{"pt", "vem", SENSE_NEXT, 0},
	{"pt", "seguinte", SENSE_NEXT, 0},
	{"pt", "fim", SENSE_END, 0},
	{"pt", "final", SENSE_END, 0},
	{"pt", "meia", SENSE_HALF, 0},
	{"pt", "manhã", SENSE_MORNING, 0},
	{"pt", "meio", SENSE_MORNING, 0}, /* meio-dia */
	{"pt", "tarde", SENSE_AFTERNOON, 0},
	{"pt", "noite", SENSE_EVENING, 0},
};

struct names {
	const char *lang;
	const char *weekdays[7];
	const char *months[12];
};

static const struct names names[] = {
	{"en",
	 {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"},
	 {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
	  "December"}},
	{"de",
	 {"Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"},
	 {"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November",
	  "Dezember"}},
	{"es",
	 {"lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"},
	 {"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre",
	  "noviembre", "diciembre"}},
	{"fr",
	 {"lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"},
	 {"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
	  "décembre"}},
	{"it",
	 {"lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato", "domenica"},
	 {"gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto", "settembre", "ottobre",
	  "novembre", "dicembre"}},
	/* read by what stands before the hyphen: "quinta" alone is Thursday, too */
	{"pt",
	 {"segunda-feira", "terça-feira", "quarta-feira", "quinta-feira", "sexta-feira", "sábado", "domingo"},
	 {"janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto", "setembro", "outubro",
	  "novembro", "dezembro"}},
};

static const struct names *names_of(const char *lang)
{
	for (size_t i = 0; lang != NULL && i < ARRAY_LEN(names); i++)
		if (strcmp(names[i].lang, lang) == 0)
			return &names[i];
	return &names[0];
}

const char *when_weekday(const char *lang, int index)
{
	return names_of(lang)->weekdays[index];
}

const char *when_month(const char *lang, int index)
{
	return names_of(lang)->months[index];
}

/* ---- reading ---- */

/* A number with what stands right at it. */
struct number {
	int value;
	int minutes; /* "17:30": 30; -1 none */
	bool clock;  /* 5 pm, 17 Uhr, 17:30 */
	bool pm, am;
};

struct reading {
	const char *lang;
	struct number numbers[NUMBERS_MAX];
	int count;
	enum unit unit;
	bool working, after, next, end, half, morning, afternoon, evening;
	int day;           /* 0 today, 1 tomorrow ...; -1 none */
	int weekday;       /* 0 Monday; -1 none */
	int month;         /* 0 January; -1 none */
	int year, day_num; /* of a date in figures; 0 none */
};

/* Small letters of ASCII and Latin-1, as UTF-8. */
static size_t word_take(const char *s, size_t len, char word[WORD_MAX])
{
	size_t n = 0, used = 0;

	for (; used < len; used++) {
		unsigned char c = (unsigned char)s[used];

		if (c >= 'A' && c <= 'Z')
			c = (unsigned char)(c + 32);
		else if (used > 0 && (unsigned char)s[used - 1] == 0xc3 && c >= 0x80 && c <= 0x9e && c != 0x97)
			c = (unsigned char)(c + 32);
		else if (!(c >= 'a' && c <= 'z') && c < 0x80)
			break;
		if (n + 1 < WORD_MAX)
			word[n++] = (char)c;
	}
	word[n] = '\0';
	return used;
}

/* "thu" is Thursday where the language shortens so; of others the whole name. */
static int name_find(const char *const *list, int count, const char *word, bool shortened)
{
	size_t len = strlen(word);
	char name[WORD_MAX];

	for (int i = 0; i < count; i++) {
		(void)word_take(list[i], strlen(list[i]), name);
		if (strcmp(name, word) == 0 || (shortened && len >= 3 && strncmp(name, word, len) == 0))
			return i;
	}
	return -1;
}

static bool is_lang(const char *lang, const char *other)
{
	return strcmp(names_of(lang)->lang, other) == 0;
}

static int month_find(const char *lang, const char *word)
{
	return name_find(names_of(lang)->months, 12, word, is_lang(lang, "en") || is_lang(lang, "de"));
}

bool when_is_month(const char *lang, const char *s, size_t len)
{
	char word[WORD_MAX];

	(void)word_take(s, len, word);
	return word[0] != '\0' && month_find(lang, word) >= 0;
}

static void sense_take(struct reading *r, enum sense sense, int value)
{
	struct number *last = r->count > 0 ? &r->numbers[r->count - 1] : NULL;

	switch (sense) {
	case SENSE_NUMBER:
		if (r->count < NUMBERS_MAX)
			r->numbers[r->count++] = (struct number){.value = value, .minutes = -1};
		break;
	case SENSE_WORKDAY:
		r->working = true;
		r->unit = UNIT_DAY;
		break;
	case SENSE_UNIT:
		if (r->unit == UNIT_NONE || value > (int)r->unit) /* "the end of the day next week" */
			r->unit = (enum unit)value;
		if (value == UNIT_HOUR && last != NULL && r->day_num == 0)
			last->clock = true; /* "17 heures"; a span of time does not look at it */
		break;
	case SENSE_WORKING:
		r->working = true;
		break;
	case SENSE_MORGEN:
		if (r->day >= 0 || r->weekday >= 0) {
			r->morning = true;
			break;
		}
		r->day = 1 + r->after;
		r->after = false;
		break;
	case SENSE_DAY:
		r->day = value + r->after; /* the day after tomorrow; but not: demain après-midi */
		r->after = false;
		break;
	case SENSE_SAME_DAY:
		r->day = r->day < 0 ? 0 : r->day;
		break;
	case SENSE_AFTER:
		r->after = true;
		break;
	case SENSE_NEXT:
		r->next = true;
		break;
	case SENSE_END:
		r->end = true;
		break;
	case SENSE_HALF:
		r->half = true;
		break;
	case SENSE_MORNING:
		r->morning = true;
		break;
	case SENSE_AFTERNOON:
		r->afternoon = true;
		break;
	case SENSE_EVENING:
		r->evening = true;
		break;
	case SENSE_OCLOCK:
	case SENSE_AM:
	case SENSE_PM:
		if (last == NULL)
			break;
		last->clock = true;
		last->am = sense == SENSE_AM;
		last->pm = sense == SENSE_PM;
		break;
	}
}

static void word_read(struct reading *r, const char *word)
{
	int found;

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if ((words[i].lang == NULL || is_lang(r->lang, words[i].lang)) && strcmp(words[i].word, word) == 0) {
			sense_take(r, words[i].sense, words[i].value);
			return;
		}
	}
	found = name_find(names_of(r->lang)->weekdays, 7, word, is_lang(r->lang, "en"));
	if (found < 0 && is_lang(r->lang, "de") && strcmp(word, "sonnabend") == 0)
		found = 5;
	if (found >= 0) {
		r->weekday = found;
		return;
	}
	found = month_find(r->lang, word);
	if (found >= 0)
		r->month = found;
}

static size_t digits_take(const char *s, size_t len, int *value_r)
{
	size_t used = 0;
	int value = 0;

	for (; used < len && s[used] >= '0' && s[used] <= '9'; used++)
		value = value < 100000 ? value * 10 + (s[used] - '0') : value;
	*value_r = value;
	return used;
}

/* 2026-12-03; 3.12. or 3/12 with or without a year, the day first (English ones may mean either: they say nothing). */
static size_t figures_take(struct reading *r, const char *s, size_t len)
{
	int parts[3] = {0};
	size_t used = digits_take(s, len, &parts[0]), more;
	char sign = used < len ? s[used] : '\0';

	if ((sign != '-' && sign != '.' && sign != '/') || used + 1 >= len)
		return 0;
	more = digits_take(s + used + 1, len - used - 1, &parts[1]);
	if (more == 0 || more > 2)
		return 0;
	used += 1 + more;
	if (used < len && s[used] == sign) {
		more = digits_take(s + used + 1, len - used - 1, &parts[2]);
		used += more == 2 || more == 4 || sign == '.' ? 1 + more : 0;
	} else if (sign != '/') {
		return 0; /* "2-3 days", "5.30" */
	}
	if (sign == '/' && is_lang(r->lang, "en"))
		return used;
	if (sign == '-' && parts[0] > 1900) {
		int day = parts[2];

		parts[2] = parts[0];
		parts[0] = day;
	}
	if (parts[0] < 1 || parts[0] > 31 || parts[1] < 1 || parts[1] > 12)
		return used;
	r->day_num = parts[0];
	r->month = parts[1] - 1;
	r->year = parts[2] > 0 && parts[2] < 100 ? 2000 + parts[2] : parts[2];
	return used;
}

static size_t number_take(struct reading *r, const char *s, size_t len)
{
	struct number number = {.minutes = -1};
	size_t used = figures_take(r, s, len), more = 0;

	if (used > 0)
		return used;
	used = digits_take(s, len, &number.value);
	/* 17:30, 5.30 pm, 17h30 */
	if (used + 2 < len && strchr(":.hH", s[used]) != NULL)
		more = digits_take(s + used + 1, len - used - 1, &number.minutes);
	if (more == 2 && number.value < 24 && number.minutes < 60) {
		number.clock = true;
		used += 1 + more;
	} else {
		number.minutes = -1;
	}
	if (r->count < NUMBERS_MAX)
		r->numbers[r->count++] = number;
	return used;
}

/* "p.m." and "a. m." are no words; their length, and which. */
static size_t half_day_take(struct reading *r, const char *s, size_t len)
{
	size_t used = 1;

	if (r->count == 0 || len < 3 || strchr("aApP", s[0]) == NULL || s[0] == '\0' || s[1] != '.')
		return 0;
	used += 1 + (len > 3 && s[2] == ' ');
	if (used >= len || (s[used] != 'm' && s[used] != 'M'))
		return 0;
	sense_take(r, s[0] == 'a' || s[0] == 'A' ? SENSE_AM : SENSE_PM, 0);
	return used + 1;
}

static void words_read(struct reading *r, const char *s, size_t len)
{
	char word[WORD_MAX];

	for (size_t at = 0; at < len;) {
		size_t used = half_day_take(r, s + at, len - at);

		if (used == 0 && s[at] >= '0' && s[at] <= '9')
			used = number_take(r, s + at, len - at);
		if (used == 0) {
			used = word_take(s + at, len - at, word);
			if (used > 0)
				word_read(r, word);
		}
		at += used > 0 ? used : 1;
	}
}

/* ---- calendar ---- */

static struct tm local(int64_t at_s)
{
	time_t at = (time_t)at_s;
	struct tm tm = {0};

	(void)localtime_r(&at, &tm); /* a year that no calendar has: 1900 */
	return tm;
}

static int64_t moment(struct tm date, int minutes)
{
	date.tm_hour = minutes / 60;
	date.tm_min = minutes % 60;
	date.tm_sec = 0;
	date.tm_isdst = -1;
	return (int64_t)mktime(&date);
}

static struct tm days_on(struct tm date, int days)
{
	date.tm_mday += days;
	date.tm_hour = 12;
	date.tm_isdst = -1;
	(void)mktime(&date);
	return date;
}

static int weekday_of(const struct tm *date)
{
	return (date->tm_wday + 6) % 7;
}

/* See when_ends(). */
static int64_t day_ends(const struct tm *date, int64_t now_s, const struct office *office)
{
	int64_t midnight_s = moment(*date, 24 * 60);
	int64_t last_s = office_last_end(office, now_s, midnight_s);

	return last_s > 0 ? last_s : midnight_s;
}

/* ---- spans of time ---- */

static int64_t working_days(int days, int64_t now_s, const struct office *office)
{
	struct tm today = local(now_s), first = local(office_day_end(office, now_s, 0) - 1);

	/* Said on a closed day or after hours, the next opening day is the first of them. */
	if (today.tm_yday != first.tm_yday)
		days--;
	return office_day_end(office, now_s, days > 0 ? days : 0);
}

static int64_t span_ends(const struct reading *r, int64_t now_s, const struct office *office)
{
	struct tm today = local(now_s);
	int most = 0;
	int64_t at_s, last_s;

	for (int i = 0; i < r->count; i++)
		most = r->numbers[i].value > most ? r->numbers[i].value : most;
	most = r->count == 0 ? 1 : most; /* "within the hour" */
	if (most < 1 || most > 1000)
		return 0;
	switch (r->unit) {
	case UNIT_MINUTE:
	case UNIT_HOUR:
		at_s = now_s + (int64_t)most * (r->unit == UNIT_HOUR ? 3600 : 60);
		if (r->half && r->unit == UNIT_HOUR)
			at_s = now_s + 1800;
		last_s = office_open(office, at_s) ? 0 : office_last_end(office, now_s, at_s);
		return last_s > 0 ? last_s : at_s;
	case UNIT_DAY:
		if (r->working)
			return working_days(most, now_s, office);
		today = days_on(today, r->half ? 0 : most);
		return day_ends(&today, now_s, office);
	case UNIT_WEEK:
	case UNIT_FORTNIGHT:
		today = days_on(today, most * (r->unit == UNIT_WEEK ? 7 : 14));
		return day_ends(&today, now_s, office);
	case UNIT_MONTH:
		today.tm_mon += most;
		today = days_on(today, 0);
		return day_ends(&today, now_s, office);
	case UNIT_NONE:
		break;
	}
	return 0;
}

/* ---- days and times of day ---- */

/* The time of day in minutes; -1: none was named. */
static int clock_of(const struct reading *r, const struct number **used_r)
{
	for (int i = 0; i < r->count; i++) {
		const struct number *n = &r->numbers[i];
		/* "tomorrow at 5": a bare number beside a day, and no date */
		bool bare = r->month < 0 && (r->day >= 0 || r->weekday >= 0) && n->value <= 24 && r->unit == UNIT_NONE;
		int hour = n->value;

		if ((!n->clock && !bare) || hour > 24)
			continue;
		if (n->pm && hour < 12)
			hour += 12;
		else if (n->am && hour == 12)
			hour = 0;
		else if (!n->pm && !n->am && hour < 8 && is_lang(r->lang, "en"))
			hour += 12; /* nobody is answered at five in the morning */
		*used_r = n;
		return hour * 60 + (n->minutes > 0 ? n->minutes : 0);
	}
	return -1;
}

/* The day of the month that belongs to a month's name. */
static int day_number(const struct reading *r, const struct number *clock)
{
	if (r->day_num > 0)
		return r->day_num;
	for (int i = 0; i < r->count; i++)
		if (&r->numbers[i] != clock && r->numbers[i].value >= 1 && r->numbers[i].value <= 31)
			return r->numbers[i].value;
	return 0;
}

static int year_number(const struct reading *r)
{
	for (int i = 0; i < r->count; i++)
		if (r->numbers[i].value >= 2000 && r->numbers[i].value < 2200)
			return r->numbers[i].value;
	return r->year;
}

/* "3 December": of this year, or of the next when that is long past. */
static bool date_of_month(const struct reading *r, const struct number *clock, struct tm *date)
{
	struct tm today = *date;
	int day = day_number(r, clock), year = year_number(r);

	if (day == 0 && !r->end)
		return false;
	date->tm_mon = r->month;
	date->tm_mday = day > 0 ? day : 1;
	if (year > 0)
		date->tm_year = year - 1900;
	else if (r->month < today.tm_mon - 6)
		date->tm_year++;
	if (day == 0) { /* the end of December */
		date->tm_mon++;
		date->tm_mday = 0;
	}
	*date = days_on(*date, 0);
	return true;
}

static bool date_of_unit(const struct reading *r, struct tm *date)
{
	if (r->unit == UNIT_WEEK) {
		*date = days_on(*date, 6 - weekday_of(date) + (r->next ? 7 : 0));
	} else if (r->unit == UNIT_MONTH) {
		date->tm_mon += r->next ? 2 : 1;
		date->tm_mday = 0;
		*date = days_on(*date, 0);
	} else if (r->unit == UNIT_DAY && r->next) {
		*date = days_on(*date, 1);
	} else {
		/* "the end of the day", "close of business" */
		return (r->unit == UNIT_DAY && r->end) || (r->end && r->working);
	}
	return true;
}

/* The day that is named, into *date, which holds today; false: none. */
static bool date_of(const struct reading *r, const struct number *clock, struct tm *date)
{
	if (r->month >= 0)
		return date_of_month(r, clock, date);
	if (r->weekday >= 0) {
		int ahead = (r->weekday - weekday_of(date) + 7) % 7;

		*date = days_on(*date, ahead == 0 && r->next ? 7 : ahead);
		return true;
	}
	if (r->day >= 0) {
		*date = days_on(*date, r->day);
		return true;
	}
	if (r->unit != UNIT_NONE && r->unit != UNIT_HOUR)
		return date_of_unit(r, date);
	return clock != NULL || r->morning || r->afternoon || r->evening || (r->end && r->working);
}

static int64_t date_ends(const struct reading *r, int64_t now_s, const struct office *office)
{
	struct tm date = local(now_s);
	const struct number *clock = NULL;
	int minutes = clock_of(r, &clock), again = 0;
	int64_t at_s;

	if (!date_of(r, clock, &date))
		return 0;
	if (minutes < 0 && r->morning && !r->after)
		minutes = 12 * 60;
	else if (minutes < 0 && r->evening)
		minutes = 21 * 60;
	/* Past: a weekday is next week's, a time of day tomorrow's; anything else is a tale of the past. */
	if (r->weekday >= 0)
		again = 7;
	else if (clock != NULL && r->day < 0 && r->month < 0)
		again = 1;
	at_s = minutes >= 0 ? moment(date, minutes) : day_ends(&date, now_s, office);
	if (minutes < 0 && again == 7 && weekday_of(&date) == r->weekday &&
	    office_last_end(office, now_s, moment(date, 24 * 60)) == 0 && local(now_s).tm_yday == date.tm_yday)
		at_s = 0; /* "by Thursday", said on Thursday after hours */
	if (at_s <= now_s && again > 0) {
		date = days_on(date, again);
		at_s = minutes >= 0 ? moment(date, minutes) : day_ends(&date, now_s, office);
	}
	return at_s > now_s ? at_s : 0;
}

int64_t when_ends(enum when_kind kind, const char *phrase, size_t len, const char *lang, int64_t now_s,
		  const struct office *office)
{
	struct reading r = {.lang = lang, .day = -1, .weekday = -1, .month = -1};

	words_read(&r, phrase, len);
	return kind == WHEN_DURATION ? span_ends(&r, now_s, office) : date_ends(&r, now_s, office);
}
