/* Moves of pages and comments, from the request to the rows. */
#include "fixture.h"

#include "util/weburl.h"

#include "jobs/move.h"
#include "store/move.h"

#define NODE	"test-node"
#define WORKER	"test-node:1:abc"

static struct settings settings = { .lease_seconds = 30 };
static atomic_int stop;
static struct job_context ctx = { .settings = &settings, .worker = WORKER, .stop = &stop };
static struct db *web;
static struct arena *arena;
static int seq;

/* What the last job said. */
static struct job_counts counts;
static char message[JOB_MESSAGE_SIZE];
static struct err error;
static struct move_result result;

static int
start(void **state)
{
	if (fixture_start(state) == -1 || (arena = arena_new(64 << 20)) == NULL)
		return -1;
	ctx.loader = fixture_open(DB_ROLE_JOBS);
	ctx.status = fixture_open(DB_ROLE_JOBS);
	web = fixture_open(DB_ROLE_WEB);
	return 0;
}

static int
finish(void **state)
{
	db_close(web);
	db_close(ctx.status);
	db_close(ctx.loader);
	arena_free(arena);
	return fixture_stop(state);
}

static int
setup(void **state)
{
	atomic_store(&stop, JOB_STOP_NONE);
	seq = 0;
	return fixture_empty(state);
}

/* A page of account 1, by a key of one letter, with n comments. */
static void
page(const char *key, const char *source, const char *id, const char *url, int n)
{
	struct sb address;

	sb_init(&address, 4096);
	(void)!weburl_page(url, strlen(url), &address);
	fixture_sql("INSERT INTO page (account_id, page_key, source, source_site, source_page_id, page_id, page_url, page_title, "
	    "address) VALUES (1, RPAD('%s', 16, '.'), '%s', '', '%s', '%s', '%s', 'T %s', '%s')", key, source, id, id, url, key,
	    sb_text(&address));
	sb_free(&address);
	for (; n > 0; n--, seq++)
		fixture_sql("INSERT INTO comment (account_id, seq, comment_id, page_key, job_id, source, source_site, external_id, "
		    "body_html, is_approved, is_spam, is_deleted, source_hash, added, changed) VALUES (1, %d, RPAD('%d', 16, '.'), "
		    "RPAD('%s', 16, '.'), 7, '%s', '', '%d', '', 1, 0, 0, RPAD('', 16, '.'), 5, 5)", seq + 1, seq + 1, key, source, seq + 1);
}

static int
run(int64_t job_id)
{
	struct job_claim claim;
	int done;

	assert_int_equal(job_claim(ctx.status, NODE, WORKER, 30, &claim, &error), 1);
	assert_int_equal(claim.job.job_id, job_id);
	done = move_run(&ctx, &claim, &counts, message, &error);
	if (done == -1)
		assert_int_equal(job_fail(ctx.status, job_id, WORKER, &counts, message, "", &error), 1);
	memset(&result, 0, sizeof(result));
	assert_ok(move_result_get(ctx.status, job_id, &result, &error), &error);
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM move_page"), 0);
	return done;
}

static int64_t
request(const char *text, bool preview, bool merge)
{
	const struct move_request r = { .account_id = 1, .user_id = 3, .requested_by = "ann@example.org", .node = NODE,
	    .preview = preview, .merge = merge };
	struct movelist list = { .n = 0 };
	int64_t job_id;

	arena_reset(arena);
	assert_ok(movelist_add_text(&list, text, strlen(text), MOVE_KIND__MAX, arena, &error), &error);
	assert_ok(movelist_check(&list, &error), &error);
	assert_ok(move_request_add(web, &r, &list, &job_id, &error), &error);
	return job_id;
}

static void
moves(const char *text, bool merge)
{
	if (run(request(text, false, merge)) == -1)
		fail_msg("%s / %s", error.msg, message);
}

static void
preview(const char *text)
{
	if (run(request(text, true, false)) == -1)
		fail_msg("%s / %s", error.msg, message);
}

/* Page "id url", and whose comments are there. */
static void
page_is(const char *key, const char *expected)
{
	char *got = fixture_text("SELECT CONCAT(page_id, ' ', page_url, ' ', address, IF(merged_into IS NULL, '', CONCAT(' in ', "
	    "LEFT(merged_into, 1)))) FROM page WHERE page_key = RPAD('%s', 16, '.')", key);

	assert_string_equal(got, expected);
	free(got);
}

static int
comments_of(const char *key)
{
	return (int)fixture_int("SELECT COUNT(*) FROM comment WHERE page_key = RPAD('%s', 16, '.')", key);
}

/* All rows, for telling whether anything has changed. */
static char *
everything(void)
{
	fixture_sql("SET SESSION group_concat_max_len = 10000000");
	return fixture_text("SELECT SHA2(CONCAT((SELECT GROUP_CONCAT(CONCAT_WS('|', HEX(page_key), page_id, page_url, address, "
	    "HEX(merged_into)) ORDER BY page_key) FROM page), (SELECT GROUP_CONCAT(CONCAT_WS('|', seq, HEX(page_key), changed) "
	    "ORDER BY seq) FROM comment)), 256)");
}

static void
a_domain_moves_with_its_pages_and_comments(void **state)
{
	(void)state;
	page("a", "disqus", "old.example/a", "https://old.example/a", 3);
	page("b", "disqus", "12", "http://www.old.example/b/", 2);
	page("c", "disqus", "13", "https://other.example/b/", 1);
	moves("old.example,new.example", false);
	page_is("a", "new.example/a https://new.example/a new.example/a");
	page_is("b", "12 http://new.example/b/ new.example/b");
	page_is("c", "13 https://other.example/b/ other.example/b");
	assert_int_equal(counts.updated, 5);
	assert_int_equal(counts.comments_read, 5);
	assert_int_equal(result.pages, 2);
	assert_int_equal(result.comments, 5);
	assert_int_equal(result.collisions, 0);
	/* Each has its own next value of the cursor, and none else has a new one. */
	assert_int_equal(fixture_int("SELECT COUNT(DISTINCT changed) FROM comment WHERE changed > 5 AND added = 5"), 5);
	assert_int_equal(fixture_int("SELECT MAX(changed) - MIN(changed) FROM comment WHERE changed > 5"), 40);
	assert_int_equal(fixture_int("SELECT changed FROM comment WHERE seq = 6"), 5);
	assert_int_equal(fixture_int("SELECT comments_total FROM job"), 5);
	assert_string_equal(message, "");
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM page WHERE source_page_id = 'old.example/a'"), 1);
}

static void
chains_are_applied_at_once(void **state)
{
	(void)state;
	page("a", "disqus", "1", "https://x.example/a", 1);
	page("b", "disqus", "2", "https://x.example/b", 2);
	page("c", "disqus", "3", "https://x.example/c", 3);
	moves("https://x.example/a,https://x.example/b\nhttps://x.example/b,https://x.example/c\n"
	    "https://x.example/c,https://x.example/a", false);
	page_is("a", "1 https://x.example/b x.example/b");
	page_is("b", "2 https://x.example/c x.example/c");
	page_is("c", "3 https://x.example/a x.example/a");
	assert_int_equal(result.collisions, 0);
	assert_int_equal(comments_of("b"), 2);
}

static void
a_preview_finds_everything_and_changes_nothing(void **state)
{
	char *before, *after;

	(void)state;
	page("a", "disqus", "1", "https://x.example/a", 1);
	page("b", "disqus", "2", "https://x.example/b", 2);
	page("c", "disqus", "3", "https://x.example/c", 2);
	before = everything();
	preview("https://x.example/a,https://x.example/b\nhttps://x.example/c,https://x.example/d");
	after = everything();
	assert_string_equal(before, after);
	free(before);
	free(after);
	assert_int_equal(result.pages, 2);
	assert_int_equal(result.comments, 3);
	assert_int_equal(result.collisions, 1);
	assert_int_equal(fixture_int("SELECT comments_total FROM job"), 3);
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM move_example"), 2);
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM move_example WHERE n = 1 AND collides = 1 AND page_title = 'T a' "
	    "AND url_before = 'https://x.example/a' AND url_after = 'https://x.example/b' AND comments = 1"), 1);
	/* Nobody is told of a preview. */
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM outbox"), 0);
	preview("nowhere.example,somewhere.example");
	assert_int_equal(result.pages, 0);
	assert_non_null(strstr(message, "Nothing would be moved"));
}

static void
two_pages_become_one_only_if_that_is_allowed(void **state)
{
	char *before, *after;

	(void)state;
	page("a", "disqus", "1", "https://x.example/a", 2);
	page("b", "disqus", "2", "https://x.example/b", 3);
	page("c", "wxr", "7", "https://x.example/b", 1);
	before = everything();
	assert_int_equal(run(request("https://x.example/a,https://x.example/b", false, false)), -1);
	after = everything();
	assert_string_equal(before, after);
	free(before);
	free(after);
	assert_non_null(strstr(message, "1 page would come to where another page is; the first is \"https://x.example/a\", at "
	    "\"https://x.example/b\"."));
	assert_non_null(strstr(message, "Nothing was moved."));
	assert_int_equal(result.pages, 0);
	moves("https://x.example/a,https://x.example/b", true);
	page_is("a", "1 https://x.example/a x.example/a in b");
	page_is("b", "2 https://x.example/b x.example/b");
	assert_int_equal(comments_of("a"), 0);
	assert_int_equal(comments_of("b"), 5);
	assert_int_equal(comments_of("c"), 1);
	assert_int_equal(counts.updated, 2);
	assert_int_equal(fixture_int("SELECT COUNT(DISTINCT changed) FROM comment WHERE changed > 5"), 2);
}

static void
pages_of_several_sources_at_one_address_are_no_collision(void **state)
{
	(void)state;
	page("a", "disqus", "1", "https://old.example/a", 1);
	page("b", "wxr", "2", "http://www.old.example/a/", 1);
	moves("old.example,new.example", false);
	assert_int_equal(result.pages, 2);
	assert_int_equal(result.collisions, 0);
	page_is("a", "1 https://new.example/a new.example/a");
	page_is("b", "2 http://new.example/a/ new.example/a");
	/* But where a third one is, both meet it. */
	page("c", "wxr", "3", "https://third.example/a", 1);
	moves("new.example,third.example", true);
	assert_int_equal(result.collisions, 2);
	page_is("a", "1 https://new.example/a new.example/a in c");
	page_is("b", "2 http://new.example/a/ new.example/a in c");
}

static void
pages_that_land_together_are_a_collision_too(void **state)
{
	(void)state;
	page("a", "disqus", "1", "https://x.example/a", 1);
	page("b", "disqus", "2", "https://x.example/b", 1);
	page("c", "wxr", "3", "https://x.example/b", 1);
	assert_int_equal(run(request("https://x.example/a,https://x.example/z\nhttps://x.example/b,https://x.example/z", false,
	    false)), -1);
	moves("https://x.example/a,https://x.example/z\nhttps://x.example/b,https://x.example/z", true);
	assert_int_equal(result.collisions, 2);
	page_is("a", "1 https://x.example/z x.example/z");
	page_is("b", "2 https://x.example/b x.example/b in a");
	page_is("c", "3 https://x.example/b x.example/b in a");
	assert_int_equal(comments_of("a"), 3);
}

static void
what_was_merged_follows_without_chains(void **state)
{
	(void)state;
	page("a", "disqus", "1", "https://x.example/a", 1);
	page("b", "disqus", "2", "https://x.example/b", 1);
	page("c", "disqus", "3", "https://x.example/c", 1);
	moves("https://x.example/a,https://x.example/b", true);
	moves("https://x.example/b,https://x.example/c", true);
	page_is("a", "1 https://x.example/a x.example/a in c");
	page_is("b", "2 https://x.example/b x.example/b in c");
	assert_int_equal(comments_of("c"), 3);
	/* A merged page is nowhere any more: nothing moves it, and nothing meets it. */
	page("d", "disqus", "4", "https://x.example/d", 1);
	moves("https://x.example/d,https://x.example/a", false);
	assert_int_equal(result.collisions, 0);
	page_is("d", "4 https://x.example/a x.example/a");
	moves("https://x.example/b,https://x.example/nowhere", false);
	assert_int_equal(result.pages, 0);
}

static void
ids_move_alone_and_meet_by_id(void **state)
{
	(void)state;
	page("a", "disqus", "one", "https://x.example/a", 1);
	page("b", "disqus", "two", "https://x.example/b", 1);
	moves("one,three", false);
	page_is("a", "three https://x.example/a x.example/a");
	assert_int_equal(run(request("three,two", false, false)), -1);
	moves("three,two\ntwo,three", false);
	page_is("a", "two https://x.example/a x.example/a");
	page_is("b", "three https://x.example/b x.example/b");
}

static void
pages_that_meet_by_address_and_by_id_at_once_are_refused(void **state)
{
	char *before, *after;

	(void)state;
	page("a", "disqus", "one", "https://x.example/a", 1);
	page("b", "disqus", "two", "https://x.example/b", 1);
	before = everything();
	assert_int_equal(run(request("one,three\nhttps://x.example/b,https://x.example/a", false, true)), -1);
	assert_non_null(strstr(message, "Please move ids and addresses one after the other. Nothing was moved."));
	assert_int_equal(run(request("one,two\nhttps://x.example/b,https://x.example/c", true, false)), -1);
	after = everything();
	assert_string_equal(before, after);
	free(before);
	free(after);
	moves("one,three\nhttps://x.example/b,https://x.example/c", false);
	page_is("a", "three https://x.example/a x.example/a");
}

/* Else the moves of two accounts wait for each other, and one of them is ended as a deadlock. */
static void
the_plan_of_another_move_is_never_waited_for(void **state)
{
	struct db *other = fixture_open(DB_ROLE_JOBS);
	const int64_t far = 1000000;

	(void)state;
	page("a", "disqus", "1", "https://x.example/a", 2);
	page("b", "disqus", "2", "https://x.example/b", 1);
	page("c", "disqus", "3", "https://x.example/c", 1);
	assert_ok(db_begin(other, &error), &error);
	assert_ok(db_run(other, SQL_MOVE_PAGE_ADD, DB_VALUES(db_int(far), db_int(1), db_bytes("................", 16),
	    db_text("disqus"), db_text(""), db_text("1"), db_text(""), db_text(""), db_int(1), db_bytes("................", 16),
	    db_bytes("----------------", 16)), NULL, NULL, &error), &error);
	moves("https://x.example/a,https://x.example/b\nhttps://x.example/c,https://x.example/d", true);
	assert_int_equal(comments_of("b"), 3);
	/* Who waits, waits until the server ends this session, which is silent. */
	assert_ok(move_forget(other, far, &error), &error);
	assert_ok(db_commit(other, &error), &error);
	db_close(other);
}

static void
another_account_is_left_alone(void **state)
{
	(void)state;
	page("a", "disqus", "1", "https://x.example/a", 1);
	page("b", "disqus", "2", "https://x.example/b", 1);
	fixture_sql("UPDATE page SET account_id = 2 WHERE page_id = '2'");
	fixture_sql("UPDATE comment SET account_id = 2 WHERE page_key = RPAD('b', 16, '.')");
	moves("https://x.example/a,https://x.example/b", false);
	assert_int_equal(result.collisions, 0);
	moves("x.example,y.example", false);
	page_is("b", "2 https://x.example/b x.example/b");
	assert_int_equal(fixture_int("SELECT changed FROM comment WHERE account_id = 2"), 5);
}

static void
many_comments_of_one_page_move_in_several_statements(void **state)
{
	(void)state;
	page("a", "disqus", "1", "https://x.example/a", 1);
	page("b", "disqus", "2", "https://x.example/b", 1);
	fixture_sql("INSERT INTO comment (account_id, seq, comment_id, page_key, job_id, source, source_site, external_id, body_html, "
	    "is_approved, is_spam, is_deleted, source_hash) SELECT 1, s.seq + 10, LPAD(s.seq, 16, 'x'), RPAD('a', 16, '.'), 7, "
	    "'disqus', '', CONCAT('m', s.seq), '', 1, 0, 0, RPAD('', 16, '.') FROM seq_1_to_120000 AS s");
	moves("https://x.example/a,https://x.example/b", true);
	assert_int_equal(counts.updated, 120001);
	assert_int_equal(comments_of("b"), 120002);
	assert_int_equal(fixture_int("SELECT COUNT(DISTINCT changed) FROM comment WHERE changed > 5"), 120001);
	assert_int_equal(fixture_int("SELECT MAX(changed) - MIN(changed) FROM comment WHERE changed > 5"), 1200000);
}

static void
what_is_told_to_stop_changes_nothing(void **state)
{
	char *before, *after;

	(void)state;
	page("a", "disqus", "1", "https://x.example/a", 2);
	before = everything();
	atomic_store(&stop, JOB_STOP_NOT_OURS);
	assert_int_equal(run(request("x.example,y.example", false, false)), -1);
	assert_int_equal(error.kind, ERR_CANCELLED);
	after = everything();
	assert_string_equal(before, after);
	free(before);
	free(after);
}

static void
the_move_that_a_preview_has_shown_has_the_same_pairs(void **state)
{
	const struct move_request r = { .account_id = 1, .user_id = 3, .requested_by = "ann@example.org", .node = NODE };
	struct move_request other = r;
	int64_t shown, job_id;

	(void)state;
	page("a", "disqus", "1", "https://x.example/a", 2);
	shown = request("x.example,y.example\nfrom-id,to-id", true, false);
	assert_int_equal(move_request_shown(web, &r, shown, &job_id, &error), 0);
	assert_int_equal(run(shown), 0);
	other.account_id = 2;
	assert_int_equal(move_request_shown(web, &other, shown, &job_id, &error), 0);
	assert_int_equal(move_request_shown(web, &r, shown, &job_id, &error), 1);
	assert_int_equal(run(job_id), 0);
	page_is("a", "1 https://y.example/a y.example/a");
	assert_int_equal(move_request_shown(web, &r, job_id, &job_id, &error), 0);
	assert_int_equal(move_request_shown(web, &r, shown, &job_id, &error), -1);
	assert_int_equal(error.kind, ERR_CONFLICT);
}

static void
places_are_the_same_in_whatever_spelling(void **state)
{
	(void)state;
	page("a", "disqus", "old.example/caf%C3%A9", "https://old.example/caf%c3%a9/", 1);
	page("b", "hyvor", "7", "https://new.example/th\u00e9", 1);
	page("c", "disqus", "8", "https://old.example/x/%7Eana/", 1);
	page("d", "disqus", "9", "https://b\u00fccher.example/a", 1);
	moves("https://old.example/caf\u00e9,http://www.new.example/th%c3%a9", true);
	assert_int_equal(result.pages, 1);
	assert_int_equal(result.collisions, 1);
	assert_int_equal(comments_of("b"), 2);
	moves("https://old.example/%78/~*,https://b\u00fccher.example/~*\nxn--bcher-kva.example,new.example", false);
	page_is("c", "8 https://b\u00fccher.example/~ana xn--bcher-kva.example/~ana");
	page_is("d", "9 https://new.example/a new.example/a");
	moves("https://xn--bcher-kva.example/*,https://new.example/caf\u00e9/*", false);
	page_is("c", "8 https://new.example/caf\u00e9/~ana new.example/caf%C3%A9/~ana");
	moves("https://new.example/caf%C3%A9/*,https://third.example/*", false);
	page_is("c", "8 https://third.example/~ana third.example/~ana");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_domain_moves_with_its_pages_and_comments, setup),
		cmocka_unit_test_setup(places_are_the_same_in_whatever_spelling, setup),
		cmocka_unit_test_setup(chains_are_applied_at_once, setup),
		cmocka_unit_test_setup(a_preview_finds_everything_and_changes_nothing, setup),
		cmocka_unit_test_setup(two_pages_become_one_only_if_that_is_allowed, setup),
		cmocka_unit_test_setup(pages_of_several_sources_at_one_address_are_no_collision, setup),
		cmocka_unit_test_setup(pages_that_land_together_are_a_collision_too, setup),
		cmocka_unit_test_setup(what_was_merged_follows_without_chains, setup),
		cmocka_unit_test_setup(ids_move_alone_and_meet_by_id, setup),
		cmocka_unit_test_setup(pages_that_meet_by_address_and_by_id_at_once_are_refused, setup),
		cmocka_unit_test_setup(the_plan_of_another_move_is_never_waited_for, setup),
		cmocka_unit_test_setup(another_account_is_left_alone, setup),
		cmocka_unit_test_setup(many_comments_of_one_page_move_in_several_statements, setup),
		cmocka_unit_test_setup(what_is_told_to_stop_changes_nothing, setup),
		cmocka_unit_test_setup(the_move_that_a_preview_has_shown_has_the_same_pairs, setup),
	};

	return cmocka_run_group_tests(tests, start, finish);
}
