/* The WordPress format where a file would be too large for a golden input. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "util/rnd.h"

#include "unit/dump.h"

#define TODAY		INT64_C(1760000000000)	/* in 2025 */
#define FILE_CAP	(64 * 1024 * 1024)

static enum rd_status
read_all(const struct sb *file, struct sb *out, uint64_t *count)
{
	struct dump_job job = { .format = &wxr_format, .p = sb_text(file), .n = file->n, .now_ms = TODAY, .notes = true };

	*count = 0;
	sb_reset(out);
	return dump_run(&job, out, count);
}

static void
fill(struct sb *sb, size_t n)
{
	while (n-- > 0)
		sb_char(sb, 'x');
}

static void
begin_item(struct sb *sb)
{
	sb_reset(sb);
	sb_str(sb, "<rss><channel><wp:base_blog_url>https://mudflat.example</wp:base_blog_url>\n"
	    "<item><wp:post_id>7</wp:post_id>\n");
}

/* Comments of 1 KB each. */
static void
add_comments(struct sb *sb, int n)
{
	int i;

	for (i = 1; i <= n; i++) {
		sb_printf(sb, "<wp:comment><wp:comment_id>%d</wp:comment_id><wp:comment_content>", i);
		fill(sb, 1024);
		sb_str(sb, "</wp:comment_content></wp:comment>\n");
	}
}

static void
an_item_with_many_comments_goes_out_in_pieces(void **state)
{
	struct sb file, out;
	uint64_t count;
	char *first, *last;

	(void)state;
	sb_init(&file, FILE_CAP);
	sb_init(&out, FILE_CAP);
	begin_item(&file);
	add_comments(&file, 5000);
	sb_str(&file, "<wp:post_id>8</wp:post_id></item></channel></rss>");
	assert_int_equal(read_all(&file, &out, &count), RD_EOF);
	assert_int_equal(count, 5000);
	assert_non_null(first = strstr(out.p, "page_id \"7\""));
	assert_non_null(last = strstr(out.p, "record 4999 "));
	assert_non_null(strstr(last, "page_id \"7\""));
	assert_null(strstr(first, "page_id \"8\""));
	sb_free(&file);
	sb_free(&out);
}

static void
a_field_behind_too_many_comments_is_an_error_not_a_wrong_page(void **state)
{
	struct sb file, out;
	uint64_t count;

	(void)state;
	sb_init(&file, FILE_CAP);
	sb_init(&out, FILE_CAP);
	begin_item(&file);
	add_comments(&file, 1500);
	sb_str(&file, "<wp:status>private</wp:status></item></channel></rss>");
	assert_int_equal(read_all(&file, &out, &count), RD_FATAL);
	assert_non_null(strstr(out.p, "limit: The item on line 2 has "));
	sb_free(&file);
	sb_free(&out);
}

/* libxml2 stops at 10,000,000 bytes by itself. */
static void
texts_over_ten_megabytes_pass(void **state)
{
	static const struct { const char *start, *end; } ways[] = { { "", "" }, { "<![CDATA[", "]]>" } };
	struct sb file, out;
	uint64_t count;
	size_t i;

	(void)state;
	sb_init(&file, FILE_CAP);
	sb_init(&out, FILE_CAP);
	for (i = 0; i < ARRAY_LEN(ways); i++) {
		begin_item(&file);
		sb_printf(&file, "<content:encoded>%s", ways[i].start);
		fill(&file, 10500000);
		sb_printf(&file, "%s</content:encoded><wp:comment><wp:comment_id>1</wp:comment_id><wp:comment_content>%s",
		    ways[i].end, ways[i].start);
		fill(&file, 10500000);
		sb_printf(&file, "%s</wp:comment_content></wp:comment><wp:comment><wp:comment_id>2</wp:comment_id></wp:comment>"
		    "</item></channel></rss>", ways[i].end);
		assert_int_equal(read_all(&file, &out, &count), RD_EOF);
		assert_int_equal(count, 2);
		assert_non_null(strstr(out.p, "note body_cut 1 line"));
	}
	sb_free(&file);
	sb_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_item_with_many_comments_goes_out_in_pieces),
		cmocka_unit_test(a_field_behind_too_many_comments_is_an_error_not_a_wrong_page),
		cmocka_unit_test(texts_over_ten_megabytes_pass),
	};

	if (rnd_init(NULL) == -1)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
