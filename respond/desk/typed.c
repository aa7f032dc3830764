/*
 * typed.c - see typed.h.
 */
#include "typed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guard.h"
#include "view.h"

static size_t size_of(const char *text)
{
	return text ? strlen(text) : 0;
}

static bool blank(const char *text)
{
	return !text || text[strspn(text, " \t\n")] == '\0';
}

/* Something typed, by somebody known, of a size that the way through the sign-in page bears. */
static bool fit(const struct exchange *x, const struct typed *typed)
{
	size_t size = size_of(typed->hash) + size_of(typed->text) + size_of(typed->reason) +
		      size_of(typed->override_why) + size_of(typed->by);

	return typed->id > 0 && typed->by && *typed->by && typed->action && *typed->action &&
	       typed->action[strspn(typed->action, "abcdefghijklmnopqrstuvwxyz")] == '\0' && size <= TYPED_MAX &&
	       (!blank(typed->text) || !blank(typed->reason) || !blank(typed->override_why)) && guard_own_page(x);
}

/* The form's action is the last part of its address: /complaints/12/close. */
static const char *action_sent(const struct exchange *x)
{
	const char *slash = x->path ? strrchr(x->path, '/') : NULL;

	return slash ? slash + 1 : NULL;
}

bool typed_sent(struct exchange *x, struct typed *typed_r)
{
	struct typed typed = {.id = x->id,
			      .action = action_sent(x),
			      .by = exchange_text(x, "by"),
			      .hash = exchange_text(x, "hash"),
			      .reason = exchange_text(x, "reason"),
			      .override_why = exchange_text(x, "override_why")};

	if (x->api || !typed.action || strncmp(x->path, "/complaints/", 12) != 0)
		return false;
	if (strcmp(typed.action, "posted") != 0) /* there it is an address */
		typed.text = exchange_text(x, "text");
	if (!fit(x, &typed))
		return false;
	*typed_r = typed;
	return true;
}

bool typed_carried(struct exchange *x, struct typed *typed_r)
{
	const char *id = exchange_field(x, "typed_id");
	struct typed typed = {.action = exchange_field(x, "typed_action"),
			      .by = exchange_field(x, "typed_by"),
			      .hash = exchange_field(x, "typed_hash"),
			      .text = exchange_text(x, "typed_text"),
			      .reason = exchange_text(x, "typed_reason"),
			      .override_why = exchange_text(x, "typed_override_why")};

	if (x->api || !id || strlen(id) > 18 || id[strspn(id, "0123456789")] != '\0')
		return false;
	typed.id = strtoll(id, NULL, 10);
	if (!fit(x, &typed))
		return false;
	*typed_r = typed;
	return true;
}

void typed_carry(const struct typed *typed, struct json_object *page)
{
	struct json_object *fields = json_object_new_array(), *carried = json_object_new_object();
	char id[24];
	const struct {
		const char *name, *value;
	} all[] = {{"typed_id", id},
		   {"typed_action", typed->action},
		   {"typed_by", typed->by},
		   {"typed_hash", typed->hash},
		   {"typed_text", typed->text},
		   {"typed_reason", typed->reason},
		   {"typed_override_why", typed->override_why}};

	snprintf(id, sizeof(id), "%lld", (long long)typed->id);
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		struct json_object *field;

		if (!all[i].value)
			continue;
		field = json_object_new_object();
		json_add_str(field, "name", all[i].name);
		json_add_str(field, "value", all[i].value);
		json_object_array_add(fields, field);
	}
	json_add_str(carried, "by", typed->by);
	json_add(carried, "fields", fields);
	json_add(page, "carried", carried);
}

bool typed_own(const struct typed *typed, const struct exchange *x)
{
	return x->signed_in && strcmp(typed->by, x->session.user.name) == 0;
}
