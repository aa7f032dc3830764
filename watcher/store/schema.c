/*
 * schema.c - the migrations: text N-1 brings a database of PRAGMA user_version N-1 to N.
 *
 * A text that was shipped is never edited; a change is a new text at the end. Each ends by setting user_version, and
 * all missing ones run inside one transaction (migrate.c). CHECKs know the words of states, classes, causes and roles
 * from the same lists as the C enums, so the two cannot drift apart; a new word therefore needs a migration that
 * remakes the table's CHECK.
 *
 * What may look odd:
 * - post.author_id is NULL where a post names nobody. NULLs are distinct in a UNIQUE, so that such a post is a
 *   complaint of its own.
 * - post.created_s is NULL where the platform did not tell; "when it was said" is coalesce(created_s, fetched_s).
 * - post.filed is 0 from an edit until the post is filed again: it tells a repeated filing from news.
 * - post.rechecked_s is NULL for posts that need no more looking after, which keeps them out of the partial index.
 * - complaint_count is kept by triggers: the front page asks for it with every load, and counting would read
 *   every complaint (10 ms for 200,000).
 * - complaint_fts indexes the view complaint_text, not a copy of the texts; post.c and complaint.c keep it.
 * - the partial indexes say "= 'open' OR = 'submitted'" and not IN (...): SQLite then proves that a query
 *   for one of the two may use them.
 * - draft.made is 1 where a template gave the text, and 0 where a person wrote or changed it.
 * - promise.sent repeats what the outbox says, kept by triggers, so that the partial indexes hold exactly the promises
 *   that were said in public: one of a reply that never went out is in none of them.
 * - promise_aim begins with state, which is always 'open' in it: SQLite would prefer promise_state otherwise.
 * - pause.brand_id 0 is all brands, so it refers to nothing.
 * - audit.prev and audit.hash are NULL in the rows of version 1; meta keeps the id of the last of them (audit_base) and
 *   id and hash of the newest row (audit_head), so that a tail cut off is noticed: see audit.c.
 */
#include "migrate.h"

#include "store.h"

/* clang-format off: lays strings between macros out as if they were arguments */
#define STATE_IS(name, word) "state = '" word "' OR "
#define ROLE_IS(name, word) "role = '" word "' OR "
#define CLASS_IS(name, word) "class = '" word "' OR "
#define CAUSE_IS(name, word) "cause = '" word "' OR "
#define FATE_IS(name, word) "fate = '" word "' OR "

static const char version_1[] =
	"CREATE TABLE meta (key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) STRICT, WITHOUT ROWID;"

	"CREATE TABLE brand (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;"

	"CREATE TABLE source ("
	" id INTEGER PRIMARY KEY,"
	" key TEXT NOT NULL UNIQUE,"
	" platform TEXT NOT NULL,"
	" brand_id INTEGER NOT NULL REFERENCES brand (id),"
	" cursor TEXT,"
	" status TEXT NOT NULL DEFAULT 'new' CHECK (status IN ('new', 'ok', 'waiting', 'failing', 'auth', 'off')),"
	" why TEXT,"
	" account_id TEXT,"
	" length_limit INTEGER,"
	" url_cost INTEGER,"
	" started_s INTEGER NOT NULL,"
	" last_ok_s INTEGER NOT NULL DEFAULT 0,"
	" next_s INTEGER NOT NULL DEFAULT 0,"
	" posts INTEGER NOT NULL DEFAULT 0,"
	" failures INTEGER NOT NULL DEFAULT 0"
	") STRICT;"

	"CREATE TABLE author ("
	" id INTEGER PRIMARY KEY,"
	" platform TEXT NOT NULL,"
	" ext_id TEXT NOT NULL,"
	" handle TEXT,"
	" name TEXT,"
	" followers INTEGER,"
	" UNIQUE (platform, ext_id)"
	") STRICT;"

	"CREATE TABLE post ("
	" id INTEGER PRIMARY KEY,"
	" brand_id INTEGER NOT NULL REFERENCES brand (id),"
	" source_id INTEGER REFERENCES source (id),"
	" author_id INTEGER REFERENCES author (id),"
	" complaint_id INTEGER REFERENCES complaint (id),"
	" platform TEXT NOT NULL,"
	" ext_id TEXT NOT NULL,"
	" thread TEXT NOT NULL,"
	" in_reply_to TEXT,"
	" lang TEXT,"
	" url TEXT,"
	" created_s INTEGER,"
	" edited_s INTEGER,"
	" fetched_s INTEGER NOT NULL,"
	" rechecked_s INTEGER,"
	" rating INTEGER CHECK (rating BETWEEN 1 AND 5),"
	" likes INTEGER,"
	" replies INTEGER,"
	" shares INTEGER,"
	" views INTEGER,"
	" own INTEGER NOT NULL DEFAULT 0 CHECK (own IN (0, 1)),"
	" deleted INTEGER NOT NULL DEFAULT 0 CHECK (deleted IN (0, 1)),"
	" filed INTEGER NOT NULL DEFAULT 0 CHECK (filed IN (0, 1)),"
	" text TEXT NOT NULL,"
	" UNIQUE (platform, ext_id, brand_id)"
	") STRICT;"
	"CREATE INDEX post_complaint ON post (complaint_id, id) WHERE complaint_id IS NOT NULL;"
	"CREATE INDEX post_recheck ON post (source_id, rechecked_s, id) WHERE rechecked_s IS NOT NULL;"

	"CREATE TABLE verdict ("
	" post_id INTEGER PRIMARY KEY REFERENCES post (id),"
	" class TEXT NOT NULL CHECK (" CLASSES(CLASS_IS) "FALSE),"
	" cause TEXT NOT NULL CHECK (" CAUSES(CAUSE_IS) "FALSE),"
	" severity INTEGER NOT NULL,"
	" urgency INTEGER NOT NULL,"
	" complaint REAL NOT NULL,"
	" problem REAL NOT NULL,"
	" vent REAL NOT NULL,"
	" sentiment REAL NOT NULL,"
	" lang TEXT,"
	" undecided INTEGER NOT NULL CHECK (undecided IN (0, 1)),"
	" rules TEXT,"
	" json TEXT"
	") STRICT;"

	"CREATE TABLE rollup ("
	" day INTEGER NOT NULL,"
	" brand_id INTEGER NOT NULL REFERENCES brand (id),"
	" platform TEXT NOT NULL,"
	" class TEXT NOT NULL,"
	" cause TEXT NOT NULL,"
	" posts INTEGER NOT NULL,"
	" sentiment_milli INTEGER NOT NULL," /* thousandths: sums of integers can be taken back exactly */
	" PRIMARY KEY (day, brand_id, platform, class, cause)"
	") STRICT, WITHOUT ROWID;"

	"CREATE TABLE topic ("
	" id INTEGER PRIMARY KEY,"
	" brand_id INTEGER NOT NULL REFERENCES brand (id),"
	" name TEXT NOT NULL,"
	" latest_h INTEGER NOT NULL," /* hour (UTC seconds / 3600) in which it was last spoken of */
	" reach INTEGER NOT NULL,"    /* distinct authors in the 24 hours that end with latest_h */
	" UNIQUE (brand_id, name)"
	") STRICT;"
	/* When each author last spoke of a topic, and how many did so last in each hour: see topic.c. */
	"CREATE TABLE topic_author ("
	" topic_id INTEGER NOT NULL REFERENCES topic (id),"
	" author_key INTEGER NOT NULL,"
	" last_h INTEGER NOT NULL,"
	" PRIMARY KEY (topic_id, author_key)"
	") STRICT, WITHOUT ROWID;"
	"CREATE TABLE topic_hour ("
	" topic_id INTEGER NOT NULL REFERENCES topic (id),"
	" hour INTEGER NOT NULL,"
	" authors INTEGER NOT NULL,"
	" PRIMARY KEY (topic_id, hour)"
	") STRICT, WITHOUT ROWID;"

	"CREATE TABLE complaint ("
	" id INTEGER PRIMARY KEY,"
	" brand_id INTEGER NOT NULL REFERENCES brand (id),"
	" platform TEXT NOT NULL,"
	" author_id INTEGER REFERENCES author (id),"
	" thread TEXT NOT NULL,"
	" class TEXT NOT NULL CHECK (" CLASSES(CLASS_IS) "FALSE),"
	" cause TEXT NOT NULL CHECK (" CAUSES(CAUSE_IS) "FALSE),"
	" severity INTEGER NOT NULL,"
	" urgency INTEGER NOT NULL,"
	" problem REAL NOT NULL,"
	" vent REAL NOT NULL,"
	" sentiment REAL NOT NULL,"
	" undecided INTEGER NOT NULL CHECK (undecided IN (0, 1)),"
	" topic_id INTEGER REFERENCES topic (id),"
	" reach_points INTEGER NOT NULL,"
	" audience INTEGER NOT NULL,"
	" priority INTEGER NOT NULL,"
	" state TEXT NOT NULL DEFAULT 'open' CHECK (" STATES(STATE_IS) "FALSE),"
	" reason TEXT,"
	" opened_s INTEGER NOT NULL,"
	" updated_s INTEGER NOT NULL,"
	" posts INTEGER NOT NULL DEFAULT 1,"
	" post_id INTEGER NOT NULL REFERENCES post (id),"
	" draft_id INTEGER REFERENCES draft (id),"
	" outbox_id INTEGER REFERENCES outbox (id),"
	" UNIQUE (brand_id, platform, author_id, thread)"
	") STRICT;"
	/* The columns behind id let the list's filters be answered from the index alone. */
	"CREATE INDEX complaint_queue ON complaint (priority DESC, id, state, brand_id, class, cause, platform)"
	" WHERE state = 'open' OR state = 'submitted';"
	"CREATE INDEX complaint_done ON complaint (state, priority DESC, id, brand_id)"
	" WHERE state = 'approved' OR state = 'replied' OR state = 'closed';"
	"CREATE INDEX complaint_recent ON complaint (updated_s DESC, id DESC, state, brand_id);"
	"CREATE INDEX complaint_topic ON complaint (topic_id, reach_points) WHERE state = 'open' OR state = 'submitted';"

	"CREATE TABLE complaint_count ("
	" brand_id INTEGER NOT NULL,"
	" state TEXT NOT NULL,"
	" class TEXT NOT NULL,"
	" n INTEGER NOT NULL,"
	" PRIMARY KEY (brand_id, state, class)"
	") STRICT, WITHOUT ROWID;"
	"CREATE TRIGGER complaint_made AFTER INSERT ON complaint BEGIN"
	" INSERT INTO complaint_count (brand_id, state, class, n) VALUES (new.brand_id, new.state, new.class, 1)"
	" ON CONFLICT (brand_id, state, class) DO UPDATE SET n = n + 1;"
	" END;"
	"CREATE TRIGGER complaint_changed AFTER UPDATE OF state, class ON complaint"
	" WHEN old.state <> new.state OR old.class <> new.class BEGIN"
	" UPDATE complaint_count SET n = n - 1"
	" WHERE brand_id = old.brand_id AND state = old.state AND class = old.class;"
	" INSERT INTO complaint_count (brand_id, state, class, n) VALUES (new.brand_id, new.state, new.class, 1)"
	" ON CONFLICT (brand_id, state, class) DO UPDATE SET n = n + 1;"
	" END;"

	"CREATE VIEW complaint_text (id, text) AS SELECT id, text FROM post WHERE complaint_id IS NOT NULL;"
	"CREATE VIRTUAL TABLE complaint_fts USING fts5 (text, content = 'complaint_text', content_rowid = 'id',"
	" tokenize = 'unicode61 remove_diacritics 2');"

	"CREATE TABLE draft ("
	" id INTEGER PRIMARY KEY,"
	" complaint_id INTEGER NOT NULL REFERENCES complaint (id),"
	" post_id INTEGER NOT NULL REFERENCES post (id)," /* what it answers: the latest post when it was written */
	" text TEXT NOT NULL,"
	" hash TEXT NOT NULL,"
	" template TEXT,"
	" why TEXT,"
	" lang TEXT,"
	" by TEXT,"
	" findings TEXT,"
	" at_s INTEGER NOT NULL"
	") STRICT;"

	"CREATE TABLE account ("
	" id INTEGER PRIMARY KEY,"
	" name TEXT NOT NULL UNIQUE,"
	" password_hash TEXT NOT NULL,"
	" role TEXT NOT NULL CHECK (" ROLES(ROLE_IS) "FALSE),"
	" disabled INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1)),"
	" created_s INTEGER NOT NULL"
	") STRICT;"
	"CREATE TABLE session ("
	" token_hash TEXT PRIMARY KEY NOT NULL,"
	" user_id INTEGER NOT NULL REFERENCES account (id),"
	" csrf TEXT NOT NULL,"
	" expires_s INTEGER NOT NULL"
	") STRICT, WITHOUT ROWID;"
	"CREATE INDEX session_user ON session (user_id);"

	"CREATE TABLE approval ("
	" id INTEGER PRIMARY KEY,"
	" complaint_id INTEGER NOT NULL REFERENCES complaint (id),"
	" draft_id INTEGER NOT NULL REFERENCES draft (id),"
	" text_hash TEXT NOT NULL,"
	" user_id INTEGER REFERENCES account (id)," /* NULL: at the terminal, or the program */
	" by TEXT NOT NULL,"
	" at_s INTEGER NOT NULL"
	") STRICT;"
	"CREATE TRIGGER approval_keep BEFORE UPDATE ON approval BEGIN"
	" SELECT RAISE(ABORT, 'an approval is never changed'); END;"
	"CREATE TRIGGER approval_stay BEFORE DELETE ON approval BEGIN"
	" SELECT RAISE(ABORT, 'an approval is never removed'); END;"

	"CREATE TABLE outbox ("
	" id INTEGER PRIMARY KEY,"
	" complaint_id INTEGER NOT NULL REFERENCES complaint (id),"
	" post_id INTEGER NOT NULL REFERENCES post (id),"
	" draft_id INTEGER NOT NULL REFERENCES draft (id),"
	" approval_id INTEGER NOT NULL REFERENCES approval (id),"
	" source_id INTEGER REFERENCES source (id),"
	" platform TEXT NOT NULL,"
	" post_ext_id TEXT NOT NULL,"
	" author_handle TEXT,"
	" text TEXT NOT NULL,"
	" text_hash TEXT NOT NULL,"
	" lang TEXT,"
	" idempotency_key TEXT NOT NULL UNIQUE CHECK (length(idempotency_key) = 32),"
	" state TEXT NOT NULL CHECK (" OUTBOX_STATES(STATE_IS) "FALSE),"
	" not_before_s INTEGER NOT NULL,"
	" attempted_s INTEGER NOT NULL DEFAULT 0,"
	" attempts INTEGER NOT NULL DEFAULT 0,"
	" reply_id TEXT,"
	" reply_url TEXT,"
	" why TEXT,"
	" created_s INTEGER NOT NULL"
	") STRICT;"
	"CREATE UNIQUE INDEX outbox_live ON outbox (complaint_id)"
	" WHERE state = 'scheduled' OR state = 'sending' OR state = 'unknown' OR state = 'handoff';"
	"CREATE INDEX outbox_complaint ON outbox (complaint_id, id);"
	"CREATE INDEX outbox_due ON outbox (platform, not_before_s, id) WHERE state = 'scheduled' OR state = 'unknown';"
	"CREATE INDEX outbox_state ON outbox (state, id);"

	/* No reference to complaint: what was done stays written down whatever becomes of what it speaks of. */
	"CREATE TABLE audit ("
	" id INTEGER PRIMARY KEY,"
	" at_s INTEGER NOT NULL,"
	" complaint_id INTEGER,"
	" user_id INTEGER,"
	" by TEXT NOT NULL,"
	" action TEXT NOT NULL,"
	" detail TEXT"
	") STRICT;"
	"CREATE INDEX audit_complaint ON audit (complaint_id, id);"
	"CREATE TRIGGER audit_keep BEFORE UPDATE ON audit BEGIN"
	" SELECT RAISE(ABORT, 'an audit row is never changed'); END;"
	"CREATE TRIGGER audit_stay BEFORE DELETE ON audit BEGIN"
	" SELECT RAISE(ABORT, 'an audit row is never removed'); END;"

	"PRAGMA application_id = 1634559332;" /* MIGRATE_APPLICATION_ID, "amed" */
	"PRAGMA user_version = 1;";

static const char version_2[] =
	/* Whose approval is asked for, while it is. */
	"ALTER TABLE complaint ADD COLUMN submitted_by TEXT;"
	"ALTER TABLE complaint ADD COLUMN override_why TEXT;"

	"CREATE INDEX draft_complaint ON draft (complaint_id);"
	"CREATE INDEX approval_draft ON approval (draft_id);"

	"ALTER TABLE draft ADD COLUMN made INTEGER NOT NULL DEFAULT 0 CHECK (made IN (0, 1));"
	"UPDATE draft SET made = 1 WHERE id IN"
	" (SELECT min(id) FROM draft WHERE template IS NOT NULL GROUP BY complaint_id, post_id, template, lang);"
	"CREATE INDEX draft_made ON draft (template, lang, made) WHERE made = 1;"
	/* What became of templates' drafts. */
	"CREATE TABLE template_fate ("
	" template TEXT NOT NULL,"
	" lang TEXT NOT NULL,"
	" fate TEXT NOT NULL CHECK (" DRAFT_FATES(FATE_IS) "FALSE),"
	" n INTEGER NOT NULL,"
	" latest_s INTEGER NOT NULL,"
	" PRIMARY KEY (template, lang, fate)"
	") STRICT, WITHOUT ROWID;"

	"CREATE TABLE promise ("
	" id INTEGER PRIMARY KEY,"
	" complaint_id INTEGER NOT NULL REFERENCES complaint (id),"
	" outbox_id INTEGER NOT NULL REFERENCES outbox (id),"
	" words TEXT NOT NULL,"
	" aim_s INTEGER NOT NULL,"
	" due_s INTEGER NOT NULL,"
	" made_s INTEGER NOT NULL,"
	" ended_s INTEGER,"
	" state TEXT NOT NULL DEFAULT 'open' CHECK (" PROMISE_STATES(STATE_IS) "FALSE),"
	" sent INTEGER NOT NULL CHECK (sent IN (0, 1)),"
	" reminded INTEGER NOT NULL DEFAULT 0 CHECK (reminded IN (0, 1)),"
	" CHECK ((state = 'open') = (ended_s IS NULL))"
	") STRICT;"
	"CREATE INDEX promise_outbox ON promise (outbox_id);"
	"CREATE INDEX promise_open ON promise (complaint_id, due_s) WHERE state = 'open' AND sent = 1;"
	"CREATE INDEX promise_aim ON promise (state, aim_s, id) WHERE state = 'open' AND sent = 1 AND reminded = 0;"
	"CREATE INDEX promise_state ON promise (state, due_s, id) WHERE sent = 1;"
	"CREATE INDEX promise_due ON promise (due_s, id, state, sent) WHERE sent = 1;"
	"CREATE TRIGGER outbox_sent AFTER UPDATE OF state ON outbox"
	" WHEN (old.state = 'sent') <> (new.state = 'sent') BEGIN"
	" UPDATE promise SET sent = (new.state = 'sent') WHERE outbox_id = new.id;"
	" END;"

	"CREATE TABLE review ("
	" id INTEGER PRIMARY KEY,"
	" outbox_id INTEGER NOT NULL UNIQUE REFERENCES outbox (id),"
	" at_s INTEGER NOT NULL,"
	" user_id INTEGER REFERENCES account (id)," /* who looked at it; NULL also: at the terminal */
	" by TEXT,"
	" reviewed_s INTEGER,"
	" fine INTEGER CHECK (fine IN (0, 1)),"
	" note TEXT,"
	" CHECK ((reviewed_s IS NULL) = (by IS NULL) AND (reviewed_s IS NULL) = (fine IS NULL))"
	") STRICT;"
	"CREATE INDEX review_waiting ON review (at_s, id) WHERE reviewed_s IS NULL;"
	"CREATE INDEX review_done ON review (reviewed_s, id) WHERE reviewed_s IS NOT NULL;"

	"CREATE TABLE pause ("
	" brand_id INTEGER PRIMARY KEY," /* 0: all */
	" by TEXT NOT NULL,"
	" at_s INTEGER NOT NULL"
	") STRICT;"
	"INSERT INTO pause (brand_id, by, at_s) SELECT 0, 'amends', CAST(strftime('%s', 'now') AS INTEGER) FROM meta"
	" WHERE key = 'sending_paused' AND value = '1';"
	"DELETE FROM meta WHERE key = 'sending_paused';"

	"ALTER TABLE audit ADD COLUMN prev TEXT;"
	"ALTER TABLE audit ADD COLUMN hash TEXT;"
	"INSERT OR REPLACE INTO meta (key, value) SELECT 'audit_base', CAST(coalesce(max(id), 0) AS TEXT) FROM audit;"
	"CREATE INDEX audit_close ON audit (at_s) WHERE action = 'close';"

	"PRAGMA user_version = 2;";

static const char version_3[] =
	/* What a person judged otherwise: the latest word about a post. */
	"CREATE TABLE correction ("
	" id INTEGER PRIMARY KEY,"
	" post_id INTEGER NOT NULL UNIQUE REFERENCES post (id),"
	" user_id INTEGER REFERENCES account (id)," /* NULL: at the terminal */
	" by TEXT NOT NULL,"
	" class TEXT NOT NULL CHECK (" CLASSES(CLASS_IS) "FALSE),"
	" cause TEXT NOT NULL CHECK (" CAUSES(CAUSE_IS) "FALSE),"
	" urgency INTEGER NOT NULL CHECK (urgency BETWEEN 0 AND 2),"
	" note TEXT,"
	" at_s INTEGER NOT NULL"
	") STRICT;"

	"PRAGMA user_version = 3;";

static const char version_4[] =
	/* When the latest post was written: what people mean by "newest". A clock that runs ahead does not count. */
	"ALTER TABLE complaint ADD COLUMN said_s INTEGER NOT NULL DEFAULT 0;"
	"UPDATE complaint SET said_s = (SELECT min(coalesce(p.created_s, p.fetched_s), p.fetched_s) FROM post p"
	" WHERE p.id = complaint.post_id);"
	"CREATE INDEX complaint_said ON complaint (said_s DESC, id DESC, state, brand_id);"

	/* Counted by cause too, so that the numbers beside a filter tell what it lets through. */
	"DROP TRIGGER complaint_made;"
	"DROP TRIGGER complaint_changed;"
	"DROP TABLE complaint_count;"
	"CREATE TABLE complaint_count ("
	" brand_id INTEGER NOT NULL,"
	" state TEXT NOT NULL,"
	" class TEXT NOT NULL,"
	" cause TEXT NOT NULL,"
	" n INTEGER NOT NULL,"
	" PRIMARY KEY (brand_id, state, class, cause)"
	") STRICT, WITHOUT ROWID;"
	"INSERT INTO complaint_count (brand_id, state, class, cause, n)"
	" SELECT brand_id, state, class, cause, count(*) FROM complaint GROUP BY brand_id, state, class, cause;"
	"CREATE TRIGGER complaint_made AFTER INSERT ON complaint BEGIN"
	" INSERT INTO complaint_count (brand_id, state, class, cause, n)"
	" VALUES (new.brand_id, new.state, new.class, new.cause, 1)"
	" ON CONFLICT (brand_id, state, class, cause) DO UPDATE SET n = n + 1;"
	" END;"
	"CREATE TRIGGER complaint_changed AFTER UPDATE OF state, class, cause ON complaint"
	" WHEN old.state <> new.state OR old.class <> new.class OR old.cause <> new.cause BEGIN"
	" UPDATE complaint_count SET n = n - 1"
	" WHERE brand_id = old.brand_id AND state = old.state AND class = old.class AND cause = old.cause;"
	" INSERT INTO complaint_count (brand_id, state, class, cause, n)"
	" VALUES (new.brand_id, new.state, new.class, new.cause, 1)"
	" ON CONFLICT (brand_id, state, class, cause) DO UPDATE SET n = n + 1;"
	" END;"

	"PRAGMA user_version = 4;";

/* clang-format on */

const char *const migrate_texts[] = {
	version_1,
	version_2,
	version_3,
	version_4,
};
const int migrate_count = sizeof(migrate_texts) / sizeof(migrate_texts[0]);
