/*
 * The log: one line per event on stderr, `key=value`, collected by systemd or
 * quickstart.  Never bodies, e-mail addresses, cookies, tokens or keys.
 *
 *	log_info("job_finished", "state=%s rows=%d", state, rows);
 *
 * gives: ts=2026-01-02T03:04:05.678Z level=info prog=trasloco-jobs pid=12 job=7 event=job_finished state=failed rows=0
 */
#ifndef UTIL_LOG_H
#define UTIL_LOG_H

#include "util/err.h"

/* Program name for all lines of this process (static string). */
void log_init(const char *prog);

/* Extra context of this thread, e.g. "req", "5f3a"; NULL key clears it.  Copied. */
void log_context(const char *key, const char *value);

/* One line.  fmt makes `key=value` pairs out of numbers and words of ours; any text that came from
 * outside goes through log_value first. */
void log_info(const char *event, const char *fmt, ...) PRINTF(2, 3);
void log_warn(const char *event, const char *fmt, ...) PRINTF(2, 3);
void log_error(const char *event, const char *fmt, ...) PRINTF(2, 3);

/* s as one value of a log line (esc_log), in a buffer of the caller; cut when it does not fit. */
const char *log_value(char *buf, size_t size, const char *s);

/* An error with its kind and system error number.  Level: info for what a sender did wrong, else error. */
void log_err(const char *event, const struct err *);

#endif
