#include "formats/looks.h"

#include <strings.h>

#include "util/utf8.h"

#include "formats/mapping.h"
#include "formats/xmlsrc.h"

struct head {
	const uint8_t	*p;
	size_t		 n;
};

static const struct {
	const char	*bytes;
	size_t		 n;
	const char	*what;
} magics[] = {
	{ "\x89PNG\r\n\x1a\n", 8, "a PNG picture" },
	{ "\xff\xd8\xff", 3, "a JPEG picture" },
	{ "\xff\xfe\x00\x00", 4, "text in the encoding UTF-32 (please save it as UTF-8)" },
	{ "\x00\x00\xfe\xff", 4, "text in the encoding UTF-32 (please save it as UTF-8)" },
	{ "GIF8", 4, "a GIF picture" },
	{ "%PDF-", 5, "a PDF document" },
	{ "PK\x03\x04", 4, "a ZIP archive" },
	{ "\x1f\x8b", 2, "a gzip file" },
	{ "BZh", 3, "a bzip2 archive" },
	{ "\xfd" "7zXZ\x00", 6, "an xz archive" },
	{ "7z\xbc\xaf\x27\x1c", 6, "a 7-Zip archive" },
	{ "Rar!", 4, "a RAR archive" },
	{ "SQLite format 3\x00", 16, "an SQLite database" },
	{ "PGDMP", 5, "a database dump (PostgreSQL)" },
};

/*
 * Systems that are known and not read.  A JSON file must have a name of each of
 * these groups (mapping_sniff()), a file of another kind each of these texts.  The first that fits is it: what has more
 * of the same names stands before what has fewer.
 */
#define SIGNS_MAX	8

static const struct {
	const char	*system;
	const char	*names[SIGNS_MAX];
	const char	*texts[SIGNS_MAX];
} systems[] = {
	{ "Twikoo", { "mailMd5", "nick", "comment" }, { NULL } },
	{ "Twikoo", { "href", "nick", "comment", "isSpam ups top master" }, { NULL } },
	{ "LeanCloud (Valine, Waline)", { NULL }, { "#filetype:JSON-streaming" } },
	{ "Waline", { "^tables", "^data", "Comment Counter Users", "nick objectId" }, { NULL } },
	{ "Waline", { "nick", "mail", "comment", "rid", "status", "user_id sticky" }, { NULL } },
	{ "LeanCloud (Valine, Waline)", { "nick", "mail", "comment", "insertedAt", "objectId" }, { NULL } },
	{ "Artalk", { "page_key", "nick", "content", "rid ua" }, { NULL } },
	{ "Artalk", { "^artrans" }, { NULL } },
	{ "Remark42", { "locator", "pid", "text orig", "user" }, { NULL } },
	{ "Remark42", { "^version", "^users", "^posts", "read_only" }, { NULL } },
	{ "Isso", { "remote_addr", "author", "website", "text" }, { NULL } },
	{ "Coral", { "storyID story_id assetID asset_id", "revisions body_history actionCounts action_counts", "author authorID author_id" }, { NULL } },
	{ "Talkyard", { "pagePaths pages", "posts", "approvedSource currRevSourcePatch", "pageId" }, { NULL } },
	{ "Discourse", { "cooked", "post_number", "topic_id" }, { NULL } },
	{ "Ghost", { "^db", "exported_on", "members comments posts" }, { NULL } },
	{ "Ghost", { "member", "in_reply_to_id", "html" }, { NULL } },
	{ "GitHub", { "author_association", "html_url", "body" }, { NULL } },
	{ "GitHub", { "issue_url pull_request comments_url", "html_url", "labels body" }, { NULL } },
	{ "GitHub", { "discussions discussion", "nodes", "databaseId bodyHTML authorAssociation" }, { NULL } },
	{ "WordPress (its REST API; its own export by Tools, Export can be read)",
	    { "author_avatar_urls", "author_name", "date_gmt" }, { NULL } },
	{ "WordPress (wp-cli; its own export by Tools, Export can be read)", { "comment_ID", "comment_post_ID" }, { NULL } },
	{ "Staticman", { "_id", "_parent replying_to reply_to", "message body comment", "email name", "date" }, { NULL } },
	{ "Facebook", { "created_time", "message", "from" }, { NULL } },
	{ "Mastodon", { "^@context", "orderedItems" }, { NULL } },
	{ "Blogger", { NULL }, { "<feed", "tag:blogger.com" } },
	{ "Movable Type", { NULL }, { "AUTHOR:", "\n-----", "\nCOMMENT:" } },
	{ "Movable Type", { NULL }, { "TITLE:", "DATE:", "\n-----", "\nBODY:" } },
};

static bool
contains(struct head h, const char *what)
{
	return memmem(h.p, h.n, what, strlen(what)) != NULL;
}

/* Behind a byte order mark and blanks. */
static struct head
skip_blanks(struct head h)
{
	if (h.n >= 3 && memcmp(h.p, "\xef\xbb\xbf", 3) == 0) {
		h.p += 3;
		h.n -= 3;
	}
	while (h.n > 0 && strchr(" \t\r\n", *h.p) != NULL && *h.p != '\0') {
		h.p++;
		h.n--;
	}
	return h;
}

static bool
named(const char *name, size_t n, const char *what)
{
	size_t i;

	if (n != strlen(what))
		return false;
	for (i = 0; i < n; i++)
		if ((name[i] | 0x20) != what[i])
			return false;
	return true;
}

/* Something with tags; buf is for a name out of the file. */
static const char *
looks_like_markup(struct head h, char *buf, size_t size)
{
	const char *name;
	size_t n;

	if (!xmlsrc_sniff_root(h.p, h.n, &name, &n))
		return contains(h, "<?xml") ? "an XML file without an element at its beginning" : "plain text";
	if (named(name, n, "html") || named(name, n, "head") || named(name, n, "body") || named(name, n, "div"))
		return "a web page (HTML)";
	if (named(name, n, "rss"))
		return "an RSS feed";
	if (!utf8_valid(name, n) || n > 60)
		return "an XML file of another kind";
	snprintf(buf, size, "an XML file whose first element is <%.*s>", (int)n, name);
	return buf;
}

/* How many of the bytes are no text at all. */
static bool
binary(struct head h)
{
	size_t i;

	for (i = 0; i < h.n; i++)
		if (h.p[i] == 0 || (h.p[i] < ' ' && strchr("\t\n\r\f", h.p[i]) == NULL))
			return true;
	for (i = 0; i + 4 <= h.n;) {
		size_t len = utf8_sequence(h.p + i, h.n - i);

		if (len == 0)
			return true;
		i += len;
	}
	return false;
}

static size_t
count(const uint8_t *p, const uint8_t *end, char c)
{
	size_t n = 0;

	for (; p < end; p++)
		n += *p == (uint8_t)c;
	return n;
}

static bool
begins(struct head h, const char *what)
{
	return h.n >= strlen(what) && strncasecmp((const char *)h.p, what, strlen(what)) == 0;
}

static bool
database_dump(struct head h)
{
	static const char *const begin[] = { "--", "/*", "PRAGMA ", "BEGIN", "SET ", "USE ", "CREATE ", "DROP ",
	    "INSERT " };
	static const char *const inside[] = { " TABLE ", " INTO ", "database dump", "SQL dump", "SQL Dump",
	    "MariaDB dump" };
	bool begun = false, found = false;
	size_t i;

	for (i = 0; i < ARRAY_LEN(begin) && !begun; i++)
		begun = begins(h, begin[i]);
	for (i = 0; i < ARRAY_LEN(inside) && begun && !found; i++)
		found = contains(h, inside[i]);
	return found;
}

static const char *
looks_like_json(struct head h)
{
	if (contains(h, "\"type\"") && contains(h, "\"new_comment\""))
		return "a single notification (a webhook of Cusdis)";
	if (contains(h, "\"urlId\"") && contains(h, "\"commenterName\""))
		return "comments out of the API of FastComments (JSON)";
	return "a JSON file";
}

/* The first two lines have the same separators, at least one. */
static bool
table_of_values(struct head h)
{
	const uint8_t *one = memchr(h.p, '\n', h.n), *end = h.p + h.n, *two;
	const char *separator;

	if (one == NULL)
		return false;
	if ((two = memchr(one + 1, '\n', (size_t)(end - one - 1))) == NULL)
		two = end;
	for (separator = ",;\t"; *separator != '\0'; separator++) {
		size_t n = count(h.p, one, *separator);

		if (n > 0 && count(one, two, *separator) >= n)
			return true;
	}
	return false;
}

/* The titles of a table, in lower case as far as they fit. */
static void
take_titles(struct head h, char *titles, size_t size)
{
	size_t i;

	for (i = 0; i + 1 < size && i < h.n && h.p[i] != '\n'; i++)
		titles[i] = (char)(h.p[i] >= 'A' && h.p[i] <= 'Z' ? h.p[i] | 0x20 : h.p[i]);
	titles[i] = '\0';
}

static const char *
looks_like_table(struct head h)
{
	static const char *const texts[] = { "comment", "body", "text", "content", "message" };
	char titles[1024];
	bool has_text = false;
	size_t i;

	take_titles(h, titles, sizeof(titles));
	if (strstr(titles, "hours") != NULL && strstr(titles, "minutes") != NULL && strstr(titles, "seconds") != NULL)
		return "a script to replay comments (CSV of FastComments)";
	for (i = 0; i < ARRAY_LEN(texts); i++)
		has_text = has_text || strstr(titles, texts[i]) != NULL;
	if (!has_text && strstr(titles, "mail") != NULL)
		return "a list of people, such as subscribers of a newsletter (CSV)";
	return "a table (CSV)";
}

static bool
has_signs(struct head h, const char *const names[SIGNS_MAX], const char *const texts[SIGNS_MAX])
{
	const char *signs[SIGNS_MAX + 1] = { NULL };
	size_t n, i;

	for (n = 0; n < SIGNS_MAX && names[n] != NULL; n++)
		signs[n] = names[n];
	for (i = 0; i < SIGNS_MAX && texts[i] != NULL; i++)
		if (!contains(h, texts[i]))
			return false;
	return n == 0 || mapping_sniff(h.p, h.n, signs) == (UINT32_C(1) << n) - 1;
}

const char *
looks_like_export_of(const uint8_t *head, size_t n)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(systems); i++)
		if (has_signs((struct head){ head, n }, systems[i].names, systems[i].texts))
			return systems[i].system;
	return NULL;
}

const char *
looks_like(const uint8_t *head, size_t n, char buf[LOOKS_SIZE])
{
	struct head h = { head, n }, inside = skip_blanks(h);
	size_t i;

	for (i = 0; i < ARRAY_LEN(magics); i++)
		if (h.n >= magics[i].n && memcmp(h.p, magics[i].bytes, magics[i].n) == 0)
			return magics[i].what;
	if (h.n >= 2 && (memcmp(h.p, "\xff\xfe", 2) == 0 || memcmp(h.p, "\xfe\xff", 2) == 0))
		return "text in the encoding UTF-16";
	if (binary(h))
		return "a file of another kind (not text)";
	if (inside.n == 0)
		return "a file with nothing but blanks";
	if (*inside.p == '<')
		return looks_like_markup(inside, buf, LOOKS_SIZE);
	if (*inside.p == '{' || *inside.p == '[')
		return looks_like_json(inside);
	if (database_dump(inside))
		return "a database dump (SQL)";
	return table_of_values(inside) ? looks_like_table(inside) : "plain text";
}
