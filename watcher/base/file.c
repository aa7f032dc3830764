/*
 * file.c - whole small files, read and written safely (see include/file.h).
 */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum err read_all(int fd, const char *path, struct buf *out, struct error *e_r)
{
	char block[16384];
	ssize_t n;

	for (;;) {
		n = read(fd, block, sizeof(block));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_set(e_r, ERR_IO, "%s: cannot read: %s", path, strerror(errno));
		if (n == 0)
			return ERR_OK;
		buf_add(out, block, (size_t)n);
		if (out->too_big)
			return error_set(e_r, ERR_LIMIT, "%s: larger than %zu bytes", path, out->cap);
		if (out->failed)
			return error_set(e_r, ERR_NOMEM, "%s: out of memory", path);
	}
}

enum err file_read(const char *path, struct buf *out, struct error *e_r)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	enum err err;

	if (fd < 0)
		return error_set(e_r, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: cannot open: %s", path,
				 strerror(errno));
	err = read_all(fd, path, out, e_r);
	close(fd);
	return err;
}

static int write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

/* The new name is only safe once the folder is on disk too. */
static int folder_sync(const char *path)
{
	char copy[PATH_MAX];
	int fd, rc;

	(void)snprintf(copy, sizeof(copy), "%s", path);
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	rc = fsync(fd);
	close(fd);
	return rc;
}

enum err file_write(const char *path, const void *data, size_t len, unsigned mode, struct error *e_r)
{
	char temp[PATH_MAX];
	int fd, n;

	n = snprintf(temp, sizeof(temp), "%s.%ld.tmp", path, (long)getpid());
	if (n < 0 || (size_t)n >= sizeof(temp))
		return error_set(e_r, ERR_INVALID, "%s: name too long", path);
	fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, (mode_t)mode);
	if (fd < 0)
		return error_set(e_r, ERR_IO, "%s: cannot create: %s", temp, strerror(errno));
	if (write_all(fd, data, len) != 0 || fsync(fd) != 0) {
		(void)error_set(e_r, ERR_IO, "%s: cannot write: %s", temp, strerror(errno));
		close(fd);
		(void)unlink(temp); /* best effort: the error above is the one that counts */
		return ERR_IO;
	}
	close(fd);
	if (rename(temp, path) != 0 || folder_sync(path) != 0) {
		(void)error_set(e_r, ERR_IO, "%s: cannot replace: %s", path, strerror(errno));
		(void)unlink(temp); /* gone already when only the folder's sync failed */
		return ERR_IO;
	}
	return ERR_OK;
}

static enum err secret_check(int fd, const char *path, struct error *e_r)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return error_set(e_r, ERR_IO, "%s: cannot look at it: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return error_set(e_r, ERR_INVALID, "%s: not a regular file", path);
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return error_set(e_r, ERR_INVALID, "%s: belongs to another user; a secret must be its reader's own", path);
	if (st.st_mode & (S_IRWXG | S_IRWXO))
		return error_set(e_r, ERR_INVALID, "%s: readable by others; run: chmod 600 %s", path, path);
	return ERR_OK;
}

enum err file_read_secret(const char *path, struct buf *out, struct error *e_r)
{
	struct buf all;
	enum err err;
	size_t len;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return error_set(e_r, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: cannot open: %s", path,
				 strerror(errno));
	buf_init(&all, 16384);
	err = secret_check(fd, path, e_r);
	if (err == ERR_OK)
		err = read_all(fd, path, &all, e_r);
	close(fd);
	if (err == ERR_OK) {
		len = strcspn(buf_text(&all), "\r\n");
		if (len == 0)
			err = error_set(e_r, ERR_INVALID, "%s: its first line is empty; put the secret there", path);
		buf_add(out, buf_text(&all), len);
		if (out->failed)
			err = error_set(e_r, ERR_NOMEM, "%s: out of memory", path);
	}
	buf_done(&all);
	return err;
}
