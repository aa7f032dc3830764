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
		"- id: cold_regret\n  about: Cold.\n  match: '\\bwe\\s+regret\\b'\n  level: warn\n  lang: en\n"
		"- id: private_card\n  about: A card's number.\n  match: '\\b4111\\b'\n  level: block\n  lang: en\n";
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
	desk->queue = (struct queue){.store = desk->kit.store, .settings = &desk->settings, .tone = desk->tone};
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
	else if (action == ACTION_REJECT || action == ACTION_ASK || action == ACTION_CLOSE)
		args.reason = text;
	else
		args.hash = row.draft_hash;
	if (action == ACTION_SUBMIT)
		args.override_why = text;
	args.override = action == ACTION_APPROVE && text != NULL;
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
	{ACTION_APPROVE, STATE_OPEN, STATE_APPROVED, ROLE_AGENT, -1}, /* within the latitude */
	{ACTION_APPROVE, STATE_SUBMITTED, STATE_APPROVED, ROLE_AGENT, -1},
	{ACTION_REJECT, STATE_SUBMITTED, STATE_OPEN, ROLE_APPROVER, -1},
	{ACTION_ASK, STATE_SUBMITTED, STATE_OPEN, ROLE_APPROVER, -1},
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

static struct ruling ruling_of(struct desk *desk)
{
	struct complaint_row row = row_of(desk);
	struct ruling ruling = {0};

	must(&desk->kit, queue_ruling(&desk->queue, desk->kit.arena, &row, NULL, &ruling, &desk->kit.e));
	return ruling;
}

static void law_holds(struct desk *desk, const struct actor *actor, enum action action, enum complaint_state from,
		      bool handoff)
{
	const struct law *law = law_for(action, from);
	bool allowed = law != NULL && actor->role >= law->role && (law->handoff < 0 || handoff);
	size_t before = 0, after = 0;
	struct complaint_row row;
	struct ruling ruling;
	struct audit_row *rows;
	const char *why;
	enum err err;

	bring_to(desk, from, handoff);
	must(&desk->kit,
	     store_audit_list(desk->kit.store, desk->kit.arena, desk->complaint_id, &rows, &before, &desk->kit.e));
	if (queue_allows(action, from, actor->role, handoff) != allowed)
		fail_msg("queue_allows(%s, %s, %s)", action_name(action), state_name(from), role_name(actor->role));
	row = row_of(desk);
	ruling = ruling_of(desk);
	why = queue_hindrance(&desk->queue, desk->kit.arena, actor, action, &row, &ruling);
	if ((why == NULL) != allowed)
		fail_msg("queue_hindrance(%s, %s, %s)", action_name(action), state_name(from), role_name(actor->role));
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
	assert_string_equal(desk.kit.e.text, "the reply is 1 character too long for Mastodon (501 of 500): shorten it");
	text[500] = '\0';
	did(&desk, &agent, ACTION_DRAFT, text);
	did(&desk, &agent, ACTION_SUBMIT, NULL);
	did(&desk, &agent, ACTION_DRAFT, "Well, that is your  fault.");
	assert_non_null(strstr(row_of(&desk).findings_json, "\"level\":\"block\""));
	must_fail(&desk.kit, ERR_INVALID, act(&desk, &approver, ACTION_APPROVE, NULL));
	assert_string_equal(desk.kit.e.text,
			    "“your  fault” stops approval: Blames the customer. Say what we can do. Change it, or submit "
			    "it with the reason why this is wrong here.");
	must_fail(&desk.kit, ERR_INVALID, act(&desk, &approver, ACTION_APPROVE, "override")); /* nobody said why */
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

/* ---- two people ---- */

/* An open complaint with a draft that the program made from template "t". */
static void templated(struct desk *desk)
{
	char hash[APPROVAL_HASH_SIZE];
	int64_t draft_id;

	complain(desk);
	approval_hash("mastodon", row_of(desk).post_ext_id, TEXT, hash);
	must(&desk->kit, store_draft_put(desk->kit.store, desk->complaint_id, TEXT, hash, "t", "why", "en",
					 QUEUE_PROGRAM, NULL, NOW, &draft_id, &desk->kit.e));
}

static const struct actor second = {5, "sam", ROLE_APPROVER};

/* Severity 2 and above takes two people. */
static void two_open(struct desk *desk)
{
	desk_open(desk);
	user_make(desk, &second);
	desk->settings.policy.two.severity = 2;
}

static void two_people_are_two_people(void **state)
{
	static const struct {
		const char *what;
		const struct actor *writer, *submitter, *approver; /* submitter NULL: not submitted */
		enum err err;
		const char *says;
	} rows[] = {
		{"an approver alone, not submitted", &agent, NULL, &approver, ERR_FORBIDDEN,
		 "severity 2: two people; submit it, then an approver other than pat approves"},
		{"an approver of their own", &approver, &approver, &approver, ERR_FORBIDDEN, "pat wrote this draft"},
		{"who submitted it", &agent, &approver, &approver, ERR_FORBIDDEN,
		 "pat submitted it, so an approver other than pat approves"},
		{"who wrote it, submitted by another", &approver, &agent, &approver, ERR_FORBIDDEN,
		 "pat wrote this draft"},
		{"an admin who submitted it", &agent, &admin, &admin, ERR_FORBIDDEN, "root submitted it"},
		{"an agent who did neither", &approver, &second, &agent, ERR_FORBIDDEN, "an approver approves"},
		{"a second approver", &approver, &approver, &second, ERR_OK, NULL},
		{"an approver after an agent", &agent, &agent, &approver, ERR_OK, NULL},
		{"an admin after an approver", &approver, &agent, &admin, ERR_OK, NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct desk desk;
		struct ruling ruling;
		struct complaint_row row;
		const char *why;

		two_open(&desk);
		complain(&desk);
		did(&desk, rows[i].writer, ACTION_DRAFT, TEXT);
		if (rows[i].submitter != NULL)
			did(&desk, rows[i].submitter, ACTION_SUBMIT, NULL);
		ruling = ruling_of(&desk);
		row = row_of(&desk);
		assert_true(ruling.two && ruling.role == ROLE_APPROVER);
		why = queue_hindrance(&desk.queue, desk.kit.arena, rows[i].approver, ACTION_APPROVE, &row, &ruling);
		if (act(&desk, rows[i].approver, ACTION_APPROVE, NULL) != rows[i].err)
			fail_msg("%s: %s", rows[i].what, desk.kit.e.text);
		assert_int_equal(kit_sql(&desk.kit, "SELECT count(*) FROM outbox"), rows[i].err ? 0 : 1);
		if (rows[i].says == NULL) {
			assert_null(why);
		} else {
			if (strstr(desk.kit.e.text, rows[i].says) == NULL)
				fail_msg("%s: %s", rows[i].what, desk.kit.e.text);
			assert_string_equal(why, desk.kit.e.text); /* the button says what the action would */
		}
		desk_close(&desk);
	}
}

static void an_approver_who_edits_becomes_the_writer(void **state)
{
	struct desk desk;

	(void)state;
	two_open(&desk);
	complain(&desk);
	did(&desk, &agent, ACTION_DRAFT, TEXT);
	did(&desk, &agent, ACTION_SUBMIT, NULL);
	did(&desk, &approver, ACTION_DRAFT, TEXT); /* saved as it was: still ada's */
	assert_string_equal(row_of(&desk).draft_by, "ada");
	did(&desk, &approver, ACTION_DRAFT, TEXT " Thank you.");
	assert_string_equal(row_of(&desk).submitted_by, "ada");
	must_fail(&desk.kit, ERR_FORBIDDEN, act(&desk, &approver, ACTION_APPROVE, NULL));
	did(&desk, &second, ACTION_APPROVE, NULL);
	desk_close(&desk);
}

static void saving_it_again_does_not_make_one_person_two(void **state)
{
	struct desk desk;
	int64_t draft_id;

	(void)state;
	two_open(&desk);
	templated(&desk);
	did(&desk, &approver, ACTION_SUBMIT, NULL);
	did(&desk, &approver, ACTION_DRAFT, TEXT); /* as it was: still the program's words, still asked for by pat */
	must_fail(&desk.kit, ERR_FORBIDDEN, act(&desk, &approver, ACTION_APPROVE, NULL));
	/* the program drafts anew, and nobody has asked for that text */
	must(&desk.kit, store_draft_put(desk.kit.store, desk.complaint_id, TEXT, row_of(&desk).draft_hash, "t", "why",
					"en", QUEUE_PROGRAM, NULL, NOW, &draft_id, &desk.kit.e));
	must_fail(&desk.kit, ERR_FORBIDDEN, act(&desk, &approver, ACTION_APPROVE, NULL));
	assert_non_null(strstr(desk.kit.e.text, "nobody has submitted it as it is now"));
	desk_close(&desk);
}

static void where_one_person_is_enough_the_approver_may_edit_and_approve(void **state)
{
	struct desk desk;

	(void)state;
	desk_open(&desk);
	bring_to(&desk, STATE_SUBMITTED, false);
	did(&desk, &approver, ACTION_DRAFT, TEXT " Thank you.");
	did(&desk, &approver, ACTION_APPROVE, NULL);
	complain(&desk);
	did(&desk, &agent, ACTION_DRAFT, TEXT);
	did(&desk, &agent, ACTION_APPROVE, NULL); /* an agent within the latitude */
	desk_close(&desk);
}

/* ---- findings that somebody holds for wrong ---- */

#define HARSH "That is your fault, says the old song."

static void a_blocking_finding_takes_a_reason_and_a_second_person_who_agrees(void **state)
{
	struct desk desk;

	(void)state;
	desk_open(&desk);
	user_make(&desk, &second);
	desk.settings.policy.two.findings = true;
	complain(&desk);
	did(&desk, &agent, ACTION_DRAFT, HARSH);
	assert_true(ruling_of(&desk).override_needed);
	must_fail(&desk.kit, ERR_INVALID, act(&desk, &agent, ACTION_SUBMIT, NULL));
	assert_non_null(strstr(desk.kit.e.text, "submit it with the reason"));
	did(&desk, &agent, ACTION_SUBMIT, " it is the title of a song ");
	assert_string_equal(row_of(&desk).override_why, "it is the title of a song");
	must_fail(&desk.kit, ERR_INVALID, act(&desk, &approver, ACTION_APPROVE, NULL));
	assert_non_null(strstr(desk.kit.e.text, "ada holds that for wrong here (it is the title of a song)"));
	must_fail(&desk.kit, ERR_FORBIDDEN, act(&desk, &agent, ACTION_APPROVE, "override"));
	did(&desk, &approver, ACTION_DRAFT, HARSH " Thank you."); /* another text: the reason was not given for it */
	assert_null(row_of(&desk).override_why);
	must_fail(&desk.kit, ERR_INVALID, act(&desk, &second, ACTION_APPROVE, "override"));
	did(&desk, &approver, ACTION_ASK, "say it again");
	did(&desk, &agent, ACTION_SUBMIT, "a song");
	did(&desk, &second, ACTION_APPROVE, "override");
	assert_int_equal(kit_sql(&desk.kit, "SELECT count(*) FROM audit WHERE action = 'approve' AND detail LIKE "
					    "'%\"override\":\"a song\",\"asked_by\":\"ada\"%'"),
			 1);
	desk_close(&desk);
}

static void private_data_is_never_let_pass(void **state)
{
	static const char *const warn_only[] = {"private", NULL};
	struct desk desk;

	(void)state;
	desk_open(&desk);
	desk.settings.policy.warn_only = warn_only;
	complain(&desk);
	did(&desk, &agent, ACTION_DRAFT, "Your card 4111 was charged.");
	must_fail(&desk.kit, ERR_INVALID, act(&desk, &agent, ACTION_SUBMIT, "it is public anyway"));
	assert_non_null(strstr(desk.kit.e.text, "private data is never let pass"));
	must_fail(&desk.kit, ERR_INVALID, act(&desk, &admin, ACTION_APPROVE, "override"));
	desk_close(&desk);
}

static void the_policy_changes_what_blocks(void **state)
{
	static const char *const blaming[] = {"blaming", NULL}, *const cold[] = {"cold_regret", NULL};
	struct desk desk;

	(void)state;
	desk_open(&desk);
	desk.settings.policy.warn_only = blaming;
	desk.settings.policy.block = cold;
	complain(&desk);
	did(&desk, &agent, ACTION_DRAFT, "We regret that.");
	assert_non_null(strstr(row_of(&desk).findings_json, "\"level\":\"block\""));
	must_fail(&desk.kit, ERR_INVALID, act(&desk, &approver, ACTION_APPROVE, NULL));
	did(&desk, &agent, ACTION_DRAFT, HARSH);
	assert_non_null(strstr(row_of(&desk).findings_json, "\"level\":\"warn\""));
	did(&desk, &approver, ACTION_APPROVE, NULL);
	desk_close(&desk);
}

/* ---- sending back, closing, what becomes of templates ---- */

static int64_t fate_of(struct desk *desk, enum draft_fate fate)
{
	struct template_stat *rows = NULL;
	size_t count = 0;

	must(&desk->kit, store_template_stats(desk->kit.store, desk->kit.arena, &rows, &count, &desk->kit.e));
	for (size_t i = 0; i < count; i++)
		if (strcmp(rows[i].template, "t") == 0)
			return rows[i].fate[fate];
	return 0;
}

static void asking_for_changes_keeps_the_draft_and_rejecting_drops_it(void **state)
{
	struct desk desk;

	(void)state;
	desk_open(&desk);
	templated(&desk);
	did(&desk, &agent, ACTION_SUBMIT, NULL);
	assert_string_equal(row_of(&desk).submitted_by, "ada");
	must_fail(&desk.kit, ERR_INVALID, act(&desk, &approver, ACTION_ASK, " "));
	did(&desk, &approver, ACTION_ASK, "say which parcel");
	assert_string_equal(row_of(&desk).draft, TEXT);
	assert_string_equal(row_of(&desk).reason, "say which parcel");
	assert_null(row_of(&desk).submitted_by);
	assert_int_equal(fate_of(&desk, FATE_REJECTED), 0);
	did(&desk, &agent, ACTION_SUBMIT, NULL);
	did(&desk, &approver, ACTION_REJECT, "not our matter");
	assert_int_equal(row_of(&desk).draft_id, 0);
	assert_string_equal(row_of(&desk).reason, "not our matter");
	assert_int_equal(fate_of(&desk, FATE_REJECTED), 1);
	must_fail(&desk.kit, ERR_INVALID, act(&desk, &agent, ACTION_SUBMIT, NULL)); /* nothing to submit any more */
	desk_close(&desk);
}

static void what_becomes_of_a_template_is_counted_once(void **state)
{
	struct desk desk;

	(void)state;
	desk_open(&desk);
	templated(&desk);
	did(&desk, &agent, ACTION_APPROVE, NULL);
	did(&desk, &agent, ACTION_WITHDRAW, NULL);
	assert_int_equal(fate_of(&desk, FATE_APPROVED), 0); /* it does not stand */
	did(&desk, &agent, ACTION_APPROVE, NULL);	    /* the same draft again */
	assert_int_equal(fate_of(&desk, FATE_APPROVED), 1);
	templated(&desk);
	did(&desk, &agent, ACTION_DRAFT, TEXT " Thank you.");
	did(&desk, &agent, ACTION_APPROVE, NULL);
	assert_int_equal(fate_of(&desk, FATE_EDITED), 1);
	templated(&desk);
	did(&desk, &agent, ACTION_CLOSE, "spam: the third one");
	assert_int_equal(fate_of(&desk, FATE_CLOSED), 1);
	did(&desk, &agent, ACTION_REOPEN, NULL);
	assert_int_equal(fate_of(&desk, FATE_CLOSED), 0);
	did(&desk, &agent, ACTION_CLOSE, "spam: it is, after all");
	assert_int_equal(fate_of(&desk, FATE_CLOSED), 1);
	complain(&desk); /* written by a person alone */
	did(&desk, &agent, ACTION_DRAFT, TEXT);
	did(&desk, &agent, ACTION_APPROVE, NULL);
	assert_int_equal(fate_of(&desk, FATE_APPROVED) + fate_of(&desk, FATE_EDITED), 2);
	desk_close(&desk);
}

static void reasons_are_counted(void **state)
{
	struct reason_count *rows = NULL;
	size_t count = 0;
	struct desk desk;

	(void)state;
	desk_open(&desk);
	for (int i = 0; i < 3; i++) {
		complain(&desk);
		did(&desk, &agent, ACTION_CLOSE, i == 0 ? "settled elsewhere" : i == 1 ? "spam" : "spam: again");
	}
	complain(&desk);
	did(&desk, &agent, ACTION_CLOSE, "abuse");
	did(&desk, &agent, ACTION_REOPEN, NULL); /* taken back */
	must(&desk.kit, store_reason_counts(desk.kit.store, desk.kit.arena, 0, &rows, &count, &desk.kit.e));
	assert_int_equal(count, 2);
	assert_string_equal(rows[0].reason, "spam");
	assert_int_equal(rows[0].count, 2);
	desk_close(&desk);
}

static void an_edit_is_on_record_with_both_hashes(void **state)
{
	char before[APPROVAL_HASH_SIZE], want[300];
	struct audit_row *rows;
	struct desk desk;
	size_t count;

	(void)state;
	desk_open(&desk);
	complain(&desk);
	did(&desk, &agent, ACTION_DRAFT, TEXT);
	(void)snprintf(before, sizeof(before), "%s", row_of(&desk).draft_hash);
	did(&desk, &approver, ACTION_DRAFT, TEXT "!");
	must(&desk.kit,
	     store_audit_list(desk.kit.store, desk.kit.arena, desk.complaint_id, &rows, &count, &desk.kit.e));
	(void)snprintf(want, sizeof(want), "{\"hash\":\"%s\",\"before\":\"%s\"}", row_of(&desk).draft_hash, before);
	for (size_t i = 0; i < count; i++)
		if (rows[i].detail != NULL && strcmp(rows[i].detail, want) == 0 && strcmp(rows[i].by, "pat") == 0)
			count = 0;
	assert_int_equal(count, 0);
	desk_close(&desk);
}

/* ---- urgent matters, samples, promises, pauses ---- */

static void urgent_matters_wait_for_the_one_they_go_to(void **state)
{
	static const enum action closed[] = {ACTION_DRAFT, ACTION_SUBMIT, ACTION_APPROVE, ACTION_CLOSE};
	struct verdict verdict = kit_verdict(CLASS_PROBLEM, CAUSE_SAFETY);
	struct post post = kit_post("fire", "fire", "It caught fire");
	struct desk desk;

	(void)state;
	desk_open(&desk);
	desk.settings.policy.first_to = "the duty manager";
	desk.settings.policy.first_role = ROLE_APPROVER;
	post.thread = "fire";
	post.author.handle = NULL;
	desk.complaint_id = kit_file(&desk.kit, &post, &verdict, NULL, NULL);
	for (size_t i = 0; i < ARRAY_LEN(closed); i++) {
		must_fail(&desk.kit, ERR_FORBIDDEN, act(&desk, &agent, closed[i], "words"));
		assert_string_equal(desk.kit.e.text, "safety: this goes to the duty manager first (an approver)");
	}
	did(&desk, &approver, ACTION_DRAFT, TEXT);
	must_fail(&desk.kit, ERR_FORBIDDEN, act(&desk, &agent, ACTION_APPROVE, NULL));
	did(&desk, &approver, ACTION_APPROVE, NULL);
	did(&desk, &agent, ACTION_WITHDRAW, NULL); /* anybody may stop it */
	desk_close(&desk);
}

static void what_one_person_let_go_is_sampled_and_looked_at_by_another(void **state)
{
	struct review_row *rows = NULL;
	size_t count = 0;
	struct desk desk;

	(void)state;
	desk_open(&desk);
	user_make(&desk, &second);
	desk.settings.policy.sample = 1; /* every one */
	bring_to(&desk, STATE_SUBMITTED, false);
	did(&desk, &approver, ACTION_APPROVE, NULL); /* two had a hand in it */
	assert_int_equal(kit_sql(&desk.kit, "SELECT count(*) FROM review"), 0);
	complain(&desk);
	did(&desk, &approver, ACTION_DRAFT, TEXT);
	did(&desk, &approver, ACTION_APPROVE, NULL);
	must(&desk.kit, store_review_list(desk.kit.store, desk.kit.arena, false, 10, &rows, &count, &desk.kit.e));
	assert_int_equal(count, 1);
	assert_string_equal(rows[0].approved_by, "pat");
	must_fail(&desk.kit, ERR_FORBIDDEN, queue_review(&desk.queue, &agent, rows[0].id, true, NULL, &desk.kit.e));
	must_fail(&desk.kit, ERR_FORBIDDEN, queue_review(&desk.queue, &approver, rows[0].id, true, NULL, &desk.kit.e));
	must_fail(&desk.kit, ERR_INVALID, queue_review(&desk.queue, &second, rows[0].id, false, " ", &desk.kit.e));
	must(&desk.kit, queue_review(&desk.queue, &second, rows[0].id, false, "names no day", &desk.kit.e));
	must_fail(&desk.kit, ERR_CONFLICT, queue_review(&desk.queue, &second, rows[0].id, true, NULL, &desk.kit.e));
	must_fail(&desk.kit, ERR_NOT_FOUND, queue_review(&desk.queue, &second, 999, true, NULL, &desk.kit.e));
	assert_int_equal(kit_sql(&desk.kit,
				 "SELECT count(*) FROM audit WHERE action = 'review' AND by = 'sam' AND detail = "
				 "'not fine: names no day'"),
			 1);
	desk.settings.policy.sample = 0;
	complain(&desk);
	did(&desk, &agent, ACTION_DRAFT, TEXT);
	did(&desk, &agent, ACTION_APPROVE, NULL);
	assert_int_equal(kit_sql(&desk.kit, "SELECT count(*) FROM review"), 1);
	desk_close(&desk);
}

static void a_promise_is_kept_by_a_person_who_says_so(void **state)
{
	struct desk desk;
	int64_t outbox_id;

	(void)state;
	desk_open(&desk);
	bring_to(&desk, STATE_APPROVED, true);
	outbox_id = row_of(&desk).outbox_id;
	must(&desk.kit, store_begin(desk.kit.store, STORE_URGENT, &desk.kit.e));
	must(&desk.kit, store_promise_put(desk.kit.store, desk.complaint_id, outbox_id, "by Thursday", NOW + 100,
					  NOW + 200, NOW, &desk.kit.e));
	must(&desk.kit, store_commit(desk.kit.store, &desk.kit.e));
	/* not said yet, so not promised yet */
	must_fail(&desk.kit, ERR_CONFLICT, queue_promise_kept(&desk.queue, &agent, desk.complaint_id, &desk.kit.e));
	did(&desk, &agent, ACTION_POSTED, NULL);
	assert_int_equal(row_of(&desk).promise_due_s, NOW + 200); /* a reply does not keep its own promise */
	must_fail(&desk.kit, ERR_FORBIDDEN, queue_promise_kept(&desk.queue, &viewer, desk.complaint_id, &desk.kit.e));
	must(&desk.kit, queue_promise_kept(&desk.queue, &agent, desk.complaint_id, &desk.kit.e));
	assert_int_equal(row_of(&desk).promise_due_s, 0);
	must_fail(&desk.kit, ERR_CONFLICT, queue_promise_kept(&desk.queue, &agent, desk.complaint_id, &desk.kit.e));
	desk_close(&desk);
}

static void anybody_who_answers_can_stop_all_sending_and_an_approver_starts_it(void **state)
{
	struct desk desk;

	(void)state;
	desk_open(&desk);
	bring_to(&desk, STATE_APPROVED, false);
	must_fail(&desk.kit, ERR_FORBIDDEN, queue_pause(&desk.queue, &viewer, 0, true, &desk.kit.e));
	must(&desk.kit, queue_pause(&desk.queue, &agent, 0, true, &desk.kit.e));
	assert_true(row_of(&desk).paused);
	must_fail(&desk.kit, ERR_FORBIDDEN, queue_pause(&desk.queue, &agent, 0, false, &desk.kit.e));
	must(&desk.kit, queue_pause(&desk.queue, &approver, 0, false, &desk.kit.e));
	assert_false(row_of(&desk).paused);
	assert_int_equal(kit_sql(&desk.kit, "SELECT count(*) FROM audit WHERE action IN ('pause', 'resume')"), 2);
	desk_close(&desk);
}

static void a_doubtful_flag_says_what_else_it_may_be(void **state)
{
	static const struct {
		struct complaint_row row;
		enum doubt doubt;
	} rows[] = {
		{{.class = CLASS_PROBLEM, .complaint = .9, .problem = .8}, DOUBT_NONE},
		{{.class = CLASS_PROBLEM, .complaint = .4, .problem = .8}, DOUBT_COMPLAINT},
		{{.class = CLASS_PROBLEM, .complaint = .4, .problem = .3}, DOUBT_COMPLAINT},
		{{.class = CLASS_PROBLEM, .complaint = .9, .problem = .3}, DOUBT_PROBLEM},
		{{.class = CLASS_PROBLEM, .complaint = .9, .problem = .3, .urgency = 2}, DOUBT_NONE}, /* whatever it is */
		{{.class = CLASS_PROBLEM, .complaint = 1, .problem = .3}, DOUBT_NONE},	 /* a person said so */
		{{.class = CLASS_PROBLEM, .complaint = 0, .problem = .3}, DOUBT_NONE},	 /* nobody weighed it */
		{{.class = CLASS_VENT, .complaint = .9, .problem = .1}, DOUBT_NONE},
		{{.class = CLASS_VENT, .complaint = .3, .problem = .1}, DOUBT_COMPLAINT},
		{{.class = CLASS_PROBLEM, .complaint = .3, .undecided = true}, DOUBT_NONE},
		{{.class = CLASS_QUESTION, .complaint = .1}, DOUBT_NONE},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (queue_doubt(&rows[i].row) != rows[i].doubt)
			fail_msg("row %zu", i);
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
		cmocka_unit_test(a_doubtful_flag_says_what_else_it_may_be),
		cmocka_unit_test(two_people_are_two_people),
		cmocka_unit_test(an_approver_who_edits_becomes_the_writer),
		cmocka_unit_test(saving_it_again_does_not_make_one_person_two),
		cmocka_unit_test(where_one_person_is_enough_the_approver_may_edit_and_approve),
		cmocka_unit_test(a_blocking_finding_takes_a_reason_and_a_second_person_who_agrees),
		cmocka_unit_test(private_data_is_never_let_pass),
		cmocka_unit_test(the_policy_changes_what_blocks),
		cmocka_unit_test(asking_for_changes_keeps_the_draft_and_rejecting_drops_it),
		cmocka_unit_test(what_becomes_of_a_template_is_counted_once),
		cmocka_unit_test(reasons_are_counted),
		cmocka_unit_test(an_edit_is_on_record_with_both_hashes),
		cmocka_unit_test(urgent_matters_wait_for_the_one_they_go_to),
		cmocka_unit_test(what_one_person_let_go_is_sampled_and_looked_at_by_another),
		cmocka_unit_test(a_promise_is_kept_by_a_person_who_says_so),
		cmocka_unit_test(anybody_who_answers_can_stop_all_sending_and_an_approver_starts_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
