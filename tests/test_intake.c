/*
 * test_intake.c - a page of posts through the whole of intake: real rules, real templates, real SQLite.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "clock.h"
#include "jsonio.h"
#include "program.h"
#include "queue.h"

#define NOW 1795000000

static struct toolkit shipped; /* read-only once loaded; loading takes a while under the sanitizers */

static const char *const handles[] = {"acme", NULL};
static const char *const exclude[] = {"hiring", "straße", NULL};
static const char *const none[] = {NULL};

struct room {
	char dir[64], path[100];
	struct store *store;
	struct arena *arena;
	struct brand brand;
	struct settings settings;
	struct intake *intake;
	struct intake_count count;
};

static int group_open(void **state)
{
	struct error error;

	(void)state;
	if (toolkit_load(NULL, &shipped, &error) == ERR_OK)
		return 0;
	print_error("%s\n", error.text);
	return -1;
}

static int group_close(void **state)
{
	(void)state;
	toolkit_free(&shipped);
	return 0;
}

static int room_open(void **state)
{
	struct room *room = calloc(1, sizeof(*room));
	struct intake_options options = {.rules = shipped.rules,
					 .scores = &shipped.scores,
					 .tone_rules = shipped.tone_rules,
					 .templates = shipped.templates};
	struct error error;

	strcpy(room->dir, "/tmp/amends-intake-XXXXXX");
	assert_non_null(mkdtemp(room->dir));
	snprintf(room->path, sizeof(room->path), "%s/a.db", room->dir);
	assert_int_equal(store_open(room->path, &room->store, &error), ERR_OK);
	room->arena = arena_new((size_t)64 << 20);
	room->brand = (struct brand){.name = "Acme",
				     .names = none,
				     .handles = handles,
				     .hashtags = none,
				     .exclude = exclude,
				     .signature = "Maya at Acme",
				     .contact = "a direct message"};
	room->settings = (struct settings){.thresholds = thresholds_default, .brands = &room->brand, .brand_count = 1};
	options.store = room->store;
	options.settings = &room->settings;
	room->intake = intake_new(&options, &error);
	assert_non_null(room->intake);
	*state = room;
	return 0;
}

static int room_close(void **state)
{
	static const char *const suffixes[] = {"", "-wal", "-shm", "-lane"};
	struct room *room = *state;
	char path[200];

	intake_free(&room->intake);
	store_close(&room->store);
	arena_free(&room->arena);
	for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
		snprintf(path, sizeof(path), "%s%s", room->path, suffixes[i]);
		unlink(path);
	}
	rmdir(room->dir);
	free(room);
	return 0;
}

static struct post post_of(const char *id, const char *author, const char *text)
{
	return (struct post){.platform = "mastodon",
			     .id = id,
			     .text = text,
			     .lang = "en",
			     .author = {.id = author, .handle = author, .followers = -1},
			     .created_s = NOW - 60,
			     .likes = -1,
			     .replies = -1,
			     .shares = -1,
			     .views = -1};
}

static void take_page(struct room *room, const struct intake_page *page)
{
	struct error error;

	if (intake_page(room->intake, page, NOW, &room->count, &error) != ERR_OK)
		fail_msg("%s", error.text);
}

static void take(struct room *room, const struct post *posts, size_t count)
{
	const struct intake_page page = {.posts = posts, .post_count = count, .brand = "Acme"};

	take_page(room, &page);
}

static struct complaint_row *complaints(struct room *room, size_t *count_r)
{
	const struct complaint_query query = {.state = -1, .class = -1, .cause = -1, .limit = 100};
	struct complaint_row *rows;
	struct error error;

	assert_int_equal(store_complaint_list(room->store, room->arena, &query, &rows, count_r, &error), ERR_OK);
	return rows;
}

static struct complaint_row only_complaint(struct room *room)
{
	size_t count;
	struct complaint_row *rows = complaints(room, &count);

	assert_int_equal(count, 1);
	return rows[0];
}

#define PROBLEM "My parcel never arrived and nobody answers. Please refund me @acme"

static void a_problem_becomes_a_complaint_with_a_draft_bound_to_its_post(void **state)
{
	struct room *room = *state;
	const struct post post = post_of("p1", "ada@far.example", PROBLEM);
	char hash[APPROVAL_HASH_SIZE];
	struct complaint_row row;

	take(room, &post, 1);
	assert_int_equal(room->count.read, 1);
	assert_int_equal(room->count.new_posts, 1);
	assert_int_equal(room->count.complaints, 1);
	row = only_complaint(room);
	assert_int_equal(row.class, CLASS_PROBLEM);
	assert_int_equal(row.state, STATE_OPEN);
	assert_string_equal(row.post_ext_id, "p1");
	assert_non_null(row.draft);
	assert_string_equal(row.draft_by, "amends");
	assert_non_null(row.findings_json);
	assert_non_null(strstr(row.draft, "Maya at Acme"));
	assert_ptr_equal(strstr(row.draft, "@ada@far.example"), row.draft); /* Mastodon: or it is not noticed */
	approval_hash("mastodon", "p1", row.draft, hash);
	assert_string_equal(row.draft_hash, hash);
}

static void what_the_classes_do(void **state)
{
	static const struct {
		const char *text;
		bool opens;
	} cases[] = {
		{PROBLEM, true},
		{"Never again, worst coffee ever, what a joke @acme", true},
		{"@acme do you ship to Norway?", true},
		{"I love the new Acme blend, best coffee ever, thank you!", false},
		{"We are hiring: shift leader. My parcel never arrived, refund me", false}, /* excluded word */
		/* no such word: "straße" is not "strasse" */
		{"Unsere STRASSE ist gesperrt, mein Paket ist seit Wochen weg, keine Antwort", true},
		{"Unsere STRAßE ist gesperrt, mein Paket ist seit Wochen weg, keine Antwort", false},
	};
	struct room *room = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char id[24], author[24];
		struct post post;
		int64_t before = room->count.complaints;

		snprintf(id, sizeof(id), "p%zu", i);
		snprintf(author, sizeof(author), "a%zu", i);
		post = post_of(id, author, cases[i].text);
		if (strncmp(cases[i].text, "Unsere", 6) == 0)
			post.lang = "de";
		take(room, &post, 1);
		if ((room->count.complaints - before == 1) != cases[i].opens)
			fail_msg("\"%s\" %s", cases[i].text, cases[i].opens ? "opened nothing" : "opened a complaint");
	}
}

static void our_own_posts_are_stored_and_never_complaints(void **state)
{
	struct room *room = *state;
	struct post posts[] = {post_of("o1", "acme", PROBLEM), post_of("o2", "ACME@far.example", PROBLEM),
			       post_of("o3", "id-77", PROBLEM), post_of("c1", "acmefan", PROBLEM)};
	const struct intake_page page = {.posts = posts, .post_count = 4, .brand = "Acme", .own_account_id = "id-77"};

	take_page(room, &page);
	assert_int_equal(room->count.new_posts, 4);
	assert_int_equal(room->count.complaints, 1);
	assert_string_equal(only_complaint(room).author.handle, "acmefan");
}

static void the_same_page_twice_adds_nothing(void **state)
{
	struct room *room = *state;
	const struct post posts[] = {post_of("p1", "ada", PROBLEM), post_of("p2", "bo", "Lovely coffee, thank you!"),
				     post_of("p1", "ada", PROBLEM)};

	take(room, posts, 3);
	assert_int_equal(room->count.known, 1); /* within the page already */
	take(room, posts, 3);
	assert_int_equal(room->count.new_posts, 2);
	assert_int_equal(room->count.known, 4);
	assert_int_equal(room->count.complaints, 1);
	assert_int_equal(only_complaint(room).posts, 1);
}

static void one_authors_posts_in_a_thread_are_one_complaint_with_a_fresh_draft(void **state)
{
	struct room *room = *state;
	struct post first = post_of("p1", "ada", PROBLEM),
		    second = post_of("p2", "ada", "Still nothing. Where is my parcel?");
	char hash[APPROVAL_HASH_SIZE];
	struct complaint_row row;

	second.in_reply_to = "p1";
	second.created_s = NOW - 10;
	take(room, &first, 1);
	take(room, &second, 1);
	row = only_complaint(room);
	assert_int_equal(row.posts, 2);
	assert_string_equal(row.post_ext_id, "p2");
	approval_hash("mastodon", "p2", row.draft, hash); /* the reply answers the later one */
	assert_string_equal(row.draft_hash, hash);
}

static void what_a_person_wrote_stays_but_must_be_read_again(void **state)
{
	struct room *room = *state;
	struct post first = post_of("p1", "ada", PROBLEM),
		    second = post_of("p2", "ada", "Still nothing. Where is my parcel?");
	struct queue queue = {.store = room->store, .settings = &room->settings};
	const struct actor maya = {.name = "maya", .role = ROLE_ADMIN};
	struct action_args args = {.text = "@ada We have found your parcel and will call you today. – Maya at Acme"};
	struct complaint_row before, after;
	struct error error;

	second.thread = "p1";
	second.created_s = NOW - 10;
	take(room, &first, 1);
	args.complaint_id = only_complaint(room).id;
	if (queue_do(&queue, &maya, ACTION_DRAFT, &args, &error) != ERR_OK)
		fail_msg("%s", error.text);
	before = only_complaint(room);
	take(room, &second, 1);
	after = only_complaint(room);
	assert_string_equal(after.draft, args.text);
	assert_string_equal(after.draft_by, "maya");
	assert_string_not_equal(after.draft_hash, before.draft_hash);
	args = (struct action_args){.complaint_id = after.id, .hash = before.draft_hash};
	assert_int_equal(queue_do(&queue, &maya, ACTION_APPROVE, &args, &error), ERR_CONFLICT);
	args.hash = after.draft_hash;
	if (queue_do(&queue, &maya, ACTION_APPROVE, &args, &error) != ERR_OK)
		fail_msg("%s", error.text);
}

static void a_rejected_wording_does_not_come_back(void **state)
{
	struct room *room = *state;
	struct post post = post_of("p0", "ada", PROBLEM);
	struct queue queue = {.store = room->store, .settings = &room->settings};
	const struct actor maya = {.name = "maya", .role = ROLE_ADMIN};
	const struct intake_page page = {.posts = &post, .post_count = 1, .brand = "Acme"};
	char seen[4][2000];
	struct error error;

	for (int i = 0; i < (int)ARRAY_LEN(seen); i++) {
		struct action_args args = {.reason = "not our voice"};
		struct complaint_row row;
		char id[24];

		clock_fake(NOW + i * 60, 0);
		snprintf(id, sizeof(id), "p%d", i);
		post.id = id;
		post.thread = "p0";
		post.created_s = NOW + i;
		assert_int_equal(intake_page(room->intake, &page, NOW + i * 60 - 1, &room->count, &error), ERR_OK);
		row = only_complaint(room);
		assert_non_null(row.draft);
		assert_string_equal(row.draft_by, "amends");
		snprintf(seen[i], sizeof(seen[i]), "%s", row.draft);
		for (int k = 0; k < i; k++)
			assert_string_not_equal(seen[k], seen[i]);
		args.complaint_id = row.id;
		args.hash = row.draft_hash;
		assert_int_equal(queue_do(&queue, &maya, ACTION_SUBMIT, &args, &error), ERR_OK);
		if (queue_do(&queue, &maya, ACTION_REJECT, &args, &error) != ERR_OK)
			fail_msg("%s", error.text);
		assert_int_equal(only_complaint(room).draft_id, 0);
	}
	clock_fake(-1, -1);
}

static void an_edited_post_is_judged_again_and_a_deleted_one_leaves(void **state)
{
	struct room *room = *state;
	struct post post = post_of("p1", "ada", "Lovely coffee, thank you!");
	struct post gone = {.platform = "mastodon", .id = "p1", .deleted = 1, .author = {.id = "", .followers = -1}};
	struct post never = {.platform = "mastodon", .id = "p9", .deleted = 1, .author = {.id = "", .followers = -1}};
	size_t count;

	take(room, &post, 1);
	assert_int_equal(room->count.complaints, 0);
	post.text = PROBLEM;
	post.edited_s = NOW;
	take(room, &post, 1);
	assert_int_equal(room->count.edited, 1);
	assert_int_equal(room->count.complaints, 1);
	assert_string_equal(only_complaint(room).text, PROBLEM);
	take(room, &gone, 1);
	take(room, &never, 1);
	assert_int_equal(room->count.deleted, 1);
	assert_int_equal(complaints(room, &count)[0].state, STATE_CLOSED);
}

static void the_cursor_moves_with_the_page_or_not_at_all(void **state)
{
	struct room *room = *state;
	const struct post good = post_of("p1", "ada", PROBLEM);
	struct post broken = post_of("p2", "bo", "bytes \xff that are no text");
	struct post posts[2] = {good, broken};
	struct intake_page page = {.posts = posts, .post_count = 2, .brand = "Acme", .cursor = "after-2"};
	struct source_row row;
	struct error error;
	int64_t brand_id;
	size_t count;

	assert_int_equal(store_brand_put(room->store, "Acme", &brand_id, &error), ERR_OK);
	assert_int_equal(store_source_put(room->store, "s", "mastodon", brand_id, NOW, &page.source_id, &error),
			 ERR_OK);
	assert_int_not_equal(intake_page(room->intake, &page, NOW, &room->count, &error), ERR_OK);
	assert_int_equal(room->count.read, 0);
	(void)complaints(room, &count);
	assert_int_equal(count, 0);
	assert_int_equal(store_source_get(room->store, room->arena, page.source_id, &row, &error), ERR_OK);
	assert_null(row.cursor);
	page.post_count = 1;
	take_page(room, &page);
	assert_int_equal(store_source_get(room->store, room->arena, page.source_id, &row, &error), ERR_OK);
	assert_string_equal(row.cursor, "after-2");
	assert_int_equal(row.posts, 1);
}

static void customers_with_the_same_problem_share_a_topic(void **state)
{
	static const struct {
		const char *lang, *text;
	} posts[] = {
		{"en", "My parcel never arrived, please help"},
		{"en", "Ordered on the 2nd and it still has not been delivered, please help"},
		{"de", "Mein Paket ist immer noch nicht angekommen, bitte helfen Sie mir"},
		{"fr", "Toujours pas reçu mon colis, aidez-moi svp"},
	};
	struct room *room = *state;
	struct complaint_row *rows;
	size_t count;
	int most = 0;

	for (size_t i = 0; i < ARRAY_LEN(posts); i++) {
		char id[24];
		struct post post;

		snprintf(id, sizeof(id), "p%zu", i);
		post = post_of(id, id, posts[i].text);
		post.lang = posts[i].lang;
		take(room, &post, 1);
	}
	rows = complaints(room, &count);
	assert_int_equal(count, ARRAY_LEN(posts));
	for (size_t i = 0; i < count; i++) {
		assert_non_null(rows[i].topic);
		assert_string_equal(rows[i].topic, "delivery:parcel_missing");
		most = rows[i].reach > most ? rows[i].reach : most;
	}
	assert_int_equal(most, ARRAY_LEN(posts));
}

static void an_unknown_brand_of_a_post_is_served_with_its_name(void **state)
{
	struct room *room = *state;
	struct post post = post_of("p1", "ada", PROBLEM);

	post.brand = "Elsewhere";
	take(room, &post, 1);
	assert_string_equal(only_complaint(room).brand, "Elsewhere");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, room_open, room_close)
	const struct CMUnitTest tests[] = {
		TEST(a_problem_becomes_a_complaint_with_a_draft_bound_to_its_post),
		TEST(what_the_classes_do),
		TEST(our_own_posts_are_stored_and_never_complaints),
		TEST(the_same_page_twice_adds_nothing),
		TEST(one_authors_posts_in_a_thread_are_one_complaint_with_a_fresh_draft),
		TEST(what_a_person_wrote_stays_but_must_be_read_again),
		TEST(a_rejected_wording_does_not_come_back),
		TEST(an_edited_post_is_judged_again_and_a_deleted_one_leaves),
		TEST(the_cursor_moves_with_the_page_or_not_at_all),
		TEST(customers_with_the_same_problem_share_a_topic),
		TEST(an_unknown_brand_of_a_post_is_served_with_its_name),
	};

	return cmocka_run_group_tests(tests, group_open, group_close);
}
