/* Comments and pages: loading, looking up, updating, as store/comment.h promises. */
#include "fixture.h"
#include "rows.h"

#include "util/clock.h"

static struct db *db;

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

static void
load(const struct row *rows, size_t n)
{
	struct err e;

	assert_ok(row_load(db, 1, rows, n, &e), &e);
}

static void
assert_column(const char *external_id, const char *column, const char *expected)
{
	char *got = fixture_text("SELECT %s FROM comment WHERE external_id = '%s'", column, external_id);

	if (expected == NULL)
		assert_null(got);
	else {
		assert_non_null(got);
		assert_string_equal(got, expected);
	}
	free(got);
}

/* --- loading --- */

static void
what_is_said_is_loaded_and_what_is_not_is_null(void **state)
{
	struct row r[2];

	(void)state;
	row_init(&r[0], 1, "full", "other");
	row_say(&r[0], CT_SOURCE_SITE, "example.com/a");
	row_say(&r[0], CT_AUTHOR_NAME, "Zo\xc3\xab \xf0\x9f\x8c\xbb");
	row_say(&r[0], CT_AUTHOR_EMAIL, "");
	row_say(&r[0], CT_AUTHOR_URL, "https://example.com/");
	row_say(&r[0], CT_AUTHOR_IP, "\xc3\xa9");
	row_say(&r[0], CT_BODY_HTML, "<p>Hi</p>");
	row_number(&r[0], CN_CREATED_AT, 1700000000123);
	row_number(&r[0], CN_IS_APPROVED, 0);
	row_number(&r[0], CN_IS_SPAM, 1);
	row_number(&r[0], CN_IS_DELETED, 1);
	row_number(&r[0], CN_VOTES_UP, INT64_MAX);
	row_number(&r[0], CN_VOTES_DOWN, INT64_MIN);
	row_say(&r[0], CT_EXTRA, "{\"is_pinned\":true,\"path\":\"\\\\\\n\"}");
	row_init(&r[1], 2, "empty", NULL);
	r[1].s.source = (struct text){ "muut", 4, true };
	row_number(&r[1], CN_CREATED_AT, CLOCK_UNKNOWN);
	load(r, 2);
	assert_column("full", "source", "disqus");
	assert_column("full", "source_site", "example.com/a");
	assert_column("full", "seq", "1");
	assert_column("full", "account_id", "1");
	assert_column("full", "job_id", "7");
	assert_column("full", "parent_external_id", "other");
	assert_column("full", "HEX(author_name)", "5A6FC3AB20F09F8CBB");
	assert_column("full", "author_email", "");
	assert_column("full", "author_url", "https://example.com/");
	assert_column("full", "HEX(author_ip)", "C3A9");
	assert_column("full", "body_html", "<p>Hi</p>");
	assert_column("full", "created_at", "2023-11-14 22:13:20.123");
	assert_column("full", "CONCAT(is_approved, is_spam, is_deleted)", "011");
	assert_column("full", "votes_up", "9223372036854775807");
	assert_column("full", "votes_down", "-9223372036854775808");
	assert_column("full", "extra", "{\"is_pinned\":true,\"path\":\"\\\\\\n\"}");
	assert_column("empty", "source", "muut");
	assert_column("empty", "extra", NULL);
	assert_column("empty", "author_name", NULL);
	assert_column("empty", "author_email", NULL);
	assert_column("empty", "parent_external_id", NULL);
	assert_column("empty", "parent_id", NULL);
	assert_column("empty", "created_at", NULL);
	assert_column("empty", "votes_up", NULL);
	assert_column("empty", "body_html", "");
	assert_column("empty", "source_site", "");
	assert_column("empty", "CONCAT(is_approved, is_spam, is_deleted)", "100");
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM comment WHERE HEX(source_hash) = HEX(comment_id)"), 2);
}

static void
every_byte_of_a_text_survives(void **state)
{
	static const char tail[] = "\\N\t\\t\n\\\n\xf0\x9f\x98\x80\xef\xbf\xbd\r\n\\";
	char body[400], hex[900];
	struct row r[3];
	size_t n = 0;
	int i;

	(void)state;
	for (i = 0; i < 128; i++)
		body[n++] = (char)i;
	memcpy(body + n, tail, sizeof(tail) - 1);
	n += sizeof(tail) - 1;
	row_init(&r[0], 1, "bytes", "");
	r[0].c.text[CT_BODY_HTML] = (struct text){ .p = body, .n = n, .said = true };
	row_init(&r[1], 2, "null", "");
	row_say(&r[1], CT_AUTHOR_NAME, "\\N");
	row_say(&r[1], CT_BODY_HTML, "NULL");
	row_say(&r[1], CT_AUTHOR_URL, "\\");
	row_init(&r[2], 3, "after", "");
	load(r, 3);
	for (i = 0; i < (int)n; i++)
		snprintf(hex + 2 * i, 3, "%02X", (unsigned char)body[i]);
	assert_column("bytes", "HEX(body_html)", hex);
	assert_column("null", "author_name", "\\N");
	assert_column("null", "body_html", "NULL");
	assert_column("null", "author_url", "\\");
	assert_column("after", "seq", "3");
}

static void
a_record_larger_than_the_buffer_is_loaded_whole(void **state)
{
	char *body = malloc(LIMIT_BODY_PLAIN_BYTES + 1);
	struct row r[3];

	(void)state;
	assert_non_null(body);
	memset(body, '\n', LIMIT_BODY_PLAIN_BYTES);
	body[LIMIT_BODY_PLAIN_BYTES] = '\0';
	row_init(&r[0], 1, "before", "");
	row_init(&r[1], 2, "large", "");
	row_say(&r[1], CT_BODY_HTML, body);
	row_init(&r[2], 3, "behind", "");
	load(r, 3);
	assert_column("large", "LENGTH(body_html)", "1048576");
	assert_column("large", "LENGTH(REPLACE(body_html, '\\n', ''))", "0");
	assert_column("behind", "seq", "3");
	free(body);
}

/* The load of these rows fails, and after the rollback nothing is there. */
static void
assert_refused(const struct row *rows, size_t n)
{
	struct err e;

	assert_int_equal(row_load(db, 1, rows, n, &e), -1);
	assert_int_equal(e.kind, ERR_DB);
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM comment"), 0);
}

static void
a_duplicate_fails_the_load(void **state)
{
	struct row r[3];

	(void)state;
	row_init(&r[0], 1, "a", "");
	row_init(&r[1], 2, "b", "");
	row_init(&r[2], 3, "a", "");
	assert_refused(r, 3);
	row_init(&r[2], 2, "c", "");
	assert_refused(r, 3);
}

static void
a_value_that_does_not_fit_fails_the_load(void **state)
{
	char name[300];
	struct row r;

	(void)state;
	memset(name, 'n', sizeof(name));
	name[256] = '\0';
	row_init(&r, 1, "a", "");
	row_say(&r, CT_AUTHOR_NAME, name);
	assert_refused(&r, 1);
	row_init(&r, 1, "a", "");
	row_say(&r, CT_BODY_HTML, "broken \xc3\x28 text");
	assert_refused(&r, 1);
	row_init(&r, 1, "a", "");
	row_say(&r, CT_BODY_HTML, "cut \xf0\x9f\x98");
	assert_refused(&r, 1);
}

struct bad_fill {
	int	calls;
	int64_t	rows;
};

static int
fill_and_break(void *ctx, char *buf, size_t *n, struct err *e)
{
	struct bad_fill *b = ctx;

	if (b->calls++ > 0)
		return err_set(e, ERR_READER, "it broke");
	memset(buf, 'x', *n);
	return 0;
}

static int
fill_one_short(void *ctx, char *buf, size_t *n, struct err *e)
{
	static const char line[] = "1\t00\t\\N\t00\t00\ts\ts\tx\t\\N\t\\N\t\\N\t\\N\t\\N\t\\N\t\\N\tb\t\\N"
	    "\t1\t0\t0\t\\N\t\\N\t\\N\t7\n";
	struct bad_fill *b = ctx;

	(void)e;
	*n = b->calls++ == 0 ? sizeof(line) - 1 : 0;
	memcpy(buf, line, *n);
	return 0;
}

static void
a_fill_that_breaks_fails_the_load_with_its_reason(void **state)
{
	struct bad_fill b = { .rows = 1 };
	struct err e;

	(void)state;
	assert_ok(db_begin(db, &e), &e);
	assert_int_equal(db_load(db, SQL_LOAD_COMMENT, fill_and_break, &b, &b.rows, &e), -1);
	assert_int_equal(e.kind, ERR_READER);
	assert_string_equal(e.msg, "it broke");
	db_rollback(db);
	assert_false(db_lost(db));
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM comment"), 0);
}

static void
another_number_of_rows_than_sent_fails_the_load(void **state)
{
	struct bad_fill b = { .rows = 2 };
	struct err e;

	(void)state;
	assert_ok(db_load_context(db, 1, 7, DB_LOCKS_DAY, &e), &e);
	assert_ok(db_begin(db, &e), &e);
	assert_int_equal(db_load(db, SQL_LOAD_COMMENT, fill_one_short, &b, &b.rows, &e), -1);
	assert_int_equal(e.kind, ERR_DB);
	b = (struct bad_fill){ .rows = 1 };
	db_rollback(db);
	assert_ok(db_begin(db, &e), &e);
	assert_ok(db_load(db, SQL_LOAD_COMMENT, fill_one_short, &b, &b.rows, &e), &e);
	db_rollback(db);
}

static void
a_connection_killed_in_a_load_is_lost(void **state)
{
	struct row r;
	struct err e;

	(void)state;
	row_init(&r, 1, "a", "");
	fixture_kill_connections();
	assert_int_equal(row_load(db, 1, &r, 1, &e), -1);
	assert_int_equal(e.kind, ERR_DB_LOST);
	assert_ok(db_reopen(db, &e), &e);
	load(&r, 1);
}

/* --- looking up --- */

struct found {
	int	n;
	int64_t	seqs;
	bool	hashes_right;
};

static void
see(void *ctx, const struct comment_row *row)
{
	const struct hash128 page = row_hash("page");
	struct found *f = ctx;

	f->n++;
	f->seqs += row->seq;
	f->hashes_right = f->hashes_right && memcmp(&row->comment_id, &row->source_hash, HASH128_SIZE) == 0 &&
	    memcmp(&row->page_key, &page, HASH128_SIZE) == 0;
}

static void
a_lookup_finds_those_of_the_account_whatever_their_number(void **state)
{
	enum { N = 2 * COMMENT_LOOKUP + 17 };
	struct row *r = calloc(N, sizeof(*r));
	struct hash128 *ids = calloc(2 * N, sizeof(*ids));
	const struct hash128 **pointers = calloc(2 * N, sizeof(*pointers));
	struct found f = { .hashes_right = true };
	char name[20];
	struct err e;
	int64_t seq;
	int i;

	(void)state;
	for (i = 0; i < 2 * N; i++) {
		snprintf(name, sizeof(name), "c%d", i);
		ids[i] = row_hash(name);
		pointers[i] = &ids[i];
		if (i < N)
			row_init(&r[i], i + 1, name, "");
	}
	assert_ok(comment_max_seq(db, 1, &seq, &e), &e);
	assert_int_equal(seq, 0);
	load(r, N);
	assert_ok(comment_max_seq(db, 1, &seq, &e), &e);
	assert_int_equal(seq, N);
	assert_ok(comment_lookup(db, 1, pointers, 2 * N, see, &f, &e), &e);
	assert_int_equal(f.n, N);
	assert_int_equal(f.seqs, (int64_t)N * (N + 1) / 2);
	assert_true(f.hashes_right);
	f.n = 0;
	assert_ok(comment_lookup(db, 2, pointers, 2 * N, see, &f, &e), &e);
	assert_ok(comment_lookup(db, 1, pointers, 0, see, &f, &e), &e);
	assert_int_equal(f.n, 0);
	assert_ok(comment_lookup(db, 1, pointers + 3, 1, see, &f, &e), &e);
	assert_int_equal(f.n, 1);
	free(pointers);
	free(ids);
	free(r);
}

/* --- updating --- */

static void
an_update_leaves_what_is_not_said(void **state)
{
	struct row old, new;
	struct err e;

	(void)state;
	row_init(&old, 1, "a", NULL);
	row_say(&old, CT_AUTHOR_NAME, "Old name");
	row_say(&old, CT_AUTHOR_URL, "https://old.example/");
	row_say(&old, CT_BODY_HTML, "old");
	row_say(&old, CT_EXTRA, "{\"old\":1}");
	row_number(&old, CN_CREATED_AT, 1700000000000);
	row_number(&old, CN_IS_SPAM, 1);
	row_number(&old, CN_VOTES_UP, 5);
	load(&old, 1);
	row_init(&new, 99, "a", NULL);
	memset(new.c.source_hash, 'n', HASH128_SIZE);
	row_say(&new, CT_AUTHOR_URL, "");
	row_say(&new, CT_BODY_HTML, "new \xf0\x9f\x98\x80");
	row_number(&new, CN_VOTES_UP, 6);
	new.s.page_key = row_hash("other page");
	assert_ok(comment_update(db, 1, &new.s, &e), &e);
	assert_column("a", "author_name", "Old name");
	assert_column("a", "extra", "{\"old\":1}");
	assert_column("a", "author_url", "");
	assert_column("a", "HEX(body_html)", "6E657720F09F9880");
	assert_column("a", "created_at", "2023-11-14 22:13:20.000");
	assert_column("a", "CONCAT(is_approved, is_spam, is_deleted)", "110");
	assert_column("a", "votes_up", "6");
	assert_column("a", "votes_down", NULL);
	assert_column("a", "source_hash", "nnnnnnnnnnnnnnnn");
	assert_column("a", "seq", "1");
	assert_column("a", "job_id", "7");
	/* CT_PAGE_ID was not said, so the comment stays on the page that the next one is on, too. */
	row_init(&old, 2, "neighbour", NULL);
	load(&old, 1);
	assert_int_equal(fixture_int("SELECT COUNT(DISTINCT page_key) FROM comment"), 1);
}

static void
an_update_overwrites_what_is_said(void **state)
{
	static const enum comment_text texts[] = { CT_AUTHOR_NAME, CT_AUTHOR_EMAIL, CT_AUTHOR_URL, CT_AUTHOR_AVATAR,
	    CT_AUTHOR_EXTERNAL_ID, CT_AUTHOR_IP, CT_BODY_HTML, CT_EXTRA };
	static const char *const columns[] = { "author_name", "author_email", "author_url", "author_avatar",
	    "author_external_id", "author_ip", "body_html", "extra" };
	struct row old, new;
	struct err e;
	size_t i;

	(void)state;
	row_init(&old, 1, "a", "p");
	for (i = 0; i < ARRAY_LEN(texts); i++)
		row_say(&old, texts[i], "old");
	load(&old, 1);
	row_init(&new, 1, "a", "");
	for (i = 0; i < ARRAY_LEN(texts); i++)
		row_say(&new, texts[i], columns[i]);
	row_say(&new, CT_PAGE_ID, "other page");
	new.s.page_key = row_hash("other page");
	row_number(&new, CN_CREATED_AT, 1600000000000);
	row_number(&new, CN_IS_APPROVED, 0);
	row_number(&new, CN_IS_SPAM, 1);
	row_number(&new, CN_IS_DELETED, 1);
	row_number(&new, CN_VOTES_UP, 1);
	row_number(&new, CN_VOTES_DOWN, 2);
	assert_ok(comment_update(db, 1, &new.s, &e), &e);
	for (i = 0; i < ARRAY_LEN(texts); i++)
		assert_column("a", columns[i], columns[i]);
	assert_column("a", "created_at", "2020-09-13 12:26:40.000");
	assert_column("a", "CONCAT(is_approved, is_spam, is_deleted, votes_up, votes_down)", "01112");
	assert_column("a", "parent_external_id", "");
	assert_column("a", "parent_id", NULL);
	row_init(&old, 2, "on the other page", "");
	old.s.page_key = row_hash("other page");
	load(&old, 1);
	assert_int_equal(fixture_int("SELECT COUNT(DISTINCT page_key) FROM comment"), 1);
	row_number(&new, CN_CREATED_AT, CLOCK_UNKNOWN);
	assert_ok(comment_update(db, 1, &new.s, &e), &e);
	assert_column("a", "created_at", NULL);
}

static void
an_update_touches_no_other_row(void **state)
{
	struct row r[2], other;
	struct err e;

	(void)state;
	row_init(&r[0], 1, "a", "");
	row_init(&r[1], 2, "b", "");
	load(r, 2);
	row_init(&other, 1, "a", "");
	assert_ok(row_load(db, 2, &other, 1, &e), &e);
	row_say(&r[0], CT_BODY_HTML, "new");
	assert_ok(comment_update(db, 1, &r[0].s, &e), &e);
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM comment WHERE body_html = 'new'"), 1);
	assert_int_equal(fixture_int("SELECT account_id FROM comment WHERE body_html = 'new'"), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(what_is_said_is_loaded_and_what_is_not_is_null, fixture_empty),
		cmocka_unit_test_setup(every_byte_of_a_text_survives, fixture_empty),
		cmocka_unit_test_setup(a_record_larger_than_the_buffer_is_loaded_whole, fixture_empty),
		cmocka_unit_test_setup(a_duplicate_fails_the_load, fixture_empty),
		cmocka_unit_test_setup(a_value_that_does_not_fit_fails_the_load, fixture_empty),
		cmocka_unit_test_setup(a_fill_that_breaks_fails_the_load_with_its_reason, fixture_empty),
		cmocka_unit_test_setup(another_number_of_rows_than_sent_fails_the_load, fixture_empty),
		cmocka_unit_test_setup(a_connection_killed_in_a_load_is_lost, fixture_empty),
		cmocka_unit_test_setup(a_lookup_finds_those_of_the_account_whatever_their_number, fixture_empty),
		cmocka_unit_test_setup(an_update_leaves_what_is_not_said, fixture_empty),
		cmocka_unit_test_setup(an_update_overwrites_what_is_said, fixture_empty),
		cmocka_unit_test_setup(an_update_touches_no_other_row, fixture_empty),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
