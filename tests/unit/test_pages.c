/* The table of addresses, and the pages that need no database, out of the real templates. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "util/clock.h"
#include "util/rnd.h"
#include "web/api.h"
#include "web/csrf.h"
#include "web/dispatch.h"
#include "web/pages.h"
#include "web/site.h"
#include "web/view.h"
#include "web/view_site.h"

static struct settings settings = { .base_url = "https://comments.example", .max_upload = INT64_C(4) << 30 };
static struct web web = { .settings = &settings };
static struct arena *arena;
static struct req req;
static struct resp resp;
static struct ctx c;

static int
set_up(void **state)
{
	(void)state;
	if ((arena = arena_new(1 << 20)) == NULL)
		return -1;
	resp_init(&resp);
	req = (struct req){ .path = "/", .query = "", .content_type = "", .cookies = "", .if_none_match = "" };
	c = (struct ctx){ .web = &web, .arena = arena, .req = &req, .resp = &resp };
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	resp_free(&resp);
	arena_free(arena);
	return 0;
}

static void
sign_in(void)
{
	c.signed_in = true;
	rnd_hex(c.token, 32);
	snprintf(c.admin.email, sizeof(c.admin.email), "<anna>@example.com");
	snprintf(c.admin.account_name, sizeof(c.admin.account_name), "demo");
}

static bool
has(const char *text)
{
	return strstr(sb_text(&resp.body), text) != NULL;
}

static void
every_change_of_the_table_is_protected(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < dispatch_routes_count; i++) {
		const struct route *r = &dispatch_routes[i];

		assert_non_null(r->handler);
		if (r->method == REQ_GET)
			assert_int_equal(r->body, ROUTE_BODY_NONE);
		if (r->method == REQ_GET || r->csrf == ROUTE_CSRF_NO_COOKIE)
			continue;
		assert_int_not_equal(r->csrf, ROUTE_CSRF_READS);
		assert_int_not_equal(r->body, ROUTE_BODY_NONE);
		assert_int_equal(r->body == ROUTE_BODY_STREAM, r->csrf == ROUTE_CSRF_STREAM);
		assert_int_equal(r->body == ROUTE_BODY_STREAM, r->pool == ROUTE_TRANSFER);
		assert_int_equal(r->who == ROUTE_PUBLIC, r->csrf == ROUTE_CSRF_SIGN_IN);
	}
}

static bool
is_site(enum route_who who)
{
	return who == ROUTE_SITE || who == ROUTE_SITE_POLLS || who == ROUTE_SITE_ASKS;
}

static bool
is_api(enum route_who who)
{
	return who == ROUTE_TOKEN || who == ROUTE_TOKEN_IMPORT || who == ROUTE_TOKEN_EXPORT || who == ROUTE_TOKEN_MOVE;
}

static void
who_comes_with_a_token_comes_without_cookies(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < dispatch_routes_count; i++) {
		const struct route *r = &dispatch_routes[i];

		assert_int_equal(is_site(r->who) || is_api(r->who), r->csrf == ROUTE_CSRF_NO_COOKIE);
		assert_int_equal(is_api(r->who), api_is(r->pattern));
		if (is_api(r->who))
			assert_int_equal(r->answer, ROUTE_JSON);
		assert_int_equal(is_site(r->who), r->answer == ROUTE_SITE_JSON);
		assert_int_equal(is_site(r->who), strncmp(r->pattern, PATH_INTEGRATIONS, strlen(PATH_INTEGRATIONS)) == 0);
		if (r->csrf == ROUTE_CSRF_NO_COOKIE) {
			assert_int_not_equal(r->body, ROUTE_BODY_FORM);
			assert_true(r->body != ROUTE_BODY_STREAM || r->pool == ROUTE_TRANSFER);
		}
	}
}

static bool
declares(const struct form_field *fields, const char *name)
{
	size_t n = 0;
	bool found = false;

	for (; fields[n].name != NULL; n++) {
		assert_non_null(fields[n].complaint);
		found |= strcmp(fields[n].name, name) == 0;
	}
	assert_true(n <= FORM_FIELDS_MAX);
	return found;
}

static void
every_form_of_the_table_declares_its_token(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < dispatch_routes_count; i++)
		if (dispatch_routes[i].body == ROUTE_BODY_FORM || dispatch_routes[i].body == ROUTE_BODY_PARTS)
			assert_true(declares(dispatch_routes[i].form, CSRF_FIELD));
}

static void
only_sign_in_and_redirects_are_public(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < dispatch_routes_count; i++)
		if (dispatch_routes[i].who == ROUTE_PUBLIC)
			assert_true(dispatch_routes[i].handler == page_home || dispatch_routes[i].handler == page_login ||
			    dispatch_routes[i].handler == page_login_post);
}

static void
the_example_page_shows_one_job_in_each_state(void **state)
{
	static const char *const states[] = { "Requested", "Running", "Completed", "Failed", "Cancelled" };
	struct err e = { 0 };
	size_t i;

	(void)state;
	sign_in();
	assert_int_equal(form_parse(&c.query, page_import_query, "demo=true", 9, arena, &e), 0);
	if (page_import(&c, &e) == -1)
		fail_msg("%s", e.msg);
	for (i = 0; i < ARRAY_LEN(states); i++) {
		char badge[64];

		snprintf(badge, sizeof(badge), "\">%s</span>", states[i]);
		assert_true(has(badge));
	}
	assert_true(has("<main class=\"content\""));
	assert_true(has("class=\"account-block"));
	assert_true(has("Example."));
	assert_true(has("Waits until import 4 has ended."));
	assert_true(has("Detect automatically"));
	assert_true(has("Up to 4 GiB per file."));
	assert_true(has("&lt;anna&gt;@example.com"));
	assert_false(has("<anna>"));
	/* Invented jobs have no page, and nothing is asked about them. */
	assert_false(has("manage-data/import/1"));
	assert_false(has("data-live"));
}

static void
exports_are_offered_only_where_there_is_a_key(void **state)
{
	static const struct route route = { REQ_GET, PATH_EXPORT, .query = page_export_query };
	struct err e = { 0 };
	int i;

	(void)state;
	sign_in();
	req.path = PATH_EXPORT;
	c.route = &route;
	assert_int_equal(form_parse(&c.query, page_export_query, "demo=true", 9, arena, &e), 0);
	for (i = 0; i < 2; i++) {
		resp_reset(&resp);
		snprintf(settings.export_public_key, sizeof(settings.export_public_key), "%s", i == 0 ? "" : "a key");
		if (page_export(&c, &e) == -1)
			fail_msg("%s", e.msg);
		assert_int_equal(has("This server has no key for exports"), i == 0);
		assert_int_equal(has("type=\"submit\" disabled>"), i == 0);
	}
	settings.export_public_key[0] = '\0';
	assert_true(has("<option value=\"jsonl\" selected>"));
	assert_true(has("<option value=\"wxr\">"));
	assert_true(has("aria-current=\"true\">Exports</a>"));
}

static void
the_sign_in_page_brings_its_cookie_and_token(void **state)
{
	struct err e = { 0 };

	(void)state;
	assert_int_equal(form_parse(&c.query, page_login_query, "next=%2Fa%3Fb%3D1", 17, arena, &e), 0);
	if (page_login(&c, &e) == -1)
		fail_msg("%s", e.msg);
	assert_non_null(strstr(sb_text(&resp.headers), "Set-Cookie: __Host-trasloco-sign-in="));
	assert_non_null(strstr(sb_text(&resp.headers), "; Secure"));
	assert_true(has("name=\"csrf\" value=\""));
	assert_true(has("name=\"next\" value=\"/a?b=1\""));
}

static void
sign_in_forwards_to_pages_of_this_site_only(void **state)
{
	static const char *const strange[] = {
		"next=//evil.example", "next=https://evil.example", "next=/%5Cevil.example", "next=javascript:x", "next=evil", "next=/%09/x",
	};
	struct err e = { 0 };
	size_t i;

	(void)state;
	sign_in();
	for (i = 0; i < ARRAY_LEN(strange); i++) {
		resp_reset(&resp);
		if (form_parse(&c.query, page_login_query, strange[i], strlen(strange[i]), arena, &e) == -1)
			continue;
		assert_int_equal(page_login(&c, &e), 0);
		assert_int_equal(resp.status, 303);
		assert_string_equal(sb_text(&resp.headers), "Location: /auth/my-account/manage-data/import\r\n");
	}
}

static void
an_unknown_address_and_a_wrong_method_are_told_apart(void **state)
{
	(void)state;
	req.path = "/nowhere";
	dispatch(&c, ROUTE_PAGES);
	assert_int_equal(resp.status, 404);
	assert_true(has("There is nothing at this address."));
	resp_reset(&resp);
	req.path = "/auth/login";
	req.method = REQ_OTHER;
	req.wants_json = true;
	dispatch(&c, ROUTE_PAGES);
	assert_int_equal(resp.status, 405);
	assert_non_null(strstr(sb_text(&resp.headers), "Allow: GET, HEAD, POST\r\n"));
	assert_true(has("{\"error\":{\"code\":\"method\",\"message\":\"This address does not take that kind of request.\"}}"));
}

static void
without_a_session_pages_lead_to_the_sign_in_and_others_get_401(void **state)
{
	(void)state;
	req.path = PATH_IMPORT;
	req.query = "demo=true&x=1";
	dispatch(&c, ROUTE_PAGES);
	assert_int_equal(resp.status, 303);
	assert_string_equal(sb_text(&resp.headers),
	    "Location: /auth/login?next=%2Fauth%2Fmy-account%2Fmanage-data%2Fimport%3Fdemo%3Dtrue%26x%3D1\r\n");
	resp_reset(&resp);
	req.path = PATH_IMPORT "/status.json";
	dispatch(&c, ROUTE_PAGES);
	assert_int_equal(resp.status, 401);
	assert_true(has("\"code\":\"auth\""));
	resp_reset(&resp);
	req.path = PATH_IMPORT;
	req.method = REQ_POST;
	dispatch(&c, ROUTE_TRANSFER);
	assert_int_equal(resp.status, 401);
	assert_true(has("Please sign in, then upload the file again."));
}

static void
what_only_the_log_may_know_stays_out_of_the_error_page(void **state)
{
	struct err e;

	(void)state;
	err_set(&e, ERR_DB, "SELECT failed on host secret");
	view_error(&c, err_http_status(e.kind), &e);
	assert_int_equal(resp.status, 500);
	assert_false(has("secret"));
	assert_true(has("The database refused a statement."));
}

static void
an_error_about_a_field_names_it_for_the_script(void **state)
{
	struct err e;

	(void)state;
	err_set(&e, ERR_INPUT, "The address is missing.");
	c.json = true;
	c.wrong_provider = "forum";
	c.wrong_field = "forum.site";
	view_error(&c, 400, &e);
	assert_true(has("{\"error\":{\"code\":\"input\",\"message\":\"The address is missing.\",\"provider\":\"forum\",\"field\":\"forum.site\"}}"));
}

static void
render(const char *page, const struct job *j, int64_t now)
{
	struct tmpl_data *d = view_data(&c, "Import");
	struct view_jobs v = { .link = true, .now = now };
	struct err e;

	resp_reset(&resp);
	view_job(d, j, &v);
	tmpl_flag(d, "running", j->state == JOB_RUNNING);
	tmpl_count(d, "page_count", 0);
	tmpl_count(d, "pages_more", 0);
	if (view_render(&c, page, d, &e) == -1)
		fail_msg("%s", e.msg);
}

static void
render_job(enum job_state state, int64_t comments, const char *message)
{
	struct job j = { .job_id = 7, .kind = JOB_IMPORT, .state = state, .counts.comments_read = comments, .comments_total = -1,
	    .requested_at = CLOCK_UNKNOWN, .started_at = CLOCK_UNKNOWN, .finished_at = CLOCK_UNKNOWN, .heard_at = CLOCK_UNKNOWN };

	snprintf(j.format, sizeof(j.format), "disqus");
	snprintf(j.message, sizeof(j.message), "%s", message);
	render("job", &j, 0);
}

static void
the_file_of_an_export_is_offered_while_it_is_there(void **state)
{
	struct job j = { .job_id = 7, .kind = JOB_EXPORT, .state = JOB_COMPLETED, .counts = { .comments_read = 4, .created = 4 },
	    .comments_total = 4, .requested_at = 0, .started_at = 0, .finished_at = 0, .heard_at = CLOCK_UNKNOWN,
	    .download_until = INT64_C(864000000), .available = true };

	(void)state;
	sign_in();
	snprintf(j.format, sizeof(j.format), "csv");
	render("job_export", &j, 0);
	assert_true(has("CSV · 0 B · export 7"));
	assert_true(has("data-phase=\"completed - 0 - total file - 0\""));
	assert_true(has("href=\"/auth/my-account/manage-data/export/7/download\""));
	assert_true(has("is deleted for good at 1970-01-11 00:00:00 UTC"));
	j.available = false;
	render("job_export", &j, 0);
	assert_true(has("data-phase=\"completed - 0 - total - - 0\""));
	assert_false(has("/download"));
	assert_true(has("The file was deleted at 1970-01-11 00:00:00 UTC"));
	j.state = JOB_RUNNING;
	render("cancel", &j, 0);
	assert_true(has("4 comments are written so far. The file is deleted."));
	assert_false(has("uploaded file"));
	assert_false(has("taken back"));
}

/* A run that began at 0, of 250 comments in all; heard_at as in struct job. */
static void
render_run(const char *page, enum job_state state, int64_t comments, int64_t heard_at, int64_t now)
{
	struct job j = { .job_id = 7, .kind = JOB_IMPORT, .state = state, .counts.comments_read = comments, .counts.created = comments,
	    .comments_total = 250, .integration_id = 3, .run = true, .requested_at = 0, .started_at = 0, .finished_at = CLOCK_UNKNOWN,
	    .heard_at = heard_at };

	snprintf(j.source, sizeof(j.source), "wordpress");
	snprintf(j.format, sizeof(j.format), "wordpress-plugin");
	snprintf(j.file_name, sizeof(j.file_name), "blog.example.com/news");
	render(page, &j, now);
}

static void
what_came_to_nothing_can_be_tried_again(void **state)
{
	(void)state;
	render_job(JOB_FAILED, 12, "The file breaks off.");
	assert_true(has("?again=7\""));
	assert_true(has("Import what is complete"));
	render_job(JOB_FAILED, 0, "The database was away.");
	assert_true(has("?again=7\""));
	assert_false(has("Import what is complete"));
	render_job(JOB_CANCELLED, 12, "");
	assert_true(has("?again=7\""));
	assert_false(has("Import what is complete"));
	render_job(JOB_RUNNING, 12, "");
	assert_false(has("?again="));
}

static void
what_has_not_ended_can_be_cancelled(void **state)
{
	(void)state;
	render_job(JOB_RUNNING, 12, "");
	assert_true(has("href=\"/auth/my-account/manage-data/import/7/cancel\""));
	render_job(JOB_REQUESTED, 0, "");
	assert_true(has("/import/7/cancel\""));
	render_job(JOB_COMPLETED, 12, "");
	assert_false(has("/cancel"));
	render_job(JOB_CANCELLED, 12, "");
	assert_false(has("/cancel"));
}

static void
a_job_waits_for_the_one_that_writes(void **state)
{
	struct job j = { .job_id = 7, .kind = JOB_IMPORT, .state = JOB_REQUESTED };

	(void)state;
	assert_int_equal(view_job_waits_for(&j, &(struct job_writer){ .job_id = 0 }), 0);
	assert_int_equal(view_job_waits_for(&j, &(struct job_writer){ .job_id = 5 }), 5);
	/* Started between two looks at the database. */
	assert_int_equal(view_job_waits_for(&j, &(struct job_writer){ .job_id = 7 }), 0);
	j.kind = JOB_EXPORT;
	assert_int_equal(view_job_waits_for(&j, &(struct job_writer){ .job_id = 5 }), 0);
	j.kind = JOB_IMPORT;
	j.state = JOB_CANCELLED;
	assert_int_equal(view_job_waits_for(&j, &(struct job_writer){ .job_id = 5 }), 0);
	assert_true(view_job_over(&j));
	j.undoing = true;
	assert_false(view_job_over(&j));
}

static void
an_import_that_completed_with_a_message_has_a_warning(void **state)
{
	(void)state;
	render_job(JOB_COMPLETED, 12, "");
	assert_true(has("\">Completed</span>"));
	render_job(JOB_COMPLETED, 12, "The file breaks off at line 9.");
	assert_true(has("\"badge completed warned\">Completed with warning</span>"));
	assert_true(has("The file breaks off at line 9."));
	assert_false(has("?again="));
}

static void
a_run_is_shown_without_a_file_and_by_its_total(void **state)
{
	(void)state;
	render_run("job", JOB_RUNNING, 100, 4000, 5000);
	assert_true(has("WordPress (plugin) · import 7, begun by the site itself"));
	assert_true(has("value=\"40\""));
	assert_true(has("<dd data-field=\"total\">250</dd>"));
	assert_true(has("data-phase=\"running - 0 - total - - 0\""));
	assert_false(has(" B ·"));
	assert_false(has("comment of the file"));
	assert_false(has("Waiting for the site"));
}

static void
a_run_waits_for_its_site_after_a_minute_of_silence(void **state)
{
	(void)state;
	render_run("job", JOB_RUNNING, 100, 5000, 65000);
	assert_false(has("Waiting for the site"));
	assert_true(has("min left"));
	render_run("job", JOB_RUNNING, 100, 5000, 65001);
	assert_true(has("data-field=\"left\"></span>"));
	assert_true(has("silent\">Waiting for the site</span>"));
	assert_true(has("last heard at 1970-01-01 00:00:05 UTC"));
	assert_true(has("data-phase=\"running - 0 silent total - - 0\""));
	render_run("job", JOB_RUNNING, 0, CLOCK_UNKNOWN, 60001);
	assert_true(has("which was not heard yet"));
	render_run("job", JOB_COMPLETED, 250, 5000, 65001);
	assert_false(has("Waiting for the site"));
}

static void
a_run_that_ended_early_says_what_was_kept_and_what_to_do(void **state)
{
	static const enum job_state ends[] = { JOB_FAILED, JOB_CANCELLED };
	size_t i;

	(void)state;
	sign_in();
	for (i = 0; i < ARRAY_LEN(ends); i++) {
		render_run("job", ends[i], 100, 5000, 65001);
		assert_true(has("What had arrived is kept."));
		assert_true(has("<dd data-field=\"created\">100</dd>"));
		assert_true(has("href=\"/auth/my-account/manage-data/integrations\""));
		assert_false(has("?again="));
		assert_false(has("as they were before"));
		assert_false(has("upload the file"));
	}
	assert_true(has("First here: press"));
	render_run("cancel", JOB_RUNNING, 100, 5000, 65001);
	assert_true(has("100 comments have arrived so far. They are kept"));
	assert_false(has("None of them is kept"));
	assert_false(has("uploaded file"));
}

static void
render_site(const char *page, enum integration_state state, const char *domain)
{
	struct integration n = { .integration_id = 3, .account_id = state == INTEGRATION_ASKING ? 0 : 1, .state = state,
	    .asked_at = 0, .approved_at = CLOCK_UNKNOWN, .revoked_at = CLOCK_UNKNOWN, .heard_at = CLOCK_UNKNOWN, .asked_from = "192.0.2.9" };
	struct tmpl_data *d;
	struct err e;

	resp_reset(&resp);
	d = view_data(&c, "Connect a site");
	snprintf(n.domain, sizeof(n.domain), "%s", domain);
	snprintf(n.domain_said, sizeof(n.domain_said), "%s", domain);
	view_site(d, &n);
	tmpl_flag(d, "known", true);
	tmpl_text(d, "token", "65f0c1d2a3b4c5.12345678");
	tmpl_text(d, "complaint", "");
	if (view_render(&c, page, d, &e) == -1)
		fail_msg("%s", e.msg);
}

static void
a_site_that_asks_is_shown_with_what_it_would_get(void **state)
{
	(void)state;
	sign_in();
	render_site("confirm", INTEGRATION_ASKING, "https://blog.example.com/news");
	assert_true(has(">https://blog.example.com/news</dd>"));
	assert_true(has("<dd>demo</dd>"));
	assert_true(has("<dd>192.0.2.9</dd>"));
	assert_true(has("comments of pages on blog.example.com,"));
	assert_true(has("value=\"refuse\""));
	assert_false(has(" checked"));
	assert_false(has("Careful"));
	render_site("confirm", INTEGRATION_REVOKED, "https://blog.example.com");
	assert_true(has("was revoked at"));
	assert_true(has("value=\"approve\""));
	assert_false(has("value=\"refuse\""));
	render_site("confirm", INTEGRATION_APPROVED, "https://blog.example.com");
	assert_true(has("This site is connected"));
	assert_false(has("value=\"approve\""));
}

static void
an_odd_address_of_a_site_is_warned_of(void **state)
{
	(void)state;
	sign_in();
	render_site("confirm", INTEGRATION_ASKING, "http://blog.example.com");
	assert_true(has("does not begin with https://"));
	assert_false(has("bare IP address"));
	render_site("confirm", INTEGRATION_ASKING, "https://[2001:db8::7]/blog");
	assert_true(has("bare IP address"));
	assert_false(has("does not begin with https://"));
	render_site("confirm", INTEGRATION_ASKING, "javascript:<b>");
	assert_true(has("does not begin with https://"));
	assert_true(has("javascript:&lt;b&gt;"));
}

static void
times_are_shown_in_utc(void **state)
{
	char text[VIEW_TIME_SIZE];

	(void)state;
	view_time(text, INT64_C(1767323045678));
	assert_string_equal(text, "2026-01-02 03:04:05 UTC");
	view_time(text, CLOCK_UNKNOWN);
	assert_string_equal(text, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_change_of_the_table_is_protected, set_up, tear_down),
		cmocka_unit_test_setup_teardown(who_comes_with_a_token_comes_without_cookies, set_up, tear_down),
		cmocka_unit_test_setup_teardown(every_form_of_the_table_declares_its_token, set_up, tear_down),
		cmocka_unit_test_setup_teardown(only_sign_in_and_redirects_are_public, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_example_page_shows_one_job_in_each_state, set_up, tear_down),
		cmocka_unit_test_setup_teardown(exports_are_offered_only_where_there_is_a_key, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_file_of_an_export_is_offered_while_it_is_there, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_sign_in_page_brings_its_cookie_and_token, set_up, tear_down),
		cmocka_unit_test_setup_teardown(sign_in_forwards_to_pages_of_this_site_only, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_unknown_address_and_a_wrong_method_are_told_apart, set_up, tear_down),
		cmocka_unit_test_setup_teardown(without_a_session_pages_lead_to_the_sign_in_and_others_get_401, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_only_the_log_may_know_stays_out_of_the_error_page, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_error_about_a_field_names_it_for_the_script, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_came_to_nothing_can_be_tried_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_import_that_completed_with_a_message_has_a_warning, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_has_not_ended_can_be_cancelled, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_job_waits_for_the_one_that_writes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_run_is_shown_without_a_file_and_by_its_total, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_run_waits_for_its_site_after_a_minute_of_silence, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_run_that_ended_early_says_what_was_kept_and_what_to_do, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_site_that_asks_is_shown_with_what_it_would_get, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_odd_address_of_a_site_is_warned_of, set_up, tear_down),
		cmocka_unit_test_setup_teardown(times_are_shown_in_utc, set_up, tear_down),
	};
	struct err e;
	int failed;

	/* make check names the source tree. */
	snprintf(settings.template_dir, sizeof(settings.template_dir), "%s/templates",
	    getenv("top_srcdir") != NULL ? getenv("top_srcdir") : ".");
	if (rnd_init(&e) == -1 || web_init(&web, &settings, &e) == -1) {
		fprintf(stderr, "%s\n", e.msg);
		return 1;
	}
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	web_free(&web);
	return failed;
}
