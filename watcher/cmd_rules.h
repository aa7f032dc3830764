/*
 * cmd_rules.h - the parts of `amends rules` that have files of their own.
 */
#ifndef CMD_RULES_H
#define CMD_RULES_H

int rules_test(int argc, char **argv);    /* cmd_rules_test.c */
int rules_explain(int argc, char **argv); /* cmd_rules_explain.c */

#endif
