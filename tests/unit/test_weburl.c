/* Addresses of pages: their normal form, and how people read them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "util/sb.h"
#include "util/utf8.h"
#include "util/weburl.h"

#define ROUNDS		20000

struct pair {
	const char *in, *out;
};

static void
same_pages_have_the_same_address(void **state)
{
	static const struct pair list[] = {
		{ "http://www.Site.example/a/", "site.example/a" }, { "https://site.example/a", "site.example/a" },
		{ "HTTP://site.example:80/a#c", "site.example/a" }, { "https://site.example:443/a//", "site.example/a" },
		{ "https://site.example:80/a", "site.example:80/a" }, { "http://site.example:0443/a", "site.example/a" },
		{ "http://site.example:/a", "site.example/a" }, { "http://site.example", "site.example" },
		{ "http://site.example/?p=1", "site.example?p=1" }, { "http://site.example?p=1", "site.example?p=1" },
		{ "http://site.example/a?utm_source=x&p=1&fbclid=2&q=3&ref=z", "site.example/a?p=1&q=3" },
		{ "http://site.example/a?utm%5Fsource=x&%66rom=y&&q=3&", "site.example/a?q=3" },
		{ "http://site.example/a?b=2&a=1", "site.example/a?b=2&a=1" },
		{ "http://site.example/a/?gclid=x", "site.example/a" }, { "http://site.example/A%20b?reference=1",
		  "site.example/A%20b?reference=1" }, { "http://www./", "www." },
		{ "http://www.www.site.example/", "site.example" }, { "http://www..example/", "www..example" },
		{ "http://[::1]:4000/a", "[::1]:4000/a" }, { "http://[2001:DB8::A]/a", "[2001:db8::a]/a" },
		{ "http://localhost:4000/a", "localhost:4000/a" },

		/* Percent-encodings: capitals, unreserved ones decoded, reserved ones as they were written. */
		{ "http://h/caf%c3%a9", "h/caf%C3%A9" }, { "http://h/caf\u00e9/", "h/caf%C3%A9" },
		{ "http://h/cafe\u0301", "h/cafe%CC%81" }, { "http://h/cafe%CC%81", "h/cafe%CC%81" },
		{ "http://h/%7Eana%2d%2E%5f", "h/~ana-._" }, { "http://h/%41%7a%30?%41=%7a", "h/Az0?A=z" },
		{ "http://h/a%2fb%3fc%23d", "h/a%2Fb%3Fc%23d" }, { "http://h/a+b?c+d=%2B%20", "h/a+b?c+d=%2B%20" },
		{ "http://h/!$&'()*+,;=:@-._~", "h/!$&'()*+,;=:@-._~" }, { "http://h/?a=/?:@!$'()*+,;", "h?a=/?:@!$'()*+,;" },
		{ "http://h/\u2615-tea", "h/%E2%98%95-tea" }, { "http://h/%e2%98%95-tea/", "h/%E2%98%95-tea" },
		{ "http://h/%00%0a%e9\xff", "h/%00%0A%E9%FF" },
		{ "http://h/a\"<>\\^`{|}[]?a[]=\"{}", "h/a%22%3C%3E%5C%5E%60%7B%7C%7D%5B%5D?a%5B%5D=%22%7B%7D" },
		{ "http://h/100%", "h/100%25" }, { "http://h/100%25", "h/100%25" }, { "http://h/%zz%4", "h/%25zz%254" },
		{ "http://h/%%341", "h/%2541" }, { "http://h/%25%34%31", "h/%2541" }, { "http://h/%2541", "h/%2541" },

		/* Dot segments. */
		{ "http://h/a/./b/../c", "h/a/c" }, { "http://h/../a", "h/a" }, { "http://h/a/..", "h" }, { "http://h/.", "h" },
		{ "http://h/a/%2e%2E/b", "h/b" }, { "http://h/a//../b", "h/a/b" }, { "http://h/a//b", "h/a//b" },
		{ "http://h/.well-known/..a/b.", "h/.well-known/..a/b." }, { "http://h/a?b=/../c", "h/a?b=/../c" },

		/* Hosts as the DNS has them. */
		{ "http://\u00e9.example/\u00e9", "xn--9ca.example/%C3%A9" },
		{ "https://b\u00fccher.example/a", "xn--bcher-kva.example/a" },
		{ "https://B\u00dcCHER.Example/a", "xn--bcher-kva.example/a" },
		{ "https://bu\u0308cher.example/a", "xn--bcher-kva.example/a" },
		{ "https://b%C3%BCcher.example/a", "xn--bcher-kva.example/a" },
		{ "https://XN--BCHER-KVA.example/a", "xn--bcher-kva.example/a" },
		{ "https://www.b\u00fccher\u3002example/", "xn--bcher-kva.example" },
		{ "https://fa\u00df.example/", "xn--fa-hia.example" }, { "https://\uff37ww.\u00fc.example/", "xn--tda.example" },
		{ "https://my_site.\u00fc.example/", "my_site.xn--tda.example" },
		/* None that IDNA allows, or that would become something else than a name. */
		{ "https://\u2615.Example/", "%E2%98%95.example" }, { "https://%e2%98%95.example/", "%E2%98%95.example" },
		{ "https://a\u200db.example/", "a%E2%80%8Db.example" }, { "https://\u2100.example/", "%E2%84%80.example" },
		{ "https://\uff05c3\uff05bc.example/", "%EF%BC%85c3%EF%BC%85bc.example" },
		{ "https://\xff.example/", "%FF.example" }, { "https://r3---Sn.example/", "r3---sn.example" },

		{ "ftp://site.example/", NULL }, { "site.example/a", NULL }, { "http://", NULL }, { "http:///a", NULL },
		{ "http://a b/", NULL }, { "http:// %252Fa", NULL }, { "http://a.example/b c", NULL }, { "http://u@h/", NULL },
		{ "http://h:x/", NULL }, { "http://[::1", NULL }, { "http://[g]/", NULL }, { "", NULL }, { "/a.html", NULL },
		{ "http://h:123456/", NULL }, { "http://[::1]x/", NULL }, { "http://.example/", NULL }, { "http://[]/", NULL },
		{ "http://%61.example/", NULL }, { "http://a%2Eb/", NULL }, { "http://a%/", NULL }, { "http://a~b/", NULL },
		{ "http://a%00b/", NULL },
	};
	struct sb sb;
	size_t i;

	(void)state;
	sb_init(&sb, 1000);
	for (i = 0; i < ARRAY_LEN(list); i++) {
		size_t n = strlen(list[i].in);

		sb_reset(&sb);
		assert_int_equal(weburl_usable(list[i].in, n), list[i].out != NULL);
		assert_int_equal(weburl_page(list[i].in, n, &sb), list[i].out != NULL);
		assert_string_equal(sb_text(&sb), list[i].out != NULL ? list[i].out : "");
	}
	sb_free(&sb);
}

static void
people_read_what_an_address_says(void **state)
{
	static const struct pair list[] = {
		{ "blog.example/caf%C3%A9", "blog.example/caf\u00e9" },
		{ "https://www.xn--bcher-kva.example:81/%E2%98%95-tea/?a=%C3%A9#%C3%A9",
		  "https://www.b\u00fccher.example:81/\u2615-tea/?a=\u00e9#\u00e9" },
		{ "http://h.example/%D0%BF%D1%83%D1%82%D1%8C", "http://h.example/\u043f\u0443\u0442\u044c" },
		{ "h.example/%7Eana", "h.example/~ana" }, { "%E2%98%95.example/a", "\u2615.example/a" },
		/* Reserved, blank, reordering, invisible, no text. */
		{ "h.example/a%2Fb%3F%23%25%20%26", "h.example/a%2Fb%3F%23%25%20%26" },
		{ "h.example/%E2%80%AEa%C2%A0%E3%80%80%C2%AD", "h.example/%E2%80%AEa%C2%A0%E3%80%80%C2%AD" },
		{ "http://h.example/\u202eb\u200d \n", "http://h.example/%E2%80%AEb%E2%80%8D%20%0A" },
		{ "h.example/%FF%C3%C3%A9%E9", "h.example/%FF%C3\u00e9%E9" }, { "h.example/%C2%92%EF%BF%BD", "h.example/%C2%92%EF%BF%BD" },
		{ "h.example/100%", "h.example/100%" },
		/* A-labels that do not come back to the same, and other text. */
		{ "xn--a.example/", "xn--a.example/" }, { "xn--53h.example/", "xn--53h.example/" },
		{ "post%C3%A9", "post%C3%A9" }, { "~Caf%C3%A9", "~Caf%C3%A9" }, { "12 https://h/?p=12", "12 https://h/?p=12" }, { "", "" },
	};
	struct sb sb;
	size_t i;

	(void)state;
	sb_init(&sb, 1000);
	for (i = 0; i < ARRAY_LEN(list); i++) {
		sb_reset(&sb);
		weburl_readable(list[i].in, strlen(list[i].in), &sb);
		assert_string_equal(sb_text(&sb), list[i].out);
	}
	sb_free(&sb);
}

/* --- by chance ------------------------------------------------------------------------ */

static uint64_t seed = 20260726;

static size_t
chance(size_t n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (size_t)(seed >> 33) % n;
}

/* An address, or nearly one, out of what makes trouble. */
static void
make_address(struct sb *sb)
{
	static const char *const hosts[] = {
		"www.", "WWW.", "a", "b\u00fc", "\u2615", "xn--bcher-kva", "xn--a", ".", ".example", "%C3%BC", "%e2%98%95", "\uff37", "\u3002",
		"\u2100", "\xc3", "_", "-", "\u0645", "1", "%FF", "\u00df", "[::1]", "\u0301", "\u200d", "xn--53h", "\u2fd5", "\uff0e", "\uff05", "\u00ad",
	};
	static const char *const parts[] = {
		"/", "/", "//", "/.", "/..", "%2e", ".", "%", "%2", "25", "%25", "41", "%41", "%c3", "%C3%A9", "\u00e9", "e\u0301", "\xff", "\u2615",
		"~", "%7E", "%2F", "?", "&", "=", "utm_a=1", "utm%5fa=1", "ref", "ref=", "%66rom=1", "a", "B", "+", "[", "\"", "%00", "\u202e",
		"%E2%80%AE", ":", "@", "|", "#", "%E2%98", "\u3000", "%F0%9F%98%80",
	};
	static const char *const ports[] = { ":80", ":443", ":", ":0443", ":8080", ":000" };
	size_t i;

	sb_reset(sb);
	sb_str(sb, chance(2) == 0 ? "https://" : "http://");
	for (i = 1 + chance(4); i > 0; i--)
		sb_str(sb, hosts[chance(ARRAY_LEN(hosts))]);
	if (chance(4) == 0)
		sb_str(sb, ports[chance(ARRAY_LEN(ports))]);
	if (chance(8) > 0)
		sb_char(sb, '/');
	for (i = chance(9); i > 0; i--)
		sb_str(sb, parts[chance(ARRAY_LEN(parts))]);
}

/* The form of text with https:// in front of it. */
static void
page_again(const struct sb *form, struct sb *out)
{
	struct sb url;

	sb_init(&url, 4096);
	sb_printf(&url, "https://%s", sb_text(form));
	sb_reset(out);
	if (!weburl_page(url.p, url.n, out))
		fail_msg("no address any more: %s", sb_text(form));
	sb_free(&url);
}

static void
a_normal_form_is_its_own(void **state)
{
	struct sb url, form, again, read;
	size_t i, k, usable = 0;

	(void)state;
	sb_init(&url, 1000);
	sb_init(&form, 4096);
	sb_init(&again, 4096);
	sb_init(&read, 4096);
	for (i = 0; i < ROUNDS; i++) {
		make_address(&url);
		sb_reset(&form);
		if (!weburl_page(url.p, url.n, &form))
			continue;
		usable++;
		assert_true(sb_ok(&form) && form.n <= WEBURL_PAGE_ROOM(url.n));
		for (k = 0; k < form.n; k++)
			if ((unsigned char)form.p[k] <= ' ' || (unsigned char)form.p[k] >= 0x7f)
				fail_msg("%s is not ASCII: %s", sb_text(&url), form.p);
		page_again(&form, &again);
		if (strcmp(sb_text(&form), sb_text(&again)) != 0)
			fail_msg("%s: %s, then %s", sb_text(&url), sb_text(&form), sb_text(&again));
		/* What people read leads to the same page, and is text. */
		sb_reset(&read);
		weburl_readable(form.p, form.n, &read);
		assert_true(utf8_valid(sb_text(&read), read.n));
		page_again(&read, &again);
		if (strcmp(sb_text(&form), sb_text(&again)) != 0)
			fail_msg("%s: %s reads %s, then %s", sb_text(&url), sb_text(&form), sb_text(&read), sb_text(&again));
		sb_reset(&read);
		sb_reset(&again);
		weburl_readable(url.p, url.n, &read);
		if (!weburl_page(read.p, read.n, &again) || strcmp(sb_text(&form), sb_text(&again)) != 0)
			fail_msg("%s reads %s, which is %s", sb_text(&url), sb_text(&read), sb_text(&again));
	}
	assert_true(usable > ROUNDS / 4);
	sb_free(&url);
	sb_free(&form);
	sb_free(&again);
	sb_free(&read);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_pages_have_the_same_address),
		cmocka_unit_test(people_read_what_an_address_says),
		cmocka_unit_test(a_normal_form_is_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
