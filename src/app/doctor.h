/*
 * trasloco doctor: looks at everything that a working server needs, and says of each thing that is wrong which command or
 * which line of the configuration mends it.  It changes nothing and prints no secret.
 */
#ifndef APP_DOCTOR_H
#define APP_DOCTOR_H

#include "app/config.h"

/* A role as its secret file has it. */
struct doctor_role {
	const char		*name, *secret_path;
	struct role_secret	 secret;
	bool			 known;		/* the secret was read */
	uid_t			 owner;		/* of its file: the user that has the role */
	struct db_config	 config;	/* if known */
	struct db		*db;		/* with the rights of the role; NULL: it cannot sign in */
};

struct doctor {
	const char		*config_path, *sql_dir;
	struct settings		 settings;
	struct doctor_role	 roles[DB_ROLE__MAX];
	int			 wrong;		/* findings of that kind */
	char			 mend[1024];
};

/* --- findings: cli_doctor.c --- */

/* mend: one line for a shell or a configuration file, or where to read on. */
void doctor_good(struct doctor *, const char *fmt, ...) PRINTF(2, 3);
void doctor_hint(struct doctor *, const char *mend, const char *fmt, ...) PRINTF(3, 4);	/* works, but */
void doctor_wrong(struct doctor *, const char *mend, const char *fmt, ...) PRINTF(3, 4);

/* A mend put together; valid until the next call. */
const char *doctor_mend(struct doctor *, const char *fmt, ...) PRINTF(2, 3);

/* --- the checks, in this order; each reports what it finds --- */

bool doctor_config(struct doctor *);	/* configuration, secrets, keys, templates; false: nothing else can be looked at */
void doctor_db(struct doctor *);	/* every role signs in; settings of the server; jobs and messages */
void doctor_rights(struct doctor *);	/* neither fewer nor more than sql/grants.sql says */
void doctor_spool(struct doctor *);	/* directory, files, sockets, trasloco-jobs */
void doctor_mail(struct doctor *);

#endif
