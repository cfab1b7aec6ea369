-- Trasloco, schema version 7: tokens of programs.  doc/SCHEMA explains the choices.

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
