#include "jobs/aliases.h"

#include "util/esc.h"

#include "jobs/seen.h"
#include "store/alias.h"

/* An id that is asked for. */
struct name {
	struct hash128			 id;
	const struct stored_comment	*of;	/* first record that has it; ids of aliases hold its source and site */
	struct hash128			 means;
	enum alias_kind			 kind;	/* ALIAS_NONE: nothing but itself */
	bool				 told;	/* believed for the site was told of it: from now on it is mapped */
};

struct aliases {
	struct db		*db;
	int64_t			 account_id, integration_id;
	bool			 any;		/* the account has aliases */

	/* The rest only if there is something to ask. */
	size_t			 n;
	struct batch_ids	*ids;		/* place: in name[] */
	struct name		*name;
	const struct hash128	**wanted;
};

struct aliases *
aliases_open(struct db *db, int64_t account_id, int64_t integration_id, size_t max, struct err *e)
{
	struct aliases *a = calloc(1, sizeof(*a));

	if (a == NULL) {
		err_nomem(e);
		return NULL;
	}
	a->db = db;
	a->account_id = account_id;
	a->integration_id = integration_id;
	if (alias_any(db, account_id, &a->any, e) == -1)
		goto close_aliases;
	if (!a->any && integration_id == 0)
		return a;
	/* A record has an id and that of its parent. */
	a->ids = batch_ids_new(2 * max);
	a->name = calloc(2 * max, sizeof(*a->name));
	a->wanted = calloc(2 * max, sizeof(*a->wanted));
	if (a->ids != NULL && a->name != NULL && a->wanted != NULL)
		return a;
	err_nomem(e);
close_aliases:
	aliases_close(a);
	return NULL;
}

void
aliases_close(struct aliases *a)
{
	if (a == NULL)
		return;
	batch_ids_free(a->ids);
	free(a->name);
	free(a->wanted);
	free(a);
}

/* --- asking --- */

static void
begin(struct aliases *a)
{
	batch_ids_clear(a->ids);
	a->n = 0;
}

static void
ask(struct aliases *a, const struct hash128 *id, const struct stored_comment *of)
{
	struct name *name = &a->name[a->n];

	*name = (struct name){ .id = *id, .of = of };
	if (!batch_ids_add(a->ids, &name->id, a->n))
		return;
	a->wanted[a->n++] = &name->id;
}

static const struct name *
answer(const struct aliases *a, const struct hash128 *id)
{
	return &a->name[batch_ids_find(a->ids, id)];
}

static bool
is_text(const struct text *t, const char *s)
{
	return t->n == strlen(s) && memcmp(t->p, s, t->n) == 0;
}

/* Of another source, what counts is only what a site has mapped. */
static void
found(void *ctx, const struct alias_found *f)
{
	struct aliases *a = ctx;
	size_t i = batch_ids_find(a->ids, &f->asked);
	struct name *name;

	if (i == SIZE_MAX)
		return;
	name = &a->name[i];
	name->means = f->comment_id;
	if (is_text(&name->of->source, f->source) && is_text(&name->of->c->text[CT_SOURCE_SITE], f->source_site))
		name->kind = ALIAS_OWN;
	else if (f->mapped)
		name->kind = ALIAS_FOREIGN;
}

/* --- what a site says of our ids --- */

/* True with the comment_id that the record names. */
static bool
claim(const struct stored_comment *s, struct hash128 *id)
{
	const struct text *t = &s->c->text[CT_COMMENT_ID];
	char hex[2 * HASH128_SIZE + 1];

	if (t->n != sizeof(hex) - 1)
		return false;
	memcpy(hex, t->p, t->n);
	hex[t->n] = '\0';
	return unhex(id->b, HASH128_SIZE, hex) == 0;
}

static bool
same_text(const struct text *a, const struct text *b)
{
	return a->n == b->n && memcmp(a->p, b->p, a->n) == 0;
}

static bool
same_site(const struct stored_comment *a, const struct stored_comment *b)
{
	return same_text(&a->source, &b->source) && same_text(&a->c->text[CT_SOURCE_SITE], &b->c->text[CT_SOURCE_SITE]);
}

static void
found_told(void *ctx, const struct alias_found *f)
{
	struct aliases *a = ctx;
	size_t i = batch_ids_find(a->ids, &f->asked);

	if (i == SIZE_MAX)
		return;
	a->name[i].means = f->comment_id;
	a->name[i].kind = ALIAS_FOREIGN;
	a->name[i].told = true;
}

/* What the ids that records name mean.  Few sites name what is not their own, so the second question is seldom asked. */
static int
look_up_claims(struct aliases *a, struct err *e)
{
	size_t n = 0, i;

	if (alias_claimed(a->db, a->account_id, a->integration_id, a->wanted, a->n, found, a, e) == -1)
		return -1;
	for (i = 0; i < a->n; i++)
		if (a->name[i].kind == ALIAS_NONE)
			a->wanted[n++] = &a->name[i].id;
	return alias_told(a->db, a->account_id, a->integration_id, a->wanted, n, found_told, a, e);
}

/* The first record that names a comment says under which number the site has it. */
static int
keep_number(struct aliases *a, const struct stored_comment *s, const struct name *name, struct err *e)
{
	if (!name->told || name->of != s)
		return 0;
	a->any = true;
	return alias_add(a->db, a->account_id, a->integration_id, &s->comment_id, &name->means, &s->c->text[CT_EXTERNAL_ID], e);
}

static int
resolve_claims(struct aliases *a, struct stored_comment *s, enum alias_kind *kind, size_t n, struct err *e)
{
	const struct name *name;
	struct hash128 id;
	size_t i;

	begin(a);
	for (i = 0; i < n; i++)
		if (claim(&s[i], &id))
			ask(a, &id, &s[i]);
	if (look_up_claims(a, e) == -1)
		return -1;
	for (i = 0; i < n; i++) {
		if (!claim(&s[i], &id))
			continue;
		name = answer(a, &id);
		/* What was found goes by the first record that named it. */
		if (name->kind == ALIAS_NONE || !same_site(&s[i], name->of))
			continue;
		if (keep_number(a, &s[i], name, e) == -1)
			return -1;
		s[i].comment_id = name->means;
		kind[i] = name->kind;
	}
	return 0;
}

/* --- what sites have mapped --- */

static int
resolve_aliases(struct aliases *a, struct stored_comment *s, enum alias_kind *kind, size_t n, struct err *e)
{
	const struct name *name;
	size_t i;

	begin(a);
	for (i = 0; i < n; i++) {
		ask(a, &s[i].comment_id, &s[i]);
		if (s[i].has_parent)
			ask(a, &s[i].parent_id, &s[i]);
	}
	if (alias_lookup(a->db, a->account_id, a->wanted, a->n, found, a, e) == -1)
		return -1;
	for (i = 0; i < n; i++) {
		name = answer(a, &s[i].comment_id);
		/* Whose comment our id names is settled already. */
		if (kind[i] == ALIAS_NONE && name->kind != ALIAS_NONE) {
			s[i].comment_id = name->means;
			kind[i] = name->kind;
		}
		if (s[i].has_parent && (name = answer(a, &s[i].parent_id))->kind != ALIAS_NONE)
			s[i].parent_id = name->means;
	}
	return 0;
}

int
aliases_resolve(struct aliases *a, struct stored_comment *s, enum alias_kind *kind, size_t n, struct err *e)
{
	size_t i;

	for (i = 0; i < n; i++)
		kind[i] = ALIAS_NONE;
	if (a->integration_id != 0 && resolve_claims(a, s, kind, n, e) == -1)
		return -1;
	return a->any ? resolve_aliases(a, s, kind, n, e) : 0;
}

int
aliases_resolve_waiting(struct aliases *a, struct err *e)
{
	return a->any ? alias_waiting(a->db, a->account_id, e) : 0;
}
