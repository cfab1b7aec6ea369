#include "store/sql.h"

#include "util/base.h"

#include "store/comment.h"
#include "store/outbox.h"

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
	"j.comments_total, j.integration_id, j.run_until IS NOT NULL, " MS("j.heard_at")

/* What every failed job looks like: it changed nothing, and how far it came stays. */
#define FAILED		"state = 'failed', finished_at = UTC_TIMESTAMP(3), lease_until = NULL, message = ?, " \
	"created = 0, updated = 0, unchanged = 0, skipped = 0"

/* A row of information_schema that is about the user who is connected: 'name'@'host'. */
#define MINE	"grantee = CONCAT('''', LEFT(CURRENT_USER(), CHAR_LENGTH(CURRENT_USER()) - " \
	"CHAR_LENGTH(SUBSTRING_INDEX(CURRENT_USER(), '@', -1)) - 1), '''@''', " \
	"SUBSTRING_INDEX(CURRENT_USER(), '@', -1), '''')"

/* The value of a field that a record may leave unsaid: said?, value. */
#define IF_SAID(column)	column " = IF(?, ?, " column ")"

/* One more field that a row lacks, as a bit of a sum; the value of one that is filled in. */
#define LACKS(column, bit)	"IF(c." column " IS NULL, " #bit ", 0)"
#define IF_LACKING(column)	column " = COALESCE(" column ", ?)"

/* Strict, and only modes that both servers have. */
#define MODE	"STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ZERO_DATE,NO_ZERO_IN_DATE,NO_ENGINE_SUBSTITUTION," \
	"ONLY_FULL_GROUP_BY"

#define Q4	"?,?,?,?"
#define Q16	Q4 "," Q4 "," Q4 "," Q4
#define Q64	Q16 "," Q16 "," Q16 "," Q16
#define Q256	Q64 "," Q64 "," Q64 "," Q64
_Static_assert(COMMENT_LOOKUP == 256, "SQL_COMMENT_LOOKUP has one placeholder per id");
_Static_assert(ISSUE_EXAMPLES_MAX == 20, "SQL_ISSUE_ADD keeps so many");
_Static_assert(OUTBOX_BUSY == 16, "SQL_OUTBOX_NEXT has one placeholder per account");

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
	ROW(SQL_LOAD_CONTEXT, JOBS, "SET @account_id = ?, @job_id = ?, SESSION innodb_lock_wait_timeout = 86400"),

	/* --- accounts and admins --- */
	ROW(SQL_ACCOUNT_ADD, MIGRATE, "INSERT INTO account (name, created_at) VALUES (?, UTC_TIMESTAMP(3))"),
	ROW(SQL_ACCOUNT_BY_NAME, MIGRATE, "SELECT account_id FROM account WHERE name = ?"),
	ROW(SQL_ACCOUNT_BY_ID, MIGRATE, "SELECT account_id FROM account WHERE account_id = ?"),
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
	ROW(SQL_JOB_ADD, WEB,
	    "INSERT INTO job (account_id, user_id, kind, source, format, options, state, file_name, file_size, "
	    "requested_by, requested_at, node, spool_name, file_hash, notify_admin) "
	    "VALUES (?, ?, ?, ?, ?, ?, 'requested', ?, ?, ?, UTC_TIMESTAMP(3), ?, ?, ?, "
	    "COALESCE((SELECT a.notify FROM admin_choice AS a WHERE a.user_id = ?), 1))"),
	ROW(SQL_SPOOL_ADD, WEB, "INSERT INTO spool_file (job_id, node, name, sealed_key) VALUES (?, ?, ?, ?)"),
	ROW(SQL_JOB_EACH, WEB,
	    "SELECT " JOB_COLUMNS " FROM job AS j WHERE j.account_id = ? AND j.kind = ? "
	    "ORDER BY j.job_id DESC LIMIT ?"),
	ROW(SQL_JOB_GET, WEB | JOBS | MIGRATE,
	    "SELECT " JOB_COLUMNS " FROM job AS j WHERE j.job_id = ? AND ? IN (0, j.account_id)"),
	ROW(SQL_JOB_OPTIONS, WEB, "SELECT options FROM job WHERE job_id = ? AND account_id = ?"),
	ROW(SQL_JOB_FILE, WEB,
	    "SELECT j.file_hash, (SELECT " MS("MAX(k.at)") " FROM audit AS k WHERE k.job_id = j.job_id "
	    "AND k.action = 'key_destroyed'), (SELECT " MS("MAX(f.at)") " FROM audit AS f WHERE f.job_id = j.job_id "
	    "AND f.action = 'file_destroyed') FROM job AS j WHERE j.job_id = ? AND j.account_id = ?"),
	ROW(SQL_JOB_WRITER, WEB, "SELECT job_id, undoing FROM job WHERE writing_account = ?"),
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
	    "WHERE job_id = ? AND account_id = ? AND state IN ('requested', 'running')"),
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
	/* SKIP LOCKED: a row that is locked has a worker that lives, or is being taken back by the server. */
	ROW(SQL_JOB_NEXT_DEAD, JOBS,
	    "SELECT job_id FROM job WHERE state = 'running' AND (? OR lease_until < UTC_TIMESTAMP(3)) "
	    "AND node = COALESCE(?, node) AND worker = COALESCE(?, worker) ORDER BY job_id LIMIT 1 FOR UPDATE SKIP LOCKED"),
	ROW(SQL_JOB_FAIL_DEAD, JOBS, "UPDATE job SET " FAILED " WHERE job_id = ? AND state = 'running'"),
	ROW(SQL_JOB_NEXT_REQUESTED, JOBS,
	    "SELECT job_id, spool_name FROM job WHERE state = 'requested' AND node = ? AND job_id > ? "
	    "ORDER BY job_id LIMIT 1"),
	ROW(SQL_JOB_FAIL_LOST, JOBS, "UPDATE job SET " FAILED ", spool_name = '' WHERE job_id = ? AND state = 'requested'"),
	ROW(SQL_JOB_NEXT_FILE, JOBS,
	    "SELECT job_id, spool_name FROM job FORCE INDEX (job_file) WHERE node = ? AND spool_name > '' "
	    "AND state IN ('completed', 'failed', 'cancelled') AND job_id > ? ORDER BY job_id LIMIT 1"),
	ROW(SQL_JOB_FILE_GONE, JOBS, "UPDATE job SET spool_name = '' WHERE job_id = ? AND spool_name > ''"),
	ROW(SQL_SPOOL_OWNED, JOBS,
	    "SELECT 1 FROM spool_file AS s JOIN job AS j ON j.job_id = s.job_id "
	    "WHERE s.node = ? AND s.name = ? AND j.state IN ('requested', 'running')"),

	/* --- the outbox --- */
	ROW(SQL_OUTBOX_ADD_ADMIN, WEB | JOBS | MIGRATE,
	    "INSERT INTO outbox (account_id, job_id, kind, recipient, idempotency_id, created_at, due_at) "
	    "SELECT account_id, job_id, 'admin_mail', requested_by, ?, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) FROM job "
	    "WHERE job_id = ? AND notify_admin = 1 AND requested_by <> ''"),
	ROW(SQL_OUTBOX_ADD_WEBHOOK, WEB | JOBS | MIGRATE,
	    "INSERT INTO outbox (account_id, job_id, kind, idempotency_id, created_at, due_at) "
	    "SELECT j.account_id, j.job_id, 'webhook', ?, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) FROM job AS j "
	    "JOIN webhook AS w ON w.account_id = j.account_id WHERE j.job_id = ?"),
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
	/* Only a completed import has created and updated for good: what these two sum up never falls. */
	ROW(SQL_STATUS_JOBS, WEB | MIGRATE,
	    "SELECT state, COUNT(*), CAST(SUM(IF(state = 'completed' AND kind = 'import', created, 0)) AS SIGNED), "
	    "CAST(SUM(IF(state = 'completed' AND kind = 'import', updated, 0)) AS SIGNED) "
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
	/* A cursor looks like milliseconds since 1970, and rises whatever the clock does. */
	ROW(SQL_COMMENT_CURSOR, JOBS,
	    "SELECT CAST(GREATEST(COALESCE(MAX(changed), 0) + 10, " MS("UTC_TIMESTAMP(3)") ") AS SIGNED) "
	    "FROM comment FORCE INDEX (comment_changed) WHERE account_id = ?"),
	/* The bits are those of store/comment.h, in its order. */
	ROW(SQL_COMMENT_LOOKUP, JOBS,
	    "SELECT c.comment_id, c.source_hash, c.page_key, c.seq, "
	    LACKS("parent_external_id", 1) " + " LACKS("author_name", 2) " + " LACKS("author_email", 4) " + "
	    LACKS("author_url", 8) " + " LACKS("author_avatar", 16) " + " LACKS("author_external_id", 32) " + "
	    LACKS("author_ip", 64) " + " LACKS("extra", 128) " + "
	    LACKS("votes_up", 256) " + " LACKS("votes_down", 512) " + "
	    "IF(p.page_url = '', 1024, 0) + IF(p.page_title = '', 2048, 0) "
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
	    IF_LACKING("author_external_id") ", " IF_LACKING("author_ip") ", " IF_LACKING("extra") ", " IF_LACKING("votes_up") ", " IF_LACKING("votes_down") " "
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
	ROW(SQL_PAGE_NEXT_ACCOUNT, MIGRATE,
	    "SELECT account_id FROM page WHERE account_id > ? ORDER BY account_id LIMIT 1"),
	ROW(SQL_PAGE_UNADDRESSED, MIGRATE,
	    "SELECT page_key, page_url FROM page FORCE INDEX (PRIMARY) "
	    "WHERE account_id = ? AND page_key > ? AND address IS NULL ORDER BY page_key LIMIT ?"),
	ROW(SQL_PAGE_ADDRESS, MIGRATE,
	    "UPDATE page SET address = ? WHERE account_id = ? AND page_key = ? AND address IS NULL"),

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
	ROW(SQL_WAITING_ATTACH, JOBS,
	    "UPDATE comment_waiting AS w STRAIGHT_JOIN comment AS p FORCE INDEX (comment_identity) "
	    "ON p.account_id = w.account_id AND p.comment_id = w.parent_id "
	    "STRAIGHT_JOIN comment AS c FORCE INDEX (PRIMARY) ON c.account_id = w.account_id AND c.seq = w.seq "
	    "SET c.parent_id = w.parent_id WHERE w.account_id = ?"),
	ROW(SQL_WAITING_REMOVE_ATTACHED, JOBS,
	    "DELETE w FROM comment_waiting AS w STRAIGHT_JOIN comment AS c FORCE INDEX (PRIMARY) "
	    "ON c.account_id = w.account_id AND c.seq = w.seq WHERE w.account_id = ? AND c.parent_id IS NOT NULL"),
	ROW(SQL_PARENT_SEQ, JOBS,
	    "SELECT p.seq FROM comment AS c FORCE INDEX (PRIMARY) "
	    "STRAIGHT_JOIN comment AS p FORCE INDEX (comment_identity) "
	    "ON p.account_id = c.account_id AND p.comment_id = c.parent_id WHERE c.account_id = ? AND c.seq = ?"),
	ROW(SQL_PARENT_CUT, JOBS, "UPDATE comment SET parent_id = NULL WHERE account_id = ? AND seq = ?"),
	ROW(SQL_EXTERNAL_ID, JOBS, "SELECT external_id FROM comment WHERE account_id = ? AND seq = ?"),
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
	[SQL_WARNINGS] = "SHOW WARNINGS LIMIT 5",
};
