/*
 * Escaping, one function per context.  Appends to an sb; nothing here fails
 * in another way than sb does.
 */
#ifndef UTIL_ESC_H
#define UTIL_ESC_H

#include "util/sb.h"

/* HTML text and quoted attribute values: & < > " '  */
void esc_html(struct sb *, const char *, size_t n);

/* One path segment or query value of a URL: all but RFC 3986 unreserved bytes as %XX. */
void esc_url(struct sb *, const char *, size_t n);

/* The inside of a JSON string (RFC 8259), without the quotes.  Input is valid UTF-8. */
void esc_json(struct sb *, const char *, size_t n);

/* A value of our log lines: in quotes when it holds blanks or quotes; control bytes as \xNN. */
void esc_log(struct sb *, const char *, size_t n);

/* Plain text that stays on its line: each run of control characters, among them C1 and Unicode's line separators, as
 * one blank. */
void esc_line(struct sb *, const char *, size_t n);

/* Base64 for addresses and headers, without padding (RFC 4648 section 5). */
void esc_base64url(struct sb *, const void *, size_t n);

/* Lower-case hexadecimal. */
void esc_hex(struct sb *, const void *, size_t n);

/* Hexadecimal text of exactly 2 * n digits into n bytes.  0, or -1 if it is anything else. */
int unhex(void *out, size_t n, const char *hex) MUST_CHECK;

#endif
