/* A comment as a connected site is told of it: the keys of the protocol, the same in events and in the download. */
#ifndef WEB_SITE_TOLD_H
#define WEB_SITE_TOLD_H

#include "store/site_comment.h"
#include "util/sb.h"

/* Appends the JSON object. */
void site_told(struct sb *, const struct integration *, const struct site_comment *);

#endif
