/*
 * vfs.c - see vfs.h. Each file is a struct faulty with the system's own file right behind it.
 */
#include "vfs.h"

#include <sqlite3.h>
#include <stddef.h>

struct faulty {
	sqlite3_file base;
	sqlite3_file *real; /* behind this struct */
};

static struct {
	sqlite3_vfs vfs, *real;
	unsigned ops;
	int countdown, rc, fired, files;
	bool stays, read_only;
} state;

static bool fails(enum vfs_op op)
{
	if (!(state.ops & op) || state.countdown == 0)
		return false;
	if (state.countdown > 1) {
		state.countdown--;
		return false;
	}
	if (!state.stays)
		state.countdown = 0;
	state.fired++;
	return true;
}

static sqlite3_file *real_of(sqlite3_file *file)
{
	return ((struct faulty *)file)->real;
}

static int io_close(sqlite3_file *file)
{
	state.files--;
	return real_of(file)->pMethods->xClose(real_of(file));
}

static int io_read(sqlite3_file *file, void *data, int size, sqlite3_int64 at)
{
	return fails(VFS_READ) ? state.rc : real_of(file)->pMethods->xRead(real_of(file), data, size, at);
}

static int io_write(sqlite3_file *file, const void *data, int size, sqlite3_int64 at)
{
	/* Half of it arrives, as on a disk that fills up. */
	if (fails(VFS_WRITE)) {
		(void)real_of(file)->pMethods->xWrite(real_of(file), data, size / 2, at);
		return state.rc;
	}
	return real_of(file)->pMethods->xWrite(real_of(file), data, size, at);
}

static int io_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	return fails(VFS_TRUNCATE) ? state.rc : real_of(file)->pMethods->xTruncate(real_of(file), size);
}

static int io_sync(sqlite3_file *file, int flags)
{
	return fails(VFS_SYNC) ? state.rc : real_of(file)->pMethods->xSync(real_of(file), flags);
}

static int io_size(sqlite3_file *file, sqlite3_int64 *size)
{
	return real_of(file)->pMethods->xFileSize(real_of(file), size);
}

static int io_lock(sqlite3_file *file, int lock)
{
	return fails(VFS_LOCK) ? SQLITE_IOERR_LOCK : real_of(file)->pMethods->xLock(real_of(file), lock);
}

static int io_unlock(sqlite3_file *file, int lock)
{
	return real_of(file)->pMethods->xUnlock(real_of(file), lock);
}

static int io_reserved(sqlite3_file *file, int *out)
{
	return real_of(file)->pMethods->xCheckReservedLock(real_of(file), out);
}

static int io_control(sqlite3_file *file, int op, void *arg)
{
	return real_of(file)->pMethods->xFileControl(real_of(file), op, arg);
}

static int io_sector(sqlite3_file *file)
{
	return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int io_device(sqlite3_file *file)
{
	return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

static int io_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **out)
{
	return fails(VFS_SHM) ? state.rc : real_of(file)->pMethods->xShmMap(real_of(file), page, size, extend, out);
}

static int io_shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
	return real_of(file)->pMethods->xShmLock(real_of(file), offset, n, flags);
}

static void io_shm_barrier(sqlite3_file *file)
{
	real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int io_shm_unmap(sqlite3_file *file, int delete_it)
{
	return real_of(file)->pMethods->xShmUnmap(real_of(file), delete_it);
}

/* Version 2: with the log's shared index, without memory mapping, which would go past xRead. */
static const sqlite3_io_methods methods = {
	.iVersion = 2,
	.xClose = io_close,
	.xRead = io_read,
	.xWrite = io_write,
	.xTruncate = io_truncate,
	.xSync = io_sync,
	.xFileSize = io_size,
	.xLock = io_lock,
	.xUnlock = io_unlock,
	.xCheckReservedLock = io_reserved,
	.xFileControl = io_control,
	.xSectorSize = io_sector,
	.xDeviceCharacteristics = io_device,
	.xShmMap = io_shm_map,
	.xShmLock = io_shm_lock,
	.xShmBarrier = io_shm_barrier,
	.xShmUnmap = io_shm_unmap,
};

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out_flags)
{
	struct faulty *faulty = (struct faulty *)file;
	int rc;

	(void)vfs;
	faulty->base.pMethods = NULL; /* nothing to close when it fails */
	if (fails(VFS_OPEN))
		return state.rc == SQLITE_FULL ? SQLITE_FULL : SQLITE_CANTOPEN;
	if (state.read_only && (flags & SQLITE_OPEN_MAIN_DB))
		flags = (flags & ~(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)) | SQLITE_OPEN_READONLY;
	faulty->real = (sqlite3_file *)(faulty + 1);
	rc = state.real->xOpen(state.real, name, faulty->real, flags, out_flags);
	if (rc == SQLITE_OK) {
		faulty->base.pMethods = &methods;
		state.files++;
	}
	return rc;
}

int vfs_install(void)
{
	state.real = sqlite3_vfs_find(NULL);
	if (!state.real)
		return SQLITE_ERROR;
	state.vfs =
		*state.real; /* what is not overridden is the system's: its functions use only the VFS's own fields */
	state.vfs.zName = "faulty";
	state.vfs.szOsFile = (int)sizeof(struct faulty) + state.real->szOsFile;
	state.vfs.xOpen = vfs_open;
	state.vfs.pNext = NULL;
	return sqlite3_vfs_register(&state.vfs, 1);
}

void vfs_remove(void)
{
	(void)sqlite3_vfs_unregister(&state.vfs); /* cannot fail for one that is registered */
}

void vfs_arm(unsigned ops, int n, bool stays, int rc)
{
	state.ops = ops;
	state.countdown = n;
	state.stays = stays;
	state.rc = rc;
	state.fired = 0;
}

int vfs_fired(void)
{
	return state.fired;
}

int vfs_open_files(void)
{
	return state.files;
}

void vfs_read_only(bool on)
{
	state.read_only = on;
}
