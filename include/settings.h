/*
 * settings.h - the configuration, amends.yaml, as the program uses it.
 *
 * One table (watcher/settings.c) names every option with type, default, limits and help; parsing, --help-config and
 * README's table come from it. Secrets are never in the file: `token_env` or `token_file` name where they are.
 */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <stdbool.h>
#include <stdio.h>

#include "arena.h"
#include "classify.h"
#include "platform.h"
#include "policy.h"

struct brand {
	const char *name;
	const char *const *names;    /* words that mean the brand; NULL-terminated, like all lists here */
	const char *const *handles;  /* its own accounts, without '@' */
	const char *const *hashtags; /* without '#' */
	const char *const *exclude;  /* a post with one of these words is not ours */
	const char *signature;       /* how replies are signed: "Maya at Acme"; "" none */
	const char *contact;         /* the private way offered: "a direct message", "care@acme.example" */
	const char *rules_dir;       /* own rules laid over the shipped ones; NULL none */
	const char *templates_dir;   /* own templates before the shipped ones; NULL none */
	const char *faq;             /* file of own answers to questions; NULL none */
};

struct settings {
	const char *path;         /* of the file; NULL: none (the built-in demonstration, or plain defaults) */
	const char *store;        /* path of the SQLite file */
	const char *desk_address; /* "127.0.0.1" */
	int desk_port;            /* 8025; 0: any free one */
	const char *desk_url;     /* address people use, for links and the origin check; NULL: http://address:port */
	int undo_s;               /* seconds between approval and sending in which it can be withdrawn */
	int session_hours;
	int import_page; /* posts a transaction */
	struct thresholds thresholds;
	struct policy policy;
	struct brand *brands;
	size_t brand_count;
	struct source_spec *sources;
	size_t source_count;
	const char *const *secret_env; /* names of the environment variables that hold tokens; NULL-terminated */
	bool demo;                     /* running on the built-in demonstration */
};

enum settings_flags {
	SETTINGS_SECRETS = 1, /* read the tokens (watch); without it tokens stay NULL (desk) */
};

/* Reads and checks the file; everything lives in arena. Errors: one line "amends.yaml:12: ...". */
enum err settings_load(struct arena *arena, const char *path, unsigned flags, struct settings *settings_r,
		       struct error *e_r) MUST_CHECK;
/* Where a file that may be wrong in other places says that the store is, or the default; NULL: memory. */
const char *settings_store(struct arena *arena, const char *path);
/* The demonstration brand on the embedded posts, stored at store_path. */
enum err settings_demo(struct arena *arena, const char *store_path, struct settings *settings_r,
		       struct error *e_r) MUST_CHECK;
/* Defaults only, without a file: one brand of that name (NULL: none), no sources. */
enum err settings_plain(struct arena *arena, const char *store_path, const char *brand, struct settings *settings_r,
			struct error *e_r) MUST_CHECK;
void settings_help(FILE *out);                                                         /* --help-config */
const struct brand *settings_brand(const struct settings *settings, const char *name); /* NULL unknown */

#endif
