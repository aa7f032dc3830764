/*
 * cmd_corrections.h - `amends queue corrections`.
 */
#ifndef WATCHER_CMD_CORRECTIONS_H
#define WATCHER_CMD_CORRECTIONS_H

/* argv[0] is "queue corrections"; returns an exit code. */
int queue_corrections(int argc, char **argv);

#endif
