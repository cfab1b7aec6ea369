#include <json-c/json.h>

#include "formats/cusdis_root.h"

#include "util/base.h"

#include "formats/jsonval.h"

/* Names of members, one bit each. */
static const char *const members[] = { "id", "pages", "comments", "slug url", "projects project data flattened rawPages" };
enum { ID = 1, PAGES = 2, COMMENTS = 4, PAGE = 8, LISTS = 16 };

enum cusdis_kind
cusdis_root_of_element(struct json_object *o)
{
	if (jsonval_has(o, "content parsedContent"))
		return CUSDIS_COMMENT;
	if (jsonval_has(o, "pages"))
		return CUSDIS_A_PROJECT;
	if (jsonval_has(o, "comments"))
		return jsonval_has(o, "slug url") ? CUSDIS_A_PAGE : CUSDIS_ANSWER;
	return jsonval_has(o, "data flattened") ? CUSDIS_ANSWER : CUSDIS_COMMENT;
}

void
cusdis_root_note(unsigned *names, const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(members); i++)
		if (jsonval_named(name, members[i]))
			*names |= 1u << i;
}

enum cusdis_kind
cusdis_root_of_names(unsigned names)
{
	if (names & LISTS)
		return CUSDIS_ANSWER;
	if (names & PAGES)
		return names & ID && !(names & COMMENTS) ? CUSDIS_A_PROJECT : CUSDIS_ANSWER;
	return names & COMMENTS && names & PAGE ? CUSDIS_A_PAGE : CUSDIS_ANSWER;
}
