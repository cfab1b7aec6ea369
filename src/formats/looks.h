/* What a file looks like that no format takes, in words that end "This looks like ...". */
#ifndef FORMATS_LOOKS_H
#define FORMATS_LOOKS_H

#include "util/base.h"

#define LOOKS_SIZE	160

/* head: the first n (> 0) bytes, unpacked.  Answers a constant, or buf, which is for a name out of the file. */
const char *looks_like(const uint8_t *head, size_t n, char buf[LOOKS_SIZE]);

/*
 * The name of the system whose export a head seems to be, though no format here reads it: by signs of that system's own.
 * NULL if there is none.  A format that is added takes its row out of the table.
 */
const char *looks_like_export_of(const uint8_t *head, size_t n);

#endif
