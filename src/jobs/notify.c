#include "jobs/notify_send.h"

#include "jobs/notify.h"

#include <signal.h>
#include <stdatomic.h>

#include "util/clock.h"
#include "util/log.h"

#include "jobs/message.h"
#include "jobs/patience.h"
#include "store/job.h"
#include "tmpl/tmpl.h"

#define PLACES_MOST	OUTBOX_BUSY	/* deliveries of a lane at a time */
#define TAKEN_S		60		/* that a taken message is ours: longer than an attempt may last */
#define ROUND_MS	500		/* at most, until the outbox is looked at again */
#define SENDMAIL_MS	50		/* until it is looked whether a sendmail has ended */
#define END_MS		8000		/* after SIGTERM, for what is under way */
#define BODY_MOST	(256 << 10)

/* Receivers of webhooks are other people's machines, many of them slow; the mail server is one, and ours. */
static const int places[OUTBOX_LANE__MAX] = { [OUTBOX_LANE_MAIL] = 4, [OUTBOX_LANE_WEBHOOK] = PLACES_MOST };

struct notifier {
	const struct worker_site	*site;
	struct db			*db;
	struct templates		*templates;
	CURLM				*multi;
	struct delivery			 lane[OUTBOX_LANE__MAX][PLACES_MOST];
	int				 under_way, ended;	/* deliveries in these states */
	bool				 sendmail;		/* one of them is a child of ours */
};

static atomic_bool ending;

static void
on_sigterm(int sig)
{
	(void)sig;
	atomic_store(&ending, true);
}

/* --- the ends of a delivery --- */

static void
set_state(struct notifier *n, struct delivery *d, enum delivery_state state)
{
	n->under_way += (state == DELIVERY_UNDER_WAY) - (d->state == DELIVERY_UNDER_WAY);
	n->ended += (state == DELIVERY_ENDED) - (d->state == DELIVERY_ENDED);
	d->state = state;
}

/* Gives back all but what outbox_done() needs. */
static void
end_transfer(struct notifier *n, struct delivery *d)
{
	if (d->easy != NULL) {
		curl_multi_remove_handle(n->multi, d->easy);
		curl_easy_cleanup(d->easy);
		d->easy = NULL;
	}
	curl_slist_free_all(d->list);
	d->list = NULL;
	sb_free(&d->body);
	set_state(n, d, DELIVERY_ENDED);
}

/* It did not even begin.  What is wrong with the message itself will not get better. */
static void
fail_start(struct notifier *n, struct delivery *d, const struct err *e)
{
	d->outcome = e->kind == ERR_INPUT ? OUTBOX_GIVEN_UP : OUTBOX_PUT_OFF;
	snprintf(d->said, sizeof(d->said), "%s", e->msg);
	end_transfer(n, d);
}

static int
retry_seconds(const struct settings *s, int attempts)
{
	static const int factors[] = { 1, 4, 20, 120 };

	return s->notify_retry_seconds * factors[MIN((size_t)MAX(attempts - 1, 0), ARRAY_LEN(factors) - 1)];
}

static void
log_outcome(const struct delivery *d)
{
	static const char *const outcomes[] = {
		[OUTBOX_SENT] = "sent", [OUTBOX_PUT_OFF] = "put_off", [OUTBOX_GIVEN_UP] = "given_up",
	};
	const struct outbox_message *m = &d->message;
	char said[300];

	(d->outcome == OUTBOX_SENT ? log_info : d->outcome == OUTBOX_PUT_OFF ? log_warn : log_error)("notification",
	    "message=%" PRId64 " job=%" PRId64 " kind=%s outcome=%s attempt=%d status=%d said=%s", m->message_id,
	    m->job.job_id, outbox_kind_names[m->kind], outcomes[d->outcome], m->attempts, d->status,
	    log_value(said, sizeof(said), d->said));
}

/* Writes what became of the deliveries that have ended; while the database is away they stay as they are, so that
 * nothing is sent twice for that. */
static int
write_outcomes(struct notifier *n, struct err *e)
{
	int lane, i;

	for (lane = 0; lane < OUTBOX_LANE__MAX; lane++) {
		for (i = 0; i < places[lane] && n->ended > 0; i++) {
			struct delivery *d = &n->lane[lane][i];

			if (d->state != DELIVERY_ENDED)
				continue;
			if (d->outcome == OUTBOX_PUT_OFF && d->message.attempts >= NOTIFY_ATTEMPTS)
				d->outcome = OUTBOX_GIVEN_UP;
			if (outbox_done(n->db, &d->message, d->outcome, retry_seconds(n->site->settings, d->message.attempts),
			    d->status, d->said, e) == -1)
				return -1;
			log_outcome(d);
			set_state(n, d, DELIVERY_FREE);
		}
	}
	return 0;
}

/* --- beginning --- */

static int
note_issue(void *ctx, const struct job_issue *i, struct err *e)
{
	struct message_issues *issues = ctx;

	(void)e;
	issues->count[i->reason] += i->count;
	return 0;
}

static int
start_mail(struct notifier *n, struct delivery *d, struct err *e)
{
	struct message_issues issues = { .count = { 0 } };

	const struct outbox_message *m = &d->message;

	if (m->job.state == JOB_COMPLETED && job_issue_each(n->db, m->job.job_id, note_issue, &issues, e) == -1)
		return -1;
	if (message_mail(n->templates, n->site->settings, m, &issues, clock_now_ms(), &d->body, e) == -1)
		return -1;
	return notify_mail_start(d, e);
}

static void
begin(struct notifier *n, struct delivery *d)
{
	struct err e;

	sb_init(&d->body, BODY_MOST);
	if ((d->message.kind == OUTBOX_WEBHOOK ? notify_hook_start(d, &e) : start_mail(n, d, &e)) == -1) {
		fail_start(n, d, &e);
		return;
	}
	set_state(n, d, DELIVERY_UNDER_WAY);
	if (d->easy == NULL)
		return;
	if (curl_multi_add_handle(n->multi, d->easy) != CURLM_OK) {
		err_set(&e, ERR_BUG, "a transfer could not be begun");
		fail_start(n, d, &e);
	}
}

/* An account has one webhook under way: a receiver that hangs and many messages for it take the place of no other's. */
static void
find_busy(const struct notifier *n, int lane, int64_t busy[OUTBOX_BUSY])
{
	int i;

	for (i = 0; i < OUTBOX_BUSY; i++)
		busy[i] = lane == OUTBOX_LANE_WEBHOOK && n->lane[lane][i].state != DELIVERY_FREE ?
		    n->lane[lane][i].message.job.account_id : 0;
}

/* Fills the free places with what is due. */
static int
take_due(struct notifier *n, struct err *e)
{
	int64_t busy[OUTBOX_BUSY];
	int lane, i, taken = 1;

	for (lane = 0; lane < OUTBOX_LANE__MAX; lane++, taken = 1) {
		for (i = 0; i < places[lane] && taken == 1; i++) {
			struct delivery *d = &n->lane[lane][i];

			if (d->state != DELIVERY_FREE)
				continue;
			*d = (struct delivery){ .site = n->site };
			find_busy(n, lane, busy);
			if ((taken = outbox_take(n->db, (enum outbox_lane)lane, busy, TAKEN_S, &d->message, e)) == -1)
				return -1;
			if (taken == 1)
				begin(n, d);
		}
	}
	return 0;
}

/* --- what is under way --- */

static void
collect_transfers(struct notifier *n)
{
	CURLMsg *message;
	int left;

	curl_multi_perform(n->multi, &left);
	while ((message = curl_multi_info_read(n->multi, &left)) != NULL) {
		CURLcode code = message->data.result;
		struct delivery *d = NULL;

		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&d);
		if (d->message.kind == OUTBOX_WEBHOOK)
			notify_hook_ended(d, code);
		else
			notify_mail_ended(d, code);
		end_transfer(n, d);
	}
}

static void
collect_sendmails(struct notifier *n, int64_t now_ms)
{
	int i;

	n->sendmail = false;
	for (i = 0; i < places[OUTBOX_LANE_MAIL]; i++) {
		struct delivery *d = &n->lane[OUTBOX_LANE_MAIL][i];

		if (d->state != DELIVERY_UNDER_WAY || d->pid == 0)
			continue;
		if (notify_sendmail_ended(d, now_ms))
			end_transfer(n, d);
		else
			n->sendmail = true;
	}
}

/* The service ends: what has not been said to have arrived is tried again after the next start. */
static void
break_off(struct notifier *n)
{
	int lane, i;

	for (lane = 0; lane < OUTBOX_LANE__MAX; lane++) {
		for (i = 0; i < places[lane]; i++) {
			struct delivery *d = &n->lane[lane][i];

			if (d->state != DELIVERY_UNDER_WAY)
				continue;
			if (d->pid != 0) {
				d->deadline_ms = 0;
				notify_sendmail_ended(d, 1);
			} else {
				d->outcome = OUTBOX_PUT_OFF;
				snprintf(d->said, sizeof(d->said), "The service was stopped meanwhile.");
			}
			end_transfer(n, d);
		}
	}
}

/* --- the process --- */

static int
one_round(struct notifier *n, struct err *e)
{
	if (db_lost(n->db) && db_reopen(n->db, e) == -1)
		return -1;
	if (write_outcomes(n, e) == -1)
		return -1;
	return atomic_load(&ending) ? 0 : take_due(n, e);
}

static void
deliver(struct notifier *n)
{
	struct patience patience = PATIENCE_INIT;
	int64_t end_ms = 0;
	struct err e;

	while (!atomic_load(&ending) || n->under_way > 0) {
		if (one_round(n, &e) == 0) {
			patience = (struct patience)PATIENCE_INIT;
		} else {
			if (patience_first(&patience))
				log_err("notify", &e);
			patience_sleep(patience.ms);
		}
		collect_transfers(n);
		collect_sendmails(n, clock_monotonic_ms());
		if (atomic_load(&ending) && end_ms == 0)
			end_ms = clock_monotonic_ms() + END_MS;
		if (end_ms != 0 && clock_monotonic_ms() >= end_ms)
			break_off(n);
		if (n->ended == 0)
			curl_multi_poll(n->multi, NULL, 0, n->sendmail ? SENDMAIL_MS : ROUND_MS, NULL);
	}
	if (n->ended > 0 && one_round(n, &e) == -1)
		log_err("notify", &e);
}

static struct templates *
load_templates(const struct settings *s, struct err *e)
{
	char dir[sizeof(s->template_dir) + 8];

	snprintf(dir, sizeof(dir), "%s/mail", s->template_dir);
	return templates_load(dir, e);
}

static int
open_all(struct notifier *n, struct err *e)
{
	const struct settings *s = n->site->settings;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || (n->multi = curl_multi_init()) == NULL)
		return err_nomem(e);
	if ((n->templates = load_templates(s, e)) == NULL)
		return -1;
	if (s->smtp_url[0] == '\0' && s->sendmail[0] == '\0')
		log_warn("mail_off", "reason=\"neither smtp_url nor sendmail is configured\"");
	return 0;
}

int
notify_main(const struct worker_site *site)
{
	static struct notifier n;
	struct sigaction on_term = { .sa_handler = on_sigterm };
	struct patience patience = PATIENCE_INIT;
	int status = EXIT_FAILURE;
	struct err e;

	n.site = site;
	sigaction(SIGTERM, &on_term, NULL);
	signal(SIGINT, SIG_IGN);
	if (open_all(&n, &e) == -1) {
		log_err("notify", &e);
		goto close_all;
	}
	while (!atomic_load(&ending) && (n.db = db_open(site->db, DB_ROLE_JOBS, &e)) == NULL) {
		if (patience_first(&patience))
			log_err("database_away", &e);
		patience_wait(&patience);
	}
	if (n.db != NULL)
		deliver(&n);
	status = EXIT_SUCCESS;
close_all:
	db_close(n.db);
	templates_free(n.templates);
	curl_multi_cleanup(n.multi);
	curl_global_cleanup();
	return status;
}
