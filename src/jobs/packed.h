/* Comments that wait, in memory or in a scratch file, as the records of doc/READER-PROTOCOL. */
#ifndef JOBS_PACKED_H
#define JOBS_PACKED_H

#include "util/sb.h"

#include "jobs/wire.h"

#define PACKED_MAX	WIRE_PAYLOAD_MAX

/* Packs c into sb, which was made with sb_init(sb, PACKED_MAX), in place of what it held. */
static inline int
pack_comment(struct sb *sb, const struct comment *c, struct err *e)
{
	sb_reset(sb);
	wire_put_comment(sb, c);
	return sb_ok(sb) ? 0 : err_nomem(e);
}

/* The texts point into p.  Dates were proved when the record came: no date is too far ahead now. */
static inline int
unpack_comment(const void *p, size_t n, struct comment *c, struct err *e)
{
	memset(c, 0, sizeof(*c));
	return wire_get_comment(p, n, INT64_MAX / 2, c, e);
}

#endif
