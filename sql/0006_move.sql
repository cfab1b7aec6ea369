-- Trasloco, schema version 6: comments that move to other addresses.  doc/SCHEMA explains the choices.

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
