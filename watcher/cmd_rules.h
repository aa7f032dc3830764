/*
 * cmd_rules.h - the parts of `amends rules` that have files of their own.
 */
#ifndef CMD_RULES_H
#define CMD_RULES_H

struct judge;

/* Every rule there is, compiled: of posts, of our tone, and of what our replies offer. dir: own rules in the place of
 * the configuration's; both may be NULL. Prints what is wrong and returns the exit code. */
int rules_open(const char *command, const char *config, const char *dir, struct judge *judge_r); /* cmd_rules.c */

int rules_test(int argc, char **argv);    /* cmd_rules_test.c */
int rules_explain(int argc, char **argv); /* cmd_rules_explain.c */

#endif
