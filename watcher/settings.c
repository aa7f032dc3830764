/*
 * settings.c - reads amends.yaml: the tree by the table of options (settings_table.c), then what the parts must agree
 * on (a source's brand exists, a platform can do what is asked, a secret is where the file says).
 *
 * Every error is one line that begins "file:line:". Nothing is used before everything was checked, so a bad new file
 * never half-replaces a good old one.
 */
#include "settings.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "watcher/nearest.h"
#include "watcher/settings_table.h"

enum { BRANDS_MAX = 1000, SOURCES_MAX = 10000, LATITUDE_MAX = 500, SECRET_MAX = 4096 };

struct loader {
	struct option_reader reader;
	unsigned flags;
	struct settings settings;
	struct source_entry *entries; /* settings.source_count of them */
};

static enum err no_memory(struct error *e_r)
{
	return error_set(e_r, ERR_NOMEM, "configuration: out of memory, or far too large");
}

/* ---- the tree by the table ---- */

static enum err read_map(struct loader *loader, enum section section, const struct yaml_node *map, void *base,
			 struct error *e_r);

static enum err unknown_key(const struct loader *loader, enum section section, const struct yaml_node *entry,
			    struct error *e_r)
{
	const char *nearest = option_nearest(section, entry->key);

	if (nearest != NULL)
		return error_set(e_r, ERR_INVALID, "%s:%d: unknown option \"%.60s\": did you mean \"%s\"?",
				 loader->reader.name, entry->key_line, entry->key, nearest);
	return error_set(e_r, ERR_INVALID, "%s:%d: unknown option \"%.60s\" (amends --help-config lists them)",
			 loader->reader.name, entry->key_line, entry->key);
}

/* Nothing behind the colon, null or ~: as if the line were not there. */
static bool is_unset(const struct yaml_node *node)
{
	return node->kind == YAML_SCALAR && node->plain &&
	       (node->len == 0 || strcmp(node->text, "null") == 0 || strcmp(node->text, "~") == 0);
}

/* The lists of maps, and where they go. */
static const struct list_spec {
	enum section child;
	size_t size, most;   /* bytes of an entry; entries */
	size_t items, count; /* in struct loader */
} lists[] = {
	{SECTION_BRAND, sizeof(struct brand), BRANDS_MAX, offsetof(struct loader, settings.brands),
	 offsetof(struct loader, settings.brand_count)},
	{SECTION_SOURCE, sizeof(struct source_entry), SOURCES_MAX, offsetof(struct loader, entries),
	 offsetof(struct loader, settings.source_count)},
	{SECTION_LATITUDE, sizeof(struct latitude), LATITUDE_MAX, offsetof(struct loader, settings.policy.latitude),
	 offsetof(struct loader, settings.policy.latitude_count)},
};

static const struct list_spec *list_find(enum section child)
{
	size_t i = 0;

	while (i + 1 < ARRAY_LEN(lists) && lists[i].child != child)
		i++;
	return &lists[i];
}

static enum err read_list(struct loader *loader, const struct option_spec *option, const struct yaml_node *list,
			  struct error *e_r)
{
	const struct list_spec *spec = list_find(option->child);
	size_t n = 0;
	char *items;

	if (list->kind != YAML_LIST)
		return error_set(e_r, ERR_INVALID, "%s:%d: %s: expected a list (lines that begin with \"- \")",
				 loader->reader.name, list->line, option->key);
	if (list->count > spec->most)
		return error_set(e_r, ERR_INVALID, "%s:%d: %s: at most %zu entries, not %zu", loader->reader.name,
				 list->line, option->key, spec->most, list->count);
	items = arena_array(loader->reader.arena, list->count + 1, spec->size);
	if (items == NULL)
		return no_memory(e_r);
	for (const struct yaml_node *node = list->child; node != NULL; node = node->next, n++) {
		enum err err = option_defaults(&loader->reader, option->child, items + n * spec->size, e_r);

		if (err == ERR_OK)
			err = read_map(loader, option->child, node, items + n * spec->size, e_r);
		if (err != ERR_OK)
			return err;
		if (option->child == SECTION_SOURCE)
			((struct source_entry *)(void *)(items + n * spec->size))->spec.line = node->line;
	}
	*(void **)(void *)((char *)loader + spec->items) = items;
	*(size_t *)(void *)((char *)loader + spec->count) = n;
	return ERR_OK;
}

static enum err read_entry(struct loader *loader, enum section section, const struct yaml_node *entry, void *base,
			   struct error *e_r)
{
	const struct option_spec *option = option_find(section, entry->key);

	if (option == NULL)
		return unknown_key(loader, section, entry, e_r);
	if (is_unset(entry))
		return ERR_OK;
	if (option->type == OPTION_MAP)
		return read_map(loader, option->child, entry, base, e_r);
	if (option->type == OPTION_LIST)
		return read_list(loader, option, entry, e_r);
	if (section == SECTION_SOURCE && strncmp(entry->key, "token_", 6) == 0)
		((struct source_entry *)base)->token_line = entry->key_line;
	return option_read(&loader->reader, option, entry, base, e_r);
}

static enum err read_map(struct loader *loader, enum section section, const struct yaml_node *map, void *base,
			 struct error *e_r)
{
	const struct option_spec *option;

	if (map->kind != YAML_MAP)
		return error_set(e_r, ERR_INVALID, "%s:%d: expected a map of options (\"name: value\" lines)",
				 loader->reader.name, map->line);
	for (const struct yaml_node *entry = map->child; entry != NULL; entry = entry->next) {
		enum err err = read_entry(loader, section, entry, base, e_r);

		if (err != ERR_OK)
			return err;
	}
	for (size_t i = 0; (option = option_at(i)) != NULL; i++) {
		const struct yaml_node *given = option->section == section ? yaml_tree_get(map, option->key) : NULL;

		if (option->section == section && option->required && (given == NULL || is_unset(given)))
			return error_set(e_r, ERR_INVALID, "%s:%d: \"%s\" is missing: %s", loader->reader.name,
					 map->line, option->key, option->help);
	}
	return ERR_OK;
}

/* ---- what the parts must agree on ---- */

static enum err check_desk(const struct loader *loader, const struct yaml_node *root, struct error *e_r)
{
	const struct yaml_node *desk = yaml_tree_get(root, "desk");
	const struct yaml_node *node = desk ? yaml_tree_get(desk, "address") : NULL;
	const char *address = loader->settings.desk_address;
	unsigned char bytes[sizeof(struct in6_addr)];

	if (inet_pton(AF_INET, address, bytes) == 1 || inet_pton(AF_INET6, address, bytes) == 1)
		return ERR_OK;
	return error_set(e_r, ERR_INVALID,
			 "%s:%d: address: \"%.60s\" is not an IP address, such as 127.0.0.1 or 0.0.0.0",
			 loader->reader.name, node ? node->line : 1, address);
}

/* The node of `section: key`, for its line; the section's, or the file's first, when the default is meant. */
static int line_of(const struct yaml_node *map, const char *section, const char *key)
{
	const struct yaml_node *node = map ? yaml_tree_get(map, section) : NULL;
	const struct yaml_node *entry = node && key && node->kind == YAML_MAP ? yaml_tree_get(node, key) : NULL;

	return entry ? entry->line : node ? node->line : map ? map->line : 1;
}

static bool listed(const char *const *words, const char *word)
{
	for (; words != NULL && *words != NULL; words++)
		if (strcmp(*words, word) == 0)
			return true;
	return false;
}

static enum err check_policy(const struct loader *loader, const struct yaml_node *root, struct error *e_r)
{
	const struct policy *policy = &loader->settings.policy;
	const struct yaml_node *node = yaml_tree_get(root, "policy");

	if (policy->office.open_min >= policy->office.close_min)
		return error_set(e_r, ERR_INVALID, "%s:%d: hours: open must be before close", loader->reader.name,
				 line_of(node, "hours", "open"));
	for (const char *const *word = policy->warn_only; *word != NULL; word++) {
		if (strcmp(*word, POLICY_PRIVATE) == 0 ||
		    strncmp(*word, POLICY_PRIVATE "_", sizeof(POLICY_PRIVATE)) == 0)
			return error_set(e_r, ERR_INVALID,
					 "%s:%d: warn_only: private data in a public reply is never only warned of",
					 loader->reader.name, line_of(node, "warn_only", NULL));
		if (listed(policy->block, *word))
			return error_set(e_r, ERR_INVALID, "%s:%d: \"%.60s\" is in warn_only and in block: choose one",
					 loader->reader.name, line_of(node, "block", NULL), *word);
	}
	return ERR_OK;
}

/* What may be offered alone where the file says nothing: words, by everybody who answers; things, by an approver. */
static enum err latitude_default(struct arena *arena, struct policy *policy, struct error *e_r)
{
	static const struct latitude usual[] = {
		{.role = ROLE_AGENT, .remedy = REMEDY_APOLOGY},        {.role = ROLE_AGENT, .remedy = REMEDY_CALL_BACK},
		{.role = ROLE_APPROVER, .remedy = REMEDY_REPLACEMENT}, {.role = ROLE_APPROVER, .remedy = REMEDY_REFUND},
		{.role = ROLE_APPROVER, .remedy = REMEDY_DISCOUNT},    {.role = ROLE_APPROVER, .remedy = REMEDY_CREDIT},
	};

	policy->latitude = arena_array(arena, ARRAY_LEN(usual), sizeof(usual[0]));
	if (policy->latitude == NULL)
		return no_memory(e_r);
	memcpy(policy->latitude, usual, sizeof(usual));
	policy->latitude_count = ARRAY_LEN(usual);
	return ERR_OK;
}

static enum err top_defaults(const struct option_reader *reader, struct settings *settings, struct error *e_r)
{
	enum err err = option_defaults(reader, SECTION_TOP, settings, e_r);

	return err == ERR_OK ? latitude_default(reader->arena, &settings->policy, e_r) : err;
}

static enum err check_brands(const struct loader *loader, const struct yaml_node *root, struct error *e_r)
{
	const struct yaml_node *list = yaml_tree_get(root, "brands");
	const struct yaml_node *node = list->child;

	if (loader->settings.brand_count == 0)
		return error_set(e_r, ERR_INVALID, "%s:%d: brands: the list is empty: name at least one",
				 loader->reader.name, list->line);
	for (size_t i = 0; i < loader->settings.brand_count; i++, node = node->next)
		for (size_t k = 0; k < i; k++)
			if (strcmp(loader->settings.brands[i].name, loader->settings.brands[k].name) == 0)
				return error_set(e_r, ERR_INVALID, "%s:%d: there are two brands called \"%.60s\"",
						 loader->reader.name, node->line, loader->settings.brands[i].name);
	return ERR_OK;
}

static const char *platform_name_at(const void *ctx, size_t i)
{
	const struct platform *platform = platform_at(i);

	(void)ctx;
	return platform ? platform->name : NULL;
}

static const char *brand_name_at(const void *ctx, size_t i)
{
	const struct settings *settings = ctx;

	return i < settings->brand_count ? settings->brands[i].name : NULL;
}

static enum err unknown_name(const struct loader *loader, const struct source_entry *entry, const char *what,
			     const char *name, nearest_at_fn *at, struct error *e_r)
{
	const char *nearest = nearest_word(name, at, &loader->settings);

	return error_set(e_r, ERR_INVALID, "%s:%d: unknown %s \"%.60s\": %s \"%s\"%s", loader->reader.name,
			 entry->spec.line, what, name, nearest ? "did you mean" : "known is",
			 nearest ? nearest : at(&loader->settings, 0), nearest ? "?" : "");
}

/* "mastodon.social/#acme": readable, and the same as long as server and query are. */
static const char *source_key(struct arena *arena, const struct source_spec *spec)
{
	const char *host = spec->server ? strstr(spec->server, "://") + 3 : spec->platform;

	if (spec->hashtag != NULL)
		return arena_printf(arena, "%s/#%s", host, spec->hashtag);
	if (spec->search != NULL)
		return arena_printf(arena, "%s/?%s", host, spec->search);
	if (spec->mentions)
		return arena_printf(arena, "%s/@", host);
	return arena_printf(arena, "%s:%s", spec->platform, spec->file ? spec->file : "demo");
}

/* Reads the token, or says in one line why it cannot be had. */
static enum err read_token(const struct loader *loader, struct source_entry *entry, struct error *e_r)
{
	struct buf secret;
	struct error why = {0};
	enum err err;

	if (entry->token_env != NULL) {
		const char *value = getenv(entry->token_env);

		if (value == NULL || *value == '\0' || strlen(value) > SECRET_MAX)
			return error_set(e_r, ERR_INVALID,
					 "%s:%d: token_env: environment variable %.60s is %s: export it, or use "
					 "token_file",
					 loader->reader.name, entry->token_line, entry->token_env,
					 value && *value ? "too long" : "not set");
		entry->spec.token = arena_strdup(loader->reader.arena, value);
		return entry->spec.token ? ERR_OK : no_memory(e_r);
	}
	buf_init(&secret, SECRET_MAX);
	err = file_read_secret(entry->token_file, &secret, &why);
	if (err == ERR_OK) {
		entry->spec.token = arena_strdup(loader->reader.arena, buf_text(&secret));
		err = entry->spec.token ? ERR_OK : no_memory(e_r);
	} else {
		err = error_set(e_r, ERR_INVALID, "%s:%d: token_file: %s", loader->reader.name, entry->token_line,
				why.text);
	}
	if (secret.data != NULL)
		explicit_bzero(secret.data, secret.size);
	buf_done(&secret);
	return err;
}

static enum err check_query(const struct loader *loader, const struct source_entry *entry, struct error *e_r)
{
	const struct source_spec *spec = &entry->spec;
	int queries = (spec->hashtag != NULL) + (spec->search != NULL) + spec->mentions + (spec->file != NULL);

	if (queries == 1)
		return ERR_OK;
	return error_set(e_r, ERR_INVALID, "%s:%d: a source needs %s of hashtag, search, mentions: true, file",
			 loader->reader.name, spec->line, queries == 0 ? "one" : "only one");
}

static enum err check_platform(const struct loader *loader, struct source_entry *entry, struct error *e_r)
{
	const struct platform *platform = platform_find(entry->spec.platform);
	struct error why = {0};
	enum err err;

	if (platform == NULL)
		return unknown_name(loader, entry, "platform", entry->spec.platform, platform_name_at, e_r);
	if (entry->spec.every_s == 0)
		entry->spec.every_s = platform->every_s;
	if (platform->check == NULL)
		return ERR_OK;
	err = platform->check(&entry->spec, &why);
	return err == ERR_OK ? err : error_set(e_r, err, "%s:%d: %s", loader->reader.name, entry->spec.line, why.text);
}

static enum err check_source(struct loader *loader, size_t index, struct error *e_r)
{
	struct source_entry *entry = &loader->entries[index];
	struct source_spec *spec = &entry->spec;
	enum err err;

	if (spec->brand == NULL && loader->settings.brand_count == 1)
		spec->brand = loader->settings.brands[0].name;
	if (spec->brand == NULL)
		return error_set(e_r, ERR_INVALID, "%s:%d: \"brand\" is missing: say whose source this is",
				 loader->reader.name, spec->line);
	if (settings_brand(&loader->settings, spec->brand) == NULL)
		return unknown_name(loader, entry, "brand", spec->brand, brand_name_at, e_r);
	if (entry->token_env != NULL && entry->token_file != NULL)
		return error_set(e_r, ERR_INVALID, "%s:%d: give token_env or token_file, not both", loader->reader.name,
				 entry->token_line);
	spec->has_token = entry->token_env != NULL || entry->token_file != NULL;
	if ((err = check_query(loader, entry, e_r)) != ERR_OK || (err = check_platform(loader, entry, e_r)) != ERR_OK)
		return err;
	if (spec->key == NULL)
		spec->key = source_key(loader->reader.arena, spec);
	if (spec->key == NULL)
		return no_memory(e_r);
	for (size_t k = 0; k < index; k++)
		if (strcmp(loader->entries[k].spec.key, spec->key) == 0)
			return error_set(e_r, ERR_INVALID,
					 "%s:%d: the same source as in line %d (%.80s): remove one, or give it "
					 "another name",
					 loader->reader.name, spec->line, loader->entries[k].spec.line, spec->key);
	if (spec->has_token && (loader->flags & SETTINGS_SECRETS))
		return read_token(loader, entry, e_r);
	return ERR_OK;
}

static enum err check_sources(struct loader *loader, struct error *e_r)
{
	size_t count = loader->settings.source_count, named = 0;
	struct source_spec *sources = arena_array(loader->reader.arena, count + 1, sizeof(*sources));
	const char **names = arena_array(loader->reader.arena, count + 1, sizeof(*names));

	if (sources == NULL || names == NULL)
		return no_memory(e_r);
	for (size_t i = 0; i < count; i++) {
		enum err err = check_source(loader, i, e_r);

		if (err != ERR_OK)
			return err;
		sources[i] = loader->entries[i].spec;
		if (loader->entries[i].token_env != NULL)
			names[named++] = loader->entries[i].token_env;
	}
	loader->settings.sources = sources;
	loader->settings.secret_env = names;
	return ERR_OK;
}

/* ---- entry points ---- */

/* The folder part of a path with its slash, "" for a bare name. */
static const char *folder_of(struct arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? arena_strndup(arena, path, (size_t)(slash - path) + 1) : "";
}

static enum err load_tree(struct loader *loader, const struct yaml_node *root, struct error *e_r)
{
	enum err err = top_defaults(&loader->reader, &loader->settings, e_r);

	if (err == ERR_OK)
		err = read_map(loader, SECTION_TOP, root, &loader->settings, e_r);
	if (err == ERR_OK)
		err = check_desk(loader, root, e_r);
	if (err == ERR_OK)
		err = check_policy(loader, root, e_r);
	if (err == ERR_OK)
		err = check_brands(loader, root, e_r);
	return err == ERR_OK ? check_sources(loader, e_r) : err;
}

enum err settings_load(struct arena *arena, const char *path, unsigned flags, struct settings *settings_r,
		       struct error *e_r)
{
	struct loader loader = {.reader = {.arena = arena, .name = path}, .flags = flags};
	struct yaml_node *root;
	struct buf text;
	enum err err;

	buf_init(&text, YAML_SIZE_MAX);
	loader.reader.dir = folder_of(arena, path);
	loader.settings.path = arena_strdup(arena, path);
	err = loader.reader.dir && loader.settings.path ? ERR_OK : no_memory(e_r);
	if (err == ERR_OK)
		err = file_read(path, &text, e_r);
	if (err == ERR_OK)
		err = yaml_tree_parse(arena, path, buf_text(&text), text.len, &root, e_r);
	if (err == ERR_OK)
		err = load_tree(&loader, root, e_r);
	if (err == ERR_OK)
		*settings_r = loader.settings;
	buf_done(&text);
	return err;
}

const char *settings_store(struct arena *arena, const char *path)
{
	const struct yaml_node *node = NULL;
	struct yaml_node *root;
	const char *store = "amends.db", *dir = folder_of(arena, path);
	struct buf text;

	buf_init(&text, YAML_SIZE_MAX);
	if (file_read(path, &text, NULL) == ERR_OK &&
	    yaml_tree_parse(arena, path, buf_text(&text), text.len, &root, NULL) == ERR_OK && root->kind == YAML_MAP)
		node = yaml_tree_get(root, "store");
	if (node != NULL && node->kind == YAML_SCALAR && node->len > 0)
		store = node->text;
	buf_done(&text);
	return dir ? arena_printf(arena, "%s%s", store[0] == '/' ? "" : dir, store) : NULL;
}

enum err settings_demo(struct arena *arena, const char *store_path, struct settings *settings_r, struct error *e_r)
{
	static const char *const names[] = {"Lumen", "Lumen Coffee", NULL};
	static const char *const handles[] = {"lumencoffee", NULL};
	static const char *const hashtags[] = {"lumencoffee", NULL};
	static const char *const exclude[] = {"candela", "photometry", "lumen learning", "lumens", NULL};
	static const char *const no_secrets[] = {NULL};
	struct option_reader reader = {.arena = arena, .name = "demonstration", .dir = ""};
	struct settings settings = {.demo = true, .secret_env = no_secrets};
	struct brand *brand = arena_alloc(arena, sizeof(*brand));
	struct source_spec *source = arena_alloc(arena, sizeof(*source));
	enum err err = top_defaults(&reader, &settings, e_r);

	if (err != ERR_OK)
		return err;
	settings.store = arena_strdup(arena, store_path);
	if (brand == NULL || source == NULL || settings.store == NULL)
		return no_memory(e_r);
	*brand = (struct brand){.name = "Lumen Coffee",
				.names = names,
				.handles = handles,
				.hashtags = hashtags,
				.exclude = exclude,
				.signature = "Maya at Lumen",
				.contact = "a direct message"};
	*source = (struct source_spec){
		.key = "replay:demo", .platform = "replay", .brand = brand->name, .every_s = 1, .over_s = 60};
	settings.undo_s = 10;
	/* Whoever tries it alone can still approve everything but what would be overridden. */
	settings.policy.two.severity = settings.policy.two.urgency = settings.policy.two.reach = 0;
	settings.policy.two.audience = 0;
	settings.brands = brand;
	settings.brand_count = 1;
	settings.sources = source;
	settings.source_count = 1;
	*settings_r = settings;
	return ERR_OK;
}

enum err settings_plain(struct arena *arena, const char *store_path, const char *brand_name,
			struct settings *settings_r, struct error *e_r)
{
	static const char *const no_secrets[] = {NULL};
	struct option_reader reader = {.arena = arena, .name = "settings", .dir = ""};
	struct settings settings = {.secret_env = no_secrets};
	struct brand *brand = arena_alloc(arena, sizeof(*brand));
	enum err err = top_defaults(&reader, &settings, e_r);

	if (err == ERR_OK && brand == NULL)
		err = no_memory(e_r);
	if (err == ERR_OK)
		err = option_defaults(&reader, SECTION_BRAND, brand, e_r);
	if (err != ERR_OK)
		return err;
	settings.store = arena_strdup(arena, store_path);
	if (brand_name != NULL) {
		brand->name = arena_strdup(arena, brand_name);
		settings.brands = brand;
		settings.brand_count = 1;
	}
	if (arena_failed(arena))
		return no_memory(e_r);
	*settings_r = settings;
	return ERR_OK;
}

const struct brand *settings_brand(const struct settings *settings, const char *name)
{
	for (size_t i = 0; name != NULL && i < settings->brand_count; i++)
		if (strcmp(settings->brands[i].name, name) == 0)
			return &settings->brands[i];
	return NULL;
}
