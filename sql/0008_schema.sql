-- Trasloco, schema version 8, of version 0.2.  doc/SCHEMA explains the choices.
-- Statements end with a semicolon at the end of a line.

-- One row for each file of this directory that was applied, from this one on.
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

-- What an admin chose; no row: everything as it comes.  A table of its own, so that web, which writes it, cannot write
-- to admin, where the passwords are.
CREATE TABLE admin_choice (
	user_id		BIGINT UNSIGNED NOT NULL,
	notify		TINYINT NOT NULL,
	PRIMARY KEY (user_id)
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
-- are the present ones: a move changes them, never the identity.  address: page_url without what does not tell pages
-- apart (util/weburl), '' where it has none.  merged_into: the page that has this one's comments since a move brought both
-- together; never a page that is merged itself.
CREATE TABLE page (
	account_id	BIGINT UNSIGNED NOT NULL,
	page_key	BINARY(16) NOT NULL,
	source		VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	source_site	VARCHAR(255) NOT NULL,
	source_page_id	VARCHAR(2048) NOT NULL,
	page_id		VARCHAR(2048) NOT NULL,
	page_url	VARCHAR(2048) NOT NULL DEFAULT '',
	page_title	VARCHAR(255) NOT NULL DEFAULT '',
	address		VARCHAR(2048) NOT NULL DEFAULT '',
	merged_into	BINARY(16) NULL,
	PRIMARY KEY (account_id, page_key),
	KEY page_page_id (account_id, page_id(255)),
	KEY page_address (account_id, address(255)),
	KEY page_merged (account_id, merged_into)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Rows are clustered by (account_id, seq), seq in file order.  comment_id: BLAKE2b-128 of (account,
-- source, source_site, external_id).  parent_id is set while that comment exists in the account;
-- parent_external_id always keeps what the source said.  NULL: the source said nothing about it.
-- extra: what a source says beyond the vocabulary, one JSON object of at most 8 KiB.
-- changed: a cursor that rises with each change of a comment within its account, and is no clock although it looks like
-- milliseconds; added: the cursor of its creation.
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
	extra			TEXT NULL,
	source_hash		BINARY(16) NOT NULL,
	added			BIGINT UNSIGNED NOT NULL DEFAULT 0,
	changed			BIGINT UNSIGNED NOT NULL DEFAULT 0,
	PRIMARY KEY (account_id, seq),
	UNIQUE KEY comment_identity (account_id, comment_id),
	KEY comment_page (account_id, page_key, created_at),
	KEY comment_changed (account_id, changed)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Children whose parent is not in the account yet.
CREATE TABLE comment_waiting (
	account_id	BIGINT UNSIGNED NOT NULL,
	parent_id	BINARY(16) NOT NULL,
	seq		BIGINT UNSIGNED NOT NULL,
	PRIMARY KEY (account_id, parent_id, seq),
	KEY comment_waiting_seq (account_id, seq)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- notify_admin: the admin who asked wants a mail at the end; copied from admin_choice when the job is requested.
-- file_hash: BLAKE2b-256 of the file as uploaded.  spool_name: until the file was unlinked, so that nobody forgets one.
-- comments_total: how many there will be in all, once somebody said so.
-- run_until: the job is a site's run, which commits by batch and holds no worker; so long its silence is waited out.  It
-- writes only within the transaction of a batch, and only there in_batch is 1: so the account's one writer is either a
-- job or a batch.  heard_at: when the site was heard last.
-- download_until: of a completed export, until when its file may be fetched; when it was deleted early: since when it may not.
-- undoing: the job has ended, but its worker still takes back what it had written; until then the account's next
-- job waits.  writing_account is the account while the job writes: its UNIQUE key lets one such job run per account.
-- job_served: when an account had its turn.  job_totals: the numbers that /metrics tells are summed up in it alone.
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
	file_hash	BINARY(32) NULL,
	spool_name	VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
	requested_by	VARCHAR(254) NOT NULL,
	notify_admin	TINYINT NOT NULL DEFAULT 1,
	requested_at	DATETIME(3) NOT NULL,
	started_at	DATETIME(3) NULL,
	finished_at	DATETIME(3) NULL,
	node		VARCHAR(255) NOT NULL,
	worker		VARCHAR(255) NULL,
	lease_until	DATETIME(3) NULL,
	integration_id	BIGINT UNSIGNED NULL,
	run_until	DATETIME(3) NULL,
	heard_at	DATETIME(3) NULL,
	in_batch	TINYINT NOT NULL DEFAULT 0,
	download_until	DATETIME(3) NULL,
	undoing		TINYINT NOT NULL DEFAULT 0,
	bytes_read	BIGINT UNSIGNED NOT NULL DEFAULT 0,
	comments_read	BIGINT UNSIGNED NOT NULL DEFAULT 0,
	comments_total	BIGINT UNSIGNED NULL,
	created		BIGINT UNSIGNED NOT NULL DEFAULT 0,
	updated		BIGINT UNSIGNED NOT NULL DEFAULT 0,
	unchanged	BIGINT UNSIGNED NOT NULL DEFAULT 0,
	skipped		BIGINT UNSIGNED NOT NULL DEFAULT 0,
	message		VARCHAR(600) NOT NULL DEFAULT '',
	writing_account	BIGINT UNSIGNED GENERATED ALWAYS AS
		(CASE WHEN ((state = 'running' AND (run_until IS NULL OR in_batch = 1)) OR undoing = 1) AND kind <> 'export'
		THEN account_id END) STORED,
	PRIMARY KEY (job_id),
	UNIQUE KEY job_one_writer (writing_account),
	KEY job_account (account_id, kind, job_id),
	KEY job_queue (state, node, job_id),
	KEY job_file (node, spool_name),
	KEY job_served (account_id, started_at),
	KEY job_totals (state, kind, created, updated)
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

-- Sites that asked to be connected (doc/INTEGRATIONS).  token_hash: BLAKE2b-256 of the token; the token itself is nowhere.
-- account_id: NULL while nobody has approved it.  source_site is the one of the approval, for good: a site that
-- moves to another domain (domain_said) stays the same site.  wants_comments: it is asked to send them.  cancelled: its run
-- was cancelled, and nothing is taken until an admin asks again.  job_id: the run that is under way, or the last one.
-- events_from: the cursor at its approval.  left_out: comments that it was not told of, for their pages are not its own.
-- quiet_from, quiet_until: of what has changed behind the one and up to the other it is told nothing.
-- told_from: the cursor at its first approval, for good; told: the highest one that an answer with events has held.
CREATE TABLE integration (
	integration_id	BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
	token_hash	BINARY(32) NOT NULL,
	account_id	BIGINT UNSIGNED NULL,
	state		ENUM('asking','approved','revoked') NOT NULL,
	source		VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	source_site	VARCHAR(255) NOT NULL,
	domain		VARCHAR(2048) NOT NULL,
	domain_said	VARCHAR(2048) NOT NULL,
	asked_from	VARCHAR(45) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	skip_initial	TINYINT NOT NULL DEFAULT 0,
	all_comments	TINYINT NOT NULL DEFAULT 0,
	wants_comments	TINYINT NOT NULL DEFAULT 0,
	cancelled	TINYINT NOT NULL DEFAULT 0,
	job_id		BIGINT UNSIGNED NULL,
	events_from	BIGINT UNSIGNED NOT NULL DEFAULT 0,
	quiet_from	BIGINT UNSIGNED NOT NULL DEFAULT 0,
	quiet_until	BIGINT UNSIGNED NOT NULL DEFAULT 0,
	told_from	BIGINT UNSIGNED NOT NULL DEFAULT 0,
	told		BIGINT UNSIGNED NOT NULL DEFAULT 0,
	received	BIGINT UNSIGNED NOT NULL DEFAULT 0,
	left_out	BIGINT UNSIGNED NOT NULL DEFAULT 0,
	approved_by	VARCHAR(254) NOT NULL DEFAULT '',
	asked_at	DATETIME(3) NOT NULL,
	approved_at	DATETIME(3) NULL,
	revoked_at	DATETIME(3) NULL,
	heard_at	DATETIME(3) NULL,
	PRIMARY KEY (integration_id),
	UNIQUE KEY integration_token (token_hash),
	KEY integration_account (account_id, integration_id),
	KEY integration_asking (state, asked_at),
	KEY integration_from (asked_from, state)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The permalinks that a site has sent, without what does not tell pages apart, by the site's own number of the page.
CREATE TABLE integration_page (
	integration_id	BIGINT UNSIGNED NOT NULL,
	post_id		VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	address		VARCHAR(2048) NOT NULL,
	PRIMARY KEY (integration_id, post_id),
	KEY integration_page_address (integration_id, address(255))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- A comment of ours that a site has taken over under a number of its own.  alias_id: the comment_id that a comment of that
-- site with that number would have; whoever brings it means comment_id.  integration_id: 0 where the number is said to nobody.
CREATE TABLE comment_alias (
	account_id	BIGINT UNSIGNED NOT NULL,
	alias_id	BINARY(16) NOT NULL,
	comment_id	BINARY(16) NOT NULL,
	integration_id	BIGINT UNSIGNED NOT NULL,
	external_id	VARCHAR(255) NOT NULL,
	PRIMARY KEY (account_id, alias_id),
	KEY comment_alias_of (integration_id, comment_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The comments that a site downloads, in the order in which it gets them: made anew when it asks for the first page.
CREATE TABLE integration_download (
	integration_id	BIGINT UNSIGNED NOT NULL,
	position	BIGINT UNSIGNED NOT NULL,
	seq		BIGINT UNSIGNED NOT NULL,
	PRIMARY KEY (integration_id, position),
	UNIQUE KEY integration_download_seq (integration_id, seq)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Batches that a site has sent, from their arrival to the answer, a few seconds.  The comments lie in the spool file.
-- After give_up_at nothing of it is stored any more.  status: of HTTP, once it is over; answer: JSON.
CREATE TABLE batch (
	batch_id	BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
	integration_id	BIGINT UNSIGNED NOT NULL,
	job_id		BIGINT UNSIGNED NOT NULL,
	node		VARCHAR(255) NOT NULL,
	spool_name	VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	sealed_key	VARBINARY(255) NOT NULL,
	remaining	BIGINT NOT NULL,
	state		ENUM('waiting','over') NOT NULL DEFAULT 'waiting',
	status		INT NOT NULL DEFAULT 0,
	answer		MEDIUMTEXT NULL,
	created_at	DATETIME(3) NOT NULL,
	give_up_at	DATETIME(3) NOT NULL,
	PRIMARY KEY (batch_id),
	UNIQUE KEY batch_file (node, spool_name),
	KEY batch_next (state, node, batch_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What a move was asked for, in the order of its list.  Both sides are of one kind.
CREATE TABLE move_pair (
	job_id		BIGINT UNSIGNED NOT NULL,
	n		INT UNSIGNED NOT NULL,
	kind		ENUM('domain','url','prefix','page_id') NOT NULL,
	from_value	VARCHAR(2048) NOT NULL,
	to_value	VARCHAR(2048) NOT NULL,
	PRIMARY KEY (job_id, n)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The pages that a running move touches, with what they will have: filled and emptied within its transaction, so that nobody
-- else ever sees a row.  by_id: known by its id and not by its address.  old_place, new_place: hashes of that.  target: the
-- page that it is merged into.
CREATE TABLE move_page (
	job_id		BIGINT UNSIGNED NOT NULL,
	n		BIGINT UNSIGNED NOT NULL,
	page_key	BINARY(16) NOT NULL,
	source		VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	source_site	VARCHAR(255) NOT NULL,
	page_id		VARCHAR(2048) NOT NULL,
	page_url	VARCHAR(2048) NOT NULL,
	address		VARCHAR(2048) NOT NULL,
	by_id		TINYINT NOT NULL,
	old_place	BINARY(16) NOT NULL,
	new_place	BINARY(16) NOT NULL,
	target		BINARY(16) NULL,
	PRIMARY KEY (job_id, n),
	UNIQUE KEY move_page_key (job_id, page_key),
	KEY move_page_place (job_id, new_place)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What a move or its preview found: pages and comments that it touches, pages that land where another one is.
CREATE TABLE move_result (
	job_id		BIGINT UNSIGNED NOT NULL,
	pages		BIGINT UNSIGNED NOT NULL,
	comments	BIGINT UNSIGNED NOT NULL,
	collisions	BIGINT UNSIGNED NOT NULL,
	PRIMARY KEY (job_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Some of these pages, before and after; those that collide come first.
CREATE TABLE move_example (
	job_id		BIGINT UNSIGNED NOT NULL,
	n		INT UNSIGNED NOT NULL,
	page_title	VARCHAR(255) NOT NULL,
	id_before	VARCHAR(2048) NOT NULL,
	url_before	VARCHAR(2048) NOT NULL,
	id_after	VARCHAR(2048) NOT NULL,
	url_after	VARCHAR(2048) NOT NULL,
	comments	BIGINT UNSIGNED NOT NULL,
	collides	TINYINT NOT NULL,
	PRIMARY KEY (job_id, n)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What a copy was asked for: the comments of the pages with this id, to another one, which has that address if it is new.
CREATE TABLE copy_order (
	job_id		BIGINT UNSIGNED NOT NULL,
	from_page_id	VARCHAR(2048) NOT NULL,
	to_page_id	VARCHAR(2048) NOT NULL,
	to_url		VARCHAR(2048) NOT NULL,
	PRIMARY KEY (job_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What programs show that use the JSON API.  token_hash: of the token, which is nowhere.  Those that were revoked stay, as what they did.
CREATE TABLE api_token (
	token_id	BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
	account_id	BIGINT UNSIGNED NOT NULL,
	name		VARCHAR(100) NOT NULL,
	token_hash	BINARY(32) NOT NULL,
	scopes		SET('import','export','move') NOT NULL,
	created_by	VARCHAR(254) NOT NULL,
	created_at	DATETIME(3) NOT NULL,
	last_used_at	DATETIME(3) NULL,
	revoked_at	DATETIME(3) NULL,
	PRIMARY KEY (token_id),
	UNIQUE KEY api_token_hash (token_hash),
	KEY api_token_account (account_id, token_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
