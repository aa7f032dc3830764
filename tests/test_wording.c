/*
 * test_wording.c - texts into tokens and pieces; weights files read, refused and let vote.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "asset.h"
#include "classify.h"
#include "jsonio.h"
#include "utf8.h"

/* ---- tokens ---- */

static void words_become_tokens(void **state)
{
	static const struct {
		const char *text, *tokens;
	} cases[] = {
		{"", ""},
		{" \t\n.,;-", ""},
		{"Still WAITING", "still waiting"},
		{"can't can\xE2\x80\x99t 'quoted'", "can't can't quoted"},
		{"@AnyBrand_9 hello", "@ hello"},
		{"see https://example.org/x?y=1 now", "see http now"},
		{"www.example.org", "http"},
		{"waited 3,5 hours at 10:30", "waited 0 hours at 0"},
		{"why? WHY?? no!! yes! what?!", "why ? why ?? no !! yes ! what ?!"},
		{"well... ok", "well ... ok"},
		{"soooooo goooood", "soo good"},
		{"good :) bad :-( worse :/ http://a", "good :) bad :( worse :( http"},
		{"salt &amp; pepper &lt;3", "salt pepper 0"},
		{"\xC3\x84RGER \xC3\x9C" "ber", "\xC3\xA4rger \xC3\xBC" "ber"},
		{"#NoReply", "noreply"},
		{"\xF0\x9F\x98\xA1\xF0\x9F\x98\xA1", "\xF0\x9F\x98\xA1 \xF0\x9F\x98\xA1"},
		{"'", ""},
		{":", ""},
		{"a'", "a"},
		{"&", ""},
		{"@", "@"},
		{"@any_9\xC2\xA0yes", "@ yes"}, /* a no-break space */
		{"@m\xC3\xBCller9: yes", "@ yes"},
		{"@\xF0\x9F\x98\xA1", "@ \xF0\x9F\x98\xA1"},
	};
	struct wording w = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char got[200] = "";
		size_t len = 0;

		assert_true(wording_read(&w, cases[i].text, strlen(cases[i].text)));
		for (size_t k = 0; k < w.count; k++) {
			const struct token *token = &w.tokens[k];

			assert_true(token->start < token->end && token->end <= strlen(cases[i].text));
			assert_true(utf8_valid(cases[i].text + token->start, token->end - token->start));
			len += (size_t)snprintf(got + len, sizeof got - len, "%s%.*s", k ? " " : "", (int)token->size,
						w.folded + token->folded);
		}
		if (strcmp(got, cases[i].tokens) != 0)
			fail_msg("%s: \"%s\", want \"%s\"", cases[i].text, got, cases[i].tokens);
	}
	wording_done(&w);
}

static void pieces_are_written_so_that_they_are_found_again(void **state)
{
	static const char text[] = "We can't log in... still NO reply \xC3\xBC" "ber!";
	char written[WORDING_PIECE_MAX];
	struct wording w = {0};
	struct gram gram = {0};
	size_t words = 0, runs = 0;

	(void)state;
	assert_true(wording_read(&w, text, sizeof text - 1));
	while (wording_next(&w, &gram)) {
		assert_true(wording_write(&w, &gram, written));
		assert_true(wording_hash(written, strlen(written)) == gram.hash);
		assert_true((written[0] == '~') == (gram.words == 0));
		assert_true(gram.start < gram.end && gram.end < sizeof text);
		words += gram.words > 0;
		runs += gram.words == 0;
	}
	assert_int_equal(words, 3 * w.count - 3);
	assert_true(runs > 0);
	gram = (struct gram){0};
	while (wording_next_words(&w, &gram))
		words--;
	assert_int_equal(words, 0); /* the same pieces but for the runs */
	wording_done(&w);
}

static void runs_of_letters_have_four_or_five(void **state)
{
	static const char *const want[] = {"~_use", "~_usel", "~usel", "~usele", "~sele", "~seles", "~eles",
					   "~eles_", "~les_"};
	char written[WORDING_PIECE_MAX];
	struct wording w = {0};
	struct gram gram = {0};
	size_t count = 0;

	(void)state;
	assert_true(wording_read(&w, "useles", 6));
	while (wording_next(&w, &gram)) {
		if (gram.words > 0)
			continue;
		assert_true(wording_write(&w, &gram, written));
		assert_true(count < ARRAY_LEN(want));
		assert_string_equal(written, want[count++]);
	}
	assert_int_equal(count, ARRAY_LEN(want));
	wording_done(&w);
}

static void a_very_long_text_is_read_up_to_its_thousandth_word(void **state)
{
	size_t len = 4000;
	char *text = malloc(len + 1);
	struct wording w = {0};

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < len; i++)
		text[i] = i % 2 ? ' ' : 'a';
	text[len] = '\0';
	assert_true(wording_read(&w, text, len));
	assert_int_equal(w.count, WORDING_TOKENS_MAX);
	memset(text, '?', len);
	assert_true(wording_read(&w, text, len));
	assert_int_equal(w.count, 1);
	wording_done(&w);
	free(text);
}

/* ---- weights ---- */

static const char weights_text[] = "# a comment\n"
				   "weights en 2\n"
				   "bias complaint=-1\n"
				   "bias problem=.5\n"
				   "bias negative=-1\n"
				   "bias positive=-2\n"
				   "rule late complaint=2 negative=1\n"
				   "rule silent\n"
				   "complaint=1.5 problem=.5 negative=1\tno reply\n"
				   "complaint=-3 positive=4\tlovely\n"
				   "\tthe\n"
				   "complaint=.2\tno\n";

static struct weights *parse(const char *text)
{
	struct weights *weights = NULL;
	struct error e = {0};

	if (weights_parse("en.txt", text, strlen(text), &weights, &e))
		fail_msg("%s", e.text);
	return weights;
}

static void a_weights_file_is_read(void **state)
{
	struct weights *w = parse(weights_text);
	const float *rule = weights_rule(w, "late");

	(void)state;
	assert_string_equal(weights_lang(w), "en");
	assert_int_equal(strlen(weights_digest(w)), 16);
	assert_int_equal(weights_piece_count(w), 4);
	for (int i = 0; i < FITTED_COUNT; i++)
		assert_true(weights_has(w, (enum fitted)i) == (i <= FITTED_POSITIVE));
	assert_float_equal(weights_bias(w, FITTED_PROBLEM), .5, 1e-9);
	assert_non_null(rule);
	assert_float_equal((double)rule[FITTED_COMPLAINT], 2, 1e-6);
	assert_float_equal((double)rule[FITTED_POSITIVE], 0, 0);
	assert_non_null(weights_rule(w, "silent"));
	assert_null(weights_rule(w, "nobody"));
	weights_free(&w);
	assert_null(w);
	weights_free(&w);
}

static void a_wrong_weights_file_is_refused_with_its_line(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{"", "en.txt:0: no line"},
		{"bias complaint=1\n", "en.txt:1: the first line"},
		{"complaint=1\tword\n", "en.txt:1: the first line"},
		{"weights en 1\n", "en.txt:1: this program reads version 2"},
		{"weights en 3\n", "en.txt:1: this program reads version 2"},
		{"weights EN 2\n", "en.txt:1: `weights` wants a language"},
		{"weights\n", "en.txt:1: the first line"},
		{"weights en 2\nweights de 2\n", "en.txt:2: a second line"},
		{"weights en 2\nbias vent=1\n", "en.txt:2: no such score"},
		{"weights en 2\nbias cause.weather=1\n", "en.txt:2: no such score"},
		{"weights en 2\nbias problem=much\n", "en.txt:2: a weight is"},
		{"weights en 2\nbias problem=51\n", "en.txt:2: a weight is"},
		{"weights en 2\nbias problem=nan\n", "en.txt:2: a weight is"},
		{"weights en 2\nbias problem=1e1\n", "en.txt:2: a weight is"},
		{"weights en 2\nbias problem=-\n", "en.txt:2: a weight is"},
		{"weights en 2\nbias problem=1.2.3\n", "en.txt:2: a weight is"},
		{"weights en 2\nbias problem=1 vent=1\n", "en.txt:2: one bias a line"},
		{"weights en 2\nbias problem\n", "en.txt:2: weights are written"},
		{"weights en 2\n\nrule late problem=1 2 3\n", "en.txt:3: weights are written"},
		{"weights en 2\nrule La-te problem=1\n", "en.txt:2: `rule` wants the id"},
		{"weights en 2\nrule  \n", "en.txt:2: `rule` wants the id"},
		{"weights en 2\nproblem=1\t\n", "en.txt:2: neither"},
		{"weights en 2\nproblem=1 word\n", "en.txt:2: neither"},
		{"weights en 2\nproblem=x\tword\n", "en.txt:2: a weight is"},
		{"weights en 2\nproblem=1 problem=2\tword\n", "en.txt:2: a score stands there twice"},
		{"weights en 2\nnonsense\n", "en.txt:2: neither"},
		{"weights en 2\nproblem=1\tno\nproblem=2\tno\n", "en.txt:0: piece 2 stands there twice"},
		{"weights en 2\nrule a problem=1\nrule a problem=1\n", "en.txt:0: rule a stands there twice"},
		{"weights en 2\nproblem=1\t\xFF\n", "en.txt:1: not UTF-8"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct weights *weights = NULL;
		struct error e = {0};

		assert_int_equal(weights_parse("en.txt", cases[i].text, strlen(cases[i].text), &weights, &e), ERR_INVALID);
		if (strncmp(e.text, cases[i].want, strlen(cases[i].want)) != 0)
			fail_msg("\"%s\", want \"%s\"", e.text, cases[i].want);
		assert_null(weights);
	}
}

static struct wording_vote vote_on(const struct weights *w, struct voter *voter, const char *text)
{
	struct wording_vote vote;
	struct error e = {0};

	if (voter_ask(voter, w, text, strlen(text), &vote, &e))
		fail_msg("%s", e.text);
	return vote;
}

static void known_words_vote_and_show_themselves(void **state)
{
	struct weights *w = parse(weights_text);
	struct voter *voter = voter_new();
	struct wording_vote vote;

	(void)state;
	for (int again = 0; again < 2; again++) { /* scratch memory leaves nothing behind */
		vote = vote_on(w, voter, "No reply, the usual");
		assert_false(vote.abstains);
		assert_float_equal(vote.sum[FITTED_COMPLAINT], 1.7 * wording_share(1, 4), 1e-6);
		assert_float_equal(vote.sum[FITTED_PROBLEM], .5 * wording_share(1, 4), 1e-6);
		assert_int_equal(vote.evidence_count, 1); /* "no" lies inside "no reply" and is weaker */
		assert_int_equal(vote.evidence[0].start, 0);
		assert_int_equal(vote.evidence[0].end, 8);
		vote = vote_on(w, voter, "the lovely the lovely");
		assert_float_equal(vote.sum[FITTED_POSITIVE], 4 * wording_share(2, 4), 1e-6);
		assert_true(vote.evidence_count == 1 && vote.evidence[0].strength < 0);
	}
	voter_free(&voter);
	weights_free(&w);
}

static struct weights *open_weights(const char *name, const char *text, size_t len)
{
	struct weights *weights = NULL;
	struct error e = {0};

	if (weights_open(name, text, len, &weights, &e))
		fail_msg("%s", e.text);
	return weights;
}

/* Votes alike, and before the first vote tells alike what changes rules. */
static void same_weights(const char *name, const char *text, size_t len, const char *post)
{
	struct weights *opened = open_weights(name, text, len), *parsed = NULL;
	struct voter *voter = voter_new();
	struct wording_vote left, right;
	struct error e = {0};

	if (weights_parse(name, text, len, &parsed, &e))
		fail_msg("%s", e.text);
	assert_string_equal(weights_lang(opened), weights_lang(parsed));
	assert_string_equal(weights_digest(opened), weights_digest(parsed));
	for (int i = 0; i < FITTED_COUNT; i++)
		assert_true(weights_has(opened, (enum fitted)i) == weights_has(parsed, (enum fitted)i) &&
			    weights_bias(opened, (enum fitted)i) == weights_bias(parsed, (enum fitted)i));
	for (int again = 0; again < 2; again++) {
		left = vote_on(opened, voter, post);
		right = vote_on(parsed, voter, post);
		assert_false(left.abstains);
		assert_memory_equal(left.sum, right.sum, sizeof left.sum);
		assert_int_equal(left.evidence_count, right.evidence_count);
	}
	assert_int_equal(weights_piece_count(opened), weights_piece_count(parsed));
	voter_free(&voter);
	weights_free(&parsed);
	weights_free(&opened);
}

static void pieces_read_at_the_first_vote_vote_as_those_read_at_once(void **state)
{
	static const char posts[] = "no non nein nie mai pas de la que der die das the my is not and que n\xC3\xA3o o \xC3\xA9";
	const struct asset *asset = NULL;
	size_t count = 0;

	(void)state;
	same_weights("en.txt", weights_text, sizeof weights_text - 1, "No reply, the usual");
	for (; (asset = asset_next("classify/rules/weights/", asset)); count++)
		same_weights(asset->name, asset->data, asset->len, posts);
	assert_true(count >= 6);
}

static void a_mistake_among_pieces_is_told_by_the_first_vote(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{"weights en 2\nrule a problem=1\nproblem=1\tno\nrule b problem=1\n", "en.txt:4: stands behind"},
		{"weights en 2\nproblem=1\tno\nproblem=1 word\n", "en.txt:3: neither"},
		{"weights en 2\nproblem=1\tno\nproblem=2\tno\n", "en.txt:0: piece 2 stands there twice"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct weights *w = open_weights("en.txt", cases[i].text, strlen(cases[i].text));
		struct voter *voter = voter_new();
		struct wording_vote vote;
		struct error e = {0};

		for (int again = 0; again < 2; again++) {
			assert_int_equal(voter_ask(voter, w, "no", 2, &vote, &e), ERR_INVALID);
			if (strncmp(e.text, cases[i].want, strlen(cases[i].want)) != 0)
				fail_msg("\"%s\", want \"%s\"", e.text, cases[i].want);
		}
		voter_free(&voter);
		weights_free(&w);
	}
}

/* The i-th word, i < 600; none has a letter thrice in a row. */
static void put_word(struct buf *out, int i)
{
	buf_printf(out, "%cz%cq", 'a' + i / 26, 'a' + i % 26);
}

/* More pieces than are looked up at once, more scores than stand in the table, some pieces twice. */
static void every_piece_of_a_long_text_counts_as_often_as_it_stands_there(void **state)
{
	enum { WORDS = 600, AGAIN = 100 };
	double complaint = 0, billing = 0, towards = 0;
	struct buf file, text;
	struct weights *w;
	struct voter *voter = voter_new();

	(void)state;
	buf_init(&file, 1 << 20);
	buf_init(&text, 1 << 20);
	buf_str(&file, "weights en 2\n");
	for (int words = 1; words <= WORDING_WORDS; words++)
		for (int i = 0; i + words <= WORDS; i++) {
			double share = wording_share(i + words <= AGAIN ? 2 : 1, WORDS + AGAIN);
			double weight = i % 2 ? .25 : -.5;

			buf_printf(&file, "negative=1 positive=2 urgent=3 complaint=%g cause.billing=.125\t", weight);
			for (int k = 0; k < words; k++) {
				buf_str(&file, k ? " " : "");
				put_word(&file, i + k);
			}
			buf_char(&file, '\n');
			complaint += share * weight;
			towards += i % 2 ? share * weight : 0;
			billing += share * .125;
		}
	for (int i = 0; i < WORDS + AGAIN; i++) {
		put_word(&text, i % WORDS);
		buf_char(&text, ' ');
	}
	w = parse(buf_text(&file));
	for (int again = 0; again < 2; again++) {
		struct wording_vote vote = vote_on(w, voter, buf_text(&text));

		assert_true(fabs(vote.sum[FITTED_COMPLAINT] - complaint) < 1e-9);
		assert_true(fabs(vote.sum[FITTED_CAUSES + CAUSE_BILLING] - billing) < 1e-9);
		assert_true(fabs(vote.sum[FITTED_URGENT] - 24 * billing) < 1e-9);
		assert_true(fabs(vote.towards - towards) < 1e-9);
		vote = vote_on(w, voter, "azcq azlq azlq"); /* scratch memory leaves nothing behind */
		assert_true(fabs(vote.sum[FITTED_NEGATIVE] - wording_share(1, 3) - wording_share(2, 3)) < 1e-9);
	}
	voter_free(&voter);
	weights_free(&w);
	buf_done(&file);
	buf_done(&text);
}

static void it_abstains_where_it_knows_too_little(void **state)
{
	struct weights *w = parse(weights_text);
	struct voter *voter = voter_new();
	struct wording_vote vote;

	(void)state;
	vote = vote_on(w, voter, "");
	assert_true(vote.abstains);
	vote = vote_on(w, voter, "lovely");
	assert_true(vote.abstains && vote.sum[FITTED_POSITIVE] == 0 && vote.evidence_count == 0);
	vote = vote_on(w, voter, "lovely the eins zwei drei vier fuenf sechs sieben acht neun");
	assert_true(vote.abstains);
	vote = vote_on(w, voter, "lovely the eins zwei drei");
	assert_false(vote.abstains);
	voter_free(&voter);
	weights_free(&w);
}

/* ---- in a verdict ---- */

static const char rules[] = "- {id: late, match: '\\blate', lang: en, cause: delivery, complaint: 1, sentiment: -.5}\n"
			    "- {id: asks, match: '\\bplease', lang: en, problem: 3}\n";

static struct ruleset *compile(const struct weights *w, const char *overlay)
{
	struct rules_builder *builder = rules_builder_new();
	struct ruleset *set = NULL;
	struct error e = {0};

	assert_non_null(builder);
	if (rules_add(builder, "t.yaml", rules, strlen(rules), false, &e))
		fail_msg("%s", e.text);
	if (w)
		weights_apply(w, builder);
	if (overlay && rules_add(builder, "own.yaml", overlay, strlen(overlay), true, &e))
		fail_msg("%s", e.text);
	if (rules_compile(builder, &set, &e))
		fail_msg("%s", e.text);
	rules_builder_free(&builder);
	return set;
}

static void fitted_weights_stand_for_hand_written_ones_but_a_brand_has_the_last_word(void **state)
{
	struct weights *w = parse(weights_text);
	struct ruleset *plain = compile(NULL, NULL), *set = compile(w, NULL);
	struct ruleset *own = compile(w, "- {id: late, complaint: 5}\n");
	const struct rule *late = ruleset_find(set, "late");

	(void)state;
	assert_float_equal((double)late->weight[DIM_COMPLAINT], 2, 1e-6);
	assert_float_equal((double)late->weight[DIM_SENTIMENT], -.5, 1e-6);
	assert_float_equal((double)ruleset_find(set, "asks")->weight[DIM_PROBLEM], 3, 1e-6); /* no fitted one: its own */
	assert_float_equal((double)rule_cause_weight(late), (double)rule_cause_weight(ruleset_find(plain, "late")), 1e-6);
	assert_float_equal((double)ruleset_find(own, "late")->weight[DIM_COMPLAINT], 5, 1e-6);
	assert_string_not_equal(ruleset_digest(plain), ruleset_digest(set));
	ruleset_free(&plain);
	ruleset_free(&set);
	ruleset_free(&own);
	weights_free(&w);
}

static void a_verdict_adds_rules_and_wording_and_names_both(void **state)
{
	struct weights *w = parse(weights_text);
	struct ruleset *set = compile(w, NULL);
	struct scores scores = {.bias = {[DIM_COMPLAINT] = 9, [DIM_PROBLEM] = 9}, .weights = {w}, .weights_count = 1};
	struct classifier *classifier = classifier_new(set, &scores, NULL);
	struct arena *arena = arena_new(1 << 20);
	struct post post = {.platform = "replay", .id = "1", .text = "late, the parcel, no reply", .lang = "en"};
	struct verdict v;
	struct error e = {0};

	(void)state;
	assert_non_null(classifier);
	assert_int_equal(classify_post(classifier, arena, &post, &v, &e), ERR_OK);
	assert_float_equal(v.complaint, 1 / (1 + exp(1 - 2 - 1.7 * wording_share(1, 5))), 1e-6);
	assert_float_equal(v.problem, 1 / (1 + exp(-.5 - .5 * wording_share(1, 5))), 1e-6);
	assert_true(v.sentiment < -1.0 / 3);
	assert_int_equal(v.hit_count, 2);
	assert_string_equal(v.hits[0].rule->id, "late");
	assert_ptr_equal(v.hits[1].rule, &wording_rule);
	assert_memory_equal(post.text + v.hits[1].start, "no reply", v.hits[1].end - v.hits[1].start);
	post.text = "lovely the lovely";
	assert_int_equal(classify_post(classifier, arena, &post, &v, &e), ERR_OK);
	assert_true(v.sentiment > 1.0 / 3 && v.complaint < .1);
	post.text = "of all";
	assert_int_equal(classify_post(classifier, arena, &post, &v, &e), ERR_OK);
	assert_true(fabs(v.sentiment) < 1.0 / 3 && v.hit_count == 0);
	post.text = "no reply";
	post.lang = "de"; /* no fitted weights: the biases of scores.yaml */
	assert_int_equal(classify_post(classifier, arena, &post, &v, &e), ERR_OK);
	assert_int_equal(v.hit_count, 0);
	assert_true(v.undecided);
	classifier_free(&classifier);
	ruleset_free(&set);
	arena_free(&arena);
	weights_free(&w);
}

static const char more_rules[] = "- {id: late, match: '\\blate', lang: en, cause: delivery, complaint: 1}\n"
				 "- {id: billed, match: '\\bbilled', lang: en, cause: billing, complaint: 1}\n"
				 "- {id: hurt, match: '\\bhurt', lang: en, cause: safety, urgency: 2}\n"
				 "- {id: now, match: '\\bnow', lang: en, urgency: 1}\n";
static const char more_weights[] = "weights en 2\n"
				   "bias complaint=1\n"
				   "bias problem=-2\n"
				   "bias question=-1\n"
				   "bias urgent=-1\n"
				   "bias cause.delivery=0\n"
				   "bias cause.billing=.5\n"
				   "bias cause.staff=.2\n"
				   "rule late complaint=.4 cause.delivery=1\n"
				   "rule billed complaint=.4 cause.billing=1\n"
				   "rule hurt complaint=.4\n"
				   "rule now complaint=.4\n"
				   "cause.staff=9 urgent=9\trude man\n"
				   "complaint=-9 question=9\twhere is\n"
				   "\tthe\n"
				   "\tis\n"
				   "complaint=.8\tman\n";

struct judged {
	struct weights *weights;
	struct ruleset *set;
	struct classifier *classifier;
	struct arena *arena;
};

static struct judged judged_open(const char *overlay)
{
	struct scores scores = {.bias = {[DIM_QUESTION] = -3, [DIM_PRAISE] = -3, [DIM_NOT_OURS] = -3}};
	struct rules_builder *builder = rules_builder_new();
	struct judged j = {.weights = parse(more_weights), .arena = arena_new(1 << 20)};
	struct error e = {0};

	assert_non_null(builder);
	if (rules_add(builder, "t.yaml", more_rules, strlen(more_rules), false, &e))
		fail_msg("%s", e.text);
	weights_apply(j.weights, builder);
	if (overlay && rules_add(builder, "own.yaml", overlay, strlen(overlay), true, &e))
		fail_msg("%s", e.text);
	if (rules_compile(builder, &j.set, &e))
		fail_msg("%s", e.text);
	rules_builder_free(&builder);
	scores.weights[0] = j.weights;
	scores.weights_count = 1;
	j.classifier = classifier_new(j.set, &scores, NULL);
	assert_non_null(j.classifier);
	return j;
}

static struct verdict judge_text(struct judged *j, const char *text)
{
	struct post post = {.platform = "replay", .id = "1", .text = text, .lang = "en"};
	struct verdict v;
	struct error e = {0};

	if (classify_post(j->classifier, j->arena, &post, &v, &e))
		fail_msg("%s", e.text);
	return v;
}

static void judged_close(struct judged *j)
{
	classifier_free(&j->classifier);
	ruleset_free(&j->set);
	weights_free(&j->weights);
	arena_free(&j->arena);
}

static void the_highest_fitted_score_names_the_cause(void **state)
{
	static const struct {
		const char *text;
		enum cause cause;
		int urgency;
	} cases[] = {
		{"the weather", CAUSE_NONE, 0}, /* no sign of a complaint: nothing went wrong anywhere */
		{"late", CAUSE_DELIVERY, 0},
		{"late, billed", CAUSE_BILLING, 0},
		{"late, the rude man", CAUSE_STAFF, 1},
		{"hurt", CAUSE_BILLING, 2}, /* 2 is what a rule says; the cause is fitted */
		{"now", CAUSE_BILLING, 0},  /* a rule that the weights know, and to which they give no urgency */
		{"where is the billed late", CAUSE_DELIVERY, 0}, /* no complaint: what the rules say, the first of equals */
	};
	struct judged j = judged_open(NULL);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct verdict v = judge_text(&j, cases[i].text);

		if (v.cause != cases[i].cause || v.urgency != cases[i].urgency)
			fail_msg("%s: %s, urgency %d", cases[i].text, cause_name(v.cause), v.urgency);
	}
	judged_close(&j);
}

static void a_brands_own_rules_speak_of_cause_and_urgency_beside_fitted_ones(void **state)
{
	struct judged j = judged_open("- {id: late, cause: promise}\n"
				      "- {id: ours, match: '\\bours', lang: en, cause: staff, complaint: 2, urgency: 1}\n");
	struct verdict v;

	(void)state;
	v = judge_text(&j, "ours");
	assert_true(v.cause == CAUSE_STAFF && v.urgency == 1);
	v = judge_text(&j, "late"); /* promise is not fitted: it cannot win, but delivery no longer does */
	assert_true(v.cause == CAUSE_BILLING);
	judged_close(&j);
}

static void a_vent_is_a_complaint_without_a_problem(void **state)
{
	struct judged j = judged_open(NULL);
	struct verdict v = judge_text(&j, "the man");

	(void)state;
	assert_float_equal(v.vent, v.complaint * (1 - v.problem), 1e-9);
	assert_float_equal(v.complaint, 1 / (1 + exp(-1 - .8 * wording_share(1, 2))), 1e-6);
	assert_int_equal(v.class, CLASS_VENT);
	v = judge_text(&j, "the weather"); /* as likely a complaint, but only because nothing is known of it */
	assert_float_equal(v.complaint, 1 / (1 + exp(-1)), 1e-6);
	assert_int_equal(v.class, CLASS_OTHER);
	v = judge_text(&j, "where is the man");
	assert_int_equal(v.class, CLASS_QUESTION);
	judged_close(&j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_become_tokens),
		cmocka_unit_test(pieces_are_written_so_that_they_are_found_again),
		cmocka_unit_test(runs_of_letters_have_four_or_five),
		cmocka_unit_test(a_very_long_text_is_read_up_to_its_thousandth_word),
		cmocka_unit_test(a_weights_file_is_read),
		cmocka_unit_test(a_wrong_weights_file_is_refused_with_its_line),
		cmocka_unit_test(known_words_vote_and_show_themselves),
		cmocka_unit_test(pieces_read_at_the_first_vote_vote_as_those_read_at_once),
		cmocka_unit_test(a_mistake_among_pieces_is_told_by_the_first_vote),
		cmocka_unit_test(every_piece_of_a_long_text_counts_as_often_as_it_stands_there),
		cmocka_unit_test(it_abstains_where_it_knows_too_little),
		cmocka_unit_test(fitted_weights_stand_for_hand_written_ones_but_a_brand_has_the_last_word),
		cmocka_unit_test(a_verdict_adds_rules_and_wording_and_names_both),
		cmocka_unit_test(the_highest_fitted_score_names_the_cause),
		cmocka_unit_test(a_brands_own_rules_speak_of_cause_and_urgency_beside_fitted_ones),
		cmocka_unit_test(a_vent_is_a_complaint_without_a_problem),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
