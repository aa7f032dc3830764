/*
 * pattern_refuse.c - constructs of pcre2 that no rule may use.
 *
 * They would break a promise of the engine: \K and \G move where a match begins, verbs such as (*ACCEPT) or
 * (*LIMIT_MATCH=...) change what a match is or lift our limits, \Q...\E hides text from readers of patterns, and
 * callouts have nobody to call. A backslash always guards the byte after it here, which is why \Q has to go: behind it
 * the reading would be wrong. In a class write [*(], not [(*].
 */
#include <string.h>

#include "classify/rules_impl.h"

const char *pattern_refused(const char *text, size_t len)
{
	for (size_t i = 0; i + 1 < len; i++) {
		if (text[i] != '\\' && text[i] != '(')
			continue;
		if (text[i] == '\\') {
			switch (text[++i]) {
			case 'K':
				return "\\K is not allowed: use a lookbehind (?<=...)";
			case 'G':
				return "\\G is not allowed";
			case 'Q':
				return "\\Q is not allowed: write a backslash before each special character";
			default:
				continue;
			}
		}
		if (text[i + 1] == '*')
			return "verbs, (*...), are not allowed: write \\(\\* for these characters, [*(] in a class";
		if (len - i >= 3 && memcmp(text + i, "(?C", 3) == 0)
			return "callouts, (?C...), are not allowed";
	}
	return NULL;
}
