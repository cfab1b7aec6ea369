-- Trasloco, schema version 4: sites that send their comments themselves.  doc/SCHEMA explains the choices.

-- address: page_url without what does not tell pages apart (util/weburl), '' where it has none; NULL: not worked out yet, which
-- `trasloco migrate` does.  merged_into: the page that has this one's comments since a move brought both together;
-- never a page that is merged itself.
ALTER TABLE page
	ADD COLUMN address VARCHAR(2048) NULL,
	ADD COLUMN merged_into BINARY(16) NULL,
	ADD KEY page_address (account_id, address(255)),
	ADD KEY page_merged (account_id, merged_into);

-- changed: a cursor that rises with each change of a comment within its account, and is no clock although it looks like
-- milliseconds; added: the cursor of its creation.  0: before this version.
ALTER TABLE comment
	ADD COLUMN added BIGINT UNSIGNED NOT NULL DEFAULT 0,
	ADD COLUMN changed BIGINT UNSIGNED NOT NULL DEFAULT 0,
	ADD KEY comment_changed (account_id, changed);

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

-- comments_total: how many there will be in all, once somebody said so.
-- run_until: the job is a site's run, which commits by batch and holds no worker; so long its silence is waited out.  It
-- writes only within the transaction of a batch, and only there in_batch is 1: so the account's one writer is either a
-- job or a batch.  heard_at: when the site was heard last.
ALTER TABLE job
	DROP KEY job_one_writer,
	DROP COLUMN writing_account,
	ADD COLUMN comments_total BIGINT UNSIGNED NULL,
	ADD COLUMN integration_id BIGINT UNSIGNED NULL,
	ADD COLUMN run_until DATETIME(3) NULL,
	ADD COLUMN heard_at DATETIME(3) NULL,
	ADD COLUMN in_batch TINYINT NOT NULL DEFAULT 0,
	ADD COLUMN writing_account BIGINT UNSIGNED GENERATED ALWAYS AS
		(CASE WHEN ((state = 'running' AND (run_until IS NULL OR in_batch = 1)) OR undoing = 1) AND kind <> 'export'
		THEN account_id END) STORED,
	ADD UNIQUE KEY job_one_writer (writing_account);
