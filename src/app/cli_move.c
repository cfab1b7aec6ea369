/* trasloco move, trasloco copy: ask for such a job, as the pages do, and follow it to its end. */
#include "app/cli.h"

#include "store/copy.h"
#include "store/job.h"
#include "store/move.h"

#include "app/cli_text.h"

#define ARENA_CAP	(16 << 20)
#define LOOK_MS		200	/* between two looks at the job */
#define OPERATOR	"operator"

/* Waits for the job's end, and says how it was.  -1 unless it is completed. */
static int
follow(struct cli *cli, int64_t job_id, struct job *j, struct err *e)
{
	const struct timespec pause = { 0, LOOK_MS * 1000000L };

	printf("Job %" PRId64 " is requested.\n", job_id);
	fflush(stdout);
	do {
		nanosleep(&pause, NULL);
		if (job_get(cli->db, 0, job_id, j, e) != 1)
			return -1;
	} while (!job_state_final(j->state));
	if (j->state != JOB_COMPLETED)
		return err_set(e, ERR_CONFLICT, "Job %" PRId64 " is %s: %.400s", job_id, job_state_names[j->state], j->message);
	if (*j->message != '\0')
		print_line("message", j->message);
	return 0;
}

/* --- move --- */

static int
chosen_kind(const char *name, enum move_kind *kind, struct err *e)
{
	return movelist_kind(name, kind) ? 0 : err_set(e, ERR_INPUT, "--kind is one of domain, url, prefix and page_id.");
}

static int
read_file(const char *path, enum move_kind kind, struct movelist *l, struct arena *arena, struct err *e)
{
	char *text = arena_alloc(arena, MOVE_LIST_MAX + 1);
	size_t n;
	FILE *f;
	int result = -1;

	if (text == NULL)
		return err_nomem(e);
	if ((f = fopen(path, "re")) == NULL)
		return err_set(e, ERR_INPUT, "%s cannot be opened: %s.", path, strerror(errno));
	n = fread(text, 1, MOVE_LIST_MAX + 1, f);
	if (ferror(f))
		err_set(e, ERR_INPUT, "%s cannot be read.", path);
	else
		result = movelist_add_text(l, text, n, kind, arena, e);
	fclose(f);
	return result;
}

static int
read_list(const struct cli *cli, struct movelist *l, struct arena *arena, struct err *e)
{
	const char *from = cli_wanted(cli, "from"), *to = cli_wanted(cli, "to"), *csv = cli_wanted(cli, "csv");
	enum move_kind kind;

	if ((*csv != '\0') == (*from != '\0' || *to != '\0'))
		return err_set(e, ERR_INPUT, "Say what to move, either with --from and --to or with --csv FILE.");
	if (chosen_kind(cli_wanted(cli, "kind"), &kind, e) == -1)
		return -1;
	if ((*csv != '\0' ? read_file(csv, kind, l, arena, e) : movelist_add(l, from, to, kind, 1, arena, e)) == -1)
		return -1;
	return movelist_check(l, e);
}

static int
print_example(void *ctx, const struct move_example *x, struct err *e)
{
	bool url = strcmp(x->url_before, x->url_after) != 0;

	(void)ctx, (void)e;
	print_text(url ? x->url_before : x->id_before);
	print_column(url ? x->url_after : x->id_after);
	printf("\t%" PRId64 "%s\n", x->comments, x->collides ? "\tanother page is there" : "");
	return 0;
}

static int
print_move(struct cli *cli, const struct job *j, bool preview, struct err *e)
{
	struct move_result r = { 0 };

	if (move_result_get(cli->db, j->job_id, &r, e) == -1)
		return -1;
	print_number(preview ? "pages that would move" : "pages moved", r.pages);
	print_number(preview ? "comments that would move" : "comments moved", r.comments);
	print_number("pages that become one with another", r.collisions);
	return preview ? move_example_each(cli->db, j->job_id, print_example, NULL, e) : 0;
}

int
cli_move(struct cli *cli, struct err *e)
{
	static const char *const names[] = { "from", "to", "kind", "csv", "merge", "preview", NULL };
	struct move_request r = { .requested_by = OPERATOR, .node = cli->settings.node, .preview = *cli_wanted(cli, "preview") != '\0',
	    .merge = *cli_wanted(cli, "merge") != '\0' };
	struct arena *arena;
	struct movelist l = { .n = 0 };
	struct job j;
	int64_t job_id;
	int result = -1;

	if (cli_check_wants(cli, names, &r.account_id, e) == -1)
		return -1;
	if ((arena = arena_new(ARENA_CAP)) == NULL)
		return err_nomem(e);
	if (read_list(cli, &l, arena, e) == 0 && move_request_add(cli->db, &r, &l, &job_id, e) == 0 &&
	    follow(cli, job_id, &j, e) == 0)
		result = print_move(cli, &j, r.preview, e);
	arena_free(arena);
	return result;
}

/* --- copy --- */

int
cli_copy(struct cli *cli, struct err *e)
{
	static const char *const names[] = { "from-page", "to-page", "to-url", NULL };
	struct copy_request r = { .requested_by = OPERATOR, .node = cli->settings.node, .from = cli_wanted(cli, "from-page"),
	    .to = cli_wanted(cli, "to-page"), .url = cli_wanted(cli, "to-url") };
	struct job j;
	int64_t job_id;

	if (cli_check_wants(cli, names, &r.account_id, e) == -1 || copy_request_add(cli->db, &r, &job_id, e) == -1 ||
	    follow(cli, job_id, &j, e) == -1)
		return -1;
	print_number("created", j.counts.created);
	print_number("updated", j.counts.updated);
	print_number("unchanged", j.counts.unchanged);
	return 0;
}
