/* What `trasloco convert` says when it is done: a summary for a person, a JSON document for a program (doc/CONVERT). */
#ifndef APP_CONVERT_REPORT_H
#define APP_CONVERT_REPORT_H

#include <stdio.h>

#include "jobs/convert.h"

struct convert_report {
	const struct format	*format;	/* NULL: it was not recognised */
	const struct writer	*writer;
	struct convert_counts	 counts;
	struct issues		 issues;
	const struct err	*err;		/* NULL: all went well */
};

/* How many, and why some were skipped or altered, on stderr. */
void convert_report_summary(const struct convert_report *);

/* The same with examples as one JSON document, version 1. */
int convert_report_write(const struct convert_report *, FILE *, struct err *);

#endif
