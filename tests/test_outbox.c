/*
 * test_outbox.c - never two replies, never a lost one, never a text nobody approved.
 *
 * The first tests look at single steps. The last one plays ten thousand replies against a small simulated platform that
 * keeps them in an array, honours the idempotency key or does not, answers slowly, wrongly or not at all, while the
 * sending program is killed at any point. Time is ours.
 */
#include "store_kit.h"

#include <sys/stat.h>

#include "attr.h"
#include "outbox.h"
#include "queue.h"

#define REPLIES 10000
#define BATCH 50

/* A complaint with an approved reply that is due at due_s; outside of a transaction. */
static int64_t approve(struct kit *kit, const char *name, const char *text, int64_t due_s)
{
	struct post post = kit_post(name, name, "My parcel is late");
	struct verdict verdict = kit_verdict(CLASS_PROBLEM, CAUSE_DELIVERY);
	char hash[APPROVAL_HASH_SIZE];
	int64_t complaint_id, draft_id = 0, outbox_id = 0;

	post.thread = name;
	complaint_id = kit_file(kit, &post, &verdict, NULL, NULL);
	approval_hash("mastodon", name, text, hash);
	must(kit, store_begin(kit->store, STORE_URGENT, &kit->e));
	must(kit, store_draft_put(kit->store, complaint_id, text, hash, "t", "why", "en", "ada", NULL, NOW, &draft_id,
				  &kit->e));
	must(kit, store_complaint_move(kit->store, complaint_id, 1u << STATE_OPEN, STATE_APPROVED, NULL, NULL, NOW,
				       &kit->e));
	must(kit, store_outbox_put(kit->store, complaint_id, draft_id, OUTBOX_SCHEDULED, 0, "pat", due_s, NOW,
				   &outbox_id, &kit->e));
	must(kit, store_commit(kit->store, &kit->e));
	return complaint_id;
}

static struct outbox_row outbox_of(struct kit *kit, int64_t complaint_id)
{
	struct outbox_row row = {0};

	must(kit, store_outbox_get(kit->store, kit->arena, kit_get(kit, complaint_id).outbox_id, &row, &kit->e));
	return row;
}

static struct outbox_row claim(struct kit *kit, int64_t now_s)
{
	struct outbox_row row = {0};

	must(kit, outbox_claim(kit->store, kit->arena, "mastodon", now_s, &row, &kit->e));
	return row;
}

static void settle(struct kit *kit, const struct outbox_row *row, enum outcome outcome, const char *why, int64_t now_s)
{
	struct answer answer = {.outcome = outcome, .why = why};

	if (outcome == OUTCOME_OK) {
		answer.reply_id = "r1";
		answer.reply_url = "https://social.example/r1";
	}
	must(kit, outbox_settle(kit->store, row, &answer, now_s, &kit->e));
}

static void the_intent_is_committed_before_anything_is_sent(void **state)
{
	struct kit kit;
	struct outbox_row row;
	int64_t id;

	(void)state;
	kit_open(&kit);
	id = approve(&kit, "p1", "Hello.", NOW + 30);
	must_fail(&kit, ERR_NOT_FOUND, outbox_claim(kit.store, kit.arena, "mastodon", NOW + 29, &row, &kit.e));
	must_fail(&kit, ERR_NOT_FOUND, outbox_claim(kit.store, kit.arena, "replay", NOW + 30, &row, &kit.e));
	row = claim(&kit, NOW + 30);
	assert_int_equal(row.state, OUTBOX_SENDING);
	assert_string_equal(row.text, "Hello.");
	/* another connection sees it, so it is on the disk */
	assert_int_equal(kit_sql(&kit, "SELECT count(*) FROM outbox WHERE state = 'sending' AND attempts = 1"), 1);
	assert_int_equal(outbox_of(&kit, id).attempted_s, NOW + 30);
	must_fail(&kit, ERR_NOT_FOUND, outbox_claim(kit.store, kit.arena, "mastodon", NOW + 99, &row, &kit.e));
	kit_close(&kit);
}

static const struct ending {
	const char *what;
	enum outcome outcome;
	enum outbox_state state;
	enum complaint_state complaint;
	int64_t later; /* not_before_s - now, at least */
	const char *why;
} endings[] = {
	{"sent", OUTCOME_OK, OUTBOX_SENT, STATE_REPLIED, 0, NULL},
	{"refused", OUTCOME_REFUSED, OUTBOX_FAILED, STATE_OPEN, 0, "the post is locked"},
	{"token", OUTCOME_AUTH, OUTBOX_FAILED, STATE_OPEN, 0, "the token has expired"},
	{"wait", OUTCOME_WAIT, OUTBOX_SCHEDULED, STATE_APPROVED, 30, "too many requests"},
	{"temporary", OUTCOME_TEMPORARY, OUTBOX_SCHEDULED, STATE_APPROVED, 30, "answered 503"},
	{"unknown", OUTCOME_UNKNOWN, OUTBOX_UNKNOWN, STATE_APPROVED, OUTBOX_SETTLE_S, "the answer broke off"},
};

static void each_answer_moves_reply_and_complaint(void **state)
{
	struct kit kit;

	(void)state;
	kit_open(&kit);
	for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
		const struct ending *ending = &endings[i];
		int64_t id = approve(&kit, ending->what, "Hello.", NOW);
		struct outbox_row row = claim(&kit, NOW), after;

		settle(&kit, &row, ending->outcome, ending->why, NOW);
		after = outbox_of(&kit, id);
		assert_int_equal(after.state, ending->state);
		assert_int_equal(kit_get(&kit, id).state, ending->complaint);
		if (ending->later > 0)
			assert_true(after.not_before_s >= NOW + ending->later);
		if (ending->why != NULL)
			assert_string_equal(after.why, ending->why);
		if (ending->complaint == STATE_OPEN)
			assert_string_equal(kit_get(&kit, id).reason, ending->why);
		assert_string_equal(after.idempotency_key, row.idempotency_key);
	}
	assert_int_equal(kit_sql(&kit, "SELECT count(*) FROM audit WHERE action = 'sent'"), 1);
	assert_int_equal(kit_sql(&kit, "SELECT count(*) FROM audit WHERE action = 'failed'"), 2);
	assert_int_equal(kit_sql(&kit, "SELECT count(*) FROM audit WHERE action = 'unknown'"), 1);
	kit_close(&kit);
}

static void what_was_under_way_at_a_crash_is_read_back_first(void **state)
{
	struct kit kit;
	struct outbox_row row;
	size_t count = 99;
	int64_t id;
	char key[64];

	(void)state;
	kit_open(&kit);
	id = approve(&kit, "p1", "Hello.", NOW);
	(void)snprintf(key, sizeof(key), "%s", claim(&kit, NOW).idempotency_key);
	store_close(&kit.store); /* killed */
	must(&kit, store_open(kit.path, &kit.store, &kit.e));
	must(&kit, outbox_recover(kit.store, NOW + 1, &count, &kit.e));
	assert_int_equal(count, 1);
	must_fail(&kit, ERR_NOT_FOUND,
		  outbox_claim(kit.store, kit.arena, "mastodon", NOW + OUTBOX_SETTLE_S, &row, &kit.e));
	row = claim(&kit, NOW + 1 + OUTBOX_SETTLE_S);
	assert_int_equal(row.state, OUTBOX_UNKNOWN);
	settle(&kit, &row, OUTCOME_TEMPORARY, "answered 502", NOW + 50); /* not found out: looked at again */
	assert_int_equal(outbox_of(&kit, id).state, OUTBOX_UNKNOWN);
	row = claim(&kit, NOW + 50 + OUTBOX_SETTLE_S);
	settle(&kit, &row, OUTCOME_NOTHING, NULL, NOW + 100); /* certainly not there: sent again, with the same key */
	row = claim(&kit, NOW + 100);
	assert_int_equal(row.state, OUTBOX_SENDING);
	assert_string_equal(row.idempotency_key, key);
	assert_int_equal(row.attempts, 2);
	must(&kit, outbox_recover(kit.store, NOW + 101, &count, &kit.e));
	row = claim(&kit, NOW + 200);
	settle(&kit, &row, OUTCOME_OK, NULL, NOW + 200); /* read back: it is there */
	assert_int_equal(outbox_of(&kit, id).state, OUTBOX_SENT);
	assert_string_equal(kit_get(&kit, id).reply_url, "https://social.example/r1");
	assert_int_equal(kit_get(&kit, id).state, STATE_REPLIED);
	must(&kit, outbox_recover(kit.store, NOW + 300, &count, &kit.e));
	assert_int_equal(count, 0);
	kit_close(&kit);
}

static void what_only_a_person_may_post_is_handed_over_with_its_approval(void **state)
{
	struct answer answer = {.outcome = OUTCOME_REFUSED, .by_hand = 1, .why = "the author lets us not answer"};
	const struct actor ada = {.name = "ada", .role = ROLE_AGENT};
	struct action_args args = {0};
	struct queue queue;
	struct outbox_row row;
	struct kit kit;
	int64_t id;

	(void)state;
	kit_open(&kit);
	queue = (struct queue){.store = kit.store};
	id = approve(&kit, "p1", "Hello.", NOW);
	row = claim(&kit, NOW);
	must(&kit, outbox_settle(kit.store, &row, &answer, NOW, &kit.e));
	assert_int_equal(outbox_of(&kit, id).state, OUTBOX_HANDOFF);
	assert_string_equal(kit_get(&kit, id).outbox_why, "the author lets us not answer");
	assert_int_equal(kit_get(&kit, id).state, STATE_APPROVED);
	assert_int_equal(kit_sql(&kit, "SELECT count(*) FROM audit WHERE action = 'handoff'"), 1);
	must_fail(&kit, ERR_NOT_FOUND, outbox_claim(kit.store, kit.arena, "mastodon", NOW + 99999, &row, &kit.e));
	args.complaint_id = id;
	must(&kit, queue_do(&queue, &ada, ACTION_POSTED, &args, &kit.e));
	assert_int_equal(kit_get(&kit, id).state, STATE_REPLIED);
	kit_close(&kit);
}

static void an_expired_token_is_one_sentence_and_others_still_go_out(void **state)
{
	struct outbox_row row;
	struct kit kit;
	int64_t mine, others;

	(void)state;
	kit_open(&kit);
	mine = approve(&kit, "p1", "Hello.", NOW);
	must(&kit, store_source_put(kit.store, "m/#other", "mastodon", kit.brand_id, NOW, &kit.source_id, &kit.e));
	others = approve(&kit, "p2", "Hello, too.", NOW + 1);
	row = claim(&kit, NOW + 5);
	assert_int_equal(row.complaint_id, mine);
	settle(&kit, &row, OUTCOME_AUTH, "social.example does not accept our token", NOW + 5);
	assert_string_equal(kit_get(&kit, mine).reason, "social.example does not accept our token");
	assert_int_equal(kit_get(&kit, mine).state, STATE_OPEN);
	row = claim(&kit, NOW + 5);
	assert_int_equal(row.complaint_id, others);
	settle(&kit, &row, OUTCOME_OK, NULL, NOW + 6);
	assert_int_equal(kit_get(&kit, others).state, STATE_REPLIED);
	kit_close(&kit);
}

/* Puts a promise of the complaint's current reply, outside of a transaction. */
static void promise(struct kit *kit, int64_t complaint_id, int64_t due_s)
{
	must(kit, store_begin(kit->store, STORE_URGENT, &kit->e));
	must(kit, store_promise_put(kit->store, complaint_id, kit_get(kit, complaint_id).outbox_id, "by then",
				    due_s - 100, due_s, NOW, &kit->e));
	must(kit, store_commit(kit->store, &kit->e));
}

static void a_promise_counts_from_the_reply_and_is_kept_by_the_next(void **state)
{
	struct post post = kit_post("p1b", "p1", "And?");
	struct verdict verdict = kit_verdict(CLASS_PROBLEM, CAUSE_DELIVERY);
	struct outbox_row row;
	struct kit kit;
	int64_t id;

	(void)state;
	kit_open(&kit);
	id = approve(&kit, "p1", "We will write by then.", NOW);
	promise(&kit, id, NOW + 1000);
	assert_int_equal(kit_get(&kit, id).promise_due_s, 0);
	row = claim(&kit, NOW);
	settle(&kit, &row, OUTCOME_OK, NULL, NOW + 1);
	assert_int_equal(kit_get(&kit, id).promise_due_s, NOW + 1000);
	/* the customer answers: the complaint is open again; our next reply keeps the promise and makes another */
	post.thread = "p1";
	post.created_s = NOW + 5;
	assert_int_equal(kit_file(&kit, &post, &verdict, NULL, NULL), id);
	assert_int_equal(kit_get(&kit, id).state, STATE_OPEN);
	{
		char hash[APPROVAL_HASH_SIZE];
		int64_t draft_id = 0, outbox_id = 0;

		approval_hash("mastodon", "p1b", "Found; it leaves by then.", hash);
		must(&kit, store_begin(kit.store, STORE_URGENT, &kit.e));
		must(&kit, store_draft_put(kit.store, id, "Found; it leaves by then.", hash, NULL, NULL, "en", "ada",
					   NULL, NOW + 6, &draft_id, &kit.e));
		must(&kit, store_complaint_move(kit.store, id, 1u << STATE_OPEN, STATE_APPROVED, NULL, NULL, NOW + 6,
						&kit.e));
		must(&kit, store_outbox_put(kit.store, id, draft_id, OUTBOX_SCHEDULED, 0, "pat", NOW + 6, NOW + 6,
					    &outbox_id, &kit.e));
		must(&kit, store_commit(kit.store, &kit.e));
	}
	promise(&kit, id, NOW + 2000);
	row = claim(&kit, NOW + 10);
	settle(&kit, &row, OUTCOME_OK, NULL, NOW + 11);
	assert_int_equal(kit_sql(&kit, "SELECT count(*) FROM promise WHERE state = 'kept_early'"), 1);
	assert_int_equal(kit_get(&kit, id).promise_due_s, NOW + 2000);
	kit_close(&kit);
}

static void pauses_grow_and_ten_failures_are_enough(void **state)
{
	struct kit kit;
	int64_t id, now_s = NOW, pause = 0;

	(void)state;
	kit_open(&kit);
	id = approve(&kit, "p1", "Hello.", NOW);
	for (int i = 1; i <= 10; i++) {
		struct outbox_row row = claim(&kit, now_s);

		settle(&kit, &row, OUTCOME_TEMPORARY, "answered 503", now_s);
		row = outbox_of(&kit, id);
		assert_int_equal(row.state, i < 10 ? OUTBOX_SCHEDULED : OUTBOX_FAILED);
		if (i < 10) {
			assert_true(row.not_before_s - now_s >= pause && row.not_before_s - now_s <= 3600);
			assert_true(i > 7 || row.not_before_s - now_s > pause);
			pause = row.not_before_s - now_s;
			now_s = row.not_before_s;
		}
	}
	assert_int_equal(kit_get(&kit, id).state, STATE_OPEN);
	assert_string_equal(kit_get(&kit, id).reason, "not delivered after 10 attempts: answered 503");
	kit_close(&kit);
}

static void the_platforms_own_wish_to_wait_is_respected(void **state)
{
	struct answer answer = {.outcome = OUTCOME_WAIT, .retry_s = NOW + 7200};
	struct kit kit;
	struct outbox_row row;
	int64_t id;

	(void)state;
	kit_open(&kit);
	id = approve(&kit, "p1", "Hello.", NOW);
	row = claim(&kit, NOW);
	must(&kit, outbox_settle(kit.store, &row, &answer, NOW, &kit.e));
	assert_int_equal(outbox_of(&kit, id).not_before_s, NOW + 7200);
	kit_close(&kit);
}

static void what_can_never_be_read_back_ends_with_a_person(void **state)
{
	struct kit kit;
	struct outbox_row row;
	int64_t id, now_s = NOW;
	int looks = 0;

	(void)state;
	kit_open(&kit);
	id = approve(&kit, "p1", "Hello.", NOW);
	row = claim(&kit, NOW);
	settle(&kit, &row, OUTCOME_UNKNOWN, "cut off", NOW);
	while (outbox_of(&kit, id).state == OUTBOX_UNKNOWN && looks < 200) {
		now_s = outbox_of(&kit, id).not_before_s;
		row = claim(&kit, now_s);
		assert_int_equal(row.state, OUTBOX_UNKNOWN); /* never sent again */
		settle(&kit, &row, OUTCOME_TEMPORARY, "answered 500", now_s);
		looks++;
	}
	assert_in_range(looks, 10, 60);
	assert_int_equal(outbox_of(&kit, id).state, OUTBOX_FAILED);
	assert_int_equal(kit_get(&kit, id).state, STATE_OPEN);
	assert_non_null(strstr(kit_get(&kit, id).reason, "look at the thread"));
	kit_close(&kit);
}

static void nothing_goes_out_while_sending_is_paused(void **state)
{
	struct kit kit;
	struct outbox_row row;

	(void)state;
	kit_open(&kit);
	(void)approve(&kit, "p1", "Hello.", NOW);
	must(&kit, store_pause(kit.store, 0, true, 0, "maya", NOW, &kit.e));
	must_fail(&kit, ERR_NOT_FOUND, outbox_claim(kit.store, kit.arena, "mastodon", NOW, &row, &kit.e));
	assert_int_equal(kit_sql(&kit, "SELECT count(*) FROM outbox WHERE state = 'scheduled'"), 1);
	must(&kit, store_pause(kit.store, 0, false, 0, "maya", NOW, &kit.e));
	assert_int_equal(claim(&kit, NOW).state, OUTBOX_SENDING);
	kit_close(&kit);
}

static void what_is_unknown_is_read_back_while_sending_is_paused(void **state)
{
	struct kit kit;
	struct outbox_row row;
	int64_t id;

	(void)state;
	kit_open(&kit);
	id = approve(&kit, "p1", "Hello.", NOW);
	row = claim(&kit, NOW);
	settle(&kit, &row, OUTCOME_UNKNOWN, "cut off", NOW);
	must(&kit, store_pause(kit.store, kit.brand_id, true, 0, "maya", NOW, &kit.e));
	row = claim(&kit, NOW + 3600);
	assert_int_equal(row.state, OUTBOX_UNKNOWN);
	settle(&kit, &row, OUTCOME_NOTHING, NULL, NOW + 3600); /* it never arrived: sent again, but not now */
	assert_int_equal(outbox_of(&kit, id).state, OUTBOX_SCHEDULED);
	must_fail(&kit, ERR_NOT_FOUND, outbox_claim(kit.store, kit.arena, "mastodon", NOW + 7200, &row, &kit.e));
	must(&kit, store_pause(kit.store, kit.brand_id, false, 0, "maya", NOW, &kit.e));
	assert_int_equal(claim(&kit, NOW + 7200).state, OUTBOX_SENDING);
	kit_close(&kit);
}

static void a_text_nobody_approved_is_never_sent(void **state)
{
	struct kit kit;
	struct outbox_row row;
	int64_t bad, good;

	(void)state;
	kit_open(&kit);
	bad = approve(&kit, "p1", "Hello.", NOW);
	good = approve(&kit, "p2", "Hello, too.", NOW + 1);
	/* somebody changes the row behind the program's back */
	(void)kit_exec(&kit, "UPDATE outbox SET text = 'Buy now!' WHERE text = 'Hello.'");
	if (strcmp(outbox_of(&kit, bad).text, "Buy now!") == 0) {
		row = claim(&kit, NOW + 5);
		assert_int_equal(row.complaint_id, good); /* the sound one goes out, the other is set aside */
		assert_int_equal(outbox_of(&kit, bad).state, OUTBOX_FAILED);
		assert_string_equal(outbox_of(&kit, bad).why, "approval does not match the text");
		assert_int_equal(kit_get(&kit, bad).state, STATE_OPEN);
	} else {
		assert_string_equal(outbox_of(&kit, bad).text, "Hello."); /* the store does not even let them */
	}
	kit_close(&kit);
}

static void a_reply_to_a_deleted_post_stays_unsent(void **state)
{
	struct kit kit;
	struct outbox_row row;
	int64_t id;

	(void)state;
	kit_open(&kit);
	id = approve(&kit, "p1", "Hello.", NOW);
	must(&kit, store_begin(kit.store, STORE_BULK, &kit.e));
	must(&kit, store_post_delete(kit.store, kit.brand_id, "mastodon", "p1", NOW, &kit.e));
	must(&kit, store_commit(kit.store, &kit.e));
	must_fail(&kit, ERR_NOT_FOUND, outbox_claim(kit.store, kit.arena, "mastodon", NOW + 99, &row, &kit.e));
	assert_int_equal(outbox_of(&kit, id).state, OUTBOX_CANCELLED);
	kit_close(&kit);
}

static void a_reply_under_way_while_its_post_is_deleted_is_still_settled(void **state)
{
	struct kit kit;
	struct outbox_row row;
	int64_t id;

	(void)state;
	kit_open(&kit);
	id = approve(&kit, "p1", "Hello.", NOW);
	row = claim(&kit, NOW);
	must(&kit, store_begin(kit.store, STORE_BULK, &kit.e));
	must(&kit, store_post_delete(kit.store, kit.brand_id, "mastodon", "p1", NOW, &kit.e));
	must(&kit, store_commit(kit.store, &kit.e));
	settle(&kit, &row, OUTCOME_OK, NULL, NOW + 1);
	assert_int_equal(outbox_of(&kit, id).state, OUTBOX_SENT);
	assert_int_equal(kit_sql(&kit, "SELECT count(*) FROM audit WHERE action = 'sent'"), 1);
	kit_close(&kit);
}

/* ---- ten thousand replies ---- */

struct delivered {
	char key[33];
	char text[32];
	int64_t at_s; /* seen from then on: a slow server */
};

struct reply {
	int64_t complaint_id;
	bool honours_key;
	struct delivered delivered[4];
	size_t count;
};

struct world {
	struct kit kit;
	struct reply *replies;
	size_t first; /* of the batch */
	int64_t now_s;
	uint64_t random;
	size_t crashes, sends, readbacks, failed, withdrawn, handed_over, pauses;
	bool paused_all, paused_brand;
};

static uint64_t roll(struct world *w, uint64_t sides)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 7;
	w->random ^= w->random << 17;
	return (w->random >> 11) % sides;
}

static struct reply *reply_of(struct world *w, const struct outbox_row *row)
{
	for (size_t i = w->first; i < w->first + BATCH; i++) {
		if (w->replies[i].complaint_id == row->complaint_id)
			return &w->replies[i];
	}
	fail_msg("a reply for complaint %lld that nobody asked for", (long long)row->complaint_id);
	return NULL;
}

/* The platform takes the post, at once or a little later. */
static void deliver(struct world *w, struct reply *reply, const struct outbox_row *row, int64_t delay_s)
{
	struct delivered *d;

	for (size_t i = 0; reply->honours_key && i < reply->count; i++) {
		if (strcmp(reply->delivered[i].key, row->idempotency_key) == 0)
			return;
	}
	assert_true(reply->count < ARRAY_LEN(reply->delivered));
	d = &reply->delivered[reply->count++];
	(void)snprintf(d->key, sizeof(d->key), "%s", row->idempotency_key);
	(void)snprintf(d->text, sizeof(d->text), "%s", row->text);
	d->at_s = w->now_s + delay_s;
}

static bool visible(const struct world *w, const struct reply *reply)
{
	for (size_t i = 0; i < reply->count; i++) {
		if (reply->delivered[i].at_s <= w->now_s)
			return true;
	}
	return false;
}

static void crash(struct world *w)
{
	size_t count;

	w->crashes++;
	if (roll(w, 50) == 0) { /* now and then the file is closed and opened, too */
		store_close(&w->kit.store);
		must(&w->kit, store_open(w->kit.path, &w->kit.store, &w->kit.e));
	}
	must(&w->kit, outbox_recover(w->kit.store, w->now_s, &count, &w->kit.e));
}

static void send(struct world *w, const struct outbox_row *row)
{
	struct reply *reply = reply_of(w, row);
	uint64_t fate = roll(w, 12);

	w->sends++;
	if (fate == 0 || fate >= 10) { /* arrived; we are told */
		deliver(w, reply, row, 0);
		settle(&w->kit, row, OUTCOME_OK, NULL, w->now_s);
	} else if (fate == 1) { /* arrived; the answer was lost */
		deliver(w, reply, row, 0);
		settle(&w->kit, row, OUTCOME_UNKNOWN, "cut off", w->now_s);
	} else if (fate == 2) { /* arrives later; the answer was lost */
		deliver(w, reply, row, (int64_t)roll(w, OUTBOX_SETTLE_S));
		settle(&w->kit, row, OUTCOME_UNKNOWN, "timed out", w->now_s);
	} else if (fate == 3) { /* arrived; we were killed before writing it down */
		deliver(w, reply, row, (int64_t)roll(w, OUTBOX_SETTLE_S));
		crash(w);
	} else if (fate == 4) { /* we were killed before anything left */
		crash(w);
	} else if (fate == 5) {
		settle(&w->kit, row, OUTCOME_UNKNOWN, "cut off", w->now_s);
	} else if (fate <= 7) {
		settle(&w->kit, row, fate == 6 ? OUTCOME_WAIT : OUTCOME_TEMPORARY, "not now", w->now_s);
	} else if (roll(w, 12) == 0) { /* blocked, or locked: nothing was said, a person may still */
		struct answer answer = {.outcome = OUTCOME_REFUSED, .by_hand = 1, .why = "not from us"};

		must(&w->kit, outbox_settle(w->kit.store, row, &answer, w->now_s, &w->kit.e));
	} else {
		settle(&w->kit, row,
		       roll(w, 3) != 0 ? OUTCOME_TEMPORARY
		       : fate == 8     ? OUTCOME_REFUSED
				       : OUTCOME_AUTH,
		       "no", w->now_s);
	}
}

static void readback(struct world *w, const struct outbox_row *row)
{
	struct reply *reply = reply_of(w, row);
	uint64_t fate = roll(w, 8);

	w->readbacks++;
	if (fate == 0)
		crash(w);
	else if (fate <= 2)
		settle(&w->kit, row, fate == 1 ? OUTCOME_TEMPORARY : OUTCOME_WAIT, "not now", w->now_s);
	else
		settle(&w->kit, row, visible(w, reply) ? OUTCOME_OK : OUTCOME_NOTHING, NULL, w->now_s);
}

/* Somebody stops or starts sending: all of it, or the brand's. */
static void pause_or_resume(struct world *w)
{
	bool brand = roll(w, 2) == 0, *on = brand ? &w->paused_brand : &w->paused_all;

	*on = !*on;
	w->pauses += *on;
	must(&w->kit, store_pause(w->kit.store, brand ? w->kit.brand_id : 0, *on, 0, "ada", w->now_s, &w->kit.e));
}

/* Somebody takes a reply back, at the last moment or too late. */
static void withdraw(struct world *w)
{
	struct queue queue = {.store = w->kit.store};
	const struct actor ada = {.name = "ada", .role = ROLE_ADMIN};
	struct reply *reply = &w->replies[w->first + roll(w, BATCH)];
	struct action_args args = {.complaint_id = reply->complaint_id};
	enum outbox_state before = kit_get(&w->kit, reply->complaint_id).outbox_state;
	struct error e;
	enum err err = queue_do(&queue, &ada, ACTION_WITHDRAW, &args, &e);

	assert_true(err == ERR_OK || err == ERR_CONFLICT);
	if (err == ERR_OK)
		assert_true(before == OUTBOX_SCHEDULED || before == OUTBOX_HANDOFF);
	w->withdrawn += err == ERR_OK;
}

/* false: nothing left to do at any time. */
static bool step(struct world *w)
{
	struct outbox_row row;
	struct error e;
	enum err err;

	arena_reset(w->kit.arena);
	if (roll(w, 40) == 0)
		pause_or_resume(w);
	if (roll(w, 60) == 0)
		withdraw(w);
	err = outbox_claim(w->kit.store, w->kit.arena, "mastodon", w->now_s, &row, &e);
	if (err == ERR_NOT_FOUND) {
		/* nothing due now: is anything due ever? */
		if (store_outbox_due(w->kit.store, w->kit.arena, "mastodon", INT64_MAX, &row, &e) == ERR_NOT_FOUND) {
			if (!w->paused_all && !w->paused_brand)
				return false;
			pause_or_resume(w); /* in the end somebody lets it go on */
			return true;
		}
		w->now_s = row.not_before_s > w->now_s ? row.not_before_s : w->now_s + 1;
		return true;
	}
	assert_int_equal(err, ERR_OK);
	if (row.state == OUTBOX_SENDING)
		assert_false(w->paused_all || w->paused_brand); /* never while it is paused */
	if (row.state == OUTBOX_SENDING)
		send(w, &row);
	else
		readback(w, &row);
	w->now_s += (int64_t)roll(w, 20);
	return true;
}

static void reply_ended_well(struct world *w, size_t i)
{
	struct reply *reply = &w->replies[i];
	struct complaint_row complaint = kit_get(&w->kit, reply->complaint_id);
	char text[32];

	(void)snprintf(text, sizeof(text), "Reply %zu.", i);
	assert_in_range(reply->count, 0, 1); /* never two */
	if (reply->count == 1)
		assert_string_equal(reply->delivered[0].text, text); /* never another text */
	if (complaint.outbox_state == OUTBOX_SENT) {
		assert_int_equal(complaint.state, STATE_REPLIED);
		assert_int_equal(reply->count, 1);
	} else if (complaint.outbox_state == OUTBOX_HANDOFF) {
		assert_int_equal(complaint.state, STATE_APPROVED); /* never lost: a person posts it */
		assert_string_equal(complaint.outbox_why, "not from us");
		assert_int_equal(reply->count, 0);
		w->handed_over++;
	} else if (complaint.outbox_state == OUTBOX_CANCELLED) {
		assert_int_equal(complaint.state, STATE_OPEN);
		assert_int_equal(reply->count, 0); /* withdrawn is never said */
	} else {
		assert_int_equal(complaint.outbox_state, OUTBOX_FAILED); /* never lost: a person knows */
		assert_int_equal(complaint.state, STATE_OPEN);
		assert_non_null(complaint.reason);
		assert_int_equal(reply->count, 0);
		w->failed++;
	}
}

static void world_open(struct world *w)
{
	struct stat st;

	memset(w, 0, sizeof(*w));
	w->random = 0x9e3779b97f4a7c15u;
	w->now_s = NOW;
	w->replies = calloc(REPLIES, sizeof(*w->replies));
	assert_non_null(w->replies);
	w->kit = (struct kit){.arena = arena_new(64u << 20)};
	/* memory instead of a disk: what a commit costs is not what is being tested */
	(void)snprintf(w->kit.dir, sizeof(w->kit.dir), "%s/amends-outbox-XXXXXX",
		       stat("/dev/shm", &st) == 0 && S_ISDIR(st.st_mode) ? "/dev/shm" : "/tmp");
	assert_non_null(mkdtemp(w->kit.dir));
	(void)snprintf(w->kit.path, sizeof(w->kit.path), "%s/amends.db", w->kit.dir);
	must(&w->kit, store_open(w->kit.path, &w->kit.store, &w->kit.e));
	must(&w->kit, store_brand_put(w->kit.store, "Acme", &w->kit.brand_id, &w->kit.e));
	must(&w->kit,
	     store_source_put(w->kit.store, "m/#acme", "mastodon", w->kit.brand_id, NOW, &w->kit.source_id, &w->kit.e));
}

static void ten_thousand_replies_arrive_once_or_come_back_to_a_person(void **state)
{
	struct world w;

	(void)state;
	world_open(&w);
	for (w.first = 0; w.first < REPLIES; w.first += BATCH) {
		size_t steps = 0;

		for (size_t i = w.first; i < w.first + BATCH; i++) {
			char name[32], text[32];

			(void)snprintf(name, sizeof(name), "p%zu", i);
			(void)snprintf(text, sizeof(text), "Reply %zu.", i);
			w.replies[i].honours_key = roll(&w, 2) == 0;
			w.replies[i].complaint_id = approve(&w.kit, name, text, w.now_s + (int64_t)roll(&w, 60));
		}
		while (step(&w))
			assert_true(++steps < 100 * BATCH);
		for (size_t i = w.first; i < w.first + BATCH; i++)
			reply_ended_well(&w, i);
		w.now_s += 60;
	}
	print_message(
		"%d replies: %zu sent attempts, %zu read back, %zu crashes, %zu pauses, %zu withdrawn, %zu handed "
		"over, %zu came back to a person\n",
		REPLIES, w.sends, w.readbacks, w.crashes, w.pauses, w.withdrawn, w.handed_over, w.failed);
	assert_true(w.pauses > 100 && w.withdrawn > 100 && w.handed_over > 20);
	assert_true(w.crashes > REPLIES / 10 && w.readbacks > REPLIES / 4 && w.failed > 0 && w.failed < REPLIES / 2);
	free(w.replies);
	kit_close(&w.kit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_intent_is_committed_before_anything_is_sent),
		cmocka_unit_test(each_answer_moves_reply_and_complaint),
		cmocka_unit_test(what_was_under_way_at_a_crash_is_read_back_first),
		cmocka_unit_test(what_only_a_person_may_post_is_handed_over_with_its_approval),
		cmocka_unit_test(an_expired_token_is_one_sentence_and_others_still_go_out),
		cmocka_unit_test(a_promise_counts_from_the_reply_and_is_kept_by_the_next),
		cmocka_unit_test(pauses_grow_and_ten_failures_are_enough),
		cmocka_unit_test(the_platforms_own_wish_to_wait_is_respected),
		cmocka_unit_test(what_can_never_be_read_back_ends_with_a_person),
		cmocka_unit_test(nothing_goes_out_while_sending_is_paused),
		cmocka_unit_test(what_is_unknown_is_read_back_while_sending_is_paused),
		cmocka_unit_test(a_text_nobody_approved_is_never_sent),
		cmocka_unit_test(a_reply_to_a_deleted_post_stays_unsent),
		cmocka_unit_test(a_reply_under_way_while_its_post_is_deleted_is_still_settled),
		cmocka_unit_test(ten_thousand_replies_arrive_once_or_come_back_to_a_person),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
