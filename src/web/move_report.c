#include "web/move_report.h"

#include "store/move.h"

#include "web/dispatch.h"
#include "web/i18n.h"
#include "web/view.h"

#define PAIRS_SHOWN	20
#define RUN_PATH_SIZE	(sizeof(PATH_MOVE) + 32)

struct report {
	struct tmpl_data	*page;
	int64_t			 pairs;
	bool			 examples;
};

static int
add_pair(void *ctx, const struct move_pair *p, struct err *e)
{
	static const char *const titles[MOVE_KIND__MAX] = {
		[MOVE_DOMAIN] = "Domain", [MOVE_URL] = "Address", [MOVE_PREFIX] = "Begin of addresses", [MOVE_PAGE_ID] = "Page id",
	};
	struct report *r = ctx;
	struct tmpl_data *row;

	(void)e;
	if (r->pairs++ == PAIRS_SHOWN)
		return 0;
	row = tmpl_row(r->page, "pairs");
	tmpl_text(row, "pair_kind", tr(titles[p->kind]));
	tmpl_text(row, "pair_from", p->from);
	tmpl_text(row, "pair_to", p->to);
	return 0;
}

/* What of a page's place changes, its id too where that is more than its address. */
static int
add_example(void *ctx, const struct move_example *x, struct err *e)
{
	struct report *r = ctx;
	struct tmpl_data *row = tmpl_row(r->page, "examples");
	bool url = strcmp(x->url_before, x->url_after) != 0, id = strcmp(x->id_before, x->id_after) != 0;

	(void)e;
	r->examples = true;
	tmpl_text(row, "page_title", x->page_title);
	tmpl_flag(row, "url_moves", url);
	tmpl_flag(row, "id_moves", id);
	view_put_address(row, "url_before", x->url_before);
	view_put_address(row, "url_after", x->url_after);
	tmpl_text(row, "id_before", x->id_before);
	tmpl_text(row, "id_after", x->id_after);
	tmpl_count(row, "page_comments", x->comments);
	tmpl_flag(row, "collides", x->collides);
	return 0;
}

int
move_report_add(struct ctx *c, struct tmpl_data *page, const struct job *j, struct err *e)
{
	struct report r = { .page = page };
	struct move_result found = { 0 };
	char path[RUN_PATH_SIZE];
	int known = move_result_get(c->db, j->job_id, &found, e);
	bool preview = strcmp(j->format, MOVE_FORMAT_PREVIEW) == 0;
	int done = preview ? move_shown_run(c->db, j->account_id, j->job_id, e) : 0;

	if (known == -1 || done == -1 || move_pair_each(c->db, j->job_id, PAIRS_SHOWN + 1, add_pair, &r, e) == -1 ||
	    move_example_each(c->db, j->job_id, add_example, &r, e) == -1)
		return -1;
	snprintf(path, sizeof(path), PATH_MOVE "/%" PRId64 "/run", j->job_id);
	tmpl_url(page, "run_url", tmpl_url_path(path));
	tmpl_flag(page, "can_run", preview && j->state == JOB_COMPLETED && found.pages > 0 && done == 0);
	tmpl_flag(page, "done", done == 1);
	tmpl_flag(page, "pairs_more", r.pairs > PAIRS_SHOWN);
	tmpl_flag(page, "found", known == 1);
	tmpl_flag(page, "examples_any", r.examples);
	tmpl_flag(page, "one_page", found.pages == 1);
	tmpl_flag(page, "one_collision", found.collisions == 1);
	tmpl_count(page, "page_count", found.pages);
	tmpl_count(page, "comment_count", found.comments);
	tmpl_count(page, "collisions", found.collisions);
	return 0;
}
