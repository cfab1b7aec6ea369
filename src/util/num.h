/* Numbers from text, with "no" as an answer. */
#ifndef UTIL_NUM_H
#define UTIL_NUM_H

#include "util/base.h"

/* A whole decimal number, optional minus, no blanks, within min..max.  0 or -1. */
int num_parse(const char *s, int64_t min, int64_t max, int64_t *out) MUST_CHECK;

/* A size in bytes: a number with an optional K, M, G or T (powers of 1,024).  0 or -1. */
int num_parse_size(const char *s, int64_t *out) MUST_CHECK;

/* "950 B", "3.4 MB", "1.20 GB": powers of 1,000, three significant digits at most. */
void num_format_size(char out[24], int64_t bytes);

/* "4 GiB", "1,536 MiB", "5,000,000 bytes": exactly this number, in the largest unit (powers of 1,024) that gives
 * it whole. */
void num_format_limit(char out[40], int64_t bytes);

/* "1,234,567". */
void num_format_count(char out[32], int64_t n);

#endif
