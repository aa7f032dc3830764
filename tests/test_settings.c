/*
 * test_settings.c - amends.yaml: what a good file means, and the one line that a bad one gets.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "file.h"
#include "settings.h"
#include "watcher/nearest.h"
#include "watcher/settings_table.h"

#define BRAND "brands:\n  - name: Acme\n"

/* A folder of its own, and what was loaded there. */
struct room {
	char dir[64], path[100];
	struct arena *arena;
	struct settings settings;
	struct error error;
};

static void put(const struct room *room, const char *name, const char *text, mode_t mode)
{
	char path[200];
	struct error error;

	snprintf(path, sizeof(path), "%s/%s", room->dir, name);
	assert_int_equal(file_write(path, text, strlen(text), mode, &error), ERR_OK);
}

static int room_open(void **state)
{
	struct room *room = calloc(1, sizeof(*room));

	strcpy(room->dir, "/tmp/amends-settings-XXXXXX"); /* fits: a test's constant */
	assert_non_null(mkdtemp(room->dir));
	snprintf(room->path, sizeof(room->path), "%s/amends.yaml", room->dir);
	room->arena = arena_new((size_t)64 << 20);
	*state = room;
	return 0;
}

static int room_close(void **state)
{
	static const char *const names[] = {"amends.yaml", "token", "open"};
	struct room *room = *state;
	char path[200];

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", room->dir, names[i]);
		unlink(path);
	}
	rmdir(room->dir);
	arena_free(&room->arena);
	free(room);
	return 0;
}

static enum err load(struct room *room, const char *text, unsigned flags)
{
	put(room, "amends.yaml", text, 0644);
	arena_reset(room->arena);
	room->error.text[0] = '\0';
	return settings_load(room->arena, room->path, flags, &room->settings, &room->error);
}

static void must_load(struct room *room, const char *text, unsigned flags)
{
	if (load(room, text, flags) != ERR_OK)
		fail_msg("%s", room->error.text);
}

static void a_file_with_only_a_brand_has_every_default(void **state)
{
	struct room *room = *state;
	struct settings *s = &room->settings;
	char store[200];

	must_load(room, BRAND, SETTINGS_SECRETS);
	snprintf(store, sizeof(store), "%s/amends.db", room->dir);
	assert_string_equal(s->store, store);
	assert_string_equal(s->desk_address, "127.0.0.1");
	assert_int_equal(s->desk_port, 8025);
	assert_null(s->desk_url);
	assert_int_equal(s->undo_s, 30);
	assert_int_equal(s->session_hours, 12);
	assert_int_equal(s->import_page, 1000);
	assert_int_equal(s->brand_count, 1);
	assert_string_equal(s->brands[0].name, "Acme");
	assert_string_equal(s->brands[0].signature, "");
	assert_null(s->brands[0].exclude[0]);
	assert_null(s->brands[0].rules_dir);
	assert_int_equal(s->source_count, 0);
	assert_null(s->secret_env[0]);
	assert_false(s->demo);
	assert_true(s->thresholds.complaint == thresholds_default.complaint);
	assert_true(s->thresholds.problem == thresholds_default.problem);
	assert_true(s->thresholds.question == thresholds_default.question);
	assert_true(s->thresholds.praise == thresholds_default.praise);
	assert_true(s->thresholds.not_ours == thresholds_default.not_ours);
	assert_null(s->brands[0].faq);
}

static bool same_words(const char *const *words, const char *const *want)
{
	for (; *want != NULL; words++, want++)
		if (*words == NULL || strcmp(*words, *want) != 0)
			return false;
	return *words == NULL;
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void without_a_policy_the_usual_one_holds(void **state)
{
	struct room *room = *state;
	const struct policy *p = &room->settings.policy;

	must_load(room, BRAND, 0);
	assert_int_equal(p->sample, 10);
	assert_true(p->two.severity == 4 && p->two.urgency == 2 && p->two.reach == 25 && p->two.audience == 10000);
	assert_true(p->two.links && p->two.amounts && p->two.findings);
	assert_string_equal(p->first_to, "the duty manager");
	assert_int_equal(p->first_role, ROLE_APPROVER);
	assert_true(same_words(p->reasons, WORDS("settled elsewhere", "abuse", "spam", "nothing to add")));
	assert_true(p->office.open_min == 540 && p->office.close_min == 1020 && p->office.days == 0x1f);
	assert_null(p->office.holidays[0]);
	assert_true(p->promise_s == 8 * 3600 && p->buffer_s == 8 * 3600);
	assert_true(p->warn_only[0] == NULL && p->block[0] == NULL);
	assert_int_equal(p->latitude_count, 6);
	assert_true(p->latitude[0].role == ROLE_AGENT && p->latitude[0].remedy == REMEDY_APOLOGY);
	assert_true(p->latitude[5].role == ROLE_APPROVER && p->latitude[5].up_to == 0);
}

static void a_policy_arrives_as_it_was_written(void **state)
{
	static const char text[] =
		BRAND "    faq: answers.yaml\n"
		      "policy:\n"
		      "  sample: 0\n"
		      "  two: {severity: 0, urgency: 1, reach: 3, audience: 5000000000, links: no, amounts: false, "
		      "findings: yes}\n"
		      "  latitude:\n"
		      "    - {role: agent, remedy: refund, up_to: 12.5, causes: [delivery, billing], severity: 2}\n"
		      "    - {role: admin, remedy: call_back, causes: staff}\n"
		      "  first: {to: \"\", role: admin}\n"
		      "  reasons: [one]\n"
		      "  hours: {open: 00:00, close: \"24:00\", days: [sun, mon], holidays: [12-25, 2026-12-28]}\n"
		      "  promise: {within: 90m, buffer: 0s}\n"
		      "  warn_only: [cold, denying_facts]\n"
		      "  block: familiar\n";
	struct room *room = *state;
	const struct policy *p = &room->settings.policy;
	char big[2000], path[200], *at;

	snprintf(big, sizeof(big), "%s", text);
	at = strstr(big, "5000000000"); /* more than there are people: out of range */
	assert_int_equal(load(room, big, 0), ERR_INVALID);
	memcpy(at, "0900000000", 10);
	must_load(room, big, 0);
	snprintf(path, sizeof(path), "%s/answers.yaml", room->dir);
	assert_string_equal(room->settings.brands[0].faq, path);
	assert_int_equal(p->sample, 0);
	assert_true(p->two.severity == 0 && p->two.urgency == 1 && p->two.reach == 3 && p->two.audience == 900000000);
	assert_true(!p->two.links && !p->two.amounts && p->two.findings);
	assert_int_equal(p->latitude_count, 2);
	assert_true(p->latitude[0].remedy == REMEDY_REFUND && p->latitude[0].up_to == 12.5 &&
		    p->latitude[0].severity == 2);
	assert_int_equal(p->latitude[0].causes, 1u << CAUSE_DELIVERY | 1u << CAUSE_BILLING);
	assert_true(p->latitude[1].role == ROLE_ADMIN && p->latitude[1].causes == 1u << CAUSE_STAFF);
	assert_string_equal(p->first_to, "");
	assert_int_equal(p->first_role, ROLE_ADMIN);
	assert_true(same_words(p->reasons, WORDS("one")));
	assert_true(p->office.open_min == 0 && p->office.close_min == 1440 && p->office.days == (1u << 6 | 1u));
	assert_true(same_words(p->office.holidays, WORDS("12-25", "2026-12-28")));
	assert_true(p->promise_s == 5400 && p->buffer_s == 0);
	assert_true(same_words(p->warn_only, WORDS("cold", "denying_facts")) &&
		    same_words(p->block, WORDS("familiar")));
	must_load(room, "policy: {latitude: [], hours: {days: []}}\n" BRAND, 0);
	assert_int_equal(p->latitude_count, 0); /* nobody offers anything alone */
	assert_int_equal(p->office.days, 0);
}

static const char full[] =
	"store: data/posts.db\n"
	"desk: {address: \"::1\", port: 0, url: \"https://desk.example/\", undo: 0, session_hours: 1}\n"
	"classify: {thresholds: {complaint: .6, problem: 0}}\n"
	"import: {page: 10}\n"
	"brands:\n"
	"  - name: Acme\n"
	"    names: [Acme, \"Acme Coffee\"]\n"
	"    handles: [\"@acme\", care]\n"
	"    hashtags: [\"#acme\"]\n"
	"    exclude: hiring\n"
	"    signature: Maya at Acme\n"
	"    contact: care@acme.example\n"
	"    rules: rules/\n"
	"    templates: /abs/templates\n"
	"  - name: Beta\n"
	"sources:\n"
	"  - {platform: mastodon, brand: Acme, server: \"https://social.example/\", hashtag: \"#acme\", every: "
	"\"5m\"}\n"
	"  - {platform: mastodon, brand: Beta, server: \"https://social.example\", search: beta, token_env: AMENDS_T}\n"
	"  - {platform: mastodon, brand: Acme, server: \"https://social.example\", mentions: true, token_file: "
	"token}\n";

static void every_option_arrives_where_it_belongs(void **state)
{
	struct room *room = *state;
	struct settings *s = &room->settings;
	char path[200];

	put(room, "token", "s3cret\n", 0600);
	setenv("AMENDS_T", "from-environment", 1);
	must_load(room, full, SETTINGS_SECRETS);
	snprintf(path, sizeof(path), "%s/data/posts.db", room->dir);
	assert_string_equal(s->store, path);
	assert_string_equal(s->desk_address, "::1");
	assert_int_equal(s->desk_port, 0);
	assert_string_equal(s->desk_url, "https://desk.example");
	assert_int_equal(s->undo_s, 0);
	assert_true(s->thresholds.complaint == 0.6 && s->thresholds.problem == 0);
	assert_int_equal(s->import_page, 10);
	assert_string_equal(s->brands[0].names[1], "Acme Coffee");
	assert_null(s->brands[0].names[2]);
	assert_string_equal(s->brands[0].handles[0], "acme");
	assert_string_equal(s->brands[0].hashtags[0], "acme");
	assert_string_equal(s->brands[0].exclude[0], "hiring");
	snprintf(path, sizeof(path), "%s/rules/", room->dir);
	assert_string_equal(s->brands[0].rules_dir, path);
	assert_string_equal(s->brands[0].templates_dir, "/abs/templates");
	assert_int_equal(s->source_count, 3);
	assert_string_equal(s->sources[0].key, "social.example/#acme");
	assert_string_equal(s->sources[0].server, "https://social.example");
	assert_int_equal(s->sources[0].every_s, 300);
	assert_int_equal(s->sources[0].has_token, 0);
	assert_string_equal(s->sources[1].token, "from-environment");
	assert_string_equal(s->sources[2].token, "s3cret");
	assert_string_equal(s->secret_env[0], "AMENDS_T");
	assert_null(s->secret_env[1]);
}

static void the_desk_knows_of_a_token_but_never_has_it(void **state)
{
	struct room *room = *state;

	unsetenv("AMENDS_T"); /* nor does it need the variable or the file to be there */
	must_load(room, full, 0);
	assert_int_equal(room->settings.sources[1].has_token, 1);
	assert_null(room->settings.sources[1].token);
	assert_null(room->settings.sources[2].token);
}

#define SOURCE BRAND "sources:\n  - platform: mastodon\n    server: https://social.example\n"

static const struct {
	const char *name, *text, *line, *words;
} bad[] = {
	{"unknown option", BRAND "desk:\n  prot: 1\n", ":4: ", "did you mean \"port\"?"},
	{"unknown far option", "zzzzzz: 1\n" BRAND, ":1: ", "--help-config"},
	{"word for number", "desk:\n  port: many\n" BRAND, ":2: ", "not a whole number"},
	{"quoted number", "desk:\n  port: \"80\"\n" BRAND, ":2: ", "not a whole number"},
	{"fraction for a whole number", "desk: {port: 1.5}\n" BRAND, ":1: ", "not a whole number"},
	{"hexadecimal", "desk: {port: 0x50}\n" BRAND, ":1: ", "not a whole number"},
	{"infinity", "classify: {thresholds: {problem: inf}}\n" BRAND, ":1: ", "not a number"},
	{"too large", "desk:\n  port: 65536\n" BRAND, ":2: ", "0 to 65535"},
	{"too small", "desk:\n  session_hours: 0\n" BRAND, ":2: ", "1 to 720"},
	{"threshold", "classify: {thresholds: {problem: 1.1}}\n" BRAND, ":1: ", "0 to 1"},
	{"list for text", "store: [a]\n" BRAND, ":1: ", "expected a path, not a list"},
	{"map for text", "store: {a: b}\n" BRAND, ":1: ", "expected a path, not a map"},
	{"text for map", "desk: yes\n" BRAND, ":1: ", "expected a map"},
	{"text for list", "brands: oops\n", ":1: ", "expected a list"},
	{"brand is a text", "brands:\n  - Acme\n", ":2: ", "expected a map"},
	{"no brands", "store: x.db\n", ":1: ", "\"brands\" is missing"},
	{"empty brands", "brands: []\n", ":1: ", "the list is empty"},
	{"brand without name", "brands:\n  - names: [a]\n", ":2: ", "\"name\" is missing"},
	{"empty name", "brands:\n  - name: \"\"\n", ":2: ", "is empty"},
	{"same brand twice", BRAND "  - name: Acme\n", ":3: ", "two brands"},
	{"same option twice", "store: a\nstore: b\n" BRAND, ":2: ", "store"},
	{"word list with a map", "brands:\n  - name: A\n    names: [{a: b}]\n", ":3: ", "not a map"},
	{"two lines", "brands:\n  - name: \"a\\nb\"\n", ":2: ", "one line"},
	{"not an address", "desk: {address: desk.example}\n" BRAND, ":1: ", "not an IP address"},
	{"not a web address", "desk: {url: desk.example}\n" BRAND, ":1: ", "not a web address"},
	{"unknown platform", BRAND "sources:\n  - platform: mastodont\n    hashtag: a\n",
	 ":4: ", "did you mean \"mastodon\"?"},
	{"unknown brand", SOURCE "    hashtag: a\n    brand: Acne\n", ":4: ", "did you mean \"Acme\"?"},
	{"no query", SOURCE, ":4: ", "one of hashtag"},
	{"two queries", SOURCE "    hashtag: a\n    search: b\n", ":4: ", "only one of"},
	{"same source twice",
	 SOURCE "    hashtag: a\n  - platform: mastodon\n    server: https://social.example\n    hashtag: a\n",
	 ":7: ", "same source as in line 4"},
	{"duration without number", SOURCE "    hashtag: a\n    every: soon\n", ":7: ", "such as 30s"},
	{"duration of an unknown unit", SOURCE "    hashtag: a\n    every: 3w\n", ":7: ", "such as 30s"},
	{"duration out of range", SOURCE "    hashtag: a\n    every: 0s\n", ":7: ", "out of range"},
	{"flag", SOURCE "    mentions: maybe\n", ":6: ", "not true or false"},
	{"both tokens", SOURCE "    hashtag: a\n    token_env: A\n    token_file: b\n", ":8: ", "not both"},
	{"token variable not set", SOURCE "    hashtag: a\n    token_env: AMENDS_NOT_SET\n", ":7: ", "AMENDS_NOT_SET"},
	{"token file missing", SOURCE "    hashtag: a\n    token_file: nowhere\n", ":7: ", "nowhere"},
	{"token file that others can read", SOURCE "    hashtag: a\n    token_file: open\n", ":7: ", "open"},
	{"policy option", "policy:\n  smaple: 1\n" BRAND, ":2: ", "did you mean \"sample\"?"},
	{"policy as a list", "policy: [a]\n" BRAND, ":1: ", "expected a map"},
	{"sample", "policy: {sample: -1}\n" BRAND, ":1: ", "0 to 1000"},
	{"severity above four", "policy:\n  two:\n    severity: 5\n" BRAND, ":3: ", "0 to 4"},
	{"followers below none", "policy: {two: {audience: -1}}\n" BRAND, ":1: ", "out of range"},
	{"links as a number", "policy: {two: {links: 1}}\n" BRAND, ":1: ", "not true or false"},
	{"latitude as a map", "policy: {latitude: {role: agent}}\n" BRAND, ":1: ", "expected a list"},
	{"latitude of nobody", "policy:\n  latitude:\n    - remedy: refund\n" BRAND, ":3: ", "\"role\" is missing"},
	{"latitude for nothing", "policy:\n  latitude:\n    - role: agent\n" BRAND, ":3: ", "\"remedy\" is missing"},
	{"unknown role", "policy: {first: {role: boss}}\n" BRAND, ":1: ", "agent, approver or admin"},
	{"viewers approve nothing", "policy: {first: {role: viewer}}\n" BRAND, ":1: ", "agent, approver or admin"},
	{"unknown remedy", "policy: {latitude: [{role: agent, remedy: cake}]}\n" BRAND, ":1: ", "call_back"},
	{"unknown cause", "policy: {latitude: [{role: agent, remedy: refund, causes: [delivery, moon]}]}\n" BRAND,
	 ":1: ", "\"moon\" is no cause"},
	{"amount below nothing", "policy: {latitude: [{role: agent, remedy: refund, up_to: -5}]}\n" BRAND,
	 ":1: ", "out of range"},
	{"a time that is none", "policy: {hours: {open: \"9:00\"}}\n" BRAND, ":1: ", "such as \"09:00\""},
	{"the 61st minute", "policy: {hours: {open: \"09:60\"}}\n" BRAND, ":1: ", "not a time of day"},
	{"after midnight", "policy: {hours: {close: \"24:01\"}}\n" BRAND, ":1: ", "not a time of day"},
	{"closed before open", "policy:\n  hours:\n    open: \"18:00\"\n" BRAND, ":3: ", "open must be before close"},
	{"unknown day", "policy:\n  hours:\n    days:\n      - mon\n      - someday\n" BRAND, ":5: ", "is no day"},
	{"no such date", "policy: {hours: {holidays: [12-25, 13-01]}}\n" BRAND, ":1: ", "not a date"},
	{"no 31st of April", "policy: {hours: {holidays: 2026-04-31}}\n" BRAND, ":1: ", "not a date"},
	{"promise at once", "policy: {promise: {within: 5s}}\n" BRAND, ":1: ", "out of range"},
	{"private data let pass", "policy:\n  warn_only: [cold, private]\n" BRAND, ":2: ", "private data"},
	{"a private rule let pass", "policy: {warn_only: private_card}\n" BRAND, ":1: ", "private data"},
	{"warned of and blocked", "policy:\n  warn_only: cold\n  block: [cold]\n" BRAND, ":3: ", "choose one"},
	{"no YAML", "brands: [\n", ":", ""},
};

static void a_bad_file_gets_one_line_with_its_place(void **state)
{
	struct room *room = *state;

	put(room, "open", "token\n", 0644);
	unsetenv("AMENDS_NOT_SET");
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		char place[200];
		const struct settings before = room->settings;

		if (load(room, bad[i].text, SETTINGS_SECRETS) != ERR_INVALID)
			fail_msg("%s: was accepted, or failed otherwise: %s", bad[i].name, room->error.text);
		snprintf(place, sizeof(place), "%s%s", room->path, bad[i].line);
		if (strncmp(room->error.text, place, strlen(place)) != 0 ||
		    strstr(room->error.text, bad[i].words) == NULL || strchr(room->error.text, '\n') != NULL)
			fail_msg("%s: %s", bad[i].name, room->error.text);
		assert_memory_equal(&before, &room->settings, sizeof(before)); /* untouched on failure */
	}
}

static void a_missing_or_huge_file_is_said_by_name(void **state)
{
	struct room *room = *state;
	struct error error;
	char *huge = malloc((size_t)YAML_SIZE_MAX + 100);

	assert_int_not_equal(settings_load(room->arena, room->path, 0, &room->settings, &error), ERR_OK);
	assert_non_null(strstr(error.text, "amends.yaml"));
	memset(huge, '#', (size_t)YAML_SIZE_MAX + 99);
	huge[YAML_SIZE_MAX + 99] = '\0';
	assert_int_equal(load(room, huge, 0), ERR_LIMIT);
	assert_non_null(strstr(room->error.text, "amends.yaml"));
	free(huge);
}

static void an_option_without_value_is_as_if_it_were_not_there(void **state)
{
	struct room *room = *state;

	must_load(room, "store:\ndesk: ~\nsources: null\n" BRAND "    signature:\n", 0);
	assert_int_equal(room->settings.desk_port, 8025);
	assert_string_equal(room->settings.brands[0].signature, "");
}

static void the_store_of_a_wrong_file_is_still_found(void **state)
{
	struct room *room = *state;
	char path[200];

	put(room, "amends.yaml", "store: other.db\nbrands: oops\n", 0644);
	snprintf(path, sizeof(path), "%s/other.db", room->dir);
	assert_string_equal(settings_store(room->arena, room->path), path);
	put(room, "amends.yaml", "brands: [\n", 0644);
	snprintf(path, sizeof(path), "%s/amends.db", room->dir);
	assert_string_equal(settings_store(room->arena, room->path), path);
}

static void memory_that_runs_out_is_an_error_not_a_crash(void **state)
{
	struct room *room = *state;
	size_t fitted = 0;

	put(room, "amends.yaml", full, 0644);
	for (size_t cap = 64; cap < 200000; cap += 512) {
		struct arena *arena = arena_new(cap);
		struct error error = {0};
		enum err err = settings_load(arena, room->path, 0, &room->settings, &error);

		assert_true(err == ERR_OK || err == ERR_NOMEM);
		fitted += err == ERR_OK;
		arena_free(&arena);
	}
	assert_true(fitted > 0);
}

static void the_demonstration_and_plain_settings_are_complete(void **state)
{
	struct room *room = *state;
	struct error error;

	assert_int_equal(settings_demo(room->arena, "demo.db", &room->settings, &error), ERR_OK);
	assert_true(room->settings.demo);
	assert_int_equal(room->settings.undo_s, 10);
	assert_string_equal(room->settings.sources[0].platform, "replay");
	assert_non_null(settings_brand(&room->settings, room->settings.sources[0].brand));
	assert_int_equal(settings_plain(room->arena, "x.db", "Mine", &room->settings, &error), ERR_OK);
	assert_non_null(settings_brand(&room->settings, "Mine"));
	assert_null(settings_brand(&room->settings, "mine"));
	assert_null(settings_brand(&room->settings, NULL));
	assert_int_equal(settings_plain(room->arena, "x.db", NULL, &room->settings, &error), ERR_OK);
	assert_int_equal(room->settings.brand_count, 0);
}

static char *help_text(void)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	settings_help(out);
	fclose(out);
	return text;
}

static void every_option_is_in_the_help_and_the_help_is_in_the_readme(void **state)
{
	struct buf readme;
	struct error error;
	char *help = help_text();

	(void)state;
	for (size_t i = 0; option_at(i) != NULL; i++) {
		assert_non_null(option_at(i)->help);
		if (option_at(i)->type != OPTION_MAP && option_at(i)->type != OPTION_LIST)
			assert_non_null(strstr(help, option_at(i)->key));
	}
	buf_init(&readme, 1 << 20);
	assert_int_equal(file_read("README.md", &readme, &error), ERR_OK);
	if (strstr(buf_text(&readme), help) == NULL)
		fail_msg("README.md's configuration table is not what `amends --help-config` prints");
	buf_done(&readme);
	free(help);
}

static const char *word_at(const void *ctx, size_t i)
{
	const char *const *words = ctx;

	return words[i];
}

static void the_nearest_word_is_near_or_none(void **state)
{
	static const char *const words[] = {"import", "init", "explain", "run", NULL};
	static const struct {
		const char *word, *want;
	} cases[] = {{"imprt", "import"},    {"improt", "import"}, {"inti", "init"}, {"rn", "run"},
		     {"explian", "explain"}, {"banana", NULL},     {"", NULL},       {"xyz", NULL}};

	(void)state;
	assert_int_equal(nearest_distance("ab", "ba"), 1);
	assert_int_equal(nearest_distance("", "abc"), 3);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *found = nearest_word(cases[i].word, word_at, words);

		if (cases[i].want == NULL)
			assert_null(found);
		else
			assert_string_equal(found, cases[i].want);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, room_open, room_close)
	const struct CMUnitTest tests[] = {
		TEST(a_file_with_only_a_brand_has_every_default),
		TEST(without_a_policy_the_usual_one_holds),
		TEST(a_policy_arrives_as_it_was_written),
		TEST(every_option_arrives_where_it_belongs),
		TEST(the_desk_knows_of_a_token_but_never_has_it),
		TEST(a_bad_file_gets_one_line_with_its_place),
		TEST(a_missing_or_huge_file_is_said_by_name),
		TEST(an_option_without_value_is_as_if_it_were_not_there),
		TEST(the_store_of_a_wrong_file_is_still_found),
		TEST(memory_that_runs_out_is_an_error_not_a_crash),
		TEST(the_demonstration_and_plain_settings_are_complete),
		TEST(every_option_is_in_the_help_and_the_help_is_in_the_readme),
		TEST(the_nearest_word_is_near_or_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
