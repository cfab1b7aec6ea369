#include "app/doctor.h"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>

#define SECONDS		5	/* for each step of a talk with a mail server */
#define ANSWER_MAX	4096

/* --- a talk with a mail server (RFC 5321): its greeting, EHLO, QUIT --- */

/* "smtp://host:port" in parts.  False if it is none. */
static bool
split(const char *url, bool *tls, char host[256], char port[8])
{
	const char *p = strstr(url, "://"), *end;
	size_t n;

	if (p == NULL)
		return false;
	*tls = strncmp(url, "smtps:", 6) == 0;
	p += 3;
	end = *p == '[' ? strchr(p++, ']') : p + strcspn(p, ":/");
	if (end == NULL || (n = (size_t)(end - p)) == 0 || n >= 256)
		return false;
	memcpy(host, p, n);
	host[n] = '\0';
	end += *end == ']';
	snprintf(port, 8, "%.*s", *end == ':' ? (int)strcspn(end + 1, "/") : 3, *end == ':' ? end + 1 : *tls ? "465" : "25");
	return true;
}

/* Connected, or -1 with why. */
static int
connect_to(const char *host, const char *port, const char **why)
{
	const struct addrinfo want = { .ai_socktype = SOCK_STREAM };
	const struct timeval patience = { .tv_sec = SECONDS };
	struct addrinfo *all, *a;
	int fd = -1, r;

	if ((r = getaddrinfo(host, port, &want, &all)) != 0) {
		*why = gai_strerror(r);
		return -1;
	}
	for (a = all; a != NULL && fd == -1; a = a->ai_next) {
		if ((fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol)) == -1)
			continue;
		/* Linux takes the time limit of sending for connecting, too. */
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
		if (connect(fd, a->ai_addr, a->ai_addrlen) == 0)
			break;
		*why = strerror(errno);
		close(fd);
		fd = -1;
	}
	freeaddrinfo(all);
	return fd;
}

/* The last line of an answer has a blank behind its number. */
static bool
whole(const char *answer)
{
	const char *line = answer, *end;

	for (; (end = strstr(line, "\r\n")) != NULL; line = end + 2)
		if (end - line >= 3 && line[3] != '-')
			return true;
	return false;
}

/* Reads an answer; true if it begins with number. */
static bool
hear(int fd, const char *number, char answer[ANSWER_MAX])
{
	size_t n = 0;
	ssize_t got;

	answer[0] = '\0';
	while (!whole(answer) && n < ANSWER_MAX - 1) {
		if ((got = recv(fd, answer + n, ANSWER_MAX - 1 - n, 0)) <= 0)
			return false;
		n += (size_t)got;
		answer[n] = '\0';
	}
	return strncmp(answer, number, strlen(number)) == 0;
}

static bool
say(int fd, const char *text)
{
	return send(fd, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text);
}

static void
talk(struct doctor *d, int fd)
{
	const struct settings *s = &d->settings;
	char answer[ANSWER_MAX], hello[300];

	snprintf(hello, sizeof(hello), "EHLO %.250s\r\n", s->node);
	if (!hear(fd, "220", answer) || !say(fd, hello) || !hear(fd, "250", answer))
		doctor_wrong(d, doctor_mend(d, "smtp_url = the right server and port, in %s", d->config_path),
		    "%s does not talk as a mail server.", s->smtp_url);
	else if (s->smtp_tls_required && strcasestr(answer, "STARTTLS") == NULL)
		doctor_wrong(d, doctor_mend(d, "smtp_url = smtps://... or another port, in %s", d->config_path),
		    "The mail server %s offers no TLS, and smtp_tls says that it must.", s->smtp_url);
	else
		doctor_good(d, "The mail server %s answers.", s->smtp_url);
	(void)say(fd, "QUIT\r\n");
}

static void
look_at_server(struct doctor *d)
{
	const struct settings *s = &d->settings;
	const char *why = "no address";
	char host[256], port[8];
	bool tls;
	int fd;

	if (!split(s->smtp_url, &tls, host, port)) {
		doctor_wrong(d, doctor_mend(d, "smtp_url = smtp://host:port, in %s", d->config_path),
		    "%s names no mail server.", s->smtp_url);
		return;
	}
	if ((fd = connect_to(host, port, &why)) == -1) {
		doctor_wrong(d, doctor_mend(d, "start that server, or put smtp_url right in %s", d->config_path),
		    "The mail server %s cannot be reached: %s.", s->smtp_url, why);
		return;
	}
	if (tls)
		doctor_good(d, "The mail server %s can be reached.", s->smtp_url);
	else
		talk(d, fd);
	close(fd);
}

/* --- the configuration --- */

void
doctor_mail(struct doctor *d)
{
	const struct settings *s = &d->settings;
	bool way = s->smtp_url[0] != '\0' || s->sendmail[0] != '\0';

	if (!s->operators_said)
		doctor_wrong(d, doctor_mend(d, "operators = you@example.org, or operators = none, in %s", d->config_path),
		    "Nobody who runs this server is told when a job fails: operators is missing.");
	if (s->contact[0] == '\0')
		doctor_hint(d, doctor_mend(d, "contact = an address of yours, for mail or of the web, in %s", d->config_path),
		    "Admins are told to turn to the people who run this server, and not where: contact is missing.");
	if (!way && s->operators[0] != '\0')
		doctor_wrong(d, doctor_mend(d, "smtp_url = smtp://localhost and mail_from = an address, in %s", d->config_path),
		    "No mail can leave: neither smtp_url nor sendmail is set.");
	else if (!way)
		doctor_hint(d, doctor_mend(d, "smtp_url = smtp://localhost and mail_from = an address, in %s", d->config_path),
		    "No mail leaves: neither smtp_url nor sendmail is set.");
	if (s->sendmail[0] != '\0' && access(s->sendmail, X_OK) == -1)
		doctor_wrong(d, doctor_mend(d, "sendmail = the path of a program, in %s", d->config_path),
		    "%s cannot be run: %s.", s->sendmail, strerror(errno));
	if (s->smtp_user[0] != '\0' && d->roles[DB_ROLE_JOBS].known &&
	    d->roles[DB_ROLE_JOBS].secret.smtp_password[0] == '\0')
		doctor_wrong(d, doctor_mend(d, "smtp_password = ..., in %s", s->jobs_secret),
		    "smtp_user is set, but its password is missing.");
	if (s->smtp_url[0] != '\0')
		look_at_server(d);
}
