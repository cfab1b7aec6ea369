#include "store/sql.h"

#include "util/base.h"

#include "store/comment.h"
#include "store/copy.h"
#include "store/outbox.h"
#include "store/site_comment.h"

#define WEB	(1u << DB_ROLE_WEB)
#define JOBS	(1u << DB_ROLE_JOBS)
#define MIGRATE	(1u << DB_ROLE_MIGRATE)

#define ROW(id, roles, text)	[id] = { #id, roles, text }

/* A DATETIME as milliseconds since 1970; NULL stays NULL. */
#define MS(column)	"TIMESTAMPDIFF(MICROSECOND, '1970-01-01', " column ") DIV 1000"

#define ADMIN_COLUMNS	"a.user_id, a.account_id, o.name, a.email"

/* In the order that store/job.c reads. */
#define JOB_COLUMNS	"j.job_id, j.account_id, j.kind, j.state, j.source, j.format, j.file_name, j.file_size, " \
	"j.requested_by, " MS("j.requested_at") ", " MS("j.started_at") ", " MS("j.finished_at") ", " \
	"j.bytes_read, j.comments_read, j.created, j.updated, j.unchanged, j.skipped, j.message, j.undoing, " \
	"j.comments_total, j.integration_id, j.run_until IS NOT NULL, " MS("j.heard_at") ", " MS("j.download_until") \
	", j.download_until > UTC_TIMESTAMP(3)"

/* In the order that store/integration.c reads. */
#define INTEGRATION_COLUMNS	"n.integration_id, n.account_id, n.state, n.source, n.source_site, n.domain, n.domain_said, " \
	"n.asked_from, n.skip_initial, n.all_comments, n.wants_comments, n.cancelled, n.job_id, n.events_from, n.received, " \
	"n.left_out, n.approved_by, " MS("n.asked_at") ", " MS("n.approved_at") ", " MS("n.revoked_at") ", " MS("n.heard_at") ", " \
	"n.told"
#define ACCOUNT_IS_THERE	"(n.account_id IS NULL OR EXISTS (SELECT 1 FROM account AS o WHERE o.account_id = n.account_id))"

/* In the order that store/token.c reads. */
#define TOKEN_COLUMNS	"t.token_id, t.account_id, o.name, t.name, t.scopes, t.created_by, " MS("t.created_at") ", " \
	MS("t.last_used_at") ", " MS("t.revoked_at")

/* What every failed job looks like: it changed nothing, and how far it came stays. */
#define FAILED		"state = 'failed', finished_at = UTC_TIMESTAMP(3), lease_until = NULL, message = ?, " \
	"created = 0, updated = 0, unchanged = 0, skipped = 0"

/* A row of information_schema that is about the user who is connected: 'name'@'host'. */
#define MINE	"grantee = CONCAT('''', LEFT(CURRENT_USER(), CHAR_LENGTH(CURRENT_USER()) - " \
	"CHAR_LENGTH(SUBSTRING_INDEX(CURRENT_USER(), '@', -1)) - 1), '''@''', " \
	"SUBSTRING_INDEX(CURRENT_USER(), '@', -1), '''')"

/* The value of a field that a record may leave unsaid: said?, value. */
#define IF_SAID(column)	column " = IF(?, ?, " column ")"

/* In the order that store/export_read.c reads. */
#define EXPORT_COLUMNS	"c.source_site, c.external_id, c.parent_external_id, c.author_name, c.author_email, c.author_url, " \
	"c.author_avatar, c.author_external_id, c.author_ip, c.body_html, c.source, c.extra, " MS("c.created_at") ", " \
	"c.is_approved, c.is_spam, c.is_deleted, c.votes_up, c.votes_down"

/* The comments that an export is to have: from, from, to, to, spam?, deleted?, pending? */
#define EXPORT_WANTED	"(? IS NULL OR c.created_at >= ?) AND (? IS NULL OR c.created_at < ?) AND (? OR c.is_spam = 0) " \
	"AND (? OR c.is_deleted = 0) AND (? OR c.is_approved = 1 OR c.is_spam = 1 OR c.is_deleted = 1)"

/* The host of a page's address. */
#define HOST		"SUBSTRING_INDEX(SUBSTRING_INDEX(p.address, '/', 1), '?', 1)"
/* One more field that a row lacks, as a bit of a sum; the value of one that is filled in. */
#define LACKS(column, bit)	"IF(c." column " IS NULL, " #bit ", 0)"
#define IF_LACKING(column)	column " = COALESCE(" column ", ?)"
/* '0' where both pages are of one source, else '1': in front of a key, for the least of both. */
#define NOT_OWN(a, b)	"IF(" a ".source = " b ".source AND " a ".source_site = " b ".source_site, '0', '1')"

/*
 * Every account's plan is in one table: whoever reads more of it than his own job waits for the moves of others, and they for
 * him.  So each statement says the index.
 */
#define PLAN(alias)	"move_page AS " alias " FORCE INDEX (PRIMARY)"

/* The planned pages that come to where a page is that stays there: by this column, whose index has this name. */
#define MEET(index, column, by_id) \
	"UPDATE (SELECT a.job_id AS job_id, a.n AS n, " \
	"SUBSTRING(MIN(CONCAT(" NOT_OWN("a", "p") ", p.page_key)), 2) AS target FROM " PLAN("a") " " \
	"STRAIGHT_JOIN page AS p FORCE INDEX (" index ") ON p.account_id = ? AND p." column " = a." column " " \
	"LEFT JOIN move_page AS b FORCE INDEX (move_page_key) ON b.job_id = a.job_id AND b.page_key = p.page_key " \
	"WHERE a.job_id = ? AND a.by_id = " by_id " AND a.old_place <> a.new_place AND p.merged_into IS NULL AND b.n IS NULL " \
	"GROUP BY a.job_id, a.n) AS s STRAIGHT_JOIN " PLAN("m") " ON m.job_id = s.job_id AND m.n = s.n SET m.target = s.target"

/* Strict, and only modes that both servers have. */
#define MODE	"STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ZERO_DATE,NO_ZERO_IN_DATE,NO_ENGINE_SUBSTITUTION," \
	"ONLY_FULL_GROUP_BY"

#define Q4	"?,?,?,?"
#define Q16	Q4 "," Q4 "," Q4 "," Q4
#define Q64	Q16 "," Q16 "," Q16 "," Q16
#define Q256	Q64 "," Q64 "," Q64 "," Q64
#define ROWS4	"(?,?,?),(?,?,?),(?,?,?),(?,?,?)"
#define ROWS16	ROWS4 "," ROWS4 "," ROWS4 "," ROWS4
_Static_assert(COMMENT_LOOKUP == 256, "SQL_COMMENT_LOOKUP has one placeholder per id");
_Static_assert(ISSUE_EXAMPLES_MAX == 20, "SQL_ISSUE_ADD keeps so many");
_Static_assert(COPY_READ == 16, "SQL_COPY_READ has one placeholder per row");
_Static_assert(OUTBOX_BUSY == 16, "SQL_OUTBOX_NEXT has one placeholder per account");

/*
 * What a connected site g may be told of (store/site_comment.h): comment c on page p, its parent q on page r.
 */
/* All digits, and no other number when read as one. */
#define SITE_NUMBER(text)	"(" text " NOT REGEXP '[^0-9]' AND CHAR_LENGTH(" text ") BETWEEN 1 AND 18 AND " text " NOT LIKE '0%')"
/* Of an address as util/weburl makes it. */
#define SITE_HOST(address)	"SUBSTRING_INDEX(SUBSTRING_INDEX(" address ", '/', 1), '?', 1)"
#define SITE_SCOPE(p)	"(g.all_comments = 1 OR " SITE_HOST(p ".address") " = " SITE_HOST("g.source_site") ")"
#define SITE_OWN(c)	"(" c ".source = g.source AND " c ".source_site = g.source_site)"
/* "NNN https://SITE/?p=NNN", of which a move leaves source_page_id and changes page_id. */
#define DISQUS_NUMBER(p)	"SUBSTRING_INDEX(" p ".source_page_id, ' ', 1)"
#define DISQUS_SCHEME(p)	"SUBSTRING_INDEX(" p ".source_page_id, '://', 1)"
#define DISQUS_REST(p)	"SUBSTRING(" p ".source_page_id, CHAR_LENGTH(" DISQUS_SCHEME(p) ") + 4)"
#define DISQUS_POST(p)	"IF(" p ".source = 'disqus' AND " p ".page_id = " p ".source_page_id AND " SITE_NUMBER(DISQUS_NUMBER(p)) \
	" AND " DISQUS_SCHEME(p) " IN (CONCAT(" DISQUS_NUMBER(p) ", ' http'), CONCAT(" DISQUS_NUMBER(p) ", ' https')) " \
	"AND " DISQUS_REST(p) " IN (CONCAT(g.source_site, '/?p=', " DISQUS_NUMBER(p) "), " \
	"CONCAT('www.', g.source_site, '/?p=', " DISQUS_NUMBER(p) ")), " DISQUS_NUMBER(p) ", NULL)"
/* The site's number of the page; NULL: unknown, or more than one. */
#define SITE_POST(p)	"COALESCE((SELECT IF(MIN(i.post_id) = MAX(i.post_id), MIN(i.post_id), NULL) FROM integration_page AS i " \
	"WHERE i.integration_id = g.integration_id AND i.address = " p ".address AND i.address <> '' AND " \
	SITE_NUMBER("i.post_id") "), " DISQUS_POST(p) ")"
_Static_assert(SITE_BODY_MAX == 65535, "SITE_MAY_KNOW has the number");
#define SITE_MAY_KNOW(c, p)	"(NOT " SITE_OWN(c) " AND " SITE_SCOPE(p) " AND " SITE_POST(p) " IS NOT NULL AND " \
	"LENGTH(" c ".body_html) <= 65535)"
#define SITE_ALIAS(c)	"(SELECT MAX(a.external_id) FROM comment_alias AS a WHERE a.integration_id = g.integration_id " \
	"AND a.account_id = g.account_id AND a.comment_id = " c ".comment_id)"
#define SITE_PARENT_LISTED	"(q.is_deleted = 0 AND " SITE_MAY_KNOW("q", "r") ")"
/* Changed behind a cursor.  A stretch without news is passed over: a blog's own thousands would be looked at each time. */
#define SITE_CHANGED_AFTER	"c.changed > ? AND (c.changed <= g.quiet_from OR c.changed > g.quiet_until)"
/* In the order that store/site_comment.c reads. */
#define SITE_COLUMNS	"c.comment_id, IF(" SITE_OWN("q") " OR " SITE_ALIAS("q") " IS NOT NULL OR " SITE_PARENT_LISTED ", " \
	"c.parent_id, NULL), c.changed, c.added, c.author_name, c.author_email, c.author_avatar, c.body_html, " MS("c.created_at") ", " \
	"c.is_approved, c.is_spam, c.is_deleted, c.votes_up, c.votes_down, " SITE_POST("p") ", p.page_url, p.page_title, " \
	SITE_ALIAS("c")
#define SITE_PAGE	"STRAIGHT_JOIN page AS p ON p.account_id = c.account_id AND p.page_key = c.page_key "
#define SITE_PARENT	"LEFT JOIN comment AS q FORCE INDEX (comment_identity) " \
	"ON q.account_id = c.account_id AND q.comment_id = c.parent_id " \
	"LEFT JOIN page AS r ON r.account_id = q.account_id AND r.page_key = q.page_key "

/*
 * Plans of the import are forced.  Inside a loading transaction the
 * statistics still tell of the table before it, often an empty one, and a
 * plan made for that reads the whole account once per row.
 */
const struct sql_statement sql_statements[SQL__MAX] = {
	ROW(SQL_SCHEMA_VERSION, WEB | JOBS | MIGRATE,
	    "SELECT MAX(version) FROM schema_version"),
	ROW(SQL_MIGRATE_LOCK, MIGRATE, "SELECT GET_LOCK('trasloco_migrate', 30)"),
	ROW(SQL_MIGRATE_UNLOCK, MIGRATE, "SELECT RELEASE_LOCK('trasloco_migrate')"),
	ROW(SQL_MIGRATE_ADD, MIGRATE,
	    "INSERT INTO schema_version (version, name, applied_at) VALUES (?, ?, UTC_TIMESTAMP(3))"),
	ROW(SQL_LOAD_CONTEXT, JOBS, "SET @account_id = ?, @job_id = ?, SESSION innodb_lock_wait_timeout = ?"),

	/* --- accounts and admins --- */
	ROW(SQL_ACCOUNT_ADD, MIGRATE, "INSERT INTO account (name, created_at) VALUES (?, UTC_TIMESTAMP(3))"),
	ROW(SQL_ACCOUNT_BY_NAME, JOBS | MIGRATE, "SELECT account_id FROM account WHERE name = ?"),
	ROW(SQL_ACCOUNT_BY_ID, JOBS | MIGRATE, "SELECT account_id FROM account WHERE account_id = ?"),
	ROW(SQL_ACCOUNT_EACH, MIGRATE,
	    "SELECT o.account_id, o.name, (SELECT COUNT(*) FROM admin AS a WHERE a.account_id = o.account_id) "
	    "FROM account AS o ORDER BY o.account_id"),
	ROW(SQL_ADMIN_ADD, MIGRATE,
	    "INSERT INTO admin (account_id, email, password_hash, created_at) "
	    "SELECT account_id, ?, ?, UTC_TIMESTAMP(3) FROM account WHERE account_id = ?"),
	ROW(SQL_ADMIN_BY_EMAIL, WEB | MIGRATE,
	    "SELECT " ADMIN_COLUMNS ", a.password_hash FROM admin AS a "
	    "JOIN account AS o ON o.account_id = a.account_id WHERE a.email_key = LOWER(?)"),
	ROW(SQL_ADMIN_EACH, MIGRATE,
	    "SELECT " ADMIN_COLUMNS " FROM admin AS a JOIN account AS o ON o.account_id = a.account_id "
	    "WHERE ? IN (0, a.account_id) ORDER BY a.account_id, a.email_key"),
	ROW(SQL_ADMIN_LOCK, MIGRATE, "SELECT user_id FROM admin WHERE email_key = LOWER(?) FOR UPDATE"),
	ROW(SQL_ADMIN_SET_PASSWORD, MIGRATE, "UPDATE admin SET password_hash = ? WHERE user_id = ?"),
	ROW(SQL_ADMIN_REMOVE, MIGRATE,
	    "DELETE a, c FROM admin AS a LEFT JOIN admin_choice AS c ON c.user_id = a.user_id WHERE a.user_id = ?"),

	/* --- sessions --- */
	ROW(SQL_SESSION_ADD, WEB,
	    "INSERT INTO session (token_hash, user_id, created_at, expires_at) "
	    "SELECT ?, user_id, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) + INTERVAL ? SECOND FROM admin WHERE user_id = ?"),
	ROW(SQL_SESSION_ADMIN, WEB,
	    "SELECT " ADMIN_COLUMNS " FROM session AS s JOIN admin AS a ON a.user_id = s.user_id "
	    "JOIN account AS o ON o.account_id = a.account_id "
	    "WHERE s.token_hash = ? AND s.expires_at > UTC_TIMESTAMP(3)"),
	ROW(SQL_SESSION_REMOVE, WEB, "DELETE FROM session WHERE token_hash = ?"),
	ROW(SQL_SESSION_REMOVE_OVER, WEB, "DELETE FROM session WHERE expires_at <= UTC_TIMESTAMP(3)"),
	ROW(SQL_SESSION_REMOVE_ALL, MIGRATE, "DELETE FROM session WHERE user_id = ?"),

	/* --- jobs --- */
	ROW(SQL_JOB_ADD, WEB | MIGRATE,
	    "INSERT INTO job (account_id, user_id, kind, source, format, options, state, file_name, file_size, "
	    "requested_by, requested_at, node, spool_name, file_hash, notify_admin) "
	    "VALUES (?, ?, ?, ?, ?, ?, 'requested', ?, ?, ?, UTC_TIMESTAMP(3), ?, ?, ?, "
	    "COALESCE((SELECT a.notify FROM admin_choice AS a WHERE a.user_id = ?), 1))"),
	ROW(SQL_SPOOL_ADD, WEB | JOBS, "INSERT INTO spool_file (job_id, node, name, sealed_key) VALUES (?, ?, ?, ?)"),
	ROW(SQL_JOB_EACH, WEB,
	    "SELECT " JOB_COLUMNS " FROM job AS j WHERE j.account_id = ? AND j.kind = ? AND j.job_id < ? "
	    "ORDER BY j.job_id DESC LIMIT ?"),
	ROW(SQL_JOB_GET, WEB | JOBS | MIGRATE,
	    "SELECT " JOB_COLUMNS " FROM job AS j WHERE j.job_id = ? AND ? IN (0, j.account_id)"),
	ROW(SQL_JOB_OPTIONS, WEB, "SELECT options FROM job WHERE job_id = ? AND account_id = ?"),
	ROW(SQL_JOB_FILE, WEB,
	    "SELECT j.file_hash, (SELECT " MS("MAX(k.at)") " FROM audit AS k WHERE k.job_id = j.job_id "
	    "AND k.action = 'key_destroyed'), (SELECT " MS("MAX(f.at)") " FROM audit AS f WHERE f.job_id = j.job_id "
	    "AND f.action = 'file_destroyed') FROM job AS j WHERE j.job_id = ? AND j.account_id = ?"),
	ROW(SQL_JOB_WRITER, WEB, "SELECT job_id, undoing, kind FROM job WHERE writing_account = ? AND in_batch = 0"),
	/* The account that was served longest ago comes first: one with many jobs keeps nobody waiting. */
	ROW(SQL_JOB_NEXT, JOBS,
	    "SELECT j.job_id FROM job AS j WHERE j.state = 'requested' AND j.node = ? AND (j.kind = 'export' OR "
	    "NOT EXISTS (SELECT 1 FROM job AS r WHERE r.writing_account = j.account_id)) "
	    "ORDER BY (SELECT s.started_at FROM job AS s WHERE s.account_id = j.account_id ORDER BY s.started_at DESC LIMIT 1), "
	    "j.job_id "
	    "LIMIT 1 FOR UPDATE SKIP LOCKED"),
	ROW(SQL_JOB_START, JOBS,
	    "UPDATE job SET state = 'running', worker = ?, started_at = UTC_TIMESTAMP(3), "
	    "lease_until = UTC_TIMESTAMP(3) + INTERVAL ? SECOND WHERE job_id = ?"),
	ROW(SQL_JOB_STARTED, JOBS,
	    "SELECT " JOB_COLUMNS ", j.options, s.name, s.sealed_key "
	    "FROM job AS j LEFT JOIN spool_file AS s ON s.job_id = j.job_id WHERE j.job_id = ?"),
	ROW(SQL_JOB_PROGRESS, JOBS,
	    "UPDATE job SET bytes_read = ?, comments_read = ?, created = ?, updated = ?, unchanged = ?, skipped = ?, "
	    "lease_until = UTC_TIMESTAMP(3) + INTERVAL ? SECOND WHERE job_id = ? AND state = 'running' AND worker = ?"),
	ROW(SQL_JOB_TOTAL, JOBS, "UPDATE job SET comments_total = ? WHERE job_id = ? AND state = 'running' AND worker = ?"),
	ROW(SQL_JOB_MINE, JOBS, "SELECT 1 FROM job WHERE job_id = ? AND state = 'running' AND worker = ?"),
	ROW(SQL_JOB_COMPLETE, JOBS,
	    "UPDATE job SET state = 'completed', finished_at = UTC_TIMESTAMP(3), lease_until = NULL, message = ?, "
	    "bytes_read = ?, comments_read = ?, created = ?, updated = ?, unchanged = ?, skipped = ? "
	    "WHERE job_id = ? AND state = 'running' AND worker = ?"),
	ROW(SQL_JOB_FAIL, JOBS,
	    "UPDATE job SET " FAILED ", bytes_read = ?, comments_read = ? "
	    "WHERE job_id = ? AND state = 'running' AND worker = ?"),
	ROW(SQL_SPOOL_REMOVE, WEB | JOBS | MIGRATE, "DELETE FROM spool_file WHERE job_id = ?"),
	/* undoing comes first: it asks for the state that was. */
	ROW(SQL_JOB_CANCEL, WEB | MIGRATE,
	    "UPDATE job SET undoing = (state = 'running' AND kind <> 'export'), state = 'cancelled', "
	    "finished_at = UTC_TIMESTAMP(3), message = ?, created = 0, updated = 0, unchanged = 0, skipped = 0 "
	    "WHERE job_id = ? AND account_id = ? AND state IN ('requested', 'running') "
	    "AND run_until IS NULL"),
	ROW(SQL_JOB_UNDOING, JOBS,
	    "UPDATE job SET lease_until = UTC_TIMESTAMP(3) + INTERVAL ? SECOND WHERE job_id = ? AND worker = ? AND undoing = 1"),
	ROW(SQL_JOB_UNDONE, JOBS,
	    "UPDATE job SET undoing = 0, lease_until = NULL WHERE job_id = ? AND worker = ? AND undoing = 1"),
	/* writing_account: the one key that finds the few rows; all that are undoing have it. */
	ROW(SQL_JOB_NEXT_UNDONE, JOBS,
	    "SELECT job_id FROM job WHERE writing_account IS NOT NULL AND undoing = 1 "
	    "AND (? OR lease_until < UTC_TIMESTAMP(3)) AND node = COALESCE(?, node) AND worker = COALESCE(?, worker) "
	    "LIMIT 1 FOR UPDATE SKIP LOCKED"),
	ROW(SQL_JOB_UNDONE_DEAD, JOBS, "UPDATE job SET undoing = 0, lease_until = NULL WHERE job_id = ? AND undoing = 1"),
	/* SKIP LOCKED: a row that is locked has a worker that lives, or is being taken back by the server.  A site's run has
	 * neither worker nor lease. */
	ROW(SQL_JOB_NEXT_DEAD, JOBS,
	    "SELECT job_id FROM job WHERE state = 'running' AND run_until IS NULL AND (? OR lease_until < UTC_TIMESTAMP(3)) "
	    "AND node = COALESCE(?, node) AND worker = COALESCE(?, worker) ORDER BY job_id LIMIT 1 FOR UPDATE SKIP LOCKED"),
	ROW(SQL_JOB_FAIL_DEAD, JOBS, "UPDATE job SET " FAILED " WHERE job_id = ? AND state = 'running'"),
	ROW(SQL_JOB_NEXT_REQUESTED, JOBS,
	    "SELECT job_id, spool_name FROM job WHERE state = 'requested' AND spool_name > '' AND node = ? AND job_id > ? "
	    "ORDER BY job_id LIMIT 1"),
	ROW(SQL_JOB_FAIL_LOST, JOBS, "UPDATE job SET " FAILED ", spool_name = '' WHERE job_id = ? AND state = 'requested'"),
	ROW(SQL_JOB_NEXT_FILE, JOBS,
	    "SELECT j.job_id, j.spool_name FROM job AS j FORCE INDEX (job_file) WHERE j.node = ? AND j.spool_name > '' "
	    "AND j.state IN ('completed', 'failed', 'cancelled') AND j.job_id > ? "
	    "AND NOT EXISTS (SELECT 1 FROM spool_file AS s WHERE s.job_id = j.job_id) ORDER BY j.job_id LIMIT 1"),
	ROW(SQL_JOB_FILE_GONE, JOBS, "UPDATE job SET spool_name = '' WHERE job_id = ? AND spool_name > ''"),
	ROW(SQL_SPOOL_OWNED, JOBS,
	    "SELECT 1 FROM spool_file AS s JOIN job AS j ON j.job_id = s.job_id "
	    "WHERE s.node = ? AND s.name = ? AND (j.state IN ('requested', 'running') OR j.download_until IS NOT NULL) UNION ALL "
	    "SELECT 1 FROM batch WHERE node = ? AND spool_name = ? AND state = 'waiting'"),

	/* --- the outbox --- */
	ROW(SQL_OUTBOX_ADD_ADMIN, WEB | JOBS | MIGRATE,
	    "INSERT INTO outbox (account_id, job_id, kind, recipient, idempotency_id, created_at, due_at) "
	    "SELECT account_id, job_id, 'admin_mail', requested_by, ?, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) FROM job "
	    "WHERE job_id = ? AND notify_admin = 1 AND requested_by <> '' AND user_id IS NOT NULL AND format <> 'preview'"),
	ROW(SQL_OUTBOX_ADD_WEBHOOK, WEB | JOBS | MIGRATE,
	    "INSERT INTO outbox (account_id, job_id, kind, idempotency_id, created_at, due_at) "
	    "SELECT j.account_id, j.job_id, 'webhook', ?, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) FROM job AS j "
	    "JOIN webhook AS w ON w.account_id = j.account_id WHERE j.job_id = ? AND j.format <> 'preview'"),
	/* Once, however often the address stands in the list. */
	ROW(SQL_OUTBOX_ADD_OPERATOR, JOBS,
	    "INSERT INTO outbox (account_id, job_id, kind, recipient, idempotency_id, created_at, due_at) "
	    "SELECT account_id, job_id, 'operator_mail', ?, ?, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) FROM job AS j "
	    "WHERE j.job_id = ? AND j.state = 'failed' AND NOT EXISTS (SELECT 1 FROM outbox AS b "
	    "WHERE b.job_id = j.job_id AND b.kind = 'operator_mail' AND b.recipient = ?)"),
	ROW(SQL_OUTBOX_NEXT, JOBS,
	    "SELECT message_id FROM outbox WHERE state = 'waiting' AND due_at <= UTC_TIMESTAMP(3) AND (kind = 'webhook') = ? "
	    "AND account_id NOT IN (" Q16 ") ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED"),
	ROW(SQL_OUTBOX_TAKE, JOBS,
	    "UPDATE outbox SET attempts = attempts + 1, due_at = UTC_TIMESTAMP(3) + INTERVAL ? SECOND WHERE message_id = ?"),
	ROW(SQL_OUTBOX_TAKEN, JOBS,
	    "SELECT " JOB_COLUMNS ", b.message_id, b.kind, b.recipient, b.idempotency_id, b.attempts, o.name, w.url, w.sealed_secret "
	    "FROM outbox AS b JOIN job AS j ON j.job_id = b.job_id LEFT JOIN account AS o ON o.account_id = b.account_id "
	    "LEFT JOIN webhook AS w ON w.account_id = b.account_id WHERE b.message_id = ?"),
	/* attempts: only while nobody else has taken it since. */
	ROW(SQL_OUTBOX_DONE, JOBS,
	    "UPDATE outbox SET state = ?, due_at = UTC_TIMESTAMP(3) + INTERVAL ? SECOND, "
	    "finished_at = IF(state = 'waiting', NULL, UTC_TIMESTAMP(3)) WHERE message_id = ? AND attempts = ?"),
	ROW(SQL_OUTBOX_ATTEMPT, JOBS,
	    "INSERT INTO outbox_attempt (message_id, attempt, at, delivered, status, said) "
	    "VALUES (?, ?, UTC_TIMESTAMP(3), ?, ?, ?)"),
	/* The last attempt of which something is known: one may be under way. */
	ROW(SQL_OUTBOX_EACH, WEB,
	    "SELECT b.job_id, b.state, b.attempts, " MS("b.created_at") ", " MS("b.due_at") ", " MS("t.at") ", t.status, t.said "
	    "FROM outbox AS b LEFT JOIN outbox_attempt AS t ON t.message_id = b.message_id AND t.attempt = "
	    "(SELECT MAX(m.attempt) FROM outbox_attempt AS m WHERE m.message_id = b.message_id) "
	    "WHERE b.account_id = ? AND b.kind = ? ORDER BY b.message_id DESC LIMIT ?"),
	ROW(SQL_WEBHOOK_GET, WEB, "SELECT url, " MS("created_at") " FROM webhook WHERE account_id = ?"),
	ROW(SQL_WEBHOOK_SET, WEB,
	    "INSERT INTO webhook (account_id, url, sealed_secret, created_at) VALUES (?, ?, ?, UTC_TIMESTAMP(3)) "
	    "ON DUPLICATE KEY UPDATE url = VALUES(url), sealed_secret = VALUES(sealed_secret), created_at = VALUES(created_at)"),
	ROW(SQL_WEBHOOK_REMOVE, WEB, "DELETE FROM webhook WHERE account_id = ?"),
	ROW(SQL_ADMIN_NOTIFY_GET, WEB,
	    "SELECT COALESCE(c.notify, 1) FROM admin AS a LEFT JOIN admin_choice AS c ON c.user_id = a.user_id "
	    "WHERE a.user_id = ?"),
	ROW(SQL_ADMIN_NOTIFY_SET, WEB,
	    "INSERT INTO admin_choice (notify, user_id) SELECT ?, user_id FROM admin WHERE user_id = ? "
	    "ON DUPLICATE KEY UPDATE notify = VALUES(notify)"),

	/* --- the audit log --- */
	ROW(SQL_AUDIT_ADD, WEB | JOBS | MIGRATE,
	    "INSERT INTO audit (account_id, at, actor, action, job_id, detail) VALUES (?, UTC_TIMESTAMP(3), ?, ?, ?, ?)"),
	ROW(SQL_AUDIT_ADD_JOB, WEB | JOBS | MIGRATE,
	    "INSERT INTO audit (account_id, at, actor, action, job_id, detail) "
	    "SELECT account_id, UTC_TIMESTAMP(3), '', ?, job_id, ? FROM job WHERE job_id = ?"),
	ROW(SQL_AUDIT_ADD_SESSION, WEB,
	    "INSERT INTO audit (account_id, at, actor, action, detail) SELECT a.account_id, UTC_TIMESTAMP(3), a.email, ?, '' "
	    "FROM session AS s JOIN admin AS a ON a.user_id = s.user_id WHERE s.token_hash = ?"),
	ROW(SQL_AUDIT_EACH, WEB | MIGRATE,
	    "SELECT audit_id, account_id, " MS("at") ", actor, action, job_id, detail FROM audit "
	    "WHERE ? IN (0, account_id) AND audit_id < ? ORDER BY audit_id DESC LIMIT ?"),

	/* --- for those who run the service --- */
	/* Only an import that is over has created and updated for good: what these two sum up never falls.  One that failed
	 * or was cancelled has no such numbers unless it was a site's run, which keeps what came. */
	ROW(SQL_STATUS_JOBS, WEB | MIGRATE,
	    "SELECT state, COUNT(*), CAST(SUM(IF(state IN ('completed', 'failed', 'cancelled') AND kind = 'import', created, 0)) "
	    "AS SIGNED), "
	    "CAST(SUM(IF(state IN ('completed', 'failed', 'cancelled') AND kind = 'import', updated, 0)) AS SIGNED) "
	    "FROM job FORCE INDEX (job_totals) GROUP BY state"),
	ROW(SQL_STATUS_URGENT, WEB | MIGRATE,
	    "SELECT (SELECT TIMESTAMPDIFF(SECOND, MIN(requested_at), UTC_TIMESTAMP(3)) FROM job WHERE state = 'requested'), "
	    "(SELECT COUNT(*) FROM job WHERE state = 'running' AND lease_until < UTC_TIMESTAMP(3))"),
	ROW(SQL_STATUS_OUTBOX, WEB | MIGRATE,
	    "SELECT state, kind, COUNT(*), TIMESTAMPDIFF(SECOND, MIN(created_at), UTC_TIMESTAMP(3)) FROM outbox "
	    "WHERE state IN ('waiting', 'given_up') GROUP BY state, kind"),
	ROW(SQL_STATUS_JOB_EACH, MIGRATE,
	    "SELECT " JOB_COLUMNS ", o.name, j.node, j.worker, " MS("j.lease_until") ", j.options "
	    "FROM job AS j LEFT JOIN account AS o ON o.account_id = j.account_id WHERE j.job_id BETWEEN ? AND ? "
	    "AND ? IN (0, j.account_id) AND ? IN ('', j.state) ORDER BY j.job_id DESC LIMIT ?"),
	ROW(SQL_STATUS_NODES, MIGRATE,
	    "SELECT node, COUNT(*), TIMESTAMPDIFF(SECOND, MIN(IF(state = 'requested', requested_at, NULL)), UTC_TIMESTAMP(3)) "
	    "FROM job WHERE state IN ('requested', 'running') GROUP BY node"),
	ROW(SQL_STATUS_SERVER, MIGRATE,
	    "SELECT @@GLOBAL.local_infile, @@GLOBAL.innodb_buffer_pool_size, @@GLOBAL.max_allowed_packet, "
	    MS("UTC_TIMESTAMP(3)") ", (SELECT CAST(COALESCE(SUM(index_length), 0) AS SIGNED) FROM information_schema.tables "
	    "WHERE table_schema = DATABASE())"),
	ROW(SQL_STATUS_RIGHTS, MIGRATE,
	    "SELECT IF(table_schema = DATABASE(), table_name, 'other'), privilege_type, is_grantable, grantee "
	    "FROM information_schema.table_privileges WHERE " MINE " UNION ALL "
	    "SELECT IF(table_schema = DATABASE(), '', 'other'), privilege_type, is_grantable, grantee "
	    "FROM information_schema.schema_privileges WHERE " MINE " UNION ALL "
	    "SELECT '*', privilege_type, is_grantable, grantee FROM information_schema.user_privileges "
	    "WHERE privilege_type <> 'USAGE' AND " MINE),

	/* --- reports --- */
	/* A site's run adds to its report with each batch; examples that would be too many with those there are left out. */
	ROW(SQL_ISSUE_ADD, JOBS,
	    "INSERT INTO job_issue (job_id, reason, count, examples) VALUES (?, ?, ?, ?) "
	    "ON DUPLICATE KEY UPDATE count = count + VALUES(count), "
	    "examples = IF(JSON_LENGTH(examples) + JSON_LENGTH(VALUES(examples)) > 20, examples, "
	    "CONCAT(LEFT(examples, CHAR_LENGTH(examples) - 1), IF('[]' IN (examples, VALUES(examples)), '', ','), "
	    "SUBSTRING(VALUES(examples), 2)))"),
	ROW(SQL_ISSUE_CLEAR, JOBS, "UPDATE job_issue SET count = 0, examples = '[]' WHERE job_id = ? AND reason = ?"),
	ROW(SQL_ISSUE_EACH, WEB | JOBS | MIGRATE,
	    "SELECT reason, count, examples FROM job_issue WHERE job_id = ? AND count > 0 ORDER BY reason"),
	ROW(SQL_JOB_PAGE_FILL, JOBS,
	    "INSERT INTO job_page (job_id, page_key, comments) SELECT ?, page_key, COUNT(*) "
	    "FROM comment FORCE INDEX (PRIMARY) WHERE account_id = ? AND seq >= ? GROUP BY page_key "
	    "ON DUPLICATE KEY UPDATE comments = comments + VALUES(comments)"),
	ROW(SQL_JOB_PAGE_EACH, WEB,
	    "SELECT p.page_id, p.page_url, p.page_title, r.comments FROM job_page AS r "
	    "JOIN page AS p ON p.account_id = ? AND p.page_key = r.page_key "
	    "WHERE r.job_id = ? ORDER BY r.comments DESC, r.page_key LIMIT ?"),
	ROW(SQL_JOB_PAGE_COUNT, WEB, "SELECT COUNT(*) FROM job_page WHERE job_id = ?"),

	/* --- comments and pages --- */
	ROW(SQL_COMMENT_MAX_SEQ, JOBS, "SELECT MAX(seq) FROM comment WHERE account_id = ?"),
	/* A cursor looks like milliseconds since 1970, and rises whatever the clock does.  In a second of its own: what is seen
	 * of a second is all that it will ever hold. */
	ROW(SQL_COMMENT_CURSOR, JOBS,
	    "SELECT CAST(GREATEST((COALESCE(MAX(changed), 0) DIV 1000 + 1) * 1000, " MS("UTC_TIMESTAMP(3)") ") AS SIGNED) "
	    "FROM comment FORCE INDEX (comment_changed) WHERE account_id = ?"),
	/* The bits are those of store/comment.h, in its order. */
	ROW(SQL_COMMENT_LOOKUP, JOBS,
	    "SELECT c.comment_id, c.source_hash, c.page_key, c.seq, "
	    LACKS("parent_external_id", 1) " + " LACKS("author_name", 2) " + " LACKS("author_email", 4) " + "
	    LACKS("author_url", 8) " + " LACKS("author_avatar", 16) " + " LACKS("author_external_id", 32) " + "
	    LACKS("author_ip", 64) " + " LACKS("extra", 128) " + "
	    LACKS("votes_up", 256) " + " LACKS("votes_down", 512) " + " LACKS("created_at", 1024) " + "
	    "IF(p.page_url = '', 2048, 0) + IF(p.page_title = '', 4096, 0) "
	    "FROM comment AS c FORCE INDEX (comment_identity) LEFT JOIN page AS p FORCE INDEX (PRIMARY) "
	    "ON p.account_id = c.account_id AND p.page_key = c.page_key WHERE c.account_id = ? AND c.comment_id IN (" Q256 ")"),
	ROW(SQL_COMMENT_UPDATE, JOBS,
	    "UPDATE comment SET parent_id = IF(?, IF(parent_id = ?, parent_id, NULL), parent_id), "
	    IF_SAID("page_key") ", " IF_SAID("parent_external_id") ", " IF_SAID("author_name") ", "
	    IF_SAID("author_email") ", " IF_SAID("author_url") ", " IF_SAID("author_avatar") ", "
	    IF_SAID("author_external_id") ", " IF_SAID("author_ip") ", " IF_SAID("body_html") ", "
	    IF_SAID("created_at") ", " IF_SAID("is_approved") ", " IF_SAID("is_spam") ", " IF_SAID("is_deleted") ", "
	    IF_SAID("votes_up") ", " IF_SAID("votes_down") ", " IF_SAID("extra") ", source_hash = ?, changed = ? "
	    "WHERE account_id = ? AND comment_id = ?"),
	ROW(SQL_COMMENT_FILL, JOBS,
	    "UPDATE comment SET " IF_LACKING("parent_external_id") ", " IF_LACKING("author_name") ", "
	    IF_LACKING("author_email") ", " IF_LACKING("author_url") ", " IF_LACKING("author_avatar") ", "
	    IF_LACKING("author_external_id") ", " IF_LACKING("author_ip") ", " IF_LACKING("extra") ", "
	    IF_LACKING("votes_up") ", " IF_LACKING("votes_down") ", " IF_LACKING("created_at") " "
	    "WHERE account_id = ? AND comment_id = ?"),
	/* address first: both servers assign from left to right, and it goes by the page_url that was. */
	ROW(SQL_PAGE_PUT, JOBS,
	    "INSERT INTO page (account_id, page_key, source, source_site, source_page_id, page_id, page_url, address, "
	    "page_title) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE "
	    "address = IF(page_url = '', VALUES(address), address), page_url = IF(page_url = '', VALUES(page_url), page_url), "
	    "page_title = IF(page_title = '', VALUES(page_title), page_title)"),

	ROW(SQL_PAGE_MERGED_ANY, JOBS,
	    "SELECT EXISTS (SELECT 1 FROM page FORCE INDEX (page_merged) WHERE account_id = ? AND merged_into IS NOT NULL)"),
	ROW(SQL_PAGE_MERGED_INTO, JOBS,
	    "SELECT merged_into FROM page WHERE account_id = ? AND page_key = ? AND merged_into IS NOT NULL"),

	/* --- comments that sites have taken over: an alias of a comment that is no more does not count --- */
	ROW(SQL_ALIAS_ANY, JOBS, "SELECT EXISTS (SELECT 1 FROM comment_alias WHERE account_id = ?)"),
	ROW(SQL_ALIAS_LOOKUP, JOBS,
	    "SELECT a.alias_id, a.comment_id, c.source, c.source_site, 1 FROM comment_alias AS a FORCE INDEX (PRIMARY) "
	    "STRAIGHT_JOIN comment AS c FORCE INDEX (comment_identity) "
	    "ON c.account_id = a.account_id AND c.comment_id = a.comment_id "
	    "WHERE a.account_id = ? AND a.alias_id IN (" Q256 ")"),
	ROW(SQL_ALIAS_CLAIMED, JOBS,
	    "SELECT c.comment_id, c.comment_id, c.source, c.source_site, "
	    "EXISTS (SELECT 1 FROM comment_alias AS a FORCE INDEX (comment_alias_of) "
	    "WHERE a.integration_id = ? AND a.comment_id = c.comment_id) "
	    "FROM comment AS c FORCE INDEX (comment_identity) WHERE c.account_id = ? AND c.comment_id IN (" Q256 ")"),
	ROW(SQL_ALIAS_WAITING, JOBS,
	    "UPDATE comment_waiting AS w STRAIGHT_JOIN comment_alias AS a FORCE INDEX (PRIMARY) "
	    "ON a.account_id = w.account_id AND a.alias_id = w.parent_id "
	    "STRAIGHT_JOIN comment AS p FORCE INDEX (comment_identity) "
	    "ON p.account_id = a.account_id AND p.comment_id = a.comment_id "
	    "SET w.parent_id = a.comment_id WHERE w.account_id = ?"),

	/* Comments that the site has been told of, by events or in its list, and may be told of still. */
	ROW(SQL_ALIAS_TOLD, JOBS,
	    "SELECT c.comment_id, c.comment_id, c.source, c.source_site, 0 "
	    "FROM integration AS g STRAIGHT_JOIN comment AS c FORCE INDEX (comment_identity) " SITE_PAGE
	    "WHERE g.integration_id = ? AND c.account_id = ? AND c.comment_id IN (" Q256 ") AND " SITE_MAY_KNOW("c", "p")
	    " AND (c.added > g.told_from AND c.added <= g.told OR EXISTS (SELECT 1 FROM integration_download AS d "
	    "FORCE INDEX (integration_download_seq) WHERE d.integration_id = g.integration_id AND d.seq = c.seq))"),
	ROW(SQL_ALIAS_FREE, JOBS,
	    "SELECT " SITE_NUMBER("w.number") " FROM (SELECT ? AS number) AS w "
	    "WHERE NOT EXISTS (SELECT 1 FROM comment AS o WHERE o.account_id = ? AND o.comment_id = ?)"),
	ROW(SQL_ALIAS_ADD, JOBS,
	    "INSERT INTO comment_alias (account_id, alias_id, comment_id, integration_id, external_id) VALUES (?, ?, ?, ?, ?)"),

	/* --- threads: doc/SCHEMA, "The waiting list" --- */
	ROW(SQL_WAITING_REMOVE_OF, JOBS,
	    "DELETE w FROM comment_waiting AS w JOIN comment AS c ON c.account_id = w.account_id AND c.seq = w.seq "
	    "WHERE c.account_id = ? AND c.comment_id = ?"),
	ROW(SQL_WAITING_ADD_OF, JOBS,
	    "INSERT INTO comment_waiting (account_id, parent_id, seq) SELECT account_id, ?, seq "
	    "FROM comment WHERE account_id = ? AND comment_id = ? AND parent_id IS NULL"),
	ROW(SQL_ATTACH_SCAN, JOBS,
	    "SELECT c.seq, p.seq FROM comment AS c FORCE INDEX (PRIMARY) "
	    "LEFT JOIN comment AS p FORCE INDEX (comment_identity) "
	    "ON p.account_id = c.account_id AND p.comment_id = c.parent_id "
	    "WHERE c.account_id = ? AND c.seq >= ? AND c.parent_id IS NOT NULL"),
	ROW(SQL_WAITING_ADD_NEW, JOBS,
	    "INSERT INTO comment_waiting (account_id, parent_id, seq) SELECT c.account_id, c.parent_id, c.seq "
	    "FROM comment AS c FORCE INDEX (PRIMARY) LEFT JOIN comment AS p FORCE INDEX (comment_identity) "
	    "ON p.account_id = c.account_id AND p.comment_id = c.parent_id "
	    "WHERE c.account_id = ? AND c.seq >= ? AND c.parent_id IS NOT NULL AND p.seq IS NULL"),
	ROW(SQL_WAITING_CUT_NEW, JOBS,
	    "UPDATE comment_waiting AS w FORCE INDEX (comment_waiting_seq) "
	    "STRAIGHT_JOIN comment AS c FORCE INDEX (PRIMARY) ON c.account_id = w.account_id AND c.seq = w.seq "
	    "SET c.parent_id = NULL WHERE w.account_id = ? AND w.seq >= ?"),
	ROW(SQL_WAITING_EXAMPLES, JOBS,
	    "SELECT c.external_id FROM comment_waiting AS w FORCE INDEX (comment_waiting_seq) "
	    "STRAIGHT_JOIN comment AS c FORCE INDEX (PRIMARY) ON c.account_id = w.account_id AND c.seq = w.seq "
	    "WHERE w.account_id = ? AND w.seq >= ? ORDER BY w.seq LIMIT ?"),
	ROW(SQL_WAITING_OF_JOB, JOBS,
	    "SELECT c.external_id FROM comment_waiting AS w FORCE INDEX (comment_waiting_seq) "
	    "STRAIGHT_JOIN comment AS c FORCE INDEX (PRIMARY) ON c.account_id = w.account_id AND c.seq = w.seq "
	    "WHERE w.account_id = ? AND c.job_id = ? ORDER BY w.seq"),
	ROW(SQL_WAITING_ARRIVED, JOBS,
	    "SELECT w.seq FROM comment_waiting AS w STRAIGHT_JOIN comment AS p FORCE INDEX (comment_identity) "
	    "ON p.account_id = w.account_id AND p.comment_id = w.parent_id WHERE w.account_id = ?"),
	/* Each gets the next value of the cursor, by seq: who was told of it is to hear of its parent. */
	ROW(SQL_WAITING_ATTACH, JOBS,
	    "UPDATE (SELECT w.seq AS seq, w.parent_id AS parent_id, ROW_NUMBER() OVER (ORDER BY w.seq) AS nth "
	    "FROM comment_waiting AS w STRAIGHT_JOIN comment AS p FORCE INDEX (comment_identity) "
	    "ON p.account_id = w.account_id AND p.comment_id = w.parent_id WHERE w.account_id = ?) AS s "
	    "STRAIGHT_JOIN comment AS c FORCE INDEX (PRIMARY) ON c.account_id = ? AND c.seq = s.seq "
	    "SET c.parent_id = s.parent_id, c.changed = ? + ? * s.nth"),
	ROW(SQL_WAITING_REMOVE_ATTACHED, JOBS,
	    "DELETE w FROM comment_waiting AS w STRAIGHT_JOIN comment AS c FORCE INDEX (PRIMARY) "
	    "ON c.account_id = w.account_id AND c.seq = w.seq WHERE w.account_id = ? AND c.parent_id IS NOT NULL"),
	ROW(SQL_PARENT_SEQ, JOBS,
	    "SELECT p.seq FROM comment AS c FORCE INDEX (PRIMARY) "
	    "STRAIGHT_JOIN comment AS p FORCE INDEX (comment_identity) "
	    "ON p.account_id = c.account_id AND p.comment_id = c.parent_id WHERE c.account_id = ? AND c.seq = ?"),
	ROW(SQL_PARENT_CUT, JOBS, "UPDATE comment SET parent_id = NULL, changed = ? WHERE account_id = ? AND seq = ?"),
	ROW(SQL_EXTERNAL_ID, JOBS, "SELECT external_id FROM comment WHERE account_id = ? AND seq = ?"),

	/* --- exports --- */
	ROW(SQL_EXPORT_ADD, WEB,
	    "INSERT INTO job (account_id, user_id, kind, source, format, options, state, file_name, file_size, "
	    "requested_by, requested_at, node, notify_admin) "
	    "VALUES (?, ?, 'export', 'trasloco', ?, ?, 'requested', '', 0, ?, UTC_TIMESTAMP(3), ?, "
	    "COALESCE((SELECT a.notify FROM admin_choice AS a WHERE a.user_id = ?), 1))"),
	ROW(SQL_EXPORT_KEPT, WEB,
	    "SELECT COUNT(*) FROM job WHERE account_id = ? AND kind = 'export' "
	    "AND (state IN ('requested', 'running') OR download_until > UTC_TIMESTAMP(3))"),
	ROW(SQL_EXPORT_NAME, WEB,
	    "UPDATE job SET file_name = CONCAT(?, DATE_FORMAT(requested_at, '%Y%m%d'), '-', job_id, ?) WHERE job_id = ?"),
	ROW(SQL_EXPORT_EACH, WEB,
	    "SELECT " JOB_COLUMNS ", j.options FROM job AS j WHERE j.account_id = ? AND j.kind = 'export' ORDER BY j.job_id DESC LIMIT ?"),
	ROW(SQL_EXPORT_GET, WEB,
	    "SELECT " JOB_COLUMNS ", j.options FROM job AS j WHERE j.job_id = ? AND j.account_id = ? AND j.kind = 'export'"),
	ROW(SQL_EXPORT_FILE, WEB,
	    "SELECT j.state, j.file_name, j.file_size, j.file_hash, j.download_until > UTC_TIMESTAMP(3), s.node, s.name, s.sealed_key "
	    "FROM job AS j LEFT JOIN spool_file AS s ON s.job_id = j.job_id "
	    "WHERE j.job_id = ? AND j.account_id = ? AND j.kind = 'export'"),
	ROW(SQL_EXPORT_DELETE, WEB,
	    "UPDATE job SET download_until = UTC_TIMESTAMP(3) WHERE job_id = ? AND account_id = ? AND kind = 'export' "
	    "AND state = 'completed' AND download_until > UTC_TIMESTAMP(3)"),
	ROW(SQL_EXPORT_NEXT_EXPIRED, JOBS,
	    "SELECT s.job_id FROM spool_file AS s JOIN job AS j ON j.job_id = s.job_id "
	    "WHERE j.download_until <= UTC_TIMESTAMP(3) LIMIT 1"),
	ROW(SQL_EXPORT_STARTED, JOBS,
	    "UPDATE job SET spool_name = ?, comments_total = ? WHERE job_id = ? AND state = 'running' AND worker = ?"),
	ROW(SQL_EXPORT_COMPLETE, JOBS,
	    "UPDATE job SET state = 'completed', finished_at = UTC_TIMESTAMP(3), lease_until = NULL, message = ?, "
	    "bytes_read = ?, comments_read = ?, created = ?, comments_total = ?, file_size = ?, file_hash = ?, "
	    "download_until = UTC_TIMESTAMP(3) + INTERVAL ? DAY WHERE job_id = ? AND state = 'running' AND worker = ?"),
	ROW(SQL_EXPORT_COUNT, JOBS, "SELECT COUNT(*) FROM comment FORCE INDEX (comment_identity) WHERE account_id = ?"),
	ROW(SQL_EXPORT_NEXT_SEQ, JOBS, "SELECT MIN(seq) FROM comment WHERE account_id = ? AND seq > ?"),
	ROW(SQL_EXPORT_SLICE, JOBS,
	    "SELECT " EXPORT_COLUMNS ", p.page_id, p.page_url, p.page_title FROM comment AS c FORCE INDEX (PRIMARY) "
	    "LEFT JOIN page AS p ON p.account_id = c.account_id AND p.page_key = c.page_key "
	    "WHERE c.account_id = ? AND c.seq BETWEEN ? AND ? AND (? OR c.source_site = ? OR " HOST " = ?) "
	    "AND " EXPORT_WANTED " ORDER BY c.seq"),
	/* A page that has been merged into another one is still known by its own address. */
	ROW(SQL_EXPORT_NEXT_PAGE, JOBS,
	    "SELECT p.page_key, p.page_id, p.page_url, p.page_title, " HOST " = ? FROM page AS p FORCE INDEX (PRIMARY) "
	    "WHERE p.account_id = ? AND p.page_key > ? AND (? OR p.page_id = ? OR p.address IN (?, ?) "
	    "OR p.page_key IN (SELECT m.merged_into FROM page AS m WHERE m.account_id = ? AND m.merged_into IS NOT NULL "
	    "AND (m.page_id = ? OR m.address IN (?, ?)))) ORDER BY p.page_key LIMIT 1"),
	/* In the order of the key: nothing to sort. */
	ROW(SQL_EXPORT_PAGE_COMMENTS, JOBS,
	    "SELECT " EXPORT_COLUMNS " FROM comment AS c FORCE INDEX (comment_page) WHERE c.account_id = ? AND c.page_key = ? "
	    "AND (? OR c.source_site = ?) AND " EXPORT_WANTED " ORDER BY c.created_at, c.seq"),
	/* --- connected sites --- */
	ROW(SQL_INTEGRATION_BY_TOKEN, WEB,
	    "SELECT " INTEGRATION_COLUMNS ", n.token_hash FROM integration AS n WHERE n.token_hash = ? AND " ACCOUNT_IS_THERE),
	ROW(SQL_INTEGRATION_LOCK_TOKEN, WEB,
	    "SELECT " INTEGRATION_COLUMNS ", n.token_hash, " ACCOUNT_IS_THERE " FROM integration AS n WHERE n.token_hash = ? "
	    "FOR UPDATE"),
	ROW(SQL_INTEGRATION_LOCK, WEB,
	    "SELECT " INTEGRATION_COLUMNS " FROM integration AS n WHERE n.integration_id = ? AND " ACCOUNT_IS_THERE " FOR UPDATE"),
	ROW(SQL_INTEGRATION_GET, WEB,
	    "SELECT " INTEGRATION_COLUMNS " FROM integration AS n WHERE n.integration_id = ? AND n.account_id = ?"),
	ROW(SQL_INTEGRATION_EACH, WEB,
	    "SELECT " INTEGRATION_COLUMNS " FROM integration AS n WHERE n.account_id = ? ORDER BY n.integration_id DESC"),
	ROW(SQL_INTEGRATION_ASKING, WEB,
	    "SELECT (SELECT COUNT(*) FROM integration WHERE asked_from = ? AND state = 'asking'), "
	    "(SELECT COUNT(*) FROM integration WHERE state = 'asking')"),
	ROW(SQL_INTEGRATION_ADD, WEB,
	    "INSERT INTO integration (token_hash, state, source, source_site, domain, domain_said, asked_from, skip_initial, "
	    "asked_at, heard_at) VALUES (?, 'asking', ?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))"),
	ROW(SQL_INTEGRATION_REMOVE, WEB, "DELETE FROM integration WHERE integration_id = ?"),
	ROW(SQL_INTEGRATION_ASK, WEB,
	    "UPDATE integration SET source = ?, source_site = ?, domain = ?, domain_said = ?, skip_initial = ?, "
	    "heard_at = UTC_TIMESTAMP(3) WHERE integration_id = ?"),
	ROW(SQL_INTEGRATION_SAY, WEB,
	    "UPDATE integration SET domain_said = ?, heard_at = UTC_TIMESTAMP(3) WHERE integration_id = ?"),
	ROW(SQL_INTEGRATION_APPROVE, WEB,
	    "UPDATE integration SET events_from = IF(state = 'asking', "
	    "COALESCE((SELECT MAX(c.changed) FROM comment AS c WHERE c.account_id = ?), 0), events_from), "
	    "told_from = IF(state = 'asking', events_from, told_from), state = 'approved', account_id = ?, all_comments = ?, wants_comments = ?, cancelled = 0, approved_by = ?, "
	    "approved_at = UTC_TIMESTAMP(3), revoked_at = NULL, quiet_from = 0, quiet_until = 0 WHERE integration_id = ?"),
	ROW(SQL_INTEGRATION_PAGES, WEB,
	    "INSERT INTO integration_page (integration_id, post_id, address) "
	    "SELECT ?, source_page_id, address FROM page WHERE account_id = ? AND source = ? AND source_site = ? "
	    "AND address <> '' AND CHAR_LENGTH(source_page_id) BETWEEN 1 AND 20 AND source_page_id NOT REGEXP '[^0-9]'"),
	ROW(SQL_INTEGRATION_REVOKE, WEB,
	    "UPDATE integration SET state = 'revoked', wants_comments = 0, revoked_at = UTC_TIMESTAMP(3) WHERE integration_id = ?"),
	ROW(SQL_INTEGRATION_WANT, WEB, "UPDATE integration SET wants_comments = 1, cancelled = 0 WHERE integration_id = ?"),
	/* SKIP LOCKED: a batch has the row for as long as it loads, and its end says the same. */
	ROW(SQL_INTEGRATION_SILENT, WEB,
	    "SELECT job_id FROM integration WHERE integration_id = ? "
	    "AND (heard_at IS NULL OR heard_at < UTC_TIMESTAMP(3) - INTERVAL 10 SECOND) FOR UPDATE SKIP LOCKED"),
	ROW(SQL_INTEGRATION_HEARD, WEB, "UPDATE integration SET heard_at = UTC_TIMESTAMP(3) WHERE integration_id = ?"),
	ROW(SQL_INTEGRATION_RUN, WEB,
	    "SELECT 1 FROM job WHERE job_id = ? AND state = 'running' AND run_until IS NOT NULL FOR UPDATE SKIP LOCKED"),
	ROW(SQL_INTEGRATION_RUN_HEARD, WEB, "UPDATE job SET heard_at = UTC_TIMESTAMP(3) WHERE job_id = ?"),
	ROW(SQL_INTEGRATION_EXPIRE, JOBS,
	    "DELETE FROM integration WHERE state = 'asking' AND asked_at < UTC_TIMESTAMP(3) - INTERVAL ? HOUR"),

	/* --- what connected sites are told --- */
	ROW(SQL_SITE_CHANGED, WEB,
	    "SELECT " SITE_COLUMNS " FROM integration AS g STRAIGHT_JOIN comment AS c FORCE INDEX (comment_changed) "
	    SITE_PAGE SITE_PARENT "WHERE g.integration_id = ? AND c.account_id = ? AND " SITE_CHANGED_AFTER " AND "
	    SITE_MAY_KNOW("c", "p") " ORDER BY c.changed LIMIT ?"),
	ROW(SQL_SITE_COUNT_CHANGED, WEB,
	    "SELECT COUNT(*) FROM (SELECT c.changed FROM integration AS g STRAIGHT_JOIN comment AS c FORCE INDEX (comment_changed) "
	    SITE_PAGE "WHERE g.integration_id = ? AND c.account_id = ? AND " SITE_CHANGED_AFTER " AND "
	    SITE_MAY_KNOW("c", "p") " LIMIT ?) AS t"),
	ROW(SQL_SITE_LATEST, WEB,
	    "SELECT GREATEST(g.quiet_until, g.events_from), COALESCE((SELECT MAX(c.changed) FROM comment AS c WHERE c.account_id = ?), 0) "
	    "FROM integration AS g WHERE g.integration_id = ?"),
	ROW(SQL_SITE_LATEST_TOLD, WEB,
	    "SELECT c.changed FROM integration AS g STRAIGHT_JOIN comment AS c FORCE INDEX (comment_changed) " SITE_PAGE
	    "WHERE g.integration_id = ? AND c.account_id = ? AND c.changed > ? AND c.changed <= ? AND " SITE_MAY_KNOW("c", "p")
	    " ORDER BY c.changed DESC LIMIT 1"),
	ROW(SQL_SITE_SET_QUIET, WEB,
	    "UPDATE integration SET quiet_from = GREATEST(?, quiet_from), quiet_until = ? WHERE integration_id = ? AND quiet_until < ?"),
	ROW(SQL_SITE_SET_TOLD, WEB, "UPDATE integration SET told = GREATEST(told, ?) WHERE integration_id = ?"),
	ROW(SQL_SITE_LISTED, WEB,
	    "SELECT " SITE_COLUMNS " FROM integration AS g STRAIGHT_JOIN integration_download AS d FORCE INDEX (PRIMARY) "
	    "ON d.integration_id = g.integration_id STRAIGHT_JOIN comment AS c FORCE INDEX (PRIMARY) ON c.seq = d.seq "
	    SITE_PAGE SITE_PARENT "WHERE g.integration_id = ? AND c.account_id = ? AND d.position > ? AND c.is_deleted = 0 AND "
	    SITE_MAY_KNOW("c", "p") " ORDER BY d.position LIMIT ?"),
	ROW(SQL_SITE_LEFT_OUT, WEB,
	    "SELECT COUNT(*) FROM integration AS g STRAIGHT_JOIN comment AS c FORCE INDEX (PRIMARY) " SITE_PAGE
	    "WHERE g.integration_id = ? AND c.account_id = ? AND c.is_deleted = 0 AND NOT " SITE_OWN("c")
	    " AND COALESCE(" SITE_MAY_KNOW("c", "p") ", 0) = 0"),
	ROW(SQL_SITE_UNLOCKED, WEB, "SELECT 1 FROM integration WHERE integration_id = ? FOR UPDATE SKIP LOCKED"),
	ROW(SQL_SITE_SET_LEFT_OUT, WEB, "UPDATE integration SET left_out = ? WHERE integration_id = ?"),
	ROW(SQL_SITE_LINKS, WEB,
	    "SELECT c.seq, IF(" SITE_PARENT_LISTED ", q.seq, NULL) FROM integration AS g "
	    "STRAIGHT_JOIN comment AS c FORCE INDEX (PRIMARY) " SITE_PAGE SITE_PARENT
	    "WHERE g.integration_id = ? AND c.account_id = ? AND c.seq > ? AND c.is_deleted = 0 AND "
	    SITE_MAY_KNOW("c", "p") " ORDER BY c.seq LIMIT ?"),
	ROW(SQL_SITE_LIST_REMOVE, WEB, "DELETE FROM integration_download WHERE integration_id = ?"),
	ROW(SQL_SITE_LIST_ADD, WEB, "INSERT INTO integration_download (integration_id, position, seq) VALUES (?, ?, ?)"),
	ROW(SQL_SITE_LIST_ADD_64, WEB,
	    "INSERT INTO integration_download (integration_id, position, seq) VALUES "
	    ROWS16 "," ROWS16 "," ROWS16 "," ROWS16),
	ROW(SQL_SITE_LIST_COUNT, WEB, "SELECT COUNT(*) FROM integration_download WHERE integration_id = ?"),
	ROW(SQL_SITE_MAPPABLE, WEB,
	    "SELECT 1 FROM integration AS g STRAIGHT_JOIN comment AS c FORCE INDEX (comment_identity) " SITE_PAGE
	    "WHERE g.integration_id = ? AND c.account_id = ? AND c.comment_id = ? AND NOT " SITE_OWN("c") " AND " SITE_SCOPE("p")
	    " AND NOT EXISTS (SELECT 1 FROM comment AS o WHERE o.account_id = ? AND o.comment_id = ?)"),
	/* The latest word about a number: a site that was connected anew maps its numbers once more. */
	ROW(SQL_ALIAS_PUT, WEB,
	    "INSERT INTO comment_alias (account_id, alias_id, comment_id, integration_id, external_id) VALUES (?, ?, ?, ?, ?) "
	    "ON DUPLICATE KEY UPDATE comment_id = VALUES(comment_id), integration_id = VALUES(integration_id)"),
	/* The latest word about a comment: its older numbers lead to it still, and are said to nobody. */
	ROW(SQL_ALIAS_ONLY, WEB,
	    "UPDATE comment_alias SET integration_id = 0 "
	    "WHERE integration_id = ? AND comment_id = ? AND account_id = ? AND alias_id <> ?"),
	/* --- a site's run and its batches.  Rows are locked in the order batch, job, integration; who starts a run locks the
	 * last and only reads the job's. --- */
	ROW(SQL_RUN_LOCK_SITE, WEB, "SELECT job_id FROM integration WHERE integration_id = ? FOR UPDATE"),
	ROW(SQL_RUN_UNDER_WAY, WEB, "SELECT 1 FROM job WHERE job_id = ? AND state = 'running' AND run_until IS NOT NULL"),
	ROW(SQL_RUN_ADD, WEB,
	    "INSERT INTO job (account_id, user_id, kind, source, format, state, file_name, file_size, requested_by, "
	    "requested_at, started_at, node, run_until, integration_id, notify_admin) "
	    "VALUES (?, ?, 'import', ?, 'wordpress-plugin', 'running', ?, 0, ?, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), '', "
	    "UTC_TIMESTAMP(3) + INTERVAL ? SECOND, ?, "
	    "COALESCE((SELECT a.notify FROM admin_choice AS a WHERE a.user_id = ?), 1))"),
	ROW(SQL_RUN_OF_SITE, WEB, "UPDATE integration SET job_id = ? WHERE integration_id = ?"),
	ROW(SQL_RUN_LOCK, WEB | MIGRATE,
	    "SELECT created + updated + unchanged, integration_id FROM job WHERE job_id = ? AND account_id = ? "
	    "AND state = 'running' AND run_until IS NOT NULL FOR UPDATE"),
	ROW(SQL_RUN_CANCEL, WEB | MIGRATE,
	    "UPDATE job SET state = 'cancelled', finished_at = UTC_TIMESTAMP(3), in_batch = 0, message = ? WHERE job_id = ?"),
	ROW(SQL_RUN_CANCEL_SITE, WEB | MIGRATE,
	    "UPDATE integration SET cancelled = 1, wants_comments = 0 WHERE integration_id = ? AND job_id = ?"),
	/* SKIP LOCKED: a run whose row is locked has a batch just now. */
	ROW(SQL_RUN_NEXT_EXPIRED, JOBS,
	    "SELECT job_id, created + updated + unchanged FROM job WHERE state = 'running' AND run_until < UTC_TIMESTAMP(3) "
	    "ORDER BY job_id LIMIT 1 FOR UPDATE SKIP LOCKED"),
	ROW(SQL_RUN_FAIL, JOBS,
	    "UPDATE job SET state = 'failed', finished_at = UTC_TIMESTAMP(3), in_batch = 0, message = ? WHERE job_id = ?"),
	ROW(SQL_BATCH_SITE_OPEN, WEB,
	    "SELECT 1 FROM integration WHERE integration_id = ? AND state = 'approved' AND cancelled = 0 FOR UPDATE"),
	ROW(SQL_BATCH_ADD, WEB,
	    "INSERT INTO batch (integration_id, job_id, node, spool_name, sealed_key, remaining, created_at, give_up_at) "
	    "VALUES (?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) + INTERVAL ? MICROSECOND)"),
	ROW(SQL_BATCH_RESULT, WEB, "SELECT state = 'over', status, answer FROM batch WHERE batch_id = ?"),
	ROW(SQL_BATCH_RESULT_FINAL, WEB, "SELECT state = 'over', status, answer FROM batch WHERE batch_id = ? FOR UPDATE SKIP LOCKED"),
	ROW(SQL_BATCH_REMOVE, WEB | JOBS, "DELETE FROM batch WHERE batch_id = ?"),
	ROW(SQL_BATCH_WAITS, JOBS,
	    "SELECT 1 FROM batch WHERE state = 'waiting' AND node = ? AND give_up_at > UTC_TIMESTAMP(3) LIMIT 1"),
	/* Its run's row with it: of a run that has a batch under way already the next one waits. */
	ROW(SQL_BATCH_NEXT, JOBS,
	    "SELECT b.batch_id, b.job_id, j.state = 'running' AND j.run_until IS NOT NULL, b.spool_name "
	    "FROM batch AS b STRAIGHT_JOIN job AS j ON j.job_id = b.job_id "
	    "WHERE b.state = 'waiting' AND b.node = ? AND b.give_up_at > UTC_TIMESTAMP(3) AND NOT EXISTS (SELECT 1 FROM job AS w "
	    "WHERE w.writing_account = j.account_id AND w.in_batch = 1 AND w.job_id <> j.job_id) "
	    "ORDER BY b.batch_id LIMIT 1 FOR UPDATE SKIP LOCKED"),
	ROW(SQL_BATCH_RIVAL, JOBS,
	    "SELECT 1 FROM job AS j JOIN job AS w ON w.writing_account = j.account_id WHERE j.job_id = ? AND w.in_batch = 0"),
	ROW(SQL_BATCH_TAKEN, JOBS,
	    "SELECT b.job_id, b.remaining, b.spool_name, b.sealed_key, "
	    "TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(3), b.give_up_at) DIV 1000, j.comments_read, i.integration_id, i.account_id, "
	    "i.source, i.source_site, i.received FROM batch AS b JOIN job AS j ON j.job_id = b.job_id "
	    "JOIN integration AS i ON i.integration_id = b.integration_id WHERE b.batch_id = ?"),
	ROW(SQL_RUN_ENTER, JOBS, "UPDATE job SET in_batch = 1 WHERE job_id = ?"),
	ROW(SQL_RUN_LEAVE, JOBS, "UPDATE job SET in_batch = 0 WHERE job_id = ? AND in_batch = 1"),
	ROW(SQL_BATCH_LOCK, JOBS,
	    "SELECT 1 FROM batch AS b STRAIGHT_JOIN job AS j ON j.job_id = b.job_id WHERE b.batch_id = ? AND b.state = 'waiting' "
	    "AND b.give_up_at > UTC_TIMESTAMP(3) AND j.state = 'running' AND j.in_batch = 1 FOR UPDATE SKIP LOCKED"),
	/* writing_account: the one key that finds the few rows.  Whoever stores a batch holds the row. */
	ROW(SQL_RUN_NEXT_LEFT, JOBS,
	    "SELECT job_id FROM job WHERE writing_account IS NOT NULL AND in_batch = 1 LIMIT 1 FOR UPDATE SKIP LOCKED"),
	ROW(SQL_BATCH_TAKEN_OVER, JOBS,
	    "UPDATE batch SET state = 'over', status = 200, answer = ?, sealed_key = '' "
	    "WHERE batch_id = ? AND state = 'waiting' AND give_up_at > UTC_TIMESTAMP(3)"),
	/* Both servers assign from left to right: the total counts what this batch brought. */
	ROW(SQL_RUN_ADD_BATCH, JOBS,
	    "UPDATE job SET in_batch = 0, comments_read = comments_read + ?, created = created + ?, updated = updated + ?, "
	    "unchanged = unchanged + ?, skipped = skipped + ?, comments_total = comments_read + ?, heard_at = UTC_TIMESTAMP(3), "
	    "run_until = UTC_TIMESTAMP(3) + INTERVAL ? SECOND WHERE job_id = ? AND state = 'running' AND in_batch = 1"),
	ROW(SQL_BATCH_RECEIVED, JOBS,
	    "UPDATE integration SET received = received + ?, heard_at = UTC_TIMESTAMP(3), wants_comments = wants_comments AND ? "
	    "WHERE integration_id = ?"),
	ROW(SQL_RUN_COMPLETE, JOBS,
	    "UPDATE job SET state = 'completed', finished_at = UTC_TIMESTAMP(3), message = ? WHERE job_id = ?"),
	ROW(SQL_BATCH_PAGE, JOBS,
	    "INSERT INTO integration_page (integration_id, post_id, address) VALUES (?, ?, ?) "
	    "ON DUPLICATE KEY UPDATE address = VALUES(address)"),
	/* The site may be told of comments now that it might not be told of before. */
	ROW(SQL_BATCH_PAGE_OTHERS, JOBS,
	    "SELECT 1 FROM page FORCE INDEX (page_address) WHERE account_id = ? AND address = ? AND NOT (source = ? AND source_site = ?) "
	    "LIMIT 1"),
	ROW(SQL_BATCH_UNQUIET, JOBS, "UPDATE integration SET quiet_from = 0, quiet_until = 0 WHERE integration_id = ?"),
	ROW(SQL_BATCH_REFUSE, JOBS,
	    "UPDATE batch SET state = 'over', status = ?, answer = ?, sealed_key = '' WHERE batch_id = ? AND state = 'waiting'"),
	ROW(SQL_BATCH_NEXT_OLD, JOBS,
	    "SELECT batch_id, spool_name FROM batch WHERE node = ? AND give_up_at < UTC_TIMESTAMP(3) - INTERVAL 60 SECOND "
	    "ORDER BY batch_id LIMIT 1 FOR UPDATE SKIP LOCKED"),
	/* --- moves --- */
	ROW(SQL_MOVE_PAIR_ADD, WEB | MIGRATE, "INSERT INTO move_pair (job_id, n, kind, from_value, to_value) VALUES (?, ?, ?, ?, ?)"),
	ROW(SQL_MOVE_PAIR_REPEAT, WEB | MIGRATE,
	    "INSERT INTO move_pair (job_id, n, kind, from_value, to_value) "
	    "SELECT ?, n, kind, from_value, to_value FROM move_pair WHERE job_id = ?"),
	ROW(SQL_MOVE_SHOWN_LOCK, WEB, "SELECT 1 FROM job WHERE job_id = ? AND account_id = ? FOR UPDATE"),
	/* The move that this preview has shown, unless it came to nothing. */
	ROW(SQL_MOVE_SHOWN_RUN, WEB,
	    "SELECT 1 FROM job WHERE account_id = ? AND kind = 'move' AND job_id > ? AND state IN ('requested', 'running', 'completed') "
	    "AND options LIKE CONCAT('preview=', ?, '\n%') LIMIT 1"),
	ROW(SQL_MOVE_PAIR_EACH, WEB | JOBS | MIGRATE,
	    "SELECT n, kind, from_value, to_value FROM move_pair WHERE job_id = ? ORDER BY n LIMIT ?"),
	ROW(SQL_MOVE_RESULT_ADD, JOBS,
	    "INSERT INTO move_result (job_id, pages, comments, collisions) SELECT ?, p.pages, c.comments, p.collisions "
	    "FROM (SELECT COUNT(*) AS comments FROM " PLAN("m") " STRAIGHT_JOIN comment AS k FORCE INDEX (comment_page) "
	    "ON k.account_id = ? AND k.page_key = m.page_key WHERE m.job_id = ?) AS c "
	    "JOIN (SELECT COUNT(*) AS pages, COUNT(target) AS collisions FROM move_page WHERE job_id = ?) AS p"),
	ROW(SQL_MOVE_RESULT_GET, WEB | JOBS | MIGRATE, "SELECT pages, comments, collisions FROM move_result WHERE job_id = ?"),
	ROW(SQL_MOVE_EXAMPLE_FILL, JOBS,
	    "INSERT INTO move_example (job_id, n, page_title, id_before, url_before, id_after, url_after, comments, collides) "
	    "SELECT ?, ROW_NUMBER() OVER (ORDER BY x.alone, x.n), p.page_title, p.page_id, p.page_url, x.page_id, x.page_url, "
	    "(SELECT COUNT(*) FROM comment AS c WHERE c.account_id = ? AND c.page_key = x.page_key), 1 - x.alone "
	    "FROM (SELECT m.n, m.page_key, m.page_id, m.page_url, m.target IS NULL AS alone, ? AS account_id FROM move_page AS m "
	    "WHERE m.job_id = ? ORDER BY alone, m.n LIMIT ?) AS x "
	    "JOIN page AS p ON p.account_id = x.account_id AND p.page_key = x.page_key"),
	ROW(SQL_MOVE_EXAMPLE_EACH, WEB | JOBS | MIGRATE,
	    "SELECT page_title, id_before, url_before, id_after, url_after, comments, collides FROM move_example "
	    "WHERE job_id = ? ORDER BY n"),
	ROW(SQL_MOVE_PAGES_NEXT, JOBS,
	    "SELECT page_key, source, source_site, page_id, page_url, address FROM page FORCE INDEX (PRIMARY) "
	    "WHERE account_id = ? AND page_key > ? AND merged_into IS NULL ORDER BY page_key LIMIT ?"),
	ROW(SQL_MOVE_PAGE_ADD, JOBS,
	    "INSERT INTO move_page (job_id, n, page_key, source, source_site, page_id, page_url, address, by_id, old_place, "
	    "new_place) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
	/* Pages that the move leaves where they are, at the place of others that come. */
	ROW(SQL_MOVE_MEET_ADDRESS, JOBS, MEET("page_address", "address", "0")),
	ROW(SQL_MOVE_MEET_ID, JOBS, MEET("page_page_id", "page_id", "1")),
	/* Those that come together: the place of the one that has the lowest key, or that was there before, is theirs. */
	ROW(SQL_MOVE_MEET_MOVED, JOBS,
	    "UPDATE (SELECT a.job_id AS job_id, a.n AS n, SUBSTRING(MIN(CONCAT(" NOT_OWN("a", "h") ", h.page_key)), 2) AS target "
	    "FROM (SELECT new_place, SUBSTRING(MIN(CONCAT(IF(old_place = new_place, '0', '1'), page_key, old_place)), 18) AS home "
	    "FROM " PLAN("f") " WHERE job_id = ? AND target IS NULL GROUP BY new_place HAVING COUNT(DISTINCT old_place) > 1) AS g "
	    "STRAIGHT_JOIN move_page AS a FORCE INDEX (move_page_place) "
	    "ON a.job_id = ? AND a.new_place = g.new_place AND a.old_place <> g.home AND a.target IS NULL "
	    "STRAIGHT_JOIN move_page AS h FORCE INDEX (move_page_place) "
	    "ON h.job_id = a.job_id AND h.new_place = g.new_place AND h.old_place = g.home AND h.target IS NULL "
	    "GROUP BY a.job_id, a.n) AS s STRAIGHT_JOIN " PLAN("m") " ON m.job_id = s.job_id AND m.n = s.n SET m.target = s.target"),
	/* One that moves by its address comes to where one is that moves by its id, or the other way round. */
	ROW(SQL_MOVE_CROSSING, JOBS,
	    "SELECT 1 FROM DUAL WHERE EXISTS (SELECT 1 FROM " PLAN("a") " "
	    "STRAIGHT_JOIN page AS p FORCE INDEX (page_address) ON p.account_id = ? AND p.address = a.address "
	    "STRAIGHT_JOIN move_page AS i FORCE INDEX (move_page_key) "
	    "ON i.job_id = a.job_id AND i.page_key = p.page_key AND i.by_id = 1 "
	    "WHERE a.job_id = ? AND a.by_id = 0 AND a.old_place <> a.new_place) "
	    "OR EXISTS (SELECT 1 FROM " PLAN("i") " "
	    "STRAIGHT_JOIN page AS p FORCE INDEX (page_page_id) ON p.account_id = ? AND p.page_id = i.page_id "
	    "STRAIGHT_JOIN move_page AS a FORCE INDEX (move_page_key) "
	    "ON a.job_id = i.job_id AND a.page_key = p.page_key AND a.by_id = 0 AND a.page_id = p.page_id "
	    "WHERE i.job_id = ? AND i.by_id = 1 AND i.old_place <> i.new_place)"),
	ROW(SQL_MOVE_PAGES, JOBS,
	    "UPDATE " PLAN("m") " STRAIGHT_JOIN page AS p FORCE INDEX (PRIMARY) ON m.job_id = ? AND p.account_id = ? "
	    "AND p.page_key = m.page_key SET p.page_id = IF(m.target IS NULL, m.page_id, p.page_id), "
	    "p.page_url = IF(m.target IS NULL, m.page_url, p.page_url), p.address = IF(m.target IS NULL, m.address, p.address), "
	    "p.merged_into = m.target"),
	/* What was merged before into a page that is merged now. */
	ROW(SQL_MOVE_MERGED_AGAIN, JOBS,
	    "UPDATE " PLAN("m") " STRAIGHT_JOIN page AS p FORCE INDEX (page_merged) ON m.job_id = ? AND m.target IS NOT NULL "
	    "AND p.account_id = ? AND p.merged_into = m.page_key SET p.merged_into = m.target"),
	ROW(SQL_MOVE_PAGE_LAST, JOBS, "SELECT COALESCE(MAX(n), 0) FROM move_page WHERE job_id = ?"),
	/* Those that have had their turn have a larger cursor. */
	ROW(SQL_MOVE_COMMENTS, JOBS,
	    "UPDATE (SELECT r.seq AS seq, r.target AS target, ROW_NUMBER() OVER (ORDER BY r.seq) AS nth FROM "
	    "(SELECT k.seq AS seq, m.target AS target FROM " PLAN("m") " STRAIGHT_JOIN comment AS k FORCE INDEX (comment_page) "
	    "ON k.account_id = ? AND k.page_key = m.page_key WHERE m.job_id = ? AND m.n BETWEEN ? AND ? AND k.changed < ? LIMIT ?) "
	    "AS r) AS s STRAIGHT_JOIN comment AS c FORCE INDEX (PRIMARY) ON c.account_id = ? AND c.seq = s.seq "
	    "SET c.changed = ? + ? * s.nth, c.page_key = COALESCE(s.target, c.page_key)"),
	ROW(SQL_MOVE_FORGET, JOBS, "DELETE m FROM " PLAN("m") " WHERE m.job_id = ?"),

	/* --- copies --- */
	ROW(SQL_COPY_PAGE_IS, WEB | MIGRATE,
	    "SELECT 1 FROM page WHERE account_id = ? AND page_id = ? AND merged_into IS NULL LIMIT 1"),
	ROW(SQL_COPY_ADD, WEB | MIGRATE, "INSERT INTO copy_order (job_id, from_page_id, to_page_id, to_url) VALUES (?, ?, ?, ?)"),
	ROW(SQL_COPY_GET, JOBS,
	    "SELECT o.from_page_id, o.to_page_id, o.to_url, COALESCE((SELECT MAX(p.page_title) FROM page AS p "
	    "WHERE p.account_id = ? AND p.page_id = o.from_page_id AND p.merged_into IS NULL), '') "
	    "FROM copy_order AS o WHERE o.job_id = ?"),
	ROW(SQL_COPY_FIND, JOBS,
	    "SELECT c.seq FROM page AS p FORCE INDEX (page_page_id) STRAIGHT_JOIN comment AS c FORCE INDEX (comment_page) "
	    "ON c.account_id = p.account_id AND c.page_key = p.page_key "
	    "WHERE p.account_id = ? AND p.page_id = ? AND p.merged_into IS NULL"),
	ROW(SQL_COPY_READ, JOBS,
	    "SELECT " EXPORT_COLUMNS ", c.comment_id, c.parent_id FROM comment AS c FORCE INDEX (PRIMARY) "
	    "WHERE c.account_id = ? AND c.seq IN (" Q16 ") ORDER BY c.seq"),
	ROW(SQL_COPY_JOIN, JOBS,
	    "INSERT INTO page (account_id, page_key, source, source_site, source_page_id, page_id, address, merged_into) "
	    "SELECT p.account_id, ?, 'copy', ?, p.page_id, p.page_id, '', p.page_key FROM page AS p FORCE INDEX (page_page_id) "
	    "WHERE p.account_id = ? AND p.page_id = ? AND p.merged_into IS NULL AND NOT EXISTS (SELECT 1 FROM page AS k "
	    "WHERE k.account_id = ? AND k.page_key = ?) ORDER BY p.page_key LIMIT 1"),

	/* --- tokens of programs --- */
	ROW(SQL_TOKEN_ADD, WEB | MIGRATE,
	    "INSERT INTO api_token (account_id, name, token_hash, scopes, created_by, created_at) "
	    "VALUES (?, ?, ?, ?, ?, UTC_TIMESTAMP(3))"),
	ROW(SQL_TOKEN_BY_HASH, WEB,
	    "SELECT " TOKEN_COLUMNS ", t.token_hash, t.last_used_at IS NULL OR t.last_used_at < UTC_TIMESTAMP(3) - INTERVAL 1 MINUTE "
	    "FROM api_token AS t JOIN account AS o ON o.account_id = t.account_id WHERE t.token_hash = ? AND t.revoked_at IS NULL"),
	ROW(SQL_TOKEN_USED, WEB, "UPDATE api_token SET last_used_at = UTC_TIMESTAMP(3) WHERE token_id = ?"),
	ROW(SQL_TOKEN_EACH, WEB | MIGRATE,
	    "SELECT " TOKEN_COLUMNS " FROM api_token AS t JOIN account AS o ON o.account_id = t.account_id "
	    "WHERE ? IN (0, t.account_id) ORDER BY t.token_id DESC"),
	ROW(SQL_TOKEN_GET, WEB | MIGRATE,
	    "SELECT " TOKEN_COLUMNS " FROM api_token AS t JOIN account AS o ON o.account_id = t.account_id WHERE t.token_id = ?"),
	ROW(SQL_TOKEN_REVOKE, WEB | MIGRATE,
	    "UPDATE api_token SET revoked_at = UTC_TIMESTAMP(3) WHERE token_id = ? AND ? IN (0, account_id) AND revoked_at IS NULL"),
};

/* The columns in the order of store/comment.c.  Who and for which job is never in the stream. */
const char *const sql_loads[SQL_LOAD__MAX] = {
	[SQL_LOAD_COMMENT] =
	    /* binary: the bytes as they are.  Texts are proved UTF-8 long before, and the UNHEX() of four hashes that
	     * another character set would ask for costs the server time in every row. */
	    "LOAD DATA LOCAL INFILE 'comment' INTO TABLE comment CHARACTER SET binary "
	    "FIELDS TERMINATED BY '\\t' ESCAPED BY '\\\\' LINES TERMINATED BY '\\n' "
	    "(seq, comment_id, parent_id, page_key, source_hash, source, source_site, external_id, "
	    "parent_external_id, author_name, author_email, author_url, author_avatar, author_external_id, "
	    "author_ip, body_html, created_at, is_approved, is_spam, is_deleted, votes_up, votes_down, extra, changed) "
	    "SET account_id = @account_id, job_id = @job_id, added = changed",
};

const char *const sql_constants[SQL_CONSTANT__MAX] = {
	[SQL_BEGIN] = "START TRANSACTION",
	[SQL_COMMIT] = "COMMIT",
	[SQL_ROLLBACK] = "ROLLBACK",
	[SQL_SESSION] = "SET time_zone = '+00:00', sql_mode = '" MODE "'",
	[SQL_ISOLATION] = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
	[SQL_WAIT_SHORT] = "SET SESSION wait_timeout = 120",
	[SQL_WAIT_LONG] = "SET SESSION wait_timeout = 28800",
	[SQL_LOCKS_SHORT] = "SET SESSION innodb_lock_wait_timeout = 1",
	[SQL_SNAPSHOT_NEXT] = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
	[SQL_SNAPSHOT_BEGIN] = "START TRANSACTION WITH CONSISTENT SNAPSHOT",
	[SQL_READ_SLOWLY] = "SET SESSION net_write_timeout = 86400, wait_timeout = 86400",
	[SQL_WARNINGS] = "SHOW WARNINGS LIMIT 5",
};
