/* CSV as a stream: rows and cells, whatever the size of the pieces that they arrive in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <zlib.h>

#include "util/esc.h"

#include "formats/csvsrc.h"

#include "unit/reading.h"

/*
 * Rows as text: "LINE[cell|cell]", "-" for a cell that says nothing; BAD, CUT or END with the sentence.
 * In these inputs no cell has a | or [.
 */
static void
describe(const void *p, size_t n, size_t most, struct sb *out)
{
	struct slow slow = slow_input(p, n, most);
	enum csvsrc_event event;
	struct csvsrc_row row;
	struct csvsrc *src;
	struct err e;
	size_t i;

	sb_reset(out);
	assert_non_null(src = csvsrc_open(&slow.in, &e));
	while ((event = csvsrc_next(src, &row, &e)) == CSVSRC_ROW || event == CSVSRC_BAD) {
		sb_printf(out, "%" PRIu64 "%s", row.line, event == CSVSRC_BAD ? "BAD" : "");
		for (i = 0; event == CSVSRC_ROW && i < row.n; i++) {
			assert_int_equal(row.field[i].p[row.field[i].n], '\0');
			sb_char(out, i == 0 ? '[' : '|');
			esc_json(out, row.field[i].said ? row.field[i].p : "-", row.field[i].said ? row.field[i].n : 1);
		}
		sb_str(out, event == CSVSRC_ROW ? "] " : " ");
	}
	sb_str(out, event == CSVSRC_END ? "END" : event == CSVSRC_CUT ? "CUT" : "FAILED");
	/* Sticky. */
	assert_int_equal(csvsrc_next(src, &row, &e), event);
	csvsrc_close(src);
}

static void
gives(struct bufs *b, const char *p, size_t n, const char *expected)
{
	size_t most;

	for (most = 1; most <= n + 1; most++) {
		describe(p, n, most, &b->out);
		if (strcmp(sb_text(&b->out), expected) != 0)
			fail_msg("%.*s\nin pieces of %zu gives\n%s\nnot\n%s", (int)n, p, most, sb_text(&b->out),
			    expected);
	}
}

#define GIVES(csv, expected)	gives(b, csv, sizeof(csv) - 1, expected)

static void
lines_end_in_three_ways(void **state)
{
	struct bufs *b = *state;

	GIVES("a,b\nc,d\n", "1[a|b] 2[c|d] END");
	GIVES("a,b\r\nc,d\r\n", "1[a|b] 2[c|d] END");
	GIVES("a,b\rc,d\r", "1[a|b] 2[c|d] END");
	GIVES("a,b\nc,d", "1[a|b] 2[c|d] END");
	GIVES("a,b\r\n\r\n\n\rc,d", "1[a|b] 5[c|d] END");
	GIVES("", "END");
	GIVES("\n\r\n", "END");
}

static void
quotes_hold_anything(void **state)
{
	struct bufs *b = *state;

	GIVES("\"a\",\"b, c\"\n\"d \"\"e\"\"\",\"\"\"\"\n", "1[a|b, c] 2[d \\\"e\\\"|\\\"] END");
	GIVES("a,b\n\"one\ntwo\r\nthree\rfour\",x\ny,z\n", "1[a|b] 2[one\\ntwo\\r\\nthree\\rfour|x] 6[y|z] END");
	GIVES("a,b\n\"\",\n,\"\"\n", "1[a|b] 2[|-] 3[-|] END");
	GIVES("a,b\n\"x\" ,\"y\"  \n\"z\"\r\n", "1[a|b] 2[x|y] 3[z] END");
}

static void
a_quote_that_nobody_doubled_is_a_character(void **state)
{
	struct bufs *b = *state;

	GIVES("a,b\n5\" long,say \"x\"\n", "1[a|b] 2[5\\\" long|say \\\"x\\\"] END");
	GIVES("a,b\n\"he said \"no\" twice\",x\n", "1[a|b] 2[he said \\\"no\\\" twice|x] END");
	GIVES("a,b\n\"x\"  \"y\",z\n", "1[a|b] 2[x\\\"  \\\"y|z] END");
}

static void
the_first_line_chooses_the_separator(void **state)
{
	struct bufs *b = *state;

	GIVES("a;b,c;d\n1;2;3\n", "1[a|b,c|d] 2[1|2|3] END");
	GIVES("a\tb;c\td\n", "1[a|b;c|d] END");
	GIVES("\n\na;b\n1,2;3\n", "3[a|b] 4[1,2|3] END");
	GIVES("\";;;;\",a\n1,2\n", "1[;;;;|a] 2[1|2] END");
	GIVES("a\nb;c\n", "1[a] 2[b;c] END");
	GIVES("a,b;c\n", "1[a|b;c] END");
}

/* As Excel has it: a line in front of the titles. */
static void
a_line_in_front_may_name_the_separator(void **state)
{
	struct bufs *b = *state;

	GIVES("sep=;\na,b;c\n1;2\n", "2[a,b|c] 3[1|2] END");
	GIVES("sep=|\r\na,b;c|d\r\n1|2", "2[a,b;c|d] 3[1|2] END");
	GIVES("SEP=\t\ra,b\tc\r", "2[a,b|c] END");
	GIVES("\"sep=,\"\na;b;c,d\n", "2[a;b;c|d] END");
	GIVES("sep=;;;\na,b;c\n", "2[a,b|c] END");
	GIVES("sep=^\n\na^b\n", "3[a|b] END");
	GIVES("sep=;\n", "END");
	GIVES("sep=;", "1[sep=|-] END");
	GIVES("sep=;,b\n1;2\n", "1[sep=;|b] 2[1;2] END");
	GIVES("sep=\na;b\n", "1[sep=] 2[a;b] END");
	GIVES("sep=", "1[sep=] END");
	GIVES("a\nsep=;\n", "1[a] 2[sep=;] END");
}

static void
lines_that_say_nothing_are_no_rows(void **state)
{
	struct bufs *b = *state;

	GIVES("a,b\n,\n,,,,\n\nc,d\n,,", "1[a|b] 5[c|d] END");
}

static void
nul_bytes_and_other_bytes_pass(void **state)
{
	struct bufs *b = *state;

	GIVES("a,b\nx\0y,\xff\x01\n", "1[a|b] 2[x\\u0000y|\xff\\u0001] END");
}

static void
rows_are_as_long_as_the_first(void **state)
{
	struct bufs *b = *state;

	GIVES("a,b,c\n1\n1,2,3,,\n1,2,3,4\n5,6,7\n", "1[a|b|c] 2[1] 3[1|2|3] 4BAD 5[5|6|7] END");
}

static void
a_file_that_breaks_off_says_so(void **state)
{
	struct bufs *b = *state;

	GIVES("a,b\n1,\"x", "1[a|b] CUT");
	GIVES("a,b\n1,\"x\n\n\"\"", "1[a|b] CUT");
	GIVES("a,b\n1,2\n3", "1[a|b] 2[1|2] CUT");
	GIVES("a,b\n1,2\n3,", "1[a|b] 2[1|2] 3[3|-] END");
	GIVES("\"", "CUT");
}

/* n times the text. */
static void
repeat(struct sb *sb, const char *what, size_t n)
{
	for (; n > 0; n--)
		sb_str(sb, what);
}

static void
a_row_over_a_limit_is_bad_and_the_next_is_read(void **state)
{
	struct bufs *b = *state;

	sb_reset(&b->in);
	sb_str(&b->in, "a,b\n1,\"");
	repeat(&b->in, "0123456789\n", CSVSRC_ROW_MAX / 11 + 1);
	sb_str(&b->in, "\"\n2,x\n");
	describe(b->in.p, b->in.n, 10000, &b->out);
	assert_string_equal(sb_text(&b->out), "1[a|b] 2BAD 381304[2|x] END");
	sb_reset(&b->in);
	repeat(&b->in, ",a", CSVSRC_FIELDS_MAX + 1);
	sb_str(&b->in, "\nx\n");
	describe(b->in.p, b->in.n, 10000, &b->out);
	assert_string_equal(sb_text(&b->out), "1BAD 2[x] END");
}

static void
sniffing_gives_the_titles(void **state)
{
	static const char head[] = "ID;\"URL ID\";Comment\n1;\"x";
	struct text title[8];
	char buf[64];

	(void)state;
	assert_int_equal(csvsrc_sniff((const uint8_t *)head, sizeof(head) - 1, buf, sizeof(buf), title, 8), 3);
	assert_string_equal(title[0].p, "ID");
	assert_string_equal(title[1].p, "URL ID");
	assert_string_equal(title[2].p, "Comment");
	assert_int_equal(csvsrc_sniff((const uint8_t *)head, sizeof(head) - 1, buf, sizeof(buf), title, 2), 2);
	assert_int_equal(csvsrc_sniff((const uint8_t *)head, sizeof(head) - 1, buf, 11, title, 8), 2);
	assert_int_equal(csvsrc_sniff((const uint8_t *)"\"ab", 3, buf, sizeof(buf), title, 8), 0);
	assert_int_equal(csvsrc_sniff((const uint8_t *)"", 0, buf, sizeof(buf), title, 8), 0);
}

static ssize_t
broken_read(struct input *in, void *buf, size_t n, struct err *e)
{
	(void)in, (void)buf, (void)n;
	return err_set(e, ERR_LIMIT, "no more");
}

static void
what_is_wrong_with_the_input_is_passed_on(void **state)
{
	struct input broken = { broken_read };
	struct csvsrc *src = csvsrc_open(&broken, NULL);
	struct csvsrc_row row;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(csvsrc_next(src, &row, &e), CSVSRC_FAILED);
	assert_int_equal(e.kind, ERR_LIMIT);
	e.kind = ERR_NONE;
	assert_int_equal(csvsrc_next(src, &row, &e), CSVSRC_FAILED);
	assert_int_equal(e.kind, ERR_LIMIT);
	csvsrc_close(src);
	csvsrc_close(NULL);
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test(fn)
	const struct CMUnitTest tests[] = {
		TEST(lines_end_in_three_ways),
		TEST(quotes_hold_anything),
		TEST(a_quote_that_nobody_doubled_is_a_character),
		TEST(the_first_line_chooses_the_separator),
		TEST(a_line_in_front_may_name_the_separator),
		TEST(lines_that_say_nothing_are_no_rows),
		TEST(nul_bytes_and_other_bytes_pass),
		TEST(rows_are_as_long_as_the_first),
		TEST(a_file_that_breaks_off_says_so),
		TEST(a_row_over_a_limit_is_bad_and_the_next_is_read),
		TEST(sniffing_gives_the_titles),
		TEST(what_is_wrong_with_the_input_is_passed_on),
	};

	return cmocka_run_group_tests(tests, reading_setup, reading_teardown);
}
