/*
 * test_policy.c - who may let a reply go: latitude, two people, urgent matters, levels of findings, samples.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "attr.h"
#include "policy.h"

#define BIT(cause) (1u << (cause))

static struct latitude table[] = {
	{ROLE_AGENT, REMEDY_APOLOGY, 0, 0, 0},
	{ROLE_AGENT, REMEDY_CALL_BACK, 0, 0, 0},
	{ROLE_AGENT, REMEDY_REFUND, 20, BIT(CAUSE_DELIVERY) | BIT(CAUSE_BILLING), 2},
	{ROLE_APPROVER, REMEDY_REFUND, 100, 0, 3},
	{ROLE_ADMIN, REMEDY_REFUND, 1000, 0, 0},
	{ROLE_AGENT, REMEDY_REPLACEMENT, 0, BIT(CAUSE_DELIVERY), 0},
	{ROLE_APPROVER, REMEDY_REPLACEMENT, 0, 0, 0},
	{ROLE_APPROVER, REMEDY_DISCOUNT, 15, 0, 0},
};

static struct policy usual(void)
{
	struct policy policy = {.sample = 10,
				.two = {.severity = 4,
					.urgency = 2,
					.reach = 25,
					.audience = 10000,
					.links = true,
					.amounts = true,
					.findings = true},
				.latitude = table,
				.latitude_count = ARRAY_LEN(table),
				.first_to = "the duty manager",
				.first_role = ROLE_APPROVER};

	return policy;
}

/* What is asked; zeros are an ordinary delivery problem of one customer and a reply that offers nothing. */
struct question {
	int severity, urgency, reach;
	int64_t followers;
	enum cause cause;
	struct offer offers[3];
	size_t offer_count, links;
	double amount; /* the largest in the reply */
	const char *sum;
	size_t blocking;
	bool undecided; /* a rule that reads replies gave up */
};

static struct ruling ask(const struct policy *policy, struct arena *arena, const struct question *q)
{
	struct complaint_row row = {.severity = q->severity,
				    .urgency = q->urgency,
				    .reach = q->reach,
				    .cause = q->cause,
				    .author = {.followers = q->followers}};
	struct offers offers = {
		.offers = q->offers,
		.offer_count = q->offer_count,
		.links = q->links,
		.amount = q->amount,
		.sum = q->sum,
		.undecided = q->undecided,
	};
	struct ruling ruling = {0};
	struct error e;

	if (policy_rule(policy, arena, &row, &offers, q->blocking, &ruling, &e) != ERR_OK)
		fail_msg("%s", e.text);
	return ruling;
}

#define OFFER(what, sum) .offers = {{.remedy = (what), .amount = (sum)}}, .offer_count = 1, .amount = (sum)

static const struct {
	const char *name;
	struct question q;
	enum role role;
	bool two;
	const char *why; /* the first sentence; NULL: none */
} cases[] = {
	{"nothing offered", {.cause = CAUSE_DELIVERY}, ROLE_AGENT, false, NULL},
	{"severity 3", {.severity = 3}, ROLE_AGENT, false, NULL},
	{"severity 4", {.severity = 4}, ROLE_APPROVER, true, "severity 4: two people"},
	{"urgency 1", {.urgency = 1}, ROLE_AGENT, false, NULL},
	{"urgency 2", {.urgency = 2}, ROLE_APPROVER, true, "urgent: this goes to the duty manager first (an approver)"},
	{"safety",
	 {.cause = CAUSE_SAFETY},
	 ROLE_APPROVER,
	 false,
	 "safety: this goes to the duty manager first (an approver)"},
	{"24 customers", {.reach = 24}, ROLE_AGENT, false, NULL},
	{"25 customers", {.reach = 25}, ROLE_APPROVER, true, "25 customers have written of the like: two people"},
	{"9999 followers", {.followers = 9999}, ROLE_AGENT, false, NULL},
	{"unknown followers", {.followers = -1}, ROLE_AGENT, false, NULL},
	{"10000 followers", {.followers = 10000}, ROLE_APPROVER, true, "the author has 10000 followers: two people"},
	{"a link", {.links = 1}, ROLE_APPROVER, true, "the reply has a link: two people"},
	{"a reply that a rule gave up on",
	 {.undecided = true},
	 ROLE_APPROVER,
	 true,
	 "what the reply offers could not be read whole: two people"},
	{"an amount", {.amount = 12.5}, ROLE_APPROVER, true, "the reply names an amount (12.5): two people"},
	{"a finding", {.blocking = 1}, ROLE_APPROVER, true, "a blocking finding has to be overridden"},
	{"three findings", {.blocking = 3}, ROLE_APPROVER, true, "3 blocking findings have to be overridden"},
	{"an apology", {OFFER(REMEDY_APOLOGY, 0)}, ROLE_AGENT, false, NULL},
	{"a call back", {OFFER(REMEDY_CALL_BACK, 0)}, ROLE_AGENT, false, NULL},
	{"an apology, severity 4",
	 {OFFER(REMEDY_APOLOGY, 0), .severity = 4},
	 ROLE_APPROVER,
	 true,
	 "severity 4: two people"},
	/* latitude: role x remedy x amount x cause x severity */
	{"a refund, delivery", {OFFER(REMEDY_REFUND, 0), .cause = CAUSE_DELIVERY}, ROLE_AGENT, false, NULL},
	{"a refund of 20, delivery", {OFFER(REMEDY_REFUND, 20), .cause = CAUSE_DELIVERY}, ROLE_AGENT, false, NULL},
	{"a refund of 20, billing", {OFFER(REMEDY_REFUND, 20), .cause = CAUSE_BILLING}, ROLE_AGENT, false, NULL},
	{"a refund of 20, severity 2",
	 {OFFER(REMEDY_REFUND, 20), .cause = CAUSE_DELIVERY, .severity = 2},
	 ROLE_AGENT,
	 false,
	 NULL},
	{"a refund of 20, severity 3",
	 {OFFER(REMEDY_REFUND, 20), .cause = CAUSE_DELIVERY, .severity = 3},
	 ROLE_APPROVER,
	 false,
	 "a refund of 20: an approver may offer that"},
	{"a refund of 21, delivery",
	 {OFFER(REMEDY_REFUND, 21), .cause = CAUSE_DELIVERY},
	 ROLE_APPROVER,
	 false,
	 "a refund of 21: an approver may offer that"},
	{"a refund of 20, quality",
	 {OFFER(REMEDY_REFUND, 20), .cause = CAUSE_QUALITY},
	 ROLE_APPROVER,
	 false,
	 "a refund of 20: an approver may offer that"},
	{"a refund of 100",
	 {OFFER(REMEDY_REFUND, 100)},
	 ROLE_APPROVER,
	 false,
	 "a refund of 100: an approver may offer that"},
	{"a refund of 100.01",
	 {OFFER(REMEDY_REFUND, 100.01)},
	 ROLE_ADMIN,
	 false,
	 "a refund of 100.01: an admin may offer that"},
	{"a refund of 1000",
	 {OFFER(REMEDY_REFUND, 1000)},
	 ROLE_ADMIN,
	 false,
	 "a refund of 1000: an admin may offer that"},
	{"a refund of 1001",
	 {OFFER(REMEDY_REFUND, 1001)},
	 ROLE_ADMIN,
	 true,
	 "a refund of 1001 is in nobody's latitude here: two people"},
	{"a refund of 50, severity 4",
	 {OFFER(REMEDY_REFUND, 50), .severity = 4},
	 ROLE_ADMIN,
	 true,
	 "severity 4: two people"},
	{"a replacement, delivery", {OFFER(REMEDY_REPLACEMENT, 0), .cause = CAUSE_DELIVERY}, ROLE_AGENT, false, NULL},
	{"a replacement, quality",
	 {OFFER(REMEDY_REPLACEMENT, 0), .cause = CAUSE_QUALITY},
	 ROLE_APPROVER,
	 false,
	 "a replacement: an approver may offer that"},
	{"a replacement of 5, delivery",
	 {OFFER(REMEDY_REPLACEMENT, 5), .cause = CAUSE_DELIVERY},
	 ROLE_APPROVER,
	 true,
	 "a replacement of 5 is in nobody's latitude here: two people"},
	{"a discount of 15",
	 {OFFER(REMEDY_DISCOUNT, 15)},
	 ROLE_APPROVER,
	 false,
	 "a discount of 15: an approver may offer that"},
	{"a discount of 16",
	 {OFFER(REMEDY_DISCOUNT, 16)},
	 ROLE_APPROVER,
	 true,
	 "a discount of 16 is in nobody's latitude here: two people"},
	{"a credit",
	 {OFFER(REMEDY_CREDIT, 0)},
	 ROLE_APPROVER,
	 true,
	 "a credit is in nobody's latitude here: two people"},
	{"an apology of 10",
	 {OFFER(REMEDY_APOLOGY, 10)},
	 ROLE_APPROVER,
	 true,
	 "an apology of 10 is in nobody's latitude here: two people"},
	/* several at once: the gravest decides */
	{"an apology and a refund of 50",
	 {.offers = {{.remedy = REMEDY_APOLOGY}, {.remedy = REMEDY_REFUND, .amount = 50}},
	  .offer_count = 2,
	  .amount = 50},
	 ROLE_APPROVER,
	 false,
	 "a refund of 50: an approver may offer that"},
	{"a refund of 50 and a discount of 10",
	 {.offers = {{.remedy = REMEDY_REFUND, .amount = 50}, {.remedy = REMEDY_DISCOUNT, .amount = 10}},
	  .offer_count = 2,
	  .amount = 50},
	 ROLE_APPROVER,
	 false,
	 "a refund of 50: an approver may offer that"},
	{"a refund of 500 and a credit",
	 {.offers = {{.remedy = REMEDY_REFUND, .amount = 500}, {.remedy = REMEDY_CREDIT}},
	  .offer_count = 2,
	  .amount = 500},
	 ROLE_ADMIN,
	 true,
	 "a refund of 500: an admin may offer that"},
	{"a refund of 20 beside an amount of 80",
	 {.offers = {{.remedy = REMEDY_REFUND, .amount = 20}}, .offer_count = 1, .amount = 80, .cause = CAUSE_DELIVERY},
	 ROLE_APPROVER,
	 true,
	 "the reply names an amount (80): two people"},
	{"a refund of 20 beside an amount of 8",
	 {.offers = {{.remedy = REMEDY_REFUND, .amount = 20}}, .offer_count = 1, .amount = 20, .cause = CAUSE_DELIVERY},
	 ROLE_AGENT,
	 false,
	 NULL},
	{"a refund of 40 euros",
	 {.offers = {{.remedy = REMEDY_REFUND, .amount = 40, .sum = "€40"}},
	  .offer_count = 1,
	  .amount = 40,
	  .sum = "€40",
	  .cause = CAUSE_DELIVERY},
	 ROLE_APPROVER,
	 false,
	 "a refund of €40: an approver may offer that"},
	{"40 euros and no offer",
	 {.amount = 40, .sum = "40 EUR"},
	 ROLE_APPROVER,
	 true,
	 "the reply names an amount (40 EUR): two people"},
	{"everything at once",
	 {.severity = 4, .urgency = 2, .reach = 99, .followers = 1000000, .links = 2, .blocking = 1},
	 ROLE_APPROVER,
	 true,
	 "urgent: this goes to the duty manager first (an approver)"},
};

static void the_ruling_follows_the_tables(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	struct policy policy = usual();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ruling ruling = ask(&policy, arena, &cases[i].q);
		const char *why = ruling.why[0];

		if (ruling.role != cases[i].role || ruling.two != cases[i].two ||
		    ruling.override_needed != (cases[i].q.blocking > 0))
			fail_msg("%s: role %s, two %d", cases[i].name, role_name(ruling.role), ruling.two);
		if ((why == NULL) != (cases[i].why == NULL) || (why != NULL && strcmp(why, cases[i].why) != 0))
			fail_msg("%s: %s", cases[i].name, why ? why : "(no reason)");
	}
	arena_free(&arena);
}

/* Each condition for two people can be switched off, and then does nothing. */
static void what_is_switched_off_asks_for_nobody(void **state)
{
	static const struct question all = {
		.severity = 4, .urgency = 1, .reach = 99, .followers = 1000000, .links = 2, .amount = 5, .blocking = 1};
	struct arena *arena = arena_new(1 << 20);
	struct policy policy = usual();
	struct ruling ruling;
	size_t count = 0;

	(void)state;
	ruling = ask(&policy, arena, &all);
	while (ruling.why[count] != NULL)
		count++;
	assert_int_equal(count, 7); /* severity, reach, audience, amount, link, and two for the finding */
	memset(&policy.two, 0, sizeof(policy.two));
	ruling = ask(&policy, arena, &all);
	assert_false(ruling.two);
	assert_int_equal(ruling.role, ROLE_AGENT);
	assert_true(ruling.override_needed); /* it must still be said */
	policy = (struct policy){0};
	ruling = ask(&policy, arena, &(struct question){.severity = 4, .urgency = 2, .cause = CAUSE_SAFETY});
	assert_false(ruling.two);
	assert_int_equal(ruling.role, ROLE_AGENT);
	arena_free(&arena);
}

/* More severe, more urgent, more followers, a larger sum: never fewer people, never a lower role. */
static void a_graver_matter_never_takes_less(void **state)
{
	struct arena *arena = arena_new(8 << 20);
	struct policy policy = usual();

	(void)state;
	for (int severity = 0; severity <= 4; severity++) {
		for (double amount = 0; amount <= 1200; amount += 7) {
			struct question q = {OFFER(REMEDY_REFUND, amount), .cause = CAUSE_DELIVERY,
					     .severity = severity};
			struct ruling low = ask(&policy, arena, &q), high;

			q.offers[0].amount = q.amount = amount + 7;
			high = ask(&policy, arena, &q);
			assert_true(high.two >= low.two && (high.role >= low.role || high.two > low.two));
			q.offers[0].amount = q.amount = amount;
			q.severity = severity + 1;
			high = ask(&policy, arena, &q);
			assert_true(high.two >= low.two && (high.role >= low.role || high.two > low.two));
		}
		arena_reset(arena);
	}
	arena_free(&arena);
}

static void urgent_matters_go_to_somebody_first(void **state)
{
	static const struct {
		int urgency;
		enum cause cause;
		const char *to;
		bool first;
	} rows[] = {
		{0, CAUSE_DELIVERY, "the duty manager", false},
		{1, CAUSE_STAFF, "the duty manager", false},
		{2, CAUSE_DELIVERY, "the duty manager", true},
		{0, CAUSE_SAFETY, "the duty manager", true},
		{2, CAUSE_SAFETY, "the duty manager", true},
		{2, CAUSE_SAFETY, "", false},
		{2, CAUSE_SAFETY, NULL, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct policy policy = {.first_to = rows[i].to, .first_role = ROLE_ADMIN};
		struct complaint_row row = {.urgency = rows[i].urgency, .cause = rows[i].cause};

		if (policy_first(&policy, &row) != rows[i].first)
			fail_msg("case %zu", i);
	}
}

static void findings_block_as_the_policy_says(void **state)
{
	static const char *const warn_only[] = {"cold", "denying_facts", "private", NULL};
	static const char *const block[] = {"familiar", "cold_bulletin", NULL};
	static const struct policy lists = {.warn_only = warn_only, .block = block}, none = {0};
	static const struct {
		const char *rule, *group;
		bool rules, listed; /* as the rule says; as the lists make it */
	} rows[] = {
		{"cold_regret", "cold", true, false},
		{"cold_regret", "cold", false, false},
		{"cold_bulletin", "cold", false, true}, /* the rule goes before its group */
		{"denying_facts", "denying", true, false},
		{"denying_doubt", "denying", true, true},
		{"denying_doubt", "denying", false, false},
		{"familiar_joke", "familiar", false, true},
		{"private_card", "private", true, true}, /* never let pass */
		{"private_hint", "private", false, false},
		{"other", NULL, true, true},
		{"other", NULL, false, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (policy_blocks(&lists, rows[i].rule, rows[i].group, rows[i].rules) != rows[i].listed)
			fail_msg("%s with %d", rows[i].rule, rows[i].rules);
		assert_int_equal(policy_blocks(&none, rows[i].rule, rows[i].group, rows[i].rules), rows[i].rules);
	}
}

static void one_in_so_many_approvals_is_sampled(void **state)
{
	static const struct {
		int sample;
		const char *hash;
		bool sampled;
	} rows[] = {
		{0, "0000000a", false}, {1, "ffffffff12", true}, {10, "0000000a99", true}, {10, "0000000b99", false},
		{10, "0000", false},    {10, NULL, false},       {-1, "0000000a", false},  {16, "abcdef10", true},
	};
	struct policy policy = {.sample = 10};
	size_t hits = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		policy.sample = rows[i].sample;
		if (policy_sampled(&policy, rows[i].hash) != rows[i].sampled)
			fail_msg("%s, one in %d", rows[i].hash ? rows[i].hash : "NULL", rows[i].sample);
	}
	policy.sample = 10;
	for (uint32_t i = 0; i < 10000; i++) {
		char hash[16];

		snprintf(hash, sizeof(hash), "%08x", i * 2654435761u); /* spread as a hash is */
		hits += policy_sampled(&policy, hash);
	}
	assert_in_range(hits, 900, 1100);
}

static void memory_that_runs_out_is_an_error(void **state)
{
	static const struct question q = {
		.severity = 4, .urgency = 2, .reach = 99, .followers = 1000000, .blocking = 2};
	struct complaint_row row = {
		.severity = q.severity, .urgency = q.urgency, .reach = q.reach, .author = {.followers = q.followers}};
	struct policy policy = usual();
	size_t fitted = 0;

	(void)state;
	for (size_t cap = 16; cap < 4000; cap += 16) {
		struct arena *arena = arena_new(cap);
		struct ruling ruling = {0};
		struct error e;
		enum err err = policy_rule(&policy, arena, &row, NULL, q.blocking, &ruling, &e);

		assert_true(err == ERR_OK || (err == ERR_NOMEM && ruling.why == NULL));
		assert_true(err != ERR_OK || ruling.two);
		fitted += err == ERR_OK;
		arena_free(&arena);
	}
	assert_true(fitted > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_ruling_follows_the_tables),
		cmocka_unit_test(what_is_switched_off_asks_for_nobody),
		cmocka_unit_test(a_graver_matter_never_takes_less),
		cmocka_unit_test(urgent_matters_go_to_somebody_first),
		cmocka_unit_test(findings_block_as_the_policy_says),
		cmocka_unit_test(one_in_so_many_approvals_is_sampled),
		cmocka_unit_test(memory_that_runs_out_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
