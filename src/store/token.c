#include "store/token.h"

#include "util/clock.h"
#include "util/esc.h"
#include "util/rnd.h"
#include "util/utf8.h"

#include "store/audit.h"

#define PREFIX		"trl_"		/* so that whoever finds one knows what it is */
#define RANDOM_BYTES	32

const char *const token_scope_names[TOKEN_SCOPE__MAX] = {
	[TOKEN_SCOPE_IMPORT] = "import", [TOKEN_SCOPE_EXPORT] = "export", [TOKEN_SCOPE_MOVE] = "move",
};

/* --- scopes --- */

void
token_scopes_write(unsigned scopes, char out[TOKEN_SCOPES_SIZE])
{
	size_t n = 0;
	int i;

	out[0] = '\0';
	for (i = 0; i < TOKEN_SCOPE__MAX; i++)
		if ((scopes & TOKEN_MAY(i)) != 0)
			n += (size_t)snprintf(out + n, TOKEN_SCOPES_SIZE - n, "%s%s", n > 0 ? "," : "", token_scope_names[i]);
}

/* The bit of a name of n bytes; 0 if it is none. */
static unsigned
scope_bit(const char *name, size_t n)
{
	int i;

	for (i = 0; i < TOKEN_SCOPE__MAX; i++)
		if (strlen(token_scope_names[i]) == n && memcmp(token_scope_names[i], name, n) == 0)
			return TOKEN_MAY(i);
	return 0;
}

int
token_scopes_parse(const char *s, unsigned *scopes, struct err *e)
{
	size_t n;
	unsigned bit;

	*scopes = 0;
	for (s += strspn(s, " ,"); *s != '\0'; s += n, s += strspn(s, " ,")) {
		n = strcspn(s, " ,");
		if ((bit = scope_bit(s, n)) == 0)
			return err_set(e, ERR_INPUT, "\"%.*s\" is no scope; there are import, export and move.", (int)MIN(n, (size_t)40), s);
		*scopes |= bit;
	}
	return *scopes != 0 ? 0 : err_set(e, ERR_INPUT, "Please choose what the token may do: import, export or move.");
}

/* --- texts and hashes --- */

/* The label keeps this hash apart from those that other parts make of texts. */
static void
hash_text(const char *text, uint8_t out[HASH256_SIZE])
{
	struct hash h;

	hash_begin(&h, HASH256_SIZE);
	hash_str(&h, "api token");
	hash_str(&h, text);
	hash_end(&h, out);
}

static int
make_text(char out[TOKEN_TEXT_SIZE], struct err *e)
{
	uint8_t bytes[RANDOM_BYTES];
	struct sb text;
	int result = 0;

	rnd_bytes(bytes, sizeof(bytes));
	sb_init(&text, TOKEN_TEXT_SIZE);
	sb_str(&text, PREFIX);
	esc_base64url(&text, bytes, sizeof(bytes));
	if (sb_ok(&text) && text.n == TOKEN_TEXT_SIZE - 1)
		memcpy(out, text.p, TOKEN_TEXT_SIZE);
	else
		result = err_nomem(e);
	explicit_bzero(bytes, sizeof(bytes));
	if (text.p != NULL)
		explicit_bzero(text.p, text.n);
	sb_free(&text);
	return result;
}

/* --- changes --- */

static int
check_request(const struct token_request *r, struct err *e)
{
	size_t n = strlen(r->name), i;

	for (i = 0; i < n && (unsigned char)r->name[i] >= ' ' && r->name[i] != 0x7f; i++)
		;
	if (n == 0 || i < n || n > TOKEN_NAME_MAX || !utf8_valid(r->name, n))
		return err_set(e, ERR_INPUT, "Please give the token a name of 1 to %d bytes of text on one line, that says what uses it.",
		    TOKEN_NAME_MAX);
	return r->scopes != 0 ? 0 : err_set(e, ERR_INPUT, "Please choose what the token may do: import, export or move.");
}

struct change {
	const struct token_request	*r;
	const uint8_t			*hash;
	int64_t				 account_id, token_id;
	const char			*by;
};

static int
note(struct db *db, const struct change *c, int64_t account_id, const char *name, unsigned scopes,
    enum audit_action action, struct err *e)
{
	char names[TOKEN_SCOPES_SIZE], detail[TOKEN_NAME_MAX + TOKEN_SCOPES_SIZE + 8];

	token_scopes_write(scopes, names);
	snprintf(detail, sizeof(detail), "%s: %s", names, name);
	return audit_add(db, account_id, c->by, action, 0, detail, e);
}

static int
add_token(struct db *db, void *ctx, struct err *e)
{
	const struct change *c = ctx;
	const struct token_request *r = c->r;
	char names[TOKEN_SCOPES_SIZE];

	token_scopes_write(r->scopes, names);
	if (db_run(db, SQL_TOKEN_ADD, DB_VALUES(db_int(r->account_id), db_text(r->name), db_bytes(c->hash, HASH256_SIZE),
	    db_text(names), db_text(r->by)), NULL, NULL, e) == -1)
		return -1;
	return note(db, c, r->account_id, r->name, r->scopes, AUDIT_TOKEN_ADDED, e);
}

int
token_add(struct db *db, const struct token_request *r, char text[TOKEN_TEXT_SIZE], struct err *e)
{
	uint8_t hash[HASH256_SIZE];
	struct change c = { .r = r, .hash = hash, .by = r->by };

	if (check_request(r, e) == -1 || make_text(text, e) == -1)
		return -1;
	hash_text(text, hash);
	return db_transaction(db, add_token, &c, e);
}

/* --- rows --- */

static int64_t
col_time(const struct db *db, int col)
{
	return db_col_null(db, col) ? CLOCK_UNKNOWN : db_col_int(db, col);
}

/* The columns TOKEN_COLUMNS of store/sql.c. */
#define ROW_COLUMNS	9
static int
token_row(const struct db *db, struct token *t, struct err *e)
{
	t->token_id = db_col_int(db, 0);
	t->account_id = db_col_int(db, 1);
	snprintf(t->account_name, sizeof(t->account_name), "%s", db_col_text(db, 2));
	snprintf(t->name, sizeof(t->name), "%s", db_col_text(db, 3));
	snprintf(t->created_by, sizeof(t->created_by), "%s", db_col_text(db, 5));
	t->created_at = col_time(db, 6);
	t->last_used_at = col_time(db, 7);
	t->revoked_at = col_time(db, 8);
	return token_scopes_parse(db_col_text(db, 4), &t->scopes, e);
}

int
token_each(struct db *db, int64_t account_id, int (*fn)(void *, const struct token *, struct err *), void *ctx,
    struct err *e)
{
	struct token t;
	int r;

	if (db_query(db, SQL_TOKEN_EACH, DB_VALUES(db_int(account_id)), e) == -1)
		return -1;
	while ((r = db_next(db, e)) == 1)
		if (token_row(db, &t, e) == -1 || fn(ctx, &t, e) == -1) {
			db_done(db);
			return -1;
		}
	return r;
}

static int
end_token(struct db *db, void *ctx, struct err *e)
{
	const struct change *c = ctx;
	int64_t revoked;
	struct token t;
	int found;

	if (db_run(db, SQL_TOKEN_REVOKE, DB_VALUES(db_int(c->token_id), db_int(c->account_id)), &revoked, NULL, e) == -1)
		return -1;
	if (revoked == 0)
		return 0;
	if ((found = db_row(db, SQL_TOKEN_GET, DB_VALUES(db_int(c->token_id)), e)) != 1)
		return found == -1 ? -1 : err_set(e, ERR_BUG, "a token that was revoked is not there");
	found = token_row(db, &t, e);
	db_done(db);
	return found == -1 || note(db, c, t.account_id, t.name, t.scopes, AUDIT_TOKEN_REVOKED, e) == -1 ? -1 : 1;
}

int
token_revoke(struct db *db, int64_t account_id, int64_t token_id, const char *by, struct err *e)
{
	struct change c = { .account_id = account_id, .token_id = token_id, .by = by };

	return db_transaction(db, end_token, &c, e);
}

/* The index led to the row; whether it is the one is decided here, in a time that tells nothing. */
static bool
same_token(const struct db *db, const uint8_t hash[HASH256_SIZE])
{
	size_t n;
	const void *stored = db_col_bytes(db, ROW_COLUMNS, &n);

	return n == HASH256_SIZE && rnd_equal(stored, hash, HASH256_SIZE);
}

int
token_by_text(struct db *db, const char *text, struct token *t, struct err *e)
{
	uint8_t hash[HASH256_SIZE];
	bool note_use;
	int found;

	if (strlen(text) != TOKEN_TEXT_SIZE - 1 || strncmp(text, PREFIX, strlen(PREFIX)) != 0)
		return 0;
	hash_text(text, hash);
	if ((found = db_row(db, SQL_TOKEN_BY_HASH, DB_VALUES(db_bytes(hash, sizeof(hash))), e)) != 1)
		return found;
	if ((found = same_token(db, hash)) == 1 && token_row(db, t, e) == -1)
		found = -1;
	note_use = db_col_int(db, ROW_COLUMNS + 1) != 0;
	db_done(db);
	if (found != 1 || !note_use)
		return found;
	return db_run(db, SQL_TOKEN_USED, DB_VALUES(db_int(t->token_id)), NULL, NULL, e) == -1 ? -1 : 1;
}
