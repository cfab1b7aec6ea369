/* JSON formats whose replies stand inside of something: deep and wide ones, and which format a head is taken for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "util/rnd.h"
#include "util/sb.h"

#include "formats/format.h"

#define DEEP	1000
#define WIDE	100000

struct result {
	uint64_t	items, skipped, replies;
	int		passes;
	char		last_id[64], last_parent[64];
	enum rd_status	end;
	struct err	err;
};

static void
keep(char out[64], struct text t)
{
	snprintf(out, 64, "%.*s", (int)t.n, t.n > 0 ? t.p : "");
}

static struct result
read_all(const struct format *format, const struct sb *file)
{
	struct result result = { .passes = 1 };
	struct format_options options = { 0 };
	struct input_mem mem;
	struct comment c;
	struct reader *r;
	uint64_t least = 0;

	input_mem_init(&mem, sb_text(file), file->n);
	assert_non_null(r = format->open(&mem.in, &options, &result.err));
	for (;;) {
		memset(&c, 0, sizeof(c));
		result.end = format->next(r, &c, &result.err);
		if (result.end == RD_EOF || result.end == RD_FATAL)
			break;
		if (result.end == RD_AGAIN) {
			input_mem_init(&mem, sb_text(file), file->n);
			result.passes++;
			least = 0;
			continue;
		}
		assert_true(c.ordinal >= least);
		least = c.ordinal + 1;
		result.items += result.end == RD_ITEM;
		result.skipped += result.end == RD_SKIPPED;
		result.replies += c.text[CT_PARENT_EXTERNAL_ID].n > 0;
		keep(result.last_id, c.text[CT_EXTERNAL_ID]);
		keep(result.last_parent, c.text[CT_PARENT_EXTERNAL_ID]);
	}
	format->close(r);
	return result;
}

static void
repeat(struct sb *sb, const char *s, int n)
{
	while (n-- > 0)
		sb_str(sb, s);
}

static void
deep_replies_keep_their_parents(void **state)
{
	static const struct {
		const struct format	*format;
		const char		*before, *after, *open, *close;	/* the number of the comment */
	} shapes[] = {
		{ &cusdis_format, "{\"id\":\"c", "\",\"content\":\"x\",\"by_nickname\":\"\"", ",\"replies\":{\"data\":[", "]}" },
		{ &cusdis_format, "{\"id\":\"c", "\",\"content\":\"x\",\"by_nickname\":\"\"", ",\"replies\":[", "]" },
		{ &just_comments_format, "{\"commentId\":\"c", "\",\"message\":\"x\",\"itemId\":\"i\"", ",\"nested\":[", "]" },
	};
	struct result result;
	struct sb sb;
	size_t i;
	int n;

	(void)state;
	sb_init(&sb, SIZE_MAX / 4);
	for (i = 0; i < ARRAY_LEN(shapes); i++) {
		sb_reset(&sb);
		sb_char(&sb, '[');
		for (n = 0; n < DEEP; n++) {
			sb_printf(&sb, "%s%d%s", shapes[i].before, n, shapes[i].after);
			sb_str(&sb, n < DEEP - 1 ? shapes[i].open : "}");
		}
		for (n = 0; n < DEEP - 1; n++) {
			sb_str(&sb, shapes[i].close);
			sb_char(&sb, '}');
		}
		sb_char(&sb, ']');
		result = read_all(shapes[i].format, &sb);
		assert_int_equal(result.end, RD_EOF);
		assert_int_equal(result.items, DEEP);
		assert_int_equal(result.replies, DEEP - 1);
		assert_string_equal(result.last_id, "c999");
		assert_string_equal(result.last_parent, "c998");
	}
	sb_free(&sb);
}

static void
wide_lists_come_whole(void **state)
{
	static const struct {
		const struct format	*format;
		const char		*begin, *before, *after, *end;	/* the number of the comment */
		int			 passes;
	} shapes[] = {
		{ &cusdis_format, "{\"projects\":[{\"id\":\"p\",\"pages\":[{\"id\":\"g\",\"url\":\"https://example.org/\",\"comments\":[",
		    "{\"id\":\"c", "\",\"content\":\"x\"}", "]}]}]}", 2 },
		{ &just_comments_format, "[", "{\"commentId\":\"c", "\",\"itemId\":\"example.org/\",\"message\":\"x\"}", "]", 1 },
		{ &muut_format, "[{\"seed\":{\"key\":\"k\",\"path\":\"/a/b\",\"body\":[\"\"]},\"replies\":[", "{\"key\":\"r", "\",\"body\":[\"x\"]}",
		    "]}]", 1 },
		{ &muut_format, "[{\"replies\":[", "{\"key\":\"r", "\",\"body\":[\"x\"]}",
		    "],\"seed\":{\"key\":\"k\",\"path\":\"/a/b:comments\",\"body\":[\"\"]}}]", 2 },
	};
	struct result result;
	struct sb sb;
	size_t i;
	int n;

	(void)state;
	sb_init(&sb, SIZE_MAX / 4);
	for (i = 0; i < ARRAY_LEN(shapes); i++) {
		sb_reset(&sb);
		sb_str(&sb, shapes[i].begin);
		for (n = 0; n < WIDE; n++) {
			if (n > 0)
				sb_char(&sb, ',');
			sb_printf(&sb, "%s%d%s", shapes[i].before, n, shapes[i].after);
		}
		sb_str(&sb, shapes[i].end);
		result = read_all(shapes[i].format, &sb);
		assert_int_equal(result.end, RD_EOF);
		assert_int_equal(result.items, WIDE);
		assert_int_equal(result.replies, 0);
		assert_int_equal(result.passes, shapes[i].passes);
	}
	sb_free(&sb);
}

/* A comment of Cusdis is taken with its replies: over 4 MB of them are passed over, and reported. */
static void
replies_beyond_the_limit_are_one_bad_record(void **state)
{
	struct result result;
	struct sb sb;
	int n;

	(void)state;
	sb_init(&sb, SIZE_MAX / 4);
	sb_str(&sb, "[{\"id\":\"c\",\"content\":\"x\",\"replies\":[{\"id\":\"d\",\"content\":\"");
	repeat(&sb, "0123456789abcdef", 300000);
	sb_str(&sb, "\"}]},{\"id\":\"e\",\"content\":\"x\",\"replies\":[");
	for (n = 0; n < 20000; n++)
		sb_printf(&sb, "%s{\"id\":\"r%d\",\"content\":\"x\"}", n > 0 ? "," : "", n);
	sb_str(&sb, "]}]");
	result = read_all(&cusdis_format, &sb);
	assert_int_equal(result.end, RD_EOF);
	assert_int_equal(result.skipped, 1);
	assert_int_equal(result.items, 20001);
	assert_int_equal(result.replies, 20000);
	sb_free(&sb);
}

/* What the three formats score, in this order: Muut, Just-Comments, Cusdis. */
static void
each_shape_is_one_format(void **state)
{
	static const struct format *const three[] = { &muut_format, &just_comments_format, &cusdis_format };
	static const struct {
		const char	*head;
		int		 best;		/* in three; -1: of none */
	} heads[] = {
		{ "{\"categories\":[{\"path\":\"/a\",\"title\":\"A\"}],\"threads\":{", 0 },
		{ "({\"threads\":{\"/a\":[{\"seed\":{\"key\":\"k\",\"author\":{\"path\":\"@j\",\"displayname\":\"J\"}}", 0 },
		{ "{\"path\":\"/a#k\",\"page\":{\"title\":\"T\"},\"seed\":{\"user\":{\"path\":\"@j\"}}", 0 },
		{ "[{\"commentId\":\"c\",\"itemId\":\"example.org/\",\"message\":\"x\"}]", 1 },
		{ "{\"comments\":[{\"commentId\":\"c\",\"message\":\"x\"}]}", -1 },
		{ "{\"comments\":[{\"commentId\":\"c\",\"message\":\"x\",\"replyTo\":null}]}", 1 },
		{ "{\"Items\":[{\"commentId\":{\"S\":\"c\"},\"itemId\":{\"S\":\"i\"},\"message\":{\"S\":\"m\"}}]}", 1 },
		{ "{\"projects\":[{\"id\":\"p\",\"title\":\"T\",\"pages\":[", -1 },
		{ "{\"projects\":[{\"pages\":[{\"slug\":\"a\",\"comments\":[{\"content\":\"x\",\"approved\":true}", 2 },
		{ "{\"data\":{\"commentCount\":1,\"data\":[{\"id\":\"c\",\"by_nickname\":\"A\"", 2 },
		{ "{\"rawPages\":[],\"flattened\":[]}", 2 },
		{ "[{\"id\":\"c\",\"content\":\"x\",\"createdAt\":\"2023\",\"approved\":true,\"parentId\":null}]", -1 },
		{ "{\"pages\":[{\"id\":1,\"identifier\":\"x\",\"url\":\"\",\"title\":\"\"}],\"comments\":[{\"body\":\"\",\"status\":\"\"", -1 },
		{ "{\"version\":1,\"comments\":[{\"commentHex\":\"\",\"markdown\":\"\"}],\"commenters\":[]}", -1 },
		{ "{\"type\":\"new_comment\",\"data\":{\"by_nickname\":\"A\",\"content\":\"x\"}}", -1 },
		{ "{\"comments\":[]}", -1 },
		{ "[]", -1 },
		{ "[1]", -1 },
		{ "{\"a\":1}", -1 },
		{ "<xml/>", -1 },
	};
	size_t i;
	int k, score;

	(void)state;
	for (i = 0; i < ARRAY_LEN(heads); i++) {
		for (k = 0; k < 3; k++) {
			score = three[k]->sniff((const uint8_t *)heads[i].head, strlen(heads[i].head));
			if (k == heads[i].best ? score >= 60 : score == 0)
				continue;
			fail_msg("%s scores %d as %s", heads[i].head, score, three[k]->name);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(deep_replies_keep_their_parents),
		cmocka_unit_test(wide_lists_come_whole),
		cmocka_unit_test(replies_beyond_the_limit_are_one_bad_record),
		cmocka_unit_test(each_shape_is_one_format),
	};

	return rnd_init(NULL) == -1 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
