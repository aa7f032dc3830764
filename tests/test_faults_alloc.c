/*
 * test_faults_alloc.c - every allocation of ours fails once, and then all from there on: buffers, arenas, YAML,
 * templates, rules, weights, verdicts and settings must say ERR_NOMEM (or do without), leave their results untouched,
 * and leak nothing, which the address sanitizer watches. json-c is not in the loop: its own bugs under exhausted memory
 * are not ours to find (STYLE), so views are built before the first fault.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "arena.h"
#include "asset.h"
#include "buf.h"
#include "classify.h"
#include "draft.h"
#include "file.h"
#include "mustache.h"
#include "settings.h"
#include "utf8.h"
#include "yaml_tree.h"

#include "tests/faults/alloc.h"
#include "watcher/fit_carry.h"

/* What a body answers for a result: only exhausted memory is a clean failure here. */
static int told_nomem(enum err err, const struct error *e)
{
	if (err == ERR_OK)
		return 0;
	if (err != ERR_NOMEM)
		alloc_fail(0, ALLOC_ONCE);
	if (err != ERR_NOMEM)
		fail_msg("expected out of memory, got %s: %s", err_name(err), e->text);
	assert_int_equal(e->code, ERR_NOMEM);
	assert_true(e->text[0] != '\0');
	return 1;
}

/* ---- base ---- */

static int grow_buffer(void *ctx)
{
	struct buf b;
	char *data = (char *)(uintptr_t)1; /* untouched on failure */
	size_t len = 77;
	bool ok;

	(void)ctx;
	buf_init(&b, 1 << 20);
	for (int i = 0; i < 500; i++) {
		buf_str(&b, "A line of some length, ");
		buf_printf(&b, "%d of %s\n", i, "many");
	}
	ok = buf_take(&b, &data, &len);
	if (ok) {
		assert_int_equal(len, strlen(data));
		free(data);
	} else {
		assert_ptr_equal(data, (char *)(uintptr_t)1);
		assert_int_equal(len, 77);
		assert_false(b.too_big);
	}
	buf_done(&b);
	return !ok;
}

static int fill_arena(void *ctx)
{
	struct arena *arena = arena_new(4 << 20);
	int failed;

	(void)ctx;
	if (arena == NULL)
		return 1;
	for (int i = 0; i < 300; i++) {
		char *s = arena_printf(arena, "%d: %0*d", i, 500 + i, i);
		int *numbers = arena_array(arena, 100, sizeof(*numbers));

		if (s != NULL)
			assert_int_equal(s[strlen(s)], '\0');
		if (numbers != NULL)
			numbers[99] = i;
		if (s == NULL || numbers == NULL)
			assert_true(arena_failed(arena));
	}
	failed = arena_failed(arena);
	arena_reset(arena);
	assert_false(arena_failed(arena));
	arena_free(&arena);
	assert_null(arena);
	return failed;
}

static int clean_text(void *ctx)
{
	struct buf b;
	int failed;

	(void)ctx;
	buf_init(&b, 1 << 16);
	for (int i = 0; i < 50; i++)
		utf8_clean(&b, "Gr\xc3\xbc\xc3\x9f\x65 \xff\xfe \x01 und \xe2\x82\xac", 21);
	failed = b.failed;
	buf_done(&b);
	return failed;
}

static int read_file(void *ctx)
{
	struct error e = {0};
	struct buf b;
	enum err err;

	buf_init(&b, 1 << 20);
	err = file_read(ctx, &b, &e);
	if (err == ERR_OK)
		assert_int_equal(b.len, 100000);
	buf_done(&b);
	return told_nomem(err, &e);
}

static int write_file(void *ctx)
{
	struct error e = {0};
	static char data[100000];
	enum err err;

	memset(data, 'x', sizeof(data));
	err = file_write(ctx, data, sizeof(data), 0600, &e);
	return told_nomem(err, &e);
}

static const char yaml_text[] = "# a comment\n"
				"brands:\n"
				"  - name: Acme\n"
				"    names: [Acme, 'ACME Ltd', \"acme shop\"]\n"
				"    about: |\n"
				"      Several lines\n"
				"      of text\n"
				"  - name: Borealis\n"
				"desk: {port: 0, address: 127.0.0.1}\n";

static int parse_yaml(void *ctx)
{
	struct error e = {0};
	struct arena *arena = arena_new(1 << 20);
	struct yaml_node *root = (struct yaml_node *)(uintptr_t)1;
	enum err err;

	(void)ctx;
	if (arena == NULL)
		return 1;
	err = yaml_tree_parse(arena, "test.yaml", yaml_text, strlen(yaml_text), &root, &e);
	if (err == ERR_OK)
		assert_int_equal(yaml_tree_get(root, "brands")->count, 2);
	else
		assert_ptr_equal(root, (struct yaml_node *)(uintptr_t)1);
	arena_free(&arena);
	return told_nomem(err, &e);
}

static int freeze_and_thaw(void *ctx)
{
	struct error e = {0};
	struct arena *arena = arena_new(1 << 20);
	struct yaml_node *root, *again = NULL;
	struct buf frozen;
	enum err err;

	(void)ctx;
	buf_init(&frozen, 1 << 20);
	err = arena != NULL ? yaml_tree_parse(arena, "test.yaml", yaml_text, strlen(yaml_text), &root, &e)
			    : error_set(&e, ERR_NOMEM, "out of memory");
	if (err == ERR_OK)
		yaml_tree_freeze(root, &frozen);
	if (err == ERR_OK && frozen.failed)
		err = error_set(&e, ERR_NOMEM, "out of memory");
	if (err == ERR_OK)
		err = yaml_tree_thaw(arena, "test.yaml", frozen.data, frozen.len, &again, &e);
	assert_int_equal(err == ERR_OK, again != NULL);
	buf_done(&frozen);
	arena_free(&arena);
	return told_nomem(err, &e);
}

/* ---- templates ---- */

static const char page_text[] = "{{! a page }}\n"
				"Hello {{name}},\n"
				"{{#items}}\n"
				"  * {{label}} {{#last}}and that is all{{/last}}{{^last}},{{/last}}\n"
				"{{/items}}\n"
				"{{^items}}nothing{{/items}}\n"
				"{{author.handle}} {{>sign}}\n";

static const char *sign_partial(void *ctx, const char *name, size_t *len_r)
{
	static const char text[] = "-- {{name}}\n";

	(void)ctx;
	if (strcmp(name, "sign") != 0)
		return NULL;
	*len_r = sizeof(text) - 1;
	return text;
}

static int render_page(void *ctx)
{
	const struct mustache_options options = {.mode = MUSTACHE_HTML, .partial = sign_partial};
	struct error e = {0};
	struct mustache *page = NULL;
	struct buf out;
	enum err err;

	buf_init(&out, 1 << 16);
	err = mustache_compile("page", page_text, strlen(page_text), &options, &page, &e);
	if (err != ERR_OK)
		assert_null(page);
	else
		err = mustache_render(page, ctx, &out, &e);
	if (err == ERR_OK)
		assert_non_null(strstr(buf_text(&out), "-- O&#39;Hara &lt;3"));
	mustache_free(&page);
	buf_done(&out);
	return told_nomem(err, &e);
}

static const char template_text[] = "id: late\n"
				    "class: problem\n"
				    "cause: delivery\n"
				    "lang: en\n"
				    "\n"
				    "We are sorry that your {{thing}} is late.\n"
				    "---\n"
				    "Sorry for the wait.\n";

static int load_templates(void *ctx)
{
	struct error e = {0};
	struct templates *templates = templates_new();
	enum err err = ERR_OK;

	(void)ctx;
	if (templates == NULL)
		return 1;
	err = templates_add(templates, "late.txt", template_text, strlen(template_text), &e);
	templates_free(&templates);
	return told_nomem(err, &e);
}

/* ---- rules and verdicts ---- */

static const char rules_text[] = "- id: late_parcel\n"
				 "  about: A parcel is late\n"
				 "  match: '(?:my|the)\\s+(?<thing>parcel|order)\\s+(?:is\\s+late|never\\s+arrived)'\n"
				 "  lang: en\n"
				 "  cause: delivery\n"
				 "  complaint: 3\n"
				 "  problem: 3\n"
				 "  sentiment: -0.5\n"
				 "- id: refund\n"
				 "  about: Wants the money back\n"
				 "  match: [\"\\\\brefund\\\\b\", 'money\\s+back']\n"
				 "  unless: 'refund policy'\n"
				 "  cause: billing\n"
				 "  problem: 2\n"
				 "- id: shouting\n"
				 "  about: Shouts\n"
				 "  match: '!{3,}'\n"
				 "  vent: 1\n"
				 "  complaint: 1\n";

static const char overlay_text[] = "- id: shouting\n  disabled: true\n";

static enum err build_rules(struct ruleset **set_r, struct error *e_r)
{
	struct rules_builder *builder = rules_builder_new();
	enum err err;

	if (builder == NULL)
		return error_set(e_r, ERR_NOMEM, "out of memory");
	err = rules_add(builder, "own.yaml", rules_text, strlen(rules_text), false, e_r);
	if (err == ERR_OK)
		err = rules_add(builder, "overlay.yaml", overlay_text, strlen(overlay_text), true, e_r);
	if (err == ERR_OK)
		err = rules_compile(builder, set_r, e_r);
	rules_builder_free(&builder);
	return err;
}

static int load_rules(void *ctx)
{
	struct error e = {0};
	struct ruleset *set = NULL;
	enum err err = build_rules(&set, &e);

	(void)ctx;
	if (err == ERR_OK)
		assert_int_equal(ruleset_count(set), 3);
	else
		assert_null(set);
	ruleset_free(&set);
	return told_nomem(err, &e);
}

static enum err judge(struct classifier *classifier, struct arena *arena, struct error *e_r)
{
	const struct post post = {.platform = "test",
				  .id = "1",
				  .lang = "en",
				  .text = "My parcel never arrived!!! I want my money back",
				  .author = {.id = "", .followers = -1}};
	struct verdict verdict = {.undecided_why = "untouched"};
	enum err err = classify_post(classifier, arena, &post, &verdict, e_r);

	if (err != ERR_OK) {
		assert_string_equal(verdict.undecided_why, "untouched");
		return err;
	}
	/* Short of memory must be said; "nothing found" would be a lie. */
	assert_false(verdict.undecided);
	assert_int_equal(verdict.class, CLASS_PROBLEM);
	assert_int_equal(verdict.hit_count, 2);
	return ERR_OK;
}

static int judge_post(void *ctx)
{
	static const struct scores scores = {.bias = {-2, -2, -2, -2, -2, -2}};
	struct error e = {0};
	struct classifier *classifier = classifier_new(ctx, &scores, &thresholds_default);
	struct arena *arena = arena_new(1 << 20);
	enum err err = ERR_NOMEM;

	error_set(&e, ERR_NOMEM, "out of memory");
	if (classifier != NULL && arena != NULL)
		err = judge(classifier, arena, &e);
	arena_free(&arena);
	classifier_free(&classifier);
	return told_nomem(err, &e);
}

/* Weights that are built in: read in two steps, the second of which may be tried again. */
static int ask_weights(void *ctx)
{
	static const char text[] = "weights en 2\nbias complaint=-1\nrule late complaint=2\n"
				   "complaint=1.5\tno reply\ncomplaint=.2\tno\ncomplaint=.1\treply\n";
	struct error e = {0};
	struct weights *weights = NULL;
	struct voter *voter = voter_new();
	struct wording_vote vote;
	enum err err = ERR_NOMEM;

	(void)ctx;
	error_set(&e, ERR_NOMEM, "out of memory");
	if (voter != NULL)
		err = weights_open("en.txt", text, sizeof(text) - 1, &weights, &e);
	if (err == ERR_OK && voter_ask(voter, weights, "no reply", 8, &vote, &e) != ERR_OK)
		err = voter_ask(voter, weights, "no reply", 8, &vote, &e);
	if (err == ERR_OK)
		assert_true(!vote.abstains && weights_piece_count(weights) == 3);
	voter_free(&voter);
	weights_free(&weights);
	return told_nomem(err, &e);
}

/* Words put into another language. */
static int carry_words(void *ctx)
{
	static const char list[] = "bag\tkoffer|tasche\nluggage\tkoffer\n";
	static const struct scores scores = {.bias = {-2}};
	struct error e = {0};
	struct carried *carried = NULL;
	enum err err = carry_over(ctx, &scores, "de.tsv", list, sizeof(list) - 1, &carried, &e);

	if (err == ERR_OK)
		assert_true(carried->count == 2 && carried_find(carried, "koffer"));
	else
		assert_null(carried);
	carried_free(&carried);
	return told_nomem(err, &e);
}

/* ---- settings ---- */

static int load_settings(void *ctx)
{
	struct error e = {0};
	struct arena *arena = arena_new(4 << 20);
	struct settings settings;
	enum err err;

	if (arena == NULL)
		return 1;
	err = settings_load(arena, ctx, 0, &settings, &e);
	if (err == ERR_OK)
		assert_int_equal(settings.source_count, 1);
	arena_free(&arena);
	return told_nomem(err, &e);
}

/* ---- the cases ---- */

static void loop_both(int (*body)(void *ctx), void *ctx)
{
	long once = alloc_fault_loop(body, ctx, ALLOC_ONCE);
	long onward = alloc_fault_loop(body, ctx, ALLOC_ONWARD);

	print_message("             %ld faults once, %ld onward\n", once, onward);
	assert_true(once > 0 && onward > 0); /* the seam is in place */
}

static void a_file_in(char *path, size_t size, const char *name, const void *data, size_t len)
{
	char dir[] = "/tmp/amends-faults-XXXXXX";
	FILE *f;

	assert_non_null(mkdtemp(dir));
	assert_true((size_t)snprintf(path, size, "%s/%s", dir, name) < size);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static void remove_with_folder(char *path)
{
	assert_int_equal(unlink(path), 0);
	*strrchr(path, '/') = '\0';
	assert_int_equal(rmdir(path), 0); /* also proves that no temporary file was left behind */
}

static void a_buffer_survives_every_failed_allocation(void **state)
{
	(void)state;
	loop_both(grow_buffer, NULL);
	loop_both(clean_text, NULL);
}

static void an_arena_survives_every_failed_allocation(void **state)
{
	(void)state;
	loop_both(fill_arena, NULL);
}

static void files_survive_every_failed_allocation(void **state)
{
	static char data[100000];
	char path[256];

	(void)state;
	memset(data, 'x', sizeof(data));
	a_file_in(path, sizeof(path), "data", data, sizeof(data));
	loop_both(read_file, path);
	(void)alloc_fault_loop(write_file, path, ALLOC_ONCE); /* may well need no memory at all */
	remove_with_folder(path);
}

static void yaml_survives_every_failed_allocation(void **state)
{
	(void)state;
	loop_both(parse_yaml, NULL);
	loop_both(freeze_and_thaw, NULL);
}

static void a_page_survives_every_failed_allocation(void **state)
{
	struct json_object *view =
		json_tokener_parse("{\"name\":\"O'Hara <3\",\"author\":{\"handle\":\"ada\"},"
				   "\"items\":[{\"label\":\"one\"},{\"label\":\"two\",\"last\":true}]}");

	(void)state;
	assert_non_null(view);
	loop_both(render_page, view);
	json_object_put(view);
}

static void templates_survive_every_failed_allocation(void **state)
{
	(void)state;
	loop_both(load_templates, NULL);
}

static void rules_survive_every_failed_allocation(void **state)
{
	(void)state;
	loop_both(load_rules, NULL);
}

static void a_verdict_survives_every_failed_allocation(void **state)
{
	struct error e = {0};
	struct ruleset *set = NULL;

	(void)state;
	if (build_rules(&set, &e) != ERR_OK)
		fail_msg("%s", e.text);
	loop_both(judge_post, set);
	ruleset_free(&set);
}

static void weights_survive_every_failed_allocation(void **state)
{
	(void)state;
	loop_both(ask_weights, NULL);
}

static void carried_words_survive_every_failed_allocation(void **state)
{
	static const char text[] = "weights en 2\nbias problem=1\nproblem=1\tbag\nproblem=2\tluggage\n";
	struct weights *weights = NULL;
	struct error e = {0};

	(void)state;
	if (weights_parse("en.txt", text, sizeof(text) - 1, &weights, &e) != ERR_OK)
		fail_msg("%s", e.text);
	loop_both(carry_words, weights);
	weights_free(&weights);
}

static void settings_survive_every_failed_allocation(void **state)
{
	static const char text[] =
		"store: test.db\n"
		"desk: {port: 0, undo: 5}\n"
		"brands:\n  - name: Acme\n    names: [Acme]\n    hashtags: ['#acme']\n"
		"sources:\n  - platform: mastodon\n    server: https://social.example\n    hashtag: acme\n";
	char path[256];

	(void)state;
	a_file_in(path, sizeof(path), "amends.yaml", text, strlen(text));
	loop_both(load_settings, path);
	remove_with_folder(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_buffer_survives_every_failed_allocation),
		cmocka_unit_test(an_arena_survives_every_failed_allocation),
		cmocka_unit_test(files_survive_every_failed_allocation),
		cmocka_unit_test(yaml_survives_every_failed_allocation),
		cmocka_unit_test(a_page_survives_every_failed_allocation),
		cmocka_unit_test(templates_survive_every_failed_allocation),
		cmocka_unit_test(rules_survive_every_failed_allocation),
		cmocka_unit_test(a_verdict_survives_every_failed_allocation),
		cmocka_unit_test(weights_survive_every_failed_allocation),
		cmocka_unit_test(carried_words_survive_every_failed_allocation),
		cmocka_unit_test(settings_survive_every_failed_allocation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
