#include "jobs/issues.h"

#include "util/esc.h"

#define EXAMPLES_MAX_BYTES	(64 * 1024 - 3)		/* a TEXT column, less brackets and NUL */

void
issues_init(struct issues *is)
{
	int i;

	memset(is, 0, sizeof(*is));
	for (i = 0; i < ISSUE__MAX; i++)
		sb_init(&is->of[i].json, EXAMPLES_MAX_BYTES);
}

void
issues_free(struct issues *is)
{
	int i;

	for (i = 0; i < ISSUE__MAX; i++)
		sb_free(&is->of[i].json);
}

void
issues_count(struct issues *is, enum issue_reason reason, int64_t n)
{
	is->of[reason].count += n;
}

void
issues_example(struct issues *is, enum issue_reason reason, const char *external_id, size_t n, uint64_t line)
{
	struct sb *json = &is->of[reason].json;

	if (is->of[reason].examples == ISSUE_EXAMPLES_MAX)
		return;
	sb_str(json, is->of[reason].examples++ > 0 ? ",{\"external_id\":\"" : "{\"external_id\":\"");
	esc_json(json, external_id, n);
	if (line > 0)
		sb_printf(json, "\",\"line\":%" PRIu64 "}", line);
	else
		sb_str(json, "\",\"line\":null}");
}

int
issues_store(struct issues *is, struct db *db, int64_t job_id, struct err *e)
{
	struct sb array;
	int i, result = -1;

	sb_init(&array, EXAMPLES_MAX_BYTES + 3);
	for (i = 0; i < ISSUE__MAX; i++) {
		struct job_issue issue = { .reason = i, .count = is->of[i].count };

		if (issue.count == 0)
			continue;
		sb_reset(&array);
		sb_printf(&array, "[%s]", sb_text(&is->of[i].json));
		if (!sb_ok(&is->of[i].json) || !sb_ok(&array)) {
			err_nomem(e);
			goto free_array;
		}
		issue.examples = sb_text(&array);
		if (job_issue_add(db, job_id, &issue, e) == -1)
			goto free_array;
	}
	result = 0;
free_array:
	sb_free(&array);
	return result;
}
