/*
 * complaint.c - filing posts under complaints, and how urgent each is.
 *
 * PRIORITY is a sum of points; larger comes first, and among equals the older one:
 *
 *	urgency		0, 1000, 2000	the guideline's three levels: can wait a day, within the hour, critical
 *	severity	1..4		100 each
 *	class		problem 200, vent 120, question 100, not_ours 20, praise 10, other 0
 *	audience	0..100		20 for each power of ten of people who may have read it, capped at 100,000
 *	reach		0, 60, 150	one, a few (2-4), many (5 or more) people with the same matter in a day
 *
 * All but urgency together stay below 1,000: nothing overtakes a safety matter by being loud, and the rest trade off
 *against each other. A problem is before a vent, since it can still be corrected (DESIGN 1); a question is worth an
 *answer but waits longer; audience is logarithmic because the readers of large accounts overlap and few read all. A
 *share is taken as 100 readers (a guess of ours). The limits of reach are DESIGN's "one customer, a few, or many". None
 *of the weights is measured yet: corrections of reviewers are what will fit them.
 *
 * When a topic becomes "a few" or "many", its earlier complaints rise with it (topic_raise). They do not sink again
 * when it grows quiet.
 */
#include <math.h>
#include <string.h>

#include "db.h"

#define AUDIENCE_SHARE 100
#define AUDIENCE_MAX 100000

/* What the complaint row says, or will say. */
struct facts {
	enum class class;
	enum cause cause;
	int severity, urgency;
	double problem, vent, sentiment;
	bool undecided;
	int64_t topic_id, reach, audience, post_id, said_s, posts;
	enum complaint_state state;
};

/* What is known of the post that is filed. */
struct filed {
	int64_t id, brand_id, author_id, said_s, audience, complaint_id;
	bool in_complaint; /* filed before */
	bool filed;        /* and not edited since */
	const char *platform, *thread;
};

/* Gravest first, for merging. */
static const int class_rank[CLASS_COUNT] = {
	[CLASS_PROBLEM] = 5,  [CLASS_VENT] = 4,   [CLASS_QUESTION] = 3,
	[CLASS_NOT_OURS] = 2, [CLASS_PRAISE] = 1, [CLASS_OTHER] = 0,
};
static const int class_points[CLASS_COUNT] = {
	[CLASS_PROBLEM] = 200, [CLASS_VENT] = 120,  [CLASS_QUESTION] = 100,
	[CLASS_NOT_OURS] = 20, [CLASS_PRAISE] = 10, [CLASS_OTHER] = 0,
};

static int reach_points(int64_t reach)
{
	return reach >= 5 ? 150 : reach >= 2 ? 60 : 0;
}

static int64_t priority(const struct facts *f)
{
	return f->urgency * 1000 + f->severity * 100 + class_points[f->class] +
	       (int64_t)(20 * log10(1 + (double)f->audience)) + reach_points(f->reach);
}

static int64_t audience(int64_t followers, int64_t shares)
{
	if (followers < 0)
		followers = 0;
	if (shares < 0)
		shares = 0;
	if (followers >= AUDIENCE_MAX || shares >= AUDIENCE_MAX / AUDIENCE_SHARE)
		return AUDIENCE_MAX - 1;
	followers += shares * AUDIENCE_SHARE;
	return followers < AUDIENCE_MAX ? followers : AUDIENCE_MAX - 1;
}

/* ---- reading what is there ---- */

/* Leaves the statement at the row, whose platform and thread filed_r borrows: cmd_done() is the caller's. */
static enum err filed_get(int64_t post_id, struct cmd *c, struct filed *filed_r, struct error *e_r)
{
	struct row r = row_start(c, NULL);
	int64_t followers;
	int step;

	cmd_int(c, post_id);
	step = cmd_step(c, e_r);
	if (step == 1) {
		filed_r->id = post_id;
		filed_r->brand_id = row_int(&r);
		filed_r->author_id = row_int(&r);
		filed_r->said_s = row_int(&r);
		filed_r->filed = row_int(&r) != 0;
		followers = row_int(&r);
		filed_r->audience = audience(followers, row_int(&r));
		filed_r->in_complaint = row_int(&r) != 0;
		filed_r->complaint_id = row_int(&r);
		filed_r->platform = row_word(&r);
		filed_r->thread = row_word(&r);
	}
	if (step == 0)
		return error_set(e_r, ERR_NOT_FOUND, "there is no post %lld", (long long)post_id);
	return step == 1 ? ERR_OK : c->err;
}

static enum err facts_get(struct store *store, int64_t complaint_id, struct facts *facts_r, struct error *e_r)
{
	struct cmd c = cmd_start(store, STMT_COMPLAINT_FACTS);
	struct row r = row_start(&c, NULL);
	int step;

	cmd_int(&c, complaint_id);
	step = cmd_step(&c, e_r);
	if (step == 1) {
		*facts_r = (struct facts){0};
		(void)class_from_name(row_word(&r), &facts_r->class); /* CHECKs keep other words out */
		(void)cause_from_name(row_word(&r), &facts_r->cause);
		facts_r->severity = (int)row_int(&r);
		facts_r->urgency = (int)row_int(&r);
		facts_r->problem = row_real(&r);
		facts_r->vent = row_real(&r);
		facts_r->sentiment = row_real(&r);
		facts_r->undecided = row_int(&r) != 0;
		facts_r->topic_id = row_int(&r);
		facts_r->audience = row_int(&r);
		(void)state_from_name(row_word(&r), &facts_r->state);
		facts_r->post_id = row_int(&r);
		facts_r->said_s = row_int(&r);
		facts_r->posts = row_int(&r);
	}
	cmd_done(&c);
	if (step == 0)
		return error_set(e_r, ERR_NOT_FOUND, "there is no complaint %lld", (long long)complaint_id);
	return step == 1 ? ERR_OK : c.err;
}

/* ---- merging ---- */

static struct facts facts_of(const struct verdict *v, const struct filed *filed)
{
	return (struct facts){.class = v->class,
			      .cause = v->cause,
			      .severity = v->severity,
			      .urgency = v->urgency,
			      .problem = v->problem,
			      .vent = v->vent,
			      .sentiment = v->sentiment,
			      .undecided = v->undecided,
			      .audience = filed->audience,
			      .post_id = filed->id,
			      .said_s = filed->said_s,
			      .posts = 1,
			      .state = STATE_OPEN};
}

/* The graver of both in each respect. True when the post gave the cause, and so gives the topic too. */
static bool facts_merge(struct facts *f, const struct verdict *v, const struct filed *filed)
{
	int rank = class_rank[v->class] - class_rank[f->class];
	bool graver = rank > 0 || (rank == 0 && (v->severity > f->severity || f->cause == CAUSE_NONE));

	if (rank > 0)
		f->class = v->class;
	if (graver && v->cause != CAUSE_NONE)
		f->cause = v->cause;
	if (v->severity > f->severity)
		f->severity = v->severity;
	if (v->urgency > f->urgency)
		f->urgency = v->urgency;
	f->problem = fmax(f->problem, v->problem);
	f->vent = fmax(f->vent, v->vent);
	f->sentiment = fmin(f->sentiment, v->sentiment);
	f->undecided = f->undecided || v->undecided; /* what nobody could judge may be the gravest of all */
	if (filed->audience > f->audience)
		f->audience = filed->audience;
	if (filed->said_s >= f->said_s)
		f->post_id = filed->id;
	if (!filed->in_complaint)
		f->posts++;
	return graver;
}

/* Sets topic and reach; complaints of a topic that has become larger rise. */
static enum err facts_topic(struct store *store, struct facts *f, const struct filed *filed, const char *topic,
			    bool take, struct error *e_r)
{
	/* Who names nobody is a person of their own, and ids of authors are positive. */
	int64_t author_key = filed->author_id ? filed->author_id : -filed->id, topic_id = 0, before = 0, reach = 0;
	enum err err = ERR_OK;

	if (topic && *topic) {
		err = topic_touch(store, filed->brand_id, topic, author_key, filed->said_s, &topic_id, &before, &reach,
				  e_r);
		if (err == ERR_OK && reach_points(reach) > reach_points(before))
			err = topic_raise(store, topic_id, reach_points(reach), e_r);
		if (err == ERR_OK && (take || !f->topic_id)) {
			f->topic_id = topic_id;
			f->reach = reach;
			return ERR_OK;
		}
	}
	if (err == ERR_OK && f->topic_id)
		err = topic_reach(store, f->topic_id, &f->reach, e_r);
	return err;
}

/* ---- writing ---- */

static void facts_bind(struct cmd *c, int64_t id, const struct facts *f)
{
	cmd_int(c, id);
	cmd_text(c, class_name(f->class));
	cmd_text(c, cause_name(f->cause));
	cmd_int(c, f->severity);
	cmd_int(c, f->urgency);
	cmd_real(c, f->problem);
	cmd_real(c, f->vent);
	cmd_real(c, f->sentiment);
	cmd_int(c, f->undecided);
	cmd_known(c, f->topic_id, 0);
	cmd_int(c, reach_points(f->reach));
	cmd_int(c, f->audience);
	cmd_int(c, priority(f));
}

static enum err complaint_make(struct store *store, const struct filed *filed, const struct facts *f, int64_t now_s,
			       int64_t *complaint_id_r, struct error *e_r)
{
	struct cmd c = cmd_start(store, STMT_COMPLAINT_MAKE);
	enum err err;

	facts_bind(&c, filed->id, f);
	cmd_int(&c, now_s);
	cmd_int(&c, filed->brand_id);
	cmd_known(&c, filed->author_id, 0);
	cmd_text(&c, filed->platform);
	cmd_text(&c, filed->thread);
	err = cmd_run(&c, e_r);
	if (err == ERR_OK)
		*complaint_id_r = sqlite3_last_insert_rowid(store->db);
	return err;
}

static enum err complaint_merge(struct store *store, int64_t complaint_id, const struct facts *f, int64_t now_s,
				struct error *e_r)
{
	struct cmd c = cmd_start(store, STMT_COMPLAINT_MERGE);

	facts_bind(&c, complaint_id, f);
	cmd_int(&c, f->post_id);
	cmd_int(&c, now_s);
	cmd_int(&c, f->posts);
	return cmd_run(&c, e_r);
}

static enum err run_id(struct store *store, enum stmt id, int64_t value, struct error *e_r)
{
	struct cmd c = cmd_start(store, id);

	cmd_int(&c, value);
	return cmd_run(&c, e_r);
}

static enum err complaint_reopen(struct store *store, int64_t complaint_id, enum complaint_state from, int64_t now_s,
				 struct error *e_r)
{
	enum err err = run_id(store, STMT_COMPLAINT_REOPEN, complaint_id, e_r);

	if (err == ERR_OK)
		err = run_id(store, STMT_RECHECK_START, complaint_id, e_r);
	if (err == ERR_OK)
		err = store_audit_put(store, complaint_id, 0, "amends", "reopen",
				      from == STATE_REPLIED ? "the author wrote again after the reply"
							    : "the author wrote again after it was closed",
				      now_s, e_r);
	return err;
}

static enum err post_file(struct store *store, const struct filed *filed, int64_t complaint_id, struct error *e_r)
{
	struct cmd c = cmd_start(store, STMT_POST_FILED);
	enum err err;

	cmd_int(&c, filed->id);
	cmd_int(&c, complaint_id);
	err = cmd_run(&c, e_r);
	if (err == ERR_OK && !filed->in_complaint)
		err = search_add(store, filed->id, e_r);
	return err;
}

static enum err file_more(struct store *store, const struct filed *filed, const struct verdict *verdict,
			  const char *topic, int64_t now_s, enum complaint_fate *fate_r, struct error *e_r)
{
	struct facts facts;
	enum err err = facts_get(store, filed->complaint_id, &facts, e_r);
	bool take, news = !filed->filed;

	if (err != ERR_OK)
		return err;
	take = facts_merge(&facts, verdict, filed);
	err = facts_topic(store, &facts, filed, topic, take, e_r);
	if (err == ERR_OK)
		err = complaint_merge(store, filed->complaint_id, &facts, now_s, e_r);
	if (err != ERR_OK)
		return err;
	*fate_r = COMPLAINT_MORE;
	if (!news || (facts.state != STATE_REPLIED && facts.state != STATE_CLOSED))
		return ERR_OK;
	*fate_r = COMPLAINT_REOPENED;
	return complaint_reopen(store, filed->complaint_id, facts.state, now_s, e_r);
}

static enum err file_new(struct store *store, const struct filed *filed, const struct verdict *verdict,
			 const char *topic, int64_t now_s, int64_t *complaint_id_r, struct error *e_r)
{
	struct facts facts = facts_of(verdict, filed);
	enum err err = facts_topic(store, &facts, filed, topic, true, e_r);

	return err == ERR_OK ? complaint_make(store, filed, &facts, now_s, complaint_id_r, e_r) : err;
}

enum err store_complaint_file(struct store *store, int64_t post_id, const struct verdict *verdict, const char *topic,
			      int64_t now_s, int64_t *complaint_id_r, enum complaint_fate *fate_r, struct error *e_r)
{
	struct filed filed = {0};
	struct cmd c;
	enum complaint_fate fate = COMPLAINT_NEW;
	int64_t complaint_id = 0;
	enum err err = tx_needed(store, e_r);

	if (err != ERR_OK)
		return err;
	c = cmd_start(store, STMT_FILE_POST);
	err = filed_get(post_id, &c, &filed, e_r);
	complaint_id = filed.complaint_id;
	if (err == ERR_OK && complaint_id)
		err = file_more(store, &filed, verdict, topic, now_s, &fate, e_r);
	else if (err == ERR_OK)
		err = file_new(store, &filed, verdict, topic, now_s, &complaint_id, e_r);
	cmd_done(&c);
	if (err == ERR_OK)
		err = post_file(store, &filed, complaint_id, e_r);
	if (err != ERR_OK)
		return err;
	*complaint_id_r = complaint_id;
	*fate_r = fate;
	return ERR_OK;
}

/* ---- moving ---- */

static enum err state_get(struct store *store, int64_t complaint_id, const char *draft_hash,
			  enum complaint_state *state_r, bool *same_draft_r, struct error *e_r)
{
	struct cmd c = cmd_start(store, STMT_COMPLAINT_STATE);
	struct row r = row_start(&c, NULL);
	int step;

	cmd_int(&c, complaint_id);
	step = cmd_step(&c, e_r);
	if (step == 1) {
		(void)state_from_name(row_word(&r), state_r); /* a CHECK keeps other words out */
		*same_draft_r = !draft_hash || strcmp(draft_hash, row_word(&r)) == 0;
	}
	cmd_done(&c);
	if (step == 0)
		return error_set(e_r, ERR_NOT_FOUND, "there is no complaint %lld", (long long)complaint_id);
	return step == 1 ? ERR_OK : c.err;
}

/* Posts of a complaint that is done with are not looked after any more. */
static enum err recheck_follow(struct store *store, int64_t complaint_id, enum complaint_state to, struct error *e_r)
{
	bool done = to == STATE_REPLIED || to == STATE_CLOSED;

	return run_id(store, done ? STMT_RECHECK_STOP : STMT_RECHECK_START, complaint_id, e_r);
}

enum err store_complaint_move(struct store *store, int64_t complaint_id, unsigned from_mask, enum complaint_state to,
			      const char *draft_hash, const char *reason, int64_t now_s, struct error *e_r)
{
	enum complaint_state state = STATE_OPEN;
	bool same_draft = false;
	struct cmd c;
	enum err err = tx_needed(store, e_r);

	if (err == ERR_OK)
		err = state_get(store, complaint_id, draft_hash, &state, &same_draft, e_r);
	if (err != ERR_OK)
		return err;
	if (!(from_mask & (1u << state)))
		return error_set(e_r, ERR_CONFLICT, "complaint %lld is %s by now", (long long)complaint_id,
				 state_name(state));
	if (!same_draft)
		return error_set(e_r, ERR_CONFLICT, "the draft of complaint %lld was changed meanwhile",
				 (long long)complaint_id);
	c = cmd_start(store, STMT_COMPLAINT_MOVE);
	cmd_int(&c, complaint_id);
	cmd_text(&c, state_name(state));
	cmd_text(&c, state_name(to));
	cmd_text(&c, reason);
	cmd_int(&c, now_s);
	err = cmd_run(&c, e_r);
	if (err == ERR_OK && cmd_changes(store) != 1)
		err = error_set(e_r, ERR_CONFLICT, "complaint %lld was changed meanwhile", (long long)complaint_id);
	return err == ERR_OK ? recheck_follow(store, complaint_id, to, e_r) : err;
}

enum err store_complaint_submitted(struct store *store, int64_t complaint_id, const char *by, const char *override_why,
				   struct error *e_r)
{
	struct cmd c;
	enum err err = tx_needed(store, e_r);

	if (err != ERR_OK)
		return err;
	c = cmd_start(store, STMT_COMPLAINT_SUBMITTED);
	cmd_int(&c, complaint_id);
	cmd_text(&c, by);
	cmd_text(&c, by ? override_why : NULL);
	err = cmd_run(&c, e_r);
	if (err == ERR_OK && cmd_changes(store) != 1)
		err = error_set(e_r, ERR_NOT_FOUND, "there is no complaint %lld", (long long)complaint_id);
	return err;
}

/* ---- a post was deleted ---- */

/* Withdraws the reply to it that has not gone out. *was_r: there was one. */
static enum err reply_withdraw(struct store *store, int64_t complaint_id, int64_t post_id, bool *was_r,
			       struct error *e_r)
{
	struct cmd c = cmd_start(store, STMT_OUTBOX_CANCEL);
	enum err err;

	cmd_int(&c, complaint_id);
	cmd_int(&c, post_id);
	cmd_text(&c, "the post was deleted by its author");
	err = cmd_run(&c, e_r);
	if (err == ERR_OK)
		*was_r = cmd_changes(store) > 0;
	return err;
}

enum err complaint_post_gone(struct store *store, int64_t complaint_id, int64_t post_id, int64_t now_s,
			     struct error *e_r)
{
	const unsigned live = 1u << STATE_OPEN | 1u << STATE_SUBMITTED | 1u << STATE_APPROVED;
	const char *reason = "deleted by its author";
	struct facts facts;
	struct cmd c;
	int64_t left = 0;
	bool was = false, undrafted = false; /* there was a reply on its way; the current draft was for that post */
	enum complaint_state to = STATE_CLOSED;
	enum err err = facts_get(store, complaint_id, &facts, e_r);

	if (err == ERR_OK)
		err = reply_withdraw(store, complaint_id, post_id, &was, e_r);
	if (err == ERR_OK)
		err = draft_forget(store, complaint_id, post_id, &undrafted, e_r);
	if (err != ERR_OK)
		return err;
	c = cmd_start(store, STMT_COMPLAINT_POST_LEFT);
	cmd_int(&c, complaint_id);
	err = cmd_run_int(&c, &left, e_r);
	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	c = cmd_start(store, STMT_COMPLAINT_POST_GONE);
	cmd_int(&c, complaint_id);
	cmd_known(&c, left, 0);
	cmd_int(&c, now_s);
	err = cmd_run(&c, e_r);
	if (err != ERR_OK || !(live & (1u << facts.state)))
		return err;
	if (left) {
		if (!(was && facts.state == STATE_APPROVED) && !(undrafted && facts.state == STATE_SUBMITTED))
			return ERR_OK; /* the others keep it as it is */
		to = STATE_OPEN;
		reason = was ? "the post that the approved reply answered was deleted by its author"
			     : "the post that the submitted reply answered was deleted by its author";
	}
	err = store_complaint_move(store, complaint_id, live, to, NULL, reason, now_s, e_r);
	return err == ERR_OK ? store_audit_put(store, complaint_id, 0, "amends",
					       to == STATE_CLOSED ? "close" : "reopen", reason, now_s, e_r)
			     : err;
}

/* ---- a person judges otherwise ---- */

enum err complaint_judged(struct store *store, int64_t complaint_id, enum class class, enum cause cause, int urgency,
			  struct error *e_r)
{
	struct facts f;
	struct cmd c;
	enum err err = facts_get(store, complaint_id, &f, e_r);

	if (err != ERR_OK)
		return err;
	c = cmd_start(store, STMT_COMPLAINT_JUDGED);
	cmd_int(&c, complaint_id);
	cmd_text(&c, class_name(class));
	cmd_text(&c, cause_name(cause));
	cmd_int(&c, urgency);
	cmd_int(&c, (urgency - f.urgency) * 1000 + class_points[class] - class_points[f.class]);
	return cmd_run(&c, e_r);
}
