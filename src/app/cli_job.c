/* trasloco job ... and trasloco audit. */
#include "app/cli.h"

#include "app/cli_text.h"

#include "store/audit.h"
#include "store/job.h"
#include "store/status.h"
#include "util/clock.h"
#include "util/num.h"
#include "util/utf8.h"

#define LIMIT	100		/* lines, where nobody says how many */

/* Nothing for a time that has not come. */
static void
print_time(const char *key, int64_t ms)
{
	char text[CLOCK_TEXT_SIZE];

	clock_format(text, ms);
	if (ms != CLOCK_UNKNOWN)
		print_line(key, text);
}

/* 0 if there is no --account; it may be named by its number. */
static int
chosen_account(struct cli *cli, int64_t *account_id, struct err *e)
{
	*account_id = 0;
	return cli->account == NULL ? 0 : cli_find_account(cli, cli->account, account_id, e);
}

static int
lines(const struct cli *cli)
{
	return cli->limit > 0 ? (int)cli->limit : LIMIT;
}

/* --- job list --- */

static int
list_job(void *ctx, const struct status_job *j, struct err *e)
{
	char requested[CLOCK_TEXT_SIZE];

	(void)ctx, (void)e;
	clock_format(requested, j->job.requested_at);
	printf("%" PRId64, j->job.job_id);
	print_column(j->account_name);
	print_column(job_kind_names[j->job.kind]);
	print_column(job_state_names[j->job.state]);
	print_column(j->job.format);
	print_column(requested);
	print_column(j->job.requested_by);
	print_column(j->job.file_name);
	putchar('\n');
	return 0;
}

int
cli_job_list(struct cli *cli, struct err *e)
{
	struct status_filter f = { .state = cli->state != NULL ? cli->state : "", .limit = lines(cli) };

	if (chosen_account(cli, &f.account_id, e) == -1)
		return -1;
	return status_job_each(cli->db, &f, list_job, NULL, e);
}

/* --- job show --- */

static int
job_number(const struct cli *cli, int64_t *job_id, struct err *e)
{
	if (num_parse(cli->args[0], 1, INT64_MAX, job_id) == -1)
		return err_set(e, ERR_INPUT, "\"%.40s\" is not the number of a job; `trasloco job list` shows them.",
		    cli->args[0]);
	return 0;
}

static int
no_such_job(int64_t job_id, struct err *e)
{
	return err_set(e, ERR_NOTFOUND, "There is no job %" PRId64 "; `trasloco job list` shows the newest.", job_id);
}

static void
show_counts(const struct job_counts *c)
{
	print_number("bytes read", c->bytes_read);
	print_number("comments read", c->comments_read);
	print_number("created", c->created);
	print_number("updated", c->updated);
	print_number("unchanged", c->unchanged);
	print_number("skipped", c->skipped);
}

static void
show_options(const char *options)
{
	char line[JOB_OPTIONS_SIZE];
	size_t n;

	for (; *options != '\0'; options += n + (options[n] == '\n')) {
		n = strcspn(options, "\n");
		snprintf(line, sizeof(line), "%.*s", (int)n, options);
		print_line("option", line);
	}
}

static int
show_job(void *ctx, const struct status_job *s, struct err *e)
{
	const struct job *j = &s->job;
	bool *found = ctx;

	(void)e;
	*found = true;
	print_number("job", j->job_id);
	print_number("account", j->account_id);
	print_line("account name", s->account_name);
	print_line("kind", job_kind_names[j->kind]);
	print_line("state", job_state_names[j->state]);
	if (j->undoing)
		print_line("undoing", "yes");
	print_line("format", j->format);
	print_line("source", j->source);
	show_options(s->options);
	print_line("file", j->file_name);
	print_number("file size", j->file_size);
	print_line("requested by", j->requested_by);
	print_time("requested", j->requested_at);
	print_time("started", j->started_at);
	print_time("finished", j->finished_at);
	print_line("node", s->node);
	print_line("worker", s->worker);
	print_time("lease until", s->lease_until);
	show_counts(&j->counts);
	print_line("message", j->message);
	return 0;
}

static int
show_issue(void *ctx, const struct job_issue *issue, struct err *e)
{
	const struct issue_kind *kind = &issue_kinds[issue->reason];

	(void)ctx, (void)e;
	printf("%s %s: %" PRId64 "\n", kind->skips ? "skipped," : "warning,", kind->name, issue->count);
	return 0;
}

static int
show_note(void *ctx, int64_t at, const char *note, struct err *e)
{
	char text[CLOCK_TEXT_SIZE + JOB_NOTE_BYTES + 2], time[CLOCK_TEXT_SIZE];

	(void)ctx, (void)e;
	clock_format(time, at);
	snprintf(text, sizeof(text), "%s %s", time, note);
	print_line("note", text);
	return 0;
}

int
cli_job_show(struct cli *cli, struct err *e)
{
	struct status_filter f = { .state = "", .limit = 1 };
	bool found = false;

	if (job_number(cli, &f.job_id, e) == -1 || status_job_each(cli->db, &f, show_job, &found, e) == -1)
		return -1;
	if (!found)
		return no_such_job(f.job_id, e);
	return job_issue_each(cli->db, f.job_id, show_issue, NULL, e) == -1 ? -1 : job_note_each(cli->db, f.job_id, show_note, NULL, e);
}

/* --- job cancel --- */

int
cli_job_cancel(struct cli *cli, struct err *e)
{
	int64_t job_id;
	struct job job;
	int found, r;

	if (job_number(cli, &job_id, e) == -1 || (found = job_get(cli->db, 0, job_id, &job, e)) == -1)
		return -1;
	if (found == 0)
		return no_such_job(job_id, e);
	if ((r = job_cancel(cli->db, job.account_id, job_id, "operator", e)) == -1 ||
	    (found = job_get(cli->db, 0, job_id, &job, e)) != 1)
		return r == -1 || found == -1 ? -1 : no_such_job(job_id, e);
	if (r == 0)
		return err_set(e, ERR_CONFLICT, "Job %" PRId64 " has ended already: it is %s.", job_id,
		    job_state_names[job.state]);
	printf("Job %" PRId64 " is cancelled.%s\n", job_id, job.undoing ?
	    " Its worker takes back what it had written; the account's next job waits until then." : "");
	return 0;
}

/* --- job note --- */

/* Cuts blanks and line ends off both ends of s; refuses what no page and no mail could show. */
static char *
check_note(char *s, struct err *e)
{
	size_t n, chars = 0, i;

	s += strspn(s, " \t\n");
	for (n = strlen(s); n > 0 && strchr(" \t\n", s[n - 1]) != NULL; n--)
		s[n - 1] = '\0';
	if (n == 0)
		err_set(e, ERR_INPUT, "The note is empty. Please write it in quotes after the number of the job.");
	else if (!utf8_valid(s, n))
		err_set(e, ERR_INPUT, "The note is not UTF-8 text. Please write it on a terminal that is set to UTF-8.");
	else
		e->kind = ERR_NONE;
	for (i = 0; e->kind == ERR_NONE && i < n; i += utf8_sequence(s + i, n - i), chars++)
		if (((unsigned char)s[i] < ' ' && s[i] != '\n') || s[i] == 0x7f || ((unsigned char)s[i] == 0xc2 && (unsigned char)s[i + 1] < 0xa0))
			err_set(e, ERR_INPUT, "The note holds a control character. Please write it with letters, signs and line ends only.");
	if (e->kind == ERR_NONE && chars > JOB_NOTE_CHARS)
		err_set(e, ERR_INPUT, "The note has %zu characters, and may have %d. Please shorten it, or write two notes.", chars,
		    JOB_NOTE_CHARS);
	return e->kind == ERR_NONE ? s : NULL;
}

int
cli_job_note(struct cli *cli, struct err *e)
{
	const char *note = check_note(cli->args[1], e);
	bool mailed = false;
	int64_t job_id;
	struct job job;
	int r;

	if (note == NULL || job_number(cli, &job_id, e) == -1 || (r = job_get(cli->db, 0, job_id, &job, e)) == -1)
		return -1;
	if (r == 0)
		return no_such_job(job_id, e);
	if ((r = job_note_add(cli->db, &job, note, &mailed, e)) == -1)
		return -1;
	if (r == 0)
		return err_set(e, ERR_CONFLICT, "Job %" PRId64 " has %d notes already, and may have no more.", job_id, JOB_NOTES_MAX);
	printf("Every admin of the account sees the note on the page of job %" PRId64 ".\n", job_id);
	if (mailed)
		printf("It is mailed to %s, who asked for the job.\n", job.requested_by);
	else
		puts("Nobody gets it by mail: no admin of the account asked for the job.");
	return 0;
}

/* --- audit --- */

static int
print_entry(void *ctx, const struct audit_entry *a, struct err *e)
{
	char at[CLOCK_TEXT_SIZE];

	(void)ctx, (void)e;
	clock_format(at, a->at);
	printf("%" PRId64 "\t%s\t%" PRId64, a->audit_id, at, a->account_id);
	print_column(a->actor);
	print_column(a->action);
	if (a->job_id != 0)
		printf("\t%" PRId64, a->job_id);
	else
		putchar('\t');
	print_column(a->detail);
	putchar('\n');
	return 0;
}

int
cli_audit(struct cli *cli, struct err *e)
{
	int64_t account_id;

	if (chosen_account(cli, &account_id, e) == -1)
		return -1;
	return audit_each(cli->db, account_id, cli->before, lines(cli), print_entry, NULL, e);
}
