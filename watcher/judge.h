/*
 * judge.h - rules and classifier for the commands that judge posts without a store (classify, explain, rules test).
 */
#ifndef JUDGE_H
#define JUDGE_H

#include "program.h"

struct judge {
	struct arena *settings_arena;
	struct toolkit toolkit;
	struct settings settings; /* without a configuration: default thresholds, nothing else */
	struct classifier *classifier; /* NULL where threads have their own */
	bool references; /* shows order and account numbers whole; else their last three characters */
};

/* config NULL: shipped rules and default thresholds; rules_dir NULL: the configuration's, or none. Prints what is wrong
 * and returns the exit code; EXIT_DONE when open. */
int judge_open(const char *command, const char *config, const char *rules_dir, struct judge *judge_r);
/* The same with all of the toolkit: templates and tone rules, too. */
int judge_open_whole(const char *command, const char *config, const char *rules_dir, struct judge *judge_r);
/* The same as judge_open() without a classifier, for threads that make their own; and that without any rule. */
int judge_open_rules(const char *command, const char *config, const char *rules_dir, struct judge *judge_r);
int judge_open_empty(const char *command, const char *config, struct judge *judge_r);
/* Compiles every rule now, so that each one's lane is known and a wrong one told; prints, and closes when one is. */
int judge_complete(const char *command, struct judge *judge);
/* A classifier over its rules, for a thread; NULL: memory. classifier_free before judge_close. */
struct classifier *judge_classifier(const struct judge *judge);
void judge_close(struct judge *judge);

#endif
