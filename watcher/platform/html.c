/*
 * html.c - HTML fragments, as the fediverse sends posts, to plain text.
 *
 * libxml2's HTML parser reports elements and characters as it meets them (SAX): no tree is built. White space is
 * folded as a browser does it, outside <pre>. The input is cleaned to valid UTF-8 first and the fragment's own idea of
 * its encoding is ignored.
 */
#include "platform.h"

#include <libxml/HTMLparser.h>
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "utf8.h"
#include "watcher/platform/help.h"

/*
 * libxml2 takes time that grows with the square of the depth (it looks for what an end tag closes) and of the number of
 * attributes in a tag (it looks for repeats): 256 KiB of "<i></b>" keep it busy for 20 s. So no more is looked at than
 * a post needs, whose text is at most POST_TEXT_MAX, and nothing below a depth that no post has.
 */
#define HTML_MAX (128u << 10)
#define HTML_DEPTH_MAX 200

struct walk {
	struct buf out;
	htmlParserCtxtPtr parser;
	int depth;
	int skip;          /* inside so many elements whose content is not text */
	int pre;           /* inside so many <pre> */
	bool blank;        /* a blank is owed before the next word */
	int newlines;      /* line breaks owed before the next word */
	struct buf link;   /* address of the open link */
	size_t link_start; /* out.len when it opened */
	bool in_link;
};

static bool one_of(const char *name, const char *const *names)
{
	for (; *names; names++) {
		if (strcasecmp(name, *names) == 0)
			return true;
	}
	return false;
}

static bool is_skipped(const char *name)
{
	static const char *const names[] = {"script", "style", "head", "title", "template", "noscript", "iframe", NULL};

	return one_of(name, names);
}

/* Line breaks that an element stands for, before and after it: 0 inline, 1 a line of its own, 2 a paragraph. */
static int breaks_of(const char *name)
{
	static const char *const lines[] = {"div",     "li",      "ul", "ol",     "tr",     "table",  "dt", "dd",
					    "section", "article", "hr", "header", "footer", "figure", NULL};
	static const char *const paragraphs[] = {"p", "blockquote", "pre", "h1", "h2", "h3", "h4", "h5", "h6", NULL};

	if (one_of(name, paragraphs))
		return 2;
	return one_of(name, lines) ? 1 : 0;
}

static void walk_break(struct walk *walk, int lines)
{
	if (walk->newlines < lines)
		walk->newlines = lines;
	walk->blank = false;
}

/* What is owed is paid only when a word follows: no blanks at the beginning, the end, or around line breaks. */
static void walk_pay(struct walk *walk)
{
	if (walk->out.len > 0) {
		for (int i = 0; i < walk->newlines; i++)
			buf_char(&walk->out, '\n');
		if (walk->blank && walk->newlines == 0)
			buf_char(&walk->out, ' ');
	}
	walk->newlines = 0;
	walk->blank = false;
}

static void walk_text(struct walk *walk, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (walk->pre && c == '\n') {
			walk_break(walk, walk->newlines < 2 ? walk->newlines + 1 : 2);
		} else if (c == '\n' || c == '\r' || c == '\t' || c == ' ' || c == '\f') {
			walk->blank = true;
		} else {
			walk_pay(walk);
			buf_char(&walk->out, c);
		}
	}
}

static const char *attribute(const xmlChar **attributes, const char *name)
{
	for (; attributes && attributes[0]; attributes += 2) {
		if (strcasecmp((const char *)attributes[0], name) == 0)
			return (const char *)attributes[1];
	}
	return NULL;
}

static void on_start(void *ctx, const xmlChar *xml_name, const xmlChar **attributes)
{
	struct walk *walk = ctx;
	const char *name = (const char *)xml_name, *value;

	if (++walk->depth > HTML_DEPTH_MAX) {
		xmlStopParser(walk->parser); /* what was read so far is the text */
		return;
	}
	if (is_skipped(name))
		walk->skip++;
	if (walk->skip)
		return;
	if (strcasecmp(name, "br") == 0) {
		walk_break(walk, walk->newlines < 2 ? walk->newlines + 1 : 2);
	} else if (strcasecmp(name, "pre") == 0) {
		walk->pre++;
	} else if (strcasecmp(name, "img") == 0) {
		value = attribute(attributes, "alt"); /* custom emoji */
		walk_text(walk, value ? value : "", value ? strlen(value) : 0);
	} else if (strcasecmp(name, "a") == 0) {
		value = help_url(attribute(attributes, "href"));
		buf_reset(&walk->link);
		buf_str(&walk->link, value);
		walk->in_link = true;
		walk->link_start = walk->out.len;
	}
	if (breaks_of(name))
		walk_break(walk, breaks_of(name));
}

static void on_end(void *ctx, const xmlChar *xml_name)
{
	struct walk *walk = ctx;
	const char *name = (const char *)xml_name;

	walk->depth--;
	if (is_skipped(name)) {
		if (walk->skip > 0)
			walk->skip--;
		return;
	}
	if (walk->skip)
		return;
	if (strcasecmp(name, "pre") == 0 && walk->pre > 0)
		walk->pre--;
	if (strcasecmp(name, "a") == 0 && walk->in_link) {
		if (walk->out.len == walk->link_start &&
		    walk->link.len > 0) /* it shows nothing: an address says more */
			walk_text(walk, buf_text(&walk->link), walk->link.len);
		walk->in_link = false;
	}
	if (breaks_of(name))
		walk_break(walk, breaks_of(name));
}

static void on_characters(void *ctx, const xmlChar *text, int len)
{
	struct walk *walk = ctx;

	if (!walk->skip && len > 0)
		walk_text(walk, (const char *)text, (size_t)len);
}

/* Runs the parser over cleaned HTML. */
static enum err walk_html(struct walk *walk, const struct buf *html, struct error *e_r)
{
	htmlParserCtxtPtr parser = htmlNewParserCtxt();
	htmlDocPtr doc;

	if (!parser)
		return error_set(e_r, ERR_NOMEM, "html: out of memory");
	memset(parser->sax, 0, sizeof(*parser->sax));
	parser->sax->startElement = on_start;
	parser->sax->endElement = on_end;
	parser->sax->characters = on_characters;
	parser->sax->ignorableWhitespace = on_characters;
	parser->userData = walk;
	walk->parser = parser;
	doc = htmlCtxtReadMemory(parser, html->data, (int)html->len, NULL, "UTF-8",
				 HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET |
					 HTML_PARSE_NOIMPLIED | HTML_PARSE_NODEFDTD | HTML_PARSE_IGNORE_ENC);
	xmlFreeDoc(doc); /* none is built; NULL is fine */
	htmlFreeParserCtxt(parser);
	return ERR_OK;
}

enum err html_to_text(struct arena *arena, const char *html, size_t len, const char **text_r, struct error *e_r)
{
	struct walk walk = {0};
	struct buf in;
	const char *text = NULL;
	enum err code = ERR_OK;

	if (len > HTML_MAX)
		len = HTML_MAX;
	buf_init(&in, 3 * (size_t)HTML_MAX + 1);
	buf_init(&walk.out, 4 * (size_t)HTML_MAX);
	buf_init(&walk.link, HTML_MAX);
	utf8_clean(&in, html, len);
	if (in.failed)
		code = error_set(e_r, ERR_NOMEM, "html: out of memory");
	else if (in.len > 0) /* the parser does not take nothing */
		code = walk_html(&walk, &in, e_r);
	buf_reset(&in);
	if (code == ERR_OK) /* entities may have brought control characters back */
		utf8_clean(&in, buf_text(&walk.out), walk.out.len);
	if (code == ERR_OK && !walk.out.failed)
		code = help_take(arena, &in, &text, e_r);
	else if (code == ERR_OK)
		code = error_set(e_r, ERR_NOMEM, "html: out of memory");
	buf_done(&in);
	buf_done(&walk.out);
	buf_done(&walk.link);
	if (code == ERR_OK)
		*text_r = text;
	return code;
}
