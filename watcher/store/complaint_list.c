/*
 * complaint_list.c - reading complaints: the queue, a search, one complaint with its posts, counts.
 *
 * Lists continue after the last row shown (keyset), never by OFFSET: row 10,000 costs what row 1 does, and rows that
 * come in meanwhile neither repeat nor hide others. Which statement answers which query is decided in list_stmt();
 * each reads in the order of an index (tests/test_store_complaint.c looks at the plans), but for a search by words,
 * which sorts what the words found.
 */
#include <string.h>

#include "db.h"

#define WORDS_BYTES_MAX 400

static void complaint_read_draft(struct row *r, struct complaint_row *row)
{
	const char *word;

	row->draft_id = row_int(r);
	row->draft = row_text(r);
	row->draft_hash = row_text(r);
	row->draft_template = row_text(r);
	row->draft_why = row_text(r);
	row->draft_lang = row_text(r);
	row->draft_by = row_text(r);
	row->findings_json = row_text(r);
	row->outbox_id = row_int(r);
	word = row_word(r);
	if (row->outbox_id)
		(void)outbox_state_from_name(word, &row->outbox_state); /* a CHECK keeps other words out */
	row->reply_url = row_text(r);
	row->reply_id = row_text(r);
	row->outbox_why = row_text(r);
	row->not_before_s = row_int(r);
	row->length_limit = (size_t)row_int(r);
	row->url_cost = (size_t)row_int(r);
	row->submitted_by = row_text(r);
	row->override_why = row_text(r);
	row->paused = row_int(r) != 0;
	row->promise_due_s = row_int(r);
}

static void author_read(struct row *r, struct author *author)
{
	author->id = row_text(r);
	if (!author->id)
		author->id = "";
	author->handle = row_text(r);
	author->name = row_text(r);
	author->followers = row_known(r, -1);
}

/* In the order of SQL_COMPLAINT. */
static void complaint_read(struct row *r, void *slot)
{
	struct complaint_row *row = slot;

	row->id = row_int(r);
	row->brand_id = row_int(r);
	row->brand = row_text(r);
	row->platform = row_text(r);
	row->thread = row_text(r);
	author_read(r, &row->author);
	(void)class_from_name(row_word(r), &row->class); /* CHECKs keep other words out */
	(void)cause_from_name(row_word(r), &row->cause);
	row->severity = (int)row_int(r);
	row->urgency = (int)row_int(r);
	row->complaint = row_real(r);
	row->problem = row_real(r);
	row->vent = row_real(r);
	row->sentiment = row_real(r);
	row->undecided = row_int(r) != 0;
	row->priority = (int)row_int(r);
	row->topic = row_text(r);
	row->reach = (int)row_known(r, 1); /* no topic: the author alone */
	(void)state_from_name(row_word(r), &row->state);
	row->reason = row_text(r);
	row->opened_s = row_int(r);
	row->updated_s = row_int(r);
	row->said_s = row_int(r);
	row->posts = (int)row_int(r);
	row->post_id = row_int(r);
	row->post_ext_id = row_text(r);
	row->post_url = row_text(r);
	row->text = row_text(r);
	row->lang = row_text(r);
	row->post_deleted = row_int(r) != 0;
	complaint_read_draft(r, row);
}

/* ---- lists ---- */

static enum stmt list_stmt(const struct complaint_query *query, bool words)
{
	static const enum stmt by_state[STATE_COUNT] = {
		[STATE_OPEN] = STMT_LIST_OPEN,         [STATE_SUBMITTED] = STMT_LIST_SUBMITTED,
		[STATE_APPROVED] = STMT_LIST_APPROVED, [STATE_REPLIED] = STMT_LIST_REPLIED,
		[STATE_CLOSED] = STMT_LIST_CLOSED,
	};

	static const enum stmt by_time[] = {[ORDER_NEWEST] = STMT_LIST_NEWEST, [ORDER_CHANGED] = STMT_LIST_CHANGED};
	static const enum stmt by_words[] = {[ORDER_PRIORITY] = STMT_LIST_WORDS,
					     [ORDER_NEWEST] = STMT_LIST_WORDS_NEWEST,
					     [ORDER_CHANGED] = STMT_LIST_WORDS_CHANGED};

	if (words)
		return by_words[query->order];
	if (query->order != ORDER_PRIORITY)
		return by_time[query->order];
	return query->state < 0 ? STMT_LIST_ANY : by_state[query->state];
}

static void list_bind(struct cmd *c, const struct complaint_query *query, int64_t brand_id, const char *words)
{
	/* From the start: behind a row before all rows. Times go down with the ids, priority up in id. */
	int64_t key = query->after_id ? query->after_key : INT64_MAX;
	int64_t id = query->after_id ? query->after_id : query->order != ORDER_PRIORITY ? INT64_MAX : 0;
	int wanted = sqlite3_bind_parameter_count(c->stmt);

	cmd_known(c, brand_id, 0);
	cmd_text(c, query->platform);
	cmd_text(c, query->class < 0 ? NULL : class_name((enum class)query->class));
	cmd_text(c, query->cause < 0 ? NULL : cause_name((enum cause)query->cause));
	cmd_int(c, key);
	cmd_int(c, id);
	cmd_int(c, query->limit);
	if (wanted >= 8)
		cmd_text(c, query->state < 0 ? NULL : state_name((enum complaint_state)query->state));
	if (wanted >= 9)
		cmd_text(c, words);
}

/* What people typed as a query of the index of texts, which is written out for it; "": no words. */
static enum err words_read(struct store *store, struct arena *arena, const char *typed, const char **words_r,
			   struct error *e_r)
{
	const char *words = "";

	if (typed && strlen(typed) > WORDS_BYTES_MAX)
		return error_set(e_r, ERR_INVALID, "the words to search are longer than %d bytes", WORDS_BYTES_MAX);
	if (typed && !(words = search_query(arena, typed)))
		return error_set(e_r, ERR_NOMEM, "memory for the words to search is exhausted");
	*words_r = words;
	return *words ? search_flush(store, e_r) : ERR_OK;
}

int64_t complaint_order_key(const struct complaint_row *row, enum complaint_order order)
{
	return order == ORDER_NEWEST ? row->said_s : order == ORDER_CHANGED ? row->updated_s : row->priority;
}

enum err store_complaint_list(struct store *store, struct arena *arena, const struct complaint_query *query,
			      struct complaint_row **rows_r, size_t *count_r, struct error *e_r)
{
	const char *words = "";
	int64_t brand_id = 0;
	struct cmd c;
	enum err err;

	if (query->limit < 1 || query->limit > 500 || query->state >= (int)STATE_COUNT ||
	    query->class >= (int)CLASS_COUNT || query->cause >= (int)CAUSE_COUNT || query->order >= ORDER_COUNT)
		return error_set(e_r, ERR_INVALID,
				 "a list of complaints: limit 1..500, a known state, class, cause and order");
	err = words_read(store, arena, query->words, &words, e_r);
	if (err == ERR_OK)
		err = brand_find(store, query->brand, &brand_id, e_r);
	if (err != ERR_OK)
		return err;
	c = cmd_start(store, list_stmt(query, *words != '\0'));
	list_bind(&c, query, brand_id, words);
	return cmd_list(&c, arena, sizeof(**rows_r), complaint_read, rows_r, count_r, e_r);
}

enum err store_complaint_get(struct store *store, struct arena *arena, int64_t complaint_id,
			     struct complaint_row *row_r, struct error *e_r)
{
	struct cmd c = cmd_start(store, STMT_COMPLAINT_GET);
	struct complaint_row row = {0};
	enum err err;

	cmd_int(&c, complaint_id);
	err = cmd_one(&c, arena, complaint_read, &row, e_r);
	if (err == ERR_NOT_FOUND)
		return error_set(e_r, err, "there is no complaint %lld", (long long)complaint_id);
	if (err == ERR_OK)
		*row_r = row;
	return err;
}

static void post_read(struct row *r, void *slot)
{
	struct post_row *row = slot;
	struct post *post = &row->post;

	row->id = row_int(r);
	post->platform = row_text(r);
	post->id = row_text(r);
	post->text = row_text(r);
	post->lang = row_text(r);
	post->url = row_text(r);
	post->in_reply_to = row_text(r);
	post->thread = row_text(r);
	post->brand = row_text(r);
	author_read(r, &post->author);
	post->created_s = row_int(r);
	post->edited_s = row_int(r);
	post->rating = (int)row_int(r);
	post->likes = row_known(r, -1);
	post->replies = row_known(r, -1);
	post->shares = row_known(r, -1);
	post->views = row_known(r, -1);
	post->deleted = (int)row_int(r);
	row->deleted = post->deleted != 0;
	row->own = row_int(r) != 0;
	row->verdict_json = row_text(r);
	row->fetched_s = row_int(r);
}

enum err store_complaint_posts(struct store *store, struct arena *arena, int64_t complaint_id, struct post_row **rows_r,
			       size_t *count_r, struct error *e_r)
{
	struct cmd c = cmd_start(store, STMT_COMPLAINT_POSTS);

	cmd_int(&c, complaint_id);
	return cmd_list(&c, arena, sizeof(**rows_r), post_read, rows_r, count_r, e_r);
}

static enum err counts_read(struct cmd *c, struct complaint_counts *counts_r, struct error *e_r)
{
	struct complaint_counts counts = {0};
	enum complaint_state state = STATE_OPEN;
	enum class class = CLASS_OTHER;
	int step;

	while ((step = cmd_step(c, e_r)) == 1) {
		struct row r = row_start(c, NULL);
		int64_t n;

		if (!state_from_name(row_word(&r), &state) || !class_from_name(row_word(&r), &class))
			continue; /* CHECKs of the table that is counted keep other words out */
		n = row_int(&r);
		counts.both[state][class] += n;
		counts.state[state] += n;
		if (state == STATE_OPEN)
			counts.open_class[class] += n;
	}
	cmd_done(c);
	if (step < 0)
		return c->err;
	*counts_r = counts;
	return ERR_OK;
}

enum err store_complaint_counts_of(struct store *store, struct arena *arena, const struct complaint_query *query,
				   struct complaint_counts *counts_r, struct error *e_r)
{
	const char *words = "";
	int64_t brand_id = 0;
	struct cmd c;
	enum err err;

	if (query->platform || query->cause >= (int)CAUSE_COUNT)
		return error_set(e_r, ERR_INVALID, "counts of complaints: of a known cause, on all platforms");
	err = words_read(store, arena, query->words, &words, e_r);
	if (err == ERR_OK)
		err = brand_find(store, query->brand, &brand_id, e_r);
	if (err != ERR_OK)
		return err;
	c = cmd_start(store, *words ? STMT_COMPLAINT_COUNTS_WORDS : STMT_COMPLAINT_COUNTS);
	cmd_known(&c, brand_id, 0);
	cmd_text(&c, query->cause < 0 ? NULL : cause_name((enum cause)query->cause));
	if (*words)
		cmd_text(&c, words);
	return counts_read(&c, counts_r, e_r);
}

enum err store_complaint_counts(struct store *store, const char *brand, struct complaint_counts *counts_r,
				struct error *e_r)
{
	const struct complaint_query query = {.brand = brand, .state = -1, .class = -1, .cause = -1};

	return store_complaint_counts_of(store, NULL, &query, counts_r, e_r); /* no words: nothing is allocated */
}
