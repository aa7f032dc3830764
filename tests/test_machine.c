/*
 * test_machine.c - machines against pcre2, place by place: a miss is one, a hit ends where pcre2's match ends, however
 * often and together with whatever others they are run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "classify/machine.h"

#define PLACES 256

/* All may begin with "wait", the literal that memos are kept of. */
static const char *const patterns[] = {
	"wait",
	"waiting\\b",
	"wait(?:ing|ed|s)?\\s+(?:for\\s+)?(?:a|an|the)\\s+(?:reply|refund)s?\\b",
	"wait\\w*\\s+(?:\\w+\\s+){0,2}?(?:hours?|days?)\\b",
	"wait\\w*\\s+(?:\\w+\\s+){0,2}(?:hours?|days?|\\d+)",
	"wait.{0,12}\\bnow\\b",
	"wait.{0,12}?\\bnow\\b",
	"waits?\\s*,?\\s*(?:what|why|when)",
	"wait(?:s|er|ers|er\\s+service)?",
	"wait(?:s\\b|e\\w*|e[dr]\\s+now|\\s+x)",
	"wait\\s+(?:a\\s+|an\\s+|the\\s+)*(?:day|days|week)",
	"wait(?:ed)?\\s?\\d{1,3}\\s?(?:h|hrs?|hours?)\\b",
	"wait[^.!?]+[.!?]",
	"wait(?:ing)*?\\s",
	"wait(?:s\\w*|e\\w*?)",
	"wait.?now",
	"^wait\\s+(?:now|what)|wait\\s+(?:two|why)",
	"wait\\s{0}",
	"wait\\s{0,3}now",
	"wait(?:\\s?a|\\W?t|s?\\d)",
};
static const char *const floating[] = {
	"\\b(?:an?|two|\\d+)\\s?(?:hours?|days?)\\b",
	"^\\W*(?:no|not)\\b",
	"(?:^|[.!?]\\s+)stop\\s+(?:it|this)",
	"\\w+n't\\s+wait",
};
static const char *const texts[] = {
	"wait",
	"wait now",
	"I wait for the reply, and wait for an answer",
	"Waiting for a refund; waited for a refund. Waits for the replies",
	"we waited two whole days, waited three long hot hours, wait 2 hours and wait 30h, waited 5 hrs",
	"wait, what? waits why, wait ,when",
	"waitsome waitery waiter service waiters waite now waited now waiter now waits",
	"await nothing, wait\xC3\xA9 days, wait \xE2\x9D\xA4 days, wait\xC3\x9F now",
	"wait  two   days, wait\nnow\twait\xC2\xA0now",
	"wait a the an day wait the week wait a a a days wait the the the the",
	"waitwaitwait wait wait wait now now wait waitingwaiting wait",
	"no. stop it! Stop this? don't wait two days",
	"...not a day; a2 days an hour, 2hours 10 day",
	"",
};

/* A pattern by both. */
struct pair {
	const char *pattern;
	pcre2_code *code;
	struct program *program;
	struct machine *machine;
	struct machine_memo memo; /* of "wait" */
};

struct fixture {
	struct machine_pool *pool;
	pcre2_match_data *data;
	struct normal normal;
	const char *text;
};

static void setup(struct fixture *f)
{
	*f = (struct fixture){.pool = machine_pool_new(NULL), .data = pcre2_match_data_create(8, NULL)};
	assert_non_null(f->pool);
	assert_non_null(f->data);
}

static void teardown(struct fixture *f)
{
	machine_pool_free(&f->pool);
	pcre2_match_data_free(f->data);
	normal_done(&f->normal);
}

static struct pair pair_new(struct fixture *f, const char *pattern, uint32_t options)
{
	struct pattern_source source = {.text = pattern, .len = strlen(pattern)};
	struct pair pair = {.pattern = pattern};
	PCRE2_SIZE offset;
	int error;

	pair.code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
				  PCRE2_UTF | PCRE2_UCP | PCRE2_CASELESS | options, &error, &offset, NULL);
	assert_non_null(pair.code);
	pair.program = program_new(&source);
	pair.machine = machine_new(f->pool, pair.program);
	assert_non_null(pair.machine);
	return pair;
}

static void pair_done(struct pair *pair)
{
	pcre2_code_free(pair->code);
	machine_free(&pair->machine);
	program_free(&pair->program);
}

static void read_text(struct fixture *f, const char *text)
{
	f->text = text;
	assert_true(normalise(&f->normal, text, strlen(text)));
}

/* Where pcre2's match ends that begins at the place, or behind it when the code searches; 0: none. */
static size_t truth(const struct fixture *f, const struct pair *pair, size_t at)
{
	int rc = pcre2_match(pair->code, (PCRE2_SPTR)f->text, strlen(f->text), f->normal.offset[at], 0, f->data, NULL);

	assert_true(rc > 0 || rc == PCRE2_ERROR_NOMATCH);
	return rc > 0 ? pcre2_get_ovector_pointer(f->data)[1] : 0;
}

static struct machine_job job_at(const struct fixture *f, struct pair *pair, size_t at)
{
	bool literal = f->normal.len - at >= 4 && memcmp(f->normal.bytes + at, "wait", 4) == 0;

	return (struct machine_job){.machine = pair->machine, .at = at, .len = literal ? 4 : 0,
				    .memo = literal ? &pair->memo : NULL, .answer = MACHINE_UNASKED};
}

/* Counts answers; a wrong one fails. */
static void check(const struct fixture *f, struct pair *pair, const struct machine_job *job, size_t counts[4])
{
	size_t end = truth(f, pair, job->at);

	counts[job->answer]++;
	if (job->answer == MACHINE_MISS && end != 0)
		fail_msg("%s at %zu of '%s': a miss, but pcre2 matches", pair->pattern, job->at, f->text);
	if (job->answer == MACHINE_HIT && f->normal.offset[job->end] != end)
		fail_msg("%s at %zu of '%s': ends at %zu, for pcre2 at %zu", pair->pattern, job->at, f->text,
			 (size_t)f->normal.offset[job->end], end);
	if (job->memo && machine_sees_death(job->memo, &f->normal, job->at, job->len) && end != 0)
		fail_msg("%s at %zu of '%s': the memo sees a miss, but pcre2 matches", pair->pattern, job->at, f->text);
	assert_int_not_equal(job->answer, MACHINE_UNASKED);
}

static void each_place_is_answered_as_pcre2_does_again_and_again(void **state)
{
	struct fixture f;
	size_t counts[4] = {0};

	(void)state;
	setup(&f);
	for (size_t p = 0; p < ARRAY_LEN(patterns); p++) {
		struct pair pair = pair_new(&f, patterns[p], PCRE2_ANCHORED);

		for (size_t round = 0; round < 3; round++)
			for (size_t t = 0; t < ARRAY_LEN(texts); t++) {
				read_text(&f, texts[t]);
				for (size_t at = 0; at < f.normal.len; at++) {
					struct machine_job job = job_at(&f, &pair, at);

					machine_run(&job, &f.normal);
					check(&f, &pair, &job, counts);
				}
			}
		pair_done(&pair);
	}
	/* most is decided without pcre2 */
	assert_true(counts[MACHINE_HIT] > 300);
	assert_true(counts[MACHINE_MISS] > 50 * counts[MACHINE_MAYBE]);
	teardown(&f);
}

static void plain_texts_need_no_pcre2(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f);
	for (size_t p = 0; p < ARRAY_LEN(patterns); p++) {
		struct pair pair = pair_new(&f, patterns[p], PCRE2_ANCHORED);
		struct machine_job job;

		read_text(&f, texts[4]);
		for (size_t at = 0; at < f.normal.len; at++) {
			job = job_at(&f, &pair, at);
			machine_run(&job, &f.normal);
			assert_int_not_equal(job.answer, MACHINE_MAYBE);
		}
		pair_done(&pair);
	}
	teardown(&f);
}

static void many_runs_at_once_answer_as_one_by_one(void **state)
{
	struct fixture f;
	struct pair pairs[ARRAY_LEN(patterns)];
	size_t counts[4] = {0};

	(void)state;
	setup(&f);
	for (size_t p = 0; p < ARRAY_LEN(patterns); p++)
		pairs[p] = pair_new(&f, patterns[p], PCRE2_ANCHORED);
	for (size_t t = 0; t < 2 * ARRAY_LEN(texts); t++) {
		struct machine_job jobs[MACHINE_JOBS];
		size_t total;

		read_text(&f, texts[t % ARRAY_LEN(texts)]);
		total = f.normal.len * ARRAY_LEN(patterns);
		for (size_t i = 0; i < total; i += MACHINE_JOBS) {
			size_t count = total - i < MACHINE_JOBS ? total - i : MACHINE_JOBS;

			/* neighbours are of different machines at first, then many of one */
			for (size_t k = 0; k < count; k++)
				jobs[k] = t < ARRAY_LEN(texts)
						  ? job_at(&f, &pairs[(i + k) % ARRAY_LEN(patterns)],
							   (i + k) / ARRAY_LEN(patterns))
						  : job_at(&f, &pairs[(i + k) / f.normal.len], (i + k) % f.normal.len);
			machine_run_all(jobs, count, &f.normal);
			for (size_t k = 0; k < count; k++)
				for (size_t p = 0; p < ARRAY_LEN(patterns); p++)
					if (pairs[p].machine == jobs[k].machine)
						check(&f, &pairs[p], &jobs[k], counts);
		}
	}
	assert_true(counts[MACHINE_HIT] > 200);
	for (size_t p = 0; p < ARRAY_LEN(patterns); p++)
		pair_done(&pairs[p]);
	teardown(&f);
}

/* What a death before one letter has shown holds for others that the pattern cannot tell from it. */
static void a_memo_sees_deaths_that_it_did_not_meet(void **state)
{
	struct fixture f;
	struct pair pair;
	struct machine_job job;

	(void)state;
	setup(&f);
	pair = pair_new(&f, "wait.?now", PCRE2_ANCHORED);
	read_text(&f, "I waited");
	job = job_at(&f, &pair, 2);
	assert_false(machine_sees_death(&pair.memo, &f.normal, 2, 4));
	machine_run(&job, &f.normal);
	assert_int_equal(job.answer, MACHINE_MISS);
	read_text(&f, "a waiter, waits, waitnow, wait now. Await");
	assert_true(machine_sees_death(&pair.memo, &f.normal, 2, 4));
	assert_true(machine_sees_death(&pair.memo, &f.normal, 10, 4));
	assert_false(machine_sees_death(&pair.memo, &f.normal, 17, 4));
	assert_false(machine_sees_death(&pair.memo, &f.normal, 26, 4));
	read_text(&f, "waiter");
	assert_true(machine_sees_death(&pair.memo, &f.normal, 0, 4)); /* the text's beginning is nothing to it */
	pair_done(&pair);

	pair = pair_new(&f, "^wait\\s+now|wait\\s+two", PCRE2_ANCHORED);
	read_text(&f, "I wait now");
	job = job_at(&f, &pair, 2);
	machine_run(&job, &f.normal);
	assert_int_equal(job.answer, MACHINE_MISS);
	assert_true(machine_sees_death(&pair.memo, &f.normal, 2, 4));
	read_text(&f, "wait now");
	assert_false(machine_sees_death(&pair.memo, &f.normal, 0, 4)); /* there it is */
	pair_done(&pair);
	teardown(&f);
}

static void a_job_without_a_machine_keeps_its_answer(void **state)
{
	struct machine_job jobs[2] = {{.answer = MACHINE_HIT, .end = 7}, {.answer = MACHINE_UNASKED}};
	struct fixture f;

	(void)state;
	setup(&f);
	read_text(&f, "wait");
	machine_run_all(jobs, 2, &f.normal);
	assert_int_equal(jobs[0].answer, MACHINE_HIT);
	assert_int_equal(jobs[0].end, 7);
	assert_int_equal(jobs[1].answer, MACHINE_UNASKED);
	teardown(&f);
}

static void a_floating_machine_misses_only_what_is_nowhere(void **state)
{
	size_t misses = 0, found = 0;
	struct fixture f;

	(void)state;
	setup(&f);
	for (size_t p = 0; p < ARRAY_LEN(floating); p++) {
		struct pair pair = pair_new(&f, floating[p], 0);

		for (size_t t = 0; t < ARRAY_LEN(texts); t++) {
			struct machine_job job = {.machine = machine_floating(pair.machine)};

			read_text(&f, texts[t]);
			machine_run(&job, &f.normal);
			assert_int_not_equal(job.answer, MACHINE_HIT);
			if (job.answer == MACHINE_MISS && truth(&f, &pair, 0) != 0)
				fail_msg("%s is in '%s'", floating[p], texts[t]);
			misses += job.answer == MACHINE_MISS;
			found += truth(&f, &pair, 0) != 0;
		}
		pair_done(&pair);
	}
	assert_true(found >= 5);
	assert_true(misses + found >= ARRAY_LEN(floating) * ARRAY_LEN(texts) - 2); /* hardly any is left to pcre2 */
	teardown(&f);
}

/* More states than a machine keeps: it forgets them between two texts, and at last gives up; never is it wrong. */
static void a_machine_that_is_full_is_never_wrong(void **state)
{
	static const char pattern[] = "wait(?:\\s+\\w*a\\w*b\\w{0,9}|.{0,40}[a-f][g-p].{0,30}c[^d]*d){1,3}\\s+end";
	size_t counts[4] = {0};
	struct fixture f;
	struct pair pair;
	uint32_t seed = 1;

	(void)state;
	setup(&f);
	pair = pair_new(&f, pattern, PCRE2_ANCHORED);
	for (size_t round = 0; round < 200; round++) {
		struct machine_job jobs[8];
		char text[PLACES];
		size_t len = 0, count = 0;

		while (len + 12 < sizeof text) {
			const char *piece;

			seed = seed * 1103515245 + 12345;
			piece = seed >> 28 == 0 ? "wait " : seed >> 28 == 1 ? " end " : &"abcdghxy "[(seed >> 16) % 9];
			len += (size_t)snprintf(text + len, sizeof text - len, "%.*s", seed >> 28 < 2 ? 5 : 1, piece);
		}
		read_text(&f, text);
		for (size_t at = 0; at < f.normal.len && count < ARRAY_LEN(jobs); at++)
			if (job_at(&f, &pair, at).memo)
				jobs[count++] = job_at(&f, &pair, at);
		machine_run_all(jobs, count, &f.normal);
		for (size_t i = 0; i < count; i++)
			check(&f, &pair, &jobs[i], counts);
	}
	assert_true(counts[MACHINE_MAYBE] > 0 && counts[MACHINE_MISS] > 100);
	pair_done(&pair);
	teardown(&f);
}

/* How many machines of a small program a pool takes, one of so many that share. */
static size_t machines_taken(unsigned sharers)
{
	struct pattern_source source = {.text = "wait", .len = 4};
	struct program *program = program_new(&source);
	atomic_uint count = sharers;
	struct machine_pool *pool = machine_pool_new(&count);
	struct machine *machines[4096];
	size_t taken = 0;

	assert_non_null(program);
	assert_non_null(pool);
	while (taken < ARRAY_LEN(machines) && (machines[taken] = machine_new(pool, program)))
		taken++;
	for (size_t i = 0; i < taken; i++)
		machine_free(&machines[i]);
	machine_pool_free(&pool);
	program_free(&program);
	return taken;
}

static void pools_that_share_take_less(void **state)
{
	size_t of_hundred = machines_taken(100), of_two_hundred = machines_taken(200);

	(void)state;
	assert_int_equal(machines_taken(1), 4096);
	assert_in_range(of_hundred, 100, 4095);
	assert_in_range(of_two_hundred, of_hundred / 2 - 1, of_hundred / 2 + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_place_is_answered_as_pcre2_does_again_and_again),
		cmocka_unit_test(plain_texts_need_no_pcre2),
		cmocka_unit_test(many_runs_at_once_answer_as_one_by_one),
		cmocka_unit_test(a_memo_sees_deaths_that_it_did_not_meet),
		cmocka_unit_test(a_job_without_a_machine_keeps_its_answer),
		cmocka_unit_test(a_floating_machine_misses_only_what_is_nowhere),
		cmocka_unit_test(a_machine_that_is_full_is_never_wrong),
		cmocka_unit_test(pools_that_share_take_less),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
