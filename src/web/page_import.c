/* The import page: the form, and the account's jobs below it. */
#include "util/same_site.h"
#include "store/job.h"

#include "web/i18n.h"
#include "web/import_form.h"
#include "web/job_list.h"
#include "web/pages.h"
#include "web/view.h"

const struct form_field page_import_query[] = {
	{ "demo", 8, NULL, false, "The address of this page is malformed." },
	{ "again", 20, NULL, false, "The address of this page is malformed." },
	{ SAME_SITE_OPTION, LIMIT_SITE_BYTES, NULL, false, "The address of this page is malformed." },
	{ .name = NULL },
};

/* One invented job in each state. */
static const struct demo_job demo[] = {
	{ JOB_REQUESTED, "disqus", "garden-notes.xml.gz", 1800000, 0, 0, { 0 }, 0, "" },
	{ JOB_RUNNING, "wxr", "harbour-news.xml", 340000000, -12000, 0, { 204000000, 291400, 0, 0, 0, 0 }, 0, "" },
	{ JOB_COMPLETED, "commento", "cycling-weekly.json.gz", 5200000, -4000000, -3998000,
	    { 5200000, 18250, 17900, 210, 128, 12 }, 0, "" },
	{ JOB_FAILED, "hyvor-talk", "old-blog.json", 720000, -9000000, -8999500, { 310000, 640, 0, 0, 0, 0 }, 0,
	    "The file breaks off at line 20114: it ends in the middle. Please get it once more; it may not have been "
	    "downloaded to its end. Nothing was imported." },
	{ JOB_CANCELLED, "muut", "recipes.json", 64000000, -90000000, -89990000, { 21000000, 30500, 0, 0, 0, 0 }, 0,
	    "The job was cancelled by anna@example.com. Nothing was changed." },
};

int
page_import(struct ctx *c, struct err *e)
{
	const char *number = form_get(&c->query, "again"), *site = form_get(&c->query, SAME_SITE_OPTION);
	struct tmpl_data *page;
	struct again again;

	if (number != NULL && import_form_again(c, number, site, &again, e) == -1)
		return -1;
	page = view_data(c, tr("Import comments"));
	if (job_list(c, page, JOB_IMPORT, demo, ARRAY_LEN(demo), e) == -1)
		return -1;
	if (import_form(c, page, number != NULL ? &again : NULL, e) == -1)
		return -1;
	return view_render(c, "import", page, e);
}
