/*
 * Who reads what: no file gives comments under a source that is not its own, whatever provider is chosen for it, and no
 * file without comments is taken for an empty export unless it shows whose it is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "util/sb.h"

#include "formats/format.h"

static size_t
read_head(const char *path, uint8_t head[FORMAT_HEAD_SIZE])
{
	FILE *f = fopen(path, "rb");
	size_t n = 0;

	if (f == NULL)
		return 0;
	n = fread(head, 1, FORMAT_HEAD_SIZE, f);
	fclose(f);
	return n;
}

/* The head under every choice of a provider: own or nobody. */
static void
only_own(const char *what, const uint8_t *head, size_t n, const struct format *own)
{
	const struct format *found;
	struct err e;
	size_t i;

	for (i = 0; i == 0 || formats[i - 1] != NULL; i++) {
		const char *wanted = i == 0 ? NULL : formats[i - 1]->name;

		found = format_detect(head, n, wanted, &e);
		if (found != NULL && found != own)
			fail_msg("%s, as %s: read as %s", what, wanted != NULL ? wanted : "whatever it is", found->name);
		if (found == NULL && (e.msg[0] == '\0' || strstr(e.msg, "lease ") == NULL))
			fail_msg("%s, as %s: refused without what to do: %s", what, wanted != NULL ? wanted : "whatever it is", e.msg);
	}
}

/* Files that stand beside the inputs, or are none. */
static bool
is_input(const char *name)
{
	static const char *const others[] = { ".expected", ".options", ".second", ".md", "README" };
	size_t i, n = strlen(name);

	for (i = 0; i < ARRAY_LEN(others); i++)
		if (n >= strlen(others[i]) && strcmp(name + n - strlen(others[i]), others[i]) == 0)
			return false;
	return *name != '.';
}

/* Each input of a directory, with what must be said of it where it is refused; how many there were. */
static size_t
each_input(const char *dir, const struct format *own, const char *says)
{
	static uint8_t head[FORMAT_HEAD_SIZE];
	struct dirent *entry;
	char path[4096];
	struct stat st;
	size_t count = 0, n;
	struct err e;
	DIR *d = opendir(dir);

	if (d == NULL)
		return 0;
	while ((entry = readdir(d)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
		if (!is_input(entry->d_name) || stat(path, &st) == -1 || !S_ISREG(st.st_mode) || (n = read_head(path, head)) == 0)
			continue;
		only_own(path, head, n, own);
		if (says != NULL && (format_detect(head, n, NULL, &e) != NULL || strstr(e.msg, says) == NULL))
			fail_msg("%s: \"%s\" was not said, but: %s", path, says, e.msg);
		count++;
	}
	closedir(d);
	return count;
}

static const char *
in_tree(char path[4096], const char *name)
{
	const char *top = getenv("top_srcdir");

	snprintf(path, 4096, "%s/%s", top != NULL ? top : ".", name);
	return path;
}

static void
golden_inputs_are_read_as_their_own_or_not_at_all(void **state)
{
	char path[4096], name[128];
	size_t i, count = 0;

	(void)state;
	for (i = 0; formats[i] != NULL; i++) {
		snprintf(name, sizeof(name), "tests/formats/%s", formats[i]->name);
		count += each_input(in_tree(path, name), formats[i], NULL);
	}
	assert_true(count > 400);
	assert_true(each_input(in_tree(path, "tests/formats/wordpress-plugin"), NULL, NULL) > 5);
}

/* One shape of each system, made up; and shapes that could be anybody's. */
static void
foreign_files_are_refused_by_name(void **state)
{
	static const struct {
		const char	*text, *says;
	} list[] = {
		{ "{\"type\":\"waline\",\"version\":1,\"time\":1,\"tables\":[\"Comment\"],\"data\":{\"Comment\":[{\"nick\":\"A\",\"mail\":\"\","
		    "\"comment\":\"x\",\"rid\":\"\",\"pid\":\"\",\"status\":\"approved\",\"objectId\":\"1\"}]}}", "Waline" },
		{ "[{\"_id\":\"1\",\"nick\":\"A\",\"mailMd5\":\"\",\"comment\":\"x\",\"href\":\"https://e.example/\"}]", "Twikoo" },
		{ "{\"results\":[{\"nick\":\"A\",\"mail\":\"\",\"comment\":\"x\",\"insertedAt\":{\"iso\":\"2020\"},\"objectId\":\"1\"}]}", "LeanCloud" },
		{ "#filetype:JSON-streaming {\"type\":\"Class\",\"class\":\"Comment\"}\n{\"nick\":\"A\"}\n", "LeanCloud" },
		{ "[{\"id\":\"1\",\"rid\":\"0\",\"content\":\"x\",\"nick\":\"A\",\"page_key\":\"/a\"}]", "Artalk" },
		{ "{\"version\":1,\"users\":[],\"posts\":[]}\n{\"id\":\"c\",\"pid\":\"\",\"text\":\"x\",\"user\":{\"name\":\"A\"},\"locator\":{\"site\":\"s\"}}\n",
		    "Remark42" },
		{ "[{\"id\":\"/a\",\"comments\":[{\"id\":1,\"author\":\"A\",\"website\":\"\",\"remote_addr\":\"\",\"text\":\"x\"}]}]", "Isso" },
		{ "{\"comments\":[{\"id\":\"c\",\"storyID\":\"s\",\"authorID\":\"a\",\"revisions\":[{\"body\":\"x\"}],\"status\":\"NONE\","
		    "\"createdAt\":\"2020\"}]}", "Coral" },
		{ "{\"dumpVersion\":1,\"pages\":[],\"posts\":[{\"id\":1,\"pageId\":\"1\",\"approvedSource\":\"x\"}]}", "Talkyard" },
		{ "{\"post_stream\":{\"posts\":[{\"id\":1,\"cooked\":\"<p>x</p>\",\"post_number\":1,\"topic_id\":2}]}}", "Discourse" },
		{ "{\"db\":[{\"meta\":{\"exported_on\":1},\"data\":{\"comments\":[{\"id\":\"1\",\"html\":\"x\"}]}}]}", "Ghost" },
		{ "[{\"html_url\":\"\",\"issue_url\":\"\",\"author_association\":\"NONE\",\"body\":\"x\",\"id\":1}]", "GitHub" },
		{ "[{\"id\":3,\"author_name\":\"A\",\"date_gmt\":\"2020\",\"author_avatar_urls\":{},\"status\":\"approved\"}]", "WordPress" },
		{ "[{\"comment_ID\":\"1\",\"comment_post_ID\":\"2\",\"comment_content\":\"x\"}]", "wp-cli" },
		{ "<?xml version=\"1.0\"?><feed xmlns=\"http://www.w3.org/2005/Atom\"><id>tag:blogger.com,1999:blog-1</id></feed>", "Blogger" },
		{ "AUTHOR: A\nTITLE: T\nDATE: 01/02/2024\n-----\nBODY:\nx\n-----\nCOMMENT:\nAUTHOR: B\nx\n-----\n--------\n", "Movable Type" },
		/* Nobody's: what everybody has, alone and together. */
		{ "{\"version\":1}", "a JSON file" },
		{ "{\"name\":\"x\",\"version\":\"1.0.0\",\"dependencies\":{}}", "a JSON file" },
		{ "{\"comments\":[]}", "a JSON file" },
		{ "[]", "a JSON file" },
		{ "{}", "a JSON file" },
		{ "{\"comments\":[{\"id\":1,\"parent_id\":null,\"page_id\":1,\"created_at\":\"2020\",\"status\":\"published\",\"body\":\"x\"}]}",
		    "a JSON file" },
		{ "[{\"id\":1,\"text\":\"t\",\"createdAt\":\"2020\",\"status\":\"ok\",\"version\":2}]", "a JSON file" },
		{ "[{\"id\":1,\"content\":\"t\",\"createdAt\":\"2020\",\"approved\":true}]", "a JSON file" },
		{ "{\"projects\":[{\"id\":1,\"comments\":[]}]}", "a JSON file" },
		{ "{\"users\":[{\"id\":1}]", "a JSON file" },
		{ "<?xml version=\"1.0\"?>\n<output>\n\n</output>", "<output>" },
		{ "id,name,text\n1,A,x\n", "a table (CSV)" },
		{ "id,page_id,url,comment,date\n1,p,u,x,2020\n", "a table (CSV)" },
	};
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(list); i++) {
		only_own(list[i].text, (const uint8_t *)list[i].text, strlen(list[i].text), NULL);
		assert_null(format_detect((const uint8_t *)list[i].text, strlen(list[i].text), NULL, &e));
		if (strstr(e.msg, list[i].says) == NULL)
			fail_msg("%s: \"%s\" was not said, but: %s", list[i].text, list[i].says, e.msg);
	}
}

/* Files of systems that are not read, in place; nothing is looked at where the folder is not there. */
static void
shared_foreign_files_are_refused(void **state)
{
	static const struct {
		const char	*folder, *says;
	} list[] = {
		{ "cases/foreign", NULL }, { "cases/F01-foreign-json", NULL },
		{ "samples/artrans", "Artalk" }, { "samples/blogger", "Blogger" }, { "samples/discourse", "Discourse" },
		{ "samples/ghost", "Ghost" }, { "samples/github", "GitHub" }, { "samples/isso", "Isso" },
		{ "samples/leancloud", "LeanCloud" }, { "samples/movable-type", "Movable Type" }, { "samples/remark42", "Remark42" },
		{ "samples/twikoo", NULL }, { "samples/waline", "Waline" }, { "samples/wordpress-rest", "WordPress" },
	};
	char path[4096], name[128];
	size_t i, count = 0;

	(void)state;
	for (i = 0; i < ARRAY_LEN(list); i++) {
		snprintf(name, sizeof(name), "../shared/%s", list[i].folder);
		count += each_input(in_tree(path, name), NULL, list[i].says);
	}
	if (count == 0)
		print_message("../shared is not here: exports of other systems not tested\n");
}

/* --- without a comment -------------------------------------------------------------------------- */

/* Reads text to its end as this format, which finds no comment in it; is it a whole, empty export? */
static bool
is_empty(const struct format *format, const char *text)
{
	static const char *const none[] = { NULL };
	struct format_options given = { .pairs = none };
	size_t n = strlen(text), head = MIN(n, (size_t)FORMAT_HEAD_SIZE);
	struct input_mem mem;
	struct reader *r;
	struct comment c;
	struct err e;
	bool empty;

	input_mem_init(&mem, text, n);
	memset(&c, 0, sizeof(c));
	assert_non_null(r = format->open(&mem.in, &given, &e));
	if (format->next(r, &c, &e) != RD_EOF)
		fail_msg("%s has a comment, or ends otherwise: %s", text, text);
	empty = format->is_empty(r, (const uint8_t *)text, head);
	format->close(r);
	return empty;
}

static void
a_file_without_comments_is_an_export_only_by_its_own_sign(void **state)
{
	/* One row a format, and beside it what looks alike and is not one. */
	static const struct {
		const struct format	*format;
		const char		*empty, *not_one;
	} list[] = {
		{ &disqus_format, "<disqus xmlns=\"http://disqus.com\"></disqus>", "<disqus></disqus>" },
		{ &wxr_format, "<rss xmlns:wp=\"http://wordpress.org/export/1.2/\"><channel><wp:wxr_version>1.2</wp:wxr_version></channel></rss>",
		    "<rss xmlns:wp=\"http://wordpress.org/export/1.2/\"><channel></channel></rss>" },
		{ &commento_format, "{\"version\":1,\"comments\":null,\"commenters\":[]}", "{\"version\":1,\"commenters\":[]}" },
		{ &hyvor_talk_format, "{\"website\":{},\"comments\":[],\"pages\":[],\"users\":[],\"rules\":[],\"badges\":[]}",
		    "{\"website\":{},\"pages\":[],\"rules\":[],\"badges\":[]}" },
		{ &muut_format, "{\"categories\":[],\"threads\":{}}", "{\"categories\":[]}" },
		{ &intensedebate_format, "<output><blogpost><url>x</url><comments></comments></blogpost></output>", "<output></output>" },
		{ &just_comments_format, "{\"comments\":[],\"lastKey\":null}", "{\"lastKey\":null}" },
		{ &cusdis_format, "{\"source\":\"cusdis\",\"version\":1,\"projects\":[]}", "{\"source\":\"cusdis\",\"version\":1}" },
		{ &fastcomments_csv_format, "ID,URL ID,URL,Comment\n", "ID,URL ID,URL,Comment" },
		{ &jsonl_format, "{\"trasloco\":1,\"type\":\"header\"}\n", NULL },
		{ &csv_format, "source,external_id,page_id,body_html\n", "source,external_id,page_id,body_html" },
	};
	size_t i, n;
	struct err e;

	(void)state;
	for (n = 0; formats[n] != NULL; n++)
		continue;
	assert_int_equal(n, ARRAY_LEN(list));
	for (i = 0; i < n; i++) {
		if (format_detect((const uint8_t *)list[i].empty, strlen(list[i].empty), NULL, &e) != list[i].format)
			fail_msg("%s is not recognised: %s", list[i].empty, e.msg);
		if (!is_empty(list[i].format, list[i].empty))
			fail_msg("%s is not taken for an empty export", list[i].empty);
		if (list[i].not_one != NULL && is_empty(list[i].format, list[i].not_one))
			fail_msg("%s is taken for an empty export", list[i].not_one);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(golden_inputs_are_read_as_their_own_or_not_at_all),
		cmocka_unit_test(foreign_files_are_refused_by_name),
		cmocka_unit_test(shared_foreign_files_are_refused),
		cmocka_unit_test(a_file_without_comments_is_an_export_only_by_its_own_sign),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
