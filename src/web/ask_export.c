#include "web/ask_export.h"

#include "formats/format.h"
#include "util/log.h"

#include "web/i18n.h"
#include "web/view.h"

int
ask_export(struct ctx *c, const struct export_options *o, int64_t *job_id, struct err *e)
{
	const struct writer *w = writer_by_name(o->format);
	struct export_request r = { .account_id = c->admin.account_id, .user_id = c->admin.user_id,
	    .account_name = c->admin.account_name, .requested_by = c->admin.email, .node = c->web->settings->node,
	    .options = o };

	if (*c->web->settings->export_public_key == '\0')
		return view_ask_operators(c, tr("This server has no key for exports, so none can be asked for. Its operators find "
		    "in doc/INSTALL how it gets one."), e);
	if (w == NULL)
		return err_set(e, ERR_INPUT, "%s", tr("The format that was chosen is none of the list. Please choose one of the list."));
	r.extension = w->extension;
	if (export_request_add(c->db, &r, job_id, e) == -1)
		return -1;
	log_info("export_requested", "job=%" PRId64, *job_id);
	return 0;
}
