/*
 * test_store_faults.c - the store when memory, disk or permission fail.
 *
 * A body of work (opening, a page, an approval, reading) is run again and again; in the nth run the nth allocation of
 * SQLite, or the nth call of the file system, fails - once, or from there on. Each run must either do all of its work
 * or fail with one sentence and leave the database exactly as it was, whole, and the store usable. A body is through
 * when a run meets no fault.
 */
#include "store_kit.h"

#include "tests/faults/vfs.h"

/* ---- allocations of SQLite ---- */

static struct {
	sqlite3_mem_methods real;
	int countdown, fired; /* countdown 0: nothing fails */
	bool stays;
} memory;

static bool memory_fails(void)
{
	if (memory.countdown == 0)
		return false;
	if (memory.countdown > 1) {
		memory.countdown--;
		return false;
	}
	if (!memory.stays)
		memory.countdown = 0;
	memory.fired++;
	return true;
}

static void *memory_malloc(int size)
{
	return memory_fails() ? NULL : memory.real.xMalloc(size);
}

static void *memory_realloc(void *old, int size)
{
	return memory_fails() ? NULL : memory.real.xRealloc(old, size);
}

static int memory_install(void)
{
	sqlite3_mem_methods methods;
	int rc = sqlite3_config(SQLITE_CONFIG_GETMALLOC, &memory.real);

	if (rc != SQLITE_OK)
		return rc;
	rc = sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0); /* small blocks come from malloc too, so they fail too */
	if (rc != SQLITE_OK)
		return rc;
	methods = memory.real;
	methods.xMalloc = memory_malloc;
	methods.xRealloc = memory_realloc;
	return sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
}

/* ---- the loop ---- */

enum fault { FAULT_MEMORY, FAULT_DISK, FAULT_FULL };

static void arm(enum fault fault, int n, bool stays)
{
	memory.fired = 0;
	memory.stays = stays;
	memory.countdown = fault == FAULT_MEMORY ? n : 0;
	vfs_arm(fault == FAULT_FULL ? VFS_WRITE : VFS_ALL, fault == FAULT_MEMORY ? 0 : n, stays,
		fault == FAULT_FULL ? SQLITE_FULL : SQLITE_IOERR);
}

static int disarm(void)
{
	int fired = memory.fired + vfs_fired();

	memory.countdown = 0;
	vfs_arm(0, 0, false, 0);
	return fired;
}

struct body {
	enum err (*run)(struct kit *kit);
	/* What the file tells about the work: a different number when it is done. */
	const char *sql;
	bool cold; /* open the store anew for each run, so that pages are read from the file again */
};

static void told(enum err err, const struct error *e)
{
	if (err == ERR_OK)
		return;
	assert_int_equal(e->code, err);
	assert_true(e->text[0] != '\0');
	assert_null(strchr(e->text, '\n'));
	if (err != ERR_NOMEM && err != ERR_IO)
		fail_msg("a fault was told as %s: %s", err_name(err), e->text);
}

/* Asks the file by a connection of its own, which stays open: to read the schema anew each time is most of the cost. */
struct witness {
	sqlite3 *db;
	sqlite3_stmt *stmt;
};

static void witness_open(struct witness *w, const struct kit *kit, const char *sql)
{
	assert_int_equal(sqlite3_open_v2(kit->path, &w->db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(w->db, sql, -1, &w->stmt, NULL), SQLITE_OK);
}

static int64_t witness_ask(const struct witness *w)
{
	int64_t value;

	assert_int_equal(sqlite3_step(w->stmt), SQLITE_ROW);
	value = sqlite3_column_int64(w->stmt, 0);
	assert_int_equal(sqlite3_reset(w->stmt), SQLITE_OK);
	return value;
}

static void witness_close(struct witness *w)
{
	(void)sqlite3_finalize(w->stmt);
	assert_int_equal(sqlite3_close(w->db), SQLITE_OK);
}

/* Runs the body until no fault is met; returns how many faults it saw. */
static int loop(struct kit *kit, const struct body *body, enum fault fault, bool stays)
{
	struct witness witness;
	int64_t before, after;
	int n, faults = 0;

	witness_open(&witness, kit, body->sql);
	before = witness_ask(&witness);
	for (n = 1; n < 20000; n++, before = after) {
		enum err err;
		int fired;

		if (body->cold) {
			store_close(&kit->store);
			must(kit, store_open(kit->path, &kit->store, &kit->e));
		}
		kit->e = (struct error){0};
		arm(fault, n, stays);
		err = body->run(kit);
		fired = disarm();
		told(err, &kit->e);
		after = witness_ask(&witness);
		if (err != ERR_OK && after != before)
			fail_msg("fault %d: failed (%s), yet %lld became %lld", n, kit->e.text, (long long)before,
				 (long long)after);
		/* Looking at every page is most of the time; hundreds of allocations fail alike. */
		if (fault != FAULT_MEMORY || !fired || n % 5 == 0)
			kit_whole_by(witness.db);
		if (!fired) {
			assert_int_equal(err, ERR_OK);
			assert_int_not_equal(after, before);
			witness_close(&witness);
			return faults;
		}
		faults++;
		if (err == ERR_OK) /* a fault that could be done without: the work is done, start from another place */
			assert_int_not_equal(after, before);
	}
	fail_msg("no end after %d runs", n);
	return faults;
}

/* Every kind of fault; the body must meet some of each. */
static void loop_all(struct kit *kit, const struct body *body, const char *name)
{
	static const struct {
		enum fault fault;
		bool stays;
		const char *name;
	} kinds[] = {
		{FAULT_MEMORY, false, "memory once"}, {FAULT_MEMORY, true, "memory from there on"},
		{FAULT_DISK, false, "disk once"},     {FAULT_DISK, true, "disk from there on"},
		{FAULT_FULL, true, "disk full"},
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(kinds); i++) {
		int faults = loop(kit, body, kinds[i].fault, kinds[i].stays);

		print_message("%s, %s: %d faults\n", name, kinds[i].name, faults);
		assert_true(faults > 0);
	}
}

/* ---- a page ---- */

#define WORK                                                                                                           \
	"SELECT (SELECT coalesce(sum(id * 31 + length(text)), 0) FROM post) * 1000003 + (SELECT count(*) FROM "        \
	"verdict) * 10007"                                                                                             \
	" + (SELECT coalesce(sum(id + posts + priority), 0) FROM complaint) * 101"                                     \
	" + (SELECT coalesce(sum(posts * 7 + sentiment_milli), 0) FROM rollup) * 13 + (SELECT count(*) FROM author)"   \
	" + (SELECT coalesce(sum(length(coalesce(cursor, '')) + posts), 0) FROM source)"                               \
	" + (SELECT count(*) + coalesce(sum(authors), 0) FROM topic_hour) * 17 + (SELECT count(*) FROM audit)"         \
	" + (SELECT count(*) FROM draft) + (SELECT count(*) FROM outbox) * 3 + (SELECT count(*) FROM approval) * 5"    \
	" + (SELECT count(*) FROM meta) + (SELECT count(*) FROM brand)"                                                \
	" + (SELECT coalesce(sum(n), 0) FROM template_fate) * 19 + (SELECT count(*) FROM pause) * 23"                 \
	" + (SELECT count(*) + coalesce(sum(sent + reminded * 3 + (state <> 'open') * 5), 0) FROM promise) * 29"            \
	" + (SELECT count(*) + count(by) * 3 FROM review) * 31"                                                        \
	" + (SELECT coalesce(sum(length(value)), 0) FROM meta WHERE key LIKE 'audit%')"

static int serial; /* so that every run has something new to say */

static enum err page_post(struct kit *kit, const struct post *post, const char *topic)
{
	struct verdict verdict = kit_verdict(CLASS_PROBLEM, CAUSE_DELIVERY);
	enum complaint_fate complaint_fate;
	enum post_fate fate;
	int64_t post_id = 0, complaint_id = 0;
	enum err err;

	err = store_post_put(kit->store, kit->brand_id, kit->source_id, post, false, NOW, &post_id, &fate, &kit->e);
	if (err == ERR_OK)
		err = store_verdict_put(kit->store, post_id, &verdict, "{\"hits\":[]}", &kit->e);
	if (err == ERR_OK)
		err = store_complaint_file(kit->store, post_id, &verdict, topic, NOW, &complaint_id, &complaint_fate,
					   &kit->e);
	return err;
}

/* New posts, one more in a known thread, an edit, a deletion, a new brand, and the cursor. */
static enum err page_run(struct kit *kit)
{
	char id[4][32], text[64], brand[32];
	struct post posts[4];
	int64_t brand_id = 0;
	enum err err;
	size_t i;

	serial++;
	(void)snprintf(text, sizeof(text), "Parcel %d is late", serial);
	(void)snprintf(brand, sizeof(brand), "Brand %d", serial);
	for (i = 0; i < 4; i++) {
		(void)snprintf(id[i], sizeof(id[i]), "%d-%zu", serial, i);
		posts[i] = kit_post(id[i], i == 3 ? NULL : id[i], text);
	}
	posts[2].id = "known";
	posts[2].author.id = posts[2].author.handle = "ada";
	posts[1].thread = "known";
	posts[1].author.id = posts[1].author.handle = "ada";
	err = store_begin(kit->store, STORE_BULK, &kit->e);
	if (err != ERR_OK)
		return err;
	err = store_brand_put(kit->store, brand, &brand_id, &kit->e);
	for (i = 0; i < 4 && err == ERR_OK; i++)
		err = page_post(kit, &posts[i], "delivery:parcel");
	if (err == ERR_OK)
		err = store_post_delete(kit->store, kit->brand_id, "mastodon", id[0], NOW, &kit->e);
	if (err == ERR_OK)
		err = store_source_advance(kit->store, kit->source_id, id[3], 3, NOW, &kit->e);
	if (err == ERR_OK)
		return store_commit(kit->store, &kit->e);
	store_rollback(kit->store);
	return err;
}

static void known_post(struct kit *kit)
{
	struct verdict verdict = kit_verdict(CLASS_PROBLEM, CAUSE_DELIVERY);
	struct post post = kit_post("known", "ada", "My parcel never came.");

	(void)kit_file(kit, &post, &verdict, "delivery:parcel", NULL);
}

static void test_a_page_is_stored_whole_or_not_at_all(void **state)
{
	static const struct body warm = {page_run, WORK, false}, cold = {page_run, WORK, true};
	struct kit kit;

	(void)state;
	kit_open(&kit);
	known_post(&kit);
	loop_all(&kit, &warm, "page");
	(void)loop(&kit, &cold, FAULT_DISK, false);
	(void)loop(&kit, &cold, FAULT_DISK, true);
	kit_close(&kit);
	assert_int_equal(vfs_open_files(), 0);
}

/* ---- an approval ---- */

static enum err approve_run(struct kit *kit)
{
	int64_t complaint_id = 1, draft = 0, outbox = 0;
	enum err err = store_begin(kit->store, STORE_URGENT, &kit->e);

	if (err != ERR_OK)
		return err;
	err = store_draft_put(kit->store, complaint_id, "Sorry", "hash", "t", NULL, "en", "maya", NULL, NOW, &draft,
			      &kit->e);
	if (err == ERR_OK)
		err = store_complaint_move(kit->store, complaint_id, ~0u, STATE_APPROVED, "hash", NULL, NOW, &kit->e);
	if (err == ERR_OK)
		err = store_outbox_put(kit->store, complaint_id, draft, OUTBOX_SCHEDULED, 0, "maya", NOW, NOW, &outbox,
				       &kit->e);
	if (err == ERR_OK)
		err = store_outbox_move(kit->store, outbox, OUTBOX_SCHEDULED, OUTBOX_CANCELLED, NOW, 0, 0, NULL, NULL,
					"w", &kit->e);
	if (err == ERR_OK)
		err = store_complaint_move(kit->store, complaint_id, ~0u, STATE_OPEN, NULL, "withdrawn", NOW, &kit->e);
	if (err == ERR_OK)
		err = store_audit_put(kit->store, complaint_id, 0, "maya", "approve", NULL, NOW, &kit->e);
	if (err == ERR_OK)
		return store_commit(kit->store, &kit->e);
	store_rollback(kit->store);
	return err;
}

static void test_an_approval_is_written_whole_or_not_at_all(void **state)
{
	static const struct body body = {approve_run, WORK, false};
	struct kit kit;

	(void)state;
	kit_open(&kit);
	known_post(&kit);
	loop_all(&kit, &body, "approval");
	kit_close(&kit);
}

/* ---- a delivery, with what was promised, and what becomes of it ---- */

static enum err deliver(struct kit *kit, int64_t *outbox_r)
{
	struct store *store = kit->store;
	int64_t draft = 0;
	enum err err;

	err = store_draft_put(store, 1, "By Thursday", "hash", "t", NULL, "en", "maya", NULL, NOW, &draft, &kit->e);
	if (err == ERR_OK)
		err = store_complaint_move(store, 1, ~0u, STATE_SUBMITTED, NULL, NULL, NOW, &kit->e);
	if (err == ERR_OK)
		err = store_complaint_submitted(store, 1, "ben", "a quotation", &kit->e);
	if (err == ERR_OK)
		err = store_outbox_put(store, 1, draft, OUTBOX_SCHEDULED, 0, "maya", NOW, NOW, outbox_r, &kit->e);
	if (err == ERR_OK)
		err = store_template_fate(store, "t", "en", FATE_EDITED, NOW, &kit->e);
	if (err == ERR_OK)
		err = store_promise_put(store, 1, *outbox_r, "by Thursday", NOW + 1, NOW + 2, NOW, &kit->e);
	if (err == ERR_OK)
		err = store_review_put(store, *outbox_r, NOW, &kit->e);
	if (err == ERR_OK)
		err = store_outbox_move(store, *outbox_r, OUTBOX_SCHEDULED, OUTBOX_SENT, NOW, NOW, 1, "9", NULL, NULL,
					&kit->e);
	if (err == ERR_OK)
		err = store_promise_keep(store, 1, *outbox_r, NOW + 1, &kit->e);
	return err;
}

/* Afterwards: the last review and promise are its own. */
static enum err follow(struct kit *kit, int64_t outbox)
{
	struct review_row *reviews = NULL;
	struct promise_row *promises = NULL;
	int64_t broken = 0;
	size_t count = 0;
	enum err err;

	arena_reset(kit->arena);
	err = store_review_list(kit->store, kit->arena, false, 1, &reviews, &count, &kit->e);
	if (err == ERR_OK)
		err = store_review_done(kit->store, reviews[0].id, 0, "ben", true, "good", NOW, &kit->e);
	if (err == ERR_OK)
		err = store_promise_list(kit->store, kit->arena, PROMISE_OPEN, 1, &promises, &count, &kit->e);
	if (err == ERR_OK)
		assert_int_equal(promises[0].outbox_id, outbox);
	if (err == ERR_OK)
		err = store_promise_reminded(kit->store, promises[0].id, &kit->e);
	if (err == ERR_OK)
		err = store_promise_break(kit->store, NOW + 9, NOW + 9, &broken, &kit->e);
	if (err == ERR_OK)
		err = store_draft_drop(kit->store, 1, &kit->e);
	return err;
}

static enum err deliver_run(struct kit *kit)
{
	int64_t outbox = 0;
	enum err err = store_begin(kit->store, STORE_URGENT, &kit->e);

	if (err != ERR_OK)
		return err;
	err = deliver(kit, &outbox);
	if (err == ERR_OK)
		err = store_audit_put(kit->store, 1, 0, "amends", "sent", "9", NOW, &kit->e);
	if (err == ERR_OK)
		err = follow(kit, outbox);
	if (err == ERR_OK)
		err = store_audit_put(kit->store, 1, 0, "ben", "review", NULL, NOW, &kit->e);
	if (err == ERR_OK)
		return store_commit(kit->store, &kit->e);
	store_rollback(kit->store);
	return err;
}

static void audit_fits(struct kit *kit)
{
	struct audit_check check;

	must(kit, store_audit_check(kit->store, &check, &kit->e));
	assert_int_equal(check.bad_id, 0);
	assert_true(check.rows > 0);
}

static void test_a_delivery_and_its_promise_are_written_whole_or_not_at_all(void **state)
{
	static const struct body body = {deliver_run, WORK, false};
	struct kit kit;

	(void)state;
	kit_open(&kit);
	known_post(&kit);
	loop_all(&kit, &body, "delivery");
	audit_fits(&kit);
	kit_close(&kit);
}

/* ---- a single write that makes its own transaction ---- */

static enum err pause_run(struct kit *kit)
{
	static bool on; /* a run that failed is done again the same way */
	enum err err = store_pause(kit->store, kit->brand_id, !on, 0, "maya", NOW, &kit->e);

	if (err == ERR_OK)
		on = !on;
	return err;
}

static void test_a_pause_is_never_without_its_audit_row(void **state)
{
	static const struct body body = {pause_run, WORK, false};
	struct kit kit;

	(void)state;
	kit_open(&kit);
	loop_all(&kit, &body, "pause");
	audit_fits(&kit);
	kit_close(&kit);
}

static enum err meta_run(struct kit *kit)
{
	char key[32];

	(void)snprintf(key, sizeof(key), "key %d", ++serial);
	return store_meta_put(kit->store, key, "value", &kit->e);
}

static void test_a_single_write_leaves_no_transaction_open_when_it_fails(void **state)
{
	static const struct body body = {meta_run, WORK, false};
	struct kit kit;

	(void)state;
	kit_open(&kit);
	loop_all(&kit, &body, "setting");
	kit_close(&kit);
}

/* ---- reading ---- */

static enum err read_run(struct kit *kit)
{
	struct complaint_query query = {.state = STATE_OPEN, .class = -1, .cause = -1, .limit = 10, .brand = "Acme"};
	struct complaint_row row, *rows;
	struct complaint_counts counts;
	struct rollup_row *rollups;
	struct post_row *posts;
	struct source_row *sources;
	struct draft_row *drafts;
	struct template_stat *stats;
	struct promise_row *promises;
	struct promise_week *weeks;
	struct review_row *reviews;
	struct pause_row *pauses;
	struct reason_count *reasons;
	struct audit_check check;
	int64_t stamp;
	size_t count;
	enum err err;

	arena_reset(kit->arena);
	err = store_complaint_list(kit->store, kit->arena, &query, &rows, &count, &kit->e);
	query.words = "parcel late";
	if (err == ERR_OK)
		err = store_complaint_list(kit->store, kit->arena, &query, &rows, &count, &kit->e);
	if (err == ERR_OK)
		err = store_complaint_get(kit->store, kit->arena, 1, &row, &kit->e);
	if (err == ERR_OK)
		err = store_complaint_posts(kit->store, kit->arena, 1, &posts, &count, &kit->e);
	if (err == ERR_OK)
		err = store_complaint_counts(kit->store, NULL, &counts, &kit->e);
	if (err == ERR_OK)
		err = store_complaint_counts_of(kit->store, kit->arena, &query, &counts, &kit->e);
	if (err == ERR_OK)
		err = store_rollup_list(kit->store, kit->arena, NULL, 0, 99999, &rollups, &count, &kit->e);
	if (err == ERR_OK)
		err = store_source_list(kit->store, kit->arena, &sources, &count, &kit->e);
	if (err == ERR_OK)
		err = store_stamp(kit->store, &stamp, &kit->e);
	if (err == ERR_OK)
		err = store_draft_list(kit->store, kit->arena, 1, &drafts, &count, &kit->e);
	if (err == ERR_OK)
		err = store_template_stats(kit->store, kit->arena, &stats, &count, &kit->e);
	if (err == ERR_OK)
		err = store_promise_list(kit->store, kit->arena, -1, 9, &promises, &count, &kit->e);
	if (err == ERR_OK)
		err = store_promise_due(kit->store, kit->arena, NOW, 9, &promises, &count, &kit->e);
	if (err == ERR_OK)
		err = store_promise_weeks(kit->store, kit->arena, 9, &weeks, &count, &kit->e);
	if (err == ERR_OK)
		err = store_review_list(kit->store, kit->arena, true, 9, &reviews, &count, &kit->e);
	if (err == ERR_OK)
		err = store_pause_list(kit->store, kit->arena, &pauses, &count, &kit->e);
	if (err == ERR_OK)
		err = store_reason_counts(kit->store, kit->arena, 0, &reasons, &count, &kit->e);
	if (err == ERR_OK)
		err = store_audit_check(kit->store, &check, &kit->e);
	if (err == ERR_OK) { /* a fault is told as one, never as a chain that does not fit */
		assert_int_equal(check.bad_id, 0);
		assert_int_equal(check.rows, 3);
	}
	return err;
}

static void test_reading_fails_in_one_line_and_can_be_tried_again(void **state)
{
	static const enum fault kinds[] = {FAULT_MEMORY, FAULT_DISK};
	struct kit kit;
	size_t i;
	int n, fired, faults;

	(void)state;
	kit_open(&kit);
	known_post(&kit);
	must(&kit, deliver_run(&kit));
	must(&kit, store_audit_put(kit.store, 1, 0, "ben", "close", "spam", NOW, &kit.e));
	for (i = 0; i < ARRAY_LEN(kinds); i++) {
		faults = 0;
		for (n = 1, fired = 1; fired; n++, faults += fired) {
			enum err err;

			store_close(&kit.store);
			must(&kit, store_open(kit.path, &kit.store, &kit.e));
			kit.e = (struct error){0};
			arm(kinds[i], n, false);
			err = read_run(&kit);
			fired = disarm();
			told(err, &kit.e);
			must(&kit, read_run(&kit));
		}
		print_message("reading: %d faults\n", faults);
		assert_true(faults > 0);
	}
	kit_close(&kit);
}

/* ---- opening ---- */

static void test_opening_makes_a_whole_database_or_none(void **state)
{
	static const enum fault kinds[] = {FAULT_MEMORY, FAULT_DISK, FAULT_FULL};
	struct kit kit;
	size_t i;
	int n, fired, faults;

	(void)state;
	for (i = 0; i < ARRAY_LEN(kinds); i++) {
		faults = 0;
		/* Thousands of allocations parse the schema, all alike: the first each, later ones by growing steps. */
		for (n = 1, fired = 1; fired; n += kinds[i] == FAULT_MEMORY && n > 60 ? n / 25 : 1, faults += fired) {
			enum err err;

			kit_folder(&kit);
			arm(kinds[i], n, kinds[i] == FAULT_FULL);
			err = store_open(kit.path, &kit.store, &kit.e);
			fired = disarm();
			told(err, &kit.e);
			if (err == ERR_OK || n % 8 == 0) {
				if (err != ERR_OK)
					must(&kit, store_open(kit.path, &kit.store, &kit.e));
				must(&kit, store_meta_put(kit.store, "k", "v", &kit.e));
				kit_whole(&kit);
			} else {
				assert_null(kit.store);
			}
			kit_close(&kit);
			assert_int_equal(vfs_open_files(), 0);
		}
		print_message("opening: %d faults\n", faults);
		assert_true(faults > 10);
	}
}

static void test_a_database_of_version_1_becomes_the_newest_or_stays(void **state)
{
	static const enum fault kinds[] = {FAULT_MEMORY, FAULT_DISK, FAULT_FULL};
	struct kit kit;
	size_t i;
	int n, fired, faults;

	(void)state;
	for (i = 0; i < ARRAY_LEN(kinds); i++) {
		faults = 0;
		for (n = 1, fired = 1; fired; n += n > 16 ? n / 8 : 1, faults += fired) { /* each takes two openings */
			int64_t version;
			enum err err;

			kit_version_1(&kit);
			assert_int_equal(kit_exec(&kit, "INSERT INTO meta VALUES ('sending_paused', '1');"
							"INSERT INTO audit (at_s, by, action) VALUES (1, 'maya', 'a')"),
					 SQLITE_OK);
			arm(kinds[i], n, kinds[i] == FAULT_FULL);
			err = store_open(kit.path, &kit.store, &kit.e);
			fired = disarm();
			told(err, &kit.e);
			version = kit_sql(&kit, "PRAGMA user_version");
			assert_int_equal(kit_sql(&kit, "SELECT count(*) FROM meta WHERE key = 'sending_paused'"),
					 version == 1);
			if (err != ERR_OK)
				must(&kit, store_open(kit.path, &kit.store, &kit.e));
			assert_int_equal(kit_sql(&kit, "SELECT count(*) FROM pause"), 1);
			must(&kit, store_pause(kit.store, 0, false, 0, "maya", NOW, &kit.e));
			audit_fits(&kit);
			kit_close(&kit);
		}
		print_message("migrating: %d faults\n", faults);
		assert_true(faults > 10);
	}
}

static void test_a_file_that_cannot_be_written_is_one_line(void **state)
{
	struct store *store = NULL;
	struct kit kit;

	(void)state;
	kit_open(&kit);
	store_close(&kit.store);
	vfs_read_only(true);
	must_fail(&kit, ERR_IO, store_open(kit.path, &store, &kit.e));
	vfs_read_only(false);
	assert_non_null(strstr(kit.e.text, "cannot be written"));
	assert_non_null(strstr(kit.e.text, kit.path));
	assert_null(store);
	kit_close(&kit);
}

static void test_faults_leave_no_memory_behind(void **state)
{
	(void)state;
	assert_int_equal(sqlite3_shutdown(), SQLITE_OK); /* the caches of SQLite itself */
	assert_int_equal(sqlite3_memory_used(), 0);
	assert_int_equal(vfs_open_files(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_page_is_stored_whole_or_not_at_all),
		cmocka_unit_test(test_an_approval_is_written_whole_or_not_at_all),
		cmocka_unit_test(test_a_delivery_and_its_promise_are_written_whole_or_not_at_all),
		cmocka_unit_test(test_a_pause_is_never_without_its_audit_row),
		cmocka_unit_test(test_a_single_write_leaves_no_transaction_open_when_it_fails),
		cmocka_unit_test(test_reading_fails_in_one_line_and_can_be_tried_again),
		cmocka_unit_test(test_opening_makes_a_whole_database_or_none),
		cmocka_unit_test(test_a_database_of_version_1_becomes_the_newest_or_stays),
		cmocka_unit_test(test_a_file_that_cannot_be_written_is_one_line),
		cmocka_unit_test(test_faults_leave_no_memory_behind),
	};

	if (memory_install() != SQLITE_OK || vfs_install() != SQLITE_OK) {
		(void)fprintf(stderr, "test_store_faults: SQLite does not take the hooks\n");
		return 1;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
