/* What a connected site may be told of, as store/site_comment.h promises. */
#include "fixture.h"

#include "util/esc.h"
#include "util/identity.h"
#include "util/sb.h"

#include "store/site_comment.h"

#define SITE	"blog.example.com"

static struct db *web;
static struct integration site = {
	.integration_id = 5, .account_id = 1, .state = INTEGRATION_APPROVED, .source = "wordpress", .source_site = SITE,
};

static int
start(void **state)
{
	if (fixture_start(state) == -1)
		return -1;
	web = fixture_open(DB_ROLE_WEB);
	return 0;
}

static int
stop(void **state)
{
	db_close(web);
	return fixture_stop(state);
}

static int
connected(void **state)
{
	if (fixture_empty(state) == -1)
		return -1;
	fixture_sql("INSERT INTO integration (integration_id, token_hash, account_id, state, source, source_site, domain, "
	    "domain_said, asked_from, asked_at) VALUES (5, UNHEX(REPEAT('0', 64)), 1, 'approved', 'wordpress', '" SITE "', "
	    "'https://" SITE "', 'https://" SITE "', '', UTC_TIMESTAMP(3))");
	return 0;
}

/* A page whose key is n. */
static void
add_page(int n, const char *source, const char *source_page_id, const char *address)
{
	fixture_sql("INSERT INTO page (account_id, page_key, source, source_site, source_page_id, page_id, page_url, address) "
	    "VALUES (1, UNHEX(LPAD('%d', 32, '0')), '%s', '', '%s', '%s', 'https://%s', '%s')", n, source, source_page_id,
	    source_page_id, address, address);
}

static void
add_post(const char *post_id, const char *address)
{
	fixture_sql("INSERT INTO integration_page VALUES (5, '%s', '%s')", post_id, address);
}

/* A comment whose id is its seq, on page n; parent 0: none. */
static void
add_comment(int seq, int page, int parent)
{
	fixture_sql("INSERT INTO comment (account_id, seq, comment_id, parent_id, page_key, job_id, source, source_site, external_id, "
	    "body_html, is_approved, is_spam, is_deleted, source_hash, added, changed) VALUES (1, %d, UNHEX(LPAD('%d', 32, '0')), "
	    "IF(%d = 0, NULL, UNHEX(LPAD('%d', 32, '0'))), UNHEX(LPAD('%d', 32, '0')), 1, 'disqus', 'forum', 'e%d', 'text', 1, 0, 0, "
	    "UNHEX(REPEAT('0', 32)), %d, %d)", seq, seq, parent, parent, page, seq, seq * 10, seq * 10);
}

static void
make_own(int seq)
{
	fixture_sql("UPDATE comment SET source = 'wordpress', source_site = '" SITE "' WHERE seq = %d", seq);
}

static struct hash128
id_of(int seq)
{
	struct hash128 id;
	char hex[33];

	snprintf(hex, sizeof(hex), "%032d", seq);
	assert_int_equal(unhex(id.b, sizeof(id.b), hex), 0);
	return id;
}

/* "SEQ:POST" of each, "SEQ:POST<PARENT" with a parent, "SEQ:POST=NUMBER" with the site's own number. */
static int
write_down(void *ctx, const struct site_comment *c, struct err *e)
{
	struct sb *out = ctx;

	(void)e;
	sb_printf(out, "%s%d:%s", out->n > 0 ? " " : "", (int)(c->added / 10), c->post_id);
	if (c->has_parent) {
		struct sb hex;

		sb_init(&hex, 33);
		esc_hex(&hex, c->parent_id.b, sizeof(c->parent_id.b));
		sb_printf(out, "<%d", (int)strtol(sb_text(&hex), NULL, 10));
		sb_free(&hex);
	}
	if (*c->site_number != '\0')
		sb_printf(out, "=%s", c->site_number);
	return 0;
}

static void
assert_changed(const char *expected)
{
	struct sb said;
	struct err e;

	sb_init(&said, 64 * 1024);
	assert_ok(site_comment_changed(web, &site, 0, 1000, write_down, &said, &e), &e);
	assert_string_equal(sb_text(&said), expected);
	sb_free(&said);
}

static void
assert_listed(const char *expected)
{
	struct sb said;
	struct err e;

	sb_init(&said, 64 * 1024);
	assert_ok(site_list_make(web, &site, &e), &e);
	assert_ok(site_comment_listed(web, &site, 0, 1000, write_down, &said, &e), &e);
	assert_string_equal(sb_text(&said), expected);
	sb_free(&said);
}

static void
a_page_is_a_post_when_its_address_is_a_permalink(void **state)
{
	(void)state;
	add_post("7", SITE "/a");
	add_post("8", SITE "/twice");
	add_post("9", SITE "/twice");
	add_post("abc", SITE "/word");
	add_post("0", SITE "/zero");
	add_page(1, "disqus", "x", SITE "/a");
	add_page(2, "disqus", "y", SITE "/unknown");
	add_page(3, "disqus", "z", SITE "/twice");
	add_page(4, "disqus", "w", SITE "/word");
	add_page(5, "disqus", "o", "");
	add_page(6, "disqus", "p", SITE "/zero");
	add_post("11", "");
	for (int page = 1; page <= 6; page++)
		add_comment(page, page, 0);
	assert_changed("1:7");
	assert_listed("1:7");
	assert_int_equal(fixture_int("SELECT left_out FROM integration"), 5);
}

static void
a_page_is_a_post_when_disqus_plugin_named_it_so_on_this_site(void **state)
{
	static const char *const no[] = {
		"12 https://other.example/?p=12", "12 https://" SITE "/?p=13", "12 https://" SITE "/blog/?p=12", "https://" SITE "/?p=12",
		"12 ftp://" SITE "/?p=12", "012 https://" SITE "/?p=012", "12 https://" SITE "/?p=12&x=1", "0 https://" SITE "/?p=0",
		"12", " https://" SITE "/?p=", "12 x https://" SITE "/?p=12", "12 https://" SITE ".evil.example/?p=12",
		"1234567890123456789 https://" SITE "/?p=1234567890123456789", "12 https://a.example/https://" SITE "/?p=12",
	};

	(void)state;
	add_page(1, "disqus", "12 https://" SITE "/?p=12", SITE "/a");
	add_page(2, "disqus", "13 http://www." SITE "/?p=13", SITE "/b");
	add_page(3, "jsonl", "14 http://" SITE "/?p=14", SITE "/c");
	add_comment(1, 1, 0);
	add_comment(2, 2, 0);
	add_comment(3, 3, 0);
	for (int i = 0; i < (int)ARRAY_LEN(no); i++) {
		add_page(10 + i, "disqus", no[i], SITE "/page");
		add_comment(10 + i, 10 + i, 0);
	}
	assert_listed("1:12 2:13");
	/* A permalink that the site has sent says more; and a page that was moved is not the post any more. */
	add_post("99", SITE "/a");
	fixture_sql("UPDATE page SET page_id = 'moved' WHERE source_page_id LIKE '13 %%'");
	assert_listed("1:99");
}

static void
pages_of_other_hosts_are_for_those_who_may_have_all(void **state)
{
	(void)state;
	add_post("7", "other.example/a");
	add_post("8", SITE "?p=8");
	add_post("9", SITE ":8080/x");
	add_page(1, "disqus", "x", "other.example/a");
	add_page(2, "disqus", "y", SITE "?p=8");
	add_page(3, "disqus", "z", SITE ":8080/x");
	add_comment(1, 1, 0);
	add_comment(2, 2, 0);
	add_comment(3, 3, 0);
	assert_changed("2:8");
	assert_listed("2:8");
	assert_int_equal(fixture_int("SELECT left_out FROM integration"), 2);
	fixture_sql("UPDATE integration SET all_comments = 1");
	assert_changed("1:7 2:8 3:9");
	assert_listed("1:7 2:8 3:9");
	assert_int_equal(fixture_int("SELECT left_out FROM integration"), 0);
}

static void
what_the_site_has_sent_is_not_told_to_it_but_its_replies_are(void **state)
{
	(void)state;
	add_post("7", SITE "/a");
	add_page(1, "disqus", "x", SITE "/a");
	add_page(2, "disqus", "y", SITE "/unknown");
	add_comment(1, 1, 0);
	make_own(1);
	add_comment(2, 1, 1);		/* below the site's own: it knows that by our id */
	add_comment(3, 2, 0);
	add_comment(4, 1, 3);		/* below one that is left out: it would not know it */
	add_comment(5, 1, 2);
	add_comment(6, 1, 0);
	fixture_sql("UPDATE comment SET is_deleted = 1 WHERE seq = 6");
	add_comment(7, 1, 6);
	add_comment(8, 1, 0);
	fixture_sql("UPDATE comment SET source_site = 'forum2', source = 'wordpress' WHERE seq = 8");
	assert_listed("2:7<1 4:7 5:7<2 7:7 8:7");
	assert_changed("2:7<1 4:7 5:7<2 6:7 7:7 8:7");
	assert_int_equal(fixture_int("SELECT left_out FROM integration"), 1);
}

static void
a_body_that_the_site_cannot_hold_is_left_out(void **state)
{
	(void)state;
	add_post("7", SITE "/a");
	add_page(1, "disqus", "x", SITE "/a");
	add_comment(1, 1, 0);
	add_comment(2, 1, 1);
	fixture_sql("UPDATE comment SET body_html = REPEAT('x', %d) WHERE seq = 1", SITE_BODY_MAX);
	assert_listed("1:7 2:7<1");
	fixture_sql("UPDATE comment SET body_html = REPEAT('x', %d) WHERE seq = 1", SITE_BODY_MAX + 1);
	assert_listed("2:7");
	assert_changed("2:7");
}

static void
the_list_has_parents_first_whatever_order_they_came_in(void **state)
{
	struct err e;
	int64_t count;
	struct sb said;
	int i;

	(void)state;
	add_post("7", SITE "/a");
	add_page(1, "disqus", "x", SITE "/a");
	add_comment(1, 1, 9);
	add_comment(2, 1, 1);
	add_comment(3, 1, 0);
	add_comment(4, 1, 5);
	add_comment(5, 1, 3);
	add_comment(9, 1, 0);
	assert_listed("9:7 1:7<9 2:7<1 3:7 5:7<3 4:7<5");
	/* A chain upside down, longer than what is put down at a time. */
	for (i = 0; i < 150; i++)
		add_comment(100 + i, 1, i < 149 ? 101 + i : 0);
	assert_ok(site_list_make(web, &site, &e), &e);
	assert_ok(site_list_count(web, &site, &count, &e), &e);
	assert_int_equal(count, 156);
	assert_int_equal(fixture_int("SELECT COUNT(DISTINCT seq) FROM integration_download"), 156);
	assert_int_equal(fixture_int("SELECT MAX(position) FROM integration_download"), 156);
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM integration_download AS d JOIN comment AS c ON c.seq = d.seq "
	    "JOIN comment AS q ON q.comment_id = c.parent_id JOIN integration_download AS u ON u.seq = q.seq "
	    "WHERE u.position > d.position"), 0);
	sb_init(&said, 1024);
	assert_ok(site_comment_listed(web, &site, 154, 100, write_down, &said, &e), &e);
	assert_string_equal(sb_text(&said), "101:7<102 100:7<101");
	sb_free(&said);
}

static void
a_parent_may_be_far_away_in_the_list(void **state)
{
	struct sb said;
	struct err e;

	(void)state;
	add_post("7", SITE "/a");
	add_page(1, "disqus", "x", SITE "/a");
	add_comment(1, 1, 18000);
	add_comment(2, 1, 1);
	add_comment(3, 1, 18001);
	add_comment(18000, 1, 18001);
	add_comment(18001, 1, 0);
	fixture_sql("INSERT INTO comment (account_id, seq, comment_id, page_key, job_id, source, source_site, external_id, "
	    "body_html, is_approved, is_spam, is_deleted, source_hash, added, changed) SELECT 1, s.seq, UNHEX(LPAD(s.seq, 32, '0')), "
	    "page_key, 1, source, source_site, external_id, body_html, 1, 0, 0, source_hash, s.seq * 10, s.seq * 10 "
	    "FROM comment JOIN seq_10_to_17000 AS s WHERE comment.seq = 18001");
	assert_ok(site_list_make(web, &site, &e), &e);
	sb_init(&said, 1024);
	assert_ok(site_comment_listed(web, &site, 0, 6, write_down, &said, &e), &e);
	assert_string_equal(sb_text(&said), "18001:7 18000:7<18001 1:7<18000 2:7<1 3:7<18001 10:7");
	sb_free(&said);
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM integration_download"), 16996);
}

static void
what_must_not_be_told_any_more_is_passed_over_in_a_list_that_is_there(void **state)
{
	struct sb said;
	struct err e;

	(void)state;
	add_post("7", SITE "/a");
	add_page(1, "disqus", "x", SITE "/a");
	add_comment(1, 1, 0);
	add_comment(2, 1, 0);
	add_comment(3, 1, 0);
	assert_listed("1:7 2:7 3:7");
	fixture_sql("UPDATE comment SET is_deleted = 1 WHERE seq = 2");
	sb_init(&said, 1024);
	assert_ok(site_comment_listed(web, &site, 0, 2, write_down, &said, &e), &e);
	assert_string_equal(sb_text(&said), "1:7 3:7");
	sb_free(&said);
}

static void
changes_are_told_from_the_cursor_on(void **state)
{
	struct sb said;
	struct err e;
	int64_t count;

	(void)state;
	add_post("7", SITE "/a");
	add_page(1, "disqus", "x", SITE "/a");
	add_comment(1, 1, 0);
	add_comment(2, 1, 0);
	add_comment(3, 1, 0);
	fixture_sql("UPDATE comment SET changed = 500 WHERE seq = 1");
	sb_init(&said, 1024);
	assert_ok(site_comment_changed(web, &site, 20, 10, write_down, &said, &e), &e);
	assert_string_equal(sb_text(&said), "3:7 1:7");
	sb_free(&said);
	assert_ok(site_comment_count_changed(web, &site, 20, 10, &count, &e), &e);
	assert_int_equal(count, 2);
	assert_ok(site_comment_count_changed(web, &site, 0, 2, &count, &e), &e);
	assert_int_equal(count, 2);
	assert_ok(site_comment_count_changed(web, &site, 500, 2, &count, &e), &e);
	assert_int_equal(count, 0);
}

static int64_t
count_changed(int64_t after)
{
	int64_t count;
	struct err e;

	assert_ok(site_comment_count_changed(web, &site, after, 100, &count, &e), &e);
	return count;
}

static void
assert_quiet(int64_t from, int64_t until)
{
	struct err e;

	assert_ok(site_comment_note_quiet(web, &site, &e), &e);
	assert_int_equal(fixture_int("SELECT quiet_from FROM integration"), from);
	assert_int_equal(fixture_int("SELECT quiet_until FROM integration"), until);
}

static void
a_stretch_without_news_is_passed_over(void **state)
{
	(void)state;
	add_post("7", SITE "/a");
	add_page(1, "disqus", "x", SITE "/a");
	add_page(2, "disqus", "y", "other.example/a");
	add_comment(500, 1, 0);
	assert_quiet(0, 0);		/* too few to be noted */
	add_comment(1000, 1, 0);
	add_comment(2000, 2, 0);	/* beyond its scope */
	add_comment(3000, 1, 0);
	make_own(3000);
	assert_quiet(10000, 30000);
	assert_int_equal(count_changed(0), 2);
	add_comment(6000, 1, 0);
	make_own(6000);
	assert_quiet(10000, 60000);
	/* What stood there is not looked at again. */
	fixture_sql("UPDATE comment SET source = 'disqus' WHERE seq = 3000");
	assert_int_equal(count_changed(0), 2);
	assert_int_equal(count_changed(20000), 0);
	/* News ends the stretch: the next one begins behind it. */
	add_comment(8000, 1, 0);
	add_comment(9000, 1, 0);
	make_own(9000);
	assert_int_equal(count_changed(20000), 1);
	assert_quiet(80000, 90000);
	assert_int_equal(count_changed(0), 4);
	assert_int_equal(count_changed(85000), 0);
	add_comment(20000, 1, 0);
	assert_quiet(200000, 200000);
	assert_int_equal(count_changed(85000), 1);
}

static void
what_is_told_is_noted_before_or_not_told(void **state)
{
	struct err e;

	(void)state;
	assert_ok(site_comment_note_told(web, &site, 700, &e), &e);
	assert_ok(site_comment_note_told(web, &site, 500, &e), &e);
	assert_int_equal(fixture_int("SELECT told FROM integration"), 700);
	/* A batch has the row. */
	fixture_sql("START TRANSACTION");
	fixture_sql("UPDATE integration SET received = received + 1");
	assert_int_equal(site_comment_note_told(web, &site, 900, &e), -1);
	assert_int_equal(e.kind, ERR_BUSY);
	fixture_sql("COMMIT");
	assert_ok(site_comment_note_told(web, &site, 900, &e), &e);
	assert_int_equal(fixture_int("SELECT told FROM integration"), 900);
}

static void
what_is_older_than_the_approval_is_not_looked_at(void **state)
{
	(void)state;
	add_post("7", SITE "/a");
	add_page(1, "disqus", "x", SITE "/a");
	add_comment(3000, 1, 0);
	fixture_sql("UPDATE integration SET events_from = 30000");
	assert_quiet(0, 0);
	add_comment(6000, 1, 0);
	make_own(6000);
	assert_quiet(0, 60000);
}

static int
map(int seq, const char *number)
{
	struct hash128 id = id_of(seq);
	struct err e;
	int mapped = site_comment_map(web, &site, &id, number, &e);

	assert_ok(mapped, &e);
	return mapped;
}

static void
a_number_is_said_once_the_site_has_mapped_it(void **state)
{
	struct text source = { "wordpress", 9, true }, from = { SITE, strlen(SITE), true }, number = { "300", 3, true };
	struct hash128 alias;
	struct sb hex;

	(void)state;
	add_post("7", SITE "/a");
	add_page(1, "disqus", "x", SITE "/a");
	add_page(2, "disqus", "y", "other.example/a");
	add_page(3, "disqus", "z", SITE "/unknown");
	add_comment(1, 1, 0);
	add_comment(2, 1, 1);
	add_comment(3, 2, 0);
	add_comment(4, 3, 0);
	add_comment(5, 1, 4);
	assert_int_equal(map(1, "300"), 1);
	assert_int_equal(map(1, "300"), 1);
	assert_int_equal(map(3, "301"), 0);	/* beyond its scope */
	assert_int_equal(map(77, "302"), 0);	/* nobody's */
	assert_int_equal(map(4, "303"), 1);	/* of no post, but the site has it: a parent that it knows */
	assert_listed("1:7=300 2:7<1 5:7<4");
	identity_comment(&alias, 1, &source, &from, &number);
	sb_init(&hex, 64);
	esc_hex(&hex, alias.b, sizeof(alias.b));
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM comment_alias WHERE alias_id = UNHEX('%s') AND external_id = '300'",
	    sb_text(&hex)), 1);
	sb_free(&hex);
	/* The latest word counts: about the comment, and about the number. */
	assert_int_equal(map(1, "200"), 1);
	assert_int_equal(map(2, "200"), 1);
	assert_listed("1:7 2:7<1=200 5:7<4");
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM comment_alias WHERE external_id = '300'"), 1);
	fixture_sql("UPDATE comment_alias SET integration_id = 6");
	assert_listed("1:7 2:7<1 5:7");
}

static void
a_number_of_the_sites_own_stays_its_own(void **state)
{
	struct text source = { "wordpress", 9, true }, from = { SITE, strlen(SITE), true }, number = { "300", 3, true };
	struct hash128 own;
	struct sb hex;

	(void)state;
	add_post("7", SITE "/a");
	add_page(1, "disqus", "x", SITE "/a");
	add_comment(1, 1, 0);
	add_comment(2, 1, 0);
	make_own(2);
	identity_comment(&own, 1, &source, &from, &number);
	sb_init(&hex, 64);
	esc_hex(&hex, own.b, sizeof(own.b));
	fixture_sql("UPDATE comment SET comment_id = UNHEX('%s') WHERE seq = 2", sb_text(&hex));
	sb_free(&hex);
	assert_int_equal(map(1, "300"), 0);
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM comment_alias"), 0);
	add_comment(3, 1, 0);
	make_own(3);
	assert_int_equal(map(3, "301"), 0);
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM comment_alias"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_page_is_a_post_when_its_address_is_a_permalink, connected),
		cmocka_unit_test_setup(a_page_is_a_post_when_disqus_plugin_named_it_so_on_this_site, connected),
		cmocka_unit_test_setup(pages_of_other_hosts_are_for_those_who_may_have_all, connected),
		cmocka_unit_test_setup(what_the_site_has_sent_is_not_told_to_it_but_its_replies_are, connected),
		cmocka_unit_test_setup(a_body_that_the_site_cannot_hold_is_left_out, connected),
		cmocka_unit_test_setup(the_list_has_parents_first_whatever_order_they_came_in, connected),
		cmocka_unit_test_setup(a_parent_may_be_far_away_in_the_list, connected),
		cmocka_unit_test_setup(what_must_not_be_told_any_more_is_passed_over_in_a_list_that_is_there, connected),
		cmocka_unit_test_setup(changes_are_told_from_the_cursor_on, connected),
		cmocka_unit_test_setup(a_stretch_without_news_is_passed_over, connected),
		cmocka_unit_test_setup(what_is_told_is_noted_before_or_not_told, connected),
		cmocka_unit_test_setup(what_is_older_than_the_approval_is_not_looked_at, connected),
		cmocka_unit_test_setup(a_number_is_said_once_the_site_has_mapped_it, connected),
		cmocka_unit_test_setup(a_number_of_the_sites_own_stays_its_own, connected),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
