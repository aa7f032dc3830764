/*
 * cmd_judge.h - `amends queue judge` and `amends queue another`.
 */
#ifndef WATCHER_CMD_JUDGE_H
#define WATCHER_CMD_JUDGE_H

/* argv[0] is "queue judge", "queue another"; return an exit code. */
int queue_judge_command(int argc, char **argv);
int queue_another_command(int argc, char **argv);

#endif
