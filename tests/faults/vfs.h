/*
 * vfs.h - makes SQLite's input and output fail: the Nth read, write, sync, ... of the files that it opens.
 *
 * vfs_install() registers a VFS that wraps the system's and makes it the default. Nothing fails until vfs_arm().
 */
#ifndef TESTS_FAULTS_VFS_H
#define TESTS_FAULTS_VFS_H

#include <stdbool.h>

enum vfs_op {
	VFS_OPEN = 1 << 0,
	VFS_READ = 1 << 1,
	VFS_WRITE = 1 << 2,
	VFS_SYNC = 1 << 3,
	VFS_TRUNCATE = 1 << 4,
	VFS_SHM = 1 << 5,  /* mapping the shared index of the log */
	VFS_LOCK = 1 << 6, /* of the file; SQLITE_BUSY would be waited for, so it fails for good */
	VFS_ALL = (1 << 7) - 1,
};

/* 0, or SQLite's result code. */
int vfs_install(void);
void vfs_remove(void);
/* From now on the nth call of one of ops fails, and with `stays` every one after it, with rc. n 0: none. */
void vfs_arm(unsigned ops, int n, bool stays, int rc);
/* How many calls have failed since vfs_arm(). */
int vfs_fired(void);
/* Files open through it: 0 when everything was closed. */
int vfs_open_files(void);
/* From now on files that are asked for read-write are opened read-only, as without permission. */
void vfs_read_only(bool on);

#endif
