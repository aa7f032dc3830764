/*
 * frame.h - what stands around every page of somebody who is signed in.
 */
#ifndef DESK_FRAME_H
#define DESK_FRAME_H

#include "exchange.h"

/* Adds alerts, pauses and the menu's counts to what the page shows. */
void frame_add(struct exchange *x, struct json_object *page);

#endif
