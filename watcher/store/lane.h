/*
 * lane.h - urgent writers before bulk writers, across processes.
 */
#ifndef STORE_LANE_H
#define STORE_LANE_H

#include "error.h"

/*
 * Opens (makes) PATH-lane, mode as the umask says. An urgent writer holds the lane from before its BEGIN to its end;
 * a bulk writer passes it before each BEGIN, so that it stands behind every urgent one that waits. *fd_r is closed by
 * the caller with close(). ERR_IO.
 */
enum err lane_open(const char *path, int *fd_r, struct error *e_r) MUST_CHECK;
/* Waits at most timeout_ms: ERR_CONFLICT. */
enum err lane_hold(int fd, int timeout_ms, struct error *e_r) MUST_CHECK;
enum err lane_pass(int fd, int timeout_ms, struct error *e_r) MUST_CHECK;
void lane_release(int fd); /* not held: does nothing */

#endif
