/*
 * test_openapi.c - the API's description against the program, both ways: every route of the table is described and
 * every described operation is a route; every answer of a running desk has all required fields and none that is not
 * described.
 */
#include "desk_help.h"
#include "respond/desk/route.h"

#include "asset.h"

/* ---- a validator for the part of JSON Schema the document uses ---- */

struct check {
	struct json_object *document;
	char where[512];
	char wrong[1024]; /* first finding; "" none */
};

static bool validate(struct check *check, struct json_object *schema, struct json_object *value, const char *where);

static void finding(struct check *check, const char *where, const char *fmt, ...) FORMAT(3, 4);
static void finding(struct check *check, const char *where, const char *fmt, ...)
{
	va_list args;
	int len;

	if (check->wrong[0])
		return;
	len = snprintf(check->wrong, sizeof(check->wrong), "%s: ", where[0] ? where : "/");
	va_start(args, fmt);
	vsnprintf(check->wrong + len, sizeof(check->wrong) - (size_t)len, fmt, args);
	va_end(args);
}

/* "#/components/schemas/Name" */
static struct json_object *resolve(struct check *check, struct json_object *object)
{
	const char *ref = json_str(object, "$ref", NULL);
	struct json_object *found = NULL;

	if (!ref)
		return object;
	if (ref[0] != '#' || json_pointer_get(check->document, ref + 1, &found) != 0)
		fail_msg("openapi.json: %s leads nowhere", ref);
	return resolve(check, found);
}

static bool type_is(const char *type, struct json_object *value)
{
	switch (json_object_get_type(value)) {
	case json_type_null:
		return strcmp(type, "null") == 0;
	case json_type_boolean:
		return strcmp(type, "boolean") == 0;
	case json_type_int:
		return strcmp(type, "integer") == 0 || strcmp(type, "number") == 0;
	case json_type_double:
		return strcmp(type, "number") == 0;
	case json_type_string:
		return strcmp(type, "string") == 0;
	case json_type_array:
		return strcmp(type, "array") == 0;
	default:
		return strcmp(type, "object") == 0;
	}
}

static bool type_fits(struct json_object *type, struct json_object *value)
{
	if (json_object_is_type(type, json_type_string))
		return type_is(json_object_get_string(type), value);
	for (size_t i = 0; i < json_object_array_length(type); i++) {
		if (type_is(json_object_get_string(json_object_array_get_idx(type, i)), value))
			return true;
	}
	return false;
}

static bool validate_object(struct check *check, struct json_object *schema, struct json_object *value,
			    const char *where)
{
	struct json_object *properties = json_get(schema, "properties"), *required = json_get(schema, "required");
	bool closed = json_object_object_get_ex(schema, "additionalProperties", NULL) &&
		      !json_flag(schema, "additionalProperties", true);
	char below[512];

	for (size_t i = 0; required && i < json_object_array_length(required); i++) {
		const char *name = json_object_get_string(json_object_array_get_idx(required, i));

		if (!json_object_object_get_ex(value, name, NULL))
			finding(check, where, "required \"%s\" is missing", name);
	}
	json_object_object_foreach(value, name, member)
	{
		struct json_object *one = NULL;

		snprintf(below, sizeof(below), "%s/%s", where, name);
		if (properties && json_object_object_get_ex(properties, name, &one))
			(void)validate(check, one, member, below);
		else if (closed)
			finding(check, below, "is not described");
	}
	return check->wrong[0] == '\0';
}

static bool validate_one_of(struct check *check, struct json_object *choices, struct json_object *value,
			    const char *where)
{
	char last[sizeof(check->wrong)] = "";

	for (size_t i = 0; i < json_object_array_length(choices); i++) {
		struct check trial = {.document = check->document};

		if (validate(&trial, json_object_array_get_idx(choices, i), value, where))
			return true;
		if (value && !last[0])
			snprintf(last, sizeof(last), "%s", trial.wrong);
	}
	finding(check, where, "fits no choice (%s)", last);
	return false;
}

static bool in_list(struct json_object *list, struct json_object *value)
{
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		if (json_object_equal(json_object_array_get_idx(list, i), value))
			return true;
	}
	return false;
}

static void validate_range(struct check *check, struct json_object *schema, struct json_object *value,
			   const char *where)
{
	double number = json_object_get_double(value);

	if (number < json_num(schema, "minimum", number) || number > json_num(schema, "maximum", number))
		finding(check, where, "%g is out of range", number);
}

static bool validate(struct check *check, struct json_object *schema, struct json_object *value, const char *where)
{
	struct json_object *type, *list;
	char below[512];

	schema = resolve(check, schema);
	if ((list = json_get(schema, "oneOf")) != NULL)
		return validate_one_of(check, list, value, where);
	type = json_get(schema, "type");
	if (!type)
		fail_msg("openapi.json: a schema without type at %s", where);
	if (!type_fits(type, value))
		finding(check, where, "%s is not of the described type", json_object_to_json_string(value));
	else if ((list = json_get(schema, "enum")) != NULL && !in_list(list, value))
		finding(check, where, "%s is not one of the described values", json_object_to_json_string(value));
	else if (json_object_is_type(value, json_type_object))
		(void)validate_object(check, schema, value, where);
	else if (json_object_is_type(value, json_type_int) || json_object_is_type(value, json_type_double))
		validate_range(check, schema, value, where);
	else if (json_object_is_type(value, json_type_array))
		for (size_t i = 0; i < json_object_array_length(value); i++) {
			snprintf(below, sizeof(below), "%s/%zu", where, i);
			(void)validate(check, json_get(schema, "items"), json_object_array_get_idx(value, i), below);
		}
	return check->wrong[0] == '\0';
}

/* ---- the document ---- */

static struct json_object *load_document(void)
{
	const struct asset *asset = asset_find("respond/desk/openapi.json");
	struct json_parser *parser = json_parser_new();
	struct json_object *document = NULL;
	struct error e = {0};
	size_t len;

	assert_non_null(asset);
	for (len = asset->len; len > 0 && asset->data[len - 1] == '\n';)
		len--;
	help_ok(json_parse(parser, asset->data, len, &document, &e), &e);
	json_parser_free(&parser);
	return document;
}

/* "/api/v1/complaints/:id/draft" -> "/complaints/{id}/draft" */
static void described_path(const char *route, char *out, size_t size)
{
	const char *id = strstr(route, ":id");

	route += strlen("/api/v1");
	if (id)
		snprintf(out, size, "%.*s{id}%s", (int)(id - route), route, id + 3);
	else
		snprintf(out, size, "%s", route);
}

static struct json_object *operation_of(struct json_object *document, const char *method, const char *path)
{
	char key[8] = "";

	for (size_t i = 0; method[i] && i < sizeof(key) - 1; i++) {
		key[i] = (char)(method[i] | 0x20);
		key[i + 1] = '\0';
	}
	return json_get(json_get(json_get(document, "paths"), path), key);
}

static void every_route_is_described_and_every_description_is_a_route(void **state)
{
	struct json_object *document = load_document();
	const struct route *route;
	int routes = 0, operations = 0;

	(void)state;
	for (size_t i = 0; (route = route_at(i)) != NULL; i++) {
		char path[128];
		struct json_object *operation;

		if (strncmp(route->path, "/api/", 5) != 0)
			continue;
		routes++;
		described_path(route->path, path, sizeof(path));
		operation = operation_of(document, route->method, path);
		if (!operation)
			fail_msg("%s %s is not described", route->method, route->path);
		/* public means: security is switched off for it */
		assert_int_equal(json_get(operation, "security") &&
					 json_object_array_length(json_get(operation, "security")) == 0,
				 route->access == ACCESS_PUBLIC);
	}
	json_object_object_foreach(json_get(document, "paths"), path, methods)
	{
		(void)path;
		operations += json_object_object_length(methods);
	}
	assert_int_equal(operations, routes);
	json_object_put(document);
}

static void every_object_schema_is_closed(void **state)
{
	struct json_object *document = load_document();

	(void)state;
	json_object_object_foreach(json_get(json_get(document, "components"), "schemas"), name, schema)
	{
		if (json_flag(schema, "additionalProperties", true))
			fail_msg("%s allows fields nobody described", name);
		json_object_object_foreach(json_get(schema, "properties"), field, ignored)
		{
			(void)ignored;
			struct json_object *word = json_object_new_string(field);

			if (!in_list(json_get(schema, "required"), word))
				fail_msg("%s.%s is optional: an answer always has all its fields", name, field);
			json_object_put(word);
		}
	}
	json_object_put(document);
}

/* ---- live answers ---- */

struct call {
	const char *method, *path, *described, *json;
	int status;
	const char *sign; /* "out": without session and token */
};

static void validate_answer(struct json_object *document, const struct call *call, const struct help_answer *answer)
{
	struct json_object *operation = operation_of(document, call->method, call->described);
	struct check check = {.document = document};
	struct json_object *response, *schema = NULL, *value;
	char status[8];

	if (answer->status != call->status)
		fail_msg("%s %s: %d instead of %d: %.300s", call->method, call->path, answer->status, call->status,
			 answer->body);
	assert_non_null(operation);
	snprintf(status, sizeof(status), "%d", answer->status);
	response = json_get(json_get(operation, "responses"), status);
	if (!response)
		fail_msg("%s %s: answer %s is not described", call->method, call->described, status);
	response = resolve(&check, response);
	(void)json_pointer_get(response, "/content/application~1json/schema", &schema);
	if (!schema) {
		assert_int_equal(answer->body_len, 0);
		return;
	}
	value = help_json(answer);
	if (!validate(&check, schema, value, ""))
		fail_msg("%s %s %s: %s", call->method, call->path, status, check.wrong);
	json_object_put(value);
}

static void run_call(struct help *h, struct json_object *document, const struct call *call)
{
	struct help stranger = *h;
	struct help_answer answer;
	bool out = call->sign && strcmp(call->sign, "out") == 0;

	stranger.cookie[0] = stranger.csrf[0] = '\0';
	answer = help_api(out ? &stranger : h, call->method, call->path, call->json);
	validate_answer(document, call, &answer);
	help_done(&answer);
}

static int64_t id_of(struct help *h, const char *post_id, char hash[APPROVAL_HASH_SIZE])
{
	struct complaint_query query = {.state = -1, .class = -1, .cause = -1, .limit = 100};
	struct complaint_row *rows;
	struct error e = {0};
	size_t count;

	help_ok(store_complaint_list(h->own, h->arena, &query, &rows, &count, &e), &e);
	for (size_t i = 0; i < count; i++) {
		if (strcmp(rows[i].post_ext_id, post_id) == 0) {
			snprintf(hash, APPROVAL_HASH_SIZE, "%s", rows[i].draft_hash ? rows[i].draft_hash : "");
			return rows[i].id;
		}
	}
	fail_msg("no complaint of %s", post_id);
	return 0;
}

/* One action on a sample's complaint; json may hold %s for the hash of its draft. */
static void act(struct help *h, struct json_object *document, const char *post_id, const char *action, const char *json,
		int status)
{
	char hash[APPROVAL_HASH_SIZE], path[96], described[96], body[512] = "";
	int64_t id = id_of(h, post_id, hash);
	const char *hole = json ? strstr(json, "HASH") : NULL;
	struct call call = {"POST", path, described, json ? body : NULL, status, NULL};

	if (hole)
		snprintf(body, sizeof(body), "%.*s%s%s", (int)(hole - json), json, hash, hole + 4);
	else if (json)
		snprintf(body, sizeof(body), "%s", json);
	snprintf(path, sizeof(path), "/api/v1/complaints/%lld/%s", (long long)id, action);
	snprintf(described, sizeof(described), "/complaints/{id}/%s", action);
	run_call(h, document, &call);
}

static void reading(struct help *h, struct json_object *document)
{
	static const struct call calls[] = {
		{"GET", "/api/v1/openapi.json", "/openapi.json", NULL, 200, "out"},
		{"GET", "/api/v1/complaints", "/complaints", NULL, 200, NULL},
		{"GET", "/api/v1/complaints?state=any&order=newest&limit=2", "/complaints", NULL, 200, NULL},
		{"GET", "/api/v1/complaints?state=none", "/complaints", NULL, 400, NULL},
		{"GET", "/api/v1/complaints", "/complaints", NULL, 401, "out"},
		{"GET", "/api/v1/complaints/1", "/complaints/{id}", NULL, 200, NULL},
		{"GET", "/api/v1/complaints/2", "/complaints/{id}", NULL, 200, NULL},
		{"GET", "/api/v1/complaints/3", "/complaints/{id}", NULL, 200, NULL},
		{"GET", "/api/v1/complaints/4000", "/complaints/{id}", NULL, 404, NULL},
		{"GET", "/api/v1/complaints/1", "/complaints/{id}", NULL, 401, "out"},
		{"GET", "/api/v1/counts", "/counts", NULL, 200, NULL},
		{"GET", "/api/v1/counts?brand=Acme", "/counts", NULL, 200, NULL},
		{"GET", "/api/v1/counts", "/counts", NULL, 401, "out"},
		{"GET", "/api/v1/sources", "/sources", NULL, 200, NULL},
		{"GET", "/api/v1/sources", "/sources", NULL, 401, "out"},
		{"GET", "/api/v1/pauses", "/pauses", NULL, 200, NULL},
		{"GET", "/api/v1/pauses", "/pauses", NULL, 401, "out"},
		{"POST", "/api/v1/pauses", "/pauses", "{\"paused\":true}", 200, NULL},
		{"POST", "/api/v1/pauses", "/pauses", "{\"paused\":true,\"brand\":\"Acme\"}", 200, NULL},
		{"GET", "/api/v1/complaints/1", "/complaints/{id}", NULL, 200, NULL},
		{"POST", "/api/v1/pauses", "/pauses", "{\"paused\":false,\"brand\":null}", 200, NULL},
		{"POST", "/api/v1/pauses", "/pauses", "{\"paused\":false,\"brand\":\"Acme\"}", 200, NULL},
		{"POST", "/api/v1/pauses", "/pauses", "{\"paused\":true,\"brand\":\"Nobody\"}", 400, NULL},
		{"POST", "/api/v1/pauses", "/pauses", "{}", 400, NULL},
		{"GET", "/api/v1/promises", "/promises", NULL, 200, NULL},
		{"GET", "/api/v1/promises", "/promises", NULL, 401, "out"},
		{"POST", "/api/v1/complaints/1/kept", "/complaints/{id}/kept", NULL, 409, NULL},
		{"POST", "/api/v1/complaints/4000/kept", "/complaints/{id}/kept", NULL, 404, NULL},
		{"GET", "/api/v1/reviews", "/reviews", NULL, 200, NULL},
		{"GET", "/api/v1/reviews", "/reviews", NULL, 401, "out"},
		{"POST", "/api/v1/reviews/1", "/reviews/{id}", "{}", 400, NULL},
		{"POST", "/api/v1/reviews/1", "/reviews/{id}", "{\"fine\":true}", 404, NULL},
		{"GET", "/api/v1/figures", "/figures", NULL, 200, NULL},
		{"GET", "/api/v1/figures?days=7", "/figures", NULL, 200, NULL},
		{"GET", "/api/v1/figures?days=x", "/figures", NULL, 400, NULL},
		{"GET", "/api/v1/figures", "/figures", NULL, 401, "out"},
		{"GET", "/api/v1/corrections", "/corrections", NULL, 200, NULL},
		{"POST", "/api/v1/complaints/4/judge", "/complaints/{id}/judge",
		 "{\"class\":\"praise\",\"cause\":\"none\",\"urgency\":0,\"note\":\"Kind words\"}", 200, NULL},
		{"POST", "/api/v1/complaints/4/judge", "/complaints/{id}/judge", "{\"class\":\"bad\"}", 400, NULL},
		{"POST", "/api/v1/complaints/4000/judge", "/complaints/{id}/judge", "{}", 404, NULL},
		{"GET", "/api/v1/corrections?limit=1", "/corrections", NULL, 200, NULL},
		{"GET", "/api/v1/corrections?limit=0", "/corrections", NULL, 400, NULL},
		{"GET", "/api/v1/corrections", "/corrections", NULL, 401, "out"},
		{"GET", "/api/v1/me", "/me", NULL, 200, NULL},
		{"GET", "/api/v1/me", "/me", NULL, 401, "out"},
	};

	for (size_t i = 0; i < ARRAY_LEN(calls); i++)
		run_call(h, document, &calls[i]);
}

/* p2's reply, marked as posted, promised something and was let go by one person. */
static void promising(struct help *h, struct json_object *document)
{
	static const struct call calls[] = {
		{"GET", "/api/v1/promises", "/promises", NULL, 200, NULL},
		{"GET", "/api/v1/complaints/2", "/complaints/{id}", NULL, 200, NULL},
		{"POST", "/api/v1/complaints/2/kept", "/complaints/{id}/kept", NULL, 200, NULL},
		{"GET", "/api/v1/promises", "/promises", NULL, 200, NULL},
		{"GET", "/api/v1/reviews", "/reviews", NULL, 200, NULL},
		{"POST", "/api/v1/reviews/1", "/reviews/{id}", "{\"fine\":true}", 403, NULL},
		{"GET", "/api/v1/figures", "/figures", NULL, 200, NULL},
	};
	static const struct call by_another[] = {
		{"POST", "/api/v1/reviews/1", "/reviews/{id}", "{\"fine\":false}", 400, NULL},
		{"POST", "/api/v1/reviews/1", "/reviews/{id}", "{\"fine\":false,\"note\":\"No day\"}", 200, NULL},
		{"POST", "/api/v1/reviews/1", "/reviews/{id}", "{\"fine\":true}", 409, NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(calls); i++)
		run_call(h, document, &calls[i]);
	help_be(h, "ben", ROLE_APPROVER);
	for (size_t i = 0; i < ARRAY_LEN(by_another); i++)
		run_call(h, document, &by_another[i]);
	help_be(h, "maya", ROLE_ADMIN);
}

static void deciding(struct help *h, struct json_object *document)
{
	static const struct {
		const char *post, *action, *json;
		int status;
	} steps[] = {
		{"p1", "check", "{\"text\":\"You should have sent your card number\"}", 200},
		{"p1", "check", "{}", 400},
		{"p1", "draft", "{\"text\":\"We are sorry, it is traced now.\",\"hash\":\"HASH\"}", 200},
		{"p1", "draft", "{\"text\":\"Another\",\"hash\":\"00\"}", 409},
		{"p1", "draft", "{}", 400},
		{"p1", "submit", "{\"hash\":\"HASH\"}", 200},
		{"p1", "submit", "{\"hash\":\"HASH\"}", 409},
		{"p1", "changes", "{}", 400},
		{"p1", "changes", "{\"reason\":\"Name the day\"}", 200},
		{"p1", "changes", "{\"reason\":\"Again\"}", 409},
		{"p1", "check", "{\"text\":\"We will refund you 20 euros and get back to you by tomorrow.\"}", 200},
		{"p1", "submit", "{\"hash\":\"HASH\",\"override_why\":\"not needed\"}", 200},
		{"p1", "reject", "{}", 400},
		{"p1", "reject", "{\"reason\":\"Too short\"}", 200},
		{"p1", "draft", "{\"text\":\"We are sorry, it is traced now.\"}", 200},
		{"p1", "approve", "{}", 400},
		{"p1", "approve", "{\"hash\":\"00\"}", 409},
		{"p1", "approve", "{\"hash\":\"HASH\",\"text\":\"@ada@example.social Sorry. We trace it now.\"}", 200},
		{"p1", "withdraw", NULL, 200},
		{"p1", "withdraw", NULL, 409},
		{"p1", "posted", "{}", 409},
		{"p4", "close", "{\"reason\":\"Answered at the counter\"}", 200},
		{"p4", "close", "{\"reason\":\"Again\"}", 409},
		{"p4", "reopen", NULL, 200},
		{"p4", "reopen", NULL, 409},
	};

	for (size_t i = 0; i < ARRAY_LEN(steps); i++)
		act(h, document, steps[i].post, steps[i].action, steps[i].json, steps[i].status);
	h->source.token = NULL; /* now a person must post */
	h->settings.policy.two.severity = 0;
	act(h, document, "p2", "approve",
	    "{\"hash\":\"HASH\",\"text\":\"We are sorry. We will get back to you by tomorrow.\"}", 200);
	act(h, document, "p2", "posted", "{\"text\":\"ftp://no\"}", 400);
	act(h, document, "p2", "posted", "{\"text\":\"https://example.social/@us/7\"}", 200);
	promising(h, document);
	/* every kind of view once more, with outbox and history */
	for (int id = 1; id <= (int)ARRAY_LEN(help_posts); id++) {
		char path[64];
		struct call call = {"GET", path, "/complaints/{id}", NULL, 200, NULL};

		snprintf(path, sizeof(path), "/api/v1/complaints/%d", id);
		run_call(h, document, &call);
	}
}

static void sessions(struct help *h, struct json_object *document)
{
	static const struct call calls[] = {
		{"POST", "/api/v1/session", "/session", "{\"name\":\"maya\"}", 400, "out"},
		{"POST", "/api/v1/session", "/session", "{\"name\":\"maya\",\"password\":\"not this one\"}", 401,
		 "out"},
		{"POST", "/api/v1/session", "/session", "{\"name\":\"maya\",\"password\":\"" HELP_PASSWORD "\"}", 200,
		 "out"},
		{"DELETE", "/api/v1/session", "/session", NULL, 204, NULL},
		{"DELETE", "/api/v1/session", "/session", NULL, 401, NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(calls); i++)
		run_call(h, document, &calls[i]);
}

static void live_answers_are_exactly_as_described(void **state)
{
	struct json_object *document = load_document();
	struct help h;

	(void)state;
	help_open(&h);
	help_first(&h);
	reading(&h, document);
	deciding(&h, document);
	sessions(&h, document);
	help_close(&h);
	json_object_put(document);
}

/* A check that cannot fail proves nothing. */
static void the_validator_finds_what_is_wrong(void **state)
{
	static const struct {
		const char *schema, *value;
		bool fits;
	} cases[] = {
		{"{\"type\":\"string\"}", "\"a\"", true},
		{"{\"type\":\"string\"}", "1", false},
		{"{\"type\":[\"string\",\"null\"]}", "null", true},
		{"{\"type\":\"integer\",\"minimum\":1}", "0", false},
		{"{\"type\":\"string\",\"enum\":[\"a\"]}", "\"b\"", false},
		{"{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"a\"],\"properties\":{\"a\":{"
		 "\"type\":"
		 "\"integer\"}}}",
		 "{\"a\":1}", true},
		{"{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"a\"],\"properties\":{\"a\":{"
		 "\"type\":"
		 "\"integer\"}}}",
		 "{\"a\":1,\"b\":2}", false},
		{"{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"a\"],\"properties\":{\"a\":{"
		 "\"type\":"
		 "\"integer\"}}}",
		 "{}", false},
		{"{\"type\":\"array\",\"items\":{\"type\":\"boolean\"}}", "[true,1]", false},
		{"{\"oneOf\":[{\"type\":\"string\"},{\"type\":\"null\"}]}", "7", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct json_object *schema = json_tokener_parse(cases[i].schema),
				   *value = json_tokener_parse(cases[i].value);
		struct check check = {.document = schema};

		if (validate(&check, schema, value, "") != cases[i].fits)
			fail_msg("%s with %s", cases[i].schema, cases[i].value);
		json_object_put(schema);
		json_object_put(value);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_validator_finds_what_is_wrong),
		cmocka_unit_test(every_route_is_described_and_every_description_is_a_route),
		cmocka_unit_test(every_object_schema_is_closed),
		cmocka_unit_test(live_answers_are_exactly_as_described),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
