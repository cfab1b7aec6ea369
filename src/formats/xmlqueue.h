/*
 * What a format's reader of XML has in common with the others: the records that one chunk of the document
 * completed, handed out one by one, and the memory that they and the unfinished record live in.
 */
#ifndef FORMATS_XMLQUEUE_H
#define FORMATS_XMLQUEUE_H

#include "formats/xmlsrc.h"

struct xmlqueue;

struct xmlqueue_owner {
	/* Before each chunk: copies what the format goes on to need into this arena, which is then the current one. */
	int (*keep)(void *ctx, struct arena *, struct err *);
	/* Behind the last chunk, be it the end or a failure: adds what was held back.  NULL: nothing ever is. */
	int (*finish)(void *ctx, struct err *);
};

/* As xmlsrc_open(); the owner and its ctx stay valid until close, too. */
struct xmlqueue *xmlqueue_open(struct input *, const struct xmlsrc_handler *, void *handler_ctx,
    const struct xmlqueue_owner *, void *ctx, const struct format_options *, struct err *);

/* The current arena: for everything up to the next chunk. */
struct arena *xmlqueue_arena(struct xmlqueue *);

/* A new last record, zeroed, for the caller to fill; status: RD_ITEM or RD_SKIPPED.  NULL at the arena's cap. */
struct comment *xmlqueue_add(struct xmlqueue *, enum rd_status status, struct err *);

/* What struct format's next answers, but for RD_AGAIN. */
enum rd_status xmlqueue_next(struct xmlqueue *, struct comment *, struct err *);

/* Once xmlqueue_next() said RD_EOF or RD_FATAL: the document comes once more, from the input that whoever reads the
 * records rewinds on RD_AGAIN.  RD_FATAL when out of memory. */
enum rd_status xmlqueue_again(struct xmlqueue *, struct err *);

void xmlqueue_close(struct xmlqueue *);		/* close(NULL) does nothing */

#endif
