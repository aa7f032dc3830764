/*
 * loopback.h - a small scripted HTTP server on 127.0.0.1, for tests of what happens on the wire.
 *
 * Every connection is one request: it is read whole, written down, and answered by the test's handler, which writes
 * raw bytes, so that answers can be as wrong as a test needs. Each runs in a thread of its own: a slow answer keeps
 * nobody waiting.
 */
#ifndef TESTS_LOOPBACK_H
#define TESTS_LOOPBACK_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define LOOPBACK_REQUESTS 512

struct loopback_request {
	char *text;       /* head and body as they came */
	const char *body; /* inside text */
	char method[8];
	char path[1024]; /* with query */
};

struct loopback {
	int fd, port, stop[2];
	char base[64]; /* "http://127.0.0.1:PORT" */
	char site[64]; /* "127.0.0.1:PORT" */
	pthread_t thread, threads[LOOPBACK_REQUESTS];
	size_t thread_count;
	pthread_mutex_t lock;
	struct loopback_request requests[LOOPBACK_REQUESTS];
	size_t count; /* of requests so far */
	void (*handler)(struct loopback *server, int fd, const struct loopback_request *request);
	void *ctx;
};

/* Sends all, or as much as the other side takes; false when it hung up. */
static inline int loopback_send(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = send(fd, p, len, MSG_NOSIGNAL);

		if (n <= 0)
			return 0;
		p += n;
		len -= (size_t)n;
	}
	return 1;
}

/* A complete answer. headers: "Name: value\r\n" each, or "". */
static inline void loopback_answer(int fd, int status, const char *headers, const char *body)
{
	char head[4096];
	int n = snprintf(head, sizeof(head), "HTTP/1.1 %d X\r\nConnection: close\r\nContent-Length: %zu\r\n%s\r\n",
			 status, strlen(body), headers);

	if (loopback_send(fd, head, (size_t)n))
		(void)loopback_send(fd, body, strlen(body));
}

/* Value of a request header into out (cut), "" when absent. */
static inline const char *loopback_header(const struct loopback_request *request, const char *name, char *out,
					  size_t size)
{
	size_t len = strlen(name), n;
	const char *line = request->text;

	out[0] = '\0';
	while ((line = strstr(line, "\r\n")) != NULL && line < request->body) {
		line += 2;
		if (strncasecmp(line, name, len) != 0 || line[len] != ':')
			continue;
		line += len + 1 + strspn(line + len + 1, " ");
		n = strcspn(line, "\r");
		snprintf(out, size, "%.*s", (int)n, line);
		break;
	}
	return out;
}

static inline char *loopback_read(int fd, const char **body_r)
{
	size_t size = 1 << 20, len = 0, want = 0;
	char *text = calloc(1, size), *end;

	for (;;) {
		ssize_t n = recv(fd, text + len, size - len - 1, 0);

		if (n <= 0)
			break;
		len += (size_t)n;
		text[len] = '\0';
		end = strstr(text, "\r\n\r\n");
		if (!end)
			continue;
		*body_r = end + 4;
		end = strcasestr(text, "\r\ncontent-length:");
		want = end ? (size_t)atol(end + 17) : 0;
		if (len >= (size_t)(*body_r - text) + want)
			return text;
	}
	free(text);
	return NULL;
}

struct loopback_connection {
	struct loopback *server;
	int fd;
};

static inline void *loopback_serve(void *arg)
{
	struct loopback_connection *connection = arg;
	struct loopback *server = connection->server;
	struct loopback_request request = {0}, *kept = NULL;
	int fd = connection->fd;

	free(connection);
	request.text = loopback_read(fd, &request.body);
	if (request.text) {
		(void)sscanf(request.text, "%7s %1023s", request.method, request.path);
		pthread_mutex_lock(&server->lock);
		if (server->count < LOOPBACK_REQUESTS) {
			kept = &server->requests[server->count++];
			*kept = request;
		}
		pthread_mutex_unlock(&server->lock);
		server->handler(server, fd, &request);
		if (!kept)
			free(request.text);
	}
	shutdown(fd, SHUT_WR);
	close(fd);
	return NULL;
}

static inline void *loopback_accept(void *arg)
{
	struct loopback *server = arg;

	for (;;) {
		struct pollfd fds[2] = {{.fd = server->fd, .events = POLLIN},
					{.fd = server->stop[0], .events = POLLIN}};
		struct loopback_connection *connection;

		if (poll(fds, 2, -1) < 0 || fds[1].revents)
			return NULL;
		connection = malloc(sizeof(*connection));
		connection->server = server;
		connection->fd = accept(server->fd, NULL, NULL);
		if (connection->fd < 0 || server->thread_count == LOOPBACK_REQUESTS) {
			free(connection);
			return NULL;
		}
		pthread_create(&server->threads[server->thread_count++], NULL, loopback_serve, connection);
	}
}

static inline struct loopback *loopback_start(void (*handler)(struct loopback *, int, const struct loopback_request *),
					      void *ctx)
{
	struct loopback *server = calloc(1, sizeof(*server));
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);

	server->handler = handler;
	server->ctx = ctx;
	pthread_mutex_init(&server->lock, NULL);
	server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (server->fd < 0 || bind(server->fd, (struct sockaddr *)&address, len) != 0 || listen(server->fd, 64) != 0 ||
	    getsockname(server->fd, (struct sockaddr *)&address, &len) != 0 || pipe(server->stop) != 0)
		abort();
	server->port = ntohs(address.sin_port);
	snprintf(server->base, sizeof(server->base), "http://127.0.0.1:%d", server->port);
	snprintf(server->site, sizeof(server->site), "127.0.0.1:%d", server->port);
	pthread_create(&server->thread, NULL, loopback_accept, server);
	return server;
}

static inline void loopback_stop(struct loopback *server)
{
	if (write(server->stop[1], "x", 1) != 1)
		abort();
	pthread_join(server->thread, NULL);
	for (size_t i = 0; i < server->thread_count; i++)
		pthread_join(server->threads[i], NULL);
	for (size_t i = 0; i < server->count; i++)
		free(server->requests[i].text);
	close(server->fd);
	close(server->stop[0]);
	close(server->stop[1]);
	pthread_mutex_destroy(&server->lock);
	free(server);
}

/* Requests whose path begins with prefix, so far. */
static inline size_t loopback_count(struct loopback *server, const char *prefix)
{
	size_t n = 0;

	pthread_mutex_lock(&server->lock);
	for (size_t i = 0; i < server->count; i++)
		n += strncmp(server->requests[i].path, prefix, strlen(prefix)) == 0;
	pthread_mutex_unlock(&server->lock);
	return n;
}

#endif
