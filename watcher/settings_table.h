/*
 * settings_table.h - the one table of options behind amends.yaml: settings.c parses by it, --help-config prints it.
 */
#ifndef SETTINGS_TABLE_H
#define SETTINGS_TABLE_H

#include "settings.h"
#include "yaml_tree.h"

enum section {
	SECTION_TOP,
	SECTION_DESK,
	SECTION_CLASSIFY,
	SECTION_THRESHOLDS,
	SECTION_IMPORT,
	SECTION_POLICY,
	SECTION_TWO,
	SECTION_FIRST,
	SECTION_HOURS,
	SECTION_PROMISE,
	SECTION_LATITUDE, /* an entry of the list `policy: latitude` */
	SECTION_BRAND,    /* an entry of the list `brands` */
	SECTION_SOURCE,   /* an entry of the list `sources` */
};

enum option_type {
	OPTION_TEXT,     /* const char * */
	OPTION_WORDS,    /* const char *const *: list of texts, or one text */
	OPTION_HANDLES,  /* the same, a leading '@' dropped */
	OPTION_HASHTAGS, /* the same, a leading '#' dropped */
	OPTION_HASHTAG,  /* const char *, a leading '#' dropped */
	OPTION_PATH,     /* const char *, relative to the configuration's folder */
	OPTION_ADDRESS,  /* const char *: a web address, no trailing slash */
	OPTION_INT,      /* int */
	OPTION_NUMBER,   /* double */
	OPTION_SECONDS,  /* int64_t: 30, 30s, 5m, 1h, 2d */
	OPTION_FLAG,     /* int: true, false */
	OPTION_BOOL,     /* bool: the same */
	OPTION_COUNT,    /* int64_t */
	OPTION_ROLE,     /* enum role */
	OPTION_REMEDY,   /* enum remedy */
	OPTION_CAUSES,   /* unsigned, bit 1 << enum cause: list of causes, or one */
	OPTION_DAYS,     /* unsigned, bit 0 Monday: list of days, or one */
	OPTION_TIME,     /* int, minutes after midnight: "09:00" */
	OPTION_DATES,    /* const char *const *: "2026-12-25" or every year "12-25" */
	OPTION_MAP,      /* a map whose keys are the child section's */
	OPTION_LIST,     /* a list of maps of the child section */
};

struct option_spec {
	enum section section;
	const char *key;
	enum option_type type;
	size_t offset;         /* into the section's struct */
	const char *otherwise; /* default, as it would stand in the file (lists: "a, b"); NULL: none */
	double min, max;       /* numbers, seconds; both 0: no limits */
	bool required;
	enum section child; /* OPTION_MAP, OPTION_LIST */
	const char *help;
};

/* A source as the file has it: the secret's place is not part of what platforms see. */
struct source_entry {
	struct source_spec spec;
	const char *token_env, *token_file;
	int token_line;
};

/* The i-th option of the table; NULL at the end. */
const struct option_spec *option_at(size_t i);
const struct option_spec *option_find(enum section section, const char *key); /* NULL unknown */
/* The closest known key of the section, or NULL. */
const char *option_nearest(enum section section, const char *key);
/* What a value of this type looks like, for errors and help: "a number". */
const char *option_type_name(enum option_type type);

/* Where values are read. */
struct option_reader {
	struct arena *arena;
	const char *name; /* of the file, begins every error */
	const char *dir;  /* folder that relative paths start from */
};
/* Reads a scalar or a list of words into base + option->offset. */
enum err option_read(const struct option_reader *reader, const struct option_spec *option, const struct yaml_node *node,
		     void *base, struct error *e_r) MUST_CHECK;
/* Puts the defaults of a section's scalar options into base. */
enum err option_defaults(const struct option_reader *reader, enum section section, void *base,
			 struct error *e_r) MUST_CHECK;

#endif
