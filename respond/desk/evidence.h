/*
 * evidence.h - a post's text cut into marked and unmarked pieces, and the rules behind the marks.
 */
#ifndef DESK_EVIDENCE_H
#define DESK_EVIDENCE_H

#include <json-c/json.h>

#include "arena.h"
#include "rules.h"

/*
 * [{"text", "mark", "rules": [id...]}]: pieces that give the text again when joined; hits may overlap, then a piece has
 * several rules. verdict: as stored (hits with byte offsets), NULL for none. Offsets outside the text or inside a
 * character are moved to the nearest place before. page: adds "first", "names", "about" and "weak" for the template.
 */
struct json_object *evidence_segments(struct arena *arena, const char *text, struct json_object *verdict,
				      const struct ruleset *rules, bool page);
#define EVIDENCE_WEAK 1.2 /* rules of less weight than this are shown as hints */
/* Sorts what evidence_rules() made: strongest first. */
void evidence_sort(struct json_object *list);
/* Adds the verdict's rules to list: [{"rule", "about", "count", "words", "weights": [{"score", "weight"}]}], each once.
 */
void evidence_rules(struct arena *arena, struct json_object *list, const char *text, struct json_object *verdict,
		    const struct ruleset *rules, bool page);

#endif
