/*
 * fuzz_mastodon.c - any bytes as a server's answer to every kind of errand, after any cursor.
 *
 * Input: one byte for errand and source, one for the status, a line that is the cursor, a line that is a Link or rate
 * header, then the body. Whatever comes, there is an outcome; posts are complete; a cursor that is given can be used
 * for the next request, whose address stays on the server.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform.h"
#include "utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int truth)
{
	if (!truth)
		abort();
}

/* The next line of the input, copied; *data and *size move behind it. */
static char *take_line(const uint8_t **data, size_t *size)
{
	const uint8_t *end = *size > 0 ? memchr(*data, '\n', *size) : NULL;
	size_t len = end ? (size_t)(end - *data) : *size;
	char *line = calloc(1, len + 1);

	if (len > 0)
		memcpy(line, *data, len);
	len += end ? 1 : 0;
	*data += len;
	*size -= len;
	return line;
}

static void check_posts(const struct answer *answer)
{
	for (size_t i = 0; i < answer->post_count; i++) {
		const struct post *post = &answer->posts[i];

		must(post->id && post->id[0] && post->text && post->author.id);
		must(utf8_valid(post->text, strlen(post->text)) && strlen(post->text) <= POST_TEXT_MAX);
		must(!post->url || strncasecmp(post->url, "http", 4) == 0);
		must(!post->author.handle || utf8_valid(post->author.handle, strlen(post->author.handle)));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const long statuses[] = {200, 401, 404, 410, 422, 429, 500, 503, 302, 409, 206};
	static const struct source_spec sources[] = {
		{.key = "t", .server = "https://social.example", .hashtag = "acme"},
		{.key = "s", .server = "https://social.example", .search = "acme", .token = "t"},
		{.key = "m", .server = "https://social.example", .mentions = 1, .token = "t"},
	};
	const struct platform *platform = platform_find("mastodon");
	const struct source_spec *source;
	struct arena *arena = arena_new((size_t)64 << 20);
	struct http_header headers[3];
	struct http_response response = {.headers = headers, .header_count = 3};
	struct errand errand = {.post_id = "social.example/1",
				.text = "@a@b.example sorry",
				.author_handle = "a@b.example",
				.account_id = "acme@social.example",
				.account_ref = "77",
				.idempotency_key = "k",
				.now_s = 1795291200};
	struct http_request request;
	struct answer answer = {.outcome = 99};
	char *cursor, *header, *body;

	if (size < 2) {
		arena_free(&arena);
		return 0;
	}
	errand.kind = (enum errand_kind)(data[0] % 5);
	errand.step = (data[0] / 5) % 3;
	source = &sources[(data[0] / 15) % 3];
	response.status = statuses[data[1] % ARRAY_LEN(statuses)];
	data += 2;
	size -= 2;
	cursor = take_line(&data, &size);
	header = take_line(&data, &size);
	body = calloc(1, size + 1);
	if (size > 0)
		memcpy(body, data, size);
	headers[0] = (struct http_header){"link", header};
	headers[1] = (struct http_header){"x-ratelimit-reset", header};
	headers[2] = (struct http_header){"retry-after", header};
	response.body = body;
	response.body_len = size;
	errand.cursor = cursor[0] ? cursor : NULL;
	must(platform->parse(source, &errand, &response, arena, &answer, NULL) == ERR_OK);
	must(answer.outcome >= OUTCOME_OK && answer.outcome <= OUTCOME_UNKNOWN);
	must(answer.outcome == OUTCOME_OK || answer.why || answer.outcome == OUTCOME_NOTHING);
	must(answer.retry_s == 0 || (answer.retry_s > errand.now_s && answer.retry_s <= errand.now_s + 86400));
	check_posts(&answer);
	if (answer.cursor) {
		errand.cursor = answer.cursor;
		must(platform->request(source, &errand, arena, &request, NULL) == ERR_OK);
		must(strncmp(request.url, "https://social.example/api/", 27) == 0);
		must(!strpbrk(request.url, "\r\n \"<>"));
	}
	arena_free(&arena);
	free(cursor);
	free(header);
	free(body);
	return 0;
}
