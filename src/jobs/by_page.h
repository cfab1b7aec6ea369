/*
 * Brings the comments of each page together, for formats that hold them page by page: pages in the order in which
 * they first appear, the comments of each in the order in which they came.  Constant memory, whatever comes
 * (jobs/extsort).
 */
#ifndef JOBS_BY_PAGE_H
#define JOBS_BY_PAGE_H

#include "jobs/sink.h"

struct by_page;

/* A page is (source, source_site, page_id).  memory: for the sort, usually EXTSORT_MEMORY.  NULL when out of memory. */
struct by_page *by_page_new(struct sink *next, size_t memory, struct err *);
void by_page_free(struct by_page *);		/* NULL does nothing */

/* Takes comments whose CT_SOURCE is said; none goes on before the end. */
struct sink *by_page_sink(struct by_page *);

/* Nothing more comes: hands all of them on. */
int by_page_end(struct by_page *, struct err *) MUST_CHECK;

#endif
