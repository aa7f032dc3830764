/*
 * cmd_rules_fit.h - `amends rules fit`, one of cmd_rules.c's.
 */
#ifndef CMD_RULES_FIT_H
#define CMD_RULES_FIT_H

/* argv[0] is "rules fit"; returns an exit code. */
int rules_fit(int argc, char **argv);

#endif
