/* What becomes of records, by whatever channel they come: jobs/loader on a private MariaDB. */
#include "fixture.h"

#include "util/clock.h"
#include "util/esc.h"
#include "util/identity.h"

#include "jobs/loader.h"
#include "store/job.h"

#define ACCOUNT		1
#define SITE		"blog.example"
#define RECORDS_MAX	300

static struct db *db;
static const char *source = "wordpress";	/* of the next jobs */
static int64_t job_id, integration_id;

/* The records of the next job, and what the last one said. */
static struct comment records[RECORDS_MAX];
static size_t n_records;
static struct job_counts counts;
static char ids[RECORDS_MAX][2 * HASH128_SIZE + 1];

static int
start(void **state)
{
	if (fixture_start(state) == -1)
		return -1;
	db = fixture_open(DB_ROLE_JOBS);
	return 0;
}

static int
stop(void **state)
{
	db_close(db);
	return fixture_stop(state);
}

static int
setup(void **state)
{
	source = "wordpress";
	job_id = 7;
	integration_id = 0;
	n_records = 0;
	return fixture_empty(state);
}

/* --- records --- */

static struct text
text(const char *s)
{
	return (struct text){ s, strlen(s), true };
}

/* One more, with little said.  parent NULL: not said.  What it says hashes to its body. */
static struct comment *
record(const char *external_id, const char *parent, const char *body)
{
	struct comment *c = &records[n_records];
	struct hash h;

	assert_true(n_records < RECORDS_MAX);
	memset(c, 0, sizeof(*c));
	c->ordinal = n_records++;
	c->text[CT_SOURCE_SITE] = text(SITE);
	c->text[CT_EXTERNAL_ID] = text(external_id);
	if (parent != NULL)
		c->text[CT_PARENT_EXTERNAL_ID] = text(parent);
	c->text[CT_PAGE_ID] = text("12");
	c->text[CT_BODY_HTML] = text(body);
	hash_begin(&h, HASH128_SIZE);
	hash_str(&h, body);
	hash_end(&h, c->source_hash);
	return c;
}

static void
say(struct comment *c, enum comment_text what, const char *s)
{
	c->text[what] = text(s);
}

static void
say_number(struct comment *c, enum comment_number what, int64_t v)
{
	c->number[what] = (struct number){ .v = v, .said = true };
}

static void
keep_ids(const struct loader *l)
{
	struct sb hex;
	size_t i;

	sb_init(&hex, 100);
	for (i = 0; i < n_records; i++) {
		sb_reset(&hex);
		esc_hex(&hex, loader_comment_id(l, i), HASH128_SIZE);
		snprintf(ids[i], sizeof(ids[i]), "%s", sb_text(&hex));
	}
	sb_free(&hex);
}

/* A job of these records; then there are none. */
static void
load(void)
{
	struct issues issues;
	struct err e;
	struct loader_config config = { .db = db, .account_id = ACCOUNT, .job_id = job_id, .lock_seconds = DB_LOCKS_DAY, .integration_id = integration_id,
	    .source = source != NULL ? text(source) : (struct text){ 0 }, .counts = &counts, .issues = &issues };
	struct loader *l;
	size_t i;

	memset(&counts, 0, sizeof(counts));
	issues_init(&issues);
	assert_ok(db_begin(db, &e), &e);
	if ((l = loader_open(&config, &e)) == NULL)
		fail_msg("%s", e.msg);
	loader_begin(l);
	for (i = 0; i < n_records; i++)
		loader_add(l, &records[i]);
	assert_ok(loader_store(l, &e), &e);
	keep_ids(l);
	assert_ok(loader_finish(l, &e), &e);
	assert_ok(db_commit(db, &e), &e);
	loader_close(l);
	issues_free(&issues);
	assert_int_equal(counts.comments_read, n_records);
	assert_int_equal(counts.comments_read, counts.created + counts.updated + counts.unchanged + counts.skipped);
	n_records = 0;
	job_id++;
}

static void
assert_counts(int64_t created, int64_t updated, int64_t unchanged, int64_t skipped)
{
	assert_int_equal(counts.created, created);
	assert_int_equal(counts.updated, updated);
	assert_int_equal(counts.unchanged, unchanged);
	assert_int_equal(counts.skipped, skipped);
}

/* A job of one record. */
static void
load_one(const char *external_id, const char *parent, const char *body)
{
	record(external_id, parent, body);
	load();
}

#define assert_sql(expected, ...)	assert_int_equal(fixture_int(__VA_ARGS__), expected)

static void
assert_sql_text(const char *expected, const char *sql)
{
	char *got = fixture_text("%s", sql);

	assert_non_null(got);
	assert_string_equal(got, expected);
	free(got);
}

/* The comment_id that a comment of the source and site has, in hex. */
static const char *
id_of(const char *of_source, const char *site, const char *external_id)
{
	static char hex[4][2 * HASH128_SIZE + 1];
	static unsigned next;
	const struct text s = text(of_source), t = text(site), x = text(external_id);
	struct hash128 id;
	struct sb sb;

	identity_comment(&id, ACCOUNT, &s, &t, &x);
	sb_init(&sb, 100);
	esc_hex(&sb, &id, HASH128_SIZE);
	next = (next + 1) % 4;
	snprintf(hex[next], sizeof(hex[next]), "%s", sb_text(&sb));
	sb_free(&sb);
	return hex[next];
}

/* A site has mapped a comment of `of_source` to its number. */
static void
map(int64_t by, const char *number, const char *of_source, const char *external_id)
{
	fixture_sql("INSERT INTO comment_alias (account_id, alias_id, comment_id, integration_id, external_id) "
	    "VALUES (%d, UNHEX('%s'), UNHEX('%s'), %" PRId64 ", '%s')", ACCOUNT, id_of("wordpress", SITE, number),
	    id_of(of_source, SITE, external_id), by, number);
}

static void
assert_answers(const char *child, const char *parent)
{
	assert_sql(1, "SELECT COUNT(*) FROM comment c JOIN comment p ON p.account_id = c.account_id "
	    "AND p.comment_id = c.parent_id WHERE c.external_id = '%s' AND p.external_id = '%s'", child, parent);
}

/* --- the cursor --- */

static int64_t
changed_of(const char *external_id)
{
	return fixture_int("SELECT changed FROM comment WHERE external_id = '%s'", external_id);
}

static void
each_row_that_is_created_or_changed_gets_the_next_value_of_the_cursor(void **state)
{
	int64_t before, first;

	(void)state;
	before = fixture_int("SELECT TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000");
	record("a", NULL, "a");
	record("a", NULL, "again");
	record("b", NULL, "b");
	record("c", NULL, "c");
	load();
	first = changed_of("a");
	assert_true(first >= before);
	assert_true(first < before + 60000);
	assert_int_equal(changed_of("b"), first + 10);
	assert_int_equal(changed_of("c"), first + 20);
	assert_sql(3, "SELECT COUNT(*) FROM comment WHERE added = changed");
	record("a", NULL, "a");
	record("b", NULL, "other");
	record("d", NULL, "d");
	load();
	assert_counts(1, 1, 1, 0);
	assert_int_equal(changed_of("a"), first);
	/* A site cuts what it has seen to whole seconds: a second belongs to one transaction. */
	assert_true(changed_of("b") / 1000 > (first + 20) / 1000);
	assert_int_equal(changed_of("d"), changed_of("b") + 10);
	assert_sql(first + 10, "SELECT added FROM comment WHERE external_id = 'b'");
	assert_sql(1, "SELECT added = changed FROM comment WHERE external_id = 'd'");
}

static void
the_cursor_rises_though_the_clock_stands_behind_it(void **state)
{
	const int64_t future = INT64_C(9000000000000);

	(void)state;
	load_one("a", NULL, "a");
	fixture_sql("UPDATE comment SET changed = %" PRId64, future);
	record("a", NULL, "new");
	record("b", NULL, "b");
	load();
	assert_int_equal(changed_of("a"), future + 1010);
	assert_int_equal(changed_of("b"), future + 1020);
	/* Another account has a cursor of its own. */
	fixture_sql("UPDATE comment SET account_id = 2");
	load_one("a", NULL, "a");
	assert_sql(1, "SELECT changed < %" PRId64 " FROM comment WHERE account_id = 1", future);
}

/* --- two channels of one source --- */

/* One comment with the same source_hash: as the site's file says it, and as the site sends it itself. */
static void
record_of_file(void)
{
	struct comment *c = record("5", "", "text");

	say(c, CT_AUTHOR_NAME, "Ann");
	say(c, CT_AUTHOR_EMAIL, "ann@blog.example");
	say(c, CT_AUTHOR_URL, "https://ann.example/");
	say(c, CT_AUTHOR_IP, "192.0.2.1");
	say(c, CT_AUTHOR_EXTERNAL_ID, "3");
	say(c, CT_PAGE_URL, "https://blog.example/post/");
	say(c, CT_EXTRA, "{\"type\":\"comment\"}");
}

static void
record_of_site(void)
{
	struct comment *c = record("5", "", "text");

	say(c, CT_AUTHOR_NAME, "Ann");
	say(c, CT_AUTHOR_EMAIL, "ann@blog.example");
	say(c, CT_AUTHOR_AVATAR, "https://avatar.example/ann.png");
	say(c, CT_PAGE_TITLE, "Post");
	say_number(c, CN_VOTES_UP, 2);
	say_number(c, CN_VOTES_DOWN, 0);
}

static int64_t
writes(void)
{
	return fixture_int("SELECT SUM(variable_value) FROM information_schema.global_status WHERE variable_name IN "
	    "('COM_INSERT', 'COM_UPDATE', 'COM_UPDATE_MULTI', 'COM_LOAD')");
}

static void
assert_whole(void)
{
	assert_sql_text("Ann|ann@blog.example|https://ann.example/|https://avatar.example/ann.png|3|192.0.2.1|2|0|"
	    "{\"type\":\"comment\"}", "SELECT CONCAT_WS('|', author_name, author_email, author_url, author_avatar, "
	    "author_external_id, author_ip, votes_up, votes_down, extra) FROM comment");
	assert_sql_text("https://blog.example/post/|blog.example/post|Post",
	    "SELECT CONCAT_WS('|', page_url, address, page_title) FROM page");
}

static void
two_channels_in_either_order(void (*first)(void), void (*second)(void))
{
	int64_t changed, before;

	first();
	load();
	assert_counts(1, 0, 0, 0);
	changed = changed_of("5");
	before = writes();
	second();
	load();
	assert_counts(0, 0, 1, 0);
	assert_true(writes() > before);
	assert_whole();
	assert_int_equal(changed_of("5"), changed);
	/* Nothing is filled twice: whoever comes again writes nothing. */
	before = writes();
	first();
	load();
	assert_counts(0, 0, 1, 0);
	second();
	load();
	assert_counts(0, 0, 1, 0);
	assert_int_equal(writes(), before);
	assert_whole();
}

static void
what_a_site_sends_after_its_file_is_filled_in(void **state)
{
	(void)state;
	two_channels_in_either_order(record_of_file, record_of_site);
}

static void
what_a_file_says_after_its_site_is_filled_in(void **state)
{
	(void)state;
	two_channels_in_either_order(record_of_site, record_of_file);
}

static void
what_is_there_is_not_filled_over(void **state)
{
	struct comment *c;

	(void)state;
	c = record("5", "", "text");
	say(c, CT_AUTHOR_NAME, "");
	say(c, CT_AUTHOR_URL, "https://first.example/");
	say_number(c, CN_VOTES_UP, 0);
	load();
	c = record("5", "", "text");
	say(c, CT_AUTHOR_NAME, "Ann");
	say(c, CT_AUTHOR_URL, "https://second.example/");
	say(c, CT_AUTHOR_IP, "192.0.2.1");
	say_number(c, CN_VOTES_UP, 9);
	load();
	assert_counts(0, 0, 1, 0);
	assert_sql_text("|https://first.example/|192.0.2.1|0",
	    "SELECT CONCAT_WS('|', author_name, author_url, author_ip, votes_up) FROM comment");
}

static void
a_parent_that_is_filled_in_is_attached(void **state)
{
	(void)state;
	record("1", NULL, "root");
	record("2", NULL, "child");
	record("3", NULL, "child of one that comes later");
	load();
	assert_sql(3, "SELECT COUNT(*) FROM comment WHERE parent_id IS NULL AND parent_external_id IS NULL");
	record("2", "1", "child");
	record("3", "4", "child of one that comes later");
	load();
	assert_counts(0, 0, 2, 0);
	assert_answers("2", "1");
	assert_sql(1, "SELECT COUNT(*) FROM comment_waiting");
	load_one("4", NULL, "late");
	assert_answers("3", "4");
}

static void
a_record_that_stands_on_another_page_fills_in_nothing_of_that(void **state)
{
	struct comment *c;

	(void)state;
	load_one("1", NULL, "x");
	c = record("1", NULL, "x");
	say(c, CT_PAGE_ID, "13");
	say(c, CT_PAGE_URL, "https://blog.example/13");
	load();
	assert_counts(0, 0, 1, 0);
	assert_sql_text("12|", "SELECT GROUP_CONCAT(CONCAT_WS('|', page_id, page_url)) FROM page");
}

/* --- comments that a site has taken over --- */

/* Disqus comments "d1" and "d2", which a site has mapped to its numbers 101 and 102. */
static void
take_over(void)
{
	source = "disqus";
	record("d1", NULL, "first");
	record("d2", "d1", "second");
	load();
	source = "wordpress";
	map(4, "101", "disqus", "d1");
	map(4, "102", "disqus", "d2");
}

static void
a_comment_of_another_source_under_a_sites_number_stays_as_it_is(void **state)
{
	static const char disqus_rows[] = "SELECT GROUP_CONCAT(CONCAT_WS('|', body_html, HEX(source_hash), changed) "
	    "ORDER BY seq) FROM comment WHERE source = 'disqus'";
	char *before, *after;

	(void)state;
	take_over();
	before = fixture_text("%s", disqus_rows);
	record("101", NULL, "what WordPress made of it");
	record("7", "101", "an answer given in WordPress");
	record("8", "7", "and one to that");
	load();
	assert_counts(2, 0, 1, 0);
	assert_string_equal(ids[0], id_of("disqus", SITE, "d1"));
	assert_string_equal(ids[1], id_of("wordpress", SITE, "7"));
	assert_sql(4, "SELECT COUNT(*) FROM comment");
	assert_answers("7", "d1");
	assert_answers("8", "7");
	assert_sql_text("101", "SELECT parent_external_id FROM comment WHERE external_id = '7'");
	after = fixture_text("%s", disqus_rows);
	assert_string_equal(after, before);
	free(before);
	free(after);
	/* Again: nothing new, and the edges stay. */
	record("101", NULL, "otherwise again");
	record("7", "101", "an answer given in WordPress");
	load();
	assert_counts(0, 0, 2, 0);
	assert_answers("7", "d1");
}

static void
both_names_of_one_comment_in_one_job_take_nothing_from_each_other(void **state)
{
	struct comment *c;

	(void)state;
	take_over();
	/* A file whose records name their source themselves. */
	source = NULL;
	c = record("101", NULL, "what WordPress made of it");
	say(c, CT_SOURCE, "wordpress");
	c = record("d1", NULL, "changed at Disqus");
	say(c, CT_SOURCE, "disqus");
	load();
	assert_counts(0, 1, 1, 0);
	assert_sql_text("changed at Disqus", "SELECT body_html FROM comment WHERE external_id = 'd1'");
}

static void
a_comment_of_the_same_source_under_a_second_number_is_updated(void **state)
{
	(void)state;
	load_one("5", NULL, "old");
	map(4, "99", "wordpress", "5");
	load_one("99", NULL, "new");
	assert_counts(0, 1, 0, 0);
	assert_string_equal(ids[0], id_of("wordpress", SITE, "5"));
	assert_sql_text("5|new", "SELECT CONCAT_WS('|', external_id, body_html) FROM comment");
	/* Both numbers in one job: the first counts. */
	record("99", NULL, "newer");
	record("5", NULL, "newest");
	load();
	assert_counts(0, 1, 0, 1);
	assert_string_equal(ids[0], ids[1]);
	assert_sql_text("newer", "SELECT body_html FROM comment");
}

static void
children_that_wait_for_a_number_are_attached_once_it_is_mapped(void **state)
{
	(void)state;
	source = "disqus";
	load_one("d1", NULL, "first");
	source = "wordpress";
	load_one("7", "101", "early");
	assert_sql(1, "SELECT COUNT(*) FROM comment_waiting");
	map(4, "101", "disqus", "d1");
	load_one("8", NULL, "another");
	assert_answers("7", "d1");
	assert_sql(0, "SELECT COUNT(*) FROM comment_waiting");
}

static void
an_update_that_names_a_mapped_parent_is_attached_to_it(void **state)
{
	(void)state;
	take_over();
	load_one("7", NULL, "x");
	load_one("7", "102", "y");
	assert_counts(0, 1, 0, 0);
	assert_answers("7", "d2");
}

static void
an_alias_of_a_comment_that_is_no_more_does_not_count(void **state)
{
	(void)state;
	load_one("5", NULL, "x");
	map(4, "101", "disqus", "gone");
	record("101", NULL, "its own");
	record("7", "101", "child");
	load();
	assert_counts(2, 0, 0, 0);
	assert_string_equal(ids[0], id_of("wordpress", SITE, "101"));
	assert_answers("7", "101");
}

static void
aliases_of_another_account_do_not_count(void **state)
{
	(void)state;
	take_over();
	fixture_sql("UPDATE comment_alias SET account_id = 2");
	load_one("101", NULL, "x");
	assert_counts(1, 0, 0, 0);
}

/* --- our ids, said by a site --- */

static void
load_claim(int64_t by, const char *external_id, const char *comment_id, const char *body)
{
	struct comment *c = record(external_id, NULL, body);

	say(c, CT_COMMENT_ID, comment_id);
	integration_id = by;
	load();
}

static void
our_id_of_a_sites_own_comment_wins_over_its_number(void **state)
{
	(void)state;
	load_one("5", NULL, "old");
	load_claim(4, "99", id_of("wordpress", SITE, "5"), "new");
	assert_counts(0, 1, 0, 0);
	assert_string_equal(ids[0], id_of("wordpress", SITE, "5"));
	assert_sql_text("5|new", "SELECT CONCAT_WS('|', external_id, body_html) FROM comment");
	/* A file's is not looked at. */
	load_claim(0, "99", id_of("wordpress", SITE, "5"), "newer");
	assert_counts(1, 0, 0, 0);
}

static void
our_id_of_a_comment_that_the_site_has_mapped_is_believed(void **state)
{
	(void)state;
	take_over();
	load_claim(4, "500", id_of("disqus", SITE, "d1"), "something else");
	assert_counts(0, 0, 1, 0);
	assert_string_equal(ids[0], id_of("disqus", SITE, "d1"));
	assert_sql(2, "SELECT COUNT(*) FROM comment");
}

static void
our_id_of_anybody_elses_comment_is_not_believed(void **state)
{
	static const char *const nonsense[] = { "", "zz", "0123456789abcdef0123456789abcdef",
	    "0123456789abcdef0123456789abcdeg" };
	size_t i;

	(void)state;
	take_over();
	source = "disqus";
	load_one("d3", NULL, "mapped by nobody");
	source = "wordpress";
	load_claim(4, "1", id_of("disqus", SITE, "d3"), "x");
	assert_counts(1, 0, 0, 0);
	assert_string_equal(ids[0], id_of("wordpress", SITE, "1"));
	load_claim(5, "2", id_of("disqus", SITE, "d1"), "mapped by another site");
	assert_counts(1, 0, 0, 0);
	fixture_sql("UPDATE comment SET account_id = 2 WHERE external_id = '1'");
	load_claim(4, "3", id_of("wordpress", SITE, "1"), "of another account");
	assert_counts(1, 0, 0, 0);
	for (i = 0; i < ARRAY_LEN(nonsense); i++) {
		load_claim(4, "3", nonsense[i], "of another account");
		assert_counts(0, 0, 1, 0);
		assert_string_equal(ids[0], id_of("wordpress", SITE, "3"));
	}
}

/* Site 4 is connected, page 12 is one of its posts, and d1 a comment there that it was told of by an event. */
static void
tell(void)
{
	source = "disqus";
	say(record("d1", NULL, "first"), CT_PAGE_URL, "https://" SITE "/12");
	load();
	source = "wordpress";
	fixture_sql("INSERT INTO integration (integration_id, token_hash, account_id, state, source, source_site, domain, "
	    "domain_said, asked_from, asked_at, told_from, told) SELECT 4, UNHEX(REPEAT('0', 64)), %d, 'approved', 'wordpress', "
	    "'" SITE "', '', '', '', UTC_TIMESTAMP(3), added - 1, added FROM comment", ACCOUNT);
	fixture_sql("INSERT INTO integration_page VALUES (4, '12', '" SITE "/12')");
}

/* A site's claim of d1 under the number 500. */
static void
assert_believed(int64_t by, bool believed)
{
	load_claim(by, "500", id_of("disqus", SITE, "d1"), "what it made of it");
	assert_counts(!believed, 0, believed, 0);
	assert_string_equal(ids[0], believed ? id_of("disqus", SITE, "d1") : id_of("wordpress", SITE, "500"));
	assert_sql(believed, "SELECT COUNT(*) FROM comment_alias");
	assert_sql_text("first", "SELECT body_html FROM comment WHERE external_id = 'd1'");
	fixture_sql("DELETE FROM comment WHERE source = 'wordpress'");
	fixture_sql("DELETE FROM comment_alias");
}

static void
our_id_of_a_comment_that_the_site_was_told_of_maps_it(void **state)
{
	struct comment *c;

	(void)state;
	tell();
	integration_id = 4;
	record("501", "500", "a reply");
	c = record("500", NULL, "what it made of it");
	say(c, CT_COMMENT_ID, id_of("disqus", SITE, "d1"));
	load();
	assert_counts(1, 0, 1, 0);
	assert_string_equal(ids[1], id_of("disqus", SITE, "d1"));
	assert_answers("501", "d1");
	assert_sql_text("first", "SELECT body_html FROM comment WHERE external_id = 'd1'");
	assert_sql_text("4|500", "SELECT CONCAT_WS('|', integration_id, external_id) FROM comment_alias");
	/* Without its id, and by a file. */
	integration_id = 0;
	record("500", NULL, "what it made of it later");
	record("502", "500", "another reply");
	load();
	assert_counts(1, 0, 1, 0);
	assert_answers("502", "d1");
}

static void
only_what_the_site_was_told_of_and_may_be_told_of_is_believed(void **state)
{
	(void)state;
	tell();
	assert_believed(4, true);
	assert_believed(5, false);
	fixture_sql("UPDATE integration SET told_from = told");
	assert_believed(4, false);
	fixture_sql("UPDATE integration SET told_from = 0, told = told - 1");
	assert_believed(4, false);
	fixture_sql("INSERT INTO integration_download SELECT 5, 1, seq FROM comment");
	assert_believed(4, false);
	fixture_sql("UPDATE integration_download SET integration_id = 4");
	assert_believed(4, true);
	fixture_sql("UPDATE integration_page SET address = '" SITE "/13'");
	assert_believed(4, false);
	fixture_sql("UPDATE integration_page SET address = '" SITE "/12'");
	fixture_sql("UPDATE comment SET is_deleted = 1");
	assert_believed(4, true);
}

static void
a_number_of_the_sites_own_is_not_mapped_by_a_claim(void **state)
{
	(void)state;
	tell();
	load_one("5", NULL, "its own");
	load_claim(4, "5", id_of("disqus", SITE, "d1"), "what it made of it");
	assert_counts(0, 0, 1, 0);
	load_one("5", NULL, "its own, edited");
	assert_counts(0, 1, 0, 0);
	assert_sql(0, "SELECT COUNT(*) FROM comment_alias");
}

static void
a_number_that_is_mapped_to_another_comment_stays_so(void **state)
{
	(void)state;
	tell();
	source = "disqus";
	load_one("d2", NULL, "second");
	source = "wordpress";
	map(4, "500", "disqus", "d2");
	load_claim(4, "500", id_of("disqus", SITE, "d1"), "what it made of it");
	assert_counts(0, 0, 1, 0);
	assert_string_equal(ids[0], id_of("disqus", SITE, "d1"));
	assert_sql(1, "SELECT COUNT(*) FROM comment_alias WHERE comment_id = UNHEX('%s')", id_of("disqus", SITE, "d2"));
	assert_sql(1, "SELECT COUNT(*) FROM comment_alias");
}

static void
what_is_no_number_is_mapped_and_said_to_nobody(void **state)
{
	(void)state;
	tell();
	load_claim(4, "007", id_of("disqus", SITE, "d1"), "what it made of it");
	assert_sql_text("0|007", "SELECT CONCAT_WS('|', integration_id, external_id) FROM comment_alias");
	load_one("8", "007", "a reply");
	assert_answers("8", "d1");
}

static void
one_id_claimed_by_two_records_is_the_firsts(void **state)
{
	struct comment *c;

	(void)state;
	load_one("5", NULL, "old");
	integration_id = 4;
	c = record("99", NULL, "new");
	say(c, CT_COMMENT_ID, id_of("wordpress", SITE, "5"));
	c = record("98", NULL, "newer");
	say(c, CT_COMMENT_ID, id_of("wordpress", SITE, "5"));
	/* Of another site: the id is not its own. */
	c = record("97", NULL, "newest");
	say(c, CT_SOURCE_SITE, "other.example");
	say(c, CT_COMMENT_ID, id_of("wordpress", SITE, "5"));
	load();
	assert_counts(1, 1, 0, 1);
	assert_string_equal(ids[1], ids[0]);
	assert_string_equal(ids[2], id_of("wordpress", "other.example", "97"));
	assert_sql_text("new", "SELECT body_html FROM comment WHERE external_id = '5'");
}

/* --- answers --- */

static void
every_record_of_a_batch_has_its_comment_id(void **state)
{
	static char names[RECORDS_MAX][10];
	size_t i;

	(void)state;
	for (i = 0; i < RECORDS_MAX; i++)
		snprintf(names[i], sizeof(names[i]), "%zu", i / 2);
	for (integration_id = 0; integration_id < 2; integration_id++) {
		for (i = 0; i < RECORDS_MAX; i++)
			record(names[i], NULL, "x");
		load();
		for (i = 0; i < RECORDS_MAX; i++)
			assert_string_equal(ids[i], id_of("wordpress", SITE, names[i]));
	}
	assert_counts(0, 0, RECORDS_MAX / 2, RECORDS_MAX / 2);
	assert_sql(RECORDS_MAX / 2, "SELECT COUNT(*) FROM comment");
}

static void
a_batch_of_an_empty_account_finds_its_own_again(void **state)
{
	(void)state;
	integration_id = 4;
	record("1", NULL, "x");
	record("2", "1", "y");
	record("1", NULL, "x");
	load();
	assert_counts(2, 0, 0, 1);
	record("1", NULL, "x");
	record("2", "1", "y");
	load();
	assert_counts(0, 0, 2, 0);
}

/* --- pages that have been merged --- */

static void
comments_of_a_merged_page_come_to_the_one_that_has_its_comments(void **state)
{
	struct comment *c;
	int i;

	(void)state;
	record("1", NULL, "x");
	c = record("2", NULL, "y");
	say(c, CT_PAGE_ID, "13");
	load();
	/* As a move leaves it: 12 has become a part of 13. */
	fixture_sql("UPDATE page AS p JOIN page AS t ON t.page_id = '13' SET p.merged_into = t.page_key "
	    "WHERE p.page_id = '12'");
	fixture_sql("UPDATE comment AS c JOIN page AS t ON t.page_id = '13' SET c.page_key = t.page_key");
	for (i = 0; i < 2; i++) {
		c = record(i == 0 ? "3" : "4", NULL, "new");
		say(c, CT_PAGE_URL, "https://blog.example/12");
		c = record(i == 0 ? "5" : "6", NULL, "new there, too");
		say(c, CT_PAGE_ID, "13");
		record("1", NULL, i == 0 ? "updated" : "again");
		load();
		assert_counts(2, 1, 0, 0);
	}
	assert_sql(6, "SELECT COUNT(*) FROM comment AS c JOIN page AS p ON p.page_key = c.page_key WHERE p.page_id = '13'");
	assert_sql(2, "SELECT COUNT(*) FROM page");
	assert_sql_text("", "SELECT page_url FROM page WHERE page_id = '13'");
	assert_sql(1, "SELECT COUNT(*) FROM job_page WHERE job_id = 8 AND comments = 2");
	/* The same again moves nothing. */
	c = record("3", NULL, "new");
	say(c, CT_PAGE_URL, "https://blog.example/12");
	load();
	assert_counts(0, 0, 1, 0);
	assert_sql_text("", "SELECT page_url FROM page WHERE page_id = '13'");
}

/* --- a site's run: one job, many batches --- */

static void
the_batches_of_a_run_add_to_one_report(void **state)
{
	static char names[30][10];
	int i, batch;

	(void)state;
	integration_id = 4;
	for (batch = 0; batch < 3; batch++) {
		job_id = 7;
		for (i = 0; i < 10; i++) {
			snprintf(names[10 * batch + i], sizeof(names[0]), "%d", 100 * batch + i);
			record(names[10 * batch + i], NULL, "x");
			if (i < 8)
				record(names[10 * batch + i], NULL, "x");
		}
		load();
		assert_counts(10, 0, 0, 8);
	}
	assert_sql(30, "SELECT comments FROM job_page WHERE job_id = 7");
	assert_sql(24, "SELECT count FROM job_issue WHERE job_id = 7");
	assert_sql(16, "SELECT JSON_LENGTH(examples) FROM job_issue WHERE JSON_VALID(examples)");
	assert_sql_text("100", "SELECT JSON_VALUE(examples, '$[8].external_id') FROM job_issue");
}

static void
assert_missing(const char *expected)
{
	char *got = fixture_text("SELECT CONCAT_WS(',', count, JSON_VALUE(examples, '$[0].external_id'), "
	    "JSON_LENGTH(examples)) FROM job_issue WHERE reason = 'parent_missing'");

	assert_non_null(got);
	assert_string_equal(got, expected);
	free(got);
}

static int
count_issue(void *ctx, const struct job_issue *issue, struct err *e)
{
	int *n = ctx;

	(void)issue, (void)e;
	++*n;
	return 0;
}

static void
a_run_reports_the_parents_that_are_missing_now(void **state)
{
	struct err e;
	int n = 0;

	(void)state;
	load_one("0", "never", "of another job");
	assert_missing("1,0,1");
	fixture_sql("DELETE FROM job_issue");
	integration_id = 4;
	record("1", "2", "early");
	record("3", "4", "earlier");
	load();
	assert_missing("2,1,2");
	job_id = 8;
	load_one("2", NULL, "parent");
	assert_missing("1,3,1");
	job_id = 8;
	load_one("4", NULL, "parent");
	assert_answers("3", "4");
	assert_ok(job_issue_each(db, 8, count_issue, &n, &e), &e);
	assert_int_equal(n, 0);
	assert_sql(4, "SELECT SUM(comments) FROM job_page WHERE job_id = 8");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(each_row_that_is_created_or_changed_gets_the_next_value_of_the_cursor, setup),
		cmocka_unit_test_setup(the_cursor_rises_though_the_clock_stands_behind_it, setup),
		cmocka_unit_test_setup(what_a_site_sends_after_its_file_is_filled_in, setup),
		cmocka_unit_test_setup(what_a_file_says_after_its_site_is_filled_in, setup),
		cmocka_unit_test_setup(what_is_there_is_not_filled_over, setup),
		cmocka_unit_test_setup(a_parent_that_is_filled_in_is_attached, setup),
		cmocka_unit_test_setup(a_record_that_stands_on_another_page_fills_in_nothing_of_that, setup),
		cmocka_unit_test_setup(a_comment_of_another_source_under_a_sites_number_stays_as_it_is, setup),
		cmocka_unit_test_setup(both_names_of_one_comment_in_one_job_take_nothing_from_each_other, setup),
		cmocka_unit_test_setup(a_comment_of_the_same_source_under_a_second_number_is_updated, setup),
		cmocka_unit_test_setup(children_that_wait_for_a_number_are_attached_once_it_is_mapped, setup),
		cmocka_unit_test_setup(an_update_that_names_a_mapped_parent_is_attached_to_it, setup),
		cmocka_unit_test_setup(an_alias_of_a_comment_that_is_no_more_does_not_count, setup),
		cmocka_unit_test_setup(aliases_of_another_account_do_not_count, setup),
		cmocka_unit_test_setup(our_id_of_a_sites_own_comment_wins_over_its_number, setup),
		cmocka_unit_test_setup(our_id_of_a_comment_that_the_site_has_mapped_is_believed, setup),
		cmocka_unit_test_setup(our_id_of_anybody_elses_comment_is_not_believed, setup),
		cmocka_unit_test_setup(our_id_of_a_comment_that_the_site_was_told_of_maps_it, setup),
		cmocka_unit_test_setup(only_what_the_site_was_told_of_and_may_be_told_of_is_believed, setup),
		cmocka_unit_test_setup(a_number_of_the_sites_own_is_not_mapped_by_a_claim, setup),
		cmocka_unit_test_setup(a_number_that_is_mapped_to_another_comment_stays_so, setup),
		cmocka_unit_test_setup(what_is_no_number_is_mapped_and_said_to_nobody, setup),
		cmocka_unit_test_setup(one_id_claimed_by_two_records_is_the_firsts, setup),
		cmocka_unit_test_setup(every_record_of_a_batch_has_its_comment_id, setup),
		cmocka_unit_test_setup(a_batch_of_an_empty_account_finds_its_own_again, setup),
		cmocka_unit_test_setup(comments_of_a_merged_page_come_to_the_one_that_has_its_comments, setup),
		cmocka_unit_test_setup(the_batches_of_a_run_add_to_one_report, setup),
		cmocka_unit_test_setup(a_run_reports_the_parents_that_are_missing_now, setup),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
