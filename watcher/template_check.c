/*
 * template_check.c - checks template and answer files: loads them, renders every wording, reads it with the tone rules.
 */
#include "watcher/template_check.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "attr.h"
#include "faq.h"
#include "file.h"
#include "jsonio.h"
#include "tone.h"
#include "watcher/nearest.h"

#define FILE_BYTES_MAX (1u << 20)
#define CHECK_ARENA_MAX ((size_t)32 << 20)

/* ---- a made-up request ---- */

static const char sample_text[] = "My parcel was due on Monday at the Camden store. I have been waiting two weeks and "
				  "asked three times, ref AB-12345.";

static const struct {
	const char *name, *value;
} sample_facts[] = {{"thing", "parcel"},       {"place", "Camden store"}, {"date", "Monday"},
		    {"duration", "two weeks"}, {"often", "three times"},  {"reference", "AB-12345"}};

static const struct {
	const char *lang, *by, *answer;
} sample_words[] = {
	{"en", "Thursday", "We are open from nine to six."},
	{"de", "Donnerstag",
	 "Wir haben von neun bis sechs ge\xc3\xb6"
	 "ffnet."},
	{"es", "jueves", "Abrimos de nueve a seis."},
	{"fr", "jeudi", "Nous sommes ouverts de neuf \xc3\xa0 dix-huit heures."},
	{"it", "giovedì", "Siamo aperti dalle nove alle diciotto."},
	{"pt", "quinta-feira", "Abrimos das nove às dezoito horas."},
};

void sample_request_make(struct sample_request *sample, const char *lang, const char *brand, bool with_facts)
{
	static const char *const none[] = {NULL};
	size_t word = ARRAY_LEN(sample_words) - 1;

	while (word > 0 && strcmp(sample_words[word].lang, lang) != 0)
		word--;
	memset(sample, 0, sizeof(*sample));
	sample->post = (struct post){.platform = "preview", .id = "preview", .text = sample_text, .lang = lang};
	sample->post.author = (struct author){.id = "ada", .handle = "ada", .name = with_facts ? "Ada Byron" : NULL};
	sample->verdict = (struct verdict){.class = CLASS_PROBLEM, .lang = lang, .severity = 1};
	sample->brand = (struct brand){.name = brand != NULL ? brand : "Acme",
				       .names = none,
				       .handles = none,
				       .hashtags = none,
				       .exclude = none,
				       .signature = "Maya",
				       .contact = "a direct message"};
	for (size_t i = 0; with_facts && i < ARRAY_LEN(sample_facts); i++) {
		size_t start = (size_t)(strstr(sample_text, sample_facts[i].value) - sample_text);

		sample->facts[i] = (struct fact){.name = sample_facts[i].name,
						 .value = sample_facts[i].value,
						 .start = start,
						 .end = start + strlen(sample_facts[i].value)};
		sample->verdict.fact_count++;
	}
	sample->verdict.facts = sample->facts;
	sample->request = (struct draft_request){.post = &sample->post,
						 .verdict = &sample->verdict,
						 .brand = &sample->brand,
						 .again = with_facts,
						 .by = with_facts ? sample_words[word].by : NULL,
						 .answer = sample_words[word].answer};
}

/* ---- checking ---- */

struct noted {
	const char *text, *path;
	const struct noted *next;
};

struct check {
	const struct toolkit *toolkit;
	struct tone *tone;
	struct arena *arena;	   /* of the file in hand */
	const struct noted *told;  /* findings in that file */
	struct arena *ids_arena;   /* of the whole check */
	const struct noted *ids;   /* of the templates so far, with their files */
	size_t files, errors, warnings;
};

/* Has the list this text? Where that is not so it is put in. Memory: it is not remembered. */
static const struct noted *note(struct arena *arena, const struct noted **list, const char *text, const char *path)
{
	struct noted *entry;

	for (const struct noted *at = *list; at != NULL; at = at->next)
		if (strcmp(at->text, text) == 0)
			return at;
	entry = arena_array(arena, 1, sizeof(*entry));
	if (entry != NULL)
		*entry = (struct noted){arena_strdup(arena, text), arena_strdup(arena, path), *list};
	if (entry != NULL && entry->text != NULL && entry->path != NULL)
		*list = entry;
	return NULL;
}

/* line 0: of the file as a whole. A sentence is said once of a file, however many of its wordings it is about. */
static void finding(struct check *check, const char *path, int line, bool is_error, const char *sentence)
{
	char number[16] = "";

	if (sentence == NULL || note(check->arena, &check->told, sentence, path) != NULL)
		return;
	if (line > 0)
		(void)snprintf(number, sizeof(number), ":%d", line);
	(void)printf("%s%s: %s: %s\n", path, number, is_error ? "error" : "warning", sentence);
	check->errors += is_error;
	check->warnings += !is_error;
}

/* Every class it is for has its own say on what is unfit. */
static enum err wording_check(struct check *check, const char *path, const char *lang, const char *classes,
			      const char *text, struct error *e_r)
{
	const struct tone_finding *findings = NULL;
	size_t count = 0;
	enum err err = ERR_OK;

	for (unsigned class = 0; err == ERR_OK && class < CLASS_COUNT; class ++) {
		if (strstr(classes, class_name((enum class) class)) == NULL)
			continue;
		err = tone_check_class(check->tone, check->arena, text, strlen(text), lang, (enum class) class,
				       &findings, &count, e_r);
		for (size_t i = 0; err == ERR_OK && i < count; i++)
			finding(check, path, 0, findings[i].block,
				arena_printf(check->arena, "\"%.*s\": %s (%s)",
					     (int)(findings[i].end - findings[i].start), text + findings[i].start,
					     findings[i].about ? findings[i].about : "", findings[i].rule));
		if (count > 0)
			break; /* once is enough */
	}
	return err;
}

/* The line of the header that has this key; the header has loaded. */
static int header_line(const char *text, const char *key)
{
	size_t len = strlen(key);

	for (int line = 1; *text != '\0'; line++) {
		const char *at = text + strspn(text, " \t");

		if (strncmp(at, key, len) == 0 && at[len + strspn(at + len, " \t")] == ':')
			return line;
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return 0;
}

static const char *rule_id_at(const void *ctx, size_t i)
{
	const struct ruleset *set = ctx;

	return i < ruleset_count(set) ? ruleset_at(set, i)->id : NULL;
}

/* A rule that does not exist never hits: the template would never be used, and nobody would know why. */
static void hits_check(struct check *check, const char *path, const char *text, struct json_object *hits)
{
	const struct ruleset *rules = check->toolkit->rules;

	for (size_t i = 0; hits != NULL && i < json_object_array_length(hits); i++) {
		const char *id = json_object_get_string(json_object_array_get_idx(hits, i));
		const char *nearest;

		if (ruleset_find(rules, id) != NULL)
			continue;
		nearest = nearest_word(id, rule_id_at, rules);
		finding(check, path, header_line(text, "hit"), true,
			arena_printf(check->arena, "hit: there is no rule \"%.64s\"%s%s (amends rules list; own rules: "
						   "--config FILE)",
				     id, nearest != NULL ? ": did you mean " : "", nearest != NULL ? nearest : ""));
	}
}

static void lang_check(struct check *check, const char *path, const char *text, const char *lang)
{
	size_t len = strspn(lang, "abcdefghijklmnopqrstuvwxyz");
	int line = header_line(text, "lang");

	if (len < 2 || len > 3 || lang[len] != '\0')
		finding(check, path, line, true,
			arena_printf(check->arena, "lang: \"%.8s\" is not two or three small letters, such as en", lang));
	else if (!ruleset_has_lang(check->toolkit->rules, lang))
		finding(check, path, line, false,
			arena_printf(check->arena, "lang: there are no rules for \"%.8s\": only posts that a person has "
						   "judged get this template",
				     lang));
}

static void id_check(struct check *check, const char *path, const char *text, const char *id)
{
	const struct noted *other = note(check->ids_arena, &check->ids, id, path);

	if (other != NULL)
		finding(check, path, header_line(text, "id"), true,
			arena_printf(check->arena, "id: \"%s\" is that of %s, too: of the two only this one is used", id,
				     other->path));
}

static enum err template_check_one(struct check *check, const char *path, const struct templates *set,
				   struct json_object *one, struct error *e_r)
{
	const char *id = json_str(one, "id", ""), *lang = json_str(one, "lang", "en");
	size_t bare = 0, count = 0;
	enum err err = ERR_OK;

	for (unsigned pass = 0; err == ERR_OK && pass < 2; pass++) {
		const char *const *texts = NULL;
		struct sample_request sample;

		sample_request_make(&sample, lang, NULL, pass == 1);
		err = draft_wordings(set, check->arena, &sample.request, id, &texts, &count, e_r);
		bare = pass == 0 && err == ERR_OK ? count : bare;
		for (size_t i = 0; err == ERR_OK && i < count; i++)
			err = wording_check(check, path, lang, json_str(one, "class", ""), texts[i], e_r);
	}
	if (err != ERR_OK)
		return err;
	if (json_int(one, "variants", 0) < 3)
		finding(check, path, 0, false, "fewer than three wordings: an author may be left without a new one");
	if (bare == 0 && json_str(one, "when", "")[0] == '\0')
		finding(check, path, 0, false, "no wording stands without facts, and \"when\" does not ask for any");
	return ERR_OK;
}

/* list: the one template of the set. */
static enum err template_check_whole(struct check *check, const char *path, const struct templates *set,
				     const char *text, struct json_object *list, struct error *e_r)
{
	struct json_object *one = json_object_array_get_idx(list, 0);

	id_check(check, path, text, json_str(one, "id", ""));
	lang_check(check, path, text, json_str(one, "lang", ""));
	hits_check(check, path, text, json_object_object_get(one, "hit"));
	return template_check_one(check, path, set, one, e_r);
}

static enum err template_file_check(struct check *check, const char *path, const struct buf *text, struct error *e_r)
{
	CLEANUP(json) struct json_object *list = NULL;
	struct templates *set = templates_new();
	struct error wrong;
	enum err err = ERR_OK;

	if (set == NULL)
		return error_set(e_r, ERR_NOMEM, "out of memory");
	if (strspn(buf_text(text), " \t\r\n") == text->len) {
		finding(check, path, 1, true, "the file is empty: a template is a header and wordings");
	} else if (templates_add(set, path, buf_text(text), text->len, &wrong) != ERR_OK) {
		(void)printf("%s\n", wrong.text);
		check->errors++;
	} else {
		list = templates_to_json(set);
		err = list != NULL ? template_check_whole(check, path, set, buf_text(text), list, e_r)
				   : error_set(e_r, ERR_NOMEM, "out of memory");
	}
	templates_free(&set);
	return err;
}

struct faq_report {
	struct check *check;
	const char *path;
};

static void faq_finding(void *ctx, const struct faq_entry *entry, const char *sentence)
{
	struct faq_report *report = ctx;

	(void)printf("%s:%d: %s: %s\n", report->path, entry->line, entry->id, sentence != NULL ? sentence : "");
}

static enum err faq_file_check(struct check *check, const char *path, const struct buf *text, struct error *e_r)
{
	struct faq_report report = {check, path};
	struct faq *faq = NULL;
	struct error wrong;
	enum err err = ERR_OK;

	if (faq_load(buf_text(text), text->len, path, &faq, &wrong) != ERR_OK) {
		(void)printf("%s\n", wrong.text);
		check->errors++;
		return ERR_OK;
	}
	check->errors += faq_check(faq, check->arena, faq_finding, &report);
	for (size_t i = 0; err == ERR_OK && i < faq_count(faq); i++)
		err = wording_check(check, path, faq_at(faq, i)->lang, "question", faq_at(faq, i)->answer, e_r);
	faq_free(&faq);
	return err;
}

static bool ends_with(const char *path, const char *suffix)
{
	size_t len = strlen(path), n = strlen(suffix);

	return len >= n && strcmp(path + len - n, suffix) == 0;
}

static enum err file_check(struct check *check, const char *path, struct error *e_r)
{
	struct buf text;
	enum err err;

	buf_init(&text, FILE_BYTES_MAX);
	err = file_read(path, &text, e_r);
	if (err == ERR_OK) {
		check->files++;
		arena_reset(check->arena);
		check->told = NULL;
		err = ends_with(path, ".yaml") ? faq_file_check(check, path, &text, e_r)
					       : template_file_check(check, path, &text, e_r);
	}
	buf_done(&text);
	return err;
}

static int is_checked(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && (ends_with(entry->d_name, ".txt") || ends_with(entry->d_name, ".yaml"));
}

static enum err folder_check(struct check *check, const char *dir, struct error *e_r)
{
	struct dirent **entries = NULL;
	int count = scandir(dir, &entries, is_checked, alphasort);
	enum err err = ERR_OK;

	if (count < 0)
		return error_set(e_r, ERR_IO, "%s: cannot read the folder: %s", dir, strerror(errno));
	for (int i = 0; i < count; i++) {
		char path[4096];

		if (snprintf(path, sizeof(path), "%s/%s", dir, entries[i]->d_name) >= (int)sizeof(path))
			err = error_set(e_r, ERR_LIMIT, "%s: the path is too long", dir);
		if (err == ERR_OK)
			err = file_check(check, path, e_r);
		free(entries[i]);
	}
	free(entries);
	if (count == 0)
		finding(check, dir, 0, false, "no file in this folder ends in .txt or .yaml");
	return err;
}

enum err template_files_check(const char *path, const struct toolkit *toolkit, size_t *errors_r, struct error *e_r)
{
	struct check check = {.toolkit = toolkit, .tone = tone_new(toolkit->tone_rules)};
	struct stat stat_of;
	enum err err;

	check.arena = arena_new(CHECK_ARENA_MAX);
	check.ids_arena = arena_new(CHECK_ARENA_MAX);
	if (check.tone == NULL || check.arena == NULL || check.ids_arena == NULL)
		err = error_set(e_r, ERR_NOMEM, "out of memory");
	else if (stat(path, &stat_of) != 0)
		err = error_set(e_r, ERR_IO, "%s: %s", path, strerror(errno));
	else
		err = S_ISDIR(stat_of.st_mode) ? folder_check(&check, path, e_r) : file_check(&check, path, e_r);
	if (err == ERR_OK) {
		(void)printf("%zu files, %zu errors, %zu warnings\n", check.files, check.errors, check.warnings);
		*errors_r = check.errors;
	}
	tone_free(&check.tone);
	arena_free(&check.arena);
	arena_free(&check.ids_arena);
	return err;
}
