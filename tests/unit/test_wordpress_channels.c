/* One site's comments by its export and by its plugin: the same identity, the same hash, the same values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "util/esc.h"
#include "util/identity.h"
#include "util/rnd.h"

#include "unit/damage.h"
#include "unit/dump.h"

#define TODAY		INT64_C(1760000000000)	/* in 2025 */
#define CAP		(1024 * 1024)
#define SITE		"mudflat.example"
#define TEXT_MAX	400

/* As it stands in WordPress's tables. */
struct row {
	char	name[TEXT_MAX], email[TEXT_MAX], content[TEXT_MAX], title[TEXT_MAX];
	int	id, parent, post;
	char	date[20];
	const char *approved;		/* "1", "0", "spam" */
};

static uint64_t seed;

static void
random_text(char out[TEXT_MAX], int pieces)
{
	static const char *const words[] = { "tern", " ", "  ", "\n", "\r\n", "\r", "\n\n", "\t", "&amp;", "&", "&#8217;", "&lt;b&gt;",
	    "<b>bold</b>", "<p>", "]]>", "\"", "'", "\\", "/", "\x01", "\x1f", "\x7f", "\xc3\xb6", "\xf0\x9f\x98\x80", "\xef\xbf\xbf",
	    "\xe2\x80\xa8", "https://mudflat.example/?a=1&b=2", "0", "undefined", "<script>x</script>", "[code]" };

	size_t n = 0;

	out[0] = '\0';
	for (; pieces > 0; pieces--) {
		const char *word = words[damage_below(&seed, ARRAY_LEN(words))];

		snprintf(out + n, TEXT_MAX - n, "%s", word);
		n += strlen(word);
	}
}

static struct row
random_row(void)
{
	static const char *const states[] = { "1", "0", "spam" };
	struct row w = { .id = 1 + (int)damage_below(&seed, 1000), .post = 1 + (int)damage_below(&seed, 9) };

	w.parent = damage_below(&seed, 2) ? 0 : 7;
	w.approved = states[damage_below(&seed, 3)];
	snprintf(w.date, sizeof(w.date), "20%02d-%02d-%02d %02d:%02d:%02d", (int)damage_below(&seed, 25),
	    1 + (int)damage_below(&seed, 12), 1 + (int)damage_below(&seed, 28), (int)damage_below(&seed, 24),
	    (int)damage_below(&seed, 60), (int)damage_below(&seed, 60));
	random_text(w.name, (int)damage_below(&seed, 4));
	random_text(w.email, (int)damage_below(&seed, 3));
	random_text(w.content, (int)damage_below(&seed, 10));
	random_text(w.title, 1);
	return w;
}

/* --- the two channels ---------------------------------------------------------------------- */

/* As WordPress's wxr_cdata(). */
static void
element(struct sb *sb, const char *name, const char *value)
{
	const char *end;

	sb_printf(sb, "<wp:%s><![CDATA[", name);
	for (; (end = strstr(value, "]]>")) != NULL; value = end + 3) {
		sb_add(sb, value, (size_t)(end - value));
		sb_str(sb, "]]]]><![CDATA[>");
	}
	sb_printf(sb, "%s]]></wp:%s>\n", value, name);
}

static void
write_wxr(struct sb *sb, const struct row *w)
{
	sb_reset(sb);
	sb_str(sb, "<rss version=\"2.0\" xmlns:wp=\"http://wordpress.org/export/1.2/\"><channel>"
	    "<wp:base_blog_url>https://www." SITE "/</wp:base_blog_url>\n<item>");
	sb_printf(sb, "<link>https://" SITE "/?p=%d</link><wp:post_id>%d</wp:post_id><wp:comment>", w->post, w->post);
	sb_printf(sb, "<wp:comment_id>%d</wp:comment_id><wp:comment_parent>%d</wp:comment_parent>", w->id, w->parent);
	element(sb, "comment_author", w->name);
	element(sb, "comment_author_email", w->email);
	element(sb, "comment_author_url", "https://" SITE);
	element(sb, "comment_author_IP", "192.0.2.1");
	element(sb, "comment_date", w->date);
	element(sb, "comment_date_gmt", w->date);
	element(sb, "comment_content", w->content);
	element(sb, "comment_approved", w->approved);
	element(sb, "comment_type", "comment");
	sb_str(sb, "<wp:comment_user_id>0</wp:comment_user_id></wp:comment></item></channel></rss>\n");
}

static void
member(struct sb *sb, const char *name, const char *value)
{
	sb_printf(sb, "\"%s\":\"", name);
	esc_json(sb, value, strlen(value));
	sb_str(sb, "\",");
}

static void
write_batch(struct sb *sb, const struct row *w)
{
	char parent[20];

	snprintf(parent, sizeof(parent), w->parent != 0 ? "\"%d\"" : "null", w->parent);
	sb_reset(sb);
	sb_printf(sb, "{\"countRemaining\":\"0\",\"comments\":[{\"urlId\":\"%d\",\"url\":\"https:\\/\\/" SITE "\\/?p=%d\",", w->post,
	    w->post);
	member(sb, "pageTitle", w->title);
	member(sb, "commenterName", w->name);
	member(sb, "commenterEmail", w->email);
	member(sb, "comment", w->content);
	member(sb, "date", w->date);
	sb_printf(sb, "\"userId\":null,\"externalId\":\"%d\",\"externalParentId\":%s,\"votes\":\"0\",\"votesUp\":0,\"votesDown\":0,"
	    "\"approved\":%s,\"isSpam\":%s}]}", w->id, parent, w->approved[0] == '1' ? "true" : "false",
	    w->approved[0] == 's' ? "true" : "false");
}

struct reading {
	struct arena	*arena;
	struct comment	 c;
};

/* The one record of a file; its texts are in the arena. */
static void
read_one(const struct format *format, const struct sb *file, struct reading *out)
{
	static const char *const pairs[] = { "site", SITE, NULL };
	struct format_options options = { .pairs = format == &wxr_format ? NULL : pairs };
	struct input_mem mem;
	struct reader *r;
	struct err e = { 0 };
	int i;

	memset(&out->c, 0, sizeof(out->c));
	out->arena = arena_new(CAP * 16);
	input_mem_init(&mem, sb_text(file), file->n);
	assert_non_null(r = format->open(&mem.in, &options, &e));
	if (format->next(r, &out->c, &e) != RD_ITEM)
		fail_msg("%s: %s\n%s", format->name, e.msg, sb_text(file));
	assert_int_equal(refine_comment(format, &options, &out->c, out->arena, TODAY, &e), 0);
	for (i = 0; i < CT__MAX; i++)
		if (out->c.text[i].said)
			out->c.text[i].p = arena_memdup(out->arena, out->c.text[i].p, out->c.text[i].n);
	format->close(r);
}

/* --- comparing ----------------------------------------------------------------------------- */

static void
assert_same_identity(const struct comment *a, const struct comment *b)
{
	const struct text source = { "wordpress", 9, true };
	struct hash128 x, y;

	identity_comment(&x, 1, &source, &a->text[CT_SOURCE_SITE], &a->text[CT_EXTERNAL_ID]);
	identity_comment(&y, 1, &source, &b->text[CT_SOURCE_SITE], &b->text[CT_EXTERNAL_ID]);
	assert_memory_equal(&x, &y, sizeof(x));
	identity_page(&x, 1, &source, &a->text[CT_SOURCE_SITE], &a->text[CT_PAGE_ID]);
	identity_page(&y, 1, &source, &b->text[CT_SOURCE_SITE], &b->text[CT_PAGE_ID]);
	assert_memory_equal(&x, &y, sizeof(x));
}

static void
assert_same(const struct comment *a, const struct comment *b)
{
	int i;

	assert_same_identity(a, b);
	for (i = 0; i < CT__MAX; i++) {
		const struct text *x = &a->text[i], *y = &b->text[i];

		if (x->said && y->said && (x->n != y->n || memcmp(x->p, y->p, x->n) != 0))
			fail_msg("%s: \"%.*s\", not \"%.*s\"", dump_text_names[i], (int)y->n, y->p, (int)x->n, x->p);
	}
	for (i = 0; i < CN__MAX; i++)
		if (a->number[i].said && b->number[i].said && a->number[i].v != b->number[i].v)
			fail_msg("%s: %" PRId64 ", not %" PRId64, dump_number_names[i], b->number[i].v, a->number[i].v);
	assert_memory_equal(a->source_hash, b->source_hash, sizeof(a->source_hash));
}

static void
compare(const struct row *w)
{
	struct reading export, plugin;
	struct sb wxr, batch;

	sb_init(&wxr, CAP);
	sb_init(&batch, CAP);
	write_wxr(&wxr, w);
	write_batch(&batch, w);
	read_one(&wxr_format, &wxr, &export);
	read_one(&wordpress_plugin_channel, &batch, &plugin);
	assert_same(&export.c, &plugin.c);
	arena_free(export.arena);
	arena_free(plugin.arena);
	sb_free(&wxr);
	sb_free(&batch);
}

static void
a_comment_is_the_same_by_both_channels(void **state)
{
	struct row w = { .id = 7, .post = 3, .parent = 0, .date = "2020-01-02 10:00:00", .approved = "1", .name = "Ida &quot;T&quot;",
	    .email = "ida@mudflat.example", .content = "One\r\ntwo\r\n\r\nthree & <b>four</b>", .title = "Curlews &amp; others" };

	(void)state;
	compare(&w);
	w.name[0] = w.email[0] = w.content[0] = '\0';
	w.approved = "spam";
	compare(&w);
}

static void
any_comment_is_the_same_by_both_channels(void **state)
{
	struct row w;
	int i;

	(void)state;
	seed = damage_seed("wordpress_channels");
	for (i = 0; i < 2000; i++) {
		w = random_row();
		compare(&w);
	}
}

static void
what_only_one_channel_knows_is_not_said_by_the_other(void **state)
{
	static const enum comment_text unsaid[] = { CT_AUTHOR_URL, CT_AUTHOR_IP, CT_AUTHOR_EXTERNAL_ID, CT_AUTHOR_AVATAR, CT_EXTRA };
	struct row w = { .id = 7, .post = 3, .date = "0000-00-00 00:00:00", .approved = "1" };
	struct reading plugin;
	struct sb batch;
	size_t i;

	(void)state;
	sb_init(&batch, CAP);
	write_batch(&batch, &w);
	read_one(&wordpress_plugin_channel, &batch, &plugin);
	for (i = 0; i < ARRAY_LEN(unsaid); i++)
		assert_false(plugin.c.text[unsaid[i]].said);
	assert_false(plugin.c.number[CN_CREATED_AT].said);
	arena_free(plugin.arena);
	sb_free(&batch);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_comment_is_the_same_by_both_channels),
		cmocka_unit_test(any_comment_is_the_same_by_both_channels),
		cmocka_unit_test(what_only_one_channel_knows_is_not_said_by_the_other),
	};

	if (rnd_init(NULL) == -1)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
