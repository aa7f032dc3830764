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

struct check {
	struct tone *tone;
	struct arena *arena;
	size_t files, errors, warnings;
};

static void finding(struct check *check, const char *path, bool is_error, const char *sentence)
{
	(void)printf("%s: %s: %s\n", path, is_error ? "error" : "warning", sentence);
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
			finding(check, path, findings[i].block,
				arena_printf(check->arena, "\"%.*s\": %s (%s)",
					     (int)(findings[i].end - findings[i].start), text + findings[i].start,
					     findings[i].about ? findings[i].about : "", findings[i].rule));
		if (count > 0)
			break; /* once is enough */
	}
	return err;
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
		finding(check, path, false, "fewer than three wordings: an author may be left without a new one");
	if (bare == 0 && json_str(one, "when", "")[0] == '\0')
		finding(check, path, false, "no wording stands without facts, and \"when\" does not ask for any");
	return ERR_OK;
}

static enum err template_file_check(struct check *check, const char *path, const struct buf *text, struct error *e_r)
{
	CLEANUP(json) struct json_object *list = NULL;
	struct templates *set = templates_new();
	struct error wrong;
	enum err err = ERR_OK;

	if (set == NULL)
		return error_set(e_r, ERR_NOMEM, "out of memory");
	if (templates_add(set, path, buf_text(text), text->len, &wrong) != ERR_OK) {
		(void)printf("%s\n", wrong.text);
		check->errors++;
	} else {
		list = templates_to_json(set);
		err = list != NULL ? template_check_one(check, path, set, json_object_array_get_idx(list, 0), e_r)
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
	return err;
}

enum err template_files_check(const char *path, const struct ruleset *tone_rules, size_t *errors_r, struct error *e_r)
{
	struct check check = {.tone = tone_new(tone_rules)};
	struct stat stat_of;
	enum err err;

	check.arena = arena_new(CHECK_ARENA_MAX);
	if (check.tone == NULL || check.arena == NULL)
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
	return err;
}
