/*
 * test_draft.c - reply drafts: which template, which words of the customer, how long, and never what.
 *
 * All posts are our own. tests/golden/drafts/drafts.txt holds post and draft side by side, to be read aloud; with
 * AMENDS_GOLDEN=write it is written anew, and the difference is for a person to judge.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "asset.h"
#include "draft.h"
#include "file.h"
#include "jsonio.h"
#include "respond/fact.h"
#include "respond/template.h"

#define GOLDEN "tests/golden/drafts/drafts.txt"

static const char *const brand_names[] = {"Acme", "Acme Mobile", NULL};
static const char *const brand_handles[] = {"acme", NULL};
static const struct brand brand = {
	.name = "Acme",
	.names = brand_names,
	.handles = brand_handles,
	.signature = "Maya at Acme",
	.contact = "a direct message",
};

static struct templates *shipped;

static int load_shipped(void **state)
{
	const struct asset *asset = NULL;
	struct error error;

	(void)state;
	shipped = templates_new();
	while (shipped != NULL && (asset = asset_next("templates/", asset)) != NULL) {
		if (strlen(asset->name) < 5 || strcmp(asset->name + strlen(asset->name) - 4, ".txt") != 0)
			continue;
		if (templates_add(shipped, asset->name, asset->data, asset->len, &error) != ERR_OK) {
			print_error("%s\n", error.text);
			return -1;
		}
	}
	return shipped != NULL ? 0 : -1;
}

static int free_shipped(void **state)
{
	(void)state;
	templates_free(&shipped);
	return 0;
}

/* ---- a post and its verdict from a few words ---- */

struct sample {
	const char *text, *lang, *name;
	enum class class;
	enum cause cause;
	int urgency;
	const char *facts; /* "thing=parcel;duration=two weeks": words of text; NULL none */
	bool again;
};

struct scene {
	struct arena *arena;
	struct post post;
	struct verdict verdict;
	struct fact facts[8];
	struct draft_request request;
};

static void scene_facts(struct scene *scene, const char *facts)
{
	char *copy = arena_strdup(scene->arena, facts), *rest = NULL, *part;

	for (part = copy != NULL ? strtok_r(copy, ";", &rest) : NULL; part != NULL; part = strtok_r(NULL, ";", &rest)) {
		struct fact *fact = &scene->facts[scene->verdict.fact_count++];
		char *equal = strchr(part, '=');
		const char *at;

		assert_non_null(equal);
		*equal = '\0';
		fact->name = part;
		fact->value = equal + 1;
		at = strstr(scene->post.text, fact->value);
		assert_non_null(at);
		fact->start = (size_t)(at - scene->post.text);
		fact->end = fact->start + strlen(fact->value);
	}
	scene->verdict.facts = scene->facts;
}

static void scene_set(struct scene *scene, struct arena *arena, const struct sample *sample)
{
	memset(scene, 0, sizeof(*scene));
	scene->arena = arena;
	scene->post = (struct post){.platform = "mastodon", .id = "1", .text = sample->text, .lang = sample->lang};
	scene->post.author =
		(struct author){.id = "a", .handle = "ada@social.example", .name = sample->name, .followers = -1};
	scene->verdict = (struct verdict){.class = sample->class,
					  .cause = sample->cause,
					  .lang = sample->lang,
					  .urgency = sample->urgency,
					  .severity = 2};
	if (sample->facts != NULL)
		scene_facts(scene, sample->facts);
	scene->request = (struct draft_request){.post = &scene->post,
						.verdict = &scene->verdict,
						.brand = &brand,
						.length = {LENGTH_GRAPHEMES, 500, 23, 1},
						.mention = true,
						.seed = 7,
						.again = sample->again};
}

static struct arena *arena_of(void **state)
{
	(void)state;
	return arena_new(64u << 20);
}

/* ---- golden ---- */

#define PROBLEM CLASS_PROBLEM
static const struct sample samples[] = {
	{"My parcel has been stuck in the depot for two weeks and nobody tells me anything.", "en", "Ada Byron",
	 PROBLEM, CAUSE_DELIVERY, 0, "thing=parcel;duration=two weeks", false},
	{"Parcel arrived soaked and torn open. Again.", "en", "tornado_99", PROBLEM, CAUSE_DELIVERY, 0, "thing=Parcel",
	 true},
	{"where is it??? supposed to come tuesday", "en", NULL, PROBLEM, CAUSE_DELIVERY, 0, NULL, false},
	{"You took the money for my order twice. I have mailed you three times about it.", "en", "Ben", PROBLEM,
	 CAUSE_BILLING, 1, "thing=order;often=three times", false},
	{"Charged me for a plan I cancelled in May", "en", "Cleo Fisher", PROBLEM, CAUSE_BILLING, 0, NULL, false},
	{"THE APP CRASHES EVERY TIME I OPEN MY CALENDAR", "en", "Dev", PROBLEM, CAUSE_QUALITY, 0, "thing=CALENDAR",
	 false},
	{"handle came off the pan on day one", "en", "Eve", PROBLEM, CAUSE_QUALITY, 0, NULL, false},
	{"Locked out of my account since Monday, the code never comes.", "en", "Finn", PROBLEM, CAUSE_ACCESS, 1,
	 "thing=account;date=Monday", false},
	{"No broadband here, waiting for three days now, working from a cafe", "en", "Gus", PROBLEM, CAUSE_AVAILABILITY,
	 1, "thing=broadband;duration=three days", true},
	{"On hold for 45 minutes. Is anybody alive over there?", "en", "Hana", PROBLEM, CAUSE_REACHABILITY, 0,
	 "duration=45 minutes", false},
	{"wrote to you twice, no reply", "en", "Ida", PROBLEM, CAUSE_REACHABILITY, 0, "often=twice", false},
	{"The replacement has the same fault as the first one. Still no refund for my kettle.", "en", "Jo", PROBLEM,
	 CAUSE_REMEDY, 0, "thing=kettle", true},
	{"Checkout eats my basket at the last step, tried three times", "en", NULL, PROBLEM, CAUSE_ORDERING, 0,
	 "often=three times", false},
	{"The man at your Harbour Street branch laughed at my mother on Friday. I want this looked at.", "en", "Kim",
	 PROBLEM, CAUSE_STAFF, 0, "place=Harbour Street branch;date=Friday", false},
	{"You advertised free fitting and now it costs extra for my blinds", "en", "Lou", PROBLEM, CAUSE_PROMISE, 0,
	 "thing=blinds", false},
	{"please bring back the list view", "en", "Mia", PROBLEM, CAUSE_EXPECTATION, 0, NULL, false},
	{"The heater smoked and my hand is burnt.", "en", "Ned", PROBLEM, CAUSE_SAFETY, 2, NULL, false},
	{"I am done with you. Worst company in the country. #neveragain", "en", "Olga", CLASS_VENT, CAUSE_NONE, 0, NULL,
	 true},
	{"Rude, rude, rude. Thanks for nothing.", "en", "Pat", CLASS_VENT, CAUSE_STAFF, 0, NULL, false},
	{"Six quid for a sandwich, robbery", "en", NULL, CLASS_VENT, CAUSE_VALUE, 0, NULL, false},
	{"Waited three hours for a bus that came empty. Bravo.", "en", "Quinn", CLASS_VENT, CAUSE_DELIVERY, 0,
	 "duration=three hours", false},
	{"Do you ship to Malta?", "en", "Rosa", CLASS_QUESTION, CAUSE_NONE, 0, NULL, false},
	{"Lovely people in the shop today, thank you!", "en", "Sam", CLASS_PRAISE, CAUSE_STAFF, 0, NULL, false},
	{"My neighbours' builders start at six. Thanks a lot.", "en", "Tom", CLASS_NOT_OURS, CAUSE_NONE, 0, NULL,
	 false},
	{"Mein Paket ist seit zwei Wochen verschollen.", "de", "Uwe", PROBLEM, CAUSE_DELIVERY, 0, "thing=Paket", false},
	{"Das war das letzte Mal bei euch.", "de", "Vera", CLASS_VENT, CAUSE_NONE, 0, NULL, true},
	{"Me han cobrado dos veces", "es", "Wanda", PROBLEM, CAUSE_BILLING, 0, NULL, false},
	{"¿Abren los domingos?", "es", NULL, CLASS_QUESTION, CAUSE_NONE, 0, NULL, false},
};

static void golden_render(struct arena *arena, struct buf *out)
{
	for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
		struct scene scene;
		struct draft draft;
		struct error error = {0};

		scene_set(&scene, arena, &samples[i]);
		scene.request.seed = i;
		if (draft_make(shipped, arena, &scene.request, &draft, &error) != ERR_OK)
			fail_msg("%s: %s", samples[i].text, error.text);
		assert_int_equal(draft.length, length_count(&scene.request.length, draft.text, strlen(draft.text)));
		buf_printf(out, "> %s\n%s\n(%s; %s; %zu)\n\n", samples[i].text, draft.text, draft.template, draft.why,
			   draft.length);
	}
}

static void drafts_read_as_they_were_last_read_aloud(void **state)
{
	struct arena *arena = arena_of(state);
	const char *mode = getenv("AMENDS_GOLDEN");
	struct buf got, want;
	struct error error = {0};

	buf_init(&got, 1 << 20);
	buf_init(&want, 1 << 20);
	golden_render(arena, &got);
	if (mode != NULL && strcmp(mode, "write") == 0)
		assert_int_equal(file_write(GOLDEN, got.data, got.len, 0644, &error), ERR_OK);
	assert_int_equal(file_read(GOLDEN, &want, &error), ERR_OK);
	assert_string_equal(buf_text(&got), buf_text(&want));
	buf_done(&got);
	buf_done(&want);
	arena_free(&arena);
}

/* ---- every draft there can be ---- */

static const char *const never[] = {"inconvenience",
				    "feel that way",
				    "immediately",
				    "as soon as possible",
				    "right away",
				    "guarantee",
				    "promise you",
				    "unfortunately",
				    "policy",
				    "our records",
				    "valued customer",
				    "rest assured",
				    "calm down",
				    "your fault",
				    "you failed",
				    "discount",
				    "voucher",
				    "offer you",
				    "buy",
				    "within 24",
				    "24 hours",
				    "tomorrow",
				    "today",
				    "{{",
				    "}}",
				    "  ",
				    " ,",
				    " .",
				    "– –",
				    "umgehend",
				    "sofort",
				    "Unannehmlichkeiten",
				    "inmediatamente",
				    "molestias",
				    NULL};

static const struct sample frames[] = {
	{"plain words", "en", NULL, PROBLEM, CAUSE_NONE, 0, NULL, false},
	{"My parcel is stuck, waiting for two weeks, wrote three times, at the Park Lane store on Friday", "en",
	 "Ada Byron", PROBLEM, CAUSE_NONE, 0,
	 "thing=parcel;duration=two weeks;often=three times;place=Park Lane store;date=Friday", true},
	{"My parcel", "en", "Ada", PROBLEM, CAUSE_NONE, 0, "thing=parcel", false},
	{"plain words", "de", "Ada", PROBLEM, CAUSE_NONE, 0, NULL, true},
	{"plain words", "es", "Ada", PROBLEM, CAUSE_NONE, 0, NULL, true},
};

static void draft_check(const struct scene *scene, const struct draft *draft)
{
	size_t len = strlen(draft->text);

	for (size_t i = 0; never[i] != NULL; i++) {
		if (strstr(draft->text, never[i]) != NULL)
			fail_msg("\"%s\" in %s: %s", never[i], draft->template, draft->text);
	}
	if (scene->request.length.limit > 0)
		assert_in_range(draft->length, 1, scene->request.length.limit);
	assert_int_equal(strncmp(draft->text, "@ada@social.example ", 20), 0);
	assert_true(len > 16 && strcmp(draft->text + len - 16, "\xe2\x80\x93 Maya at Acme") == 0);
	assert_null(strchr(draft->text + 1 + strlen("ada@social.example"), '@'));
	assert_null(strchr(draft->text, '#'));
	assert_non_null(strstr(draft->why, class_name(scene->verdict.class)));
}

static void every_draft_there_can_be_is_fit_to_be_sent(void **state)
{
	static const size_t limits[] = {0, 500, 300, 280, 240};
	struct arena *arena = arena_of(state);
	size_t drafts = 0;

	for (size_t f = 0; f < ARRAY_LEN(frames); f++) {
		for (unsigned k = 0; k < CLASS_COUNT * CAUSE_COUNT * ARRAY_LEN(limits) * 6; k++) {
			struct scene scene;
			struct draft draft;
			struct error error = {0};
			enum err err;

			arena_reset(arena);
			scene_set(&scene, arena, &frames[f]);
			scene.verdict.class = (enum class)(k % CLASS_COUNT);
			scene.verdict.cause = (enum cause)(k / CLASS_COUNT % CAUSE_COUNT);
			scene.request.length.limit = limits[k / CLASS_COUNT / CAUSE_COUNT % ARRAY_LEN(limits)];
			scene.request.seed = k;
			err = draft_make(shipped, arena, &scene.request, &draft, &error);
			if (err == ERR_OK) {
				draft_check(&scene, &draft);
				drafts++;
				continue;
			}
			assert_int_equal(err, ERR_NOT_FOUND);
			/* English has something for every class but other, and for whatever is urgent but praise. */
			if (strcmp(frames[f].lang, "en") == 0 && scene.verdict.class <= CLASS_QUESTION)
				fail_msg("%s %s, %zu: %s", class_name(scene.verdict.class),
					 cause_name(scene.verdict.cause), scene.request.length.limit, error.text);
		}
	}
	assert_true(drafts > 5000);
	arena_free(&arena);
}

static void the_shipped_templates_are_many_and_varied(void **state)
{
	struct arena *arena = arena_of(state);
	size_t en = 0, de = 0, es = 0;

	for (size_t i = 0; i < shipped->count; i++) {
		const struct template *t = &shipped->list[i];

		en += strcmp(t->lang, "en") == 0;
		de += strcmp(t->lang, "de") == 0;
		es += strcmp(t->lang, "es") == 0;
		if (t->variant_count < 3)
			fail_msg("%s has %zu variants", t->id, t->variant_count);
	}
	assert_in_range(en, 24, 1000);
	assert_in_range(de, 6, 1000);
	assert_in_range(es, 6, 1000);
	assert_int_equal(templates_count(shipped), shipped->count);
	arena_free(&arena);
}

static void every_template_has_a_short_wording_and_a_longer_one(void **state)
{
	struct json_object *view = json_object_new_object();
	struct buf out;

	(void)state;
	assert_true(json_add_str(view, "signature", "\xe2\x80\x93 Maya at Acme") &&
		    json_add_str(view, "contact", "direct message"));
	buf_init(&out, 1 << 16);
	for (size_t i = 0; i < shipped->count; i++) {
		size_t shortest = 10000, longest = 0;

		for (size_t k = 0; k < shipped->list[i].variant_count; k++) {
			size_t from;

			if ((shipped->list[i].variants[k].needs & VIEW_FACTS) != 0)
				continue; /* must be there without any fact */
			buf_reset(&out);
			assert_int_equal(mustache_render(shipped->list[i].variants[k].mustache, view, &out, NULL),
					 ERR_OK);
			from = strspn(buf_text(&out), "\n");
			shortest = out.len - from < shortest ? out.len - from : shortest;
			longest = out.len - from > longest ? out.len - from : longest;
		}
		if (shortest >= 180 || longest < shortest + 20)
			fail_msg("%s: shortest %zu, longest %zu", shipped->list[i].id, shortest, longest);
	}
	buf_done(&out);
	json_object_put(view);
}

/* ---- choosing ---- */

static void the_same_post_gets_the_same_draft_and_others_differ(void **state)
{
	struct arena *arena = arena_of(state);
	struct scene scene;
	struct draft draft, again;
	const char *seen[4] = {0};
	size_t different = 0;

	scene_set(&scene, arena, &samples[0]);
	for (uint64_t seed = 0; seed < 64; seed++) {
		size_t i = 0;

		scene.request.seed = seed;
		assert_int_equal(draft_make(shipped, arena, &scene.request, &draft, NULL), ERR_OK);
		assert_int_equal(draft_make(shipped, arena, &scene.request, &again, NULL), ERR_OK);
		assert_string_equal(draft.text, again.text);
		while (i < different && strcmp(seen[i], draft.text) != 0)
			i++;
		if (i == different && different < ARRAY_LEN(seen))
			seen[different++] = draft.text;
	}
	assert_in_range(different, 2, 4);
	arena_free(&arena);
}

static void nobody_is_sent_the_same_wording_twice(void **state)
{
	struct arena *arena = arena_of(state);
	const char *sent[200] = {NULL};
	size_t count = 0;

	/* Twenty complaints of one customer about twenty things: each reply is another, until a person has to write. */
	for (size_t i = 0; i < ARRAY_LEN(sent) - 1; i++) {
		char text[64];
		struct sample sample = samples[0];
		struct scene scene;
		struct draft draft;

		(void)snprintf(text, sizeof(text), "My thing%c is late", (char)('a' + i % 20));
		sample.text = text;
		sample.facts = NULL;
		scene_set(&scene, arena, &sample);
		scene.facts[0] = (struct fact){.name = "thing", .value = text + 3, .start = 3, .end = 9};
		scene.facts[0].value = arena_strndup(arena, text + 3, 6);
		scene.verdict.facts = scene.facts;
		scene.verdict.fact_count = 1;
		scene.request.avoid = sent;
		if (draft_make(shipped, arena, &scene.request, &draft, NULL) != ERR_OK)
			break;
		for (size_t k = 0; k < count; k++)
			assert_string_not_equal(sent[k], draft.text);
		sent[count++] = draft.text;
	}
	assert_in_range(count, 5, 30);
	arena_free(&arena);
}

static void the_longest_wording_that_fits_is_taken(void **state)
{
	static const char file[] =
		"id: t\nclass: problem\nlang: en\n\nShort.\n---\nA middling sentence, not more.\n---\n"
		"A long sentence that says the very same at much greater length than needed, for the test.\n";
	struct arena *arena = arena_of(state);
	struct templates *set = templates_new();
	struct scene scene;
	struct draft draft;
	static const struct {
		size_t limit;
		const char *want;
	} cases[] = {
		{0, "A long"},      {500, "A long"}, {89, "A long"}, {88, "A middling"},
		{30, "A middling"}, {29, "Short."},  {6, "Short."},
	};

	assert_int_equal(templates_add(set, "t.txt", file, strlen(file), NULL), ERR_OK);
	scene_set(&scene, arena, &frames[0]);
	scene.request.mention = false;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		scene.request.length = (struct length_rule){.unit = LENGTH_CODEPOINTS, .limit = cases[i].limit};
		assert_int_equal(draft_make(set, arena, &scene.request, &draft, NULL), ERR_OK);
		assert_int_equal(strncmp(draft.text, cases[i].want, strlen(cases[i].want)), 0);
	}
	scene.request.length.limit = 5;
	assert_int_equal(draft_make(set, arena, &scene.request, &draft, NULL), ERR_NOT_FOUND);
	templates_free(&set);
	arena_free(&arena);
}

static void what_is_urgent_gets_a_holding_line_only(void **state)
{
	struct arena *arena = arena_of(state);

	for (unsigned k = 0; k < CAUSE_COUNT * 3 * 2; k++) {
		struct scene scene;
		struct draft draft;

		scene_set(&scene, arena, &frames[1]);
		scene.verdict.class = (enum class)(k % 3 == 2   ? CLASS_QUESTION
						   : k % 3 == 1 ? CLASS_VENT
								: CLASS_PROBLEM);
		scene.verdict.cause = (enum cause)(k / 3 % CAUSE_COUNT);
		scene.verdict.urgency = 2;
		scene.request.seed = k;
		assert_int_equal(draft_make(shipped, arena, &scene.request, &draft, NULL), ERR_OK);
		assert_string_equal(draft.template, "holding_urgent");
		assert_null(strstr(draft.text, "parcel"));
		arena_reset(arena);
	}
	arena_free(&arena);
}

static void class_other_and_unknown_languages_are_left_to_a_person(void **state)
{
	struct arena *arena = arena_of(state);
	struct scene scene;
	struct draft draft = {.text = "untouched"};
	struct error error;

	scene_set(&scene, arena, &frames[0]);
	scene.verdict.class = CLASS_OTHER;
	assert_int_equal(draft_make(shipped, arena, &scene.request, &draft, &error), ERR_NOT_FOUND);
	scene_set(&scene, arena, &frames[0]);
	scene.verdict.lang = "pt";
	assert_int_equal(draft_make(shipped, arena, &scene.request, &draft, &error), ERR_NOT_FOUND);
	assert_non_null(strstr(error.text, "language pt"));
	assert_string_equal(draft.text, "untouched");
	scene.verdict.lang = "und";
	scene.post.lang = NULL;
	assert_int_equal(draft_make(shipped, arena, &scene.request, &draft, &error), ERR_OK);
	assert_string_equal(draft.lang, "en");
	arena_free(&arena);
}

static void the_way_to_write_in_private_is_the_brands_own(void **state)
{
	static const struct {
		const char *contact, *lang, *want;
	} cases[] = {
		{"a direct message", "en", "via direct message"},
		{NULL, "en", "via direct message"},
		{"care@acme.example", "en", "via care@acme.example"},
		{"care@acme.example", "de", "über care@acme.example"},
		{"a direct message", "de", "über eine Direktnachricht"},
		{"a direct message", "es", "por mensaje directo"},
	};
	struct arena *arena = arena_of(state);

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct brand other = brand;
		struct scene scene;
		struct draft draft;

		other.contact = cases[i].contact;
		other.signature = "";
		scene_set(&scene, arena, &frames[0]);
		scene.verdict.lang = cases[i].lang;
		scene.request.brand = &other;
		assert_int_equal(draft_make(shipped, arena, &scene.request, &draft, NULL), ERR_OK);
		if (strstr(draft.text, cases[i].want) == NULL)
			fail_msg("no \"%s\" in: %s", cases[i].want, draft.text);
		assert_null(strstr(draft.text, "\xe2\x80\x93"));
	}
	arena_free(&arena);
}

/* ---- facts and names ---- */

static void only_words_fit_for_the_public_are_repeated(void **state)
{
	static const struct {
		enum fact_kind kind;
		const char *text, *value, *want;
	} cases[] = {
		{FACT_THING, "My parcel", "parcel", "parcel"},
		{FACT_THING, "Parcel lost", "Parcel", "parcel"},
		{FACT_THING, "so the Chromebook died", "the Chromebook", "Chromebook"},
		{FACT_THING, "MY PARCEL IS LOST", "MY PARCEL", "parcel"},
		{FACT_THING, "my TV", "TV", "TV"},
		{FACT_THING, "iPhone", "iPhone", "iPhone"},
		{FACT_THING, "my  washing   machine.", "washing   machine.", "washing machine"},
		{FACT_THING, "order 123456", "order 123456", NULL},
		{FACT_THING, "flight 302", "flight 302", "flight 302"},
		{FACT_THING, "mail a@b.example", "a@b.example", NULL},
		{FACT_THING, "@acme", "@acme", NULL},
		{FACT_THING, "#scam", "#scam", NULL},
		{FACT_THING, "see acme.example", "acme.example", NULL},
		{FACT_THING, "http://x", "http://x", NULL},
		{FACT_THING, "your crappy app", "crappy app", NULL},
		{FACT_THING, "your Acme", "Acme", NULL},
		{FACT_THING, "it", "it", NULL},
		{FACT_THING, "a thing", "thing", NULL},
		{FACT_THING, "x", "a very long description of nothing at all", NULL},
		{FACT_THING, "x", "abcdefghijklmnopqrstuvwxyzabcdefghijklmno", NULL},
		{FACT_THING, "tv 😡", "tv 😡", NULL},
		{FACT_THING, "", "", NULL},
		{FACT_PLACE, "at the Camden store", "the Camden store", "Camden store"},
		{FACT_PLACE, "at home", "home", NULL},
		{FACT_DATE, "came yesterday", "yesterday", NULL},
		{FACT_DATE, "last night", "last night", NULL},
		{FACT_DATE, "last monday", "last monday", "Monday"},
		{FACT_DATE, "on 3rd of MARCH", "3rd of MARCH", "3rd of March"},
		{FACT_DURATION, "waiting for two weeks", "two weeks", "two weeks"},
		{FACT_DURATION, "a customer for 12 years", "12 years", NULL},
		{FACT_DURATION, "customer, waiting two weeks", "two weeks", NULL},
		{FACT_DURATION, "on hold 5 minutes", "5 minutes", NULL},
		{FACT_DURATION, "on hold 40 minutes", "40 minutes", "40 minutes"},
		{FACT_DURATION, "it takes two weeks", "two weeks", NULL},
		{FACT_OFTEN, "I called twice", "twice", "twice"},
		{FACT_OFTEN, "it cost twice as much", "twice", NULL},
		{FACT_OFTEN, "mailed you every time", "every time", NULL},
	};
	struct arena *arena = arena_of(state);
	size_t bad = 0;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *at = strstr(cases[i].text, cases[i].value), *got;
		struct fact fact = {.name = "x", .value = cases[i].value};

		fact.start = at != NULL ? (size_t)(at - cases[i].text) : 0;
		fact.end = fact.start + (at != NULL ? strlen(cases[i].value) : 0);
		got = fact_take(arena, cases[i].kind, &fact, cases[i].text, "en", &brand);
		if ((got == NULL) != (cases[i].want == NULL) || (got != NULL && strcmp(got, cases[i].want) != 0)) {
			print_error("\"%s\": got %s, want %s\n", cases[i].value, got != NULL ? got : "-",
				    cases[i].want != NULL ? cases[i].want : "-");
			bad++;
		}
	}
	assert_int_equal(bad, 0);
	arena_free(&arena);
}

static void only_what_looks_like_a_name_is_used_as_one(void **state)
{
	static const struct {
		const char *display, *want;
	} cases[] = {
		{"Ada Byron", "Ada"},
		{"  Ada", "Ada"},
		{"Zoë", "Zoë"},
		{"Ada, PhD", "Ada"},
		{"McKay Jones", "McKay"},
		{"ada", NULL},
		{"ADA", NULL},
		{"A", NULL},
		{"Ada99", NULL},
		{"xX_Ada_Xx", NULL},
		{"Angry Customer", NULL},
		{"The Wanderer", NULL},
		{"Acme", NULL},
		{"Acme Fan", NULL},
		{"🌸 Ada", NULL},
		{"Just Me", NULL},
		{"Team Green", NULL},
		{"Abcdefghijklmnopqrstuvw", NULL},
		{"", NULL},
		{NULL, NULL},
		{"Idiot Hunter", NULL},
	};
	struct arena *arena = arena_of(state);

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *got = fact_first_name(arena, cases[i].display, &brand);

		if ((got == NULL) != (cases[i].want == NULL) || (got != NULL && strcmp(got, cases[i].want) != 0))
			fail_msg("\"%s\": got %s", cases[i].display, got != NULL ? got : "-");
	}
	arena_free(&arena);
}

static void a_reference_and_an_amount_never_come_back(void **state)
{
	const struct sample sample = {"Order 4711 of 89.50 EUR, mail me at x@y.example, card 4111 1111",
				      "en",
				      "Ada",
				      PROBLEM,
				      CAUSE_BILLING,
				      0,
				      "reference=4711;amount=89.50 EUR;thing=card 4111 1111",
				      false};
	struct arena *arena = arena_of(state);

	for (uint64_t seed = 0; seed < 32; seed++) {
		struct scene scene;
		struct draft draft;

		scene_set(&scene, arena, &sample);
		scene.request.seed = seed;
		assert_int_equal(draft_make(shipped, arena, &scene.request, &draft, NULL), ERR_OK);
		assert_null(strpbrk(draft.text, "0123456789"));
		assert_null(strstr(draft.text, "EUR"));
	}
	arena_free(&arena);
}

/* ---- template files ---- */

static void a_wrong_template_file_is_refused_with_its_line(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{"", "t.txt:0: the header lacks \"id\""},
		{"id: a\n\nx", "t.txt:2: the header lacks \"lang\""},
		{"id: a\nlang: en\n\nx", "t.txt:3: the header lacks \"class\""},
		{"id: A b\n", "t.txt:1: an id has small letters, digits and _ only, not \"A b\""},
		{"id: a\nid: b\n", "t.txt:2: given twice: \"b\""},
		{"# note\nclas: problem\n",
		 "t.txt:2: unknown header key (id, class, cause, lang, when, urgent): \"clas\""},
		{"class: problm\n", "t.txt:1: no such class: \"problm\""},
		{"class: problem,\n", NULL},
		{"class: problem,,vent\n", "t.txt:1: no such class:"},
		{"cause: weather\n", "t.txt:1: no such cause: \"weather\""},
		{"when: thing, reference\n", "t.txt:1: no such fact: \"reference\""},
		{"urgent: maybe\n", "t.txt:1: urgent is yes or no, not \"maybe\""},
		{"nonsense\n", "t.txt:1: expected \"key: value\", found \"nonsense\""},
		{"id:\n", "t.txt:1: no value for \"id\""},
		{"id: a\nclass: vent\nlang: en\n\n", "t.txt:5: empty variant"},
		{"id: a\nclass: vent\nlang: en\n\nx\n---\n \n", "t.txt:7: empty variant"},
		{"id: a\nclass: vent\nlang: en\n\nx\n---\nyour {{reference}}",
		 "t.txt:7: unknown variable {{reference}}"},
		{"id: a\nclass: vent\nlang: en\n\nx\n---\ny\n{{#thing}}",
		 "t.txt:8: section is never closed: {{thing}}"},
		{"id: a\nclass: vent\nlang: en\n\n{{{thing}}}",
		 "t.txt:5: unescaped output of a name that is not declared trusted: {{thing}}"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct templates *set = templates_new();
		struct error error = {0};

		assert_int_equal(templates_add(set, "t.txt", cases[i].text, strlen(cases[i].text), &error),
				 ERR_INVALID);
		if (cases[i].want != NULL)
			assert_string_equal(error.text, cases[i].want);
		assert_int_equal(templates_count(set), 0);
		templates_free(&set);
	}
}

static void a_brands_own_template_replaces_the_shipped_one(void **state)
{
	static const char first[] = "id: a\r\nclass: problem, vent\r\ncause: delivery, access\r\nlang: en\r\nwhen: "
				    "thing\r\n\r\nOne {{thing}}.\r\n";
	static const char second[] = "id: a\nclass: vent\ncause: any\nlang: en\n\nTwo.\n---\nTwo again.";
	struct templates *set = templates_new();
	struct json_object *list;

	(void)state;
	assert_int_equal(templates_add(set, "first.txt", first, strlen(first), NULL), ERR_OK);
	list = templates_to_json(set);
	assert_string_equal(
		json_object_to_json_string_ext(list, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE),
		"[{\"id\":\"a\",\"class\":\"problem, vent\",\"cause\":\"access, "
		"delivery\",\"lang\":\"en\",\"when\":\"thing\","
		"\"urgent\":false,\"variants\":1,\"file\":\"first.txt\"}]");
	json_object_put(list);
	assert_int_equal(templates_add(set, "second.txt", second, strlen(second), NULL), ERR_OK);
	assert_int_equal(templates_count(set), 1);
	list = templates_to_json(set);
	assert_string_equal(json_str(json_object_array_get_idx(list, 0), "file", ""), "second.txt");
	assert_int_equal(json_int(json_object_array_get_idx(list, 0), "variants", 0), 2);
	json_object_put(list);
	templates_free(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(drafts_read_as_they_were_last_read_aloud),
		cmocka_unit_test(every_draft_there_can_be_is_fit_to_be_sent),
		cmocka_unit_test(the_shipped_templates_are_many_and_varied),
		cmocka_unit_test(every_template_has_a_short_wording_and_a_longer_one),
		cmocka_unit_test(the_same_post_gets_the_same_draft_and_others_differ),
		cmocka_unit_test(nobody_is_sent_the_same_wording_twice),
		cmocka_unit_test(the_longest_wording_that_fits_is_taken),
		cmocka_unit_test(what_is_urgent_gets_a_holding_line_only),
		cmocka_unit_test(class_other_and_unknown_languages_are_left_to_a_person),
		cmocka_unit_test(the_way_to_write_in_private_is_the_brands_own),
		cmocka_unit_test(only_words_fit_for_the_public_are_repeated),
		cmocka_unit_test(only_what_looks_like_a_name_is_used_as_one),
		cmocka_unit_test(a_reference_and_an_amount_never_come_back),
		cmocka_unit_test(a_wrong_template_file_is_refused_with_its_line),
		cmocka_unit_test(a_brands_own_template_replaces_the_shipped_one),
	};

	return cmocka_run_group_tests(tests, load_shipped, free_shipped);
}
