/*
 * normalise.h - a text as the prefilter sees it.
 */
#ifndef NORMALISE_H
#define NORMALISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#endif
