/*
 * Every SQL text of the programs: one table, one row a statement, with the
 * roles that may run it (tests/lint/sql refuses SQL anywhere else).  All of it
 * is known to MariaDB 10.11 and MySQL 8.
 *
 * Values enter through placeholders only.  What cannot be prepared usefully
 * (transaction control, session settings, LOAD DATA) is a constant.
 */
#ifndef STORE_SQL_H
#define STORE_SQL_H

/* The database users, each with just the grants of sql/grants.sql. */
enum db_role {
	DB_ROLE_WEB,		/* trasloco-web */
	DB_ROLE_JOBS,		/* trasloco-jobs */
	DB_ROLE_MIGRATE,	/* trasloco: schema, accounts, admins */
	DB_ROLE__MAX
};

enum sql {
	/* store/db, store/migrate */
	SQL_SCHEMA_VERSION, SQL_MIGRATE_LOCK, SQL_MIGRATE_UNLOCK, SQL_MIGRATE_ADD,
	SQL_LOAD_CONTEXT,
	/* store/account */
	SQL_ACCOUNT_ADD, SQL_ACCOUNT_BY_NAME, SQL_ACCOUNT_BY_ID, SQL_ACCOUNT_EACH,
	SQL_ADMIN_ADD, SQL_ADMIN_BY_EMAIL, SQL_ADMIN_EACH, SQL_ADMIN_LOCK, SQL_ADMIN_SET_PASSWORD, SQL_ADMIN_REMOVE,
	/* store/session */
	SQL_SESSION_ADD, SQL_SESSION_ADMIN, SQL_SESSION_REMOVE, SQL_SESSION_REMOVE_OVER, SQL_SESSION_REMOVE_ALL,
	/* store/job */
	SQL_JOB_ADD, SQL_SPOOL_ADD, SQL_JOB_EACH, SQL_JOB_GET, SQL_JOB_OPTIONS, SQL_JOB_WRITER, SQL_JOB_FILE,
	SQL_JOB_NEXT, SQL_JOB_START, SQL_JOB_STARTED, SQL_JOB_PROGRESS, SQL_JOB_MINE,
	SQL_JOB_COMPLETE, SQL_JOB_FAIL, SQL_SPOOL_REMOVE, SQL_JOB_CANCEL, SQL_JOB_UNDOING, SQL_JOB_UNDONE, SQL_JOB_NEXT_UNDONE, SQL_JOB_UNDONE_DEAD,
	SQL_JOB_NEXT_DEAD, SQL_JOB_FAIL_DEAD, SQL_JOB_NEXT_REQUESTED, SQL_JOB_FAIL_LOST, SQL_JOB_NEXT_FILE, SQL_JOB_FILE_GONE,
	SQL_SPOOL_OWNED,
	/* store/outbox */
	SQL_OUTBOX_ADD_ADMIN, SQL_OUTBOX_ADD_WEBHOOK, SQL_OUTBOX_ADD_OPERATOR, SQL_OUTBOX_NEXT, SQL_OUTBOX_TAKE, SQL_OUTBOX_TAKEN,
	SQL_OUTBOX_DONE, SQL_OUTBOX_ATTEMPT, SQL_OUTBOX_EACH,
	/* store/webhook */
	SQL_WEBHOOK_GET, SQL_WEBHOOK_SET, SQL_WEBHOOK_REMOVE, SQL_ADMIN_NOTIFY_GET, SQL_ADMIN_NOTIFY_SET,
	/* store/audit */
	SQL_AUDIT_ADD, SQL_AUDIT_ADD_JOB, SQL_AUDIT_ADD_SESSION, SQL_AUDIT_EACH,
	/* store/status */
	SQL_STATUS_JOBS, SQL_STATUS_URGENT, SQL_STATUS_OUTBOX, SQL_STATUS_JOB_EACH, SQL_STATUS_NODES, SQL_STATUS_SERVER,
	SQL_STATUS_RIGHTS,
	/* store/report */
	SQL_ISSUE_ADD, SQL_ISSUE_CLEAR, SQL_ISSUE_EACH, SQL_JOB_PAGE_FILL, SQL_JOB_PAGE_EACH, SQL_JOB_PAGE_COUNT,
	/* store/comment */
	SQL_COMMENT_MAX_SEQ, SQL_COMMENT_CURSOR, SQL_COMMENT_LOOKUP, SQL_COMMENT_UPDATE, SQL_COMMENT_FILL,
	/* store/page */
	SQL_PAGE_PUT, SQL_PAGE_MERGED_ANY, SQL_PAGE_MERGED_INTO, SQL_PAGE_NEXT_ACCOUNT, SQL_PAGE_UNADDRESSED, SQL_PAGE_ADDRESS,
	/* store/alias */
	SQL_ALIAS_ANY, SQL_ALIAS_LOOKUP, SQL_ALIAS_CLAIMED, SQL_ALIAS_WAITING,
	/* store/attach */
	SQL_WAITING_REMOVE_OF, SQL_WAITING_ADD_OF, SQL_ATTACH_SCAN, SQL_WAITING_ADD_NEW, SQL_WAITING_CUT_NEW,
	SQL_WAITING_EXAMPLES, SQL_WAITING_OF_JOB, SQL_WAITING_ARRIVED, SQL_WAITING_ATTACH, SQL_WAITING_REMOVE_ATTACHED,
	SQL_PARENT_SEQ, SQL_PARENT_CUT, SQL_EXTERNAL_ID,
	SQL__MAX
};

struct sql_statement {
	const char	*name;		/* of the enum, for messages */
	unsigned	 roles;		/* bits: 1 << enum db_role */
	const char	*text;
};

extern const struct sql_statement sql_statements[SQL__MAX];

/* LOAD DATA LOCAL; the file name is for the server's log only, db_load() gives the bytes. */
enum sql_load {
	SQL_LOAD_COMMENT,
	SQL_LOAD__MAX
};

extern const char *const sql_loads[SQL_LOAD__MAX];

/* Constants without values. */
enum sql_constant {
	SQL_BEGIN, SQL_COMMIT, SQL_ROLLBACK,
	SQL_SESSION,		/* settings that every connection starts with */
	SQL_ISOLATION,
	SQL_WAIT_SHORT,		/* the server ends a silent connection after 2 minutes, and rolls back */
	SQL_WAIT_LONG,
	SQL_LOCKS_SHORT,	/* a lock is waited for a second: a page answers, whatever a load is doing */
	SQL_WARNINGS,		/* of the statement before; MySQL does not prepare it */
	SQL_CONSTANT__MAX
};

extern const char *const sql_constants[SQL_CONSTANT__MAX];

#endif
