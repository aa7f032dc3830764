/*
 * attr.h - compiler attributes used across the program (gcc and clang).
 */
#ifndef ATTR_H
#define ATTR_H

/* The caller must look at the result. */
#define MUST_CHECK __attribute__((warn_unused_result))
/* printf-like: FORMAT(index of the format string, index of the first argument). */
#define FORMAT(fmt, first) __attribute__((format(printf, fmt, first)))
/*
 * CLEANUP(x) runs x_cleanup(&variable) when the variable leaves its scope. Foreign handles only
 * (json objects, curl lists, ...): our own memory lives in arenas.
 */
#define CLEANUP(name) __attribute__((cleanup(name##_cleanup)))

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif
