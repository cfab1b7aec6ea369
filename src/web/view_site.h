/* A connected site, or one that asks to be, as a person reads it. */
#ifndef WEB_VIEW_SITE_H
#define WEB_VIEW_SITE_H

#include "store/integration.h"
#include "tmpl/tmpl.h"

#include "web/ctx.h"

/* The values of a site: what it is, what it gets, what it has brought; of partials/connected too. */
void view_site(struct tmpl_data *, const struct integration *);

/* The values of partials/connect_steps. */
void view_connect_steps(struct tmpl_data *, const struct ctx *);

/* A run of a site is waited for so long. */
int view_site_silence(const struct ctx *);	/* seconds */

#endif
