/*
 * The outbox: messages about jobs that have ended, and about notes on jobs.  They are written in the transaction that ends
 * the job or adds the note, so that none is ever silent and none that was rolled back is ever told; they are delivered
 * by jobs/notify.
 */
#ifndef STORE_OUTBOX_H
#define STORE_OUTBOX_H

#include "store/db.h"

#include "model/job.h"

enum outbox_kind { OUTBOX_OPERATOR_MAIL, OUTBOX_ADMIN_MAIL, OUTBOX_NOTE_MAIL, OUTBOX_WEBHOOK, OUTBOX_KIND__MAX };
extern const char *const outbox_kind_names[OUTBOX_KIND__MAX];	/* the words of the database: "operator_mail", ... */

/*
 * Inside the transaction that ended the job: a mail to the admin who asked, if wanted; one to
 * the account's webhook, if there is one; and, for a failed job, one to each operator (addresses separated by commas and
 * blanks; "" none; role jobs only).  Once for each job: it ends once.
 */
int outbox_add(struct db *, int64_t job_id, const char *operators, struct err *) MUST_CHECK;

/* Inside the transaction that added a note on a job: a mail to the admin who asked for the job, if the account still has that
 * admin; *added says so.  Role migrate. */
int outbox_add_note(struct db *, int64_t job_id, int64_t note_id, bool *added, struct err *) MUST_CHECK;

/* --- role jobs --- */

struct outbox_message {
	int64_t		 message_id;
	enum outbox_kind kind;
	char		 recipient[255];
	uint8_t		 idempotency_id[16];
	int		 attempts;		/* this one included */
	struct job	 job;			/* as it ended; of a note: as it is */
	char		 note[JOB_NOTE_BYTES + 1];	/* of OUTBOX_NOTE_MAIL, else "" */
	char		 account_name[256];
	char		 url[2049];		/* of the webhook; "" if it was removed meanwhile */
	uint8_t		 sealed_secret[255];
	size_t		 sealed_secret_size;
};

/* Two lines that do not hold each other up: somebody else's slow server never delays a mail. */
enum outbox_lane { OUTBOX_LANE_MAIL, OUTBOX_LANE_WEBHOOK, OUTBOX_LANE__MAX };

#define OUTBOX_BUSY	16

/*
 * The waiting message of a lane that is due longest, taken for seconds: until then nobody else gets it, and after
 * that, if it was neither sent nor put off, somebody does again.  busy: accounts that are to wait, 0 where there is none.
 * 1, 0 (nothing is due), -1.
 */
int outbox_take(struct db *, enum outbox_lane, const int64_t busy[OUTBOX_BUSY], int seconds, struct outbox_message *,
    struct err *) MUST_CHECK;

enum outbox_outcome { OUTBOX_SENT, OUTBOX_PUT_OFF, OUTBOX_GIVEN_UP };

/* What became of the attempt; put off by so many seconds.  status and said: for outbox_attempt. */
int outbox_done(struct db *, const struct outbox_message *, enum outbox_outcome, int seconds, int status, const char *said,
    struct err *) MUST_CHECK;

/* --- role web: the delivery log of an account's webhook, newest first --- */

struct outbox_entry {
	int64_t		job_id;
	char		state[16];		/* "waiting", "sent", "given_up" */
	int		attempts;
	int64_t		created_at, due_at;	/* ms UTC; due_at while it waits */
	int64_t		last_at;		/* of the last attempt; CLOCK_UNKNOWN */
	int		last_status;
	char		last_said[301];
};
int outbox_each(struct db *, int64_t account_id, enum outbox_kind, int limit,
    int (*fn)(void *ctx, const struct outbox_entry *, struct err *), void *ctx, struct err *) MUST_CHECK;

#endif
