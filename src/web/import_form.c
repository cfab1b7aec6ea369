#include "web/import_form.h"

#include "util/num.h"
#include "util/same_site.h"
#include "formats/format.h"
#include "store/job.h"
#include "store/page.h"

#include "web/form_options.h"
#include "web/i18n.h"
#include "web/job_list.h"
#include "web/view.h"

#define SITES_BEFORE	5	/* answers of earlier imports that the form shows */

/* Once more as another site: this may follow a completed import, too. */
static int
take_site(struct ctx *c, struct again *again, const char *site, struct err *e)
{
	const struct format *f = format_by_name(again->job.format);
	const struct text source = { again->job.source, strlen(again->job.source), true };
	int found = page_site_exists(c->db, c->admin.account_id, f != NULL && f->own_source ? NULL : &source, site, e);

	if (found == -1)
		return -1;
	if (found == 0)
		return err_set(e, ERR_NOTFOUND, "%s", tr("This account has no site of this name with comments of this provider."));
	if (!job_state_final(again->job.state))
		return err_set(e, ERR_CONFLICT, "%s", tr("This import is not over yet."));
	again->site = site;
	return 0;
}

int
import_form_again(struct ctx *c, const char *number, const char *site, struct again *again, struct err *e)
{
	char *options = arena_zalloc(c->arena, 1, JOB_OPTIONS_SIZE);
	int64_t job_id;
	int found = 0;

	if (options == NULL)
		return err_nomem(e);
	if (num_parse(number, 1, INT64_MAX, &job_id) == 0 &&
	    (found = job_get(c->db, c->admin.account_id, job_id, &again->job, e)) == 1)
		found = job_get_options(c->db, c->admin.account_id, job_id, options, e);
	if (found == -1)
		return -1;
	if (found == 0)
		return err_set(e, ERR_NOTFOUND, "%s", tr("There is no import with this number."));
	if (again->job.run)
		return err_set(e, ERR_CONFLICT, "%s", tr("These comments were sent by the site itself, without a file. Please ask the "
		    "site for them again under Connected sites."));
	again->options = options;
	again->site = form_options_read(options, SAME_SITE_OPTION, c->arena);
	if (site != NULL)
		return take_site(c, again, site, e);
	if (!view_job_again(&again->job))
		return err_set(e, ERR_CONFLICT, "%s", tr("Only an import that has failed or was cancelled can be tried again."));
	return 0;
}

static void
add_choices(struct tmpl_data *row, const struct format_option *o, const char *chosen)
{
	struct tmpl_data *choice;
	size_t i;

	for (i = 0; o->values != NULL && o->values[i] != NULL; i++) {
		choice = tmpl_row(row, "choices");
		tmpl_text(choice, "value", o->values[i]);
		tmpl_text(choice, "value_title", tr(o->value_titles != NULL ? o->value_titles[i] : o->values[i]));
		tmpl_flag(choice, "chosen", strcmp(o->values[i], chosen) == 0);
	}
}

static void
add_option(struct tmpl_data *provider, const struct format *f, const struct format_option *o, const char *chosen)
{
	struct tmpl_data *row = tmpl_row(provider, "options");
	char field[FORM_OPTION_FIELD_SIZE], limit[40];

	form_option_field(field, f, o);
	num_format_limit(limit, SECOND_FILE_MAX);
	tmpl_text(row, "field", field);
	tmpl_text(row, "option_title", tr(o->title));
	tmpl_text(row, "hint", o->hint != NULL ? tr(o->hint) : "");
	tmpl_flag(row, "required", o->required);
	tmpl_flag(row, "is_choice", o->kind == OPTION_CHOICE);
	tmpl_flag(row, "is_flag", o->kind == OPTION_FLAG);
	tmpl_flag(row, "is_url", o->kind == OPTION_URL);
	tmpl_flag(row, "is_text", o->kind == OPTION_TEXT);
	tmpl_flag(row, "is_file", o->kind == OPTION_FILE);
	tmpl_flag(row, "checked", strcmp(chosen, "yes") == 0);
	tmpl_text(row, "chosen_text", chosen);
	tmpl_number(row, "text_max", OPTION_TEXT_MAX);
	tmpl_number(row, "second_limit_bytes", SECOND_FILE_MAX);
	tmpl_text(row, "second_limit", limit);
	add_choices(row, o, chosen);
}

static void
add_provider(struct ctx *c, struct tmpl_data *page, const struct format *f, const struct again *again)
{
	bool chosen = again != NULL && strcmp(f->name, again->job.format) == 0;
	struct tmpl_data *row = tmpl_row(page, "providers");
	const struct format_option *o;

	tmpl_text(row, "name", f->name);
	tmpl_text(row, "provider_title", tr(f->title));
	tmpl_text(row, "accepts", tr(f->accepts));
	tmpl_flag(row, "selected", chosen);
	for (o = f->options; o != NULL && o->name != NULL; o++)
		add_option(row, f, o, chosen ? form_options_read(again->options, o->name, c->arena) : "");
	tmpl_flag(row, "options_any", f->options != NULL && f->options->name != NULL);
}

/* Did the job have a second file? */
static bool
had_second(struct ctx *c, const struct again *again)
{
	const struct format *f = format_by_name(again->job.format);
	const struct format_option *o;

	for (o = f != NULL ? f->options : NULL; o != NULL && o->name != NULL; o++)
		if (o->kind == OPTION_FILE && *form_options_read(again->options, o->name, c->arena) != '\0')
			return true;
	return false;
}

struct site_list {
	struct arena		*arena;
	struct tmpl_data	*page;
	const char		*chosen;
	bool			 any;
};

/* The first format of a source says what people call it. */
static const char *
source_title(const char *source)
{
	size_t i;

	for (i = 0; formats[i] != NULL; i++)
		if (!formats[i]->own_source && strcmp(formats[i]->source, source) == 0)
			return tr(formats[i]->title);
	return source;
}

static void
add_site(void *ctx, const char *source, const char *site)
{
	struct site_list *l = ctx;
	struct tmpl_data *row;

	if (same_site_problem(site) != NULL)
		return;
	l->any = true;
	row = tmpl_row(l->page, "sites");
	tmpl_text(row, "site", site);
	view_put_address(row, "site_name", site);
	tmpl_text(row, "site_source", source_title(source));
	tmpl_flag(row, "site_chosen", strcmp(site, l->chosen) == 0);
}

static void
add_site_before(void *ctx, const char *file_site, const char *options)
{
	const struct site_list *l = ctx;
	struct tmpl_data *row = tmpl_row(l->page, "sites_before");

	view_put_address(row, "file_site", *file_site != '\0' ? file_site : tr("a file without a site"));
	view_put_address(row, "site", form_options_read(options, SAME_SITE_OPTION, l->arena));
}

/* "This is the site", and how it was answered before. */
static int
add_sites(struct ctx *c, struct tmpl_data *page, const char *chosen, struct err *e)
{
	struct site_list l = { .arena = c->arena, .page = page, .chosen = chosen };

	/* The page of examples is one of nobody's. */
	if (job_list_is_demo(c))
		return 0;
	if (page_site_each(c->db, c->admin.account_id, NULL, add_site, &l, e) == -1)
		return -1;
	tmpl_flag(page, "sites_any", l.any);
	return job_sites_before(c->db, c->admin.account_id, SITES_BEFORE, add_site_before, &l, e);
}

int
import_form(struct ctx *c, struct tmpl_data *page, const struct again *again, struct err *e)
{
	bool partial = again != NULL && strcmp(form_options_read(again->options, "partial", c->arena), "yes") == 0;
	bool offered = again != NULL && view_job_broken(&again->job);
	char limit[40];
	size_t i;

	for (i = 0; formats[i] != NULL; i++)
		add_provider(c, page, formats[i], again);
	num_format_limit(limit, c->web->settings->max_upload);
	tmpl_text(page, "limit", limit);
	tmpl_number(page, "limit_bytes", c->web->settings->max_upload);
	tmpl_flag(page, "again", again != NULL);
	tmpl_text(page, "again_file", again != NULL && *again->job.file_name != '\0' ? again->job.file_name :
	    tr("a file without a name"));
	tmpl_flag(page, "again_second", again != NULL && had_second(c, again));
	tmpl_flag(page, "again_partial", offered && !partial);
	tmpl_count(page, "again_comments", again != NULL ? again->job.counts.comments_read : 0);
	tmpl_flag(page, "partial", partial);
	view_put_address(page, "again_site", again != NULL ? again->site : "");
	tmpl_flag(page, "more_open", partial || offered || (again != NULL && *again->site != '\0'));
	return add_sites(c, page, again != NULL ? again->site : "", e);
}
