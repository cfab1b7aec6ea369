-- Trasloco, schema version 1.  doc/SCHEMA explains the choices.
-- Statements end with a semicolon at the end of a line.

-- One row for each file of this directory that was applied.
CREATE TABLE schema_version (
	version		INT UNSIGNED NOT NULL,
	name		VARCHAR(255) NOT NULL,
	applied_at	DATETIME(3) NOT NULL,
	PRIMARY KEY (version)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE account (
	account_id	BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
	name		VARCHAR(255) NOT NULL,
	created_at	DATETIME(3) NOT NULL,
	PRIMARY KEY (account_id),
	UNIQUE KEY account_name (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The admins of an account.  email is as it was typed; email_key is what tells addresses apart: case does not, accents do.
CREATE TABLE admin (
	user_id		BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
	account_id	BIGINT UNSIGNED NOT NULL,
	email		VARCHAR(254) NOT NULL,
	password_hash	VARCHAR(127) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	created_at	DATETIME(3) NOT NULL,
	email_key	VARCHAR(254) GENERATED ALWAYS AS (LOWER(email)) STORED,
	PRIMARY KEY (user_id),
	UNIQUE KEY admin_email (email_key),
	KEY admin_account (account_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- token_hash: BLAKE2b-256 of the cookie's token; the token itself is nowhere.
CREATE TABLE session (
	token_hash	BINARY(32) NOT NULL,
	user_id		BIGINT UNSIGNED NOT NULL,
	created_at	DATETIME(3) NOT NULL,
	expires_at	DATETIME(3) NOT NULL,
	PRIMARY KEY (token_hash),
	KEY session_user (user_id),
	KEY session_expiry (expires_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- page_key: BLAKE2b-128 of (account, source, source_site, source_page_id), where source_page_id is the source's
-- identifier of the page, or its normalised address when there is none.  page_id and page_url
-- are the present ones: a move changes them, never the identity.
CREATE TABLE page (
	account_id	BIGINT UNSIGNED NOT NULL,
	page_key	BINARY(16) NOT NULL,
	source		VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	source_site	VARCHAR(255) NOT NULL,
	source_page_id	VARCHAR(2048) NOT NULL,
	page_id		VARCHAR(2048) NOT NULL,
	page_url	VARCHAR(2048) NOT NULL DEFAULT '',
	page_title	VARCHAR(255) NOT NULL DEFAULT '',
	PRIMARY KEY (account_id, page_key),
	KEY page_page_id (account_id, page_id(255))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Rows are clustered by (account_id, seq), seq in file order.  comment_id: BLAKE2b-128 of (account,
-- source, source_site, external_id).  parent_id is set while that comment exists in the account;
-- parent_external_id always keeps what the source said.  NULL: the source said nothing about it.
-- Widths and types take whatever a record within the limits of model/comment.h can hold, so that no
-- value of a file makes LOAD DATA warn.
CREATE TABLE comment (
	account_id		BIGINT UNSIGNED NOT NULL,
	seq			BIGINT UNSIGNED NOT NULL,
	comment_id		BINARY(16) NOT NULL,
	parent_id		BINARY(16) NULL,
	page_key		BINARY(16) NOT NULL,
	job_id			BIGINT UNSIGNED NOT NULL,
	source			VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	source_site		VARCHAR(255) NOT NULL,
	external_id		VARCHAR(255) NOT NULL,
	parent_external_id	VARCHAR(255) NULL,
	author_name		VARCHAR(255) NULL,
	author_email		VARCHAR(255) NULL,
	author_url		VARCHAR(2048) NULL,
	author_avatar		VARCHAR(2048) NULL,
	author_external_id	VARCHAR(255) NULL,
	author_ip		VARCHAR(45) NULL,
	created_at		DATETIME(3) NULL,
	body_html		MEDIUMTEXT NOT NULL,
	is_approved		TINYINT NOT NULL,
	is_spam			TINYINT NOT NULL,
	is_deleted		TINYINT NOT NULL,
	votes_up		BIGINT NULL,
	votes_down		BIGINT NULL,
	source_hash		BINARY(16) NOT NULL,
	PRIMARY KEY (account_id, seq),
	UNIQUE KEY comment_identity (account_id, comment_id),
	KEY comment_page (account_id, page_key, created_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Children whose parent is not in the account yet.
CREATE TABLE comment_waiting (
	account_id	BIGINT UNSIGNED NOT NULL,
	parent_id	BINARY(16) NOT NULL,
	seq		BIGINT UNSIGNED NOT NULL,
	PRIMARY KEY (account_id, parent_id, seq),
	KEY comment_waiting_seq (account_id, seq)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- writing_account is the account while the job runs and writes: its UNIQUE key lets one such job run per account.
CREATE TABLE job (
	job_id		BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
	account_id	BIGINT UNSIGNED NOT NULL,
	user_id		BIGINT UNSIGNED NULL,
	kind		ENUM('import','export','move','copy','undo') NOT NULL,
	source		VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	format		VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	options		VARCHAR(2000) NOT NULL DEFAULT '',
	state		ENUM('requested','running','completed','failed','cancelled') NOT NULL,
	file_name	VARCHAR(255) NOT NULL,
	file_size	BIGINT UNSIGNED NOT NULL,
	requested_by	VARCHAR(254) NOT NULL,
	requested_at	DATETIME(3) NOT NULL,
	started_at	DATETIME(3) NULL,
	finished_at	DATETIME(3) NULL,
	node		VARCHAR(255) NOT NULL,
	worker		VARCHAR(255) NULL,
	lease_until	DATETIME(3) NULL,
	bytes_read	BIGINT UNSIGNED NOT NULL DEFAULT 0,
	comments_read	BIGINT UNSIGNED NOT NULL DEFAULT 0,
	created		BIGINT UNSIGNED NOT NULL DEFAULT 0,
	updated		BIGINT UNSIGNED NOT NULL DEFAULT 0,
	unchanged	BIGINT UNSIGNED NOT NULL DEFAULT 0,
	skipped		BIGINT UNSIGNED NOT NULL DEFAULT 0,
	message		VARCHAR(600) NOT NULL DEFAULT '',
	writing_account	BIGINT UNSIGNED GENERATED ALWAYS AS
		(CASE WHEN state = 'running' AND kind <> 'export' THEN account_id END) STORED,
	PRIMARY KEY (job_id),
	UNIQUE KEY job_one_writer (writing_account),
	KEY job_account (account_id, kind, job_id),
	KEY job_queue (state, node, job_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The sealed key of a job's spool file.  The row ends with the job: without it the file is noise.
CREATE TABLE spool_file (
	job_id		BIGINT UNSIGNED NOT NULL,
	node		VARCHAR(255) NOT NULL,
	name		VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	sealed_key	VARBINARY(255) NOT NULL,
	PRIMARY KEY (job_id),
	UNIQUE KEY spool_file_name (node, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What was skipped or altered, by reason; examples: JSON array of up to 20 {"external_id", "line"}.
CREATE TABLE job_issue (
	job_id		BIGINT UNSIGNED NOT NULL,
	reason		VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	count		BIGINT UNSIGNED NOT NULL,
	examples	TEXT NOT NULL,
	PRIMARY KEY (job_id, reason)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The pages that received comments from a job.
CREATE TABLE job_page (
	job_id		BIGINT UNSIGNED NOT NULL,
	page_key	BINARY(16) NOT NULL,
	comments	BIGINT UNSIGNED NOT NULL,
	PRIMARY KEY (job_id, page_key),
	KEY job_page_comments (job_id, comments)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
