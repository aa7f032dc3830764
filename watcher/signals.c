/*
 * signals.c - see signals.h.
 */
#include "watcher/signals.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum err signals_open(struct signals *signals, bool children, struct error *e_r)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	if (children)
		sigaddset(&set, SIGCHLD);
	fd = sigprocmask(SIG_BLOCK, &set, NULL) == 0 ? signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK) : -1;
	if (fd < 0)
		return error_set(e_r, ERR_INTERNAL, "signals: %s", strerror(errno));
	*signals = (struct signals){.fd = fd};
	return ERR_OK;
}

void signals_close(struct signals *signals)
{
	close(signals->fd);
	signals->fd = -1;
}

void signals_take(struct signals *signals)
{
	struct signalfd_siginfo info;

	while (read(signals->fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGHUP)
			signals->reload = true;
		else if (info.ssi_signo == SIGCHLD)
			signals->child = true;
		else
			signals->stop = true;
	}
}

void signals_wait(struct signals *signals, int timeout_ms)
{
	struct pollfd poll_fd = {.fd = signals->fd, .events = POLLIN};

	(void)poll(&poll_fd, 1, timeout_ms); /* interrupted or not: what waits is taken */
	signals_take(signals);
}

void signals_reset(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
}
