/* What a file looks like that no format takes, in words that end "This looks like ...". */
#ifndef FORMATS_LOOKS_H
#define FORMATS_LOOKS_H

#include "util/base.h"

#define LOOKS_SIZE	160

/* head: the first n (> 0) bytes, unpacked.  Answers a constant, or buf, which is for a name out of the file. */
const char *looks_like(const uint8_t *head, size_t n, char buf[LOOKS_SIZE]);

#endif
