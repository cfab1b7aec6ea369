#include "app/config.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "util/log.h"
#include "util/mailaddr.h"
#include "util/netaddr.h"
#include "util/num.h"

#define LINE_SIZE	2048
#define MAX_KEYS	64
#define NO_OPERATORS	"none"

enum value_type { TEXT, NUMBER, SIZE, OCTAL, ADDRESSES, OPERATORS, CONTACT, JOBS, TLS, YES };

/* One row a key: where it goes, what it may be, and what it is when the file does not say. */
struct key {
	const char	*name;
	enum value_type	 type;
	size_t		 offset, size;
	int64_t		 min, max;
	const char	*preset;	/* NULL: must be said; "": may stay empty */
};

#define FIELD(s, f)	offsetof(struct s, f), sizeof(((struct s *)0)->f)
#define GIB		((int64_t)1 << 30)

static const struct key settings_keys[] = {
	{ "db_socket",		TEXT,	FIELD(settings, db_socket), 0, 0, "" },
	{ "db_host",		TEXT,	FIELD(settings, db_host), 0, 0, "" },
	{ "db_port",		NUMBER,	FIELD(settings, db_port), 1, 65535, "3306" },
	{ "db_name",		TEXT,	FIELD(settings, db_name), 0, 0, "trasloco" },
	{ "web_secret",		TEXT,	FIELD(settings, web_secret), 0, 0, SYSCONFDIR "/trasloco/web.secret" },
	{ "jobs_secret",	TEXT,	FIELD(settings, jobs_secret), 0, 0, SYSCONFDIR "/trasloco/jobs.secret" },
	{ "migrate_secret",	TEXT,	FIELD(settings, migrate_secret), 0, 0, SYSCONFDIR "/trasloco/migrate.secret" },
	{ "spool_dir",		TEXT,	FIELD(settings, spool_dir), 0, 0, LOCALSTATEDIR "/lib/trasloco/spool" },
	{ "spool_public_key",	TEXT,	FIELD(settings, spool_public_key), 0, 0, NULL },
	{ "export_public_key",	TEXT,	FIELD(settings, export_public_key), 0, 0, "" },
	{ "export_days",	NUMBER,	FIELD(settings, export_days), 1, 3650, "10" },
	{ "node",		TEXT,	FIELD(settings, node), 0, 0, "" },
	{ "base_url",		TEXT,	FIELD(settings, base_url), 0, 0, NULL },
	{ "pages_socket",	TEXT,	FIELD(settings, pages_socket), 0, 0, "/run/trasloco/pages.sock" },
	{ "transfer_socket",	TEXT,	FIELD(settings, transfer_socket), 0, 0, "/run/trasloco/transfer.sock" },
	{ "socket_mode",	OCTAL,	FIELD(settings, socket_mode), 0600, 0777, "0660" },
	{ "socket_group",	TEXT,	FIELD(settings, socket_group), 0, 0, "" },
	{ "template_dir",	TEXT,	FIELD(settings, template_dir), 0, 0, PKGDATADIR "/templates" },
	{ "pages_workers",	NUMBER,	FIELD(settings, pages_workers), 1, 256, "4" },
	{ "transfer_threads",	NUMBER,	FIELD(settings, transfer_threads), 1, 256, "160" },
	{ "max_upload",		SIZE,	FIELD(settings, max_upload), 1, 1024 * GIB, "4G" },
	{ "jobs",		JOBS,	FIELD(settings, jobs_spawn), 0, 0, "spawn" },
	{ "jobs_program",	TEXT,	FIELD(settings, jobs_program), 0, 0, "" },
	{ "jobs_parallel",	NUMBER,	FIELD(settings, jobs_parallel), 1, 64, "2" },
	{ "lease_seconds",	NUMBER,	FIELD(settings, lease_seconds), 2, 3600, "10" },
	{ "max_unpacked",	SIZE,	FIELD(settings, max_unpacked), 1, 1024 * 1024 * GIB, "64G" },
	{ "max_ratio",		NUMBER,	FIELD(settings, max_ratio), 2, 1000000, "200" },
	{ "reader_patience",	NUMBER,	FIELD(settings, reader_patience), 1, 86400, "120" },
	{ "reader_memory",	SIZE,	FIELD(settings, reader_memory), GIB / 16, 1024 * GIB, "256M" },
	{ "operators",		OPERATORS, FIELD(settings, operators), 0, INT_MAX, "" },
	{ "contact",		CONTACT, FIELD(settings, contact), 0, 0, "" },
	{ "mail_from",		ADDRESSES, FIELD(settings, mail_from), 0, 1, "" },
	{ "smtp_url",		TEXT,	FIELD(settings, smtp_url), 0, 0, "" },
	{ "smtp_user",		TEXT,	FIELD(settings, smtp_user), 0, 0, "" },
	{ "smtp_tls",		TLS,	FIELD(settings, smtp_tls_required), 0, 0, "opportunistic" },
	{ "sendmail",		TEXT,	FIELD(settings, sendmail), 0, 0, "" },
	{ "webhook_private",	YES,	FIELD(settings, webhook_private), 0, 0, "no" },
	{ "notify_retry_seconds", NUMBER, FIELD(settings, notify_retry_seconds), 1, 3600, "30" },
	{ "plugin_batch_size",	SIZE,	FIELD(settings, plugin_batch_size), 1024, GIB / 64, "1M" },
	{ "plugin_batch_comments", NUMBER, FIELD(settings, plugin_batch_comments), 1, 2000, "1000" },
	{ "plugin_asking_hours", NUMBER, FIELD(settings, plugin_asking_hours), 1, 8760, "24" },
	{ "plugin_silence_hours", NUMBER, FIELD(settings, plugin_silence_hours), 1, 8760, "48" },
	{ "web_user",		TEXT,	FIELD(settings, web_user), 0, 0, "" },
	{ "jobs_user",		TEXT,	FIELD(settings, jobs_user), 0, 0, "" },
	{ "spool_group",	TEXT,	FIELD(settings, spool_group), 0, 0, "" },
};

static const struct key secret_keys[] = {
	{ "db_user",		TEXT,	FIELD(role_secret, db_user), 0, 0, NULL },
	{ "db_password",	TEXT,	FIELD(role_secret, db_password), 0, 0, "" },
	{ "spool_secret_key",	TEXT,	FIELD(role_secret, spool_secret_key), 0, 0, "" },
	{ "export_secret_key",	TEXT,	FIELD(role_secret, export_secret_key), 0, 0, "" },
	{ "smtp_password",	TEXT,	FIELD(role_secret, smtp_password), 0, 0, "" },
};

_Static_assert(ARRAY_LEN(settings_keys) <= MAX_KEYS, "the bits of seen");

/* A file being read: which one, and how far. */
struct reading {
	const char		*path;
	int			 line;
	const struct key	*keys;
	size_t			 n_keys;
	bool			 seen[MAX_KEYS];
	void			*out;
};

/* --- values --- */

static int
set_text(const struct key *key, void *field, const char *value, struct err *e)
{
	size_t len = strlen(value);

	if (len >= key->size)
		return err_set(e, ERR_CONFIG, "%s is too long: it may have %zu bytes at most", key->name, key->size - 1);
	memcpy(field, value, len + 1);
	return 0;
}

static int
set_number(const struct key *key, void *field, const char *value, struct err *e)
{
	int64_t n;

	if (num_parse(value, key->min, key->max, &n) == -1)
		return err_set(e, ERR_CONFIG, "%s must be a whole number from %" PRId64 " to %" PRId64,
		    key->name, key->min, key->max);
	*(int *)field = (int)n;
	return 0;
}

static int
set_size(const struct key *key, void *field, const char *value, struct err *e)
{
	int64_t n;

	if (num_parse_size(value, &n) == -1 || n < key->min || n > key->max)
		return err_set(e, ERR_CONFIG, "%s must be a size in bytes, for example 500M or 4G, from %" PRId64
		    " to %" PRId64, key->name, key->min, key->max);
	*(int64_t *)field = n;
	return 0;
}

static int
set_octal(const struct key *key, void *field, const char *value, struct err *e)
{
	char *end;
	long n;

	if (strlen(value) < 3 || strlen(value) > 4 || strspn(value, "01234567") != strlen(value) ||
	    (n = strtol(value, &end, 8)) < key->min || n > key->max)
		return err_set(e, ERR_CONFIG, "%s must be octal permission bits such as 0660", key->name);
	*(int *)field = (int)n;
	return 0;
}

/* One of two words; the second is true. */
static int
set_choice(const struct key *key, void *field, const char *value, struct err *e)
{
	static const char *const words[][2] = {
		[JOBS] = { "external", "spawn" }, [TLS] = { "opportunistic", "required" }, [YES] = { "no", "yes" },
	};
	const char *const *w = words[key->type];

	if (strcmp(value, w[0]) != 0 && strcmp(value, w[1]) != 0)
		return err_set(e, ERR_CONFIG, "%s must be \"%s\" or \"%s\"", key->name, w[0], w[1]);
	*(bool *)field = strcmp(value, w[1]) == 0;
	return 0;
}

/* At most max mail addresses, separated by commas and blanks. */
static int
set_addresses(const struct key *key, void *field, const char *value, struct err *e)
{
	static const char separators[] = ", \t";
	const char *p = value;
	int64_t found = 0;
	size_t n;

	for (p += strspn(p, separators); *p != '\0'; p += strspn(p, separators)) {
		n = strcspn(p, separators);
		if (!mailaddr_usable(p, n))
			return err_set(e, ERR_CONFIG, "%s: \"%.*s\" is not an e-mail address", key->name, (int)MIN(n, (size_t)100), p);
		if (++found > key->max)
			return err_set(e, ERR_CONFIG, "%s may be %" PRId64 " address only", key->name, key->max);
		p += n;
	}
	return set_text(key, field, value, e);
}

/* Addresses, or the word none. */
static int
set_operators(const struct key *key, void *field, const char *value, struct err *e)
{
	return strcmp(value, NO_OPERATORS) == 0 ? set_text(key, field, value, e) : set_addresses(key, field, value, e);
}

/* What an admin can use: a mail address or an address of the web. */
static int
set_contact(const struct key *key, void *field, const char *value, struct err *e)
{
	const char *host = strncmp(value, "https://", 8) == 0 ? value + 8 : strncmp(value, "http://", 7) == 0 ? value + 7 : "";
	bool web = *host != '\0' && strchr("/?#\\:@", *host) == NULL;
	const char *p;

	for (p = host; *p != '\0'; p++)
		web = web && *p > ' ' && *p < 0x7f;
	if (*value != '\0' && !web && !mailaddr_usable(value, strlen(value)))
		return err_set(e, ERR_CONFIG, "%s must be an e-mail address, or a web address that begins with https:// or http://",
		    key->name);
	return set_text(key, field, value, e);
}

static int
set_value(const struct key *key, void *out, const char *value, struct err *e)
{
	static int (*const set[])(const struct key *, void *, const char *, struct err *) = {
		[TEXT] = set_text, [NUMBER] = set_number, [SIZE] = set_size, [OCTAL] = set_octal,
		[ADDRESSES] = set_addresses, [OPERATORS] = set_operators, [CONTACT] = set_contact,
		[JOBS] = set_choice, [TLS] = set_choice, [YES] = set_choice,
	};

	return set[key->type](key, (char *)out + key->offset, value, e);
}

/* --- lines --- */

static char *
trim(char *s)
{
	size_t len;

	s += strspn(s, " \t");
	for (len = strlen(s); len > 0 && strchr(" \t\r\n", s[len - 1]) != NULL; len--)
		s[len - 1] = '\0';
	return s;
}

static int
set_by_name(struct reading *r, const char *name, const char *value, struct err *e)
{
	size_t i;

	for (i = 0; i < r->n_keys && strcmp(r->keys[i].name, name) != 0; i++)
		;
	if (i == r->n_keys)
		return err_set(e, ERR_CONFIG, "there is no key of the name \"%.40s\"", name);
	if (r->seen[i])
		return err_set(e, ERR_CONFIG, "%s is said a second time", name);
	r->seen[i] = true;
	return set_value(&r->keys[i], r->out, value, e);
}

static int
read_line(struct reading *r, char *line, struct err *e)
{
	char *equals;

	line = trim(line);
	if (*line == '\0' || *line == '#')
		return 0;
	if ((equals = strchr(line, '=')) == NULL)
		return err_set(e, ERR_CONFIG, "this line is not of the form `key = value`");
	*equals = '\0';
	return set_by_name(r, trim(line), trim(equals + 1), e);
}

static int
read_lines(struct reading *r, FILE *f, struct err *e)
{
	char line[LINE_SIZE];
	size_t len;

	while (fgets(line, sizeof(line), f) != NULL) {
		r->line++;
		len = strlen(line);
		if ((len == 0 || line[len - 1] != '\n') && !feof(f)) {
			err_set(e, ERR_CONFIG, "this line is longer than %d bytes or holds a NUL byte", LINE_SIZE - 2);
			goto wipe;
		}
		if (read_line(r, line, e) == -1)
			goto wipe;
	}
	/* What a secret file said stays nowhere but in its struct. */
	explicit_bzero(line, sizeof(line));
	return ferror(f) ? err_sys(e, "read") : 0;

wipe:
	explicit_bzero(line, sizeof(line));
	return err_prefix(e, "%s, line %d", r->path, r->line);
}

static int
set_presets(struct reading *r, struct err *e)
{
	size_t i;

	for (i = 0; i < r->n_keys; i++) {
		if (r->seen[i])
			continue;
		if (r->keys[i].preset == NULL)
			return err_set(e, ERR_CONFIG, "%s: the key %s is missing", r->path, r->keys[i].name);
		if (set_value(&r->keys[i], r->out, r->keys[i].preset, e) == -1)
			return -1;
	}
	return 0;
}

/* Reads all of the open file; takes over fd. */
static int
read_file(struct reading *r, int fd, struct err *e)
{
	char buffer[4096];
	int result = -1;
	FILE *f;

	if ((f = fdopen(fd, "r")) == NULL) {
		err_sys(e, "%s", r->path);
		close(fd);
		return -1;
	}
	/* The stream's buffer is ours, so that it can be wiped. */
	setvbuf(f, buffer, _IOFBF, sizeof(buffer));
	if (read_lines(r, f, e) == 0 && set_presets(r, e) == 0)
		result = 0;
	fclose(f);
	explicit_bzero(buffer, sizeof(buffer));
	return result;
}

static int
open_file(const char *path, struct stat *st, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd == -1)
		return err_set(e, ERR_CONFIG, "%s cannot be opened: %s", path, strerror(errno));
	if (fstat(fd, st) == -1 || !S_ISREG(st->st_mode)) {
		close(fd);
		return err_set(e, ERR_CONFIG, "%s is not a regular file", path);
	}
	return fd;
}

/* --- what one key alone cannot tell --- */

/* The program beside the one that runs. */
static int
preset_jobs_program(struct settings *s, struct err *e)
{
	char self[sizeof(s->jobs_program)], *slash;
	ssize_t n;

	if (s->jobs_program[0] != '\0')
		return 0;
	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n == -1)
		return err_sys(e, "readlink /proc/self/exe");
	self[n] = '\0';
	if ((slash = strrchr(self, '/')) != NULL)
		*slash = '\0';
	if ((size_t)snprintf(s->jobs_program, sizeof(s->jobs_program), "%s/trasloco-jobs", self) >=
	    sizeof(s->jobs_program))
		return err_set(e, ERR_CONFIG, "the path of the program trasloco-jobs is too long; say jobs_program");
	return 0;
}

static int
preset_node(struct settings *s, struct err *e)
{
	if (s->node[0] != '\0')
		return 0;
	if (gethostname(s->node, sizeof(s->node)) == -1)
		return err_sys(e, "gethostname");
	s->node[sizeof(s->node) - 1] = '\0';
	return 0;
}

static int
check_base_url(const struct settings *s, struct err *e)
{
	const char *host = strncmp(s->base_url, "https://", 8) == 0 ? s->base_url + 8 :
	    strncmp(s->base_url, "http://", 7) == 0 ? s->base_url + 7 : "";

	if (*host == '\0' || strpbrk(host, "/?# \t") != NULL)
		return err_set(e, ERR_CONFIG, "base_url must be http:// or https:// and a host name, "
		    "with a port if it needs one, and nothing behind it");
	return 0;
}

/* How mail leaves: by a server or by a program, and the password of a server never where others could read it. */
static int
check_mail(const struct settings *s, struct err *e)
{
	const char *host = strncmp(s->smtp_url, "smtps://", 8) == 0 ? s->smtp_url + 8 :
	    strncmp(s->smtp_url, "smtp://", 7) == 0 ? s->smtp_url + 7 : "";

	if (s->smtp_url[0] != '\0' && (*host == '\0' || strpbrk(host, "/?#@ \t") != NULL))
		return err_set(e, ERR_CONFIG, "smtp_url must be smtp:// or smtps:// and a host name, with a port if it needs one, "
		    "and nothing behind it");
	if (s->smtp_url[0] != '\0' && s->sendmail[0] != '\0')
		return err_set(e, ERR_CONFIG, "smtp_url and sendmail cannot both be said");
	if (s->sendmail[0] != '\0' && s->sendmail[0] != '/')
		return err_set(e, ERR_CONFIG, "sendmail must be the whole path of a program, such as /usr/bin/msmtp");
	if ((s->smtp_url[0] != '\0' || s->sendmail[0] != '\0') && s->mail_from[0] == '\0')
		return err_set(e, ERR_CONFIG, "mail_from is missing: the address that mails come from");
	if (s->smtp_user[0] != '\0' && strncmp(s->smtp_url, "smtp://", 7) == 0 && !s->smtp_tls_required &&
	    !netaddr_names_loopback(host, *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":")))
		return err_set(e, ERR_CONFIG, "with smtp_user, say smtp_tls = required: else the password could leave unprotected");
	return 0;
}

static int
check_together(struct settings *s, struct err *e)
{
	if (s->db_socket[0] != '\0' && s->db_host[0] != '\0')
		return err_set(e, ERR_CONFIG, "db_socket and db_host cannot both be said");
	if (s->db_socket[0] == '\0' && s->db_host[0] == '\0')
		snprintf(s->db_socket, sizeof(s->db_socket), "%s", "/run/mysqld/mysqld.sock");
	if ((s->web_user[0] == '\0') != (s->jobs_user[0] == '\0') && s->jobs_spawn)
		return err_set(e, ERR_CONFIG, "web_user and jobs_user must both be said, or neither");
	s->operators_said = s->operators[0] != '\0';
	if (strcmp(s->operators, NO_OPERATORS) == 0)
		s->operators[0] = '\0';
	if (strcmp(s->pages_socket, s->transfer_socket) == 0)
		return err_set(e, ERR_CONFIG, "pages_socket and transfer_socket must differ");
	if (check_mail(s, e) == -1)
		return -1;
	return check_base_url(s, e);
}

/* --- the interface --- */

const char *
config_path(const char *path)
{
	if (path == NULL)
		path = getenv("TRASLOCO_CONFIG");
	return path != NULL ? path : SYSCONFDIR "/trasloco/trasloco.conf";
}

int
config_load(const char *path, struct settings *s, struct err *e)
{
	struct reading r = { .keys = settings_keys, .n_keys = ARRAY_LEN(settings_keys), .out = s };
	struct stat st;
	int fd;

	r.path = config_path(path);
	memset(s, 0, sizeof(*s));
	if ((fd = open_file(r.path, &st, e)) == -1 || read_file(&r, fd, e) == -1)
		return -1;
	if (check_together(s, e) == -1)
		return err_prefix(e, "%s", r.path);
	if (preset_jobs_program(s, e) == -1 || preset_node(s, e) == -1)
		return -1;
	return 0;
}

int
config_load_secret(const char *path, struct role_secret *secret, struct err *e)
{
	struct reading r = { .path = path, .keys = secret_keys, .n_keys = ARRAY_LEN(secret_keys), .out = secret };
	struct stat st;
	int fd;

	memset(secret, 0, sizeof(*secret));
	if ((fd = open_file(path, &st, e)) == -1)
		return -1;
	if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
		close(fd);
		return err_set(e, ERR_CONFIG, "%s holds secrets, but others than its owner may use it; "
		    "take that away with `chmod 600 %s`", path, path);
	}
	return read_file(&r, fd, e);
}

void
config_complain(const struct settings *s)
{
	if (!s->operators_said)
		log_error("no_operators", "msg=\"operators is missing in the configuration: nobody who runs this server hears of failed "
		    "jobs; name mail addresses, or say operators = none\"");
}

struct db_config
config_db(const struct settings *s, const struct role_secret *secret)
{
	return (struct db_config){
		.socket = s->db_host[0] == '\0' ? s->db_socket : NULL,
		.host = s->db_host,
		.port = s->db_port,
		.name = s->db_name,
		.user = secret->db_user,
		.password = secret->db_password,
	};
}
