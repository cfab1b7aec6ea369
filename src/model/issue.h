/*
 * What can be said about a record that was not taken, or not taken as it was.
 * Skips are part of "read = created + updated + unchanged + skipped"; the
 * others are warnings about records that were taken.
 */
#ifndef MODEL_ISSUE_H
#define MODEL_ISSUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum issue_reason {
	/* skipped */
	ISSUE_DUPLICATE_ID,
	ISSUE_BAD_RECORD,
	ISSUE_HOLE,
	ISSUE_PINGBACK,
	ISSUE_REACTION,
	ISSUE_PRIVATE,
	ISSUE_OTHER_TYPE,
	ISSUE_PAGE_NOT_PUBLIC,
	ISSUE_SITE_DELETED,
	/* taken, but altered or worth a look */
	ISSUE_TYPE_UNKNOWN,
	ISSUE_PARENT_MISSING,
	ISSUE_PARENT_CYCLE,
	ISSUE_PAGE_MISSING,
	ISSUE_PAGE_URL_ODD,
	ISSUE_DATE_UNKNOWN,
	ISSUE_ID_MADE,
	ISSUE_ID_HASHED,
	ISSUE_BODY_PLAIN,
	ISSUE_BODY_CUT,
	ISSUE_EMBED_LINKED,
	ISSUE_PICTURE_LINKED,
	ISSUE_EMOJI_TEXT,
	ISSUE_PICTURE_LEFT_OUT,
	ISSUE_LINK_LEFT_OUT,
	ISSUE_TOOLTIP_LEFT_OUT,
	ISSUE_HIDDEN_LEFT_OUT,
	ISSUE_NODE_LEFT_OUT,
	ISSUE_DELETED_TEXT,
	ISSUE_NAME_CUT,
	ISSUE_TITLE_CUT,
	ISSUE_URL_LEFT_OUT,
	ISSUE_VALUE_LEFT_OUT,
	ISSUE_BYTES_REPAIRED,
	ISSUE_READ_AS_UTF8,
	ISSUE_READ_AS_WINDOWS_1252,
	ISSUE_CONTROLS_READ,
	ISSUE_CONTROLS_LEFT_OUT,
	ISSUE_LEADING_JUNK,
	ISSUE_TRAILING_JUNK,
	ISSUE_JSON_REPAIRED,
	ISSUE_AUTHOR_MISSING,
	ISSUE_EXTRA_DROPPED,
	ISSUE_LAST_LINE_CUT,
	ISSUE_FILE_BROKEN,
	ISSUE_FILE_PASSED_OVER,
	ISSUE__MAX
};

/* A set of reasons is a uint64_t of these. */
#define ISSUE_BIT(reason)	(UINT64_C(1) << (reason))
_Static_assert(ISSUE__MAX <= 64, "ISSUE_BIT");

#define ISSUE_EXAMPLES_MAX 20

struct issue_kind {
	const char	*name;		/* in the database, the JSON and the reader protocol */
	bool		 skips;		/* the record was not taken */
	const char	*title;		/* for a person, English msgid */
};

/* One row a reason; defined in util/names.c. */
extern const struct issue_kind issue_kinds[ISSUE__MAX];

/* Reason by name; ISSUE__MAX if there is none of that name. */
enum issue_reason issue_by_name(const char *name);

#endif
