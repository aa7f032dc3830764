/*
 * measure.h - how well the rules do on labelled posts.
 */
#ifndef MEASURE_H
#define MEASURE_H

#include "watcher/judge.h"

/* Judges every post of a .jsonl file that has labels and prints the figures. Returns an exit code. */
int measure_file(const char *command, struct judge *judge, const char *path, bool json);

#endif
