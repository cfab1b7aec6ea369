/* The wire form of mails: RFC 5322 headers with RFC 2047 words, and RFC 2045 quoted-printable text. */
#ifndef JOBS_MIME_H
#define JOBS_MIME_H

#include "util/sb.h"

/* "name: text" and CRLF.  text is UTF-8; control characters become blanks, so that it never begins another header. */
void mime_header(struct sb *, const char *name, const char *text);

/* "Date: Fri, 02 Jan 2026 03:04:05 +0000" and CRLF, of ms UTC. */
void mime_date(struct sb *, int64_t ms);

/* UTF-8 text with lines that end in LF, as quoted-printable with CRLF. */
void mime_quoted_printable(struct sb *, const char *, size_t n);

#endif
