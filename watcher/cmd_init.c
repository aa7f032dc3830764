/*
 * cmd_init.c - `amends init`: asks for a brand (or takes flags) and writes a commented amends.yaml whose sources need
 * no key, so that `amends run` works at once.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unicase.h>
#include <unictype.h>
#include <unistd.h>
#include <unistr.h>

#include "file.h"
#include "program.h"
#include "utf8.h"

#define NAME "init"
#define DEFAULT_SERVER "https://mastodon.social"

enum { WORDS_MAX = 50, ANSWER_MAX = 400, FILE_MAX = 64 << 10 };

struct words {
	const char *list[WORDS_MAX + 1];
	size_t count;
};

struct wishes {
	const char *brand, *server, *signature, *dir;
	struct words keywords, handles, hashtags, exclude;
	bool force;
};

/* ---- words ---- */

/* One line of printable UTF-8, '@' or '#' in front dropped. */
static bool word_add(struct words *words, const char *text, const char *drop)
{
	while (*text == ' ')
		text++;
	if (*drop != '\0' && *text == *drop)
		text++;
	if (words->count == WORDS_MAX || *text == '\0')
		return words->count < WORDS_MAX;
	words->list[words->count++] = text;
	return true;
}

static bool is_printable(const char *text)
{
	if (strlen(text) > ANSWER_MAX || !utf8_valid(text, strlen(text)))
		return false;
	for (const unsigned char *s = (const unsigned char *)text; *s; s++)
		if (*s < 0x20 || *s == 0x7f)
			return false;
	return true;
}

/* "Acme Coffee" -> "acmecoffee": what people write behind '#'. Letters and digits of any script. */
static const char *hashtag_from(struct arena *arena, const char *brand)
{
	const char *end = brand + strlen(brand);
	char *out = arena_alloc(arena, strlen(brand) * 2 + 8);
	size_t used = 0;

	while (out != NULL && brand < end) {
		size_t len;
		ucs4_t letter = utf8_decode(brand, end, &len);
		int wrote = uc_is_alnum(letter) ? u8_uctomb((uint8_t *)out + used, uc_tolower(letter), 6) : 0;

		used += wrote > 0 ? (size_t)wrote : 0;
		brand += len;
	}
	return out;
}

/* ---- asking ---- */

/* The answer without its newline, in the arena; `otherwise` for an empty one, NULL at end of input. */
static const char *ask(struct arena *arena, const char *question, const char *otherwise)
{
	char line[ANSWER_MAX + 2];
	size_t len;

	printf("%s%s%s%s ", question, *otherwise ? " [" : "", otherwise, *otherwise ? "]" : "");
	fflush(stdout);
	if (fgets(line, sizeof(line), stdin) == NULL)
		return NULL;
	len = strcspn(line, "\r\n");
	while (len > 0 && line[len - 1] == ' ')
		len--;
	line[len] = '\0';
	return len ? arena_strdup(arena, line) : otherwise;
}

/* "a, b, c" */
static bool ask_words(struct arena *arena, const char *question, const char *drop, struct words *words)
{
	const char *answer = ask(arena, question, "");
	char *rest = answer ? arena_strdup(arena, answer) : NULL;
	char *word;

	if (rest == NULL)
		return false;
	while ((word = strsep(&rest, ",")) != NULL) {
		size_t len = strlen(word);

		while (len > 0 && word[len - 1] == ' ')
			word[--len] = '\0';
		if (!word_add(words, word, drop))
			return false;
	}
	return true;
}

static int ask_all(struct arena *arena, struct wishes *wishes)
{
	puts("Press Enter where a question does not matter to you; everything can be changed in " CONFIG_NAME
	     " later.\n");
	while (wishes->brand == NULL || *wishes->brand == '\0') {
		wishes->brand = ask(arena, "What is the brand called?", "");
		if (wishes->brand == NULL)
			return EXIT_FAILED; /* Ctrl-D */
	}
	if (!ask_words(arena, "Other words that mean it (comma between):", "", &wishes->keywords) ||
	    !ask_words(arena, "Its own accounts, such as @acme:", "@", &wishes->handles) ||
	    !ask_words(arena, "Hashtags to follow:", "#", &wishes->hashtags) ||
	    !ask_words(arena, "Words of posts that are not meant for it (jobs, namesakes):", "", &wishes->exclude))
		return EXIT_FAILED;
	wishes->signature = ask(arena, "How are replies signed, such as \"Maya at Acme\"?", "");
	wishes->server = ask(arena, "Mastodon-compatible server:", DEFAULT_SERVER);
	return wishes->signature && wishes->server ? EXIT_DONE : EXIT_FAILED;
}

/* ---- writing ---- */

static void put_quoted(struct buf *out, const char *text)
{
	buf_char(out, '"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			buf_char(out, '\\');
		buf_char(out, *text);
	}
	buf_char(out, '"');
}

static void put_words(struct buf *out, const char *key, const struct words *words, const char *comment)
{
	size_t start = out->len;

	buf_printf(out, "    %s: [", key);
	for (size_t i = 0; i < words->count; i++) {
		buf_str(out, i ? ", " : "");
		put_quoted(out, words->list[i]);
	}
	buf_printf(out, "]%*s# %s\n", out->len - start < 38 ? (int)(38 - (out->len - start)) : 1, "", comment);
}

static void put_text(struct buf *out, const char *key, const char *text, const char *comment)
{
	buf_printf(out, "    %s: ", key);
	put_quoted(out, text);
	buf_printf(out, "  # %s\n", comment);
}

static void put_brand(struct buf *out, const struct wishes *wishes)
{
	struct words names = {.list = {wishes->brand}, .count = 1};

	for (size_t i = 0; i < wishes->keywords.count; i++)
		if (strcmp(wishes->keywords.list[i], wishes->brand) != 0)
			(void)word_add(&names, wishes->keywords.list[i], "");
	buf_str(out, "brands:\n  - name: ");
	put_quoted(out, wishes->brand);
	buf_char(out, '\n');
	put_words(out, "names", &names, "words that mean the brand");
	put_words(out, "handles", &wishes->handles, "its own accounts: their posts are no complaints");
	put_words(out, "hashtags", &wishes->hashtags, "its hashtags");
	put_words(out, "exclude", &wishes->exclude, "a post with one of these words is not ours");
	put_text(out, "signature", wishes->signature ? wishes->signature : "", "how replies are signed");
	put_text(out, "contact", "a direct message", "the private way that replies offer");
	buf_str(out, "    # rules: rules/          # own rules, laid over the shipped ones\n"
		     "    # templates: templates/  # own reply templates, beside the shipped ones (the same id replaces one)\n\n");
}

static void put_sources(struct buf *out, const struct wishes *wishes)
{
	buf_str(out, "# Where to look. Hashtags of Mastodon-compatible servers need no key.\nsources:\n");
	for (size_t i = 0; i < wishes->hashtags.count; i++) {
		buf_str(out, "  - platform: mastodon\n    server: ");
		put_quoted(out, wishes->server);
		buf_str(out, "\n    hashtag: ");
		put_quoted(out, wishes->hashtags.list[i]);
		buf_str(out, "\n    every: 60s\n");
	}
	buf_str(out, "  # With the token of an account there it can also search, read mentions, and reply:\n"
		     "  # - platform: mastodon\n  #   server: ");
	put_quoted(out, wishes->server);
	buf_str(out, "\n  #   mentions: true          # or: search: \"some words\"\n"
		     "  #   token_file: /path/to/token   # readable by its owner alone; or token_env: VARIABLE\n");
}

static void put_file(struct buf *out, const struct wishes *wishes)
{
	buf_str(out,
		"# amends.yaml - what amends watches and how. `amends --help-config` lists every option.\n"
		"# After a change: `amends reload`. Paths are relative to this file. No secrets belong in here.\n\n"
		"store: amends.db             # the database, made when it is first needed\n\n"
		"desk:\n"
		"  address: 127.0.0.1         # only this machine; put a proxy with TLS before it to let others in\n"
		"  port: 8025\n"
		"  undo: 30                   # seconds in which an approved reply can be withdrawn\n\n");
	put_brand(out, wishes);
	put_sources(out, wishes);
}

/* ---- checks ---- */

static int words_check(const char *what, const struct words *words, const char *forbidden)
{
	for (size_t i = 0; i < words->count; i++)
		if (!is_printable(words->list[i]) || strpbrk(words->list[i], forbidden) != NULL)
			return command_usage(NAME, "\"%.40s\" is no %s", words->list[i], what);
	return EXIT_DONE;
}

static int wishes_check(struct arena *arena, struct wishes *wishes)
{
	int code;

	if (!is_printable(wishes->brand) || *wishes->brand == '\0')
		return command_usage(NAME, "the brand's name must be one line of text");
	if (wishes->signature != NULL && !is_printable(wishes->signature))
		return command_usage(NAME, "the signature must be one line of text");
	if (strncmp(wishes->server, "https://", 8) != 0 && strncmp(wishes->server, "http://", 7) != 0)
		wishes->server = arena_printf(arena, "https://%s", wishes->server);
	if (wishes->server == NULL || !is_printable(wishes->server) || strpbrk(wishes->server, " \"<>") != NULL)
		return command_usage(NAME, "\"%.60s\" is no server address", wishes->server ? wishes->server : "");
	if (wishes->hashtags.count == 0) {
		const char *hashtag = hashtag_from(arena, wishes->brand);

		if (hashtag == NULL || *hashtag == '\0')
			return command_usage(NAME, "give a hashtag to follow with --hashtag");
		(void)word_add(&wishes->hashtags, hashtag, "");
	}
	code = words_check("word", &wishes->keywords, "");
	if (code == EXIT_DONE)
		code = words_check("account", &wishes->handles, " ,");
	if (code == EXIT_DONE)
		code = words_check("hashtag", &wishes->hashtags, " ,#/?");
	return code == EXIT_DONE ? words_check("word", &wishes->exclude, "") : code;
}

static enum err write_config(struct arena *arena, const struct wishes *wishes, const char *path, struct error *e_r)
{
	struct settings settings;
	struct buf text;
	enum err err;

	buf_init(&text, FILE_MAX);
	put_file(&text, wishes);
	err = text.failed ? error_set(e_r, ERR_LIMIT, "too many words")
			  : file_write(path, text.data, text.len, 0644, e_r);
	buf_done(&text);
	return err == ERR_OK ? settings_load(arena, path, 0, &settings, e_r) : err;
}

static int init(struct arena *arena, struct wishes *wishes)
{
	const char *dir = wishes->dir ? wishes->dir : ".";
	const char *path = wishes->dir ? arena_printf(arena, "%s/" CONFIG_NAME, dir) : CONFIG_NAME;
	struct error error = {0};
	int code = EXIT_DONE;

	if (path == NULL)
		return EXIT_FAILED;
	if (!wishes->force && access(path, F_OK) == 0) {
		fprintf(stderr, "amends " NAME ": %s exists: edit it, or write it anew with --force\n", path);
		return EXIT_FAILED;
	}
	if (wishes->dir != NULL && mkdir(dir, 0755) != 0 && errno != EEXIST) {
		fprintf(stderr, "amends " NAME ": %s: %s\n", dir, strerror(errno));
		return EXIT_FAILED;
	}
	if (wishes->brand == NULL && isatty(STDIN_FILENO))
		code = ask_all(arena, wishes);
	else if (wishes->brand == NULL)
		code = command_usage(NAME, "without a terminal, say --brand NAME");
	if (code == EXIT_DONE)
		code = wishes_check(arena, wishes);
	if (code != EXIT_DONE)
		return code;
	if (write_config(arena, wishes, path, &error) != ERR_OK)
		return command_fail(NAME, &error);
	printf("Wrote %s: it follows #%s%s on %s.\nNext: %s%s%samends run\n", path, wishes->hashtags.list[0],
	       wishes->hashtags.count > 1 ? " and others" : "", wishes->server, wishes->dir ? "cd " : "",
	       wishes->dir ? dir : "", wishes->dir ? " && " : "");
	return EXIT_DONE;
}

static bool option_take(struct wishes *wishes, int option)
{
	switch (option) {
	case 'b':
		wishes->brand = optarg;
		return true;
	case 'k':
		return word_add(&wishes->keywords, optarg, "");
	case 'h':
		return word_add(&wishes->handles, optarg, "@");
	case 't':
		return word_add(&wishes->hashtags, optarg, "#");
	case 'x':
		return word_add(&wishes->exclude, optarg, "");
	case 's':
		wishes->server = optarg;
		return true;
	case 'g':
		wishes->signature = optarg;
		return true;
	case 'd':
		wishes->dir = optarg;
		return true;
	default:
		wishes->force = true;
		return true;
	}
}

static int run(int argc, char **argv)
{
	static const struct option list[] = {
		{"brand", required_argument, NULL, 'b'},     {"keyword", required_argument, NULL, 'k'},
		{"handle", required_argument, NULL, 'h'},    {"hashtag", required_argument, NULL, 't'},
		{"exclude", required_argument, NULL, 'x'},   {"server", required_argument, NULL, 's'},
		{"signature", required_argument, NULL, 'g'}, {"dir", required_argument, NULL, 'd'},
		{"force", no_argument, NULL, 'f'},           {NULL, 0, NULL, 0}};
	struct wishes wishes = {.server = DEFAULT_SERVER};
	struct arena *arena = NULL;
	int option, code;

	while ((option = command_option(argc, argv, list, &code)) != -1) {
		if (option == OPTION_STOP)
			return code;
		if (!option_take(&wishes, option))
			return command_usage(NAME, "at most %d words of a kind", WORDS_MAX);
	}
	if (optind < argc)
		return command_usage(NAME, "\"%.60s\" is not an option: say --brand NAME", argv[optind]);
	arena = arena_new((size_t)8 << 20);
	code = arena ? init(arena, &wishes) : EXIT_FAILED;
	arena_free(&arena);
	return code;
}

const struct command command_init = {
	.name = NAME,
	.usage = "init [--brand NAME] [--keyword WORD]... [--handle H]... [--hashtag T]... [--exclude W]...",
	.summary = "Ask for a brand and write amends.yaml",
	.help = "Asks on a terminal; with --brand it asks nothing. The file follows hashtags on a Mastodon-compatible\n"
		"server, which needs no key, and says in comments what else there is.\n\n"
		"  --brand NAME      how the brand is called\n"
		"  --keyword WORD    another word that means it\n"
		"  --handle NAME     its own account, such as @acme\n"
		"  --hashtag TAG     to follow; otherwise made from the brand's name\n"
		"  --exclude WORD    a post with this word is not ours\n"
		"  --signature TEXT  how replies are signed\n"
		"  --server ADDRESS  instead of " DEFAULT_SERVER "\n"
		"  --dir DIR         write it there\n"
		"  --force           over an existing amends.yaml\n",
	.run = run,
};
