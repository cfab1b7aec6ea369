/*
 * The configuration: a file of `key = value` lines, `#` comments.  An unknown
 * key, a repeated key or a bad value is an error that names file and line.
 */
#ifndef APP_CONFIG_H
#define APP_CONFIG_H

#include "util/err.h"

#include "model/settings.h"
#include "store/db.h"

/* The file that config_load() reads. */
const char *config_path(const char *path);

/* Reads path; NULL: $TRASLOCO_CONFIG, else SYSCONFDIR/trasloco/trasloco.conf.  ERR_CONFIG. */
int config_load(const char *path, struct settings *, struct err *) MUST_CHECK;

/* Logs an error for each thing that the services can start without and that somebody must put right all the same. */
void config_complain(const struct settings *);

/* Reads a role's secret file.  Refuses one that group or others can read. */
int config_load_secret(const char *path, struct role_secret *, struct err *) MUST_CHECK;

/* Database access of a role; points into both arguments. */
struct db_config config_db(const struct settings *, const struct role_secret *);

#endif
