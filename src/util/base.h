/*
 * What every file of the project starts from: the C library's headers, the
 * attributes that let the compiler check our promises, and the functions that
 * nobody may call.
 *
 * Third-party headers are included before this one, because the poisoned
 * names below may not even be mentioned after it.
 */
#ifndef UTIL_BASE_H
#define UTIL_BASE_H

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#define MUST_CHECK	__attribute__((warn_unused_result))
#define PRINTF(f, a)	__attribute__((format(printf, f, a)))
#define NORETURN	__attribute__((noreturn))
#define ARRAY_LEN(a)	(sizeof(a) / sizeof((a)[0]))
/* Each argument is evaluated once: a call that reads bytes may stand here. */
#define MIN(a, b) ({ __typeof__(a) min_a = (a); __typeof__(b) min_b = (b); min_a < min_b ? min_a : min_b; })
#define MAX(a, b) ({ __typeof__(a) max_a = (a); __typeof__(b) max_b = (b); max_a > max_b ? max_a : max_b; })

/*
 * Unbounded writers, a tokenizer with hidden state, and a number parser that
 * cannot say "no".  snprintf, struct sb, strtoll and util/num.h stand in.
 * Under clang, glibc's _FORTIFY_SOURCE makes macros of the first two, which cannot be poisoned.
 */
#undef sprintf
#undef vsprintf
#pragma GCC poison sprintf vsprintf strcpy strcat strncat strtok gets atoi atol

#endif
