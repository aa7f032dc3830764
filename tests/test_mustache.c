/*
 * test_mustache.c - the template engine against the sections of the public Mustache specification it implements.
 *
 * Cases are our own; each row names the module and rule of the specification (github.com/mustache/spec) it covers.
 * Views are JSON with ' for ", for readability.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "attr.h"
#include "mustache.h"

struct test_case {
	const char *rule; /* module: what it says */
	const char *view;
	const char *template;
	const char *want;
};

static const char *const trusted[] = {"raw", "o.raw", ".", NULL};

static const struct test_case cases[] = {
	/* comments */
	{"comments: inline, removed", "{}", "ab{{! no }}cd", "abcd"},
	{"comments: over several lines", "{}", "ab{{!\n no\n}}cd\n", "abcd\n"},
	{"comments: standalone line goes", "{}", "a\n{{! no }}\nb\n", "a\nb\n"},
	{"comments: indented standalone goes", "{}", "a\n \t{{! no }}\nb\n", "a\nb\n"},
	{"comments: standalone with CRLF", "{}", "a\r\n{{! no }}\r\nb", "a\r\nb"},
	{"comments: standalone without line before", "{}", "  {{! no }}\nb", "b"},
	{"comments: standalone without newline after", "{}", "a\n  {{! no }}", "a\n"},
	{"comments: standalone over lines", "{}", "a\n  {{!\n no\n  }}\nb", "a\nb"},
	{"comments: indented inline keeps its blanks", "{}", "  12 {{! 34 }}\n", "  12 \n"},
	{"comments: surrounding blanks stay", "{}", "1 {{! no }} 2", "1  2"},
	{"comments: name inside does not collide", "{'no':1}", ">{{!no}}<", "><"},
	/* interpolation */
	{"interpolation: text without tags", "{}", "plain { text } stays\n", "plain { text } stays\n"},
	{"interpolation: string", "{'thing':'lamp'}", "the {{thing}}!", "the lamp!"},
	{"interpolation: no re-interpolation", "{'a':'{{b}}','b':'x'}", "{{a}}: {{b}}", "{{b}}: x"},
	{"interpolation: escapes five characters", "{'s':'<b a=\\'1\\'>&\\\"'}", "{{s}}",
	 "&lt;b a=&#39;1&#39;&gt;&amp;&quot;"},
	{"interpolation: triple does not escape", "{'raw':'<i>&</i>'}", "{{{raw}}} {{{ raw }}}", "<i>&</i> <i>&</i>"},
	{"interpolation: ampersand does not escape", "{'raw':'<i>'}", "{{&raw}}{{& raw }}", "<i><i>"},
	{"interpolation: integer", "{'n':-42}", "{{n}}", "-42"},
	{"interpolation: decimal", "{'n':2.50}", "{{n}}", "2.5"},
	{"interpolation: decimal, shortest", "{'n':0.1}", "{{n}}", "0.1"},
	{"interpolation: bool", "{'n':true,'m':false}", "{{n}} {{m}}", "true false"},
	{"interpolation: null is empty", "{'n':null}", "[{{n}}]", "[]"},
	{"interpolation: missing is empty", "{}", "[{{n}}]", "[]"},
	{"interpolation: list and object print nothing", "{'n':[1],'o':{}}", "[{{n}}{{o}}]", "[]"},
	{"interpolation: dotted name", "{'a':{'b':{'c':'x'}}}", "{{a.b.c}}", "x"},
	{"interpolation: dotted, triple", "{'o':{'raw':'<'}}", "{{{o.raw}}}", "<"},
	{"interpolation: broken chain is empty", "{'a':{}}", "[{{a.b.c}}]", "[]"},
	{"interpolation: broken chain does not fall back", "{'a':{'b':{}},'c':{'n':'no'}}", "[{{a.b.c.n}}]", "[]"},
	{"interpolation: first part decides the context", "{'a':{'b':{}},'b':{'c':'no'}}", "{{#a}}[{{b.c}}]{{/a}}",
	 "[]"},
	{"interpolation: first part found outside", "{'a':{'x':1},'b':{'c':'yes'}}", "{{#a}}{{b.c}}{{/a}}", "yes"},
	{"interpolation: dotted key is no shortcut", "{'a.b':'no','a':{'b':'yes'}}", "{{a.b}}", "yes"},
	{"interpolation: implicit iterator at top", "'top'", "{{.}}", "top"},
	{"interpolation: implicit iterator escapes", "'<'", "{{.}}{{{.}}}", "&lt;<"},
	{"interpolation: surrounding blanks stay", "{'a':'x'}", "| {{a}} |", "| x |"},
	{"interpolation: standalone line stays", "{'a':'x'}", "  {{a}}\n", "  x\n"},
	{"interpolation: padding in the tag", "{'a':'x'}", "|{{  a\t}}|{{\na\n}}|", "|x|x|"},
	{"interpolation: UTF-8 passes", "{'a':'Größe 😀'}", "→{{a}}←", "→Größe 😀←"},
	/* sections */
	{"sections: true shows", "{'a':true}", "{{#a}}yes{{/a}}", "yes"},
	{"sections: false hides", "{'a':false}", "{{#a}}no{{/a}}", ""},
	{"sections: null hides", "{'a':null}", "[{{#a}}no{{/a}}]", "[]"},
	{"sections: missing hides", "{}", "[{{#a}}no{{/a}}]", "[]"},
	{"sections: empty string and zero hide (ours)", "{'a':'','b':0,'c':0.0}",
	 "[{{#a}}1{{/a}}{{#b}}2{{/b}}{{#c}}3{{/c}}]", "[]"},
	{"sections: object becomes context", "{'a':{'n':'Jo'}}", "{{#a}}Hi {{n}}{{/a}}", "Hi Jo"},
	{"sections: outer names visible inside", "{'n':'Jo','a':{'b':{}}}", "{{#a}}{{#b}}{{n}}{{/b}}{{/a}}", "Jo"},
	{"sections: inner hides outer", "{'n':'out','a':{'n':'in'}}", "{{#a}}{{n}}{{/a}} {{n}}", "in out"},
	{"sections: list of objects", "{'l':[{'i':1},{'i':2}]}", "{{#l}}<{{i}}>{{/l}}", "<1><2>"},
	{"sections: empty list", "{'l':[]}", "[{{#l}}no{{/l}}]", "[]"},
	{"sections: list of strings, implicit iterator", "{'l':['a','b&']}", "{{#l}}({{.}}){{/l}}", "(a)(b&amp;)"},
	{"sections: list of numbers", "{'l':[1,2.5]}", "{{#l}}({{.}}){{/l}}", "(1)(2.5)"},
	{"sections: list in list", "{'l':[[1,2],['x']]}", "{{#l}}({{#.}}{{.}}{{/.}}){{/l}}", "(12)(x)"},
	{"sections: null in a list still runs", "{'l':[null,1]}", "{{#l}}[{{.}}]{{/l}}", "[][1]"},
	{"sections: string as context", "{'s':'x'}", "{{#s}}{{.}}!{{/s}}", "x!"},
	{"sections: twice the same", "{'a':1}", "{{#a}}1{{/a}} {{#a}}2{{/a}}", "1 2"},
	{"sections: nested the same", "{'a':true}", "{{#a}}1{{#a}}2{{/a}}3{{/a}}", "123"},
	{"sections: nested falsy", "{'a':true,'b':false}", "{{#a}}1{{#b}}2{{/b}}3{{/a}}", "13"},
	{"sections: dotted true", "{'a':{'b':{'c':true}}}", "{{#a.b.c}}yes{{/a.b.c}}", "yes"},
	{"sections: dotted broken", "{'a':{}}", "[{{#a.b.c}}no{{/a.b.c}}]", "[]"},
	{"sections: surrounding blanks", "{'a':1}", " | {{#a}}\t|\t{{/a}} | \n", " | \t|\t | \n"},
	{"sections: inside whitespace stays", "{'a':1}", " {{#a}} {{! }}\n {{/a}} x\n", "  \n  x\n"},
	{"sections: standalone lines go", "{'a':1}", "x\n{{#a}}\ny\n{{/a}}\nz\n", "x\ny\nz\n"},
	{"sections: indented standalone lines go", "{'a':1}", "x\n  {{#a}}  \ny\n\t{{/a}}\nz", "x\ny\nz"},
	{"sections: standalone with CRLF", "{'a':1}", "x\r\n{{#a}}\r\n{{/a}}\r\nz", "x\r\nz"},
	{"sections: standalone at both ends", "{'a':1}", "  {{#a}}\nx\n  {{/a}}", "x\n"},
	{"sections: two tags on a line are not standalone", "{'a':1}", "{{#a}} {{/a}}\n", " \n"},
	{"sections: padding in the tag", "{'a':1}", "{{# a }}x{{/ a }}", "x"},
	/* inverted */
	{"inverted: false shows", "{'a':false}", "{{^a}}yes{{/a}}", "yes"},
	{"inverted: true hides", "{'a':true}", "[{{^a}}no{{/a}}]", "[]"},
	{"inverted: null, missing, empty list show", "{'a':null,'l':[]}", "{{^a}}1{{/a}}{{^b}}2{{/b}}{{^l}}3{{/l}}",
	 "123"},
	{"inverted: object and list hide", "{'o':{},'l':[0]}", "[{{^o}}no{{/o}}{{^l}}no{{/l}}]", "[]"},
	{"inverted: nested", "{'a':false}", "{{^a}}1{{^a}}2{{/a}}3{{/a}}", "123"},
	{"inverted: dotted broken chain shows", "{'a':{}}", "{{^a.b.c}}yes{{/a.b.c}}", "yes"},
	{"inverted: standalone lines go", "{}", "x\n{{^a}}\ny\n{{/a}}\nz\n", "x\ny\nz\n"},
	{"inverted: standalone without newline", "{}", "{{^a}}\nx\n  {{/a}}", "x\n"},
	/* partials; the texts are in `partials` below */
	{"partials: inserted", "{'n':'Jo'}", "<{{>hello}}>", "<Hi Jo>"},
	{"partials: padding in the tag", "{'n':'Jo'}", "{{> hello }}", "Hi Jo"},
	{"partials: sees the context", "{'l':[{'n':'a'},{'n':'b'}]}", "{{#l}}{{>hello}};{{/l}}", "Hi a;Hi b;"},
	{"partials: calls itself", "{'n':'1','kids':[{'n':'2','kids':[]},{'n':'3','kids':[{'n':'4','kids':[]}]}]}",
	 "{{>tree}}", "1(2()3(4()))"},
	{"partials: standalone line goes, its newline kept inside", "{}", "a\n{{>lines}}\nb\n", "a\n|\nx\n|\nb\n"},
	{"partials: standalone indentation on every line", "{}", "a\n  {{>lines}}\nb\n", "a\n  |\n  x\n  |\nb\n"},
	{"partials: indentation leaves values alone", "{'v':'1\\n2'}", "  {{>value}}\n", "  |\n  1\n2\n  |\n"},
	{"partials: inline is not indented", "{'v':'1'}", "  {{v}} {{>lines}}\n", "  1 |\nx\n|\n\n"},
	{"partials: indentation adds up", "{}", " {{>outer}}\n", " o\n  |\n  x\n  |\n"},
	{"partials: a line beginning with a section is indented", "{'v':'1'}", "  {{>section}}\n", "  1!\n  =1\n"},
	{"partials: standalone with CRLF", "{}", "a\r\n {{>lines}}\r\nb", "a\r\n |\n x\n |\nb"},
	{"partials: standalone without newline after", "{}", "a\n  {{>lines}}", "a\n  |\n  x\n  |\n"},
};

static const char *const partials[][2] = {
	{"hello", "Hi {{n}}"},
	{"tree", "{{n}}({{#kids}}{{>tree}}{{/kids}})"},
	{"lines", "|\nx\n|\n"},
	{"value", "|\n{{v}}\n|\n"},
	{"outer", "o\n {{>lines}}\n"},
	{"section", "{{#v}}{{.}}{{/v}}!\n{{! c }}={{v}}\n"},
	{"endless", "x{{>endless}}"},
	{"double", "{{>double2}}{{>double2}}{{>double2}}{{>double2}}"},
	{"double2", "{{>double}}{{>double}}{{>double}}{{>double}}"},
	{"deep", "{{#a}}{{#a}}{{#a}}{{>deep}}{{/a}}{{/a}}{{/a}}"},
	{"bad", "fine\n{{#open}}"},
};

static const char *find_partial(void *ctx, const char *name, size_t *len_r)
{
	(void)ctx;
	for (size_t i = 0; i < ARRAY_LEN(partials); i++) {
		if (strcmp(partials[i][0], name) == 0) {
			*len_r = strlen(partials[i][1]);
			return partials[i][1];
		}
	}
	return NULL;
}

static struct json_object *view_parse(const char *text)
{
	char *json = strdup(text);
	struct json_object *view;

	assert_non_null(json);
	for (char *at = json; *at != '\0'; at++) {
		if (*at == '\\' && at[1] == '\'')
			memmove(at, at + 1, strlen(at)); /* \' means an apostrophe */
		else if (*at == '\'')
			*at = '"';
	}
	view = json_tokener_parse(json);
	free(json);
	return view;
}

static const struct mustache_options html = {
	.mode = MUSTACHE_HTML,
	.trusted = trusted,
	.partial = find_partial,
};

static void every_case_of_the_specification_renders_as_it_says(void **state)
{
	size_t bad = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct json_object *view = view_parse(cases[i].view);
		struct mustache *mustache = NULL;
		struct error error = {0};
		struct buf out;
		enum err err;

		buf_init(&out, 1 << 16);
		err = mustache_compile("case", cases[i].template, strlen(cases[i].template), &html, &mustache, &error);
		if (err == ERR_OK)
			err = mustache_render(mustache, view, &out, &error);
		if (err != ERR_OK || strcmp(buf_text(&out), cases[i].want) != 0) {
			print_error("%s\n  got  [%s] %s\n  want [%s]\n", cases[i].rule, buf_text(&out), error.text,
				    cases[i].want);
			bad++;
		}
		buf_done(&out);
		mustache_free(&mustache);
		json_object_put(view);
	}
	assert_int_equal(bad, 0);
}

static void text_mode_escapes_nothing(void **state)
{
	const struct mustache_options options = {.mode = MUSTACHE_TEXT};
	struct json_object *view = json_object_new_object();
	struct mustache *mustache = NULL;
	struct buf out;

	(void)state;
	json_object_object_add(view, "a", json_object_new_string("<&>\"'"));
	buf_init(&out, 100);
	assert_int_equal(mustache_compile("t", "{{a}}", 5, &options, &mustache, NULL), ERR_OK);
	assert_int_equal(mustache_render(mustache, view, &out, NULL), ERR_OK);
	assert_string_equal(buf_text(&out), "<&>\"'");
	mustache_free(&mustache);
	buf_done(&out);
	json_object_put(view);
}

struct bad_case {
	const char *template;
	const char *want; /* the whole sentence */
};

static const struct bad_case bad_cases[] = {
	{"a\nb {{nme}}", "t:2: unknown variable {{nme}}"},
	{"{{#nme}}{{/nme}}", "t:1: unknown variable {{nme}}"},
	{"{{^nme.x}}{{/nme.x}}", "t:1: unknown variable {{nme.x}}"},
	{"{{name.whatever}} {{name}} {{.}}\n\n{{oops}}", "t:3: unknown variable {{oops}}"},
	{"{{{name}}}", "t:1: unescaped output of a name that is not declared trusted: {{name}}"},
	{"{{&name}}", "t:1: unescaped output of a name that is not declared trusted: {{name}}"},
	{"\n{{#name}}\n", "t:2: section is never closed: {{name}}"},
	{"{{/name}}", "t:1: closes a section that is not open: {{name}}"},
	{"{{#name}}{{/raw}}", "t:1: closes another section than the one open: {{raw}}"},
	{"\n\n{{name", "t:3: \"{{\" is never closed"},
	{"{{{raw}}", "t:1: \"{{\" is never closed"},
	{"{{}}", "t:1: tag without a name"},
	{"{{# }}", "t:1: tag without a name"},
	{"{{na me}}", "t:1: not a name this engine knows (letters, digits, _ - .)"},
	{"{{name..x}}", "t:1: empty part in name {{name..x}}"},
	{"{{.name}}", "t:1: empty part in name {{.name}}"},
	{"{{=<% %>=}}", "t:1: changing the delimiters is not supported"},
	{"{{<parent}}{{/parent}}", "t:1: template inheritance is not supported"},
	{"{{$block}}{{/block}}", "t:1: template inheritance is not supported"},
	{"x\n{{>nowhere}}", "t:2: no such partial: {{nowhere}}"},
	{"{{>bad}}", "bad:2: unknown variable {{open}}"},
	{"\xff", "t: not UTF-8 (byte 0)"},
};

static void a_wrong_template_is_refused_with_its_line(void **state)
{
	const char *const known[] = {"name", "raw", NULL};
	const struct mustache_options options = {
		.mode = MUSTACHE_HTML,
		.known = known,
		.trusted = trusted,
		.partial = find_partial,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad_cases); i++) {
		struct mustache *mustache = NULL;
		struct error error = {0};

		assert_int_equal(mustache_compile("t", bad_cases[i].template, strlen(bad_cases[i].template), &options,
						  &mustache, &error),
				 ERR_INVALID);
		assert_string_equal(error.text, bad_cases[i].want);
		assert_null(mustache);
	}
}

/* n times "{{#a}}" then n times "{{/a}}" */
static char *nest(size_t n)
{
	char *text = malloc(n * 12 + 1);

	assert_non_null(text);
	for (size_t i = 0; i < n; i++)
		memcpy(text + i * 6, "{{#a}}", 6);
	for (size_t i = n; i < 2 * n; i++)
		memcpy(text + i * 6, "{{/a}}", 6);
	text[n * 12] = '\0';
	return text;
}

static void sixteen_sections_nest_and_seventeen_do_not(void **state)
{
	struct mustache *mustache = NULL;
	char *text = nest(16);

	(void)state;
	assert_int_equal(mustache_compile("t", text, strlen(text), &html, &mustache, NULL), ERR_OK);
	mustache_free(&mustache);
	free(text);
	text = nest(17);
	assert_int_equal(mustache_compile("t", text, strlen(text), &html, &mustache, NULL), ERR_INVALID);
	assert_null(mustache);
	free(text);
}

static void a_template_over_a_mebibyte_is_refused(void **state)
{
	const size_t len = (1u << 20) + 1;
	char *text = malloc(len);
	struct mustache *mustache = NULL;

	(void)state;
	assert_non_null(text);
	memset(text, 'x', len);
	assert_int_equal(mustache_compile("t", text, len - 1, &html, &mustache, NULL), ERR_OK);
	mustache_free(&mustache);
	assert_int_equal(mustache_compile("t", text, len, &html, &mustache, NULL), ERR_INVALID);
	free(text);
}

static void partials_that_never_end_are_stopped(void **state)
{
	static const char *const endless[] = {"{{>endless}}", "{{>double}}", "{{#a}}{{>deep}}{{/a}}"};
	struct json_object *view = view_parse("{'a':true}");

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(endless); i++) {
		struct mustache *mustache = NULL;
		struct error error = {0};
		struct buf out;

		buf_init(&out, 1 << 20);
		assert_int_equal(mustache_compile("t", endless[i], strlen(endless[i]), &html, &mustache, NULL), ERR_OK);
		assert_int_equal(mustache_render(mustache, view, &out, &error), ERR_LIMIT);
		assert_int_equal(error.code, ERR_LIMIT);
		mustache_free(&mustache);
		buf_done(&out);
	}
	json_object_put(view);
}

static void a_result_larger_than_the_buffer_is_a_limit(void **state)
{
	struct json_object *view = view_parse("{'l':[1,2,3,4,5,6,7,8,9]}");
	const char *template = "{{#l}}0123456789{{/l}}";
	struct mustache *mustache = NULL;
	struct buf out;

	(void)state;
	assert_int_equal(mustache_compile("t", template, strlen(template), &html, &mustache, NULL), ERR_OK);
	buf_init(&out, 89);
	assert_int_equal(mustache_render(mustache, view, &out, NULL), ERR_LIMIT);
	buf_done(&out);
	buf_init(&out, 90);
	assert_int_equal(mustache_render(mustache, view, &out, NULL), ERR_OK);
	buf_done(&out);
	mustache_free(&mustache);
	json_object_put(view);
}

static void collect(void *ctx, const char *name)
{
	struct buf *names = ctx;

	buf_printf(names, "%s ", name);
}

static void the_names_a_template_uses_and_needs_are_told(void **state)
{
	const char *template = "{{a}}{{#b}}{{c.d}}{{>hello}}{{/b}}{{^e}}{{f}}{{/e}}{{>value}}{{.}}";
	struct mustache *mustache = NULL;
	struct buf names;

	(void)state;
	buf_init(&names, 1000);
	assert_int_equal(mustache_compile("t", template, strlen(template), &html, &mustache, NULL), ERR_OK);
	mustache_names(mustache, collect, &names);
	assert_string_equal(buf_text(&names), "a b c.d e f n v ");
	buf_reset(&names);
	mustache_needs(mustache, collect, &names);
	assert_string_equal(buf_text(&names), "a v ");
	buf_done(&names);
	mustache_free(&mustache);
}

static void a_missing_view_renders_as_empty(void **state)
{
	struct mustache *mustache = NULL;
	struct buf out;

	(void)state;
	buf_init(&out, 100);
	assert_int_equal(mustache_compile("t", "[{{a}}{{#b}}{{/b}}{{.}}]", 24, &html, &mustache, NULL), ERR_OK);
	assert_int_equal(mustache_render(mustache, NULL, &out, NULL), ERR_OK);
	assert_string_equal(buf_text(&out), "[]");
	buf_done(&out);
	mustache_free(&mustache);
	mustache_free(&mustache);
	mustache_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_case_of_the_specification_renders_as_it_says),
		cmocka_unit_test(text_mode_escapes_nothing),
		cmocka_unit_test(a_wrong_template_is_refused_with_its_line),
		cmocka_unit_test(sixteen_sections_nest_and_seventeen_do_not),
		cmocka_unit_test(a_template_over_a_mebibyte_is_refused),
		cmocka_unit_test(partials_that_never_end_are_stopped),
		cmocka_unit_test(a_result_larger_than_the_buffer_is_a_limit),
		cmocka_unit_test(the_names_a_template_uses_and_needs_are_told),
		cmocka_unit_test(a_missing_view_renders_as_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
