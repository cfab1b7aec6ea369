/*
 * The reader process, parent and child over real pipes: what a good reader
 * delivers, and that one which dies, hangs on or lies does no harm.  This
 * program is its own reader: under READER_CHILD_NAME it looks at the first bytes on its
 * input; a format "liar-..." makes it tell that lie, any other makes it an honest reader.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "util/base.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>

#include "util/clock.h"
#include "util/rnd.h"

#include "jobs/reader_child.h"
#include "jobs/reader_process.h"

#include "unit/zipping.h"

#define HEAD	"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<disqus xmlns=\"http://disqus.com\" " \
		"xmlns:dsq=\"http://disqus.com/disqus-internals\">\n"
#define THREAD	"<thread dsq:id=\"1\"><id>page-1</id><link>https://site.example/1</link><title>One</title></thread>\n"
#define POST(id, body)	"<post dsq:id=\"" id "\"><id/><message><![CDATA[" body "]]></message>" \
		"<createdAt>2020-01-02T03:04:05Z</createdAt><isDeleted>false</isDeleted><isSpam>false</isSpam>" \
		"<author><name>Ann</name></author><thread dsq:id=\"1\"/></post>\n"
#define TAIL	"</disqus>\n"

/* --- the reader's side --- */

static void
say(enum wire_type type, const void *payload, size_t n)
{
	struct sb sb;
	size_t begin;

	sb_init(&sb, 2 * WIRE_PAYLOAD_MAX);
	begin = wire_frame_begin(&sb, type);
	sb_add(&sb, payload, n);
	if (!wire_frame_end(&sb, begin) || write(STDOUT_FILENO, sb_text(&sb), sb.n) == -1)
		_exit(1);
	sb_free(&sb);
}

static void
hello(void)
{
	say(WIRE_HELLO, (char[4]){ WIRE_VERSION }, 4);
}

static void
say_record(const char *id, uint64_t ordinal, const char *body)
{
	struct comment c = { .ordinal = ordinal };
	struct sb sb;

	c.text[CT_EXTERNAL_ID] = (struct text){ id, strlen(id), true };
	c.text[CT_BODY_HTML] = (struct text){ body, strlen(body), true };
	sb_init(&sb, WIRE_PAYLOAD_MAX);
	wire_put_comment(&sb, &c);
	say(WIRE_RECORD, sb_text(&sb), sb.n);
	sb_free(&sb);
}

/* The parent must not take a source from a format that has one itself. */
static void
lie_source(void)
{
	struct comment c = { .ordinal = 0 };
	struct sb sb;

	hello();
	c.text[CT_EXTERNAL_ID] = (struct text){ "1", 1, true };
	c.text[CT_SOURCE] = (struct text){ "muut", 4, true };
	sb_init(&sb, WIRE_PAYLOAD_MAX);
	wire_put_comment(&sb, &c);
	say(WIRE_RECORD, sb_text(&sb), sb.n);
	sb_free(&sb);
	pause();
}

static void
say_fatal(enum wire_fatal kind, const char *message)
{
	struct sb sb;

	sb_init(&sb, 10000);
	wire_put_u8(&sb, (uint8_t)kind);
	wire_put_text(&sb, message, strlen(message));
	say(WIRE_FATAL, sb_text(&sb), sb.n);
	sb_free(&sb);
}

static void
swallow_input(void)
{
	char buf[65536];
	ssize_t got;

	/* The parent keeps its end open: the last frame is the empty one, 4 zero bytes. */
	while ((got = read(STDIN_FILENO, buf, sizeof(buf))) > 0)
		if (got >= 4 && memcmp(buf + got - 4, "\0\0\0\0", 4) == 0)
			break;
}

static void lie_silent(void) { }
static void lie_killed(void) { hello(); kill(getpid(), SIGKILL); }
static void lie_no_hello(void) { say_record("1", 0, "x"); }
static void lie_version(void) { say(WIRE_HELLO, "\x01\0\0\0", 4); }
static void lie_type(void) { hello(); say(99, "", 0); }
static void lie_length(void) { hello(); (void)!write(STDOUT_FILENO, "\x02\xff\xff\xff\xff", 5); pause(); }
static void lie_body(void) { hello(); say_record("1", 0, "<script>x</script>"); pause(); }
static void lie_order(void) { hello(); say_record("1", 5, "x"); say_record("2", 5, "x"); pause(); }
static void lie_again(void) { hello(); say(WIRE_AGAIN, "", 0); pause(); }
static void lie_early(void) { hello(); say(WIRE_DONE, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16); pause(); }
static void lie_count(void) { hello(); swallow_input(); say(WIRE_DONE, "\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16); }
static void lie_no_end(void) { hello(); swallow_input(); }
static void lie_after(void) { lie_no_end(); say(WIRE_DONE, (char[16]){ 0 }, 16); say_record("1", 0, "x"); pause(); }
static void lie_status(void) { lie_no_end(); say(WIRE_DONE, (char[16]){ 0 }, 16); _exit(3); }
static void lie_kind(void) { hello(); say_fatal(77, "x"); pause(); }
static void lie_memory(void) { hello(); say_fatal(WIRE_FATAL_MEMORY, "x"); pause(); }
static void lie_message(void) { hello(); say_fatal(WIRE_FATAL_INPUT, "bad\x1b[31m\nfile"); pause(); }
static void lie_hang(void) { hello(); pause(); }

/* Always a byte more, never a whole frame. */
static void
lie_drip(void)
{
	struct timespec pause = { 0, 20000000L };

	hello();
	(void)!write(STDOUT_FILENO, "\x02\x00\x00\x01\x00", 5);
	while (write(STDOUT_FILENO, "x", 1) == 1)
		nanosleep(&pause, NULL);
}

/* What it holds, as a record: descriptors, environment, limits. */
static void
lie_tell(void)
{
	extern char **environ;
	char id[100];
	int fds = 0, fd;

	for (fd = 0; fd < 1024; fd++)
		if (fd != STDERR_FILENO && fcntl(fd, F_GETFD) != -1)
			fds++;
	snprintf(id, sizeof(id), "fds=%d env=%s group=%d", fds, environ[0] == NULL ? "none" : environ[0],
	    getpgrp() == getpid());
	hello();
	say_record(id, 0, "x");
	pause();
}

static const struct {
	const char	*format;
	void		(*tell)(void);
	enum err_kind	 kind;		/* what the parent must make of it */
	const char	*words;		/* in its message */
} lies[] = {
	{ "liar-silent", lie_silent, ERR_READER, "before it was done" },
	{ "liar-killed", lie_killed, ERR_READER, "killed by signal 9" },
	{ "liar-no-hello", lie_no_hello, ERR_READER, "greet" },
	{ "liar-version", lie_version, ERR_READER, "greet" },
	{ "liar-type", lie_type, ERR_READER, "type" },
	{ "liar-length", lie_length, ERR_READER, "too long" },
	{ "liar-body", lie_body, ERR_READER, "body_html" },
	{ "liar-source", lie_source, ERR_READER, "source of its own" },
	{ "liar-order", lie_order, ERR_READER, "file order" },
	{ "liar-again", lie_again, ERR_READER, "wrong time" },
	{ "liar-early", lie_early, ERR_READER, "before the file was" },
	{ "liar-count", lie_count, ERR_READER, "count" },
	{ "liar-no-end", lie_no_end, ERR_READER, "before it was done" },
	{ "liar-after", lie_after, ERR_READER, "after it was done" },
	{ "liar-status", lie_status, ERR_READER, "status 3" },
	{ "liar-kind", lie_kind, ERR_READER, "gave up" },
	{ "liar-memory", lie_memory, ERR_MEMORY, "memory" },
	{ "liar-message", lie_message, ERR_INPUT, "bad?[31m?file" },
	{ "liar-hang", lie_hang, ERR_CANCELLED, "stop" },
	{ "liar-drip", lie_drip, ERR_CANCELLED, "stop" },
	{ "liar-tell", lie_tell, ERR_CANCELLED, "stop" },
};

/* Looks at what lies in the pipe without taking it, tells the lie that it names.  False: an honest reader is wanted. */
static bool
lie(void)
{
	char buf[256];
	int fds[2];
	ssize_t got;
	size_t i;

	if (pipe(fds) == -1 || tee(STDIN_FILENO, fds[1], sizeof(buf), 0) == -1 ||
	    (got = read(fds[0], buf, sizeof(buf))) <= 0)
		_exit(1);
	close(fds[0]);
	close(fds[1]);
	for (i = 0; i < ARRAY_LEN(lies); i++)
		if (memmem(buf, (size_t)got, lies[i].format, strlen(lies[i].format)) != NULL) {
			signal(SIGALRM, SIG_DFL);
			alarm(60);
			lies[i].tell();
			return true;
		}
	return false;
}

/* --- the parent's side --- */

struct run {
	struct input_mem	 in;
	const char		*file;
	size_t			 n;
	int			 rewinds;
	atomic_int		 stop;
	struct arena		*arena;
	struct reader_process	*reader;
	struct comment		 c;
	struct wire_issue	 issue;
	struct err		 e;
};

static int
rewind_run(void *ctx, struct err *e)
{
	struct run *r = ctx;

	(void)e;
	r->rewinds++;
	input_mem_init(&r->in, r->file, r->n);
	return 0;
}

static int64_t patience_ms;

static void
begin(struct run *r, const char *format, const char *file, size_t n)
{
	struct reader_process_config config = {
		.format = format, .max_unpacked = 1 << 30, .patience_ms = patience_ms, .memory = 256 << 20,
		.file = &r->in.in, .rewind = rewind_run, .ctx = r, .stop = &r->stop,
	};

	memset(r, 0, sizeof(*r));
	r->file = file;
	r->n = n;
	input_mem_init(&r->in, file, n);
	r->arena = arena_new(64 << 20);
	r->reader = reader_process_open(&config, &r->e);
	assert_non_null(r->reader);
}

static int
next(struct run *r)
{
	return reader_process_next(r->reader, r->arena, &r->c, &r->issue, &r->e);
}

static void
end(struct run *r)
{
	reader_process_close(r->reader);
	arena_free(r->arena);
}

static void
assert_text(const struct comment *c, enum comment_text which, const char *expected)
{
	assert_true(c->text[which].said);
	assert_int_equal(c->text[which].n, strlen(expected));
	assert_memory_equal(c->text[which].p, expected, strlen(expected));
}

static void
a_file_comes_out_as_clean_records(void **state)
{
	static const char file[] = HEAD THREAD POST("10", "<p>Hi<script>x</script></p>") POST("11", "two") TAIL;
	struct run r;

	(void)state;
	begin(&r, "disqus", file, sizeof(file) - 1);
	assert_int_equal(next(&r), READER_NOTE);
	assert_int_equal(r.issue.reason, ISSUE_HIDDEN_LEFT_OUT);
	assert_int_equal(next(&r), READER_RECORD);
	assert_text(&r.c, CT_EXTERNAL_ID, "10");
	assert_text(&r.c, CT_PAGE_ID, "page-1");
	assert_text(&r.c, CT_BODY_HTML, "<p>Hi</p>");
	assert_int_equal(r.c.ordinal, 0);
	assert_int_equal(next(&r), READER_RECORD);
	assert_text(&r.c, CT_EXTERNAL_ID, "11");
	assert_int_equal(r.c.ordinal, 1);
	assert_int_equal(next(&r), READER_DONE);
	assert_int_equal(reader_process_bytes_read(r.reader), sizeof(file) - 1);
	end(&r);
}

static void
posts_before_their_page_come_in_a_second_pass(void **state)
{
	static const char file[] = HEAD POST("10", "early") THREAD POST("11", "late") TAIL;
	struct run r;

	(void)state;
	begin(&r, "disqus", file, sizeof(file) - 1);
	assert_int_equal(next(&r), READER_RECORD);
	assert_text(&r.c, CT_EXTERNAL_ID, "11");
	assert_int_equal(r.c.ordinal, 1);
	assert_int_equal(r.rewinds, 0);
	assert_int_equal(next(&r), READER_RECORD);
	assert_text(&r.c, CT_EXTERNAL_ID, "10");
	assert_text(&r.c, CT_PAGE_ID, "page-1");
	assert_int_equal(r.c.ordinal, 0);
	assert_int_equal(r.rewinds, 1);
	assert_int_equal(next(&r), READER_DONE);
	assert_int_equal(reader_process_bytes_read(r.reader), sizeof(file) - 1);
	end(&r);
}

static void
notes_come_before_their_record(void **state)
{
	static const char file[] = HEAD THREAD "<post dsq:id=\"1\"><message>x</message><createdAt>never</createdAt>"
	    "<author><name>Ann</name></author><thread dsq:id=\"1\"/></post>" TAIL;
	struct run r;

	(void)state;
	begin(&r, "disqus", file, sizeof(file) - 1);
	assert_int_equal(next(&r), READER_NOTE);
	assert_int_equal(r.issue.reason, ISSUE_DATE_UNKNOWN);
	assert_string_equal(r.issue.external_id, "1");
	assert_int_equal(next(&r), READER_RECORD);
	assert_true(r.c.number[CN_CREATED_AT].said);
	assert_true(r.c.number[CN_CREATED_AT].v == CLOCK_UNKNOWN);
	assert_int_equal(next(&r), READER_DONE);
	end(&r);
}

static void
a_cut_file_gives_what_is_complete_and_then_says_where_it_broke(void **state)
{
	static const char file[] = HEAD THREAD POST("10", "one") "<post dsq:id=\"11\"><message>ha";
	struct run r;

	(void)state;
	begin(&r, "disqus", file, sizeof(file) - 1);
	assert_int_equal(next(&r), READER_RECORD);
	assert_text(&r.c, CT_EXTERNAL_ID, "10");
	assert_int_equal(next(&r), -1);
	assert_int_equal(r.e.kind, ERR_INPUT);
	assert_non_null(strstr(r.e.msg, "line"));
	end(&r);
}

#define MEMORY		"Allowed memory size of 134217728 bytes exhausted (tried to allocate 65536 bytes)"
#define PHP(what)	"<br />\n<b>Fatal error</b>:  " what " in <b>/srv/www/wp-includes/wp-db.php</b> on line <b>1462</b><br />\n"
#define LOG(what)	"\nFatal error: " what " in /srv/www/wp-includes/wp-db.php on line 1462\n"
#define CSV_ROWS	"source,external_id,page_id,author_name,body_html\nisso,1,p,Ann,one\n"
#define JSON_ROWS	"[{\"id\":1,\"page_id\":1,\"body\":\"one\"},"

static const struct {
	const char	*format, *file;
	const char	*said;		/* NULL: the file is whole; "": it breaks off, and PHP does not say why */
} last_words[] = {
	{ "disqus", HEAD THREAD POST("10", "one") PHP(MEMORY), "ran out of memory while it wrote the file, which says so at its end (PHP's "
	    "limit was 128 MB). Raise memory_limit" },
	{ "disqus", HEAD THREAD POST("10", "one") "<post dsq:id=\"11\"><message><![CDATA[ha" LOG(MEMORY), "128 MB" },
	{ "disqus", HEAD THREAD POST("10", "one") "Allowed memory size of 1024 bytes exhausted", "limit was 1 MB" },
	{ "disqus", HEAD THREAD POST("10", "one") PHP("Maximum execution time of 30 seconds exceeded"), "limit was 30 seconds). Raise "
	    "max_execution_time" },
	{ "disqus", HEAD THREAD POST("10", "one") PHP("Uncaught Error: Call to undefined function x()"), "met an error" },
	{ "disqus", HEAD THREAD POST("10", "one") "<p>There has been a critical error on this website.</p>", "met an error" },
	{ "disqus", HEAD THREAD POST("10", "one") "<post dsq:id=\"11\"><message>ha", "" },
	/* Behind the end nothing is lost. */
	{ "disqus", HEAD THREAD POST("10", "one") TAIL PHP(MEMORY), NULL },
	{ "hyvor-talk", JSON_ROWS PHP(MEMORY), "128 MB" },
	{ "hyvor-talk", JSON_ROWS "{\"id\":2,\"body\":\"tw" LOG(MEMORY), "128 MB" },
	{ "hyvor-talk", JSON_ROWS "{\"id\":2,\"body\":\"tw", "" },
	/* Without a mark at its end, such a file seems to be whole. */
	{ "csv", CSV_ROWS PHP(MEMORY), "128 MB" }, { "csv", CSV_ROWS "isso,2,p,Bob,tw" LOG(MEMORY), "128 MB" },
	{ "csv", CSV_ROWS "isso,2,p,Bob,\"tw" PHP(MEMORY), "128 MB" },
	{ "csv", CSV_ROWS "isso,2,p,Bob,\"tw", "" },
	{ "csv", CSV_ROWS "isso,2,p,Bob,\"tw" LOG(MEMORY) "\"\n", NULL },
	{ "csv", CSV_ROWS "isso,2,p,Bob,It says Fatal error: " MEMORY " in x on line 3\n", NULL },
	{ "csv", CSV_ROWS "isso,2,p,Bob,\"tw" LOG(MEMORY) "\"\nisso,3,p,Cid,three\n", NULL },
	{ "jsonl", "{\"source\":\"isso\",\"external_id\":\"1\"}\n" PHP(MEMORY), "128 MB" },
};

static void
a_file_that_a_website_could_not_finish_says_so(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(last_words); i++) {
		struct run r;
		int event;

		begin(&r, last_words[i].format, last_words[i].file, strlen(last_words[i].file));
		while ((event = next(&r)) != READER_DONE && event != -1)
			continue;
		if ((event == READER_DONE) != (last_words[i].said == NULL))
			fail_msg("%s: %s", last_words[i].file, event == -1 ? r.e.msg : "whole");
		if (event == -1 && strstr(r.e.msg, last_words[i].said) == NULL)
			fail_msg("%s: %s", last_words[i].file, r.e.msg);
		if (event == -1 && (strstr(r.e.msg, "the website's server") == NULL) != (*last_words[i].said == '\0'))
			fail_msg("%s: %s", last_words[i].file, r.e.msg);
		end(&r);
	}
}

static void
a_large_file_and_large_records_pass_both_pipes(void **state)
{
	const int records = 3000;
	struct run r;
	struct sb sb;
	char body[4096];
	int i;

	(void)state;
	memset(body, 'b', sizeof(body));
	sb_init(&sb, 64 << 20);
	sb_str(&sb, HEAD THREAD);
	for (i = 0; i < records; i++) {
		sb_printf(&sb, "<post dsq:id=\"%d\"><message>", 100 + i);
		sb_add(&sb, body, i % 1000 == 0 ? 0 : sizeof(body));
		while (i % 1000 == 0 && sb.n % (60 * 1024) != 0)
			sb_char(&sb, 'x');
		sb_str(&sb, "</message><author><name>Ann</name></author><thread dsq:id=\"1\"/></post>\n");
	}
	sb_str(&sb, TAIL);
	assert_true(sb_ok(&sb));
	begin(&r, "disqus", sb.p, sb.n);
	for (i = 0; i < records; i++) {
		arena_reset(r.arena);
		assert_int_equal(next(&r), READER_RECORD);
		assert_int_equal(r.c.ordinal, i);
	}
	assert_int_equal(next(&r), READER_DONE);
	end(&r);
	sb_free(&sb);
}

/* Two posts of which the first stands in front of its page, and one that follows it. */
#define EARLY(a, b)	HEAD POST(a, "early") THREAD POST(b, "late") TAIL

static void
assert_record(struct run *r, const char *id, uint64_t ordinal, int rewinds)
{
	assert_int_equal(next(r), READER_RECORD);
	assert_text(&r->c, CT_EXTERNAL_ID, id);
	assert_int_equal(r->c.ordinal, ordinal);
	assert_int_equal(r->rewinds, rewinds);
}

static void
the_files_of_an_archive_come_one_after_the_other_each_with_its_passes(void **state)
{
	struct run r;
	struct sb sb;

	(void)state;
	sb_init(&sb, 1 << 20);
	zip_text(&sb, "1.xml", EARLY("10", "11"));
	zip_text(&sb, "2.xml", HEAD THREAD POST("20", "x") TAIL);
	zip_text(&sb, "3.xml", EARLY("30", "31"));
	zip_end(&sb);
	begin(&r, "disqus", sb.p, sb.n);
	assert_record(&r, "11", 1, 0);
	assert_record(&r, "10", 0, 1);
	assert_record(&r, "20", 2, 1);
	assert_record(&r, "31", 4, 1);
	assert_record(&r, "30", 3, 2);
	assert_int_equal(next(&r), READER_DONE);
	assert_int_equal(reader_process_bytes_read(r.reader), sb.n);
	end(&r);
	sb_free(&sb);
}

static void
the_file_of_an_archive_that_breaks_off_is_named(void **state)
{
	struct run r;
	struct sb sb;

	(void)state;
	sb_init(&sb, 1 << 20);
	zip_text(&sb, "1.xml", HEAD THREAD POST("10", "x") TAIL);
	zip_text(&sb, "2.xml", HEAD THREAD POST("20", "x") "<post><mess");
	zip_end(&sb);
	begin(&r, "disqus", sb.p, sb.n);
	assert_record(&r, "10", 0, 0);
	assert_record(&r, "20", 1, 0);
	assert_int_equal(next(&r), -1);
	assert_int_equal(r.e.kind, ERR_INPUT);
	assert_non_null(strstr(r.e.msg, "\"2.xml\": "));
	end(&r);
	sb_reset(&sb);
	zip_add(&sb, "r\xc3\xa9sum\xc3\xa9.txt", "Hello", 5, ZIP_UTF8);
	zip_end(&sb);
	begin(&r, "disqus", sb.p, sb.n);
	assert_int_equal(next(&r), READER_NOTE);
	assert_int_equal(r.issue.reason, ISSUE_FILE_PASSED_OVER);
	assert_string_equal(r.issue.external_id, "r\xc3\xa9sum\xc3\xa9.txt");
	assert_int_equal(next(&r), -1);
	assert_int_equal(r.e.kind, ERR_INPUT);
	assert_non_null(strstr(r.e.msg, "The ZIP archive has no export of Disqus in it, but \"r\xc3\xa9sum\xc3\xa9.txt\"."));
	end(&r);
	sb_free(&sb);
}

static void
options_reach_the_format(void **state)
{
	static const char file[] = HEAD THREAD POST("10", "x") TAIL;
	static const char *const pairs[] = { "page_key", "link", NULL };
	struct run r;
	struct reader_process_config config;

	(void)state;
	memset(&r, 0, sizeof(r));
	input_mem_init(&r.in, file, sizeof(file) - 1);
	r.arena = arena_new(1 << 20);
	config = (struct reader_process_config){
		.format = "disqus", .pairs = pairs, .max_unpacked = 1 << 30, .memory = 256 << 20, .file = &r.in.in,
		.rewind = rewind_run, .ctx = &r,
	};
	r.reader = reader_process_open(&config, &r.e);
	assert_non_null(r.reader);
	assert_int_equal(next(&r), READER_RECORD);
	assert_text(&r.c, CT_PAGE_ID, "site.example/1");
	end(&r);
}

static void
an_unknown_format_is_our_mistake_not_the_files(void **state)
{
	struct run r;

	(void)state;
	begin(&r, "no-such-format", "x", 1);
	assert_int_equal(next(&r), -1);
	assert_int_equal(r.e.kind, ERR_READER);
	end(&r);
}

static void
an_error_of_the_input_is_passed_on(void **state)
{
	struct run r;
	struct input_fd in;
	struct reader_process_config config = {
		.format = "disqus", .max_unpacked = 1 << 20, .memory = 256 << 20, .file = &in.in, .rewind = rewind_run,
	};

	(void)state;
	memset(&r, 0, sizeof(r));
	input_fd_init(&in, -1);
	r.arena = arena_new(1 << 20);
	r.reader = reader_process_open(&config, &r.e);
	assert_non_null(r.reader);
	assert_int_equal(next(&r), -1);
	assert_int_equal(r.e.kind, ERR_SYS);
	assert_int_equal(r.e.sys, EBADF);
	end(&r);
}

static void
lies_are_found_out(void **state)
{
	char *file = calloc(1, 8 << 20);
	size_t i;

	(void)state;
	assert_non_null(file);
	for (i = 0; i < ARRAY_LEN(lies); i++) {
		struct run r;
		int event, tries = 0;

		if (lies[i].kind == ERR_CANCELLED)
			continue;
		/* More than the pipe holds where the lie comes early; little where the reader swallows it. */
		memset(file, 'x', 8 << 20);
		begin(&r, lies[i].format, file, strcmp(lies[i].format, "liar-early") == 0 ||
		    strcmp(lies[i].format, "liar-again") == 0 ? 8 << 20 : 1000);
		while ((event = next(&r)) == READER_RECORD && ++tries < 10)
			;
		if (event != -1 || r.e.kind != lies[i].kind || strstr(r.e.msg, lies[i].words) == NULL)
			fail_msg("%s: event %d, kind %s, \"%s\"", lies[i].format, event, err_kind_name(r.e.kind),
			    r.e.msg);
		end(&r);
	}
	free(file);
}

static void
a_stop_ends_the_wait_for_a_reader_that_hangs(void **state)
{
	struct run r;

	(void)state;
	begin(&r, "liar-hang", "x", 1);
	atomic_store(&r.stop, 1);
	assert_int_equal(next(&r), -1);
	assert_int_equal(r.e.kind, ERR_CANCELLED);
	end(&r);
}

static void
a_reader_that_comes_no_further_is_given_up(void **state)
{
	static const char *const formats[] = { "liar-hang", "liar-drip" };
	struct run r;
	size_t i;

	(void)state;
	patience_ms = 500;
	for (i = 0; i < ARRAY_LEN(formats); i++) {
		begin(&r, formats[i], "x", 1);
		assert_int_equal(next(&r), -1);
		assert_int_equal(r.e.kind, ERR_READER);
		assert_non_null(strstr(r.e.msg, "no further"));
		end(&r);
	}
	patience_ms = 0;
}

static void
the_reader_owns_two_pipes_and_nothing_else(void **state)
{
	int spare = open("/dev/null", O_RDONLY);
	struct run r;

	(void)state;
	assert_true(spare != -1);
	setenv("SECRET", "x", 1);
	begin(&r, "liar-tell", "x", 1);
	assert_int_equal(next(&r), READER_RECORD);
	assert_text(&r.c, CT_EXTERNAL_ID, "fds=2 env=none group=1");
	end(&r);
	close(spare);
}

static int
children(void)
{
	DIR *d = opendir("/proc/self/task");
	struct dirent *entry;
	char path[300];
	int n = 0, c;
	FILE *f;

	assert_non_null(d);
	while ((entry = readdir(d)) != NULL) {
		snprintf(path, sizeof(path), "/proc/self/task/%s/children", entry->d_name);
		if ((f = fopen(path, "r")) == NULL)
			continue;
		while ((c = fgetc(f)) != EOF)
			n += c == ' ';
		fclose(f);
	}
	closedir(d);
	return n;
}

static void
closing_leaves_no_process_behind(void **state)
{
	struct run r;

	(void)state;
	begin(&r, "liar-hang", "x", 1);
	assert_int_equal(children(), 1);
	end(&r);
	assert_int_equal(children(), 0);
	reader_process_close(NULL);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_comes_out_as_clean_records),
		cmocka_unit_test(posts_before_their_page_come_in_a_second_pass),
		cmocka_unit_test(notes_come_before_their_record),
		cmocka_unit_test(a_cut_file_gives_what_is_complete_and_then_says_where_it_broke),
		cmocka_unit_test(a_file_that_a_website_could_not_finish_says_so),
		cmocka_unit_test(a_large_file_and_large_records_pass_both_pipes),
		cmocka_unit_test(the_files_of_an_archive_come_one_after_the_other_each_with_its_passes),
		cmocka_unit_test(the_file_of_an_archive_that_breaks_off_is_named),
		cmocka_unit_test(options_reach_the_format),
		cmocka_unit_test(an_unknown_format_is_our_mistake_not_the_files),
		cmocka_unit_test(an_error_of_the_input_is_passed_on),
		cmocka_unit_test(lies_are_found_out),
		cmocka_unit_test(a_stop_ends_the_wait_for_a_reader_that_hangs),
		cmocka_unit_test(a_reader_that_comes_no_further_is_given_up),
		cmocka_unit_test(the_reader_owns_two_pipes_and_nothing_else),
		cmocka_unit_test(closing_leaves_no_process_behind),
	};
	struct err e;

	if (argc > 0 && strcmp(argv[0], READER_CHILD_NAME) == 0)
		return lie() ? EXIT_SUCCESS : reader_child_main();
	if (rnd_init(&e) == -1)
		return 1;
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
