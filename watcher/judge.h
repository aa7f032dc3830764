/*
 * judge.h - rules and classifier for the commands that judge posts without a store (classify, explain, rules test).
 */
#ifndef JUDGE_H
#define JUDGE_H

#include "program.h"

struct judge {
	struct arena *settings_arena;
	struct toolkit toolkit;
	struct classifier *classifier;
};

/* config NULL: shipped rules and default thresholds; rules_dir NULL: the configuration's, or none. Prints what is wrong
 * and returns the exit code; EXIT_DONE when open. */
int judge_open(const char *command, const char *config, const char *rules_dir, struct judge *judge_r);
void judge_close(struct judge *judge);

#endif
