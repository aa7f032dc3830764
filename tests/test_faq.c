/*
 * test_faq.c - the brand's own answers: which entry a question finds, what files are refused, and the draft made of
 * one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "attr.h"
#include "draft.h"
#include "faq.h"

static const char file[] = "# the bakery's answers\n"
			   "- id: opening_hours\n"
			   "  about: When the shop is open.\n"
			   "  match:\n"
			   "    - '\\b(?:when|what\\s+time)\\b[^.!?]{0,40}\\b(?:open|close)\\b'\n"
			   "    - '\\bopening\\s+(?:hours|times)\\b'\n"
			   "  unless: '\\bbank\\s+account\\b'\n"
			   "  answer: >\n"
			   "    We are open from seven to six,\n"
			   "    and until noon on Sundays.\n"
			   "  examples:\n"
			   "    hit: ['When do you open?', 'opening hours please']\n"
			   "    miss: ['When do you open a bank account?']\n"
			   "- id: sunday_hours\n"
			   "  match: '\\bwhen\\b[^.!?]{0,40}\\bopen\\s+on\\s+sundays?\\b'\n"
			   "  answer: 'On Sundays from eight to noon.'\n"
			   "  examples: ['When are you open on Sunday?']\n"
			   "- id: de_zeiten\n"
			   "  lang: de\n"
			   "  match: '\\bwann\\b.{0,40}\\bge\xc3\xb6"
			   "ffnet\\b'\n"
			   "  answer: 'Montag bis Samstag von sieben bis sechs.'\n";

static struct faq *load(const char *text)
{
	struct faq *faq = NULL;
	struct error e;

	if (faq_load(text, strlen(text), "faq.yaml", &faq, &e) != ERR_OK)
		fail_msg("%s", e.text);
	return faq;
}

static void a_question_finds_the_entry_that_says_most_about_it(void **state)
{
	static const struct {
		const char *text, *lang, *want;
	} cases[] = {
		{"Hi, when do you open?", "en", "opening_hours"},
		{"What are your opening hours", NULL, "opening_hours"},
		{"when are you open on sundays", "en", "sunday_hours"},
		{"When do you open a bank account", "en", NULL},
		{"Do you sell bread?", "en", NULL},
		{"", "en", NULL},
		{"Wann habt ihr ge\xc3\xb6"
		 "ffnet?",
		 "de", "de_zeiten"},
		{"Wann habt ihr ge\xc3\xb6"
		 "ffnet?",
		 "en", NULL},
		{"when do you open", "de", NULL},
	};
	struct arena *arena = arena_new(1u << 20);
	struct faq *faq = load(file);

	(void)state;
	assert_int_equal(faq_count(faq), 3);
	assert_string_equal(faq_at(faq, 0)->answer, "We are open from seven to six, and until noon on Sundays.");
	assert_int_equal(faq_at(faq, 1)->line, 14);
	assert_null(faq_at(faq, 3));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct faq_entry *entry = faq_find(faq, arena, cases[i].text, cases[i].lang);

		if ((entry == NULL) != (cases[i].want == NULL) ||
		    (entry != NULL && strcmp(entry->id, cases[i].want) != 0))
			fail_msg("\"%s\": %s", cases[i].text, entry != NULL ? entry->id : "nothing");
	}
	faq_free(&faq);
	assert_null(faq);
	faq_free(&faq);
	assert_null(faq_find(NULL, arena, "when do you open", "en"));
	arena_free(&arena);
}

static void a_wrong_file_is_refused_with_its_line(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{"a: b\n", "faq.yaml:1: a list of entries is wanted"},
		{"- x\n", "faq.yaml:1: an entry is a map of id, match and answer"},
		{"- id: a\n  match: 'b'\n", "faq.yaml:1: the entry lacks \"answer\""},
		{"- id: a\n  answer: b\n", "faq.yaml:1: the entry lacks \"match\""},
		{"- match: a\n  answer: b\n", "faq.yaml:1: the entry lacks \"id\""},
		{"\n- id: a\n  match: b\n  anser: c\n",
		 "faq.yaml:4: unknown key (id, about, lang, match, unless, answer, examples): \"anser\""},
		{"- id: a\n  match: b\n  answer: ' '\n", "faq.yaml:3: an answer has up to 1000 bytes of text"},
		{"- id: a\n  match: b\n  answer: [c]\n", "faq.yaml:3: a text is wanted for \"answer\""},
		{"- id: a\n  match: b\n  answer: 'hello {{name}}'\n",
		 "faq.yaml:3: an answer is put in as it is and has no variables: \"{{\""},
		{"- id: a\n  match: b\n  answer: c\n- id: d\n  match: '('\n  answer: e\n", "faq.yaml:4: "},
		{"- id: a\n  match: b\n  answer: c\n\n\n- id: a\n  match: bb\n  answer: e\n", "faq.yaml:6: "},
		{"- id: a\n  match: b\n  answer: c\n  id: e\n", "faq.yaml:4: "},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct faq *faq = NULL;
		struct error e = {0};

		assert_int_equal(faq_load(cases[i].text, strlen(cases[i].text), "faq.yaml", &faq, &e), ERR_INVALID);
		assert_null(faq);
		if (strncmp(e.text, cases[i].want, strlen(cases[i].want)) != 0)
			fail_msg("got \"%s\", want \"%s\"", e.text, cases[i].want);
	}
}

static void an_empty_file_has_no_answers(void **state)
{
	struct arena *arena = arena_new(1u << 20);
	struct faq *faq = load("# nothing yet\n");

	(void)state;
	assert_int_equal(faq_count(faq), 0);
	assert_null(faq_find(faq, arena, "when do you open", "en"));
	faq_free(&faq);
	arena_free(&arena);
}

static void count_finding(void *ctx, const struct faq_entry *entry, const char *sentence)
{
	(void)entry;
	assert_non_null(sentence);
	++*(size_t *)ctx;
}

static void examples_that_find_something_else_are_errors(void **state)
{
	struct arena *arena = arena_new(1u << 20);
	struct faq *faq = load(file);
	size_t reports = 0;

	(void)state;
	assert_int_equal(faq_check(faq, arena, count_finding, &reports), 0);
	assert_int_equal(reports, 1); /* de_zeiten has no examples */
	faq_free(&faq);
	faq = load("- id: a\n  match: '\\bred\\b'\n  answer: x\n  examples: {hit: [blue, red], miss: [a red one]}\n"
		   "- id: b\n  match: '\\bgreen\\s+red\\b'\n  answer: y\n  examples: [red]\n");
	reports = 0;
	assert_int_equal(faq_check(faq, arena, count_finding, &reports), 3);
	assert_int_equal(reports, 3);
	faq_free(&faq);
	arena_free(&arena);
}

static void the_answer_stands_in_the_draft_as_it_is(void **state)
{
	static const char template[] = "id: q\nclass: question\nlang: en\nwhen: answer\n\n{{answer}}\n";
	static const char other[] = "id: r\nclass: question\ncause: delivery\nlang: en\n\nWe are finding out.\n";
	const struct post post = {.platform = "x", .id = "1", .text = "when do you open <b>?"};
	const struct verdict verdict = {.class = CLASS_QUESTION, .cause = CAUSE_DELIVERY, .lang = "en"};
	struct draft_request request = {
		.post = &post, .verdict = &verdict, .answer = "At 7 & not before: acme.example"};
	struct arena *arena = arena_new(1u << 20);
	struct templates *set = templates_new();
	struct draft draft;

	(void)state;
	assert_int_equal(templates_add(set, "q.txt", template, strlen(template), NULL), ERR_OK);
	assert_int_equal(templates_add(set, "r.txt", other, strlen(other), NULL), ERR_OK);
	assert_int_equal(draft_make(set, arena, &request, &draft, NULL), ERR_OK);
	assert_string_equal(draft.text, "At 7 & not before: acme.example");
	assert_non_null(strstr(draft.why, "from the brand's own answers"));
	request.answer = NULL;
	assert_int_equal(draft_make(set, arena, &request, &draft, NULL), ERR_OK);
	assert_string_equal(draft.text, "We are finding out.");
	templates_free(&set);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_question_finds_the_entry_that_says_most_about_it),
		cmocka_unit_test(a_wrong_file_is_refused_with_its_line),
		cmocka_unit_test(an_empty_file_has_no_answers),
		cmocka_unit_test(examples_that_find_something_else_are_errors),
		cmocka_unit_test(the_answer_stands_in_the_draft_as_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
