/*
 * cmd_doctor.c - `amends doctor`: is everything in order, and has nobody been at the audit?
 *
 * Each look leaves one line, right or wrong; one that is wrong does not stop the others, and makes the exit code 1.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "platform.h"
#include "watcher/answers.h"
#include "watcher/errand.h"

#define DOCTOR_ARENA_MAX ((size_t)64 << 20)

struct doctor {
	struct workspace_options where;
	struct workspace workspace;
	struct arena *arena;
	struct json_object *list; /* with --json */
	int wrong;
};

static void say_row(struct doctor *doctor, bool ok, const char *word, const char *what, const char *text)
{
	struct json_object *row;

	if (doctor->list == NULL) {
		printf("%-6s %-14s %s\n", word, what, text);
		return;
	}
	row = json_object_new_object();
	if (row == NULL || !json_add_str(row, "check", what) || !json_add_bool(row, "ok", ok) ||
	    !json_add_str(row, "says", text) || json_object_array_add(doctor->list, row) != 0)
		json_object_put(row); /* the line is lost, the count of what is wrong is not */
}

static void say(struct doctor *doctor, bool ok, const char *what, const char *fmt, ...) FORMAT(4, 5);
static void say(struct doctor *doctor, bool ok, const char *what, const char *fmt, ...)
{
	char text[ERROR_TEXT_SIZE + 100];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	doctor->wrong += !ok;
	say_row(doctor, ok, ok ? "ok" : "WRONG", what, text);
}

/* Nothing is broken, and yet somebody may have meant something else. */
static void remark(void *ctx, const char *sentence)
{
	say_row(ctx, true, "note", "rules", sentence);
}

/* "1 row", "2 rows"; lives as long as the expression it stands in. */
struct counted {
	char text[40];
};

static struct counted counted(int64_t count, const char *one, const char *many)
{
	struct counted counted;

	snprintf(counted.text, sizeof(counted.text), "%lld %s", (long long)count, count == 1 ? one : many);
	return counted;
}

/* ---- the looks ---- */

static void look_store(struct doctor *doctor)
{
	const char *path = doctor->workspace.settings.store, *fault = NULL;
	struct complaint_counts counts;
	struct error error = {0};
	int64_t waiting;

	if (workspace_store_open(&doctor->where, &doctor->workspace, &error) != ERR_OK ||
	    store_complaint_counts(doctor->workspace.store, NULL, &counts, &error) != ERR_OK ||
	    store_integrity(doctor->workspace.store, doctor->arena, &fault, &error) != ERR_OK) {
		say(doctor, false, "store", "%s", error.text);
		return;
	}
	waiting = counts.state[STATE_OPEN] + counts.state[STATE_SUBMITTED];
	if (fault != NULL)
		say(doctor, false, "store", "%s: %s: restore a backup", path, fault);
	else
		say(doctor, true, "store", "%s is whole; %s for a person", path,
		    counted(waiting, "complaint waits", "complaints wait").text);
}

/* Is that the id of a tone rule, or the group of one? */
static bool tone_known(const struct ruleset *tone, const char *word)
{
	size_t len = strlen(word);

	if (ruleset_find(tone, word) != NULL)
		return true;
	for (size_t i = 0; i < ruleset_count(tone); i++) {
		const char *id = ruleset_at(tone, i)->id;

		if (strncmp(id, word, len) == 0 && id[len] == '_')
			return true;
	}
	return false;
}

static void look_policy(struct doctor *doctor, const struct ruleset *tone)
{
	const struct policy *policy = &doctor->workspace.settings.policy;
	const char *const *const lists[] = {policy->warn_only, policy->block};
	char sample[30] = "none";

	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		for (const char *const *word = lists[i]; word != NULL && *word != NULL; word++)
			if (!tone_known(tone, *word)) {
				say(doctor, false, "policy", "%s: no tone rule and no group is called \"%.60s\"",
				    i == 0 ? "warn_only" : "block", *word);
				return;
			}
	if (policy->sample > 0)
		snprintf(sample, sizeof(sample), "one in %d", policy->sample);
	say(doctor, true, "policy", "%s, %s sampled",
	    counted((int64_t)policy->latitude_count, "line of latitude", "lines of latitude").text, sample);
}

static void look_rules(struct doctor *doctor)
{
	const struct settings *settings = &doctor->workspace.settings;
	struct toolkit toolkit = {0};
	struct error error = {0};
	enum err err = toolkit_load(settings, &toolkit, &error);

	if (err == ERR_OK)
		err = toolkit_load_offers(settings, &toolkit, &error);
	if (err == ERR_OK)
		err = ruleset_complete(toolkit.rules, &error);
	if (err == ERR_OK)
		err = ruleset_complete(toolkit.tone_rules, &error);
	if (err != ERR_OK) {
		say(doctor, false, "rules", "%s", error.text);
	} else {
		say(doctor, true, "rules", "%zu rules, %zu for our tone, %zu for what we offer; %zu templates",
		    ruleset_count(toolkit.rules), ruleset_count(toolkit.tone_rules), ruleset_count(toolkit.offer_rules),
		    templates_count(toolkit.templates));
		look_policy(doctor, toolkit.tone_rules);
	}
	toolkit_remarks(toolkit_rules_dir(settings), remark, doctor);
	toolkit_free(&toolkit);
}

/* Import and run do not start with a file of answers that is missing or wrong. */
static void look_answers(struct doctor *doctor)
{
	const struct settings *settings = &doctor->workspace.settings;
	struct answers *answers = NULL;
	struct error error = {0};
	size_t files = 0;

	for (size_t i = 0; i < settings->brand_count; i++)
		files += settings->brands[i].faq != NULL;
	if (files == 0)
		return;
	if (answers_load(settings, &answers, &error) != ERR_OK)
		say(doctor, false, "answers", "%s", error.text);
	else
		say(doctor, true, "answers", "%s",
		    counted((int64_t)answers_count(answers), "answer of our own", "answers of our own").text);
	answers_free(&answers);
}

static void look_source(struct doctor *doctor, const struct source_spec *spec, const struct source_row *rows,
			size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *status = rows[i].status ? rows[i].status : "new";
		bool bad = strcmp(status, "auth") == 0 || strcmp(status, "failing") == 0 ||
			   (strcmp(status, "ok") == 0 && rows[i].why != NULL); /* it answers, and not all can be read */

		if (strcmp(rows[i].key, spec->key) != 0)
			continue;
		say(doctor, !bad, "source", "%s: %s%s%s", spec->key, status, rows[i].why ? ": " : "",
		    rows[i].why ? rows[i].why : "");
		return;
	}
	say(doctor, true, "source", "%s: not polled yet", spec->key);
}

static void look_sources(struct doctor *doctor)
{
	const struct settings *settings = &doctor->workspace.settings;
	struct source_row *rows = NULL;
	struct error error = {0};
	size_t count = 0;

	if (store_source_list(doctor->workspace.store, doctor->arena, &rows, &count, &error) != ERR_OK) {
		say(doctor, false, "sources", "%s", error.text);
		return;
	}
	for (size_t i = 0; i < settings->source_count; i++)
		look_source(doctor, &settings->sources[i], rows, count);
}

static void look_pauses(struct doctor *doctor)
{
	struct pause_row *rows = NULL;
	struct error error = {0};
	size_t count = 0;

	if (store_pause_list(doctor->workspace.store, doctor->arena, &rows, &count, &error) != ERR_OK) {
		say(doctor, false, "sending", "%s", error.text);
		return;
	}
	for (size_t i = 0; i < count; i++)
		say(doctor, true, "sending", "paused for %s by %s", rows[i].brand ? rows[i].brand : "all brands",
		    rows[i].by);
	if (count == 0)
		say(doctor, true, "sending", "goes on");
}

static void look_audit(struct doctor *doctor)
{
	struct audit_check check;
	struct error error = {0};

	if (store_audit_check(doctor->workspace.store, &check, &error) != ERR_OK)
		say(doctor, false, "audit", "%s", error.text);
	else if (check.bad_id != 0)
		say(doctor, false, "audit",
		    "%s; row %lld does not fit the one before it: it, or a row near it, was "
		    "changed or removed behind the program's back",
		    counted(check.rows, "row", "rows").text, (long long)check.bad_id);
	else
		say(doctor, true, "audit", "%s, %lld of them older than the chain; newest hash %s",
		    counted(check.rows, "row fits", "rows fit").text, (long long)check.unchained, check.head);
}

/* The audit by itself: every row is read, which can take a while. */
static void examine(struct doctor *doctor, bool audit)
{
	const struct settings *settings = &doctor->workspace.settings;
	struct error error = {0};

	if (audit) {
		if (workspace_store_open(&doctor->where, &doctor->workspace, &error) != ERR_OK)
			say(doctor, false, "store", "%s", error.text);
		else
			look_audit(doctor);
		return;
	}
	say(doctor, true, "configuration", "%s: %s, %s", settings->path ? settings->path : "none",
	    counted((int64_t)settings->brand_count, "brand", "brands").text,
	    counted((int64_t)settings->source_count, "source", "sources").text);
	look_rules(doctor);
	look_answers(doctor);
	look_store(doctor);
	if (doctor->workspace.store == NULL)
		return;
	look_sources(doctor);
	look_pauses(doctor);
}

static int run(int argc, char **argv)
{
	static const struct option list[] = {ERRAND_COMMON, {"audit", no_argument, NULL, 'a'}, {NULL, 0, NULL, 0}};
	struct errand_options options;
	struct doctor doctor = {0};
	int code;

	if (!errand_read(argc, argv, list, false, &options, &code))
		return code;
	doctor.where = (struct workspace_options){
		.config = options.config, .store = options.store, .demo = options.demo, .no_store = true};
	code = workspace_open(argv[0], &doctor.where, &doctor.workspace); /* a wrong configuration is said there */
	if (code != EXIT_DONE)
		return code;
	doctor.arena = arena_new(DOCTOR_ARENA_MAX);
	doctor.list = options.json ? json_object_new_array() : NULL;
	if (doctor.arena != NULL && (!options.json || doctor.list != NULL))
		examine(&doctor, options.audit);
	else
		doctor.wrong = 1;
	if (doctor.list != NULL && errand_print(doctor.list, NULL) != ERR_OK)
		doctor.wrong++;
	arena_free(&doctor.arena);
	workspace_close(&doctor.workspace);
	return doctor.wrong ? EXIT_FAILED : EXIT_DONE;
}

const struct command command_doctor = {
	.name = "doctor",
	.usage = "doctor [--audit]",
	.summary = "Is everything in order? Configuration, rules, answers, store, sources; the audit",
	.help = "One line each, ok, note or WRONG; exit 1 when something is wrong, 2 when the configuration cannot be "
		"read.\n\n"
		"  --audit  reads the whole audit instead, each row hashed over the one before: how many rows, the "
		"newest\n"
		"           hash (keep it elsewhere: a shorter chain ends in another one), or the first row that does "
		"not fit\n"
		"  --json   [{\"check\", \"ok\", \"says\"}]\n\n"
		"example: amends doctor --audit\n",
	.run = run,
};
