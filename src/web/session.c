#include "web/session.h"

#include "util/esc.h"
#include "util/rnd.h"

#include "http/cookie.h"

#define TOKEN_BYTES	32

static bool
secure(const struct settings *s)
{
	return strncmp(s->base_url, "https:", 6) == 0;
}

static const char *
cookie_name(const struct settings *s, bool sign_in)
{
	if (secure(s))
		return sign_in ? "__Host-trasloco-sign-in" : "__Host-trasloco";
	return sign_in ? "trasloco-sign-in" : "trasloco";
}

/* The label keeps this hash apart from the one that csrf.c makes of the same token. */
static int
hash_token(const char *token, uint8_t out[HASH256_SIZE])
{
	uint8_t bytes[TOKEN_BYTES];
	struct hash h;

	if (unhex(bytes, sizeof(bytes), token) == -1)
		return -1;
	hash_begin(&h, HASH256_SIZE);
	hash_str(&h, "session");
	hash_part(&h, bytes, sizeof(bytes));
	hash_end(&h, out);
	return 0;
}

bool
session_cookie(const struct settings *s, const char *cookies, bool sign_in, char token[SESSION_TOKEN_SIZE])
{
	uint8_t bytes[TOKEN_BYTES];

	if (cookie_get(cookies, cookie_name(s, sign_in), token, SESSION_TOKEN_SIZE) &&
	    unhex(bytes, sizeof(bytes), token) == 0)
		return true;
	token[0] = '\0';
	return false;
}

void
session_sign_in_cookie(const struct settings *s, struct resp *resp, char token[SESSION_TOKEN_SIZE])
{
	rnd_hex(token, TOKEN_BYTES);
	cookie_set(resp, cookie_name(s, true), token, -1, secure(s));
}

int
session_find(struct db *db, const char *token, struct admin *admin, struct err *e)
{
	uint8_t hash[HASH256_SIZE];

	if (hash_token(token, hash) == -1)
		return 0;
	return session_admin(db, hash, admin, e);
}

int
session_start(struct db *db, const struct settings *s, int64_t user_id, struct resp *resp, struct err *e)
{
	char token[SESSION_TOKEN_SIZE];
	uint8_t hash[HASH256_SIZE];

	rnd_hex(token, TOKEN_BYTES);
	if (hash_token(token, hash) == -1)
		return err_set(e, ERR_BUG, "a token that we made is malformed");
	if (session_add(db, hash, user_id, e) == -1)
		return -1;
	cookie_set(resp, cookie_name(s, false), token, SESSION_SECONDS, secure(s));
	cookie_set(resp, cookie_name(s, true), "", 0, secure(s));
	return 0;
}

int
session_end(struct db *db, const struct settings *s, const char *token, struct resp *resp, struct err *e)
{
	uint8_t hash[HASH256_SIZE];

	cookie_set(resp, cookie_name(s, false), "", 0, secure(s));
	return hash_token(token, hash) == -1 ? 0 : session_remove(db, hash, e);
}
