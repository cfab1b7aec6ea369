/* The page of one job: how far it is, and afterwards what came of it. */
#include "util/clock.h"
#include "util/esc.h"
#include "util/log.h"
#include "util/same_site.h"
#include "store/job.h"

#include "web/dispatch.h"
#include "web/examples.h"
#include "web/form_options.h"
#include "web/i18n.h"
#include "web/move_report.h"
#include "web/pages.h"
#include "web/view.h"
#include "web/view_export.h"

/* The second limit keeps the answer below RESP_BODY_MAX when every byte of them has to be escaped. */
#define PAGES_SHOWN	500
#define PAGES_TEXT_MAX	(384 * 1024)

struct report {
	struct ctx		*c;
	struct tmpl_data	*page, *issue;
	bool			 examples;	/* the issue at hand has some */
	int64_t			 pages_shown;
	size_t			 pages_text;	/* bytes of those, and of the one that was too much */
};

static void
add_example(void *ctx, const char *external_id, int64_t line)
{
	struct report *r = ctx;
	struct tmpl_data *row = tmpl_row(r->issue, "examples");

	r->examples = true;
	tmpl_text(row, "external_id", external_id != NULL ? external_id : "");
	tmpl_count(row, "line", line);
}

static int
add_issue(void *ctx, const struct job_issue *issue, struct err *e)
{
	struct report *r = ctx;
	const struct issue_kind *kind = &issue_kinds[issue->reason];

	r->issue = tmpl_row(r->page, kind->skips ? "skips" : "warnings");
	tmpl_text(r->issue, "issue_title", tr(kind->title));
	tmpl_text(r->issue, "reason", kind->name);
	tmpl_count(r->issue, "count", issue->count);
	r->examples = false;
	/* A page with its counts is worth more than no page for the sake of examples. */
	if (examples_each(issue->examples, r->c->arena, add_example, r, e) == -1)
		log_err("examples_unreadable", e);
	tmpl_flag(r->issue, "examples_any", r->examples);
	return 0;
}

static int
add_page(void *ctx, const struct job_page *page, struct err *e)
{
	struct report *r = ctx;
	bool addressed = *page->page_url != '\0', titled = *page->page_title != '\0';
	struct tmpl_data *row;
	struct tmpl_url url;

	(void)e;
	r->pages_text += 2 * strlen(page->page_url) + strlen(page->page_id) + strlen(page->page_title);
	if (r->pages_text > PAGES_TEXT_MAX)
		return 0;
	r->pages_shown++;
	row = tmpl_row(r->page, "pages");
	if (!titled && addressed)
		view_put_address(row, "page_title", page->page_url);
	else
		tmpl_text(row, "page_title", titled ? page->page_title : tr("A page without title and address"));
	/* Below the title what tells the page from others, but not the same words again. */
	if (!addressed)
		tmpl_text(row, "page_note", page->page_id);
	else if (titled && strcmp(page->page_title, page->page_url) != 0)
		view_put_address(row, "page_note", page->page_url);
	tmpl_count(row, "comments", page->comments);
	if (tmpl_url_web(page->page_url, &url))
		tmpl_url(row, "page_url", url);
	return 0;
}

static int
add_report(struct report *r, const struct job *j, struct err *e)
{
	int64_t pages;

	if (job_issue_each(r->c->db, j->job_id, add_issue, r, e) == -1 ||
	    job_page_each(r->c->db, j->account_id, j->job_id, PAGES_SHOWN, add_page, r, e) == -1 ||
	    job_page_count(r->c->db, j->job_id, &pages, e) == -1)
		return -1;
	tmpl_count(r->page, "page_count", pages);
	tmpl_count(r->page, "pages_more", pages - r->pages_shown);
	return 0;
}

/* The file of an import or export: what it was, and when it ceased to be. */
static int
add_file(struct report *r, const struct job *j, struct err *e)
{
	struct job_file f;
	struct sb hex;
	int found = job_file_get(r->c->db, j->account_id, j->job_id, &f, e);

	if (found != 1)
		return found;
	sb_init(&hex, 2 * HASH256_SIZE + 1);
	if (f.hashed)
		esc_hex(&hex, f.hash, sizeof(f.hash));
	tmpl_text(r->page, "file_hash", sb_text(&hex));
	sb_free(&hex);
	view_put_time(r->page, "key_destroyed_at", "key_destroyed_iso", f.key_destroyed_at);
	view_put_time(r->page, "file_destroyed_at", "file_destroyed_iso", f.file_destroyed_at);
	return 0;
}

/* --- the site of a file --- */

/* One of the account's sites that the file may be of.  before: an earlier file of its site was. */
static void
offer_site(struct report *r, const struct job *j, const char *site, bool before)
{
	struct tmpl_data *row = tmpl_row(r->page, "site_offers");
	struct sb sb;

	sb_init(&sb, 1024);
	sb_printf(&sb, "%s?again=%" PRId64 "&" SAME_SITE_OPTION "=", PATH_IMPORT, j->job_id);
	esc_url(&sb, site, strlen(site));
	tmpl_url(row, "site_url", tmpl_url_path(sb_text(&sb)));
	sb_free(&sb);
	tmpl_text(row, "site", site);
	tmpl_flag(row, "before", before);
	tmpl_flag(row, "over", view_job_over(j));
	tmpl_flag(row, "added", j->state == JOB_COMPLETED && j->counts.created > 0);
}

/* As which site the file was imported; where nobody has said so, which ones it may be of. */
static int
add_site(struct report *r, const struct job *j, struct err *e)
{
	char options[JOB_OPTIONS_SIZE];
	const char *site;
	int found = job_get_options(r->c->db, j->account_id, j->job_id, options, e);

	if (found != 1)
		return found;
	site = form_options_read(options, SAME_SITE_OPTION, r->c->arena);
	tmpl_text(r->page, "as_site", site);
	tmpl_text(r->page, "file_site", *j->file_site != '\0' ? j->file_site : tr("a file without a site"));
	if (*site != '\0')
		return 0;
	if ((found = job_site_before(r->c->db, j, options, e)) == -1)
		return -1;
	site = found == 1 ? form_options_read(options, SAME_SITE_OPTION, r->c->arena) : "";
	if (*site != '\0')
		offer_site(r, j, site, true);
	if (*j->met_site != '\0' && strcmp(j->met_site, site) != 0)
		offer_site(r, j, j->met_site, false);
	return 0;
}

/* What was asked for. */
static int
add_choices(struct report *r, const struct job *j, struct err *e)
{
	struct export_job x;
	int found = export_get(r->c->db, j->account_id, j->job_id, &x, e);

	if (found == 1)
		view_export_choices(r->page, &x.options);
	return found == -1 ? -1 : 0;
}

/* What the page of each kind is made of. */
static const struct kind_page {
	const char	*template;
	bool		 file, report;		/* a file; issues and pages that received comments */
} kind_pages[JOB_KIND__MAX] = {
	[JOB_IMPORT] = { "job", true, true },
	[JOB_EXPORT] = { "job_export", true, false },
	[JOB_MOVE] = { "job_move", false, false },
	[JOB_COPY] = { "job_copy", false, true },
};

static int
add_note(void *ctx, int64_t at, const char *note, struct err *e)
{
	struct tmpl_data *row = tmpl_row(ctx, "notes");

	(void)e;
	tmpl_text(row, "note", note);
	view_put_time(row, "note_at", "note_iso", at);
	return 0;
}

static int
add_parts(struct report *r, const struct job *j, struct err *e)
{
	const struct kind_page *k = &kind_pages[j->kind];

	if ((j->kind == JOB_IMPORT && !j->run && add_site(r, j, e) == -1) ||
	    (j->notes > 0 && job_note_each(r->c->db, j->job_id, add_note, r->page, e) == -1))
		return -1;
	if ((k->file && !j->run && add_file(r, j, e) == -1) || (k->report && view_job_reported(j) && add_report(r, j, e) == -1))
		return -1;
	switch (j->kind) {
	case JOB_EXPORT: return add_choices(r, j, e);
	case JOB_MOVE: return move_report_add(r->c, r->page, j, e);
	default: return 0;
	}
}

int
page_job(struct ctx *c, struct err *e)
{
	struct report r = { .c = c };
	struct view_jobs v = { .now = clock_now_ms(), .link = true };
	char path[VIEW_JOB_PATH_SIZE], name[VIEW_NAME_SIZE];
	struct job j;

	if (view_job_get(c, &j, e) == -1 || job_writer_get(c->db, c->admin.account_id, &v.writer, e) == -1)
		return -1;
	/* Who knows no more than a number comes to the address of an import. */
	if (j.kind != view_kind(c)) {
		view_job_path(path, j.kind, j.job_id);
		resp_redirect(c->resp, path);
		return 0;
	}
	view_job_name(name, j.kind, j.job_id);
	r.page = view_data(c, *j.file_name != '\0' ? j.file_name : name);
	view_job(r.page, &j, &v);
	tmpl_flag(r.page, "refresh", !view_job_over(&j));
	if (add_parts(&r, &j, e) == -1)
		return -1;
	return view_render(c, kind_pages[j.kind].template, r.page, e);
}
