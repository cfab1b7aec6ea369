/* What the configuration file says (doc/INSTALL lists every key); filled by app/config. */
#ifndef MODEL_SETTINGS_H
#define MODEL_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

struct settings {
	/* database */
	char	db_socket[108], db_host[256], db_name[65];
	int	db_port;

	/* files of one role each: db_user, db_password for jobs spool_secret_key and
	 * smtp_password, for web export_secret_key */
	char	web_secret[1024], jobs_secret[1024], migrate_secret[1024];

	/* spool */
	char	spool_dir[1024];
	char	spool_public_key[65];		/* of jobs, to which uploads are sealed */
	char	export_public_key[65];		/* of web, to which exports are sealed; "": there are no exports */
	int	export_days;			/* until the file of an export is deleted */
	char	node[256];			/* this machine's name in job.node; default: hostname */

	/* web */
	char	base_url[256];			/* "https://comments.example", no trailing slash */
	char	pages_socket[108], transfer_socket[108];
	int	socket_mode;			/* permission bits of both sockets, e.g. 0660 */
	char	socket_group[64];		/* group of both sockets, nginx's; "" as they come */
	char	template_dir[1024];
	int	pages_workers, transfer_threads;
	int64_t	max_upload;			/* bytes */

	/* jobs */
	bool	jobs_spawn;			/* jobs = spawn | external */
	char	jobs_program[1024];		/* default: trasloco-jobs beside trasloco-web */
	int	jobs_parallel;
	int	lease_seconds;
	int64_t	max_unpacked;			/* bytes that a file may have when it is unpacked */
	int	max_ratio;			/* and for each byte of the upload, when it is large */
	int	reader_patience;		/* seconds until a reader that gets nowhere is given up */
	int64_t	reader_memory;			/* bytes of address space that a reader may have */

	/* notifications; without smtp_url and sendmail mails wait, and are given up like any that cannot be delivered */
	char	operators[1024];		/* addresses, separated by commas and blanks: whom each failed job is told; "" nobody */
	bool	operators_said;			/* the file names them, or says that there are none */
	char	contact[256];			/* a mail address or a web address, for admins; "" none */
	char	mail_from[255];
	char	smtp_url[256];			/* "smtp://host:port" or "smtps://host:port" */
	char	smtp_user[256];			/* "" without signing in */
	bool	smtp_tls_required;		/* smtp_tls = opportunistic | required */
	char	sendmail[1024];			/* a program's path, in place of smtp_url */
	bool	webhook_private;		/* webhooks may lead to private addresses and to this machine */
	int	notify_retry_seconds;		/* until the second attempt; the later ones are multiples of it */

	/* sites that send their comments themselves (doc/INTEGRATIONS) */
	int64_t	plugin_batch_size;		/* bytes of one batch */
	int	plugin_batch_comments;
	int	plugin_asking_hours;		/* that a site may ask without being approved */
	int	plugin_silence_hours;		/* until a run whose site is silent has failed */

	/* started as root, the parent gives the roles these users; "" keeps root and says so */
	char	web_user[64], jobs_user[64];
	char	spool_group[64];		/* group of web_user and jobs_user; "" none */
};

/* Follows each text that tells somebody to turn to the operators; %s is contact, and without one it is left out. */
#define CONTACT_SENTENCE	"You reach the people who run this server at %s."

/* A role's secret file. */
struct role_secret {
	char	db_user[81], db_password[256];
	char	spool_secret_key[65];		/* role jobs only; wiped by the reader of this struct */
	char	export_secret_key[65];		/* role web only; the same */
	char	smtp_password[256];		/* role jobs only */
};

#endif
