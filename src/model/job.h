/* A job: one import, export, move, copy or undo, as the database and the pages know it. */
#ifndef MODEL_JOB_H
#define MODEL_JOB_H

#include <stdbool.h>
#include <stdint.h>

enum job_kind { JOB_IMPORT, JOB_EXPORT, JOB_MOVE, JOB_COPY, JOB_UNDO, JOB_KIND__MAX };
enum job_state { JOB_REQUESTED, JOB_RUNNING, JOB_COMPLETED, JOB_FAILED, JOB_CANCELLED, JOB_STATE__MAX };

/* In the order of the enums: the words of the database, the JSON and the log. */
extern const char *const job_kind_names[JOB_KIND__MAX];
extern const char *const job_state_names[JOB_STATE__MAX];

struct job_counts {
	int64_t	bytes_read;	/* of the file as uploaded */
	int64_t	comments_read;	/* = created + updated + unchanged + skipped once completed */
	int64_t	created, updated, unchanged, skipped;
};

/* A note on a job: UTF-8, its only control characters line feeds. */
#define JOB_NOTE_CHARS	1000
#define JOB_NOTE_BYTES	(4 * JOB_NOTE_CHARS)
#define JOB_NOTES_MAX	10	/* of one job: a list of 50 jobs must fit into an answer */

/* A job that is done is in one of the three final states. */
static inline bool
job_state_final(enum job_state s)
{
	return s == JOB_COMPLETED || s == JOB_FAILED || s == JOB_CANCELLED;
}

struct job {
	int64_t			job_id, account_id;
	enum job_kind		kind;
	enum job_state		state;
	char			source[33];	/* "" until known */
	char			format[33];	/* name of the format table's row */
	char			file_name[256];
	int64_t			file_size;	/* bytes as uploaded */
	char			requested_by[256];	/* e-mail of the admin, kept when the admin is removed */
	int64_t			requested_at, started_at, finished_at;	/* ms UTC, CLOCK_UNKNOWN */
	struct job_counts	counts;
	bool			undoing;	/* cancelled, and its worker still takes back what it had written */
	int64_t			comments_total;	/* how many there will be in all; -1 unknown */
	int64_t			integration_id;	/* of whom it is a run; 0: none */
	bool			run;		/* a site's run: commits by batch, holds no worker; what it brought stays, however it ends */
	int64_t			heard_at;	/* of a run: when the site was heard last, ms UTC, CLOCK_UNKNOWN: not yet */
	int64_t			download_until;	/* of a completed export: its file is deleted then, or was; ms UTC, else CLOCK_UNKNOWN */
	bool			available;	/* of an export: its file can be downloaded */
	bool			file_site_known;	/* of an import of a file */
	char			file_site[256];	/* the source_site of its comments, as the file has it; may be "" */
	char			met_site[256];	/* the other site of the account whose ids and dates more than half of them have; "": none */
	int			notes;		/* how many the people who run the server have written about it */
	char			message[600];	/* one sentence for the admins, "" while there is nothing to say */
};

#endif
