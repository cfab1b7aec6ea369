/* Messages about jobs: mails that are mails whatever the names in them, and the JSON of webhooks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <json-c/json.h>

#include "jobs/message.h"
#include "jobs/mime.h"
#include "util/clock.h"

#define NOW_MS	INT64_C(1767323045678)	/* 2026-01-02T03:04:05.678Z */

static struct templates *templates;
static struct settings settings = { .base_url = "https://comments.example", .mail_from = "trasloco@mail.example" };

static int
load(void **state)
{
	const char *top = getenv("top_srcdir");
	char dir[1024];
	struct err e;

	(void)state;
	snprintf(dir, sizeof(dir), "%s/templates/mail", top != NULL ? top : ".");
	return (templates = templates_load(dir, &e)) != NULL ? 0 : -1;
}

static int
unload(void **state)
{
	(void)state;
	templates_free(templates);
	return 0;
}

static struct outbox_message
message(enum outbox_kind kind, enum job_state state)
{
	struct outbox_message m = { .message_id = 3, .kind = kind, .recipient = "anna@admin.example", .idempotency_id = { 0xab, 1 },
	    .attempts = 1, .account_name = "My site", .job = { .job_id = 7, .account_id = 2, .kind = JOB_IMPORT, .state = state,
	    .source = "disqus", .format = "disqus", .file_name = "export.xml", .file_size = 123456, .requested_by = "anna@admin.example",
	    .requested_at = NOW_MS - 60000, .started_at = NOW_MS - 50000, .finished_at = NOW_MS - 1000,
	    .counts = { .bytes_read = 120000, .comments_read = 1000, .created = 900, .updated = 50, .unchanged = 40, .skipped = 10 },
	    .message = "The file ends in line 9." } };

	return m;
}

/* The mail, undone of its soft line breaks and encoded signs, so that texts can be looked for. */
static char *
mail(const struct outbox_message *m, const struct message_issues *issues)
{
	struct err e = { .kind = ERR_NONE };
	static char plain[65536];
	struct sb out;
	size_t i, n = 0;

	sb_init(&out, sizeof(plain) - 1);
	if (message_mail(templates, &settings, m, issues, NOW_MS, &out, &e) == -1)
		fail_msg("%s", e.msg);
	for (i = 0; i < out.n; i++) {
		unsigned int c;

		/* Lines end in CR LF and nothing else, none is too long for SMTP, all is ASCII. */
		assert_true((out.p[i] == '\n') == (i > 0 && out.p[i - 1] == '\r'));
		assert_true((unsigned char)out.p[i] < 0x7f);
		if (out.p[i] == '=' && out.p[i + 1] == '\r') {
			i += 2;
		} else if (out.p[i] == '=' && sscanf(out.p + i + 1, "%2X", &c) == 1) {
			plain[n++] = (char)c;
			i += 2;
		} else {
			plain[n++] = out.p[i];
		}
	}
	plain[n] = '\0';
	sb_free(&out);
	return plain;
}

static void
has(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("\"%s\" is not in:\n%s", part, text);
}

static void
has_not(const char *text, const char *part)
{
	if (strstr(text, part) != NULL)
		fail_msg("\"%s\" is in:\n%s", part, text);
}

static void
every_mail_has_its_headers_and_both_parts(void **state)
{
	static const struct message_issues none;
	static const struct { enum outbox_kind kind; enum job_state state; const char *subject; } mails[] = {
		{ OUTBOX_OPERATOR_MAIL, JOB_FAILED, "Subject: Import 7 of My site failed\r\n" },
		{ OUTBOX_ADMIN_MAIL, JOB_COMPLETED, "Subject: Import of export.xml is complete\r\n" },
		{ OUTBOX_ADMIN_MAIL, JOB_FAILED, "Subject: Import of export.xml has failed\r\n" },
		{ OUTBOX_ADMIN_MAIL, JOB_CANCELLED, "Subject: Import of export.xml was cancelled\r\n" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(mails); i++) {
		struct outbox_message m = message(mails[i].kind, mails[i].state);
		const char *text = mail(&m, &none);

		has(text, mails[i].subject);
		has(text, "From: Trasloco <trasloco@mail.example>\r\nTo: <anna@admin.example>\r\n");
		has(text, "Date: Fri, 02 Jan 2026 03:04:05 +0000\r\n");
		has(text, "Message-ID: <ab010000000000000000000000000000@mail.example>\r\n");
		has(text, "Auto-Submitted: auto-generated\r\n");
		has(text, "Content-Type: text/plain; charset=utf-8\r\n");
		has(text, "Content-Type: text/html; charset=utf-8\r\n");
		has(text, "https://comments.example/auth/my-account/manage-data/import/7\r\n");
		has(text, "href=\"https://comments.example/auth/my-account/manage-data/import/7\"");
		has(text, "The file ends in line 9.");
		has(text, "\r\n--trasloco-ab010000000000000000000000000000--\r\n");
	}
}

static void
an_operators_answer_goes_to_the_admin_who_asked(void **state)
{
	static const char *const nobody[] = { "", "operator", "API token nightly", "caff\303\250@admin.example", "a@b.example\r\nBcc: x@y.example" };
	struct outbox_message m = message(OUTBOX_OPERATOR_MAIL, JOB_FAILED);
	static const struct message_issues none;
	size_t i;

	(void)state;
	snprintf(m.recipient, sizeof(m.recipient), "ops@service.example");
	has(mail(&m, &none), "\r\nReply-To: <anna@admin.example>\r\n");
	has(mail(&m, &none), "An answer to this mail goes to anna@admin.example.");
	for (i = 0; i < ARRAY_LEN(nobody); i++) {
		snprintf(m.job.requested_by, sizeof(m.job.requested_by), "%s", nobody[i]);
		has_not(mail(&m, &none), "Reply-To");
		has_not(mail(&m, &none), "An answer to this mail");
	}
	m = message(OUTBOX_ADMIN_MAIL, JOB_FAILED);
	has_not(mail(&m, &none), "Reply-To");
}

static void
who_is_told_to_turn_to_the_operators_is_told_where(void **state)
{
	static const enum job_kind kinds[] = { JOB_IMPORT, JOB_EXPORT, JOB_MOVE, JOB_COPY };
	struct outbox_message m = message(OUTBOX_ADMIN_MAIL, JOB_FAILED);
	static const struct message_issues none;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(kinds); i++) {
		m.job.kind = kinds[i];
		has(mail(&m, &none), "tell the people who run this server that it was job 7");
		has_not(mail(&m, &none), "You reach the people");
		snprintf(settings.contact, sizeof(settings.contact), "https://help.example/?a=1&b=2");
		has(mail(&m, &none), "\r\nYou reach the people who run this server at https://help.example/?a=1&b=2.\r\n");
		has(mail(&m, &none), "at https://help.example/?a=1&amp;b=2.</p>");
		settings.contact[0] = '\0';
	}
}

static void
a_note_comes_line_by_line_and_is_answered_to_the_operators(void **state)
{
	struct outbox_message m = message(OUTBOX_NOTE_MAIL, JOB_RUNNING);
	static const struct message_issues none;
	const char *text;

	(void)state;
	snprintf(m.note, sizeof(m.note), "The export lacks <b>page 2</b>.\n\nPlease upload it again \303\251.");
	text = mail(&m, &none);
	has(text, "Subject: A note about Import 7 of My site\r\n");
	has(text, "\r\nThe export lacks <b>page 2</b>.\r\n\r\nPlease upload it again \303\251.\r\n");
	has(text, "<p>The export lacks &lt;b&gt;page 2&lt;/b&gt;.</p>");
	has(text, "https://comments.example/auth/my-account/manage-data/import/7");
	has_not(text, "Reply-To");
	snprintf(settings.contact, sizeof(settings.contact), "help@service.example");
	text = mail(&m, &none);
	has(text, "\r\nReply-To: <help@service.example>\r\n");
	has(text, "\r\nYou reach the people who run this server at help@service.example.\r\n");
	snprintf(settings.contact, sizeof(settings.contact), "https://service.example");
	has_not(mail(&m, &none), "Reply-To");
	settings.contact[0] = '\0';
}

static void
an_operator_learns_what_where_and_of_which_version(void **state)
{
	static const struct message_issues none;
	struct outbox_message m = message(OUTBOX_OPERATOR_MAIL, JOB_FAILED);
	const char *text = mail(&m, &none);

	(void)state;
	has(text, "Account: My site\r\n");
	has(text, "requested by anna@admin.example");
	has(text, "Provider: Disqus");
	has(text, "120,000 of 123,456 bytes, 1,000 comments");
	has(text, "Trasloco " VERSION_TEXT);
}

static void
an_admin_learns_what_was_taken_and_what_was_not(void **state)
{
	struct message_issues issues = { .count = { 0 } };
	struct outbox_message m = message(OUTBOX_ADMIN_MAIL, JOB_COMPLETED);
	const char *text;

	(void)state;
	issues.count[issue_by_name("duplicate_id")] = 10;
	issues.count[issue_by_name("body_cut")] = 1234;
	m.job.message[0] = '\0';
	text = mail(&m, &issues);
	has(text, "1,000 comments were read from export.xml");
	has(text, "New: 900\r\n");
	has(text, "Skipped: 10\r\n");
	has(text, issue_kinds[issue_by_name("duplicate_id")].title);
	has(text, issue_kinds[issue_by_name("body_cut")].title);
	has(text, ": 1,234");
}

static void
an_export_says_where_its_file_is_and_how_long(void **state)
{
	static const struct message_issues none;
	static const struct { enum job_state state; const char *subject; } mails[] = {
		{ JOB_COMPLETED, "Subject: Your export of My site is ready\r\n" },
		{ JOB_FAILED, "Subject: The export of My site has failed\r\n" },
		{ JOB_CANCELLED, "Subject: The export of My site was cancelled\r\n" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(mails); i++) {
		struct outbox_message m = message(OUTBOX_ADMIN_MAIL, mails[i].state);
		const char *text;

		m.job.kind = JOB_EXPORT;
		snprintf(m.job.format, sizeof(m.job.format), "jsonl");
		m.job.download_until = NOW_MS + INT64_C(10) * 24 * 3600 * 1000;
		text = mail(&m, &none);
		has(text, mails[i].subject);
		has(text, "https://comments.example/auth/my-account/manage-data/export/7\r\n");
		if (mails[i].state == JOB_COMPLETED) {
			has(text, "Comments in the file export.xml: 1,000 (JSON Lines");
			has(text, "deleted for good at 2026-01-12 03:04:05 UTC");
		}
	}
}

static void
a_move_or_a_copy_speaks_of_no_file(void **state)
{
	static const struct message_issues none;
	static const struct { enum job_kind kind; enum job_state state; const char *subject, *words; } mails[] = {
		{ JOB_MOVE, JOB_COMPLETED, "Subject: Move of old.example is complete\r\n", "have moved" },
		{ JOB_MOVE, JOB_FAILED, "Subject: Move of old.example has failed\r\n", "are as they were before" },
		{ JOB_MOVE, JOB_CANCELLED, "Subject: Move of old.example was cancelled\r\n", "are as they were before" },
		{ JOB_COPY, JOB_COMPLETED, "Subject: Copy of old.example is complete\r\n", "comments new" },
		{ JOB_COPY, JOB_FAILED, "Subject: Copy of old.example has failed\r\n", "are as they were before" },
	};
	const char *text;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(mails); i++) {
		struct outbox_message m = message(OUTBOX_ADMIN_MAIL, mails[i].state);

		m.job.kind = mails[i].kind;
		snprintf(m.job.file_name, sizeof(m.job.file_name), "old.example");
		if (mails[i].state == JOB_COMPLETED)
			m.job.message[0] = '\0';
		text = mail(&m, &none);
		has(text, mails[i].subject);
		has(text, mails[i].words);
		assert_null(strstr(text, "upload"));
	}
}

static void
a_mail_about_a_site_s_run_says_that_what_came_is_kept(void **state)
{
	static const struct message_issues none;
	static const struct { enum outbox_kind kind; enum job_state state; const char *says; } mails[] = {
		{ OUTBOX_ADMIN_MAIL, JOB_COMPLETED, "1,000 comments came from export.xml (WordPress (plugin))." },
		{ OUTBOX_ADMIN_MAIL, JOB_CANCELLED, "What had come from the site stays in the account My site" },
		{ OUTBOX_ADMIN_MAIL, JOB_FAILED, "What had come from the site stays in the account My site" },
		{ OUTBOX_OPERATOR_MAIL, JOB_FAILED, "What had come from it is kept" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(mails); i++) {
		struct outbox_message m = message(mails[i].kind, mails[i].state);
		const char *text;

		m.job.run = true;
		m.job.requested_by[0] = '\0';
		snprintf(m.job.format, sizeof(m.job.format), "wordpress-plugin");
		text = mail(&m, &none);
		has(text, mails[i].says);
		has_not(text, "changed nothing");
		has_not(text, "as they were before");
		has_not(text, "upload");
		has_not(text, "requested by ");
	}
}

static void
no_name_adds_a_header_or_markup(void **state)
{
	static const struct message_issues none;
	struct outbox_message m = message(OUTBOX_ADMIN_MAIL, JOB_FAILED);
	char *text, *body;

	(void)state;
	snprintf(m.job.file_name, sizeof(m.job.file_name), "a\r\nBcc: victim@x.example\r\n\r\n<script>alert(1)</script>\xe2\x80\xa8.xml");
	snprintf(m.account_name, sizeof(m.account_name), "x\n--trasloco-\nContent-Type: text/evil");
	snprintf(m.job.message, sizeof(m.job.message), "<img src=x onerror=y>\n.\nQUIT");
	text = mail(&m, &none);
	assert_non_null(body = strstr(text, "text/html"));
	body[-1] = '\0';
	has_not(text, "\nBcc:");
	has_not(text, "\nContent-Type: text/evil");
	has_not(text, "\n--trasloco-\n");
	has_not(text, "\n.");
	has_not(body, "<script>");
	has_not(body, "<img");
	has(body, "&lt;script&gt;");
}

static void
a_recipient_that_is_none_gets_nothing(void **state)
{
	static const char *const bad[] = { "", "a", "a@b\r\nDATA", "a@b>, <c@d", "a b@c" };
	static const struct message_issues none;
	struct outbox_message m = message(OUTBOX_ADMIN_MAIL, JOB_COMPLETED);
	struct err e;
	struct sb out;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		snprintf(m.recipient, sizeof(m.recipient), "%s", bad[i]);
		sb_init(&out, 65536);
		assert_int_equal(message_mail(templates, &settings, &m, &none, NOW_MS, &out, &e), -1);
		assert_int_equal(e.kind, ERR_INPUT);
		assert_int_equal(out.n, 0);
		sb_free(&out);
	}
}

static void
check_header(const char *text, const char *expected)
{
	struct sb out;

	sb_init(&out, 4096);
	mime_header(&out, "X", text);
	assert_string_equal(sb_text(&out), expected);
	sb_free(&out);
}

static void
headers_hold_ascii_or_encoded_words(void **state)
{
	(void)state;
	check_header("plain text, 1 < 2", "X: plain text, 1 < 2\r\n");
	check_header("caff\xc3\xa8 = 1", "X: =?UTF-8?Q?caff=C3=A8=20=3D=201?=\r\n");
	check_header("=?UTF-8?Q?x?=", "X: =?UTF-8?Q?=3D=3FUTF=2D8=3FQ=3Fx=3F=3D?=\r\n");
	check_header("\xc3\xa8""a\r\nb", "X: =?UTF-8?Q?=C3=A8a=20b?=\r\n");
	check_header("\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80",
	    "X: =?UTF-8?Q?=F0=9F=98=80=F0=9F=98=80=F0=9F=98=80=F0=9F=98=80?=\r\n =?UTF-8?Q?=F0=9F=98=80?=\r\n");
}

static void
quoted_printable_keeps_lines_short_and_blanks_alive(void **state)
{
	static const char text[] = "a=b \n\tx\t\n\xc3\xa8\n"
	    "0123456789012345678901234567890123456789012345678901234567890123456789012345678\nend";
	struct sb out;

	(void)state;
	sb_init(&out, 4096);
	mime_quoted_printable(&out, text, sizeof(text) - 1);
	assert_string_equal(sb_text(&out), "a=3Db=20\r\n\tx=09\r\n=C3=A8\r\n"
	    "012345678901234567890123456789012345678901234567890123456789012345678901234=\r\n5678\r\nend\r\n");
	sb_free(&out);
}

static void
a_webhook_gets_json_with_all_of_the_job(void **state)
{
	struct outbox_message m = message(OUTBOX_WEBHOOK, JOB_CANCELLED);
	struct json_object *root, *job, *v;
	struct err e;
	struct sb out;

	(void)state;
	snprintf(m.job.file_name, sizeof(m.job.file_name), "\"},\n\\ \xc3\xa8");
	m.job.started_at = CLOCK_UNKNOWN;
	sb_init(&out, 65536);
	assert_int_equal(message_json(&settings, &m, &out, &e), 0);
	assert_non_null(root = json_tokener_parse(sb_text(&out)));
	assert_int_equal(json_object_get_int(json_object_object_get(root, "version")), 1);
	assert_string_equal(json_object_get_string(json_object_object_get(root, "event")), "job.cancelled");
	assert_string_equal(json_object_get_string(json_object_object_get(root, "id")), "ab010000000000000000000000000000");
	assert_non_null(job = json_object_object_get(root, "job"));
	assert_string_equal(json_object_get_string(json_object_object_get(job, "file_name")), m.job.file_name);
	assert_string_equal(json_object_get_string(json_object_object_get(job, "finished_at")), "2026-01-02T03:04:04.678Z");
	assert_true(json_object_object_get_ex(job, "started_at", &v) && v == NULL);
	v = json_object_object_get(job, "counts");
	assert_int_equal(json_object_get_int64(json_object_object_get(v, "created")), 900);
	json_object_put(root);
	sb_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_mail_has_its_headers_and_both_parts),
		cmocka_unit_test(a_note_comes_line_by_line_and_is_answered_to_the_operators),
		cmocka_unit_test(an_operators_answer_goes_to_the_admin_who_asked),
		cmocka_unit_test(who_is_told_to_turn_to_the_operators_is_told_where),
		cmocka_unit_test(an_operator_learns_what_where_and_of_which_version),
		cmocka_unit_test(an_admin_learns_what_was_taken_and_what_was_not),
		cmocka_unit_test(an_export_says_where_its_file_is_and_how_long),
		cmocka_unit_test(a_move_or_a_copy_speaks_of_no_file),
		cmocka_unit_test(a_mail_about_a_site_s_run_says_that_what_came_is_kept),
		cmocka_unit_test(no_name_adds_a_header_or_markup),
		cmocka_unit_test(a_recipient_that_is_none_gets_nothing),
		cmocka_unit_test(headers_hold_ascii_or_encoded_words),
		cmocka_unit_test(quoted_printable_keeps_lines_short_and_blanks_alive),
		cmocka_unit_test(a_webhook_gets_json_with_all_of_the_job),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
