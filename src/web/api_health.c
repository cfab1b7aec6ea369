/* /healthz on the private listener: may visitors be sent to this machine? */
#include "spool/survey.h"
#include "store/status.h"
#include "util/log.h"

#include "web/pages.h"

static int
ping(struct db *db, void *ctx, struct err *e)
{
	(void)ctx;
	return status_ping(db, e);
}

static const char *
word(bool good)
{
	return good ? "true" : "false";
}

int
api_health(struct ctx *c, struct err *e)
{
	bool database = gate_ask(c->gate, ping, NULL, e) == 0, well;
	struct survey spool;
	struct err why;

	if (!database)
		log_err("database_away", e);
	if (survey_spool(c->web->settings->spool_dir, &spool, NULL, NULL, &why) == -1)
		log_err("spool_away", &why);
	well = database && spool.workers && spool.writable;
	resp_reset(c->resp);
	c->resp->status = well ? 200 : 503;
	c->resp->content_type = "application/json";
	sb_printf(&c->resp->body, "{\"status\":\"%s\",\"database\":%s,\"jobs\":%s,\"spool\":%s}\n", well ? "ok" : "failing",
	    word(database), word(spool.workers), word(spool.writable));
	return 0;
}
