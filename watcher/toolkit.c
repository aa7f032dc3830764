/*
 * toolkit.c - loads what judges and answers posts: the shipped rules, tone rules, scores and templates that are built
 * into the program, then a brand's own folders over them.
 *
 * A folder of rules: *.yaml over the shipped rules by id, after them those of its folders of languages (de/ *.yaml),
 * tone/ *.yaml over the tone rules, offer/ *.yaml over what reads our replies, scores.yaml instead of the shipped
 * biases, weights/ *.txt instead of the fitted weights of their language. A folder of templates: *.txt. Files are read
 * in the order of their names.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "asset.h"
#include "file.h"
#include "program.h"
#include "yaml_tree.h"

/* Rules are carried as trees, which the build made of the files of that name (watcher/freeze.c). */
#define TREE "tree/"
#define RULES_PREFIX TREE "classify/rules/"
#define TONE_PREFIX TREE "classify/rules/tone/"
#define OFFER_PREFIX TREE "classify/rules/offer/"
#define WEIGHTS_PREFIX "classify/rules/weights/"
#define SCORES_NAME "classify/rules/scores.yaml"
#define TEMPLATES_PREFIX "templates/"
#define DESK_PREFIX "templates/desk/"

/* What is being put together; toolkit_build frees it whole when a file is wrong. */
struct build {
	struct rules_builder *rules, *tone, *offer;
	bool texts; /* with what writes and checks replies */
	struct toolkit toolkit;
};

static bool has_prefix(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool has_suffix(const char *text, const char *suffix)
{
	size_t len = strlen(text), suffix_len = strlen(suffix);

	return len > suffix_len && strcmp(text + len - suffix_len, suffix) == 0;
}

static enum err no_memory(struct error *e_r)
{
	return error_set(e_r, ERR_NOMEM, "rules and templates: out of memory");
}

/* ---- shipped ---- */

static enum err add_frozen(struct rules_builder *builder, const struct asset *asset, struct error *e_r)
{
	const char *name = asset->name + strlen(TREE);
	struct arena *arena = arena_new(YAML_SIZE_MAX * 16); /* a node for each few bytes */
	struct yaml_node *root;
	enum err err = arena != NULL ? ERR_OK : no_memory(e_r);

	if (err == ERR_OK)
		err = yaml_tree_thaw(arena, name, asset->data, asset->len, &root, e_r);
	if (err == ERR_OK)
		err = rules_add_tree(builder, name, root, false, e_r);
	arena_free(&arena);
	return err;
}

static enum err shipped_rules(struct build *build, struct error *e_r)
{
	const struct asset *asset = NULL;
	enum err err = ERR_OK;

	while (err == ERR_OK && (asset = asset_next(RULES_PREFIX, asset)) != NULL) {
		bool tone = has_prefix(asset->name, TONE_PREFIX);

		if (has_prefix(asset->name, OFFER_PREFIX) || (tone && !build->texts))
			continue; /* what a reply of ours offers is read by a set of its own */
		err = add_frozen(tone ? build->tone : build->rules, asset, e_r);
	}
	return err;
}

static enum err shipped_scores(struct build *build, struct error *e_r)
{
	const struct asset *asset = asset_find(SCORES_NAME);

	if (asset == NULL)
		return error_set(e_r, ERR_INVALID, "%s: not built in", SCORES_NAME);
	return scores_parse(asset->name, asset->data, asset->len, &build->toolkit.scores, e_r);
}

/* ---- fitted weights ---- */

/* Adds weights, which it takes over, in the place of those of their language that are there. */
static enum err weights_add(struct build *build, const char *name, struct weights *weights, struct error *e_r)
{
	struct scores *scores = &build->toolkit.scores;
	size_t at = 0;

	while (at < scores->weights_count && strcmp(weights_lang(scores->weights[at]), weights_lang(weights)) != 0)
		at++;
	if (at == WEIGHTS_LANGS_MAX) {
		weights_free(&weights);
		return error_set(e_r, ERR_INVALID, "%s:1: weights of too many languages (%d at most)", name,
				 WEIGHTS_LANGS_MAX);
	}
	weights_free(&build->toolkit.weights[at]);
	build->toolkit.weights[at] = weights;
	scores->weights[at] = weights;
	scores->weights_count += at == scores->weights_count;
	return ERR_OK;
}

static enum err shipped_weights(struct build *build, struct error *e_r)
{
	const struct asset *asset = NULL;
	struct weights *weights;
	enum err err = ERR_OK;

	while (err == ERR_OK && (asset = asset_next(WEIGHTS_PREFIX, asset)) != NULL) {
		err = weights_open(asset->name, asset->data, asset->len, &weights, e_r);
		if (err == ERR_OK)
			err = weights_add(build, asset->name, weights, e_r);
	}
	return err;
}

/* Before a brand's own rules: what a brand writes stands. */
static void apply_weights(struct build *build)
{
	for (size_t i = 0; i < build->toolkit.scores.weights_count; i++)
		weights_apply(build->toolkit.weights[i], build->rules);
}

static enum err shipped_templates(struct build *build, struct error *e_r)
{
	const struct asset *asset = NULL;
	enum err err = ERR_OK;

	while (err == ERR_OK && build->texts && (asset = asset_next(TEMPLATES_PREFIX, asset)) != NULL)
		if (has_suffix(asset->name, ".txt") && !has_prefix(asset->name, DESK_PREFIX))
			err = templates_add(build->toolkit.templates, asset->name, asset->data, asset->len, e_r);
	return err;
}

/* ---- a brand's own ---- */

typedef enum err file_fn(struct build *build, const char *path, const struct buf *text, struct error *e_r);

static int entry_is_shown(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static enum err folder_entry(struct build *build, const char *path, file_fn *fn, struct error *e_r)
{
	struct buf text;
	enum err err;

	buf_init(&text, YAML_SIZE_MAX);
	err = file_read(path, &text, e_r);
	if (err == ERR_OK)
		err = fn(build, path, &text, e_r);
	buf_done(&text);
	return err;
}

static const char *slash_after(const char *dir)
{
	return has_suffix(dir, "/") ? "" : "/";
}

/* Calls fn with every file of the folder that ends in suffix, by name. */
static enum err folder_read(struct build *build, const char *dir, const char *suffix, file_fn *fn, struct error *e_r)
{
	struct dirent **entries = NULL;
	int count = scandir(dir, &entries, entry_is_shown, alphasort);
	enum err err = ERR_OK;

	if (count < 0)
		return error_set(e_r, errno == ENOENT ? ERR_INVALID : ERR_IO, "%s: cannot read the folder: %s", dir,
				 strerror(errno));
	for (int i = 0; i < count; i++) {
		char path[4096];

		if (err == ERR_OK && has_suffix(entries[i]->d_name, suffix)) {
			if (snprintf(path, sizeof(path), "%s%s%s", dir, slash_after(dir), entries[i]->d_name) >=
			    (int)sizeof(path))
				err = error_set(e_r, ERR_LIMIT, "%s: the path is too long", dir);
			else
				err = folder_entry(build, path, fn, e_r);
		}
		free(entries[i]);
	}
	free(entries);
	return err;
}

static enum err own_rule_file(struct build *build, const char *path, const struct buf *text, struct error *e_r)
{
	struct scores scores;
	enum err err;

	if (has_suffix(path, "/scores.yaml")) {
		err = scores_parse(path, buf_text(text), text->len, &scores, e_r);
		if (err == ERR_OK)
			memcpy(build->toolkit.scores.bias, scores.bias, sizeof(scores.bias));
		return err;
	}
	return rules_add(build->rules, path, buf_text(text), text->len, true, e_r);
}

/* In a language's folder: no file there has another meaning. */
static enum err own_lang_file(struct build *build, const char *path, const struct buf *text, struct error *e_r)
{
	return rules_add(build->rules, path, buf_text(text), text->len, true, e_r);
}

static enum err own_tone_file(struct build *build, const char *path, const struct buf *text, struct error *e_r)
{
	return rules_add(build->tone, path, buf_text(text), text->len, true, e_r);
}

static enum err own_offer_file(struct build *build, const char *path, const struct buf *text, struct error *e_r)
{
	return rules_add(build->offer, path, buf_text(text), text->len, true, e_r);
}

static enum err own_template_file(struct build *build, const char *path, const struct buf *text, struct error *e_r)
{
	return templates_add(build->toolkit.templates, path, buf_text(text), text->len, e_r);
}

static enum err own_weights_file(struct build *build, const char *path, const struct buf *text, struct error *e_r)
{
	struct weights *weights;
	enum err err = weights_parse(path, buf_text(text), text->len, &weights, e_r);

	return err == ERR_OK ? weights_add(build, path, weights, e_r) : err;
}

static bool is_folder(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* dir/name, which need not be there. */
static enum err sub_folder(struct build *build, const char *dir, const char *name, const char *suffix, file_fn *fn,
			   struct error *e_r)
{
	char path[4096];

	if (snprintf(path, sizeof(path), "%s%s%s", dir, slash_after(dir), name) >= (int)sizeof(path))
		return ERR_OK; /* then the folder itself has been refused */
	return is_folder(path) ? folder_read(build, path, suffix, fn, e_r) : ERR_OK;
}

/* "de": shipped rules lie in folders like this, so may a brand's own. Two letters: "old" and "bak" are not meant. */
static bool is_lang_name(const char *name)
{
	return strlen(name) == 2 && strspn(name, "abcdefghijklmnopqrstuvwxyz") == 2;
}

static int entry_is_lang(const struct dirent *entry)
{
	return is_lang_name(entry->d_name);
}

static enum err lang_folders(struct build *build, const char *dir, struct error *e_r)
{
	struct dirent **entries = NULL;
	int count = scandir(dir, &entries, entry_is_lang, alphasort);
	enum err err = ERR_OK;

	for (int i = 0; i < count; i++) {
		if (err == ERR_OK)
			err = sub_folder(build, dir, entries[i]->d_name, ".yaml", own_lang_file, e_r);
		free(entries[i]);
	}
	free(entries);
	return err;
}

/* One file in a folder's place: rules, or weights of a language. */
static bool is_file(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

static enum err own_weights(struct build *build, const char *dir, struct error *e_r)
{
	if (is_file(dir))
		return has_suffix(dir, ".txt") ? folder_entry(build, dir, own_weights_file, e_r) : ERR_OK;
	return sub_folder(build, dir, "weights", ".txt", own_weights_file, e_r);
}

static enum err own_rules(struct build *build, const char *dir, struct error *e_r)
{
	enum err err;

	if (is_file(dir))
		return has_suffix(dir, ".txt") ? ERR_OK : folder_entry(build, dir, own_rule_file, e_r);
	err = folder_read(build, dir, ".yaml", own_rule_file, e_r);
	if (err == ERR_OK)
		err = lang_folders(build, dir, e_r);
	return err == ERR_OK ? sub_folder(build, dir, "tone", ".yaml", own_tone_file, e_r) : err;
}

/* ---- what of it is not read ---- */

struct remarks {
	void (*tell)(void *ctx, const char *sentence);
	void *ctx;
	size_t read; /* files that are */
};

static void remark(const struct remarks *remarks, const char *path, const char *sentence)
{
	char text[4400];

	(void)snprintf(text, sizeof(text), "%s: %s", path, sentence); /* cut, not lost */
	remarks->tell(remarks->ctx, text);
}

/* What the files of a folder in the folder must end in; NULL: nothing in it is read. */
static const char *sub_suffix(const char *name)
{
	if (strcmp(name, "weights") == 0)
		return ".txt";
	return strcmp(name, "tone") == 0 || strcmp(name, "offer") == 0 || is_lang_name(name) ? ".yaml" : NULL;
}

static void remarks_folder(struct remarks *remarks, const char *dir, const char *suffix, bool top);

static void remarks_entry(struct remarks *remarks, const char *path, const char *name, const char *suffix, bool top)
{
	bool folder = is_folder(path);

	if (folder && top && sub_suffix(name) != NULL)
		remarks_folder(remarks, path, sub_suffix(name), false);
	else if (folder)
		remark(remarks, path,
		       top ? "not read: the folders in a folder of rules are tone, offer, weights, and of languages "
			     "(de, en, ...)"
			   : "not read: a folder in this place");
	else if (has_suffix(name, suffix))
		remarks->read++;
	else if (strncmp(name, "README", 6) != 0)
		remark(remarks, path,
		       strcmp(suffix, ".txt") == 0 ? "not read: the name must end in .txt"
						   : "not read: the name must end in .yaml");
}

static void remarks_folder(struct remarks *remarks, const char *dir, const char *suffix, bool top)
{
	struct dirent **entries = NULL;
	int count = scandir(dir, &entries, entry_is_shown, alphasort);

	for (int i = 0; i < count; i++) {
		char path[4096];

		if (snprintf(path, sizeof(path), "%s%s%s", dir, slash_after(dir), entries[i]->d_name) <
		    (int)sizeof(path))
			remarks_entry(remarks, path, entries[i]->d_name, suffix, top);
		free(entries[i]);
	}
	free(entries);
}

void toolkit_remarks(const char *dir, void (*tell)(void *ctx, const char *sentence), void *ctx)
{
	struct remarks remarks = {.tell = tell, .ctx = ctx};

	if (dir == NULL || !is_folder(dir))
		return;
	remarks_folder(&remarks, dir, ".yaml", true);
	if (remarks.read == 0)
		remark(&remarks, dir, "no file of rules is in this folder: only the shipped rules judge");
}

/* ---- together ---- */

/* What a brand has written itself is always read whole: its mistakes are told, whoever asks. */
static enum err build_toolkit(const char *rules_dir, const char *templates_dir, bool fitted, bool texts,
			      struct toolkit *toolkit_r, struct error *e_r)
{
	struct build build = {.rules = rules_builder_new(),
			      .tone = rules_builder_new(),
			      .texts = texts || rules_dir != NULL || templates_dir != NULL};
	enum err err = ERR_OK;

	build.toolkit.templates = templates_new();
	if (build.rules == NULL || build.tone == NULL || build.toolkit.templates == NULL)
		err = no_memory(e_r);
	if (err == ERR_OK)
		err = shipped_scores(&build, e_r);
	if (err == ERR_OK)
		err = shipped_rules(&build, e_r);
	if (err == ERR_OK && fitted)
		err = shipped_weights(&build, e_r);
	if (err == ERR_OK && fitted && rules_dir != NULL)
		err = own_weights(&build, rules_dir, e_r);
	apply_weights(&build);
	if (err == ERR_OK) {
		rules_trust(build.rules);
		rules_trust(build.tone);
	}
	if (err == ERR_OK)
		err = shipped_templates(&build, e_r);
	if (err == ERR_OK && rules_dir != NULL)
		err = own_rules(&build, rules_dir, e_r);
	if (err == ERR_OK && templates_dir != NULL)
		err = folder_read(&build, templates_dir, ".txt", own_template_file, e_r);
	if (err == ERR_OK)
		err = rules_compile(build.rules, &build.toolkit.rules, e_r);
	if (err == ERR_OK)
		err = rules_compile(build.tone, &build.toolkit.tone_rules, e_r);
	rules_builder_free(&build.rules);
	rules_builder_free(&build.tone);
	if (err != ERR_OK)
		toolkit_free(&build.toolkit);
	else
		*toolkit_r = build.toolkit;
	return err;
}

/* One program judges by one set: two brands that want different own files need two configurations. */
static enum err same_folder(const struct settings *settings, const char *what, const char *a, const char *b,
			    struct error *e_r)
{
	if (a == NULL || b == NULL || strcmp(a, b) == 0)
		return ERR_OK;
	return error_set(e_r, ERR_INVALID,
			 "%s: brands name different folders of %s (%s and %s): use one for all, or one "
			 "configuration and store per brand",
			 settings->path ? settings->path : "settings", what, a, b);
}

static enum err load(const struct settings *settings, bool texts, struct toolkit *toolkit_r, struct error *e_r)
{
	const char *rules = NULL, *templates = NULL;
	enum err err = ERR_OK;

	for (size_t i = 0; settings != NULL && err == ERR_OK && i < settings->brand_count; i++) {
		const struct brand *brand = &settings->brands[i];

		err = same_folder(settings, "rules", rules, brand->rules_dir, e_r);
		if (err == ERR_OK)
			err = same_folder(settings, "templates", templates, brand->templates_dir, e_r);
		rules = brand->rules_dir ? brand->rules_dir : rules;
		templates = brand->templates_dir ? brand->templates_dir : templates;
	}
	return err == ERR_OK ? build_toolkit(rules, templates, true, texts, toolkit_r, e_r) : err;
}

enum err toolkit_load(const struct settings *settings, struct toolkit *toolkit_r, struct error *e_r)
{
	return load(settings, true, toolkit_r, e_r);
}

enum err toolkit_load_judging(const struct settings *settings, struct toolkit *toolkit_r, struct error *e_r)
{
	return load(settings, false, toolkit_r, e_r);
}

enum err toolkit_load_rules(const char *dir, struct toolkit *toolkit_r, struct error *e_r)
{
	return build_toolkit(dir, NULL, true, true, toolkit_r, e_r);
}

enum err toolkit_load_unfitted(const char *dir, struct toolkit *toolkit_r, struct error *e_r)
{
	return build_toolkit(dir, NULL, false, true, toolkit_r, e_r);
}

/* ---- what reads our own replies ---- */

static enum err build_offers(struct build *build, const char *rules_dir, struct error *e_r)
{
	const struct asset *asset = NULL;
	enum err err = build->offer != NULL ? ERR_OK : no_memory(e_r);

	while (err == ERR_OK && (asset = asset_next(OFFER_PREFIX, asset)) != NULL)
		err = add_frozen(build->offer, asset, e_r);
	if (err == ERR_OK)
		rules_trust(build->offer);
	if (err == ERR_OK && rules_dir != NULL)
		err = sub_folder(build, rules_dir, "offer", ".yaml", own_offer_file, e_r);
	return err;
}

const char *toolkit_rules_dir(const struct settings *settings)
{
	const char *dir = NULL;

	for (size_t i = 0; settings != NULL && i < settings->brand_count; i++)
		dir = settings->brands[i].rules_dir ? settings->brands[i].rules_dir : dir;
	return dir;
}

enum err toolkit_load_offers(const struct settings *settings, struct toolkit *toolkit, struct error *e_r)
{
	struct build build = {.offer = rules_builder_new()};
	struct ruleset *set;
	enum err err = build_offers(&build, toolkit_rules_dir(settings), e_r);

	if (err == ERR_OK)
		err = rules_compile(build.offer, &set, e_r);
	rules_builder_free(&build.offer);
	if (err != ERR_OK)
		return err;
	ruleset_free(&toolkit->offer_rules);
	toolkit->offer_rules = set;
	return ERR_OK;
}

void toolkit_free(struct toolkit *toolkit)
{
	ruleset_free(&toolkit->rules);
	ruleset_free(&toolkit->offer_rules);
	ruleset_free(&toolkit->tone_rules);
	templates_free(&toolkit->templates);
	for (size_t i = 0; i < WEIGHTS_LANGS_MAX; i++)
		weights_free(&toolkit->weights[i]);
}
