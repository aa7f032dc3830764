/*
 * test_verdict.c - from a post to a verdict and its JSON: sums, classes, causes, languages, doubt, masked references.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "classify.h"
#include "jsonio.h"

/* One word, one effect: a text says what its verdict should be. */
static const char rules[] =
	"- {id: complains, match: '\\bcomplaint', lang: en, complaint: 4}\n"
	"- {id: fixable, match: '\\bproblem', lang: en, complaint: 4, problem: 4}\n"
	"- {id: vents, match: '\\bvent', lang: en, complaint: 4, vent: 4}\n"
	"- {id: asks, match: '\\bquestion', lang: en, question: 4}\n"
	"- {id: praises, match: '\\bpraise', lang: en, praise: 5}\n"
	"- {id: others, match: '\\bnot ours', lang: en, not_ours: 5}\n"
	"- {id: late, match: '\\blate', lang: en, cause: delivery, complaint: 1}\n"
	"- {id: charged, match: '\\bcharged', lang: en, cause: billing, complaint: .5, problem: .7}\n"
	"- {id: fire, match: '\\bfire', lang: en, cause: safety, complaint: 4, urgency: 2}\n"
	"- {id: soon, match: '\\bsoon', lang: en, urgency: .6, severity: 1.4}\n"
	"- {id: grave, match: '\\bgrave', lang: en, severity: 9, urgency: 9}\n"
	"- {id: calm, match: '\\bcalm', lang: en, severity: -9, urgency: -9, sentiment: 5}\n"
	"- {id: bad, match: '\\bbad', lang: en, sentiment: -.5}\n"
	"- {id: number, match: 'order (?<reference>#?\\d+)', lang: en}\n"
	"- {id: thing, match: 'my (?<thing>\\w+)', lang: en}\n"
	"- {id: monster, match: 'go (?:\\w+\\s?)+(?=[.!])', lang: en, complaint: 1}\n"
	"- {id: stars, match: '1', field: rating, complaint: 3}\n";

static const char biases[] = "complaint: -2\nproblem: -2\nvent: -2\nquestion: -2\npraise: -2\nnot_ours: -2\n";

struct room {
	struct ruleset *set;
	struct classifier *classifier;
	struct arena *arena;
};

static void room_open(struct room *room, const char *yaml, const struct thresholds *thresholds)
{
	struct rules_builder *builder = rules_builder_new();
	struct scores scores;
	struct error e = {0};

	*room = (struct room){.arena = arena_new(1 << 20)};
	if (rules_add(builder, "t.yaml", yaml, strlen(yaml), false, &e) || rules_compile(builder, &room->set, &e) ||
	    scores_parse("scores.yaml", biases, sizeof biases - 1, &scores, &e))
		fail_msg("%s", e.text);
	room->classifier = classifier_new(room->set, &scores, thresholds);
	assert_non_null(room->classifier);
	rules_builder_free(&builder);
}

static void room_close(struct room *room)
{
	classifier_free(&room->classifier);
	assert_null(room->classifier);
	ruleset_free(&room->set);
	arena_free(&room->arena);
}

static struct verdict judge_post(struct room *room, const struct post *post)
{
	struct verdict verdict;
	struct error e = {0};

	if (classify_post(room->classifier, room->arena, post, &verdict, &e))
		fail_msg("%s", e.text);
	return verdict;
}

static struct verdict judge(struct room *room, const char *text)
{
	return judge_post(room, &(struct post){.platform = "replay", .id = "1", .text = text, .lang = "en"});
}

static void the_class_follows_from_the_scores(void **state)
{
	static const struct {
		const char *text;
		enum class class;
		enum cause cause;
	} cases[] = {
		{"", CLASS_OTHER, CAUSE_NONE},
		{"nothing here", CLASS_OTHER, CAUSE_NONE},
		{"a complaint", CLASS_VENT, CAUSE_NONE},
		{"a problem", CLASS_PROBLEM, CAUSE_NONE},
		{"a vent", CLASS_VENT, CAUSE_NONE},
		{"vent about a problem", CLASS_PROBLEM, CAUSE_NONE},
		{"a question", CLASS_QUESTION, CAUSE_NONE},
		{"praise", CLASS_PRAISE, CAUSE_NONE},
		{"praise and a question", CLASS_PRAISE, CAUSE_NONE},
		{"praise, then a complaint", CLASS_VENT, CAUSE_NONE},
		{"a problem, not ours", CLASS_NOT_OURS, CAUSE_NONE},
		{"a fire, not ours", CLASS_PROBLEM, CAUSE_SAFETY}, /* urgency 2: never a mere vent */
		{"late late late late, charged", CLASS_OTHER, CAUSE_BILLING}, /* each rule counts once */
		{"late problem", CLASS_PROBLEM, CAUSE_DELIVERY},
	};
	const struct thresholds half = {.complaint = .5, .problem = .5, .question = .5, .praise = .5, .not_ours = .5};
	struct room room;

	(void)state;
	room_open(&room, rules, &half);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct verdict v = judge(&room, cases[i].text);

		if (v.class != cases[i].class || v.cause != cases[i].cause)
			fail_msg("%s: %s, %s", cases[i].text, class_name(v.class), cause_name(v.cause));
		assert_false(v.undecided);
		assert_string_equal(v.rules, ruleset_digest(room.set));
	}
	room_close(&room);
}

static void thresholds_decide(void **state)
{
	const struct thresholds strict = {.complaint = .9, .problem = .9, .question = .9, .praise = .9, .not_ours = .99};
	struct room room;

	(void)state;
	room_open(&room, rules, &strict);
	assert_int_equal(judge(&room, "a complaint").class, CLASS_OTHER); /* 1 / (1 + exp(-2)) is .88 */
	assert_int_equal(judge(&room, "a complaint, a vent").class, CLASS_VENT);
	room_close(&room);
}

static void a_doubtful_complaint_that_is_likelier_praise_is_praise(void **state)
{
	const struct thresholds low = {.complaint = .2, .problem = .2, .question = .5, .praise = .5, .not_ours = .5};
	struct room room;

	(void)state;
	room_open(&room, rules, &low);
	assert_int_equal(judge(&room, "late").class, CLASS_VENT); /* .27 */
	assert_int_equal(judge(&room, "praise, a little late").class, CLASS_PRAISE);
	assert_int_equal(judge(&room, "a question, a little late").class, CLASS_VENT); /* about their own case, maybe */
	assert_int_equal(judge(&room, "praise, then a complaint").class, CLASS_VENT);  /* .88: no doubt */
	room_close(&room);
}

static void probabilities_are_logistic_sums(void **state)
{
	struct room room;
	struct verdict v;

	(void)state;
	room_open(&room, rules, NULL);
	v = judge(&room, "late, charged");
	assert_float_equal(v.complaint, 1 / (1 + exp(.5)), 1e-6);
	assert_float_equal(v.problem, 1 / (1 + exp(1.3)), 1e-6);
	assert_float_equal(v.vent, 1 / (1 + exp(2)), 1e-6);
	v = judge(&room, "bad");
	assert_float_equal(v.sentiment, tanh(-.5), 1e-6);
	room_close(&room);
}

static void severity_and_urgency_are_rounded_and_stay_in_range(void **state)
{
	static const struct {
		const char *text;
		int severity, urgency;
	} cases[] = {
		{"", 1, 0}, {"soon", 2, 1}, {"fire", 2, 2}, {"grave", 4, 2}, {"calm", 1, 0}, {"soon fire", 3, 2},
	};
	struct room room;

	(void)state;
	room_open(&room, rules, NULL);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct verdict v = judge(&room, cases[i].text);

		if (v.severity != cases[i].severity || v.urgency != cases[i].urgency)
			fail_msg("%s: severity %d, urgency %d", cases[i].text, v.severity, v.urgency);
	}
	room_close(&room);
}

static void a_post_without_language_is_read_as_english(void **state)
{
	static const struct {
		const char *lang, *told;
		bool decided;
	} cases[] = {
		{NULL, "en", true}, {"", "en", true}, {"und", "en", true}, {"en-GB", "en", true}, {"EN_us", "en", true},
		{"de", "de", false}, {"pt-BR", "pt", false},
	};
	struct room room;

	(void)state;
	room_open(&room, rules, NULL);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct verdict v = judge_post(&room, &(struct post){.text = "a problem", .lang = cases[i].lang});

		assert_string_equal(v.lang, cases[i].told);
		assert_int_equal(v.undecided, !cases[i].decided);
		assert_int_equal(v.class, cases[i].decided ? CLASS_PROBLEM : CLASS_OTHER);
		if (!cases[i].decided)
			assert_float_equal(v.complaint, .5, 1e-9);
	}
	assert_string_equal(judge_post(&room, &(struct post){.text = "x", .lang = "de"}).undecided_why,
			    "no rules for language de");
	room_close(&room);
	room_open(&room, "- {id: a, match: problem, complaint: 9, problem: 9}\n", NULL);
	assert_int_equal(judge_post(&room, &(struct post){.text = "problem", .lang = "de"}).class, CLASS_PROBLEM);
	room_close(&room);
}

static void a_limit_makes_the_verdict_undecided_and_names_the_rule(void **state)
{
	struct room room;
	struct verdict v;

	(void)state;
	room_open(&room, rules, NULL);
	v = judge(&room, "a problem: go ababababababababababababababababababababababababababababababa");
	assert_true(v.undecided);
	assert_string_equal(v.undecided_why, "rule monster: match limit");
	assert_int_equal(v.class, CLASS_PROBLEM); /* what was found still counts */
	assert_int_equal(v.hit_count, 1);
	room_close(&room);
}

static void text_that_is_not_utf8_is_refused(void **state)
{
	struct room room;
	struct verdict v;
	struct error e;

	(void)state;
	room_open(&room, rules, NULL);
	assert_int_equal(classify_post(room.classifier, room.arena, &(struct post){.id = "7", .text = "ab\xFF"}, &v, &e),
			 ERR_INVALID);
	assert_string_equal(e.text, "post 7: its text is not UTF-8 (byte 2)");
	room_close(&room);
}

static void an_arena_without_room_is_no_memory(void **state)
{
	struct arena *small = arena_new(64);
	struct room room;
	struct verdict v;
	struct error e = {0};

	(void)state;
	room_open(&room, rules, NULL);
	assert_int_equal(classify_post(room.classifier, small, &(struct post){.text = "problem problem problem"}, &v, &e),
			 ERR_NOMEM);
	assert_true(e.text[0] != '\0');
	arena_free(&small);
	room_close(&room);
}

static const char *to_text(struct json_object *object)
{
	return json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
}

static void a_verdict_is_told_as_json(void **state)
{
	static const char text[] = "late, my router, order #123456 bad";
	struct room room;
	struct verdict v;
	struct json_object *object;
	char wanted[2000];

	(void)state;
	room_open(&room, rules, NULL);
	v = judge_post(&room, &(struct post){.text = text, .rating = 1});
	object = verdict_to_json(&v, text, false);
	snprintf(wanted, sizeof wanted,
		 "{\"class\":\"vent\",\"complaint\":0.8808,\"problem\":0.1192,\"vent\":0.1192,\"cause\":\"delivery\","
		 "\"severity\":1,\"urgency\":0,\"sentiment\":-0.4621,\"lang\":\"en\","
		 "\"facts\":{\"thing\":\"router\",\"reference\":\"#123456\"},"
		 "\"hits\":[{\"rule\":\"stars\",\"start\":0,\"end\":0,\"text\":\"\"},"
		 "{\"rule\":\"late\",\"start\":0,\"end\":4,\"text\":\"late\"},"
		 "{\"rule\":\"thing\",\"start\":6,\"end\":15,\"text\":\"my router\"},"
		 "{\"rule\":\"number\",\"start\":17,\"end\":30,\"text\":\"order #123456\"},"
		 "{\"rule\":\"bad\",\"start\":31,\"end\":34,\"text\":\"bad\"}],"
		 "\"undecided\":false,\"rules\":\"%s\"}", ruleset_digest(room.set));
	assert_string_equal(to_text(object), wanted);
	json_object_put(object);
	room_close(&room);
}

/* The writer's own escapes and numbers against what json-c makes of the same values. */
static void a_verdict_is_written_as_json_c_would_write_it(void **state)
{
	static const double scores[] = {0, -0.0, 1, -1, .5, -.25, .1234, -.9999, .00004, -.00004, .00005, .99996, 1e-300};
	char text[0x180], name[8] = "";
	const struct rule *rule;
	struct room room;
	struct verdict v;
	size_t len = 0;

	(void)state;
	for (int c = 1; c < 0x80; c++)
		text[len++] = (char)c;
	memcpy(text + len, "\xC3\xA9\xF0\x9F\x98\x80", 7);
	len += 6;
	room_open(&room, rules, NULL);
	v = judge(&room, "late");
	rule = v.hits[0].rule;
	for (size_t i = 0; i < ARRAY_LEN(scores); i++) {
		const struct hit hit = {.rule = rule, .start = 0, .end = len};
		const struct fact fact = {.name = "thing", .value = text, .start = 0, .end = len, .rule = hit.rule};
		struct json_object *object, *slice;
		struct buf out;

		v.hits = &hit;
		v.hit_count = 1;
		v.facts = &fact;
		v.fact_count = 1;
		v.sentiment = scores[i];
		buf_init(&out, 1 << 16);
		verdict_to_buf(&out, &v, text, false);
		object = json_tokener_parse(buf_text(&out));
		assert_non_null(object);
		assert_string_equal(to_text(object), buf_text(&out)); /* json-c writes it the same way */
		slice = json_get(json_object_array_get_idx(json_get(object, "hits"), 0), "text");
		assert_int_equal(json_object_get_string_len(slice), (int)len);
		assert_string_equal(json_object_get_string(slice), text);
		assert_string_equal(json_str(json_get(object, "facts"), "thing", ""), text);
		snprintf(name, sizeof name, "%.4f", json_num(object, "sentiment", 7));
		assert_true(fabs(strtod(name, NULL) - scores[i]) <= .00005);
		json_object_put(object);
		buf_done(&out);
	}
	room_close(&room);
}

/* The writer looks at several bytes at once: none is missed wherever it stands. */
static void every_byte_is_escaped_wherever_it_stands(void **state)
{
	enum { LEN = 19 };
	struct room room;
	struct verdict v;
	struct hit hit = {.start = 1, .end = LEN};
	struct buf out;

	(void)state;
	room_open(&room, rules, NULL);
	v = judge(&room, "late");
	hit.rule = v.hits[0].rule;
	v.hits = &hit;
	buf_init(&out, 1 << 16);
	for (int c = 1; c < 0x80; c++)
		for (size_t at = 1; at < LEN; at++) {
			char text[LEN + 1] = "............\xC3\xA9.....";
			struct json_object *object;

			if (text[at] != '.')
				continue;
			text[at] = (char)c;
			buf_reset(&out);
			verdict_to_buf(&out, &v, text, true);
			object = json_tokener_parse(buf_text(&out));
			assert_non_null(object);
			assert_string_equal(to_text(object), buf_text(&out));
			assert_string_equal(
				json_str(json_object_array_get_idx(json_get(object, "hits"), 0), "text", ""), text + 1);
			json_object_put(object);
		}
	buf_done(&out);
	room_close(&room);
}

static void long_numbers_are_masked_in_hits(void **state)
{
	static const struct {
		const char *text, *hit;
	} cases[] = {
		{"pay 89370400440532013000 now", "pay *****************000 now"},
		{"pay 4111 1111 1111 1234 now", "pay **** **** **** *234 now"},
		{"pay 0171-2345678 now", "pay ****-****678 now"},
		{"pay 1234567 now", "pay 1234567 now"},
		{"pay 12 34 now", "pay 12 34 now"},
	};
	static const char yaml[] = "- id: pays\n  about: x\n  match: '\\bpay\\b.+\\bnow\\b'\n  complaint: 3\n";
	struct room room;

	(void)state;
	room_open(&room, yaml, NULL);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct verdict v = judge(&room, cases[i].text);
		struct json_object *object = verdict_to_json(&v, cases[i].text, true);

		assert_string_equal(json_str(json_object_array_get_idx(json_get(object, "hits"), 0), "text", ""),
				    cases[i].hit);
		json_object_put(object);
	}
	room_close(&room);
}

static void references_can_be_masked(void **state)
{
	static const struct {
		const char *text, *fact, *hit;
	} cases[] = {
		{"order #123456", "****456", "order ****456"},
		{"order 1234", "*234", "order *234"},
		{"order 123", "***", "order ***"},
		{"order 7", "*", "order *"},
		{"order 123456 \"late\"", "***456", "order ***456"},
		{"order \xD9\xA3\xD9\xA4\xD9\xA3\xD9\xA4", "*\xD9\xA4\xD9\xA3\xD9\xA4", "order *\xD9\xA4\xD9\xA3\xD9\xA4"},
	};
	struct room room;

	(void)state;
	room_open(&room, rules, NULL);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct verdict v = judge(&room, cases[i].text);
		struct json_object *object = verdict_to_json(&v, cases[i].text, true);
		struct json_object *hit = json_object_array_get_idx(json_get(object, "hits"), 0);

		assert_string_equal(json_str(json_get(object, "facts"), "reference", ""), cases[i].fact);
		assert_string_equal(json_str(hit, "text", ""), cases[i].hit);
		json_object_put(object);
	}
	room_close(&room);
}

static void scores_are_read_or_refused_with_their_line(void **state)
{
	static const struct {
		const char *yaml, *sentence;
	} refused[] = {
		{"[1]\n", "s.yaml:1: must be a map of score to bias"},
		{"vent: 1\nanger: 2\n", "s.yaml:2: anger: no such score"},
		{"vent: big\n", "s.yaml:1: vent: must be a number from -20 to 20"},
		{"vent: 1e99\n", "s.yaml:1: vent: must be a number from -20 to 20"},
		{"vent: [1]\n", "s.yaml:1: vent: must be a number from -20 to 20"},
	};
	struct scores scores = {.bias = {[DIM_VENT] = 7}};
	struct error e;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		assert_int_equal(scores_parse("s.yaml", refused[i].yaml, strlen(refused[i].yaml), &scores, &e), ERR_INVALID);
		assert_string_equal(e.text, refused[i].sentence);
		assert_float_equal(scores.bias[DIM_VENT], 7, 0); /* untouched */
	}
	assert_int_equal(scores_parse("s.yaml", "vent: -1.25\n", 12, &scores, &e), ERR_OK);
	assert_float_equal(scores.bias[DIM_VENT], -1.25, 0);
	assert_float_equal(scores.bias[DIM_PRAISE], -2, 0); /* left out: unlikely */
	assert_float_equal(scores.bias[DIM_SEVERITY], 0, 0);
}

static void every_word_is_found_again(void **state)
{
	enum class class = CLASS_VENT;
	enum cause cause = CAUSE_VALUE;
	enum dim dim = DIM_VENT;

	(void)state;
	for (int i = 0; i < CLASS_COUNT; i++)
		assert_true(class_from_name(class_name((enum class)i), &class) && (int)class == i);
	for (int i = 0; i < CAUSE_COUNT; i++)
		assert_true(cause_from_name(cause_name((enum cause)i), &cause) && (int)cause == i);
	for (int i = 0; i < DIM_COUNT; i++)
		assert_true(dim_from_name(dim_name((enum dim)i), &dim) && (int)dim == i);
	class = CLASS_VENT;
	assert_false(class_from_name("Problem", &class));
	assert_false(class_from_name("", &class));
	assert_false(class_from_name(NULL, &class));
	assert_int_equal(class, CLASS_VENT);
	assert_string_equal(class_name((enum class)99), "unknown");
	assert_string_equal(cause_name((enum cause)-1), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_class_follows_from_the_scores),
		cmocka_unit_test(thresholds_decide),
		cmocka_unit_test(a_doubtful_complaint_that_is_likelier_praise_is_praise),
		cmocka_unit_test(probabilities_are_logistic_sums),
		cmocka_unit_test(severity_and_urgency_are_rounded_and_stay_in_range),
		cmocka_unit_test(a_post_without_language_is_read_as_english),
		cmocka_unit_test(a_limit_makes_the_verdict_undecided_and_names_the_rule),
		cmocka_unit_test(text_that_is_not_utf8_is_refused),
		cmocka_unit_test(an_arena_without_room_is_no_memory),
		cmocka_unit_test(a_verdict_is_told_as_json),
		cmocka_unit_test(a_verdict_is_written_as_json_c_would_write_it),
		cmocka_unit_test(every_byte_is_escaped_wherever_it_stands),
		cmocka_unit_test(references_can_be_masked),
		cmocka_unit_test(long_numbers_are_masked_in_hits),
		cmocka_unit_test(scores_are_read_or_refused_with_their_line),
		cmocka_unit_test(every_word_is_found_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
