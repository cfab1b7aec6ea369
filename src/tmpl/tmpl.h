/*
 * Templates: a subset of Mustache, compiled once at the start, escaping by
 * construction.
 *
 *	{{x}}			a value, always escaped
 *	{{#x}} ... {{/x}}	once for each row of a list; or if x is true: set, not 0, not empty
 *	{{^x}} ... {{/x}}	if it is not
 *	{{>partials/x}}		another template; {{>page}} in the layout: the page itself
 *	{{_ Hello {x}. }}	a text for a person, translated; {x} is a value, escaped
 *	{{! ... }}		a comment
 *
 * There is no raw form.  The loader follows the HTML around each placeholder and refuses (ERR_CONFIG with
 * file and line) what escaping could not make safe: attribute values without double quotes, on*, style,
 * inline script and style elements, HTML comments, a placeholder in a tag.  In href, src, action and
 * formaction a placeholder stands alone and takes only a struct tmpl_url.  A section begins and ends at the same
 * place of the markup.
 *
 * A template whose name ends in .txt is plain text: no markup is followed, a value stays on its line (esc_line), an address
 * stands as it is, and there are no partials.
 */
#ifndef TMPL_TMPL_H
#define TMPL_TMPL_H

#include "util/arena.h"
#include "util/canonical_html.h"
#include "util/err.h"
#include "util/sb.h"

/* --- values ------------------------------------------------------------------ */

/* The values of a page: names and what they stand for, in an arena.  Each function takes a NULL tmpl_data
 * and notes a full arena; tmpl_render() then fails, so that building a page needs no checks. */
struct tmpl_data;

struct tmpl_data *tmpl_data_new(struct arena *);

/* Texts are copied.  Setting a name twice is a mistake: the first counts.  Names are static texts. */
void tmpl_text(struct tmpl_data *, const char *name, const char *text);
void tmpl_flag(struct tmpl_data *, const char *name, bool);
void tmpl_number(struct tmpl_data *, const char *name, int64_t);	/* 1234 */
void tmpl_count(struct tmpl_data *, const char *name, int64_t);		/* 1,234 */
void tmpl_html(struct tmpl_data *, const char *name, struct safe_html);

/* Appends a row to the list of that name and returns it. */
struct tmpl_data *tmpl_row(struct tmpl_data *, const char *name);

/* An address that may stand in href, src or action; only these functions make one. */
struct tmpl_url {
	const char *checked;
};

/* A path of this site: one slash first, printable ASCII.  Anything else makes a URL that no template takes. */
struct tmpl_url tmpl_url_path(const char *path);

/* An http: or https: address with a host, printable without blanks.  False if s is anything else. */
bool tmpl_url_web(const char *s, struct tmpl_url *) MUST_CHECK;

void tmpl_url(struct tmpl_data *, const char *name, struct tmpl_url);

/* --- templates --------------------------------------------------------------- */

struct templates;

/* Compiles every *.html below dir, named by path without suffix ("partials/job"), and every *.txt, named with it.
 * ERR_CONFIG. */
struct templates *templates_load(const char *dir, struct err *);

/* An empty set, and one template more in it; then templates_link() checks the partials.  For tests and for load. */
struct templates *templates_new(void);
int templates_add(struct templates *, const char *name, const char *text, size_t n, struct err *) MUST_CHECK;
int templates_link(struct templates *, struct err *) MUST_CHECK;
void templates_free(struct templates *);	/* NULL does nothing */

/*
 * Appends page inside layout (NULL: none) to out.  translate turns a msgid into the reader's language; NULL keeps it.
 * ERR_BUG for a value that is missing or of the wrong type and for plain text in a layout that is not, ERR_MEMORY when out or the arena is full.
 */
int tmpl_render(const struct templates *, const char *layout, const char *page, const struct tmpl_data *,
    const char *(*translate)(const char *msgid), struct sb *out, struct err *) MUST_CHECK;

#endif
