/* Threads: parents, the waiting list, circles, as comment_attach() promises. */
#include "fixture.h"
#include "rows.h"

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

static struct attach_counts counts;
static char notes[400];
static int64_t cursor;

static void
note(void *ctx, enum issue_reason reason, const char *external_id)
{
	size_t len = strlen(notes);

	(void)ctx;
	snprintf(notes + len, sizeof(notes) - len, "%s%s ", reason == ISSUE_PARENT_CYCLE ? "cycle:" : "missing:",
	    external_id);
}

/* The end of an import whose rows begin at first_seq. */
static void
attach(int64_t first_seq)
{
	struct err e;

	notes[0] = '\0';
	assert_ok(db_begin(db, &e), &e);
	assert_ok(comment_attach(db, 1, first_seq, &cursor, note, NULL, &counts, &e), &e);
	assert_ok(db_commit(db, &e), &e);
}

static void
assert_counts(int missing, int cycles, int attached)
{
	assert_int_equal(counts.missing, missing);
	assert_int_equal(counts.cycles, cycles);
	assert_int_equal(counts.attached, attached);
}

/* An import of "child>parent" pairs ("a>" says: no parent), one row each from first_seq on. */
static void
import(int64_t first_seq, const char *const *pairs)
{
	struct row rows[16];
	struct err e;
	size_t n;

	for (n = 0; pairs[n] != NULL; n++) {
		const char *arrow = strchr(pairs[n], '>');
		char child[32];

		snprintf(child, sizeof(child), "%.*s", (int)(arrow - pairs[n]), pairs[n]);
		row_init(&rows[n], first_seq + (int64_t)n, child, arrow + 1);
	}
	assert_ok(row_load(db, 1, rows, n, &e), &e);
	attach(first_seq);
}
#define IMPORT(first, ...)	import((first), (const char *const[]){ __VA_ARGS__, NULL })

/* All rows of account 1 by seq: "a b>a c>b". */
static void
assert_threads(const char *expected)
{
	char *got = fixture_text("SELECT GROUP_CONCAT(CONCAT(c.external_id, IF(c.parent_id IS NULL, '', "
	    "CONCAT('>', COALESCE(p.external_id, '?')))) ORDER BY c.seq SEPARATOR ' ') FROM comment c "
	    "LEFT JOIN comment p ON p.account_id = c.account_id AND p.comment_id = c.parent_id WHERE c.account_id = 1");

	assert_non_null(got);
	assert_string_equal(got, expected);
	free(got);
}

static int
waiting(void)
{
	return (int)fixture_int("SELECT COUNT(*) FROM comment_waiting");
}

static void
parents_in_the_file_stay_in_any_order(void **state)
{
	(void)state;
	IMPORT(1, "a>", "b>a", "d>c", "c>b", "e>a");
	assert_threads("a b>a d>c c>b e>a");
	assert_counts(0, 0, 0);
	assert_int_equal(waiting(), 0);
	assert_string_equal(notes, "");
}

static void
a_missing_parent_is_waited_for_and_named(void **state)
{
	(void)state;
	IMPORT(1, "a>", "b>x", "c>b", "d>y", "e>x");
	assert_threads("a b c>b d e");
	assert_counts(3, 0, 0);
	assert_int_equal(waiting(), 3);
	assert_string_equal(notes, "missing:b missing:d missing:e ");
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM comment WHERE parent_external_id = 'x'"), 2);
}

static void
a_parent_that_comes_later_gets_its_children(void **state)
{
	(void)state;
	IMPORT(1, "b>x", "d>y", "e>x");
	IMPORT(10, "x>", "f>y");
	assert_threads("b>x d e>x x f");
	assert_counts(1, 0, 2);
	assert_string_equal(notes, "missing:f ");
	assert_int_equal(waiting(), 2);
	IMPORT(20, "y>x");
	assert_threads("b>x d>y e>x x f>y y>x");
	assert_counts(0, 0, 2);
	assert_int_equal(waiting(), 0);
}

static void
another_account_has_its_own_threads(void **state)
{
	struct row r;
	struct err e;

	(void)state;
	row_init(&r, 1, "x", "");
	assert_ok(row_load(db, 2, &r, 1, &e), &e);
	IMPORT(1, "b>x");
	assert_threads("b");
	row_init(&r, 2, "c", "b");
	assert_ok(row_load(db, 2, &r, 1, &e), &e);
	assert_ok(comment_attach(db, 2, 2, &cursor, note, NULL, &counts, &e), &e);
	assert_counts(1, 0, 0);
	assert_int_equal(waiting(), 2);
}

static void
a_comment_that_answers_itself_is_cut(void **state)
{
	(void)state;
	IMPORT(1, "a>a", "b>a");
	assert_threads("a b>a");
	assert_counts(0, 1, 0);
	assert_string_equal(notes, "cycle:a ");
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM comment WHERE external_id = parent_external_id"), 1);
}

static void
a_circle_is_cut_at_its_first_comment(void **state)
{
	(void)state;
	IMPORT(1, "x>", "b>c", "c>d", "d>b", "e>d", "f>e");
	assert_threads("x b c>d d>b e>d f>e");
	assert_counts(0, 1, 0);
	assert_string_equal(notes, "cycle:b ");
}

static void
each_circle_is_cut_once(void **state)
{
	(void)state;
	/* Two circles, ways into both of them from before and behind, and a tree. */
	IMPORT(1, "h>a", "a>b", "b>a", "i>b", "c>d", "d>e", "e>c", "j>e", "k>j", "r>", "s>r");
	assert_threads("h>a a b>a i>b c d>e e>c j>e k>j r s>r");
	assert_counts(0, 2, 0);
	assert_string_equal(notes, "cycle:a cycle:c ");
}

static void
a_circle_that_a_later_import_closes_is_cut(void **state)
{
	(void)state;
	IMPORT(1, "a>b", "z>a");
	assert_counts(1, 0, 0);
	IMPORT(10, "b>z");
	assert_threads("a z>a b>z");
	assert_counts(0, 1, 1);
	assert_string_equal(notes, "cycle:a ");
	assert_int_equal(waiting(), 0);
}

static void
a_cut_comment_is_not_attached_again(void **state)
{
	(void)state;
	IMPORT(1, "a>b", "b>a");
	assert_threads("a b>a");
	IMPORT(10, "c>b");
	assert_threads("a b>a c>b");
	assert_counts(0, 0, 0);
	IMPORT(20, "d>a");
	assert_threads("a b>a c>b d>a");
	assert_counts(0, 0, 0);
}

/* Who was told of a child without its parent is to hear of the parent. */
static void
what_is_attached_or_cut_has_changed(void **state)
{
	(void)state;
	IMPORT(1, "b>x", "d>y", "e>x", "a>");
	fixture_sql("UPDATE comment SET changed = 10 * seq");
	cursor = 5000;
	IMPORT(10, "x>");
	assert_int_equal(fixture_int("SELECT changed FROM comment WHERE external_id = 'b'"), 5000 + COMMENT_CURSOR_STEP);
	assert_int_equal(fixture_int("SELECT changed FROM comment WHERE external_id = 'e'"), 5000 + 2 * COMMENT_CURSOR_STEP);
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM comment WHERE changed > 40"), 2);
	assert_int_equal(cursor, 5000 + 2 * COMMENT_CURSOR_STEP);
	cursor = 9000;
	IMPORT(20, "y>d");
	assert_string_equal(notes, "cycle:d ");
	assert_int_equal(fixture_int("SELECT changed FROM comment WHERE external_id = 'd'"), cursor);
	assert_int_equal(cursor, 9000 + 2 * COMMENT_CURSOR_STEP);
}

/* A re-import says something new about one row. */
static void
update(const char *child, const char *parent)
{
	struct row r;
	struct err e;

	row_init(&r, 0, child, parent);
	memset(r.c.source_hash, 'n', HASH128_SIZE);
	assert_ok(comment_update(db, 1, &r.s, &e), &e);
}

static void
an_update_moves_a_comment_to_its_new_parent(void **state)
{
	(void)state;
	IMPORT(1, "a>", "b>", "c>a");
	update("c", "b");
	attach(100);
	assert_threads("a b c>b");
	assert_int_equal(waiting(), 0);
	update("c", "");
	attach(100);
	assert_threads("a b c");
	assert_counts(0, 0, 0);
	update("c", "x");
	attach(100);
	assert_threads("a b c");
	assert_int_equal(waiting(), 1);
	update("c", "y");
	IMPORT(100, "x>", "y>");
	assert_threads("a b c>y x y");
	assert_counts(0, 0, 1);
	assert_int_equal(waiting(), 0);
}

static void
an_update_that_keeps_or_does_not_say_the_parent_leaves_it(void **state)
{
	(void)state;
	IMPORT(1, "a>", "c>a", "w>x");
	update("c", "a");
	attach(100);
	assert_threads("a c>a w");
	assert_counts(0, 0, 0);
	update("c", NULL);
	update("w", NULL);
	attach(100);
	assert_threads("a c>a w");
	assert_int_equal(waiting(), 1);
}

static void
an_update_that_closes_a_circle_is_cut(void **state)
{
	(void)state;
	IMPORT(1, "a>", "b>a", "c>b");
	update("a", "c");
	attach(100);
	assert_threads("a b>a c>b");
	assert_counts(0, 1, 1);
	IMPORT(1000, "d>c");
	assert_threads("a b>a c>b d>c");
	assert_counts(0, 0, 0);
}

/* n rows in a chain; down: each answers the one before it, else the one after it. */
static void
import_chain(int n, bool down, const char *last_parent)
{
	struct row *rows = calloc((size_t)n, sizeof(*rows));
	char child[20], parent[20];
	struct err e;
	int i, at;

	assert_non_null(rows);
	for (i = 0; i < n; i++) {
		at = down ? i : n - 1 - i;
		snprintf(child, sizeof(child), "c%d", at);
		snprintf(parent, sizeof(parent), "c%d", at - 1);
		row_init(&rows[i], i + 1, child, at == 0 ? last_parent : parent);
	}
	assert_ok(row_load(db, 1, rows, (size_t)n, &e), &e);
	free(rows);
	attach(1);
}

/* Comments without a parent, and the length of the way from the end of the chain. */
static void
assert_chain(int n)
{
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM comment WHERE parent_id IS NULL"), 1);
	assert_int_equal(fixture_int("WITH RECURSIVE way (comment_id, parent_id, n) AS ("
	    "SELECT comment_id, parent_id, 1 FROM comment WHERE external_id = 'c%d' UNION ALL "
	    "SELECT c.comment_id, c.parent_id, n + 1 FROM way JOIN comment c ON c.account_id = 1 AND c.comment_id = "
	    "way.parent_id) SELECT MAX(n) FROM way", n - 1), n);
}

static void
long_chains_stay_whole_in_either_direction(void **state)
{
	(void)state;
	import_chain(1000, true, "");
	assert_counts(0, 0, 0);
	assert_chain(1000);
	fixture_empty(state);
	import_chain(1000, false, "");
	assert_counts(0, 0, 0);
	assert_chain(1000);
}

static void
a_long_chain_that_bites_its_tail_is_cut_at_its_first_row(void **state)
{
	(void)state;
	import_chain(1000, true, "c999");
	assert_counts(0, 1, 0);
	assert_string_equal(notes, "cycle:c0 ");
	assert_chain(1000);
	fixture_empty(state);
	import_chain(1000, false, "c999");
	assert_counts(0, 1, 0);
	assert_string_equal(notes, "cycle:c999 ");
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM comment WHERE parent_id IS NULL"), 1);
}

static void
a_long_chain_whose_root_comes_later_is_attached(void **state)
{
	(void)state;
	import_chain(1000, false, "root");
	assert_counts(1, 0, 0);
	IMPORT(5000, "root>");
	assert_counts(0, 0, 1);
	assert_int_equal(waiting(), 0);
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM comment WHERE parent_id IS NULL"), 1);
	assert_int_equal(fixture_int("SELECT COUNT(*) FROM comment c JOIN comment p ON p.comment_id = c.parent_id "
	    "WHERE c.external_id = 'c0' AND p.external_id = 'root'"), 1);
}

static void
examples_are_bounded_and_counts_are_not(void **state)
{
	struct row *rows = calloc(100, sizeof(*rows));
	char child[20];
	struct err e;
	int i;

	(void)state;
	assert_non_null(rows);
	for (i = 0; i < 100; i++) {
		snprintf(child, sizeof(child), "%d", i);
		row_init(&rows[i], i + 1, child, i < 50 ? child : "gone");
	}
	assert_ok(row_load(db, 1, rows, 100, &e), &e);
	free(rows);
	attach(1);
	assert_counts(50, 50, 0);
	/* 20 of each kind: "missing:50 " to "missing:69 ", "cycle:0 " to "cycle:19 " */
	assert_int_equal(strlen(notes), 20 * 11 + 10 * 8 + 10 * 9);
	assert_int_equal(waiting(), 50);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(parents_in_the_file_stay_in_any_order, fixture_empty),
		cmocka_unit_test_setup(a_missing_parent_is_waited_for_and_named, fixture_empty),
		cmocka_unit_test_setup(a_parent_that_comes_later_gets_its_children, fixture_empty),
		cmocka_unit_test_setup(another_account_has_its_own_threads, fixture_empty),
		cmocka_unit_test_setup(a_comment_that_answers_itself_is_cut, fixture_empty),
		cmocka_unit_test_setup(a_circle_is_cut_at_its_first_comment, fixture_empty),
		cmocka_unit_test_setup(each_circle_is_cut_once, fixture_empty),
		cmocka_unit_test_setup(a_circle_that_a_later_import_closes_is_cut, fixture_empty),
		cmocka_unit_test_setup(a_cut_comment_is_not_attached_again, fixture_empty),
		cmocka_unit_test_setup(what_is_attached_or_cut_has_changed, fixture_empty),
		cmocka_unit_test_setup(an_update_moves_a_comment_to_its_new_parent, fixture_empty),
		cmocka_unit_test_setup(an_update_that_keeps_or_does_not_say_the_parent_leaves_it, fixture_empty),
		cmocka_unit_test_setup(an_update_that_closes_a_circle_is_cut, fixture_empty),
		cmocka_unit_test_setup(long_chains_stay_whole_in_either_direction, fixture_empty),
		cmocka_unit_test_setup(a_long_chain_that_bites_its_tail_is_cut_at_its_first_row, fixture_empty),
		cmocka_unit_test_setup(a_long_chain_whose_root_comes_later_is_attached, fixture_empty),
		cmocka_unit_test_setup(examples_are_bounded_and_counts_are_not, fixture_empty),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
