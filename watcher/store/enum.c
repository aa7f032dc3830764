/*
 * enum.c - the words of states and roles, as they stand in SQL, in the API and on screen.
 */
#include <string.h>

#include "store.h"

#define WORD(name, word) [name] = word,
static const char *const state_words[] = {STATES(WORD)};
static const char *const outbox_state_words[] = {OUTBOX_STATES(WORD)};
static const char *const promise_state_words[] = {PROMISE_STATES(WORD)};
static const char *const draft_fate_words[] = {DRAFT_FATES(WORD)};
static const char *const role_words[] = {ROLES(WORD)};
#undef WORD

static int find(const char *const *words, int count, const char *word)
{
	int i;

	for (i = 0; word && i < count; i++) {
		if (strcmp(words[i], word) == 0)
			return i;
	}
	return -1;
}

const char *state_name(enum complaint_state state)
{
	return state < STATE_COUNT ? state_words[state] : "?";
}

int state_from_name(const char *word, enum complaint_state *state_r)
{
	int i = find(state_words, STATE_COUNT, word);

	if (i < 0)
		return 0;
	*state_r = (enum complaint_state)i;
	return 1;
}

const char *outbox_state_name(enum outbox_state state)
{
	return state < OUTBOX_STATE_COUNT ? outbox_state_words[state] : "?";
}

int outbox_state_from_name(const char *word, enum outbox_state *state_r)
{
	int i = find(outbox_state_words, OUTBOX_STATE_COUNT, word);

	if (i < 0)
		return 0;
	*state_r = (enum outbox_state)i;
	return 1;
}

const char *promise_state_name(enum promise_state state)
{
	return state < PROMISE_STATE_COUNT ? promise_state_words[state] : "?";
}

int promise_state_from_name(const char *word, enum promise_state *state_r)
{
	int i = find(promise_state_words, PROMISE_STATE_COUNT, word);

	if (i < 0)
		return 0;
	*state_r = (enum promise_state)i;
	return 1;
}

const char *draft_fate_name(enum draft_fate fate)
{
	return fate < DRAFT_FATE_COUNT ? draft_fate_words[fate] : "?";
}

const char *role_name(enum role role)
{
	return role < ROLE_COUNT ? role_words[role] : "?";
}

int role_from_name(const char *word, enum role *role_r)
{
	int i = find(role_words, ROLE_COUNT, word);

	if (i < 0)
		return 0;
	*role_r = (enum role)i;
	return 1;
}
