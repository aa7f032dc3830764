/*
 * template.h - a loaded set of reply templates, as draft.c chooses from it. Format: templates/README.md.
 */
#ifndef RESPOND_TEMPLATE_H
#define RESPOND_TEMPLATE_H

#include "draft.h"
#include "fact.h"

/* What a template may use beside the facts; bits of one mask, the facts first. */
enum view_name {
	VIEW_NAME = FACT_KIND_COUNT,
	VIEW_AGAIN,  /* they wrote before */
	VIEW_GIVEN,  /* they gave a reference in the post: do not ask for one */
	VIEW_BY,     /* the public day of the next answer */
	VIEW_ANSWER, /* the brand's own answer to a question */
	VIEW_MANY,   /* many customers told us something alike */
	VIEW_BRAND,
	VIEW_SIGNATURE,
	VIEW_CONTACT,
	VIEW_COUNT
};
#define VIEW_BIT(n) (1u << (n))
#define VIEW_FACTS (VIEW_BIT(FACT_KIND_COUNT) - 1u)
const char *view_name(unsigned name);

struct variant {
	struct mustache *mustache;
	unsigned needs; /* VIEW_BITs it cannot do without */
	unsigned uses;  /* VIEW_BITs it mentions at all */
};

struct template
{
	char *id, *file, *lang;
	unsigned classes; /* 1 << enum class */
	unsigned causes;  /* 1 << enum cause; 0: any */
	unsigned when;    /* VIEW_BITs that must be known */
	bool urgent;      /* for what a person must see first; nothing else may answer that */
	bool many;        /* only when many customers told us something alike */
	int severity;     /* only from this severity on; 0: any */
	unsigned prefer;  /* 0 to 9: before others that fit as well */
	bool unsure;      /* only when it may well be no complaint at all */
	char *stage;      /* only when asked for by this name; NULL: an ordinary reply */
	char **hits;      /* only when one of these rules hit; NULL-terminated; NULL: any */
	char **words;     /* ... and what it hit has one of these words; NULL-terminated; NULL: any */
	struct variant *variants;
	size_t variant_count;
};

struct templates {
	struct template *list;
	size_t count, size;
};

#endif
