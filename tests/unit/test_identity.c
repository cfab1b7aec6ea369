/*
 * THE VALUES IN THIS FILE NEVER CHANGE AGAIN.
 *
 * Every row that is stored was found by such values, and the next import of the same file finds it by them or doubles every
 * comment.  A test that fails here has found a defect in what was changed, whatever that was: a format's ids, the normal
 * form of addresses, what a text is decoded to before it is hashed, the hashes themselves.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "util/arena.h"
#include "util/esc.h"
#include "util/identity.h"

#include "formats/format.h"
#include "jobs/refine.h"

#define TODAY	INT64_C(1760000000000)
#define HEX	(2 * HASH128_SIZE)
#define PAGE	"https://www.B\u00fccher.example/caf%c3%a9/\u2615?b=1&utm_source=x&a=%7E#c"

/* One comment of each format, account 1. */
static const struct pin {
	const char	*name, *file;
	const char	*comment_id, *page_key, *source_hash;
	const char	*pairs[5];
} pins[] = {
	{ "disqus", "<disqus xmlns=\"http://disqus.com\" xmlns:dsq=\"http://disqus.com/disqus-internals\">\n"
	    "<thread dsq:id=\"7\"><id /><link>" PAGE "</link><title>T</title></thread>\n"
	    "<post dsq:id=\"1001\"><id /><message><![CDATA[<p>Gr\u00fc\u00dfe &amp; <b>x</b></p>]]></message>"
	    "<createdAt>2020-01-02T03:04:05Z</createdAt><isDeleted>false</isDeleted><isSpam>false</isSpam>"
	    "<author><name>\u0141ucja &amp; A</name><email>l@mail.example</email><username>lucja</username></author>"
	    "<ipAddress>203.0.113.9</ipAddress><thread dsq:id=\"7\" /><parent dsq:id=\"1000\" /></post></disqus>",
	    "d9ddb1fe0b232a181da99d32f75258eb", "29ee59284004917420168b00eff07472",
	    "6cd7fa93b3708ea2cf3578a4883a2910", { NULL } },
	{ "wxr", "<rss xmlns:wp=\"http://wordpress.org/export/1.2/\"><channel><wp:base_blog_url>"
	    "https://B\u00fccher.example/</wp:base_blog_url>"
	    "<item><link>" PAGE "</link><wp:post_id>17</wp:post_id><wp:comment><wp:comment_id>5</wp:comment_id>"
	    "<wp:comment_author>Ana &amp;amp; B</wp:comment_author><wp:comment_author_email>"
	    "ana@mail.example</wp:comment_author_email>"
	    "<wp:comment_date_gmt>2020-01-02 03:04:05</wp:comment_date_gmt><wp:comment_content>"
	    "Gr\u00fc\u00dfe\n\nB</wp:comment_content>"
	    "<wp:comment_approved>1</wp:comment_approved><wp:comment_type>comment</wp:comment_type>"
	    "<wp:comment_parent>4</wp:comment_parent></wp:comment></item></channel></rss>",
	    "4cec664e85ef01d5ff3adbcb652b65e5", "99b15ec21048db4bebc99d29f48c21e8",
	    "a5f6e509e91a0e84accc05801331f471", { NULL } },
	{ "wordpress-plugin", "{\"countRemaining\":0,\"comments\":[{\"externalId\":\"5\",\"externalParentId\":\"4\","
	    "\"urlId\":\"17\","
	    "\"url\":\"" PAGE "\",\"commenterName\":\"Ana &amp; B\",\"commenterEmail\":\"ana@mail.example\","
	    "\"comment\":\"Gr\u00fc\u00dfe\\n\\nB\",\"date\":\"2020-01-02 03:04:05\","
	    "\"approved\":true,\"isSpam\":false}]}",
	    "4cec664e85ef01d5ff3adbcb652b65e5", "99b15ec21048db4bebc99d29f48c21e8",
	    "a5f6e509e91a0e84accc05801331f471", { "site", "xn--bcher-kva.example", NULL } },
	{ "commento", "{\"version\":3,\"pages\":[{\"id\":\"p\",\"path\":\"/caf\u00e9\","
	    "\"title\":\"T\"}],\"commenters\":[{\"id\":\"u\","
	    "\"email\":\"ann@mail.example\",\"name\":\"Ann\","
	    "\"websiteUrl\":\"https://ann.example\"}],\"comments\":[{\"id\":\"c1\","
	    "\"parentId\":\"c0\",\"pageId\":\"p\",\"markdown\":\"Gr\u00fc\u00dfe *x*\",\"html\":\"\","
	    "\"score\":-4,\"isApproved\":true,"
	    "\"isPending\":false,\"isDeleted\":false,\"createdTime\":\"2020-01-02T03:04:05.678Z\","
	    "\"userCreated\":\"u\",\"url\":\"" PAGE "\"}]}",
	    "355110896d7b414db2db8189c78d22e5", "2a750e981407c52def1be3fba1fb31c5",
	    "1ca3048c481cc37e4746a74cda9dec08", { NULL } },
	{ "hyvor-talk", "{\"pages\":[{\"id\":3,\"identifier\":\"" PAGE "\","
	    "\"title\":\"T\"}],\"comments\":[{\"id\":12,\"parent_id\":11,"
	    "\"page_id\":3,\"created_at\":1577934245,\"status\":\"published\","
	    "\"upvotes\":2,\"downvotes\":0,\"body_html\":\"<p>Gr\u00fc\u00dfe</p>\","
	    "\"guest_name\":\"Ann\",\"guest_email\":\"ann@mail.example\",\"ip_address\":\"203.0.113.9\"}]}",
	    "c3db68327d8bded933a73ed0ca9912ac", "f9fc4600a03f72da31b1b62e76a85d3c",
	    "73f229cbb6b62c705f085e8d6ca98dc5", { NULL } },
	{ "muut", "{\"threads\":{\"/acme/caf\u00e9\":[{\"seed\":{\"key\":\"brew\","
	    "\"date\":1577934245,\"author\":{\"path\":\"@jane\","
	    "\"displayname\":\"Jane &amp; Co\"},\"path\":\"/acme/caf\u00e9\",\"title\":\"T\","
	    "\"body\":[\"Gr\u00fc\u00dfe\",\"&lt;b&gt;\"],"
	    "\"likes\":3},\"replies\":[]}]}}",
	    "bcbd6746067f0e0ca028d96afa447012", "2da79e3000b8790a93ab9c563260bdbd",
	    "28278ad67614c8f7d39c905ff56ed956", { "base_url", "https://b\u00fccher.example", NULL } },
	{ "intensedebate", "<output><blogpost><url>https%3A%2F%2FB%C3%BCcher.example%2Fcaf%25C3%25A9%2F</url><title>"
	    "T</title><guid></guid>"
	    "<comments><comment id='39' parentid='38'><name>Ida &amp;amp; B</name><email>ida@mail.example</email><url>"
	    "http://ida.example</url>"
	    "<ip>203.0.113.9</ip><text><![CDATA[Gr\u00fc\u00dfe\nB]]></text><gmt>2020-01-02 03:04:05</gmt><score>"
	    "2</score></comment></comments>"
	    "</blogpost></output>",
	    "63b25b34dcf2bb6625123868bb0338b1", "3c1d3c693d46fc1baf2da6610fc71ba7",
	    "3e4bf8b2d06431792bea4c84eb3d6b02", { NULL } },
	{ "just-comments", "[{\"commentId\":\"0d5e\",\"parentId\":\"0d5d\",\"itemId\":\"b.example/t\","
	    "\"pageUrl\":\"" PAGE "\",\"pageTitle\":\"T\","
	    "\"message\":\"Gr\u00fc\u00dfe *x*\",\"userId\":\"fb_1\",\"username\":\"Ann\","
	    "\"userEmail\":\"ann@mail.example\","
	    "\"createdAt\":\"2020-01-02T03:04:05.678Z\",\"hidden\":false,\"reactions\":{\"like\":3,\"sad\":1}}]",
	    "67437ac1754dacb23bdd3a703412be40", "6086874aa841bc32a57ab976bee8d93e",
	    "49a98b15d0d0dd5f1ca26d4feec3525b", { NULL } },
	{ "cusdis", "[{\"id\":\"pr\",\"title\":\"Tea\",\"pages\":[{\"id\":\"pa\",\"slug\":\"s\",\"url\":\"" PAGE "\","
	    "\"title\":\"T\","
	    "\"projectId\":\"pr\",\"comments\":[{\"id\":\"c1\",\"pageId\":\"pa\",\"by_nickname\":\"Ann\","
	    "\"by_email\":\"ann@mail.example\","
	    "\"content\":\"Gr\u00fc\u00dfe *x*\",\"approved\":true,\"createdAt\":\"2020-01-02T03:04:05.678Z\","
	    "\"parentId\":\"c0\"}]}]}]",
	    "cc8aacd6549a196f68b920ee69d0eb80", "52b7577abf159f9ee8fc1d3c96129179",
	    "8625f694e478aec38ef157d2b3881d38", { NULL } },
	{ "fastcomments-csv", "ID,Parent ID,URL ID,URL,Commenter Name,Commenter Email,Comment,Date,Votes Up\r\n"
	    "f1,f0,\"b.example/caf\u00e9?x\"," PAGE ",Ann,ann@mail.example,\"Gr\u00fc\u00dfe *x*\","
	    "2020-01-02T03:04:05.678Z,3\r\n",
	    "34c4513d4803d72dea06dfa371807b7a", "3a3b34c6cb49283adf0cca3f353b26e1",
	    "9b7834b23ca4155312ab09d00a289263", { NULL } },
	{ "jsonl", "{\"trasloco\":1}\n{\"source\":\"other\",\"source_site\":\"https://B\u00fccher.example/\","
	    "\"external_id\":\"a\u00e9\\u0092\","
	    "\"parent_external_id\":\"b\",\"page_url\":\"" PAGE "\",\"author_name\":\"Ann\","
	    "\"author_email\":\"ann@mail.example\","
	    "\"author_url\":\"https://ann.example\",\"author_avatar\":\"https://ann.example/a.png\","
	    "\"author_external_id\":\"u\","
	    "\"author_ip\":\"203.0.113.9\",\"created_at\":\"2020-01-02T03:04:05.678Z\",\"body_html\":\"<p>"
	    "Gr\u00fc\u00dfe</p>\","
	    "\"is_approved\":true,\"is_spam\":false,\"is_deleted\":false,\"votes_up\":1,\"votes_down\":0,\"extra\":"
	    "{\"a\":1}}\n",
	    "62c60a66e198d46d2e717da974be9345", "ef3c60dc21563954ccd3616c69d5651d",
	    "af5a00cdeb684140c19a7ed5a219ab68", { NULL } },
	/* The same, written otherwise; without extra, which it does not have. */
	{ "csv", "source,source_site,external_id,parent_external_id,page_url,author_name,author_email,author_url,"
	    "author_avatar,"
	    "author_external_id,author_ip,created_at,body_html,is_approved,is_spam,is_deleted,votes_up,votes_down,"
	    "extra\r\n"
	    "other,xn--bcher-kva.example,a\u00e9\xc2\x92,b,http://b\u00fccher.example/caf\u00e9/%E2%98%95?b=1&a=~,Ann,"
	    "ann@mail.example,"
	    "https://ann.example,https://ann.example/a.png,u,203.0.113.9,2020-01-02T03:04:05.678Z,<p>"
	    "Gr\u00fc\u00dfe</p>,1,0,0,1,0,"
	    "\"{\"\"a\"\":1}\"\r\n",
	    "62c60a66e198d46d2e717da974be9345", "ef3c60dc21563954ccd3616c69d5651d",
	    "c3e848cee7e9e0502e8c7755ac2f80d0", { NULL } },
	/* Without an id, and with one that is too long. */
	{ "jsonl", "{\"trasloco\":1}\n{\"source\":\"other\",\"page_url\":\"" PAGE "\",\"author_name\":\"Ann\","
	    "\"created_at\":\"2020-01-02T03:04:05.678Z\",\"body_html\":\"<p>Gr\u00fc\u00dfe</p>\"}\n",
	    "9b11b71de4e2234b5c630c0039d518f0", "54b44a307d5ed806415485f379f91677",
	    "c40dc56539b91f6250484b228f777480", { NULL } },
	{ "jsonl", "{\"trasloco\":1}\n{\"source\":\"other\",\"page_id\":\"caf\u00e9/%7e\",\"body_html\":\"x\","
	    "\"external_id\":\""
	    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	    "0123456789abcdef0123456789abcdef"
	    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	    "0123456789abcdef0123456789abcdef"
	    "\"}\n",
	    "efb80318d0874faacc8d1fe0cae8ab6a", "eb0617cfb871693bafeb9ef190c76ce5",
	    "6722272af1a1e073baae3a01acb1c728", { NULL } },
};

/* The first record of the file; its texts live as long as the reader. */
static struct reader *
read_first(const struct format *format, const struct pin *p, struct arena *arena, struct comment *c)
{
	const struct format_options options = { .pairs = p->pairs };
	static struct input_mem mem;
	struct err e = { 0 };
	struct reader *r;
	enum rd_status status;

	input_mem_init(&mem, p->file, strlen(p->file));
	assert_non_null(r = format->open(&mem.in, &options, &e));
	do {
		memset(c, 0, sizeof(*c));
		if ((status = format->next(r, c, &e)) == RD_AGAIN)
			input_mem_init(&mem, p->file, strlen(p->file));
	} while (status == RD_AGAIN);
	if (status != RD_ITEM)
		fail_msg("%s: %s", p->name, e.msg);
	assert_int_equal(refine_comment(format, &options, c, arena, TODAY, &e), 0);
	return r;
}

static void
assert_hex(const struct pin *p, const char *what, const void *hash, const char *expected)
{
	struct sb hex;

	sb_init(&hex, HEX);
	esc_hex(&hex, hash, HASH128_SIZE);
	if (strcmp(sb_text(&hex), expected) != 0)
		fail_msg("%s: the %s is %s, not %s", p->name, what, sb_text(&hex), expected);
	sb_free(&hex);
}

static void
check(const struct pin *p)
{
	const struct format *format = format_or_channel(p->name);
	struct arena *arena = arena_new(1 << 20);
	struct hash128 comment_id, page_key;
	struct comment c;
	struct reader *r;
	struct text source;

	assert_non_null(format);
	r = read_first(format, p, arena, &c);
	source = format->own_source ? c.text[CT_SOURCE] : (struct text){ format->source, strlen(format->source), true };
	identity_comment(&comment_id, 1, &source, &c.text[CT_SOURCE_SITE], &c.text[CT_EXTERNAL_ID]);
	identity_page(&page_key, 1, &source, &c.text[CT_SOURCE_SITE], &c.text[CT_PAGE_ID]);
	assert_hex(p, "comment_id", comment_id.b, p->comment_id);
	assert_hex(p, "page_key", page_key.b, p->page_key);
	assert_hex(p, "source_hash", c.source_hash, p->source_hash);
	format->close(r);
	arena_free(arena);
}

static void
identities_and_hashes_are_what_they_were(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(pins); i++)
		check(&pins[i]);
}

static void
assert_pinned(const struct format *const *table)
{
	size_t i;

	for (; *table != NULL; table++) {
		for (i = 0; i < ARRAY_LEN(pins) && strcmp(pins[i].name, (*table)->name) != 0; i++)
			continue;
		if (i == ARRAY_LEN(pins))
			fail_msg("%s has no comment here", (*table)->name);
	}
}

static void
each_format_and_channel_is_here(void **state)
{
	(void)state;
	assert_pinned(formats);
	assert_pinned(channels);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(identities_and_hashes_are_what_they_were),
		cmocka_unit_test(each_format_and_channel_is_here),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
