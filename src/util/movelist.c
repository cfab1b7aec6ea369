#include <strings.h>

#include "util/movelist.h"

#include "util/moverules.h"
#include "util/num.h"
#include "util/utf8.h"

#define FIELDS		2
#define CELL_SIZE	4100	/* more than a place may have, quotes doubled */

/* A text that is being read. */
struct list_text {
	const char	*p, *end;
	int64_t		 line;
	char		 separator;
	struct arena	*arena;
	char		 cell[FIELDS + 1][CELL_SIZE];	/* of the line at hand; what is too much goes into the last */
};

/* --- kinds --- */

/* Letters, digits, dots and hyphens, perhaps a port, and a last label of letters. */
static bool
looks_like_domain(const char *s)
{
	size_t host = strcspn(s, ":"), label, i;

	for (i = 0; i < host; i++)
		if ((unsigned char)s[i] < 0x80 && strchr("-.", s[i]) == NULL && !(s[i] >= '0' && s[i] <= '9') &&
		    !((s[i] | 0x20) >= 'a' && (s[i] | 0x20) <= 'z'))
			return false;
	for (label = host; label > 0 && s[label - 1] != '.'; label--)
		if (s[label - 1] >= '0' && s[label - 1] <= '9')
			return false;
	return label > 1 && host - label >= 2 && strspn(s + host, ":0123456789") == strlen(s + host);
}

bool
movelist_kind(const char *name, enum move_kind *kind)
{
	int i;

	for (i = 0; i < MOVE_KIND__MAX && strcmp(name, move_kind_names[i]) != 0; i++)
		;
	*kind = (enum move_kind)i;
	return i < MOVE_KIND__MAX || *name == '\0';
}

enum move_kind
movelist_looks(const char *s)
{
	size_t n = strlen(s);

	if (n > 0 && s[n - 1] == '*')
		return MOVE_PREFIX;
	if (strncasecmp(s, "https://", 8) == 0 || strncasecmp(s, "http://", 7) == 0)
		return MOVE_URL;
	return looks_like_domain(s) ? MOVE_DOMAIN : MOVE_PAGE_ID;
}

static const char *
kind_title(enum move_kind k)
{
	static const char *const titles[MOVE_KIND__MAX] = {
		[MOVE_DOMAIN] = "a domain", [MOVE_URL] = "an address", [MOVE_PREFIX] = "the begin of addresses (*)",
		[MOVE_PAGE_ID] = "a page id",
	};

	return titles[k];
}

/* --- pairs --- */

static const char *
trimmed(const char *s, size_t n, struct arena *arena)
{
	while (n > 0 && strchr(" \t\r\n", s[n - 1]) != NULL)
		n--;
	while (n > 0 && strchr(" \t\r\n", *s) != NULL) {
		s++;
		n--;
	}
	return arena_memdup(arena, s, n);
}

static bool
is_text(const char *s)
{
	const unsigned char *p;

	for (p = (const unsigned char *)s; *p != '\0'; p++)
		if (*p < 0x20 || *p == 0x7f)
			return false;
	return utf8_valid(s, strlen(s));
}

/* Room for one more: the array grows by halves, old ones stay in the arena. */
static int
grow(struct movelist *l, struct arena *arena, struct err *e)
{
	size_t room = l->n < 16 ? 16 : 2 * l->n;
	struct move_pair *more;

	if (l->n != 0 && (l->n < 16 || (l->n & (l->n - 1)) != 0))
		return 0;
	if ((more = arena_alloc(arena, room * sizeof(*more))) == NULL)
		return err_nomem(e);
	if (l->n > 0)
		memcpy(more, l->pair, l->n * sizeof(*more));
	l->pair = more;
	return 0;
}

int
movelist_add(struct movelist *l, const char *from, const char *to, enum move_kind kind, int64_t line,
    struct arena *arena, struct err *e)
{
	struct move_pair p = { .kind = kind, .line = line };
	enum move_kind looks;

	if (l->n == MOVE_PAIRS_MAX)
		return err_set(e, ERR_LIMIT, "The list has more than %d pairs. Please split it.", MOVE_PAIRS_MAX);
	if ((p.from = trimmed(from, strlen(from), arena)) == NULL || (p.to = trimmed(to, strlen(to), arena)) == NULL)
		return err_nomem(e);
	if (!is_text(p.from) || !is_text(p.to))
		return err_set(e, ERR_INPUT, "Line %" PRId64 " is not text in UTF-8, or has control characters. Please save the list "
		    "as UTF-8.", line);
	if (*p.from == '\0' || *p.to == '\0')
		return err_set(e, ERR_INPUT, "Line %" PRId64 " has no %s place. It must be: old place, comma, new place.", line,
		    *p.from == '\0' ? "old" : "new");
	if (kind == MOVE_KIND__MAX) {
		p.kind = movelist_looks(p.from);
		looks = movelist_looks(p.to);
		if (looks != p.kind)
			return err_set(e, ERR_INPUT, "Line %" PRId64 ": \"%.80s\" looks like %s, but \"%.80s\" like %s. Both must be of one "
			    "kind; if they are, choose it.", line, p.from, kind_title(p.kind), p.to, kind_title(looks));
	}
	if (grow(l, arena, e) == -1)
		return -1;
	l->pair[l->n++] = p;
	return 0;
}

int
movelist_check(const struct movelist *l, struct err *e)
{
	struct moverules *rules;

	if (l->n == 0)
		return err_set(e, ERR_INPUT, "There is nothing to move: the list is empty. Please give an old and a new place.");
	if ((rules = moverules_new(l->pair, l->n, e)) == NULL)
		return -1;
	moverules_free(rules);
	return 0;
}

void
movelist_title(const struct movelist *l, char out[MOVELIST_TITLE_SIZE])
{
	char count[32];

	num_format_count(count, (int64_t)l->n);
	if (l->n == 1)
		snprintf(out, MOVELIST_TITLE_SIZE, "%s to %s", l->pair[0].from, l->pair[0].to);
	else
		snprintf(out, MOVELIST_TITLE_SIZE, "%s pairs", count);
}

/* --- texts --- */

/* One cell, unquoted. */
static int
take_cell(struct list_text *t, char out[CELL_SIZE], bool *last, struct err *e)
{
	size_t n = 0;
	bool quoted;

	while (t->p < t->end && *t->p == ' ')
		t->p++;
	if ((quoted = t->p < t->end && *t->p == '"'))
		t->p++;
	for (; t->p < t->end; t->p++) {
		if (quoted && *t->p == '"') {
			if (t->p + 1 < t->end && t->p[1] == '"')
				t->p++;
			else {
				quoted = false;
				continue;
			}
		} else if (*t->p == '\n' || *t->p == '\r' || (!quoted && *t->p == t->separator))
			break;
		if (n == CELL_SIZE - 1 || *t->p == '\0')
			return err_set(e, ERR_INPUT, "Line %" PRId64 " is too long, or no text at all.", t->line);
		out[n++] = *t->p;
	}
	if (quoted)
		return err_set(e, ERR_INPUT, "Line %" PRId64 " has a quote that is not closed.", t->line);
	out[n] = '\0';
	*last = t->p == t->end || *t->p != t->separator;
	t->p += !*last;
	return 0;
}

static void
skip_line_end(struct list_text *t)
{
	if (t->p < t->end && *t->p == '\r')
		t->p++;
	if (t->p < t->end && *t->p == '\n')
		t->p++;
	t->line++;
}

static bool
is_title(const char *cell, const char *const *titles)
{
	for (; *titles != NULL; titles++)
		if (strcasecmp(cell, *titles) == 0)
			return true;
	return false;
}

/* The first line may say what the columns are. */
static bool
is_head(const char *from, const char *to)
{
	static const char *const olds[] = { "old", "from", "source", "old url", "old_url", "from url", "from_url", NULL };
	static const char *const news[] = { "new", "to", "target", "new url", "new_url", "to url", "to_url", NULL };

	return is_title(from, olds) && is_title(to, news);
}

/* Whichever the first line has most of outside of addresses: commas stand in some, tabs and semicolons hardly ever. */
static char
find_separator(const char *p, const char *end)
{
	const char *stop = p;

	while (stop < end && *stop != '\n' && *stop != '\r')
		stop++;
	return memchr(p, '\t', (size_t)(stop - p)) != NULL ? '\t' :
	    memchr(p, ',', (size_t)(stop - p)) == NULL && memchr(p, ';', (size_t)(stop - p)) != NULL ? ';' : ',';
}

static int
take_line(struct list_text *t, struct movelist *l, enum move_kind kind, struct err *e)
{
	int64_t line = t->line;
	bool last = false, more = false;
	size_t n;

	for (n = 0; !last; n++) {
		if (take_cell(t, t->cell[MIN(n, (size_t)FIELDS)], &last, e) == -1)
			return -1;
		more |= n >= FIELDS && *t->cell[FIELDS] != '\0';
	}
	skip_line_end(t);
	if (n == 1 && *t->cell[0] == '\0')
		return 0;
	if (n == 1)
		return err_set(e, ERR_INPUT, "Line %" PRId64 " has one column only. It must be: old place, comma, new place.", line);
	if (more)
		return err_set(e, ERR_INPUT, "Line %" PRId64 " has more than two columns. A place with a comma must stand in quotes.",
		    line);
	if (line == 1 && is_head(t->cell[0], t->cell[1]))
		return 0;
	return movelist_add(l, t->cell[0], t->cell[1], kind, line, t->arena, e);
}

int
movelist_add_text(struct movelist *l, const char *text, size_t n, enum move_kind kind, struct arena *arena,
    struct err *e)
{
	struct list_text t;

	t.p = text;
	t.end = text + n;
	t.line = 1;
	t.arena = arena;
	if (n > MOVE_LIST_MAX)
		return err_set(e, ERR_LIMIT, "The list is larger than 1 MB. Please split it.");
	if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		t.p += 3;
	t.separator = find_separator(t.p, t.end);
	while (t.p < t.end)
		if (take_line(&t, l, kind, e) == -1)
			return -1;
	return 0;
}
