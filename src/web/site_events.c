/*
 * GET /events: what has changed, oldest first.  The site asks again from the
 * last event's time, cut to whole seconds, so an answer holds whole seconds
 * and more than the one that was asked from: so each answer brings the site on, and none of it is passed over.
 * A second of the cursor holds SITE_EVENTS_PAGE events at most, all of one transaction (doc/SCHEMA, "The cursor").
 */
#include "web/site_events.h"

#include "store/site_comment.h"
#include "util/clock.h"
#include "util/esc.h"
#include "util/log.h"
#include "util/num.h"

#include "web/json.h"
#include "web/pages.h"
#include "web/site.h"
#include "web/site_told.h"

#define BODY_ENOUGH	(2 * 1024 * 1024)		/* then the next second waits for the next answer */
#define REPEAT_MAX	(512 * 1024)			/* of the second that was asked from, which the site has had */
#define SECOND_MAX	(RESP_BODY_MAX - REPEAT_MAX - 64 * 1024)
#define FROM_MAX	INT64_C(9999999999999)		/* ms: 13 digits, the year 2286 */
#define SECONDS_MAX	INT64_C(99999999999)		/* below lie seconds: as ms it would be in 1973 */

struct site_cursor
site_cursor(const char *s)
{
	struct site_cursor beginning = { 0, false };
	int64_t n;

	if (s == NULL)
		return beginning;
	if (num_parse(s, 0, FROM_MAX, &n) == 0)
		return (struct site_cursor){ n <= SECONDS_MAX ? n : n / 1000, false };
	if (clock_parse(s, strlen(s), &n) == 0 && n > 0)
		return (struct site_cursor){ n / 1000, true };
	return beginning;
}

/* The last value of comment.changed that the client need not be told of again. */
static int64_t
known(struct site_cursor cursor, const struct integration *site)
{
	return MAX(cursor.whole ? cursor.second * 1000 + 999 : cursor.second * 1000 - 1, site->events_from);
}

const struct form_field site_events_query[] = {
	{ "fromDateTime", SITE_CURSOR_BYTES, NULL, false, "fromDateTime must be a number of milliseconds." },
	{ .name = NULL },
};

struct page {
	const struct integration *site;
	int64_t		 from;		/* the second that was asked from */
	int64_t		 after;		/* cursor: behind it lies what is told */
	int64_t		 second;	/* that the next events belong to; 0 before the first */
	struct sb	*body;
	struct sb	 events;	/* of that second */
	struct sb	 data;		/* of one event */
	int64_t		 newest;	/* cursor of the last event, in events or before */
	int64_t		 told_to;	/* and in body */
	int		 told;		/* events in body */
	int		 waiting;	/* in events */
	int		 too_long;
	bool		 on;		/* a second behind from is in body */
};

/* The second is whole.  1 when it does not fit into this answer any more. */
static int
end_second(struct page *p)
{
	if (p->on && p->body->n + p->events.n > RESP_BODY_MAX - 64 * 1024)
		return 1;
	if (p->waiting > 0 && (p->second > p->from || p->events.n <= REPEAT_MAX)) {
		if (p->told > 0)
			sb_char(p->body, ',');
		sb_add(p->body, p->events.p, p->events.n);
		p->told += p->waiting;
		p->told_to = p->newest;
		p->on = p->second > p->from;
	}
	sb_reset(&p->events);
	p->waiting = 0;
	return 0;
}

/* A comment that the site has given a number to is no news, though it may have got it by the download: of a new one the plugin
 * first deletes what it has. */
static const char *
type_of(const struct page *p, const struct site_comment *c)
{
	if (c->is_deleted)
		return "deleted-comment";
	return c->added > p->after && *c->site_number == '\0' ? "new-comment" : "updated-comment";
}

static void
write_event(struct page *p, struct sb *out, const struct site_comment *c, const char *id)
{
	sb_reset(&p->data);
	sb_printf(&p->data, "{\"type\":\"%s\",\"broadcastId\":\"%s\",\"timestamp\":%" PRId64 ",\"comment\":",
	    type_of(p, c), id, c->changed);
	site_told(&p->data, p->site, c);
	sb_char(&p->data, '}');
	sb_printf(out, "{\"_id\":\"%s\",\"createdAt\":", id);
	json_time(out, c->changed);
	sb_str(out, ",\"urlId\":");
	json_string(out, c->post_id);
	sb_str(out, ",\"data\":");
	json_string(out, sb_text(&p->data));
	sb_char(out, '}');
}

/* A hundred long comments of one second may be more than an answer holds: the rest comes with the download only. */
static int
add_event(struct page *p, const struct site_comment *c, struct err *e)
{
	char id[2 * HASH128_SIZE + 24];
	struct sb hex, event;
	int result = -1;

	sb_init(&hex, 2 * HASH128_SIZE + 1);
	sb_init(&event, RESP_BODY_MAX);
	esc_hex(&hex, c->comment_id.b, HASH128_SIZE);
	snprintf(id, sizeof(id), "%s-%" PRId64, sb_text(&hex), c->changed);
	write_event(p, &event, c, id);
	if (!sb_ok(&hex) || !sb_ok(&event) || !sb_ok(&p->data)) {
		err_nomem(e);
		goto free_event;
	}
	if (p->events.n + event.n >= SECOND_MAX) {
		p->too_long++;
	} else {
		if (p->waiting > 0)
			sb_char(&p->events, ',');
		sb_add(&p->events, event.p, event.n);
		p->waiting++;
		p->newest = c->changed;
	}
	result = 0;

free_event:
	sb_free(&event);
	sb_free(&hex);
	return result;
}

/* 1 ends the answer, with more behind it. */
static int
take(void *ctx, const struct site_comment *c, struct err *e)
{
	struct page *p = ctx;
	int64_t second = c->changed / 1000;

	if (second != p->second) {
		if (end_second(p) == 1 || (p->on && (p->told >= SITE_EVENTS_PAGE || p->body->n > BODY_ENOUGH)))
			return 1;
		p->second = second;
	}
	return add_event(p, c, e);
}

/* The second that was asked from, one that is begun with a page almost full, and the event that ends the answer. */
#define LOOK_MAX	(3 * SITE_EVENTS_PAGE + 1)

static int
fill(struct ctx *c, struct page *p, struct err *e)
{
	int more = site_comment_changed(c->db, c->site, p->after, LOOK_MAX, take, p, e);

	if (more == 0)
		more = end_second(p);
	if (more == -1)
		return -1;
	sb_printf(p->body, "],\"hasMore\":%s}\n", more == 1 ? "true" : "false");
	if (p->too_long > 0)
		log_warn("events_too_long", "integration=%" PRId64 " count=%d", p->site->integration_id, p->too_long);
	if (!sb_ok(p->body) || !sb_ok(&p->events))
		return err_nomem(e);
	if (site_comment_note_told(c->db, c->site, p->told_to, e) == -1)
		return -1;
	return more == 0 && p->on ? site_comment_count_left_out(c->db, c->site, e) : 0;
}

int
site_events(struct ctx *c, struct err *e)
{
	struct site_cursor from = site_cursor(form_get(&c->query, "fromDateTime"));
	struct page p = { .site = c->site, .from = from.second, .after = known(from, c->site), .body = site_success(c) };
	int result;

	sb_init(&p.events, SECOND_MAX);
	sb_init(&p.data, RESP_BODY_MAX);
	sb_str(p.body, ",\"events\":[");
	result = fill(c, &p, e);
	sb_free(&p.data);
	sb_free(&p.events);
	return result;
}

int
site_events_waiting(struct db *db, const struct integration *site, struct site_cursor from, int64_t *count, struct err *e)
{
	if (site_comment_note_quiet(db, site, e) == -1)
		return -1;
	from.whole = true;
	return site_comment_count_changed(db, site, known(from, site), SITE_EVENTS_PAGE, count, e);
}
