/*
 * test_queue.c - what people may do with complaints, in which state, as whom, and what it leaves behind.
 */
#include "store_kit.h"

#include "attr.h"
#include "clock.h"
#include "queue.h"

#define TEXT "Hi Ada, please send us your reference via direct message. \xe2\x80\x93 Maya"

struct desk {
	struct kit kit;
	struct source_spec source;
	struct settings settings;
	struct ruleset *tone_rules;
	struct tone *tone;
	struct queue queue;
	int64_t complaint_id;
};

static const struct actor viewer = {1, "vic", ROLE_VIEWER}, agent = {2, "ada", ROLE_AGENT},
			  approver = {3, "pat", ROLE_APPROVER}, admin = {4, "root", ROLE_ADMIN};

static void tone_make(struct desk *desk)
{
	static const char yaml[] =
		"- id: blaming_your_fault\n  about: Blames the customer.\n  match: '\\byour\\s+fault\\b'\n"
		"  level: block\n  suggest: Say what we can do.\n  lang: en\n"
		"- id: cold_regret\n  about: Cold.\n  match: '\\bwe\\s+regret\\b'\n  level: warn\n  lang: en\n";
	struct rules_builder *builder = rules_builder_new();
	struct error e;

	assert_non_null(builder);
	if (rules_add(builder, "tone/en.yaml", yaml, strlen(yaml), false, &e) != ERR_OK ||
	    rules_compile(builder, &desk->tone_rules, &e) != ERR_OK)
		fail_msg("%s", e.text);
	rules_builder_free(&builder);
	desk->tone = tone_new(desk->tone_rules);
	assert_non_null(desk->tone);
}

static void user_make(struct desk *desk, const struct actor *actor)
{
	int64_t id = 0;

	must(&desk->kit, store_user_put(desk->kit.store, actor->name, "x", actor->role, NOW, &id, &desk->kit.e));
	assert_int_equal(id, actor->user_id);
}

static void desk_open(struct desk *desk)
{
	memset(desk, 0, sizeof(*desk));
	clock_fake(NOW, 0);
	kit_open(&desk->kit);
	user_make(desk, &viewer);
	user_make(desk, &agent);
	user_make(desk, &approver);
	user_make(desk, &admin);
	desk->source = (struct source_spec){.key = "m/#acme", .platform = "mastodon", .brand = "Acme", .has_token = 1};
	desk->settings = (struct settings){.undo_s = 30, .sources = &desk->source, .source_count = 1};
	tone_make(desk);
	desk->queue = (struct queue){desk->kit.store, &desk->settings, desk->tone};
}

static void desk_close(struct desk *desk)
{
	tone_free(&desk->tone);
	ruleset_free(&desk->tone_rules);
	kit_close(&desk->kit);
	clock_fake(-1, -1);
}

/* A new open complaint without a draft, by an author of that handle. */
static void complain_as(struct desk *desk, const char *handle)
{
	static int number;
	struct post post;
	struct verdict verdict = kit_verdict(CLASS_PROBLEM, CAUSE_DELIVERY);
	char id[32];

	(void)snprintf(id, sizeof(id), "p%d", ++number);
	post = kit_post(id, id, "My parcel is late");
	post.thread = id;
	post.author.handle = handle;
	desk->complaint_id = kit_file(&desk->kit, &post, &verdict, NULL, NULL);
}

/* Nobody to name: then a reply need not. */
static void complain(struct desk *desk)
{
	complain_as(desk, NULL);
}

static struct complaint_row row_of(struct desk *desk)
{
	return kit_get(&desk->kit, desk->complaint_id);
}

static enum err act(struct desk *desk, const struct actor *actor, enum action action, const char *text)
{
	struct complaint_row row = row_of(desk);
	struct action_args args = {.complaint_id = desk->complaint_id};

	if (action == ACTION_DRAFT || action == ACTION_POSTED)
		args.text = text;
	else if (action == ACTION_REJECT || action == ACTION_CLOSE)
		args.reason = text;
	else
		args.hash = row.draft_hash;
	return queue_do(&desk->queue, actor, action, &args, &desk->kit.e);
}

#define did(desk, actor, action, text) must(&(desk)->kit, act(desk, actor, action, text))

/* A complaint in that state, with a draft; for approved and replied: as hand-off or scheduled. */
static void bring_to(struct desk *desk, enum complaint_state state, bool handoff)
{
	desk->source.has_token = handoff ? 0 : 1;
	complain(desk);
	did(desk, &agent, ACTION_DRAFT, TEXT);
	if (state == STATE_SUBMITTED)
		did(desk, &agent, ACTION_SUBMIT, NULL);
	if (state == STATE_CLOSED)
		did(desk, &agent, ACTION_CLOSE, "spam");
	if (state == STATE_APPROVED || state == STATE_REPLIED)
		did(desk, &approver, ACTION_APPROVE, NULL);
	if (state == STATE_REPLIED && handoff)
		did(desk, &approver, ACTION_POSTED, NULL);
	if (state == STATE_REPLIED && !handoff) {
		must(&desk->kit, store_begin(desk->kit.store, STORE_BULK, &desk->kit.e));
		must(&desk->kit, store_complaint_move(desk->kit.store, desk->complaint_id, 1u << STATE_APPROVED,
						      STATE_REPLIED, NULL, NULL, NOW, &desk->kit.e));
		must(&desk->kit, store_commit(desk->kit.store, &desk->kit.e));
	}
	assert_int_equal(row_of(desk).state, state);
}

/* The whole law, written down a second time: who may at least, from where to where. */
static const struct law {
	enum action action;
	enum complaint_state from, to;
	enum role role;
	int handoff; /* -1 either, 1 only hand-off */
} laws[] = {
	{ACTION_DRAFT, STATE_OPEN, STATE_OPEN, ROLE_AGENT, -1},
	{ACTION_DRAFT, STATE_SUBMITTED, STATE_SUBMITTED, ROLE_AGENT, -1},
	{ACTION_SUBMIT, STATE_OPEN, STATE_SUBMITTED, ROLE_AGENT, -1},
	{ACTION_APPROVE, STATE_OPEN, STATE_APPROVED, ROLE_APPROVER, -1},
	{ACTION_APPROVE, STATE_SUBMITTED, STATE_APPROVED, ROLE_APPROVER, -1},
	{ACTION_REJECT, STATE_SUBMITTED, STATE_OPEN, ROLE_APPROVER, -1},
	{ACTION_CLOSE, STATE_OPEN, STATE_CLOSED, ROLE_AGENT, -1},
	{ACTION_CLOSE, STATE_SUBMITTED, STATE_CLOSED, ROLE_AGENT, -1},
	{ACTION_WITHDRAW, STATE_APPROVED, STATE_OPEN, ROLE_AGENT, -1},
	{ACTION_POSTED, STATE_APPROVED, STATE_REPLIED, ROLE_AGENT, 1},
	{ACTION_REOPEN, STATE_CLOSED, STATE_OPEN, ROLE_AGENT, -1},
};

static const struct law *law_for(enum action action, enum complaint_state from)
{
	for (size_t i = 0; i < ARRAY_LEN(laws); i++) {
		if (laws[i].action == action && laws[i].from == from)
			return &laws[i];
	}
	return NULL;
}

static void law_holds(struct desk *desk, const struct actor *actor, enum action action, enum complaint_state from,
		      bool handoff)
{
	const struct law *law = law_for(action, from);
	bool allowed = law != NULL && actor->role >= law->role && (law->handoff < 0 || handoff);
	size_t before = 0, after = 0;
	struct audit_row *rows;
	enum err err;

	bring_to(desk, from, handoff);
	must(&desk->kit,
	     store_audit_list(desk->kit.store, desk->kit.arena, desk->complaint_id, &rows, &before, &desk->kit.e));
	if (queue_allows(action, from, actor->role, handoff) != allowed)
		fail_msg("queue_allows(%s, %s, %s)", action_name(action), state_name(from), role_name(actor->role));
	err = act(desk, actor, action, action == ACTION_POSTED ? NULL : "words");
	if ((err == ERR_OK) != allowed || (!allowed && err != ERR_FORBIDDEN && err != ERR_CONFLICT))
		fail_msg("%s in %s as %s: %s", action_name(action), state_name(from), actor->name, err_name(err));
	assert_int_equal(row_of(desk).state, allowed ? law->to : from);
	must(&desk->kit,
	     store_audit_list(desk->kit.store, desk->kit.arena, desk->complaint_id, &rows, &after, &desk->kit.e));
	assert_int_equal(after, before + (allowed ? 1 : 0));
}

static void only_what_the_table_allows_is_done_and_leaves_one_audit_row(void **state)
{
	static const struct actor *const actors[] = {&viewer, &agent, &approver, &admin};
	struct desk desk;

	(void)state;
	desk_open(&desk);
	for (int handoff = 0; handoff < 2; handoff++) {
		for (enum action action = 0; action < ACTION_COUNT; action++) {
			for (enum complaint_state from = 0; from < STATE_COUNT; from++) {
				for (size_t i = 0; i < ARRAY_LEN(actors); i++) {
					law_holds(&desk, actors[i], action, from, handoff == 1);
					arena_reset(desk.kit.arena);
				}
			}
		}
	}
	desk_close(&desk);
}

static void an_approval_is_bound_to_the_text_that_was_read(void **state)
{
	struct desk desk;
	struct action_args args = {0};
	char hash[APPROVAL_HASH_SIZE];

	(void)state;
	desk_open(&desk);
	bring_to(&desk, STATE_SUBMITTED, false);
	args.complaint_id = desk.complaint_id;
	(void)snprintf(hash, sizeof(hash), "%s", row_of(&desk).draft_hash);
	args.hash = hash;
	did(&desk, &agent, ACTION_DRAFT, TEXT "!"); /* a colleague changes it while it is being read */
	must_fail(&desk.kit, ERR_CONFLICT, queue_do(&desk.queue, &approver, ACTION_APPROVE, &args, &desk.kit.e));
	assert_non_null(strstr(desk.kit.e.text, "changed meanwhile (by ada)"));
	args.hash = NULL;
	must_fail(&desk.kit, ERR_INVALID, queue_do(&desk.queue, &approver, ACTION_APPROVE, &args, &desk.kit.e));
	assert_int_equal(row_of(&desk).state, STATE_SUBMITTED);
	assert_int_equal(kit_sql(&desk.kit, "SELECT count(*) FROM outbox"), 0);
	did(&desk, &approver, ACTION_APPROVE, NULL);
	assert_string_equal(row_of(&desk).draft, TEXT "!");
	desk_close(&desk);
}

static void a_reply_that_notifies_nobody_is_not_approved(void **state)
{
	static const struct {
		const char *text;
		enum err err;
	} cases[] = {
		{TEXT, ERR_INVALID},
		{"@Adam " TEXT, ERR_INVALID},
		{"mail ada@far.example", ERR_INVALID},
		{"@ada@far.example " TEXT, ERR_OK},
		{TEXT " (@Ada)", ERR_OK},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct desk desk;

		desk_open(&desk);
		complain_as(&desk, "ada@far.example");
		did(&desk, &agent, ACTION_DRAFT, cases[i].text);
		assert_int_equal(act(&desk, &approver, ACTION_APPROVE, NULL), cases[i].err);
		assert_int_equal(row_of(&desk).state, cases[i].err ? STATE_OPEN : STATE_APPROVED);
		/* By hand the platform's own page puts the name in. */
		desk.source.has_token = 0;
		if (cases[i].err)
			did(&desk, &approver, ACTION_APPROVE, NULL);
		desk_close(&desk);
	}
}

static void the_second_of_two_approvers_is_told(void **state)
{
	struct desk desk;
	struct complaint_row row;
	struct action_args args = {0};

	(void)state;
	desk_open(&desk);
	bring_to(&desk, STATE_SUBMITTED, false);
	row = row_of(&desk);
	args = (struct action_args){.complaint_id = desk.complaint_id, .hash = row.draft_hash};
	must(&desk.kit, queue_do(&desk.queue, &approver, ACTION_APPROVE, &args, &desk.kit.e));
	must_fail(&desk.kit, ERR_CONFLICT, queue_do(&desk.queue, &admin, ACTION_APPROVE, &args, &desk.kit.e));
	assert_non_null(strstr(desk.kit.e.text, "is approved now"));
	assert_int_equal(kit_sql(&desk.kit, "SELECT count(*) FROM outbox"), 1);
	desk_close(&desk);
}

static void an_approval_schedules_the_reply_behind_the_undo_window(void **state)
{
	struct desk desk;
	struct outbox_row reply;
	struct complaint_row row;

	(void)state;
	desk_open(&desk);
	bring_to(&desk, STATE_APPROVED, false);
	row = row_of(&desk);
	assert_int_equal(row.outbox_state, OUTBOX_SCHEDULED);
	must(&desk.kit, store_outbox_get(desk.kit.store, desk.kit.arena, row.outbox_id, &reply, &desk.kit.e));
	assert_int_equal(reply.not_before_s, NOW + 30);
	assert_string_equal(reply.text, TEXT);
	assert_string_equal(reply.approved_hash, row.draft_hash);
	assert_string_equal(reply.approved_by, "pat");
	desk_close(&desk);
}

static void without_a_way_to_send_the_reply_is_handed_to_a_person(void **state)
{
	struct desk desk;

	(void)state;
	desk_open(&desk);
	bring_to(&desk, STATE_APPROVED, true); /* no token */
	assert_int_equal(row_of(&desk).outbox_state, OUTBOX_HANDOFF);
	desk.settings.source_count = 0; /* the source is gone from the configuration */
	bring_to(&desk, STATE_APPROVED, false);
	assert_int_equal(row_of(&desk).outbox_state, OUTBOX_HANDOFF);
	desk.settings.source_count = 1;
	desk.kit.source_id = 0; /* imported from a file */
	bring_to(&desk, STATE_APPROVED, false);
	assert_int_equal(row_of(&desk).outbox_state, OUTBOX_HANDOFF);
	desk_close(&desk);
}

static void a_hand_off_is_marked_as_posted_with_its_address(void **state)
{
	struct desk desk;

	(void)state;
	desk_open(&desk);
	bring_to(&desk, STATE_APPROVED, true);
	must_fail(&desk.kit, ERR_INVALID, act(&desk, &approver, ACTION_POSTED, "javascript:alert(1)"));
	must_fail(&desk.kit, ERR_INVALID, act(&desk, &approver, ACTION_POSTED, "https://a.example/ b"));
	did(&desk, &approver, ACTION_POSTED, " https://social.example/@acme/7\r\n");
	assert_string_equal(row_of(&desk).reply_url, "https://social.example/@acme/7");
	assert_int_equal(row_of(&desk).outbox_state, OUTBOX_SENT);
	bring_to(&desk, STATE_APPROVED, false);
	must_fail(&desk.kit, ERR_CONFLICT, act(&desk, &approver, ACTION_POSTED, NULL));
	desk_close(&desk);
}

static void a_reply_can_be_withdrawn_until_it_is_being_sent(void **state)
{
	struct desk desk;
	int64_t outbox_id;

	(void)state;
	desk_open(&desk);
	bring_to(&desk, STATE_APPROVED, false);
	outbox_id = row_of(&desk).outbox_id;
	did(&desk, &approver, ACTION_WITHDRAW, NULL);
	assert_int_equal(row_of(&desk).state, STATE_OPEN);
	assert_int_equal(kit_sql(&desk.kit, "SELECT count(*) FROM outbox WHERE state = 'cancelled'"), 1);
	did(&desk, &approver, ACTION_APPROVE, NULL); /* and approved again: a new row */
	assert_true(row_of(&desk).outbox_id != outbox_id);
	outbox_id = row_of(&desk).outbox_id;
	must(&desk.kit, store_outbox_move(desk.kit.store, outbox_id, OUTBOX_SCHEDULED, OUTBOX_SENDING, NOW, NOW, 1,
					  NULL, NULL, NULL, &desk.kit.e));
	must_fail(&desk.kit, ERR_CONFLICT, act(&desk, &approver, ACTION_WITHDRAW, NULL));
	assert_int_equal(row_of(&desk).state, STATE_APPROVED);
	desk_close(&desk);
}

static void what_does_not_fit_or_hurts_is_not_approved(void **state)
{
	char text[600];
	struct desk desk;

	(void)state;
	desk_open(&desk);
	complain(&desk);
	must_fail(&desk.kit, ERR_INVALID, act(&desk, &approver, ACTION_APPROVE, NULL)); /* no draft at all */
	memset(text, 'x', sizeof(text) - 1);
	text[501] = '\0';
	did(&desk, &agent, ACTION_DRAFT, text); /* being too long is no reason to lose somebody's words */
	must_fail(&desk.kit, ERR_INVALID, act(&desk, &agent, ACTION_SUBMIT, NULL));
	must_fail(&desk.kit, ERR_INVALID, act(&desk, &approver, ACTION_APPROVE, NULL));
	assert_non_null(strstr(desk.kit.e.text, "the limit is 500"));
	text[500] = '\0';
	did(&desk, &agent, ACTION_DRAFT, text);
	did(&desk, &agent, ACTION_SUBMIT, NULL);
	did(&desk, &agent, ACTION_DRAFT, "Well, that is your  fault.");
	assert_non_null(strstr(row_of(&desk).findings_json, "\"level\":\"block\""));
	must_fail(&desk.kit, ERR_INVALID, act(&desk, &approver, ACTION_APPROVE, NULL));
	assert_non_null(strstr(desk.kit.e.text, "blaming_your_fault"));
	did(&desk, &approver, ACTION_DRAFT, "We regret that."); /* a warning does not block */
	assert_int_equal(row_of(&desk).state, STATE_SUBMITTED);
	did(&desk, &approver, ACTION_APPROVE, NULL);
	desk_close(&desk);
}

static void empty_words_are_refused(void **state)
{
	struct desk desk;

	(void)state;
	desk_open(&desk);
	bring_to(&desk, STATE_SUBMITTED, false);
	must_fail(&desk.kit, ERR_INVALID, act(&desk, &agent, ACTION_DRAFT, NULL));
	must_fail(&desk.kit, ERR_INVALID, act(&desk, &agent, ACTION_DRAFT, " \r\n\t"));
	must_fail(&desk.kit, ERR_INVALID, act(&desk, &agent, ACTION_DRAFT, "\xff"));
	must_fail(&desk.kit, ERR_INVALID, act(&desk, &agent, ACTION_CLOSE, "  "));
	must_fail(&desk.kit, ERR_INVALID, act(&desk, &approver, ACTION_REJECT, NULL));
	did(&desk, &approver, ACTION_REJECT, " too stiff ");
	assert_string_equal(row_of(&desk).reason, "too stiff");
	desk_close(&desk);
}

static void a_draft_is_kept_clean_with_its_author_and_reason(void **state)
{
	struct desk desk;
	char hash[APPROVAL_HASH_SIZE];
	struct action_args args = {0};

	(void)state;
	desk_open(&desk);
	bring_to(&desk, STATE_SUBMITTED, false);
	did(&desk, &approver, ACTION_REJECT, "too stiff");
	did(&desk, &agent, ACTION_DRAFT, "\n Hi,\r\nthere.\x07 \n");
	assert_string_equal(row_of(&desk).draft, "Hi,\nthere.");
	assert_string_equal(row_of(&desk).draft_by, "ada");
	assert_string_equal(row_of(&desk).reason, "too stiff"); /* still to be seen while it is being mended */
	approval_hash("mastodon", row_of(&desk).post_ext_id, "Hi,\nthere.", hash);
	assert_string_equal(row_of(&desk).draft_hash, hash);
	args = (struct action_args){.complaint_id = desk.complaint_id, .text = "Mine", .hash = "0123"};
	must_fail(&desk.kit, ERR_CONFLICT, queue_do(&desk.queue, &agent, ACTION_DRAFT, &args, &desk.kit.e));
	args.complaint_id = 999999;
	must_fail(&desk.kit, ERR_NOT_FOUND, queue_do(&desk.queue, &agent, ACTION_DRAFT, &args, &desk.kit.e));
	desk_close(&desk);
}

static void a_new_post_of_the_customer_makes_an_old_draft_stale(void **state)
{
	struct desk desk;
	struct post post;
	struct verdict verdict = kit_verdict(CLASS_PROBLEM, CAUSE_DELIVERY);
	int64_t first;

	(void)state;
	desk_open(&desk);
	bring_to(&desk, STATE_SUBMITTED, false);
	post = kit_post("later", row_of(&desk).author.id, "It came, thank you!");
	post.thread = row_of(&desk).thread;
	post.created_s = NOW;
	post.author.handle = NULL;
	first = desk.complaint_id;
	assert_int_equal(kit_file(&desk.kit, &post, &verdict, NULL, NULL), first);
	must_fail(&desk.kit, ERR_CONFLICT, act(&desk, &approver, ACTION_APPROVE, NULL));
	assert_int_equal(kit_sql(&desk.kit, "SELECT count(*) FROM outbox"), 0);
	did(&desk, &approver, ACTION_DRAFT, "Glad to hear it.");
	did(&desk, &approver, ACTION_APPROVE, NULL);
	desk_close(&desk);
}

static void the_hash_covers_platform_post_and_text_each_with_its_length(void **state)
{
	char a[APPROVAL_HASH_SIZE], b[APPROVAL_HASH_SIZE];

	(void)state;
	approval_hash("mastodon", "109501", "Hello Ada.", a);
	assert_string_equal(a, "f236d46ff48bbae35a0544994a23ba88197a7d4b6e05efb12190798604f2f237");
	approval_hash("ab", "c", "d", a);
	approval_hash("a", "bc", "d", b);
	assert_string_not_equal(a, b);
	approval_hash("ab", "cd", "", b);
	assert_string_not_equal(a, b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_the_table_allows_is_done_and_leaves_one_audit_row),
		cmocka_unit_test(an_approval_is_bound_to_the_text_that_was_read),
		cmocka_unit_test(a_reply_that_notifies_nobody_is_not_approved),
		cmocka_unit_test(the_second_of_two_approvers_is_told),
		cmocka_unit_test(an_approval_schedules_the_reply_behind_the_undo_window),
		cmocka_unit_test(without_a_way_to_send_the_reply_is_handed_to_a_person),
		cmocka_unit_test(a_hand_off_is_marked_as_posted_with_its_address),
		cmocka_unit_test(a_reply_can_be_withdrawn_until_it_is_being_sent),
		cmocka_unit_test(what_does_not_fit_or_hurts_is_not_approved),
		cmocka_unit_test(empty_words_are_refused),
		cmocka_unit_test(a_draft_is_kept_clean_with_its_author_and_reason),
		cmocka_unit_test(a_new_post_of_the_customer_makes_an_old_draft_stale),
		cmocka_unit_test(the_hash_covers_platform_post_and_text_each_with_its_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
