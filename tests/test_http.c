/*
 * test_http.c - the HTTP client against a real server on loopback that misbehaves on request.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <time.h>

#include "buf.h"
#include "http.h"
#include "loopback.h"
#include "watcher/http_address.h"

struct result {
	int done;
	enum err code;
	bool sent;
	long status;
	char *body;
	size_t body_len;
	char link[200], repeated[200];
	size_t header_count;
	char why[600];
};

static void on_done(void *ctx, enum err code, const struct http_response *response, bool sent,
		    const struct error *error)
{
	struct result *r = ctx;
	const char *link;

	r->done++;
	r->code = code;
	r->sent = sent;
	if (code != ERR_OK) {
		assert_null(response);
		assert_int_equal(error->code, code);
		snprintf(r->why, sizeof(r->why), "%s", error->text);
		return;
	}
	r->status = response->status;
	r->body = malloc(response->body_len + 1);
	memcpy(r->body, response->body, response->body_len + 1);
	assert_int_equal(r->body[response->body_len], '\0');
	r->body_len = response->body_len;
	r->header_count = response->header_count;
	link = http_header(response, "link");
	snprintf(r->link, sizeof(r->link), "%s", link ? link : "(none)");
}

/* What the server answers, by path. */
static void serve(struct loopback *server, int fd, const struct loopback_request *request)
{
	const char *path = request->path;
	char text[1024];

	if (strcmp(path, "/hello") == 0) {
		loopback_answer(fd, 200, "LINK:   <x>; rel=\"prev\"  \r\n", "hello");
	} else if (strcmp(path, "/cut") == 0) {
		snprintf(text, sizeof(text), "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
		loopback_send(fd, text, strlen(text));
	} else if (strcmp(path, "/cut-chunk") == 0) {
		snprintf(text, sizeof(text), "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\nonly this");
		loopback_send(fd, text, strlen(text));
	} else if (strcmp(path, "/silent") == 0) {
		; /* hangs up without a word */
	} else if (strcmp(path, "/noise") == 0) {
		loopback_send(fd, "SSH-2.0-nonsense\r\n", 18);
	} else if (strcmp(path, "/declared") == 0) {
		snprintf(text, sizeof(text), "HTTP/1.1 200 OK\r\nContent-Length: 52428800\r\n\r\n");
		loopback_send(fd, text, strlen(text));
	} else if (strcmp(path, "/endless") == 0) {
		snprintf(text, sizeof(text), "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
		loopback_send(fd, text, strlen(text));
		memset(text, 'x', sizeof(text));
		for (int i = 0; i < 50 * 1024 && loopback_send(fd, text, sizeof(text)); i++)
			;
	} else if (strcmp(path, "/drip") == 0) {
		snprintf(text, sizeof(text), "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
		loopback_send(fd, text, strlen(text));
		for (int i = 0; i < 100 && loopback_send(fd, "x", 1); i++)
			usleep(10000);
	} else if (strcmp(path, "/headers") == 0) {
		loopback_send(fd, "HTTP/1.1 200 OK\r\n", 17);
		for (int i = 0; i < 300; i++) {
			int n = snprintf(text, sizeof(text), "X-%d: y\r\n", i);
			loopback_send(fd, text, (size_t)n);
		}
		loopback_send(fd, "Content-Length: 0\r\n\r\n", 21);
	} else if (strncmp(path, "/redirect?", 10) == 0) {
		snprintf(text, sizeof(text), "Location: %s\r\n", path + 10);
		loopback_answer(fd, 302, text, "go away");
	} else if (strcmp(path, "/loop") == 0) {
		snprintf(text, sizeof(text), "Location: %s/loop\r\n", server->base);
		loopback_answer(fd, 302, text, "");
	} else if (strcmp(path, "/nul") == 0) {
		loopback_send(fd, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\na\0b\xff\n", 43);
	} else if (strcmp(path, "/echo") == 0) {
		loopback_answer(fd, 200, "", request->text);
	} else {
		loopback_answer(fd, 404, "", "no such page");
	}
}

struct fixture {
	struct loopback *server;
	struct http *http;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->server = loopback_start(serve, NULL);
	assert_int_equal(http_open("amends-test/1", &f->http, NULL), ERR_OK);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	http_close(&f->http);
	assert_null(f->http);
	loopback_stop(f->server);
	free(f);
	return 0;
}

static void run_all(struct http *http)
{
	for (int i = 0; i < 2000 && http_pending(http) > 0; i++)
		assert_int_equal(http_run(http, 50, -1, NULL), ERR_OK);
	assert_int_equal(http_pending(http), 0);
}

static struct http_request get_of(const char *url)
{
	return (struct http_request){.method = "GET", .url = url, .timeout_ms = 5000, .allow_private = true};
}

static void fetch_request(struct fixture *f, const struct http_request *request, struct result *result)
{
	struct error error;

	memset(result, 0, sizeof(*result));
	if (http_submit(f->http, request, on_done, result, &error) != ERR_OK)
		fail_msg("%s: %s", request->url, error.text);
	run_all(f->http);
	assert_int_equal(result->done, 1);
}

static void fetch_path(struct fixture *f, const char *path, struct result *result)
{
	char url[1200];
	struct http_request request;

	snprintf(url, sizeof(url), "%s%s", f->server->base, path);
	request = get_of(url);
	fetch_request(f, &request, result);
}

static void an_answer_comes_whole_with_its_headers(void **state)
{
	struct fixture *f = *state;
	struct result r;

	fetch_path(f, "/hello", &r);
	assert_int_equal(r.code, ERR_OK);
	assert_int_equal(r.status, 200);
	assert_string_equal(r.body, "hello");
	assert_string_equal(r.link, "<x>; rel=\"prev\"");
	assert_int_equal(r.header_count, 3);
	assert_true(r.sent);
	free(r.body);
	fetch_path(f, "/nowhere", &r);
	assert_int_equal(r.status, 404);
	assert_string_equal(r.body, "no such page");
	free(r.body);
	fetch_path(f, "/nul", &r);
	assert_int_equal(r.body_len, 5);
	assert_memory_equal(r.body, "a\0b\xff\n", 5);
	free(r.body);
}

static void requests_carry_method_headers_and_body(void **state)
{
	struct fixture *f = *state;
	const char *headers[] = {"Idempotency-Key: k1", "Authorization: Bearer t", NULL};
	char url[100];
	struct http_request request;
	struct result r;

	snprintf(url, sizeof(url), "%s/echo", f->server->base);
	request = get_of(url);
	request.method = "POST";
	request.headers = headers;
	request.body = "status=hello%20you";
	request.body_len = strlen(request.body);
	fetch_request(f, &request, &r);
	assert_non_null(strstr(r.body, "POST /echo HTTP/1.1\r\n"));
	assert_non_null(strstr(r.body, "Idempotency-Key: k1\r\n"));
	assert_non_null(strstr(r.body, "Authorization: Bearer t\r\n"));
	assert_non_null(strstr(r.body, "User-Agent: amends-test/1\r\n"));
	assert_non_null(strstr(r.body, "Accept-Encoding: gzip"));
	assert_non_null(strstr(r.body, "\r\n\r\nstatus=hello%20you"));
	assert_null(strstr(r.body, "Expect"));
	free(r.body);
}

static void broken_answers_are_network_errors_and_were_sent(void **state)
{
	static const char *const paths[] = {"/cut", "/cut-chunk", "/silent", "/noise"};
	struct result r;

	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		fetch_path(*state, paths[i], &r);
		if (r.code != ERR_NETWORK)
			fail_msg("%s: %s", paths[i], err_name(r.code));
		assert_true(r.sent);
		assert_non_null(strstr(r.why, "127.0.0.1: "));
	}
}

static void what_never_left_is_told_apart(void **state)
{
	struct fixture *f = *state;
	struct result r;
	struct http_request request;
	char url[100];
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);

	/* a port that is bound but not listening refuses */
	assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/", ntohs(address.sin_port));
	request = get_of(url);
	request.method = "POST";
	fetch_request(f, &request, &r);
	assert_int_equal(r.code, ERR_NETWORK);
	assert_false(r.sent);
	close(fd);
	/* no TLS on the other side */
	snprintf(url, sizeof(url), "https://127.0.0.1:%d/hello", f->server->port);
	request.url = url;
	fetch_request(f, &request, &r);
	assert_int_equal(r.code, ERR_NETWORK);
	assert_false(r.sent);
	/* no such name */
	request.url = "https://name.invalid/";
	fetch_request(f, &request, &r);
	assert_int_equal(r.code, ERR_NETWORK);
	assert_false(r.sent);
}

static void bodies_and_headers_are_capped(void **state)
{
	static const char *const paths[] = {"/declared", "/endless", "/headers"};
	struct result r;

	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		fetch_path(*state, paths[i], &r);
		if (r.code != ERR_LIMIT)
			fail_msg("%s: %s %s", paths[i], err_name(r.code), r.why);
	}
}

/* 16 MiB of zeros, packed twice: 153 bytes on the wire. */
static void serve_bomb(struct loopback *server, int fd, const struct loopback_request *request)
{
	static const unsigned char bomb[] = {
		31,  139, 8,   0,   0,   0,   0,   0,   2,   3,   237, 218, 173, 13,  194, 96,  20,  134, 209, 254,
		32,  26,  4,   224, 17,  116, 12,  12,  130, 144, 32,  80,  152, 106, 194, 16,  56,  68,  19,  36,
		134, 21,  72,  168, 102, 5,   152, 130, 176, 3,   65,  160, 9,   165, 31,  67,  32,  154, 115, 212,
		171, 175, 124, 114, 71,  251, 44,  10,  146, 244, 113, 141, 227, 102, 148, 135, 207, 249, 153, 117,
		35,  0,   0,   0,   160, 229, 202, 251, 46,  13,  49,  32,  202, 235, 219, 124, 89,  0,   0,   0,
		0,   109, 183, 238, 247, 58,  191, 40,  240, 94,  13,  167, 206, 1,   0,   0,   0,   173, 87,  77,
		198, 121, 104, 1,   131, 87,  189, 153, 37,  30,  37,  0,   0,   0,   224, 15,  46,  197, 226, 184,
		61,  53,  35,  254, 2,   14,  115, 200, 182, 200, 63,  0,   0,
	};
	char head[200];
	int n = snprintf(head, sizeof(head),
			 "HTTP/1.1 200 OK\r\nContent-Encoding: gzip, gzip\r\nContent-Length: %zu\r\n\r\n",
			 sizeof(bomb));

	(void)server;
	(void)request;
	if (loopback_send(fd, head, (size_t)n))
		(void)loopback_send(fd, bomb, sizeof(bomb));
}

static void a_decompression_bomb_stops_at_the_cap(void **state)
{
	struct fixture *f = *state;
	struct loopback *bomb = loopback_start(serve_bomb, NULL);
	struct http_request request = get_of(bomb->base);
	struct result r;

	request.body_max = 1 << 20;
	fetch_request(f, &request, &r);
	assert_int_equal(r.code, ERR_LIMIT);
	assert_non_null(strstr(r.why, "1048576"));
	/* and within the cap it is decoded */
	request.body_max = 17u << 20;
	fetch_request(f, &request, &r);
	assert_int_equal(r.code, ERR_OK);
	assert_int_equal(r.body_len, 16u << 20);
	free(r.body);
	loopback_stop(bomb);
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void a_slow_answer_ends_at_its_timeout_and_holds_up_nobody(void **state)
{
	struct fixture *f = *state;
	struct result slow = {0}, quick = {0};
	struct http_request request;
	int64_t start = now_ms();
	char url[100];

	snprintf(url, sizeof(url), "%s/drip", f->server->base);
	request = get_of(url);
	request.timeout_ms = 400;
	assert_int_equal(http_submit(f->http, &request, on_done, &slow, NULL), ERR_OK);
	snprintf(url, sizeof(url), "%s/hello", f->server->base);
	assert_int_equal(http_submit(f->http, &request, on_done, &quick, NULL), ERR_OK);
	while (!quick.done)
		assert_int_equal(http_run(f->http, 1000, -1, NULL), ERR_OK);
	assert_false(slow.done);
	assert_int_equal(quick.code, ERR_OK);
	free(quick.body);
	run_all(f->http);
	assert_int_equal(slow.code, ERR_NETWORK);
	assert_true(slow.sent);
	assert_in_range(now_ms() - start, 390, 4000);
}

static void a_byte_on_the_wake_pipe_ends_the_wait(void **state)
{
	struct fixture *f = *state;
	int64_t start = now_ms();
	int wake[2];

	assert_int_equal(pipe(wake), 0);
	assert_int_equal(write(wake[1], "x", 1), 1);
	assert_int_equal(http_run(f->http, 10000, wake[0], NULL), ERR_OK);
	assert_true(now_ms() - start < 5000);
	start = now_ms();
	assert_int_equal(http_run(f->http, 100, -1, NULL), ERR_OK); /* nothing to do: it waits */
	assert_in_range(now_ms() - start, 90, 5000);
	close(wake[0]);
	close(wake[1]);
}

static void redirects_are_followed_within_the_rules(void **state)
{
	struct fixture *f = *state;
	const struct {
		const char *to; /* NULL: our own server */
		enum err code;
	} cases[] = {
		{NULL, ERR_OK},
		{"http://127.0.0.2:9/", ERR_FORBIDDEN},
		{"http://localhost:9/", ERR_FORBIDDEN},
		{"http://[::1]:9/", ERR_FORBIDDEN},
		{"http://[::ffff:127.0.0.1]:9/", ERR_FORBIDDEN},
		{"http://169.254.169.254/latest/", ERR_FORBIDDEN},
		{"http://10.1.2.3/", ERR_FORBIDDEN},
		{"http://0.0.0.0:9/", ERR_FORBIDDEN},
		{"http://2130706433:9/",
		 ERR_OK}, /* 127.0.0.1 in decimal: the same host; the port refuses (see below) */
		{"file:///etc/passwd", ERR_FORBIDDEN},
		{"ftp://127.0.0.1/", ERR_FORBIDDEN},
		{"gopher://127.0.0.1/", ERR_FORBIDDEN},
	};
	char path[300];
	struct result r;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		if (cases[i].to)
			snprintf(path, sizeof(path), "/redirect?%s", cases[i].to);
		else
			snprintf(path, sizeof(path), "/redirect?%s/hello", f->server->base);
		fetch_path(f, path, &r);
		if (i == 8) {
			assert_int_equal(r.code, ERR_NETWORK);
			continue;
		}
		if (r.code != cases[i].code)
			fail_msg("%s: %s %s", path, err_name(r.code), r.why);
		if (r.code == ERR_OK)
			assert_string_equal(r.body, "hello");
		free(r.body);
	}
	fetch_path(f, "/loop", &r);
	assert_int_equal(r.code, ERR_FORBIDDEN);
	assert_int_equal(loopback_count(f->server, "/loop"), 4);
}

static void a_post_is_never_redirected(void **state)
{
	struct fixture *f = *state;
	struct http_request request;
	struct result r;
	char url[200];

	snprintf(url, sizeof(url), "%s/redirect?%s/hello", f->server->base, f->server->base);
	request = get_of(url);
	request.method = "POST";
	fetch_request(f, &request, &r);
	assert_int_equal(r.code, ERR_OK);
	assert_int_equal(r.status, 302);
	assert_int_equal(loopback_count(f->server, "/hello"), 0);
	free(r.body);
}

static void the_token_does_not_follow_to_another_host(void **state)
{
	struct fixture *f = *state;
	const char *headers[] = {"Authorization: Bearer secret", NULL};
	struct http_request request;
	struct loopback *other = loopback_start(serve, NULL);
	struct result r;
	char url[200], value[100];

	snprintf(url, sizeof(url), "%s/redirect?%s/echo", f->server->base, other->base);
	request = get_of(url);
	request.headers = headers;
	fetch_request(f, &request, &r);
	assert_int_equal(r.code, ERR_OK);
	free(r.body);
	assert_int_equal(other->count, 1);
	loopback_header(&f->server->requests[0], "Authorization", value, sizeof(value));
	assert_string_equal(value, "Bearer secret");
	loopback_header(&other->requests[0], "Authorization", value, sizeof(value)); /* another port is another place */
	assert_string_equal(value, "");
	loopback_stop(other);
}

static void private_addresses_are_refused_before_connecting(void **state)
{
	struct fixture *f = *state;
	static const char *const urls[] = {
		"https://127.0.0.1:%d/hello", "https://localhost:%d/hello",  "https://[::ffff:127.0.0.1]:%d/hello",
		"https://10.0.0.1:%d/",       "https://[fe80::1]:%d/",       "https://[fd00::1]:%d/",
		"https://192.168.1.1:%d/",    "https://100.64.0.1:%d/",      "https://0.0.0.0:%d/",
		"https://[::]:%d/",           "https://169.254.169.254:%d/",
	};
	struct http_request request;
	struct result r;
	char url[200];

	for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(url, sizeof(url), urls[i], f->server->port);
#pragma GCC diagnostic pop
		request = get_of(url);
		request.allow_private = false;
		fetch_request(f, &request, &r);
		if (r.code != ERR_FORBIDDEN)
			fail_msg("%s: %s %s", url, err_name(r.code), r.why);
		assert_false(r.sent);
	}
	assert_int_equal(f->server->thread_count, 0);
}

static void requests_that_cannot_be_sent_safely_are_not_taken(void **state)
{
	struct fixture *f = *state;
	const char *broken[] = {"Authorization: Bearer a\r\nX-Evil: 1", NULL};
	struct result r = {0};
	struct error error;
	struct http_request request = get_of("http://example.social/");

	request.allow_private = false;
	assert_int_equal(http_submit(f->http, &request, on_done, &r, &error), ERR_INVALID);
	assert_non_null(strstr(error.text, "https://"));
	request = get_of("ftp://example.social/");
	assert_int_equal(http_submit(f->http, &request, on_done, &r, &error), ERR_INVALID);
	request = get_of("https://");
	assert_int_equal(http_submit(f->http, &request, on_done, &r, &error), ERR_INVALID);
	request = get_of(f->server->base);
	request.headers = broken;
	assert_int_equal(http_submit(f->http, &request, on_done, &r, &error), ERR_INVALID);
	assert_non_null(strstr(error.text, "line break"));
	assert_int_equal(r.done, 0);
	assert_int_equal(http_pending(f->http), 0);
}

static void closing_drops_what_is_under_way(void **state)
{
	struct fixture *f = *state;
	struct http *http;
	struct result r = {0};
	struct http_request request;
	char url[100];

	assert_int_equal(http_open("x", &http, NULL), ERR_OK);
	snprintf(url, sizeof(url), "%s/drip", f->server->base);
	request = get_of(url);
	assert_int_equal(http_submit(http, &request, on_done, &r, NULL), ERR_OK);
	assert_int_equal(http_run(http, 50, -1, NULL), ERR_OK);
	http_close(&http);
	assert_int_equal(r.done, 0);
}

static void addresses_are_private_or_public(void **state)
{
	static const struct {
		const char *text;
		int private; /* -1: no address */
	} cases[] = {
		{"8.8.8.8", 0},
		{"127.0.0.1", 1},
		{"10.255.0.1", 1},
		{"11.0.0.1", 0},
		{"172.15.0.1", 0},
		{"172.16.0.1", 1},
		{"172.31.255.255", 1},
		{"172.32.0.1", 0},
		{"192.168.0.1", 1},
		{"192.169.0.1", 0},
		{"169.254.169.254", 1},
		{"100.63.0.1", 0},
		{"100.64.0.1", 1},
		{"100.127.0.1", 1},
		{"100.128.0.1", 0},
		{"0.1.2.3", 1},
		{"224.0.0.1", 1},
		{"239.1.1.1", 1},
		{"255.255.255.255", 1},
		{"198.18.0.1", 1},
		{"198.20.0.1", 0},
		{"::1", 1},
		{"::", 1},
		{"fe80::1", 1},
		{"fe80::1%eth0", 1},
		{"fc00::1", 1},
		{"fdff::1", 1},
		{"ff02::1", 1},
		{"2606:4700::1111", 0},
		{"2001:4860:4860::8888", 0},
		{"2001:db8::1", 1},
		{"2001::1", 1},
		{"2002:7f00:1::", 1},
		{"::ffff:127.0.0.1", 1},
		{"::ffff:8.8.8.8", 0},
		{"::127.0.0.1", 1},
		{"64:ff9b::10.0.0.1", 1},
		{"64:ff9b::8.8.8.8", 0},
		{"3fff::1", 1},
		{"example", -1},
		{"", -1},
	};
	static const struct {
		const char *url;
		bool private;
	} urls[] = {
		{"http://127.0.0.1:8403", true}, {"http://localhost", true},
		{"http://LOCALHOST.", true},     {"http://a.localhost:1/x", true},
		{"https://box.local", true},     {"https://social.internal", true},
		{"https://x.home.arpa", true},   {"http://[::1]:3000", true},
		{"http://[fd00::1]", true},      {"http://127.1", true},
		{"http://0x7f000001", true},     {"https://mastodon.social", false},
		{"https://notlocal", false},     {"https://local", false},
		{"https://8.8.8.8", false},      {"nonsense:", false},
	};
	bool known;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		bool private = address_text_private(cases[i].text, &known);

		if (known != (cases[i].private >= 0) || private != (cases[i].private == 1))
			fail_msg("%s: known %d private %d", cases[i].text, known, private);
	}
	for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
		if (http_url_private(urls[i].url) != urls[i].private)
			fail_msg("%s", urls[i].url);
	}
}

static void small_helpers_do_as_they_say(void **state)
{
	struct buf buf;
	int64_t t = 7;

	(void)state;
	assert_int_equal(http_date("Sat, 21 Nov 2026 20:00:00 GMT", &t), 1);
	assert_int_equal(t, 1795291200);
	t = 7;
	assert_int_equal(http_date("soon", &t), 0);
	assert_int_equal(t, 7);
	buf_init(&buf, 1000);
	http_escape(&buf, "a b&c/\xc3\xa9~._-");
	assert_string_equal(buf_text(&buf), "a%20b%26c%2F%C3%A9~._-");
	buf_reset(&buf);
	assert_true(http_url_host("https://Example.Social:3000/x", &buf));
	assert_string_equal(buf_text(&buf), "example.social");
	assert_false(http_url_host("example.social", &buf));
	buf_done(&buf);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(an_answer_comes_whole_with_its_headers),
		T(requests_carry_method_headers_and_body),
		T(broken_answers_are_network_errors_and_were_sent),
		T(what_never_left_is_told_apart),
		T(bodies_and_headers_are_capped),
		T(a_decompression_bomb_stops_at_the_cap),
		T(a_slow_answer_ends_at_its_timeout_and_holds_up_nobody),
		T(a_byte_on_the_wake_pipe_ends_the_wait),
		T(redirects_are_followed_within_the_rules),
		T(a_post_is_never_redirected),
		T(the_token_does_not_follow_to_another_host),
		T(private_addresses_are_refused_before_connecting),
		T(requests_that_cannot_be_sent_safely_are_not_taken),
		T(closing_drops_what_is_under_way),
		cmocka_unit_test(addresses_are_private_or_public),
		cmocka_unit_test(small_helpers_do_as_they_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
