/* Mails by SMTP, or by a program that takes them as sendmail does. */
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "jobs/notify_send.h"

#include "util/clock.h"

/* --- SMTP --- */

static size_t
give_bytes(char *p, size_t size, size_t n, void *ctx)
{
	struct delivery *d = ctx;
	size_t give = MIN(size * n, d->body.n - d->sent);

	memcpy(p, d->body.p + d->sent, give);
	d->sent += give;
	return give;
}

static void
set_tls(struct delivery *d)
{
	const struct settings *s = d->site->settings;
	bool certain = s->smtp_tls_required || strncmp(s->smtp_url, "smtps:", 6) == 0;

	curl_easy_setopt(d->easy, CURLOPT_USE_SSL, (long)(s->smtp_tls_required ? CURLUSESSL_ALL : CURLUSESSL_TRY));
	/* Who would take no TLS at all takes one with a certificate of the server's own making (RFC 7435). */
	curl_easy_setopt(d->easy, CURLOPT_SSL_VERIFYPEER, certain ? 1L : 0L);
	curl_easy_setopt(d->easy, CURLOPT_SSL_VERIFYHOST, certain ? 2L : 0L);
}

static int
start_smtp(struct delivery *d, struct err *e)
{
	const struct settings *s = d->site->settings;
	char address[sizeof(s->mail_from) + 2];

	snprintf(address, sizeof(address), "<%s>", d->message.recipient);
	if (notify_curl_open(d, e) == -1 || notify_curl_line(d, address, e) == -1)
		return -1;
	curl_easy_setopt(d->easy, CURLOPT_URL, s->smtp_url);
	curl_easy_setopt(d->easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	set_tls(d);
	if (s->smtp_user[0] != '\0') {
		curl_easy_setopt(d->easy, CURLOPT_USERNAME, s->smtp_user);
		curl_easy_setopt(d->easy, CURLOPT_PASSWORD, d->site->smtp_password);
	}
	snprintf(address, sizeof(address), "<%s>", s->mail_from);
	curl_easy_setopt(d->easy, CURLOPT_MAIL_FROM, address);
	curl_easy_setopt(d->easy, CURLOPT_MAIL_RCPT, d->list);
	curl_easy_setopt(d->easy, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(d->easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)d->body.n);
	curl_easy_setopt(d->easy, CURLOPT_READFUNCTION, give_bytes);
	curl_easy_setopt(d->easy, CURLOPT_READDATA, d);
	return 0;
}

void
notify_mail_ended(struct delivery *d, CURLcode code)
{
	long status = 0;

	curl_easy_getinfo(d->easy, CURLINFO_RESPONSE_CODE, &status);
	d->status = (int)status;
	d->outcome = code == CURLE_OK ? OUTBOX_SENT : OUTBOX_PUT_OFF;
	if (code == CURLE_OK)
		snprintf(d->said, sizeof(d->said), "The mail server took it.");
	else if (status >= 400)
		snprintf(d->said, sizeof(d->said), "The mail server answered %ld.", status);
	else
		snprintf(d->said, sizeof(d->said), "The mail server: %s.", curl_easy_strerror(code));
}

/* --- sendmail --- */

/* Programs of this kind want lines as files have them; a CR stands nowhere in a mail but at their ends. */
static void
drop_cr(struct sb *body)
{
	size_t n = 0, i;

	for (i = 0; i < body->n; i++)
		if (body->p[i] != '\r')
			body->p[n++] = body->p[i];
	body->n = n;
}

/* The mail as a file, so that a program that does not read never holds us up. */
static int
mail_file(struct sb *body, struct err *e)
{
	int fd = memfd_create("mail", MFD_CLOEXEC);
	size_t done = 0;
	ssize_t n;

	if (fd == -1)
		return err_sys(e, "cannot make a file in memory");
	drop_cr(body);
	for (; done < body->n; done += (size_t)n) {
		if ((n = write(fd, body->p + done, body->n - done)) == -1) {
			err_sys(e, "cannot write a file in memory");
			close(fd);
			return -1;
		}
	}
	lseek(fd, 0, SEEK_SET);
	return fd;
}

/* In a process group of its own and with nothing of ours but the mail. */
static int
spawn(struct delivery *d, int mail, struct err *e)
{
	const struct settings *s = d->site->settings;
	static const char *const envp[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", NULL };
	const char *const argv[] = { s->sendmail, "-t", "-i", "-f", s->mail_from, NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t all, none;
	int error;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, mail, STDIN_FILENO);
	posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
	posix_spawnattr_setsigdefault(&attributes, &all);
	posix_spawnattr_setsigmask(&attributes, &none);
	error = posix_spawn(&d->pid, s->sendmail, &files, &attributes, (char *const *)argv, (char *const *)envp);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&files);
	if (error == 0)
		return 0;
	d->pid = 0;
	return err_set(e, ERR_SYS, "cannot start the program that sends mail: %s", strerror(error));
}

static int
start_sendmail(struct delivery *d, struct err *e)
{
	int mail = mail_file(&d->body, e), result;

	if (mail == -1)
		return -1;
	d->deadline_ms = clock_monotonic_ms() + NOTIFY_TOTAL_S * 1000;
	result = spawn(d, mail, e);
	close(mail);
	return result;
}

bool
notify_sendmail_ended(struct delivery *d, int64_t now_ms)
{
	bool late = now_ms >= d->deadline_ms;
	int status;

	if (late)
		kill(-d->pid, SIGKILL);
	if (waitpid(d->pid, &status, late ? 0 : WNOHANG) != d->pid)
		return false;
	d->pid = 0;
	d->status = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
	d->outcome = WIFEXITED(status) && d->status == 0 ? OUTBOX_SENT : OUTBOX_PUT_OFF;
	if (d->outcome == OUTBOX_SENT)
		snprintf(d->said, sizeof(d->said), "sendmail took it.");
	else if (late)
		snprintf(d->said, sizeof(d->said), "sendmail did not end in time.");
	else
		snprintf(d->said, sizeof(d->said), "sendmail ended with status %d.", d->status);
	return true;
}

int
notify_mail_start(struct delivery *d, struct err *e)
{
	const struct settings *s = d->site->settings;

	if (s->smtp_url[0] != '\0')
		return start_smtp(d, e);
	if (s->sendmail[0] != '\0')
		return start_sendmail(d, e);
	return err_set(e, ERR_CONFIG, "No mail leaves: neither smtp_url nor sendmail is said in the configuration.");
}
