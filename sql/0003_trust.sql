-- Trasloco, schema version 3: cancelling, notifications, audit.

-- undoing: the job has ended, but its worker still takes back what it had written; until then the account's next
-- job waits.  notify_admin: the admin who asked wants a mail at the end; copied from admin_choice when the job is requested.
-- spool_name: until the file was unlinked, so that nobody forgets one.  job_served: when an account had its turn.
ALTER TABLE job
	DROP KEY job_one_writer,
	DROP COLUMN writing_account,
	ADD COLUMN undoing TINYINT NOT NULL DEFAULT 0,
	ADD COLUMN notify_admin TINYINT NOT NULL DEFAULT 1,
	ADD COLUMN file_hash BINARY(32) NULL,
	ADD COLUMN spool_name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
	ADD COLUMN writing_account BIGINT UNSIGNED GENERATED ALWAYS AS
		(CASE WHEN (state = 'running' OR undoing = 1) AND kind <> 'export' THEN account_id END) STORED,
	ADD UNIQUE KEY job_one_writer (writing_account),
	ADD KEY job_file (node, spool_name),
	ADD KEY job_served (account_id, started_at);
UPDATE job AS j JOIN spool_file AS s ON s.job_id = j.job_id SET j.spool_name = s.name;

-- What an admin chose; no row: everything as it comes.  A table of its own, so that web, which writes it, cannot write
-- to admin, where the passwords are.
CREATE TABLE admin_choice (
	user_id		BIGINT UNSIGNED NOT NULL,
	notify		TINYINT NOT NULL,
	PRIMARY KEY (user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Where an account wants to hear of its jobs.  sealed_secret: the signing key, sealed to the jobs role (libsodium sealed
-- box); it is shown once, when it is made, and web cannot read it again.
CREATE TABLE webhook (
	account_id	BIGINT UNSIGNED NOT NULL,
	url		VARCHAR(2048) NOT NULL,
	sealed_secret	VARBINARY(255) NOT NULL,
	created_at	DATETIME(3) NOT NULL,
	PRIMARY KEY (account_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Messages about jobs that have ended, written in the transaction that ends the job.  What a message says is read
-- from the job when it is sent.  recipient: a mail address; '' for the account's webhook.
-- idempotency_id: the same in every attempt, Message-ID of a mail, header of a webhook.
CREATE TABLE outbox (
	message_id	BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
	account_id	BIGINT UNSIGNED NOT NULL,
	job_id		BIGINT UNSIGNED NOT NULL,
	kind		ENUM('operator_mail','admin_mail','webhook') NOT NULL,
	recipient	VARCHAR(254) NOT NULL DEFAULT '',
	idempotency_id	BINARY(16) NOT NULL,
	state		ENUM('waiting','sent','given_up') NOT NULL DEFAULT 'waiting',
	attempts	INT UNSIGNED NOT NULL DEFAULT 0,
	created_at	DATETIME(3) NOT NULL,
	due_at		DATETIME(3) NOT NULL,
	finished_at	DATETIME(3) NULL,
	PRIMARY KEY (message_id),
	UNIQUE KEY outbox_once (job_id, kind, recipient),
	KEY outbox_due (state, due_at),
	KEY outbox_account (account_id, kind, message_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What became of each attempt.  status: of HTTP or SMTP, 0 when nobody answered.
CREATE TABLE outbox_attempt (
	message_id	BIGINT UNSIGNED NOT NULL,
	attempt		INT UNSIGNED NOT NULL,
	at		DATETIME(3) NOT NULL,
	delivered	TINYINT NOT NULL,
	status		INT NOT NULL,
	said		VARCHAR(300) NOT NULL DEFAULT '',
	PRIMARY KEY (message_id, attempt)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Who did what.  account_id 0: nobody's.  actor: an admin's address; '' the service itself.
CREATE TABLE audit (
	audit_id	BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
	account_id	BIGINT UNSIGNED NOT NULL,
	at		DATETIME(3) NOT NULL,
	actor		VARCHAR(254) NOT NULL DEFAULT '',
	action		VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	job_id		BIGINT UNSIGNED NULL,
	detail		VARCHAR(600) NOT NULL DEFAULT '',
	PRIMARY KEY (audit_id),
	KEY audit_account (account_id, audit_id),
	KEY audit_job (job_id, action)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
