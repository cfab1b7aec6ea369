/*
 * The lines of LOAD DATA LOCAL: fields separated by tabs, lines ended by
 * newlines, backslash as escape, \N for NULL.  Only these functions write
 * such lines; a tab that got through unescaped would forge a row.
 */
#ifndef STORE_LOAD_H
#define STORE_LOAD_H

#include "util/sb.h"

/* Each appends one field and the tab behind it. */
void load_bytes(struct sb *, const void *, size_t n);	/* any bytes; for a text column they must be its character set */
void load_int(struct sb *, int64_t);
void load_null(struct sb *);

/* Ends the line: the last field's tab becomes a newline.  The line has at least one field. */
void load_end(struct sb *);

#endif
