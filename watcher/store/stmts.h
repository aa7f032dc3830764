/*
 * stmts.h - every SQL statement of the program, but for the schema (schema.c).
 *
 * X(NAME, "SQL") makes STMT_NAME and one entry of the array; all are prepared when the store opens, so that a typo or
 * a column that a migration forgot stops the program at its start. Parameters only: no statement is ever put together
 * from pieces at run time. Optional filters are written (?1 IS NULL OR column = ?1); where that would cost the right
 * index there are several statements instead (the lists of complaints), and a test reads their query plans.
 *
 * The words of states stand here as literals where a partial index must be proven to fit: SQLite can only prove that
 * from literals, and only from terms that stand in the index's own WHERE (state = 'open' OR state = 'submitted').
 * PostgreSQL reads all of this as it is, but for PRAGMA, instr() and the full-text statements.
 */
#ifndef STORE_STMTS_H
#define STORE_STMTS_H

/* clang-format off */

/* ---- run by open.c and migrate.c before anything can be prepared ---- */
#define SQL_APPLICATION_ID "PRAGMA application_id"
#define SQL_USER_VERSION "PRAGMA user_version"
#define SQL_TABLE_COUNT "SELECT count(*) FROM sqlite_schema"
#define SQL_SETUP                                                                                                      \
	"PRAGMA journal_mode = WAL;"                                                                                   \
	"PRAGMA synchronous = FULL;"                                                                                   \
	"PRAGMA foreign_keys = ON;"                                                                                    \
	"PRAGMA trusted_schema = OFF;"                                                                                 \
	"PRAGMA temp_store = MEMORY;"                                                                                  \
	"PRAGMA cache_size = -32768;"                                                                                  \
	"PRAGMA journal_size_limit = 67108864;"
#define SQL_BEGIN "BEGIN IMMEDIATE"
#define SQL_COMMIT "COMMIT"
#define SQL_ROLLBACK "ROLLBACK"

/* ---- pieces ---- */
#define SQL_PAUSED "EXISTS (SELECT 1 FROM pause u WHERE u.brand_id IN (0, "
#define SQL_QUEUED "(c.state = 'open' OR c.state = 'submitted')"

/* How likely a complaint's likeliest post complains; a person's word is certain. */
#define SQL_COMPLAINS                                                                                                  \
	"(SELECT max(CASE WHEN x.post_id IS NULL THEN v.complaint ELSE 1.0 END) FROM post w"                           \
	" JOIN verdict v ON v.post_id = w.id LEFT JOIN correction x ON x.post_id = w.id WHERE w.complaint_id = c.id)"
/* Column order is read by complaint_read() in complaint_list.c. */
#define SQL_COMPLAINT                                                                                                  \
	"SELECT c.id, c.brand_id, b.name, c.platform, c.thread, a.ext_id, a.handle, a.name, a.followers,"              \
	" c.class, c.cause, c.severity, c.urgency, " SQL_COMPLAINS ", c.problem, c.vent, c.sentiment, c.undecided,"    \
	" c.priority,"                                                                                                 \
	" t.name, t.reach, c.state, c.reason, c.opened_s, c.updated_s, c.said_s, c.posts, c.post_id, p.ext_id, p.url,"  \
	" p.text, p.lang, p.deleted, c.draft_id, d.text, d.hash, d.template, d.why, d.lang, d.by, d.findings, c.outbox_id,"    \
	" o.state, o.reply_url, o.reply_id, o.why, o.not_before_s, s.length_limit, s.url_cost, c.submitted_by,"        \
	" c.override_why, " SQL_PAUSED "c.brand_id)), (SELECT min(m.due_s) FROM promise m WHERE m.complaint_id = c.id" \
	" AND m.state = 'open' AND m.sent = 1) "
/* Outer joins all: they keep the complaint, and with it the order of its index, in the outermost loop. */
#define SQL_COMPLAINT_JOINS                                                                                            \
	" LEFT JOIN brand b ON b.id = c.brand_id LEFT JOIN author a ON a.id = c.author_id"                             \
	" LEFT JOIN topic t ON t.id = c.topic_id LEFT JOIN post p ON p.id = c.post_id"                                 \
	" LEFT JOIN draft d ON d.id = c.draft_id LEFT JOIN outbox o ON o.id = c.outbox_id"                             \
	" LEFT JOIN source s ON s.id = p.source_id "
#define SQL_FILTERS                                                                                                    \
	" AND (?1 IS NULL OR c.brand_id = ?1) AND (?2 IS NULL OR c.platform = ?2) AND (?3 IS NULL OR c.class = ?3)"    \
	" AND (?4 IS NULL OR c.cause = ?4)"
/* Keyset: ?5 the last row's priority or time (of its latest post, of its last change), ?6 its id. */
#define SQL_AFTER_PRIORITY " AND c.priority <= ?5 AND (c.priority < ?5 OR c.id > ?6)"
#define SQL_AFTER_NEWEST " AND (c.said_s, c.id) < (?5, ?6)"
#define SQL_AFTER_CHANGED " AND (c.updated_s, c.id) < (?5, ?6)"
#define SQL_BY_PRIORITY " ORDER BY c.priority DESC, c.id LIMIT ?7"
#define SQL_BY_NEWEST " ORDER BY c.said_s DESC, c.id DESC LIMIT ?7"
#define SQL_BY_CHANGED " ORDER BY c.updated_s DESC, c.id DESC LIMIT ?7"
#define SQL_STATE_LIST(condition)                                                                                      \
	SQL_COMPLAINT "FROM complaint c" SQL_COMPLAINT_JOINS                                                           \
		      "WHERE " condition SQL_FILTERS SQL_AFTER_PRIORITY SQL_BY_PRIORITY
/* One arm of the list over all states: each is read in the order of its own index, and SQLite merges the arms. */
#define SQL_ARM(condition)                                                                                             \
	"SELECT c.priority AS priority, c.id AS id FROM complaint c WHERE " condition SQL_FILTERS SQL_AFTER_PRIORITY
#define SQL_FOUND(words)                                                                                               \
	"c.id IN (SELECT w.complaint_id FROM post w WHERE w.id IN"                                                     \
	" (SELECT f.rowid FROM complaint_fts f WHERE complaint_fts MATCH " words "))"
#define SQL_WORDS SQL_FOUND("?9") " AND (?8 IS NULL OR c.state = ?8)"
/* When a post was written; a clock that runs ahead does not count. */
#define SQL_SAID(post)                                                                                                 \
	"(SELECT min(coalesce(p.created_s, p.fetched_s), p.fetched_s) FROM post p WHERE p.id = " post ")"

/* Column order is read by outbox_read() in outbox.c. */
#define SQL_OUTBOX                                                                                                     \
	"SELECT o.id, o.complaint_id, o.post_id, o.platform, s.key, o.post_ext_id, o.author_handle, o.text,"           \
	" o.text_hash, o.lang, o.idempotency_key, o.state, o.not_before_s, o.attempted_s, o.attempts, o.reply_id,"     \
	" o.reply_url, o.why, g.text_hash, g.by"                                                                       \
	" FROM outbox o LEFT JOIN source s ON s.id = o.source_id LEFT JOIN approval g ON g.id = o.approval_id "
/* Column order is read by promise_read() in promise.c. The other tables' rows are there: foreign keys keep them. */
#define SQL_PROMISE                                                                                                    \
	"SELECT m.id, m.complaint_id, m.outbox_id, m.aim_s, m.due_s, m.made_s, m.ended_s, m.words, b.name,"            \
	" c.platform, o.author_handle, g.by, m.state, c.state, m.reminded FROM promise m"                              \
	" LEFT JOIN complaint c ON c.id = m.complaint_id LEFT JOIN brand b ON b.id = c.brand_id"                       \
	" LEFT JOIN outbox o ON o.id = m.outbox_id LEFT JOIN approval g ON g.id = o.approval_id WHERE m.sent = 1 "
/* Column order is read by review_read() in review.c. */
#define SQL_REVIEW                                                                                                     \
	"SELECT r.id, o.complaint_id, r.at_s, g.user_id, o.text, g.by, o.author_handle, o.platform, r.by,"             \
	" r.reviewed_s, r.fine, r.note FROM review r LEFT JOIN outbox o ON o.id = r.outbox_id"                         \
	" LEFT JOIN approval g ON g.id = o.approval_id "
#define SQL_FATE_SUM(name, word) ", sum(CASE WHEN fate = '" word "' THEN n ELSE 0 END)"
#define SQL_SOURCE                                                                                                     \
	"SELECT s.id, s.brand_id, s.key, s.platform, b.name, s.cursor, s.status, s.why, s.account_id, s.started_s,"    \
	" s.last_ok_s, s.next_s, s.posts, s.failures FROM source s JOIN brand b ON b.id = s.brand_id "

#define STMTS(X)                                                                                                       \
	/* connection */                                                                                               \
	X(BEGIN, SQL_BEGIN)                                                                                            \
	X(COMMIT, SQL_COMMIT)                                                                                          \
	X(ROLLBACK, SQL_ROLLBACK)                                                                                      \
	X(DATA_VERSION, "PRAGMA data_version")                                                                         \
	/* meta */                                                                                                     \
	X(META_GET, "SELECT value FROM meta WHERE key = ?1")                                                           \
	X(META_PUT, "INSERT INTO meta (key, value) VALUES (?1, ?2)"                                                    \
		    " ON CONFLICT (key) DO UPDATE SET value = excluded.value")                                         \
	X(META_DELETE, "DELETE FROM meta WHERE key = ?1")                                                              \
	/* brands and sources */                                                                                       \
	X(BRAND_FIND, "SELECT id FROM brand WHERE name = ?1")                                                          \
	X(BRAND_PUT, "INSERT INTO brand (name) VALUES (?1) ON CONFLICT (name) DO NOTHING")                             \
	X(SOURCE_PUT, "INSERT INTO source (key, platform, brand_id, started_s) VALUES (?1, ?2, ?3, ?4)"                \
		      " ON CONFLICT (key) DO UPDATE SET platform = excluded.platform, brand_id = excluded.brand_id"    \
		      " RETURNING id")                                                                                 \
	X(SOURCE_GET, SQL_SOURCE "WHERE s.id = ?1")                                                                    \
	X(SOURCE_LIST, SQL_SOURCE "ORDER BY s.id")                                                                     \
	X(SOURCE_ADVANCE, "UPDATE source SET cursor = coalesce(?2, cursor), posts = posts + ?3, last_ok_s = ?4"        \
			  " WHERE id = ?1")                                                                            \
	X(SOURCE_STATUS, "UPDATE source SET status = ?2, why = ?3, failures = ?4, next_s = ?5,"                        \
			 " account_id = coalesce(?6, account_id) WHERE id = ?1")                                       \
	X(SOURCE_LIMITS, "UPDATE source SET length_limit = ?2, url_cost = ?3 WHERE id = ?1")                           \
	/* authors and posts */                                                                                        \
	X(AUTHOR_FIND, "SELECT id, handle, name, followers FROM author WHERE platform = ?1 AND ext_id = ?2")           \
	X(AUTHOR_PUT, "INSERT INTO author (platform, ext_id, handle, name, followers) VALUES (?1, ?2, ?3, ?4, ?5)")    \
	X(AUTHOR_UPDATE, "UPDATE author SET handle = coalesce(?2, handle), name = coalesce(?3, name),"                 \
			 " followers = coalesce(?4, followers) WHERE id = ?1")                                         \
	X(POST_PUT, "INSERT INTO post (brand_id, source_id, author_id, platform, ext_id, thread, in_reply_to, text,"   \
		    " lang, url, created_s, edited_s, fetched_s, rating, likes, replies, shares, views, own)"          \
		    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)"   \
		    " ON CONFLICT (platform, ext_id, brand_id) DO NOTHING")                                            \
	X(POST_FIND, "SELECT id, thread, complaint_id, deleted, text, edited_s, likes, replies, shares, views"         \
		     " FROM post WHERE platform = ?1 AND ext_id = ?2 AND brand_id = ?3")                               \
	X(POST_EDIT, "UPDATE post SET text = ?2, lang = coalesce(?3, lang), edited_s = ?4, filed = 0 WHERE id = ?1")   \
	X(POST_METRICS, "UPDATE post SET edited_s = coalesce(?2, edited_s), likes = coalesce(?3, likes),"              \
			" replies = coalesce(?4, replies), shares = coalesce(?5, shares), views = coalesce(?6, views)" \
			" WHERE id = ?1")                                                                              \
	X(POST_BLANK, "UPDATE post SET text = '', deleted = 1, filed = 1, rechecked_s = NULL WHERE id = ?1")           \
	X(POST_ROLLUP, "SELECT brand_id, platform, coalesce(created_s, fetched_s) FROM post"                           \
		       " WHERE id = ?1 AND own = 0 AND deleted = 0")                                                   \
	/* verdicts and rollups */                                                                                     \
	X(VERDICT_PUT, "INSERT INTO verdict (post_id, class, cause, severity, urgency, complaint, problem, vent,"      \
		       " sentiment, lang, undecided, rules, json)"                                                     \
		       " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"                              \
		       " ON CONFLICT (post_id) DO NOTHING")                                                            \
	X(VERDICT_GET, "SELECT class, cause, sentiment FROM verdict WHERE post_id = ?1")                               \
	X(VERDICT_UPDATE, "UPDATE verdict SET class = ?2, cause = ?3, severity = ?4, urgency = ?5, complaint = ?6,"    \
			  " problem = ?7, vent = ?8, sentiment = ?9, lang = ?10, undecided = ?11, rules = ?12,"        \
			  " json = ?13 WHERE post_id = ?1")                                                            \
	X(VERDICT_BLANK, "UPDATE verdict SET json = NULL WHERE post_id = ?1")                                          \
	X(ROLLUP_ADD, "INSERT INTO rollup (day, brand_id, platform, class, cause, posts, sentiment_milli)"             \
		      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (day, brand_id, platform, class, cause)"       \
		      " DO UPDATE SET posts = posts + excluded.posts,"                                                 \
		      " sentiment_milli = sentiment_milli + excluded.sentiment_milli")                                 \
	X(ROLLUP_LIST, "SELECT r.day, b.name, r.platform, r.class, r.cause, r.posts, r.sentiment_milli"                \
		       " FROM rollup r JOIN brand b ON b.id = r.brand_id WHERE r.day BETWEEN ?1 AND ?2"                \
		       " AND (?3 IS NULL OR b.name = ?3) AND r.posts > 0"                                              \
		       " ORDER BY r.day, b.name, r.platform, r.class, r.cause")                                        \
	/* full text: the row of a post that a complaint holds */                                                      \
	X(POST_TEXT, "SELECT text FROM post WHERE id = ?1")                                                            \
	X(FTS_ADD, "INSERT INTO complaint_fts (rowid, text) VALUES (?1, ?2)")                                          \
	X(FTS_REMOVE, "INSERT INTO complaint_fts (complaint_fts, rowid, text) VALUES ('delete', ?1, ?2)")              \
	/* complaints: filing */                                                                                       \
	X(FILE_POST, "SELECT p.brand_id, p.author_id, coalesce(p.created_s, p.fetched_s), p.filed, a.followers,"       \
		     " p.shares, p.complaint_id IS NOT NULL,"                                                          \
		     " coalesce(p.complaint_id, (SELECT c.id FROM complaint c WHERE c.brand_id = p.brand_id"           \
		     " AND c.platform = p.platform AND c.author_id = p.author_id AND c.thread = p.thread)),"           \
		     " p.platform, p.thread FROM post p LEFT JOIN author a ON a.id = p.author_id WHERE p.id = ?1")     \
	X(COMPLAINT_MAKE, "INSERT INTO complaint (post_id, class, cause, severity, urgency, problem, vent, sentiment," \
			  " undecided, topic_id, reach_points, audience, priority, opened_s, updated_s, brand_id,"     \
			  " author_id, platform, thread, said_s) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10,"     \
			  " ?11, ?12, ?13, ?14, ?14, ?15, ?16, ?17, ?18, " SQL_SAID("?1") ")")                         \
	X(COMPLAINT_FACTS, "SELECT c.class, c.cause, c.severity, c.urgency, c.problem, c.vent, c.sentiment,"           \
			   " c.undecided, c.topic_id, c.audience, c.state, c.post_id,"                                 \
			   " coalesce(p.created_s, p.fetched_s), c.posts"                                              \
			   " FROM complaint c LEFT JOIN post p ON p.id = c.post_id WHERE c.id = ?1")                   \
	X(COMPLAINT_MERGE, "UPDATE complaint SET class = ?2, cause = ?3, severity = ?4, urgency = ?5, problem = ?6,"   \
			   " vent = ?7, sentiment = ?8, undecided = ?9, topic_id = ?10, reach_points = ?11,"           \
			   " audience = ?12, priority = ?13, post_id = ?14, updated_s = ?15, posts = ?16,"             \
			   " said_s = " SQL_SAID("?14") " WHERE id = ?1")                                                                           \
	X(COMPLAINT_JUDGED, "UPDATE complaint SET class = ?2, cause = ?3, urgency = ?4, undecided = 0,"                \
			    " priority = priority + ?5 WHERE id = ?1")                                                 \
	X(COMPLAINT_REOPEN, "UPDATE complaint SET state = 'open', reason = NULL, draft_id = NULL,"                     \
			    " submitted_by = NULL, override_why = NULL WHERE id = ?1")                                 \
	X(POST_FILED, "UPDATE post SET complaint_id = ?2, filed = 1, rechecked_s = CASE WHEN source_id IS NULL"        \
		      " THEN NULL ELSE coalesce(rechecked_s, 0) END WHERE id = ?1")                                    \
	X(COMPLAINT_POST_LEFT, "SELECT id FROM post WHERE complaint_id = ?1 AND deleted = 0"                           \
			       " ORDER BY coalesce(created_s, fetched_s) DESC, id DESC LIMIT 1")                       \
	X(COMPLAINT_POST_GONE, "UPDATE complaint SET posts = posts - 1, post_id = coalesce(?2, post_id),"              \
			       " updated_s = ?3, said_s = " SQL_SAID("coalesce(?2, complaint.post_id)")                \
			       " WHERE id = ?1")                                                        \
	/* topics */                                                                                                   \
	X(TOPIC_FIND, "SELECT id, latest_h, reach FROM topic WHERE brand_id = ?1 AND name = ?2")                       \
	X(TOPIC_GET, "SELECT reach FROM topic WHERE id = ?1")                                                          \
	X(TOPIC_PUT, "INSERT INTO topic (brand_id, name, latest_h, reach) VALUES (?1, ?2, ?3, 0)")                     \
	X(TOPIC_UPDATE, "UPDATE topic SET latest_h = ?2, reach = ?3 WHERE id = ?1")                                    \
	X(TOPIC_AUTHOR_FIND, "SELECT last_h FROM topic_author WHERE topic_id = ?1 AND author_key = ?2")                \
	X(TOPIC_AUTHOR_PUT, "INSERT INTO topic_author (topic_id, author_key, last_h) VALUES (?1, ?2, ?3)"              \
			    " ON CONFLICT (topic_id, author_key) DO UPDATE SET last_h = excluded.last_h")              \
	X(TOPIC_HOUR_ADD, "INSERT INTO topic_hour (topic_id, hour, authors) VALUES (?1, ?2, ?3)"                       \
			  " ON CONFLICT (topic_id, hour) DO UPDATE SET authors = authors + excluded.authors")          \
	X(TOPIC_HOUR_SUM, "SELECT coalesce(sum(authors), 0) FROM topic_hour"                                           \
			  " WHERE topic_id = ?1 AND hour > ?2 AND hour <= ?3")                                         \
	X(TOPIC_RAISE, "UPDATE complaint SET priority = priority - reach_points + ?2, reach_points = ?2"               \
		       " WHERE topic_id = ?1 AND reach_points < ?2 AND (state = 'open' OR state = 'submitted')")       \
	/* complaints: reading and moving */                                                                           \
	X(COMPLAINT_GET, SQL_COMPLAINT "FROM complaint c" SQL_COMPLAINT_JOINS "WHERE c.id = ?1")                       \
	X(LIST_OPEN, SQL_STATE_LIST("c.state = 'open'"))                                                               \
	X(LIST_SUBMITTED, SQL_STATE_LIST("c.state = 'submitted'"))                                                     \
	X(LIST_APPROVED, SQL_STATE_LIST("c.state = 'approved'"))                                                       \
	X(LIST_REPLIED, SQL_STATE_LIST("c.state = 'replied'"))                                                         \
	X(LIST_CLOSED, SQL_STATE_LIST("c.state = 'closed'"))                                                           \
	X(LIST_ANY, SQL_COMPLAINT "FROM (" SQL_ARM(SQL_QUEUED) " UNION ALL " SQL_ARM("c.state = 'approved'")           \
		    " UNION ALL " SQL_ARM("c.state = 'replied'") " UNION ALL " SQL_ARM("c.state = 'closed'")           \
		    " ORDER BY priority DESC, id LIMIT ?7) k JOIN complaint c ON c.id = k.id" SQL_COMPLAINT_JOINS      \
		    "ORDER BY c.priority DESC, c.id")                                                                  \
	X(LIST_NEWEST, SQL_COMPLAINT "FROM complaint c" SQL_COMPLAINT_JOINS                                            \
				     "WHERE (?8 IS NULL OR c.state = ?8)" SQL_FILTERS SQL_AFTER_NEWEST SQL_BY_NEWEST)  \
	X(LIST_CHANGED, SQL_COMPLAINT "FROM complaint c" SQL_COMPLAINT_JOINS                                           \
				      "WHERE (?8 IS NULL OR c.state = ?8)" SQL_FILTERS SQL_AFTER_CHANGED               \
				      SQL_BY_CHANGED)                                                                  \
	X(LIST_WORDS, SQL_STATE_LIST(SQL_WORDS))                                                                       \
	X(LIST_WORDS_NEWEST, SQL_COMPLAINT "FROM complaint c" SQL_COMPLAINT_JOINS                                      \
					   "WHERE " SQL_WORDS SQL_FILTERS SQL_AFTER_NEWEST SQL_BY_NEWEST)              \
	X(LIST_WORDS_CHANGED, SQL_COMPLAINT "FROM complaint c" SQL_COMPLAINT_JOINS                                     \
					    "WHERE " SQL_WORDS SQL_FILTERS SQL_AFTER_CHANGED SQL_BY_CHANGED)           \
	X(COMPLAINT_POSTS, "SELECT p.id, p.platform, p.ext_id, p.text, p.lang, p.url, p.in_reply_to,"                  \
			   " p.thread, b.name, a.ext_id, a.handle, a.name, a.followers, p.created_s, p.edited_s,"      \
			   " p.rating, p.likes, p.replies, p.shares, p.views, p.deleted, p.own, v.json, p.fetched_s"   \
			   " FROM post p JOIN brand b ON b.id = p.brand_id LEFT JOIN author a ON a.id = p.author_id"   \
			   " LEFT JOIN verdict v ON v.post_id = p.id WHERE p.complaint_id = ?1"                        \
			   " ORDER BY coalesce(p.created_s, p.fetched_s), p.id")                                       \
	X(COMPLAINT_COUNTS, "SELECT k.state, k.class, sum(k.n) FROM complaint_count k"                                 \
			    " WHERE (?1 IS NULL OR k.brand_id = ?1) AND (?2 IS NULL OR k.cause = ?2)"                  \
			    " GROUP BY k.state, k.class")                                                              \
	X(COMPLAINT_COUNTS_WORDS, "SELECT c.state, c.class, count(*) FROM complaint c WHERE " SQL_FOUND("?3")          \
				  " AND (?1 IS NULL OR c.brand_id = ?1) AND (?2 IS NULL OR c.cause = ?2)"              \
				  " GROUP BY c.state, c.class")                                                        \
	X(COMPLAINT_STATE, "SELECT c.state, d.hash FROM complaint c LEFT JOIN draft d ON d.id = c.draft_id"            \
			   " WHERE c.id = ?1")                                                                         \
	X(COMPLAINT_MOVE, "UPDATE complaint SET state = ?3, reason = ?4, updated_s = ?5,"                              \
			  " submitted_by = CASE WHEN ?3 IN ('submitted', 'approved') THEN submitted_by END,"           \
			  " override_why = CASE WHEN ?3 IN ('submitted', 'approved') THEN override_why END"            \
			  " WHERE id = ?1 AND state = ?2")                                                             \
	X(COMPLAINT_SUBMITTED, "UPDATE complaint SET submitted_by = ?2, override_why = ?3 WHERE id = ?1")              \
	X(RECHECK_STOP, "UPDATE post SET rechecked_s = NULL WHERE complaint_id = ?1 AND rechecked_s IS NOT NULL")      \
	X(RECHECK_START, "UPDATE post SET rechecked_s = 0 WHERE complaint_id = ?1 AND source_id IS NOT NULL"           \
			 " AND deleted = 0 AND rechecked_s IS NULL")                                                   \
	X(RECHECK_DUE, "SELECT id, ext_id, fetched_s FROM post WHERE source_id = ?1 AND rechecked_s IS NOT NULL"       \
		       " AND rechecked_s < ?2 ORDER BY rechecked_s, id LIMIT ?3")                                      \
	X(RECHECK_MARK, "UPDATE post SET rechecked_s = ?2 WHERE id = ?1")                                              \
	/* drafts and replies */                                                                                       \
	X(DRAFT_PUT, "INSERT INTO draft (complaint_id, post_id, text, hash, template, why, lang, by, findings,"        \
		     " at_s, made) SELECT c.id, c.post_id, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, CASE WHEN ?4 IS NULL"       \
		     " OR (d.template = ?4 AND d.post_id = c.post_id AND coalesce(d.lang, '') = coalesce(?6, ''))"     \
		     " THEN 0 ELSE 1 END"                                                                              \
		     " FROM complaint c LEFT JOIN draft d ON d.id = c.draft_id WHERE c.id = ?1")                       \
	X(COMPLAINT_DRAFT, "UPDATE complaint SET draft_id = ?2, submitted_by = NULL, override_why = NULL"              \
			   " WHERE id = ?1")                                                                           \
	X(DRAFT_LIST, "SELECT d.id, d.post_id, d.at_s, d.text, d.hash, d.template, d.lang, d.by,"                      \
		      " (SELECT g.by FROM approval g WHERE g.draft_id = d.id ORDER BY g.id DESC LIMIT 1),"             \
		      " CASE WHEN EXISTS (SELECT 1 FROM approval g JOIN outbox o ON o.complaint_id = d.complaint_id"   \
		      " AND o.approval_id = g.id AND o.state <> 'cancelled' WHERE g.draft_id = d.id) THEN 1 ELSE 0 END" \
		      " FROM draft d WHERE d.complaint_id = ?1 AND d.text <> '' ORDER BY d.id")                        \
	X(DRAFT_BLANK, "UPDATE draft SET text = '', why = NULL, findings = NULL"                                       \
		       " WHERE complaint_id = ?1 AND post_id = ?2"                                                     \
		       " AND NOT EXISTS (SELECT 1 FROM approval g WHERE g.draft_id = draft.id)")                       \
	X(DRAFT_UNSET, "UPDATE complaint SET draft_id = NULL, submitted_by = NULL, override_why = NULL WHERE id = ?1"  \
		       " AND EXISTS (SELECT 1 FROM draft d WHERE d.id = draft_id AND d.text = '')")                    \
	X(TEMPLATE_FATE, "INSERT INTO template_fate (template, lang, fate, n, latest_s)"                               \
			 " VALUES (?1, coalesce(?2, ''), ?3, 1, ?4) ON CONFLICT (template, lang, fate)"                \
			 " DO UPDATE SET n = n + 1, latest_s = excluded.latest_s")                                     \
	X(TEMPLATE_FATE_BACK, "UPDATE template_fate SET n = n - 1 WHERE template = ?1 AND lang = coalesce(?2, '')"     \
			      " AND fate = ?3 AND n > 0")                                                              \
	X(TEMPLATE_STATS, "SELECT template, lang, sum(CASE WHEN fate IS NULL THEN n ELSE 0 END)"                       \
			  DRAFT_FATES(SQL_FATE_SUM) " FROM (SELECT template, coalesce(lang, '') AS lang,"              \
			  " NULL AS fate, count(*) AS n FROM draft WHERE made = 1"                                     \
			  " GROUP BY draft.template, draft.lang UNION ALL"                                             \
			  " SELECT template, lang, fate, n FROM template_fate) k"                                      \
			  " GROUP BY template, lang ORDER BY template, lang")                                          \
	X(AUTHOR_REPLIES, "SELECT o.text FROM author a JOIN complaint c ON c.brand_id = ?1 AND c.platform = ?2"        \
			  " AND c.author_id = a.id JOIN outbox o ON o.complaint_id = c.id AND o.state <> 'cancelled'"  \
			  " WHERE a.platform = ?2 AND a.ext_id = ?3 ORDER BY o.id DESC LIMIT ?4")                      \
	/* outbox */                                                                                                   \
	X(OUTBOX_FACTS, "SELECT c.draft_id, d.post_id = c.post_id, p.deleted FROM complaint c"                         \
			" LEFT JOIN draft d ON d.id = c.draft_id LEFT JOIN post p ON p.id = c.post_id"                 \
			" WHERE c.id = ?1")                                                                            \
	X(APPROVAL_PUT, "INSERT INTO approval (complaint_id, draft_id, text_hash, user_id, by, at_s)"                  \
			" SELECT complaint_id, id, hash, ?2, ?3, ?4 FROM draft WHERE id = ?1")                         \
	X(OUTBOX_PUT, "INSERT INTO outbox (complaint_id, post_id, draft_id, approval_id, source_id, platform,"         \
		      " post_ext_id, author_handle, text, text_hash, lang, idempotency_key, state, not_before_s,"      \
		      " created_s) SELECT d.complaint_id, p.id, d.id, ?2, p.source_id, p.platform, p.ext_id,"          \
		      " a.handle, d.text, d.hash, d.lang, ?3, ?4, ?5, ?6 FROM draft d JOIN post p ON p.id = d.post_id" \
		      " LEFT JOIN author a ON a.id = p.author_id WHERE d.id = ?1")                                     \
	X(COMPLAINT_OUTBOX, "UPDATE complaint SET outbox_id = ?2 WHERE id = ?1")                                       \
	X(OUTBOX_DUE, SQL_OUTBOX "WHERE o.platform = ?1 AND o.not_before_s <= ?2"                                      \
				 " AND (o.state = 'scheduled' OR o.state = 'unknown') AND NOT (o.state = 'scheduled'"  \
				 " AND " SQL_PAUSED "(SELECT c.brand_id FROM complaint c"                              \
				 " WHERE c.id = o.complaint_id))))"                                                    \
				 " ORDER BY o.not_before_s, o.id LIMIT 1")                                             \
	X(OUTBOX_GET, SQL_OUTBOX "WHERE o.id = ?1")                                                                    \
	X(OUTBOX_MOVE, "UPDATE outbox SET state = ?3, not_before_s = ?4, attempted_s = ?5, attempts = ?6,"             \
		       " reply_id = coalesce(?7, reply_id), reply_url = coalesce(?8, reply_url),"                      \
		       " why = coalesce(?9, why) WHERE id = ?1 AND state = ?2")                                        \
	X(OUTBOX_STATE, "SELECT state FROM outbox WHERE id = ?1")                                                      \
	X(OUTBOX_IN, "SELECT id FROM outbox WHERE state = ?1 ORDER BY id")                                             \
	X(OUTBOX_CANCEL, "UPDATE outbox SET state = 'cancelled', why = ?3 WHERE complaint_id = ?1 AND post_id = ?2"    \
			 " AND (state = 'scheduled' OR state = 'handoff')")                                            \
	/* promises; those of replies that were sent (SQL_PROMISE) */                                                  \
	X(PROMISE_PUT, "INSERT INTO promise (complaint_id, outbox_id, words, aim_s, due_s, made_s, sent)"              \
		       " SELECT complaint_id, id, ?3, ?4, ?5, ?6,"                                                     \
		       " CASE WHEN state = 'sent' THEN 1 ELSE 0 END FROM outbox"                                       \
		       " WHERE id = ?2 AND complaint_id = ?1")                                                         \
	X(PROMISE_OPEN, SQL_PROMISE "AND m.state = 'open' ORDER BY m.due_s, m.id LIMIT ?1")                            \
	X(PROMISE_ENDED, SQL_PROMISE "AND m.state = ?2 ORDER BY m.due_s DESC, m.id DESC LIMIT ?1")                     \
	X(PROMISE_ANY, SQL_PROMISE "ORDER BY m.due_s DESC, m.id DESC LIMIT ?1")                                        \
	X(PROMISE_DUE, SQL_PROMISE "AND m.state = 'open' AND m.reminded = 0 AND m.aim_s <= ?2"                         \
				   " ORDER BY m.aim_s, m.id LIMIT ?1")                                                 \
	X(PROMISE_REMINDED, "UPDATE promise SET reminded = 1 WHERE id = ?1")                                           \
	X(PROMISE_KEEP, "UPDATE promise SET state = CASE WHEN ?3 < aim_s THEN 'kept_early' WHEN ?3 <= due_s"           \
			" THEN 'kept' ELSE 'late' END, ended_s = ?3 WHERE complaint_id = ?1 AND outbox_id <> ?2"       \
			" AND state = 'open' AND sent = 1 AND made_s < ?3")                                            \
	X(PROMISE_BREAK, "UPDATE promise SET state = 'broken', ended_s = ?2"                                           \
			 " WHERE state = 'open' AND sent = 1 AND due_s < ?1")                                          \
	X(PROMISE_WEEKS, "SELECT due_s, state FROM promise WHERE sent = 1 ORDER BY due_s DESC")                        \
	/* reviews; of replies that were not withdrawn */                                                              \
	X(REVIEW_PUT, "INSERT INTO review (outbox_id, at_s) SELECT id, ?2 FROM outbox WHERE id = ?1"                   \
		      " ON CONFLICT (outbox_id) DO NOTHING")                                                           \
	X(REVIEW_WAITING, SQL_REVIEW "WHERE r.reviewed_s IS NULL AND o.state <> 'cancelled'"                           \
				     " ORDER BY r.at_s, r.id LIMIT ?1")                                                \
	X(REVIEW_DONE, SQL_REVIEW "WHERE r.reviewed_s IS NOT NULL ORDER BY r.reviewed_s DESC, r.id DESC LIMIT ?1")     \
	X(REVIEW_GET, "SELECT g.user_id, g.by, r.by FROM review r JOIN outbox o ON o.id = r.outbox_id"                 \
		      " JOIN approval g ON g.id = o.approval_id WHERE r.id = ?1")                                      \
	X(REVIEW_END, "UPDATE review SET user_id = ?2, by = ?3, fine = ?4, note = ?5, reviewed_s = ?6"                 \
		      " WHERE id = ?1 AND reviewed_s IS NULL")                                                         \
	/* pauses */                                                                                                   \
	X(CORRECTION_POST, "SELECT complaint_id FROM post WHERE id = ?1 AND complaint_id IS NOT NULL AND deleted = 0") \
	X(CORRECTION_PUT, "INSERT INTO correction (post_id, user_id, by, class, cause, urgency, note, at_s)"           \
			  " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (post_id) DO UPDATE SET"               \
			  " user_id = excluded.user_id, by = excluded.by, class = excluded.class,"                     \
			  " cause = excluded.cause, urgency = excluded.urgency, note = excluded.note,"                 \
			  " at_s = excluded.at_s")                                                                     \
	X(CORRECTION_LIST, "SELECT k.id, p.complaint_id, k.at_s, k.by, k.class, k.cause, k.urgency, k.note,"           \
			   " p.platform, p.ext_id, p.text, p.lang FROM correction k JOIN post p ON p.id = k.post_id"   \
			   " WHERE k.id > ?1 AND p.deleted = 0 ORDER BY k.id LIMIT ?2")                                \
	X(BRAND_NAME, "SELECT name FROM brand WHERE id = ?1")                                                          \
	X(PAUSE_PUT, "INSERT INTO pause (brand_id, by, at_s) VALUES (?1, ?2, ?3) ON CONFLICT (brand_id) DO NOTHING")   \
	X(PAUSE_END, "DELETE FROM pause WHERE brand_id = ?1")                                                          \
	X(PAUSE_LIST, "SELECT u.brand_id, b.name, u.by, u.at_s FROM pause u LEFT JOIN brand b ON b.id = u.brand_id"    \
		      " ORDER BY u.brand_id")                                                                          \
	/* audit: AUDIT_PUT is run by audit.c alone, which makes id, prev and hash */                                  \
	X(AUDIT_PUT, "INSERT INTO audit (id, at_s, complaint_id, user_id, by, action, detail, prev, hash)"             \
		     " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")                                                   \
	X(AUDIT_HEAD, "SELECT (SELECT value FROM meta WHERE key = 'audit_head'),"                                      \
		      " (SELECT value FROM meta WHERE key = 'audit_base'), (SELECT max(id) FROM audit)")               \
	X(AUDIT_ALL, "SELECT id, at_s, complaint_id, user_id, by, action, detail, prev, hash FROM audit ORDER BY id")  \
	X(AUDIT_LIST, "SELECT id, at_s, complaint_id, by, action, detail FROM audit"                                   \
		      " WHERE complaint_id = ?1 ORDER BY id")                                                          \
	/* What the program closed by itself was nobody's decision. */                                                 \
	X(REASON_COUNTS, "SELECT CASE WHEN instr(detail, ': ') > 1 THEN substr(detail, 1, instr(detail, ': ') - 1)"    \
			 " ELSE detail END AS reason, count(*) AS n FROM audit a WHERE action = 'close' AND at_s >= ?1" \
			 " AND by <> 'amends' AND detail IS NOT NULL AND NOT EXISTS (SELECT 1 FROM audit r"            \
			 " WHERE r.complaint_id = a.complaint_id AND r.id > a.id AND r.action = 'reopen'"              \
			 " AND r.by <> 'amends') GROUP BY reason ORDER BY n DESC, reason")                             \
	/* accounts */                                                                                                 \
	X(USER_PUT, "INSERT INTO account (name, password_hash, role, created_s) VALUES (?1, ?2, ?3, ?4)"               \
		    " ON CONFLICT (name) DO NOTHING")                                                                  \
	X(USER_FIND, "SELECT id, name, password_hash, role, disabled FROM account WHERE name = ?1")                    \
	X(USER_LIST, "SELECT id, name, password_hash, role, disabled FROM account ORDER BY name")                      \
	X(USER_UPDATE, "UPDATE account SET password_hash = coalesce(?2, password_hash), role = ?3, disabled = ?4"      \
		       " WHERE id = ?1")                                                                               \
	X(USER_SESSIONS_END, "DELETE FROM session WHERE user_id = ?1")                                                 \
	X(SESSION_PUT, "INSERT INTO session (token_hash, user_id, csrf, expires_s) VALUES (?1, ?2, ?3, ?4)")           \
	X(SESSION_FIND, "SELECT u.id, u.name, u.password_hash, u.role, u.disabled, s.csrf, s.expires_s FROM session s" \
			" JOIN account u ON u.id = s.user_id WHERE s.token_hash = ?1 AND s.expires_s > ?2"             \
			" AND u.disabled = 0")                                                                         \
	X(SESSION_SWEEP, "DELETE FROM session WHERE expires_s <= ?1")                                                  \
	X(SESSION_END, "DELETE FROM session WHERE token_hash = ?1")                                                    \
	/* is the file whole? */                                                                                       \
	X(INTEGRITY, "SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok' LIMIT 1")       \
	X(REFERENCES, "SELECT 'a row of ' || \"table\" || ' refers to one of ' || parent || ' that is not there'"      \
		      " FROM pragma_foreign_key_check LIMIT 1")

/* clang-format on */

#define STMT_ENUM(name, sql) STMT_##name,
enum stmt { STMTS(STMT_ENUM) STMT_COUNT };
#undef STMT_ENUM

#endif
