/* GET commands: what the site should do next, asked every few seconds or once a day.  GET api-secret: what it need not ask. */
#include "util/num.h"
#include "store/job.h"

#include "web/pages.h"
#include "web/site.h"
#include "web/site_events.h"

const struct form_field site_commands_query[] = {
	{ "fromDateTime", SITE_CURSOR_BYTES, NULL, false, "fromDateTime must be a number of milliseconds." },
	/* As the JavaScript core library calls it. */
	{ "lastFetchDate", SITE_CURSOR_BYTES, NULL, false, "lastFetchDate must be the createdAt of the last event." },
	{ .name = NULL },
};

static void
add_command(struct sb *out, int *n, const char *command)
{
	sb_printf(out, "%s{\"id\":null,\"command\":\"%s\"}", (*n)++ > 0 ? "," : "", command);
}

int
site_commands(struct ctx *c, struct err *e)
{
	const struct integration *site = c->site;
	bool sends = site->wants_comments && !site->cancelled;
	const char *from = form_get(&c->query, "fromDateTime");
	struct sb *out;
	bool busy = false;
	int64_t events;
	int n = 0;

	if (integration_heard(c->db, site, e) == -1 || (sends && site_busy(c->db, site, &busy, e) == -1))
		return -1;
	if (from == NULL)
		from = form_get(&c->query, "lastFetchDate");
	if (site_events_waiting(c->db, site, site_cursor(from), &events, e) == -1)
		return -1;
	out = site_success(c);
	sb_str(out, ",\"commands\":[");
	if (sends && !busy)
		add_command(out, &n, "SendComments");
	if (events > 0)
		sb_printf(out, "%s{\"id\":null,\"command\":\"FetchEvents\",\"eventCount\":%" PRId64 "}", n++ > 0 ? "," : "", events);
	/* It has nothing to send, or was told not to: its setup is complete. */
	if (!site->wants_comments && !site->cancelled && site->received == 0)
		add_command(out, &n, "SetSyncDone");
	sb_str(out, "]}\n");
	return 0;
}

int
site_api_secret(struct ctx *c, struct err *e)
{
	(void)e;
	c->resp->content_type = "application/json";
	sb_str(&c->resp->body, "{\"status\":\"failure\",\"code\":\"not-supported\",\"reason\":\"There is no comment widget here that "
	    "could sign anybody in.\"}\n");
	return 0;
}
