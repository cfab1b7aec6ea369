/* Time: UTC milliseconds since 1970-01-01, and text in the forms of RFC 3339. */
#ifndef UTIL_CLOCK_H
#define UTIL_CLOCK_H

#include "util/base.h"

#define CLOCK_TEXT_SIZE	25		/* 2026-01-02T03:04:05.678Z and its NUL */
#define CLOCK_UNKNOWN	INT64_MIN	/* a date that nobody knows */

/* Wall clock.  For display and for comparing dates of a file with today. */
int64_t clock_now_ms(void);

/* A clock that never jumps.  For time-outs and rates. */
int64_t clock_monotonic_ms(void);

/* "2026-01-02T03:04:05.678Z"; "" for CLOCK_UNKNOWN.  Years 0 to 9999. */
void clock_format(char out[CLOCK_TEXT_SIZE], int64_t ms);

/* "2026-01-02 03:04:05.678", what a DATETIME(3) column takes. */
void clock_format_sql(char out[CLOCK_TEXT_SIZE], int64_t ms);

/*
 * Date and time per RFC 3339 section 5.6, read tolerantly: `T` or a blank between date and time,
 * fraction optional (cut at milliseconds), zone optional and then UTC, its minutes optional, seconds 60 taken as 59.
 * 0, or -1 if it is no such date (also one like February 30).
 */
int clock_parse(const char *s, size_t n, int64_t *ms) MUST_CHECK;

/* True for a date that DESIGN takes as known: 1990 or later and at most a day after now_ms. */
bool clock_plausible(int64_t ms, int64_t now_ms);

#endif
