/*
 * typed.h - what somebody typed into a form of a complaint's page and sent when their session was over.
 *
 * Nothing of it may be lost and nothing may be done with it: the sign-in page carries it in hidden fields, and behind
 * the sign-in it stands in the complaint's page again, not saved. It is shown to the account it was typed in, to no
 * other, and only when the request is proven to come from our own page: another site cannot put words into the box.
 */
#ifndef DESK_TYPED_H
#define DESK_TYPED_H

#include "exchange.h"

#define TYPED_MAX (16u << 10) /* bytes: escaped for a form three times as many, which BODY_MAX still takes */

struct typed {
	int64_t id;                        /* the complaint's */
	const char *action;                /* the form's: "draft", "close" */
	const char *by;                    /* the account the page was made for */
	const char *hash;                  /* of the draft that was shown; "" none */
	const char *text;                  /* the reply; NULL: the form has none */
	const char *reason, *override_why; /* NULL none */
};

/* What a complaint's form holds. false: nothing, more than TYPED_MAX, or it is not proven to be our own page's. */
bool typed_sent(struct exchange *x, struct typed *typed_r);
/* The same from the fields that the sign-in page carried. */
bool typed_carried(struct exchange *x, struct typed *typed_r);
/* Has the sign-in page carry it; words are borrowed. */
void typed_carry(const struct typed *typed, struct json_object *page);
/* Was it typed by who is signed in now? */
bool typed_own(const struct typed *typed, const struct exchange *x);

#endif
