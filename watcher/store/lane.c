/*
 * lane.c - urgent writers before bulk writers, across processes.
 *
 * SQLite has one writer at a time and no queue: who waits polls, and an import that begins its next transaction right
 * after the last wins nearly every race (a second writer waited up to 1.13 s, LIMITS 1c). So there is a
 * door in front of BEGIN: byte 0 of PATH-lane. An urgent writer locks it before BEGIN IMMEDIATE and keeps it until its
 * transaction ends; a bulk writer walks through it (a shared lock, at once released) and must stop while it is locked.
 * An urgent one then waits for the bulk transaction that is under way, and for no further one.
 *
 * Open file description locks (fcntl(2), F_OFD_SETLK): unlike POSIX record locks they belong to the descriptor, so that
 * two stores in one process exclude each other too, and the kernel drops them when a process dies. Polled, every
 * millisecond, because a blocking lock has no time-out.
 */
#include "lane.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum err lane_open(const char *path, int *fd_r, struct error *e_r)
{
	char name[PATH_MAX];
	int fd, len;

	len = snprintf(name, sizeof(name), "%s-lane", path);
	if (len < 0 || (size_t)len >= sizeof(name))
		return error_set(e_r, ERR_INVALID, "%s: the path is too long", path);
	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return error_set(e_r, ERR_IO, "%s: cannot be opened for writing: %s", name, strerror(errno));
	*fd_r = fd;
	return ERR_OK;
}

static int lane_lock(int fd, short type)
{
	struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1};

	return fcntl(fd, F_OFD_SETLK, &lock);
}

static enum err lane_take(int fd, short type, int timeout_ms, struct error *e_r)
{
	const struct timespec pause = {.tv_nsec = 1000000};
	int waited_ms;

	for (waited_ms = 0; lane_lock(fd, type) != 0; waited_ms++) {
		if (errno != EAGAIN && errno != EACCES && errno != EINTR)
			return error_set(e_r, ERR_IO, "locking the writers' lane: %s", strerror(errno));
		if (waited_ms >= timeout_ms)
			return error_set(e_r, ERR_CONFLICT,
					 "another writer kept the database locked for %d ms; try again", timeout_ms);
		(void)nanosleep(&pause, NULL); /* cut short by a signal: the lock is tried sooner */
	}
	return ERR_OK;
}

enum err lane_hold(int fd, int timeout_ms, struct error *e_r)
{
	return lane_take(fd, F_WRLCK, timeout_ms, e_r);
}

enum err lane_pass(int fd, int timeout_ms, struct error *e_r)
{
	enum err err = lane_take(fd, F_RDLCK, timeout_ms, e_r);

	if (err == ERR_OK)
		lane_release(fd);
	return err;
}

void lane_release(int fd)
{
	(void)lane_lock(fd, F_UNLCK); /* cannot fail on a descriptor that we hold */
}
