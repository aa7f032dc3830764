/*
 * fit_posts.h - labelled posts of one language as rows of numbers, for `amends rules fit`.
 */
#ifndef FIT_POSTS_H
#define FIT_POSTS_H

#include "fit.h"
#include "program.h"

#define FIT_FILES_MAX 64
#define FIT_POSTS_MAX 1000000

enum mood { MOOD_NEGATIVE, MOOD_NEUTRAL, MOOD_POSITIVE, MOOD_COUNT };
enum intent { INTENT_VENT, INTENT_PROBLEM, INTENT_NOT, INTENT_COUNT };
/* What a post is that complains of nothing. */
enum kind { KIND_QUESTION, KIND_PRAISE, KIND_NEUTRAL, KIND_NEWS, KIND_OFF_TOPIC, KIND_SPAM, KIND_COUNT };

struct fit_file {
	const char *path;
	char name[64];		/* base name without suffix */
	float complaint, mood; /* what a label of it is worth */
	bool readings;	       /* labels without text, joined by id to posts of the other files */
};

/* -1: not labelled. */
struct fit_labels {
	signed char complaint, problem, mood, intent;
	signed char cause, urgency; /* of problems and vents: enum cause, 0 to 2 */
	signed char kind;	    /* of the others */
	signed char elsewhere;	    /* 1: the post is about something else */
	bool unsure;		    /* of the intent */
};

struct fit_post {
	char *text;
	uint32_t *rules; /* that hit, by index in the set */
	uint32_t rule_count;
	uint16_t file;
	uint16_t fold;
	uint64_t id; /* hash */
	struct fit_labels label;
};

/* Labels given to posts of other files by those who read them. */
struct fit_reading {
	uint64_t id;
	uint16_t file;
	bool joined;
	struct fit_labels label;
};

struct fit_posts {
	struct fit_file files[FIT_FILES_MAX];
	size_t file_count;
	struct fit_post *posts;
	size_t count, room, skipped;
	size_t bad_labels; /* left out: lab_labels.h */
	struct fit_reading *readings; /* by id, once all are read */
	size_t reading_count, reading_room, readings_left; /* left: those without a post, or labelled otherwise */
	uint64_t digest; /* over ids and labels in order */
	/* The rows: columns are the rules, then the pieces. */
	size_t rule_columns;
	char **piece;	   /* written form of column rule_columns + i */
	size_t piece_count;
	uint32_t *df;	   /* per column: posts that have it */
	size_t *at;
	uint32_t *col;
	float *value;
	struct fit_rows rows;
};

struct fit_read {
	const struct ruleset *rules;
	const char *lang;
	unsigned folds;
	uint64_t seed;
	unsigned df_min; /* pieces in fewer posts are left out */
	bool runs;	 /* letters of words as well */
};

/* "FILE", "FILE@W" (its labels count W times) or "FILE@W/S" (S: those of mood). Cuts spec at '@'. */
enum err fit_file_from(char *spec, struct fit_file *file_r, struct error *e_r) MUST_CHECK;
/* Reads posts->files and makes the rows. Lines and labels that cannot be read are named on stderr and
 * left out. */
enum err fit_posts_read(struct fit_posts *posts, const struct fit_read *how, struct error *e_r) MUST_CHECK;
void fit_posts_done(struct fit_posts *posts);

#endif
