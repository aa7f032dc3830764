/*
 * words.h - the program's values in plain words, for pages.
 */
#ifndef DESK_WORDS_H
#define DESK_WORDS_H

#include "exchange.h"

const char *class_label(enum class value);
/* What the class means for the person who reads it. */
const char *class_meaning(enum class value);
const char *cause_label(enum cause value); /* "" for none */
const char *state_label(enum complaint_state state);
const char *severity_label(int severity);
const char *urgency_label(int urgency);
const char *sentiment_label(double sentiment);
/* "one", "few", "many" */
const char *reach_word(int authors);
const char *platform_label(const char *name);
/* "Japanese" of "ja"; "this language (xx)" of one that has no name here. */
const char *lang_label(struct arena *arena, const char *code);
/* "just now", "12 min ago", "3 h ago", "2 days ago"; "" when at_s is 0. In the arena. */
const char *age_text(struct arena *arena, int64_t at_s, int64_t now_s);
/* "Thu 26 Nov, 17:00" in the machine's time zone, with the year where it is another; NULL when at_s is 0. In the
 * arena. */
const char *moment_text(struct arena *arena, int64_t at_s, int64_t now_s);
/* "16 Nov" of a day in UTC. In the arena. */
const char *day_text(struct arena *arena, int64_t at_s);
/* "in 3 h", "in 2 days", "20 min overdue". In the arena. */
const char *span_text(struct arena *arena, int64_t left_s);
/* "a refund" */
const char *remedy_label(enum remedy remedy);
/* "2026-11-21T20:00:00Z" in the arena, NULL when at_s is 0. */
const char *time_text(struct arena *arena, int64_t at_s);
/* The sentence with a capital letter first: errors are written to stand behind "file:line: ". In the arena. */
const char *sentence_text(struct arena *arena, const char *text);
/* http or https address that may be linked, else NULL. */
const char *safe_url(const char *url);
/* Nothing arrives from this source until a person does something. */
bool source_needs_person(const struct source_row *row);

#endif
