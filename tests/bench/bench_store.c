/*
 * bench_store.c - how fast the store takes posts, against the floor of SQLite itself, and how long a person waits for a
 *click beside a full-speed import.
 *
 *	bench_store [POSTS [DIR]]	default 200000 posts, in a folder made under /tmp and removed at the end
 *
 * The floor puts the same values, in the same pages of 1,000 with the same synchronous=FULL, into tables without a key,
 * index or check: what is above it is the price of everything the store does.
 */
#include <inttypes.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "store.h"

#define PAGE 1000
#define NOW 1790000000
#define WRITES 400

static struct error e;
static char dir[128] = "/tmp/amends-bench-XXXXXX";

static _Noreturn void die(const char *what)
{
	(void)fprintf(stderr, "bench_store: %s: %s\n", what, e.text);
	_exit(1);
}

static double seconds(clockid_t clock)
{
	struct timespec t;

	(void)clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- posts of our own making ---- */

struct sample {
	char id[32], author[32], text[200], json[700], topic[40];
	struct post post;
	struct verdict verdict;
};

static void sample_make(struct sample *s, int64_t n, const char *prefix)
{
	static const char *const matters[] = {"parcel", "refund", "train",    "invoice",
					      "login",  "router", "suitcase", "order"};
	uint64_t mixed = (uint64_t)n * 0x9e3779b97f4a7c15u,
		 author = (mixed ^ (mixed >> 29)) * 0xbf58476d1ce4e5b9u >> 48;

	(void)snprintf(s->id, sizeof(s->id), "%s%019" PRId64, prefix, n);
	(void)snprintf(s->author, sizeof(s->author), "author%" PRIu64 "@m.example", author);
	(void)snprintf(s->text, sizeof(s->text),
		       "@acme the %s I asked about on day %" PRIu64
		       " is still missing, and nobody answers number %" PRIu64 ". What now?",
		       matters[(mixed >> 20) % 8], (mixed >> 25) % 31, mixed >> 33);
	(void)snprintf(s->json, sizeof(s->json),
		       "{\"class\":\"problem\",\"complaint\":0.93,\"problem\":0.88,\"vent\":0.2,\"cause\":\"delivery\","
		       "\"severity\":2,"
		       "\"urgency\":1,\"sentiment\":-0.6,\"lang\":\"en\",\"facts\":{\"thing\":\"%s\"},\"hits\":[{"
		       "\"rule\":\"still_missing\","
		       "\"start\":30,\"end\":43,\"text\":\"still "
		       "missing\"},{\"rule\":\"nobody_answers\",\"start\":49,\"end\":63,"
		       "\"text\":\"nobody answers\"}],\"undecided\":false,\"rules\":\"0123456789abcdef\"}",
		       matters[(mixed >> 20) % 8]);
	(void)snprintf(s->topic, sizeof(s->topic), "delivery:%s", matters[(mixed >> 20) % 8]);
	s->post = (struct post){.platform = "mastodon",
				.id = s->id,
				.text = s->text,
				.lang = "en",
				.author = {.id = s->author, .handle = s->author, .followers = (int64_t)(author % 977)},
				.created_s = NOW - 86400 * 20 + n / 20,
				.likes = 1,
				.replies = 0,
				.shares = 0,
				.views = -1};
	s->verdict = (struct verdict){.class = (enum class)(mixed >> 61) % CLASS_COUNT,
				      .cause = CAUSE_DELIVERY,
				      .complaint = .93,
				      .problem = .88,
				      .vent = .2,
				      .severity = 2,
				      .urgency = 1,
				      .sentiment = -.6,
				      .lang = "en",
				      .rules = "0123456789abcdef"};
}

/* A page of them, made before the clock starts. */
static struct sample page[PAGE];

static void page_make(int64_t n, const char *prefix)
{
	int i;

	for (i = 0; i < PAGE; i++)
		sample_make(&page[i], n + i, prefix);
}

/* ---- the floor ---- */

static double floor_run(int64_t posts, double *cpu_r)
{
	static const char setup[] = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
				    "CREATE TABLE post (brand_id, platform, ext_id, thread, text, lang, created_s, "
				    "fetched_s, likes, replies, shares);"
				    "CREATE TABLE verdict (class, cause, severity, urgency, complaint, problem, vent, "
				    "sentiment, lang, rules, json);";
	char path[160];
	sqlite3 *db = NULL;
	sqlite3_stmt *post = NULL, *verdict = NULL;
	double start = 0, took = 0, cpu = 0, cpu_took = 0;
	int64_t n;

	(void)snprintf(path, sizeof(path), "%s/floor.db", dir);
	if (sqlite3_open(path, &db) || sqlite3_exec(db, setup, NULL, NULL, NULL) ||
	    sqlite3_prepare_v2(db, "INSERT INTO post VALUES (?,?,?,?,?,?,?,?,?,?,?)", -1, &post, NULL) ||
	    sqlite3_prepare_v2(db, "INSERT INTO verdict VALUES (?,?,?,?,?,?,?,?,?,?,?)", -1, &verdict, NULL))
		die(sqlite3_errmsg(db));
	for (n = 0; n < posts; n++) {
		struct sample *s = &page[n % PAGE];

		if (n % PAGE == 0) {
			page_make(n, "");
			start = seconds(CLOCK_MONOTONIC);
			cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
			(void)sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
		}
		(void)sqlite3_bind_int64(post, 1, 1);
		(void)sqlite3_bind_text(post, 2, s->post.platform, -1, SQLITE_STATIC);
		(void)sqlite3_bind_text(post, 3, s->post.id, -1, SQLITE_STATIC);
		(void)sqlite3_bind_text(post, 4, s->post.id, -1, SQLITE_STATIC);
		(void)sqlite3_bind_text(post, 5, s->post.text, -1, SQLITE_STATIC);
		(void)sqlite3_bind_text(post, 6, s->post.lang, -1, SQLITE_STATIC);
		(void)sqlite3_bind_int64(post, 7, s->post.created_s);
		(void)sqlite3_bind_int64(post, 8, NOW);
		(void)sqlite3_bind_int64(post, 9, s->post.likes);
		(void)sqlite3_bind_int64(post, 10, s->post.replies);
		(void)sqlite3_bind_int64(post, 11, s->post.shares);
		(void)sqlite3_bind_text(verdict, 1, class_name(s->verdict.class), -1, SQLITE_STATIC);
		(void)sqlite3_bind_text(verdict, 2, cause_name(s->verdict.cause), -1, SQLITE_STATIC);
		(void)sqlite3_bind_int(verdict, 3, s->verdict.severity);
		(void)sqlite3_bind_int(verdict, 4, s->verdict.urgency);
		(void)sqlite3_bind_double(verdict, 5, s->verdict.complaint);
		(void)sqlite3_bind_double(verdict, 6, s->verdict.problem);
		(void)sqlite3_bind_double(verdict, 7, s->verdict.vent);
		(void)sqlite3_bind_double(verdict, 8, s->verdict.sentiment);
		(void)sqlite3_bind_text(verdict, 9, s->verdict.lang, -1, SQLITE_STATIC);
		(void)sqlite3_bind_text(verdict, 10, s->verdict.rules, -1, SQLITE_STATIC);
		(void)sqlite3_bind_text(verdict, 11, s->json, -1, SQLITE_STATIC);
		if (sqlite3_step(post) != SQLITE_DONE || sqlite3_step(verdict) != SQLITE_DONE)
			die(sqlite3_errmsg(db));
		(void)sqlite3_reset(post);
		(void)sqlite3_reset(verdict);
		if (n % PAGE == PAGE - 1) {
			(void)sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
			took += seconds(CLOCK_MONOTONIC) - start;
			cpu_took += seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
		}
	}
	*cpu_r = (double)posts / cpu_took;
	(void)sqlite3_finalize(post);
	(void)sqlite3_finalize(verdict);
	(void)sqlite3_close(db);
	return (double)posts / took;
}

/* ---- the store ---- */

static struct store *store_at(const char *name)
{
	struct store *store = NULL;
	char path[160];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (store_open(path, &store, &e) != ERR_OK)
		die("open");
	return store;
}

/* Stores the page; every `file`th post becomes a complaint (0: none). */
static void page_put(struct store *store, int64_t brand_id, int file)
{
	int64_t id, complaint;
	enum post_fate fate;
	enum complaint_fate complaint_fate;
	int i;

	if (store_begin(store, STORE_BULK, &e) != ERR_OK)
		die("begin");
	for (i = 0; i < PAGE; i++) {
		struct sample *s = &page[i];

		if (store_post_put(store, brand_id, 0, &s->post, false, NOW, &id, &fate, &e) != ERR_OK)
			die("post");
		if (fate == POST_KNOWN)
			continue;
		if (store_verdict_put(store, id, &s->verdict, s->json, &e) != ERR_OK)
			die("verdict");
		if (file && i % file == 0 &&
		    store_complaint_file(store, id, &s->verdict, s->topic, NOW, &complaint, &complaint_fate, &e) !=
			    ERR_OK)
			die("complaint");
	}
	if (store_commit(store, &e) != ERR_OK)
		die("commit");
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void print_spread(const char *what, double *ms, int count)
{
	qsort(ms, (size_t)count, sizeof(*ms), by_value);
	(void)printf("%-44s median %7.2f  p99 %7.2f  max %7.2f ms  (%d)\n", what, ms[count / 2], ms[count * 99 / 100],
		     ms[count - 1], count);
}

static double ingest_run(const char *name, int64_t posts, int file, double *cpu_r)
{
	struct store *store = store_at(name);
	int64_t brand_id, n;
	double start, cpu, took = 0, cpu_took = 0, *page_ms = calloc((size_t)(posts / PAGE), sizeof(*page_ms));

	if (!page_ms || store_brand_put(store, "Acme", &brand_id, &e) != ERR_OK)
		die("brand");
	for (n = 0; n < posts; n += PAGE) {
		page_make(n, "");
		start = seconds(CLOCK_MONOTONIC);
		cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
		page_put(store, brand_id, file);
		cpu_took += seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
		page_ms[n / PAGE] = (seconds(CLOCK_MONOTONIC) - start) * 1000;
		took += page_ms[n / PAGE] / 1000;
	}
	if (file) /* what a click waits for at least, when it comes just after the page began */
		print_spread("one such page", page_ms, (int)(posts / PAGE));
	free(page_ms);
	store_close(&store);
	*cpu_r = (double)posts / cpu_took;
	return (double)posts / took;
}

/* Clicks in a lane, beside an import by another process. */
static void latency_run(const char *name, enum store_lane lane, const char *what, const char *prefix)
{
	struct store *store;
	double ms[WRITES], start;
	int i, status;
	pid_t pid;

	(void)fflush(stdout);
	pid = fork();

	if (pid == 0) {
		int64_t brand_id, n;

		store = store_at(name);
		if (store_brand_put(store, "Acme", &brand_id, &e) != ERR_OK)
			die("brand");
		for (n = 0; n < 4000000; n += PAGE) { /* bounded: the parent ends it long before */
			page_make(n, prefix);
			page_put(store, brand_id, 3);
		}
		_exit(0);
	}
	store = store_at(name);
	(void)usleep(200000);
	for (i = 0; i < WRITES; i++) {
		start = seconds(CLOCK_MONOTONIC);
		if (store_begin(store, lane, &e) != ERR_OK ||
		    store_audit_put(store, 1, 0, "maya", "approve", "ok", NOW, &e) != ERR_OK ||
		    store_commit(store, &e) != ERR_OK)
			die("urgent");
		ms[i] = (seconds(CLOCK_MONOTONIC) - start) * 1000;
		(void)usleep((useconds_t)(2000 + i * 7919 % 5000));
	}
	store_close(&store);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, &status, 0);
	print_spread(what, ms, WRITES);
}

static void queue_run(const char *name)
{
	struct complaint_query query = {.state = STATE_OPEN, .class = -1, .cause = -1, .limit = 50};
	struct store *store = store_at(name);
	struct arena *arena = arena_new(8u << 20);
	struct complaint_row *rows = NULL;
	double ms[200], words[100], start;
	size_t count = 0;
	int i;

	for (i = 0; arena && i < 200; i++) {
		arena_reset(arena);
		start = seconds(CLOCK_MONOTONIC);
		if (store_complaint_list(store, arena, &query, &rows, &count, &e) != ERR_OK)
			die("list");
		ms[i] = (seconds(CLOCK_MONOTONIC) - start) * 1000;
		if (count) {
			query.after_key = rows[count - 1].priority;
			query.after_id = rows[count - 1].id;
		}
	}
	print_spread("next 50 of the queue (keyset)", ms, 200);
	query.after_id = 0;
	for (i = 0; arena && i < 100; i++) {
		char word[32];

		(void)snprintf(word, sizeof(word), "suitcase %d", i % 31);
		query.words = word;
		arena_reset(arena);
		start = seconds(CLOCK_MONOTONIC);
		if (store_complaint_list(store, arena, &query, &rows, &count, &e) != ERR_OK)
			die("words");
		words[i] = (seconds(CLOCK_MONOTONIC) - start) * 1000;
	}
	print_spread("search by two words", words, 100);
	arena_free(&arena);
	store_close(&store);
}

static void remove_files(void)
{
	static const char *const names[] = {"floor.db", "plain.db", "full.db"};
	static const char *const ends[] = {"", "-wal", "-shm", "-lane"};
	char path[200];
	size_t i, j;

	for (i = 0; i < ARRAY_LEN(names); i++) {
		for (j = 0; j < ARRAY_LEN(ends); j++) {
			(void)snprintf(path, sizeof(path), "%s/%s%s", dir, names[i], ends[j]);
			(void)unlink(path);
		}
	}
	(void)rmdir(dir);
}

static void print_rate(const char *what, double rate, double cpu, double bare_rate, double bare_cpu)
{
	(void)printf("%-42s %8.0f posts/s (%.2f of the floor)  %8.0f per CPU second (%.2f)\n", what, rate,
		     rate / bare_rate, cpu, cpu / bare_cpu);
}

int main(int argc, char **argv)
{
	int64_t posts = argc > 1 ? strtoll(argv[1], NULL, 10) : 200000;
	double bare, bare_cpu, rate, cpu;
	struct rusage usage;

	posts = (posts + PAGE - 1) / PAGE * PAGE;
	if (argc > 2)
		(void)snprintf(dir, sizeof(dir), "%s", argv[2]);
	else if (!mkdtemp(dir))
		die("mkdtemp");
	(void)printf("store: %" PRId64 " posts in pages of %d, synchronous=FULL, SQLite %s\n", posts, PAGE,
		     sqlite3_libversion());
	bare = floor_run(posts, &bare_cpu);
	print_rate("floor: bare insert, no index", bare, bare_cpu, bare, bare_cpu);
	rate = ingest_run("plain.db", posts, 0, &cpu);
	print_rate("post + verdict + rollup", rate, cpu, bare, bare_cpu);
	rate = ingest_run("full.db", posts, 3, &cpu);
	print_rate("+ every third a complaint, full text", rate, cpu, bare, bare_cpu);
	rate = ingest_run("full.db", posts, 0, &cpu);
	print_rate("the same posts again (known)", rate, cpu, bare, bare_cpu);
	queue_run("full.db");
	latency_run("full.db", STORE_URGENT, "urgent write beside an import", "u");
	latency_run("full.db", STORE_BULK, "the same without a lane", "b");
	(void)getrusage(RUSAGE_SELF, &usage);
	(void)printf("peak memory %ld MB\n", usage.ru_maxrss / 1024);
	if (argc <= 2)
		remove_files();
	return 0;
}
