#include "formats/xmlqueue.h"

/*
 * A chunk of 32 KiB can end one record with a long body and begin and end hundreds: the worst case stays below the cap.
 * Everything but the body is cut far below its limit.
 */
#define ARENA_CAP	(24 * 1024 * 1024)

struct node {
	struct comment	 c;
	enum rd_status	 status;
	struct node	*next;
};

struct xmlqueue {
	struct xmlsrc			*xml;
	const struct xmlqueue_owner	*owner;
	void				*ctx;
	struct arena			*arena, *spare;	/* of this chunk; for what crosses into the next */
	struct node			*first, **last;
	bool				 ended, failed;
	struct err			 err;
};

struct xmlqueue *
xmlqueue_open(struct input *in, const struct xmlsrc_handler *handler, void *handler_ctx,
    const struct xmlqueue_owner *owner, void *ctx, const struct format_options *options, struct err *e)
{
	struct xmlqueue *q = calloc(1, sizeof(*q));

	if (q == NULL) {
		err_nomem(e);
		return NULL;
	}
	q->owner = owner;
	q->ctx = ctx;
	q->last = &q->first;
	if ((q->arena = arena_new(ARENA_CAP)) == NULL || (q->spare = arena_new(ARENA_CAP)) == NULL)
		err_nomem(e);
	else
		q->xml = xmlsrc_open(in, handler, handler_ctx, options, e);
	if (q->xml == NULL) {
		xmlqueue_close(q);
		return NULL;
	}
	return q;
}

struct arena *
xmlqueue_arena(struct xmlqueue *q)
{
	return q->arena;
}

struct comment *
xmlqueue_add(struct xmlqueue *q, enum rd_status status, struct err *e)
{
	struct node *node = arena_zalloc(q->arena, 1, sizeof(*node));

	if (node == NULL) {
		err_nomem(e);
		return NULL;
	}
	node->status = status;
	*q->last = node;
	q->last = &node->next;
	return &node->c;
}

/* Empties the arena but for what goes on in the next chunk. */
static int
turn_arena(struct xmlqueue *q)
{
	struct arena *old = q->arena;

	q->last = &q->first;
	if (q->owner->keep(q->ctx, q->spare, &q->err) == -1)
		return -1;
	arena_reset(old);
	q->arena = q->spare;
	q->spare = old;
	return 0;
}

/* Takes over what ended the document; a failure to finish counts only if nothing failed before. */
static void
end(struct xmlqueue *q, bool failed)
{
	struct err *e = failed ? NULL : &q->err;

	q->ended = true;
	q->failed = failed;
	if (q->owner->finish != NULL && q->owner->finish(q->ctx, e) == -1)
		q->failed = true;
}

static void
step(struct xmlqueue *q)
{
	enum xmlsrc_status status;

	if (turn_arena(q) == -1) {
		q->ended = q->failed = true;
		return;
	}
	if ((status = xmlsrc_step(q->xml, &q->err)) != XMLSRC_MORE)
		end(q, status == XMLSRC_FAILED);
}

enum rd_status
xmlqueue_next(struct xmlqueue *q, struct comment *c, struct err *e)
{
	enum rd_status status;

	while (q->first == NULL && !q->ended)
		step(q);
	if (q->first != NULL) {
		*c = q->first->c;
		status = q->first->status;
		q->first = q->first->next;
		return status;
	}
	if (q->failed && e != NULL)
		*e = q->err;
	return q->failed ? RD_FATAL : RD_EOF;
}

enum rd_status
xmlqueue_again(struct xmlqueue *q, struct err *e)
{
	q->ended = q->failed = false;
	if (xmlsrc_rewind(q->xml, &q->err) == 0)
		return RD_AGAIN;
	q->ended = q->failed = true;
	if (e != NULL)
		*e = q->err;
	return RD_FATAL;
}

void
xmlqueue_close(struct xmlqueue *q)
{
	if (q == NULL)
		return;
	xmlsrc_close(q->xml);
	arena_free(q->arena);
	arena_free(q->spare);
	free(q);
}
