/*
 * draft_render.c - what a wording reads like: the facts it may say, the private way, and the text made tidy.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "attr.h"
#include "draft_private.h"
#include "jsonio.h"

/* ---- the view ---- */

/* "direct message" and what an e-mail address follows, in the languages there are templates for: "write to us via ...".
 */
static const struct {
	const char *lang, *message, *mail;
} contacts[] = {
	{"en", "direct message", ""},
	{"de", "Direktnachricht", "E-Mail an "},
	{"es", "mensaje directo", "correo a "},
	{"fr", "message privé", "e-mail à "},
	{"it", "messaggio privato", "e-mail a "},
	{"pt", "mensagem privada", "e-mail para "},
};

static const char *contact_for(struct arena *arena, const struct brand *brand, const char *lang)
{
	const char *contact = brand != NULL ? brand->contact : NULL;
	size_t i = ARRAY_LEN(contacts) - 1;

	while (i > 0 && strcmp(contacts[i].lang, lang) != 0)
		i--;
	/* "a direct message" is English ("via direct message" reads better); an address is in every language. */
	if (contact != NULL && strncmp(contact, "a ", 2) == 0)
		contact += 2;
	if (contact == NULL || contact[0] == '\0' || (i > 0 && strpbrk(contact, "@/0123456789") == NULL))
		return contacts[i].message;
	if (strchr(contact, '@') != NULL && strchr(contact, ' ') == NULL)
		return arena_printf(arena, "%s%s", contacts[i].mail, contact);
	return contact;
}

static bool view_text(struct work *w, unsigned name, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return true;
	w->have |= VIEW_BIT(name);
	return json_add_str(w->view, view_name(name), value);
}

static bool view_flag(struct work *w, unsigned name, bool value)
{
	if (!value)
		return true;
	w->have |= VIEW_BIT(name);
	return json_add_bool(w->view, view_name(name), true);
}

/* Did they give a number by which we can find the case? It is not repeated, and not asked for again. */
static bool reference_given(const struct verdict *verdict)
{
	for (size_t i = 0; i < verdict->fact_count; i++) {
		if (strcmp(verdict->facts[i].name, "reference") == 0)
			return true;
	}
	return false;
}

/* "5 hour", said of "a 5 hour delay", stands alone here: "5 hours". */
static const char *duration_plural(struct work *w, const char *s)
{
	static const char *const units[] = {"minute", "hour", "day", "week", "month", "year"};
	const char *unit = s != NULL ? strrchr(s, ' ') : NULL;
	size_t count = strspn(s != NULL ? s : "", "0123456789");

	if (unit == NULL || count == 0 || s + count != unit || (count == 1 && s[0] == '1') || strcmp(w->lang, "en") != 0)
		return s;
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		if (strcasecmp(unit + 1, units[i]) == 0)
			return arena_printf(w->arena, "%ss", s);
	}
	return s;
}

static bool view_facts(struct work *w)
{
	const struct verdict *verdict = w->request->verdict;

	for (size_t i = 0; i < verdict->fact_count; i++) {
		const struct fact *fact = &verdict->facts[i];
		enum fact_kind kind;
		const char *value;

		/* Of several the first that may be said. */
		if (fact_kind_from_name(fact->name, &kind) != 1 || (w->have & VIEW_BIT(kind)) != 0)
			continue;
		value = fact_take(w->arena, kind, fact, w->request->post->text, w->lang, w->request->brand);
		if (!view_text(w, kind, kind == FACT_DURATION ? duration_plural(w, value) : value))
			return false;
	}
	return true;
}

/* "Maya at Acme" becomes "– Maya at Acme"; who wrote a dash, or another sign, keeps it. */
static const char *signature_of(struct arena *arena, const char *signature)
{
	bool dashed = strncmp(signature, "\xe2\x80\x93", 3) == 0 || strncmp(signature, "\xe2\x80\x94", 3) == 0;

	if (!dashed && (isalnum((unsigned char)signature[0]) || (unsigned char)signature[0] >= 0x80))
		return arena_printf(arena, "\xe2\x80\x93 %s", signature); /* en dash */
	return signature;
}

enum err draft_view(struct work *w)
{
	const struct brand *brand = w->request->brand;
	const char *signature = brand != NULL && brand->signature != NULL ? brand->signature : "";
	bool ok;

	w->view = json_object_new_object();
	if (w->view == NULL)
		return error_set(w->e_r, ERR_NOMEM, "out of memory");
	ok = view_facts(w);
	ok = ok && view_text(w, VIEW_NAME, fact_first_name(w->arena, w->request->post->author.name, brand));
	ok = ok && view_text(w, VIEW_BRAND, brand != NULL ? brand->name : NULL);
	ok = ok && view_text(w, VIEW_SIGNATURE, signature_of(w->arena, signature));
	ok = ok && view_text(w, VIEW_CONTACT, contact_for(w->arena, brand, w->lang));
	/* Who is stuck now is not helped by "Thursday". */
	if (w->request->verdict->urgency == 0 || w->request->stage != NULL)
		ok = ok && view_text(w, VIEW_BY, w->request->by);
	ok = ok && view_text(w, VIEW_ANSWER, w->request->answer);
	ok = ok && view_flag(w, VIEW_AGAIN, w->request->again);
	ok = ok && view_flag(w, VIEW_MANY, w->request->reach >= DRAFT_REACH_MANY);
	ok = ok && view_flag(w, VIEW_GIVEN, reference_given(w->request->verdict));
	/* Nobody has to sign, and a brand's name may be left out. */
	w->have |= VIEW_BIT(VIEW_SIGNATURE) | VIEW_BIT(VIEW_BRAND);
	if (!ok || arena_failed(w->arena))
		return error_set(w->e_r, ERR_NOMEM, "out of memory");
	return ERR_OK;
}

/* ---- rendering ---- */

/* Does a sentence begin at s[n], when the text so far is s[0..n)? */
static bool sentence_begins(const char *s, size_t n)
{
	if (n == 0 || s[n - 1] == '\n')
		return true;
	return n >= 2 && s[n - 1] == ' ' && strchr(".!?", s[n - 2]) != NULL && s[n - 2] != '\0';
}

/*
 * Lines of a template file are joined, blank lines begin a new line, blanks collapse; none stand before punctuation
 * (a section may have left one there); a fact at the start of a sentence gets its capital. In place; returns the
 * new length.
 */
static size_t text_tidy(char *s, size_t len, const char *lang)
{
	/* French puts a blank before the taller marks. */
	const char *tight = strcmp(lang, "fr") == 0 ? ".," : ".,;:!?";
	size_t n = 0;

	for (size_t i = 0; i < len;) {
		size_t newlines = 0;

		if (s[i] != ' ' && s[i] != '\t' && s[i] != '\n' && s[i] != '\r') {
			s[n] = sentence_begins(s, n) ? (char)toupper((unsigned char)s[i]) : s[i];
			n++;
			i++;
			continue;
		}
		for (; i < len && strchr(" \t\r\n", s[i]) != NULL && s[i] != '\0'; i++)
			newlines += s[i] == '\n';
		if (n > 0 && i < len && (s[i] == '\0' || strchr(tight, s[i]) == NULL))
			s[n++] = newlines > 1 ? '\n' : ' ';
	}
	s[n] = '\0';
	return n;
}

enum err draft_render(struct work *w, const struct variant *variant, const char **text_r, size_t *length_r)
{
	const struct length_rule *rule = &w->request->length;
	const char *text;
	enum err err;

	buf_reset(&w->out);
	err = mustache_render(variant->mustache, w->view, &w->out, w->e_r);
	if (err != ERR_OK)
		return err;
	if (w->out.data == NULL)
		return error_set(w->e_r, ERR_INTERNAL, "a template rendered to nothing");
	w->out.len = text_tidy(w->out.data, w->out.len, w->lang);
	text = arena_printf(w->arena, "%s%s", w->prefix, w->out.data);
	if (text == NULL)
		return error_set(w->e_r, ERR_NOMEM, "out of memory");
	*length_r = length_count(rule, text, strlen(text));
	*text_r = text;
	return ERR_OK;
}
